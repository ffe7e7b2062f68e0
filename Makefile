PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: check test lint bench report setup clean

check: $(READY)  ## check every statement of the library
	$(BIN)/lemmata check --json build/check.json --figures build/figures

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest -n auto

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## measure against plain peers, in one run
	$(BIN)/python -m benchmarks.run

report: $(READY)  ## all statements with derivations as LaTeX, and as PDF where there is pdflatex
	mkdir -p build
	$(BIN)/lemmata latex 'liu2019.*' --standalone -o build/liu2019.tex
	if command -v pdflatex >/dev/null; then cd build && pdflatex -interaction=batchmode -halt-on-error liu2019.tex >/dev/null && echo "wrote build/liu2019.pdf"; else echo "wrote build/liu2019.tex (no pdflatex here: apt-get install texlive-latex-recommended)"; fi

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf build .lemmata .pytest_cache .mypy_cache .ruff_cache

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAPERS := $(filter-out __pycache__,$(notdir $(patsubst %/,%,$(wildcard derivations/papers/*/))))
READY := $(VENV)/.ready
found = $(if $(wildcard build/$(2).json),--$(1) build/$(2).json)

.PHONY: check test lint prove hypotheses constants mutate lock bench soak report docs setup clean

check: $(READY)  ## check every statement of the library, and write its page: build/report/index.html
	@$(BIN)/lemmata check --json build/check.json --figures build/figures; code=$$?; \
	if [ $$code -le 1 ]; then $(BIN)/lemmata theorem --json build/theorems.json --figures build/figures > build/theorems.txt; \
	$(BIN)/lemmata report --json build/check.json $$([ -f build/theorems.json ] && echo --theorems build/theorems.json) -o build/report || true; \
	fi; exit $$code

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

prove: $(READY)  ## have Rocq check every statement that can be written as a theorem; files in build/rocq
	$(BIN)/lemmata prove -o build/rocq

hypotheses: $(READY)  ## which hypotheses are needed, with witnesses
	$(BIN)/lemmata hypotheses --json build/hypotheses.json

constants: $(READY)  ## printed, stated and sharpest constants of every paper
	$(BIN)/lemmata constants --json build/constants.json

mutate: $(READY)  ## all mutants of all statements: hours; SAMPLE=4 for at most four of each
	$(BIN)/lemmata mutate --sample $(or $(SAMPLE),0) --json build/mutants.json

lock: $(READY)  ## record verdicts, constants and expressions of the library in lemmata.lock
	$(BIN)/lemmata lock

docs: $(READY)  ## the documentation, in build/docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs build/docs && echo "open build/docs/index.html"

bench: $(READY)  ## compare speed with other libraries, each in its own environment; JOBS='kernels duals' for some, QUICK=--quick
	$(BIN)/python -m benchmarks.run $(JOBS) $(QUICK)

soak: $(READY)  ## long tests: 10,000 seeds, 200 killed runs, random expressions and claims; takes hours, and continues where it was
	$(BIN)/python -m benchmarks.soak alarms
	$(BIN)/python -m benchmarks.soak kills
	$(BIN)/python -m benchmarks.soak functions --seeds 100000
	$(BIN)/python -m benchmarks.soak calculus --seeds 1000000
	$(BIN)/python -m benchmarks.soak enclosures --seeds 10000
	$(BIN)/python -m benchmarks.soak vectors --seeds 10000
	$(BIN)/python -m benchmarks.soak models --seeds 10000
	$(BIN)/python -m benchmarks.settled

report: $(READY)  ## the page, with the results of make check, constants and mutate, and an appendix of each paper as PDF (LaTeX without TeX)
	$(BIN)/lemmata report -o build/report $(call found,json,check) $(call found,constants,constants) $(call found,mutants,mutants) $(call found,theorems,theorems)
	@for key in $(PAPERS); do $(BIN)/lemmata latex "$$key.*" --appendix --pdf $(call found,results,check) -o build/$$key.pdf \
	|| $(BIN)/lemmata latex "$$key.*" --appendix --standalone $(call found,results,check) -o build/$$key.tex || exit 1; done

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf build .lemmata .pytest_cache .mypy_cache .ruff_cache

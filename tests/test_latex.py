"""What `lemmata latex` prints: labels, reasons, the user's letters, the same bytes every time, no line too long."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Rational, Symbol, sin

from checks import cli
from checks.api import check
from checks.printing.appendix import appendix, mark_of
from checks.verdicts import Assurance, Result, Verdict
from derivations import Bound, Identity, Paper, chain
from derivations.latex import document, latex, preamble, statement_formula, statement_latex
from derivations.latex.documents import MARKS
from derivations.letters.notation import Notation, writing
from derivations.papers import KEYS, paper

x = Symbol("x", real=True)
TEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
HOSTILE = "100 % of a_b & c # $ \\input{/etc/passwd} {x} ~ ^ é 数 <script>"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def compiled(folder: Path, text: str) -> str:
    """The log of two runs of pdflatex."""
    (folder / "d.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "d.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    return (folder / "d.log").read_text(errors="replace")


def overfull(log: str) -> list[str]:
    return [width for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(width) > 2]


def test_a_statement_has_environment_label_domain_and_reasons() -> None:
    home = paper("liu2019")
    text = statement_latex(home["kernel"], home)
    assert text.startswith(r"\begin{proposition}[{The ReLU kernel}]\label{lemmata:liu2019.kernel}")
    assert r"For $\varphi \in [0, \pi]$:" in text
    assert r"\LemmataReason{the integrand is homogeneous}" in text
    assert text.count(r"\begin{") == text.count(r"\end{")


@pytest.mark.parametrize("key", KEYS)
@TEX
def test_a_paper_compiles_and_no_line_is_too_long(key: str, tmp_path: Path) -> None:
    home = paper(key)
    log = compiled(tmp_path, document([appendix(home, home.statements, {})]))
    assert overfull(log) == []
    assert "undefined" not in log
    assert "multiply defined" not in log


def test_the_same_bytes_whatever_was_printed_before_and_however_python_hashes() -> None:
    """Here, after whatever other tests have printed, and in a new interpreter with other hashes, in another order."""
    keys = ("liu2019", "du2018", "zhang2019", "macdonald2023")
    found = {s.id: statement_latex(s, paper(key)) for key in keys for s in paper(key).statements}
    here = "".join(found[id] for id in sorted(found))
    code = (
        "import sys; from derivations.papers import paper; from derivations.latex import statement_latex\n"
        f"found = {{s.id: statement_latex(s, paper(key)) for key in {keys[::-1]} for s in paper(key).statements}}\n"
        "sys.stdout.write(''.join(found[id] for id in sorted(found)))"
    )
    other = "0" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": other}
    command = [sys.executable, "-c", code]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert len(here) > 50_000
    assert here == there


def test_a_users_letters_and_macros() -> None:
    home = paper("liu2019")
    letters = Notation({"phi": r"\theta", "v*": r"w^\star", "relu": r"\rho"}, {r"\inner": r"\langle #1, #2 \rangle"})
    with writing(letters):
        text = statement_latex(home["dissipativity-w"], home) + statement_latex(home["kernel"], home)
    assert r"\theta" in text
    assert r"\varphi" not in text
    assert r"w^\star" in text
    assert r"\rho" in text
    assert r"\newcommand{\inner}[2]{\langle #1, #2 \rangle}" in preamble(letters)
    assert r"\varphi" in statement_latex(home["kernel"], home)


@TEX
def test_words_from_outside_are_words(tmp_path: Path) -> None:
    hostile = Identity(
        "hostile",
        sin(x) ** 2,
        1 - (1 - sin(x) ** 2),
        title=HOSTILE,
        source=HOSTILE,
        assumes=("odd",),
        derive=lambda: chain(sin(x) ** 2).then(1 - (1 - sin(x) ** 2), HOSTILE),
    )
    home = Paper("mine", title=HOSTILE, authors=HOSTILE, statements=(hostile,), hypotheses={"odd": HOSTILE})
    log = compiled(tmp_path, document([appendix(home, home.statements, {})]))
    assert "/etc/passwd" not in re.sub(r"\s", "", log)


@TEX
def test_a_huge_expression_is_broken(tmp_path: Path) -> None:
    huge = sum((sin(n * x) / n**2 for n in range(1, 120)), start=x)
    home = Paper("mine", statements=(Bound("huge", huge, huge + 1),))
    assert overfull(compiled(tmp_path, document([statement_latex(home["huge"], home)]))) == []


@pytest.mark.parametrize("key", KEYS)
def test_wide_products_of_matrices_are_broken(key: str) -> None:
    for statement in paper(key).statements:  # without the paper's abbreviations, which make them short
        rows = statement_formula(statement).split("\n")
        assert all(row.count("{") == row.count("}") for row in rows)


def test_marks_claim_no_more_than_the_results() -> None:
    good = Bound("parabola", x * (1 - x), Rational(1, 4), on={x: (0, 1)}, sharp_at={x: Rational(1, 2)})
    false = Bound("false", x * (1 - x), Rational(1, 5), on={x: (0, 1)})
    home = Paper("mine", statements=(good, false))
    good, false = home.statements
    results = {r.id: r for r in check(home)}
    assert mark_of(good, {}) == "unchecked"
    assert mark_of(good, results) == "enclosed"
    assert mark_of(false, results) == "refuted"
    changed = replace(results["mine.parabola"], fingerprint="0" * 16)
    assert mark_of(good, {"mine.parabola": changed}) == "unchecked"
    error = replace(results["mine.parabola"], verdict=Verdict.ERROR, assurance=Assurance.NONE)
    assert mark_of(good, {"mine.parabola": error}) == "error"
    text = appendix(home, home.statements, results)
    assert r"\LemmataMark{refuted}" in text
    assert "witness was found" in text
    assert {mark_of(s, results) for s in home.statements} <= MARKS.keys()


def test_the_table_has_printed_stated_and_sharp_constants(library: Callable[[str], Result]) -> None:
    home = paper("liu2019")
    chosen = [home["dissipativity-w"], home["kernel"]]
    text = appendix(home, chosen, {r.id: r for r in [library("liu2019.dissipativity-w")]})
    (row,) = re.findall(r"dissipativity-w .*", text.split("Constants")[1])
    assert r"\frac{1}{8}" in row
    assert "0.183578" in row
    assert "Constants" not in appendix(home, chosen[1:], {})


def test_a_folder_a_file_and_the_preamble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "latex", "liu2019.gap-*", "-o", "made by me/") == 0
    names = {p.name for p in (tmp_path / "made by me").iterdir()}
    assert {"preamble.tex", "liu2019.gap-upper.tex", "liu2019.gap-lower.tex"} <= names
    assert run(monkeypatch, "latex", "--preamble", "-o", "ü.tex") == 0
    assert (tmp_path / "ü.tex").read_text() == (tmp_path / "made by me" / "preamble.tex").read_text()
    if shutil.which("pdflatex"):
        parts = "".join(rf"\input{{{n}}}" for n in sorted(names - {"preamble.tex"}))
        log = compiled(
            tmp_path / "made by me",
            rf"\documentclass{{article}}\usepackage{{amsthm}}\newtheorem{{theorem}}{{Satz}}\input{{preamble}}"
            rf"\begin{{document}}{parts}\end{{document}}",
        )
        assert "undefined" not in log


@TEX
def test_a_pdf_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "latex", "liu2019.gap-*", "--pdf") == 0
    assert (tmp_path / "liu2019.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["latex"], "name what to print"),
        (["latex", "liu2019.kernel", "-o", "folder/", "--pdf"], "is a folder"),
        (["latex", "liu2019.kernel", "--notation", "gone.toml"], "gone.toml: No such file"),
        (["latex", "liu2019.kernel", "--results", "gone.json"], "cannot read gone.json"),
        (["latex", "liu2019.kernel", "-o", "file/x.tex"], "cannot write file/x.tex"),
        (["latex", "liu2019.kernel", "-o", "file/"], "cannot write file"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_without_tex_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(monkeypatch, "latex", "liu2019.kernel", "--pdf") == 2
    assert "apt-get install texlive-latex-recommended" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@TEX
def test_what_does_not_compile_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.toml").write_text("[symbols]\nphi = '\\nosuchletter'\n")
    assert run(monkeypatch, "latex", "liu2019.kernel", "--pdf", "--notation", "n.toml") == 2
    assert "pdflatex stops at: Undefined control sequence" in capsys.readouterr().err
    assert latex(x) == "x"

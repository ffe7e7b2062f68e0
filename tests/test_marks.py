"""Definitions and bookkeeping are checked, shown as what they are, and counted among nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sympy as sp

import checks
from checks import cli
from checks.lock.lock import _ORDER
from checks.report.standings import established
from checks.verdicts import GOOD, Assurance, Evidence, Verdict, judge
from derivations.latex.statements import statement_latex
from derivations.statements import Identity, StatementError

x = sp.Symbol("x", real=True)
DOUBLE = sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)

FILE = """
import sympy as sp
from derivations import Identity, Paper
x = sp.Symbol("x", real=True)
paper = Paper("own", statements=(
    Identity("real", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)),
    Identity("same", x + x, 2 * x, mark="bookkeeping", title="Twice"),
    Identity("name", x**2, x**2, mark="definition"),
))
"""


@pytest.mark.parametrize("mark", ["definition", "bookkeeping"])
def test_a_mark_takes_the_place_of_what_succeeded(mark: str) -> None:
    found = checks.check(Identity("double", *DOUBLE, mark=mark))
    assert found.verdict is Verdict(mark)
    assert found.assurance is Assurance.SYMBOLIC
    assert found.verdict in GOOD


def test_a_marked_statement_that_is_false_is_refuted() -> None:
    assert checks.check(Identity("double", DOUBLE[0], -DOUBLE[1], mark="definition")).verdict is Verdict.REFUTED
    assert judge([Evidence("precision", Verdict.UNDECIDED)], mark="definition")[0] is Verdict.UNDECIDED


def test_another_word_is_no_mark() -> None:
    with pytest.raises(StatementError, match="bookkeeping"):
        Identity("double", *DOUBLE, mark="trivial")


def test_verified_that_becomes_bookkeeping_is_weaker_in_the_lock() -> None:
    assert _ORDER.index(Verdict.VERIFIED) < _ORDER.index(Verdict.BOOKKEEPING) < _ORDER.index(Verdict.UNDECIDED)


def test_it_is_shown_wherever_a_statement_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        return int(stopped.value.code or 0), capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(FILE, encoding="utf-8")
    code, said = run("check", "own.py", "--jobs", "1")
    assert code == 0, said
    assert "1 verified, 1 bookkeeping, 1 definition" in said
    assert "Identity, bookkeeping" in run("list", "own.py")[1]
    assert "own.name  Identity, definition" in run("show", "own.py")[1]
    marked = Identity("same", x + x, 2 * x, mark="bookkeeping", title="Twice")
    assert "[{Twice; bookkeeping}]" in statement_latex(marked)
    assert "Identity, bookkeeping" in repr(marked)
    assert "Identity, bookkeeping" in marked._repr_html_()


PROOF = Evidence("symbolic", Verdict.VERIFIED, route="sympy")
NO_PROOF = Evidence("symbolic", Verdict.UNDECIDED, "no proof found")
NUMBERS = Evidence("precision", Verdict.VERIFIED, route="digits")
COARSE = Evidence("sampling", Verdict.VERIFIED, route="samples", alone=False)
FALSE = Evidence("search", Verdict.REFUTED, at=None, witness="x = 1")


@pytest.mark.parametrize(
    ("evidence", "verdict", "assurance"),
    [
        ([PROOF, NUMBERS], Verdict.VERIFIED, Assurance.SYMBOLIC),
        ([NUMBERS], Verdict.CITED, Assurance.CITED),
        ([NO_PROOF, NUMBERS], Verdict.CITED, Assurance.CITED),
        ([COARSE], Verdict.CITED, Assurance.CITED),
        ([NO_PROOF, NUMBERS, FALSE], Verdict.REFUTED, Assurance.NONE),
        ([NO_PROOF], Verdict.UNDECIDED, Assurance.NONE),
        ([], Verdict.UNDECIDED, Assurance.NONE),
        ([NUMBERS, Evidence("search", Verdict.ERROR)], Verdict.ERROR, Assurance.NONE),
    ],
)
def test_a_cited_theorem_is_verified_where_it_is_proved_and_else_cited_where_it_is_tested(
    evidence: list[Evidence], verdict: Verdict, assurance: Assurance
) -> None:
    assert judge(evidence, mark="cited")[:2] == (verdict, assurance)


def test_cited_stands_between_symbolic_and_measured() -> None:
    assert Assurance.SYMBOLIC.rank < Assurance.CITED.rank < Assurance.MEASURED.rank
    assert _ORDER.index(Verdict.VERIFIED) < _ORDER.index(Verdict.CITED) < _ORDER.index(Verdict.MEASURED)
    found = established({"a": "kernel", "b": "cited", "c": "symbolic"}, {"a": ["c"], "c": ["b"]})
    assert found["a"] == ("cited", "b")
    assert established({"a": "cited", "b": "measured"}, {"a": ["b"]})["a"] == ("measured", "b")

"""Rocq: terms and what they read back as, certificates, what cannot be written, and records."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from checks import cli
from checks.library.collect import collect, resolve
from checks.methods import rocq
from checks.rocq import records
from checks.rocq.certificates import certificate, where_attained
from checks.rocq.coqc import Outcome
from checks.rocq.readback import Differs, Undefined, Unread, compare, read
from checks.rocq.records import written
from checks.verdicts import Verdict
from derivations import Bound, Identity, vector
from derivations.outcomes.reasons import Reason
from derivations.rocq.terms import Names, Untranslatable, identifier, term
from derivations.rocq.theorems import theorem_of

x, y = sp.symbols("x y", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a, b = vector("a", n), vector("b", n)


# Terms

numbers = st.integers(-6, 6).map(sp.Integer) | st.tuples(st.integers(-9, 9), st.integers(1, 9)).map(
    lambda p: sp.Rational(*p)
)
leaves = numbers | st.sampled_from([x, y, sp.pi, sp.sqrt(2), sp.E])
unary = st.sampled_from([sp.sin, sp.cos, sp.exp, sp.atan, sp.tanh, sp.Abs, lambda e: sp.sqrt(1 + e**2), lambda e: -e])


def compound(children: st.SearchStrategy) -> st.SearchStrategy:
    return (
        st.tuples(children, children).map(lambda p: p[0] + p[1])
        | st.tuples(children, children).map(lambda p: p[0] * p[1])
        | st.tuples(children, children).map(lambda p: p[0] / (1 + p[1] ** 2))
        | st.tuples(children, st.integers(2, 3)).map(lambda p: p[0] ** p[1])
        | st.tuples(unary, children).map(lambda p: p[0](p[1]))
    )


@settings(max_examples=150)
@given(st.recursive(leaves, compound, max_leaves=8))
def test_a_printed_term_reads_back_with_the_same_value(expr: sp.Expr) -> None:
    names = Names({x: "x", y: "y"})
    point = {x: sp.Rational(7, 5), y: sp.Rational(-3, 4)}
    meant = sp.N(expr.xreplace(point), 40)
    if not (meant.is_Float or meant.is_Integer) or abs(meant) > 1e20 or abs(meant) < 1e-20:
        return
    with mp.workdps(40):
        got = read(term(expr, names), {"x": mp.mpf(7) / 5, "y": -mp.mpf(3) / 4})
        assert abs(got - mp.mpf(str(meant))) <= abs(got) * mp.mpf(10) ** -30


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("- x ^ 2", -4),  # as in Coq: − binds less than ^
        ("2 * x / 4 * 3", 3),
        ("1 - 2 - 3", -4),
        ("/ x ^ 2", 0.25),
        ("sqrt (x + 2) ^ 3", 8),
        ("2 ^ x ^ 2", 16),
        ("dot (vscal 2 v) (vplus v v)", 20),
        ("Derive (fun z : R => z ^ 3) x", 12),
    ],
)
def test_the_reader_knows_the_precedences(text: str, value: float) -> None:
    assert read(text, {"x": mp.mpf(2), "v": [mp.mpf(1), mp.mpf(2)]}) == value


@pytest.mark.parametrize("text", ["foo x", "1 +", "x x", "(x", "$"])
def test_what_is_no_term_is_not_read(text: str) -> None:
    with pytest.raises(Unread):
        read(text, {"x": mp.mpf(2)})


@pytest.mark.parametrize("text", ["1 / (x - x)", "ln (- 1)", "sqrt (- 1)", "acos x", "Rpower (- x) (1 / 3)"])
def test_conventions_of_rocq_are_no_values(text: str) -> None:
    with pytest.raises(Undefined):
        read(text, {"x": mp.mpf(2)})


def test_a_statement_that_is_not_defined_everywhere_is_not_proved() -> None:
    """Rocq has ln x = 0 for x < 0 and 1/0 = 0: its theorems about these say nothing about logarithms."""
    squared = Identity("log", (sp.log(x) + 1) ** 2, sp.log(x) ** 2 + 2 * sp.log(x) + 1, on={x: (-3, 3)})
    assert "not defined" in written(squared).problem


def test_a_domain_without_points_proves_nothing() -> None:
    empty = Bound("empty", x, y - 5, where=(x >= y + 1, y >= x + 1))
    assert written(empty).text == ""


def test_names_are_rocq_names_and_never_taken_twice() -> None:
    taken: set[str] = set()
    for name in ("a*", "ell_+", "lambda", "R", "S", "fun", "W^(1)", "a_{l+1}", "x'", "ε", "1x", "dot", "PI"):
        made = identifier(name, taken)
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_']*", made), made
        assert made not in taken
        taken.add(made)


def test_a_mistranslation_is_an_error_and_not_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    from derivations.rocq import terms

    monkeypatch.setitem(terms.FUNCTIONS, sp.sin, "cos")
    record = written(Identity("wrong", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)))
    assert "reads back" in record.wrong
    assert rocq.evidence(record).verdict is Verdict.ERROR


def test_terms_of_hypotheses_are_read_back_too() -> None:
    statement = resolve(collect(["liu2019.dissipativity-w"])[0])
    theorem = theorem_of(statement, certificate, where_attained)
    assert any("dot a a_star" in r.text for r in theorem.context.readings)
    assert compare(theorem, statement) >= 8
    broken = replace(theorem.goals[0].readings[0], text="1 + " + theorem.goals[0].readings[0].text)
    goals = (replace(theorem.goals[0], readings=(broken,)),)
    with pytest.raises(Differs):
        compare(replace(theorem, goals=goals), statement)


def test_a_term_that_is_never_evaluated_is_not_believed() -> None:
    """One side that reads back says nothing of another that the reader does not know."""
    statement = Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1)
    theorem = theorem_of(statement, certificate, where_attained)
    left, right = theorem.goals[0].readings
    goal = replace(theorem.goals[0], readings=(left, replace(right, text="mystery x")))
    with pytest.raises(Unread, match="mystery"):
        compare(replace(theorem, goals=(goal,)), statement)


def test_bodies_of_derivatives_and_ends_of_extrema_are_read_back() -> None:
    first = theorem_of(resolve(collect(["macdonald2023.en-first"])[0]), certificate, where_attained)
    assert any("w / sqrt" in r.text for r in first.readings)
    gradient = theorem_of(resolve(collect(["macdonald2023.wn-potential"])[0]), certificate, where_attained)
    assert any("vscal t h" in r.text for r in gradient.readings)
    extremum = theorem_of(resolve(collect(["du2018.lipschitz-sigmoid"])[0]), certificate, where_attained)
    assert any(r.text == "(1 / 4)" for r in extremum.readings)


def test_what_a_busy_machine_refused_is_asked_again(tmp_path: Path) -> None:
    for message, reason in (
        ("coqc at line 3, `low.`: no answer in 30 s", Reason.BUDGET),
        ("not done after 400 s", Reason.BUDGET),
        ("coqc ended with -9", Reason.UNCONFIRMED),
    ):
        assert not Outcome(False, message, (), 1.0, reason).definite
    assert Outcome(False, "coqc at line 3, `low.`: No applicable tactic.", (), 1.0, Reason.NO_PROOF).definite


# What cannot be written


def test_the_node_without_translation_is_named() -> None:
    record = written(resolve(collect(["liu2019.kernel"])[0]))
    assert record.problem.startswith("no translation of Expectation")
    with pytest.raises(Untranslatable, match="Mod"):
        term(sp.Mod(x, 2), Names({x: "x"}))
    assert "gamma" in written(Identity("g", sp.gamma(x + 1), x * sp.gamma(x), on={x: sp.Interval(1, 2)})).problem


def test_a_false_bound_has_no_certificate() -> None:
    record = written(Bound("false", x, x**2))
    assert record.text == ""
    assert "no certificate" in record.problem


def test_a_statement_nobody_tried_has_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statement = resolve(collect(["macdonald2023.ce-diagonal"])[0])
    assert rocq.recorded(statement) is None
    assert not rocq.applies(statement, ())
    store = records.Records()
    refused = replace(written(statement), outcome=Outcome(False, "no", (), 0.1))
    store.put([(statement, refused)])
    (found,) = rocq.run(statement, (), None)
    assert found.verdict is Verdict.UNDECIDED
    assert not found.reachable
    other = replace(statement, rhs=sp.Rational(51, 100))
    assert rocq.recorded(other) is None


def test_a_damaged_store_is_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".lemmata").mkdir()
    (tmp_path / ".lemmata" / "memory.sqlite").write_text("[1, 2")
    assert rocq.recorded(resolve(collect(["macdonald2023.ce-diagonal"])[0])) is None


def test_the_folder_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("sys.argv", ["lemmata", "prove", "macdonald2023.en-first", "-o", "file"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2

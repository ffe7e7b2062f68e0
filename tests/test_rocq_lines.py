"""Claims in one variable, sums of symbolic length and powers with symbolic exponents as Rocq theorems."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
from sympy import Interval, Max, Rational, S, Sum, Symbol, cos, exp, log, oo, pi, sin, sqrt, tan

from checks.rocq.algebraic import Case
from checks.rocq.certificates import where_attained
from checks.rocq.coqc import Outcome, Proofs, find, prove_all
from checks.rocq.exponents import against_exponential
from checks.rocq.lines import on_a_line
from checks.rocq.readback import Differs, compare, read
from checks.rocq.records import written
from derivations import Bound, Identity
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.context import context_of
from derivations.rocq.goals import Goal
from derivations.rocq.inequalities import Certificate
from derivations.rocq.terms import MUL, Names, Untranslatable, term
from derivations.rocq.theorems import Theorem, theorem_of
from derivations.statements import Statement

here = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="no coqc here: apt-get install coq libcoq-interval libcoq-coquelicot"
)
u, v, w, eta = sp.symbols("u v w eta", real=True)
m, j = (Symbol(name, integer=True, positive=True) for name in "mj")
POSITIVE, FROM_ZERO = Interval.open(0, oo), Interval(0, oo)
NEAR = Rational(999, 1000)
INVERSE_SQUARES, ROOTS = Sum(1 / j**2, (j, 2, m)), Sum(1 / sqrt(j), (j, 1, m))

PAIRS: dict[str, tuple[Bound | Identity, Bound | Identity]] = {
    # a zero of order three at an end, and a denominator
    "tangent": (
        Bound("tangent", 2 * u, sin(u) + tan(u), on={u: Interval(0, Rational(7, 5))}),
        Bound("tangent", Rational(2001, 1000) * u, sin(u) + tan(u), on={u: Interval(0, Rational(7, 5))}),
    ),
    # a zero of order two inside
    "inside": (
        Bound("inside", 1 - (w - pi / 2) ** 2, sin(w), on={w: Interval(0, 3)}),
        Bound("inside", 1 - Rational(499, 1000) * (w - pi / 2) ** 2, sin(w), on={w: Interval(0, 3)}),
    ),
    # of order four, as the statement says where
    "flat": (
        Bound("flat", 1 - (w - pi) ** 2 / 2, -cos(w), on={w: Interval(2, 4)}, sharp_at={w: pi}),
        Bound("flat", 1 - Rational(499, 1000) * (w - pi) ** 2, -cos(w), on={w: Interval(2, 4)}),
    ),
    # equality at infinity only
    "far": (
        Bound("far", 2 / (v + 1), log(1 + 2 / v), on={v: POSITIVE}),
        Bound("far", 2 / (v + NEAR), log(1 + 2 / v), on={v: POSITIVE}),
    ),
    # a logarithm against a variable
    "softplus": (
        Bound("softplus", Max(0, 2 * w), log(1 + exp(2 * w))),
        Bound("softplus", Max(0, 2 * w) + Rational(1, 10**5), log(1 + exp(2 * w))),
    ),
    # the first case is the tight one: a sum without terms
    "inverse-squares": (
        Bound("inverse-squares", INVERSE_SQUARES, 1 - 1 / m, on={m: S.Naturals}),
        Bound("inverse-squares", INVERSE_SQUARES, NEAR - 1 / m, on={m: S.Naturals}),
    ),
    "roots": (
        Bound("roots", ROOTS, 2 * sqrt(m) - 1, on={m: S.Naturals}),
        Bound("roots", ROOTS, 2 * sqrt(m) - 1 - Rational(1, 10**5), on={m: S.Naturals}),
    ),
    "sum-of-squares": (
        Identity("sum-of-squares", Sum(j**2, (j, 1, m)), m * (m + 1) * (2 * m + 1) / 6, on={m: S.Naturals}),
        Identity("sum-of-squares", Sum(j**2, (j, 1, m)), m * (m + 1) * (2 * m + 1) / 6 + 1, on={m: S.Naturals}),
    ),
    "growth": (
        Bound("growth", (1 + 2 / m) ** m, exp(2), on={m: S.Naturals}),
        Bound("growth", (1 + 2 / m) ** m, NEAR * exp(2), on={m: S.Naturals}),
    ),
    "decay": (
        Bound("decay", (1 - eta / 2) ** m, exp(-eta * m / 2), on={eta: (0, 2), m: S.Naturals}),
        Bound("decay", (1 - eta / 2) ** m, exp(-eta * m * Rational(501, 1000)), on={eta: (0, 2), m: S.Naturals}),
    ),
    # Bernoulli where the base is known to be nonnegative from its range alone
    "bernoulli": (
        Bound("bernoulli", 1 + m * (u + 1), (u + 2) ** m, on={u: Interval(-2, oo), m: S.Naturals}),
        Bound("bernoulli", 1 + m * (u + 1), NEAR * (u + 2) ** m, on={u: Interval(-2, oo), m: S.Naturals}),
    ),
    # what is shown to be positive is claimed to be nonnegative
    "two-roots": (
        Bound("two-roots", sqrt(u) + sqrt(v), sqrt(2), on={u: FROM_ZERO, v: FROM_ZERO}, where=u + v <= 1),
        Bound("two-roots", sqrt(u) + sqrt(v), NEAR * sqrt(2), on={u: FROM_ZERO, v: FROM_ZERO}, where=u + v <= 1),
    ),
}
"""What is true, and what is nearly so."""
SURE = ("sum-of-squares",)
"""Whose proof needs no certificate: the false one is written as well, and only coqc refuses it."""


QUICK = ("inverse-squares", "sum-of-squares", "growth", "decay")
"""Whose proofs coqc checks in a few seconds; `make bench JOBS=portfolio` asks it for proofs with intervals as well."""


@pytest.mark.parametrize("name", PAIRS)
def test_true_ones_have_a_text(name: str) -> None:
    record = written(PAIRS[name][0])
    assert record.text, record.problem + record.wrong


@here
def test_true_ones_are_accepted_and_their_scripts_do_not_prove_false_ones(tmp_path: Path) -> None:
    sources, false = [], set()
    for number, name in enumerate(QUICK):
        right, wrong = PAIRS[name]
        record, claim = written(right), _proposition(wrong)
        head, script = record.text.split("Proof.", 1)
        text = f"{head.splitlines()[0]}\n  {claim}.\nProof.{script}"
        assert text != record.text
        twin = replace(record.source, id=f"{record.source.id}-false", module=f"f{number}", text=text)
        sources += [record.source, twin]
        false.add(twin.id)
    found: dict[str, Outcome] = prove_all(find(), sources, 1, proofs=Proofs(tmp_path / "none.json"))
    assert len(found) == 2 * len(QUICK)
    assert {id for id, outcome in found.items() if not outcome.accepted} == false


def _proposition(statement: Bound | Identity) -> str:
    """What a false statement claims, as a proposition of Rocq."""
    context = context_of(statement)
    left, right = (term(side, context.names, MUL) for side in statement.content)
    claim = f"{left} {'<=' if isinstance(statement, Bound) else '='} {right}"
    return Theorem("t", context, (Goal(claim, (), ()),)).proposition()


def _theorem(statement: Statement) -> Theorem:
    """The theorem of a false statement, with whatever script."""
    nothing = Certificate(SignProof(sp.S.One, "", (), "known"), {})
    return theorem_of(statement, lambda f, s: nothing, where_attained)


@pytest.mark.parametrize("name", [n for n in PAIRS if n not in SURE])
def test_false_ones_have_no_certificate(name: str) -> None:
    record = written(PAIRS[name][1])
    assert (record.text, record.wrong) == ("", ""), name


# the rules by themselves


def test_a_claim_that_is_negative_somewhere_is_not_proved_on_a_line() -> None:
    for f in (sin(u) - u, exp(u) - 1 - Rational(1001, 1000) * u, (u - 1) ** 2 - Rational(1, 10**4)):
        assert on_a_line(Case(f, {u: Interval(0, 2)}), lambda case: None) is None


def test_kinks_and_several_variables_are_left_to_others() -> None:
    assert on_a_line(Case(Max(0, u) + 1, {u: Interval(0, 2)}), lambda case: None) is None
    assert on_a_line(Case(u**2 + v**2, {u: Interval(0, 2), v: Interval(0, 2)}), lambda case: None) is None


def test_a_power_that_is_the_larger_side_is_not_below_an_exponential() -> None:
    case = Case((1 + u) ** v - exp(v), {u: POSITIVE, v: POSITIVE})
    assert against_exponential(case, lambda part: SignProof(part.f, "", (), "known")) is None


# sums as terms


def test_a_sum_reads_back_with_its_value() -> None:
    text = term(Sum(1 / (j + v), (j, 2, m)), Names(numbers={v: "v"}, naturals={m: "m"}))
    assert text == "total 2 (fun j : nat => / (INR j + v)) m"
    assert abs(read(text, {"v": 1, "m": 3}) - sp.Rational(7, 12)) < 1e-15
    assert read(text, {"v": 1, "m": 1}) == 0


def test_a_sum_that_was_printed_with_another_end_is_found_out() -> None:
    true = PAIRS["inverse-squares"][0]
    theorem = _theorem(true)
    reading = theorem.goals[0].readings[0]
    wrong = replace(reading, text=reading.text.replace("total 2", "total 3"))
    goal = replace(theorem.goals[0], readings=(wrong,))
    with pytest.raises(Differs):
        compare(replace(theorem, goals=(goal,)), true)


@pytest.mark.parametrize(
    "sum_",
    [Sum(u**j, (j, -1, m)), Sum(1 / (j + m), (j, 1, m), (m, 1, 3)), Sum(1 / j**2, (j, 1, oo))],
    ids=["from-below-0", "two-indices", "infinite"],
)
def test_other_sums_have_no_translation(sum_: sp.Sum) -> None:
    with pytest.raises(Untranslatable):
        term(sum_, Names(numbers={u: "u"}, naturals={m: "m"}))


def test_a_sum_whose_terms_depend_on_its_length_is_refused_with_a_reason() -> None:
    record = written(Bound("moving", Sum(1 / (j + m), (j, 1, m)), 1, on={m: S.Naturals}))
    assert record.text == ""
    assert "do not depend on its length" in record.problem

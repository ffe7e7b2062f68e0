"""Steps from conditions: absolute values, means among the hypotheses, powers of a rate, and bound variables."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Function, Rational, Symbol, symbols

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Bound, Paper, chain, vector
from derivations.domains import Gaussian
from derivations.quantities.chance import Mean
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.vectors import norm

m = Symbol("m", integer=True, positive=True)
a, b, t = symbols("a b t", positive=True)
x1 = Symbol("x_1", real=True)


def proved(statement: Statement, *beside: Statement) -> Evidence:
    paper: Any = Paper("mine", statements=(*beside, statement))
    (evidence,) = symbolic.run(paper[statement.slug], (), Context())
    return evidence


def test_a_multiple_of_an_absolute_value_is_both_of_its_sides() -> None:
    """t|a − b|/s ≤ 1 from both sides; from one alone it does not follow."""
    size = Bound("size", Abs(x1), 1, where=(x1 <= 1, x1 >= -1))
    both = (t * (a - b) <= 2, t * (b - a) <= 2)
    for where, wanted in ((both, Verdict.VERIFIED), (both[:1], Verdict.UNDECIDED)):
        derive = lambda: chain(t * Abs(a - b) / 2).then(1, "size", relation="<=").by("size", x_1=t * (a - b) / 2)  # noqa: E731
        statement = Bound("scaled", t * Abs(a - b) / 2, 1, where=where, derive=derive)
        assert proved(statement, size).verdict is wanted


def test_a_line_beside_a_mean_among_the_hypotheses() -> None:
    """A line that needs no fact is checked where a condition has a mean, which has no value at a point."""
    w = vector("w", m)
    most = Mean(norm(w)) <= a
    for last, wanted in ((2 * a, Verdict.VERIFIED), (a / 2, Verdict.UNDECIDED)):
        made = Bound(
            "mean",
            Mean(norm(w)),
            last,
            on={w: Gaussian()},
            where=(most,),
            derive=lambda last=last: (
                chain(Mean(norm(w))).then(a, "given", relation="<=").then(last, "more", relation="<=")
            ),
        )
        assert proved(made).verdict is wanted


def test_powers_of_a_rate_that_is_a_sum() -> None:
    """r(k + 1) ≤ q·r(k) and r(k) ≤ q^k give r(k + 1) ≤ q^(k+1), also where q is 1 − t and t ≤ 1 is a hypothesis."""
    k = Symbol("k", integer=True, nonnegative=True)
    r = Function("r", real=True)
    for where, rate, wanted in (
        ((t <= 1,), 1 - t, Verdict.VERIFIED),
        ((t <= 2,), 1 - t, Verdict.UNDECIDED),
        ((), 1 + t, Verdict.VERIFIED),
    ):
        step = ForAll(k, r(k + 1) <= rate * r(k), name="step")
        made = Bound(
            "powers",
            r(7),
            rate**7,
            where=(*where, r(0) <= 1, step),
            derive=lambda rate=rate: (
                chain(r(7))
                .have(ForAll(k, r(k) <= rate**k, name="all"), "by induction")
                .using("step", k=k)
                .by_induction(k)
                .then(rate**7, "after seven", relation="<=")
                .using("all", k=7)
            ),
        )
        assert proved(made).verdict is wanted


def test_a_variable_that_is_bound_within_another_claim_is_not_captured() -> None:
    """Where a claim for all j is a condition of another one, a goal for all j is not read into it."""
    j, k = (Symbol(name, integer=True, nonnegative=True) for name in "jk")
    r = Function("r", real=True)
    each = ForAll(j, r(j) <= 1, name="each")
    inside = ForAll(k, r(k) <= 2, when=(each,), name="inside")
    for goal, wanted in ((1, Verdict.VERIFIED), (Rational(1, 2), Verdict.UNDECIDED)):
        made = Bound(
            "captured",
            r(3),
            2,
            where=(each, inside),
            derive=lambda goal=goal: (
                chain(r(3))
                .have(ForAll(j, r(j) <= goal, name="again"), "the same")
                .using("each", j=j)
                .then(2, "as given", relation="<=")
                .using("inside", k=3)
            ),
        )
        assert proved(made).verdict is wanted

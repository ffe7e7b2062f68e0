"""Equations among the conditions: each is solved for a variable, and neither claim holds without the other."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Eq, Interval, Rational, exp, log, oo, pi, sin, sqrt

from checks.api import check
from checks.compare.comparison import Outcome, compare
from checks.methods.equations import equations, solved
from checks.studies.constants import sharpest
from checks.studies.hypotheses import assumptions
from derivations import Bound, Gradient, Identity, StatementError, inner, norm, norm_squared, vector
from derivations.latex import domain_latex
from derivations.steps import chain
from numerics.values.points import Chart, NoPoint

x, y, z = sp.symbols("x y z", real=True)
a, b, p, q = sp.symbols("a b p q", positive=True)
k = sp.Symbol("k", integer=True, positive=True)
u, v = vector("u", k), vector("v", k)
POSITIVE, ABOVE_ONE = Interval.open(0, oo), Interval.open(1, oo)
SIMPLEX = {"on": {s: Interval(0, oo) for s in (x, y, z)}, "where": Eq(x + y + z, 1)}
PAIR = {"on": {a: POSITIVE, b: POSITIVE}, "where": Eq(a * b, 1)}
CONJUGATE = {"on": {a: POSITIVE, b: POSITIVE, p: ABOVE_ONE, q: ABOVE_ONE}, "where": Eq(1 / p + 1 / q, 1)}
MASSES = {"on": {s: Interval.open(0, 1) for s in (x, y)}, "where": Eq(x + y, 1)}
ORTHOGONAL = {"where": Eq(inner(u, v), 0)}
UNIT = {"where": (Eq(norm(u), 1), Eq(norm_squared(v), 1))}

CLAIMS: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "a simplex": (x * y * z, Rational(1, 27), Rational(1, 28), SIMPLEX),
    "a circle": (x + y, sqrt(2), Rational(14142, 10000), {"where": Eq(x**2 + y**2, 1)}),
    "a product": (2, a + b, a + b - Rational(1, 1000), PAIR),
    "Young": (a * b, a**p / p + b**q / q, Rational(999, 1000) * (a**p / p + b**q / q), CONJUGATE),
    "entropy": (-x * log(x) - y * log(y), log(2), Rational(693, 1000), MASSES),
    "a plane": (5, x**2 + y**2, x**2 + y**2 - Rational(1, 1000), {"where": Eq(x + 2 * y, 5)}),
    "exponentials": (x, 1, Rational(999, 1000), {"where": Eq(exp(x) + exp(y), sp.E)}),
    "angles": (2 * sin(x) * sin(y), 1, Rational(999, 1000), {"where": Eq(x + y, pi / 2)}),
    "a diamond": (x * y, Rational(1, 4), Rational(2499, 10000), {"where": Eq(Abs(x) + Abs(y), 1)}),
    "an ellipse": (x + y, 2 / sqrt(3), Rational(1154, 1000), {"where": Eq(x**2 + x * y + y**2, 1)}),
    "cubes": (x + y, 2, Rational(1999, 1000), {"where": Eq(x**3 + y**3, 2)}),
    "a quotient": (x, y, y - Rational(1, 1000), {"where": Eq(x / y, 1)}),
    "a sphere": (inner(u, v), 1, Rational(999, 1000), UNIT),
    "orthogonal": (norm(u) + norm(v), sqrt(2) * norm(u + v), Rational(1414, 1000) * norm(u + v), ORTHOGONAL),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_bound_on_a_surface(name: str) -> None:
    left, right, too_small, domain = CLAIMS[name]
    true = check(Bound("true", left, right, **domain))
    assert true.verdict.value == "verified", true.evidence
    false = check(Bound("false", left, too_small, **domain))
    assert false.verdict.value == "refuted", false.evidence


@pytest.mark.parametrize("name", CLAIMS)
def test_a_point_at_which_it_fails_lies_on_the_surface(name: str) -> None:
    """Found by the claim in fewer variables, it is told in the statement's own."""
    left, _, too_small, domain = CLAIMS[name]
    statement = Bound("false", left, too_small, **domain)
    symbols = {str(s): s for s in statement.domain.ranges}
    told = [e.at.within(symbols) for e in check(statement).evidence if e.at is not None]
    assert told
    for point in told:
        assert point is not None
        for r in statement.conditions_given:
            gap = sp.sympify(r.lhs - r.rhs).xreplace(point)
            value = gap.replace(lambda e: isinstance(e, type(inner(u, v))), lambda e: (e.args[0].T * e.args[1])[0, 0])
            assert abs(sp.N(value.doit(), 30)) < 1e-20, (point, r)


def test_identities_on_surfaces() -> None:
    cubes = {"where": Eq(x + y, 1)}
    assert check(Identity("true", x**3 + y**3, 1 - 3 * x * y, **cubes)).verdict.value == "verified"
    assert check(Identity("false", x**3 + y**3, 1 - 2 * x * y, **cubes)).verdict.value == "refuted"
    square = norm_squared(u + v)
    assert check(Identity("true", square, norm_squared(u) + norm_squared(v), **ORTHOGONAL)).verdict.value == "verified"
    assert (
        check(Identity("false", square, norm_squared(u) + 2 * norm_squared(v), **ORTHOGONAL)).verdict.value == "refuted"
    )


def test_steps_of_a_derivation_hold_on_the_surface() -> None:
    def by(middle: Any) -> Any:
        return lambda: chain(x**3 + y**3).then(middle, "binomial").then(1 - 3 * x * y, "x + y = 1")

    whole = (x + y) ** 3
    right = Identity("right", x**3 + y**3, 1 - 3 * x * y, where=Eq(x + y, 1), derive=by(whole - 3 * x * y * (x + y)))
    wrong = Identity("wrong", x**3 + y**3, 1 - 3 * x * y, where=Eq(x + y, 1), derive=by(whole - 2 * x * y * (x + y)))
    assert check(right).verdict.value == "verified"
    assert check(wrong).verdict.value == "refuted"


def test_a_fact_is_used_on_the_surface() -> None:
    def by(middle: Any) -> Any:
        young = chain(x * y).then(middle, "Young", relation="<=").by("facts.young", a=x, b=y, t=1)
        return lambda: young.then(Rational(1, 2), "on the circle", relation="<=")

    circle = {"where": Eq(x**2 + y**2, 1)}
    right = check(Bound("right", x * y, Rational(1, 2), derive=by(x**2 / 2 + y**2 / 2), **circle))
    assert right.verdict.value == "verified", right.evidence
    assert (
        check(Bound("wrong", x * y, Rational(1, 2), derive=by(x**2 / 2 + y**2 / 4), **circle)).verdict.value
        != "verified"
    )


def test_what_cannot_be_solved_is_undecided_or_decided_by_polynomials() -> None:
    open_ = check(Bound("open", sin(x) + y, 3, where=Eq(x * sin(x * y) + y * exp(x * y), 1)))
    assert open_.verdict.value == "undecided"
    polynomial = check(Bound("cubic", x + y, 4, on={x: (0, oo), y: (0, oo)}, where=Eq(x**3 + y**3 + x * y, 3)))
    assert polynomial.verdict.value == "verified"


def test_an_equation_holds_only_where_its_roots_and_logarithms_are_real() -> None:
    """y = 1 − √x came with x below 0."""
    root = {"where": Eq(sqrt(x) + y, 1)}
    assert check(Bound("true", y, 1, **root)).verdict.value == "verified"
    assert check(Bound("false", y, Rational(99, 100), **root)).verdict.value == "refuted"


def test_constants_and_comparisons_stay_on_the_surface() -> None:
    """A search beside the methods drew points from all of the ranges."""
    claim = Bound("half", x * y, a * (x**2 + y**2), constant=a, value=Rational(3, 4), where=Eq(x + y, 1))
    found = sharpest(claim)
    assert found is not None
    assert found.high == pytest.approx(0.5, abs=1e-6)
    simplex = Bound("three", x * y + y * z + z * x, Rational(1, 3), **SIMPLEX)
    assert compare(simplex, r"xy + yz + zx \le \frac{1}{3}").outcome is Outcome.EQUAL
    assert compare(simplex, r"xy + z(1 - z) \le \frac{1}{3}").outcome is not Outcome.DIFFERENT
    with pytest.raises(NoPoint, match="fulfils x \\+ y \\+ z = 1"):
        _ = Chart(simplex.domain).gaps


def test_a_factor_that_may_vanish_loses_no_point() -> None:
    """x·y = x holds at x = 0 for every y: y = 1 would be wrong."""
    assert check(Bound("lost", 1, y, where=Eq(x * y, x))).verdict.value == "refuted"
    kept = solved(Bound("lost", 1, y, on={x: (-1, 1)}, where=Eq(x * y, x)))
    assert y not in kept.values


@pytest.mark.parametrize(
    "where", [(Eq(x + y, 3), Eq(x + y, 4)), (Eq(x**2 + 2 * x * y + y**2, -1),)], ids=["two", "no square"]
)
def test_contradictions_are_errors(where: Any) -> None:
    found = check(Bound("none", x, y, on={x: sp.S.Reals, y: sp.S.Reals}, where=where))
    assert found.verdict.value == "error"
    assert all("contradict" in e.detail for e in found.evidence)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(StatementError, match="restricts a Gradient to a surface: solve it for a variable"):
        Gradient("slope", x, 2 * x, of=x**2, where=Eq(x, y))


def test_a_place_of_equality_on_the_surface() -> None:
    third = Rational(1, 3)
    found = check(Bound("sharp", x * y * z, Rational(1, 27), sharp_at={x: third, y: third, z: third}, **SIMPLEX))
    assert found.verdict.value == "verified"
    beside = {x: Rational(1, 2), y: Rational(1, 4), z: Rational(1, 4)}
    assert check(Bound("beside", x * y * z, Rational(1, 27), sharp_at=beside, **SIMPLEX)).verdict.value != "verified"


def test_hypotheses_and_print() -> None:
    statement = Bound("simplex", x * y * z, Rational(1, 27), **SIMPLEX)
    told = assumptions(statement, {}, "")
    assert not told.empty
    assert "x = " in told.satisfied
    assert "z = " in told.satisfied
    assert "x + y + z = 1" in domain_latex(statement)
    assert "x + y + z = 1" in statement.domain.describe()


def test_random_surfaces_and_points() -> None:
    """The value of a variable satisfies its equation, and every point of the surface comes from one of the range."""
    rng = random.Random(5)
    for _ in range(40):
        c = [Rational(rng.randint(-4, 4), rng.randint(1, 3)) for _ in range(4)]
        left = rng.choice(
            [c[0] * x + c[1] * y + c[2], c[0] * x**2 + c[1] * y - c[2], x * (2 + y**2) - c[0], c[0] * exp(x) - y + c[1]]
        )
        if left.free_symbols != {x, y}:
            continue
        statement = Bound("any", x + y, 10**6, where=Eq(left, 0))
        if not equations(statement):
            continue
        made = solved(statement)
        if not made.values:
            continue
        ((variable, value),) = made.values.items()
        rest = value.free_symbols
        for _ in range(5):
            point = {
                s: rng.choice((-1, 1)) if str(s).startswith("s") else Rational(rng.randint(-20, 20), 7) for s in rest
            }
            conditions = [r.xreplace(point) for r in made.statement.domain.where]
            if all(r == sp.true for r in conditions):
                gap = left.xreplace({variable: value}).xreplace(point)
                assert abs(sp.N(gap, 30)) < 1e-20

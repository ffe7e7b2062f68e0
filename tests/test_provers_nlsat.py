"""Polynomial claims decided by nlsat: proved, refuted at a point, or left open with what stood in the way."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Abs, Eq, Ge, Heaviside, Interval, Max, Min, Piecewise, Rational, S, cbrt, exp, oo, pi, sign, sqrt

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.nlsat import prove
from checks.verdicts import Assurance
from derivations.gaussian import relu, step
from derivations.outcomes.reasons import Reason

a, b, c, x, y, z, L, mu, lam, eta = sp.symbols("a b c x y z L mu lambda eta", real=True)
k, n = sp.symbols("k n", integer=True)
P, N, R, UNIT = Interval.open(0, oo), Interval(0, oo), S.Reals, Interval(0, 1)
SIMPLEX = (Eq(x + y + z - 1, 0),)
TRUE = {
    "simplex": (Rational(1, 27) - x * y * z, {x: N, y: N, z: N}, SIMPLEX),
    "arithmetic and geometric mean": ((x + y) / 2 - sqrt(x * y), {x: N, y: N}, ()),
    "of three": ((x + y + z) / 3 - cbrt(x * y * z), {x: N, y: N, z: N}, ()),
    "Schur": (x * (x - y) * (x - z) + y * (y - x) * (y - z) + z * (z - x) * (z - y), {x: N, y: N, z: N}, ()),
    "Nesbitt": (a / (b + c) + b / (a + c) + c / (a + b) - Rational(3, 2), {a: P, b: P, c: P}, ()),
    "Motzkin": (x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1, {x: R, y: R}, ()),
    "contraction": (
        (L - mu) / (L + mu) - Abs(1 - 2 * lam / (L + mu)),
        {L: P, mu: P, lam: P},
        (Ge(lam - mu, 0), Ge(L - lam, 0)),
    ),
    "means": ((a + b + c) * (1 / a + 1 / b + 1 / c) - 9, {a: P, b: P, c: P}, ()),
    "step size": (
        (1 - eta * mu) ** 2 - (1 - eta * lam) ** 2,
        {eta: P, lam: P, mu: P, L: P},
        (Ge(lam - mu, 0), Ge(L - lam, 0), Ge(1 - eta * L, 0)),
    ),
    "maximum": (Max(x, y) - (x + y) / 2 - Abs(x - y) / 2, {x: R, y: R}, ()),
    "minimum": ((x + y) / 2 - Min(x, y), {x: R, y: R}, ()),
    "triangle": (Abs(x) + Abs(y) - Abs(x + y), {x: R, y: R}, ()),
    "relu": (Abs(x - y) - Abs(relu(x) - relu(y)), {x: R, y: R}, ()),
    "step": (x * step(x) - relu(x), {x: R}, ()),
    "sign": (x * sign(x) - Abs(x), {x: R}, ()),
    "heaviside": (Heaviside(x) * Heaviside(-x) - Heaviside(x) * Heaviside(-x) ** 2, {x: R}, ()),
    "a case without its denominator": (Piecewise((1 / x, x > 0), (0, True)), {x: R}, ()),
    "pi": (x * pi - 3 * x, {x: N}, ()),
    "an end that is pi": ((pi - x) * x, {x: Interval(0, pi)}, ()),
    "an end that is a root": (2 - x**2, {x: Interval(-sqrt(2), sqrt(2))}, ()),
    "a hundredth power": ((1 + x) ** 100 - 1 - 100 * x, {x: Interval(-1, oo)}, ()),
    "one root": (1 + x / 2 - sqrt(1 + x), {x: Interval(-1, oo)}, ()),
    "roots of two orders": (sqrt(x) - cbrt(x), {x: Interval(1, oo)}, ()),
    "nested roots": (1 + x - sqrt(1 + x * sqrt(x)), {x: N}, ()),
    "a negative power": (1 + x - 1 / sqrt(1 + x), {x: N}, ()),
    "finite range": ((x - 1) * (x - 3) * (x - 4), {x: sp.FiniteSet(1, 3, 4)}, ()),
    "union": (x**2 - 1, {x: sp.Union(Interval(-oo, -1), Interval(1, 2))}, ()),
    "naturals": (k**2 - k, {k: S.Naturals}, ()),
    "strict": (1 / x - 1, {x: Interval.open(0, 1)}, ()),
    "hole": (1 / (x - 1) ** 2, {x: sp.Complement(R, sp.FiniteSet(1))}, ()),
    "a condition with a denominator": (x - 1, {x: P}, (Ge(1 - 1 / x, 0),)),
    "or": (x**2 - 1, {x: R}, (sp.Or(x >= 1, x <= -1),)),
    "integers": (k * (k - 1), {k: S.Integers}, ()),
    "integers of a range": ((3 * k - 10) * (3 * k - 11), {k: sp.Range(1, 50)}, ()),
    "defined at integers": (1 / (2 * k - 1) + 1, {k: S.Naturals0}, ()),
    "a hole where a case begins": (Abs(x) - x, {x: sp.Complement(R, sp.FiniteSet(0))}, ()),
    "two symbols of one name": (x**2 + sp.Symbol("x", positive=True), {x: R, sp.Symbol("x", positive=True): P}, ()),
    "a symbol called pi": (sp.Symbol("pi", real=True) - pi, {sp.Symbol("pi", real=True): Interval(4, 5)}, ()),
    "a symbol called s": (sqrt(1 + x) - sp.Symbol("s", real=True), {x: N, sp.Symbol("s", real=True): UNIT}, ()),
    "nothing": (S.One, {}, ()),
    "not a variable": (S.One, {x: R}, ()),
    "mixed numbers": (sqrt(2) + sqrt(3) - pi, {}, ()),
}
FALSE = {
    "simplex": (Rational(1, 27) - Rational(1, 10**5) - x * y * z, {x: N, y: N, z: N}, SIMPLEX),
    "a half": (
        (L - mu) / (L + mu) - Abs(1 - 2 * lam / (L + mu)),
        {L: P, mu: P, lam: P},
        (Ge(lam - mu / 2, 0), Ge(L - lam, 0)),
    ),
    "a small part": ((x - sqrt(2)) ** 2 - Rational(1, 10**9), {x: R}, ()),
    "Motzkin": (x**4 * y**2 + x**2 * y**4 - Rational(3001, 1000) * x**2 * y**2 + 1, {x: R, y: R}, ()),
    "strict end": (x - Rational(1, 100), {x: Interval.open(0, 1)}, ()),
    "an integer": (k**2 - 3 * k + 1, {k: S.Naturals}, ()),
    "a number": (sqrt(2) + sqrt(3) - pi - Rational(1, 200), {}, ()),
    "a step": (Rational(1, 2) - step(x), {x: R}, ()),
    "beside a hole": (-x - Abs(x), {x: sp.Complement(R, sp.FiniteSet(0))}, ()),
    "a symbol called pi": (sp.Symbol("pi", real=True) - pi, {sp.Symbol("pi", real=True): Interval(3, 5)}, ()),
    "at an irrational point only": (x - Rational(3, 2), {x: N}, (Eq(x**2 - 2, 0),)),
    "between integers and at one": ((k - 5) ** 2 - 1, {k: S.Integers}, ()),
    "a root": (1 + x / 2 - sqrt(1 + x) - x**2 / 8, {x: Interval(-1, oo)}, ()),
}
OPEN = {
    "a denominator that vanishes": (1 / x, {x: Interval(0, 1)}, (), Reason.NO_VALUE),
    "Nesbitt with 0": (a / (b + c) + b / (a + c) + c / (a + b), {a: N, b: N, c: N}, (), Reason.NO_VALUE),
    "a removable one": ((x**2 - y**2) / (x - y) + 2, {x: Interval(0, 1), y: Interval(0, 1)}, (), Reason.NO_VALUE),
    "0/0": (x / (x - x**2), {x: Interval(0, S.Half)}, (), Reason.NO_VALUE),
    "a negative radicand": (sqrt(x - 1) + 1, {x: Interval(0, 2)}, (), Reason.NO_VALUE),
    "no case": (Piecewise((1, x > 0), (1, x < 0)), {x: R}, (), Reason.NO_VALUE),
    "no point": (x, {x: Interval(2, 3)}, (Ge(1 - x, 0),), Reason.NO_POINT),
    "no point of a range": (x, {x: S.EmptySet}, (), Reason.NO_POINT),
    "a sum of integers": ((k + n) * (k + n + 1), {k: S.Integers, n: S.Integers}, (), Reason.NO_PROOF),
    "exponentials": (exp(x), {x: R}, (), Reason.OUTSIDE),
    "no range": (x**2 + y**2, {x: R}, (), Reason.OUTSIDE),
    "a complex number": (x**2 + sp.I, {x: R}, (), Reason.OUTSIDE),
    "too large": ((x + y + z + a + b + c + 1) ** 60, dict.fromkeys((x, y, z, a, b, c), N), (), Reason.BUDGET),
    "a huge power": (x**100000, {x: R}, (), Reason.BUDGET),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved(name: str) -> None:
    f, ranges, conditions = TRUE[name]
    found = prove(Claim(f, ranges, conditions))
    assert isinstance(found, Proof), found
    assert found.assurance is Assurance.SYMBOLIC
    assert found.lines


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_false_at_a_point(name: str) -> None:
    f, ranges, conditions = FALSE[name]
    found = prove(Claim(f, ranges, conditions))
    assert isinstance(found, Obstacle)
    assert found.false
    assert found.at is not None
    assert f.xreplace(dict(found.at)).evalf(40) < 0
    assert all(r.contains(found.at[s]) == True for s, r in ranges.items())  # noqa: E712
    assert all(sp.simplify(condition.xreplace(dict(found.at))) == True for condition in conditions)  # noqa: E712


@pytest.mark.parametrize("name", OPEN)
def test_what_has_no_value_or_is_beyond_it_is_left_open(name: str) -> None:
    f, ranges, conditions, reason = OPEN[name]
    found = prove(Claim(f, ranges, conditions))
    assert isinstance(found, Obstacle)
    assert not found.false
    assert found.why.reason is reason, found.why

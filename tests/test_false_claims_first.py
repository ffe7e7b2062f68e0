"""What is plainly false or plainly not zero is seen before a proof is sought; what is true is not called so."""

from __future__ import annotations

import random
import time

import pytest
import sympy as sp
from sympy import Interval, Rational, S, Symbol, cos, exp, oo, pi, sin, sqrt

from checks.proofs.falsity import false_at
from checks.provers.portfolio import answer
from derivations.domains import make_domain
from derivations.proofs import equality
from derivations.proofs.equality import scalar_vanishes

x, y = sp.symbols("x y", real=True)
e = Symbol("e", positive=True)
k = Symbol("k", integer=True, positive=True)
LINE, HALF = S.Reals, Interval.open(0, oo)
BUMP = 3 * e * x / (e + x**2) ** Rational(5, 2)
TRUE = [
    (x**2, {x: LINE}),
    ((x - Rational(1, 3)) ** 2, {x: Interval(0, 1)}),
    (exp(x) - 1 - x, {x: LINE}),
    (1 - cos(x), {x: LINE}),
    (x - sin(x), {x: Interval(0, 100)}),
    (Rational(85866, 10**5) / e - BUMP, {e: HALF, x: LINE}),
    (x * y + 1 / (x * y) - 2, {x: HALF, y: HALF}),
    ((1 + x) ** k - 1 - k * x, {x: HALF, k: S.Naturals}),
    (S.Zero * x, {x: LINE}),
    (sqrt(1 + x) ** 2 - 1 - x, {x: Interval(0, 1)}),
    (S.One, {}),
]
FALSE = [
    (x - Rational(1, 10**6), {x: Interval(0, 1)}),
    ((x - Rational(1, 3)) ** 2 - Rational(1, 10**6), {x: Interval(0, 1)}),
    (Rational(2653, 10000) * (2 - 2 * cos(x)) * pi + (pi - x) * cos(x) + sin(x) - pi, {x: Interval(0, pi)}),
    (Rational(858, 1000) / e - BUMP, {e: HALF, x: LINE}),
    (x * y + 1 / (x * y) - Rational(201, 100), {x: HALF, y: HALF}),
    (cos(x) - Rational(1, 2), {x: Interval(0, 5 * pi / 12)}),
    (k - 2, {k: S.Naturals}),
    (1 - x, {x: HALF}),
]


@pytest.mark.parametrize(("f", "box"), TRUE, ids=[str(f) for f, _ in TRUE])
def test_no_true_claim_is_called_false(f: sp.Expr, box: dict[Symbol, sp.Set]) -> None:
    assert false_at(f, box) is None


@pytest.mark.parametrize(("f", "box"), FALSE, ids=[str(f) for f, _ in FALSE])
def test_a_false_claim_is_seen_at_an_exact_point_of_its_box(f: sp.Expr, box: dict[Symbol, sp.Set]) -> None:
    point = false_at(f, box)
    assert point is not None
    assert all(box[s].contains(v) == True and v.is_Rational for s, v in point.items())  # noqa: E712
    assert f.xreplace(point).evalf(40) < 0


def test_random_claims_are_called_false_only_where_they_are() -> None:
    """Squares plus a number: false exactly if the number is negative, by its making; narrow valleys may be missed."""
    draw, seen = random.Random(3), []
    for _ in range(24):
        a, b, c = (Rational(draw.randint(-30, 30), draw.randint(1, 9)) for _ in range(3))
        least = Rational(draw.choice((-1, 0, 1)), draw.choice((1, 100)))
        f = ((x - a) ** 2 + (y - b * x) ** 2 * (1 + c**2) + least).expand()
        point = false_at(f, {x: LINE, y: LINE})
        assert point is None or least < 0, (f, point)
        seen += [point is not None] if least < 0 else []
    assert 3 * sum(seen) >= len(seen) > 5


def test_no_proof_is_sought_of_what_is_false() -> None:
    """The rules of sign spend many seconds on this one if they are asked."""
    domain = make_domain({e: HALF, x: LINE}, (), {e, x})
    started = time.process_time()
    found = answer(Rational(1, 2) / e - BUMP, domain)
    assert (found.false, found.proof, found.obstacles) == (True, None, ())
    assert time.process_time() - started < 8


def _long(terms: int) -> sp.Expr:
    return sum((sin((j + 1) * x) * cos((j + 2) * x) * (x + j) ** 2 for j in range(terms)), S.Zero)


def test_a_long_expression_that_is_not_zero_is_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equality, "_LADDER", (("refused", lambda f: pytest.fail("simplified")),))
    f = _long(12)
    assert f.count_ops() > equality.MANY
    assert scalar_vanishes(f).vanishes is None


def test_a_long_zero_and_a_long_number_are_still_told() -> None:
    f = _long(12)
    assert scalar_vanishes((f * (x + 1)).expand() - f * x - f).vanishes is True
    answer = scalar_vanishes((f * (x + 1)).expand() - f * x - f + Rational(1, 7))
    assert (answer.vanishes, answer.left) == (False, Rational(1, 7))

"""Claims about vectors and angles as numbers: proved where they hold for all vectors, false at numbers where not."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Rational, S, cos, oo, pi, sin, sqrt

from checks.provers.claims import Obstacle, Proof
from checks.provers.nlsat import prove
from checks.provers.portfolio import answer
from checks.provers.statements import claims_of, over_zero
from derivations import inner, norm, vector
from derivations.domains import UnitVectors, make_domain

n = sp.Symbol("n", integer=True, positive=True)
x, y, z = (vector(name, n) for name in "xyz")
L, mu, eta, t = sp.symbols("L mu eta t", real=True)
UNIT, P = UnitVectors(), (0, oo)
TRUE: dict[str, tuple[Any, dict[Any, Any], Any]] = {
    "Cauchy-Schwarz": (norm(x) * norm(y) - Abs(inner(x, y)), {}, ()),
    "triangle": (norm(x) + norm(y) - norm(x + y), {}, ()),
    "reverse triangle": (norm(x - y) - Abs(norm(x) - norm(y)), {}, ()),
    "Young": (inner(x, x) / (2 * t) + t * inner(y, y) / 2 - inner(x, y), {t: (Rational(1, 10), oo)}, ()),
    "unit vectors": (1 - inner(x, y), {x: UNIT, y: UNIT}, ()),
    "three unit vectors": (2 + inner(x, y) + inner(y, z) + inner(x, z), {x: UNIT, y: UNIT, z: UNIT}, ()),
    "a condition on numbers": (inner(x, x) * (1 - eta * L / 2) * eta, {eta: P, L: P}, eta * L <= 1),
    "a condition on vectors": (norm(x + y) - norm(x), {}, inner(x, y) >= 0),
    "both": (
        inner(x, x) - inner(x - 2 * y / (L + mu), x - 2 * y / (L + mu)),
        {L: (1, oo), mu: (1, 2)},
        (L + mu) * inner(x, y) >= inner(y, y),
    ),
    "an angle": (S.Half - cos(t) * sin(t), {t: (0, pi)}, ()),
    "twice an angle": (cos(2 * t) - 1 + 2 * sin(t), {t: (0, pi)}, ()),
    "a sum of waves": (sqrt(2) - cos(t) - sin(t), {t: (-10, 10)}, ()),
}
FALSE: dict[str, tuple[Any, dict[Any, Any], Any]] = {
    "a longer sum": (norm(x + y) - norm(x), {}, inner(x, y) >= -inner(y, y)),
    "Cauchy-Schwarz": (norm(x) * norm(y) * Rational(999, 1000) - Abs(inner(x, y)), {}, ()),
    "unit vectors": (Rational(99999, 100000) - inner(x, y), {x: UNIT, y: UNIT}, ()),
    "an angle": (Rational(14142, 10000) - cos(t) - sin(t), {t: (0, pi)}, ()),
}


def found_for(f: Any, on: dict[Any, Any], where: Any) -> list[Proof | Obstacle]:
    symbols = f.free_symbols | {s for c in (where if isinstance(where, tuple) else (where,)) for s in c.free_symbols}
    return [prove(claim) for claim in claims_of(f, make_domain(on, where, symbols))]


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_for_all_vectors_is_proved(name: str) -> None:
    assert any(isinstance(found, Proof) for found in found_for(*TRUE[name]))


@pytest.mark.parametrize("name", FALSE)
def test_what_does_not_is_not(name: str) -> None:
    found = found_for(*FALSE[name])
    assert found
    assert all(isinstance(one, Obstacle) and one.false for one in found)


def test_relations_have_zero_on_the_right() -> None:
    u, v = sp.symbols("u v", real=True)
    assert [over_zero(r) for r in (u < v, u >= v, sp.Eq(u, v), sp.Ne(u, v))] == [
        sp.Gt(v - u, 0),
        sp.Ge(u - v, 0),
        sp.Eq(u - v, 0),
        sp.Ne(u - v, 0),
    ]


def test_an_angle_that_occurs_beside_its_cosine_stays() -> None:
    domain = make_domain({t: (0, pi)}, (), {t})
    (claim,) = claims_of(t - sin(t), domain)
    assert claim.f == t - sin(t)
    assert claim.symbols == (t,)


def test_the_portfolio_asks_about_points_on_the_circle_and_puts_conditions_in() -> None:
    s, lam = sp.symbols("s lambda", real=True)
    two = answer(1 - cos(s) * cos(t) - sin(s) * sin(t), make_domain({s: (0, pi), t: (0, pi)}, (), {s, t}))
    assert two.proof is not None
    where = (lam >= mu, lam <= L, eta * L <= 1)
    step = answer(sp.exp(-eta * lam) - 1 + eta * lam, make_domain(dict.fromkeys((eta, lam, mu, L), P), where, {lam}))
    assert step.proof is not None
    # equality at 0, and false below it: a condition that is left out must not be
    wrong = answer(1 - eta * L, make_domain({eta: P, L: P}, eta * L <= Rational(1001, 1000), {L}))
    assert wrong.proof is None
    assert wrong.false

"""Conditions put into ranges: the new domain is mapped onto the old one, and the claim stays the same."""

from __future__ import annotations

import random
from itertools import islice
from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Eq, Ge, Gt, Interval, S, exp, oo

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.conditions import eliminated
from checks.provers.nlsat import prove

L, mu, lam, eta, x, y, z = sp.symbols("L mu lambda eta x y z", real=True)
P, N, R, UNIT = Interval.open(0, oo), Interval(0, oo), S.Reals, Interval(0, 1)
STEPS = (Ge(lam - mu, 0), Ge(L - lam, 0))
CLAIMS = {
    "a product": (1 - eta * L / 2, {L: P, eta: P}, (Ge(1 - eta * L, 0),)),
    "between two": ((L - mu) / (L + mu) - Abs(1 - 2 * lam / (L + mu)), {L: P, mu: P, lam: P}, STEPS),
    "four": (exp(-eta * lam) + eta * lam, {eta: P, lam: P, mu: P, L: P}, (*STEPS, Ge(1 - eta * L, 0))),
    "a triangle": (x * y, {x: UNIT, y: UNIT}, (Ge(1 - x - y, 0),)),
    "a corner": (x * y, {x: N, y: N}, (Ge(1 - x - y, 0),)),
    "a chain": (x - z, {x: P, y: P, z: P}, (Gt(x - y, 0), Gt(y - z, 0))),
    "a curve": (x + y + z, {x: R, y: R, z: R}, (Ge(x - y**2, 0), Ge(z - x, 0))),
    "a quotient": (x, {x: P, y: P, z: P}, (Ge(x * (1 + y) - z / y, 0),)),
}
KEPT = {
    "a factor of unknown sign": (x, {x: R, y: R}, (Ge(x * y - 1, 0),)),
    "an equation": (x, {x: N, y: N}, (Eq(x + y - 1, 0),)),
    "not linear": (x, {x: R, y: R}, (Ge(1 - x**2 - y**2, 0),)),
    "integers": (x, {x: S.Integers, y: S.Integers}, (Ge(1 - x - y, 0),)),
}


def points(ranges: dict[Any, sp.Set], draw: random.Random) -> dict[Any, sp.Rational]:
    def one(r: sp.Set) -> sp.Rational:
        part = sp.Rational(draw.randint(1, 99), 100)
        if r.inf.is_finite and r.sup.is_finite:
            return r.inf + part * (r.sup - r.inf)
        return r.inf + 3 * part if r.inf.is_finite else 6 * part - 3

    return {s: one(r) for s, r in ranges.items()}


def inside(claim: Claim, point: dict[Any, sp.Expr]) -> bool:
    ranges = all(r.contains(point[s]) == True for s, r in claim.ranges.items())  # noqa: E712
    return ranges and all(c.xreplace(point) == True for c in claim.conditions)  # noqa: E712


def some_inside(claim: Claim, draw: random.Random) -> list[dict[Any, sp.Rational]]:
    drawn = (points(dict(claim.ranges), draw) for _ in range(2000))
    found = list(islice((point for point in drawn if inside(claim, point)), 5))
    assert len(found) == 5
    return found


@pytest.mark.parametrize("name", CLAIMS)
def test_the_new_domain_is_the_old_one(name: str) -> None:
    claim = Claim(*CLAIMS[name])
    found = eliminated(claim)
    new, draw = found.claim, random.Random(0)
    assert len(new.conditions) <= len(claim.conditions)
    assert found.values
    for point in some_inside(new, draw):
        old = point | {s: v.xreplace(point) for s, v in found.values.items()}
        assert inside(claim, {s: old[s] for s in claim.ranges})
        assert abs(sp.N(claim.f.xreplace(old) - new.f.xreplace(point))) < 1e-12
    # and each point of the old domain comes from one of the new
    for point in some_inside(claim, draw):
        fresh = sorted(set(new.ranges) - set(claim.ranges), key=str)
        gaps = [sp.numer(sp.together((v - s).xreplace(point))) for s, v in found.values.items()]
        (solution,) = sp.solve(gaps, fresh, dict=True)
        assert inside(new, {s: point.get(s, solution.get(s)) for s in new.ranges})


@pytest.mark.parametrize("name", KEPT)
def test_other_conditions_are_kept(name: str) -> None:
    claim = Claim(*KEPT[name])
    assert eliminated(claim).claim == claim


def test_a_place_without_a_value_stays_one() -> None:
    claim = Claim((x**2 - y**2) / (x - y), {x: N, y: N}, (Ge(x - y, 0),))
    found = prove(eliminated(claim).claim)
    assert isinstance(found, Obstacle)


def test_what_is_left_is_proved() -> None:
    for name in ("a product", "between two", "a triangle", "a chain"):
        assert isinstance(prove(eliminated(Claim(*CLAIMS[name])).claim), Proof)

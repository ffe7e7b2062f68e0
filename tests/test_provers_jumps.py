"""Functions that jump: what is proved of fractional parts, and that no prover breaks or proves what is false."""

from __future__ import annotations

import pytest
import sympy as sp
from jump_claims import claims
from sympy import Abs, Interval, Mod, Rational, S, ceiling, floor, frac

from checks.proofs.replay import ball_at
from checks.provers import balls, elimination, nlsat, powers, rules, squares, taylor, transcendental, univariate
from checks.provers.claims import Claim, Obstacle, Proof
from derivations.outcomes.budget import BudgetSpent, budget

x, y = sp.symbols("x y", real=True)
REAL = {x: S.Reals}
PROVERS = (
    *(rules.briefly, balls.briefly, univariate.prove, nlsat.prove, squares.prove, powers.prove),
    *(taylor.prove, elimination.prove, transcendental.prove),
)
PLACES = tuple(map(sp.Rational, ("-3", "-1", "-3/4", "-1/100", "0", "1/100", "1/3", "1", "7/4", "2", "3")))

ROUNDED = {
    "below one": (1 - Mod(x, 1), REAL),
    "below the number": (x - Mod(x, 1), {x: Interval(0, sp.oo)}),
    "floor": (x - floor(x), REAL),
    "floor below by less than one": (floor(x) - x + 1, REAL),
    "ceiling": (x + 1 - ceiling(x), REAL),
    "fractional part": (frac(x) * (1 - frac(x)), REAL),
    "remainder by 3/2": (Rational(3, 2) - Mod(x, Rational(3, 2)), REAL),
    "nearest integer": (Rational(1, 2) - Abs(x - floor(x + Rational(1, 2))), REAL),
    "floors of a sum": (floor(x + y) - floor(x) - floor(y) + 1, {x: S.Reals, y: S.Reals}),
    "no negative floor": (floor(x), {x: Interval(0, sp.oo)}),
}


@pytest.mark.parametrize("name", ROUNDED)
def test_a_claim_on_rounded_numbers_is_proved(name: str) -> None:
    f, box = ROUNDED[name]
    assert isinstance(nlsat.prove(Claim(f, box)), Proof)


@pytest.mark.parametrize("less", [Rational(1, 1000), Rational(1, 10**5)])
@pytest.mark.parametrize("name", [n for n in ROUNDED if n != "floors of a sum"])
def test_by_little_less_it_is_not(name: str, less: sp.Rational) -> None:
    f, box = ROUNDED[name]
    assert isinstance(nlsat.prove(Claim(f - less, box)), Obstacle)


def test_a_number_that_may_be_zero_has_no_floor_below_it() -> None:
    # floor(x) ≤ −1 for x < 0 only
    assert isinstance(nlsat.prove(Claim(-1 - floor(x), {x: Interval(-1, 0)})), Obstacle)
    assert isinstance(nlsat.prove(Claim(-1 - floor(x), {x: Interval.Ropen(-1, 0)})), Proof)


def test_a_jump_is_no_smooth_function_to_taylor_polynomials() -> None:
    assert isinstance(taylor.prove(Claim(1 - sp.arg(-x), {x: sp.Range(-3, 4)})), Obstacle)


@pytest.mark.parametrize("seed", range(6))
def test_no_prover_breaks_or_proves_what_is_false(seed: int) -> None:
    for claim in claims(seed, 6):
        for prove in PROVERS:
            try:
                with budget(60_000):
                    found = prove(claim)
            except BudgetSpent:
                continue
            if not isinstance(found, Proof):
                continue
            for place in PLACES:
                if claim.ranges[x].contains(place) == True:  # noqa: E712
                    value = ball_at(claim.f, {x: place})
                    assert value is None or not bool(value < 0), (claim, prove.__module__, place)

"""Claims in several variables: what each prover must prove, and that no false one is ever proved."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import sympy as sp
from several_claims import BY_BOUNDS, BY_ELIMINATION, INSIDE, ON_BOXES, POSITIVE, REALS, UNIT, random_claim, x, y, z
from sympy import Interval, Rational, exp, log, sin, sqrt

from checks.provers import elimination, taylor, transcendental
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.witnesses import confirmed
from checks.verdicts import Assurance
from numerics.balls import bernstein
from numerics.balls.boxes import positive_semidefinite
from numerics.values.evaluate import evaluate

CASES = [
    *((transcendental.prove, *c) for c in BY_BOUNDS),
    *((elimination.prove, *c) for c in BY_ELIMINATION),
    *((taylor.prove, *c) for c in ON_BOXES),
]
NAMES = [f"{prove.__module__.rsplit('.', 1)[1]}: {f}" for prove, f, _ in CASES]
PROVERS = [transcendental.prove, elimination.prove, taylor.prove]


@pytest.mark.parametrize(("prove", "f", "ranges"), CASES, ids=NAMES)
def test_true_claims_are_proved(prove, f, ranges):
    found = prove(Claim(f, ranges))
    assert isinstance(found, Proof), found.why
    assert found.lines
    assert found.assurance in (Assurance.SYMBOLIC, Assurance.ENCLOSED)


@pytest.mark.parametrize(("number", "prove", "f", "ranges"), [(i, *c) for i, c in enumerate(CASES)], ids=NAMES)
def test_claims_moved_below_equality_are_not_proved(number, prove, f, ranges):
    """Most of them are tight somewhere; of the others the least value is taken off as well."""
    less = Rational(1, 1000) if number % 3 == 0 else Rational(1, 100000)
    sides = [np.linspace(max(float(r.inf), -3.0) + 1e-9, min(float(r.sup), 3.0) - 1e-9, 41) for r in ranges.values()]
    grid = dict(zip(ranges, np.meshgrid(*sides), strict=True))
    with np.errstate(all="ignore"):
        least = float(np.nanmin(evaluate(f, grid)))
    moved = f - less - (Rational(least) if least > 1e-4 else 0)
    found = prove(Claim(moved, ranges))
    if least < float(less) / 2 or least > 1e-4:
        assert isinstance(found, Obstacle)
    if isinstance(found, Obstacle) and found.false:
        assert confirmed(Claim(moved, ranges), found.at)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("prove", PROVERS, ids=[p.__module__ for p in PROVERS])
def test_no_random_claim_that_is_false_is_proved(prove, seed):
    f, ranges, least = random_claim(Random(seed))
    margin = [-1e-3, -1e-5, 1e-3, 1e-2][seed % 4]
    g = f - Rational(least) + Rational(margin).limit_denominator(10**8)
    found = prove(Claim(g, ranges))
    if margin < 0:
        assert isinstance(found, Obstacle)
    elif isinstance(found, Obstacle):
        assert not found.false or confirmed(Claim(g, ranges), found.at)


def test_boxes_prove_most_random_claims_with_a_margin():
    proved = 0
    for seed in range(10):
        f, ranges, least = random_claim(Random(100 + seed), kinks=False)
        proved += isinstance(taylor.prove(Claim(f - Rational(least) + Rational(1, 100), ranges)), Proof)
    assert proved >= 8


@pytest.mark.parametrize("prove", PROVERS, ids=[p.__module__ for p in PROVERS])
@pytest.mark.parametrize(
    ("f", "ranges"),
    [
        (log(x - y) ** 2 + 1, {x: UNIT, y: UNIT}),
        (1 + sqrt(x - y), {x: UNIT, y: UNIT}),
        (1 / (x - y) ** 2, {x: UNIT, y: UNIT}),
        (exp(1 / (x - y)), {x: UNIT, y: UNIT}),
        (2 + sp.asin(x + y), {x: UNIT, y: UNIT}),
        (x * log(y) ** 2 + 1, {x: UNIT, y: UNIT}),
        (sp.exp(x) * y, {x: sp.S.EmptySet, y: UNIT}),
        (sp.gamma(x * y) ** 2 + 1, {x: UNIT, y: UNIT}),
    ],
    ids=str,
)
def test_what_has_no_value_somewhere_is_not_proved(prove, f, ranges):
    assert isinstance(prove(Claim(f, ranges)), Obstacle)


def test_conditions_are_used():
    claim = Claim(exp(-x) - 1 + y, {x: POSITIVE, y: REALS}, (sp.Ge(y - x, 0),))
    assert isinstance(transcendental.prove(claim), Proof)
    assert isinstance(transcendental.prove(Claim(claim.f, claim.ranges)), Obstacle)
    inside = Claim(Rational(11, 10) - sin(x) - y, {x: UNIT, y: UNIT}, (sp.Ge(1 - x - y, 0),))
    assert isinstance(taylor.prove(inside), Proof)
    assert taylor.prove(Claim(inside.f, inside.ranges)).false


def test_an_obstacle_says_where_it_is_tight():
    found = taylor.prove(Claim(sin((x + y) / 2) ** 2 - sin(x) * sin(y), {x: Interval(0, 3), y: Interval(0, 3)}))
    assert isinstance(found, Obstacle)
    assert not found.false
    assert found.left is not None
    assert abs(float(found.at[x] - found.at[y])) < 0.2  # it is 0 where x = y


@pytest.mark.parametrize("seed", range(10))
def test_bernstein_coefficients_enclose_a_polynomial(seed):
    random = Random(seed)
    terms = {(random.randint(0, 3), random.randint(0, 3)): random.randint(-9, 9) for _ in range(6)}
    p = sp.Poly(terms, x, y)
    box = {x: (Rational(-1, 2), Rational(3, 2)), y: (Rational(0), Rational(2, 3))}
    c = bernstein.coefficients(p, box)
    low, high = min(c.flat), max(c.flat)
    for _ in range(50):
        at = [a + (b - a) * Rational(random.randint(0, 100), 100) for a, b in box.values()]
        value = p.eval(tuple(at))
        assert float(low) - 1e-12 <= float(value) <= float(high) + 1e-12
    corner = p.eval((Rational(-1, 2), Rational(0)))
    assert sp.Rational(int(c[0, 0].p), int(c[0, 0].q)) == corner
    grid = np.meshgrid(np.linspace(-0.5, 1.5, 60), np.linspace(0, 2 / 3, 30))
    least = float(evaluate(p.as_expr(), dict(zip((x, y), grid, strict=True))).min())
    found = bernstein.nonnegative(p, box, 50_000)
    assert found.holds is not True or least >= -1e-12
    if found.holds is False:
        assert p.eval(tuple(found.at[s] for s in (x, y))) < 0


def test_matrices_that_are_not_positive_are_not_called_so():
    from flint import arb

    assert positive_semidefinite([[arb(1), arb(0)], [arb(0), arb(1, 0.5)]])
    assert not positive_semidefinite([[arb(1), arb(2)], [arb(2), arb(1)]])
    assert not positive_semidefinite([[arb(0, 0.1)]])
    assert INSIDE.is_subset(UNIT)
    assert z not in BY_BOUNDS[1][0].free_symbols

"""Alternating sums and sums with binomial coefficients: closed forms against terms, false claims against numbers."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sympy as sp

from checks.provers import induction
from checks.provers.claims import Claim, Proof
from checks.provers.structure.binomials import binomial_sum
from checks.provers.structure.ends import limit_at
from checks.provers.structure.ground import Ground

n, k = sp.symbols("n k", integer=True, positive=True)
x = sp.Symbol("x", positive=True)
EVERY = {n: sp.S.Naturals}
R = sp.Rational

ALTERNATING = {
    "log 2, above": (1 - sp.Sum((-1) ** (k + 1) / k, (k, 1, n)), R(1, 1000)),
    "log 2, below": (sp.Sum((-1) ** (k + 1) / k, (k, 1, n)) - R(1, 2), R(1, 1000)),
    "Leibniz": (1 - sp.Sum((-1) ** k / (2 * k + 1), (k, 0, n)), R(1, 3)),
    "squares, first term negative": (-R(3, 4) - sp.Sum((-1) ** k / k**2, (k, 1, n)), R(1, 1000)),
    "roots": (1 - sp.Sum((-1) ** (k - 1) / sp.sqrt(k), (k, 1, n)), R(1, 1000)),
}
"""Claims f ≥ 0, and by how much f must be lowered to be false."""


@pytest.mark.parametrize("name", ALTERNATING)
def test_an_alternating_sum_lies_between_its_first_terms(name: str) -> None:
    f, less = ALTERNATING[name]
    assert isinstance(induction.prove(Claim(f, EVERY)), Proof)
    assert any((f - less).xreplace({n: sp.Integer(m)}).doit() < 0 for m in range(1, 4))
    assert not isinstance(induction.prove(Claim(f - less, EVERY)), Proof)


def test_terms_that_grow_or_have_both_signs_are_no_alternating_sum() -> None:
    growing = sp.Sum((-1) ** (k + 1) * k, (k, 1, n))  # 1, −1, 2, −2, …
    turning = sp.Sum((-1) ** (k + 1) * (3 - k) / k, (k, 1, n))
    for total in (growing, turning):
        assert not isinstance(induction.prove(Claim(total.function.xreplace({k: sp.S.One}) - total, EVERY)), Proof)


@pytest.mark.parametrize("seed", range(8))
def test_a_binomial_sum_is_the_sum_of_its_terms(seed: int) -> None:
    rng = random.Random(seed)
    p, low = sp.Symbol("p", positive=True), rng.choice([0, 1])
    q = sp.Add(*(rng.randint(-3, 3) * k**i for i in range(4))) + rng.choice([0, n, n * p]) * k + 1
    powers: Any = rng.choice([p**k * (1 - p) ** (n - k), (2 * p) ** k, p ** (n - k), 2 ** (2 * k + 1) * p ** (1 - k)])
    total = sp.Sum(q * sp.binomial(n, k) * powers, (k, low, n))
    found = binomial_sum(total, Ground({n: sp.Interval(1, sp.oo), p: sp.Interval.open(0, 1)}))
    assert found is not None
    for m in (1, 2, 3, 6):
        at = {n: sp.Integer(m), p: R(rng.randint(1, 9), 10)}
        terms = [total.function.xreplace({k: sp.Integer(i)}).xreplace(at) for i in range(low, m + 1)]
        assert sp.nsimplify(found.xreplace(at) - sp.Add(*terms)) == 0


def test_other_sums_are_no_binomial_sums() -> None:
    ground = Ground({n: sp.Interval(1, sp.oo)})
    for term in (sp.binomial(n, k) ** 2, sp.binomial(n + 1, k), sp.binomial(n, k) / k, sp.binomial(n, k) * 2 ** (k**2)):
        assert binomial_sum(sp.Sum(term, (k, 0, n)), ground) is None


def test_mean_and_variance_of_a_binomial_law() -> None:
    p = sp.Symbol("p", real=True)
    weight = sp.binomial(n, k) * p**k * (1 - p) ** (n - k)
    on = {**EVERY, p: sp.Interval(0, 1)}
    variance = sp.Sum((k - n * p) ** 2 * weight, (k, 0, n))
    assert isinstance(induction.prove(Claim(n / sp.Integer(4) - variance, on)), Proof)
    assert not isinstance(induction.prove(Claim(R(249, 1000) * n - variance, on)), Proof)


LIMITS = {
    "e": ((1 + 1 / x) ** x, sp.E),
    "difference of roots": (sp.sqrt(x + 1) - sp.sqrt(x), sp.S.Zero),
    "logarithms": (x * sp.log(x + 1) - x * sp.log(x), sp.S.One),
    "none": (sp.log(x), None),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_constant_terms_of_expansions(name: str) -> None:
    f, limit = LIMITS[name]
    assert limit_at(f, x, sp.oo) == limit
    if limit is not None:
        assert abs(f.xreplace({x: sp.Float(10**12, 60)}) - limit) < 1e-5  # a float: an exact power has 10¹³ digits

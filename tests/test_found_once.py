"""What is found once is what would be found again: points of a ground, integrals, and ranges of fractions."""

from __future__ import annotations

import random

import pytest
import sympy as sp
from mpmath import mp

from checks.compare.ground import Ground
from derivations.papers import paper
from numerics.values.evaluate import evaluate
from numerics.values.points import _within


def test_a_fraction_lies_in_a_range_as_sympy_says() -> None:
    draw = random.Random(0)

    def fraction() -> sp.Rational:
        return sp.Rational(draw.randint(-6, 6), draw.randint(1, 4))

    for _ in range(500):
        low, high = sorted((fraction(), fraction()))
        ends = draw.choice([(low, high), (-sp.oo, high), (low, sp.oo), (-sp.oo, sp.oo), (low, 7 + sp.pi)])
        values = sp.Interval(*ends, draw.random() < 0.5, draw.random() < 0.5)
        x = draw.choice([fraction(), low, high])
        assert _within(values, x) == (values.contains(x) == True), (values, x)  # noqa: E712
    assert not _within(sp.S.Naturals, sp.Rational(1, 2))


@pytest.mark.parametrize("id", ["du2018.second-derivative-fc", "liu2019.gap-upper"])
def test_points_are_the_same_the_second_time_and_by_turns(id: str) -> None:
    key, _, slug = id.partition(".")
    statement = paper(key)[slug]

    def points(ground: Ground) -> list[object]:
        return [point for _, point in ground.points(*statement.content)]

    ground = Ground(statement.domain, "label")
    first = next(ground.points(*statement.content))[1]
    first.clear()  # what one reader does to a point is not seen by the next
    assert points(ground) == points(ground) == points(Ground(statement.domain, "label"))


def test_integrals_depend_on_their_numbers_and_on_the_precision() -> None:
    x, a = sp.symbols("x a", real=True)
    node = sp.Integral(sp.exp(a * x), (x, 0, 1))
    for digits in (15, 40):
        with mp.workdps(digits):
            for value in (1, 2, 1):
                exact = (mp.exp(value) - 1) / value
                assert abs(evaluate(node, {a: value}, "mpmath") - exact) < mp.mpf(10) ** (3 - digits)

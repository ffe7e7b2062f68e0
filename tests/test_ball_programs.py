"""Lists of operations give the same balls as a walk through the tree, to the last bit, and fail where it fails."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sympy as sp
from flint import arb, ctx, fmpq

from benchmarks.false_claims import X, random_definition, random_false_claim
from derivations.activations import relu, sigmoid, softplus
from numerics.balls.programs import BallProgram
from numerics.errors import EvaluationError
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

y = sp.Symbol("y", real=True)
ODD = [
    1 - sp.erf(X),
    sp.exp(2) * X**2 + sp.sqrt(2) * sp.pi / 3,
    sp.Max(X, y, 0) - sp.Min(X, -y),
    sp.Piecewise((X**2, X > 0), (sp.sin(X), True)) + X**2,
    relu(X - y) * softplus(X) - sigmoid(y) + sp.Abs(X),
    1 / (X - X**2) + X**-3,
    X ** sp.Rational(-1, 2) + X ** sp.Rational(2, 3) + X**y,
    sp.log(sp.Abs(X)) + sp.asin(X) + sp.gamma(X + 2),
    X**1024 + X**1025,
    sp.Integral(sp.exp(-(y**2) * X), (y, 0, 1)) + X,
    sp.Sum(X**y, (y, 0, 3)),
    1 / (sp.sin(1) ** 2 + sp.cos(1) ** 2 - 1) + X,
    sp.Mul(1, 1 / sp.Add(1, -1, evaluate=False), evaluate=False) * X,
    sp.I * X,
    sp.Function("f")(X) + 1 / X,
    sp.Symbol("nowhere") + X,
    sp.Integer(7),
    X,
]


def exactly(number: Any) -> Any:
    return number.man_exp() if number.is_finite() else str(number)


def outcome(run: Any, given: Any) -> Any:
    """The middle and the radius of a ball, or the name of the error and what it says."""
    try:
        found = run(given)
    except (EvaluationError, ZeroDivisionError) as error:
        return type(error).__name__, str(error)
    return "nan" if found.is_nan() else tuple(map(exactly, (found.mid(), found.rad())))


def boxes(rng: random.Random, count: int) -> list[tuple[Any, Any]]:
    """Two balls each: points, thin and wide ones, at 0 and far away."""
    found = []
    for _ in range(count):
        ends = [fmpq(rng.randint(-40, 400), rng.choice((1, 7, 64))) for _ in range(2)]
        wide = [fmpq(rng.choice((0, 0, 1, 300)), rng.choice((1, 1000))) for _ in range(2)]
        found.append(tuple(arb(e).union(arb(e + w)) for e, w in zip(ends, wide, strict=True)))
    return [*found, (arb(0), arb(0)), (arb(1), arb(-1))]


NOT_FINITE = [(arb("nan"), arb(1)), (arb("inf"), arb(2)), (arb(1).union(arb("inf")), arb(2))]


def same(f: Any, seed: int, count: int = 12) -> None:
    for bits in (53, 80, 200):
        before, ctx.prec = ctx.prec, bits
        try:
            program = BallProgram(f, [X, y])
            endless = [] if f.has(sp.Integral, sp.Sum) else NOT_FINITE
            for balls in (*boxes(random.Random(seed), count), *endless):
                walked = outcome(Evaluator(arb_backend(), dict(zip((X, y), balls, strict=True))).at, f)
                assert outcome(program, balls) == walked, (f, balls, bits)
        finally:
            ctx.prec = before


@pytest.mark.parametrize("f", ODD, ids=str)
def test_odd_expressions(f: Any) -> None:
    same(f, 1)


@pytest.mark.parametrize("seed", range(30))
def test_random_claims_and_their_derivatives(seed: int) -> None:
    f, _ = random_false_claim(seed)
    for g in (f, f.diff(X), f.xreplace({X: X * y}).diff(y)):
        same(g, seed)


@pytest.mark.parametrize("seed", [3, 5, 6, 7])
def test_random_definitions(seed: int) -> None:
    f = random_definition(seed).claim
    for balls in ((arb(1), arb(0)), (arb(fmpq(1, 2)).union(arb(fmpq(2, 3))), arb(0))):
        walked = outcome(Evaluator(arb_backend(), dict(zip((X, y), balls, strict=True))).at, f)
        assert outcome(BallProgram(f, [X, y]), balls) == walked

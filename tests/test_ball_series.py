"""Series in balls: they hold the value that closed forms or long sums give, and what diverges is refused."""

import pytest
from ball_values import ball, holds
from flint import arb, ctx
from mpmath import mp
from sympy import I, Rational, Sum, Symbol, cos, exp, factorial, log, oo, sin, sqrt

from checks.context import Context
from checks.methods import enclosure
from checks.verdicts import Verdict
from derivations import Bound, Constant, Paper
from numerics.errors import EvaluationError
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

k = Symbol("k", integer=True)
p = Symbol("p", real=True)
R = Rational

with mp.workdps(40):
    VALUES = [
        (Sum(1 / k**2, (k, 1, oo)), mp.pi**2 / 6),
        (Sum(k ** R(-3, 2), (k, 1, oo)), mp.zeta(1.5)),
        (Sum(exp(-k), (k, 0, oo)), 1 / (1 - mp.exp(-1))),
        (Sum(k**2 * exp(-k), (k, 0, oo)), mp.e * (mp.e + 1) / (mp.e - 1) ** 3),
        (Sum(R(1, 2) ** k, (k, 0, oo)), mp.mpf(2)),
        (Sum(1 / factorial(k), (k, 0, oo)), mp.e),
        (Sum((-1) ** k / k, (k, 1, oo)), -mp.log(2)),
        (Sum((-1) ** k / (2 * k + 1), (k, 0, oo)), mp.pi / 4),
        (Sum(exp(-(k**2)), (k, -oo, oo)), mp.jtheta(3, 0, mp.exp(-1))),
        (Sum(1 / (k**2 + 1), (k, -oo, oo)), mp.pi / mp.tanh(mp.pi)),
        (Sum(1 / (k**2 + 1), (k, -oo, -1)), (mp.pi / mp.tanh(mp.pi) - 1) / 2),
        (Sum(log(k) / k**2, (k, 1, oo)), -mp.zeta(2, derivative=1)),
        (Sum(1 / (k * (k + 1)), (k, 1, oo)), mp.one),
        (Sum(1 / (exp(k) - 1), (k, 1, oo)), mp.nsum(lambda j: 1 / mp.expm1(j), [1, mp.inf])),
    ]


@pytest.mark.parametrize(("expr", "value"), VALUES, ids=[str(e) for e, _ in VALUES])
def test_balls_hold_known_values(expr, value):
    assert holds(ball(expr), value, 16)


def test_a_series_that_converges_very_slowly():
    found = ball(Sum(1 / ((k + 1) * log(k + 1) ** 2), (k, 1, oo)))
    assert arb("2.10974280123689197") in found or found.overlaps(arb("2.10974280123689197 +/- 1e-15"))
    assert float(found.rad()) < 1e-10


def test_a_wave_by_fourier():
    # Σ sin(k)/k² is Clausen's function of 1
    assert holds(ball(Sum(sin(k) / k**2, (k, 1, oo))), mp.clsin(2, 1), 3)


@pytest.mark.parametrize(
    "expr",
    [
        Sum(1 / k, (k, 1, oo)),
        Sum(1 / sqrt(k), (k, 1, oo)),
        Sum((-1) ** k, (k, 0, oo)),
        Sum((-1) ** k * (1 + 1 / k), (k, 1, oo)),
        Sum(exp(k), (k, 0, oo)),
        Sum(cos(k), (k, 0, oo)),
        Sum(1 / (k * log(k)), (k, 2, oo)),
        Sum(2**k / k**3, (k, 1, oo)),
        Sum(1 / (k - 3) ** 2, (k, 0, oo)),
        Sum(I**k / k**2, (k, 1, oo)),
    ],
    ids=str,
)
def test_what_has_no_ball_is_refused(expr):
    before, ctx.prec = ctx.prec, 80
    try:
        with pytest.raises((EvaluationError, ZeroDivisionError)):
            Evaluator(arb_backend(), {}).at(expr)
    finally:
        ctx.prec = before


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (Bound("geometric", Sum(exp(-p * k), (k, 0, oo)), 2, on={p: (1, 3)}), Verdict.VERIFIED),
        (Bound("geometric-less", Sum(exp(-p * k), (k, 0, oo)), R(3, 2), on={p: (1, 3)}), Verdict.REFUTED),
        (Bound("finite", Sum(exp(-p * k), (k, 0, 10)), 11, on={p: (0, 1)}), Verdict.VERIFIED),
        (Bound("zeta", Sum(k ** (-p), (k, 1, oo)), p / (p - 1) + R(1, 10), on={p: (2, R(9, 4))}), Verdict.VERIFIED),
        (Constant("basel", Sum(1 / k**2, (k, 1, oo)), enclosure=(R(16449, 10**4), R(16450, 10**4))), Verdict.VERIFIED),
        (Constant("basel-off", Sum(1 / k**2, (k, 1, oo)), enclosure=(R(1645, 10**3), 2)), Verdict.REFUTED),
    ],
    ids=lambda s: getattr(s, "slug", ""),
)
def test_enclosures_of_series(statement, verdict):
    (found,) = enclosure.run(Paper("series", statements=(statement,)).statements[0], (), Context())
    assert found.verdict is verdict, found.detail

"""Exact values (Neyshabur et al. 2018): two points, orthonormal points, and lengths of random sums."""

from __future__ import annotations

from sympy import Interval, Max, Piecewise, Rational, Sum, Symbol, binomial, cos, pi, sin, sqrt

from derivations.domains import UnitVectors
from derivations.gaussian import relu
from derivations.papers.neyshabur2018.notation import u, x, y
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.vectors import elementwise, inner, norm, norm_squared, ones, vector

theta = Symbol("theta", real=True)
"""The angle of two unit points."""
Q_TWO = Max(2 * cos(theta / 2), 1) / 2 + Piecewise((sin(theta), theta < pi / 2), (1, True)) / 2
"""Q(0, 1) of two unit points."""
n = Symbol("n", integer=True, positive=True)
k = Symbol("k", integer=True, nonnegative=True)
w = vector("w", n)
"""What a unit has at n orthonormal points of one sign."""
sphere = {u: UnitVectors(), x: UnitVectors(), y: UnitVectors()}


def orthonormal(points: int) -> object:
    """Q(0, 1)/‖X‖_F of so many orthonormal points."""
    return Sum(binomial(points, k) * sqrt(Max(k, points - k)), (k, 0, points)) / 2**points / sqrt(points)


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "two-points-equal",
        relu(inner(u, x)) + relu(inner(u, y)),
        Max(norm(x + y), 1),
        title="Two unit points, equal signs: sup A_σ = max(‖x + y‖, 1), attained at u along x + y or x",
        source="derived here; ‖x + y‖ = 2cos(θ/2)",
        on=sphere,
    ),
    Bound(
        "two-points-opposite",
        relu(inner(u, x)) - relu(inner(u, y)),
        Piecewise((sqrt(1 - inner(x, y) ** 2), inner(x, y) > 0), (1, True)),
        title="Opposite signs: sup A_σ = sin θ for θ < π/2, else 1: so Q = ½max(2cos(θ/2), 1) + ½(sin θ or 1)",
        source="derived here; attained at u in the plane, orthogonal to y or along x",
        on=sphere,
    ),
    Bound(
        "two-points",
        Q_TWO,
        3 * sqrt(3) / 4,
        title="It is largest at θ = π/3",
        source="derived here",
        on={theta: Interval(0, pi)},
        sharp_at={theta: pi / 3},
        uses=("two-points-equal", "two-points-opposite"),
    ),
    Bound(
        "orthonormal",
        inner(ones(n), elementwise(relu, w)),
        sqrt(n) * norm(w),
        title="Orthonormal points: those of one sign give at most √n, so that sup|A_σ| = max(√n₊, √n₋)",
        source="derived here",
        sharp_at={w: ones(n)},
    ),
    Constant(
        "orthonormal-two",
        orthonormal(2),
        Rational(1, 2) + sqrt(2) / 4,
        title="Two orthonormal points have Q/‖X‖_F = 0.8536",
        source="derived here",
        uses=("orthonormal",),
    ),
    Constant(
        "orthonormal-eight",
        orthonormal(8),
        enclosure=(Rational(79494, 100000), Rational(79495, 100000)),
        title="eight 0.79494; the limit of many is 1/√2",
        source="derived here",
        uses=("orthonormal",),
    ),
    Identity(
        "equal-points",
        sqrt(2) * norm(2 * x) / 2,
        sqrt(norm_squared(x) + norm_squared(x)),
        title="Two equal points, s = ±2x or 0, have E‖s‖ = ‖X‖_F/√2: the bound by Kahane and Khintchine is attained",
        source="derived here; orthogonal points have E‖s‖ = ‖X‖_F",
        uses=("khintchine-from-gap",),
    ),
)

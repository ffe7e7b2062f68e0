"""Two clusters and the boundary (Sarussi et al. 2021): exactly linear on rays, within a wedge where they are nearly."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Function, Integral, Interval, Limit, Max, S, Symbol, asin, oo, pi, sqrt

from derivations.activations import leaky_relu
from derivations.papers.sarussi2021.notation import a, act, first, k, leaky
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Existence, Identity, Statement
from derivations.steps import Derivation, chain

b, c = Symbol("b", real=True), Symbol("c", real=True)
"""the mean of the ⟨w_i, x⟩ and the mean of the ⟨u_i, x⟩, the means of the two clusters."""
rho = Symbol("rho", positive=True)
"""r‖x‖: by Cauchy and Schwarz no ⟨u_i, x⟩ is farther from the mean of the ⟨u_i, x⟩."""
stretch = Symbol("lambda", nonnegative=True)
"""The length of a unit on its ray."""
f, h = Symbol("f", real=True), Symbol("h", real=True)
"""Jensen gaps: mean σ(⟨w_i, x⟩) − σ(the mean of the ⟨w_i, x⟩), and that of the other cluster."""
KAPPA = (1 - a) / (1 + a)
"""The sharp constant of the wedge."""
NAIVE = (1 - a) / (2 * a)
"""The constant for the mean deviation in place of the largest."""
i = Symbol("i", integer=True, nonnegative=True)
"""A unit."""
p, q = Function("p", real=True), Function("q", real=True)
"""⟨w_i, x⟩, and ⟨u_i, x⟩ less their mean c."""
B, C, L, M = (Function(name, real=True) for name in "BCLM")
"""Sums over the units of p, q, |p| and |c + q|."""
top = Max(rho, Abs(c))
kappa, m = Symbol("kappa", positive=True), Symbol("m", integer=True, positive=True)
"""The sine of the wedge's half-angle; a number of units."""
u = Symbol("u", real=True)


def gap(z: Any, far: Any) -> Any:
    """The largest Jensen gap of numbers within `far` of their mean z."""
    return (1 - a) / 2 * Max(far - Abs(z), 0)


W_MEAN = first(B, k) / k
SUMS = ForAll(
    i,
    (
        Eq(B(i + 1), B(i) + p(i), evaluate=False),
        Eq(C(i + 1), C(i) + q(i), evaluate=False),
        Eq(L(i + 1), L(i) + Abs(p(i)), evaluate=False),
        Eq(M(i + 1), M(i) + Abs(c + q(i)), evaluate=False),
    ),
    name="sums",
)
CLOSE = ForAll(i, Abs(q(i)) <= rho, name="close")
CENTRED = c * first(C, k) / top <= 0
"""Deviations from the mean add to 0: this is all of it that is needed."""
NEGATIVE = (1 + a) * (first(B, k) - k * c) + (1 - a) * (first(L, k) - first(M, k)) <= 0
"""N(x) ≤ 0, where σ(z) = (1 + a)/2·z + (1 − a)/2·|z|."""
FAR = a * (m - 1)
"""m units u_i: one has u_i·x = a(m − 1), the others −1, so that Σσ(u_i·x) = 0."""
MANY_MEAN = (FAR - (m - 1)) / m
MANY_DEVIATION = ((FAR - MANY_MEAN) + (m - 1) * (MANY_MEAN + 1)) / m


def _cluster() -> Derivation:
    chord = i * top + c * first(C, i) / top
    return (
        chain(W_MEAN - c)
        .have(ForAll(i, Abs(first(B, i)) <= first(L, i), name="triangle"), "the triangle inequality")
        .using("sums", i=i)
        .by_induction(i)
        .have(ForAll(i, first(M, i) <= chord, name="chords"), "|t| lies below its chord")
        .using("sums", i=i)
        .using("close", i=i)
        .by("chord", b=c + q(i), c=c, rho=rho)
        .by_induction(i)
        .have(ForAll(i, first(M, k) <= k * top, name="whole"), "deviations add to 0")
        .using("chords", i=k)
        .then(KAPPA * rho, "both gaps", relation="<=")
        .using("triangle", i=k)
        .using("whole", i=i)
        .by(
            "wedge",
            b=W_MEAN,
            c=c,
            rho=rho,
            a=a,
            f=(1 - a) / 2 * (first(L, k) / k - Abs(W_MEAN)),
            h=(1 - a) / 2 * (first(M, k) / k - Abs(c)),
        )
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "activation",
        leaky_relu(b, a),
        act(b),
        title="max(z, az) = (1 + a)/2·z + (1 − a)/2·|z|",
        source="definition",
        on=leaky,
        mark="bookkeeping",
    ),
    Identity(
        "ray",
        leaky_relu(stretch * b, a),
        stretch * leaky_relu(b, a),
        title="Units on one ray, w_i = c_i w with c_i ≥ 0, act as their mean: Σσ(⟨w_i, x⟩) = kσ(mean ⟨w_i, x⟩)",
        source="derived here: several lengths need homogeneity",
        on=leaky,
    ),
    Bound(
        "two-rays",
        a * (b - c) ** 2,
        (leaky_relu(b, a) - leaky_relu(c, a)) * (b - c),
        title="Two rays: N(x)⟨m, x⟩ ≥ kva⟨m, x⟩², so the boundary is exactly the hyperplane ⟨m, x⟩ = 0",
        source="abstract: two clusters imply a linear boundary; the exact case derived here",
        on=leaky,
        sharp_at={b: -1, c: -2},
        uses=("ray",),
    ),
    Bound(
        "two-rays-steepest",
        (leaky_relu(b, a) - leaky_relu(c, a)) * (b - c),
        (b - c) ** 2,
        title="and at most kv⟨m, x⟩²: across the hyperplane the network is as steep as the linear rule at most",
        source="derived here",
        on=leaky,
        sharp_at={b: 1, c: 2},
        uses=("ray",),
    ),
    Bound(
        "chord",
        Abs(b),
        top + c * (b - c) / top,
        title="|t| for t within ρ of c lies below its chord, or is linear there",
        source="derived here",
        where=Abs(b - c) <= rho,
        sharp_at={b: 2, c: 2, rho: 1},
    ),
    Bound(
        "wedge",
        b - c,
        KAPPA * rho,
        title="Jensen gaps of at most (1 − a)/2·(ρ − |c|)₊ move the boundary by at most (1 − a)/(1 + a)·ρ",
        source="derived here; the naive route loses (1 − a)/(2a)",
        on=leaky,
        where=(f >= 0, h <= gap(c, rho), act(b) + f <= act(c) + h),
        uses=("chord",),
    ),
    Bound(
        "cluster-wedge",
        W_MEAN - c,
        KAPPA * rho,
        title="If N(x) ≤ 0 then ⟨m, x⟩ ≤ (1 − a)/(1 + a)·r‖x‖: rule and network differ in a wedge at most",
        source="abstract, approximately linear; the sharp constant derived here, printed angle condition not confirmed",
        on=leaky,
        where=(SUMS, CLOSE, CENTRED, NEGATIVE),
        uses=("chord", "wedge"),
        derive=_cluster,
    ),
    Existence(
        "wedge-attained",
        {b: 0, c: -KAPPA * rho},
        (leaky_relu(b, a) - (leaky_relu(c + rho, a) + leaky_relu(c - rho, a)) / 2,),
        title="It is attained: w_i·x = 0, half of the u_i·x at c + ρ and half at c − ρ give N = 0 at ⟨m, x⟩ = κρ",
        source="derived here",
        on={a: Interval(0, 1)},
        uses=("cluster-wedge",),
    ),
    Bound(
        "wedge-mean",
        b - c,
        NAIVE * rho,
        title="With the mean deviation δ in place of r the constant is (1 − a)/(2a)",
        source="derived here",
        on=leaky,
        where=(f >= 0, h <= (1 - a) / 2 * rho, act(b) + f <= act(c) + h),
        uses=("wedge",),
    ),
    Identity(
        "wedge-mean-limit",
        Limit(-MANY_MEAN / MANY_DEVIATION, m, oo),
        NAIVE,
        title="which is approached: w_i·x = 0, many u_i·x slightly below 0 and one far above it, N = 0",
        source="derived here",
        on={a: Interval.open(0, 1)},
        uses=("wedge-mean",),
    ),
    Identity(
        "wedge-mass-plane",
        Integral(1 / (pi * sqrt(1 - u**2)), (u, -kappa, kappa)),
        2 / pi * asin(kappa),
        title="The wedge of sine κ has the share (2/π)arcsin κ of directions of the plane",
        source="derived here",
        on={kappa: Interval.open(0, 1)},
    ),
    Identity(
        "wedge-mass-space",
        Integral(S.Half, (u, -kappa, kappa)),
        kappa,
        title="and κ of those of space, by Archimedes: I_{κ²}(½, (d − 1)/2) in d dimensions",
        source="derived here",
        on={kappa: Interval.open(0, 1)},
        mark="bookkeeping",
    ),
)

"""One unit and a class of units from below (Neyshabur et al. 2018), on every data set, and how far apart both are."""

from __future__ import annotations

from itertools import product
from typing import Any

from sympy import Abs, Eq, Function, Max, Symbol, sqrt

from derivations.gaussian import relu
from derivations.papers.neyshabur2018.notation import (
    A_0,
    A,
    F,
    L,
    X,
    beta,
    d,
    first,
    h,
    i,
    j,
    m,
    p,
    s,
    sigma,
    step,
    summed,
    u,
    u_0,
    within,
)
from derivations.papers.neyshabur2018.units import BETAS, UPPER, P, T, a, alpha_of, b, beta_of, q_of, r, shift, t
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm

plus, minus = Symbol("Q_+", nonnegative=True), Symbol("Q_-", nonnegative=True)
"""The most that |A_σ| is within β of u⁰, and of −u⁰."""
total, along = Symbol("S", real=True), Symbol("w", nonnegative=True)
"""⟨u⁰, s⟩ and β‖s‖."""
mean_length, mean_along = Symbol("E", nonnegative=True), Symbol("G", nonnegative=True)
"""E‖s‖ and E|⟨u⁰, s⟩|."""
G = Symbol("H", nonnegative=True)
"""‖u⁰X‖."""
H, points = Function("H", real=True), Family("s", d)
"""Sums of ‖s − 2σ_ix_i‖, and of σ_ix_i, of which the last less the first is s."""
S = points(m) - points(0)
energy = Symbol("D", real=True)
"""E‖s‖L‖s‖."""
SUMS = ForAll(i, (step(A, i, sigma(i) * relu(p(i))), step(A_0, i, sigma(i) * relu(-p(i)))), name="sums")


def _flipped_values() -> tuple[Any, Any, Any]:
    """D, S₂ and S₁ of an even function of four signs: its energy, its mean square and its mean."""
    values = [Symbol(f"h_{k}", real=True) for k in range(8)]
    points = list(product((1, -1), repeat=4))
    of: dict[tuple[int, ...], Any] = {}
    for point in points:
        of.setdefault(point, of.get(tuple(-e for e in point), values[len(set(of.values())) % 8]))
    gaps = [
        of[point] * sum(of[point] - of[(*point[:k], -point[k], *point[k + 1 :])] for k in range(4)) / 2
        for point in points
    ]
    return sum(gaps) / 16, sum(one**2 for one in values) / 8, sum(values) / 8


ENERGY, SQUARE, MEAN = _flipped_values()


def _flips() -> Derivation:
    turned = norm(i * S - 2 * (points(i) - points(0)))
    return (
        chain((m - 2) * norm(S))
        .have(ForAll(i, turned <= first(H, i), name="part"), "one sign more is turned")
        .using("sums", i=i)
        .by("facts.triangle", x=i * S - 2 * (points(i) - points(0)), y=S - 2 * X(i))
        .by_induction(i)
        .then(norm(m * S - 2 * S), "m ≥ 2")
        .then(first(H, m), "all signs", relation="<=")
        .using("part", i=m)
    )


def _lower() -> Derivation:
    gap = first(A, m) - first(A_0, m)
    return (
        chain(Abs(first(L, m)))
        .have(ForAll(i, Eq(first(A, i) - first(A_0, i), first(L, i), evaluate=False), name="part"), "one point more")
        .using("sums", i=i)
        .using("line", i=i)
        .by_induction(i)
        .then(Abs(gap), "the odd part")
        .using("part", i=m)
        .then(plus + minus, "both balls", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "odd-part",
        first(A, m) - first(A_0, m),
        first(L, m),
        title="A_σ(u) − A_σ(−u) = ⟨u, s⟩, for every u and every data set",
        source="derived here",
        where=(SUMS, ForAll(i, step(L, i, sigma(i) * p(i)), name="line")),
        derive=lambda: summed(
            (lambda k: first(A, k) - first(A_0, k), lambda k: first(L, k)),
            i,
            m,
            used=("sums", "line"),
            equal=True,
        ),
    ),
    Bound(
        "lower",
        Abs(first(L, m)),
        plus + minus,
        title="|⟨u, s⟩| ≤ sup|A_σ| about u⁰ + sup|A_σ| about −u⁰: at u⁰ = 0 and u = βs/‖s‖ this is Q ≥ (β/2)E‖s‖",
        source="derived here, for every data set and every u within β of u⁰",
        where=(
            SUMS,
            ForAll(i, step(L, i, sigma(i) * p(i)), name="line"),
            within(first(A, m), plus),
            within(first(A_0, m), minus),
        ),
        uses=("odd-part",),
        derive=_lower,
    ),
    Bound(
        "one-dimension-most",
        Max(Abs(a), Abs(b)),
        (Abs(a + b) + Abs(a - b)) / 2,
        title="In one dimension sup|A_σ| = β max(|S₊|, |S₋|), S₊ and S₋ the sums over points of either sign",
        source="derived here",
        sharp_at={b: 0},
        mark="bookkeeping",
    ),
    Bound(
        "one-dimension",
        (Abs(a + b) + Abs(a - b)) / 2,
        Max(Abs(a), Abs(b)),
        title="In one dimension Q = βE max(|S₊|, |S₋|) = βE|S₊ + S₋| = βE|Σσ_it_i|: twice the lower bound",
        source="derived here; S₋ is as likely as −S₋",
        sharp_at={b: 0},
        uses=("lower", "one-dimension-most"),
    ),
    Bound(
        "lower-symmetric",
        along + Abs(total),
        plus + minus,
        title="A start symmetric about 0: ½(Q(u⁰) + Q(−u⁰)) ≥ ½(βE‖s‖ + E|⟨u⁰, s⟩|), on every data set",
        source="derived here, from u = u⁰ ± βs/‖s‖ and −u",
        where=(
            within(a, plus),
            within(b, minus),
            within(r, plus),
            within(t, minus),
            Eq(a - b, total + along, evaluate=False),
            Eq(r - t, total - along, evaluate=False),
        ),
        uses=("lower",),
        mark="bookkeeping",
    ),
    Bound(
        "dead",
        relu(shift + r),
        0,
        title="Units that are dead on the whole ball give 0: q ≤ −β‖x‖, so there is no lower bound for one start alone",
        source="derived here, against the reading that (β/2)E‖s‖ is below for every u⁰",
        where=(within(r, P), shift <= -P),
        uses=("lower",),
    ),
    Bound(
        "alive",
        relu(shift + r),
        shift + r,
        title="and units active on all of it are linear: Q = E sup|⟨u⁰, s⟩ + ⟨w, s⟩|, ‖w‖ ≤ β",
        source="derived here",
        where=(within(r, P), shift >= P),
    ),
    Bound(
        "alive-value",
        Abs(inner(u_0, s) + inner(u - u_0, s)),
        Abs(inner(u_0, s)) + beta * norm(s),
        title="which is E|⟨u⁰, s⟩| + βE‖s‖, attained along ±s",
        source="derived here",
        where=norm(u - u_0) <= beta,
        uses=("alive", "dual-norm"),
    ),
    Bound(
        "flips",
        (m - 2) * norm(S),
        first(H, m),
        title="Turning each sign in turn: Σ_i‖s − 2σ_ix_i‖ ≥ (m − 2)‖s‖, so that E‖s‖L‖s‖ ≤ E‖s‖²",
        source="derived here, after Latała and Oleszkiewicz 1994; L is the sum of half the differences by one sign",
        where=(
            m >= 2,
            ForAll(
                i, (Eq(points(i + 1), points(i) + X(i), evaluate=False), step(H, i, norm(S - 2 * X(i)))), name="sums"
            ),
        ),
        uses=("facts.triangle",),
        derive=_flips,
    ),
    Bound(
        "even-gap",
        2 * (SQUARE - MEAN**2),
        ENERGY,
        title="An even function of signs has at least twice its variance as energy: here of four signs",
        source="derived here; for any number by its levels 0, 2, 4 … (O'Donnell, Analysis of Boolean Functions, 2.3)",
    ),
    Bound(
        "khintchine-from-gap",
        F**2,
        2 * mean_length**2,
        title="Hence E‖s‖² ≤ 2(E‖s‖)²: E‖s‖ ≥ ‖X‖_F/√2",
        source="derived here from the two: the energy lies between 2(F² − E²) and F²",
        where=(2 * (F**2 - mean_length**2) <= energy, energy <= F**2),
        uses=("flips", "even-gap"),
        mark="bookkeeping",
    ),
    Bound(
        "class-lower",
        F / (2 * sqrt(2)) * first(BETAS, h),
        first(T, h),
        title="and from below at U⁰ = 0: m·R_S ≥ ‖X‖_FΣα_jβ_j/(2√2), on every sample: tight up to 3√2",
        source="derived here; printed: on some sample, Ω(Σα_jβ_j‖X‖_F/m), constant not confirmed",
        where=(
            ForAll(j, (step(T, j, alpha_of(j) * q_of(j)), step(BETAS, j, alpha_of(j) * beta_of(j))), name="sums"),
            ForAll(j, (alpha_of(j) >= 0, beta_of(j) * F / (2 * sqrt(2)) <= q_of(j)), name="one"),
        ),
        uses=("separation-attained", "lower", "khintchine-from-gap"),
        derive=lambda: summed(
            (lambda k: F / (2 * sqrt(2)) * first(BETAS, k), lambda k: first(T, k)),
            j,
            h,
            used=("sums", "one"),
        ),
    ),
    Bound(
        "positive-parts",
        (a + b) / 2,
        G / sqrt(2),
        title="‖[u⁰X]₊‖ and ‖[−u⁰X]₊‖ have the mean ‖u⁰X‖/√2 at most",
        source="derived here, since their squares add to ‖u⁰X‖²",
        where=Eq(a**2 + b**2, G**2, evaluate=False),
    ),
    Bound(
        "symmetric-bracket",
        UPPER * beta * F + G / sqrt(2),
        3 * sqrt(2) * (beta * mean_length + mean_along) / 2,
        title="A symmetric start: the upper side (3/2)β‖X‖_F + ‖u⁰X‖/√2 is at most 3√2 times the lower one",
        source="derived here: 3√2 in the first term and 2 in the second; the mean of both upper sides",
        where=(sqrt(2) * mean_length >= F, sqrt(2) * mean_along >= G),
        uses=("lower-symmetric", "upper", "khintchine-from-gap", "positive-parts"),
    ),
)

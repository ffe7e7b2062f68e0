"""Section 4 of MacDonald et al. (2023): entry, weight and batch normalisation, with their sharp constants.

Everything is one lemma: wn(w) = w/√(ε + ‖w‖²) is the gradient of s(w) = √(ε + ‖w‖²), so that D²wn is the
symmetric trilinear form D³s, whose norm is attained on the diagonal (Banach 1938): a function of t = ⟨w, h⟩ and
r = ‖w‖² − t² alone, largest at r = 0, where it is en″.
"""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Interval, Range, Rational, S, Symbol, Transpose, oo, sqrt
from sympy import Identity as Unit

from derivations.composition import SECOND
from derivations.domains import UnitVectors
from derivations.statements import Bound, Gradient, Identity, Statement
from derivations.steps import chain
from derivations.vectors import inner, norm_squared, ones, vector

eps = Symbol("epsilon", positive=True)
w_1 = Symbol("w", real=True)
"""One entry."""
t = Symbol("t", real=True)
r = Symbol("r", nonnegative=True)
d = Symbol("d", integer=True, positive=True)
"""Length of a vector of weights."""
N = Symbol("N", integer=True, positive=True)
"""Size of a batch."""
w, g, h, k = (vector(name, d) for name in "wghk")
x, a, c = (vector(name, N) for name in ("x", "a", "c"))
one = ones(N)
P = Unit(N) - one * Transpose(one) / N
"""The projection that takes the mean off."""


def en(entry: Any) -> Any:
    """en(w) = w/√(ε + w²)."""
    return entry / sqrt(eps + entry**2)


def scale(vector_: Any) -> Any:
    """s = √(ε + ‖w‖²)."""
    return sqrt(eps + norm_squared(vector_))


def wn(vector_: Any) -> Any:
    """wn(w) = w/√(ε + ‖w‖²)."""
    return vector_ / scale(vector_)


def wn_first(vector_: Any, direction: Any) -> Any:
    """Dwn(w)[h] = h/s − ⟨w, h⟩w/s³."""
    s = scale(vector_)
    return direction / s - inner(vector_, direction) / s**3 * vector_


def wn_second(vector_: Any, first: Any, second: Any) -> Any:
    """D²wn(w)[h, k]."""
    s = scale(vector_)
    wh, wk, hk = inner(vector_, first), inner(vector_, second), inner(first, second)
    return -(wk * first + wh * second + hk * vector_) / s**3 + 3 * wh * wk / s**5 * vector_


centred = P * x
s_x = sqrt(eps + norm_squared(centred) / N)
bn = centred / s_x
"""bn(x) = Px/√(ε + ‖Px‖²/N)."""


def bn_first(direction: Any) -> Any:
    """Dbn(x)[a] = (P a − y⟨y, a⟩/N)/s with y = bn(x)."""
    return (P * direction - inner(bn, direction) / N * bn) / s_x


def bn_second(first: Any, second: Any) -> Any:
    """D²bn(x)[a, c], as the symmetric form that its inner product with a third direction is."""
    ya, yc = inner(bn, first), inner(bn, second)
    mixed = yc * P * first + ya * P * second + inner(P * first, second) * bn
    return -mixed / (N * s_x**2) + 3 * ya * yc / (N**2 * s_x**2) * bn


few = {N: Range(2, 65)}
"""Batches that are written out."""
length = Symbol("k", nonnegative=True)
"""‖Pa‖ ≤ ‖a‖ = 1."""
along, part = inner(x, P * a) / sqrt(N), norm_squared(P * a)
"""⟨x, Pa⟩/√N and ‖Pa‖²."""
cubic = 3 * t * (eps + r) / (eps + r + t**2) ** Rational(5, 2)
"""−D²wn[h, h]·h for a unit h with ⟨w, h⟩ = t and ‖w‖² = t² + r."""

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "en-first",
        Derivative(en(w_1), w_1),
        eps / (eps + w_1**2) ** Rational(3, 2),
        title="The derivative of entry normalisation",
        source="Section 4",
    ),
    Identity(
        "en-second",
        Derivative(en(w_1), (w_1, 2)),
        -3 * eps * w_1 / (eps + w_1**2) ** Rational(5, 2),
        title="Its second derivative",
        source="Section 4",
        uses=("en-first",),
    ),
    Bound(
        "en-bounded",
        en(w_1) ** 2,
        S.One,
        title="en(w)² ≤ 1 for every weight",
        source="Section 4",
    ),
    Bound(
        "en-lipschitz",
        eps / (eps + w_1**2) ** Rational(3, 2),
        1 / sqrt(eps),
        sharp_at={w_1: 0},
        title="en′ ≤ ε^{−1/2}, sharp at 0",
        source="Section 4",
        uses=("en-first",),
    ),
    Bound(
        "en-scaled",
        3 * t / (1 + t**2) ** Rational(5, 2),
        SECOND,
        sharp_at={t: S.Half},
        title="3t/(1 + t²)^{5/2} ≤ 48√5/125, attained at t = 1/2",
        source="derived here",
    ),
    Bound(
        "en-smooth",
        3 * eps * w_1 / (eps + w_1**2) ** Rational(5, 2),
        SECOND / eps,
        sharp_at={w_1: sqrt(eps) / 2},
        title="−en″ ≤ 48√5/(125ε), attained at w = √ε/2; en″ is odd",
        source="Section 4; constant derived here",
        uses=("en-second", "en-scaled"),
    ),
    Gradient(
        "wn-potential",
        w,
        wn(w),
        of=scale(w),
        title="Weight normalisation is the gradient of √(ε + ‖w‖²)",
        source="derived here",
    ),
    Gradient(
        "wn-first",
        w,
        wn_first(w, g),
        of=inner(g, wn(w)),
        title="The derivative of weight normalisation",
        source="Section 4",
        uses=("wn-potential",),
    ),
    Gradient(
        "wn-second",
        w,
        wn_second(w, g, h),
        of=inner(h, wn_first(w, g)),
        title="Its second derivative",
        source="Section 4",
        uses=("wn-first",),
    ),
    Identity(
        "wn-symmetric",
        inner(g, wn_second(w, h, k)),
        inner(k, wn_second(w, g, h)),
        title="⟨g, D²wn[h, k]⟩ = ⟨k, D²wn[g, h]⟩: a symmetric form, as Banach's theorem on norms of forms needs",
        source="derived here",
        uses=("wn-second", "wn-potential"),
    ),
    Bound(
        "wn-bounded",
        norm_squared(wn(w)),
        S.One,
        title="‖wn(w)‖ ≤ 1 for all weights",
        source="Section 4",
    ),
    Bound(
        "wn-lipschitz",
        norm_squared(wn_first(w, h)),
        norm_squared(h) / eps,
        sharp_at={w: 0 * w},
        title="‖Dwn‖ ≤ ε^{−1/2} in every dimension, sharp at 0",
        source="Section 4",
        uses=("wn-first",),
    ),
    Identity(
        "wn-diagonal",
        inner(h, wn_second(w, h, h)),
        -3 * inner(w, h) * (eps + norm_squared(w) - inner(w, h) ** 2) / scale(w) ** 5,
        title="⟨h, D²wn[h, h]⟩ of a unit vector h depends on ⟨w, h⟩ and ‖w‖ alone",
        source="derived here",
        on={h: UnitVectors()},
        uses=("wn-second",),
    ),
    Bound(
        "wn-smooth",
        cubic,
        SECOND / eps,
        sharp_at={t: sqrt(eps) / 2, r: 0},
        title="−⟨h, D²wn[h, h]⟩ ≤ 48√5/(125ε), h a unit vector, t = ⟨w, h⟩, r = ‖w‖² − t²; so ‖D²wn‖, by Banach",
        source="Section 4; constant derived here; Banach (1938)",
        on={t: Interval(0, oo)},
        uses=("wn-diagonal", "wn-symmetric", "en-smooth"),
        derive=lambda: (
            chain(cubic)
            .then(SECOND / (eps + r), "the bound of en″ at ε + r in place of ε", "en-smooth", relation="<=")
            .then(SECOND / eps, "r ≥ 0", relation="<=")
        ),
    ),
    Identity(
        "bn-as-wn",
        bn,
        sqrt(N) * wn(centred / sqrt(N)),
        title="Batch normalisation is weight normalisation of the centred row over √N, times √N",
        source="derived here",
        mark="bookkeeping",
        sample_on=few,
    ),
    Gradient(
        "bn-first",
        x,
        bn_first(a),
        of=inner(a, bn),
        title="The derivative of batch normalisation, with y = bn(x)",
        source="Section 4",
        sample_on=few,
    ),
    Identity(
        "bn-centred",
        inner(one, bn),
        S.Zero,
        title="A normalised row has mean 0",
        source="Section 4",
        sample_on=few,
    ),
    Bound(
        "bn-bounded",
        norm_squared(bn),
        N,
        title="‖bn(x)‖ ≤ √N",
        source="Section 4",
        sample_on=few,
        uses=("bn-as-wn", "wn-bounded"),
    ),
    Bound(
        "bn-lipschitz",
        norm_squared(bn_first(a)),
        norm_squared(a) / eps,
        title="‖Dbn‖ ≤ ε^{−1/2}",
        source="Section 4",
        sample_on=few,
        uses=("bn-first",),
    ),
    Gradient(
        "bn-second",
        x,
        bn_second(c, a),
        of=inner(a, bn_first(c)),
        title="Its second derivative: that of weight normalisation on the centred space",
        source="derived here",
        sample_on=few,
        uses=("bn-as-wn", "wn-second"),
    ),
    Identity(
        "bn-diagonal",
        inner(a, bn_second(a, a)),
        -3 * along * (part * s_x**2 - along**2) / (s_x**5 * sqrt(N)),
        title="⟨a, D²bn[a, a]⟩ depends on ‖Pa‖², ⟨x, Pa⟩/√N and ‖Px‖²/N alone",
        source="derived here",
        sample_on=few,
        uses=("bn-second",),
    ),
    Bound(
        "bn-smooth",
        length**3 * cubic / sqrt(N),
        SECOND / (eps * sqrt(N)),
        sharp_at={t: sqrt(eps) / 2, r: 0, length: 1},
        title="−⟨a, D²bn[a, a]⟩ ≤ 48√5/(125ε√N), ‖a‖ = 1, k = ‖Pa‖, kt = ⟨x, Pa⟩/√N, t² + r = ‖Px‖²/N",
        source="Section 4; constant derived here; Banach (1938)",
        on={t: Interval(0, oo), length: (0, 1)},
        sample_on=few,
        uses=("bn-diagonal", "wn-smooth"),
        derive=lambda: (
            chain(length**3 * cubic / sqrt(N))
            .then(length**3 * SECOND / ((eps + r) * sqrt(N)), "the bound of D²wn", "wn-smooth", relation="<=")
            .then(SECOND / (eps * sqrt(N)), "k ≤ 1 and r ≥ 0", relation="<=")
        ),
    ),
)

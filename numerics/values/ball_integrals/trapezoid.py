"""Gaussian expectations of analytic functions by the trapezoidal rule, in balls, with bounds of what it leaves.

For f analytic on |Im z| < a with ∫|f(x + iy)| dx ≤ M on every line of the strip, the sum h·Σ f(jh) over all integers,
or any shift of them, is within 2M/(e^{2πa/h} − 1) of the integral (Trefethen and Weideman, The exponentially convergent
trapezoidal rule, SIAM Review 56, 2014, Theorem 5.1). Bounds A·e^{c|x|} of |f| give M against the density φ by

    ∫ e^{c|x|} |φ(x + iy)| dx ≤ 2·e^{y²/2 + c²/2},      h·Σ e^{c|jh|} φ(jh) ≤ 2·e^{c²/2}·(1 + h),
    h·Σ_{jh>R} e^{c·jh} φ(jh) ≤ e^{cR − R²/2}/((R − c)·√(2π))  for R > c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, isfinite, log, log2, pi, sqrt
from typing import Any

import sympy as sp
from flint import arb, arb_mat, arb_poly, ctx, fmpq

from numerics.values.ball_integrals.strips import NoBall, growth, real_function, width

FRACTIONS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Heights tried, as parts of the strip."""
HEIGHTS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0)
"""Heights tried where the strip is wider: beyond, the density grows faster than the rule gains."""
STEPS = 32
"""Steps h are multiples of a power of two, in [STEPS, 2·STEPS) of it, so that nodes are exact and found again."""
NARROWEST = 0.02
"""√(1 − ρ²) below which a pair is too nearly parallel for a lattice."""
MOST_NODES = 20_000

Bound = Callable[[Any], tuple[Any, Any]]
"""From a to (A, c) with |f(x + iy)| ≤ A·e^{c|x|} for all real x and |y| ≤ a; raises NoBall where a is too large."""


@dataclass(frozen=True)
class Grid:
    """Nodes jh for |j| ≤ count, h exact; `left` bounds what the rule leaves of the integral by its step."""

    h: fmpq
    count: int
    left: Any


@contextmanager
def more_bits(extra: int) -> Iterator[None]:
    """Work with a number of additional bits."""
    before, ctx.prec = ctx.prec, ctx.prec + extra
    try:
        yield
    finally:
        ctx.prec = before


def _upper(x: Any) -> Any:
    """The upper end of a ball, exactly."""
    return x.upper()


def bound_of(f: sp.Expr, scale: Any) -> Bound:
    """The bound of x ↦ f(scale·x): (1 + s|x|) ≤ e^{s|x|} for s ≤ 1, and ≤ s·e^{1/s − 1}·e^{|x|} for s > 1."""

    def bound(a: Any) -> tuple[Any, Any]:
        g = growth(f, scale * a)
        large = bool(scale > 1)
        factor = (scale * (1 / scale - 1).exp()) ** g.power if large else arb(1)
        return _upper(g.size * factor), _upper(g.power * (arb(1) if large else scale) + g.rate * scale)

    return bound


def grid(bound: Bound, wide: float, factor: Bound | None = None) -> Grid:
    """The coarsest grid for the integral of f·φ to the precision in force, from the bound of f on strips.

    `factor` bounds what f is multiplied by, if anything. Raises NoBall.
    """

    def at(a: Any) -> tuple[Any, Any]:
        size, rate = bound(a)
        if factor is not None:
            more, faster = factor(a)
            size, rate = size * more, rate + faster
        return size, rate

    target = ctx.prec * log(2)
    best: tuple[float, float] | None = None
    reason: NoBall | None = None
    for a in [p * wide for p in FRACTIONS if p * wide <= HEIGHTS[-1]] + [h for h in HEIGHTS if h < wide / 2]:
        try:
            size, rate = map(float, at(arb(a)))
        except NoBall as error:
            reason = error
            continue
        nats = max(target + log(max(4 * size, 1e-300)) + a * a / 2 + rate * rate / 2, 1.0)
        if isfinite(nats) and (best is None or 2 * pi * a / nats > best[1]):
            best = (a, 2 * pi * a / nats)
    if best is None:
        raise reason or NoBall("the integrand is not known to be analytic near the real line")
    height, h = arb(best[0]), _exact(best[1])
    size, rate = at(height)
    mass = 4 * size * ((height * height + rate * rate) / 2).exp()
    left = _upper(mass / ((2 * arb.pi() * height / arb(h)).exp() - 1))
    return Grid(h, 0, left)


def _exact(h: float) -> fmpq:
    unit = floor(log2(h / STEPS))
    numerator = floor(h / 2.0**unit)
    return fmpq(numerator) * (fmpq(2) ** unit)


def _reach(size: Any, rate: Any) -> float:
    """R with size·e^{rate·R − R²/2} below the precision in force."""
    nats = ctx.prec * log(2) + max(log(max(float(size), 1e-300)), 0.0)
    c = float(rate)
    return c + sqrt(c * c + 2 * nats) + 1.0


def cut(g: Grid, size: Any, rate: Any) -> Grid:
    """The grid cut off where size·e^{rate·|x|}·φ is negligible, both tails in `left`; raises NoBall if too long."""
    count = ceil(_reach(size, rate) * int(g.h.q) / int(g.h.p))
    if count > MOST_NODES:
        raise NoBall(f"the trapezoidal rule would need {count} nodes")
    end = arb(g.h) * count
    tail = 2 * size * (rate * end - end * end / 2).exp() / ((end - rate) * (2 * arb.pi()).sqrt())
    return Grid(g.h, count, _upper(g.left + _upper(tail)))


@lru_cache(maxsize=64)
def _weights(h: fmpq, count: int, precision: int) -> list[Any]:
    """h·φ(jh) for 0 ≤ j ≤ count."""
    scale = arb(h) / (2 * arb.pi()).sqrt()
    return [scale * (-((arb(h) * j) ** 2) / 2).exp() for j in range(count + 1)]


def expectation(f: sp.Expr, scale: Any) -> Any:
    """A ball that holds E f(scale·z), z ~ N(0, 1), for f in X that is analytic near the line; raises NoBall."""
    value = real_function(f, ctx.prec)
    bound = bound_of(f, scale)
    g = cut(grid(bound, width(f) / float(scale)), *bound(arb(0)))
    step, total = arb(g.h) * scale, arb(0)
    weights = _weights(g.h, g.count, ctx.prec)
    for j in range(1, g.count + 1):
        x = step * j
        total += weights[j] * (value(x) + value(-x))
    return total + weights[0] * value(arb(0)) + arb(0, g.left)


def hermite_coefficients(f: sp.Expr, scale: Any, degree: int) -> list[Any]:
    """Balls for E f(scale·z)·h_k(z), k = 0 … degree, h_k the orthonormal Hermite polynomials; raises NoBall.

    From the generating function |h_k(z)| ≤ √k!·(e/k)^{k/2}·e^{√k|z|}, which grows with k.
    """
    k = arb(degree)
    constant = arb(degree).fac().sqrt() * ((1 - k.log()) * k / 2).exp() if degree else arb(1)
    bound = bound_of(f, scale)

    def polynomial(a: Any) -> tuple[Any, Any]:
        return _upper(constant * (k.sqrt() * a).exp()), _upper(k.sqrt())

    whole = grid(bound, width(f) / float(scale), polynomial)
    (size, rate), (more, faster) = bound(arb(0)), polynomial(arb(0))
    g = cut(whole, size * more, rate + faster)
    value = real_function(f, ctx.prec)
    step = arb(g.h) * scale
    values = arb_mat(2 * g.count + 1, 1, [value(step * j) for j in range(-g.count, g.count + 1)])
    found = _hermite_matrix(g.h, g.count, degree, ctx.prec) * values
    return [found[i, 0] + arb(0, g.left) for i in range(degree + 1)]


@lru_cache(maxsize=16)
def _hermite_matrix(h: fmpq, count: int, degree: int, precision: int) -> Any:
    """h·φ(jh)·h_k(jh) for |j| ≤ count, shape (degree + 1, nodes)."""
    weights = _weights(h, count, precision)
    columns = []
    # the recurrence widens balls by up to |x| + √k at each step
    with more_bits(3 * degree + 10):
        roots = [arb(k).sqrt() for k in range(degree + 2)]
        for j in range(-count, count + 1):
            x, before, now = arb(h) * j, arb(0), arb(1)
            column = []
            for k in range(degree + 1):
                column.append(now)
                before, now = now, (x * now - roots[k] * before) / roots[k + 1]
            columns.append(column)
    rows = [[c[k] * weights[abs(j - count)] for j, c in enumerate(columns)] for k in range(degree + 1)]
    return arb_mat(rows)


def pair(f: sp.Expr, g: sp.Expr, scales: tuple[Any, Any], rho: Any) -> Any:
    """A ball that holds E f(s₁x)·g(s₂v) for standard Gaussians x, v of correlation ρ; raises NoBall.

    The density of (x, v) on a lattice is a product of powers: with s² = 1 − ρ²

        e^{−(x² − 2ρxv + v²)/(2s²)} = e^{−x²/(2s²)}·e^{−v²/(2s²)}·(e^{ρh₁h₂/s²})^{ij},

    so that each row is a polynomial in one number. The sum over v at a given x is a trapezoidal rule in
    y = (v − ρx)/s with a shift; that over x one of f(s₁x)·E[g(s₂v) | x].
    """
    s = (1 - rho * rho).sqrt()
    if not s > NARROWEST:
        raise NoBall(f"the correlation {rho.str(6, radius=False)} is too near to ±1 for a lattice")
    first, second = bound_of(f, scales[0]), bound_of(g, scales[1])
    wide_f, wide_g = width(f) / float(scales[0]), width(g) / float(scales[1])
    size = abs(rho)

    def given(a: Any) -> tuple[Any, Any]:
        """|E[g(s₂v) | x]| on a strip, by |v| ≤ |ρ||x| + s|y|."""
        a_g, c_g = second(size * a)
        return _upper(2 * a_g * ((c_g * s) ** 2 / 2).exp()), _upper(c_g * size)

    def inner(b: Any) -> tuple[Any, Any]:
        """|g(s₂(ρx + sy))|·e^{−c|ρx|} on a strip in y."""
        a_g, c_g = second(s * b)
        return a_g, _upper(c_g * s)

    over_x = grid(first, min(wide_f, wide_g / max(float(size), 1e-9)), given)
    over_y = grid(inner, wide_g / float(s))
    # in v, and not larger, whatever floats round to
    h1, step = arb(over_x.h), _exact((1 - 1e-12) * float(s.lower()) * int(over_y.h.p) / int(over_y.h.q))
    h2 = arb(step)
    (a_f, c_f), (a_g, c_g) = first(arb(0)), second(arb(0))
    in_x, in_v = _upper(c_f + c_g * size), _upper(c_g + c_f * size)
    rows = cut(Grid(over_x.h, 0, arb(0)), a_f * a_g * _mass(c_g * s, h2 / s), in_x)
    columns = cut(Grid(step, 0, arb(0)), a_f * a_g * _mass(c_f * s, h1 / s), in_v)
    # what is left of the sums over v is summed over x
    left = over_x.left + over_y.left * a_f * _mass(in_x, h1) + rows.left + columns.left
    far = max(float(h1) * rows.count, float(h2) * columns.count)
    with more_bits(2 * ceil(log2(far / float(s))) + 16):  # the three factors are large and small apart
        total = _lattice_sum((f, g), scales, rho, (h1, h2), (rows.count, columns.count))
    return total + arb(0, _upper(left))


def _mass(rate: Any, h: Any) -> Any:
    """A bound of h·Σ e^{rate·|y|} φ(y) over points at distance h."""
    return _upper(2 * (rate * rate / 2).exp() * (1 + h))


def _lattice_sum(
    functions: tuple[sp.Expr, sp.Expr],
    scales: tuple[Any, Any],
    rho: Any,
    steps: tuple[Any, Any],
    counts: tuple[int, int],
) -> Any:
    spread = 1 - rho * rho
    (f, g), (h1, h2), (rows, columns) = (real_function(e, ctx.prec) for e in functions), steps, counts
    coefficients = []
    for j in range(-columns, columns + 1):
        v = h2 * j
        coefficients.append(g(scales[1] * v) * (-v * v / (2 * spread)).exp())
    polynomial = arb_poly(coefficients)
    exponent, total = rho * h1 * h2 / spread, arb(0)
    for i in range(-rows, rows + 1):
        x = h1 * i
        row = f(scales[0] * x) * (-x * x / (2 * spread) - exponent * (i * columns)).exp()
        total += row * polynomial((exponent * i).exp())
    return total * h1 * h2 / (2 * arb.pi() * spread.sqrt())

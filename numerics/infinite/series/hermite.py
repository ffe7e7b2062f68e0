"""Hermite coefficients of x ↦ σ(√q x): Gauss–Legendre panels, refined where σ is not resolved.

With orthonormal Hermite polynomials h_k, a_k(q) = E σ(√q x)h_k(x). By Mehler's formula
E σ(√q₁u)σ(√q₂v) = Σ a_k(q₁)a_k(q₂)ρᵏ for standard Gaussians of correlation ρ, and what is left out after
K terms is at most |ρ|ᴷ⁺¹·√(r(q₁)r(q₂)), r(q) = E σ(√q x)² − Σ_{k≤K} a_k(q)² (Cauchy–Schwarz and Parseval).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numerics.infinite.resolution import hidden_edges
from numerics.infinite.series.partition import partition
from numerics.values.functions import ActivationError, ScalarFunction

Array = NDArray[np.float64]

NODES = 20
RESOLVED = 3e-14
"""Size of the last Legendre coefficients of a panel, relative to the function, that counts as resolved."""
MAX_PANELS = 6000
NOISE = 1e-7
"""Size of coefficients, relative to the function, that may be its rounding: eˣ − 1 near 0 has that of 1."""
ROUGH = 1e-9
"""An integral of what is not resolved, relative to the function, beyond which there is no result."""
POINT = 1e-14
"""Half the width at which panels about a kink, a jump or a pole are left as they are."""
REACH = 38.0
"""−log of the size, relative to its maximum, at which σ(√q x)·√density is cut off: 3e-17."""
FARTHEST = 52.0
"""√density underflows beyond."""
_T, _W = np.polynomial.legendre.leggauss(NODES)
_TAIL = np.polynomial.legendre.legvander(_T, NODES - 1)[:, -3:] * _W[:, None] * (np.arange(NODES - 3, NODES) + 0.5)


_VALUES = np.polynomial.legendre.legvander(_T, NODES - 1)
_SLOPES = np.stack([np.polynomial.legendre.legval(_T, np.polynomial.legendre.legder(e)) for e in np.eye(NODES)], -1)
_DIFFERENTIATE = np.linalg.solve(_VALUES.T, _SLOPES.T)
"""Values at the nodes of a panel times this: derivatives of their polynomial there."""


@dataclass(frozen=True)
class QuadratureRule:
    """Nodes x, and σ(√q x)·√density·weight there."""

    x: Array
    weighted: Array
    unresolved: float


def _root_density(x: Array) -> Array:
    return np.asarray(np.exp(-(x**2) / 4) / (2 * np.pi) ** 0.25)


def _marks(f: ScalarFunction, scale: float) -> Array:
    """Edges of panels in x between which σ(√q x) hides nothing: all of σ's own where they are finer than those in x."""
    known = [*f.kinks, *(partition(f).edges if scale > 1 else hidden_edges(f))]
    return np.unique(known) / max(scale, 1e-300)


def _reach(f: ScalarFunction, scale: float) -> tuple[float, float]:
    """The interval outside which σ(√q x)·√density is negligible; raises ActivationError where it never is."""
    edges = _marks(f, scale)
    if len(edges):  # the function may consist of a narrow spike only
        edges = (edges[:-1, None] + np.diff(edges)[:, None] * np.linspace(0, 1, 9)).ravel()
    x = np.unique(np.concatenate([np.linspace(-FARTHEST, FARTHEST, 4161), edges[np.abs(edges) < FARTHEST]]))
    with np.errstate(all="ignore"):
        size = np.log(np.abs(f(scale * x))) - x**2 / 4
    if np.isnan(f(scale * x[np.abs(x) < 8])).any():
        raise ActivationError(f"{f.name} is NaN within eight standard deviations of N(0, {scale**2:.3g})")
    finite = np.isfinite(size)
    if not finite.any():
        return -1.0, 1.0
    top = float(np.max(size[finite]))
    large = np.flatnonzero(finite & (size > top - REACH))
    too_large = np.flatnonzero(np.isnan(size) | (size == np.inf))
    if len(too_large) and (too_large.min() < large.min() or too_large.max() > large.max()):
        inner = np.abs(x[too_large]).min()
        if inner < np.abs(x[large]).max() + 1:
            raise ActivationError(_not_integrable(f, scale))
    if large[0] == 0 or large[-1] == len(x) - 1:
        raise ActivationError(_not_integrable(f, scale))
    # not quite symmetric, so that no edge of a panel falls on a kink by chance and hides it
    return float(x[large[0] - 1]) - 0.1313, float(x[large[-1] + 1]) + 0.2737


def _not_integrable(f: ScalarFunction, scale: float) -> str:
    return f"{f.name} is not square-integrable under N(0, {scale**2:.4g}), or too large for float64 there"


def rule(f: ScalarFunction, q: float, degree: int) -> QuadratureRule:
    """Nodes and values for moments of σ(√q x) against Hermite polynomials up to `degree`."""
    scale = float(np.sqrt(q))
    low, high = _reach(f, scale)
    width = min(1.0, 7.0 / np.sqrt(max(degree, 1)))
    inner = _marks(f, scale)
    marks = np.unique([low, *inner[(inner > low) & (inner < high)], high])
    edges = np.concatenate([np.linspace(a, b, int(np.ceil((b - a) / width)) + 1)[:-1] for a, b in pairwise(marks)])
    lower, upper = edges, np.append(edges[1:], high)
    keep_x, keep_v = [], []
    before = np.full(len(lower), np.inf)
    total, top, unresolved, mass, singular = 0, 0.0, 0.0, 0.0, 0.0
    for _ in range(60):
        half = (upper - lower) / 2
        x = (lower + half)[:, None] + half[:, None] * _T
        with np.errstate(over="ignore", invalid="ignore"):
            values = f(scale * x) * _root_density(x)
        if not np.isfinite(values).all():
            raise ActivationError(f"{f.name} is NaN or infinite at {scale * x[~np.isfinite(values)][0]:.4g}")
        top = max(top, float(np.max(np.abs(values))))
        tail = np.max(np.abs(values @ _TAIL), axis=1)
        large = tail > RESOLVED * max(top, 1e-300)
        bad = large & (half > POINT)
        # halving does not help: this is rounding of the function itself, and counts as an error
        noise = bad & (tail < NOISE * top) & (tail > before / 8) & (half > 1e-5)
        unresolved += float(np.sum(tail[noise] * half[noise]))
        bad &= ~noise
        total += len(lower)
        if total > MAX_PANELS:
            unresolved += float(np.sum(tail[bad] * half[bad]))
            if unresolved > ROUGH * top:
                where = float(scale * (lower + half)[bad][0])
                raise ActivationError(f"{f.name} is rough or noisy near {where:.4g}: give a smooth SymPy expression")
            bad = np.zeros_like(bad)
        squares = (values * values) @ _W * half
        mass, singular = mass + float(squares[~bad].sum()), singular + float(squares[large & (half <= POINT)].sum())
        keep_x.append(x[~bad].ravel())
        keep_v.append((values * half[:, None] * _W)[~bad].ravel())
        if not bad.any():
            break
        middle, before = (lower[bad] + upper[bad]) / 2, np.tile(tail[bad], 2)
        lower, upper = np.concatenate([lower[bad], middle]), np.concatenate([middle, upper[bad]])
    if singular > ROUGH * mass:
        raise ActivationError(f"{f.name} is not square-integrable near a point of its own")
    return QuadratureRule(np.concatenate(keep_x), np.concatenate(keep_v), unresolved)


def hermite_functions(x: Array, degree: int) -> Array:
    """ψ_k(x) = h_k(x)·√density for k = 0 … degree, shape (degree + 1, *x.shape)."""
    psi = np.empty((degree + 1, *x.shape))
    psi[0] = _root_density(x)
    if degree:
        psi[1] = x * psi[0]
    for k in range(1, degree):
        psi[k + 1] = (x * psi[k] - np.sqrt(k) * psi[k - 1]) / np.sqrt(k + 1)
    return psi


@dataclass(frozen=True)
class Expansion:
    """Hermite coefficients a (shape (len(q), K + 1)) at variances q, with E σ(√q x)² and the tails after K.

    `growth` is d log E σ(√q x)²/d log q = E σ²(x² − 1)/(2 E σ²).
    """

    q: Array
    a: Array
    second: Array
    unresolved: float
    growth: Array

    @property
    def tail(self) -> Array:
        """r(q) after each k: E σ² − Σ_{j≤k} a_j², not below what rounding leaves; shape of `a`."""
        left = self.second[:, None] - np.cumsum(self.a**2, axis=1)
        return np.asarray(np.maximum(left, 16 * np.finfo(float).eps * self.second[:, None]))

    @property
    def relative_tail(self) -> Array:
        """The largest r(q)/E σ² over the variances, after each k; where σ vanishes nothing is left out."""
        scale = np.where(self.second > 0, self.second, 1.0)
        return np.asarray((self.tail / scale[:, None]).max(0))


def expand(f: ScalarFunction, q: Array, degree: int) -> Expansion:
    """The coefficients up to `degree` at each variance; raises ActivationError where σ is not integrable."""
    rows, seconds, growths, unresolved = [], [], [], 0.0
    previous: Array | None = None
    psi = np.empty((0, 0))
    for variance in q:
        r = rule(f, float(variance), degree)
        if previous is None or len(previous) != len(r.x) or not np.array_equal(previous, r.x):
            psi, previous = hermite_functions(r.x, degree), r.x
        rows.append(psi @ r.weighted)
        values = f(np.sqrt(variance) * r.x) * psi[0]
        seconds.append(float(values @ r.weighted))
        growths.append(float((values * (r.x**2 - 1)) @ r.weighted) / (2 * seconds[-1]) if seconds[-1] else 0.0)
        unresolved = max(unresolved, r.unresolved)
    return Expansion(np.asarray(q, dtype=float), np.array(rows), np.array(seconds), unresolved, np.array(growths))


def slope_moments(f: ScalarFunction, q: float) -> tuple[float, float]:
    """E σ′(√q x)² and its growth by differentiating the polynomials on the panels: no use is made of Hermite."""
    r, scale = rule(f, q, 0), float(np.sqrt(q))
    x = np.concatenate([r.x.reshape(-1, NODES)])
    half = (x[:, -1] - x[:, 0]) / (_T[-1] - _T[0])
    slopes = f(scale * x) @ _DIFFERENTIATE / (scale * half[:, None])
    mass = slopes**2 * half[:, None] * _W * _root_density(x) ** 2
    second = float(mass.sum())
    return second, float((mass * (x**2 - 1)).sum()) / (2 * second) if second else 0.0

"""Polynomials on boxes by their Bernstein coefficients, exactly: the least coefficient is a lower bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import comb, prod
from typing import Any

import numpy as np
import sympy as sp
from flint import fmpq

LARGEST = 20_000
"""Coefficients of a polynomial that are written out."""


@dataclass(frozen=True)
class Settled:
    """What a subdivision found: True, False (`at` is a point where the polynomial is negative) or None."""

    holds: bool | None
    boxes: int
    at: Mapping[Any, sp.Rational] | None = None


def coefficients(p: sp.Poly, box: Mapping[Any, tuple[Any, Any]]) -> Any:
    """The Bernstein coefficients of a polynomial on a box.

    Args:
        p: With rational coefficients.
        box: Two rational ends for each of its generators.

    Returns:
        An array of exact fractions with an axis for each generator.

    Example:
        >>> import sympy as sp
        >>> from numerics.balls.bernstein import coefficients
        >>> x = sp.Symbol("x")
        >>> [str(c) for c in coefficients(sp.Poly(x**2 - x, x), {x: (0, 1)})]
        ['0', '-1/2', '0']
    """
    degrees = [max(1, p.degree(g)) for g in p.gens]
    power = np.full([d + 1 for d in degrees], fmpq(0), dtype=object)
    for monomial, c in p.terms():
        power[monomial] = fmpq(int(c.p), int(c.q))
    for axis, (g, d) in enumerate(zip(p.gens, degrees, strict=True)):
        low, high = (fmpq(int(e.p), int(e.q)) for e in map(sp.Rational, box[g]))
        moved = np.full((d + 1, d + 1), fmpq(0), dtype=object)
        for k in range(d + 1):
            # (low + (high − low)·t)^k in powers of t, and those in Bernstein's polynomials
            for j in range(k + 1):
                moved[j, k] = comb(k, j) * low ** (k - j) * (high - low) ** j
        bernstein = np.full((d + 1, d + 1), fmpq(0), dtype=object)
        for i in range(d + 1):
            for j in range(i + 1):
                bernstein[i, j] = fmpq(comb(i, j), comb(d, j))
        both = bernstein.dot(moved)
        power = np.moveaxis(np.tensordot(both, power, axes=(1, axis)), 0, axis)
    return power


def nonnegative(p: sp.Poly, box: Mapping[Any, tuple[Any, Any]], work: int) -> Settled:
    """Whether a polynomial is ≥ 0 on a box, by halving it.

    Args:
        p: With rational coefficients.
        box: Two rational ends for each of its generators.
        work: How many coefficients may be looked at.
    """
    size = prod(max(1, p.degree(g)) + 1 for g in p.gens)
    if size > LARGEST:
        return Settled(None, 0)
    ends = tuple(tuple(map(sp.Rational, box[g])) for g in p.gens)
    queue: deque[Any] = deque([(coefficients(p, box), ends)])
    count = 0
    while queue:
        c, here = queue.popleft()
        count += 1
        if min(c.flat) >= 0:
            continue
        corner = _negative_corner(c, here)
        if corner is not None:
            return Settled(False, count, dict(zip(p.gens, corner, strict=True)))
        if count * size > work:
            return Settled(None, count)
        axis = _widest(c)
        left, right = _halves(c, axis)
        a, b = here[axis]
        m = (a + b) / 2
        queue.append((left, (*here[:axis], (a, m), *here[axis + 1 :])))
        queue.append((right, (*here[:axis], (m, b), *here[axis + 1 :])))
    return Settled(True, count)


def _negative_corner(c: Any, ends: Any) -> list[Any] | None:
    """A corner of the box at which the polynomial, there equal to a coefficient, is negative."""
    corners = np.array(np.meshgrid(*([0, 1] for _ in ends), indexing="ij")).reshape(len(ends), -1).T
    for corner in corners:
        if c[tuple(-int(k) for k in corner)] < 0:
            return [ends[i][int(k)] for i, k in enumerate(corner)]
    return None


def _widest(c: Any) -> int:
    """The axis along which the coefficients change most."""
    changes = [max((abs(d) for d in np.diff(c, axis=axis).flat), default=fmpq(0)) for axis in range(c.ndim)]
    return max(range(c.ndim), key=lambda axis: changes[axis])


def _halves(c: Any, axis: int) -> tuple[Any, Any]:
    """The coefficients on both halves, by de Casteljau's rule."""
    rows = list(np.moveaxis(c, axis, 0))
    left, right = [rows[0]], [rows[-1]]
    half = fmpq(1, 2)
    while len(rows) > 1:
        rows = [(a + b) * half for a, b in pairwise(rows)]
        left.append(rows[0])
        right.append(rows[-1])
    return np.moveaxis(np.array(left, dtype=object), 0, axis), np.moveaxis(np.array(right[::-1], dtype=object), 0, axis)

"""Integrals, Gaussian expectations and extrema by their definition, in mpmath.

These are the second key against closed forms, so nothing here uses polar coordinates, symmetry or
any other step of a derivation: an expectation is an iterated integral against the Gaussian density,
broken at the kinks of its integrand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp
from mpmath.calculus.quadrature import TanhSinh
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.matrixbase import MatrixBase

from derivations.gaussian import Expectation
from derivations.integrals.homogeneous import without_extremes
from derivations.integrals.polar import KINKED
from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason, Stopped
from derivations.vectors import is_matrix
from numerics.errors import EvaluationError
from numerics.values.protocol import Evaluation

GRID = 24
HALF_WIDTH = 10.0
PAIR_DIGITS = 12
TURN = 4.0
"""In u and v: no panel about u = 0 or v = 0 is wider, since that is where activations turn."""
NODES = (16, 24, 36, 54, 80, 120)
"""Of Gauss and Legendre on a panel of a pair's plane, until the integral is stable."""
MOST_NODES = 2**23
"""In the plane, so that the arrays stay below a gigabyte."""
QUADRATURE_BITS = 20
"""By which mpmath raises its precision within an integral."""
LEAST_DEGREE = 5
"""Of tanh-sinh quadrature, below which two values that agree may both have missed what is narrow."""
DOUBLINGS = 20
"""Of the end of a grid towards ±∞, in which turns are looked for."""
FAR = 40
"""How far the grid of an extremum goes on an infinite interval."""
POINTS = 200
"""Intervals of that grid."""
REMEMBERED = 512
"""Integrals whose values are remembered."""
HALVINGS = 1.8
"""Of the grid's step, for each digit of the value: 2^(−1.8 D) is below 10^(−D/2)."""


class NoQuadrature(Stopped, ValueError):
    """The definition is not an integral of one or two dimensions."""

    reason = Reason.OUTSIDE


class UnreliableQuadrature(NoQuadrature):
    """Quadrature ended with an error that is too large to judge by."""

    reason = Reason.COARSE


NO_NUMBER = (EvaluationError, NoQuadrature, ArithmeticError)
"""What evaluation in digits raises where an expression has no value, or none that it can find."""


def _turns(expr: Any, symbol: Any, inside: Evaluation, grid: Sequence[Any]) -> list[Any]:
    """Where arguments of ReLU, step, … or slopes of exponents change sign between neighbours of the grid.

    An exponent's slope does so at a peak of the exponential, which no grid sees where it is narrow.
    """
    bound = {v for f in expr.atoms(sp.Integral, Expectation) for v in f.atoms(sp.Symbol) - f.free_symbols}
    bound |= {v for f in expr.atoms(sp.Lambda) for v in f.variables}
    arguments = {a for f in expr.atoms(*KINKED) for a in f.args[:1]}
    arguments |= {a - b for f in expr.atoms(sp.Max, sp.Min) for a in f.args for b in f.args if a != b}
    arguments |= {f.exp.diff(symbol) for f in expr.atoms(sp.exp) if not f.exp.has(sp.I, *bound)}
    found: list[Any] = []
    for argument in sorted((a for a in arguments if a.has(symbol) and not a.has(*bound)), key=str):
        value = partial(_at, inside, symbol, argument, {})
        signed = [(t, value(t)) for t in grid]
        for (left, a), (right, b) in pairwise(signed):
            if a == 0:
                found.append(left)
            elif a * b < 0:
                found.append(mp.findroot(value, (left, right), solver="anderson", tol=mp.eps**2, verify=False))
    return found


def _at(inside: Evaluation, symbol: Any, expr: Any, fixed: Mapping[Any, Any], t: Any) -> Any:
    there = inside.with_values({symbol: t})
    there.memo.update(fixed)
    return there.at(expr)


def _fixed(expr: Any, symbol: Any, inside: Evaluation) -> dict[Any, Any]:
    """The values of what in `expr` does not change with `symbol`, to the digits that quadrature works with."""
    found: dict[Any, Any] = {}
    left = [expr]
    with mp.extraprec(QUADRATURE_BITS):
        while left:
            node = left.pop()
            if not node.args or node in found:
                continue
            if node.has(symbol):
                left += () if isinstance(node, sp.Integral | sp.Derivative | Expectation) else node.args
            elif isinstance(node, sp.Expr | MatrixExpr | MatrixBase):
                # a branch that is never taken may have no value
                with suppress(ArithmeticError, TypeError, ValueError):
                    found[node] = inside.at(node)
    return found


class _TwoAgree(TanhSinh):  # type: ignore[misc]
    """Ends where two degrees agree; mpmath's own extrapolates from three, to 1e-44 where all three missed a peak."""

    def estimate_error(self, results: Sequence[Any], prec: int, epsilon: Any) -> Any:
        if len(results) < LEAST_DEGREE:
            return mp.inf
        return abs(results[-1] - results[-2]) / max(abs(results[-1]), mp.one)


_RULE = _TwoAgree(mp)
"""One, since it keeps its nodes."""


def _integrate(body: Callable[[Any], Any], points: list[Any]) -> Any:
    """Broken at 0 too: nodes crowd at ends, and a density or an activation of a large argument is narrow there."""
    points = sorted([*points, mp.zero]) if points[0] < 0 < points[-1] else points
    distinct = [points[0], *(b for a, b in pairwise(points) if b - a > mp.eps * 16)]
    if len(distinct) < 2:
        return mp.zero
    value, error = mp.quad(body, distinct, error=True, method=lambda context: _RULE)
    if not error <= mp.mpf(10) ** (-mp.dps // 2):
        raise UnreliableQuadrature("the integral does not converge to the working precision")
    return value


def _one(expr: Any, symbol: Any, low: Any, high: Any, inside: Evaluation) -> Any:
    if high < low:
        return -_one(expr, symbol, high, low, inside)
    turns = _turns(expr, symbol, inside, _grid(low, high))
    inner = sorted(t for t in turns if low < t < high)
    return _integrate(partial(_at, inside, symbol, expr, _fixed(expr, symbol, inside)), [low, *inner, high])


def _grid(low: Any, high: Any) -> list[Any]:
    """Between neighbours of which at most one turn is looked for: even, with the doubles of its end towards ±∞."""
    a = low if not mp.isinf(low) else min(mp.mpf(-12), high - 24)
    b = high if not mp.isinf(high) else max(mp.mpf(12), a + 24)
    even = [a + (b - a) * (j + mp.mpf("0.013")) / GRID for j in range(GRID)] + [b]
    beyond = [mp.mpf(2) ** k for k in range(DOUBLINGS)]
    return [
        *(a - t for t in reversed(beyond) if mp.isinf(low)),
        *even,
        *(b + t for t in beyond if mp.isinf(high)),
    ]


@dataclass(frozen=True)
class _Asked:
    """An integral with the precision and all numbers that its value depends on; how to find it is no part of it."""

    node: Any
    precision: int
    known: tuple[Any, ...]
    find: Callable[[], Any] = field(compare=False)


@remembered(REMEMBERED)
def _answered(asked: _Asked) -> Any:
    return asked.find()


def _once(compute: Callable[[Any, Evaluation], Any]) -> Callable[[Any, Evaluation], Any]:
    """The same values, found once: both sides of a claim, and lines that follow one another, share integrals."""

    @wraps(compute)
    def value(node: Any, outer: Evaluation) -> Any:
        try:
            known = tuple(map(outer.at, sorted(node.free_symbols, key=str)))
        except EvaluationError:  # a symbol may stand where it is not needed
            return compute(node, outer)
        plain = tuple((v.rows, v.cols, *v) if isinstance(v, mp.matrix) else v for v in known)
        return _answered(_Asked(node, mp.prec, plain, partial(compute, node, outer)))

    return value


@_once
def integral_value(node: Any, outer: Evaluation) -> Any:
    """A definite integral in one or two variables; raises NoQuadrature for more."""
    if len(node.limits) > 2 or any(len(limit) != 3 for limit in node.limits):
        raise NoQuadrature(f"{node} is not a definite integral in one or two variables")
    *first, (symbol, low, high) = node.limits
    body = node.function
    if first:
        # factors without the inner variable stand before the inner integral, which may then be the same everywhere
        before, within = body.as_independent(first[0][0], as_Add=False)
        body = before * sp.Integral(within, *first)
    return _one(body, symbol, outer.at(low), outer.at(high), outer)


def matrix_integral(body: Any, symbol: Any, low: Any, high: Any, shape: tuple[int, ...], outer: Evaluation) -> Any:
    """∫ body d symbol of a matrix from `low` to `high`, entry by entry; raises UnreliableQuadrature as for numbers."""
    if high < low:
        return -matrix_integral(body, symbol, high, low, shape, outer)
    turns = _turns(body, symbol, outer, _grid(low, high))
    points = [low, *sorted(t for t in turns if low < t < high), high]
    fixed = _fixed(body, symbol, outer)
    seen: dict[Any, Any] = {}

    def entry(i: int, j: int, t: Any) -> Any:
        key = (mp.prec, t)
        if key not in seen:
            seen[key] = _at(outer, symbol, body, fixed, t)
        return seen[key][i, j]

    rows, cols = shape
    return mp.matrix([[_integrate(partial(entry, i, j), points) for j in range(cols)] for i in range(rows)])


@_once
def expectation_value(node: Any, outer: Evaluation) -> Any:
    """E over one or two Gaussian scalars by its definition; raises NoQuadrature otherwise.

    One variable: mpmath at the working precision. Two: `PAIR_DIGITS` digits, see `_pair_value`.
    """
    if not node.is_scalar or len(node.variables) > 2:
        raise NoQuadrature(f"{node} is not an expectation over one or two Gaussian numbers")
    if len(node.variables) == 2:
        return mp.mpf(_pair_value(node, outer))
    x, s = sp.Dummy("x", real=True), sp.Dummy("s", positive=True)
    body = node.integrand.xreplace({node.variables[0]: s * x}) * sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    scale = mp.sqrt(outer.at(node.covariance[0, 0]))
    return _one(body, x, -mp.inf, mp.inf, outer.with_values({s: scale}))


def _pair_value(node: Any, outer: Evaluation) -> float:
    """E f(u, v) as an iterated integral in float64: v given u is (c/q₁)u + √(q₂ − c²/q₁) y.

    Gauss-Legendre panels on [−10, 10]², broken at u = 0 and, for each u, where a kink crosses in y; beyond lies a mass
    of e^{−50}. Panels shrink towards u = 0 and v = 0, about which functions of large arguments turn; in u also down to
    the spread of v given u, below which the inner integral turns. Nodes are added until two values agree; raises
    UnreliableQuadrature if they do not.
    """
    (u, v) = node.variables
    given = next((s for s in node.free_symbols if is_matrix(s)), None)
    if given is not None:
        raise NoQuadrature(f"{node} has the matrix {given} in it")
    q1, c, q2 = (float(outer.at(node.covariance[i, j])) for i, j in ((0, 0), (0, 1), (1, 1)))
    x, y = sp.Dummy("x", real=True), sp.Dummy("y", real=True)
    known = {s: float(outer.at(s)) for s in node.free_symbols}
    spread = max(q2 - c * c / q1, 0.0) ** 0.5
    f = without_extremes(node.integrand).xreplace(
        {u: sp.Float(q1**0.5, 17) * x, v: sp.Float(c / q1**0.5, 17) * x + sp.Float(spread, 17) * y}
    )
    smallest = max(min(spread, TURN / q1**0.5), 1e-6)
    halves = HALF_WIDTH * 2.0 ** -np.arange(0, max(2 + int(np.ceil(np.log2(HALF_WIDTH / smallest))), 1))
    halves = np.concatenate([-halves, [0.0], halves[::-1]])
    edges = np.append(np.linspace(halves[:-1], halves[1:], 4, endpoint=False).T.ravel(), HALF_WIDTH)
    turns = TURN * 2.0 ** np.arange(-1, max(int(np.ceil(np.log2(max(spread, 1e-6)))), -1))
    turns = np.concatenate([-turns, [0.0], turns]) if len(turns) else turns
    lines = sorted({a for g in f.atoms(*KINKED) for a in g.args[:1] if a.has(y)}, key=str)
    if any(argument.diff(y).has(x, y) for argument in lines):
        raise NoQuadrature(f"the kink of {node.integrand} is not on a line")

    unreliable = f"the expectation of {node.integrand} does not converge to {PAIR_DIGITS} digits"

    def with_nodes(count: int) -> tuple[float, float]:
        """The integral of the integrand and of its absolute value."""
        xs, wx = (found[0] for found in _panels(edges[None], count))
        breaks = [np.full_like(xs, e) for e in np.linspace(-HALF_WIDTH, HALF_WIDTH, 5)]
        breaks += [np.clip((t - c / q1**0.5 * xs) / spread, -HALF_WIDTH, HALF_WIDTH) for t in turns]
        for argument in lines:
            at_zero = np.broadcast_to(outer.in_floats(argument.xreplace({y: sp.S.Zero}), {**known, x: xs}), xs.shape)
            slope = outer.in_floats(argument.diff(y), known)
            breaks.append(np.clip(_over(-at_zero, slope), -HALF_WIDTH, HALF_WIDTH))
        if count * (len(breaks) - 1) * len(xs) > MOST_NODES:
            raise UnreliableQuadrature(unreliable)
        ys, wy = _panels(np.sort(np.stack(breaks, -1), axis=-1), count)
        grid = xs[:, None] * np.ones_like(ys)
        values = outer.in_floats(f, {**known, x: grid, y: ys}) * np.exp(-(grid**2 + ys**2) / 2)
        values = values * (wx[:, None] * wy / (2 * np.pi))
        return float(np.sum(values)), float(np.sum(np.abs(values)))

    value, _ = with_nodes(NODES[0])
    for count in NODES[1:]:
        before, (value, size) = value, with_nodes(count)
        if not abs(value - before) > 10.0**-PAIR_DIGITS * max(size, 1.0):  # not-a-numbers are for the caller to see
            return value
    raise UnreliableQuadrature(unreliable)


def _panels(edges: Any, count: int) -> tuple[Any, Any]:
    """Nodes and weights between neighbouring edges; shape (rows, nodes)."""
    t, w = np.polynomial.legendre.leggauss(count)
    low, high = edges[:, :-1, None], edges[:, 1:, None]
    nodes, weights = low + (high - low) * (t + 1) / 2, (high - low) * w / 2
    return nodes.reshape(len(edges), -1), weights.reshape(len(edges), -1)


def extremum_value(node: Any, outer: Evaluation) -> Any:
    """inf or sup over an interval: the best of a grid, refined."""
    expr, symbol, interval, _ = node.args
    low, high = (
        outer.at(end) if end.is_finite else mp.mpf(FAR if end > 0 else -FAR) for end in (interval.start, interval.end)
    )
    sign = 1 if node.is_supremum else -1
    margin = (high - low) * mp.mpf(10) ** (-mp.dps // 4)

    fixed = _fixed(expr, symbol, outer)

    def value(t: Any) -> Any:
        return sign * _at(outer, symbol, expr, fixed, t)

    low, high = low + margin * bool(interval.left_open), high - margin * bool(interval.right_open)
    grid = [low + (high - low) * mp.mpf(j) / POINTS for j in range(POINTS + 1)]
    # the values differ by the square of the distance: half of the digits are enough
    return sign * value(maximiser(value, grid, low, high, int(mp.dps * HALVINGS)))


def maximiser(value: Callable[[Any], Any], grid: Sequence[Any], low: Any, high: Any, halvings: int) -> Any:
    """A point of [low, high] where `value` is largest: the best of an even grid, refined by steps that halve each time.

    The grid lies inside of [low, high], in ascending order, and is fine enough that one maximum lies next to its best.
    """
    step = grid[1] - grid[0]
    best, x = max(((value(t), t) for t in grid), key=itemgetter(0))
    for _ in range(halvings):
        left, right = ([(value(t), t)] if low <= t <= high else [] for t in (x - step, x + step))
        best, x = max((*left, (best, x), *right), key=itemgetter(0))
        step /= 2
    return x


def _over(a: Any, b: Any) -> Any:
    """a/b where b = 0 means that the kink is never crossed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(a / b, nan=HALF_WIDTH)

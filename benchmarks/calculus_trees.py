"""Random trees of matrix calculus, and their values in torch by an evaluator of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch
from mpmath import mp

from derivations import elementwise, gradient, inner, norm, norm_squared, relu, vector
from derivations.calculus.forms import NotReducible
from derivations.vectors import ShapeError
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate
from numerics.values.quadrature import UnreliableQuadrature

SIZES = ((3, 2), (2, 3), (3, 3), (4, 2), (1, 3), (3, 1), (2, 5))
"""Of m and n."""
m, n = sp.symbols("m n", integer=True, positive=True)
x, a, b = vector("x", n), vector("a", n), vector("b", m)
X, A, R = sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("R", m, n)
t = sp.Symbol("t", real=True)
Pair = tuple[Any, Callable[[Mapping[Any, Any]], Any]]
"""An expression, and the same in torch, built side by side."""
HALF = torch.tensor(0.5, dtype=torch.float64)
GAUSS = tuple(torch.tensor(part) for part in np.polynomial.legendre.leggauss(24))
"""Nodes in [-1, 1] and weights."""


@dataclass(frozen=True)
class Outcome:
    """`right`, `refused`, `wrong`, `ill-conditioned` or `not finite`, and why."""

    kind: str
    detail: str


class Trees:
    """Random numbers, columns and matrices of a given depth, for sizes m and n that are drawn first."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.sizes: dict[Any, int] = dict(zip((m, n), self.draw.choice(SIZES), strict=True))
        self.slow = self.draw.random() < 0.05  # one integral in some trees, since these are slow

    def number(self, depth: int) -> Pair:
        last = self.sizes[n] - 1
        if depth <= 0:
            return self.draw.choice(
                [(t, lambda v: v[t]), (x[last, 0], lambda v: v[x][last]), (X[0, last], lambda v: v[X][0, last])]
            )
        if self.slow:
            self.slow = False
            return self.integral(depth)
        kind = self.draw.randrange(19)
        if kind in (0, 1):
            (p, f), (q, g) = self.column(depth - 1), self.column(depth - 1)
            return inner(p, q), lambda v: f(v) @ g(v)
        if kind == 2:
            p, f = self.matrix(depth - 1)
            return sp.Trace(p), lambda v: f(v).trace()
        if kind == 3:
            p, f = self.matrix(depth - 1)
            return sp.log(1 + sp.Determinant(p) ** 2), lambda v: torch.log(1 + torch.det(f(v)) ** 2)
        if kind == 4:
            (p, f), (q, g) = self.number(depth - 1), self.number(depth - 1)
            return p * q, lambda v: f(v) * g(v)
        if kind == 5:
            (p, f), (q, g) = self.number(depth - 1), self.number(depth - 1)
            return p + sp.sin(q), lambda v: f(v) + torch.sin(g(v))
        if kind == 6:
            p, f = self.column(depth - 1)
            return norm(p), lambda v: torch.sqrt(f(v) @ f(v))
        if kind == 7:
            p, f = self.column(depth - 1)
            i = sp.Symbol("i", integer=True)
            return sp.Sum(norm_squared(p) / i, (i, 1, 3)), lambda v: f(v) @ f(v) * (1 + 1 / 2 + 1 / 3)
        if kind == 8:
            i = sp.Symbol("i", integer=True)
            return sp.Sum(sp.sin(x[i, 0]) * X[i, 0], (i, 0, n - 1)), lambda v: (torch.sin(v[x]) * v[X][:, 0]).sum()
        if kind == 9:
            (p, f), (q, g) = self.column(depth - 1), self.column(depth - 1)
            body = elementwise(lambda s: inner(q, elementwise(sp.tanh, s * p)), x)
            return inner(a, body), lambda v: v[a] @ (torch.tanh(v[x][:, None] * f(v)) @ g(v))
        if kind >= 11:
            return self.kinked(kind, depth)
        (p, f), (q, g) = self.matrix(depth - 1), self.column(depth - 1)
        return sp.Trace(q.T * p * q), lambda v: g(v) @ f(v) @ g(v)

    def kinked(self, kind: int, depth: int) -> Pair:
        """Powers, logarithms of determinants, and what has kinks and jumps."""
        if kind == 11:
            p, f = self.matrix(depth - 1)
            return sp.log(sp.Abs(sp.Determinant(p))), lambda v: torch.linalg.slogdet(f(v))[1]
        if kind == 12:
            p, f = self.matrix(depth - 1)
            k = self.draw.choice([sp.Rational(1, 2), sp.Rational(-2, 3), sp.Rational(7, 4)])
            eye = torch.eye(self.sizes[n], dtype=torch.float64)
            power = sp.MatPow(sp.Identity(n) + p.T * p, k)
            return sp.Trace(power), lambda v: (torch.linalg.eigvalsh(eye + f(v).T @ f(v)) ** float(k)).sum()
        if kind == 13:
            p, f = self.column(depth - 1)
            k = self.draw.choice([sp.Rational(1, 3), sp.Rational(-3, 2), sp.Rational(5, 4)])
            return (1 + norm_squared(p)) ** k, lambda v: (1 + f(v) @ f(v)) ** float(k)
        (p, f), (q, g) = self.number(depth - 1), self.number(depth - 1)
        if kind == 14:
            return sp.Abs(p) * q, lambda v: f(v).abs() * g(v)
        if kind == 15:
            return sp.Heaviside(p) * q, lambda v: torch.heaviside(f(v).detach(), HALF) * g(v)  # ½ at 0, as in SymPy
        if kind == 16:
            return sp.Max(p, q), lambda v: torch.maximum(f(v), g(v))
        if kind == 17:
            split = sp.Piecewise((p**2, p > q), (p * q, True))
            return split, lambda v: torch.where(f(v) > g(v), f(v) ** 2, f(v) * g(v))
        c, h = self.column(depth - 1)
        return inner(b, elementwise(sp.tanh, R * c + p * b)), lambda v: v[b] @ torch.tanh(v[R] @ h(v) + f(v) * v[b])

    def integral(self, depth: int) -> Pair:
        """An integral of a number, or a real power inside a product, whose gradient is an integral of matrices."""
        (p, f), u = self.column(depth - 1), sp.Symbol("u", real=True)
        if self.draw.random() < 0.5:
            eye = torch.eye(self.sizes[n], dtype=torch.float64)
            root = sp.MatPow(2 * sp.Identity(n) + X.T * X, sp.Rational(1, 2))

            def rooted(v: Any) -> Any:
                values, vectors = torch.linalg.eigh(2 * eye + v[X].T @ v[X])
                return v[a] @ (vectors @ (values.sqrt() * (vectors.T @ f(v))))

            return inner(a, root * p), rooted
        body = inner(a, elementwise(lambda s: sp.sin(u * s), p))
        return sp.Integral(body, (u, 0, 1)), lambda v: sum(
            w / 2 * (v[a] @ torch.sin((1 + at) / 2 * f(v))) for at, w in zip(*GAUSS, strict=True)
        )

    def column(self, depth: int) -> Pair:
        if depth <= 0:
            return self.draw.choice([(x, lambda v: v[x]), (a, lambda v: v[a])])
        kind = self.draw.randrange(10)
        p, f = self.column(depth - 1)
        if kind == 7:
            return R.T * elementwise(sp.sin, R * p), lambda v: v[R].T @ torch.sin(v[R] @ f(v))
        if kind == 8:
            return elementwise(relu, p), lambda v: torch.relu(f(v))
        if kind == 9:
            c, h = self.number(depth - 1)
            split = elementwise(lambda s: sp.Piecewise((s * c, s > c), (s**2, True)), p)
            return split, lambda v: torch.where(f(v) > h(v), f(v) * h(v), f(v) ** 2)
        if kind == 0:
            q, g = self.matrix(depth - 1)
            return q * p, lambda v: g(v) @ f(v)
        if kind == 1:
            c, h = self.number(depth - 1)
            return elementwise(lambda s: sp.sin(s) * c, p), lambda v: torch.sin(f(v)) * h(v)
        if kind == 2:
            return elementwise(lambda s: s / (1 + norm_squared(p)), p), lambda v: f(v) / (1 + f(v) @ f(v))
        if kind == 3:
            q, g = self.column(depth - 1)
            return p + t * q, lambda v: f(v) + v[t] * g(v)
        if kind == 4:
            q, g = self.column(depth - 1)
            return sp.DiagMatrix(p) * q, lambda v: f(v) * g(v)
        if kind == 5:
            c, h = self.number(depth - 1)
            d, k = self.number(depth - 1)
            return elementwise(lambda s: sp.tanh(s * c) + d, p), lambda v: torch.tanh(f(v) * h(v)) + k(v)
        q, g = self.matrix(depth - 1)
        return sp.matrices.expressions.diagonal.DiagonalOf(q), lambda v: g(v).diagonal()

    def matrix(self, depth: int) -> Pair:
        if depth <= 0:
            return self.draw.choice([(X, lambda v: v[X]), (A, lambda v: v[A])])
        kind = self.draw.randrange(10)
        p, f = self.matrix(depth - 1)
        eye = torch.eye(self.sizes[n], dtype=torch.float64)
        if kind == 9:
            return R.T * R + p, lambda v: v[R].T @ v[R] + f(v)
        if kind == 0:
            q, g = self.matrix(depth - 1)
            return p * q, lambda v: f(v) @ g(v)
        if kind == 1:
            q, g = self.matrix(depth - 1)
            return p + t * q, lambda v: f(v) + v[t] * g(v)
        if kind == 2:
            return sp.Inverse(sp.Identity(n) + p.T * p), lambda v: torch.linalg.inv(eye + f(v).T @ f(v))
        if kind == 3:
            (q, g), (r, h) = self.column(depth - 1), self.column(depth - 1)
            return q * r.T, lambda v: torch.outer(g(v), h(v))
        if kind == 4:
            q, g = self.matrix(depth - 1)
            return sp.HadamardProduct(p, q), lambda v: f(v) * g(v)
        if kind == 5:
            c, h = self.number(depth - 1)
            return elementwise(lambda s: sp.cos(s) + c, p), lambda v: torch.cos(f(v)) + h(v)
        if kind == 6:
            return sp.MatPow(p, 3), lambda v: f(v) @ f(v) @ f(v)
        if kind == 7:
            q, g = self.column(depth - 1)
            kron = sp.KroneckerProduct(p, q.T) * sp.KroneckerProduct(sp.Identity(n), a)
            return kron, lambda v: f(v) * (g(v) @ v[a])
        block = sp.BlockMatrix([[p, A], [X, p]])
        half = sp.BlockMatrix([[sp.Identity(n)], [sp.Identity(n)]])
        return half.T * block * half, lambda v: 2 * f(v) + v[A] + v[X]


def _plain(found: Any) -> Any:
    """A value of any backend as a NumPy array, a column with one axis."""
    if not hasattr(found, "rows"):
        return np.asarray(found, dtype=float)
    entries = np.array(found.tolist(), dtype=float)
    return entries[:, 0] if found.cols == 1 else entries


def _values(expr: Any, numbers: Mapping[Any, Any], all_three: bool) -> dict[str, Any]:
    """In NumPy, torch and mpmath; in mpmath what only mpmath has."""
    found = {}
    for backend in ("numpy", "torch", "mpmath") if all_three else ("numpy",):
        given = (
            numbers if backend != "torch" else {s: torch.as_tensor(v) if np.ndim(v) else v for s, v in numbers.items()}
        )
        try:
            found[backend] = _plain(evaluate(expr, given, backend))
        except EvaluationError as error:
            if "mpmath" not in str(error):
                raise
    return found or {"mpmath": _plain(evaluate(expr, numbers, "mpmath"))}


def _close(mine: Any, right: Any) -> bool:
    """To 1e-7 of the largest entry: some thousand operations in float64, condition numbers up to 1e5."""
    size = 1 + np.abs(right).max(initial=0.0)
    shaped = mine.reshape(right.shape) if mine.size == right.size else mine
    return shaped.shape == right.shape and bool(np.allclose(shaped, right, rtol=1e-7, atol=1e-7 * size))


def _digits_agree(expr: Any, derived: Any, wrt: Any, numbers: Mapping[Any, Any]) -> bool:
    """Whether difference quotients at 60 digits are the derivative: float64 had too few for this tree."""
    base = wrt if wrt in numbers else wrt.parent
    shape = np.shape(numbers[base])
    places = [tuple(int(i) for i in wrt.args[1:])[: len(shape)]] if wrt is not base else list(np.ndindex(shape))
    with mp.workdps(60):
        step = mp.mpf(10) ** -20
        found = evaluate(derived, numbers, "mpmath")
        flat = [found] if not hasattr(found, "rows") else list(found)
        for at, mine in zip(places, flat, strict=True):
            moved = []
            for sign in (1, -1):
                entries = np.array(numbers[base]).astype(object)
                entries[at] = mp.mpf(entries[at]) + sign * step
                given = entries.tolist() if shape else entries.item()
                moved.append(evaluate(expr, {**numbers, base: given}, "mpmath"))
            quotient = (moved[0] - moved[1]) / (2 * step)
            if not abs(quotient - mine) <= mp.mpf("1e-12") * (1 + abs(quotient)):
                return False
    return True


def outcome(seed: int, depth: int = 3, every: int = 3) -> Outcome:
    """One tree and its gradient by x, X, R, t or an entry, against torch's autograd in float64.

    Each tree in NumPy; one in `every` in torch and mpmath too.
    """
    trees = Trees(seed)
    expr, in_torch = trees.number(depth)
    last = trees.sizes[n] - 1
    wrt = trees.draw.choice([x, X, R, t, x[last, 0], X[0, last]])
    rng = np.random.default_rng(seed)
    shapes = {s: tuple(trees.sizes.get(k, 1) for k in s.shape) for s in (X, A, R)}
    shapes |= {s: (trees.sizes[s.shape[0]],) for s in (x, a, b)} | {t: ()}
    given = {s: rng.normal(size=shape) * 0.7 for s, shape in shapes.items()}
    leaves = {s: torch.tensor(v, dtype=torch.float64, requires_grad=True) for s, v in given.items()}
    base = wrt if wrt in leaves else wrt.args[0]
    try:
        value = in_torch(leaves) + 0.0 * leaves[t]
        (right,) = torch.autograd.grad(value, [leaves[base]], allow_unused=True)
    except torch.linalg.LinAlgError:
        return Outcome("not finite", "torch has no inverse")
    right = torch.zeros_like(leaves[base]) if right is None else right
    if wrt not in leaves:
        right = right[tuple(int(i) for i in wrt.args[1:])[: right.ndim]]
    expected = [value.detach().numpy(), right.detach().numpy()]
    if not all(np.isfinite(e).all() for e in expected):
        return Outcome("not finite", f"{expr} by {wrt}")
    numbers = {**given, **trees.sizes}
    try:
        derived = gradient(expr, wrt)
        for formula, theirs in zip((expr, derived), expected, strict=True):
            for backend, mine in _values(formula, numbers, seed % every == 0).items():
                if _close(mine, theirs):
                    continue
                if not np.isfinite(mine).all():  # a norm of zero: no false result
                    return Outcome("not finite", f"{backend}: {mine} beside {theirs} ({expr} by {wrt})")
                if _digits_agree(expr, derived, wrt, numbers):
                    return Outcome("ill-conditioned", f"{backend}: {mine} beside {theirs} ({expr} by {wrt})")
                return Outcome("wrong", f"{backend}: {mine} instead of {theirs} ({expr} by {wrt})")
    except (NotReducible, ShapeError, EvaluationError, UnreliableQuadrature) as error:
        return Outcome("refused", f"{error} ({expr} by {wrt})")
    except ZeroDivisionError:
        return Outcome("not finite", f"mpmath divides by zero ({expr} by {wrt})")
    except Exception as error:  # anything that is not our own is a fault of ours, and told as such
        return Outcome("wrong", f"{type(error).__name__}: {error} ({expr} by {wrt})")
    return Outcome("right", "")

"""Random trees of matrix calculus, and their values in torch by an evaluator of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch

from derivations import elementwise, gradient, inner, norm, norm_squared, vector
from derivations.forms import NotReducible
from derivations.vectors import ShapeError
from numerics.errors import EvaluationError
from numerics.evaluate import evaluate

N = 3
n = sp.Symbol("n", integer=True, positive=True)
x, a = vector("x", n), vector("a", n)
X, A = sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("A", n, n)
t = sp.Symbol("t", real=True)
Pair = tuple[Any, Callable[[Mapping[Any, Any]], Any]]
"""An expression, and the same in torch, built side by side."""


@dataclass(frozen=True)
class Outcome:
    """`right`, `refused` or `wrong`, and why."""

    kind: str
    detail: str


class Trees:
    """Random numbers, columns and matrices of a given depth."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def number(self, depth: int) -> Pair:
        if depth <= 0:
            return self.draw.choice(
                [(t, lambda v: v[t]), (x[0, 0], lambda v: v[x][0]), (X[0, 1], lambda v: v[X][0, 1])]
            )
        kind = self.draw.randrange(11)
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
            return sp.Sum(sp.sin(x[i, 0]) * X[i, 0], (i, 0, N - 1)), lambda v: (torch.sin(v[x]) * v[X][:, 0]).sum()
        if kind == 9:
            (p, f), (q, g) = self.column(depth - 1), self.column(depth - 1)
            body = elementwise(lambda s: inner(q, elementwise(sp.tanh, s * p)), x)
            return inner(a, body), lambda v: v[a] @ (torch.tanh(v[x][:, None] * f(v)) @ g(v))
        (p, f), (q, g) = self.matrix(depth - 1), self.column(depth - 1)
        return sp.Trace(q.T * p * q), lambda v: g(v) @ f(v) @ g(v)

    def column(self, depth: int) -> Pair:
        if depth <= 0:
            return self.draw.choice([(x, lambda v: v[x]), (a, lambda v: v[a])])
        kind = self.draw.randrange(7)
        p, f = self.column(depth - 1)
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
        kind = self.draw.randrange(9)
        p, f = self.matrix(depth - 1)
        eye = torch.eye(N, dtype=torch.float64)
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


def _value(expr: Any, numbers: Mapping[Any, Any]) -> Any:
    """In NumPy, and in mpmath what only mpmath has."""
    try:
        return evaluate(expr, numbers)
    except EvaluationError as error:
        if "mpmath" not in str(error):
            raise
        found = evaluate(expr, numbers, "mpmath")
        if not hasattr(found, "rows"):
            return found
        return (
            np.array(found.tolist(), dtype=float).reshape(found.rows, -1 if found.cols > 1 else 1).squeeze(-1)
            if found.cols == 1
            else np.array(found.tolist(), dtype=float)
        )


def outcome(seed: int, depth: int = 3) -> Outcome:
    """One tree and its gradient by x, X, t or an entry, against torch's autograd in float64."""
    trees = Trees(seed)
    expr, in_torch = trees.number(depth)
    wrt = trees.draw.choice([x, X, t, x[1, 0], X[0, 2]])
    rng = np.random.default_rng(seed)
    shapes: dict[Any, tuple[int, ...]] = {x: (N,), a: (N,), X: (N, N), A: (N, N), t: ()}
    given = {s: rng.normal(size=shape) * 0.7 for s, shape in shapes.items()}
    leaves = {s: torch.tensor(v, dtype=torch.float64, requires_grad=True) for s, v in given.items()}
    value = in_torch(leaves)
    base = wrt.args[0] if wrt not in leaves else wrt
    (right,) = torch.autograd.grad(value, [leaves[base]], allow_unused=True)
    right = torch.zeros_like(leaves[base]) if right is None else right
    if wrt not in leaves:
        right = right[tuple(int(i) for i in wrt.args[1:])[: right.ndim]]
    numbers = {**given, n: N}
    try:
        derived = gradient(expr, wrt)
        seen = [(_value(expr, numbers), value), (_value(derived, numbers), right)]
    except (NotReducible, ShapeError, EvaluationError) as error:
        return Outcome("refused", str(error))
    except Exception as error:  # anything that is not our own is a fault of ours, and told as such
        return Outcome("wrong", f"{type(error).__name__}: {error} ({expr} by {wrt})")
    for mine, theirs in seen:
        expected = theirs.detach().numpy()
        if not np.isfinite(expected).all():
            return Outcome("right", "torch has no finite value")
        # 1e-7 of the largest entry: some thousand operations in float64, condition numbers up to 1e5
        if not np.allclose(
            np.asarray(mine, dtype=float), expected, rtol=1e-7, atol=1e-7 * (1 + np.abs(expected).max())
        ):
            return Outcome("wrong", f"{mine} instead of {expected} ({expr} by {wrt})")
    return Outcome("right", "")

"""Do the shapes of products, sums and inner products fit? SymPy accepts symbolic sizes that differ."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sympy import Determinant, Expr, HadamardProduct, MatAdd, MatMul, MatPow, MatrixSymbol, Trace, sympify
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.inverse import Inverse

from derivations.vectors import Inner, ShapeError


def check_shapes(expr: Any) -> None:
    """Raise ShapeError, naming both shapes, where sizes in a product, sum or Hadamard product differ.

    SymPy accepts symbolic sizes that differ: W (m×d) times x (k×1) raises no error there.
    """
    expr = sympify(expr)
    if isinstance(expr, MatrixSymbol) or not getattr(expr, "args", ()):
        return
    for a in expr.args:
        if isinstance(a, Expr | MatrixBase):
            check_shapes(a)
    match expr:
        case MatMul():
            _, matrices = expr.as_coeff_matrices()
            for left, right in pairwise(matrices):
                if differ(left.shape[1], right.shape[0]):
                    raise ShapeError(f"{described(left)} cannot be multiplied by {described(right)}")
        case MatAdd() | HadamardProduct():
            first, *others = expr.args
            for other in others:
                if any(differ(a, b) for a, b in zip(first.shape, other.shape, strict=True)):
                    how = "added to" if isinstance(expr, MatAdd) else "multiplied entry by entry with"
                    raise ShapeError(f"{described(first)} cannot be {how} {described(other)}")
        case Inner():
            x, y = expr.args
            if differ(x.shape[0], y.shape[0]):
                raise ShapeError(f"{described(x)} and {described(y)} have no inner product")
        case Trace() | Determinant() | MatPow() | Inverse():
            base = expr.args[0]
            if differ(*base.shape):
                raise ShapeError(f"{described(base)} is not square")


def differ(a: Any, b: Any) -> bool:
    return bool(sympify(a - b).expand() != 0)


def described(m: Any) -> str:
    text = str(m)
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({m.shape[0]}×{m.shape[1]})"

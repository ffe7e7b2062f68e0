"""Matrix calculus with shapes: the differential of a number brought to the form tr(GᵀdX), for every size.

The gradient is pulled back through the expression from the outside in. If Y = A·X·B carries the adjoint
Ȳ (dF = tr(ȲᵀdY)), X carries AᵀȲBᵀ; sums, transposes, Hadamard products, entrywise functions, diag,
traces, determinants, inverses and inner products have a rule each. SymPy's own matrix derivatives
are not used: several of them are silently zero.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sympy import (
    Determinant,
    DiagMatrix,
    Dummy,
    Expr,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Mul,
    OneMatrix,
    S,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
    sympify,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.forms import NotReducible
from derivations.vectors import Inner, ShapeError, elementwise

SCALARS = (Inner, Trace, Determinant, MatrixElement)


def check_shapes(expr: Any) -> None:
    """Raise ShapeError, naming both shapes, where sizes in a product, sum or Hadamard product differ.

    SymPy lets symbolic sizes that differ pass: W (m×d) times x (k×1) is no error there.
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
                if _differ(left.shape[1], right.shape[0]):
                    raise ShapeError(f"{_named(left)} cannot be multiplied by {_named(right)}")
        case MatAdd() | HadamardProduct():
            first, *others = expr.args
            for other in others:
                if any(_differ(a, b) for a, b in zip(first.shape, other.shape, strict=True)):
                    how = "added to" if isinstance(expr, MatAdd) else "multiplied entry by entry with"
                    raise ShapeError(f"{_named(first)} cannot be {how} {_named(other)}")
        case Inner():
            x, y = expr.args
            if _differ(x.shape[0], y.shape[0]):
                raise ShapeError(f"{_named(x)} and {_named(y)} have no inner product")
        case Trace() | Determinant() | MatPow() | Inverse():
            base = expr.args[0]
            if _differ(*base.shape):
                raise ShapeError(f"{_named(base)} is not square")


def _differ(a: Any, b: Any) -> bool:
    return bool(sympify(a - b).expand() != 0)


def _named(m: Any) -> str:
    text = str(m)
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({m.shape[0]}×{m.shape[1]})"


def gradient(expr: Any, wrt: Any) -> Any:
    """∂expr/∂wrt of a number, by a scalar symbol or by a vector or matrix symbol (of whose shape it is).

    Raises ShapeError for shapes that do not fit and NotReducible for an operation without a rule.
    """
    expr = sympify(expr)
    if isinstance(expr, MatrixExpr | MatrixBase):
        if expr.shape != (1, 1):
            raise ShapeError(f"{_named(expr)} is not a number: only numbers have gradients")
        expr = Trace(expr) if isinstance(expr, MatrixExpr) else expr[0, 0]
    check_shapes(expr)
    if not isinstance(wrt, MatrixSymbol):
        return expr.diff(wrt)
    if not expr.has(wrt):
        return ZeroMatrix(*wrt.shape)
    return _sum(_of_number(expr, wrt), wrt.shape)


def _sum(terms: list[Any], shape: Any) -> Any:
    return MatAdd(*terms).doit(deep=False) if terms else ZeroMatrix(*shape)


def _of_number(expr: Any, wrt: MatrixSymbol) -> list[Any]:
    """The chain rule over the numbers inside that are made of matrices."""
    atoms = sorted((a for a in _outermost(expr) if a.has(wrt)), key=default_sort_key)
    names = {a: Dummy(f"s{i}", real=True) for i, a in enumerate(atoms)}
    opened = expr.xreplace(names)
    if opened.has(wrt):
        raise NotReducible(f"{wrt} stands outside inner products, traces and entries in {expr}")
    back = {name: a for a, name in names.items()}
    return [m for a, name in names.items() for m in _of_atom(a, opened.diff(name).xreplace(back), wrt)]


def _outermost(expr: Any) -> set[Any]:
    """The inner products, traces, determinants and entries that stand in no other."""
    if isinstance(expr, SCALARS):
        return {expr}
    return {found for a in expr.args for found in _outermost(a)} if isinstance(expr, Expr) else set()


def _of_atom(atom: Any, weight: Expr, wrt: MatrixSymbol) -> list[Any]:
    match atom:
        case Inner():
            x, y = atom.args
            return [*_pull(x, weight * y, wrt), *_pull(y, weight * x, wrt)]
        case Trace():
            return _pull(atom.arg, weight * Identity(atom.arg.shape[0]), wrt)
        case Determinant():
            return _pull(atom.arg, weight * atom * Transpose(Inverse(atom.arg)), wrt)
        case MatrixElement():
            parent, i, j = atom.args
            units = [_unit(parent.shape[k], index) for k, index in enumerate((i, j))]
            return _pull(parent, weight * units[0] * units[1].T, wrt)
    raise NotReducible(f"no rule for {atom}")


def _unit(size: Any, index: Any) -> Any:
    """The unit vector e_index: the column of the identity."""
    if size == 1:
        return OneMatrix(1, 1)
    if not getattr(size, "is_Integer", False) and not isinstance(size, int):
        raise NotReducible("an entry of a matrix of symbolic size: write it as an inner product with a unit vector")
    return sympify(Identity(size).as_explicit()[:, index])


def _pull(node: Any, adjoint: Any, wrt: MatrixSymbol) -> list[Any]:
    """What a node with the given adjoint adds to the gradient."""
    if node == wrt:
        return [adjoint]
    if not node.has(wrt):
        return []
    match node:
        case MatAdd():
            return [m for a in node.args for m in _pull(a, adjoint, wrt)]
        case MatMul():
            return _pull_product(node, adjoint, wrt)
        case Transpose():
            return _pull(node.arg, Transpose(adjoint).doit(deep=False), wrt)
        case HadamardProduct():
            found = []
            for i, factor in enumerate(node.args):
                if factor.has(wrt):
                    others = [a for j, a in enumerate(node.args) if j != i]
                    found += _pull(factor, _hadamard(adjoint, *others), wrt)
            return found
        case ElementwiseApplyFunction():
            x = Dummy("x", real=True)
            slope = node.function(x).diff(x)
            if not slope.has(x):
                return _pull(node.expr, slope * adjoint, wrt)
            return _pull(node.expr, _hadamard(elementwise(lambda t: slope.xreplace({x: t}), node.expr), adjoint), wrt)
        case DiagMatrix():
            return _pull(node.args[0], _diagonal(adjoint), wrt)
        case Inverse():
            return _pull(node.arg, -Transpose(node) * adjoint * Transpose(node), wrt)
        case MatPow() if node.exp.is_Integer and node.exp > 0:
            return _pull_product(MatMul(*([node.base] * int(node.exp)), evaluate=False), adjoint, wrt)
        case MatPow() if node.exp.is_Integer:
            return _pull(Inverse(MatPow(node.base, -node.exp)), adjoint, wrt)
    raise NotReducible(f"no rule for the derivative of {node} ({type(node).__name__})")


def _pull_product(node: Any, adjoint: Any, wrt: MatrixSymbol) -> list[Any]:
    factor, matrices = node.as_coeff_matrices()
    found = []
    for i, m in enumerate(matrices):
        if m.has(wrt):
            left, right = matrices[:i], matrices[i + 1 :]
            parts = [*(Transpose(x).doit(deep=False) for x in reversed(left)), adjoint]
            parts += [Transpose(x).doit(deep=False) for x in reversed(right)]
            found += _pull(m, _product(factor, parts), wrt)
    if factor.has(wrt):
        inside = Trace(_product(S.One, [Transpose(adjoint).doit(deep=False), MatMul(*matrices)]))
        found += [inside * m for m in _of_number(factor, wrt)]
    return found


def _product(factor: Any, parts: list[Any]) -> Any:
    return MatMul(factor, *parts).doit(deep=False) if len(parts) > 1 or factor != 1 else parts[0]


def _hadamard(*parts: Any) -> Any:
    """A Hadamard product with number factors in front and sums multiplied out; 𝟏 is its unit."""
    for i, part in enumerate(parts):
        if isinstance(part, MatAdd):
            return MatAdd(*(_hadamard(*parts[:i], a, *parts[i + 1 :]) for a in part.args))
    factor, kept = S.One, []
    for part in parts:
        if isinstance(part, MatMul):
            number, matrices = part.as_coeff_matrices()
            factor *= number
            part = MatMul(*matrices) if len(matrices) > 1 else matrices[0]
        if not isinstance(part, OneMatrix):
            kept.append(part)
    product = OneMatrix(*parts[0].shape) if not kept else kept[0] if len(kept) == 1 else HadamardProduct(*kept)
    return factor * product if factor != 1 else product


def _diagonal(adjoint: Any) -> Any:
    """The diagonal of a matrix as a column; of u·wᵀ it is u ∘ w."""
    if isinstance(adjoint, MatAdd):
        return MatAdd(*(_diagonal(a) for a in adjoint.args))
    if isinstance(adjoint, MatMul | Mul):
        factor, matrices = adjoint.as_coeff_matrices()
        for cut in range(1, len(matrices)):
            if matrices[cut - 1].shape[1] == 1:
                u = _product(S.One, list(matrices[:cut]))
                w = _product(S.One, [Transpose(m).doit(deep=False) for m in reversed(matrices[cut:])])
                return factor * _hadamard(u, w)
    n = adjoint.shape[0]
    return HadamardProduct(adjoint, Identity(n)) * OneMatrix(n, 1)

"""The rules of matrix calculus: the adjoints that each operation passes on, for every size.

If Y = A·X·B carries the adjoint Ȳ (dF = tr(ȲᵀdY)), X carries AᵀȲBᵀ; sums, transposes, Hadamard and
Kronecker products, entrywise functions, diagonals, blocks, traces, determinants, inverses, powers and
inner products have a rule each. The variable may be a matrix or a number: what reaches it is collected.
SymPy's own matrix derivatives are not used: several of them are silently zero.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    Basic,
    BlockDiagMatrix,
    BlockMatrix,
    Derivative,
    Determinant,
    DiagMatrix,
    DiracDelta,
    Dummy,
    Expr,
    HadamardPower,
    HadamardProduct,
    Identity,
    Integral,
    KroneckerProduct,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    S,
    Subs,
    Sum,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
    im,
    re,
    sympify,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.calculus.accumulated import BasisVector, MatrixIntegral, MatrixSum
from derivations.calculus.forms import NotReducible
from derivations.calculus.matrix_functions import of_determinant, of_power
from derivations.calculus.products import diagonal_of, hadamard, product
from derivations.vectors import Inner, MatrixNumber, elementwise, settled, times

SCALARS = (Inner, Trace, Determinant, MatrixElement, MatrixNumber, ExprWithLimits)
UNROLLED = 32
"""The largest number of terms of a sum that is written out."""


def with_fresh_indices(expr: Any) -> Any:
    """`expr` with one limit for each sum or integral, and another symbol for every index."""
    if not getattr(expr, "args", ()) or not isinstance(expr, Expr | MatrixBase):
        return expr
    if isinstance(expr, MatrixBase):
        return expr.applyfunc(with_fresh_indices) if expr.atoms(ExprWithLimits) else expr
    if isinstance(expr, ExprWithLimits):
        inside = with_fresh_indices(expr.function)
        for limit in expr.limits:
            index, *ends = limit
            fresh = Dummy(index.name, **index.assumptions0)
            inside = expr.func(inside.xreplace({index: fresh}), (fresh, *ends))
        return inside
    args = [with_fresh_indices(a) for a in expr.args]
    return expr if all(a is b for a, b in zip(args, expr.args, strict=True)) else expr.func(*args)


def pull_number(expr: Any, weight: Any, wrt: Any) -> list[Any]:
    """What weight·d(expr) of a number adds to the gradient: the chain rule over the numbers made of matrices."""
    if expr == wrt:
        return [weight]
    if not expr.has(wrt):
        return []
    if isinstance(expr, SCALARS):
        return _of_atom(expr, weight, wrt)
    atoms = sorted((a for a in outermost(expr) if a.has(wrt)), key=default_sort_key)
    names = {a: Dummy(f"s{i}", real=True) for i, a in enumerate(atoms)}
    opened = expr.xreplace(names)
    back = {name: a for a, name in names.items()}
    found = []
    if opened.has(wrt):
        if isinstance(wrt, MatrixExpr):
            raise NotReducible(f"{wrt} occurs outside of inner products, traces and entries in {expr}")
        real = Dummy(wrt.name, **{**wrt.assumptions0, "real": True}) if wrt.is_extended_real is None else wrt
        found = [times(weight, slope(opened.xreplace({wrt: real}), real).xreplace({**back, real: wrt}))]
    for a, name in names.items():
        factor = slope(opened, name)
        if factor != 0:
            found += pull_number(a, times(weight, factor.xreplace(back)), wrt)
    return found


def slope(expr: Any, name: Any) -> Any:
    """d expr/d name of a plain expression of real numbers, away from kinks and jumps."""
    held = {a for a in outermost(expr) | expr.free_symbols if not a.has(name) and a.is_extended_real is None}
    real = {a: Dummy("r", real=True) for a in held if not isinstance(a, MatrixExpr)}
    known = expr.has(Derivative, Subs)
    derivative = expr.xreplace(real).diff(name).replace(DiracDelta, lambda *_: S.Zero)
    if (not known and derivative.has(Derivative, Subs)) or derivative.has(re, im):
        raise NotReducible(f"no rule for the derivative of {expr}")
    return derivative.xreplace({r: a for a, r in real.items()})


def outermost(expr: Any) -> set[Any]:
    """The outermost inner products, traces, determinants, entries and sums."""
    if isinstance(expr, ExprWithLimits) and not expr.atoms(MatrixExpr):
        return set()
    if isinstance(expr, SCALARS):
        return {expr}
    return {found for a in expr.args for found in outermost(a)} if isinstance(expr, Basic) else set()


def _of_atom(atom: Any, weight: Expr, wrt: Any) -> list[Any]:
    match atom:
        case Inner():
            x, y = atom.args
            return [*pull(x, times(weight, y), wrt), *pull(y, times(weight, x), wrt)]
        case Trace():
            return pull(atom.arg, times(weight, Identity(atom.arg.shape[0])), wrt)
        case Determinant():
            return pull(atom.arg, of_determinant(atom, weight), wrt)
        case MatrixElement():
            parent, i, j = atom.args
            units = [_unit(parent.shape[k], index) for k, index in enumerate((i, j))]
            return pull(parent, times(weight, units[0], units[1].T), wrt)
        case ExprWithLimits() if not atom.atoms(MatrixExpr):
            return [times(weight, slope(atom, wrt))]
        case Sum() | Integral() if all(len(limit) == 3 for limit in atom.limits):
            return _of_sum(atom, weight, wrt)
    raise NotReducible(f"no rule for {atom}")


def _of_sum(atom: Any, weight: Expr, wrt: Any) -> list[Any]:
    """Under the sign: an index never leaves the sum or integral that binds it."""
    # SymPy writes a sum of sums as one with several limits, the outermost last
    *inner_limits, (index, low, high) = atom.limits
    terms = atom.func(atom.function, *inner_limits) if inner_limits else atom.function
    if isinstance(atom, Sum):
        if low.has(wrt) or high.has(wrt):
            raise NotReducible(f"no derivative by the limit of a sum: {atom}")
        if low.is_Integer and high.is_Integer and high - low < UNROLLED:
            numbers = range(int(low), int(high) + 1)
            return [m for n in numbers for m in pull_number(terms.xreplace({index: sympify(n)}), weight, wrt)]
    found = []
    for m in pull_number(terms, weight, wrt):
        if not m.has(index):
            found.append(times(_summed(atom.func, S.One, index, low, high), m))
        elif not isinstance(m, MatrixExpr | MatrixBase):
            found.append(atom.func(m, (index, low, high)))
        else:
            factor, rest = m.as_coeff_matrices() if isinstance(m, MatMul) else (S.One, [m])
            if not any(r.has(index) for r in rest):
                found.append(times(_summed(atom.func, factor, index, low, high), *rest))
            else:
                found.append((MatrixSum if isinstance(atom, Sum) else MatrixIntegral)(m, index, low, high))
    if isinstance(atom, Integral):
        for end, sign in ((high, 1), (low, -1)):
            if end.has(wrt):
                found += pull_number(end, times(sign, weight, terms.xreplace({index: end})), wrt)
    return found


def _summed(kind: Any, factor: Any, index: Any, low: Any, high: Any) -> Any:
    """Σ or ∫ of a number, evaluated for polynomials in the index only: SymPy's other values are not used."""
    found = kind(factor, (index, low, high))
    return found.doit() if factor.is_polynomial(index) and not factor.atoms(MatrixExpr) else found


def _unit(size: Any, index: Any) -> Any:
    """The unit vector e_index: the column of the identity."""
    if size == 1:
        return OneMatrix(1, 1)
    if sympify(size).is_Integer and sympify(index).is_Integer:
        return sympify(Identity(size).as_explicit()[:, index])
    return BasisVector(size, index)


def pull(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    """What a node with the given adjoint adds to the gradient."""
    if node == wrt:
        return [adjoint]
    if not node.has(wrt):
        return []
    match node:
        case MatAdd():
            return [m for a in node.args for m in pull(a, adjoint, wrt)]
        case MatMul():
            return _pull_product(node, adjoint, wrt)
        case Transpose():
            return pull(node.arg, _transpose(adjoint), wrt)
        case HadamardProduct():
            found = []
            for i, factor in enumerate(node.args):
                if factor.has(wrt):
                    others = [a for j, a in enumerate(node.args) if j != i]
                    found += pull(factor, hadamard(adjoint, *others), wrt)
            return found
        case HadamardPower() if not isinstance(node.exp, MatrixExpr | MatrixBase):
            return pull(elementwise(lambda s: s**node.exp, node.base), adjoint, wrt)
        case ElementwiseApplyFunction():
            return _pull_entrywise(node, adjoint, wrt)
        case DiagMatrix():
            column = node.args[0]
            diagonal = diagonal_of(adjoint)
            return pull(column, diagonal if column.shape[1] == 1 else _transpose(diagonal), wrt)
        case DiagonalOf() if (node.arg.shape[0] - node.arg.shape[1]).is_zero:
            return pull(node.arg, DiagMatrix(adjoint), wrt)
        case DiagonalMatrix() if (node.arg.shape[0] - node.arg.shape[1]).is_zero:
            return pull(node.arg, HadamardProduct(adjoint, Identity(node.shape[0])), wrt)
        case Inverse():
            return pull(node.arg, times(-1, Transpose(node), adjoint, Transpose(node)), wrt)
        case MatPow():
            return _pull_power(node, adjoint, wrt)
        case KroneckerProduct():
            return _pull_kronecker(node, adjoint, wrt)
        case BlockMatrix() | BlockDiagMatrix():
            return _pull_blocks(node, adjoint, wrt)
        case MatrixSum() | MatrixIntegral():
            body, index, low, high = node.args
            if not low.has(wrt) and not high.has(wrt):
                return [_wrapped(type(node), m, index, low, high) for m in pull(body, adjoint, wrt)]
        case MatrixBase():
            rows, cols = node.shape
            units = [[_unit(n, i) for i in range(n)] for n in (rows, cols)]
            return [
                m
                for i in range(rows)
                for j in range(cols)
                for m in pull_number(node[i, j], Trace(times(units[1][j], units[0][i].T, adjoint)), wrt)
            ]
    raise NotReducible(f"no rule for the derivative of {node} ({type(node).__name__})")


def _wrapped(kind: Any, m: Any, index: Any, low: Any, high: Any) -> Any:
    return kind(m, index, low, high) if isinstance(m, MatrixExpr) else kind.number(m, (index, low, high))


def _transpose(m: Any) -> Any:
    return settled(Transpose(m))


def _dot(adjoint: Any, m: Any) -> Any:
    """⟨adjoint, m⟩ over all entries."""
    if m.shape[1] == 1 and isinstance(adjoint, MatrixExpr | MatrixBase):
        return Inner(adjoint, m)
    return Trace(product(S.One, [_transpose(adjoint), m]))


def _fused(node: Any) -> Any:
    """f(g(x)) entry by entry as one function, so that what f undoes of g cancels."""
    inside = node.expr
    if not isinstance(inside, ElementwiseApplyFunction):
        return node
    return _fused(elementwise(lambda s: node.function(inside.function(s)), inside.expr))


def _pull_entrywise(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    """The derivatives of f(xᵢ; c₁, c₂, …) by x and by the numbers c in f, which may depend on the variable too."""
    node = _fused(node)
    x = Dummy("x", real=True)
    body = node.function(x)
    held = sorted((a for a in outermost(body) if a.has(wrt) or a.has(x)), key=default_sort_key)
    if any(a.has(x) for a in held):
        return _pull_each_entry(node, adjoint, wrt)
    names = {a: Dummy(f"c{i}", real=True) for i, a in enumerate(held)}
    back = {name: a for a, name in names.items()}
    opened = body.xreplace(names)
    if opened.has(wrt):
        if isinstance(wrt, MatrixExpr):
            raise NotReducible(f"{wrt} occurs outside of inner products, traces and entries in {body}")
        names[wrt] = wrt
    found = []
    for a, name in names.items():
        partial = slope(opened, name).xreplace(back)
        if partial != 0:
            total = _dot(adjoint, elementwise(Lambda(x, partial), node.expr))
            found += pull_number(a, total, wrt)
    if node.expr.has(wrt):
        by_entry = slope(opened, x).xreplace(back)
        if not by_entry.has(x):
            return found + pull(node.expr, times(by_entry, adjoint), wrt)
        slopes = elementwise(lambda t: by_entry.xreplace({x: t}), node.expr)
        return found + pull(node.expr, hadamard(slopes, adjoint), wrt)
    return found


def _pull_each_entry(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    """An entrywise function whose entry occurs inside another vector: Σ over the entries, one by one."""
    (rows, cols), (i, j) = node.shape, (Dummy(n, integer=True, nonnegative=True) for n in "ij")
    units = [BasisVector(n, index) if n != 1 else OneMatrix(1, 1) for n, index in ((rows, i), (cols, j))]
    weight = Trace(times(units[1], units[0].T, adjoint))
    entry = Trace(times(units[1], units[0].T, node.expr))
    found = []
    for m in pull_number(node.function(entry), weight, wrt):
        for size, index in ((rows, i), (cols, j)):
            m = _wrapped(MatrixSum, m, index, S.Zero, size - 1) if size != 1 else m
        found.append(m)
    return found


def _pull_power(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    base, exponent = node.base, node.exp
    if base.shape == (1, 1):
        return pull_number(Trace(base) ** exponent, Trace(adjoint), wrt)
    if exponent.has(wrt):
        raise NotReducible(f"no rule for the derivative by the exponent of {node}")
    return [m for part, given in of_power(node, adjoint) for m in pull(part, given, wrt)]


def _pull_kronecker(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    """A ⊗ B passes on Σₖ (I⊗eₖᵀ)·Ȳ·(I⊗Bᵀeₖ) to A, and Σᵢ (eᵢᵀ⊗I)·Ȳ·(Aᵀeᵢ⊗I) to B."""
    a, *others = node.args
    b = others[0] if len(others) == 1 else KroneckerProduct(*others)
    k = Dummy("k", integer=True, nonnegative=True)
    (p, q), (r, s) = a.shape, b.shape
    found: list[Any] = []
    if a.has(wrt):
        e = BasisVector(r, k)
        left, right = KroneckerProduct(Identity(p), e.T), KroneckerProduct(Identity(q), MatMul(b.T, e))
        found += pull(a, MatrixSum(MatMul(left, adjoint, right), k, S.Zero, r - 1), wrt)
    if b.has(wrt):
        e = BasisVector(p, k)
        left, right = KroneckerProduct(e.T, Identity(r)), KroneckerProduct(MatMul(a.T, e), Identity(s))
        found += pull(b, MatrixSum(MatMul(left, adjoint, right), k, S.Zero, p - 1), wrt)
    return found


def _pull_blocks(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    blocks = node.blocks
    heights = [blocks[i, 0].shape[0] for i in range(blocks.shape[0])]
    widths = [blocks[0, j].shape[1] for j in range(blocks.shape[1])]

    def selector(sizes: list[Any], chosen: int) -> Any:
        n = sizes[chosen]
        parts = [[Identity(n) if k == chosen else ZeroMatrix(n, size) for k, size in enumerate(sizes)]]
        return BlockMatrix(parts) if len(sizes) > 1 else Identity(n)

    found = []
    for i in range(blocks.shape[0]):
        for j in range(blocks.shape[1]):
            if blocks[i, j].has(wrt):
                part = MatMul(selector(heights, i), adjoint, Transpose(selector(widths, j)))
                found += pull(blocks[i, j], part, wrt)
    return found


def _pull_product(node: Any, adjoint: Any, wrt: Any) -> list[Any]:
    factor, matrices = node.as_coeff_matrices()
    found = []
    for i, m in enumerate(matrices):
        if m.has(wrt):
            left, right = matrices[:i], matrices[i + 1 :]
            parts = [*(_transpose(x) for x in reversed(left)), adjoint, *(_transpose(x) for x in reversed(right))]
            found += pull(m, product(factor, parts), wrt)
    if factor.has(wrt):
        inside = Trace(product(S.One, [_transpose(adjoint), *matrices]))
        found += pull_number(factor, inside, wrt)
    return found

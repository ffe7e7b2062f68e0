"""The adjoints that powers and determinants of matrices pass on, and the matrix of cofactors.

A determinant's gradient det(M)·M⁻ᵀ has no value where M is singular, as a·xᵀ is for every a and x; there
it is the matrix of cofactors.
"""

from __future__ import annotations

from typing import Any

from sympy import (
    Dummy,
    Expr,
    HadamardProduct,
    Identity,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    S,
    Transpose,
    exp,
    floor,
    pi,
    prod,
    sin,
    sympify,
)
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.calculus.accumulated import MatrixIntegral, MatrixSum
from derivations.calculus.forms import NotReducible
from derivations.vectors import times


class Cofactors(MatrixExpr):  # type: ignore[misc]
    """The cofactors of a square matrix: det(M)·M⁻ᵀ, continued to where M is singular."""

    def __new__(cls, arg: Any) -> Cofactors:
        made: Cofactors = Expr.__new__(cls, sympify(arg))
        return made

    @property
    def arg(self) -> Any:
        return self.args[0]

    @property
    def shape(self) -> Any:
        return self.args[0].shape

    def _entry(self, i: Any, j: Any, **_: Any) -> Any:
        if all(sympify(size).is_Integer for size in (i, j, self.shape[0])):
            return self.arg.as_explicit().cofactor(int(i), int(j))
        return MatrixElement(self, i, j)


def of_determinant(node: Any, weight: Any) -> Any:
    """The adjoint that weight·d(det M) passes to M, by cofactors where M may be singular for all its factors."""
    if (weight * node).has(node) and _may_be_singular(node.arg):
        return times(weight, Cofactors(node.arg))
    return times(weight, node, Transpose(Inverse(node.arg)))


def _may_be_singular(m: Any) -> bool:
    """Whether a size inside `m` bounds its rank, and is not known to be large enough."""
    return any((m.shape[0] - bound).is_nonpositive is not True for bound in _rank_bounds(m))


def _rank_bounds(m: Any) -> set[Any]:
    """Sizes that the rank of `m` does not exceed."""
    found = set(m.shape)
    match m:
        case MatMul():
            return found.union(*(_rank_bounds(a) for a in m.as_coeff_matrices()[1]))
        case Transpose() | Inverse():
            return found | _rank_bounds(m.arg)
        case MatPow() if m.exp.is_positive:
            return found | _rank_bounds(m.base)
        case OneMatrix():
            return found | {S.One}
        case MatAdd() | HadamardProduct() | KroneckerProduct():
            together = sum if isinstance(m, MatAdd) else prod
            known = [[b for b in _rank_bounds(a) if b.is_Integer] for a in m.args]
            if all(known):
                found.add(together(min(bounds) for bounds in known))
    return found


def of_power(node: Any, adjoint: Any) -> list[tuple[Any, Any]]:
    """What a power X^p of an n×n matrix passes on: pairs of a matrix and its adjoint.

    A p that is not whole, inside a product, with −1 < p < 1, by s = exp(v) in
    dX^p = sin(pπ)/π ∫₀^∞ s^p (sI + X)⁻¹ dX (sI + X)⁻¹ ds, for X without eigenvalues in (−∞, 0].
    Raises NotReducible for an exponent of which too little is known.
    """
    base, exponent = node.base, node.exp
    if exponent.is_Integer:
        n = int(exponent)
        if n == 0:
            return []
        if n < 0:
            return [(Inverse(MatPow(base, -n)) if n < -1 else Inverse(base), adjoint)]
        return [(MatMul(*([base] * n), evaluate=False) if n > 1 else base, adjoint)]
    factor, rest = adjoint.as_coeff_matrices() if isinstance(adjoint, MatMul) else (S.One, [adjoint])
    if all(isinstance(m, Identity) for m in rest):
        # tr f(X) has the gradient f'(X)ᵀ: powers of X commute
        return [(base, times(factor, exponent, Transpose(MatPow(base, exponent - 1))))]
    turned = Transpose(base)
    sizes = {s: Dummy(s.name, integer=True, positive=True) for n in base.shape for s in n.free_symbols}
    known = exponent.xreplace(sizes)
    if known.is_integer and known.is_nonnegative:
        i = Dummy("i", integer=True, nonnegative=True)
        body = MatMul(MatPow(turned, i), adjoint, MatPow(turned, exponent - 1 - i))
        return [(base, MatrixSum(body, i, S.Zero, exponent - 1))]
    if not (exponent.is_number and exponent.is_real):
        raise NotReducible(f"no rule for the derivative of {node} inside a product: the exponent is not a number")
    whole = floor(exponent + S.Half)
    if whole != 0:
        return [(MatMul(MatPow(base, whole), MatPow(base, exponent - whole), evaluate=False), adjoint)]
    v = Dummy("v", real=True)
    resolvent = Inverse(exp(v) * Identity(base.shape[0]) + turned)
    body = MatMul(sin(pi * exponent) / pi * exp((exponent + 1) * v), resolvent, adjoint, resolvent)
    return [(base, MatrixIntegral(body, v, S.NegativeInfinity, S.Infinity))]

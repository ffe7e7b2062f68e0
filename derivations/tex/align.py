"""Where two expressions differ: sums, products, powers and arguments laid side by side, down to the smallest part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import (
    Add,
    Derivative,
    DiagMatrix,
    HadamardProduct,
    Integral,
    MatAdd,
    MatMul,
    Mul,
    Pow,
    S,
    Sum,
    Trace,
    Transpose,
)
from sympy.core.function import Function
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.inverse import Inverse

from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.vectors import Inner, is_matrix

Same = Callable[[Any, Any], bool]

_BINDERS = (Expectation, Extremum, Derivative, Integral, Sum)


@dataclass(frozen=True)
class Part:
    """The corresponding parts of the two expressions; None where one has no part."""

    given: Any
    derived: Any

    @property
    def size(self) -> int:
        return sum(_size(e) for e in (self.given, self.derived) if e is not None)


def _size(expr: Any) -> int:
    return 1 + sum(_size(a) for a in expr.args)


def differing(given: Any, derived: Any, same: Same) -> Part:
    """The smallest part of `given` that, put right, makes it `derived`; `same` says which parts agree."""
    if isinstance(given, Add | MatAdd) or isinstance(derived, Add | MatAdd):
        return _of_sum(given, derived, same)
    if isinstance(given, Mul | MatMul) or isinstance(derived, Mul | MatMul):
        return _of_product(given, derived, same)
    whole = Part(given, derived)
    if given.func is not derived.func or len(given.args) != len(derived.args) or not given.args:
        return whole
    if isinstance(given, Pow):
        return differing(given.base, derived.base, same) if same(given.exp, derived.exp) else whole
    if isinstance(given, _BINDERS):
        alike = given.args[1:] == derived.args[1:]
        return differing(given.args[0], derived.args[0], same) if alike else whole
    if isinstance(given, ElementwiseApplyFunction):
        return differing(given.expr, derived.expr, same) if given.function == derived.function else whole
    if isinstance(given, Function | Inner | HadamardProduct | DiagMatrix | Trace | Transpose | Inverse):
        wrong = [(a, b) for a, b in zip(given.args, derived.args, strict=True) if not same(a, b)]
        return differing(*wrong[0], same) if len(wrong) == 1 else whole
    return whole


def _unmatched(given: Sequence[Any], derived: Sequence[Any], same: Same) -> tuple[list[Any], list[Any]]:
    """What is left of two lists once all that agrees has been taken out of both."""
    left, right = list(given), list(derived)
    for agrees in (lambda a, b: a == b, same):
        for a in list(left):
            found = next((b for b in right if agrees(a, b)), None)
            if found is not None:
                left.remove(a)
                right.remove(found)
    return left, right


def _of_sum(given: Any, derived: Any, same: Same) -> Part:
    matrices = is_matrix(given)
    args = (lambda e: e.args if isinstance(e, MatAdd) else (e,)) if matrices else Add.make_args
    left, right = _unmatched(args(given), args(derived), same)
    total = MatAdd if matrices else Add
    if len(left) == 1 and len(right) == 1:
        return differing(left[0], right[0], same)
    if not left or not right:
        return Part(total(*left) if left else None, total(*right) if right else None)
    return Part(_total(total, left), _total(total, right))


def _total(total: Any, terms: list[Any]) -> Any:
    return terms[0] if len(terms) == 1 else total(*terms)


def _of_product(given: Any, derived: Any, same: Same) -> Part:
    whole = Part(given, derived)
    if is_matrix(given):
        return _of_matrix_product(given, derived, same)
    left, right = _unmatched(Mul.make_args(given), Mul.make_args(derived), same)
    if len(left) != 1 or len(right) != 1 or left[0].is_number or right[0].is_number:
        return whole
    return differing(left[0], right[0], same)


def _split(expr: Any) -> tuple[Any, list[Any]]:
    """The scalar factor and the matrices of a product."""
    if not isinstance(expr, MatMul):
        return S.One, [expr]
    factor, matrices = expr.as_coeff_matrices()
    return factor, list(matrices)


def _of_matrix_product(given: Any, derived: Any, same: Same) -> Part:
    whole = Part(given, derived)
    (a, left), (b, right) = _split(given), _split(derived)
    if len(left) != len(right) or [m.shape for m in left] != [m.shape for m in right]:
        return whole
    wrong = [(x, y) for x, y in zip(left, right, strict=True) if not same(x, y)]
    if same(a, b):
        return differing(*wrong[0], same) if len(wrong) == 1 else whole
    if wrong or a.is_number or b.is_number:
        return whole
    return differing(a, b, same)

"""How far rounding can take the value of an expression: a first-order running error bound.

Every operation adds one relative rounding of its result and passes on the errors of its operands
by its derivative (Higham, Accuracy and Stability of Numerical Algorithms, section 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from derivations.calculus.pullback import outermost
from derivations.vectors import Inner, MatrixNumber
from numerics.values.backends import backend_named
from numerics.values.evaluate import Evaluator, without_cancellation

UNIT_ROUNDOFF = 2.0**-53


class RunningError(Evaluator):
    """Values together with `errors`: bounds on the rounding error of each node, in units of 2⁻⁵³."""

    def __init__(self, values: Mapping[Any, Any]) -> None:
        super().__init__(backend_named("numpy"), values)
        self.errors: dict[Any, Any] = {}

    def error(self, node: Any) -> Any:
        """The bound for a node, of the shape of its value; inputs count as exact."""
        if node not in self.errors:
            self.errors[node] = self._error(node)
        return self.errors[node]

    def _error(self, node: Any) -> Any:
        value = np.abs(self.at(node))
        if not node.args or node in self.values:
            return value if node.is_number and not node.is_Integer else 0 * value
        match node:
            case sp.Add() | sp.MatAdd():
                tail = without_cancellation(node)
                if tail is not None:
                    return self.error(tail)
                parts = [np.abs(self.at(a)) for a in node.args]
                return sum(self.error(a) for a in node.args) + (len(parts) - 1) * sum(parts)
            case sp.MatMul():  # before Mul, of which it is a subclass
                factor, matrices = node.as_coeff_matrices()
                bound = self._products(matrices)
                size = np.abs(np.asarray(self.at(factor)))[..., None, None]
                return (
                    size * bound
                    + 2 * value
                    + np.asarray(self.error(factor))[..., None, None] * value / np.where(size > 0, size, 1)
                )
            case sp.Mul():
                total = len(node.args) * value
                for i, a in enumerate(node.args):
                    rest = np.prod(
                        np.broadcast_arrays(*(np.abs(self.at(b)) for j, b in enumerate(node.args) if j != i)), axis=0
                    )
                    total = total + self.error(a) * rest
                return total
            case Inner():
                return self._products([sp.Transpose(node.args[0]), node.args[1]])[..., 0, 0]
            case sp.Transpose():
                return np.swapaxes(self.error(node.arg), -1, -2)
            case sp.Trace():
                diagonals = [np.diagonal(m, 0, -2, -1) for m in (self.error(node.arg), np.abs(self.at(node.arg)))]
                return diagonals[0].sum(-1) + diagonals[1].shape[-1] * diagonals[1].sum(-1)
            case sp.Determinant():
                m = self.at(node.arg)
                off = self.error(node.arg) + 16 * m.shape[-1] * np.abs(m)
                return 4 * value + (np.abs(self.backend.matrices().cofactors(m)) * off).sum((-2, -1))
            case MatrixNumber():
                # none changes by more than √rank·‖E‖_F if the matrix changes by E, and algorithms add rounding of ‖A‖
                off, size = (np.sqrt((m**2).sum((-2, -1))) for m in (self.error(node.arg), self.at(node.arg)))
                shape = self.at(node.arg).shape[-2:]
                return np.sqrt(min(shape)) * (off + 16 * max(shape) * size)
            case MatrixElement():
                return self.error(node.parent)[..., self._index(node.i), self._index(node.j)]
            case ExprWithLimits():
                # of every term, were none to cancel another
                return 64 * np.abs(self.at(node.func(sp.Abs(node.function), *node.limits)))
            case ElementwiseApplyFunction():
                return 4 * value + self._entrywise(node)
            case sp.HadamardProduct():
                sizes = [np.abs(self.at(a)) for a in node.args]
                total = len(sizes) * value
                for i, a in enumerate(node.args):
                    total = total + self.error(a) * np.prod(np.broadcast_arrays(*(sizes[:i] + sizes[i + 1 :])), axis=0)
                return total
            case sp.DiagMatrix():
                return self.error(node.args[0]) * np.eye(value.shape[-1])
            case MatrixBase():
                return np.stack(np.broadcast_arrays(*(self.error(e) for e in node)), -1).reshape(value.shape)
            case sp.MatrixExpr():
                return value.shape[-1] * 16 * np.abs(value)
        total = 4 * value
        for a in node.args:
            if a.is_Integer:
                continue  # exact
            x = sp.Dummy("x", real=True)
            slope = node.func(*(x if b is a else b for b in node.args)).diff(x).replace(sp.DiracDelta, _no_jump)
            slope_here = np.abs(self.with_values({x: self.at(a)}).at(slope)) if not slope.has(sp.Derivative) else 1.0
            total = total + slope_here * self.error(a)
        return total

    def _entrywise(self, node: Any) -> Any:
        """What the argument's errors, and those of the numbers that the function holds, come to."""
        x = sp.Dummy("x", real=True)
        body = node.function(x)
        total: Any = 0.0
        held = {a: sp.Dummy("held", real=True) for a in outermost(body) if not a.has(x)}
        for name, error in [(x, self.error(node.expr)), *((d, self.error(a)) for a, d in held.items())]:
            slope = body.xreplace(held).diff(name).replace(sp.DiracDelta, _no_jump)
            at_entries = ElementwiseApplyFunction(
                sp.Lambda(x, slope.xreplace({d: a for a, d in held.items()})), node.expr
            )
            steep = 1.0 if slope.has(sp.Derivative) else np.abs(self.at(at_entries))
            total = total + steep * (error if name is x else np.asarray(error)[..., None, None])
        return total

    def _products(self, matrices: Any) -> Any:
        size, error = np.abs(self.at(matrices[0])), self.error(matrices[0])
        for m in matrices[1:]:
            other = np.abs(self.at(m))
            error = error @ other + size @ self.error(m) + size.shape[-1] * (size @ other)
            size = size @ other
        return error


def _no_jump(*_: Any) -> Any:
    """The slope of a step but at its kink, where a running bound says nothing."""
    return sp.S.Zero


def rounding_bound(expr: Any, values: Mapping[Any, Any]) -> Any:
    """A first-order bound on |computed − exact| for `expr` at float64 `values`, entry by entry."""
    running = RunningError(values)
    bound = np.asarray(running.error(sp.sympify(expr)), dtype=float) * UNIT_ROUNDOFF
    return bound[..., 0] if getattr(expr, "is_Matrix", False) and expr.shape[1] == 1 else bound

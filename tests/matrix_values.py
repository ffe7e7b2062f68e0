"""Matrix expressions of SymPy in torch, by an interpreter of the tests' own: what autograd differentiates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import sympy as sp
import torch
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.vectors import Inner

FUNCTIONS = {
    sp.sin: torch.sin, sp.cos: torch.cos, sp.tan: torch.tan, sp.exp: torch.exp, sp.log: torch.log, sp.tanh: torch.tanh,
    sp.Abs: torch.abs,
}  # fmt: skip


def in_torch(expr: Any, values: Mapping[Any, Any], size: int) -> Any:
    """A number as a tensor (), a matrix with two axes; every symbolic size is `size`, `values` has the symbols."""

    def at(e: Any) -> Any:
        return in_torch(e, values, size)

    if expr in values:
        return values[expr]
    dims = (
        tuple(int(n.xreplace(dict.fromkeys(n.free_symbols, sp.Integer(size)))) for n in expr.shape)
        if isinstance(expr, MatrixExpr)
        else ()
    )
    match expr:
        case sp.MatMul():
            factor, matrices = expr.as_coeff_matrices()
            return at(factor) * reduce(torch.matmul, (at(m) for m in matrices))
        case sp.Mul():
            return reduce(lambda a, b: a * b, (at(a) for a in expr.args))
        case sp.MatAdd() | sp.Add():
            return reduce(lambda a, b: a + b, (at(a) for a in expr.args))
        case sp.HadamardProduct():
            return reduce(lambda a, b: a * b, (at(a) for a in expr.args))
        case sp.HadamardPower():
            return at(expr.base) ** at(expr.exp)
        case sp.Transpose():
            return at(expr.arg).T
        case sp.Inverse():
            return torch.linalg.inv(at(expr.arg))
        case sp.MatPow():
            base = at(expr.base)
            exponent = size if expr.exp.is_Symbol else expr.exp
            return base ** at(exponent) if base.numel() == 1 else torch.linalg.matrix_power(base, int(exponent))
        case sp.Pow():
            return at(expr.base) ** at(expr.exp)
        case sp.Trace():
            return at(expr.arg).trace()
        case sp.Determinant():
            return torch.det(at(expr.arg))
        case Inner():
            return (at(expr.args[0]) * at(expr.args[1])).sum()
        case MatrixElement():
            return at(expr.parent)[int(expr.i), int(expr.j)]
        case ElementwiseApplyFunction():
            return in_torch(expr.function.expr, {**values, expr.function.variables[0]: at(expr.expr)}, size)
        case sp.DiagMatrix():
            return torch.diag(at(expr.args[0]).flatten())
        case sp.KroneckerProduct():
            return reduce(torch.kron, [at(a).contiguous() for a in expr.args])
        case sp.Sum():
            index, low, high = expr.limits[0]
            inner = sp.Sum(expr.function, *expr.limits[1:]) if len(expr.limits) > 1 else expr.function
            return sum(at(inner.xreplace({index: sp.Integer(i)})) for i in range(int(at(low)), int(at(high)) + 1))
        case sp.Identity():
            return torch.eye(dims[0], dtype=torch.float64)
        case sp.OneMatrix():
            return torch.ones(dims, dtype=torch.float64)
        case sp.ZeroMatrix():
            return torch.zeros(dims, dtype=torch.float64)
        case sp.Symbol():
            return torch.tensor(float(size), dtype=torch.float64)
    if expr.is_number:
        return torch.tensor(float(expr), dtype=torch.float64)
    return FUNCTIONS[expr.func](*(at(a) for a in expr.args))

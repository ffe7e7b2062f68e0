"""The expressions of SymPy's own matrix derivative tests (and bug reports), each against torch's autograd.

From `sympy/matrices/expressions/tests/test_derivatives.py`, the Matrix Cookbook's numbers beside them.
Derivatives by a matrix are compared along random directions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from matrix_values import in_torch
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    OneMatrix,
    Rational,
    S,
    Sum,
    Trace,
    cos,
    exp,
    log,
    sin,
    tan,
)
from sympy.matrices.expressions import hadamard_power, hadamard_product
from sympy.matrices.expressions.matexpr import MatrixElement

from derivations import gradient, jacobian, jvp
from derivations.calculus.forms import NotReducible
from derivations.vectors import ShapeError, is_matrix
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate

i, j, k = sp.symbols("i j k")
m, n, mu = sp.symbols("m n mu")
X, A, B, C, D = (sp.MatrixSymbol(name, k, k) for name in "XABCD")
x, y, a, b, c, d = (sp.MatrixSymbol(name, k, 1) for name in "xyabcd")
half = S.Half
complicated = (
    a.T
    * (
        A * X * (X.T * B + X * A)
        + B.T * X.T * (a * b.T * (X * D * X.T + X * (X.T * B + A * X) * D * B - X.T * C.T * A) * B
                       + B * (X * D.T + B * A * X * A.T - 3 * X * D)) * B
        + 42 * X * B * X.T * A.T * (X + X.T)
    )
    * b
)  # fmt: skip

BY_SCALAR = [
    A, A * (X + B) * c, x, x.T * y, x * x.T, x + y, hadamard_power(x, 2), hadamard_power(x, i), hadamard_product(x, y),
    hadamard_product(i * OneMatrix(k, 1), x, y), i * x, sin(i) * A * B * x, x.applyfunc(sin), Trace(i**2 * X),
    (i**2 * x).applyfunc(sin), (log(i) * A * B).applyfunc(sin), (i**2 * x).applyfunc(sin)[1, 0],
]  # fmt: skip
BY_COLUMN = [
    2 * mu * x, MatMul(x.T, OneMatrix(k, 1)), x, x.T, x[1, 0], x.T * a, (x.T * a)[0, 0], a.T * x,
    (B * x + b).T * C * (D * x + d), x.T * B * x, x * x.T * x, x.T * y, (x.T * y)[0, 0], (x.T * y) ** half,
    (x.T * x) ** half, (c.T * a * x.T * b) ** half, (c.T * a * x.T * b) ** Rational(1, 3), x.applyfunc(tan),
    x.applyfunc(tan)[1, 0], A * x.applyfunc(exp), x.T * A * x + k * y.applyfunc(sin).T * x, x.applyfunc(sin).T * y,
    hadamard_product(a, x, b), hadamard_power(x, 2), hadamard_power(x.T, 2), hadamard_power(x, half),
    DiagMatrix(x) * a,
]  # fmt: skip
BY_X = [
    a.T * Inverse(X) * b, Determinant(Inverse(X)), Trace(A * Inverse(X) * B), Trace(Inverse(X + A)), a.T * X * b,
    a.T * X.T * b, a.T * X * a, a.T * X.T * a, b.T * X.T * X * c, b.T * X.T * D * X * c,
    (X * b + c).T * D * (X * b + c), ((X * b + c).T * D * (X * b + c))[0, 0], Trace(X), Trace(X).rewrite(Sum),
    Trace(X * A), Trace(X * A).rewrite(Sum), Trace(A * X * B), Trace(A * X * B).rewrite(Sum), Trace(A * X.T * B),
    Trace(X.T * A), Trace(A * X.T), Trace(KroneckerProduct(A, X)), Trace(X**2), Trace(X**2 * B),
    Trace(MatMul(X, X, B)), Trace(X.T * B * X), Trace(B * X * X.T), Trace(X * X.T * B), Trace(X * B * X.T),
    Trace(B * X.T * X), Trace(X.T * X * B), Trace(A * X * B * X), Trace(X.T * X), Trace(X * X.T),
    Trace(B.T * X.T * C * X * B), Trace(X.T * B * X * C), Trace(A * X * B * X.T * C),
    Trace((A * X * B + C) * (A * X * B + C).T), Trace(KroneckerProduct(X, X)), Trace(X) * Trace(X), Trace(X**k),
    Trace(A * X**k), Trace(B.T * X.T * C * X * X.T * C * X * B), Trace(A * X ** (-1) * B),
    Trace(Inverse(X.T * C * X) * A), Trace((X.T * C * X).inv() * (X.T * B * X)),
    Trace((A + X.T * C * X).inv() * (X.T * B * X)), complicated, (a.T * X * b) ** half,
    d.T * x * (a.T * X * b) ** half * y.T * c, (a.T * X * b).applyfunc(sin), a.T * X.applyfunc(sin) * b,
    a.T * (A * X * B).applyfunc(sin) * b, a.T * (A * X * b).applyfunc(sin) * b.T, a.T * A * X.applyfunc(sin) * B * b,
    a.T * (A * X.applyfunc(sin) * B).applyfunc(log) * b, a.T * X.applyfunc(sin).applyfunc(log) * b,
    a.T * hadamard_product(A, X, B) * b, hadamard_power(a.T * X * b, 2), hadamard_power(a.T * X * b, half),
]  # fmt: skip
BY_A = [
    A, A.T, 2 * A, MatAdd(A, A), A + B, X, Trace(A) * A, (Trace(A) * A)[0, 1], 3 * Trace(A), k, Trace(A) ** 2,
    Trace(Trace(A) * A), Trace(Trace(Trace(A) * A) * A),
    # sympy#26585, #27406, #30527, #15667, #17229: zero there, or wrong
    Trace(A.T * A) - 3, Trace(A) + Trace(A**2), ((A * x).T * (A * x))[0, 0], A[1, 1], Determinant(A), Trace(A.T) ** 2,
    exp(Trace(A * A.T)), HadamardPower(A, 3), HadamardProduct(A, A.T), Trace(A * B) * Trace(A.T * A),
    cos(Trace(A)) * Determinant(A + B) ** 2, Trace(DiagMatrix(A * x) * A),
]  # fmt: skip
ENTRIES = [  # what SymPy's tests differentiate by one entry
    (x[1, 0], x[1, 0]), (x[1, 0], x[0, 0]), ((x.T * a)[0, 0], x[2, 0]),
    (((X * b + c).T * D * (X * b + c))[0, 0], X[0, 2]),
    ((Trace(A) * A)[0, 1], A[2, 1]), ((Trace(A) * A)[1, 1], A[1, 1]), (A[1, 1], A[1, 1]), ((x.T * y)[0, 0], x[0, 0]),
]  # fmt: skip
CASES = [
    *((e, i) for e in BY_SCALAR),
    *((e, x) for e in BY_COLUMN), *((e, X) for e in BY_X), *((e, A) for e in BY_A), *ENTRIES,
]  # fmt: skip
SIZES = (3, 2, 4)


def _values(seed: int, size: int) -> dict[Any, Any]:
    """Random positive entries: every root, logarithm and inverse of the expressions has a value there."""
    rng = np.random.default_rng(seed)
    made = {s: rng.uniform(0.1, 0.9, (size, size)) + 2 * np.eye(size) for s in (X, B, C, D, A)}
    return {**made, **{s: rng.uniform(0.2, 1.2, (size, 1)) for s in (x, y, a, b, c, d)}, i: 1.3, mu: 0.7, k: size}


def _right(expr: Any, wrt: Any, values: dict[Any, Any], along: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The derivative along a direction, by autograd's forward mode."""
    fixed = {s: torch.tensor(v, dtype=torch.float64) for s, v in values.items()}
    base = wrt.parent if not (wrt.is_Symbol or wrt in values) else wrt

    def value(v: torch.Tensor) -> torch.Tensor:
        return in_torch(expr, {**fixed, base: v}, size) + 0.0 * v.sum()

    _, slope = torch.func.jvp(value, (fixed[base],), (torch.tensor(along, dtype=torch.float64),))
    return slope.numpy()


def _ours(expr: Any, wrt: Any, values: dict[Any, Any], along: np.ndarray[Any, Any]) -> list[Any]:
    """The same by each of our functions that knows the case."""
    given = {s: (v[:, 0] if getattr(v, "ndim", 0) and v.shape[1] == 1 else v) for s, v in values.items()}
    number = not is_matrix(expr) or expr.shape == (1, 1)
    if not is_matrix(wrt):
        if isinstance(wrt, sp.Symbol):
            return [evaluate(jacobian(expr, wrt), given)]
        return [evaluate(gradient(expr, wrt), given)]
    direction = sp.MatrixSymbol("V", *wrt.shape)
    flat = along[:, 0] if along.shape[1] == 1 else along
    found = [evaluate(jvp(expr, wrt, direction), {**given, direction: flat})]
    if number:
        found.append(np.sum(np.reshape(evaluate(gradient(expr, wrt), given), along.shape) * along))
    elif wrt.shape[1] == 1 and 1 in expr.shape:
        found.append(evaluate(jacobian(expr, wrt), given) @ along)
    return found


def _told(expr: Any, wrt: Any, size: int) -> str:
    """`right`, or why it was refused or is wrong."""
    values = _values(size, size)
    base = wrt if wrt in values else wrt.parent
    along = (
        np.random.default_rng(7).normal(size=np.shape(values[base])) if wrt in values else np.zeros_like(values[base])
    )
    if wrt not in values:
        along[int(wrt.i), int(wrt.j)] = 1.0
    along = np.array(1.0) if wrt == i else along
    right = _right(expr, wrt, values, along, size)
    try:
        found = _ours(expr, wrt, values, along)
    except (NotReducible, ShapeError, EvaluationError) as error:
        return f"refused: {error}"
    for mine in found:
        close = np.allclose(np.reshape(mine, right.shape), right, rtol=1e-9, atol=1e-9 * (1 + np.abs(right).max()))
        if not close:
            return f"wrong: {mine} instead of {right}"
    return "right"


REFUSED: dict[int, str] = {}
"""By place in CASES: why."""


@pytest.mark.parametrize("at", range(len(CASES)))
def test_what_sympys_tests_differentiate(at: int) -> None:
    expr, wrt = CASES[at]
    for size in SIZES if wrt in (i, x, X, A) and not sp.sympify(expr).atoms(MatrixElement) else (3,):
        told = _told(sp.sympify(expr), wrt, size)
        expected = told == "right" or (told.startswith("refused") and REFUSED.get(at, "?") in told)
        assert expected, f"{expr} by {wrt}: {told}"


def test_refusals_are_few() -> None:
    assert len(REFUSED) < 0.05 * len(CASES)
    assert len(CASES) > 120

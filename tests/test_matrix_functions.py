"""Powers inside products, determinants of singular matrices, and integrals of matrices: right, or refused in words."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.linalg import fractional_matrix_power

from derivations import elementwise, gradient, inner, norm_squared, vector
from derivations.calculus.accumulated import MatrixIntegral
from derivations.calculus.forms import NotReducible
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate
from numerics.values.quadrature import UnreliableQuadrature
from numerics.values.rounding import rounding_bound

m, n = sp.symbols("m n", integer=True, positive=True)
x, a = vector("x", n), vector("a", n)
X, R = sp.MatrixSymbol("X", n, n), sp.MatrixSymbol("R", m, n)
t, u = sp.symbols("t u", real=True)
RNG = np.random.default_rng(11)
BACKENDS = ("numpy", "torch", "mpmath")


def plain(found: object) -> np.ndarray:
    return np.array(found.tolist() if hasattr(found, "tolist") else found, dtype=float).squeeze()


@pytest.mark.parametrize("exponent", [sp.Rational(1, 2), sp.Rational(-1, 3), sp.Rational(5, 2), sp.Rational(-7, 3)])
@pytest.mark.parametrize("symmetric", [True, False])
def test_real_powers_inside_products(exponent: sp.Expr, symmetric: bool) -> None:
    size = 2
    noise = RNG.normal(size=(size, size)) / 4
    base = 2 * np.eye(size) + (noise + noise.T if symmetric else noise)
    v, w = RNG.normal(size=(2, size))
    found = plain(evaluate(gradient(inner(a, X**exponent * x), X), {X: base, a: v, x: w}, "mpmath"))
    along = RNG.normal(size=(size, size))
    # f(I + εV) is upper right in f of the block matrix [[X, V], [0, X]]: Mathias, 1996
    block = np.block([[base, along], [np.zeros((size, size)), base]])
    right = v @ fractional_matrix_power(block, float(exponent))[:size, size:] @ w
    assert np.sum(found * along) == pytest.approx(float(np.real(right)), rel=1e-9)


def test_a_power_of_unknown_exponent_is_refused_inside_a_product_only() -> None:
    p = sp.Symbol("p", real=True)
    assert gradient(sp.Trace(X**p), X).doit() == p * sp.Transpose(X ** (p - 1)).doit()
    with pytest.raises(NotReducible, match="the exponent is not a number"):
        gradient(inner(a, X**p * x), X)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_determinants_of_what_is_always_singular(backend: str, size: int) -> None:
    values = {s: RNG.normal(size=size) for s in (x, a)}
    given = {s: torch.tensor(v) if backend == "torch" else v for s, v in values.items()}
    found = plain(evaluate(gradient(sp.Determinant(a * x.T), x), given, backend))
    assert np.allclose(found, values[a] if size == 1 else 0, atol=1e-14)  # det(a·xᵀ) is a·x or 0
    # rank two at most: det = (aᵀa)(xᵀx) − (aᵀx)² for two rows
    found = plain(evaluate(gradient(sp.Determinant(a * a.T + x * x.T), x), given, backend))
    v, w = values[a], values[x]
    right = 2 * w if size == 1 else 2 * ((v @ v) * w - (v @ w) * v) if size == 2 else 0 * w
    assert np.allclose(found, right, atol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (3, 3), (1, 3)])
@pytest.mark.parametrize("backend", BACKENDS)
def test_gram_determinants_at_all_sizes(shape: tuple[int, int], backend: str) -> None:
    rows = torch.tensor(RNG.normal(size=shape), requires_grad=True)
    expr = sp.log(1 + sp.Determinant(R.T * R))
    torch.log(1 + torch.det(rows.T @ rows)).backward()
    given = rows.detach() if backend == "torch" else rows.detach().numpy()
    found = plain(evaluate(gradient(expr, R), {R: given}, backend))
    assert np.allclose(found, rows.grad.squeeze(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_inverse_of_rounding_alone_is_refused(backend: str) -> None:
    singular = np.arange(1.0, 10.0).reshape(3, 3) / 7  # LU of it leaves a pivot of 1e-17
    given = torch.tensor(singular) if backend == "torch" else singular
    for expr in (sp.Inverse(X), X**-2, gradient(sp.Determinant(X), X), gradient(sp.log(sp.Abs(sp.Determinant(X))), X)):
        with pytest.raises(EvaluationError, match="singular"):
            evaluate(expr, {X: given}, backend)
    near = np.diag([1.0, 1e-6, 1.0])
    found = plain(evaluate(sp.Inverse(X), {X: torch.tensor(near) if backend == "torch" else near}, backend))
    assert np.allclose(found, np.diag([1.0, 1e6, 1.0]))


def test_integrals_of_matrices_look_at_their_error() -> None:
    values = {x: RNG.normal(size=2), X: np.diag([1.0, 2.0])}
    expr = sp.Integral(sp.exp(norm_squared(u * x)), (u, 0, 1))
    found = plain(evaluate(gradient(expr, x), values, "mpmath"))
    grid = (np.arange(20000) + 0.5) / 20000
    w = values[x]
    right = 2 * w * np.mean(grid**2 * np.exp(grid**2 * (w @ w)))
    assert np.allclose(found, right, rtol=1e-8)
    resolvent = MatrixIntegral(sp.Inverse(X + u * sp.Identity(n)) ** 2, u, 0, sp.oo)
    assert np.allclose(plain(evaluate(resolvent, values, "mpmath")), np.diag([1.0, 0.5]))
    backwards = MatrixIntegral(u * X, u, 2, 1)
    assert np.allclose(plain(evaluate(backwards, values, "mpmath")), -1.5 * values[X])
    pole = MatrixIntegral(sp.Inverse(X - u * sp.Identity(n)) ** 2, u, 0, 3)
    waves = MatrixIntegral(sp.sin(10**6 * u**2) * X, u, 0, 3)
    for bad in (pole, waves):
        with pytest.raises((UnreliableQuadrature, EvaluationError)):
            evaluate(bad, values, "mpmath")


def test_no_integral_is_evaluated_by_the_products_of_sympy() -> None:
    one = sp.Integral(sp.sqrt(2 - u) * sp.sqrt(1 / (2 - u)), (u, 0, 1))  # 1; SymPy's value is -1
    values = {x: RNG.normal(size=2), a: RNG.normal(size=2), X: RNG.normal(size=(2, 2))}
    for expr, wrt in (
        (inner(a, x), x),
        (sp.Trace(X * X.T) + inner(a, X * x) ** 2, X),
        (inner(a, sp.HadamardPower(x, 3)) * inner(a, x), x),
        (sp.Determinant(X) * inner(a, sp.Inverse(X) * x), X),
        (sp.Trace(sp.DiagMatrix(x) * X), x),
    ):
        right = plain(evaluate(gradient(expr, wrt), values, "mpmath"))
        found = gradient(one * expr + 2 * expr * one**2, wrt)
        assert found.has(sp.Integral)
        assert np.allclose(plain(evaluate(found, values, "mpmath")), 3 * right)


def test_rounding_is_bounded_through_traces_determinants_and_captures() -> None:
    M = RNG.normal(size=(3, 3))
    values = {x: RNG.normal(size=3), a: RNG.normal(size=3), X: M, n: 3}
    i = sp.Symbol("i", integer=True)
    for expr in (
        sp.Trace(X * X.T) * X[0, 1],
        sp.Determinant(X + X.T) + sp.Determinant(X),
        inner(a, elementwise(lambda s: sp.exp(s) / inner(x, a) - inner(a, a) * s, x)),
        sp.Sum(sp.sin(x[i, 0]) * X[i, 0], (i, 0, 2)),
        sp.Trace(x.T * X * x),
    ):
        exact = evaluate(expr, values, "mpmath")
        off = abs(float(evaluate(expr, values) - exact))
        bound = float(rounding_bound(expr, values))
        assert off <= bound <= 1e-11 * (1 + abs(float(exact)))

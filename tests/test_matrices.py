"""Matrix calculus with shapes, and the Gaussian calculus for smooth and unspecified activations."""

import random

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Determinant, DiagMatrix, HadamardProduct, Inverse, MatMul, MatrixSymbol, Mul, Symbol, Trace, Transpose

from checks.running.runner import check
from checks.verdicts import Verdict
from derivations.activations import bump, dsigma, gelu, sigma, sigmoid, softplus
from derivations.calculus.differentials import gradient
from derivations.calculus.forms import NotReducible, coefficients
from derivations.calculus.shapes import check_shapes
from derivations.gaussian import Expectation
from derivations.gaussians.expectations import expected
from derivations.integrals.polar import NoClosedForm
from derivations.integrals.smooth import hermite_coefficient, wick_moment
from derivations.papers.du2018.notation import a, gradient_fc, gradient_res, layers_fc, layers_res, output, weights, x
from derivations.proofs.explicit import explicit
from derivations.statements import Gradient, Identity, StatementError
from derivations.vectors import ShapeError, elementwise, inner, vector
from numerics.values.evaluate import evaluate

m, d, k = (Symbol(s, integer=True, positive=True) for s in "mdk")
W, F = MatrixSymbol("W", m, d), MatrixSymbol("F", m, m)
v, b = vector("v", d), vector("b", m)

EXPRESSIONS = {
    "product": (inner(b, F * F * b), F),
    "frobenius": ((Trace(Transpose(F) * F) - 3) ** 2, F),
    "trace": (Trace(F) + Trace(F**2), F),
    "one by one": (Transpose(W * v) * (W * v), W),
    "determinant": (sp.log(Determinant(F)), F),
    "inverse": (inner(b, Inverse(F) * b), F),
    "diagonal": (inner(b, DiagMatrix(F * b) * F * b), F),
    "hadamard": (inner(b, HadamardProduct(F * b, elementwise(sp.sin, Transpose(F) * b))), F),
    "network": (inner(b, elementwise(sp.tanh, F * elementwise(sp.sin, W * v))), W),
    "scalar factor": (inner(b, inner(b, F * b) * F * b), F),
    "in a vector": (inner(b, elementwise(sp.exp, W * v)), v),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_gradients_against_entries(name: str) -> None:
    expr, wrt = EXPRESSIONS[name]
    derived = gradient(expr, wrt)
    for sizes in ({m: 2, d: 3}, {m: 3, d: 1}):
        whole = explicit(expr, sizes)
        whole = whole[0, 0] if hasattr(whole, "shape") else whole
        entries, formula = explicit(wrt, sizes), explicit(derived, sizes)
        point = {s: sp.Rational(i + 1, 7 + 2 * i) for i, s in enumerate(sorted(whole.free_symbols, key=str))}
        gap = (entries.applyfunc(lambda e: whole.diff(e)) - formula).xreplace(point).evalf(30)  # noqa: B023
        assert max(abs(g) for g in gap) < 1e-20


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (lambda: inner(b, W * b), r"W \(m×d\) cannot be multiplied by b \(m×1\)"),
        (lambda: inner(b, b + v), r"b \(m×1\) cannot be added to v \(d×1\)"),
        (lambda: inner(b, HadamardProduct(b, v)), "entry by entry"),
        (lambda: Trace(W), "not square"),
        (lambda: W * v, "only a number has a gradient"),
    ],
)
def test_wrong_shapes_name_both(expr, message) -> None:
    with pytest.raises((ShapeError, sp.ShapeError), match=f"{message}|square"):
        gradient(expr(), W)


def test_what_has_no_rule_is_said() -> None:
    with pytest.raises(NotReducible, match="no rule"):
        gradient(Trace(b * b.T * sp.MatPow(F, sp.Symbol("p"))), F)
    with pytest.raises(ShapeError):
        check_shapes(inner(b, W * b))
    assert gradient(inner(b, b), F) == sp.ZeroMatrix(m, m)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_the_formula_for_layer_h_of_any_depth(depth: int) -> None:
    for h in range(1, depth + 1):
        for layers, formula in ((layers_fc, gradient_fc), (layers_res, gradient_res)):
            gap = gradient(output(layers(depth)), weights(h)) - formula(depth, h)
            assert all(c.expand() == 0 for c in coefficients(gap))


def test_a_statement_with_a_swapped_layer_is_refuted() -> None:
    right = gradient_res(2, 2)
    assert check(Gradient("ok", weights(2), right, of=output(layers_res(2)))).verdict is Verdict.VERIFIED
    wrong = Gradient("wrong", weights(2), 2 * right, of=output(layers_res(2)))
    assert check(wrong).verdict is Verdict.REFUTED
    misplaced = Gradient("misplaced", weights(2), right.xreplace({a: -a}), of=output(layers_res(2)))
    assert check(misplaced).verdict is Verdict.REFUTED


def test_a_statement_with_wrong_shapes_is_no_statement() -> None:
    with pytest.raises(StatementError, match=r"m×d"):
        Identity("bad", inner(b, W * b), 0)
    assert x.shape[0] == Symbol("d", integer=True, positive=True)


u, w = sp.symbols("u w", real=True)
q1, q2 = sp.symbols("q1 q2", positive=True)
c = sp.Symbol("c", real=True)
SMOOTH = {
    "erf": sp.erf, "exp": sp.exp, "sin": sp.sin, "cos": sp.cos, "gaussian": bump, "gelu": gelu,
    "powers": lambda t: t**3 + 2 * t**2 - 1, "wave": lambda t: t * sp.sin(2 * t + 1), "sinh": sp.sinh,
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_expectations_against_quadrature(name: str) -> None:
    f = SMOOTH[name]
    values = {q1: sp.Rational(3, 5), q2: sp.Rational(7, 4), c: sp.Rational(-2, 5)}
    pair = Expectation(f(u) * f(w), (u, w), [[q1, c], [c, q2]])
    assert abs(evaluate(expected(pair), values, "mpmath") - evaluate(pair.xreplace(values), {}, "mpmath")) < 1e-11
    one = Expectation(f(u) ** 2, u, [[q1]])
    assert abs(evaluate(expected(one), values, "mpmath") - evaluate(one.xreplace(values), {}, "mpmath")) < 1e-11


@given(st.integers(0, 3), st.integers(0, 3), st.floats(-0.9, 0.9))
@settings(max_examples=12, deadline=None)
def test_moments_are_those_of_isserlis(i: int, j: int, rho: float) -> None:
    moment = float(expected(Expectation(u**i * w**j, (u, w), [[1, c], [c, 1]])).subs(c, rho))
    t, weight = np.polynomial.hermite_e.hermegauss(12)
    A, B = np.meshgrid(t, t)
    exact = np.sum(np.outer(weight, weight) * A**i * (rho * A + np.sqrt(1 - rho**2) * B) ** j) / (2 * np.pi)
    assert moment == pytest.approx(float(exact), abs=1e-10)
    assert wick_moment((u, u, w, w), [[q1, c], [c, q2]]).expand() == q1 * q2 + 2 * c**2


def test_hermite_coefficients() -> None:
    assert hermite_coefficient(sp.exp(u), u, 4) == sp.sqrt(6) * sp.exp(sp.S.Half) / 12
    assert hermite_coefficient(sp.sin(u), u, 2) == 0


def test_an_unspecified_activation_stays_in_its_expectation() -> None:
    left = expected(Expectation(2 * sigma(u) * w**2, (u, w)))
    assert left.has(Expectation)
    assert left == 2 * expected(Expectation(sigma(w), (w,)))  # named in one way
    for wrong in (sp.exp(u**2), sp.gamma(u)):
        with pytest.raises(NoClosedForm):
            expected(Expectation(wrong, u))
    assert sigma(u).diff(u) == dsigma(u)
    assert softplus(u).diff(u) == sigmoid(u)


def test_the_sign_in_front_of_a_product_is_what_sympy_says() -> None:
    """Ours looks at the first factor alone; SymPy compares the product with its negative besides."""
    rng = random.Random(0)
    numbers = [-1, 2, -2, sp.Rational(-1, 3), 0, d, -d, Symbol("c", negative=True), sp.sqrt(2), -sp.sqrt(2), sp.pi]
    numbers += [sp.oo, -sp.oo, sp.zoo, sp.nan, sp.Float(-1.5), sp.Float(2.5), sp.I, -sp.I]
    square = MatrixSymbol("G", m, m)
    matrices = [F, square, sp.ZeroMatrix(m, m), sp.Identity(m), Transpose(F), Inverse(F), DiagMatrix(b), -F, F + square]
    matrices += [2 * F * square, HadamardProduct(F, square), -F - square]
    said = []
    for _ in range(400):
        factors = rng.choices(numbers, k=rng.randint(0, 2)) + rng.choices(matrices, k=rng.randint(1, 3))
        product = MatMul(*factors)
        for form in (product, product.doit()):
            if isinstance(form, MatMul):
                said.append(form.could_extract_minus_sign())
                assert said[-1] == bool(Mul.could_extract_minus_sign(form)), form
    assert 50 < sum(said) < len(said) - 50

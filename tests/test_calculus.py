"""The symbolic floor: inner products, normal forms, Gaussian expectations, proofs of zero and of sign."""

import math
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from sympy import Identity as Eye

from derivations import (
    Domain,
    Expectation,
    all_ones,
    correlated,
    elementwise,
    gradient,
    inner,
    norm_squared,
    ones,
    relu,
    step,
    vector,
)
from derivations.calculus.forms import NotReducible, coefficients, expand_inner
from derivations.gaussians.expectations import expected
from derivations.integrals.polar import NoClosedForm, radial_moment
from derivations.proofs.equality import scalar_vanishes, vanishes
from derivations.proofs.explicit import coordinates, explicit
from derivations.proofs.signs import Prover
from derivations.vectors import ShapeError
from numerics.balls.enclosure import Subdivision, Unbounded
from numerics.values.evaluate import evaluate

QUICK = settings(deadline=None, max_examples=30, derandomize=True)

k, n, d = sp.symbols("k n d", integer=True, positive=True)
a, b, c = vector("a", k), vector("b", k), vector("c", k)
X, w, y = sp.MatrixSymbol("X", n, d), vector("w", d), vector("y", n)
x, t, u, v = sp.symbols("x t u v", real=True)
phi = sp.Symbol("phi", real=True)
g = (sp.pi - phi) * sp.cos(phi) + sp.sin(phi)
HALF_TURN = Domain({phi: sp.Interval(0, sp.pi)})


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ShapeError, match=r"\(3, 1\) and \(4, 1\)"):
        inner(vector("p", 3), vector("q", 4))
    with pytest.raises(ShapeError, match="not a column"):
        inner(a.T, a)


numbers = st.integers(-3, 3)


@QUICK
@given(st.lists(numbers, min_size=6, max_size=6), st.integers(1, 4))
def test_normal_form_agrees_with_numpy(coefficient: list[int], size: int) -> None:
    p, q, r, m, i, o = coefficient
    matrix = m * all_ones(k) + i * Eye(k) + o * a * b.T
    expr = inner(p * a + q * b + r * ones(k), matrix * (a - 2 * c))
    rng = np.random.default_rng(size)
    values = {s: rng.normal(size=size) for s in (a, b, c)}
    A, B, C = values.values()
    left = p * A + q * B + r
    right = (m * np.ones((size, size)) + i * np.eye(size) + o * np.outer(A, B)) @ (A - 2 * C)
    known = {**values, k: size}
    assert float(evaluate(expand_inner(expr), known)) == pytest.approx(left @ right, abs=1e-9)
    assert float(evaluate(expr, known)) == pytest.approx(left @ right, abs=1e-9)


@pytest.mark.parametrize(
    ("of", "wrt"),
    [
        (norm_squared(X * w - y) / 2, w),
        (inner(a, b) ** 2 / norm_squared(a), a),
        (sp.exp(inner(a, b)) + norm_squared(a - 3 * b), a),
        (inner(y, X * w), X),
    ],
)
@pytest.mark.parametrize("sizes", [{k: 2, n: 3, d: 2}, {k: 3, n: 1, d: 4}])
def test_gradient_agrees_with_derivatives_by_each_entry(of: sp.Expr, wrt: sp.MatrixSymbol, sizes: dict) -> None:
    derived = explicit(gradient(of, wrt), sizes)
    written, entries = explicit(of, sizes), explicit(wrt, sizes)
    for formula, entry in zip(derived, entries, strict=True):
        assert sp.simplify(formula - written.diff(entry)) == 0


def test_sherman_morrison_is_right_for_every_size_and_wrong_forms_are_not() -> None:
    M, s = all_ones(k) + (sp.pi - 1) * Eye(k), 1 / (sp.pi - 1)
    right = M * (s * (Eye(k) - all_ones(k) / (k + sp.pi - 1))) - Eye(k)
    only_one = M * (s * (Eye(k) - all_ones(k) / sp.pi)) - Eye(k)
    assert all(sp.simplify(e) == 0 for e in coefficients(right))
    assert not all(sp.simplify(e) == 0 for e in coefficients(only_one))
    assert explicit(only_one, {k: 1}).applyfunc(sp.simplify) == sp.zeros(1)


def test_matrices_without_a_normal_form_say_so() -> None:
    with pytest.raises(NotReducible):
        coefficients(sp.Inverse(sp.MatrixSymbol("A", k, k)) * a)


def test_coordinates_turn_cauchy_schwarz_into_a_square() -> None:
    expr, new = coordinates(norm_squared(a) * norm_squared(b) - inner(a, b) ** 2, {})
    assert len(new) == 3
    assert expr.expand() == (new[0] * new[2]) ** 2


def _quadrature(f: object, angle: float) -> float:
    """E f(u, v) at an angle by SciPy in polar coordinates of the independent pair, split at every kink."""
    cos, sin = math.cos(angle), math.sin(angle)
    numeric = sp.lambdify((u, v), f, [{"relu": lambda z: max(z, 0.0), "step": lambda z: float(z > 0)}, "math"])
    kinks = sorted({-math.pi / 2, math.pi / 2, angle - math.pi / 2, angle + math.pi / 2, math.pi, -math.pi})

    def along(theta: float) -> float:
        p, q = math.cos(theta), cos * math.cos(theta) + sin * math.sin(theta)
        return integrate.quad(lambda r: numeric(r * p, r * q) * r * math.exp(-r * r / 2), 0, 12)[0]

    edges = sorted({((e + math.pi) % (2 * math.pi)) - math.pi for e in kinks} | {-math.pi, math.pi})
    return sum(integrate.quad(along, p, q)[0] for p, q in pairwise(edges)) / (2 * math.pi)


@pytest.mark.parametrize(
    "f",
    [relu(u) * relu(v), step(u) * step(v), relu(u) ** 2 * relu(v), sp.Abs(u) * sp.Abs(v), step(u) * v, u**2 * v**2,
     (relu(u) - relu(-u) / 10) * (relu(v) - relu(-v) / 10)],
)  # fmt: skip
@pytest.mark.parametrize("angle", [0.4, 2.3])
def test_closed_forms_of_pairs_agree_with_quadrature(f: sp.Expr, angle: float) -> None:
    closed = float(expected(Expectation(f, (u, v), correlated(phi))).subs(phi, angle))
    assert closed == pytest.approx(_quadrature(f, angle), abs=1e-8)


@pytest.mark.parametrize("power", [0, 1, 2, 3, 5])
def test_radial_moments_are_sympys_integrals(power: int) -> None:
    r = sp.Symbol("r", positive=True)
    integral = sp.integrate(r**power * sp.exp(-(r**2) / 2), (r, 0, sp.oo))
    assert sp.simplify(radial_moment(sp.Integer(power)) - integral) == 0


def test_expectation_over_rows_agrees_with_samples() -> None:
    p = sp.Symbol("p", integer=True, positive=True)
    Z, v1, v2 = sp.MatrixSymbol("Z", k, p), vector("v", p), vector("q", p)
    loss = Expectation((inner(a, elementwise(relu, Z * v1)) - inner(b, elementwise(relu, Z * v2))) ** 2, Z)
    table = {norm_squared(v1): sp.S.One, norm_squared(v2): sp.S.One, inner(v1, v2): sp.cos(phi)}
    closed = expected(loss, table)
    rng = np.random.default_rng(3)
    A, B = rng.normal(size=3), rng.normal(size=3)
    V1, V2 = np.array([1.0, 0.0]), np.array([math.cos(2.0), math.sin(2.0)])
    sample = rng.normal(size=(400_000, 3, 2))
    values = ((np.maximum(sample @ V1, 0) @ A) - (np.maximum(sample @ V2, 0) @ B)) ** 2
    claimed = float(evaluate(closed, {a: A, b: B, phi: 2.0}))
    assert abs(values.mean() - claimed) < 6 * values.std() / math.sqrt(len(values))
    assert abs(values.mean() - 1.05 * claimed) > 6 * values.std() / math.sqrt(len(values))


def test_expectations_without_closed_form_and_bad_laws_say_so() -> None:
    with pytest.raises(NoClosedForm):
        expected(Expectation(relu(u) * sp.gamma(u), u))
    with pytest.raises(ShapeError, match="covariance has shape"):
        Expectation(u * v, (u, v), [[1]])
    with pytest.raises(ShapeError, match="symmetric"):
        Expectation(u * v, (u, v), [[1, 0], [1, 1]])


TRUE_ZEROS = [
    sp.sin(2 * x) - 2 * sp.sin(x) * sp.cos(x),
    sp.tanh(x) - (sp.exp(2 * x) - 1) / (sp.exp(2 * x) + 1),
    relu(x) - relu(-x) - x,
    sp.log(sp.exp(x) + 1) - x - sp.log(1 + sp.exp(-x)),
    sp.Derivative(g, phi) + (sp.pi - phi) * sp.sin(phi),
    sp.sqrt(1 - sp.cos(phi) ** 2) - sp.sin(phi),
]


@pytest.mark.parametrize("zero", TRUE_ZEROS)
def test_true_zeros_are_proved(zero: sp.Expr) -> None:
    assert vanishes(zero, Domain({phi: sp.Interval(0, sp.pi), x: sp.S.Reals})).vanishes is True


@pytest.mark.parametrize("zero", TRUE_ZEROS)
@QUICK
@given(st.sampled_from([sp.Rational(1, 1000), sp.sin(x) / 100, phi / 100, relu(x) / 100, sp.exp(-x) / 1000]))
def test_a_small_addition_is_never_called_zero(zero: sp.Expr, small: sp.Expr) -> None:
    domain = Domain({phi: sp.Interval(0, sp.pi), x: sp.S.Reals})
    assert vanishes(zero + small, domain).vanishes is not True


def test_an_answer_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(scalar_vanishes(sp.S.Zero))


TRUE_SIGNS = [
    (sp.exp(x) - 1 - x, sp.S.Reals),
    (x - sp.sin(x), sp.Interval(0, sp.oo)),
    (x - sp.log(1 + x), sp.Interval(0, sp.oo)),
    (sp.Rational(1, 4) - sp.exp(-x) / (1 + sp.exp(-x)) ** 2, sp.S.Reals),
    (sp.Abs(x) - relu(x), sp.S.Reals),
    (x**4 - 2 * x**2 + 1, sp.S.Reals),
    (sp.pi / 3 - sp.acos(1 - x / 2), sp.Interval(0, 1)),
    (1 / sp.E + x * sp.log(x), sp.Interval.Lopen(0, 1)),
]


@pytest.mark.parametrize(("f", "values"), TRUE_SIGNS)
def test_true_inequalities_are_proved_by_rules(f: sp.Expr, values: sp.Set) -> None:
    proof = Prover({x: values}).nonnegative(f)
    assert proof is not None
    assert proof.lines()


ATOMS = [sp.S.One, x, x**2, sp.sin(x), sp.cos(x), sp.exp(x), 1 / x, sp.tan(x), sp.Abs(x), relu(x), sp.sqrt(sp.Abs(x)),
         sp.log(x**2 + 1), 1 / (x - 1), sp.tanh(x), x**3, sp.sign(x)]  # fmt: skip


@settings(deadline=None, max_examples=120, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(-4, 4), st.sampled_from(ATOMS)), min_size=1, max_size=3),
    st.sampled_from([(-2, 2), (-1, 1), (0, 3), (-3, 0), (sp.Rational(1, 2), 2), (0, sp.pi)]),
)
def test_no_false_inequality_is_ever_proved(terms: list[tuple[int, sp.Expr]], ends: tuple) -> None:
    f = sp.Add(*(c * e for c, e in terms))
    box = {x: sp.Interval(*ends)}
    low, high = (float(e) for e in ends)
    grid = np.linspace(low, high, 4001)[1:-1] + 1e-7
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(evaluate(f, {x: grid}), dtype=float), grid.shape)
    seen = values[np.isfinite(values)]
    if Prover(box).nonnegative(f, steps=600_000) is not None:
        assert seen.min() >= -1e-9
    found = Subdivision(f, box).decide(400_000, max_boxes=400)
    if found.holds is True:
        assert seen.min() >= -1e-9
    if found.holds is False:
        assert seen.min() < 0


TIGHT = [
    (sp.pi * (1 - sp.cos(phi)) - (sp.pi - g), sp.Interval(0, sp.pi), None),
    ((sp.pi - g) - sp.pi / 2 * (1 - sp.cos(phi)), sp.Interval(0, sp.pi), None),
    ((sp.pi - phi) * (1 + sp.cos(phi)) / (4 * sp.pi) - 7 * (1 + sp.cos(5 * sp.pi / 12)) / 48,
     sp.Interval(0, 5 * sp.pi / 12), None),
    ((phi - 1) ** 2 * sp.exp(phi), sp.Interval(0, 3), {phi: sp.S.One}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "values", "touching"), TIGHT)
def test_tight_bounds_are_enclosed_and_one_per_cent_less_is_refuted(f: sp.Expr, values: sp.Set, touching: dict) -> None:
    assert Subdivision(f, {phi: values}, touching).decide().holds is True
    lowered = f - sp.Rational(1, 1000)
    assert Subdivision(lowered, {phi: values}, touching).decide().holds is False


def test_half_lines_are_not_enclosed() -> None:
    with pytest.raises(Unbounded, match="x ranges over"):
        Subdivision(sp.exp(x), {x: sp.Interval(0, sp.oo)})

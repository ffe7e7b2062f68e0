"""Eigenvalues, singular values and norms of matrices as numbers of the calculus, and the ranges of matrices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from mpmath import mp

from derivations import (
    Bound,
    Chance,
    Gaussian,
    Independent,
    Mean,
    PositiveSemidefinite,
    Signs,
    SymmetricMatrices,
    frobenius_norm,
    gradient,
    lambda_max,
    lambda_min,
    max_norm,
    norm,
    norm_p,
    nuclear_norm,
    operator_norm,
    sigma_min,
    vector,
)
from derivations.calculus.forms import NotReducible
from derivations.domains import DomainError, make_domain
from derivations.latex import domain_latex, latex
from derivations.vectors import ShapeError
from derivations.writing.text import text
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate
from numerics.values.matrix_ranges import inside
from numerics.values.points import Chart, exact_points, satisfies

m, n = sp.symbols("m n", integer=True, positive=True)
c, t = sp.Symbol("c", real=True), sp.Symbol("t", positive=True)
A, B, W, x = sp.MatrixSymbol("A", n, n), sp.MatrixSymbol("B", n, n), sp.MatrixSymbol("W", m, n), vector("x", n)

NUMBERS: dict[Any, Callable[..., float]] = {
    lambda_min(A - 2 * B): lambda A, B, **_: np.linalg.eigvalsh(A - 2 * B).min(),
    lambda_max(A): lambda A, **_: np.linalg.eigvalsh(A).max(),
    operator_norm(W): lambda W, **_: np.linalg.norm(W, 2),
    frobenius_norm(W * A): lambda W, A, **_: np.linalg.norm(W @ A),
    sigma_min(W): lambda W, **_: np.linalg.norm(W, -2),
    nuclear_norm(W): lambda W, **_: np.linalg.norm(W, "nuc"),
    max_norm(W): lambda W, **_: np.abs(W).max(),
    max_norm(x): lambda x, **_: np.linalg.norm(x, np.inf),
    norm_p(W * x, 4): lambda W, x, **_: np.linalg.norm(W @ x, 4),
    norm_p(x, 3): lambda x, **_: np.linalg.norm(x, 3),
    operator_norm(x): lambda x, **_: np.linalg.norm(x),
}
"""Numbers of matrices, and what NumPy says that they are."""


def test_every_number_system_and_numpys_norms_agree() -> None:
    domain = make_domain({A: SymmetricMatrices(), B: PositiveSemidefinite()}, (), {A, B, W, x})
    for _, point in exact_points(domain, 12, np.random.default_rng(1), tame=True):
        plain = {s: np.array(v.tolist(), dtype=float) for s, v in point.items() if isinstance(v, sp.MatrixBase)}
        plain = {s: v[:, 0] if s.shape[1] == 1 else v for s, v in plain.items()}
        tensors = {s: torch.as_tensor(v, dtype=torch.float64) for s, v in plain.items()}
        for expr, wanted in NUMBERS.items():
            value = wanted(**{str(s): v for s, v in plain.items()})
            close = pytest.approx(value, rel=1e-10, abs=1e-10)
            assert float(evaluate(expr, point, "mpmath")) == close
            assert float(evaluate(expr, plain)) == close
            assert float(evaluate(expr, tensors, "torch")) == close


def test_a_batch_is_one_value_for_each_matrix() -> None:
    rng = np.random.default_rng(2)
    many = rng.standard_normal((7, 4, 3))
    values = evaluate(sigma_min(W), {W: many})
    assert values == pytest.approx([np.linalg.norm(w, -2) for w in many])


@pytest.mark.parametrize(
    ("made", "simple"),
    [
        (lambda_min(3 * A), 3 * lambda_min(A)),
        (lambda_min(-A), -lambda_max(A)),
        (lambda_max(A.T), lambda_max(A)),
        (lambda_min(sp.Identity(n)), sp.S.One),
        (operator_norm(c * W), abs(c) * operator_norm(W)),
        (operator_norm(W.T), operator_norm(W)),
        (operator_norm(x), norm(x)),
        (frobenius_norm(x.T), norm(x)),
        (nuclear_norm(sp.ZeroMatrix(m, n)), sp.S.Zero),
        (norm_p(x, 2), norm(x)),
        (norm_p(x, sp.oo), max_norm(x)),
    ],
)
def test_what_is_simplified(made: Any, simple: Any) -> None:
    assert made == simple


def test_a_factor_of_unknown_sign_stays_inside_of_an_eigenvalue() -> None:
    assert lambda_min(c * A).args == (c * A,)
    assert operator_norm(W).is_nonnegative
    assert lambda_min(A).is_nonnegative is None


@pytest.mark.parametrize(
    ("expr", "plain", "tex"),
    [
        (lambda_min(A), "λ_min(A)", r"\lambda_{\min}(A)"),
        (operator_norm(W * A), "‖W·A‖", r"\lVert W A \rVert"),
        (operator_norm(W) ** 2, "‖W‖²", r"\lVert W \rVert^{2}"),
        (frobenius_norm(W), "‖W‖_F", r"\lVert W \rVert_{F}"),
        (nuclear_norm(W), "‖W‖_⋆", r"\lVert W \rVert_{*}"),
        (norm_p(x, 4) ** 2, "‖x‖_4²", r"\lVert x \rVert_{4}^{2}"),
        (max_norm(x), "‖x‖_∞", r"\lVert x \rVert_{\infty}"),
        (Chance(operator_norm(W) > t), "P(‖W‖ > t)", r"\mathbb{P}(\lVert W \rVert > t)"),
        (Mean(c**2), "E[c²]", r"\mathbb{E}[c^{2}]"),
    ],
)
def test_how_they_are_printed(expr: Any, plain: str, tex: str) -> None:
    assert text(expr).replace(" ", "") == plain.replace(" ", "")
    assert latex(expr) == tex


def test_what_is_not_symmetric_has_no_eigenvalues() -> None:
    for backend in ("numpy", "mpmath"):
        with pytest.raises(EvaluationError, match="not symmetric"):
            evaluate(lambda_min(A), {A: np.array([[1.0, 2.0], [0.0, 1.0]])}, backend)
    with pytest.raises(EvaluationError, match="arb has no matrices"):
        evaluate(lambda_min(A), {A: [[1, 0], [0, 1]]}, "arb")
    with pytest.raises(ShapeError, match="not square"):
        lambda_min(W)
    with pytest.raises(ShapeError, match="p ≥ 1"):
        norm_p(x, sp.Rational(1, 2))


def test_semidefinite_points_are_semidefinite_exactly_and_some_are_singular() -> None:
    domain = make_domain({B: PositiveSemidefinite()}, (), {B})
    seen = [(chart.sizes[n], p[B]) for chart, p in exact_points(domain, 40, np.random.default_rng(3), tame=False)]
    # the definition by minors, not the coefficients that the library looks at
    assert all(b[:k, :k].det() >= 0 for _, b in seen for k in range(1, b.rows + 1))
    assert all(b == b.T for _, b in seen)
    ranks = [size - b.rank() for size, b in seen]
    assert 0 in ranks
    assert max(ranks) > 0
    chart = Chart(domain, {n: 4})
    eigenvalues = np.linalg.eigvalsh(chart(np.random.default_rng(4).random((400, chart.dimension)))[B])
    relative = eigenvalues[:, 0] / np.maximum(eigenvalues[:, -1], 1e-300)
    assert (relative > -1e-12).all()
    assert (relative < 1e-9).mean() > 0.1
    assert (relative > 1e-6).mean() > 0.1


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ([[2, 1], [1, 2]], True),
        ([[1, 1], [1, 1]], True),
        ([[1, 2], [2, 1]], False),
        ([[0, 0], [0, -1]], False),
        ([[1, 1], [0, 1]], False),
        ([[sp.sqrt(2), 1], [1, sp.sqrt(2)]], True),
        ([[1, sp.sqrt(2)], [sp.sqrt(2), 1]], False),
    ],
)
def test_membership(entries: Any, holds: bool) -> None:
    matrix = sp.ImmutableMatrix(entries)
    assert inside(PositiveSemidefinite(), matrix) is holds
    domain = make_domain({B: PositiveSemidefinite()}, (), {B})
    assert satisfies(domain, {B: matrix, n: 2}) is holds


def test_ranges_in_words_and_latex() -> None:
    g = sp.Symbol("g", real=True)
    ranges = {A: SymmetricMatrices(), B: PositiveSemidefinite(), W: Gaussian(), x: Signs(), g: Independent(0, t)}
    claim = Bound("one", Chance(operator_norm(W * x) * g > lambda_min(A + B)), 1 + 0 * t, on=ranges)
    said = claim.domain.describe()
    for part in ("A ∈ symmetric R^(n×n)", "no eigenvalue negative", "W ~ N(0, I)", "x ~ independent signs"):
        assert part in said
    assert r"B = B^{\top} \succeq 0" in domain_latex(claim)
    assert r"W \sim \mathcal{N}(0, I)" in domain_latex(claim)
    assert set(claim.domain.random) == {W, x, g}
    assert n in claim.domain.dimensions
    with pytest.raises(DomainError, match="not square"):
        make_domain({W: PositiveSemidefinite()}, (), set())


def test_no_derivative_is_guessed() -> None:
    with pytest.raises(NotReducible):
        gradient(operator_norm(A) ** 2, A)
    assert gradient(c**2 * operator_norm(A), c) == 2 * c * operator_norm(A)
    assert Chance(c > t).diff(t) == sp.Derivative(Chance(c > t), t, evaluate=False)


def test_sixty_digits() -> None:
    with mp.workdps(60):
        value = evaluate(lambda_max(A), {A: [[1, 1], [1, 0]]}, "mpmath")
        assert abs(value - (1 + mp.sqrt(5)) / 2) < mp.mpf(10) ** -55

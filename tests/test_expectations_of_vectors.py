"""E relu(⟨w, A⟩) relu(⟨w, B⟩) for vectors of any norm, by sampling, by quadrature, and through the whole of a check."""

import numpy as np
import pytest
from gaussian_integrands import by_definition
from mpmath import mp
from sympy import ImmutableMatrix, MatrixSymbol, Rational, Symbol, acos, pi, sqrt, symbols

from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Expectation, Identity, Paper, inner, norm, norm_squared, relu, vector
from derivations.domains import make_domain
from derivations.gaussian import step
from derivations.proofs.equality import unfold, vanishes
from numerics.values.evaluate import evaluate

n = Symbol("n", integer=True, positive=True)
w, A, B = vector("w", n), vector("A", n), vector("B", n)
E = Expectation(relu(inner(w, A)) * relu(inner(w, B)), w)
DOMAIN = make_domain({}, (), {A, B})


def kernel(a, b):
    """The arc-cosine kernel of degree one, with the norms."""
    product = inner(a, b)
    return (
        sqrt(norm_squared(a) * norm_squared(b) - product**2) + (pi - acos(product / (norm(a) * norm(b)))) * product
    ) / (2 * pi)


@pytest.mark.parametrize(("factor", "verdict"), [(1, Verdict.VERIFIED), (Rational(101, 100), Verdict.REFUTED)])
def test_the_kernel_of_vectors_of_any_norm(factor, verdict) -> None:
    claim = Paper("vectors", statements=(Identity("kernel", E, factor * kernel(A, B)),)).statements[0]
    result = check(claim, readings=[])
    assert result.verdict is verdict
    assert {e.method: e.verdict for e in result.evidence}["sampling"] is verdict


@pytest.mark.parametrize("seed", range(4))
def test_values_by_quadrature_and_by_sampling(seed) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=3).round(2) * scale for scale in (2.0, 0.3))
    b = [b, a * 2, -a, b][seed] if seed else b
    closed = unfold(E, DOMAIN)
    with mp.workdps(30):
        value = evaluate(closed, {A: ImmutableMatrix(a), B: ImmutableMatrix(b)}, "mpmath")
    u, v = symbols("u v", real=True)
    pair = Expectation(relu(u) * relu(v), (u, v), [[a @ a, a @ b], [a @ b, b @ b]])
    assert abs(complex(value) - by_definition(pair, {})) < 1e-7
    sample = rng.normal(size=(10**6, 3))
    mean = np.maximum(sample @ a, 0) * np.maximum(sample @ b, 0)
    assert abs(complex(value) - mean.mean()) <= 6 * mean.std() / 1e3 + 1e-15


def test_equal_and_opposite_vectors() -> None:
    same = Expectation(relu(inner(w, A)) ** 2, w)
    opposite = Expectation(relu(inner(w, A)) * relu(inner(w, -A)), w)
    assert vanishes(same - norm_squared(A) / 2, DOMAIN).vanishes is True
    assert vanishes(opposite, DOMAIN).vanishes is True
    assert vanishes(E.xreplace({B: A}) - norm_squared(A) / 2, DOMAIN).vanishes is True
    assert vanishes(E.xreplace({B: A}) - norm_squared(A) / 3, DOMAIN).vanishes is not True


def test_the_value_tends_to_zero_with_a_vector() -> None:
    closed = unfold(E, DOMAIN)
    with mp.workdps(30):
        for size in (1e-3, 1e-6, 1e-9):
            value = evaluate(closed, {A: ImmutableMatrix([size, 0]), B: ImmutableMatrix([3, 4])}, "mpmath")
            assert abs(value) <= 5 * size / 2


def test_a_step_of_a_vector_that_may_vanish_is_not_said_to_be_one_half() -> None:
    half = Expectation(step(inner(w, A)), w) - Rational(1, 2)
    assert vanishes(half, DOMAIN).vanishes is not True


def test_rows_of_a_matrix_named_like_a_vector_of_the_user() -> None:
    d = Symbol("d", integer=True, positive=True)
    Z = MatrixSymbol("Z", d, n)
    for name in ("z_Z", "x"):
        x = vector(name, n)
        assert vanishes(Expectation(norm_squared(Z * x), Z) - d * norm_squared(x), DOMAIN).vanishes is True

"""The kernel engine: against quadrature, against itself by another way, against finite networks, and bad input."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from derivations.activations import ACTIVATIONS, X
from numerics.data import equal_angles, sphere
from numerics.gram import layer_grams
from numerics.infinite.convolution import convolutional
from numerics.infinite.dual import CorrelationError, Dual
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.patches import Patches
from numerics.infinite.recursion import InputError, LayerMoments, first_layer, network, residual_layer
from numerics.infinite.series.hermite import expand
from numerics.kernels import fully_connected, residual
from numerics.machine.memory import TooLarge, require
from numerics.models.du2018 import ConvResNet, ResNet, generator
from numerics.rigorous import cosines, digits, gaussian_ball, gram_balls, least_eigenvalue
from numerics.values.evaluate import evaluate
from numerics.values.functions import ActivationError, scalar_function


def by_quadrature(f, q1, q2, rho, kinks=()):
    """E f(u)f(v) as an iterated integral over panels broken at the kinks: v given u is ρu + √(1 − ρ²)w."""
    t, weight = np.polynomial.legendre.leggauss(40)

    def panels(breaks):
        edges = np.sort(np.clip(np.concatenate([np.linspace(-10, 10, 21), breaks]), -10, 10))
        low, high = edges[:-1, None], edges[1:, None]
        return (low + (high - low) * (t + 1) / 2).ravel(), ((high - low) * weight / 2).ravel()

    s1, s2, w = np.sqrt(q1), np.sqrt(q2), np.sqrt(1 - rho**2)
    total = 0.0
    x, wx = panels(np.array(kinks) / s1)
    for a, b in zip(x, wx, strict=True):
        y, wy = panels((np.array(kinks) / s2 - rho * a) / w)
        total += b * f(s1 * a) * np.exp(-a * a / 2) * np.sum(wy * f(s2 * (rho * a + w * y)) * np.exp(-y * y / 2))
    return total / (2 * np.pi)


CASES = {
    "mish": (X * sp.tanh(sp.log(1 + sp.exp(X))), lambda t: t * np.tanh(np.logaddexp(0, t)), ()),
    "elu": (
        sp.Piecewise((X, X > 0), (sp.exp(X) - 1, True)),
        lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0))),
        (0,),
    ),
    "hardtanh": (sp.Max(-1, sp.Min(1, X)), lambda t: np.clip(t, -1, 1), (-1, 1)),
    "softsign": (X / (1 + sp.Abs(X)), lambda t: t / (1 + np.abs(t)), (0,)),
    "python elu": (
        lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0))),
        lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0))),
        (0,),
    ),
    "mixed": (sp.exp(-(X**2)) + X**3 / 10, lambda t: np.exp(-t * t) + t**3 / 10, ()),
    "shifted": (sp.Max(0, X - sp.Rational(1, 2)), lambda t: np.maximum(t - 0.5, 0), (0.5,)),  # 0 on a half-line
    "sine": (sp.sin(10 * X), lambda t: np.sin(10 * t), ()),
    "softplus": ("softplus", lambda t: np.logaddexp(0, t), ()),
    "leaky": ("leaky-relu", lambda t: np.where(t > 0, t, t / 100), (0,)),
    "gelu": ("gelu", lambda t: t * ndtr(t), ()),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("q1", "q2", "rho"), [(0.3, 2.0, 0.5), (1.0, 5.0, 0.97), (1.5, 1.5, -0.99)])
def test_dual_activation_against_quadrature(name, q1, q2, rho) -> None:
    given_, exact, kinks = CASES[name]
    value, error = Dual.of(given_)(np.array([[rho * np.sqrt(q1 * q2)]]), np.array([q1]), np.array([q2]))
    assert abs(float(value[0, 0]) - by_quadrature(exact, q1, q2, rho, kinks)) <= error + 2e-13
    assert error < 1e-11


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.floats(-0.999, 0.999))
@settings(max_examples=25, deadline=None)
def test_series_meets_closed_form(q1, q2, rho) -> None:
    c = np.array([[rho * np.sqrt(q1 * q2)]])
    closed = evaluate(sp.exp((sp.Symbol("p") + sp.Symbol("q")) / 2), {sp.Symbol("p"): 0.0, sp.Symbol("q"): 0.0})
    assert closed == 1
    value, error = Dual.of(sp.sin(X))(c, np.array([q1]), np.array([q2]))
    exact = np.exp(-(q1 + q2) / 2) * np.sinh(c[0, 0])
    assert abs(float(value[0, 0]) - exact) <= error + 1e-14
    derivative, left = Dual.of(sp.sin(X)).derivative(c, np.array([q1]), np.array([q2]))
    assert abs(float(derivative[0, 0]) - np.exp(-(q1 + q2) / 2) * np.cosh(c[0, 0])) <= left + 1e-14


def test_derivative_kernel_from_the_same_coefficients() -> None:
    c, q = np.array([[0.4, -0.7]]), (np.array([1.3]), np.array([0.8, 1.9]))
    by_sympy = Dual.of("softplus").derivative(c, *q)[0]
    by_shift = Dual.of(lambda t: np.logaddexp(0, t)).derivative(c, *q)[0]
    assert by_shift == pytest.approx(by_sympy, abs=1e-12)


def test_the_tail_bound_holds() -> None:
    f = scalar_function("tanh")
    long = expand(f, np.array([1.0, 4.0]), 400)
    for k in (5, 20, 60):
        rest = np.sum(long.a[:, k + 1 :] ** 2, axis=1)
        assert (rest <= long.tail[:, k] + 1e-15).all()


def test_one_map_for_equal_norms_is_the_whole_recursion(monkeypatch) -> None:
    x = sphere(20, 6).x
    for kind in (fully_connected, residual):
        for activation in ("softplus", "relu", "erf", "tanh", sp.Max(-1, sp.Min(1, X))):
            fast = kind(x, activation, 6)
            with monkeypatch.context() as patch:
                patch.setattr("numerics.kernels.EQUAL_NORMS", -1.0)
                slow = kind(x, activation, 6)
            assert np.max(np.abs(fast.last - slow.last)) <= fast.error + slow.error
            assert np.max(np.abs(fast.features - slow.features)) < 1e-12


def test_accuracy_against_balls() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(-9, 9, size=(6, 5))
    x = pixels / np.linalg.norm(pixels, axis=1)[:, None]
    for c_res, depth in ((sp.Rational(1, 2), 8), (None, 4)):
        with digits(30):
            balls = gram_balls(cosines(pixels), ACTIVATIONS["softplus"].expr, depth, c_res, 30)
        exact = np.array([[float(b.mid()) for b in row] for row in balls])
        found = fully_connected(x, "softplus", depth) if c_res is None else residual(x, "softplus", depth)
        assert np.max(np.abs(found.last - exact)) < 1e-12
        with digits(30):
            low, high = least_eigenvalue(balls)
        assert float(low) <= np.linalg.eigvalsh(exact)[0] * (1 + 1e-6) <= float(high.upper()) * (1 + 2e-6)


def test_kernels_of_other_norms_against_networks() -> None:
    gen = generator(0)
    x = (
        torch.randn(5, 4, generator=gen, dtype=torch.float64)
        * torch.linspace(0.5, 1.6, 5, dtype=torch.float64)[:, None]
    )
    K = residual(x.numpy(), "softplus", 3)
    runs = torch.stack([layer_grams(ResNet(4, 256, 3, "softplus", gen), x)["layers.2"] for _ in range(60)]).numpy()
    spread = runs.std(0, ddof=1) / 60**0.5
    assert np.max(np.abs(runs.mean(0) - K.last) / spread) < 6.5  # 25 entries, six and a half standard errors


def test_convolutional_kernel_against_networks() -> None:
    gen = generator(1)
    images = torch.randn(4, 2, 3, 4, generator=gen, dtype=torch.float64)
    images *= torch.linspace(0.5, 1.5, 4, dtype=torch.float64)[:, None, None, None]
    K = convolutional(images.numpy(), "softplus", 3, (3, 3))
    nets = (ConvResNet(2, (3, 4), 64, 3, "softplus", gen) for _ in range(30))
    runs = torch.stack([layer_grams(net, images)["layers.2"] for net in nets]).numpy()
    spread = runs.std(0, ddof=1) / 30**0.5
    assert np.max(np.abs(runs.mean(0) - K.last) / spread) < 6.5
    images[0, :, 0] = 0
    images[0, :, 1, :2] = 0  # a patch without a pixel that is not zero
    for activation in ("softplus", "relu", "tanh"):
        assert np.isfinite(convolutional(images.numpy(), activation, 3, (3, 3)).last).all()


def test_a_swapped_mean_is_another_kernel() -> None:
    # E over networks of ⟨x₁, x₂⟩ after a residual layer, x₁ and x₂ of different norms: b_i belongs to E σ(v_j)
    x = equal_angles(2, 0.3).x * np.array([[0.4], [1.9]])
    net = network("softplus", 3, 0.9)
    q = (x * x).sum(1)
    first = first_layer(LayerMoments(x @ x.T, (q, q), (q * 0, q * 0)), net)
    right = residual_layer(first, net).c[0, 1]
    swapped = residual_layer(LayerMoments(first.c, first.q, (first.b[0][::-1].copy(),) * 2), net).c[0, 1]
    assert abs(right - swapped) > 1e-3 * abs(right)


def test_torch_gives_the_same() -> None:
    x = sphere(12, 5).x * np.linspace(0.5, 2, 12)[:, None]
    for data in (x, sphere(12, 5).x):
        for activation in ("softplus", "relu"):
            ours, theirs = residual(data, activation, 4), residual(torch.as_tensor(data), activation, 4)
            assert theirs.last.numpy() == pytest.approx(ours.last, rel=1e-9, abs=1e-14)


def test_deep_maps_stay_accurate() -> None:
    for activation, depth in (("relu", 50), ("erf", 30), ("softplus", 50)):
        curve = equal_norm_map(network(activation, depth))
        assert curve.error_at(np.linspace(-1, 1, 99)) < 1e-9
        assert curve.degree <= 128


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: scalar_function(sp.Symbol("x") * sp.Symbol("y")), ActivationError, "one variable"),
        (lambda: scalar_function("swosh"), ActivationError, "no activation 'swosh'"),
        (lambda: scalar_function(sp.log(X)), ActivationError, "NaN at"),
        (lambda: scalar_function(lambda t: np.sqrt(t)), ActivationError, "NaN at"),
        (lambda: scalar_function(lambda t, u: t), ActivationError, "one array"),
        (lambda: scalar_function(lambda t: t.sum()), ActivationError, "maps shape"),
        (lambda: scalar_function(3.0), ActivationError, "is not an activation"),
        (lambda: residual(np.eye(3), sp.exp(X**2), 3), ActivationError, "square-integrable"),
        (lambda: residual(np.eye(3), sp.exp(X**2 / 4), 3), ActivationError, "square-integrable"),
        (lambda: residual(np.array([[1.0, np.nan]]), "tanh", 3), InputError, "NaN"),
        (lambda: residual(np.zeros((0, 3)), "tanh", 3), InputError, "n ≥ 1"),
        (lambda: residual(np.eye(3), "tanh", 0), InputError, "depth"),
        (lambda: residual(np.eye(3), "tanh", 2, c_res=-1.0), InputError, "c_res"),
        (lambda: residual(np.eye(3), sp.Integer(0) * X, 2), InputError, "vanishes"),
        (lambda: Dual.of("tanh")(np.array([[2.0]]), np.ones(1), np.ones(1)), CorrelationError, "outside"),
        (lambda: Dual.of("tanh")(np.array([[0.1]]), -np.ones(1), np.ones(1)), CorrelationError, "negative"),
        (lambda: Dual.of(lambda t: np.sign(t) * np.abs(t) ** 0.5).derivative, ActivationError, "derivative"),
        (lambda: fully_connected(np.ones((2, 2)) * 1j, "tanh", 2), InputError, "complex"),
        (lambda: fully_connected([["a", "b"]], "tanh", 2), InputError, "real numbers"),
        (lambda: fully_connected(np.full((2, 2), 1e200), "tanh", 2), InputError, "scale them"),
        (lambda: ResNet(3, 0, 2, "tanh", generator(0)), InputError, "m = 0"),
        (lambda: Patches((4,), (2,)), ValueError, "odd"),
        (lambda: convolutional(np.ones((2, 3)), "tanh", 2), InputError, "n, channels"),
        (lambda: require(1e18, "a matrix", "take less"), TooLarge, "needs about"),
    ],
)
def test_bad_input_is_said(call, error, message) -> None:
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call()


def test_balls_hold_the_number() -> None:
    with digits(40):
        ball = gaussian_ball(sp.expand(ACTIVATIONS["softplus"].expr ** 2))
        with mp.workdps(40):
            exact = mp.quad(lambda t: mp.log1p(mp.exp(t)) ** 2 * mp.npdf(t), mp.linspace(-16, 16, 17))
            assert abs(mp.mpf(ball.mid().str(40, radius=False)) - exact) < mp.mpf(10) ** -35
        assert float(ball.rad()) < 1e-38
        assert float((gaussian_ball(sp.Abs(X)) ** 2).mid()) == pytest.approx(2 / np.pi, abs=1e-12)

"""Inputs of any norm, kinks of Python functions, deep networks: against recursions in sixty digits and integrals."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
import torch

from derivations.activations import X
from numerics.infinite.convolution import convolutional
from numerics.infinite.dual import Dual
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.recursion import InputError, network
from numerics.infinite.series.partition import partition, slope_function
from numerics.kernels import fully_connected, residual
from numerics.values.functions import scalar_function


class Relu:
    """max(0, x) by Cho and Saul's formulas."""

    @staticmethod
    def cross(q1, q2, c):
        r = _cosine(q1, q2, c)
        return mp.sqrt(q1 * q2) * (mp.sqrt(1 - r * r) + r * (mp.pi - mp.acos(r))) / (2 * mp.pi)

    @staticmethod
    def slopes(q1, q2, c):
        return (mp.pi - mp.acos(_cosine(q1, q2, c))) / (2 * mp.pi)

    @staticmethod
    def mean(q):
        return mp.sqrt(q / (2 * mp.pi))


class Erf:
    """erf by Williams's formulas."""

    @staticmethod
    def cross(q1, q2, c):
        return 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * q1) * (1 + 2 * q2)))

    @staticmethod
    def slopes(q1, q2, c):
        return 4 / mp.pi / mp.sqrt((1 + 2 * q1) * (1 + 2 * q2) - 4 * c * c)

    @staticmethod
    def mean(q):
        return mp.mpf(0)


KNOWN = {"relu": Relu, "erf": Erf}


def _cosine(q1, q2, c):
    return min(max(c / mp.sqrt(q1 * q2), mp.mpf(-1)), mp.mpf(1))


def recursion(kind, x, y, depth, c_res=None, c_sigma=None):
    """(K^(H), K^(H−1)) of two inputs, as du2018 prints it, in the working precision of mpmath."""
    x, y = ([mp.mpf(float(v)) for v in z] for z in (x, y))
    q1, q2 = (sum(v * v for v in z) for z in (x, y))
    c = sum(a * b for a, b in zip(x, y, strict=True))
    cs = 1 / kind.cross(mp.mpf(1), mp.mpf(1), mp.mpf(1)) if c_sigma is None else mp.mpf(c_sigma)
    b1 = b2 = mp.mpf(0)
    k = mp.mpf(0) if c_res is None else mp.mpf(c_res) / depth
    for h in range(1, depth):
        cross, s1, s2 = kind.cross(q1, q2, c), kind.cross(q1, q1, q1), kind.cross(q2, q2, q2)
        m1, m2 = kind.mean(q1), kind.mean(q2)
        if h == 1 or c_res is None:
            c, q1, q2, b1, b2 = cs * cross, cs * s1, cs * s2, mp.sqrt(cs) * m1, mp.sqrt(cs) * m2
        else:
            c = c + k * (b1 * m2 + b2 * m1) + k * k * cross
            q1, q2 = q1 + 2 * k * b1 * m1 + k * k * s1, q2 + 2 * k * b2 * m2 + k * k * s2
            b1, b2 = b1 + k * m1, b2 + k * m2
    scale = cs if c_res is None or depth == 1 else k * k
    return scale * c * kind.slopes(q1, q2, c), c


def near_and_far(d, seed=0):
    """Unit vectors: some nearly parallel, nearly opposite, equal or far."""
    x = np.random.default_rng(seed).standard_normal((8, d))
    x /= np.linalg.norm(x, axis=1)[:, None]
    x[1], x[2], x[3] = x[0] + 1e-6 * x[1], -x[0] + 1e-4 * x[2], x[0] + 1e-9 * x[3]
    x[4], x[5] = 0.05 * x[4] + x[6], x[0]
    return x / np.linalg.norm(x, axis=1)[:, None]


def distance(K, kind, x, depth, c_res=None, c_sigma=None):
    """The largest distance of both matrices from the recursion in fifty digits."""
    worst = 0.0
    with mp.workdps(60):
        for i in range(len(x)):
            for j in range(i):
                exact = recursion(kind, x[i], x[j], depth, c_res, c_sigma)
                for value, matrix in zip(exact, (K.last, K.features), strict=True):
                    worst = max(worst, float(abs(value - mp.mpf(float(matrix[i, j])))))
    return worst


@pytest.mark.parametrize("depth", [1, 2, 7, 50])
@pytest.mark.parametrize("c_res", [None, 0.5])
def test_deep_relu_keeps_its_digits_next_to_parallel(depth, c_res) -> None:
    x = near_and_far(5)
    run = (lambda z: fully_connected(z, "relu", depth)) if c_res is None else (lambda z: residual(z, "relu", depth))
    K = run(x)
    assert distance(K, Relu, x, depth, c_res) <= K.error < 1e-13
    scaled = x * np.array([1, 1e3, 1e-8, 1e-3, 30, 1, 1e4, 2])[:, None]
    K = run(scaled)
    assert distance(K, Relu, scaled, depth, c_res) <= K.error < 1e-12 * K.features.max()


@pytest.mark.parametrize("depth", [2, 50])
def test_deep_erf(depth) -> None:
    x = near_and_far(4, 1)
    K = fully_connected(x, "erf", depth)
    assert distance(K, Erf, x, depth) <= K.error
    far = x[[0, 2, 4, 7]]
    K = fully_connected(far, "erf", depth)
    assert distance(K, Erf, far, depth) <= K.error < 1e-11


@pytest.mark.parametrize("c_sigma", [0.5, 1.0, 4.0, 25.0])
@pytest.mark.parametrize("depth", [10, 60])
def test_ordered_and_chaotic_phases(c_sigma, depth) -> None:
    x = np.random.default_rng(5).standard_normal((4, 3)) * np.array([[0.3], [1.0], [2.0], [20.0]])
    for name in ("erf", "relu"):
        K = fully_connected(x, name, depth, c_sigma=c_sigma)
        assert np.isfinite(K.last).all()
        assert np.isfinite(K.features).all()
        assert np.isfinite(K.error)
        assert distance(K, KNOWN[name], x, depth, None, c_sigma) <= K.error <= 1e-9 * max(K.features.max(), 1e-300)


def test_deep_maps_stay_accurate_up_to_parallel() -> None:
    for activation, depth in (("relu", 50), ("erf", 20), ("softplus", 50)):
        curve = equal_norm_map(network(activation, depth))
        assert curve.error_at(np.linspace(-1, 1, 99), 1e-14) < 1e-11


PYTHON = {
    "relu": (lambda t: np.maximum(t, 0), "relu"),
    "abs": (np.abs, "abs"),
    "leaky": (lambda t: np.where(t > 0, t, t / 100), "leaky-relu"),
    "clip": (lambda t: np.clip(t, -1, 1), sp.Max(-1, sp.Min(1, X))),
    "shifted": (lambda t: np.maximum(t - 0.5, 0), sp.Max(0, X - sp.Rational(1, 2))),
    "elu": (
        lambda t: np.where(t > 0, t, np.exp(np.minimum(t, 0)) - 1),
        sp.Piecewise((X, X > 0), (sp.exp(X) - 1, True)),
    ),
    "logistic": (lambda t: np.exp(t) / (1 + np.exp(t)), "sigmoid"),
    "torch relu": (torch.relu, "relu"),
    "torch module": (torch.nn.LeakyReLU(), "leaky-relu"),
    "torch gelu": (torch.nn.functional.gelu, "gelu"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PYTHON)
def test_python_functions_are_their_formulas(name) -> None:
    written, formula = PYTHON[name]
    x = np.random.default_rng(2).standard_normal((4, 3))
    for scale in (1e-3, 1.0, 60.0):
        ours, theirs = fully_connected(scale * x, written, 3), fully_connected(scale * x, formula, 3)
        size = theirs.features.max()
        assert np.max(np.abs(ours.last - theirs.last)) <= ours.error + theirs.error
        assert ours.error <= 1e-8 * size


def test_kinks_are_found_where_they_are() -> None:
    f = scalar_function(lambda t: np.clip(t, -50, 50) + np.abs(t - 0.3) + np.maximum(t + 1 / 3, 0) ** 2)
    assert partition(f).kinks == pytest.approx((-50, -1 / 3, 0.3, 50), abs=1e-4)  # a jump of σ″ is seen coarsely
    t = np.linspace(-9, 9, 1001)
    t = t[np.abs(t + 1 / 3) > 1e-3]
    exact = 1 + np.sign(t - 0.3) + 2 * np.maximum(t + 1 / 3, 0)
    assert slope_function(f)(t) == pytest.approx(exact, abs=1e-10)
    assert partition(scalar_function(np.tanh)).kinks == ()
    assert partition(scalar_function(lambda t: 1 - np.tanh(t))).kinks == ()


@pytest.mark.parametrize(("s1", "s2", "rho"), [(100.0, 100.0, 0.97), (300.0, 2.0, 0.5), (1e3, 700.0, -0.99)])
def test_steep_functions_against_sums_over_the_plane(s1, s2, rho) -> None:
    c, q1, q2 = np.array([[rho * s1 * s2]]), np.array([s1**2]), np.array([s2**2])
    value, error = Dual.of("tanh").derivative(c, q1, q2)
    # sech² falls off like e^{−2|t|}: the trapezoidal rule in (u, v) converges exponentially, with poles at iπ/2
    t = np.arange(-30, 30, 0.05)
    u, v = t[:, None], t[None, :]
    rest = q1 * q2 * (1 - rho**2)
    density = np.exp(-(q2 * u * u - 2 * c * u * v + q1 * v * v) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    exact = 0.05**2 * float(np.sum(density / (np.cosh(u) * np.cosh(v)) ** 2))
    assert abs(float(value[0, 0]) - exact) <= error + 1e-12 * exact
    assert error < 1e-11


@pytest.mark.parametrize(
    "activation",
    [
        "tanh",
        "softplus",
        "gelu",
        "silu",
        "arctan",
        1 / (1 + sp.exp(-X)),
        sp.exp(X) / (1 + sp.exp(X)),
        X / (1 + sp.exp(-X)),
    ],
)
def test_no_norm_is_refused(activation) -> None:
    x = np.random.default_rng(3).standard_normal((3, 3))
    for norms in (1e-8, 1e-3, 30.0, 1e3, np.array([[1e-3], [1.0], [1e3]]), np.array([[0.0], [1.0], [5.0]])):
        K = fully_connected(x * norms, activation, 2)
        assert K.error <= 1e-4 * max(np.abs(K.last).max(), np.abs(K.features).max())


def test_zero_inputs_are_constants() -> None:
    x = np.array([[0.0, 0.0], [0.6, 0.8], [0.0, 2.0]])
    K = fully_connected(x, "softplus", 2)
    cs = 1 / float(mp.quad(lambda t: mp.log1p(mp.exp(t)) ** 2 * mp.npdf(t), [-12, 0, 12]))
    zero = cs * float(mp.log(2)) ** 2  # K^(1) of a zero input: c_σ·σ(0)²
    mean = float(mp.quad(lambda t: mp.log1p(mp.exp(t)) * mp.npdf(t), [-12, 0, 12]))
    assert K.features[0, 0] == pytest.approx(zero, rel=1e-13)
    assert K.features[0, 1] == pytest.approx(cs * float(mp.log(2)) * mean, rel=1e-13)
    for name in ("relu", "tanh", lambda t: np.maximum(t, 0)):
        K = residual(x, name, 3)
        assert (K.last[0] == 0).all()
        assert (K.features[:, 0] == 0).all()
        assert (fully_connected(0 * x, name, 3).last == 0).all()


def test_any_array_of_real_numbers() -> None:
    whole = np.array([[1, 2], [3, -4], [0, 1]])
    wanted = fully_connected(whole.astype(float), "tanh", 2).last
    for given in (whole, whole.tolist(), whole.astype(np.float32), whole.astype(np.int8)):
        assert np.array_equal(fully_connected(given, "tanh", 2).last, wanted)
    for given in (torch.tensor(whole), torch.tensor(whole, dtype=torch.float32, requires_grad=True)):
        assert fully_connected(given, "tanh", 2).last.numpy() == pytest.approx(wanted, rel=1e-12)
    assert fully_connected(whole[:1], "relu", 4).last.shape == (1, 1)
    for bad in (np.zeros((2, 0)), np.zeros(3), [[1, 2], [3]]):
        with pytest.raises(InputError):
            fully_connected(bad, "relu", 2)
    for c_sigma in (-1.0, 0.0, float("nan")):
        with pytest.raises(InputError, match="c_sigma"):
            fully_connected(whole, "relu", 2, c_sigma=c_sigma)


def test_bright_images() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, 4))
    pixels[0, 0, 1:] = 0
    for activation in ("relu", "tanh", lambda t: np.maximum(t, 0)):
        K = convolutional(pixels, activation, 2)
        assert np.isfinite(K.last).all()
        assert K.error <= 1e-9 * np.abs(K.features).max()
    theirs = convolutional(pixels, "relu", 2)
    assert np.abs(K.last - theirs.last).max() <= K.error + theirs.error

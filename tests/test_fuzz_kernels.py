"""Gram matrices of random activations, inputs and depths against slow integration; functions made to break bounds."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from derivations.activations import X
from numerics.infinite.convolution import convolutional
from numerics.infinite.dual import CorrelationError, Dual
from numerics.infinite.recursion import InputError
from numerics.infinite.resolution import hidden_edges
from numerics.kernels import fully_connected, residual
from numerics.values.functions import ActivationError

REFUSED = (ActivationError, InputError, CorrelationError)
T, W = np.polynomial.legendre.leggauss(24)


def panels(breaks, width=0.5, reach=10.0, scale=1.0):
    """Nodes and weights of standard normal integrals, broken at `breaks` and ever finer about them, to 1/scale."""
    levels = 3 + int(np.log(max(scale, 4096.0)) / np.log(4))
    around = [b + s * 4.0**-k for b in breaks for k in range(1, levels) for s in (-1, 1)]
    edges = np.unique(np.clip([*np.arange(-reach, reach + width, width), *breaks, *around], -reach, reach))
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half + half * T).ravel()
    return x, (half * W).ravel() * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


class Slow:
    """E g(u)g(v) in long panels about the given points, one pair at a time: no series, no shared nodes."""

    def __init__(self, function, slope, points, width=0.5, reach=10.0):
        self.function, self.slope, self.points, self.width, self.reach = function, slope, points, width, reach

    def nodes(self, breaks, scale):
        return panels(breaks, self.width, self.reach, scale)

    def one(self, g, q, power=1):
        if q == 0:
            return float(g(np.zeros(1))[0]) ** power
        s = np.sqrt(q)
        x, w = self.nodes([p / s for p in self.points], s)
        return float(np.sum(w * g(s * x) ** power))

    def two(self, g, q1, q2, c):
        s1, s2 = np.sqrt(q1), np.sqrt(q2)
        if s1 == 0 or s2 == 0:
            return self.one(g, q1) * self.one(g, q2)
        rho = np.clip(c / (s1 * s2), -1, 1)
        if 1 - abs(rho) < 1e-15:
            x, w = self.nodes([p / s for p in self.points for s in (s1, rho * s2)], max(s1, s2))
            return float(np.sum(w * g(s1 * x) * g(np.sign(rho) * s2 * x)))
        rest = np.sqrt((1 - rho) * (1 + rho))
        total = 0.0
        outer = sorted({p / s for p in self.points for s in (s1, rho * s2 if abs(rho) > 1e-3 else s1)})
        x, w = self.nodes(outer, max(s1, s2))
        for a, b in zip(x, w, strict=True):
            y, v = self.nodes([(p / s2 - rho * a) / rest for p in self.points], s2)
            total += b * float(g(np.array([s1 * a]))[0]) * float(np.sum(v * g(s2 * (rho * a + rest * y))))
        return total

    def network(self, c, q1, q2, depth, c_res):
        """(K^(H), K^(H−1)) of a pair by the recursion as du2018 prints it."""
        cs = 1 / self.one(self.function, 1.0, 2)
        b1 = b2 = 0.0
        k = 0 if c_res is None else c_res / depth
        for h in range(1, depth):
            cross = self.two(self.function, q1, q2, c)
            m1, m2 = self.one(self.function, q1), self.one(self.function, q2)
            s1, s2 = self.one(self.function, q1, 2), self.one(self.function, q2, 2)
            if h == 1 or c_res is None:
                c, q1, q2, b1, b2 = cs * cross, cs * s1, cs * s2, cs**0.5 * m1, cs**0.5 * m2
            else:
                c = c + k * (b1 * m2 + b2 * m1) + k * k * cross
                q1, q2 = q1 + 2 * k * b1 * m1 + k * k * s1, q2 + 2 * k * b2 * m2 + k * k * s2
                b1, b2 = b1 + k * m1, b2 + k * m2
        scale = cs if c_res is None or depth == 1 else k * k
        return scale * c * self.two(self.slope, q1, q2, c), c


KINKED = {
    "abs": (lambda t: np.abs(t), lambda t: np.sign(t), [0.0]),
    "relu": (lambda t: np.maximum(t, 0), lambda t: (t > 0) * 1.0, [0.0]),
    "leaky": (lambda t: np.where(t > 0, t, 0.1 * t), lambda t: np.where(t > 0, 1.0, 0.1), [0.0]),
    "clip": (lambda t: np.clip(t, -1, 1), lambda t: (np.abs(t) < 1) * 1.0, [-1.0, 1.0]),
    "relu6": (lambda t: np.minimum(np.maximum(t, 0), 6), lambda t: ((t > 0) & (t < 6)) * 1.0, [0.0, 6.0]),
    "shift": (lambda t: np.maximum(t - 0.37, 0) + t / 5, lambda t: (t > 0.37) + 0.2, [0.37]),
    "elu": (lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0))), lambda t: np.exp(np.minimum(t, 0)), [0.0]),
    "softsign": (lambda t: t / (1 + np.abs(t)), lambda t: 1 / (1 + np.abs(t)) ** 2, [0.0]),
    "hardswish": (
        lambda t: t * np.clip(t + 3, 0, 6) / 6,
        lambda t: np.where(np.abs(t) < 3, t / 3 + 0.5, (t > 3) * 1.0),
        [-3.0, 3.0],
    ),
    "square": (lambda t: np.maximum(t, 0) ** 2, lambda t: 2 * np.maximum(t, 0), [0.0]),
}
"""Python functions with kinks: σ, σ′ and where they are."""
WIDE = {
    "tanh": sp.tanh(X),
    "logistic": 1 / (1 + sp.exp(-X)),
    "softplus": sp.log(1 + sp.exp(X)),
    "gelu": X * (1 + sp.erf(X / sp.sqrt(2))) / 2,
    "silu": X / (1 + sp.exp(-X)),
    "arctan": sp.atan(X),
    "erf": sp.erf(X),
    "max": sp.Max(0, X) - sp.Max(0, -X) / 7,
    "elu": sp.Piecewise((X, X > 0), (sp.exp(X) - 1, True)),
}
"""What users write, and give inputs of any norm."""


def case(rng):
    """An activation as given, with what the slow route needs, a name, and whether it is one for any norm."""
    kind = str(rng.choice(["wave", "spike", "kink", "growth", "smooth", "steep", "python", "python", "wide", "wide"]))
    at = float(np.round(rng.uniform(-1.5, 1.5), 3))
    python = bool(rng.random() < 0.5)
    width, reach = 0.5, 10.0
    if kind == "python":
        name = str(rng.choice(sorted(KINKED)))
        f, df, points = KINKED[name]
        return f, Slow(f, lambda t: df(t) + 0.0 * t, points), f"python {name}", name != "square"
    if kind == "wave":
        w = int(rng.integers(3, 14))
        expr, points, width = sp.sin(w * X) + X / 3, [], 0.125
    elif kind == "spike":
        sharp = int(10 ** rng.integers(1, 5))
        expr, points = X + sp.exp(-sharp * (X - sp.Rational(str(at))) ** 2), [at]
    elif kind == "kink":
        y = X - sp.Rational(str(at))
        expr, points, python = sp.Max(0, y) + y / 4, [at], False
    elif kind == "growth":
        expr = [X**4 / 10 + X, sp.sinh(X), sp.exp(X / 2), sp.exp(X**2 / 8)][int(rng.integers(4))]
        points, reach = [], 25.0
    elif kind == "smooth":
        y = X - sp.Rational(str(at))
        expr, points = [sp.tanh(y), sp.log(1 + sp.exp(y)), y / sp.sqrt(1 + y**2), sp.erf(y)][int(rng.integers(4))], []
    elif kind == "wide":
        name = str(rng.choice(sorted(WIDE)))
        expr, points, python = WIDE[name], [0.0], False
    else:
        expr, points = sp.tanh(int(rng.integers(3, 30)) * (X - sp.Rational(str(at)))), [at]
    if kind == "wide":  # for the slow route the stable forms
        safe = Dual.of(expr).f
        f, df = safe, safe.derivative
    else:
        f, df = (sp.lambdify(X, e, ["scipy", "numpy"]) for e in (expr, expr.diff(X)))
    slow = Slow(f, lambda t: np.asarray(df(t), dtype=float) + 0 * t, points, width, reach)
    return (f if python else expr), slow, f"{kind} {expr} {'python' if python else ''}", kind == "wide"


def inputs(rng, any_norm):
    """Vectors: of norm one or not, nearly parallel or antiparallel, duplicates, zero, of other norms in one batch."""
    n, d = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    x = rng.standard_normal((n, d))
    if rng.random() < 0.5:
        x /= np.linalg.norm(x, axis=1)[:, None]
    if rng.random() < 0.3:
        x[1] = x[0] * rng.choice([-1, 1]) + 10.0 ** -rng.integers(1, 10) * rng.standard_normal(d)
    if rng.random() < 0.05:
        x[1] = x[0]
    if rng.random() < 0.1:
        x[1] = 0
    if any_norm and rng.random() < 0.6:
        x *= 10.0 ** rng.uniform(-8, 4)
    elif any_norm and rng.random() < 0.3:
        x *= 10.0 ** rng.uniform(-4, 3, (n, 1))
    elif rng.random() < 0.3:
        x *= 10.0 ** rng.uniform(-1.5, 0.5)
    return x


def trial(seed):
    """What one random network came to: "right" with error and true error, or "refused" with the reason."""
    rng = np.random.default_rng([18, seed])
    activation, slow, name, any_norm = case(rng)
    x, depth = inputs(rng, any_norm), int(rng.integers(1, 4))
    c_res = None if rng.random() < 0.6 else 0.7
    try:
        with np.errstate(all="ignore"):
            K = fully_connected(x, activation, depth) if c_res is None else residual(x, activation, depth, c_res=c_res)
    except REFUSED as error:
        return "refused", f"{seed} {name}: {error}", 0.0, 0.0
    q = (x * x).sum(1)
    worst, rounding = 0.0, 0.0
    for i, j in ((0, 0), (0, 1)):
        c = q[0] if i == j else float(x[i] @ x[j])
        with np.errstate(all="ignore"):
            last, features = slow.network(c, q[i], q[j], depth, c_res)
        worst = max(worst, abs(last - K.last[i, j]), abs(features - K.features[i, j]))
        top = max(abs(last), K.last[0, 0], K.last[1, 1], K.features[0, 0], K.features[1, 1])
        # σ of the slow route is rounded too; between nearly parallel inputs half its digits are lost
        rho = abs(c) / (q[i] * q[j]) ** 0.5 if q[i] * q[j] > 0 else 0.0
        lost = 1e-15 / max(1 - rho, 1e-15) ** 0.5 if i != j else 0.0
        rounding = max(rounding, (1e-12 + lost) * top)
    size = max(K.last.max(), K.features.max(), 1e-300)
    state = "right" if worst <= K.error + rounding else "wrong"
    text = (
        f"{seed} {name} depth {depth} c_res {c_res} norms {np.sqrt(q[:2])}: {worst:.3g} > {K.error:.3g} of {size:.3g}"
    )
    return state, text, K.error / size, worst / size


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_against_slow_integration(seed) -> None:
    state, text, _, _ = trial(seed)
    assert state != "wrong", text


def mehler_exact(w, q1, q2, c):
    """E sin(wu)sin(wv) and E of the product of its derivatives, in closed form."""
    with mp.workdps(40):
        damped = mp.exp(-(mp.mpf(w) ** 2) * (mp.mpf(q1) + q2) / 2)
        both = damped * mp.sinh(w * w * mp.mpf(c)), w * w * damped * mp.cosh(w * w * mp.mpf(c))
        return tuple(float(v) for v in both)


@pytest.mark.parametrize("w", [3, 10, 20])
@pytest.mark.parametrize("python", [True, False])
def test_fast_waves_are_resolved(w, python) -> None:
    f = (lambda t: np.sin(w * t)) if python else sp.sin(w * X)
    for rho in (0.3, 0.9, 0.999, -0.97):
        one = np.ones(1)
        dual = Dual.of(f)
        for route, exact in zip((dual, dual.derivative), mehler_exact(w, 1.0, 1.0, rho), strict=True):
            value, error = route(np.array([[rho]]), one, one)
            assert abs(float(value[0, 0]) - exact) <= error
            assert error < 1e-8 * w**2
    x = np.array([[1.0, 0.0], [0.6, 0.8], [0.995, np.sqrt(1 - 0.995**2)]])
    K = fully_connected(x, f, 2)
    cs = 2 / (1 - np.exp(-2 * w * w))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        features = cs * mehler_exact(w, 1, 1, float(x[i] @ x[j]))[0]
        last = cs * features * mehler_exact(w, 1, 1, features)[1]
        assert abs(K.features[i, j] - features) <= K.error
        assert abs(K.last[i, j] - last) <= K.error


def test_a_spike_between_the_nodes_is_seen() -> None:
    for sharp in (1e4, 1e6):
        f = lambda t, a=sharp: np.exp(-a * (t - 1.234567) ** 2)  # noqa: E731
        assert sharp < 1e6 or hidden_edges(Dual.of(lambda t, f=f: t + f(t)).f)
        exact = float(
            mp.quad(lambda t, a=sharp: mp.exp(-2 * a * (t - 1.234567) ** 2) * mp.npdf(t), [1.1, 1.234567, 1.4])
        )
        second = float(Dual.of(f).second_moment(np.ones(1))[0])
        assert second == pytest.approx(exact, rel=1e-11)
    narrow = sp.exp(
        -(10**12) * (X - sp.Rational(1234567, 10**6)) ** 2
    )  # no scan would see it: the argument's zero does
    assert float(Dual.of(narrow).second_moment(np.ones(1))[0]) == pytest.approx(
        float(mp.npdf(1.234567)) * np.sqrt(np.pi / 2e12), rel=1e-5
    )


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda t: np.tanh(t.astype(np.float32)), "float32"),
        (lambda t: t + np.random.default_rng().standard_normal(len(t)), "different values"),
        (lambda t: t - t.mean(), "mixes"),
        (lambda t: np.cumsum(t), "mixes"),
        (lambda t: np.sign(t - 0.3), "jumps"),
        (np.sign, "jumps"),
        (lambda t: np.abs(t - 0.3) + (t > 1), "jumps"),
        (lambda t: np.exp(t**2), "square-integrable"),
        (lambda t: t + 1e-6 * np.sin(1e9 * t), "rough"),
        (sp.sign(X), "jumps"),
        (sp.Piecewise((0, X - sp.Rational(3, 10) < 0), (1, True)), "jumps"),
        (sp.floor(X), "jumps"),
    ],
)
def test_what_has_no_answer_is_refused(f, said) -> None:
    with np.errstate(all="ignore"), pytest.raises(ActivationError, match=said):
        fully_connected(np.eye(3), f, 2)


def test_functions_that_work_in_place_or_return_integers() -> None:
    def in_place(t):
        t *= t
        return t

    x = np.array([[1.0, 0.2], [0.4, -0.5]])
    assert fully_connected(x, in_place, 2).last == pytest.approx(fully_connected(x, X**2, 2).last, abs=1e-13)
    loop = lambda t: [np.tanh(v) for v in t]  # noqa: E731
    assert fully_connected(x, loop, 2).last == pytest.approx(fully_connected(x, "tanh", 2).last, abs=1e-12)


@pytest.mark.parametrize(
    ("f", "scale"), [("tanh", 10.0), (1 / (1 + sp.exp(-X)), 10.0), ("erf", 10.0), ("erf", 1e3), ("erf", 1e6)]
)
def test_large_inputs(f, scale) -> None:
    x = np.array([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [0.99, np.sqrt(1 - 0.99**2)]])
    K = fully_connected(scale * x, f, 2)
    assert np.isfinite(K.last).all()
    assert K.error < 1e-2


def test_errors_do_not_blow_up_where_layers_contract() -> None:
    x = np.random.default_rng(1).standard_normal((6, 5))
    x /= np.linalg.norm(x, axis=1)[:, None]
    for f, depth in (("erf", 500), ("tanh", 500), ("relu", 500)):
        K = fully_connected(x, f, depth)
        assert np.isfinite(K.last).all()
        assert K.error < 1e-5


def test_the_error_covers_every_array() -> None:
    rng = np.random.default_rng(4)
    image = rng.standard_normal((2, 2, 4))
    image[1] = image[0] + 1e-5 * image[1]
    found = convolutional(image, "tanh", 3)
    turned = convolutional(image[:, ::-1].copy(), "tanh", 3)  # channels in another order: other roundings
    assert np.max(np.abs(found.last - turned.last)) <= found.error + turned.error
    assert np.max(np.abs(found.features - turned.features)) <= found.error + turned.error

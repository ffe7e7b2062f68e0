"""Infinite-width Gram matrices of du2018: Definitions 5.1 (fully connected), 6.1 (residual), 7.1 (convolutional).

On inputs of equal norm a whole network is one function of the cosine ρ of two inputs. It is built by
running the recursion at Chebyshev points, and evaluated on all pairs at the cost of a short polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from numerics.dual import EPS, CorrelationError, Dual, correlation, in_threads
from numerics.memory import require
from numerics.patches import Patches

Array = NDArray[np.float64]
Architecture = Literal["fully-connected", "residual"]

EQUAL_NORMS = 1e-14
"""Relative spread of the squared norms below which they count as equal."""


FEW = 150
"""So many inputs cost less by themselves than the map, where every value is a quadrature."""


class InputError(ValueError):
    """Inputs for which the Gram matrix is not defined: NaN, a zero input, no inputs, H < 1."""


@dataclass(frozen=True)
class GramMatrix:
    """K^(H) as `last` and K^(H−1) as `features` (n, n), both NumPy or torch; b^(H−1) as `means` (n).

    `error` bounds the error of an entry of `last`: truncation of every layer, carried on to first order,
    and rounding.
    """

    last: Any
    features: Any
    means: Any
    error: float


@dataclass(frozen=True)
class Network:
    """What the recursion needs: the dual of σ, c_σ, depth, and c_res (None: fully connected)."""

    dual: Dual
    depth: int
    c_sigma: float
    c_res: float | None

    @property
    def step(self) -> float:
        """c_res/H, the weight of one residual layer."""
        return 0.0 if self.c_res is None else self.c_res / self.depth


@dataclass(frozen=True)
class _Layer:
    """Covariances c of pairs (rows × columns) with variances q and means b of both sides, and the error so far."""

    c: Any
    q: tuple[Any, Any]
    b: tuple[Any, Any]
    error: float = 0.0


def network(activation: Any, depth: int, c_res: float | None = None, c_sigma: float | None = None) -> Network:
    """A network of du2018; c_σ = 1/E σ(x)² unless given. Raises InputError for a depth or c_res that is none."""
    if depth < 1 or int(depth) != depth:
        raise InputError(f"the depth H = {depth} is not a positive integer")
    if c_res is not None and not 0 < c_res < np.inf:
        raise InputError(f"c_res = {c_res} is not positive")
    dual = Dual.of(activation)
    second = float(dual.second_moment(np.ones(1))[0])
    if second == 0:
        raise InputError(f"{dual.f.name} vanishes: c_σ = 1/E σ² does not exist")
    return Network(dual, int(depth), 1 / second if c_sigma is None else c_sigma, c_res)


def fully_connected(x: Any, activation: Any, depth: int, *, c_sigma: float | None = None) -> GramMatrix:
    """K^(H) of Definition 5.1 on inputs x (n, d), NumPy or torch, of any norms.

    Raises InputError for NaN, zero inputs, n < 1 or H < 1, ActivationError, TooLarge.
    """
    return _gram(x, network(activation, depth, None, c_sigma))


def residual(x: Any, activation: Any, depth: int, *, c_res: float = 0.5, c_sigma: float | None = None) -> GramMatrix:
    """K^(H) of Definition 6.1 on inputs x (n, d), NumPy or torch, of any norms; H = 1 has no residual layer.

    Raises as `fully_connected` does.
    """
    return _gram(x, network(activation, depth, c_res, c_sigma))


def _gram(x: Any, net: Network) -> GramMatrix:
    x = _checked(x)
    n = len(x)
    require(8.0 * n * n * 5, f"a Gram matrix of {n} inputs", "take fewer inputs, or float64 on a larger machine")
    q = (x * x).sum(-1)
    smallest, largest = float(q.min()), float(q.max())
    if smallest == 0:
        raise InputError(f"input {int(q.argmin())} is zero: it has no angle with the others; leave it out")
    few = bool(net.dual.f.kinks) and not net.dual.closed and n <= FEW
    if largest - smallest <= EQUAL_NORMS * largest and not few:
        return _equal_norms(x / q[:, None] ** 0.5, float(q.mean()), net)
    c = x @ x.T
    c = (c + c.T) / 2
    before, after = _through(_Layer(c, (q, q), (q * 0, q * 0)), net)
    return GramMatrix(after.c, before.c, before.b[0], after.error)


def _checked(x: Any) -> Any:
    if not hasattr(x, "new_tensor"):
        x = np.asarray(x, dtype=float)
    if x.ndim != 2 or len(x) < 1:
        raise InputError(f"inputs of shape {tuple(x.shape)}: a matrix (n, d) with n ≥ 1 is needed")
    finite = (x * 0 == 0).all(1)
    if not bool(finite.all()):
        raise InputError(f"input {int((~finite).nonzero()[0][0])} has NaN or infinity in it")
    return x.double() if hasattr(x, "double") else x


def _through(start: _Layer, net: Network) -> tuple[_Layer, _Layer]:
    """The layer before the last, with its c = K^(H−1), and the last, with its c = K^(H)."""
    layer = start
    for h in range(1, net.depth):
        layer = _first(layer, net) if h == 1 or net.c_res is None else _residual(layer, net)
    return layer, _last(layer, net)


def _means(layer: _Layer, net: Network) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """E σ(u) and E σ(u)² for rows and columns."""
    found = []
    for q in dict.fromkeys(map(id, layer.q)):
        values = next(v for v in layer.q if id(v) == q)
        host = values if isinstance(values, np.ndarray) else values.cpu().numpy()
        pair = net.dual.mean(host), net.dual.second_moment(host)
        found.append(pair if isinstance(values, np.ndarray) else tuple(values.new_tensor(p) for p in pair))
    rows, cols = found[0], found[-1]
    return (rows[0], cols[0]), (rows[1], cols[1])


def _pair(rows: Any, cols: Any, same: bool) -> tuple[Any, Any]:
    """(rows, cols), one object if both sides are the same inputs."""
    return (rows, rows) if same else (rows, cols)


def _first(layer: _Layer, net: Network) -> _Layer:
    """K = c_σ E σσ, b = √c_σ E σ: a layer without shortcut."""
    same = layer.q[0] is layer.q[1]
    values, error = net.dual(layer.c, *layer.q)
    (mean_rows, mean_cols), (second_rows, second_cols) = _means(layer, net)
    cs = net.c_sigma
    c = _with_diagonal(cs * values, cs * second_rows) if same else cs * values
    q = _pair(cs * second_rows, cs * second_cols, same)
    b = _pair(cs**0.5 * mean_rows, cs**0.5 * mean_cols, same)
    return _Layer(c, q, b, cs * error + cs * _growth(layer, net) * layer.error)


def _residual(layer: _Layer, net: Network) -> _Layer:
    """K + κ(b_i E σ(v) + b_j E σ(u)) + κ² E σσ, b + κ E σ with κ = c_res/H."""
    same = layer.q[0] is layer.q[1]
    kappa = net.step
    values, error = net.dual(layer.c, *layer.q)
    (mean_rows, mean_cols), (second_rows, second_cols) = _means(layer, net)
    b_rows, b_cols = layer.b
    c = layer.c + kappa * (b_rows[:, None] * mean_cols[None, :] + mean_rows[:, None] * b_cols[None, :])
    c = c + kappa**2 * values
    q_rows = layer.q[0] + 2 * kappa * b_rows * mean_rows + kappa**2 * second_rows
    q_cols = layer.q[1] + 2 * kappa * b_cols * mean_cols + kappa**2 * second_cols
    b = _pair(b_rows + kappa * mean_rows, b_cols + kappa * mean_cols, same)
    c = _with_diagonal(c, q_rows) if same else c
    grown = (1 + kappa * _growth(layer, net)) ** 2 * layer.error
    return _Layer(c, _pair(q_rows, q_cols, same), b, kappa**2 * error + grown + 4 * EPS * float(q_rows.max()))


def _last(layer: _Layer, net: Network) -> _Layer:
    """K^(H) = s·K^(H−1)·E σ′σ′ with s = c_σ or (c_res/H)²; a net of one layer has no shortcut."""
    scale = net.c_sigma if net.c_res is None or net.depth == 1 else net.step**2
    values, error = net.dual.derivative(layer.c, *layer.q)
    ends = np.array([float(end) for q in layer.q for end in (q.min(), q.max())])
    top = float(ends.max())
    rho = layer.c / (layer.q[0][:, None] * layer.q[1][None, :]) ** 0.5
    inner = float((abs(rho) * (abs(rho) < 1 - EPS)).max())
    slope = net.dual.derivative.slope(ends, inner) * top + _growth(layer, net)
    total = scale * (top * error + slope * layer.error + 8 * EPS * top * _growth(layer, net))
    c = scale * layer.c * values
    # on the diagonal both angles are 0 exactly; their rounding would cost half the digits of a σ′ that jumps
    c = _with_diagonal(c, _own_last(layer.q[0], net)) if layer.q[0] is layer.q[1] else c
    return _Layer(c, layer.q, layer.b, total)


def _own_last(q: Any, net: Network) -> Any:
    """K^(H)_ii = s·q·E σ′(√q x)²."""
    scale = net.c_sigma if net.c_res is None or net.depth == 1 else net.step**2
    second = net.dual.derivative.second_moment(q if isinstance(q, np.ndarray) else q.cpu().numpy())
    return scale * q * (second if isinstance(q, np.ndarray) else q.new_tensor(second))


def _growth(layer: _Layer, net: Network) -> float:
    """sup E σ′², by which an error of a covariance grows to first order (Price)."""
    ends = [float(end) for q in layer.q for end in (q.min(), q.max())]
    return float(net.dual.derivative.second_moment(np.unique(np.maximum(ends, 1e-300))).max())


def _with_diagonal(c: Any, q: Any) -> Any:
    """The variances, known without a series, on the diagonal."""
    index = range(len(q))
    c[index, index] = q
    return c


def _equal_norms(unit: Any, q0: float, net: Network) -> GramMatrix:
    """All pairs through one function of their cosine; the diagonal is its value at 1."""
    rho = unit @ unit.T
    rho = (rho + rho.T) / 2
    one = unit[:, 0] * 0 + 1
    rho = correlation(rho, one, one)
    curve = equal_norm_map(net, q0)
    last, features = curve(rho)
    index = range(len(unit))
    last[index, index], features[index, index] = curve.at_one
    return GramMatrix(last, features, one * curve.mean, curve.error)


@dataclass(frozen=True)
class Piece:
    """Chebyshev coefficients (degree + 1, 2) of (K^(H), K^(H−1)) on low ≤ t ≤ high."""

    low: float
    high: float
    series: Array


@dataclass(frozen=True)
class Curve:
    """ρ ↦ (K^(H), K^(H−1)) for inputs of one norm: polynomials in t = ρ, or in t = 2θ/π − 1 with θ = arccos ρ."""

    pieces: tuple[Piece, ...]
    angular: bool
    at_one: tuple[float, float]
    mean: float
    error: float = 0.0

    @property
    def degree(self) -> int:
        """The largest degree of a piece."""
        return max(len(p.series) for p in self.pieces) - 1

    def __call__(self, rho: Any) -> tuple[Any, Any]:
        """Both matrices at cosines ρ (NumPy or torch), in blocks of rows."""
        if not isinstance(rho, np.ndarray):
            return self._at(rho)
        last, features = np.empty_like(rho), np.empty_like(rho)
        step = max(1, 16384 // max(rho.shape[1], 1))

        def block(start: int) -> None:
            rows = slice(start, start + step)
            last[rows], features[rows] = self._at(rho[rows])

        in_threads(block, range(0, len(rho), step))
        return last, features

    def _at(self, rho: Any) -> tuple[Any, Any]:
        arccos = np.arccos if isinstance(rho, np.ndarray) else rho.__class__.arccos
        t = arccos(rho) * (2 / np.pi) - 1 if self.angular else rho
        if len(self.pieces) == 1:
            return _clenshaw(self.pieces[0].series[:, 0], t), _clenshaw(self.pieces[0].series[:, 1], t)
        last, features = t * 0, t * 0
        for i, piece in enumerate(self.pieces):
            inside = t >= piece.low if i else t == t
            inside = inside & (t < piece.high) if i < len(self.pieces) - 1 else inside
            if bool(inside.any()):
                own = (t[inside] - piece.low) * (2 / (piece.high - piece.low)) - 1
                last[inside], features[inside] = (_clenshaw(piece.series[:, j], own) for j in (0, 1))
        return last, features


def _clenshaw(series: Array, t: Any) -> Any:
    """Σ c_k T_k(t) in place, three arrays of the shape of t."""
    twice = 2 * t
    one, two = t * 0 + float(series[-1]), t * 0
    for c in series[-2:0:-1]:
        two *= -1
        two += twice * one
        two += float(c)
        one, two = two, one
    one *= t
    one -= two
    one += float(series[0])
    return one


WHOLE, PART = (16, 32, 64), 24
"""Degrees tried on the whole interval, and the degree on each part of it where that does not do."""
LEFT = 16 * EPS
"""Size of the last coefficients, relative to the function, at which a polynomial counts as resolved."""
NOISE, QUIET, SPLITS = 1e-8, 1e-11, 12
"""Below these sizes coefficients that no longer fall are rounding, in a part and in the whole."""


def equal_norm_map(net: Network, q0: float = 1.0) -> Curve:
    """The network on inputs of squared norm q0 as a function of their cosine.

    In ρ if σ is smooth (then it is analytic), else in θ, in which kinks leave it smooth on [0, π]. A deep
    network in its chaotic phase is steep at the ends: there the interval is cut, ever finer.
    """
    angular = bool(net.dual.f.kinks)
    before = 1.0
    by_quadrature = angular and not net.dual.closed
    for degree in (*WHOLE, 128) if by_quadrature else WHOLE:
        pieces, ends, left = _interpolate(net, q0, [(-1.0, 1.0)], degree, angular)
        if left[0] <= LEFT or (left[0] <= QUIET and left[0] >= before / 30):
            break
        before = left[0]
    if left[0] > LEFT and before == left[0] and not by_quadrature:
        marks = [1 - 4.0**-j for j in range(13)]
        edges = [-1.0, *(-m for m in reversed(marks[1:])), *marks, 1.0]
        wanted = [(a, b, 1.0) for a, b in zip(edges, edges[1:], strict=False)]
        pieces = []
        for level in range(SPLITS):
            found, ends, left = _interpolate(net, q0, [(a, b) for a, b, _ in wanted], PART, angular)
            again = []
            for p, rest, (_, _, before) in zip(found, left, wanted, strict=True):
                noise = rest <= NOISE and rest >= before / 10  # halving does not help: rounding, grown over the layers
                if rest <= LEFT or noise or level == SPLITS - 1:
                    pieces.append(p)
                else:
                    middle = (p.low + p.high) / 2
                    again += [(p.low, middle, rest), (middle, p.high, rest)]
            wanted = again
            if not wanted:
                break
        pieces.sort(key=lambda p: p.low)
    at_one, mean, error = ends
    return _confirmed(Curve(tuple(pieces), angular, at_one, mean, error), net, q0)


def _run(net: Network, q0: float, rho: Array) -> tuple[Array, _Layer, _Layer]:
    """K^(H) and K^(H−1) at cosines ρ by the recursion itself, shape (2, len(ρ)), with both layers."""
    rows, cols = np.array([q0], dtype=rho.dtype), np.full(len(rho), q0, dtype=rho.dtype)
    before, after = _through(_Layer(q0 * rho[None, :], (rows, cols), (rows * 0, cols * 0)), net)
    return np.stack([after.c[0], before.c[0]]), before, after


def _dtype(net: Network) -> Any:
    """Kinked kernels with a closed form run in long double: the angle of nearly parallel inputs loses digits."""
    return np.longdouble if net.dual.f.kinks else float


def _interpolate(
    net: Network, q0: float, intervals: list[tuple[float, float]], degree: int, angular: bool
) -> tuple[list[Piece], tuple[tuple[float, float], float, float], list[float]]:
    """Interpolants at degree + 1 Chebyshev points of each interval, what the ends give, the last coefficients' size."""
    nodes = np.cos(np.pi * np.arange(degree + 1, dtype=_dtype(net)) / degree)
    t = np.concatenate([low + (high - low) * (nodes + 1) / 2 for low, high in intervals])
    rho = np.cos(np.pi * (t + 1) / 2) if angular else t
    found, before, after = _run(net, q0, rho)
    own = before.q[0]
    at_one = (float(_own_last(own, net)[0]), float(own[0]))
    values = found.astype(float).reshape(2, len(intervals), degree + 1)
    weights = np.ones(degree + 1)
    weights[[0, -1]] = 0.5
    k = np.arange(degree + 1)
    series = np.einsum("kj,cij->ikc", np.cos(np.pi * np.outer(k, k) / degree) * weights, values) * (2 / degree)
    series[:, [0, -1]] /= 2
    size = np.abs(values).max((1, 2))
    left = np.max(np.abs(series[:, -3:]) / size, axis=(1, 2))
    pieces = []
    for (low, high), own in zip(intervals, series, strict=True):
        large = np.flatnonzero((np.abs(own) > EPS / 4 * size).any(1))
        pieces.append(Piece(low, high, own[: max(int(large[-1]) + 1 if len(large) else 1, 2)]))
    return pieces, (at_one, float(before.b[0][0]), after.error), left.tolist()


def _confirmed(curve: Curve, net: Network, q0: float) -> Curve:
    """The curve with its distance from the recursion at points between its nodes added to the error."""
    t = np.cos(np.pi * (np.arange(24, dtype=_dtype(net)) + 0.37) / 24)
    rho = np.cos(np.pi * (t + 1) / 2) if curve.angular else t
    found, _, after = _run(net, q0, rho)
    missed = float(np.max(np.abs(curve(rho[None, :].astype(float))[0] - found[0])))
    return replace(curve, error=after.error + 2 * missed)


@dataclass(frozen=True)
class PixelGram:
    """K^(H) of Definition 7.1 as `last` (n, n), and the pixel covariances ⟨x_l, x′_l⟩ of layer H−1 (p, n, n)."""

    last: Any
    features: Any
    error: float


def convolutional(
    images: Any, activation: Any, depth: int, size: tuple[int, ...] = (3,), *, c_res: float = 0.5, c_sigma: float | None = None
) -> PixelGram:
    """K^(H) of Definition 7.1 on images (n, channels, *shape) with patches of the given size, zero padding.

    The output f = ⟨a, x^(H)⟩ has independent weights for each pixel, so that only pairs of equal pixels
    enter; their patches are cut alike by the padding, and the trace pairs pixels of equal offset.
    Raises as `fully_connected` does, and ValueError for patches that do not fit.
    """
    net = network(activation, depth, c_res, c_sigma)
    images = images if hasattr(images, "new_tensor") else np.asarray(images, dtype=float)
    if images.ndim != 2 + len(size):
        raise InputError(f"images of shape {tuple(images.shape)} for patches {size}: (n, channels, *pixels) is needed")
    n = len(images)
    patches = Patches(tuple(images.shape[2:]), size)
    require(8.0 * n * n * patches.pixels * 4, f"{patches.pixels} pixels of {n} images", "take fewer or smaller images")
    flat = _checked(images.reshape(n, -1)).reshape(n, images.shape[1], -1)
    table = patches.neighbours
    pixels = [flat[:, :, l] for l in range(patches.pixels)]
    layers = [_Layer(x @ x.T, (q, q), (q * 0, q * 0)) for x in pixels for q in [(x * x).sum(-1)]]
    for h in range(1, depth):
        layers = [_convolve(layers, table, l, net, first=h == 1) for l in range(patches.pixels)]
    ends = [_last(_patch(layers, table, l), net) for l in range(patches.pixels)]
    total = sum((e.c for e in ends[1:]), ends[0].c)
    stack = np.stack if isinstance(total, np.ndarray) else _torch_stack
    return PixelGram(total, stack([x.c for x in layers]), sum(e.error for e in ends))


def _torch_stack(parts: list[Any]) -> Any:
    import torch

    return torch.stack(parts)


def _patch(layers: list[_Layer], table: NDArray[np.int64], l: int) -> _Layer:
    """Covariances of the patches about pixel l: the sum over equal offsets of those of their pixels."""
    inside = [layers[s] for s in table[l] if s >= 0]
    c = sum((x.c for x in inside[1:]), inside[0].c)
    q = sum((x.q[0] for x in inside[1:]), inside[0].q[0])
    return _Layer(c, (q, q), layers[l].b, sum(x.error for x in inside))


def _convolve(layers: list[_Layer], table: NDArray[np.int64], l: int, net: Network, first: bool) -> _Layer:
    """One layer at pixel l: σ of the patch, with the shortcut of the pixel itself unless it is the first."""
    patch = _patch(layers, table, l)
    if first:
        return _first(patch, net)
    own = layers[l]
    kappa = net.step
    values, error = net.dual(patch.c, *patch.q)
    (mean, _), (second, _) = _means(patch, net)
    b = own.b[0]
    c = own.c + kappa * (b[:, None] * mean[None, :] + mean[:, None] * b[None, :]) + kappa**2 * values
    q = own.q[0] + 2 * kappa * b * mean + kappa**2 * second
    b = b + kappa * mean
    return _Layer(_with_diagonal(c, q), (q, q), (b, b), own.error + patch.error * kappa + kappa**2 * error)

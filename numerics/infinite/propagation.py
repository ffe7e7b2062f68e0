"""How errors of covariances, variances and means pass through a layer of du2018's recursions.

Relative to √(q_i q_j) an error of c grows by q·E σ′(u)σ′(v)/E σ² at most (Price), and that is at most its value at
|ρ|, since E σ′σ′ = Σ b_k²ρᵏ: between inputs that are not nearly parallel a layer contracts, and so do the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.infinite.dual import EPS, TINY, Dual
from numerics.values.functions import ActivationError

Array = NDArray[np.float64]

SAMPLES = 7
"""Variances at which the growth of errors is computed: all of them if they are few, else these quantiles."""
LARGEST_DRIFT = 1e-3
"""Relative error of a variance beyond which a first-order estimate is not valid."""
NEARLY = 0.999
"""Up to here the chord of a series is bounded by its coefficients; integration in the plane is slow."""
CAP = 2.0
"""By Cauchy–Schwarz no covariance is further than this from another of the same variances."""


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
class LayerMoments:
    """Covariances c of pairs (rows × columns) with variances q and means b of both sides, and the errors so far.

    |δc_ij| ≤ error·√(q_i q_j), a number or one for each entry of a single row; |δq| ≤ drift·q; |δb| ≤ shift·√q.
    """

    c: Any
    q: tuple[Any, Any]
    b: tuple[Any, Any]
    error: Any = 0.0
    drift: float = 0.0
    shift: float = 0.0


def sampled(q: tuple[Any, Any]) -> list[int]:
    """Indices of some rows: all, if they are few, else those of the smallest, of the largest and between."""
    host = q[0] if isinstance(q[0], np.ndarray) else q[0].cpu().numpy()
    if len(host) > 1 and (host == host[0]).all():
        return [0]
    order = np.argsort(np.asarray(host, dtype=float))
    return [int(i) for i in np.unique(order[np.linspace(0, len(order) - 1, SAMPLES).astype(int)])]


def correlations(layer: LayerMoments) -> Any:
    """|ρ| of every entry of a single row; of a matrix of all pairs the largest off the diagonal."""
    rho = abs(layer.c) / ((layer.q[0][:, None] * layer.q[1][None, :]) ** 0.5 + TINY)
    if layer.q[0] is not layer.q[1]:
        host = rho if isinstance(rho, np.ndarray) else rho.cpu().numpy()
        return np.minimum(host, 1.0)
    index = range(len(rho))
    rho[index, index] = 0.0
    return np.array(min(float(rho.max()), 1.0))


def _at(values: Any, i: int) -> float:
    return float(values[i])


def _rounding(c: Any) -> float:
    """A rounding in the number system of c: curves of kinked kernels run in long double."""
    return float(np.finfo(c.dtype).eps) if isinstance(c, np.ndarray) else EPS


def grown(
    patch: LayerMoments, after: LayerMoments, net: Network, left: float, shortcut: LayerMoments | None = None
) -> LayerMoments:
    """The layer `after` with its errors: those of `patch`, which σ sees, and of the shortcut, and the new ones."""
    finite(after.c, net)
    r = np.minimum(correlations(patch) + patch.error + patch.drift, 1.0)
    eps = _rounding(patch.c)
    error: Any = np.zeros(np.shape(r))
    drift = shift = 0.0
    kappa2 = net.c_sigma if shortcut is None else net.step**2
    for i in sampled(patch.q):
        q, new = _at(patch.q[0], i), _at(after.q[0], i)
        if not q > TINY or not new > TINY:
            continue
        second = float(net.dual.second_moment(np.array([q]))[0])
        if not second > TINY:
            continue
        slopes = net.dual.derivative
        # ρ through Price, the scale through E tσ′(t)σ; both sides
        rho = q * slopes.slopes(q, r) / second * (patch.error + patch.drift)
        inner = float(slopes.slopes(q, 1.0))
        turned = (max(q * inner * (1 + 2 * slopes.growth(q)), 0.0) / second) ** 0.5 * patch.drift
        own = abs(net.dual.growth(q)) * patch.drift + net.dual.own_error(q) + 8 * eps
        share = kappa2 * second / new
        one = share * (rho + turned + left + 4 * eps)
        two, three = share * own, share**0.5 * (patch.drift + 8 * eps)
        if shortcut is not None:
            keep = _at(shortcut.q[0], i) / new
            mixed = 2 * (keep * share) ** 0.5 * (shortcut.shift + patch.drift + 8 * eps)
            one = one + keep * shortcut.error + mixed + 4 * eps
            two += keep * shortcut.drift + mixed + 4 * eps
            three += keep**0.5 * shortcut.shift + 2 * eps
        error, drift, shift = np.maximum(error, one), max(drift, two), max(shift, three)
    if drift > LARGEST_DRIFT:
        raise ActivationError(f"rounding is amplified beyond all digits over {net.depth} layers of {net.dual.f.name}")
    return LayerMoments(after.c, after.q, after.b, np.minimum(error, CAP), drift, shift)


def last_error(layer: LayerMoments, net: Network, left: float) -> Any:
    """A bound of the error of K^(H): Σ b_k²ρᵏ is convex, so a chord to 1 bounds its slope."""
    scale = net.c_sigma if net.c_res is None or net.depth == 1 else net.step**2
    slopes: Dual = net.dual.derivative
    moved = layer.error + layer.drift + _rounding(layer.c)
    r = np.atleast_1d(np.maximum(np.minimum(correlations(layer), 1 - moved), 0.0))
    total: Any = np.zeros(np.shape(layer.error))
    for i in sampled(layer.q):
        q = _at(layer.q[0], i)
        if not q > TINY:
            continue
        one = np.array([q])
        second = float(slopes.second_moment(one)[0])
        row = r.reshape(1, -1)
        if slopes.closed or float(row.max()) > NEARLY:
            wide = one.astype(row.dtype)
            at_r, unsure = slopes(wide * row, wide, np.repeat(wide, row.shape[1]))
            chord = np.maximum(second - at_r + unsure, 0.0) / (1 - row)
        else:
            chord = slopes.chord(q, row)
        change = 2 * moved * chord + abs(slopes.growth(q)) * second * layer.drift
        turned = layer.drift * (1 + 2 * abs(slopes.growth(q))) * second
        top = second * (left + 8 * EPS) + change + turned + float(slopes.slopes(q, 1.0)) * layer.error
        total = np.maximum(total, scale * q * (top if np.ndim(layer.error) else float(np.max(top))))
    return total


def finite(c: Any, net: Network) -> None:
    """Raise ActivationError where a covariance is infinite or NaN."""
    if not bool((c * 0 == 0).all()):
        raise ActivationError(f"{net.dual.f.name} grows beyond float64 in {net.depth} layers: take fewer layers")

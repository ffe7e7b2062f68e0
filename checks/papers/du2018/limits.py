"""Infinite width: growth of errors, λ_min against depth, full rank."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from checks.context import Context
from checks.papers.du2018.common import C_RES, DEPTH, INPUTS, SIGMA, Array, evaluated
from checks.readings import Enclosed, Followed, Scaled
from derivations.activations import ACTIVATIONS, LIPSCHITZ
from derivations.papers.du2018.headline import floor
from derivations.papers.du2018.notation import H, c_res
from derivations.papers.du2018.stability import L, growth_bound
from numerics.data import digits, equal_angles, sphere
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.recursion import network
from numerics.kernels import fully_connected, residual
from numerics.rigorous import cosines, gram_balls, least_eigenvalue
from numerics.rigorous import digits as working_digits
from numerics.statistics import drift, slope
from numerics.values.rounding import UNIT_ROUNDOFF


def growth_fc(context: Context) -> Scaled:
    """How an error of 1e-8 at ρ = 1 arrives at layer H − 1 of a fully connected erf network."""
    depths = np.array([2, 5, 10, 15, 20, 25])
    gap = 1e-8
    grown = []
    for depth in depths:
        curve = equal_norm_map(network("erf", int(depth)))
        grown.append((curve.at_one[1] - float(curve(np.array([[1 - gap]]))[1][0, 0])) / gap)
    many = [2, 5, 10, 20, 50, 100, 200]
    data = {
        "depth": many,
        "fc": [_middle_slope("erf", h, None) for h in many],
        "resnet": [_middle_slope("erf", h, C_RES) for h in many],
    }
    return Scaled(depths.astype(float), np.array(grown), "(erf)", data)


def _middle_slope(activation: str, depth: int, c_res: float | None, at: float = 0.3) -> float:
    """∂K^(H−1)/∂ρ at a cosine, by a difference of the network's one-dimensional map."""
    curve = equal_norm_map(network(activation, depth, c_res))
    step = 1e-5
    values = curve(np.array([[at - step, at + step]]))[1][0]
    return float(values[1] - values[0]) / (2 * step)


def growth_resnet(context: Context) -> Followed:
    """∂K^(H−1)/∂K^(1) at cosines from −0.9 to 0.9 for depths to 200, against e^{c_res² L²/H}."""
    at = np.linspace(-0.9, 0.9, 13)
    left, error, right = [], [], []
    for activation in ("softplus", "erf", "tanh"):
        lipschitz = float(LIPSCHITZ[activation])
        first, first_error = _slopes(equal_norm_map(network(activation, 2, C_RES)), at)
        for depth in (2, 3, 5, 10, 20, 50, 100, 200):
            moved, moved_error = _slopes(equal_norm_map(network(activation, depth, C_RES)), at)
            left.append(moved / first)
            error.append((moved_error + first_error * moved / first) / first)
            right.append(np.full(len(at), evaluated(growth_bound, {c_res: C_RES, L: lipschitz, H: float(depth)})))
    return Followed(
        np.array(left),
        np.array(right),
        "<=",
        0.0,
        "softplus, erf, tanh; H = 2 … 200, c_res = 0.5; central differences, with a bound of their error",
        left_error=np.array(error),
    )


def _slopes(curve: Any, at: Array) -> tuple[Array, Array]:
    """∂K^(H−1)/∂ρ by central differences, and a bound of its error: what half the step changes, and rounding.

    An error Cs² + O(s⁴) of the step s changes by ¾Cs² with half of it, and ¼Cs² is left.
    """
    step = 1e-3
    coarse, fine = ((curve((at + s)[None])[1] - curve((at - s)[None])[1])[0] / (2 * s) for s in (step, step / 2))
    return fine, np.abs(coarse - fine) + 64 * UNIT_ROUNDOFF / step


def least_eigenvalue_of(x: Array, depth: int, c_res: float | None, activation: str = SIGMA) -> float:
    gram = fully_connected(x, activation, depth) if c_res is None else residual(x, activation, depth, c_res=c_res)
    return float(np.linalg.eigvalsh(gram.last)[0])


def lambda_resnet(context: Context) -> Scaled:
    """λ_min(K^(H)) for H = 20 … 200 on digits and on the sphere, each over its geometric mean.

    λ_min·H²/c_res² = a + b/H + …: what b does to the exponent is measured at H = 2 … 10.
    """
    depths = np.array([2, 3, 5, 10, 20, 50, 100, 200])
    sets = {"digits": digits(INPUTS, context.seed).x, "sphere": sphere(INPUTS, 20, context.seed).x}
    found = {k: np.array([least_eigenvalue_of(x, int(h), C_RES) for h in depths]) for k, x in sets.items()}
    scaled = {k: (v * depths**2 / C_RES**2).tolist() for k, v in found.items()}
    plain = {k: [least_eigenvalue_of(x, int(h), None) for h in depths] for k, x in sets.items()}
    logs = np.log(np.array(list(found.values())))
    few, some, judged = slice(0, 3), slice(2, 4), slice(4, 8)
    exponents = [slope(np.log(depths[w]), logs[:, w]) for w in (few, some)]
    few_, some_, judged_ = (slope(np.log(depths[w]), 1 / depths[w]) for w in (few, some, judged))
    centred = np.exp(logs[:, judged] - logs[:, judged].mean(1, keepdims=True))
    about = (
        f"(100 digits, 100 points of the sphere; c_res = 0.5; λ_min·H²/c_res² = {scaled['digits'][-1]:.3g} of digits)"
    )
    return Scaled(
        np.tile(depths[judged].astype(float), len(sets)),
        centred.ravel(),
        about,
        {"depth": depths.tolist(), "resnet": scaled, "fc": plain},
        drift(exponents, (float(few_), float(some_)), float(judged_)),
    )


def lambda_fc(context: Context) -> Scaled:
    x = equal_angles(8, 0.3).x
    depths = np.array([16, 18, 20, 22, 24, 26])
    return Scaled(
        depths.astype(float), np.array([least_eigenvalue_of(x, int(h), None, "cos") for h in depths]), "(cos, 8 inputs)"
    )


def full_rank(context: Context) -> Enclosed:
    """λ_min(K^(H)) in ball arithmetic: 20 digits through ten residual layers, 8 vectors at one angle."""
    from sklearn.datasets import load_digits

    expr = ACTIVATIONS[SIGMA].expr
    chosen = np.random.default_rng(context.seed).permutation(1797)[:20]
    pixels = load_digits().data[chosen].astype(np.int64)
    third = [[1 if i == j else sp.Rational(3, 10) for j in range(8)] for i in range(8)]
    said, held = [], True
    with working_digits(30):
        from numerics.balls.enclosure import ball

        angles = [[ball(sp.sympify(e)) for e in row] for row in third]
        cases = (
            ("20 digits, ResNet, H = 10", cosines(pixels), 10, sp.Rational(1, 2)),
            ("8 vectors of cosine 3/10, fully connected, H = 3", angles, 3, None),
        )
        for name, rho, depth, residual_weight in cases:
            low, high = least_eigenvalue(gram_balls(rho, expr, depth, residual_weight))
            held = held and bool(low > ball(floor))
            said.append(f"λ_min ∈ [{low.str(8, radius=False)}, {high.upper().str(8, radius=False)}] ({name})")
    return Enclosed(True if held else None, "; ".join(said))


def full_rank_numbers(context: Context) -> Followed:
    """λ_min of three sets of inputs, with the kernels' own bound of their error, and that of the eigenvalues."""
    sets = [digits(INPUTS, context.seed).x, sphere(INPUTS, 20, context.seed).x, equal_angles(8, 0.3).x]
    least, error = [], []
    for x in sets:
        for depth, c in ((DEPTH, C_RES), (10, C_RES), (DEPTH, None)):
            gram = fully_connected(x, SIGMA, depth) if c is None else residual(x, SIGMA, depth, c_res=c)
            values = np.linalg.eigvalsh(gram.last)
            least.append(values[0])
            error.append(len(x) * (gram.error + UNIT_ROUNDOFF * values[-1]))
    about = f"λ_min from {min(least):.2g} to {max(least):.2g}, known to {max(error):.1g}"
    return Followed(np.full(len(least), float(floor)), np.array(least), "<=", 0.0, about, right_error=np.array(error))


def vanishing(context: Context, activation: str = SIGMA) -> Scaled:
    """λ_min(K^(H)) of two inputs at angles φ = 0.003 … 0.03, ResNet and fully connected, each over its mean.

    It is K_11 − K_12 = aφ² + bφ⁴ + …: what b does to the exponent is measured at φ = 0.05 … 0.4.
    """
    angles = np.geomspace(0.003, 0.03, 6)
    wide, wider = np.array([0.05, 0.1]), np.array([0.2, 0.4])

    def logs(at: Array) -> Array:
        pairs = [np.array([[1, 0], [np.cos(a), np.sin(a)]]) for a in at]
        return np.log([[least_eigenvalue_of(x, DEPTH, c, activation) for x in pairs] for c in (C_RES, None)])

    exponents = [slope(np.log(at), logs(at)) for at in (wide, wider)]
    first, second, judged = (float(slope(np.log(at), at**2)) for at in (wide, wider, angles))
    found = logs(angles)
    centred = np.exp(found - found.mean(1, keepdims=True))
    moved = drift(exponents, (first, second), judged)
    return Scaled(
        np.tile(angles, 2), centred.ravel(), f"({activation}, H = {DEPTH}, ResNet and fully connected)", drift=moved
    )

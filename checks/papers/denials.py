"""The papers' own hypotheses, each denied on a concrete case that can be computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from checks.context import Context


@dataclass(frozen=True)
class Case:
    """A case without the hypothesis: whether something fails there, the case itself, and what was seen.

    `contradicts` are the statements that it contradicts; of others that assume the same it says only which step fails.
    """

    fails: bool
    case: str
    detail: str
    contradicts: tuple[str, ...] = ()


def _least(x: list[list[float]], activation: str, depth: int = 3) -> float:
    from numerics.kernels import residual

    found = residual(np.array(x), activation, depth)
    return float(np.linalg.eigvalsh(found.last)[0])


def parallel_inputs(context: Context) -> Case:
    """Two equal inputs make two equal rows of the Gram matrix."""
    apart, same = _least([[1.0, 0.0], [0.0, 1.0]], "softplus"), _least([[1.0, 0.0], [1.0, 0.0]], "softplus")
    return Case(
        same < 1e-12 < apart,
        "n = 2, d = 2, x_1 = x_2 = (1, 0)",
        f"λ_min(K^(3)) = {same:.1e}; for x_2 = (0, 1) it is {apart:.3f}",
        (
            "du2018.full-rank",
            "du2018.theorem-5-1",
            "du2018.theorem-6-1",
            "du2018.theorem-7-1",
        ),
    )


def polynomial_activation(context: Context) -> Case:
    """σ(x) = x² lifts inputs of two dimensions into three: four of them have a singular Gram matrix."""
    from derivations.gaussian import Expectation
    from derivations.gaussians.expectations import expected

    u, v, rho = sp.symbols("u v rho", real=True)
    dual = expected(Expectation(u**2 * v**2, (u, v), sp.Matrix([[1, rho], [rho, 1]])), {})
    angles = np.array([0.0, 0.7, 1.5, 2.4])
    cosines = np.cos(angles[:, None] - angles[None, :])
    gram = np.array([[float(dual.xreplace({rho: sp.Float(c, 30)})) for c in row] for row in cosines])
    least = float(np.linalg.eigvalsh(gram)[0])
    where = "σ(x) = x², d = 2, inputs at the angles 0, 0.7, 1.5, 2.4"
    return Case(abs(least) < 1e-12, where, f"λ_min = {least:.1e}", ("du2018.full-rank",))


def other_weights(context: Context) -> Case:
    """Weights ±1 with equal chance have mean 0 and variance 1, and another expectation of ReLUs."""
    signs = np.array([-1.0, 1.0])
    found = float(np.mean(np.maximum(signs[:, None], 0) * np.maximum(signs[None, :], 0)))
    gaussian = 1 / (2 * np.pi)
    return Case(
        abs(found - gaussian) > 1e-3,
        "entries ±1 with equal chance; x = (1, 0), y = (0, 1)",
        f"E[relu(w·x) relu(w·y)] = {found:g}, for Gaussian entries 1/(2π) = {gaussian:.4f}",
        ("liu2019.loss",),
    )


def weights_of_other_size(context: Context) -> Case:
    """No weights at all, or four times larger ones: ‖h + τWh‖² is 1 or 5 in the mean, and not 1 + τ² = 5/4."""
    rng, m, tau = context.rng("weights"), 400, 0.5
    h = np.eye(m)[0]
    seen = []
    for scale in (0, 4):
        w = scale * rng.standard_normal((50, m)) / np.sqrt(m)  # W h for 50 draws of W
        seen.append(float(np.mean(((h + tau * w) ** 2).sum(1))))
    return Case(
        seen[0] < 1 + tau**2 / 2 and seen[1] > 1 + tau**2,
        "W = 0, and W with entries N(0, 16/m); τ = 1/2, ‖h‖ = 1",
        f"E‖h + τWh‖² = {seen[0]:.3g} and {seen[1]:.3g}; with N(0, 1/m) it is 1 + τ² = 1.25",
        (
            "zhang2019.linear-moment",
            "zhang2019.backward-moment",
            "zhang2019.backward-growth",
            "zhang2019.growth-lower",
            "zhang2019.growth-upper",
        ),
    )


def longer_filter(context: Context) -> Case:
    """With ‖v‖ = 2 the loss at the teacher's own direction and weights is not zero."""
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()
    loss = {v: float(weight @ (np.maximum(v * z, 0) - np.maximum(z, 0)) ** 2) / 2 for v in (1, 2)}
    return Case(
        loss[2] > loss[1] + 0.1,
        "k = p = 1, v = 2, v* = 1, a = a* = 1",
        f"½ E (a relu(vZ) − a* relu(v*Z))² = {loss[2]:.4g}; the formula, for v = 1, gives {loss[1]:.4g}",
        ("liu2019.loss",),
    )


def patches_of_signs(context: Context) -> Case:
    """Patches of ±1 with equal chance see two filters at 45° agree in a quarter of all cases."""
    signs = np.array([-1.0, 1.0])
    z = np.array([(a, b) for a in signs for b in signs])
    both = float(np.mean((z[:, 0] > 0) & (z.sum(1) > 0)))
    return Case(
        abs(both - 3 / 8) > 0.1,
        "entries ±1 with equal chance; w = (1, 0), w* = (1, 1)/√2",
        f"E σ(z·w)σ(z·w*) = {both:g}, for Gaussian entries (π − θ)/(2π) = 0.375",
        ("yin2019.loss",),
    )


def longer_teacher(context: Context) -> Case:
    """With ‖w*‖ = 2 the identity's coarse gradient stays as it is, and the formula doubles its part along w*."""
    z, weight = np.polynomial.hermite_e.hermegauss(61)
    weight = weight / weight.sum()
    seen = float(weight @ (np.abs(z) / 2))  # E z·1{2z > 0} on the line
    return Case(
        abs(seen - 2 / np.sqrt(2 * np.pi)) > 0.1,
        "m = n = 1, w* = 2, v = v* = 1",
        f"E zσ(w*z) = {seen:.4g}, where ‖w*‖/√(2π) = {2 / np.sqrt(2 * np.pi):.4g}",
        ("yin2019.coarse-identity",),
    )


def no_shortcut_prior(context: Context) -> Case:
    """A teacher opposite to the start: the rate of dissipativity in the filter is zero there."""
    far, near = (float((np.pi - phi) * (1 + np.cos(phi)) / (4 * np.pi)) for phi in (np.pi, np.pi / 3))
    return Case(
        far < 1 / 8 <= near,
        "v = −v*, φ = π",
        f"(π − φ)(1 + cos φ)/(4π) = {far:g} at φ = π, {near:.4f} at the φ ≤ π/3 that the prior gives",
        (
            "liu2019.dissipativity-w",
            "liu2019.initial-angle",
        ),
    )


def equal_inputs(context: Context) -> Case:
    """Two equal inputs with different targets: a network is trained on them, and on two that are apart."""
    import torch

    from numerics.models.zhang2019 import descend, gram, networks

    y = torch.tensor([1.0, -1.0], dtype=torch.float64)
    least = {}
    for name, second in (("equal", [1.0, 0.0]), ("apart", [0.0, 1.0])):
        x = torch.tensor([[1.0, 0.0], second], dtype=torch.float64)
        nets = networks([0.25], 2, 32, 16, context.generator("equal inputs"))
        step = 0.5 / torch.linalg.eigvalsh(gram(nets, x))[:, -1]
        least[name] = min(float(loss[0]) for loss in descend(nets, x, y, step, 150))
    # ½(f − 1)² + ½(f + 1)² ≥ 1 for one output f of both inputs
    return Case(
        least["equal"] >= 1 - 1e-12 and least["apart"] < 0.01,
        "x_1 = x_2 = (1, 0), y = (1, −1); 16 blocks of width 32, 150 steps",
        f"least loss {least['equal']:.6g}; for x_2 = (0, 1) it is {least['apart']:.2g}",
        ("zhang2019.iterations-resnet", "zhang2019.tau-range"),
    )


def other_norms(context: Context) -> Case:
    """Inputs of norm 2 or of different norms: whether the Gram matrix is still positive definite."""
    least = [_least(x, "softplus") for x in ([[2.0, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 3.0]])]
    said = ", ".join(f"{value:.3f}" for value in least)
    return Case(min(least) <= 0, "x = (2, 0), (0, 2); x = (1, 0), (0, 3)", f"λ_min(K^(3)) = {said}, positive as well")


def no_lipschitz_growth(context: Context) -> Case:
    """f = 2·1{w_1 > 0} has the moments of a block that grows, and is 0 for half of the weights."""
    from math import exp

    from scipy.stats import norm

    tau, m, high = 1.0, 8000, 2.0
    chance = float(norm.cdf(0))  # that w_1 ≤ 0, where f = 0
    second = high**2 * (1 - chance)
    claimed = 2 * exp(-m * tau**2 / 800)
    return Case(
        second >= 1 + tau**2 / 2 and chance > claimed,
        "f = 2·1{w_1 > 0}, x = 1, τ = 1, m = 8000",
        f"f < √(1 + τ²/4) with the chance {chance:.2f}, where at most {claimed:.1e} is claimed; E f² = {second:.2f}",
        ("zhang2019.block-grows",),
    )


def steeper_gradient(context: Context) -> Case:
    """f = 2w² has the slope 4 of its gradient: with L = 1 a step of length 1 goes up."""
    length, mu, slope = 1.0, 1.0, 1.0
    w = 1.0
    after = w - length * 4 * w
    claimed = 2 * w**2 * (1 - length * mu * (1 - slope * length / 2))
    pl = (4 * w) ** 2 >= mu * 2 * w**2  # the inequality of Polyak and Łojasiewicz holds all the same
    return Case(
        pl and 2 * after**2 > claimed,
        "f = 2w², L = 1, μ = 1, η = 1, w(0) = 1",
        f"f(w(1)) = {2 * after**2:.4g}, where at most {claimed:.4g} is claimed",
        ("macdonald2023.linear-chain",),
    )


DENIALS: dict[str, dict[str, Callable[[Context], Case]]] = {
    "liu2019": {
        "gaussian-patches": other_weights,
        "unit-filters": longer_filter,
        "shortcut-prior": no_shortcut_prior,
    },
    "du2018": {
        "unit-norms": other_norms,
        "not-parallel": parallel_inputs,
        "smooth-activation": polynomial_activation,
        "gaussian-weights": other_weights,
    },
    "yin2019": {"gaussian-patches": patches_of_signs, "unit-teacher": longer_teacher},
    "zhang2019": {
        "gaussian-weights": weights_of_other_size,
        "separated": equal_inputs,
        "lipschitz-vector": no_lipschitz_growth,
    },
    "macdonald2023": {"smooth": steeper_gradient},
}

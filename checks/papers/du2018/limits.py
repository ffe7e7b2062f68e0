"""Infinite width: growth of errors, λ_min against depth, full rank; and how networks approach it."""

from __future__ import annotations

import numpy as np
import sympy as sp
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.du2018.common import C_RES, DEPTH, INPUTS, SIGMA, Array, net_of
from checks.readings import Enclosed, Followed, Scaled
from derivations.activations import ACTIVATIONS, LIPSCHITZ, X
from derivations.papers.du2018.stability import bound_fc, bound_res
from numerics.data import digits, equal_angles, sphere
from numerics.gram import layer_grams, total_gram
from numerics.infinite.equal_norms import equal_norm_map
from numerics.infinite.recursion import network
from numerics.kernels import fully_connected, residual
from numerics.machine.arrays import as_numpy
from numerics.models.du2018 import FullyConnected, ResNet, as_tensor, torch_activation
from numerics.models.du2018_descent import clone_weights, descend
from numerics.rigorous import cosines, gram_balls, least_eigenvalue
from numerics.rigorous import digits as working_digits
from numerics.values.rounding import UNIT_ROUNDOFF

# Infinite width


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
    step = 1e-4
    left, right = [], []
    for activation in ("softplus", "erf", "tanh"):
        lipschitz = float(LIPSCHITZ[activation])
        first = equal_norm_map(network(activation, 2, C_RES))
        base = first((at + step)[None])[1] - first((at - step)[None])[1]
        for depth in (2, 3, 5, 10, 20, 50, 100, 200):
            curve = equal_norm_map(network(activation, depth, C_RES))
            moved = curve((at + step)[None])[1] - curve((at - step)[None])[1]
            left.append((moved / base)[0])
            right.append(np.full(len(at), np.exp((C_RES * lipschitz) ** 2 / depth)))
    # 4 digits are lost to the difference, twice
    return Followed(np.array(left), np.array(right), "<=", 1e-9, "softplus, erf, tanh; H = 2 … 200, c_res = 0.5")


def least_eigenvalue_of(x: Array, depth: int, c_res: float | None, activation: str = SIGMA) -> float:
    gram = fully_connected(x, activation, depth) if c_res is None else residual(x, activation, depth, c_res=c_res)
    return float(np.linalg.eigvalsh(gram.last)[0])


def lambda_resnet(context: Context) -> Followed:
    """λ_min(K^(H))·H²/c_res² for H = 2 … 200 on digits and on the sphere, against half its value at H = 2."""
    depths = [2, 3, 5, 10, 20, 50, 100, 200]
    sets = {"digits": digits(INPUTS, context.seed).x, "sphere": sphere(INPUTS, 20, context.seed).x}
    scaled = {k: [least_eigenvalue_of(x, h, C_RES) * h**2 / C_RES**2 for h in depths] for k, x in sets.items()}
    plain = {k: [least_eigenvalue_of(x, h, None) for h in depths] for k, x in sets.items()}
    right = np.array(list(scaled.values()))
    left = np.repeat(right[:, :1] / 2, len(depths), 1)
    about = "digits: " + ", ".join(f"{v:.3g}" for v in scaled["digits"][::3]) + " at H = 2, 10, 100"
    return Followed(left, right, "<=", 0.0, about, {"depth": depths, "resnet": scaled, "fc": plain})


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
        for name, rho, depth, c_res in cases:
            low, high = least_eigenvalue(gram_balls(rho, expr, depth, c_res))
            held = held and bool(low > 0)
            said.append(f"λ_min ∈ [{low.str(8, radius=False)}, {high.upper().str(8, radius=False)}] ({name})")
    return Enclosed(True if held else None, "; ".join(said))


def full_rank_numbers(context: Context) -> Followed:
    sets = [digits(INPUTS, context.seed).x, sphere(INPUTS, 20, context.seed).x, equal_angles(8, 0.3).x]
    least = np.array(
        [least_eigenvalue_of(x, h, c) for x in sets for h, c in ((DEPTH, C_RES), (10, C_RES), (DEPTH, None))]
    )
    return Followed(np.zeros_like(least), least, "<=", 0.0, f"λ_min from {least.min():.2g} to {least.max():.2g}")


def equal_inputs(context: Context) -> Followed:
    x = sphere(10, 6, context.seed).x
    x[9] = x[4]
    least = np.array([least_eigenvalue_of(x, h, c) for h in (2, DEPTH, 10) for c in (C_RES, None)])
    tolerance = 10 * 32 * UNIT_ROUNDOFF
    return Followed(
        least, np.zeros_like(least), "<=", tolerance, "10 inputs, two of them equal; rounding of ten entries"
    )


# Finite width


def distance_to_limit(context: Context) -> Scaled:
    """‖G^(H)(0) − K^(H)‖ of residual networks: eight means of 24 networks at each width."""
    x = sphere(20, 10, context.seed).x
    K = residual(x, SIGMA, DEPTH, c_res=C_RES).last
    g = context.generator("finite width")
    inputs = as_tensor(x, context.device)
    widths, distances = [], []
    for m in (32, 64, 128, 256, 512):
        for _ in range(8):
            drawn = [np.linalg.norm(_last_gram(net_of("resnet", 10, m, DEPTH, g), inputs) - K, 2) for _ in range(24)]
            widths.append(float(m))
            distances.append(float(np.mean(drawn)))
    about = "(20 inputs, 192 networks at each width)"
    return Scaled(np.array(widths), np.array(distances), about, {"size": float(np.linalg.norm(K, 2))})


def _last_gram(net: FullyConnected | ResNet, x: Tensor, activation: str = SIGMA) -> Array:
    """G^(H) from one forward pass: the signal at the last layer is a ∘ σ′."""
    slope = torch_activation(ACTIVATIONS[activation].expr.diff(X))
    with torch.no_grad():
        before = net.features(x)[-2]
        slopes = slope(net.layers[-1](before)) * net.output.weight[0]
        scale = net.step if isinstance(net, ResNet) else net.scale
        return as_numpy(scale**2 * (before @ before.T) * (slopes @ slopes.T))


def quarter(context: Context) -> Followed:
    """The least width tried at which four networks have ‖G^(H)(0) − K^(H)‖ ≤ λ₀/4: tanh, 4 inputs of cosine −1/5."""
    data = equal_angles(4, -0.2, 4, context.seed)
    K = residual(data.x, "tanh", DEPTH, c_res=C_RES).last
    quarter = float(np.linalg.eigvalsh(K)[0]) / 4
    g = context.generator("quarter")
    inputs = as_tensor(data.x, context.device)
    at: dict[int, list[float]] = {}
    for m in (128, 256, 512, 1024, 2048, 4096, 8192):
        nets = (ResNet(4, m, DEPTH, "tanh", g, C_RES) for _ in range(4))
        at[m] = [float(np.linalg.norm(_last_gram(net, inputs, "tanh") - K, 2)) for net in nets]
        if max(at[m]) <= quarter:
            break
    about = ", ".join(f"m = {m}: {max(v) / quarter:.2f}·λ₀/4" for m, v in at.items())
    return Followed(
        np.array(at[m]),
        np.full(4, quarter),
        "<=",
        0.0,
        f"4 networks each, {about}",
        {"widths": {str(k): v for k, v in at.items()}, "quarter": quarter},
    )


def trained(m: int, context: Context, g: torch.Generator) -> tuple[float, float]:
    """After 20 steps of one network: max_h ‖W^(h)(k) − W^(h)(0)‖_F/√m and ‖G^(H)(k) − G^(H)(0)‖."""
    data = sphere(10, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    net = net_of("resnet", 10, m, DEPTH, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    before, start = clone_weights(net), _last_gram(net, x)
    for _state in descend(net, SIGMA, x, y, eta, 20):
        pass
    moved = max(float((a - b).norm()) for a, b in zip(clone_weights(net), before, strict=True))
    return moved / m**0.5, float(np.linalg.norm(_last_gram(net, x) - start, 2))


def weight_movement(context: Context) -> Scaled:
    g = context.generator("movement")
    widths = np.repeat([64.0, 128.0, 256.0, 512.0, 1024.0], 12)
    moved = np.array([trained(int(m), context, g)[0] for m in widths])
    return Scaled(widths, moved, "(10 inputs, 20 steps, 12 networks at each width)")


def gram_movement(context: Context) -> Scaled:
    """Heavy tails: each point is the mean of eight networks."""
    g = context.generator("movement")
    widths = np.repeat([64.0, 128.0, 256.0, 512.0], 8)
    moved = np.array([np.mean([trained(int(m), context, g)[1] for _ in range(8)]) for m in widths])
    return Scaled(widths, moved, "(10 inputs, 20 steps, 64 networks at each width)")


def stability(kind: str, context: Context) -> Followed:
    """‖x^(h)(k) − x^(h)(0)‖ along 40 steps, against the explicit constants with this network's own c_w, c_x and R."""
    depth, m = 6, 256
    data = sphere(20, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    g = context.generator(f"stability {kind}")
    net = net_of(kind, 10, m, depth, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    start = clone_weights(net)
    c_w = max(float(torch.linalg.matrix_norm(w, 2)) for w in start) / m**0.5
    states = descend(net, SIGMA, x, y, eta, 40)
    first = next(states).features
    c_x = max(float(f.norm(dim=1).max()) for f in first)
    c_sigma = network(SIGMA, 1).c_sigma
    left, right = [], []
    for state in states:
        now = clone_weights(net) if state.k == 40 else [layer.weight for layer in net.layers]
        radius = max(float((a - b).norm()) for a, b in zip(now, start, strict=True)) / m**0.5  # type: ignore[operator]
        left.append([float((f - f0).norm(dim=1).max()) for f, f0 in zip(state.features[1:], first[1:], strict=True)])
        bounds = (
            bound_fc(c_sigma, 1.0, c_w, c_x, radius, depth)
            if kind == "fc"
            else bound_res(c_sigma, 1.0, c_w, c_x, radius, depth, C_RES)
        )
        right.append(bounds)
    ratio = np.array(left) / np.array(right)
    about = (
        f"c_w = {c_w:.2f}, c_x = {c_x:.2f}, m = {m}; measured/bound at most {ratio.max():.3f}, by layer "
        + ", ".join(f"{r:.2g}" for r in ratio.max(0))
    )
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)

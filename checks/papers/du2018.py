"""Readings of Du et al. (2019): gradients, Gram matrices and training runs of real networks, in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.readings import Differentiated, Enclosed, Followed, Reading, Scaled
from derivations.activations import ACTIVATIONS, X
from derivations.papers.du2018 import gradients as gr
from derivations.papers.du2018 import notation as n
from derivations.papers.du2018.constants import LIPSCHITZ
from derivations.papers.du2018.stability import bound_fc, bound_res
from numerics.data import Dataset, digits, equal_angles, sphere
from numerics.descent import clone_weights, descend, descend_by_autograd
from numerics.gram import jacobian_gram, layer_grams, total_gram
from numerics.kernels import convolutional, equal_norm_map, fully_connected, network, residual
from numerics.models.du2018 import ConvResNet, FullyConnected, ResNet, as_tensor, torch_activation
from numerics.rigorous import cosines, gram_balls, least_eigenvalue
from numerics.rigorous import digits as working_digits

Array = NDArray[np.float64]

SIGMA = "softplus"
C_RES = 0.5
DEPTH = 3
UNIT_ROUNDOFF = 2.0**-53
INPUTS = 100
WIDTHS = {16: 40, 64: 40, 256: 40, 512: 30, 1024: 20, 2048: 10, 4096: 4, 8192: 2}
"""Width and number of steps of a run; on a GPU every width runs for 40 steps."""
SMALL_WIDTHS = (4, 8, 16, 32, 64)
"""Where the least width is looked for at which the theorem's conclusion holds."""


def _numpy(x: Tensor) -> Array:
    return np.asarray(x.detach().cpu().numpy(), dtype=float)


def _net(kind: str, d: int, m: int, depth: int, g: torch.Generator) -> FullyConnected | ResNet:
    return FullyConnected(d, m, depth, SIGMA, g) if kind == "fc" else ResNet(d, m, depth, SIGMA, g, C_RES)


# Gradients


def _gradient(kind: str, h: int, context: Context) -> Differentiated:
    """∂f/∂W^(h) of one network of width 48 at one input, by autograd."""
    d, m = 10, 48
    g = context.generator(f"{kind} {h}")
    net = _net(kind, d, m, gr.DEPTH, g)
    x = torch.randn(1, d, generator=g, dtype=torch.float64, device=g.device)
    weight = net.layers[h - 1].weight
    (measured,) = torch.autograd.grad(net(x).sum(), weight)  # type: ignore[arg-type]
    values: dict[Any, Any] = {n.weights(i + 1): _numpy(layer.weight) for i, layer in enumerate(net.layers)}  # type: ignore[arg-type]
    values |= {n.x: _numpy(x[0]), n.a: _numpy(net.output.weight[0]), n.c_sigma: network(SIGMA, 1).c_sigma}
    values |= {n.m: float(m)} | ({n.H: float(gr.DEPTH), n.c_res: C_RES} if kind == "resnet" else {})
    return Differentiated(values, _numpy(measured), m * gr.DEPTH, f"one network, d = {d}, m = {m}, H = {gr.DEPTH}")


def _convolution(by: str, context: Context) -> Differentiated:
    """A convolutional residual layer of torch: the gradient by its weights or by its input."""
    m, p, depth = 12, 9, 4
    g = context.generator(f"convolution {by}")

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=g, dtype=torch.float64, device=g.device)

    X, B, W = normal(m, p), normal(m, p), normal(m, m, 3)
    leaf = (W if by == "weights" else X).requires_grad_(True)
    inside = torch.nn.functional.conv1d(X[None], W, padding=1)[0]
    step = C_RES / (depth * m**0.5)
    out = (B * (X + step * torch.nn.functional.softplus(inside, threshold=1000))).sum()
    (measured,) = torch.autograd.grad(out, leaf)
    values: dict[Any, Any] = {gr.X: _numpy(X), gr.B: _numpy(B), n.m: float(m), n.H: float(depth), n.c_res: C_RES}
    values |= {w: _numpy(W[:, :, i]) for i, w in enumerate(gr.filters)}
    values |= {s: np.eye(p, k=-offset) for s, offset in zip(gr.shifts, (-1, 0, 1), strict=True)}
    chosen = measured[:, :, 0] if by == "weights" else measured
    return Differentiated(values, _numpy(chosen), 3 * m * p, f"torch's conv1d, m = {m}, p = {p}, q = 3")


def _layer_grams(context: Context) -> Followed:
    """Gram matrices by layers against torch.func's Jacobian, three architectures."""
    g = context.generator("grams")
    x = torch.randn(12, 7, generator=g, dtype=torch.float64, device=g.device)
    images = torch.randn(6, 2, 3, 4, generator=g, dtype=torch.float64, device=g.device)
    conv = ConvResNet(2, (3, 4), 8, DEPTH, SIGMA, g)
    left, right = [], []
    for net, inputs in ((_net("fc", 7, 24, DEPTH, g), x), (_net("resnet", 7, 24, DEPTH, g), x), (conv, images)):
        ours, theirs = layer_grams(net, inputs), jacobian_gram(net, inputs)
        for name, gram in ours.items():
            scale = float(theirs[f"{name}.weight"].abs().max())
            left.append(_numpy(gram).ravel() / scale)
            right.append(_numpy(theirs[f"{name}.weight"]).ravel() / scale)
    tolerance = 64 * 24 * DEPTH * UNIT_ROUNDOFF
    return Followed(np.concatenate(left), np.concatenate(right), "=", tolerance, "every layer against its Jacobian")


# One step of gradient descent


def _one_step(context: Context) -> tuple[Callable[[float], Tensor], Tensor, float]:
    """(η ↦ y − u(η) − (I − ηG)(y − u)), D²u[∇L, ∇L] and a scale of η, on one residual network."""
    from torch.func import functional_call, grad, jvp

    data = sphere(8, 6, context.seed)
    g = context.generator("one step")
    net = _net("resnet", 6, 64, DEPTH, g)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    start = {k: v.detach() for k, v in net.named_parameters()}

    def outputs(p: dict[str, Tensor]) -> Tensor:
        return functional_call(net, p, (x,))

    def loss(p: dict[str, Tensor]) -> Tensor:
        return ((outputs(p) - y) ** 2).sum() / 2

    slope = grad(loss)(start)
    u = outputs(start)
    G = total_gram(layer_grams(net, x))

    def remainder(eta: float) -> Tensor:
        after = outputs({k: v - eta * slope[k] for k, v in start.items()})
        return (y - after) - ((y - u) - eta * G @ (y - u))

    def directional(p: dict[str, Tensor]) -> Tensor:
        return jvp(outputs, (p,), (slope,))[1]

    second = jvp(directional, (start,), (slope,))[1]
    return remainder, second, 1 / float(torch.linalg.eigvalsh(G)[-1])


def _remainder(constant: bool, context: Context) -> Scaled:
    remainder, second, scale = _one_step(context)
    etas = scale * np.geomspace(0.01, 0.1, 6) if constant else scale * np.geomspace(0.0005, 0.02, 6)
    sizes = [
        float((remainder(eta) + (eta**2 / 2 * second if constant else 0 * second)).norm()) for eta in etas.tolist()
    ]
    return Scaled(etas, np.array(sizes), "(ResNet, n = 8, m = 64, H = 3)")


# Infinite width


def _growth_fc(context: Context) -> Scaled:
    """How an error of 1e-8 at ρ = 1 arrives at layer H − 1 of a fully connected erf network."""
    depths = np.array([2, 5, 10, 15, 20, 25])
    gap = 1e-8
    grown = []
    for depth in depths:
        curve = equal_norm_map(network("erf", int(depth)))
        grown.append((curve.at_one[1] - float(curve(np.array([[1 - gap]]))[1][0, 0])) / gap)
    many = [2, 5, 10, 20, 50, 100, 200]
    data = {"depth": many, "fc": [_middle_slope("erf", h, None) for h in many], "resnet": [_middle_slope("erf", h, C_RES) for h in many]}
    return Scaled(depths.astype(float), np.array(grown), "(erf)", data)


def _middle_slope(activation: str, depth: int, c_res: float | None, at: float = 0.3) -> float:
    """∂K^(H−1)/∂ρ at a cosine, by a difference of the network's one-dimensional map."""
    curve = equal_norm_map(network(activation, depth, c_res))
    step = 1e-5
    values = curve(np.array([[at - step, at + step]]))[1][0]
    return float(values[1] - values[0]) / (2 * step)


def _growth_resnet(context: Context) -> Followed:
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


def _least(x: Array, depth: int, c_res: float | None, activation: str = SIGMA) -> float:
    gram = fully_connected(x, activation, depth) if c_res is None else residual(x, activation, depth, c_res=c_res)
    return float(np.linalg.eigvalsh(gram.last)[0])


def _lambda_resnet(context: Context) -> Followed:
    """λ_min(K^(H))·H²/c_res² for H = 2 … 200 on digits and on the sphere, against half its value at H = 2."""
    depths = [2, 3, 5, 10, 20, 50, 100, 200]
    sets = {"digits": digits(INPUTS, context.seed).x, "sphere": sphere(INPUTS, 20, context.seed).x}
    scaled = {k: [_least(x, h, C_RES) * h**2 / C_RES**2 for h in depths] for k, x in sets.items()}
    plain = {k: [_least(x, h, None) for h in depths] for k, x in sets.items()}
    right = np.array(list(scaled.values()))
    left = np.repeat(right[:, :1] / 2, len(depths), 1)
    about = "digits: " + ", ".join(f"{v:.3g}" for v in scaled["digits"][::3]) + " at H = 2, 10, 100"
    return Followed(left, right, "<=", 0.0, about, {"depth": depths, "resnet": scaled, "fc": plain})


def _lambda_fc(context: Context) -> Scaled:
    x = equal_angles(8, 0.3).x
    depths = np.array([16, 18, 20, 22, 24, 26])
    return Scaled(depths.astype(float), np.array([_least(x, int(h), None, "cos") for h in depths]), "(cos, 8 inputs)")


def _full_rank(context: Context) -> Enclosed:
    """λ_min(K^(H)) in ball arithmetic: 20 digits through ten residual layers, 8 vectors at one angle."""
    from sklearn.datasets import load_digits

    expr = ACTIVATIONS[SIGMA].expr
    pixels = load_digits().data[: 20 if context.seed == 0 else 16].astype(np.int64)
    third = [[1 if i == j else sp.Rational(3, 10) for j in range(8)] for i in range(8)]
    said, held = [], True
    with working_digits(30):
        from numerics.enclosure import ball

        angles = [[ball(sp.sympify(e)) for e in row] for row in third]
        cases = (("20 digits, ResNet, H = 10", cosines(pixels), 10, sp.Rational(1, 2)), ("8 vectors of cosine 3/10, fully connected, H = 3", angles, 3, None))
        for name, rho, depth, c_res in cases:
            low, high = least_eigenvalue(gram_balls(rho, expr, depth, c_res))
            held = held and bool(low > 0)
            said.append(f"λ_min ∈ [{low.str(8, radius=False)}, {high.upper().str(8, radius=False)}] ({name})")
    return Enclosed(True if held else None, "; ".join(said))


def _full_rank_numbers(context: Context) -> Followed:
    sets = [digits(INPUTS, context.seed).x, sphere(INPUTS, 20, context.seed).x, equal_angles(8, 0.3).x]
    least = np.array([_least(x, h, c) for x in sets for h, c in ((DEPTH, C_RES), (10, C_RES), (DEPTH, None))])
    return Followed(np.zeros_like(least), least, "<=", 0.0, f"λ_min from {least.min():.2g} to {least.max():.2g}")


def _equal_inputs(context: Context) -> Followed:
    x = sphere(10, 6, context.seed).x
    x[9] = x[4]
    least = np.array([_least(x, h, c) for h in (2, DEPTH, 10) for c in (C_RES, None)])
    tolerance = 10 * 32 * UNIT_ROUNDOFF
    return Followed(least, np.zeros_like(least), "<=", tolerance, "10 inputs, two of them equal; rounding of ten entries")


# Finite width


def _distance_to_limit(context: Context) -> Scaled:
    """‖G^(H)(0) − K^(H)‖ of residual networks: eight means of 24 networks at each width."""
    x = sphere(20, 10, context.seed).x
    K = residual(x, SIGMA, DEPTH, c_res=C_RES).last
    g = context.generator("finite width")
    inputs = as_tensor(x, context.device)
    widths, distances = [], []
    for m in (32, 64, 128, 256, 512):
        for _ in range(8):
            drawn = [np.linalg.norm(_last_gram(_net("resnet", 10, m, DEPTH, g), inputs) - K, 2) for _ in range(24)]
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
        return _numpy(scale**2 * (before @ before.T) * (slopes @ slopes.T))


def _quarter(context: Context) -> Followed:
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
    return Followed(np.array(at[m]), np.full(4, quarter), "<=", 0.0, f"4 networks each, {about}", {"widths": {str(k): v for k, v in at.items()}, "quarter": quarter})


def _trained(m: int, context: Context, g: torch.Generator) -> tuple[float, float]:
    """After 20 steps of one network: max_h ‖W^(h)(k) − W^(h)(0)‖_F/√m and ‖G^(H)(k) − G^(H)(0)‖."""
    data = sphere(10, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    net = _net("resnet", 10, m, DEPTH, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    before, start = clone_weights(net), _last_gram(net, x)
    for _state in descend(net, SIGMA, x, y, eta, 20):
        pass
    moved = max(float((a - b).norm()) for a, b in zip(clone_weights(net), before, strict=True))
    return moved / m**0.5, float(np.linalg.norm(_last_gram(net, x) - start, 2))


def _weight_movement(context: Context) -> Scaled:
    g = context.generator("movement")
    widths = np.repeat([64.0, 128.0, 256.0, 512.0, 1024.0], 12)
    moved = np.array([_trained(int(m), context, g)[0] for m in widths])
    return Scaled(widths, moved, "(10 inputs, 20 steps, 12 networks at each width)")


def _gram_movement(context: Context) -> Scaled:
    """Heavy tails: each point is the mean of eight networks."""
    g = context.generator("movement")
    widths = np.repeat([64.0, 128.0, 256.0, 512.0], 8)
    moved = np.array([np.mean([_trained(int(m), context, g)[1] for _ in range(8)]) for m in widths])
    return Scaled(widths, moved, "(10 inputs, 20 steps, 64 networks at each width)")


def _stability(kind: str, context: Context) -> Followed:
    """‖x^(h)(k) − x^(h)(0)‖ along 40 steps, against the explicit constants with this network's own c_w, c_x and R."""
    depth, m = 6, 256
    data = sphere(20, 10, context.seed)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    g = context.generator(f"stability {kind}")
    net = _net(kind, 10, m, depth, g)
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
        bounds = bound_fc(c_sigma, 1.0, c_w, c_x, radius, depth) if kind == "fc" else bound_res(c_sigma, 1.0, c_w, c_x, radius, depth, C_RES)
        right.append(bounds)
    ratio = np.array(left) / np.array(right)
    about = f"c_w = {c_w:.2f}, c_x = {c_x:.2f}, m = {m}; measured/bound at most {ratio.max():.3f}, by layer " + ", ".join(f"{r:.2g}" for r in ratio.max(0))
    return Followed(np.array(left), np.array(right), "<=", 0.0, about)


# The theorems


def _along(kind: str, data: Dataset, m: int, steps: int, context: Context, least: float) -> tuple[Array, Array]:
    """L(k)/L(0) of one run with η = 1/λ_max(G(0)), and the theorem's line."""
    g = context.generator(f"{kind} {data.name} {m}")
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    net = _net(kind, data.x.shape[1], m, DEPTH, g)
    eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
    losses = np.array([s.loss for s in descend(net, SIGMA, x, y, eta, steps)])
    return losses / losses[0], (1 - eta * least / 2) ** np.arange(len(losses))


def _theorem(kind: str, context: Context) -> Followed:
    """Digits at every width, the sphere at some; each run against its own line."""
    c_res = None if kind == "fc" else C_RES
    cuda = context.device == "cuda"
    widths = dict.fromkeys(WIDTHS, 40) if cuda else WIDTHS
    curves: dict[str, Any] = {}
    left, right, sups = [], [], []
    for data, chosen in ((digits(INPUTS, context.seed), widths), (sphere(INPUTS, 20, context.seed), {256: 40, 1024: 20})):
        least = _least(data.x, DEPTH, c_res)
        for m, steps in chosen.items():
            ratio, line = _along(kind, data, m, steps, context, least)
            left.append(ratio)
            right.append(line)
            sups.append(f"{m}: {float(np.max(ratio[1:] / line[1:])):.4f}")
            curves[f"{data.name}, m = {m}"] = {"loss": ratio.tolist(), "line": line.tolist()}
    least = _least(digits(INPUTS, context.seed).x, DEPTH, c_res)
    holding = [m for m in SMALL_WIDTHS if _holds(kind, m, context, least)]
    about = f"sup of loss/line by width {', '.join(sups)}; conclusion holds from m = {min(holding, default='none tried')} on digits"
    return Followed(np.concatenate(left), np.concatenate(right), "<=", 64 * UNIT_ROUNDOFF, about, {"curves": curves, "least": least})


def _holds(kind: str, m: int, context: Context, least: float) -> bool:
    ratio, line = _along(kind, digits(INPUTS, context.seed), m, 40, context, least)
    return bool((ratio <= line * (1 + 64 * UNIT_ROUNDOFF)).all())


def _theorem_convolutional(context: Context) -> Followed:
    """Digits averaged to 4×4 pixels, patches 3×3, widths 16 … 128, by autograd."""
    data = digits(INPUTS, context.seed)
    images = data.images.reshape(INPUTS, 1, 4, 2, 4, 2).mean((3, 5))
    images /= np.linalg.norm(images.reshape(INPUTS, -1), axis=1)[:, None, None, None]
    K = convolutional(images, SIGMA, DEPTH, (3, 3), c_res=C_RES).last
    least = float(np.linalg.eigvalsh(K)[0])
    x, y = as_tensor(images, context.device), as_tensor(data.y, context.device)
    left, right, sups = [], [], []
    curves: dict[str, Any] = {}
    for m, steps in ((8, 20), (16, 20), (32, 20), (64, 12), (128, 6)):
        net = ConvResNet(1, (4, 4), m, DEPTH, SIGMA, context.generator(f"conv {m}"), 3, C_RES)
        eta = 1 / float(torch.linalg.eigvalsh(total_gram(layer_grams(net, x)))[-1])
        losses = np.array(list(descend_by_autograd(net, x, y, eta, steps)))
        line = (1 - eta * least / 2) ** np.arange(len(losses))
        left.append(losses / losses[0])
        right.append(line)
        sups.append(f"{m}: {float(np.max(left[-1][1:] / line[1:])):.4f}")
        curves[f"m = {m}"] = {"loss": left[-1].tolist(), "line": line.tolist()}
    about = f"{INPUTS} digits of 4×4 pixels; sup of loss/line by width {', '.join(sups)}; λ_min(K^(H)) = {least:.3g}"
    return Followed(np.concatenate(left), np.concatenate(right), "<=", 64 * UNIT_ROUNDOFF, about, {"curves": curves, "least": least})


def _reading(method: str, measure: Callable[[Context], Any], both_sides: bool = False) -> tuple[Reading, ...]:
    return (Reading(method, measure, both_sides),)


READINGS: dict[str, tuple[Reading, ...]] = {
    **{f"gradient-{k}-{h}": _reading("autograd", partial(_gradient, k, h)) for k in ("fc", "resnet") for h in (1, 2, 3)},
    "layer-conv": _reading("autograd", partial(_convolution, "weights")),
    "backprop-conv": _reading("autograd", partial(_convolution, "input")),
    "gram-layer-form": _reading("autograd", _layer_grams, both_sides=True),
    "remainder-order": _reading("scaling", partial(_remainder, False)),
    "remainder-constant": _reading("scaling", partial(_remainder, True)),
    "growth-fc": _reading("scaling", _growth_fc),
    "growth-resnet": _reading("trajectory", _growth_resnet),
    "lambda-depth-resnet": _reading("trajectory", _lambda_resnet),
    "lambda-depth-fc": _reading("scaling", _lambda_fc),
    "full-rank": (*_reading("enclosure", _full_rank), *_reading("trajectory", _full_rank_numbers)),
    "full-rank-equal": _reading("trajectory", _equal_inputs),
    "finite-width": _reading("scaling", _distance_to_limit),
    "finite-width-quarter": _reading("trajectory", _quarter),
    "weight-movement": _reading("scaling", _weight_movement),
    "gram-movement": _reading("scaling", _gram_movement),
    "stability-fc": _reading("trajectory", partial(_stability, "fc")),
    "stability-resnet": _reading("trajectory", partial(_stability, "resnet")),
    "theorem-5-1": _reading("trajectory", partial(_theorem, "fc")),
    "theorem-6-1": _reading("trajectory", partial(_theorem, "resnet")),
    "theorem-7-1": _reading("trajectory", _theorem_convolutional),
}

"""Gradients, Gram matrices by layers and one step of gradient descent, by autograd."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.du2018.common import C_RES, DEPTH, SIGMA, net_of
from checks.readings import Differentiated, Followed, Scaled
from derivations.activations import STAND_INS, X
from derivations.papers.du2018 import gradients as gr
from derivations.papers.du2018 import notation as n
from numerics.data import sphere
from numerics.gram import jacobian_gram, layer_grams, total_gram
from numerics.infinite.recursion import network
from numerics.machine.arrays import as_numpy
from numerics.machine.draws import standard_normal
from numerics.models.du2018 import ConvResNet, as_tensor, torch_activation
from numerics.values.rounding import UNIT_ROUNDOFF

# Gradients


def gradient(kind: str, h: int, form: str, context: Context) -> Differentiated:
    """∂f/∂W^(h) of one network of width 48 at one input, by autograd, with one of the stand-ins for σ."""
    d, m = 10, 48
    g = context.generator(f"{kind} {h} {form}")
    sigma = STAND_INS[form]
    net = net_of(kind, d, m, gr.DEPTH, g, sigma(X))
    x = torch.randn(1, d, generator=g, dtype=torch.float64, device=g.device)
    weight = net.layers[h - 1].weight
    (measured,) = torch.autograd.grad(net(x).sum(), weight)  # type: ignore[arg-type]
    values: dict[Any, Any] = {n.weights(i + 1): as_numpy(layer.weight) for i, layer in enumerate(net.layers)}
    values |= {n.x: as_numpy(x[0]), n.a: as_numpy(net.output.weight[0]), n.c_sigma: network(sigma(X), 1).c_sigma}
    values |= {n.m: float(m)} | ({n.H: float(gr.DEPTH), n.c_res: C_RES} if kind == "resnet" else {})
    about = f"one network, d = {d}, m = {m}, H = {gr.DEPTH}, σ(x) = {form}"
    return Differentiated(values, as_numpy(measured), m * gr.DEPTH, about, sigma)


def convolution(by: str, form: str, context: Context) -> Differentiated:
    """A convolutional residual layer of torch: the gradient by its weights or by its input."""
    m, p, depth = 12, 9, 4
    g = context.generator(f"convolution {by} {form}")

    normal = partial(standard_normal, g)
    images, B, W = normal(m, p), normal(m, p), normal(m, m, 3)
    leaf = (W if by == "weights" else images).requires_grad_(True)
    inside = torch.nn.functional.conv1d(images[None], W, padding=1)[0]
    step = C_RES / (depth * m**0.5)
    out = (B * (images + step * torch_activation(STAND_INS[form](X))(inside))).sum()
    (measured,) = torch.autograd.grad(out, leaf)
    values: dict[Any, Any] = {gr.X: as_numpy(images), gr.B: as_numpy(B), n.m: float(m)}
    values |= {n.H: float(depth), n.c_res: C_RES}
    values |= {w: as_numpy(W[:, :, i]) for i, w in enumerate(gr.filters)}
    values |= {s: np.eye(p, k=-offset) for s, offset in zip(gr.shifts, (-1, 0, 1), strict=True)}
    chosen = measured[:, :, 0] if by == "weights" else measured
    about = f"torch's conv1d, m = {m}, p = {p}, q = 3, σ(x) = {form}"
    return Differentiated(values, as_numpy(chosen), 3 * m * p, about, STAND_INS[form])


def grams_by_layers(context: Context) -> Followed:
    """Gram matrices by layers against torch.func's Jacobian, three architectures."""
    g = context.generator("grams")
    x = torch.randn(12, 7, generator=g, dtype=torch.float64, device=g.device)
    images = torch.randn(6, 2, 3, 4, generator=g, dtype=torch.float64, device=g.device)
    conv = ConvResNet(2, (3, 4), 8, DEPTH, SIGMA, g)
    left, right = [], []
    for net, inputs in ((net_of("fc", 7, 24, DEPTH, g), x), (net_of("resnet", 7, 24, DEPTH, g), x), (conv, images)):
        ours, theirs = layer_grams(net, inputs), jacobian_gram(net, inputs)
        for name, gram in ours.items():
            scale = float(theirs[f"{name}.weight"].abs().max())
            left.append(as_numpy(gram).ravel() / scale)
            right.append(as_numpy(theirs[f"{name}.weight"]).ravel() / scale)
    tolerance = 64 * 24 * DEPTH * UNIT_ROUNDOFF
    return Followed(np.concatenate(left), np.concatenate(right), "=", tolerance, "every layer against its Jacobian")


# One step of gradient descent


def _one_step(context: Context) -> tuple[Callable[[float], Tensor], Tensor, float]:
    """(η ↦ y − u(η) − (I − ηG)(y − u)), D²u[∇L, ∇L] and a scale of η, on one residual network."""
    from torch.func import functional_call, grad, jvp

    data = sphere(8, 6, context.seed)
    g = context.generator("one step")
    net = net_of("resnet", 6, 64, DEPTH, g)
    x, y = as_tensor(data.x, context.device), as_tensor(data.y, context.device)
    start = {k: v.detach() for k, v in net.named_parameters()}

    def outputs(p: dict[str, Tensor]) -> Tensor:
        found: Tensor = functional_call(net, p, (x,))
        return found

    def loss(p: dict[str, Tensor]) -> Tensor:
        return ((outputs(p) - y) ** 2).sum() / 2

    slope = grad(loss)(start)
    u = outputs(start)
    G = total_gram(layer_grams(net, x))

    def remainder(eta: float) -> Tensor:
        after = outputs({k: v - eta * slope[k] for k, v in start.items()})
        return (y - after) - ((y - u) - eta * G @ (y - u))

    def directional(p: dict[str, Tensor]) -> Tensor:
        found: Tensor = jvp(outputs, (p,), (slope,))[1]
        return found

    second = jvp(directional, (start,), (slope,))[1]
    return remainder, second, 1 / float(torch.linalg.eigvalsh(G)[-1])


def remainder(constant: bool, context: Context) -> Scaled:
    remainder, second, scale = _one_step(context)
    etas = scale * np.geomspace(0.01, 0.1, 6) if constant else scale * np.geomspace(0.0005, 0.02, 6)
    sizes = [
        float((remainder(eta) + (eta**2 / 2 * second if constant else 0 * second)).norm()) for eta in etas.tolist()
    ]
    return Scaled(etas, np.array(sizes), "(ResNet, n = 8, m = 64, H = 3)")

"""Steps of torch's optimisers against the recursions of Zou et al. (2021)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Followed, Reading, Scaled
from numerics.models.zou2021 import Convolution, Patches, optimiser_of, patches, train, training_loss
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
IMAGES, FILTERS, D, ALPHA, DECAY = 8, 3, 12, 0.2, 0.01
STEPS, SIGNS = 40, 60
SIDES = np.array([1.0, -1.0])[:, None]
"""j of both classes of filters."""
BETAS, LONG = (0.9, 0.999), 4000
LARGEST = (1 - BETAS[0]) / ((1 - BETAS[1]) * (1 - BETAS[0] ** 2 / BETAS[1])) ** 0.5
"""The longest step of Adam over η."""


def recursion(a: Array, z: Array, K: Array, y: Array, eta: float, decay: float, q: int = 3) -> tuple[Array, Array]:
    """One step of gradient descent in features a, of shape (2, m), and noise z, of shape (2, m, n)."""
    R = z - ALPHA * (SIDES * a)[:, :, None] * y

    def slope(t: Array) -> Array:
        return np.asarray(q * np.maximum(t, 0) ** (q - 1))

    own = SIDES[:, :, None] * y
    power = (np.maximum(own * a[:, :, None], 0) ** q + np.maximum(R, 0) ** q).sum(1)
    g = 1 / (1 + np.exp(y * (power[0] - power[1])))
    n = len(y)
    a_next = (1 - eta * decay) * a + eta / n * (g * (slope(own * a[:, :, None]) - ALPHA * slope(R))).sum(-1)
    z_next = (1 - eta * decay) * z + eta / n * (own * g * slope(R)) @ K
    return a_next, z_next


def _overlapping(context: Context) -> tuple[Convolution, Patches]:
    rng = context.rng("overlapping")
    # of length near 1: longer noise makes steps of this size unstable, and rounding grows with every one
    noise = rng.standard_normal((IMAGES, D)) / D**0.5
    noise[:, 0] = 0
    y = np.where(np.arange(IMAGES) % 2 == 0, 1.0, -1.0)
    data = Patches(torch.as_tensor(y), torch.as_tensor(noise), ALPHA)
    return Convolution(torch.as_tensor(0.5 * rng.standard_normal((2, FILTERS, D)))), data


def _descent(context: Context) -> Followed:
    """Features and noise of a network under torch's SGD with weight decay, and by the recursions."""
    net, data = _overlapping(context)
    noise, y = data.noise.numpy(), data.y.numpy()
    w = net.w.detach().numpy()
    a, z = SIDES * w[:, :, 0], w @ noise.T
    for _ in range(STEPS):
        a, z = recursion(a, z, noise @ noise.T, y, 0.1, DECAY)
    train(net, data, "gd", 0.1, DECAY, STEPS)
    w = net.w.detach().numpy()
    left = np.concatenate([(SIDES * w[:, :, 0]).ravel(), (w @ noise.T).ravel()])
    right = np.concatenate([a.ravel(), z.ravel()])
    about = f"{STEPS} steps, {IMAGES} images with overlapping noise, {2 * FILTERS} filters"
    return Followed(left, right, "=", 64 * STEPS * UNIT_ROUNDOFF * float(np.abs(right).max()), about)


def _sign(context: Context) -> Followed:
    """Features and noise patches under sign descent on disjoint supports, and by whole steps."""
    rng = context.rng("sign")
    data, eta = patches(IMAGES, 6, 1.0, ALPHA, rng), 1e-3
    net = Convolution(torch.as_tensor(0.1 * rng.standard_normal((2, FILTERS, data.noise.shape[1]))))
    y, second = data.y.numpy(), data.second.numpy()
    own = SIDES[:, :, None] * y
    w = net.w.detach().numpy()
    a, R = SIDES * w[:, :, 0], w @ second.T
    longest = np.abs(data.noise.numpy()).sum(1)
    optimiser = optimiser_of("sign", net, eta, 0.0)
    for _ in range(SIGNS):
        with torch.no_grad():
            g = 1 / (1 + net.margins(data).exp()).numpy()
        push = (g * 3 * (np.maximum(own * a[:, :, None], 0) ** 2 - ALPHA * np.maximum(R, 0) ** 2)).sum(-1)
        S = np.sign(push)
        # where R ≤ 0 the noise has no gradient, and the patch moves with the feature alone
        R = R + eta * own * ((R > 0) * longest - ALPHA * S[:, :, None])
        a = a + eta * S
        optimiser.zero_grad()
        training_loss(net, data).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    w = net.w.detach().numpy()
    left = np.concatenate([(SIDES * w[:, :, 0]).ravel(), (w @ second.T).ravel()])
    right = np.concatenate([a.ravel(), R.ravel()])
    about = f"{SIGNS} steps, {IMAGES} images with disjoint supports, {2 * FILTERS} filters"
    # each of the 6 coordinates of a support is rounded in every step; ε = 1e-30 is nothing beside gradients
    return Followed(left, right, "=", 4096 * SIGNS * UNIT_ROUNDOFF * float(np.abs(right).max()), about)


def _flip(context: Context) -> Followed:
    """The step at which the features of a net with one filter a class turn, for two lengths of the noise."""
    rng, left, right = context.rng("flip"), [], []
    a_0, z_0, eta, n = 0.2, 0.01, 5e-4, 4
    for s in (20, 30):
        data = patches(n, s, 1.0, ALPHA, rng)
        d, total = data.noise.shape[1], s**0.5
        w = torch.zeros(2, 1, d, dtype=torch.float64)
        for row, j in enumerate((1.0, -1.0)):
            w[row, 0, 0] = j * a_0
            # ⟨w, ξ_i⟩ is z_0 on images of the own class, and far below 0 on the others
            for i in range(n):
                wanted = z_0 + ALPHA * a_0 if float(data.y[i]) == j else -5.0
                w[row, 0] += wanted / total * torch.sign(data.noise[i])
        net = Convolution(w)
        seen = train(net, data, "sign", eta, 0.0, 520)
        features = torch.stack(seen)[:, 0, 0]
        c = ALPHA**0.5
        left.append(float(features.argmax()))
        right.append((a_0 - c * z_0) / (c * (total - ALPHA) - 1) / eta)
    said = ", ".join(f"{r:.0f}" for r in right)
    return Followed(np.array(left), np.array(right), "=", 2.0, f"predicted {said}; steps are whole: two explain it")


def speed(s: int, images: int, g: torch.Generator) -> float:
    """What one sign step adds to ⟨w, ξ_i⟩ where it is positive and the image is of the filter's class, over η."""
    rng = np.random.default_rng(int(torch.randint(2**31, (1,), generator=g, device=g.device)))
    data = patches(images, s, 1.0, ALPHA, rng)
    net = Convolution(torch.as_tensor(0.1 * rng.standard_normal((2, FILTERS, data.noise.shape[1]))).to(g.device))
    data = Patches(data.y.to(g.device), data.noise.to(g.device), ALPHA)
    before = (net.w @ data.second.T).detach()
    train(net, data, "sign", 1e-3, 0.0, 1)
    gained = (net.w.detach() @ data.second.T - before) / 1e-3
    own = torch.tensor([[[1.0]], [[-1.0]]], dtype=before.dtype, device=g.device) * data.y > 0
    return float(gained[(before > 0) & own].mean())


def _speed(context: Context) -> Scaled:
    sizes = np.repeat(np.array([32, 128, 512, 2048]), 4)
    found = [speed(int(s), IMAGES, context.generator(f"speed {i}")) for i, s in enumerate(sizes)]
    # √s ± α: local exponents are off by α/(2√s) at most
    drift = ALPHA / (2 * min(sizes) ** 0.5)
    return Scaled(sizes.astype(float), np.array(found), f"{IMAGES} images, {2 * FILTERS} filters", drift=drift)


def longest(gradients: Any) -> float:
    """The longest step of torch's Adam with η = 1 and no ε on gradients of one weight."""
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimiser = torch.optim.Adam([weight], lr=1.0, betas=BETAS, eps=0.0)
    most, before = 0.0, 0.0
    for gradient in gradients:
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        weight.data.zero_()
        optimiser.step()
        most = max(most, abs(float(weight.detach()) - before))
    return most


def _growing() -> Array:
    """(β₂/β₁)^t from 10⁻¹⁵⁰ on: squares of it stay within the range of float64."""
    grown: Array = 1e-150 * np.exp(np.arange(LONG) * np.log(BETAS[1] / BETAS[0]))
    return grown


def _adam(context: Context) -> Followed:
    """Steps on constant, random, rare and growing gradients. Bias corrections lessen steps where β₂ forgets later."""
    rng = context.rng("adam")
    rare = np.r_[np.full(1, 1e-8), np.zeros(700), np.full(12, 1.0), np.zeros(100)]
    several = (np.ones(20), rng.standard_normal(300), rare, np.exp(np.cumsum(rng.uniform(0, 0.2, 1500))), _growing())
    left = np.array([longest(one) for one in several])
    said = ", ".join(f"{one:.3f}" for one in left)
    return Followed(left, np.full(len(left), LARGEST), "<=", 0.0, f"longest steps over η: {said}")


def _attains(context: Context) -> Followed:
    del context
    return Followed(np.array([7.1]), np.array([longest(_growing())]), "<=", 0.0, f"{LONG} steps")


READINGS: dict[str, tuple[Reading, ...]] = {
    "descent-run": (Reading("trajectory", _descent, both_sides=True, by=("torch.optim.SGD", "the recursions")),),
    "sign-run": (Reading("trajectory", _sign, both_sides=True, by=("torch.optim.Adam", "whole steps")),),
    "noise-speed": (Reading("scaling", _speed),),
    "flip-run": (Reading("trajectory", _flip, both_sides=True, by=("torch.optim.Adam", "the race")),),
    "adam-run": (Reading("trajectory", _adam, both_sides=True, by=("torch.optim.Adam", "the bound")),),
    "adam-attains": (Reading("trajectory", _attains, both_sides=True, by=("the number", "torch.optim.Adam")),),
}

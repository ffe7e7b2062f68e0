"""Updates and steps of Sarussi et al. (2021) beside their bounds; the wedge and the clusters of trained networks."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.papers.sarussi2021.common import normal_net, zeros
from checks.readings import Followed, Reading, Scaled
from numerics.models.sarussi2021 import clusters, descend, separable, updates_until_correct
from numerics.values.rounding import UNIT_ROUNDOFF

SETS, MOST = 16, 20_000
THREE = np.array([[0.94, 0.315], [0.529, -0.664], [-0.192, -0.981]])
"""y_tx_t of the three points on which updates are many, and their labels."""
LABELS = np.array([-1.0, 1.0, 1.0])
ORDERS = (128, 181, 256, 362, 512, 724, 1024)
"""1/a on the three points."""
LAMBERT = 0.2784645427610738
"""W(1/e)."""


def time_bound(a: float, R: float, gamma: float, kev: float, g: float) -> float:
    """T = B(C/g)/(γ²g) with C = W(1/e)/(kηv²), the bound of the two statements on steps."""
    C = LAMBERT / kev / g
    if a * (1 - a) * R**2 / 2 <= C:
        return (C / a**2 + R**2) / (gamma**2 * g)
    return R**4 * (1 + a) ** 2 / (4 * (a * R**2 - C)) / (gamma**2 * g)


def _updates(context: Context) -> Followed:
    """Updates of networks of 1 to 8 units a cluster, slopes from 1/50 to 1, steps from 1/10 to 10."""
    rng, left, right = context.rng("updates"), [], []
    for trial in range(SETS):
        a, k = float(np.geomspace(0.02, 1, SETS)[trial]), int(2 ** rng.integers(0, 4))
        x, y, R, gamma = separable(20, int(rng.integers(2, 9)), 0.05, rng)
        net = zeros(k, x.shape[1], a, rng.uniform(0.5, 2))
        left.append(updates_until_correct(net, x, y, 10 ** rng.uniform(-1, 1), MOST))
        right.append((1 + a) ** 2 / (4 * a) * R**2 / gamma**2)
    data = {"slope": np.geomspace(0.02, 1, SETS).tolist(), "updates": left, "bound": right}
    return Followed(np.array(left, dtype=float), np.array(right), "<=", 0.0, f"{SETS} sets of 20 points, cyclic", data)


def _order(context: Context) -> Scaled:
    """Updates on the three points with networks of one unit a cluster, a = 1/128 … 1/1024."""
    counts = [three_points(m, context.generator(f"turned {m}")) for m in ORDERS]
    # the counts are m/4 and one or two more: a local exponent is off by 8/m at most
    about = "three points of R², turned, one unit a cluster, cyclic order"
    data = {"m": list(ORDERS), "updates": counts}
    return Scaled(np.array(ORDERS, dtype=float), np.array(counts, dtype=float), about, data, drift=8 / min(ORDERS))


def three_points(m: int, g: torch.Generator) -> int:
    """Updates on the three points, turned by a random angle, with a = 1/m."""
    angle = 2 * math.pi * float(torch.rand(1, generator=g, dtype=torch.float64, device=g.device))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    x, y = torch.as_tensor(THREE @ turn * LABELS[:, None]), torch.as_tensor(LABELS)
    return updates_until_correct(zeros(1, 2, 1 / m), x, y, 1.0, 10 * m)


def _worst_first(x: Tensor, y: Tensor, a: float, k: int, v: float, eta: float, most: int) -> int:
    """Steps until a visited point has loss below ln 2, where the point of the largest loss is visited each time."""
    net = zeros(k, x.shape[1], a, v)
    for step in range(most):
        with torch.no_grad():
            margins = y * net(x)
        at = int(margins.argmin())
        if margins[at] > 0:
            return step
        descend(net, x, y, eta, 1, np.array([at]))
    return most


def _sgd(context: Context) -> Followed:
    rng, left, right = context.rng("sgd"), [], []
    for a in (0.05, 0.1, 0.2, 0.5, 1.0):
        for eta in (0.1, 1.0):
            x, y, R, gamma = separable(20, 4, 0.1, rng)
            k, v = int(rng.integers(1, 5)), rng.uniform(0.5, 2)
            left.append(_worst_first(x, y, a, k, v, eta, MOST))
            right.append(time_bound(a, R, gamma, k * eta * v**2, 0.5))
    return Followed(np.array(left, dtype=float), np.array(right), "<=", 0.0, f"{len(left)} sets of 20 points")


def _gd(context: Context) -> Followed:
    """Full-batch steps until the mean loss is below ln 2/n, for sets of 8 points."""
    rng, left, right, n = context.rng("gd"), [], [], 8
    for a in (0.1, 0.3, 1.0):
        for eta in (0.3, 3.0):
            x, y, R, gamma = separable(n, 4, 0.3, rng)
            net = zeros(2, 4, a)
            found = np.array(descend(net, x, y, eta, 300))
            below = np.flatnonzero(found < math.log(2) / n)
            left.append(int(below[0]) if len(below) else MOST)
            right.append(time_bound(a, R, gamma, 2 * eta, (1 - 2.0**-1) / n))
    return Followed(np.array(left, dtype=float), np.array(right), "<=", 0.0, f"{len(left)} sets of {n} points")


def _wedge(context: Context) -> Followed:
    """Random inputs at which trained networks and their linear rules differ in sign."""
    rng, left, right = context.rng("wedge"), [], []
    for scale in (0.3, 3.0):
        for a in (0.05, 0.2, 0.5):
            x, y, _, _ = separable(30, 4, 0.1, rng)
            net = normal_net(8, 4, a, 8**-0.5, scale, rng)
            descend(net, x, y, 1.0, 100)
            where = clusters(net)
            tried = torch.as_tensor(rng.standard_normal((4000, 4)))
            with torch.no_grad():
                differ = (net(tried) * (tried @ where.rule)) < 0
            left += (tried @ where.rule)[differ].abs().tolist()
            right += ((1 - a) / (1 + a) * where.radius * tried.norm(dim=1))[differ].tolist()
    return Followed(np.array(left), np.array(right), "<=", 0.0, f"{len(left)} of 24000 inputs, six networks")


def _frozen(context: Context) -> Followed:
    """Distances of units after 300 steps in agreement: points and units lie in a cone and its mirror."""
    rng = context.rng("frozen")
    x = torch.as_tensor(np.abs(rng.standard_normal((12, 4))))
    y = torch.as_tensor(np.where(np.arange(12) < 6, 1.0, -1.0))
    x = x * y[:, None]
    w = torch.as_tensor(rng.uniform(0.1, 1, (5, 4)))
    net = normal_net(5, 4, 0.2, 0.5, 1.0, rng)
    with torch.no_grad():
        net.w.copy_(w)
        net.u.copy_(-torch.as_tensor(rng.uniform(0.1, 1, (5, 4))))
    before = torch.cat([torch.pdist(net.w.detach()), torch.pdist(net.u.detach())]).numpy()
    moved = net.w.detach().clone()
    descend(net, x, y, 1.0, 300)
    after = torch.cat([torch.pdist(net.w.detach()), torch.pdist(net.u.detach())]).numpy()
    size = float(net.w.detach().abs().max())
    about = f"10 units, 300 steps; the units moved by {float((net.w.detach() - moved).norm()):.1f}"
    return Followed(after, before, "=", 64 * 300 * UNIT_ROUNDOFF * max(1.0, size), about)


READINGS: dict[str, tuple[Reading, ...]] = {
    "updates-run": (Reading("trajectory", _updates, both_sides=True, by=("the networks", "the bound")),),
    "updates-order": (Reading("scaling", _order),),
    "sgd-run": (Reading("trajectory", _sgd, both_sides=True, by=("the networks", "the bound")),),
    "gd-run": (Reading("trajectory", _gd, both_sides=True, by=("the networks", "the bound")),),
    "wedge-run": (Reading("trajectory", _wedge, both_sides=True, by=("the networks", "the radius")),),
    "frozen-run": (Reading("trajectory", _frozen, both_sides=True, by=("after the run", "before")),),
}

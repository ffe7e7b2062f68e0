"""The population loss of the networks of Liu et al. (2019), by integrating what they do to patches.

The networks are run on the nodes of an integration rule, and autograd differentiates them there; no formula for the
loss or its gradients is used. What a patch z gives to f − y depends on z through the plane of v and v* alone, where it
is continuous and has kinks on the lines z·v = 0 and z·v* = 0 only. In polar coordinates the rule has two radii, the
Gauss rule for the density r exp(−r²/2), which is exact for polynomials in r up to degree three, and Gauss-Legendre
angles on the four arcs between the kinks. The nodes stay where they are when the loss is differentiated: expectation
and gradient commute, since ReLU is Lipschitz and the kinks have measure zero.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from numerics.models.liu2019 import StudentResNet, Teachers, angle, hidden, normalised
from numerics.models.liu2019_descent import Gradients

Array = NDArray[np.float64]

NODES = 12
"""Angles on each arc: of products of two sines on an arc of length L ≤ π the Gauss-Legendre rule with n nodes misses at
most 2^(2n) L^(2n+1) (n!)^4/((2n + 1) (2n)!^3), which is 5e-19 here."""
FEW_NODES = 6
"""The same is 3e-6 here, for runs of which only the end is wanted: the rule's own loss is a sum of squares that
vanishes where f = y as well, so that the optimum stays where it is."""
FLAT = 1e-12
"""Below this length of the part of v* across v, every plane through v is that of v and v*, up to 1e-12."""


@cache
def _radii() -> tuple[Array, Array]:
    """Nodes and weights of the two-point Gauss rule for the density r exp(−r²/2) on r ≥ 0."""
    mean = float(np.sqrt(np.pi / 2))
    moments = [1.0, mean, 2.0, 3 * mean]
    constant, linear = np.linalg.solve([moments[:2], moments[1:3]], [-moments[2], -moments[3]])
    nodes = np.sort(np.roots([1.0, linear, constant]).real)
    upper = (mean - nodes[0]) / (nodes[1] - nodes[0])
    return nodes, np.array([1 - upper, upper])


def plane_rule(v: Tensor, v_star: Tensor, nodes: int = NODES) -> tuple[Tensor, Tensor]:
    """Patches (R, Q, p) and weights (R, Q) that integrate over N(0, I_p) what depends on z·v and z·v*.

    Args:
        v, v_star: unit vectors, shape (R, p), p ≥ 2.
        nodes: angles on each of the four arcs; Q = 8 · nodes.
    """
    numbers = partial(torch.as_tensor, dtype=v.dtype, device=v.device)
    across = v_star - (v * v_star).sum(dim=-1, keepdim=True) * v
    axis = numbers(np.eye(v.shape[-1]))[v.abs().argmin(dim=-1)]
    across = torch.where(across.norm(dim=-1, keepdim=True) > FLAT, across, axis)
    across = normalised(across)
    across = normalised(across - (across * v).sum(dim=-1, keepdim=True) * v)
    phi = angle(v, v_star)[:, None]
    right = torch.full_like(phi, torch.pi / 2)
    ends = torch.cat([-right, phi - right, right, phi + right, 3 * right], dim=-1)
    half, middle = (ends[:, 1:] - ends[:, :-1]) / 2, (ends[:, 1:] + ends[:, :-1]) / 2
    x, x_weights = (numbers(n) for n in np.polynomial.legendre.leggauss(nodes))
    r, r_weights = (numbers(n) for n in _radii())
    theta = (middle[..., None] + half[..., None] * x).flatten(1)
    share = (half[..., None] * x_weights / (2 * torch.pi)).flatten(1)
    directions = theta.cos()[..., None] * v[:, None] + theta.sin()[..., None] * across[:, None]
    patches = (r[:, None, None] * directions[:, None]).flatten(1, 2)
    return patches, (r_weights[:, None] * share[:, None]).flatten(1)


def expected_loss(a: Tensor, v: Tensor, teacher: Teachers, nodes: int = NODES) -> Tensor:
    """½ E (f − y)² of the networks with output weights a (R, k) and unit filters v (R, p): shape (R,), differentiable.

    Patches are independent and each gives its h_j to f − y, so that E (Σ h_j)² = Σ E h_j² + (Σ E h_j)² − Σ (E h_j)².

    >>> a, v = torch.ones(1, 1, dtype=torch.float64), torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    >>> round(float(expected_loss(a, v, Teachers(a, -v))), 12)  # |z·v| in the place of f − y
    0.5
    """
    patches, weights = plane_rule(v.detach(), teacher.v_star, nodes)
    each = patches[:, :, None]
    features = torch.cat([hidden(each, v), hidden(each, teacher.v_star)], dim=-1)
    mean = torch.einsum("rq,rqf->rf", weights, features)
    second = torch.einsum("rqf,rqg->rfg", weights[..., None] * features, features)
    output = torch.stack([a, -teacher.a_star], dim=-1)
    means = torch.einsum("rkf,rf->rk", output, mean)
    squares = torch.einsum("rkf,rfg,rkg->r", output, second, output)
    loss: Tensor = (squares + means.sum(dim=-1) ** 2 - (means**2).sum(dim=-1)) / 2
    return loss


def network_gradients(teacher: Teachers, nodes: int = NODES) -> Gradients:
    """∇_a L and ∇_w L of the residual student with the filter v, so w = v − 𝟏/√p, by autograd through the network."""

    def gradients(a: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        student = StudentResNet(a, v - v.shape[-1] ** -0.5)
        loss = expected_loss(student.a, student.filter, teacher, nodes).sum()
        grad_a, grad_w = torch.autograd.grad(loss, (student.a, student.w))
        return grad_a, grad_w

    return gradients

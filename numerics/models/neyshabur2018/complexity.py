"""Rademacher complexity of one unit and of a class: exact for points of the plane, by ascent for any."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


def signs(m: int) -> Array:
    """List all signs of m points up to a common one, which changes no |A_σ|.

    Args:
        m: The number of points.

    Returns:
        The signs, of shape (2^(m − 1), m).

    Example:
        >>> from numerics.models.neyshabur2018 import signs
        >>> signs(2).tolist()
        [[1.0, 1.0], [1.0, -1.0]]
    """
    return np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=m - 1)])


def lengths(x: Array) -> Array:
    """The length of s = Σσ_ix_i for all signs up to a common one.

    Args:
        x: Points, of shape (m, d).

    Returns:
        Their lengths, of shape (2^(m − 1),).
    """
    return np.asarray(np.linalg.norm(signs(len(x)) @ x, axis=1))


def largest_in_disc(x: Array, start: Array, beta: float, slope: float = 0.0) -> Array:
    """The supremum of |Σσ_iφ(⟨u, x_i⟩)| over ‖u − u⁰‖ ≤ β in the plane, exactly, for each choice of signs.

    The sum is linear on each sector between the lines ⟨u, x_i⟩ = 0, so that it is largest at a point of the circle: at
    the end of a radius along the gradient of a sector, or where a line meets the circle. All of these are tried.

    Args:
        x: Points of the plane, none of them 0, of shape (m, 2).
        start: u⁰, of shape (2,).
        beta: The radius β.
        slope: The slope of φ at negative arguments, 0 for ReLU and −1 for the absolute value; φ is 0 at u⁰ where it
            is the absolute value, and there |⟨u⁰, x_i⟩| is taken off.

    Returns:
        The suprema, of shape (2^(m − 1),).

    Source:
        Neyshabur et al. 2018 (arXiv:1805.12076), the class of one unit.
    """
    sigma = signs(len(x))
    angles = np.sort(
        np.concatenate([(np.arctan2(x[:, 1], x[:, 0]) + off) % (2 * np.pi) for off in (np.pi / 2, -np.pi / 2)])
    )
    middle = (angles + np.diff(angles, append=angles[0] + 2 * np.pi) / 2)[:, None]
    active = np.hstack([np.cos(middle), np.sin(middle)]) @ x.T > 0
    gradient = np.einsum("sm,cm,md->scd", sigma, np.where(active, 1.0, slope), x)
    size = np.linalg.norm(gradient, axis=2, keepdims=True)
    along = beta * gradient / np.where(size > 0, size, 1.0)
    far = -(x @ start) / (beta * np.linalg.norm(x, axis=1))
    meets = np.abs(far) <= 1
    at = np.arctan2(x[meets, 1], x[meets, 0])
    turn = np.arccos(far[meets])
    corners = np.concatenate([at + turn, at - turn])
    circle = beta * np.stack([np.cos(corners), np.sin(corners)], axis=1)
    everywhere = np.broadcast_to(circle, (len(sigma), *circle.shape))
    u = start + np.concatenate([along, -along, everywhere], axis=1)
    z = u @ x.T
    value = np.where(z > 0, z, slope * z) - (np.abs(x @ start) if slope == -1 else 0.0)
    return np.asarray(np.abs(np.einsum("scm,sm->sc", value, sigma)).max(1))


def largest_by_ascent(
    x: Tensor, start: Tensor, beta: Tensor, sigma: Tensor, steps: int, generator: torch.Generator, tries: int = 4
) -> Tensor:
    """The largest |A_σ(u)| in the balls of several units that projected gradient ascent finds.

    Args:
        x: Points, of shape (m, d).
        start: The centres u_j⁰, of shape (h, d).
        beta: The radii, of shape (h,).
        sigma: Signs, of shape (s, m).
        steps: The number of steps; the first is as long as the radius, the last a hundredth of it.
        generator: Where random starting points come from; the first two lie along ±s.
        tries: Random starting points beside these.

    Returns:
        What was found, of shape (s, h).
    """
    h, d = start.shape
    s = unit_of(sigma @ x)[:, None, :].expand(-1, h, d)
    drawn = torch.randn(len(sigma), h, tries, d, generator=generator, dtype=x.dtype, device=x.device)
    where = torch.cat([torch.stack([s, -s], dim=2), unit_of(drawn)], dim=2)
    best = torch.zeros(len(sigma), h, dtype=x.dtype, device=x.device)
    radius = beta[None, :, None, None]
    for towards in (1.0, -1.0):
        u = where.clone()
        for step in range(steps + 1):
            z = (start[None, :, None, :] + radius * u) @ x.T
            value = (torch.relu(z) * sigma[:, None, None, :]).sum(-1)
            best = torch.maximum(best, value.abs().amax(2))
            gradient = ((z > 0).to(x.dtype) * sigma[:, None, None, :]) @ x
            u = u + towards * 0.01 ** (step / steps) * unit_of(gradient)
            u = u / u.norm(dim=-1, keepdim=True).clamp(min=1.0)
    return best


def class_by_ascent(
    x: Tensor, start: Tensor, beta: Tensor, alpha: Tensor, sigma: Tensor, steps: int, generator: torch.Generator
) -> Tensor:
    """The largest Σσ_if(x_i) over a whole class with one output that ascent by autograd in all units at once finds.

    Args:
        x: Points, of shape (m, d).
        start: The centres u_j⁰, of shape (h, d).
        beta: Capacities, of shape (h,).
        alpha: Impacts, of shape (h,): each v_j is α_j or −α_j, since f is linear in it.
        sigma: Signs, of shape (s, m).
        steps: The number of steps.
        generator: Where the 24 starting points for each choice of both signs come from.

    Returns:
        What was found, of shape (s,).
    """
    h, d = start.shape
    half = torch.as_tensor(signs(h)).to(x)
    v = (alpha * torch.cat([half, -half]))[:, None, :, None]
    drawn = torch.randn(len(sigma), 2**h, 24, h, d, generator=generator, dtype=x.dtype, device=x.device)
    u = unit_of(drawn).requires_grad_()
    best = torch.zeros(len(sigma), dtype=x.dtype, device=x.device)
    for step in range(steps + 1):
        out = (torch.relu((start + beta[:, None] * u) @ x.T) * v).sum(-2)
        value = (out * sigma[:, None, None, :]).sum(-1)
        best = torch.maximum(best, value.detach().amax((1, 2)))
        (gradient,) = torch.autograd.grad(value.sum(), u)
        with torch.no_grad():
            u += 0.001 ** (step / steps) * unit_of(gradient)
            u /= u.norm(dim=-1, keepdim=True).clamp(min=1.0)
    return best


def unit_of(vectors: Tensor) -> Tensor:
    """Vectors divided by their lengths, 0 where they are 0."""
    found: Tensor = vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-300)
    return found

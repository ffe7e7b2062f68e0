"""Networks of Yin et al. (2019): binary activations that are differentiated by a straight-through estimator.

Parameters carry a leading axis of R runs. Population losses and coarse gradients come from the network itself, run on
the nodes of an integration rule and differentiated by autograd through the estimator: no formula for them is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from numerics.models.liu2019 import angle, normalised
from numerics.models.liu2019_population import FEW_NODES, NODES, plane_rule

Estimator = Literal["identity", "relu", "clipped"]
ESTIMATORS: tuple[Estimator, ...] = ("identity", "relu", "clipped")


class _Binary(torch.autograd.Function):
    """σ(x) = 1{x > 0}, with μ′(x) in the place of its derivative, which is 0 almost everywhere."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, estimator: Estimator) -> Tensor:
        ctx.save_for_backward(x)
        ctx.estimator = estimator
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        (gradient,) = gradients
        if ctx.estimator == "identity":
            return gradient, None
        kept = x > 0 if ctx.estimator == "relu" else (x > 0) & (x < 1)
        return gradient * kept, None


def binary(x: Tensor, estimator: Estimator = "relu") -> Tensor:
    """σ(x) = 1{x > 0}, differentiated by a straight-through estimator.

    Args:
        x: Pre-activations, of any shape.
        estimator: "identity" for μ′ = 1, "relu" for 1{x > 0}, "clipped" for 1{0 < x < 1}.

    Returns:
        Zeros and ones, of the shape and type of x.

    Example:
        >>> x = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True)
        >>> binary(x, "clipped").sum().backward()
        >>> x.grad
        tensor([0., 1., 0.])
    """
    found: Tensor = _Binary.apply(x, estimator)  # type: ignore[no-untyped-call]
    return found


@dataclass(frozen=True)
class Teachers:
    """R teachers: v* of shape (R, m), and w* of shape (R, n) and norm one."""

    v: Tensor
    w: Tensor


class Network(nn.Module):
    """y = vᵀσ(Zw) with v of shape (R, m), w of shape (R, n) and patches Z of shape (R, N, m, n)."""

    def __init__(self, v: Tensor, w: Tensor, estimator: Estimator = "relu") -> None:
        super().__init__()
        self.v = nn.Parameter(v.clone())
        self.w = nn.Parameter(w.clone())
        self.estimator = estimator

    def forward(self, Z: Tensor) -> Tensor:
        hidden = binary(torch.einsum("rkmn,rn->rkm", Z, self.w), self.estimator)
        output: Tensor = torch.einsum("rkm,rm->rk", hidden, self.v)
        return output


def expected_loss(
    v: Tensor, w: Tensor, teacher: Teachers, estimator: Estimator = "relu", moving: bool = False, nodes: int = NODES
) -> Tensor:
    """½ E (y − y*)² of networks with output weights v (R, m) and filters w (R, n): shape (R,), differentiable.

    Patches are independent and each gives its h_j to y − y*, so that E (Σ h_j)² = Σ E h_j² + (Σ E h_j)² − Σ (E h_j)².
    Both activations are constant between the kinks of the rule, whose two radii are exact for what the identity and
    the ReLU estimator make of them; the clipped ReLU has a kink in the radius, where no rule of this kind is exact.
    Kinks that move are all that changes the loss with w.

    Args:
        v, w: The networks' parameters.
        teacher: Their teachers.
        estimator: What replaces the derivative of σ.
        moving: Whether the nodes move with w, which makes autograd's gradient the true one, not the coarse one.
        nodes: Angles on each arc; the loss and its true gradient are exact with one.
    """
    if estimator == "clipped":
        raise ValueError("the clipped ReLU has a kink in the radius, which this rule does not follow: take samples")
    direction = normalised(w if moving else w.detach())
    patches, weights = plane_rule(direction, teacher.w, nodes)
    if moving:
        patches = patches.detach()
    student = binary(torch.einsum("rqn,rn->rq", patches, w.detach() if moving else w), estimator)
    target = binary(torch.einsum("rqn,rn->rq", patches, teacher.w))
    features = torch.stack([student, target], dim=-1)
    mean = torch.einsum("rq,rqf->rf", weights, features)
    second = torch.einsum("rqf,rqg->rfg", weights[..., None] * features, features)
    output = torch.stack([v, -teacher.v], dim=-1)
    means = torch.einsum("rmf,rf->rm", output, mean)
    squares = torch.einsum("rmf,rfg,rmg->r", output, second, output)
    loss: Tensor = (squares + means.sum(dim=-1) ** 2 - (means**2).sum(dim=-1)) / 2
    return loss


def gradients(
    v: Tensor, w: Tensor, teacher: Teachers, estimator: Estimator = "relu", moving: bool = False, nodes: int = NODES
) -> tuple[Tensor, Tensor, Tensor]:
    """The loss (R,), its gradient in v (R, m), and the coarse gradient in w (R, n), or the true one if `moving`."""
    v, w = v.detach().requires_grad_(True), w.detach().requires_grad_(True)
    loss = expected_loss(v, w, teacher, estimator, moving, nodes)
    in_v, in_w = torch.autograd.grad(loss.sum(), (v, w))
    return loss.detach(), in_v, in_w


def descend(
    v: Tensor, w: Tensor, teacher: Teachers, estimator: Estimator, eta: float, steps: int, normalise: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """Coarse gradient descent in both at once, and the loss at the end; w is made of norm one if `normalise`."""
    for _ in range(steps):
        _, in_v, in_w = gradients(v, w, teacher, estimator, nodes=FEW_NODES)
        v, w = v - eta * in_v, w - eta * in_w
        w = normalised(w) if normalise else w
    return v, w, expected_loss(v, w, teacher)


def teachers(runs: int, m: int, n: int, tau: float, generator: torch.Generator) -> Teachers:
    """Teachers with ‖v*‖ = 1 and (𝟏ᵀv*)² = τ(m + 1), everything else random; τ from 0 to m/(m + 1)."""
    options: dict[str, Any] = {"generator": generator, "dtype": torch.float64, "device": generator.device}
    share = tau * (m + 1) / m
    if not 0 <= share <= 1:
        raise ValueError(f"τ lies in [0, {m / (m + 1):.4g}] for m = {m}, not at {tau}")
    across = torch.randn(runs, m, **options)
    across = normalised(across - across.mean(dim=-1, keepdim=True))
    v = (share / m) ** 0.5 + across * (1 - share) ** 0.5
    return Teachers(v, normalised(torch.randn(runs, n, **options)))


def angles(w: Tensor, teacher: Teachers) -> Tensor:
    """∠(w, w*) of each run, shape (R,)."""
    return angle(normalised(w), teacher.w)

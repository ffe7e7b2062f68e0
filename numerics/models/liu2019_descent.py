"""Normalised gradient descent of Liu et al. (2019), in both stages, on thousands of runs at once.

The step: w̃ = w − η_w ∇_w L, v ← (𝟏/√p + w̃)/‖·‖, w ← v − 𝟏/√p, a ← a − η_a ∇_a L. Since w = v − 𝟏/√p
throughout, the state is (a, v). In Stage I η_w ≪ η_a, in Stage II both are of one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from numerics.models.liu2019 import StudentResNet, Teacher, Teachers

Gradients = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Schedule:
    """Step sizes and lengths of the two stages."""

    eta_a: float = 0.3
    eta_w_first: float = 0.003
    eta_w: float = 0.3
    first: int = 100
    second: int = 900

    def eta_w_at(self, step: int) -> float:
        return self.eta_w_first if step < self.first else self.eta_w

    @property
    def steps(self) -> int:
        return self.first + self.second


def sampled_gradients(teacher: Teachers, Z: Tensor) -> Gradients:
    """Autograd's gradients of ½ mean (f − y)² on patches Z, through the residual student."""
    with torch.no_grad():
        y = Teacher(teacher.a_star, teacher.v_star)(Z)

    def gradients(a: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        student = StudentResNet(a, v - v.shape[-1] ** -0.5)
        loss = ((student(Z) - y) ** 2).mean(dim=-1).sum() / 2
        grad_a, grad_w = torch.autograd.grad(loss, (student.a, student.w))
        return grad_a, grad_w

    return gradients


def step(a: Tensor, v: Tensor, gradients: Gradients, eta_a: float, eta_w: float) -> tuple[Tensor, Tensor]:
    """One step of normalised gradient descent."""
    grad_a, grad_w = gradients(a, v)
    moved = v - eta_w * grad_w
    return a - eta_a * grad_a, moved / moved.norm(dim=-1, keepdim=True)


def descend(a: Tensor, v: Tensor, gradients: Gradients, schedule: Schedule) -> Iterator[tuple[Tensor, Tensor]]:
    """The states (a, v) from the start on, one per step."""
    yield a, v
    for t in range(schedule.steps):
        a, v = step(a, v, gradients, schedule.eta_a, schedule.eta_w_at(t))
        yield a, v


def final_loss(
    start: tuple[Tensor, Tensor],
    teacher: Teachers,
    schedule: Schedule,
    gradients: Callable[[Teachers], Gradients],
    loss: Callable[[Tensor, Tensor, Teachers], Tensor],
    solved: float = 1e-8,
    every: int = 50,
) -> Tensor:
    """The loss of each run from `start`, (a, v), after both stages, shape (R,); runs below `solved` stop early.

    `gradients` and `loss` say how they are computed for some teachers. Every `every` steps the solved runs leave the
    tensor, which is what makes many runs cheap.
    """
    a, v = start
    result = torch.full((len(a),), torch.nan, dtype=a.dtype, device=a.device)
    alive = torch.arange(len(a), device=a.device)
    for t in range(schedule.steps):
        a, v = step(a, v, gradients(teacher), schedule.eta_a, schedule.eta_w_at(t))
        if t % every == every - 1 or t == schedule.steps - 1:
            with torch.no_grad():
                result[alive] = loss(a, v, teacher)
            rest = ~(result[alive] < solved)
            alive, a, v = alive[rest], a[rest], v[rest]
            teacher = Teachers(teacher.a_star[rest], teacher.v_star[rest])
            if not len(alive):
                break
    return result

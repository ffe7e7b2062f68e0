"""Normalised gradient descent of Liu et al. (2019), in both stages, on thousands of runs at once.

The step: w̃ = w − η_w ∇_w L, v ← (𝟏/√p + w̃)/‖·‖, w ← v − 𝟏/√p, a ← a − η_a ∇_a L. Since w = v − 𝟏/√p
throughout, the state is (a, v). In Stage I η_w ≪ η_a, in Stage II both are of one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from derivations.calculus.forms import column_expression, expand_inner
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_V
from derivations.papers.liu2019.loss import LOSS
from numerics.models.liu2019 import StudentResNet, Teacher, Teachers, angle
from numerics.values.backends import torch_backend
from numerics.values.evaluate import Evaluator, evaluate

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


@cache
def _formulas() -> tuple[Any, Any, Any]:
    """The paper's population gradients and loss, multiplied out for fast evaluation."""
    return column_expression(GRADIENT_A), column_expression(GRADIENT_V), expand_inner(LOSS)


def _values(a: Tensor, v: Tensor, teacher: Teachers) -> dict[Any, Tensor]:
    return {n.a: a, n.v: v, n.a_star: teacher.a_star, n.v_star: teacher.v_star, n.phi: angle(v, teacher.v_star)}


def population_loss(a: Tensor, v: Tensor, teacher: Teachers) -> Tensor:
    """The population loss of each run, shape (R,), by the paper's formula; differentiable."""
    found: Tensor = evaluate(_formulas()[2], _values(a, v, teacher), "torch", str(a.device))
    return found


def population_gradients(teacher: Teachers) -> Gradients:
    """∇_a L and the tangent ∇_v L at (a, v), by the paper's formulas."""

    def gradients(a: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        grad_a, grad_v, _ = _formulas()
        together = Evaluator(torch_backend(str(a.device)), _values(a, v, teacher))
        return together(grad_a), together(grad_v)

    return gradients


def autograd_gradients(teacher: Teachers) -> Gradients:
    """The same gradients from autograd through the population loss of a normalised filter."""

    def gradients(a: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        a, v = a.detach().requires_grad_(True), v.detach().requires_grad_(True)
        loss = population_loss(a, v / v.norm(dim=-1, keepdim=True), teacher).sum()
        grad_a, grad_v = torch.autograd.grad(loss, (a, v))
        return grad_a, grad_v

    return gradients


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
    """The states (a, v) from the start on, one a step."""
    yield a, v
    for t in range(schedule.steps):
        a, v = step(a, v, gradients, schedule.eta_a, schedule.eta_w_at(t))
        yield a, v


def final_loss(
    a: Tensor, v: Tensor, teacher: Teachers, schedule: Schedule, solved: float = 1e-8, every: int = 50
) -> Tensor:
    """The loss of each run after both stages, shape (R,); runs below `solved` stop early.

    Every `every` steps the solved runs leave the tensor, which is what makes many runs cheap.
    """
    result = torch.full((len(a),), torch.nan, dtype=a.dtype, device=a.device)
    alive = torch.arange(len(a), device=a.device)
    for t in range(schedule.steps):
        a, v = step(a, v, population_gradients(teacher), schedule.eta_a, schedule.eta_w_at(t))
        if t % every == every - 1 or t == schedule.steps - 1:
            loss = population_loss(a, v, teacher)
            result[alive] = loss
            rest = ~(loss < solved)
            alive, a, v = alive[rest], a[rest], v[rest]
            teacher = Teachers(teacher.a_star[rest], teacher.v_star[rest])
            if not len(alive):
                break
    return result

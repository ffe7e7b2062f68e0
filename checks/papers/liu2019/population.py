"""The population loss and gradients of Liu et al. (2019) by the paper's formulas, beside those of the network."""

from __future__ import annotations

from functools import cache
from typing import Any

from torch import Tensor

from derivations.calculus.columns import column_expression
from derivations.calculus.forms import expand_inner
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_V
from derivations.papers.liu2019.loss import LOSS
from numerics.models.liu2019 import Teachers, angle
from numerics.models.liu2019_descent import Gradients
from numerics.values.backends import backend_named
from numerics.values.evaluate import Evaluator, evaluate


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
        together = Evaluator(backend_named("torch", str(a.device)), _values(a, v, teacher))
        return together(grad_a), together(grad_v)

    return gradients

"""Statements of Liu et al. (2019) along runs of normalised gradient descent on the residual network.

The steps come from autograd through the network, and so do the gradients and losses that are put on one side of a
statement; the other side is the statement's own formula at the state before the step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.readings import Followed, Reading
from derivations.papers import paper
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.dynamics import c, kappa, q, t, turn
from derivations.papers.liu2019.loss import LOSS
from numerics.machine.arrays import as_numpy
from numerics.models.liu2019 import angle, initial_output, shortcut_cap, teachers, unit_vectors
from numerics.models.liu2019_descent import Schedule, step
from numerics.models.liu2019_population import expected_loss, network_gradients
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]

K, P = 16, 8
RUNS, FIRST, SECOND = 32, 50, 100
CHAIN = K * P
"""Roundings in the longest chain of a model's forward and backward pass, up to a small factor."""
NETWORK = "autograd through the network on an integration rule"
FORMULA = "the statement's formula"


@dataclass(frozen=True)
class Path:
    """What the network did, over steps and runs: states, gradients and losses before each step, and states after it."""

    values: Mapping[Any, Any]
    gradient_a: Array
    gradient_w: Array
    loss: Array
    loss_of_a: Array
    """The loss where only a has moved."""
    a_next: Array
    v_next: Array
    eta_w: Array


def _path(context: Context, label: str) -> Path:
    """Runs from the shortcut's start and, every other one, from anywhere on the sphere."""
    g = context.generator(label)
    teacher = teachers(RUNS, K, P, 1.0, g)
    a = initial_output(teacher.a_star, g)
    v = torch.full((RUNS, P), P**-0.5, dtype=torch.float64, device=g.device)
    v[1::2] = unit_vectors(RUNS // 2, P, g)
    schedule = Schedule(first=FIRST, second=SECOND)
    rows: list[tuple[Tensor, ...]] = []
    for i in range(schedule.steps):
        gradients = network_gradients(teacher)(a, v)
        after = step(a, v, lambda *_, known=gradients: known, schedule.eta_a, schedule.eta_w_at(i))
        rows.append((a, v, *gradients, expected_loss(a, v, teacher), expected_loss(after[0], v, teacher), *after))
        a, v = after
    a_all, v_all, gradient_a, gradient_w, loss, loss_of_a, a_next, v_next = (
        torch.stack(column) for column in zip(*rows, strict=True)
    )
    values = {
        n.a: as_numpy(a_all),
        n.v: as_numpy(v_all),
        n.a_star: as_numpy(teacher.a_star)[None],
        n.v_star: as_numpy(teacher.v_star)[None],
        n.phi: as_numpy(angle(v_all, teacher.v_star)),
        n.eta: schedule.eta_a,
    }
    eta_w = np.array([schedule.eta_w_at(i) for i in range(schedule.steps)])[:, None]
    return Path(
        values,
        gradient_a=as_numpy(gradient_a),
        gradient_w=as_numpy(gradient_w),
        loss=as_numpy(loss),
        loss_of_a=as_numpy(loss_of_a),
        a_next=as_numpy(a_next),
        v_next=as_numpy(v_next),
        eta_w=eta_w,
    )


Sides = Callable[[Any, Path], tuple[Any, Any, str]]


def _along(slug: str, sides: Sides, context: Context) -> Followed:
    """A statement at every step of real runs; tolerance: rounding of sums of k terms at the size of the values."""
    path = _path(context, slug)
    left, right, relation = sides(paper("liu2019")[slug], path)
    size = max(1.0, float(np.max(np.abs(path.values[n.a]))) ** 2 * K)
    about = f"{len(path.loss)} steps of normalised GD on the network, {RUNS} runs, k = {K}, p = {P}"
    return Followed(left, right, relation, 64 * CHAIN * UNIT_ROUNDOFF * size, about)


def _inner(x: Array, y: Array) -> Array:
    return np.asarray((x * y).sum(-1))


def _recursion(statement: Any, path: Path) -> tuple[Any, Any, str]:
    """What the next a gives, against the recursion."""
    a_star = path.values[n.a_star]
    gap = path.a_next - a_star
    left = {
        "recursion-sum": gap.sum(-1),
        "recursion-inner": _inner(path.a_next, a_star),
        "recursion-distance": _inner(gap, gap),
    }[statement.slug]
    return left, evaluate(statement.rhs, path.values), "="


def _loss_change(statement: Any, path: Path) -> tuple[Any, Any, str]:
    """How the network's loss changes, against the formula."""
    change = path.loss_of_a - path.loss
    if statement.slug == "step-a-exact":
        return change, evaluate(statement.rhs, path.values), "="
    return change, evaluate(statement.upper - LOSS, path.values), "<="


def _turned(statement: Any, path: Path) -> tuple[Any, Any, str]:
    """What the network's filter is after a step in w, before and after it is normalised, against the formula."""
    values = {**path.values, n.eta: path.eta_w}
    values[t] = evaluate(turn, values)
    moved = values[n.v] - path.eta_w[..., None] * path.gradient_w
    left = {
        "step-w-inner": _inner(moved, values[n.v_star]),
        "step-w-norm": _inner(moved, moved),
        "step-w-angle": _inner(path.v_next, values[n.v_star]),
    }[statement.slug]
    return left, evaluate(statement.rhs, values), "="


def _force(statement: Any, path: Path) -> tuple[Any, Any, str]:
    """How far the network's gradient points to the teacher, against the formula."""
    values = path.values
    if "-w" in statement.slug:
        force = -_inner(path.gradient_w, values[n.v_star] - values[n.v])
    else:
        force = _inner(path.gradient_a, values[n.a] - values[n.a_star])
    if statement.slug.endswith("identity"):
        return force, evaluate(statement.rhs, values), "="
    stated = {c: float(statement.value), kappa: float(statement.value), q: np.linspace(0.05, np.pi - 1, RUNS)}
    left = np.asarray(evaluate(statement.lhs, {**values, **stated}), dtype=float)
    inside = np.full(left.shape, True)
    if statement.slug == "dissipativity-w":
        inside = (values[n.phi] <= 5 * np.pi / 12) & (_inner(values[n.a], values[n.a_star]) >= 0)
    return left[inside], force[inside], "<="


def _initial_angle(context: Context) -> Followed:
    """The angle at w₀ = 0 for teachers on the cap of the shortcut prior."""
    v_star = shortcut_cap(20000, P, context.generator("cap"))
    start = torch.full_like(v_star, P**-0.5)
    left = as_numpy(angle(start, v_star))
    right = float(evaluate(paper("liu2019")["initial-angle"].rhs, {}))  # type: ignore[attr-defined]
    about = "20000 teachers on the cap, w₀ = 0"
    return Followed(left, np.full_like(left, right), "<=", 64 * P * UNIT_ROUNDOFF, about)


def _follow(sides: Sides, *slugs: str) -> dict[str, tuple[Reading, ...]]:
    return {s: (Reading("trajectory", partial(_along, s, sides), by=(NETWORK, FORMULA)),) for s in slugs}


READINGS: dict[str, tuple[Reading, ...]] = {
    "initial-angle": (Reading("trajectory", _initial_angle, by=("teachers drawn on the cap", FORMULA)),),
    **_follow(_recursion, "recursion-sum", "recursion-inner", "recursion-distance"),
    **_follow(_loss_change, "step-a-exact", "step-a-decrease"),
    **_follow(_turned, "step-w-inner", "step-w-norm", "step-w-angle"),
    **_follow(_force, "dissipativity-w-identity", "dissipativity-w", "dissipativity-a-identity", "dissipativity-a"),
}

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


@dataclass(frozen=True)
class Claim:
    """How a statement is read off a run.

    Attributes:
        network: What the network did, over steps and runs.
        formula: The statement's own formula at the state before the step.
        relation: "=" where the two agree, "<=" where the network's side is at most the formula's, ">=" where at least.
        where: The steps of which the statement speaks, of both sides' shape; all where it is None.
    """

    network: Callable[[Path], Array]
    formula: Callable[[Any, Path], Any]
    relation: str = "="
    where: Callable[[Path], Any] | None = None


def _along(slug: str, claim: Claim, context: Context) -> Followed:
    """A statement at every step of real runs; tolerance: rounding of sums of k terms at the size of the values."""
    path = _path(context, slug)
    network = claim.network(path)
    formula = np.broadcast_to(np.asarray(claim.formula(paper("liu2019")[slug], path), dtype=float), network.shape)
    if claim.where is not None:
        inside = claim.where(path)
        network, formula = network[inside], formula[inside]
    left, right = (formula, network) if claim.relation == ">=" else (network, formula)
    size = max(1.0, float(np.max(np.abs(path.values[n.a]))) ** 2 * K)
    about = f"{len(path.loss)} steps of normalised GD on the network, {RUNS} runs, k = {K}, p = {P}"
    relation = "=" if claim.relation == "=" else "<="
    # the longest chain of a step has CHAIN roundings, of numbers of the size of k products of entries of a
    return Followed(left, right, relation, 64 * CHAIN * UNIT_ROUNDOFF * size, about)


def _inner(x: Array, y: Array) -> Array:
    return np.asarray((x * y).sum(-1))


def _gap(path: Path) -> Array:
    return np.asarray(path.a_next - path.values[n.a_star])


def _moved(path: Path) -> Array:
    """The filter after a step in w, before it is normalised."""
    return np.asarray(path.values[n.v] - path.eta_w[..., None] * path.gradient_w)


def _loss_change(path: Path) -> Array:
    """How the network's loss changes where only a moves."""
    return path.loss_of_a - path.loss


def _force_w(path: Path) -> Array:
    """How far the network's negative gradient in w points to the teacher's filter."""
    return -_inner(path.gradient_w, path.values[n.v_star] - path.values[n.v])


def _force_a(path: Path) -> Array:
    """How far the network's negative gradient in a points to the teacher's output weights."""
    return _inner(path.gradient_a, path.values[n.a] - path.values[n.a_star])


def _rhs(statement: Any, path: Path) -> Any:
    return evaluate(statement.rhs, path.values)


def _rhs_turned(statement: Any, path: Path) -> Any:
    """The right side at the step of w and by how much it turns the filter."""
    values = {**path.values, n.eta: path.eta_w}
    values[t] = evaluate(turn, values)
    return evaluate(statement.rhs, values)


def _lhs_with_constants(statement: Any, path: Path) -> Any:
    """The left side with the statement's sharp constant, and a level q of its own for each run."""
    stated = {c: float(statement.value), kappa: float(statement.value), q: np.linspace(0.05, np.pi - 1, RUNS)}
    return evaluate(statement.lhs, {**path.values, **stated})


def _near(path: Path) -> Any:
    """Steps at an angle of at most 5π/12 and with aᵀa* ≥ 0."""
    return (path.values[n.phi] <= 5 * np.pi / 12) & (_inner(path.values[n.a], path.values[n.a_star]) >= 0)


CLAIMS: dict[str, Claim] = {
    "recursion-sum": Claim(lambda p: _gap(p).sum(-1), _rhs),
    "recursion-inner": Claim(lambda p: _inner(p.a_next, p.values[n.a_star]), _rhs),
    "recursion-distance": Claim(lambda p: _inner(_gap(p), _gap(p)), _rhs),
    "step-a-exact": Claim(_loss_change, _rhs),
    "step-a-decrease": Claim(_loss_change, lambda s, p: evaluate(s.upper - LOSS, p.values), "<="),
    "step-w-inner": Claim(lambda p: _inner(_moved(p), p.values[n.v_star]), _rhs_turned),
    "step-w-norm": Claim(lambda p: _inner(_moved(p), _moved(p)), _rhs_turned),
    "step-w-angle": Claim(lambda p: _inner(p.v_next, p.values[n.v_star]), _rhs_turned),
    "dissipativity-w-identity": Claim(_force_w, _rhs),
    "dissipativity-w": Claim(_force_w, _lhs_with_constants, ">=", _near),
    "dissipativity-a-identity": Claim(_force_a, _rhs),
    "dissipativity-a": Claim(_force_a, _lhs_with_constants, ">="),
}
"""What is read off runs for each statement about them."""


def _initial_angle(context: Context) -> Followed:
    """The angle at w₀ = 0 for teachers on the cap of the shortcut prior."""
    v_star = shortcut_cap(20000, P, context.generator("cap"))
    start = torch.full_like(v_star, P**-0.5)
    left = as_numpy(angle(start, v_star))
    right = float(evaluate(paper("liu2019")["initial-angle"].rhs, {}))  # type: ignore[attr-defined]
    about = "20000 teachers on the cap, w₀ = 0"
    return Followed(left, np.full_like(left, right), "<=", 64 * P * UNIT_ROUNDOFF, about)


READINGS: dict[str, tuple[Reading, ...]] = {
    "initial-angle": (Reading("trajectory", _initial_angle, by=("teachers drawn on the cap", FORMULA)),),
    **{
        slug: (Reading("trajectory", partial(_along, slug, claim), by=(NETWORK, FORMULA)),)
        for slug, claim in CLAIMS.items()
    },
}

"""Readings of Liu et al. (2019): what networks and training runs give to its statements.

Models of k = 16 patches of length p = 8, in float64. Population gradients on the model's side come
from autograd through the loss, never from the gradient formulas that are being checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.papers.liu2019.population import autograd_gradients, final_loss, population_gradients, population_loss
from checks.readings import Differentiated, Followed, Reading, Sampled, Scaled, Tried
from derivations.papers import paper
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.dynamics import c, kappa, q, t
from derivations.papers.liu2019.gradients import GRADIENT_A, GRADIENT_V
from derivations.papers.liu2019.headline import RATIOS
from derivations.papers.liu2019.landscape import SPURIOUS, h
from derivations.papers.liu2019.loss import LOSS
from numerics.machine.arrays import as_numpy
from numerics.models.autograd import hessian
from numerics.models.liu2019 import (
    StudentCNN,
    StudentResNet,
    Teacher,
    Teachers,
    angle,
    initial_output,
    normalised,
    shortcut_cap,
    teachers,
    unit_vectors,
)
from numerics.models.liu2019_descent import Schedule, descend, sampled_gradients
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]

K, P = 16, 8
MODELS = 64
RUNS = 4000
SOLVED = 1e-6
"""A run has reached the global optimum when its loss is below this: the spurious loss exceeds 0.1 there."""
CHAIN = K * P
"""Roundings in the longest chain of a model's forward and backward pass, up to a small factor."""


def _random_models(context: Context, label: str) -> tuple[Tensor, Tensor, Teachers]:
    """Random students (a, v) and teachers, all directions and signs."""
    g = context.generator(label)
    a = torch.randn(MODELS, K, generator=g, dtype=torch.float64, device=g.device)
    a_star = torch.randn(MODELS, K, generator=g, dtype=torch.float64, device=g.device)
    return a, unit_vectors(MODELS, P, g), Teachers(a_star, unit_vectors(MODELS, P, g))


def _state(a: Tensor, v: Tensor, teacher: Teachers) -> dict[Any, Array]:
    return {
        n.a: as_numpy(a),
        n.v: as_numpy(v),
        n.a_star: as_numpy(teacher.a_star),
        n.v_star: as_numpy(teacher.v_star),
        n.phi: as_numpy(angle(v, teacher.v_star)),
    }


def _gradient(of: str, context: Context) -> Differentiated:
    """Autograd through the loss of 64 random networks, in a, φ, v or w."""
    a, v, teacher = _random_models(context, f"models {of}")
    phi, w = angle(v, teacher.v_star), v * 1.5 - P**-0.5
    if of == "w":
        v = (w + P**-0.5) / (w + P**-0.5).norm(dim=-1, keepdim=True)
    leaf = {"a": a, "phi": phi, "v": v, "w": w}[of].detach().clone().requires_grad_(True)
    match of:
        case "a":
            loss = population_loss(leaf, v, teacher)
        case "phi":
            values = {n.a: a, n.a_star: teacher.a_star, n.phi: leaf}
            loss = evaluate(LOSS, values, "torch", context.device)
        case "v":
            loss = population_loss(a, leaf / leaf.norm(dim=-1, keepdim=True), teacher)
        case _:
            student = leaf + P**-0.5
            loss = population_loss(a, student / student.norm(dim=-1, keepdim=True), teacher)
    (measured,) = torch.autograd.grad(loss.sum(), leaf)
    values = _state(a, v, teacher) | ({n.w: as_numpy(w)} if of == "w" else {})
    return Differentiated(values, as_numpy(measured), CHAIN, f"{MODELS} random networks, k = {K}, p = {P}")


def _small_model(context: Context, label: str) -> tuple[Tensor, Tensor, Teachers]:
    """One network of k = 3, p = 3 whose gradients are not small beside their noise."""
    g = context.generator(label)
    v = unit_vectors(1, 3, g)
    across = unit_vectors(1, 3, g)
    across = normalised(across - (across * v).sum() * v)
    v_star = normalised(0.36 * v + 0.93 * across)  # at 1.2 from v in a random plane
    teacher = Teachers(torch.tensor([[0.9, -0.4, 0.7]], dtype=torch.float64, device=g.device), v_star)
    return torch.tensor([[1.1, 0.8, 0.5]], dtype=torch.float64, device=g.device), v, teacher


def _patches(count: int, k: int, p: int, g: torch.Generator, chunk: int = 2**17) -> Iterator[Tensor]:
    for start in range(0, count, chunk):
        yield torch.randn(min(chunk, count - start), k, p, generator=g, dtype=torch.float64, device=g.device)


def _sampled_loss(context: Context) -> Sampled:
    a, v, teacher = _small_model(context, "loss")
    student, target = StudentCNN(a, v), Teacher(teacher.a_star, teacher.v_star)

    def draw(count: int) -> Iterator[Array]:
        with torch.no_grad():
            for Z in _patches(count, 3, 3, context.generator(f"loss {count}")):
                yield as_numpy((student(Z) - target(Z))[0] ** 2 / 2)[:, None]

    claimed = evaluate(LOSS, _state(a, v, teacher))
    return Sampled(draw, np.asarray(claimed), "of ½(f − y)² on real networks")


def _sampled_gradient(of: str, context: Context) -> Sampled:
    """Autograd's gradient for one patch at a time: its mean is the population gradient."""
    a, v, teacher = _small_model(context, f"gradient {of}")

    def draw(count: int) -> Iterator[Array]:
        for Z in _patches(count, 3, 3, context.generator(f"gradient {of} {count}"), chunk=2**16):
            runs = len(Z)
            if of == "w":
                student: StudentCNN | StudentResNet = StudentResNet(a.expand(runs, -1), (v - 3**-0.5).expand(runs, -1))
            else:
                student = StudentCNN(a.expand(runs, -1), v.expand(runs, -1))
            target = Teacher(teacher.a_star.expand(runs, -1), teacher.v_star.expand(runs, -1))
            gap = student(Z[:, None]) - target(Z[:, None])
            leaf = student.a if of == "a" else student.w if isinstance(student, StudentResNet) else student.v
            (found,) = torch.autograd.grad((gap**2).sum() / 2, leaf)
            yield as_numpy(found)

    claimed = evaluate(GRADIENT_A if of == "a" else GRADIENT_V, _state(a, v, teacher))
    return Sampled(draw, np.asarray(claimed)[0], f"of autograd's gradient in {of}, a patch at a time", resolution=0.02)


def _run(context: Context, label: str, ratio: float = 1.0, runs: int = 64, steps: int = 300) -> Any:
    """A run of normalised GD by autograd from the shortcut start: arrays of a, v over steps, and the teacher."""
    g = context.generator(label)
    teacher = teachers(runs, K, P, ratio, g)
    a0 = initial_output(teacher.a_star, g)
    v0 = torch.full((runs, P), P**-0.5, dtype=torch.float64, device=g.device)
    schedule = Schedule(first=100, second=steps - 100)
    states = list(descend(a0, v0, autograd_gradients(teacher), schedule))
    return torch.stack([a for a, _ in states]), torch.stack([v for _, v in states]), teacher, schedule


def _along(statement: str, sides: Callable[..., tuple[Any, Any, str]], context: Context) -> Followed:
    """A statement at every step of a real run; tolerance: rounding of sums of k terms at the size of the values."""
    a, v, teacher, schedule = _run(context, statement)
    values = {
        n.a: as_numpy(a[:-1]),
        n.v: as_numpy(v[:-1]),
        n.a_star: as_numpy(teacher.a_star)[None],
        n.v_star: as_numpy(teacher.v_star)[None],
        n.phi: as_numpy(angle(v[:-1], teacher.v_star)),
        n.eta: schedule.eta_a,
    }
    left, right, relation = sides(statement, values, as_numpy(a[1:]), as_numpy(v[1:]), schedule)
    size = max(1.0, float(np.max(np.abs(values[n.a]))) ** 2 * K)
    return Followed(
        left,
        right,
        relation,
        64 * CHAIN * UNIT_ROUNDOFF * size,
        f"{len(left)} steps of normalised GD by autograd, {a.shape[1]} runs, k = {K}, p = {P}",
    )


def _recursion(statement: str, values: Any, a_next: Array, v_next: Array, schedule: Schedule) -> tuple[Any, Any, str]:
    a_star = values[n.a_star]
    gap = a_next - a_star
    left = {
        "recursion-sum": gap.sum(-1),
        "recursion-inner": (a_next * a_star).sum(-1),
        "recursion-distance": (gap**2).sum(-1),
    }[statement]
    return left, evaluate(paper("liu2019")[statement].rhs, values), "="  # type: ignore[attr-defined]


def _loss_change(statement: str, values: Any, a_next: Array, v_next: Array, schedule: Schedule) -> tuple[Any, Any, str]:
    before = evaluate(LOSS, values)
    after = evaluate(LOSS, {**values, n.a: a_next})
    if statement == "step-a-exact":
        return after - before, evaluate(paper("liu2019")[statement].rhs, values), "="  # type: ignore[attr-defined]
    return after, evaluate(paper("liu2019")[statement].upper, values), "<="  # type: ignore[attr-defined]


def _inequality(statement: str, values: Any, a_next: Array, v_next: Array, schedule: Schedule) -> tuple[Any, Any, str]:
    bound: Any = paper("liu2019")[statement]
    values = {
        **values,
        c: float(bound.value) if bound.value is not None else 1.0,
        kappa: float(bound.value or 0),
        q: 1.0,
    }
    left, right = (np.asarray(evaluate(side, values), dtype=float) for side in (bound.lhs, bound.rhs))
    inside = (values[n.phi] <= 5 * np.pi / 12) & ((values[n.a] * values[n.a_star]).sum(-1) >= 0)
    return (left[inside], right[inside], "<=") if statement == "dissipativity-w" else (left, right, "<=")


def _turned(statement: str, values: Any, a_next: Array, v_next: Array, schedule: Schedule) -> tuple[Any, Any, str]:
    """The angle after a step against φ − arctan(t sin φ)."""
    eta = np.array([schedule.eta_w_at(i) for i in range(len(a_next))])[:, None]
    aligned = (values[n.a] * values[n.a_star]).sum(-1)
    turn = eta * (np.pi - values[n.phi]) * aligned / (2 * np.pi)
    left = (v_next * values[n.v_star]).sum(-1)
    return left, evaluate(paper("liu2019")[statement].rhs, {n.phi: values[n.phi], t: turn}), "="  # type: ignore[attr-defined]


def _initial_angle(context: Context) -> Followed:
    """The angle at w₀ = 0 for teachers on the cap of the shortcut prior."""
    v_star = shortcut_cap(20000, P, context.generator("cap"))
    start = torch.full_like(v_star, P**-0.5)
    left = as_numpy(angle(start, v_star))
    distance = as_numpy((v_star - start).norm(dim=-1) ** 2)
    assert float(distance.max()) <= 1 + 1e-12
    return Followed(
        left, np.full_like(left, np.pi / 3), "<=", 64 * P * UNIT_ROUNDOFF, "20000 teachers on the cap, w₀ = 0"
    )


def _curvature(which: str, context: Context) -> Followed:
    """An extreme eigenvalue of autograd's Hessian in a, against the stated constant."""
    a, v, teacher = _random_models(context, "hessian")
    one = Teachers(teacher.a_star[:1], teacher.v_star[:1])
    H = hessian(lambda x: population_loss(x[None], v[:1], one)[0], a[0])
    values = as_numpy(torch.linalg.eigvalsh(H))
    bound: Any = paper("liu2019")[f"hessian-a-{which}"]
    direction = {h: np.eye(K)[0] - np.eye(K)[1] if which == "lower" else np.ones(K)}
    norm = float(np.sum(direction[h] ** 2))
    if which == "lower":
        stated = float(evaluate(bound.lhs, direction)) / norm
        return Followed(
            np.array([stated]), values[:1], "=", 1e-12, f"the smallest eigenvalue of autograd's Hessian, k = {K}"
        )
    stated = float(evaluate(bound.rhs, direction)) / norm
    return Followed(
        values[-1:], np.array([stated]), "=", 1e-12, f"the largest eigenvalue of autograd's Hessian, k = {K}"
    )


def _spurious_gradient(context: Context) -> Followed:
    """Autograd's gradient at the spurious point of 64 teachers: zero to rounding, in a and in v."""
    _, _, teacher = _random_models(context, "spurious")
    a_s = evaluate(SPURIOUS, {n.a_star: teacher.a_star}, "torch", context.device)
    v_s = -teacher.v_star + 1e-9 * unit_vectors(MODELS, P, context.generator("nudge"))
    v_s = v_s / v_s.norm(dim=-1, keepdim=True)
    grad_a, grad_v = autograd_gradients(teacher)(a_s, v_s)
    left = np.abs(np.concatenate([as_numpy(grad_a).ravel(), as_numpy(grad_v).ravel()]))
    size = float(teacher.a_star.norm(dim=-1).max()) ** 2
    return Followed(
        left,
        np.zeros_like(left),
        "<=",
        64 * CHAIN * UNIT_ROUNDOFF * size + 1e-9 * size,
        "autograd at 1e-9 from the point",
    )


def _trajectories(teacher: Teachers, a: Tensor, v: Tensor, count: int = 16) -> dict[str, Any]:
    """φ and aᵀa* along some runs, thinned, and the spurious inner product: what the picture is drawn from."""
    few = Teachers(teacher.a_star[:count], teacher.v_star[:count])
    path = list(descend(a[:count], v[:count], population_gradients(few), Schedule(second=300)))[::5]
    phi = np.stack([as_numpy(angle(x, few.v_star)) for _, x in path], -1)
    inner = np.stack([as_numpy((x * few.a_star).sum(-1)) for x, _ in path], -1)
    spurious = evaluate(SPURIOUS, {n.a_star: as_numpy(few.a_star)})
    return {
        "phi": np.round(phi, 5).tolist(),
        "inner": np.round(inner, 5).tolist(),
        "spurious": float(np.mean(np.sum(spurious * as_numpy(few.a_star), -1))),
    }


def _success(ratio: float, start: str, context: Context) -> Tried:
    """How many of RUNS runs reach the global optimum, all in one tensor."""
    g = context.generator("runs")
    teacher = teachers(RUNS, K, P, ratio, g)
    a = initial_output(teacher.a_star, g)
    shortcut = torch.full((RUNS, P), P**-0.5, dtype=torch.float64, device=g.device)
    v = shortcut if start == "shortcut" else unit_vectors(RUNS, P, g)
    loss = final_loss(a, v, teacher, Schedule())
    solved = int((loss < SOLVED).sum())
    data = {"ratio": ratio, "start": start, **_trajectories(teacher, a, v)}
    return Tried(solved, RUNS, "runs reach a loss below 1e-6", data)


def _finite_sample(context: Context) -> Scaled:
    """‖(a, v) − population (a, v)‖ after 30 steps, for 128 independent samples at each size N."""
    runs, k, p, sizes = 128, 3, 3, [2**j for j in range(8, 14)]
    g = context.generator("finite sample")
    teacher = teachers(1, k, p, 1.0, g)
    a0 = initial_output(teacher.a_star, g)
    v0 = torch.full((1, p), p**-0.5, dtype=torch.float64, device=g.device)
    schedule = Schedule(eta_a=0.3, eta_w_first=0.3, eta_w=0.3, first=0, second=30)
    *_, (a_end, v_end) = descend(a0, v0, autograd_gradients(teacher), schedule)
    many = Teachers(teacher.a_star.expand(runs, -1), teacher.v_star.expand(runs, -1))
    x: list[float] = []
    y: list[float] = []
    for size in sizes:
        Z = torch.randn(runs, size, k, p, generator=g, dtype=torch.float64, device=g.device)
        gradients = sampled_gradients(many, Z)
        *_, (a, v) = descend(a0.expand(runs, -1), v0.expand(runs, -1), gradients, schedule)
        distance = torch.cat([a - a_end, v - v_end], dim=-1).norm(dim=-1)
        x += [float(size)] * runs
        y += as_numpy(distance).tolist()
    return Scaled(np.array(x), np.array(y), f"(30 steps, {runs} samples at each N from {sizes[0]} to {sizes[-1]})")


def _follow(statement: str, sides: Callable[..., tuple[Any, Any, str]]) -> tuple[Reading, ...]:
    return (Reading("trajectory", partial(_along, statement, sides)),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "loss": (Reading("sampling", _sampled_loss),),
    "gradient-a": (Reading("autograd", partial(_gradient, "a")),),
    "gradient-phi": (Reading("autograd", partial(_gradient, "phi")),),
    "gradient-v": (Reading("autograd", partial(_gradient, "v")),),
    "gradient-w": (Reading("autograd", partial(_gradient, "w")), Reading("sampling", partial(_sampled_gradient, "w"))),
    "expectation-gradient-a": (Reading("sampling", partial(_sampled_gradient, "a")),),
    "expectation-gradient-v": (Reading("sampling", partial(_sampled_gradient, "v")),),
    "spurious-point": (Reading("autograd", _spurious_gradient, both_sides=True),),
    "hessian-a-lower": (Reading("autograd", partial(_curvature, "lower"), both_sides=True),),
    "hessian-a-upper": (Reading("autograd", partial(_curvature, "upper"), both_sides=True),),
    "initial-angle": (Reading("trajectory", _initial_angle),),
    "recursion-sum": _follow("recursion-sum", _recursion),
    "recursion-inner": _follow("recursion-inner", _recursion),
    "recursion-distance": _follow("recursion-distance", _recursion),
    "step-a-exact": _follow("step-a-exact", _loss_change),
    "step-a-decrease": _follow("step-a-decrease", _loss_change),
    "step-w-angle": _follow("step-w-angle", _turned),
    "dissipativity-w": _follow("dissipativity-w", _inequality),
    "dissipativity-a": _follow("dissipativity-a", _inequality),
    "finite-sample": (Reading("scaling", _finite_sample),),
    **{
        f"success-{start}-{ratio}": (Reading("sampling", partial(_success, float(ratio), start)),)
        for ratio in RATIOS
        for start in ("shortcut", "random")
    },
}

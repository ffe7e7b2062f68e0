"""Readings of Liu et al. (2019): what networks and training runs give to its statements.

Models of k = 16 patches of length p = 8, in float64. What stands on the model's side comes from the torch network
itself, run on samples or on the nodes of an integration rule and differentiated by autograd: never from the closed
form of the loss, nor from the gradient formulas that are being checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.papers.liu2019 import asked, outcomes, runs
from checks.papers.liu2019.runs import CHAIN, FORMULA, NETWORK, K, P
from checks.readings import Differentiated, Followed, Reading, Sampled
from derivations.papers import paper
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.gradients import GRADIENT_V, b
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
    normalised,
    unit_vectors,
)
from numerics.models.liu2019_population import expected_loss, network_gradients
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]

MODELS = 64

THEOREMS = asked.THEOREMS


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
    """Autograd through 64 random networks, on the integration rule, in a, φ, v or w."""
    a, v, teacher = _random_models(context, f"models {of}")
    w = 1.5 * v - P**-0.5  # the filter v, before it is normalised, has length 1.5
    student: StudentCNN | StudentResNet = StudentResNet(a, w) if of == "w" else StudentCNN(a, v)
    leaf: Tensor
    if of == "phi":
        phi = angle(v, teacher.v_star)[:, None]
        leaf = phi.detach().clone().requires_grad_(True)
        across = (v - phi.cos() * teacher.v_star) / phi.sin()
        loss = expected_loss(a, leaf.cos() * teacher.v_star + leaf.sin() * across, teacher)
    else:
        leaf = dict(student.named_parameters())[of]
        loss = expected_loss(student.a, student.filter, teacher)
    (measured,) = torch.autograd.grad(loss.sum(), leaf)
    values = _state(a, v, teacher) | {n.w: as_numpy(w)}
    shown = as_numpy(measured)[:, 0] if of == "phi" else as_numpy(measured)
    return Differentiated(values, shown, CHAIN, f"{MODELS} random networks, k = {K}, p = {P}")


def _small_model(context: Context, label: str, middle: float = 0.8) -> tuple[Tensor, Tensor, Teachers]:
    """One network of k = 3, p = 3 whose gradients are not small beside their noise.

    In the filter they are 2.5 times smaller than it where the second output weight, `middle`, has the teacher's sign.
    """
    g = context.generator(label)
    v = unit_vectors(1, 3, g)
    across = unit_vectors(1, 3, g)
    across = normalised(across - (across * v).sum() * v)
    v_star = normalised(0.36 * v + 0.93 * across)  # at 1.2 from v in a random plane
    teacher = Teachers(torch.tensor([[0.9, -0.4, 0.7]], dtype=torch.float64, device=g.device), v_star)
    return torch.tensor([[1.1, middle, 0.5]], dtype=torch.float64, device=g.device), v, teacher


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
    """Autograd's gradient for one patch at a time: its mean is what the statement says.

    In a it is every entry; in v the derivative along e, across v in the plane of v and v*; in w every entry.
    """
    a, v, teacher = _small_model(context, f"gradient {of}", 0.8 if of == "a" else -0.8)
    state = _state(a, v, teacher)
    across = as_numpy(normalised(teacher.v_star - (teacher.v_star * v).sum() * v))

    def draw(count: int) -> Iterator[Array]:
        for Z in _patches(count, 3, 3, context.generator(f"gradient {of} {count}"), chunk=2**16):
            many = len(Z)
            if of == "w":
                student: StudentCNN | StudentResNet = StudentResNet(a.expand(many, -1), (v - 3**-0.5).expand(many, -1))
            else:
                student = StudentCNN(a.expand(many, -1), v.expand(many, -1))
            target = Teacher(teacher.a_star.expand(many, -1), teacher.v_star.expand(many, -1))
            gap = student(Z[:, None]) - target(Z[:, None])
            (found,) = torch.autograd.grad((gap**2).sum() / 2, dict(student.named_parameters())[of])
            yield as_numpy(found) @ across.T if of == "v" else as_numpy(found)

    if of == "w":
        claimed = np.asarray(evaluate(GRADIENT_V, state))[0]
    else:
        formula: Any = paper("liu2019")[f"expectation-gradient-{of}"]
        claimed = np.asarray(evaluate(formula.rhs, {**state, b: np.eye(3)} if of == "a" else state))
    return Sampled(draw, claimed, f"of autograd's gradient in {of}, a patch at a time")


def _bent(context: Context) -> Differentiated:
    """The Hessian of the network's loss in a times h, by autograd twice."""
    a, v, teacher = _random_models(context, "bent")
    direction = _random_models(context, "direction")[0]
    leaf = a.requires_grad_(True)
    (first,) = torch.autograd.grad(expected_loss(leaf, v, teacher).sum(), leaf, create_graph=True)
    (measured,) = torch.autograd.grad((first * direction).sum(), leaf)
    values = _state(a, v, teacher) | {h: as_numpy(direction)}
    return Differentiated(values, as_numpy(measured), CHAIN, f"{MODELS} random networks, k = {K}, p = {P}")


def _curvature(which: str, context: Context) -> Followed:
    """An extreme eigenvalue of autograd's Hessian of the network's loss in a, against the stated constant."""
    a, v, teacher = _random_models(context, "hessian")
    one = Teachers(teacher.a_star[:1], teacher.v_star[:1])
    H = hessian(lambda x: expected_loss(x[None], v[:1], one)[0], a[0])
    found = as_numpy(torch.linalg.eigvalsh(H))
    bound: Any = paper("liu2019")[f"hessian-a-{which}"]
    direction = {h: np.eye(K)[0] - np.eye(K)[1] if which == "lower" else np.ones(K)}
    stated = float(evaluate(bound.lhs if which == "lower" else bound.rhs, direction)) / float(np.sum(direction[h] ** 2))
    left, right = (np.array([stated]), found[:1]) if which == "lower" else (found[-1:], np.array([stated]))
    name = "smallest" if which == "lower" else "largest"
    # entries are sums of CHAIN products, and an eigenvalue is off by as much as K of them together
    tolerance = CHAIN * K * UNIT_ROUNDOFF * float(found[-1])
    return Followed(left, right, "=", tolerance, f"the {name} eigenvalue of autograd's Hessian of the network, k = {K}")


def _still(point: str, context: Context, off: float = 0.0) -> Followed:
    """Autograd's gradient of 64 networks at the spurious point, or at the teacher: zero to rounding, in a and in w.

    With `off` it is taken at a that is larger by this share, where it is not zero.
    """
    _, _, teacher = _random_models(context, point)
    if point == "spurious":
        a, v = evaluate(SPURIOUS, {n.a_star: teacher.a_star}, "torch", context.device), -teacher.v_star
    else:
        a, v = teacher.a_star, teacher.v_star
    left = np.concatenate([as_numpy(x).ravel() for x in network_gradients(teacher)((1 + off) * a, v)])
    size = float(teacher.a_star.norm(dim=-1).max()) ** 2
    about = f"{MODELS} networks, k = {K}, p = {P}"
    # CHAIN roundings of numbers of the size of products of entries of a and a*, at most ‖a*‖²
    return Followed(left, np.zeros_like(left), "=", 64 * CHAIN * UNIT_ROUNDOFF * size, about)


def _both(measure: Any, by: tuple[str, str] = (NETWORK, FORMULA)) -> tuple[Reading, ...]:
    return (Reading("autograd", measure, both_sides=True, by=by),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "loss": (Reading("sampling", _sampled_loss),),
    **{
        f"gradient-{of}": (Reading("autograd", partial(_gradient, of), by=(NETWORK, FORMULA)),)
        for of in ("a", "phi", "v")
    },
    "gradient-w": (
        Reading("autograd", partial(_gradient, "w"), by=(NETWORK, FORMULA)),
        Reading("sampling", partial(_sampled_gradient, "w")),
    ),
    "expectation-gradient-a": (Reading("sampling", partial(_sampled_gradient, "a")),),
    "expectation-gradient-v": (Reading("sampling", partial(_sampled_gradient, "v")),),
    "spurious-point": _both(partial(_still, "spurious"), (NETWORK, "zero")),
    "critical-teacher": _both(partial(_still, "teacher"), (NETWORK, "zero")),
    "hessian-a": (Reading("autograd", _bent, by=(NETWORK, FORMULA)),),
    "hessian-a-lower": _both(partial(_curvature, "lower")),
    "hessian-a-upper": _both(partial(_curvature, "upper")),
    **runs.READINGS,
    **outcomes.READINGS,
    **asked.READINGS,
}

"""Readings of Yin et al. (2019): what networks with straight-through estimators give to its statements.

What stands on the model's side comes from the torch network, differentiated by autograd through the estimator: on
samples, or on the nodes of an integration rule where that is exact. Models have m = 8 patches of length n = 6, float64.
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
from checks.papers.yin2019 import runs
from checks.papers.yin2019.runs import M, N
from checks.readings import Differentiated, Followed, Reading, Sampled
from derivations.papers import paper
from derivations.papers.yin2019 import notation as y
from derivations.papers.yin2019.estimators import CLIPPED, IDENTITY, RELU, r
from derivations.papers.yin2019.loss import LOSS
from numerics.machine.arrays import as_numpy
from numerics.models.liu2019 import normalised
from numerics.models.yin2019 import Estimator, Network, Teachers, angles, gradients, teachers
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]

MODELS = 64
CHAIN = M * N
"""Roundings in the longest chain of a model's forward and backward pass, up to a small factor."""
NETWORK = "autograd through the network and its estimator"
FORMULA = "the statement's formula"
COARSE = {"identity": IDENTITY, "relu": RELU, "clipped": CLIPPED}


def random_models(count: int, context: Context, label: str) -> tuple[Tensor, Tensor, Teachers]:
    """Random students (v, w), filters of different norms, and teachers with sums of all sizes."""
    g = context.generator(label)
    v = torch.randn(count, M, generator=g, dtype=torch.float64, device=g.device)
    w = torch.randn(count, N, generator=g, dtype=torch.float64, device=g.device)
    return v, w, teachers(count, M, N, 0.4, g)


def state(v: Tensor, w: Tensor, teacher: Teachers) -> dict[Any, Array]:
    """The values of the paper's symbols: w stands for the direction of the filter, ρ for its norm."""
    norm = w.norm(dim=-1)
    return {
        y.v: as_numpy(v),
        y.v_star: as_numpy(teacher.v),
        y.w: as_numpy(normalised(w)),
        y.w_star: as_numpy(teacher.w),
        y.theta: as_numpy(angles(w, teacher)),
        y.rho: as_numpy(norm),
        r: as_numpy(1 / norm),
    }


def _expected(estimator: Estimator, context: Context) -> Followed:
    """The expected coarse gradient of 64 networks by autograd on the rule, against the closed form."""
    v, w, teacher = random_models(MODELS, context, f"coarse {estimator}")
    _, _, measured = gradients(v, w, teacher, estimator)
    right = np.asarray(evaluate(COARSE[estimator], state(v, w, teacher)))
    size = float(np.abs(right).max())
    about = f"{MODELS} random networks, m = {M}, n = {N}"
    return Followed(as_numpy(measured), right, "=", 64 * CHAIN * UNIT_ROUNDOFF * size, about)


def _loss(context: Context) -> Followed:
    """The expected loss of 64 networks on the rule, against the closed form."""
    v, w, teacher = random_models(MODELS, context, "loss")
    loss, _, _ = gradients(v, w, teacher)
    right = np.asarray(evaluate(LOSS, state(v, w, teacher)), dtype=float)
    about = f"{MODELS} random networks, m = {M}, n = {N}"
    return Followed(as_numpy(loss), right, "=", 64 * CHAIN * UNIT_ROUNDOFF * float(right.max()), about)


def _true(of: str, context: Context) -> Differentiated:
    """Autograd's true gradient in v or w of the expected loss, where the rule's kinks move with the filter."""
    v, w, teacher = random_models(MODELS, context, f"true {of}")
    _, in_v, in_w = gradients(v, w, teacher, moving=True)
    values = state(v, w, teacher)
    if of == "w":
        from derivations.papers.yin2019.loss import weight

        values[weight] = as_numpy(w)
    return Differentiated(values, as_numpy(in_v if of == "v" else in_w), CHAIN, f"{MODELS} networks, m = {M}, n = {N}")


def _length(context: Context) -> Followed:
    """The squared length of autograd's true gradient in the filter."""
    v, w, teacher = random_models(MODELS, context, "length")
    _, _, in_w = gradients(v, w, teacher, moving=True)
    statement: Any = paper("yin2019")["gradient-w-length"]
    right = np.asarray(evaluate(statement.rhs, state(v, w, teacher)), dtype=float)
    left = as_numpy((in_w**2).sum(-1))
    about = f"{MODELS} random networks, m = {M}, n = {N}"
    return Followed(left, right, "=", 256 * CHAIN * UNIT_ROUNDOFF * float(right.max()), about)


def _correlated(estimator: Estimator, context: Context) -> Followed:
    """The inner product of the network's coarse gradient with autograd's true one."""
    v, w, teacher = random_models(MODELS, context, f"correlation {estimator}")
    coarse, true = (gradients(v, w, teacher, estimator, moving)[2] for moving in (False, True))
    statement: Any = paper("yin2019")[f"correlation-{estimator}"]
    right = np.asarray(evaluate(statement.rhs, state(v, w, teacher)), dtype=float)
    left = as_numpy((coarse * true).sum(-1))
    about = f"{MODELS} random networks, m = {M}, n = {N}"
    return Followed(left, right, "=", 256 * CHAIN * UNIT_ROUNDOFF * float(right.max()), about)


def _sampled(estimator: Estimator, context: Context) -> Sampled:
    """Autograd's coarse gradient for one set of patches at a time: every entry's mean is what the statement says."""
    m, n = 3, 3
    options: dict[str, Any] = {"dtype": torch.float64, "device": context.device}
    v = torch.tensor([[1.1, 0.8, 0.5]], **options)
    w = torch.tensor([[0.9, 0.5, -0.4]], **options)
    teacher = Teachers(torch.tensor([[0.9, -0.4, 0.7]], **options), torch.tensor([[0.6, -0.64, 0.48]], **options))

    def draw(count: int) -> Iterator[Array]:
        g = context.generator(f"coarse {estimator} {count}")
        for start in range(0, count, 2**16):
            many = min(2**16, count - start)
            Z = torch.randn(many, 1, m, n, generator=g, dtype=torch.float64, device=g.device)
            student = Network(v.expand(many, -1), w.expand(many, -1), estimator)
            target = Network(teacher.v.expand(many, -1), teacher.w.expand(many, -1))
            loss = ((student(Z) - target(Z)) ** 2).sum() / 2
            yield as_numpy(torch.autograd.grad(loss, student.w)[0])

    claimed = np.asarray(evaluate(COARSE[estimator], state(v, w, teacher)))[0]
    return Sampled(draw, claimed, f"of autograd's coarse gradient through the {estimator} estimator")


def _along(measure: Any) -> tuple[Reading, ...]:
    return (Reading("trajectory", measure, by=(NETWORK, FORMULA)),)


READINGS: dict[str, tuple[Reading, ...]] = {
    "loss": _along(_loss),
    "gradient-v": (Reading("autograd", partial(_true, "v"), by=(NETWORK, FORMULA)),),
    "gradient-w": (Reading("autograd", partial(_true, "w"), by=(NETWORK, FORMULA)),),
    "gradient-w-length": _along(_length),
    "coarse-relu": (*_along(partial(_expected, "relu")), Reading("sampling", partial(_sampled, "relu"))),
    "coarse-identity": (*_along(partial(_expected, "identity")), Reading("sampling", partial(_sampled, "identity"))),
    "coarse-clipped": (Reading("sampling", partial(_sampled, "clipped")),),
    "correlation-relu": _along(partial(_correlated, "relu")),
    "correlation-identity": _along(partial(_correlated, "identity")),
    **runs.READINGS,
}

"""Runs of coarse gradient descent of Yin et al. (2019): where they end, how they leave, and rates.

Every step is the network's: autograd through the straight-through estimator on an integration rule, or on samples.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from checks.context import Context
from checks.readings import Followed, Reading, Scaled, Tried
from derivations.papers import paper
from derivations.papers.yin2019 import headline
from derivations.papers.yin2019 import notation as y
from derivations.papers.yin2019.estimators import CLIPPED, r
from derivations.papers.yin2019.landscape import SPURIOUS
from numerics.machine.arrays import as_numpy
from numerics.models.liu2019 import normalised
from numerics.models.yin2019 import Estimator, Network, Teachers, angles, descend, expected_loss, gradients, teachers
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

M, N = headline.M, headline.N
STARTS, STEPS, ETA = 1500, 300, 0.4
"""Random starts, and steps of a run: the angle falls by the share ηq/(2√(2π)) = 0.08 a step near the teacher."""
SOLVED = 1e-6
"""A loss below this is at the teacher: the spurious loss is 0.05 or more."""
BESIDE, LEAVING = 400, 300
"""Runs that start beside the spurious minimum, and steps of each."""
MET = 1e-9
"""An angle below this is at the teacher."""
LOUDER = 1.1
"""A run has left when its loss was this multiple of the spurious loss on its way."""


def _random(runs: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
    v = torch.randn(runs, M, generator=g, dtype=torch.float64, device=g.device) / M**0.5
    w = torch.randn(runs, N, generator=g, dtype=torch.float64, device=g.device)
    return v, normalised(w)


@lru_cache(8)
def _ends(name: str, seed: int, device: str) -> Tried:
    """How many of the random starts end at the teacher; two statements on one share read one set of runs."""
    g = Context(seed, device).generator(f"yin2019 basin {name}")
    teacher = teachers(STARTS, M, N, float(headline.RATIOS[name]), g)
    v, w = _random(STARTS, g)
    first = as_numpy(angles(w, teacher))
    _, w, loss = descend(v, w, teacher, "relu", ETA, STEPS)
    data = {"tau": float(headline.RATIOS[name]), "start": first.tolist(), "end": as_numpy(angles(w, teacher)).tolist()}
    return Tried(int((loss < SOLVED).sum()), STARTS, f"random starts reach a loss below {SOLVED:g}", data)


def _reached(name: str, context: Context) -> Tried:
    return _ends(name, context.seed, context.device)


def _beside(estimator: Estimator, context: Context) -> tuple[Teachers, list[Tensor], Tensor]:
    """Losses along runs that start beside the spurious minimum, and its own loss."""
    g = context.generator(f"beside {estimator}")
    teacher = teachers(BESIDE, M, N, 0.3, g)
    spurious = torch.as_tensor(evaluate(SPURIOUS, {y.v_star: as_numpy(teacher.v)}), device=g.device)
    dv, dw = _random(BESIDE, g)
    both = (dv**2).sum(-1, keepdim=True).add((dw**2).sum(-1, keepdim=True)).sqrt()
    v, w = spurious + float(headline.START) * dv / both, -teacher.w + float(headline.START) * dw / both
    losses = []
    for _ in range(LEAVING):
        loss, in_v, in_w = gradients(v, w, teacher, estimator)
        losses.append(loss)
        v, w = v - ETA * in_v, w - ETA * in_w
    return teacher, losses, expected_loss(spurious, -teacher.w, teacher)


def _stays(context: Context) -> Tried:
    """Runs whose loss at the end is within a thousandth of the spurious one, and never was a tenth above it."""
    _, losses, spurious = _beside("relu", context)
    highest = torch.stack(losses).amax(0)
    stayed = ((losses[-1] / spurious - 1).abs() < 1e-3) & (highest < LOUDER * spurious)
    return Tried(int(stayed.sum()), BESIDE, f"runs of {LEAVING} steps of {ETA} stay", _curves(losses, spurious))


def _leaves(context: Context) -> Tried:
    """Runs whose loss was a tenth above the spurious one on their way."""
    _, losses, spurious = _beside("identity", context)
    left = torch.stack(losses).amax(0) > LOUDER * spurious
    return Tried(int(left.sum()), BESIDE, f"runs of {LEAVING} steps of {ETA} leave", _curves(losses, spurious))


def _curves(losses: list[Tensor], spurious: Tensor) -> dict[str, Any]:
    """The loss over that of the spurious minimum along eight runs."""
    table = as_numpy(torch.stack(losses)[:, :8] / spurious[:8])
    return {"ratio": np.round(table, 6).tolist(), "eta": ETA}


def _jumping(context: Context) -> Scaled:
    """θ_k at k = 64 … 1024 of runs along the true gradient with a fixed step, v = v*, each from its own angle.

    Means over two steps are a/(2√(1 + 2a²k)) for a = η/(2π): from k = 64 on the local exponent is within
    1/(4a²k) of −1/2.
    """
    count, most, eta = 12, 1024, 4.0
    g = context.generator("true gradient")
    teacher = teachers(count, M, N, 0.3, g)
    w = normalised(torch.randn(count, N, generator=g, dtype=torch.float64, device=g.device))
    marks = [2**i for i in range(6, 11)]
    found: list[np.ndarray[Any, Any]] = []
    before = angles(w, teacher)
    for k in range(1, most + 1):
        w = w - eta * gradients(teacher.v, w, teacher, moving=True, nodes=2)[2]
        now = angles(w, teacher)
        if k in marks:
            # two steps in a row, on both sides of the teacher
            found.append(as_numpy((before + now) / 2))
        before = now
    table = np.stack(found)
    # a run that lands on the teacher to rounding is where the loss has its kink, and there is no gradient
    going = (table > MET).all(0)
    runs = int(going.sum())
    sizes = np.repeat(np.array(marks, dtype=float), runs)
    about = f"{runs} of {count} runs with η = {eta}, means of θ over two steps; the others met the teacher by chance"
    data = {"k": marks, "theta": table[:, going].mean(1).tolist(), "eta": eta}
    trial = np.tile(np.arange(runs), len(marks))
    drift = 1 / (4 * (eta / (2 * np.pi)) ** 2 * marks[0])
    return Scaled(sizes, table[:, going].ravel(), about, data, drift=drift, trial=trial)


def _sample_rate(context: Context) -> Scaled:
    """‖g_N − E g‖/‖E g‖ of the clipped ReLU, root mean squares over 32 draws, for twelve networks at each N."""
    sizes, draws, networks = [2**i for i in range(6, 13, 2)], 32, 12
    g = context.generator("sampled gradient")
    teacher = teachers(networks, M, N, 0.3, g)
    v, w = _random(networks, g)
    known = {
        y.v: as_numpy(v),
        y.v_star: as_numpy(teacher.v),
        y.w: as_numpy(w),
        y.w_star: as_numpy(teacher.w),
        y.theta: as_numpy(angles(w, teacher)),
        r: np.ones(networks),
    }
    expected = torch.as_tensor(np.asarray(evaluate(CLIPPED, known)), device=g.device)
    values = []
    for size in sizes:
        for i in range(networks):
            student = Network(v[i].expand(draws, -1), w[i].expand(draws, -1), "clipped")
            target = Network(teacher.v[i].expand(draws, -1), teacher.w[i].expand(draws, -1))
            Z = torch.randn(draws, size, M, N, generator=g, dtype=torch.float64, device=g.device)
            loss = ((student(Z) - target(Z)) ** 2).mean(-1).sum() / 2
            miss = torch.autograd.grad(loss, student.w)[0] - expected[i]
            values.append(float((miss**2).sum(-1).mean().sqrt() / expected[i].norm()))
    about = f"{networks} networks, root mean squares over {draws} draws at each N, relative to ‖E g‖"
    at = np.repeat(np.array(sizes, dtype=float), networks)
    return Scaled(at, np.array(values), about, trial=np.tile(np.arange(networks), len(sizes)))


def _turned(context: Context) -> Followed:
    """By how much the network's step turns the filter, against ηvᵀv*T/(ρ − ηR), T and R from its own gradient."""
    g = context.generator("turn")
    teacher = teachers(256, M, N, 0.4, g)
    v, w = _random(256, g)
    _, _, in_w = gradients(v, w, teacher, "relu")
    after = w - ETA * in_w
    radial = (in_w * w).sum(-1)
    across = (in_w - radial[:, None] * w).norm(dim=-1)
    ahead = 1 - ETA * radial
    left = (angles(after, teacher) - angles(w, teacher)).abs()
    statement: Any = paper("yin2019")["turn"]
    names = {str(s): s for s in statement.rhs.free_symbols}
    right = evaluate(statement.rhs, {names["t"]: as_numpy(ETA * across), names["x"]: as_numpy(ahead)})
    keep = np.asarray(as_numpy(ahead) > 0)
    return Followed(
        as_numpy(left)[keep], np.asarray(right)[keep], "<=", 64 * M * N * UNIT_ROUNDOFF, f"256 steps of η = {ETA}"
    )


READINGS: dict[str, tuple[Reading, ...]] = {
    **{
        f"{claim}-{name}": (Reading("sampling", partial(_reached, name), run=f"yin2019 basin {name}"),)
        for claim, names in (("reaches", headline.RATIOS), ("misses", headline.REACHED))
        for name in names
    },
    "relu-stays": (Reading("sampling", _stays),),
    "identity-leaves": (Reading("sampling", _leaves),),
    "true-gradient-jumps": (Reading("scaling", _jumping),),
    "sampled-gradient": (Reading("scaling", _sample_rate),),
    "turn": (Reading("trajectory", _turned, by=("steps of the network", "the statement's formula")),),
}

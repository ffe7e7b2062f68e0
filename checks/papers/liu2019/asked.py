"""The number of steps from the shortcut's start: what the proof allows, beside runs of the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import log, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.measurable import Setting, TheoremReading
from checks.papers.liu2019.runs import K, P
from checks.readings import Followed, Reading
from derivations.arguments import InputError
from derivations.papers.liu2019 import iterations as it
from derivations.papers.liu2019.headline import RATIOS
from numerics.machine.arrays import as_numpy
from numerics.models.liu2019 import Teachers, angle, initial_output, teachers
from numerics.models.liu2019_descent import step
from numerics.models.liu2019_population import FEW_NODES, expected_loss, network_gradients
from numerics.values.theorems import values

Array = NDArray[np.float64]

RUNS = 64
"""Of each teacher's ratio, in one tensor."""
FEW = 24
"""Of each ratio, where the slowest is looked for."""
LOSS = 1e-3
"""The loss that is asked for."""
SMALL = 1e-5
"""One at which the stages to small angles count."""
EVERY = 5
"""Steps between two looks at the loss: what is counted is at most so much more than what is needed."""


@dataclass(frozen=True)
class Seen:
    """What runs did: steps until each had the loss, and the constants of the proof along them."""

    steps: Array
    aligned_at: Array
    """Steps until aᵀa* was at least q_low‖a*‖²."""
    low: float
    """The least aᵀa*/‖a*‖² from the bound's T₁ on."""
    most: float
    """The largest aᵀa*."""
    shrinks: float
    """The least 1 − φ⁺/φ of a step from T₁ on."""
    widest: float
    """The largest angle."""


def _seen(told: Mapping[str, float], runs: int, g: torch.Generator) -> Seen:
    """Runs of the network from the shortcut's start with the proof's own steps, until all have the loss."""
    k, size = int(told["k"]), told["a_norm"]
    teacher = teachers(runs, k, P, (told["s_abs"] / size) ** 2, g)
    teacher = Teachers(size * teacher.a_star, teacher.v_star)
    a = initial_output(teacher.a_star, g)
    v = torch.full((runs, P), P**-0.5, dtype=torch.float64, device=g.device)
    gradients = network_gradients(teacher, FEW_NODES)
    done, aligned = np.full(runs, np.nan), np.full(runs, np.nan)
    low, most, shrinks, widest = np.inf, 0.0, np.inf, 0.0
    before = as_numpy(angle(v, teacher.v_star))
    for count in range(int(told["T"]) + EVERY):
        inner = as_numpy((a * teacher.a_star).sum(-1))
        aligned[np.isnan(aligned) & (inner >= told["q_low"] * size**2)] = count
        most, widest = max(most, float(inner.max())), max(widest, float(before.max()))
        if count % EVERY == 0:
            with torch.no_grad():
                loss = as_numpy(expected_loss(a, v, teacher, FEW_NODES))
            done[np.isnan(done) & (loss <= told["epsilon"])] = count
            if not np.isnan(done).any():
                break
        a, v = step(a, v, gradients, told["eta_a"], told["eta_w"])
        now = as_numpy(angle(v, teacher.v_star))
        if count >= told["T_1"]:
            low = min(low, float(inner.min()) / size**2)
            # below this angle rounding of v shows
            moved = 1 - now[before > 1e-6] / before[before > 1e-6]
            shrinks = min(shrinks, float(moved.min(initial=np.inf)))
        before = now
    return Seen(done, aligned, low, most, shrinks, widest)


def _numbers(given: Mapping[str, Any]) -> dict[str, float]:
    return {str(symbol): float(value) for symbol, value in values(it.ITERATIONS, given).items()}


def number_of_steps(context: Context) -> Followed:
    """Steps that runs of the network take to the loss, beside T, for teachers of four ratios."""
    took, allowed, said = [], [], []
    for ratio in RATIOS:
        told = _numbers({"k": K, "a_norm": 1, "s_abs": sqrt(ratio), "epsilon": LOSS})
        seen = _seen(told, RUNS, context.generator(f"ratio {ratio}"))
        took.append(seen.steps)
        allowed.append(np.full(RUNS, told["T"]))
        said.append(f"(𝟏ᵀa*)² = {ratio}: {int(np.nanmax(seen.steps))} of {told['T']:.0f}")
    about = f"L ≤ {LOSS:g}, k = {K}, {RUNS} runs each; most steps, {', '.join(said)}"
    return Followed(np.concatenate(took), np.concatenate(allowed), "<=", 0.0, about)


def slack(context: Context) -> Followed:
    """log of T over three times the steps of the slowest run, for teachers of four ratios."""
    told = [_numbers({"k": K, "a_norm": 1, "s_abs": sqrt(ratio), "epsilon": SMALL}) for ratio in RATIOS]
    slowest = [_seen(t, FEW, context.generator(f"slack {r}")).steps.max() for t, r in zip(told, RATIOS, strict=True)]
    ratios = np.array([t["T"] for t in told]) / np.array(slowest)
    about = f"L ≤ {SMALL:g}, k = {K}, {FEW} runs each; T over the most steps: {', '.join(f'{r:.2f}' for r in ratios)}"
    most = np.full(len(ratios), float(log(it.SPREAD)))
    return Followed(np.abs(np.log(ratios / 3)), most, "<=", 0.0, about)


def data(setting: Setting) -> dict[str, Any]:
    """k = 16 patches, ‖a*‖ = 1 and |𝟏ᵀa*| = 2 unless others are given; raises InputError where they cannot be."""
    found = {"k": K, "a_norm": 1.0, "s_abs": 2.0}
    told = {name: float(setting.given.get(name, value)) for name, value in found.items()}
    if told["k"] != int(told["k"]) or told["k"] < 1:
        raise InputError(f"k = {told['k']:g}: a whole number of patches is needed")
    if told["s_abs"] > sqrt(told["k"]) * told["a_norm"]:
        raise InputError(f"|𝟏ᵀa*| = {told['s_abs']:g} exceeds √k‖a*‖ = {sqrt(told['k']) * told['a_norm']:g}")
    return found


def _run(setting: Setting, named: Mapping[str, Any]) -> Seen:
    g = torch.Generator(device=setting.device).manual_seed(setting.seed)
    return _seen({name: float(value) for name, value in named.items()}, 4 * RUNS, g)


def measured(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The constants along runs."""
    seen = _run(setting, named)
    return {
        "q_low": seen.low,
        "kappa": seen.shrinks,
        "Q": seen.most,
        "T_1": max(float(np.nanmax(seen.aligned_at)), 1.0),
    }


def needed(setting: Setting, named: Mapping[str, Any]) -> dict[str, Any]:
    """The most steps that a run took."""
    steps = _run(setting, named).steps
    return {} if np.isnan(steps).any() else {"iterations": float(steps.max())}


THEOREMS = {"iterations": TheoremReading(data, measured, needed)}
READINGS = {
    "iterations": (
        Reading("trajectory", partial(number_of_steps), by=("runs of the network", "the proof's constants")),
    ),
    "iterations-slack": (Reading("trajectory", slack, by=("runs of the network", "the proof's constants")),),
}

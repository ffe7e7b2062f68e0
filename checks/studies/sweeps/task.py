"""One task of a sweep, as it runs in any process."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from checks.context import Context
from checks.library.collect import readings_for, resolve
from checks.measurable.sweeps import Sizes, Sweep, sweep_of
from checks.studies.sweeps.plan import Job
from derivations.statements import Rate
from numerics.machine.precision import PRECISIONS, Precision, Trace

OTHERS = 2.0
"""The rounding bound of a task's first network is multiplied by this for its others, whose numbers differ a little."""


@dataclass(frozen=True)
class Outcome:
    """What a task found: the variable and the quantity of each point, how far rounding moves the quantity at most.

    `seen` is the rounding of the first network, `at_once` how many networks fitted on the GPU where fewer did than its
    free memory had promised, and 0 otherwise; `drift` is as in `Scaled`; `error` says why there is nothing.
    """

    variable: tuple[float, ...] = ()
    quantity: tuple[float, ...] = ()
    rounding: float = 0.0
    seen: float = 0.0
    at_once: int = 0
    drift: float = 0.0
    seconds: float = 0.0
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Outcome:
        """What `to_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        if set(data) != {f.name for f in fields(Outcome)}:
            raise ValueError("these are not the fields of an outcome")
        pairs = [tuple(float(v) for v in data[name]) for name in ("variable", "quantity")]
        if len(pairs[0]) != len(pairs[1]) or not pairs[0] or not np.isfinite(pairs).all():
            raise ValueError("points are pairs of finite numbers")
        numbers = {name: float(data[name]) for name in ("rounding", "seen", "drift", "seconds")}
        return Outcome(pairs[0], pairs[1], at_once=int(data["at_once"]), error=str(data["error"]), **numbers)


def measure(job: Job) -> Outcome:
    """Compute a task, with one thread for torch; an error becomes part of its outcome."""
    import torch

    torch.set_num_threads(1)
    started = time.perf_counter()
    context = Context(job.run_seed, job.device, job.item.id)
    sweep = sweep_of(job.item.paper, job.item.slug) if job.sizes else None
    try:
        found = _reading(job, context) if sweep is None else _sized(sweep, dict(job.sizes), job, context)
        bad = [q for q in found.quantity if not np.isfinite(q)]
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        return Outcome(error=f"{type(error).__name__}: {said}")
    if bad:
        return Outcome(error=f"the quantity is {bad[0]}")
    return replace(found, seconds=time.perf_counter() - started)


def _reading(job: Job, context: Context) -> Outcome:
    """The statement's own measurement with another seed; seed 0 is that of a check."""
    from checks.methods.scaling import sample

    statement = resolve(job.item)
    assert isinstance(statement, Rate)
    found = sample(statement, readings_for(job.item), context, job.seed)
    return Outcome(tuple(map(float, found.variable)), tuple(map(float, found.quantity)), drift=found.drift)


def _sized(sweep: Sweep, point: Sizes, job: Job, context: Context) -> Outcome:
    from numerics.machine.batches import fitting, in_batches

    precision = PRECISIONS[job.dtype]

    def streams(first: int, last: int) -> list[Any]:
        return [context.generator(f"sweep {job.sizes} {job.seed} {i}") for i in range(first, last)]

    promised = fitting(job.networks, sweep.bytes(point, precision), job.device)
    values, at_once = in_batches(
        job.networks, promised, lambda first, last: sweep.each(point, streams(first, last), precision, None)
    )
    mean = float(values.double().mean())
    bound, seen = (0.0, 0.0) if precision.exact else _rounding(sweep, point, streams(0, 1), precision, values[0])
    if sweep.log:
        bound, mean = bound / mean, float(np.log(mean))
    size, fewer = point[sweep.dimension.name], at_once if at_once < promised else 0
    return Outcome((float(size),), (mean,), OTHERS * bound, seen, fewer, sweep.drift(size))


def _rounding(sweep: Sweep, point: Sizes, stream: list[Any], precision: Precision, value: Any) -> tuple[float, float]:
    """The bound for one network, and by how much it is off; raises ArithmeticError if that is more."""
    trace = Trace()
    exact = sweep.each(point, stream, precision, trace)[0]
    bound, seen = trace.bound(exact, precision), abs(float(exact.detach()) - float(value))
    if seen > bound:
        raise ArithmeticError(f"{precision.name} is off by {seen:.2g}, more than roundings explain ({bound:.2g})")
    return bound, seen

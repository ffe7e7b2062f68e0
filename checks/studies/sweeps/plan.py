"""The plan of a sweep: the tasks for all sizes and seeds, checked before any of them runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checks.errors import UsageError
from checks.library.collect import Item, collect, readings_for, resolve
from checks.measurable.sweeps import Sweep, alias_of, sweep_of
from checks.methods.scaling import applies
from checks.store.results import environment
from checks.studies.sweeps.sizes import parse_sizes
from derivations.statements import Rate
from numerics.machine.precision import PRECISIONS

MOST = 1_000_000
"""The largest number of tasks."""
VERSIONS = ("lemmata", "numpy", "torch")
"""The packages that the numbers of a task depend on."""


@dataclass(frozen=True)
class Job:
    """One task: a statement, sizes (none: those of its reading), the number of a seed, and how it is computed."""

    item: Item
    fingerprint: str
    sizes: tuple[tuple[str, int], ...]
    seed: int
    networks: int
    dtype: str
    run_seed: int
    device: str

    @property
    def name(self) -> str:
        """The message for the user."""
        return ", ".join([*(f"{k} {v}" for k, v in self.sizes), f"seed {self.seed}"])

    @property
    def key(self) -> dict[str, Any]:
        """All that its numbers depend on."""
        return {
            "statement": self.item.id,
            "fingerprint": self.fingerprint,
            "sizes": dict(self.sizes),
            "seed": self.seed,
            "networks": self.networks,
            "dtype": self.dtype,
            "run seed": self.run_seed,
            "device": self.device,
            "versions": {name: environment().get(name, "") for name in VERSIONS},
        }


@dataclass(frozen=True)
class Plan:
    """A Rate, its sweep (None: its reading is repeated with other seeds), and the tasks, the largest sizes first."""

    statement: Rate
    sweep: Sweep | None
    jobs: tuple[Job, ...]
    seeds: int
    points: tuple[Mapping[str, int], ...]

    @property
    def variable(self) -> str:
        """The name of the size that the law is about."""
        return self.sweep.dimension.name if self.sweep is not None else str(self.statement.variable)


def find(name: str) -> Item:
    """The statement with a name, which may be an alias of a sweep; raises UsageError if it cannot be swept."""
    paper, _, slug = name.partition(".")
    actual = alias_of(paper, slug) if slug and "/" not in name and not name.endswith(".py") else slug
    items = collect([f"{paper}.{actual}" if actual != slug else name])
    if len(items) != 1:
        raise UsageError(f"'{name}' names {len(items)} statements: sweep one at a time")
    statement = resolve(items[0])
    if not applies(statement, readings_for(items[0])):
        raise UsageError(f"{items[0].id} is a {statement.kind}, and only laws can be swept: {_which(items[0].paper)}")
    return items[0]


def _which(paper: str) -> str:
    items = [i for i in collect([]) if isinstance(resolve(i), Rate) and applies(resolve(i), readings_for(i))]
    mine = [i.id for i in items if i.paper == paper] or [i.id for i in items if sweep_of(i.paper, i.slug) is not None]
    return ", ".join(mine)


def plan(
    item: Item,
    given: Mapping[str, str | None],
    seeds: int,
    networks: int | None,
    dtype: str,
    run_seed: int,
    device: str,
) -> Plan:
    """The tasks; `given` are the specifications of sizes by the names of options, None for those left out.

    Raises UsageError for a size that the statement does not have, for several values of one that its law is not about,
    and for a precision that it is not computed in.
    """
    if seeds < 1:
        raise UsageError(f"--seeds {seeds}: at least one is needed")
    if networks is not None and networks < 1:
        raise UsageError(f"--networks {networks}: at least one is needed")
    if dtype not in PRECISIONS:
        raise UsageError(f"no dtype '{dtype}'; there are {', '.join(PRECISIONS)}")
    statement = resolve(item)
    assert isinstance(statement, Rate)
    sweep = sweep_of(item.paper, item.slug) if item.file is None else None
    there = {d.name for d in sweep.dimensions} if sweep is not None else set()
    for name, text in given.items():
        if text is not None and name not in there:
            words = f"sizes {', '.join(f'--{n}' for n in sorted(there))}" if there else "no sizes to give: only --seeds"
            raise UsageError(f"--{name}: {item.id} has {words}")
    if networks is not None and sweep is None:
        raise UsageError(f"--networks: {item.id} is swept by the seeds of its reading alone")
    known = sweep.precisions if sweep is not None else ("float64",)
    if dtype not in known:
        raise UsageError(f"--dtype {dtype}: {item.id} is computed in {', '.join(known)}")
    if dtype == "tf32" and device == "cpu":
        raise UsageError("--dtype tf32 needs the tensor cores of a GPU: use float32 on a CPU")
    points = _points(sweep, given)
    if len(points) * seeds > MOST:
        raise UsageError(f"{len(points)} sizes and {seeds} seeds are more than {MOST} tasks: fewer --seeds")
    count = networks or (sweep.networks if sweep is not None else 1)
    first = Job(item, statement.fingerprint, (), 0, count, dtype, run_seed, device)
    jobs = tuple(
        replace(first, sizes=tuple(point.items()), seed=seed) for point in reversed(points) for seed in range(seeds)
    )
    return Plan(statement, sweep, jobs, seeds, points)


def _points(sweep: Sweep | None, given: Mapping[str, str | None]) -> tuple[Mapping[str, int], ...]:
    if sweep is None:
        return ({},)
    fixed = {}
    for d in sweep.others:
        sizes = parse_sizes(f"--{d.name}", given.get(d.name) or d.default, d.least)
        if len(sizes) > 1:
            raise UsageError(f"--{d.name}: the law is about the {sweep.dimension.name}; give one {d.name}")
        fixed[d.name] = sizes[0]
    main = sweep.dimension
    text = given.get(main.name)
    sizes = parse_sizes(f"--{main.name}", main.default if text is None else text, main.least)
    return tuple({main.name: size, **fixed} for size in sizes)


def ensure_room(plan: Plan, free: float, side_by_side: int, where: str) -> None:
    """Raise UsageError if the largest networks would not fit into the memory there is, `side_by_side` of them."""
    if plan.sweep is None:
        return
    precision, needs = PRECISIONS[plan.jobs[0].dtype], plan.sweep.bytes
    largest = plan.points[-1]
    needed = side_by_side * needs(largest, precision)
    if needed <= free:
        return
    name = plan.variable
    fit = _largest(lambda size: needs({**largest, name: size}, precision) * side_by_side <= free, largest[name])
    fewer = " or fewer --jobs" if side_by_side > 1 else ""
    raise UsageError(
        f"--{name} {largest[name]}: {side_by_side} at a time take about {needed / 1e9:.3g} GB, "
        f"{free / 1e9:.3g} GB can be used {where}: {name} up to about {fit} fits{fewer}"
    )


def _largest(fits: Callable[[int], bool], above: int) -> int:
    low, high = 0, above
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low

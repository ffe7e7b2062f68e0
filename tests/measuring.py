"""What readings of the library measured, kept by all code that it depends on: each is measured once for all tests."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from checks.context import Context
    from checks.readings import Reading

SEED = 1
"""Of the run of the library that tests read."""


def fresh_seed() -> int:
    """The seed that CI drew for its tests and for `lemmata check --fresh`, which share what they measure; else `SEED`.

    It is for tests that hold for every seed but for false alarms of 10⁻⁶ or less.
    """
    from checks.commands.parts.fresh import drawn_before

    drawn = drawn_before()
    return SEED if drawn is None else drawn


TRAINING = ("scaling", "trajectory")
"""Methods whose readings may take long; what the others measure is not data alone, and is made in a moment."""
LAYOUT = 1
"""Of the files of measurements; to be counted up when what is written in them changes."""


def measured_once(paper: str, slug: str, folder: Path) -> tuple[Reading, ...]:
    """A statement's readings, of which those that train networks are kept: they depend on the context alone.

    A measurement is kept by all code that it depends on, as evidence is kept by the command: a run of the tests in
    which none of that has changed reads it. Readings of one run are measured together, by one process.
    """
    from checks.papers import readings_of

    home = _home(paper, folder)

    def kept(number: int, reading: Reading) -> Reading:
        def measure(context: Context) -> Any:
            if reading.run:
                _measure_run(paper, reading.run, context, home)
            return _measurement(paper, slug, number, reading, context, home)

        return replace(reading, measure=measure) if reading.method in TRAINING else reading

    return tuple(kept(number, reading) for number, reading in enumerate(readings_of(paper, slug)))


def remember(item: str, seed: int, kept: Path, cache: Path) -> None:
    """Keep what training methods say of a statement, as the command does: with this seed it measures no more.

    The evidence is kept by the command's own keys: the statement, its readings with all code that they reach, the
    seed and the device. What such a method leaves open is not kept.
    """
    from checks.context import Options
    from checks.library.collect import collect
    from checks.running.cache.evidence import Reused
    from checks.running.runner import check
    from checks.running.work import works_of
    from checks.verdicts import OPEN

    (work,) = works_of(collect([item]))
    methods = tuple(name for name in work.methods if name in {r.method for r in work.readings} & {*TRAINING})
    options = Options(methods, seed)
    reused = Reused([work], options, cache)
    if not methods or not reused.left:
        return
    key, _, slug = item.partition(".")
    result = check(work.statement, options, measured_once(key, slug, kept), reused.known[item])
    if result.verdict not in OPEN:
        reused.keep(result)


def _measurement(paper: str, slug: str, number: int, reading: Reading, context: Context, home: Path) -> Any:
    """What a reading measures in a context, by which its file is named."""
    import torch

    assert context.statement == f"{paper}.{slug}"
    assert context.device == "cpu"
    assert not context.data
    torch.set_num_threads(1)  # sums depend on it
    name = f"{paper}.{slug} {number} {context.seed} {context.quick}"
    return once(home, name, lambda: reading.measure(context))


def _measure_run(paper: str, run: str, context: Context, home: Path) -> None:
    """Measure all that is read off a run in this process, which remembers the run; others wait for it."""
    from checks.papers import readings_of
    from derivations.papers import paper as paper_of

    done = home / f"{run} {context.seed} {context.quick} is measured"
    with FileLock(f"{done}.lock"):
        if done.exists():
            return
        for statement in paper_of(paper).statements:
            own = replace(context, statement=statement.id)
            for number, reading in enumerate(readings_of(paper, statement.slug)):
                if reading.run == run and reading.method in TRAINING:
                    _measurement(paper, statement.slug, number, reading, own, home)
        done.touch()


def roots_of(paper: str) -> tuple[str, ...]:
    """The modules on which the readings of a paper depend: with its statements, which they may look up by name."""
    from checks.store.sources import sources
    from derivations.papers import module_of

    home = module_of(paper).__name__
    names = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in sources()]
    said = [n for n in names if n == home or n.startswith(f"{home}.")]
    return ("checks.context", "checks.readings", f"checks.papers.{paper}", *said)


@cache
def _home(paper: str, folder: Path) -> Path:
    """The folder of a paper's measurements by the code as it is now; those by earlier code are deleted."""
    from checks.store.sources import reached, versions

    now = sha256(f"{reached(roots_of(paper)).digest} {versions()} {LAYOUT}".encode()).hexdigest()[:20]
    home = folder / paper / now
    home.mkdir(parents=True, exist_ok=True)
    for earlier in home.parent.iterdir():
        if earlier.name != now:
            rmtree(earlier, ignore_errors=True)
    return home


def once(folder: Path, name: str, find: Callable[[], Any]) -> Any:
    """What is found under a name, by whichever worker comes first; written and read by the tests alone."""
    path = folder / name
    with FileLock(folder / f"{name}.lock"):
        if path.exists():
            return pickle.loads(path.read_bytes())
        found = find()
        half = folder / f"{name}.half"  # a run that is killed leaves no half of a file under the name
        half.write_bytes(pickle.dumps(found))
        half.replace(path)
        return found

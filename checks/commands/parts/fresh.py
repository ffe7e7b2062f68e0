"""A run with a new random seed: what one draw of random numbers leaves undecided is drawn once more."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from checks.context import Options
    from checks.running.schedule import Pool
    from checks.running.work import Work
    from checks.verdicts import Result


FRESH_SEED = "LEMMATA_FRESH_SEED"
"""The environment variable with the seed that `--fresh` takes: runs of one script that share it measure once."""


def seed_of(seed: int, fresh: bool) -> int:
    """The seed of a run; raises UsageError for `--fresh` with a chosen seed.

    A fresh one is the time in seconds, or what a script drew for several runs, as `drawn_before` finds it.
    """
    if fresh and seed:
        raise UsageError(f"--fresh draws a new seed: leave out --seed {seed} or --fresh")
    if not fresh:
        return seed
    before = drawn_before()
    return int(time.time()) if before is None else before


def drawn_before() -> int | None:
    """The seed that a script drew for all its runs, in the environment; None if it drew none.

    Raises:
        UsageError: It is not a whole number ≥ 0.
    """
    said = os.environ.get(FRESH_SEED, "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit()):
        raise UsageError(f"{FRESH_SEED} is a whole number ≥ 0, not {said!r}")
    return int(said)


def drawn_again(
    results: Sequence[Result], works: Sequence[Work], options: Options, jobs: int, out: Console, pool: Pool
) -> tuple[Result, ...]:
    """Check once more, with the next seed, each statement that is undecided, and say which ones and how it ended.

    An honest measurement is undecided now and then, since few trials may lie far from what they are drawn from; one
    that is undecided for two seeds is so for good. What is refuted is never drawn again: its chance is a false-alarm
    rate of 10⁻⁶ or less.

    Args:
        results: What the first seed gave, in reading order.
        works: The statements of the run.
        options: Its options, with the first seed.
        jobs: The number of processes.
        out: Where to print.
        pool: Where tasks run.

    Returns:
        The results, those that were drawn again from the second seed.
    """
    from checks.commands.parts.session import run
    from checks.verdicts import Verdict

    open_ids = {r.id for r in results if r.verdict is Verdict.UNDECIDED}
    if not open_ids:
        return tuple(results)
    second = replace(options, seed=options.seed + 1)
    left = [work for work in works if work.item.id in open_ids]
    done = run(left, second, jobs, out, cache=False, pool=pool)
    by_id = {r.id: r for r in done.results}
    for id, found in by_id.items():
        out.print(f"{id}: undecided with seed {options.seed}, {found.verdict.value} with seed {second.seed}")
    return tuple(by_id.get(r.id, r) for r in results)

"""One run over statements, as `check` and `lock` make it: a bar, each result kept as it comes, an orderly end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.commands.app import hush_executor

if TYPE_CHECKING:
    from rich.console import Console

    from checks.collect import Item
    from checks.runner import Options
    from checks.verdicts import Result


@dataclass(frozen=True)
class Run:
    """The results in reading order, and whether the user stopped the run before its end."""

    results: tuple[Result, ...]
    interrupted: bool


def run(items: Sequence[Item], options: Options, jobs: int, out: Console, json: Path | None = None) -> Run:
    """Check the items and remember what was found; with `json`, the report is on disk after every result."""
    from checks.results import dump, remember, report, write_atomically
    from checks.runner import check_all
    from checks.terminal import Progress

    order = {item.id: i for i, item in enumerate(items)}
    found: list[Result] = []
    interrupted = False

    def ordered() -> list[Result]:
        return sorted(found, key=lambda r: order[r.id])

    def keep(unfinished: bool) -> None:
        if json is not None:
            data = report(ordered(), seed=options.seed, device=options.device, interrupted=unfinished)
            write_atomically(json, dump(data))

    hush_executor()
    stream = check_all(items, options, jobs)
    try:
        with Progress(out, len(items)) as progress:
            for result in stream:
                found.append(result)
                remember([result])
                progress.finished(result)
                keep(unfinished=True)
    except KeyboardInterrupt:
        interrupted = True
    keep(interrupted)
    return Run(tuple(ordered()), interrupted)

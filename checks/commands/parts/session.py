"""One run over statements, as `check` and `lock` make it: a bar, each result kept as it comes, an orderly end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from checks.commands.app import hush_executor

if TYPE_CHECKING:
    from rich.console import Console

    from checks.context import Options
    from checks.running.cache.evidence import Reused
    from checks.running.schedule import Pool
    from checks.running.work import Work
    from checks.verdicts import Result

T = TypeVar("T")
WORTH = 10.0
"""The report is rewritten after this multiple of the time that writing took, so that many results take linear time."""


@dataclass(frozen=True)
class RunResults:
    """The results in reading order, whether the user stopped the run before its end, and how many were reused."""

    results: tuple[Result, ...]
    interrupted: bool
    reused: int = 0


def run(
    works: Sequence[Work],
    options: Options,
    jobs: int,
    out: Console,
    json: Path | None = None,
    cache: bool = True,
    pool: Pool | None = None,
) -> RunResults:
    """Check statements and remember what was found; with `json`, the report is on disk while the run goes on.

    With `cache`, evidence is not found again where all that it depends on is as it was.
    """
    from checks.running.runner import check_works
    from checks.store.results import dump, remember, report, write_atomically
    from checks.terminal.progress import Progress

    order = {work.item.id: i for i, work in enumerate(works)}
    reused = _reused(works, options) if cache else None
    found: list[Result] = [] if reused is None else list(reused.results)
    remember(found)
    before = len(found)
    interrupted = False
    written = Pause()

    def ordered() -> list[Result]:
        return sorted(found, key=lambda r: order[r.id])

    def keep(unfinished: bool) -> None:
        if json is not None:
            with written:
                data = report(ordered(), seed=options.seed, device=options.device, interrupted=unfinished)
                write_atomically(json, dump(data))

    hush_executor()
    left, known = (works, {}) if reused is None else (reused.left, reused.known)
    try:
        with Progress(out, len(left)) as progress:
            stream = check_works(left, options, jobs, known=known, pool=pool) if left else iter(())
            for result in stream if jobs == 1 or len(left) == 1 else aside(stream):
                found.append(result)
                remember([result])
                if reused is not None:
                    reused.keep(result)
                progress.finished(result)
                if written.over():
                    keep(unfinished=True)
    except KeyboardInterrupt:
        interrupted = True
    keep(interrupted)
    if reused is not None:
        reused.close()
    return RunResults(tuple(ordered()), interrupted, before)


def aside(stream: Iterator[T]) -> Iterator[T]:
    """The same results, fetched by a thread, so that Ctrl-C interrupts this loop and not the pool."""
    fetched: SimpleQueue[T | BaseException | None] = SimpleQueue()

    def fetch() -> None:
        try:
            for result in stream:
                fetched.put(result)
            fetched.put(None)
        except BaseException as error:
            fetched.put(error)

    Thread(target=fetch, daemon=True).start()
    while (found := fetched.get()) is not None:
        if isinstance(found, BaseException):
            raise found
        yield found


def _reused(works: Sequence[Work], options: Options) -> Reused:
    from checks.running.cache.evidence import Reused

    return Reused(works, options)


class Pause(AbstractContextManager["Pause"]):
    """How long something took that is done again and again, and whether it is time for it."""

    def __init__(self) -> None:
        self._took, self._ended = 0.0, float("-inf")

    def __enter__(self) -> Pause:
        self._started = time.monotonic()
        return self

    def __exit__(self, *details: Any) -> None:
        self._ended = time.monotonic()
        self._took = self._ended - self._started

    def over(self) -> bool:
        return time.monotonic() - self._ended >= WORTH * self._took

"""`lemmata check`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.commands.app import (
    Address,
    BackendName,
    Data,
    DataDir,
    Debug,
    Device,
    Fresh,
    Jobs,
    Methods,
    NoCache,
    Patterns,
    Seed,
    app,
    stop_now,
)
from checks.commands.parts.asked import Asked, Execution, data_at, methods_of
from checks.commands.parts.fresh import drawn_again, seed_of
from checks.commands.parts.guard import guard_of
from checks.commands.parts.outputs import Outputs, annotate
from checks.running.devices import processes

if TYPE_CHECKING:
    from rich.console import Console

    from checks.lock.lock import Change
    from checks.verdicts import Result


@app.command()
def check(
    patterns: Patterns = None,
    methods: Methods = None,
    seed: Seed = 0,
    fresh: Fresh = False,
    device: Device = "auto",
    jobs: Jobs = None,
    backend: BackendName = "local",
    address: Address = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write a summary in Markdown to this file.")] = None,
    badge: Annotated[Path | None, typer.Option(help="Write a status badge to this SVG file.")] = None,
    lock: Annotated[
        Path | None,
        typer.Option(help="Compare with this file of `lemmata lock`; exit code 1 if something is weaker."),
    ] = None,
    data: Data = None,
    data_dir: DataDir = None,
    figures: Annotated[Path | None, typer.Option(help="Draw the papers' headline pictures into this folder.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Check only what can be proved, by two keys; takes under a minute.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a file of statements changes; stop with Ctrl-C.")
    ] = False,
    no_cache: NoCache = False,
    debug: Debug = False,
) -> None:
    """Check statements and print their verdicts; exit code 0 if all are verified or measured, else 1."""
    if watch:
        from checks.commands.parts.watch import watch_files

        watch_files(patterns or [])
    from checks.commands.parts.installation import demand
    from checks.context import Options
    from checks.running.schedule import named
    from checks.terminal.progress import console
    from checks.terminal.run import print_results

    wanted, only = tuple(patterns or ()), methods_of(methods)
    how = Execution(processes(jobs), backend, address, cache=not (no_cache or debug), fresh=fresh)
    seed = seed_of(seed, fresh)
    named(backend, address)
    outputs = Outputs(json, junit, summary, badge, figures, redraw=no_cache)
    outputs.ensure_writable()
    if figures is not None:
        demand("figures", "--figures")
    guard = guard_of(lock, only, wanted)
    out, started = console(), time.perf_counter()
    if fresh:
        out.print(f"seed {seed}")
    asked = Asked(wanted, Options(only, seed, device, debug, data_at(data, data_dir), quick))
    found = (_before(asked, outputs) if how.cache else None) or _made(asked, how, outputs, out)
    again = asked.commands(found.results)
    print_results(out, found.results, time.perf_counter() - started, found.interrupted, again)
    _remark(out, found)
    if found.interrupted:
        stop_now(130)
    changes = guard.changes(asked, found.results) if guard is not None else None
    if guard is not None and changes is not None:
        guard.show(out, changes)
    outputs.tell(found.results, changes, again)
    annotate(asked, found.results, changes, str(lock or ""))
    outputs.draw(out, found.results)
    raise typer.Exit(0 if _good(found.results, changes or ()) else 1)


@dataclass(frozen=True)
class Checked:
    """The results in reading order, how many were reused, and how many statements a quick run left out.

    `when` is the day of a whole run that is told again, empty for one made now; `interrupted` if the user stopped it.
    """

    results: tuple[Result, ...]
    reused: int
    left_out: int
    when: str = ""
    interrupted: bool = False


def _before(asked: Asked, outputs: Outputs) -> Checked | None:
    """The same run as it was made before, if nothing that it depends on has changed."""
    past = asked.runs.find()
    if past is None:
        return None
    outputs.write_report(past.results, asked.options.seed, past.device)
    return Checked(past.results, len(past.results), past.left_out, past.when)


def _made(asked: Asked, how: Execution, outputs: Outputs, out: Console) -> Checked:
    """The run, made now."""
    from dataclasses import replace

    from checks.commands.parts.session import run
    from checks.running.schedule import connect

    works = asked.works
    pool, device = connect(how.backend, how.address, how.jobs, asked.options.device)
    with pool:
        options = replace(asked.options, device=device)
        done = run(works, options, how.jobs, out, outputs.json, how.cache, pool)
        results, first = done.results, True
        if how.fresh and not done.interrupted:
            results = drawn_again(results, works, options, how.jobs, out, pool)
            outputs.write_report(results, options.seed, device)
            first = results == done.results
    left_out = len(asked.items) - len(works)
    if how.cache and not done.interrupted and first:  # under this seed nothing of another one is kept
        asked.runs.keep(results, left_out, device)
    return Checked(results, done.reused, left_out, interrupted=done.interrupted)


def _remark(out: Console, found: Checked) -> None:
    """Say what was not checked now."""
    if found.reused:
        when = f", all as on {found.when}" if found.when else ""
        fresh = len(found.results) - found.reused
        out.print(f"{found.reused} reused, {fresh} checked{when}; --no-cache checks them again")
    if found.left_out:
        out.print(f"{found.left_out} left out by --quick: only measurement reaches them")


def _good(results: Sequence[Result], changes: Sequence[Change]) -> bool:
    """Whether all results are verified or measured, and none is weaker than the lock says."""
    from checks.verdicts import GOOD

    return bool(results) and all(r.verdict in GOOD for r in results) and not any(c.regression for c in changes)

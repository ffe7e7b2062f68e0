"""`lemmata check`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checks.commands.app import Address, Backend, Debug, Device, Jobs, Methods, NoCache, Patterns, Seed, app, stop_now
from checks.errors import UsageError
from checks.running.devices import processes

if TYPE_CHECKING:
    from rich.console import Console

    from checks.commands.parts.session import Run
    from checks.library.collect import Item
    from checks.lock.lock import Change, Lock
    from checks.running.cache.runs import Runs
    from checks.verdicts import Result


@app.command()
def check(
    patterns: Patterns = None,
    methods: Methods = None,
    seed: Seed = 0,
    device: Device = "auto",
    jobs: Jobs = None,
    backend: Backend = "local",
    address: Address = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write a summary in Markdown to this file.")] = None,
    badge: Annotated[Path | None, typer.Option(help="Write a status badge to this SVG file.")] = None,
    lock: Annotated[
        Path | None,
        typer.Option(help="Compare with this file of `lemmata lock`; exit code 1 if something is weaker."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Your own data for training runs instead of digits: .npz, .csv or a folder of images."),
    ] = None,
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
    from checks.commands.parts.session import Run
    from checks.running.schedule import named
    from checks.store.results import ensure_writable
    from checks.terminal.progress import console
    from checks.terminal.run import print_results

    names = _methods(methods)
    jobs = processes(jobs)
    named(backend, address)
    for path in (json, junit, summary, badge, figures / "x.png" if figures is not None else None):
        if path is not None:
            ensure_writable(path)
    guard = _guard(lock, names, patterns or [])
    out, started = console(), time.perf_counter()
    asked = Asked(tuple(patterns or ()), names, seed, device, _data(data), quick, debug)
    past = None if no_cache or debug else asked.runs.find()
    if past is None:
        done, left_out, device = _made(asked, jobs, (backend, address), out, json, not (no_cache or debug))
    else:
        done, left_out, device = Run(past.results, False, len(past.results)), past.left_out, past.device
        _write_report(json, done.results, seed, device)
    again = _again(asked, done.results)
    print_results(out, done.results, time.perf_counter() - started, done.interrupted, again)
    if done.reused:
        when = f", all as on {past.when}" if past is not None else ""
        out.print(
            f"{done.reused} reused, {len(done.results) - done.reused} checked{when}; --no-cache checks them again"
        )
    if left_out:
        out.print(f"{left_out} left out by --quick: only measurement reaches them")
    if done.interrupted:
        stop_now(130)
    changes = guard.changes(asked.every, done.results, seed, quick) if guard is not None else None
    if guard is not None and changes is not None:
        guard.show(out, changes)
    _tell(Outputs(junit, summary, badge, str(lock or "")), asked, done.results, changes, again)
    if figures is not None:
        _draw(out, done.results, figures, cache=not no_cache)
    from checks.ci.words import GOOD

    good = bool(done.results) and all(r.verdict in GOOD for r in done.results)
    raise typer.Exit(0 if good and not any(c.regression for c in changes or ()) else 1)


@dataclass(frozen=True)
class Asked:
    """The user's request, and its statements, which are found when they are needed."""

    patterns: tuple[str, ...]
    methods: tuple[str, ...]
    seed: int
    device: str
    data: str
    quick: bool
    debug: bool

    @cached_property
    def every(self) -> list[Item]:
        from checks.library.collect import collect

        return collect(list(self.patterns))

    @cached_property
    def runs(self) -> Runs:
        from checks.running.cache.runs import Runs

        return Runs(self.patterns, self.methods, self.seed, self.device, self.data, self.quick)


def _made(
    asked: Asked, jobs: int, where: tuple[str, str | None], out: Console, json: Path | None, cache: bool
) -> tuple[Run, int, str]:
    """Make the run; also return how many statements a quick run leaves out, and its device."""
    from checks.commands.parts.session import run
    from checks.running.runner import Options, reachable_exactly
    from checks.running.schedule import connect

    items = reachable_exactly(asked.every) if asked.quick else asked.every
    pool, device = connect(*where, jobs, asked.device)
    options = Options(asked.methods, asked.seed, device, asked.debug, asked.data, asked.quick)
    with pool:
        done = run(items, options, jobs, out, json, cache, pool)
    left_out = len(asked.every) - len(items)
    if cache and not done.interrupted:
        asked.runs.keep(done.results, left_out, device)
    return done, left_out, device


def _write_report(path: Path | None, results: Sequence[Result], seed: int, device: str) -> None:
    from checks.store.results import dump, report, write_atomically

    if path is not None:
        write_atomically(path, dump(report(results, seed=seed, device=device)))


def _draw(out: Console, results: Sequence[Result], folder: Path, cache: bool) -> None:
    """The pictures; those that were drawn from the same results, and are still there, stay."""
    from checks.running.cache.made import Made
    from checks.store.results import to_json

    made = Made("figures", folder, [to_json(r) for r in results])
    if cache and made.stands():
        out.print(f"{len(made.files)} pictures in {folder} are up to date")
        return
    from checks.figures import draw

    drawn = draw(results, folder)
    for path in drawn:
        out.print(f"drew {path}")
    made.keep(drawn)


def _methods(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    from checks.running.runner import parse_methods

    return parse_methods(text)


@dataclass(frozen=True)
class Outputs:
    """The files for other programs, None for those not requested, and the name of the lock."""

    junit: Path | None
    summary: Path | None
    badge: Path | None
    lock: str


@dataclass(frozen=True)
class Guard:
    """A lock and the patterns of the run that is compared with it."""

    path: Path
    lock: Lock
    patterns: tuple[str, ...]

    def changes(self, every: Sequence[Item], results: Sequence[Result], seed: int, quick: bool) -> list[Change]:
        """What differs; in a quick run weaker assurance of measured parts is not looked for."""
        from checks.lock.lock import compare, today

        left_out = {i.id for i in every} - {r.id for r in results}
        return compare(self.lock, today(every, results, seed), self.patterns, left_out, quick=quick)

    def show(self, out: Any, changes: Sequence[Change]) -> None:
        from checks.terminal.run import print_changes

        print_changes(out, self.path, changes, len(self.lock.entries))


def _guard(path: Path | None, methods: Sequence[str], patterns: Sequence[str]) -> Guard | None:
    """The lock, read before anything runs; raises UsageError for one that cannot be compared with this run."""
    if path is None:
        return None
    if methods:
        raise UsageError("--lock compares what all methods say: leave --methods out")
    from checks.lock.lock import patterns_of, read_lock

    return Guard(path, read_lock(path), patterns_of(patterns))


def _tell(
    to: Outputs,
    asked: Asked,
    results: Sequence[Result],
    changes: Sequence[Change] | None,
    again: dict[tuple[str, str], str],
) -> None:
    """Write what others read: JUnit, a summary, a badge; and notes where GitHub's actions run this."""
    from checks.ci import github
    from checks.store.results import write_atomically

    if to.junit is not None:
        from checks.ci.junit import junit

        write_atomically(to.junit, junit(results, changes, again))
    if to.summary is not None or github.runs_here():
        from checks.ci.summary import summary

        text = summary(results, changes, again)
        if to.summary is not None:
            write_atomically(to.summary, text)
        if github.runs_here():
            github.append_summary(text)
            for line in github.notes(asked.every, results, changes or (), to.lock):
                typer.echo(line)
    if to.badge is not None:
        from checks.ci.badge import badge

        write_atomically(to.badge, badge(results, sum(c.regression for c in changes or ())))


def _again(asked: Asked, results: Sequence[Result]) -> dict[tuple[str, str], str]:
    """The commands that show witnesses again, by statement and method."""
    refuted = [(r.id, e) for r in results for e in r.evidence if e.verdict.value == "refuted" and e.witness]
    if not refuted:
        return {}
    from checks.library.collect import resolve
    from checks.studies.at import command_for

    by_id = {item.id: item for item in asked.every}
    found = {}
    for id, e in refuted:
        item = by_id[id]
        at_once = command_for(resolve(item), e.witness or "", item.name)
        whole = f"lemmata check {item.file or item.id} --methods {e.method} --seed {asked.seed}"
        found[id, e.method] = at_once or whole
    return found


def _data(path: Path | None) -> str:
    """The path of the user's data, checked before anything runs; raises UsageError for data that cannot be used."""
    if path is None:
        return ""
    from numerics.data import DataError, load

    try:
        found = load(path)
    except DataError as error:
        raise UsageError(str(error)) from None
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    return str(path.resolve())

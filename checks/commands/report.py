"""`lemmata report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.commands.app import NoCache, Patterns, app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.library.collect import Item
    from checks.report.facts import Known
    from checks.running.cache.made import Made

LOCK = Path("lemmata.lock")


@app.command()
def report(
    patterns: Patterns = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Write the site into this folder.")] = Path("report"),
    json: Annotated[
        Path | None,
        typer.Option(help="Show the results in this file instead of those of the last check here."),
    ] = None,
    lock: Annotated[
        Path | None,
        typer.Option(help="Show what changed against this lock.", show_default="lemmata.lock, if it is there"),
    ] = None,
    constants: Annotated[
        Path | None, typer.Option(help="Show the sharpest constants that `lemmata constants --json` wrote here.")
    ] = None,
    mutants: Annotated[
        Path | None, typer.Option(help="Show the mutants that `lemmata mutate --json` wrote here.")
    ] = None,
    theorems: Annotated[
        Path | None, typer.Option(help="Show what theorems ask for, as `lemmata theorem --json` wrote it here.")
    ] = None,
    no_cache: NoCache = False,
) -> None:
    """Write a static site: the graph of all statements, and a page for each statement."""
    lock = lock if lock is not None or not LOCK.is_file() else LOCK
    made = _made(output, patterns or [], (json, lock, constants, mutants, theorems))
    if made.stands() and not no_cache:
        typer.echo(f"{output / 'index.html'} and {len(made.files) - 1} files with it are up to date: nothing changed")
        typer.echo(f"open {(output / 'index.html').resolve().as_uri()}")
        return
    from checks.commands.parts.installation import demand
    from checks.library.collect import collect
    from checks.report.facts import Known
    from checks.report.inputs import constants_of, mutants_of, results_of, theorems_of
    from checks.report.site import write_site
    from checks.store.results import ensure_writable, recall

    demand("report", "the page")
    ensure_writable(output / "index.html")
    known = Known(
        recall() if json is None else results_of(json),
        {} if constants is None else constants_of(constants),
        {} if mutants is None else mutants_of(mutants),
        {} if theorems is None else theorems_of(theorems),
    )
    items = collect(patterns or [])
    if lock is not None:
        known = _compared(known, lock, items, patterns or [])
    written = write_site(output, items, known)
    made.keep(output / name for name in written.names)
    for warning in written.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"wrote {written.index} and {len(written.names) - 1} files beside it")
    typer.echo(f"open {written.index.resolve().as_uri()}")


def _made(folder: Path, patterns: Sequence[str], inputs: Sequence[Path | None]) -> Made:
    """The site as it was made of the same files and of what is remembered here, if it was."""
    from checks.running.cache.made import Made
    from checks.store.shelf import FILE, Shelf
    from checks.store.sources import code_beside, digest_of, files_in

    shelves = [Shelf(name).state() for name in Shelf.names(FILE)]
    of = [list(patterns), code_beside(files_in(patterns)), shelves]
    return Made("site", folder, [*of, [str(p) for p in inputs], [digest_of(p) if p else "" for p in inputs]])


def _compared(known: Known, path: Path, items: Sequence[Item], patterns: Sequence[str]) -> Known:
    """What is known, with all that differs from a lock; raises UsageError for another file."""
    from dataclasses import replace

    from checks.library.collect import resolve
    from checks.lock.lock import read_lock
    from checks.report.changes import changes_since

    lock = read_lock(path)
    results = {item.id: found for item in items if (found := known.of(resolve(item))) is not None}
    return replace(known, changes=changes_since(lock, items, results, patterns), lock=str(path))

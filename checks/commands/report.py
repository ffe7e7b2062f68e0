"""`lemmata report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.commands.app import Patterns, app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.collect import Item
    from checks.report.facts import Known

LOCK = Path("lemmata.lock")


@app.command()
def report(
    patterns: Patterns = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Write the site into this folder.")] = Path("report"),
    json: Annotated[
        Path | None, typer.Option(help="Show the results of this file, in place of those of the last check here.")
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
) -> None:
    """Write a static site: the graph of all statements, and a page for each with all that is known of it here."""
    from checks.collect import collect
    from checks.report.facts import Known
    from checks.report.inputs import constants_of, mutants_of, results_of
    from checks.report.site import write_site
    from checks.results import ensure_writable, recall

    ensure_writable(output / "index.html")
    known = Known(
        recall() if json is None else results_of(json),
        {} if constants is None else constants_of(constants),
        {} if mutants is None else mutants_of(mutants),
    )
    items = collect(patterns or [])
    if lock is None and LOCK.is_file():
        lock = LOCK
    if lock is not None:
        known = _compared(known, lock, items, patterns or [])
    written = write_site(output, items, known)
    for warning in written.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"wrote {written.index} and {written.files - 1} files beside it")
    typer.echo(f"open {written.index.resolve().as_uri()}")


def _compared(known: Known, path: Path, items: Sequence[Item], patterns: Sequence[str]) -> Known:
    """What is known, with all that differs from a lock; raises UsageError for another file."""
    from dataclasses import replace

    from checks.collect import resolve
    from checks.lock import read_lock
    from checks.report.changes import changes_since

    lock = read_lock(path)
    results = {item.id: found for item in items if (found := known.of(resolve(item))) is not None}
    return replace(known, changes=changes_since(lock, items, results, patterns), lock=str(path))

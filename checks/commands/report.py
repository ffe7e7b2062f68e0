"""`lemmata report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import Patterns, app


@app.command()
def report(
    patterns: Patterns = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Write the site into this folder.")] = Path("report"),
    json: Annotated[
        Path | None, typer.Option(help="Show the results of this file, in place of those of the last check here.")
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
    written = write_site(output, collect(patterns or []), known)
    for warning in written.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"wrote {written.index} and {written.files - 1} files beside it")

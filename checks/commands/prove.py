"""`lemmata prove`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import Jobs, Patterns, app, hush_executor, stop_now
from checks.errors import UsageError
from checks.running.devices import processes


@app.command()
def prove(
    patterns: Patterns = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the Rocq files into this folder.")
    ] = None,
    jobs: Jobs = None,
    again: Annotated[bool, typer.Option("--again", help="Run coqc again even where its answer is known.")] = False,
) -> None:
    """Write statements as Rocq theorems with proofs and have coqc check them; later checks use the answers."""
    from checks.commands.parts.proving import prove_items, write_files
    from checks.library.collect import collect
    from checks.rocq.coqc import NoCoqc, find
    from checks.terminal.progress import console
    from checks.terminal.studies import print_proofs

    items = collect(patterns or [])
    if output is not None:
        from checks.store.results import ensure_writable

        ensure_writable(output / "x.v")
    out = console()
    hush_executor()
    coqc = None
    try:
        coqc = find()
    except NoCoqc as error:
        if output is None:
            raise UsageError(f"nothing can be proved: {error}") from None
        typer.echo(f"warning: files are written, but not checked: {error}", err=True)
    started = time.perf_counter()
    try:
        records = prove_items(items, coqc, processes(jobs), out, again)
    except KeyboardInterrupt:
        typer.echo("interrupted: what coqc has accepted so far is remembered", err=True)
        stop_now(130)
    if output is not None:
        write_files(items, records, output)
    print_proofs(out, records, coqc.version if coqc else None, time.perf_counter() - started)
    accepted = any(r.outcome is not None and r.outcome.accepted for r in records)
    raise typer.Exit(0 if (accepted or coqc is None) and not any(r.wrong for r in records) else 1)

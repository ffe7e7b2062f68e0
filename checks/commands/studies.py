"""`lemmata mutate`, `hypotheses` and `constants`: how far a statement and its checks carry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from checks.commands.app import Jobs, Patterns, Seed, app, hush_executor, stop_now
from checks.running.devices import processes


@app.command()
def mutate(
    patterns: Patterns = None,
    sample: Annotated[
        int, typer.Option(help="The largest number of mutants of a statement, chosen by the seed; 0 for all.", min=0)
    ] = 0,
    seed: Seed = 0,
    jobs: Jobs = None,
    json: Annotated[Path | None, typer.Option(help="Write what became of each mutant to this file.")] = None,
) -> None:
    """Change one thing in each statement at a time, and show which method notices; exit code 1 if a mutant survives."""
    from dataclasses import asdict

    from checks.context import Options
    from checks.library.collect import collect
    from checks.store.results import dump, ensure_writable, write_atomically
    from checks.studies.mutation import all_fates
    from checks.terminal.progress import console
    from checks.terminal.studies import print_fates

    if json is not None:
        ensure_writable(json)
    items = collect(patterns or [])
    order = {item.id: i for i, item in enumerate(items)}
    hush_executor()
    found = []
    out = console()
    try:
        for fates in all_fates(items, sample, Options(seed=seed), processes(jobs)):
            found.append(fates)
            out.print(f"{len(found):>4}/{len(items)} {fates.statement:<40} {dict(fates.count())}", highlight=False)
    except KeyboardInterrupt:
        stop_now(130)
    found.sort(key=lambda f: order[f.statement])
    if json is not None:
        write_atomically(json, dump([asdict(f) for f in found]))
    print_fates(out, found)
    raise typer.Exit(1 if any(f.count()["survived"] for f in found) else 0)


@app.command()
def lint(patterns: Patterns = None) -> None:
    """Name statements that cannot fail, without checking any; exit code 1 if there is one."""
    from checks.library.collect import collect, readings_for, resolve
    from checks.studies.lint import findings, twins

    items = collect(patterns or [])
    statements = [resolve(item) for item in items]
    found = [f for item, s in zip(items, statements, strict=True) for f in findings(s, readings_for(item))]
    found += twins(statements)
    for f in found:
        typer.echo(f"{f.statement}: {f.what}: {f.detail}")
    typer.echo(f"{len(statements)} statements, {len(found)} that cannot fail as written")
    if found:
        typer.echo('rewrite them, or mark them: mark="bookkeeping" or mark="definition"')
    raise typer.Exit(1 if found else 0)


@app.command()
def hypotheses(
    patterns: Patterns = None,
    seed: Seed = 0,
    jobs: Jobs = None,
    json: Annotated[Path | None, typer.Option(help="Write what was found to this file.")] = None,
) -> None:
    """Show a point where a statement's hypotheses all hold, and which of them it needs: each is negated in turn."""
    from dataclasses import asdict

    from checks.library.collect import collect
    from checks.store.results import dump, ensure_writable, write_atomically
    from checks.studies.hypotheses import all_assumptions, remember
    from checks.terminal.progress import console
    from checks.terminal.studies import print_assumptions, print_needed

    if json is not None:
        ensure_writable(json)
    items = collect(patterns or [])
    order = {item.id: i for i, item in enumerate(items)}
    hush_executor()
    found, out = [], console()
    try:
        for assumptions in all_assumptions(items, seed, processes(jobs)):
            found.append(assumptions)
            print_assumptions(out, assumptions)
    except KeyboardInterrupt:
        stop_now(130)
    found.sort(key=lambda a: order[a.statement])
    remember(found)
    if json is not None:
        write_atomically(json, dump([asdict(a) for a in found]))
    print_needed(out, found)
    raise typer.Exit(1 if any(a.empty for a in found) else 0)


@app.command()
def constants(
    patterns: Patterns = None,
    latex_: Annotated[bool, typer.Option("--latex", help="A LaTeX table for each paper, on standard output.")] = False,
    seed: Seed = 0,
    jobs: Jobs = None,
    json: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Tabulate the constants of bounds: printed, stated, best possible and where it is attained, and the slack."""
    from dataclasses import asdict

    from checks.library.collect import collect
    from checks.store.results import dump, ensure_writable, write_atomically
    from checks.studies.constants import all_sharpest, latex_table
    from checks.terminal.progress import console
    from checks.terminal.studies import print_constants

    if json is not None:
        ensure_writable(json)
    hush_executor()
    tables: dict[str, list[Any]] = {}
    try:
        for item, found in all_sharpest(collect(patterns or []), seed, processes(jobs)):
            if found is not None:
                tables.setdefault(item.paper, []).append(found)
    except KeyboardInterrupt:
        stop_now(130)
    if json is not None:
        write_atomically(json, dump({key: [asdict(s) for s in rows] for key, rows in tables.items()}))
    if latex_:
        typer.echo("\n".join(latex_table(key, rows) for key, rows in tables.items()), nl=False)
        return
    print_constants(console(), tables)

"""`lemmata check`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from checks.commands.app import Debug, Jobs, Patterns, Seed, app, hush_executor, processes, stop_now
from checks.errors import UsageError


@app.command()
def check(
    patterns: Patterns = None,
    methods: Annotated[str | None, typer.Option(help="Only these methods, separated by commas.")] = None,
    seed: Seed = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    jobs: Jobs = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Your own data for training runs, in place of digits: .npz, .csv or a folder of images."),
    ] = None,
    figures: Annotated[Path | None, typer.Option(help="Draw the papers' headline pictures into this folder.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Under a minute: only what can be proved, by two keys.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Check statements and print their verdicts; exit code 0 if all are verified or measured, else 1."""
    from checks.collect import collect
    from checks.results import dump, ensure_writable, remember, report, write_atomically
    from checks.runner import Options, check_all, parse_methods, reachable_exactly, resolve_device
    from checks.terminal import Progress, console, print_results
    from checks.verdicts import Result, Verdict

    names = parse_methods(methods)
    jobs = processes(jobs)
    if json is not None:
        ensure_writable(json)
    if figures is not None:
        ensure_writable(figures / "x.png")
    items = collect(patterns or [])
    left_out = len(items)
    items = reachable_exactly(items) if quick else items
    left_out -= len(items)
    options = Options(names, seed, resolve_device(device), debug, _data(data), quick)
    order = {item.id: i for i, item in enumerate(items)}
    out, started = console(), time.perf_counter()
    results: list[Result] = []
    interrupted = False
    hush_executor()
    stream = check_all(items, options, jobs)
    try:
        with Progress(out, len(items)) as progress:
            for result in stream:
                results.append(result)
                progress.finished(result)
                if json is not None:
                    write_atomically(
                        json, dump(report(_sorted(results, order), seed=seed, device=options.device, interrupted=True))
                    )
    except KeyboardInterrupt:
        interrupted = True
    results = _sorted(results, order)
    if json is not None:
        write_atomically(json, dump(report(results, seed=seed, device=options.device, interrupted=interrupted)))
    remember(results)
    print_results(out, results, time.perf_counter() - started, interrupted, _again(items, results, seed))
    if left_out:
        out.print(f"{left_out} left out by --quick: only measurement reaches them")
    if figures is not None and not interrupted:
        from checks.figures import draw

        for path in draw(results, figures):
            out.print(f"drew {path}")
    if interrupted:
        stop_now(130)
    good = all(r.verdict in (Verdict.VERIFIED, Verdict.MEASURED) for r in results) and bool(results)
    raise typer.Exit(0 if good else 1)


def _again(items: list[Any], results: list[Any], seed: int) -> dict[tuple[str, str], str]:
    """The commands that show witnesses again, by statement and method."""
    from checks.at import command_for
    from checks.collect import resolve
    from checks.verdicts import Verdict

    by_id = {item.id: item for item in items}
    found = {}
    for result in results:
        for e in result.evidence:
            if e.verdict is not Verdict.REFUTED or not e.witness:
                continue
            item = by_id[result.id]
            at_once = command_for(resolve(item), e.witness, item.name)
            whole = f"lemmata check {item.file or item.id} --methods {e.method} --seed {seed}"
            found[result.id, e.method] = at_once or whole
    return found


def _data(path: Path | None) -> str:
    """The path of the user's data, looked at before anything runs; raises UsageError for data that cannot be used."""
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


def _sorted(results: list[Any], order: dict[str, int]) -> list[Any]:
    return sorted(results, key=lambda r: order[r.id])

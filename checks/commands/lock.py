"""`lemmata lock`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import Device, Jobs, NoCache, Patterns, Seed, app, stop_now
from checks.running.devices import processes


@app.command()
def lock(
    patterns: Patterns = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file of the lock.")] = Path("lemmata.lock"),
    seed: Seed = 0,
    device: Device = "auto",
    jobs: Jobs = None,
    no_cache: NoCache = False,
) -> None:
    """Check statements and record their verdicts, constants and expressions; the lock's other entries stay."""
    from checks.ci.words import headline
    from checks.commands.parts.session import run
    from checks.context import Options
    from checks.library.collect import collect
    from checks.lock.lock import compare, patterns_of, read_lock, recorded, today, write_lock
    from checks.running.devices import resolve_device
    from checks.running.work import works_of
    from checks.store.results import ensure_writable
    from checks.terminal.progress import console
    from checks.terminal.run import print_changes
    from checks.verdicts import GOOD

    jobs = processes(jobs)
    ensure_writable(output)
    old = read_lock(output) if output.exists() else None
    items = collect(patterns or [])
    wanted = patterns_of(patterns or [])
    out, started = console(), time.perf_counter()
    options = Options(seed=seed, device=resolve_device(device))
    done = run(works_of(items), options, jobs, out, cache=not no_cache)
    if done.interrupted:
        typer.echo(f"interrupted: {output} is as it was; what was checked is remembered", err=True)
        stop_now(130)
    now = today(items, done.results, seed)
    # another run may have recorded other statements meanwhile
    before = read_lock(output) if output.exists() else None
    write_lock(output, recorded(before, now, wanted))
    if old is not None:
        print_changes(out, output, compare(old, now, wanted), len(old.entries), recording=True)
    for result in done.results:
        if result.verdict not in GOOD:
            out.print(f"{result.id}  {headline(result)}", style="yellow", markup=False)
    seconds = time.perf_counter() - started
    out.print(f"recorded {len(now.entries)} statements in {output}, {seconds:.1f} s", markup=False)
    raise typer.Exit(0 if all(r.verdict in GOOD for r in done.results) else 1)

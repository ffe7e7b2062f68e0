"""`lemmata sweep`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checks.commands.app import Address, BackendName, Debug, Device, Jobs, Seed, app, hush_executor, stop_now
from checks.commands.parts import completion

if TYPE_CHECKING:
    from rich.console import Console

    from checks.running.schedule import Pool
    from checks.studies.sweeps.fit import Fit, Row
    from checks.studies.sweeps.plan import Plan
    from checks.studies.sweeps.task import Outcome

SCHEMA = 1
FOLDER = Path("sweeps")
SIZES = "FIRST:LAST:xFACTOR, FIRST:LAST:+STEP, or sizes with commas."


@app.command()
def sweep(
    statement: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a law.", autocompletion=completion.statements)
    ],
    width: Annotated[str | None, typer.Option(help=f"Widths: {SIZES}")] = None,
    depth: Annotated[str | None, typer.Option(help=f"Depths: {SIZES}")] = None,
    inputs: Annotated[str | None, typer.Option(help="Number of inputs.")] = None,
    seeds: Annotated[int, typer.Option(help="Seeds at each size.")] = 8,
    networks: Annotated[
        int | None,
        typer.Option(help="Networks whose mean is the value of a seed; by default the law's own number."),
    ] = None,
    dtype: Annotated[
        str,
        typer.Option(help="The type of wide arrays: float64, float32, tf32 or bf16.", autocompletion=completion.dtypes),
    ] = "float64",
    device: Device = "auto",
    seed: Seed = 0,
    jobs: Jobs = None,
    backend: BackendName = "local",
    address: Address = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of partial results and pictures; by default sweeps/ID.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write sizes, values and the fit to this file.")] = None,
    debug: Debug = False,
) -> None:
    """Measure a law over sizes and seeds, and fit its exponent; finished tasks are kept and not computed again.

    Exit code 0 if the statement's exponent holds, 1 if it does not, or if that is undecided.
    """
    from checks.running.schedule import connect, named
    from checks.store.results import ensure_writable
    from checks.studies.sweeps.plan import find, plan
    from checks.studies.sweeps.store import Store
    from checks.terminal.progress import console

    named(backend, address)
    item = find(statement)
    given = {"width": width, "depth": depth, "inputs": inputs}
    # before a cluster is contacted, so that mistakes in the call are reported first
    plan(item, given, seeds, networks, dtype, seed, "cuda")
    folder = out if out is not None else FOLDER / item.id
    if json is not None:
        ensure_writable(json)
    store = Store(folder)
    pool, where = connect(backend, address, jobs, device)
    with pool:
        made = plan(item, given, seeds, networks, dtype, seed, where)
        _look(made, pool, jobs, where)
        store.prepare(len(made.jobs))
        shown, started = console(), time.perf_counter()
        outcomes = _run(made, pool, store, shown)
    if outcomes is None:
        shown.print(f"stopped: what is finished is in {store.folder}; run the same command again to continue")
        stop_now(130)
    _conclude(made, outcomes, shown, folder, json, where, time.perf_counter() - started)


def _look(made: Plan, pool: Pool, jobs: int | None, device: str) -> None:
    """Say before anything runs if the largest task would not fit."""
    from checks.running.schedule import LocalPool
    from checks.studies.sweeps.plan import ensure_room
    from numerics.machine.memory import SHARE, available

    if isinstance(pool, LocalPool) and device == "cuda":
        import torch

        if jobs is None:
            pool.slots = pool.gpus
        side_by_side = max(1, pool.slots // pool.gpus)
        ensure_room(made, SHARE * torch.cuda.mem_get_info()[0], side_by_side, "on the GPU")
    elif isinstance(pool, LocalPool):
        ensure_room(made, SHARE * available(), min(pool.slots, len(made.jobs)), "here")
    elif device == "cpu":
        least = min(pool.memory.items(), key=lambda entry: entry[1])
        each = max(1, pool.slots // len(pool.memory))
        ensure_room(made, SHARE * least[1], each, f"on the worker {least[0]}")


def _run(made: Plan, pool: Pool, store: Any, out: Console) -> dict[int, Outcome] | None:
    """The outcome of every job, from the disk or computed now; None if the user stopped it."""
    from checks.commands.parts.session import aside
    from checks.running.schedule import Lost, Task
    from checks.studies.sweeps.task import Outcome, measure
    from checks.terminal.progress import Steps

    kept = store.read(made.jobs)
    outcomes: dict[int, Outcome] = dict(kept.outcomes)
    left = [i for i in range(len(made.jobs)) if i not in outcomes]
    if kept.damaged:
        out.print(f"{kept.damaged} damaged files in {store.folder} are dropped and computed again")
    if outcomes:
        out.print(f"{len(outcomes)} of {len(made.jobs)} tasks are in {store.folder}, {len(left)} to run")
    if not left:
        return outcomes
    hush_executor()
    tasks = [Task(made.jobs[i].name, measure, (made.jobs[i],)) for i in left]
    counts = dict.fromkeys((job.sizes for job in made.jobs), 0)
    told = False
    try:
        with Steps(out, "sweeping", len(made.jobs)) as steps:
            for _ in outcomes:
                steps.done("")
            for at, found in aside(pool.run(tasks)):
                job = made.jobs[left[at]]
                outcome = Outcome(error=found.said) if isinstance(found, Lost) else found
                outcomes[left[at]] = outcome
                if not outcome.error:
                    store.keep(job, outcome)
                if outcome.at_once and not told:
                    told = True
                    out.print(f"less GPU memory than was free at first: {outcome.at_once} networks at a time")
                steps.done(job.name)
                counts[job.sizes] += 1
                _tell(out, made, job.sizes, counts, outcomes)
    except KeyboardInterrupt:
        return None
    return outcomes


def _tell(out: Console, made: Plan, sizes: Any, counts: Mapping[Any, int], outcomes: Mapping[int, Outcome]) -> None:
    """Where there is no bar, a line for each size that is complete."""
    if out.is_terminal:
        return
    mine = [outcomes[i] for i, job in enumerate(made.jobs) if job.sizes == sizes and i in outcomes]
    if len(mine) == made.seeds and counts[sizes]:
        done = sum(i in outcomes for i in range(len(made.jobs)))
        name = ", ".join(f"{k} {v}" for k, v in sizes) or "sizes of the reading"
        out.print(f"{done:>5}/{len(made.jobs)} {name}: {sum(o.seconds for o in mine):.1f} s")


def _conclude(
    made: Plan,
    outcomes: Mapping[int, Outcome],
    out: Console,
    folder: Path,
    json: Path | None,
    device: str,
    seconds: float,
) -> None:
    """The table, the exponent beside the claim, the pictures, the report; then the exit code."""
    from checks.studies.sweeps.fit import fit, rows_of, seeds_matter

    good = [o for _, o in sorted(outcomes.items()) if not o.error]
    failed = [(made.jobs[i].name, o.error) for i, o in sorted(outcomes.items()) if o.error]
    rows = rows_of(good)
    found, why = None, "no task was finished"
    if rows:
        try:
            found = fit(made.statement, rows, max(o.drift for o in good))
        except ValueError as error:
            why = str(error)
    _show(out, made, rows, found, why, failed, seconds)
    if rows and len(rows[0].values) > 1 and not seeds_matter(rows):
        out.print("every seed gives the same numbers: one is enough")
    if rows:
        _draw(out, made, rows, found, folder)
    if json is not None:
        from checks.store.results import dump, plain, write_atomically

        write_atomically(json, dump(plain(_report(made, rows, found, failed, device))))
    raise typer.Exit(0 if found is not None and found.verdict == "holds" and not failed else 1)


def _show(
    out: Console,
    made: Plan,
    rows: Sequence[Row],
    found: Fit | None,
    why: str,
    failed: Sequence[tuple[str, str]],
    seconds: float,
) -> None:
    from rich.table import Table
    from rich.text import Text

    from checks.methods.scaling import FALSE_ALARM
    from checks.terminal.progress import COLOURS
    from derivations.writing.text import text

    rounded = any(r.rounding for r in rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (_letter(made), "seeds", "mean", "± error", "median", "spread", *(["rounding ≤"] if rounded else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for r in rows:
        cells = [f"{r.size:g}", str(len(r.values)), *(f"{v:.4g}" for v in (r.mean, r.error, r.median, r.spread))]
        table.add_row(*cells, *([f"{r.rounding:.1e}"] if rounded else []))
    out.print(Text(f"{made.statement.id}  {text(made.statement.quantity)}", "bold"))
    out.print(table)
    for name, error in failed:
        out.print(Text(f"{name}: error: {error}", COLOURS["error"]))
    if found is None:
        out.print(Text(f"no exponent: {why}", COLOURS["undecided"]))
    else:
        parts = [f"exponent {found.exponent:.4f} in [{found.low:.4f}, {found.high:.4f}]"]
        parts.append(f"false-alarm rate {FALSE_ALARM:g}")
        if found.rounding:
            parts.append(f"{found.rounding:.1e} of it for rounding in {made.jobs[0].dtype}")
        if found.drift:
            parts.append(f"finite sizes may move it by {found.drift:.2g}")
        colour = {"holds": "verified"}.get(found.verdict, found.verdict)
        out.print(", ".join(parts))
        out.print(Text.assemble(f"claimed {found.claimed:.6g}: ", (_verdict(made, found), COLOURS[colour])))
    out.print(f"{sum(len(r.values) for r in rows)} values in {seconds:.1f} s")


def _verdict(made: Plan, found: Fit) -> str:
    if found.verdict == "undecided":
        remedy = "more seeds or sizes" if found.rounding < made.statement.widest else "a finer --dtype"
        rivals = "".join(f", or contains {float(r):g}" for r in made.statement.against)
        return f"undecided, the interval is wider than ± {made.statement.widest:g}{rivals}: {remedy}"
    return found.verdict


def _letter(made: Plan) -> str:
    from derivations.writing.text import text

    return made.sweep.dimension.letter if made.sweep is not None else text(made.statement.variable)


def _draw(out: Console, made: Plan, rows: Sequence[Row], found: Fit | None, folder: Path) -> None:
    from numerics.machine.extras import missing

    refused = missing("figures", "the picture of the sweep")
    if refused:  # its numbers are kept, and a sweep is long
        out.print(refused, markup=False, highlight=False)
        return
    from checks.figures.sweeps import picture, save_picture

    if made.sweep is None:
        about = f"{made.seeds} seeds"
    else:
        others = ", ".join(f"{d.letter} = {made.points[0][d.name]}" for d in made.sweep.others)
        about = ", ".join(filter(None, [others, f"{made.seeds} seeds of {made.jobs[0].networks} networks"]))
    figure = picture(made.statement, rows, found, _letter(made), about)
    paths = save_picture(figure, folder)
    out.print(f"drew {' and '.join(map(str, paths))}")


def _report(
    made: Plan, rows: Sequence[Row], found: Fit | None, failed: Sequence[tuple[str, str]], device: str
) -> dict[str, Any]:
    from checks.store.results import environment

    first = made.jobs[0]
    return {
        "schema": SCHEMA,
        "environment": {**environment(), "device": device, "seed": first.run_seed},
        "statement": made.statement.id,
        "fingerprint": made.statement.fingerprint,
        "variable": made.variable,
        "sizes": [dict(p) for p in made.points] if made.sweep is not None else [],
        "seeds": made.seeds,
        "networks": first.networks,
        "dtype": first.dtype,
        "rows": [
            {
                "size": r.size,
                "mean": r.mean,
                "error": r.error,
                "median": r.median,
                "spread": r.spread,
                "rounding": r.rounding,
                "values": list(r.values),
            }
            for r in rows
        ],
        "fit": None
        if found is None
        else {
            "exponent": found.exponent,
            "low": found.low,
            "high": found.high,
            "rounding": found.rounding,
            "claimed": found.claimed,
            "drift": found.drift,
            "verdict": found.verdict,
        },
        "errors": [{"task": name, "error": error} for name, error in failed],
    }

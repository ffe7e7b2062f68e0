"""The command `lemmata`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from checks.errors import UsageError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check the statements of papers about neural networks: derive, measure, judge.",
)

Patterns = Annotated[
    list[str] | None, typer.Argument(help="Ids, globs such as 'liu2019.*', or Python files.", show_default=False)
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@app.command("list")
def list_(
    patterns: Patterns = None, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False
) -> None:
    """List statements: id, kind, source, and the assurance that the last check here gave."""
    from checks.collect import collect, resolve
    from checks.results import recall

    items, known = collect(patterns or []), recall()
    rows = []
    for item in items:
        statement = resolve(item)
        last = known.get(statement.id)
        current = last if last is not None and last.fingerprint == statement.fingerprint else None
        rows.append(
            {
                "id": statement.id,
                "kind": statement.kind,
                "source": statement.source,
                "verdict": current.verdict.value if current else None,
                "assurance": current.assurance.value if current else None,
            }
        )
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.table import Table
    from rich.text import Text

    from checks.terminal import COLOURS, console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("statement", "kind", "verdict", "assurance", "source"):
        table.add_column(name, no_wrap=name == "statement")
    for row in rows:
        verdict = row["verdict"] or "-"
        table.add_row(
            row["id"],
            row["kind"],
            Text(verdict, COLOURS.get(verdict, "dim")),
            row["assurance"] or "-",
            Text(str(row["source"])),
        )
    console().print(table)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="The id of a statement, or a Python file and an id as FILE.py:ID.")],
) -> None:
    """Show one statement: claim, derivation, evidence of the last check here."""
    from checks.collect import paper_of, resolve
    from checks.results import recall
    from checks.terminal import console, print_statement
    from derivations.abbreviations import abbreviating

    items = _named(id)
    out, known = console(), recall()
    for number, item in enumerate(items):
        statement = resolve(item)
        last = known.get(statement.id)
        current = last if last is not None and last.fingerprint == statement.fingerprint else None
        if number:
            out.print()
        home = paper_of(item)
        users = [s.id for s in home.statements if statement.id in s.rests_on]
        with abbreviating(() if statement.slug in home.spelled_out else home.abbreviations):
            print_statement(out, statement, current, users)


@app.command()
def check(
    patterns: Patterns = None,
    methods: Annotated[str | None, typer.Option(help="Only these methods, separated by commas.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", min=0)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
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
    jobs = _jobs(jobs)
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
    _hush_executor()
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
        _stop_now(130)
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
    from checks.errors import UsageError
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


def _jobs(jobs: int | None) -> int:
    if jobs is None:
        import os

        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if jobs < 1:
        raise UsageError(f"--jobs {jobs}: at least one process is needed")
    return jobs


def _hush_executor() -> None:
    """Keep the process pool's own thread from printing a traceback when Ctrl-C takes its workers away."""
    import threading

    shown = threading.excepthook

    def hook(details: Any) -> None:
        if "Executor" not in type(details.thread).__name__:
            shown(details)

    threading.excepthook = hook


def _stop_now(code: int) -> NoReturn:
    """Leave at once, workers included: everything is written, and waiting for their tasks helps nobody."""
    import multiprocessing
    import os

    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor()
    for process in [*(executor._processes or {}).values(), *multiprocessing.active_children()]:
        process.kill()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@app.command()
def latex(
    patterns: Annotated[list[str], typer.Argument(help="Ids, globs or Python files.")],
    standalone: Annotated[bool, typer.Option("--standalone", help="A document that pdflatex compiles.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file.")] = None,
    assurance: Annotated[
        bool, typer.Option("--assurance", help="What the last check here gave, in the margin.")
    ] = False,
) -> None:
    """Print statements and their derivations as LaTeX."""
    from checks.collect import collect, paper_of, resolve
    from checks.results import ensure_writable, recall, write_atomically
    from derivations.latex import document, paper_heading, statement_latex

    known = recall() if assurance else {}
    printed: dict[str, list[str]] = {}
    headings: dict[str, str] = {}
    for item in collect(patterns):
        home = paper_of(item)
        headings[home.key] = paper_heading(home)
        statement = resolve(item)
        last = known.get(statement.id)
        current = last is not None and last.fingerprint == statement.fingerprint
        words = f"{last.verdict.value}: {last.assurance.value}" if last is not None and current else "not checked"
        printed.setdefault(home.key, []).append(statement_latex(statement, home, words if assurance else ""))
    if standalone:
        text = document("\n".join([headings[key], *parts]) for key, parts in printed.items())
    else:
        text = "\n".join(part for parts in printed.values() for part in parts)
    if output is None:
        typer.echo(text, nl=False)
        return
    ensure_writable(output)
    write_atomically(output, text)


@app.command()
def mutate(
    patterns: Patterns = None,
    sample: Annotated[
        int, typer.Option(help="At most so many mutants a statement, by the seed; 0 for all.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", min=0)] = 0,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write all fates to this file.")] = None,
) -> None:
    """Change one thing of each statement at a time, and say which method notices; exit code 1 if one survives."""
    from dataclasses import asdict

    from checks.collect import collect
    from checks.mutation import all_fates
    from checks.results import dump, ensure_writable, write_atomically
    from checks.runner import Options
    from checks.terminal import console, print_fates

    if json is not None:
        ensure_writable(json)
    items = collect(patterns or [])
    order = {item.id: i for i, item in enumerate(items)}
    _hush_executor()
    found = []
    out = console()
    try:
        for fates in all_fates(items, sample, Options(seed=seed), _jobs(jobs)):
            found.append(fates)
            out.print(f"{len(found):>4}/{len(items)} {fates.statement:<40} {dict(fates.count())}", highlight=False)
    except KeyboardInterrupt:
        _stop_now(130)
    found.sort(key=lambda f: order[f.statement])
    if json is not None:
        write_atomically(json, dump([asdict(f) for f in found]))
    print_fates(out, found)
    raise typer.Exit(1 if any(f.count()["survived"] for f in found) else 0)


@app.command()
def hypotheses(
    patterns: Patterns = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", min=0)] = 0,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write what was found to this file.")] = None,
) -> None:
    """Show where a statement's hypotheses hold together, and which of them it needs: each is denied in turn."""
    from dataclasses import asdict

    from checks.collect import collect
    from checks.hypotheses import all_assumptions, remember
    from checks.results import dump, ensure_writable, write_atomically
    from checks.terminal import console, print_assumptions, print_needed

    if json is not None:
        ensure_writable(json)
    items = collect(patterns or [])
    order = {item.id: i for i, item in enumerate(items)}
    _hush_executor()
    found, out = [], console()
    try:
        for assumptions in all_assumptions(items, seed, _jobs(jobs)):
            found.append(assumptions)
            print_assumptions(out, assumptions)
    except KeyboardInterrupt:
        _stop_now(130)
    found.sort(key=lambda a: order[a.statement])
    remember(found)
    if json is not None:
        write_atomically(json, dump([asdict(a) for a in found]))
    print_needed(out, found)
    raise typer.Exit(1 if any(a.satisfied.startswith("NOT") for a in found) else 0)


@app.command()
def constants(
    patterns: Patterns = None,
    latex_: Annotated[bool, typer.Option("--latex", help="A LaTeX table for each paper, on standard output.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", min=0)] = 0,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Tabulate the constants of bounds: printed, stated, best possible with where it is attained, and the slack."""
    from dataclasses import asdict

    from checks.collect import collect
    from checks.constants import all_sharpest, latex_table
    from checks.results import dump, ensure_writable, write_atomically
    from checks.terminal import console, print_constants

    if json is not None:
        ensure_writable(json)
    _hush_executor()
    tables: dict[str, list[Any]] = {}
    try:
        for item, found in all_sharpest(collect(patterns or []), seed, _jobs(jobs)):
            if found is not None:
                tables.setdefault(item.paper, []).append(found)
    except KeyboardInterrupt:
        _stop_now(130)
    if json is not None:
        write_atomically(json, dump({key: [asdict(s) for s in rows] for key, rows in tables.items()}))
    if latex_:
        typer.echo("\n".join(latex_table(key, rows) for key, rows in tables.items()), nl=False)
        return
    print_constants(console(), tables)


@app.command()
def at(
    id: Annotated[str, typer.Argument(help="The id of a statement, or a Python file and an id as FILE.py:ID.")],
    point: Annotated[str, typer.Argument(help="A point, such as 'k = 2, phi = 1/2, a = (1, 0)'.")],
) -> None:
    """Evaluate a statement at one point, to 50 digits; exit code 1 if it fails there."""
    from checks.at import at_point, parse_point
    from checks.collect import resolve
    from checks.terminal import console, print_at
    from numerics.evaluate import EvaluationError

    items = _named(id)
    if len(items) != 1:
        raise UsageError(f"'{id}' names {len(items)} statements; give one id")
    statement = resolve(items[0])
    where = parse_point(point, statement)
    try:
        seen = at_point(statement, where)
    except (EvaluationError, ValueError, ArithmeticError, TypeError) as error:
        raise UsageError(f"{statement.id} has no value there: {error}") from None
    print_at(console(), statement, where, seen)
    raise typer.Exit(0 if seen.holds else 1)


def _named(id: str) -> list[Any]:
    """The items that an id names, in the library or as FILE.py:ID."""
    from checks.collect import collect

    file, _, wanted = id.rpartition(":") if ".py:" in id else ("", "", id)
    items = [i for i in collect([file or wanted]) if not file or wanted in (i.id, i.slug)]
    if not items:
        raise UsageError(f"{file} has no statement '{wanted}'")
    return items


@app.command()
def prove(
    patterns: Patterns = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the Rocq files into this folder.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask coqc again even where the answer is known.")] = False,
) -> None:
    """Write statements as Rocq theorems with proofs and have coqc check them; later checks know what was accepted."""
    from checks.collect import collect
    from checks.rocq.coqc import NoCoqc, find
    from checks.rocq.run import prove_items, write_files
    from checks.terminal import console, print_proofs

    items = collect(patterns or [])
    if output is not None:
        from checks.results import ensure_writable

        ensure_writable(output / "x.v")
    out = console()
    _hush_executor()
    coqc = None
    try:
        coqc = find()
    except NoCoqc as error:
        if output is None:
            raise UsageError(f"nothing can be proved: {error}") from None
        typer.echo(f"warning: files are written, but not checked: {error}", err=True)
    started = time.perf_counter()
    try:
        records = prove_items(items, coqc, _jobs(jobs), out, again)
    except KeyboardInterrupt:
        typer.echo("interrupted: what coqc has accepted so far is remembered", err=True)
        _stop_now(130)
    if output is not None:
        write_files(items, records, output)
    print_proofs(out, records, coqc.version if coqc else None, time.perf_counter() - started)
    accepted = any(r.outcome is not None and r.outcome.accepted for r in records)
    raise typer.Exit(0 if (accepted or coqc is None) and not any(r.wrong for r in records) else 1)


def main() -> None:
    """Run the command; a user's mistake is one line and exit code 2."""
    try:
        app(standalone_mode=True)
    except UsageError as error:
        if "--debug" in sys.argv:
            raise
        print(f"lemmata: {error}", file=sys.stderr)
        sys.exit(2)

"""`lemmata list`, `show`, `where`, `why` and `at`: what there is, one statement in full, and its value at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated

import typer

from checks.commands.app import Id, Patterns, Seed, app
from checks.errors import UsageError


@app.command("list")
def list_(
    patterns: Patterns = None, as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False
) -> None:
    """List statements: id, kind, source, and the assurance from the last check in this folder."""
    from checks.library.index import entries
    from checks.store.results import standings

    known = standings()
    rows = []
    for entry in entries(patterns or [], known):
        fingerprint, verdict, assurance = known.get(entry.id, ("", None, None))
        current = fingerprint == entry.fingerprint
        rows.append(
            {
                "id": entry.id,
                "kind": entry.kind,
                "mark": entry.mark or None,
                "source": entry.source,
                "verdict": verdict if current else None,
                "assurance": assurance if current else None,
            }
        )
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if len(rows) > LONG:
        _print_plainly(rows)
    else:
        _print_table(rows)


LONG = 1000
"""Longer lists are printed as plain lines and not as a table: rich takes a millisecond per row."""
COLUMNS = ("statement", "kind", "verdict", "assurance", "source")


def _cells(row: Mapping[str, str | None]) -> tuple[str, ...]:
    kind = ", ".join(filter(None, (row["kind"], row["mark"])))
    return (row["id"] or "-", kind, row["verdict"] or "-", row["assurance"] or "-", row["source"] or "")


def _print_plainly(rows: Sequence[Mapping[str, str | None]]) -> None:
    table = [COLUMNS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table)
    typer.echo("\n".join(lines))


def _print_table(rows: Sequence[Mapping[str, str | None]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from checks.terminal.progress import COLOURS, console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, no_wrap=name == "statement")
    for row in rows:
        id, kind, verdict, assurance, source = _cells(row)
        table.add_row(id, kind, Text(verdict, COLOURS.get(verdict, "dim")), assurance, Text(source))
    console().print(table)


@app.command()
def show(
    id: Id,
) -> None:
    """Show one statement: claim, derivation, and the evidence of the last check in this folder."""
    from checks.library.collect import collect, paper_of, resolve
    from checks.store.results import recall
    from checks.terminal.progress import console
    from checks.terminal.statement import print_statement
    from derivations.letters.abbreviations import abbreviating

    items = collect([id])
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
            print_statement(out, statement, current, users, item.check_command)


@app.command()
def where(
    id: Id,
) -> None:
    """Show the files and lines of one statement: its formula, derivation, readings, models, pictures and tests."""
    from checks.library.collect import collect
    from checks.library.whereabouts import whereabouts

    for item in collect([id]):
        for place in whereabouts(item):
            typer.echo(f"{place.what:<22} {place.file}:{place.line}  {place.name}".rstrip())


@app.command()
def why(
    id: Id,
    seed: Seed = 0,
) -> None:
    """Say why a statement is not verified: the piece that is open, where it is tightest, and what would help."""
    from checks.library.collect import collect, readings_for, resolve
    from checks.new.manuscript.python import NotWritten
    from checks.new.manuscript.writing import bound_in_python
    from checks.studies.why import account
    from checks.terminal.progress import console
    from checks.terminal.why import print_account

    out = console()
    for number, item in enumerate(collect([id])):
        statement = resolve(item)
        if number:
            out.print()
        found = account(statement, seed, readings_for(item))
        lemma = ""
        if found.piece is not None and not found.false:
            with suppress(NotWritten):
                piece = found.piece
                lemma = bound_in_python(f"{statement.slug}-left", piece.lower, piece.upper, piece.domain)
        print_account(out, statement, found, lemma)


@app.command()
def at(
    id: Id,
    point: Annotated[str, typer.Argument(help="A point, such as 'k = 2, phi = 1/2, a = (1, 0)'.")],
) -> None:
    """Evaluate a statement at one point, to 50 digits; exit code 1 if it fails there."""
    from checks.library.collect import collect, resolve
    from checks.studies.at import at_point, parse_point
    from checks.terminal.progress import console
    from checks.terminal.statement import print_at
    from derivations.outcomes.reasons import Stopped
    from derivations.proofs.foreign import foreign_errors

    items = collect([id])
    if len(items) != 1:
        raise UsageError(f"'{id}' names {len(items)} statements; give one id")
    statement = resolve(items[0])
    where = parse_point(point, statement)
    try:
        with foreign_errors():
            seen = at_point(statement, where)
    except (Stopped, ArithmeticError) as error:
        raise UsageError(f"{statement.id} has no value there: {error}") from None
    print_at(console(), statement, where, seen)
    raise typer.Exit(0 if seen.holds else 1)

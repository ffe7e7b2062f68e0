"""`lemmata compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checks.commands.app import app
from checks.commands.parts import completion
from checks.errors import UsageError

if TYPE_CHECKING:
    from checks.compare.comparison import Comparison
    from checks.compare.texfile import Marked, TexFile
    from derivations.letters.notation import Notation

LONGEST_INPUT = 1_000_000
COLOURS = {"equal": "green", "equal up to notation": "green", "different": "red", "undecided": "yellow"}


@app.command()
def compare(
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID TEX | FILE.tex…]",
            help="The id of a statement, or FILE.py:ID, and a formula in LaTeX (- reads it); or .tex files with marks.",
            show_default=False,
            autocompletion=completion.statements,
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", help="Compare the formulas that `% lemmata: ID` marks in this .tex file."),
    ] = None,
    notation: Annotated[Path | None, typer.Option(help="Your letters and macros, a TOML file.")] = None,
    side: Annotated[str, typer.Option(help="lhs or rhs: which side the formula is.")] = "",
    paper: Annotated[
        list[Path] | None, typer.Option(help="A Python file of statements that marks in the .tex file may name.")
    ] = None,
    unmarked: Annotated[bool, typer.Option("--allow-unmarked", help="A file without marks is not an error.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
) -> None:
    """Compare a LaTeX formula with the derived one; exit code 0 if they agree, 1 if not, 2 if it cannot be read."""
    from checks.store.results import dump, ensure_writable, write_atomically
    from derivations.letters.notation import Notation, NotationError, read_notation
    from derivations.tex.names import check_names

    words = given or []
    files = [*(file or []), *(Path(w) for w in words if w.lower().endswith(".tex"))]
    alone = [w for w in words if not w.lower().endswith(".tex")]
    if files and alone:
        raise UsageError("give either a statement and a formula, or .tex files")
    if json is not None:
        ensure_writable(json)
    try:
        letters = read_notation(notation) if notation is not None else Notation()
        check_names(letters, notation)
    except NotationError as error:
        raise UsageError(str(error)) from None
    if side not in ("", "lhs", "rhs"):
        raise UsageError(f"--side {side}: write lhs or rhs")
    failed: list[UsageError] = []
    found = _compare_files(files, letters, paper or [], unmarked, failed) if files else [_one(alone, letters, side)]
    if json is not None and not (failed and not found):
        write_atomically(json, dump({"schema": 1, "comparisons": found, "summary": _summary(found)}))
    if files and found:
        counts = ", ".join(f"{count} {name}" for name, count in _summary(found).items() if count)
        where = f" in {len(files)} files" if len(files) > 1 else ""
        typer.echo(f"{counts} of {len(found)} marked formulas{where}")
    if failed:
        raise failed[-1]
    outcomes = {row["outcome"] for row in found}
    raise typer.Exit(2 if "unreadable" in outcomes else 1 if outcomes & {"different", "undecided"} else 0)


def _summary(found: list[dict[str, Any]]) -> dict[str, int]:
    from checks.compare.comparison import Outcome

    return {o.value: sum(row["outcome"] == o.value for row in found) for o in Outcome}


def _one(words: list[str], notation: Notation, side: str) -> dict[str, Any]:
    from checks.compare.comparison import compare as compared
    from checks.library.collect import collect, paper_of, resolve
    from derivations.tex.source.definitions import definitions

    if len(words) != 2:
        more = " in single quotes, so that the shell leaves it whole" if len(words) > 2 else ""
        raise UsageError(f"give a statement and its formula{more}, as in lemmata compare liu2019.kernel '…', or --file")
    id, tex = words
    items = collect([id])
    if len(items) != 1:
        raise UsageError(f"{id} names {len(items)} statements; a formula is compared with one")
    text = _standard_input() if tex == "-" else tex
    statement, home = resolve(items[0]), paper_of(items[0])
    text, macros = _trimmed(text), definitions(text)
    found = compared(statement, text, abbreviations=home.abbreviations, notation=notation, macros=macros, side=side)
    place = "" if found.at is None else f"column {found.at + 1}: "
    typer.echo(_headline(found.outcome.value, statement.id, ""))
    for line in _details(found, place):
        typer.echo(f"  {line}")
    if found.at is not None:
        for line in _excerpt(text, found.at):
            typer.echo(f"    {line}")
    return _row(found)


def _standard_input() -> str:
    try:
        return sys.stdin.read(LONGEST_INPUT)
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not text in UTF-8: {error.reason}") from None


def _trimmed(text: str) -> str:
    r"""A formula without the dollars or \[ \] around it, every character at its place."""
    bare = text.strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)")):
        if bare.startswith(opening) and bare.endswith(closing) and len(bare) >= len(opening) + len(closing):
            start = text.index(opening)
            end = text.rindex(closing)
            inside = text[start + len(opening) : end]
            if opening not in inside:
                return text[:start] + " " * len(opening) + inside
    return text


def _compare_files(
    paths: list[Path], notation: Notation, papers: list[Path], unmarked: bool, failed: list[UsageError]
) -> list[dict[str, Any]]:
    """The rows of all files; a file that cannot be read is added to `failed`, and the others are compared."""
    from checks.compare.texfile import Unmarked

    for each in papers:
        if not each.is_file():
            raise UsageError(f"--paper {each}: no such file")
    known = {str(p.resolve()): p for p in papers}
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            found += _compare_file(path, notation, known)
        except Unmarked as error:
            if unmarked:
                continue
            failed.append(error)
        except UsageError as error:
            failed.append(error)
    for said in failed[:-1]:  # the last one is raised
        typer.echo(f"lemmata: {said}", err=True)
    return found


def _compare_file(path: Path, notation: Notation, papers: dict[str, Path]) -> list[dict[str, Any]]:
    from checks.compare.texfile import read_tex

    tex = read_tex(path)
    found: list[dict[str, Any]] = []
    for mark in tex.marks:
        comparison = _of_mark(tex, mark, notation, papers)
        at = comparison.at
        line, column = tex.place(at) if at is not None else (mark.line, 0)
        place = f"{path}:{line}:{column}: " if at is not None else ""
        typer.echo(_headline(comparison.outcome.value, comparison.statement, f"{path}:{mark.line}"))
        for text in _details(comparison, place):
            typer.echo(f"  {text}")
        if at is not None:
            for text in _excerpt(tex.text, at):
                typer.echo(f"    {text}")
        more = {"line": line, "column": column} if at is not None else {}
        found.append({**_row(comparison), "file": str(path), "mark": mark.line, **more})
    return found


def _of_mark(tex: TexFile, mark: Marked, notation: Notation, papers: dict[str, Path]) -> Comparison:
    from checks.compare.comparison import Comparison, Outcome
    from checks.compare.comparison import compare as compared
    from checks.library.collect import paper_of, resolve

    if mark.error:
        return Comparison(mark.id, Outcome.UNREADABLE, mark.error, at=mark.error_at)
    try:
        item = _item(mark.id, tex.path, papers)
    except UsageError as error:
        return Comparison(mark.id, Outcome.UNREADABLE, str(error))
    found = compared(
        resolve(item),
        mark.text,
        abbreviations=paper_of(item).abbreviations,
        notation=notation,
        macros=tex.macros(mark.start),
        side=mark.side,
    )
    from dataclasses import replace

    return found if found.at is None else replace(found, at=found.at + mark.start)


def _item(id: str, tex: Path, papers: dict[str, Path]) -> Any:
    """The statement that a mark names; Python files are run only if the user named them."""
    from checks.library.collect import collect

    name, _, slug = id.rpartition(":") if ".py:" in id else ("", "", id)
    if name:
        wanted = [str(p.resolve()) for p in (tex.parent / name, Path(name))]
        chosen = next((papers[w] for w in wanted if w in papers), None)
        if chosen is None:
            raise UsageError(f"{name} is run only if you name it: add --paper {name}")
        files = [chosen]
    else:
        files = list(papers.values())
    items = [i for f in files for i in collect([str(f)]) if slug in (i.id, i.slug) and (name or slug == i.id)]
    if not items and not name:
        if any(ch in slug for ch in "*?[/") or slug.endswith(".py"):
            raise UsageError(f"'{slug}' is not the id of a statement")
        items = collect([slug])
    if len(items) != 1:
        raise UsageError(f"'{id}' names {len(items)} statements; a formula is compared with one")
    return items[0]


def _headline(outcome: str, statement: str, place: str) -> str:
    shown = typer.style(outcome, fg=COLOURS.get(outcome, "magenta"), bold=True)
    return "  ".join(part for part in (place, shown, statement) if part)


def _details(found: Comparison, place: str) -> list[str]:
    lines = [f"read as: {found.understood}"] if found.understood else []
    lines.append(f"{place}{found.how}")
    if found.term:
        lines.append(found.term)
    if found.given:
        where = f"at {found.witness}: " if found.witness else ""
        lines.append(f"{where}the formula has {found.given}, the derivation {found.derived}")
    elif found.witness:
        lines.append(f"at {found.witness}")
    return [*lines, *found.notes]


def _excerpt(text: str, at: int) -> list[str]:
    """The line of a place and a sign below it."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    left, right = max(start, at - 50), min(end, at + 30)
    line = "".join(ch if ch.isprintable() else "?" for ch in text[left:right])
    return [line, " " * (at - left) + "^"]


def _row(found: Comparison) -> dict[str, Any]:
    row = {
        "statement": found.statement,
        "outcome": found.outcome.value,
        "how": found.how,
        "understood": found.understood,
        "notes": list(found.notes),
        "term": found.term,
        "witness": found.witness,
        "given": found.given,
        "derived": found.derived,
    }
    return row if found.at is None else {**row, "at": found.at}

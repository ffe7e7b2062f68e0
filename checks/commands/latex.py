"""`lemmata latex`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from checks.commands.app import app
from checks.commands.parts import completion
from checks.errors import UsageError

if TYPE_CHECKING:
    from checks.library.collect import Item
    from checks.verdicts import Result
    from derivations.letters.notation import Notation


@app.command()
def latex(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(help="Ids, globs or Python files.", show_default=False, autocompletion=completion.patterns),
    ] = None,
    standalone: Annotated[bool, typer.Option("--standalone", help="A document that pdflatex compiles.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The PDF, made by pdflatex or tectonic.")] = False,
    appendix: Annotated[
        bool, typer.Option("--appendix", help="One section per paper: marks, derivations, the table of constants.")
    ] = False,
    preamble: Annotated[
        bool, typer.Option("--preamble", help="Only what a document needs to \\input the rest.")
    ] = False,
    notation: Annotated[Path | None, typer.Option(help="Your letters and macros, a TOML file.")] = None,
    assurance: Annotated[bool, typer.Option("--assurance", help="Mark how strongly each statement is known.")] = False,
    results: Annotated[
        Path | None, typer.Option(help="Take the marks from this JSON report instead of the last check in this folder.")
    ] = None,
    out: Annotated[
        str | None, typer.Option("-o", "--output", help="Write to this file, or one file per statement to a folder/.")
    ] = None,
) -> None:
    """Print statements and their derivations as LaTeX."""
    letters = _letters(notation)
    output = Path(out) if out is not None else None
    if preamble:
        from derivations.latex import preamble as needed

        _out(needed(letters), output)
        return
    if not patterns:
        raise UsageError("name what to print: ids, globs such as 'liu2019.*', or Python files")
    from checks.library.collect import collect
    from derivations.letters.notation import Notation, writing

    folder = output is not None and (output.is_dir() or str(out).endswith("/"))
    if folder and (standalone or pdf or appendix):
        raise UsageError(f"{output} is a folder: --standalone, --pdf and --appendix make one file")
    if pdf:
        from checks.printing.pdf import program

        program()
        output = output or Path(f"{collect(patterns)[0].paper}.pdf")
    _writable(output, folder)
    items = collect(patterns)
    with writing(letters or Notation()):
        marks = _results(results) if assurance or appendix or results is not None else None
        if folder and output is not None:
            _files(items, output, letters, marks)
            return
        parts = _sections(items, marks or {}) if appendix else _parts(items, marks, headings=standalone or pdf)
        if not (standalone or pdf):
            _out("\n".join(parts), output)
            return
        from derivations.latex import document

        text = document(parts, letters)
    if not pdf:
        _out(text, output)
        return
    from checks.printing import pdf as maker
    from checks.store.results import write_bytes

    assert output is not None
    write_bytes(output, maker.pdf(text))
    typer.echo(f"wrote {output}")


def _letters(path: Path | None) -> Notation | None:
    if path is None:
        return None
    from derivations.letters.notation import NotationError, read_notation

    try:
        return read_notation(path)
    except NotationError as error:
        raise UsageError(str(error)) from None


def _results(path: Path | None) -> dict[str, Result]:
    from checks.report.inputs import results_of
    from checks.store.results import recall

    return recall() if path is None else results_of(path)


def _by_paper(items: Sequence[Item]) -> dict[str, tuple[Any, list[Any]]]:
    """The statements of each paper, in their order."""
    from checks.library.collect import paper_of, resolve

    found: dict[str, tuple[Any, list[Any]]] = {}
    for item in items:
        home = paper_of(item)
        found.setdefault(home.key, (home, []))[1].append(resolve(item))
    return found


def _sections(items: Sequence[Item], results: dict[str, Result]) -> list[str]:
    from checks.printing.appendix import appendix

    return [appendix(home, statements, results) for home, statements in _by_paper(items).values()]


def _parts(items: Sequence[Item], results: dict[str, Result] | None, headings: bool) -> list[str]:
    from checks.printing.appendix import mark_of
    from derivations.latex import legend, paper_heading, statement_latex

    parts, used = [], set()
    for home, statements in _by_paper(items).values():
        parts += [paper_heading(home)] if headings else []
        for statement in statements:
            mark = "" if results is None else mark_of(statement, results)
            used.add(mark)
            parts.append(statement_latex(statement, home, mark))
    return [*parts, legend(used)] if headings and results is not None else parts


def _files(items: Sequence[Item], folder: Path, letters: Notation | None, results: dict[str, Result] | None) -> None:
    from checks.store.results import write_atomically
    from derivations.latex import preamble

    write_atomically(folder / "preamble.tex", preamble(letters))
    for item in items:
        (text,) = _parts([item], results, headings=False)
        write_atomically(folder / f"{item.id}.tex", text)
    typer.echo(f"wrote {len(items)} statements and preamble.tex into {folder}")


def _writable(output: Path | None, folder: bool) -> None:
    from checks.store.results import ensure_writable

    if output is not None:
        ensure_writable(output / "preamble.tex" if folder else output)


def _out(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    from checks.store.results import ensure_writable, write_atomically

    ensure_writable(output)
    write_atomically(output, text)

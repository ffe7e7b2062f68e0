"""`lemmata latex`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import app


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

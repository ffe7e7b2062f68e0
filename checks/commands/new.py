"""`lemmata new` and `lemmata read`: starting a paper, from nothing or from its manuscript."""

from __future__ import annotations

import re
import shlex
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checks.commands.app import app

if TYPE_CHECKING:
    from checks.new.manuscript.proposals import Findings


@app.command()
def new(
    key: Annotated[str, typer.Argument(help="The key of the paper, such as smith2026.", show_default=False)],
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    into: Annotated[
        Path | None, typer.Option(help="The folder to make; by default one named like the key.", show_default=False)
    ] = None,
) -> None:
    """Start your own paper: a folder with statements, a torch model, a reading, tests and CI, all passing."""
    from checks.commands.parts.session import run
    from checks.context import Options
    from checks.library.collect import collect
    from checks.lock.lock import recorded, today, write_lock
    from checks.new.folder import make
    from checks.running.work import works_of
    from checks.terminal.progress import console
    from checks.terminal.run import results_table

    folder = into if into is not None else Path(key)
    out = console()
    for path in make(key, title or key, folder):
        out.print(f"wrote {path}", markup=False)
    with chdir(folder):  # what is checked is remembered there
        items = collect([f"{key}.py"])
        done = run(works_of(items), Options(), 1, out)
        write_lock(Path("lemmata.lock"), recorded(None, today(items, done.results, 0), ()))
    out.print(f"wrote {folder / 'lemmata.lock'}", markup=False)
    out.print(results_table(done.results))
    out.print(f"\ncd {shlex.quote(str(folder))}", markup=False)
    out.print(f"lemmata check {key}.py --watch    # and write your own statements into {key}.py", markup=False)


@app.command()
def read(
    manuscript: Annotated[Path, typer.Argument(help="The main .tex file of a paper.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the proposed statements to this Python file.")
    ] = None,
    key: Annotated[str, typer.Option(help="The key of the paper; by default the name of the file.")] = "",
    json: Annotated[Path | None, typer.Option(help="Write what was read, and what was not, to this file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the Python file if it exists.")] = False,
) -> None:
    """List the theorems and displays of a manuscript, and propose statements for those that can be read."""
    from checks.errors import UsageError
    from checks.new.folder import check_key
    from checks.new.manuscript.outline import outline
    from checks.new.manuscript.proposals import proposals
    from checks.new.manuscript.source import source_of
    from checks.new.manuscript.writing import file_of
    from checks.store.results import dump, ensure_writable, write_atomically
    from checks.terminal.progress import console

    name = key or re.sub(r"[^a-z0-9_]+", "_", (output or manuscript).stem.lower()).strip("_") or "paper"
    if key:
        check_key(key)
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists already: name another file, or add --force to replace it")
    for path in (output, json):
        if path is not None:
            ensure_writable(path)
    source = source_of(manuscript)
    found = proposals(source, outline(source))
    out = console()
    for missing in source.missing:
        out.print(f"not found: \\input{{{missing}}}", markup=False)
    _show(out, found)
    if json is not None:
        write_atomically(json, dump(_as_json(found)))
    if output is not None:
        title = re.search(r"\\title\s*(?:\[[^\]]*\])?\s*\{((?:[^{}]|\{[^{}]*\})*)\}", source.text)
        text, left_out = file_of(found, name, title[1] if title else name, manuscript.name)
        write_atomically(output, text)
        for line in left_out:
            out.print(f"not written: {line}", markup=False)
        out.print(f"wrote {output}; check it with: lemmata check {output}", markup=False)
    raise typer.Exit(0 if found.proposals else 1)


def _show(out: object, found: Findings) -> None:
    """Print a line for each statement, definition and unread display, and how many there are."""
    from rich.console import Console
    from rich.table import Table

    from derivations.writing.text import text

    assert isinstance(out, Console)
    table = Table(box=None, pad_edge=False)
    for column in ("where", "what", "as", "read as"):
        table.add_column(column, overflow="fold")
    from rich.text import Text

    for p in found.proposals:
        shown = f"{text(p.lhs)} {'=' if p.kind == 'Identity' else '≤'} {text(p.rhs)}"
        if p.kind == "Gradient":
            shown = f"gradient by {text(p.lhs)}: {text(p.rhs)}"
        table.add_row(*map(Text, (p.place, p.title, f"{p.kind} {p.id}", shown)))
    for d in found.defined:
        table.add_row(*map(Text, (d.place, "", "defines", d.name)))
    for u in found.unread:
        table.add_row(*map(Text, (u.place, u.title, "not read", u.reason)))
    out.print(table)
    out.print(
        f"{len(found.proposals)} statements proposed, {len(found.defined)} definitions, "
        f"{len(found.unread)} formulas not read",
        markup=False,
    )


def _as_json(found: Findings) -> dict[str, object]:
    return {
        "proposals": [
            {
                "id": p.id,
                "title": p.title,
                "place": p.place,
                "kind": p.kind,
                "tex": p.tex.strip(),
                "taken": list(p.taken),
            }
            for p in found.proposals
        ],
        "defined": [{"name": d.name, "place": d.place, "tex": d.tex.strip()} for d in found.defined],
        "unread": [
            {"title": u.title, "place": u.place, "tex": u.tex.strip(), "reason": u.reason} for u in found.unread
        ],
    }

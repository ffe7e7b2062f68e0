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
    from checks.new.manuscript.findings import Findings


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


@app.command()
def annotate(
    manuscript: Annotated[Path, typer.Argument(help="The main .tex file of a paper.", show_default=False)],
    statements: Annotated[
        Path, typer.Argument(help="The Python file of its statements, as `lemmata read` began it.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder of the annotated copy.")] = Path(
        "annotated"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace files there that are no annotated copy.")] = False,
) -> None:
    """Copy a manuscript with the last verdicts of its statements in the margin, and constants in footnotes."""
    from checks.errors import UsageError
    from checks.library.collect import collect, resolve
    from checks.new.manuscript.annotate import STYLE, STYLE_TEXT, annotated, places_of
    from checks.new.manuscript.outline import outline
    from checks.new.manuscript.proposals import proposals
    from checks.new.manuscript.source import source_of
    from checks.store.results import ensure_writable, recall, write_atomically
    from checks.terminal.progress import console
    from checks.terminal.statement import constant_note

    home = manuscript.resolve().parent
    if output.resolve() == home:
        raise UsageError(f"{output} is the folder of the manuscript itself: name another one with -o")
    source = source_of(manuscript)
    blocks = outline(source)
    places = places_of(blocks, {p.id: p.at for p in proposals(source, blocks).proposals})
    known = recall()
    results = {}
    for item in collect([str(statements)]):
        statement = resolve(item)
        last = known.get(statement.id)
        current = last is not None and last.fingerprint == statement.fingerprint
        results[statement.slug] = last if current else None
    notes = {id: constant_note(result) for id, result in results.items() if result is not None}
    texts, marks, lost = annotated(source, places, results, notes)
    out = console()
    copies = {output / path.relative_to(home): text for path, text in texts.items()}
    first = output / source.path.name
    if first.exists() and "{lemmata}" not in first.read_text(encoding="utf-8", errors="replace") and not force:
        raise UsageError(f"{first} exists already and is no annotated copy: name another folder, or add --force")
    for path, text in {output / STYLE: STYLE_TEXT, **copies}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        ensure_writable(path)
        write_atomically(path, text)
    for missing in source.missing:
        out.print(f"not copied, since it was not found beside it: \\input{{{missing}}}", markup=False)
    for mark in marks:
        words = " ".join(filter(None, (mark.verdict, mark.assurance)))
        out.print(f"{mark.place}: {mark.id}: {words}", markup=False)
    for id in lost:
        out.print(f"{id}: no label or display of this name in {manuscript.name}", markup=False)
    unchecked = sum(mark.verdict == "not checked" for mark in marks)
    if unchecked:
        out.print(f"{unchecked} not checked as they are written now: lemmata check {statements}", markup=False)
    out.print(
        f"wrote {output}: {len(texts)} .tex files and {STYLE}; pictures and styles stay where they are", markup=False
    )
    raise typer.Exit(0 if marks else 1)


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
        assumed = [f"{text(s)} {_shown(r)}" for s, r in p.letters.ranges.items()] + [text(w) for w in p.letters.where]
        shown += f"   if {', '.join(assumed)}" if assumed else ""
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


def _shown(values: object) -> str:
    """A range in the terminal, such as ∈ (0, ∞)."""
    from sympy import Interval, Range, oo

    if isinstance(values, Interval):
        ends = ["-∞" if e == -oo else "∞" if e == oo else str(e) for e in (values.start, values.end)]
        opening, closing = "(" if values.left_open else "[", ")" if values.right_open else "]"
        return f"∈ {opening}{ends[0]}, {ends[1]}{closing}"
    if isinstance(values, Range) and values.stop == oo:
        return f"= {values.start}, {values.start + 1}, …"
    names = {"RealMatrices()": "real", "PositiveSemidefinite()": "⪰ 0", "SymmetricMatrices()": "symmetric"}
    return names.get(str(values), f"∈ {values}")


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
                "ranges": {str(s): str(r) for s, r in p.letters.ranges.items()},
                "where": [str(w) for w in p.letters.where],
                "strict": p.strict,
            }
            for p in found.proposals
        ],
        "defined": [{"name": d.name, "place": d.place, "tex": d.tex.strip()} for d in found.defined],
        "unread": [
            {"title": u.title, "place": u.place, "tex": u.tex.strip(), "reason": u.reason} for u in found.unread
        ],
    }

"""`lemmata new`."""

from __future__ import annotations

import shlex
from contextlib import chdir
from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import app


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

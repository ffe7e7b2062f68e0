"""`lemmata cache`: what was found before in this folder, and may be thrown away."""

from __future__ import annotations

import typer

from checks.commands.app import app

cache = typer.Typer(no_args_is_help=True, help="What was found before in this folder: how much it is, or forget it.")
app.add_typer(cache, name="cache")
WORDS = {"evidence": "pieces of evidence", "runs": "whole runs", "made": "sets of files made of them"}


@cache.command()
def info() -> None:
    """Say what is kept for the next run here, and how large it is."""
    from checks.store.shelf import CACHE, Shelf

    if not CACHE.exists():
        typer.echo(f"nothing is kept: there is no {CACHE}")
        return
    for name in Shelf.names(CACHE):
        count, size = Shelf(name, CACHE).size()
        typer.echo(f"{count:>6} {WORDS.get(name, name)}, {size / 1e6:.1f} MB")
    typer.echo(f"in {CACHE.resolve()}, {CACHE.stat().st_size / 1e6:.1f} MB")


@cache.command()
def clear() -> None:
    """Forget it: the next run finds everything again; verdicts, theorems and hypotheses on record stay."""
    from checks.errors import UsageError
    from checks.store.shelf import CACHE, Shelf

    names = Shelf.names(CACHE)
    count = sum(Shelf(name, CACHE).size()[0] for name in names)
    for name in names:
        Shelf(name, CACHE).clear()
    if Shelf.names(CACHE):
        raise UsageError(f"cannot clear {CACHE}: it is read-only, or another run holds it")
    typer.echo(f"forgot {count} entries" if count else "nothing was kept")

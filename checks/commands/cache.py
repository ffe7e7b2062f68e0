"""`lemmata cache`: the results remembered in this folder, which may be deleted."""

from __future__ import annotations

import typer

from checks.commands.app import app

cache = typer.Typer(no_args_is_help=True, help="The results remembered in this folder: size, and deletion.")
app.add_typer(cache, name="cache")
WORDS = {"evidence": "pieces of evidence", "runs": "whole runs", "made": "sets of files made of them"}


@cache.command()
def info() -> None:
    """Show what is remembered for the next run in this folder, and its size."""
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
    """Delete these results: the next run computes all again; recorded verdicts, theorems and hypotheses stay."""
    from checks.errors import UsageError
    from checks.store.shelf import CACHE, Shelf

    names = Shelf.names(CACHE)
    count = sum(Shelf(name, CACHE).size()[0] for name in names)
    for name in names:
        Shelf(name, CACHE).clear()
    if Shelf.names(CACHE):
        raise UsageError(f"cannot clear {CACHE}: it is read-only, or another run holds it")
    typer.echo(f"forgot {count} entries" if count else "nothing was kept")

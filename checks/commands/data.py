"""`lemmata data`: data sets with a name, fetched once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checks.commands.app import app
from checks.errors import UsageError


@app.command()
def data(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The data set: mnist.")],
    to: Annotated[
        Path | None, typer.Option(help="Put the files into this folder; by default into this user's cache.")
    ] = None,
) -> None:
    """Fetch a data set for `--data NAME`, check its files by their published checksums, and say where they are."""
    from numerics.data import DataError, fetch

    try:
        there = fetch(name, to)
    except DataError as error:
        raise UsageError(str(error)) from None
    how = f"--data {name}" if to is None else f"--data {name} --data-dir {there}"
    typer.echo(f"{name} is in {there}: use it with {how}")

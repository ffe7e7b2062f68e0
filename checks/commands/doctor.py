"""`lemmata doctor`: what is installed, which methods can run here, what is missing and how to get it."""

from __future__ import annotations

import typer

from checks.commands.app import app


@app.command()
def doctor() -> None:
    """Show what is installed, which methods can run here, what is missing and how to get it."""
    from checks.commands.parts.installation import examined
    from checks.terminal.progress import console

    out = console()
    found = examined()
    width = max(len(f.name) for f in found)
    for f in found:
        mark, style = ("✓", "green") if f.there else ("–", "yellow")
        out.print(f"{mark} {f.name:<{width}}  {f.said}", style=style, markup=False, highlight=False)
        if f.remedy:
            out.print(f"  {'':<{width}}  {f.remedy}", style="dim", markup=False, highlight=False)
    broken = [f for f in found if f.needed and not f.there]
    raise typer.Exit(1 if broken else 0)

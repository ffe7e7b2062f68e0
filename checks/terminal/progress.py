"""The console, its colours, and bars over statements and steps."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.markup import escape

from checks.verdicts import Result, Verdict

if TYPE_CHECKING:
    pass


COLOURS = {
    "verified": "green",
    "cited": "bright_blue",
    "measured": "cyan",
    "bookkeeping": "blue",
    "definition": "blue",
    "undecided": "yellow",
    "refuted": "bold red",
    "error": "bold magenta",
}


def console() -> Console:
    """Standard output, coloured on a terminal; wide lines are not wrapped elsewhere."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=200)


class _Bar:
    """What is shown while its block runs: a bar, or nothing where `bar` is None."""

    bar: Any = None

    def __enter__(self) -> Self:
        (self.bar or nullcontext()).__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        (self.bar or nullcontext()).__exit__(*details)


class Progress(_Bar):
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self, out: Console, total: int) -> None:
        self.out, self.total, self.done = out, total, 0
        if out.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("checking"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[last]}"),
                console=out,
                transient=True,
            )
            self.task = self.bar.add_task("", total=total, last="")

    def finished(self, result: Result) -> None:
        """Count one result; print bad ones at once."""
        self.done += 1
        seconds = sum(e.seconds for e in result.evidence)
        bad = result.verdict in (Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED)
        if self.bar is not None:
            self.bar.update(self.task, advance=1, last=result.id)
        if self.bar is None or bad:
            colour = COLOURS[result.verdict.value]
            line = f"[{colour}]{result.verdict.value:<9}[/] {escape(result.id):<40} {seconds:6.1f} s"
            self.out.print(f"{self.done:>4}/{self.total} {line}" if self.bar is None else line)


class Steps(_Bar):
    """A bar over the steps of one task on a terminal, silence elsewhere."""

    def __init__(self, out: Console, what: str, total: int) -> None:
        if out.is_terminal and total:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            last = TextColumn("{task.fields[last]}")
            columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), last)
            self.bar = Bar(*columns, console=out, transient=True)
            self.task = self.bar.add_task("", total=total, last="")

    def done(self, last: str) -> None:
        """Count one step."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, last=last)

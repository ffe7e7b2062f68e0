"""What `lemmata check` writes: the report, JUnit, a summary, a badge, pictures, and notes on GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from checks.commands.parts.asked import Asked
    from checks.lock.lock import Change
    from checks.verdicts import Result


@dataclass(frozen=True)
class Outputs:
    """The files to write and the folder of pictures, None for those not asked for.

    `redraw` draws pictures again that were drawn from the same results and are still there.
    """

    json: Path | None
    junit: Path | None
    summary: Path | None
    badge: Path | None
    figures: Path | None
    redraw: bool

    def ensure_writable(self) -> None:
        """Raise UsageError, before anything runs, for a file that cannot be written."""
        from checks.store.results import ensure_writable

        picture = self.figures / "x.png" if self.figures is not None else None
        for path in (self.json, self.junit, self.summary, self.badge, picture):
            if path is not None:
                ensure_writable(path)

    def write_report(self, results: Sequence[Result], seed: int, device: str) -> None:
        """The report of a run that was made before or has ended; one that is made now also writes it as it goes on."""
        from checks.store.results import dump, report, write_atomically

        if self.json is not None:
            write_atomically(self.json, dump(report(results, seed=seed, device=device)))

    def tell(
        self,
        results: Sequence[Result],
        changes: Sequence[Change] | None,
        again: Mapping[tuple[str, str], str],
    ) -> None:
        """Write what others read: JUnit, a summary, a badge. `again` are the commands that show witnesses."""
        from checks.ci import github
        from checks.store.results import write_atomically

        if self.junit is not None:
            from checks.ci.junit import junit

            write_atomically(self.junit, junit(results, changes, again))
        if self.summary is not None or github.runs_here():
            from checks.ci.summary import summary

            text = summary(results, changes, again)
            if self.summary is not None:
                write_atomically(self.summary, text)
            if github.runs_here():
                github.append_summary(text)
        if self.badge is not None:
            from checks.ci.badge import badge

            write_atomically(self.badge, badge(results, sum(c.regression for c in changes or ())))

    def draw(self, out: Console, results: Sequence[Result]) -> None:
        """The papers' pictures; those that were drawn from the same results, and are still there, stay."""
        if self.figures is None:
            return
        from checks.running.cache.made import Made
        from checks.store.results import to_json

        made = Made("figures", self.figures, [to_json(r) for r in results])
        if made.stands() and not self.redraw:
            out.print(f"{len(made.files)} pictures in {self.figures} stand")
            return
        from checks.figures import draw

        drawn = draw(results, self.figures)
        for path in drawn:
            out.print(f"drew {path}")
        made.keep(drawn)


def annotate(asked: Asked, results: Sequence[Result], changes: Sequence[Change] | None, lock: str) -> None:
    """A note at each statement that is not as it should be, where GitHub's actions run this."""
    from checks.ci import github

    if github.runs_here():
        for line in github.notes(asked.items, results, changes or (), lock):
            typer.echo(line)

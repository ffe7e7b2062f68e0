"""Several findings together: results of a check, constants of a paper; sequences that notebooks show as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, overload

from checks.errors import as_input_error
from checks.store.results import dump, ensure_writable, report, summary, write_atomically
from checks.studies.constants import Sharpest
from checks.verdicts import Judged, Result, Verdict

T = TypeVar("T", Result, Sharpest)


@dataclass(frozen=True, repr=False)
class Several(Judged, Sequence[T], Generic[T]):
    """A sequence of findings, by number or by the id of their statement."""

    rows: tuple[T, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, which: int | str) -> T: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[T, ...]: ...
    def __getitem__(self, which: int | str | slice) -> T | tuple[T, ...]:
        if not isinstance(which, str):
            return self.rows[which]
        found = next((row for row in self.rows if which in (_id(row), _id(row).partition(".")[2])), None)
        if found is None:
            raise KeyError(f"{which} is not among these {len(self.rows)}")
        return found


def _id(row: Result | Sharpest) -> str:
    return row.id if isinstance(row, Result) else row.statement


@dataclass(frozen=True, repr=False)
class Results(Several[Result]):
    """The results of a check, in reading order; `left_out` are ids that a quick check passed over."""

    seed: int = 0
    device: str = "cpu"
    left_out: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many results have each verdict, as in the JSON report."""
        return summary(self.rows)

    def having(self, *verdicts: Verdict) -> tuple[Result, ...]:
        """The results with one of these verdicts."""
        return tuple(r for r in self.rows if r.verdict in verdicts)

    def save(self, path: str | Path) -> None:
        """Write the report that `lemmata check --json` writes; raises InputError where the file cannot be written."""
        with as_input_error():
            ensure_writable(Path(path))
            write_atomically(Path(path), dump(report(self.rows, seed=self.seed, device=self.device)))


@dataclass(frozen=True, repr=False)
class Constants(Several[Sharpest]):
    """The sharpest constants of several statements, in reading order."""

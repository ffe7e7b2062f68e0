"""The --json output of other commands, read for the page: results, constants, mutants; all of it is checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from checks.errors import UsageError
from checks.store.results import SCHEMA, from_json
from checks.verdicts import Result

if TYPE_CHECKING:
    from checks.report.theorems import Asked
    from checks.studies.constants import Sharpest
    from checks.studies.mutation import Fates

T = TypeVar("T")


def results_of(path: Path) -> dict[str, Result]:
    """The results of a report that `lemmata check --json` wrote, by id; raises UsageError for another file."""

    def read(data: Any) -> dict[str, Result]:
        if data["schema"] != SCHEMA:
            raise UsageError(f"{path} has schema {data['schema']!r}, this version reads {SCHEMA}: check again")
        return {r.id: r for r in map(from_json, data["statements"])}

    return _read(path, "check", read)


def constants_of(path: Path) -> dict[str, Sharpest]:
    """The table that `lemmata constants --json` wrote, by id; raises UsageError for another file."""
    from checks.studies.constants import Sharpest

    numbers = ("stated_value", "low", "high", "slack")

    def row_of(data: Any) -> Sharpest:
        fields: dict[str, Any] = {k: float(v) if k in numbers else str(v) for k, v in data.items()}
        return Sharpest(**fields)

    def read(data: Any) -> dict[str, Sharpest]:
        return {row.statement: row for table in data.values() for row in map(row_of, table)}

    return _read(path, "constants", read)


def mutants_of(path: Path) -> dict[str, Fates]:
    """The fates that `lemmata mutate --json` wrote, by id; raises UsageError for another file."""
    from checks.studies.mutation import Fate, Fates

    def read(data: Any) -> dict[str, Fates]:
        return {
            str(row["statement"]): Fates(
                str(row["statement"]),
                tuple(Fate(**{k: str(v) for k, v in fate.items()}) for fate in row["fates"]),
                None if row["margin"] is None else float(row["margin"]),
            )
            for row in data
        }

    return _read(path, "mutate", read)


def theorems_of(path: Path) -> dict[str, Asked]:
    """What theorems ask for, that `lemmata theorem --json` wrote, by id; raises UsageError for another file."""
    from checks.report.theorems import asked_of

    def read(data: Any) -> dict[str, Asked]:
        return {str(row["id"]): asked_of(row, str(row["id"]).partition(".")[0]) for row in data["theorems"]}

    return _read(path, "theorem", read)


def _read(path: Path, command: str, read: Callable[[Any], T]) -> T:
    again = f"write it with `lemmata {command} --json FILE`"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a text file in UTF-8; {again}") from None
    try:
        return read(json.loads(text))
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}: is not JSON or was cut off: {error.msg}; {again}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        said = f"{type(error).__name__}: {error}"
        raise UsageError(f"{path} is not what `lemmata {command} --json` writes ({said}); {again}") from None

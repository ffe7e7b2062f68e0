"""Notes for GitHub: annotations on standard output and the summary of a job, where a check runs in its actions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from checks.ci.words import headline
from checks.library.collect import Item
from checks.library.places import place_of, shown
from checks.lock.lock import Change
from checks.verdicts import GOOD, Result

MOST = 50
"""The largest number of annotations: GitHub shows few of them."""


def runs_here(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a job of GitHub's actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def notes(items: Iterable[Item], results: Sequence[Result], changes: Sequence[Change], lock: str) -> list[str]:
    """One line for each bad verdict and each regression, in the syntax that GitHub reads."""
    by_id = {item.id: item for item in items}
    lines = [
        _line("error", by_id.get(r.id), f"lemmata: {r.id}", headline(r), "") for r in results if r.verdict not in GOOD
    ]
    for c in changes:
        if c.regression:
            said = f"{c.what}: was {c.was}, now {c.now}" + (f" ({c.remedy})" if c.remedy else "")
            lines.append(_line("error", by_id.get(c.id), f"lemmata.lock: {c.id}", said, lock))
    if len(lines) > MOST:
        more = f"{len(lines) - MOST + 1} further statements fail: see the summary"
        lines = [*lines[: MOST - 1], _line("error", None, "lemmata", more, "")]
    return lines


def _line(level: str, item: Item | None, title: str, message: str, file: str) -> str:
    place = place_of(item) if item is not None else (shown(Path(file)), 1) if file else None
    where = f"file={_property(place[0])},line={place[1]}," if place else ""
    return f"::{level} {where}title={_property(title)}::{_message(message)}"


def _message(text: str) -> str:
    """GitHub's escapes, so that no text can begin a new command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def append_summary(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Add Markdown to the job's summary; without one, nothing."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(text)
    except OSError:
        return  # a summary that cannot be written fails no check

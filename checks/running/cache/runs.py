"""Earlier runs in this folder, by every file and version that they could depend on.

A run that is found here is told again without loading a single paper.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from checks.context import Options
from checks.store.results import from_json, to_json
from checks.store.shelf import CACHE, Shelf
from checks.store.sources import (
    code_beside,
    data_beside,
    data_of,
    digest_of,
    every_source,
    files_in,
    others_loaded,
    versions,
)
from checks.verdicts import OPEN, Result, Verdict

MOST = 16
"""Runs that are kept."""
CARDS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Past:
    """A run as it was: its results in reading order, how many statements were left out, its device, and when it was."""

    results: tuple[Result, ...]
    left_out: int
    device: str
    when: str


class Runs:
    """The runs that the same command with the same options made."""

    def __init__(self, patterns: Sequence[str], options: Options) -> None:
        self._shelf = Shelf("runs", CACHE)
        files, o = files_in(patterns), options
        told = [list(patterns), files, list(o.methods), o.seed, o.device, data_of(o.data), o.data, o.quick]
        around = [
            every_source(),
            versions(),
            code_beside(files),
            data_beside(files),
            _cards(),
            Shelf("theorems").state(),
        ]
        self._key = hashlib.sha256(json.dumps([told, around]).encode()).hexdigest()

    def find(self) -> Past | None:
        """The run, if nothing has changed; None otherwise."""
        stored = self._shelf.get(self._key)
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            if stored is not None and all(digest_of(Path(f)) == seen for f, seen in stored["files"].items()):
                results = tuple(from_json(r) for r in stored["results"])
                return Past(results, int(stored["left_out"]), str(stored["device"]), str(stored["when"]))
        return None

    def keep(self, results: Sequence[Result], left_out: int, device: str) -> None:
        """Remember a finished run; if a method left a statement undecided, the run is made again."""
        if not results or any(_left_open(r) for r in results):
            return
        entry: dict[str, Any] = {"results": [to_json(r) for r in results], "left_out": left_out, "device": device}
        entry |= {"files": others_loaded(), "when": datetime.now().strftime("%Y-%m-%d %H:%M")}
        self._shelf.put({self._key: entry})
        self._shelf.trim(MOST)


def _left_open(result: Result) -> bool:
    """Whether trying again could decide more; a statement may also be undecided because a method was not requested."""
    tried = [result.verdict is Verdict.ERROR, *(e.verdict in OPEN for e in result.evidence)]
    return result.verdict in OPEN and any(tried)


def _cards() -> list[str]:
    """What distinguishes the graphics cards of machines, without loading torch."""
    found = [os.environ.get("CUDA_VISIBLE_DEVICES", "")]
    if CARDS.is_dir():
        for card in sorted(CARDS.iterdir()):
            with suppress(OSError):
                found += [line for line in (card / "information").read_text().splitlines() if line.startswith("Model")]
    return found

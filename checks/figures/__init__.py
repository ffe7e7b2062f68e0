"""Pictures of a paper's headline results, drawn from the evidence and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from checks.verdicts import Result


def draw(results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw what the results allow into `folder`; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for key in dict.fromkeys(r.paper for r in results):
        if find_spec(f"checks.figures.{key}") is not None:
            mine = {r.id.split(".", 1)[1]: r for r in results if r.paper == key}
            written += import_module(f"checks.figures.{key}").draw(mine, folder)
    return written

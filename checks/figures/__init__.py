"""Pictures of a paper's headline results, drawn only from the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from checks.verdicts import Result

if TYPE_CHECKING:
    from checks.figures.drawing import Maker


def has_pictures(paper: str) -> bool:
    """Whether there are headline pictures of a paper; to know it needs no matplotlib."""
    return paper.isidentifier() and find_spec(f"checks.figures.{paper}") is not None


def makers_of(paper: str) -> Mapping[str, Maker]:
    """The headline pictures of a paper by name; none for a paper that is not in the library."""
    if not has_pictures(paper):
        return {}
    found: Mapping[str, Maker] = getattr(import_module(f"checks.figures.{paper}"), "PICTURES", {})
    return found


def draw(results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw what the results allow into `folder`; the files written."""
    from checks.figures.drawing import save

    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for key in dict.fromkeys(r.paper for r in results):
        mine = {r.id.split(".", 1)[1]: r for r in results if r.paper == key}
        written += save(mine, folder, key, makers_of(key))
    return written

"""What the pictures of every paper share: where their data is, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from checks.verdicts import Result

Maker = Callable[[Mapping[str, Result]], Figure | None]


def evidence_data(results: Mapping[str, Result], slug: str) -> Mapping[str, Any] | None:
    """What a statement's evidence keeps for pictures, None where it was not checked."""
    found = results.get(slug)
    return next((e.data for e in found.evidence if e.data), None) if found else None


def save(results: Mapping[str, Result], folder: Path, key: str, makers: Mapping[str, Maker]) -> list[Path]:
    """Each picture of a paper whose data is there, as `key-name.png`; the files written."""
    written = []
    for name, make in makers.items():
        figure = make(results)
        if figure is not None:
            path = folder / f"{key}-{name}.png"
            FigureCanvasAgg(figure)
            figure.savefig(path, dpi=150)
            written.append(path)
    return written

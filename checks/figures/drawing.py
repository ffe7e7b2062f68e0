"""What all pictures share: where their data is, how they are written, and how a notebook shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from checks.verdicts import Result

Maker = Callable[[Mapping[str, Result]], "Picture | None"]
DPI = 150


class Picture(Figure):
    """A figure that notebooks show without pyplot and its backends."""

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        FigureCanvasAgg(self)
        self.savefig(out, format="png")
        return out.getvalue()


def evidence_data(results: Mapping[str, Result], slug: str) -> Mapping[str, Any] | None:
    """What a statement's evidence keeps for pictures, None where it was not checked."""
    found = results.get(slug)
    return next((e.data for e in found.evidence if e.data), None) if found is not None else None


def save(results: Mapping[str, Result], folder: Path, key: str, makers: Mapping[str, Maker]) -> list[Path]:
    """Write each picture of a paper whose data exists, as `key-name.png`; return the files."""
    written = []
    for name, make in makers.items():
        figure = make(results)
        if figure is not None:
            path = folder / f"{key}-{name}.png"
            FigureCanvasAgg(figure)
            figure.savefig(path, dpi=DPI)
            written.append(path)
    return written

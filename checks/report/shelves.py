"""Papers with their pages, graphs, headline pictures and tables of constants."""

from __future__ import annotations

import struct
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.library.collect import Item, paper_of
from checks.report.captions import caption
from checks.report.graph import Drawing, draw
from checks.report.pages import Page
from checks.report.standings import STANDINGS
from derivations.paper import Paper
from numerics.machine.extras import missing

DRAWN = 400
"""The graph of a paper with more statements is not drawn: nobody could read it."""


@dataclass(frozen=True)
class Figure:
    """A headline picture: its file's name, what it shows, its size in pixels, its bytes."""

    name: str
    caption: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class PaperPages:
    """A paper with its pages; `drawing` is None where there are too many, `problem` says why pictures are missing."""

    paper: Paper
    pages: tuple[Page, ...]
    counts: Mapping[str, int]
    drawing: Drawing | None
    figures: tuple[Figure, ...]
    problem: str = ""

    @property
    def key(self) -> str:
        return self.paper.key

    @property
    def title(self) -> str:
        return self.paper.title or self.paper.key


def shelves_of(items: Sequence[Item], pages: Mapping[str, Page]) -> tuple[PaperPages, ...]:
    """The papers of the items, in their order."""
    by_paper: dict[str, list[Page]] = {}
    for item, page in zip(items, pages.values(), strict=True):
        by_paper.setdefault(item.paper, []).append(page)
    homes = {item.paper: item for item in items}
    return tuple(_shelf(paper_of(homes[key]), mine) for key, mine in by_paper.items())


def counts_of(pages: Iterable[Page]) -> dict[str, int]:
    """How many pages there are of each standing."""
    found = Counter(page.own for page in pages)
    return {name: found[name] for name in STANDINGS}


def _shelf(paper: Paper, pages: Sequence[Page]) -> PaperPages:
    few = len(pages) <= DRAWN
    drawing = draw([page.id for page in pages], {page.id: page.uses for page in pages}) if few else None
    return PaperPages(paper, tuple(pages), counts_of(pages), drawing, *_figures(paper.key, pages))


def _figures(key: str, pages: Sequence[Page]) -> tuple[tuple[Figure, ...], str]:
    """The paper's headline pictures, as far as its results have the data, or why they could not be drawn."""
    from checks.figures import draw as draw_figures
    from checks.figures import has_pictures

    results = [replace(page.facts.result, paper=key) for page in pages if page.facts.result is not None]
    if not results or not has_pictures(key):
        return (), ""
    refused = missing("figures", f"{key}: the page has no pictures of it, and drawing them")
    if refused:
        return (), refused
    with tempfile.TemporaryDirectory() as folder:
        try:
            paths = draw_figures(results, Path(folder))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            # results may come from a file that somebody else wrote
            return (), f"{key}: its pictures cannot be drawn from these results: {type(error).__name__}: {error}"
        return tuple(_figure(path) for path in sorted(paths)), ""


def _figure(path: Path) -> Figure:
    content = path.read_bytes()
    # a PNG begins with 16 bytes that are always the same, then width and height
    width, height = struct.unpack(">II", content[16:24])
    return Figure(path.name, caption(path.stem), width, height, content)

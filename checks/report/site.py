"""The site: pages with all results on statements, rendered in memory first and then written."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checks.library.collect import Item
from checks.report.facts import Known
from checks.report.pages import Page, pages_of
from checks.report.shelves import PaperPages, counts_of, shelves_of
from checks.report.standings import STANDINGS
from checks.report.words import LETTERS, MARKS, WORDS, cut, number, symbols, typeset, visible
from checks.store.files import put
from checks.verdicts import Verdict

HERE = Path(__file__).parent
GRAPHS = 1500
"""The front page of a site with more statements has no graphs, which would make it slow; the papers' pages do."""


@dataclass(frozen=True)
class Written:
    """What was written: the front page, the names of all files, and warnings for the user."""

    index: Path
    names: tuple[str, ...]
    warnings: tuple[str, ...]


def write_site(folder: Path, items: Sequence[Item], known: Known) -> Written:
    """Write the site of these statements into a folder.

    The same statements and results give the same bytes. Raises UsageError for a folder that cannot be written.
    """
    files, warnings = site_files(items, known)
    put(folder, files)
    return Written(folder / "index.html", tuple(files), warnings)


def site_files(items: Sequence[Item], known: Known) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of the site by name, and warnings."""
    pages = pages_of(items, known)
    shelves = shelves_of(items, pages)
    environment = _environment(pages, shelves, known)
    front, paper, statement = map(environment.get_template, ("index.html", "paper.html", "statement.html"))
    text = {"index.html": front.render(root="", here="", top=False, **_front(pages.values(), shelves))}
    for shelf in shelves:
        text[f"papers/{shelf.key}.html"] = paper.render(root="../", here=shelf.key, top=True, shelf=shelf)
        for before, page, after in zip((None, *shelf.pages), shelf.pages, (*shelf.pages[1:], None), strict=False):
            text[f"statements/{page.file}"] = statement.render(
                root="../", here=shelf.key, top=False, shelf=shelf, page=page, before=before, after=after
            )
    files = {name: visible(content).encode() for name, content in text.items()}
    files |= {f"figures/{f.name}": f.content for shelf in shelves for f in shelf.figures}
    return files | _static(), tuple(shelf.problem for shelf in shelves if shelf.problem)


def _front(pages: Iterable[Page], shelves: Sequence[PaperPages]) -> dict[str, Any]:
    pages = list(pages)
    verdicts = Counter(page.verdict or "not checked" for page in pages)
    return {
        "counts": counts_of(pages),
        "verdicts": {v: verdicts[v] for v in (*(v.value for v in Verdict), "not checked")},
        "unsure": sum(page.established != page.own for page in pages),
        "graphs": len(pages) <= GRAPHS and any(shelf.drawing for shelf in shelves),
        "choices": _choices(pages, shelves),
    }


def _choices(pages: Sequence[Page], shelves: Sequence[PaperPages]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The fields of the filter: name, label, and the values that occur, each with its words."""
    kinds = sorted({page.kind for page in pages})
    verdicts = [v for v in (*(v.value for v in Verdict), "") if v in {page.verdict for page in pages}]
    own = [name for name in STANDINGS if name in {page.own for page in pages}]
    return [
        ("paper", "Paper", [(shelf.key, shelf.key) for shelf in shelves]),
        ("kind", "Kind", [(kind, kind) for kind in kinds]),
        ("verdict", "Verdict", [(v or "unchecked", v or "not checked") for v in verdicts]),
        ("assurance", "Assurance", [(name, WORDS[name]) for name in own]),
    ]


def _environment(pages: Mapping[str, Page], shelves: Sequence[PaperPages], known: Known) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    changes: dict[str, list[Any]] = {}
    for change in known.changes:
        changes.setdefault(change.id, []).append(change)
    made.globals |= {"pages": pages, "shelves": shelves, "letters": LETTERS, "words": WORDS, "marks": MARKS}
    made.globals["version"] = version("lemmata")
    made.globals |= {"changes": changes, "all_changes": known.changes, "lock": known.lock}
    made.filters |= {"number": number, "cut": cut, "symbols": symbols, "typeset": typeset}
    made.filters |= {"coordinate": lambda x: f"{x:.1f}".removesuffix(".0")}
    return made


def _static() -> dict[str, bytes]:
    """Style, script and font; the font within its style sheet, since browsers load none from beside a local file."""
    folder = HERE / "static"
    font = base64.b64encode((folder / "math-font.woff2").read_bytes()).decode()
    face = f'@font-face {{ font-family: "Lemmata Math"; src: url(data:font/woff2;base64,{font}) format("woff2"); }}\n'
    found = {f"static/{name}": (folder / name).read_bytes() for name in ("style.css", "page.js", "font-license.txt")}
    return found | {"static/font.css": face.encode()}

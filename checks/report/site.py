"""The site: what is known of statements as pages, rendered in memory first and then written."""

from __future__ import annotations

import base64
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from checks.collect import Item, paper_of, resolve
from checks.errors import UsageError
from checks.report.captions import caption
from checks.report.facts import Facts, Known, facts_of
from checks.report.files import put
from checks.report.graph import STANDINGS, Drawing, draw, established
from checks.verdicts import Verdict
from derivations.statements import Statement

if TYPE_CHECKING:
    from checks.constants import Sharpest

HERE = Path(__file__).parent
LETTERS = dict(zip(STANDINGS, "KESM–✗", strict=True))
WORDS = {name: name for name in STANDINGS} | {"unchecked": "not checked", "none": "not established"}
MARKS = {"verified": "✓", "measured": "≈", "undecided": "?", "refuted": "✗", "error": "!", "unchecked": "–"}
SAFE = re.compile(r"[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+")
_SIGN = {"=": "=", "<=": "≤", ">=": "≥"}


@dataclass(frozen=True)
class Page:
    """One statement among the others: what it is called, what it uses, how strongly it is known."""

    id: str
    command: str
    title: str
    kind: str
    source: str
    verdict: str
    own: str
    established: str
    weakest: str
    uses: tuple[str, ...]
    used_by: tuple[str, ...]
    facts: Facts


@dataclass(frozen=True)
class Figure:
    """A headline picture: its file's name, what it shows, its size in pixels, its bytes."""

    name: str
    caption: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True)
class Shelf:
    """A paper with its pages, its graph, its pictures and its constants."""

    key: str
    title: str
    authors: str
    reference: str
    conventions: Mapping[str, str]
    hypotheses: Mapping[str, str]
    pages: tuple[Page, ...]
    counts: Mapping[str, int]
    drawing: Drawing
    figures: tuple[Figure, ...]
    constants: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Written:
    """What was written: the front page, how many files, and warnings for the user."""

    index: Path
    files: int
    warnings: tuple[str, ...]


def write_site(folder: Path, items: Sequence[Item], known: Known, *, compared: bool = False) -> Written:
    """Write the site of these statements into a folder.

    `compared` says that `known.changes` are all changes against a lock, so that none is worth saying as well. The same
    statements and results give the same bytes. Raises UsageError for a folder that cannot be written.
    """
    files, warnings = site_files(items, known, compared=compared)
    put(folder, files)
    return Written(folder / "index.html", len(files), warnings)


def site_files(
    items: Sequence[Item], known: Known, *, compared: bool = False
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of the site by name, and warnings."""
    pages = _pages(items, known)
    shelves, warnings = _shelves(items, pages, known)
    counts = _counts(pages.values())
    environment = _environment(pages, shelves)
    verdicts = Counter(page.verdict or "not checked" for page in pages.values())
    text = {
        "index.html": environment.get_template("index.html").render(
            root="",
            here="",
            top=False,
            counts=counts,
            verdicts={v: verdicts[v] for v in (*(v.value for v in Verdict), "not checked")},
            unsure=sum(page.established != page.own for page in pages.values()),
            changes=known.changes if compared or known.changes else None,
            choices=_choices(pages.values(), shelves),
        )
    }
    for shelf in shelves:
        text[f"papers/{shelf.key}.html"] = environment.get_template("paper.html").render(
            root="../", here=shelf.key, top=True, paper=shelf
        )
        for n, page in enumerate(shelf.pages):
            around = (shelf.pages[n - 1] if n else None, shelf.pages[n + 1] if n + 1 < len(shelf.pages) else None)
            text[f"statements/{page.id}.html"] = environment.get_template("statement.html").render(
                root="../",
                here=shelf.key,
                top=False,
                paper=shelf,
                page=page,
                facts=page.facts,
                described=page.facts.statement.domain.describe(),
                constant=_constant(page.facts),
                before=around[0],
                after=around[1],
                **_rocq(page.facts),
                proofs=(proofs := _proofs(page.facts)),
                shown_below={"; ".join(map(str.strip, lines)) for _, lines in proofs},
            )
    files = {name: content.encode() for name, content in text.items()}
    files |= {f"figures/{f.name}": f.content for shelf in shelves for f in shelf.figures}
    return files | _static(), warnings


def _pages(items: Sequence[Item], known: Known) -> dict[str, Page]:
    statements = {s.id: s for s in map(resolve, items)}
    for id in statements:
        if not SAFE.fullmatch(id):
            raise UsageError(f"{id}: no page can have this name; give the statement no `paper` of its own")
    facts = dict(zip(statements, (facts_of(item, known) for item in items), strict=True))
    around = dict(statements)
    for item in items:
        around |= {s.id: s for s in paper_of(item).statements if s.id not in around}
    # what is on no page of this report still decides how well established those are that rest on it
    uses = {id: tuple(s.rests_on) for id, s in _reached(statements, around).items()}
    own = {id: known.standing(around[id]) for id in uses}
    firm = established(own, uses)
    return {
        id: Page(
            id,
            facts[id].file or id,
            facts[id].title,
            s.kind,
            s.source,
            found.verdict.value if (found := known.of(s)) is not None else "",
            own[id],
            *firm[id],
            uses[id],
            tuple(other for other in statements if id in uses[other]),
            facts[id],
        )
        for id, s in statements.items()
    }


def _reached(start: Mapping[str, Statement], among: Mapping[str, Statement]) -> dict[str, Statement]:
    """The statements and all that they rest on, as far as it is among those given."""
    found, waiting = {}, list(start)
    while waiting:
        id = waiting.pop()
        if id in among and id not in found:
            found[id] = among[id]
            waiting += among[id].rests_on
    return found


def _shelves(
    items: Sequence[Item], pages: Mapping[str, Page], known: Known
) -> tuple[tuple[Shelf, ...], tuple[str, ...]]:
    by_paper: dict[str, list[Page]] = {}
    for item, page in zip(items, pages.values(), strict=True):
        by_paper.setdefault(item.paper, []).append(page)
    homes = {item.paper: paper_of(item) for item in items}
    shelves, warnings = [], []
    for key, mine in by_paper.items():
        home = homes[key]
        figures, problem = _figures(key, mine)
        warnings += [problem] if problem else []
        rows = {page.id: row for page in mine if (row := _constant_row(page.facts))}
        shelves.append(
            Shelf(
                key,
                home.title or key,
                home.authors,
                home.reference,
                home.conventions,
                home.hypotheses,
                tuple(mine),
                _counts(mine),
                draw([page.id for page in mine], {page.id: page.uses for page in mine}),
                figures,
                rows,
            )
        )
    return tuple(shelves), tuple(warnings)


def _counts(pages: Iterable[Page]) -> dict[str, int]:
    found = Counter(page.own for page in pages)
    return {name: found[name] for name in STANDINGS}


def _figures(key: str, pages: Sequence[Page]) -> tuple[tuple[Figure, ...], str]:
    """The paper's headline pictures, as far as its results have the data, or why they could not be drawn."""
    from checks.figures import draw as draw_figures

    results = [replace(page.facts.result, paper=key) for page in pages if page.facts.result is not None]
    with tempfile.TemporaryDirectory() as folder:
        try:
            paths = draw_figures(results, Path(folder))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            # results may come from a file that somebody else wrote
            return (), f"{key}: its pictures cannot be drawn from these results: {type(error).__name__}: {error}"
        return tuple(_figure(path) for path in sorted(paths)), ""


def _figure(path: Path) -> Figure:
    from PIL import Image

    with Image.open(path) as image:
        width, height = image.size
    return Figure(path.name, caption(path.stem), width, height, path.read_bytes())


def _constant(facts: Facts) -> dict[str, str]:
    """What is known of a statement's constant, row by row: by `lemmata constants`, else from the evidence."""
    found = facts.sharpest
    if found is None:
        return dict(facts.constants)
    return {
        "constant": found.what,
        "printed": found.printed,
        "stated": found.stated,
        "best possible": _best(found),
        "known": found.known,
        "attained at": found.at,
        "slack": _slack(found.slack),
    }


def _constant_row(facts: Facts) -> dict[str, str]:
    """The same in one line, for the table of a paper."""
    found = facts.sharpest
    if found is not None:
        at = f" at {found.at}" if found.at else ""
        best = f"{_best(found)}, {found.known}{at}"
        return {"printed": found.printed, "stated": found.stated, "best": best, "slack": _slack(found.slack)}
    names = {"printed": "printed", "stated": "stated", "best": "sharpest", "slack": "slack"}
    return {name: facts.constants.get(old, "") for name, old in names.items()} if facts.constants else {}


def _best(found: Sharpest) -> str:
    if found.digits:
        return found.digits
    one = found.known in ("exact", "approached")
    return f"{found.stated_value:.9g}" if one else f"[{found.low:.9g}, {found.high:.9g}]"


def _slack(slack: float) -> str:
    return f"{slack:.3%}" if slack >= 5e-6 else "0"


def _rocq(facts: Facts) -> dict[str, Any]:
    """The theorem that the kernel accepted, remarks on its words, the source, or why there is none."""
    data = next((e.data for e in facts.result.evidence if e.method == "rocq"), {}) if facts.result else {}
    record = facts.record
    accepted = record is not None and record.outcome is not None and record.outcome.accepted
    theorem = str(data.get("theorem", "")) or (record.proposition if record is not None and accepted else "")
    problem = ""
    if record is not None and not theorem:
        message = record.outcome.message if record.outcome is not None else ""
        problem = record.wrong or record.problem or message or "It was written, but not yet put to coqc."
    return {
        "theorem": theorem,
        "remarks": _lines(data.get("remarks")),
        "rocq": record.text if record is not None else "",
        "problem": problem,
    }


def _proofs(facts: Facts) -> list[tuple[str, list[str]]]:
    """The lines with which methods say why a statement holds."""
    if facts.result is None:
        return []
    return [(e.method, found) for e in facts.result.evidence if (found := _lines(e.data.get("proof")))]


def _lines(value: Any) -> list[str]:
    return [str(line) for line in value] if isinstance(value, list | tuple) else []


def _choices(pages: Iterable[Page], shelves: Sequence[Shelf]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The fields of the filter: name, label, and the values that occur, each with its words."""
    pages = list(pages)
    kinds = sorted({page.kind for page in pages})
    verdicts = [v for v in (*(v.value for v in Verdict), "") if v in {page.verdict for page in pages}]
    own = [name for name in STANDINGS if name in {page.own for page in pages}]
    return [
        ("paper", "Paper", [(shelf.key, shelf.key) for shelf in shelves]),
        ("kind", "Kind", [(kind, kind) for kind in kinds]),
        ("verdict", "Verdict", [(v or "unchecked", v or "not checked") for v in verdicts]),
        ("assurance", "Assurance", [(name, WORDS[name]) for name in own]),
    ]


def _environment(pages: Mapping[str, Page], shelves: Sequence[Shelf]) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"pages": pages, "papers": shelves, "letters": LETTERS, "words": WORDS, "marks": MARKS}
    made.filters |= {"number": number, "coordinate": lambda x: f"{x:.1f}".removesuffix(".0")}
    return made


def number(x: float | None) -> Markup:
    """A number of two digits, with a raised exponent where it is very small or large; a dash for none."""
    if x is None:
        return Markup("–")
    if x == 0:
        return Markup("0")
    if 1e-3 <= abs(x) < 1e4:
        return Markup("{}").format(f"{x:.3g}")
    mantissa, e, exponent = f"{x:.1e}".partition("e")
    if not e:
        return Markup("{}").format(mantissa)
    return Markup("{} × 10<sup>{}</sup>").format(mantissa, str(int(exponent)).replace("-", "−"))


def _static() -> dict[str, bytes]:
    """Style, script and font; the font within its style sheet, since browsers load none from beside a local file."""
    folder = HERE / "static"
    font = base64.b64encode((folder / "math-font.woff2").read_bytes()).decode()
    face = f'@font-face {{ font-family: "Lemmata Math"; src: url(data:font/woff2;base64,{font}) format("woff2"); }}\n'
    found = {f"static/{name}": (folder / name).read_bytes() for name in ("style.css", "page.js", "font-license.txt")}
    return found | {"static/font.css": face.encode()}

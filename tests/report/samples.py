"""Hostile words, evidence with them, and what looks at the pages made of them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from checks.library.collect import Item, resolve
from checks.verdicts import Evidence, Result, Verdict, judge

HOSTILE = "<script>window.pwned = true</script>"
FILE = """
from sympy import Rational, Symbol
from derivations import Bound, Identity, Paper

x = Symbol("x", real=True)
bad = Symbol(r"<img src=x onerror='window.pwned=true'>\\href{javascript:pwned}{y}", real=True)
paper = Paper(
    "hostile",
    title="A paper </title><script>window.pwned = true</script>",
    statements=(
        Identity("first", (x + 1) ** 2, x**2 + 2 * x + 1, title="<script>window.pwned = true</script>",
                 source="p. 1 \\"'><b onmouseover='window.pwned=true'>&amp;</script>"),
        Identity("second", bad + bad, 2 * bad, uses=("first", "elsewhere.lemma")),
        Bound("third", x * (1 - x), Rational(1, 4), on={x: (0, 1)}, sharp_at={x: Rational(1, 2)}, uses=("second",)),
        Identity("lonely", x + x, 2 * x),
    ),
)
"""


def result_of(item: Item, *evidence: Evidence) -> Result:
    s = resolve(item)
    return Result(s.id, item.paper, s.kind, s.source, s.fingerprint, evidence, *judge(evidence))


def evidence_for(item: Item) -> tuple[Evidence, ...]:
    """An exact and an empirical key, with hostile words."""
    data: dict[str, Any] = {"proof": [f"because {HOSTILE}"]}
    return (
        Evidence("symbolic", Verdict.VERIFIED, f"seen </td>{HOSTILE}", data=data, seconds=0.5),
        Evidence("precision", Verdict.VERIFIED, "36 points", 2.5e-51, 1e-35, witness=f"x = 1 {HOSTILE}", seed=0),
    )


class Tags(HTMLParser):
    """The elements of a page with their attributes, to see that nothing from outside became one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "br", "img", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


class Visit:
    """A page in a fresh window, with all that its console says."""

    def __init__(self, browser: Any, site: Path, **options: Any) -> None:
        self.said: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("requestfailed", lambda r: self.said.append(r.url))
        self.root = site.as_uri()

    def go(self, path: str) -> Any:
        self.page.goto(f"{self.root}/{path}")
        return self.page

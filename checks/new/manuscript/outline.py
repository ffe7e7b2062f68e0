"""The theorems and displays of a manuscript in their order, with the numbers that LaTeX gives them and their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.compare.texfile import Span, formula_spans
from checks.new.manuscript.source import Source

STANDARD = {
    "theorem": "Theorem",
    "lemma": "Lemma",
    "proposition": "Proposition",
    "corollary": "Corollary",
    "claim": "Claim",
    "fact": "Fact",
    "assumption": "Assumption",
    "definition": "Definition",
    "remark": "Remark",
    "conjecture": "Conjecture",
}
"""Environments that classes define without a \\newtheorem in the source."""
NO_CLAIMS = ("definition", "assumption", "remark", "example", "notation", "condition", "note", "question", "problem")
"""Environments that fix notation and assumptions and claim nothing to check."""
_NEW = re.compile(r"\\newtheorem(\*?)\s*\{([^{}]+)\}\s*(?:\[([^\]]*)\])?\s*\{([^{}]*)\}\s*(?:\[([^\]]*)\])?")
_WITHIN = re.compile(r"\\(?:numberwithin|counterwithin)\s*\{equation\}\s*\{(\w+)\}")
_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")
_SILENT = re.compile(r"\\(?:nonumber|notag)(?![A-Za-z])")
_BREAK = re.compile(r"(?<!\\)\\\\(?:\s*\[[^\]]*\])?(?=\s*&?\s*(?:[=<>+\-&]|\\(?:q?quad|[,;:!])|\\(?:leq?|geq?)))")
_GOES_ON = re.compile(
    r"(?:\s|&|\\q?quad(?![A-Za-z])|\\[,;:! ]|\\label\s*\{[^{}]*\})*"
    r"(?:[=<>+\-]|\\(?:leq?|geq?|leqslant|geqslant|lesssim|approx|equiv|times|cdot|coloneqq|stackrel|overset|underset)(?![A-Za-z]))"
)
_NUMBERED = ("equation", "align", "alignat", "flalign", "gather", "multline", "dmath", "eqnarray")
_BY_ROWS = ("align", "alignat", "flalign", "gather", "eqnarray")


@dataclass(frozen=True)
class Kind:
    """A kind of theorem: what it is called, the counter it shares, the section that resets it, whether it counts."""

    title: str
    counter: str
    within: str = ""
    numbered: bool = True


@dataclass(frozen=True)
class Display:
    """A row of a displayed formula: its place, its text, its number and label, which may be empty."""

    at: int
    text: str
    number: str = ""
    label: str = ""
    error: str = ""


@dataclass(frozen=True)
class Block:
    """A theorem-like environment, or the text between two of them, with its displays.

    `name` is the environment's, "proof" or "" for running text; `title` is as printed, such as "Lemma 3.2".
    """

    name: str
    title: str
    label: str
    note: str
    at: int
    text: str
    displays: tuple[Display, ...] = ()


@dataclass
class _Counters:
    """The counters of LaTeX as far as numbers of theorems and equations need them."""

    kinds: dict[str, Kind]
    equation_within: str = ""
    values: dict[str, int] = field(default_factory=dict)
    appendix: bool = False

    def section(self, level: str) -> None:
        below = {"chapter": ("section", "subsection"), "section": ("subsection",), "subsection": ()}[level]
        self.values[level] = self.values.get(level, 0) + 1
        for name in below:
            self.values[name] = 0
        reset = {level, *below}
        for kind in self.kinds.values():
            if kind.within in reset:
                self.values[kind.counter] = 0
        if self.equation_within in reset:
            self.values["equation"] = 0

    def prefix(self, within: str) -> str:
        order = ("chapter", "section", "subsection")
        if within not in order:
            return ""
        used = [n for n in order[: order.index(within) + 1] if n == within or self.values.get(n)]
        shown = [str(self.values.get(n, 0)) for n in used]
        if self.appendix and shown:
            shown[0] = chr(ord("A") + max(self.values.get(used[0], 1), 1) - 1)
        return "".join(f"{n}." for n in shown)

    def next(self, counter: str, within: str) -> str:
        self.values[counter] = self.values.get(counter, 0) + 1
        return f"{self.prefix(within)}{self.values[counter]}"


def outline(source: Source) -> tuple[Block, ...]:
    """List what a manuscript says, in its order.

    Args:
        source: The manuscript.

    Returns:
        Theorem-like environments, proofs and the text between them; each has its displays, row by row where rows
        have numbers of their own.
    """
    text = source.text
    kinds = _kinds(text)
    within = _WITHIN.search(text)
    counters = _Counters(kinds, within[1] if within else "")
    body = text.find(r"\begin{document}")
    begin = body + len(r"\begin{document}") if body >= 0 else 0
    end = text.find(r"\end{document}", begin)
    end = len(text) if end < 0 else end
    names = "|".join(map(re.escape, sorted({*kinds, "proof"}, key=len, reverse=True)))
    step = re.compile(
        rf"\\(chapter|section|subsection)(\*?)\s*[\[{{]|\\appendix(?![A-Za-z])|\\(begin|end)\s*\{{({names})(\*?)\}}"
    )
    spans = [s for s in formula_spans(text) if begin <= s.opening < end and _is_display(text, s)]
    blocks: list[Block] = []
    at, open_ = begin, None
    for found in step.finditer(text, begin, end):
        if found[1] or found[0].startswith(r"\appendix"):
            if open_ is None:
                blocks.append(_running(text, at, found.start(), spans, counters))
                at = found.start()
            if found[1] and not found[2]:
                counters.section(found[1])
            elif not found[1]:
                counters.appendix = True
                counters.values.update(section=0, chapter=0)
        elif found[3] == "begin" and open_ is None:
            blocks.append(_running(text, at, found.start(), spans, counters))
            open_ = (found[4], found[5], found.start(), found.end())
        elif found[3] == "end" and open_ is not None and open_[0] == found[4]:
            blocks.append(_environment(text, open_, found.start(), spans, counters))
            at, open_ = found.end(), None
    if open_ is None:
        blocks.append(_running(text, at, end, spans, counters))
    else:  # an environment that is not closed goes on to the end
        blocks.append(_environment(text, open_, end, spans, counters))
    return tuple(b for b in blocks if b.name or b.displays or b.text.strip())


def _kinds(text: str) -> dict[str, Kind]:
    kinds = {name: Kind(title, name) for name, title in STANDARD.items()}
    for star, name, shared, title, within in _NEW.findall(text):
        first = kinds.get(shared)
        counter = first.counter if first else name
        kinds[name] = Kind(title, counter, within or (first.within if first else ""), not star)
    return kinds


def _is_display(text: str, span: Span) -> bool:
    opening = text[span.opening : span.start]
    return opening.startswith((r"\[", "$$", r"\begin")) and "{math}" not in opening


def _environment(
    text: str, opened: tuple[str, str, int, int], end: int, spans: list[Span], counters: _Counters
) -> Block:
    name, star, begin, start = opened
    kind = counters.kinds.get(name, Kind("Proof", name, numbered=False))
    note = ""
    if (bracket := re.compile(r"\s*\[((?:[^\[\]]|\[[^\]]*\])*)\]").match(text, start, end)) is not None:
        note, start = bracket[1].strip(), bracket.end()
    number = counters.next(kind.counter, kind.within) if kind.numbered and not star else ""
    displays = tuple(_displays(text, start, end, spans, counters))
    inner = {d.label for d in displays}
    label = next((m[1] for m in _LABEL.finditer(text, start, end) if m[1] not in inner), "")
    return Block(name, f"{kind.title} {number}".strip(), label, note, begin, text[start:end], displays)


def _running(text: str, begin: int, end: int, spans: list[Span], counters: _Counters) -> Block:
    return Block("", "", "", "", begin, text[begin:end], tuple(_displays(text, begin, end, spans, counters)))


def _displays(text: str, begin: int, end: int, spans: list[Span], counters: _Counters) -> Iterator[Display]:
    for span in spans:
        if not begin <= span.opening < end:
            continue
        opening = text[span.opening : span.start]
        named = re.match(r"\\begin\s*\{(\w+)(\*?)\}", opening)
        name, star = (named[1], named[2]) if named else ("", "*")
        numbered = name in _NUMBERED and not star
        start = span.start
        if name in ("alignat", "aligned", "gathered") and (
            extra := re.compile(r"\s*(\{[^{}]*\}|\[[^\]]*\])").match(text, start)
        ):
            start = extra.end()
        rows = list(_joined(text, _rows(text, start, span.end))) if name in _BY_ROWS else [(start, span.end)]
        for row_start, row_end in rows:
            row = text[row_start:row_end]
            tag = _TAG.search(row)
            number = tag[1] if tag else ""
            if numbered and not tag and not _SILENT.search(row):
                number = counters.next("equation", counters.equation_within)
            label = _LABEL.search(row)
            yield Display(row_start, _bare(row), number, label[1] if label else "", span.error)


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The rows of an environment, those of environments within it left whole."""
    depth, at = 0, start
    for found in re.compile(r"\\\\(?:\s*\[[^\]]*\])?|\\(begin|end)\s*\{|\\.|[{}]", re.DOTALL).finditer(
        text, start, end
    ):
        if found[0] == "{" or found[1] == "begin":
            depth += 1 if found[0] == "{" else 2
        elif found[0] == "}" or found[1] == "end":
            depth -= 1 if found[0] == "}" else 0
        if found[1]:
            continue
        if found[0].startswith(r"\\") and depth == 0:
            if text[at : found.start()].strip():
                yield at, found.start()
            at = found.end()
    if text[at:end].strip():
        yield at, end


def _joined(text: str, rows: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Rows with those that go on with them: a row that begins with a relation or a sign is no formula of its own."""
    before: tuple[int, int] | None = None
    for start, end in rows:
        if before is not None and _GOES_ON.match(text, start, end):
            before = (before[0], end)
            continue
        if before is not None:
            yield before
        before = (start, end)
    if before is not None:
        yield before


def _bare(row: str) -> str:
    """A row without its label, tag, \\nonumber and breaks of lines, every other character at its place."""
    for pattern in (_LABEL, _TAG, _SILENT, _BREAK):
        row = pattern.sub(lambda m: " " * len(m[0]), row)
    return row

"""Marks of assurance in the margin of a manuscript: a copy of its sources with the verdict at each claim."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.compare.texfile import Span, formula_spans, read_text, without_comments
from checks.errors import UsageError
from checks.new.manuscript.outline import Block
from checks.new.manuscript.proposals import id_of
from checks.new.manuscript.source import Source
from checks.verdicts import Result, Verdict
from derivations.latex import escape

STYLE = "lemmata.sty"
STYLE_TEXT = r"""% Marks that `lemmata annotate` sets: \lemmatamark{verdict}{assurance}{note} in the margin, and
% \lemmatahere{verdict}{assurance}{note} where there is none; the note may be empty.
\NeedsTeXFormat{LaTeX2e}
\ProvidesPackage{lemmata}[2026/11/30 marks of checked statements]
\RequirePackage{xcolor}
\definecolor{lemmataverified}{HTML}{1A7F37}
\definecolor{lemmatameasured}{HTML}{0969DA}
\definecolor{lemmatacited}{HTML}{8250DF}
\definecolor{lemmataundecided}{HTML}{9A6700}
\definecolor{lemmatarefuted}{HTML}{CF222E}
\newcommand{\lemmatacolour}[1]{%
  \ifcsname\string\color@lemmata#1\endcsname lemmata#1\else lemmataundecided\fi}
\newcommand{\lemmatanote}[2]{\begingroup\renewcommand{\thefootnote}{\textcolor{#1}{$\ast$}}%
  \footnote{\textcolor{#1}{#2}}\addtocounter{footnote}{-1}\endgroup}
\newcommand{\lemmatahere}[3]{{\scriptsize\textcolor{\lemmatacolour{#1}}{%
  [#1\if\relax\detokenize{#2}\relax\else, #2\fi\if\relax\detokenize{#3}\relax\else: #3\fi]}}}
% a narrow margin, as in two columns, has no room for words
\newcommand{\lemmatamark}[3]{%
  \ifdim\marginparwidth<40pt\relax\lemmatahere{#1}{#2}{#3}\else
  \ifinner\lemmatahere{#1}{#2}{#3}\else
  \marginpar{\raggedright\scriptsize\textcolor{\lemmatacolour{#1}}{#1\if\relax\detokenize{#2}\relax\else\\#2\fi}}%
  \if\relax\detokenize{#3}\relax\else\lemmatanote{\lemmatacolour{#1}}{#3}\fi\fi\fi}
\endinput
"""
_BEGIN = re.compile(r"[ \t]*\\begin\s*\{document\}")
_PACKAGE = re.compile(r"\\usepackage\s*(?:\[[^\]]*\])?\s*\{(?:[^{}]*,)?\s*lemmata\s*(?:,[^{}]*)?\}")
_BOX = re.compile(r"\\(begin|end)\s*\{(?:figure|table|minipage|tabular|tabularx|longtable|wrapfigure|tcolorbox)\*?\}")
_BOXED = re.compile(r"\\(?:footnote|footnotetext|caption|parbox|mbox|fbox|thanks)\s*(?:\[[^\]]*\]\s*)?\{")
DISPLAY = ("$$", r"\[", r"\begin")
"""How a displayed formula begins."""
_POWER = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)[eE]([+-]?\d+)(?!\w)")


@dataclass(frozen=True)
class Mark:
    """What is set beside a claim.

    Args:
        id: The statement.
        place: The file and line of the claim.
        verdict: Its verdict, or "not checked".
        assurance: How strong it is; "" without a verdict that is good.
        note: A witness or the sharpest constant, in words; may be empty.
        boxed: Whether the claim stands where there is no margin, such as in a footnote.
    """

    id: str
    place: str
    verdict: str
    assurance: str = ""
    note: str = ""
    boxed: bool = False

    @property
    def latex(self) -> str:
        """The command that sets it."""
        note = escape(_POWER.sub(lambda m: f"{m[1]}·10^{{{int(m[2])}}}", self.note))
        command = "lemmatahere" if self.boxed else "lemmatamark"
        return rf"\{command}{{{self.verdict}}}{{{escape(self.assurance)}}}{{{note}}}"


def annotated(
    source: Source, places: Mapping[str, int], results: Mapping[str, Result | None], notes: Mapping[str, str]
) -> tuple[dict[Path, str], list[Mark], list[str]]:
    """Set marks into the files of a manuscript.

    Args:
        source: The manuscript.
        places: Where the claim of each statement begins in the whole text, by the statement's id in its paper.
        results: What was found of each statement; None for one that was not checked as it is written now.
        notes: What is said in a footnote, by the statement's id in its paper.

    Returns:
        The new text of each file, the marks in their order, and the ids of statements without a place.

    Raises:
        UsageError: The main file has no \\begin{document}.
    """
    spans = formula_spans(source.text)
    found: list[tuple[int, int, Mark]] = []
    for id, result in results.items():
        if id in places:
            at = places[id]
            mark = _mark(id, source.place(at), result, notes.get(id, ""))
            found.append((at, _beside(source.text, spans, at), replace(mark, boxed=_is_boxed(source.text, at))))
    found.sort(key=lambda one: one[:2])
    together = Counter(beside for _, beside, _ in found)
    inserted: dict[Path, dict[tuple[int, str], None]] = {piece.path: {} for piece in source.pieces}
    for _, beside, mark in found:
        # of several claims in one display each has its name
        named = replace(mark, assurance=f"{mark.assurance} {mark.id}".strip()) if together[beside] > 1 else mark
        path, offset = _in_file(source, beside)
        inserted[path][offset, named.latex] = None
    main = source.path.resolve()
    texts = {path: read_text(path) for path in inserted}
    code, _ = without_comments(texts[main])
    begin = _BEGIN.search(code)
    if begin is None:
        raise UsageError(rf"{source.path} has no \begin{{document}}: name the main file of the manuscript")
    if not _PACKAGE.search(code):
        inserted[main][begin.start(), "\\usepackage{lemmata}\n"] = None
    for path, own in inserted.items():
        parts, at = [], 0
        for offset, text in sorted(own, key=lambda one: one[0]):
            parts += [texts[path][at:offset], text]
            at = offset
        texts[path] = "".join((*parts, texts[path][at:]))
    return texts, [mark for _, _, mark in found], [id for id in results if id not in places]


def places_of(blocks: Sequence[Block], proposed: Mapping[str, int]) -> dict[str, int]:
    """Where claims begin, by the ids that `lemmata read` gives them: those proposed, and whatever has a label.

    Args:
        blocks: The outline of the manuscript.
        proposed: The places of the statements that were proposed.

    Returns:
        The place of each id in the whole text.
    """
    labelled: dict[str, int] = {}
    for block in blocks:
        if block.label and block.displays:
            labelled.setdefault(id_of(block.label), block.displays[0].at)
        for display in block.displays:
            if display.label:
                labelled[id_of(display.label)] = display.at
    return {**labelled, **proposed}


def _beside(text: str, spans: Sequence[Span], at: int) -> int:
    """Where the mark of a formula stands: behind the text before a display, where it takes no line; else behind it."""
    span = next((s for s in spans if s.opening <= at < s.closing), None)
    if span is None:
        return at
    if text.startswith(DISPLAY, span.opening):
        before = text[: span.opening].rstrip()
        after_text = not any(s.closing == len(before) and text.startswith(DISPLAY, s.opening) for s in spans)
        return len(before) if after_text and text.count("\n", len(before), span.opening) < 2 else span.opening
    return span.closing


def _is_boxed(text: str, at: int) -> bool:
    """Whether a place is inside of a box, which has no margin: a float, a table, or an argument such as a footnote."""
    depth = 0
    for found in _BOX.finditer(text, 0, at):
        depth += 1 if found[1] == "begin" else -1
    if depth > 0:
        return True
    opened = [found.end() for found in _BOXED.finditer(text, 0, at)]
    return any(_open(text[start:at]) for start in opened[-3:])


def _open(text: str) -> bool:
    """Whether a brace that was opened before a text is still open at its end."""
    depth = 1
    for found in re.finditer(r"(?<!\\)[{}]", text):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return False
    return True


def _in_file(source: Source, at: int) -> tuple[Path, int]:
    piece = source.pieces[max(bisect_right([p.at for p in source.pieces], at - 1) - 1, 0)]
    return piece.path, piece.start + at - piece.at


def _mark(id: str, place: str, result: Result | None, note: str) -> Mark:
    if result is None:
        return Mark(id, place, "not checked")
    good = result.verdict in (Verdict.VERIFIED, Verdict.CITED)
    assurance = result.assurance.value if good else ""
    witness = next((e.witness for e in result.evidence if e.verdict is Verdict.REFUTED and e.witness), "")
    if result.verdict is Verdict.REFUTED and witness:
        note = f"fails at {witness}"
    return Mark(id, place, result.verdict.value, assurance, note)

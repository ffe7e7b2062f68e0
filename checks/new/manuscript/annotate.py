"""Marks of assurance in the margin of a manuscript: a copy of its sources with the verdict at each claim."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.compare.texfile import read_text
from checks.errors import UsageError
from checks.new.manuscript.outline import Block
from checks.new.manuscript.proposals import id_of
from checks.new.manuscript.source import Source
from checks.verdicts import Result, Verdict
from derivations.latex import escape

STYLE = "lemmata.sty"
FAR = 20_000
"""Characters before a formula among which its environment begins."""
STYLE_TEXT = r"""% Marks that `lemmata annotate` sets: \lemmatamark{verdict}{assurance}{note}; the note may be empty.
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
% boxes and floats have no margin: there the mark is left out, and the note stays
\newcommand{\lemmatamark}[3]{%
  \ifinner\else\marginpar{\raggedright\scriptsize\textcolor{\lemmatacolour{#1}}{#1\if\relax\detokenize{#2}\relax\else\\#2\fi}}\fi
  \if\relax\detokenize{#3}\relax\else\lemmatanote{\lemmatacolour{#1}}{#3}\fi}
\endinput
"""
_ENVIRONMENTS = "equation|align|alignat|flalign|gather|multline|eqnarray|dmath|displaymath"
_END = re.compile(rf"\\\]|\$\$|\$|\\\)|\\end\s*\{{(?:{_ENVIRONMENTS}|math)\*?\}}")
_OPENING = re.compile(rf"\\\[|\$\$|\$|\\\(|\\begin\s*\{{(?:{_ENVIRONMENTS}|math)\*?\}}")
_BEGIN = re.compile(r"[ \t]*\\begin\s*\{document\}")
_PACKAGE = re.compile(r"\\usepackage\s*(?:\[[^\]]*\])?\s*\{(?:[^{}]*,)?\s*lemmata\s*(?:,[^{}]*)?\}")
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
    """

    id: str
    place: str
    verdict: str
    assurance: str = ""
    note: str = ""

    @property
    def latex(self) -> str:
        """The command that sets it."""
        note = escape(_POWER.sub(lambda m: f"{m[1]}·10^{{{int(m[2])}}}", self.note))
        return rf"\lemmatamark{{{self.verdict}}}{{{self.assurance}}}{{{note}}}"


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
    inserted: dict[Path, list[tuple[int, str]]] = {piece.path: [] for piece in source.pieces}
    marks: list[tuple[int, Mark]] = []
    for id, result in results.items():
        if id not in places:
            continue
        at = places[id]
        mark = _mark(id, source.place(at), result, notes.get(id, ""))
        marks.append((at, mark))
        path, offset = _in_file(source, _beside(source.text, at))
        inserted[path].append((offset, mark.latex))
    main = source.path.resolve()
    texts = {path: read_text(path) for path in inserted}
    begin = _BEGIN.search(texts[main])
    if begin is None:
        raise UsageError(rf"{source.path} has no \begin{{document}}: name the main file of the manuscript")
    if not _PACKAGE.search(texts[main]):
        inserted[main].append((begin.start(), "\\usepackage{lemmata}\n"))
    for path, own in inserted.items():
        for offset, text in sorted(own, reverse=True):
            texts[path] = texts[path][:offset] + text + texts[path][offset:]
    marks.sort(key=lambda pair: pair[0])
    return texts, [mark for _, mark in marks], [id for id in results if id not in places]


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


def _beside(text: str, at: int) -> int:
    """Where the mark of a formula stands: behind the text before a display, where it takes no line; else behind it."""
    opening = max(_OPENING.finditer(text, max(at - FAR, 0), at), key=lambda found: found.start(), default=None)
    if opening is not None and opening[0] not in ("$", r"\(", r"\begin{math}"):
        before = text[: opening.start()]
        ended = len(before.rstrip())
        return opening.start() if before.count("\n", ended) > 1 else ended
    end = _END.search(text, at)
    return end.end() if end is not None else at


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

"""A formula in LaTeX beside a statement of the library."""

from __future__ import annotations

from checks.compare.comparison import Comparison, compare
from derivations.letters.notation import Notation
from derivations.papers import paper
from derivations.tex.source.definitions import definitions


def against(id: str, text: str, notation: Notation | None = None, preamble: str = "", side: str = "") -> Comparison:
    """What comes of comparing `text` with the statement `id`, in its paper's notation."""
    key, _, slug = id.partition(".")
    home = paper(key)
    return compare(
        home[slug],
        text,
        abbreviations=home.abbreviations,
        notation=notation,
        macros=definitions(preamble or text),
        side=side,
    )

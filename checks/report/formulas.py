"""Formulas for the page: MathML of `derivations.writing.mathml`, marked as safe, since every text in it is escaped."""

from __future__ import annotations

from markupsafe import Markup

from derivations.writing import mathml


def inline(latex: str) -> Markup:
    """A formula within a line of text."""
    return Markup(mathml.inline(latex))


def flowing(latex: str) -> Markup:
    """A displayed formula in pieces, between which a narrow page may break the line."""
    return Markup(mathml.flowing(latex))


def fragment(text: str) -> Markup:
    """LaTeX text with formulas in it as paragraphs and boxes."""
    return Markup(mathml.fragment(text))

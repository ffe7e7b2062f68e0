"""The reason of a derivation's step as it stands at the right margin: words, what it rests on, what is put in."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Symbol

from derivations.latex.printer import latex
from derivations.latex.rows import line
from derivations.latex.widths import text_width, width_of
from derivations.latex.words import escape
from derivations.steps import Step

SIZE = 0.78
"""The size of a reason against that of the text."""


def named(name: str) -> str:
    r"""Write a name as LaTeX writes a symbol of this name.

    Args:
        name: The name of a symbol.

    Returns:
        The symbol, as LaTeX.

    Example:
        >>> from derivations.latex import named
        >>> named("lambda_0"), named("a*")
        ('\\lambda_{0}', '{a^{*}}')
    """
    return latex(Symbol(name))


def reason_of(step: Step, names: Mapping[str, tuple[str, str]]) -> tuple[str, float]:
    """The reason of a step with what it rests on, and its width in em."""
    words = escape(step.why)
    width = text_width(step.why, SIZE)
    put = {i.fact: ", ".join(f"${named(n)} = {latex(v)}$" for n, v in i.put) for i in step.instances}
    by = []
    for use in step.used:
        if use in names:
            by.append(rf"\LemmataRef{{{names[use][0].capitalize()}}}{{{names[use][1]}}}")
        elif use in put:
            by.append(escape(use))
        if put.get(use):
            by[-1] += f" with {put[use]}"
            width += width_of(put[use])
    if by:
        words = f"{words}; " + ", ".join(by) if words else ", ".join(by)
        width += 8.0 * len(by)
    if not words:
        return "", 0.0
    return rf"\{'LemmataLongReason' if width > 0.95 * line() else 'LemmataReason'}{{{words}}}", width

"""LaTeX of expressions, statements, derivations and whole papers."""

from derivations.latex.documents import document, legend, paper_heading, preamble
from derivations.latex.printer import PaperPrinter, latex
from derivations.latex.reasons import named
from derivations.latex.statements import (
    derivation_latex,
    domain_latex,
    label,
    statement_formula,
    statement_latex,
)
from derivations.latex.words import escape

__all__ = [
    "PaperPrinter",
    "derivation_latex",
    "document",
    "domain_latex",
    "escape",
    "label",
    "latex",
    "legend",
    "named",
    "paper_heading",
    "preamble",
    "statement_formula",
    "statement_latex",
]

"""Formulas in LaTeX, read: text to pieces, macros expanded, a syntax tree with places, and its meaning in SymPy.

Nothing is evaluated as code and nothing is dropped: what is not understood raises `Unreadable` with its place.
"""

from derivations.tex.errors import UnknownName, Unreadable

__all__ = ["UnknownName", "Unreadable"]

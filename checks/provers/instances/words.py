"""Hypotheses in words of a fact, about what is put in: by which name a statement inherits them."""

from __future__ import annotations

import re
from typing import Any

from sympy import MatrixSymbol, Symbol
from sympy.core.function import UndefinedFunction
from sympy.printing.pretty.pretty_symbology import greek_unicode

from derivations.instances import Instantiated
from derivations.statements import Statement

LETTERS = {**greek_unicode, "ell": "ℓ"}
TOKEN = re.compile(r"[^\W\d_]\w*\*?")
FOR_ALL = re.compile(r"for all (?:\w{2,} )?(\w(?:, \w)*)\b")
"""Letters that the words themselves quantify, such as "for all numbers a, b"."""


def owed(fact: Instantiated, statement: Statement) -> list[str]:
    """The hypotheses in words that a statement has to assume for an instance, by name.

    Words speak of the fact's own letters. A statement inherits them under their name where names stand for these
    letters: the same ones, or others that its own wording speaks of. Where something else stands for a letter, such as
    ℓ/2 for ℓ, the hypothesis is another one, with the instance in its name.

    Args:
        fact: The fact with objects put in.
        statement: The statement whose derivation uses it.

    Returns:
        Names, such as "smooth" or "smooth for L = 2*L".
    """
    return [_named(name, fact, statement) for name in fact.fact.assumes]


def _named(name: str, fact: Instantiated, statement: Statement) -> str:
    words = fact.fact.wordings.get(name, "")
    spoken = set(TOKEN.findall(words)) - {letter for found in FOR_ALL.findall(words) for letter in found.split(", ")}
    own = statement.wordings.get(name, words) != words
    put = {str(s): v for s, v in fact.put.items() if LETTERS.get(str(s), str(s)) in spoken}
    seen: list[str] = []
    changed: dict[str, Any] = {}
    for letter, value in put.items():
        is_name = isinstance(value, UndefinedFunction | Symbol | MatrixSymbol) and str(value) not in seen
        if not is_name or (str(value) != letter and not own):
            changed[letter] = value
        seen.append(str(value))
    return name + (" for " + ", ".join(f"{k} = {v}" for k, v in sorted(changed.items())) if changed else "")

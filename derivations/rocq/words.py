"""The words of Rocq that the theorems use, and names beside them."""

from __future__ import annotations

import re

import sympy as sp
from sympy import Abs

from derivations.activations import sigmoid

FUNCTIONS = {
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.atan: "atan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.exp: "exp",
    sp.log: "ln",
    sp.erf: "erf",
    Abs: "Rabs",
    sigmoid: "sigmoid",
}
RESERVED = {
    *[
        "R",
        "S",
        "I",
        "O",
        "E",
        "as",
        "at",
        "by",
        "do",
        "else",
        "end",
        "exists",
        "fix",
        "for",
        "forall",
        "fun",
        "if",
        "in",
        "let",
        "match",
        "nat",
        "mod",
        "return",
        "then",
        "using",
    ],
    *["Prop", "Set", "Type", "with", "where", "PI", "INR", "pow", "pred", "sqrt", "Rpower", "Derive"],
    *[
        "dot",
        "vplus",
        "vscal",
        "vzero",
        "space",
        "vec",
        "low",
        "above",
        "apart",
        "side",
        "dots",
        "known",
        "shifted",
        "unshifted",
        "ones",
        "matrix",
        "on",
        "turned",
        "step",
        "Rmax",
        "Rmin",
        "total",
    ],
    *FUNCTIONS.values(),
}


def identifier(name: str, taken: set[str]) -> str:
    """A name that Rocq accepts, near the given one and not taken."""
    made = name.replace("*", "_star").replace("+", "plus").replace("-", "m").replace("^", "")
    made = re.sub(r"[^A-Za-z0-9_']", "", made).rstrip("_") or "x"
    made = made if made[0].isalpha() else f"x{made}"
    while made in RESERVED or made in taken:
        made += "_" if made in RESERVED else "'"
    return made

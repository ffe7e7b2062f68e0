r"""What standard theorems are written with: \lambda_{\min}(A), norms of matrices, \mathbb{P}(…), \nabla f(x)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from derivations.calculus.functions import nabla
from derivations.quantities.chance import Chance
from derivations.spectra import (
    eigenvalues,
    frobenius_norm,
    lambda_max,
    lambda_min,
    max_norm,
    norm_p,
    nuclear_norm,
    operator_norm,
    sigma_min,
)
from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.names import name_key
from derivations.tex.reader import FormulaReader
from derivations.vectors import is_matrix

SPECTRAL: dict[str, Callable[[Any], Any]] = {
    "lambda_min": lambda_min,
    "lambda_max": lambda_max,
    "sigma_min": sigma_min,
    "sigma_max": operator_norm,
    "lambda": eigenvalues,
}
NORMS: dict[str, Callable[[Any], Any]] = {
    "": operator_norm,
    "2": operator_norm,
    "F": frobenius_norm,
    "*": nuclear_norm,
    "max": max_norm,
}
"""The norms of a matrix by their subscripts."""
RELATIONS = {"<": sp.Lt, ">": sp.Gt, "<=": sp.Le, ">=": sp.Ge}


def spectral(reader: FormulaReader, item: Any, bracket: Any) -> Callable[[Any], Any] | None:
    """The number of a matrix that a name stands for, which is no symbol of the statement's and has brackets behind."""
    key = name_key(item, 0)
    if bracket is None or key not in SPECTRAL or reader.known(key) is not None:
        return None
    return SPECTRAL[key]


def of_matrix(reader: FormulaReader, function: Callable[[Any], Any], bracket: tree.Bracket) -> Any:
    """An eigenvalue or singular value of the matrix in brackets."""
    inside = reader.sizes.settled(reader.group(bracket))
    if not is_matrix(inside):
        raise Unreadable("an eigenvalue of a number", bracket.at, "a matrix is needed")
    return function(inside)


def length_of(x: Any, which: str, at: int) -> Any:
    """A norm of a matrix, or one of a column that is not Euclidean, by its subscript; raises Unreadable."""
    if x.shape[1] != 1 and which in NORMS:
        return NORMS[which](x)
    if x.shape[1] == 1 and which == "infty":
        return max_norm(x)
    if x.shape[1] == 1 and which.isdigit() and int(which) > 0:
        return norm_p(x, sp.Integer(int(which)))
    raise Unreadable(f"the norm ‖·‖_{which}", at, r"\|x\|, \|x\|_p, \|x\|_\infty, \|A\|, \|A\|_F and \|A\|_* are read")


def is_chance(reader: FormulaReader, item: Any, bracket: Any) -> bool:
    r"""Whether a name is \mathbb{P}, and no symbol, with an event in brackets behind."""
    return bracket is not None and item.nucleus.flat == "bb P" and reader.known(name_key(item, 0)) is None


def chance(reader: FormulaReader, bracket: tree.Bracket) -> Any:
    """The chance of one inequality."""
    chain = bracket.items[0]
    if len(bracket.items) != 1 or len(chain.relations) != 1 or chain.relations[0] not in RELATIONS:
        raise Unreadable("the chance of something that is not one inequality", bracket.at, r"write \mathbb{P}(x > t)")
    left, right = (reader.sizes.settled(reader.sum(side)) for side in chain.sides)
    return Chance(RELATIONS[chain.relations[0]](left, right))


def slope(reader: FormulaReader, items: Sequence[Any], i: int, bracket: Any) -> Any | None:
    r"""\nabla f(x) for a function of the statement; None for anything else."""
    if items[i].nucleus.flat != "nabla" or bracket is None or not isinstance(items[i + 1], tree.Scripted):
        return None
    _, value = reader.names.functions.get(name_key(items[i + 1], 0), (None, None))
    if not isinstance(value, AppliedUndef):
        return None
    return nabla(value.func, reader.sizes.settled(reader.group(bracket)))

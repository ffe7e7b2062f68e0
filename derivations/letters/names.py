"""The library's own symbols inside derivations, which are not equal to any symbol of a user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from sympy import Dummy, MatrixSymbol


class Own(Dummy):  # type: ignore[misc]
    """A symbol that is printed by its name, and equals only another one made by `own` alike."""

    def _sympystr(self, printer: Any) -> str:
        return str(self.name)


def own(name: str, **assumptions: bool) -> Own:
    """A symbol that collides with no user's symbol of the same name.

    Its index is computed from the name, so that pickles and the order of terms are the same in every process.

    >>> from sympy import Symbol
    >>> own("t", real=True) == own("t", real=True), own("t", real=True) == Symbol("t", real=True)
    (True, False)
    """
    made: Own = Own(name, dummy_index=crc32(name.encode()), **assumptions)
    return made


class OwnMatrix(MatrixSymbol):  # type: ignore[misc]
    """A vector or matrix of the library: a user's symbol has another class, and is not equal to it under any name.

    >>> OwnMatrix("z", 3, 1) == OwnMatrix("z", 3, 1), OwnMatrix("z", 3, 1) == MatrixSymbol("z", 3, 1)
    (True, False)
    """


def unused(name: str, taken: Iterable[Any]) -> str:
    """The name, or the first of name_, name__, … that none of the symbols in `taken` has.

    >>> from sympy import Symbol
    >>> unused("h", {Symbol("h"), Symbol("x")})
    'h_'
    """
    names = {str(s) for s in taken}
    while name in names:
        name += "_"
    return name

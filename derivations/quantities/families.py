"""Families of vectors and matrices: the weights W(h, k) of layer h after k steps, for symbolic h and k."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, MatrixSymbol, sympify
from sympy.core.symbol import Str

from derivations.arguments import fitted, scalar, size, text
from derivations.vectors import ShapeError


class Member(MatrixSymbol):  # type: ignore[misc]
    """A vector or matrix of a family, at one place; made by calling a `Family`."""

    def __new__(cls, name: Any, rows: Any, columns: Any, *at: Any) -> Any:
        named = name if isinstance(name, Str) else Str(str(name))
        return Expr.__new__(cls, named, sympify(rows), sympify(columns), *map(sympify, at))

    @property
    def at(self) -> tuple[Any, ...]:
        """The place in the family."""
        return tuple(self.args[3:])

    @property
    def free_symbols(self) -> set[Any]:
        return {self}.union(*(index.free_symbols for index in self.at))

    def _sympystr(self, printer: Any) -> str:
        return f"{self.name}({', '.join(map(printer._print, self.at))})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = printer._print(MatrixSymbol(self.name, *self.shape))
        return rf"{{{name}}}_{{({', '.join(map(printer._print, self.at))})}}"


@dataclass(frozen=True)
class Family:
    """Vectors or matrices of one shape, one for each value of some indices.

    Args:
        name: Its name.
        rows: The number of rows.
        columns: The number of columns; 1 for vectors.

    Raises:
        ShapeError: A size is not valid.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.quantities.families import Family
        >>> k, m = Symbol("k", integer=True, nonnegative=True), Symbol("m", integer=True, positive=True)
        >>> W = Family("W", m, m)
        >>> W(k + 1) - W(0)
        -W(0) + W(k + 1)
    """

    name: str
    rows: Any
    columns: Any = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", fitted("Family: name", self.name, text, ShapeError))
        for word in ("rows", "columns"):
            object.__setattr__(self, word, fitted(f"Family: {word}", getattr(self, word), size, ShapeError))

    def __call__(self, *at: Any) -> Member:
        """The member at one place, each index an integer or an expression of such."""
        places = [fitted(f"{self.name}: index", index, scalar, ShapeError) for index in at]
        made: Member = Member(self.name, self.rows, self.columns, *places)
        return made


def families(symbols: Iterable[Any]) -> set[Any]:
    """The families of members, by name, and all other symbols as they are."""
    return {s.name if isinstance(s, Member) else s for s in symbols}


def within(member: Any, pattern: Any) -> bool:
    """Whether a member is one of those that a pattern such as W(h, 0) stands for: a symbol is any index.

    >>> from sympy import Symbol
    >>> h, k = Symbol("h", integer=True), Symbol("k", integer=True)
    >>> W = Family("W", 3, 3)
    >>> within(W(2, 0), W(h, 0)), within(W(2, k), W(h, 0))
    (True, False)
    """
    if not (isinstance(member, Member) and isinstance(pattern, Member)):
        return bool(member == pattern)
    places = zip(member.at, pattern.at, strict=False)
    return (
        member.args[:3] == pattern.args[:3]
        and len(member.at) == len(pattern.at)
        and all(p.is_Symbol or p == a for a, p in places)
    )


def surely_differ(one: Any, other: Any) -> bool:
    """Whether two symbols are surely not the same: members of one family at indices that differ."""
    if isinstance(one, Member) and isinstance(other, Member) and one.name == other.name:
        return any((a - b).is_zero is False for a, b in zip(one.at, other.at, strict=False))
    return bool(one != other)

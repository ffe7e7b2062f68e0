"""The syntax tree of a formula: its structure, before names have a meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Node:
    """A part of a formula: its place in the text, and its marks as one word, by which names are compared."""

    at: int
    flat: str


@dataclass(frozen=True)
class Leaf(Node):
    """A name, number, function, big operator, expectation sign, 𝟏 or phrase, as `kind` says."""

    kind: str


@dataclass(frozen=True)
class Operator(Node):
    """·, /, ⊙ or a space between two factors."""

    kind: str


@dataclass(frozen=True)
class Group(Node):
    """Braces, which are not printed."""

    items: tuple[Chain, ...]


@dataclass(frozen=True)
class Bracket(Node):
    """Brackets or bars that are printed, with the parts between their commas."""

    opening: str
    closing: str
    items: tuple[Chain, ...]


@dataclass(frozen=True)
class Fraction(Node):
    top: Group
    bottom: Group


@dataclass(frozen=True)
class Root(Node):
    """A root; `degree` is None for a square root."""

    inside: Group
    degree: Group | None = None


@dataclass(frozen=True)
class Binomial(Node):
    top: Group
    bottom: Group


@dataclass(frozen=True)
class Grid(Node):
    """A matrix or a distinction of cases, row by row, with the name of its environment."""

    rows: tuple[tuple[Chain, ...], ...]
    name: str = "matrix"


@dataclass(frozen=True)
class Script(Node):
    """A superscript, a subscript or a sign after a factor: `kind` is CARET, UNDER, MARK, PRIME or BANG."""

    kind: str
    inside: Group | None = None


@dataclass(frozen=True)
class Scripted(Node):
    """A nucleus with its scripts in the order of the text."""

    nucleus: Node
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True)
class Run(Node):
    """Factors side by side."""

    items: tuple[Scripted | Operator, ...]


@dataclass(frozen=True)
class Sum(Node):
    """Terms with their signs, 1 or −1."""

    terms: tuple[tuple[int, Run], ...]


@dataclass(frozen=True)
class Chain(Node):
    """Sums with the relations between them, of which there is one less; of a whole formula the words after it."""

    sides: tuple[Sum, ...]
    relations: tuple[str, ...]
    remark: str = ""


def nodes(node: Any) -> Iterator[Any]:
    """List all parts of a tree, or of a tuple of trees, each before what it consists of."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending += reversed(part)
        elif isinstance(part, Node):
            yield part
            pending += reversed([getattr(part, f.name) for f in fields(part)])

"""What the letters of a manuscript stand for: declared by its words, defined by its formulas, or taken as real numbers."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import sympy as sp

from derivations.activations import ddsigma, dsigma, sigma
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.tex import syntax as tree
from derivations.tex.elaborate import Reader, read_sides
from derivations.tex.errors import UnknownName, Unreadable
from derivations.tex.names import Vocabulary, name_key, raised_of
from derivations.tex.reader import Conventions
from derivations.tex.source.macros import Macros
from derivations.vectors import vector

MOST_LETTERS = 40
STEPS = 2_000_000
NOT_FUNCTIONS = ("e", "pi", "sigma", "infty", "Gamma", "Phi", "nabla", "E", "bb E", "bb P")
"""Names with brackets behind that the reader of formulas knows."""


@dataclass
class Letters:
    """The letters in force at a place: symbols, or what they are defined to be, by their keys.

    `functions` are those with one argument: its symbol and the value; `ranges` and `where` are the domain as far as it
    was stated, `taken` the letters of which nothing was said.
    """

    symbols: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    ranges: dict[Any, Any] = field(default_factory=dict)
    where: list[Any] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def copy(self) -> Letters:
        """Letters of their own for a theorem, whose assumptions end with it."""
        return Letters(
            dict(self.symbols), dict(self.functions), dict(self.ranges), list(self.where), set(self.taken)
        )

    def symbol(self, key: str, integer: bool = False) -> Any:
        """The symbol of a letter, made if it is new."""
        if key not in self.symbols:
            self.symbols[key] = sp.Symbol(identifier(key), real=True, **({"integer": True} if integer else {}))
        return self.symbols[key]

    def becomes(self, key: str, made: Any) -> Any:
        """Give a letter another meaning: what was said of it before is said of the new one."""
        old = self.symbols.get(key)
        if old is not None and old != made and isinstance(old, sp.Symbol):
            self.symbols = {k: _put(v, old, made) for k, v in self.symbols.items()}
            self.functions = {k: (_put(s, old, made), _put(v, old, made)) for k, (s, v) in self.functions.items()}
            self.ranges = {_put(s, old, made): r for s, r in self.ranges.items()}
            self.where = [_put(w, old, made) for w in self.where]
        self.symbols[key] = made
        self.taken.discard(key)
        return made


def _put(value: Any, old: Any, new: Any) -> Any:
    if value == old:
        return new
    return value.xreplace({old: new}) if isinstance(value, sp.Basic) and isinstance(new, sp.Symbol) else value


def identifier(key: str) -> str:
    """A Python name for the key of a name, such as lambda_1 or w_star."""
    words = key.replace("'", "_prime").replace("*", "_star").replace("+", "_plus").replace("†", "_dagger")
    name = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", words)).strip("_") or "x"
    name = f"x_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) and name != "lambda" else name


def names_in(text: str) -> list[str]:
    """The keys of a list of names, such as `x, y`; empty if it is something else."""
    from derivations.tex.names import key_of

    try:
        return [key_of(part.strip()) for part in text.split(",")]
    except Unreadable:
        return []


def read(node: tree.Chain, letters: Letters, macros: Macros) -> tuple[list[Any], tuple[str, ...]]:
    """The sides of a formula and the relations between them, in letters that are added where they are new.

    Args:
        node: The tree of the formula.
        letters: The letters in force, which this changes.
        macros: The macros in force.

    Raises:
        Unreadable: What was not understood, with its place.
    """
    _functions(node, letters)
    _vectors(node, letters)
    for _ in range(MOST_LETTERS):
        names = Vocabulary(
            symbols=letters.symbols,
            functions=letters.functions,
            activation=(sigma, dsigma, ddsigma),
            activated=True,
            macros=macros,
        )
        try:
            with budget(STEPS), foreign_errors():
                return read_sides(node, Reader(names, {}, Conventions()))
        except UnknownName as error:
            if not re.match(r"[A-Za-z]", error.key) or (" " in error.key and not error.key.startswith(("cal ", "bb "))):
                raise Unreadable(f"the name {error.key}", error.at, "it has no meaning yet") from None
            letters.symbol(error.key)
            letters.taken.add(error.key)
        except BudgetSpent:
            raise Unreadable("a formula that takes too long to be put together", node.at) from None
        except ForeignError as error:
            raise Unreadable(f"a formula that cannot be put together ({str(error)[:80]})", node.at) from None
    raise Unreadable(f"more than {MOST_LETTERS} letters in one formula", node.at)


def nodes(node: Any) -> Iterator[Any]:
    """All parts of a tree."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending += reversed(part)
        elif isinstance(part, tree.Node):
            yield part
            pending += reversed([getattr(part, f.name) for f in fields(part)])


def called(items: tuple[Any, ...], i: int) -> tree.Bracket | None:
    """The bracket behind a letter, as of f(x)."""
    first = items[i]
    if not isinstance(first, tree.Scripted) or not isinstance(first.nucleus, tree.Leaf) or first.nucleus.kind != "NAME":
        return None
    if i + 1 >= len(items) or not isinstance(items[i + 1], tree.Scripted):
        return None
    behind = items[i + 1].nucleus
    return behind if isinstance(behind, tree.Bracket) and behind.opening == "(" and behind.closing == ")" else None


def _functions(node: tree.Chain, letters: Letters) -> None:
    """Take f(x) for the value of a function; raise Unreadable where it may as well be a product."""
    seen: dict[str, list[tree.Bracket]] = {}
    alone: set[str] = set()
    places: dict[str, int] = {}
    for part in nodes(node):
        if not isinstance(part, tree.Run):
            continue
        for i, item in enumerate(part.items):
            if not isinstance(item, tree.Scripted) or not isinstance(item.nucleus, tree.Leaf):
                continue
            key = name_key(item, len(raised_of(item)))
            bracket = called(part.items, i)
            if item.nucleus.kind != "NAME":
                continue
            if bracket is None:
                alone.add(key)
            elif item.nucleus.flat not in NOT_FUNCTIONS:
                seen.setdefault(key, []).append(bracket)
                places.setdefault(key, item.at)
    for key, brackets in seen.items():
        if key in letters.functions or key in letters.symbols:
            continue
        at = places[key]
        if key in ("O", "cal O", "Theta", "Omega", "o", "tilde O"):
            raise Unreadable(f"{key.removeprefix('cal ')}(…)", at, "an order has no constant that could be checked")
        if any(len(b.items) != 1 for b in brackets):
            raise Unreadable(f"{key}(…) of several arguments", at, "define it by a formula, or write one argument")
        if key in alone or not any(_is_name(b) for b in brackets):
            raise Unreadable(f"{key}(…)", at, "it may be a function or a product: write \\cdot for a product")
        at_symbol = sp.Dummy("at", real=True)
        letters.functions[key] = (at_symbol, sp.Function(identifier(key), real=True)(at_symbol))


def _is_name(bracket: tree.Bracket) -> bool:
    chain = bracket.items[0]
    if chain.relations or len(chain.sides[0].terms) != 1:
        return False
    items = chain.sides[0].terms[0][1].items
    return len(items) == 1 and isinstance(items[0], tree.Scripted) and isinstance(items[0].nucleus, tree.Leaf)


def _vectors(node: tree.Chain, letters: Letters) -> None:
    """Take new letters that stand by themselves in ‖…‖ for vectors of one size."""
    for part in nodes(node):
        if not isinstance(part, tree.Bracket) or part.opening != "‖" or len(part.items) != 1:
            continue
        for side in part.items[0].sides:
            for _, run in side.terms:
                item = run.items[0]
                if len(run.items) != 1 or not isinstance(item, tree.Scripted) or not isinstance(item.nucleus, tree.Leaf):
                    continue
                key = name_key(item, len(raised_of(item)))
                if item.nucleus.kind == "NAME" and key not in letters.symbols and not item.nucleus.flat[:1].isupper():
                    size = letters.symbols.get("d")
                    if not isinstance(size, sp.Symbol) or not size.is_integer:
                        size = letters.becomes("d", sp.Symbol("d", integer=True, positive=True))
                    letters.symbols[key] = vector(identifier(key), size)
                    letters.taken.add(key)


def meanings(letters: Letters) -> Mapping[str, Any]:
    """The letters that stand for symbols of their own."""
    return {k: s for k, s in letters.symbols.items() if isinstance(s, sp.Symbol | sp.MatrixSymbol)}

"""What a theorem asks for: the constants of its proof by the lemmas that give them, down to width, step and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from sympy import Expr, Ge, Gt, Le, Lt, Max, Min, Symbol

from derivations.arguments import expression, fitted, symbol, text
from derivations.claim import SLUG, StatementError


@dataclass(frozen=True)
class Quantity:
    """A constant of a proof, by its formula in those before it, or a number that the data give.

    Args:
        symbol: Its symbol.
        formula: An expression in data and earlier quantities; None for what the data give.
        lemma: The slug of the statement that proves the formula; "" for what is put together from others.
        words: What it bounds, as a phrase.
        from_below: Whether it bounds something from below, so that what is measured lies above it.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.theorems import Quantity
        >>> n = Symbol("n", positive=True)
        >>> Quantity(Symbol("M", positive=True), 4 * n**2, "concentration", "the width").lemma
        'concentration'
    """

    symbol: Symbol
    formula: Expr | None = None
    lemma: str = ""
    words: str = ""
    from_below: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", fitted("symbol", self.symbol, symbol, StatementError))
        if self.formula is not None:
            object.__setattr__(
                self, "formula", fitted(f"{self.symbol}: formula", self.formula, expression, StatementError)
            )
        for name in ("lemma", "words"):
            fitted(f"{self.symbol}: {name}", getattr(self, name), text, StatementError)

    @property
    def is_datum(self) -> bool:
        """Whether the data give it."""
        return self.formula is None


@dataclass(frozen=True)
class Theorem:
    """The chain of constants from the data to what a theorem asks for.

    Args:
        slug: The slug of the statement that says the theorem.
        quantities: Data first, then each constant after those in its formula.
        demands: What is asked for, such as "width", with the symbol of its value.
        where: Conditions on the data without which the lemmas do not hold, such as `H >= 2`.

    Raises:
        StatementError: A symbol occurs twice, a formula has a symbol that is not given before it,
            a condition is none or has a symbol that is not given, or nothing is asked for.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.theorems import Quantity, Theorem
        >>> n, M = Symbol("n", positive=True), Symbol("M", positive=True)
        >>> made = Theorem("main", (Quantity(n), Quantity(M, 4 * n**2)), {"width": M})
        >>> [str(q.symbol) for q in made.data]
        ['n']
    """

    slug: str
    quantities: tuple[Quantity, ...]
    demands: Mapping[str, Symbol] = field(default_factory=dict)
    where: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise StatementError(
                f"a theorem's slug {self.slug!r} is not valid: use letters and digits joined by - or _"
            )
        object.__setattr__(self, "quantities", tuple(self.quantities))
        known: set[Any] = set()
        every = {q.symbol for q in self.quantities}
        for quantity in self.quantities:
            if quantity.symbol in known:
                raise StatementError(f"{self.slug}: {quantity.symbol} is given twice")
            missing = set() if quantity.formula is None else quantity.formula.free_symbols - known
            if missing:
                names = ", ".join(sorted(map(str, missing)))
                if missing <= every:
                    raise StatementError(f"{self.slug}: {quantity.symbol} needs {names}, which comes later: a circle?")
                raise StatementError(f"{self.slug}: {quantity.symbol} needs {names}, which is not given")
            known.add(quantity.symbol)
        object.__setattr__(self, "where", tuple(self.where))
        for condition in self.where:
            if not isinstance(condition, Ge | Gt | Le | Lt):
                raise StatementError(f"{self.slug}: where = {condition} is no inequality; write one such as H >= 2")
            if condition.free_symbols - known:
                names = ", ".join(sorted(map(str, condition.free_symbols - known)))
                raise StatementError(f"{self.slug}: the condition {condition} needs {names}, which is not given")
        if not self.demands:
            raise StatementError(f"{self.slug}: demands is empty: name what is asked for, such as {{'width': M}}")
        for name, asked in self.demands.items():
            if asked not in known:
                raise StatementError(f"{self.slug}: {name} is asked for as {asked}, which is not given")

    @cached_property
    def by_symbol(self) -> Mapping[Symbol, Quantity]:
        """The quantities by their symbols."""
        return {q.symbol: q for q in self.quantities}

    @property
    def data(self) -> tuple[Quantity, ...]:
        """The quantities that the data give."""
        return tuple(q for q in self.quantities if q.is_datum)

    @property
    def conditions(self) -> tuple[Any, ...]:
        """What a proof assumes of its constants: each is at least its formula, and one from below at most.

        Of a largest or a least of several each is a condition by itself.
        """
        made: list[Any] = []
        for q in self.quantities:
            if q.formula is None:
                continue
            kind = Min if q.from_below else Max
            for part in q.formula.args if isinstance(q.formula, kind) else (q.formula,):
                made.append((Ge if q.from_below else Le)(part, q.symbol, evaluate=False))
        return tuple(made)

    @property
    def lemmas(self) -> tuple[str, ...]:
        """The slugs of the lemmas whose constants the chain uses, in order."""
        return tuple(dict.fromkeys(q.lemma for q in self.quantities if q.lemma))

    def named(self, name: str) -> Quantity:
        """The quantity whose symbol has a name; raises StatementError with the nearest for any other."""
        names = {str(q.symbol): q for q in self.quantities}
        if name in names:
            return names[name]
        near = get_close_matches(name, list(names), 1, 0.4)
        raise StatementError(f"{self.slug} has no quantity {name}{f': did you mean {near[0]}?' if near else ''}")

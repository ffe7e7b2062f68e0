"""Where a statement is claimed to hold: a range for each symbol, and constraints between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import (
    And,
    ConditionSet,
    Dummy,
    Eq,
    ImageSet,
    Intersection,
    Interval,
    MatrixSymbol,
    S,
    Set,
    Symbol,
    Tuple,
    cos,
    oo,
    pi,
)
from sympy import Range as SymRange
from sympy.core.relational import Relational
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.arguments import Unfit, fitted, scalar, shown, table, variable
from derivations.calculus.angles import without_roots_of_sine
from derivations.calculus.forms import InnerTable
from derivations.domains.ranges import (
    LARGEST_END,
    MatrixRange,
    RandomRange,
    SquareRange,
    is_square,
    known_of,
    range_text,
    relation_sign,
    relation_text,
    relations,
    within_pi_range,
)
from derivations.domains.ranges import (
    Angle as Angle,
)
from derivations.domains.ranges import (
    Dependent as Dependent,
)
from derivations.domains.ranges import (
    DomainError as DomainError,
)
from derivations.domains.ranges import (
    Gaussian as Gaussian,
)
from derivations.domains.ranges import (
    Independent as Independent,
)
from derivations.domains.ranges import (
    NonnegativeVectors as NonnegativeVectors,
)
from derivations.domains.ranges import (
    PositiveSemidefinite as PositiveSemidefinite,
)
from derivations.domains.ranges import (
    Range as Range,
)
from derivations.domains.ranges import (
    RealMatrices as RealMatrices,
)
from derivations.domains.ranges import (
    Signs as Signs,
)
from derivations.domains.ranges import (
    SymmetricMatrices as SymmetricMatrices,
)
from derivations.domains.ranges import (
    UnitVectors as UnitVectors,
)
from derivations.domains.ranges import (
    sign_of as sign_of,
)
from derivations.outcomes.budget import remembered
from derivations.quantities.schemas import ForAll
from derivations.vectors import Inner, inner, is_matrix


@remembered(1024)
def solutions(relation: Any) -> Set:
    """The set of solutions of a relation in one variable; all reals where SymPy cannot find it. Results are cached."""
    try:
        found = relation.as_set()
    except (NotImplementedError, ValueError):
        return S.Reals
    return S.Reals if found.has(ConditionSet, ImageSet) else found


@dataclass(frozen=True)
class Domain:
    """A range for each symbol, and inequalities and equations between them.

    Args:
        ranges: Maps symbols to SymPy sets (`Interval`, `S.Reals`, `S.Naturals`, `FiniteSet`), to `UnitVectors()`,
            `RealMatrices()`, `NonnegativeVectors()`, `SymmetricMatrices()`, `PositiveSemidefinite()`, `Angle(x, y)`, or
            to the law of a random one: `Gaussian()`, `Signs()`, `Independent(low, high)`.
        where: Relations such as `inner(a, b) >= 0`.

    Raises:
        DomainError: The domain is empty, or a range is not one of these.

    Example:
        >>> from sympy import Interval, Symbol
        >>> from derivations import Domain
        >>> x = Symbol("x", real=True)
        >>> Domain({x: Interval(0, 2)}, (x <= 1,)).interval(x)
        Interval(0, 1)
    """

    ranges: Mapping[Any, Range] = field(default_factory=dict)
    where: tuple[Relational, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", fitted("ranges", self.ranges, table, DomainError))
        object.__setattr__(self, "where", relations(self.where))
        for symbol, values in self.ranges.items():
            fitted("a key of ranges", symbol, variable, DomainError)
            if not isinstance(values, Range):
                raise DomainError(f"the range of {symbol} is {shown(values)}, which is neither an interval nor a set")
            if isinstance(symbol, MatrixSymbol) and isinstance(values, Set):
                raise DomainError(f"{symbol} is a matrix, so that its range cannot be {values}, a set of numbers")
            if isinstance(values, NonnegativeVectors) and getattr(symbol, "shape", (0, 0))[1] != 1:
                raise DomainError(f"{symbol} is not a column, so that its range cannot be nonnegative vectors")
            if isinstance(values, SquareRange) and not is_square(symbol):
                raise DomainError(f"{symbol} is not square, so that its range cannot be symmetric matrices")
            if isinstance(values, Set) and values.free_symbols:
                others = ", ".join(sorted(map(str, values.free_symbols)))
                raise DomainError(
                    f"the range of {symbol} is {values}, whose ends depend on {others}: write a range of numbers, and "
                    f"the rest as a condition, where={symbol} <= …"
                )
            if isinstance(values, Set) and values.is_empty:
                raise DomainError(f"the range of {symbol} is empty")
        for symbol in self.scalars:
            values = self.ranges[symbol]
            ends = (values.inf, values.sup) if isinstance(values, Interval) else ()
            if any(e.is_finite and abs(e) > LARGEST_END for e in ends):
                raise DomainError(
                    f"the range of {symbol} has an end beyond 10^300, which is too large for a float: write oo"
                )
        for relation in self.where:
            if relation in (True, S.true):
                continue
            if relation in (False, S.false):
                raise DomainError("a condition of the domain is false everywhere")
            if isinstance(relation, Eq) and any(is_matrix(side) for side in relation.args):
                raise DomainError(f"the equation {relation} is one of vectors or matrices: write equations of numbers")
        for symbol in self.scalars:
            if self.interval(symbol).is_empty:
                raise DomainError(f"the conditions on {symbol} contradict each other")

    @property
    def scalars(self) -> tuple[Symbol, ...]:
        """The free scalar symbols, dimensions included, angles excluded; sorted by name."""
        found = [s for s, r in self.ranges.items() if isinstance(r, Set)]
        return tuple(sorted(found, key=str))

    @property
    def vectors(self) -> tuple[MatrixSymbol, ...]:
        """The vector and matrix symbols, sorted by name."""
        found = [s for s, r in self.ranges.items() if isinstance(r, MatrixRange)]
        return tuple(sorted(found, key=str))

    @property
    def random(self) -> dict[Any, RandomRange]:
        """The random symbols with their laws, by name."""
        found = {s: r for s, r in self.ranges.items() if isinstance(r, RandomRange)}
        return dict(sorted(found.items(), key=lambda kv: str(kv[0])))

    @property
    def angles(self) -> dict[Symbol, Angle]:
        """The symbols defined as the angle of two vectors."""
        return {s: r for s, r in self.ranges.items() if isinstance(r, Angle)}

    @property
    def dimensions(self) -> tuple[Symbol, ...]:
        """The symbols that are sizes of vectors or matrices, sorted by name."""
        shaped = (*self.vectors, *(s for s in self.random if isinstance(s, MatrixSymbol)))
        sizes = {d for v in shaped for size in v.shape for d in size.free_symbols}
        return tuple(sorted(sizes, key=str))

    def interval(self, symbol: Symbol) -> Set:
        """The range of one scalar, restricted by the conditions that involve it alone."""
        values = self.ranges[symbol]
        if isinstance(values, Angle):
            values = Interval(0, pi)
        for relation in self.where:
            if getattr(relation, "free_symbols", None) == {symbol} and not relation.atoms(MatrixExpr, ForAll):
                narrowed = Intersection(values, solutions(relation))
                # where SymPy cannot say which points these are, the condition alone says so
                values = values if isinstance(narrowed, Intersection) else narrowed
        return values

    @property
    def table(self) -> InnerTable:
        """The inner products that the domain fixes: unit norms, cos φ for φ = ∠(x, y), and those in equations."""
        fixed: InnerTable = {}
        for vector in self.vectors:
            if isinstance(self.ranges[vector], UnitVectors):
                fixed[inner(vector, vector)] = S.One
        for symbol, angle in self.angles.items():
            fixed[inner(angle.x, angle.y)] = cos(symbol)
        for relation in (r for r in self.where if isinstance(r, Eq) and isinstance(r.lhs, Inner)):
            if not relation.rhs.atoms(MatrixExpr):
                fixed[relation.lhs] = relation.rhs
        return fixed

    def assume(self, expr: Any) -> Any:
        """`expr` with each scalar replaced by one that carries its sign and type as assumptions."""
        renamed, within_pi = self._named_by_assumptions
        expr = expr.xreplace(renamed)
        for symbol in within_pi:
            expr = without_roots_of_sine(expr, renamed[symbol])
        return expr

    @cached_property
    def _named_by_assumptions(self) -> tuple[dict[Symbol, Symbol], tuple[Symbol, ...]]:
        """Each number's symbol that carries its assumptions, and the numbers that lie between 0 and π."""
        symbols = (*self.scalars, *self.angles)
        renamed = {s: self._assumed(s) for s in symbols}
        return renamed, tuple(s for s in symbols if within_pi_range(self.interval(s)))

    @property
    def signs(self) -> dict[Symbol, Symbol]:
        """Symbols that say less of their signs than their ranges do, each with one that says it."""
        renamed = {s: self._assumed(s) for s in self.scalars}
        facts = ("is_positive", "is_negative", "is_nonnegative", "is_nonpositive")
        return {s: a for s, a in renamed.items() if any(getattr(a, f) and not getattr(s, f) for f in facts)}

    def _assumed(self, symbol: Symbol) -> Symbol:
        return _dummy(symbol.name, known_of(self.interval(symbol)))

    def describe(self) -> str:
        """One line of plain text, for terminals and messages."""
        ordered = sorted(self.ranges.items(), key=lambda kv: str(kv[0]))
        parts = [f"{s} {relation_sign(r)} {range_text(s, r)}" for s, r in ordered]
        parts += [relation_text(r) for r in self.where if r not in (True, S.true)]
        return ", ".join(parts)


_DUMMIES: dict[tuple[str, tuple[tuple[str, bool], ...]], Symbol] = {}


def _dummy(name: str, known: tuple[tuple[str, bool], ...]) -> Symbol:
    return _DUMMIES.setdefault((name, known), Dummy(name, **dict(known)))


def default_range(symbol: Any) -> Range:
    """The range of a symbol without a declared one: the one that its assumptions say, else all reals."""
    if isinstance(symbol, MatrixSymbol):
        return RealMatrices()
    base: Set = S.Reals
    if symbol.is_integer:
        base = S.Naturals if symbol.is_positive else S.Naturals0 if symbol.is_nonnegative else S.Integers
    elif symbol.is_extended_positive:
        base = Interval.open(0, oo)
    elif symbol.is_extended_nonnegative:
        base = Interval(0, oo)
    elif symbol.is_extended_negative:
        base = Interval.open(-oo, 0)
    elif symbol.is_extended_nonpositive:
        base = Interval(-oo, 0)
    return base


NOT_DRAWN = ("prime", "composite", "odd", "even", "irrational", "transcendental", "noninteger")
"""Assumptions that no range of ours has: they would be forgotten where points are drawn."""


def _refuse_what_is_not_drawn(symbol: Any) -> None:
    """DomainError for a symbol that its author declared to be something else than the numbers that stand for it."""
    if isinstance(symbol, MatrixSymbol):
        return
    said = getattr(symbol, "_assumptions_orig", {})
    if symbol.is_real is False or (said.get("complex") and symbol.is_real is None):
        raise DomainError(
            f"{symbol} is declared complex, and statements are about real numbers: write its real and imaginary parts "
            "as two real symbols"
        )
    for word in NOT_DRAWN:
        if said.get(word) or (word == "noninteger" and said.get("integer") is False):
            raise DomainError(
                f"{symbol} is declared {word}, which is not a range: declare it real or integer, with where="
            )


def closed_interval(symbol: Any, ends: Sequence[Any]) -> Set:
    """[a, b] for a pair (a, b), and all reals for (−∞, ∞); raises DomainError unless a < b are real numbers."""
    said = f"the range of {symbol} is {shown(ends)}"
    if len(ends) != 2:
        raise DomainError(f"{said}: write its two ends, (a, b)")
    try:
        low, high = (scalar(v) for v in ends)
        made = Interval(low, high)
    except (Unfit, TypeError, ValueError, AttributeError):
        raise DomainError(f"{said}: its ends must be two numbers") from None
    if not (low.is_number and high.is_number and low.is_extended_real and high.is_extended_real):
        raise DomainError(f"{said}: its ends must be two real numbers")
    if made is S.EmptySet:
        raise DomainError(f"{said}, which is empty: write the lower end first")
    return S.Reals if made == S.Reals else made


def as_range(symbol: Any, values: Any) -> Any:
    """The range that a user wrote: a pair (a, b) means [a, b], a Python `range` its integers; sets stay as they are."""
    if isinstance(values, tuple | list | Tuple):
        return closed_interval(symbol, values)
    if isinstance(values, range):
        return SymRange(values.start, values.stop, values.step)
    return values


def _integers_in(symbol: Any, values: Range) -> Range:
    """The integers of an interval, for a symbol that stands for integers only; raises DomainError if there are none."""
    if not (getattr(symbol, "is_integer", False) and isinstance(values, Interval)):
        return values
    whole = Intersection(values, S.Integers)
    if whole.is_empty:
        raise DomainError(f"{symbol} is an integer, but its range {values} has no integer")
    return S.Naturals if (whole.inf, whole.sup) == (1, oo) else whole


def make_domain(on: Mapping[Any, Any] | None, where: Any, symbols: set[Any]) -> Domain:
    """Make the domain of a statement from what its author declared.

    Args:
        on: Maps symbols to ranges; a pair (a, b) means the closed interval [a, b]. None declares nothing.
        where: A condition or several, such as `x + y <= 1`.
        symbols: All symbols of the claim; those without a range get the one that their assumptions say, and sizes of
            vectors are positive integers.

    Returns:
        The `Domain`.

    Raises:
        DomainError: A range or condition is not valid, or the domain is empty.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.domains import make_domain
        >>> x = Symbol("x", real=True)
        >>> make_domain({x: (0, 5)}, (), {x}).describe()
        'x ∈ [0, 5]'
    """
    ranges: dict[Any, Range] = {}
    for symbol, values in fitted("on", on, table, DomainError).items():
        fitted("a key of on", symbol, variable, DomainError)
        found = as_range(symbol, values)
        if not isinstance(found, Range):
            raise DomainError(f"the range of {symbol} is {shown(values)}, which is neither an interval nor a set")
        ranges[symbol] = _integers_in(symbol, found)
    flat = tuple(r for w in relations(where) for r in (w.args if isinstance(w, And) else (w,)))
    pending = set(symbols) | set(ranges)
    pending |= {s for r in flat for s in getattr(r, "free_symbols", ())}
    for values in ranges.values():
        if isinstance(values, Angle):
            pending |= values.x.free_symbols | values.y.free_symbols
        if isinstance(values, Independent):
            pending |= values.low.free_symbols | values.high.free_symbols
    sizes = {d for s in pending if isinstance(s, MatrixSymbol) for n in s.shape for d in n.free_symbols}
    for symbol in sorted(pending | sizes, key=str):
        _refuse_what_is_not_drawn(symbol)
        if symbol not in ranges:
            ranges[symbol] = S.Naturals if symbol in sizes else default_range(symbol)
    return Domain(ranges, flat)

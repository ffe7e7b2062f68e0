"""Papers and their statements: the seven kinds of claim, each with its domain, source and derivation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from sympy import Basic, Derivative, Eq, Expr, MatrixSymbol, Ne, S, Symbol, Tuple, srepr
from sympy.core.relational import Relational

from derivations.arguments import Kind, fields, first_line, fitted, is_ours, shown
from derivations.calculus.forms import NotReducible, Reducer
from derivations.calculus.shapes import check_shapes
from derivations.domains import Domain, DomainError, make_domain, relations
from derivations.letters.shown import Shown
from derivations.steps import Derivation
from derivations.vectors import ShapeError, is_matrix, shape_of

SLUG = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")


class StatementError(ValueError):
    """A statement that cannot be meant as written; the message names it and the remedy."""


@dataclass(frozen=True, eq=False, repr=False)
class Statement(Shown):
    """One claim.

    `slug` names it within its paper; `on` maps symbols to ranges and `where` adds conditions
    (see `derivations.domains.make_domain`); `source` is where the paper says it; `assumes` are names of
    the paper's hypotheses; `uses` are statements it rests on, beside those its derivation names;
    `derive` makes the derivation when it is wanted. Raises StatementError if it is malformed.
    """

    kind: ClassVar[str] = "statement"
    kinds: ClassVar[Mapping[str, Kind]] = {}
    """What the fields of its own must be."""

    slug: str
    title: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True)
    on: Mapping[Any, Any] = field(default_factory=dict, kw_only=True)
    where: Any = field(default=(), kw_only=True)
    assumes: tuple[str, ...] = field(default=(), kw_only=True)
    uses: tuple[str, ...] = field(default=(), kw_only=True)
    derive: Callable[[], Derivation] | None = field(default=None, kw_only=True)
    paper: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.slug, str) or not SLUG.fullmatch(self.slug):
            raise StatementError(f"{shown(self.slug)} is not a valid slug: use letters and digits joined by - or _")
        for name, kind in {**fields.COMMON, **self.kinds}.items():
            object.__setattr__(self, name, fitted(f"{self.slug}: {name}", getattr(self, name), kind, StatementError))
        try:
            self.validate()
            for c in self.content:
                if isinstance(c, Basic):
                    check_shapes(c)
            _ = self.domain
        except (DomainError, ShapeError) as error:
            raise StatementError(f"{self.id}: {error}") from None
        except RecursionError as error:
            raise StatementError(f"{self.id}: nested too deeply to be read") from error
        except Exception as error:
            if is_ours(error):
                raise
            raise StatementError(f"{self.id}: {first_line(error)}") from error

    @property
    def id(self) -> str:
        return f"{self.paper}.{self.slug}" if self.paper else self.slug

    @property
    def content(self) -> tuple[Any, ...]:
        """The SymPy objects that make up the claim."""
        raise NotImplementedError

    def validate(self) -> None:
        """Raise StatementError or ShapeError for content that cannot be meant."""

    @cached_property
    def domain(self) -> Domain:
        return make_domain(self.on, self.where, self.symbols)

    @property
    def symbols(self) -> set[Any]:
        """The free symbols and vectors of the claim."""
        return {s for c in self.content if isinstance(c, Basic) for s in c.free_symbols}

    @cached_property
    def derivation(self) -> Derivation | None:
        return self.derive() if self.derive else None

    @property
    def conditions_given(self) -> tuple[Any, ...]:
        """The relations in `where`, of which there may be one or several."""
        return relations(self.where)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Ids of the statements used: those the derivation names, then those the author added."""
        named = (*(self.derivation.uses if self.derivation else ()), *self.uses)
        return tuple(dict.fromkeys(n if "." in n else f"{self.paper}.{n}" for n in named))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the claim and its domain: equal as long as what is claimed is the same."""
        parts = [self.kind, *(srepr(c) if isinstance(c, Basic) else repr(c) for c in self.content)]
        parts.append(self.domain.describe())
        text = re.sub(r"dummy_index=Integer\(\d+\)|dummy_index=\d+", "", "\n".join(parts))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _same_shape(self, lhs: Any, rhs: Any) -> None:
        left, right = shape_of(lhs), shape_of(rhs)
        if left != right and not (rhs == 0 or lhs == 0):
            raise ShapeError(f"its sides have different shapes, {_shape(left)} and {_shape(right)}")
        for side in (lhs, rhs):
            if isinstance(side, Basic):
                try:
                    Reducer().form(side)
                except NotReducible:
                    continue

    def _same_symbols(self, lhs: Any, rhs: Any) -> None:
        """A symbol on one side only is a typing error, unless it is declared or the other side is a constant."""
        every = lhs.free_symbols | rhs.free_symbols
        left, right = ({s for s in side.free_symbols if not _is_size(s, every)} for side in (lhs, rhs))
        if not left or not right:
            return
        declared = set(self.on) | {s for r in self.conditions_given for s in getattr(r, "free_symbols", ())}
        lonely = (left ^ right) - declared
        if lonely:
            names = ", ".join(sorted(map(str, lonely)))
            raise StatementError(
                f"{self.id}: its sides have different free symbols ({names} on one side only); "
                f"if that is meant, declare the range in on={{…}}"
            )


def _shape(shape: tuple[Any, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "a number"


def _is_size(symbol: Any, symbols: set[Any]) -> bool:
    return any(symbol in n.free_symbols for s in symbols if isinstance(s, MatrixSymbol) for n in s.shape)


@dataclass(frozen=True, eq=False, repr=False)
class Identity(Statement):
    """lhs = rhs on the domain; both numbers, vectors or matrices of one shape."""

    kind: ClassVar[str] = "Identity"
    kinds: ClassVar[Mapping[str, Kind]] = fields.IDENTITY

    lhs: Any
    rhs: Any

    def validate(self) -> None:
        self._same_shape(self.lhs, self.rhs)
        self._same_symbols(self.lhs, self.rhs)

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.lhs, self.rhs)


@dataclass(frozen=True, eq=False, repr=False)
class Gradient(Statement):
    """`equals` is the derivative of `of` by `wrt` (a vector, whose gradient is a column, or a number).

    `model` is the same quantity as a torch function of the statement's symbols, by name, that returns
    a number; autograd differentiates it. `of` may be omitted where there is only a model.
    """

    kind: ClassVar[str] = "Gradient"
    kinds: ClassVar[Mapping[str, Kind]] = fields.GRADIENT

    wrt: Any
    equals: Any
    of: Any = field(default=None, kw_only=True)
    model: Callable[..., Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if is_matrix(self.of):
            raise StatementError(f"{self.id}: the gradient of a {_shape(shape_of(self.of))} matrix; give a number")
        if not isinstance(self.wrt, Symbol | MatrixSymbol):
            raise StatementError(f"{self.id}: wrt must be a symbol or a vector, not {shown(self.wrt)}")
        self._same_shape(self.wrt, self.equals)
        if self.of is None and self.model is None and not self.paper:
            raise StatementError(f"{self.id}: give `of`, the expression, or `model`, a torch function, or both")

    @property
    def content(self) -> tuple[Any, ...]:
        return tuple(c for c in (self.of, self.wrt, self.equals) if c is not None)


@dataclass(frozen=True, eq=False, repr=False)
class Bound(Statement):
    """lhs ≤ rhs on the domain.

    `constant` is the symbol of the constant whose sharpest value is of interest and `value` what is
    claimed for it; without one, the factor 1 before rhs is looked at. `sharp_at` is a point where the
    two sides meet (a limit, where they are 0/0); without it the bound is claimed as one-sided only.
    `printed` is the paper's own constant, where it is not sharp.
    """

    kind: ClassVar[str] = "Bound"
    kinds: ClassVar[Mapping[str, Kind]] = fields.BOUND

    lhs: Any
    rhs: Any
    constant: Any = field(default=None, kw_only=True)
    value: Any = field(default=None, kw_only=True)
    printed: Any = field(default=None, kw_only=True)
    sharp_at: Mapping[Any, Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if (self.constant is None) != (self.value is None):
            raise StatementError(f"{self.id}: give `constant`, a symbol, and its `value` together")
        for side in (self.lhs, self.rhs):
            if side.is_infinite:
                raise StatementError(f"{self.id}: a side is infinite, so that nothing is claimed: give a number")
            if is_matrix(side):
                raise StatementError(f"{self.id}: a bound compares numbers, not {_shape(shape_of(side))} matrices")
        self._same_shape(self.lhs, self.rhs)
        left, right = (side.xreplace({self.constant: self.value}) for side in (self.lhs, self.rhs))
        if left.free_symbols and right.free_symbols and not left.free_symbols & right.free_symbols:
            self._same_symbols(left, right)
        unknown = {s for s in self.sharp_at or {} if s not in left.free_symbols | right.free_symbols | set(self.on)}
        if unknown:
            raise StatementError(f"{self.id}: sharp_at names {', '.join(map(str, unknown))}, which is not in the bound")

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.lower, self.upper)

    @property
    def lower(self) -> Any:
        """The left side with the constant put in."""
        return self.lhs.xreplace({self.constant: self.value}) if self.constant is not None else self.lhs

    @property
    def upper(self) -> Any:
        """The right side with the constant put in."""
        return self.rhs.xreplace({self.constant: self.value}) if self.constant is not None else self.rhs


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Statement):
    """A number: its definition (an integral, an extremum, an expectation) and its exact value.

    Where there is no exact form, `enclosure` = (lower, upper) stands in its place.
    """

    kind: ClassVar[str] = "Constant"
    kinds: ClassVar[Mapping[str, Kind]] = fields.CONSTANT

    definition: Any
    value: Any = None
    enclosure: tuple[Any, Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if (self.value is None) == (self.enclosure is None):
            raise StatementError(f"{self.id}: give its exact value, or an enclosure where there is none")
        if self.value is not None:
            self._same_shape(self.definition, self.value)
        else:
            lower, upper = self.enclosure or (S.Zero, S.Zero)
            if not lower < upper:
                raise StatementError(f"{self.id}: the enclosure [{lower}, {upper}] is empty")

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.definition, self.value if self.value is not None else Tuple(*(self.enclosure or ())))


@dataclass(frozen=True, eq=False, repr=False)
class Rate(Statement):
    """`quantity` follows a law in `variable`: quantity ∝ variable^exponent, or ∝ exp(exponent·variable).

    `within` is the largest half-width that the measured exponent's confidence interval may have.
    `measure(rng)` returns arrays (variable, quantity) for a user's own statement; `rng` is as in Probability.
    """

    kind: ClassVar[str] = "Rate"
    kinds: ClassVar[Mapping[str, Kind]] = fields.RATE

    quantity: Expr
    variable: Symbol
    exponent: Any
    law: str = field(default="power", kw_only=True)
    within: float = field(default=0.1, kw_only=True)
    measure: Callable[..., Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if not (self.exponent.is_number and self.exponent.is_real):
            raise StatementError(f"{self.id}: the exponent {self.exponent} is not a real number")

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.quantity, self.variable, self.exponent)

    @cached_property
    def domain(self) -> Domain:
        return Domain()


@dataclass(frozen=True, eq=False, repr=False)
class Probability(Statement):
    """The chance of `event` (in words) is at most, or with `at_least` at least, a number.

    `trial(rng)` returns an array of booleans, one for each independent trial, for a user's own statement. `rng` is a
    `numpy.random.Generator` of this statement alone, the same for the same seed; `checks.context.torch_generator(rng)`
    makes a torch one of it.
    """

    kind: ClassVar[str] = "Probability"
    kinds: ClassVar[Mapping[str, Kind]] = fields.PROBABILITY

    event: str
    at_most: Any = field(default=None, kw_only=True)
    at_least: Any = field(default=None, kw_only=True)
    trial: Callable[..., Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise StatementError(f"{self.id}: give either at_most or at_least")
        if not (self.limit.is_number and self.limit.is_real and 0 <= self.limit <= 1):
            raise StatementError(f"{self.id}: {self.limit} is not a probability")

    @property
    def limit(self) -> Any:
        return self.at_most if self.at_most is not None else self.at_least

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.event, "at most" if self.at_most is not None else "at least", self.limit)


@dataclass(frozen=True, eq=False, repr=False)
class Existence(Statement):
    """There is a point, given explicitly, at which all `properties` hold.

    `point` maps symbols to expressions; a property is an expression that vanishes there or a
    relation that holds there, for every value of the other symbols in the domain.
    """

    kind: ClassVar[str] = "Existence"
    kinds: ClassVar[Mapping[str, Kind]] = fields.EXISTENCE

    point: Mapping[Any, Any]
    properties: tuple[Any, ...]

    def validate(self) -> None:
        if not self.properties:
            raise StatementError(f"{self.id}: a point without properties: nothing is claimed")
        if any(isinstance(p, Ne) for p in self.properties):
            raise StatementError(f"{self.id}: ≠ cannot be checked as a property: write <, > or an equation")
        for name, value in self.point.items():
            self._same_shape(name, value)

    @property
    def content(self) -> tuple[Any, ...]:
        return tuple(at_point(p, self.point) for p in self.properties)

    @property
    def conditions(self) -> tuple[tuple[Any, Any], ...]:
        """Each property as written, with what it becomes at the point."""
        return tuple(zip(self.properties, self.content, strict=True))


def at_point(expr: Any, point: Mapping[Any, Any]) -> Any:
    """`expr` at the point; matrix products are flattened again, an equation becomes what is 0 where it holds."""
    if isinstance(expr, Eq):
        return at_point(expr.lhs - expr.rhs, point)
    if isinstance(expr, Relational):
        return expr.func(at_point(expr.lhs, point), at_point(expr.rhs, point), evaluate=False)
    if expr.has(Derivative):
        expr = expr.doit()  # differentiate before the variable becomes a number
    # a variable that is bound in it, of an integral, is another one
    return expr.xreplace({s: v for s, v in point.items() if s in expr.free_symbols})

"""Papers and their statements: the seven kinds of claim, each with its domain, source and derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from sympy import Expr, MatrixSymbol, Ne, S, Symbol, Tuple

from derivations.arguments import Kind, fields, shown
from derivations.calculus.substitution import at_point
from derivations.claim import Statement as Statement
from derivations.claim import StatementError as StatementError
from derivations.claim import shape_text
from derivations.domains import Domain
from derivations.vectors import is_matrix, shape_of


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
            raise StatementError(f"{self.id}: the gradient of a {shape_text(shape_of(self.of))} matrix; give a number")
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
                raise StatementError(f"{self.id}: a bound compares numbers, not {shape_text(shape_of(side))} matrices")
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


WIDEST = 0.1
"""The half-width of an exponent's interval that is allowed where no rival is named."""


@dataclass(frozen=True, eq=False, repr=False)
class Rate(Statement):
    """`quantity` follows a law in `variable`: quantity ∝ variable^exponent, or ∝ exp(exponent·variable).

    `against` are rival exponents that the measurement must exclude: the law is undecided while its interval holds one
    of them beside its own. `within` is the largest half-width that the interval may have, errors of finite sizes
    included; without rivals it is 0.1, so that exponents farther away than that are excluded.
    `measure(rng)` returns arrays (variable, quantity) for a user's own statement; `rng` is as in Probability.
    """

    kind: ClassVar[str] = "Rate"
    kinds: ClassVar[Mapping[str, Kind]] = fields.RATE

    quantity: Expr
    variable: Symbol
    exponent: Any
    law: str = field(default="power", kw_only=True)
    within: float | None = field(default=None, kw_only=True)
    against: tuple[Any, ...] = field(default=(), kw_only=True)
    measure: Callable[..., Any] | None = field(default=None, kw_only=True)

    def validate(self) -> None:
        if not (self.exponent.is_number and self.exponent.is_real):
            raise StatementError(f"{self.id}: the exponent {self.exponent} is not a real number")
        for rival in self.against:
            if not (rival.is_number and rival.is_real) or rival == self.exponent:
                raise StatementError(f"{self.id}: against {rival}, which is no other exponent than {self.exponent}")

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.quantity, self.variable, self.exponent)

    @property
    def widest(self) -> float:
        """The largest half-width of the exponent's interval with which the law is still told from others."""
        given = [self.within] if self.within is not None else []
        return min([*given, *(abs(float(self.exponent - r)) for r in self.against)], default=WIDEST)

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
            raise StatementError(f"{self.id}: ≠ is no property that is looked at: write <, > or an equation")
        for name, value in self.point.items():
            self._same_shape(name, value)

    @property
    def content(self) -> tuple[Any, ...]:
        return tuple(at_point(p, self.point) for p in self.properties)

    @property
    def conditions(self) -> tuple[tuple[Any, Any], ...]:
        """Each property as written, with what it becomes at the point."""
        return tuple(zip(self.properties, self.content, strict=True))

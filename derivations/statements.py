"""The seven kinds of claim, each with its domain, source and derivation."""

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
    """The claim lhs = rhs on the domain.

    Args:
        lhs: A number, vector or matrix; usually the definition.
        rhs: One of the same shape; usually the closed form.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from derivations import Identity
        >>> x = Symbol("x", real=True)
        >>> Identity("double-angle", sin(2 * x), 2 * sin(x) * cos(x)).kind
        'Identity'
    """

    kind: ClassVar[str] = "Identity"
    pointwise: ClassVar[bool] = True
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
    """The claim that an expression is the derivative of another expression or of a torch model.

    Args:
        wrt: The variable: a vector, for which the gradient is a column, a matrix or a number.
        equals: The claimed derivative, of the shape of `wrt`.
        of: The number that is differentiated, as a SymPy expression; optional if there is a model.
        model: The same number as a torch function whose arguments have the names of the statement's symbols.

    Example:
        >>> from derivations import Gradient, norm_squared, vector
        >>> x = vector("x", 3)
        >>> Gradient("square", x, 2 * x, of=norm_squared(x)).kind
        'Gradient'
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
    """The claim lhs ≤ rhs on the domain.

    Args:
        lhs: A number, as a SymPy expression.
        rhs: Another one.
        constant: The symbol in lhs or rhs whose sharpest value is wanted; without it, a factor before rhs.
        value: The claimed value of `constant`.
        printed: The paper's own constant, if it is not sharp.
        sharp_at: A point, as a mapping, where both sides are equal, at least as a limit; without it the bound is not
            claimed to be sharp.

    Example:
        >>> from sympy import Symbol, exp
        >>> from derivations import Bound
        >>> x = Symbol("x", real=True)
        >>> Bound("tangent", 1 + x, exp(x), sharp_at={x: 0}).kind
        'Bound'
    """

    kind: ClassVar[str] = "Bound"
    pointwise: ClassVar[bool] = True
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
        """The left side with the value of the constant."""
        return self.lhs.xreplace({self.constant: self.value}) if self.constant is not None else self.lhs

    @property
    def upper(self) -> Any:
        """The right side with the value of the constant."""
        return self.rhs.xreplace({self.constant: self.value}) if self.constant is not None else self.rhs


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Statement):
    """The claim that a definition has a given value.

    Args:
        definition: The definition, such as an integral, an extremum or an expectation.
        value: The exact value; optional if there is an enclosure.
        enclosure: A pair of numbers (lower, upper) between which the value lies, if there is no exact form.

    Example:
        >>> from sympy import Symbol, sin
        >>> from derivations import Constant, supremum
        >>> x = Symbol("x", real=True)
        >>> Constant("largest-sine", supremum(sin(x), x, (0, 7)), 1).kind
        'Constant'
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
    """The claim that a quantity follows a power law or an exponential law.

    Args:
        quantity: The quantity, as a symbol or `derivations.quantities.MeasuredQuantity`.
        variable: The symbol that it depends on.
        exponent: The exponent, a real number.
        law: "power" for quantity ∝ variable^exponent, or "exponential" for quantity ∝ exp(exponent·variable).
        within: The largest half-width of the exponent's confidence interval, errors of finite sizes included; 0.1
            where no rival is named.
        against: Rival exponents that the interval must exclude; the law is undecided while it holds one.
        measure: A function of a `numpy.random.Generator` that returns two arrays, values of the variable and the
            quantity there.

    Example:
        >>> from sympy import symbols
        >>> from derivations import Rate
        >>> error, n = symbols("error n", positive=True)
        >>> Rate("monte-carlo", error, n, -0.5).law
        'power'
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
                raise StatementError(f"{self.id}: against = {rival} must be another exponent than {self.exponent}")

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
    """The claim that the probability of an event is at most, or at least, a number.

    Args:
        event: The event, in words.
        at_most: The upper bound, from 0 to 1; give this or `at_least`.
        at_least: The lower bound, from 0 to 1.
        trial: A function of a `numpy.random.Generator` that returns an array of booleans, one for each independent
            trial. The generator belongs to this statement and is the same for the same seed;
            `checks.context.torch_generator` makes a torch generator from it.

    Example:
        >>> from sympy import Rational
        >>> from derivations import Probability
        >>> Probability("coin", "heads", at_most=Rational(3, 5), trial=lambda rng: rng.random(100) < 0.5).limit
        3/5
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
        """The bound, whichever of the two was given."""
        return self.at_most if self.at_most is not None else self.at_least

    @property
    def content(self) -> tuple[Any, ...]:
        return (self.event, "at most" if self.at_most is not None else "at least", self.limit)


@dataclass(frozen=True, eq=False, repr=False)
class Existence(Statement):
    """The claim that a given point has given properties.

    Args:
        point: The value of each symbol there, as expressions.
        properties: Expressions that are 0 at the point, or relations that hold there, for every value of the other
            symbols in the domain.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import Existence
        >>> x = Symbol("x", real=True)
        >>> Existence("root", {x: 2}, (x**2 - 4, x > 0)).content
        (0, 2 > 0)
    """

    kind: ClassVar[str] = "Existence"
    kinds: ClassVar[Mapping[str, Kind]] = fields.EXISTENCE

    point: Mapping[Any, Any]
    properties: tuple[Any, ...]

    def validate(self) -> None:
        if not self.properties:
            raise StatementError(f"{self.id}: the point has no properties, so that nothing is claimed")
        if any(isinstance(p, Ne) for p in self.properties):
            raise StatementError(f"{self.id}: ≠ cannot be checked as a property: write <, > or an equation")
        for name, value in self.point.items():
            self._same_shape(name, value)

    @property
    def content(self) -> tuple[Any, ...]:
        return tuple(at_point(p, self.point) for p in self.properties)

    @property
    def conditions(self) -> tuple[tuple[Any, Any], ...]:
        """Each property as written, with its form at the point."""
        return tuple(zip(self.properties, self.content, strict=True))

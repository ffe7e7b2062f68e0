"""The ranges of symbols: sets of numbers, vectors and matrices, and the laws of random ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sympy import Eq, Interval, MatrixSymbol, Ne, S, Set, Symbol, Tuple, oo, pi, sympify
from sympy import Range as SymRange
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.arguments import fitted, scalar, shown
from derivations.outcomes.budget import remembered


class DomainError(ValueError):
    """A domain is empty or contradictory, or a range is not valid."""


@dataclass(frozen=True)
class UnitVectors:
    """The unit sphere {x : ‖x‖ = 1}, of the dimension of the symbol."""


@dataclass(frozen=True)
class RealMatrices:
    """All real vectors or matrices of the symbol's shape."""


@dataclass(frozen=True)
class NonnegativeVectors:
    """All vectors of the symbol's length whose entries are ≥ 0."""


@dataclass(frozen=True)
class SymmetricMatrices:
    """All real symmetric matrices of the symbol's size."""


@dataclass(frozen=True)
class PositiveSemidefinite:
    """All real symmetric matrices of the symbol's size without a negative eigenvalue."""


@dataclass(frozen=True)
class Gaussian:
    """A random number, vector or matrix with independent standard normal entries."""


@dataclass(frozen=True)
class Signs:
    """A random number, vector or matrix with independent entries, each 1 or −1 with the chance 1/2."""


@dataclass(frozen=True)
class Independent:
    """A random number, vector or matrix with independent entries of any laws on [low, high].

    Args:
        low: The lower end, a number or an expression.
        high: The upper end.

    Example:
        >>> from derivations.domains import Independent
        >>> Independent(0, 1).high
        1
    """

    low: Any
    high: Any

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, fitted(f"Independent: {name}", getattr(self, name), scalar, DomainError))
        if (self.high - self.low).is_nonpositive:
            raise DomainError(f"entries in [{self.low}, {self.high}]: write the lower end first")


@dataclass(frozen=True)
class Dependent:
    """A random number, vector or matrix of any law, which may depend on all other random ones.

    As the range of a member of a family it is that of the whole family. What `where` says of it holds for every
    outcome.

    Args:
        kind: The set of matrices that it lies in, such as `PositiveSemidefinite()`; None for any.

    Example:
        >>> from derivations.domains.ranges import Dependent, PositiveSemidefinite
        >>> Dependent(PositiveSemidefinite()).kind
        PositiveSemidefinite()
    """

    kind: Any = None


@dataclass(frozen=True)
class Angle:
    """The angle ∠(x, y) ∈ [0, π] of two vectors, as the range of a symbol φ.

    Args:
        x: A vector symbol.
        y: Another one, of the same size.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import Angle, vector
        >>> from derivations.domains import make_domain
        >>> phi, x, y = Symbol("phi", real=True), vector("x", 3), vector("y", 3)
        >>> make_domain({phi: Angle(x, y)}, (), set()).angles[phi] == Angle(x, y)
        True
    """

    x: MatrixExpr
    y: MatrixExpr


LARGEST_END = 10**300
SquareRange: TypeAlias = SymmetricMatrices | PositiveSemidefinite
MatrixRange: TypeAlias = UnitVectors | RealMatrices | NonnegativeVectors | SquareRange
"""The ranges of vectors and matrices that are not random."""
RandomRange: TypeAlias = Gaussian | Signs | Independent | Dependent
"""The laws of random numbers, vectors and matrices; a statement holds for each value of all other symbols."""
Range: TypeAlias = Set | MatrixRange | RandomRange | Angle


def is_square(symbol: Any) -> bool:
    """Whether a symbol is a square matrix."""
    rows, columns = getattr(symbol, "shape", (0, 1))
    return bool(sympify(rows - columns).expand() == 0)


def relation_sign(values: Range) -> str:
    """What stands between a symbol and its range."""
    return "=" if isinstance(values, Angle) else "~" if isinstance(values, RandomRange) else "∈"


def range_text(symbol: Any, values: Range) -> str:
    """A range in words, for terminals and messages."""
    match values:
        case SymmetricMatrices():
            return f"symmetric R^({symbol.shape[0]}×{symbol.shape[1]})"
        case PositiveSemidefinite():
            return f"symmetric R^({symbol.shape[0]}×{symbol.shape[1]}), no eigenvalue negative"
        case Gaussian():
            return "N(0, I)" if isinstance(symbol, MatrixSymbol) else "N(0, 1)"
        case Signs():
            return "independent signs" if isinstance(symbol, MatrixSymbol) else "a sign"
        case Dependent(kind):
            return "random, of any law" + (f" on {range_text(symbol, kind)}" if kind is not None else "")
        case Independent(low, high):
            many = isinstance(symbol, MatrixSymbol)
            return f"{'independent entries' if many else 'any law'} on [{low}, {high}]"
        case UnitVectors():
            return f"unit sphere of R^{symbol.shape[0]}"
        case NonnegativeVectors():
            return f"R^{symbol.shape[0]}, no entry negative"
        case RealMatrices():
            rows, cols = symbol.shape
            return f"R^{rows}" if cols == 1 else f"R^({rows}×{cols})"
        case Angle(x, y):
            return f"∠({x}, {y})"
    if values == S.Reals:
        return "R"
    if values == S.Naturals:
        return "{1, 2, …}"
    if isinstance(values, SymRange) and values.step == 1 and values.size.is_finite:
        return f"{{{values.inf}, …, {values.sup}}}"
    if isinstance(values, SymRange) and values.step == 1 and values.sup == oo and values.inf.is_finite:
        return f"{{{values.inf}, {values.inf + 1}, …}}"
    if isinstance(values, Interval):
        left, right = "(" if values.left_open else "[", ")" if values.right_open else "]"
        return f"{left}{values.start}, {values.end}{right}".replace("oo", "∞")
    return str(values)


def relations(where: Any) -> tuple[Any, ...]:
    """The conditions of a `where`, one or several; raises DomainError for anything that is not a condition."""
    if isinstance(where, Boolean | bool) and not isinstance(where, Symbol):
        return (where,)
    given = tuple(where) if isinstance(where, tuple | list | Tuple | set | frozenset) else (where,)
    for condition in given:
        if not isinstance(condition, Boolean | bool) or isinstance(condition, Symbol):
            raise DomainError(f"where = {shown(where)}: write a condition such as x <= 1, or a tuple of such")
    return given


def relation_text(relation: Any) -> str:
    """A condition as plain text, with = for an equation.

    >>> from sympy import Eq, Symbol
    >>> relation_text(Eq(Symbol("x"), 1))
    'x = 1'
    """
    sign = {Eq: "=", Ne: "!="}.get(type(relation))
    return f"{relation.lhs} {sign} {relation.rhs}" if sign else str(relation)


def sign_of(values: Set) -> dict[str, bool]:
    """What a range of real numbers says of their sign, as assumptions of a symbol.

    >>> from sympy import Interval, oo
    >>> sign_of(Interval.open(0, oo)), sign_of(Interval(-1, 1))
    ({'real': True, 'positive': True}, {'real': True})
    """
    known = {"real": True}
    without_zero = values.contains(0) == False  # noqa: E712
    if values.inf.is_positive or (values.inf == 0 and without_zero):
        known["positive"] = True
    elif values.inf.is_nonnegative:
        known["nonnegative"] = True
    elif values.sup.is_negative or (values.sup == 0 and without_zero):
        known["negative"] = True
    elif values.sup.is_nonpositive:
        known["nonpositive"] = True
    return known


@remembered(1024)
def known_of(values: Set) -> tuple[tuple[str, bool], ...]:
    """What a range says of a number's sign and type."""
    return tuple(sorted((sign_of(values) | ({"integer": True} if values.is_subset(S.Integers) else {})).items()))


@remembered(1024)
def within_pi_range(values: Set) -> bool:
    """Whether a range of numbers lies between 0 and π."""
    return bool(values.is_subset(Interval(0, pi)))

"""The kinds of arguments of public functions: one test for each kind, and error messages of one line.

A kind is a function that takes what was given and returns it in the form that is worked with, or raises Unfit, which
says what is needed. `taking` puts kinds before a function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from math import log10
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sympy import (
    Basic,
    Expr,
    FallingFactorial,
    ImmutableMatrix,
    MatrixSymbol,
    Pow,
    Rational,
    RisingFactorial,
    S,
    Symbol,
    SympifyError,
    binomial,
    factorial,
    factorial2,
    fibonacci,
    gamma,
    lucas,
    nan,
    subfactorial,
    sympify,
    zoo,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

P = ParamSpec("P")
R = TypeVar("R")
Kind = Callable[[Any], Any]
PACKAGES = ("derivations", "numerics", "checks")
LONGEST = 60
"""Characters of a value that are shown."""
MOST_ENTRIES = 2_500
"""Entries of a matrix that is written out."""
FACTORIALS = (factorial, factorial2, gamma, subfactorial, binomial, RisingFactorial, FallingFactorial, fibonacci, lucas)
LONGEST_FACTORIAL = 10_000
LONGEST_INTEGER = 14_000
"""Bits of an integer: Python writes none that has more than 4300 digits."""
LONGEST_NUMBER = 100_000
"""Digits of a power of numbers."""
LARGEST_WHOLE = 2**31 - 1
"""No count or size of arrays is larger."""


class ArgumentError(ValueError):
    """An argument that a function cannot take; the message names both, shows the value and says what is needed."""


class InputError(ValueError):
    """Arguments or data that a function cannot work with; the message says in one line what is wrong."""


class Unfit(Exception):
    """Raised by a kind: what is needed in place of the value."""


def taking(error: type[ValueError], **kinds: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: arguments brought into form by their kinds, and `error` for those that do not fit.

    What other libraries, or functions that the user gave, raise inside comes as `error` of one line as well.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        placed = [(i, name, kinds[name]) for i, name in enumerate(signature.parameters) if name in kinds]
        name_ = function.__name__

        @wraps(function)
        def called(*args: P.args, **given: P.kwargs) -> R:
            places, named = list(args), dict(given)
            for i, name, kind in placed:
                if i < len(places):
                    places[i] = fitted(f"{name_}: {name}", places[i], kind, error)
                elif name in named:
                    named[name] = fitted(f"{name_}: {name}", named[name], kind, error)
            try:
                return function(*places, **named)  # type: ignore[arg-type]
            except Exception as raised:
                if is_ours(raised) or not _binds(signature, args, given):
                    raise
                raise error(f"{name_}: {one_line(raised)}") from raised

        return called

    return decorate


def _binds(signature: inspect.Signature, args: Any, given: Any) -> bool:
    """Whether the arguments are those of the function: Python's own words for others are clear."""
    try:
        signature.bind(*args, **given)
    except TypeError:
        return False
    return True


def fitted(name: str, value: Any, kind: Kind, error: type[ValueError] = ArgumentError) -> Any:
    """The value as its kind makes it; raises `error`, which shows it and says what is needed."""
    try:
        return kind(value)
    except Unfit as needed:
        raise error(f"{name} = {shown(value)}: {needed}") from None
    except Exception as raised:
        if is_ours(raised):
            raise
        raise error(f"{name} = {shown(value)}: {one_line(raised)}") from raised


def is_ours(error: BaseException) -> bool:
    """Whether an error's class is one of this library."""
    return type(error).__module__.partition(".")[0] in PACKAGES


def one_line(error: BaseException) -> str:
    """The kind of an error and its message, on one line."""
    try:
        said = " ".join(str(error).split())
    except Exception:
        said = ""
    said = said if len(said) <= 4 * LONGEST else said[: 4 * LONGEST] + "…"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its kind where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].strip()


def shown(value: Any) -> str:
    """Any value in one short line."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape and not isinstance(value, MatrixExpr):
        try:
            return f"a {type(value).__name__} of shape {tuple(map(str, shape))}".replace("'", "")
        except Exception:
            return f"a {type(value).__name__}"
    try:
        said = " ".join((str(value) if isinstance(value, Basic) else repr(value)).split())
    except Exception:
        return f"a {type(value).__name__}"
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def expression(value: Any) -> Any:
    """A SymPy expression, number or matrix; arrays of one or two axes as matrices.

    Text is refused: SymPy would run it as Python, and its symbols have no assumptions.
    """
    if isinstance(value, str | bytes):
        raise Unfit("a text; write a SymPy expression, with Symbol('x') for x")
    found = value
    if not isinstance(value, Basic | MatrixBase):
        found = _converted(value)
    if isinstance(found, MatrixBase):
        found = ImmutableMatrix(found)
        if not all(isinstance(e, Expr) for e in found.flat()):
            raise Unfit("a matrix whose entries are not numbers")
    if isinstance(found, Basic):
        refuse_long_numbers(found)
    if isinstance(found, Basic) and any(m.rows * m.cols > MOST_ENTRIES for m in _written_out(found)):
        raise Unfit(f"a matrix of more than {MOST_ENTRIES} entries; write a MatrixSymbol, or take a smaller size")
    if not isinstance(found, Expr | MatrixBase):
        raise Unfit("neither a number nor a matrix; write a SymPy expression")
    if found is nan or found is zoo or (isinstance(found, MatrixBase) and found.has(nan, zoo)):
        raise Unfit("not a number")
    return found


def _written_out(expr: Basic) -> set[Any]:
    """The matrices of given entries in an expression; of such a matrix itself `atoms` looks at the entries only."""
    return {expr} if isinstance(expr, MatrixBase) else set(expr.atoms(MatrixBase))


def refuse_long_numbers(expr: Basic) -> None:
    """Raise Unfit for powers and factorials of numbers, kept as they are written, that SymPy would write out anywhere.

    It does so in one step that nothing can stop.
    """
    if any(max(abs(r.p), r.q).bit_length() > LONGEST_INTEGER for r in expr.atoms(Rational)):
        raise Unfit("holds an integer too long to be written out; take its logarithm")
    for node in expr.atoms(Pow, *FACTORIALS):
        numbers = [a for a in node.args if a.is_number]
        if len(numbers) < len(node.args) or not all(a.is_integer or a.is_rational for a in numbers):
            continue
        first, *rest = (abs(float(a.evalf(8, maxn=30))) for a in numbers)
        if not isinstance(node, Pow):
            long = max(first, *rest) > LONGEST_FACTORIAL if rest else first > LONGEST_FACTORIAL
        else:
            base = max((abs(r.p) + abs(r.q) for r in node.base.atoms(Rational)), default=2)
            long = node.base not in (0, 1, -1) and rest[0] * log10(max(base, 2)) > LONGEST_NUMBER
        if long:
            raise Unfit(f"holds {shown(node)}, a number too long to be written out; take its logarithm")


def _converted(value: Any) -> Any:
    shape = getattr(value, "shape", None)
    if hasattr(value, "detach"):
        raise Unfit("a tensor; write a SymPy expression")
    if isinstance(shape, tuple) and len(shape) in (1, 2) and 0 not in shape and value.dtype.kind in "iuf":
        return ImmutableMatrix(value.tolist())
    if not isinstance(value, bool | int | float | complex) and shape != ():
        raise Unfit("neither a number nor a matrix; write a SymPy expression")
    if isinstance(value, bool):
        raise Unfit("a truth value; write both sides as arguments of their own, not as lhs == rhs")
    try:
        return sympify(value)
    except (SympifyError, TypeError, ValueError):
        raise Unfit("neither a number nor a matrix; write a SymPy expression") from None


def scalar(value: Any) -> Any:
    """An expression that is one number."""
    found = expression(value)
    if isinstance(found, MatrixExpr | MatrixBase):
        if tuple(found.shape) == (1, 1):
            return found
        raise Unfit("a matrix; a number is needed")
    return found


def column(value: Any) -> Any:
    """A vector or matrix expression of one column."""
    found = value if isinstance(value, MatrixExpr | MatrixBase) else expression(value)
    if not isinstance(found, MatrixExpr | MatrixBase) or found.shape[1] != 1:
        raise Unfit("not a column; write vector('x', n)")
    return expression(found)


def matrix(value: Any) -> Any:
    """A vector or matrix expression."""
    found = expression(value)
    if not isinstance(found, MatrixExpr | MatrixBase):
        raise Unfit("not a vector or matrix; write vector('x', n)")
    return found


def symbol(value: Any) -> Any:
    """A scalar symbol."""
    if not isinstance(value, Symbol):
        raise Unfit("not a symbol; write Symbol('x', real=True)")
    return value


def symbols(value: Any) -> tuple[Any, ...]:
    """Several scalar symbols, or one by itself."""
    given = tuple(value) if isinstance(value, list | tuple) else (value,)
    found = tuple(symbol(v) for v in given)
    if not found:
        raise Unfit("not a tuple of symbols; write (x, y)")
    return found


def variable(value: Any) -> Any:
    """A symbol, vector, matrix symbol or an entry of one."""
    if not isinstance(value, Symbol | MatrixSymbol | MatrixElement):
        raise Unfit("not a variable; give a symbol, a vector or a matrix symbol")
    return value


def size(value: Any) -> Any:
    """The number of entries of a vector: a positive whole number, or an expression that may be one."""
    found = scalar(value)
    possible = (found.is_integer, found.is_nonnegative, found.is_commutative, found.is_finite)
    if False in possible or found.is_real is False or isinstance(found, MatrixBase | MatrixExpr):
        raise Unfit("not a size; give a whole number or Symbol('n', integer=True, positive=True)")
    if found.is_Number and found > LARGEST_WHOLE:
        raise Unfit(f"not a size; the largest is {LARGEST_WHOLE}")
    return found


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Unfit("not a text; write it in quotes")
    return str(value)


def path(value: Any) -> Any:
    """The name of a file or folder; "" is none."""
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise Unfit("not a path")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Several strings, or one by itself."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(v, str) for v in value):
        raise Unfit("not a tuple of names; write ('one', 'two')")
    return tuple(sorted(value) if isinstance(value, set | frozenset) else value)


def table(value: Any) -> Mapping[Any, Any]:
    """A mapping; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unfit("not a mapping; write {x: …}")
    return value


def function(value: Any) -> Any:
    """Something that can be called."""
    if not callable(value) or (isinstance(value, Basic) and not hasattr(value, "variables")):
        raise Unfit("not a function")
    return value


def optional(kind: Kind) -> Kind:
    """The kind, or None."""
    return lambda value: None if value is None else kind(value)


def flag(value: Any) -> bool:
    """True or False, NumPy's and SymPy's as well."""
    if value in (True, False) if isinstance(value, bool) else type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if value in (S.true, S.false) if isinstance(value, type(S.true) | type(S.false)) else False:
        return bool(value)
    raise Unfit("neither True nor False")


def whole(least: int, most: int = LARGEST_WHOLE) -> Kind:
    """Whole numbers from `least` to `most`, of Python, NumPy, torch or SymPy, floats without a fraction included."""

    def kind(value: Any) -> int:
        found = plain_number(value)
        if found != found or found in (float("inf"), float("-inf")) or found != int(found):
            raise Unfit("not a whole number")
        if not least <= found <= most:
            raise Unfit(f"not {f'at least {least}' if found < least else f'at most {most}'}")
        return int(found)

    return kind


def real(least: float | None = None, *, above: float | None = None, most: float | None = None) -> Kind:
    """Finite real numbers, not below `least`, greater than `above` and not above `most`, as floats."""

    def kind(value: Any) -> float:
        found = float(plain_number(value))
        if found != found or found in (float("inf"), float("-inf")):
            raise Unfit("not a finite number")
        if least is not None and found < least:
            raise Unfit("negative" if least == 0 else f"less than {least:g}")
        if above is not None and not found > above:
            raise Unfit(f"not greater than {above:g}")
        if most is not None and found > most:
            raise Unfit(f"greater than {most:g}")
        return found

    return kind


def plain_number(value: Any) -> int | float:
    """A real number of Python, NumPy, torch or SymPy as one of Python's; raises Unfit for anything else."""
    if isinstance(value, bool | str | bytes):
        raise Unfit("not a number")
    if isinstance(value, int | float):
        return value
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        found = value.item()
        if isinstance(found, int | float) and not isinstance(found, bool):
            return found
    if isinstance(value, Expr) and value.is_number and value.is_real:
        return int(value) if value.is_Integer else float(value)
    raise Unfit("not a real number")


def one_of(*words: str) -> Kind:
    """One of some words."""

    def kind(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(f"must be {', '.join(map(repr, words[:-1]))} or {words[-1]!r}")
        return value

    return kind


seed = whole(0, 2**63 - 1)
"""A seed of random numbers."""

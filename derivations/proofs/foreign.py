"""Errors of SymPy, mpmath and Arb told apart from our own: theirs are no answer, ours are mistakes and come through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sympy import PolynomialError

from derivations.outcomes.reasons import Stopped

PACKAGES = frozenset({"sympy", "mpmath", "flint"})
KNOWN = (
    PolynomialError,
    NotImplementedError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
"""What they raise for an expression that they do not take; there is no common base of these."""


class ForeignError(Stopped):
    """A library of mathematics broke down over an expression that it does not take."""


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Raise ForeignError for what SymPy, mpmath or Arb raised themselves.

    What the code of this package raised passes as it is, be it an answer such as NoClosedForm or a mistake.

    >>> with foreign_errors():
    ...     1 + None
    Traceback (most recent call last):
    TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'
    """
    try:
        yield
    except KNOWN as error:
        if isinstance(error, RecursionError) or _raised_in(error) in PACKAGES:
            raise ForeignError(f"{type(error).__name__}: {error}") from error
        raise


def _raised_in(error: BaseException) -> str:
    """The package of the code that raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return str(name).partition(".")[0]

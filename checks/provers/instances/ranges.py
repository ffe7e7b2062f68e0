"""What it means for an object to lie in a range, and for it to be a number at all, as conditions to prove."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from derivations.domains import Angle, Domain
from derivations.instances import Instantiated
from derivations.vectors import is_matrix

Proved = Callable[[Any], bool]
INTEGERS = (sp.S.Naturals, sp.S.Naturals0, sp.S.Integers)


def in_range(expr: Any, values: Any, domain: Domain, proved: Proved) -> Iterator[Any]:
    """The conditions under which a number lies in a range.

    Args:
        expr: The number.
        values: A set of numbers.
        domain: Where the statement is claimed.
        proved: Whether a relation holds there for sure.

    Yields:
        Relations that may be proved, and for sets that are no intervals the membership in words, unless it is clear.

    Example:
        >>> from derivations.domains import make_domain
        >>> x, n = sp.Symbol("x", real=True), sp.Symbol("n", integer=True)
        >>> no = lambda condition: False
        >>> list(in_range(n + 1, sp.S.Naturals, make_domain({}, (), {n}), no))
        [n + 1 >= 1]
        >>> list(in_range(x, sp.FiniteSet(-1, 1), make_domain({}, (), {x}), no))
        ['x ∈ {-1, 1}']
    """
    if expr in domain.scalars and domain.interval(expr).is_subset(values) is True:
        return
    if isinstance(values, sp.Interval) or values in (sp.S.Reals, *INTEGERS):
        if values in INTEGERS and domain.assume(expr).is_integer is not True:
            yield sp.Eq(expr, sp.floor(expr), evaluate=False)
        low, high = values.inf, values.sup
        if low.is_finite:
            yield (sp.Gt if getattr(values, "left_open", False) else sp.Ge)(expr, low, evaluate=False)
        if high.is_finite:
            yield (sp.Lt if getattr(values, "right_open", False) else sp.Le)(expr, high, evaluate=False)
        return
    if isinstance(values, sp.Union) and any(
        all(proved(c) for c in in_range(expr, part, domain, proved)) for part in values.args
    ):
        return
    if values.contains(expr) != True:  # noqa: E712
        yield f"{expr} ∈ {values}"


def is_angle(expr: Any, values: Angle, fact: Instantiated, domain: Domain) -> bool:
    """Whether what is put in for an angle is the statement's own angle of what is put in for its two vectors."""
    own = domain.angles.get(expr)
    ends = [fact.put.get(values.x, values.x), fact.put.get(values.y, values.y)]
    return own is not None and (ends in ([own.x, own.y], [own.y, own.x]))


def real(expr: Any, domain: Domain) -> Iterator[Any]:
    """The conditions under which an expression is a real number: roots, logarithms and quotients have their arguments.

    >>> from derivations.domains import make_domain
    >>> x, y = sp.Symbol("x", real=True), sp.Symbol("y", positive=True)
    >>> list(real(sp.sqrt(x) + 1 / y, make_domain({}, (), {x, y})))
    [x >= 0]
    """
    if is_matrix(expr) or domain.assume(expr).is_real is True:
        return
    match expr:
        case sp.Pow(base=base, exp=power):
            yield from real(base, domain)
            yield from real(power, domain)
            whole, sign = domain.assume(power).is_integer is True, domain.assume(power)
            if not whole and sign.is_positive:
                yield sp.Ge(base, 0, evaluate=False)
            elif not whole:
                yield sp.Gt(base, 0, evaluate=False)
            elif sign.is_nonnegative is not True:
                yield sp.Ne(base, 0, evaluate=False)
        case sp.log(args=(inner,)):
            yield from real(inner, domain)
            yield sp.Gt(inner, 0, evaluate=False)
        case sp.asin(args=(inner,)) | sp.acos(args=(inner,)):
            yield from real(inner, domain)
            yield sp.Le(inner**2, 1, evaluate=False)
        case sp.Add() | sp.Mul() | sp.Max() | sp.Min() | sp.Abs() | sp.exp():
            for part in expr.args:
                yield from real(part, domain)
        case sp.Expr() if expr.is_number or expr.is_Symbol or isinstance(expr, AppliedUndef | sp.Function):
            if not _keeps(expr):
                yield f"{expr} ∈ {sp.S.Reals}"


def _keeps(expr: Any) -> bool:
    """Whether a function is real wherever its arguments are."""
    if expr.is_real is True or not expr.args:
        return expr.is_real is True
    if not all(isinstance(a, sp.Expr) for a in expr.args):
        return False
    return expr.func(*(a if is_matrix(a) else sp.Dummy(real=True) for a in expr.args)).is_real is True

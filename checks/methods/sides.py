"""Both sides of a statement at an exact point, by their definitions, in mpmath's working precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from mpmath import mp
from sympy.core.relational import Relational

from checks.methods.searching.exactly import as_real
from checks.methods.unspecified import pairs_of
from derivations.outcomes.reasons import Reason, Stopped
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from derivations.vectors import is_matrix
from numerics.values.evaluate import evaluate
from numerics.values.points import Point


class NotReal(Stopped, ValueError):
    """A side is not a real number at some point."""

    reason = Reason.NO_REAL_VALUE


def sides(statement: Statement, point: Point) -> Iterator[tuple[str, Any, Any, str]]:
    """What is compared at a point: (name, left, right, relation), entry by entry and for each stand-in of σ."""
    yield from pairs_of(statement, point, _sides)


def _sides(statement: Statement, point: Point) -> Iterator[tuple[str, Any, Any, str]]:
    match statement:
        case Identity():
            # complex numbers are compared as such, each function on its principal branch
            left, right = (numbers(side, point, real=False) for side in (statement.lhs, statement.rhs))
            yield from entrywise("", left, right)
        case Bound():
            yield "", _number(statement.lower, point), _number(statement.upper, point), "<="
        case Gradient():
            claimed = numbers(statement.equals, point)
            yield from entrywise("derivative ", _differences(statement, point), claimed)
        case Constant():
            value = numbers(statement.definition, point)
            if statement.value is not None:
                yield from entrywise("", value, numbers(statement.value, point))
            else:
                low, high = (_number(e, point) for e in statement.enclosure or ())
                yield "lower end ", low, value[0], "<="
                yield "upper end ", value[0], high, "<="
        case Existence():
            for written, condition in statement.conditions:
                name = f"{written}: "
                if isinstance(condition, Relational):
                    yield name, _number(condition.lts, point), _number(condition.gts, point), "<="
                else:
                    values = numbers(condition, point)
                    yield from entrywise(name, values, [mp.zero] * len(values))


def entrywise(name: str, left: list[Any], right: list[Any]) -> Iterator[tuple[str, Any, Any, str]]:
    if len(right) == 1 and len(left) > 1:
        right = right * len(left)
    if len(left) == 1 and len(right) > 1:
        left = left * len(right)
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        yield (f"{name}entry {i + 1}: " if len(left) > 1 else name), a, b, "="


def _number(expr: Any, point: Point, real: bool = True) -> Any:
    """The value of a side; raises NotReal for one with an imaginary part beyond rounding, unless `real` is off."""
    return _real(evaluate(expr, point, "mpmath"), expr, real)


def _real(value: Any, expr: Any, real: bool) -> Any:
    found = as_real(value)
    if found is None and real:
        raise NotReal(f"{expr} is not real")
    return value if found is None else found


def numbers(expr: Any, point: Point, real: bool = True) -> list[Any]:
    if not is_matrix(expr):
        return [_number(expr, point, real)]
    matrix = evaluate(expr, point, "mpmath")
    return [_real(matrix[i, j], expr, real) for i in range(matrix.rows) for j in range(matrix.cols)]


def _differences(statement: Gradient, point: Point) -> list[Any]:
    """The derivative by each entry of `wrt`, as a limit of differences."""
    base = point[statement.wrt]
    if not is_matrix(statement.wrt):
        return [mp.diff(lambda t: _number(statement.of, {**point, statement.wrt: t}), _number(base, point))]

    def along(i: int) -> Callable[[Any], Any]:
        def moved(t: Any) -> Any:
            entries = list(base)
            entries[i] = sp.Float(mp.nstr(mp.mpf(t), mp.dps + 10), mp.dps + 10)
            return _number(statement.of, {**point, statement.wrt: sp.ImmutableMatrix(*base.shape, entries)})

        return moved

    return [mp.diff(along(i), _number(sp.sympify(base[i]), point)) for i in range(len(base))]

"""A statement at one point that the user names: what a witness shows, run again."""

from __future__ import annotations

import ast
import operator
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from mpmath import mp

from checks.errors import UsageError
from checks.methods.precision import DIGITS, fails_at, sides
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from numerics.values.points import Point, point_text

CALLS: dict[str, Callable[..., Any]] = {
    name: getattr(sp, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tan", "acos", "asin", "atan", "erf")
}
NAMES: dict[str, Any] = {"pi": sp.pi, "E": sp.E}
OPERATORS: dict[type[Any], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
LONGEST_POWER = 1000


@dataclass(frozen=True)
class Seen:
    """Both sides at a point, entry by entry, and whether the statement holds there."""

    pairs: tuple[tuple[str, Any, Any, str], ...]
    holds: bool


def at_point(statement: Statement, point: Point) -> Seen:
    """Evaluate a statement at a point to 50 digits; raises UsageError for a statement that has no sides."""
    if not isinstance(statement, Identity | Bound | Constant | Existence | Gradient):
        raise UsageError(f"{statement.id} is a {statement.kind}: it is measured, not evaluated at a point")
    with mp.workdps(DIGITS):
        pairs = tuple(sides(statement, point))
    return Seen(pairs, not fails_at(statement, point))


def parse_point(text: str, statement: Statement) -> Point:
    """The point that `k = 2, phi = 1/2, a = (1, 0), W = 2×2 [1, 0, 0, 1]` names; parsed, never evaluated as code.

    Raises UsageError for a symbol that the statement does not have, one that is missing, or an invalid value.
    """
    known = {str(s): s for s in (*statement.domain.ranges, *statement.symbols)}
    found: Point = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        symbol = known.get(name.strip())
        if not equals or symbol is None:
            raise UsageError(f"'{part.strip()}': write one of {', '.join(sorted(known))} and its value")
        found[symbol] = _value(value.strip(), getattr(symbol, "shape", None))
    for symbol, angle in statement.domain.angles.items():
        if symbol not in found and angle.x in found and angle.y in found:
            found[symbol] = sp.acos((found[angle.x].T * found[angle.y])[0, 0])
    for vector in statement.domain.vectors:
        if vector in found:
            for n, size in zip(found[vector].shape, vector.shape, strict=True):
                if size.is_Symbol:
                    found.setdefault(size, sp.Integer(n))
    missing = [str(s) for s in statement.domain.ranges if s not in found and s in statement.symbols]
    if missing:
        raise UsageError(f"the point has no value for {', '.join(sorted(missing))}")
    return found


def _parts(text: str) -> list[str]:
    """The text split at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, ch in enumerate(text):
        depth += (ch in "([") - (ch in ")]")
        if ch == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [p for p in (*parts, text[start:]) if p.strip()]


def _value(text: str, shape: Any) -> Any:
    sized = re.fullmatch(r"(\d+)[×x](\d+)\s*\[(.*)\]", text)
    if sized:
        entries = [_number(p) for p in _parts(sized.group(3))]
        rows, cols = int(sized.group(1)), int(sized.group(2))
        if len(entries) != rows * cols:
            raise UsageError(f"'{text}': {rows * cols} entries expected")
        return sp.ImmutableMatrix(rows, cols, entries)
    if shape is not None:
        inside = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        entries = [_number(p) for p in _parts(inside)]
        return sp.ImmutableMatrix(len(entries), 1, entries)
    return _number(text)


def _number(text: str) -> Any:
    try:
        value = _tree(ast.parse(text.strip(), mode="eval").body)
        if not value.is_finite or not value.is_real:
            raise ValueError("it is not real and finite")
        return value
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError) as error:
        raise UsageError(f"'{text.strip()}' is not a number: {error}") from None


def _tree(node: ast.AST) -> Any:
    match node:
        case ast.Constant(value=int() as n) if not isinstance(n, bool):
            return sp.Integer(n)
        case ast.Constant(value=float() as x):
            return sp.Rational(str(x))
        case ast.Name(id=name) if name in NAMES:
            return NAMES[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_tree(inner)
        case ast.BinOp(left=a, op=op, right=b) if type(op) in OPERATORS:
            left, right = _tree(a), _tree(b)
            if isinstance(op, ast.Pow) and abs(right) > LONGEST_POWER:
                raise ValueError("the power is too large")
            return OPERATORS[type(op)](left, right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in CALLS:
            return CALLS[name](*map(_tree, args))
    raise ValueError("write integers, fractions, decimals, pi, E, + - * / ** and sqrt, exp, log, sin, cos, …")


def command_for(statement: Statement, witness: str, name: str = "") -> str:
    """The command that shows a witness again, or "" where its text is too short to say where it was.

    `name` is the user's name of the statement: FILE.py:ID for one in a file.
    """
    try:
        point = parse_point(witness, statement)
        if at_point(statement, point).holds:
            return ""
    except (UsageError, ValueError, ArithmeticError, TypeError, KeyError):
        return ""
    return shlex.join(("lemmata", "at", name or statement.id, point_text(point)))

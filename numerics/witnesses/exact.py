"""Exact numbers and points as text and back: parsed, never evaluated as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

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


def number(text: str) -> Any:
    """The number that a text names, such as `sqrt(2)/3`, `pi/2` or `0.25`; raises ValueError where it names none."""
    try:
        value = _tree(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, RecursionError) as error:
        raise ValueError(str(error) or "it is nested too deeply") from None
    if not value.is_finite or not value.is_real:
        raise ValueError("it is not real and finite")
    return value


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


def written(point: Mapping[str, Any]) -> dict[str, Any]:
    """A point as JSON data: numbers as exact text, matrices by their rows."""
    return {
        name: [[str(e) for e in row] for row in value.tolist()] if isinstance(value, sp.MatrixBase) else str(value)
        for name, value in point.items()
    }


def read(data: Mapping[str, Any]) -> dict[str, Any]:
    """The point that `written` wrote; raises ValueError, TypeError or AttributeError for anything else."""
    return {str(name): _entries(value) if isinstance(value, list) else number(value) for name, value in data.items()}


def _entries(rows: list[Any]) -> Any:
    return sp.ImmutableMatrix([[number(e) for e in row] for row in rows])

"""Kinks, jumps and case distinctions on a stretch of the real line: where they turn, and which branch holds on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from derivations.gaussian import relu, step
from numerics.errors import EvaluationError
from numerics.values.conditions import truth
from numerics.values.protocol import Evaluation

TURNING = (relu, step, sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
BROKEN = (*TURNING, sp.floor, sp.ceiling, sp.frac, sp.Mod)
"""Functions that are analytic between their kinks and jumps only."""


class Undecided(ValueError):
    """More than one branch is taken on the stretch."""


def turns(expr: sp.Expr) -> Iterator[sp.Expr]:
    """What changes its sign at a kink or a jump of `expr`."""
    for node in sorted(expr.atoms(*TURNING), key=sp.default_sort_key):
        if isinstance(node, sp.Piecewise):
            for _, condition in node.args:
                yield from (r.lhs - r.rhs for r in condition.atoms(sp.core.relational.Relational))
        elif isinstance(node, sp.Max | sp.Min):
            yield from (a - b for i, a in enumerate(node.args) for b in node.args[:i])
        else:
            yield node.args[0]


def rounded(expr: sp.Expr) -> Iterator[sp.Expr]:
    """What jumps where it is an integer."""
    for node in sorted(expr.atoms(sp.floor, sp.ceiling, sp.frac, sp.Mod), key=sp.default_sort_key):
        yield node.args[0] / node.args[1] if isinstance(node, sp.Mod) else node.args[0]


def settled(expr: sp.Expr, at: Evaluation) -> sp.Expr:
    """`expr` with the branch of each kink, jump and case distinction that holds on the balls of `at`.

    Raises Undecided where more than one is taken, or where that cannot be seen.
    """
    if not expr.has(*BROKEN):
        return expr
    if isinstance(expr, sp.Integral | sp.Sum):
        return expr  # an inner integral settles its own
    if isinstance(expr, BROKEN):
        try:
            return settled(_branch(expr, at), at)
        except (EvaluationError, ZeroDivisionError) as error:
            raise Undecided(str(error)) from None
    return expr.func(*(settled(a, at) for a in expr.args))


def _branch(node: sp.Expr, at: Evaluation) -> sp.Expr:
    match node:
        case sp.Piecewise():
            for value, condition in node.args:
                yes, no = truth(condition, at)
                if yes:
                    return value
                if not no:
                    break
            raise Undecided(str(node))
        case sp.Max() | sp.Min():
            sign = 1 if isinstance(node, sp.Max) else -1
            for a in node.args:
                if all(sign * (at.at(a) - at.at(b)) >= 0 for b in node.args if b != a):
                    return a
            raise Undecided(str(node))
        case sp.floor() | sp.ceiling() | sp.frac():
            return _rounded(node, at)
        case sp.Mod():
            x, m = node.args
            return x - m * _rounded(sp.floor(x / m, evaluate=False), at)
    x = node.args[0]
    value = at.at(x)
    match node:
        case relu():
            return _of(value, x, sp.S.Zero, weak=True)
        case sp.Abs():
            return _of(value, x, -x, weak=True)
        case step() | sp.Heaviside():
            return _of(value, sp.S.One, sp.S.Zero)
        case sp.sign():
            return _of(value, sp.S.One, sp.S.NegativeOne)
    raise Undecided(str(node))


def _of(value: Any, above: sp.Expr, below: sp.Expr, weak: bool = False) -> sp.Expr:
    if value > 0 or (weak and value >= 0):
        return above
    if value < 0 or (weak and value <= 0):
        return below
    raise Undecided("a sign")


def _rounded(node: sp.Expr, at: Evaluation) -> sp.Expr:
    """floor, ceiling or fractional part where it keeps to one integer."""
    x = node.args[0]
    ball = at.at(x)
    value = ball.ceil() if isinstance(node, sp.ceiling) else ball.floor()
    whole = value.unique_fmpz() if value.is_exact() else None
    if whole is None:
        raise Undecided(str(node))
    return x - int(whole) if isinstance(node, sp.frac) else sp.Integer(int(whole))

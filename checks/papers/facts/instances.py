"""Statements about functions or random numbers of a class, at concrete members of it: both sides as numbers.

What is compared is the statement as it is written, so that a changed one is compared as it was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Compared, Followed, Means, Shares
from derivations.calculus.functions import with_function
from derivations.domains import Gaussian, Independent, Signs
from derivations.quantities.chance import Chance, Mean, OverRandom
from derivations.statements import Bound, Identity, Statement
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
Law = Callable[[np.random.Generator, int], Array]
"""Draws a number of independent values or arrays: a batch with one leading axis."""

DRAWS, BATCHES = 20_000, 50
"""Random numbers of one comparison, and into how many means they are gathered: these are near a normal law."""
ROUNDING = 2**14 * UNIT_ROUNDOFF
"""Of the larger side of each case, and of 1: what thousands of operations with doubles may add up to."""


@dataclass(frozen=True)
class Case:
    """One member of the class that a statement speaks of.

    Args:
        values: The value of each symbol that is not random.
        functions: What stands in the place of each function symbol.
        laws: How random symbols are drawn, where the statement leaves their law open.
        means: Exact means that stand inside of chances, by the number that is averaged, after `functions`.
        sizes: Sizes of the random vectors and matrices.
    """

    values: Mapping[Any, Any] = field(default_factory=dict)
    functions: Mapping[Any, Callable[..., Any]] = field(default_factory=dict)
    laws: Mapping[Any, Law] = field(default_factory=dict)
    means: Mapping[Any, float] = field(default_factory=dict)
    sizes: Mapping[Any, int] = field(default_factory=dict)


Cases = Callable[[np.random.Generator], Sequence[Case]]
"""Draws members of a class."""


def sides(statement: Statement) -> tuple[Any, Any]:
    """The two sides of a statement that has two."""
    assert isinstance(statement, Bound | Identity)
    return (statement.lower, statement.upper) if isinstance(statement, Bound) else (statement.lhs, statement.rhs)


def put_in(expr: Any, case: Case) -> Any:
    """An expression with the functions of a case, and with its exact means."""
    for f, body in case.functions.items():
        expr = with_function(expr, f, body)
    known = {Mean(body): sp.Float(value) for body, value in case.means.items()}
    return expr.replace(lambda e: isinstance(e, OverRandom), lambda e: e.func(e.args[0].xreplace(known)))


def followed(statement: Statement, cases: Cases, context: Context) -> Followed:
    """Both sides of a statement for each function of its class that `cases` draws."""
    pairs = []
    seen: dict[Any, list[Any]] = {}
    for case in cases(context.rng("cases")):
        values = {**case.values, **case.sizes}
        key = tuple(case.functions.items())
        if key not in seen:
            seen[key] = [put_in(side, case) for side in sides(statement)]
        written = seen[key]
        system = "mpmath" if any(side.has(sp.Integral) for side in written) else "numpy"
        pairs.append([float(evaluate(side, values, system)) for side in written])
    # each case in units of its own size, which rounding is relative to
    found = np.array(pairs)
    left, right = (found / np.maximum(1.0, np.abs(found).max(1, keepdims=True))).T
    relation = "=" if isinstance(statement, Identity) else "<="
    return Followed(left, right, relation, ROUNDING, f"{len(pairs)} functions of the class, each in units of its size")


def sampled(statement: Statement, cases: Cases, context: Context) -> Compared:
    """Both sides of a statement on chances and means, from random numbers of each law that `cases` names.

    A product of means is the mean of a product of independent copies; a chance alone against a number is counted.
    """
    rng = context.rng("samples")
    listed = cases(context.rng("cases"))
    written = [tuple(put_in(side, case) for side in sides(statement)) for case in listed]
    about = f"{len(listed)} laws, {DRAWS:,} draws each"
    for this, other, turned in ((0, 1, False), (1, 0, True)):
        if all(isinstance(w[this], Chance) and not w[other].has(OverRandom) for w in written):
            events = [
                int(_node(w[this], _drawn(statement, case, rng, DRAWS)).sum())
                for w, case in zip(written, listed, strict=True)
            ]
            shares = Shares(np.array(events), DRAWS)
            known = np.array([float(_number(w[other], case)) for w, case in zip(written, listed, strict=True)])
            return Compared(known, shares, about=about) if turned else Compared(shares, known, about=about)
    gaps = [_gap(left - right, statement, case, rng) for (left, right), case in zip(written, listed, strict=True)]
    return Compared(Means(np.array(gaps).T, law="normal"), 0.0, about=about)


def _gap(gap: Any, statement: Statement, case: Case, rng: np.random.Generator) -> Array:
    """Left minus right for each of the batches, each mean replaced by that over a batch."""
    nodes = _outermost(gap)
    names = {node: sp.Dummy(f"m{i}", real=True) for i, node in enumerate(nodes)}
    polynomial = sp.Poly(gap.xreplace(names), *names.values())
    copies = [_drawn(statement, case, rng, DRAWS) for _ in range(int(polynomial.total_degree()))]
    total: Any = np.zeros(DRAWS)
    for powers, coefficient in polynomial.terms():
        term: Any = float(_number(coefficient, case))
        copy = iter(copies)
        for node, power in zip(nodes, powers, strict=True):
            for _ in range(power):
                term = term * _node(node, next(copy))
        total = total + term
    found: Array = np.asarray(total, dtype=float).reshape(BATCHES, -1).mean(1)
    return found


def _outermost(expr: Any) -> list[Any]:
    """The chances and means in an expression that stand in no other, in a fixed order."""
    if isinstance(expr, OverRandom):
        return [expr]
    found = [node for a in expr.args for node in _outermost(a)]
    return sorted(dict.fromkeys(found), key=sp.default_sort_key)


def _number(expr: Any, case: Case) -> Any:
    return evaluate(expr, {**case.values, **case.sizes})


def _node(node: Any, values: Mapping[Any, Any]) -> Array:
    """For each draw whether the event happened, 0 or 1, or the number that is averaged."""
    found = _happened(node.event, values) if isinstance(node, Chance) else evaluate(node.body, values)
    return np.broadcast_to(np.asarray(found, dtype=float), (DRAWS,))


def _happened(event: Any, values: Mapping[Any, Any]) -> Any:
    match event:
        case sp.And():
            return np.logical_and.reduce([_happened(a, values) for a in event.args])
        case sp.Or():
            return np.logical_or.reduce([_happened(a, values) for a in event.args])
        case sp.Not():
            return ~_happened(event.args[0], values)
    gap = evaluate(event.gts - event.lts, values)
    return gap > 0 if isinstance(event, sp.StrictGreaterThan | sp.StrictLessThan) else gap >= 0


def _drawn(statement: Statement, case: Case, rng: np.random.Generator, count: int) -> dict[Any, Any]:
    """The values of a case beside `count` draws of each random symbol."""
    values: dict[Any, Any] = {**case.values, **case.sizes}
    for symbol, law in statement.domain.random.items():
        axes = getattr(symbol, "shape", ())
        axes = axes[:1] if axes[1:] == (1,) else axes
        shape = tuple(int(sp.sympify(size).subs(case.sizes)) for size in axes)
        values[symbol] = case.laws[symbol](rng, count) if symbol in case.laws else _of_law(law, rng, (count, *shape))
    return values


def _of_law(law: Any, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    match law:
        case Gaussian():
            return rng.standard_normal(shape)
        case Signs():
            return rng.choice([-1.0, 1.0], size=shape)
        case Independent():
            raise ValueError("the case must say which law on the interval is meant")
    raise ValueError(f"no law {law}")

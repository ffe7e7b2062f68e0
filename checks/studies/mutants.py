"""Mutants: a statement with one thing changed, as a typing error would change it.

Numbers scaled by 1 ± 1 % and ± 50 %, signs and directions flipped, exponents ± 1, factors 2 and π put on or taken
off, indices swapped, σ and σ′ exchanged. What stays well formed is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy import Add, Lambda, MatAdd, MatrixSymbol, Pow, Rational, S, Symbol
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.special import Identity as Unit
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from derivations.activations import dsigma, sigma, sigmoid, softplus
from derivations.extrema import Extremum
from derivations.gaussian import Expectation, relu, step
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Constant, Gradient, Identity, Probability, Rate, Statement, StatementError
from derivations.vectors import ShapeError, is_matrix

SCALES = {"+1 %": Rational(101, 100), "−1 %": Rational(99, 100), "+50 %": Rational(3, 2), "−50 %": Rational(1, 2)}
EXCHANGED = {relu: step, step: relu, sigma: dsigma, dsigma: sigma, softplus: sigmoid, sigmoid: softplus}
LEAVES = (Symbol, MatrixSymbol, OneMatrix, ZeroMatrix, Unit, MeasuredQuantity, AppliedUndef)
SWAPS = 6
"""The largest number of pairs of symbols that are swapped on one side."""


@dataclass(frozen=True)
class Mutant:
    """A changed statement, and the change in words."""

    statement: Statement
    change: str


def mutants(statement: Statement) -> list[Mutant]:
    """All mutants of a statement that are well formed, each expression once."""
    found: list[Mutant] = []
    seen = {statement.fingerprint}
    for change, fields in _changes(statement):
        try:
            with foreign_errors():
                # a derivation proves what it was made for, and a source another theorem
                mark = "" if statement.mark == "cited" else statement.mark
                made = replace(statement, derive=None, mark=mark, **fields)
                print_ = made.fingerprint
        except (StatementError, ShapeError, ForeignError):
            continue
        if print_ not in seen:
            seen.add(print_)
            found.append(Mutant(made, change))
    return found


def _changes(statement: Statement) -> Iterator[tuple[str, dict[str, Any]]]:
    match statement:
        case Identity():
            for name in ("lhs", "rhs"):
                yield from _side(name, getattr(statement, name))
        case Gradient():
            yield from _side("equals", statement.equals)
        case Bound():
            yield "the inequality turned", {"lhs": statement.rhs, "rhs": statement.lhs, "sharp_at": statement.sharp_at}
            for name in ("lhs", "rhs"):
                yield from _side(name, getattr(statement, name))
            if statement.value is not None:
                yield from _side("value", statement.value)
        case Constant() if statement.value is not None:
            yield from _side("value", statement.value)
        case Constant():
            low, high = statement.enclosure or (S.Zero, S.Zero)
            for words, factor in SCALES.items():
                yield f"the enclosure {words}", {"enclosure": (low * factor, high * factor)}
            yield "the enclosure's sign", {"enclosure": (-high, -low)}
        case Rate():
            for words, factor in SCALES.items():
                yield f"the exponent {words}", {"exponent": statement.exponent * factor}
            for shift in (1, -1):
                yield f"the exponent {shift:+}", {"exponent": statement.exponent + shift}
            yield "the exponent's sign", {"exponent": -statement.exponent}
        case Probability():
            name = "at_most" if statement.at_most is not None else "at_least"
            other = "at_least" if name == "at_most" else "at_most"
            yield "the inequality turned", {name: None, other: statement.limit}
            for words, factor in SCALES.items():
                yield f"the limit {words}", {name: statement.limit * factor}


def _side(name: str, expr: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Changes of one side of a statement."""
    if isinstance(expr, MeasuredQuantity):
        return
    for change, made in changed(expr):
        yield f"{name}: {change}", {name: made}


def changed(expr: Any) -> Iterator[tuple[str, Any]]:
    """Every expression that differs from `expr` by one change, with the change in words."""
    if expr != 0:
        for word, factor in (("2", S(2)), ("π", sp.pi)):
            yield f"times {word}", factor * expr
        yield "the sign of the whole", -expr
    for path, node in _nodes(expr):
        for change, new in _at(node, path, expr):
            try:
                with foreign_errors():
                    made = _put(expr, path, new)
            except (ShapeError, ForeignError):
                continue  # not well formed
            yield change, made
    yield from _swapped(expr)


def _nodes(expr: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every node that a mutant may change, with its place; sizes, laws and variables of integration are not changed."""
    yield path, expr
    if isinstance(expr, LEAVES):
        return
    for i, arg in _inside(expr):
        yield from _nodes(arg, (*path, i))


def _inside(expr: Any) -> list[tuple[int, Any]]:
    args = list(enumerate(getattr(expr, "args", ())))
    if isinstance(expr, Expectation | Extremum | sp.Integral | sp.Sum | sp.Derivative | sp.Product | sp.Limit):
        return args[:1]
    if isinstance(expr, Lambda):
        return args[1:]
    if isinstance(expr, sp.MatrixBase):
        return args[2:]
    return args


def _put(expr: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _put(args[path[0]], path[1:], new)
    return expr.func(*args)


def _at(node: Any, path: tuple[int, ...], whole: Any) -> Iterator[tuple[str, Any]]:
    """The changes at one node."""
    if _is_exponent(path, whole):
        if node.is_Rational:
            for shift in (1, -1):
                yield f"the exponent {node} {shift:+}", node + shift
        return
    if node.is_number and not node.args and node not in (0, 1, -1):
        for words, factor in SCALES.items():
            yield f"{node} {words}", node * factor
        if node in (2, sp.pi):
            yield f"without the factor {node}", S.One
    if isinstance(node, Pow) and node.base in (2, sp.pi):
        yield f"without the factor {node}", S.One
    if isinstance(node, Add | MatAdd):
        for i, term in enumerate(node.args):
            yield f"the sign of {_short(term)}", _put(node, (i,), -term)
    exchanged = EXCHANGED.get(type(node))
    if exchanged is not None:
        yield f"{type(node).__name__} ↔ {exchanged.__name__}", exchanged(*node.args)
    if isinstance(node, ElementwiseApplyFunction) and len(whole.atoms(ElementwiseApplyFunction)) <= 8:
        other = EXCHANGED.get(type(node.function.expr))
        if other is not None:
            function = Lambda(node.function.variables, other(*node.function.expr.args))
            name = type(node.function.expr).__name__
            yield f"{name} ↔ {other.__name__} in {_short(node)}", node.func(function, node.expr)


def _is_exponent(path: tuple[int, ...], whole: Any) -> bool:
    if not path or path[-1] != 1:
        return False
    parent = whole
    for i in path[:-1]:
        parent = parent.args[i]
    return isinstance(parent, Pow | sp.MatPow)


def _swapped(expr: Any) -> Iterator[tuple[str, Any]]:
    """Two symbols of the same kind exchanged: indices mixed up."""
    bound = {v for e in expr.atoms(Expectation) for v in e.variables} if hasattr(expr, "atoms") else set()
    names = sorted(expr.free_symbols - bound, key=str)
    sizes = {d for s in names if is_matrix(s) for n in s.shape for d in n.free_symbols}
    names = [s for s in names if s not in sizes]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if _alike(a, b)]
    for a, b in pairs[:SWAPS]:
        yield f"{a} and {b} swapped", expr.xreplace({a: b, b: a})


def _alike(a: Any, b: Any) -> bool:
    if is_matrix(a) or is_matrix(b):
        return is_matrix(a) and is_matrix(b) and a.shape == b.shape
    return bool(a.assumptions0 == b.assumptions0)


def _short(expr: Any) -> str:
    text = str(expr)
    return text if len(text) <= 30 else text[:29] + "…"

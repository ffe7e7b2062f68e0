"""The negation of a claim as SMT-LIB text, for the programs that look for a counterexample."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sympy as sp

from derivations import sigmoid, softplus
from derivations.statements import Bound, Identity, Statement

ELEMENTARY = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "arcsin", sp.acos: "arccos",
    sp.atan: "arctan", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
}  # fmt: skip
"""Functions beyond SMT-LIB with their names in dReal."""
RELATIONS: dict[Any, str] = {sp.Ge: ">=", sp.Gt: ">", sp.Le: "<=", sp.Lt: "<"}
CLOSE = sp.Rational(1, 10**12)
"""How near a rational number is to the one that it stands for; dReal reads numbers as floats, which are as near."""


class Unreadable(ValueError):
    """A claim for which a program has no words; the message names what it lacks."""


class _Writer:
    """Expressions as terms; numbers and roots get names of their own and what defines them."""

    def __init__(self, functions: Collection[Any]) -> None:
        self.functions = functions
        self.declared: dict[str, str] = {}
        self.asserted: list[str] = []
        self.known: dict[Any, str] = {}

    def variable(self, symbol: Any, values: sp.Set) -> None:
        """Declare a symbol with its range."""
        name = self.known[symbol] = f"v{len(self.known)}_{symbol}"
        whole = not isinstance(values, sp.Interval)
        self.declared[name] = "Int" if whole else "Real"
        strict = (False, False) if whole else (bool(values.left_open), bool(values.right_open))
        if values.inf != -sp.oo:
            self.asserted.append(f"({'>' if strict[0] else '>='} {name} {self.term(values.inf)})")
        if values.sup != sp.oo:
            self.asserted.append(f"({'<' if strict[1] else '<='} {name} {self.term(values.sup)})")

    def term(self, expr: Any) -> str:
        """An expression as a term."""
        if expr in self.known:
            return self.known[expr]
        match expr:
            case sp.Rational():
                size = f"{abs(expr.p)}.0" if expr.q == 1 else f"(/ {abs(expr.p)}.0 {expr.q}.0)"
                return size if expr >= 0 else f"(- {size})"
            case sp.Add():
                return f"(+ {self._terms(expr)})"
            case sp.Mul():
                return f"(* {self._terms(expr)})"
            case sp.Abs():
                return self._larger(expr.args[0], -expr.args[0], ">=")
            case sp.Max() | sp.Min():
                first, *others = expr.args
                rest = expr.func(*others)
                return self._larger(first, rest, ">=" if isinstance(expr, sp.Max) else "<=")
            case sp.Pow() if not (expr.is_number and expr.exp.is_Rational is not True):
                return self._power(expr)
        if expr.is_number and expr.is_real:
            return self._number(expr)
        if isinstance(expr, sigmoid):
            return self.term(1 / (1 + sp.exp(-expr.args[0])))
        if isinstance(expr, softplus):
            return self.term(sp.log(1 + sp.exp(expr.args[0])))
        if expr.func in self.functions and expr.func in ELEMENTARY:
            return f"({ELEMENTARY[expr.func]} {self._terms(expr)})"
        raise Unreadable(f"no {type(expr).__name__}")

    def _terms(self, expr: Any) -> str:
        return " ".join(self.term(a) for a in expr.args)

    def _larger(self, first: Any, second: Any, relation: str) -> str:
        a, b = self.term(first), self.term(second)
        return f"(ite ({relation} {a} {b}) {a} {b})"

    def _power(self, expr: Any) -> str:
        base, exponent = expr.as_base_exp() if expr.is_Pow and expr.exp.is_Rational else expr.args
        if not exponent.is_Rational:
            if sp.Pow in self.functions:
                return f"(^ {self.term(base)} {self.term(exponent)})"
            raise Unreadable("no symbolic exponent")
        if exponent < 0:
            return f"(/ 1.0 {self.term(base ** (-exponent))})"
        if exponent.q == 1:
            one = self.term(base)
            return one if exponent == 1 else f"(* {' '.join([one] * int(exponent))})"
        root = self._root(base, int(exponent.q))
        return root if exponent.p == 1 else f"(* {' '.join([root] * int(exponent.p))})"

    def _root(self, base: Any, order: int) -> str:
        key = (base, order)
        if key not in self.known:
            below = self.term(base)
            name = self.known[key] = self._fresh("root")
            self.asserted += [f"(>= {name} 0.0)", f"(= (* {' '.join([name] * order)}) {below})"]
        return self.known[key]

    def _number(self, expr: Any) -> str:
        near = sp.Rational(str(sp.N(expr, 40)))
        name = self.known[expr] = self._fresh("number")
        low, high = self.term(near - CLOSE), self.term(near + CLOSE)
        self.asserted.append(f"(and (<= {low} {name}) (<= {name} {high}))")
        return name

    def _fresh(self, word: str) -> str:
        name = f"{word}{len(self.declared)}"
        self.declared[name] = "Real"
        return name


def negation(statement: Statement, functions: Collection[Any] = (), logic: str = "QF_NRA") -> str:
    """The points of the domain at which a claim fails, as a script with `check-sat`; no point, and it is proved.

    Raises:
        Unreadable: The claim is no bound or identity of numbers, or has a function that is not among `functions`.
    """
    if not isinstance(statement, Bound | Identity) or statement.domain.vectors:
        raise Unreadable("no claim about numbers")
    writer = _Writer(functions)
    for symbol in statement.domain.scalars:
        writer.variable(symbol, statement.domain.ranges[symbol])
    for relation in statement.domain.where:
        left, right = writer.term(relation.lhs), writer.term(relation.rhs)
        writer.asserted.append(f"({RELATIONS[relation.func]} {left} {right})")
    left, right = (writer.term(sp.sympify(side)) for side in statement.content)
    fails = f"(> {left} {right})" if isinstance(statement, Bound) else f"(not (= {left} {right}))"
    lines = [f"(set-logic {logic})", *(f"(declare-fun {n} () {s})" for n, s in writer.declared.items())]
    return "\n".join([*lines, *(f"(assert {a})" for a in (*writer.asserted, fails)), "(check-sat)", "(exit)"])

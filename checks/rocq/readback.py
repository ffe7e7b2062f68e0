"""Rocq terms read back as numbers: a translation counts only if both sides have the same values.

The reader knows the terms that `derivations.rocq.terms` prints and nothing of how it prints them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp

from derivations.domains import Domain, RealMatrices
from derivations.outcomes.reasons import Reason, Stopped
from derivations.rocq.context import PrintedTerm
from derivations.rocq.theorems import Theorem
from derivations.statements import Statement
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import NoPoint, exact_points

TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_][A-Za-z0-9_']*)|(=>|[-+*/^():]))")
DIGITS = 40
POINTS = 4
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "exp": mp.exp,
    "erf": mp.erf,
    "Rabs": abs,
    "INR": mp.mpf,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "dot": lambda x, y: mp.fsum(a * b for a, b in zip(x, y, strict=True)),
    "vplus": lambda x, y: [a + b for a, b in zip(x, y, strict=True)],
    "vscal": lambda c, x: [c * a for a in x],
    "on": lambda a, x: [mp.fsum(p * q for p, q in zip(row, x, strict=True)) for row in a],
    "turned": lambda a, x: [mp.fsum(p * q for p, q in zip(column, x, strict=True)) for column in zip(*a, strict=True)],
    "Rpower": lambda x, y: x**y,
    "Rmax": max,
    "Rmin": min,
    "step": lambda x: mp.mpf(x > 0),
}
ARITY = {
    "dot": 2,
    "on": 2,
    "turned": 2,
    "vplus": 2,
    "vscal": 2,
    "Rpower": 2,
    "unshifted": 5,
    "Derive": 2,
    "Rmax": 2,
    "Rmin": 2,
}


class Unread(Stopped, ValueError):
    """A term that the reader does not know."""

    reason = Reason.UNCONFIRMED


class Undefined(Stopped, ValueError):
    """A term without a value in analysis, such as ln 0, to which Rocq gives one by convention."""

    reason = Reason.NO_VALUE


class Differs(ValueError):
    """A printed term has another value than the expression it was printed from."""


class _Reader:
    """Precedence: + − below * / below unary − below ^ below application."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if not found:
                raise Unread(f"'{text[at : at + 20]}'")
            self.tokens.append(found.group(found.lastindex or 0).strip())
            at = found.end()
        self.values = dict(values)

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def next(self, expected: str = "") -> str:
        if not self.tokens or (expected and self.tokens[0] != expected):
            raise Unread(f"'{expected}' expected, '{self.peek()}' found")
        return self.tokens.pop(0)

    def sum(self) -> Any:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.next() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.signed()
        while self.peek() in ("*", "/"):
            value = value * self.signed() if self.next() == "*" else value / _nonzero(self.signed())
        return value

    def signed(self) -> Any:
        if self.peek() == "-":
            self.next()
            return -self.signed()
        if self.peek() == "/":
            self.next()
            return 1 / _nonzero(self.signed())
        return self.power()

    def power(self) -> Any:
        base = self.applied()
        if self.peek() == "^":
            self.next()
            exponent = self.power()
            return base**exponent
        return base

    def applied(self) -> Any:
        name = self.peek()
        if name == "total":
            self.next()
            low, body, high = self.atom(), self.atom(), self.atom()
            return mp.fsum(body(k) for k in range(int(low), int(high) + 1))
        if name in FUNCTIONS or name in ("sqrt", "ln", "unshifted", "Derive"):
            self.next()
            if name == "Derive":
                body = self.atom()
                return mp.diff(body, self.atom())
            args = [self.atom() for _ in range(ARITY.get(name, 1))]
            return self.call(name, args)
        return self.atom()

    def call(self, name: str, args: list[Any]) -> Any:
        if name == "sqrt":
            if args[0] < 0:
                raise Undefined("the root of a negative number")
            return mp.sqrt(args[0])
        if name == "ln":
            if args[0] <= 0:
                raise Undefined("the logarithm of a number that is not positive")
            return mp.log(args[0])
        if name in ("asin", "acos") and abs(args[0]) > 1:
            raise Undefined(f"{name} of a number beyond 1")
        if name == "Rpower" and args[0] <= 0:
            raise Undefined("a real power of a number that is not positive")
        if name == "unshifted":
            s, c, n, u, x = args
            factor = -c / (s * (s + c * n)) * FUNCTIONS["dot"](u, x)
            return [a / s + factor * b for a, b in zip(x, u, strict=True)]
        return FUNCTIONS[name](*args)

    def atom(self) -> Any:
        token = self.next()
        if token.isdigit():
            return mp.mpf(int(token))
        if token == "(":
            reading = {"fun": self.function, "if": self.cases}.get(self.peek(), self.sum)
            value = reading()
            self.next(")")
            return value
        if token == "PI":
            return +mp.pi
        if token in self.values:
            return self.values[token]
        raise Unread(f"'{token}'")

    def function(self) -> Callable[[Any], Any]:
        """fun x : R => body, or fun k : nat => body; the body is evaluated again for every argument."""
        self.next("fun")
        name = self.next()
        self.next(":")
        self.next("nat" if self.peek() == "nat" else "R")
        self.next("=>")
        body = self.until(")")
        return lambda value: read(body, {**self.values, name: value})

    def cases(self) -> Any:
        """if Rle_dec a b then v else w; the other value may have none."""
        self.next("if")
        test = self.next()
        if test not in ("Rle_dec", "Rlt_dec"):
            raise Unread(f"'{test}'")
        a, b = self.atom(), self.atom()
        self.next("then")
        one = self.until("else")
        self.next("else")
        other = self.until(")")
        return read(one if a < b or (a == b and test == "Rle_dec") else other, self.values)

    def until(self, end: str) -> str:
        """The text up to a word that is outside of brackets."""
        depth, body = 0, []
        while depth or self.peek() != end:
            token = self.next()
            depth += (token == "(") - (token == ")")
            body.append(token)
        return " ".join(body)


def _nonzero(value: Any) -> Any:
    if value == 0:
        raise Undefined("a division by zero")
    return value


def read(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a term where its names have the given values; raises Unread."""
    reader = _Reader(text, values)
    value = reader.sum()
    if reader.tokens:
        raise Unread(f"'{' '.join(reader.tokens[:5])}' left over")
    return value


def compare(theorem: Theorem, statement: Statement, seed: int = 0) -> int:
    """How often a printed term was evaluated and had the value of its expression.

    Raises Differs where it had another, Unread for a term that was not evaluated even once, and Undefined where one has
    no value although the point is in the domain: there a theorem of Rocq would speak of a convention.
    """
    rng = np.random.default_rng(seed)
    agreed = 0
    for reading in theorem.readings:
        domain = _domain(reading, statement.domain)
        try:
            points = [p for _, p in exact_points(domain, POINTS, rng, tame=True)][:POINTS]
        except NoPoint as error:
            raise Unread(str(error)) from None
        times = sum(_agree(reading, point, theorem.name) for point in points)
        if times == 0:
            raise Unread(f"'{reading.text[:80]}' could not be evaluated at any point")
        agreed += times
    return agreed


def _domain(reading: PrintedTerm, domain: Domain) -> Domain:
    """The statement's domain and ranges for what the theorem quantifies over beside it."""
    more = {v: RealMatrices() for v in reading.names.vectors if v not in domain.ranges}
    numbers = {s: sp.S.Reals for s in reading.names.numbers if s not in domain.ranges and s not in domain.angles}
    return Domain({**domain.ranges, **more, **numbers}, domain.where)


def _agree(reading: PrintedTerm, point: Mapping[Any, Any], name: str) -> int:
    with mp.workdps(DIGITS):
        values = _values(reading, point)
        try:
            printed = read(reading.text, values)
            meant = (
                evaluate(reading.expr, dict(point), "mpmath") if not reading.expr.is_number else _number(reading.expr)
            )
        except (Unread, EvaluationError, ZeroDivisionError, KeyError):
            return 0
        scale = 1 + abs(meant)
        if abs(printed - meant) > scale * mp.mpf(10) ** (-DIGITS // 2):
            at = ", ".join(f"{s} = {v}" for s, v in list(point.items())[:4])
            both = f"{mp.nstr(printed, 12)}, the statement has {mp.nstr(meant, 12)}"
            raise Differs(f"{name}: '{reading.text[:80]}' reads back as {both} at {at}")
    return 1


def _number(expr: Any) -> Any:
    return mp.mpf(str(sp.N(expr, DIGITS)))


def _values(reading: PrintedTerm, point: Mapping[Any, Any]) -> dict[str, Any]:
    """What the names of the theorem are at a point of the statement's domain."""
    names = reading.names
    values: dict[str, Any] = {}
    for symbol, text in (*names.numbers.items(), *names.naturals.items()):
        value = point.get(symbol)
        if value is None:
            continue
        values[text] = int(value) if symbol in names.naturals else _number(value)
    for m, text in names.matrices.items():
        if m in point:
            values[text] = [[_number(e) for e in row] for row in sp.sympify(point[m]).tolist()]
    for v, text in names.vectors.items():
        if v in point:
            values[text] = [_number(e) for e in sp.sympify(point[v])]
    for size, text in names.ones.items():
        n = sp.sympify(size).xreplace({s: sp.sympify(v) for s, v in point.items() if s in size.free_symbols})
        values[text] = [mp.mpf(1)] * int(n)
    return values

"""Long expressions in rows that fit on a line: broken at the signs of sums, and between factors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sympy import Abs, Add, Derivative, Function, MatAdd, MatMul, Mul, Pow, S, Transpose, exp
from sympy.printing.precedence import PRECEDENCE

from derivations.gaussian import Expectation
from derivations.latex.brackets import sized
from derivations.latex.printer import PaperPrinter, factors
from derivations.latex.widths import width_of
from derivations.letters.abbreviations import abbreviate
from derivations.quantities.schemas import ForAll
from derivations.vectors import Inner

EM = 39.0
"""The width of a line: that of the documents here and of a single-column paper, less what estimates may err."""
NARROWEST = 12.0
_LINE: ContextVar[float] = ContextVar("line", default=EM)
_MIDDLE = re.compile(r"\\(?:sqrt|left|sum|int|prod)|\\[lr][vV]ert.*?\^")


@contextmanager
def lines_of(em: float) -> Iterator[None]:
    """Print for lines of this width."""
    token = _LINE.set(em)
    try:
        yield
    finally:
        _LINE.reset(token)


def line() -> float:
    """The width of a line in em."""
    return _LINE.get()


def rows_of(expr: Any, indent: float = 2.0) -> list[str]:
    """An expression in rows that fit on a line after what precedes them; one row if it fits or cannot be broken."""
    return _Breaker(max(line() - indent, NARROWEST)).rows(abbreviate(expr))


class _Breaker:
    def __init__(self, room: float) -> None:
        self.room = room
        self.printer = PaperPrinter()

    def narrowed(self, before: str) -> _Breaker:
        """The room that is left after something on the row, and before a bracket."""
        return _Breaker(max(self.room - width_of(before) - 1.0, NARROWEST))

    def print(self, expr: Any) -> str:
        return sized(self.printer.doprint(expr))

    def fits(self, *pieces: str) -> bool:
        return sum(map(width_of, pieces)) <= self.room

    def rows(self, expr: Any) -> list[str]:
        whole = self.print(expr)
        if self.fits(whole):
            return [whole]
        made = self.broken(expr)
        return made if len(made) > 1 else [whole]

    def broken(self, expr: Any) -> list[str]:
        """The rows of an expression that does not fit on one, as far as it can be broken."""
        match expr:
            case Expectation():
                law = sized(expr.law_latex(self.printer))
                return self.within(rf"\mathbb{{E}}_{{{law}}}", "[", expr.integrand, "]")
            case Add() | MatAdd():
                return self.sum(self.printer.terms(expr))
            case ForAll():
                head, _, claim = self.print(expr).rpartition(r":\ ")
                return [f"{head}:", claim] if head else []
            case Derivative() if len(expr.variable_count) == 1:
                return self.within(f"{self.printer.differential(expr)} ", "[", expr.expr, "]")
            case Abs():
                return self.within("", "|", expr.args[0], "|")
            case Transpose():
                return self.within("", "(", expr.arg, r")^{\top}")
            case Inner() if expr.args[0] == expr.args[1]:
                return self.within("", r"\|", expr.args[0], r"\|^{2}")
            case Inner():
                return self.product([Transpose(expr.args[0]), expr.args[1]])
            case Pow() if expr.base.is_Add and expr.exp.is_positive:
                return self.within("", "(", expr.base, f")^{{{self.print(expr.exp)}}}")
            case Pow() if isinstance(expr.base, Inner) and expr.exp == S.Half:
                return self.within("", r"\|", expr.base.args[0], r"\|")
            case Mul() | MatMul():
                return self.multiplied(expr)
            case Function() if len(expr.args) == 1 and not isinstance(expr, exp):
                name, _, argument = self.printer.doprint(expr).partition(r"\left(")
                return self.within(name, "(", expr.args[0], ")") if argument.endswith(r"\right)") else []
        return []

    def within(self, before: str, left: str, inside: Any, right: str) -> list[str]:
        """Rows between large brackets, with room for what precedes them."""
        rows = self.beside(before, left, right).rows(inside)
        tall = any(r"\frac" in r for r in rows)
        size = r"\bigg" if tall else r"\Big" if any(map(_MIDDLE.search, rows)) else r"\big"
        rows[0] = f"{before}{size}{left} {rows[0]}"
        rows[-1] += f" {size}{right}"
        return rows if len(rows) > 1 else []

    def beside(self, *pieces: str) -> _Breaker:
        """One with the room that these leave."""
        return _Breaker(max(self.room - sum(map(width_of, pieces)), NARROWEST))

    def sum(self, terms: Sequence[Any]) -> list[str]:
        """As many terms on a row as fit; terms that do not fit on one are broken themselves."""
        made: list[str] = []
        for term in terms:
            whole = sized(self.printer.signed(term))
            pieces = [whole] if self.fits(whole) else self.term(term)
            for i, piece in enumerate(pieces):
                signed = piece if (not made and i == 0) or i > 0 or piece.startswith("-") else f"+ {piece}"
                if made and i == 0 and self.fits(made[-1], signed):
                    made[-1] += f" {signed}"
                else:
                    made.append(signed)
        return made

    def term(self, term: Any) -> list[str]:
        if not term.could_extract_minus_sign():
            return self.rows(term)
        rows = self.rows(-term)
        return [f"- {rows[0]}", *rows[1:]]

    def multiplied(self, expr: Any) -> list[str]:
        """A product: what is below the line in front, then the factors."""
        if isinstance(expr, MatMul):
            number, matrices = expr.as_coeff_matrices()
            return self.product([*([number] if number != 1 else []), *matrices])
        sign = "- " if expr.could_extract_minus_sign() else ""
        above, below = factors(-expr if sign else expr)
        made = self.product(list(map(S, above)), self.print(Mul(*below)) if below else "")
        return [f"{sign}{made[0]}", *made[1:]] if made else []

    def product(self, above: Sequence[Any], below: str = "") -> list[str]:
        """Factors in rows; sums among them are broken within their brackets, small factors stay in a fraction."""
        small = [f for f in above if not f.is_Matrix and not self.wide(f)]
        large = [f for f in above if f not in small] or [above[-1]]
        if large == [above[-1]] and large[0] in small:
            small.remove(large[0])
        front = self.print(Mul(*small)) if small else ""
        if below:
            front = rf"\frac{{{front or '1'}}}{{{below}}}"
        made = [front] if front and front != "1" else []
        for i, factor in enumerate(large):
            alone = len(large) == 1 and not made
            is_sum = isinstance(factor, Add | MatAdd)
            whole = sized(factor_text(self.printer, factor, alone=alone))
            if made and self.fits(made[-1], whole):
                made[-1] += f" {whole}"
            elif self.fits(whole) and made and len(large) > 1 and i:
                made.append(rf"\cdot {whole}")
            else:
                rest = self.beside(made[-1]) if made else self
                pieces = (rest.within("", "(", factor, ")") if is_sum and not alone else rest.broken(factor)) or [whole]
                made = [*made[:-1], f"{made[-1]} {pieces[0]}", *pieces[1:]] if made else pieces
        return made

    def wide(self, factor: Any) -> bool:
        return (
            isinstance(factor, Add | Expectation | Inner | Derivative) or width_of(self.print(factor)) > self.room / 3
        )


def factor_text(printer: PaperPrinter, factor: Any, *, alone: bool) -> str:
    """A factor in the brackets that it needs among others."""
    if alone:
        return str(printer.doprint(factor))
    if isinstance(factor, Inner) and factor.args[0] != factor.args[1]:
        return rf"\left({printer.doprint(factor)}\right)"
    return str(printer.parenthesize(factor, PRECEDENCE["Mul"]))

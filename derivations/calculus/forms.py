"""Normal forms of vectors and matrices of symbolic size: products are expanded and collected.

A column is Σ c·(word·x) over named vectors x, a matrix is Σ c·word + Σ c·u wᵀ, where a word is a
product of named matrices (the empty word is I). Products of such forms are again such forms, so an
identity between them is decided on their scalar coefficients, for every size at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from typing import Any, TypeAlias

from sympy import (
    Add,
    DiagMatrix,
    Expr,
    HadamardPower,
    HadamardProduct,
    Identity,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    OneMatrix,
    S,
    Trace,
    Transpose,
    ZeroMatrix,
    default_sort_key,
    sympify,
)
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.inverse import Inverse
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from derivations.outcomes.budget import remembered
from derivations.outcomes.reasons import Reason, Stopped
from derivations.spectra.nodes import FrobeniusNorm
from derivations.vectors import Inner, ShapeError, canonical, constant_entry, elementwise, ones

InnerTable = dict[Expr, Expr]
Word = tuple[MatrixExpr, ...]


class NotReducible(Stopped, ValueError):
    """An expression has no normal form here; the message names the part."""

    reason = Reason.NOT_REDUCIBLE


@dataclass(frozen=True)
class Named:
    """word·x for a named vector x."""

    word: Word
    x: MatrixExpr

    def expression(self) -> MatrixExpr:
        return MatMul(*self.word, self.x) if self.word else self.x


Coefficients = dict[Any, Expr]


@dataclass(frozen=True)
class Column:
    """Σ c·(word·x); a row if `row`."""

    terms: Coefficients
    row: bool = False


@dataclass(frozen=True)
class Matrix:
    """Σ c·word over `words`, and Σ c·u wᵀ over `outer` = {(u, w): c}; `size` is the number of rows."""

    words: Coefficients
    outer: Coefficients
    size: Expr


Form: TypeAlias = Expr | Column | Matrix


@remembered(1024)
def _summands(function: Lambda) -> tuple[tuple[Expr, Lambda], ...]:
    """An entrywise function as Σ factor·term, so that sums of entries are compared term by term."""
    (slot,) = function.variables
    terms = Add.make_args(function.expr.expand(func=False)) if function.expr.has(Add) else (function.expr,)
    split = (t.as_independent(slot, as_Add=False) for t in terms)
    return tuple((c, Lambda(slot, body)) for c, body in split)


def _splits(terms: tuple[tuple[Expr, Lambda], ...]) -> bool:
    """Whether an entrywise function is a sum, a multiple or a small power."""
    (factor, first), *others = terms
    base, exponent = first.expr.as_base_exp()
    return bool(others) or factor != 1 or (base == first.variables[0] and exponent in (1, 2, 3, 4))


def _sum(*parts: Coefficients) -> Coefficients:
    total: Coefficients = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total.get(key, S.Zero) + value
    return total


def _scaled(terms: Coefficients, factor: Expr) -> Coefficients:
    return {key: factor * value for key, value in terms.items()}


def _transposed(word: Word) -> Word:
    turned = (m.arg if isinstance(m, Transpose) else m if isinstance(m, DiagMatrix) else Transpose(m) for m in word)
    return ordered(tuple(turned)[::-1])


def ordered(word: Word) -> Word:
    """The word with neighbouring diagonal matrices, which commute, in a fixed order."""
    found: list[MatrixExpr] = []
    for diagonal, run in groupby(word, lambda m: isinstance(m, DiagMatrix)):
        members = list(run)
        found += sorted(members, key=default_sort_key) if diagonal else members
    return tuple(found)


def named(word: Word, x: MatrixExpr) -> Named:
    """word·x; of diagonal matrices next to x and x itself, all entrywise factors, x is the first in order."""
    word = ordered(word)
    cut = len(word)
    while cut and isinstance(word[cut - 1], DiagMatrix):
        cut -= 1
    factors = [m.args[0] for m in word[cut:]] + [x]
    factors = [f for f in factors if not isinstance(f, OneMatrix)] or [x]
    factors.sort(key=_entry_key)
    base, *others = factors
    return Named(ordered((*word[:cut], *(DiagMatrix(f) for f in others))), base)


def _shift(word: Word, terms: Coefficients) -> Coefficients:
    """word · Σ c·(w·x)."""
    return _sum(*({named((*word, *n.word), n.x): c} for n, c in terms.items()))


class Reducer:
    """Normal forms under known inner products (`table`: unit norms, angles)."""

    def __init__(self, table: InnerTable | None = None) -> None:
        self.table = table or {}

    def form(self, expr: Any) -> Form:
        """The normal form of a number, column, row or matrix; raises NotReducible, ShapeError."""
        if not isinstance(expr, MatrixExpr):
            return self.scalar(expr)
        match expr:
            case Identity():
                return Matrix({(): S.One}, {}, expr.shape[0])
            case ZeroMatrix():
                return self._zero(expr)
            case OneMatrix():
                return self._ones(expr)
            case MatAdd():
                return self._add([self.form(a) for a in expr.args])
            case MatMul():
                factor, matrices = expr.as_coeff_matrices()
                result: Form = self.scalar(factor)
                for m in matrices:
                    result = self._multiply(result, self.form(m))
                return result
            case Transpose():
                return self._transpose(self.form(expr.arg))
            case Inverse():
                return self._inverse(self.form(expr.arg))
            case MatPow() if expr.base.shape == (1, 1):
                return self.form(expr.base) ** self.scalar(expr.exp)
            case MatPow() if expr.exp == 0:
                return Matrix({(): S.One}, {}, expr.shape[0])
            case MatPow() if expr.exp.is_Integer:
                base = self.form(expr.base)
                if expr.exp < 0:
                    base = self._inverse(base)
                return reduce(self._multiply, [base] * abs(int(expr.exp)))
            case DiagMatrix():
                named = self._column(expr.args[0]).terms
                return Matrix({(DiagMatrix(n.expression()),): c for n, c in named.items()}, {}, expr.shape[0])
            case HadamardProduct() if expr.shape[1] == 1:
                return self._entrywise([self._column(a) for a in expr.args])
            case HadamardPower() if expr.shape[1] == 1 and expr.exp in (1, 2, 3, 4):
                return self._entrywise([self._column(expr.base)] * int(expr.exp))
            case HadamardProduct() | HadamardPower() if expr.shape[0] == 1:
                return self._transpose(self.form(Transpose(expr).doit()))
            case HadamardProduct():
                return Matrix({(HadamardProduct(*sorted(expr.args, key=default_sort_key)),): S.One}, {}, expr.shape[0])
            case ElementwiseApplyFunction() if (value := constant_entry(expr)) is not None:
                return self._times(self._ones(OneMatrix(*expr.shape)), value)
            case ElementwiseApplyFunction() if expr.shape[1] == 1 and _splits(terms := _summands(expr.function)):
                return self._add([self._entry_term(c, body, expr.expr) for c, body in terms])
            case MatrixSymbol() | ElementwiseApplyFunction():
                if expr.shape[1] == 1:
                    return Column({Named((), expr): S.One})
                if expr.shape[0] == 1 and isinstance(expr, ElementwiseApplyFunction):
                    column = elementwise(expr.function, Transpose(expr.expr).doit())
                    return Column({Named((), canonical(column)): S.One}, row=True)
                if expr.shape[0] == 1:
                    raise NotReducible(f"{expr}: write rows as transposed columns")
                return Matrix({(expr,): S.One}, {}, expr.shape[0])
        raise NotReducible(f"{expr} has no normal form")

    def _entry_term(self, factor: Expr, function: Lambda, x: MatrixExpr) -> Form:
        """factor·function(x) of an entrywise term: constants and x itself are separate columns."""
        (slot,) = function.variables
        if not function.expr.has(slot):
            return self._times(self._ones(OneMatrix(x.shape[0], 1)), factor * function.expr)
        power = function.expr.as_base_exp()
        if power[0] == slot and power[1] in (1, 2, 3, 4):
            return self._times(self._entrywise([self._column(x)] * int(power[1])), factor)
        return self._times(Column({Named((), elementwise(function, x)): S.One}), factor)

    def scalar(self, expr: Any) -> Expr:
        """A number with its inner products, 1×1 products and traces reduced to ⟨named, word·named⟩."""
        expr = sympify(expr)
        if isinstance(expr, Inner):
            x, y = (self.form(a) for a in expr.args)
            return self._dot(x, y)
        if isinstance(expr, Trace) and isinstance(expr.arg, MatrixExpr):
            return self._trace(self.form(expr.arg))
        if isinstance(expr, FrobeniusNorm):
            return self.scalar(expr.squared) ** S.Half
        if isinstance(expr, MatrixElement) and expr.parent.shape == (1, 1):
            return self.form(expr.parent)
        if not expr.args or isinstance(expr, MatrixExpr | MatrixBase):
            return expr
        return expr.func(*(self.scalar(a) if isinstance(a, Expr) else a for a in expr.args))

    def _column(self, expr: Any) -> Column:
        found = self.form(expr)
        if not isinstance(found, Column) or found.row:
            raise ShapeError(f"{expr} is not a column")
        return found

    def _entrywise(self, columns: list[Column]) -> Column:
        """A Hadamard product of columns: all but the one with the longest words become diagonal matrices."""
        columns = sorted(columns, key=lambda c: max((len(n.word) for n in c.terms), default=0))
        result = columns[-1]
        for column in columns[:-1]:
            parts = [_scaled(_shift((DiagMatrix(n.expression()),), result.terms), c) for n, c in column.terms.items()]
            result = Column(_sum(*parts))
        return result

    def _zero(self, expr: MatrixExpr) -> Form:
        return Column({}, row=expr.shape[1] != 1) if 1 in expr.shape else Matrix({}, {}, expr.shape[0])

    def _ones(self, expr: MatrixExpr) -> Form:
        rows, cols = expr.shape
        left, right = Named((), OneMatrix(rows, 1)), Named((), OneMatrix(cols, 1))
        if cols == 1:
            return Column({left: S.One})
        return Column({right: S.One}, row=True) if rows == 1 else Matrix({}, {(left, right): S.One}, rows)

    def _add(self, forms: list[Form]) -> Form:
        first = forms[0]
        if isinstance(first, Column):
            return Column(_sum(*(f.terms for f in forms if isinstance(f, Column))), first.row)
        if isinstance(first, Matrix):
            same = [f for f in forms if isinstance(f, Matrix)]
            return Matrix(_sum(*(f.words for f in same)), _sum(*(f.outer for f in same)), first.size)
        return Add(*forms)

    def _multiply(self, a: Any, b: Any) -> Form:
        match a, b:
            case (Column(row=True), Column(row=False)):
                return self._dot(a, b)
            case (Column(row=False), Column(row=True)):
                outer = {(u, w): cu * cw for u, cu in a.terms.items() for w, cw in b.terms.items()}
                return Matrix({}, outer, next(iter(a.terms)).expression().shape[0] if a.terms else S.One)
            case (Matrix(), Column(row=False)):
                parts = [_scaled(_shift(word, b.terms), c) for word, c in a.words.items()]
                parts += [{u: c * self._dot(Column({w: S.One}), b)} for (u, w), c in a.outer.items()]
                return Column(_sum(*parts))
            case (Column(row=True), Matrix()):
                return self._transpose(self._multiply(self._transpose(b), self._transpose(a)))
            case (Matrix(), Matrix()):
                return self._matrices(a, b)
            case (Column(), Column()):
                raise ShapeError("two columns have no product: transpose one of them")
            case (Column() | Matrix(), Column() | Matrix()):
                raise ShapeError("a column cannot be multiplied by a matrix: the shapes do not fit")
            case (Column() | Matrix(), number) | (number, Column() | Matrix()):
                return self._times(a if isinstance(a, Column | Matrix) else b, number)
        return a * b

    def _times(self, a: Any, number: Expr) -> Form:
        if isinstance(a, Column):
            return Column(_scaled(a.terms, number), a.row)
        return Matrix(_scaled(a.words, number), _scaled(a.outer, number), a.size)

    def _matrices(self, a: Matrix, b: Matrix) -> Matrix:
        words = _sum(*({ordered((*v, *w)): c * d} for v, c in a.words.items() for w, d in b.words.items()))
        outer: list[Coefficients] = []
        for word, c in a.words.items():
            outer += [{(named((*word, *u.word), u.x), w): c * d} for (u, w), d in b.outer.items()]
        for (u, w), c in a.outer.items():
            outer += [{(u, named((*_transposed(v), *w.word), w.x)): c * d} for v, d in b.words.items()]
            outer += [{(u, y): c * d * self._known(w, x)} for (x, y), d in b.outer.items()]
        return Matrix(words, _sum(*outer), a.size)

    def _transpose(self, a: Form) -> Form:
        match a:
            case Column():
                return Column(a.terms, not a.row)
            case Matrix():
                words = {_transposed(word): c for word, c in a.words.items()}
                return Matrix(words, {(w, u): c for (u, w), c in a.outer.items()}, a.size)
        return a

    def _inverse(self, a: Form) -> Form:
        """Sherman–Morrison for s·I + c·u wᵀ; itself a statement of the library."""
        if isinstance(a, Column):
            raise ShapeError("a column has no inverse")
        if not isinstance(a, Matrix):
            return 1 / a
        scale = a.words.get((), S.Zero)
        outer = {key: c for key, c in a.outer.items() if c != 0}
        if len(outer) > 1 or scale == 0 or set(a.words) - {()}:
            raise NotReducible("only matrices s·I + c·u wᵀ are inverted")
        inverse = {(u, w): -c / (scale * (scale + c * self._known(w, u))) for (u, w), c in outer.items()}
        return Matrix({(): 1 / scale}, inverse, a.size)

    def _trace(self, a: Form) -> Expr:
        if not isinstance(a, Matrix):
            return a
        total = Add(*(c * self._known(w, u) for (u, w), c in a.outer.items()))
        for word, c in a.words.items():
            turned = [w[i:] + w[:i] for w in (word, _transposed(word)) for i in range(len(word))]
            total += c * (Trace(MatMul(*min(turned, key=_key))) if word else a.size)
        return total

    def _dot(self, a: Form, b: Form) -> Expr:
        if not (isinstance(a, Column) and isinstance(b, Column)):
            raise ShapeError("an inner product needs two columns")
        return Add(*(c * d * self._known(u, w) for u, c in a.terms.items() for w, d in b.terms.items()))

    def _known(self, u: Named, w: Named) -> Expr:
        """⟨V u, W w⟩ = ⟨u, VᵀW w⟩, of the two ways to write it the first in order."""
        if isinstance(u.x, OneMatrix) and isinstance(w.x, OneMatrix) and not u.word and not w.word:
            return u.x.shape[0]
        word = ordered((*_transposed(u.word), *w.word))
        if all(isinstance(d, DiagMatrix) for d in word):
            # a sum over products of entries: its factors in one order
            factors = sorted((f for f in (*(d.args[0] for d in word), u.x, w.x)), key=_entry_key)
            kept = [f for f in factors if not isinstance(f, OneMatrix)]
            kept += [ones(u.x.shape[0])] * (2 - len(kept))
            product = Inner(kept[0], MatMul(*map(DiagMatrix, kept[1:-1]), kept[-1]) if kept[2:] else kept[1])
            return self.table.get(product, product)
        left, _, right = min(
            ((u.x, word, w.x), (w.x, _transposed(word), u.x)), key=lambda t: (default_sort_key(t[0]), _key(t[1]))
        )
        chosen = (
            word
            if (left, right) == (u.x, w.x) and (u.x != w.x or _key(word) <= _key(_transposed(word)))
            else (_transposed(word))
        )
        return Inner(left, MatMul(*chosen, right))


def _entry_key(x: MatrixExpr) -> Any:
    return isinstance(x, ElementwiseApplyFunction), default_sort_key(x)


def _key(word: Word) -> Any:
    return [default_sort_key(m) for m in word]


def expand_inner(expr: Any, table: InnerTable | None = None) -> Expr:
    """The number `expr` with all inner products multiplied out; see `Reducer.scalar`."""
    return Reducer(table).scalar(canonical(expr))


def coefficients(expr: Any, table: InnerTable | None = None) -> list[Expr]:
    """The scalar coefficients of the normal form: if all vanish, so does `expr`, for every size.

    Raises NotReducible where there is no normal form.
    """
    if isinstance(expr, MatrixBase):
        return [expand_inner(entry, table) for entry in expr]
    match form := Reducer(table).form(canonical(expr)):
        case Column():
            return list(form.terms.values())
        case Matrix():
            return [*form.words.values(), *form.outer.values()]
    return [form]

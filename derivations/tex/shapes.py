"""Products and sums with shapes: sizes that are not written, as those of 𝟏 and I, are found from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import (
    Add,
    Dummy,
    HadamardProduct,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    OneMatrix,
    Pow,
    S,
    Transpose,
    default_sort_key,
    sqrt,
    sympify,
)
from sympy import Identity as IdentityMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.tex.errors import Unreadable
from derivations.vectors import Inner, is_matrix

LARGEST_POWER = 1_000
LARGEST_SIZE = 1_000
LONGEST_NUMBER = 4_000
"""Digits of a number that a power of numbers may have."""


class Sizes:
    """Sizes of 𝟏 and I, unknown at first, and what they turned out to be."""

    def __init__(self) -> None:
        self.known: dict[Any, Any] = {}
        self.places: dict[Any, int] = {}

    def new(self, at: int) -> Any:
        size = Dummy("n", integer=True, positive=True)
        self.places[size] = at
        return size

    def ones(self, at: int) -> Any:
        return OneMatrix(self.new(at), 1)

    def identity(self, at: int) -> Any:
        return IdentityMatrix(self.new(at))

    def settled(self, expr: Any) -> Any:
        """The expression with all sizes that are known so far."""
        while self.known and expr.free_symbols & self.known.keys():
            expr = expr.xreplace(self.known)
        return expr

    def finished(self, expr: Any) -> Any:
        """The same, where no size may be left open."""
        expr = self.settled(expr)
        left = sorted(expr.free_symbols & self.places.keys(), key=default_sort_key)
        if left:
            raise Unreadable("a vector 𝟏 or a matrix I whose size nothing here fixes", self.places[left[0]])
        for matrix in expr.atoms(MatrixExpr):
            if any(sympify(n).is_Integer and n > LARGEST_SIZE for n in matrix.shape):
                raise Unreadable(f"{words(matrix)}", 0, f"sizes up to {LARGEST_SIZE} are read")
        return expr

    def _value(self, size: Any) -> Any:
        while size in self.known:
            size = self.known[size]
        return size

    def same(self, a: Any, b: Any) -> bool:
        """Whether two sizes agree, by making an open one so."""
        a, b = self._value(a), self._value(b)
        if a == b:
            return True
        for one, other in ((a, b), (b, a)):
            if one in self.places and other != 1:
                self.known[one] = other
                return True
        return bool((a - b).is_zero)

    def alike(self, a: Any, b: Any) -> bool:
        """Whether two matrices have one shape."""
        return all(self.same(x, y) for x, y in zip(a.shape, b.shape, strict=True))

    def add(self, terms: Sequence[tuple[Any, int]]) -> Any:
        """The sum of numbers, or of matrices of one shape; each comes with its place."""
        matrices = [t for t in terms if is_matrix(t[0])]
        if not matrices:
            return Add(*(value for value, _ in terms))
        first, _ = matrices[0]
        for value, at in terms:
            if not is_matrix(value) and value != 0:
                raise Unreadable(f"a number added to {words(self.settled(first))}", at, "shapes must agree")
            if is_matrix(value) and not self.alike(first, value):
                shapes = f"{words(self.settled(first))} and {words(self.settled(value))}"
                raise Unreadable(f"the sum of {shapes}", at, "shapes must agree")
        return _sum([self.settled(value) for value, _ in matrices])

    def multiply(self, factors: Sequence[tuple[Any, int]]) -> Any:
        """The product from left to right; a row times a column is a number."""
        scalars: list[Any] = []
        chain: list[Any] = []
        for value, at in factors:
            if not is_matrix(value):
                scalars.append(value)
                continue
            if chain and not self.same(chain[-1].shape[1], value.shape[0]):
                left, right = words(self.settled(chain[-1])), words(self.settled(value))
                raise Unreadable(f"the product of {left} and {right}", at, "their sizes do not fit: is a ᵀ missing?")
            chain.append(value)
            rows = [j for j, m in enumerate(chain[:-1]) if m.shape[0] == 1]
            if value.shape[1] == 1 and rows:
                row, *rest = (self.settled(m) for m in chain[rows[-1] :])
                scalars.append(Inner(transposed(row), _product(rest)))
                del chain[rows[-1] :]
        factor = Mul(*scalars)
        if not chain:
            return factor
        return scaled(factor, _product([self.settled(m) for m in chain]))

    def hadamard(self, a: Any, b: Any, at: int) -> Any:
        if not (is_matrix(a) and is_matrix(b)):
            return Mul(a, b)
        if not self.alike(a, b):
            raise Unreadable(f"⊙ of {words(self.settled(a))} and {words(self.settled(b))}", at, "shapes must agree")
        return HadamardProduct(self.settled(a), self.settled(b))

    def inner(self, a: Any, b: Any, at: int) -> Any:
        """⟨a, b⟩ of two columns."""
        for x in (a, b):
            if not is_matrix(x) or x.shape[1] != 1:
                raise Unreadable(f"an inner product with {words(x)}", at, "both must be columns")
        if not self.same(a.shape[0], b.shape[0]):
            raise Unreadable(f"an inner product of {words(self.settled(a))} and {words(self.settled(b))}", at)
        return Inner(self.settled(a), self.settled(b))


def words(x: Any) -> str:
    """A shape in words."""
    if not is_matrix(x):
        return "a number"
    rows, cols = x.shape
    if cols == 1:
        return f"a column of {rows} numbers"
    return f"a row of {cols} numbers" if rows == 1 else f"a {rows}×{cols} matrix"


def transposed(x: Any) -> Any:
    """xᵀ, of a transposed matrix the matrix itself."""
    return x.arg if isinstance(x, Transpose) else Transpose(x).doit()


def scaled(factor: Any, x: Any) -> Any:
    """factor·x for a number and a matrix."""
    return x if factor == 1 else factor * x


def _sum(matrices: list[Any]) -> Any:
    return matrices[0] if len(matrices) == 1 else MatAdd(*matrices).doit(deep=False)


def _product(matrices: list[Any]) -> Any:
    return matrices[0] if len(matrices) == 1 else MatMul(*matrices).doit(deep=False)


def power(base: Any, exponent: Any, at: int) -> Any:
    """base^exponent, with a limit on numbers that would grow too large to write."""
    if is_matrix(exponent):
        raise Unreadable("a vector or matrix in an exponent", at)
    if is_matrix(base):
        return _matrix_power(base, exponent, at)
    if exponent.is_Rational and abs(exponent.p) > LARGEST_POWER * exponent.q:
        raise Unreadable("a power too large to be computed", at, f"exponents up to {LARGEST_POWER} are read")
    if exponent.is_number and base.is_number:
        size = max((len(str(n.p)) + len(str(n.q)) for n in base.atoms() if n.is_Rational), default=1)
        powers = abs(exponent.p) // exponent.q if exponent.is_Rational else 1
        if size * powers > LONGEST_NUMBER or len(str(exponent)) > 60:
            raise Unreadable("a power too large to be computed", at)
    if base == 0 and not (exponent.is_number and exponent.is_nonnegative):
        raise Unreadable("a power of zero that is not a number", at)
    return Pow(base, exponent)


def _matrix_power(base: Any, exponent: Any, at: int) -> Any:
    rows, cols = base.shape
    if rows != cols:
        raise Unreadable(f"a power of {words(base)}", at, "only square matrices have powers; ᵀ is \\top")
    if exponent == -1:
        return Inverse(base)
    if not exponent.is_Integer or not 1 <= exponent <= 16:
        raise Unreadable(f"the power {exponent} of a matrix", at, "whole powers up to 16 and −1 are read")
    return MatPow(base, exponent)


def inverted(x: Any, at: int) -> Any:
    """1/x of a number."""
    if is_matrix(x):
        raise Unreadable(f"a division by {words(x)}", at, "write its inverse as ^{-1}")
    if x == 0:
        raise Unreadable("a division by zero", at)
    return S.One / x


def length(x: Any) -> Any:
    """‖x‖ of a column."""
    return sqrt(Inner(x, x))

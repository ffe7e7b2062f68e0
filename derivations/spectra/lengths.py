"""The calculus of norms: bounds of the length of a vector by norms of matrices and lengths of other vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from typing import Any

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivations.letters.names import own
from derivations.spectra.nodes import FrobeniusNorm, LambdaMax, LambdaMin, OperatorNorm
from derivations.vectors import Inner, MatrixNumber, norm, settled, times

VARIABLE = own("t", real=True)
"""What formulas of functions are written in."""
DEEPEST = 6
MOST = 8
"""Bounds of one vector that are kept."""
LONGEST = 5
"""Factors of a product of matrices whose groupings are tried."""


def bounds_of_length(
    v: Any,
    lengths: Iterable[Any],
    numbers: Iterable[Any],
    symmetric: Callable[[Any], bool],
    units: Iterable[Any] = (),
    slopes: Mapping[Any, tuple[Any, bool]] | None = None,
) -> tuple[Any, ...]:
    """List upper bounds of ‖v‖ in terms of lengths and norms that are there.

    Args:
        v: A column: sums, multiples, products with matrices and activations of columns.
        lengths: The columns whose lengths may occur in a bound.
        numbers: The norms and eigenvalues that may.
        symmetric: Whether a matrix is known to be symmetric.
        units: Columns of length 1.
        slopes: Functions of one number, each as `function_of` says it, with their largest slopes, and whether they
            are 0 at 0.

    Returns:
        Expressions, each at least ‖v‖; none where the calculus finds none.

    Source:
        The triangle inequality, ‖Ax‖ ≤ ‖A‖‖x‖, and |σ(s) − σ(t)| ≤ L|s − t| entry by entry.

    Example:
        >>> from derivations import operator_norm, vector
        >>> W, x = sp.MatrixSymbol("W", 3, 2), vector("x", 2)
        >>> bounds_of_length(W * x, [x], [operator_norm(W)], lambda matrix: False)
        (‖W‖*sqrt(‖x‖²),)
    """
    found = _Calculus(lengths, numbers, symmetric, units, slopes or {}).of(v, DEEPEST, top=True)
    return tuple(found)


class _Calculus:
    """The lengths and numbers that may occur in bounds."""

    def __init__(
        self,
        lengths: Iterable[Any],
        numbers: Iterable[Any],
        symmetric: Callable[[Any], bool],
        units: Iterable[Any],
        slopes: Mapping[Any, tuple[Any, bool]],
    ) -> None:
        self.slopes = slopes
        self.lengths = {_up_to_sign(c): c for c in lengths}
        self.numbers, self.symmetric, self.units = set(numbers), symmetric, set(units)

    def of(self, v: Any, depth: int, top: bool = False) -> list[Any]:
        """Upper bounds of ‖v‖, the simplest ways first; of `top` its own length is none."""
        if isinstance(v, sp.ZeroMatrix):
            return [sp.S.Zero]
        if v in self.units:
            return [sp.S.One]
        if not top and (own := self.lengths.get(_up_to_sign(v))) is not None:
            return [norm(own)]
        if depth == 0:
            return []
        found: list[Any] = []
        for bound in islice(self._ways(v, depth - 1), 4 * MOST):
            if bound not in found:
                found.append(bound)
        return found[:MOST]

    def _ways(self, v: Any, depth: int) -> Iterator[Any]:
        if isinstance(v, ElementwiseApplyFunction):
            slope = self.slopes.get(function_of(v))
            if slope is not None:
                # ‖f(u)‖ ≤ L‖u‖ + |f(0)|√n
                moved = sp.S.Zero if slope[1] else sp.Abs(v.function(sp.S.Zero)) * sp.sqrt(v.shape[0])
                yield from (slope[0] * b + moved for b in self.of(v.expr, depth))
        elif isinstance(v, sp.MatMul):
            yield from self._of_product(v, depth)
        elif isinstance(v, sp.MatAdd):
            yield from self._of_sum(v, depth)

    def _of_product(self, v: Any, depth: int) -> Iterator[Any]:
        factor, parts = v.as_coeff_matrices()
        if factor != 1:
            yield from (sp.Abs(factor) * b for b in self.of(times(*parts), depth))
            return
        for cut in range(len(parts) - 1, 0, -1):
            for n in self.norms(times(*parts[:cut]), depth):
                yield from (n * b for b in self.of(times(*parts[cut:]), depth))

    def _of_sum(self, v: Any, depth: int) -> Iterator[Any]:
        terms = list(v.args)
        if len(terms) == 2:
            yield from self._of_difference(terms[0], terms[1], depth)
        split = [_first(t) for t in terms]
        if all(m is not None and m == split[0][0] for m, _ in split):  # A x + A y = A (x + y)
            rest = _combined(*(r for _, r in split))
            for n in self.norms(split[0][0], depth):
                yield from (n * b for b in self.of(rest, depth))
        yield from self._by_columns(terms, depth)
        yield from self._of_pairs(terms, depth)
        each = [self.of(t, depth) for t in terms]
        if all(each):
            yield from (sp.Add(*chosen) for chosen in islice(product(*each), MOST))

    def _of_pairs(self, terms: Sequence[Any], depth: int) -> Iterator[Any]:
        """A sum with differences of one activation at two places, and what is left: as in two residual blocks."""
        left, bounds = list(terms), []
        for s, t in combinations(terms, 2):
            if s in left and t in left and (found := list(self._of_difference(s, t, depth))):
                bounds.append(found)
                left = [e for e in left if e not in (s, t)]
        if bounds and left:
            bounds.append(self.of(_combined(*left), depth))
            if bounds[-1]:
                yield from (sp.Add(*chosen) for chosen in islice(product(*bounds), MOST))

    def _of_difference(self, s: Any, t: Any, depth: int) -> Iterator[Any]:
        """‖c·f(u) − c·f(w)‖ ≤ |c| L ‖u − w‖."""
        (c, f), (d, g) = _scaled(s), _scaled(t)
        if c + d != 0 or not all(isinstance(e, ElementwiseApplyFunction) for e in (f, g)):
            return
        slope = self.slopes.get(function_of(f))
        if slope is not None and function_of(f) == function_of(g):
            moved = _combined(f.expr, -g.expr)
            yield from (sp.Abs(c) * slope[0] * b for b in self.of(moved, depth))

    def _by_columns(self, terms: Sequence[Any], depth: int) -> Iterator[Any]:
        """Terms with one column taken together, Ax − Bx = (A − B)x, also in other columns whose lengths are there."""
        factors: dict[Any, Any] = {}
        for term in terms:
            matrix, column = _last(term)
            if column is None:
                return
            factors[column] = matrix if column not in factors else _combined(factors[column], matrix)
        columns = list(factors)
        of_one_size = len({c.shape for c in columns}) == 1
        if of_one_size:
            yield from self._with_one_matrix(factors, depth)
        for chosen in [columns, *(self._bases(columns) if of_one_size else ())]:
            changed = factors if chosen is columns else _in_basis(factors, columns, chosen)
            if changed is None or (chosen is columns and len(columns) == len(terms) > 1):
                continue
            each = []
            for column, matrix in changed.items():
                if isinstance(matrix, sp.ZeroMatrix):
                    continue
                norms = self.norms(matrix, depth)
                each.append([n * b for n in norms for b in self.of(column, depth)])
            if each and all(each):
                yield from (sp.Add(*one_each) for one_each in islice(product(*each), MOST))

    def _with_one_matrix(self, factors: Mapping[Any, Any], depth: int) -> Iterator[Any]:
        """A x − A y = A (x − y), also where A is a sum such as I − ηH."""
        (first, matrix), *others = factors.items()
        signs = []
        for _, other in others:
            same = [s for s in (1, -1) if isinstance(_combined(other, -s * matrix), sp.ZeroMatrix)]
            if not same:
                return
            signs.append(same[0])
        if signs:
            rest = _combined(first, *(s * c for s, (c, _) in zip(signs, others, strict=True)))
            for n in self.norms(matrix, depth):
                yield from (n * b for b in self.of(rest, depth))

    def _bases(self, columns: Sequence[Any]) -> Iterator[list[Any]]:
        """Other columns that span the same and whose lengths are there, such as x − y and y for x and y."""
        if not 2 <= len(columns) <= 3:
            return
        spanned = [c for c in self.lengths.values() if _coordinates(c, columns) is not None]
        for chosen in islice(combinations(sorted(spanned, key=sp.default_sort_key), len(columns)), 20):
            if set(chosen) != set(columns):
                yield list(chosen)

    def norms(self, a: Any, depth: int) -> list[Any]:
        """Upper bounds of the operator norm of a matrix."""
        if isinstance(a, sp.ZeroMatrix):
            return [sp.S.Zero]
        for kind in (OperatorNorm, FrobeniusNorm):
            for n in (kind(a), kind(settled((-a).doit()))):
                if all(part in self.numbers for part in n.atoms(MatrixNumber)) and not n.has(Inner):
                    return [n]
        if depth <= 0:
            return []
        found: list[Any] = []
        if isinstance(a, sp.MatMul):
            factor, parts = a.as_coeff_matrices()
            if factor != 1:
                found += [sp.Abs(factor) * n for n in self.norms(times(*parts), depth - 1)]
            elif len(parts) <= LONGEST:
                for cut in range(1, len(parts)):
                    pair = product(*(self.norms(times(*part), depth - 1) for part in (parts[:cut], parts[cut:])))
                    found += [sp.Mul(*both) for both in pair]
        elif isinstance(a, sp.MatPow) and a.exp.is_Integer and a.exp > 0:
            found += [n**a.exp for n in self.norms(a.base, depth - 1)]
        elif isinstance(a, sp.MatAdd):
            found += self._spectral(a)
            each = [self.norms(part, depth - 1) for part in a.args]
            if all(each):
                found += [sp.Add(*chosen) for chosen in islice(product(*each), MOST)]
        return list(dict.fromkeys(found))[:MOST]

    def _spectral(self, a: Any) -> list[Any]:
        """‖cI + bS‖ = max(|c + b λ_min|, |c + b λ_max|) for a symmetric S."""
        scaled = [_scaled(part) for part in a.args]
        shifts = [c for c, m in scaled if isinstance(m, sp.Identity)]
        others = [(c, m) for c, m in scaled if not isinstance(m, sp.Identity)]
        if len(shifts) != 1 or len(others) != 1 or not self.symmetric(others[0][1]):
            return []
        b, s = others[0]
        ends = [kind(s) for kind in (LambdaMin, LambdaMax)]
        if not all(part in self.numbers for e in ends for part in e.atoms(MatrixNumber)):
            return []
        return [sp.Max(*(sp.Abs(shifts[0] + b * e) for e in ends))]


def _combined(*parts: Any) -> Any:
    """A sum of columns or matrices with like terms together."""
    return settled(sp.MatAdd(*parts).doit())


def function_of(v: Any) -> Any:
    """What is applied to each entry: the class of a single known function, else its formula in VARIABLE."""
    body = v.function.expr
    alone = isinstance(body, sp.Function) and body.args == tuple(v.function.variables)
    return type(body) if alone else v.function(VARIABLE)


def _scaled(v: Any) -> tuple[Any, Any]:
    if isinstance(v, sp.MatMul):
        factor, parts = v.as_coeff_matrices()
        return factor, times(*parts)
    return sp.S.One, v


def _up_to_sign(v: Any) -> Any:
    """The one of v and −v that stands for both, since they have one length."""
    turned = settled((-v).doit())
    return min(v, turned, key=lambda e: (sp.count_ops(e, visual=False), sp.default_sort_key(e)))


def _first(term: Any) -> tuple[Any, Any]:
    """The first matrix of a term and the rest with its factor; None for a column alone."""
    factor, parts = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (sp.S.One, [term])
    if len(parts) < 2:
        return None, term
    return parts[0], times(factor, *parts[1:]) if factor != 1 else times(*parts[1:])


def _last(term: Any) -> tuple[Any, Any]:
    """What stands before the last column of a term, as a matrix, and the column."""
    factor, parts = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (sp.S.One, [term])
    column = parts[-1]
    if isinstance(column, sp.MatAdd):
        return None, None
    before = parts[:-1] or [sp.Identity(column.shape[0])]
    return (times(factor, *before) if factor != 1 else times(*before)), column


def _coordinates(c: Any, columns: Sequence[Any]) -> list[Any] | None:
    """The rational coordinates of a column in others."""
    found = [sp.S.Zero] * len(columns)
    for term in c.args if isinstance(c, sp.MatAdd) else (c,):
        factor, one = _scaled(term)
        if one not in columns or not factor.is_Rational:
            return None
        found[columns.index(one)] += factor
    return found


def _in_basis(factors: Mapping[Any, Any], columns: Sequence[Any], basis: Sequence[Any]) -> dict[Any, Any] | None:
    """Σ A_x x in other columns b, of which each x is a combination."""
    rows = [_coordinates(b, columns) for b in basis]
    if any(r is None for r in rows):
        return None
    change = sp.Matrix(rows)  # b = change · x
    if change.det() == 0:
        return None
    inverse = change.inv()
    made: dict[Any, Any] = {}
    for j, b in enumerate(basis):
        parts = [inverse[i, j] * factors[x] for i, x in enumerate(columns) if inverse[i, j] != 0]
        total = _combined(*parts) if parts else None
        if total is not None:
            made[b] = total
    return made

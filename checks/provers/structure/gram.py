"""Inequalities between vectors as claims on their inner products, whose Gram matrix is positive semidefinite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import sympy as sp
from sympy import OneMatrix
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from checks.provers.claims import Claim
from derivations.calculus.forms import expand_inner
from derivations.domains import Domain, NonnegativeVectors, RealMatrices
from derivations.letters.names import own
from derivations.vectors import Inner

MOST = 5
"""The most vectors that a claim may have."""


def gram_claims(f: Any, domain: Domain) -> list[Claim]:
    """The claim f ≥ 0 on vectors with their norms and inner products as numbers, at most one claim.

    Norms are nonnegative, and the principal minors of the Gram matrix are conditions. A column without negative entries
    has nonnegative inner products with others of this kind, and the sum of its entries is at least its norm; the inner
    product of |x| and |y| is at least that of x and y.

    Args:
        f: an expression in inner products and numbers.
        domain: where the claim is made; its conditions are kept.
    """
    f, domain = _without_translations(f, domain)
    f = expand_inner(f, domain.table)
    relations = [r for r in domain.where if isinstance(r, Relational) and hasattr(r, "gts")]
    given = [expand_inner(r.gts - r.lts, domain.table) for r in relations]
    products = {p for e in (f, *given) for p in e.atoms(Inner)}
    vectors = sorted({v for p in products for v in p.args}, key=sp.default_sort_key)
    if not products or len(vectors) > MOST:
        return []
    gram = _Gram(vectors, domain)
    put_in = {p: gram.of(*p.args) for p in products}
    ranges = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)} | gram.ranges
    goal, *known = (sp.powdenest(e.xreplace(put_in)) for e in (f, *given))
    strict = [isinstance(r, sp.StrictGreaterThan | sp.StrictLessThan) for r in relations]
    conditions = [(sp.Gt if s else sp.Ge)(gap, 0) for gap, s in zip(known, strict, strict=True)] + gram.conditions()
    if goal.has(Inner, sp.MatrixSymbol) or any(c.has(Inner, sp.MatrixSymbol) for c in conditions):
        return []
    kept = tuple(c for c in conditions if c not in (sp.true, sp.false))
    used = {s: r for s, r in ranges.items() if goal.has(s) or any(c.has(s) for c in kept)}
    return [Claim(goal, used, kept, names={s: e for s, e in gram.names.items() if s in used})]


def minors(vectors: Iterable[Any], entry: Callable[[Any, Any], Any]) -> Iterator[Any]:
    """Conditions that Gram matrices are positive semidefinite: principal minors of two and three vectors of one size.

    Args:
        vectors: Columns.
        entry: The inner product of two of them as a number, None where it is not known.
    """
    by_size: dict[Any, list[Any]] = {}
    for v in vectors:
        by_size.setdefault(v.shape, []).append(v)
    for same in by_size.values():
        for size in (2, 3):
            for chosen in combinations(same, size):
                entries = [[entry(v, w) for w in chosen] for v in chosen]
                if any(e is None for row in entries for e in row):
                    continue
                condition = sp.Ge(sp.expand(sp.Matrix(entries).det()), 0)
                if condition not in (sp.true, sp.false):
                    yield condition


def _without_translations(f: Any, domain: Domain) -> tuple[Any, Domain]:
    """The claim with one vector put to 0, where it has only differences that do not change when all vectors move."""
    products = [p for e in (f, *domain.where) for p in e.atoms(Inner)]
    columns = {c for p in products for c in p.args}
    vectors = [v for v in domain.vectors if isinstance(domain.ranges[v], RealMatrices) and v.shape[1] == 1]
    rows = []
    for c in columns:
        factors = [sum((_factor(t, v) for t in (c.args if c.is_MatAdd else (c,))), sp.S.Zero) for v in vectors]
        whole = sp.MatAdd(*(k * v for k, v in zip(factors, vectors, strict=True) if k != 0)) if any(factors) else None
        if whole is None or whole.doit() != c.doit():
            return f, domain
        rows.append(factors)
    kernel = sp.Matrix(rows).nullspace() if rows and len(vectors) > 1 and not domain.table else []
    if not kernel:
        return f, domain
    still = next(v for v, k in zip(vectors, kernel[0], strict=True) if k != 0)
    zero = {still: sp.ZeroMatrix(*still.shape)}
    ranges = {s: r for s, r in domain.ranges.items() if s != still}
    where = tuple(r.func(*(a.xreplace(zero).doit() for a in r.args)) for r in domain.where)
    moved = f.replace(lambda e: isinstance(e, Inner), lambda e: Inner(*(a.xreplace(zero).doit() for a in e.args)))
    return moved, Domain(ranges, where)


def _factor(term: Any, v: Any) -> Any:
    """The rational factor of a vector in a term, 0 where the term is none of its multiples."""
    c, rest = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (sp.S.One, [term])
    return c if rest == [v] and c.is_Rational else sp.S.Zero


class _Gram:
    """The inner products of vectors of one claim as numbers: norms s ≥ 0, and products of different vectors."""

    def __init__(self, vectors: list[Any], domain: Domain) -> None:
        self.vectors, self.table = vectors, domain.table
        self.ranges: dict[Any, sp.Set] = {}
        self.norms: dict[Any, Any] = {}
        self.pairs: dict[Any, Any] = {}
        self.signless = {v for v in vectors if _is_nonnegative(v, domain)}
        plain_first = sorted(vectors, key=lambda v: _inside_of_absolute(v) is not None)
        for i, v in enumerate(plain_first):
            square = expand_inner(Inner(v, v), domain.table)
            if square.has(Inner) and _inside_of_absolute(v) in self.norms:
                square = self.norms[_inside_of_absolute(v)]
            elif square.has(Inner):
                s = own(f"s{i}", nonnegative=True)
                self.ranges[s], square = sp.Interval(0, sp.oo), s**2
            self.norms[v] = square
        for (i, v), (j, w) in combinations(enumerate(vectors), 2):
            if v.shape != w.shape:
                continue
            fixed = expand_inner(Inner(v, w), domain.table)
            p = own(f"p{i}{j}", real=True)
            self.pairs[frozenset((v, w))] = p if fixed.has(Inner) else fixed
            if fixed.has(Inner):
                both = v in self.signless and w in self.signless
                self.ranges[p] = sp.Interval(0, sp.oo) if both else sp.S.Reals

    def of(self, v: Any, w: Any) -> Any:
        """The inner product of two of the vectors of one size."""
        return self.norms[v] if v == w else self.pairs[frozenset((v, w))]

    @property
    def names(self) -> dict[Any, Any]:
        """The norm or inner product that each number stands for."""
        norms = {sp.sqrt(square): sp.sqrt(Inner(v, v)) for v, square in self.norms.items()}
        pairs = {p: Inner(*sorted(pair, key=sp.default_sort_key)) for pair, p in self.pairs.items()}
        return {s: e for s, e in (norms | pairs).items() if s in self.ranges}

    def conditions(self) -> list[Any]:
        """The principal minors of two and three vectors, and what is known of entries without sign."""
        found = list(minors(self.vectors, self.of))
        for one in (v for v in self.vectors if isinstance(v, OneMatrix)):
            others = sorted((v for v in self.signless - {one} if v.shape == one.shape), key=str)
            found += [sp.Ge(self.of(one, v) ** 2 - self.norms[v], 0) for v in others]
            pairs = combinations(others, 2)
            found += [sp.Ge(self.of(one, v) * self.of(one, w) - self.of(v, w), 0) for v, w in pairs]
        inner = {v: _inside_of_absolute(v) for v in self.vectors}
        plain = {v: v if isinstance(v, OneMatrix) else inner[v] for v in self.vectors}
        for v, w in combinations(self.vectors, 2):
            x, y = plain[v], plain[w]
            if v.shape != w.shape or x is None or y is None or x == y or (x, y) == (v, w):
                continue
            if {x, y} <= set(self.vectors):
                found += [sp.Ge(self.of(v, w) - sign * self.of(x, y), 0) for sign in (1, -1)]
        return found


def _inside_of_absolute(v: Any) -> Any | None:
    """x where a column is |x| entry by entry."""
    absolute = isinstance(v, ElementwiseApplyFunction) and v.function.expr == sp.Abs(*v.function.variables)
    return v.expr if absolute else None


def _is_nonnegative(v: Any, domain: Domain) -> bool:
    """Whether no entry of a column is negative."""
    if isinstance(v, OneMatrix):
        return True
    if isinstance(v, ElementwiseApplyFunction):
        return bool(v.function.expr.is_nonnegative)
    return isinstance(domain.ranges.get(v), NonnegativeVectors)

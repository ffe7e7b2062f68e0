"""Claims on traces tr(AᵀB) and Frobenius norms as claims on vectors: matrices with this inner product are vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.provers.claims import Claim
from checks.provers.structure.gram import gram_claims
from checks.provers.structure.opaque import NORMS
from derivations.calculus.forms import expand_inner
from derivations.domains import Domain, RealMatrices, make_domain
from derivations.domains.ranges import SquareRange
from derivations.letters.names import own
from derivations.spectra.nodes import FrobeniusNorm, NuclearNorm, OperatorNorm
from derivations.vectors import Inner, MatrixNumber, norm

OTHER = (OperatorNorm, NuclearNorm)
"""Norms of which it is known how they lie beside the Frobenius norm."""


class _NoVectorsError(ValueError):
    """The claim has something that is no inner product of matrices."""


def frobenius_claims(f: Any, domain: Domain) -> Iterator[Claim]:
    """The claim f ≥ 0 with its matrices as vectors of the inner product tr(AᵀB); none where it has other things.

    Args:
        f: An expression in traces of products of two matrices, norms of matrices and numbers.
        domain: Where the claim is made; its conditions are kept.

    Example:
        >>> from derivations import frobenius_norm
        >>> from derivations.domains import make_domain
        >>> A, B = sp.MatrixSymbol("A", 2, 3), sp.MatrixSymbol("B", 2, 3)
        >>> f = frobenius_norm(A) * frobenius_norm(B) - sp.Trace(A.T * B)
        >>> next(frobenius_claims(f, make_domain({}, (), f.free_symbols))).f
        -p01 + s0*s1
    """
    if not isinstance(f, sp.Expr) or not f.has(sp.Trace, FrobeniusNorm) or f.has(Inner):
        return
    relations = [r for r in domain.where if isinstance(r, Relational)]
    if len(relations) < len(domain.where):
        return
    reading = _Reading(domain)
    try:
        goal, *given = (reading.number(e) for e in (f, *relations))
    except _NoVectorsError:
        return
    known = [*given, *reading.known((goal, *given))]
    ranges = {**{s: r for s, r in domain.ranges.items() if not isinstance(s, sp.MatrixSymbol)}, **reading.ranges}
    symbols = {s for e in (goal, *known) for s in e.free_symbols}
    kept = {s: r for s, r in ranges.items() if s in symbols}
    said = "matrices with tr(AᵀB) as their inner product are vectors"
    if not (left := expand_inner(goal)).has(Inner) and left.is_number:
        yield Claim(left, {}, reduced=said)
        return
    for claim in gram_claims(goal, make_domain(kept, tuple(known), symbols)):
        by = NORMS if len(known) > len(given) else ""
        yield replace(claim, reduced=said, theorems=by, names={**claim.names, **reading.names})


class _Reading:
    """A vector for each matrix, and a number for each norm that is none of a vector."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.vectors: dict[Any, Any] = {}
        self.turned: dict[Any, bool] = {}
        self.others: dict[Any, Any] = {}
        self.ranges: dict[Any, Any] = {}
        self.names: dict[Any, Any] = {}

    def number(self, e: Any) -> Any:
        match e:
            case sp.Trace():
                return self._trace(e.arg)
            case FrobeniusNorm():
                return norm(self._linear(e.arg))
            case OperatorNorm() | NuclearNorm() if isinstance(e.arg, sp.MatrixSymbol):
                return self._other(e)
            case MatrixNumber() | sp.MatrixExpr() | sp.MatrixBase():
                raise _NoVectorsError(str(e))
        return e.func(*map(self.number, e.args)) if e.args else e

    def _other(self, e: Any) -> Any:
        if e not in self.others:
            q = self.others[e] = own(f"n{len(self.others)}", nonnegative=True)
            self.ranges[q], self.names[q] = sp.Interval(0, sp.oo), e
        return self.others[e]

    def _trace(self, arg: Any) -> Any:
        """tr(XY) = ⟨Xᵀ, Y⟩ of each product."""
        found = sp.S.Zero
        for term in _terms(arg):
            factor, parts = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (sp.S.One, [term])
            if len(parts) != 2:
                raise _NoVectorsError(str(term))
            left, right = sp.Transpose(parts[0]).doit(), parts[1]
            if self._is_turned(right):
                left, right = sp.Transpose(left).doit(), sp.Transpose(right).doit()
            found += factor * Inner(self._vector(left), self._vector(right))
        return found

    def _linear(self, a: Any) -> Any:
        parts = []
        for term in _terms(a):
            factor, matrices = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (sp.S.One, [term])
            if len(matrices) != 1:
                raise _NoVectorsError(str(term))
            parts.append(factor * self._vector(matrices[0]))
        return sp.MatAdd(*parts).doit() if len(parts) > 1 else parts[0]

    def _is_turned(self, a: Any) -> bool:
        return isinstance(a, sp.Transpose) and not self._symmetric(a.arg)

    def _symmetric(self, a: Any) -> bool:
        return isinstance(self.domain.ranges.get(a), SquareRange)

    def _vector(self, a: Any) -> Any:
        """The vector of a matrix symbol, which is taken as it stands or transposed, and not both."""
        symbol, turned = (a.arg, True) if isinstance(a, sp.Transpose) else (a, False)
        if not isinstance(symbol, sp.MatrixSymbol) or 1 in symbol.shape:
            raise _NoVectorsError(str(a))
        if not (self._symmetric(symbol) or isinstance(self.domain.ranges.get(symbol), RealMatrices)):
            raise _NoVectorsError(str(a))
        turned = turned and not self._symmetric(symbol)
        if self.turned.setdefault(symbol, turned) != turned:
            raise _NoVectorsError(f"{symbol} and its transpose")
        if symbol not in self.vectors:
            shape = a.shape if turned else symbol.shape
            size = own(f"N_{shape[0]}_{shape[1]}", integer=True, positive=True)
            v = sp.MatrixSymbol(own(symbol.name), size, 1)
            self.vectors[symbol] = v
            self.ranges[v], self.ranges[size] = RealMatrices(), sp.S.Naturals
        return self.vectors[symbol]

    def known(self, sides: Iterable[Any]) -> Iterator[Any]:
        """‖A‖ ≤ ‖A‖_F ≤ ‖A‖_⋆ and |tr(AᵀB)| ≤ ‖A‖‖B‖_⋆, of the norms that are there."""
        for e, q in self.others.items():
            v = self.vectors.get(e.arg)
            if v is None:
                continue
            yield sp.Le(q, norm(v)) if isinstance(e, OperatorNorm) else sp.Ge(q, norm(v))
        by_vector = {v: a for a, v in self.vectors.items()}
        products = {p for e in sides for p in e.atoms(Inner) if set(p.args) <= set(by_vector)}
        for p in sorted(products, key=sp.default_sort_key):
            for x, y in (p.args, p.args[::-1]):
                first, second = OperatorNorm(by_vector[x]), NuclearNorm(by_vector[y])
                if first in self.others and second in self.others:
                    most = self.others[first] * self.others[second]
                    yield from (sp.Le(p, most), sp.Ge(p, -most))


def _terms(a: Any) -> Iterator[Any]:
    """The terms of a sum of matrices, with products multiplied out."""
    expanded = a.doit().expand().doit() if isinstance(a, sp.MatrixExpr) else a
    yield from expanded.args if isinstance(expanded, sp.MatAdd) else (expanded,)

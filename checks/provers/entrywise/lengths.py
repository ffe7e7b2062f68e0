"""Claims on lengths of vectors behind matrices and activations, ‖σ(Wx) − σ(Wy)‖ ≤ ‖W‖‖x − y‖, as claims on numbers.

Each length, inner product and norm of a matrix becomes a number; the calculus of norms says what ties them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from checks.provers.claims import Claim
from checks.provers.entrywise.slopes import slopes
from checks.provers.structure.opaque import NORMS, named
from derivations.domains import Domain, UnitVectors
from derivations.domains.ranges import SquareRange
from derivations.spectra.lengths import bounds_of_length
from derivations.spectra.relations import relations
from derivations.vectors import Inner, MatrixNumber, ShapeError

MOST = 6
"""Vectors of one claim whose lengths are bounded."""


def length_claims(f: Any, domain: Domain) -> Iterator[Claim]:
    """The claim f ≥ 0 with lengths and norms as numbers that the calculus of norms ties together; at most one.

    Args:
        f: An expression in inner products, norms of matrices and numbers.
        domain: Where the claim is made; its conditions are kept.
    """
    if not isinstance(f, sp.Expr) or not f.has(Inner):
        return
    relations_given = [r for r in domain.where if isinstance(r, Relational)]
    sides = [f, *(r.lhs - r.rhs for r in relations_given)]
    if not any(s.has(MatrixNumber, ElementwiseApplyFunction) for s in sides):
        return
    products = {p for s in sides for p in s.atoms(Inner)}
    numbers = {n for s in sides for n in s.atoms(MatrixNumber)}
    columns = [p.args[0] for p in sorted(products, key=sp.default_sort_key) if p.args[0] == p.args[1]]
    compound = [c for c in columns if not isinstance(c, sp.MatrixSymbol)]
    mixed = [p for p in sorted(products, key=sp.default_sort_key) if p.args[0] != p.args[1]]
    if not compound + mixed or len(compound) + len(mixed) > MOST:
        return
    symmetric = {s for s, r in domain.ranges.items() if isinstance(r, SquareRange)}
    units = {s for s, r in domain.ranges.items() if isinstance(r, UnitVectors)}
    known = slopes(sp.Tuple(*sides))
    ties: list[Any] = list(relations(numbers, products, lambda a: a in symmetric))
    with suppress(ShapeError):
        for c in compound:
            others = [o for o in columns if o != c]
            bounds = bounds_of_length(c, others, numbers, lambda a: a in symmetric, units, known)
            ties += [sp.Le(sp.sqrt(Inner(c, c)), bound) for bound in bounds]
        for p in mixed:
            sizes = [bounds_of_length(c, columns, numbers, lambda a: a in symmetric, units, known) for c in p.args]
            sizes = [
                (sp.sqrt(Inner(c, c)),) if Inner(c, c) in products else (sp.S.One,) if c in units else s
                for c, s in zip(p.args, sizes, strict=True)
            ]
            for a in sizes[0]:
                for b in sizes[1]:
                    ties += [sp.Le(p, a * b), sp.Ge(p, -a * b)]
    if not ties:
        return
    every = (f, *relations_given, *ties)
    found = named({*products, *numbers}, domain)
    goal, *conditions = (e.xreplace(found.values) for e in every)
    scalars = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    ranges = {**scalars, **found.ranges}
    kept = tuple(_over_zero(c) for c in dict.fromkeys(conditions) if isinstance(c, Relational))
    used = {s for e in (goal, *kept) for s in e.free_symbols}
    if not used <= set(ranges) or goal.has(Inner, sp.MatrixSymbol):
        return
    yield Claim(
        goal,
        {s: r for s, r in ranges.items() if s in used},
        kept,
        names={s: e for s, e in found.names.items() if s in used},
        theorems=NORMS,
    )


def _over_zero(r: Any) -> Any:
    if isinstance(r, sp.Eq):
        return sp.Eq(r.lhs - r.rhs, 0)
    if isinstance(r, sp.StrictGreaterThan | sp.StrictLessThan):
        return sp.Gt(r.gts - r.lts, 0)
    return sp.Ge(r.gts - r.lts, 0)

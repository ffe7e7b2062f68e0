"""Claims on sums over entries, Σ_i F(h_i, v_i, …) ≥ 0, as the claim F ≥ 0 on one entry."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import DiagMatrix, HadamardProduct, MatAdd, MatMul, MatrixSymbol, OneMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivations.domains import Domain, NonnegativeVectors, UnitVectors
from derivations.vectors import Inner


class _NoEntry(ValueError):
    """Not a column whose i-th entry is a function of the i-th entries of named columns."""


def entry_gap(f: sp.Expr, domain: Domain) -> tuple[sp.Expr, dict[Any, sp.Set]] | None:
    """F and the box of one entry, if f = Σ c·⟨a, b⟩ with columns computed entry by entry, else None.

    Inner products inside of functions are parameters of the claim. Sufficient, not necessary: a sum may be
    nonnegative without its terms being so.
    """
    products = {p for t in sp.Add.make_args(f) for p in sp.Mul.make_args(t) if isinstance(p, Inner)}
    if not any(x.has(ElementwiseApplyFunction) for p in products for x in p.args):
        return None
    sizes = {x.shape[0] for p in products for x in p.args}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    entries: dict[MatrixSymbol, sp.Symbol] = {}
    total = sp.S.Zero
    try:
        for term in sp.Add.make_args(f):
            sums = [p for p in sp.Mul.make_args(term) if isinstance(p, Inner)]
            if len(sums) > 1:
                return None
            rest = sp.Mul(*(p for p in sp.Mul.make_args(term) if not isinstance(p, Inner)))
            body = sp.Mul(*(_entry(x, entries) for x in sums[0].args)) if sums else 1 / size
            total += rest * body
    except _NoEntry:
        return None
    inside = sorted(total.atoms(Inner), key=sp.default_sort_key)
    names: dict[Any, sp.Expr] = {}
    box: dict[Any, sp.Set] = {}
    for i, p in enumerate(inside):
        # a squared norm is s²·size with s > 0: where it is 0, what divides by it is no claim
        name = sp.Symbol(f"s{i}", positive=True) if p.is_nonnegative else sp.Symbol(f"p{i}", real=True)
        names[p] = size * name**2 if p.is_nonnegative else name
        box[name] = sp.Interval.open(0, sp.oo) if p.is_nonnegative else sp.S.Reals
    total = total.xreplace(names)
    for column, name in entries.items():
        values = domain.ranges.get(column)
        box[name] = sp.S.Reals
        if isinstance(values, NonnegativeVectors):
            box[name] = sp.Interval(0, sp.oo)
        elif isinstance(values, UnitVectors):
            box[name] = sp.Interval(-1, 1)
    box |= {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    return total, {s: r for s, r in box.items() if total.has(s)}


def _entry(column: Any, entries: dict[MatrixSymbol, sp.Symbol]) -> sp.Expr:
    """The i-th entry of a column, with a name for that of each named column."""
    match column:
        case OneMatrix():
            return sp.S.One
        case MatrixSymbol() if column.shape[1] == 1:
            return entries.setdefault(column, sp.Symbol(f"{column.name}_i", real=True))
        case ElementwiseApplyFunction():
            return column.function(_entry(column.expr, entries))
        case HadamardProduct():
            return sp.Mul(*(_entry(a, entries) for a in column.args))
        case MatAdd():
            return sp.Add(*(_entry(a, entries) for a in column.args))
        case MatMul():
            factor, (*diagonals, last) = column.as_coeff_matrices()
            if all(isinstance(d, DiagMatrix) for d in diagonals):
                return factor * sp.Mul(*(_entry(d.args[0], entries) for d in diagonals), _entry(last, entries))
    raise _NoEntry(str(column))

"""Claims on sums over entries as claims on entries.

Σ_i F(h_i, v_i, …) ≥ 0 follows from F ≥ 0, and Σ_i Σ_j Φ(h_i, h_j) + Σ_i Ψ(h_i) ≥ 0 from Φ(x, y) + Φ(y, x) ≥ 0
for a pair and Φ(x, x) + Ψ(x) ≥ 0 for one entry. Sufficient, not necessary.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import MatrixSymbol, OneMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from derivations.calculus.entries import NotEntrywise, entry
from derivations.domains import Domain, NonnegativeVectors, UnitVectors
from derivations.letters.names import own
from derivations.vectors import Inner, ones

Claim = tuple[sp.Expr, dict[Any, sp.Set]]
Entries = dict[MatrixSymbol, sp.Symbol]


def entry_gap(f: sp.Expr, domain: Domain) -> Claim | None:
    """F and the box of one entry, if f = Σ c·⟨a, b⟩ with columns computed entry by entry, else None.

    Inner products inside of functions and denominators are parameters of the claim.
    """
    terms = [_split(t) for t in sp.Add.make_args(f)]
    size = _size(terms)
    if size is None or any(len(products) > 1 for products, _ in terms):
        return None
    entries: Entries = {}
    try:
        total = sp.Add(*(rest * (_product(products[0], entries) if products else 1 / size) for products, rest in terms))
    except NotEntrywise:
        return None
    return _with_parameters(total, entries, size, domain)


def pair_gap(f: sp.Expr, domain: Domain) -> Claim | None:
    """The claims about a pair and one entry as one, pair + ω·single ≥ 0 for every ω ≥ 0, for products of two sums.

    f may be a fraction whose denominator is seen to be positive.
    """
    # SymPy's rewriting goes into the columns of inner products and breaks them: they wait outside
    names = {p: sp.Dummy("p", real=True) for p in f.atoms(Inner)}
    back = {name: p for p, name in names.items()}
    numerator, denominator = sp.fraction(sp.together(f.xreplace(names)))
    if not _is_positive(denominator.xreplace(back)):
        return None
    terms = [_split(t.xreplace(back)) for t in sp.Add.make_args(numerator.expand(func=False))]
    size = _size(terms)
    if size is None or max(len(products) for products, _ in terms) != 2:
        return None
    terms = [_with_size(products, rest, size) for products, rest in terms]
    first: Entries = {}
    second: Entries = {}
    pair, single = sp.S.Zero, sp.S.Zero
    try:
        for products, rest in terms:
            here = [_product(p, first) for p in products]
            if len(products) == 2:
                there = [_product(p, second, "'") for p in products]
                pair += rest * (here[0] * there[1] + there[0] * here[1])
            single += rest * (sp.Mul(*here) if products else 1 / size)
    except NotEntrywise:
        return None
    omega = own("omega", nonnegative=True)
    names |= {p: sp.Dummy("p", real=True) for p in pair.atoms(Inner) - set(names)}
    back = {name: p for p, name in names.items()}
    both = sp.factor_terms(pair.xreplace(names).expand()).xreplace(back) + omega * single.expand()
    seconds = {column: name for column, name in second.items() if both.has(name)}
    expr, box = _with_parameters(both, first, size, domain)
    return expr, {**box, **_ranges(seconds, domain), **({omega: sp.Interval(0, sp.oo)} if expr.has(omega) else {})}


def _split(term: sp.Expr) -> tuple[list[Inner], sp.Expr]:
    """The inner products that a term is a product of, squares twice, and the rest."""
    products: list[Inner] = []
    rest = sp.S.One
    for factor in sp.Mul.make_args(term):
        base, power = factor.as_base_exp()
        if isinstance(base, Inner) and power in (1, 2):
            products += [base] * int(power)
        else:
            rest *= factor
    return products, rest


def _with_size(products: list[Inner], rest: sp.Expr, size: Any) -> tuple[list[Inner], sp.Expr]:
    """A term with a factor n = Σ 1 as a product of two sums, where it has one other."""
    powers = rest.as_powers_dict()
    if len(products) != 1 or not powers.get(size, sp.S.Zero).is_positive:
        return products, rest
    return [*products, Inner(ones(size), ones(size))], rest / size


def _size(terms: list[tuple[list[Inner], sp.Expr]]) -> Any:
    """The common number of entries of all sums, None where sums differ or nothing is computed entry by entry."""
    columns = [x for products, _ in terms for p in products for x in p.args]
    sizes = {x.shape[0] for x in columns}
    return sizes.pop() if len(sizes) == 1 and any(x.has(ElementwiseApplyFunction) for x in columns) else None


def _is_positive(denominator: sp.Expr) -> bool:
    """Whether an expression in sums of positive entries is positive."""
    positive = {
        p: sp.Dummy("S", positive=True)
        for p in denominator.atoms(Inner)
        if all(isinstance(x, OneMatrix) or (isinstance(x, ElementwiseApplyFunction) and _positive(x)) for x in p.args)
    }
    return bool(denominator.xreplace(positive).is_positive)


def _positive(x: ElementwiseApplyFunction) -> bool:
    return bool(x.function.expr.is_positive)


def _with_parameters(total: sp.Expr, entries: Entries, size: Any, domain: Domain) -> Claim:
    """The claim on entries, with a name for every inner product that is left, and the box of all its symbols."""
    names: dict[Any, sp.Expr] = {}
    box: dict[Any, sp.Set] = {}
    for i, p in enumerate(sorted(total.atoms(Inner), key=sp.default_sort_key)):
        # a squared norm is s²·size with s > 0: where it is 0, what divides by it is not a claim
        name = own(f"s{i}", positive=True) if p.is_nonnegative else own(f"p{i}", real=True)
        names[p] = size * name**2 if p.is_nonnegative else name
        box[name] = sp.Interval.open(0, sp.oo) if p.is_nonnegative else sp.S.Reals
    total = total.xreplace(names)
    box |= _ranges(entries, domain)
    box |= {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    return total, {s: r for s, r in box.items() if total.has(s)}


def _ranges(entries: Entries, domain: Domain) -> dict[Any, sp.Set]:
    """The range of one entry of each column."""
    box: dict[Any, sp.Set] = {}
    for column, name in entries.items():
        match domain.ranges.get(column):
            case NonnegativeVectors():
                box[name] = sp.Interval(0, sp.oo)
            case UnitVectors():
                box[name] = sp.Interval(-1, 1)
            case _:
                box[name] = sp.S.Reals
    return box


def _product(p: Inner, entries: Entries, mark: str = "") -> sp.Expr:
    def named(column: Any) -> sp.Symbol | None:
        if isinstance(column, MatrixSymbol) and column.shape[1] == 1:
            return entries.setdefault(column, own(f"{column.name}_i{mark}", real=True))
        return None

    return sp.Mul(*(entry(x, named) for x in p.args))

"""Inequalities on a statement's domain as claims about numbers, each sufficient for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.proofs.entrywise import entry_gap, pair_gap
from derivations.calculus.forms import expand_inner
from derivations.domains import Domain
from derivations.gaussian import Expectation
from derivations.integrals.definitions import as_defined
from derivations.letters.names import own
from derivations.proofs.equality import unfold
from derivations.proofs.explicit import coordinates
from derivations.proofs.exponentials import by_exponentials
from derivations.vectors import Inner

CHOICES = 8
"""The most symbols for which conditions are solved."""


def scalar_gaps(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim f ≥ 0 on vectors as claims on numbers, each sufficient: (expression, box).

    Where f is a sum over entries, the claim about one entry; then every inner product as a variable,
    nonnegative if it is a square or the domain says so; then the vectors in coordinates adapted to them; at last
    each of these with exponentials as variables.
    """
    f = unfold(f, domain)
    # expanded, numbers inside of columns such as the denominator of a softmax stand before inner products
    forms = dict.fromkeys((f, expand_inner(f, domain.table)))
    entries = [claim for g in forms for claim in (entry_gap(g, domain), pair_gap(g, domain)) if claim]
    found = entries + _gaps_of_products(f, domain)
    return found + [claim for expr, box in found for claim in by_exponentials(expr, box)]


def defined_gaps(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim f ≥ 0 with integrals, series and limits as they are defined, for balls: no closed form is used.

    Raises NoIntegral for an expectation over vectors or over more than two numbers.
    """
    return _gaps_of_products(as_defined(f), domain)


def _inequalities(domain: Domain) -> list[Any]:
    return [r for r in domain.where if isinstance(r, Relational) and not isinstance(r, sp.Eq | sp.Ne)]


def _gaps_of_products(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    f = expand_inner(f, domain.table)
    box: dict[Any, sp.Set] = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    products = sorted(f.atoms(Inner), key=sp.default_sort_key)
    if not products:
        used = (f, {s: r for s, r in box.items() if f.has(s)})
        conditions = _inequalities(domain)
        each = [claim for r in conditions for claim in _with_conditions(f, box, [r])] if len(conditions) > 1 else []
        return [*_with_conditions(f, box, conditions), *each, used] if conditions else [used]
    return [claim for squares in (False, True) for claim in _with_products(f, box, products, domain, squares)]


def _with_products(
    f: Any, box: Mapping[Any, sp.Set], products: Sequence[Inner], domain: Domain, squares: bool
) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim with each inner product as a number of its own, and the vectors in coordinates.

    A condition that is linear in a product is put in for it. With `squares` that product may be a square, of which it
    is then forgotten that it is nonnegative; no claims are made so where none of the conditions asks for it.
    """
    known = {p: _range_of(p, domain) for p in products}
    box, forgotten = dict(box), False
    for number, relation in enumerate(_inequalities(domain)):
        # a condition gap >= 0 that is linear in a product: the product in terms of h = gap
        gap = expand_inner(relation.gts - relation.lts, domain.table)
        linear = [p for p in products if (c := gap.coeff(p)).is_nonzero and not (gap - c * p).expand().has(p)]
        chosen = next((p for p in linear if not p.is_nonnegative), None)
        if chosen is None and squares and linear and gap.atoms(Inner) <= set(products):
            chosen, forgotten = linear[-1], True
        if chosen is not None:
            h, factor = own(f"h{number}", real=True), gap.coeff(chosen)
            f = f.xreplace({chosen: (h - (gap - factor * chosen)) / factor}).expand()
            box[h] = sp.Interval(0, sp.oo)
    if squares and not forgotten:
        return []
    names = {p: own(f"p{i}", real=True) for i, p in enumerate(products)}
    opaque = (f.xreplace(names), {**box, **{names[p]: r for p, r in known.items()}})
    if any(len(e.covariance) and e.covariance.has(*names.values()) for e in opaque[0].atoms(Expectation) if names):
        return []  # rules of sign differentiate, and an expectation is not differentiated by its law
    fixed = {v for p in domain.table for v in p.args}
    if any(v in fixed for p in products for v in p.args):
        return [opaque]
    placed, new = coordinates(f, domain.table)
    return [opaque, (placed, {**box, **dict.fromkeys(new, sp.S.Reals)})]


def solved(
    f: sp.Expr, box: Mapping[Any, sp.Set], gaps: Sequence[sp.Expr]
) -> Iterator[tuple[sp.Expr, dict[Any, sp.Set], dict[Any, sp.Expr]]]:
    """The claim with each gap ≥ 0 solved for a symbol in which it is linear: s in terms of t = gap ≥ 0.

    What is forgotten is the range of s itself: the claim becomes stronger. A symbol without a range loses nothing;
    where all have one, there is a claim for each choice, at most CHOICES. Yields claim, box, and what each t is.
    """
    linear = [(number, gap, found) for number, gap in enumerate(gaps) if (found := _linear_in(gap, box))]
    for chosen in islice(product(*(found for _, _, found in linear)), CHOICES):
        put_in, slack = f, {}
        for (number, gap, _), (s, factor, rest) in zip(linear, chosen, strict=True):
            t = own(f"t{number}", nonnegative=True)
            put_in, slack[t] = put_in.xreplace({s: (t - rest) / factor}), gap
        put_in = put_in.expand(func=False) if put_in.is_polynomial() else put_in
        yield put_in, {**box, **dict.fromkeys(slack, sp.Interval(0, sp.oo))}, slack


def _linear_in(gap: sp.Expr, box: Mapping[Any, sp.Set]) -> list[tuple[Any, sp.Expr, sp.Expr]]:
    """The symbols in which a gap is linear, each with its factor and the rest; only one if it ranges over the reals."""
    found = []
    for s in sorted((s for s in gap.free_symbols if isinstance(s, sp.Symbol)), key=str):
        factor = gap.expand().coeff(s)
        rest = (gap - factor * s).expand()
        if factor.is_number and factor != 0 and not rest.has(s):
            found.append((s, factor, rest))
    free = [choice for choice in found if box.get(choice[0]) == sp.S.Reals]
    return free[:1] or found


def _with_conditions(
    f: sp.Expr, box: Mapping[Any, sp.Set], conditions: Sequence[Relational]
) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim with its conditions put in, each on the symbols that it has."""
    gaps = [gap for r in conditions if len((gap := r.gts - r.lts).free_symbols) > 1]
    return [(g, {s: r for s, r in b.items() if g.has(s)}) for g, b, _ in solved(f, box, gaps)]


def _range_of(product: Inner, domain: Domain) -> sp.Set:
    """Squares are nonnegative, and inner products of unit vectors lie in [−1, 1]."""
    if product.is_nonnegative or is_square(product):
        return sp.Interval(0, sp.oo)
    unit = all(domain.table.get(Inner(x, x)) == 1 for x in product.args)
    return sp.Interval(-1, 1) if unit else sp.S.Reals


def is_square(product: Inner) -> bool:
    """Whether a product reads ⟨x, VᵀV x⟩ = ‖Vx‖² for a product V of matrices."""
    x, y = sorted(product.args, key=lambda a: isinstance(a, sp.MatMul))
    if not isinstance(y, sp.MatMul):
        return False
    factor, (*word, last) = y.as_coeff_matrices()
    half = len(word) // 2
    turned = [sp.Transpose(w).doit() for w in reversed(word[half:])]
    return bool(factor == 1 and last == x and len(word) == 2 * half and turned == word[:half])

"""Sums and products over an index, as the rules of sign see them: numbers of which at most the sign is known."""

from __future__ import annotations

from sympy import Dummy, Expr, Interval, Product, S, Set, Sum, oo

MOST_TERMS = 10_000
"""The largest number of terms of a sum between two numbers that is evaluated."""


def totals_in(f: Expr) -> dict[Expr, tuple[Dummy, Set]]:
    """A variable for each outermost Sum and Product in `f`, with the range in which its value lies."""
    outermost: list[Expr] = []
    pending = [f]
    while pending:
        node = pending.pop()
        if isinstance(node, Sum | Product):
            outermost.append(node)
        else:
            pending.extend(node.args)
    ordered = sorted(set(outermost), key=str)
    return {node: (Dummy(f"total{i}", real=True), _range(node)) for i, node in enumerate(ordered)}


def is_long(total: Expr) -> bool:
    """Whether a sum has more terms than SymPy can evaluate: its closed forms expand term by term again."""
    if not isinstance(total, Sum | Product):
        return False
    lengths = [high - low for _, low, high in total.limits]
    long = any(n.is_Integer and n > MOST_TERMS for n in lengths)
    # Σ 1 and Σ k of any length are polynomials in their ends
    return long and not total.function.is_polynomial(*total.variables)


def _range(total: Expr) -> Set:
    """[0, ∞) or (0, ∞) where every term has that sign and no end lies below its beginning, else all reals."""
    term = total.function
    for index, low, high in reversed(total.limits):
        # the empty range low..low − 1 is the smallest that is defined
        if not (high - low + 1).is_nonnegative:
            return S.Reals
        known = {"positive": True} if low.is_positive else {"nonnegative": True} if low.is_nonnegative else {}
        term = term.xreplace({index: Dummy(index.name, integer=True, **known)})
    if isinstance(total, Product) and term.is_positive:
        return Interval.open(0, oo)
    return Interval(0, oo) if term.is_nonnegative else S.Reals

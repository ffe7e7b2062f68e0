"""Claims that are linear in inner products, as sums of squared lengths."""

from __future__ import annotations

from typing import Any

import sympy as sp

from derivations.calculus.forms import expand_inner
from derivations.domains import Domain
from derivations.letters.names import own
from derivations.vectors import Inner


def by_lengths(f: Any, domain: Domain) -> tuple[Any, dict[Any, Inner]] | None:
    """f as Σ q·l + r with squared lengths l of combinations of the vectors, by completing squares; None where it isn't.

    Args:
        f: An expression in which inner products are expanded.
        domain: Which products are known.

    Returns:
        The expression in symbols for the lengths, and what each of them stands for.
    """
    names = {p: own(f"product{i}", real=True) for i, p in enumerate(sorted(f.atoms(Inner), key=sp.default_sort_key))}
    plain = f.xreplace(names)
    if any(plain.diff(a, b) != 0 for a in names.values() for b in names.values()):
        return None
    lengths: dict[Any, Inner] = {}
    total, rest = sp.S.Zero, f.expand()
    while products := sorted(rest.atoms(Inner), key=sp.default_sort_key):
        squares = [p for p in products if p.args[0] == p.args[1] and rest.coeff(p) != 0]
        if not squares:
            return None
        q = rest.coeff(squares[0])
        if q.atoms(Inner):
            return None
        x = squares[0].args[0]
        v = x
        for p in products:
            if x in p.args and p != squares[0]:
                (y,) = (a for a in p.args if a != x)
                v = v + sp.factor(rest.coeff(p) / (2 * q)) * y
        whole = Inner(v, v)
        symbol = own(f"length{len(lengths)}", nonnegative=True)
        left = sp.expand(sp.together(expand_inner(rest - q * whole, domain.table)))
        left = sum((sp.cancel(left.coeff(p)) * p for p in left.atoms(Inner)), _without(left))
        if left.has(squares[0]) or len(left.atoms(Inner)) >= len(products):
            return None
        lengths[symbol] = whole
        total, rest = total + sp.factor(q) * symbol, left
    return (total + rest, lengths) if lengths else None


def _without(f: Any) -> Any:
    """What has no product."""
    return f.xreplace(dict.fromkeys(f.atoms(Inner), sp.S.Zero))

"""Which roots a claim has: one new variable for all roots of the same number."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import lcm
from typing import Any

import sympy as sp

from checks.provers.algebra.quotients import Polynomial, TooLarge

HIGHEST_ORDER = 64


@dataclass
class Roots:
    """The order of the root that is taken of each radicand, and the variables of those that were taken.

    Args:
        orders: The least common multiple of the orders of a radicand's roots.
        known: The variable of a root, and its order.
    """

    orders: dict[Any, int]
    known: dict[Any, tuple[Polynomial, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, expressions: Iterable[Any]) -> Roots:
        """The roots in some expressions; raises TooLarge for one of an order beyond HIGHEST_ORDER."""
        orders: dict[Any, int] = {}
        for power in (p for e in expressions if isinstance(e, sp.Basic) for p in e.atoms(sp.Pow)):
            if power.exp.is_Rational:
                orders[power.base] = lcm(orders.get(power.base, 1), int(power.exp.q))
        for base, order in orders.items():
            if order > HIGHEST_ORDER:
                raise TooLarge(f"a root of order {order} of {base}")
        return cls(orders)

    def order(self, base: Any, at_least: int = 1) -> int:
        """The order of the root of a radicand."""
        return lcm(self.orders.get(base, 1), at_least)


def without_products_below_roots(e: Any, nonnegative: Collection[Any]) -> Any:
    """Roots of products as products of roots, where the factors are powers of symbols that are never negative.

    Args:
        e: An expression or a condition.
        nonnegative: The symbols that are never negative.

    Example:
        >>> x, y, z = sp.symbols("x y z", real=True)
        >>> without_products_below_roots(sp.sqrt(x**2 * y * z), {x, y})
        sqrt(y)*sqrt(z)*Abs(x)
    """
    if not isinstance(e, sp.Basic):
        return e

    def plain(factor: Any) -> bool:
        base, exponent = factor.as_base_exp()
        return bool(exponent.is_Rational and (base in nonnegative or (base.is_Rational and base.is_positive)))

    def apart(power: Any) -> Any:
        factors = sp.Mul.make_args(power.base)
        rest = sp.Mul(*(f for f in factors if not plain(f)))
        split = [(b, x * power.exp) for b, x in (f.as_base_exp() for f in factors if plain(f))]
        return sp.Mul(*(sp.Pow(b, x) for b, x in split), sp.Pow(rest, power.exp))

    def rooted(n: Any) -> bool:
        return bool(n.is_Pow and n.exp.is_Rational and n.exp.q > 1 and (n.base.is_Mul or n.base.is_Pow))

    return e.replace(rooted, apart)

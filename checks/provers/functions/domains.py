"""Whether a function has a real value at every point of a claim's domain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy as sp

from checks.provers.claims import Claim, Proof
from checks.provers.functions.atoms import ON_POSITIVE, signed

UNIT = (sp.asin, sp.acos)
MOST_DEGREE = 40
"""Of a denominator whose roots are looked for."""


def undefined(claim: Claim, decide: Callable[[Claim], Proof | None]) -> str:
    """What may have no value somewhere on the domain of a claim, in words; empty if all was shown to have one.

    Args:
        claim: What is claimed; its conditions may be used.
        decide: A prover.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> undefined(Claim(sp.log(x), {x: sp.Interval.open(0, 1)}), lambda claim: None)
        ''
        >>> undefined(Claim(sp.log(x), {x: sp.Interval(0, 1)}), lambda claim: None)
        'x > 0 was not shown, without which there is no value'
    """
    symbols = {s: signed(s, r) for s, r in claim.ranges.items()}
    back = {t: s for s, t in symbols.items()}
    needs = dict.fromkeys(need for g in (claim.f, *claim.conditions) for need in _needs(g.xreplace(symbols)))
    for kind, u in needs:
        known = {">": u.is_positive, ">=": u.is_nonnegative, "!=": u.is_nonzero}[kind]
        if known:
            continue
        v = u.xreplace(back)
        # what is ≥ 0 and has a value is shown by other provers; a reciprocal has none where it would be infinite
        asked = {">": 1 / v, ">=": v, "!=": 1 / v**2}[kind]
        if decide(Claim(asked, claim.ranges, claim.conditions)) is None:
            sign = {">": "> 0", ">=": "≥ 0", "!=": "≠ 0"}[kind]
            return f"{v} {sign} was not shown, without which there is no value"
    return ""


def hole(f: sp.Expr, ranges: Mapping[Any, sp.Set]) -> str:
    """A number strictly inside of its symbol's range at which a denominator vanishes, in words; empty if none is seen.

    Denominators that are polynomials in one symbol with rational coefficients are looked at. Ends of a range are not:
    there a claim is read as its limit.

    Args:
        f: An expression.
        ranges: The range of each of its symbols.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> hole((x**2 + 1) * sp.exp(1 / x), {x: sp.Interval(-1, 2)})
        'it has no value at x = 0'
        >>> hole(1 / x, {x: sp.Interval(0, 2)})
        ''
    """
    for u in dict.fromkeys(u for kind, u in _needs(f) if kind == "!=" and len(u.free_symbols) == 1):
        (x,) = u.free_symbols
        values = ranges.get(x)
        if values is None or not values.is_Interval or not u.is_polynomial(x):
            continue
        p = sp.Poly(u, x)
        if p.domain not in (sp.ZZ, sp.QQ) or p.degree() > MOST_DEGREE:
            continue
        inside = next((root for root in p.real_roots(multiple=False) if values.inf < root[0] < values.sup), None)
        if inside is not None:
            return f"it has no value at {x} = {inside[0]}"
    return ""


def _needs(e: Any) -> Iterator[tuple[str, sp.Expr]]:
    """What has to be positive, nonnegative or not 0 for an expression to have a value."""
    for node in sp.preorder_traversal(e):
        if isinstance(node, ON_POSITIVE):
            yield ">", node.args[-1]
        elif isinstance(node, UNIT):
            yield ">=", 1 - node.args[0] ** 2
        elif isinstance(node, sp.tan | sp.sec):
            yield "!=", sp.cos(node.args[0])
        elif isinstance(node, sp.cot | sp.csc):
            yield "!=", sp.sin(node.args[0])
        elif isinstance(node, sp.acosh):
            yield ">=", node.args[0] - 1
        elif isinstance(node, sp.atanh):
            yield ">", 1 - node.args[0] ** 2
        elif isinstance(node, sp.coth | sp.csch | sp.acot):
            yield "!=", node.args[0]
        elif node.is_Pow and not isinstance(node, sp.exp) and node.base is not sp.E:
            if not node.exp.is_Integer:
                yield (">=" if node.exp.is_Rational and node.exp > 0 else ">"), node.base
            elif node.exp < 0:
                yield "!=", node.base

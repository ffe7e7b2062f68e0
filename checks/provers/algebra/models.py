"""Points of a domain out of the models that z3 finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp
import z3

from checks.provers.algebra.branches import Branch
from checks.provers.algebra.quotients import Polynomial

DIGITS = 30


def points(model: z3.ModelRef, branch: Branch) -> Iterator[dict[Any, Any]]:
    """Rational points close to the one that z3 found, the roundest first; at last that point, if it has square roots.

    Args:
        model: The values that z3 found for the variables.
        branch: The branch that has them.
    """
    numbers = {d.name(): model[d] for d in model.decls()}
    found_values = [numbers.get(f"v{i}") for i in range(len(branch.names))]
    seen: list[dict[Any, Any]] = []
    for digits in (1, 2, 3, 6, 12, DIGITS):
        point = [_rounded(v, digits) for v in found_values]
        found = {s: _value(p, point) for s, p in branch.values.items()}
        if found not in seen:
            seen.append(found)
            yield found
    exact = [_exact(v) for v in found_values]
    if any(v is not None and not v.is_Rational for v in exact) and None not in exact:
        yield {s: sp.radsimp(_value(p, exact)) for s, p in branch.values.items()}


def _exact(value: Any) -> sp.Expr | None:
    """A number of z3 as SymPy has it: rational, or the root of a quadratic; None for any other."""
    if value is None or z3.is_rational_value(value):
        return _rounded(value, 0)
    c, b, a, *higher = [int(str(k)) for k in value.poly()]
    if higher:
        return None
    roots = [(-b + side * sp.sqrt(b * b - 4 * a * c)) / (2 * a) for side in (1, -1)]
    close = _rounded(value, DIGITS)
    return min(roots, key=lambda root: abs(sp.N(root - close, DIGITS)))


def _rounded(value: Any, digits: int) -> sp.Rational:
    """A rational number close to a number of z3; a rational one stays as it is."""
    if value is None:
        return sp.S.Zero
    if z3.is_rational_value(value):
        return sp.Rational(value.numerator_as_long(), value.denominator_as_long())
    close = value.approx(DIGITS + 5)
    scale = 10**digits
    return sp.Rational(round(sp.Rational(close.numerator_as_long(), close.denominator_as_long()) * scale), scale)


def _value(p: Polynomial, point: Sequence[sp.Expr]) -> sp.Expr:
    terms = (
        sp.Rational(int(c.p), int(c.q)) * sp.Mul(*(v**e for v, e in zip(point, monomial, strict=True)))
        for monomial, c in p.to_dict().items()
    )
    return sp.Add(*terms)

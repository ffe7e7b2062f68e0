"""Powers with symbolic exponents against exponentials, for Rocq: aᵖ ≤ eᵇ from p·log a ≤ b."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from checks.rocq.algebraic import Case
from derivations.proofs.sign_proofs import SignProof

Leaf = Callable[[Case], "SignProof | None"]
"""What proves a claim without powers."""


def against_exponential(case: Case, leaf: Leaf) -> SignProof | None:
    """A proof of eᵇ − aᵖ ≥ 0 or q − aᵖ ≥ 0 for a number q, by logarithms; None where it is no such claim, or has none.

    Args:
        case: The claim.
        leaf: What proves a ≥ 0, and b − p·log a ≥ 0 where a > 0.
    """
    powers = [p for p in case.f.atoms(sp.Pow) if p.base != sp.E and p.exp.free_symbols]
    if len(powers) != 1 or case.conditions or case.equations:
        return None
    (power,) = powers
    above = case.f + power
    if above.has(power) or not (isinstance(above, sp.exp) or (above.is_number and above.is_positive)):
        return None
    a, p = power.args
    b = above.args[0] if isinstance(above, sp.exp) else sp.log(above)
    ranges = {s: sp.Interval(r.inf, r.sup) if r.is_subset(sp.S.Integers) else r for s, r in case.ranges.items()}
    nonnegative = leaf(Case(a, {s: r for s, r in ranges.items() if a.has(s)}))
    if nonnegative is None:
        return None
    opened = _where_positive(a, ranges)
    part = leaf(Case(b - p * sp.log(a), {**ranges, **opened}))
    if part is None:
        return None
    ends = tuple((x, r) for x, r in opened.items())
    data = {"base": a, "power": p, "other": b, "ends": ends}
    return SignProof(case.f, f"comparing logarithms of {power} and {above}", (nonnegative, part), "powered", data)


def _where_positive(a: Any, ranges: dict[Any, Any]) -> dict[Any, Any]:
    """The ranges without those ends at which a vanishes."""
    found = {}
    for x, r in ranges.items():
        if not a.has(x) or not isinstance(r, sp.Interval):
            continue
        zero = [e.is_finite and a.xreplace({x: e}).simplify() == 0 for e in (r.inf, r.sup)]
        if any(zero):
            found[x] = sp.Interval(r.inf, r.sup, r.left_open or zero[0], r.right_open or zero[1])
    return found

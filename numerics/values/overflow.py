"""Formulas whose parts overflow although their values do not: written another way, or computed in long double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.activations import sigmoid, softplus

Array = NDArray[np.float64]


def without_overflow(expr: Any) -> Any:
    """log(1 + eᵃ) as softplus(a), 1/(1 + eᵃ) as sigmoid(−a), eᵃ·sigmoid(−a) as sigmoid(a).

    And without cancellation: 1 − tanh²a as sech²a, 1 − sigmoid(a) as sigmoid(−a).
    """
    found = expr.replace(_is_log, lambda e: softplus(_exponent(e.args[0])))
    found = found.replace(_is_reciprocal, lambda e: sigmoid(-_exponent(e.base)) ** -e.exp)
    found = found.replace(lambda e: isinstance(e, sp.Mul) and e.has(sigmoid), _paired)
    return found.replace(lambda e: isinstance(e, sp.Add) and len(e.args) == 2, _complement)


def _exponent(total: Any) -> Any:
    """a of 1 + eᵃ, None for anything else."""
    rest = total - 1
    return rest.args[0] if isinstance(total, sp.Add) and isinstance(rest, sp.exp) else None


def _is_log(e: Any) -> bool:
    return isinstance(e, sp.log) and _exponent(e.args[0]) is not None


def _is_reciprocal(e: Any) -> bool:
    return isinstance(e, sp.Pow) and bool(e.exp.is_negative) and _exponent(e.base) is not None


def _paired(product: Any) -> Any:
    """Each eᵃ with one of the factors sigmoid(−a)."""
    powers = product.as_powers_dict()
    for base, power in list(powers.items()):
        exponent = power if base == sp.E else base.args[0] * power if isinstance(base, sp.exp) else None
        partner = sigmoid(-exponent) if exponent is not None else None
        if partner is not None and powers.get(partner, sp.S.Zero).is_positive:
            rest = product / (sp.exp(exponent) * partner)
            return sigmoid(exponent) * rest
    return product


def _complement(total: Any) -> Any:
    """c − c·tanh²a and c − c·sigmoid(a) as products."""
    for whole, term in (total.args, total.args[::-1]):
        factor, rest = term.as_coeff_Mul()
        if factor == -whole and isinstance(rest, sp.Pow) and isinstance(rest.base, sp.tanh) and rest.exp == 2:
            return whole * sp.sech(rest.base.args[0]) ** 2
        if factor == -whole and isinstance(rest, sigmoid):
            return whole * sigmoid(-rest.args[0])
    return total


def in_range(found: Any, x: Array, wide: Callable[[Any], Any]) -> Any:
    """`found`, and where that is infinite or NaN what long double makes of it: its exponents reach 16 times as far."""
    bad = ~np.isfinite(found)
    if np.shape(found) != np.shape(x) or not bad.any():
        return found
    try:
        with np.errstate(all="ignore"):
            again = np.asarray(wide(np.asarray(x)[bad].astype(np.longdouble))).astype(float)
    except Exception:  # a user's function may work in float64 only; then its own value is kept
        return found
    if again.shape != (int(bad.sum()),):
        return found
    result = np.array(found, dtype=float)
    result[bad] = np.where(np.isfinite(again), again, result[bad])
    return result

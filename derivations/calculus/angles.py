"""Simplification on the range [0, π] of an angle, where the sine is nonnegative."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Pow, Symbol, acos, cos, sin


def without_roots_of_sine(expr: Any, phi: Symbol) -> Any:
    """√(1 − cos²φ) = sin φ for φ ∈ [0, π]."""

    def is_root(e: Any) -> bool:
        if not (isinstance(e, Pow) and e.exp.is_Rational and e.exp.q == 2 and e.base.has(cos(phi))):
            return False
        return bool((e.base.expand().subs(cos(phi) ** 2, 1 - sin(phi) ** 2) - sin(phi) ** 2).expand() == 0)

    expr = expr.replace(is_root, lambda e: sin(phi) ** (2 * e.exp))
    return expr.xreplace({Abs(sin(phi)): sin(phi), acos(cos(phi)): phi})

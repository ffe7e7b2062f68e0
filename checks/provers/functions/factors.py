"""Factors of a claim that are not negative where they have a value, left out where they are shown to have one."""

from __future__ import annotations

import sympy as sp

from checks.provers import nlsat
from checks.provers.claims import Claim, Proof
from checks.provers.functions.atoms import KNOWN, REWRITTEN
from checks.provers.functions.domains import undefined
from derivations.gaussian import relu, step


def without_nonnegative_factors(f: sp.Expr, values: sp.Set) -> sp.Expr:
    """The other factors of a product: exponentials and even powers are ≥ 0 where they are of real numbers.

    Args:
        f: An expression in one variable.
        values: The range of the variable, on the whole of which a factor that is left out is shown to be real.

    Example:
        >>> x = sp.Symbol("x", real=True)
        >>> without_nonnegative_factors((1 + x) * sp.exp(x), sp.S.Reals)
        x + 1
        >>> without_nonnegative_factors((1 + x) * sp.log(x) ** 2, sp.S.Reals)
        (x + 1)*log(x)**2
    """
    rest = [
        a
        for a in sp.Mul.make_args(f)
        if not (isinstance(a, sp.exp) or (a.is_Pow and a.exp.is_Integer and a.exp > 0 and a.exp % 2 == 0))
        or not _is_real(a, values)
    ]
    return sp.Mul(*rest) if rest else f


def _is_real(e: sp.Expr, values: sp.Set) -> bool:
    """Whether an expression is shown to have a real value on the whole range."""
    known = (*KNOWN, *REWRITTEN, sp.Abs, sp.Max, sp.Min, sp.sign, relu, step)
    if e.has(sp.I) or not all(isinstance(a, known) for a in e.atoms(sp.core.function.Application)):
        return False

    def decide(claim: Claim) -> Proof | None:
        found = nlsat.prove(claim)
        return found if isinstance(found, Proof) else None

    return not undefined(Claim(e, dict.fromkeys(e.free_symbols, values)), decide)

"""Numbers that no prover looks into, such as eigenvalues and chances, as symbols of which the range is known.

A claim for every value of such a symbol in its range implies the claim for the number, and is not implied by it.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from derivations.domains import Domain, PositiveSemidefinite
from derivations.letters.names import own
from derivations.quantities.chance import Chance, OverRandom
from derivations.spectra.nodes import LambdaMax, LambdaMin
from derivations.vectors import MatrixNumber, settled

OPAQUE = (MatrixNumber, OverRandom)


def with_symbols(f: Any, domain: Domain) -> tuple[Any, Domain]:
    """A claim f ≥ 0 and its domain with a symbol for each opaque number, and without what stood in these only.

    Args:
        f: An expression in the symbols of the domain.
        domain: Where f ≥ 0 is claimed.

    Returns:
        Both themselves where there is no such number, else a claim that implies theirs.

    Example:
        >>> from derivations import operator_norm
        >>> from derivations.domains import make_domain
        >>> norm = operator_norm(sp.MatrixSymbol("A", 2, 2))
        >>> f, domain = with_symbols(1 + norm, make_domain({}, (), norm.free_symbols))
        >>> f, domain.describe()
        (q0 + 1, 'q0 ∈ [0, ∞)')
    """
    if not isinstance(f, sp.Basic) or not any(e.has(*OPAQUE) for e in (f, *domain.where)):
        return f, domain
    numbers = sorted({a for e in (f, *domain.where) for a in e.atoms(*OPAQUE)}, key=sp.default_sort_key)
    ranges = {number: _range_of(number, domain) for number in numbers}
    names = {
        number: own(f"q{i}", real=True, **({"nonnegative": True} if values.inf == 0 else {}))
        for i, (number, values) in enumerate(ranges.items())
    }
    made, where = f.xreplace(names), tuple(r.xreplace(names) for r in domain.where)
    used = {s for e in (made, *where) for s in e.free_symbols}
    used |= {s for v in used if isinstance(v, sp.MatrixSymbol) for n in v.shape for s in n.free_symbols}
    kept = {s: r for s, r in domain.ranges.items() if s in used}
    return made, Domain(kept | {names[a]: ranges[a] for a in numbers if names[a] in used}, where)


def _range_of(number: Any, domain: Domain) -> sp.Set:
    if isinstance(number, Chance):
        return sp.Interval(0, 1)
    if number.is_nonnegative or (isinstance(number, LambdaMin | LambdaMax) and semidefinite(number.arg, domain)):
        return sp.Interval(0, sp.oo)
    return sp.S.Reals


def semidefinite(a: Any, domain: Domain) -> bool:
    """Whether a symmetric matrix is seen to have no negative eigenvalue."""
    match a:
        case sp.MatrixSymbol():
            return isinstance(domain.ranges.get(a), PositiveSemidefinite)
        case sp.Identity() | sp.ZeroMatrix():
            return True
        case sp.MatAdd() | sp.HadamardProduct():
            return all(semidefinite(part, domain) for part in a.args)
        case sp.MatMul():
            factor, matrices = a.as_coeff_matrices()
            half, odd = divmod(len(matrices), 2)
            turned = [settled(sp.Transpose(m)) for m in reversed(matrices[half + odd :])]
            middle = not odd or semidefinite(matrices[half], domain)
            return bool(domain.assume(factor).is_nonnegative) and matrices[:half] == turned and middle
    return False

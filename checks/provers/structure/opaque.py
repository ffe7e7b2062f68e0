"""Numbers that no prover looks into, such as eigenvalues and chances, as symbols of which the range is known.

A claim for every value of such a symbol in its range implies the claim for the number, and is not implied by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from derivations.calculus.forms import NotReducible, expand_inner
from derivations.domains import Domain, PositiveSemidefinite
from derivations.domains.ranges import SquareRange
from derivations.letters.names import own
from derivations.quantities.chance import Chance, OverRandom
from derivations.spectra.nodes import LambdaMax, LambdaMin
from derivations.spectra.relations import relations
from derivations.vectors import Inner, MatrixNumber, ShapeError, settled

NORMS = "standard inequalities between norms, eigenvalues and lengths"
"""What the relations of `ties` are, in words."""
OPAQUE = (MatrixNumber, OverRandom)


@dataclass(frozen=True)
class Named:
    """Symbols for numbers.

    Args:
        values: What stands for each number: its symbol, or the square of the symbol of its root.
        ranges: The range of each symbol.
        names: The number, or root of a number, that each symbol stands for.
    """

    values: Mapping[Any, Any]
    ranges: Mapping[Any, sp.Set]
    names: Mapping[Any, Any]


def named(numbers: Iterable[Any], domain: Domain) -> Named:
    """A symbol for each number, q0, q1, …, and for a vector's squared norm one for its norm.

    Args:
        numbers: Terms that no prover looks into.
        domain: The ranges of their symbols.
    """
    values: dict[Any, Any] = {}
    ranges: dict[Any, sp.Set] = {}
    names: dict[Any, Any] = {}
    for i, number in enumerate(sorted(numbers, key=sp.default_sort_key)):
        root = sp.sqrt(number) if isinstance(number, Inner) and number.args[0] == number.args[1] else number
        within = _range_of(root, domain)
        # nonnegative as a symbol too, so that √(q²) is q
        q = own(f"q{i}", real=True, **({"nonnegative": True} if within.inf == 0 else {}))
        values[number], ranges[q], names[q] = q**2 if root is not number else q, within, root
    return Named(values, ranges, names)


def with_symbols(f: Any, domain: Domain) -> tuple[Any, Domain, Mapping[Any, Any]]:
    """A claim f ≥ 0 and its domain with a symbol for each opaque number, and without what stood in these only.

    Args:
        f: An expression in the symbols of the domain.
        domain: Where f ≥ 0 is claimed.

    Returns:
        Both themselves where there is no such number, else a claim that implies theirs; and what each symbol is.

    Example:
        >>> from derivations import operator_norm
        >>> from derivations.domains import make_domain
        >>> norm = operator_norm(sp.MatrixSymbol("A", 2, 2))
        >>> f, domain, names = with_symbols(1 + norm, make_domain({}, (), norm.free_symbols))
        >>> f, domain.describe(), names
        (q0 + 1, 'q0 ∈ [0, ∞)', {q0: ‖A‖})
    """
    if not isinstance(f, sp.Basic) or not any(e.has(*OPAQUE) for e in (f, *domain.where)):
        return f, domain, {}
    found = named({a for e in (f, *domain.where) for a in e.atoms(*OPAQUE)}, domain)
    made, where = f.xreplace(found.values), tuple(r.xreplace(found.values) for r in domain.where)
    used = {s for e in (made, *where) for s in e.free_symbols}
    used |= {s for v in used if isinstance(v, sp.MatrixSymbol) for n in v.shape for s in n.free_symbols}
    kept = {s: r for s, r in domain.ranges.items() if s in used}
    return made, Domain(kept | {q: r for q, r in found.ranges.items() if q in used}, where), found.names


def ties(f: Any, domain: Domain) -> tuple[Any, ...]:
    """What standard theorems say of the norms and eigenvalues in one claim, and of its inner products.

    Args:
        f: An expression in the symbols of the domain.
        domain: Where f ≥ 0 is claimed.

    Returns:
        Relations that hold on the domain, none where the claim has no norm or eigenvalue of a matrix.
    """
    if not isinstance(f, sp.Expr) or not any(e.has(MatrixNumber) for e in (f, *domain.where)):
        return ()
    matrices = {a for e in (f, *domain.where) for a in e.atoms(MatrixNumber)}
    sides = [f, *(r.lhs - r.rhs for r in domain.where if isinstance(r, Relational))]
    products: set[Any] = set()
    lengths: list[Any] = []
    for side in sides:
        products |= side.atoms(Inner)
        with suppress(NotReducible, ShapeError):
            products |= expand_inner(side, domain.table).atoms(Inner)
            squares = (p for p in side.atoms(Inner) if p.args[0] == p.args[1])
            lengths += [sp.Ge(expand_inner(p, domain.table), 0) for p in squares]  # multiplied out, this is not seen
    symmetric = {s for s, r in domain.ranges.items() if isinstance(r, SquareRange)}
    found = relations(matrices, products, lambda a: a in symmetric)
    return (*found, *(r for r in dict.fromkeys(lengths) if isinstance(r, Relational)))


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

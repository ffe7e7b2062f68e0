"""Symbolic exponents: claims with powers whose exponents are symbols, by rules that reduce them to plain claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.structure.calculus import concave, kinks, least_value, products
from checks.provers.structure.differences import lipschitz, monotone_difference
from checks.provers.structure.forms import LONG, hard_atoms
from checks.provers.structure.ground import Ground, named
from checks.provers.structure.powers import by_exponentials, by_logarithms, by_means, by_tangents, in_exponentials
from checks.provers.structure.search import DEPTH, Search, bases, defined
from checks.provers.structure.sublinear import gradient, sublinear
from derivations.domains import sign_of
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.foreign import ForeignError, foreign_errors

STEPS = 600_000
COMPLEX = "these rules are about real numbers, and the claim has complex ones"
TOTALS = (sp.Sum, sp.Product, sp.factorial, sp.binomial, sp.gamma, sp.Integral)
RULES = (
    lipschitz,
    kinks,
    monotone_difference,
    in_exponentials,
    by_tangents,
    by_means,
    least_value,
    by_logarithms,
    by_exponentials,
    concave,
    products,
)


def prove(claim: Claim) -> Proof | Obstacle:
    """A proof by rules of powers and of one variable, ending in plain claims.

    Args:
        claim: what is to be proved.

    Example:
        >>> x, p = sp.symbols("x p", real=True)
        >>> claim = Claim(1 + p * x - (1 + x) ** p, {x: sp.Interval.open(-1, sp.oo), p: sp.Interval(0, 1)})
        >>> prove(claim).prover
        'powers'
    """
    plain, _ = named(claim)
    if plain.f.has(sp.I):
        return Obstacle(Why(Reason.OUTSIDE, COMPLEX))
    if not hard_atoms(plain.f) or plain.f.count_ops() > LONG or plain.f.has(*TOTALS):
        return Obstacle(Why(Reason.OUTSIDE, "no powers or functions whose rules are known, or too many"))
    try:
        with budget(STEPS):
            found = with_ends(Search(RULES), plain.f, Ground(plain.ranges, plain.conditions))
    except BudgetSpent as error:
        return Obstacle(Why(Reason.BUDGET, f"no proof found by rules of powers; {error}"))
    if found is None:
        return Obstacle(Why(Reason.NO_PROOF, "no proof found by rules of powers and of one variable"))
    return replace(found, prover="powers", claim=claim)


def of_points(claim: Claim) -> Proof | Obstacle:
    """A proof of a claim on two points: by the mean value theorem between them, or since a norm is sublinear.

    Args:
        claim: what is to be proved.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> claim = Claim(abs(x - y) - abs(sp.tanh(x) - sp.tanh(y)), {x: sp.S.Reals, y: sp.S.Reals})
        >>> of_points(claim).prover
        'powers'
    """
    plain, _ = named(claim)
    if plain.f.has(sp.I):
        return Obstacle(Why(Reason.OUTSIDE, COMPLEX))
    if len(plain.f.free_symbols) < 2 or plain.f.count_ops() > LONG or plain.f.has(*TOTALS):
        return Obstacle(Why(Reason.OUTSIDE, "not a claim on two points"))
    search, ground = Search(RULES), Ground(plain.ranges, plain.conditions)
    try:
        with budget(STEPS), foreign_errors():
            # of a distance that is a root only the rest is smooth, which this rule asks for itself
            ways = (gradient, lipschitz, sublinear) if defined(plain.f, ground) else (gradient,)
            proofs = (way(search, plain.f, ground, DEPTH) for way in ways)
            found = next((proof for proof in proofs if proof is not None), None)
    except BudgetSpent as error:
        return Obstacle(Why(Reason.BUDGET, f"no proof found by the mean value theorem; {error}"))
    except ForeignError as error:
        return Obstacle(Why.of(error))
    if found is None:
        return Obstacle(Why(Reason.OUTSIDE, "the mean value theorem and norms reduce it to nothing"))
    return replace(found, prover="powers", claim=claim)


def with_ends(search: Search, f: Any, ground: Ground) -> Proof | None:
    """A proof of f ≥ 0, the ends of ranges at which a base vanishes apart from the rest."""
    ground, places = shifted(f, ground)
    f = f.xreplace(places)
    heads = [f"With {x} = {v}:" for x, v in places.items()]
    for x, end in _ends(ground):
        r = ground.ranges[x]
        rest = sp.Interval(r.inf, r.sup, r.left_open or end == r.inf, r.right_open or end == r.sup)
        opened = Ground({**ground.ranges, x: rest}, ground.conditions)
        if any(_matters(u, e, x, end, ground, opened) for u, e in bases(f)):
            there = with_ends(search, f.xreplace({x: end}), ground.without(x))
            elsewhere = there and with_ends(search, *_renamed(f, opened, x))
            if there is None or elsewhere is None:
                return None
            lines = [*heads, f"At {x} = {end}:", *(f"  {told}" for told in there.lines), *elsewhere.lines]
            return Proof("structure", ground.claim(f), tuple(lines), parts=(there, elsewhere))
    found = search.proved(f, ground)
    return found and replace(found, lines=(*heads, *found.lines))


def _renamed(f: Any, ground: Ground, x: Any) -> tuple[Any, Ground]:
    """The claim with a symbol that carries the sign of its range."""
    name = own(x.name, **sign_of(ground.ranges[x]))
    ranges = {name if s == x else s: r for s, r in ground.ranges.items()}
    return f.xreplace({x: name}), Ground(ranges, [c.xreplace({x: name}) for c in ground.conditions])


def _ends(ground: Ground) -> Iterator[tuple[Any, Any]]:
    """The finite ends that belong to their ranges."""
    for x, r in sorted(ground.ranges.items(), key=lambda pair: str(pair[0])):
        if r.is_Interval and r.inf != r.sup:
            yield from ((x, end) for end, is_open in ((r.inf, r.left_open), (r.sup, r.right_open)) if not is_open)


def _matters(u: Any, e: Any, x: Any, end: Any, ground: Ground, opened: Ground) -> bool:
    """Whether a base is positive only without this end, or an exponent vanishes there."""
    if u.has(x) and not ground.positive(u) and opened.positive(u):
        return True
    return bool(e.has(x) and e.xreplace({x: end}) == 0)


def shifted(f: Any, ground: Ground) -> tuple[Ground, dict[Any, Any]]:
    """Symbols x put as a ± t with t > 0 where x − a or a − x is the base of a power and a an end of the range."""
    ranges, places = dict(ground.ranges), {}
    powers = [u for u, e in bases(f) if not e.is_Integer or e == -1]
    for u in sorted(set(powers), key=str):
        for x in sorted(u.free_symbols & set(ranges), key=str):
            r = ranges.get(x)
            slope = u.diff(x)
            if r is None or not r.is_Interval or not slope.is_number or x in places:
                continue
            for end, sign in ((r.inf, 1), (r.sup, -1)):
                if end.is_finite and end != 0 and sp.expand(u.xreplace({x: end})) == 0:
                    t = own(f"t_{x}", positive=True) if _open(r, end) else own(f"t_{x}", nonnegative=True)
                    width = r.sup - r.inf
                    left, right = (r.left_open, r.right_open) if sign == 1 else (r.right_open, r.left_open)
                    ranges[t] = sp.Interval(0, width, left, right)
                    del ranges[x]
                    places[x] = end + sign * t
                    break
    conditions = [c.xreplace(places) for c in ground.conditions]
    return Ground(ranges, conditions), places


def _open(r: sp.Interval, end: Any) -> bool:
    return bool(r.left_open if end == r.inf else r.right_open)


if TYPE_CHECKING:
    from checks.provers import Prover

    _prove: Prover = prove

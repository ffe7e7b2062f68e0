"""Claims in several variables, one variable less at a time: by its derivative, or because only a difference matters.

Where f rises in x it is least at the lower end of x's range; where it rises on both sides of a curve x = c, it is least
on the curve: (x − c)·∂f/∂x ≥ 0. The derivative of a logarithm or an arctangent is a fraction, so that what is left is
often decided by polynomials.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from checks.provers import nlsat, transcendental, univariate
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.functions.domains import undefined
from checks.provers.taylor import KINKED
from checks.verdicts import Assurance
from derivations.gaussian import relu
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.equality import scalar_vanishes
from derivations.proofs.foreign import ForeignError, foreign_errors

NAME = "elimination"
STEPS = 500_000
"""Of SymPy, for one claim."""
SHARE = 60_000
"""Steps of z3 for one question."""
MOST_VARIABLES = 4
ORDER = (sp.Ge, sp.Gt, sp.Le, sp.Lt)


def prove(claim: Claim) -> Proof | Obstacle:
    """Prove a claim by fixing one variable where the function is least.

    Args:
        claim: f ≥ 0 on ranges; conditions that bind an eliminated variable are not used.

    Returns:
        A proof with the claims that it was reduced to, or what stood in its way.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> unit = sp.Interval(0, 1)
        >>> f = 2 * sp.atan((x + y) / 2) - sp.atan(x) - sp.atan(y)
        >>> prove(Claim(f, {x: unit, y: unit})).prover
        'elimination'
    """
    symbols = [s for s in claim.symbols if s in claim.f.free_symbols]
    if not 2 <= len(symbols) <= MOST_VARIABLES or any(not _interval(claim.ranges[s]) for s in symbols):
        return Obstacle(Why(Reason.OUTSIDE, "not a claim in two to four variables on intervals"), left=claim)
    if any(r is sp.S.EmptySet for r in claim.ranges.values()):
        return Obstacle(Why(Reason.NO_POINT, "a range is empty: the claim says nothing"), left=claim)
    try:
        with budget(STEPS), foreign_errors():
            if said := undefined(claim, _decided):
                return Obstacle(Why(Reason.NO_VALUE, said), left=claim)
            return _proof(claim, len(symbols))
    except BudgetSpent as spent:
        return Obstacle(Why(Reason.BUDGET, str(spent)), left=claim)
    except ForeignError as error:
        return Obstacle(Why(Reason.OUTSIDE, str(error)), left=claim)


def _interval(r: sp.Set) -> bool:
    return r is sp.S.Reals or isinstance(r, sp.Interval)


def _decided(claim: Claim) -> Proof | None:
    """A proof by one of the other provers, the cheap ones first."""
    f = claim.f
    if f.is_nonnegative or f == 0:
        return Proof(NAME, claim, (f"{f} ≥ 0 by its form",))
    if len(f.free_symbols) <= 1:
        alone = univariate.prove(claim)
        if isinstance(alone, Proof) or not claim.conditions:
            return alone if isinstance(alone, Proof) else None
    algebraic = nlsat.prove(claim, SHARE)
    if isinstance(algebraic, Proof):
        return algebraic
    found = None if algebraic.false else transcendental.prove(claim)
    return found if isinstance(found, Proof) else None


def _proof(claim: Claim, depth: int) -> Proof | Obstacle:
    shifted = _by_difference(claim, depth)
    if shifted is not None:
        return shifted
    taken = _by_logarithms(claim, depth)
    if taken is not None:
        return taken
    if claim.f.has(*KINKED):
        return Obstacle(Why(Reason.OUTSIDE, "a function with kinks"), left=claim)
    for x in (s for s in claim.symbols if s in claim.f.free_symbols):
        for found in _without(claim, x, depth):
            return found
    return Obstacle(Why(Reason.NO_PROOF, "no variable could be fixed where the function is least"), left=claim)


def _least(claim: Claim, depth: int) -> Proof | None:
    """A proof of the claim that is left."""
    found = _decided(claim)
    if found is None and depth > 1 and len(claim.f.free_symbols) >= 2:
        again = _proof(claim, depth - 1)
        found = again if isinstance(again, Proof) else None
    return found


def _without(claim: Claim, x: Any, depth: int) -> Iterator[Proof]:
    """Proofs that fix x."""
    conditions = tuple(_projected(claim, x))
    f, r = claim.f, claim.ranges[x]
    slope = sp.cancel(f.diff(x))
    for curve in _curves(claim, x, slope):
        value = f.xreplace({x: curve})
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            continue
        bound = _conditions_on(claim, x, curve, conditions)
        if bound is None:
            continue
        moved = Claim((x - curve) * slope, claim.ranges, bound)
        rising = _decided(moved) or _convex(claim, x, slope, curve, bound)
        if rising is None:
            continue
        base = _least(Claim(value, {s: v for s, v in claim.ranges.items() if s != x}, conditions), depth)
        if base is not None:
            said = f"f is least at {x} = {curve}: ({x} - ({curve}))·∂f/∂{x} ≥ 0, and there f = {value} ≥ 0"
            yield _joined(claim, said, rising, base)
    for end, sign in ((r.inf, 1), (r.sup, -1)):
        if not end.is_finite or r.contains(end) != True:  # noqa: E712
            continue
        value = f.xreplace({x: end})
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            continue
        rising = _decided(Claim(sign * slope, claim.ranges, conditions))
        on_x = any(x in c.free_symbols for c in claim.conditions)
        if rising is None or (on_x and _may_fail(claim, conditions)):
            continue
        base = _least(Claim(value, {s: v for s, v in claim.ranges.items() if s != x}, conditions), depth)
        if base is not None:
            said = f"f {'rises' if sign > 0 else 'falls'} in {x}, and at {x} = {end} it is {value} ≥ 0"
            yield _joined(claim, said, rising, base)


def _projected(claim: Claim, x: Any) -> Iterator[Any]:
    """The conditions without x, and what those that are linear in x imply by the ends of its range."""
    r = claim.ranges[x]
    for c in claim.conditions:
        if x not in c.free_symbols:
            yield c
            continue
        slope = (c.gts - c.lts).diff(x) if isinstance(c, ORDER) else sp.S.NaN
        end = r.inf if slope.is_negative else r.sup
        if slope.is_number and slope.is_nonzero and end.is_finite:
            gap = (c.gts - c.lts).xreplace({x: end})
            yield sp.Gt(gap, 0) if isinstance(c, sp.Gt | sp.Lt) else sp.Ge(gap, 0)


def _conditions_on(claim: Claim, x: Any, curve: sp.Expr, others: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Conditions that hold on the way from every point to the curve, along x; None if f may have no value on the way.

    Those that are linear in x hold between two points at which they hold. Without the conditions on x, f must have a
    value where the others hold.
    """
    on_x = [c for c in claim.conditions if x in c.free_symbols]
    ranges = {s: r for s, r in claim.ranges.items() if s != x}
    kept = [c for c in on_x if isinstance(c, ORDER) and (c.gts - c.lts).diff(x, 2) == 0]
    if len(kept) == len(on_x):
        gaps = [(c.gts - c.lts).xreplace({x: curve}) for c in on_x]
        # a reciprocal has a value only where the gap is not 0
        asked = [1 / g if isinstance(c, sp.Gt | sp.Lt) else g for c, g in zip(on_x, gaps, strict=True)]
        if all(_decided(Claim(g, ranges, others)) is not None for g in asked):
            return claim.conditions
    return None if on_x and _may_fail(claim, others) else others


def _may_fail(claim: Claim, conditions: tuple[Any, ...]) -> bool:
    """Whether f may have no value somewhere where only some of the conditions hold."""
    return bool(undefined(Claim(claim.f, claim.ranges, conditions), _decided))


def _convex(claim: Claim, x: Any, slope: sp.Expr, curve: sp.Expr, conditions: tuple[Any, ...]) -> Proof | None:
    """A proof that f is convex in x, where its slope vanishes on the curve: that rises on both sides of it."""
    if scalar_vanishes(slope.xreplace({x: curve})).vanishes is not True:
        return None
    bend = sp.together(slope.diff(x))
    return _decided(Claim(bend, claim.ranges, conditions))


def _curves(claim: Claim, x: Any, slope: sp.Expr) -> Iterator[sp.Expr]:
    """Where the slope vanishes, inside of the range of x for all values of the others."""
    r = claim.ranges[x]
    others = [s for s in claim.symbols if s != x and s in claim.f.free_symbols]
    guesses: list[sp.Expr] = [*others, sp.S.Zero, sp.S.One]
    for guess in guesses:
        inside = claim.ranges[guess].is_subset(r) if guess in claim.ranges else r.contains(guess) == True  # noqa: E712
        if inside and _vanishes_on(slope, x, guess):
            yield guess
    top = _without_logarithms(sp.fraction(sp.together(slope))[0])
    if top.is_polynomial(x) and sp.degree(top, x) == 1:
        a, b = sp.Poly(top, x).all_coeffs()
        root = sp.simplify(-b / a)
        if _within(claim, x, root):
            yield root


def _within(claim: Claim, x: Any, curve: sp.Expr) -> bool:
    """Whether a curve stays in the range of x for all values of the others."""
    r = claim.ranges[x]
    if r is sp.S.Reals:
        return True
    if curve.is_number:
        return bool(r.contains(curve) == True)  # noqa: E712
    ranges = {s: v for s, v in claim.ranges.items() if s != x}
    conditions = tuple(_projected(claim, x))
    inside = [curve - r.inf] if r.inf.is_finite else []
    inside += [r.sup - curve] if r.sup.is_finite else []
    return all(_decided(Claim(g, ranges, conditions)) is not None for g in inside)


def _without_logarithms(slope: sp.Expr) -> sp.Expr:
    """For log u − log v, which vanishes where u = v: u − v."""
    terms = [t.as_coeff_Mul() for t in sp.Add.make_args(sp.expand(slope))]
    if len(terms) == 2 and all(isinstance(e, sp.log) for _, e in terms) and terms[0][0] == -terms[1][0]:
        return terms[0][1].args[0] - terms[1][1].args[0]
    return slope


def _vanishes_on(slope: sp.Expr, x: Any, curve: sp.Expr) -> bool:
    value = slope.xreplace({x: curve})
    return not value.has(sp.nan, sp.zoo) and scalar_vanishes(value).vanishes is True


def _by_difference(claim: Claim, depth: int) -> Proof | None:
    """Where f(x + s, y + s, …) = f(x, y, …), the last variable is 0."""
    symbols = [s for s in claim.symbols if s in claim.f.free_symbols]
    if claim.conditions or len(symbols) < 2:
        return None
    s = sp.Dummy("s", real=True)
    f = _by_absolute_values(claim.f)
    moved = f.xreplace({v: v + s for v in symbols})
    kinks = {e: e.func(*(sp.expand(a) for a in e.args)) for e in moved.atoms(sp.Abs)}
    slope = moved.xreplace(kinks).diff(s)
    if slope.has(sp.Derivative, sp.sign) or scalar_vanishes(slope).vanishes is not True:
        return None
    *rest, last = symbols
    ranges = dict(claim.ranges)
    zero = ranges.pop(last)
    for v in rest:
        ranges[v] = sp.Interval(ranges[v].inf - zero.sup, ranges[v].sup - zero.inf)
    reduced = Claim(f.xreplace({last: sp.S.Zero}), ranges)
    found = _least(reduced, depth)
    if found is None:
        return None
    said = f"only differences matter: {last} = 0, and {', '.join(map(str, rest))} in place of the difference to it"
    return Proof(NAME, claim, (said, *found.lines), found.assurance, parts=(found,))


def _by_logarithms(claim: Claim, depth: int) -> Proof | None:
    """c·e^E ≥ B by logarithms, log c + E ≥ log B, where B is a positive sum with exponentials."""
    terms = sp.Add.make_args(claim.f)
    exponents = [sp.Add(*(e.args[0] for e in sp.Mul.make_args(t) if isinstance(e, sp.exp))) for t in terms]
    plain = [t / sp.exp(e) for t, e in zip(terms, exponents, strict=True)]
    first = [i for i, (c, e) in enumerate(zip(plain, exponents, strict=True)) if c.is_positive and e != 0]
    if len(first) != 1 or sum(e != 0 for e in exponents) < 3:
        return None
    (i,) = first
    taken = next(e for j, e in enumerate(exponents) if j != i and e != 0)
    others = [
        -c * sp.exp(sp.expand(e - taken)) for j, (c, e) in enumerate(zip(plain, exponents, strict=True)) if j != i
    ]
    rest = sp.Add(*others)
    positive = _decided(Claim(1 / rest, claim.ranges, claim.conditions))
    if positive is None:
        return None
    reduced = Claim(sp.log(plain[i]) + sp.expand(exponents[i] - taken) - sp.log(rest), claim.ranges, claim.conditions)
    found = _proof(reduced, depth)
    if not isinstance(found, Proof):
        return None
    return _joined(claim, f"by logarithms: {reduced.f} ≥ 0 is shown", positive, found)


def _by_absolute_values(f: sp.Expr) -> sp.Expr:
    """Maxima and minima of two, and relu, by |·|, whose argument is a difference."""

    def two(sign: int) -> Any:
        return lambda *a: (a[0] + a[1] + sign * sp.Abs(a[0] - a[1])) / 2 if len(a) == 2 else sp.Max(*a)

    if any(len(e.args) != 2 for e in f.atoms(sp.Max, sp.Min)):
        return f
    return f.replace(sp.Max, two(1)).replace(sp.Min, two(-1)).replace(relu, lambda u: (u + sp.Abs(u)) / 2)


def _joined(claim: Claim, said: str, *parts: Proof) -> Proof:
    """A proof from others: as strong as the weakest, and no stronger than SymPy's derivatives."""
    lines = (said, *(line for p in parts for line in (f"{p.claim.f} ≥ 0:", *(f"  {x}" for x in p.lines))))
    weakest = max((p.assurance for p in parts), key=lambda a: a.rank)
    assurance = Assurance.SYMBOLIC if weakest.rank > Assurance.ENCLOSED.rank else Assurance.ENCLOSED
    return Proof(NAME, claim, lines, assurance, parts=parts)

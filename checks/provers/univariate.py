"""Claims in one variable, in balls: expansions at the ends and where the claim is tight, Taylor polynomials between.

At an end of the range, at infinity and at a zero the function is expanded in powers, logarithms and exponentials with
enclosed remainders; the sign of the largest term is the sign on a whole neighbourhood. What is left is a closed
interval, which is halved until Taylor polynomials with Lagrange's remainder decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import arb, fmpq

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.functions.factors import without_nonnegative_factors
from checks.provers.functions.tightness import Lowest, lowest_points
from checks.provers.witnesses import confirmed
from checks.verdicts import Assurance
from derivations.domains import solutions
from derivations.gaussian import relu, step
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.equality import scalar_vanishes
from derivations.proofs.foreign import ForeignError, foreign_errors
from numerics.balls.enclosure import ball
from numerics.balls.germs import Germ, NoGerm, expand_at
from numerics.balls.germs.constants import Coefficient, coefficient
from numerics.balls.jets import Jet
from numerics.errors import EvaluationError
from numerics.rigorous import digits

NAME = "univariate"
STEPS = 600_000
"""Of SymPy, for one claim."""
DIGITS = 30
"""Of the balls."""
WORK = 24_000
"""Parts of expressions that are computed on pieces of intervals."""
MOST_PIECES = 1500
DEAR, SPECIAL = 8, (sp.gamma, sp.loggamma, sp.polygamma, sp.besseli, sp.LambertW)
"""Functions that take as long as so many others."""
TAUS = tuple(Fraction(1, k) for k in (4, 6, 9, 16, 32, 128, 2**11, 2**16))
"""Lengths of neighbourhoods that are tried, the largest first; at infinity their reciprocals."""
BESIDE = sp.Rational(1, 2**12)
"""How far a ball at an end reaches that shows that nothing is tight there."""
MOST_POINTS = 8
"""Points at which a range is cut."""


class _Stuck(Exception):
    """No proof this way; `obstacle` says where."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(str(obstacle.why))
        self.obstacle = obstacle


def prove(claim: Claim) -> Proof | Obstacle:
    """Prove a claim whose function has one variable; of conditions, linear ones in it are used.

    Args:
        claim: f ≥ 0 on the ranges.

    Returns:
        A proof in balls, or what stood in its way.

    Example:
        >>> from checks.provers.claims import Claim, Proof
        >>> x = sp.Symbol("x", real=True)
        >>> isinstance(prove(Claim(sp.exp(x) - 1 - x, {x: sp.S.Reals})), Proof)
        True
    """
    free = sorted(claim.f.free_symbols, key=str)
    if any(r is sp.S.EmptySet for r in claim.ranges.values()):
        return _obstacle(Reason.NO_POINT, "a range is empty: the claim says nothing")
    if len(free) > 1 or any(s not in claim.ranges for s in free):
        return _obstacle(Reason.OUTSIDE, "not a claim in one variable with a range")
    try:
        with budget(STEPS), foreign_errors(), digits(DIGITS):
            return _proof(claim, free[0]) if free else _of_a_number(claim)
    except _Stuck as stuck:
        return _about(claim, stuck.obstacle)
    except BudgetSpent as spent:
        return _obstacle(Reason.BUDGET, str(spent))
    except (ForeignError, EvaluationError, NoGerm) as error:
        return _obstacle(Reason.OUTSIDE, str(error))


def _about(claim: Claim, found: Obstacle) -> Obstacle:
    """What was found of real numbers, as a word on the claim: its conditions were not used, nor that x is whole."""
    free = claim.f.free_symbols
    at = dict(zip(free, found.at.values(), strict=True)) if found.at else found.at
    alone = Claim(claim.f, {s: claim.ranges[s] for s in free}, claim.conditions)
    false = found.false and all(c.free_symbols <= free for c in claim.conditions) and confirmed(alone, at or {})
    return replace(found, at=at, false=false)


def _obstacle(reason: Reason, said: str, **more: Any) -> Obstacle:
    return Obstacle(Why(reason, said), **more)


def _of_a_number(claim: Claim) -> Proof | Obstacle:
    value = ball(claim.f)
    if value >= 0 or scalar_vanishes(claim.f).vanishes is True:
        return Proof(NAME, claim, (f"{claim.f} = {value.str(10, radius=False)} ≥ 0",), Assurance.ENCLOSED)
    if value < 0:
        return _obstacle(Reason.CONTRADICTED, f"{claim.f} is negative", at={}, false=True)
    return _obstacle(Reason.COARSE, f"the sign of the number {claim.f} is not known", at={})


def _proof(claim: Claim, x: sp.Symbol) -> Proof | Obstacle:
    values = claim.ranges[x]
    for c in claim.conditions:
        linear = isinstance(c, sp.Ge | sp.Gt | sp.Le | sp.Lt) and (c.gts - c.lts).diff(x).is_number
        if linear and c.free_symbols == {x}:
            values = values.intersect(solutions(c))
    if values is sp.S.EmptySet:
        return _obstacle(Reason.NO_POINT, "no point meets the conditions: the claim says nothing")
    ranges, note = _intervals(values)
    if ranges is None:
        return _obstacle(Reason.NO_BOX, f"{x} ranges over {claim.ranges[x]}")
    line = _Line(claim, x, [note] if note else [])
    for r in ranges:
        line.prove_on(r)
    return Proof(NAME, claim, tuple(line.lines), Assurance.ENCLOSED)


def _intervals(values: sp.Set) -> tuple[list[sp.Interval] | None, str]:
    """A range as intervals; sets of integers lie in one."""
    if values is sp.S.Reals:
        return [sp.Interval(-sp.oo, sp.oo)], ""
    if isinstance(values, sp.Interval):
        return [values], ""
    if isinstance(values, sp.FiniteSet):
        return [sp.Interval(v, v) if v.is_extended_real else v for v in values], ""
    if isinstance(values, sp.Union):
        parts = [_intervals(part)[0] for part in values.args]
        return ([i for part in parts for i in part or ()] if all(parts) else None), ""
    if values.is_subset(sp.S.Integers) and values.inf.is_extended_real:
        whole = sp.Interval(values.inf, values.sup)
        return [whole], f"shown for all real numbers of {whole}, which hold the integers"
    return None, ""


@dataclass
class _Line:
    """The proof of f ≥ 0 on intervals as it grows."""

    claim: Claim
    x: sp.Symbol
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        whole = without_nonnegative_factors(self.claim.f, self.claim.ranges[self.x])
        self.f = whole.replace(sp.factorial, lambda u: sp.gamma(u + 1))
        if self.f != self.claim.f:
            self.lines.append(f"without factors that are ≥ 0 for sure: {self.f} ≥ 0 is shown")
        if self.x.is_integer:
            # an expansion needs a real variable
            real = sp.Dummy(self.x.name, real=True)
            self.f, self.x = self.f.xreplace({self.x: real}), real
        self.jet = Jet(self.f, self.x)
        nodes = list(sp.preorder_traversal(self.f))
        parts = len(nodes) + DEAR * sum(isinstance(node, SPECIAL) for node in nodes)
        self.left = max(1, min(MOST_PIECES, WORK // parts))
        self.limits: dict[sp.Expr, list[Coefficient | None]] = {}

    def prove_on(self, interval: Any) -> None:
        """Show f ≥ 0 on an interval; raises _Stuck with what is left over."""
        if interval.inf == interval.sup:
            self._at_point(interval.inf, True)
            return
        period = _period(self.f, self.x)
        if period is not None and not (ball(interval.measure) if interval.measure.is_finite else arb("inf")) <= ball(
            period
        ):
            self.lines.append(f"the function has the period {period}")
            interval = sp.Interval(0, period)
        found = lowest_points(self.f, self.x, interval)
        self._refuse(found)
        cuts = self._cuts(interval, found)
        for p, q in pairwise(cuts):
            self._piece(p, q)
        for p in cuts:
            if p.is_finite and interval.contains(p) == True:  # noqa: E712
                self._at_point(p, False)

    def _refuse(self, found: Sequence[Lowest]) -> None:
        for low in found:
            if low.negative and self.jet.value(ball(low.at)) < 0:
                said = f"the function is negative at {self.x} = {low.at}"
                raise _Stuck(_obstacle(Reason.CONTRADICTED, said, at={self.x: low.at}, false=True))

    def _cuts(self, interval: Any, found: Sequence[Lowest]) -> list[sp.Expr]:
        told = [p for p in _told(self.claim.touching.get(self.x)) if p.is_number]
        inside = [*told, *(low.at for low in found if not low.negative), sp.S.Zero, *_kinks(self.f, self.x)]
        kept = [interval.inf]
        chosen: list[sp.Expr] = []
        for p in inside:
            if p not in chosen and _less(interval.inf, p) and _less(p, interval.sup) and len(chosen) < MOST_POINTS:
                chosen.append(p)
        kept += sorted(chosen, key=lambda p: float(p))
        return [*kept, interval.sup]

    def _at_point(self, p: sp.Expr, alone: bool) -> None:
        """f(p) ≥ 0, or f has no value there but as a limit, which the expansions beside it hold."""
        value = self.f.xreplace({self.x: p})
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            if alone or not _agree(self.limits.get(p, [])):
                raise _Stuck(_obstacle(Reason.NO_VALUE, f"the function has no value at {self.x} = {p}", at={self.x: p}))
            self.lines.append(f"at {self.x} = {p} the formula has no value, and is read as its limit")
            return
        number = ball(value)
        if number >= 0 or _is_zero(value):
            return
        if number < 0:
            said = f"the function is negative at {self.x} = {p}"
            raise _Stuck(_obstacle(Reason.CONTRADICTED, said, at={self.x: p}, false=True))
        raise _Stuck(_obstacle(Reason.COARSE, f"the sign at {self.x} = {p} is not known", at={self.x: p}))

    def _piece(self, p: sp.Expr, q: sp.Expr) -> None:
        """f ≥ 0 on the open interval (p, q)."""
        start = self._beside(p, q, 1)
        end = self._beside(q, p, -1)
        if start >= end:
            return
        found = self.jet.nonnegative(start, end, self.left)
        self.left -= found.boxes
        if found.holds is True:
            pieces = f"{found.boxes} {'piece' if found.boxes == 1 else 'pieces'}"
            self.lines.append(f"on [{_said(start)}, {_said(end)}] by Taylor polynomials on {pieces}")
            return
        assert found.piece is not None
        a, b = (sp.Rational(int(e.p), int(e.q)) for e in found.piece)
        middle = (a + b) / 2
        if found.holds is False:
            said = f"the function is negative at {self.x} = {middle}"
            raise _Stuck(_obstacle(Reason.CONTRADICTED, said, at={self.x: middle}, false=True))
        left = Claim(self.f, {self.x: sp.Interval(a, b)})
        raise _Stuck(_obstacle(Reason.BUDGET, f"undecided on [{a}, {b}]", left=left, at={self.x: middle}))

    def _beside(self, p: sp.Expr, other: sp.Expr, side: int) -> Any:
        """Show the claim next to p, towards `other`; the rational number from which on it is still to be shown."""
        if p.is_Rational and self.jet.value(ball(p).union(ball(p + side * BESIDE))) > 0:
            return _fmpq(p)
        why = ""
        for tau in self._lengths(p, other):
            try:
                germ = self._germ(p, side, tau)
            except NoGerm as error:
                why = str(error)
                continue
            if germ.is_nonnegative():
                large, limit, _ = germ.split()
                self.limits.setdefault(p, []).append(limit if large.is_zero and limit.is_exact else None)
                self.lines.append(_beside_said(self.x, p, side, tau, germ))
                return _rational_end(p, side, tau)
            if germ.sign() == -1:
                at = _as_rational(_rational_end(p, side, tau))
                if self.jet.value(ball(at)) < 0:
                    said = f"the function is negative at {self.x} = {at}, and so it is up to {p}"
                    raise _Stuck(_obstacle(Reason.CONTRADICTED, said, at={self.x: at}, false=True))
        left = Claim(
            self.f,
            {
                self.x: sp.Interval(
                    *sorted(
                        (p, other), key=lambda e: ball(e).mid() if e.is_finite else arb(str(e).replace("oo", "inf"))
                    )
                )
            },
        )
        said = f"the sign next to {self.x} = {p} is not known" + (f": {why}" if why else "")
        raise _Stuck(_obstacle(Reason.NO_PROOF, said, left=left, at={self.x: p} if p.is_finite else None))

    def _germ(self, p: sp.Expr, side: int, tau: Fraction) -> Germ:
        return expand_at(self.f, self.x, p, side, arb(fmpq(tau.numerator, tau.denominator)))

    def _lengths(self, p: sp.Expr, other: sp.Expr) -> Iterator[Fraction]:
        if not p.is_finite:
            beyond = 1 + abs(other) if other.is_finite else sp.S.One
            yield from (t for t in TAUS if not other.is_finite or _less(beyond, sp.Rational(t.denominator)))
            return
        most = TAUS[0]
        if other.is_finite:
            length = abs(other - p)
            while not _less(2 * sp.Rational(most.numerator, most.denominator), length):
                most /= 4
        yield from dict.fromkeys(min(most, t) for t in TAUS)


def _told(touching: Any) -> tuple[sp.Expr, ...]:
    """The points at which a claim is said to be tight."""
    if touching is None:
        return ()
    return tuple(map(sp.sympify, touching)) if isinstance(touching, tuple | list | set) else (sp.sympify(touching),)


def _period(f: sp.Expr, x: sp.Symbol) -> sp.Expr | None:
    """A period of a function in which x is met in sines, cosines and tangents of rational multiples only."""
    waves = [w for w in f.atoms(sp.sin, sp.cos, sp.tan) if w.has(x)]
    rates = [w.args[0].diff(x) for w in waves]
    if not waves or any(not r.is_Rational for r in rates):
        return None
    if f.xreplace({w: sp.Dummy() for w in waves}).has(x):
        return None
    common = sp.ilcm(*(r.q for r in rates)) if len(rates) > 1 else rates[0].q
    whole = sp.igcd(*(int(r * common) for r in rates)) if len(rates) > 1 else abs(int(rates[0] * common))
    return 2 * sp.pi * sp.Rational(int(common), int(whole))


def _kinks(f: sp.Expr, x: sp.Symbol) -> list[sp.Expr]:
    """Where arguments of |·|, max, relu, … change sign, if they are linear."""
    changes = [e.args[0] for e in f.atoms(sp.Abs, sp.sign, sp.Heaviside, relu, step)]
    changes += [a - b for e in f.atoms(sp.Max, sp.Min) for a in e.args for b in e.args if str(a) < str(b)]
    changes += [
        r.lhs - r.rhs for e in f.atoms(sp.Piecewise) for _, c in e.args for r in c.atoms(sp.core.relational.Relational)
    ]
    found = []
    for g in sorted(changes, key=sp.default_sort_key):
        slope = g.diff(x)
        if slope.is_number and slope != 0:
            found.append(sp.nsimplify(-g.xreplace({x: sp.S.Zero}) / slope))
    return found


def _is_zero(value: sp.Expr) -> bool:
    try:
        if coefficient(value).is_zero:
            return True
    except NoGerm:
        return False
    return scalar_vanishes(value).vanishes is True


def _agree(limits: Sequence[Coefficient | None]) -> bool:
    """Whether there is a limit from every side that was looked at, finite, and the same."""
    known = [c for c in limits if c is not None]
    return bool(known) and len(known) == len(limits) and all((c - known[0]).is_zero for c in known)


def _less(a: sp.Expr, b: sp.Expr) -> bool:
    return bool(_end_ball(a) < _end_ball(b))


def _end_ball(e: sp.Expr) -> Any:
    return ball(e) if e.is_finite else arb("inf" if e is sp.oo else "-inf")


def _fmpq(q: sp.Rational) -> Any:
    return fmpq(int(q.p), int(q.q))


def _as_rational(q: Any) -> sp.Rational:
    return sp.Rational(int(q.p), int(q.q))


def _rational_end(p: sp.Expr, side: int, tau: Fraction) -> Any:
    """A rational number of the neighbourhood that is close to its end."""
    if not p.is_finite:
        end = fmpq(tau.denominator, tau.numerator)
        return end if p is sp.oo else -end
    if p.is_Rational:
        return _fmpq(p) + side * fmpq(tau.numerator, tau.denominator)
    inside = ball(p + side * sp.Rational(tau.numerator, tau.denominator) * sp.Rational(15, 16)).mid()
    mantissa, exponent = inside.man_exp()
    return fmpq(int(mantissa)) * fmpq(2) ** int(exponent)


def _said(q: Any) -> str:
    return str(q) if len(str(q)) < 12 else f"{int(q.p) / int(q.q):.8g}"


def _beside_said(x: sp.Symbol, p: sp.Expr, side: int, tau: Fraction, germ: Germ) -> str:
    where = (
        f"|{x}| ≥ {1 / tau}" if not p.is_finite else f"0 < {x} - {p} ≤ {tau}" if side > 0 else f"0 < {p} - {x} ≤ {tau}"
    )
    if not p.is_finite:
        where = f"{x} ≥ {1 / tau}" if p is sp.oo else f"{x} ≤ -{1 / tau}"
    if germ.is_zero:
        return f"for {where} it vanishes"
    scale, c = next(iter(germ.terms.items()))
    size = c.value().str(6, radius=False)
    name = "t" if p.is_finite else "1/x"
    parts = [f"{name}^{scale.a}"] if scale.a else []
    parts += [f"log(1/t)^{scale.b}" if p.is_finite else f"log(x)^{scale.b}"] if scale.b else []
    parts += ["an exponential"] if scale.grown else []
    return f"for {where} the leading term {size}{'·' if parts else ''}{'·'.join(parts)} outweighs the rest"

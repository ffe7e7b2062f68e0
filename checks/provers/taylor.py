"""Claims on boxes of up to six variables, in balls: Bernstein coefficients, Taylor's theorem, the Hessian at zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp
from flint import fmpq
from scipy.optimize import minimize

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.witnesses import confirmed
from checks.verdicts import Assurance
from derivations.gaussian import relu, step
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget, take
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.equality import scalar_vanishes
from derivations.proofs.foreign import ForeignError, foreign_errors
from numerics.balls import bernstein
from numerics.balls.boxes import Boxes
from numerics.balls.enclosure import ball
from numerics.errors import EvaluationError
from numerics.rigorous import digits
from numerics.values.evaluate import evaluate

NAME = "taylor"
STEPS = 600_000
"""Of SymPy, for one claim."""
WORK = 150_000
"""Parts of expressions that are computed on boxes."""
BERNSTEIN_WORK = 400_000
MOST_VARIABLES = 6
DIGITS = 25
STARTS, SAMPLES = 6, 400
SMALL = 1e-7
"""What is taken for 0 by a search in floating point: a guess, which is then shown."""
KINKED = (
    *(sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling, sp.frac, sp.Mod),
    *(sp.arg, sp.acot, sp.atan2, sp.KroneckerDelta, sp.SingularityFunction, relu, step),
)


def prove(claim: Claim) -> Proof | Obstacle:
    """Prove a claim on a bounded box.

    Args:
        claim: f ≥ 0 on ranges with finite rational ends, with conditions or without.

    Returns:
        A proof in balls, or what stood in its way.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> box = {x: sp.Interval(-1, 1), y: sp.Interval(-1, 1)}
        >>> prove(Claim(sp.exp(x**2 + y**2) - 1 - x * y, box)).lines[0]
        'least at x = 0, y = 0, where the function is 0 and its Hessian matrix positive definite'
    """
    whole = {s: own(str(s), real=True) for s in claim.symbols if s.is_integer}
    if whole:
        return _over_the_reals(claim, whole)
    names = [s for s in claim.symbols if any(s in g.free_symbols for g in (claim.f, *claim.conditions))]
    if any(r is sp.S.EmptySet for r in claim.ranges.values()):
        return _obstacle(claim, Reason.NO_POINT, "a range is empty: the claim says nothing")
    if not 1 <= len(names) <= MOST_VARIABLES:
        return _obstacle(claim, Reason.OUTSIDE, f"{len(names)} variables")
    box = []
    for s in names:
        r = claim.ranges[s]
        hull = sp.Interval(r.inf, r.sup) if r.inf.is_finite and r.sup.is_finite else None
        if hull is None or not (r.inf.is_Rational and r.sup.is_Rational):
            return _obstacle(claim, Reason.UNBOUNDED, f"{s} has no two rational ends")
        box.append((r.inf, r.sup))
    try:
        with budget(STEPS), foreign_errors(), digits(DIGITS):
            return _proof(claim, names, box)
    except BudgetSpent as spent:
        return _obstacle(claim, Reason.BUDGET, str(spent))
    except (ForeignError, EvaluationError) as error:
        return _obstacle(claim, Reason.OUTSIDE, str(error))


def _over_the_reals(claim: Claim, names: Mapping[Any, Any]) -> Proof | Obstacle:
    """The claim for the real numbers between whole ones, which is stronger."""
    ranges = {names.get(s, s): r for s, r in claim.ranges.items()}
    conditions = tuple(c.xreplace(names) for c in claim.conditions)
    found = prove(replace(claim, f=claim.f.xreplace(names), ranges=ranges, conditions=conditions, touching={}))
    if isinstance(found, Proof):
        return replace(found, claim=claim)
    back = {name: s for s, name in names.items()}
    at = {back.get(s, s): v for s, v in found.at.items()} if found.at else found.at
    return replace(found, at=at, false=found.false and confirmed(claim, at or {}))


def _obstacle(claim: Claim, reason: Reason, said: str, **more: Any) -> Obstacle:
    return Obstacle(Why(reason, said), left=more.pop("left", claim), **more)


def _proof(claim: Claim, names: Sequence[Any], box: Sequence[Any]) -> Proof | Obstacle:
    found = _by_bernstein(claim, names, box)
    if found is not None:
        return found
    lows = _lowest(claim, names, box)
    for point in lows:
        rational = {s: sp.Rational(str(sp.N(v, 15))) for s, v in zip(names, point, strict=True)}
        full = {**{s: r.inf for s, r in claim.ranges.items()}, **rational}
        if confirmed(claim, full):
            return _obstacle(claim, Reason.CONTRADICTED, f"negative at {rational}", at=full, false=True)
    conditions = [c.gts - c.lts for c in claim.conditions if isinstance(c, sp.Ge | sp.Gt | sp.Le | sp.Lt)]
    if claim.f.has(*KINKED):
        return _obstacle(claim, Reason.OUTSIDE, "a function with kinks")
    zeros = [p for p in lows if _is_least(claim, names, box, p)]
    boxes = Boxes(claim.f, names, zeros, conditions)
    parts = sum(len(set(sp.preorder_traversal(g))) for g in (claim.f, *boxes.gradient))
    ends = tuple((_fmpq(a), _fmpq(b)) for a, b in box)
    covered = boxes.decide(ends, max(20, WORK // parts))
    take(covered.boxes * parts // 10)
    if covered.holds is True:
        lines = [
            f"least at {_said(names, p)}, where the function is 0 and its Hessian matrix positive definite"
            for p in zeros[: covered.by_hessian]
        ]
        return Proof(
            NAME, claim, (*lines, f"by Taylor's theorem in balls on {covered.boxes} boxes"), Assurance.ENCLOSED
        )
    if covered.holds is False and covered.at is not None:
        full = {**{s: r.inf for s, r in claim.ranges.items()}, **covered.at}
        if confirmed(claim, full):
            return _obstacle(claim, Reason.CONTRADICTED, f"negative at {covered.at}", at=full, false=True)
    left = {
        s: sp.Interval(*(sp.Rational(int(e.p), int(e.q)) for e in ab)) for s, ab in zip(names, covered.box, strict=True)
    }
    at = {s: (r.inf + r.sup) / 2 if r.is_Interval else r.inf for s, r in left.items()}
    return _obstacle(
        claim,
        Reason.BUDGET,
        f"undecided on {', '.join(f'{s} in {r}' for s, r in left.items())}",
        left=Claim(claim.f, left, claim.conditions),
        at=at,
    )


def _by_bernstein(claim: Claim, names: Sequence[Any], box: Sequence[Any]) -> Proof | Obstacle | None:
    f = claim.f
    if not f.is_polynomial(*names) or f.free_symbols - set(names):
        return None
    p = sp.Poly(f, *names)
    if not all(c.is_Rational for c in p.coeffs()):
        return None
    found = bernstein.nonnegative(p, dict(zip(names, box, strict=True)), BERNSTEIN_WORK)
    take(found.boxes * 100)
    if found.holds is True:
        said = f"no Bernstein coefficient is negative on {found.boxes} boxes, which cover the range"
        return Proof(NAME, claim, (said,), Assurance.ENCLOSED)
    if found.holds is False and found.at is not None:
        full = {**{s: r.inf for s, r in claim.ranges.items()}, **found.at}
        if confirmed(claim, full):
            return _obstacle(claim, Reason.CONTRADICTED, f"negative at {found.at}", at=full, false=True)
    return None


def _lowest(claim: Claim, names: Sequence[Any], box: Sequence[Any]) -> list[tuple[sp.Expr, ...]]:
    """Points at which f is about 0 or negative, found in floating point and rounded to simple numbers."""
    ends = np.array([[float(a), float(b)] for a, b in box])
    random = np.random.default_rng(0)
    samples = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * random.random((SAMPLES, len(names)))

    def value(at: Any) -> Any:
        with np.errstate(all="ignore"):
            return evaluate(claim.f, {s: at[..., i] for i, s in enumerate(names)})

    def penalised(at: Any) -> float:
        found = float(value(np.asarray(at)))
        return found if np.isfinite(found) else 1e30

    values = np.broadcast_to(np.asarray(value(samples), dtype=float), (SAMPLES,))
    order = np.argsort(np.where(np.isfinite(values), values, np.inf))[:STARTS]
    found: list[tuple[sp.Expr, ...]] = []
    for start in samples[order]:
        result = minimize(penalised, start, bounds=ends.tolist(), method="L-BFGS-B", options={"maxiter": 60})
        scale = max(1.0, float(np.median(np.abs(values[np.isfinite(values)])))) if np.isfinite(values).any() else 1.0
        if result.fun > SMALL * scale:
            continue
        point = tuple(_simple(float(v), a, b) for v, (a, b) in zip(result.x, box, strict=True))
        if point not in found:
            found.append(point)
    return found


def _simple(v: float, low: sp.Rational, high: sp.Rational) -> sp.Expr:
    """A simple number close to a coordinate."""
    width = float(high - low)
    for end in (low, high):
        if abs(v - float(end)) < 1e-5 * width:
            return end
    for most in (1, 12, 100, 1000):
        near = sp.Rational(v).limit_denominator(most)
        if abs(float(near) - v) < 1e-4 / most:
            return near
    return sp.Rational(v).limit_denominator(10**7)


def _is_least(claim: Claim, names: Sequence[Any], box: Sequence[Any], point: Sequence[sp.Expr]) -> bool:
    """Whether f is 0 at a point, and rises from there to the first order or is stationary: exactly."""
    at = dict(zip(names, point, strict=True))
    if not _is_zero(claim.f.xreplace(at)):
        return False
    for s, p, (a, b) in zip(names, point, box, strict=True):
        slope = claim.f.diff(s).xreplace(at)
        if slope.has(sp.nan, sp.zoo):
            return False
        number = ball(slope)
        if not ((p == a and number > 0) or (p == b and number < 0) or _is_zero(slope)):
            return False
    return True


def _is_zero(value: sp.Expr) -> bool:
    return not value.has(sp.nan, sp.zoo) and scalar_vanishes(value).vanishes is True


def _fmpq(q: sp.Rational) -> Any:
    return fmpq(int(q.p), int(q.q))


def _said(names: Sequence[Any], point: Sequence[sp.Expr]) -> str:
    return ", ".join(f"{s} = {p}" for s, p in zip(names, point, strict=True))

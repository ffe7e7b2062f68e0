"""Method `precision`: both sides at exact points of the domain, to many digits and by their definitions.

Expectations and integrals are integrated, derivatives taken as limits of differences: nothing that a
derivation might have got wrong is used. Tolerance: at 50 digits a true equation leaves a residual at
the level of rounding, and what is left shrinks when the digits are doubled; a false one's does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import sympy as sp
from flint import ctx
from mpmath import mp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from checks.context import Context
from checks.methods.searching.witness import shrink
from checks.methods.sides import NotReal as NotReal
from checks.methods.sides import entrywise, numbers
from checks.methods.sides import sides as sides
from checks.proofs.replay import ball_at
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.integrals.polar import KINKED
from derivations.outcomes.reasons import Reason, Stopped, Why
from derivations.quantities.schemas import quantified
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from derivations.steps import Step
from derivations.vectors import is_matrix, slot
from numerics.errors import NoValueInDomain
from numerics.values.evaluate import EvaluationError
from numerics.values.points import Point, exact_points, point_text, satisfies
from numerics.values.quadrature import NO_NUMBER, PAIR_DIGITS, NoQuadrature, UnreliableQuadrature
from numerics.witnesses import at_point

DIGITS = 50
BALL_BITS = 2000
POINTS = 36
POINTS_BY_DEFINITION = 6
QUICKER = 4
"""By what factor a quick run uses fewer points."""
NEARNESS = 20
"""Where a side has no number at an end of a range, such as 0·log 0, it is evaluated 10^−NEARNESS inside of it."""
KINK = 1e-4
"""How near to a kink, in the argument of ReLU, |·|, …, no derivative is evaluated."""
LINK_POINTS, LINK_DIGITS, LINK_TOLERANCE = 3, 15, 1e-9
"""Digits for steps of derivations, which contain double integrals that are slow to compute."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Every kind with symbols, except with Gaussian matrices, which only sampling can treat."""
    if not isinstance(statement, Identity | Bound | Constant | Existence | Gradient):
        return False
    if isinstance(statement, Gradient) and statement.of is None:
        return False
    if quantified((*statement.content, *statement.domain.where)):
        return False
    return not any(
        not e.is_scalar or len(e.variables) > 2
        for c in statement.content
        if isinstance(c, sp.Basic)
        for e in c.atoms(Expectation)
    )


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Compare at points of every small size, corners of the ranges included."""
    by_definition = any(
        isinstance(c, sp.Basic) and c.has(Expectation, sp.Integral, Extremum) for c in statement.content
    )
    entries = isinstance(statement, Gradient) and is_matrix(statement.wrt) and statement.wrt.shape[1] != 1
    count = POINTS_BY_DEFINITION if by_definition or entries else POINTS
    count = max(2, count // QUICKER) if context.quick else count
    worst, seen, beside, at_ends = mp.zero, 0, 0, ""
    skipped: Why | None = None
    try:
        for chart, point in exact_points(statement.sampled, count, context.rng("precision"), tame=by_definition):
            try:
                _keep_off_kinks(statement, point)
                failed, residual, imaginary = _worst(statement, point)
            except NotReal as error:
                if isinstance(statement, Bound) and not isinstance(error, AtKink):
                    return [_without_order(statement, error, point)]
                skipped = skipped or Why(error.reason, f"{error} at {point_text(point)}")
                continue
            except (UnreliableQuadrature, Cancelled) as error:
                skipped = skipped or Why(error.reason, f"{error} at {point_text(point)}")
                continue
            except ZeroDivisionError as error:
                said = f"{error}" or "division by zero"
                skipped = skipped or Why(Reason.NO_VALUE, f"{said} at {point_text(point)}")
                continue
            if residual != residual:
                inside = _from_the_ends(statement, point)
                failed, residual, _ = _Seen(False, mp.nan) if inside is None else _worst(statement, inside)
                if inside is None or residual != residual:
                    return [_not_a_number(statement, point)]
                point, at_ends = inside, f"; at end points as a limit, 10^-{NEARNESS} inside of them"
            worst, seen, beside = max(worst, residual), seen + 1, beside + imaginary
            if failed:
                # differences by every entry of a matrix are too slow to shrink a witness with
                small = point if entries else shrink(chart, point, lambda p: fails_at(statement, p))
                return [_refuted(statement, small)]
    except (EvaluationError, NoQuadrature) as error:
        meant = isinstance(error, NoValueInDomain)
        return [Evidence("precision", Verdict.UNDECIDED, str(error), reachable=meant, reason=error.reason)]
    if not seen:
        why = skipped.reason if skipped is not None else Reason.NO_POINT
        return [Evidence("precision", Verdict.UNDECIDED, f"no point could be evaluated: {skipped}", reason=why)]
    at_ends += f"; complex values at {beside} of them, on principal branches" if beside else ""
    more = at_ends + (f"; not evaluated: {skipped}" if skipped is not None else "")
    points_only = any(isinstance(c, sp.Basic) and c.has(Extremum) for c in statement.content)
    if points_only:
        more += "; the extremum was only computed at points, and the function may exceed it between them"
    if statement.derivation is not None:
        links, broken = _links(statement, context)
        if broken is not None:
            return [broken]
        more += f"; {links} steps of the derivation" if links else ""
    return [
        Evidence(
            "precision",
            Verdict.VERIFIED,
            f"{seen} points, {'by its definition' if by_definition else f'{DIGITS} digits'}{more}",
            residual=float(worst),
            tolerance=float(tolerance(statement)),
            seed=context.seed,
            # only few points are evaluated by definition, and a claim for every value may fail between them
            alone=not points_only and not (by_definition and statement.domain.ranges),
            reason=_left_open(beside, skipped, points_only),
        )
    ]


def _left_open(beside: int, skipped: Why | None, points_only: bool) -> Reason | None:
    """What agreement at points leaves open: points without a real value, or without any, or what lies between."""
    if beside:
        return Reason.NO_REAL_VALUE
    if skipped is not None:
        return skipped.reason
    return Reason.POINTS_ONLY if points_only else None


def _links(statement: Statement, context: Context) -> tuple[int, Evidence | None]:
    """How many links of the derivation hold at a few points, and the first that does not."""
    assert statement.derivation is not None
    points = [p for _, p in exact_points(statement.sampled, 2, context.rng("links"), tame=True)]
    points = points[: 1 if context.quick else LINK_POINTS]
    held = 0
    for number, (before, step) in enumerate(statement.derivation.links, start=1):
        try:
            for point in points if not _is_double(before) and not _is_double(step.expr) else points[:1]:
                said = _broken(before, step, point)
                if said:
                    at = at_point(point, partial(_broken, before, step))
                    detail = f"step {number} ({step.reason}) fails: {said}"
                    return held, Evidence("precision", Verdict.REFUTED, detail, at=at)
        except (*NO_NUMBER, NotReal):
            continue  # a line over Gaussian matrices, or one that is not a number everywhere
        held += 1
    return held, None


def _broken(before: Any, step: Step, point: Point) -> str:
    """The two values of a step of a derivation that does not hold at a point, "" where it does."""
    with mp.workdps(LINK_DIGITS):
        for _, a, b, _ in entrywise("", numbers(before, point), numbers(step.expr, point)):
            gap = abs(a - b) if step.relation == "=" else a - b if step.relation == "<=" else b - a
            if gap > LINK_TOLERANCE * max(abs(a), abs(b), 1):
                return f"{mp.nstr(a, 10)} {step.relation} {mp.nstr(b, 10)}"
    return ""


def _from_the_ends(statement: Statement, point: Point) -> Point | None:
    """The point moved inside of the ranges at whose ends it lies; None where it lies at none, or is no point there."""
    moved = dict(point)
    for symbol in statement.domain.scalars:
        r = statement.domain.interval(symbol)
        if symbol not in point or not r.is_Interval or r.is_subset(sp.S.Integers):
            continue
        for end, inward in ((r.inf, 1), (r.sup, -1)):
            if point[symbol] == end:
                moved[symbol] = end + inward * sp.Rational(1, 10**NEARNESS)
    return moved if moved != point and satisfies(statement.sampled, moved) else None


def fails_at(statement: Statement, point: Point) -> bool:
    """Whether the statement fails at an exact point, beyond rounding; raises NotReal where it has no value."""
    return fails_or_lacks(statement, point)[0]


def fails_or_lacks(statement: Statement, point: Point) -> tuple[bool, bool]:
    """Whether the statement fails at an exact point, and whether a side is NaN or infinite there; raises NotReal."""
    _keep_off_kinks(statement, point)
    seen = _worst(statement, point)
    return seen.failed, seen.residual != seen.residual


def _keep_off_kinks(statement: Statement, point: Point) -> None:
    """Raise NotReal for a derivative at a kink, where it does not exist."""
    derivatives = [e.expr for c in statement.content if isinstance(c, sp.Basic) for e in c.atoms(sp.Derivative)]
    if isinstance(statement, Gradient):
        derivatives.append(statement.of)
    with mp.workdps(20):
        for expr in derivatives:
            inside = [(k, k.args[0]) for k in expr.atoms(*KINKED) if not k.args[0].has(sp.Dummy, slot)]
            inside += [(e, e.expr) for e in expr.atoms(ElementwiseApplyFunction) if e.function.has(*KINKED)]
            for kinked, argument in inside:
                if any(abs(value) < KINK for value in numbers(argument, point)):
                    raise AtKink(f"{kinked} has a kink there")


def _is_double(expr: Any) -> bool:
    """Whether an expression holds an integral over two variables, which takes seconds."""
    return any(len(i.limits) > 1 for i in expr.atoms(sp.Integral))


class Cancelled(Stopped, ArithmeticError):
    """The two sides differ by less than what cancels in them: more digits are needed than are worked with."""

    reason = Reason.COARSE


class AtKink(NotReal):
    """A derivative does not exist at a point."""

    reason = Reason.NO_VALUE


def _lacks_value(statement: Statement, point: Point) -> bool:
    """Whether a side is no real number at a point."""
    try:
        return bool(mp.isnan(_worst(statement, point).residual))
    except NotReal:
        return True


def _without_order(statement: Statement, error: Exception, point: Point) -> Evidence:
    """An inequality between numbers that are not real, which is neither true nor false: the domain is too large."""
    at = at_point(point, lambda p: _lacks_value(statement, p))
    said = f"{error} at {at}: give a domain on which both sides are real"
    return Evidence("precision", Verdict.ERROR, said, at=at, reason=Reason.NO_REAL_VALUE)


def _not_a_number(statement: Statement, point: Point) -> Evidence:
    at = at_point(point, lambda p: _lacks_value(statement, p))
    return Evidence("precision", Verdict.ERROR, f"not a number at {at}", at=at, reason=Reason.NO_VALUE)


def _refuted(statement: Statement, point: Point) -> Evidence:
    with mp.workdps(DIGITS):
        pairs = list(sides(statement, point))
        name, left, right, relation = max(pairs, key=lambda p: _excess(p[1], p[2], p[3]))
        sign = {"=": "≠", "<=": ">"}[relation]
        detail = f"{name}{mp.nstr(left, 12)} {sign} {mp.nstr(right, 12)}"
        return Evidence(
            "precision",
            Verdict.REFUTED,
            detail,
            residual=float(_excess(left, right, relation)),
            tolerance=float(tolerance(statement)),
            at=at_point(point, lambda p: fails_at(statement, p)),
        )


def tolerance(statement: Statement) -> Any:
    """Relative to the larger side: rounding at 50 digits with 15 in reserve, or what quadrature reaches."""
    pairs = any(
        len(e.variables) == 2 for c in statement.content if isinstance(c, sp.Basic) for e in c.atoms(Expectation)
    )
    if pairs:
        return mp.mpf(10) ** (1 - PAIR_DIGITS)
    extremum = any(isinstance(c, sp.Basic) and c.has(Extremum) for c in statement.content)
    return mp.mpf(10) ** (-DIGITS // 3 if extremum else 15 - DIGITS)


def _excess(left: Any, right: Any, relation: str) -> Any:
    return abs(left - right) if relation == "=" else left - right


class _Seen(NamedTuple):
    """Whether a statement fails at a point beyond rounding, the largest relative residual, and complex values."""

    failed: bool
    residual: Any
    complex: bool = False


def _worst(statement: Statement, point: Point) -> _Seen:
    """What is seen at one point."""
    allowed = tolerance(statement)
    # the error of quadrature is absolute; that of rounding is relative, except for values that cancel
    floor = mp.one if allowed > mp.mpf(10) ** (-DIGITS // 2) else mp.mpf(10) ** (-DIGITS // 2)
    fails, worst = False, mp.zero
    with mp.workdps(DIGITS):
        first = [(left, right, relation) for _, left, right, relation in sides(statement, point)]
    imaginary = any(isinstance(value, mp.mpc) for left, right, _ in first for value in (left, right))
    residuals = [_relative(*pair, floor) for pair in first]
    if any(r > allowed for r in residuals):
        with mp.workdps(2 * DIGITS):
            second = [_relative(left, right, rel, floor) for _, left, right, rel in sides(statement, point)]
        fails = any(
            b > allowed and b > a * mp.mpf(10) ** (-DIGITS // 4) for a, b in zip(residuals, second, strict=True)
        )
        residuals = second
        if fails and _cancels(statement, point):
            raise Cancelled(f"more than {2 * DIGITS} digits cancel")
    for r in residuals:
        if r != r:
            return _Seen(False, r)
        worst = max(worst, r)
    return _Seen(fails, worst, imaginary)


def _cancels(statement: Statement, point: Point) -> bool:
    """Whether balls of many digits cannot tell the two sides apart, so that what differs is rounding."""
    if not isinstance(statement, Identity | Bound) or is_matrix(statement.content[0]):
        return False
    left, right = statement.content
    with ctx.workprec(BALL_BITS):
        gap = ball_at(right - left, point)
    return gap is not None and bool(gap.contains(0))


def _relative(left: Any, right: Any, relation: str, floor: Any) -> Any:
    """The residual relative to the larger side, or to `floor` where both are smaller."""
    return _excess(left, right, relation) / max(abs(left), abs(right), floor)


if TYPE_CHECKING:
    from checks.methods import Method, precision

    _method: Method = precision

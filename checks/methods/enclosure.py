"""Method `enclosure`: bounds on bounded boxes and constants by ball arithmetic over the whole domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import sympy as sp
from mpmath import mp

from checks.context import Context
from checks.methods.searching.exactly import exactly, violates
from checks.methods.searching.reality import checked
from checks.methods.searching.witness import shrink
from checks.proofs.attained import attained
from checks.proofs.replay import contradiction
from checks.proofs.replay_leaves import leaves_contradiction
from checks.provers import portfolio
from checks.readings import Enclosed, Reading
from checks.verdicts import Evidence, Verdict
from derivations.activations import X
from derivations.extrema import Extremum, compact
from derivations.gaussian import Expectation
from derivations.integrals.definitions import NoIntegral, as_defined, by_integrals, carried_out
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.equality import scalar_vanishes
from derivations.quantities.schemas import quantified
from derivations.statements import Bound, Constant, Statement
from numerics.balls.enclosure import Enclosure, Subdivision, ball
from numerics.balls.rays import START, limits, nonnegative_on_rays
from numerics.rigorous import digits, gaussian_ball, pair_ball
from numerics.values.backends import arb_backend
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.evaluate import EvaluationError, Evaluator
from numerics.values.points import Chart, Point, point_text
from numerics.values.quadrature import NO_NUMBER
from numerics.witnesses import NoWitness, at_point

ENCLOSED_DIGITS, ENCLOSED_WIDTH = 45, 1e-30
"""Digits that are worked with, and how wide the ball of a constant may be that is stated exactly."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Bounds on numbers, extrema, expectations of one or two Gaussian variables, and what a reading encloses."""
    if any(r.method == "enclosure" for r in readings):
        return True
    if quantified((*statement.content, *statement.domain.where)):
        return False
    if isinstance(statement, Constant):
        return isinstance(statement.definition, Extremum) or carried_out(statement.definition)
    return isinstance(statement, Bound)


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Enclose the gap of a bound, or an extremum between its stated ends."""
    enclosed = [r.measure(context) for r in readings if r.method == "enclosure"]
    if enclosed:
        return [_read(e) for e in enclosed if isinstance(e, Enclosed)]
    if isinstance(statement, Constant):
        return [_extremum(statement) if isinstance(statement.definition, Extremum) else _expectation(statement)]
    assert isinstance(statement, Bound)
    return [checked(statement, _bound(statement), context)]


def _bound(statement: Bound) -> Evidence:
    # a statement with a derivation is proved link by link: rules of sign on the whole of it are slow and add nothing
    stages = portfolio.STAGES if statement.derivation is None else portfolio.BESIDE
    found = portfolio.answer(statement.upper - statement.lower, statement.domain, statement.sharp_at, stages)
    if found.enclosed is not None:
        lines = list(found.enclosed.lines)
        detail, route = (
            f"{found.enclosed.prover}: {lines[0]}",
            "certificate" if found.enclosed.prover == "squares" else "",
        )
        return Evidence("enclosure", Verdict.VERIFIED, detail, data={"proof": lines}, route=route)
    if found.false:
        chart = Chart(statement.domain, {})
        small = shrink(chart, dict(found.at), lambda p: violates(statement, p))
        said = "negative there for sure, by balls"
        return _refuted(said, point_text(found.at), small, lambda p: violates(statement, p))
    why = found.why("enclosure")
    if found.symbolic is not None:
        return _open(Reason.ELSEWHERE, f"proved by rules, which enclose nothing; {why.said}")
    return _open(why.reason, why.said)


def _refuted(detail: str, place: str, point: Any, fails: Callable[[Point], bool]) -> Evidence:
    """A point at which balls say that the claim is false; `fails` evaluates the claim there once more."""
    try:
        at = at_point(dict(point or {}), fails)
    except NoWitness as error:
        return _open(Reason.UNCONFIRMED, f"negative at {place} by balls, which is not confirmed: {error}")
    except NO_NUMBER:
        at = None  # balls have it below 0, and nothing else has a value there
    return Evidence("enclosure", Verdict.REFUTED, detail, at=at)


def _open(reason: Reason, detail: str) -> Evidence:
    return Evidence("enclosure", Verdict.UNDECIDED, detail, reachable=False, reason=reason)


def _evidence(found: Enclosure | Why, fails: Callable[[Point], bool]) -> Evidence:
    """What was found; `fails` evaluates the claim once more where balls say that it is false."""
    if isinstance(found, Why):
        return _open(found.reason, found.said)
    detail = f"{found.boxes} {'box' if found.boxes == 1 else 'boxes'}" + (f"; {found.tight}" if found.tight else "")
    match found.holds:
        case True:
            return Evidence("enclosure", Verdict.VERIFIED, detail)
        case False:
            return _refuted(f"negative there for sure; {detail}", found.box, found.point, fails)
    if found.why is not None:
        return _open(found.why.reason, found.why.said)
    return _open(Reason.NO_PROOF, f"undecided on {found.box}; {detail}")


def _read(e: Enclosed) -> Evidence:
    """An enclosure that a reading computed, against what is claimed: low ≤ value ≤ high decides."""
    verdict = Verdict.VERIFIED if e.holds is True else Verdict.REFUTED if e.holds is False else Verdict.UNDECIDED
    why = Reason.COARSE if e.holds is None else None
    about = e.about if e.holds is False else None
    return Evidence("enclosure", verdict, e.about, witness=about, data=e.data, reason=why)


def _defined(expr: Any) -> Any:
    """An expression with its derivatives carried out; integrals and series stay as they are defined."""
    return as_defined(expr) if carried_out(expr) else expr.doit()


def _expectations(statement: Constant) -> set[Expectation]:
    return {e for e in statement.definition.atoms(Expectation) if e.is_scalar and len(e.variables) <= 2}


def _ball_of(e: Expectation) -> Any:
    """An expectation over one number by rigorous integration, over two on a lattice."""
    if len(e.variables) == 1:
        return gaussian_ball(sp.expand(e.integrand.xreplace({e.variables[0]: X})), ball(e.covariance[0, 0]))
    u, v = e.variables
    constant, rest = e.integrand.as_independent(u, v)
    f, g = (sp.Mul(*(a for a in sp.Mul.make_args(rest) if a.has(x) and not a.has(y))) for x, y in ((u, v), (v, u)))
    if (f * g - rest).expand() != 0:
        raise NoBall(f"{e.integrand} is not a product of functions of each variable")
    q1, c, q2 = (ball(e.covariance[i, j], ENCLOSED_DIGITS) for i, j in ((0, 0), (0, 1), (1, 1)))
    return ball(constant) * pair_ball(f.xreplace({u: X}), g.xreplace({v: X}), (q1, q2), c)


def _enclosed_expectation(e: Expectation) -> Any:
    """By the rules for Gaussian integrands, else as the integral against the density."""
    try:
        return _ball_of(e)
    except NoBall as reason:
        try:
            return Evaluator(arb_backend(), {}).at(by_integrals(e))
        except EvaluationError as error:
            raise NoBall(f"{reason}; {error}") from None


def _expectation(statement: Constant) -> Evidence:
    """Each expectation as a ball by rigorous integration, and the definition on these balls."""
    expectations = sorted(_expectations(statement), key=sp.default_sort_key)
    names = {e: sp.Dummy("E", positive=True) for e in expectations}
    opened = statement.definition.xreplace(names)
    low, high = statement.enclosure if statement.enclosure else (statement.value, statement.value)
    try:
        with digits(ENCLOSED_DIGITS):
            values = {names[e]: _enclosed_expectation(e) for e in expectations}
            found = Evaluator(arb_backend(), values).at(opened)
            below, above = (_closed(end) for end in (low, high))
            said = found.str(ENCLOSED_DIGITS, radius=False)
            if statement.enclosure is None:
                apart = found < below or found > below
                width = float(found.rad())
                verdict = (
                    Verdict.REFUTED if apart else Verdict.VERIFIED if width < ENCLOSED_WIDTH else Verdict.UNDECIDED
                )
                detail = f"the integral is enclosed to {width:.1e} about {said}"
                why = Reason.COARSE if verdict is Verdict.UNDECIDED else None
                value = f"the value is {said}" if apart else None
                return Evidence("enclosure", verdict, detail, witness=value, reason=why)
            if found < below or found > above:
                return Evidence("enclosure", Verdict.REFUTED, f"the value is {said}", witness=f"the value is {said}")
            inside = found >= below and found <= above
    except (NoBall, EvaluationError) as error:
        return _open(error.reason, str(error))
    verdict, why = (Verdict.VERIFIED, None) if inside else (Verdict.UNDECIDED, Reason.COARSE)
    return Evidence("enclosure", verdict, f"by rigorous integration: {said}", reason=why)


def _closed(value: sp.Expr) -> Any:
    """The ball of an exact number at the precision in force."""
    return Evaluator(arb_backend(), {}).at(sp.sympify(value))


def _extremum(statement: Constant) -> Evidence:
    """lower ≤ extremum ≤ upper: one side over the whole interval, the other at one point or in a limit."""
    expr, symbol, interval, _ = statement.definition.args
    size = isinstance(expr, sp.Abs)  # SymPy would take |·| apart
    try:
        expr = _defined(expr.args[0] if size else expr)
    except NoIntegral as error:
        return _open(error.reason, str(error))
    expr, symbol, interval = compact(expr, symbol, interval)
    low, high = (sp.sympify(e) for e in statement.enclosure or (statement.value, statement.value))
    upper = statement.definition.is_supremum
    outer, inner = (high, low) if upper else (-low, -high)
    bodies = [b if upper else -b for b in ((expr, -expr) if size else (expr,))]
    infinite = not (interval.inf.is_finite and interval.sup.is_finite)
    finite = sp.Interval(-START, START) if infinite else interval
    where = ""
    data: dict[str, str] = {}
    gaps = 0
    for body in bodies:
        witness = attained(body, symbol, finite, inner)
        if witness is not None:
            place = f"{symbol} = {sp.N(witness, 10)}"
            where, data = (where, data) if where else (f"reached at {place}", {"reached": place})
        elif infinite and any(scalar_vanishes(v - inner).vanishes is True for v in limits(body, symbol)):
            where = where or "approached at infinity"
        cleared, denominator = sp.fraction(sp.together(outer - body))
        closed = sp.Interval(finite.inf, finite.sup)
        varies = bool(sp.sympify(denominator).free_symbols)
        if varies and Subdivision(denominator, {symbol: closed}).decide().holds is not True:
            return _open(Reason.NO_PROOF, "the sign of the denominator was not decided")
        if infinite and not nonnegative_on_rays(outer - body, symbol):
            return _open(Reason.UNBOUNDED, f"not decided for |{symbol}| ≥ {START}")
        # even functions touch twice
        touching = {symbol: (witness, -witness)} if witness is not None and statement.enclosure is None else None
        fine = None if statement.enclosure is None else float(high - low)
        whole = Subdivision(cleared, {symbol: closed}, touching).decide(gap=fine)
        if whole.holds is not True:
            return _evidence(whole, partial(_negative, outer - body))
        boxes = leaves_contradiction(whole.cover) if whole.cover is not None else None
        if against := contradiction(outer - body, {symbol: interval}) or boxes:
            return _open(Reason.CONTRADICTED, f"an enclosure was found and is withdrawn: {against}")
        gaps += whole.boxes
    if not where:
        said = "no point was found at which the inner end is reached"
        return Evidence("enclosure", Verdict.UNDECIDED, said, reason=Reason.NOT_ATTAINED)
    rays = f", rays beyond {START}" if infinite else ""
    return Evidence("enclosure", Verdict.VERIFIED, f"{gaps} boxes{rays}; {where}", data=data)


def _negative(gap: Any, point: Point) -> bool:
    """Whether a gap is below 0 at an exact point, by digits and not by balls."""
    with mp.workdps(ENCLOSED_DIGITS):
        return bool(exactly(gap, point) < 0)


if TYPE_CHECKING:
    from checks.methods import Method, enclosure

    _method: Method = enclosure

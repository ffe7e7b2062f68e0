"""Method `search`: look for a counterexample to a bound, and for its sharpest constant.

Quasi-random starts over the whole domain, the best of them improved by a compass search, all at once
in float64; what looks like a violation is confirmed at 50 digits before anything is refuted, and the
surroundings of stated equality and of the ends of every range are evaluated in 50 digits as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy  # its stats, a second of imports, when they are first used
import sympy as sp
from mpmath import mp

from checks.context import Context
from checks.methods.searching.exactly import DIGITS, exactly, violates
from checks.methods.searching.reality import floats, without_real_value
from checks.methods.searching.reduced import Reduced, affine, reduced
from checks.methods.searching.sharpness import SHARP, Near, asked, constants_near, not_sharp
from checks.methods.searching.witness import shrink
from checks.proofs.compass import Array, compass
from checks.readings import Reading
from checks.verdicts import Evidence, Verdict
from derivations.calculus.forms import NotReducible
from derivations.gaussian import Expectation
from derivations.integrals.polar import NoClosedForm
from derivations.outcomes.reasons import Reason
from derivations.quantities.schemas import quantified
from derivations.statements import Bound, Statement
from numerics.errors import NoValueInDomain
from numerics.values.evaluate import EvaluationError
from numerics.values.points import Chart, NoPoint, Point, exact, point_text, satisfies, size_choices
from numerics.values.rounding import rounding_bound
from numerics.witnesses import at_point

STARTS = 2048
COUNTED = (sp.Sum, sp.Product, sp.factorial, sp.binomial, sp.Integral)
KEPT = 16
SUSPECT = 1e-9


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Bounds; expectations among their sides by closed form, where no derivation goes through them."""
    if quantified((*statement.content, *statement.domain.where)):
        return False
    return isinstance(statement, Bound) and not (statement.derivation is not None and _expects(statement))


def _expects(statement: Bound) -> bool:
    return bool(statement.upper.has(Expectation) or statement.lower.has(Expectation))


@dataclass
class _Best:
    """The sharpest constant found so far, and where; `sense` is +1 if larger constants are safe."""

    sense: int = 0
    value: Any = None
    at: Point = field(default_factory=dict)

    def meet(self, value: Any, at: Point) -> None:
        if self.value is None or self.sense * (value - self.value) > 0:
            self.value, self.at = value, at


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Search each small size; refuted with a witness, or verified with the sharpest constant found."""
    assert isinstance(statement, Bound)
    looked, best = 0, _Best()
    expected = _expects(statement)
    unreal: Evidence | None = None
    there = False
    try:
        claim = reduced(statement)
        base, slope, stated = affine(claim)
        # a sum over millions of terms would not end
        far = not any(isinstance(c, sp.Basic) and c.has(*COUNTED) for c in claim.content)
        best.sense = _sense(claim, slope, context)
        for sizes in size_choices(claim.domain, limit=3):
            chart = Chart(claim.domain, sizes, far)
            cube = _starts(chart, context)
            there = there or bool(chart.allowed(chart(cube)).any())
            count, witness = _search(claim, chart, cube, best, (base, slope, stated))
            looked += count
            if witness is not None:
                return [_refuted(claim, chart, witness)]
            unreal = without_real_value("search", claim, chart, cube) if unreal is None else unreal
        meets = constants_near(claim, base, slope, context)
        for point in meets.beyond if meets is not None else ():
            if violates(claim, point):
                return [_refuted(claim, chart, point)]
    except NoPoint as error:
        return [Evidence("search", Verdict.ERROR, str(error), reason=error.reason)]
    except (EvaluationError, NoClosedForm, NotReducible) as error:
        meant = isinstance(error, NoValueInDomain)
        return [Evidence("search", Verdict.UNDECIDED, str(error), reachable=meant, reason=error.reason)]
    if unreal is not None:
        return [unreal]
    if not looked:
        said, why = ("could be evaluated", Reason.NO_VALUE) if there else ("was found", Reason.NO_POINT)
        return [Evidence("search", Verdict.UNDECIDED, f"no point of the domain {said}", reason=why)]
    found = _report(claim, best, stated, looked, meets, context)
    if expected and found.verdict is Verdict.VERIFIED:
        # the closed form is the exact method's own: it refutes, but is no second key
        return [replace(found, verdict=Verdict.UNDECIDED, reachable=False, reason=Reason.UNCONFIRMED)]
    return [found]


def _starts(chart: Chart, context: Context) -> Array:
    """Where the search begins, in the unit cube: quasi-random points, both ends of all ranges, and their middle."""
    d = max(chart.dimension, 1)
    rng = context.rng(f"search {sorted(map(str, chart.sizes.items()))}")
    sampler = scipy.stats.qmc.Sobol(d, scramble=True, rng=rng)
    return np.concatenate([sampler.random(STARTS), np.array([0.0, 1.0, 0.5])[:, None] * np.ones(d)])


def _sense(statement: Reduced, slope: Any, context: Context) -> int:
    """+1 if the constant's factor is nonnegative everywhere, −1 if nonpositive, 0 if it changes sign."""
    signs: set[float] = set()
    for sizes in size_choices(statement.domain, limit=2):
        chart = Chart(statement.domain, sizes)
        values = chart(context.rng("sense").random((512, max(chart.dimension, 1))))
        found = floats(slope, values)[chart.allowed(values)]
        signs |= set(np.sign(found[np.isfinite(found)]))
    return 1 if signs <= {0.0, 1.0} and 1.0 in signs else -1 if signs <= {0.0, -1.0} and -1.0 in signs else 0


def _search(
    statement: Reduced, chart: Chart, cube: Array, best: _Best, parts: tuple[Any, Any, Any]
) -> tuple[int, Point | None]:
    """Optimise the gap and the constant; the number of points looked at, and a violation if there is one."""
    lower, upper = statement.lower, statement.upper
    looked = 0

    def relative_gap(t: Array) -> Array:
        values = chart(t)
        a, b = floats(lower, values), floats(upper, values)
        with np.errstate(invalid="ignore"):  # of infinite sides
            gap = (b - a) / (np.abs(a) + np.abs(b) + 1e-300)
        return np.where(chart.allowed(values) & np.isfinite(gap), gap, np.inf)

    start = relative_gap(cube)
    looked += int(np.isfinite(start).sum())
    if not looked:
        return 0, None
    order = np.argsort(start)
    t, _ = compass(relative_gap, cube[order[:KEPT]])
    # the worst may be too small to be confirmed: some of all that look like violations besides
    bad = order[: int((start < -SUSPECT).sum())]
    some = cube[bad[np.linspace(0, len(bad) - 1, 6).astype(int)]] if len(bad) else cube[:0]
    for point in chain(_candidates(chart, t, statement), _candidates(chart, some, statement)):
        if violates(statement, point):
            return looked, point
    if best.sense:
        base, slope, stated = parts

        def constant(t: Array) -> Array:
            values = chart(t)
            a, b = floats(base, values), floats(slope, values)
            with np.errstate(all="ignore"):
                ratio = -a / b
                noise = _noise(base, values) / np.abs(b)
            sure = chart.allowed(values) & np.isfinite(ratio) & (noise < 1e-7 * np.maximum(np.abs(ratio), 1e-12))
            return np.where(sure, -best.sense * ratio, np.inf)

        t, found = compass(constant, cube[np.argsort(constant(cube))[:KEPT]])
        order = np.argsort(found)[:4]
        if np.isfinite(found[order[0]]):
            for point in _candidates(chart, t[order], statement):
                if not satisfies(statement.domain, point):
                    continue  # moved to an end of its range, it may leave the domain
                met = asked(base, slope, point)
                if met is None:
                    continue
                # a larger constant would be needed here than the stated one
                beyond = stated.is_number and best.sense * (met - mp.mpf(str(sp.N(stated, 40)))) > 0
                if beyond and violates(statement, point):
                    return looked, point
                best.meet(met, point)
    return looked, None


def _noise(expr: Any, values: Point) -> Array:
    try:
        return np.asarray(rounding_bound(expr, values), dtype=float)
    except (TypeError, ValueError, KeyError):
        return np.abs(floats(expr, values)) * 1e-13


def _candidates(chart: Chart, t: Array, statement: Reduced) -> Iterator[Point]:
    """Exact points for the batch, and each moved towards the ends of every finite range."""
    values = chart(t)
    for row in range(min(len(t), 6)):
        point = exact(chart, values, row)
        yield point
        if row > 1:
            continue
        for symbol in chart.scalars:
            r = statement.domain.interval(symbol)
            if not r.is_Interval:
                continue
            for end, inward in ((r.inf, 1), (r.sup, -1)):
                if not end.is_finite:
                    continue
                width = r.measure if r.measure.is_finite else sp.S.One
                for j in (2, 4, 6, 9, 12):
                    yield {**point, symbol: end + inward * width * sp.Rational(1, 10**j)}
                if end in r:
                    yield {**point, symbol: end}


def _refuted(statement: Reduced, chart: Chart, witness: Point) -> Evidence:
    small = shrink(chart, witness, lambda p: violates(statement, p))
    with mp.workdps(DIGITS):
        a, b = exactly(statement.lower, small), exactly(statement.upper, small)
        return Evidence(
            "search",
            Verdict.REFUTED,
            f"{mp.nstr(a, 12)} > {mp.nstr(b, 12)}",
            residual=float(a - b),
            tolerance=0.0,
            at=at_point(small, lambda p: violates(statement, p)),
        )


def _report(
    statement: Reduced, best: _Best, stated: Any, looked: int, meets: Near | None, context: Context
) -> Evidence:
    data: dict[str, Any] = {"stated": str(stated), "stated_value": float(stated) if stated.is_number else None}
    detail = f"no counterexample among {looked} starts"
    if meets is not None and stated.is_number:
        value = mp.mpf(str(sp.N(stated, 40)))
        gaps = [float(abs(m - value) / (abs(value) or 1)) for m in meets.constants]
        place = ", ".join(f"{s} = {v}" for s, v in (statement.sharp_at or {}).items())
        if not gaps or gaps[-1] > SHARP or meets.beyond:
            return not_sharp(statement, meets, gaps, stated, best.value, data)
        gap = gaps[-1]
        data |= {"sharpest": float(meets.constants[-1]), "at": place, "sharp": True, "sense": best.sense}
        detail += f"; sharp: equality at {place} (relative gap {gap:.1e})"
    elif best.value is not None and stated.is_number:
        slack = float(mp.mpf(str(sp.N(stated, 30))) / best.value - 1) if best.value else float("inf")
        place = point_text({s: v for s, v in best.at.items() if s not in statement.domain.vectors})
        data |= {"sharpest": float(best.value), "at": place, "sharp": False, "slack": slack, "sense": best.sense}
        detail += f"; sharpest constant met {mp.nstr(best.value, 8)}, stated {sp.N(stated, 8)}"
        detail += f" (at {place})" if place else ""
    if statement.printed is not None:
        data |= {"printed": str(statement.printed), "printed_value": float(statement.printed)}
        detail += f"; printed {statement.printed}"
    return Evidence("search", Verdict.VERIFIED, detail, seed=context.seed, data=data)


if TYPE_CHECKING:
    from checks.methods import Method, search

    _method: Method = search

"""Method `sampling`: expectations and chances against independent samples.

Means are tested with Hotelling's T² (in one dimension Student's t²). All tests of a statement share a
false-alarm rate of 1e-9. The sample grows until the confidence region is smaller than a wrong
constant would show (`readings.RESOLUTION`); a test that rejects is repeated on fresh, larger samples, and only
if those reject as well is the statement refuted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Reading, ReadingError, Sampled, Tried
from checks.verdicts import Evidence, Verdict
from derivations.arguments import one_line
from derivations.gaussian import Expectation
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound, Constant, Identity, Probability, Statement
from numerics.statistics import MeanTest, Moments, binomial_interval
from numerics.values.evaluate import evaluate
from numerics.values.points import Chart, Point, exact, point_text, satisfies, size_choices
from numerics.witnesses import Witness, named

Array = NDArray[np.float64]

FALSE_ALARM = 1e-9
START, GROWTH, LARGEST = 2**16, 32, 2**24
LARGEST_BY_QUADRATURE = 2**22
"""Expectations over one or two numbers are integrated as well: sampling is a third method there."""
CHUNK_NUMBERS = 2**18
"""Numbers drawn at once: few enough to stay in the cache of the processor."""
PILOT, CANDIDATES = 4096, 8


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Statements with an expectation, chances, and those with a reading for it."""
    if any(r.method == "sampling" for r in readings):
        return True
    if isinstance(statement, Probability):
        return statement.trial is not None
    if isinstance(statement, Bound):  # quadrature can integrate over one or two numbers, and is more precise
        return any(not e.is_scalar or len(e.variables) > 2 for e in _expectations(statement))
    return isinstance(statement, Identity | Constant) and bool(_expectations(statement))


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Judge every sampling reading, or, without one, samples drawn from the statement's own law."""
    mine = [r for r in readings if r.method == "sampling"]
    if isinstance(statement, Probability):
        tried = mine[0].measure(context) if mine else _user_trials(statement, context)
        if not isinstance(tried, Tried):
            raise ReadingError(f"a reading of a Probability returns Tried, not {type(tried).__name__}")
        return [chance(statement, tried, context)]
    if isinstance(statement, Bound) and not mine:
        return [_one_sided(statement, context)]
    found = [r.measure(context) for r in mine] if mine else list(_own(statement, context))
    level = FALSE_ALARM / max(len(found), 1)
    seen = [mean(sampled, level, context) for sampled in found if isinstance(sampled, Sampled)]
    # an exact claim without a model is finer than any sample: a claim that is wrong by 1e-8 would seem to agree
    return seen if mine else [_against_the_ends(statement, replace(e, alone=_within(statement, e))) for e in seen]


def _against_the_ends(statement: Statement, e: Evidence) -> Evidence:
    """Samples are compared with the middle of a claimed enclosure: one that they may lie in is not refuted by them."""
    if not isinstance(statement, Constant) or statement.enclosure is None or e.verdict is not Verdict.REFUTED:
        return e
    low, high = (float(end) for end in statement.enclosure)
    if e.residual is None or e.tolerance is None or e.residual - e.tolerance > (high - low) / 2:
        return e
    if e.alone:
        return replace(e, verdict=Verdict.VERIFIED, witness=None, at=None)
    return replace(e, verdict=Verdict.UNDECIDED, witness=None, at=None, reason=Reason.COARSE)


def _within(statement: Statement, e: Evidence) -> bool:
    """Whether the confidence interval of the samples lies within the claimed enclosure of a constant."""
    if not isinstance(statement, Constant) or statement.enclosure is None or e.residual is None or e.tolerance is None:
        return False
    low, high = (float(end) for end in statement.enclosure)
    return e.residual + e.tolerance <= (high - low) / 2


def _expectations(statement: Statement) -> list[Expectation]:
    found = {e for c in statement.content if isinstance(c, sp.Basic) for e in c.atoms(Expectation)}
    return sorted(found, key=sp.default_sort_key)


def _own(statement: Statement, context: Context) -> Iterator[Sampled]:
    """Samples at two random points of the domain: the statement's integrands under their Gaussian law."""
    assert isinstance(statement, Identity | Constant)
    lhs, rhs = (
        (statement.lhs, statement.rhs) if isinstance(statement, Identity) else (statement.definition, statement.value)
    )
    rhs = rhs if rhs is not None else sum(statement.enclosure) / 2  # type: ignore[union-attr, arg-type]
    names = {e: sp.Dummy("E", real=True) for e in _expectations(statement)}
    if any(d.has(Expectation) for d in (lhs - rhs).atoms(sp.Derivative)):
        return  # a derivative of a mean is no mean
    gap = (lhs - rhs).xreplace(names).doit()
    rng = context.rng("sampling points")
    choices = size_choices(statement.sampled)
    weights = {e: gap.diff(d) for e, d in names.items()}
    if any(w.has(*names.values()) for w in weights.values()):
        return
    rest = gap.xreplace(dict.fromkeys(names.values(), sp.S.Zero))
    for sizes in choices[1:3] or choices:
        drawn = [
            Sampled(
                partial(_stream, point, weights, context),
                np.atleast_1d(-_float(rest, point)),
                f"at {point_text(point)}" if point else "of the definition",
                size=_size(point, weights, context),
                most=LARGEST if any(not e.is_scalar for e in weights) else LARGEST_BY_QUADRATURE,
                at=point,
            )
            for point in _points(Chart(statement.sampled, sizes), rng)
        ]
        if drawn:
            yield min(drawn, key=_noise)


def _one_sided(statement: Bound, context: Context) -> Evidence:
    """The mean of upper − lower at ordinary points and at far ones: refuted where it is negative for sure, twice."""
    names = {e: sp.Dummy("E", real=True) for e in _expectations(statement)}
    gap = (statement.upper - statement.lower).xreplace(names).doit()
    weights = {e: gap.diff(d) for e, d in names.items()}
    if any(w.has(*names.values()) for w in weights.values()):
        said = "the gap is not linear in its expectations"
        return Evidence("sampling", Verdict.UNDECIDED, said, reachable=False, reason=Reason.OUTSIDE)
    rest = gap.xreplace(dict.fromkeys(names.values(), sp.S.Zero))
    rng = context.rng("sampling points")
    choices = size_choices(statement.domain)
    charts = [Chart(statement.domain, sizes) for sizes in choices[1:3] or choices]
    points = [p for chart in charts for p in (*_points(chart, rng)[:2], *_far_points(chart, rng))]
    level = FALSE_ALARM / max(16 * len(points), 1)
    seen, worst = 0, np.inf
    for point in points:
        constant = _float(rest, point)
        count, rejected = START, 0
        while True:
            moments = Moments(1)
            for chunk in _stream(point, weights, context, count):
                moments.add(chunk + constant)
            test = moments.test(level)
            mean, spread = float(test.mean[0]), float(test.reach)
            if not np.isfinite(mean):
                break
            if test.normal and mean + spread < 0:
                rejected += 1
                if rejected == 2:
                    said = f"upper − lower has the mean {mean:.4g} ± {spread:.2g}"
                    at = Witness(point_text(point), named(point), {}, (mean, spread))
                    return Evidence("sampling", Verdict.REFUTED, said, mean, spread, seed=context.seed, at=at)
            elif mean - spread > 0 or count >= LARGEST_BY_QUADRATURE:
                seen, worst = seen + 1, min(worst, (mean + spread) / max(abs(constant), spread))
                break
            count = min(4 * count, LARGEST_BY_QUADRATURE) if rejected == 0 else 2 * count
    if not seen:
        return Evidence("sampling", Verdict.UNDECIDED, "no point could be sampled", reason=Reason.NO_VALUE)
    said = f"no point of {seen} at which upper < lower for sure"
    return Evidence("sampling", Verdict.VERIFIED, said, seed=context.seed, reason=Reason.POINTS_ONLY)


def _far_points(chart: Chart, rng: np.random.Generator) -> list[Point]:
    """Points with one number far out, where bounds tend to be sharp."""
    found = []
    for i in range(len(chart.scalars)):
        cube = 0.3 + 0.4 * rng.random((64, max(chart.dimension, 1)))
        cube[:, i] = 0.998
        values = chart(cube)
        rows = np.flatnonzero(chart.allowed(values))[:1]
        found += [exact(chart, values, int(row), digits=2) for row in rows]
    return [p for p in found if satisfies(chart.domain, p)]


def _stream(point: Point, weights: dict[Any, Any], context: Context, count: int) -> Iterator[Array]:
    return _draw(count, point, weights, context.rng(f"sample {point_text(point)} {count}"))


def _size(point: Point, weights: dict[Any, Any], context: Context) -> float:
    """Between the largest and the smallest expectation at a point, from a pilot: a wrong small one is to be seen.

    Where the pilot cannot tell the largest mean from 0, as of an odd σ, it is half of the spread: a mean of 0 is not
    seen to any share of itself.
    """
    rng = context.rng(f"size {point_text(point)}")
    pilots = [next(iter(_draw(PILOT, point, {e: w}, rng))) for e, w in weights.items() if w != 0]
    sizes = [abs(float(np.mean(pilot))) for pilot in pilots]
    spread = float(np.linalg.norm([np.std(pilot) for pilot in pilots]))
    if max(sizes) < 4 * spread / np.sqrt(PILOT):
        return spread / 2
    return max(float(np.sqrt(min(sizes) * max(sizes))), 0.1 * max(sizes))


def _noise(sampled: Sampled) -> float:
    """Spread over claimed value in a pilot sample: where it is small, little sampling sees much.

    Infinite where the pilot did not spread and missed the claim: the whole mean comes from rare events there.
    """
    pilot = next(iter(sampled.draw(PILOT)))
    if not np.ptp(pilot) and not np.allclose(pilot[0], sampled.claimed, rtol=1e-9, atol=0):
        return np.inf
    return float(np.std(pilot) / max(abs(float(sampled.claimed[0])), sampled.size, 1e-300))


def _points(chart: Chart, rng: np.random.Generator) -> list[Point]:
    """A few points well inside the domain."""
    values = chart(0.15 + 0.7 * rng.random((256, max(chart.dimension, 1))))
    rows = np.flatnonzero(chart.allowed(values))[: CANDIDATES if chart.dimension else 1]
    points = [exact(chart, values, int(row), digits=2) for row in rows]
    return [p for p in points if satisfies(chart.domain, p)]


def _float(expr: Any, point: Point) -> float:
    return float(np.asarray(evaluate(expr, _arrays(point))).reshape(-1)[0])


def _arrays(point: Point) -> Point:
    arrays: Point = {}
    for s, v in point.items():
        if isinstance(v, sp.MatrixBase):
            flat = np.array([float(e) for e in v]).reshape(v.shape)
            arrays[s] = flat[:, 0] if s.shape[1] == 1 else flat
        else:
            arrays[s] = float(v)
    return arrays


def _draw(count: int, point: Point, weights: dict[Any, Any], rng: np.random.Generator) -> Iterator[Array]:
    """Chunks (·, 1) of Σ weight·integrand under independent draws for each expectation."""
    fixed = _arrays(point)
    scales = {e: _float(w, point) for e, w in weights.items()}
    sizes = {s: sp.Integer(int(v)) for s, v in point.items() if isinstance(v, sp.Integer)}
    numbers = max(
        sum(int(np.prod([int(sp.sympify(n).xreplace(sizes)) for n in getattr(v, "shape", (1,))])) for v in e.variables)
        for e in weights
    )
    step = max(PILOT, CHUNK_NUMBERS // max(numbers, 1))
    for start in range(0, count, step):
        n = min(step, count - start)
        total = np.zeros(n)
        for e, scale in scales.items():
            total += scale * np.broadcast_to(
                evaluate(e.integrand, {**fixed, **_gaussians(e, n, fixed, sizes, rng)}), (n,)
            )
        yield total[:, None]


def _gaussians(e: Expectation, n: int, fixed: Point, sizes: dict[Any, Any], rng: np.random.Generator) -> Point:
    if not e.is_scalar:
        drawn: Point = {}
        for v in e.variables:
            if isinstance(v, sp.MatrixSymbol):
                rows, cols = (int(sp.sympify(m).xreplace(sizes)) for m in v.shape)
                drawn[v] = rng.standard_normal((n, rows)) if cols == 1 else rng.standard_normal((n, rows, cols))
            else:
                drawn[v] = rng.standard_normal(n)
        return drawn
    covariance = np.array([[float(evaluate(c, fixed)) for c in row] for row in e.covariance.tolist()])
    values, axes = np.linalg.eigh(covariance)
    factor = axes * np.sqrt(np.clip(values, 0.0, None))
    sample = rng.standard_normal((n, len(e.variables))) @ factor.T
    return {v: sample[:, i] for i, v in enumerate(e.variables)}


def mean(sampled: Sampled, level: float, context: Context) -> Evidence:
    """Grow the sample until it decides; refute only what fresh, larger samples reject again."""
    claimed = np.atleast_1d(sampled.claimed)
    count, rejected = START, 0
    resolution = sampled.resolution * (2 if context.quick else 1)
    each = level / 16  # at most sixteen tests a reading: growth and repetitions
    while True:
        moments = Moments(len(claimed))
        for drawn in sampled.draw(count):
            chunk = _rows(drawn, len(claimed))
            if not np.isfinite(chunk).all():
                said = f"the model returned NaN or infinity {sampled.about}"
                return Evidence("sampling", Verdict.ERROR, said, seed=context.seed, reason=Reason.NO_VALUE)
            moments.add(chunk - claimed)
        test = moments.test(each)
        scale = max(_scale(claimed, moments), sampled.size)
        if test.rejects:
            rejected += 1
            if rejected == 2:
                return _mean_evidence(Verdict.REFUTED, test, claimed, scale, sampled, context)
        elif test.normal and test.reach <= resolution * scale:
            return _mean_evidence(Verdict.VERIFIED, test, claimed, scale, sampled, context)
        if count >= min(LARGEST, sampled.most):
            return _mean_evidence(Verdict.UNDECIDED, test, claimed, scale, sampled, context)
        wanted = count * 1.1 * (test.reach / (resolution * scale)) ** 2 if test.reach > 0 else 0
        count = int(min(max(wanted, 2 * count), GROWTH * count, LARGEST, sampled.most))


def _rows(drawn: Any, width: int) -> Array:
    """A chunk of samples; raises ReadingError for anything but rows of as many real numbers as are claimed."""
    chunk = np.asarray(drawn)
    if chunk.ndim != 2 or chunk.shape[1] != width or chunk.dtype.kind not in "biuf":
        shown = "None" if drawn is None else f"{type(drawn).__name__} of shape {chunk.shape} and type {chunk.dtype}"
        raise ReadingError(f"draw of Sampled yielded {shown}, not samples in an array of shape (n, {width})")
    return np.asarray(chunk, dtype=float)


def _scale(claimed: Array, moments: Moments) -> float:
    """The size of what is claimed; a claim of zero is held against a twentieth of the spread."""
    spread = float(np.sqrt(np.trace(moments.scatter) / max(moments.count - 1, 1)))
    return max(float(np.linalg.norm(claimed)), 0.05 * spread)


def _mean_evidence(
    verdict: Verdict, test: MeanTest, claimed: Array, scale: float, sampled: Sampled, context: Context
) -> Evidence:
    gap = float(np.linalg.norm(test.mean))
    detail = f"{test.count} samples {sampled.about}; T² = {test.statistic:.3g}, rejected beyond {test.threshold:.3g}"
    detail += f"; a gap of {test.reach / max(scale, 1e-300):.1%} of the value would be seen"
    if verdict is Verdict.UNDECIDED:
        rare = " (the samples do not vary: rarer events were not seen)"
        heavy = " (the tails are too heavy for so few samples)"
        detail += " (not fine enough)" if test.normal else heavy if np.isfinite(test.statistic) else rare
    at = None
    if verdict is Verdict.REFUTED:
        mean = claimed + test.mean
        shown, stated = (np.array2string(v, precision=6, threshold=6) for v in (mean, claimed))
        point = None if sampled.at is None else named(sampled.at)
        values = (mean.tolist(), claimed.tolist())
        at = Witness(f"{sampled.about}: mean {shown}, claimed {stated}", point, {"samples": test.count}, values)
    why = Reason.COARSE if verdict is Verdict.UNDECIDED else None
    return Evidence("sampling", verdict, detail, gap, test.reach, seed=context.seed, at=at, reason=why)


def _user_trials(statement: Probability, context: Context) -> Tried:
    assert statement.trial is not None
    happened = events_of(statement.trial(context.rng("trials")))
    return Tried(int(happened.sum()), happened.size, "trials")


def events_of(returned: Any) -> NDArray[np.bool_]:
    """Whether the event happened in each trial, from what a user's function returned.

    Raises ReadingError for anything but a row of true and false, or of 1 and 0, of at least one trial.
    """
    meant = "a row of true and false, one for each trial: return whether the event happened"
    if isinstance(returned, np.ma.MaskedArray) and np.ma.is_masked(returned):
        raise ReadingError(f"the trial returned an array with masked entries, not {meant}")
    try:
        found = np.asarray(returned)
    except (TypeError, ValueError, RuntimeError) as error:  # rows of unlike lengths, a tensor that is on a GPU
        raise ReadingError(f"the trial returned no array ({one_line(error)}), but {meant}") from None
    if found.ndim != 1 or found.size == 0:
        shown = "None" if returned is None else f"{type(returned).__name__} of shape {found.shape}"
        raise ReadingError(f"the trial returned {shown}, not {meant}")
    if found.dtype.kind not in "biuf":
        raise ReadingError(f"the trial returned values of type {found.dtype}, not {meant}")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ReadingError(f"the trial returned NaN or infinity, not {meant}")
    if not np.isin(found, (0, 1)).all():
        raise ReadingError(f"the trial returned values other than true and false, not {meant}")
    return found.astype(bool)


def chance(statement: Probability, tried: Tried, context: Context) -> Evidence:
    """Exact binomial limits: verified below the limit, refuted above it, undecided across it."""
    interval = binomial_interval(tried.events, tried.trials, FALSE_ALARM)
    limit = float(statement.limit)
    upper = statement.at_most is not None
    holds = interval.high <= limit if upper else interval.low >= limit
    fails = interval.low > limit if upper else interval.high < limit
    verdict = Verdict.VERIFIED if holds else Verdict.REFUTED if fails else Verdict.UNDECIDED
    detail = f"{tried.events} of {tried.trials} {tried.about}; exact interval [{interval.low:.4f}, {interval.high:.4f}]"
    detail += f" at false-alarm rate {FALSE_ALARM:g}, {'at most' if upper else 'at least'} {limit:g} claimed"
    return Evidence(
        "sampling",
        verdict,
        detail,
        residual=tried.events / tried.trials,
        tolerance=limit,
        seed=context.seed,
        reason=Reason.COARSE if verdict is Verdict.UNDECIDED else None,
        at=Witness(detail, None, {"trials": tried.trials}, (tried.events / tried.trials, limit))
        if verdict is Verdict.REFUTED
        else None,
        data={"events": tried.events, "trials": tried.trials, "low": interval.low, "high": interval.high, **tried.data},
    )


if TYPE_CHECKING:
    from checks.methods import Method, sampling

    _method: Method = sampling

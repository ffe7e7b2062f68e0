"""Comparisons of means and chances that come from trials: the noise counts against what is claimed.

The interval of the difference of the two sides, right minus left, is taken at a false-alarm rate of `FALSE_ALARM` for
all comparisons of a statement together. A statement holds if every interval lies where it holds, fails if one lies
where it fails, and is undecided between; then it says how many trials would decide. The interval of a mean rests on
what is stated of the law of its trials: nothing is said where that is nothing, or where the trials contradict it.
Of few trials it rests also on what is stated of their independence, which they cannot show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Compared, Means, ReadingError, Shares, Side
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from numerics.inference.dependence import SHORTEST, distinct, worth
from numerics.inference.intervals import bounded_interval, far_from_normal, lognormal_interval
from numerics.statistics import binomial_interval, mean_interval
from numerics.witnesses import Witness

Array = NDArray[np.float64]

FALSE_ALARM = 1e-6
MOST_TRIALS = 10**9
"""More trials than these are none that anybody draws."""
FEWEST = 2.0
"""Trials that are worth fewer independent ones have no interval."""
ROUNDING = 1e-12
"""A spread below this share of the values is rounding, and says nothing of noise."""


@dataclass(frozen=True)
class Difference:
    """Right minus left for every comparison: the estimate and the ends of its interval; `trials` made it."""

    value: Array
    low: Array
    high: Array
    trials: int


def judged(c: Compared, context: Context, method: str = "trajectory", looks: int = 1) -> Evidence:
    """The evidence of one comparison; `looks` is how often data are looked at, and shares the false-alarm rate.

    Raises ReadingError for sides that cannot be meant as written.
    """
    d = difference(c, FALSE_ALARM / looks)
    if not (np.isfinite(d.value).all() and np.isfinite(d.low).all() and np.isfinite(d.high).all()):
        said = f"a side is NaN or infinite ({c.about})"
        return Evidence(method, Verdict.ERROR, said, seed=context.seed, reason=Reason.NO_VALUE)
    barred = _barred(c, d, FALSE_ALARM / looks)
    holds, fails = _decided(c, d)
    if barred:
        holds, fails = np.zeros_like(holds), np.zeros_like(fails)
    worst = int(np.argmin(_distance(c, d)))
    sides = " against ".join(f"{float(_estimate(side, len(d.value))[worst]):.4g}" for side in (c.left, c.right))
    seen = f"comparison {worst}: {sides}, difference {d.value[worst]:.4g} in [{d.low[worst]:.4g}, {d.high[worst]:.4g}]"
    if fails.any():
        verdict, more = Verdict.REFUTED, ""
    elif holds.all():
        verdict, more = Verdict.VERIFIED, ""
    else:
        verdict, more = Verdict.UNDECIDED, "; " + (barred or _needed(c, d, holds))
    half = (d.high - d.low) / 2
    return Evidence(
        method,
        verdict,
        f"{c.about}; {len(d.value)} comparisons of {d.trials} trials{_meant(c)}{_assumed(c)}, {seen}{more}",
        residual=float(max(-_distance(c, d)[worst], 0.0)),
        tolerance=float(half[worst]),
        seed=context.seed,
        reason=Reason.COARSE if verdict is Verdict.UNDECIDED else None,
        at=Witness(seen, None, {"comparison": worst}, (float(d.low[worst]), float(d.high[worst])))
        if verdict is Verdict.REFUTED
        else None,
        data={**c.data, "low": d.low.tolist(), "high": d.high.tolist()},
    )


def _estimate(side: Side, count: int) -> Array:
    """The value of a side in each comparison: both are shown, so that a bound far away is seen to be that."""
    side = as_arrays(side)
    if isinstance(side, Means):
        return np.broadcast_to(side.samples.mean(0), (count,))
    return np.broadcast_to(side.events / side.trials if isinstance(side, Shares) else side, (count,))


def _meant(c: Compared) -> str:
    return f", equal within ± {c.margin:g}" if c.relation == "=" else ""


def _assumed(c: Compared) -> str:
    """What the intervals of means rest on, in words."""
    laws = sorted({s.law for s in _means(c) if s.between is None and s.law})
    most = _twice(c) if c.paired else np.array([np.inf])
    fewer = [w for s in _means(c) for w in np.minimum(_worth(s), most) if w < len(s.samples)]
    alike = f", some of which are alike and count as {min(fewer):.0f}" if fewer else ""
    return alike + (f", taken as nearly {' and '.join(laws)}" if laws else "")


def _means(c: Compared) -> list[Means]:
    """The means whose intervals are taken: those of both sides, or that of the difference of paired ones."""
    left, right = as_arrays(c.left), as_arrays(c.right)
    if c.paired and isinstance(left, Means) and isinstance(right, Means):
        return [_less(right, left)]
    return [s for s in (left, right) if isinstance(s, Means)]


def _less(right: Means, left: Means) -> Means:
    """Right minus left, trial by trial, with what is known of its law."""
    x, y = np.broadcast_arrays(left.samples, right.samples)
    apart = left.separate and right.separate
    if left.between is not None and right.between is not None:
        ends = (right.between[0] - left.between[1], right.between[1] - left.between[0])
        # a difference of rounded numbers may pass the difference of the ends by rounding
        return Means(np.clip(y - x, *ends), between=ends, looks=left.looks, separate=apart)
    known = all(s.law == "normal" or s.between is not None for s in (left, right))
    return Means(y - x, law="normal" if known else "", looks=left.looks, separate=apart)


def _nearly_normal(side: Means) -> Array | None:
    """What is near a normal law by what is stated, the trials or their logarithms; None between bounds."""
    if side.between is not None or not side.law:
        return None
    with np.errstate(divide="ignore"):
        return side.samples if side.law == "normal" else np.log(side.samples)


def stated(c: Compared) -> bool:
    """Whether the law of every mean is stated; without that no number of trials decides."""
    return all(s.between is not None or s.law for s in _means(c))


def _barred(c: Compared, d: Difference, level: float) -> str:
    """Why no interval may be taken at all, in words; empty if they may."""
    if not stated(c):
        return (
            "a trial too rare to be seen may carry the mean: state between which bounds every trial lies, "
            "Means(…, between=(low, high)), or that their law is near a normal one, Means(…, law='normal'), "
            "or compare chances by Shares; more trials do not help"
        )
    few = _few(c)
    if few:
        return (
            f"of {few} trials, fewer than {SHORTEST}, nobody sees whether they are independent: state that each is "
            f"made of random numbers of its own, Means(…, separate=True), or take {SHORTEST}"
        )
    if _still(c, d).any():
        return "the trials do not differ, so that nothing is known of their noise"
    for side in _means(c):
        samples = _nearly_normal(side)
        odd = np.zeros(1) if samples is None else far_from_normal(samples.T, level / samples.shape[1])
        if odd.any():
            return (
                f"the trials of comparison {int(np.argmax(odd))} contradict a law near a {side.law} one: compare their "
                "logarithms, state bounds, Means(…, between=(low, high)), or take many more trials"
            )
    return ""


def _few(c: Compared) -> int:
    """The smallest number of trials that cannot show whether they are independent, and of which it is not stated.

    0 if there are none. Each measurement with its own seed counts by itself, since its trials follow one another.
    """
    counts = [n for s in _means(c) if not s.separate for n in (s.looks or (len(s.samples),))]
    return min((n for n in counts if n < SHORTEST), default=0)


def difference(c: Compared, level: float) -> Difference:
    """Right minus left with a simultaneous confidence interval at 1 − level.

    Raises ReadingError where no side is estimated, sides do not fit together, or there are fewer than two trials.
    """
    left, right = as_arrays(c.left), as_arrays(c.right)
    if is_exact(left) and is_exact(right):
        raise ReadingError(
            "Compared needs a side with trials, Means or Shares; use Followed where both sides are known"
        )
    count = max(_count(left), _count(right))
    if count < 1 or not {_count(left), _count(right)} <= {1, count}:
        raise ReadingError(f"the sides of Compared have {_count(left)} and {_count(right)} comparisons")
    if c.relation == "=" and not c.margin > 0:
        raise ReadingError("a measured equality needs a margin > 0, the largest difference that counts as equal")
    if c.paired:
        if not (isinstance(left, Means) and isinstance(right, Means) and len(left.samples) == len(right.samples)):
            raise ReadingError("paired sides are both Means of the same number of trials")
        return Difference(*_interval(_less(right, left), level / count, count, _twice(c)), len(left.samples))
    share = level / count / (1 if is_exact(left) or is_exact(right) else 2)
    (a, al, ah), (b, bl, bh) = (_interval(side, share, count) for side in (left, right))
    trials = min(_trials(s) for s in (left, right) if not is_exact(s))
    return Difference(b - a, bl - ah, bh - al, trials)


def same_trials(first: Compared, second: Compared) -> bool:
    """Whether a second measurement has the very numbers of the first."""
    pairs = ((as_arrays(first.left), as_arrays(second.left)), (as_arrays(first.right), as_arrays(second.right)))
    return all(_same(a, b) for a, b in pairs)


def same_claim(first: Compared, second: Compared) -> bool:
    """Whether the sides that are known are the same numbers in both measurements.

    Where they are not, each measurement is of an instance of its own: its mean is near its own number, and the mean of
    both measurements is near neither.
    """
    pairs = ((as_arrays(first.left), as_arrays(second.left)), (as_arrays(first.right), as_arrays(second.right)))
    return all(not is_exact(a) or (is_exact(b) and np.array_equal(np.asarray(a), np.asarray(b))) for a, b in pairs)


def _same(a: Side, b: Side) -> bool:
    if isinstance(a, Means) and isinstance(b, Means):
        shared = min(len(a.samples), len(b.samples))
        return bool(np.array_equal(a.samples[-shared:], b.samples[-shared:]))
    # equal counts may be chance, and then too few trials are no harm
    return not isinstance(a, Shares) or (isinstance(b, Shares) and bool(np.array_equal(a.events, b.events)))


def _still(c: Compared, d: Difference) -> NDArray[np.bool_]:
    """Comparisons of which a mean without bounds has no spread beyond rounding: its noise is not known."""
    found = np.zeros(len(d.value), dtype=bool)
    for side in _means(c):
        samples = _nearly_normal(side)
        if samples is None:
            continue
        size = np.abs(samples).max(0)
        found |= samples.std(0) <= ROUNDING * np.maximum(size, np.abs(d.value))
    return found


def pooled(first: Compared, second: Compared) -> Compared:
    """The trials of two independent measurements of the same comparison together."""
    return replace(
        first,
        left=_together(as_arrays(first.left), as_arrays(second.left)),
        right=_together(as_arrays(first.right), as_arrays(second.right)),
    )


def _together(a: Side, b: Side) -> Side:
    if isinstance(a, Means) and isinstance(b, Means):
        looks = (*(a.looks or (len(a.samples),)), *(b.looks or (len(b.samples),)))
        return replace(a, samples=np.concatenate([a.samples, b.samples]), looks=looks)
    if isinstance(a, Shares) and isinstance(b, Shares):
        return Shares(np.asarray(a.events) + np.asarray(b.events), a.trials + b.trials)
    return a


def as_arrays(side: Side) -> Side:
    """The side as arrays; samples of one comparison may come as a plain row of trials."""
    if isinstance(side, Means):
        samples = np.asarray(side.samples, dtype=float)
        return replace(side, samples=samples[:, None] if samples.ndim == 1 else samples.reshape(len(samples), -1))
    if isinstance(side, Shares):
        return Shares(np.atleast_1d(np.asarray(side.events)).ravel(), int(side.trials))
    return np.atleast_1d(np.asarray(side, dtype=float)).ravel()


def is_exact(side: Side) -> bool:
    return not isinstance(side, Means | Shares)


def _count(side: Side) -> int:
    if isinstance(side, Means):
        return int(side.samples.shape[1])
    return len(side.events) if isinstance(side, Shares) else len(np.atleast_1d(side))


def _trials(side: Side) -> int:
    return len(side.samples) if isinstance(side, Means) else side.trials if isinstance(side, Shares) else 0


def _interval(side: Side, level: float, count: int, most: Any = np.inf) -> tuple[Array, Array, Array]:
    """The estimate and the ends of its interval, for each comparison, from trials that are worth `most` at most."""
    if isinstance(side, Means):
        if len(side.samples) < 2:
            raise ReadingError("a mean with a confidence interval needs two trials")
        counted = np.maximum(np.minimum(_worth(side), most), FEWEST)
        if side.law == "lognormal" and side.between is None and np.isfinite(side.samples).all():
            return lognormal_interval(side.samples.T, level, counted)
        mean, half = mean_interval(side.samples.T, level, counted)
        if side.between is not None and np.isfinite(mean).all():
            return mean, *bounded_interval(side.samples.T, *side.between, level, counted)
        return mean, mean - half, mean + half
    if isinstance(side, Shares):
        found = [binomial_interval(int(k), side.trials, level) for k in side.events]
        values = np.array([(p.successes / p.trials, p.low, p.high) for p in found])
        return values[:, 0], values[:, 1], values[:, 2]
    values = np.broadcast_to(np.asarray(side, dtype=float), (count,))
    return values, values, values


def _worth(side: Means) -> Array:
    """How many independent trials each mean has: fewer where trials follow one another, or are there twice."""
    known = np.where(np.isfinite(side.samples), side.samples, 0.0).T
    # measurements may be of unlike instances of a claim, whose trials are then alike and independent all the same
    counted = np.sum([worth(part) for part in np.split(known, np.cumsum(side.looks)[:-1].astype(int), axis=-1)], axis=0)
    return np.asarray(counted if _nearly_normal(side) is None else np.minimum(counted, distinct(known)))


def _twice(c: Compared) -> Array:
    """How many trials of paired arms are different ones: a trial that is drawn twice differs with another partner."""
    arms = [side for side in (as_arrays(c.left), as_arrays(c.right)) if isinstance(side, Means)]
    counts = [distinct(side.samples.T) for side in arms if side.between is None]
    # an arm that is the same in all trials is a number
    known = [np.where(each > 1, each, np.inf) for each in counts] or [np.array([np.inf])]
    return np.asarray(np.minimum.reduce(known))


def _decided(c: Compared, d: Difference) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the relation holds, and where it fails, for every value within the interval."""
    if c.relation == "<=":
        return d.low >= 0, d.high < 0
    return (d.low >= -c.margin) & (d.high <= c.margin), (d.low > c.margin) | (d.high < -c.margin)


def _distance(c: Compared, d: Difference) -> Array:
    """How far the estimate is on the side on which the relation holds; negative where it fails."""
    return d.value if c.relation == "<=" else c.margin - np.abs(d.value)


def _needed(c: Compared, d: Difference, holds: NDArray[np.bool_]) -> str:
    """How many trials would decide what is open, by the square root law of errors."""
    far = np.abs(_distance(c, d))[~holds]
    half = np.maximum(d.high - d.value, d.value - d.low)[~holds]
    if (far == 0).any():
        return "the two sides are equal as far as can be seen: no number of trials would decide"
    times = float(np.square(np.minimum(half / far, MOST_TRIALS)).max())
    if not times < MOST_TRIALS / d.trials:
        return "no number of trials would decide"
    return f"about {math.ceil(d.trials * times):,} trials would decide"

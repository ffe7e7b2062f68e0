"""Method `scaling`: fit a power or exponential law, with a confidence interval for its exponent.

The exponent is judged at a false-alarm rate of 1e-6: the interval, widened by what finite sizes explain (`drift`), must
hold the stated exponent and none of its rivals (`against`), and be as narrow as `within` says; a first rejection is
measured again on fresh data. Points that are no straight line in these coordinates are no law, whatever exponent fits
them best; and an interval rests on the spread of trials where the points of a trial move together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Reading, ReadingError, Scaled
from checks.verdicts import Evidence, Verdict
from derivations.arguments import one_line
from derivations.outcomes.reasons import Reason
from derivations.statements import Rate, Statement
from numerics.inference.straightness import Departure, by_trials, departure, moving_together
from numerics.statistics import Slope, fit_slope
from numerics.witnesses import Witness

Array = NDArray[np.float64]

FALSE_ALARM = 1e-6
BENT = 0.1
"""The share of the distance to a rival by which a local exponent may change over the sizes, beside twice the drift."""
ATTEMPTS = 3
"""The largest number of times that samples are added while the interval is too wide to decide."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Rates with something to measure."""
    return isinstance(statement, Rate) and (
        statement.measure is not None or any(r.method == "scaling" for r in readings)
    )


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Fit the law; an interval that is too wide gets more data, a rejection is confirmed on fresh data."""
    assert isinstance(statement, Rate)
    found = judged(statement, measured(statement, readings, context), context)
    if found.verdict is Verdict.REFUTED:
        again = judged(statement, measured(statement, readings, context, ATTEMPTS), context)
        return [again if again.verdict is not Verdict.REFUTED else found]
    return [found]


def measured(statement: Rate, readings: Sequence[Reading], context: Context, first: int = 0) -> Scaled:
    """The data of a law, pooled until the interval of its exponent is narrow enough, at most ATTEMPTS times."""
    scaled = sample(statement, readings, context, first)
    for attempt in range(first + 1, first + ATTEMPTS):
        if judged(statement, scaled, context).verdict is not Verdict.UNDECIDED:
            break
        again = sample(statement, readings, context, attempt)
        if np.array_equal(again.quantity, scaled.quantity[-len(again.quantity) :]):
            break  # without chance more of the same data makes no interval narrower
        scaled = _pooled(scaled, again)
    return scaled


def _pooled(first: Scaled, second: Scaled) -> Scaled:
    return replace(
        first,
        variable=np.concatenate([first.variable, second.variable]),
        quantity=np.concatenate([first.quantity, second.quantity]),
        trial=None
        if first.trial is None or second.trial is None
        else np.concatenate([first.trial, np.max(first.trial) + 1 + second.trial - np.min(second.trial)]),
    )


def sample(statement: Rate, readings: Sequence[Reading], context: Context, attempt: int) -> Scaled:
    """The data of a law, with another seed for each attempt."""
    fresh = replace(context, seed=context.seed + 1000003 * attempt)
    for reading in readings:
        if reading.method == "scaling":
            found = reading.measure(fresh)
            if not isinstance(found, Scaled):
                raise ReadingError(f"a reading of a Rate returns Scaled, not {type(found).__name__}")
            return found
    assert statement.measure is not None
    return scaled_of(statement.measure(fresh.rng("scaling")))


def scaled_of(returned: Any) -> Scaled:
    """The values of the variable and the quantity there, from what a user's function returned.

    Raises ReadingError for anything but two rows of real numbers of one length.
    """
    meant = "two rows of real numbers of one length: values of the variable, and the quantity at each"
    try:
        x, y = (np.asarray(side) for side in returned)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ReadingError(f"measure returned {type(returned).__name__} ({one_line(error)}), not {meant}") from None
    if x.ndim != 1 or x.shape != y.shape or x.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        said = f"arrays of shapes {x.shape} and {y.shape}, types {x.dtype} and {y.dtype}"
        raise ReadingError(f"measure returned {said}, not {meant}")
    return Scaled(x.astype(float), y.astype(float))


def judged(statement: Rate, scaled: Scaled, context: Context) -> Evidence:
    """The stated exponent against the interval that the data give, and the data against a law of this kind at all."""
    x = np.log(scaled.variable) if statement.law == "power" else np.asarray(scaled.variable, dtype=float)
    open_to = (("variable", scaled.variable), ("quantity", scaled.quantity))
    for name, values in open_to[statement.law != "power" :]:
        if not (np.isfinite(values).all() and (np.asarray(values) > 0).all()):
            said = f"a {name} of a law is NaN, infinite or not positive: its logarithm is what is fitted"
            return Evidence("scaling", Verdict.ERROR, said, seed=context.seed, reason=Reason.NO_VALUE)
    try:
        with np.errstate(all="ignore"):
            y = np.log(scaled.quantity)
            slope, words = fitted(x, y, scaled.trial)
            bent = departure(x, y, scaled.trial)
    except ValueError as error:
        return Evidence("scaling", Verdict.ERROR, str(error), seed=context.seed)
    stated = float(statement.exponent)
    verdict = verdict_on(slope.value, slope.half_width + scaled.drift, statement)
    curved = bent.size > 2 * scaled.drift + BENT * statement.widest
    if curved and (verdict is not Verdict.REFUTED or _within_reach(slope, scaled.drift, bent, stated)):
        verdict = Verdict.UNDECIDED
    said = f"measured exponent {slope.value:.4f} ± {slope.half_width:.4f}"
    return Evidence(
        "scaling",
        verdict,
        f"exponent {slope.value:.4f} ± {slope.half_width:.4f} from {len(x)} points{words}, {stated:g} claimed"
        + _rivals(statement)
        + (f"; no such law: {bent.what} (the local exponent changes by {bent.size:.2g})" if curved else "")
        + (f" {scaled.about}" if scaled.about else ""),
        residual=abs(slope.value - stated),
        tolerance=slope.half_width + scaled.drift,
        reason=Reason.COARSE if verdict is Verdict.UNDECIDED else None,
        at=Witness(said, None, {"exponent": "measured"}, (slope.value, stated)) if verdict is Verdict.REFUTED else None,
        seed=context.seed,
        data={
            "variable": list(map(float, scaled.variable)),
            "quantity": list(map(float, scaled.quantity)),
            "low": slope.value - slope.half_width,
            "high": slope.value + slope.half_width,
            **scaled.data,
        },
    )


def fitted(x: Array, y: Array, trial: NDArray[np.int64] | None) -> tuple[Slope, str]:
    """The slope of y on x with its interval, and how that was taken, in words.

    Raises ValueError for too few points, or one that is not finite.
    """
    whole = fit_slope(x, y, FALSE_ALARM)
    together = moving_together(x, y) if trial is None else trial
    if together is None:
        return whole, ""
    slope = by_trials(x, y, together, FALSE_ALARM)
    why = "" if trial is not None else ", which move together"
    wider = Slope(slope.value, max(slope.half_width, whole.half_width) if trial is None else slope.half_width)
    return wider, f" of {len(np.unique(together))} trials{why}"


def _within_reach(slope: Slope, drift: float, bent: Departure, stated: float) -> bool:
    """Whether sizes beyond those measured may show the stated exponent, as the local one changes."""
    return abs(slope.value - stated) <= slope.half_width + drift + bent.size


def verdict_on(value: float, half_width: float, statement: Rate) -> Verdict:
    """What an exponent known to ± half_width, errors of finite sizes included, says of a law."""
    if abs(value - float(statement.exponent)) > half_width:
        return Verdict.REFUTED
    # without a rival by name, no law at all is one
    rivals = statement.against or ((0,) if statement.exponent != 0 else ())
    if any(abs(value - float(rival)) <= half_width for rival in rivals):
        return Verdict.UNDECIDED
    return Verdict.VERIFIED if half_width <= statement.widest else Verdict.UNDECIDED


def _rivals(statement: Rate) -> str:
    return f" against {', '.join(f'{float(r):g}' for r in statement.against)}" if statement.against else ""


if TYPE_CHECKING:
    from checks.methods import Method, scaling

    _method: Method = scaling

"""Method `scaling`: fit a power or exponential law, with a confidence interval for its exponent.

The exponent is judged at a false-alarm rate of 1e-6: the interval, widened by what finite sizes explain (`drift`), must
hold the stated exponent and none of its rivals (`against`), and be as narrow as `within` says; a first rejection is
measured again on fresh data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from checks.context import Context
from checks.readings import Reading, ReadingError, Scaled
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from derivations.statements import Rate, Statement
from numerics.statistics import fit_slope
from numerics.witnesses import Witness

FALSE_ALARM = 1e-6
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
    x, y = statement.measure(fresh.rng("scaling"))
    return Scaled(np.asarray(x, dtype=float), np.asarray(y, dtype=float))


def judged(statement: Rate, scaled: Scaled, context: Context) -> Evidence:
    """The stated exponent against the interval that the data give."""
    x = np.log(scaled.variable) if statement.law == "power" else np.asarray(scaled.variable, dtype=float)
    try:
        with np.errstate(all="ignore"):
            slope = fit_slope(x, np.log(scaled.quantity), FALSE_ALARM)
    except ValueError as error:
        return Evidence("scaling", Verdict.ERROR, str(error), seed=context.seed)
    stated = float(statement.exponent)
    verdict = verdict_on(slope.value, slope.half_width + scaled.drift, statement)
    said = f"measured exponent {slope.value:.4f} ± {slope.half_width:.4f}"
    return Evidence(
        "scaling",
        verdict,
        f"exponent {slope.value:.4f} ± {slope.half_width:.4f} from {len(x)} points, {stated:g} claimed"
        + _rivals(statement)
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

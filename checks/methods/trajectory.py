"""Method `trajectory`: a relation held along real training runs, at every step, or between means of trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.methods import comparing
from checks.readings import Compared, Followed, Measurement, Reading, ReadingError
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from derivations.statements import Identity, Statement
from numerics.witnesses import Witness, at_place

Array = NDArray[np.float64]

REFUTES = 1e-6
LEAST = 20
"""Of n comparisons without an effect all are in order once in 2^n, of so many with a chance of 10⁻⁶. An inequality with
fewer that depends on chance is measured again with fresh seeds, up to so many comparisons."""
LOOKS = 3
"""Trials are pooled at most so often while they are too few to decide."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Statements with a reading along a run."""
    return any(r.method == "trajectory" for r in readings)


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Judge each run: both sides at every step, against what rounding explains, or their means against chance."""
    return [e for r in readings if r.method == "trajectory" for e in judged(r, context, statement)]


def judged(reading: Reading, context: Context, statement: Statement, method: str = "trajectory") -> Iterator[Evidence]:
    """What one reading of both sides says; trials that are too few to decide get more.

    Raises ReadingError for a measurement that has not both sides, and for an inequality beside an identity.
    """
    found = reading.measure(context)
    if not isinstance(found, Followed | Compared):
        raise ReadingError(f"a reading for {method} returns Followed or Compared, not {type(found).__name__}")
    if isinstance(statement, Identity) and found.relation != "=":
        raise ReadingError(f"{statement.id} is an identity, and its reading compares by {found.relation!r}")
    if isinstance(found, Followed):
        yield both_sides(followed_enough(reading, found, context), context, method)
    elif isinstance(found, Compared):
        yield comparing.judged(enough(reading, found, context), context, method, LOOKS)


def followed_enough(reading: Reading, found: Followed, context: Context) -> Followed:
    """The sides of an inequality together with those of fresh seeds, until there are `LEAST` comparisons.

    Sides that are the same with another seed have no chance in them, and those that fail already need no more.
    """
    if found.relation != "<=" or both_sides(found, context).verdict is not Verdict.VERIFIED:
        return found
    rows, tolerance = [_flat(found)], found.tolerance
    while sum(len(row[0]) for row in rows) < LEAST:
        again = reading.measure(replace(context, seed=context.seed + 1000003 * len(rows)))
        if not isinstance(again, Followed) or np.array_equal(_flat(again)[:2], rows[-1][:2]):
            break
        rows.append(_flat(again))
        tolerance = max(tolerance, again.tolerance)
    if len(rows) == 1:
        return found
    left, right, error = np.concatenate(rows, axis=1)
    about = f"{found.about}; with {len(rows) - 1} fresh seeds beside it"
    return replace(found, left=left, right=right, left_error=error, right_error=0.0, tolerance=tolerance, about=about)


def _flat(f: Followed) -> Array:
    """Left side, right side and their errors, a row each."""
    sides = (f.left, f.right, np.asarray(f.left_error, dtype=float) + np.asarray(f.right_error, dtype=float))
    return np.stack([side.ravel() for side in np.broadcast_arrays(*(np.asarray(s, dtype=float) for s in sides))])


def enough(reading: Reading, found: Compared, context: Context) -> Compared:
    """The comparison with more trials of fresh seeds for as long as it is undecided, three times as many at most."""
    for look in range(1, LOOKS):
        open_still = comparing.judged(found, context, looks=LOOKS).verdict is Verdict.UNDECIDED
        if not open_still or not comparing.stated(found):
            break
        again: Measurement = reading.measure(replace(context, seed=context.seed + 1000003 * look))
        assert isinstance(again, Compared)
        # a reading with numbers of its own draws no new ones; trials of another instance say nothing of this one
        if comparing.same_trials(found, again) or not comparing.same_claim(found, again):
            break
        found = comparing.pooled(found, again)
    return found


def both_sides(f: Followed, context: Context, method: str = "trajectory") -> Evidence:
    """Judge two measured sides, entry by entry; beyond 1e-6 of their size a difference refutes.

    Errors of the sides count against the statement, and against its refutation.
    """
    left, right, error = np.broadcast_arrays(
        np.asarray(f.left, dtype=float),
        np.asarray(f.right, dtype=float),
        np.asarray(f.left_error, dtype=float) + np.asarray(f.right_error, dtype=float),
    )
    if left.size == 0:
        said = "the run has no steps"
        return Evidence(method, Verdict.UNDECIDED, said, seed=context.seed, reason=Reason.NOTHING_MEASURED)
    known = np.isfinite(left) & np.isfinite(right) & np.isfinite(error) & (error >= 0)
    if not known.all():
        first = int(np.argwhere(~known)[0][0]) if left.ndim else 0
        said, there = f"NaN or infinity at step {first} ({f.about})", Witness(f"step {first}", None, {"step": first})
        return Evidence(method, Verdict.ERROR, said, at=there, reason=Reason.NO_VALUE)
    gap = np.abs(left - right) if f.relation == "=" else left - right
    excess = gap + error
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape)
    residual = float(excess[worst])
    scale = max(float(np.max(np.abs(left))), float(np.max(np.abs(right))), 1e-12)
    sure = float(np.max(gap - error))
    at: Witness | None = None
    why, nearest = None, ""
    if residual <= f.tolerance:
        verdict = Verdict.VERIFIED
    elif sure > max(REFUTES * scale, f.tolerance):
        verdict = Verdict.REFUTED
        worst = np.unravel_index(int(np.argmax(gap - error)), excess.shape)
        at = at_place(_place(worst), float(left[worst]), float(right[worst]), f.relation, float(error[worst]))
    else:
        verdict, why = Verdict.UNDECIDED, Reason.COARSE
        place = ", ".join(f"{name} {number}" for name, number in _place(worst).items())
        nearest = f"; open at {place}: {left[worst]:.10g} and {right[worst]:.10g}"
        nearest += f" ± {error[worst]:.3g}" if error[worst] else ""
    return Evidence(
        method,
        verdict,
        f"{f.about}; {left.size} comparisons{nearest}{slack(left, right) if f.relation == '<=' else ''}",
        residual=max(residual, 0.0),
        tolerance=f.tolerance,
        seed=context.seed,
        data=f.data,
        reason=why,
        at=at,
    )


def slack(left: Array, right: Array) -> str:
    """How far a bound lies above what it bounds, in words: a bound far away was not tested near equality.

    Empty where no entry of the left side is positive: a ratio says nothing there.
    """
    seen = (left > 0) & (right > 0) & np.isfinite(left) & np.isfinite(right)
    if not seen.any():
        return ""
    ratios = right[seen] / left[seen]
    least, most = (f"{float(v):.4g}" for v in (ratios.min(), ratios.max()))
    return f"; the larger side is {least if least == most else f'{least} to {most}'} times the smaller"


def _place(index: tuple[Any, ...]) -> dict[str, int | str]:
    """An index of measured sides: the step, and the run and what else they have axes for."""
    names = ("step", "run", *(f"axis {k}" for k in range(3, len(index) + 1)))
    return {name: int(i) for name, i in zip(names, index or (0,), strict=False)}


if TYPE_CHECKING:
    from checks.methods import Method, trajectory

    _method: Method = trajectory

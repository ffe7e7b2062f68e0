"""Method `trajectory`: a relation held along real training runs, at every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from checks.context import Context
from checks.readings import Followed, Reading
from checks.verdicts import Evidence, Verdict
from derivations.statements import Statement

REFUTES = 1e-6


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Statements with a reading along a run."""
    return any(r.method == "trajectory" for r in readings)


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Judge each run: both sides at every step, against what rounding explains."""
    found = (r.measure(context) for r in readings if r.method == "trajectory")
    return [both_sides(f, context) for f in found if isinstance(f, Followed)]


def both_sides(f: Followed, context: Context) -> Evidence:
    """Judge two measured sides, entry by entry; beyond 1e-6 of their size a difference refutes."""
    left, right = np.broadcast_arrays(np.asarray(f.left, dtype=float), np.asarray(f.right, dtype=float))
    if left.size == 0:
        return Evidence("trajectory", Verdict.UNDECIDED, "the run has no steps", seed=context.seed)
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        first = int(np.argwhere(~(np.isfinite(left) & np.isfinite(right)))[0][0])
        return Evidence(
            "trajectory", Verdict.ERROR, f"NaN or infinity at step {first} ({f.about})", witness=f"step {first}"
        )
    excess = np.abs(left - right) if f.relation == "=" else left - right
    worst = np.unravel_index(int(np.argmax(excess)), excess.shape)
    residual = float(excess[worst])
    scale = max(float(np.max(np.abs(left))), float(np.max(np.abs(right))), 1e-12)
    if residual <= f.tolerance:
        verdict, witness = Verdict.VERIFIED, None
    else:
        verdict = Verdict.REFUTED if residual > max(REFUTES * scale, f.tolerance) else Verdict.UNDECIDED
        place = "step " + ", run ".join(map(str, worst))
        witness = f"{place}: {left[worst]:.10g} {'≠' if f.relation == '=' else '>'} {right[worst]:.10g}"
    detail = f"{f.about}; {left.size} comparisons"
    return Evidence(
        "trajectory",
        verdict,
        detail,
        residual=max(residual, 0.0),
        tolerance=f.tolerance,
        witness=witness,
        seed=context.seed,
        data=f.data,
    )


if TYPE_CHECKING:
    from checks.methods import Method, trajectory

    _method: Method = trajectory

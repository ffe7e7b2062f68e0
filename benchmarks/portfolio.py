"""Each prover of the portfolio by itself on the problems of `benchmarks.inequalities`: the order and the budgets."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.inequalities import problems
from benchmarks.timing import Note
from checks.provers.portfolio import STAGES, Answer, Stage, answer
from checks.store.results import environment, write_atomically
from derivations.outcomes.budget import fresh
from derivations.statements import Bound

RESULTS = Path(__file__).parent / "results" / "portfolio.json"


def asked(stage: Stage, bound: Bound) -> tuple[Answer, float]:
    """What one prover alone finds of a bound, and in how many seconds of the processor."""
    fresh()
    started = time.process_time()
    found = answer(bound.upper - bound.lower, bound.domain, bound.sharp_at, (stage,))
    return found, time.process_time() - started


def measured(stage: Stage, bounds: dict[str, Bound]) -> dict[str, Any]:
    """How many of the bounds a prover decides, which it alone does not say, and its times."""
    found = {name: asked(stage, bound) for name, bound in bounds.items()}
    proved = {name: seconds for name, (a, seconds) in found.items() if a.proof is not None}
    failed = [seconds for name, (_, seconds) in found.items() if name not in proved]
    return {
        "prover": stage.name,
        "steps": stage.steps,
        "proved": len(proved),
        "of": len(bounds),
        "seconds of a proof": _middle(list(proved.values())),
        "seconds of no proof": _middle(failed),
        "most": round(max((s for _, s in found.values()), default=0.0), 2),
        "names": sorted(proved),
    }


def _middle(seconds: list[float]) -> float | None:
    return round(statistics.median(seconds), 3) if seconds else None


def portfolio(quick: bool) -> Iterator[Note]:
    """The job of `make bench`: a row for each prover, in the order in which they are asked."""
    bounds = {n: p.statement for n, p in problems().items() if isinstance(p.statement, Bound)}
    bounds = dict(list(bounds.items())[:: 12 if quick else 1])
    rows = []
    for stage in STAGES:
        rows.append(measured(stage, bounds))
        row = rows[-1]
        yield Note(
            f"{row['prover']}: {row['proved']} of {row['of']} proved, {row['seconds of a proof']} s a proof, "
            f"{row['seconds of no proof']} s where none was found, {row['most']} s at most"
        )
    only = {row["prover"]: sorted(_alone(row, rows)) for row in rows}
    if not quick:
        data = {"environment": {**environment(), "cores": os.cpu_count()}, "provers": rows, "proved by one only": only}
        write_atomically(RESULTS, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    for name, alone in only.items():
        yield Note(f"{name} alone proves {len(alone)}: {', '.join(alone) or '-'}")


def _alone(row: dict[str, Any], rows: list[dict[str, Any]]) -> set[str]:
    """What no other prover proves."""
    others = {name for other in rows if other is not row for name in other["names"]}
    return set(row["names"]) - others

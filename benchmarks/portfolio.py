"""Each prover of the portfolio by itself on the problems of `benchmarks.inequalities`: the order and the budgets.

`python -m benchmarks.portfolio --every 4` measures one problem of four, and writes the table as the whole job does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.inequalities import problems
from benchmarks.timing import Note
from checks.provers.portfolio import STAGES, Answer, Stage, answer
from checks.store.results import environment, write_atomically
from derivations.outcomes.budget import fresh
from derivations.statements import Bound

RESULTS = Path(__file__).parent / "results" / "portfolio.json"
QUICK = 12
"""One problem of so many is measured in a quick run, which writes nothing."""


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
    yield from rows(QUICK if quick else 1, writes=not quick)


def rows(every: int, writes: bool = True) -> Iterator[Note]:
    """Measure the provers one by one on one problem of so many; the table is written when all are done.

    Args:
        every: One problem of so many is taken, in the order of their names.
        writes: Whether the table is written to the results.
    """
    bounds = {n: p.statement for n, p in problems().items() if isinstance(p.statement, Bound)}
    bounds = dict(list(bounds.items())[::every])
    found: list[dict[str, Any]] = []
    for stage in STAGES:
        found.append(measured(stage, bounds))
        row = found[-1]
        yield Note(
            f"{row['prover']}: {row['proved']} of {row['of']} proved, {row['seconds of a proof']} s a proof, "
            f"{row['seconds of no proof']} s where none was found, {row['most']} s at most"
        )
    only = {row["prover"]: sorted(_alone(row, found)) for row in found}
    if writes:
        data = {
            "environment": {**environment(), "cores": os.cpu_count()},
            "every": every,
            "provers": found,
            "proved by one only": only,
        }
        write_atomically(RESULTS, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        write_atomically(RESULTS.with_suffix(".md"), table(found, every))
    for name, alone in only.items():
        yield Note(f"{name} alone proves {len(alone)}: {', '.join(alone) or '-'}")


def table(found: Sequence[dict[str, Any]], every: int) -> str:
    """The rows in Markdown, with what each prover adds to those before it.

    Args:
        found: What was measured, in the order in which the provers are asked.
        every: One problem of so many was taken.
    """
    of = f"every problem of {found[0]['of']}" if every == 1 else f"one problem of {every}, {found[0]['of']} in all"
    lines = [
        f"Each prover by itself on the bounds of the benchmark ({of}), in the order in which they are asked.",
        "Times are seconds of the processor, medians and the longest.",
        "",
        "| prover | budget in steps | proved | new | by it alone | a proof | no proof | most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    before: set[str] = set()
    for row in found:
        new = set(row["names"]) - before
        before |= new
        times = " | ".join("-" if row[t] is None else f"{row[t]:.3g}" for t in TIMES)
        counts = f"{row['steps']:,} | {row['proved']} | {len(new)} | {len(_alone(row, found))}"
        lines.append(f"| {row['prover']} | {counts} | {times} |")
    return "\n".join([*lines, "", f"Together they prove {len(before)} of {found[0]['of']}."]) + "\n"


TIMES = ("seconds of a proof", "seconds of no proof", "most")


def _alone(row: dict[str, Any], rows: list[dict[str, Any]]) -> set[str]:
    """What no other prover proves."""
    others = {name for other in rows if other is not row for name in other["names"]}
    return set(row["names"]) - others


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the table and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portfolio", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take one problem of N")
    for note in rows(parser.parse_args(arguments).every):
        print(note.text, flush=True)


if __name__ == "__main__":
    main()

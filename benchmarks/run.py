"""`make bench`: each job beside the plain way to do it; medians, JSON and a Markdown table.

`python -m benchmarks.run [JOB…] [--quick] [-o FOLDER]`. Every finding is on disk as soon as it is there; jobs that are
not run keep what an earlier run found, and one that fails says so and leaves the others alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.peers import NoPeer
from benchmarks.timing import Finding, Note, Row, Slope
from checks.store.results import environment, write_atomically

RESULTS = Path(__file__).parent / "results"
JOBS = {
    "start": "command",
    "check": "command",
    "kernels": "kernels",
    "gram": "kernels",
    "curvature": "curvature",
    "stability": "stability",
    "duals": "balls",
    "constants": "balls",
    "symbolic": "symbolic",
    "training": "training",
    "growth": "growth",
    "statements": "statements",
    "inequalities": "inequalities.run",
    "portfolio": "portfolio",
}
"""Each job by the module of this package that has a function of its name: from `quick` to findings, one by one."""

Job = Callable[[bool], Iterator[Finding]]


def job_named(name: str) -> Job:
    """The function of a job."""
    found: Job = getattr(import_module(f"benchmarks.{JOBS[name]}"), name)
    return found


def data_of(finding: Finding) -> dict[str, Any]:
    """A finding as JSON data."""
    match finding:
        case Row():
            known = {"job": finding.job, "ours": finding.ours, "peer": finding.peer, "theirs": _number(finding.theirs)}
            known |= {"ratio": _number(finding.ratio), "unit": finding.unit}
            return known | ({"wanted": finding.wanted, "met": finding.met} if finding.wanted is not None else {})
        case Slope():
            known = {"cost": finding.cost, "sizes": finding.sizes, "costs": finding.costs, "unit": finding.unit}
            return known | {"exponent": finding.exponent, "expected": finding.expected}
        case Note():
            return {"note": finding.text}


def _number(x: float) -> float | None:
    return x if x == x and abs(x) != float("inf") else None


def run_jobs(names: Sequence[str], folder: Path, quick: bool, find: Callable[[str], Job] = job_named) -> list[str]:
    """Run jobs one after another and write what they find; returns the names of those that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = _read(folder / "bench.json")
    failed: list[str] = []
    for name in names:
        print(f"{name}:", flush=True)
        entry: dict[str, Any] = {"environment": {**environment(), "cores": os.cpu_count()}, "findings": []}
        if quick:
            entry["quick"] = True
        kept[name] = entry
        start = time.perf_counter()
        try:
            for finding in find(name)(quick):
                entry["findings"].append(data_of(finding))
                print("  " + shown(entry["findings"][-1]), flush=True)
                write(folder, kept)
        except NoPeer as error:
            entry["findings"].append({"note": str(error)})
            print(f"  {error}", flush=True)
        except Exception as error:  # the others go on
            entry["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
            failed.append(name)
            print(f"  failed: {entry['error']}", flush=True)
        entry["seconds"] = round(time.perf_counter() - start, 1)
        write(folder, kept)
    return failed


def _read(path: Path) -> dict[str, Any]:
    try:
        jobs = json.loads(path.read_text(encoding="utf-8"))["jobs"]
        return {name: jobs[name] for name in JOBS if isinstance(jobs.get(name), dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(folder: Path, jobs: Mapping[str, Mapping[str, Any]]) -> None:
    """Write bench.json and bench.md, each in one move."""
    ordered = {name: jobs[name] for name in (*JOBS, *(n for n in jobs if n not in JOBS)) if name in jobs}
    text = json.dumps({"schema": 2, "jobs": ordered}, indent=1, ensure_ascii=False)
    write_atomically(folder / "bench.json", text + "\n")
    write_atomically(folder / "bench.md", markdown(ordered))


def shown(found: Mapping[str, Any]) -> str:
    """A finding on one line."""
    if "note" in found:
        return str(found["note"])
    if "cost" in found:
        return f"{found['cost']}: exponent {found['exponent']:.2f}, at most {found['expected']:g} expected"
    against = f"{_figure(found['theirs'], found['unit'])} of {found['peer']}, ratio {_figure(found['ratio'])}"
    return f"{found['job']}: {_figure(found['ours'], found['unit'])} against {against}"


def _figure(x: float | None, unit: str = "") -> str:
    if x is None:
        return "-"
    text = f"{x:.3g}" if abs(x) < 1000 else f"{x:,.0f}"
    return f"{text} {unit}".strip()


def markdown(jobs: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables: comparisons, growth, notes."""
    every = [(name, found) for name, job in jobs.items() for found in job["findings"]]
    rows = [f for _, f in every if "job" in f]
    lines = ["| job | ours | peer | peer's | ratio | wanted |", "| --- | --- | --- | --- | --- | --- |"]
    for f in rows:
        wanted = (
            f"≥ {f['wanted']:g}{'' if f['met'] else ': not met' if f['met'] is False else ''}" if "wanted" in f else ""
        )
        cells = (
            f["job"],
            _figure(f["ours"], f["unit"]),
            f["peer"],
            _figure(f["theirs"], f["unit"]),
            _figure(f["ratio"]),
        )
        lines.append("| " + " | ".join((*cells, wanted)) + " |")
    slopes = [f for _, f in every if "cost" in f]
    if slopes:
        lines += ["", "| cost | sizes | measured | exponent | expected at most |", "| --- | --- | --- | --- | --- |"]
    for f in slopes:
        costs = ", ".join(_figure(c) for c in f["costs"]) + f" {f['unit']}"
        sizes = ", ".join(f"{n:,}" for n in f["sizes"])
        lines.append(f"| {f['cost']} | {sizes} | {costs} | {f['exponent']:.2f} | {f['expected']:g} |")
    notes = [f"- {f['note']}" for _, f in every if "note" in f]
    notes += [f"- {name}: failed, {job['error']}" for name, job in jobs.items() if "error" in job]
    notes += [f"- {name}: quick, smaller than the full run" for name, job in jobs.items() if job.get("quick")]
    if notes:
        lines += ["", *notes]
    known = {json.dumps(job["environment"], sort_keys=True): job["environment"] for job in jobs.values()}
    for machine in known.values():
        lines += ["", ", ".join(f"{name} {value}" for name, value in machine.items())]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the jobs of the command line; exit code 1 if a job failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure against plain peers.")
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, into build/bench")
    parser.add_argument("-o", type=Path, default=None, metavar="FOLDER", help="where bench.json and bench.md go")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.jobs if name not in JOBS]
    if unknown:
        parser.error(f"no job '{unknown[0]}'; there are {', '.join(JOBS)}")
    folder = given.o or (RESULTS.parent.parent / "build" / "bench" if given.quick else RESULTS)
    return 1 if run_jobs(given.jobs or list(JOBS), folder, given.quick) else 0


if __name__ == "__main__":
    sys.exit(main())

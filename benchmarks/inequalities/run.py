"""`make bench JOBS=inequalities`: who proves how many of the problems, how fast, how surely, and which twins pass.

`python -m benchmarks.inequalities.run [--only lemmata,z3] [--select 'field.*'] [--claims true] [-o FILE]` runs a
part of it and prints a line for each statement; what FILE has of the others stays.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.inequalities import GROUPS, Problem, problems
from benchmarks.inequalities.provers import LIMITS, NAMES, OPEN, PROVED, REFUTED, answered, prover, warm
from benchmarks.peers import NoPeer
from benchmarks.timing import Note
from checks.store.results import environment, write_atomically
from derivations.statements import Statement

RESULTS = Path(__file__).parent.parent / "results"
QUICK = "*.[abc]*"
"""The problems of a quick run, by their first letters."""

SAID = 240
"""How much of what a prover says is kept."""

Record = dict[str, Any]


def chosen(select: Sequence[str]) -> dict[str, Problem]:
    """The problems whose names match one of the patterns; all without patterns."""
    return {n: p for n, p in problems().items() if not select or any(fnmatch.fnmatch(n, s) for s in select)}


CLAIMS = {"all": (True, False), "true": (True,), "false": (False,)}
"""Which claims are run: the problems, their twins, or both."""


def claims(wanted: Mapping[str, Problem], which: str = "all") -> Iterator[tuple[str, bool, Statement]]:
    """Each statement by its name, and whether it is true: the problems, then their twins."""
    for name, problem in wanted.items() if True in CLAIMS[which] else ():
        yield name, True, problem.statement
    for name, problem in wanted.items() if False in CLAIMS[which] else ():
        for i, twin in enumerate(problem.twins, 1):
            yield f"{name}~{i}", False, twin.statement


def measured(
    who: str, wanted: Mapping[str, Problem], which: str = "all", limit: float | None = None
) -> Iterator[Record]:
    """What a prover says of each problem and twin, one by one; raises NoPeer where there is no such prover."""
    decide = prover(who)
    warm(who)
    for name, true, statement in claims(wanted, which):
        found = answered(decide, statement, limit or LIMITS[who])
        yield {
            "name": name,
            "true": true,
            "verdict": found.verdict,
            "assurance": found.assurance,
            "seconds": round(found.seconds, 3),
            "said": found.said[:SAID],
        }


def line(record: Record) -> str:
    """A record on one line, marked where it is wrong."""
    wrong = (record["verdict"] == PROVED) if not record["true"] else (record["verdict"] == REFUTED)
    kind = "WRONG" if wrong else ("true" if record["true"] else "twin")
    head = f"{kind:5} {record['name']:36} {record['verdict']:12} {record['assurance']:9} {record['seconds']:7.2f} s"
    return f"{head}  {record['said'][:160]}" if record["verdict"] == OPEN or wrong else head


def summary(records: Sequence[Record]) -> Record:
    """The figures of one prover: how many proved, by class and by assurance, the times, and the twins accepted."""
    true, false = ([r for r in records if r["true"] is t] for t in (True, False))
    proved = [r for r in true if r["verdict"] == PROVED]
    times = sorted(r["seconds"] for r in true)
    return {
        "problems": len(true),
        "proved": len(proved),
        "by class": {g: [_count(proved, g), _count(true, g)] for g in GROUPS if _count(true, g)},
        "assurance": dict(Counter(r["assurance"] for r in proved if r["assurance"])),
        "true refuted": sum(r["verdict"] == REFUTED for r in true),
        "twins": len(false),
        "twins refuted": sum(r["verdict"] == REFUTED for r in false),
        "twins accepted": sum(r["verdict"] == PROVED for r in false),
        "seconds": {"median": _at(times, 0.5), "95 %": _at(times, 0.95), "max": _at(times, 1.0)},
        "seconds of proofs": statistics.median([r["seconds"] for r in proved]) if proved else None,
    }


def _count(records: Sequence[Record], group: str) -> int:
    return sum(r["name"].startswith(f"{group}.") for r in records)


def _at(times: Sequence[float], share: float) -> float | None:
    """The time within which a share of the statements is done."""
    return times[min(len(times) - 1, max(0, round(share * len(times)) - 1))] if times else None


def table(found: Mapping[str, Record]) -> str:
    """The comparison in Markdown: a row for each class, a column for each prover."""
    names = list(found)
    lines = ["| class | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    groups = {g for f in found.values() for g in f["by class"]}
    for group in (g for g in GROUPS if g in groups):
        counts = [f["by class"].get(group, [0, 0]) for f in found.values()]
        lines.append(
            f"| {GROUPS[group]} ({max(c[1] for c in counts)}) | " + " | ".join(str(c[0]) for c in counts) + " |"
        )
    columns = [_figures(f) for f in found.values()]
    lines += [
        f"| {title} | " + " | ".join(c[title] for c in columns) + " |" for title in (columns[0] if columns else ())
    ]
    return "\n".join(lines) + "\n"


def _figures(f: Record) -> dict[str, str]:
    """What stands under the classes in a prover's column."""
    return {
        "**proved**": f"**{f['proved']} of {f['problems']}**",
        "how surely": ", ".join(f"{n} {a}" for a, n in f["assurance"].items()) or "-",
        "false twins refuted": f"{f['twins refuted']} of {f['twins']}",
        "false twins accepted": str(f["twins accepted"]),
        "seconds: median, 95 %, most": ", ".join("-" if t is None else f"{t:.2g}" for t in f["seconds"].values()),
    }


def write(path: Path, runs: Mapping[str, Sequence[Record]], missing: Mapping[str, str]) -> None:
    """Write what was found as JSON, and the table beside it."""
    found = {who: summary(records) for who, records in runs.items() if records}
    data = {
        "schema": 1,
        "environment": {**environment(), "cores": os.cpu_count()},
        "limits": {who: LIMITS[who] for who in runs},
        "missing": dict(missing),
        "summary": found,
        "statements": {who: list(records) for who, records in runs.items()},
    }
    write_atomically(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    notes = "".join(f"\n{text}\n" for text in missing.values())
    write_atomically(path.with_suffix(".md"), table(found) + notes)


def read(path: Path) -> dict[str, list[Record]]:
    """The records of an earlier run, by prover; none where there is no such file."""
    try:
        found: dict[str, list[Record]] = json.loads(path.read_text(encoding="utf-8"))["statements"]
    except (OSError, ValueError, KeyError):
        return {}
    return found


def merged(kept: Mapping[str, Sequence[Record]], new: Mapping[str, Sequence[Record]]) -> dict[str, list[Record]]:
    """New records in the place of earlier ones, in the order of the problems; claims that are no more are left out."""
    found: dict[str, list[Record]] = {}
    for who in (name for name in NAMES if name in kept or name in new):
        by_name = {r["name"]: r for r in (*kept.get(who, ()), *new.get(who, ()))}
        found[who] = [by_name[name] for name, _, _ in claims(problems()) if name in by_name]
    return found


def inequalities(quick: bool) -> Iterator[Note]:
    """The job of `make bench`: every prover that can be had, on every problem and twin."""
    wanted = chosen([QUICK] if quick else [])
    runs: dict[str, list[Record]] = {}
    missing: dict[str, str] = {}
    folder = RESULTS.parent.parent / "build" / "bench" if quick else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    for who in NAMES:
        try:
            runs[who] = list(measured(who, wanted))
        except NoPeer as error:
            missing[who] = str(error)
            yield Note(str(error))
            continue
        write(folder / "inequalities.json", runs, missing)
        f = summary(runs[who])
        yield Note(
            f"{who}: {f['proved']} of {f['problems']} proved, {f['twins refuted']} of {f['twins']} twins refuted and "
            f"{f['twins accepted']} accepted, median {f['seconds']['median']} s, most {f['seconds']['max']} s"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run provers of the command line; exit code 1 if one accepted a twin or refuted a problem."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.inequalities.run", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--only", default="lemmata", help=f"provers, separated by commas: {', '.join(NAMES)}; or all")
    parser.add_argument("--select", nargs="*", default=[], metavar="GLOB", help="names such as 'field.*' or '*log*'")
    parser.add_argument("--claims", choices=list(CLAIMS), default="all", help="problems, false twins, or both")
    parser.add_argument(
        "-o", type=Path, default=None, metavar="FILE", help="where the JSON goes; a table lies beside it"
    )
    parser.add_argument("--limit", type=float, default=None, metavar="SECONDS", help="of processor time a statement")
    given = parser.parse_args(arguments)
    who = NAMES if given.only == "all" else tuple(given.only.split(","))
    if unknown := [name for name in who if name not in NAMES]:
        parser.error(f"no prover '{unknown[0]}'; there are {', '.join(NAMES)}")
    wanted = chosen(given.select)
    if not wanted:
        parser.error(f"no problem matches {' '.join(given.select)}")
    runs: dict[str, list[Record]] = {}
    missing: dict[str, str] = {}
    kept = read(given.o) if given.o else {}
    for name in who:
        runs[name] = []
        try:
            for record in measured(name, wanted, given.claims, given.limit):
                runs[name].append(record)
                print(line(record), flush=True)
                if given.o:
                    write(given.o, merged(kept, runs), missing)
        except NoPeer as error:
            missing[name] = str(error)
            print(error)
    found = {name: summary(records) for name, records in runs.items() if records}
    print("\n" + table(found))
    if given.o:
        write(given.o, merged(kept, runs), missing)
    return 1 if any(f["twins accepted"] or f["true refuted"] for f in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

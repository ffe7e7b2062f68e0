"""`python -m benchmarks.soak alarms|kills|functions|calculus|enclosures|models`: many seeds without a false word.

All keep what they have done in `build/soak/` and go on from there; what they found is written to `results/soak-*.txt`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzzing import FUZZERS, fuzz
from checks.collect import Item, collect, readings_for, resolve
from checks.errors import UsageError
from checks.lock import read_lock
from checks.memory import Shelf
from checks.methods import applicable
from checks.runner import Options, check_item, parse_methods
from checks.verdicts import Verdict

WORK = Path("build/soak")
RESULTS = Path(__file__).parent / "results"
SAMPLED = ("sampling",)
PAPER = """
import time
import numpy as np
from sympy import cos, sin, symbols
from checks.readings import Followed, Reading
from derivations import Identity, Paper
x = symbols("x", real=True)
paper = Paper("soak", statements=tuple(Identity(f"s{i}", sin(i * x) ** 2 + cos(i * x) ** 2, 1) for i in range(1, 41)))
def followed(context):
    time.sleep(0.05)
    values = context.rng("values").normal(size=3)
    return Followed(values, values, "=", 0.0, "exact")
READINGS = {s.slug: Reading("trajectory", followed, both_sides=True) for s in paper.statements}
"""


# false alarms


def alarms(seeds: int, patterns: Sequence[str], jobs: int, methods: Sequence[str] = SAMPLED) -> str:
    """Check statements by some methods alone, each seed one statement in turn; a line on what the verdicts were."""
    from joblib import Parallel, delayed

    items = [i for i in collect(list(patterns)) if set(methods) & set(applicable(resolve(i), readings_for(i)))]
    if not items:
        raise UsageError(f"no method among {', '.join(methods)} applies to these statements")
    shelf = Shelf(" ".join(("alarms", *(methods if methods != SAMPLED else ()))), WORK / "alarms.sqlite")
    known = shelf.all()
    wanted = [(items[seed % len(items)], seed) for seed in range(seeds)]
    left = [(item, seed) for item, seed in wanted if f"{item.id} {seed}" not in known]
    started = time.monotonic()
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    for count, (key, found) in enumerate(parallel(delayed(_found)(item, seed, methods) for item, seed in left), 1):
        known[key] = found
        shelf.put({key: found})
        if count % 500 == 0 or found["verdict"] in ("refuted", "error"):
            print(f"{count}/{len(left)}  {key}: {found['verdict']} {found['detail']}", flush=True)
    mine = {key: known[key] for item, seed in wanted for key in [f"{item.id} {seed}"]}
    verdicts = Counter(entry["verdict"] for entry in mine.values())
    told = ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items()))
    bad = [f"{key}: {entry['detail']}" for key, entry in mine.items() if entry["verdict"] in ("refuted", "error")]
    seconds = time.monotonic() - started
    by = ", ".join(methods)
    return "\n".join([f"{len(mine)} seeds over {len(items)} statements by {by}: {told} ({seconds:.0f} s now)", *bad])


def _found(item: Item, seed: int, methods: Sequence[str]) -> tuple[str, dict[str, str]]:
    result = check_item(item, Options(methods=tuple(methods), seed=seed))
    by = Counter(e.verdict.value for e in result.evidence)
    worst = next((v.value for v in (Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED) if by[v.value]), "verified")
    detail = "; ".join(e.detail for e in result.evidence if e.verdict.value == worst and worst != "verified")
    return f"{item.id} {seed}", {"verdict": worst, "detail": detail}


# kills


@dataclass(frozen=True)
class Killed:
    """One run that was killed: after how long, and what had been said to be finished by then."""

    command: str
    after: float
    finished: tuple[str, ...]


def kills(times: int, seed: int = 0, longest: float = 4.0) -> str:
    """Kill `check` and `lock` in turn at random moments; a line on what was lost, which must be nothing."""
    draw = random.Random(seed)
    problems: list[str] = []
    done: list[Killed] = []
    for count in range(times):
        folder = WORK / f"kills-{os.getpid()}" / str(count)
        folder.mkdir(parents=True)
        (folder / "soak.py").write_text(PAPER)
        command = "lock" if count % 2 else "check"
        for again in range(2):  # the second run starts from what the first left behind
            killed = _killed(folder, command, draw.uniform(0.0, longest), once_begun=count % 4 < 2)
            done.append(killed)
            problems += [f"kill {count}.{again}, {command}: {p}" for p in _losses(folder, killed)]
        if (count + 1) % 10 == 0:
            print(f"{2 * (count + 1)} kills, {len(problems)} problems", flush=True)
    lost = sum(len(k.finished) for k in done)
    middle = sum(1 for k in done if 0 < len(k.finished) < 40)
    head = f"{len(done)} kills, {middle} of them between the first and the last of 40 results; {lost} results"
    return "\n".join([f"{head} were finished before, {len(problems)} problems", *problems])


def _killed(folder: Path, command: str, after: float, once_begun: bool) -> Killed:
    """Start a run and kill it `after` seconds, or so long after its first result."""
    arguments = ["soak.py", "--jobs", "2", *(["--json", "r.json"] if command == "check" else [])]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUNBUFFERED": "1"}
    with (folder / "out.txt").open("w") as out:
        run = subprocess.Popen(
            [sys.executable, "-m", "checks", command, *arguments],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while once_begun and run.poll() is None and (folder / "out.txt").stat().st_size == 0:
            time.sleep(0.02)
        try:
            run.wait(timeout=after)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
    lines = (line.split() for line in (folder / "out.txt").read_text().splitlines())
    finished = tuple(w[2] for w in lines if len(w) == 5 and "/" in w[0] and w[1] == "verified")
    return Killed(command, after, finished)


def _losses(folder: Path, killed: Killed) -> Iterator[str]:
    """What a killed run has lost or left half-written."""
    remembered = Shelf("results 1", folder / ".lemmata" / "memory.sqlite").all()
    missing = [id for id in killed.finished if id not in remembered]
    if missing:
        yield f"{len(missing)} finished results are not remembered, {missing[0]} for one"
    kept = {entry["id"] for entry in Shelf("evidence", folder / ".lemmata" / "cache.sqlite").all().values()}
    # a result is told after it is remembered and cached, so that of what was told nothing may be missing
    if not set(killed.finished) <= kept:
        yield f"{len(set(killed.finished) - kept)} finished results would be found again"
    report = folder / "r.json"
    if report.exists():
        try:
            json.loads(report.read_text())
        except ValueError as error:
            yield f"the report is damaged: {error}"
    lock = folder / "lemmata.lock"
    if lock.exists():
        try:
            read_lock(lock)
        except UsageError as error:
            yield f"the lock is damaged: {error}"
    if any(path.suffix == ".damaged" for path in (folder / ".lemmata").glob("*")):
        yield "a store was set aside as damaged"


def main() -> None:
    """Run one of them, and keep its lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("what", choices=("alarms", "kills", *FUZZERS))
    parser.add_argument("patterns", nargs="*", help="statements; by default all to which the methods apply")
    parser.add_argument("--method", help="of alarms: methods, separated by commas; by default sampling")
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=100, help="folders, in each of which two runs are killed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    methods = parse_methods(given.method) or SAMPLED
    match given.what:
        case "alarms":
            text = alarms(given.seeds, given.patterns, given.jobs, methods)
        case "kills":
            text = kills(given.times)
        case name:
            text = fuzz(name, given.seeds, given.jobs, WORK)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    name = "-".join((given.what, *(methods if methods != SAMPLED else ())))
    (RESULTS / f"soak-{name}.txt").write_text(text + "\n")
    sys.exit(0 if "\n" not in text else 1)


if __name__ == "__main__":
    main()

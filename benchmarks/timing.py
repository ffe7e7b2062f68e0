"""What a benchmark finds: a comparison, an exponent, or a line; and how time and memory are measured."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SAMPLE = 0.1
"""Seconds between two looks at the memory of processes, at least."""
SHARE = 50
"""The pause before the next look, as a multiple of the processor time of a look."""


@dataclass(frozen=True)
class Row:
    """One comparison; the peer's figure is scaled to the same amount of work, in the same unit.

    `wanted` is the ratio, peer to ours, that is to be reached; None if none was set.
    """

    job: str
    ours: float
    peer: str
    theirs: float
    unit: str = "s"
    wanted: float | None = None

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the wanted ratio is reached; None if none was set or the peer has no figure."""
        return None if self.wanted is None or not np.isfinite(self.theirs) else self.ratio >= self.wanted


@dataclass(frozen=True)
class Slope:
    """How a cost grows with a size, and what its exponent should be at most.

    `base` is what is paid at any size, such as starting a process: the exponent is that of the cost above it. Costs
    less than a quarter above it say nothing; with fewer than two others it does not grow, and the exponent is 0.
    """

    cost: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]
    expected: float
    unit: str = "s"
    base: float = 0.0

    @property
    def exponent(self) -> float:
        above = [(n, c - self.base) for n, c in zip(self.sizes, self.costs, strict=True) if c > 1.25 * self.base]
        return exponent(*zip(*above, strict=True)) if len(above) > 1 else 0.0


@dataclass(frozen=True)
class Note:
    """A line of text under the tables."""

    text: str


Finding = Row | Slope | Note


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of log cost against log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def median_time(job: Callable[[], object], repeats: int = 5) -> float:
    """The median wall time of a job, after one run to warm up."""
    job()
    return statistics.median(seconds(job) for _ in range(repeats))


def side_by_side(ours: Callable[[], object], theirs: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Median times of two jobs that take turns, so that another load on the machine meets both."""
    ours(), theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    mine, other = zip(*times, strict=True)
    return statistics.median(mine), statistics.median(other)


def seconds(job: Callable[[], object]) -> float:
    """The wall time of one run."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


@dataclass(frozen=True)
class Ran:
    """A command that ran: its wall time, the peak memory of it and all its children, its exit code and output."""

    seconds: float
    peak_mb: float
    code: int
    out: str


def run(command: Sequence[str | Path], cwd: Path | None = None, timeout: float = 1800.0) -> Ran:
    """Run a command to its end while its memory is watched; raises TimeoutExpired after ending it."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak, over = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.is_set():
            began = time.thread_time()
            peak = max(peak, tree_mb(process.pid))
            # looking at gigabytes costs milliseconds of the same cores
            over.wait(max(SAMPLE, SHARE * (time.thread_time() - began)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        out, _ = process.communicate(timeout=timeout)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        over.set()
        watcher.join()
    return Ran(time.perf_counter() - start, peak, process.returncode, out)


def peak_mb() -> float:
    """The most memory that this process had, in MB; `ru_maxrss` would begin with what its parent had."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def tree_mb(pid: int) -> float:
    """Memory of a process and its descendants in MB, what several of them share counted once."""
    parents: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                parent = int(Path(entry.path, "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    waiting, total = [pid], 0.0
    while waiting:
        one = waiting.pop()
        waiting += parents.get(one, ())
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total

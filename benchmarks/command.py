"""The command as a user meets it: starting, checking everything for the first time and again, and its memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import Note, Ran, Row, median_time, run

COMMAND = Path(sys.executable).with_name("lemmata")
COLD, WARM, MEMORY = 240.0, 3.0, 2048.0
"""What is wanted: seconds of a first check, seconds of one with nothing changed, MB of all its processes."""


def start(quick: bool) -> Iterator[Row]:
    """Starting the command, against starting Python with torch, which it avoids."""

    def job(*arguments: str | Path) -> Callable[[], object]:
        return lambda: subprocess.run([*map(str, arguments)], check=True, capture_output=True, cwd=folder)

    with tempfile.TemporaryDirectory() as folder:
        bare = median_time(job(sys.executable, "-c", "import torch"))
        plain = median_time(job(sys.executable, "-c", "import sympy"))
        yield Row("lemmata --help", median_time(job(COMMAND, "--help")), "python -c 'import torch'", bare)
        yield Row("lemmata list", median_time(job(COMMAND, "list")), "python -c 'import torch'", bare)
        yield Row("lemmata list", median_time(job(COMMAND, "list")), "python -c 'import sympy'", plain)
        first = run([COMMAND, "list", "--json"], Path(_fresh(folder, "first")))
        yield Row("lemmata list, with nothing kept", first.seconds, "python -c 'import torch'", bare)


def _fresh(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


def check(quick: bool) -> Iterator[Row | Note]:
    """Every statement for the first time, and again with nothing changed, in a folder of its own."""
    arguments = ["liu2019.gap-*"] if quick else []
    with tempfile.TemporaryDirectory() as folder:
        cold = run([COMMAND, "check", *arguments], Path(folder))
        yield Row("lemmata check, cold", cold.seconds, f"{COLD:g} s wanted", COLD, wanted=1.0)
        yield Row("lemmata check, cold, peak memory", cold.peak_mb, f"{MEMORY:g} MB wanted", MEMORY, "MB", 1.0)
        yield Note(f"cold: {_last(cold)}")
        warm = sorted((run([COMMAND, "check", *arguments], Path(folder)) for _ in range(3)), key=lambda r: r.seconds)[1]
        yield Row("lemmata check, warm", warm.seconds, f"{WARM:g} s wanted", WARM, wanted=1.0)
        yield Row("lemmata check, warm, peak memory", warm.peak_mb, f"{MEMORY:g} MB wanted", MEMORY, "MB", 1.0)
        yield Note(f"warm: {_last(warm)}")


def _last(ran: Ran) -> str:
    """Its exit code and the line that counts the verdicts."""
    counted = [line for line in ran.out.splitlines() if " verified" in line and " in " in line]
    return f"exit code {ran.code}, {counted[-1].strip() if counted else 'no verdicts'}"

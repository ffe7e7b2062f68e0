"""How the command grows with the number of statements: synthetic libraries, listed, checked, locked and reported."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.command import COMMAND
from benchmarks.synthetic import write_library
from benchmarks.timing import Note, Row, Slope, run

LIST = 2.0
"""Seconds wanted for a list of the largest library."""
SIZES = (10, 100, 1000, 10_000)
VERBS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("list, first", ("list", "{file}"), 10_000),
    ("list, again", ("list", "{file}"), 10_000),
    ("list --json", ("list", "--json", "{file}"), 10_000),
    ("check --methods symbolic --json", ("check", "--methods", "symbolic", "--json", "out.json", "{file}"), 10_000),
    ("check again, from the cache", ("check", "--methods", "symbolic", "--json", "out.json", "{file}"), 10_000),
    ("lock", ("lock", "{file}", "-o", "synthetic.lock"), 1000),
    ("report", ("report", "--json", "out.json", "-o", "page", "{file}"), 1000),
)
"""What is run, and up to how many statements: what takes minutes there is not run at the larger sizes."""


def statements(quick: bool) -> Iterator[Slope | Row | Note]:
    """Time and peak memory by number of statements, and their exponents above the cost of starting."""
    found: dict[str, list[tuple[int, float, float]]] = {name: [] for name, _, _ in VERBS}
    for count in SIZES[: 2 if quick else None]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = write_library(folder, count).name
            for verb, arguments, most in VERBS:
                if count > (10 if quick else most):
                    continue
                ran = run([COMMAND, *(a.format(file=file) for a in arguments)], folder)
                if ran.code not in (0, 1):
                    yield Note(f"lemmata {verb} of {count} statements ends with exit code {ran.code}: {ran.out[-200:]}")
                    continue
                found[verb].append((count, ran.seconds, ran.peak_mb))
                if verb == "list, again" and count == SIZES[-1]:
                    peer = f"{LIST:g} s wanted"
                    yield Row(f"lemmata list of {count:,} statements, again", ran.seconds, peer, LIST, wanted=1.0)
    for verb, measured in found.items():
        if len(measured) > 1:
            sizes = tuple(n for n, _, _ in measured)
            # the smallest library costs little more than starting
            (_, least, small), *_ = measured
            yield Slope(f"lemmata {verb}, in statements", sizes, tuple(s for _, s, _ in measured), 1, base=least)
            yield Slope(f"lemmata {verb}, peak memory", sizes, tuple(m for _, _, m in measured), 1, "MB", small)

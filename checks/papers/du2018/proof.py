"""Random weights at the start of the proof of Theorems 5.1 and 6.1: the chances that its lemmas bound, sampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from checks.papers.facts.instances import Case, sampled
from checks.readings import Reading
from derivations.papers.du2018.notation import m
from derivations.papers.du2018.proof import start
from derivations.papers.du2018.proof.constants import d, delta, n
from derivations.statements import Statement


def _widths(rng: np.random.Generator) -> list[Case]:
    """Vectors of small widths, where the bound is nearest to the chance."""
    return [Case(sizes={m: width}) for width in (1, 2, 4, 9)]


def _shapes(rng: np.random.Generator) -> list[Case]:
    """Square and tall matrices."""
    return [Case(sizes={m: rows, d: columns}) for rows, columns in ((1, 1), (2, 1), (2, 2), (4, 3))]


def _shares(rng: np.random.Generator) -> list[Case]:
    """Chances of failure up to one, at which the tail is nearest to its bound, for features of several lengths."""
    vectors = (np.ones(1), np.array([0.5, -2.0]), rng.normal(size=5), np.array([1.0, 0.0, 0.0]))
    shares = ((0.99, 1), (0.5, 1), (0.9, 2), (0.9, 10))
    return [
        Case({delta: share, n: count, start.v: v}, sizes={m: len(v)})
        for (share, count), v in zip(shares, vectors, strict=True)
    ]


DRAWN: dict[str, Callable[[np.random.Generator], Sequence[Case]]] = {
    "start-weights-tail": _shapes,
    "start-output": _widths,
    "start-fourth": _widths,
    "start-outputs": _shares,
}
"""Who draws for a statement."""


def reading(statement: Statement) -> Reading:
    """The reading of a chance, or of a changed statement with its slug."""
    by = ("draws of the random weights", "the statement's right side")
    return Reading("trajectory", partial(sampled, statement, DRAWN[statement.slug]), by=by)


READINGS: dict[str, Reading] = {s.slug: reading(s) for s in start.STATEMENTS if s.slug in DRAWN}

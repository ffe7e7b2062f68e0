"""Random weights at the start of the proof of the convergence theorem: the chances that its lemmas bound, sampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from checks.papers.facts.instances import Case, sampled
from checks.readings import Reading
from derivations.papers.zhang2019.concentration import delta, n
from derivations.papers.zhang2019.notation import m
from derivations.papers.zhang2019.proof import products, start
from derivations.papers.zhang2019.proof.constants import y_max
from derivations.statements import Statement


def _norms(rng: np.random.Generator) -> list[Case]:
    """Small matrices and levels at which both chances are far from 0 and 1; a net is only needed for k ≥ 2."""
    drawn = []
    for rows, columns, level in ((1, 1, 0.7), (2, 1, 0.9), (2, 2, 1.2), (3, 2, 1.4), (3, 3, 1.6)):
        x = rng.standard_normal(columns)
        drawn.append(Case({products.t: level, products.x: x / np.linalg.norm(x)}, sizes={m: rows, products.k: columns}))
    return drawn


def _widths(rng: np.random.Generator) -> list[Case]:
    """Vectors of small widths, where the bound is nearest to the chance."""
    return [Case(sizes={m: width}) for width in (1, 2, 4, 9)]


def _shares(rng: np.random.Generator) -> list[Case]:
    """Chances of failure up to one, at which the tail is nearest to its bound."""
    pairs = ((0.99, 1), (0.5, 1), (0.9, 2), (0.9, 10))
    return [Case({delta: share, n: count, y_max: 1.0}) for share, count in pairs]


DRAWN: dict[str, Callable[[np.random.Generator], Sequence[Case]]] = {
    "net": _norms,
    "output-weights": _widths,
    "start-outputs": _shares,
}
"""Who draws for a statement."""


def reading(statement: Statement) -> Reading:
    """The reading of a chance, or of a changed statement with its slug."""
    by = ("draws of the random weights", "the statement's right side")
    return Reading("trajectory", partial(sampled, statement, DRAWN[statement.slug]), by=by)


READINGS: dict[str, Reading] = {
    s.slug: reading(s) for s in (*products.STATEMENTS, *start.STATEMENTS) if s.slug in DRAWN
}

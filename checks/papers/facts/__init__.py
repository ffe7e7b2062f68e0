"""Readings of the facts: functions of each class, and random numbers of each law, put into the statement itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from checks.context import Context
from checks.papers.facts import functions, laws
from checks.papers.facts.denials import DENIALS as DENIALS
from checks.papers.facts.instances import followed, sampled
from checks.papers.facts.quadrature import by_quadrature
from checks.readings import Measurement, Reading
from derivations.facts import PAPER
from derivations.statements import Statement

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "descent-lemma": functions.any_pairs,
    "descent-lower": functions.any_pairs,
    "descent-step": functions.any_pairs,
    "gradient-least": functions.any_pairs,
    "pl-step": functions.short_steps,
    "pl-linear-rate": functions.runs,
    "strong-convexity-pl": functions.pairs,
    "strong-convexity": functions.pairs,
    "cocoercivity": functions.pairs,
    "monotone-gradient": functions.pairs,
    "lipschitz-gradient": functions.any_pairs,
    "tangent": functions.pairs,
    "jensen-function": functions.pairs,
    "quadratic-growth": functions.from_the_minimiser,
    "convex-rate": functions.convex_runs,
    "affine-recursion": functions.affine,
    "telescoping": functions.telescoping,
    "telescoping-bound": functions.decreasing,
    "groenwall-discrete": functions.groenwall_discrete,
    "groenwall": functions.groenwall,
    "robbins-siegmund": functions.robbins_siegmund,
}
"""Who draws functions or sequences for a statement."""
LAWS: Mapping[str, Callable[..., Any]] = {
    "markov": laws.markov,
    "chebyshev": laws.chebyshev,
    "jensen-mean": laws.jensen,
    "paley-zygmund": laws.paley_zygmund,
    "union-bound": laws.union,
    "union-bound-n": laws.union_n,
    "hoeffding": laws.hoeffding,
    "hoeffding-lemma": laws.hoeffding_lemma,
    "bernstein": laws.bernstein,
    "symmetrisation": laws.symmetrisation,
    "massart": laws.massart,
    "contraction": laws.contraction,
    "matrix-gaussian-series": laws.matrix_series,
    "matrix-bernstein": laws.matrix_bernstein,
    "gaussian-tail": laws.tails,
    "gaussian-tail-linear": laws.linear_tails,
    "chi-square-upper": laws.chi_square,
    "chi-square-lower": laws.chi_square,
    "chi-square-weighted-upper": laws.chi_square_weighted,
    "chi-square-weighted-lower": laws.chi_square_weighted,
    "gaussian-lipschitz": laws.lipschitz,
    "gaussian-lipschitz-upper": laws.lipschitz,
    "gaussian-norm": laws.lengths,
    "gaussian-maximum": laws.sizes,
    "gaussian-operator-norm": laws.matrices,
    "gaussian-sigma-min": laws.matrices,
    "gordon": laws.tall,
    "gordon-operator-norm": laws.tall,
    "gaussian-poincare": laws.poincare,
    "gaussian-poincare-lipschitz": laws.plain_lipschitz,
}
"""Who draws random numbers for a statement."""


def reading(statement: Statement) -> Reading | None:
    """The reading of a fact, or of a changed one with its slug; None for one that needs none."""
    if statement.slug in FUNCTIONS:
        measure: Callable[[Context], Measurement] = partial(followed, statement, FUNCTIONS[statement.slug])
    elif statement.slug in LAWS:
        measure = partial(sampled, statement, LAWS[statement.slug])
    elif statement.slug == "price":
        measure = partial(by_quadrature, statement)
    else:
        return None
    return Reading("trajectory", measure)


READINGS: dict[str, Reading | tuple[Reading, ...]] = {
    s.slug: made for s in PAPER.statements if (made := reading(s)) is not None
}

"""kawaguchi2021: counts by hand, false twins, and readings that can fail."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from sympy import Rational, exp, log, tanh

from checks.api import check
from checks.verdicts import Verdict
from derivations import Bound, Paper
from derivations.activations import X
from derivations.papers import paper
from derivations.papers.kawaguchi2021 import phases as k
from derivations.statements import Statement
from numerics.models.kawaguchi2019 import random_layers
from numerics.rigorous import full_rank
from numerics.rigorous.features import Dense, Entrywise, Layer, Normalisation

HOME = paper("kawaguchi2021")


def test_at_least_14_statements_and_none_is_bookkeeping() -> None:
    assert len(HOME.statements) >= 20
    assert not [s.slug for s in HOME.statements if s.mark]


@pytest.mark.parametrize(("d", "order"), [(1, 3), (2, 2), (3, 4)])
def test_derivatives_are_counted_by_hand(d: int, order: int) -> None:
    count = sum(len(list(combinations_with_replacement(range(d + 1), j))) for j in range(order + 1))
    assert k.functions(d, order) == count


def test_twin_a_the_condition_says_nothing_of_the_weights_at_the_end_of_phase_1() -> None:
    """The same architecture and data: full rank at random weights, and certainly not with equal neurons."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 2))
    assert full_rank(x, random_layers([2, 6], tanh(X), rng)).holds
    equal: list[Layer] = [Dense(np.tile(rng.standard_normal(2), (6, 1)), np.ones(6)), Entrywise(tanh(X))]
    assert full_rank(x, equal, most_bits=256).holds is None


def test_twin_d_normalised_features_alone_are_deficient() -> None:
    """Columns that sum to 0 have rank n − 1 at most; with the column of ones the rank is n."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 3))
    layers = [*random_layers([3, 8], tanh(X), rng), Normalisation(0.5)]
    found = full_rank(x, layers)
    assert found.holds
    h = np.tanh(x @ layers[0].weight.T + layers[0].bias)  # type: ignore[union-attr]
    h = (h - h.mean(0)) / np.sqrt(h.var(0) + 0.5)
    assert np.allclose(h.sum(0), 0, atol=1e-12)
    least = np.linalg.svd(np.c_[h, np.ones(5)], compute_uv=False)[-1]
    assert float(found.low) == pytest.approx(least, rel=0.1)


FALSE: list[Statement] = [
    Bound("smaller", k.p * k.h_1**2 + (1 - k.p) * k.h_2**2 - (k.p * k.h_1 + (1 - k.p) * k.h_2) ** 2,
          Rational(49, 100) * (k.h_1**2 + k.h_2**2), on={k.p: (0, 1)}, title="½ is sharp"),
    Bound("faster", (1 - k.lam / k.high) ** 2, (1 - k.low / k.high) ** 3,
          where=(k.low <= k.lam, k.lam <= k.high), title="the exponent"),
    Bound("logistic", log(1 + exp(-k.margin)).diff(k.margin, 2), Rational(1, 5), title="1/4 is sharp"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED

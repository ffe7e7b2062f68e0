"""Random claims on vectors of symbolic size: no exception, and none that is false is called proved."""

from __future__ import annotations

import pytest
import sympy as sp

from benchmarks.vector_claims import P, drawn, false_at, outcome
from checks.provers.portfolio import answer
from derivations import Bound, RealMatrices, inner, norm_p, vector
from derivations.outcomes.budget import fresh

SEEDS = (1001, 1003, 1020, 1051, 1090, 1094, 1107, 1132, 1261)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_wrong_is_said(seed: int) -> None:
    fresh()
    kind, said = outcome(seed)
    assert kind != "wrong", said


def test_the_fuzzer_sees_what_is_false() -> None:
    false = [s for s in range(1000, 1040) if false_at(drawn(s), s) is not None]
    assert len(false) >= 10


n = sp.Symbol("n", integer=True, positive=True)
m = sp.Symbol("m", integer=True, positive=True)


@pytest.mark.parametrize("other", [vector("z", n), vector("y", m), vector("y", 3), vector("x_i", n)])
@pytest.mark.parametrize("swapped", [False, True])
def test_hoelder_with_another_vector_on_one_side_is_not_proved(other: sp.MatrixSymbol, swapped: bool) -> None:
    fresh()
    x, y = vector("x", n), vector("y", n)
    low, high = inner(x, y), norm_p(x, P) * norm_p(other, P / (P - 1))
    on = {P: sp.Interval.open(1, sp.oo), **dict.fromkeys((x, y, other), RealMatrices())}
    claim = Bound("claim", *((high, low) if swapped else (low, high)), on=on)
    assert answer(claim.upper - claim.lower, claim.domain, any_kind=True).proof is None

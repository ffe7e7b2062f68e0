"""Pairs as ranges wherever a range is asked for, and sums that have too many terms to be carried out."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from checks.compare.comparison import Outcome, compare
from derivations.domains import DomainError
from derivations.extrema import infimum, supremum
from derivations.statements import Bound, StatementError

x = sp.Symbol("x", real=True)


def test_pairs_are_ranges_of_extrema() -> None:
    assert supremum(sp.tanh(x), x, (-sp.oo, sp.oo)) == supremum(sp.tanh(x), x, sp.S.Reals)
    assert infimum(x**2, x, (-1, 2)) == infimum(x**2, x, sp.Interval(-1, 2))


@pytest.mark.parametrize("wrong", [(1, 0), (0,), (0, sp.nan), (sp.I, 2), "R", 5, None])
def test_what_is_no_range_is_named(wrong: Any) -> None:
    with pytest.raises(DomainError, match="the range of x is"):
        supremum(x, x, wrong)
    if isinstance(wrong, tuple):  # a statement says which one it is
        with pytest.raises(StatementError, match="the range of x is"):
            Bound("b", x, sp.S.One, on={x: wrong})


@pytest.mark.parametrize(
    "formula",
    [r"\sum_{k=1}^{1000000000} k x", r"\sum_{j=1}^{1000} \sum_{k=1}^{1000} j k x", r"\prod_{k=1}^{1000000} k x"],
)
def test_sums_of_too_many_terms_are_not_carried_out(formula: str) -> None:
    found = compare(Bound("b", x, 2 * sp.exp(x)), rf"x \le {formula}")
    assert found.outcome is Outcome.UNREADABLE

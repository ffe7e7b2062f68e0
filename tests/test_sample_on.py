"""`sample_on` says where points are drawn, and takes nothing from the claim."""

from __future__ import annotations

import pytest
import sympy as sp

import checks
from checks.verdicts import Verdict
from derivations.statements import Bound, Gradient, Identity, StatementError

x = sp.Symbol("x", real=True)


def test_points_are_drawn_there_and_the_claim_stays() -> None:
    claim = Identity("double", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x), on={x: (-100, 100)}, sample_on={x: (0, 1)})
    assert claim.domain.ranges[x] == sp.Interval(-100, 100)
    assert claim.sampled.ranges[x] == sp.Interval(0, 1)
    assert "sample" not in claim.domain.describe()
    assert checks.check(claim).verdict is Verdict.VERIFIED


def test_a_claim_that_fails_elsewhere_is_refuted() -> None:
    """Drawing points where it holds does not save a bound."""
    claim = Bound("square", x, x**2, on={x: (0, 10)}, sample_on={x: (1, 10)})
    assert checks.check(claim).verdict is Verdict.REFUTED


def test_the_fingerprint_is_that_of_the_claim() -> None:
    one, other = (Identity("a", x, x, on={x: (0, 9)}, sample_on={x: r}) for r in ((0, 1), (0, 2)))
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize("wrong", [{x: (-1, 1)}, {sp.Symbol("y"): (0, 1)}, {x: "here"}])
def test_points_outside_of_the_domain_are_refused(wrong: dict[sp.Symbol, object]) -> None:
    with pytest.raises(StatementError, match=r"sample_on|range of x"):
        Identity("a", x, x, on={x: (0, 9)}, sample_on=wrong)


def test_points_on_a_part_prove_nothing_of_the_rest() -> None:
    """|x| has the slope 1 where points are drawn, and −1 elsewhere; a model has no exact key."""
    hidden = Gradient("slope", x, sp.Integer(1), model=lambda x: x.abs(), on={x: (-5, 5)}, sample_on={x: (1, 5)})
    assert checks.check(hidden).verdict is Verdict.UNDECIDED

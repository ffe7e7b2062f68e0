"""What z3 is asked ends by its steps: the safety net in processor time never strikes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from root_claims import root_claim
from sympy import Interval, S, expand, symbols

from benchmarks.inequalities import problems
from checks.provers import nlsat
from checks.provers.algebra.net import safety_net
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.statements import over_zero
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound

COUNT = 50
POLYNOMIAL = ("field.", "conditions.", "several.")
TWO_VARIABLES = symbols("x y", real=True)


@pytest.fixture
def strikes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The questions at which the net struck; each is one too many."""
    struck: list[Any] = []

    @contextmanager
    def watched(interrupt: Any) -> Iterator[Any]:
        with safety_net(interrupt) as event:
            yield event
        if event.is_set():
            struck.append(event)

    monkeypatch.setattr(nlsat, "safety_net", watched)
    yield struck
    assert not struck


def test_claims_with_many_roots_end_by_steps(strikes: list[Any]) -> None:
    found = [nlsat.prove(root_claim(seed)) for seed in range(COUNT)]
    spent = [f for f in found if isinstance(f, Obstacle) and f.why.reason is Reason.BUDGET]
    assert spent  # some are too hard, and say so
    assert all("within its steps" in f.why.said for f in spent)
    assert sum(isinstance(f, Proof) for f in found) >= COUNT // 8


def test_the_benchmark_ends_by_steps(strikes: list[Any]) -> None:
    """Each question of the problems with polynomials and roots, as the portfolio puts it."""
    proved = 0
    for name, problem in problems().items():
        bound = problem.statement
        if not name.startswith(POLYNOMIAL) or not isinstance(bound, Bound):
            continue
        ranges = {s: bound.domain.interval(s) for s in bound.domain.scalars}
        conditions = tuple(over_zero(r) for r in bound.domain.where)
        proved += isinstance(nlsat.prove(Claim(bound.upper - bound.lower, ranges, conditions)), Proof)
    assert proved >= 30


@pytest.mark.parametrize("degree", [16, 30])
def test_high_degrees_end_by_steps(degree: int, strikes: list[Any]) -> None:
    """Resultants of polynomials in two variables, in which z3 stayed for minutes at twice as many steps."""
    x, y = TWO_VARIABLES
    f = x**degree + y**degree - 7 * x**5 * y ** (degree - 9) + 3 * x**4 * y**3 - 8 * x * y**6 + 5 * x - 9 * y + 10
    found = nlsat.prove(Claim(f, {x: S.Reals, y: Interval(-2, 2)}))
    assert isinstance(found, Obstacle)


def test_heavy_questions_have_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """By degree and variables alone, before anything is asked."""
    x, y = TWO_VARIABLES
    asked: list[int] = []
    most = nlsat.most_steps

    def noted(relations: Any) -> int:
        asked.append(most(relations))
        return asked[-1]

    monkeypatch.setattr(nlsat, "most_steps", noted)
    nlsat.prove(Claim(x**2 + y**2 - x * y, {x: S.Reals, y: S.Reals}))
    nlsat.prove(Claim(x**12 + y**12 + 1, {x: S.Reals, y: S.Reals}))
    assert {max(asked), min(asked)} == {nlsat.STEPS}
    asked.clear()
    nlsat.prove(Claim(expand((x + 2 * y + 1) ** 16) + 1, {x: S.Reals, y: S.Reals}))
    assert min(asked) == nlsat.STEPS_HEAVY

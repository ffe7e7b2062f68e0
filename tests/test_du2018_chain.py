"""Theorems 5.1 and 6.1 as one derivation: it holds, and without a condition or a threshold a step is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sympy import Le, Rational, Symbol

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL
from derivations.papers.du2018.proof.letters import formula
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement

DU = paper("du2018")


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


def _changed(change: Callable[[Any], Any], slug: str = "theorem-5-1-chain") -> Statement:
    """The theorem with each of its conditions changed; None leaves it out."""
    theorem = DU[slug]
    where = tuple(c for c in map(change, theorem.conditions_given) if c is not None)
    ranges = {s: r for s, r in theorem.domain.ranges.items() if isinstance(s, Symbol)}
    made = replace(theorem, where=where, on={**ranges, **theorem.on})
    object.__setattr__(made, "beside", theorem.beside)
    return made


@pytest.mark.parametrize("slug", ["theorem-5-1-chain", "theorem-6-1-chain"])
def test_the_theorem_follows_from_its_hypotheses(slug: str) -> None:
    assert _verdict(DU[slug]).verdict is Verdict.VERIFIED


def _text(condition: Any) -> str:
    """A condition by its name, or written with the smaller side first."""
    return condition.name if isinstance(condition, ForAll) else f"{condition.lts} <= {condition.gts}"


def _without(name: str) -> Callable[[Any], Any]:
    return lambda c: None if _text(c) == name else c


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (_without("4 <= omega"), "step 1"),
        (_without("inputs"), "step 2"),
        (_without("first-layer"), "step 2"),
        (_without("layers"), "step 2"),
        (_without("lipschitz"), "step 2"),
        (_without("slopes"), "step 5"),
        (_without("entries"), "step 8"),
        (_without("R <= lambda_0/(4*C_G*n)"), "step 11"),
        (_without("lambda_0 <= λ_min(K)"), "step 11"),
        (_without("largest"), "step 12"),
        (_without("eta <= 1/(2*B_all**2*n)"), "step 12"),
        (_without("taylor"), "step 13"),
        (_without("d <= m"), "step 17"),
    ],
)
def test_without_a_hypothesis_a_step_is_named(change: Callable[[Any], Any], step: str) -> None:
    found = _verdict(_changed(change))
    assert found.verdict is Verdict.UNDECIDED
    assert step in found.detail


@pytest.mark.parametrize(("threshold", "step"), [("M_gram", "step 10"), ("M_move", "step 14")])
def test_with_a_threshold_left_out_of_the_width_a_step_is_named(threshold: str, step: str) -> None:
    """M without one of the numbers of which it is the largest."""
    left = FULLY_CONNECTED.named(threshold).formula
    assert left is not None
    if threshold == "M_move":
        left = left.xreplace({Symbol("rho", positive=True): FULLY_CONNECTED.named("rho").formula})
    found = _verdict(_changed(lambda c: None if c == (left <= Symbol("m", integer=True, positive=True)) else c))
    assert found.verdict is Verdict.UNDECIDED
    assert step in found.detail


def _smaller(condition: Any) -> Any:
    """A bound that allows one percent more."""
    return Le(Rational(99, 100) * condition.lts, condition.gts)


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("lambda_0 <= λ_min(K)", _smaller, "step 11"),
        ("R <= lambda_0/(4*C_G*n)", lambda c: Le(c.lts, Rational(101, 100) * c.gts), "step 11"),
        (f"{formula('D')} <= D", _smaller, "step 3"),
        (f"{formula('X')} <= X", _smaller, "step 7"),
        ("4 <= omega", _smaller, "step 1"),
    ],
)
def test_a_constant_one_percent_off_breaks_a_step(old: str, new: Callable[[Any], Any], step: str) -> None:
    found = _verdict(_changed(lambda c: new(c) if _text(c) == old else c))
    assert found.verdict is Verdict.UNDECIDED
    assert step in found.detail


def test_the_conditions_on_the_constants_are_those_of_the_theorem() -> None:
    """Of M, η* and R each part is a condition of the derivation, so that no formula is typed a second time."""
    for theorem, slug in ((FULLY_CONNECTED, "theorem-5-1-chain"), (RESIDUAL, "theorem-6-1-chain")):
        given = {_text(c) for c in DU[slug].conditions_given}
        for name in ("M_feat", "M_four", "M_gram", "M_norm", "M_small"):
            assert f"{theorem.named(name).formula} <= m" in given, name
        for name, symbol in (("eta_max", "eta"), ("R", "R")):
            formula = theorem.named(name).formula
            assert formula is not None
            for part in formula.args:
                assert f"{symbol} <= {part}" in given

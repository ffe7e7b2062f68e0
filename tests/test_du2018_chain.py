"""Theorems 5.1 and 6.1 as one derivation: it holds, and without a condition or a threshold a step is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sympy import Eq, Le, Rational, Symbol, log

from checks.context import Context
from checks.methods import symbolic
from checks.provers.instances import links
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.du2018.notation import H
from derivations.papers.du2018.proof.chain import j
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL, delta, n
from derivations.papers.du2018.proof.letters import formula
from derivations.papers.du2018.proof.start import far
from derivations.papers.du2018.proof.within import a, k, x
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement

DU = paper("du2018")


def _open(statement: Statement, reason: str) -> list[str]:
    """Why steps with a reason are open, even where all that was to be derived before them is granted."""
    found, known = [], []
    derivation = statement.derivation
    assert derivation is not None
    assert any(step.reason == reason for step in derivation.steps)
    before = derivation.start
    for step in derivation.steps:
        if step.reason == reason:
            why = links.link(before, step, statement, known)
            found += [] if why is None else [why.said]
        if step.relation == "have":
            known.append(step.expr)
        else:
            before = step.expr
    return found


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
        (_without("4 <= omega"), "R ≤ 1"),
        (_without("inputs"), "layer by layer"),
        (_without("first-layer"), "layer by layer"),
        (_without("layers"), "layer by layer"),
        (_without("lipschitz"), "layer by layer"),
        (_without("slopes"), "σ′ of both"),
        (_without("entries"), "an entry is γ²PS"),
        (_without("signals-last"), "an entry is γ²PS"),
        (_without("signals-back"), "layer by layer, backwards"),
        (_without("A*Max(1, alpha)**(H - 1) <= b"), "through all layers"),
        (_without("slopes-first"), "|σ′| ≤ L"),
        (_without("entries-first"), "Cauchy, Schwarz"),
        (_without("entries-output"), "Cauchy, Schwarz"),
        (_without("sum-first"), "layer by layer"),
        (_without("sums"), "layer by layer"),
        (_without(f"{formula('B_all')} <= B_all"), "H blocks and the output"),
        (_without("L*X*b*sqrt(c_sigma) <= B"), "η times r and the gradients"),
        (_without("step"), "η times r and the gradients"),
        (_without("step-ends"), "η times r and the gradients"),
        (_without("R <= lambda_0/(4*C_G*n)"), "within the radius"),
        (_without("lambda_0 <= λ_min(K)"), "within the radius"),
        (_without("eta <= 1/(2*B_all**2*n)"), "λ₀/2 ≤ λ_min ≤ λ_max ≤ nB_all²"),
        (_without("taylor"), "the linear part and the rest"),
        (_without("d <= m"), "the first layer"),
        (_without("residuals"), "labels and outputs"),
        (_without("labels"), "labels and outputs"),
        (_without(f"{formula('c_r')} <= c_r"), "labels and outputs"),
        (_without("act-first"), "by the equations"),
        (_without("act"), "by the equations"),
        (_without("first-layer"), "by the equations"),
        (_without("layers"), "by the equations"),
    ],
)
def test_without_a_hypothesis_a_step_does_not_follow(change: Callable[[Any], Any], step: str) -> None:
    assert _open(_changed(change), step)


@pytest.mark.parametrize(("threshold", "step"), [("M_gram", "m ≥ M"), ("M_move", "m ≥ M")])
def test_with_a_threshold_left_out_of_the_width_a_step_is_named(threshold: str, step: str) -> None:
    """M without one of the numbers of which it is the largest."""
    left = FULLY_CONNECTED.named(threshold).formula
    assert left is not None
    if threshold == "M_move":
        left = left.xreplace({Symbol("rho", positive=True): FULLY_CONNECTED.named("rho").formula})
    found = _verdict(_changed(lambda c: None if c == (left <= Symbol("m", integer=True, positive=True)) else c))
    assert found.verdict is Verdict.UNDECIDED
    assert f"({step})" in found.detail


@pytest.mark.parametrize(("name", "step"), [("4 <= omega", "step 1 (R ≤ 1)"), ("inputs", "step 2 (layer by layer)")])
def test_without_a_hypothesis_a_step_is_named(name: str, step: str) -> None:
    found = _verdict(_changed(_without(name)))
    assert found.verdict is Verdict.UNDECIDED
    assert step in found.detail


def _smaller(condition: Any) -> Any:
    """A bound that allows one percent more."""
    return Le(Rational(99, 100) * condition.lts, condition.gts)


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("lambda_0 <= λ_min(K)", _smaller, "within the radius"),
        ("R <= lambda_0/(4*C_G*n)", lambda c: Le(c.lts, Rational(101, 100) * c.gts), "within the radius"),
        (f"{formula('D')} <= D", _smaller, "all layers together"),
        (f"{formula('X')} <= X", _smaller, "one factor after the other"),
        ("4 <= omega", _smaller, "R ≤ 1"),
        (f"{formula('c_r')} <= c_r", _smaller, "labels and outputs"),
        ("A*Max(1, alpha)**(H - 1) <= b", _smaller, "through all layers"),
        (f"{formula('B_all')} <= B_all", _smaller, "H blocks and the output"),
        ("L*X*b*sqrt(c_sigma) <= B", _smaller, "η times r and the gradients"),
    ],
)
def test_a_constant_one_percent_off_breaks_a_step(old: str, new: Callable[[Any], Any], step: str) -> None:
    assert _open(_changed(lambda c: new(c) if _text(c) == old else c), step)


def _twice(name: str, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A named hypothesis with its claims changed."""

    def changed(condition: Any) -> Any:
        if _text(condition) != name:
            return condition
        return ForAll(condition.variables, tuple(map(change, condition.claims)), condition.when, name)

    return changed


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (_twice("taylor", lambda c: Le(c.lts, Rational(101, 100) * c.gts)), "the linear part and the rest"),
        (
            _twice("step", lambda c: Eq(c.lhs, Rational(101, 100) * c.rhs, evaluate=False)),
            "η times r and the gradients",
        ),
        (_twice("labels", lambda c: Le(c.lts, Rational(101, 100) * c.gts)), "labels and outputs"),
        (_twice("slopes-first", lambda c: Le(c.lts, Rational(101, 100) * c.gts)), "|σ′| ≤ L"),
    ],
)
def test_a_hypothesis_that_allows_one_percent_more_breaks_a_step(change: Callable[[Any], Any], step: str) -> None:
    assert _open(_changed(change), step)


SQUARE = log(10 * n / delta)
OUTPUTS = "n outputs, each Gaussian given the features"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: e.xreplace({SQUARE: Rational(98, 100) * SQUARE}), "does not follow"),
        (lambda e: e.xreplace({delta / 5: Rational(99, 100) * delta / 5}), "does not follow"),
        (lambda e: e.xreplace({x(H, 0, j): x(H, 1, j)}), "no equation that the step uses says what"),
        (lambda e: e.xreplace({x(H, 0, j): x(H + 1, 0, j)}), "no equation that the step uses says what"),
        (lambda e: e.xreplace({x(H, 0, j): a(0)}), "a(0) is in it"),
        (lambda e: e.xreplace({a(0): a(1)}), "a(1) ~ Gaussian"),
    ],
)
def test_the_chance_of_the_outputs_is_that_of_features_made_without_a(change: Callable[[Any], Any], said: str) -> None:
    """A smaller bound, a smaller chance, features after a step or of a layer too many, a itself, and a after a step."""
    theorem = DU["theorem-5-1-chain"]
    derivation = theorem.derivation
    assert derivation is not None
    known = [step.expr for step in derivation.steps if step.relation == "have" and step.reason != OUTPUTS]
    (step,) = (step for step in derivation.steps if step.reason == OUTPUTS)
    assert links.link(None, step, theorem, known) is None
    put = tuple(
        replace(i, put=tuple((n, change(v) if i.fact == "start-outputs" else v) for n, v in i.put))
        for i in step.instances
    )
    changed = replace(step, expr=change(step.expr), instances=put)
    assert changed != step
    why = links.link(None, changed, theorem, known)
    assert why is not None
    assert said in why.said


def test_outputs_of_small_networks_are_as_seldom_large_as_is_derived() -> None:
    """All n outputs ⟨a(0), x(H, 0, j)⟩ of networks with two layers of four neurons, at δ = 0.9."""
    rng, draws, width, inputs = np.random.default_rng(0), 20_000, 4, 3
    outer = rng.standard_normal((draws, width))
    layer = np.tanh(np.einsum("bmd,dn->bmn", rng.standard_normal((draws, width, 2)), rng.standard_normal((2, inputs))))
    layer = np.tanh(np.einsum("bml,bln->bmn", rng.standard_normal((draws, width, width)), layer))
    sizes = np.abs(np.einsum("bm,bmn->bn", outer, layer)) / np.linalg.norm(layer, axis=1)
    most = float(far.subs({n: inputs, delta: Rational(9, 10)}))
    failed = float(np.mean((sizes > most).any(1)))
    assert failed <= 0.9 / 5
    assert float(np.mean((sizes > most / 2).any(1))) > 0.9 / 5


def test_taylors_remainder_is_bounded_only_where_both_ends_of_a_step_are_within_the_radius() -> None:
    """A step from within the radius may end beyond it, where nothing bounds the second derivative."""
    for slug in ("theorem-5-1-chain", "theorem-6-1-chain"):
        (taylor,) = (c for c in DU[slug].conditions_given if _text(c) == "taylor")
        ends = [c for c in taylor.when if _text(c) == "radius"]
        assert len(ends) == 2
        assert ends[1] == ends[0].xreplace({k: k + 1})


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

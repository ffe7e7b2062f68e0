"""Claims that are false at some point, near or far: no method that proves may call one proved."""

from __future__ import annotations

import pytest
import sympy as sp

from benchmarks.false_claims import HALF_LINE, R, X, missed, proved, random_definition, random_false_claim
from checks.proofs.formulations import defined_gaps
from checks.proofs.replay import contradiction, proof_contradiction
from checks.provers import balls, rules
from checks.provers.claims import Claim, Obstacle
from derivations.domains import make_domain
from derivations.outcomes.reasons import Reason
from derivations.proofs.sign_proofs import SignProof
from numerics.balls.enclosure import Enclosure
from numerics.balls.rays import START, limits, nonnegative_on_ray


@pytest.mark.parametrize("seed", range(12))
def test_no_false_claim_is_proved(seed: int) -> None:
    f, box = random_false_claim(seed)
    assert not proved(f, box)
    # the rays alone, without what looks again
    if box == HALF_LINE and nonnegative_on_ray(f, X):
        assert contradiction(f, {X: sp.Interval(START, sp.oo)}) is None


@pytest.mark.parametrize("seed", range(16))
def test_no_false_claim_about_a_definition_is_proved(seed: int) -> None:
    drawn = random_definition(seed)
    assert missed(drawn) is None
    claims = (Claim(f, box) for f, box in defined_gaps(drawn.claim, make_domain({X: drawn.box}, (), {X})))
    assert all(isinstance(balls.prove(claim), Obstacle) for claim in claims)


FALSE = [
    R(1, 10**9) * (sp.sin(X) - sp.cos(X)) + 1 / (1 + X),
    100 / (1 + X) - sp.cos(X) + sp.sin(X),
    100 / (1 + X) - sp.cos(X) + sp.cos(2 * X),
    100 / (1 + X) - sp.sin(X) * sp.cos(X),
    1 / (1 + X) ** 2 - R(1, 10**6) * (sp.sin(3 * X) - sp.sin(X)),
    50 / (2 + X) + sp.sin(X) ** 3,
    5 / (1 + X) - R(1, 100) * sp.cos(X) + R(1, 100) * sp.cos(X + 1),
    sp.erfc(X) - sp.erfc(X / 2),
    sp.erfc(2 * X) - sp.erfc(X),
    sp.exp(-X) - 2 * sp.exp(-X / 2) + R(1, 10**6) / (1 + X) * (sp.sin(X) - 1 / X),
    R(1, 1000) * sp.sin(X) + 30 * sp.exp(-X),
    sp.erfc(X) - sp.exp(-(X**2) / 2),
    1 - sp.erfc(-X),
]


@pytest.mark.parametrize("f", FALSE, ids=str)
def test_waves_and_tails_do_not_cancel(f: sp.Expr) -> None:
    assert not nonnegative_on_ray(f, X)
    assert not proved(f, HALF_LINE)


@pytest.mark.parametrize(
    "f",
    [2 - sp.cos(X) + sp.sin(X), 1 + 1 / X - sp.sin(X), 1 / X + sp.erfc(X) - sp.erfc(2 * X), X + sp.sin(X) - sp.cos(X)],
    ids=str,
)
def test_true_claims_on_rays_are_proved(f: sp.Expr) -> None:
    assert nonnegative_on_ray(f, X)
    assert contradiction(f, {X: sp.Interval(START, sp.oo)}) is None


def test_waves_have_no_limit() -> None:
    assert limits(sp.sin(X), X) == []
    assert limits(X * sp.sin(X) / (1 + X), X) == []
    assert limits(sp.sin(X) / X + sp.erf(X), X) == [1, -1]


def test_a_sabotaged_enclosure_is_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balls, "subdivided", lambda *_: Enclosure(True, 1))
    found = balls.prove(Claim(FALSE[0], {X: HALF_LINE}))
    assert isinstance(found, Obstacle)
    assert found.why.reason is Reason.CONTRADICTED
    assert "withdrawn" in found.why.said
    assert "false at x =" in found.why.said


def test_a_sabotaged_proof_is_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.Prover, "nonnegative", lambda self, f, *_: SignProof(f, "trust me"))
    found = rules.prove(Claim(FALSE[1], {X: HALF_LINE}))
    assert isinstance(found, Obstacle)
    assert found.why.reason is Reason.CONTRADICTED
    assert "withdrawn" in found.why.said


def test_a_sabotaged_step_is_seen() -> None:
    y = sp.Symbol("y", positive=True)
    wrong = SignProof(y - 1, "a sum of nonnegative terms", box={y: HALF_LINE})
    right = SignProof(y + 1, "monotone", (wrong,), box={y: HALF_LINE})
    assert "a sum of nonnegative terms" in (proof_contradiction(right) or "")
    assert proof_contradiction(SignProof(y + 1, "known", box={y: HALF_LINE})) is None

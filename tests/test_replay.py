"""Sabotaged certificates are seen: a wrong identity, a wrong derivative, a missing case, a box that is not positive."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from flint import fmpq
from sympy import Interval, Rational, oo

from checks.proofs.replay import contradiction, steps_of
from checks.proofs.replay_leaves import leaves_contradiction, uncovered
from checks.proofs.replay_steps import covers, identity_contradiction, slope_contradiction, steps_contradiction
from checks.provers import balls, rules
from checks.provers.balls import decided
from checks.provers.claims import Claim, Obstacle
from derivations.gaussian import relu
from derivations.outcomes.reasons import Reason
from derivations.proofs.sign_proofs import SignProof
from derivations.proofs.signs import Prover
from numerics.balls.enclosure import Cover, Enclosure, Subdivision

x, y = sp.symbols("x y", real=True)
LINE = Interval(0, oo)
PROVED = [
    (x**2 - 2 * x + 3, {x: sp.S.Reals}),
    (sp.exp(x) - 1 - x, {x: Interval(-1, 2)}),
    (x - sp.log(1 + x), {x: LINE}),
    (1 + relu(x - 1) - x / 2 + relu(-x), {x: Interval(-2, 2)}),
    (x - 2 * sp.sqrt(x) + 1, {x: LINE}),
    (sp.cosh(x) - 1, {x: Interval(-2, 2)}),
    (x * y + x + 2 * y, {x: LINE, y: LINE}),
    (2 - sp.sin(x) - sp.cos(x), {x: Interval(0, 6)}),
]


@pytest.mark.parametrize(("f", "box"), PROVED, ids=[str(f) for f, _ in PROVED])
def test_true_proofs_stand(f, box):
    prover = Prover(box, None, decided)
    proof = prover.nonnegative(f)
    if proof is not None:
        assert steps_contradiction(proof) is None
        assert identity_contradiction(f.xreplace(prover.names), proof.f, prover.box) is None


def swapped(proof, old, new):
    """A proof with one of its steps replaced."""
    if proof is old:
        return new
    return replace(proof, parts=tuple(swapped(p, old, new) for p in proof.parts))


@pytest.mark.parametrize(("f", "box"), PROVED, ids=[str(f) for f, _ in PROVED])
def test_each_step_with_another_claim_is_seen(f, box):
    prover = Prover(box, None, decided)
    proof = prover.nonnegative(f)
    if proof is None:
        return
    for step in steps_of(proof):
        if step.tag in ("sum", "square", "product", "monotone", "convex", "split", "kinks", "roots"):
            part = step.parts[0] if step.parts else None
            if part is None or step.tag == "product":
                wrong = replace(step, f=step.f + Rational(1, 10**9))
            else:
                other = replace(part, f=part.f + Rational(1, 10**9) * (1 + part.f**2))
                wrong = replace(step, parts=(other, *step.parts[1:]))
            assert steps_contradiction(swapped(proof, step, wrong)), step.rule


def test_a_wrong_identity_is_seen():
    right, wrong = sp.sin(x) ** 2, (1 - sp.cos(2 * x)) / 2 + Rational(1, 10**20)
    assert identity_contradiction(right, wrong, {x: LINE})
    assert identity_contradiction(right, wrong - Rational(1, 10**20), {x: LINE}) is None


def test_a_wrong_derivative_is_seen():
    f = sp.exp(-(x**2)) * sp.sin(x)
    assert slope_contradiction(f, f.diff(x), x, {x: Interval(0, 3)}) is None
    assert slope_contradiction(f, f.diff(x) + Rational(1, 10**3), x, {x: Interval(0, 3)})


def test_a_missing_case_is_seen():
    box = {x: Interval(0, 2)}
    names = {x: x}
    halves = [SignProof(x**2, "known", box={x: r}) for r in (Interval(0, 1), Interval(1, 2))]
    data = {"x": x, "point": sp.Integer(1), "names": (names, names)}
    whole = SignProof(x**2, "apart", tuple(halves), "split", data, box)
    assert steps_contradiction(whole) is None
    assert "do not cover" in steps_contradiction(replace(whole, parts=tuple(halves[:1])))
    short = SignProof(x**2, "known", box={x: Interval(Rational(1001, 1000), 2)})
    assert "do not cover" in steps_contradiction(replace(whole, parts=(halves[0], short)))
    part = SignProof(x**2, "known", box={x: Interval(0, 1)})
    assert "only" in steps_contradiction(SignProof(x**2, "a sum", (part,), "sum", {}, box))


def test_cover_of_intervals_is_exact():
    assert covers([(0, sp.sqrt(2)), (sp.sqrt(2), oo)], (0, oo))
    assert covers([(1, 2), (0, 1)], (0, 2))
    assert not covers([(0, 1), (Rational(10**20 + 1, 10**20), 2)], (0, 2))
    assert not covers([], (0, 1))
    assert not covers([(0, 1)], (0, oo))


def leaves(f, ranges):
    found = Subdivision(f, ranges).decide()
    assert found.holds is True
    assert found.cover is not None
    return found.cover


def test_boxes_cover_the_whole_range():
    cover = leaves(1 + x * y - x**2 * y**2, {x: Interval(0, 1), y: Interval(0, 1)})
    assert len(cover.leaves) >= 1
    wave = leaves(x**2 - x * y + y**2 + Rational(1, 50), {x: Interval(-1, 1), y: Interval(-1, 1)})
    assert len(wave.leaves) > 4
    for good in (cover, wave):
        assert leaves_contradiction(good) is None
    for missing in range(len(wave.leaves)):
        rest = wave.leaves[:missing] + wave.leaves[missing + 1 :]
        assert "no box covers" in (leaves_contradiction(replace(wave, leaves=rest)) or "")


def test_a_box_that_is_too_short_is_seen():
    one, half = fmpq(1), fmpq(1, 2)
    whole = ((fmpq(0), one), (fmpq(0), one))
    left = ((fmpq(0), half), (fmpq(0), one))
    right = ((half + fmpq(1, 10**30), one), (fmpq(0), one))
    assert uncovered(whole, [left, right]) is not None
    assert uncovered(whole, [left, ((half, one), (fmpq(0), one))]) is None


def test_a_leaf_that_is_not_positive_is_seen():
    f = (x - Rational(1, 3)) ** 2 - Rational(1, 10**4)
    box = tuple(((fmpq(k, 64), fmpq(k + 1, 64)),) for k in range(64))
    assert "false in" in (leaves_contradiction(Cover(f, {x: Interval(0, 1)}, box)) or "")
    assert leaves_contradiction(Cover(f + Rational(1, 10**4), {x: Interval(0, 1)}, box)) is None


def test_a_sabotaged_subdivision_is_withdrawn(monkeypatch):
    f = (x - Rational(1, 3)) ** 2 - Rational(1, 10**12)
    monkeypatch.setattr(Subdivision, "_sign", lambda self, box: True)
    monkeypatch.setattr(balls, "contradiction", lambda *_: None)
    monkeypatch.setattr(Subdivision, "_decide", _all_boxes)
    found = balls.prove(Claim(f, {x: Interval(0, 1)}))
    assert isinstance(found, Obstacle)
    assert found.why.reason is Reason.CONTRADICTED
    assert "withdrawn" in found.why.said


def _all_boxes(self, *_):
    parts = tuple(((fmpq(k, 3**12), fmpq(k + 1, 3**12)),) for k in range(3**11 - 20, 3**11 + 20))
    ends = (((fmpq(0), parts[0][0][0]),), ((parts[-1][0][1], fmpq(1)),))
    return Enclosure(True, 42, cover=Cover(self.given, self.ranges, (*parts, *ends)))


def test_a_proof_of_another_claim_is_withdrawn(monkeypatch):
    f = 1 + sp.sin(x)
    monkeypatch.setattr(Prover, "nonnegative", lambda self, g, *_: SignProof(g.xreplace(self.names) + 1, "trust me"))
    found = rules.prove(Claim(f, {x: LINE}))
    assert isinstance(found, Obstacle)
    assert found.why.reason is Reason.CONTRADICTED
    assert "is not" in found.why.said


def test_a_false_claim_about_integers_is_seen():
    k = sp.Symbol("k", integer=True, positive=True)
    assert contradiction(k - 2, {k: sp.S.Naturals})
    assert contradiction(k * x - x, {k: sp.S.Naturals, x: LINE}) is None

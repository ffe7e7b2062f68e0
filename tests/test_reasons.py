"""Reasons and witnesses are data: outcomes rest on them, they survive a report, and mistakes of ours are no answer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import sympy as sp

from checks.context import Context, Options
from checks.methods import search, symbolic
from checks.methods.trajectory import both_sides
from checks.readings import Followed
from checks.running.runner import check
from checks.running.work import work_on
from checks.store.results import evidence_from_json, evidence_to_json
from checks.studies import mutation
from checks.studies.at import at_point, command_for, parse_point
from checks.studies.hypotheses import assumptions
from checks.studies.mutants import Mutant
from checks.verdicts import Evidence, Verdict
from derivations.calculus.forms import NotReducible
from derivations.outcomes.reasons import Reason
from derivations.proofs import equality
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.signs import Prover
from derivations.statements import Bound, Constant, Gradient, Identity
from derivations.vectors import norm_squared, vector
from numerics.values.evaluate import Evaluator
from numerics.witnesses import NoWitness, Witness, at_place
from numerics.witnesses import at_point as witness_at

x, y = sp.symbols("x y", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a = vector("a", n)
CUT: list[tuple[Any, tuple[int, int]]] = [
    (sp.log(x) - x, (-1, 1)),
    (sp.sqrt(x) - 2, (-1, 1)),
    (sp.asin(x) - 2, (0, 2)),
    (sp.acos(1 + x) - 4, (-1, 1)),
    (x ** sp.Rational(1, 3) - 2, (-1, 1)),
    (sp.log(1 - x**2), (-2, sp.Rational(1, 2))),
    (sp.atanh(x) - 10**6, (-2, sp.Rational(1, 2))),
    (-sp.sqrt(x), (-1, 1)),
]


@pytest.mark.parametrize(("gap", "ends"), CUT, ids=[str(g) for g, _ in CUT])
def test_no_method_proves_a_bound_that_has_no_real_value_somewhere(gap: Any, ends: tuple[int, int]) -> None:
    """Each holds wherever it is real; where it is not is seen by mpmath's own complex numbers."""
    claim = Bound("cut", gap, 0, on={x: ends})
    for e in check(claim, Options(("symbolic", "precision")), ()).evidence:
        assert e.verdict is not Verdict.VERIFIED, e
    (found,) = search.run(claim, (), Context(1))
    assert found.verdict is Verdict.UNDECIDED
    assert found.reason is Reason.NO_REAL_VALUE
    assert found.at is not None
    assert found.at.point is not None
    there = complex(sp.N(gap.subs(x, found.at.point["x"]), 30))
    assert abs(there.imag) > 1e-12
    assert ends[0] <= found.at.point["x"] <= ends[1]


@pytest.mark.parametrize(
    "claim",
    [
        Bound("ends", x * sp.log(x), 1, on={x: (0, 1)}),
        Bound("root", -1, sp.sqrt(x), on={x: (0, 1)}),
        Bound("beside", 0, sp.sqrt(x) * sp.sqrt(x) + 2, on={x: (-1, 1)}),
        Bound("far", sp.exp(-x), 1, on={x: (0, sp.oo)}),
    ],
    ids=lambda c: c.slug,
)
def test_a_bound_that_is_real_is_searched_as_before(claim: Bound) -> None:
    (found,) = search.run(claim, (), Context(1))
    assert found.verdict is Verdict.VERIFIED, found
    assert found.reason is None


BROKEN = (TypeError, AttributeError, KeyError)


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    ("owner", "name", "claim"),
    [
        (equality, "polynomial_form", Identity("i", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x))),
        (equality, "coefficients", Identity("v", norm_squared(a), norm_squared(-a))),
        (Prover, "_sum", Bound("b", 2 * x * y, x**2 + y**2)),
        (Evaluator, "_Add", Identity("e", (x + 1) ** 2, x**2 + 2 * x + 1)),
        (symbolic, "explicit", Gradient("g", a, 2 * a, of=norm_squared(a))),
    ],
    ids=lambda v: getattr(v, "slug", None) or getattr(v, "__name__", str(v)),
)
def test_a_mistake_of_ours_is_an_error_and_not_undecided(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, claim: Any, kind: type[Exception]
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise kind("a slip of ours")

    if owner is equality and name == "polynomial_form":
        monkeypatch.setattr(equality, "_LADDER", (("broken", broken),))
    else:
        monkeypatch.setattr(owner, name, broken)
    result = check(claim, Options(("symbolic", "precision")), ())
    assert result.verdict is Verdict.ERROR, result.evidence
    assert any("a slip of ours" in e.detail for e in result.evidence if e.verdict is Verdict.ERROR)


def test_what_sympy_raises_is_no_answer_and_what_we_raise_is() -> None:
    with pytest.raises(ForeignError), foreign_errors():
        sp.Poly(sp.sqrt(x), x)
    with pytest.raises(TypeError), foreign_errors():
        x + None  # type: ignore[operator]
    with pytest.raises(NotReducible), foreign_errors():
        raise NotReducible("ours")


def test_a_witness_is_looked_at_when_it_is_made() -> None:
    assert witness_at({x: sp.Rational(1, 3)}, lambda p: p[x] > 0).text == "x = 1/3"
    with pytest.raises(NoWitness):
        witness_at({x: sp.Rational(1, 3)}, lambda p: p[x] > 1)
    assert at_place({"step": 12, "run": 3}, 0.5, 0.25, "<=").text == "step 12, run 3: 0.5 > 0.25"
    for left, right, relation, error in ((0.5, 0.5, "<=", 0), (0.5, 0.4, "<=", 0.2), (0.5, 0.5, "=", 0)):
        with pytest.raises(NoWitness):
            at_place({"step": 1}, left, right, relation, error)


def test_a_witness_and_a_reason_survive_a_report() -> None:
    point = {"x": sp.sqrt(2) / 3, "a": sp.ImmutableMatrix([[1], [sp.Rational(1, 7)]]), "t": sp.acos(sp.Rational(1, 3))}
    for at in (Witness("x", point), Witness("step 2", None, {"step": 2}, (1.5, 0.5))):
        made = Evidence("search", Verdict.REFUTED, "d", reason=Reason.COARSE, at=at)
        data = json.loads(json.dumps(evidence_to_json(made)))
        assert data["witness"] == made.witness == at.text
        assert data["reason"] == "not fine enough"
        assert evidence_from_json(data) == made
    old = {k: v for k, v in data.items() if k not in ("reason", "point", "place", "values")}
    assert evidence_from_json(old).witness == "step 2"
    for bad in ({"x": "__import__('os')"}, {"x": "9**9**9**9"}, {"x": "f("}):
        assert evidence_from_json({**old, "point": bad}).at is None
    with pytest.raises(TypeError):
        evidence_from_json({**old, "point": [1]})


def test_the_command_of_a_witness_uses_its_exact_point() -> None:
    """It fails within 1e-12 of √2 only: eight digits of that are another point."""
    claim = Bound("near", sp.Rational(1, 10**12), sp.Abs(x - sp.sqrt(2)), on={x: (1, 2)})
    point = sp.sqrt(2) + sp.Rational(1, 10**13)
    at = witness_at({x: point}, lambda p: bool(abs(p[x] - sp.sqrt(2)) < sp.Rational(1, 10**12)))
    command = command_for(claim, at)
    assert command.startswith("lemmata at near 'x = ")
    assert not at_point(claim, parse_point(command.split("'")[1], claim)).holds
    assert command_for(claim, at.text) == ""


def test_measured_witnesses_have_a_place_and_two_values() -> None:
    left, right = np.zeros((4, 3)), np.ones((4, 3))
    left[2, 1] = 5.0
    found = both_sides(Followed(left, right, "<=", 1e-12, "made"), Context(1))
    assert found.at == Witness("step 2, run 1: 5 > 1", None, {"step": 2, "run": 1}, (5.0, 1.0))
    open_ = both_sides(Followed(left, right, "<=", 1e-12, "made", left_error=np.full((4, 3), 10.0)), Context(1))
    assert (open_.verdict, open_.reason, open_.at) == (Verdict.UNDECIDED, Reason.COARSE, None)


def test_a_mutant_is_killed_for_want_of_a_value_and_not_for_a_phrase() -> None:
    """The word "no point" stands in what says that an extremum's place was not found, which kills nothing."""
    claim = Constant("c", sp.Integral(sp.exp(-x), (x, 0, sp.oo)), 1)
    cases = {
        "no point was found at which it is attained exactly": (Reason.NOT_ATTAINED, "undecided"),
        "nothing could be evaluated": (Reason.NO_VALUE, "killed"),
    }
    for said, (reason, end) in cases.items():
        evidence = [Evidence("precision", Verdict.UNDECIDED, said, reason=reason)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mutation, "_equivalent", lambda *_: "")
            patch.setattr(mutation, "found_by", lambda *_, e=evidence: e)
            patch.setattr(mutation, "check_work", lambda work, options, e=evidence: _result(work, e))
            mutant = Mutant(Constant("c", sp.Integral(sp.exp(-x), (x, 0, sp.oo)), 2), "2 for 1")
            assert mutation._fate(claim, mutant, (), Options()).end == end


def _result(work: Any, evidence: list[Evidence]) -> Any:
    from checks.running.runner import _result as made

    return made(work.statement, tuple(evidence))


def test_hypotheses_that_nothing_satisfies_are_known_as_data() -> None:
    nothing = Bound("empty", x, 1, on={x: (2, 3)}, where=(x + y < 0, y > 0))
    found = assumptions(nothing, {}, "")
    assert found.empty
    assert not assumptions(Bound("some", x, 1, on={x: (0, 1)}), {}, "").empty
    assert work_on(nothing, ()).methods

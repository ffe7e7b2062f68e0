"""The portfolio of provers: what it proves, refutes and leaves open, and that a prover's word alone is not enough."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp
from sympy import Interval, Rational

from checks.context import Options
from checks.provers import portfolio
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.portfolio import BESIDE, STAGES, Stage, answer, nonnegative
from checks.running.runner import check
from checks.verdicts import Assurance, Verdict
from derivations import Bound
from derivations.domains import make_domain
from derivations.outcomes.budget import BudgetSpent, budget, fresh, steps_taken
from derivations.outcomes.reasons import Reason

TABLE = Path(__file__).parent.parent / "benchmarks" / "results" / "portfolio.json"
x, y = sp.symbols("x y", real=True)
UNIT = {x: Interval(0, 1), y: Interval(0, 1)}
HARD = sp.sin(40 * x * y) ** 2 + sp.sin(30 * (x - y)) ** 2 + Rational(1, 10**9)


def on(f: sp.Expr, where: tuple = (), **box: sp.Set):
    ranges = {s: box.get(str(s), UNIT[s]) for s in (x, y) if f.has(s) or any(r.has(s) for r in where)}
    return f, make_domain(ranges, where, set(ranges))


def test_an_enclosure_ends_the_search():
    found = answer(*on(sp.exp(x) - 1 - x))
    assert found.enclosed is not None
    assert found.proof is found.enclosed
    assert found.enclosed.assurance is Assurance.ENCLOSED


def test_a_false_claim_is_refuted_at_a_point_before_any_prover_is_asked():
    f, domain = on(Rational(1, 5) - x * y, (x + y <= 1,))
    found = answer(f, domain)
    assert (found.false, found.proof, found.obstacles) == (True, None, ())
    assert f.xreplace(found.at) < 0
    assert sum(found.at.values()) <= 1


def test_a_claim_that_fails_outside_of_its_conditions_only_is_not_refuted():
    found = answer(*on(Rational(1, 4) - x * y, (x + y <= 1,)))
    assert not found.false
    assert found.proof is not None


@pytest.mark.parametrize("less", [Rational(1, 1000), Rational(1, 10**5)])
def test_a_nearly_true_claim_is_not_proved(less: sp.Rational):
    for f, where in [
        (Rational(1, 4) - less - x * y, (x + y <= 1,)),
        (sp.exp(x) - 1 - x - less, ()),
        ((x - y) ** 2 - less, ()),
        (1 - sp.cos(x) - x**2 * (Rational(1, 2) - sp.Rational(1, 30)) - less / 100, ()),
    ]:
        found = answer(*on(f, where))
        assert found.proof is None


def test_what_is_left_open_says_where_it_is_tightest():
    found = answer(*on(HARD), stages=BESIDE)
    assert found.proof is None
    assert not found.false
    assert "tightest near x = " in found.why("enclosure").said
    assert HARD.xreplace(found.at).evalf() < Rational(1, 10)


def lying(module: str, monkeypatch: pytest.MonkeyPatch, assurance: Assurance = Assurance.ENCLOSED) -> Stage:
    """A prover that proves everything."""
    monkeypatch.setattr(Stage, "prove", property(lambda self: lambda c: Proof(module, c, ("trust me",), assurance)))
    return Stage("liar", (module, "prove"), "enclosure", True, True, 1000)


def test_the_proof_of_a_claim_that_is_false_somewhere_is_withdrawn(monkeypatch):
    stage = lying("liar", monkeypatch)
    monkeypatch.setattr(portfolio, "tightest", lambda *_: None)  # or it is refuted, and nobody is asked
    monkeypatch.setattr(portfolio, "false_at", lambda *_: None)
    found = answer(*on(Rational(1, 3) - x), stages=(stage,))
    assert found.proof is None
    assert found.why("enclosure").reason is Reason.CONTRADICTED


def test_a_proof_by_closed_forms_encloses_nothing(monkeypatch):
    k = sp.Symbol("k", integer=True, positive=True)
    stage = replace(lying("liar", monkeypatch), steps=10**6)
    f, domain = on(1 - sp.Sum(x**k / 2**k, (k, 1, sp.oo)))
    assert answer(f, domain, stages=(stage,)).enclosed is not None
    closed = answer(f, domain, stages=(Stage("closed", stage.function, "symbolic", False, False, 10**6),))
    assert (closed.enclosed, closed.symbolic is not None) == (None, True)


def test_who_asks_again_pays_again():
    f, domain = on(x**3 - x**4)
    spent = []
    with budget(10**7):
        for _ in range(3):
            before = steps_taken()
            answer(f, domain)
            spent.append(steps_taken() - before)
    assert spent[0] == spent[1] == spent[2] > 0


def test_a_search_that_was_cut_short_is_not_remembered():
    f, domain = on(HARD + x)
    portfolio._KNOWN.clear()
    with pytest.raises(BudgetSpent), budget(50):
        answer(f, domain)
    assert portfolio._KNOWN == {}


def test_answers_do_not_depend_on_what_was_asked_before():
    claims = [on(sp.exp(x) - 1 - x), on(x * (1 - x)), on(Rational(1, 4) - x * y, (x + y <= 1,))]

    def told(order):
        portfolio._KNOWN.clear()
        found = {}
        for i in order:
            fresh()
            a = answer(*claims[i])
            found[i] = (a.symbolic and a.symbolic.lines, a.enclosed and a.enclosed.lines, a.gap)
        return found

    assert told([0, 1, 2]) == told([2, 0, 1])


def test_any_proof_is_enough_for_a_link():
    proof = nonnegative(*on(x * (1 - x)))
    assert proof is not None
    assert nonnegative(*on(x * (1 - x) - Rational(1, 4))) is None


def test_a_claim_over_an_unreadable_expression_says_so():
    f = sp.Function("f")
    found = answer(f(x) - 1, make_domain({x: Interval(0, 1)}, (), {x}))
    assert found.proof is None
    assert found.why("symbolic").said


def test_two_methods_report_one_search():
    result = check(Bound("both", 1 + x, sp.exp(x), on={x: Interval(0, 2)}, sharp_at={x: 0}), Options(seed=1))
    by = {e.method: e for e in result.evidence}
    assert result.verdict is Verdict.VERIFIED
    assert by["enclosure"].verdict is Verdict.VERIFIED
    assert by["enclosure"].detail.startswith("balls: ")
    alone = check(Bound("both", 1 + x, sp.exp(x), on={x: Interval(0, 2)}, sharp_at={x: 0}), Options(("enclosure",), 1))
    assert alone.evidence[0].detail == by["enclosure"].detail


def test_the_table_is_in_order_and_names_what_there_is():
    assert len({s.name for s in STAGES}) == len(STAGES)
    assert all(callable(s.prove) for s in STAGES)
    claim = Claim(x, {x: Interval(0, 1)})
    assert all(isinstance(s.prove(claim), Proof | Obstacle) for s in STAGES)


def test_a_counterexample_is_small_and_round():
    a, b, c = sp.symbols("a b c", positive=True)
    nesbitt = a / (b + c) + b / (a + c) + c / (a + b)
    result = check(Bound("nesbitt", Rational(3, 2) + Rational(1, 10**5), nesbitt), Options(seed=0))
    assert result.verdict is Verdict.REFUTED
    assert {e.witness for e in result.evidence if e.verdict is Verdict.REFUTED} == {"a = 1, b = 1, c = 1"}


def test_an_undecided_claim_says_who_was_asked():
    f = sp.log(2) ** 2 - sp.log(1 + x) * sp.log(1 + 1 / x)
    found = answer(f, make_domain({x: Interval(Rational(1, 10), sp.oo)}, (), {x}), stages=STAGES[:2])
    assert found.proof is None
    assert "tightest near x = 1.0" in found.why("symbolic").said
    assert [line.split(":")[0] for line in found.told] == [s.name for s in STAGES[:2]]


def test_the_measured_table_has_the_provers_of_the_code_in_their_order_with_their_budgets():
    """`python -m benchmarks.portfolio` makes it anew after a change."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))["provers"]
    assert [(row["prover"], row["steps"]) for row in rows] == [(stage.name, stage.steps) for stage in STAGES]
    told = TABLE.with_suffix(".md").read_text(encoding="utf-8")
    assert [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| ")][2:] == [
        f"| {stage.name}" for stage in STAGES
    ]


def test_what_is_asked_first_proves_most_and_says_soon_where_it_finds_nothing():
    """The first half proves three quarters of what all do, and takes no longer than the slowest of the second half."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))["provers"]
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    names = {name for row in rows for name in row["names"]}
    assert len({name for row in first for name in row["names"]}) >= 0.75 * len(names)
    assert max(row["most"] for row in first) <= max(row["most"] for row in second)

"""The benchmark of inequalities: its problems are true and its twins false, and its runner counts what provers say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mpmath as mp
import pytest
import sympy as sp

from benchmarks.inequalities import GROUPS, by_arb, by_dreal, by_sympy, by_z3, problems
from benchmarks.inequalities.numbers import number
from benchmarks.inequalities.problem import Off, Problem, bound
from benchmarks.inequalities.provers import OPEN, PROVED, REFUTED, UNREAD, Answer, answered
from benchmarks.inequalities.run import chosen, main, merged, read, summary, table
from benchmarks.inequalities.smt import Unreadable, negation
from benchmarks.inequalities.truth import flaws
from benchmarks.peers import NoPeer
from derivations import Bound, gelu, inner, norm, ones, sigmoid, softplus, vector
from derivations.statements import Statement

x, y = sp.symbols("x y", real=True)
SIZES = {
    "field": 25, "boxes": 25, "rays": 20, "special": 20, "several": 15, "conditions": 10, "powers": 10, "sums": 10,
    "vectors": 8, "constants": 7,
}  # fmt: skip
SLOW = "constants.maximum-of-two"
"""Its double integral by quadrature takes seconds; its value is tested below."""


def test_there_are_150_problems_each_with_a_source_and_a_twin() -> None:
    assert Counter(name.partition(".")[0] for name in problems()) == SIZES
    assert list(GROUPS) == list(SIZES)
    assert all(p.twins and p.source and p.statement.slug == p.name for p in problems().values())


@pytest.mark.parametrize("group", GROUPS)
def test_problems_are_true_and_twins_are_false(group: str) -> None:
    found = [f for n, p in problems().items() if n.startswith(f"{group}.") and n != SLOW for f in flaws(n, p, 12)]
    assert not found


def test_the_mean_of_the_larger_of_two_gaussians() -> None:
    # E max = ∫ x·2φ(x)Φ(x) dx, by the density of the maximum and not by the plane
    mean = mp.quad(lambda t: 2 * t * mp.npdf(t) * mp.ncdf(t), [-mp.inf, 0, mp.inf])
    problem = problems()[SLOW]
    assert mp.almosteq(mean, number(problem.statement.content[1], {}), 1e-12)
    assert not mp.almosteq(mean, number(problem.twins[0].statement.content[1], {}), 1e-6)


def _problem(lhs: object, rhs: object, at: object, **given: object) -> Problem:
    return bound("p", "", lhs, rhs, Off({x: at}, rhs=rhs - sp.Rational(1, 1000)), **given)  # type: ignore[operator, arg-type]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (_problem(x, x**2, 1, on={x: (0, 2)}), "false by"),
        (_problem(x, x + sp.exp(-(x**2) * 10**6) * (x - 1), 0, on={x: (-1, 3)}), "false by"),
        (_problem(0, x**2, 1), "not false"),
        (_problem(x**2, 1, 2, on={x: (-1, 1)}), "outside"),
        (_problem(x**3, x**2, 1, where=x**2 < 1), "outside"),
    ],
    ids=["false", "false on a small part", "twin true", "twin outside", "twin against the condition"],
)
def test_what_is_wrong_with_a_problem_is_noticed(problem: Problem, said: str) -> None:
    assert any(said in f.text for f in flaws("p", problem, 200))


def test_numbers_are_those_of_other_ways() -> None:
    d = sp.Symbol("d", integer=True, positive=True)
    v = vector("v", d)
    k = sp.Symbol("k", integer=True)
    at = {d: mp.mpf(2), v: [mp.mpf(3), mp.mpf(4)], x: mp.mpf("0.3")}
    for expr, wanted in (
        (norm(v), 5),
        (inner(ones(d), v), 7),
        (norm(v / norm(v) + ones(d)), mp.sqrt(mp.mpf("1.6") ** 2 + mp.mpf("1.8") ** 2)),
        (gelu(x), mp.mpf("0.3") * mp.ncdf("0.3")),
        (sigmoid(x), (1 + mp.tanh("0.15")) / 2),
        (softplus(x) - softplus(-x), mp.mpf("0.3")),
        (sp.Sum(x**k, (k, 1, d)), mp.mpf("0.39")),
        (sp.Product(k + x, (k, 1, d)), mp.mpf("2.99")),
        (sp.digamma(x), mp.digamma("0.3")),
    ):
        assert mp.almosteq(number(expr, at), wanted, 1e-12), expr


# peers

SQUARE = Bound("square", 2 * x, x**2 + 1, on={x: (-2, 2)})
LESS = Bound("less", 2 * x, x**2 + sp.Rational(999, 1000), on={x: (-2, 2)})
APART = Bound("apart", x, x**2 + 1, on={x: (-2, 2)})
ROOTS = Bound("roots", sp.sqrt(x * y), (x + y) / 2, on={x: (0, 1), y: (0, 1)})
PI = Bound("pi", x, sp.pi, on={x: (0, 3)})


@pytest.mark.parametrize(
    ("peer", "statement", "verdict"),
    [
        (by_z3, SQUARE, PROVED),
        (by_z3, LESS, REFUTED),
        (by_z3, ROOTS, PROVED),
        (by_z3, PI, PROVED),
        (by_z3, Bound("nearly", sp.pi, sp.Rational(314159, 10**5), on={x: (0, 3)}), OPEN),
        (by_z3, Bound("order", sp.Abs(x), sp.Max(x, -x, 0)), PROVED),
        (by_z3, Bound("exp", 1 + x, sp.exp(x)), UNREAD),
        (by_arb, APART, PROVED),
        (by_arb, LESS, REFUTED),
        (by_arb, SQUARE, OPEN),
        (by_arb, Bound("ray", 1 + x, sp.exp(x)), UNREAD),
        (by_arb, Bound("part", x + y, 1, on={x: (0, 1), y: (0, 1)}, where=x + y < sp.Rational(9, 10)), PROVED),
        (by_sympy, Bound("positive", 0, x**2), PROVED),
        (by_sympy, LESS, REFUTED),
        (by_sympy, problems()["vectors.cauchy-schwarz"].statement, UNREAD),
    ],
)  # fmt: skip
def test_peers_say_what_is_so(
    peer: object, statement: Statement, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_arb, "BOXES", 1000)
    assert peer.decide(statement).verdict == verdict  # type: ignore[attr-defined]


def test_a_claim_as_text() -> None:
    text = negation(Bound("b", sp.exp(x), 1, on={x: sp.Interval.open(-1, 0)}), (sp.exp,))
    assert "(> v0_x (- 1.0))" in text
    assert "(< v0_x 0.0)" in text
    assert "(assert (> (exp v0_x) 1.0))" in text
    with pytest.raises(Unreadable, match="no exp"):
        negation(Bound("b", sp.exp(x), 1, on={x: (-1, 0)}))


def test_a_peer_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(by_dreal.COMMAND, "no-such-command")
    with pytest.raises(NoPeer, match="dreal is skipped"):
        by_dreal.prepare()


# the runner


def test_answers_come_from_a_process_that_ends() -> None:
    def forever(statement: Statement) -> Answer:
        while True:
            pass

    def breaks(statement: Statement) -> Answer:
        raise ValueError("it broke")

    assert answered(forever, SQUARE, 1).said == "no answer in 1 s"
    assert answered(breaks, SQUARE, 5).said == "ValueError: it broke"
    assert answered(lambda s: Answer(PROVED, "enclosed"), SQUARE, 5).verdict == PROVED


def test_a_run_counts_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.json"
    assert main(["--only", "z3,arb", "--select", "field.popoviciu", "rays.exp-t*", "-o", str(file)]) == 0
    said = capsys.readouterr().out
    assert "true  field.popoviciu" in said
    assert file.is_file()
    assert "| **proved** | **1 of 2** | **0 of 2** |" in file.with_suffix(".md").read_text()


def test_a_part_that_is_run_again_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    for select, which in (("field.popoviciu", "true"), ("field.popoviciu", "false"), ("field.schur", "true")):
        main(["--only", "z3", "--select", select, "--claims", which, "-o", str(file)])
    names = [r["name"] for r in read(file)["z3"]]
    twins = [f"field.popoviciu~{i + 1}" for i in range(len(problems()["field.popoviciu"].twins))]
    assert names == ["field.schur", "field.popoviciu", *twins]
    assert merged({"z3": [{"name": "field.gone"}]}, {}) == {"z3": []}


def test_a_wrong_answer_is_counted() -> None:
    record = {"name": "field.a", "true": True, "verdict": REFUTED, "assurance": "", "seconds": 1.0, "said": ""}
    twin = {**record, "name": "field.a~1", "true": False, "verdict": PROVED, "seconds": 9.0}
    found = summary([record, twin])
    assert (found["true refuted"], found["twins accepted"], found["proved"]) == (1, 1, 0)
    assert found["seconds"]["max"] == 1.0
    assert "| false twins accepted | 1 |" in table({"z3": found})


def test_problems_are_chosen_by_patterns() -> None:
    assert list(chosen(["field.am*"])) == ["field.am-gm"]
    assert len(chosen([])) == 150
    with pytest.raises(SystemExit):
        main(["--only", "nobody"])

"""`lemmata why`: the open piece, where it is tightest, and hypotheses under which it is proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from sympy import Interval, Rational, S, Symbol, cos, exp, oo, sin
from typer.testing import CliRunner

from checks.cli import app
from checks.new.manuscript.writing import bound_in_python
from checks.studies import why
from checks.studies.why import account, piece_of
from checks.terminal.why import ADVICE
from checks.verdicts import Verdict
from derivations import Bound, Identity
from derivations.outcomes.reasons import Reason
from derivations.steps import chain
from derivations.vectors import inner, vector

x, y, eta, mu = (Symbol(name, real=True) for name in ("x", "y", "eta", "mu"))


def proved(statement: Bound) -> set[str]:
    return {c.words for c in account(statement).changes if c.proved}


def test_a_missing_hypothesis_is_named_and_a_false_one_is_not() -> None:
    statement = Bound("contraction", (1 - eta * mu) ** 2, 1 - eta * mu, on={eta: (0, 3), mu: (0, 1)})
    found = account(statement)
    assert found.result.verdict is Verdict.REFUTED
    assert found.false
    assert {"η·mu ≤ 1", "η ≤ 1"} <= proved(statement)
    assert not {"η ≥ 1", "η ≤ 2", "mu ≤ η"} & proved(statement)


def test_hypotheses_that_are_proved_hold_and_others_fail_by_numbers() -> None:
    lower, upper = 1 - x**3, exp(-x)
    found = account(Bound("cubes", lower, upper, on={x: (-1, 1)}))
    gap = upper - lower
    grid = [Rational(k, 40) for k in range(-40, 41)]
    for change in found.changes:
        name, sign, cut = change.words.split()
        assert name == "x"
        kept = [p for p in grid if (p <= S(cut) if sign == "≤" else p >= S(cut))]
        holds = all(float(gap.subs(x, p)) >= -1e-12 for p in kept)
        assert holds or not change.proved, change


def test_more_room_is_said_to_be_enough_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(why, "STEPS", 250_000)
    monkeypatch.setattr(why, "MOST", 2)
    tight = Bound("tight", sin(x * y) ** 2 + cos(x + y), 1 + x**2 * y**2 + y**4 / 4, on={x: (-1, 1), y: (-1, 1)})
    found = account(tight)
    assert found.result.verdict is Verdict.UNDECIDED
    assert "1% more on the right side" in {c.words for c in found.changes if c.proved}
    assert found.at
    assert not found.false
    assert found.told
    scope: dict[str, object] = {"x": x, "y": y, "sin": sin, "cos": cos, "Bound": Bound}
    again = eval(bound_in_python("tight-left", tight.lower, tight.upper, tight.domain).rstrip().rstrip(","), scope)
    assert (again.lower, again.upper, again.domain) == (tight.lower, tight.upper, tight.domain)


def test_of_a_derivation_the_step_that_is_open_is_the_piece() -> None:
    derivation = chain(x**2)
    for end, reason in ((x, "since x ≤ 1"), (x / 2, "a step that is wrong"), (S.One, "since x ≤ 1")):
        derivation = derivation.then(end, reason, relation="<=")
    statement = Bound("steps", x**2, 1, on={x: Interval(0, 1)}, derive=lambda: derivation)
    found = account(statement)
    assert found.piece is not None
    assert (found.piece.lower, found.piece.upper) == (x, x / 2)
    assert found.piece.title.startswith("step 2")
    assert found.false
    assert not any(c.proved for c in found.changes if c.words.startswith("x ≥"))


@pytest.mark.parametrize(
    "statement",
    [
        Identity("wrong", sin(x) ** 2, 1 - cos(x) ** 2 + x, on={x: S.Reals}),
        Bound("right", x, x**2 + 1, on={x: S.Reals}),
    ],
    ids=lambda s: s.slug,
)
def test_what_is_no_open_inequality_has_an_account_as_well(statement: Bound | Identity) -> None:
    found = account(statement)
    assert found.piece is None or found.result.verdict is not Verdict.VERIFIED


def test_vectors_have_no_cuts() -> None:
    d = Symbol("d", integer=True, positive=True)
    v, w = vector("v", d), vector("w", d)
    found = account(Bound("product", inner(v, w), inner(v, v) / 2, on={d: S.Naturals}))
    assert found.result.verdict is Verdict.REFUTED
    assert not any("v" in c.words for c in found.changes)
    assert piece_of(Identity("same", x, x, on={x: (0, oo)}), found.result) is None


def test_where_a_step_fails_is_where_that_step_fails() -> None:
    steps = ((x**2 + y**2 - x, "a"), (x**2 + y**2 + 1, "b"))
    derivation = chain(2 * x * y)
    for end, reason in steps:
        derivation = derivation.then(end, reason, relation="<=")
    found = account(Bound("d", 2 * x * y, x**2 + y**2 + 1, derive=lambda: derivation))
    assert found.piece is not None
    assert found.false
    low, high = map(float, found.at.rpartition("the sides are ")[2].split(" and "))
    assert low > high


def test_what_is_not_sharp_is_not_said_to_be_false() -> None:
    found = account(Bound("s", x**2, x, on={x: (0, 1)}, sharp_at={x: Rational(1, 2)}))
    assert found.result.verdict is Verdict.REFUTED
    assert not found.false


def test_whole_numbers_have_hypotheses_and_points_of_their_own() -> None:
    n = Symbol("n", integer=True, positive=True)
    found = account(Bound("n", n, n**2 - 1, on={n: S.Naturals}))
    assert found.result.verdict is Verdict.REFUTED
    assert found.at.startswith("n = 1,")
    assert {"n ≥ 2"} <= {c.words for c in found.changes if c.proved}


def test_the_command_prints_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        """from sympy import Symbol, exp
from derivations import Bound, Paper

x = Symbol("x", real=True)
paper = Paper("mine", title="Mine", statements=(Bound("cubes", 1 - x**3, exp(-x), on={x: (-1, 1)}),))
"""
    )
    shown = CliRunner().invoke(app, ["why", f"{file}:cubes"])
    assert shown.exit_code == 0, shown.output
    assert "refuted" in shown.output
    assert "with x ≤ 0" in shown.output
    assert "proved" in shown.output


def test_what_a_file_measures_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "coins.py"
    file.write_text(
        """from checks.readings import Reading, Tried
from derivations import Paper, Probability

paper = Paper("coins", title="Coins", statements=(Probability("fair", "heads", at_least=0.9),))
READINGS = {"fair": Reading("sampling", lambda context: Tried(1000, 2000, "tosses"))}
"""
    )
    shown = CliRunner().invoke(app, ["why", f"{file}:fair"])
    assert shown.exit_code == 0, shown.output
    assert "1000 of 2000 tosses" in shown.output


def test_there_is_advice_for_every_reason_and_the_documentation_gives_it() -> None:
    page = (Path(__file__).parent.parent / "docs/verdicts.md").read_text(encoding="utf-8")
    assert set(ADVICE) == set(Reason)
    for reason, advice in ADVICE.items():
        assert any(row.startswith(f"| {reason} |") and row.endswith(f"| {advice} |") for row in page.splitlines()), (
            reason
        )

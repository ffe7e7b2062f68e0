"""Hypotheses denied in turn, witnesses that run again, and the table of sharpest constants."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from checks import cli
from checks.context import Context
from checks.errors import UsageError
from checks.library.collect import Item, collect, resolve
from checks.methods import search
from checks.provers import balls
from checks.provers.claims import Claim, Obstacle
from checks.provers.portfolio import answer
from checks.running.runner import Options, check
from checks.studies.at import at_point, command_for, parse_point
from checks.studies.constants import Sharpest, latex_table, sharpest_of
from checks.studies.hypotheses import assumptions_of, known_of
from checks.verdicts import Verdict
from derivations import Bound, Identity, inner, vector
from derivations.statements import Statement
from numerics.balls.enclosure import Unbounded, compactified
from numerics.values.points import exact_points, point_text

x, y = sp.symbols("x y", real=True)
L = sp.Symbol("L", integer=True, positive=True)


def statement(id: str) -> Statement:
    return resolve(collect([id])[0])


def item(id: str) -> Item:
    return collect([id])[0]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


# Points


@pytest.mark.parametrize("id", ["liu2019.dissipativity-w", "macdonald2023.wn-first", "zhang2019.growth-lower-step"])
def test_a_point_is_read_back_as_it_was_written(id: str) -> None:
    made = statement(id)
    for _, point in exact_points(made.domain, 6, np.random.default_rng(3)):
        short = {s: v for s, v in point.items() if len(str(v)) <= 12 or s in made.domain.vectors}
        if short.keys() == point.keys() and all(len(str(e)) <= 12 for v in made.domain.vectors for e in point[v]):
            assert parse_point(point_text(point), made) == point


@pytest.mark.parametrize(
    "text",
    [
        "phi = __import__('os').getcwd()",
        "phi = phi",
        "phi = (lambda: 1)()",
        "phi = 2**10**10",
        "psi = 1",
        "phi",
        "phi = 1/0",
    ],
)
def test_a_point_is_parsed_and_never_executed(text: str) -> None:
    with pytest.raises(UsageError):
        parse_point(text, statement("liu2019.g-derivative"))


def test_a_point_needs_every_symbol() -> None:
    with pytest.raises(UsageError, match="no value for t"):
        parse_point("phi = 1", statement("liu2019.step-w-no-overshoot"))


def test_sizes_and_angles_follow_from_the_vectors() -> None:
    point = parse_point("v = (1, 0), v* = (0, 1)", statement("liu2019.gap-upper"))
    assert {str(s): v for s, v in point.items() if v in (2, sp.pi / 2)} == {"p": 2, "phi": sp.pi / 2}


def test_at_says_whether_it_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    assert run(monkeypatch, "at", "liu2019.step-w-no-overshoot", "phi = 1, t = 1/2") == 0
    assert run(monkeypatch, "at", "liu2019.step-w-no-overshoot", "phi = 1, t = 2") == 1
    assert "outside of the domain" in capsys.readouterr().out
    assert run(monkeypatch, "at", "liu2019.success-random-0", "k = 1") == 2
    assert run(monkeypatch, "at", "liu2019.g-*", "phi = 1") == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_the_command_of_a_witness_fails_again() -> None:
    false = Bound("false", x**2, x, on={x: (0, 3)}, paper="mine")
    result = check(false, Options())
    witness = next(e.witness for e in result.evidence if e.verdict is Verdict.REFUTED)
    assert witness
    assert command_for(false, witness).startswith("lemmata at mine.false 'x = ")
    assert not at_point(false, parse_point(witness, false)).holds
    assert command_for(false, "x = 1/2") == ""  # it holds there


def test_integer_witnesses_are_the_smallest() -> None:
    """(1 + L^(−9/10)/2)^L ≤ e holds up to some depth: the first at which it fails is the witness."""
    stable = Bound("stable", (1 + sp.Rational(1, 2) * L ** sp.Rational(-9, 10)) ** L, sp.E)
    (found,) = search.run(stable, (), Context(0, "cpu", "t"))
    assert found.verdict is Verdict.REFUTED
    first = int(found.witness.split("= ")[1])
    assert (1 + 0.5 * first**-0.9) ** first > np.e >= (1 + 0.5 * (first - 1) ** -0.9) ** (first - 1)


# Hypotheses


def test_a_needed_hypothesis_has_a_witness_that_fails() -> None:
    found = assumptions_of(item("liu2019.dissipativity-w"))
    assert "phi" in found.satisfied
    by = {d.hypothesis.split(":")[0]: d for d in found.denials}
    needed = by["phi <= 5*pi/12"]
    assert needed.needed is True
    made = statement("liu2019.dissipativity-w")
    assert not at_point(made, parse_point(needed.witness, made)).holds
    assert needed.again.startswith("lemmata at ")
    assert by["shortcut-prior"].needed is True


def test_a_hypothesis_that_is_not_needed_is_not_called_needed() -> None:
    (denied, *_) = [d for d in assumptions_of(item("liu2019.step-w-no-overshoot")).denials if d.hypothesis == "t ≥ 0"]
    assert denied.needed is False


def test_where_there_is_no_value_nothing_is_claimed() -> None:
    denials = {d.hypothesis: d for d in assumptions_of(item("macdonald2023.en-first")).denials}
    assert denials["epsilon > 0"].needed is not False


def test_a_closed_form_is_not_trusted_outside_of_its_ranges() -> None:
    """E‖relu(h + τWh)‖² is even in τ; its closed form, derived for τ > 0, is not, and showed τ > 0 to be needed."""
    denials = {d.hypothesis: d for d in assumptions_of(item("zhang2019.layer-lower")).denials}
    assert denials["tau > 0"].needed is not True


def test_hypotheses_of_the_paper_by_name() -> None:
    by = {d.hypothesis.split(":")[0]: d for d in assumptions_of(item("du2018.full-rank")).denials}
    assert by["not-parallel"].needed is True
    assert by["smooth-activation"].needed is True
    assert by["unit-norms"].needed is False
    other = {d.hypothesis.split(":")[0]: d for d in assumptions_of(item("zhang2019.phase-critical")).denials}
    assert other["gaussian-weights"].needed is None  # the case contradicts a step of the proof, not the rate


def test_every_named_hypothesis_of_the_library_is_denied_somewhere() -> None:
    from checks.papers import denied
    from checks.papers.denials import DENIALS
    from derivations.papers import KEYS, paper

    for key in KEYS:
        assert all(denied(key, name) is not None for name in paper(key).hypotheses)
        assert set(DENIALS.get(key, {})) <= set(paper(key).hypotheses)


def test_contradictory_conditions_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.py").write_text(
        "from sympy import symbols\nfrom derivations import Bound, Paper\n"
        "x, y = symbols('x y', real=True)\n"
        "paper = Paper('empty', statements=(Bound('b', x, y - 5, where=(x >= y + 1, y >= x + 1)),))\n"
    )
    assert run(monkeypatch, "hypotheses", "empty.py") == 1


def test_what_was_found_is_kept_for_the_very_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "hypotheses", "macdonald2023.ce-diagonal", "--json", "out.json") == 0
    (data,) = json.loads(Path("out.json").read_text())
    assert data["statement"] == "macdonald2023.ce-diagonal"
    made = statement("macdonald2023.ce-diagonal")
    assert known_of(made) is not None
    assert known_of(statement("macdonald2023.en-bounded")) is None
    Path(".lemmata/memory.sqlite").write_text("{ damaged")
    assert known_of(made) is None


# Sharpest constants


@cache
def sharpest(id: str) -> Sharpest | None:
    """The row of a statement, found once."""
    return sharpest_of(item(id))


def test_printed_stated_and_sharpest_stand_side_by_side() -> None:
    row = sharpest("liu2019.dissipativity-w")
    assert row is not None
    assert (row.printed, row.known) == ("1/8", "exact")
    assert row.slack == pytest.approx(1 - 0.125 / 0.18357777741078428, rel=1e-9)


def test_a_constant_that_is_not_sharp_is_enclosed() -> None:
    row = sharpest("liu2019.gap-square")
    assert row is not None
    assert row.known == "enclosed"
    assert row.low <= 2.62487889062 <= row.high < 2.625
    assert row.high - row.low < 1e-6


def test_the_best_constant_is_met_inside_of_the_domain() -> None:
    """A candidate moved to an end of its range left the conditions, and asked for constants of 10¹¹."""
    for id in ("zhang2019.growth-lower-step", "macdonald2023.rate-quadratic", "macdonald2023.ce-concave"):
        row = sharpest(id)
        assert row is not None
        assert row.high <= 1 + 1e-9


def test_statements_without_constants_have_no_row() -> None:
    assert sharpest_of(item("liu2019.g-derivative")) is None
    assert sharpest_of(item("liu2019.success-random-0")) is None


def test_the_table_is_latex(tmp_path: Path) -> None:
    ids = [
        "liu2019.gap-upper",
        "liu2019.gap-lower",
        "liu2019.gap-square",
        "liu2019.relu-mean",
        "liu2019.dissipativity-w",
    ]
    rows = [r for r in map(sharpest, ids) if r]
    table = latex_table("liu2019", rows)
    assert table.count(r"\\") == len(rows) + 1
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here: apt-get install texlive-latex-recommended")
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n" + table + "\\end{document}\n"
    )
    done = subprocess.run(["pdflatex", "-interaction=batchmode", "-halt-on-error", "t.tex"], cwd=tmp_path, check=False)
    assert done.returncode == 0


# Half-lines


@pytest.mark.parametrize(
    ("bound", "holds"),
    [
        (Bound("a", x / (1 + x**2), sp.Rational(1, 2), sharp_at={x: 1}), True),
        (Bound("b", x / (1 + x**2), sp.Rational(4999, 10000)), False),
        (Bound("c", x * sp.exp(-x), sp.exp(-1), on={x: sp.Interval(0, sp.oo)}, sharp_at={x: 1}), True),
        (Bound("d", x * sp.exp(-x), sp.exp(-1) - sp.Rational(1, 10**6), on={x: sp.Interval(0, sp.oo)}), False),
        (Bound("e", sp.sin(x) ** 2, x**2), True),
        (Bound("f", sp.sin(x) ** 2, x**2 * sp.Rational(999, 1000)), False),
        (Bound("g", x**3 / (1 + x**4), sp.Rational(6, 10), on={x: sp.Interval(0, sp.oo)}), True),
    ],
    ids=lambda v: getattr(v, "slug", ""),
)
def test_half_lines_are_enclosed(bound: Bound, holds: bool) -> None:
    found = answer(bound.upper - bound.lower, bound.domain, bound.sharp_at)
    assert (found.enclosed is not None) is holds
    assert found.false is not holds


def test_a_domain_that_no_substitution_bounds_is_undecided_and_says_so() -> None:
    found = balls.prove(Claim(y**2 + 1 - sp.sin(x) * y, {x: sp.S.Reals, y: sp.S.Reals}))
    assert isinstance(found, Obstacle)
    assert "no substitution here makes that bounded" in found.why.said
    with pytest.raises(Unbounded, match="give x two finite ends"):
        compactified(sp.exp(x), {x: sp.S.Reals})


def test_rules_of_sign_alone_are_no_enclosure() -> None:
    n, k = sp.symbols("n k", integer=True, positive=True)
    result = check(Bound("harmonic", sp.Sum(1 / k, (k, 1, n)), 1 + sp.log(n)), Options())
    assert result.verdict is Verdict.VERIFIED
    assert result.assurance.value == "symbolic"


def test_a_sum_of_squares_counts_as_an_enclosure() -> None:
    a, b = vector("a", L), vector("b", L)
    result = check(Bound("cs", inner(a, b) ** 2, inner(a, a) * inner(b, b)), Options())
    assert result.verdict is Verdict.VERIFIED
    assert result.assurance.value == "enclosed"


def test_identity_has_no_enclosure() -> None:
    assert check(Identity("i", x, x)).assurance.value == "symbolic"

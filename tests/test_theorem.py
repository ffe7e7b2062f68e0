"""`lemmata theorem`: the chain of constants on data, what one sharp lemma saves, and what cannot be evaluated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import forked
import numpy as np
import pytest
from mpmath import mp, mpf
from sympy import Max, Symbol, exp, log

from checks.errors import InputError
from checks.measurable import Setting, TheoremReading
from checks.studies.theorems.evaluation import evaluated
from checks.studies.theorems.tables import as_json, as_latex, beyond_proof, number
from derivations import Bound, Paper
from derivations.claim import StatementError
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED
from derivations.theorems import Quantity, Theorem
from numerics.data import sphere
from numerics.errors import EvaluationError
from numerics.values.theorems import exponents, parts, values

n, H, lam, c, k, M, T = (Symbol(name, positive=True) for name in ("n", "H", "lambda_0", "c", "k", "M", "T"))
CHAIN = Theorem(
    "main",
    (
        Quantity(n),
        Quantity(lam),
        Quantity(c, 3 + 0 * n, "norms"),
        Quantity(k, c**2 * n, "moves"),
        Quantity(M, Max(k**2 / lam**2, log(n) ** 9)),
        Quantity(T, 1 / lam),
    ),
    {"width": M, "iterations": T},
)
SETTING = Setting(sphere(4, 10, 0))


def reading(**measured: float) -> TheoremReading:
    return TheoremReading(lambda s: {"lambda_0": 0.5}, lambda s, v: measured, lambda s, v: {"width": 7})


def test_the_chain_against_the_same_by_hand() -> None:
    found = evaluated("mine.main", CHAIN, reading(c=1.5), SETTING)
    assert found.demands["width"] == (9 * 4) ** 2 / 0.25
    assert found.demands["iterations"] == 2
    assert found.sharp["width"] == (2.25 * 4) ** 2 / 0.25
    assert found.saved(next(r for r in found.rows if r.quantity.symbol == c)) == pytest.approx(np.log10(16))
    assert [row.quantity.lemma for row in found.wasteful()] == ["norms"]
    assert found.needed == {"width": 7}


def test_one_constant_alone_is_replaced_and_all_that_rest_on_it_follow() -> None:
    found = evaluated("mine.main", CHAIN, reading(c=1.5, k=6.0), SETTING)
    by = {str(row.quantity.symbol): row for row in found.rows}
    assert by["c"].asked["width"] == (2.25 * 4) ** 2 / 0.25
    assert by["k"].asked["width"] == 36 / 0.25
    assert found.sharp["width"] == 36 / 0.25  # what is measured of k stands, whatever c is
    assert [row.quantity.lemma for row in found.wasteful()] == ["moves", "norms"]


def test_powers_are_the_logarithmic_derivatives() -> None:
    powers = exponents(CHAIN, M, {"n": 50, "lambda_0": 0.001})
    assert powers[n] == pytest.approx(2, abs=1e-9)
    assert powers[lam] == pytest.approx(-2, abs=1e-9)
    other = exponents(CHAIN, M, {"n": 50, "lambda_0": 1e6})  # the logarithm counts here
    assert other[n] == pytest.approx(9 / np.log(50), abs=1e-9)
    assert other[lam] == 0


def test_which_part_binds() -> None:
    told = parts(CHAIN, M, values(CHAIN, {"n": 50, "lambda_0": 1e6}))
    assert [str(part) for part, _ in told] == ["log(n)**9", "k**2/lambda_0**2"]
    assert told[0][1] == max(value for _, value in told)


def test_numbers_of_any_size_are_numbers() -> None:
    deep = Theorem("deep", (Quantity(H), Quantity(M, exp(H) ** 2)), {"width": M})
    found = values(deep, {"H": 10**9})[M]
    assert mp.isfinite(found)
    assert number(found) == "3.23·10⁸⁶⁸⁵⁸⁸⁹⁶³" or number(found).startswith(number(found)[:4] + "·10⁸⁶⁸⁵⁸⁸⁹⁶³")
    with mp.workdps(30):
        assert abs(mp.log(found) / (2 * mpf(10) ** 9) - 1) < mpf(10) ** -25


def test_a_constant_above_what_the_proof_says_refutes_its_lemma() -> None:
    assert beyond_proof(evaluated("mine.main", CHAIN, reading(c=2.9), SETTING)) == []
    (row,) = beyond_proof(evaluated("mine.main", CHAIN, reading(c=3.1), SETTING))
    assert row.quantity.lemma == "norms"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "the data do not give lambda_0"),
        ({"lambda_0": 0}, "must be positive and finite"),
        ({"lambda_0": -1}, "must be positive and finite"),
        ({"lambda_0": float("inf")}, "must be positive and finite"),
        ({"lambda_0": float("nan")}, "must be positive and finite"),
        ({"lambda_0": "much"}, "is not a number"),
    ],
)
def test_data_that_do_not_do_are_told_in_one_line(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as error:
        evaluated("mine.main", CHAIN, TheoremReading(lambda s: given), SETTING)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_names_that_are_none_are_told() -> None:
    with pytest.raises(InputError, match="is not one of its constants"):
        evaluated("mine.main", CHAIN, reading(z=1.0), SETTING)
    with pytest.raises(InputError, match="has no datum m; it has n, lambda_0"):
        evaluated("mine.main", CHAIN, reading(), Setting(sphere(4, 10, 0), given={"m": 3}))


def test_a_formula_without_a_value_is_told() -> None:
    wrong = Theorem("wrong", (Quantity(n), Quantity(M, 1 / (n - 4))), {"width": M})
    with pytest.raises(EvaluationError, match="M has no value"):
        values(wrong, {"n": 4})


@pytest.mark.parametrize(
    ("quantities", "said"),
    [
        ((Quantity(n), Quantity(n)), "given twice"),
        ((Quantity(n), Quantity(M, n * c)), "needs c, which is not given"),
        ((Quantity(M, n), Quantity(n)), "needs n, which comes later"),
        ((Quantity(c, k), Quantity(k, c), Quantity(M)), "a circle"),
    ],
)
def test_chains_that_are_none(quantities: tuple[Quantity, ...], said: str) -> None:
    with pytest.raises(StatementError, match=said):
        Theorem("main", quantities, {"width": M})


def test_a_lemma_must_exist() -> None:
    x = Symbol("x", real=True)
    with pytest.raises(StatementError, match="names 'norms', which does not exist"):
        Paper("mine", statements=(Bound("main", x, x**2 + 1),), theorems=(CHAIN,))


def test_json_and_latex_hold_what_was_found() -> None:
    found = evaluated("mine.main", CHAIN, reading(c=1.5), SETTING)
    told = json.loads(json.dumps(as_json(found)))
    assert told["asked"]["width"] == "5184.0"
    assert [row["lemma"] for row in told["constants"] if row["saves_powers_of_ten"]] == ["norms"]
    text = as_latex(found)
    assert r"k &= c^{2} n && \text{(moves)}" in text
    assert text.count(r"\begin{tabular}") == 1


OWN = """
from sympy import Symbol
from checks.measurable import TheoremReading
from derivations import Bound, Paper
from derivations.theorems import Quantity, Theorem

n, c, M, x = (Symbol(name, positive=True) for name in ("n", "c", "M", "x"))
paper = Paper(
    "mine",
    statements=(
        Bound("main", x, x**2 + 1, title="My theorem"),
        Bound("lemma", 2 * x, x**2 + 1),
    ),
    theorems=(
        Theorem(
            "main",
            (Quantity(n), Quantity(c, 2 * n / n, "lemma", "a norm"), Quantity(M, c**3 * n**2)),
            {"width": M},
        ),
    ),
)
THEOREMS = {"main": TheoremReading(lambda s: {}, lambda s, v: {"c": 1.0}, lambda s, v: {"width": 3})}
"""


def lemmata(folder: Path, *arguments: str) -> tuple[int, str]:
    done = forked.run(folder, "checks", "theorem", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_users_own_theorem(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    code, said = lemmata(tmp_path, "own.py", "--inputs", "5", "--json", "own.json", "--figures", "pictures")
    assert code == 0
    assert "My theorem" in said
    assert "sharpening lemma lemma alone lowers the width by 10^0.9" in said
    assert json.loads((tmp_path / "own.json").read_text())["theorems"][0]["asked"] == {"width": "200.0"}
    assert (tmp_path / "pictures" / "mine-main-width.png").stat().st_size > 5000
    code, said = lemmata(tmp_path, "own.py:lemma")
    assert code == 2
    assert "there are mine.main" in said
    code, said = lemmata(tmp_path, "own.py", "--set", "n")
    assert code == 2
    assert "write NAME=VALUE" in said
    code, said = lemmata(tmp_path, "own.py", "--delta", "2")
    assert code == 2
    assert "a number between 0 and 1" in said


def test_a_lemma_that_does_not_hold_is_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace('{"c": 1.0}', '{"c": 2.5}'))
    code, said = lemmata(tmp_path, "own.py", "--width", "799")  # the theorem asks for 800
    assert code == 0
    assert "does not reach down to width 799, the theorem asks for M = 800" in " ".join(said.split())
    code, said = lemmata(tmp_path, "own.py", "--width", "800")
    assert code == 1
    assert "refuted: c is measured as 2.5, the proof says at most 2: lemma lemma does not hold there" in said


def test_the_page_shows_what_a_theorem_asks_for(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN)
    lemmata(tmp_path, "own.py", "--json", "asked.json")
    done = forked.run(tmp_path, "checks", "report", "own.py", "--theorems", "asked.json", "-o", "site")
    assert done.returncode == 0, done.stderr
    front = (tmp_path / "site" / "index.html").read_text()
    assert "What the theorems ask for" in front
    assert "Sharpening lemma" in front
    page = (tmp_path / "site" / "statements" / "mine.main.html").read_text()
    assert page.index("What the proof asks for") < page.index("Evidence")
    assert "What each constant costs" in page
    (tmp_path / "asked.json").write_text('{"theorems": [{"id": "mine.main"}]}')
    done = forked.run(tmp_path, "checks", "report", "own.py", "--theorems", "asked.json", "-o", "site")
    assert done.returncode == 2
    assert "is not what `lemmata theorem --json` writes" in done.stderr


def test_what_is_measured_is_a_number_and_may_be_nothing() -> None:
    with pytest.raises(InputError, match="measured value of c is nan"):
        evaluated("mine.main", CHAIN, reading(c=float("nan")), SETTING)
    shrinks = Theorem("main", (Quantity(n), Quantity(c, 3 + 0 * n), Quantity(M, n / c)), {"width": M})
    found = evaluated("mine.main", shrinks, reading(c=0.0), SETTING)
    assert found.sharp == {}
    assert found.wasteful() == []


def test_a_theorem_asks_for_something() -> None:
    with pytest.raises(StatementError, match="demands is empty"):
        Theorem("main", (Quantity(n),))


def test_sizes_are_whole_numbers() -> None:
    with pytest.raises(InputError, match="a whole number is needed"):
        evaluated("mine.main", CHAIN, reading(), replace(SETTING, given={"n": 2.5}))
    assert evaluated("mine.main", CHAIN, reading(), replace(SETTING, given={"n": 3})).demands["iterations"] == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"H": 1}, "the proof is for H >= 2, here H = 1"),
        ({"k_low": 0.4}, "the proof is for k_low > 1/2, here k_low = 0.4"),
        ({"k_low": 0.5}, "the proof is for k_low > 1/2"),
        ({"k_high": 0.9, "k_low": 0.9}, "the proof is for k_high >= 1"),
        ({"k_low": 2}, "here k_high = 1.0, k_low = 2.0"),
        ({"delta": 1}, "the proof is for delta < 1"),
    ],
)
def test_data_outside_of_a_theorems_conditions_are_refused(given: dict[str, Any], said: str) -> None:
    inside = {"n": 10, "d": 64, "delta": 0.1, "epsilon": 0.01, "L": 1, "beta": 0.25, "y_max": 1, "k_low": 1}
    inside |= {"H": 3, "lambda_0": 5e-4, "c_sigma": 1.0855, "k_high": 1}
    assert values(FULLY_CONNECTED, inside)
    with pytest.raises(EvaluationError) as error:
        values(FULLY_CONNECTED, inside | given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("where", [(n + 1,), (Symbol("unknown") >= 1,)])
def test_conditions_of_a_theorem_are_inequalities_of_its_symbols(where: Any) -> None:
    with pytest.raises(StatementError, match=r"no inequality|not given"):
        Theorem("main", (Quantity(n), Quantity(M, 4 * n)), {"width": M}, where)


def test_every_theorem_of_the_library_is_evaluated_and_one_that_fails_loses_no_other(tmp_path: Path) -> None:
    """One whose depth was too small by default left the page without any of them."""
    every = tmp_path / "every.json"
    arguments = ["theorem", "--no-measure", "--json", str(every)]
    done = forked.run(tmp_path, "checks", *arguments)
    assert done.returncode == 0, done.stderr
    ids = [t["id"] for t in json.loads(every.read_text())["theorems"]]
    assert "zhang2019.relu-convergence" in ids
    less = tmp_path / "less.json"
    two = ("liu2019.iterations", "zhang2019.relu-convergence")
    done = forked.run(tmp_path, "checks", "theorem", *two, "--no-measure", "--depth", "3", "--json", str(less))
    assert done.returncode == 2
    assert "zhang2019.relu-convergence: L = 3: the theorem needs at least 8 residual blocks" in done.stderr
    assert [t["id"] for t in json.loads(less.read_text())["theorems"]] == ["liu2019.iterations"]

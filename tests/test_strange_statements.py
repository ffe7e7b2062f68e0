"""Statements as strangers write them: each ends in a verdict or in one line, and no true one is refuted."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy import I, Pow, Product, Rational, Sum, acos, asin, atan, cos, exp, log, pi, sin, sqrt, tan

from checks.api import check
from checks.errors import UsageError
from checks.library.collect import load_file
from checks.terminal.run import headline
from checks.verdicts import Assurance, Evidence, Result, Verdict
from derivations import (
    Bound,
    Existence,
    Expectation,
    Identity,
    Probability,
    Statement,
    StatementError,
    inner,
    norm,
    vector,
)
from derivations.papers import paper
from derivations.proofs.equality import difference, unfold, vanishes

x, y = sp.symbols("x y", real=True)
n, k = sp.symbols("n k", integer=True, positive=True)
MATRIX = sp.ImmutableMatrix(80, 80, lambda i, j: i)
HEAD = "from derivations import *\n"
GOOD = (Verdict.VERIFIED, Verdict.MEASURED)
below, beyond = {x: (-2, -1), y: (-2, -1)}, {x: (1, 2), y: (1, 2)}


@pytest.mark.parametrize(
    ("left", "right", "on", "true"),
    [
        (log(exp(I * x)), I * x, {x: (0, 10)}, False),
        (log(exp(I * x)), I * x, {x: (0, 3)}, True),
        (sqrt(x**2), x, {x: (-1, 1)}, False),
        (sqrt(x**2), x, {x: (0, 1)}, True),
        (sqrt(x**2), -x, {x: (-2, -1)}, True),
        ((-1) ** x, exp(I * pi * x), {x: (-2, 2)}, True),
        ((-1) ** x, cos(pi * x), {x: (-2, 2)}, False),
        (sqrt(x) * sqrt(y), sqrt(x * y), below, False),
        (sqrt(x) * sqrt(y), -sqrt(x * y), below, True),
        (sqrt(x) * sqrt(y), sqrt(x * y), beyond, True),
        (log(x * y), log(x) + log(y), below, False),
        (log(x * y), log(x) + log(y), beyond, True),
        (log(x), log(-x) + I * pi, {x: (-2, -1)}, True),
        (log(x), log(-x) - I * pi, {x: (-2, -1)}, False),
        (asin(sin(x)), x, {x: (-pi, pi)}, False),
        (asin(sin(x)), x, {x: (-pi / 2, pi / 2)}, True),
        (acos(cos(x)), x, {x: (-1, 1)}, False),
        (acos(cos(x)), x, {x: (0, pi)}, True),
        (atan(tan(x)), x, {x: (0, 3)}, False),
        ((x**3) ** Rational(1, 3), x, {x: (-2, -1)}, False),
        ((x**3) ** Rational(1, 3), x, {x: (1, 2)}, True),
        (sqrt(exp(2 * I * x)), exp(I * x), {x: (0, 3)}, False),
        (sp.arg(exp(I * x)), x, {x: (0, 5)}, False),
        (sp.Abs(exp(I * x)), 1, {x: (0, 5)}, True),
        (sp.conjugate(exp(I * x)), exp(-I * x), {x: (0, 5)}, True),
        (acos(x), pi / 2 - asin(x), {x: (2, 3)}, True),
    ],
)
def test_branches_of_complex_functions_are_the_principal_ones(left: Any, right: Any, on: Any, true: bool) -> None:
    found = check(Identity("one", left, right, on=on), jobs=1, device="cpu")
    assert found.verdict is not Verdict.ERROR
    assert found.verdict is Verdict.REFUTED if not true else found.verdict in (*GOOD, Verdict.UNDECIDED)


@pytest.mark.parametrize(("on", "true"), [(below, False), ({x: (-2, -1), y: (1, 2)}, True), (beyond, True)])
def test_exponentiation_proves_equality_of_real_numbers_only(on: Any, true: bool) -> None:
    claim = Identity("one", log(x * y), log(x) + log(y), on=on)
    answer = vanishes(difference(claim.lhs, claim.rhs), claim.domain)
    assert answer.vanishes is (True if on is beyond else None)
    numbers = {s: (sp.Rational(r[0]) + r[1]) / 2 for s, r in on.items()}
    assert bool(abs(sp.N((claim.lhs - claim.rhs).subs(numbers))) < 1e-12) is true


@pytest.mark.parametrize(
    ("left", "right", "on", "true"),
    [
        (-x * log(x) - (1 - x) * log(1 - x), log(2), {x: (0, 1)}, True),
        (-x * log(x) - (1 - x) * log(1 - x), Rational(69, 100), {x: (0, 1)}, False),
        (-x * log(x), exp(-1), {x: (0, 1)}, True),
        (x**x, 1, {x: (0, 1)}, True),
        (Rational(7, 10), x**x, {x: (0, 1)}, False),
        (sin(x) / x, 1, {x: (-3, 3)}, True),
        (sin(x) / x, Rational(99, 100), {x: (-3, 3)}, False),
        (1, 1 / x, {x: (0, 1)}, True),
        (1 / x, 10, {x: (0, 1)}, False),
        (1, (exp(x) - 1) / x, {x: (0, 1)}, True),
        (exp(-1 / x), 1, {x: (0, 1)}, True),
        (atan(1 / x), pi / 2, {x: (0, 1)}, True),
    ],
)
def test_ends_at_which_a_side_has_no_value_are_limits(left: Any, right: Any, on: Any, true: bool) -> None:
    found = check(Bound("one", left, right, on=on), methods=("precision", "search"), jobs=1, device="cpu")
    assert found.verdict is Verdict.REFUTED if not true else found.verdict in (*GOOD, Verdict.UNDECIDED)


LARGE: dict[str, Callable[[], Statement]] = {
    "sum of constants": lambda: Identity("one", Sum(1, (k, 1, 10**12)), 10**12),
    "sum of 10^12 terms": lambda: Bound("one", Sum(1 / k**2, (k, 1, 10**12)), 2),
    "power series of 10^12 terms": lambda: Bound("one", Sum(x**k, (k, 1, 10**12)), 1, on={x: (0, Rational(1, 4))}),
    "powers of 2": lambda: Identity("one", Sum(2**k, (k, 1, 10**9)), 5),
    "product of 10^9 terms": lambda: Bound("one", Product(1 + 1 / k**2, (k, 1, 10**9)), 4),
    "high power": lambda: Bound("one", x ** (10**10), 1, on={x: (0, 1)}),
    "higher power": lambda: Identity("one", x ** (10**1000), x ** (10**1000)),
    "tower": lambda: Bound("one", exp(exp(exp(x))), exp(exp(exp(10))), on={x: (0, 10)}),
    "trace of a large identity": lambda: Identity("one", sp.Trace(sp.Identity(10**9)), 10**9),
    "large ones": lambda: Identity("one", sp.Trace(sp.OneMatrix(10**6, 10**6)), 10**6),
    "sides that are Boolean": lambda: Identity("one", sp.Piecewise((1, x > 0), (0, True)), sp.Heaviside(x)),
    "order": lambda: Identity("one", sin(x) + sp.O(x**3), x + sp.O(x**3)),
    "undefined function": lambda: Identity("one", sp.Function("f")(x), sp.Function("f")(x) + 1),
    "floats": lambda: Identity("one", 0.5 * x, x / 2),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=list(LARGE))
def test_large_and_strange_statements_end_in_a_verdict(make: Callable[[], Statement]) -> None:
    started = time.process_time()
    found = check(make(), jobs=1, device="cpu")
    assert found.verdict is not Verdict.ERROR
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Identity("one", MATRIX, x), "more than 2500 entries"),
        (lambda: Identity("one", sp.Determinant(MATRIX), x), "more than 2500 entries"),
        (lambda: Identity("one", sp.factorial(10**9, evaluate=False), 1), "a number too long to be written out"),
        (lambda: Bound("one", Pow(10, Pow(10, 10, evaluate=False), evaluate=False), x), "a number too long"),
        (lambda: Bound("one", sp.binomial(10**9, 10**8, evaluate=False), x), "a number too long"),
        (lambda: Bound("one", x, sp.oo), "a side is infinite"),
        (lambda: Identity("one", x + 10**5000, 10**5000 + x), "an integer too long"),
        (lambda: Bound("one", exp(-x), 1, on={x: (0, 10**400)}), "an end beyond 10\\^300"),
        (lambda: Bound("one", sp.nan, x), "not a number"),
        (lambda: Bound("one", x < 1, x), "neither a number nor a matrix"),
        (lambda: Identity("one", x, x, on={x: (0, sp.oo)}, where=x < -1), "contradict each other"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(make: Callable[[], Statement], said: str) -> None:
    with pytest.raises(StatementError, match=said) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("one: ")


def test_long_sums_stay_as_they_are() -> None:
    domain = Identity("one", x, x).domain
    short, long = Sum(1 / k**2, (k, 1, 100)), Sum(1 / k**2, (k, 1, 10**12))
    assert unfold(short, domain).is_Rational
    assert unfold(long, domain) == long
    assert unfold(Sum(k, (k, 1, 10**12)), domain) == 10**12 * (10**12 + 1) // 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("paper = Paper('p', statements=(", r"mine\.py:1: does not parse"),
        ("x = 1\0", r"mine\.py:1: does not parse"),
        ("x = 1\n1/0", r"mine\.py:2: raises ZeroDivisionError: division by zero"),
        ("def f(): return f()\nf()", r"mine\.py:1: raises RecursionError"),
        ("import sys\nsys.exit(3)", r"mine\.py:2: raises SystemExit: 3"),
        ("raise ValueError('one\\ntwo')", r"mine\.py:1: raises ValueError: one two"),
        ("class E(Exception):\n  def __str__(self): raise RuntimeError\nraise E()", r"mine\.py:3: raises E$"),
        ("import no_such_module_here", r"mine\.py:1: raises ModuleNotFoundError"),
        (
            HEAD + "Paper('p', statements=[1])",
            r"mine\.py:2: p: statements = \[1\]: not a statement",
        ),
        (HEAD + "Identity('a', 'x', 1)", r"mine\.py:2: a: lhs = 'x': a text"),
        (
            HEAD + "Identity('a', 1, 1, metods='symbolic')",
            r"mine\.py:2: raises TypeError: .*metods",
        ),
        (
            "from derivations import *\nfrom sympy import *\nIdentity('a', 1, 1, on={Symbol('x'): S.Reals})",
            r"mine\.py:3: raises TypeError: .*; Domain and Identity are sympy's here: put `from derivations import …` "
            r"last$",
        ),
    ],
)
def test_files_of_strangers_are_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        load_file(str(path))
    assert "\n" not in str(caught.value)


def test_a_statement_that_is_not_there_is_named_with_the_nearest() -> None:
    home = paper("liu2019")
    with pytest.raises(KeyError, match=r"^liu2019 has no 'kernal': did you mean 'kernel'\?$"):
        home["kernal"]
    with pytest.raises(KeyError, match=r"^liu2019 has no 'qqqqq'$"):
        home["qqqqq"]


@pytest.mark.parametrize(
    ("verdict", "sharp", "said"),
    [
        (Verdict.VERIFIED, True, "constant 1 sharp"),
        (Verdict.MEASURED, True, "constant 1 attained, sharp if the bound holds"),
        (Verdict.VERIFIED, False, "constant 1 sharpest met 0.5"),
    ],
)
def test_sharp_is_said_only_where_it_was_shown(verdict: Verdict, sharp: bool, said: str) -> None:
    data = {"sharpest": 0.5, "sharp": sharp, "stated_value": 1.0, "stated": "1"}
    evidence = (Evidence("search", Verdict.VERIFIED, data=data),)
    found = Result("p.one", "p", "Bound", "", "", evidence, verdict, Assurance.MEASURED)
    assert headline(found) == said


def test_a_side_without_a_value_is_an_error_in_words() -> None:
    found = check(Identity("one", sp.Piecewise((1, x > 0)), 1, on={x: (-1, 2)}), jobs=1, device="cpu")
    assert found.verdict is Verdict.ERROR
    assert any("not a number at x = -" in e.detail for e in found.evidence)


@pytest.mark.parametrize(
    "symbol",
    [
        sp.Symbol("c", complex=True),
        sp.Symbol("c", imaginary=True),
        sp.Symbol("c", prime=True),
        sp.Symbol("c", odd=True),
        sp.Symbol("c", real=True, integer=False),
    ],
    ids=str,
)
def test_symbols_that_are_no_reals_are_refused(symbol: sp.Symbol) -> None:
    """Points of the reals would be drawn for them, and what was declared would be forgotten."""
    with pytest.raises(StatementError, match="declared"):
        Identity("one", sp.Abs(symbol) ** 2, symbol**2)


@pytest.mark.parametrize(
    ("upper", "place"), [((x**2 + y**2) / 2, {x: 1, y: 2}), ((x**2 + y**2) / 2, {x: 1, y: 10})], ids=str
)
def test_sharp_far_from_the_place_is_not_sharp(upper: sp.Expr, place: dict[sp.Symbol, int]) -> None:
    found = check(Bound("one", x * y, upper, sharp_at=place), jobs=1, device="cpu")
    assert found.verdict is Verdict.REFUTED


def test_sharp_up_to_1e_8_is_not_sharp() -> None:
    found = check(Bound("one", sin(x), 1 + Rational(1, 10**8), sharp_at={x: sp.pi / 2}), jobs=1, device="cpu")
    assert found.verdict is Verdict.REFUTED


def test_an_event_is_true_or_false() -> None:
    claim = Probability("one", "small", at_least=Rational(9, 10), trial=lambda rng: rng.random(4000))
    assert check(claim, jobs=1, device="cpu").verdict is not Verdict.MEASURED


def test_an_equation_in_an_existence() -> None:
    false = check(Existence("one", {x: 2}, (sp.Eq(sin(y + x), sin(y)),)), jobs=1, device="cpu")
    assert false.verdict is Verdict.REFUTED
    true = check(Existence("one", {x: 2 * pi}, (sp.Eq(sin(y + x), sin(y)),)), jobs=1, device="cpu")
    assert true.verdict not in (Verdict.REFUTED, Verdict.ERROR)


def test_a_claim_for_every_value_is_not_measured_at_points() -> None:
    u, t = sp.Symbol("u", real=True), sp.Symbol("t", positive=True)
    third = sp.Symbol("t", positive=True) ** Rational(3, 2) * 2 / sqrt(2 * pi)
    spike = exp(-(10**6) * (t - Rational(37, 10)) ** 2)
    mean = Expectation(sp.Max(u, 0) ** 3, (u,), sp.Matrix([[t]]))
    assert check(Identity("one", mean, third + spike), jobs=1, device="cpu").verdict not in GOOD
    A, X = vector("A", n), vector("X", n)
    for place, verdict in (({A: -X}, Verdict.REFUTED), ({A: X}, Verdict.VERIFIED)):
        claim = Bound("one", inner(A, X), norm(A) * norm(X), sharp_at=place)
        assert check(claim, jobs=1, device="cpu").verdict is verdict

"""What counts as a key: numbers of another route, fine enough for the claim, of real or complex sides."""

import pytest
import sympy as sp
from sympy import I, Interval, Max, Rational, Symbol, cos, exp, eye, log, pi, sin, sqrt, symbols

from checks.running.runner import check as run
from checks.verdicts import Assurance, Evidence, Verdict, judge
from derivations import Bound, Constant, Identity, Paper
from derivations.extrema import supremum
from derivations.gaussian import Expectation

x, p = symbols("x p", real=True)
a, b, c = symbols("a b c", real=True)
LARGEST_OF_THREE = Expectation(Max(a, b, c), (a, b, c), eye(3))


def check(statement):
    return run(Paper("keys", statements=(statement,)).statements[0], readings=[])


def evidence(method, verdict=Verdict.VERIFIED, **more):
    return Evidence(method, verdict, **more)


def test_keys_of_one_route_are_one_key():
    same = [evidence("symbolic", route="SymPy"), evidence("search", route="SymPy")]
    assert judge(same)[0] is Verdict.UNDECIDED
    other = [*same, evidence("precision", route="quadrature")]
    assert judge(other)[:2] == (Verdict.VERIFIED, Assurance.SYMBOLIC)


def test_sympy_alone_refutes_nothing_where_numbers_can():
    alone = [evidence("symbolic", Verdict.REFUTED)]
    assert judge([*alone, evidence("precision")])[0] is Verdict.UNDECIDED
    assert judge([*alone, evidence("precision", Verdict.UNDECIDED)])[0] is Verdict.UNDECIDED
    assert judge(alone, ["precision"])[0] is Verdict.UNDECIDED
    assert judge([*alone, evidence("precision", Verdict.REFUTED)])[0] is Verdict.REFUTED


def test_what_does_not_stand_alone_is_a_second_key_only():
    coarse = evidence("sampling", route="samples", alone=False)
    assert judge([coarse])[0] is Verdict.UNDECIDED
    assert judge([coarse, evidence("symbolic", route="SymPy")])[0] is Verdict.VERIFIED
    assert judge([evidence("sampling", route="samples")])[0] is Verdict.MEASURED


def test_evidence_says_its_route():
    routes = {e.method: e.route for e in check(Bound("b", sp.Integral(exp(-(x**2)), (x, 0, 1)), 1)).evidence}
    assert routes["precision"] == "quadrature"
    assert routes["symbolic"] == routes["search"] == "SymPy's evaluation"


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (Identity("turns", log(exp(I * x)), I * x, on={x: (0, 10)}), Verdict.REFUTED),
        (Identity("euler", exp(I * x), cos(x) + I * sin(x)), Verdict.VERIFIED),
        (Identity("euler-wrong", exp(I * x), cos(x) - I * sin(x)), Verdict.REFUTED),
        (Identity("roots", sqrt(x) * sqrt(x), Symbol("x", real=True), on={x: (-2, 2)}), Verdict.VERIFIED),
        (Identity("square", log(x**2), 2 * log(x), on={x: (-2, -1)}), Verdict.REFUTED),
        (Bound("no-order", exp(I * x), 2), Verdict.ERROR),
        (Bound("root-of-negatives", sqrt(x), 1 + x**2, on={x: (-1, 1)}), Verdict.ERROR),
    ],
    ids=lambda v: getattr(v, "slug", ""),
)
def test_complex_sides(statement, verdict):
    found = check(statement)
    assert found.verdict is verdict
    assert not any("TypeError" in e.detail for e in found.evidence)


@pytest.mark.parametrize(
    "statement",
    [
        Bound("entropy", -p * log(p) - (1 - p) * log(1 - p), log(2), on={p: (0, 1)}),
        Bound("x-log-x", -x * log(x), exp(-1), on={x: (0, 1)}),
        Identity("power", exp(x * log(x)), x**x, on={x: (0, 2)}),
    ],
    ids=lambda s: s.slug,
)
def test_ends_without_a_value_are_limits(statement):
    found = check(statement)
    assert found.verdict in (Verdict.VERIFIED, Verdict.UNDECIDED)
    precision = next(e for e in found.evidence if e.method == "precision")
    assert precision.verdict is Verdict.VERIFIED


def test_a_false_bound_near_such_an_end_is_refuted():
    assert check(Bound("entropy", -p * log(p), 3 * p, on={p: (0, 1)})).verdict is Verdict.REFUTED


def test_an_extremum_seen_at_points_only_is_not_measured():
    bump = exp(-(10**8) * (x - Rational(1234567, 10**7)) ** 2)
    assert check(Constant("bump", supremum(x / 2 + bump, x, Interval(0, 1)), Rational(1, 2))).verdict in (
        Verdict.UNDECIDED,
        Verdict.REFUTED,
    )
    assert check(Constant("wave", supremum(sin(x), x, Interval(0, pi)), 1)).verdict is Verdict.VERIFIED


def test_a_claim_finer_than_its_samples_is_undecided():
    value = 3 / (2 * sqrt(pi))
    for claimed in (value, value + Rational(1, 10**8)):
        assert check(Identity("largest", LARGEST_OF_THREE, claimed)).verdict is Verdict.UNDECIDED
    assert check(Identity("largest", LARGEST_OF_THREE, value * Rational(102, 100))).verdict is Verdict.REFUTED
    wide = Constant("largest", LARGEST_OF_THREE, enclosure=(Rational(8, 10), Rational(9, 10)))
    assert check(wide).verdict is Verdict.MEASURED

"""Every method says verified, refuted and undecided where it should; the rule of two keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Identity as Eye

from checks.context import Context
from checks.methods import applicable, method
from checks.readings import Followed, Reading, Sampled
from checks.running.runner import Options, check
from checks.verdicts import Assurance, Evidence, Verdict, judge
from derivations import (
    Bound,
    Constant,
    Existence,
    Expectation,
    Gradient,
    Identity,
    Probability,
    Rate,
    UnitVectors,
    all_ones,
    chain,
    correlated,
    infimum,
    inner,
    norm,
    norm_squared,
    ones,
    relu,
    step,
    supremum,
    vector,
)

VERIFIED, REFUTED, UNDECIDED, ERROR = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNDECIDED, Verdict.ERROR

x, y, u, v = sp.symbols("x y u v", real=True)
phi = sp.Symbol("phi", real=True)
k, n, d = sp.symbols("k n d", integer=True, positive=True)
a, b = vector("a", k), vector("b", k)
e, f = vector("e", d), vector("f", d)
X, w, z = sp.MatrixSymbol("X", n, d), vector("w", d), vector("z", n)
g = (sp.pi - phi) * sp.cos(phi) + sp.sin(phi)
HALF_TURN = {phi: (0, sp.pi)}
SIGMOID = 1 / (1 + sp.exp(-x))
KERNEL = Expectation(relu(u) * relu(v), (u, v), correlated(phi))
PERCENT = sp.Rational(99, 100)


def verdict(name: str, statement: Any, readings: tuple[Reading, ...] = ()) -> Verdict:
    found = method(name).run(statement, readings, Context(statement=statement.slug))
    assert len(found) == 1
    if found[0].verdict is REFUTED:
        assert found[0].witness
    return found[0].verdict


def least_squares(factor: float) -> Callable[..., torch.Tensor]:
    return lambda X, w, z: factor * ((X @ w - z) ** 2).sum() / 2


def normal_mean(shift: float, scale: float = 1.0) -> tuple[Reading, ...]:
    def draw(count: int) -> Any:
        yield np.random.default_rng(count).normal(1.0 + shift, scale, size=(count, 2))

    return (Reading("sampling", lambda context: Sampled(draw, np.array([1.0, 1.0]))),)


def rare_event() -> tuple[Reading, ...]:
    """An event of chance 1e-9 and size 10, right about its mean of 1e-8: no sample meets it."""

    def draw(count: int) -> Any:
        yield 10.0 * (np.random.default_rng(count).random((count, 1)) < 1e-9)

    return (Reading("sampling", lambda context: Sampled(draw, np.array([1e-8]), most=2**18)),)


def run_of(left: list[float], right: list[float], relation: str, tolerance: float = 1e-12) -> tuple[Reading, ...]:
    followed = Followed(np.array(left), np.array(right), relation, tolerance, "a run")
    return (Reading("trajectory", lambda context: followed),)


@pytest.mark.parametrize("other", [Verdict.VERIFIED, Verdict.MEASURED, UNDECIDED, ERROR])
def test_one_refutation_refutes_whatever_others_say(other: Verdict) -> None:
    for name in ("search", "precision", "autograd", "sampling", "trajectory", "scaling", "enclosure"):
        refuted = Evidence(name, REFUTED, route=name)
        others = [Evidence(m, other, route=m) for m in ("symbolic", "rocq", "enclosure", "precision", "sampling")]
        assert judge([*others[:2], refuted, *others[2:]])[0] is REFUTED
        assert judge([refuted], ["symbolic"])[0] is REFUTED


POSITIVE = {x: sp.Interval.open(0, sp.oo)}


def heads(slug: str, limit: sp.Rational) -> Probability:
    return Probability(slug, "heads", at_most=limit, trial=lambda rng: rng.random(9000) < 0.5)


SAME = Identity("same", x, x)
N, K = sp.symbols("n k", integer=True, positive=True)

CASES: list[tuple[str, Any, tuple[Reading, ...], Verdict]] = [
    ("symbolic", Identity("s1", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)), (), VERIFIED),
    ("symbolic", Constant("s2", Expectation(u**4, u), sp.Rational(301, 100)), (), REFUTED),
    ("symbolic", Identity("s3", sp.atan(x) + sp.atan(1 / x), sp.pi / 2, on=POSITIVE), (), UNDECIDED),
    ("symbolic", Identity("s4", Expectation(sp.tanh(u) ** 2, u), sp.Rational(1, 2)), (), UNDECIDED),
    ("enclosure", Bound("e1", sp.sin(x), x, on={x: (0, 3)}), (), VERIFIED),
    ("enclosure", Bound("e2", x * PERCENT, sp.sin(x), on={x: (0, 3)}), (), REFUTED),
    ("enclosure", Bound("e3", sp.Sum(1 / K, (K, 1, N)), 1 + sp.log(N)), (), UNDECIDED),
    ("enclosure", Constant("e4", infimum(x**2 - x, x, sp.Interval(0, 1)), -sp.Rational(1, 4)), (), VERIFIED),
    ("precision", KERNEL_RIGHT := Identity("p1", KERNEL, g / (2 * sp.pi), on=HALF_TURN), (), VERIFIED),
    ("precision", Identity("p2", KERNEL, g / (2 * sp.pi) * PERCENT, on=HALF_TURN), (), REFUTED),
    ("precision", Identity("p3", Expectation(relu(u * v), (u, v)), 1 / sp.pi), (), UNDECIDED),
    ("autograd", Gradient("a1", w, X.T * (X * w - z), model=least_squares(1)), (), VERIFIED),
    ("autograd", Gradient("a2", w, X.T * (X * w - z), model=least_squares(1.01)), (), REFUTED),
    ("autograd", Gradient("a3", w, X.T * (X * w - z), model=least_squares(1 + 1e-9)), (), UNDECIDED),
    ("sampling", SAME, normal_mean(0.0), VERIFIED),
    ("sampling", SAME, normal_mean(0.01), REFUTED),
    ("sampling", SAME, normal_mean(0.0, scale=1e4), UNDECIDED),
    ("sampling", SAME, rare_event(), UNDECIDED),
    ("sampling", heads("r1", sp.Rational(6, 10)), (), VERIFIED),
    ("sampling", heads("r2", sp.Rational(4, 10)), (), REFUTED),
    ("sampling", heads("r3", sp.Rational(1, 2)), (), UNDECIDED),
    ("search", Bound("b1", SIGMOID * (1 - SIGMOID), sp.Rational(1, 4), sharp_at={x: 0}), (), VERIFIED),
    ("search", Bound("b2", SIGMOID * (1 - SIGMOID), PERCENT / 4), (), REFUTED),
    ("search", Bound("b3", sp.log(x), x, on={x: (-3, -1)}), (), UNDECIDED),
    ("search", Bound("b4", sp.sin(x), x, on={x: (0, 3)}, sharp_at={x: 3}), (), REFUTED),
    ("trajectory", SAME, run_of([1.0, 2.0], [1.0, 2.0], "="), VERIFIED),
    ("trajectory", Bound("t2", x, x + 1), run_of([1.0, 2.1], [1.0, 2.0], "<="), REFUTED),
    ("trajectory", SAME, run_of([1.0, 2.0 + 1e-9], [1.0, 2.0], "="), UNDECIDED),
    ("trajectory", SAME, run_of([1.0, float("nan")], [1.0, 2.0], "="), ERROR),
    ("scaling", Rate("l1", x, y, -sp.Rational(1, 2), measure=lambda r: _power_law(r, -0.5, 0.01)), (), VERIFIED),
    ("scaling", Rate("l2", x, y, -sp.Rational(1, 2), measure=lambda r: _power_law(r, -0.6, 0.01)), (), REFUTED),
    ("scaling", Rate("l3", x, y, -sp.Rational(1, 2), measure=lambda r: _power_law(r, -0.5, 1.0)), (), UNDECIDED),
]  # fmt: skip


def _power_law(rng: np.random.Generator, exponent: float, noise: float) -> tuple[Any, Any]:
    size = 2.0 ** np.arange(4, 16)
    return size, size**exponent * np.exp(noise * rng.normal(size=12))


@pytest.mark.parametrize(("name", "statement", "readings", "expected"), CASES, ids=lambda c: getattr(c, "slug", None))
def test_each_method_says_what_it_should(name: str, statement: Any, readings: Any, expected: Verdict) -> None:
    assert verdict(name, statement, readings) is expected


TRUE = [
    Identity("parallelogram", norm_squared(a + b) + norm_squared(a - b), 2 * norm_squared(a) + 2 * norm_squared(b)),
    Identity("centring", (Eye(k) - all_ones(k) / k) ** 2, Eye(k) - all_ones(k) / k),
    Bound("cauchy-schwarz", inner(a, b) ** 2, norm_squared(a) * norm_squared(b)),
    Bound("triangle", norm(a + b), norm(a) + norm(b)),
    Bound("unit", inner(e, f), 1, on={e: UnitVectors(), f: UnitVectors()}),
    Bound("power-mean", sp.sqrt(x * y), (x + y) / 2, on={x: (0, sp.oo), y: (0, sp.oo)}),
    Bound("bernoulli", 1 + n * x, (1 + x) ** n, on={x: (0, sp.oo)}),
    Gradient("norm", a, a / norm(a), of=norm(a), model=lambda a: a.norm()),
    Constant("peak", supremum(SIGMOID * (1 - SIGMOID), x, sp.Interval(-5, 5)), sp.Rational(1, 4)),
    Existence("root", {x: sp.sqrt(2)}, (x**2 - 2,)),
]

FALSE = [
    Identity("sign", norm_squared(a + b) - norm_squared(a - b), -4 * inner(a, b)),
    Identity("only-k-1", (all_ones(k) + Eye(k)) * (Eye(k) - all_ones(k) / 2), Eye(k)),
    Identity("only-k-1-again", inner(a, ones(k)) ** 2, norm_squared(a)),
    Identity("half-angle", norm_squared(e - f), 4 * sp.sin(sp.acos(inner(e, f)) / 2),
             on={e: UnitVectors(), f: UnitVectors()}),
    Bound("one-per-cent", inner(a, ones(k)) ** 2, PERCENT * k * norm_squared(a)),
    Bound("direction", k * norm_squared(a), inner(a, ones(k)) ** 2),
    Bound("unit-less", inner(e, f), PERCENT, on={e: UnitVectors(), f: UnitVectors()}),
    Bound("loose-called-sharp", sp.pi - g, 102 * sp.pi / 100 * (1 - sp.cos(phi)), on=HALF_TURN, sharp_at={phi: 0}),
    Gradient("factor", a, inner(a, b) * b, of=inner(a, b) ** 2, model=lambda a, b: (a @ b) ** 2),
    Gradient("model-and-formula", x, sp.cos(x), of=sp.sin(x), model=lambda x: 1.001 * torch.sin(x)),
    Constant("peak-f", supremum(SIGMOID * (1 - SIGMOID), x, sp.Interval(-5, 5)), PERCENT / 4),
    Existence("root-f", {x: sp.sqrt(2)}, (x**2 - sp.Rational(201, 100),)),
]  # fmt: skip


KINKS = [
    Gradient("relu", x, step(x), of=relu(x), model=lambda x: torch.relu(x)),
    Gradient("abs", x, sp.sign(x), of=sp.Abs(x), model=lambda x: x.abs()),
    Identity("derivative-of-relu", sp.Derivative(relu(x), x), step(x)),
    Gradient("neuron", a, step(inner(a, b)) * b, of=relu(inner(a, b)), model=lambda a, b: torch.relu(a @ b)),
]


@pytest.mark.parametrize("statement", KINKS, ids=lambda s: s.slug)
def test_derivatives_are_not_asked_for_at_a_kink(statement: Any) -> None:
    assert check(statement).verdict is VERIFIED
    wrong = replace(
        statement, **{name: -getattr(statement, name) for name in ("equals", "rhs") if hasattr(statement, name)}
    )
    assert check(wrong).verdict is REFUTED


@pytest.mark.parametrize("statement", TRUE, ids=lambda s: s.slug)
def test_true_statements_are_verified(statement: Any) -> None:
    result = check(statement)
    assert result.verdict is VERIFIED, result


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_subtly_false_statements_are_refuted_with_a_witness(statement: Any) -> None:
    result = check(statement)
    assert result.verdict is REFUTED
    assert any(found.witness for found in result.evidence if found.verdict is REFUTED)


def test_witnesses_are_small_and_round() -> None:
    found = method("precision").run(FALSE[2], (), Context(statement="witness"))[0]
    assert found.witness == "a = (1, 1), k = 2"


def test_a_false_step_is_found_though_the_statement_is_true() -> None:
    wrong = chain(sp.sin(x)).then(sp.sin(x) + x / 100, "a slip").then(sp.sin(x), "and back")
    statement = Identity("slip", sp.sin(x), sp.sin(x), derive=lambda: wrong)
    result = check(statement)
    assert result.verdict is REFUTED
    assert any("step 1" in found.detail for found in result.evidence)


def test_a_derivation_must_lead_to_the_statement() -> None:
    elsewhere = chain(sp.cos(x)).then(sp.cos(-x), "even")
    statement = Identity("elsewhere", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x), derive=lambda: elsewhere)
    assert "does not lead to" in method("symbolic").run(statement, (), Context())[0].detail


def test_bounds_report_the_sharpest_constant() -> None:
    c = sp.Symbol("c", real=True)
    loose = Bound("loose", sp.pi - g, c * 2 * (1 - sp.cos(phi)), constant=c, value=2, on=HALF_TURN)
    data = method("search").run(loose, (), Context())[0].data
    assert data["sharpest"] == pytest.approx(np.pi / 2, rel=1e-6)


def test_nan_from_a_model_is_an_error_with_a_reason() -> None:
    broken = Gradient("broken", x, x, model=lambda x: x * float("nan"))
    result = check(broken)
    assert result.verdict is ERROR
    assert "NaN" in result.evidence[0].detail


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda q: q, "not a symbol of the statement"),
        (lambda x: torch.stack([x, x]), "one number"),
        (lambda x: torch.ones(2) @ torch.ones(3), "the model fails"),
        (lambda x: torch.tensor(1.0), "does not depend on x"),
    ],
)
def test_models_that_cannot_be_used_say_why(model: Any, words: str) -> None:
    result = check(Gradient("unusable", x, x, model=model))
    assert result.verdict is ERROR
    assert words in result.evidence[0].detail


def test_contradictory_conditions_are_an_error_of_the_statement() -> None:
    nowhere = Bound("nowhere", x, y + 1, where=(x + y >= 1, x + y <= 0))
    assert check(nowhere).verdict is ERROR


def test_two_keys() -> None:
    def evidence(name: str, verdict: Verdict, reachable: bool = True) -> Evidence:
        return Evidence(name, verdict, reachable=reachable)

    exact, empirical = evidence("symbolic", VERIFIED), evidence("precision", VERIFIED)
    assert judge([exact, empirical])[:2] == (VERIFIED, Assurance.SYMBOLIC)
    assert judge([exact], ["precision"])[0] is UNDECIDED
    assert judge([exact])[0] is VERIFIED
    assert judge([empirical])[0] is Verdict.MEASURED
    assert judge([evidence("symbolic", UNDECIDED), empirical])[0] is UNDECIDED
    assert judge([evidence("symbolic", UNDECIDED, False), empirical])[0] is Verdict.MEASURED
    assert judge([exact, evidence("search", REFUTED)])[0] is REFUTED
    assert judge([exact, evidence("search", ERROR)])[0] is ERROR
    assert judge([evidence("enclosure", VERIFIED), exact, empirical])[1] is Assurance.ENCLOSED
    assert judge([])[0] is UNDECIDED


def test_verdicts_have_no_truth_value() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(VERIFIED)


def test_methods_asked_for_alone() -> None:
    assert check(TRUE[0], Options(methods=("precision",))).verdict is Verdict.MEASURED
    assert check(TRUE[0], Options(methods=("symbolic",))).verdict is UNDECIDED
    assert applicable(TRUE[0], ()) == ["symbolic", "precision"]


def test_an_exception_is_an_error_of_this_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(method("precision"), "run", fail)
    result = check(TRUE[0])
    assert result.verdict is ERROR
    assert "RuntimeError: broken" in result.evidence[-1].detail
    with pytest.raises(RuntimeError):
        check(TRUE[0], Options(debug=True))


def test_a_side_that_is_not_real_where_the_other_is_refutes() -> None:
    # a flipped sign under a root; it used to be passed over, so that the mutant was never refuted
    result = check(Identity("root", sp.sqrt(4 - x**2), sp.sqrt(4 + x**2) * (1 - x**2 / 4), on={x: (-5, 5)}))
    assert result.verdict is REFUTED
    imaginary = check(Identity("imaginary", sp.sqrt(-1 - x**2), sp.sqrt(1 + x**2)))
    assert imaginary.verdict is REFUTED
    assert any("j)" in e.detail for e in imaginary.evidence if e.method == "precision")


def test_a_constant_met_beyond_the_stated_one_refutes() -> None:
    # found by a mutant: the search reported "sharpest constant met 1.85, stated 1" and no counterexample
    steep = Bound("steep", 2 * x * y, sp.Rational(199, 200) * (x**2 + y**2))
    assert check(steep, Options(methods=("search",))).verdict is REFUTED

"""Statements about any activation σ: what is true of one activation only is refuted by another."""

from __future__ import annotations

import pytest
import sympy as sp

import checks
from checks.compare.comparison import compare
from checks.context import Context
from checks.methods import method
from checks.methods.unspecified import _together, found_by, instances
from checks.studies.at import at_point
from checks.verdicts import Evidence, Verdict
from derivations import sigmoid, softplus
from derivations.activations import STAND_INS, UNSPECIFIED, X, ddsigma, dsigma, sigma, specified
from derivations.gaussian import Expectation
from derivations.statements import Bound, Constant, Gradient, Identity, Statement
from derivations.vectors import elementwise, inner, vector
from numerics.errors import EvaluationError
from numerics.values.evaluate import evaluate

x, y = sp.symbols("x y", real=True)
u = sp.Symbol("u", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a = vector("a", n)

ONE_ONLY: list[Statement] = [
    Identity("softplus-difference", sigma(x) - sigma(-x), x),
    Identity("softplus-slope", dsigma(x) + dsigma(-x), 1),
    Identity("softplus-curvature", ddsigma(x), dsigma(x) * (1 - dsigma(x))),
    Identity("softplus-at-0", sigma(0 * x), sp.log(2)),
    Identity("tanh-odd", sigma(-x), -sigma(x)),
    Identity("tanh-slope", dsigma(x), 1 - sigma(x) ** 2),
    Identity("cos-wave", ddsigma(x), -sigma(x)),
    Identity("odd-mean", Expectation(sigma(u), u), 0),
    Identity("softplus-exponential", sp.exp(sigma(x)), 1 + sp.exp(x)),
    Identity("odd-cube", Expectation(sigma(u) ** 3, u), 0),
    Identity("odd-integral", sp.Integral(sigma(y), (y, -1, 1)), 0),
    Identity("odd-slope", dsigma(-x), dsigma(x)),
    Bound("softplus-positive", 0, sigma(x)),
    Bound("softplus-midpoint", sigma((x + y) / 2), (sigma(x) + sigma(y)) / 2),
    Bound("bounded-difference", sigma(x) - sigma(y), 2),
    Bound("bounded", sigma(x), 1),
    Bound("increasing", 0, dsigma(x)),
    Bound("convex", 0, ddsigma(x)),
    Gradient("wrong-slope", x, sigmoid(x), of=sigma(x)),
    Identity("vectors", inner(elementwise(sigma, a), elementwise(sigma, a)), inner(a, a)),
]
FOR_ALL: list[Statement] = [
    Identity("slope", sp.Derivative(sigma(2 * x), x), 2 * dsigma(2 * x)),
    Identity("square", (sigma(x) + sigma(y)) ** 2, sigma(x) ** 2 + 2 * sigma(x) * sigma(y) + sigma(y) ** 2),
    Identity("mean", Expectation(2 * sigma(u) + u, u), 2 * Expectation(sigma(u), u)),
    Gradient("chain", x, sigma(x) * dsigma(x), of=sigma(x) ** 2 / 2),
    Bound("young", 2 * sigma(x) * sigma(y), sigma(x) ** 2 + sigma(y) ** 2),
]


@pytest.mark.parametrize("statement", ONE_ONLY, ids=lambda s: s.slug)
def test_what_holds_for_one_activation_only_is_refuted(statement: Statement) -> None:
    found = checks.check(statement)
    assert found.verdict is Verdict.REFUTED, [(e.method, e.verdict, e.detail) for e in found.evidence]
    assert any("for σ(x) = " in e.detail for e in found.evidence if e.verdict is Verdict.REFUTED)


@pytest.mark.parametrize("statement", FOR_ALL, ids=lambda s: s.slug)
def test_what_holds_for_all_is_verified(statement: Statement) -> None:
    found = checks.check(statement)
    assert found.verdict is Verdict.VERIFIED, [(e.method, e.verdict, e.detail) for e in found.evidence]


ALL_THREE: list[Statement] = [
    Bound("slope", dsigma(x) ** 2, 1),
    Bound("curvature", sp.Abs(ddsigma(x)), 1),
    Bound("growth", sigma(x), 1 + sp.Abs(x)),
    Bound("mean", Expectation(sigma(u) ** 2, u), 1),
]
"""What holds for the three stand-ins, and not for 2x."""


@pytest.mark.parametrize("statement", ALL_THREE, ids=lambda s: s.slug)
def test_what_holds_for_the_stand_ins_only_is_undecided(statement: Statement) -> None:
    found = checks.check(statement)
    assert found.verdict is Verdict.UNDECIDED, [(e.method, e.verdict, e.detail) for e in found.evidence]


@pytest.mark.parametrize("name", ["precision", "search"])
@pytest.mark.parametrize("statement", [s for s in (*ONE_ONLY, *FOR_ALL) if "mean" not in s.slug], ids=lambda s: s.slug)
def test_the_first_refutation_is_what_all_three_together_say(statement: Statement, name: str) -> None:
    """Where one stand-in refutes, the rest is left out: the same evidence is found where all are looked at."""
    if not method(name).applies(statement, ()):
        pytest.skip("another method's")
    context = Context()
    every = _together([(form, method(name).run(s, (), context)) for form, s in instances(statement)])
    assert [repr(e) for e in found_by(name, statement, (), context)] == [repr(e) for e in every]


def test_after_a_refutation_nothing_more_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(statement: Statement, *rest: object) -> list[Evidence]:
        asked.append(statement)
        return [Evidence("precision", Verdict.REFUTED if len(asked) == 2 else Verdict.VERIFIED, "seen")]

    monkeypatch.setattr(method("precision"), "run", run)
    assert [e.verdict for e in found_by("precision", FOR_ALL[0], (), Context())] == [Verdict.REFUTED]
    assert len(asked) == 2


LIMITS = [
    Constant("slope", sp.Limit(dsigma(x) / x, x, sp.oo), 0),
    Constant("square", sp.Limit(sigma(x) / x**2, x, sp.oo), 0),
    Constant("exponential", sp.Limit(sigma(x) * sp.exp(-x), x, sp.oo), 0),
]


@pytest.mark.parametrize("statement", LIMITS, ids=lambda s: s.slug)
def test_a_limit_of_any_activation_is_not_that_of_a_bounded_one(statement: Statement) -> None:
    """All three stand-ins have these limits, and x² and eˣ have not."""
    assert checks.check(statement).verdict not in (Verdict.VERIFIED, Verdict.ERROR)


def test_the_three_are_unlike() -> None:
    forms = [f(X) for f in STAND_INS.values()]
    odd = [sp.simplify(f + f.subs(X, -X)) == 0 for f in forms]
    even = [sp.simplify(f - f.subs(X, -X)) == 0 for f in forms]
    assert odd == [True, False, False]
    assert not any(even)
    assert sp.solve(sp.cos(X - 1).diff(X), X)  # it turns


def test_derivatives_are_those_of_the_function() -> None:
    for f in STAND_INS.values():
        got = [specified(name(2 * x), f) for name in UNSPECIFIED]
        assert got == [f(X).diff(X, k).xreplace({X: 2 * x}) for k in range(3)]


def test_numbers_have_no_unspecified_activation() -> None:
    for backend in ("numpy", "mpmath"):
        with pytest.raises(EvaluationError, match="unspecified"):
            evaluate(sigma(x), {x: sp.Rational(1, 2)} if backend == "mpmath" else {x: 0.5}, backend)


def test_balls_and_models_stand_aside() -> None:
    bound = Bound("b", sigma(x) ** 2, 2 * sigma(x) ** 2, on={x: (0, 1)})
    (found,) = found_by("enclosure", bound, (), Context())
    assert (found.verdict, found.reachable) == (Verdict.UNDECIDED, False)


def test_both_sides_at_a_point_are_shown_for_each() -> None:
    seen = at_point(Identity("odd", sigma(-x), -sigma(x)), {x: sp.Integer(1)})
    assert not seen.holds
    assert [name for name, *_ in seen.pairs] == [f"for σ(x) = {form}: " for form in STAND_INS]


def test_a_formula_that_is_right_for_softplus_only_differs() -> None:
    derived = Identity("slope", sp.Derivative(sigma(x), x), dsigma(x))
    assert compare(derived, r"\frac{1}{1+e^{-x}}").outcome.value == "different"


def test_derivations_are_put_in_as_well() -> None:
    claim = Identity("s", softplus(x) + sigma(x), sigma(x) + softplus(x))
    assert [s.slug for _, s in instances(claim)] == ["s"] * 3
    assert all(not s.lhs.has(*UNSPECIFIED) for _, s in instances(claim))


def test_an_expectation_over_a_vector_is_no_error() -> None:
    b = vector("b", n)
    found = checks.check(Bound("slope", Expectation(dsigma(inner(a, b)) ** 2, b), 1))
    assert found.verdict is Verdict.UNDECIDED, found.reason

"""One set of statements for all methods: each must answer rightly, or stay undecided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch

from checks.context import Context
from checks.methods import NAMES, method
from checks.readings import (
    Compared,
    Differentiated,
    Enclosed,
    Followed,
    Means,
    Reading,
    Sampled,
    Scaled,
    Tried,
)
from checks.running.runner import Options, check
from checks.verdicts import GOOD, OPEN, Verdict
from derivations import gelu, relu, sigmoid, softplus
from derivations.extrema import supremum
from derivations.gaussian import Expectation
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Probability, Rate, Statement
from derivations.vectors import inner, norm, norm_squared, vector
from numerics.witnesses import Witness

x, y = sp.symbols("x y", real=True)
t, s = sp.symbols("t s", positive=True)
u, v = sp.symbols("u v", real=True)
n, k = sp.symbols("n k", integer=True, positive=True)
a, b = vector("a", n), vector("b", n)
NEARLY = 1 + sp.Rational(1, 10**6)
UNIT = {x: (0, 1)}

TRUE: list[Statement] = [
    Identity("t-double", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)),
    Identity("t-cancels", sp.cosh(x) ** 2 - sp.sinh(x) ** 2, 1),
    Identity("t-tanh", sp.tanh(x), 2 * sigmoid(2 * x) - 1),
    Identity("t-log", sp.log(t * s), sp.log(t) + sp.log(s)),
    Identity("t-sum", sp.Sum(k, (k, 1, n)), n * (n + 1) / 2),
    Identity("t-vector", norm_squared(a + b), norm_squared(a) + 2 * inner(a, b) + norm_squared(b)),
    Bound("t-square", 2 * x * y, x**2 + y**2, sharp_at={x: 1, y: 1}),
    Bound("t-cauchy", inner(a, b), norm(a) * norm(b)),
    Bound("t-exp", 1 + x, sp.exp(x), sharp_at={x: 0}),
    Bound("t-sigmoid", sigmoid(x) * (1 - sigmoid(x)), sp.Rational(1, 4), sharp_at={x: 0}),
    Bound("t-integers", k, k**2 + 1),
    Bound("t-kink", sp.Abs(x + y), sp.Abs(x) + sp.Abs(y)),
    Constant("t-second", Expectation(u**4, u), 3),
    Constant("t-relu", Expectation(relu(u) ** 2, u), sp.Rational(1, 2)),
    Constant("t-peak", supremum(x * (1 - x), x, sp.Interval(0, 1)), sp.Rational(1, 4)),
    Constant("t-digits", sp.pi, enclosure=(sp.Rational(314, 100), sp.Rational(315, 100))),
    Existence("t-point", {x: 1}, (x**2 - 1, sp.Gt(x, 0))),
    Gradient("t-norm", a, 2 * a, of=norm_squared(a)),
    Gradient("t-model", x, 2 * x, of=x**2, model=lambda x: x**2),
    Probability("t-coin", "heads", at_most=sp.Rational(3, 5), trial=lambda rng: rng.random(20000) < 0.5),
    Rate("t-law", y, x, -1, against=(-2,), measure=lambda rng: _law(rng, -1.0)),
]
FALSE: list[Statement] = [
    Identity("f-double", sp.sin(2 * x), 2 * sp.sin(x)),
    Identity("f-log", sp.log(t + s), sp.log(t) + sp.log(s)),
    Identity("f-sum", sp.Sum(k, (k, 1, n)), n**2 / 2),
    Identity("f-vector", norm_squared(a + b), norm_squared(a) + norm_squared(b)),
    Bound("f-square", 3 * x * y, x**2 + y**2),
    Bound("f-exp", sp.exp(x), 1 + x),
    Constant("f-second", Expectation(u**4, u), 2),
    Constant("f-peak", supremum(x * (1 - x), x, sp.Interval(0, 1)), sp.Rational(1, 5)),
    Existence("f-point", {x: 1}, (x**2 - 2,)),
    Gradient("f-norm", a, a, of=norm_squared(a)),
    Gradient("f-model", x, 3 * x, of=x**2, model=lambda x: x**2),
    Probability("f-coin", "heads", at_most=sp.Rational(2, 5), trial=lambda rng: rng.random(20000) < 0.5),
    Rate("f-law", y, x, -1, measure=lambda rng: _law(rng, -2.0)),
]
NEARLY_TRUE: list[Statement] = [
    Identity("n-double", sp.sin(2 * x), 2 * NEARLY * sp.sin(x) * sp.cos(x)),
    Identity("n-vector", norm_squared(a + b), norm_squared(a) + 2 * NEARLY * inner(a, b) + norm_squared(b)),
    Bound("n-square", 2 * NEARLY * x * y, x**2 + y**2),
    Bound("n-sigmoid", sigmoid(x) * (1 - sigmoid(x)), 1 / (4 * NEARLY)),
    Bound("n-gelu", gelu(x), relu(x) - sp.Rational(1, 10**9)),
    Constant("n-second", Expectation(u**4, u), 3 * NEARLY),
    Constant("n-softplus", Expectation(softplus(u) ** 2, u), sp.Rational(92031, 100000)),
    Gradient("n-norm", a, 2 * NEARLY * a, of=norm_squared(a)),
    Probability("n-coin", "heads", at_most=sp.Rational(4999, 10000), trial=lambda rng: rng.random(20000) < 0.5),
    Rate("n-law", y, x, -sp.Rational(99, 100), measure=lambda rng: _law(rng, -1.0)),
]
NO_REAL_VALUE: list[Statement] = [
    Identity("c-root", sp.sqrt(x) * sp.sqrt(x + 1), sp.sqrt(x * (x + 1)), on={x: (-2, -1)}),
    Identity("c-log", sp.log(x**2), 2 * sp.log(x), on={x: (-2, -1)}),
    Bound("c-asin", sp.asin(x), 2, on={x: (2, 3)}),
    Bound("c-pole", 1 / x, 10**6, on={x: (-1, 1)}),
    Bound("c-tan", sp.tan(x), 100, on={x: (0, 3)}),
    Bound("c-part", sp.log(x), x, on={x: (-1, 1)}),
    Constant("c-diverges", sp.Integral(1 / x, (x, 0, 1)), 1),
    Constant("c-endless", sp.Sum(1 / k, (k, 1, sp.oo)), 1),
    Existence("c-point", {x: -1}, (sp.log(x) - sp.log(-x), sp.Lt(x, 0))),
]
STOOD_ASIDE: list[Statement] = [
    Constant("r-closed-form", Expectation(sp.cos(u**3) ** 2 / (2 + sp.sin(u)), u), 1),
    Bound("r-empty", 2 * x + 1, x, on={x: (2, 3)}, where=(x + y < 0, y > 0)),
]
UNREADABLE: list[Statement] = [
    Identity("u-function", sp.Function("f")(x), sp.Function("f")(x) + 1),
    Bound("u-function-bound", sp.Function("f")(x), 1),
    Bound("u-mathieu", sp.mathieuc(x, 1, x), 2, on={x: (2, 3)}),
]


def _law(rng: np.random.Generator, exponent: float) -> tuple[Any, Any]:
    size = 2.0 ** np.arange(4, 16)
    return size, size**exponent * np.exp(0.001 * rng.normal(size=12))


SORTS = {
    "true": TRUE,
    "false": FALSE,
    "nearly true": NEARLY_TRUE,
    "without a real value": NO_REAL_VALUE,
    "unreadable": UNREADABLE,
    "not decided by all": STOOD_ASIDE,
}
CASES = [(sort, s) for sort, statements in SORTS.items() for s in statements]
UNPROVED = {"t-tanh"}
"""True, and not proved yet."""


REASONS: dict[tuple[str, str], Reason] = {
    ("t-tanh", "symbolic"): Reason.NO_PROOF,
    ("t-second", "sampling"): Reason.COARSE,
    ("t-digits", "symbolic"): Reason.OUTSIDE,
    ("f-peak", "symbolic"): Reason.NOT_ATTAINED,
    ("c-part", "search"): Reason.NO_REAL_VALUE,
    ("u-function", "precision"): Reason.OUTSIDE,
    ("u-function-bound", "search"): Reason.OUTSIDE,
    ("u-mathieu", "search"): Reason.OUTSIDE,
    ("r-closed-form", "symbolic"): Reason.NO_CLOSED_FORM,
    ("r-empty", "search"): Reason.NO_POINT,
    ("r-empty", "enclosure"): Reason.NO_POINT,
}
"""Why a method stands aside, for each sort of reason."""


def fails_by_another_route(statement: Statement, at: Witness) -> bool:
    """Whether a statement of numbers fails at a witness by SymPy's own substitution; one of vectors by NumPy's."""
    assert at.point is not None
    by_name = {str(s): s for s in statement.symbols}
    point = {by_name[name]: value for name, value in at.point.items() if name in by_name}
    if statement.slug in BY_NUMPY:
        return BY_NUMPY[statement.slug](*(np.array(at.point[k].tolist(), dtype=float) for k in "ab" if k in at.point))
    match statement:
        case Bound():
            return bool(sp.N((statement.lower - statement.upper).subs(point).doit(), 40) > 0)
        case Identity():
            return bool(abs(sp.N((statement.lhs - statement.rhs).subs(point).doit(), 40)) > 1e-9)
        case Gradient():
            gap = sp.diff(statement.of, statement.wrt) - statement.equals
            return bool(abs(sp.N(gap.subs(point), 40)) > 1e-9)
        case Existence():
            return any(not (c.subs(point) == 0 or c.subs(point) == True) for _, c in statement.conditions)  # noqa: E712
        case Constant():
            return True  # its value is no matter of a point
    return False


BY_NUMPY: dict[str, Any] = {
    "f-vector": lambda a, b: abs(((a + b) ** 2).sum() - (a**2).sum() - (b**2).sum()) > 1e-9,
    "n-vector": lambda a, b: abs(1e-6 * 2 * (a * b).sum()) > 1e-12,
    "f-norm": lambda a: bool(np.abs(2 * a - a).max() > 1e-9),
    "n-norm": lambda a: bool(np.abs(2e-6 * a).max() > 1e-12),
}


@pytest.mark.parametrize(("sort", "statement"), CASES, ids=[s.slug for _, s in CASES])
def test_each_method_answers_rightly_or_not_at_all(sort: str, statement: Statement) -> None:
    result = check(statement, Options(seed=5), ())
    said = [(e.method, e.verdict, e.detail, e.witness) for e in result.evidence]
    wrong = (Verdict.REFUTED, Verdict.ERROR) if sort == "true" else (Verdict.VERIFIED,)
    for e in result.evidence:
        # a method that looks at points or samples says so, and is never the only key of a bound that is finer than it
        at_points = not e.alone or (isinstance(statement, Bound) and e.method in ("precision", "search"))
        assert e.verdict not in wrong or (sort != "true" and at_points), said
        assert e.verdict is not Verdict.ERROR or sort == "without a real value" or e.reason is Reason.NO_POINT, said
        assert e.reason is not None or e.verdict in (Verdict.VERIFIED, Verdict.REFUTED), said
        expected = REASONS.get((statement.slug, e.method))
        assert expected is None or (e.verdict in OPEN and e.reason is expected), said
        if e.verdict is Verdict.REFUTED and e.at is not None and e.at.point is not None:
            assert fails_by_another_route(statement, e.at), said
    assert {e.method for e in result.evidence} >= {m for slug, m in REASONS if slug == statement.slug}, said
    if sort == "true":
        expected = (Verdict.UNDECIDED,) if statement.slug in UNPROVED else (Verdict.VERIFIED, Verdict.MEASURED)
        assert result.verdict in expected, said
    else:
        assert result.verdict not in GOOD, said
    if sort == "false":
        assert result.verdict is Verdict.REFUTED, said


def test_every_method_met_each_sort_that_it_can_meet() -> None:
    """A method that stands aside everywhere would pass the test above."""
    met: dict[str, set[str]] = {name: set() for name in NAMES}
    for sort, statement in CASES:
        for name in NAMES:
            if method(name).applies(statement, ()):
                met[name].add(sort)
    assert {"true", "false", "nearly true", "without a real value"} <= met["symbolic"] & met["precision"]
    assert {"true", "false", "nearly true", "without a real value"} <= met["search"] & met["enclosure"]
    for name in ("autograd", "sampling", "scaling"):
        assert {"true", "false"} <= met[name], name


rng = np.random.default_rng(0)
NOISE = rng.normal(size=(40, 3))
NEARLY_NORMAL = Means(NOISE, law="normal", separate=True)
MEASUREMENTS: dict[str, tuple[str, Any, Any]] = {
    "followed": (
        "trajectory",
        Followed(NOISE[0], NOISE[0] + 1, "<=", 1e-12, ""),
        Followed(NOISE[0], NOISE[1], "<=", 1e-12, ""),
    ),
    "compared": ("trajectory", Compared(NEARLY_NORMAL, 9.0), Compared(NEARLY_NORMAL, 0.0)),
    "scaled": (
        "scaling",
        Scaled(2.0 ** np.arange(12), 2.0 ** -np.arange(12)),
        Scaled(2.0 ** np.arange(12), np.exp(rng.normal(size=12))),
    ),
    "tried": ("sampling", Tried(1, 10**4), Tried(5000, 10**4)),
    "sampled": ("sampling", *(Sampled(lambda c, m=m: iter([m + NOISE[:30] / 9]), np.zeros(3)) for m in (0.0, 1.0))),
    "enclosed": ("enclosure", Enclosed(True, ""), Enclosed(False, "")),
    "differentiated": (
        "autograd",
        *(Differentiated({x: np.array(0.5)}, np.array(m), 4) for m in (1.0, 1.3)),
    ),
}
CLAIMS: dict[str, Statement] = {
    "scaled": Rate("law", y, x, -1, against=(0,)),
    "tried": Probability("event", "an event", at_most=sp.Rational(1, 100)),
    "differentiated": Gradient("grad", x, 2 * x, of=x**2),
}


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_noise_in_place_of_a_measurement_is_never_credited(name: str) -> None:
    which, right, wrong = MEASUREMENTS[name]
    claim = CLAIMS.get(name, Bound("claim", x, x + 1))
    torch.manual_seed(0)
    for measured, never in ((right, Verdict.REFUTED), (wrong, Verdict.VERIFIED)):
        reading = Reading(which, lambda _, m=measured: m)
        for e in method(which).run(claim, (reading,), Context(1)):
            assert e.verdict is not never, e.detail

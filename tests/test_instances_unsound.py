"""Instances that must not prove: what a fact does not say, or says of other objects, for each way to get it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sympy import (
    Abs,
    FiniteSet,
    Function,
    I,
    Integral,
    Interval,
    Lambda,
    Le,
    MatrixSymbol,
    Max,
    Ne,
    Or,
    S,
    Sum,
    Symbol,
    Union,
    acos,
    atan2,
    cos,
    exp,
    log,
    oo,
    sqrt,
    symbols,
)

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Angle, Bound, Paper, UnitVectors, chain, papers, vector
from derivations.calculus.functions import nabla
from derivations.claim import StatementError
from derivations.domains import Gaussian
from derivations.instances import instantiated
from derivations.quantities.chance import Chance, Mean, variance
from derivations.spectra import sigma_min
from derivations.statements import Identity, Statement
from derivations.steps import Instance
from derivations.vectors import inner, norm_squared, ones

x, y = symbols("x y", real=True)
a, b, t, ell, L = symbols("a b t ell L", positive=True)
m, n = symbols("m n", integer=True, positive=True)
d = Symbol("d", integer=True, nonnegative=True)
u, v, w, z = (vector(name, m) for name in "uvwz")
five, three = vector("five", 5), vector("three", 3)
A = MatrixSymbol("A", 2, 2)
F, G, f, H = (Function(name, real=True) for name in ("F", "G", "f", "H"))
g, h, s = (Symbol(name, real=True) for name in "ghs")
SQUARE = Bound("square", S.Zero, x**2)
SQUARE_OF_F = Bound("square-of-f", S.Zero, F(t) ** 2)
WORDS = papers.paper("facts").hypotheses


def cited(
    low: Any, high: Any, fact: str, put: Mapping[str, Any], *, on: Any = None, where: Any = (), assumes: Any = ()
) -> Statement:
    def derive() -> Any:
        return chain(low).then(high, "so", relation="<=").by(fact, put)

    return Bound("cited", low, high, on=on or {}, where=where, assumes=assumes, derive=derive)


def proved(statement: Statement, *beside: Statement, words: Mapping[str, str] | None = None) -> Evidence:
    paper = Paper("mine", statements=(*beside, statement), hypotheses=words or {})
    (evidence,) = symbolic.run(paper[statement.slug], (), Context())
    return evidence


def refuses(found: Evidence, said: str) -> None:
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


@pytest.mark.parametrize(
    ("put", "low", "high", "said"),
    [
        (sqrt(y), S.Zero, y, "y >= 0"),
        (sqrt(H(a)), S.Zero, H(a), "H(a) >= 0"),
        (I * a, a, S.Zero, "I ∈ Reals"),
        (oo, a, S.Zero, "oo ∈ Reals"),
        (1 / y, S.Zero, y**2 + 1 / y**2, "Ne(y, 0)"),
        (log(y), S.Zero, log(y) ** 2, "y > 0"),
        (acos(y), S.Zero, acos(y) ** 2, "<= 1"),
    ],
)
def test_what_is_put_in_for_a_real_symbol_is_real(put: Any, low: Any, high: Any, said: str) -> None:
    refuses(proved(cited(low, high, "square", {"x": put}), SQUARE), said)


def test_roots_and_quotients_that_are_real_are_put_in() -> None:
    put = sqrt(y**2 + 1) / a - log(1 + b)
    assert proved(cited(S.Zero, put**2, "square", {"x": put}), SQUARE).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("given", "put", "said"),
    [
        ({"on": {x: Union(Interval(-2, -1), Interval(1, 2))}}, S.Half, "1/2 ∈ Union"),
        ({"on": {x: FiniteSet(-1, 1)}}, S.Zero, "0 ∈ {-1, 1}"),
        ({"where": Or(x >= 1, x <= -1)}, S.Half, "hypothesis False"),
        ({"where": Or(x >= 1, x <= -1)}, y, "(y <= -1)"),
        ({"where": Ne(x, 0)}, y**2, "Ne(y**2, 0)"),
        ({"on": {x: S.Integers}}, S.Half, "Eq(1/2"),
    ],
)
def test_sets_and_conditions_of_every_kind_are_hypotheses(given: Any, put: Any, said: str) -> None:
    fact = Bound("far", S.One, sigma_min(x * A), **given)
    refuses(proved(cited(S.One, sigma_min(put * A), "far", {"x": put, "A": A}), fact), said)


@pytest.mark.parametrize(
    ("given", "put"),
    [
        ({"on": {x: Union(Interval(-2, -1), Interval(1, 2))}}, 2 - exp(-(y**2))),
        ({"on": {x: FiniteSet(-1, 1)}}, S.One),
        ({"where": Or(x >= 1, x <= -1)}, y**2 + 1),
        ({"where": Ne(x, 0)}, -(y**2) - 1),
    ],
)
def test_hypotheses_that_hold_are_proved(given: Any, put: Any) -> None:
    fact = Bound("far", S.One, sigma_min(x * A), **given)
    statement = cited(S.One, sigma_min(put * A), "far", {"x": put, "A": A})
    assert proved(statement, fact).verdict is Verdict.VERIFIED


def test_an_angle_is_that_of_what_is_put_in() -> None:
    phi, psi = Symbol("phi", real=True), Symbol("psi", real=True)
    units = {w: UnitVectors(), z: UnitVectors()}
    fact = Bound("angle", inner(u, v), cos(phi), on={u: UnitVectors(), v: UnitVectors(), phi: Angle(u, v)})
    for wrong in (S.Zero, psi):
        put = {"u": w, "v": z, "phi": wrong}
        on = units | ({psi: (0, 1)} if wrong == psi else {})
        refuses(proved(cited(inner(w, z), cos(wrong) + 0 * psi, "angle", put, on=on), fact), "= the angle of w and z")
    right = cited(inner(w, z), cos(psi), "angle", {"u": w, "v": z, "phi": psi}, on=units | {psi: Angle(w, z)})
    assert proved(right, fact).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(("matrix", "half"), [(five, 1), (five, 3), (vector("six", 6), 1)])
def test_sizes_that_are_no_symbols_fit(matrix: Any, half: int) -> None:
    """(Σ x_i)² ≤ 2n‖x‖² of 2n numbers."""
    twice = vector("X", 2 * n)
    fact = Bound("doubled", inner(twice, ones(2 * n)) ** 2, 2 * n * norm_squared(twice))
    size = matrix.shape[0]
    low, high = inner(matrix, ones(size)) ** 2, 2 * half * norm_squared(matrix)
    refuses(proved(cited(low, high, "doubled", {"X": matrix, "n": S(half)}), fact), f"2*n rows or columns, {matrix}")


def test_functions_and_symbols_are_put_in_at_once() -> None:
    """Neither the t in what stands for F, nor the F in what stands for t, is the fact's own."""
    fact = Bound("product", F(t), a * G(t))
    made = instantiated(fact, Instance("product", (("F", Lambda(x, x * t)), ("t", 5 * t), ("G", F), ("a", F(t)))))
    assert made.conclusion == Le(5 * t**2, F(t) * F(5 * t), evaluate=False)
    both = Bound("both", F(t), G(t))
    swapped = {"F": G, "G": F, "t": a}
    assert proved(cited(G(a), F(a), "both", swapped), both).verdict is Verdict.VERIFIED
    for low, high in ((F(a), G(a)), (G(a), G(a) - 1), (F(a), F(a) - 1)):
        assert proved(cited(low, high, "both", swapped), both).verdict is not Verdict.VERIFIED


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (Lambda(x, sqrt(x - b)), "a - b >= 0"),
        (Function("C"), "C(a) ∈ Reals"),
        (Lambda((x, y), x), "takes exactly 2 arguments"),
        (atan2, "takes exactly 2 arguments"),
        (S.One, "F is a function, 1 is not"),
    ],
)
def test_what_is_put_in_for_a_function_is_a_real_function(put: Any, said: str) -> None:
    refuses(proved(cited(S.Zero, a - b, "square-of-f", {"F": put, "t": a}), SQUARE_OF_F), said)


def test_nothing_is_captured_by_a_bound_symbol() -> None:
    i = Symbol("i", integer=True)
    geometric = Bound("geometric", Sum(t**i, (i, 0, d)) * (1 - t), S.One, on={t: (0, 1)})
    share = 1 / (i**2 + 2)
    low = Sum(share**i, (i, 0, d)) * (1 - share)
    refuses(proved(cited(low, S.One, "geometric", {"t": share, "d": d}), geometric), "t = 1/(i**2 + 2) has i")
    integral = Identity("integral", Integral(x * F(s), (s, 0, 1)), x * Integral(F(s), (s, 0, 1)))
    for put in ({"x": s, "F": F}, {"x": y, "F": Lambda(x, x + s)}):
        found = proved(cited(s * Integral(F(s), (s, 0, 1)), Integral(s * F(s), (s, 0, 1)), "integral", put), integral)
        refuses(found, "has s, which is bound in it")


def test_gradients_are_those_of_the_function_that_is_put_in() -> None:
    right = H(u) + inner(nabla(H, u), w - u) + L * norm_squared(w - u) / 2
    wrong = H(u) + inner(nabla(f, u), w - u) + L * norm_squared(w - u) / 2
    put = {"f": H, "x": u, "y": w, "L": L}
    words = {"smooth": "∇H is L-Lipschitz"}
    for high, verdict in ((right, Verdict.VERIFIED), (wrong, Verdict.UNDECIDED)):
        statement = cited(H(w), high, "facts.descent-lemma", put, assumes=("smooth",))
        assert proved(statement, words=words).verdict is verdict
    square = Lambda(u, norm_squared(u))
    high = norm_squared(u) + 2 * inner(u, w - u) + L * norm_squared(w - u) / 2
    name = f"smooth for f = {square}"
    statement = cited(norm_squared(w), high, "facts.descent-lemma", {**put, "f": square}, assumes=(name,))
    assert proved(statement, words={name: "L ≥ 2"}).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("put", "left", "right", "said"),
    [
        ({"ell": ell / 2}, variance(f(w)), ell**2 / 4, "'lipschitz-vector for ell = ell/2'"),
        ({"ell": b}, variance(f(w)), b**2, "'lipschitz-vector for ell = b'"),
        ({"f": H}, variance(H(w)), ell**2, "'lipschitz-vector for f = H'"),
        ({"f": Lambda(u, 3 * f(u))}, variance(3 * f(w)), ell**2, "'lipschitz-vector for f = Lambda(u, 3*f(u))'"),
    ],
)
def test_words_are_about_the_letters_in_them(put: Any, left: Any, right: Any, said: str) -> None:
    name = "lipschitz-vector"
    fact = "facts.gaussian-poincare-lipschitz"
    on = {w: Gaussian(), ell: Interval.open(0, oo), b: Interval.open(0, oo)}
    made = {"f": f, "w": w, "ell": ell, **put}
    statement = cited(left, right, fact, made, on=on, assumes=(name,))
    refuses(proved(statement, words={name: WORDS[name]}), said)
    inherited = said.strip("'")
    again = cited(left, right, fact, made, on=on, assumes=(inherited,))
    assert proved(again, words={inherited: "said"}).verdict is Verdict.VERIFIED


def test_words_of_its_own_may_have_other_letters() -> None:
    on = {w: Gaussian(), b: Interval.open(0, oo)}
    put = {"f": H, "w": w, "ell": b}
    statement = cited(
        variance(H(w)), b**2, "facts.gaussian-poincare-lipschitz", put, on=on, assumes=("lipschitz-vector",)
    )
    assert proved(statement, words={"lipschitz-vector": "H is b-Lipschitz"}).verdict is Verdict.VERIFIED


def test_a_function_that_is_chosen_before_has_nothing_random() -> None:
    fact = Bound("centred", Mean(g * F(0)), S.Zero, on={g: Gaussian()})
    statement = cited(Mean(h * h), S.Zero, "centred", {"g": h, "F": Lambda(x, h)}, on={h: Gaussian()})
    refuses(proved(statement, fact), "without the random h")


@pytest.mark.parametrize("where", [h <= 1, h * a <= b, Abs(h) <= Chance(h > 1)])
def test_no_condition_restricts_what_is_random(where: Any) -> None:
    with pytest.raises(StatementError, match="restricts the random h"):
        Bound("conditioned", Chance(h > t), S.Half, on={h: Gaussian()}, where=where)
    Bound("chances", Chance(h > t), S.Half, on={h: Gaussian()}, where=Chance(h > 1) <= a)


def test_a_chain_of_both_directions_proves_nothing() -> None:
    def derive() -> Any:
        return (
            chain(a).then(a + 1, "up", relation="<=").then(a, "down", relation=">=").then(Max(a, 1), "", relation="<=")
        )

    refuses(
        proved(Bound("both", a, Max(a, 1), derive=derive)), "the derivation proves <= and >=, the statement says <="
    )

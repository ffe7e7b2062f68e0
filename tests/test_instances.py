"""Instances of facts in derivations: what follows is proved, and what does not follow, or is not given, is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sympy import Abs, Function, MatrixSymbol, Or, Symbol, cos, exp, log, symbols

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Bound, Paper, RealMatrices, chain, lambda_min, operator_norm, vector
from derivations.arguments import ArgumentError
from derivations.domains import Gaussian, Independent, Signs, SymmetricMatrices
from derivations.instances import InstanceError, found, instantiated
from derivations.quantities.chance import Chance
from derivations.statements import Statement
from derivations.steps import Derivation, Instance
from derivations.vectors import inner, norm

m = Symbol("m", integer=True, positive=True)
x, y, z = vector("x", m), vector("y", m), vector("z", m)
u, v = vector("u", 3), vector("v", 3)
a, b, t = symbols("a b t", positive=True)
TRIANGLE = Bound("triangle", norm(x + y), norm(x) + norm(y))
LOGARITHM = Bound("logarithm", log(1 + t), t, where=(t >= 1,))
WHOLE = norm(x + y + z)


def proved(statement: Statement, *beside: Statement) -> Evidence:
    paper = Paper("mine", statements=(TRIANGLE, LOGARITHM, *beside, statement))
    (evidence,) = symbolic.run(paper[statement.slug], (), Context())
    return evidence


def of_three(derive: Callable[[], Derivation], most: Any = 3 * a, where: Any = None) -> Bound:
    given = (norm(x) <= a, norm(y) <= a, norm(z) <= a) if where is None else where
    return Bound("three", WHOLE, most, on={z: RealMatrices()}, where=given, derive=derive)


def twice() -> Derivation:
    return (
        chain(WHOLE)
        .then(norm(x + y) + norm(z), "the last aside", relation="<=")
        .by("triangle", x=x + y, y=z)
        .then(norm(x) + norm(y) + norm(z), "once more", relation="<=")
        .by("triangle", x=x, y=y)
    )


def test_a_chain_of_instances_proves() -> None:
    found_ = proved(of_three(lambda: twice().then(3 * a, "each", relation="<=")))
    assert found_.verdict is Verdict.VERIFIED
    assert "3 steps" in found_.detail


@pytest.mark.parametrize("most", [2.99 * a, 2 * a, a])
def test_a_smaller_constant_is_not_proved(most: Any) -> None:
    assert proved(of_three(lambda: twice().then(most, "each", relation="<="), most)).verdict is not Verdict.VERIFIED


def test_without_one_hypothesis_it_is_not_proved() -> None:
    found_ = proved(of_three(lambda: twice().then(3 * a, "each", relation="<="), where=(norm(x) <= a, norm(y) <= a)))
    assert found_.verdict is Verdict.UNDECIDED
    assert "step 3" in found_.detail


def test_the_other_direction_is_not_proved() -> None:
    wrong = Bound(
        "wrong",
        norm(x) + norm(y),
        norm(x + y),
        derive=lambda: (
            chain(norm(x) + norm(y)).then(norm(x + y), "the triangle", relation="<=").by("triangle", x=x, y=y)
        ),
    )
    assert proved(wrong).verdict is Verdict.UNDECIDED


def test_a_line_that_the_fact_does_not_give_is_not_proved() -> None:
    wrong = of_three(
        lambda: (
            chain(WHOLE)
            .then(norm(x) + norm(z), "lost", relation="<=")
            .by("triangle", x=x + y, y=z)
            .then(3 * a, "each", relation="<=")
        )
    )
    found_ = proved(wrong)
    assert found_.verdict is Verdict.UNDECIDED
    assert "does not follow from" in found_.detail


@pytest.mark.parametrize(
    ("low", "verdict"), [(1, Verdict.VERIFIED), (2, Verdict.VERIFIED), (0.5, Verdict.UNDECIDED), (0, Verdict.UNDECIDED)]
)
def test_hypotheses_are_proved_or_named(low: float, verdict: Verdict) -> None:
    statement = Bound(
        "cited",
        log(1 + a * b),
        a * b,
        where=(a >= low, b >= 1),
        derive=lambda: chain(log(1 + a * b)).then(a * b, "log", relation="<=").by("logarithm", t=a * b),
    )
    found_ = proved(statement)
    assert found_.verdict is verdict
    assert (verdict is Verdict.VERIFIED) or "hypothesis a*b >= 1 is not proved" in found_.detail


def test_a_hypothesis_is_inherited() -> None:
    statement = Bound(
        "cited",
        log(1 + a * b),
        a * b,
        where=(a * b >= 1,),
        derive=lambda: chain(log(1 + a * b)).then(a * b, "log", relation="<=").by("logarithm", t=a * b),
    )
    assert proved(statement).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("instance", "said"),
    [
        (Instance("triangel", (("x", x), ("y", y))), "did you mean triangle?"),
        (Instance("fact.weyl", (("x", x),)), "there is no paper fact"),
        (Instance("liu2019.kernell", (("x", x),)), "did you mean liu2019.kernel?"),
        (Instance("triangle", (("x", x),)), "nothing is put in for y"),
        (Instance("triangle", (("x", x), ("yy", y))), "has no symbol yy"),
        (Instance("triangle", (("x", x), ("y", a))), "y is a matrix, a is not"),
        (Instance("triangle", (("x", x), ("y", u))), "has m rows or columns, u has 3"),
        (Instance("triangle", (("x", MatrixSymbol("A", m, m)), ("y", x))), "rows or columns"),
    ],
)
def test_what_is_no_instance_is_told_in_one_line(instance: Instance, said: str) -> None:
    paper = Paper("mine", statements=(TRIANGLE, LOGARITHM, of_three(twice)))
    with pytest.raises(InstanceError) as error:
        instantiated(found(paper["three"], instance.fact), instance)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_sizes_follow_from_shapes() -> None:
    made = instantiated(TRIANGLE, Instance("triangle", (("x", 2 * u), ("y", v - 2 * u))))
    assert str(made.conclusion.lhs) == str(norm(v))


def test_a_circle_is_named() -> None:
    first = Bound(
        "first",
        norm(x),
        a,
        where=(norm(x) <= a,),
        derive=lambda: chain(norm(x)).then(a, "so", relation="<=").by("second", x=x, a=a),
    )
    second = Bound(
        "second",
        norm(x),
        a,
        where=(norm(x) <= a,),
        derive=lambda: chain(norm(x)).then(a, "so", relation="<=").by("first", x=x, a=a),
    )
    found_ = proved(first, second)
    assert found_.verdict is Verdict.UNDECIDED
    assert "a circle among lemmas: mine.first → mine.second → mine.first" in found_.detail


def test_by_needs_a_line_and_expressions() -> None:
    with pytest.raises(ArgumentError, match="add one with `then` first"):
        chain(a).by("triangle", x=x, y=y)
    with pytest.raises(ArgumentError):
        chain(a).then(b, "so").by("triangle", x=object())


def test_terms_of_one_meaning_are_one_number() -> None:
    """A norm of K + (G − K) is the norm of G."""
    statement = Bound(
        "apart",
        norm(y),
        norm(x) + norm(y - x),
        derive=lambda: chain(norm(y)).then(norm(x) + norm(y - x), "apart", relation="<=").by("triangle", x=x, y=y - x),
    )
    assert proved(statement).verdict is Verdict.VERIFIED


def test_inner_products_keep_their_gram_matrix() -> None:
    statement = Bound(
        "mixed",
        norm(x + y) + inner(x, y),
        norm(x) + norm(y) + norm(x) * norm(y),
        derive=lambda: (
            chain(norm(x + y) + inner(x, y))
            .then(norm(x) + norm(y) + inner(x, y), "the triangle", relation="<=")
            .by("triangle", x=x, y=y)
            .then(norm(x) + norm(y) + norm(x) * norm(y), "Cauchy and Schwarz", relation="<=")
        ),
    )
    assert proved(statement).verdict is Verdict.VERIFIED


def test_a_conclusion_in_one_symbol_that_has_no_solution_set() -> None:
    """cos x ≤ 1 − x²/8 on [0, π] is no interval that SymPy finds, and a condition like any other."""
    angle = Symbol("x", real=True)
    cosine = Bound("cosine", cos(angle), 1 - angle**2 / 8, on={angle: (0, 3)})
    statement = Bound(
        "twice",
        2 * cos(angle) + a,
        2 - angle**2 / 4 + a,
        on={angle: (0, 3)},
        derive=lambda: (
            chain(2 * cos(angle) + a).then(2 - angle**2 / 4 + a, "the cosine", relation="<=").by("cosine", x=angle)
        ),
    )
    assert proved(statement, cosine).verdict is Verdict.VERIFIED


def test_a_hypothesis_in_words_is_inherited_by_name_or_the_step_is_open() -> None:
    k = Symbol("k", integer=True, nonnegative=True)
    e = Function("e", real=True)
    affine = Bound("affine-bound", e(k), e(0) + a * k, assumes=("affine",))

    def derive() -> Derivation:
        step = chain(e(k) + b).then(e(0) + a * k + b, "k steps", relation="<=")
        return step.by("affine-bound", {"e": e, "k": k}, a=a)

    for assumes, verdict in (((), Verdict.UNDECIDED), (("affine",), Verdict.VERIFIED)):
        paper = Paper(
            "mine",
            statements=(affine, Bound("uses", e(k) + b, e(0) + a * k + b, assumes=assumes, derive=derive)),
            hypotheses={"affine": "e(k + 1) ≤ e(k) + a for all k"},
        )
        (evidence,) = symbolic.run(paper["uses"], (), Context())
        assert evidence.verdict is verdict
        assert (
            verdict is Verdict.VERIFIED
        ) or "'affine' is not proved; prove it, or add it to `assumes`" in evidence.detail


g, h = Symbol("g", real=True), Symbol("h", real=True)
TAIL = Bound("tail", Chance(Abs(g) > t), 2 * exp(-(t**2) / 2), on={g: Gaussian()})
APART = Bound("apart", Chance(g - h > t), exp(-(t**2) / 4), on={g: Gaussian(), h: Gaussian()})


def chance(left: Any, right: Any, on: Any, put: dict[str, Any], fact: str = "tail") -> Evidence:
    statement = Bound(
        "cited", left, right, on=on, derive=lambda: chain(left).then(right, "the tail", relation="<=").by(fact, put)
    )
    return proved(statement, TAIL, APART)


def test_chances_by_instance() -> None:
    assert chance(Chance(Abs(h) > 2 * a), 2 * exp(-2 * a**2), {h: Gaussian()}, {"g": h, "t": 2 * a}).verdict is (
        Verdict.VERIFIED
    )


@pytest.mark.parametrize(
    ("left", "right", "on", "put", "fact", "said"),
    [
        (Chance(Abs(h) > a), 2 * exp(-(a**2) / 2), {h: Signs()}, {"g": h, "t": a}, "tail", "h ~ Gaussian"),
        (Chance(Abs(h) > a), 2 * exp(-(a**2) / 2), {h: Independent(0, 1)}, {"g": h, "t": a}, "tail", "h ~ Gaussian"),
        (b * Chance(Abs(h) > a), b, {h: Gaussian()}, {"g": 2 * h, "t": a}, "tail", "2*h ~ Gaussian"),
        (b * Chance(Abs(h) > a), b, {h: Gaussian()}, {"g": b, "t": a}, "tail", "b ~ Gaussian"),
        (b * Chance(Abs(h) > a), b, {h: Gaussian()}, {"g": h, "h": h, "t": a}, "apart", "h independent of h"),
        (
            b * Chance(Abs(h) > a),
            b,
            {h: Gaussian(), u: Gaussian()},
            {"g": h, "t": norm(u)},
            "tail",
            "without the random u",
        ),
    ],
)
def test_laws_and_independence_are_hypotheses(
    left: Any, right: Any, on: Any, put: dict[str, Any], fact: str, said: str
) -> None:
    found_ = chance(left, right, on, put, fact)
    assert found_.verdict is not Verdict.VERIFIED
    assert said in found_.detail


def test_the_union_bound_is_known_of_chances() -> None:
    both = Chance(Or(Abs(g) > a, Abs(h) > a))
    apart = Chance(Abs(g) > a) + Chance(Abs(h) > a)
    statement = Bound(
        "union",
        both,
        4 * exp(-(a**2) / 2),
        on={g: Gaussian(), h: Gaussian()},
        derive=lambda: (
            chain(both)
            .then(apart, "the union bound", relation="<=")
            .then(2 * exp(-(a**2) / 2) + Chance(Abs(h) > a), "the tail", relation="<=")
            .by("tail", {"g": g, "t": a})
            .then(4 * exp(-(a**2) / 2), "again", relation="<=")
            .by("tail", {"g": h, "t": a})
        ),
    )
    assert proved(statement, TAIL).verdict is Verdict.VERIFIED
    wrong = Bound(
        "wrong",
        both,
        Chance(Abs(g) > a),
        on={g: Gaussian(), h: Gaussian()},
        derive=lambda: chain(both).then(Chance(Abs(g) > a), "no", relation="<=").by("tail", {"g": g, "t": a}),
    )
    assert proved(wrong, TAIL).verdict is not Verdict.VERIFIED


def test_a_norm_of_a_difference_is_that_of_the_other_difference() -> None:
    """As a stranger writes it: ‖G − K‖ in the condition, ‖A − B‖ with A = K and B = G in the fact."""
    K, G = MatrixSymbol("K", m, m), MatrixSymbol("G", m, m)

    def derive() -> Derivation:
        return (
            chain(3 * a / 4)
            .then(lambda_min(K) - operator_norm(G - K), "near", relation="<=")
            .then(lambda_min(G), "Weyl", relation="<=")
            .by("facts.weyl-perturbation", A=K, B=G)
        )

    for near, verdict in ((a / 4, Verdict.VERIFIED), (a / 3, Verdict.UNDECIDED)):
        statement = Bound(
            "least",
            3 * a / 4,
            lambda_min(G),
            on={K: SymmetricMatrices(), G: SymmetricMatrices()},
            where=(lambda_min(K) >= a, operator_norm(G - K) <= near),
            derive=derive,
        )
        assert proved(statement).verdict is verdict


def test_what_is_put_in_may_be_named_by_symbols() -> None:
    a, b, x, y = symbols("a b x y", real=True)
    line = chain(a * b).then((a**2 + b**2) / 2, "means", relation="<=")
    assert line.by("facts.young", {x: a, y: b}) == line.by("facts.young", x=a, y=b)

"""Induction, events and claims for all values of a symbol: what follows is proved, what does not is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sympy import Eq, Function, Interval, Not, Rational, S, Symbol, exp, oo, sqrt, symbols

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Bound, Paper, chain, norm, operator_norm
from derivations.arguments import ArgumentError
from derivations.domains import Dependent, Gaussian, Signs
from derivations.latex import derivation_latex
from derivations.quantities.chance import Chance
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Derivation
from derivations.vectors import ShapeError
from derivations.writing.claims import reason
from derivations.writing.text import text

k, i, j = symbols("k i j", integer=True, nonnegative=True)
m, H = symbols("m H", integer=True, positive=True)
q, c, t, p = symbols("q c t p", positive=True)
a, b = Function("a", real=True), Function("b", real=True)
HALF = ForAll(k, a(k + 1) <= q * a(k), name="step")


def proved(statement: Statement, *beside: Statement) -> Evidence:
    paper = Paper("mine", statements=(*beside, statement))
    (evidence,) = symbolic.run(paper[statement.slug], (), Context())
    return evidence


def seven(derive: Callable[[], Derivation], where: Any = (HALF,)) -> Bound:
    return Bound("seven", a(7), q**7 * a(0), where=where, on={q: (0, 1)}, derive=derive)


def powers(claim: Any, start: Any = 0, at: Any = k, when: Any = ()) -> Derivation:
    return (
        chain(a(7))
        .have(ForAll(k, claim, when=when, name="powers"), "each step by q")
        .using("step", k=at)
        .by_induction(k, start)
        .then(q**7 * a(0), "at 7", relation="<=")
        .using("powers", k=7)
    )


def test_a_rate_by_induction() -> None:
    assert proved(seven(lambda: powers(a(k) <= q**k * a(0)))).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("derive", "said"),
    [
        (lambda: powers(a(k) <= q ** (k + 1) * a(0)), "at k = 0"),  # the start is wrong
        (lambda: powers(a(k) <= q ** (2 * k) * a(0)), "at k + 1"),  # the step is wrong
        (lambda: powers(a(k) <= q**k * a(0), at=k + 1), "at k + 1"),  # the hypothesis of the next step
        (lambda: powers(a(k + 1) <= q ** (k + 1) * a(0)), "at k = 0"),  # a step is used at the start
        (lambda: powers(a(k) <= q**k * a(0), start=1), "the claim is for all k >= 0"),
        (lambda: powers(a(k) <= q**k * a(0), start=-1), "the claim is for all k >= 0"),
        (lambda: powers(a(k) <= q**k * a(0), when=(a(k) <= 1,)), "restricts it as k <= n only"),
        (lambda: powers(a(k) <= q**k * a(0), when=(k <= k / 2 + 1,)), "restricts it as k <= n only"),
        (lambda: powers(a(k) <= q**k * a(0), when=(k >= S.Half,), start=S.Half), "no integer >= 0"),
    ],
)
def test_false_inductions_are_refused(derive: Callable[[], Derivation], said: str) -> None:
    found = proved(seven(derive))
    assert found.verdict is Verdict.UNDECIDED
    assert "step 1" in found.detail
    assert said in found.detail


def test_an_upper_end_of_the_index_holds_for_the_step() -> None:
    """The hypothesis is for k < 7 only, so that the claim is for k <= 7 and no more."""
    step = ForAll(k, a(k + 1) <= q * a(k), when=(k <= 6,), name="step")
    for most, verdict in ((7, Verdict.VERIFIED), (8, Verdict.UNDECIDED)):
        end = k <= most

        def derive(end: Any = end) -> Derivation:
            return powers(a(k) <= q**k * a(0), when=(end,))

        assert proved(seven(derive, (step,))).verdict is verdict


def test_a_condition_on_one_index_is_not_one_on_all() -> None:
    """a(k + 1) <= q·a(k) for one k, as a symbol of the statement, proves nothing of the others."""
    one = seven(lambda: powers(a(k) <= q**k * a(0)), (a(k + 1) <= q * a(k), HALF))
    assert "k is a symbol of the statement" in proved(one).detail


def test_several_claims_are_proved_together() -> None:
    fibonacci = ForAll(k, a(k + 2) <= a(k + 1) + a(k), name="sum")

    def derive() -> Derivation:
        doubles = ForAll(k, (a(k) <= 2**k, a(k + 1) <= 2 ** (k + 1)), name="doubles")
        made = chain(a(9)).have(doubles, "two values at once").using("sum", k=k).by_induction(k)
        return made.then(2**9, "at 9", relation="<=").using("doubles", k=9)

    where = (fibonacci, a(0) <= 1, a(1) <= 1)
    assert proved(Bound("nine", a(9), S(2) ** 9, where=where, derive=derive)).verdict is Verdict.VERIFIED
    assert proved(Bound("nine", a(9), S(2) ** 9, where=where[:-1], derive=derive)).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(("at", "verdict"), [(0, Verdict.VERIFIED), (k, Verdict.VERIFIED), (k + 1, Verdict.UNDECIDED)])
def test_before_speaks_of_earlier_values_only(at: Any, verdict: Verdict) -> None:
    back = ForAll(k, a(k + 1) <= q * a(at), name="back")

    def derive() -> Derivation:
        return (
            chain(a(3))
            .have(ForAll(k, a(k) <= c, name="small"), "each is below an earlier one")
            .using("before", k_=at)
            .using("back", k=k)
            .by_induction(k)
            .then(c, "at 3", relation="<=")
            .using("small", k=3)
        )

    found = proved(Bound("three", a(3), c, where=(back, a(0) <= c), on={q: (0, 1)}, derive=derive))
    assert found.verdict is verdict
    assert verdict is Verdict.VERIFIED or "hypothesis k_ <= k is not proved" in found.detail


W, x = Family("W", m, m), Family("x", m)
h = Symbol("h", integer=True, positive=True)
GOOD = ForAll(h, operator_norm(W(h, 0)) <= 3 * sqrt(m), when=(h <= H,), name="norms")
GAUSSIAN = {W(h, 0): Gaussian(), x(k): Dependent()}


SMALL = exp(-m / 2)


def union(count: Any = H, each: Any = SMALL, good: ForAll = GOOD, on: Any = None, at: Any = None) -> Statement:
    bad = Chance(Not(good))
    named = dict(GAUSSIAN if on is None else on)

    def derive() -> Derivation:
        return (
            chain(bad)
            .have(bad <= count * each, "H layers")
            .by("facts.gaussian-operator-norm", W=W(h, 0) if at is None else at, t=sqrt(m))
            .by_union(each)
            .then(count * each, "together", relation="<=")
        )

    return Bound("union", bad, count * each, on=named, derive=derive)


def test_the_union_of_as_many_events_as_an_index_has_values() -> None:
    assert proved(union()).verdict is Verdict.VERIFIED
    assert proved(union(H + 1)).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (union(H - 1), "events"),
        (union(S(1)), "events"),
        (union(each=exp(-m)), "does not follow"),
        (union(good=ForAll(h, operator_norm(W(h, 0)) <= 3 * sqrt(m))), "has no last value"),
        (union(good=ForAll(h, operator_norm(W(h, 0)) <= 2.9 * sqrt(m), when=(h <= H,))), "does not follow"),
        (union(good=ForAll(h, operator_norm(W(h, 1)) <= 3 * sqrt(m), when=(h <= H,))), "does not follow"),
        (union(on={W(h, 0): Signs()}), "W(h, 0) ~ Gaussian"),
        (union(on={W(h, 0): Dependent()}), "W(h, 0) ~ Gaussian"),
        (union(on={W(h, 1): Gaussian()}), "W(h, 0) ~ Gaussian"),
        (union(at=W(h, 1)), "W(h, 1) ~ Gaussian"),
        (union(each=exp(-h / 2)), "h is a symbol of the statement"),
    ],
)
def test_false_unions_are_refused(statement: Statement, said: str) -> None:
    found = proved(statement)
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


ALL = ForAll(k, norm(x(k)) <= (3 * t) ** k * norm(x(0)), when=(GOOD,), name="grows")
CONCLUSION = ForAll(k, norm(x(k)) <= (3 * t) ** k * norm(x(0)))


def included(most: Any = 3, where: Any = None, conclusion: ForAll = CONCLUSION, bad: Any = None) -> Statement:
    claimed, failing = Chance(Not(conclusion)), Chance(Not(GOOD)) if bad is None else bad
    step = ForAll(k, norm(x(k + 1)) <= most * t * norm(x(k)), when=(GOOD,), name="step")

    def derive() -> Derivation:
        return (
            chain(claimed)
            .have(ALL, "k steps")
            .using("step", k=k)
            .by_induction(k)
            .then(failing, "where all norms are small", relation="<=")
            .using("grows", k=k)
            .by_inclusion()
        )

    on = {**GAUSSIAN, H: S.Naturals, t: Interval.open(0, oo)}
    return Bound("included", claimed, failing, on=on, where=(step,) if where is None else where, derive=derive)


def test_where_the_events_happen_the_conclusion_holds_for_all_k() -> None:
    assert proved(included()).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (included(most=4), "step 1"),
        (included(where=()), "step 1"),
        (included(conclusion=ForAll(k, norm(x(k)) <= t**k * norm(x(0)))), "step 2"),
        (included(bad=Chance(operator_norm(W(1, 0)) > 3 * sqrt(m))), "step 2"),
        (included(bad=Chance(Not(ForAll(h, operator_norm(W(h, 0)) <= 3 * sqrt(m), when=(h <= H - 1,))))), "step 2"),
        (included(bad=Chance(GOOD)), "step 2"),
    ],
)
def test_false_inclusions_are_refused(statement: Statement, said: str) -> None:
    found = proved(statement)
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


def test_what_follows_from_an_event_does_not_follow_without_it() -> None:
    """The bound holds where GOOD does, and the chain says it surely."""

    def derive() -> Derivation:
        return chain(norm(x(7))).then((3 * t) ** 7 * norm(x(0)), "seven", relation="<=").using("grows", k=7)

    statement = Bound("sure", norm(x(7)), (3 * t) ** 7 * norm(x(0)), on={W(h, 0): Gaussian()}, where=ALL, derive=derive)
    found = proved(statement)
    assert found.verdict is Verdict.UNDECIDED
    assert "hypothesis for all h" in found.detail


def test_equations_say_what_a_member_is() -> None:
    """x(k + 1) = W(1, k)·x(k): a bound of the product is one of the next member."""
    step = ForAll(k, Eq(x(k + 1), W(1, k) * x(k), evaluate=False), name="layer")
    small = ForAll(k, operator_norm(W(1, k)) <= c, name="small")

    def derive(factor: Any) -> Derivation:
        return (
            chain(norm(x(5)))
            .have(ForAll(k, norm(x(k)) <= (factor * c) ** k * norm(x(0)), name="all"), "each step")
            .using("layer", k=k)
            .using("small", k=k)
            .by("facts.operator-vector", M=W(1, k), x=x(k))
            .by_induction(k)
            .then((factor * c) ** 5 * norm(x(0)), "five", relation="<=")
            .using("all", k=5)
        )

    for factor, verdict in ((1, Verdict.VERIFIED), (Rational(99, 100), Verdict.UNDECIDED)):
        most = (factor * c) ** 5 * norm(x(0))
        statement = Bound("five", norm(x(5)), most, where=(step, small), derive=partial(derive, factor))
        assert proved(statement).verdict is verdict


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ForAll(3, a(k) <= 1), "3 is no symbol"),
        (lambda: ForAll((k, k), a(k) <= 1), "named twice"),
        (lambda: ForAll(k, a(k)), "not a condition"),
        (lambda: ForAll(k, ()), "nothing is claimed"),
        (lambda: ForAll(k, ForAll(k, a(k) <= 1)), "bound twice"),
        (lambda: chain(a(1)).by_induction(k), "add one with `then` first"),
        (lambda: chain(a(1)).then(a(2), "so").by_induction(k), "proves nothing but a `have` of a ForAll over k"),
        (lambda: chain(a(1)).have(a(k), "so"), "not a condition"),
        (lambda: chain(a(1)).using("step", k=1), "add one with `then` first"),
    ],
)
def test_slips_are_told_in_one_line(make: Callable[[], Any], said: str) -> None:
    with pytest.raises((ShapeError, ArgumentError)) as error:
        make()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "put", "said"),
    [
        ("stepp", {"k": 0}, "no claim for all has this name (there is step)"),
        ("step", {"i": 0}, "has no variable i"),
        ("step", {"k": -1}, "hypothesis -1 >= 0"),
        ("step", {"k": S.Half}, "hypothesis Eq(1/2"),
        ("step", {"k": x(0)}, "are numbers"),
    ],
)
def test_what_is_used_for_wrong_values_is_told(name: str, put: dict[str, Any], said: str) -> None:
    statement = seven(lambda: chain(a(7)).then(q**7 * a(0), "so", relation="<=").using(name, put))
    found = proved(statement)
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


def test_derivations_with_claims_of_their_own_are_printed() -> None:
    made = included().derivation
    assert made is not None
    lines = [f"{text(step.expr)}: {reason(step)}" for step in made.steps]
    assert lines[0].startswith("for all k where for all h where h <= H: ‖W(h, 0)‖ <= 3·sqrt(m): sqrt(‖x(k)‖²)")
    assert "by induction over k from 0 (step with k = k)" in lines[0]
    assert "the one event is in the other" in lines[1]
    latex_lines = derivation_latex(made)
    assert r"\vdash \forall k" in latex_lines
    assert r"{x}_{(k)}" in latex_lines
    assert made.relation == "<="
    assert len(made.links) == 1

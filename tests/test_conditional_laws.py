"""A bound for every fixed v holds for a random V only if V is derived to be made without the fact's random symbols."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import Abs, Eq, Function, Interval, Lambda, MatrixSymbol, Ne, Not, Sum, Symbol, exp, oo, sqrt

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Angle, Bound, Paper, chain, vector
from derivations.claim import StatementError
from derivations.domains import Dependent, Gaussian, Independent
from derivations.latex import derivation_latex
from derivations.quantities.chance import Chance, MadeWithout, Mean
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Derivation
from derivations.vectors import ShapeError, elementwise, inner, norm
from derivations.writing.text import text

m = Symbol("m", integer=True, positive=True)
h, H, o, n = (Symbol(name, integer=True, positive=True) for name in "hHon")
k = Symbol("k", integer=True, nonnegative=True)
t, q = (Symbol(name, positive=True) for name in "tq")
a, v, y, b = (vector(name, m) for name in "avyb")
W, x, c, z = Family("W", m, m), Family("x", m), Family("c", m), Family("z", m)
f = Function("f", real=True)
tail = 2 * exp(-(t**2) / 2)


def far(of: Any, at: Any) -> Any:
    """The event that ⟨a, v⟩ is large for the length of v."""
    return Abs(inner(of, at)) > t * norm(at)


M = MatrixSymbol("M", m, m)
ANY = Bound("any", Chance(norm(M * v) > t), 1, on={M: Gaussian()}, source="test")
LINEAR = Bound("linear", Chance(far(a, v)), tail, on={a: Gaussian()}, source="test")
ON = {W(o, k): Dependent(), W(o, 0): Gaussian(), c(k): Dependent(), c(0): Gaussian(), x(o, k): Dependent()}
FIRST = ForAll(k, Eq(x(1, k), elementwise(f, y), evaluate=False), name="first")
LAYERS = ForAll((o, k), Eq(x(o + 1, k), elementwise(f, W(o, k) * x(o, k)), evaluate=False), name="layers")
MADE = ForAll(h, MadeWithout(x(h, 0), c(0)), when=h <= H, name="made")


def proved(statement: Statement, *beside: Statement) -> Evidence:
    (found,) = symbolic.run(Paper("mine", statements=(*beside, statement))[statement.slug], (), Context())
    return found


def refuses(found: Evidence, said: str) -> None:
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


def claim(
    at: Any,
    before: Callable[[Derivation], Derivation] = lambda made: made,
    *,
    where: Any = (FIRST, LAYERS),
    on: Any = ON,
) -> Statement:
    """P(|⟨c(0), V⟩| > t‖V‖) ≤ 2e^{−t²/2}."""
    chance = Chance(far(c(0), at))
    return Bound(
        "main",
        chance,
        tail,
        on=on,
        where=where,
        derive=lambda: before(chain(chance)).then(tail, "given V", relation="<=").by("linear", a=c(0), v=at, t=t),
    )


def made(derivation: Derivation) -> Derivation:
    """x(h, 0) is made of y and of W(o, 0), layer by layer."""
    return derivation.have(MADE, "by the equations").using("first", k=0).using("layers", o=h, k=0).by_induction(h, 1)


def test_a_quantity_that_is_made_of_other_random_symbols_is_put_in() -> None:
    def derive() -> Derivation:
        start = chain(Chance(far(c(0), x(H, 0))))
        return made(start).then(tail, "given x", relation="<=").using("made", h=H).by("linear", a=c(0), v=x(H, 0), t=t)

    statement = claim(x(H, 0)).but(derive=derive)
    assert proved(statement, LINEAR).verdict is Verdict.VERIFIED
    assert proved(claim(y), LINEAR).verdict is Verdict.VERIFIED
    assert proved(claim(W(1, 0) * y), LINEAR).verdict is Verdict.VERIFIED
    other = claim(norm(W(1, 0) * y) * c(1), on={**ON, c(1): Gaussian()})
    assert proved(other, LINEAR).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("at", "where", "said"),
    [
        (c(0), (), "c(0) is in it"),
        (y + inner(y, c(0)) * y, (), "c(0) is in it"),
        (norm(c(0)) * y, (), "c(0) is in it"),
        # through an equation, which the step uses
        (z(1), (ForAll(o, Eq(z(o), c(0) + y, evaluate=False), name="equal"),), "c(0) is in it"),
        (z(1), (ForAll(o, Eq(z(o), z(o), evaluate=False), name="equal"),), "no equation that the step uses"),
        (z(1), (ForAll(o, Eq(z(o), elementwise(f, z(o)), evaluate=False), name="equal"),), "z(1) is defined by itself"),
        (z(1), (ForAll(o, Eq(z(o), z(o + 1), evaluate=False), name="equal"),), "no equation that the step uses"),
        (z(1), (ForAll(o, norm(z(o)) <= 1, name="equal"),), "no equation that the step uses says what z(1) is"),
        # later elements of a sequence depend on the start by more than these equations
        (c(1), (), "says what c(1) is"),
        (x(1, k), (ForAll(o, Eq(x(1, k), W(1, k) * y, evaluate=False), name="equal"),), "says what W(1, k) is"),
        # one member among several that may be the fact's own
        (c(0) * 0 + W(o, 0) * y + W(o, 1) * y, (), "says what W(o, 1) is"),
    ],
)
def test_a_quantity_that_may_depend_on_the_random_symbol_is_refused(at: Any, where: Any, said: str) -> None:
    on = {**ON, z(o): Dependent()}
    chance = Chance(far(c(0), at))

    def derive() -> Derivation:
        line = chain(chance).then(tail, "given V", relation="<=")
        line = line.using("equal", o=1) if where else line
        return line.by("linear", a=c(0), v=at, t=t)

    statement = Bound("main", chance, tail, on=on, where=where, derive=derive)
    refuses(proved(statement, LINEAR), said)


@pytest.mark.parametrize("end", [h, h - 1])
def test_the_order_of_layers_decides_which_weights_are_others(end: Any) -> None:
    """x(h) is made without W(o, 0) for o ≥ h, but not for o ≥ h − 1."""
    layers = ForAll(h, Eq(x(h + 1, 0), elementwise(f, W(h, 0) * x(h, 0)), evaluate=False), name="layers")
    first = ForAll(h, Eq(x(1, 0), y, evaluate=False), name="first")
    wanted = ForAll((h, o), MadeWithout(x(h, 0), W(o, 0)), when=end <= o, name="made")
    chance = Chance(norm(W(2, 0) * x(2, 0)) > t)

    def derive() -> Derivation:
        return (
            chain(chance)
            .have(wanted if end == h else ForAll((h, o), wanted.claims, when=h <= o + 1, name="made"), "by the layers")
            .using("first", h=1)
            .using("layers", h=h)
            .by_induction(h, 1)
            .then(1, "the end", relation="<=")
            .using("made", h=2, o=2)
            .by("any", M=W(2, 0), v=x(2, 0), t=t)
        )

    statement = Bound("main", chance, 1, on=ON, where=(first, layers), derive=derive)
    found = proved(statement, ANY)
    if end == h:
        assert found.verdict is Verdict.VERIFIED, found.detail
    else:
        refuses(found, "step 1 (by the layers)")


def test_an_equation_that_holds_in_some_layers_only_leaves_the_others_open() -> None:
    short = ForAll((o, k), LAYERS.claims, when=o <= 3, name="layers")
    refuses(proved(claim(x(H, 0), made, where=(FIRST, short)), LINEAR), "its hypothesis h <= 3")
    refuses(proved(claim(x(H, 0), made, where=(LAYERS,)), LINEAR), "no claim for all has this name")


def test_a_condition_of_the_lemma_on_v_must_hold_for_every_outcome() -> None:
    short = Bound("linear", Chance(Abs(inner(a, v)) > t), tail, on={a: Gaussian()}, where=norm(v) <= 1, source="test")
    at = W(1, 0) * y
    chance = Chance(Abs(inner(c(0), at)) > t)

    def derive() -> Derivation:
        return chain(chance).then(tail, "given V", relation="<=").by("linear", a=c(0), v=at, t=t)

    refuses(proved(Bound("main", chance, tail, on=ON, derive=derive), short), "the line does not follow from P(")
    # on an event it does hold, but the chance is over all outcomes
    good = norm(W(1, 0) * y) <= 1
    schema = ForAll(k, chance <= tail, when=good, name="small")

    def on_event() -> Derivation:
        start = chain(chance).have(schema, "on an event").by("linear", a=c(0), v=at, t=t)
        return start.then(tail, "given V", relation="<=")

    refuses(proved(Bound("main", chance, tail, on=ON, derive=on_event), short), "the chance is over all")
    # a quantity of which an equation says that it is short is put in
    unit = z(1)
    sure = Chance(Abs(inner(c(0), unit)) > t)
    where = (
        ForAll(o, Eq(z(o), elementwise(f, W(o, 0) * y), evaluate=False), name="equal"),
        ForAll(o, norm(z(o)) <= 1, name="short"),
    )

    def holds() -> Derivation:
        line = chain(sure).then(tail, "given V", relation="<=").using("equal", o=1).using("short", o=1)
        return line.by("linear", a=c(0), v=unit, t=t)

    on = {**ON, z(o): Dependent()}
    assert proved(Bound("main", sure, tail, on=on, where=where, derive=holds), short).verdict is Verdict.VERIFIED


def test_within_an_inclusion_no_law_is_known() -> None:
    """What holds where an event fails is known of some outcomes only."""
    event, other = far(c(0), W(1, 0) * y), norm(W(1, 0) * y) > 1

    def derive() -> Derivation:
        return (
            chain(Chance(Chance(event) > tail))
            .then(Chance(other), "so", relation="<=")
            .by("linear", a=c(0), v=W(1, 0) * y, t=t)
            .by_inclusion()
        )

    statement = Bound("main", Chance(Chance(event) > tail), Chance(other), on=ON, derive=derive)
    refuses(proved(statement, LINEAR), "the chance is over all")


def _lemma(where: Any = (), upper: Any = tail, event: Any = None, on: Any = None) -> Bound:
    return Bound(
        "linear",
        Chance(far(a, v) if event is None else event),
        upper,
        on={a: Gaussian(), **(on or {})},
        where=where,
        source="test",
    )


@pytest.mark.parametrize(
    "lemma",
    [
        _lemma(upper=tail + norm(v)),  # the bound speaks of v
        _lemma(upper=Chance(norm(v) > t)),  # another chance
        _lemma(event=Abs(inner(a, v)) > t * norm(v) + Mean(Abs(inner(a, v)))),  # a mean for a fixed v is another one
        _lemma(where=Chance(Abs(inner(a, v)) > 1) <= q, on={q: Interval.open(0, oo)}),  # an averaged hypothesis
        _lemma(event=far(a, v + b), on={b: Dependent()}),  # of the joint law of a and b
    ],
)
def test_a_lemma_that_is_more_than_a_chance_for_every_fixed_value_is_not_conditional(lemma: Bound) -> None:
    at = W(1, 0) * y
    put = {str(s): {a: c(0), v: at, b: y}.get(s, s) for s in lemma.domain.ranges if s != m}
    chance = Chance(far(c(0), at))

    def derive() -> Derivation:
        return chain(chance).then(tail, "given V", relation="<=").by("linear", put)

    refuses(
        proved(Bound("main", chance, tail, on=ON, where=q <= 1, derive=derive), lemma), "without the random W(1, 0)"
    )


def test_what_depends_on_one_of_two_random_symbols_is_refused() -> None:
    """Of a lemma with two random symbols V must be made without both."""
    both = Bound("both", Chance(far(a, v + b)), 1, on={a: Gaussian(), b: Gaussian()}, source="test")
    for at, verdict in ((W(1, 0) * y, Verdict.VERIFIED), (c(1), Verdict.UNDECIDED), (c(0), Verdict.UNDECIDED)):
        chance = Chance(far(c(0), at + c(1)))

        def derive(chance: Any = chance, at: Any = at) -> Derivation:
            return chain(chance).then(1, "given V", relation="<=").by("both", a=c(0), b=c(1), v=at, t=t)

        on = {**ON, c(1): Gaussian()}
        assert proved(Bound("main", chance, 1, on=on, derive=derive), both).verdict is verdict


def test_correlated_gaussians_are_not_independent() -> None:
    """z(1) = (c(0) + c(1))/√2 is Gaussian, but neither declared nor independent of c(0)."""
    where = (ForAll(o, Eq(z(o), (c(0) + c(1)) / sqrt(2), evaluate=False), name="equal"),)
    on = {**ON, c(1): Gaussian(), z(o): Dependent()}
    for put, said in (({"a": z(1), "v": y}, "z(1) ~ Gaussian"), ({"a": c(0), "v": z(1)}, "c(0) is in it")):
        chance = Chance(far(put["a"], put["v"]))

        def derive(chance: Any = chance, put: Any = put) -> Derivation:
            return chain(chance).then(tail, "V", relation="<=").using("equal", o=1).by("linear", put, t=t)

        refuses(proved(Bound("main", chance, tail, on=on, where=where, derive=derive), LINEAR), said)


def test_a_law_whose_ends_are_random_is_not_independent() -> None:
    g, u = Symbol("g", real=True), Symbol("u", real=True)
    number = Bound("number", Chance(Abs(u * g) > t * Abs(u)), tail, on={g: Gaussian()}, source="test")
    e = Symbol("e", real=True)
    for ends, verdict in (((0, 1), Verdict.VERIFIED), ((0, Abs(e)), Verdict.UNDECIDED)):
        s = Symbol("s", real=True)
        chance = Chance(Abs(s * e) > t * Abs(s))

        def derive(chance: Any = chance, s: Any = s) -> Derivation:
            return chain(chance).then(tail, "given s", relation="<=").by("number", g=e, u=s, t=t)

        statement = Bound("main", chance, tail, on={e: Gaussian(), s: Independent(*ends)}, derive=derive)
        assert proved(statement, number).verdict is verdict


def test_a_sum_over_all_members_may_have_the_one() -> None:
    total = Sum(W(h, 0)[0, 0], (h, 1, n)) * y
    chance = Chance(norm(W(1, 0) * total) > t)

    def derive() -> Derivation:
        return chain(chance).then(1, "given V", relation="<=").by("any", M=W(1, 0), v=total, t=t)

    refuses(proved(Bound("main", chance, 1, on=ON, derive=derive), ANY), "W(h, 0) is not one symbol")


def test_what_is_independent_is_derived_and_not_assumed() -> None:
    with pytest.raises(StatementError, match="derive it with have"):
        claim(x(1, 0), where=(ForAll(h, MadeWithout(x(h, 0), c(0)), name="made"),))
    with pytest.raises(ShapeError, match="is no event"):
        Chance(Not(MADE))
    with pytest.raises(ShapeError, match="is no symbol"):
        MadeWithout(y, c(0) + y)


def test_a_claim_about_laws_is_not_made_on_an_event() -> None:
    here = ForAll(h, MadeWithout(x(h, 0), c(0)), when=Eq(x(h, 0), y, evaluate=False), name="made")

    def derive(derivation: Derivation) -> Derivation:
        return derivation.have(here, "on an event")

    refuses(proved(claim(y, derive), LINEAR), "claimed of all outcomes")


def test_an_equation_on_an_event_does_not_carry_a_chance_over() -> None:
    """Where x(1, 0) = y the one length is the other, but the chances are over all outcomes."""
    same = ForAll(k, Chance(norm(x(1, 0)) > t) <= q, when=Eq(x(1, 0), y, evaluate=False), name="same")

    def derive() -> Derivation:
        start = chain(Chance(norm(y) > t)).have(same, "on an event")
        return start.then(q, "given", relation="<=")

    statement = Bound("main", Chance(norm(y) > t), q, on=ON, where=Chance(norm(y) > t) <= q, derive=derive)
    refuses(proved(statement), "says nothing of a chance")


def test_indices_that_are_shown_to_differ_are_of_independent_members() -> None:
    for where, verdict in ((Ne(h, n), Verdict.VERIFIED), (h <= n, Verdict.UNDECIDED)):
        at = W(h, 0) * y
        chance = Chance(norm(W(n, 0) * at) > t)

        def derive(chance: Any = chance, at: Any = at) -> Derivation:
            return chain(chance).then(1, "given V", relation="<=").by("any", M=W(n, 0), v=at, t=t)

        assert proved(Bound("main", chance, 1, on=ON, where=where, derive=derive), ANY).verdict is verdict


def test_it_prints() -> None:
    assert text(MADE.claims[0]) == "x(h, 0) made without c(0)"
    shown = derivation_latex(made(chain(Chance(far(c(0), x(H, 0))))))
    assert r"{x}_{(h, 0)} \text{ is made without } {c}_{(0)}" in shown


def test_the_chance_that_the_rule_gives_is_that_of_a_small_network() -> None:
    """|⟨a, x⟩| > t‖x‖ for features of two random layers; for features that follow a it is far above the bound."""
    rng, draws, width, at = np.random.default_rng(0), 40_000, 6, 2.5
    out = rng.standard_normal((draws, width))
    features = np.tanh(rng.standard_normal((draws, width, width)) @ np.ones(width))
    features = np.tanh(np.einsum("bij,bj->bi", rng.standard_normal((draws, width, width)), features))

    def share(x: Any) -> float:
        return float(np.mean(np.abs((out * x).sum(1)) > at * np.linalg.norm(x, axis=1)))

    bound, exact = float(tail.subs(t, at)), math.erfc(at / math.sqrt(2))
    assert abs(share(features) - exact) < 6 * math.sqrt(exact / draws)
    assert share(features) < bound < share(features + 3 * out)


def test_functions_that_are_put_in_have_nothing_random() -> None:
    g = Function("g", real=True)
    lemma = Bound("values", Chance(Abs(inner(a, y)) * g(1) ** 2 > t * norm(y) * g(1) ** 2), tail, on={a: Gaussian()})
    put = {"a": c(0), "y": y, "t": t, "g": Lambda(q, norm(W(1, 0) * y))}
    target = Chance(far(c(0), y))

    def derive() -> Derivation:
        return chain(target).then(tail, "so", relation="<=").by("values", put)

    refuses(proved(Bound("main", target, tail, on=ON, derive=derive), lemma), "without the random W(1, 0)")


def test_the_angle_of_a_random_vector_is_random() -> None:
    """For φ = ∠(a, y) the length of φ·y follows a."""
    phi, g = Symbol("phi", real=True), vector("g", m)
    for first, said in ((g, "says what phi is"), (b, "")):
        chance = Chance(far(g, phi * y))

        def derive(chance: Any = chance) -> Derivation:
            return chain(chance).then(tail, "given φ", relation="<=").by("linear", a=g, v=phi * y, t=t)

        found = proved(Bound("main", chance, tail, on={g: Gaussian(), phi: Angle(first, y)}, derive=derive), LINEAR)
        if said:
            refuses(found, said)
        else:
            assert found.verdict is Verdict.VERIFIED

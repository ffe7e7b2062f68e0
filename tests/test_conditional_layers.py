"""Layers one after the other: a chance given the layers before, with what must hold of these joined to the event."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Eq, Interval, MatrixSymbol, Not, Symbol, oo

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Evidence, Verdict
from derivations import Bound, Paper, chain, vector
from derivations.domains import Dependent, Gaussian
from derivations.quantities.chance import Chance, MadeWithout
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Statement
from derivations.steps import Derivation
from derivations.vectors import norm

m = Symbol("m", integer=True, positive=True)
h, H, o, n = (Symbol(name, integer=True, positive=True) for name in "hHon")
t, q = (Symbol(name, positive=True) for name in "tq")
v, y, M = vector("v", m), vector("y", m), MatrixSymbol("M", m, m)
W, x = Family("W", m, m), Family("x", m)


def proved(statement: Statement, *beside: Statement) -> Evidence:
    (found,) = symbolic.run(Paper("mine", statements=(*beside, statement))[statement.slug], (), Context())
    return found


def refuses(found: Evidence, said: str) -> None:
    assert found.verdict is Verdict.UNDECIDED
    assert said in found.detail


POSITIVE = Interval.open(0, oo)


def _narrow(most: Any) -> Bound:
    """A layer that is given short features makes short ones, but for a chance."""
    on = {M: Gaussian(), q: POSITIVE}
    return Bound("narrow", Chance(norm(M * v) > t), most, on=on, where=norm(v) <= t, source="test")


NARROW = _narrow(q)
KEEPS = ForAll(h, norm(x(h + 1, 0)) <= t, when=(h <= H - 1, norm(x(h, 0)) <= t), name="keeps")
FEATURES = ForAll(o, norm(x(o, 0)) <= t, when=o <= H, name="features")


def _layers(most: Any = (H - 1) * q, lemma: Bound = NARROW, start: Any = t, event: Any = KEEPS) -> Evidence:
    """All features are short but for a chance of (H − 1)q: each layer makes short ones of short ones but for q."""
    linear = ForAll(h, Eq(x(h + 1, 0), W(h, 0) * x(h, 0), evaluate=False), name="layers")
    first = ForAll(h, Eq(x(1, 0), y, evaluate=False), name="first")
    made = ForAll((h, o), MadeWithout(x(h, 0), W(o, 0)), when=h <= o, name="made")

    def derive() -> Derivation:
        return (
            chain(Chance(Not(FEATURES)))
            .have(made, "by the layers")
            .using("first", h=1)
            .using("layers", h=h)
            .by_induction(h, 1)
            .have(Chance(Not(event)) <= (H - 1) * q, "layer by layer")
            .using("made", h=h, o=h)
            .using("layers", h=h)
            .by("narrow", M=W(h, 0), v=x(h, 0), t=t, q=q)
            .by_union(q)
            .have(ForAll(n, norm(x(n, 0)) <= t, when=(n <= H, event), name="all"), "by induction")
            .using("first", h=1)
            .using("keeps", h=n)
            .by_induction(n, 1)
            .then(Chance(Not(event)), "each layer keeps them short", relation="<=")
            .using("all", n=o)
            .by_inclusion()
            .then(most, "H − 1 layers", relation="<=")
        )

    where = (H >= 2, norm(y) <= start, first, linear)
    on = {W(o, 0): Gaussian(), x(h, 0): Dependent(), t: POSITIVE, q: POSITIVE}
    return proved(Bound("main", Chance(Not(FEATURES)), most, on=on, where=where, derive=derive), lemma)


def test_layers_one_after_the_other_each_given_the_ones_before() -> None:
    """A condition of the lemma on v that V need not fulfil is joined to the event."""
    assert _layers().verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"most": (H - 2) * q}, "step 5"),
        ({"start": t + 1}, "step 3"),
        # without its condition the event is larger than what the lemma bounds
        ({"event": ForAll(h, KEEPS.claims, when=h <= H - 1, name="keeps")}, "step 2 (layer by layer)"),
        ({"event": ForAll(h, KEEPS.claims, when=(h <= H - 1, norm(x(h, 0)) <= t + 1), name="keeps")}, "step 2"),
        ({"event": ForAll(h, norm(x(h + 1, 0)) <= t / 2, when=KEEPS.when, name="keeps")}, "step 2"),
        # a hypothesis that no v fulfils says nothing of the sign of the bound
        ({"lemma": _narrow(q - 1)}, "its hypothesis"),
    ],
)
def test_layers_of_which_something_is_missing_are_refused(change: Any, said: str) -> None:
    refuses(_layers(**change), said)

"""Linear rate and optimum at infinity over all steps: they hold, and not with a hypothesis or a constant less."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, exp
from typing import Any

import pytest
from sympy import Eq, Le, Rational

from checks.context import Context
from checks.methods import symbolic
from checks.verdicts import Verdict
from derivations.papers import paper
from derivations.papers.macdonald2023.descent import a, epsilon, eta, f, smooth, w
from derivations.quantities.schemas import ForAll

MAC = paper("macdonald2023")
CHAINS = ("linear-chain", "infinity-chain")
MORE = Rational(101, 100)


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


@pytest.mark.parametrize("slug", [*CHAINS, "reciprocal-grows", "reciprocal-order"])
def test_it_holds(slug: str) -> None:
    assert _verdict(MAC[slug]).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("slug", CHAINS)
def test_each_hypothesis_is_needed_and_a_step_is_named(slug: str) -> None:
    chain: Any = MAC[slug]
    given = chain.conditions_given
    for number in range(len(given)):
        left = given[:number] + given[number + 1 :]
        found = _verdict(chain.but(where=left, on={**chain.domain.ranges, **chain.on}))
        assert found.verdict is Verdict.UNDECIDED, given[number]
        assert "step" in found.detail


def test_without_a_smooth_function_a_step_is_named() -> None:
    for slug in CHAINS:
        chain: Any = MAC[slug]
        found = _verdict(chain.but(assumes=()))
        assert found.verdict is Verdict.UNDECIDED
        assert "'smooth'" in found.detail


def _changed(slug: str, name: str, change: Any) -> Any:
    chain: Any = MAC[slug]

    def one(given: Any) -> Any:
        if not (isinstance(given, ForAll) and given.name == name):
            return change(given) if str(given) == name else given
        return ForAll(given.variables, tuple(map(change, given.claims)), given.when, name)

    where = tuple(map(one, chain.conditions_given))
    assert where != chain.conditions_given
    return chain.but(where=where)


@pytest.mark.parametrize(
    ("slug", "name", "change"),
    [
        ("linear-chain", "regular", lambda c: Le(c.lts / MORE, c.gts)),
        ("linear-chain", "descent", lambda c: Eq(c.lhs, w(0) - (w(0) - c.rhs) / MORE, evaluate=False)),
        ("infinity-chain", "regular", lambda c: Le(c.lts / MORE, c.gts)),
        ("infinity-chain", str(eta * smooth <= 1), lambda c: Le(c.lts, MORE)),
    ],
)
def test_one_per_cent_less_breaks_it(slug: str, name: str, change: Any) -> None:
    assert _verdict(_changed(slug, name, change)).verdict is Verdict.UNDECIDED


def test_fewer_steps_are_not_enough() -> None:
    chain: Any = MAC["infinity-chain"]
    last = chain.conditions_given[-1]
    assert last.has(epsilon)
    found = _verdict(chain.but(where=(*chain.conditions_given[:-1], Le(last.lts / MORE, last.gts))))
    assert found.verdict is Verdict.UNDECIDED
    assert "step 3" in found.detail


def test_a_faster_rate_is_not_proved() -> None:
    chain: Any = MAC["linear-chain"]
    whole = chain.derivation
    last = whole.steps[-1]
    shorter = replace(whole, steps=(*whole.steps[:-1], replace(last, expr=last.expr / MORE)))
    assert _verdict(chain.but(rhs=chain.rhs / MORE, derive=lambda: shorter)).verdict is Verdict.UNDECIDED


def test_the_number_of_steps_at_a_function_of_that_kind() -> None:
    """f(x) = log(1 + e^{−x}) is ¼-smooth, and ‖∇f‖²/2 ≥ a·f² for x ≥ 0 where a is the value at 0: f ≤ ε in time."""
    from math import log, log1p

    def loss(x: float) -> float:
        return log1p(exp(-x))

    x, step, target = 0.0, 4.0, 0.01
    least = 0.5 * (0.5 / log(2)) ** 2
    assert all(0.5 * (1 / (1 + exp(t))) ** 2 >= least * loss(t) ** 2 for t in (0.0, 0.5, 1.0, 2.0, 5.0))
    enough = ceil((1 / target - 1 / loss(0)) / (step * least))
    count = 0
    while loss(x) > target:
        x += step / (1 + exp(x))
        count += 1
    assert count <= enough


def test_the_letters_are_those_of_the_chain() -> None:
    assert MAC["infinity-chain"].content[0].func == f
    assert a in MAC["infinity-chain"].domain.ranges

"""Random facts with what does not follow from them: no unsound instance is accepted, and most sound ones are.

Each fact is cited with objects drawn for its symbols. A sound line is the fact's own conclusion about them, where its
hypotheses hold. From it unsound ones are made: a hypothesis, a law or a word is left out, a line is a percent too
strong or the other way around, and one side of it speaks of an object that the other does not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sympy import MatrixSymbol, Rational, S, Symbol
from sympy.core.relational import Relational

from checks.provers.instances.links import link
from derivations import Bound, RealMatrices, papers
from derivations.calculus.functions import unspecified
from derivations.domains import Gaussian, Independent, PositiveSemidefinite, Signs, SymmetricMatrices
from derivations.instances import instantiated
from derivations.outcomes.budget import fresh
from derivations.statements import Statement
from derivations.steps import Instance, Step
from derivations.vectors import is_matrix

FACTS = [s for s in papers.paper("facts").statements if isinstance(s, Bound)]
WEAKER = {Gaussian: Signs(), SymmetricMatrices: RealMatrices(), PositiveSemidefinite: SymmetricMatrices()}
"""A range with objects of which facts about the other do not speak."""

SLOW = {"weighted-squares", "log-sum"}
"""Facts of sums of many terms, of which a prover needs long to see that a false line is not proved."""


@dataclass(frozen=True)
class Cited:
    """A fact with what is put in for its symbols, and the line that is claimed from it."""

    fact: Statement
    put: tuple[tuple[str, Any], ...]
    on: dict[Any, Any]
    where: tuple[Any, ...]
    low: Any
    high: Any
    assumes: tuple[str, ...]

    def accepted(self) -> bool:
        """Whether the line follows from the instance, for the engine."""
        fresh()
        cited = Bound("cited", self.low, self.high, on=self.on, where=self.where, assumes=self.assumes)
        step = Step(self.high, "so", "<=", instances=(Instance(self.fact.id, self.put),))
        return link(self.low, step, cited) is None


def _object(symbol: Any, values: Any, draw: random.Random) -> tuple[Any, dict[Any, Any]]:
    """Something in a range, made of new symbols, with the ranges of these."""
    if is_matrix(symbol):
        one, two = (MatrixSymbol(f"{symbol}_{i}", *symbol.shape) for i in (1, 2))
        sums = {
            RealMatrices: (one, one + two, 2 * one - two, one - 3 * two),
            SymmetricMatrices: (one, one + two, 2 * one - two),
            PositiveSemidefinite: (one, one + two, 3 * one + two / 2),
        }.get(type(values), (one,))
        made = draw.choice(sums)
        return made, {s: values for s in (one, two) if s in made.free_symbols}
    one, two = (Symbol(f"{symbol}_{i}", **symbol.assumptions0) for i in (1, 2))
    if values == S.Reals:
        return draw.choice((one, one + two, 2 * one - 1, one * two)), {one: values, two: values}
    if symbol.is_positive and not symbol.is_integer and values.sup == S.Infinity and values.inf == 0:
        return draw.choice((one, one + two, one * two, one / (1 + two))), {one: values, two: values}
    return one, {one: values}


def drawn(fact: Statement, draw: random.Random) -> Cited:
    """A sound instance: objects for all symbols of a fact, and its own conclusion about them."""
    sizes = {d for s in fact.domain.ranges if is_matrix(s) for size in s.shape for d in size.free_symbols}
    heads = unspecified((*fact.content, *fact.domain.where))
    # words speak of the fact's own letters
    put: dict[Any, Any] = {s: s for s in fact.domain.ranges if s in sizes or heads or fact.assumes}
    on: dict[Any, Any] = {s: fact.domain.ranges[s] for s in put if s not in sizes}
    # the ends of a law are put in before the law
    for symbol, values in sorted(fact.domain.ranges.items(), key=lambda item: isinstance(item[1], Independent)):
        if symbol in put:
            continue
        law = Independent(*(S(end).xreplace(put) for end in (values.low, values.high))) if _bounded(values) else values
        put[symbol], ranges = _object(symbol, law, draw)
        on |= ranges
    words = tuple((str(s), value) for s, value in put.items() if s not in sizes)
    words += tuple(heads.items())
    made = instantiated(fact, Instance(fact.id, words))
    line = made.conclusion
    return Cited(fact, words, on, made.hypotheses, line.lts, line.gts, fact.assumes)


def _bounded(values: Any) -> bool:
    return isinstance(values, Independent)


def unsound(cited: Cited, draw: random.Random) -> Iterator[tuple[str, Cited]]:
    """Lines that do not follow, each with what is wrong with it."""
    for number, condition in enumerate(cited.where):
        if isinstance(condition, Relational):
            yield f"without {condition}", replace(cited, where=cited.where[:number] + cited.where[number + 1 :])
    for name in cited.assumes:
        yield f"without {name}", replace(cited, assumes=tuple(a for a in cited.assumes if a != name))
    for symbol, values in cited.on.items():
        if type(values) in WEAKER:
            yield f"{symbol} of another kind", replace(cited, on={**cited.on, symbol: WEAKER[type(values)]})
    low, high = cited.low, cited.high
    if low == 0 or high == 0:
        yield "a percent more", replace(cited, low=low + Rational(1, 100))
    else:
        yield "a percent too strong", replace(cited, high=Rational(99, 100) * high)
    yield "the other way", replace(cited, low=high, high=low)
    both = low.free_symbols & high.free_symbols & set(cited.on)
    if both:
        symbol = draw.choice(sorted(both, key=str))
        other = _other(symbol)
        on = {**cited.on, other: cited.on[symbol]}
        yield f"{other} for {symbol} on one side", replace(cited, high=high.xreplace({symbol: other}), on=on)


def _other(symbol: Any) -> Any:
    if is_matrix(symbol):
        return MatrixSymbol(f"{symbol}_other", *symbol.shape)
    return Symbol(f"{symbol}_other", **symbol.assumptions0)


@pytest.mark.parametrize("part", range(4))
def test_nothing_unsound_is_accepted_and_most_that_is_sound_is(part: int) -> None:
    """Forty-eight facts with objects drawn by a fixed seed: the sound line, and two of what is wrong."""
    accepted: list[bool] = []
    for fact in random.Random("facts").sample(FACTS, 48)[part::4]:
        draw = random.Random(f"instances {fact.slug}")
        cited = drawn(fact, draw)
        accepted.append(cited.accepted())
        lines = list(unsound(cited, draw))
        for what, line in draw.sample(lines, min(2, len(lines))) if fact.slug not in SLOW else ():
            assert not line.accepted(), f"{fact.slug} {what}"
    assert sum(accepted) >= 0.9 * len(accepted)


def test_an_engine_that_accepts_all_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hypotheses to prove, lines without one are accepted: the fuzzer is able to fail."""
    monkeypatch.setattr("checks.provers.instances.applied.obligations", lambda *_: iter(()))
    seen = [
        what
        for fact in FACTS
        if fact.domain.where and not fact.assumes and fact.slug not in SLOW
        for what, line in unsound(drawn(fact, random.Random(0)), random.Random(0))
        if what.startswith("without") and line.accepted()
    ]
    assert len(seen) >= 5

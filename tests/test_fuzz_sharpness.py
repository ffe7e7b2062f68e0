"""Bounds whose sharp constant and place are known by construction: exact, 1 % too tight, and 1 % loose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy as sp

from checks.context import Context
from checks.lock.constant import known_constant
from checks.methods import search
from checks.running.runner import Options
from checks.running.runner import check as check_statement
from checks.studies.constants import sharpest
from checks.verdicts import Evidence, Verdict
from derivations.statements import Bound

X = sp.symbols("x y z", real=True)
P, Q = sp.symbols("p q", positive=True)
OPEN = sp.Interval.open(0, 1)
HALF = sp.Rational(1, 2)


def looked_at(bound: Bound) -> Evidence:
    (found,) = search.run(bound, (), Context(0, "cpu", bound.slug))
    return found


def random_bound(rng: np.random.Generator) -> tuple[Any, Any, dict[Any, Any], dict[Any, Any]]:
    """(lower, upper, on, place) with lower ≤ upper everywhere and 1 the best factor, met at the place alone.

    upper = lower·(1 + d) where d ≥ 0 tends to 0 at the place, and lower > 0 or, for places of 0/0, lower → 0.
    """
    n = int(rng.integers(1, 4))
    on, place, apart = {}, {}, []
    for symbol in X[:n]:
        a = sp.Rational(int(rng.integers(-6, 7)), 2)
        kind = rng.choice(["inside", "end", "open end", "infinity"])
        if kind == "inside":
            on[symbol], place[symbol] = sp.Interval(a - 1, a + 2), a
        elif kind == "end":
            on[symbol], place[symbol] = sp.Interval(a, a + 1), a
        elif kind == "open end":
            on[symbol], place[symbol] = sp.Interval.open(a - 1, a), a
        else:
            on[symbol], place[symbol] = sp.Interval(1, sp.oo), sp.oo
        away = 1 / symbol if kind == "infinity" else symbol - a
        apart.append(away)
    finite = [e for e, s in zip(apart, X, strict=False) if place[s] != sp.oo]
    d = sum(abs(e) ** int(rng.integers(1, 4)) for e in apart)
    lower: Any = 1 + sum(sp.cos(e) ** 2 for e in apart)
    shape = rng.choice(["positive", "vanishing", "diagonal"])
    if shape == "vanishing" and len(finite) == n:
        lower = sum(e**2 for e in apart)
    elif shape == "diagonal" and len(finite) == n >= 2:
        # both sides are 0 where all move alike
        lower = sum((e - apart[0]) ** 2 for e in apart[1:])
    return lower, lower * (1 + d), on, place


def cases(seed: int, count: int) -> Iterator[tuple[Bound, Bound, Bound]]:
    """The bound with its best constant, with one 1 % too tight, and with one 1 % loose."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        lower, upper, on, place = random_bound(rng)
        factor = (sp.S.One, sp.Rational(101, 100), sp.Rational(99, 100))
        exact, tight, loose = (Bound(f"b{i}", f * lower, upper, on=on, sharp_at=place) for f in factor)
        yield exact, tight, loose


def test_sharp_claims_of_random_bounds() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for exact, tight, loose in cases(0, 10):
        for name, bound in (("exact", exact), ("tight", tight), ("loose", loose)):
            found = looked_at(bound)
            seen[name, found.verdict.value] += 1
            wrong = Verdict.REFUTED if name == "exact" else Verdict.VERIFIED
            assert found.verdict is not wrong, (name, bound, found.detail)
            assert found.verdict is not Verdict.ERROR, (name, bound, found.detail)
    assert sum(n for (_, verdict), n in seen.items() if verdict == "undecided") < 3, seen


KL = P * sp.log(P / Q) + (1 - P) * sp.log((1 - P) / (1 - Q))


@pytest.mark.parametrize("place", [{P: HALF, Q: HALF}, {P: Q, Q: HALF}])
def test_pinsker_is_sharp_off_the_diagonal(place: dict[Any, Any]) -> None:
    """KL ≈ 2(p − q)² at ½: the constant 2 is best, and both sides are 0 on the diagonal."""
    on = {P: OPEN, Q: OPEN}
    assert looked_at(Bound("pinsker", 2 * (P - Q) ** 2, KL, on=on, sharp_at=place)).verdict is Verdict.VERIFIED
    for factor in (sp.Rational(198, 100), sp.Rational(202, 100)):
        found = looked_at(Bound("pinsker", factor * (P - Q) ** 2, KL, on=on, sharp_at=place))
        assert found.verdict is Verdict.REFUTED


def test_sharp_along_one_direction_or_slowly() -> None:
    x, y, _ = X
    a, b = sp.symbols("a b", real=True)
    cauchy = Bound("cauchy", (a * x + b * y) ** 2, (a**2 + b**2) * (x**2 + y**2), sharp_at={a: 0, b: 0})
    assert looked_at(cauchy).verdict is Verdict.VERIFIED
    mean = Bound("mean", 2 * x * y, x**2 + y**2, sharp_at={x: 0, y: 0})
    assert looked_at(mean).verdict is Verdict.VERIFIED
    slow = Bound("slow", 1 - 1 / sp.log(P), sp.S.One, on={P: sp.Interval(3, sp.oo)}, sharp_at={P: sp.oo})
    assert looked_at(slow).verdict is Verdict.UNDECIDED
    near = Bound("near", 1 + 1 / sp.log(P), sp.S.One, on={P: sp.Interval.open(0, HALF)}, sharp_at={P: 0})
    assert looked_at(near).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("seed", [*range(12), 1796062333])
def test_a_place_that_leaves_symbols_open_holds_for_all_of_their_values(seed: int) -> None:
    """|x| ≤ max(|y|, p) is an equality at x = y for |y| ≥ p alone; the second bound is one at x = y for every y.

    The last seed draws y = 0, where both of its sides are 0: that says nothing against it.
    """
    x, y, _ = X
    context = Context(seed, "cpu", "neyshabur2018.two-signs")
    domain = {"on": {P: sp.Interval.open(0, sp.oo)}, "where": sp.Abs(x) <= sp.Abs(y)}
    some = Bound("some", sp.Abs(x), sp.Max(sp.Abs(y), P), sharp_at={x: y}, **domain)  # type: ignore[arg-type]
    every = Bound("every", sp.sqrt(x**2 + y**2), sp.sqrt(2) * (sp.Abs(x + y) + sp.Abs(x - y)) / 2, sharp_at={x: y})
    assert search.run(some, (), context)[0].verdict is not Verdict.VERIFIED
    assert search.run(every, (), context)[0].verdict is Verdict.VERIFIED


def test_equality_of_a_side_that_is_zero() -> None:
    x = X[0]
    assert looked_at(Bound("tangent", sp.S.Zero, sp.exp(x) - 1 - x, sharp_at={x: 0})).verdict is Verdict.VERIFIED
    assert looked_at(Bound("apart", sp.S.Zero, sp.exp(x) - x, sharp_at={x: 0})).verdict is Verdict.REFUTED


def test_a_constant_is_best_only_where_the_bound_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attainment alone shows that the best constant is at least the stated one."""
    x = X[0]
    bound = Bound("parabola", x * (1 - x), sp.Rational(1, 4), on={x: (0, 1)}, sharp_at={x: HALF})
    proved = sharpest(bound)
    assert proved is not None
    assert (proved.known, proved.best) == ("exact", "1")
    assert known_constant(bound, check_statement(bound, Options())).how == "attained"  # type: ignore[union-attr]
    monkeypatch.setattr("checks.studies.constants._proof", lambda statement, context: None)
    open_ = sharpest(bound)
    assert open_ is not None
    assert (open_.known, open_.best) == ("attained", "at least 1")
    searched = check_statement(bound, Options(methods=("search",)))
    assert searched.verdict is not Verdict.VERIFIED
    assert known_constant(bound, searched).how == "met"  # type: ignore[union-attr]

"""Claims that are sums of what is given: those that are made so are found, and none that a point contradicts."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sympy import Expr, Integer, Rational, Symbol, sqrt, symbols

from checks.provers.instances.linear import combined
from derivations.domains import make_domain

x, y, z = symbols("x y z", real=True)
p, q = symbols("p q", nonnegative=True)
m = Symbol("m", positive=True)
SYMBOLS = (x, y, z, p, q, m)
DOMAIN = make_domain({}, (), set(SYMBOLS))
TERMS = (x, y, z, x * q, y * q, p, p * q, m, sqrt(m) * x, Integer(1))


def _number(random: Random) -> Expr:
    """A sum of a few terms with small factors."""
    return sum((random.randint(-3, 3) * t for t in random.sample(TERMS, 3)), Integer(0))


def _points(random: Random, count: int) -> list[dict[Any, Any]]:
    """Points with rational values, and a square for m, so that all is exact."""
    made: list[dict[Any, Any]] = []
    for _ in range(count):
        point: dict[Any, Any] = {s: Rational(random.randint(-40, 40), 8) for s in (x, y, z)}
        point |= {s: Rational(random.randint(0, 40), 8) for s in (p, q)}
        made.append(point | {m: Rational(random.randint(1, 20), 8) ** 2})
    return made


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_found_and_less_is_not(seed: int) -> None:
    """g = Σ c·g_i with c ≥ 0, one g_i times a symbol ≥ 0; with something taken off nothing is left to pay for it."""
    random = Random(seed)
    for _ in range(6):
        given = [_number(random) for _ in range(3)]
        if any(g.is_number for g in given):
            continue
        shares = [Rational(random.randint(1, 5), random.randint(1, 4)) for _ in given]
        gap = sum((c * g for c, g in zip(shares, given, strict=True)), Integer(0)).expand()
        assert gap == 0 or combined(gap, given, DOMAIN)
        assert combined(q * given[0], given, DOMAIN)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_false_is_found(seed: int) -> None:
    """What is found holds at every point at which all that is given is ≥ 0; most random claims are not found."""
    random = Random(100 + seed)
    points = _points(random, 40)
    found = 0
    for _ in range(12):
        given = [_number(random) for _ in range(3)]
        base = sum((random.choice((0, 1, 2)) * g for g in given), Integer(0))
        gap = (base + random.choice((-1, 1)) * Rational(random.randint(0, 3), 2) * random.choice(TERMS)).expand()
        if gap.is_number or not combined(gap, given, DOMAIN):
            continue
        found += 1
        for point in points:
            if all(g.xreplace(point) >= 0 for g in given):
                assert gap.xreplace(point) >= 0, (gap, given, point)
    assert found < 12


@pytest.mark.parametrize(
    ("gap", "given"),
    [
        (x - y, [y - x]),
        (x - Rational(99, 100) * y, [x - y]),
        (x - z, [x - y, Rational(99, 100) * y - z]),
        (x * y, [x, y]),
        (q * x - z, [x - y, q * y - z + Rational(1, 1000)]),
        (x, [x * q]),
        (x * z, [z * y, x - y]),
        (-q, [x]),
    ],
)
def test_what_does_not_follow_is_not_found(gap: Any, given: list[Any]) -> None:
    """Sides exchanged, constants 1 % off, products of signs unknown."""
    assert not combined(gap, given, DOMAIN)


def test_products_with_powers_of_numbers_that_are_not_negative() -> None:
    """q²·given, given/m, and none by what may be zero or negative."""
    assert combined(q**2 * x - y, [x - z, q**2 * z - y], DOMAIN)
    assert combined(x / m - y, [x - z, z / m - y], DOMAIN)
    assert not combined(y / x - z, [y - p, p / x - z], DOMAIN)
    assert not combined(q**2 * x - y, [x - z, q**2 * z - y + Rational(1, 100)], DOMAIN)
    assert not combined(x / q - y, [x - z, z / q - y], DOMAIN)

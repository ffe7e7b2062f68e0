"""A claim that is a multiple of a relation that is given: seen without a prover, and nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy import Ge, Le, MatrixSymbol, Rational, cos, pi, sin, symbols

from checks.provers.instances.implied import implied
from checks.provers.instances.multiples import multiple
from derivations import vector
from derivations.domains import make_domain
from derivations.vectors import inner

p, q, s = symbols("p q s", positive=True)
x, y, z = symbols("x y z", real=True)
n = sp.Symbol("n", integer=True, positive=True)
u, v = vector("u", n), vector("v", n)
GAP = pi - (pi - x) * cos(x) - sin(x)
DOMAIN = make_domain({}, (), {p, q, s, x, y, z})


@pytest.mark.parametrize(
    ("gap", "relations", "is_one"),
    [
        (inner(u, u) / (8 * pi * q) * (Rational(21, 8) * y - GAP**2), [Le(GAP**2, Rational(21, 8) * y)], True),
        (inner(u, v) * (x**2 / 4 - GAP / (2 * pi)), [Ge(inner(u, v), 0), Le(GAP, pi / 2 * x**2)], True),
        (inner(u, v) * (x**2 / 4 - GAP / (2 * pi)), [Le(GAP, pi / 2 * x**2)], False),
        (inner(u, v) * (x**2 / 4 - GAP / (2 * pi)), [Le(inner(u, v), 0), Le(GAP, pi / 2 * x**2)], False),
        (x**2 / 4 - GAP / pi, [Le(GAP, pi / 2 * x**2)], False),
        (3 * p * (y - z) / q, [Ge(y, z)], True),
        (-3 * p * (y - z) / q, [Ge(y, z)], False),
        (x * (y - z), [Ge(y, z)], False),
        (x**2 * (y - z), [Ge(y, z)], True),
        ((y - z) / x, [Ge(y, z)], False),
        ((y - z) / x**2, [Ge(y, z)], False),  # not where x = 0
        (x * y, [Ge(x, 0), Ge(y, 0)], True),
        (-x * y, [Ge(x, 0), Ge(y, 0)], False),
        (x * y, [Ge(x, 0), Le(y, 0)], False),
        (x + y, [Ge(x, 0), Ge(y, 0)], False),
        (x, [Ge(x - x, 0)], False),
    ],
)
def test_multiples(gap: Any, relations: list[Any], is_one: bool) -> None:
    relations = [r for r in relations if isinstance(r, sp.core.relational.Relational)]
    assert multiple(gap, relations, DOMAIN) is is_one


def test_multiples_of_random_relations_hold() -> None:
    """Claims of few terms with random signs: wherever one is called a multiple, numbers say that it follows."""
    rng = np.random.default_rng(0)
    factors = (x, y, z, p, x**2, y - z, p - x, 1 / p, 1 / x, sin(x), -p)
    seen = 0
    for _ in range(150):
        chosen = [factors[i] for i in rng.integers(len(factors), size=3)]
        relations = [Ge(f, 0, evaluate=False) for f in chosen[:2]]
        gap = int(rng.choice([-1, 1])) * sp.Mul(*(factors[i] for i in rng.integers(len(factors), size=2)), chosen[0])
        if not multiple(gap, relations, DOMAIN):
            continue
        seen += 1
        at = rng.standard_normal((4, 500))
        at[3] = np.abs(at[0] + 0.3)
        values = sp.lambdify((x, y, z, p), [gap, *(r.lhs for r in relations)], "numpy")(*at)
        claimed, *sides = (np.broadcast_to(side, at[0].shape) for side in values)
        assert (claimed[np.min(sides, axis=0) >= 0] >= 0).all(), (gap, relations)
    assert seen > 5


def test_what_follows_from_one_of_several_lists_follows() -> None:
    claim = Ge(y - x**2, 0)
    enough, other = [Ge(y, x**2 + 1)], [Ge(z, 0)]
    domain = make_domain({}, (), {x, y, z})
    assert implied(claim, domain, other, enough) is None
    assert implied(claim, domain, enough, other) is None
    assert implied(claim, domain, other) is not None


def test_a_line_that_needs_the_gram_matrix_is_found_after_the_one_with_numbers() -> None:
    """⟨u, v⟩ ≤ (|u|² + |v|²)/2 is not true of three free numbers."""
    size = sp.Integer(2)
    a, b = (MatrixSymbol(name, size, 1) for name in "ab")
    claim = Ge((inner(a, a) + inner(b, b)) / 2 - inner(a, b), 0)
    domain = make_domain({}, (), {a, b, x})
    assert implied(claim, domain, [Ge(x, 0)], [Ge(x, 1)]) is None
    assert implied(Ge(-inner(a, b) - 1, 0), domain, [Ge(x, 0)], [Ge(x, 1)]) is not None

"""Claims on vectors of any size by claims on one entry: true ones are proved, near twins of them are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Interval, Max, Min, Rational, Symbol, exp, log, oo, sqrt, tanh

from checks.proofs.replay_vectors import contradiction_of_vectors
from checks.provers.entrywise.claims import entry_claims
from checks.provers.entrywise.reading import reading
from checks.provers.entrywise.units import by_sizes, in_units
from checks.provers.portfolio import answer
from checks.provers.structure.ground import Ground
from derivations import (
    Bound,
    elementwise,
    inner,
    logsumexp,
    max_norm,
    norm,
    norm_p,
    norm_squared,
    ones,
    relu,
    softmax,
    vector,
)
from derivations.domains import make_domain

n = Symbol("n", integer=True, positive=True)
x, y = vector("x", n), vector("y", n)
p, q, t = (Symbol(name, real=True) for name in "pqt")
ABOVE_ONE = Interval.open(1, oo)
MORE, LESS = Rational(1001, 1000), Rational(999, 1000)


def total(f: Callable[[Any], Any], v: Any) -> Any:
    return inner(ones(n), elementwise(f, v))


def l1(v: Any) -> Any:
    return total(Abs, v)


SCALED = {
    "largest-by-length": (max_norm(x), norm(x), {}),
    "length-by-largest": (norm(x), sqrt(n) * max_norm(x), {}),
    "sum-by-largest": (l1(x), n * max_norm(x), {}),
    "largest-by-sum": (max_norm(x), l1(x), {}),
    "hoelder-one-and-infinity": (inner(x, y), l1(x) * max_norm(y), {}),
    "square-by-sum-and-largest": (norm_squared(x), l1(x) * max_norm(x), {}),
    "triangle-of-largest": (max_norm(x + y), max_norm(x) + max_norm(y), {}),
    "hoelder": (inner(x, y), norm_p(x, p) * norm_p(y, p / (p - 1)), {p: ABOVE_ONE}),
    "hoelder-three": (inner(x, y), norm_p(x, 3) * norm_p(y, Rational(3, 2)), {}),
    "minkowski": (norm_p(x + y, p), norm_p(x, p) + norm_p(y, p), {p: ABOVE_ONE}),
    "minkowski-three": (norm_p(x + y, 3), norm_p(x, 3) + norm_p(y, 3), {}),
    "four-by-two": (norm_p(x, 4), norm(x), {}),
    "power-mean": ((l1(x) / n) ** p, total(lambda s: Abs(s) ** p, x) / n, {p: ABOVE_ONE}),
    "lyapunov": (norm_squared(x) ** 2, l1(x) * total(lambda s: Abs(s) ** 3, x), {}),
    "relu-is-lipschitz": (norm(elementwise(relu, x) - elementwise(relu, y)), norm(x - y), {}),
    "tanh-is-lipschitz": (norm(elementwise(tanh, x) - elementwise(tanh, y)), norm(x - y), {}),
    "cubes": (total(lambda s: Abs(s) ** 3, x), norm_squared(x) * max_norm(x), {}),
    "geometric-mean": (n * exp(inner(ones(n), x) / n), total(exp, x), {}),
    "softmax-of-scores": (inner(softmax(x), y), max_norm(y), {}),
    "length-of-softmax": (norm_squared(softmax(x)), sp.S.One, {}),
    "clipped": (norm(elementwise(lambda s: Max(-1, Min(1, s)), x)), sqrt(n), {}),
    "one-entry": (Abs(x[0, 0]), norm(x), {}),
}
"""The left side 1.001 times as large is false."""

SHIFTED = {
    "log-sum-exp-by-largest": (logsumexp(x), max_norm(x) + log(n), max_norm(x) + LESS * log(n)),
    "log-sum-exp-by-mean": (inner(ones(n), x) / n + log(n), logsumexp(x), logsumexp(x) - MORE * log(n) + log(n)),
    "log-sum-exp-is-lipschitz": (logsumexp(x) - logsumexp(y), max_norm(x - y), LESS * max_norm(x - y)),
    "entropy-of-softmax": (logsumexp(x) - inner(softmax(x), x), log(n), LESS * log(n)),
    "entropy-is-not-negative": (
        sp.S.Zero,
        logsumexp(x) - inner(softmax(x), x),
        logsumexp(x) - inner(softmax(x), x) - t,
    ),
    "entry-by-log-sum-exp": (x[0, 0], logsumexp(x), logsumexp(x) - t),
    "mean-by-softmax": (inner(ones(n), x) / n, inner(softmax(x), x), inner(softmax(x), x) - t),
}
"""With the right side of the third place instead it is false somewhere."""


def proof(low: Any, high: Any, on: Any, where: Any = ()) -> Any:
    claim = Bound("claim", low, high, on=on, where=where)
    return answer(claim.upper - claim.lower, claim.domain, any_kind=True).proof


@pytest.mark.parametrize("name", SCALED)
def test_scaled(name: str) -> None:
    low, high, on = SCALED[name]
    assert proof(low, high, on) is not None
    assert proof(MORE * low, high, on) is None


@pytest.mark.parametrize("name", SHIFTED)
def test_shifted(name: str) -> None:
    low, high, twin = SHIFTED[name]
    assert proof(low, high, {}) is not None
    assert proof(low, twin, {t: Interval.open(0, 1)} if twin.has(t) else {}) is None


def test_norms_in_their_order() -> None:
    both = {p: ABOVE_ONE, q: ABOVE_ONE}
    assert proof(norm_p(x, q), norm_p(x, p), both, (p <= q,)) is not None
    assert proof(norm_p(x, q), norm_p(x, p), both, (q <= p,)) is None
    among = n ** (1 / p - 1 / q) * norm_p(x, q)
    assert proof(norm_p(x, p), among, both, (p <= q,)) is not None
    assert proof(norm_p(x, p), LESS * among, both, (p <= q,)) is None


def test_log_sum_exp_is_convex() -> None:
    mixed = logsumexp(t * x + (1 - t) * y)
    assert proof(mixed, t * logsumexp(x) + (1 - t) * logsumexp(y), {t: (0, 1)}) is not None
    assert proof(mixed, t * logsumexp(x) + (1 - t) * logsumexp(y), {t: (0, Rational(1001, 1000))}) is None


def test_the_argument_is_printed() -> None:
    found = proof(inner(x, y), norm_p(x, p) * norm_p(y, p / (p - 1)), {p: ABOVE_ONE})
    assert found.lines[0].startswith("h is homogeneous of degree 1 in the sums")


def test_claims_on_entries_imply_the_one_on_vectors() -> None:
    """A claim that fails for vectors fails for one of the entries: no claim is made that holds."""
    f = norm(x) - 2 * max_norm(x)
    made = entry_claims(f, make_domain({}, (), f.free_symbols))
    assert made
    assert all(answer(c.f, make_domain(dict(c.ranges), c.conditions, set()), any_kind=True).proof is None for c in made)


def test_sums_that_vanish_are_not_divided_by() -> None:
    f = l1(x) / l1(y) + 1
    made = entry_claims(f, make_domain({}, (), f.free_symbols))
    assert not any("sum" in c.reduced for c in made)


def test_entries_of_two_places_are_not_taken_for_one() -> None:
    assert reading(x[0, 0] - x[1, 0], make_domain({}, (), {x})) is None


def test_units_are_chosen_for_what_is_any_positive_number_only() -> None:
    u, v = sp.symbols("u v", positive=True)
    anything, above = Interval.open(0, oo), Interval(1, oo)
    g = u**2 - 2 * u * v + v**2
    weights = [{u: sp.S.One, v: sp.S.One}]
    assert in_units(g, Ground({u: anything, v: anything}), weights) == {u: 1}
    assert in_units(g, Ground({u: anything, v: above}), weights) == {}
    assert in_units(g + u, Ground({u: anything, v: anything}), weights) == {}


def test_sizes_of_entries() -> None:
    a, b = sp.symbols("a b", real=True)
    entries = {a: sp.S.Reals, b: sp.S.Reals}
    stronger, _, names = by_sizes(a**2 * Abs(a) + b**2 * Abs(b) - a * b, (), entries)
    u, v = names[a], names[b]
    assert stronger == u**3 + v**3 - u * v
    # a product that is added may be negative: nothing is put in its place
    kept, _, names = by_sizes(Abs(a) + Abs(b) + a * b, (), entries)
    assert kept == Abs(a) + Abs(b) + a * b
    assert not names


def test_replay_with_powers_without_end() -> None:
    f = norm_p(x, p) - norm(x)
    domain = make_domain({p: ABOVE_ONE}, (), f.free_symbols)
    assert contradiction_of_vectors(f, domain) is not None
    g = norm_p(x, p) - max_norm(x)
    assert contradiction_of_vectors(g, domain) is None

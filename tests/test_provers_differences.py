"""Lipschitz and smoothness claims by the mean value theorem, and vectors by their Gram matrix."""

from __future__ import annotations

from random import Random

import pytest
import sympy as sp
from sympy import Abs, Interval, Rational, S, Symbol, cos, exp, log, oo, sin, sqrt, tan, tanh

from checks.proofs.replay_vectors import contradiction_of_vectors
from checks.provers import nlsat, portfolio, powers
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.structure.gram import gram_claims
from derivations import NonnegativeVectors, RealMatrices, elementwise, inner, norm, norm_squared, ones, vector
from derivations.activations import sigmoid
from derivations.domains import make_domain
from derivations.proofs.explicit import explicit
from derivations.vectors import Inner

x, y, b, p = sp.symbols("x y b p", real=True)
POSITIVE = Interval.open(0, oo)
REAL = {x: S.Reals, y: S.Reals}
a, c = sp.symbols("a c", real=True)
PLANE = dict.fromkeys((x, y, a, c), S.Reals)
SIGMOID = 1 / (1 + exp(-x))
SLOPE = sp.Lambda(x, sigmoid(x) * (1 - sigmoid(x)))

LIPSCHITZ = {
    "sin": (Abs(x - y) - Abs(sin(x) - sin(y)), REAL),
    "tanh": (Abs(x - y) - Abs(tanh(x) - tanh(y)), REAL),
    "sigmoid": (Abs(x - y) / 4 - Abs(SIGMOID - SIGMOID.subs(x, y)), REAL),
    "slope of tanh": (4 * Abs(x - y) / (3 * sqrt(3)) - Abs(tanh(x) ** 2 - tanh(y) ** 2), REAL),
    "slope of sigmoid": (Abs(x - y) / (6 * sqrt(3)) - Abs(SLOPE(x) - SLOPE(y)), REAL),
    "Gaussian": (exp(-S.Half) * Abs(x - y) - Abs(exp(-(x**2) / 2) - exp(-(y**2) / 2)), REAL),
    "scaled sin": (b * Abs(x - y) - Abs(sin(b * x) - sin(b * y)), {**REAL, b: POSITIVE}),
    "root": (Abs(x - y) / 2 - Abs(sqrt(x) - sqrt(y)), {x: Interval(1, oo), y: Interval(1, oo)}),
    "power": (p * Abs(x - y) - Abs(x**p - y**p), {x: Interval(0, 1), y: Interval(0, 1), p: Interval(1, oo)}),
    "smooth cos": (cos(x) - sin(x) * (y - x) + (y - x) ** 2 / 2 - cos(y), REAL),
    "convex softplus": (log(1 + exp(y)) - log(1 + exp(x)) - (y - x) * SIGMOID, REAL),
    "relative entropy": (x * log(x / y) - x + y, {x: POSITIVE, y: POSITIVE}),
}


@pytest.mark.parametrize("name", LIPSCHITZ)
def test_a_claim_on_two_points_is_proved_by_a_derivative(name: str):
    f, box = LIPSCHITZ[name]
    assert isinstance(powers.prove(Claim(f, box)), Proof)


@pytest.mark.parametrize("below", [Rational(1, 1000), Rational(1, 10**5)])
@pytest.mark.parametrize("name", LIPSCHITZ)
def test_a_smaller_constant_is_not_proved(name: str, below: sp.Rational):
    f, box = LIPSCHITZ[name]
    assert isinstance(
        powers.prove(Claim(f - below * (x - y) ** 2 / (1 + (x - y) ** 2) - below * Abs(x - y), box)), Obstacle
    )


@pytest.mark.parametrize(
    "f",
    [
        (x - y) * (tan(x) - tan(y)),  # poles lie between
        (x - y) * (1 / y - 1 / x),
        (x - y) * (sp.floor(x) - sp.floor(y)) - 1,
        Abs(x - y) - Abs(sp.sign(x) - sp.sign(y)),
    ],
    ids=str,
)
def test_the_mean_value_theorem_is_not_used_across_a_pole_or_a_jump(f: sp.Expr):
    assert isinstance(powers.prove(Claim(f, REAL)), Obstacle)
    assert isinstance(powers.of_points(Claim(f, REAL)), Obstacle)


@pytest.mark.parametrize(
    "phi",
    [1 / (x * y), tan(x) + y, sp.floor(x) * y, log(x * y), sp.sign(x) + sin(y), sqrt(x - y)],
    ids=str,
)
def test_nor_in_several_variables(phi: sp.Expr):
    gap = Abs(phi - phi.subs({x: a, y: c}, simultaneous=True))
    for distance in (sp.Max(Abs(x - a), Abs(y - c)), sqrt((x - a) ** 2 + (y - c) ** 2), Abs(x - a) + Abs(y - c)):
        assert isinstance(powers.of_points(Claim(5 * distance - gap, PLANE)), Obstacle)


ORTHANT = dict.fromkeys((x, y, a, c), POSITIVE)
SOFT = log(exp(x) + exp(y)) - log(exp(a) + exp(c))
CUBIC = ((x + a) ** 3 + (y + c) ** 3) ** Rational(1, 3)
SEVERAL = {
    "softmax, greatest difference": (sp.Max(Abs(x - a), Abs(y - c)), Abs(SOFT), PLANE),
    "softmax, length": (sqrt((x - a) ** 2 + (y - c) ** 2), Abs(SOFT), PLANE),
    "softmax, sum of differences": (Abs(x - a) + Abs(y - c), Abs(SOFT), PLANE),
    "Minkowski of order p": (
        (x**p + y**p) ** (1 / p) + (a**p + c**p) ** (1 / p),
        ((x + a) ** p + (y + c) ** p) ** (1 / p),
        {**ORTHANT, p: Interval(1, oo)},
    ),
    "Minkowski of order 3": ((x**3 + y**3) ** Rational(1, 3) + (a**3 + c**3) ** Rational(1, 3), CUBIC, ORTHANT),
    "largest of three": (sp.Max(x, y, a) + log(3), log(exp(x) + exp(y) + exp(a)), PLANE),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_a_claim_on_points_of_several_coordinates_is_proved(name: str):
    above, below, box = SEVERAL[name]
    found = [prove(Claim(above - below, box)) for prove in (powers.of_points, powers.prove)]
    assert any(isinstance(f, Proof) for f in found)


@pytest.mark.parametrize("less", [Rational(1, 1000), Rational(1, 10**5)])
@pytest.mark.parametrize("name", SEVERAL)
def test_a_slightly_smaller_bound_of_several_coordinates_is_not(name: str, less: sp.Rational):
    above, below, box = SEVERAL[name]
    for prove in (powers.of_points, powers.prove):
        assert isinstance(prove(Claim((1 - less) * above - below, box)), Obstacle)


def test_points_that_are_tied_have_no_line_between_them_in_the_domain():
    # x and a lie on one hyperbola, the line between does not
    tied = (sp.Eq(x * y, 1), sp.Eq(a * c, 1))
    assert isinstance(powers.of_points(Claim(sqrt((x - a) ** 2 + (y - c) ** 2) - Abs(SOFT), PLANE, tied)), Obstacle)


d = Symbol("d", integer=True, positive=True)
u, v, w = (vector(name, d) for name in "uvw")
COLUMNS = dict.fromkeys((u, v, w), RealMatrices()) | {d: S.Naturals}
ABSOLUTE = {z: elementwise(Abs, z) for z in (u, v)}

VECTORS = {
    "cauchy-schwarz": norm(u) * norm(v) - inner(u, v),
    "minkowski": norm(u) + norm(v) - norm(u + v),
    "parallelogram": 2 * norm_squared(u) + 2 * norm_squared(v) - norm_squared(u + v),
    "triangle of three": norm(u - v) + norm(v - w) - norm(u - w),
    "absolute values": inner(ABSOLUTE[u], ABSOLUTE[v]) - inner(u, v),
    "sum above norm": inner(ones(d), ABSOLUTE[u]) - norm(u),
    "norm above mean": sqrt(d) * norm(u) - inner(ones(d), ABSOLUTE[u]),
}


def domain_of(f: sp.Expr, ranges: dict | None = None):
    ranges = {**COLUMNS, **(ranges or {})}
    used = {s: r for s, r in ranges.items() if f.has(s)}
    return make_domain(used, (), set(used))


@pytest.mark.parametrize("name", VECTORS)
def test_an_inequality_of_vectors_is_proved_for_every_size(name: str):
    f = VECTORS[name]
    (claim,) = gram_claims(f, domain_of(f))
    assert isinstance(nlsat.prove(claim), Proof)
    assert portfolio.nonnegative(f, domain_of(f)) is not None


@pytest.mark.parametrize("less", [Rational(1, 1000), Rational(1, 10**5)])
@pytest.mark.parametrize("name", VECTORS)
def test_an_inequality_of_vectors_with_a_smaller_side_is_not_proved(name: str, less: sp.Rational):
    f = VECTORS[name] - less * norm(u) * norm(v) if VECTORS[name].has(v) else VECTORS[name] - less * norm(u)
    (claim,) = gram_claims(f, domain_of(f))
    assert isinstance(nlsat.prove(claim), Obstacle)


def test_the_conditions_of_a_gram_matrix_hold_for_vectors():
    f = inner(ABSOLUTE[u], ABSOLUTE[v]) + inner(u, v) + inner(ones(d), ABSOLUTE[u]) + inner(ones(d), u)
    (claim,) = gram_claims(f, domain_of(f))
    random = Random(0)
    products = sorted(f.atoms(Inner), key=sp.default_sort_key)
    assert products
    for size in (1, 2, 3, 4):
        values = {e: Rational(random.randint(-9, 9), 4) for z in (u, v) for e in explicit(z, {d: size})}
        # vectors by their own order: the same as in the claim
        columns = sorted({c for q in products for c in q.args}, key=sp.default_sort_key)
        written = [explicit(c, {d: size}).xreplace(values) for c in columns]
        at = {d: sp.Integer(size)}
        for i, c in enumerate(written):
            at |= {s: sp.sqrt(c.dot(c)) for s in claim.ranges if str(s) == f"s{i}"}
            at |= {s: c.dot(e) for j, e in enumerate(written) for s in claim.ranges if str(s) == f"p{i}{j}"}
        for s in (s for s in claim.ranges if s not in at):
            raise AssertionError(f"{s} has no value")
        for condition in claim.conditions:
            assert condition.lhs.xreplace(at).evalf(30) > -1e-20, condition


def test_vectors_contradict_what_is_false_for_some():
    false = norm_squared(u + v) - norm_squared(u)
    assert "size 1" in (contradiction_of_vectors(false, domain_of(false)) or "")
    in_two = inner(u, v) ** 2 - norm_squared(u) * norm_squared(v)
    assert contradiction_of_vectors(in_two, domain_of(in_two)) is not None
    true = norm(u) * norm(v) - inner(u, v)
    assert contradiction_of_vectors(true, domain_of(true)) is None
    signless = inner(u, v)
    assert contradiction_of_vectors(signless, domain_of(signless, dict.fromkeys((u, v), NonnegativeVectors()))) is None

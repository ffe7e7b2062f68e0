"""Random numbers for the facts of probability: laws near which the inequalities are tight, and others."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from checks.papers.facts.instances import Array, Case, Law
from derivations.facts import probability
from derivations.facts.notation import A, B, X, c, ell, f, m, n, s, t, u, v, w, x
from derivations.vectors import inner, norm, ones

low, high = probability.low, probability.high


def two_points(a: float, b: float, chance: float, *shape: int) -> Law:
    """b with a chance, else a, for each entry by itself."""
    return lambda rng, count: np.where(rng.random((count, *shape)) < chance, b, a)


def uniform(a: float, b: float, *shape: int) -> Law:
    """Evenly on [a, b]."""
    return lambda rng, count: rng.uniform(a, b, (count, *shape))


def markov(rng: np.random.Generator) -> list[Case]:
    """X is 0 or t, where there is equality but for noise, so that the chance is a tenth below; and even ones."""
    cases = [Case({t: 1.0, c: 1.25}, laws={X: two_points(0.0, 1.25, p)}) for p in (0.1, 0.5, 0.9)]
    return [*cases, Case({t: 1.9, c: 2.0}, laws={X: uniform(0.0, 2.0)})]


def chebyshev(rng: np.random.Generator) -> list[Case]:
    """Symmetric three-point laws, of which the outer points lie a little beyond t."""

    def law(chance: float) -> Law:
        return lambda g, count: g.choice([-1.1, 0.0, 1.1], size=count, p=[chance / 2, 1 - chance, chance / 2])

    return [Case({t: 1.0, low: -2.0, high: 2.0}, laws={X: law(p)}, means={X: 0.0}) for p in (0.2, 0.5, 0.9)]


def jensen(rng: np.random.Generator) -> list[Case]:
    """Even laws about a mean that is large beside their width, and about 0."""
    return [Case({low: a, high: a + 1.0}, laws={X: uniform(a, a + 1.0)}) for a in (-0.5, 0.0, 2.0)]


def paley_zygmund(rng: np.random.Generator) -> list[Case]:
    """X is 0 or 1, for which the inequality is tight as θ goes to 0."""
    pairs = ((0.1, 0.3), (0.02, 0.6), (0.5, 0.9))
    return [Case({probability.theta: a, c: 1.0}, laws={X: two_points(0.0, 1.0, p)}, means={X: p}) for a, p in pairs]


def union(rng: np.random.Generator) -> list[Case]:
    """Events that overlap by several per cent."""
    cases = ((0.5, 4.0), (1.0, 3.0), (-0.5, 6.0))
    return [Case({s: a, t: b, x: np.array([1.0, 1.0, 1.0])}, sizes={n: 3}) for a, b in cases]


def union_n(rng: np.random.Generator) -> list[Case]:
    """Up to twenty entries."""
    return [Case({t: a}, sizes={n: size}) for a, size in ((0.8, 2), (1.5, 5), (2.2, 20))]


def hoeffding(rng: np.random.Generator) -> list[Case]:
    """Fair two-point laws, the worst, and others."""
    found = []
    for size, chance, at in ((1, 0.5, 0.45), (4, 0.5, 1.9), (10, 0.5, 2.9), (10, 0.2, 2.0)):
        found.append(
            Case(
                {low: 0.0, high: 1.0, t: at},
                laws={w: two_points(0.0, 1.0, chance, size)},
                means={probability.total: size * chance},
                sizes={n: size},
            )
        )
    return found


def hoeffding_lemma(rng: np.random.Generator) -> list[Case]:
    """Two-point laws with an exact mean inside of the exponential."""
    cases = ((0.5, 2.0), (0.5, -3.0), (0.3, 3.0), (0.1, 4.0))
    return [Case({low: 0.0, high: 1.0, s: a}, laws={X: two_points(0.0, 1.0, p)}, means={X: p}) for p, a in cases]


def bernstein(rng: np.random.Generator) -> list[Case]:
    """Rare events, where the variance is small beside the range."""
    found = []
    for size, chance, at in ((20, 0.05, 1.5), (40, 0.1, 3.0), (10, 0.5, 3.0)):
        values = {c: 1.0, t: at, probability.spread: chance * (1 - chance)}
        law = two_points(0.0, 1.0, chance, size)
        found.append(Case(values, laws={w: law}, means={probability.total: size * chance}, sizes={n: size}))
    return found


def symmetrisation(rng: np.random.Generator) -> list[Case]:
    """One entry with a rare value, for which most of the factor 2 is needed, and sums."""
    found = []
    for size, chance in ((1, 0.2), (1, 0.5), (5, 0.5)):
        law = two_points(0.0, 1.0, chance, size)
        found.append(
            Case({low: 0.0, high: 1.0}, laws={w: law}, means={probability.total: size * chance}, sizes={n: size})
        )
    return found


def massart(rng: np.random.Generator) -> list[Case]:
    """Random rows, as long as the longest of them."""
    found = []
    for size in (2, 4, 16):
        rows = rng.standard_normal((size, size))
        found.append(Case({A: rows, c: float(np.linalg.norm(rows, axis=1).max())}, sizes={n: size}))
    return found


def contraction(rng: np.random.Generator) -> list[Case]:
    """Lipschitz functions with the constants 1 and 2, and nearly linear ones."""
    functions = ((lambda a: sp.tanh(a), 1.0), (lambda a: sp.Abs(2 * a), 2.0), (lambda a: sp.sin(a), 1.0))
    found = []
    for scale in (0.1, 1.0):
        for body, constant in functions:
            values = {ell: constant, u: scale * rng.standard_normal(4), v: scale * rng.standard_normal(4)}
            found.append(Case(values, functions={f: body}, sizes={n: 4}))
    return found


def _symmetric(rng: np.random.Generator, size: int) -> Array:
    a = rng.standard_normal((size, size))
    found: Array = (a + a.T) / 2
    return found


def matrix_series(rng: np.random.Generator) -> list[Case]:
    """Equal matrices, for which it is the tail of a number, and others."""
    equal = [Case({A: np.array([[1.0]]), B: np.array([[0.5]]), t: a}, sizes={n: 1}) for a in (0.8, 1.6, 2.4)]
    others = [
        Case({A: _symmetric(rng, size), B: _symmetric(rng, size), t: a}, sizes={n: size})
        for size, a in ((2, 4.0), (4, 6.0))
    ]
    return [*equal, *others]


def matrix_bernstein(rng: np.random.Generator) -> list[Case]:
    """The same with signs, and bounds on the norms."""
    found = []
    for case in matrix_series(rng):
        largest = max(float(np.linalg.norm(case.values[a], 2)) for a in (A, B))
        found.append(Case({**case.values, c: largest, t: 0.99 * _reach(case)}, sizes=case.sizes))
    return found


def _reach(case: Case) -> float:
    """The largest eigenvalue that a sum of the two matrices with signs can have."""
    a, b = case.values[A], case.values[B]
    return max(float(np.linalg.eigvalsh(p * a + q * b)[-1]) for p in (1, -1) for q in (1, -1))


def tails(rng: np.random.Generator) -> list[Case]:
    """A Gaussian number from near its mean to three deviations."""
    return [Case({t: a}) for a in (0.3, 1.0, 2.0, 3.0)]


def linear_tails(rng: np.random.Generator) -> list[Case]:
    """The same for even, uneven and random vectors of one to six entries."""
    vectors = (np.array([-2.0]), np.ones(4), np.array([3.0, 0.0, -0.1]), rng.normal(size=6))
    return [Case({t: a, u: vector}, sizes={n: len(vector)}) for a in (0.3, 1.0, 2.0, 3.0) for vector in vectors]


def chi_square(rng: np.random.Generator) -> list[Case]:
    """One to thirty degrees of freedom."""
    return [Case({t: a}, sizes={n: size}) for size in (1, 4, 30) for a in (0.2, 1.0, 3.0)]


def chi_square_weighted(rng: np.random.Generator) -> list[Case]:
    """Even, uneven and random weights."""
    weights = (np.ones(4), np.array([1.0, 0.0, 0.0]), rng.exponential(size=6))
    return [Case({t: a, u: chosen}, sizes={n: len(chosen)}) for chosen in weights for a in (0.2, 1.0, 3.0)]


def lipschitz(rng: np.random.Generator) -> list[Case]:
    """Linear functions, which are the worst, and the length, with their exact means."""
    found: list[Case] = []
    for size in (1, 5):
        row = sp.ImmutableMatrix([1] * size) * 2
        constant = 2 * math.sqrt(size)
        linear = lambda z, row=row: inner(z, row)  # noqa: E731
        mean_of_norm = math.sqrt(2) * math.gamma((size + 1) / 2) / math.gamma(size / 2)
        for at in (1.0, 2.0, 3.0):
            values = {ell: constant, t: at * constant}
            found.append(Case(values, {f: linear}, means={inner(w, row): 0.0}, sizes={n: size}))
            found.append(Case({ell: 1.0, t: at}, {f: norm}, means={norm(w): mean_of_norm}, sizes={n: size}))
    return found


def plain_lipschitz(rng: np.random.Generator) -> list[Case]:
    """Linear functions with a tenth to spare, since they have the variance ℓ², and lengths."""
    found = []
    for case in lipschitz(rng)[:2] + lipschitz(rng)[-2:]:
        spare = 1.0 if case.functions[f] is norm else 1.1
        found.append(Case({ell: spare * case.values[ell]}, case.functions, sizes=case.sizes))
    return found


def poincare(rng: np.random.Generator) -> list[Case]:
    """Linear functions, for which there is equality, have no chance here; squares and waves have twice the slack."""
    bodies = (
        lambda z: inner(z, z) / 2,
        lambda z: sp.sin(inner(z, ones(n))),
        lambda z: inner(z, ones(n)) + inner(z, z) / 3,
    )
    return [Case(functions={f: body}, sizes={n: size}) for size in (1, 3) for body in bodies]


def lengths(rng: np.random.Generator) -> list[Case]:
    """Lengths of Gaussian vectors."""
    return [Case({t: a}, sizes={n: size}) for size in (1, 5, 30) for a in (0.2, 1.0, 2.0)]


def sizes(rng: np.random.Generator) -> list[Case]:
    """One to thirty entries."""
    return [Case(sizes={n: size}) for size in (1, 5, 30)]


def matrices(rng: np.random.Generator) -> list[Case]:
    """Gaussian matrices of several shapes, near and far from the edge."""
    return [
        Case({t: a}, sizes={m: rows, n: cols}) for rows, cols in ((1, 1), (6, 3), (12, 4)) for a in (0.05, 0.5, 1.5)
    ]


def tall(rng: np.random.Generator) -> list[Case]:
    """The same shapes without a threshold."""
    return [Case(sizes={m: rows, n: cols}) for rows, cols in ((1, 1), (6, 3), (12, 4))]

"""Functions and sequences for the facts of optimisation: those near which they are tight, and random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy as sp

from checks.papers.facts.instances import Array, Case
from derivations.facts import optimisation, sequences
from derivations.facts.notation import L, d, eta, f, least, mu, n, t, x, y
from derivations.vectors import elementwise, inner, ones, vector

curvatures = vector("q", n)
"""Of the parabolas in a function's coordinates."""
wave = sp.Symbol("amplitude", real=True)


def wavy(z: Any) -> Any:
    """½ Σ q_i z_i² + a Σ cos z_i: its Hessian lies between min q − |a| and max q + |a|, and it is a·n at 0."""
    bowls = inner(curvatures, elementwise(lambda s: s**2, z)) / 2
    return bowls + wave * inner(ones(n), elementwise(sp.cos, z))


def sines(z: Any) -> Any:
    """Σ z_i² + 3 sin² z_i: not convex; it has the PL inequality with μ = 1/32 and is smooth with L = 8, infimum 0."""
    return inner(ones(n), elementwise(lambda s: s**2 + 3 * sp.sin(s) ** 2, z))


def _slope(values: dict[Any, Any], z: Array) -> Array:
    found: Array = values[curvatures] * z - values[wave] * np.sin(z)
    return found


def _slope_of_sines(values: dict[Any, Any], z: Array) -> Array:
    found: Array = 2 * z + 3 * np.sin(2 * z)
    return found


Member = tuple[Callable[..., Any], Callable[[dict[Any, Any], Array], Array], dict[Any, Any]]
"""A function, its slope in numbers, and the values of its constants and of two points."""


def functions(rng: np.random.Generator, convex: bool = True) -> Iterator[Member]:
    """Parabolas and wavy functions, and sines where none need be convex."""
    for size in (1, 2, 5):
        for amplitude in (0.0, 0.3, 0.9):
            bowls = rng.uniform(1.0, 4.0, size)
            bowls[0] = 1.0
            values: dict[Any, Any] = {curvatures: bowls, wave: amplitude, least: amplitude * size}
            values |= {L: float(bowls.max()) + amplitude, mu: float(bowls.min()) - amplitude}
            stiff = np.eye(size)[int(np.argmax(bowls))]
            soft = np.eye(size)[int(np.argmin(bowls))]
            for away in (stiff, soft, rng.standard_normal(size)):
                start = rng.standard_normal(size) if amplitude else 0 * stiff
                for reach in (0.3, 2.0):
                    pair = {x: start + reach * away, y: start - 0.5 * reach * away}
                    yield wavy, _slope, {**values, **pair}
        if not convex:
            known = {L: 8.0, mu: 1 / 32, least: 0.0}
            for reach in (0.5, 2.0, 4.0):
                pair = {x: reach * rng.standard_normal(size), y: reach * rng.standard_normal(size)}
                yield sines, _slope_of_sines, {**known, **pair}


def pairs(rng: np.random.Generator) -> list[Case]:
    """Convex functions at two points, with a weight."""
    return [Case({**values, t: float(rng.uniform(0.2, 5))}, {f: body}) for body, _, values in functions(rng)]


def any_pairs(rng: np.random.Generator) -> list[Case]:
    """Functions at two points that need not be convex, with a step."""
    return [
        Case({**values, eta: float(rng.choice([0.5, 1.0, 1.5])) / values[L]}, {f: body})
        for body, _, values in functions(rng, convex=False)
    ]


def short_steps(rng: np.random.Generator) -> list[Case]:
    """The same with a step of at most 1/L."""
    return [
        Case({**values, eta: float(rng.choice([0.1, 0.5, 1.0])) / values[L]}, {f: body})
        for body, _, values in functions(rng, convex=False)
    ]


def from_the_minimiser(rng: np.random.Generator) -> list[Case]:
    """Convex functions at a point and at their minimiser 0."""
    return [Case({**values, y: 0 * values[y]}, {f: body}) for body, _, values in functions(rng)]


def runs(rng: np.random.Generator) -> list[Case]:
    """Gradient descent with a step of at most 1/L: y is where it arrives."""
    return [_run(body, slope, values, rng, 0) for body, slope, values in functions(rng, convex=False)]


def convex_runs(rng: np.random.Generator) -> list[Case]:
    """The same for convex functions, one step more, begun at a known distance from the minimiser."""
    return [_run(body, slope, values, rng, 1) for body, slope, values in functions(rng)]


def _run(body: Any, slope: Any, values: dict[Any, Any], rng: np.random.Generator, more: int) -> Case:
    step, count = float(rng.choice([0.3, 1.0])) / values[L], int(rng.integers(0, 12))
    z = values[x]
    for _ in range(count + more):
        z = z - step * slope(values, z)
    distance = max(float(np.linalg.norm(values[x])), 1e-6)
    return Case({**values, y: z, eta: step, d: count, optimisation.R: distance}, {f: body})


def _steps(rng: np.random.Generator) -> Iterator[int]:
    yield from (0, 1, 2, 7, int(rng.integers(10, 40)))


def affine(rng: np.random.Generator) -> list[Case]:
    """a(k + 1) = α·a(k) + τ, and constant sequences, which grow less."""
    found = []
    for steps in _steps(rng):
        for rate in (0.5, 1.25):
            known = {sequences.alpha: rate, sequences.tau: 0.7, d: steps}
            ratio, first = sp.Rational(rate), sp.Rational(7, 10)
            solved = lambda k, q=ratio, c=first: 2 * q**k + c * (q**k - 1) / (q - 1)  # noqa: E731
            found.append(Case(known, {sequences.a: solved}))
            found.append(Case(known, {sequences.a: lambda k, c=first: c}))
    return found


def telescoping(rng: np.random.Generator) -> list[Case]:
    """Growing and swinging sequences."""
    return [Case({d: steps}, {sequences.a: body}) for steps in _steps(rng) for body in (lambda k: k**2, sp.cos)]


def decreasing(rng: np.random.Generator) -> list[Case]:
    """Sequences that decrease by b(k) in step k, or by more."""
    found = []
    for steps in _steps(rng):
        for share in (1, sp.Rational(1, 2)):
            less = lambda k, c=share: c * (1 / (k + 1) - 1 / (k + 2))  # noqa: E731
            found.append(Case({d: steps}, {sequences.a: lambda k: 1 / (k + 1), sequences.b: less}))
    return found


def groenwall_discrete(rng: np.random.Generator) -> list[Case]:
    """a(k) = τ·Π (1 + b(j)) for constant small b, and for b(j) = 1/(j + 1)."""
    found = []
    for steps in _steps(rng):
        known = {sequences.tau: 0.7, d: steps}
        for rate in (sp.Rational(1, 1000), sp.Rational(1, 2)):
            grown = lambda k, c=rate: sp.Rational(7, 10) * (1 + c) ** k  # noqa: E731
            found.append(Case(known, {sequences.a: grown, sequences.b: lambda k, c=rate: c}))
        harmonic = {sequences.a: lambda k: sp.Rational(7, 10) * (k + 1), sequences.b: lambda k: 1 / (k + 1)}
        found.append(Case(known, harmonic))
    return found


def groenwall(rng: np.random.Generator) -> list[Case]:
    """u′ = b·u from τ for b = β and b = cos s + 1, and constant u."""
    found = []
    for at in (0.1, 1.0, 3.0):
        known = {sequences.tau: 0.7, sequences.t: at}
        first = sp.Rational(7, 10)
        for body, whole in ((lambda r: sp.Rational(1, 2) + 0 * r, lambda r: r / 2), (lambda r: 2 * r, lambda r: r**2)):
            grown = lambda r, w=whole, c=first: c * sp.exp(w(r))  # noqa: E731
            found.append(Case(known, {sequences.u: grown, sequences.b: body}))
            found.append(Case(known, {sequences.u: lambda r, c=first: c, sequences.b: body}))
    return found


def robbins_siegmund(rng: np.random.Generator) -> list[Case]:
    """a(k) = 1/(k + 1) with what is added, 1/(k + 1)²: b(k) is what has to be taken off, or half of it."""
    found = []
    for steps in _steps(rng):
        for share in (1, sp.Rational(1, 2)):
            off = lambda k, c=share: c * (1 / (k + 1) - 1 / (k + 2) + 1 / (k + 1) ** 2)  # noqa: E731
            added = lambda k: 1 / (k + 1) ** 2  # noqa: E731
            bodies = {sequences.a: lambda k: 1 / (k + 1), sequences.b: off, sequences.v: added}
            found.append(Case({d: steps}, bodies))
    return found

"""Each named hypothesis of the facts denied: a function, sequence or law outside of the class, where a fact fails."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from checks.context import Context
from checks.papers.denials import Case as Denied
from checks.papers.facts.instances import Case, put_in, sides
from derivations.facts import PAPER, sequences
from derivations.facts.notation import L, d, eta, f, least, mu, x, y
from derivations.vectors import norm_squared
from numerics.values.evaluate import evaluate


def quartic(z: Any) -> Any:
    """‖z‖⁴, which is neither smooth nor strongly convex."""
    return norm_squared(z) ** 2


def _fails(slug: str, words: str, values: Mapping[Any, Any], functions: Mapping[Any, Any], context: Context) -> Denied:
    """Both sides of a fact at a member that is not of its class."""
    case = Case(values, functions)
    written = [put_in(side, case) for side in sides(PAPER[slug])]
    system = "mpmath" if any(side.has(sp.Integral) for side in written) else "numpy"
    left, right = (float(evaluate(side, values, system)) for side in written)
    return Denied(left > right, words, f"{left:.6g} > {right:.6g}", (f"facts.{slug}",))


def _of(slug: str, words: str, left: float, right: float, context: Context) -> Denied:
    """Both sides of a fact as exact chances and means."""
    return Denied(left > right, words, f"{left:.6g} > {right:.6g}", (f"facts.{slug}",))


def _point(at: float) -> Any:
    return np.array([at])


Z, ONE = sp.Integer(0), sp.Integer(1)
a, b, u, v = sequences.a, sequences.b, sequences.u, sequences.v
FUNCTIONS: dict[str, tuple[str, str, dict[Any, Any], dict[Any, Callable[..., Any]]]] = {
    "smooth": ("descent-lemma", "f = x⁴, L = 1, from 0 to 2", {L: 1.0, x: _point(0), y: _point(2)}, {f: quartic}),
    "smooth-hessian": (
        "lipschitz-gradient",
        "f = x⁴, L = 1, at 0 and 2",
        {L: 1.0, x: _point(0), y: _point(2)},
        {f: quartic},
    ),
    "convex": ("tangent", "f = −x², at 0 and 1", {x: _point(0), y: _point(1)}, {f: lambda z: -norm_squared(z)}),
    "strongly-convex": (
        "strong-convexity",
        "f = x⁴, μ = 1, at 0 and 1/10",
        {mu: 1.0, x: _point(0), y: _point(0.1)},
        {f: quartic},
    ),
    "pl": (
        "pl-step",
        "f = x⁴, μ = 1, η = 1/100, at 1/10",
        {mu: 1.0, L: 12.0, eta: 0.01, least: 0.0, x: _point(0.1)},
        {f: quartic},
    ),
    "infimum": (
        "strong-convexity-pl",
        "f = x², f* = −1, at 0",
        {mu: 2.0, least: -1.0, x: _point(0)},
        {f: norm_squared},
    ),
    "minimiser": (
        "quadratic-growth",
        "f = x², y = 5, x = 0",
        {mu: 2.0, least: 0.0, x: _point(0), y: _point(5)},
        {f: norm_squared},
    ),
    "descent": (
        "pl-linear-rate",
        "f = x², from 1, and y = 5",
        {mu: 2.0, L: 2.0, eta: 0.1, d: 3, least: 0.0, x: _point(1), y: _point(5)},
        {f: norm_squared},
    ),
    "affine": (
        "affine-recursion",
        "a(k) = k², α = 1/2, τ = 1, k = 3",
        {sequences.alpha: 0.5, sequences.tau: 1.0, d: 3},
        {a: lambda k: k**2},
    ),
    "decrease": ("telescoping-bound", "a = 0, b = 1", {d: 2}, {a: lambda k: Z, b: lambda k: ONE}),
    "groenwall-discrete": (
        "groenwall-discrete",
        "a(k) = k², b = 0, τ = 1, k = 3",
        {sequences.tau: 1.0, d: 3},
        {a: lambda k: k**2, b: lambda k: Z},
    ),
    "groenwall": (
        "groenwall",
        "u = 1 + t², b = 0, τ = 1, t = 2",
        {sequences.tau: 1.0, sequences.t: 2.0},
        {u: lambda t: 1 + t**2, b: lambda t: Z},
    ),
    "robbins-siegmund": (
        "robbins-siegmund",
        "a = 1, b = 1, v = 0",
        {d: 2},
        {a: lambda k: ONE, b: lambda k: ONE, v: lambda k: Z},
    ),
}
"""By hypothesis: a fact that needs it, the case in words and as values and functions."""
LAWS: dict[str, tuple[str, str, float, float]] = {
    "differentiable": ("gaussian-poincare", "f = 1{w > 0}, whose slope is 0 almost everywhere", 0.25, 0.0),
    "lipschitz": ("contraction", "f = a², ℓ = 1, u = 1, v = 2: half of |f(u) − f(v)| and of |u − v|", 1.5, 0.5),
    "lipschitz-vector": ("gaussian-poincare-lipschitz", "f = 3w, ℓ = 1", 9.0, 1.0),
    "variance": (
        "bernstein",
        "4 fair coins, v = 1/1000, t = 19/10",
        1 / 16,
        math.exp(-(1.9**2) / (2 * (4 * 0.001 + 1.9 / 3))),
    ),
}
"""By hypothesis: a fact that needs it, the case in words, and both sides there, which are known exactly."""
DENIALS: dict[str, Callable[[Context], Denied]] = {
    **{name: partial(_fails, *given) for name, given in FUNCTIONS.items()},
    **{name: partial(_of, *given) for name, given in LAWS.items()},
}

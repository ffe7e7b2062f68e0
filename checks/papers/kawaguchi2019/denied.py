"""Hypotheses of Kawaguchi and Huang (2019) denied: descent on functions of one variable, a flow from a cold start."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from checks.context import Context
from checks.papers.denials import Case
from numerics.models.kawaguchi2019 import gradient_flow

Slope = Callable[[float], float]


def descended(slope: Slope, x: float, eta: float, steps: int) -> float:
    """Where gradient descent on a function of one variable arrives.

    Args:
        slope: Its derivative.
        x: The start.
        eta: The step.
        steps: How many.
    """
    for _ in range(steps):
        x -= eta * slope(x)
    return x


def _case(words: str, left: float, right: float, *named: str) -> Case:
    return Case(left > right, words, f"{left:.4g} > {right:.4g}", tuple(f"kawaguchi2019.{slug}" for slug in named))


def not_smooth(context: Context) -> Case:
    """f = x⁴ with L = 1: a step of 1 from 2 goes to −30."""
    end = descended(lambda x: 4 * x**3, 2.0, 1.0, 1)
    return _case("f = x⁴, L = 1, η = 1, from 2, one step", end**4, 2.0**2 / 2, "convex-rate")


def not_convex(context: Context) -> Case:
    """f = 1 + cos x rests at its maximum, which is critical."""
    end = descended(lambda x: -np.sin(x), 0.0, 1.0, 10)
    return _case("f = 1 + cos x, L = 1, η = 1, from 0, ten steps", 1 + np.cos(end), np.pi**2 / 20, "convex-rate")


def not_pl(context: Context) -> Case:
    """f = ln cosh x has slopes of at most 1 far from its minimum: no linear rate there."""
    end = descended(np.tanh, 5.0, 0.5, 5)
    left, right = np.log(np.cosh(end)), 0.5**5 * np.log(np.cosh(5.0))
    return _case("f = ln cosh x, μ = L = 1, η = ½, from 5, five steps", float(left), float(right), "linear-rate")


def not_infimum(context: Context) -> Case:
    """f = x²/2 with f* = −1, below its infimum."""
    end = descended(lambda x: x, 1.0, 0.5, 5)
    return _case("f = x²/2, f* = −1, η = ½, from 1, five steps", end**2 / 2 + 1, 0.5**5 * 1.5, "linear-rate")


def not_descended(context: Context) -> Case:
    """A point that no steps arrive at."""
    return _case("f = x²/2, η = ½, from 1, and v_T = 5", 5.0**2 / 2, 0.5**5 / 2, "linear-rate", "convex-rate")


def cold_start(context: Context) -> Case:
    """4B‖r₀‖ = 10⁵·s₀²: the features lose more than half of σ_min along the flow."""
    times = np.linspace(0, 2, 41)
    worst = np.inf
    for draw in range(4):
        rng = context.rng(f"cold start {draw}")
        found = gradient_flow(rng.standard_normal((6, 3)), 6, 1e5, times, rng)
        worst = min(worst, float(found.sigma_min.min() / found.s_0))
    return Case(worst < 0.5, "two-layer softplus, n = 6, d_H = 6, 4B‖r₀‖ = 10⁵·s₀²",
                f"σ_min falls to {worst:.3f}·s₀", ("kawaguchi2019.flow-rank",))  # fmt: skip


DENIALS = {
    "smooth": not_smooth,
    "convex": not_convex,
    "pl": not_pl,
    "infimum": not_infimum,
    "descent": not_descended,
    "warm-start": cold_start,
}

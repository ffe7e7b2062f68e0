"""Hermite coefficients of σ′ from those of σ, for functions without a formula for their derivative."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from numerics.infinite.series.hermite import Expansion, expand, slope_moments
from numerics.infinite.series.partition import SLOPE_NOISE, slope_function
from numerics.values.functions import ActivationError, ScalarFunction

EPS = float(np.finfo(float).eps)
AGREE = 1e-9
"""Agreement of two ways to E σ′²: differences on panels keep ten digits."""
MOST_TERMS = 1024


@lru_cache(maxsize=1024)
def shifted(f: ScalarFunction, q: float, degree: int) -> Expansion:
    second, growth = slope_moments(f, q)
    more = 2 * max(degree, 64)
    while True:
        given = expand(f, np.array([q]), more)
        size = float(given.second[0]) ** 0.5
        # what is below rounding would only grow with √k
        a = np.where(np.abs(given.a[0]) > 4 * EPS * size, given.a[0], 0.0)
        terms = np.asarray(a[1:] * np.sqrt(np.arange(1, more + 1) / q))
        total = float(terms @ terms)
        last = float(terms[3 * more // 4 :] @ terms[3 * more // 4 :])
        rounding = 8 * EPS * size * float(np.sqrt((1 + int(np.count_nonzero(a))) / q))
        unsure = AGREE * second + 2 * rounding * second**0.5
        if total > second + unsure:
            raise ActivationError(f"the derivative of {f.name} is not resolved: give it as a SymPy expression")
        if total >= second - unsure and last <= EPS * total:
            second = total
            break
        if more >= MOST_TERMS:  # the series goes on: σ′ is taken from the panels
            direct = expand(slope_function(f), np.array([q]), degree)
            return replace(direct, unresolved=direct.unresolved + SLOPE_NOISE * float(direct.second[0]) ** 0.5)
        more *= 2
    return Expansion(np.array([q]), terms[None, : degree + 1], np.array([second]), rounding, np.array([growth]))

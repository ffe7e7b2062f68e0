"""Headline results of Liu et al. (2019): who reaches the global optimum, and how fast samples suffice."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Probability, Rate, Statement

RATIOS = (0, 1, 4, 9)
"""(𝟏ᵀa*)²/‖a*‖² of the success table; the spurious optimum exists below (k + π − 1)/π = 5.77 for k = 16."""

RANDOM_START = {0: ("at_most", Rational(3, 5)), 1: ("at_most", Rational(7, 10)), 4: ("at_most", Rational(24, 25))}
"""What a random start reaches at most, where the spurious optimum exists."""

STEPS, REACHED = 600, Rational(1, 10**6)
"""A run has so many steps, and has reached the optimum when its loss is below this: the spurious loss is above 0.1."""

WORDS = f"within {STEPS} steps, by a loss below 10⁻⁶; k = 16, p = 8, teacher on the shortcut cap, "


def _success(ratio: int) -> tuple[Statement, ...]:
    words = f"{WORDS}(1ᵀa*)²/‖a*‖² = {ratio}"
    kind, limit = RANDOM_START.get(ratio, ("at_least", Rational(49, 50)))
    return (
        Probability(
            f"success-shortcut-{ratio}",
            f"normalised GD from w₀ = 0 reaches the global optimum; {words}",
            at_least=Rational(49, 50),
            title=f"The shortcut start succeeds, ratio {ratio}",
            source="Theorem of Section 3 and experiments; our measurement",
            assumes=("gaussian-patches", "shortcut-prior"),
            uses=("dissipativity-w", "dissipativity-a", "initial-angle"),
        ),
        Probability(
            f"success-random-{ratio}",
            f"normalised GD from a random v₀ reaches the global optimum; {words}",
            **{kind: limit},
            title=f"A random start, ratio {ratio}",
            source="experiments; our measurement",
            assumes=("gaussian-patches",),
            uses=("spurious-criterion",),
        ),
    )


STATEMENTS: tuple[Statement, ...] = (
    *(statement for ratio in RATIOS for statement in _success(ratio)),
    Rate(
        "finite-sample",
        MeasuredQuantity("‖(a, v) − population (a, v)‖ after 30 steps of GD on N samples", r"\|(a,v)_N-(a,v)_\infty\|"),
        Symbol("N", integer=True, positive=True),
        -Rational(1, 2),
        title="After 30 steps GD on N samples is N^(−1/2) away from GD on the population, for one teacher",
        source="experiments; our measurement, N = 256 … 8192, k = p = 3",
        against=(0, -Rational(1, 4), -Rational(1, 3), -Rational(2, 3), -1),
        assumes=("gaussian-patches",),
    ),
)

"""Headline results of Yin et al. (2019): who ends where, who stays, and that the true gradient is the slower one."""

from __future__ import annotations

from sympy import Rational, Symbol

from derivations.quantities import MeasuredQuantity
from derivations.statements import Probability, Rate, Statement

M, N = 8, 6
"""Patches and their length in the runs."""
START = Rational(1, 1000)
"""How far from the spurious minimum runs about it start, in the norm of (v, w)."""
RATIOS = {"010": Rational(1, 10), "030": Rational(3, 10), "045": Rational(9, 20)}
"""τ = s²/((m + 1)q) of the teachers: from τ = ½ on there is no spurious minimum."""
REACHED = {"010": (Rational(53, 100), Rational(80, 100)), "030": (Rational(85, 100), Rational(99, 100))}
"""Between which shares of starts reach the teacher, where not all do: with v at its minimiser 0.6452 and 0.9327."""

WORDS = f"m = {M}, n = {N}, w of norm one after each step"


def _share(slug: str, tau: Rational, most: bool, limit: Rational) -> Probability:
    return Probability(
        slug,
        f"ReLU's coarse descent from a random start reaches the teacher; τ = {tau}, {WORDS}",
        **{"at_most" if most else "at_least": limit},
        title=f"τ = {tau}: from a random start ReLU's coarse descent reaches the teacher in a share of at "
        f"{'most' if most else 'least'} {limit}",
        source="derived here; our measurement",
        uses=("saddle-angle", "spurious-basin"),
        assumes=("gaussian-patches",),
    )


def _basins() -> tuple[Statement, ...]:
    found: list[Statement] = []
    for name, tau in RATIOS.items():
        low, high = REACHED.get(name, (Rational(95, 100), None))
        found.append(_share(f"reaches-{name}", tau, False, low))
        if high is not None:
            found.append(_share(f"misses-{name}", tau, True, high))
    return tuple(found)


STATEMENTS: tuple[Statement, ...] = (
    *_basins(),
    Probability(
        "relu-stays",
        f"ReLU's coarse descent stays at the spurious minimum from {START} beside it; τ = 3/10, m = {M}, n = {N}",
        at_least=Rational(93, 100),
        title="The ReLU estimator stays at the spurious minimum when it starts beside it",
        source="Theorem 1 and Lemma 6; our measurement",
        uses=("relu-rests-at-spurious", "spurious-basin"),
        assumes=("gaussian-patches",),
    ),
    Probability(
        "identity-leaves",
        f"the identity's coarse descent goes from {START} beside the spurious minimum to a loss 10 % above it; "
        f"τ = 3/10, m = {M}, n = {N}",
        at_least=Rational(93, 100),
        title="The identity estimator leaves the spurious minimum, and raises the loss on its way",
        source="after Lemma 7; our measurement",
        uses=("identity-leaves-spurious",),
        assumes=("gaussian-patches",),
    ),
    Rate(
        "true-gradient-jumps",
        MeasuredQuantity("the angle after k steps along the true gradient, v = v*", r"\theta_k"),
        Symbol("k", integer=True, positive=True),
        -Rational(1, 2),
        title="Along the true gradient with a fixed step the angle falls like k^(−1/2) only: it jumps across w*",
        source="derived here: θ_k + θ_{k+1} → 0 no faster, since the gradient does not shrink",
        against=(0, -Rational(1, 4), -1),
        uses=("gradient-w-length",),
        assumes=("gaussian-patches",),
    ),
    Rate(
        "sampled-gradient",
        MeasuredQuantity("‖coarse gradient of N samples − E g‖, clipped ReLU", r"\|g_N-\mathbb{E}g\|"),
        Symbol("N", integer=True, positive=True),
        -Rational(1, 2),
        title="The coarse gradient of N samples is N^(−1/2) away from its expectation",
        source="Section 4, experiments; our measurement, N = 64 … 16384",
        against=(0, -Rational(1, 4), -1),
        uses=("coarse-clipped",),
        assumes=("gaussian-patches",),
    ),
)

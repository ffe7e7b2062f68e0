"""Laws whose means are known exactly, and comparisons of them that are false: for tests and for long runs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.readings import Compared, Means

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Array]


@dataclass(frozen=True)
class Law:
    """A law of trials: how they are drawn, their mean, and their bounds if they have some."""

    draw: Draw
    mean: float
    between: tuple[float, float] | None = None


def _spikes(chance: float, size: float) -> Draw:
    return lambda rng, shape: np.where(rng.random(shape) < chance, size, rng.random(shape))


LAWS = {
    "normal": Law(lambda rng, shape: rng.normal(0, 1, shape), 0.0),
    "uniform": Law(lambda rng, shape: rng.random(shape), 0.5, (0, 1)),
    "beta": Law(lambda rng, shape: rng.beta(0.1, 0.4, shape), 0.2, (0, 1)),
    "coin": Law(lambda rng, shape: (rng.random(shape) < 0.03).astype(float), 0.03, (0, 1)),
    "lognormal": Law(lambda rng, shape: rng.lognormal(0, 3, shape), float(np.exp(4.5))),
    "pareto": Law(lambda rng, shape: rng.pareto(1.1, shape) + 1, 11.0),
    "rare spikes": Law(_spikes(1e-4, 1e6), 0.5 * (1 - 1e-4) + 100, (0, 1e6)),
    "rare deep spikes": Law(_spikes(1e-3, -1e5), 0.5 * (1 - 1e-3) - 100, (-1e5, 1)),
    "exponential": Law(lambda rng, shape: rng.exponential(1, shape), 1.0),
    "t2": Law(lambda rng, shape: rng.standard_t(2, shape), 0.0),
}
HEAVY = ("lognormal", "pareto", "rare spikes", "rare deep spikes", "t2")


def trials(law: Law, rng: np.random.Generator, count: int, comparisons: int, said: str) -> Means:
    """Trials of a law; `said` is what is stated of it: "bounds", where it has some, "normal", or nothing."""
    samples = law.draw(rng, (count, comparisons))
    if said == "bounds" and law.between is not None:
        return Means(samples, between=law.between, separate=True)
    return Means(samples, law="normal" if said == "normal" else "", separate=True)


def false_claims(name: str, rng: np.random.Generator, count: int, said: str, off: float) -> Iterator[Compared]:
    """Four false comparisons of a law: with numbers that its mean is `off` beyond, on either side, and with itself."""
    law = LAWS[name]
    mine, other, more = (trials(law, rng, count, 2, said) for _ in range(3))
    yield Compared(mine, law.mean - off)
    yield Compared(law.mean + off, mine)
    # its own law, moved against the claim, in another arm and in the same pairs
    moved = None if other.between is None else (other.between[0] - off, other.between[1] - off)
    lower = Means(other.samples - off, moved, other.law, separate=True)
    yield Compared(more, lower)
    yield Compared(mine, lower, paired=True)

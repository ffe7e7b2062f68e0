"""Exact complexities of Neyshabur et al. (2018) on sets of few points, beside their bounds and beside ascent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Followed, Reading
from numerics.models.neyshabur2018 import class_by_ascent, largest_in_disc, lengths, signs
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
SETS, ANGLES, CLASSES, UNITS = 40, 60, 20, 2
OUTPUTS = 3
GRID = 720
"""Directions of the edge that several outputs are tried at."""


@dataclass(frozen=True, eq=False)
class Planar:
    """A set of points of the plane with a ball for a unit.

    Args:
        x: The points, of shape (m, 2).
        start: u⁰.
        beta: The radius β.
    """

    x: Array
    start: Array
    beta: float

    @property
    def size(self) -> float:
        """‖X‖_F."""
        return float(np.linalg.norm(self.x))

    @property
    def active(self) -> float:
        """‖[u⁰X]₊‖."""
        return float(np.linalg.norm(np.maximum(self.x @ self.start, 0)))

    @property
    def value(self) -> float:
        """Q(u⁰, β)."""
        return float(largest_in_disc(self.x, self.start, self.beta).mean())


def sets(rng: np.random.Generator, least: int = 2) -> Iterator[Planar]:
    """Draw sets of 2 to 6 points, starts of the sizes 0, about ½ and about 2, and radii from ½ to 2."""
    for number in range(SETS):
        x = rng.standard_normal((int(rng.integers(least, 7)), 2)) * rng.uniform(0.2, 2)
        yield Planar(x, rng.standard_normal(2) * (0.0, 0.5, 2.0)[number % 3], rng.uniform(0.5, 2))


@lru_cache(2)
def _drawn(seed: int) -> tuple[tuple[Planar, float], ...]:
    rng = Context(seed, statement="neyshabur2018.planes").rng("sets")
    return tuple((one, one.value) for one in sets(rng))


def _upper(context: Context) -> Followed:
    found = _drawn(context.seed)
    left = np.array([value for _, value in found])
    right = np.array([1.5 * one.beta * one.size + one.active for one, _ in found])
    lower = [float(one.beta * lengths(one.x).mean() / 2) for one, _ in found]
    data = {"m": [len(one.x) for one, _ in found], "value": left.tolist(), "upper": right.tolist(), "lower": lower}
    return Followed(left, right, "<=", 0.0, f"{SETS} sets", data)


def _upper_one(context: Context) -> Followed:
    found = _drawn(context.seed)
    right = np.array([one.beta * one.size + one.active for one, _ in found])
    return Followed(np.array([value for _, value in found]), right, "<=", 0.0, f"{SETS} sets")


def _lower(context: Context) -> Followed:
    """Q with the start 0, whatever start the set had."""
    left, right = [], []
    for one in sets(context.rng("sets")):
        left.append(one.beta * float(lengths(one.x).mean()) / 2)
        right.append(float(largest_in_disc(one.x, 0 * one.start, one.beta).mean()))
    return Followed(np.array(left), np.array(right), "<=", 0.0, f"{SETS} sets")


def _symmetric(context: Context) -> Followed:
    left, right = [], []
    for one in sets(context.rng("sets")):
        along = np.abs(signs(len(one.x)) @ (one.x @ one.start)).mean()
        left.append(float(one.beta * lengths(one.x).mean() + along) / 2)
        right.append((one.value + Planar(one.x, -one.start, one.beta).value) / 2)
    # far starts attain it: all points are active on one of the balls, and dead on the other
    rounding = 64 * UNIT_ROUNDOFF * max(right)
    return Followed(np.array(left), np.array(right), "<=", rounding, f"{SETS} sets")


def _khintchine(context: Context) -> Followed:
    rng, left, right = context.rng("sets"), [], []
    for _ in range(SETS):
        x = rng.standard_normal((int(rng.integers(2, 10)), int(rng.integers(1, 6))))
        x *= rng.uniform(0, 1, (len(x), 1))
        left.append(float(np.linalg.norm(x)) / 2**0.5)
        right.append(float(lengths(x).mean()))
    return Followed(np.array(left), np.array(right), "<=", 0.0, f"{SETS} sets")


def _two_points(context: Context) -> Followed:
    rng, left, right = context.rng("angles"), [], []
    for theta in np.linspace(0.01, np.pi - 0.01, ANGLES) + rng.uniform(-0.005, 0.005, ANGLES):
        at = rng.uniform(0, 2 * np.pi) + np.array([0, theta])
        x = np.stack([np.cos(at), np.sin(at)], axis=1)
        left.append(float(largest_in_disc(x, np.zeros(2), 1.0).mean()))
        right.append(max(2 * np.cos(theta / 2), 1) / 2 + (np.sin(theta) if theta < np.pi / 2 else 1) / 2)
    data = {"theta": np.linspace(0.01, np.pi - 0.01, ANGLES).tolist(), "value": left}
    return Followed(np.array(left), np.array(right), "=", 256 * UNIT_ROUNDOFF, f"{ANGLES} angles, turned", data)


def _contraction(context: Context) -> Followed:
    left, right = [], []
    for one in sets(context.rng("sets")):
        left.append(float(largest_in_disc(one.x, one.start, one.beta, slope=-1.0).mean()))
        right.append(2 * one.beta * float(lengths(one.x).mean()))
    return Followed(np.array(left), np.array(right), "<=", 0.0, f"{SETS} sets")


def _finite(context: Context) -> Followed:
    """Two to twenty units in three dimensions at two to eight points."""
    rng, left, right = context.rng("units"), [], []
    for _ in range(SETS):
        n, m = int(rng.integers(2, 21)), int(rng.integers(2, 9))
        active = np.maximum(rng.standard_normal((n, 3)) @ rng.standard_normal((3, m)), 0)
        left.append(float(np.abs(signs(m) @ active.T).max(1).mean()))
        right.append(float(np.linalg.norm(active, axis=1).max() * np.sqrt(2 * np.log(2 * n))))
    return Followed(np.array(left), np.array(right), "<=", 0.0, f"{SETS} classes")


@lru_cache(2)
def _classes(seed: int) -> tuple[Array, Array]:
    """Of several classes of two units on four points: ascent over all weights at once, and the sum over units."""
    context = Context(seed, statement="neyshabur2018.classes")
    rng, generator = context.rng("classes"), torch.Generator().manual_seed(seed)
    ascent, exact = [], []
    for _ in range(CLASSES):
        x, start = rng.standard_normal((4, 2)), rng.standard_normal((UNITS, 2)) * rng.uniform(0, 1)
        beta, alpha = rng.uniform(0.5, 2, UNITS), rng.uniform(0.5, 2, UNITS)
        given = [torch.as_tensor(part) for part in (x, start, beta, alpha, signs(4))]
        ascent.append(class_by_ascent(given[0], given[1], given[2], given[3], given[4], 60, generator).numpy())
        exact.append(sum(a * largest_in_disc(x, u, b) for a, u, b in zip(alpha, start, beta, strict=True)))
    return np.array(ascent), np.array(exact)


def _reached(context: Context) -> Followed:
    ascent, exact = (part.mean(1) for part in _classes(context.seed))
    return Followed(0.9 * exact, ascent, "<=", 0.0, f"{CLASSES} classes, {100 * (ascent / exact).min():.2f} % at least")


def _kept(context: Context) -> Followed:
    ascent, exact = _classes(context.seed)
    return Followed(ascent, exact, "<=", 256 * UNIT_ROUNDOFF * float(exact.max()), f"{CLASSES} classes, all signs")


def _several(context: Context) -> Followed:
    """All 2^9 signs of three outputs at three points."""
    sigma = signs(3 * OUTPUTS).reshape(-1, OUTPUTS, 3)
    at = 2 * np.pi * np.arange(GRID) / GRID
    edge = np.stack([np.cos(at), np.sin(at)], axis=1)
    rng, left, right = context.rng("outputs"), [], []
    for number in range(20):
        x, start = rng.standard_normal((3, 2)), rng.standard_normal(2) * (0.0, 1.0)[number % 2]
        beta = rng.uniform(0.5, 2)
        out = np.maximum((start + beta * edge) @ x.T, 0)
        left.append(float(np.linalg.norm(sigma @ out.T, axis=1).max(1).mean()))
        size, active = np.linalg.norm(x), np.linalg.norm(np.maximum(x @ start, 0))
        right.append(float(OUTPUTS**0.5 * ((0.5 + 2**0.5) * beta * size + active)))
    return Followed(np.array(left), np.array(right), "<=", 0.0, "20 sets of three points")


def _reading(measure: object, *by: str, run: str = "") -> tuple[Reading, ...]:
    return (Reading("trajectory", measure, both_sides=True, by=by, run=run),)  # type: ignore[arg-type]


SECTORS, SIGNS, FORMULA = "signs and sectors", "all signs", "the formula"
READINGS: dict[str, tuple[Reading, ...]] = {
    "upper-run": _reading(_upper, SECTORS, FORMULA, run="neyshabur2018 planes"),
    "upper-one": _reading(_upper_one, SECTORS, FORMULA, run="neyshabur2018 planes"),
    "lower-run": _reading(_lower, SIGNS, SECTORS),
    "lower-symmetric-run": _reading(_symmetric, SIGNS, SECTORS),
    "khintchine-run": _reading(_khintchine, FORMULA, SIGNS),
    "two-points-run": _reading(_two_points, SECTORS, FORMULA),
    "contraction-run": _reading(_contraction, SECTORS, SIGNS),
    "finite-units-run": _reading(_finite, SIGNS, FORMULA),
    "class-reached": _reading(_reached, SECTORS, "ascent", run="neyshabur2018 classes"),
    "class-kept": _reading(_kept, "ascent", SECTORS, run="neyshabur2018 classes"),
    "several-outputs-run": _reading(_several, "a grid", FORMULA),
}

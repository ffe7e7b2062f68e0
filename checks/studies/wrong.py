"""Wrong measurements: what was measured with noise in its place, off by 1 %, or with its effect taken out.

A reading whose method still says that the statement holds then is one that cannot fail: its tolerance, its margin or
its sample is too coarse for what is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.context import Context
from checks.methods import autograd, sampling, scaling
from checks.methods.comparing import as_arrays, is_exact, judged
from checks.methods.trajectory import LOOKS, both_sides
from checks.readings import (
    Compared,
    Differentiated,
    Enclosed,
    Followed,
    Means,
    Measurement,
    Sampled,
    Scaled,
    Shares,
    Side,
    Tried,
)
from checks.verdicts import Evidence
from derivations.statements import Probability, Rate, Statement

Array = NDArray[np.float64]

TURNED = "the inequality turned"
OFF = 1.01
"""What an exact claim is measured off by: a constant that is wrong by one per cent."""


def evidence_of(found: Measurement, statement: Statement, context: Context) -> Evidence:
    """What the method that judges a measurement says of it.

    Raises TypeError for one that ball arithmetic made: it has no numbers that could be off.
    """
    match found:
        case Followed():
            return both_sides(found, context)
        case Compared():
            return judged(found, context, looks=LOOKS)
        case Scaled() if isinstance(statement, Rate):
            return scaling.judged(statement, found, context)
        case Tried() if isinstance(statement, Probability):
            return sampling.chance(statement, found, context)
        case Sampled():
            return sampling.mean(found, sampling.FALSE_ALARM, context)
        case Differentiated():
            return autograd.compared(autograd.formula_of(statement), found, context)
    raise TypeError(f"{type(found).__name__} of a {statement.kind} is judged without numbers")


def wrong(found: Measurement, statement: Statement, context: Context) -> Iterator[tuple[str, Measurement]]:
    """Measurements that a method must not accept in the place of this one, with what is wrong with each.

    Args:
        found: What a reading measured.
        statement: The statement that it is a reading of.
        context: Where random numbers come from.

    Yields:
        What was changed, in words, and the changed measurement.
    """
    rng = context.rng("wrong measurements")
    match found:
        case Followed():
            yield from _of_run(found, rng)
        case Compared():
            if found.relation == "<=":
                yield "the sides exchanged", replace(found, left=found.right, right=found.left)
                yield "no effect: the arms exchanged at random", no_effect(found, context.rng("no effect"))
            else:
                yield "the left side off by twice the margin", replace(found, left=_moved(found.left, 2 * found.margin))
        case Scaled() if isinstance(statement, Rate):
            if statement.exponent != 0:  # noise has the exponent 0 indeed
                yield "noise in place of the quantity", replace(found, quantity=_noise_like(found.quantity, rng))
            yield from _of_rivals(found, statement)
        case Tried() if isinstance(statement, Probability):
            at = round(float(statement.limit) * found.trials)
            yield "as often as the limit says", replace(found, events=min(max(at, 0), found.trials))
        case Sampled():
            yield "the mean 1 % off", replace(found, claimed=OFF * np.asarray(found.claimed))
            yield "noise in place of the samples", replace(found, draw=partial(_signs, found.draw, rng))
        case Differentiated():
            measured = np.asarray(found.measured, dtype=float)
            yield "the derivative 1 % off", replace(found, measured=OFF * measured)
            yield "noise in place of the derivative", replace(found, measured=measured * _factors(measured.shape, rng))
        case Enclosed():
            return


def _of_rivals(found: Scaled, statement: Rate) -> Iterator[tuple[str, Scaled]]:
    """The quantity turned so that it follows a rival's law in place of the stated one; no law at all is one."""
    for rival in statement.against or ((0,) if statement.exponent != 0 else ()):
        by = float(rival) - float(statement.exponent)
        x = np.asarray(found.variable, dtype=float)
        factors = x**by if statement.law == "power" else np.exp(by * x)
        yield f"the exponent {rival} of a rival", replace(found, quantity=found.quantity * factors)


def _moved(side: Side, by: float) -> Side:
    """A side of a comparison that is larger by so much; chances by as much as they can be."""
    match side:
        case Means():
            between = None if side.between is None else (side.between[0], side.between[1] + by)
            return replace(side, samples=np.asarray(side.samples, dtype=float) + by, between=between)
        case Shares():
            events = np.asarray(side.events) + int(np.ceil(by * side.trials))
            return replace(side, events=np.minimum(events, side.trials))
    return np.asarray(side, dtype=float) + by


def _of_run(found: Followed, rng: np.random.Generator) -> Iterator[tuple[str, Followed]]:
    left, right = np.broadcast_arrays(np.asarray(found.left, dtype=float), np.asarray(found.right, dtype=float))
    if found.relation == "=":
        yield "noise in place of the left side", replace(found, left=left * _factors(left.shape, rng))
        yield "left +1 %", replace(found, left=OFF * left)
        return
    drawn = rng.permutation(np.concatenate([left.ravel(), right.ravel()])).reshape(2, -1)
    # of few comparisons all may be in order by chance: one at least is not
    drawn[:, :1] = np.sort(drawn[:, :1], axis=0)[::-1]
    one, other = (side.reshape(left.shape) for side in drawn)  # errors have the shape of the sides
    yield "noise in place of both sides", replace(found, left=one, right=other)
    # the smaller side as noise of the size of the larger one: a bound far away hides no number of its own size
    size = np.maximum(np.abs(left), np.abs(right))
    yield "noise of the size of the bound", replace(found, left=right + size * (_factors(left.shape, rng) - 1))
    yield TURNED, replace(found, left=right, right=left)


def _factors(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Lognormal factors of which the first is above 1: noise that only ever lessens is none."""
    drawn = rng.normal(size=shape)
    flat = drawn.reshape(-1)
    flat[:1] = np.abs(flat[:1]) + 0.1
    return np.asarray(np.exp(drawn))


def _noise_like(quantity: Array, rng: np.random.Generator) -> Array:
    """Positive noise whose logarithms have the mean and the spread of those of a quantity."""
    logs = np.log(quantity)
    return np.asarray(np.exp(rng.normal(logs.mean(), logs.std(), size=logs.shape)))


def _signs(draw: Any, rng: np.random.Generator, count: int) -> Iterator[Array]:
    """The samples with signs drawn at random: their mean is 0 whatever it was."""
    for chunk in draw(count):
        yield chunk * rng.choice([-1.0, 1.0], size=(len(chunk), 1))


def no_effect(c: Compared, rng: np.random.Generator) -> Compared:
    """The same trials with the effect taken out: arms exchanged at random, or values mirrored at what is claimed.

    Of an inequality this leaves two sides of one mean; a method that still says that it holds credits noise.
    """
    left, right = as_arrays(c.left), as_arrays(c.right)
    if isinstance(left, Means) and isinstance(right, Means):
        x, y = left.samples, right.samples
        if c.paired:
            x, y = np.broadcast_arrays(x, y)
            swap = rng.random((len(x), 1)) < 0.5
            return replace(
                c,
                left=_of_either(np.where(swap, y, x), left, right),
                right=_of_either(np.where(swap, x, y), left, right),
            )
        every = rng.permutation(np.concatenate(np.broadcast_arrays(x, y) if len(x) == len(y) else [x, y]), axis=0)
        return replace(c, left=_of_either(every[: len(x)], left, right), right=_of_either(every[len(x) :], left, right))
    if isinstance(left, Means) or isinstance(right, Means):
        side, other = (left, right) if isinstance(left, Means) else (right, left)
        assert isinstance(side, Means)
        centre = other.events / other.trials if isinstance(other, Shares) else np.asarray(other)
        sign = rng.choice([-1.0, 1.0], size=(len(side.samples), 1))
        mirrored = _mirrored(side, centre, sign)
        return replace(c, left=mirrored) if isinstance(left, Means) else replace(c, right=mirrored)
    chance = np.clip(_pooled_chance(left, right), 0, 1)
    drawn = [
        Shares(rng.binomial(s.trials, chance, size=chance.shape), s.trials) if isinstance(s, Shares) else s
        for s in (left, right)
    ]
    return replace(c, left=drawn[0], right=drawn[1])


def _of_either(samples: Array, one: Means, other: Means) -> Means:
    """Trials of which each is of the one law or of the other."""
    apart = one.separate and other.separate
    if one.between is not None and other.between is not None:
        ends = (min(one.between[0], other.between[0]), max(one.between[1], other.between[1]))
        return Means(samples, between=ends, separate=apart)
    return Means(samples, law=one.law if one.law == other.law else "normal", separate=apart)


def _mirrored(side: Means, centre: Array, sign: Array) -> Means:
    """The trials, those with the sign −1 mirrored at the centre, between bounds that hold for both.

    Of a lognormal law it is the logarithms that are mirrored, about the place at which the mean is the centre.
    """
    if side.law == "lognormal" and side.between is None:
        logs = np.log(side.samples)
        spread = sign * (logs - logs.mean(0))
        return Means(centre * np.exp(spread - spread.var(0, ddof=1) / 2), law=side.law, separate=side.separate)
    samples = centre + sign * (side.samples - centre)
    if side.between is None:
        return Means(samples, law=side.law, separate=side.separate)
    low, high = side.between
    ends = (min(low, float((2 * centre - high).min())), max(high, float((2 * centre - low).max())))
    return Means(np.clip(samples, *ends), between=ends, separate=side.separate)


def _pooled_chance(left: Side, right: Side) -> Array:
    exact = [s for s in (left, right) if is_exact(s)]
    if exact:
        return np.atleast_1d(np.asarray(exact[0], dtype=float))
    assert isinstance(left, Shares)
    assert isinstance(right, Shares)
    return np.asarray((left.events + right.events) / (left.trials + right.trials), dtype=float)

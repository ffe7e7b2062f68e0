"""Networks on digits for Neyshabur et al. (2018), or on images of the user: measures over widths and labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from checks.context import Context
from checks.readings import Compared, Followed, Means, Reading, Scaled
from derivations.papers.neyshabur2018.headline import SHORT, WIDE
from numerics.data import labelled_images
from numerics.models.neyshabur2018 import (
    Measures,
    TwoLayer,
    drawn,
    largest_by_ascent,
    margins,
    measures,
    trained,
)
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
EVERY, POINTS, STOP, EPOCHS = 1797, 100, 0.2, 300
TRIALS, RANDOM, RANDOM_UNITS = 16, 10, 64
WIDTHS = (32, 64, 128, 256)
"""Widths of the law."""
SIGNS, BRACKET_POINTS, ASCENT = 40, 100, 12


@lru_cache(4)
def images(data: str, seed: int) -> tuple[Tensor, Tensor]:
    """Images as vectors of the mean length 1, and their classes."""
    found, classes = labelled_images(data, EVERY if not data else 4000, seed)
    x = found.reshape(len(found), -1)
    return torch.as_tensor(x / np.linalg.norm(x, axis=1).mean()), torch.as_tensor(classes)


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of several networks, each entry a number for each of them.

    Args:
        measures: Their measures on their training points.
        error: Their test errors.
        bound: The bounds on R_S(ℓ_γ∘F), γ the median training margin.
        loss: The losses at which training stopped.
    """

    measures: Measures
    error: Array
    bound: Array
    loss: Array

    def of(self, name: str) -> Array:
        """One of the measures."""
        return np.asarray(getattr(self.measures, name))


def look(data: str, seed: int, h: int, random: Sequence[bool], seeds: Iterable[int]) -> Seen:
    """Train networks of h units, each from its own start on points that are drawn anew, and look at them.

    Args:
        data: The path of the user's images; "" for digits.
        seed: The seed of the images' order.
        h: The number of units.
        random: Whether each network gets random labels.
        seeds: The seed of each network: the same one draws the same points.
    """
    x, y = images(data, seed)
    classes = int(y.max()) + 1
    generators = [_of(s) for s in seeds]
    orders = torch.stack([torch.randperm(len(x), generator=g) for g in generators])
    train, test = orders[:, :POINTS], orders[:, POINTS:]
    guessed = torch.stack([torch.randint(0, classes, (POINTS,), generator=g) for g in generators])
    labels = torch.where(torch.tensor(random)[:, None], guessed, y[train])
    net = drawn(h, x.shape[1], classes, generators)
    loss = trained(net, x[train], labels, generators[0], STOP, EPOCHS)
    found = measures(net, x[train])
    gamma = margins(net, x[train], labels).median(-1).values
    size = x[train].norm(dim=(-2, -1))
    bound = 2 * classes**0.5 * ((0.5 + 2**0.5) * found.sums * size + found.active) / (gamma * POINTS)
    error = (margins(net, x[test], y[test]) <= 0).double().mean(-1)
    return Seen(found, error.numpy(), bound.numpy(), loss.numpy())


@lru_cache(4)
def runs(data: str, seed: int) -> dict[int, Seen]:
    """Networks of both widths, each pair on the same points."""
    seeds = Context(seed, data=data, statement="neyshabur2018.digits").rng("pairs").integers(0, 2**62, TRIALS)
    return {h: look(data, seed, h, [False] * TRIALS, seeds) for h in (SHORT, WIDE)}


def _of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(int(seed))


def _ratio(name: str, context: Context) -> Means:
    """Logarithms of the ratio at both widths, one for each pair."""
    found = runs(context.data, context.seed)
    return Means(np.log(found[WIDE].of(name) / found[SHORT].of(name))[:, None], law="normal", separate=True)


def _about(name: str, context: Context) -> str:
    found = runs(context.data, context.seed)
    means = ", ".join(f"{h} units {found[h].of(name).mean():.0f}" for h in (SHORT, WIDE))
    return f"{TRIALS} pairs on {POINTS} points, loss {STOP}: {means}"


def _falls(context: Context) -> Compared:
    found = runs(context.data, context.seed)
    data: dict[str, Any] = {"widths": [SHORT, WIDE], "error": [found[h].error.tolist() for h in (SHORT, WIDE)]}
    for one in fields(Measures):
        data[one.name] = [found[h].of(one.name).tolist() for h in (SHORT, WIDE)]
    return Compared(_ratio("sums", context), float(np.log(0.9)), "<=", _about("sums", context), data=data)


def _rises(context: Context) -> Compared:
    return Compared(0.0, _ratio("spectral", context), "<=", _about("spectral", context))


def _errors(context: Context) -> Compared:
    found = runs(context.data, context.seed)
    gap = found[WIDE].error - found[SHORT].error
    means = ", ".join(f"{h} units {found[h].error.mean():.3f}" for h in (SHORT, WIDE))
    return Compared(Means(gap[:, None], law="normal", separate=True), 0.0, "<=", f"{TRIALS} pairs, {means}")


def _random(context: Context) -> Compared:
    """Random labels beside true ones, on the same points."""
    seeds = context.rng("labels").integers(0, 2**62, RANDOM)
    every = np.concatenate([seeds, seeds])
    found = look(context.data, context.seed, RANDOM_UNITS, [True] * RANDOM + [False] * RANDOM, every)
    sums = found.of("sums").reshape(2, RANDOM)
    errors = found.error.reshape(2, RANDOM).mean(1)
    said = f"{RANDOM} pairs of {RANDOM_UNITS} units, {sums[0].mean():.0f} and {sums[1].mean():.0f}, "
    said += f"test errors {errors[0]:.2f} and {errors[1]:.2f}"
    trials = Means(np.log(sums[0] / sums[1])[:, None], law="normal", separate=True)
    data = {name: found.of(name).reshape(2, RANDOM).tolist() for name in ("sums", "spectral")}
    return Compared(float(np.log(2)), trials, "<=", said, data=data)


def _every(context: Context, what: Callable[[Seen], Array]) -> Array:
    return np.concatenate([what(one) for one in runs(context.data, context.seed).values()])


def _proportional(context: Context) -> Followed:
    shares = _every(context, lambda one: one.of("sums") / one.of("frobenius"))
    return Followed(np.full(len(shares), 0.98), shares, "<=", 0.0, f"{len(shares)} networks")


def _certificate(context: Context) -> Followed:
    bounds = _every(context, lambda one: one.bound)
    return Followed(np.ones(len(bounds)), bounds, "<=", 0.0, f"{len(bounds)} networks")


def _balance(context: Context) -> Followed:
    """Five steps of torch's SGD on 50 points, every unit of a network of 12."""
    x, y = (part[:50] for part in images(context.data, context.seed))
    net = drawn(12, x.shape[1], int(y.max()) + 1, _of(int(context.rng("balance").integers(2**62))))
    eta, left, right = 1.0, [], []
    optimiser = torch.optim.SGD(net.parameters(), lr=eta)
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]
        before = (net.U.detach() ** 2).sum(1) - (net.V.detach() ** 2).sum(0)
        assert net.U.grad is not None
        assert net.V.grad is not None
        right.append((eta**2 * ((net.U.grad**2).sum(1) - (net.V.grad**2).sum(0))).numpy())
        optimiser.step()
        left.append(((net.U.detach() ** 2).sum(1) - (net.V.detach() ** 2).sum(0) - before).numpy())
    size = float((net.U.detach() ** 2).sum(1).max() + (net.V.detach() ** 2).sum(0).max())
    rounding = 8 * (x.shape[1] + 50) * UNIT_ROUNDOFF * size
    return Followed(np.array(left), np.array(right), "=", rounding, "12 units, five steps of size 1")


@lru_cache(2)
def _bracket(data: str, seed: int) -> tuple[Array, Array, float]:
    """Lower bounds and suprema by ascent for random signs, and the upper bound, for a network with paired starts."""
    context = Context(seed, data=data, statement="neyshabur2018.bracket")
    generator = _of(int(context.rng("bracket").integers(2**62)))
    x, y = (part[:BRACKET_POINTS] for part in images(data, seed))
    half = drawn(4, x.shape[1], int(y.max()) + 1, generator)
    U = torch.cat([half.start, -half.start])
    net = TwoLayer(U, torch.cat([half.V.detach(), -half.V.detach()], dim=1))
    trained(net, x, y, generator, STOP, EPOCHS)
    # the pair of a unit gets its capacity and impact too, so that the class is symmetric
    beta, alpha = (net.U.detach() - U).norm(dim=1), net.V.detach()[0].abs()
    beta, alpha = ((part[:4] + part[4:]).repeat(2) / 2 for part in (beta, alpha))
    sigma = torch.as_tensor(context.rng("signs").choice([-1.0, 1.0], (SIGNS, len(x))))
    found = largest_by_ascent(x, U, beta, sigma, ASCENT, generator, 2) @ alpha
    s = sigma @ x
    lower = (s.norm(dim=1)[:, None] * beta + (s @ U.T).abs()) @ alpha / 2
    upper = alpha @ (1.5 * beta * x.norm() + torch.relu(U @ x.T).norm(dim=1))
    return lower.numpy(), found.numpy(), float(upper)


def _bracket_lower(context: Context) -> Followed:
    lower, found, upper = _bracket(context.data, context.seed)
    data = {"lower": lower.tolist(), "ascent": found.tolist(), "upper": upper}
    return Followed(lower, found, "<=", 0.0, f"8 units, {BRACKET_POINTS} points, {SIGNS} random signs", data)


def _bracket_upper(context: Context) -> Compared:
    """In units of the bound, which is another one for another seed's network."""
    _, found, upper = _bracket(context.data, context.seed)
    about = f"8 units, {SIGNS} random signs, means {found.mean():.1f} and {upper:.1f}"
    return Compared(Means(found[:, None] / upper, law="normal", separate=True), 1.0, "<=", about)


def gaps(h: int, seeds: Sequence[int] | NDArray[np.int64], data: str = "", seed: int = 0) -> Array:
    """‖V‖₂Σβ_j/Σα_jβ_j of networks of h units."""
    found = look(data, seed, h, [False] * len(seeds), seeds)
    return found.of("spectral") / found.of("sums")


def drift(h: int) -> float:
    """How far the local exponent of 1 + √(h/10) is below ½: the norm of normal output weights has this form."""
    return 0.5 / (1 + math.sqrt(h / 10))


def _gap(context: Context) -> Scaled:
    seeds = context.rng("gap").integers(0, 2**62, (len(WIDTHS), 3))
    quantity = [gaps(h, row, context.data, context.seed) for h, row in zip(WIDTHS, seeds, strict=True)]
    about = "three networks a width; the norm of normal weights is 1 + √(h/10)"
    return Scaled(
        np.repeat(np.array(WIDTHS, dtype=float), 3), np.concatenate(quantity), about, drift=drift(min(WIDTHS))
    )


def share(d: int, generator: torch.Generator) -> float:
    """‖U⁰X‖_F/(‖U⁰‖_F‖X‖_F) of 20 units on 50 points, all normal."""
    kind: dict[str, Any] = {"generator": generator, "dtype": torch.float64, "device": generator.device}
    U, x = torch.randn(20, d, **kind), torch.randn(50, d, **kind)
    return float((x @ U.T).norm() / (U.norm() * x.norm()))


def _share(context: Context) -> Scaled:
    dimensions = (16, 32, 64, 128, 256, 512)
    found = [share(d, context.generator(f"{d} {i}")) for i in range(3) for d in dimensions]
    return Scaled(np.array(dimensions * 3, dtype=float), np.array(found), "20 units on 50 normal points, three draws")


def _reading(measure: Any, *by: str, run: str = "") -> tuple[Reading, ...]:
    return (Reading("trajectory", measure, both_sides=True, by=by, run=run),)


RUN, BRACKET = "neyshabur2018 digits", "neyshabur2018 bracket"
READINGS: dict[str, tuple[Reading, ...]] = {
    "capacity-falls": _reading(_falls, "the networks", "the number", run=RUN),
    "error-falls": _reading(_errors, "the networks", "zero", run=RUN),
    "spectral-rises": _reading(_rises, "the number", "the networks", run=RUN),
    "nearly-proportional": _reading(_proportional, "the number", "the networks", run=RUN),
    "no-certificate": _reading(_certificate, "the number", "the networks", run=RUN),
    "random-labels": _reading(_random, "the number", "the networks"),
    "balance-run": _reading(_balance, "after the step", "autograd"),
    "digits-lower": _reading(_bracket_lower, "the signs", "ascent", run=BRACKET),
    "digits-upper": _reading(_bracket_upper, "ascent", "the formula", run=BRACKET),
    "rival-gap": (Reading("scaling", _gap),),
    "start-share": (Reading("scaling", _share),),
}

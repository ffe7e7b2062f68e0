"""The two phases in torch: rank at the switch, the bound along the second phase, test accuracy; single samples."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.papers.kawaguchi2019.ranks import above
from checks.papers.kawaguchi2021.expressivity import images
from checks.readings import Compared, Enclosed, Followed, Means, Reading, Tried
from derivations.activations import X, softplus
from derivations.papers.kawaguchi2021 import headline as k
from numerics.models.kawaguchi2021 import TwoPhase, accuracy, cross_entropy, features, two_phase
from numerics.rigorous import full_rank
from numerics.rigorous.features import Dense, Entrywise, Layer

Array = NDArray[np.float64]
RUNS, CERTIFIED, STEPS = 60, 2, (60, 240)
OTHERS = 1000
"""Images that are not trained on."""
LARGEST = 16
"""Sides of larger images are thinned to at most this, since all networks are trained at once."""


@lru_cache(2)
def _trained(context: Context) -> tuple[TwoPhase, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The networks, and images with their classes: those that are trained on, then others."""
    found, classes = images(context, k.TRAINED + OTHERS)
    thin = -(-found.shape[-1] // LARGEST)
    x = torch.as_tensor(found[..., ::thin, ::thin].reshape(len(found), -1), device=context.device)
    # no input longer than √d is needed: pixels have mean square 1
    x, labels = x / x.shape[1] ** 0.5 * 4, torch.as_tensor(classes, device=context.device)
    n = k.TRAINED
    widths = (x.shape[1], k.FIRST, n - 1, int(labels.max()) + 1)
    done = two_phase(x[:n], labels[:n], widths, RUNS, STEPS, float(k.NOISE), context.generator("two phases"))
    return done, x[:n], labels[:n], x[n:], labels[n:]


def _shared(context: Context) -> tuple[TwoPhase, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    return _trained(Context(context.seed, context.device, "kawaguchi2021.two-phase", context.data))


def _rank(context: Context) -> Enclosed:
    """Ranks at the switch, with the very weights that phase 2 starts from."""
    done, x, _, _, _ = _shared(context)
    found = []
    for run in range(CERTIFIED):
        layers: list[Layer] = []
        for W, b in zip(done.hidden[::2], done.hidden[1::2], strict=True):
            layers += [Dense(W[run], b[run]), Entrywise(softplus(X))]
        found.append(full_rank(x, layers))
    return above(found, k.FLOOR, f"{len(x)} images, widths {x.shape[1]}–{k.FIRST}–{len(x) - 1}")


def _bound(context: Context) -> Followed:
    """L_T and L(u) + ‖u − v_τ‖²/(2ηT), u the last layer at the end, half way to it, and that of least squares."""
    done, x, classes, _, _ = _shared(context)
    M = features(done.hidden, x)
    target = 4 * torch.nn.functional.one_hot(classes, done.last.shape[2]).to(x.dtype)
    ridge = torch.linalg.solve(M.mT @ M + torch.eye(M.shape[2], dtype=x.dtype, device=x.device), M.mT @ target)
    T = torch.arange(1, done.losses.shape[1], dtype=x.dtype, device=x.device)
    left, right = [], []
    for u in (done.last, (done.last + done.start) / 2, ridge):
        far = ((u - done.start) ** 2).sum((1, 2))
        left.append(done.losses[:, 1:].cpu().numpy())
        right.append((cross_entropy(M, u, classes)[:, None] + (far / (2 * done.eta))[:, None] / T).cpu().numpy())
    data = {
        "T": T.tolist(), "loss": left[0][0].tolist(), "bound": np.min([r[0] for r in right], axis=0).tolist(),
    }  # fmt: skip
    # each step rounds the outputs, of a size of tens, by a few units
    return Followed(np.array(left), np.array(right), "<=", 1024 * STEPS[1] * 2.0**-53,
                    f"{RUNS} networks, {STEPS[1]} steps of phase 2, three u each", data)  # fmt: skip


def _accuracy(context: Context) -> Tried:
    done, _, _, x, classes = _shared(context)
    two = accuracy(done.hidden, done.last, x, classes)
    base = accuracy(*done.base, x, classes)
    events = int((two >= base - float(k.MARGIN)).sum())
    said = f"networks, accuracy on {OTHERS} other images {float(two.mean()):.3f} and {float(base.mean()):.3f}"
    return Tried(events, RUNS, said)


def projected(e: Array, row: Array) -> Array:
    """A step of 1/‖M_i‖² on one sample for each run: what is left of e across the row."""
    across: Array = ((row * e).sum(1) / (row**2).sum(1))[:, None] * row
    return e - across


def _single(context: Context) -> Compared:
    """‖v_t − v*‖²/‖v_0 − v*‖² with rows drawn with probability ∝ ‖M_i‖²: steps project, so that it is in [0, 1].

    v_0 = v* + the last singular direction, where the factor of the first step is exactly the bound's.
    """
    rng = context.rng("single samples")
    n, runs = 6, 4000
    M = np.c_[np.tanh(rng.standard_normal((n, 12))), np.ones(n)]
    sizes = (M**2).sum(1)
    _, singular, right = np.linalg.svd(M, full_matrices=False)
    rate = 1 - singular[-1] ** 2 / sizes.sum()
    e = np.tile(right[-1], (runs, 1))
    seen, bounds = [], []
    for t in range(1, 3 * round(1 / (1 - rate))):
        row = M[rng.choice(n, size=runs, p=sizes / sizes.sum())]
        e = projected(e, row)
        if t in (round(1 / (1 - rate)), 2 * round(1 / (1 - rate))):
            seen.append((e**2).sum(1))
            bounds.append(rate**t)
    # projections do not lengthen e: rounding aside, which 1e-12 is ample for
    samples = np.clip(np.array(seen).T, 0, 1)
    return Compared(Means(samples, between=(0, 1)), np.array(bounds) + 1e-12, "<=", f"{runs} runs, n = {n}")


READINGS: dict[str, tuple[Reading, ...]] = {
    "two-phase-rank": (Reading("enclosure", _rank, run="kawaguchi2021 two phases"),),
    "two-phase-run": (
        Reading("trajectory", _bound, both_sides=True, by=("the run", "the bound"), run="kawaguchi2021 two phases"),
    ),
    "two-phase-accuracy": (Reading("sampling", _accuracy, run="kawaguchi2021 two phases"),),
    "single-sample-run": (Reading("trajectory", _single, both_sides=True),),
}

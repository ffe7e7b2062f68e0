"""The two phases in torch: rank at the switch, the bound along the second phase, test accuracy; single samples."""

from __future__ import annotations

from dataclasses import dataclass
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
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]
RUNS, CERTIFIED, STEPS = 60, 2, (60, 240)
OTHERS = 1000
"""Images that are not trained on."""
SAMPLES, DRAWN = 6, 40_000
"""Inputs of the runs by single samples, and how many runs."""
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


def _descended(context: Context) -> Followed:
    """Steps, losses and output weights of phase 2 against descent by autograd with a step of its own.

    The step is 2n/λ_max(MMᵀ) by an eigenvalue of the Gram matrix, M in NumPy; the reported one, 2n/σ_max², is a norm of
    M in torch. A step of gradient descent below 2/Lip does not lengthen distances, so that what rounding adds in a step
    is never more than added: the losses, of Lipschitz constant √2 σ_max/√n in the weights, and the weights, of a size
    of `size`, may differ by what 64 units a step and column come to.
    """
    done, x, classes, _, _ = _shared(context)
    n, steps = len(x), done.losses.shape[1] - 1
    M = torch.as_tensor(_features_by_numpy(done.hidden, x), device=x.device)
    largest = torch.linalg.eigvalsh(M @ M.mT)[:, -1]
    eta = 2 * n / largest
    v = done.start.clone().requires_grad_(True)
    losses = []
    for step in range(steps + 1):
        each = torch.nn.functional.cross_entropy(
            (M @ v).mT, classes.expand(len(M), n), reduction="none"
        ).mean(1)  # fmt: skip
        losses.append(each.detach())
        if step < steps:
            (slope,) = torch.autograd.grad(each.sum(), v)
            with torch.no_grad():
                v -= eta[:, None, None] * slope
    ours, theirs = torch.stack(losses, dim=1), v.detach().reshape(RUNS, -1)
    size = float(theirs.abs().max())
    left = torch.cat([(done.eta / eta)[:, None], done.losses, done.last.reshape(RUNS, -1) / size], 1)
    right = torch.cat([torch.ones_like(eta)[:, None], ours, theirs / size], 1)
    steep = max(1.0, float((2 * largest / n).max()) ** 0.5 * size)
    tolerance = 64 * M.shape[2] * steps * steep * UNIT_ROUNDOFF
    about = (
        f"steps, losses and weights of {RUNS} networks, {steps} steps by autograd; rounding explains {tolerance:.1e}"
    )
    return Followed(left.cpu().numpy(), right.cpu().numpy(), "=", tolerance, about)


def _features_by_numpy(hidden: tuple[torch.Tensor, ...], x: torch.Tensor) -> Array:
    """[h, 𝟏] of each network: softplus is log(exp(0) + exp(z))."""
    h = np.broadcast_to(x.cpu().numpy(), (RUNS, *x.shape))
    for W, b in zip(hidden[::2], hidden[1::2], strict=True):
        h = np.logaddexp(0, np.einsum("rni,roi->rno", h, W.cpu().numpy()) + b.cpu().numpy()[:, None])
    return np.concatenate([h, np.ones_like(h[..., :1])], axis=2)


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


@dataclass(frozen=True)
class Rows:
    """Features M, with which chance each row is drawn, and σ_1²/‖M‖_F², …, σ_n²/‖M‖_F² with their directions.

    Args:
        M: The features with a column of ones.
        chances: ‖M_i‖²/‖M‖_F².
        shares: σ_j²/‖M‖_F² in ascending order, by the eigenvalues of MMᵀ.
        directions: The right singular vectors, as rows.
    """

    M: Array
    chances: Array
    shares: Array
    directions: Array


def rows(context: Context) -> Rows:
    """tanh features of 6 inputs, 12 units and a column of ones."""
    M = np.c_[np.tanh(context.rng("single samples").standard_normal((SAMPLES, 12))), np.ones(SAMPLES)]
    sizes = (M**2).sum(1)
    values, left = np.linalg.eigh(M @ M.T)
    return Rows(M, sizes / sizes.sum(), values / sizes.sum(), (M.T @ left / np.sqrt(values)).T)


def _step(context: Context) -> Followed:
    """The mean of ‖e⁺‖² over all rows that may be drawn, for e along each singular direction: 1 − σ_j²/‖M‖_F².

    Along the last direction this is the factor of the bound, which is attained there.
    """
    r = rows(context)
    left = sum(
        p * (projected(r.directions, np.tile(row, (SAMPLES, 1))) ** 2).sum(1)
        for p, row in zip(r.chances, r.M, strict=True)
    )
    # sums of 6 · 13 products of numbers of at most 1; eigenvalues of MMᵀ are known to a few units of the largest
    tolerance = 64 * SAMPLES * r.M.shape[1] * UNIT_ROUNDOFF
    about = f"one step from each of {SAMPLES} directions, all rows counted; rounding explains {tolerance:.1e}"
    return Followed(np.asarray(left), 1 - r.shares, "=", tolerance, about)


def mean_squares(r: Rows, times: int) -> Array:
    """E‖e_t‖² from the last direction for t = 1, …, times, where all sequences of t rows are counted.

    A step is linear in e, so that E e_t e_tᵀ goes from step to step by the matrices of the rows' steps.
    """
    steps = [projected(np.eye(r.M.shape[1]), np.tile(row, (r.M.shape[1], 1))).T for row in r.M]
    moment, seen = np.outer(r.directions[0], r.directions[0]), []
    for _ in range(times):
        moment = sum((p * P @ moment @ P.T for p, P in zip(r.chances, steps, strict=True)), np.zeros_like(moment))
        seen.append(np.trace(moment))
    return np.array(seen)


def _whole(context: Context) -> Followed:
    """E‖e_t‖² of all sequences of rows against the bound's (1 − σ_n²/‖M‖_F²)^t."""
    r = rows(context)
    times = 3 * round(1 / r.shares[0])
    tolerance = 64 * SAMPLES * r.M.shape[1] * times * UNIT_ROUNDOFF
    about = f"all sequences of up to {times} rows counted; rounding explains {tolerance:.1e}"
    right = (1 - r.shares[0]) ** np.arange(1, times + 1)
    return Followed(mean_squares(r, times), right, "<=", tolerance, about)


def _single(context: Context) -> Compared:
    """‖v_t − v*‖²/‖v_0 − v*‖² with rows drawn with probability ∝ ‖M_i‖²: steps project, so that it is in [0, 1].

    v_0 = v* + the last singular direction. The mean of the runs is that of all sequences of rows, to 1/100.
    """
    r, rng = rows(context), context.rng("draws")
    e = np.tile(r.directions[0], (DRAWN, 1))
    looks = (round(1 / r.shares[0]), 2 * round(1 / r.shares[0]))
    exact, seen = mean_squares(r, looks[-1]), []
    for t in range(1, looks[-1] + 1):
        e = projected(e, r.M[rng.choice(SAMPLES, size=DRAWN, p=r.chances)])
        if t in looks:
            seen.append((e**2).sum(1))
    # projections do not lengthen e, rounding aside
    samples = Means(np.clip(np.array(seen).T, 0, 1), between=(0, 1))
    said = f"{DRAWN} runs, n = {SAMPLES}, after {looks[0]} and {looks[1]} steps"
    return Compared(samples, exact[np.array(looks) - 1], "=", said, margin=0.01)


READINGS: dict[str, tuple[Reading, ...]] = {
    "two-phase-rank": (Reading("enclosure", _rank, run="kawaguchi2021 two phases"),),
    "two-phase-run": (
        Reading("trajectory", _bound, both_sides=True, by=("the run", "the bound"), run="kawaguchi2021 two phases"),
        Reading("trajectory", _descended, both_sides=True, by=("the run", "autograd"), run="kawaguchi2021 two phases"),
    ),
    "two-phase-accuracy": (Reading("sampling", _accuracy, run="kawaguchi2021 two phases"),),
    "single-sample-run": (
        Reading("trajectory", _single, both_sides=True, by=("the runs", "all rows")),
        Reading("trajectory", _step, both_sides=True, by=("all rows", "eigenvalues")),
        Reading("trajectory", _whole, both_sides=True, by=("all rows", "the bound")),
    ),
}

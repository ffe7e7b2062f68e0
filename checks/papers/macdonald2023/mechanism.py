"""The mechanism of Section 5: singular values and losses of networks with less and more skip, means of trials."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from checks.context import Context
from checks.readings import Compared, Means
from numerics.data import labelled_images
from numerics.models.macdonald2023 import VARIANTS, ConvNet, TrainingRun, resnet18, train

Array = NDArray[np.float64]

TRIALS = 44
PROBES = 4
"""Images whose Jacobian is decomposed: the trials differ more than the images do."""
MORE_SKIP = (("branch", "skip"), ("skip", "pooled"))


@lru_cache(3)
def _mechanism(seed: int, device: str, data: str) -> dict[str, TrainingRun]:
    """Paired trials of each variant: four blocks on digits or the user's own images; ResNet-18 for those on a GPU.

    On digits every device has the four blocks: three halvings leave one pixel of an 8×8 image, and there ResNet-18 has
    another order (after 240 steps 0.94 with skip, 0.43 pooled, −0.90 branch; at the start branch is first). Values and
    losses are two readings of one run.
    """
    large = device != "cpu" and bool(data)
    count, steps, batch = (4000, 240, 128) if large else (500, 30, 64)
    pixels, classes = labelled_images(data, count, seed)
    images = torch.as_tensor(pixels, dtype=torch.float32, device=device)
    labels = torch.as_tensor(classes, device=device)
    options: dict[str, Any] = {"channels": images.shape[1], "classes": int(labels.max()) + 1}
    found: dict[str, TrainingRun] = {}
    for variant in VARIANTS:

        def build(g: torch.Generator, variant: Any = variant) -> ConvNet:
            if large:
                return resnet18(variant, g, **options)
            return ConvNet(variant, g, stages=((8, 1), (16, 2), (16, 1), (32, 2)), **options)

        found[variant] = train(
            build,
            images,
            labels,
            trials=TRIALS,
            steps=steps,
            batch=batch,
            eta=0.02,
            seed=seed,
            checkpoints=range(0, steps + 1, steps // 2),
            probes=PROBES,
        )
    return found


def mechanism_values(context: Context) -> Compared:
    """Mean log singular value at three checkpoints; branch ≤ skip and skip ≤ pooled, trial by trial."""
    runs = _mechanism(context.seed, context.device, context.data)
    logs = {v: np.log(np.maximum(r.singular, 1e-12)).mean(2) for v, r in runs.items()}
    last = ", ".join(f"{v} {t[:, -1].mean():.3f}" for v, t in logs.items())
    more = [logs[b] - logs[a] for a, b in MORE_SKIP]
    seen = "; ".join(
        f"{b} − {a} {', '.join(f'{m:.3f} ± {e:.3f}' for m, e in zip(d.mean(0), _errors(d), strict=True))}"
        for (a, b), d in zip(MORE_SKIP, more, strict=True)
    )
    data = {
        "checkpoints": list(runs["skip"].checkpoints),
        "singular": {v: r.singular.mean(0).tolist() for v, r in runs.items()},
        "losses": {v: r.losses.mean(0).tolist() for v, r in runs.items()},
        "spread": {v: t.std(0, ddof=1).tolist() for v, t in logs.items()},
        "mean_log": {v: t.mean(0).tolist() for v, t in logs.items()},
    }
    left, right = (np.concatenate([logs[pair[i]] for pair in MORE_SKIP], axis=1) for i in (0, 1))
    about = f"after training {last}; at the checkpoints, with standard errors, {seen}"
    return Compared(_means(left), _means(right), "<=", about, paired=True, data=data)


def mechanism_loss(context: Context) -> Compared:
    """Training loss, its mean from step 10 on; pooled ≤ skip and skip ≤ branch, trial by trial."""
    runs = _mechanism(context.seed, context.device, context.data)
    means = {v: r.losses[:, 10:].mean(1) for v, r in runs.items()}
    seen = ", ".join(f"{v} {m.mean():.3f}" for v, m in means.items())
    left, right = (np.stack([means[pair[i]] for pair in MORE_SKIP], axis=1) for i in (1, 0))
    return Compared(_means(left), _means(right), "<=", f"mean losses {seen}", paired=True)


def _means(trials: Array) -> Means:
    """Means over trials whose values are means over many singular values or steps themselves: nearly normal."""
    return Means(trials, law="normal", separate=True)


def _errors(d: Array) -> Array:
    """Standard errors of the means over trials (trials, …)."""
    return np.asarray(d.std(0, ddof=1) / len(d) ** 0.5)

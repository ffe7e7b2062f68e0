"""What depth does without shortcuts: inputs become parallel, and the Gram matrix of gradients ill-conditioned."""

from __future__ import annotations

import numpy as np
import torch

from checks.context import Context
from checks.readings import Compared, Means, Scaled
from numerics.data import sphere
from numerics.models.zhang2019 import gram, networks


def correlation(context: Context) -> Scaled:
    """1 − cos of the angle between two inputs after L vanilla layers of infinite width, by the ReLU kernel's map.

    A layer takes θ to θ − aθ² − a²θ³/2 + …, a = 1/(3π), so that 1/θ grows by a + (3/2)a²θ, and 1/(aθ) is
    L + (3/2) log L + C. The exponent of θ² in L is therefore off −2 by 2((3/2) log L + C − 3/2)/L at most; C is taken
    from half the least depth that is judged.
    """
    depths = np.unique((2 ** np.arange(13, 17.25, 0.5)).astype(int))
    half = int(depths[0]) // 2
    angle = np.arccos(np.array([0.0, 0.5, -0.5]))
    found = []
    for layer in range(1, int(depths[-1]) + 1):
        # 1 − κ(θ) without cancellation, then the angle again
        gap = (np.pi - angle) * (1 - np.cos(angle)) / np.pi - (np.sin(angle) - angle) / np.pi
        angle = 2 * np.arcsin(np.sqrt(gap / 2))
        if layer == half:
            offset = float(np.abs(3 * np.pi / angle - half - 1.5 * np.log(half)).max())
        if layer in depths:
            found.append(gap)
    # three starts of one map are no trials: they approach the limit one beside the other
    typical = np.exp(np.log(found).mean(1))
    limit = found[-1][0] * float(depths[-1]) ** 2
    about = f"L²(1 − ρ_L) = {limit:.4f} at L = {depths[-1]}, limit 9π²/2 = {4.5 * np.pi**2:.4f}, reached as log L/L"
    drift = 2 * (1.5 * np.log(depths[0]) + offset) / depths[0]
    return Scaled(depths.astype(float), typical, about, drift=float(drift))


def conditioning(context: Context) -> Compared:
    """log λ_max/λ_min of the Gram matrix of gradients, 8 inputs, width 64, networks that share A, b and W_L."""
    trials = 50
    x = torch.as_tensor(sphere(8, 16, context.seed).x, device=context.device)
    table: dict[bool, list[list[float]]] = {True: [], False: []}
    depths = (128, 256)
    for blocks in depths:
        for residual, rows in table.items():
            g = context.generator(f"conditioning {blocks}")
            # one at a time: all networks of 256 blocks would be 200 MB
            drawn = (networks([blocks**-0.5], 16, 64, blocks, g, residual) for _ in range(trials))
            values = torch.cat([torch.linalg.eigvalsh(gram(nets, x)) for nets in drawn])
            rows.append((values[:, -1] / values[:, 0]).log().tolist())
    means = {name: np.exp(np.mean(table[on], axis=1)) for name, on in (("resnet", True), ("vanilla", False))}
    seen = ", ".join(f"{d}: {a:.3g} against {b:.3g}" for d, a, b in zip(depths, *means.values(), strict=True))
    data = {"depths": list(depths), **{name: values.tolist() for name, values in means.items()}}
    left, right = (Means(np.array(table[on]).T, law="lognormal", separate=True) for on in (True, False))
    return Compared(left, right, about=f"width 64, cond G by L {seen}", data=data)

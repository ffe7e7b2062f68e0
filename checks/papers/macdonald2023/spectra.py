"""Singular values: skip connections, Gram matrices of compositions, convolutions, random layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from checks.context import Context
from checks.papers.macdonald2023.layers import ROUNDING
from checks.readings import Followed, Scaled
from numerics.chains import bounds_of
from numerics.convolution_spectra import circular_singular_values, dense, extreme_singular_values
from numerics.curvature import jacobian_singular_values
from numerics.layers import NormalisedLinear, Residual
from numerics.machine.draws import standard_normal
from numerics.marchenko_pastur import distance, least_singular_value_limit, least_singular_values

Array = NDArray[np.float64]


def skip(context: Context) -> Followed:
    """σ_min(I + sJg) against 1 − s‖Jg‖ for branches of two affine layers with tanh, s from 0.05 to 1."""
    left, right = [], []
    for trial in range(40):
        g = context.generator(f"skip {trial}")
        d = 3 + trial % 9
        W, V, x = standard_normal(g, d, d) / d**0.5, standard_normal(g, d, d) / d**0.5, standard_normal(g, d)
        for s in (0.05, 0.3, 1.0):

            def branch(h: Tensor, s: float = s, W: Tensor = W, V: Tensor = V) -> Tensor:
                return s * (V @ torch.tanh(W @ h))

            norm = jacobian_singular_values(branch, x)[0]

            def block(h: Tensor, branch: Any = branch) -> Tensor:
                return h + branch(h)  # type: ignore[no-any-return]

            left.append(1 - norm)
            right.append(jacobian_singular_values(block, x)[-1])
    about = f"120 blocks; nearest {min(b - a for a, b in zip(left, right, strict=True)):.2g} apart"
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, about)


def skip_uniform(context: Context) -> Followed:
    """σ_min of I + sJg, g weight-normalised with tanh, for weights of any size: one bound for all of them."""
    left, right = [], []
    for d, s in ((3, 0.5), (6, 0.3), (10, 0.25)):
        g = context.generator(f"uniform {d}")
        weight = NormalisedLinear(d, d, 0.1, "whole", generator=g)
        block = Residual(nn.Sequential(weight, nn.Tanh()), s)
        x = standard_normal(g, 1, d)
        bound = 1 - float(bounds_of(nn.Sequential(block), x).totals[-1].J - 1)
        least = np.inf
        for size in (1e-3, 0.1, 0.3, 1.0, 10.0, 1e4):
            for _ in range(20):
                with torch.no_grad():
                    weight.V.copy_(size * standard_normal(g, d, d))
                least = min(least, float(jacobian_singular_values(block, standard_normal(g, 1, d))[-1]))
        left.append(bound)
        right.append(least)
    seen = ", ".join(f"{a:.3f} ≤ {b:.3f}" for a, b in zip(left, right, strict=True))
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, f"120 weights each, sizes 1e-3 … 1e4: {seen}")


def gram(context: Context) -> Followed:
    """λ_min(DF DFᵀ) of networks with three layers against the sum over layers, one sample."""
    left, right = [], []
    for trial in range(30):
        g = context.generator(f"gram {trial}")
        d = 2 + trial % 4
        weights = [standard_normal(g, d, d) / d**0.5 for _ in range(3)]
        x = [standard_normal(g, d)]
        for W in weights:
            x.append(x[-1] + 0.5 * torch.tanh(W @ x[-1]))
        unit = torch.eye(d, dtype=torch.float64, device=g.device)
        slopes = [0.5 * (1 - torch.tanh(W @ h) ** 2) for W, h in zip(weights, x[:-1], strict=True)]
        J = [unit + slope[:, None] * W for slope, W in zip(slopes, weights, strict=True)]
        # D_l D_lᵀ = diag(slope)²·‖x_{l−1}‖²
        D = [torch.diag(slope**2) * (h @ h) for slope, h in zip(slopes, x[:-1], strict=True)]
        total, below = torch.zeros_like(unit), 0.0
        tail, factor = unit, 1.0
        for j in (2, 1, 0):
            total = total + tail @ D[j] @ tail.T
            below += float(torch.linalg.eigvalsh(D[j])[0]) * factor
            factor *= float(torch.linalg.eigvalsh(J[j] @ J[j].T)[0])
            tail = tail @ J[j]
        left.append(below)
        right.append(float(torch.linalg.eigvalsh(total)[0]))
    ratio = max(a / b for a, b in zip(left, right, strict=True))
    about = f"30 networks; the sum reaches {ratio:.3f} of λ_min"
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, about)


def circular(context: Context) -> Followed:
    """All singular values of circular convolutions in one and two dimensions, kernels even, odd and too large."""
    left, right = [], []
    cases = (((3, 2, 3, 3), (5, 6)), ((2, 4, 2, 5), (4, 7)), ((3, 3, 5), (4,)), ((2, 2, 3, 3), (8, 8)))
    for kernel_shape, shape in cases:
        g = context.generator(f"circular {kernel_shape}")
        kernel = standard_normal(g, *kernel_shape)
        matrix = _circulant(kernel.cpu().numpy(), shape)
        left.append(np.linalg.svd(matrix, compute_uv=False))
        right.append(circular_singular_values(kernel, shape))
    a, b = np.concatenate(left), np.concatenate(right)
    return Followed(a, b, "=", 1e-12 * float(a.max()), f"{len(cases)} kernels, {len(a)} singular values")


def _circulant(kernel: Array, shape: tuple[int, ...]) -> Array:
    """The matrix entry by entry: y[o, p] = Σ K[o, i, k]·x[i, p + k], indices wrapped."""
    out, inputs = kernel.shape[:2]
    size = int(np.prod(shape))
    matrix = np.zeros((out, size, inputs, size))
    for p in np.ndindex(*shape):
        row = np.ravel_multi_index(p, shape)
        for k in np.ndindex(*kernel.shape[2:]):
            at = np.ravel_multi_index(tuple((a + b) % n for a, b, n in zip(p, k, shape, strict=True)), shape)
            matrix[:, row, :, at] += kernel[(slice(None), slice(None), *k)]
    return matrix.reshape(out * size, inputs * size)


def lanczos(context: Context) -> Followed:
    """The two largest and smallest singular values of zero-padded and strided convolutions, without the matrix."""
    left, right = [], []
    for channels, stride, padding in (((2, 3), 1, 1), ((3, 2), 2, 1), ((2, 2), 1, 0)):
        conv = nn.Conv2d(*channels, 3, stride, padding, bias=False, dtype=torch.float64, device=context.device)
        with torch.no_grad():
            conv.weight.copy_(standard_normal(context.generator(f"lanczos {channels}"), *conv.weight.shape))
        values = np.linalg.svd(dense(conv, (7, 6)), compute_uv=False)
        left += [values[:2], values[-2:]]
        right += [extreme_singular_values(conv, (7, 6), 2), extreme_singular_values(conv, (7, 6), 2, "smallest")]
    a, b = np.concatenate(left), np.concatenate(right)
    return Followed(a, b, "=", 1e-6 * float(a.max()), "3 convolutions; the smallest keep half the digits")


def random_layers(context: Context) -> Followed:
    """Eigenvalues of W Wᵀ for 8 Gaussian layers, ratios of rows to columns 1/4, 1/2, 1 and 2."""
    found = []
    for rows, columns in ((200, 800), (400, 800), (600, 600), (800, 400)):
        g = context.generator(f"layer {rows}")
        W = standard_normal(g, 2, rows, columns) / columns**0.5
        values = torch.linalg.svdvals(W).cpu().numpy() ** 2
        full = np.concatenate([values, np.zeros((2, rows - values.shape[1]))], axis=1)
        found += [distance(v, rows / columns) for v in full]
    about = f"8 layers; largest Kolmogorov distance {max(found):.4f}"
    return Followed(np.array(found), np.full(len(found), 0.02), "<=", 0.0, about)


def square(context: Context) -> Scaled:
    """σ_min of W for square Gaussian W of size 12 … 96: medians of 256, twelve times each."""
    sizes = (12, 24, 48, 96)
    found = []
    for n in sizes:
        g = context.generator(f"square {n}")
        found += [float(least_singular_values(n, 256, g).median()) for _ in range(12)]
    # the law of √m·σ_min is reached as 1/m
    return Scaled(np.repeat(np.array(sizes, dtype=float), 12), np.array(found), "medians of 256", drift=0.02)


def shifted(context: Context) -> Followed:
    """σ_min of I + τW, medians of 256 for sizes 16 … 128, above its limit for τ = 1/4, 1/2 and 3/4."""
    limits, found, seen = [], [], []
    for tau in (0.25, 0.5, 0.75):
        limit = least_singular_value_limit(tau)
        for n in (16, 32, 64, 128):
            g = context.generator(f"shifted {tau} {n}")
            limits.append(limit)
            found.append(float(tau * least_singular_values(n, 256, g, shift=1 / tau).median()))
        seen.append(f"τ = {tau}: {found[-4]:.4f} … {found[-1]:.4f} towards {limit:.4f}")
    # the edge is approached from inside by m^{−2/3}, several deviations of a median of 256 at m = 128
    return Followed(np.array(limits), np.array(found), "<=", 0.0, "; ".join(seen))

"""Singular values: skip connections, the PL constant of compositions, convolutions, random layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from checks.context import Context
from checks.papers.macdonald2023.layers import ROUNDING, flat
from checks.readings import Compared, Followed, Means, Scaled
from derivations.papers.macdonald2023 import regularity
from numerics.chains import bounds_of
from numerics.convolution_spectra import circular_singular_values, dense, extreme_singular_values
from numerics.curvature import jacobian_singular_values
from numerics.layers import NormalisedLinear, Residual
from numerics.machine.draws import standard_normal
from numerics.marchenko_pastur import distance, least_singular_values
from numerics.statistics import coefficient, slope
from numerics.values.evaluate import evaluate
from numerics.values.rounding import UNIT_ROUNDOFF

Array = NDArray[np.float64]


SIZES = (1e-3, 0.1, 1.0, 10.0, 1e3, 1e5)


def _normal(g: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=g, dtype=torch.float64, device=g.device)


def skip_uniform(context: Context) -> Followed:
    """σ_min of I + sJg, g weight-normalised with tanh, for weights of any size: one bound for all of them.

    Beside random weights there are W = −size·uuᵀ at the data 0, which come to 1 − s as their size grows.
    """
    left, right, seen = [], [], []
    for d, s in ((3, 0.5), (6, 0.3), (10, 0.25)):
        g = context.generator(f"uniform {d}")
        weight = NormalisedLinear(d, d, 0.1, "whole", generator=g)
        branch = nn.Sequential(weight, nn.Tanh())
        J = bounds_of(branch, _normal(g, 1, d)).totals[-1].J
        bound = float(evaluate(regularity.uniform, {regularity.scale: s, regularity.J: float(J)}))
        u = nn.functional.normalize(_normal(g, d, 1), dim=0)
        tried = [(size * _normal(g, d, d), _normal(g, 1, d)) for size in SIZES for _ in range(10)]
        tried += [(-size * u @ u.T, torch.zeros(1, d, dtype=u.dtype, device=u.device)) for size in SIZES]
        for V, x in tried:
            with torch.no_grad():
                weight.V.copy_(V)
            left.append(bound)
            right.append(float(jacobian_singular_values(Residual(branch, s), x)[-1]))
        seen.append(f"{bound:.3f} ≤ {min(right[-len(tried) :]):.9f}")
    about = f"66 weights each, sizes 1e-3 … 1e5: {', '.join(seen)}"
    return Followed(np.array(left), np.array(right), "<=", ROUNDING, about)


def pl(context: Context) -> Followed:
    """λ_min(DF DFᵀ)·(2/N)·ℓ over ‖∇ℓ‖² for weight-normalised residual networks and the square cost.

    Targets are drawn, or put so that F − Y is the eigenvector of λ_min, where the two are equal.
    """
    left, condition = [], 1.0
    for trial in range(12):
        g = context.generator(f"pl {trial}")
        net = nn.Sequential(
            NormalisedLinear(4, 6, 0.1, generator=g),
            Residual(nn.Sequential(NormalisedLinear(6, 6, 0.1, "whole", generator=g), nn.Tanh()), 0.5),
            NormalisedLinear(6, 2, 0.1, generator=g),
        )
        x = _normal(g, 3, 4)
        w, unflat = flat(net)

        def outputs(at: Tensor, net: Any = net, x: Any = x, unflat: Any = unflat) -> Tensor:
            return torch.func.functional_call(net, unflat(at), (x,))  # type: ignore[no-any-return]

        jacobian = torch.func.jacrev(outputs)(w).reshape(-1, len(w)).detach()
        values, vectors = torch.linalg.eigh(jacobian @ jacobian.T)
        condition = max(condition, float(values[-1] / values[0]))
        out = outputs(w).detach()
        y = out - vectors[:, 0].reshape(out.shape) if trial % 2 else _normal(g, *out.shape)

        def cost(at: Tensor, outputs: Any = outputs, y: Any = y) -> Tensor:
            return ((outputs(at) - y) ** 2).sum() / (2 * len(y))  # type: ignore[no-any-return]

        gradient, loss = torch.func.grad_and_value(cost)(w)
        known = {regularity.lam: float(values[0]), regularity.n: len(x), regularity.loss: float(loss)}
        left.append(float(evaluate(regularity.pl_bound, known)) / float(gradient @ gradient))
    about = f"12 networks, half with F − Y the eigenvector; from {min(left):.2g} to {max(left):.12g} of ‖∇ℓ‖²"
    # the least eigenvalue is off by a few roundings of the largest
    return Followed(np.array(left), np.ones(len(left)), "<=", 64 * UNIT_ROUNDOFF * condition, about)


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
    # a decomposition is off by a few roundings of the largest value for each row of the largest matrix, of 128 rows
    tolerance = 8 * 128 * UNIT_ROUNDOFF * float(a.max())
    return Followed(a, b, "=", tolerance, f"{len(cases)} kernels, {len(a)} singular values")


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
    # Lanczos finds eigenvalues of AᵀA to rounding of the largest, of which a root is taken: the smallest lose digits
    tolerance = 64 * UNIT_ROUNDOFF * float(a.max() ** 2 / a.min())
    return Followed(a, b, "=", tolerance, "3 convolutions; the smallest lose digits")


ROWS = (32, 64, 128, 256)


def random_layers(context: Context) -> Scaled:
    """Kolmogorov distances of the eigenvalues of W Wᵀ, m rows and 4m columns, means of 8 layers, six times each."""
    found = []
    for rows in ROWS:
        g = context.generator(f"layers {rows}")
        for _ in range(6):
            W = _normal(g, 8, rows, 4 * rows) / (4 * rows) ** 0.5
            values = torch.linalg.eigvalsh(W @ W.mT).cpu().numpy()
            found.append(float(np.mean([distance(v, 0.25) for v in values])))
    sizes = np.repeat(np.array(ROWS, dtype=float), 6)
    # eigenvalues are rigid up to log m/m: the slope of log log m on log m is what that may add
    moved = float(np.abs(slope(np.log(sizes), np.log(np.log(sizes)))))
    about = (
        f"means of 8 layers, {found[0]:.4f} at 32 rows, {found[-1]:.5f} at 256; log m/m would move it by {moved:.3f}"
    )
    return Scaled(sizes, np.array(found), about, drift=moved)


WIDTHS = (12, 24, 48, 96)
SMALL = (2, 4, 8)


def square(context: Context) -> Scaled:
    """σ_min of W for square Gaussian W of size 12 … 96: medians of 256, twelve times each."""
    found = []
    for n in WIDTHS:
        g = context.generator(f"square {n}")
        found += [float(least_singular_values(n, 256, g).median()) for _ in range(12)]
    sizes = np.repeat(np.array(WIDTHS, dtype=float), 12)
    widths = np.array(WIDTHS, dtype=float)
    moved = abs(square_correction(context.generator("small squares")) * float(slope(np.log(widths), 1 / widths)))
    about = f"medians of 256; sizes 2, 4 and 8 let finite sizes move it by {moved:.3f}"
    return Scaled(sizes, np.array(found), about, drift=moved)


def square_correction(g: torch.Generator) -> float:
    """c of log σ_min = k − e·log m + c/m, whatever e is, from medians of 32768 layers of sizes 2, 4 and 8."""
    medians = np.array([float(least_singular_values(n, 2**15, g).median()) for n in SMALL])
    small = np.array(SMALL, dtype=float)
    exponents = [float(slope(np.log(small[i : i + 2]), np.log(medians[i : i + 2]))) for i in (0, 1)]
    corrections = [float(slope(np.log(small[i : i + 2]), 1 / small[i : i + 2])) for i in (0, 1)]
    return float(coefficient(exponents, corrections))


def shifted(context: Context) -> Compared:
    """σ_min of I + τW, 256 layers of sizes 16 … 128 each, above its limit for τ = 1/4, 1/2 and 3/4."""
    limits, found, seen = [], [], []
    for tau in (0.25, 0.5, 0.75):
        limit = float(evaluate(regularity.edge, {regularity.tau: tau}))
        for n in (16, 32, 64, 128):
            g = context.generator(f"shifted {tau} {n}")
            limits.append(limit)
            found.append(tau * least_singular_values(n, 256, g, shift=1 / tau).cpu().numpy())
        seen.append(f"τ = {tau}: {found[-4].mean():.4f} … {found[-1].mean():.4f} towards {limit:.4f}")
    return Compared(np.array(limits), Means(np.stack(found, 1), law="normal"), "<=", "; ".join(seen))

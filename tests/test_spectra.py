"""Singular values of convolutions and random layers, and truncated Gaussian moments, against their definitions."""

from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from torch import nn

from derivations.gaussian import Expectation, relu, step
from derivations.integrals.polar import NoClosedForm
from derivations.integrals.truncated import normal_cdf
from derivations.proofs.equality import unfold
from derivations.statements import Bound
from numerics.convolution_spectra import circular_singular_values, dense, extreme_singular_values
from numerics.marchenko_pastur import (
    cdf,
    density,
    distance,
    edges,
    least_singular_value_limit,
    least_singular_values,
    moment,
)
from numerics.values.evaluate import evaluate


@pytest.mark.parametrize(("kernel", "shape"), [((3, 2, 3, 3), (5, 6)), ((2, 5, 2, 4), (3, 7)), ((2, 2, 5), (3,))])
def test_circular_convolutions(kernel: tuple[int, ...], shape: tuple[int, ...]) -> None:
    weight = torch.randn(kernel, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    spatial = len(shape)
    make = {1: nn.Conv1d, 2: nn.Conv2d}[spatial]
    # torch pads no more than the image: large kernels are wrapped by hand
    if all(k <= n for k, n in zip(kernel[2:], shape, strict=True)):
        conv = make(kernel[1], kernel[0], kernel[2:], bias=False, dtype=torch.float64)
        with torch.no_grad():
            conv.weight.copy_(weight)
        size = kernel[1] * int(np.prod(shape))
        unit = torch.eye(size, dtype=torch.float64).reshape(size, kernel[1], *shape)
        padding = [p for k in kernel[:1:-1] for p in (0, k - 1)]
        with torch.no_grad():
            matrix = conv(nn.functional.pad(unit, padding, mode="circular")).flatten(1).T
        expected = np.linalg.svd(matrix.numpy(), compute_uv=False)
        assert np.allclose(
            circular_singular_values(weight, shape), expected[: len(circular_singular_values(weight, shape))]
        )
    frobenius = float((circular_singular_values(weight, shape) ** 2).sum())
    wrapped = np.zeros((*kernel[:2], *shape))
    for at in np.ndindex(*kernel[2:]):
        wrapped[(..., *(i % n for i, n in zip(at, shape, strict=True)))] += weight.numpy()[(..., *at)]
    assert frobenius == pytest.approx(np.prod(shape) * (wrapped**2).sum())


def test_extremes_without_the_matrix() -> None:
    conv = nn.Conv2d(2, 3, 3, 2, 1, dtype=torch.float64)
    values = np.linalg.svd(dense(conv, (7, 7)), compute_uv=False)
    assert np.allclose(extreme_singular_values(conv, (7, 7), 3), values[:3])
    assert np.allclose(extreme_singular_values(conv, (7, 7), 2, "smallest"), values[-2:], atol=1e-6)
    with pytest.raises(ValueError, match="ask for 1"):
        extreme_singular_values(conv, (7, 7), 10**4)
    with pytest.raises(ValueError, match="give 2 sizes"):
        extreme_singular_values(conv, (7,), 1)
    with pytest.raises(ValueError, match="does not act"):
        circular_singular_values(conv.weight, (7,))


@pytest.mark.parametrize(
    "made",
    [
        nn.Conv3d(1, 2, 2, padding=1, dtype=torch.float64),
        nn.ConvTranspose1d(2, 4, 3, 2, 1, output_padding=1, groups=2, dtype=torch.float64),
        nn.ConvTranspose2d(2, 3, 2, dilation=2, dtype=torch.float64),
        nn.ConvTranspose3d(1, 1, 2, dtype=torch.float64),
        nn.utils.parametrizations.weight_norm(
            nn.Conv2d(2, 2, 3, padding_mode="reflect", padding=1, dtype=torch.float64)
        ),
    ],
)
def test_all_kinds_of_convolutions(made: Any) -> None:
    shape = (3,) * len(made.kernel_size)
    # the columns are what the layer makes of unit images, without its bias
    unit = torch.eye(made.in_channels * 3 ** len(shape), dtype=torch.float64).reshape(-1, made.in_channels, *shape)
    with torch.no_grad():
        columns = (made(unit) - made(torch.zeros_like(unit))).flatten(1).numpy()
    values = np.linalg.svd(columns, compute_uv=False)
    assert np.allclose(extreme_singular_values(made, shape, len(values)), values, atol=1e-6)
    assert np.allclose(extreme_singular_values(made, shape, 1, "smallest"), values[-1:], atol=1e-6)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 2.5])
def test_the_law_of_marchenko_and_pastur(ratio: float) -> None:
    low, high = edges(ratio)
    atom = max(0.0, 1 - 1 / ratio)
    middle = (low + high) / 2
    part = quad(lambda t: float(density(t, ratio)), low, middle, limit=200)[0]
    assert float(cdf(middle, ratio)) == pytest.approx(atom + part, abs=1e-6)
    assert float(cdf(high, ratio)) == pytest.approx(1.0, abs=1e-8)
    assert float(cdf(-1.0, ratio)) == 0.0
    for k in (1, 2, 3):
        found = quad(lambda t, k=k: t**k * float(density(t, ratio)), low, high, limit=200)[0]
        assert moment(k, ratio) == pytest.approx(found, rel=1e-6)
    with pytest.raises(ValueError, match="positive"):
        edges(0.0)


def test_distance_sees_a_wrong_ratio_and_the_mass_at_zero() -> None:
    g = torch.Generator().manual_seed(2)
    W = torch.randn(600, 300, generator=g, dtype=torch.float64) / 300**0.5
    values = torch.linalg.eigvalsh(W @ W.T).numpy()
    assert distance(values, 2.0) < 0.02
    assert distance(values, 1.8) > 0.02


@pytest.mark.parametrize("tau", [0.0, 0.3, 0.6, 0.9, 1.0, 1.5])
def test_the_smallest_singular_value_with_the_identity(tau: float) -> None:
    limit = least_singular_value_limit(tau)
    assert 0.0 <= limit <= 1.0
    assert limit == 0.0 or tau < 1
    if tau:
        values = tau * least_singular_values(256, 24, torch.Generator().manual_seed(3), shift=1 / tau)
        # from above, by m^(-2/3)
        assert limit - 0.01 <= float(values.median()) <= limit + 0.05


h, t = sp.Symbol("h", real=True), sp.Symbol("t", positive=True)
g, b = sp.Symbol("g", real=True), sp.Symbol("b", real=True)


@settings(max_examples=25, deadline=None)
@given(st.floats(-3, 3), st.floats(0.05, 3), st.floats(-2, 2), st.sampled_from(range(5)))
def test_truncated_moments(shift: float, scale: float, other: float, case: int) -> None:
    integrand = (relu(h + t * g), relu(h + t * g) ** 2, relu(h + t * g) ** 3, g * relu(h + t * g),
                 step(h + t * g) * g**2 * (b + g))[case]  # fmt: skip
    closed = unfold(Expectation(integrand, g), Bound("x", h, h, on={h: sp.S.Reals, b: sp.S.Reals}).domain)
    value = float(evaluate(closed, {h: shift, t: scale, b: other}))
    names = {"relu": lambda x: max(x, 0.0), "step": lambda x: float(x > 0)}
    f = sp.lambdify(g, integrand.subs({h: shift, t: scale, b: other}), [names, "math"])
    kinks = [float(np.clip(-shift / scale, -12, 12))]
    expected = quad(lambda x: f(x) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), -12, 12, points=kinks, limit=200)[0]
    assert value == pytest.approx(expected, abs=1e-8)


def test_what_has_no_closed_form_says_so() -> None:
    with pytest.raises(NoClosedForm):
        unfold(Expectation(sp.sin(relu(h + t * g) ** 2), g), Bound("x", h, h, on={h: sp.S.Reals}).domain)


def test_tails_keep_their_digits() -> None:
    u = sp.Symbol("u", real=True)
    value = evaluate(1 - normal_cdf(u), {u: 20.0})
    assert value == pytest.approx(2.7536241186062337e-89, rel=1e-12)

"""Products of batches of matrices, compared with NumPy's own, which takes them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.values.backends.numpy import NumpyBackend

SHAPES = [
    ((7, 2, 3), (3, 1)),
    ((7, 2, 3), (3, 4)),
    ((5, 7, 1, 3), (3, 2)),
    ((2, 3), (7, 3, 1)),
    ((7, 2, 3), (7, 3, 1)),
    ((5, 1, 2, 3), (7, 3, 1)),
    ((7, 2, 3), (7, 3, 2)),
    ((2, 3), (3, 2)),
    ((0, 2, 3), (3, 1)),
    ((0, 2, 3), (0, 3, 1)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_a_product_is_that_of_numpy_up_to_rounding(left: tuple[int, ...], right: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(left), rng.standard_normal(right) * 10.0 ** rng.integers(-9, 9)
    found, plain = NumpyBackend().matmul(a, b), np.matmul(a, b)
    assert found.shape == plain.shape
    # each entry is a sum of n products in some order
    rounding = 2 * a.shape[-1] * np.finfo(float).eps * np.matmul(np.abs(a), np.abs(b))
    assert (np.abs(found - plain) <= rounding).all()


def test_a_product_of_a_transposed_batch_is_that_of_numpy() -> None:
    a = np.random.default_rng(0).standard_normal((3, 2, 9)).swapaxes(0, 2)
    b = np.arange(6.0).reshape(3, 2)
    assert np.allclose(NumpyBackend().matmul(a, b), np.matmul(a, b), rtol=1e-14)


def test_what_is_no_number_stays_none() -> None:
    a = np.array([[[np.nan, 1.0], [np.inf, 1.0]]])
    for b in (np.ones((2, 1)), np.ones((1, 2, 1))):
        assert np.array_equal(NumpyBackend().matmul(a, b), [[[np.nan], [np.inf]]], equal_nan=True)

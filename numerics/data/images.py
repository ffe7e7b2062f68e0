"""Handwritten digits: scikit-learn's 1797 of 8×8 pixels, and MNIST's 70,000 of 28×28; images for classification."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from derivations.arguments import flag, optional, path, seed, taking, whole
from numerics.data.datasets import DataError, Dataset, dataset
from numerics.data.files import load
from numerics.data.idx import read_pair
from numerics.data.places import located

Array = NDArray[np.float64]


@taking(DataError, n=whole(0), seed=seed)
def digits(n: int, seed: int = 0) -> Dataset:
    """Take n of scikit-learn's 1797 handwritten digits, images of 8×8 pixels.

    Args:
        n: The number of digits, from 1 to 1797.
        seed: The seed of the random choice.

    Returns:
        A `Dataset` of inputs in R^64 with labels 1 for odd digits and −1 for even digits.

    Raises:
        DataError: n is out of range.

    Example:
        >>> from numerics.data import digits
        >>> digits(5).images.shape
        (5, 1, 8, 8)
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = np.random.default_rng(seed).permutation(len(bunch.data))
    if not 1 <= n <= len(order):
        raise DataError(f"digits: n = {n}, there are 1 to {len(order)}")
    chosen = order[:n]
    labels = np.where(bunch.target[chosen] % 2 == 1, 1.0, -1.0)
    return dataset(bunch.data[chosen], labels, f"{n} digits", (1, 8, 8))


@taking(DataError, path=path, n=whole(1), seed=seed)
def labelled_images(path: str, n: int, seed: int = 0) -> tuple[Array, NDArray[np.int64]]:
    """Take n images in random order, with their class numbers.

    Args:
        path: A folder or `.npz` file of images, or "mnist", as `load` reads it; "" for scikit-learn's digits.
        n: The number of images, at least 1; all of them if there are fewer.
        seed: The seed of the order.

    Returns:
        The images, of shape (n, channels, height, width), and their class numbers 0, 1, …, of shape (n,). The mean
        image is subtracted, and the mean square of all pixels is 1.

    Raises:
        DataError: The inputs are vectors, or there is only one class.

    Example:
        >>> from numerics.data import labelled_images
        >>> images, classes = labelled_images("", 4)
        >>> images.shape, classes.shape
        ((4, 1, 8, 8), (4,))
    """
    rng = np.random.default_rng(seed)
    if path:
        data = load(path)
        images, labels = data.images, np.unique(data.y, return_inverse=True)[1]
    else:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        images, labels = bunch.images[:, None].astype(float), bunch.target
    if labels.max() < 1:
        raise DataError(f"{path or 'digits'}: classification needs at least two classes, there is one")
    chosen = rng.permutation(len(images))[:n]
    images = images[chosen] - images.mean(0)
    return images / np.sqrt(np.mean(images**2)), labels[chosen].astype(np.int64)


@taking(DataError, n=whole(1), seed=seed, folder=optional(path), test=flag)
def mnist(n: int, seed: int = 0, folder: str | None = None, test: bool = False) -> Dataset:
    """Take n images of the MNIST database of handwritten digits, 28×28 pixels each.

    Args:
        n: The number of images, from 1 to 60,000, or to 10,000 of the test images.
        seed: The seed of the random choice.
        folder: Where the IDX files are; None to look for them as `located` says.
        test: Whether to choose from the test images.

    Returns:
        A `Dataset` of inputs in R^784 with labels 1 for odd digits and −1 for even digits.

    Raises:
        DataError: The files are nowhere or damaged, or n is out of range.

    Source:
        LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, 1998.

    Example:
        >>> from numerics.data import mnist
        >>> mnist(5).images.shape  # doctest: +SKIP
        (5, 1, 28, 28)
    """
    there = located("mnist", folder)
    images, classes = read_pair(there, test)
    if n > len(images):
        raise DataError(f"mnist: n = {n}, there are 1 to {len(images)} in {there}")
    chosen = np.random.default_rng(seed).permutation(len(images))[:n]
    labels = np.where(classes[chosen] % 2 == 1, 1.0, -1.0)
    return dataset(images[chosen, None] / 255.0, labels, f"{n} images of MNIST")

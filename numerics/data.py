"""Data for the theorems: digits, synthetic inputs at prescribed angles, and a user's own files; checked."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.arguments import optional, path, real, seed, taking, text, whole
from numerics.arguments import array, shape
from numerics.machine.extras import missing
from numerics.machine.memory import require

Array = NDArray[np.float64]

PARALLEL = 1e-10
"""1 − |cos| below which two inputs count as parallel: K^(H) is then singular to working precision."""
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff")


class DataError(ValueError):
    """Data that cannot be used: not readable, NaN, a zero input, shapes that differ; the message says where."""


@dataclass(frozen=True)
class Dataset:
    """Inputs of norm one with their labels.

    Attributes:
        x: The inputs, of shape (n, d), each of Euclidean norm 1.
        y: The labels, of shape (n,).
        name: What messages call the data.
        shape: The shape of one image, (channels, height, width), if the inputs are images; else ().
        parallel: The pairs (i, j) with x_i = ±x_j.
        warnings: What a user should know about the data, in words.
    """

    x: Array
    y: Array
    name: str = ""
    shape: tuple[int, ...] = ()
    parallel: tuple[tuple[int, int], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.x)

    @property
    def images(self) -> Array:
        """The inputs as images (n, channels, height, width); raises DataError if they are none."""
        if not self.shape:
            raise DataError(f"{self.name}: the inputs are vectors, not images")
        return self.x.reshape(len(self.x), *self.shape)


@taking(DataError, name=text, shape=lambda s: () if isinstance(s, tuple | list) and not s else shape(s))
def dataset(x: Any, y: Any, name: str = "data", shape: tuple[int, ...] = ()) -> Dataset:
    """Check inputs and labels, and divide each input by its norm.

    Args:
        x: Inputs of shape (n, …) with n ≥ 1.
        y: Labels of shape (n,).
        name: What messages call the data.
        shape: The shape of one image; by default read off x where it has four axes.

    Returns:
        A `Dataset`, with a warning if two inputs are parallel.

    Raises:
        DataError: NaN or infinity, an input that is zero, shapes that do not fit, or values that are not numbers.

    Example:
        >>> from numerics.data import dataset
        >>> dataset([[3.0, 4.0], [0.0, 2.0]], [1.0, -1.0]).x.tolist()
        [[0.6, 0.8], [0.0, 1.0]]
    """
    try:
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: inputs and labels must be numbers of one shape: {error}") from None
    if x.ndim < 2 or len(x) < 1:
        raise DataError(f"{name}: inputs of shape {x.shape}; (n, d) with n ≥ 1 is needed")
    shape = shape or (x.shape[1:] if x.ndim == 4 else ())
    x = x.reshape(len(x), -1)
    if y.shape != (len(x),):
        raise DataError(f"{name}: {len(x)} inputs, but labels of shape {y.shape}")
    for what, values in (("input", x), ("label", y[:, None])):
        bad = np.flatnonzero(~np.isfinite(values).all(1))
        if len(bad):
            raise DataError(f"{name}: {what} {bad[0]} has NaN or infinity in it ({len(bad)} in all)")
    norms = np.linalg.norm(x, axis=1)
    if not norms.all():
        raise DataError(f"{name}: input {int(np.argmin(norms))} is zero and cannot be normalised; leave it out")
    x = x / norms[:, None]
    pairs = parallel_pairs(x)
    said = []
    if pairs:
        i, j = pairs[0]
        kind = "equal" if float(x[i] @ x[j]) > 0 else "opposite"
        said = [
            f"{name}: inputs {i} and {j} are {kind} up to scale ({len(pairs)} such pairs): "
            "no two inputs may be parallel, λ_min(K^(H)) is 0"
        ]
    return Dataset(x, y, name, tuple(shape), pairs, tuple(said))


@taking(DataError, x=array(2), tolerance=real(0))
def parallel_pairs(x: Array, tolerance: float = PARALLEL) -> tuple[tuple[int, int], ...]:
    """Find the pairs of parallel inputs.

    Args:
        x: Inputs of norm 1, of shape (n, d).
        tolerance: The largest 1 − |⟨x_i, x_j⟩| of a pair, ≥ 0.

    Returns:
        The pairs i < j, at most a thousand of them.

    Raises:
        DataError: x does not have two axes, or the tolerance is negative.

    Example:
        >>> from numerics.data import parallel_pairs
        >>> parallel_pairs([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
        ((0, 2),)
    """
    found: list[tuple[int, int]] = []
    for start in range(0, len(x), 1024):
        close = 1 - np.abs(x[start : start + 1024] @ x.T) <= tolerance
        rows, cols = np.nonzero(np.triu(close, start + 1))
        found += [(int(i) + start, int(j)) for i, j in zip(rows, cols, strict=True)]
        if len(found) > 1000:
            break
    return tuple(found[:1000])


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
        path: A folder or `.npz` file of images as `load` reads it; "" for scikit-learn's digits.
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


@taking(DataError, cosines=array(2), d=whole(1), seed=seed, name=text)
def at_angles(cosines: Any, d: int, seed: int = 0, name: str = "synthetic") -> Dataset:
    """Make unit inputs in R^d with given inner products, rotated at random, with labels y ~ N(0, 1).

    Args:
        cosines: The inner products, of shape (n, n): symmetric, positive semidefinite, with ones on the diagonal.
        d: The dimension, at least the rank of this matrix.
        seed: The seed of the rotation and of the labels.
        name: What messages call the data.

    Returns:
        A `Dataset` of n inputs.

    Raises:
        DataError: No such inputs exist.

    Example:
        >>> from numerics.data import at_angles
        >>> x = at_angles([[1.0, 0.5], [0.5, 1.0]], d=3).x
        >>> round(float(x[0] @ x[1]), 12)
        0.5
    """
    gram = np.asarray(cosines, dtype=float)
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1] or not np.allclose(gram, gram.T, atol=1e-12):
        raise DataError(f"{name}: the cosines are not a symmetric matrix")
    if not np.allclose(np.diag(gram), 1.0, atol=1e-12):
        raise DataError(f"{name}: the diagonal of the cosines is not 1: inputs have norm one")
    values, axes = np.linalg.eigh(gram)
    if values[0] < -1e-10:
        raise DataError(f"{name}: no inputs have these angles: the matrix has the eigenvalue {values[0]:.3g}")
    rank = int((values > 1e-12).sum())
    if rank > d:
        raise DataError(f"{name}: these angles need {rank} dimensions, d = {d}")
    rng = np.random.default_rng(seed)
    root = axes[:, -rank:] * np.sqrt(values[-rank:])
    require(32.0 * d * d, f"inputs in R^{d}", "take a smaller dimension")
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0][:rank]
    return dataset(root @ rotation, rng.standard_normal(len(gram)), name)


@taking(DataError, n=whole(1), cosine=real(), d=optional(whole(1)), seed=seed)
def equal_angles(n: int, cosine: float, d: int | None = None, seed: int = 0) -> Dataset:
    """Make n unit inputs with the same inner product between any two of them.

    Args:
        n: The number of inputs, at least 1.
        cosine: The inner product, from −1/(n − 1) to 1.
        d: The dimension; by default n.
        seed: The seed of the rotation and of the labels.

    Returns:
        A `Dataset` of n inputs with labels y ~ N(0, 1).

    Raises:
        DataError: No such inputs exist.

    Example:
        >>> from numerics.data import equal_angles
        >>> x = equal_angles(3, -0.5).x
        >>> round(float(x[0] @ x[2]), 12)
        -0.5
    """
    require(48.0 * n * n, f"{n} inputs at equal angles", "take fewer")
    return at_angles(
        np.full((n, n), cosine) + (1 - cosine) * np.eye(n), d or n, seed, f"{n} inputs of cosine {cosine:g}"
    )


@taking(DataError, n=whole(1), d=whole(1), seed=seed)
def sphere(n: int, d: int, seed: int = 0) -> Dataset:
    """Draw n independent inputs, uniform on the unit sphere of R^d.

    Args:
        n: The number of inputs, at least 1.
        d: The dimension, at least 1.
        seed: The seed.

    Returns:
        A `Dataset` with labels y ~ N(0, 1).

    Raises:
        DataError: n or d is less than 1.

    Example:
        >>> from numerics.data import sphere
        >>> sphere(10, 3).x.shape
        (10, 3)
    """
    require(32.0 * n * d, f"{n} inputs in R^{d}", "take fewer")
    rng = np.random.default_rng(seed)
    return dataset(rng.standard_normal((n, d)), rng.standard_normal(n), f"{n} points of the sphere in R^{d}")


@taking(DataError, path=path, n=optional(whole(1)))
def load(path: str | Path, n: int | None = None) -> Dataset:
    r"""Read data from a file or folder.

    A folder has one sub-folder for each class, with images of one size. With two classes the labels are ±1; with more
    they are the class numbers, scaled to [−1, 1].

    Args:
        path: A `.npz` file with arrays x and y, a `.csv` file with the label in the last column, or a folder of images.
        n: Take only the first n inputs, n ≥ 1; None for all.

    Returns:
        A `Dataset`.

    Raises:
        DataError: The file is missing or cannot be read, or its content cannot be used; the message says where.

    Example:
        >>> import pathlib, tempfile
        >>> from numerics.data import load
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("3,4,1\n0,2,-1\n")
        >>> load(file).x.tolist()
        [[0.6, 0.8], [0.0, 1.0]]
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    x, y, shape = _folder(path) if path.is_dir() else _npz(path) if path.suffix == ".npz" else _csv(path)
    return dataset(x[:n], y[:n], path.name, shape)


def _npz(path: Path) -> tuple[Any, Any, tuple[int, ...]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            names = set(stored.files)
            if not {"x", "y"} <= names:
                raise DataError(f"{path}: arrays x and y are needed, it has {', '.join(sorted(names)) or 'none'}")
            return stored["x"], stored["y"], ()
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as .npz: {error}") from None


def _csv(path: Path) -> tuple[Any, Any, tuple[int, ...]]:
    rows: list[list[float]] = []
    try:
        with path.open(newline="") as table:
            for number, row in enumerate(csv.reader(table), start=1):
                if not row:
                    continue
                try:
                    rows.append([float(cell) for cell in row])
                except ValueError:
                    if rows or number > 1:
                        raise DataError(f"{path}:{number}: {row} is not all numbers") from None
                if rows and len(rows[-1]) != len(rows[0]):
                    raise DataError(f"{path}:{number}: {len(rows[-1])} columns, the first row has {len(rows[0])}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a text table: {error}") from None
    if not rows or len(rows[0]) < 2:
        raise DataError(f"{path}: rows of inputs with the label in the last column are needed")
    table_ = np.array(rows)
    return table_[:, :-1], table_[:, -1], ()


def _folder(path: Path) -> tuple[Any, Any, tuple[int, ...]]:
    refused = missing("images", f"{path}: a folder of images")
    if refused:
        raise DataError(refused)
    from PIL import Image, UnidentifiedImageError

    classes = sorted(p for p in path.iterdir() if p.is_dir())
    if len(classes) < 2:
        raise DataError(f"{path}: one sub-folder of images for each class is needed, it has {len(classes)}")
    images: list[Array] = []
    labels: list[float] = []
    for label, folder in enumerate(classes):
        for file in sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGES):
            try:
                with Image.open(file) as opened:
                    picture = np.asarray(opened.convert("RGB" if opened.mode not in ("L", "1") else "L"), dtype=float)
            except (UnidentifiedImageError, OSError) as error:
                raise DataError(f"{file} is not an image: {error}") from None
            picture = picture[None] if picture.ndim == 2 else picture.transpose(2, 0, 1)
            if images and picture.shape != images[0].shape:
                raise DataError(f"{file} has shape {picture.shape}, the others {images[0].shape}")
            images.append(picture / 255)
            labels.append(float(label))
    if not images:
        raise DataError(f"{path}: no images ({', '.join(IMAGES)}) in its folders")
    return np.stack(images), _centred(labels), images[0].shape


def _centred(labels: Sequence[float]) -> Array:
    y = np.asarray(labels)
    spread = float(np.ptp(y))
    return np.asarray(2 * (y - y.min()) / spread - 1 if spread else y)

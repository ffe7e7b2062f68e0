"""A user's own data: a file of arrays, a table, a folder of images, or the IDX files of MNIST and its like."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derivations.arguments import optional, path, taking, whole
from numerics.data.datasets import DataError, Dataset, dataset
from numerics.data.idx import has_idx, read_pair
from numerics.data.places import NAMES, located
from numerics.machine.extras import missing

Array = NDArray[np.float64]

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff")


@taking(DataError, path=path, n=optional(whole(1)))
def load(path: str | Path, n: int | None = None) -> Dataset:
    r"""Read data from a file or folder.

    A folder has one sub-folder for each class, with images of one size, or IDX files named as those of MNIST. With two
    classes the labels are ±1; with more they are the class numbers, scaled to [−1, 1].

    Args:
        path: A `.npz` file with arrays x and y, a `.csv` file with the label in the last column, a folder, or "mnist",
            looked for as `located` says.
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
    if not path.exists() and str(path) in NAMES:
        path = located(str(path))
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.is_dir() and has_idx(path):
        images, classes = read_pair(path)
        pixels = images[:n, None] / 255.0 if images.ndim == 3 else images[:n] / 255.0
        return dataset(pixels, _centred(classes)[:n], path.name)
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
        raise DataError(
            f"{path}: one sub-folder of images for each class is needed, it has {len(classes)}; or files as MNIST has"
        )
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


def _centred(labels: Sequence[float] | NDArray[np.uint8]) -> Array:
    y = np.asarray(labels, dtype=float)
    spread = float(np.ptp(y))
    return np.asarray(2 * (y - y.min()) / spread - 1 if spread else y)

"""IDX files, in which MNIST and the data sets made in its likeness come: plain or packed by gzip."""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numerics.data.datasets import DataError

Bytes = NDArray[np.uint8]

SETS = {False: "train", True: "t10k"}
"""How the names of the files of the training set and of the test set begin."""
UNSIGNED_BYTE = 0x08


def has_idx(folder: Path) -> bool:
    """Whether a folder has images of a training or test set as IDX file."""
    return any(_file(folder, kind, "images") for kind in SETS.values())


def read_pair(folder: Path, test: bool = False) -> tuple[Bytes, Bytes]:
    """Read the images and class numbers of a data set.

    Args:
        folder: The folder of IDX files named as those of MNIST, train-images-idx3-ubyte and so on, plain or .gz.
        test: Whether to read the test set.

    Returns:
        Images of shape (n, height, width) and class numbers of shape (n,), both as bytes that cannot be written to.

    Raises:
        DataError: A file is missing or damaged, or there are not as many labels as images.
    """
    kind = SETS[test]
    found = {what: _file(folder, kind, what) for what in ("images", "labels")}
    for what, file in found.items():
        if file is None:
            raise DataError(f"{folder}: no file {kind}-{what}-idx{3 if what == 'images' else 1}-ubyte, plain or .gz")
    images, labels = (_read(str(file), file.stat().st_mtime_ns) for file in found.values() if file)
    if labels.ndim != 1 or images.ndim < 2 or len(images) != len(labels):
        raise DataError(f"{folder}: images of shape {images.shape} and labels of shape {labels.shape} do not fit")
    return images, labels


def _file(folder: Path, kind: str, what: str) -> Path | None:
    """The file of images or labels of a set, under the names that are in use."""
    axes = 3 if what == "images" else 1
    names = (f"{kind}-{what}{dot}idx{axes}-ubyte{packed}" for dot in "-." for packed in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).is_file()), None)


@lru_cache(4)
def _read(name: str, _changed: int) -> Bytes:
    """The array of an IDX file, 47 MB for the largest of MNIST; the second argument tells another file of this name."""
    try:
        content = Path(name).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} cannot be read: {error}") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTE or not content[3]:
        raise DataError(f"{name} is no IDX file of bytes: it begins with {content[:4].hex(' ') or 'nothing'}")
    start = 4 + 4 * content[3]
    sizes = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4"))
    if len(sizes) < content[3] or len(content) - start != prod(sizes):
        raise DataError(f"{name} is damaged: {len(content) - start} bytes for an array of shape {sizes}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(sizes)

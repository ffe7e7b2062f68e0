"""Where data sets with a name are on this machine, and how they are fetched."""

from __future__ import annotations

import os
from pathlib import Path

from derivations.arguments import one_of, optional, path, taking, text
from numerics.data.datasets import DataError
from numerics.data.idx import has_idx
from numerics.machine.extras import missing

NAMES = ("mnist",)
VARIABLE = "LEMMATA_DATA"
"""The environment variable that names a folder of data sets."""
MNIST = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
"""The four files and the MD5 sums of them as they were published."""
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SECONDS = 60
"""So long a mirror may be silent."""


@taking(DataError, name=one_of(*NAMES), folder=optional(path))
def located(name: str, folder: str | Path | None = None) -> Path:
    """Find the folder of a data set that has a name.

    Only `folder` is looked at if it is given; else the folder that the environment variable LEMMATA_DATA names, then
    the one in which `lemmata data` puts what it fetches. The files may lie in it, in a sub-folder with the name of the
    data set, or where torchvision puts them (MNIST/raw).

    Args:
        name: "mnist".
        folder: A folder of IDX files, plain or packed by gzip, or None.

    Returns:
        The folder that has the files.

    Raises:
        DataError: The files are nowhere; the message says where was looked, and how to get them.

    Example:
        >>> from numerics.data import located
        >>> located("mnist")  # doctest: +SKIP
        PosixPath('/home/me/data/mnist')
    """
    said = os.environ.get(VARIABLE, "")
    roots = [Path(folder)] if folder is not None else [*([Path(said)] if said else []), *_fetched()]
    inside = ("", name, name.upper(), "raw", f"{name.upper()}/raw")
    for root in roots:
        for place in inside:
            if has_idx(root / place):
                return root / place
    looked = ", ".join(map(str, roots)) or "no folder"
    raise DataError(
        f"{name}: no IDX files (train-images-idx3-ubyte, plain or .gz) in {looked}: fetch them with "
        f"`lemmata data {name}`, or name their folder with --data-dir or {VARIABLE}"
    )


@taking(DataError, name=text, folder=optional(path))
def fetch(name: str, folder: str | Path | None = None) -> Path:
    """Fetch the files of a data set from the first mirror that has them, checked by their published sums.

    Args:
        name: "mnist".
        folder: Where to put them; None for a folder in this user's cache.

    Returns:
        The folder; files that are in it already and have the right sums are not fetched again.

    Raises:
        DataError: pooch is missing, the folder cannot be written, or no mirror answers with the right files.

    Example:
        >>> from numerics.data import fetch
        >>> fetch("mnist", "data/mnist")  # doctest: +SKIP
        PosixPath('data/mnist')
    """
    if name not in NAMES:
        raise DataError(f"{name}: there is no such data set, only {', '.join(NAMES)}")
    refused = missing("data", f"lemmata data {name}")
    if refused:
        raise DataError(refused)
    import pooch

    pooch.get_logger().setLevel("WARNING")
    there = Path(folder) if folder is not None else Path(pooch.os_cache("lemmata")) / name
    reasons: list[str] = []
    for base in MIRRORS:
        store = pooch.create(path=there, base_url=base, registry={file: f"md5:{md5}" for file, md5 in MNIST.items()})
        try:
            for file in MNIST:
                store.fetch(file, downloader=pooch.HTTPDownloader(timeout=SECONDS, progressbar=False))
        except Exception as error:  # what the network, the file system and the sums may say
            reasons.append(f"{base}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        else:
            return there
    raise DataError(f"{name} could not be fetched to {there}: {'; '.join(reasons)}")


def _fetched() -> list[Path]:
    """The folder in which `fetch` puts data sets, where pooch, which knows it, is there."""
    if missing("data", ""):
        return []
    import pooch

    return [Path(pooch.os_cache("lemmata"))]

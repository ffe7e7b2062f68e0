"""Data: MNIST's files and others like them, damaged ones, where they are looked for, how they are fetched."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from checks import cli
from checks.api import check
from checks.errors import InputError
from numerics.data import DataError, dataset, digits, labelled_images, load, located, mnist, parallel_pairs, places
from numerics.data.idx import read_pair

HERE = Path(__file__).parents[1]
SHARED = Path(os.environ.get("LEMMATA_DATA", HERE.parent / "shared" / "data"))
THERE = pytest.mark.skipif(
    not any((SHARED / p / "train-images-idx3-ubyte.gz").exists() for p in ("", "mnist")),
    reason="the files of MNIST are not here: lemmata data mnist, and LEMMATA_DATA names their folder",
)
IMAGES = np.random.default_rng(3).integers(1, 256, (30, 6, 5), dtype=np.uint8)
CLASSES = np.arange(30, dtype=np.uint8) % 10


def idx(values: np.ndarray, kind: int = 8) -> bytes:
    """The bytes of an IDX file as its description has them: zero, zero, type, axes, sizes, then the values."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, kind, values.ndim, *values.shape) + values.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A training set in plain files and a test set in packed ones."""
    home = tmp_path / "mnist"
    home.mkdir()
    (home / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (home / "train-labels-idx1-ubyte").write_bytes(idx(CLASSES))
    (home / "t10k-images.idx3-ubyte.gz").write_bytes(gzip.compress(idx(IMAGES[:7])))
    (home / "t10k-labels.idx1-ubyte.gz").write_bytes(gzip.compress(idx(CLASSES[:7])))
    return home


def test_plain_and_packed_files_are_read(folder: Path) -> None:
    for test, count in ((False, 30), (True, 7)):
        images, classes = read_pair(folder, test)
        assert (images == IMAGES[:count]).all()
        assert (classes == CLASSES[:count]).all()
    found = load(folder, 4)
    assert found.shape == (1, 6, 5)
    assert np.allclose(found.x, IMAGES[:4].reshape(4, -1) / np.linalg.norm(IMAGES[:4].reshape(4, -1), axis=1)[:, None])
    assert np.allclose(found.y, 2 * CLASSES[:4] / 9 - 1)
    assert labelled_images(str(folder), 30)[1].tolist() != sorted(CLASSES)
    chosen = mnist(12, 5, str(folder.parent))
    assert set(chosen.y) == {-1.0, 1.0}
    row = int(np.argmax(load(folder).x @ chosen.x[3]))
    assert chosen.y[3] == (1 if CLASSES[row] % 2 else -1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with nothing"),
        (b"PK\x03\x04", "is no IDX file of bytes"),
        (idx(IMAGES)[:-1], "is damaged: 899 bytes"),
        (idx(IMAGES) + b"\0", "is damaged: 901 bytes"),
        (struct.pack(">BBBBI", 0, 0, 8, 3, 30), "is damaged"),
        (idx(IMAGES.astype(">i4"), 12), "is no IDX file of bytes"),
        (gzip.compress(idx(IMAGES), mtime=0)[:40], "cannot be read"),
        (b"\x1f\x8b" + bytes(30), "cannot be read"),
        (idx(IMAGES[:29]), "do not fit"),
        (idx(IMAGES[:, 0, 0]), "do not fit"),
    ],
    ids=["empty", "zip", "short", "long", "head", "int32", "cut", "broken", "fewer", "flat"],
)
def test_a_damaged_file_is_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=said):
        load(folder)


def test_labels_that_are_missing_are_named(folder: Path) -> None:
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="no file train-labels-idx1-ubyte"):
        load(folder)


def test_the_place_is_found_by_folder_then_variable_and_the_error_says_how(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "_fetched", list)
    monkeypatch.delenv("LEMMATA_DATA", raising=False)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"no folder: fetch them with `lemmata data mnist`.*--data-dir or LEMMATA_DATA"):
        located("mnist")
    monkeypatch.setenv("LEMMATA_DATA", str(tmp_path))
    assert located("mnist") == folder
    with pytest.raises(DataError, match=r"in .*empty"):
        located("mnist", empty)
    monkeypatch.chdir(empty)
    assert len(load("mnist")) == 30
    monkeypatch.delenv("LEMMATA_DATA")
    with pytest.raises(InputError, match="data: mnist: no IDX files"):
        check("liu2019.kernel", data="mnist")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def test_the_command_takes_the_name_and_the_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path / "..")
    told = ["theorem", "du2018.theorem-5-1", "--no-measure", "--inputs", "4"]
    assert run(monkeypatch, *told, "--data", "mnist", "--data-dir", str(tmp_path)) == 0
    assert "mnist" in capsys.readouterr().out
    assert run(monkeypatch, *told, "--data", str(folder), "--data-dir", str(tmp_path)) == 2
    assert "--data-dir" in capsys.readouterr().err
    assert run(monkeypatch, "check", "liu2019.kernel", "--data-dir", str(tmp_path)) == 2
    assert "add --data mnist" in capsys.readouterr().err
    assert run(monkeypatch, "check", "liu2019.kernel", "--data", "mnist", "--data-dir", str(folder / "no")) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def mirror(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server on this machine with four files that it serves as a mirror of MNIST."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for name in places.MNIST:
        plain = name.removesuffix(".gz")
        source = folder / plain
        content = source.read_bytes() if source.exists() else idx(IMAGES[:7] if "images" in name else CLASSES[:7])
        (shelf / name).write_bytes(gzip.compress(content, mtime=0))
    handler = partial(SimpleHTTPRequestHandler, directory=str(shelf))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    monkeypatch.setattr(places, "MIRRORS", (f"http://127.0.0.1:{port}/nothing/", f"http://127.0.0.1:{port}/"))
    sums = {name: hashlib.md5((shelf / name).read_bytes()).hexdigest() for name in places.MNIST}
    monkeypatch.setattr(places, "MNIST", sums)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield shelf
    server.shutdown()


def test_files_are_fetched_from_the_mirror_that_has_them(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert run(monkeypatch, "data", "mnist", "--to", str(home)) == 0
    assert f"--data-dir {home}" in capsys.readouterr().out
    assert len(load(located("mnist", home))) == 30
    assert len(mnist(7, 0, str(home), test=True)) == 7


def test_a_file_with_another_sum_is_refused_and_the_reasons_are_told(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (mirror / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(CLASSES[:6])))
    assert run(monkeypatch, "data", "mnist", "--to", str(tmp_path / "home")) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "404" in said
    assert "hash" in said
    assert not (tmp_path / "home" / "t10k-labels-idx1-ubyte.gz").exists()
    assert run(monkeypatch, "data", "cifar") == 2


def all_pairs(x: np.ndarray, tolerance: float) -> list[tuple[int, int]]:
    close = 1 - np.abs(x @ x.T) <= tolerance
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(close, 1))]


@pytest.mark.parametrize("seed", range(12))
def test_parallel_pairs_are_those_of_all_inner_products(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 40))
    x = rng.standard_normal((60, d))
    x[rng.integers(0, 60, 20)] = -x[rng.integers(0, 60, 20)]
    x[rng.integers(0, 60, 10)] = x[rng.integers(0, 60, 10)] + 1e-6 * rng.standard_normal((10, d))
    x /= np.linalg.norm(x, axis=1)[:, None]
    for tolerance in (1e-10, 1e-3, 0.1):
        pairs = all_pairs(x, tolerance)
        if len(pairs) <= 1000:
            assert list(parallel_pairs(x, tolerance)) == pairs


def test_equal_images_are_told_as_parallel() -> None:
    x = digits(50).x
    assert dataset(np.concatenate([x, -x[7:8]]), np.zeros(51)).parallel == ((7, 50),)


@THERE
def test_mnist_is_mnist() -> None:
    images, classes = read_pair(located("mnist", SHARED))
    assert images.shape == (60000, 28, 28)
    assert np.bincount(classes).tolist()[:2] == [5923, 6742]
    assert np.bincount(classes)[5] == 5421
    assert images.mean() / 255 == pytest.approx(0.13066, abs=5e-6)
    assert hashlib.md5(idx(images)).hexdigest() == "6bbc9ace898e44ae57da46a324031adb"
    assert len(read_pair(located("mnist", SHARED), test=True)[1]) == 10000
    assert mnist(200, 1, str(SHARED)).parallel == ()

"""The files of a site put into a folder: each in one move, those of the site before removed, one report at a time."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from checks.errors import UsageError

LISTING = "static/files.txt"
"""What reports wrote here, so that the next one can remove what it does not write again."""
FOLDERS = ("figures", "papers", "statements", "static")
_OURS = re.compile(rf"(?:index\.html|(?:{'|'.join(FOLDERS)})/[A-Za-z0-9][A-Za-z0-9._-]*)")
_PART = ".part-"


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, by their names within the folder; other files are not changed.

    Raises UsageError for a folder that cannot be written, and for one with a page of somebody else in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            _put_all(folder, files)
    except OSError as error:
        raise UsageError(f"cannot write the report into {folder}: {error.strerror or error}") from error


def _put_all(folder: Path, files: Mapping[str, bytes]) -> None:
    before = _listed(folder)
    foreign = next((name for name in sorted(files) if name not in before and (folder / name).exists()), None)
    if foreign is not None:
        raise UsageError(f"{folder / foreign} is not by lemmata report: remove it, or name another folder with -o")
    _sweep(folder)
    # the listing first, so that no file is ever without an owner; what others link to next, the front page last
    _put(folder / LISTING, _listing({*before, *files}))
    for name in sorted(files, key=lambda n: (n == "index.html", n)):
        _put(folder / name, files[name])
    for name in before - files.keys() - {LISTING}:
        (folder / name).unlink(missing_ok=True)
    _put(folder / LISTING, _listing(files))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other report writes into the folder, where the system can tell."""
    try:
        import fcntl
    except ImportError:  # Windows: two reports at once may leave pages of both
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _listing(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in sorted({*names, LISTING})).encode()


def _listed(folder: Path) -> set[str]:
    """The files that reports wrote here; names that no report writes are ignored."""
    try:
        names = (folder / LISTING).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {name for name in names if _OURS.fullmatch(name)}


def _sweep(folder: Path) -> None:
    """Remove what a report that was killed had not finished."""
    for place in (folder, *(folder / name for name in FOLDERS)):
        for part in place.glob(f"{_PART}*"):
            part.unlink(missing_ok=True)


def _put(path: Path, content: bytes) -> None:
    """Replace a file in one move; one that is the same already is not touched."""
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    replaced(path, content, _PART)


def replaced(path: Path, content: bytes, prefix: str) -> None:
    """Write a file beside it, whose name begins with `prefix`, and put that in its place in one move.

    Raises OSError where that cannot be; then the file is as it was, and nothing is left beside it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

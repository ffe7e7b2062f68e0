"""The files of a site put into a folder: each in one move, and those of the site before removed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from checks.errors import UsageError

LISTING = "static/files.txt"
"""What the last report wrote, so that the next one can remove what it does not write again."""
_OURS = re.compile(r"(?:index\.html|(?:static|papers|statements|figures)/[A-Za-z0-9][A-Za-z0-9._-]*)")


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, by their names within the folder; what else is there is left alone.

    Raises UsageError for a folder that cannot be written.
    """
    written = {**files, LISTING: "".join(f"{name}\n" for name in sorted([*files, LISTING])).encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _listed(folder)
        # what others link to comes first, the front page last
        for name in sorted(written, key=lambda n: (n == "index.html", n.count("/") == 0, n)):
            _put(folder / name, written[name])
        for name in before - set(written):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write the report into {folder}: {error.strerror or error}") from error


def _listed(folder: Path) -> set[str]:
    """What the last report wrote here; names that no report writes are not believed."""
    try:
        names = (folder / LISTING).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    return {name for name in names if _OURS.fullmatch(name)}


def _put(path: Path, content: bytes) -> None:
    """Replace a file in one move; one that is the same already is not touched."""
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

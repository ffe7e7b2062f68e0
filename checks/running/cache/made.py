"""Files that were made from the same inputs before: if they are unchanged, they are not made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from checks.store.shelf import CACHE, Shelf
from checks.store.sources import digest_of, every_source, versions

MOST = 64
"""Sets of files that are remembered."""


class Made:
    """The files that `what` makes in a folder of everything in `of` (JSON data), by their bytes."""

    def __init__(self, what: str, folder: Path, of: Any) -> None:
        self._shelf, self._folder = Shelf("made", CACHE), folder.resolve()
        told = [what, str(self._folder), every_source(), versions(), of]
        self._key = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
        stored = self._shelf.get(self._key)
        self.files: dict[str, str] = {}
        with suppress(TypeError, ValueError):
            self.files = {str(name): str(seen) for name, seen in dict(stored or {}).items()}

    def stands(self) -> bool:
        """Whether all the files exist and have the same content."""
        return bool(self.files) and all(digest_of(self._folder / name) == seen for name, seen in self.files.items())

    def keep(self, files: Iterable[Path]) -> None:
        """Remember what has been made."""
        self.files = {str(f.resolve().relative_to(self._folder)): digest_of(f) for f in files}
        self._shelf.put({self._key: self.files})
        self._shelf.trim(MOST)

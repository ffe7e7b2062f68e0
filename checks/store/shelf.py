"""What runs in this folder remember for later ones: JSON by key, in one SQLite file that any number of them may share.

Each entry is written by itself, so that a run that is killed loses nothing it had finished. A damaged entry is
deleted, a file that is not a database is renamed, and a folder that cannot be written is not changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FILE = Path(".lemmata") / "memory.sqlite"
CACHE = Path(".lemmata") / "cache.sqlite"
"""Results that can be computed again, kept separately so that they can be deleted."""
WAIT = 30.0
"""Seconds for which another process may hold the file."""
VARIABLES = 500
"""Keys in one question: SQLite takes at least 999."""
_CREATE = "CREATE TABLE IF NOT EXISTS kept (shelf TEXT, key TEXT, crc INTEGER, text TEXT, PRIMARY KEY (shelf, key))"


class Shelf:
    """The entries of one kind."""

    def __init__(self, name: str, path: Path = FILE) -> None:
        self.name, self.path = name, path

    @staticmethod
    def names(path: Path = FILE) -> list[str]:
        """The shelves of a file that have entries."""
        return [str(name) for (name,) in Shelf("", path)._rows("SELECT DISTINCT shelf FROM kept ORDER BY shelf", ())]

    def get(self, key: str) -> Any | None:
        """The entry of a key; None if there is none."""
        rows = self._read("SELECT key, crc, text FROM kept WHERE shelf = ? AND key = ?", (self.name, key))
        return next((data for _, data in rows), None)

    def many(self, keys: Sequence[str]) -> dict[str, Any]:
        """The entries of those keys that there are."""
        found: dict[str, Any] = {}
        for at in range(0, len(keys), VARIABLES):
            some = keys[at : at + VARIABLES]
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, crc, text FROM kept WHERE shelf = ? AND key IN ({marks})"
            found |= dict(self._read(query, (self.name, *some)))
        return found

    def all(self) -> dict[str, Any]:
        """Every entry, in the order of the keys."""
        return dict(self._read("SELECT key, crc, text FROM kept WHERE shelf = ? ORDER BY key", (self.name,)))

    def put(self, entries: Mapping[str, Any]) -> None:
        """Add or replace entries, all of them or none."""
        rows = []
        for key, data in entries.items():
            text = json.dumps(data)
            rows.append((self.name, key, _crc(text), text))
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._opened() as store:
                store.execute(_CREATE)
                store.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)

    def trim(self, most: int) -> None:
        """Drop the entries that were written longest ago, until there are at most so many."""
        self._change(
            "DELETE FROM kept WHERE shelf = ?1 AND rowid NOT IN "
            "(SELECT rowid FROM kept WHERE shelf = ?1 ORDER BY rowid DESC LIMIT ?2)",
            (self.name, most),
        )

    def clear(self) -> None:
        """Drop every entry."""
        self._change("DELETE FROM kept WHERE shelf = ?1", (self.name,))

    def size(self) -> tuple[int, int]:
        """How many entries there are, and how many bytes of text they have."""
        found = self._rows("SELECT count(*), coalesce(sum(length(text)), 0) FROM kept WHERE shelf = ?", (self.name,))
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def state(self) -> str:
        """A text that is the same as long as the entries are."""
        rows = self._rows("SELECT key, crc FROM kept WHERE shelf = ? ORDER BY key", (self.name,))
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def _change(self, command: str, values: tuple[Any, ...]) -> None:
        if self.path.exists():
            with suppress(OSError), self._opened() as store:
                store.execute(command, values)

    def _rows(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        if self.path.exists():
            with suppress(OSError), self._opened() as store:
                found = store.execute(query, values).fetchall()
        return found

    def _read(self, query: str, values: tuple[str, ...]) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        for key, crc, text in self._rows(query, values):
            if isinstance(text, str) and _crc(text) == crc:
                with suppress(ValueError):
                    found.append((key, json.loads(text)))
        return found

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction; raises OSError where the file cannot be used."""
        store = None
        try:
            store = sqlite3.connect(self.path, timeout=WAIT)
            store.execute("PRAGMA journal_mode=WAL")
            store.execute("PRAGMA synchronous=NORMAL")
            with store:
                yield store
        except sqlite3.OperationalError as error:  # read-only, full, held for too long, or without a table yet
            raise OSError(str(error)) from error
        except sqlite3.DatabaseError as error:
            with suppress(OSError):
                os.replace(self.path, self.path.with_suffix(".damaged"))
            raise OSError(str(error)) from error
        finally:
            if store is not None:
                store.close()


def _crc(text: str) -> int:
    return zlib.crc32(text.encode())

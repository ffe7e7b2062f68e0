"""What runs in this folder remember for later ones: JSON by key, in one SQLite file that any number of them may share.

Each entry is written by itself, so that a run that is killed loses nothing it had finished. A damaged entry is
dropped, a file that is no database is set aside, and a folder that cannot be written is left alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FILE = Path(".lemmata") / "memory.sqlite"
WAIT = 30.0
"""Seconds for which another process may hold the file."""
_CREATE = "CREATE TABLE IF NOT EXISTS kept (shelf TEXT, key TEXT, crc INTEGER, text TEXT, PRIMARY KEY (shelf, key))"


class Shelf:
    """The entries of one kind."""

    def __init__(self, name: str, path: Path = FILE) -> None:
        self.name, self.path = name, path

    def get(self, key: str) -> Any | None:
        """The entry of a key; None if there is none."""
        rows = self._read("SELECT key, crc, text FROM kept WHERE shelf = ? AND key = ?", (self.name, key))
        return next((data for _, data in rows), None)

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

    def _read(self, query: str, values: tuple[str, ...]) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        if not self.path.exists():
            return found
        with suppress(OSError), self._opened() as store:
            for key, crc, text in store.execute(query, values).fetchall():
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

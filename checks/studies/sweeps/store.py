"""Finished tasks on disk: a file each, written in one move, read back only if nothing of it has changed."""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.errors import UsageError
from checks.store.results import ensure_writable, write_atomically
from checks.studies.sweeps.plan import Job
from checks.studies.sweeps.task import Outcome

FILE_BYTES = 4096
"""What a small file takes on disk."""


@dataclass(frozen=True)
class Kept:
    """Outcomes by the number of their job, and how many files were damaged and are dropped."""

    outcomes: dict[int, Outcome]
    damaged: int


class Store:
    """The folder `tasks` in a sweep's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tasks"

    def prepare(self, jobs: int) -> None:
        """Raise UsageError if the folder cannot be written, or the disk has no room for that many files."""
        ensure_writable(self.folder / "x.json")
        free = shutil.disk_usage(self.folder).free
        if jobs * FILE_BYTES > free:
            raise UsageError(
                f"{jobs} tasks need about {jobs * FILE_BYTES / 1e9:.3g} GB in {self.folder}, "
                f"{free / 1e9:.3g} GB are free: fewer --seeds, or another folder with -o"
            )

    def read(self, jobs: Sequence[Job]) -> Kept:
        """What was finished of these jobs; other parameters have other files."""
        found, damaged = {}, 0
        for i, job in enumerate(jobs):
            path = self._path(job)
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                if data["crc"] != _crc(data["outcome"]) or data["key"] != job.key:
                    raise ValueError("its content is not what was written")
                found[i] = Outcome.from_json(data["outcome"])
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError, KeyError, AttributeError):
                damaged += 1
        return Kept(found, damaged)

    def keep(self, job: Job, outcome: Outcome) -> None:
        """Write a task's outcome."""
        data = outcome.to_json()
        # through text and back: tuples become lists before the sum is taken
        plain = json.loads(json.dumps(data))
        text = json.dumps({"key": job.key, "outcome": plain, "crc": _crc(plain)}, ensure_ascii=False)
        write_atomically(self._path(job), text + "\n")

    def _path(self, job: Job) -> Path:
        digest = hashlib.sha256(json.dumps(job.key, sort_keys=True).encode()).hexdigest()[:16]
        sizes = "".join(f"{name}-{size}-" for name, size in job.sizes)
        return self.folder / f"{sizes}seed-{job.seed}-{digest}.json"


def _crc(outcome: Any) -> int:
    return zlib.crc32(json.dumps(outcome, sort_keys=True).encode())

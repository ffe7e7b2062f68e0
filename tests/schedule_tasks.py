"""Tasks for the tests of pools: functions of a module, as workers need them.

Workers that are killed are started again, many times, so that a task imports what it needs alone.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.verdicts import Result


def square(n: int, seconds: float = 0.0) -> int:
    """n², after a while."""
    time.sleep(seconds)
    return n * n


def kill_once(n: int, folder: str) -> int:
    """n², after its worker was killed the first time."""
    mark = Path(folder, f"killed-{n}")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return n * n


def kill_always() -> None:
    """Kills each worker."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    """Raises, as any task may."""
    raise ValueError("this task is wrong")


def process() -> int:
    """The process that it runs in."""
    time.sleep(0.2)
    return os.getpid()


def checked_here(ids: Sequence[str]) -> list[str]:
    """What this process finds of statements."""
    from checks.library.collect import collect
    from checks.running.runner import Options, check_all

    return lines_of(check_all(collect(list(ids)), Options(), 1))


def lines_of(results: Iterable[Result]) -> list[str]:
    """Results as lines, so that a difference is seen where it is; without the seconds, which do differ."""
    from checks.store.results import to_json

    found = sorted((to_json(r) for r in results), key=lambda data: str(data["id"]))
    for data in found:
        for evidence in data["evidence"]:
            del evidence["seconds"]
    return json.dumps(found, indent=1, sort_keys=True).splitlines()

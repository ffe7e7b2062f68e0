"""Tasks for the tests of pools: functions of a module, as workers need them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


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

"""How many processes, and on which device."""

from __future__ import annotations

import os
from ctypes import CDLL
from functools import cache
from pathlib import Path

from checks.errors import UsageError


def processes(jobs: int | None) -> int:
    """How many processes to use; raises UsageError for none."""
    if jobs is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if jobs < 1:
        raise UsageError(f"--jobs {jobs}: at least one process is needed")
    return jobs


def resolve_device(name: str) -> str:
    """`cpu` or `cuda` for `auto`, `cpu`, `cuda`; raises UsageError where there is no GPU."""
    if name not in ("auto", "cpu", "cuda"):
        raise UsageError(f"no device '{name}'; there are auto, cpu and cuda")
    if name == "cpu" or (name == "auto" and not _driver()):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if name == "cuda":
        raise UsageError("--device cuda: torch sees no GPU here; use --device auto or cpu")
    return "cpu"


@cache
def _driver() -> bool:
    """Whether this machine has the driver of a GPU: without one torch sees none, and need not be imported to say so."""
    if Path("/dev/kfd").exists():  # AMD's, whose library comes with torch itself
        return True
    for library in ("libcuda.so.1", "nvcuda.dll"):
        try:
            CDLL(library)
        except OSError:
            continue
        return True
    return False

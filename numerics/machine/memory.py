"""Estimates of memory before a computation starts."""

from __future__ import annotations

import os

SHARE = 0.8
"""The share of the free memory that one computation may take."""


class TooLarge(MemoryError):
    """A computation would not fit into memory; the message gives the estimate and a remedy."""


def available() -> int:
    """Free memory of this machine in bytes, as the system reports it."""
    try:
        with open("/proc/meminfo") as table:
            for line in table:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def require(needed: float, what: str, remedy: str, limit: float | None = None) -> None:
    """Raise TooLarge if `needed` bytes are more than is free (or than `limit`)."""
    free = SHARE * available() if limit is None else limit
    if needed > free:
        raise TooLarge(f"{what} needs about {needed / 1e9:.3g} GB, {free / 1e9:.3g} GB can be used: {remedy}")

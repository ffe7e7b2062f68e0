"""Number systems by name: each module of this package is one, with its class and `backend(device)`, which makes it.

A new system is a new file here; nothing else lists them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from numerics.values.backend import Backend


def names() -> tuple[str, ...]:
    """The names of the number systems: `arb`, `longdouble`, `mpmath`, `numpy`, `torch`."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def backend_named(name: str, device: str = "cpu") -> Backend:
    """The number system of that name, on a device where it has devices; raises ValueError for another name."""
    return _backend(name, device)


@cache
def _backend(name: str, device: str) -> Backend:
    if name not in names():
        raise ValueError(f"no backend {name!r}: {', '.join(names())}")
    made: Backend = import_module(f"{__name__}.{name}").backend(device)
    return made


def arb_backend() -> Backend:
    """Balls of python-flint at the precision of its context; numbers only."""
    return backend_named("arb")

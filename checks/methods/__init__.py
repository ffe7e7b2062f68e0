"""The ways to check a statement, one module each.

A method module has `applies(statement, readings) -> bool` and `run(statement, readings, context)`,
which returns one Evidence, or several if it judges several readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from derivations.quantities import only_measured

NAMES = ("rocq", "symbolic", "enclosure", "precision", "autograd", "sampling", "search", "trajectory", "scaling")


def method(name: str) -> Any:
    """The module of a method; raises KeyError for an unknown name."""
    if name not in NAMES:
        raise KeyError(name)
    return import_module(f"checks.methods.{name}")


def applicable(statement: Any, readings: Sequence[Any]) -> list[str]:
    """The methods that can say something about a statement, in the order in which they run."""
    if only_measured(statement.content):
        wanted = {r.method for r in readings}
        return [name for name in NAMES if name in wanted]
    return [name for name in NAMES if method(name).applies(statement, readings)]

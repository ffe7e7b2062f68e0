"""The papers of the library, one module or folder each, loaded when they are asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from derivations.paper import Paper

KEYS = ("liu2019", "du2018", "zhang2019", "macdonald2023")


@cache
def paper(key: str) -> Paper:
    """The paper with the given key; raises KeyError for a key that is not in the library."""
    if key not in KEYS:
        raise KeyError(key)
    found: Paper = import_module(f"derivations.papers.{key}").PAPER
    return found

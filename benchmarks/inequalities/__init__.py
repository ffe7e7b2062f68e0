"""150 inequalities, constants and sums of the kinds that theorists write down, each with false twins.

`problems()` is the list; `run` measures lemmata and its peers on it (`make bench JOBS=inequalities`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from benchmarks.inequalities.problem import Problem, Twin

GROUPS = {
    "field": "real closed fields",
    "boxes": "one variable, bounded range",
    "rays": "one variable, half-line",
    "special": "special functions",
    "several": "several variables, boxes",
    "conditions": "domains with conditions",
    "powers": "symbolic exponents",
    "sums": "sums of symbolic length",
    "vectors": "vectors of symbolic size",
    "constants": "constants and integrals",
}
"""Each class of problems by its module of this package, in words."""


@cache
def problems() -> Mapping[str, Problem]:
    """All problems by "class.name", in the order of the classes."""
    found: dict[str, Problem] = {}
    for group in GROUPS:
        for problem in import_module(f"benchmarks.inequalities.{group}").PROBLEMS:
            name = f"{group}.{problem.name}"
            if name in found:
                raise ValueError(f"two problems are called {name}")
            found[name] = problem
    return found


__all__ = ["GROUPS", "Problem", "Twin", "problems"]

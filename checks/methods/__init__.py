"""The ways to check a statement, one module each.

A method is a module with the functions of the protocol `Method`. To add one, write the module and name it, with the
assurance that its evidence gives, in the table `checks.verdicts.METHODS`; nothing else has to know of it. mypy holds
each module against the protocol by the lines

    if TYPE_CHECKING:
        from checks.methods import Method, NAME

        _method: Method = NAME

at its end. A module whose evidence has no `route` counts as a route of its own, called like the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from checks.verdicts import METHODS
from derivations.quantities import only_measured

if TYPE_CHECKING:
    from checks.context import Context
    from checks.readings import Reading
    from checks.verdicts import Evidence
    from derivations.statements import Statement

NAMES = tuple(METHODS)
"""The methods in the order in which they run."""


class Method(Protocol):
    """What a module of a method has: whether it can say something about a statement, and what it says."""

    def applies(self, statement: Statement, readings: Sequence[Reading]) -> bool:
        """Whether the method can say something about the statement, given what can be measured beside it."""

    def run(self, statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
        """What the method finds: one piece of evidence, or one for each reading that it judges; none if silent."""


def method(name: str) -> Method:
    """The module of a method; raises KeyError for an unknown name."""
    if name not in METHODS:
        raise KeyError(name)
    return cast(Method, import_module(f"checks.methods.{name}"))


def applicable(statement: Statement, readings: Sequence[Reading]) -> list[str]:
    """The methods that can say something about a statement, in the order in which they run."""
    if only_measured(statement.content):
        wanted = {r.method for r in readings}
        return [name for name in NAMES if name in wanted]
    return [name for name in NAMES if method(name).applies(statement, readings)]

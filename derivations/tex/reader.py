"""What sums, calls and laws need of the reader of a formula, which itself calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from derivations.tex import syntax as tree
from derivations.tex.names import Vocabulary
from derivations.tex.shapes import Sizes


@dataclass(frozen=True)
class Conventions:
    """How to read what mathematicians write in two ways.

    With `wide_slash` everything after a / is divided by, 1/2π being 1/(2π); with `short_arguments` the argument of a
    function without brackets ends after its first letter, cos φ x being (cos φ)x.
    """

    wide_slash: bool = False
    short_arguments: bool = False


class FormulaReader(Protocol):
    """Values of the parts of a formula over the symbols of one statement."""

    names: Vocabulary
    renaming: Mapping[str, Any]
    conventions: Conventions
    sizes: Sizes
    scope: dict[str, Any]

    def binding(self, variables: Mapping[str, Any]) -> AbstractContextManager[None]: ...

    def single(self, node: tree.Chain) -> Any: ...

    def group(self, node: tree.Group | tree.Bracket) -> Any: ...

    def sum(self, node: tree.Sum) -> Any: ...

    def run(self, node: tree.Run, rest: tuple[tuple[int, tree.Run], ...] = ()) -> tuple[Any, bool]: ...

    def factor(
        self, items: Sequence[Any], i: int, rest: tuple[tuple[int, tree.Run], ...] = ()
    ) -> tuple[Any, int, bool]: ...

    def atom(self, item: tree.Scripted) -> Any: ...

    def known(self, key: str) -> Any: ...

    def variable(self, side: tree.Sum) -> tuple[str, Any]: ...

    def scripted(self, value: Any, script: tree.Script) -> Any: ...

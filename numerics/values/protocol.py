"""What sums, limits, integrals and conditions need of an evaluator, which itself calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numerics.values.backend import Backend


class Evaluation(Protocol):
    """Values of nodes in one backend, at changed arguments or in floats."""

    memo: dict[Any, Any]
    values: dict[Any, Any]

    @property
    def backend(self) -> Backend: ...

    def at(self, node: Any) -> Any: ...

    def with_values(self, values: Mapping[Any, Any]) -> Evaluation: ...

    def in_floats(self, expr: Any, values: Mapping[Any, Any]) -> Any: ...

"""The tensors in what models take and return: tuples, lists, mappings, named tuples, dataclasses and namespaces."""

from __future__ import annotations

import copy
import dataclasses
from collections import UserDict
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from torch import Tensor
from torch.utils import _pytree


def flatten(tree: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The leaves of a nested structure, and a function that builds the same structure from other leaves."""
    fields = _fields(tree)
    if fields is not None:
        leaves, inner = flatten(fields)
        return leaves, lambda given: _like(tree, inner(given))
    top, spec = _pytree.tree_flatten(tree)
    if len(top) == 1 and top[0] is tree:
        return [tree], lambda given: given[0]
    parts = [flatten(leaf) for leaf in top]

    def build(given: Sequence[Any]) -> Any:
        left = iter(given)
        made = [make([next(left) for _ in part]) for part, make in parts]
        return _pytree.tree_unflatten(made, spec)

    return [leaf for part, _ in parts for leaf in part], build


def tensors_of(tree: Any) -> list[Tensor]:
    """The tensors of a nested structure."""
    return [leaf for leaf in flatten(tree)[0] if isinstance(leaf, Tensor)]


def _fields(tree: Any) -> dict[str, Any] | None:
    """What an object holds that torch's own trees take for a leaf; None for any other."""
    if isinstance(tree, UserDict):  # as of tokenisers
        return dict(tree.data)
    if isinstance(tree, SimpleNamespace):
        return dict(vars(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type) and type(tree) not in _pytree.SUPPORTED_NODES:
        return {f.name: getattr(tree, f.name) for f in dataclasses.fields(tree)}
    return None


def _like(tree: Any, fields: dict[str, Any]) -> Any:
    """A copy of an object with other contents; its constructor is not called."""
    made = copy.copy(tree)
    if isinstance(made, UserDict):
        made.data = fields
    else:
        for name, value in fields.items():
            object.__setattr__(made, name, value)
    return made

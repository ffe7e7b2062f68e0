"""A model as a graph of layers, sums and products, and the bounds of what lies between two of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sympy import Expr
from torch import Tensor, nn

from derivations import composition as calculus
from derivations.composition import Bounds, Layer

NodeKind = Literal["input", "source", "layer", "sum", "join", "product"]


@dataclass(frozen=True)
class Node:
    """A value in a model: the input, a constant or parameter, or a function of earlier values.

    `value` is what it is on the data; `module` computes a layer from its operand.
    """

    kind: NodeKind
    name: str
    value: Tensor
    operands: tuple[int, ...] = ()
    module: nn.Module | None = None


class Graph:
    """Nodes in the order in which they were computed, the input first and the output last, and layers for some.

    Values that every way from the input to the output passes cut it into a chain.
    """

    def __init__(self, nodes: Sequence[Node], layers: Mapping[int, Layer], output: int) -> None:
        self.nodes, self.layers, self.output = nodes, layers, output
        self._bounds: dict[Any, Bounds] = {}
        self._parameters: dict[tuple[int, int | None], frozenset[Any]] = {}

    @cached_property
    def gate(self) -> dict[int, int]:
        """For each value that depends on the input, the last one before it that all ways from the input pass."""
        found: dict[int, int] = {}
        depth = {0: 0}
        for k, node in enumerate(self.nodes):
            ends = [j for j in node.operands if j in depth]
            if not ends:
                continue
            at = ends[0]
            for other in ends[1:]:
                while at != other:
                    if depth[at] >= depth[other]:
                        at = found[at]
                    else:
                        other = found[other]
            found[k], depth[k] = at, depth[at] + 1
        return found

    def chain(self) -> list[int]:
        """The values between which the layers of the chain lie, the output last."""
        path = [self.output]
        while self.gate.get(path[-1], 0) != 0:
            path.append(self.gate[path[-1]])
        return path[::-1]

    def between(self) -> list[Layer]:
        """The layers of the chain."""
        starts = [0, *self.chain()[:-1]]
        return [self._layer(start, end) for start, end in zip(starts, self.chain(), strict=True)]

    def _layer(self, start: int, end: int) -> Layer:
        return Layer(
            self.nodes[end].name, lambda size: self.bounds(start, end, size), self.parameters(start, end)
        )  # fmt: skip

    def parameters(self, start: int, end: int) -> frozenset[Any]:
        """What is used on the ways from one value to another."""
        if start == end:
            return frozenset()
        key = (start, end)
        if key not in self._parameters:
            own = self.layers[end].parameters if end in self.layers else frozenset()
            parts = [self.parameters(start, j) for j in self.nodes[end].operands]
            self._parameters[key] = own.union(*parts)
        return self._parameters[key]

    def bounds(self, start: int, end: int, size: Expr) -> Bounds:
        """The bounds of one value as a function of another of norm ≤ size."""
        if start == end:
            return calculus.identity(size)
        key = (start, end, size)
        if key not in self._bounds:
            self._bounds[key] = self._found(start, end, size)
        return self._bounds[key]

    def _found(self, start: int, end: int, size: Expr) -> Bounds:
        gate = self.gate.get(end)
        if gate is not None and gate != start:
            before = self.bounds(start, gate, size)
            after = self.bounds(gate, end, before.size)
            return calculus.compose(before, after, bool(self.parameters(start, gate) & self.parameters(gate, end)))
        node = self.nodes[end]
        if node.kind == "source":
            return self.layers[end].bounds(size)
        total = self.bounds(start, node.operands[0], size)
        used = self.parameters(start, node.operands[0])
        if node.kind == "layer":
            layer = self.layers[end]
            own = layer.bounds(total.size)
            return own if node.operands[0] == start else calculus.compose(total, own, bool(used & layer.parameters))
        for other in node.operands[1:]:
            theirs, mine = self.bounds(start, other, size), self.parameters(start, other)
            shared = bool(used & mine)
            used |= mine
            match node.kind:
                case "sum":
                    total = calculus.added(total, theirs, shared)
                case "join":
                    total = calculus.joined(total, theirs, shared)
                case _:
                    total = calculus.multiplied(total, theirs)
        return total

"""How strongly a statement is known, and how strongly it is established: the weakest of it and all that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STANDINGS = ("kernel", "enclosed", "symbolic", "cited", "measured", "unchecked", "none")
"""What is known of a statement, from strong to weak: an assurance, not checked here, or checked without success."""


def established(own: Mapping[str, str], uses: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    """For each statement the weakest standing among its own and that of all it rests on, and the id that has it.

    What is used but not among the statements counts as not checked. Circles of uses do no harm.
    """
    import networkx as nx

    graph: Any = nx.DiGraph()
    graph.add_nodes_from(own)
    graph.add_edges_from((id, used) for id in own for used in uses.get(id, ()))

    def rank(id: str) -> int:
        return STANDINGS.index(own.get(id, "unchecked"))

    # the statements of a circle have one assurance; used statements come before their users
    circles: Any = nx.condensation(graph)
    weakest: dict[int, str] = {}
    order = {id: n for n, id in enumerate(graph)}
    for circle in reversed(list(nx.topological_sort(circles))):
        members = sorted(circles.nodes[circle]["members"], key=order.__getitem__)
        below = [weakest[used] for used in sorted(circles.successors(circle))]
        weakest[circle] = max((*members, *below), key=rank)
    found = {}
    for id in own:
        last = weakest[circles.graph["mapping"][id]]
        found[id] = (own.get(last, "unchecked"), id if rank(id) == rank(last) else last)
    return found

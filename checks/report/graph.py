"""The graph of what rests on what: where each statement is drawn.

Statements are placed in layers, each to the right of all that it uses. The order within a layer is the one
with the fewest crossings which sweeps of barycentres find; statements without any edge are placed in a grid below.

Drawn by hand, after a look at what there is: networkx has layers but no routes around them; grandalf and fast-sugiyama
route each edge by itself, so that the largest graph of the library is twice as tall and its lines cross nodes' names
(here edges of one source share a route); igraph is under the GPL; Graphviz is a system package; layouts in the browser
are no pictures without scripts and a megabyte more.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

WIDTH, HEIGHT, GAP_X, GAP_Y = 120.0, 36.0, 24.0, 8.0
PAGE = 1128.0
"""How wide small parts may become together before they are stacked."""
SWEEPS = 24
LETTERS = 17
"""The number of letters that fit on a line of a node."""
ONE_LINE = 14
"""Slugs up to this length are not broken."""

Key: TypeAlias = Any
"""A node of a layered graph: an id, or a tuple for a place that an edge passes through."""


@dataclass(frozen=True)
class NodeBox:
    """Where a statement is drawn: the upper left corner, and its name in lines that fit."""

    id: str
    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True)
class EdgePath:
    """An edge from what is used to what uses it, as the path of an SVG."""

    source: str
    target: str
    path: str


@dataclass(frozen=True)
class Drawing:
    """A graph with coordinates; statements without any edge are placed below the height `rule`."""

    width: float
    height: float
    places: tuple[NodeBox, ...]
    curves: tuple[EdgePath, ...]
    rule: float | None = None


@dataclass(frozen=True)
class Component:
    """A connected part, drawn with its upper left corner at the origin."""

    width: float
    height: float
    at: Mapping[str, tuple[float, float]]
    paths: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]


def draw(ids: Sequence[str], uses: Mapping[str, Sequence[str]]) -> Drawing:
    """Draw the statements, given in reading order, with an edge for each use among them."""
    import networkx as nx

    order = {id: n for n, id in enumerate(ids)}
    edges = [(used, id) for id in ids for used in dict.fromkeys(uses.get(id, ())) if used in order and used != id]
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from(edges)
    circle = {id: n for n, group in enumerate(nx.strongly_connected_components(graph)) for id in group}
    # of a circle, those edges make layers that follow the reading order
    circular = [(a, b) for a, b in edges if circle[a] == circle[b] and order[a] > order[b]]
    graph.remove_edges_from(circular)
    groups = sorted(nx.weakly_connected_components(graph), key=lambda g: (-len(g), min(order[id] for id in g)))
    parts = [_part(graph.subgraph(g), order) for g in groups if len(g) > 1]
    at, paths, bottom = _packed(parts)
    lonely = sorted((id for g in groups if len(g) == 1 for id in g), key=order.__getitem__)
    rule = bottom - GAP_X / 2 if lonely and parts else None
    columns = int((PAGE + GAP_Y) // (WIDTH + GAP_Y))
    for n, id in enumerate(lonely):
        at[id] = ((n % columns) * (WIDTH + GAP_Y), bottom + (n // columns) * (HEIGHT + GAP_Y))
    for source, target in circular:
        (x, y), (u, v) = at[source], at[target]
        paths[source, target] = ((x + WIDTH, y + HEIGHT / 2), (u, v + HEIGHT / 2))
    places = tuple(NodeBox(id, lines(id.split(".", 1)[-1]), *at[id]) for id in ids)
    curves = tuple(EdgePath(*edge, _curve(paths[edge])) for edge in edges)
    width = max((p.x for p in places), default=0.0) + WIDTH
    height = max((p.y for p in places), default=0.0) + HEIGHT
    return Drawing(width, height, places, curves, rule)


def lines(slug: str) -> tuple[str, ...]:
    """A slug on one or two lines, broken at a hyphen if possible, and cut where it is too long."""
    if len(slug) > ONE_LINE:
        cuts = [n + 1 for n, ch in enumerate(slug[:-1]) if ch in "-_"] or [len(slug) // 2]
        cut = min(cuts, key=lambda n: max(n, len(slug) - n))
        return tuple(_cut(part) for part in (slug[:cut], slug[cut:]))
    return (slug,)


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _part(graph: Any, order: Mapping[str, int]) -> Component:
    """A connected graph without circles, drawn in layers."""
    layer = _layers(graph)
    rows: list[list[Key]] = [[] for _ in range(max(layer.values()) + 1)]
    for id in sorted(graph, key=order.__getitem__):
        rows[layer[id]].append(id)
    links, routes = _routed(graph, layer, rows, order)
    rows = _ordered(rows, links)
    heights = _heights(rows, links)
    top = min(heights[key] - (0 if isinstance(key, tuple) else HEIGHT / 2) for key in heights)
    bottom = max(heights[key] + (0 if isinstance(key, tuple) else HEIGHT / 2) for key in heights)
    at = {id: (layer[id] * (WIDTH + GAP_X), heights[id] - HEIGHT / 2 - top) for id in graph}
    paths = {}
    for (source, target), route in routes.items():
        points = [(at[source][0] + WIDTH, at[source][1] + HEIGHT / 2)]
        for key in route:
            left, y = key[1] * (WIDTH + GAP_X), heights[key] - top
            points += [(left, y), (left + WIDTH, y)]
        paths[source, target] = (*points, (at[target][0], at[target][1] + HEIGHT / 2))
    return Component(len(rows) * (WIDTH + GAP_X) - GAP_X, bottom - top, at, paths)


def _layers(graph: Any) -> dict[str, int]:
    """The layer of each node: one after the last that it uses, or just before its first user if it uses nothing."""
    import networkx as nx

    layer = {id: n for n, generation in enumerate(nx.topological_generations(graph)) for id in generation}
    for id in graph:
        if not graph.in_degree(id):
            layer[id] = min(layer[user] for user in graph.successors(id)) - 1
    return layer


def _routed(
    graph: Any, layer: Mapping[str, int], rows: list[list[Key]], order: Mapping[str, int]
) -> tuple[list[tuple[Key, Key]], dict[tuple[str, str], tuple[Key, ...]]]:
    """Links between neighbouring layers, and for each edge the places it passes; edges of one source share them."""
    links: dict[tuple[Key, Key], None] = {}
    routes = {}
    passed: set[Key] = set()
    for source, target in sorted(graph.edges, key=lambda e: (order[e[0]], order[e[1]])):
        route = tuple((source, n) for n in range(layer[source] + 1, layer[target]))
        for place in route:
            if place not in passed:
                passed.add(place)
                rows[place[1]].append(place)
        links.update(dict.fromkeys(pairwise((source, *route, target))))
        routes[source, target] = route
    return list(links), routes


def _ordered(rows: list[list[Key]], links: Sequence[tuple[Key, Key]]) -> list[list[Key]]:
    """The rows in the order with the fewest crossings that sweeps forth and back came across."""
    before, after = _neighbours(links)
    best, fewest = rows, _crossings(rows, after)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        current = [list(row) for row in rows]
        indices = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for n in indices:
            place = {key: i for i, key in enumerate(current[n - 1 if sweep % 2 == 0 else n + 1])}
            centre = {}
            for i, key in enumerate(current[n]):
                near = [place[k] for k in neighbours.get(key, ()) if k in place]
                centre[key] = sum(near) / len(near) if near else float(i)
            current[n].sort(key=centre.__getitem__)
        rows = current
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _neighbours(links: Sequence[tuple[Key, Key]]) -> tuple[dict[Key, list[Key]], dict[Key, list[Key]]]:
    before: dict[Key, list[Key]] = {}
    after: dict[Key, list[Key]] = {}
    for source, target in links:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    return before, after


def _crossings(rows: Sequence[Sequence[Key]], after: Mapping[Key, Sequence[Key]]) -> int:
    """How many pairs of links cross."""
    count = 0
    for row, following in pairwise(rows):
        place = {key: i for i, key in enumerate(following)}
        seen: list[int] = []  # sorted
        for key in row:
            targets = sorted(place[k] for k in after.get(key, ()))
            count += sum(len(seen) - bisect_right(seen, t) for t in targets)
            for t in targets:
                insort(seen, t)
    return count


def _heights(rows: Sequence[Sequence[Key]], links: Sequence[tuple[Key, Key]]) -> dict[Key, float]:
    """Heights of the middles: near to their neighbours', in the given order, and far enough apart."""
    before, after = _neighbours(links)
    heights: dict[Key, float] = {}
    for row in rows:
        heights.update(_apart(row, dict.fromkeys(row, 0.0)))
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = {}
            for key in row:
                near = [heights[k] for k in (*before.get(key, ()), *after.get(key, ()))]
                wanted[key] = sum(near) / len(near) if near else heights[key]
            heights.update(_apart(row, wanted))
    return heights


def _apart(row: Sequence[Key], wanted: Mapping[Key, float]) -> dict[Key, float]:
    """The heights nearest to those wanted, by squares, that keep the order and the distances: pooled neighbours."""
    size = [4.0 if isinstance(key, tuple) else HEIGHT for key in row]
    offset = [0.0]
    for a, b in pairwise(size):
        offset.append(offset[-1] + (a + b) / 2 + GAP_Y)
    pools: list[list[float]] = []  # sum of what is wanted, and how many
    for key, shift in zip(row, offset, strict=True):
        pools.append([wanted[key] - shift, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    level = [total / count for total, count in pools for _ in range(int(count))]
    return {key: y + shift for key, y, shift in zip(row, level, offset, strict=True)}


def _packed(
    parts: Sequence[Component],
) -> tuple[dict[str, tuple[float, float]], dict[tuple[str, str], tuple[tuple[float, float], ...]], float]:
    """The parts on shelves, side by side as long as they fit; with the height below all of them."""
    at: dict[str, tuple[float, float]] = {}
    paths: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {}
    x = shelf = bottom = 0.0
    for part in parts:
        if x and x + part.width > PAGE:
            x, shelf = 0.0, bottom
        at.update({id: (x + u, shelf + v) for id, (u, v) in part.at.items()})
        paths.update({edge: tuple((x + u, shelf + v) for u, v in points) for edge, points in part.paths.items()})
        bottom = max(bottom, shelf + part.height + GAP_X)
        x += part.width + 2 * GAP_X
    return at, paths, bottom


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A smooth path: level at each point, straight where the height does not change."""
    (x, y), *_ = points
    path = [f"M{_short(x)} {_short(y)}"]
    for (x, y), (u, v) in pairwise(points):
        middle = _short((x + u) / 2)
        path.append(
            f"H{_short(u)}" if y == v else f"C{middle} {_short(y)} {middle} {_short(v)} {_short(u)} {_short(v)}"
        )
    return "".join(path)


def _short(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")

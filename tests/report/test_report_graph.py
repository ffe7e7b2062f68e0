"""What rests on what: how strongly a statement is established, and where it is drawn."""

from __future__ import annotations

import pytest

from checks.report.graph import HEIGHT, WIDTH, draw
from checks.report.standings import established
from derivations.papers import KEYS, paper


def test_established_is_the_weakest_of_all_that_is_used() -> None:
    own = {"a": "kernel", "b": "measured", "c": "enclosed", "d": "kernel", "e": "symbolic", "f": "kernel"}
    uses = {"a": ["c"], "c": ["b"], "d": ["e"], "e": ["d"], "f": ["elsewhere"]}
    found = established(own, uses)
    assert found["a"] == ("measured", "b")
    assert found["b"] == ("measured", "b")
    assert found["d"] == found["e"] == ("symbolic", "e")  # a circle
    assert found["f"] == ("unchecked", "elsewhere")


def test_drawn_edges_are_the_uses() -> None:
    ids = [f"p.{s}" for s in "abcdefgh"]
    uses = {"p.c": ["p.a", "p.b"], "p.d": ["p.c"], "p.e": ["p.d", "p.a", "elsewhere.x"], "p.f": ["p.f"]}
    drawing = draw(ids, uses)
    edges = {(c.source, c.target) for c in drawing.curves}
    assert edges == {("p.a", "p.c"), ("p.b", "p.c"), ("p.c", "p.d"), ("p.d", "p.e"), ("p.a", "p.e")}
    at = {p.id: (p.x, p.y) for p in drawing.places}
    assert all(at[a][0] < at[b][0] for a, b in edges)
    assert drawing.rule is not None
    assert {at[i][1] for i in ("p.f", "p.g", "p.h")} == {at["p.f"][1]}  # in a row of their own, below
    assert at["p.f"][1] > drawing.rule


def test_circles_are_drawn() -> None:
    drawing = draw(["p.a", "p.b", "p.c"], {"p.a": ["p.c"], "p.b": ["p.a"], "p.c": ["p.b"]})
    assert len(drawing.curves) == 3


@pytest.mark.parametrize("key", KEYS)
def test_no_two_nodes_overlap(key: str) -> None:
    home = paper(key)
    drawing = draw([s.id for s in home.statements], {s.id: s.rests_on for s in home.statements})
    assert len(drawing.places) == len(home.statements)
    spots = [(p.x, p.y) for p in drawing.places]
    for n, (x, y) in enumerate(spots):
        assert 0 <= x <= drawing.width - WIDTH + 1e-9
        assert 0 <= y <= drawing.height - HEIGHT + 1e-9
        for u, v in spots[:n]:
            assert abs(x - u) >= WIDTH or abs(y - v) >= HEIGHT

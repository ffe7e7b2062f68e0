"""The boxes of a finished subdivision, replayed: they cover the whole range, and the claim holds on each again.

Coverage is checked with exact fractions. A box is tested with simple balls of the claim as it was written, to more
bits and without the mean-value or Taylor forms of the subdivision, and at exact points in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import sympy as sp
from flint import ctx, fmpq

from checks.proofs.replay import ball_at
from derivations.integrals.definitions import carried_out
from numerics.balls.enclosure import Box, Cover

BITS = 200
LEAVES, SLOW_LEAVES = 60, 8
"""The number of boxes that are tested, for claims without and with integrals or series."""
HALVINGS = 3
"""Of a box whose plain ball decides nothing."""
RANDOM_POINTS = 3


def leaves_contradiction(cover: Cover, seed: int = 0) -> str | None:
    """What is wrong with the boxes of a subdivision: a part without one, or one with f < 0 in it; None for nothing."""
    cube: Box = tuple((fmpq(0), fmpq(1)) for _ in cover.ranges)
    missing = uncovered(cube, cover.leaves)
    if missing is not None:
        return f"replayed, no box covers {_said(cover, missing)}"
    random = Random(seed)
    few = SLOW_LEAVES if carried_out(cover.f) else LEAVES
    before, ctx.prec = ctx.prec, BITS
    try:
        for leaf in _some(cover.leaves, few, random):
            if _negative_somewhere(cover, leaf, random):
                return f"replayed, the claim is false in {_said(cover, leaf)}"
    finally:
        ctx.prec = before
    return None


def uncovered(whole: Box, leaves: Sequence[Box]) -> Box | None:
    """A part of a box that none of the leaves covers, by exact halving; None where they cover it all."""
    waiting = [(whole, [leaf for leaf in leaves if _meets(leaf, whole)])]
    while waiting:
        box, near = waiting.pop()
        if any(all(a <= c and d <= b for (a, b), (c, d) in zip(leaf, box, strict=True)) for leaf in near):
            continue
        if not near:
            return box
        cut = _cut(box, near)
        if cut is None:
            return box
        axis, m = cut
        for part in ((box[axis][0], m), (m, box[axis][1])):
            half = (*box[:axis], part, *box[axis + 1 :])
            waiting.append((half, [leaf for leaf in near if _meets(leaf, half)]))
    return None


def _meets(leaf: Box, box: Box) -> bool:
    return all(a < d and c < b for (a, b), (c, d) in zip(leaf, box, strict=True))


def _cut(box: Box, near: Sequence[Box]) -> tuple[int, fmpq] | None:
    """An end of a leaf inside of the box, and its axis."""
    for leaf in near:
        for axis, ((a, b), (c, d)) in enumerate(zip(leaf, box, strict=True)):
            for end in (a, b):
                if c < end < d:
                    return axis, end
    return None


def _some(leaves: Sequence[Box], count: int, random: Random) -> Sequence[Box]:
    """All of a few leaves; of many the smallest, where the claim is tight, and random ones."""
    if len(leaves) <= count:
        return leaves
    by_size = sorted(leaves, key=lambda leaf: max((b - a for a, b in leaf), default=fmpq(0)))
    return [*by_size[: count // 2], *random.sample(by_size[count // 2 :], count - count // 2)]


def _negative_somewhere(cover: Cover, leaf: Box, random: Random) -> bool:
    parts = [leaf]
    for _ in range(HALVINGS if not carried_out(cover.f) else 0):
        undecided = []
        for part in parts:
            value = ball_at(cover.f, {}, _hulls(cover, part))
            if value is not None and value < 0:
                return True
            if value is None or not value >= 0:
                undecided += list(_halves(part))
        parts = undecided
        if not parts:
            return False
    return any((value := ball_at(cover.f, point)) is not None and value < 0 for point in _points(cover, leaf, random))


def _halves(box: Box) -> Iterator[Box]:
    if not box:
        return
    axis = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
    a, b = box[axis]
    m = (a + b) / 2
    yield from ((*box[:axis], part, *box[axis + 1 :]) for part in ((a, m), (m, b)))


def _points(cover: Cover, leaf: Box, random: Random) -> Iterator[dict[Any, sp.Expr]]:
    """Its middle, its corners, or some of them, and random points, exactly."""
    middle = [(a + b) / 2 for a, b in leaf]
    corners = list(product(*leaf))
    chosen = corners if len(corners) <= 4 else random.sample(corners, 4)
    inner = [[a + (b - a) * fmpq(random.randint(1, 999), 1000) for a, b in leaf] for _ in range(RANDOM_POINTS)]
    for at in [middle, *map(list, chosen), *inner]:
        yield {s: _place(r, t) for (s, r), t in zip(cover.ranges.items(), at, strict=True)}


def _hulls(cover: Cover, box: Box) -> dict[Any, Any]:
    found = {}
    for (s, r), (a, b) in zip(cover.ranges.items(), box, strict=True):
        low, high = (ball_at(_place(r, end), {}) for end in (a, b))
        if low is None or high is None:
            return {}
        found[s] = low.union(high)
    return found


def _place(r: sp.Set, t: fmpq) -> sp.Expr:
    return r.inf + (r.sup - r.inf) * sp.Rational(int(t.p), int(t.q))


def _said(cover: Cover, box: Box) -> str:
    ends = zip(cover.ranges.items(), box, strict=True)
    return ", ".join(f"{s} in [{sp.N(_place(r, a), 8)}, {sp.N(_place(r, b), 8)}]" for (s, r), (a, b) in ends)

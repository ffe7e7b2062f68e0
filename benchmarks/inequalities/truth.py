"""Whether the problems are true and their twins false, by numbers at thousands of points, in 40 digits.

Points are drawn all over the domain, far out, at its ends, around the points where twins fail, which is where problems
are tight, and downhill from the tightest of these.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import mpmath as mp
import sympy as sp

from benchmarks.inequalities.numbers import Point, number
from benchmarks.inequalities.problem import Problem, Twin
from derivations.domains import Domain
from derivations.statements import Constant, Identity, Statement

DIGITS, MORE = 40, 120
"""In how many digits the sides are computed, and again where the first time says false."""
CONSTANT_DIGITS, AGREES = 15, 1e-11
"""Digits of quadrature and of sums without end, and how near an exact value has to be."""
LENGTHS = (1, 2, 3, 4, 5, 7, 10, 20, 50, 100, 300)
"""Values of whole numbers: lengths of sums, exponents."""
SIZES = (1, 2, 3, 5)
"""Sizes of vectors."""
SCALES = (0.3, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6)
"""How far from a tight point others are drawn."""
TRIES = 1000
"""Points in a row that may lie outside of the domain."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a problem: its name, and the point at which it shows."""

    name: str
    text: str


def gap(statement: Statement, at: Point) -> Any:
    """The right side less the left; of an identity, minus the distance of the sides."""
    left, right = (number(sp.sympify(side), at) for side in statement.content)
    return -abs(right - left) if isinstance(statement, Identity) else right - left


def is_false(statement: Statement, at: Point) -> bool:
    """Whether a claim fails at a point by more than rounding: in many digits, and about as much as in few."""
    coarse = gap(statement, at)
    if coarse >= 0:
        return False
    with mp.workdps(MORE):
        fine = gap(statement, at)
        return bool(fine < 0 and abs(fine - coarse) < abs(fine) / 2)


def within(domain: Domain, at: Point) -> bool:
    """Whether a point lies in the ranges and meets the conditions."""
    return all(_in(at[s], r) for s, r in domain.ranges.items() if isinstance(r, sp.Set)) and all(
        _holds(relation, at) for relation in domain.where
    )


def _in(x: Any, values: sp.Set) -> bool:
    if not isinstance(values, sp.Interval):
        return bool(values.contains(sp.Integer(int(x))))
    low, high = number(values.start, {}), number(values.end, {})
    return bool(
        (low < x or (low == x and not values.left_open)) and (x < high or (x == high and not values.right_open))
    )


def _holds(relation: Any, at: Point) -> bool:
    less = number(relation.gts - relation.lts, at)
    return bool(less > 0 or (less == 0 and isinstance(relation, sp.Ge | sp.Le)))


def holds_exactly(domain: Domain, at: Mapping[Any, Any]) -> bool:
    """Whether a twin's point lies in its domain: exactly for numbers, in 40 digits where there are vectors."""
    if any(isinstance(v, sp.MatrixBase) for v in at.values()):
        return within(domain, in_numbers(at))
    exact = {s: sp.sympify(v) for s, v in at.items()}
    inside = all(r.contains(exact[s]) == sp.true for s, r in domain.ranges.items() if isinstance(r, sp.Set))
    return inside and all(relation.xreplace(exact) == sp.true for relation in domain.where)


def in_numbers(at: Mapping[Any, Any]) -> Point:
    """A twin's point in mpmath's numbers."""
    return {
        s: [number(e, {}) for e in v] if isinstance(v, sp.MatrixBase) else number(sp.sympify(v), {})
        for s, v in at.items()
    }


# points


def _drawn(values: sp.Set, source: random.Random) -> Any:
    """A number of a range: evenly, near an end, at it, or far out."""
    if not isinstance(values, sp.Interval):
        return mp.mpf(source.choice([n for n in LENGTHS if n in values]))
    low, high = number(values.start, {}), number(values.end, {})
    away = mp.mpf(10) ** source.uniform(-6, 2)
    if mp.isinf(low) and mp.isinf(high):
        return source.choice((-1, 1)) * away
    if mp.isinf(high):
        return low + source.choice((0, 1, 1, 1, 1, 1)) * away
    if mp.isinf(low):
        return high - away
    near = (high - low) * source.choice((0, source.random(), mp.mpf(10) ** source.uniform(-6, 0)))
    return source.choice((low + near, high - near))


def _everywhere(domain: Domain, source: random.Random) -> Point:
    found = {s: _drawn(r, source) for s, r in domain.ranges.items() if isinstance(r, sp.Set)}
    sizes = {s for v in domain.vectors for s in v.shape[0].free_symbols}
    found |= {s: mp.mpf(source.choice(SIZES)) for s in sizes}
    for v in domain.vectors:
        scale = 10 ** source.uniform(-3, 2)
        found[v] = [mp.mpf(source.gauss(0, scale)) for _ in range(int(number(v.shape[0], found)))]
    return found


def _near(at: Point, domain: Domain, scale: float, source: random.Random) -> Point:
    """A point a little away from another; whole numbers stay."""

    def moved(x: Any) -> Any:
        return x + scale * (1 + abs(x)) * source.gauss(0, 1) if source.random() < 0.8 else x

    return {
        s: [moved(e) for e in x]
        if isinstance(x, list)
        else moved(x)
        if isinstance(domain.ranges[s], sp.Interval)
        else x
        for s, x in at.items()
    }


def points(problem: Problem, source: random.Random) -> Iterator[Point]:
    """Points of a problem's domain without end: in turn one from everywhere and one near a tight point."""
    domain = problem.statement.domain
    tight = [in_numbers(t.at) for t in problem.twins]
    outside = 0
    while outside < TRIES:
        for made in (
            _everywhere(domain, source),
            _near(source.choice(tight), domain, source.choice(SCALES), source),
        ):
            if within(domain, made):
                outside = 0
                yield made
            else:
                outside += 1


# verdicts


def flaws(name: str, problem: Problem, count: int, seed: int = 0) -> Iterator[Flaw]:
    """What is wrong with a problem and its twins; nothing, if it is what it should be."""
    constant = isinstance(problem.statement, Constant)
    with mp.workdps(CONSTANT_DIGITS if constant else DIGITS):
        if constant:
            yield from _constant(name, problem)
        else:
            yield from _true(name, problem, count, seed)
            for i, twin in enumerate(problem.twins, 1):
                yield from _false(f"{name}, twin {i}", twin)


def _true(name: str, problem: Problem, count: int, seed: int) -> Iterator[Flaw]:
    source, statement = random.Random(f"{name} {seed}"), problem.statement
    found = [(gap(statement, at), at) for at in islice(points(problem, source), count)]
    if len(found) < count:
        yield Flaw(name, f"only {len(found)} points of the domain were found")
        return
    least, at = min(found, key=lambda f: f[0])
    bad = [at for less, at in found if less < 0 and is_false(statement, at)]
    for step in range(count // 4):
        made = _near(at, statement.domain, 10.0 ** -(1 + 8 * step // count * 3), source)
        if within(statement.domain, made) and (less := gap(statement, made)) < least:
            least, at = less, made
    bad += [at] if is_false(statement, at) else []
    if bad:
        yield Flaw(name, f"false by {mp.nstr(-gap(statement, bad[0]), 5)} at {_shown(bad[0])}")


def _false(name: str, twin: Twin) -> Iterator[Flaw]:
    at = in_numbers(twin.at)
    if not holds_exactly(twin.statement.domain, twin.at):
        yield Flaw(name, f"{_shown(at)} is outside of its domain")
    elif not is_false(twin.statement, at):
        yield Flaw(name, f"not false at {_shown(at)}: {mp.nstr(gap(twin.statement, at), 5)}")


def _constant(name: str, problem: Problem) -> Iterator[Flaw]:
    assert isinstance(problem.statement, Constant)
    known = number(problem.statement.definition, {})
    for which, claim in ((name, problem.statement), *((f"{name}, twin {i}", t.statement) for i, t in _twins(problem))):
        assert isinstance(claim, Constant)
        if claim.value is not None:
            holds = abs(known - number(claim.value, {})) < AGREES
        else:
            low, high = (number(e, {}) for e in claim.enclosure or ())
            holds = low <= known <= high
        if holds is not (claim is problem.statement):
            yield Flaw(which, f"the value is {mp.nstr(known, 20)}")


def _twins(problem: Problem) -> Iterator[tuple[int, Twin]]:
    yield from enumerate(problem.twins, 1)


def _shown(at: Point) -> str:
    return ", ".join(f"{s} = {mp.nstr(mp.matrix(x) if isinstance(x, list) else x, 12)}" for s, x in at.items())

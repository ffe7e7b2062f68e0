"""The search for one certificate: which squares and multiples may occur, solved, rounded and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, gcd, lcm
from operator import le
from typing import Any

import sympy as sp
from flint import fmpq

from checks.provers.algebra.branches import Branch, Relation, written
from checks.provers.algebra.quotients import Polynomial
from checks.provers.sums.bases import (
    Hull,
    Monomial,
    degree_of,
    is_homogeneous,
    monomials,
    parities,
    sign_symmetries,
    without_lonely,
)
from checks.provers.sums.certificates import SumOfSquares, Term
from checks.provers.sums.programs import Block, Equations, Program, Solution, solve
from checks.provers.sums.rounding import KERNEL, exact, reduced

ENTRIES_A_PROGRAM = 5
"""As many entries of a Gram matrix take as long as the linear program for one monomial."""
MOST_LOOKED_AT = 30_000
"""Monomials that are listed for one program: most of them are then left out."""
MOST_ENTRIES = 1500
"""Of the Gram matrices of one program."""
INSIDE, OUTSIDE = 1e-8, -1e-4
"""From where on a solution counts as inside of the cone, and up to where as outside of it beyond rounding."""
REDUCTIONS = 4
MOST_SPREAD = 1e9
"""Of the coefficients of a target, the largest by the smallest: beyond it floats show nothing."""


@dataclass(frozen=True)
class Known:
    """What a certificate may use.

    Args:
        names: How the variables are written.
        conditions: Polynomials that are ≥ 0.
        equations: Polynomials that are 0.
        context: The ring.
    """

    names: tuple[str, ...]
    conditions: tuple[Polynomial, ...]
    equations: tuple[Polynomial, ...]
    context: Any

    @classmethod
    def of(cls, branch: Branch, facts: Sequence[Relation]) -> Known:
        """What the facts of a branch say."""
        signs = {">": 1, ">=": 1, "<": -1, "<=": -1}
        conditions = tuple(f.p * signs[f.sign] for f in facts if f.sign in signs)
        equations = tuple(f.p for f in facts if f.sign == "=")
        return cls(branch.names, conditions, equations, branch.goal.top.context())

    @property
    def written_conditions(self) -> set[sp.Expr]:
        return {written(p, self.names) for p in self.conditions}

    @property
    def written_equations(self) -> set[sp.Expr]:
        return {written(p, self.names) for p in self.equations}

    def about(self, p: Polynomial) -> Known:
        """The conditions and equations that have to do with p: that share a variable with it, or with one that does."""
        used = _variables(p)
        while used:
            close = [q for q in (*self.conditions, *self.equations) if used & _variables(q)]
            more = used.union(*map(_variables, close))
            if more == used:
                break
            used = more
        if not used:
            return self
        kept = [tuple(q for q in some if _variables(q) <= used) for some in (self.conditions, self.equations)]
        return Known(self.names, kept[0], kept[1], self.context)


@dataclass(frozen=True)
class Level:
    """How far a search goes.

    Args:
        products: How many conditions are multiplied with one another at most.
        power: The power of the multiplier.
        extra: By how much the degree may exceed that of the target.
    """

    products: int
    power: int
    extra: int


def certificate(
    known: Known, p: Polynomial, level: Level, most: int, seen: set[Any]
) -> tuple[SumOfSquares | None, int]:
    """A certificate of p ≥ 0 at a level, or None; with the number of entries of Gram matrices that were sought.

    Args:
        known: What may be used.
        p: The polynomial.
        level: How far the search goes.
        most: How many entries it may have.
        seen: The programs that were tried, to which this one is added.
    """
    if p == 0:
        return SumOfSquares(sp.S.Zero, sp.S.One, ()), 0
    known = known.about(p)
    multiplier = _multiplier(known, p) if level.power else None
    m = multiplier**level.power if multiplier is not None else known.context.constant(1)
    if m == 0:  # a number has no variables to multiply it by
        return None, 1
    hull = _hull(known, m * p)
    program = _program(known, m * p, level, hull)
    cost = 1 + (hull.programs * ENTRIES_A_PROGRAM if hull is not None else 0)
    if program is None or program.shape(level.power) in seen or spread(program.target) > MOST_SPREAD:
        return None, cost
    seen.add(program.shape(level.power))
    for _ in range(REDUCTIONS):
        size = sum(len(b.basis) * (len(b.basis) + 1) // 2 for b in program.blocks) + len(program.free)
        cost += size
        if size > min(MOST_ENTRIES, most):
            return None, cost if cost < most else 1 + cost - size
        equations = Equations(program)
        solution = solve(program, equations)
        if solution is None or solution.least < OUTSIDE:
            return None, cost
        found = exact(program, equations, solution) if solution.least > INSIDE else None
        if found is not None:
            made = _written(known, p, multiplier, level.power, program, *found)
            return (made if made.holds() else None), cost
        smaller = _smaller(program, solution)
        if smaller is None:
            return None, cost
        program = smaller
    return None, cost


def _smaller(program: Program, solution: Solution) -> Program | None:
    for kernel in KERNEL:
        smaller = reduced(program, solution, kernel)
        if smaller is not None:
            return smaller
    return None


def spread(p: Polynomial) -> float:
    """The largest coefficient by the smallest."""
    sizes = [abs(float(c)) for c in p.coeffs()]
    return max(sizes) / max(min(sizes), 1e-300)


def _variables(p: Polynomial) -> set[int]:
    return {i for i, d in enumerate(p.degrees()) if d}


def _multiplier(known: Known, p: Polynomial) -> Polynomial:
    """A sum of all variables of p, if none is ever negative, or of their squares; and of 1, unless p is homogeneous."""
    gens = [known.context.gens()[i] for i in sorted(_variables(p))]
    plain = all(g in known.conditions for g in gens)
    total = sum((g if plain else g * g for g in gens), known.context.constant(0))
    homogeneous = all(is_homogeneous(q) for q in (p, *known.conditions, *known.equations))
    return total if homogeneous else total + 1


def _program(known: Known, target: Polynomial, level: Level, hull: Hull | None) -> Program | None:
    """The program of a level: a Gram matrix for each product of conditions and each kind of sign."""
    everything = (target, *known.conditions, *known.equations)
    used = sorted(set().union(*map(_variables, everything)))
    homogeneous = all(is_homogeneous(q) for q in everything)
    degree = degree_of(target)
    if not homogeneous:
        degree = max(degree, *(degree_of(q) for q in known.conditions), 0) if known.conditions else degree
        degree += degree % 2 + level.extra
    allowed = _allowed(known, target, level, hull)
    symmetries = sign_symmetries(everything, len(known.names))
    blocks: list[Block] = []
    looked_at = 0
    for factors, g in _products(known, level.products):
        rest = degree - degree_of(g)
        if rest < 0 or (homogeneous and rest % 2):
            continue
        half = rest // 2
        looked_at += comb(len(used) + half, half)
        if looked_at > MOST_LOOKED_AT:
            return None
        candidates = list(filter(allowed(2, g), _spread(used, half, half if homogeneous else 0, len(known.names))))
        if not known.conditions and not known.equations:
            candidates = without_lonely(candidates, [tuple(map(int, m)) for m in target.monoms()])
        kinds: dict[tuple[int, ...], list[Monomial]] = {}
        for m in candidates:
            kinds.setdefault(parities(m, symmetries), []).append(m)
        blocks += [
            Block(factors, g, tuple(known.context.term(exp_vec=m) for m in kind)) for kind in kinds.values() if kind
        ]
        if sum(len(b.basis) ** 2 for b in blocks) > 2 * MOST_ENTRIES:
            return None
    free = []
    for h in known.equations:
        rest, may = degree - degree_of(h), allowed(1, h)
        looked_at += comb(len(used) + max(rest, 0), len(used))
        if looked_at > MOST_LOOKED_AT:
            return None
        for m in _spread(used, rest, rest if homogeneous else 0, len(known.names)) if rest >= 0 else ():
            if may(m) and not any(parities(m, symmetries)):
                free.append(h * known.context.term(exp_vec=m))
        if len(free) > MOST_ENTRIES:
            return None
    return Program(target, tuple(blocks), tuple(free))


def _spread(used: Sequence[int], degree: int, least: int, count: int) -> Iterator[Monomial]:
    """Monomials in the used variables, as exponents of all."""
    if not used:  # a number
        if least == 0:
            yield (0,) * count
        return
    for m in monomials(len(used), degree, least):
        whole = [0] * count
        for place, e in zip(used, m, strict=True):
            whole[place] = e
        yield tuple(whole)


def _products(known: Known, most: int) -> Iterator[tuple[tuple[int, ...], Polynomial]]:
    for count in range(most + 1):
        for factors in combinations(range(len(known.conditions)), count):
            g = known.context.constant(1)
            for k in factors:
                g = g * known.conditions[k]
            yield factors, g


def _hull(known: Known, target: Polynomial) -> Hull | None:
    """The Newton polytope of the target, where it says which monomials may occur."""
    plain = not known.equations and all(g in known.context.gens() for g in known.conditions)
    return Hull([tuple(map(int, m)) for m in target.monoms()]) if plain else None


def _allowed(
    known: Known, target: Polynomial, level: Level, hull: Hull | None
) -> Callable[[int, Polynomial], Callable[[Monomial], bool]]:
    """Whether m^power·g may occur: by the Newton polytope where that is known, else by the degrees in each variable."""
    if hull is not None:

        def in_hull(power: int, g: Polynomial) -> Callable[[Monomial], bool]:
            shift = [int(b) for b in g.monoms()[0]]
            return lambda m: tuple(power * a + b for a, b in zip(m, shift, strict=True)) in hull

        return in_hull
    degrees = [max(int(d) for d in ds) for ds in zip(*(q.degrees() for q in _all(known, target)), strict=True)]
    most = [d + d % 2 + level.extra for d in degrees]

    def in_box(power: int, g: Polynomial) -> Callable[[Monomial], bool]:
        ends = [(d - int(b)) // power for b, d in zip(g.degrees(), most, strict=True)]
        return lambda m: all(map(le, m, ends))

    return in_box


def _all(known: Known, target: Polynomial) -> tuple[Polynomial, ...]:
    return (target, *known.conditions, *known.equations)


def _written(
    known: Known,
    p: Polynomial,
    multiplier: Polynomial | None,
    power: int,
    program: Program,
    squares: Sequence[Sequence[tuple[fmpq, Polynomial]]],
    numbers: Sequence[fmpq],
) -> SumOfSquares:
    """The certificate in symbols."""
    names = known.names
    terms: dict[tuple[int, ...], list[tuple[sp.Rational, sp.Expr]]] = {}
    for block, found in zip(program.blocks, squares, strict=True):
        for c, q in found:
            content = _content(q)
            pair = _rational(c * content * content), written(q / content, names)
            terms.setdefault(block.factors, []).append(pair)
    sums = tuple(
        Term(tuple(written(known.conditions[k], names) for k in factors), tuple(pairs))
        for factors, pairs in terms.items()
    )
    ideal: dict[int, Polynomial] = {}
    for c, multiple in zip(numbers, program.free, strict=True):
        for k, h in enumerate(known.equations):
            quotient, rest = divmod(multiple, h)
            if rest == 0:
                ideal[k] = ideal.get(k, known.context.constant(0)) + quotient * c
                break
    pairs = tuple((written(f, names), written(known.equations[k], names)) for k, f in ideal.items() if f != 0)
    strict = multiplier is None and any(
        not t.factors and any(q.is_Rational and q != 0 for _, q in t.squares) for t in sums
    )
    m = sp.S.One if multiplier is None else written(multiplier, names) ** power
    return SumOfSquares(written(p, names), m, sums, pairs, strict)


def _content(q: Polynomial) -> fmpq:
    """The positive number by which q is a polynomial with coprime integer coefficients."""
    coefficients = q.coeffs()
    top = gcd(*(int(c.p) for c in coefficients))
    return fmpq(top, lcm(*(int(c.q) for c in coefficients)))


def _rational(c: fmpq) -> sp.Rational:
    return sp.Rational(int(c.p), int(c.q))

"""Claims with transcendental functions, by bounds of these functions that are polynomials: the way of MetiTarski.

Each value v = T(u) becomes a variable. What is known of it is a list of polynomial relations, from the table of bounds
and by Taylor's theorem about rational points. Relations are added one by one: where the polynomial claim is false at a
point, those that this point violates. In the end nothing contradicts the claim, by the polynomial prover, or the point
contradicts the claim itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from checks.provers import nlsat
from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.functions.atoms import Atom, Atoms, NotBounded
from checks.provers.functions.bounds import BOUNDS, INVERSE, PAIRS, STEEPEST
from checks.provers.functions.domains import undefined
from checks.provers.witnesses import confirmed
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.foreign import ForeignError, foreign_errors
from numerics.balls.enclosure import ball
from numerics.errors import EvaluationError
from numerics.rigorous import digits

NAME = "transcendental"
STEPS = 400_000
"""Of SymPy, for one claim."""
SHARE = 60_000
"""Steps of z3 for one question."""
ROUNDS = 10
MOST_ATOMS = 6
FINE = sp.Rational(1, 10**12)
"""How far rational coefficients of Taylor polynomials may be from the true ones."""


@dataclass(frozen=True)
class _Relation:
    """g ≥ 0, for the variables of atoms, and why."""

    g: sp.Expr
    said: str


@dataclass
class _Search:
    """A claim on the way: its atoms, the relations in use, and those that are known but not used."""

    claim: Claim
    atoms: Atoms
    used: list[_Relation] = field(default_factory=list)
    known: list[_Relation] = field(default_factory=list)


@dataclass(frozen=True)
class _Constant:
    """A value of a function at a number, as in `Atom`."""

    function: Any
    u: sp.Expr
    v: sp.Expr

    def __str__(self) -> str:
        return str(self.v)


def prove(claim: Claim) -> Proof | Obstacle:
    """Prove a claim with transcendental functions by polynomial bounds of them.

    Args:
        claim: f ≥ 0 on ranges, under conditions.

    Returns:
        A proof that ends in polynomials, or what stood in its way.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> claim = Claim(sp.exp(x - y) + sp.exp(y - x) - 2, {x: sp.S.Reals, y: sp.S.Reals})
        >>> prove(claim).prover
        'transcendental'
    """
    try:
        with budget(STEPS), foreign_errors(), digits(30):
            return _prove(claim)
    except BudgetSpent as spent:
        return Obstacle(Why(Reason.BUDGET, str(spent)), left=claim)
    except (ForeignError, EvaluationError, NotBounded) as error:
        return Obstacle(Why(Reason.OUTSIDE, str(error)), left=claim)


def _prove(claim: Claim) -> Proof | Obstacle:
    if said := undefined(claim, _shown):
        return Obstacle(Why(Reason.NO_VALUE, said), left=claim)
    return _by_bounds(claim)


def _shown(claim: Claim) -> Proof | None:
    """A proof that an argument stays where its function has a value; those inside of it are asked for apart."""
    found = _by_bounds(claim)
    return found if isinstance(found, Proof) else None


def _by_bounds(claim: Claim) -> Proof | Obstacle:
    atoms = Atoms(claim)
    if not atoms.found:
        return nlsat.prove(Claim(atoms.f, claim.ranges, atoms.conditions))
    if len(atoms.found) > MOST_ATOMS:
        return Obstacle(Why(Reason.OUTSIDE, f"{len(atoms.found)} different values of functions"), left=claim)
    search = _Search(claim, atoms)
    _gather(search)
    why: Any = "no proof within the rounds"
    for _ in range(ROUNDS):
        last = nlsat.prove(_reduced(search, atoms.f), SHARE)
        if isinstance(last, Proof):
            return Proof(NAME, claim, (*_told(search), *last.lines), parts=(last,))
        point, why = last.at, last.why
        if point is None:
            return Obstacle(last.why, left=claim)
        at = {s: point[s] for s in claim.symbols if s in point}
        if len(at) == len(claim.symbols) and confirmed(claim, at):
            return Obstacle(Why(Reason.CONTRADICTED, f"the claim is false at {at}"), claim, at, True)
        if not _refine(search, point):
            break
    return Obstacle(Why(Reason.NO_PROOF, f"bounds of the functions are not fine enough: {why}"), left=claim)


def _constants(claim: Claim) -> Iterator[_Constant]:
    """The values of functions at numbers that a claim has."""
    every = (claim.f, *claim.conditions)
    numbers = {e for g in every for e in g.atoms(sp.Function) if e.is_number and len(e.args) == 1}
    for e in sorted(numbers, key=sp.default_sort_key):
        yield _Constant(e.func, e.args[0], e)
    if any(g.has(sp.E) for g in every):
        yield _Constant(sp.exp, sp.S.One, sp.E)


def _reduced(search: _Search, f: sp.Expr) -> Claim:
    """The polynomial claim with the relations that are in use."""
    atoms = search.atoms
    ranges = {**search.claim.ranges, **{a.v: a.values for a in atoms.found}}
    facts = [sp.Ge(r.g, 0, evaluate=False) for r in search.used]
    return Claim(f, ranges, (*atoms.conditions, *facts))


def _gather(search: _Search) -> None:
    """The relations of the table that hold on the range of each atom, and identities between atoms."""
    atoms = search.atoms
    for identity, said in atoms.identities():
        search.used += [_Relation(identity, said), _Relation(-identity, said)]
    constants = list(_constants(search.claim))
    for p in PAIRS:
        same = [a for a in atoms.found if a.function is p.function]
        other: list[Atom | _Constant] = [*same, *(c for c in constants if c.function is p.function)]
        for a in same:
            for b in other:
                if a is not b and a.lies_in(p.on):
                    search.known.append(_Relation(p.g(a.u, a.v, b.u, b.v), f"{a} and {b}: {p.reason}"))
                    search.known.append(_Relation(p.g(b.u, b.v, a.u, a.v), f"{b} and {a}: {p.reason}"))
    for a in atoms.found:
        for b in atoms.found:
            if a.function is sp.exp and b.function is sp.log:
                search.known.append(_Relation(INVERSE.g(a.u, a.v, b.u, b.v), f"{a} and {b}: {INVERSE.reason}"))
    for order in range(3):
        for a in tuple(atoms.found):
            for entry in BOUNDS:
                here = entry.function is a.function and entry.parameters == a.parameters and entry.order == order
                if here and a.lies_in(entry.on):
                    g = atoms.closed(entry.g(a.u, a.v))
                    if g is not None:
                        search.known.append(_Relation(g, f"{a}: {entry.reason}"))


def _refine(search: _Search, point: Any) -> bool:
    """Take into use what a point violates at which the polynomial claim is false; whether there was anything."""
    values = search.atoms.values_at(point)
    added = False
    violated = []
    for relation in search.known:
        value = _number(relation.g, values)
        if value is not None and value < 0:
            violated.append(relation)
    for relation in violated[:2]:
        search.known.remove(relation)
        search.used.append(relation)
        added = True
    if violated:
        return added
    for a in search.atoms.found:
        for relation in _about(a, values):
            value = _number(relation.g, values)
            if value is not None and value < 0 and all(relation.g != r.g for r in search.used):
                search.used.append(relation)
                added = True
                break
    return added


def _number(g: sp.Expr, values: Any) -> Any:
    try:
        value = ball(sp.sympify(g).xreplace(values))
    except (EvaluationError, ZeroDivisionError):
        return None
    return value if value.is_finite() else None


def _about(a: Atom, values: Any) -> Iterator[_Relation]:
    """Bounds of an atom by Taylor's theorem about a rational point near its argument, the shortest first."""
    argument = sp.sympify(a.u).xreplace(values)
    if not argument.is_number:
        return
    for near in dict.fromkeys(_fractions(argument)):
        if a.function is sp.exp:
            yield from _exponential_about(a, near)
        elif a.function is sp.log and near > 0:
            yield from _logarithm_about(a, near)
        elif a.function in STEEPEST and not a.parameters:
            yield from _taylor_about(a, near)


def _fractions(number: sp.Expr) -> Sequence[sp.Rational]:
    exact = sp.Rational(str(sp.N(number, 12)))
    return [exact.limit_denominator(k) for k in (2, 8, 64, 1000)]


def _low_high(number: sp.Expr) -> tuple[sp.Rational, sp.Rational]:
    """Rational numbers on either side of a real one, close to it."""
    near = sp.Rational(str(sp.N(number, 16)))
    step = abs(near) * FINE + sp.Rational(1, 10**40)
    low, high = near - step, near + step
    if not (ball(number - low) > 0 and ball(high - number) > 0):
        raise NotBounded(f"{number} is not enclosed")
    return low, high


def _exponential_about(a: Atom, near: sp.Rational) -> Iterator[_Relation]:
    """eᵘ = e^c·e^(u − c) ≥ e^c·P(u − c), and e^c ≥ eᵘ·P(c − u), for Taylor polynomials P of odd degree."""
    low, high = _low_high(sp.exp(near))
    d = a.u - near
    for n in (1, 3):
        p, q = (sum((e**k / sp.factorial(k) for k in range(n + 1)), sp.S.Zero) for e in (d, -d))
        said = f"{a}: Taylor about {near}, degree {n}"
        yield _Relation(a.v - low * p, said)
        yield _Relation(high - a.v * q, said)


def _logarithm_about(a: Atom, near: sp.Rational) -> Iterator[_Relation]:
    """log u = log c + log(u/c), and two bounds of that from either side."""
    low, high = _low_high(sp.log(near))
    r = a.u / near
    said = f"{a}: about {near}"
    yield _Relation(high + r - 1 - a.v, said)
    yield _Relation(r * (a.v - low) - (r - 1), said)
    yield _Relation((r - 1) * (r + 5) - (a.v - high) * (4 * r + 2), said)
    yield _Relation((a.v - low) * r * (4 + 2 * r) - (r - 1) * (1 + 5 * r), said)


def _taylor_about(a: Atom, near: sp.Rational) -> Iterator[_Relation]:
    """|T(u) − Σ cₖdᵏ| ≤ M·dⁿ for even n, and the error of the rounded cₖ is at most e·n·(1 + dⁿ)."""
    y = sp.Dummy("y", real=True)
    d = a.u - near
    for n, most in STEEPEST[a.function].items():
        middle, error = sp.S.Zero, sp.S.Zero
        derivative = a.function(y)
        for k in range(n):
            low, high = _low_high(derivative.xreplace({y: near}) / sp.factorial(k))
            middle += (low + high) / 2 * d**k
            error += high - low
            derivative = derivative.diff(y)
        rest = most * d**n + error * (1 + d**n)
        said = f"{a}: Taylor about {near}, degree {n - 1}"
        yield _Relation(a.v - middle + rest, said)
        yield _Relation(middle + rest - a.v, said)


def _told(search: _Search) -> Iterator[str]:
    for a in search.atoms.found:
        yield f"{a.v} = {a}"
    for relation in search.used:
        yield f"{relation.g} ≥ 0    ({relation.said})"

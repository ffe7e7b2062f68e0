"""Certificates for inequalities: a claim about numbers that implies the statement's, with a proof by rules of sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.proofs.attained import attained
from checks.proofs.falsity import false_at, tightest
from checks.proofs.formulations import is_square, solved
from checks.provers.balls import decided
from checks.rocq.algebraic import Case, by_squares
from checks.rocq.distinctions import by_cases
from checks.rocq.exponents import against_exponential
from checks.rocq.lengths import by_lengths
from checks.rocq.lines import MOST_ORDER, enclosed, from_end, joined, on_a_line, reach
from derivations.activations import sigmoid
from derivations.calculus.forms import NotReducible, expand_inner
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget, take
from derivations.outcomes.reasons import Reason
from derivations.proofs.equality import scalar_vanishes, unfold
from derivations.proofs.exponentials import with_exponentials
from derivations.proofs.sign_proofs import SignProof
from derivations.proofs.signs import SIGN_STEPS, Prover
from derivations.rocq.context import conditions
from derivations.rocq.inequalities import Certificate
from derivations.rocq.scripts import has_script
from derivations.rocq.tactics import NoScript
from derivations.statements import Bound, Constant, Statement
from derivations.vectors import Inner
from derivations.writing.text import text

RULES_STEPS = 2_000_000
"""Of the rules of sign before algebra is asked: the longest proof of the library takes 1,500,000."""
BRIEFLY = 300_000
"""Steps of the rules of sign before sums of squares are tried."""
ALGEBRA_STEPS = 2_000_000
"""Of all searches for sums of squares of a claim."""
DIGITS = 6
"""Of the place at which a claim is tightest."""
NEAR = 6
"""Where on a line an extremum is searched for."""
RANGES = {
    sp.tanh: sp.Interval(-1, 1),
    sigmoid: sp.Interval(0, 1),
    sp.exp: sp.Interval.open(0, sp.oo),
    sp.sin: sp.Interval(-1, 1),
    sp.cos: sp.Interval(-1, 1),
}
"""Functions that can be treated as variables where their argument occurs nowhere else."""


@dataclass(frozen=True)
class Formulation:
    """A claim expr ≥ 0 on a box, and what its symbols stand for in the statement; see `Certificate` for `gaps`."""

    expr: sp.Expr
    box: dict[Any, sp.Set]
    meaning: dict[Any, Any]
    gaps: Mapping[Any, Inner] = field(default_factory=dict)


def certificate(f: sp.Expr, statement: Statement) -> Certificate:
    """A proof that f ≥ 0 on the statement's domain, and what its symbols stand for; raises NoScript."""
    touching = statement.sharp_at if isinstance(statement, Bound) else None
    f = f.replace(sp.erfc, lambda x: 1 - sp.erf(x))
    try:
        found = list(formulations(f, statement))
    except NotReducible as error:
        raise NoScript(str(error)) from None
    case, meaning, _ = _own_claim(f, statement)
    if not meaning and false_at(case.f, case.ranges, _conditions(case)) is not None:
        raise _left_over(f, statement)
    brief = _by_rules(found, touching, RULES_STEPS)
    if brief is not None:
        return brief
    line = on_a_line(case, _plain_leaf, touching) if not meaning else None
    if line is not None:
        return Certificate(line, {s: s for s in line.f.free_symbols})
    powered = against_exponential(case, lambda c: _plain_leaf(c) or on_a_line(c, _plain_leaf)) if not meaning else None
    if powered is not None:
        return Certificate(powered, {s: s for s in powered.f.free_symbols})
    algebraic = _by_algebra(f, statement, touching)
    if algebraic is not None:
        return algebraic
    full = _by_rules(found, touching, SIGN_STEPS)
    if full is not None:
        return full
    raise _left_over(f, statement)


def _left_over(f: sp.Expr, statement: Statement) -> NoScript:
    """The claim that is left over, where it is tightest, and whether it is false there, in words."""
    case, meaning, _ = _own_claim(f, statement)
    claim = f"{text(case.f.xreplace(meaning))} ≥ 0"
    found = tightest(case.f, case.ranges, _conditions(case))
    said = f"no proof of {claim} by the rules of sign, and no sum of squares"
    if found is None:
        return NoScript(said)
    place = ", ".join(f"{s} = {sp.N(v, DIGITS)}" for s, v in found.point.items())
    if found.negative and not meaning:
        return NoScript(f"{claim} is false where {place}", reason=Reason.CONTRADICTED)
    return NoScript(f"{said}; tightest near {place}, where the sides differ by {max(found.value, 0.0):.2g}")


def _conditions(case: Case) -> tuple[Any, ...]:
    return (*(sp.Ge(g, 0) for g in case.conditions), *(sp.Eq(g, 0) for g in case.equations))


def _by_rules(found: Sequence[Formulation], touching: Any, steps: int) -> Certificate | None:
    """A proof by rules of sign of the first formulation that has one."""
    for given in found:
        used = {s: r for s, r in given.box.items() if given.expr.has(s)}
        prover = Prover(used, touching, decided, limits=False)
        proof = prover.nonnegative(given.expr, steps)
        if proof is not None and has_script(proof):
            spelled = _spelled_out(proof)
            if not has_script(spelled):
                continue
            names = prover.names
            gaps = {names[old]: pair for old, pair in given.gaps.items() if old in names}
            meaning = {new: given.meaning.get(old, old) for old, new in names.items()}
            return Certificate(spelled, meaning, gaps)
    return None


def _by_algebra(f: sp.Expr, statement: Statement, touching: Any) -> Certificate | None:
    """A proof in which case distinctions are decided, and what is left is shown by squares or by rules of sign."""
    case, meaning, gaps = _own_claim(f, statement)
    try:
        with budget(ALGEBRA_STEPS):
            proof = by_cases(case, lambda c: by_squares(c) or _leaf(c, touching) or on_a_line(c, _plain_leaf, touching))
    except BudgetSpent:
        take(0)  # raises where the budget of who asked is spent
        return None
    used = {**{s: s for s in proof.f.free_symbols}, **meaning} if proof is not None else {}
    return Certificate(proof, used, gaps) if proof is not None else None


def _leaf(case: Case, touching: Any) -> SignProof | None:
    """A claim without case distinctions by rules of sign."""
    known = case.known()
    if known is None:
        return SignProof(case.f, "no point meets the conditions", (), "absurd")
    prover = Prover({s: r for s, r in known.ranges.items() if known.f.has(s)}, touching, decided, limits=False)
    proof = prover.nonnegative(known.f, BRIEFLY)
    if proof is None:
        return None
    spelled = _spelled_out(proof)
    names = {old: new for old, new in prover.names.items() if old != new}
    return (
        SignProof(case.f, "ranges as signs", (spelled,), "renamed", {"names": names}) if has_script(spelled) else None
    )


def _plain_leaf(case: Case) -> SignProof | None:
    """A claim by rules of sign, without a place of equality."""
    return _leaf(case, None)


def _own_claim(f: sp.Expr, statement: Statement) -> tuple[Case, dict[Any, Any], dict[Any, Inner]]:
    """The claim with the conditions of the statement, what its symbols stand for, and gaps; see `Certificate`."""
    domain = statement.domain
    f = expand_inner(unfold(f, domain), domain.table)
    products = sorted(f.atoms(Inner), key=sp.default_sort_key)
    if products:
        return _of_products(f, products, statement)
    relations = [r for r in domain.where if isinstance(r, Relational)]
    used = {s for e in (f, *relations) for s in e.free_symbols}
    ranges = {s: domain.interval(s) for s in domain.scalars if s in used}
    equal = tuple(r.lhs - r.rhs for r in relations if isinstance(r, sp.Eq))
    return Case(f, ranges, tuple(r.gts - r.lts for r in relations if not isinstance(r, sp.Eq | sp.Ne)), equal), {}, {}


def _of_products(
    f: sp.Expr, products: Sequence[Inner], statement: Statement
) -> tuple[Case, dict[Any, Any], dict[Any, Inner]]:
    """The claim with inner products as numbers, of which Cauchy and Schwarz say something."""
    domain = statement.domain
    ranges: dict[Any, sp.Set] = {s: domain.interval(s) for s in domain.scalars if f.has(s)}
    names: dict[Any, Any] = {}
    for number, p in enumerate(products):
        square = p.args[0] == p.args[1]
        names[p] = own(f"p{number}", nonnegative=True) if square else own(f"p{number}", real=True)
        ranges[names[p]] = sp.Interval(0, sp.oo) if square else sp.S.Reals
    meaning: dict[Any, Any] = {symbol: p for p, symbol in names.items()}
    conditions, gaps = [], {}
    for number, p in enumerate(p for p in products if p.args[0] != p.args[1]):
        bound = sp.Mul(*(expand_inner(Inner(v, v), domain.table) for v in p.args))
        if not bound.atoms(Inner) <= set(products):
            continue
        g = own(f"gap{number}", nonnegative=True)
        meaning[g], gaps[g] = sp.Add(bound, -(p**2), evaluate=False), p
        conditions.append((bound - p**2).xreplace(names))
    return Case(f.xreplace(names), ranges, tuple(conditions)), meaning, gaps


def _spelled_out(proof: SignProof) -> SignProof:
    """The proof with derivatives at tight places, which balls found: Rocq's `interval` cannot prove equality."""
    if proof.tag == "balls" and len(proof.data["box"]) == 1:
        ((x, r),) = proof.data["box"].items()
        return _tight(proof.f, x, r)
    data = {k: _spelled_out(v) if isinstance(v, SignProof) else v for k, v in proof.data.items()}
    return replace(proof, parts=tuple(map(_spelled_out, proof.parts)), data=data)


def _tight(f: sp.Expr, x: sp.Symbol, r: Any) -> SignProof:
    """f ≥ 0 on an interval at whose ends it may vanish: there by the sign of the first derivative that does not."""
    low, high = r.inf, r.sup
    orders = [_order(f, x, end) for end in (low, high)]
    if not any(orders):
        return enclosed(f, x, r)
    start, end = low, high
    pieces: list[SignProof] = []
    points = []
    if orders[0]:
        start = reach(f, x, low, orders[0], 1, high - low)
        points.append(start)
        pieces.append(from_end(f, x, sp.Interval(low, start), 1, orders[0]))
    if orders[1]:
        end = reach(f, x, high, orders[1], -1, high - low)
        points.append(end)
    pieces.append(enclosed(f, x, sp.Interval(start, end)))
    if orders[1]:
        pieces.append(from_end(f, x, sp.Interval(end, high), -1, orders[1]))
    return joined(f, x, pieces, points)


def _order(f: sp.Expr, x: sp.Symbol, end: sp.Expr) -> int:
    """How many derivatives vanish at the end, f itself counted."""
    for order in range(MOST_ORDER + 1):
        if scalar_vanishes(f.diff(x, order).xreplace({x: end}) if order else f.xreplace({x: end})).vanishes is not True:
            return order
    raise NoScript(f"a zero of order above {MOST_ORDER} at {x} = {end}")


def formulations(f: sp.Expr, statement: Statement) -> Iterator[Formulation]:
    """The claim f ≥ 0 with inner products as numbers, with each condition as a number, and by Cauchy and Schwarz."""
    domain = statement.domain
    f = expand_inner(unfold(f, domain), domain.table)
    box: dict[Any, sp.Set] = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    meaning: dict[Any, Any] = {}
    slack: dict[Any, Any] = {}
    products = sorted(f.atoms(Inner), key=sp.default_sort_key)
    names: dict[Any, Any] = {}
    for number, p in enumerate(products):
        square = p.args[0] == p.args[1] or is_square(p)
        names[p] = own(f"p{number}", real=True)
        box[names[p]] = sp.Interval(0, sp.oo) if square else sp.S.Reals
        meaning[names[p]] = p
    for number, p in enumerate(products):
        x, y = p.args
        if x == y:
            continue
        xx, yy = (expand_inner(Inner(v, v), domain.table) for v in (x, y))
        g = own(f"g{number}", nonnegative=True)
        slack[g] = (p, xx * yy)
    for function, r in RANGES.items():
        for e in f.atoms(function):
            t = own(f"f_{function.__name__}", real=True)
            replaced = f.xreplace({e: t})
            if not replaced.has(*e.free_symbols):
                yield Formulation(replaced, {**box, t: r}, {t: e})
    opaque = f.xreplace(names)
    gaps = [expand_inner(r.gts - r.lts, domain.table).xreplace(names) for r in conditions(statement)]
    yield from _substituted(opaque, box, meaning, gaps)
    if len(gaps) > 1:
        for gap in gaps:
            yield from _substituted(opaque, box, meaning, [gap])
    if gaps:
        yield Formulation(opaque, box, meaning)
    lengths = by_lengths(f, domain)
    if lengths is not None:
        expr, squares = lengths
        yield Formulation(expr, {**box, **dict.fromkeys(squares, sp.Interval(0, sp.oo))}, squares)
    for g, (p, bound) in slack.items():
        put_in = (names[p] ** 2, bound.xreplace(names) - g)
        square = opaque.subs(*put_in)
        square = sp.expand(opaque.expand().subs(*put_in)) if square.has(names[p]) else square
        if square.has(names[p]):
            continue
        yield Formulation(
            square, {**box, g: sp.Interval(0, sp.oo)}, {**meaning, g: sp.Add(bound, -(p**2), evaluate=False)}, {g: p}
        )
    yield from _in_exponentials(f, box)
    yield from _from_zero(opaque, box, meaning)


def _from_zero(f: sp.Expr, box: dict[Any, sp.Set], meaning: dict[Any, Any]) -> Iterator[Formulation]:
    """The claim with x = a + s, s ≥ 0, for the variables x that range from a number a < 0 on: their signs show then."""
    low = {x: r for x, r in box.items() if f.has(x) and isinstance(r, sp.Interval) and r.inf.is_negative}
    low = {x: r for x, r in low.items() if r.inf.is_Rational}
    if not low:
        return
    shifted = {x: own(f"{x}_from", nonnegative=True) for x in low}
    expr = f.xreplace({x: low[x].inf + s for x, s in shifted.items()})
    ranges = {
        s: sp.Interval(0, low[x].sup - low[x].inf, low[x].left_open, low[x].right_open) for x, s in shifted.items()
    }
    more = {s: x - low[x].inf for x, s in shifted.items()}
    yield Formulation(expr, {**{x: r for x, r in box.items() if x not in low}, **ranges}, {**meaning, **more})


def _in_exponentials(f: sp.Expr, box: dict[Any, sp.Set]) -> Iterator[Formulation]:
    """The claim in t = exp(cx) where x occurs in exponentials only, as far as 0 < t or 1 ≤ t says all of t."""
    for expr, ranges, meaning in with_exponentials(f, box):
        (t,) = meaning
        if ranges[t] in (sp.Interval.open(0, sp.oo), sp.Interval(1, sp.oo)):
            yield Formulation(expr, ranges, dict(meaning))


def _substituted(
    f: sp.Expr, box: dict[Any, sp.Set], meaning: dict[Any, Any], gaps: list[sp.Expr]
) -> Iterator[Formulation]:
    """The claim with each condition solved for one of its symbols, see `solved`."""
    for expr, ranges, slack in solved(f, box, gaps):
        yield Formulation(expr, ranges, {**meaning, **{t: gap.xreplace(meaning) for t, gap in slack.items()}})


def where_attained(statement: Constant) -> tuple[sp.Expr, int]:
    """A point where an extremum is reached (or passes the inner end of an enclosure), and the sign of the body there.

    Raises NoScript where none is found.
    """
    expr, symbol, interval, _ = statement.definition.args
    size = isinstance(expr, sp.Abs)
    body = (expr.args[0] if size else expr).doit()
    sense = 1 if statement.definition.is_supremum else -1
    low, high = statement.enclosure or (statement.value, statement.value)
    inner = low if sense == 1 else high
    seen = interval
    if not (interval.inf.is_finite and interval.sup.is_finite):
        seen = sp.Interval(max(interval.inf, -NEAR), min(interval.sup, NEAR))
    for sign in (1, -1) if size else (1,):
        point = (
            sp.S.Zero
            if 0 in interval and scalar_vanishes(sign * body.xreplace({symbol: sp.S.Zero}) - inner).vanishes
            else None
        )
        point = point if point is not None else attained(sense * sign * body, symbol, seen, sense * inner)
        if point is not None:
            return point, sign
    raise NoScript("no point was found at which the extremum is attained")

"""Proofs of algebraic claims for Rocq by sums of squares, with roots and numbers as variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import Any

import sympy as sp

from checks.provers.algebra.branches import Branch, Relation, scaled
from checks.provers.algebra.constants import enclosed
from checks.provers.algebra.polynomial import branches
from checks.provers.algebra.quotients import NotAlgebraic, TooLarge, sign_of
from checks.provers.claims import Claim, Proof
from checks.provers.squares import goal_of, prove, wanted_of
from checks.provers.sums.certificates import SumOfSquares
from derivations.domains import sign_of as sign_of_range
from derivations.letters.names import own
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.algebra import Polynomials, Squares


@dataclass(frozen=True)
class Case:
    """f ≥ 0 on a box where each of the conditions g is nonnegative, and each of the equations h is 0."""

    f: Any
    ranges: Mapping[Any, sp.Set]
    conditions: tuple[Any, ...] = ()
    equations: tuple[Any, ...] = ()

    @property
    def parts(self) -> tuple[Any, ...]:
        """All expressions."""
        return (self.f, *self.conditions, *self.equations)

    def with_values(self, table: Mapping[Any, Any]) -> Case:
        """The claim with other expressions put in."""
        conditions, equations = (tuple(e.xreplace(table) for e in some) for some in (self.conditions, self.equations))
        return replace(self, f=self.f.xreplace(table), conditions=conditions, equations=equations)

    def known(self) -> Case | None:
        """The claim with conditions on one symbol as its range, without those that hold anyway; None without a point.

        Conditions that follow from the ranges make the search for squares harder.
        """
        ranges, left = dict(self.ranges), []
        for g in self.conditions:
            narrowed = _narrowed(g, ranges)
            if narrowed is None:
                left.append(g)
            else:
                ranges[narrowed[0]] = narrowed[1]
        if any(r.is_empty for r in ranges.values()):
            return None
        signs = {s: sp.Dummy(str(s), **sign_of_range(r)) for s, r in ranges.items()}
        told = [(g, g.xreplace(signs)) for g in left]
        if any(t.is_negative for _, t in told):
            return None
        return replace(self, ranges=ranges, conditions=tuple(g for g, t in told if not t.is_nonnegative))


def _narrowed(g: Any, ranges: Mapping[Any, sp.Set]) -> tuple[Any, sp.Set] | None:
    """The symbol of a condition c·s + d ≥ 0, and what it leaves of its range."""
    if len(g.free_symbols) != 1:
        return None
    (s,) = g.free_symbols
    slope = g.diff(s)
    if s not in ranges or not ranges[s].is_Interval or not slope.is_Rational or slope == 0:
        return None
    end = -g.xreplace({s: sp.S.Zero}) / slope
    if not end.is_Rational:
        return None
    left = ranges[s].intersect(sp.Interval(end, sp.oo) if slope > 0 else sp.Interval(-sp.oo, end))
    return None if isinstance(left, sp.FiniteSet) else (s, left)


def by_squares(case: Case) -> SignProof | None:
    """A proof by sums of squares, with roots and numbers as variables; None where none was found."""
    try:
        proof = _with_numbers(case)
    except (NotAlgebraic, TooLarge):
        return None
    return proof or _isolated(case)


def _isolated(case: Case, depth: int = 3) -> SignProof | None:
    """c·√u ≥ h·c from u ≥ h², and h·c ≥ c·√u from h² ≥ u and h ≥ 0, for a number c > 0."""
    f = case.f.expand()
    for part in sorted(sp.Add.make_args(f), key=lambda p: (-p.count_ops(), str(p))):
        c, root = part.as_coeff_Mul()
        radicands = [p.base for p in sp.Mul.make_args(root) if p.is_Pow and p.exp == sp.S.Half]
        if not radicands or sp.Mul(*map(sp.sqrt, radicands)) != root:
            continue
        radicand, rest = sp.Mul(*radicands), f - part
        h = (-rest / c).expand()
        if len(radicands) == 1 and h.has(root):
            continue
        wanted = [radicand - h**2] if c > 0 else [h, h**2 - radicand]
        parts = []
        for claim in wanted:
            inner = replace(case, f=claim.expand())
            proof = _with_numbers(inner) or (_isolated(inner, depth - 1) if depth else None)
            if proof is None:
                break
            parts.append(proof)
        else:
            data = {"radicand": radicand, "factor": c, "other": h}
            return SignProof(case.f, f"comparing squares of {root} and {h}", tuple(parts), "isolated", data)
    return None


def _with_numbers(case: Case) -> SignProof | None:
    """π, e and the like as variables between rational numbers."""
    ends = [e for r in case.ranges.values() if r.is_Interval for e in (r.inf, r.sup) if e.is_finite]
    whole = sp.Tuple(case.f, *case.conditions, *case.equations, *ends)
    found: dict[Any, tuple[Any, Any, Any]] = {}
    for number in sorted({n for n in sp.preorder_traversal(whole) if _is_opaque(n)}, key=sp.default_sort_key):
        low, high = (sp.Rational(e.numerator, e.denominator) for e in enclosed(number))
        sign = {"positive": True} if low > 0 else {"real": True}
        found[own(f"c{len(found)}", **sign)] = (number, low, high)
    if not found:
        return _with_roots(case)
    names = {number: symbol for symbol, (number, _, _) in found.items()}
    between = {symbol: sp.Interval.open(low, high) for symbol, (_, low, high) in found.items()}
    ranges, conditions = {**case.ranges, **between}, list(case.conditions)
    for s, r in case.ranges.items():
        if r.is_Interval and not all(e.is_Rational or not e.is_finite for e in (r.inf, r.sup)):
            conditions += [g.xreplace(names) for g in _gaps(s, r)]
            ranges[s] = sp.Interval(*(e if e.is_Rational else side * sp.oo for e, side in ((r.inf, -1), (r.sup, 1))))
    inner = Case(case.f.xreplace(names), ranges, tuple(g.xreplace(names) for g in conditions), case.equations)
    proof = _with_roots(inner)
    return proof and SignProof(case.f, "numbers as variables", (proof,), "numbers", {"numbers": found})


def _is_opaque(n: Any) -> bool:
    """Whether it is a number that is not made of rational ones by sums, products and roots."""
    if not n.is_number or n.is_Rational or n.is_Add or n.is_Mul or not isinstance(n, sp.Expr):
        return False
    return not (n.is_Pow and n.base.is_Rational and n.exp.is_Rational) and bool(n.is_finite)


def _gaps(s: Any, r: Any) -> list[Any]:
    return [g for g, end in ((s - r.inf, r.inf), (r.sup - s, r.sup)) if end.is_finite]


def _with_roots(case: Case) -> SignProof | None:
    """Square roots as variables r ≥ 0 with r² = u, the inner ones first."""
    f, conditions, ranges = case.f, list(case.conditions), dict(case.ranges)
    equations = list(case.equations)
    roots: list[tuple[Any, Any]] = []
    plain: list[tuple[Any, Any]] = []
    below: list[SignProof] = []
    back: dict[Any, Any] = {}
    while powers := _roots_in((f, *conditions, *equations)):
        u = min(powers, key=sp.default_sort_key).base
        if any(p.exp.q != 2 for p in powers if p.base == u):
            raise NotAlgebraic("a root of a higher order")
        known = by_squares_plain(Case(u, ranges, tuple(conditions), tuple(equations)))
        if known is None:
            return None
        positive = bool(u.is_positive) or (u in ranges and _is_positive(ranges[u]))
        r = own(f"root{len(roots)}", positive=True) if positive else own(f"root{len(roots)}", nonnegative=True)
        ranges[r] = sp.Interval(0, sp.oo, left_open=positive)
        roots.append((r, u))
        plain.append((r, u.xreplace(back)))
        below.append(known)
        back[r] = sp.sqrt(u.xreplace(back), evaluate=False)
        table = {p: r ** (2 * p.exp) for p in powers if p.base == u}
        f, *rest = (e.xreplace(table) for e in (f, *conditions, *equations))
        conditions, equations = rest[: len(conditions)], rest[len(conditions) :]
        top, bottom = sp.fraction(sp.together(u))
        equations.append(r**2 * bottom - top)
    if not roots:
        return by_squares_plain(case)
    inner = Case(f, ranges, tuple(conditions), tuple(equations))
    proof = by_squares_plain(_substituted(inner, roots))
    data = {"roots": tuple(roots), "plain": tuple(plain)}
    return proof and SignProof(case.f, "roots as variables", (proof, *below), "radicals", data)


def _is_positive(r: sp.Set) -> bool:
    return bool(r.inf.is_finite and (r.inf > 0 or (r.inf == 0 and getattr(r, "left_open", False))))


def _roots_in(expressions: Sequence[Any]) -> list[Any]:
    """The roots without roots inside."""
    found = {p for e in expressions for p in e.atoms(sp.Pow) if p.exp.is_Rational and not p.exp.is_Integer}
    return [p for p in found if not any(q.exp.is_Rational and not q.exp.is_Integer for q in p.base.atoms(sp.Pow))]


def _substituted(case: Case, roots: Sequence[tuple[Any, Any]]) -> Case:
    """The claim with x = r² put in for the symbols x whose roots occur."""
    for r, x in roots:
        if not x.is_Symbol or x not in case.ranges:
            continue
        values = case.ranges[x]
        ranges = {s: v for s, v in case.ranges.items() if s != x}
        low = values.inf if values.inf.is_positive else None
        if low is not None and sp.sqrt(low).is_Rational:
            ranges[r] = sp.Interval(sp.sqrt(low), sp.oo, getattr(values, "left_open", False))
        gaps = [g for g in _gaps(x, values) if g != x]
        f, *rest = (e.xreplace({x: r**2}) for e in (case.f, *case.conditions, *gaps, *case.equations))
        count = len(case.conditions) + len(gaps)
        equations = tuple(h for h in rest[count:] if h.expand() != 0)
        case = Case(f, ranges, tuple(rest[:count]), equations)
    return case


def by_squares_plain(case: Case) -> SignProof | None:
    """A proof of a rational claim by sums of squares; conditions that are not rational are not used."""
    known = case.known()
    if known is None:
        return SignProof(case.f, "no point meets the conditions", (), "absurd")
    case = known
    if not case.f.free_symbols:
        return SignProof(case.f, "a number", (), "known") if case.f.is_nonnegative else None
    symbols = sorted(case.ranges, key=str)
    plain = {s: sp.Symbol(f"v{i}", real=True) for i, s in enumerate(symbols)}
    back = {v: s for s, v in plain.items()}
    f = case.f.xreplace(plain)
    conditions = [sp.Ge(g, 0, evaluate=False) for g in (c.xreplace(plain) for c in case.conditions) if _rational(g)]
    equations = [sp.Eq(h, 0, evaluate=False) for h in (c.xreplace(plain) for c in case.equations) if _rational(h)]
    claim = Claim(f, {plain[s]: r for s, r in case.ranges.items()}, (*conditions, *equations))
    if not _rational(f):
        return None
    cases = branches(claim)
    if not cases:
        return SignProof(case.f, "no point meets the conditions", (), "absurd")
    if len(cases) > 1 or cases[0].goal.top.is_constant():
        return None
    found = prove(claim)
    if not isinstance(found, Proof):
        return _by_factors(case)
    steps = [step for step in found.certificate.cases[0] if isinstance(step, SumOfSquares)]
    if len(steps) < len(found.certificate.cases[0]):
        return None
    polynomials = _polynomials(cases[0], steps, back)
    if polynomials is None:
        return None
    return SignProof(case.f, "a sum of squares", (), "polynomials", {"polynomials": polynomials})


def _by_factors(case: Case) -> SignProof | None:
    """A product whose factors have a sign each."""
    top, bottom = sp.fraction(sp.factor(case.f))
    each = [*sp.Mul.make_args(top), *(1 / p for p in sp.Mul.make_args(bottom))]
    if len(each) < 2 or sum(1 for p in each if p.free_symbols) < 2:
        return None
    factors, parts, positive = [], [], True
    for part in each:
        base, power = part.as_base_exp()
        if part.is_Rational:
            positive = positive == bool(part > 0)
            factors.append((part, "+" if part > 0 else "-"))
        elif power.is_Integer and power % 2 == 0:
            factors.append((part, "+"))
        else:
            tried = ((sign, by_squares_plain(replace(case, f=(sign * base).expand()))) for sign in (1, -1))
            sign, proof = next(((sign, proof) for sign, proof in tried if proof is not None), (0, None))
            if proof is None:
                return None
            positive = positive == (sign == 1)
            factors.append((part, "proved +" if sign == 1 else "proved -"))
            parts.append(proof)
    if not positive:
        return None
    return SignProof(case.f, "a product of factors of known sign", tuple(parts), "product", {"factors": tuple(factors)})


def _rational(e: Any) -> bool:
    return bool(e.is_rational_function(*e.free_symbols)) if e.free_symbols else bool(e.is_Rational)


def _polynomials(branch: Branch, steps: Sequence[SumOfSquares], back: Mapping[Any, Any]) -> Polynomials | None:
    """The certificate of a branch in integers; None where a denominator's sign is not shown."""
    demands = wanted_of(branch)
    shown = [
        Relation(demand.p, ">" if found.f == branch.written(demand.p) else "<")
        for found, demand in zip(steps[:-1], demands[:-1], strict=True)
    ]
    goal = goal_of(branch, shown)
    bottom, turned = [], 1
    for factor, exponent in branch.goal.bottom:
        known = sign_of(factor, branch.bounds)
        sign = {">": 1, "<": -1}.get(known) or _by_facts([*shown, *branch.facts], factor)
        if sign is None:
            return None
        scale, p = _integral(sign * branch.written(factor), back)
        turned *= sign if exponent % 2 else 1
        bottom.append((scale, p, int(exponent)))
    if branch.written(goal) != branch.written(turned * branch.goal.top):
        return None
    *demanded, top = (_squares(step_found, back) for step_found in steps)
    k, _ = _integral(steps[-1].f, back)
    conditions = {_integral(g, back)[1]: None for s in steps for g in sorted(s.conditions, key=sp.default_sort_key)}
    equations = {_integral(h, back)[1]: None for s in steps for h in sorted(s.equations, key=sp.default_sort_key)}
    return Polynomials(
        tuple(d for d in demanded if d.strict),
        top,
        sp.Rational(k, sp.Mul(*(sp.Integer(scale) ** e for scale, _, e in bottom))),
        tuple((p, e) for _, p, e in bottom),
        tuple(conditions),
        tuple(equations),
    )


def _by_facts(facts: Sequence[Relation], factor: Any) -> int | None:
    """The strict sign of a polynomial that is a fact."""
    for fact in facts:
        for sign in (1, -1):
            if fact.sign in (">", "<") and scaled(fact.p) == scaled(sign * factor):
                return sign if fact.sign == ">" else -sign
    return None


def _integral(p: Any, back: Mapping[Any, Any]) -> tuple[int, Any]:
    """(k, k·p) with integer coefficients, in the symbols of the claim."""
    p = p.expand()
    k = lcm(*(int(c.q) for c in p.as_coefficients_dict().values()), 1)
    return k, (k * p).expand().xreplace(back)


def _squares(found: SumOfSquares, back: Mapping[Any, Any]) -> Squares:
    """The identity with integer coefficients."""
    k, p = _integral(found.f, back)
    weighted = []
    for term in found.terms:
        factors = [_integral(g, back) for g in term.factors]
        for c, q in term.squares:
            scale, root = _integral(q, back)
            weight = k * c / (scale**2 * sp.Mul(*(s for s, _ in factors)))
            if root.is_Rational:
                weight, root = weight * root**2, sp.S.One
            weighted.append((weight, tuple(g for _, g in factors), root))
    ideal = []
    for factor, h in found.ideal:
        (a, m), (b, g) = _integral(factor, back), _integral(h, back)
        ideal.append((sp.Rational(k, a * b), m, g))
    scale = lcm(*(int(w.q) for w, *_ in (*weighted, *ideal)), 1)
    base, power = found.multiplier.as_base_exp() if found.multiplier != 1 else (sp.S.One, 0)
    return Squares(
        p,
        scale,
        base.xreplace(back),
        int(power),
        tuple((int(w * scale), g, q) for w, g, q in weighted),
        tuple(((w * scale * m).expand(), h) for w, m, h in ideal),
        found.strict,
    )

"""Inequalities on a statement's domain: reduced to numbers, then by rules of sign and by balls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from checks.proofs.entrywise import entry_gap, pair_gap
from checks.proofs.falsity import false_at
from checks.proofs.replay import contradiction, proof_contradiction
from checks.proofs.replay_leaves import leaves_contradiction
from checks.proofs.replay_steps import identity_contradiction, steps_contradiction
from derivations.calculus.forms import NotReducible, expand_inner
from derivations.domains import Domain
from derivations.gaussian import Expectation
from derivations.integrals.definitions import NoIntegral, as_defined, carried_out
from derivations.integrals.polar import NoClosedForm
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason, Why
from derivations.proofs.equality import unfold
from derivations.proofs.explicit import coordinates
from derivations.proofs.exponentials import by_exponentials
from derivations.proofs.sign_proofs import SignProof
from derivations.proofs.signs import Prover
from derivations.vectors import Inner
from numerics.balls.enclosure import Enclosure, Subdivision, Unbounded, compactified
from numerics.balls.rays import START, nonnegative_on_ray

FEW, SHORT, SUBSTITUTE_STEPS = 2, 60, 600_000
"""How many variables, operations and steps a claim over half-lines may have to be made bounded."""
QUICK_WORK = 2_000_000
"""Balls for a claim that is one of several ways to decide a statement."""
DEAR_BOXES = 300
"""Boxes for a claim with integrals or series in it, each of which is evaluated from its definition."""
CHOICES = 8
"""The most symbols for which conditions are solved."""


def scalar_gaps(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim f ≥ 0 on vectors as claims on numbers, each sufficient: (expression, box).

    Where f is a sum over entries, the claim about one entry; then every inner product as a variable,
    nonnegative if it is a square or the domain says so; then the vectors in coordinates adapted to them; at last
    each of these with exponentials as variables.
    """
    f = unfold(f, domain)
    entries = [claim for claim in (entry_gap(f, domain), pair_gap(f, domain)) if claim]
    found = entries + _gaps_of_products(f, domain)
    return found + [claim for expr, box in found for claim in by_exponentials(expr, box)]


def defined_gaps(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim f ≥ 0 with integrals, series and limits as they are defined, for balls: no closed form is used.

    Raises NoIntegral for an expectation over vectors or over more than two numbers.
    """
    return _gaps_of_products(as_defined(f), domain)


def _gaps_of_products(f: Any, domain: Domain) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    f = expand_inner(f, domain.table)
    box: dict[Any, sp.Set] = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    products = sorted(f.atoms(Inner), key=sp.default_sort_key)
    if not products:
        used = (f, {s: r for s, r in box.items() if f.has(s)})
        conditions = [r for r in domain.where if isinstance(r, Relational)]
        each = [claim for r in conditions for claim in _with_conditions(f, box, [r])] if len(conditions) > 1 else []
        return [*_with_conditions(f, box, conditions), *each, used] if conditions else [used]
    return [claim for squares in (False, True) for claim in _with_products(f, box, products, domain, squares)]


def _with_products(
    f: Any, box: Mapping[Any, sp.Set], products: Sequence[Inner], domain: Domain, squares: bool
) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim with each inner product as a number of its own, and the vectors in coordinates.

    A condition that is linear in a product is put in for it. With `squares` that product may be a square, of which it
    is then forgotten that it is nonnegative; no claims are made so where none of the conditions asks for it.
    """
    known = {p: _range_of(p, domain) for p in products}
    box, forgotten = dict(box), False
    for number, relation in enumerate(r for r in domain.where if isinstance(r, Relational)):
        # a condition gap >= 0 that is linear in a product: the product in terms of h = gap
        gap = expand_inner(relation.gts - relation.lts, domain.table)
        linear = [p for p in products if (c := gap.coeff(p)).is_nonzero and not (gap - c * p).expand().has(p)]
        chosen = next((p for p in linear if not p.is_nonnegative), None)
        if chosen is None and squares and linear and gap.atoms(Inner) <= set(products):
            chosen, forgotten = linear[-1], True
        if chosen is not None:
            h, factor = own(f"h{number}", real=True), gap.coeff(chosen)
            f = f.xreplace({chosen: (h - (gap - factor * chosen)) / factor}).expand()
            box[h] = sp.Interval(0, sp.oo)
    if squares and not forgotten:
        return []
    names = {p: own(f"p{i}", real=True) for i, p in enumerate(products)}
    opaque = (f.xreplace(names), {**box, **{names[p]: r for p, r in known.items()}})
    if any(len(e.covariance) and e.covariance.has(*names.values()) for e in opaque[0].atoms(Expectation) if names):
        return []  # rules of sign differentiate, and an expectation is not differentiated by its law
    fixed = {v for p in domain.table for v in p.args}
    if any(v in fixed for p in products for v in p.args):
        return [opaque]
    placed, new = coordinates(f, domain.table)
    return [opaque, (placed, {**box, **dict.fromkeys(new, sp.S.Reals)})]


def solved(
    f: sp.Expr, box: Mapping[Any, sp.Set], gaps: Sequence[sp.Expr]
) -> Iterator[tuple[sp.Expr, dict[Any, sp.Set], dict[Any, sp.Expr]]]:
    """The claim with each gap ≥ 0 solved for a symbol in which it is linear: s in terms of t = gap ≥ 0.

    What is forgotten is the range of s itself: the claim becomes stronger. A symbol without a range loses nothing;
    where all have one, there is a claim for each choice, at most CHOICES. Yields claim, box, and what each t is.
    """
    linear = [(number, gap, found) for number, gap in enumerate(gaps) if (found := _linear_in(gap, box))]
    for chosen in islice(product(*(found for _, _, found in linear)), CHOICES):
        put_in, slack = f, {}
        for (number, gap, _), (s, factor, rest) in zip(linear, chosen, strict=True):
            t = own(f"t{number}", nonnegative=True)
            put_in, slack[t] = put_in.xreplace({s: (t - rest) / factor}), gap
        put_in = put_in.expand(func=False) if put_in.is_polynomial() else put_in
        yield put_in, {**box, **dict.fromkeys(slack, sp.Interval(0, sp.oo))}, slack


def _linear_in(gap: sp.Expr, box: Mapping[Any, sp.Set]) -> list[tuple[Any, sp.Expr, sp.Expr]]:
    """The symbols in which a gap is linear, each with its factor and the rest; only one if it ranges over the reals."""
    found = []
    for s in sorted((s for s in gap.free_symbols if isinstance(s, sp.Symbol)), key=str):
        factor = gap.expand().coeff(s)
        rest = (gap - factor * s).expand()
        if factor.is_number and factor != 0 and not rest.has(s):
            found.append((s, factor, rest))
    free = [choice for choice in found if box.get(choice[0]) == sp.S.Reals]
    return free[:1] or found


def _with_conditions(
    f: sp.Expr, box: Mapping[Any, sp.Set], conditions: Sequence[Relational]
) -> list[tuple[sp.Expr, dict[Any, sp.Set]]]:
    """The claim with its conditions put in, each on the symbols that it has."""
    gaps = [gap for r in conditions if len((gap := r.gts - r.lts).free_symbols) > 1]
    return [(g, {s: r for s, r in b.items() if g.has(s)}) for g, b, _ in solved(f, box, gaps)]


def _range_of(product: Inner, domain: Domain) -> sp.Set:
    """Squares are nonnegative, and inner products of unit vectors lie in [−1, 1]."""
    if product.is_nonnegative or is_square(product):
        return sp.Interval(0, sp.oo)
    unit = all(domain.table.get(Inner(x, x)) == 1 for x in product.args)
    return sp.Interval(-1, 1) if unit else sp.S.Reals


def is_square(product: Inner) -> bool:
    """Whether a product reads ⟨x, VᵀV x⟩ = ‖Vx‖² for a product V of matrices."""
    x, y = sorted(product.args, key=lambda a: isinstance(a, sp.MatMul))
    if not isinstance(y, sp.MatMul):
        return False
    factor, (*word, last) = y.as_coeff_matrices()
    half = len(word) // 2
    turned = [sp.Transpose(w).doit() for w in reversed(word[half:])]
    return bool(factor == 1 and last == x and len(word) == 2 * half and turned == word[:half])


def prove_nonnegative(f: Any, domain: Domain, touching: Any = None) -> SignProof | None:
    """A proof that f ≥ 0 on the domain by exact rules, tested again step by step, or None."""
    found = proof_or_reason(f, domain, touching)
    return found if isinstance(found, SignProof) else None


def proof_or_reason(f: Any, domain: Domain, touching: Any = None) -> SignProof | Why:
    """A proof that f ≥ 0 on the domain, or why there is none: none was found, or one was and is contradicted."""
    why = Why(Reason.NO_PROOF, "no proof found by the rules of sign")
    for expr, box in scalar_gaps(f, domain):
        used = {s: r for s, r in box.items() if expr.has(s)}
        if false_at(expr, used) is not None:
            continue
        prover = Prover(used, touching)
        proof = prover.nonnegative(expr)
        if proof is not None:
            against = _against(f, domain) or contradiction(expr, used) or _withdrawn(proof, expr, prover)
            if against is not None:
                return Why(Reason.CONTRADICTED, f"a proof by rules of sign was found and is withdrawn: {against}")
            return proof
        if prover.spent:
            why = Why(Reason.BUDGET, f"no proof found by the rules of sign; {prover.spent}")
    return why


def _against(f: Any, domain: Domain) -> str | None:
    """What contradicts the claim itself at points of the domain, where it is one on numbers."""
    numbers = {s: domain.interval(s) for s in (*domain.scalars, *domain.angles)}
    return contradiction(f, numbers, domain.where) if getattr(f, "free_symbols", None) is not None else None


def enclose_gap(f: Any, domain: Domain, touching: Any = None, rules: bool = True) -> Enclosure | Why:
    """The first formulation of f ≥ 0 on a bounded box that is decided; the reason if there is none.

    Where there is none, the rules of sign are tried, with balls for what they do not decide, unless `rules` is off.
    """
    why = Why(Reason.UNBOUNDED, "no formulation on a bounded box")
    last: Enclosure | None = None
    rules = rules and not carried_out(f)  # these know no integral but by a closed form of it
    try:
        gaps = defined_gaps(f, domain) if carried_out(f) else scalar_gaps(f, domain)
    except (NoClosedForm, NotReducible, NoIntegral) as error:
        return Why.of(error)
    for expr, box in gaps:
        used = {s: r for s, r in box.items() if expr.has(s)}
        if domain.where and len(used) > 1:
            why = Why(Reason.NO_BOX, "conditions between variables are not a box")
            continue
        if any(r.is_subset(sp.S.Integers) for r in used.values()):
            why = Why(Reason.NO_BOX, "integers are not a box")
            continue
        try:
            last = _decide(expr, used, touching)
        except Unbounded as error:
            why = Why.of(error)
            continue
        if last.holds is False and (domain.where or getattr(f, "has", lambda _: False)(Inner)):
            last = replace(last, holds=None)  # a box of inner products need not be one of vectors
        if last.holds is True and (against := _against(f, domain) or contradiction(expr, used) or _leaves(last)):
            return Why(Reason.CONTRADICTED, f"an enclosure was found and is withdrawn: {against}")
        if last.holds is not None:
            return last
    if rules and any(_with_balls(expr, box, touching) for expr, box in gaps):
        if against := _against(f, domain):
            return Why(Reason.CONTRADICTED, f"a proof by rules of sign and balls was found and is withdrawn: {against}")
        return Enclosure(True, 0, tight="rules of sign on top of enclosures")
    return last if last is not None else why


def _decide(f: sp.Expr, box: Mapping[Any, sp.Set], touching: Any) -> Enclosure:
    """f ≥ 0 on a box; half-lines beyond START by what decays there, or made bounded by a substitution.

    Raises Unbounded where neither is possible.
    """
    infinite = [s for s, r in box.items() if not (r.inf.is_finite and r.sup.is_finite)]
    if len(infinite) == 1 and len(box) == 1:
        (x,) = infinite
        r = box[x]
        rays = [sign for sign, end in ((1, r.sup), (-1, r.inf)) if not end.is_finite]
        near = sp.Interval(max(r.inf, -START), min(r.sup, START), r.left_open, r.right_open)
        if not near.is_empty and near.measure > 0 and all(nonnegative_on_ray(f, x, sign) for sign in rays):
            found = Subdivision(f, {x: near}, touching).decide()
            tight = f"{found.tight + '; ' if found.tight else ''}rays beyond {START}"
            return replace(found, tight=tight) if found.holds is True else found
    if infinite:
        if len(box) > FEW or f.count_ops() > SHORT:
            raise Unbounded(
                f"{infinite[0]} ranges over {box[infinite[0]]}, and the claim is too long to be substituted in"
            )
        try:
            with budget(SUBSTITUTE_STEPS):
                f, box = compactified(f, box)
                division = Subdivision(f, box)
        except BudgetSpent:
            said = f"{infinite[0]} ranges over {box[infinite[0]]}, substituting took too many steps"
            raise Unbounded(said, reason=Reason.BUDGET) from None
        found = division.decide(QUICK_WORK, max_boxes=5000)
        # a negative value of the numerator at infinity is no point of the domain
        return replace(found, holds=None) if found.holds is False else replace(found, tight=_substituted_by(found))
    if carried_out(f):
        return Subdivision(f, box, touching).decide(max_boxes=DEAR_BOXES)
    return Subdivision(f, box, touching).decide()


def _substituted_by(found: Enclosure) -> str:
    return f"{found.tight + '; ' if found.tight else ''}half-lines made bounded by x = a + t/(1 − t)"


def _with_balls(expr: Any, box: dict[Any, sp.Set], touching: Any) -> bool:
    """Whether rules of sign prove it with the help of balls; what they prove alone is no enclosure."""
    used = {s: r for s, r in box.items() if expr.has(s)}
    if false_at(expr, used) is not None:
        return False
    prover = Prover(used, touching, decided)
    proof = prover.nonnegative(expr)
    return proof is not None and proof.uses_balls() and _stands(proof, expr, used, prover)


def _by_rules(expr: Any, box: dict[Any, sp.Set]) -> bool:
    """The rules of sign, with what they leave open enclosed where its box is bounded."""
    used = {s: r for s, r in box.items() if expr.has(s)}
    prover = Prover(used, None, decided)
    proof = prover.nonnegative(expr)
    return proof is not None and _stands(proof, expr, used, prover)


def _stands(proof: SignProof, expr: Any, box: Mapping[Any, sp.Set], prover: Prover) -> bool:
    return contradiction(expr, box) is None and _withdrawn(proof, expr, prover) is None


def _withdrawn(proof: SignProof, expr: Any, prover: Prover) -> str | None:
    """What contradicts a proof: it proves another claim, or contains a false claim or a step that does not hold."""
    asked = identity_contradiction(expr.xreplace(prover.names), proof.f, prover.box)
    return asked or proof_contradiction(proof) or steps_contradiction(proof)


def _leaves(found: Enclosure) -> str | None:
    return leaves_contradiction(found.cover) if found.cover is not None else None


def decided(f: sp.Expr, box: Mapping[Any, sp.Set]) -> bool:
    """Whether balls show f ≥ 0 on a bounded box: what the rules of sign ask where they know no further."""
    if not box or any(r.is_subset(sp.S.Integers) for r in box.values()):
        return False
    try:
        found = Subdivision(f, box).decide(QUICK_WORK, max_boxes=4000)
        return found.holds is True and _leaves(found) is None
    except Unbounded:
        return False


def link_holds(f: Any, domain: Domain) -> bool:
    """Whether f ≥ 0 is shown, by the rules of sign first: a link of a derivation is mostly one of them."""
    try:
        if any(_by_rules(expr, box) for expr, box in scalar_gaps(f, domain)):
            return True
    except (NoClosedForm, NotReducible):
        return False
    found = enclose_gap(f, domain, rules=False)
    return isinstance(found, Enclosure) and found.holds is True

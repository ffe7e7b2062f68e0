"""Inequalities, chains of them and extrema as Rocq propositions, proved from certificates of sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy import Derivative, Expr, MatMul, Symbol

from derivations.activations import sigmoid
from derivations.proofs.exponentials import written_out
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.context import PrintedTerm, conditions, expanding, opened
from derivations.rocq.goals import Goal, derived, equal
from derivations.rocq.numerators import unfolding
from derivations.rocq.scripts import Writer
from derivations.rocq.tactics import Lines, NoScript, block, equality
from derivations.rocq.terms import ATOM, MUL, Names, short, term, vector
from derivations.rocq.totals import bound_by_induction, has_total
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.vectors import Inner


@dataclass(frozen=True)
class Certificate:
    """A proof that a claim about numbers is nonnegative, and what its symbols stand for in the statement.

    `gaps` has the symbols among them that stand for ⟨x, x⟩⟨y, y⟩ − ⟨x, y⟩², each with its ⟨x, y⟩: what is nonnegative
    by Cauchy and Schwarz.
    """

    proof: SignProof
    meaning: Mapping[Symbol, Any]
    gaps: Mapping[Symbol, Inner] = field(default_factory=dict)


Prove = Callable[[Expr, Statement], Certificate]
"""Finds a proof that an expression is nonnegative on a statement's domain; raises NoScript where it finds none."""
Locate = Callable[[Constant], "tuple[Expr, int]"]
"""Finds where an extremum is attained or nearly so, and the sign of the expression there."""


BOUNDS = {
    sp.tanh: ("tanh_low", "tanh_up"),
    sigmoid: ("sigmoid_pos", "sigmoid_up"),
    sp.exp: ("exp_pos", "exp_ineq1_le"),
    sp.sin: ("sin_low", "sin_up"),
    sp.cos: ("cos_low", "cos_up"),
}
"""What is known of a function that a certificate treats as a variable."""


def gap(s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove) -> Lines:
    """The lines that prove lhs <= rhs from a sign proof of the difference."""
    found = prove(rhs - lhs, s)
    proof, stands_for = found.proof, found.meaning
    inside = names.with_numbers({})
    facts: Lines = []
    back: dict[Any, Any] = {}
    inside.meaning.update({a: b for a, b in stands_for.items() if a != b})
    powers = ""
    known = conditions(s)
    for number, relation in enumerate(known, start=1):
        lemma = "gap_of_strict" if relation.rel_op in ("<", ">") else "gap_of"
        facts.append(f"pose proof ({lemma} _ _ W{number}) as T{number}.")
        facts += expanding(s, names, (), f"T{number}")
    for symbol, meaning in stands_for.items():
        if meaning in inside.numbers:
            inside.numbers[symbol] = inside.numbers[meaning]
        elif meaning in inside.naturals and _moves(proof, symbol):
            # the proof has real numbers in its place, also in exponents
            inside.numbers[symbol] = f"(INR {inside.naturals[meaning]})"
            powers = "rewrite ?Rpower_pow by above. "
        elif meaning in inside.naturals:
            inside.naturals[symbol] = inside.naturals[meaning]
        else:
            inside.numbers[symbol] = f"({term(meaning, inside)})"
        back[symbol] = meaning
        if symbol.is_nonnegative and isinstance(meaning, Inner) and meaning.args[0] == meaning.args[1]:
            facts.append(f"pose proof (dot_pos {vector(meaning.args[0], inside)}).")
        elif symbol.is_nonnegative and isinstance(meaning, Inner) and meaning.has(MatMul):
            back_again = "repeat first [apply dot_pos | rewrite <- adjoint | rewrite <- turned_adjoint]"
            facts.append(f"assert (0 <= {term(meaning, inside, MUL)}) by ({back_again}).")
        elif symbol in found.gaps:
            x, y = (vector(v, inside) for v in found.gaps[symbol].args)
            facts += [f"pose proof (cauchy_gap {x} {y}) as CS.", *expanding(s, names, (), "CS")]
            facts.append(f"assert (0 <= {term(meaning, inside, MUL)}) by (eapply Rle_trans; [exact CS | right; ring]).")
        elif type(meaning) in BOUNDS:
            at = term(meaning.args[0], inside, ATOM)
            facts += [f"pose proof ({lemma} {at})." for lemma in BOUNDS[type(meaning)]]
        elif symbol.is_nonnegative and meaning not in inside.numbers and not meaning.is_Symbol:
            by = "; ".join(
                f"first [solve [eapply Rle_trans; [exact T{n} | right; {equality([meaning], inside)}]] | idtac]"
                for n in range(1, len(known) + 1)
            )
            facts.append(f"assert (0 <= {term(meaning, inside, MUL)}) by first [low | solve [{by}]].")
    writer = Writer()
    name, lines = writer.asserted(proof, inside)
    exprs = [*opened(s, rhs, lhs), proof.f, proof.f.xreplace(back)]
    close = equality(exprs, inside)
    if any(e.has(sp.exp) for e in exprs):
        # functions by exponentials, where these alone bring the two forms together
        forms = [form(e) for e in opened(s, rhs, lhs) for form in (written_out, lambda e: e.rewrite(sp.exp))]
        close = unfolding((lhs, rhs), inside, (*exprs, *forms), close)
    return [
        *facts,
        *lines,
        f"apply from_gap. apply (Rle_trans _ ({term(proof.f, inside)})); [exact {name} | right].",
        *expanding(s, names, opened(s, rhs, lhs)),
        f"symmetry. {powers}{close}.",
    ]


def _moves(proof: SignProof, n: Symbol) -> bool:
    """Whether a proof uses the growth of powers in their exponent n, by which n is any real number."""
    inner = [v for v in proof.data.values() if isinstance(v, SignProof)]
    if proof.data.get("x") == n and any(p.exp.has(n) for p in proof.f.atoms(sp.Pow)):
        return True
    return any(_moves(part, n) for part in (*proof.parts, *inner))


def _without_derivatives(expr: Expr) -> Expr:
    return expr.doit() if expr.has(Derivative) else expr


def bound(s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove) -> Goal:
    """lhs <= rhs, from one certificate or link by link; raises NoScript, Untranslatable."""
    left, right = term(lhs, names, MUL), term(rhs, names, MUL)
    lines: Lines = []
    for e in sorted({d for side in (lhs, rhs) for d in side.atoms(Derivative)}, key=str):
        value = e.doit()
        ((_, order),) = e.variable_count
        if order != 1:
            raise NoScript("a higher derivative inside a bound")
        lines += [
            f"replace ({term(e, names)}) with ({term(value, names)})",
            f"  by (symmetry; apply is_derive_unique; {derived(e.expr, value, names)[:-1]}).",
        ]
    lhs, rhs = _without_derivatives(lhs), _without_derivatives(rhs)
    if has_total(lhs, rhs):
        lines += bound_by_induction(s, lhs, rhs, names, lambda wide, a, b, inside: gap(wide, a, b, inside, prove))
        return Goal(f"{left} <= {right}", tuple(lines), (PrintedTerm(left, lhs, names), PrintedTerm(right, rhs, names)))
    try:
        lines += gap(s, lhs, rhs, names, prove)
    except NoScript:
        if s.derivation is None or not isinstance(s, Bound) or not s.derivation.steps:
            raise
        lines += _chain(s, lhs, rhs, names, prove)
    return Goal(f"{left} <= {right}", tuple(lines), (PrintedTerm(left, lhs, names), PrintedTerm(right, rhs, names)))


_COMMENT = str.maketrans({"*": "·", "(": "[", ")": "]", '"': "'"})


def _chain(s: Statement, lhs: Expr, rhs: Expr, names: Names, prove: Prove) -> Lines:
    """Link by link, as the derivation goes."""
    assert s.derivation is not None
    lines: Lines = []
    before = s.derivation.start
    hypotheses = []
    for number, step in enumerate(s.derivation.steps):
        a, b = (_without_derivatives(e) for e in (before, step.expr))
        if step.relation == ">=":
            a, b = b, a
        name = f"Step{number + 1}"
        relation = "=" if step.relation == "=" else "<="
        lines.append(f"(* {step.reason.translate(_COMMENT)} *)")
        lines.append(f"assert ({name} : {term(a, names, MUL)} {relation} {term(b, names, MUL)}).")
        if relation == "=":
            lines += block([*expanding(s, names, opened(s, a, b)), *equal(s, a, b, names)])
        else:
            lines += block(gap(s, a, b, names, prove))
        hypotheses.append(name)
        before = step.expr
    if names.vectors:
        # the same products in the goal and in the links
        exprs = [e for step in (s.derivation.start, *(st.expr for st in s.derivation.steps)) for e in opened(s, step)]
        lines += expanding(s, names, exprs)
        for name in hypotheses:
            lines += expanding(s, names, exprs, name)
    return [*lines, "lra."]


def extremum(s: Constant, names: Names, prove: Prove, locate: Locate) -> Goal:
    """sup or inf over an interval: every value is on one side of it, and one point reaches it."""
    expr, x, interval, _ = s.definition.args
    above = s.definition.is_supremum
    size = isinstance(expr, sp.Abs)
    body = (expr.args[0] if size else expr).doit()
    whole = sp.Abs(body, evaluate=False) if size else body
    name = names.fresh(x.name)
    inside = names.with_numbers({x: name})
    within = []
    if interval.inf.is_finite:
        within.append(f"{term(interval.inf, names, MUL)} {'<' if interval.left_open else '<='} {name}")
    if interval.sup.is_finite:
        within.append(f"{name} {'<' if interval.right_open else '<='} {term(interval.sup, names, MUL)}")
    region = " /\\ ".join(within) or "True"
    over = f"(fun {name} : R => {term(whole, inside)}) (fun {name} : R => {region})"
    low, high = s.enclosure or (s.value, s.value)
    inner, outer = (low, high) if above else (high, low)
    kind = "sup" if above else "inf"
    point, sign = locate(s)
    at = term(point, names, ATOM)
    there = names.with_numbers({x: at})
    ends = [term(e, names, ATOM) for e in (low, high)]
    reached = [f"(* at {x} = {short(point)} *)", "cbv beta."]
    if size:
        how = "Rabs_right" if sign == 1 else "Rabs_left1"
        reached.append(f"rewrite {how} by (first [apply Rle_ge | apply Ropp_le_cancel; rewrite Ropp_0]; at_end).")
    if s.enclosure is None:
        claim = f"is_{kind} {over} {ends[0]}"
        head = f"apply ({kind}_attained _ _ {ends[0]} {at})."
        exprs = [
            sign * body.xreplace({x: point}),
            sp.Tuple(*body.atoms(sp.Pow), *sp.sympify(point).atoms(sp.Pow)),
            inner,
        ]
        reached.append(f"rewrite ?sigmoid_at, ?tanh_at by above. ends. {equality(exprs, there)}.")
    else:
        claim = f"exists m, is_{kind} {over} m /\\ {term(low, names, MUL)} <= m <= {term(high, names, MUL)}"
        head = f"apply ({kind}_between _ _ {ends[0]} {ends[1]} {at})."
        reached.append("unfold Rminus; interval with (i_prec 160).")
    wide = _on_interval(s, x, interval)
    pattern = f"[{' '.join(f'D{i}' for i in range(len(within)))}]" if len(within) > 1 else "D0"
    everywhere = [f"intros {name} {pattern}. cbv beta."]
    if size:
        everywhere.append("apply abs_below.")
        for a, b in ((body, outer), (-outer, body)):
            everywhere += block(gap(wide, a, b, inside, prove))
    else:
        everywhere += gap(wide, *((body, outer) if above else (outer, body)), inside, prove)
    lines = [
        head,
        *block(["cbv beta. repeat split; first [exact I | lra | interval]."]),
        *block(reached),
        *block(everywhere),
    ]
    sides = (PrintedTerm(text, e, names) for text, e in zip(ends, (low, high), strict=True))
    return Goal(claim, tuple(lines), (PrintedTerm(term(whole, inside), whole, inside), *sides))


def _on_interval(s: Constant, x: Symbol, interval: Any) -> Statement:
    """The statement's domain and the interval of the extremum, as a statement on which inequalities are proved."""
    return Identity(s.slug, x, x, on={**s.domain.ranges, x: interval}, where=s.domain.where, paper=s.paper)

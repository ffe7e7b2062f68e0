"""Equations and derivatives as Rocq propositions, each with a script that proves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy import Derivative, Expr, MatrixSymbol, S

from derivations.calculus.forms import expand_inner
from derivations.letters.names import own, unused
from derivations.rocq.context import PrintedTerm, expanding, opened
from derivations.rocq.tactics import Lines, NoScript, block, equality, real_powers
from derivations.rocq.terms import ATOM, MUL, Names, Untranslatable, function, term, vector
from derivations.rocq.totals import has_total, identity_by_induction
from derivations.statements import Gradient, Statement
from derivations.vectors import Inner, is_matrix


@dataclass(frozen=True)
class Goal:
    """One proposition with its script; `readings` are its sides, to be read back and evaluated."""

    claim: str
    script: tuple[str, ...]
    readings: tuple[PrintedTerm, ...]


def identity(s: Statement, lhs: Any, rhs: Any, names: Names) -> list[Goal]:
    """lhs = rhs as goals: entry by entry, tested with every column h, or as a derivative; raises Untranslatable."""
    if isinstance(lhs, sp.MatrixBase):
        right = list(rhs) if isinstance(rhs, sp.MatrixBase) else [S.Zero] * len(lhs)
        return [g for a, b in zip(lhs, right, strict=True) for g in identity(s, a, b, names)]
    if is_matrix(lhs) or is_matrix(rhs):
        if lhs.shape[1] != 1:
            return [_operator(s, lhs, rhs, names)]
        test = MatrixSymbol(unused("h", names.vectors), *lhs.shape)
        name = names.fresh("h")
        wide = replace(names, vectors={**names.vectors, test: name})
        left, right_text = (
            "0" if side == 0 or isinstance(side, sp.ZeroMatrix) else f"dot {vector(side, wide)} {name}"
            for side in (lhs, rhs)
        )
        products = [S.Zero if t == "0" else Inner(e, test) for t, e in ((left, lhs), (right_text, rhs))]
        binder = f"({name} : {names.spaces[(lhs if is_matrix(lhs) else rhs).shape[0]]})"
        lines = [
            f"intros {name}.",
            *expanding(s, wide, opened(s, *products)),
            *equal(s, products[0], products[1], wide),
        ]
        readings = (PrintedTerm(left, products[0], wide), PrintedTerm(right_text, products[1], wide))
        return [Goal(f"forall {binder}, {left} = {right_text}", tuple(lines), readings)]
    if isinstance(lhs, Derivative):
        return [derivative(lhs, rhs, names)]
    left, right_text = term(lhs, names, MUL), term(rhs, names, MUL)
    if has_total(lhs, rhs):
        lines = identity_by_induction(s, lhs, rhs, names)
    else:
        lines = [*expanding(s, names, opened(s, lhs, rhs)), *equal(s, lhs, rhs, names)]
    sides = (PrintedTerm(left, lhs, names), PrintedTerm(right_text, rhs, names))
    return [Goal(f"{left} = {right_text}", tuple(lines), sides)]


def _operator(s: Statement, lhs: Any, rhs: Any, names: Names) -> Goal:
    """An equation between matrices, applied to every column and tested with every column."""
    x, h = (MatrixSymbol(unused(v, names.vectors), n, 1) for v, n in (("x", lhs.shape[1]), ("h", lhs.shape[0])))
    wide = replace(names, vectors=dict(names.vectors))
    for v in (x, h):
        wide.vectors[v] = wide.fresh(v.name)
    sides = [Inner(sp.MatMul(m, x).doit(), h) for m in (lhs, rhs)]
    left, right = (term(side, wide, MUL) for side in sides)
    bound = f"{wide.vectors[x]} {wide.vectors[h]}"
    lines = [f"intros {bound}.", *expanding(s, wide, opened(s, *sides)), *equal(s, sides[0], sides[1], wide)]
    return Goal(
        f"forall {bound}, {left} = {right}",
        tuple(lines),
        (PrintedTerm(left, sides[0], wide), PrintedTerm(right, sides[1], wide)),
    )


def equal(s: Statement, lhs: Any, rhs: Any, names: Names) -> Lines:
    """The tactic for an equation between numbers, after inner products are expanded."""
    exprs = opened(s, lhs, rhs)
    if any(e.has(Derivative) for e in exprs):
        raise NoScript("a derivative inside an equation")
    return [f"{equality(exprs, names)}."]


def derivative(d: Derivative, value: Expr, names: Names) -> Goal:
    """is_derive for the outermost derivative; those inside are found first."""
    symbols = [v for v, n in d.variable_count for _ in range(int(n))]
    *inner, last = symbols
    body = Derivative(d.expr, *inner) if inner else d.expr
    claim_function = function(body, last, names)
    at, claimed = term(last, names, ATOM), term(value, names, ATOM)
    claim = f"is_derive {claim_function} {at} {claimed}"
    lines: Lines = []
    f = d.expr
    fresh = names.fresh(str(last))
    at_fresh = names.with_numbers({last: fresh})
    for x in inner:
        # the inner derivative as a formula, at every value of the last variable
        slope = f.diff(x)
        lines += [
            f"apply (is_derive_ext {function(slope, last, names)}).",
            *block(
                [
                    f"intros {fresh}. symmetry. apply is_derive_unique.",
                    derived(f, slope, at_fresh),
                ]
            ),
        ]
        f = slope
    lines.append(derived(f, value, names))
    body_text = PrintedTerm(term(d.expr, names), d.expr, names)
    return Goal(claim, tuple(lines), (body_text, PrintedTerm(claimed, value, names)))


def opening(f: Expr, names: Names) -> str:
    """What auto_derive needs first: real powers as exponentials."""
    return "unfold Rpower. " if real_powers([f], names) else ""


def derived(f: Expr, slope: Expr, names: Names) -> str:
    """The tactic for is_derive f t slope."""
    return f"{opening(f, names)}auto_derive; [side | {equality([f, slope], names, True)}]."


def gradient(s: Gradient, names: Names) -> Goal:
    """The derivative along every direction h at t = 0 is ⟨gradient, h⟩; raises Untranslatable for a matrix."""
    if not is_matrix(s.wrt):
        return derivative(Derivative(s.of, s.wrt, evaluate=False), s.equals, names)
    if s.wrt.shape[1] != 1:
        raise Untranslatable(f"a gradient by the matrix {s.wrt}")
    h, t = MatrixSymbol(unused("h", names.vectors), *s.wrt.shape), own("t", real=True)
    wide = replace(names, vectors=dict(names.vectors))
    wide.vectors[h] = wide.fresh("h")
    bound = wide.fresh("t")
    inside = wide.with_numbers({t: bound})
    moved = s.of.xreplace({s.wrt: s.wrt + t * h})
    claimed = term(Inner(s.equals, h), wide, ATOM)
    claim = f"forall {wide.vectors[h]}, is_derive (fun {bound} : R => {term(moved, inside)}) 0 {claimed}"
    flat = expand_inner(moved, s.domain.table)
    lines = [
        f"intros {wide.vectors[h]}.",
        "eapply is_derive_ext.",
        *block([f"intros {bound}. symmetry.", *expanding(s, wide), "reflexivity."]),
        f"auto_derive; [dots; {_turning(s, wide)}at_origin; {_sides(s, wide)} |].",
        *expanding(s, wide, [*opened(s, Inner(s.equals, h)), flat]),
        f"at_origin. {equality([*opened(s, Inner(s.equals, h)), flat.xreplace({t: S.Zero})], wide, True)}.",
    ]
    readings = (PrintedTerm(term(moved, inside), moved, inside), PrintedTerm(claimed, Inner(s.equals, h), wide))
    return Goal(claim, tuple(lines), readings)


def _turning(s: Statement, names: Names) -> str:
    """The rewriting of products in the conditions of auto_derive, where it is needed."""
    lines = [line for line in expanding(s, names)[1:] if line.startswith("rewrite")]
    return "".join(f"{line.rstrip('.')}; " for line in lines)


def _sides(s: Gradient, names: Names) -> str:
    """`side`, with the roots of the expression in the form in which they are known to be positive."""
    bases = [e.base for e in opened(s, s.of)[1:] if isinstance(e, sp.Pow) and e.base.has(Inner)]
    if not bases or not names.ones:
        return "side"
    by = "ltac:(solve [first [ring | field; side]])"
    return "; ".join(f"side_as {term(b, names, ATOM)} {by}" for b in dict.fromkeys(bases))

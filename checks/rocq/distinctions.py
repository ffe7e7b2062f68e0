"""Case distinctions for Rocq: |.|, max, min, steps and cases, each decided by an order of two numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from checks.rocq.algebraic import Case
from derivations.gaussian import relu, step
from derivations.letters.names import own
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.algebra import Distinction

DISTINCTIONS = (sp.Abs, sp.Max, sp.Min, relu, step, sp.Piecewise)
MOST = 7
"""Distinctions of one claim."""
Leaf = Callable[[Case], "SignProof | None"]
"""What proves a claim without case distinctions."""


def by_cases(case: Case, leaf: Leaf) -> SignProof | None:
    """A proof of f ≥ 0 in which every case distinction is decided; None where `leaf` proves none for one of the cases.

    Args:
        case: The claim.
        leaf: What proves a claim without case distinctions.
    """
    steps: list[Distinction] = []
    left = case
    while atoms := [a for e in left.parts for a in e.atoms(*DISTINCTIONS) if _is_inner(a)]:
        atom = min(atoms, key=sp.default_sort_key)
        made = _decisions(atom, len(steps))
        if made is None or len(steps) + len(made) > MOST:
            return None
        steps += made
        left = left.with_values({atom: made[-1].symbol})
    if not steps:
        return leaf(case)
    proof = _decided(left, steps, {}, leaf)
    return proof and SignProof(case.f, "case by case", (proof,), "distinguished", {"steps": tuple(steps)})


def _is_inner(atom: Any) -> bool:
    return not any(e.atoms(*DISTINCTIONS) for e in atom.args)


def _decided(case: Case, steps: Sequence[Distinction], values: Mapping[Any, Any], leaf: Leaf) -> SignProof | None:
    """The proof from the first step on that is not yet decided, where the symbols have these values."""
    if not steps:
        plain = case.with_values(values)
        proof = leaf(plain)
        return proof and SignProof(case.f, "each case decided", (proof,), "resolved", {"symbols": tuple(values)})
    first, *rest = steps
    a, b = first.test
    parts = []
    for value, gap in zip(first.values, (b - a, a - b), strict=True):
        chosen = replace(case, conditions=(*case.conditions, gap.xreplace(values)))
        if chosen.with_values(values).known() is None:
            parts.append(SignProof(case.f, "no point meets the conditions", (), "absurd"))
            continue
        proof = _decided(chosen, rest, {**values, first.symbol: value.xreplace(values)}, leaf)
        if proof is None:
            return None
        parts.append(proof)
    return SignProof(case.f, f"{a} <= {b} and {b} < {a} apart", tuple(parts), "cases", {"distinction": first})


def _decisions(atom: Any, count: int) -> list[Distinction] | None:
    """What has to be decided for the value of an atom, one after another; the last symbol stands for the atom."""
    zero, one = sp.S.Zero, sp.S.One
    symbol = own(f"case{count}", real=True)
    match atom:
        case sp.Abs():
            (u,) = atom.args
            return [Distinction(symbol, "Rabs", (u,), (zero, u), (u, -u))]
        case relu():
            (u,) = atom.args
            return [Distinction(symbol, "Rmax", (zero, u), (zero, u), (u, zero))]
        case step():
            (u,) = atom.args
            return [Distinction(symbol, "step", (u,), (u, zero), (zero, one))]
        case sp.Max() | sp.Min():
            *first, other = atom.args
            made: list[Distinction] = []
            for number, a in enumerate(reversed(first)):
                symbol, above = own(f"case{count + number}", real=True), isinstance(atom, sp.Max)
                values = (other, a) if above else (a, other)
                made.append(Distinction(symbol, "Rmax" if above else "Rmin", (a, other), (a, other), values))
                other = symbol
            return made
        case sp.Piecewise():
            return _cases(atom, count)
    return None


def _cases(atom: Any, count: int) -> list[Distinction] | None:
    *pairs, (other, last) = atom.args
    if last != True or not all(isinstance(c, sp.Gt | sp.Lt | sp.Ge | sp.Le) for _, c in pairs):  # noqa: E712
        return None
    made = []
    for number, (value, condition) in enumerate(reversed(pairs)):
        symbol, strict = own(f"case{count + number}", real=True), isinstance(condition, sp.Gt | sp.Lt)
        a, b = condition.lts, condition.gts
        kind, test = ("Rlt_dec", (b, a)) if strict else ("Rle_dec", (a, b))
        values = (other, value) if strict else (value, other)
        made.append(Distinction(symbol, kind, (a, b, value, other), test, values))
        other = symbol
    return made

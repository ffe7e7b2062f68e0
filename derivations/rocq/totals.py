"""Sums of symbolic length in Rocq: as the function `total`, and claims on them by induction over their length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy import Expr

from derivations.letters.names import own
from derivations.proofs.equality import scalar_vanishes
from derivations.rocq.context import conditions
from derivations.rocq.tactics import Lines, NoScript, block, equality
from derivations.rocq.terms import MUL, POW, Names, short, term, total_function
from derivations.statements import Identity, Statement

Gap = Callable[[Statement, Expr, Expr, Names], Lines]
"""The lines that prove lhs <= rhs on the domain of a statement."""


def has_total(*sides: Any) -> bool:
    """Whether a side has a sum that is not written out."""
    return any(isinstance(side, sp.Basic) and side.has(sp.Sum) for side in sides)


@dataclass(frozen=True)
class _Induction:
    """T ≤ b, T ≥ b or T = b for a sum T, where the claim is scale·(b − T) ≥ 0, scale·(T − b) ≥ 0 or scale·(T − b) = 0.

    Args:
        total: T.
        symbol: What stands for it.
        f: The difference of the sides, in the symbol.
        scale: A positive number.
        below: Whether T is the smaller side.
        b: The bound, in the length.
        n: The length.
        first: The least length.
    """

    total: sp.Sum
    symbol: Any
    f: Expr
    scale: Expr
    below: bool
    b: Expr
    n: Any
    first: int

    @classmethod
    def of(cls, s: Statement, f: Expr) -> _Induction:
        """What a claim f ≥ 0 or f = 0 says of its only sum; raises NoScript."""
        totals = sorted(f.atoms(sp.Sum), key=sp.default_sort_key)
        if len(totals) != 1 or conditions(s):
            raise NoScript("induction is for one sum, without conditions")
        (total,) = totals
        k, _, n = total.limits[0]
        symbol = own("total", real=True)
        written = f.xreplace({total: symbol}).expand()
        c = written.coeff(symbol)
        rest = (written - c * symbol).expand()
        if not c.is_number or c == 0 or rest.has(symbol) or not n.is_Symbol or total.function.has(n):
            raise NoScript(
                "induction is for a claim that is linear in its sum, whose terms do not depend on its length"
            )
        b = (-rest / c).expand()
        if any(p.exp.has(n, k) and p.base != sp.E for e in (b, total.function) for p in e.atoms(sp.Pow)):
            raise NoScript("induction is for a claim without powers with the length in their exponent")
        first = s.domain.interval(n).inf
        if not (first.is_Integer and first >= 0 and first + 1 >= total.limits[0][1]):
            raise NoScript(f"induction begins with a whole number, and not with {first}")
        return cls(total, symbol, written, abs(c), bool(c < 0), b, n, int(first))

    def next_term(self, t: Expr) -> Expr:
        """The term that is added after t of them."""
        return self.total.function.xreplace({self.total.limits[0][0]: t + 1})

    def opening(self, lemma: str, names: Names) -> tuple[str, str]:
        """What is claimed of the sum, as `total … R b (INR n)` with a blank for R, and the lemma with its arguments."""
        t = own(self.n.name, positive=True)
        bound = names.fresh(self.n.name)
        inside = names.with_numbers({t: bound})
        b = f"(fun {bound} : R => {term(self.b.xreplace({self.n: t}), inside)})"
        f, low = total_function(self.total, names), self.total.limits[0][1]
        claim = f"total {low} {f} {names.naturals[self.n]} {{}} {b} (INR {names.naturals[self.n]})"
        return claim, f"apply ({lemma} {low} {self.first} {f} {b}); [lia | | | assumption]."


FIRST = "cbv beta. cbn [total Nat.leb Nat.eqb INR]."
"""The sum of the first terms, written out."""


def bound_by_induction(s: Statement, lhs: Expr, rhs: Expr, names: Names, gap: Gap) -> Lines:
    """The lines that prove lhs <= rhs, in which there is a sum, by induction; raises NoScript.

    Args:
        s: The statement.
        lhs: The smaller side.
        rhs: The larger side.
        names: The term for each symbol.
        gap: What proves the step for real numbers.
    """
    found = _Induction.of(s, rhs - lhs)
    n, t = found.n, own(found.n.name, positive=True)
    first = sp.Integer(found.first)
    start = found.b.xreplace({n: first})
    beginning = start - found.total.xreplace({n: first}).doit()
    beginning = beginning if found.below else -beginning
    if not beginning.is_number:
        raise NoScript("induction from numbers only: the first case has other variables")
    if not (beginning.is_positive or scalar_vanishes(beginning).vanishes is True):
        raise NoScript(f"induction has no beginning: the claim for {n} = {first} is {short(beginning)} ≥ 0")
    claim, applied = found.opening("total_below" if found.below else "total_above", names)
    claimed = claim.format("<=") if found.below else _turned(claim)
    growth = found.b.xreplace({n: t + 1}) - found.b.xreplace({n: t})
    sides = (found.next_term(t), growth) if found.below else (growth, found.next_term(t))
    real = names.fresh("t")
    inside = names.with_numbers({t: real})
    ranges = {x: r for x, r in s.domain.ranges.items() if x != n}
    wide = Identity(s.slug, t, t, on={**ranges, t: sp.Interval(first, sp.oo)}, paper=s.paper)
    m, known, step_name, shown = (names.fresh(word) for word in ("m", "Rm", "Step", "Q"))
    there = names.with_numbers({t: f"(INR {m})"})
    texts = [term(side, there, MUL) for side in sides]
    same = f"first [reflexivity | {equality([*sides], there)}]"
    claimed_step = " <= ".join(term(e, inside, MUL) for e in sides)
    step = [
        f"intros {m} H{m}. cbv beta. rewrite ?S_INR.",
        f"assert ({known} : {first} <= INR {m})",
        f"  by (replace {first} with (INR {first}) by (simpl; ring); apply le_INR; exact H{m}).",
        f"assert ({step_name} : forall {real} : R, {first} <= {real} -> {claimed_step}).",
        *block([f"intros {real} L_{real}.", *gap(wide, *sides, inside)]),
        f"pose proof ({step_name} (INR {m}) {known}) as {shown}.",
        f"apply (Rle_trans _ ({texts[0]})); [right; {same} |].",
        f"apply (Rle_trans _ ({texts[1]})); [exact {shown} | right; {same}].",
    ]
    with_symbol = names.with_numbers({found.symbol: f"({term(found.total, names)})"})
    pair = (found.b, found.symbol) if found.below else (found.symbol, found.b)
    scaled = f"{term(found.scale, names, POW)} * ({' - '.join(term(e, with_symbol, POW) for e in pair)})"
    return [
        f"assert (Total : {claimed}).",
        *block([applied, *block([FIRST, "apply from_gap. at_end."]), *block(step)]),
        "cbv beta in Total.",
        f"apply from_gap. apply (Rle_trans _ ({scaled})); [apply Rmult_le_pos; lra | right; symmetry].",
        f"{equality([found.f, found.b], with_symbol)}.",
    ]


def _turned(claim: str) -> str:
    left, right = claim.split(" {} ")
    return f"{right} <= {left}"


def identity_by_induction(s: Statement, lhs: Expr, rhs: Expr, names: Names) -> Lines:
    """The lines that prove lhs = rhs, in which there is a sum, by induction; raises NoScript."""
    found = _Induction.of(s, rhs - lhs)
    t = own(found.n.name, positive=True)
    claim, applied = found.opening("total_is", names)
    m = names.fresh("m")
    there = names.with_numbers({t: f"(INR {m})"})
    sides = (found.next_term(t), found.b.xreplace({found.n: t + 1}) - found.b.xreplace({found.n: t}))
    return [
        f"assert (Total : {claim.format('=')}).",
        *block(
            [
                applied,
                *block([FIRST, f"{equality([found.b.xreplace({found.n: sp.Integer(found.first)})], names)}."]),
                *block(
                    [
                        f"intros {m} H{m}. cbv beta. rewrite ?S_INR.",
                        f"pose proof (pos_INR {m}).",
                        f"{equality([*sides], there)}.",
                    ]
                ),
            ]
        ),
        "cbv beta in Total. rewrite Total.",
        f"{equality([found.b], names)}.",
    ]

"""Scripts for algebraic claims: case distinctions, roots and numbers as variables, sums of squares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy import Expr

from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.tactics import Lines, block, equality
from derivations.rocq.terms import APPLY, ATOM, MUL, POW, Names, term


@dataclass(frozen=True)
class Distinction:
    """A number with one value where a ≤ b, and another where b < a.

    Args:
        symbol: What stands for the number.
        kind: How Rocq writes it: Rabs, Rmax, Rmin, step, or the test of a case.
        args: Its arguments; of a case the two sides of its condition, and both values.
        test: a and b.
        values: Both values.
    """

    symbol: Any
    kind: str
    args: tuple[Any, ...]
    test: tuple[Any, Any]
    values: tuple[Any, Any]

    def text(self, names: Names) -> str:
        """The number as `term` writes it."""
        if self.kind.endswith("_dec"):
            a, b = (term(e, names, ATOM) for e in self.args[:2])
            value, other = self.args[2:]
            return f"if {self.kind} {a} {b} then {term(value, names)} else {term(other, names)}"
        return f"{self.kind} {' '.join(term(a, names, ATOM) for a in self.args)}"


@dataclass(frozen=True)
class Squares:
    """The identity scale·base^power·p = Σ c·Πg·q² + Σ λ·h between polynomials with integer coefficients.

    Args:
        p: What it shows to be ≥ 0, or > 0 with `strict`.
        scale: A positive integer.
        base: A sum of 1 and of squares of symbols or symbols that are ≥ 0; without 1 it vanishes at the origin only.
        power: Its exponent.
        terms: For each c > 0, the conditions g ≥ 0 and the polynomial q that is squared.
        ideal: Pairs of a polynomial λ and one h that is 0.
        strict: Whether one of the terms is a positive number.
    """

    p: Expr
    scale: int
    base: Expr
    power: int
    terms: tuple[tuple[int, tuple[Expr, ...], Expr], ...]
    ideal: tuple[tuple[Expr, Expr], ...]
    strict: bool


@dataclass(frozen=True)
class Polynomials:
    """A quotient that is nonnegative because its numerator is, and because its denominators have a sign.

    Args:
        demands: Polynomials that are shown to be positive first.
        top: The numerator's identity.
        number: A positive number below the numerator.
        bottom: Positive polynomials below the numerator, each with its exponent.
        conditions: What is used of the form g ≥ 0.
        equations: What is used of the form h = 0.
    """

    demands: tuple[Squares, ...]
    top: Squares
    number: sp.Rational
    bottom: tuple[tuple[Expr, int], ...]
    conditions: tuple[Expr, ...]
    equations: tuple[Expr, ...]


class AlgebraicWriter(ABC):
    """The scripts of this module; the class that inherits them numbers hypotheses and writes the parts."""

    def __init__(self) -> None:
        self.decided: dict[Any, str] = {}
        """The hypotheses that give the numbers of case distinctions their values."""

    @abstractmethod
    def fresh(self, letter: str = "G") -> str:
        """A name for a hypothesis that no other has."""

    @abstractmethod
    def nonnegative(self, proof: SignProof, names: Names) -> Lines:
        """Lines that prove the goal 0 <= f."""

    @abstractmethod
    def asserted(self, proof: SignProof, names: Names) -> tuple[str, Lines]:
        """A hypothesis that states what `proof` proves, and the lines that establish it."""

    def _absurd(self, proof: SignProof, names: Names) -> Lines:
        return ["exfalso. fact."]

    def _distinguished(self, proof: SignProof, names: Names) -> Lines:
        """The goal with the numbers of case distinctions as they are written in each decision."""
        (part,) = proof.parts
        inside = names.with_numbers({})
        for found in proof.data["steps"]:
            inside = inside.with_numbers({found.symbol: f"({found.text(inside)})"})
        name, text = self.fresh(), term(part.f, inside)
        asserted = [f"assert ({name} : 0 <= {text}).", *block(self.nonnegative(part, names))]
        return [*asserted, *concluded(text, name, equality([proof.f, part.f], inside))]

    def _cases(self, proof: SignProof, names: Names) -> Lines:
        """One decision: on both sides the number has a value, and the goal stays as it is."""
        found: Distinction = proof.data["distinction"]
        text, (a, b) = found.text(names), (term(e, names, ATOM) for e in found.test)
        inside = names.with_numbers({found.symbol: f"({text})"})
        case, same = self.fresh("C"), self.fresh("A")
        lines = [f"destruct (Rle_lt_dec {a} {b}) as [{case} | {case}]."]
        for part, value in zip(proof.parts, found.values, strict=True):
            if part.tag == "absurd":
                lines += block(self._absurd(part, names))
                continue
            self.decided[found.symbol] = same
            claim = f"assert ({same} : ({text}) = {term(value, names, MUL)}) by cased."
            lines += block([claim, *self.nonnegative(part, inside)])
        return lines

    def _resolved(self, proof: SignProof, names: Names) -> Lines:
        """The goal once all is decided: with the values put in, outer numbers first."""
        (part,) = proof.parts
        if part.tag == "absurd":
            return self._absurd(part, names)
        name, lines = self.asserted(part, names)
        same = ", ".join(f"?{self.decided[s]}" for s in reversed(proof.data["symbols"]))
        return [*lines, *concluded(term(part.f, names), name, f"rewrite {same}; {equality([part.f], names)}")]

    def _renamed(self, proof: SignProof, names: Names) -> Lines:
        """The same claim in symbols that know the signs of their ranges."""
        (part,) = proof.parts
        inside = names.with_numbers({new: term(old, names) for old, new in proof.data["names"].items()})
        name, lines = self.asserted(part, inside)
        return [*lines, *concluded(term(part.f, inside), name, equality([part.f], inside))]

    def _radicals(self, proof: SignProof, names: Names) -> Lines:
        """Square roots as numbers r ≥ 0 with r² = u; inner ones first."""
        main, *below = proof.parts
        inside, lines = names.with_numbers({}), []
        for (root, radicand), part in zip(proof.data["roots"], below, strict=True):
            name, more = self.asserted(part, inside)
            text = term(radicand, inside, ATOM)
            lines += [*more, f"pose proof (sqrt_pos {text}) as {self.fresh('R')}."]
            if root.is_positive:
                lines.append(f"assert ({self.fresh('R')} : 0 < sqrt {text}) by (apply sqrt_lt_R0; fact_above).")
            lines.append(f"pose proof (pow2_sqrt {text} {name}) as {self.fresh('Q')}.")
            inside = inside.with_numbers({root: f"(sqrt {text})"})
        name, more = self.asserted(main, inside)
        exprs = [proof.f, *(sp.sqrt(u, evaluate=False) for _, u in proof.data["plain"])]
        return [*lines, *more, *concluded(term(main.f, inside), name, equality(exprs, names))]

    def _isolated(self, proof: SignProof, names: Names) -> Lines:
        """A multiple of a root against another number, by their squares."""
        u, c, h = (proof.data[k] for k in ("radicand", "factor", "other"))
        texts = [term(u, names, ATOM), term(h, names, ATOM)]
        lines, known = [], []
        for part in proof.parts:
            name, more = self.asserted(part, names)
            known.append(name)
            lines += more
        lemma, gap = ("above_root", "{1} - sqrt {0}") if c < 0 else ("below_root", "sqrt {0} - {1}")
        found = self.fresh()
        square = f"{texts[1]} ^ 2 - {texts[0]}" if c < 0 else f"{texts[0]} - {texts[1]} ^ 2"
        exprs = [u - h**2, proof.parts[-1].f, h]  # h for its roots, of which SymPy takes the squares
        equal = f"(Rle_trans _ ({term(proof.parts[-1].f, names)}))"
        lines += [f"assert ({found} : 0 <= {term(abs(c), names, POW)} * ({gap.format(*texts)}))."]
        lines += block(
            [
                f"assert (0 <= {square}).",
                *block([f"apply {equal}; [exact {known[-1]} | right; symmetry].", f"{equality(exprs, names)}."]),
                f"apply Rmult_le_pos; [lra |]. apply {lemma}; assumption.",
            ]
        )
        whole = f"{term(abs(c), names, POW)} * ({gap.format(*texts)})"
        exprs = [proof.f, sp.sqrt(u, evaluate=False)]
        return [*lines, *concluded(whole, found, equality(exprs, names))]

    def _numbers(self, proof: SignProof, names: Names) -> Lines:
        """Numbers that are not algebraic, between rational ones."""
        (main,) = proof.parts
        inside, lines = names.with_numbers({}), []
        for symbol, (number, low, high) in proof.data["numbers"].items():
            text = term(number, names, MUL)
            for claim in (f"{term(low, names, MUL)} < {text}", f"{text} < {term(high, names, MUL)}"):
                lines.append(f"assert ({self.fresh('K')} : {claim}) by (interval with (i_prec 160)).")
            inside = inside.with_numbers({symbol: f"({text})"})
        name, more = self.asserted(main, inside)
        return [*lines, *more, *concluded(term(main.f, inside), name, equality([proof.f], names))]

    def _polynomials(self, proof: SignProof, names: Names) -> Lines:
        """A quotient of polynomials by sums of squares."""
        found: Polynomials = proof.data["polynomials"]
        lines = [f"assert ({self.fresh('H')} : 0 <= {term(g, names, MUL)}) by fact." for g in found.conditions]
        zeros = [self.fresh("Z") for _ in found.equations]
        for name, h in zip(zeros, found.equations, strict=True):
            lines.append(f"assert ({name} : {term(h, names, MUL)} = 0) by fact.")
        shown = {d.p for d in found.demands}
        for step in found.demands:
            lines.append(f"assert ({self.fresh('D')} : 0 < {term(step.p, names, MUL)}).")
            lines += block(self._squared(step, zeros, names))
        lines += [
            f"assert ({self.fresh('D')} : 0 < {term(p, names, MUL)}) by fact_above."
            for p, _ in found.bottom
            if p not in shown
        ]
        top = self.fresh("P")
        lines.append(f"assert ({top} : 0 <= {term(found.top.p, names, MUL)}).")
        # what is shown to be positive is claimed to be nonnegative here
        lines += block(self._squared(replace(found.top, strict=False), zeros, names))
        below = [term(found.number, names, POW)] if found.number != 1 else []
        below += [f"({term(p, names)}) ^ {e}" if e > 1 else term(p, names, POW) for p, e in found.bottom]
        text = f"({term(found.top.p, names)}) / ({' * '.join(below)})"
        if not below:
            return [*lines, *concluded(term(found.top.p, names), top, "first [ring | field; side]")]
        quotient = self.fresh("P")
        lines += [
            f"assert ({quotient} : 0 <= {text}).",
            f"{{ apply Rmult_le_pos; [exact {top} | left; apply Rinv_0_lt_compat; products]. }}",
        ]
        return [*lines, *concluded(text, quotient, "first [ring | field; repeat split; try lra; side]")]

    def _squared(self, found: Squares, zeros: Sequence[str], names: Names) -> Lines:
        """The goal 0 <= p, or 0 < p."""
        total = " + ".join(_weighted(c, g, q, names) for c, g, q in _constant_first(found.terms)) or "0"
        ideal = " + ".join(f"({term(m, names)}) * ({term(h, names)})" for m, h in found.ideal) or "0"
        sign = [] if not zeros else [f"rewrite ?{', ?'.join(zeros)}"]
        multiplier = str(found.scale)
        lines: Lines = []
        positive = "lra"
        if found.power:
            multiplier += f" * ({term(found.base, names)}) ^ {found.power}"
            lines, fact = self._multiplied(found, names)
            positive = f"apply Rmult_lt_0_compat; [lra | apply pow_lt; exact {fact}]"
        lemma = "by_strict_identity" if found.strict else "by_identity"
        closing = (
            "apply Rplus_lt_le_0_compat; [lra | squares]"
            if found.strict and len(found.terms) > 1
            else "lra"
            if found.strict
            else "squares"
        )
        return [
            *lines,
            f"apply ({lemma} ({multiplier}) _ ({total}) ({ideal})).",
            *block([f"{positive}."]),
            *block(["ring."]),
            *block(["; ".join([*sign, "ring."])]),
            *block([f"{closing}."]),
        ]

    def _multiplied(self, found: Squares, names: Names) -> tuple[Lines, str]:
        """That the multiplier is positive; where it is 0, everything is at the origin."""
        fact, base = self.fresh("M"), term(found.base, names)
        squares = [e.base for e in sp.Add.make_args(found.base) if e.is_Pow]
        lines = [f"pose proof (pow2_ge_0 {term(x, names, ATOM)}) as {self.fresh('O')}." for x in squares]
        if sp.S.One in sp.Add.make_args(found.base):
            return [*lines, f"assert ({fact} : 0 < {base}) by lra."], fact
        lines.append(f"destruct (Rle_lt_or_eq_dec 0 ({base}) ltac:(lra)) as [{fact} | {fact}].")
        origin, zeros = [], []
        for x in sorted(found.p.free_symbols, key=str):
            zeros.append(self.fresh("O"))
            how = "apply square_zero; lra" if x in squares else "lra"
            origin.append(f"assert ({zeros[-1]} : {term(x, names, MUL)} = 0) by ({how}).")
        value = found.p.xreplace(dict.fromkeys(found.p.free_symbols, sp.S.Zero))
        origin += [
            f"apply (Rle_trans _ ({term(value, names)})); [lra |].",
            f"right. rewrite ?{', ?'.join(zeros)}. ring.",
        ]
        return [*lines, *_last_case(origin)], fact


def concluded(text: str, name: str, how: str) -> Lines:
    """The goal 0 <= f from the hypothesis 0 <= text, where `how` proves that the two are equal."""
    return [f"apply (Rle_trans _ ({text})); [exact {name} | right; symmetry].", f"{{ {how}. }}"]


def _last_case(lines: Lines) -> Lines:
    """The second of two goals at once, so that the first one remains."""
    return ["2: {", *(f"  {line}" for line in lines), "}"]


def _constant_first(terms: Sequence[Any]) -> list[Any]:
    return sorted(terms, key=lambda t: not (not t[1] and t[2] == 1))


def _weighted(c: int, factors: Sequence[Expr], q: Expr, names: Names) -> str:
    """c·Πg·q² as a term."""
    texts = [str(c)] if c != 1 or (not factors and q == 1) else []
    texts += [term(g, names, APPLY) if g.is_Symbol else f"({term(g, names)})" for g in factors]
    texts += [f"({term(q, names)}) ^ 2"] if q != 1 else []
    return " * ".join(texts)

"""Scripts for claims in one variable: quotients by their numerators, and half-lines turned over by x = 1/t."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import sympy as sp
from sympy import Expr

from derivations.activations import sigmoid
from derivations.proofs.sign_proofs import SignProof
from derivations.rocq.algebra import AlgebraicWriter, concluded
from derivations.rocq.tactics import Lines, block, equality
from derivations.rocq.terms import ATOM, MUL, POW, Names, term

UNFOLDED = {sigmoid: "sigmoid", sp.tanh: "tanh", sp.sinh: "sinh", sp.cosh: "cosh", sp.tan: "tan"}
"""Functions that a certificate writes by others."""
HYPERBOLIC = ("sinh", "cosh")


def unfolding(sides: tuple[Expr, ...], names: Names, forms: tuple[Expr, ...], plain: str) -> str:
    """A tactic for an equation in which functions are written by others: `plain`, or the same with these unfolded.

    Args:
        sides: The sides as they are.
        names: The term for each symbol.
        forms: The sides with the functions written out.
        plain: The tactic that does without.
    """
    unfolded = [name for function, name in UNFOLDED.items() if any(e.has(function) for e in sides)]
    if not unfolded:
        return plain
    names_of = ", ".join(dict.fromkeys((*unfolded, *HYPERBOLIC)))
    return f"first [{plain} | unfold {names_of}; {equality([*sides, *forms], names)}]"


class NumeratorWriter(AlgebraicWriter):
    """The scripts of this module."""

    @abstractmethod
    def _over(
        self, part: SignProof, x: Any, r: Any, names: Names, left: bool = True, right: bool = True
    ) -> tuple[str, str, Names, Lines]:
        """For all x of the range, what `part` proves: (hypothesis, bound variable, names inside, lines)."""

    def _quotient(self, proof: SignProof, names: Names) -> Lines:
        """A quotient by its numerator, the factors of its denominator being positive."""
        (top,) = proof.parts
        plain, bottom = proof.data["plain"], proof.data["bottom"]
        name, lines = self.asserted(top, names)
        free = [term(s, names, ATOM) for s in sorted(plain.free_symbols, key=str)]
        hints = ", ".join(f"i_bisect {s}" for s in free)
        for q, _ in bottom:
            how = f"first [above | interval with ({hints}) | nra]"
            lines.append(f"assert ({self.fresh('D')} : 0 < {term(q, names, MUL)}) by {how}.")
        below = [f"({term(q, names)}) ^ {n}" if n > 1 else term(q, names, POW) for q, n in bottom]
        text, shown = f"({term(top.f, names)})", name
        if below:
            text, shown = f"{text} / ({' * '.join(below)})", self.fresh("P")
            lines += [
                f"assert ({shown} : 0 <= {text}).",
                f"{{ apply Rmult_le_pos; [exact {name} | left; apply Rinv_0_lt_compat; products]. }}",
            ]
        exprs = [proof.f, top.f, *(q for q, _ in bottom)]
        forms = [plain, *exprs[1:]]
        if not proof.f.has(sp.sin, sp.cos, sp.tan):
            forms.append(proof.f.rewrite(sp.exp))  # tanh and the like are quotients of both exponentials in Rocq
        how = unfolding((proof.f,), names, tuple(forms), equality(exprs, names))
        return [*lines, *concluded(text, shown, how)]

    def _exponentiated(self, proof: SignProof, names: Names) -> Lines:
        """A logarithm against a number, by the exponential of that."""
        (part,) = proof.parts
        a, b, c = (proof.data[k] for k in ("of", "other", "factor"))
        name, lines = self.asserted(part, names)
        above, exponent = term(a, names, ATOM), term(b, names, ATOM)
        gap, lemma, form = (
            (f"ln {above} - {exponent}", "log_above", f"{above} - exp {exponent}")
            if c > 0
            else (f"{exponent} - ln {above}", "log_below", f"exp {exponent} - {above}")
        )
        held, shown = self.fresh("V"), self.fresh("E")
        exprs = [part.f, a, sp.exp(b, evaluate=False)]
        plain = equality(exprs, names)
        how = unfolding((a,), names, (part.f, exprs[2], a.rewrite(sp.exp)), plain)
        lines += [
            f"assert ({held} : 0 <= {form}).",
            *block(concluded(term(part.f, names), name, how)),
            f"assert ({shown} : 0 <= {term(abs(c), names, POW)} * ({gap})).",
            f"{{ apply Rmult_le_pos; [lra | apply {lemma}; first [exact {held} | above | interval]]. }}",
        ]
        return [*lines, *concluded(f"{term(abs(c), names, POW)} * ({gap})", shown, equality([proof.f, a, b], names))]

    def _powered(self, proof: SignProof, names: Names) -> Lines:
        """A power against an exponential, by logarithms where its base is positive; a base of 0 has the power 0."""
        base, part = proof.parts
        a, p, b, ends = (proof.data[k] for k in ("base", "power", "other", "ends"))
        name, lines = self.asserted(base, names)
        whole = p in names.naturals
        text, exponent = term(a, names, ATOM), term(b, names, ATOM)
        power = f"{text} ^ {names.naturals[p]}" if whole else f"Rpower {text} {term(p, names, ATOM)}"
        held, case = self.fresh("V"), self.fresh("C")
        lines += [
            f"assert ({held} : 0 <= exp {exponent} - {power}).",
            f"{{ destruct (Rle_lt_or_eq_dec 0 {text} {name}) as [{case} | {case}].",
        ]
        zero = "rewrite pow_i by nat_le. " if whole else "exfalso; lra. "
        for x, r in ends:
            for end, order in ((r.inf, "{1} < {0}"), (r.sup, "{0} < {1}")):
                if end.is_finite:
                    claim = order.format(term(x, names, ATOM), term(end, names, MUL))
                    lines.append(f"  try assert ({claim}) by (first [lra | nra]).")
        found, more = self.asserted(part, names)
        how = equality([part.f, b, a, p], names)
        lemma = "pow_below_exp" if whole else "Rpower_below_exp"
        gap = f"{exponent} - {term(p, names, POW)} * ln {text}"
        lines += block([*more, f"apply {lemma}; [exact {case} |].", *_at_once(gap, part, found, how, names)])
        lines += block([f"rewrite <- {case}. {zero}rewrite Rminus_0_r. left. apply exp_pos."])
        lines[-1] += " }"
        exprs = [proof.f, a, b]
        back = "rewrite ?exp_ln by above; " if b.is_number else ""
        return [*lines, *concluded(f"exp {exponent} - {power}", held, f"{back}{equality(exprs, names)}")]

    def _inverted(self, proof: SignProof, names: Names) -> Lines:
        """A claim on positive numbers at the inverse of one."""
        (part,) = proof.parts
        x, t, r = (proof.data[k] for k in ("x", "t", "range"))
        name, _, _, lines = self._over(part, t, r, names)
        to = term(x, names, ATOM)
        there = names.with_numbers({t: f"(/ {to})"})
        known = self.fresh("I")
        lines.append(f"assert ({known} : 0 < / {to}) by above.")
        steps = [f"exact {known}"]
        if r.sup.is_finite:
            low = term(1 / r.sup, names, ATOM)
            lemma = f"replace ({term(r.sup, names, MUL)}) with (/ {low}) by (field; lra); "
            lemma += (
                "apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra | lra]"
                if r.right_open
                else ("apply Rinv_le_contravar; lra")
            )
            steps.append(lemma)
        held = self.fresh("V")
        lines += [
            f"assert ({held} : 0 <= {term(part.f, there)}).",
            f"{{ apply {name}; [{' | '.join(steps)}]. }}",
        ]
        exprs = [proof.f, part.f.xreplace({t: 1 / x})]
        return [*lines, *concluded(term(part.f, there), held, equality(exprs, names))]


def _at_once(goal: str, part: SignProof, name: str, how: str, names: Names) -> Lines:
    """The goal 0 <= goal from the proof of another form of it."""
    return [f"replace ({goal}) with ({term(part.f, names)}) by ({how}). exact {name}."]

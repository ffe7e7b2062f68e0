"""Proof scripts from certificates: the proofs that SymPy found, step by step for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import sympy as sp
from sympy import Expr, Pow, Symbol

from derivations.proofs.sign_proofs import LONG, SignProof
from derivations.rocq.goals import opening
from derivations.rocq.numerators import NumeratorWriter
from derivations.rocq.tactics import Lines, NoScript, block, equality, ordered
from derivations.rocq.terms import APPLY, ATOM, MUL, POW, Names, term


def has_script(proof: SignProof) -> bool:
    """Whether each rule of a proof can be written out."""
    inner = [v for v in proof.data.values() if isinstance(v, SignProof)]
    if proof.tag in ("monotone", "convex") and proof.f.has(sp.tan):
        return False  # Coquelicot's auto_derive does not know the tangent
    return hasattr(Writer, f"_{proof.tag}") and all(map(has_script, (*proof.parts, *inner)))


class Writer(NumeratorWriter):
    """Writes sign proofs; it numbers its hypotheses, so that no name is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)

    def fresh(self, letter: str = "G") -> str:
        return f"{letter}{next(self.numbers)}"

    def claim(self, proof: SignProof, names: Names) -> str:
        return f"0 <= {term(proof.f, names, MUL)}"

    def asserted(self, proof: SignProof, names: Names) -> tuple[str, Lines]:
        """A hypothesis that states what `proof` proves, and the lines that establish it."""
        name = self.fresh()
        return name, [f"assert ({name} : {self.claim(proof, names)}).", *block(self.nonnegative(proof, names))]

    def nonnegative(self, proof: SignProof, names: Names) -> Lines:
        """Lines that prove the goal 0 <= f; raises NoScript for a rule that has no script."""
        rule = getattr(self, f"_{proof.tag}", None)
        if rule is None:
            raise NoScript(f"the rule '{proof.rule}' has no script")
        lines: Lines = rule(proof, names)
        return lines

    def _known(self, proof: SignProof, names: Names) -> Lines:
        f = proof.f
        if not f.is_Add or not f.free_symbols or f.count_ops() > LONG:
            return ["low."]
        # the sign may show only in one fraction
        whole = sp.factor(sp.together(f))
        if whole == f:
            return ["low."]
        how = equality([f, whole], names)
        return [f"first [low | replace ({term(f, names)}) with ({term(whole, names)}) by ({how}); low]."]

    def _sum(self, proof: SignProof, names: Names) -> Lines:
        lines: Lines = []
        for part in proof.parts:
            lines += self.asserted(part, names)[1]
        total = " + ".join(term(p.f, names, MUL) for p in proof.parts)
        exprs = [proof.f, *(p.f for p in proof.parts)]
        return [*lines, *self._replaced(proof.f, total, exprs, names), "low."]

    def _replaced(self, f: Expr, text: str, exprs: Sequence[Expr], names: Names) -> Lines:
        """The goal 0 <= f becomes 0 <= text."""
        return [f"replace ({term(f, names)}) with ({text})", f"  by ({equality(exprs, names)})."]

    def _product(self, proof: SignProof, names: Names) -> Lines:
        lines: Lines = []
        proofs = iter(proof.parts)
        texts = []
        exprs = [proof.f]
        for each, sign in proof.data["factors"]:
            _, power = each.as_base_exp()
            if sign == "+":
                texts.append(term(each, names, POW))
                exprs.append(each)
            elif sign == "-":
                turned = each if power.is_Integer and power % 2 == 0 else -each
                texts.append(term(turned, names, POW))
                exprs.append(turned)
            else:
                part = next(proofs)
                lines += self.asserted(part, names)[1]
                body = term(part.f, names, APPLY)
                body = f"{body} ^ {abs(power)}" if abs(power) != 1 else term(part.f, names, POW)
                texts.append(f"/ {body}" if power < 0 else body)
                exprs.append(part.f)
        texts = [f"({t})" if t.startswith("/") else t for t in texts]
        return [*lines, *self._replaced(proof.f, " * ".join(texts), exprs, names), "low."]

    def _square(self, proof: SignProof, names: Names) -> Lines:
        x, (a, b, _) = proof.data["x"], proof.data["abc"]
        (rest,) = proof.parts
        whole = ((2 * a * x + b) ** 2 + rest.f) / (4 * a)
        text = f"({term((2 * a * x + b), names, APPLY)} ^ 2 + {term(rest.f, names, MUL)}) / (4 * {term(a, names, POW)})"
        lines = self.asserted(rest, names)[1]
        return [*lines, *self._replaced(proof.f, text, [proof.f, whole], names), "low."]

    def _over(
        self, part: SignProof, x: Symbol, r: Any, names: Names, left: bool = True, right: bool = True
    ) -> tuple[str, str, Names, Lines]:
        """For all x of the range, what `part` proves: (hypothesis, bound variable, names inside, lines).

        Open ends are left out, unless `left` or `right` is off: where the slope is needed at the end itself.
        """
        bound, name = names.fresh(f"{x.name}"), self.fresh()
        inside = names.with_numbers({x: bound})
        conditions = []
        if r.inf.is_finite:
            conditions.append(f"{term(r.inf, names, MUL)} {'<' if left and r.left_open else '<='} {bound}")
        if r.sup.is_finite:
            conditions.append(f"{bound} {'<' if right and r.right_open else '<='} {term(r.sup, names, MUL)}")
        premise = "".join(f"{c} -> " for c in conditions)
        lines = [f"assert ({name} : forall {bound} : R, {premise}{self.claim(part, inside)})."]
        intro = " ".join((bound, *(self.fresh("B") for _ in conditions)))
        lines += block([f"intros {intro}.", *self.nonnegative(part, inside)])
        return name, bound, inside, lines

    def _differentiated(self, f: Expr, slope: Expr, names: Names) -> Lines:
        """The goal is_derive f t slope."""
        start = opening(f, names)
        return [f"{start}auto_derive; [side | {equality([f, slope, *_inner_slopes(f)], names, True)}]."]

    def _monotone(self, proof: SignProof, names: Names) -> Lines:
        x, r, sense = proof.data["x"], proof.data["range"], proof.data["sense"]
        end = r.inf if sense == 1 else r.sup
        if not end.is_finite:
            raise NoScript(f"a limit for {x} → {end}")
        (part,) = proof.parts
        # beyond the other end nothing is known, and nothing is needed: the slope is used up to x itself
        name, bound, inside, lines = self._over(part, x, r, names, left=sense == -1, right=sense == 1)
        f, at, to = term(proof.f, inside), term(end, names, ATOM), term(x, names, ATOM)
        if to.startswith("("):  # of a variable the range is known
            if sense == 1 and r.sup.is_finite:
                lines.append(f"assert ({to} {'<' if r.right_open else '<='} {term(r.sup, names, MUL)}) by within.")
            elif sense == -1 and r.inf.is_finite:
                lines.append(f"assert ({term(r.inf, names, MUL)} {'<' if r.left_open else '<='} {to}) by within.")
        slope = part.f if sense == 1 else -part.f
        lemma = "grows" if sense == 1 else "falls"
        lines += [
            f"refine ({lemma} (fun {bound} => {f}) (fun {bound} => {term(slope, inside)}) {at} {to} _ _ _ _).",
            *block(["within."]),
            *block([f"intros {bound} [? ?].", *self._differentiated(proof.f, slope, inside)]),
        ]
        if sense == 1:
            lines += block([f"intros {bound} [? ?]. apply ({name} {bound}); lra."])
        else:
            lines += block(
                [
                    f"intros {bound} [? ?]. apply Ropp_le_cancel. rewrite Ropp_0, ?Ropp_involutive.",
                    f"apply (Rle_trans _ ({term(part.f, inside)})); [apply ({name} {bound}); lra | right; ring].",
                ]
            )
        lines += block(self._at_end(proof, end, names))
        return lines

    def _at_end(self, proof: SignProof, end: Expr, names: Names) -> Lines:
        """The goal 0 <= f(end): a number, or an expression in the other variables with its own proof."""
        value = proof.data["value"]
        at = proof.f.xreplace({proof.data["x"]: end})
        x = proof.data["x"]
        known = [*_powers_at(proof.f, x, end, names), *_logarithms_at(proof.f, x, end, names)]
        return [*(["cbv beta."] if known else []), *known, *self._value_at(proof, value, at, names)]

    def _value_at(self, proof: SignProof, value: SignProof | None, at: Expr, names: Names) -> Lines:
        if value is not None and value.data.get("zero"):
            return ["cbv beta.", f"first [solve [ends; right; symmetry; {equality([proof.f, at], names)}] | at_end]."]
        if value is None or value.f.is_number or value.tag == "known":
            return ["cbv beta. at_end."]
        name, lines = self.asserted(value, names)
        exprs = [at, value.f]
        return [
            "cbv beta. ends.",
            *lines,
            f"apply (Rle_trans _ ({term(value.f, names)})); [exact {name} | right; symmetry].",
            f"{equality(exprs, names)}.",
        ]

    def _convex(self, proof: SignProof, names: Names) -> Lines:
        x, r, point = proof.data["x"], proof.data["range"], proof.data["point"]
        (part,) = proof.parts
        name, bound, inside, lines = self._over(part, x, r, names)
        f, f1, f2 = proof.f, proof.f.diff(x), part.f
        functions = " ".join(f"(fun {bound} => {term(g, inside)})" for g in (f, f1, f2))
        at, to = term(point, names, ATOM), term(x, names, ATOM)
        between = []
        if r.inf.is_finite:
            low, sign, lemma = term(r.inf, names, ATOM), *(("<", "Rmin_glb_lt") if r.left_open else ("<=", "Rmin_glb"))
            between.append(f"assert ({low} {sign} Rmin {at} {to}) by (apply {lemma}; within).")
        if r.sup.is_finite:
            high, sign, lemma = (
                term(r.sup, names, ATOM),
                *(("<", "Rmax_lub_lt") if r.right_open else ("<=", "Rmax_lub")),
            )
            between.append(f"assert (Rmax {at} {to} {sign} {high}) by (apply {lemma}; within).")
        return [
            *lines,
            *between,
            f"refine (convex {functions} {at} {to} _ _ _ _ _).",
            *block([f"intros {bound} [? ?].", *self._differentiated(f, f1, inside)]),
            *block([f"intros {bound} [? ?].", *self._differentiated(f1, f2, inside)]),
            *block([f"intros {bound} [? ?]. apply ({name} {bound}); lra."]),
            *block(
                [
                    "cbv beta.",
                    *_logarithms_at(f1, x, point, names),
                    f"ends. {equality([f1.xreplace({x: point}), *_ends_of(f1, x, point)], inside)}.",
                ]
            ),
            *block(self._at_end(proof, point, names)),
        ]

    def _power(self, proof: SignProof, names: Names) -> Lines:
        (y, x), power = proof.data["pair"], proof.data["power"]
        if power not in names.naturals and not power.is_Integer:
            raise NoScript(f"the power {power} is not a natural number")
        (part,) = proof.parts
        n = names.naturals.get(power, str(power))
        lines = self.asserted(part, names)[1]
        a, b = term(y, names, ATOM), term(x, names, ATOM)
        exact = part.f == y - x
        lines += [f"apply (by_powers {a} {b} {n}); [low |]."]
        return [
            *lines,
            "assumption."
            if exact
            else f"replace ({a} - {b}) with ({term(part.f, names)}) by "
            f"({equality([y, x, part.f], names)}); assumption.",
        ]

    def _bernoulli(self, proof: SignProof, names: Names) -> Lines:
        base, power = proof.data["base"], proof.data["power"]
        whole = power.is_Integer and power > 0
        if power not in names.naturals and not whole:
            raise NoScript(f"the power {power} is not a natural number")
        b, n = term(base, names, ATOM), names.naturals.get(power, str(power))
        known = self.fresh()
        text = f"{b} ^ {n} - (1 + {n if whole else f'INR {n}'} * ({b} - 1))"
        return [
            f"pose proof (bernoulli {b} {n} ltac:(low)) as {known}.",
            *([f"replace (INR {n}) with {n} in {known} by (simpl; ring)."] if whole else []),
            *self._replaced(proof.f, text, [proof.f, base], names),
            "lra.",
        ]

    def _squares(self, proof: SignProof, names: Names) -> Lines:
        above, below = proof.data["pair"]
        (part,) = proof.parts
        a, b = term(above, names, ATOM), term(below, names, ATOM)
        exprs = [above, below, part.f, proof.f]
        return [
            *self.asserted(part, names)[1],
            f"replace ({term(proof.f, names)}) with ({a} - {b}) by ring.",
            "apply by_squares; [low |].",
            f"replace ({a} ^ 2 - {b} ^ 2) with ({term(part.f, names)}) by ({equality(exprs, names)}). assumption.",
        ]

    def _tangent(self, proof: SignProof, names: Names) -> Lines:
        logarithm, factor = proof.data["log"], proof.data["factor"]
        (part,) = proof.parts
        y = logarithm.args[0]
        _, lines = self.asserted(part, names)
        text, known = term(y, names, ATOM), self.fresh()
        lower = bool(factor.is_nonnegative)
        c = term(factor if lower else -factor, names, POW)
        slack = f"ln {text} - (1 - / {text})" if lower else f"{text} - 1 - ln {text}"
        return [
            *lines,
            f"pose proof ({'ln_above' if lower else 'ln_below'} {text} ltac:(above)) as {known}.",
            f"replace ({term(proof.f, names)}) with ({term(part.f, names, MUL)} + {c} * ({slack}))",
            f"  by ({equality([proof.f, part.f, factor, y], names)}).",
            "apply Rplus_le_le_0_compat; [assumption |]. apply Rmult_le_pos; [low | lra].",
        ]

    def _split(self, proof: SignProof, names: Names) -> Lines:
        x, point = proof.data["x"], proof.data["point"]
        to = term(x, names, ATOM)
        lines = [f"destruct (Rle_lt_dec {to} {term(point, names, ATOM)})."]
        for part, renamed in zip(proof.parts, proof.data["names"], strict=True):
            inside = names.with_numbers(
                {new: names.numbers[old] for old, new in renamed.items() if old in names.numbers}
            )
            lines += block(self.nonnegative(part, inside))
        return lines

    def _roots(self, proof: SignProof, names: Names) -> Lines:
        (part,) = proof.parts
        renamed, roots = proof.data["names"], proof.data["roots"]
        inside = names.with_numbers({new: names.numbers[old] for old, new in renamed.items() if old in names.numbers})
        lines = []
        for root, x in roots.items():
            text = term(x, names, ATOM)
            inside.numbers[root] = f"(sqrt {text})"
            lines += [f"pose proof (sqrt_pos {text}). assert (0 <= {text}) by low."]
            if x.is_positive:
                lines += [f"assert (0 < sqrt {text}) by (apply sqrt_lt_R0; above)."]
        _, more = self.asserted(part, inside)
        back = {new: old for old, new in renamed.items()}
        exprs = [proof.f, *(sp.sqrt(x) for x in roots.values())]
        squares = [(f"E{i}", term(x, names, ATOM)) for i, x in enumerate(roots.values())]
        rewrites = "".join(
            f"assert ({e} : sqrt {x} ^ 2 = {x}) by (apply pow2_sqrt; low); rewrite ?{e}; " for e, x in squares
        )
        return [
            *lines,
            *more,
            f"replace ({term(proof.f, names)}) with ({term(part.f, inside)})",
            f"  by ({rewrites}{equality([e.xreplace(back) for e in exprs], names)}).",
            "assumption.",
        ]

    def _balls(self, proof: SignProof, names: Names) -> Lines:
        free = ordered(proof.f.free_symbols)
        box = proof.data.get("box", {})
        compound = next((s for s in free if s in box and names.numbers.get(s, "").startswith("(")), None)
        if compound is not None:
            # a root or the like: for all numbers between its ends
            name, _, _, lines = self._over(proof, compound, box[compound], names)
            return [*lines, f"apply {name}; within."]
        if any(not (r.inf.is_finite and r.sup.is_finite) for s, r in box.items() if s in free):
            return ["interval with (i_prec 60)."]  # a half-line is not halved
        hints = [f"i_bisect {term(s, names, ATOM)}" for s in free] + [
            f"i_taylor {term(s, names, ATOM)}" for s in free[:1]
        ]
        options = f" with ({', '.join((*hints, 'i_prec 60', 'i_depth 25'))})"
        return [f"interval{options}."]


def _powers_at(f: Expr, x: Symbol, end: Expr, names: Names) -> Lines:
    """Real powers whose exponent is a natural number at the end, as products: Rpower 2 4 is 2 ^ 4."""
    if not (end.is_Integer and end > 0) or x in names.naturals:
        return []
    bases = [p.base for p in ordered(f.atoms(Pow)) if p.exp == x and not p.base.has(x) and p.base != sp.E]
    lines = []
    for text in (term(b, names, ATOM) for b in bases):
        how = "rewrite <- Rpower_pow by above; f_equal; simpl; ring"
        lines.append(f"replace (Rpower {text} {end}) with ({text} ^ {end}) by ({how}).")
    return lines


def _logarithms_at(f: Expr, x: Symbol, end: Expr, names: Names) -> Lines:
    """Logarithms of fractions at the end, as differences of logarithms of whole numbers: ln (1 / 2) is - ln 2."""
    there = names.with_numbers({x: term(end, names, ATOM)})
    lines = []
    for e in ordered(e for e in f.atoms(sp.log) if e.has(x)):
        value = e.args[0].xreplace({x: end})
        if not (value.is_Rational and value > 0 and value.q > 1):
            continue
        above = f"ln {value.p} + " if value.p > 1 else ""
        product = "; rewrite <- ln_mult by lra" if above else ""
        how = f"rewrite <- ln_Rinv by lra{product}; f_equal; field"
        lines.append(f"try replace (ln {term(e.args[0], there, ATOM)}) with ({above}- ln {value.q}) by ({how}).")
    return lines


def _ends_of(f: Expr, x: Symbol, point: Expr) -> list[Expr]:
    """The numbers that may occur after a point is substituted: its roots, and SymPy's values of the functions."""
    return [e.func(*(a.xreplace({x: point}) for a in e.args)) for e in f.atoms(sp.Function)] + list(
        sp.sympify(point).atoms(Pow)
    )


def _inner_slopes(f: Expr) -> list[Expr]:
    """Roots that auto_derive makes and SymPy simplified away: √(1 − u²) for arccos u."""
    return [sp.sqrt(1 - e.args[0] ** 2) for e in f.atoms(sp.acos, sp.asin)]

"""Rules of sign by algebra: sums, products, squares, powers and logarithms."""

from __future__ import annotations

from abc import ABC, abstractmethod

from sympy import (
    Add,
    Expr,
    Interval,
    Mul,
    Poly,
    Pow,
    S,
    cos,
    exp,
    expand_log,
    log,
    sin,
    together,
)

from derivations.proofs.ranges import is_wave, minuend_and_subtrahend
from derivations.proofs.sign_proofs import MAX_DEPTH, Box, SignProof, factored


class AlgebraicRules(ABC):
    """Rules that use the form of an expression; the class that inherits them proves the parts."""

    box: Box

    @abstractmethod
    def _prove(self, f: Expr, depth: int) -> SignProof | None:
        """A proof that f ≥ 0 on the box by all rules, nested up to the given depth."""

    def _known(self, f: Expr, depth: int) -> SignProof | None:
        if f.is_nonnegative:
            return SignProof(f, "signs of its parts", (), "known")
        if isinstance(f, sin | cos) and len(f.free_symbols & set(self.box)) == 1 and f.args[0] in self.box:
            good = Interval(0, S.Pi) if isinstance(f, sin) else Interval(-S.Pi / 2, S.Pi / 2)
            if self.box[f.args[0]].is_subset(good):
                return SignProof(f, f"{f.args[0]} in {self.box[f.args[0]]}", (), "known")
        if isinstance(f, Add) and len(f.args) == 2 and any(is_wave(t) for t in f.args):
            constant, wave = sorted(f.args, key=is_wave)
            if constant.is_number and constant >= abs(wave.as_coeff_Mul()[0]):
                return SignProof(f, "|sin|, |cos| <= 1", (), "known")
        return None

    def _sum(self, f: Expr, depth: int) -> SignProof | None:
        for g in (f, f.expand()):
            if isinstance(g, Add):
                parts = []
                for term in g.args:
                    proof = self._known(term, depth) or (self._product(term, depth) if term.is_Mul else None)
                    if proof is None:
                        break
                    parts.append(proof)
                else:
                    return SignProof(f, "a sum of nonnegative terms", tuple(parts), "sum")
        return None

    def _product(self, f: Expr, depth: int) -> SignProof | None:
        g = f if f.is_Mul else factored(f)
        if not g.is_Mul and not g.is_Pow:
            return None
        positive, parts = True, []
        factors: list[tuple[Expr, str]] = []
        for each in Mul.make_args(g):
            base, power = each.as_base_exp()
            if (power.is_Integer and power % 2 == 0 and base.is_real) or base.is_nonnegative:
                factors.append((each, "+"))
                continue
            if base.is_nonpositive and power.is_Integer:
                positive = positive if power % 2 == 0 else not positive
                factors.append((each, "-"))
                continue
            if power.is_Rational and power.q == 2:
                factors.append((each, "+"))
                continue  # a real square root is nonnegative
            if not power.is_Integer:
                return None
            if g == f and each == f:
                return None
            proof = self._prove(base, depth - 1)
            sign = "proved +"
            if proof is None:
                proof = self._prove((-base).expand() if base.is_Add else -base, depth - 1)
                positive = not positive
                sign = "proved -"
            if proof is None:
                return None
            parts.append(proof)
            factors.append((each, sign))
        if not positive:
            return None
        return SignProof(f, "a product of factors of known sign", tuple(parts), "product", {"factors": tuple(factors)})

    def _square(self, f: Expr, depth: int) -> SignProof | None:
        """A x² + B x + C with A > 0 is A (x + B/2A)² + (C − B²/4A)."""
        line = [s for s, r in self.box.items() if f.has(s) and r == S.Reals]
        symbols = line or [s for s, r in self.box.items() if f.has(s) and r.is_Interval]
        for x in symbols:
            if not f.is_polynomial(x):
                continue
            poly = Poly(f, x)
            if poly.degree() != 2:
                continue
            a, b, c = (poly.coeff_monomial(x**i) for i in (2, 1, 0))
            if not (a.is_positive or (self._prove(a, depth - 1) and a.is_nonzero)):
                continue
            rest = together((4 * a * c - b**2).expand())
            proof = self._prove(rest.expand(), depth - 1)
            if proof is not None:
                return SignProof(f, f"completing the square in {x}", (proof,), "square", {"x": x, "abc": (a, b, c)})
        return None

    def _powers(self, f: Expr, depth: int) -> SignProof | None:
        """Yᵖ − Xᵖ ≥ 0 for Y ≥ X ≥ 0 and p ≥ 0."""
        pair = minuend_and_subtrahend(f)
        if pair is None:
            return None
        (y, p), (x, q) = (side.as_base_exp() for side in pair)
        if p != q or p == 1 or not p.is_nonnegative or not x.is_nonnegative:
            return None
        proof = self._prove(y - x, depth - 1)
        return (
            SignProof(f, f"the power {p} increases", (proof,), "power", {"pair": (y, x), "power": p}) if proof else None
        )

    def _bernoulli(self, f: Expr, depth: int) -> SignProof | None:
        """b^n ≥ 1 + n(b − 1) for b ≥ 0 and n ≥ 1."""
        for power in [t for t in f.args if t.is_Pow] if f.is_Add else []:
            b, n = power.args
            if (f - power + 1 + n * (b - 1)).expand() == 0 and b.is_nonnegative:
                proof = self._prove(n - 1, depth - 1)
                if proof is not None:
                    return SignProof(f, "Bernoulli's inequality", (proof,), "bernoulli", {"base": b, "power": n})
        return None

    def _squares(self, f: Expr, depth: int) -> SignProof | None:
        """A − B ≥ 0 for A ≥ 0 and A² ≥ B²: for sums with square roots."""
        roots = [p for p in f.atoms(Pow) if p.exp.is_Rational and p.exp.q == 2 and (p.base.is_Add or p.base.is_Symbol)]
        if not roots or not f.is_Add or depth < MAX_DEPTH - 1:
            return None
        above = Add(*(t for t in f.args if t.is_nonnegative))
        below = above - f
        if above == 0 or below == 0:
            return None
        proof = self._prove((above**2).expand() - (below**2).expand(), depth - 1)
        if proof is None:
            return None
        return SignProof(f, f"comparing squares of {above} and {below}", (proof,), "squares", {"pair": (above, below)})

    def _logarithms(self, f: Expr, depth: int) -> SignProof | None:
        """A − B ≥ 0 for positive A, B with log A ≥ log B: for powers with variable exponents."""
        pair = minuend_and_subtrahend(f)
        if pair is None or (not f.has(exp) and not any(p.exp.free_symbols for p in f.atoms(Pow))):
            return None
        if not all(side.is_positive for side in pair) or depth < MAX_DEPTH:
            return None
        logs = expand_log(log(pair[0]) - log(pair[1]), force=True)
        proof = self._prove(logs, depth - 1)
        return SignProof(f, "comparing logarithms", (proof,), "logarithms", {"pair": pair}) if proof else None

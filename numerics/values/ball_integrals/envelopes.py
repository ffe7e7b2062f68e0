"""Functions towards infinity between simple ones: bounds size·x^power·e^{c₁x + c₂x²} for all x ≥ R, in balls.

From above they bound what an integral or a series leaves beyond R, from below a denominator. Rules
follow the expression; what has none raises NoBall, which says nothing about the function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from numerics.errors import EvaluationError
from numerics.values.ball_integrals.strips import NoBall
from numerics.values.protocol import Evaluation

BOUNDED = (sp.sin, sp.cos, sp.tanh, sp.erf, sp.sign, step, sp.Heaviside, sp.frac)
"""Of size at most 1, and those that are odd also at most a multiple of their argument."""
SLOPES = {sp.sin: arb(1), sp.tanh: arb(1), sp.atan: arb(1)}
DELTA = sp.Rational(1, 8)
"""log x ≤ x^δ/(eδ) for x ≥ 1."""


@dataclass(frozen=True)
class Envelope:
    """size·x^power·e^{c₁x + c₂x²}, each number a ball of which the end on the safe side is meant."""

    size: Any
    power: Any
    c1: Any
    c2: Any

    @property
    def decays(self) -> bool:
        """Whether it tends to 0."""
        if not self.c2 <= 0 or self.c2 < 0:
            return bool(self.c2 < 0)
        return bool(self.c1 < 0) or (bool(self.c1 <= 0) and bool(self.power < 0))

    @property
    def falls(self) -> bool:
        """Whether it tends to 0 without rising anywhere."""
        return self.decays and bool(self.c1 <= 0) and bool(self.power <= 0)

    def at(self, r: Any) -> Any:
        return self.size * r**self.power * (self.c1 * r + self.c2 * r * r).exp()

    def times(self, other: Envelope) -> Envelope:
        return Envelope(self.size * other.size, self.power + other.power, self.c1 + other.c1, self.c2 + other.c2)

    def to(self, q: Any) -> Envelope:
        return Envelope(self.size**q, self.power * q, self.c1 * q, self.c2 * q)


def constant(value: Any) -> Envelope:
    return Envelope(arb(value), arb(0), arb(0), arb(0))


class Envelopes:
    """Bounds of expressions in x ≥ r ≥ 1, where `evaluator` has balls for all other symbols."""

    def __init__(self, x: sp.Symbol, r: Any, evaluator: Evaluation) -> None:
        self.x, self.r, self.evaluator = x, r, evaluator

    def number(self, node: sp.Expr) -> Any:
        try:
            value = self.evaluator.at(node)
        except (EvaluationError, ZeroDivisionError) as error:
            raise NoBall(str(error)) from None
        if not value.is_finite():
            raise NoBall(f"{node} has no finite ball")
        return value

    def upper(self, node: sp.Expr) -> Envelope:
        """A bound of |node| from above."""
        if not node.has(self.x):
            return constant(abs(self.number(node)).upper())
        if node == self.x:
            return Envelope(arb(1), arb(1), arb(0), arb(0))
        match node:
            case sp.Add():
                return self._together([self.upper(a) for a in node.args])
            case sp.Max() | sp.Min():
                return self._together([self.upper(a) for a in node.args])
            case sp.Piecewise():
                return self._together([self.upper(e) for e, _ in node.args])
            case sp.Mul():
                total = constant(1)
                for a in node.args:
                    total = total.times(self.upper(a))
                return total
            case sp.Pow() if not node.exp.has(self.x):
                return self._power(node, self.upper, self.lower)
            case sp.Pow() if not node.base.has(self.x) and self.number(node.base) > 0:
                return self._exponential(node.exp * sp.log(node.base))
            case sp.exp():
                return self._exponential(node.args[0])
            case relu() | sp.Abs():
                return self.upper(node.args[0])
            case sp.floor() | sp.ceiling():
                return self._together([self.upper(node.args[0]), constant(1)])
            case sp.log():
                return self._logarithm(node.args[0])
            case sp.sinh() | sp.cosh():
                return self._exponential_of_size(node.args[0], 1)
            case sp.sech():
                return constant(2).times(self._inverse(self._exponential_of_size(node.args[0], -1)))
            case sp.erfc():
                u = node.args[0]
                return self._exponential(-(u**2)) if self._to_plus(u) else constant(2)
            case sigmoid():
                return self._exponential(node.args[0]) if self._to_plus(-node.args[0]) else constant(1)
            case softplus():
                u = node.args[0]
                if self._to_plus(-u):
                    return self._exponential(u)
                return self._together([self.upper(u), constant(arb(2).log())])
            case sp.atan():
                return self._least(node, constant(arb.pi() / 2))
        if isinstance(node, BOUNDED):
            return self._least(node, constant(1))
        raise NoBall(f"no bound of {node} towards infinity")

    def lower(self, node: sp.Expr) -> Envelope:
        """A bound of |node| from below by what is positive."""
        if not node.has(self.x):
            least = abs(self.number(node)).lower()
            if not least > 0:
                raise NoBall(f"{node} may be 0")
            return constant(least)
        if node == self.x:
            return Envelope(arb(1), arb(1), arb(0), arb(0))
        match node:
            case sp.Add():
                return self._dominant(node)
            case sp.Mul():
                total = constant(1)
                for a in node.args:
                    total = total.times(self.lower(a))
                return total
            case sp.Pow() if not node.exp.has(self.x):
                return self._power(node, self.lower, self.upper)
            case sp.Pow() if not node.base.has(self.x) and self.number(node.base) > 0:
                return self._inverse(self._exponential(-node.exp * sp.log(node.base)))
            case sp.exp():
                return self._inverse(self._exponential(-node.args[0]))
            case sp.factorial():
                return self._factorial(node.args[0])
            case sp.Abs():
                return self.lower(node.args[0])
            case sp.cosh():
                half = self._exponential_of_size(node.args[0], -1)
                return Envelope(half.size / 2, half.power, half.c1, half.c2)
            case sp.log():
                inner = self.lower(node.args[0])
                least = inner.at(self.r).log().lower()
                if least > 0 and inner.c1 >= 0 and inner.c2 >= 0 and inner.power >= 0:
                    return constant(least)
        raise NoBall(f"no bound of {node} from 0 towards infinity")

    def positive(self, node: sp.Expr) -> bool:
        """Whether a number is nonnegative for all x ≥ r by its shape."""
        if not node.has(self.x):
            return bool(self.number(node) >= 0)
        if node == self.x or isinstance(node, sp.exp | sp.cosh | sp.Abs | relu | step | sigmoid | softplus | sp.erfc):
            return True
        if isinstance(node, sp.Add | sp.Mul):
            return all(self.positive(a) for a in node.args)
        if isinstance(node, sp.Pow):
            return bool(node.exp.is_Integer and node.exp % 2 == 0) or self.positive(node.base)
        return False

    def beyond(self, node: sp.Expr) -> Any:
        """A bound of ∫ |node| dx over x ≥ r; raises NoBall where none is found."""
        total = arb(0)
        for term in sp.Add.make_args(node):
            e = self.upper(term)
            if not e.decays:
                raise NoBall(f"{term} is not known to fall fast enough towards infinity")
            if e.c1 >= 0 and e.c2 >= 0:
                if not e.power < -1:
                    raise NoBall(f"{term} is not known to fall fast enough towards infinity")
                total += e.size * self.r ** (e.power + 1) / (-e.power - 1)
                continue
            falls = -(e.power.max(arb(0)) / self.r + e.c1 + 2 * e.c2 * self.r)
            if not falls > 0:
                raise NoBall(f"{term} does not fall yet at {self.r}")
            total += e.at(self.r) / falls
        return total.upper()

    def _together(self, parts: list[Envelope]) -> Envelope:
        power, c1, c2 = ((_largest([getattr(p, name) for p in parts])) for name in ("power", "c1", "c2"))
        size, r = arb(0), self.r
        for p in parts:
            left = (p.c1 - c1) * r + (p.c2 - c2) * r * r
            size += p.size * (r ** (p.power - power) * left.exp()).min(arb(1))
        return Envelope(size, power, c1, c2)

    def _power(self, node: sp.Pow, same: Any, other: Any) -> Envelope:
        q = self.number(node.exp)
        if q >= 0:
            found: Envelope = same(node.base).to(q)
        elif q <= 0:
            found = other(node.base).to(q)
        else:
            raise NoBall(f"the exponent {node.exp} has no sign")
        # of a ball of exponents the end that is meant is taken
        end = "upper" if same == self.upper else "lower"
        return Envelope(*(getattr(v, end)() for v in (found.size, found.power, found.c1, found.c2)))

    def _inverse(self, e: Envelope) -> Envelope:
        return Envelope(1 / e.size, -e.power, -e.c1, -e.c2)

    def _monomials(self, u: sp.Expr) -> list[tuple[sp.Expr, Any, Any]]:
        """The terms c·x^p of a sum as (term, c, p); p is None for a term of another shape."""
        found = []
        for term in sp.Add.make_args(sp.expand(u)):
            c, rest = term.as_independent(self.x, as_Add=False)
            base, p = rest.as_base_exp()
            plain = rest == 1 or (base == self.x and p.is_Rational)
            power = sp.S.Zero if rest == 1 else p
            found.append((term, self.number(c), power if plain else None))
        return found

    def _exponential(self, u: sp.Expr) -> Envelope:
        """e^u from above: u ≤ c₀ + c₁x + c₂x²."""
        c0, c1, c2, r = arb(0), arb(0), arb(0), self.r
        for term, c, p in self._monomials(u):
            if p is None:
                c, p = self._other(term)
            if p == 0:
                c0 += c
            elif p == 1:
                c1 += c
            elif p == 2:
                c2 += c
            elif c <= 0:
                if p > 2:
                    c2 += c * r ** (arb_of(p) - 2)
                elif p > 1:
                    c1 += c * r ** (arb_of(p) - 1)
            elif c >= 0 and p < 0:
                c0 += c * r ** arb_of(p)
            elif c >= 0 and p < 1:
                c1 += c * r ** (arb_of(p) - 1)
            elif c >= 0 and p < 2:
                c2 += c * r ** (arb_of(p) - 2)
            else:
                raise NoBall(f"no bound of exp({u}) towards infinity")
        return Envelope(c0.exp().upper(), arb(0), c1.upper(), c2.upper())

    def _other(self, term: sp.Expr) -> tuple[Any, Any]:
        """A term that is no monomial, from above: a constant, or −c·x^p for one that is negative."""
        if self.positive(-term):
            e = self.lower(-term)
            p = sp.Rational(int(e.power.unique_fmpz() or 0)) if e.power.is_exact() else sp.S.Zero
            if e.c1 >= 0 and e.c2 >= 0 and p > 0:
                return -e.size, p
            return arb(0), sp.S.Zero
        e = self.upper(term)
        if e.c1 <= 0 and e.c2 <= 0 and e.power <= 0:
            return e.at(self.r), sp.S.Zero
        raise NoBall(f"no bound of {term} towards infinity")

    def _exponential_of_size(self, u: sp.Expr, side: int) -> Envelope:
        """e^{|u|} from above (side 1) or below (−1) for linear u."""
        c0, c1 = arb(0), arb(0)
        for _, c, p in self._monomials(u):
            if p == 0:
                c0 += c
            elif p == 1:
                c1 += c
            else:
                raise NoBall(f"{u} is not linear")
        if side > 0:
            return Envelope(abs(c0).exp().upper(), arb(0), abs(c1).upper(), arb(0))
        return Envelope((-abs(c0)).exp().lower(), arb(0), abs(c1).lower(), arb(0))

    def _factorial(self, u: sp.Expr) -> Envelope:
        """Γ(u + 1) ≥ Γ(s + 1)·s^{u − s} for linear u ≥ s ≥ 1, since ψ(u + 1) ≥ log(u + ½)."""
        if not self._to_plus(u - 1):
            raise NoBall(f"{u} is not linear and above 1")
        start = sum((c for _, c, p in self._monomials(u) if p == 0), arb(0))
        slope = sum((c for _, c, p in self._monomials(u) if p == 1), arb(0))
        s = slope * self.r + start
        return Envelope(((s + 1).gamma() * s ** (start - s)).lower(), arb(0), (slope * s.log()).lower(), arb(0))

    def _to_plus(self, u: sp.Expr) -> bool:
        """Whether linear u rises and is ≥ 0 from r on."""
        try:
            terms = self._monomials(u)
        except NoBall:
            return False
        if any(p not in (0, 1) for _, _, p in terms):
            return False
        slope = sum((c for _, c, p in terms if p == 1), arb(0))
        start = sum((c for _, c, p in terms if p == 0), arb(0))
        return bool(slope > 0) and bool(slope * self.r + start >= 0)

    def _logarithm(self, u: sp.Expr) -> Envelope:
        rest = sp.expand(u - 1)
        if rest != 0 and rest.has(self.x):
            e = self._or_none(rest)
            if e is not None and e.falls and (top := e.at(self.r)) < 1:
                return Envelope(e.size / (1 - top), e.power, e.c1, e.c2)
        parts = [self.upper(u), self.lower(u)]
        turn = arb(0) if self.positive(u) else arb.pi()
        size = _largest([abs(p.size.log()) for p in parts]) + turn
        growing = [constant(size)]
        for name, shape in (("power", DELTA), ("c1", 1), ("c2", 2)):
            c = _largest([abs(getattr(p, name)) for p in parts])
            c = c / (arb(1).exp() * arb_of(DELTA)) if name == "power" else c
            growing.append(Envelope(c, arb_of(sp.sympify(shape)), arb(0), arb(0)))
        return self._together([g for g in growing if not g.size.is_zero()] or [constant(0)])

    def _or_none(self, node: sp.Expr) -> Envelope | None:
        try:
            return self.upper(node)
        except NoBall:
            return None

    def _least(self, node: sp.Expr, most: Envelope) -> Envelope:
        """An odd function of what falls is at most a multiple of that."""
        slope = SLOPES.get(node.func)
        inner = self._or_none(node.args[0]) if slope is not None else None
        if inner is None or not inner.decays:
            return most
        return Envelope(inner.size * slope, inner.power, inner.c1, inner.c2)

    def _dominant(self, node: sp.Add) -> Envelope:
        """The fastest term less what the others may take from it."""
        r = self.r
        candidates = []
        for a in node.args:
            try:
                candidates.append((self.lower(a), a))
            except NoBall:
                continue
        candidates.sort(key=lambda c: tuple(float(getattr(c[0], n)) for n in ("c2", "c1", "power")), reverse=True)
        for top, term in candidates:
            sign = 1 if self.positive(term) else -1 if self.positive(-term) else 0
            size = top.size
            for a in node.args:
                if a is term or (sign and self.positive(sign * a)):
                    continue
                e = self.upper(a)
                dp, d1, d2 = e.power - top.power, e.c1 - top.c1, e.c2 - top.c2
                if not (d2 <= 0 and d1 + 2 * d2 * r + dp.max(arb(0)) / r <= 0):
                    break
                size -= e.size * r**dp * (d1 * r + d2 * r * r).exp()
            else:
                if size > 0:
                    return Envelope(size.lower(), top.power, top.c1, top.c2)
        raise NoBall(f"{node} may be 0 towards infinity")


def arb_of(p: sp.Expr) -> Any:
    """The ball of a rational number."""
    return arb(int(p.p)) / int(p.q)


def _largest(values: list[Any]) -> Any:
    total = values[0]
    for v in values[1:]:
        total = total.max(v)
    return total.upper()

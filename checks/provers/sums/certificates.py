"""Certificates by sums of squares, which are checked exactly and without a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import fmpq, fmpq_mpoly_ctx

from derivations.writing.text import text


@dataclass(frozen=True)
class Term:
    """A product of conditions times a sum of squares.

    Args:
        factors: The conditions g of the product, each known to be ≥ 0; none for 1.
        squares: Pairs of a positive rational number c and a polynomial q, for Σ c·q².
    """

    factors: tuple[sp.Expr, ...]
    squares: tuple[tuple[sp.Rational, sp.Expr], ...]


@dataclass(frozen=True)
class SumOfSquares:
    """The identity m·f = Σ g·(Σ c·q²) + Σ λ·h, which shows f ≥ 0 where each g ≥ 0, each h = 0 and m > 0.

    Args:
        f: The polynomial.
        multiplier: m: 1, or a power of a sum of 1 and of squares of variables or variables that are not negative.
        terms: The products of conditions g with their sums of squares.
        ideal: Pairs of a polynomial λ and one h that is 0.
        strict: Whether it shows f > 0.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> one = sp.S.One
        >>> SumOfSquares(x**2 + y**2 - 2 * x * y, one, (Term((), ((one, x - y),)),)).holds()
        True
        >>> SumOfSquares(x**2 + y**2 - 3 * x * y, one, (Term((), ((one, x - y),)),)).holds()
        False
    """

    f: sp.Expr
    multiplier: sp.Expr
    terms: tuple[Term, ...]
    ideal: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    strict: bool = False

    def holds(self) -> bool:
        """Whether the identity holds exactly, each c is positive, and m and the squares show what is claimed."""
        used = [self.f, self.multiplier, *(e for pair in self.ideal for e in pair)]
        used += [e for t in self.terms for e in (*t.factors, *(q for _, q in t.squares))]
        ring = _Reader.of(used)
        try:
            total = -ring.read(self.multiplier) * ring.read(self.f)
            for term in self.terms:
                squares = ring.read(sp.S.Zero)
                for c, q in term.squares:
                    if not (c.is_Rational and c > 0):
                        return False
                    root = ring.read(q)
                    squares += ring.read(c) * root * root
                for g in term.factors:
                    squares *= ring.read(g)
                total += squares
            for factor, h in self.ideal:
                total += ring.read(factor) * ring.read(h)
        except ValueError:
            return False
        return bool(total == 0) and self._shows()

    def _shows(self) -> bool:
        """Whether m > 0 wherever it must be; with `strict`, whether a positive number stays among the squares."""
        positive = any(not t.factors and any(q.is_Rational and q != 0 for _, q in t.squares) for t in self.terms)
        if self.strict and not positive:
            return False
        if self.multiplier == 1:
            return True
        base, _ = self.multiplier.as_base_exp()
        parts = sp.Add.make_args(base)
        variables = {p.as_base_exp()[0] for p in parts if p != 1}
        factors = self.nonnegative
        fits = all(p == 1 or (p.is_Pow and p.exp == 2 and p.base.is_Symbol) or p in factors for p in parts)
        if not fits or self.strict:
            return False
        # where m = 0 all variables are 0, and there f is its constant term
        origin = self.f.xreplace(dict.fromkeys(self.f.free_symbols, sp.S.Zero))
        return sp.S.One in parts or (variables >= self.f.free_symbols and bool(origin >= 0))

    @property
    def nonnegative(self) -> set[Any]:
        """The variables that are conditions themselves, as far as the terms or the multiplier use them."""
        base, _ = self.multiplier.as_base_exp()
        return {p for p in sp.Add.make_args(base) if p.is_Symbol}

    @property
    def conditions(self) -> set[Any]:
        """The conditions g ≥ 0 that are used."""
        return {g for t in self.terms for g in t.factors} | self.nonnegative

    @property
    def equations(self) -> set[Any]:
        """The equations h = 0 that are used."""
        return {h for _, h in self.ideal}

    def lines(self) -> Iterator[str]:
        """The certificate as a person reads it."""
        f = text(self.f)
        yield f if self.multiplier == 1 else f"({text(self.multiplier)})·({f})"
        sign = "="
        for term in self.terms:
            squares = [f"{'' if c == 1 else f'{c}·'}({text(q)})²" for c, q in term.squares]
            inside = " + ".join(squares)
            product = "·".join(f"({text(g)})" for g in term.factors)
            yield f"  {sign} {f'{product}·[{inside}]' if product else inside}"
            sign = "+"
        for factor, h in self.ideal:
            yield f"  {sign} ({text(factor)})·({text(h)})"
            sign = "+"


@dataclass(frozen=True)
class BySquares:
    """f = A − B ≥ 0, since A ≥ 0 and A² ≥ B²: A² − B² = p + Σ λ·h, with a certificate of p ≥ 0.

    Args:
        f: The polynomial.
        larger: A: a sum with positive coefficients of products of squares and of variables that are not negative.
        below: The certificate of p ≥ 0.
        ideal: Pairs of a polynomial λ and one h that is 0.

    Example:
        >>> s, x = sp.symbols("s x", real=True)
        >>> one = SumOfSquares(sp.S.One, sp.S.One, (Term((), ((sp.S.One, sp.S.One),)),))
        >>> found = BySquares(s - x, s, one, ((sp.S.One, s**2 - 1 - x**2),))
        >>> found.holds(), found.conditions
        (True, {s})
    """

    f: sp.Expr
    larger: sp.Expr
    below: SumOfSquares | BySquares
    ideal: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    strict: bool = False

    def holds(self) -> bool:
        """Whether the identity holds exactly, and what is below it does."""
        used = [self.f, self.larger, self.below.f, *(e for pair in self.ideal for e in pair)]
        try:
            ring = _Reader.of(used)
            a, f = ring.read(self.larger), ring.read(self.f)
            total = a * a - (a - f) * (a - f) - ring.read(self.below.f)
            for factor, h in self.ideal:
                total -= ring.read(factor) * ring.read(h)
        except ValueError:
            return False
        return bool(total == 0) and all(c > 0 for c in a.coeffs()) and not self.strict and self.below.holds()

    @property
    def conditions(self) -> set[Any]:
        """The conditions g ≥ 0 that are used: those of p, and the variables of which A has odd powers."""
        ring = _Reader.of([self.larger])
        monomials = ring.read(self.larger).monoms()
        odd = {s for s, k in zip(ring.gens, range(len(ring.gens)), strict=True) if any(m[k] % 2 for m in monomials)}
        return odd | self.below.conditions

    @property
    def equations(self) -> set[Any]:
        """The equations h = 0 that are used."""
        return {h for _, h in self.ideal} | self.below.equations

    def lines(self) -> Iterator[str]:
        """The certificate as a person reads it."""
        yield f"{text(self.larger)} ≥ 0, and its square less that of {text(sp.expand(self.larger - self.f))} is"
        yield f"  {text(self.below.f)}{''.join(f' + ({text(c)})·({text(h)})' for c, h in self.ideal)}; here"
        yield from (f"  {line}" for line in self.below.lines())


@dataclass(frozen=True)
class Certificate:
    """What shows a claim: for each of its cases the inequalities that give it a value, and at last its own.

    Args:
        cases: The certificates of each branch, in the order of the branches.
    """

    cases: tuple[tuple[SumOfSquares | BySquares, ...], ...]


class _Reader:
    """SymPy polynomials in python-flint's numbers; raises ValueError for anything else."""

    def __init__(self, gens: Mapping[Any, Any], context: Any) -> None:
        self.gens, self.context = gens, context

    @classmethod
    def of(cls, expressions: Sequence[Any]) -> _Reader:
        """A ring with the symbols of some expressions, by name."""
        symbols = sorted({s for e in expressions for s in e.free_symbols}, key=str)
        context = fmpq_mpoly_ctx.get([f"x{i}" for i in range(len(symbols))], "lex")
        return cls(dict(zip(symbols, context.gens(), strict=True)), context)

    def read(self, e: Any) -> Any:
        if e in self.gens:
            return self.gens[e]
        if e.is_Rational:
            return self.context.constant(fmpq(int(e.p), int(e.q)))
        if e.is_Add or e.is_Mul:
            return self._folded(e.args, e.is_Add)
        if e.is_Pow and e.exp.is_Integer and e.exp > 0:
            return self.read(e.base) ** int(e.exp)
        raise ValueError(f"{e} is no polynomial")

    def _folded(self, parts: Sequence[Any], added: bool) -> Any:
        found = self.read(parts[0])
        for part in parts[1:]:
            found = found + self.read(part) if added else found * self.read(part)
        return found

"""A claim on vectors, read as one on sums over their entries and on largest absolute values of entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from sympy import MatrixSymbol
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from checks.provers.structure.ground import Ground
from derivations.calculus.entries import NotEntrywise, entry
from derivations.domains import Domain, NonnegativeVectors, RealMatrices, UnitVectors
from derivations.letters.names import own
from derivations.spectra.nodes import MaxNorm
from derivations.vectors import Inner

RANGES = {
    RealMatrices: sp.S.Reals,
    NonnegativeVectors: sp.Interval(0, sp.oo),
    UnitVectors: sp.Interval(-1, 1),
}
"""The range of an entry by that of its vector."""


@dataclass(frozen=True)
class Total:
    """A number T = Σᵢ F(xᵢ, yᵢ, …), which is a power of a symbol of its own.

    Args:
        name: The symbol τ.
        power: m, where T = τᵐ.
        entry: F in the symbols of the entries.
        what: What τ stands for.
        nonnegative: Whether F ≥ 0.
    """

    name: Any
    power: Any
    entry: Any
    what: Any
    nonnegative: bool = False

    @property
    def value(self) -> Any:
        """T in its own symbol."""
        return self.name**self.power

    @property
    def above(self) -> Any:
        """What is nonnegative since T ≥ F(xᵢ): τ − |xᵢ| where F = |x|ᵐ, else T − F itself."""
        if self.power == 1:
            return self.value - self.entry
        (x,) = self.entry.free_symbols - sp.sympify(self.power).free_symbols
        return self.name - sp.Abs(x)


@dataclass
class Reading:
    """A claim h ≥ 0 on totals, largest entries and numbers.

    Args:
        size: The number of entries: Σᵢ 1.
        h: The expression in the symbols below, in `size` and in the numbers of the statement.
        entries: The symbol of the i-th entry of each vector, and its range.
        totals: The sums over entries.
        largest: The symbol of each max |G(xᵢ, …)|, and G.
        picked: The indices of entries that stand in the claim itself.
    """

    size: Any
    h: Any = None
    entries: dict[Any, sp.Set] = field(default_factory=dict)
    totals: list[Total] = field(default_factory=list)
    largest: dict[Any, Any] = field(default_factory=dict)
    picked: set[Any] = field(default_factory=set)


def reading(
    f: Any, domain: Domain, names: Mapping[Any, Any] | None = None, ground: Ground | None = None, whole: bool = False
) -> Reading | None:
    """Read f as an expression in sums over entries of vectors of one size; None where it is not one.

    Args:
        f: An expression in vectors and numbers.
        domain: The ranges of its symbols.
        names: A symbol for each number of the statement, which says its sign.
        ground: What is known of these symbols.
        whole: Whether squares of sums, such as (x + y)², stay whole.

    Example:
        >>> from derivations import inner, max_norm, vector
        >>> from derivations.domains import make_domain
        >>> x, y = vector("x", 3), vector("y", 3)
        >>> found = reading(max_norm(x) - inner(x, y), make_domain({}, (), {x, y}))
        >>> found.h, [t.entry for t in found.totals], found.largest
        (-T0 + m0, [x_i*y_i], {m0: x_i})
    """
    sizes = {v.shape for v in domain.vectors if f.has(v)}
    if len(sizes) != 1 or next(iter(sizes))[1] != 1:
        return None
    reader = _Reader(Reading(next(iter(sizes))[0]), domain, names or {}, ground or Ground({}), whole)
    try:
        reader.found.h = reader.number(f)
    except NotEntrywise:
        return None
    reader.found.size = reader.found.size.xreplace(reader.names)
    return reader.found if len(reader.found.picked) <= 1 else None


def expanded(e: Any) -> Any:
    """The expression as a sum of terms, in which absolute values and even powers of sums inside of them stay whole."""
    sums = {a.args[0]: sp.Dummy("u", real=True) for a in e.atoms(sp.Abs) if a.args[0].is_Add}
    plain = e.xreplace(sums)
    plain = sp.expand(plain, func=False, log=False, power_exp=False, power_base=False)
    return plain.xreplace({u: a for a, u in sums.items()})


class _Reader:
    """One reading, while it is made."""

    def __init__(self, found: Reading, domain: Domain, names: Mapping[Any, Any], ground: Ground, whole: bool) -> None:
        self.found, self.domain, self.names, self.ground, self.whole = found, domain, names, ground, whole
        self.size = found.size.xreplace(dict(names))
        self.by_vector: dict[Any, Any] = {}
        self.by_entry: dict[Any, Any] = {}

    def number(self, e: Any) -> Any:
        """An expression with symbols for sums, largest entries and entries at one place."""
        match e:
            case Inner():
                return self._sum(self._entry(e.args[0]) * self._entry(e.args[1]))
            case MaxNorm():
                return self._largest(e)
            case MatrixElement():
                return self._element(e)
            case MatrixExpr() | sp.MatrixBase():
                raise NotEntrywise(str(e))
        if not e.atoms(MatrixSymbol, MatrixExpr):
            return e.xreplace(self.names)
        return e.func(*(self.number(a) for a in e.args))

    def _entry(self, column: Any) -> Any:
        if column.shape != (self.found.size, 1):
            raise NotEntrywise(str(column))
        return self.number(entry(column, self._named))

    def _named(self, column: Any) -> Any | None:
        if not isinstance(column, MatrixSymbol):
            return None
        kept = RANGES.get(type(self.domain.ranges.get(column)))
        if kept is None or column.shape[1] != 1:
            raise NotEntrywise(str(column))
        if column not in self.by_vector:
            sign = {"nonnegative": True} if kept.inf == 0 else {"real": True}
            x = self.by_vector[column] = own(f"{column.name}_i", **sign)
            self.found.entries[x] = kept
        return self.by_vector[column]

    def _sum(self, summand: Any) -> Any:
        """Σᵢ of an expression in the entries, a total for each of its terms."""
        entries = tuple(self.found.entries)
        base, k = summand.as_base_exp()
        found = sp.S.Zero
        for term in (summand,) if self.whole and base.is_Add and k == 2 else sp.Add.make_args(expanded(summand)):
            factor, body = term.as_independent(*entries, as_Add=False)
            found += factor * (self.size if body == 1 else self._total(body))
        return found

    def _total(self, body: Any) -> Any:
        if body not in self.by_entry:
            total = self._named_total(len(self.by_entry), body)
            self.found.totals.append(total)
            self.by_entry[body] = total.value
        return self.by_entry[body]

    def _named_total(self, number: int, body: Any) -> Total:
        """A sum with the symbol that it is a power of: of Σ|x|ᵖ the p-norm, of others the sum itself."""
        known = nonnegative(body, self.ground)
        entries = sorted(body.free_symbols & set(self.found.entries), key=str)
        t = sp.Dummy("t", positive=True)
        base, power = body.xreplace({entries[0]: t}).as_base_exp() if len(entries) == 1 else (body, sp.S.One)
        if base == t and power != 1 and known and body.xreplace({entries[0]: -entries[0]}) == body:
            return Total(own(f"s{number}", positive=True), power, body, _norm(entries[0], power), True)
        sign = {"positive": True} if known else {"real": True}
        return Total(own(f"T{number}", **sign), sp.S.One, body, own(f"Σ {body}"), known)

    def _largest(self, e: Any) -> Any:
        if e not in self.by_entry:
            m = own(f"m{len(self.found.largest)}", nonnegative=True)
            self.found.largest[m] = self._entry(e.arg)
            self.by_entry[e] = m
        return self.by_entry[e]

    def _element(self, e: Any) -> Any:
        column, i, j = e.args
        x = self._named(column)
        if x is None or j != 0 or not i.is_Integer:
            raise NotEntrywise(str(e))
        self.found.picked.add(i)
        return x


def nonnegative(e: Any, ground: Ground) -> bool:
    """Whether e ≥ 0, by the signs of its parts and of the exponents in it."""
    powers = {p.exp for p in e.atoms(sp.Pow) if not p.exp.is_Number}
    signs = {k: sp.Dummy("k", **({"positive": True} if ground.positive(k) else {"real": True})) for k in powers}
    return bool(e.xreplace(signs).is_nonnegative)


def _norm(x: Any, power: Any) -> Any:
    name = str(x).removesuffix("_i")
    return own(f"‖{name}‖" if power == 2 else f"‖{name}‖_{power}")

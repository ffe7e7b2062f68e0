"""The values of functions in a claim, as variables: each T(u) once, exponentials of multiples of one term as powers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from checks.provers.claims import Claim
from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from derivations.letters.names import own
from derivations.outcomes.reasons import Reason, Stopped
from numerics.values.backends import arb_backend
from numerics.values.evaluate import EvaluationError, Evaluator


class NotBounded(Stopped):
    """A claim has a function for which there are no bounds here."""

    reason = Reason.OUTSIDE


KNOWN = (
    *(sp.exp, sp.log, sp.sin, sp.cos, sp.atan, sp.asin, sp.tanh, sigmoid, softplus, sp.erf, sp.erfc),
    *(sp.gamma, sp.loggamma, sp.polygamma, sp.besseli),
)
ALGEBRAIC = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, relu, step)
ON_POSITIVE = (sp.log, sp.gamma, sp.loggamma, sp.polygamma)
"""Functions that are met at positive numbers only: elsewhere a claim is left to others."""
IN_TERMS_OF_EXP: dict[Any, Any] = {
    sp.sinh: lambda u: (sp.exp(u) - sp.exp(-u)) / 2,
    sp.cosh: lambda u: (sp.exp(u) + sp.exp(-u)) / 2,
    sp.sech: lambda u: 2 / (sp.exp(u) + sp.exp(-u)),
    sp.coth: lambda u: (sp.exp(2 * u) + 1) / (sp.exp(2 * u) - 1),
}
REWRITTEN: dict[Any, Any] = {
    **IN_TERMS_OF_EXP,
    sp.tan: lambda u: sp.sin(u) / sp.cos(u),
    sp.cot: lambda u: sp.cos(u) / sp.sin(u),
    sp.sec: lambda u: 1 / sp.cos(u),
    sp.csc: lambda u: 1 / sp.sin(u),
    sp.acos: lambda u: sp.pi / 2 - sp.asin(u),
    sp.acot: lambda u: sp.atan(1 / u),
    sp.asinh: lambda u: sp.log(u + sp.sqrt(u**2 + 1)),
    sp.acosh: lambda u: sp.log(u + sp.sqrt(u**2 - 1)),
    sp.atanh: lambda u: (sp.log(1 + u) - sp.log(1 - u)) / 2,
}
WITH_EXP: dict[Any, Any] = {
    sp.tanh: lambda u: 1 - 2 / (1 + sp.exp(2 * u)),
    sigmoid: lambda u: sp.exp(u) / (1 + sp.exp(u)),
    softplus: lambda u: sp.log(1 + sp.exp(u)),
}
"""How these are written where a claim has exponentials as well, so that there is one variable for both."""


@dataclass(frozen=True)
class Atom:
    """v = T(u), u in terms of the symbols of the claim and of earlier atoms.

    Args:
        function: T.
        parameters: The arguments of T before the last.
        u: The argument.
        v: The variable.
        low: The least value of u that is known, -oo without one.
        high: The largest.
        values: A set that holds v.
        text: T(u) as the claim has it.
        own: The range of u where u is a symbol of the claim, None otherwise.
    """

    function: Any
    parameters: tuple[Any, ...]
    u: sp.Expr
    v: sp.Symbol
    low: Any
    high: Any
    values: sp.Set
    text: str
    own: sp.Set | None = None

    def __str__(self) -> str:
        return self.text

    def lies_in(self, on: sp.Set) -> bool:
        """Whether the argument stays in the closure of a set for sure.

        That a function has a value is shown apart: an argument of a logarithm is positive.
        """
        if self.own is not None and self.own.is_subset(sp.Interval(on.inf, on.sup)):
            return True
        if self.function in ON_POSITIVE and on.inf == 0 and on.sup is sp.oo:
            return True
        below = on.inf is -sp.oo or bool(self.low >= arb_of(on.inf))
        above = on.sup is sp.oo or bool(self.high <= arb_of(on.sup))
        return below and above


def arb_of(e: sp.Expr) -> Any:
    """A number or infinity as a ball."""
    if e in (sp.oo, -sp.oo):
        return arb("inf" if e is sp.oo else "-inf")
    return Evaluator(arb_backend(), {}).at(e)


class Atoms:
    """A claim with its functions' values as variables.

    Args:
        claim: A claim with transcendental functions.

    Attributes:
        found: The atoms, those that occur in others first.
        f: The function of the claim in their variables.
        conditions: Its conditions.

    Raises:
        NotBounded: A function is met for which there are no bounds.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.found: list[Atom] = []
        self.by_term: dict[sp.Expr, sp.Expr] = {}
        self.rates: dict[sp.Expr, sp.Rational] = {}
        self.signs = {s: signed(s, r) for s, r in claim.ranges.items()}
        back = {t: s for s, t in self.signs.items()}
        written = [_rewritten(e.xreplace(self.signs)) for e in (claim.f, *claim.conditions)]
        self.back = back
        self._common_rates(written)
        f, *conditions = (self._closed(e) for e in written)
        self.f, self.conditions = f, tuple(conditions)

    def closed(self, g: sp.Expr) -> sp.Expr | None:
        """A relation with its own functions as variables: None where that would need a new one."""
        before = len(self.found)
        if not g.has(*KNOWN):
            return g
        try:
            made = self._closed(_rewritten(g.xreplace(self.signs)))
        except NotBounded:
            return None
        if len(self.found) > before and len(self.found) > 3:
            del self.found[before:]
            return None
        return made

    def identities(self) -> Iterator[tuple[sp.Expr, str]]:
        """Polynomials in the variables that vanish: sin² + cos² = 1."""
        cosines = {a.u: a for a in self.found if a.function is sp.cos}
        for a in self.found:
            if a.function is sp.sin and a.u in cosines:
                yield a.v**2 + cosines[a.u].v ** 2 - 1, f"sin² + cos² = 1 at {a.u}"

    def values_at(self, point: Mapping[Any, Any]) -> dict[Any, Any]:
        """The values of a point, those of the atoms as the point has them, and their true arguments."""
        return {s: value for s, value in point.items() if value is not None}

    def _common_rates(self, expressions: list[Any]) -> None:
        """The greatest rational number by which a term occurs in exponents, so that all are powers of one value."""
        for e in expressions:
            for node in e.atoms(sp.exp):
                for c, term in _terms(node.args[0]):
                    known = self.rates.get(term)
                    self.rates[term] = abs(c) if known is None else _common(known, c)

    def _closed(self, node: Any) -> Any:
        """An expression without functions, in the original symbols and the variables of atoms."""
        if not node.args:
            return self.back.get(node, node)
        if node.is_number and not isinstance(node, sp.logic.boolalg.Boolean):
            return node
        if isinstance(node, sp.exp):
            product = sp.S.One
            for c, term in _terms(node.args[0]):
                rate = self.rates.get(term) or self.rates.setdefault(term, abs(c))
                if not (c / rate).is_Integer:
                    raise NotBounded(f"exp of {c}·{term} beside {rate}·{term}")
                product *= sp.exp(c * rate / rate) if term == 1 else self._atom(sp.exp, (), rate * term) ** (c / rate)
            return product
        if node.func in KNOWN:
            return self._atom(node.func, node.args[:-1], node.args[-1])
        if node.is_Pow and not node.exp.is_Rational:
            return self._closed(_rewritten(sp.exp(node.exp * sp.log(node.base))))
        if (
            node.is_Add
            or node.is_Mul
            or node.is_Pow
            or node.func in ALGEBRAIC
            or (
                isinstance(node, sp.Basic)
                and (
                    isinstance(node, sp.logic.boolalg.Boolean | sp.core.relational.Relational | sp.Tuple)
                    or type(node).__name__ == "ExprCondPair"
                )
            )
        ):
            return node.func(*(self._closed(a) for a in node.args))
        raise NotBounded(f"no bounds are known for {node.func.__name__}")

    def _atom(self, function: Any, parameters: tuple[Any, ...], given: sp.Expr) -> sp.Symbol:
        u = self._closed(given)
        for a in self.found:
            if a.function is function and a.parameters == parameters and a.u == u:
                return a.v
        low, high = self._range(given)
        text = str(function(*parameters, given.xreplace(self.back)))
        v = own(f"v{len(self.found)}", real=True)
        s = self.back.get(given)
        own_range = None if s is None else self.claim.ranges[s]
        atom = Atom(function, parameters, u, v, low, high, _values(function, own_range), text, own_range)
        self.found.append(atom)
        return v

    def _range(self, u: sp.Expr) -> tuple[Any, Any]:
        """Numbers between which an argument stays, by balls over the box or by the signs of its symbols."""
        values = {}
        for s, t in self.signs.items():
            r = self.claim.ranges[s]
            if u.has(t):
                if not (r.inf.is_finite and r.sup.is_finite):
                    break
                values[t] = arb_of(r.inf).union(arb_of(r.sup))
        else:
            try:
                found = Evaluator(arb_backend(), values).at(u)
                if found.is_finite():
                    exact = self._monotone_ends(u)
                    return exact or (arb(found.lower()), arb(found.upper()))
            except (EvaluationError, ZeroDivisionError):
                pass
        exact = self._monotone_ends(u)
        if exact:
            return exact
        low, high = self._affine_ends(u)
        if u.is_nonnegative and not low >= 0:
            low = arb(0)
        if u.is_nonpositive and not high <= 0:
            high = arb(0)
        return low, high

    def _affine_ends(self, u: sp.Expr) -> tuple[Any, Any]:
        """The ends of c + Σ cᵢsᵢ, where u is that."""
        low, high = arb("-inf"), arb("inf")
        symbols = sorted(u.free_symbols, key=str)
        if any(s not in self.back for s in symbols):
            return low, high
        slopes = [u.diff(s) for s in symbols]
        if not all(c.is_number for c in slopes):
            return low, high
        low = high = arb_of(u.xreplace(dict.fromkeys(symbols, sp.S.Zero)))
        for s, c in zip(symbols, slopes, strict=True):
            r, slope = self.claim.ranges[self.back[s]], arb_of(c)
            ends = (arb_of(r.inf), arb_of(r.sup)) if slope > 0 else (arb_of(r.sup), arb_of(r.inf))
            low, high = low + slope * ends[0], high + slope * ends[1]
        return low, high

    def _monotone_ends(self, u: sp.Expr) -> tuple[Any, Any] | None:
        """The ends of a symbol's own range, as they are: balls would round them outwards."""
        s = self.back.get(u)
        if s is None:
            return None
        r = self.claim.ranges[s]
        return arb_of(r.inf), arb_of(r.sup)


def signed(s: Any, r: sp.Set) -> Any:
    """A symbol that knows the sign of its range, for SymPy's rules of logarithms and roots."""
    if r.inf.is_finite is not None and r.inf >= 0:
        strictly = r.inf > 0 or r.contains(sp.S.Zero) == False  # noqa: E712
        return sp.Dummy(str(s), positive=True) if strictly else sp.Dummy(str(s), nonnegative=True)
    if r.sup.is_finite is not None and r.sup <= 0:
        strictly = r.sup < 0 or r.contains(sp.S.Zero) == False  # noqa: E712
        return sp.Dummy(str(s), negative=True) if strictly else sp.Dummy(str(s), nonpositive=True)
    return sp.Dummy(str(s), real=True)


def _rewritten(e: Any) -> Any:
    """An expression in the functions for which there are bounds."""
    for function, rule in REWRITTEN.items():
        e = e.replace(function, rule)
    exponents = {term for node in e.atoms(sp.exp) for _, term in _terms(node.args[0])}
    for function, rule in WITH_EXP.items():
        if any(term in exponents for node in e.atoms(function) for _, term in _terms(node.args[0])):
            e = e.replace(function, rule)
    if any(len(node.args[0].free_symbols) > 1 for node in e.atoms(sp.sin, sp.cos)):
        e = sp.expand_trig(e)
    logarithms = {node: sp.expand_log(node) for node in e.atoms(sp.log)}
    return e.xreplace(logarithms)


def _terms(exponent: sp.Expr) -> list[tuple[sp.Rational, sp.Expr]]:
    """The terms of an exponent: rational factors and the rest."""
    return [term.as_coeff_Mul() for term in sp.Add.make_args(sp.expand(exponent))]


def _common(a: sp.Rational, b: sp.Rational) -> sp.Rational:
    return sp.Rational(sp.igcd(a.p * b.q, b.p * a.q), a.q * b.q)


def _values(function: Any, on: sp.Set | None) -> sp.Set:
    """An interval that holds the values of a function, on a range where that is known."""
    quarter = sp.Interval.open(-sp.pi / 2, sp.pi / 2)
    if function is sp.cos and on is not None and on.is_subset(quarter):
        return sp.Interval.Lopen(0, 1)
    if function is sp.sin and on is not None and on.is_subset(sp.Interval.open(0, sp.pi)):
        return sp.Interval.Lopen(0, 1)
    ranges: dict[Any, sp.Set] = {
        sp.exp: sp.Interval.open(0, sp.oo),
        sp.sin: sp.Interval(-1, 1),
        sp.cos: sp.Interval(-1, 1),
        sp.tanh: sp.Interval.open(-1, 1),
        sigmoid: sp.Interval.open(0, 1),
        softplus: sp.Interval.open(0, sp.oo),
        sp.erf: sp.Interval.open(-1, 1),
        sp.erfc: sp.Interval.open(0, 2),
        sp.atan: sp.Interval(-2, 2),
        sp.asin: sp.Interval(-2, 2),
    }
    return ranges.get(function, sp.S.Reals)

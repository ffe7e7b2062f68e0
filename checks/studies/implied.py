"""Conclusions that hypotheses imply by adding multiples of them: with numbers as multipliers, or with products.

A gap is an expression that is claimed, or assumed, to be nonnegative. A conclusion of this kind needs no idea: its
hypotheses are multiplied by what is known to be nonnegative and added. A linear program finds the multipliers, and what
it finds is checked exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.calculus.forms import NotReducible, expand_inner
from derivations.domains import Domain
from derivations.letters.names import own
from derivations.writing.text import text

NEGLIGIBLE = 1e-9
"""A multiplier below this is 0 in the linear program; what is left is solved again exactly."""
MOST_FACTORS = 8
"""Atoms of known sign that multipliers are made of, at most; products of two give 45 multipliers."""
MOST_TERMS = 16
"""Terms of an expanded gap that products are looked for, at most."""
MOST_CASES = 16
"""Cases that maxima and absolute values are split into, at most."""
INCREASING = (sp.exp, sp.log, sp.tanh, sp.atan, sp.sinh, sp.asinh, sp.erf)
Monomials = Mapping[Any, Any]


@dataclass(frozen=True)
class Known:
    """A gap that is nonnegative: an assumption of the statement, or what its symbols' ranges and signs say.

    Attributes:
        gap: The expression.
        said: The words for it.
        condition: Whether it is a condition of the statement (`where`), not a range or a sign.
        strict: Whether it is positive.
    """

    gap: Any
    said: str
    condition: bool = False
    strict: bool = False


@dataclass(frozen=True)
class Knowledge:
    """What a domain says, as gaps, and the stand-ins of its symbols that carry their signs."""

    gaps: tuple[Known, ...]
    stand_ins: Mapping[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, domain: Domain, symbols: Iterable[Any]) -> Knowledge:
        """What the conditions, the ranges and the assumptions about the symbols say."""
        stand_ins = {}
        ranges: list[Known] = []
        for s in sorted(symbols, key=str):
            if not isinstance(s, sp.Symbol):
                continue
            values = domain.ranges.get(s)
            if isinstance(values, sp.Interval):
                ranges += _of_interval(s, values)
                if values.inf.is_positive or (values.inf == 0 and values.left_open):
                    stand_ins[s] = sp.Dummy(s.name, positive=True)
                elif values.inf == 0:
                    stand_ins[s] = sp.Dummy(s.name, nonnegative=True)
            elif s.is_nonnegative:
                ranges.append(Known(s, f"{s} {'>' if s.is_positive else '≥'} 0", strict=bool(s.is_positive)))
        conditions = [
            Known(each, text(relation), True, isinstance(relation, sp.StrictLessThan | sp.StrictGreaterThan))
            for relation in domain.where
            if isinstance(relation, Relational) and not isinstance(relation, sp.Ne)
            for gap in _of_relation(relation)
            for part in cases(gap)
            for each in dict.fromkeys((part, *without_function(part, stand_ins)))
        ]
        return cls((*conditions, *ranges), stand_ins)

    def nonnegative(self, expr: Any) -> bool:
        """Whether an expression is nonnegative by the signs of its symbols."""
        return bool(sp.sympify(expr).xreplace(self.stand_ins).is_nonnegative)


def _of_relation(relation: Any) -> list[Any]:
    if isinstance(relation, sp.Eq):
        return [relation.lhs - relation.rhs, relation.rhs - relation.lhs]
    return [relation.gts - relation.lts]


def _of_interval(symbol: Any, values: sp.Interval) -> list[Known]:
    found = []
    if values.inf.is_finite:
        found.append(Known(symbol - values.inf, f"{symbol} ≥ {values.inf}", strict=bool(values.left_open)))
    if values.sup.is_finite:
        found.append(Known(values.sup - symbol, f"{symbol} ≤ {values.sup}", strict=bool(values.right_open)))
    return found


def cases(gap: Any) -> list[Any]:
    """The gaps that are all nonnegative if and only if this one is, without maxima, minima and absolute values.

    Max(a, b) ≤ c is a ≤ c and b ≤ c, and |a| ≤ c is a ≤ c and −a ≤ c. The gap itself where these are on the other side.
    """
    open_: list[Any] = [gap]
    found: list[Any] = []
    while open_:
        one = open_.pop()
        parts = next(_parts(one), None)
        if parts is None or len(open_) + len(found) + len(parts) > MOST_CASES:
            found.append(one)
        else:
            open_ += parts
    return found


def _parts(gap: Any) -> Iterator[list[Any]]:
    for node in sorted(gap.atoms(sp.Max, sp.Min, sp.Abs), key=sp.default_sort_key):
        hole = sp.Dummy(real=True)
        opened = sp.expand(gap.xreplace({node: hole}))
        factor = opened.coeff(hole, 1)
        if opened.coeff(hole, 0) + factor * hole - opened != 0 or factor.has(hole):
            continue
        if factor.is_nonpositive and not isinstance(node, sp.Min):
            each = (node.args[0], -node.args[0]) if isinstance(node, sp.Abs) else node.args
        elif factor.is_nonnegative and isinstance(node, sp.Min):
            each = node.args
        else:
            continue
        yield [opened.xreplace({hole: one}) for one in each]


def without_function(gap: Any, stand_ins: Mapping[Any, Any]) -> list[Any]:
    """b − a for a gap k·(f(b) − f(a)) with k > 0 and an increasing f; a − b for a decreasing power; else nothing."""
    terms = sp.Add.make_args(sp.expand(gap))
    if len(terms) != 2:
        return []
    (p, f), (q, g) = (term.as_coeff_Mul() for term in terms)
    if p + q != 0:
        return []
    upper, lower = (f, g) if p > 0 else (g, f)
    if isinstance(upper, INCREASING) and isinstance(lower, type(upper)):
        inner = upper.args[0] - lower.args[0]
        return [inner, *without_function(inner, stand_ins)]
    (a, m), (b, n) = upper.as_base_exp(), lower.as_base_exp()
    if m != n or m == 1 or not m.is_number or not m.is_real:
        return []
    signed = all(e.xreplace(stand_ins).is_nonnegative for e in (a, b)) or (m.is_Rational and m.p % 2 and m.q == 1 < m)
    if not signed and not (m.is_Rational and m.q % 2 == 0):  # an even root is of nonnegative numbers alone
        return []
    inner = a - b if m > 0 else b - a
    return [inner, *without_function(inner, stand_ins)]


def combination(gap: Any, given: Sequence[Any]) -> dict[int, Any] | None:
    """Multipliers ≥ 0 with gap = Σ multiplier · given + a constant ≥ 0, exactly; None if there are none."""
    try:
        target, columns = linear(gap), [linear(e) for e in given]
    except NotReducible:
        return None
    columns.append({sp.S.One: sp.S.One})
    found = _solved(target, columns)
    return None if found is None else {i: v for i, v in found.items() if i < len(given)}


def _solved(target: Monomials, columns: Sequence[Monomials]) -> dict[int, Any] | None:
    """Multipliers ≥ 0 with target = Σ multiplier · column, exactly; None if there are none."""
    from scipy.optimize import linprog

    rows = sorted({k for c in (target, *columns) for k in c}, key=sp.default_sort_key)
    if not target:
        return {}
    if set(target) - {k for c in columns for k in c}:
        return None
    matrix = np.array([[float(c.get(r, 0)) for c in columns] for r in rows])
    wanted = np.array([float(target.get(r, 0)) for r in rows])
    found = linprog(np.ones(len(columns)), A_eq=matrix, b_eq=wanted, bounds=(0, None), method="highs")
    if not found.success:
        return None
    support = [i for i, v in enumerate(found.x) if v > NEGLIGIBLE]
    guess = {i: sp.Rational(Fraction(float(found.x[i])).limit_denominator(1000)) for i in support}
    if all(sp.expand(sum(v * columns[i].get(r, 0) for i, v in guess.items()) - target.get(r, 0)) == 0 for r in rows):
        return guess
    exact = sp.Matrix([[columns[i].get(r, 0) for i in support] for r in rows])
    right = sp.Matrix([target.get(r, 0) for r in rows])
    solved = list(sp.linsolve((exact, right), *(own(f"m{i}") for i in support)))
    if not solved or any(v.free_symbols or v < 0 for v in solved[0]):
        return None
    return dict(zip(support, solved[0], strict=True))


def is_short(gap: Any) -> bool:
    """Whether a gap has so few terms that its multiples and products are looked at."""
    try:
        return len(linear(gap)) <= MOST_TERMS
    except NotReducible:
        return False


def with_products(gap: Any, known: Knowledge) -> tuple[str, ...]:
    """The conditions of which products with what is nonnegative add up to the gap; empty if there are none.

    A condition counts only where it is about a quantity of which the conclusion speaks: one that enters both to the
    first power, as a loss or a squared gradient does. A condition that bounds a variable is a domain, not a conclusion.
    """
    try:
        target = linear(gap)
        conditions = [k for k in known.gaps if k.condition]
        columns = {k: linear(k.gap) for k in conditions}
    except NotReducible:
        return ()
    quantities = _quantities(target, list(columns.values()))
    if not quantities:
        return ()
    factors = _factors([target, *columns.values()], known)
    if len(factors) > MOST_FACTORS:
        return ()
    multipliers = [sp.S.One, *factors, *(a * b for a, b in combinations_with_replacement(factors, 2))]
    others = [k for k in known.gaps if not k.condition]
    made: list[tuple[tuple[str, ...], Monomials]] = []
    for k in known.gaps:
        own_ = quantities & _atoms(linear(k.gap))
        for m in multipliers:
            if not own_ & _atoms({m: 1}):
                made.append(((k.said,) if k.condition else (), linear(k.gap * m)))
    for one, other in combinations([*conditions, *others], 2):
        shared = _atoms(linear(one.gap)) & _atoms(linear(other.gap)) & quantities
        if one.condition and not shared:
            said = tuple(k.said for k in (one, other) if k.condition)
            made += [(said, linear(one.gap * other.gap * m)) for m in (sp.S.One, *factors)]
    seen = {r for _, c in made for r in c} | set(target)
    made += [((), {r: sp.S.One}) for r in seen if known.nonnegative(r)]
    plain = [c for said, c in made if not said]
    if _solved(target, plain) is not None:
        return ()
    found = _solved(target, [c for _, c in made])
    return tuple(dict.fromkeys(said for i in found or {} for said in made[i][0]))


def _quantities(target: Monomials, conditions: Sequence[Monomials]) -> set[Any]:
    """Atoms that enter the conclusion and a condition, and nowhere but to the first power."""
    powers: dict[Any, set[Any]] = {}
    for monomials in (target, *conditions):
        for monomial in monomials:
            for factor in sp.Mul.make_args(monomial):
                base, exponent = factor.as_base_exp()
                powers.setdefault(base, set()).add(exponent)
    linear_ = {base for base, found in powers.items() if found == {sp.S.One}}
    return linear_ & _atoms(target) & {a for c in conditions for a in _atoms(c)}


def _atoms(monomials: Monomials) -> set[Any]:
    found = {factor.as_base_exp()[0] for m in monomials for factor in sp.Mul.make_args(m)}
    return {a for a in found if not a.is_number}


def _factors(expressions: Sequence[Monomials], known: Knowledge) -> list[Any]:
    """The factors of known sign, and their inverses where these occur."""
    found = set()
    for monomials in expressions:
        for monomial in monomials:
            for factor in sp.Mul.make_args(monomial):
                base, exponent = factor.as_base_exp()
                single = 1 / base if exponent.is_negative else base
                if not single.is_number and known.nonnegative(single):
                    found.add(single)
    return sorted(found, key=sp.default_sort_key)


def is_multiple(gap: Any, known: Knowledge) -> str:
    """The condition of which the gap is a multiple by something nonnegative, in words; empty if there is none."""
    for k in known.gaps:
        if not k.condition or k.gap == 0:
            continue
        try:
            ratio = sp.cancel(_without_vectors(gap) / _without_vectors(k.gap))
        except (sp.PolynomialError, NotImplementedError, NotReducible):
            continue
        # a gap that is 0 owes nothing to any condition
        if ratio != 0 and not ratio.has(sp.zoo, sp.nan) and known.nonnegative(sp.factor(ratio)):
            return k.said
    return ""


def _without_vectors(expr: Any) -> Any:
    """The expression with one symbol for each number that is made of vectors, the same for the same one."""
    expanded = expand_inner(canonical(expr))
    if not expanded.has(MatrixExpr):
        return expanded

    def whole(e: Any) -> bool:
        return isinstance(e, sp.Expr) and not isinstance(e, sp.Add | sp.Mul | sp.Pow | MatrixExpr) and e.has(MatrixExpr)

    return expanded.replace(whole, lambda e: own(f"_v[{sp.srepr(e)}]", real=True), simultaneous=False)


def contradiction(known: Knowledge) -> tuple[str, ...]:
    """Assumptions that cannot hold together, in words; empty if none are found."""
    if not any(k.condition for k in known.gaps):
        return ()
    try:
        rows = {r for k in known.gaps for r in linear(k.gap)}
    except NotReducible:
        return ()
    squares = [r for r in rows if r.is_number is False and known.nonnegative(r)]
    given = [*(k.gap for k in known.gaps), *squares]
    # −1 ≥ 0, or that something positive is not
    for wanted in (sp.Integer(-1), *(-k.gap for k in known.gaps if k.strict)):
        found = combination(wanted, given)
        if found is not None and (found or wanted == -1):
            named = [known.gaps[i].said for i in found if i < len(known.gaps)]
            positive = [k.said for k in known.gaps if k.strict and -k.gap == wanted]
            return tuple(dict.fromkeys((*named, *positive)))
    return ()


def linear(expr: Any) -> Monomials:
    """An expression as a sum of monomials with numbers as coefficients, bound variables by place and not by name."""
    expanded = sp.expand(expand_inner(canonical(sp.sympify(expr))))
    return {k: v for k, v in expanded.as_coefficients_dict().items() if v != 0}


def canonical(expr: Any) -> Any:
    """The expression with bound variables of sums, integrals and expectations named by their place."""
    from derivations.gaussian import Expectation

    def renamed(e: Any) -> Any:
        names = {
            v: sp.MatrixSymbol(f"_e{i}", *v.shape) if hasattr(v, "shape") else sp.Symbol(f"_e{i}", **v.assumptions0)
            for i, v in enumerate(e.variables)
        }
        return e.xreplace(names)

    if not isinstance(expr, sp.Basic) or not expr.has(Expectation, sp.Sum, sp.Product, sp.Integral, sp.Lambda):
        return expr
    return expr.replace(lambda e: isinstance(e, Expectation), renamed).as_dummy()

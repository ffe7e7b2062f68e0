"""Are two expressions equal on a domain? By structure, by values at exact points, and by proof."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp

from checks.compare.ground import OPAQUE, POINTS, POINTS_BY_DEFINITION, POINTS_WITH_KINKS, Ground
from checks.context import Context
from checks.methods import precision
from checks.methods.searching.witness import shrink
from checks.methods.unspecified import found_by
from checks.verdicts import Verdict
from derivations.domains import Domain, DomainError
from derivations.extrema import Extremum
from derivations.gaussian import Expectation
from derivations.integrals.polar import KINKED
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Stopped
from derivations.proofs.equality import difference, vanishes
from derivations.proofs.foreign import foreign_errors
from derivations.quantities import MeasuredQuantity
from derivations.statements import Identity, StatementError
from derivations.vectors import ShapeError, canonical, is_matrix
from numerics.values.evaluate import evaluate
from numerics.values.points import Chart, NoPoint, Point, point_text

PROOF_STEPS = 1_600_000
POINT_STEPS = 3_000_000
SHRINK_STEPS = 1_200_000
FEW = 3
"""Fewer points say nothing of formulas that hold symbols."""


NO_ANSWER = (Stopped, ShapeError, DomainError, StatementError, ArithmeticError)
"""What is raised where a formula has no value or no form here; what SymPy itself raises comes as a ForeignError."""


@dataclass(frozen=True)
class Agreement:
    """Whether two expressions agree (None: not found out), how that is known, and where they do not."""

    equal: bool | None
    how: str
    witness: str = ""
    given: str = ""
    derived: str = ""

    def __bool__(self) -> bool:
        raise TypeError("an Agreement has three values: compare .equal with True, False and None")


def same_form(a: Any, b: Any) -> bool:
    """Whether two expressions are the same but for the names of their bound variables."""
    return bool(a == b or plain(a) == plain(b))


def plain(expr: Any) -> Any:
    """An expression with its bound variables named by their order, and entrywise functions in one form."""
    if not isinstance(expr, sp.Basic) or not expr.args:
        return expr
    if isinstance(expr, sp.MatrixBase):
        return expr.applyfunc(plain)
    if isinstance(expr, Expectation):
        names = {v: _numbered(v, i) for i, v in enumerate(expr.variables)}
        inside = plain(expr.integrand.xreplace(names))
        covariance = expr.covariance.applyfunc(plain) if expr.is_scalar else None
        return Expectation(inside, tuple(names.values()), covariance)
    if isinstance(expr, sp.Sum | sp.Integral) and len(expr.limits) == 1:
        ((variable, low, high),) = expr.limits
        name = _numbered(variable, 0)
        return expr.func(plain(expr.function.xreplace({variable: name})), (name, plain(low), plain(high)))
    if isinstance(expr, Extremum):
        name = _numbered(expr.args[1], 0)
        return Extremum(plain(expr.args[0].xreplace({expr.args[1]: name})), name, expr.args[2], expr.args[3])
    if isinstance(expr, sp.MatrixSymbol | sp.Lambda):
        return expr
    parts = [plain(a) for a in expr.args]
    return canonical(expr if parts == list(expr.args) else expr.func(*parts))


def _numbered(variable: Any, number: int) -> Any:
    if isinstance(variable, sp.MatrixSymbol):
        return sp.MatrixSymbol(f"_{number}", *variable.shape)
    return sp.Symbol(f"_{number}", **variable.assumptions0)


def agree(given: Any, derived: Any, ground: Ground, shrunk: bool = False) -> Agreement:
    """Whether two expressions agree on the whole domain; common parts are first replaced by arbitrary numbers.

    A witness is made small and round if `shrunk`, which takes time.
    """
    if same_form(given, derived):
        return Agreement(True, "the same expression")
    a, b, independent = without_common(plain(given), plain(derived))
    if same_form(a, b):
        return Agreement(True, "the same expression")
    found = _decided(a, b, ground, shrunk)
    if found.equal is True or (found.equal is False and independent):
        return found
    if (a, b) == (given, derived):
        return found
    return _decided(given, derived, ground, shrunk)


def without_common(a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Both with the opaque parts that they share as symbols, and whether nothing is lost by that."""
    shared = {e for e in a.atoms(*OPAQUE) if b.has(e)} | a.atoms(MeasuredQuantity) | b.atoms(MeasuredQuantity)
    shared = {e for e in shared if not e.free_symbols & (_bound(a, e) | _bound(b, e))}
    outer = {e for e in shared if not any(e != o and o.has(e) for o in shared)}
    if not outer:
        return a, b, True
    table = {e: sp.Symbol(_short(e, i), real=True) for i, e in enumerate(sorted(outer, key=str))}
    return _replaced(a, table), _replaced(b, table), all(isinstance(e, MeasuredQuantity) for e in outer)


def _bound(expr: Any, part: Any) -> set[Any]:
    """The variables that are bound around a part: a part that contains them is not a number by itself."""
    around = [e for e in expr.atoms(*OPAQUE) if e != part and e.has(part)]
    return {v for e in around for v in _variables(e)}


def _variables(binder: Any) -> set[Any]:
    match binder:
        case Expectation() | sp.Derivative():
            return set(binder.variables)
        case sp.Integral() | sp.Sum():
            return {limits[0] for limits in binder.limits}
        case Extremum():
            return {binder.args[1]}
    return set()


def _short(expr: Any, number: int) -> str:
    text = str(expr)
    return text if isinstance(expr, MeasuredQuantity) and "=" not in text and "," not in text else f"_E{number}"


def _replaced(expr: Any, table: dict[Any, Any]) -> Any:
    return expr.applyfunc(lambda e: e.xreplace(table)) if isinstance(expr, sp.MatrixBase) else expr.xreplace(table)


def _decided(given: Any, derived: Any, ground: Ground, shrunk: bool) -> Agreement:
    try:
        with foreign_errors():
            domain = ground.with_symbols(given, derived)
            claim = Identity("compared", given, derived, on=dict(domain.ranges), where=tuple(domain.where))
    except NO_ANSWER as error:
        return Agreement(None, str(error))
    seen: list[Point] = []
    why = ""
    if _evaluable(given) and _evaluable(derived):
        try:
            with budget(POINT_STEPS):
                seen, why, refuted = _at_points(claim, ground, shrunk)
            if refuted is not None:
                return refuted
        except BudgetSpent:
            why = "its values take too many steps"
    proof = _proof(given, derived, domain)
    if proof:
        return Agreement(True, f"proved: {proof}")
    digits = int(-mp.log10(precision.tolerance(claim)))
    if seen and _too_alike(claim, seen):
        return _without_conditions(claim, ground, len(seen), digits)
    if seen:
        return Agreement(True, f"at {len(seen)} points to {digits} digits, not proved")
    if claim.lhs.has(Expectation) or claim.rhs.has(Expectation):
        sampled = _by_sampling(claim)
        return Agreement(None, why or "it has no value that can be computed") if sampled is None else sampled
    return Agreement(None, why or "neither proved nor refuted")


def _too_alike(claim: Identity, points: Sequence[Point]) -> bool:
    """Whether points are too few to tell formulas apart, or all have one size: √m and m are the same at m = 1."""
    free = claim.lhs.free_symbols | claim.rhs.free_symbols
    whole = {s for s in free if s.is_integer}
    single = {s for s, r in claim.domain.ranges.items() if isinstance(r, sp.Set) and r.inf == r.sup}
    alike = any(len({p.get(s) for p in points}) == 1 for s in whole - single)
    return bool(free) and (len(points) < FEW or alike)


def _without_conditions(claim: Identity, ground: Ground, seen: int, digits: int) -> Agreement:
    """What agrees wherever the symbols have their ranges agrees under further conditions, which few points meet."""
    few = Agreement(None, f"the same at {seen} points, which are too few or too alike to tell")
    if not claim.domain.where:
        return few
    try:
        with budget(POINT_STEPS), foreign_errors():
            bare = replace(ground, domain=Domain(dict(ground.domain.ranges)))
            wider = Identity("compared", claim.lhs, claim.rhs, on=dict(claim.domain.ranges))
            more, _, differs = _at_points(wider, bare, False)
    except (BudgetSpent, *NO_ANSWER):
        return few
    if differs is not None or not more or _too_alike(wider, more):
        return few
    return Agreement(True, f"at {len(more)} points to {digits} digits, not proved")


def _evaluable(expr: Any) -> bool:
    return all(e.is_scalar and len(e.variables) <= 2 for e in expr.atoms(Expectation))


def _proof(given: Any, derived: Any, domain: Domain) -> str:
    try:
        with budget(PROOF_STEPS), foreign_errors():
            answer = vanishes(difference(given, derived), domain)
    except (BudgetSpent, *NO_ANSWER):
        return ""
    return answer.how if answer.vanishes is True else ""


def _at_points(claim: Identity, ground: Ground, shrunk: bool) -> tuple[list[Point], str, Agreement | None]:
    """The points at which both sides agree, why others were passed over, and the first at which they do not."""
    seen: list[Point] = []
    why = ""
    bare: Agreement | None = None
    opaque = claim.lhs.has(*OPAQUE) or claim.rhs.has(*OPAQUE)
    kinked = claim.lhs.has(*KINKED) or claim.rhs.has(*KINKED)
    count = POINTS_BY_DEFINITION if opaque else POINTS_WITH_KINKS if kinked else POINTS
    try:
        for chart, point in ground.points(claim.lhs, claim.rhs, count=count):
            try:
                with foreign_errors():
                    failed, lacking = precision.fails_or_lacks(claim, point)
                if lacking:
                    why = f"no number{_where(point)}"
                    continue
            except (precision.NotReal, ZeroDivisionError) as error:
                bare = _without_value(claim, point, str(error)) if bare is None else bare
                why = str(error) or f"no value{_where(point)}"
                continue
            except NO_ANSWER as error:
                why = str(error) or f"no value{_where(point)}"
                continue
            if failed:
                return seen, why, _refuted(claim, chart, point, shrunk)
            seen.append(point)
    except NoPoint as error:
        why = str(error)
    return seen, why, bare if not seen else None


def _without_value(claim: Identity, point: Point, why: str) -> Agreement | None:
    """A difference where the formula has no real value and the derived side has one; None if that has none either."""
    values: list[str] = []
    with mp.workdps(20):
        for side in (claim.lhs, claim.rhs):
            try:
                with foreign_errors():
                    found = evaluate(side, point, "mpmath")
                real = not is_matrix(side) and mp.isfinite(found) and not mp.im(found)
                values.append(_number(mp.re(found)) if real else "")
            except NO_ANSWER:
                values.append("")
    if values[0] or not values[1]:
        return None
    shown = "no real value" if why else "no value"
    return Agreement(False, "the formula has no real value on the domain", point_text(point), shown, values[1])


def _where(point: Point) -> str:
    return f" at {point_text(point)}" if point else ""


def _refuted(claim: Identity, chart: Chart, point: Point, shrunk: bool) -> Agreement:
    small = point
    if shrunk:
        with suppress(BudgetSpent, *NO_ANSWER), budget(SHRINK_STEPS), foreign_errors():
            small = shrink(chart, point, lambda p: precision.fails_at(claim, p))
    with mp.workdps(precision.DIGITS):
        name, left, right, _ = max(precision.sides(claim, small), key=lambda p: abs(p[1] - p[2]))
    entry = f"{name.rstrip(': ')} = " if name else ""
    shown = point_text({s: v for s, v in small.items() if s in claim.symbols or is_size(s, claim)})
    return Agreement(False, "values differ", shown, entry + _number(left), entry + _number(right))


def is_size(symbol: Any, claim: Identity) -> bool:
    """Whether a symbol is a size of the claim's vectors."""
    return symbol in claim.domain.dimensions


def _number(x: Any) -> str:
    return str(mp.nstr(x, 10, strip_zeros=True)).removesuffix(".0")


def _by_sampling(claim: Identity) -> Agreement | None:
    """What samples say of expectations over vectors and matrices."""

    try:
        with budget(POINT_STEPS), foreign_errors():
            found = found_by("sampling", claim, (), Context(0, "cpu", "compare", quick=True))
    except (BudgetSpent, *NO_ANSWER):
        return None
    for evidence in found:
        if evidence.verdict is Verdict.REFUTED and evidence.at is not None:
            point, values = evidence.at.point or {}, evidence.at.values
            given, derived = (f"a mean of {', '.join(f'{float(x):.6g}' for x in np.ravel(v))}" for v in values)
            how = f"by sampling: {evidence.at.place['samples']} samples"
            return Agreement(False, how, point_text(dict(point)), given, derived)
    if found and all(e.verdict is Verdict.VERIFIED for e in found):
        return Agreement(True, f"by sampling only ({found[0].detail}), not proved")
    return None

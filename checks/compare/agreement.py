"""Are two expressions equal on a domain? By structure, by values at exact points, and by proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
from mpmath import mp

from checks.context import Context
from checks.methods import precision
from checks.methods.witness import shrink
from checks.verdicts import Verdict
from derivations.domains import Domain, default_range, make_domain
from derivations.extrema import Extremum
from derivations.gaussian import Expectation, step
from derivations.integrals.polar import KINKED
from derivations.proofs.deadline import TooSlow, deadline
from derivations.proofs.equality import difference, vanishes
from derivations.quantities import MeasuredQuantity
from derivations.statements import Identity, StatementError
from derivations.vectors import ShapeError, canonical, is_matrix
from numerics.values.evaluate import EvaluationError, evaluate
from numerics.values.points import Chart, NoPoint, Point, exact_points, point_text
from numerics.values.quadrature import NoQuadrature, UnreliableQuadrature

POINTS, POINTS_BY_DEFINITION = 12, 3
POINTS_WITH_KINKS = 120
"""What differs only where the sign of something changes is seen at few points."""
PROOF_SECONDS = 8.0
POINT_SECONDS = 15.0
SHRINK_SECONDS = 6.0
RATIO_SECONDS = 6.0
OPAQUE = (Expectation, sp.Integral, Extremum, sp.Derivative, sp.Sum, MeasuredQuantity)
"""What is evaluated by its definition, or not at all."""
_TROUBLE = (
    EvaluationError,
    NoQuadrature,
    UnreliableQuadrature,
    ShapeError,
    ValueError,
    ArithmeticError,
    TypeError,
    AttributeError,
    NotImplementedError,
    LookupError,
    RecursionError,
)


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


@dataclass(frozen=True)
class Ground:
    """The domain on which expressions are compared, and a label for its random points."""

    domain: Domain
    label: str

    @cached_property
    def free(self) -> Ground:
        """The same symbols without what the domain says of them, so that equations of the domain do not hold."""
        return Ground(Domain({s: default_range(s) for s in self.domain.ranges}), self.label)

    def with_symbols(self, *exprs: Any) -> Domain:
        symbols = {s for e in exprs for s in e.free_symbols}
        return make_domain(dict(self.domain.ranges), tuple(self.domain.where), symbols)

    def points(self, *exprs: Any, count: int = POINTS) -> Iterator[tuple[Chart, Point]]:
        """Exact points of the domain for all symbols of the expressions."""
        tame = any(e.has(*OPAQUE) for e in exprs)
        yield from exact_points(self.with_symbols(*exprs), count, Context(0, "cpu", self.label).rng("compare"), tame)


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
    """Whether two expressions agree on the whole domain; what both hold in common is taken for any number first.

    A witness is made small and round if `shrunk`, which takes time.
    """
    if same_form(given, derived):
        return Agreement(True, "the same expression")
    a, b, independent = _without_common(plain(given), plain(derived))
    if same_form(a, b):
        return Agreement(True, "the same expression")
    found = _decided(a, b, ground, shrunk)
    if found.equal is True or (found.equal is False and independent):
        return found
    if (a, b) == (given, derived):
        return found
    return _decided(given, derived, ground, shrunk)


def _without_common(a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Both with the opaque parts that they share as symbols, and whether nothing is lost by that."""
    shared = {e for e in a.atoms(*OPAQUE) if b.has(e)} | a.atoms(MeasuredQuantity) | b.atoms(MeasuredQuantity)
    shared = {e for e in shared if not e.free_symbols & (_bound(a, e) | _bound(b, e))}
    outer = {e for e in shared if not any(e != o and o.has(e) for o in shared)}
    if not outer:
        return a, b, True
    table = {e: sp.Symbol(_short(e, i), real=True) for i, e in enumerate(sorted(outer, key=str))}
    return _replaced(a, table), _replaced(b, table), all(isinstance(e, MeasuredQuantity) for e in outer)


def _bound(expr: Any, part: Any) -> set[Any]:
    """The variables that something around a part binds: with them in it the part is no number of its own."""
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
        domain = ground.with_symbols(given, derived)
        claim = Identity("compared", given, derived, on=dict(domain.ranges), where=tuple(domain.where))
    except (StatementError, *_TROUBLE) as error:
        return Agreement(None, str(error))
    seen, why = 0, ""
    if _evaluable(given) and _evaluable(derived):
        try:
            with deadline(POINT_SECONDS):
                seen, why, refuted = _at_points(claim, ground, shrunk)
            if refuted is not None:
                return refuted
        except TooSlow:
            why = "its values take too long"
    proof = _proof(given, derived, domain)
    if proof:
        return Agreement(True, f"proved: {proof}")
    if seen:
        digits = int(-mp.log10(precision._tolerance(claim)))
        return Agreement(True, f"at {seen} points to {digits} digits, not proved")
    if claim.lhs.has(Expectation) or claim.rhs.has(Expectation):
        sampled = _by_sampling(claim)
        return Agreement(None, why or "it has no value that can be computed") if sampled is None else sampled
    return Agreement(None, why or "neither proved nor refuted")


def _evaluable(expr: Any) -> bool:
    return all(e.is_scalar and len(e.variables) <= 2 for e in expr.atoms(Expectation))


def _proof(given: Any, derived: Any, domain: Domain) -> str:
    try:
        with deadline(PROOF_SECONDS):
            answer = vanishes(difference(given, derived), domain)
    except (TooSlow, *_TROUBLE):
        return ""
    return answer.how if answer.vanishes is True else ""


def _at_points(claim: Identity, ground: Ground, shrunk: bool) -> tuple[int, str, Agreement | None]:
    """At how many points both sides agree, why others were passed over, and the first at which they do not."""
    seen, why = 0, ""
    bare: Agreement | None = None
    opaque = claim.lhs.has(*OPAQUE) or claim.rhs.has(*OPAQUE)
    kinked = claim.lhs.has(*KINKED) or claim.rhs.has(*KINKED)
    count = POINTS_BY_DEFINITION if opaque else POINTS_WITH_KINKS if kinked else POINTS
    try:
        for chart, point in ground.points(claim.lhs, claim.rhs, count=count):
            try:
                failed = precision.fails_at(claim, point)
                if not failed and not _finite(claim, point):
                    why = f"no number{_where(point)}"
                    continue
            except (precision.NotReal, ZeroDivisionError) as error:
                bare = _without_value(claim, point, str(error)) if bare is None else bare
                why = str(error) or f"no value{_where(point)}"
                continue
            except _TROUBLE as error:
                why = str(error) or f"no value{_where(point)}"
                continue
            if failed:
                return seen, why, _refuted(claim, chart, point, shrunk)
            seen += 1
    except NoPoint as error:
        why = str(error)
    return seen, why, bare if not seen else None


def _without_value(claim: Identity, point: Point, why: str) -> Agreement | None:
    """A difference where the formula has no real value and the derived side has one; None if that has none either."""
    values: list[str] = []
    with mp.workdps(20):
        for side in (claim.lhs, claim.rhs):
            try:
                found = evaluate(side, point, "mpmath")
                real = not is_matrix(side) and mp.isfinite(found) and not mp.im(found)
                values.append(_number(mp.re(found)) if real else "")
            except _TROUBLE:
                values.append("")
    if values[0] or not values[1]:
        return None
    shown = "no real value" if why else "no value"
    return Agreement(False, "the formula has no real value on the domain", point_text(point), shown, values[1])


def _where(point: Point) -> str:
    return f" at {point_text(point)}" if point else ""


def _finite(claim: Identity, point: Point) -> bool:
    with mp.workdps(20):
        return all(mp.isfinite(a) and mp.isfinite(b) for _, a, b, _ in precision.sides(claim, point))


def _refuted(claim: Identity, chart: Chart, point: Point, shrunk: bool) -> Agreement:
    small = point
    try:
        with deadline(SHRINK_SECONDS if shrunk else 1e9):
            small = point if not shrunk else shrink(chart, point, lambda p: precision.fails_at(claim, p))
    except (TooSlow, *_TROUBLE):
        small = point
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
    from checks.methods import sampling  # it takes half a second, and few formulas need it

    try:
        with deadline(POINT_SECONDS):
            found = sampling.run(claim, (), Context(0, "cpu", "compare", quick=True))
    except (TooSlow, *_TROUBLE):
        return None
    for evidence in found:
        if evidence.verdict is Verdict.REFUTED:
            where, _, seen = (evidence.witness or "").removeprefix("at ").partition(": mean ")
            mean, _, claimed = seen.partition(", claimed ")
            given, derived = (f"a mean of {part.strip('[]')}" if part else "" for part in (mean, claimed))
            return Agreement(False, f"by sampling: {evidence.detail.split(' at ')[0]}", where, given, derived)
    if found and all(e.verdict is Verdict.VERIFIED for e in found):
        return Agreement(True, f"by sampling only ({found[0].detail}), not proved")
    return None


@dataclass(frozen=True)
class Values:
    """Quick values at a few points, to say which parts of two expressions agree."""

    points: tuple[Point, ...]

    def same(self, a: Any, b: Any) -> bool:
        """Whether two parts have one value at every point; parts of another shape do not."""
        if is_matrix(a) != is_matrix(b) or (is_matrix(a) and a.shape != b.shape):
            return False
        if same_form(a, b):
            return True
        x, y, _ = _without_common(plain(a), plain(b))
        if x.has(*OPAQUE, step) or y.has(*OPAQUE, step):
            return False  # steps agree at a few points though they differ
        left, right = self.of(x), self.of(y)
        if left is None or right is None:
            return False
        with mp.workdps(30):
            near = mp.mpf(10) ** -20
            return all(abs(p - q) <= near * max(1, abs(p), abs(q)) for p, q in zip(left, right, strict=True))

    def of(self, expr: Any) -> list[Any] | None:
        """The values of an expression, entry by entry, at all points; None where it has none."""
        found: list[Any] = []
        try:
            for point in self.points:
                with mp.workdps(50):
                    value = evaluate(expr, {**point, **_extra(expr, point)}, "mpmath")
                    found += list(value) if is_matrix(expr) else [value]
        except _TROUBLE:
            return None
        return found


def _extra(expr: Any, point: Point) -> Point:
    """Values for bound variables that stand free in a part."""
    missing = sorted((s for s in expr.free_symbols if s not in point), key=str)
    made: Point = {}
    for i, s in enumerate(missing):
        if isinstance(s, sp.MatrixSymbol):
            rows, cols = (int(sp.sympify(n).xreplace(point)) for n in s.shape)
            entries = [sp.Rational(7 * k % 11 + 2 * i + 1, 5) * (-1) ** k for k in range(rows * cols)]
            made[s] = sp.ImmutableMatrix(rows, cols, entries)
        else:
            made[s] = sp.Integer(3 + i) if s.is_integer else sp.Rational(41 + 13 * i, 30)
    return made


def values_for(ground: Ground, *exprs: Any, count: int = 3) -> Values:
    """Points of the domain for these expressions."""
    points: list[Point] = []
    try:
        points += [point for _, point in ground.points(*exprs, count=3 * count)]
    except (NoPoint, *_TROUBLE):
        points = points[: 3 * count]
    stride = max(1, len(points) // count)  # points of every size: the small ones come first
    return Values(tuple(points[::stride][: count + 1]))


def ratio(a: Any, b: Any, ground: Ground) -> tuple[Any, bool] | None:
    """The factor λ with a = λ·b if it is one number, found from values; None if there is none.

    The second is whether a/b is positive wherever it was looked at, whatever it is.
    """
    try:
        with deadline(RATIO_SECONDS):
            return _ratio(a, b, ground)
    except (TooSlow, *_TROUBLE):
        return None


def _ratio(a: Any, b: Any, ground: Ground) -> tuple[Any, bool] | None:
    x, y, _ = _without_common(plain(a), plain(b))
    if x.has(*OPAQUE) or y.has(*OPAQUE) or is_matrix(x) != is_matrix(y):
        return None
    points = values_for(ground, x, y, count=5).points
    found = [(Values((p,)).of(x), Values((p,)).of(y)) for p in points]
    entries = [(p, q) for left, right in found if left and right for p, q in zip(left, right, strict=True)]
    with mp.workdps(50):
        tiny = mp.mpf(10) ** -20
        if any(isinstance(v, mp.mpc) for pair in entries for v in pair):
            return None
        entries = [pair for pair in entries if all(mp.isfinite(v) for v in pair)]
        pairs = [(p, q) for p, q in entries if abs(p) > tiny or abs(q) > tiny]
        if not pairs:
            return None
        factors = [p / q for p, q in pairs if abs(q) > tiny]
        positive = all(f > 0 for f in factors)
        if len(pairs) < 2 or len(factors) < len(pairs) or any(abs(f - factors[0]) > tiny * abs(f) for f in factors):
            return sp.nan, positive
        return _exact(factors[0]), positive


def _exact(x: Any) -> Any:
    """A number as a fraction times a power of π or a root, as far as it is one."""
    for factor in (sp.S.One, sp.pi, 1 / sp.pi, sp.sqrt(2), sp.sqrt(sp.pi), 1 / sp.sqrt(sp.pi), sp.pi**2, 1 / sp.pi**2):
        tried = x / mp.mpf(sp.N(factor, 50))
        simple = sp.nsimplify(sp.Float(tried, 35), rational=True, tolerance=1e-18)
        if simple.is_Rational and simple.q <= 10_000 and abs(simple.p) <= 10**8:
            return simple * factor
    found = mp.pslq([x, mp.one, mp.pi], maxcoeff=1000, maxsteps=2000, tol=mp.mpf(10) ** -20)
    if found and found[0]:
        return -(sp.Integer(found[1]) + found[2] * sp.pi) / found[0]
    return sp.nan

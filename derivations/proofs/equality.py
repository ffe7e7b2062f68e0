"""Does an expression vanish on its domain? Proofs by normal form, then by SymPy's simplifiers.

The answer is yes, no (a number that is not zero) or unknown: a simplification that does not reach
zero proves nothing. SymPy's simplifiers have been silently wrong, so a yes from here is one key of
two and never a verdict by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Add,
    And,
    Derivative,
    DiagMatrix,
    Dummy,
    Eq,
    Expr,
    Float,
    I,
    Integer,
    Integral,
    LambertW,
    Limit,
    MatrixSymbol,
    Max,
    Min,
    Piecewise,
    Poly,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Trace,
    acos,
    acosh,
    acoth,
    acsc,
    asec,
    asin,
    atanh,
    cos,
    cosh,
    default_sort_key,
    exp,
    expand_log,
    expand_power_exp,
    expand_trig,
    fraction,
    log,
    loggamma,
    pi,
    sin,
    sinh,
    sqrtdenest,
    tan,
    tanh,
    together,
    trigsimp,
)
from sympy import simplify as sympy_simplify
from sympy.core.relational import Relational
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.activations import ddsigma, dsigma, sigma
from derivations.calculus.forms import NotReducible, coefficients
from derivations.domains import Domain, solutions
from derivations.gaussian import Expectation, relu, step
from derivations.gaussians.expectations import expected
from derivations.integrals.integration import integrated
from derivations.integrals.polar import KINKED, NoClosedForm
from derivations.outcomes.budget import BudgetSpent, budget
from derivations.outcomes.reasons import Reason
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.totals import is_long, totals_in
from derivations.vectors import Inner, ShapeError, elementwise, is_matrix

SIMPLIFY_STEPS = 2_000_000
"""For one simplifier: those that the library needs take 310,000 at most."""
TEST_STEPS = 400_000
"""For the value at a test point."""
CHEAP = 2
"""How many simplifiers are tried before the expression is evaluated at a test point."""
MANY = 100
"""Operations from which on an expression is looked at before any simplifier: expanding it takes seconds."""
NOT_ZERO = Float("1e-12")
"""From here on a value of 30 digits is plainly none of zero."""
CUT = (acos, acosh, acoth, acsc, asec, asin, atanh, loggamma, LambertW)
"""Functions, other than the logarithm and powers, that are complex for some real numbers."""


@dataclass(frozen=True)
class Answer:
    """Whether the expression vanishes (None: unknown, for a `reason`), how that was found, and what was left over."""

    vanishes: bool | None
    how: str
    left: Any = S.Zero
    reason: Reason | None = None

    def __bool__(self) -> bool:
        raise TypeError("an Answer has three values: compare .vanishes with True, False and None")


def unfold(expr: Any, domain: Domain) -> Any:
    """`expr` with expectations, derivatives, integrals and limits carried out where that is possible.

    Raises NoClosedForm where an expectation has none here.
    """
    if isinstance(expr, MatrixBase):
        return expr.applyfunc(lambda e: unfold(e, domain))
    if not expr.has(Expectation, Derivative, Integral, Limit, Sum):
        return expr
    if isinstance(expr, Expectation):
        return _expected(expr, domain).replace(Piecewise, lambda *branches: _inside(branches, domain))
    args = [unfold(a, domain) for a in expr.args] if not isinstance(expr, Integral | Limit | Sum) else expr.args
    rebuilt = expr.func(*args) if args else expr
    if isinstance(rebuilt, Integral):
        return integrated(rebuilt)
    if isinstance(rebuilt, Derivative | Limit | Sum):
        try:
            with budget(SIMPLIFY_STEPS):
                done = rebuilt if is_long(rebuilt) else rebuilt.doit()
        except BudgetSpent:
            return rebuilt
        return done.replace(Piecewise, lambda *branches: _inside(branches, domain))
    return rebuilt


def _expected(expr: Expectation, domain: Domain) -> Any:
    """The closed form of an expectation; a correlation cos φ is read as the angle φ only where φ lies in [0, π].

    Elsewhere the correlation is a variable, whose angle is acos(cos φ). What the domain knows of the signs of
    numbers is used.
    """
    known = domain.signs
    if known and expr.is_scalar:
        back = {assumed: s for s, assumed in known.items()}
        ranges = {known.get(s, s): r for s, r in domain.ranges.items()}
        return _expected(expr.xreplace(known), Domain(ranges)).xreplace(back)
    waves = {w for e in (expr, *domain.table.values()) for w in e.atoms(cos) if not _half_turn(w.args[0], domain)}
    names = {w: Dummy(f"rho{i}", real=True) for i, w in enumerate(sorted(waves, key=default_sort_key))}
    if not names:
        return expected(expr, domain.table)
    covariance = expr.covariance.xreplace(names) if expr.is_scalar else None
    named = expr if covariance is None else Expectation(expr.integrand, expr.variables, covariance)
    found = expected(named, {p: v.xreplace(names) for p, v in domain.table.items()})
    return found.xreplace({name: wave for wave, name in names.items()})


def _half_turn(angle: Expr, domain: Domain) -> bool:
    """Whether an angle that is linear in one number stays in [0, π] on the domain."""
    if angle.is_number:
        return bool(0 <= angle <= pi)
    symbols = angle.free_symbols
    if len(symbols) != 1:
        return False
    (s,) = symbols
    slope = angle.diff(s)
    if not slope.is_number or s not in domain.ranges:
        return False
    r = domain.interval(s)
    ends = [angle.xreplace({s: e}) for e in (r.inf, r.sup)]
    return all((e >= 0) == True and (e <= pi) == True for e in ends)  # noqa: E712


def _inside(branches: Any, domain: Domain) -> Any:
    """A case distinction without the cases s = value that the domain excludes, and those that it grants."""
    kept = []
    for expr, condition in branches:
        if isinstance(condition, Relational | And) and all(_granted(r, domain) for r in And.make_args(condition)):
            kept.append((expr, True))
            break
        s, value = (condition.lhs, condition.rhs) if isinstance(condition, Eq) else (None, S.NaN)
        if s in domain.ranges and value.is_number and value not in domain.interval(s):
            continue
        kept.append((expr, condition))
    return Piecewise(*kept)


def _granted(relation: Any, domain: Domain) -> bool:
    """Whether a relation in one number holds on the whole domain."""
    if len(relation.free_symbols) != 1 or not isinstance(relation, Relational):
        return False
    (s,) = relation.free_symbols
    return s in domain.ranges and domain.interval(s).is_subset(solutions(relation)) is True


def vanishes(expr: Any, domain: Domain) -> Answer:
    """Decide whether a number, vector or matrix is zero on the domain, for every size of its vectors."""
    answer = _vanishes(expr, domain)
    if answer.vanishes is None and (masked := _with_masks(expr)) != expr:
        again = _vanishes(masked, domain)
        return Answer(True, f"{again.how}, ReLU as its mask times its argument") if again.vanishes is True else answer
    return answer


def _with_masks(expr: Any) -> Any:
    """σ(x) = 1{x > 0}·x, entry by entry, for the ReLU of a column."""

    def is_relu(e: Any) -> bool:
        return isinstance(e, ElementwiseApplyFunction) and e.shape[1] == 1 and isinstance(e.function.expr, relu)

    return expr.replace(is_relu, lambda e: DiagMatrix(elementwise(step, e.expr)) * e.expr) if is_matrix(expr) else expr


def _vanishes(expr: Any, domain: Domain) -> Answer:
    try:
        with budget(2 * SIMPLIFY_STEPS):
            opened = unfold(expr, domain)
            parts = coefficients(opened, domain.table)
    except NoClosedForm as error:
        return Answer(None, f"no closed form: {error}", expr, error.reason)
    except NotReducible as error:
        return Answer(None, f"no normal form: {error}", expr, error.reason)
    except BudgetSpent as error:
        return Answer(None, str(error), expr, Reason.BUDGET)
    hows: list[str] = []
    for part in parts:
        kept = {
            e: Dummy(f"E{i}", real=True) for i, e in enumerate(sorted(part.atoms(Expectation), key=default_sort_key))
        }
        answer = scalar_vanishes(domain.assume(part.xreplace(kept)))
        if answer.vanishes is None and (turned := _without_moduli(answer.left, domain)) != answer.left:
            answer = scalar_vanishes(turned)
        if kept and answer.vanishes is not True:
            if all(e.integrand.has(sigma, dsigma, ddsigma) for e in kept):
                said = "different expectations of an unspecified activation are left"
                return Answer(None, said, answer.left, Reason.NO_PROOF)
            return Answer(None, f"no closed form: {next(iter(kept))}", answer.left, Reason.NO_CLOSED_FORM)
        if answer.vanishes is not True:
            # a coefficient that is not zero refutes only if vectors are in general position: leave it open
            alone = len(parts) == 1 and not is_matrix(expr)
            said = f"a coefficient is not zero: {answer.left}"
            return answer if alone else Answer(None, said, answer.left, Reason.NO_PROOF)
        hows.append(answer.how)
    return Answer(True, ", ".join(dict.fromkeys(hows)) or "normal form")


def _without_moduli(left: Any, domain: Domain) -> Any:
    """|sin a| as sin a for angles that stay in [0, π] on the domain: what simplifying √(sin² a) leaves."""
    if not isinstance(left, Expr) or not left.has(Abs):
        return left
    names = {domain.assume(s): s for s in domain.ranges if s.is_symbol and not is_matrix(s)}

    def known(e: Any) -> bool:
        inner = e.args[0] if isinstance(e, Abs) else None
        return isinstance(inner, sin) and _half_turn(inner.args[0].xreplace(names), domain)

    return left.replace(known, lambda e: e.args[0])


def scalar_vanishes(expr: Expr) -> Answer:
    """Decide whether a number is zero, by increasingly slow methods; very long sums count as independent numbers."""
    expr = expr.xreplace(
        {total: number for total, (number, _) in totals_in(expr).items() if _endless(total) or is_long(total)}
    )
    left: Expr = expr
    why = "not simplified to zero"
    if expr.count_ops() > MANY and _varies(expr):
        return Answer(None, "not zero at a test point", left)
    for number, (how, simplifier) in enumerate(_LADDER):
        if number == CHEAP and _differs_from_zero(expr):
            return Answer(None, "not zero at a test point", left, Reason.NO_PROOF)
        try:
            with budget(SIMPLIFY_STEPS), foreign_errors():
                left = simplifier(expr)
        except BudgetSpent as error:
            why = f"not simplified to zero; {error} ({how})"
            continue
        except (ForeignError, ShapeError):
            continue  # a rung that does not take this kind of expression, or made none of it
        if left == 0:
            return Answer(True, how)
        if left.is_number and left.is_zero is False and not left.has(S.NaN, S.ComplexInfinity):
            return Answer(False, how, left)
    return Answer(None, why, left, Reason.BUDGET if why != "not simplified to zero" else Reason.NO_PROOF)


def _endless(total: Expr) -> bool:
    """Whether a product has infinitely many factors: SymPy's numbers for it take very long."""
    return isinstance(total, Product) and any(end.is_infinite for _, *ends in total.limits for end in ends)


def _differs_from_zero(expr: Expr) -> bool:
    """Whether the expression is plainly not zero at a point that its symbols' assumptions allow.

    Then no simplification can reach zero, and the expensive ones need not be tried. It refutes nothing:
    the domain may be smaller than the assumptions say.
    """
    value = _at_test_point(expr)
    return value is not None and abs(value) > NOT_ZERO


def _varies(expr: Expr) -> bool:
    """Whether it is plainly no number: not zero at one test point, and of another value at a second."""
    one = _at_test_point(expr)
    if one is None or not abs(one) > NOT_ZERO:
        return False
    other = _at_test_point(expr, 1)
    return other is not None and abs(one - other) > NOT_ZERO * (1 + abs(one))


def _at_test_point(expr: Expr, turn: int = 0) -> Float | None:
    """The value where each symbol has a number that its assumptions allow, another for another turn; None if none."""
    point: dict[Expr, Expr] = {}
    for i, s in enumerate(sorted(expr.free_symbols, key=str)):
        size = Rational(37 + 11 * (i + turn), 60 + 7 * i)
        point[s] = Integer(i + 2 + turn) if s.is_integer else -size if s.is_nonpositive else size
    if any(isinstance(s, MatrixSymbol) for s in point) or expr.has(Inner):
        products = sorted(expr.atoms(Inner), key=str)
        opened = expr.xreplace({p: Rational(53 + 7 * (i + turn), 40 + 3 * i) for i, p in enumerate(products)})
        return None if opened.has(MatrixSymbol) or opened == expr else _at_test_point(opened, turn)
    try:
        with budget(TEST_STEPS), foreign_errors():
            value = expr.xreplace(point).evalf(30)
            return value if value.is_Float else None
    except (BudgetSpent, ForeignError):
        return None


def polynomial_form(expr: Expr) -> Expr:
    """The numerator of `expr` as a polynomial in its sines, cosines, exponentials and roots.

    It is reduced by sin² + cos² = 1 and (√b)² = b, so that it is zero exactly if these relations
    make it so; other functions count as independent, which can only hide a zero.
    """
    expr = expr.replace(tan, lambda x: sin(x) / cos(x))
    expr = expand_trig(expand_power_exp(expand_log(expr)))
    numerator = fraction(together(expr))[0]
    relations: list[tuple[Any, Expr]] = []
    names: dict[Expr, Any] = {}
    roots = [p for p in numerator.atoms(Pow) if p.exp.is_Rational and p.exp.q == 2 and not p.base.is_Rational]
    for base in sorted({p.base for p in roots}, key=str):
        name = Dummy("root", nonnegative=True)
        relations.append((name, name**2 - base))
        names.update({p: name ** int(2 * p.exp) for p in roots if p.base == base})
    numerator = fraction(together(numerator.xreplace(names)))[0]
    for angle in sorted({a.args[0] for a in numerator.atoms(sin, cos)}, key=str):
        s, c = Dummy("s"), Dummy("c")
        numerator = numerator.xreplace({sin(angle): s, cos(angle): c})
        relations = [(n, r.xreplace({sin(angle): s, cos(angle): c})) for n, r in relations]
        relations.append((s, s**2 + c**2 - 1))
    for name, relation in relations:
        numerator = Poly(numerator, name).rem(Poly(relation, name)).as_expr()
    return numerator.expand()


_LADDER: tuple[tuple[str, Callable[[Expr], Expr]], ...] = (
    ("expansion", lambda e: e.expand()),
    ("polynomial normal form", polynomial_form),
    ("trigonometric simplification", lambda e: trigsimp(e.expand())),
    ("polynomial normal form in exponentials", lambda e: polynomial_form(e.rewrite([tanh, sinh, cosh], exp))),
    # of a real number only: e^x = 1 for every x = 2πik
    ("exponentiation", lambda e: polynomial_form(exp(e).expand() - 1) if e.has(log) and _is_real(e) else e),
    ("cases of sign", lambda e: _by_cases(e)),
    ("simplification", lambda e: sympy_simplify(e)),
    ("denesting of roots", lambda e: sqrtdenest(sympy_simplify(e))),
)


def _is_real(expr: Expr) -> bool:
    """Whether every part that has a branch cut is known to be real, where it is finite."""
    roots = [p.base for p in expr.atoms(Pow) if not p.exp.is_integer]
    on_half_line = all(e.is_nonnegative for e in (*(f.args[0] for f in expr.atoms(log)), *roots))
    return not expr.has(I) and on_half_line and all(f.is_real for f in expr.atoms(*CUT))


def _by_cases(expr: Expr) -> Expr:
    """0 if `expr` vanishes for x > 0, x = 0 and x < 0 apart, for the x at whose sign it has a kink."""
    kinked = (*KINKED, Max, Min)
    arguments = {g for f in expr.atoms(*kinked) for g in f.args if len(g.free_symbols) == 1}
    signs = {x for g in arguments for x in g.free_symbols if x.is_real and x.is_nonnegative is None}
    for x in sorted(signs, key=str)[:1]:
        positive = Dummy("x", positive=True)
        for value in (positive, S.Zero, -positive):
            here = expr.xreplace({x: value}).replace(lambda e: isinstance(e, kinked), lambda e: e.func(*e.args))
            if scalar_vanishes(here).vanishes is not True:
                return expr
        return S.Zero
    return expr


def difference(lhs: Any, rhs: Any) -> Any:
    """lhs − rhs, where either may be the number 0 against a vector, or a number against a 1×1 matrix."""
    if is_matrix(lhs) != is_matrix(rhs):
        lhs, rhs = (Trace(e) if isinstance(e, MatrixExpr) and e.shape == (1, 1) else e for e in (lhs, rhs))
    if rhs == 0:
        return lhs
    return -rhs if lhs == 0 else Add(lhs, -rhs) if not is_matrix(lhs) else lhs - rhs

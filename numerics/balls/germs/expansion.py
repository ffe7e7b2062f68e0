"""The germ of a SymPy expression at a point, from one side, or at infinity."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from numerics.balls.germs.composition import (
    arcsine,
    arcsine_at_end,
    exp,
    log,
    one,
    over,
    power,
    smooth,
    sure_sign,
)
from numerics.balls.germs.constants import Coefficient, NoGerm, coefficient
from numerics.balls.germs.series import Germ, Scale, sign_of
from numerics.balls.germs.special import bessel_i, erfc, gamma_at_pole, loggamma, polygamma
from numerics.values.backends import arb_backend

REWRITTEN: dict[Any, Any] = {
    sp.sinh: lambda u: (sp.exp(u) - sp.exp(-u)) / 2,
    sp.cosh: lambda u: (sp.exp(u) + sp.exp(-u)) / 2,
    sp.sech: lambda u: 2 / (sp.exp(u) + sp.exp(-u)),
    sp.csch: lambda u: 2 / (sp.exp(u) - sp.exp(-u)),
    sp.coth: lambda u: (1 + sp.exp(-2 * u)) / (1 - sp.exp(-2 * u)),
    sp.cot: lambda u: sp.cos(u) / sp.sin(u),
    sp.sec: lambda u: 1 / sp.cos(u),
    sp.csc: lambda u: 1 / sp.sin(u),
    sp.asinh: lambda u: sp.log(u + sp.sqrt(u**2 + 1)),
    sp.acosh: lambda u: sp.log(u + sp.sqrt(u**2 - 1)),
    sp.atanh: lambda u: (sp.log(1 + u) - sp.log(1 - u)) / 2,
    sp.acot: lambda u: sp.atan(1 / u),
    sp.sinc: lambda u: sp.sin(u) / u,
    sp.tan: lambda u: sp.sin(u) / sp.cos(u),
}
"""Functions in terms of others, valid wherever they are defined."""
SMOOTH = (sp.sin, sp.cos, sp.atan, sp.erf, sp.erfc, sp.erfi, sp.loggamma, sp.LambertW)
"""Functions of one variable that are expanded by their Taylor coefficients at a finite number."""


def expand_at(f: sp.Expr, x: sp.Symbol, point: sp.Expr, side: int, tau: Any) -> Germ:
    """The germ of f at a point, for x = point + side·t with 0 < t ≤ τ; at ±∞ for x = ±1/t.

    Args:
        f: An expression in x alone.
        x: The symbol.
        point: A real number, or ±∞.
        side: 1 for the values above the point, -1 for those below; at infinity it does not matter.
        tau: The end of the range, as an exact rational ball of at most 1/4.

    Returns:
        A germ whose balls hold f(x) for every t in (0, τ].

    Raises:
        NoGerm: f has no such expansion, or none that is enclosed for all of these t.

    Example:
        >>> import sympy as sp
        >>> from flint import arb
        >>> from numerics.balls.germs import expand_at
        >>> x = sp.Symbol("x", real=True)
        >>> expand_at(x - sp.sin(x), x, sp.S.Zero, 1, arb(0.25)).sign()
        1
    """
    if point in (sp.oo, -sp.oo):
        sign = 1 if point is sp.oo else -1
        start = Germ({Scale(a=Fraction(-1)): coefficient(sp.Integer(sign))}, tau)
    else:
        t = Germ({Scale(a=Fraction(1)): coefficient(sp.Integer(side))}, tau)
        start = Germ.constant(coefficient(point), tau) + t
    try:
        return _Expansion(x, start).at(f)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        if isinstance(error, NoGerm):
            raise
        raise NoGerm(f"{type(error).__name__} in the expansion") from None


class _Expansion:
    """Germs of expressions in one variable; each sub-expression once."""

    def __init__(self, x: sp.Symbol, start: Germ) -> None:
        self.tau = start.tau
        self.memo: dict[sp.Expr, Germ] = {x: start}

    def at(self, node: sp.Expr) -> Germ:
        """The germ of a node."""
        found = self.memo.get(node)
        if found is None:
            found = self.memo[node] = self._made(node)
        return found

    def _constant(self, number: sp.Expr) -> Germ:
        return Germ.constant(coefficient(number), self.tau)

    def _made(self, node: sp.Expr) -> Germ:
        if not node.free_symbols:
            return self._constant(node)
        if node.is_Add:
            total = self.at(node.args[0])
            for a in node.args[1:]:
                total = total + self.at(a)
            return total
        if node.is_Mul:
            total = self.at(node.args[0])
            for a in node.args[1:]:
                total = total * self.at(a)
            return total
        if isinstance(node, sp.exp):
            return exp(self.at(node.args[0]))
        if node.is_Pow:
            if node.exp.is_Rational:
                return power(self.at(node.base), Fraction(int(node.exp.p), int(node.exp.q)))
            return exp(self.at(node.exp) * log(self.at(node.base)))
        if isinstance(node, sp.Max | sp.Min):
            return self._extreme(node)
        if isinstance(node, sp.Piecewise):
            return self._case(node)
        rewritten = REWRITTEN.get(node.func)
        if rewritten is not None:
            return self.at(rewritten(node.args[0]))
        if node.func is sp.polygamma and node.args[0].is_Integer:
            return polygamma(int(node.args[0]), self.at(node.args[1]))
        if node.func is sp.besseli and node.args[0].is_Rational:
            return bessel_i(node.args[0], self.at(node.args[1]))
        if len(node.args) == 1:
            return _function(node.func, self.at(node.args[0]))
        raise NoGerm(f"{node.func.__name__} has no expansion here")

    def _extreme(self, node: sp.Expr) -> Germ:
        best = self.at(node.args[0])
        for a in node.args[1:]:
            other = self.at(a)
            sign = sure_sign(other - best) * (1 if isinstance(node, sp.Max) else -1)
            best = other if sign > 0 else best
        return best

    def _case(self, node: sp.Expr) -> Germ:
        for value, condition in node.args:
            if condition is sp.true or condition == sp.true:
                return self.at(value)
            if not isinstance(condition, sp.core.relational.Relational):
                raise NoGerm("a condition that is no relation")
            sign = sure_sign(self.at(condition.lhs) - self.at(condition.rhs))
            holds = {sp.Gt: sign > 0, sp.Ge: sign >= 0, sp.Lt: sign < 0, sp.Le: sign <= 0, sp.Eq: not sign}
            if type(condition) not in holds:
                raise NoGerm("a condition that is no inequality")
            if holds[type(condition)]:
                return self.at(value)
        raise NoGerm("no case applies")


def _function(function: Any, g: Germ) -> Germ:
    """A function of a germ: by its expansion, or else all that is known is a ball of its values."""
    try:
        return _expanded(function, g)
    except NoGerm:
        values = arb_backend().functions.get(function)
        if values is None or any(s.tends() > 0 for s in g.terms):
            raise
        found = values(g.range())
        if not found.is_finite():
            raise
        return Germ.constant(Coefficient({}, found), g.tau)


def _expanded(function: Any, g: Germ) -> Germ:
    if function is sp.log:
        return log(g)
    if function is sp.Abs:
        return -g if sure_sign(g) < 0 else g
    if function is relu:
        return g if sure_sign(g) > 0 else g.times(Coefficient({}))
    if function in (step, sp.sign, sp.Heaviside):
        sign = sure_sign(g)
        value = sp.Integer(sign) if function is sp.sign else sp.Integer(sign > 0)
        if function is sp.Heaviside and not sign:
            value = sp.S.Half
        return Germ.constant(coefficient(value), g.tau)
    large, constant, _ = g.split()
    if large.is_zero:
        return _at_finite(function, g, constant)
    return _at_infinity(function, g)


def _at_finite(function: Any, g: Germ, constant: Coefficient) -> Germ:
    if function is sp.tanh:
        return over(exp(g.times(coefficient(2))) - one(g.tau), exp(g.times(coefficient(2))) + one(g.tau))
    if function is sigmoid:
        return power(one(g.tau) + exp(-g), Fraction(-1))
    if function is softplus:
        return log(one(g.tau) + exp(g))
    if function in (sp.asin, sp.acos) and constant.rational in (1, -1):
        return arcsine_at_end(function, g, int(constant.rational))
    if constant.is_zero and function in (sp.gamma, sp.loggamma):
        return gamma_at_pole(function, g)
    if function is sp.gamma and sign_of(constant) > 0:
        return exp(smooth(sp.loggamma, g))
    if function in (sp.asin, sp.acos):
        return arcsine(function, g)
    if function in SMOOTH:
        return smooth(function, g)
    raise NoGerm(f"{function.__name__} has no expansion here")


def _at_infinity(function: Any, g: Germ) -> Germ:
    """A function of what grows beyond all bounds."""
    tau, unit = g.tau, one(g.tau)
    if function in (sp.sin, sp.cos):
        return Germ.constant(Coefficient({}, arb(0, 1)), tau)
    sign = sign_of(g.leading()[1])
    if function is sp.tanh:
        e = exp(g.times(coefficient(-2 * sign)))
        return over(unit - e, unit + e).times(coefficient(sign))
    if function is sigmoid:
        e = exp(-g if sign > 0 else g)
        return over(unit if sign > 0 else e, unit + e)
    if function is softplus:
        return log(unit + exp(-g)) + g if sign > 0 else log(unit + exp(g))
    if function is sp.atan:
        return Germ.constant(coefficient(sign * sp.pi / 2), tau) - smooth(sp.atan, power(g, Fraction(-1)))
    if function is sp.erfc:
        return erfc(g) if sign > 0 else Germ.constant(coefficient(2), tau) - erfc(-g)
    if function is sp.erf:
        return (unit - erfc(g)) if sign > 0 else erfc(-g) - unit
    if function is sp.loggamma and sign > 0:
        return loggamma(g)
    if function is sp.gamma and sign > 0:
        return exp(loggamma(g))
    raise NoGerm(f"{function.__name__} has no expansion at infinity here")

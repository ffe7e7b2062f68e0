"""An equation between numbers solved for one of them: all its roots, under conditions on the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from checks.provers.algebra.quotients import implies
from checks.provers.claims import Claim, Proof
from checks.provers.conditions import sign_on
from derivations.letters.names import own, unused

STEPS = 20_000
"""Of z3, for the question whether a factor may vanish."""
BEYOND = 8
"""What is added to the number of an equation for the second sign that one root has."""


@dataclass(frozen=True)
class Root:
    """The values of a variable at which an equation holds, under conditions; `signs` are variables in {−1, 1}."""

    value: Any
    conditions: tuple[Any, ...] = ()
    signs: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of the variables that stay: their ranges and the conditions on them.

    With `onto` no point may be lost: a factor that may vanish stands in the way.
    """

    ranges: Mapping[Any, Any]
    conditions: tuple[Any, ...]
    onto: bool

    def apart(self, g: Any) -> tuple[Any, ...] | None:
        """Conditions under which g does not vanish: none where its sign is known; None where it may."""
        if self.sign(g) in (">", "<"):
            return ()
        return None if self.onto or sp.sympify(g).is_zero else (sp.Ne(g, 0),)

    def sign(self, g: Any) -> str:
        """The sign of an expression, such as ">="; nothing where it is not known."""
        from checks.provers import nlsat  # z3 is loaded where an equation is solved

        g = sp.sympify(g)
        if g.is_number:
            return ">" if g.is_positive else "<" if g.is_negative else ""
        found = sign_on(g, self.ranges, self.conditions)
        for weak, strict, above in ((">=", ">", g), ("<=", "<", -g)):
            # a reciprocal has a value only where it is not divided by 0
            if found == weak and isinstance(nlsat.prove(Claim(1 / above, self.ranges, self.conditions), STEPS), Proof):
                return strict
        return found

    def sign_variable(self, number: int) -> Any:
        """A variable in {−1, 1} with a name of its own."""
        return own(unused(f"s{number}", self.ranges), real=True)


def values_of(gap: Any, x: Any, values: sp.Interval, known: Known, number: int) -> Iterator[Root]:
    """Where the gap vanishes, as values of x; all of them, where the conditions of the root hold."""
    top, bottom = sp.fraction(sp.together(gap))
    # where the denominator vanishes the equation has no value, and holds at no point
    apart = replace(known, ranges={**known.ranges, x: values}, onto=False).apart(bottom)
    if apart is None:
        return
    if top.is_polynomial(x) and sp.degree(top, x) == 2:
        found = _of_quadratic(sp.Poly(top, x).all_coeffs(), values, known, number)
    else:
        found = _of_linear(top, x, values, known, number)
    for root in found:
        yield replace(root, conditions=(*(c.xreplace({x: root.value}) for c in apart), *root.conditions))


def _of_quadratic(coefficients: Sequence[Any], values: sp.Interval, known: Known, number: int) -> Iterator[Root]:
    """Both roots of a·x² + b·x + c, or the one that is not negative where x is not."""
    a, b, c = coefficients
    apart = known.apart(a)
    if apart is None:
        return
    inside = sp.cancel(-c / a) if b == 0 else sp.expand(b**2 - 4 * a * c)
    real = (*apart, inside >= 0)
    if b == 0 and values.inf.is_nonnegative:
        yield Root(sp.sqrt(inside), real)
        return
    sign = known.sign_variable(number)
    yield Root(sign * sp.sqrt(inside) if b == 0 else (-b + sign * sp.sqrt(inside)) / (2 * a), real, (sign,))


def _of_linear(top: Any, x: Any, values: sp.Interval, known: Known, number: int) -> Iterator[Root]:
    """The root where the gap is linear in one function of x."""
    inside = _only(top, x)
    if inside is None:
        return
    t = sp.Dummy("t")
    linear = sp.expand(sp.expand(top).xreplace({inside: t}))
    factor = linear.diff(t)
    if linear.has(x) or factor.has(t) or (apart := known.apart(factor)) is None:
        return
    value = sp.cancel(-sp.expand((linear - factor * t).xreplace({t: sp.S.Zero})) / factor)
    for root in _inverted(inside, x, value, values, known, number):
        yield replace(root, conditions=(*apart, *root.conditions))


def _only(top: Any, x: Any) -> Any:
    """The one function or power through which an expression depends on x; None where there are several."""
    found = set()
    waiting = [sp.expand(top)]
    while waiting:
        e = waiting.pop()
        if e.has(x) and (e.is_Add or e.is_Mul):
            waiting += e.args
        elif e.has(x):
            found.add(e)
    return found.pop() if len(found) == 1 else None


def _inverted(inside: Any, x: Any, value: Any, values: sp.Interval, known: Known, number: int) -> Iterator[Root]:
    """The x at which an expression in x has a value."""
    if inside == x:
        yield Root(value)
        return
    if isinstance(inside, sp.exp | sp.log):
        inverse, taken = (sp.log(value), (value > 0,)) if isinstance(inside, sp.exp) else (sp.exp(value), ())
        for root in values_of(inside.args[0] - inverse, x, values, known, number):
            yield replace(root, conditions=(*root.conditions, *taken))
        return
    if isinstance(inside, sp.Abs):
        sign = known.sign_variable(number)
        for root in values_of(inside.args[0] - sign * value, x, values, known, number + BEYOND):
            yield replace(root, conditions=(*root.conditions, value >= 0), signs=(*root.signs, sign))
        return
    base, power = inside.as_base_exp()
    if base != x or power.has(x) or not power.is_real or known.sign(power) not in (">", "<"):
        return
    if values.inf.is_nonnegative:  # one root; of a positive x only a positive value has one
        positive = known.sign(power) == "<" or values.inf.is_positive or values.left_open
        yield Root(value ** (1 / power), (value > 0 if positive else value >= 0,))
    elif power.is_Integer and power > 0:
        sign = known.sign_variable(number)
        if power.is_even:
            yield Root(sign * value ** (1 / power), (value >= 0,), (sign,))
        else:  # the one real root
            yield Root(sign * (sign * value) ** (1 / power), (sign * value >= 0,), (sign,))


def real_where(equation: Any) -> Iterator[Any]:
    """The conditions under which an equation between numbers is one of real numbers, by its roots and logarithms."""
    for e in sorted(equation.atoms(sp.log, sp.Pow), key=str):
        base = e.args[0]
        if isinstance(e, sp.log):
            yield base > 0
        elif base.free_symbols and not e.exp.is_integer and not base.is_nonnegative:
            yield base >= 0 if e.exp.is_positive else base > 0


def within(value: Any, values: sp.Interval, known: Known) -> Iterator[Any]:
    """The conditions under which a value is in a range, without those that are known to hold."""
    for end, gap, is_open in (
        (values.inf, value - values.inf, values.left_open),
        (values.sup, values.sup - value, values.right_open),
    ):
        if end.is_finite and not implies(known.sign(gap), ">" if is_open else ">="):
            yield gap > 0 if is_open else gap >= 0

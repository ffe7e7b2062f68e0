"""Ranges and the form of expressions, for the rules of sign."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Add, Dummy, Expr, Interval, S, Set, Symbol, cos, erf, exp, limit, nan, oo, sin, zoo

from derivations.domains import sign_of


def minuend_and_subtrahend(f: Expr) -> tuple[Expr, Expr] | None:
    """(A, B) if f is A − B with a plain and a negated term."""
    if not (isinstance(f, Add) and len(f.args) == 2):
        return None
    plus = [t for t in f.args if not t.could_extract_minus_sign()]
    return (plus[0], plus[0] - f) if len(plus) == 1 else None


def is_wave(t: Expr) -> bool:
    """Whether a term is a multiple of a sine or cosine."""
    return isinstance(t.as_coeff_Mul()[1], sin | cos)


def inside(values: Set, fraction: float, shift: int) -> Expr:
    """A point in the range, towards its upper end as `fraction` grows; variables are spread apart by `shift`."""
    t = (fraction + 0.37 * shift) % 1.0 * 0.94 + 0.03
    low, high = values.inf, values.sup
    if values.is_subset(S.Integers):
        return low + int(10 * t) if low.is_finite else S(int(20 * t) - 10)
    if low.is_finite and high.is_finite:
        return (low + (high - low) * S(t)).evalf(20)
    if low.is_finite:
        return (low + S(t / (1 - t))).evalf(20)
    return ((high - S(t / (1 - t))) if high.is_finite else S(t / (1 - t) - (1 - t) / t)).evalf(20)


def value_at(f: Expr, x: Symbol, end: Expr, side: str) -> Expr | None:
    """The value or one-sided limit at an end of a range; None where it is −∞ or not a number."""
    value = f.xreplace({x: end}) if end.is_finite else nan
    if value.has(nan, zoo, oo, -oo):
        tail = without_tails(f, x) if end == oo and f.has(erf) else f
        value = limit(tail, x, end, side)
    return None if value.has(nan, zoo) or value == -oo or not (value.is_real or value == oo) else value


def without_tails(f: Expr, x: Symbol) -> Expr:
    """An expression with the same limit at x → ∞: polynomials times e^{−cx²} and 1 − erf(cx), c > 0, vanish there."""
    found = f
    for e in f.atoms(erf, exp):
        argument = e.args[0]
        order = 1 if isinstance(e, erf) else 2
        leading = argument.diff(x, order) / order
        if not argument.has(x):
            continue
        if leading.has(x) or argument.expand() != (leading * x**order).expand():
            return f
        if isinstance(e, erf) and leading.is_positive:
            found = found.xreplace({e: S.One})
        elif isinstance(e, exp) and leading.is_negative:
            found = found.xreplace({e: S.Zero})
        else:
            return f
    polynomial = f.xreplace({e: Dummy("t") for e in f.atoms(erf, exp)}).is_polynomial(x)
    return found.expand() if polynomial else f


def without_far_tails(value: Expr) -> Expr:
    """A number with erf(x) = ±1 for |x| > 12: the last e^{−144} would cost thousands of digits where it cancels."""
    return value.replace(erf, lambda x: erf(x) if abs(x.evalf(5)) <= 12 else S.One if x.evalf(5) > 0 else -S.One)


def assumed(symbol: Symbol, values: Set) -> Symbol:
    """A real symbol that carries the sign of its range as an assumption."""
    return Dummy(symbol.name, **sign_of(values))


def opened(e: Expr) -> Expr:
    """A kinked function evaluated again, now that the sign of its argument is known."""
    return e.func(*e.args)


def kink_of(argument: Expr, box: Mapping[Symbol, Set]) -> tuple[Symbol | None, Expr]:
    """The variable in which an argument is linear and where inside its range it vanishes, if so."""
    if len(argument.free_symbols) != 1:
        return None, S.Zero
    (x,) = argument.free_symbols
    slope = argument.diff(x)
    if x not in box or slope == 0 or slope.has(x):
        return None, S.Zero
    root = -argument.xreplace({x: S.Zero}) / slope
    r = box[x]
    within = r.is_Interval and r.contains(root) == True and root not in (r.inf, r.sup)  # noqa: E712
    return (x, root) if within else (None, S.Zero)


def positive_inside(e: Expr, box: Mapping[Symbol, Set]) -> bool:
    """Whether e > 0 on a box, by its signs or since it is linear in one symbol and positive between open ends.

    Args:
        e: An expression in the symbols of the box.
        box: The range of each symbol.

    Example:
        >>> x = Symbol("x", real=True)
        >>> [positive_inside(1 - x, {x: r}) for r in (Interval.open(0, 1), Interval(0, 1))]
        [True, False]
    """
    if e.is_positive:
        return True
    if len(e.free_symbols) != 1:
        return False
    (x,) = e.free_symbols
    r = box.get(x)
    slope = e.diff(x)
    if not isinstance(r, Interval) or not slope.is_number or not slope.is_real or r.inf == r.sup:
        return False
    # a linear function is positive between two ends at which it is not negative, unless it vanishes at both
    ends = [(e.xreplace({x: end}), is_open) for end, is_open in ((r.inf, r.left_open), (r.sup, r.right_open))]
    return all(v.is_positive or (v == 0 and is_open) for v, is_open in ends) and any(v.is_positive for v, _ in ends)

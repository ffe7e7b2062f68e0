"""Expectations over correlated Gaussian numbers: blocks of dependent variables, and the rule for each."""

from __future__ import annotations

from typing import Any

from sympy import (
    Add,
    Expr,
    ImmutableMatrix,
    Mul,
    Ne,
    Piecewise,
    S,
    cos,
    cosh,
    default_sort_key,
    diag,
    exp,
    sin,
    sinh,
    tanh,
    trigsimp,
)
from sympy.matrices.expressions.matexpr import MatrixExpr

from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.gaussian import Expectation
from derivations.integrals.homogeneous import without_extremes
from derivations.integrals.kinks import jumps, without_scales
from derivations.integrals.polar import KINKED, NoClosedForm, angle_of, kink_arguments, one_gaussian, two_gaussians
from derivations.integrals.smooth import is_smooth, smooth_expectation
from derivations.integrals.truncated import shifted_gaussian
from derivations.letters.names import own

OPEN = (sigma, dsigma, ddsigma, softplus, sigmoid, tanh)
"""Functions whose Gaussian expectations have no closed form here."""


def scalar_moment(integrand: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    """E of an integrand over jointly Gaussian numbers N(0, covariance), term by term; raises NoClosedForm."""
    integrand = without_extremes(integrand).expand(func=False)
    total = S.Zero
    for term in Add.make_args(integrand):
        factors = Mul.make_args(term)
        constant = Mul(*(f for f in factors if not f.has(*variables)))
        random = Mul(*(f for f in factors if f.has(*variables)))
        total += constant * (_moment(random, variables, covariance) if random != 1 else 1)
    return total


def _moment(term: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    """E of one product, split over the blocks of independent variables that it involves."""
    used = [i for i, v in enumerate(variables) if term.has(v)]
    blocks: list[set[int]] = []
    for i in used:
        linked = [b for b in blocks if any(covariance[i, j] != 0 for j in b)]
        blocks = [b for b in blocks if b not in linked] + [{i}.union(*linked)]
    result = S.One
    rest = term
    for block in sorted(blocks, key=len):
        names = [variables[i] for i in sorted(block)]
        mine = Mul(*(f for f in Mul.make_args(rest) if f.has(*names)))
        if mine.has(*(v for v in variables if v not in names)):
            return _rotated(term, variables, covariance)
        rest = rest / mine
        index = sorted(block)
        result *= _block(mine, names, covariance.extract(index, index))
        if result == 0:  # an odd power: what it is multiplied with need not have a closed form
            return result
    return result


def _block(f: Expr, names: list[Any], law: Any) -> Expr:
    """E f over variables that depend on each other, by the rule for their number and for the kinks of f."""
    constant = {v: S.Zero for i, v in enumerate(names) if law[i, i].is_zero}
    if constant:
        index = [i for i, v in enumerate(names) if v not in constant]
        return scalar_moment(f.xreplace(constant), tuple(names[i] for i in index), law.extract(index, index))
    if f.has(*OPEN):
        return _kept(f, names, law)
    if not f.has(*KINKED) and is_smooth(f):
        return smooth_expectation(f, tuple(names), law)
    split = without_scales(f, tuple(names))
    if split != f:
        return scalar_moment(split, tuple(names), law)
    if len(names) > 2:
        return _regressed(f, names, law)
    if any(sum(a.has(v) for v in names) > 1 for k in f.atoms(*KINKED) for a in k.args[:1]):
        return _rotated(f, tuple(names), law)
    shifted = any(a.xreplace(dict.fromkeys(names, S.Zero)) != 0 for v in names for a in kink_arguments(f, v))
    if len(names) == 1 and (shifted or f.has(exp)):
        value = shifted_gaussian(f, names[0], law[0, 0])
        if law[0, 0].is_zero is None and not law[0, 0].has(MatrixExpr):
            value = Piecewise((value, Ne(law[0, 0], 0)), (f.xreplace({names[0]: S.Zero}), True))
        return value
    kinked = [v for v in names if kink_arguments(f, v)]
    if len(names) == 2 and len(kinked) == 1 and (shifted or f.has(exp, sin, cos)):
        return _conditioned(f, names, law, kinked[0])
    if len(names) == 2 and shifted:
        return _iterated(f, names, law)
    if len(names) == 1:
        value = one_gaussian(f, names[0], law[0, 0])
    else:
        value = two_gaussians(
            f, (names[0], names[1]), (law[0, 0], law[1, 1]), angle_of(law[0, 1], law[0, 0], law[1, 1])
        )
    return _with_constants(value, f, names, law)


def _regressed(f: Expr, names: list[Any], law: Any) -> Expr:
    """E of a power of one Gaussian u times a function of the others v: u is Cᵀ S⁻¹ v + e, e independent of v."""
    for i, u in enumerate(names):
        mine = Mul(*(g for g in Mul.make_args(f) if g.has(u)))
        if mine.has(*KINKED) or not (mine == u or (mine.is_Pow and mine.base == u and mine.exp.is_Integer)):
            continue
        index = [j for j in range(len(names)) if j != i]
        others, inner_law = [names[j] for j in index], law.extract(index, index)
        determinant = trigsimp(inner_law.det())
        if determinant == 0:
            continue
        across = law.extract(index, [i])
        slopes = (inner_law.adjugate() * across).applyfunc(lambda e, d=determinant: trigsimp(e.expand()) / d)
        rest = own("_e", real=True)
        left = (law[i, i] - (across.T * slopes)[0, 0]).expand()
        put = Add(*(c * v for c, v in zip(slopes, others, strict=True)), rest)
        return scalar_moment(f.xreplace({u: put}), (*others, rest), ImmutableMatrix(diag(inner_law, left)))
    raise NoClosedForm(f"{f} depends on {len(names)} correlated Gaussians")


def _conditioned(f: Expr, names: list[Any], law: Any, kinked: Any) -> Expr:
    """E f(u, v), smooth in u and with kinks in v: first over u given v, which is N(c v/q, p − c²/q)."""
    i = names.index(kinked)
    p, q, c = law[1 - i, 1 - i], law[i, i], law[0, 1]
    smooth = Mul(*(g for g in Mul.make_args(f) if g.has(names[1 - i])))
    if smooth.has(*KINKED, sin, cos, sinh, cosh) or not is_smooth(smooth):
        raise NoClosedForm(f"{smooth} is not a product of powers and exponentials")
    rest = own("_e", real=True)
    given = smooth.xreplace({names[1 - i]: c / q * kinked + rest})
    inside = smooth_expectation(given, (rest,), ImmutableMatrix([[(p - c**2 / q).expand()]]))
    return scalar_moment(inside * f / smooth, (kinked,), ImmutableMatrix([[q]]))


def _iterated(f: Expr, names: list[Any], law: Any) -> Expr:
    """E f(u, v) where kinks in u are not at zero: first over v given u, which is N(c u/q, p − c²/q)."""
    for i, v in enumerate(names):
        u = names[1 - i]
        mine = Mul(*(g for g in Mul.make_args(f) if g.has(v)))
        if mine.has(u) or len(kink_arguments(mine, v)) != 1:
            continue
        q, p, c = law[1 - i, 1 - i], law[i, i], law[0, 1]
        rest = own("_e", real=True)
        left = trigsimp((p - c**2 / q).expand())
        inside = shifted_gaussian(mine.xreplace({v: c / q * u + rest}), rest, left)
        return scalar_moment(inside * f / mine, (u,), ImmutableMatrix([[q]]))
    raise NoClosedForm(f"{f} has kinks in two Gaussians, of which neither has one place alone")


def _with_constants(value: Expr, f: Expr, names: list[Any], law: Any) -> Expr:
    """The value, and another where a variance may be 0 and f jumps there: the step function of 0 is 0."""
    for i, v in enumerate(names):
        if law[i, i].is_zero is None and jumps(f, v, tuple(w for w in names if w != v)):
            if law[i, i].has(MatrixExpr):
                if value.xreplace({law[i, i]: S.Zero}).has(S.NaN, S.ComplexInfinity):
                    continue  # the value need not be a number there
                raise NoClosedForm(f"{f} jumps where its variance {law[i, i]}, which may be 0, vanishes")
            others = [j for j in range(len(names)) if j != i]
            left = f.xreplace({v: S.Zero})
            fixed = scalar_moment(left, tuple(names[j] for j in others), law.extract(others, others))
            value = Piecewise((value, Ne(law[i, i], 0)), (fixed, True))
    return value


def _kept(term: Expr, names: list[Any], law: Any) -> Expr:
    """An expectation without closed form, in a canonical form: fixed names, in the order that sorts first."""
    fixed = [own("_u", real=True), own("_v", real=True)]
    if len(names) > 2:
        raise NoClosedForm(f"{term} depends on {len(names)} correlated Gaussians")
    orders = [range(len(names)), range(len(names))[::-1]]
    ways = [
        Expectation(
            term.xreplace({names[i]: fixed[k] for k, i in enumerate(o)}), fixed[: len(names)], law.extract(o, o)
        )
        for o in map(list, orders)
    ]
    return min(ways, key=default_sort_key)


def _rotated(term: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    """A product of functions of linear forms of the variables, as one of the forms and of few variables."""
    arguments = {a for f in term.atoms(*KINKED) for a in f.args[:1] if a.has(*variables)}
    rows = []
    for argument in sorted(arguments, key=str):
        row = [argument.diff(v) for v in variables]
        if any(entry.has(*variables) for entry in row):
            raise NoClosedForm(f"{argument} is not linear in the Gaussian variables")
        rows.append((argument, row))
    at_zero = dict.fromkeys(variables, S.Zero)
    forms = [own(f"_w{i}", real=True) for i in range(len(rows))]
    names = {argument: w + argument.xreplace(at_zero) for w, (argument, _) in zip(forms, rows, strict=True)}
    if not 1 <= len(rows) <= 2:
        raise NoClosedForm(f"{term} is not a function of one or two linear forms")
    stack = ImmutableMatrix([row for _, row in rows])
    opened = term.xreplace(names)
    if opened.has(*variables) and stack.rows == stack.cols and trigsimp(stack.det()) != 0:
        back = stack.inv() * ImmutableMatrix(forms)
        opened = opened.xreplace(dict(zip(variables, back, strict=True)))
    kept = [v for v in variables if opened.has(v)]
    if len(kept) == len(variables):
        raise NoClosedForm(f"{term} is not a function of its kinks' arguments and few variables")
    # what is left of the variables is a form, too: a power of it is regressed on the others
    also = {v: own(f"_w{len(forms) + i}", real=True) for i, v in enumerate(kept)}
    opened, forms = opened.xreplace(also), [*forms, *also.values()]
    stack = ImmutableMatrix([*stack.tolist(), *([int(v is u) for u in variables] for v in kept)])
    mixed = (stack * covariance * stack.T).applyfunc(lambda e: trigsimp(e.expand()))
    return scalar_moment(opened, tuple(forms), mixed)

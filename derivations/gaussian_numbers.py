"""Expectations over correlated Gaussian numbers: blocks of dependent variables, and the rule for each."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, ImmutableMatrix, Mul, S, default_sort_key, tanh, trigsimp

from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.gaussian import Expectation
from derivations.names import own
from derivations.polar import KINKED, NoClosedForm, angle_of, kink_arguments, one_gaussian, two_gaussians
from derivations.smooth import is_smooth, smooth_expectation
from derivations.truncated import shifted_gaussian

OPEN = (sigma, dsigma, ddsigma, softplus, sigmoid, tanh)
"""Functions whose Gaussian expectations have no closed form here."""


def scalar_moment(integrand: Expr, variables: tuple[Any, ...], covariance: Any) -> Expr:
    integrand = integrand.expand(func=False)
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
    for block in blocks:
        names = [variables[i] for i in sorted(block)]
        mine = Mul(*(f for f in Mul.make_args(rest) if f.has(*names)))
        if mine.has(*(v for v in variables if v not in names)):
            return _rotated(term, variables, covariance)
        rest = rest / mine
        index = sorted(block)
        law = covariance.extract(index, index)
        if mine.has(*OPEN):
            result *= _kept(mine, names, law)
        elif not mine.has(*KINKED) and is_smooth(mine):
            result *= smooth_expectation(mine, tuple(names), law)
        elif len(index) == 1 and any(a.xreplace({names[0]: S.Zero}) != 0 for a in kink_arguments(mine, names[0])):
            result *= shifted_gaussian(mine, names[0], covariance[index[0], index[0]])
        elif len(index) == 1:
            result *= one_gaussian(mine, names[0], covariance[index[0], index[0]])
        elif len(index) == 2:
            q1, q2, c = covariance[index[0], index[0]], covariance[index[1], index[1]], covariance[index[0], index[1]]
            result *= two_gaussians(mine, (names[0], names[1]), (q1, q2), angle_of(c, q1, q2))
        else:
            raise NoClosedForm(f"{mine} depends on {len(index)} correlated Gaussians")
    return result


def _kept(term: Expr, names: list[Any], law: Any) -> Expr:
    """An expectation without closed form, written in one way: fixed names, in the order that sorts first."""
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
    """A product of functions of linear forms of the variables, as one of the forms themselves."""
    arguments = {a for f in term.atoms(*KINKED) for a in f.args[:1] if a.has(*variables)}
    rows = []
    for argument in sorted(arguments, key=str):
        row = [argument.diff(v) for v in variables]
        if any(entry.has(*variables) for entry in row):
            raise NoClosedForm(f"{argument} is not linear in the Gaussian variables")
        rows.append((argument, row))
    names = {argument: own(f"_w{i}", real=True) for i, (argument, _) in enumerate(rows)}
    if not 1 <= len(rows) <= 2:
        raise NoClosedForm(f"{term} is not a function of one or two linear forms")
    stack = ImmutableMatrix([row for _, row in rows])
    opened = term.xreplace(names)
    if opened.has(*variables):
        if stack.rows != stack.cols or trigsimp(stack.det()) == 0:
            raise NoClosedForm(f"{term} is not a function of its kinks' arguments alone")
        back = stack.inv() * ImmutableMatrix(list(names.values()))
        opened = opened.xreplace(dict(zip(variables, back, strict=True)))
    mixed = (stack * covariance * stack.T).applyfunc(lambda e: trigsimp(e.expand()))
    return scalar_moment(opened, tuple(names.values()), mixed)

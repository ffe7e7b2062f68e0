"""Closed forms of Gaussian expectations, derived by integration.

Smooth functions: the rules of `smooth`. Kinked ones in one variable: the half-lines x > 0 and x < 0, in
two correlated variables: polar coordinates
u = √q₁ r cos θ, v = √q₂ r cos(θ − φ), in which the signs of u and v are constant on four sectors, so
that ReLU, step, |·| and powers become trigonometric polynomials. Independent variables factorise.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, MatrixSymbol, Mul, S, eye

from derivations.calculus.forms import InnerTable, Reducer
from derivations.gaussian import Expectation
from derivations.gaussians.numbers import scalar_moment
from derivations.gaussians.rows import projections, row_sums, sums_rows
from derivations.integrals.polar import NoClosedForm
from derivations.vectors import canonical


def expected(expectation: Expectation, table: InnerTable | None = None) -> Expr:
    """The closed form of an expectation, by linearity, independence and the rules for one and two Gaussians.

    What has no closed form, such as E σ(u) for an unspecified σ, stays as an expectation over one or two
    numbers; raises NoClosedForm where no rule applies or nothing is gained.
    """
    table = table or {}
    if expectation.is_scalar:
        found = scalar_moment(expectation.integrand, expectation.variables, expectation.covariance)
    else:
        integrand = Reducer(table).scalar(canonical(expectation.integrand)).expand()
        found = S.Zero
        for term in Add.make_args(integrand):
            found += _term(term, expectation.variables, table)
    return found


def _term(term: Expr, variables: tuple[Any, ...], table: InnerTable) -> Expr:
    """One product: sums over rows together, other factors by the independent variable they depend on."""
    groups: dict[Any, list[Expr]] = {}
    constant: list[Expr] = []
    rows: list[Expr] = []
    for factor in Mul.make_args(term):
        owners = [v for v in variables if factor.has(v)]
        if not owners:
            constant.append(factor)
        elif sums_rows(factor, variables):
            rows.append(factor)
        elif len(owners) > 1:
            raise NoClosedForm(f"{factor} mixes several Gaussian vectors")
        else:
            groups.setdefault(owners[0], []).append(factor)
    result = Mul(*constant)
    if rows:
        if groups:
            raise NoClosedForm(f"{term} mixes sums over rows with other functions of them")
        result *= row_sums(rows, variables, table)
    for variable, factors in groups.items():
        if isinstance(variable, MatrixSymbol) and variable.shape[1] == 1:
            result *= projections(Mul(*factors), (variable,), (), table)
        elif isinstance(variable, MatrixSymbol):
            raise NoClosedForm(f"{Mul(*factors)} is not a sum over the rows of {variable}")
        else:
            result *= scalar_moment(Mul(*factors), (variable,), eye(1))
    return result

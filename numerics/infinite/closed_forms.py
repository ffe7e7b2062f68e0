"""Closed forms of E σ(u)σ(v) in the variances and the correlation, as the calculus derives them."""

from __future__ import annotations

import sympy as sp

from derivations.activations import X
from derivations.gaussian import Expectation, relu, step
from derivations.gaussians.expectations import expected
from derivations.integrals.polar import KINKED, NoClosedForm, on_sign
from derivations.letters.names import own
from derivations.outcomes.budget import BudgetSpent, budget, remembered
from derivations.proofs.foreign import ForeignError, foreign_errors

CLOSED_FORM_STEPS = 1_000_000
"""SymPy may look for an integral without end: the series and quadrature do without it."""
Q1, Q2 = own("q1", positive=True), own("q2", positive=True)
RHO = own("rho", real=True)


def by_half_lines(expr: sp.Expr) -> sp.Expr | None:
    """What is a polynomial on x > 0 and another on x < 0, in powers of relu(±x) and steps; None for other functions.

    So Max(0, x), Piecewise((x, x > 0), (0, True)) and relu(x) are one function.
    """
    if not expr.has(sp.Max, sp.Min, sp.Piecewise, sp.Heaviside, sp.sign):
        return None
    total = sp.S.Zero
    for sign in (1, -1):
        t = sp.Dummy("t", positive=True)
        half = sp.expand(expr.xreplace({X: sign * t}))
        if not half.is_polynomial(t):
            return None
        for (power,), factor in sp.Poly(half, t).terms():
            total += factor * (relu(sign * X) ** power if power else step(sign * X))
    return total


def is_homogeneous(expr: sp.Expr | None) -> bool:
    """Whether it is linear on either side of 0, so that a norm of the inputs comes out of the kernel."""
    if expr is None or not expr.has(*KINKED):
        return False
    for sign in (1, -1):
        t = sp.Dummy("t", positive=True)
        try:
            slope = sp.expand(on_sign(expr, {X: sign}).xreplace({X: t}) / t)
        except NoClosedForm:
            return False
        if not slope.is_number:
            return False
    return True


@remembered(64)
def closed_form(expr: sp.Expr) -> sp.Expr | None:
    """E σ(u)σ(v) in Q1, Q2, RHO as the calculus derives it, for kinked σ and erf; None where it has none."""
    if not expr.has(*KINKED, sp.erf) or expr.has(sp.exp):
        return None
    u, v = own("u", real=True), own("v", real=True)
    product = expr.xreplace({X: u}) * expr.xreplace({X: v})
    c = RHO * sp.sqrt(Q1) * sp.sqrt(Q2)
    try:
        with budget(CLOSED_FORM_STEPS), foreign_errors():
            found = expected(Expectation(product, (u, v), [[Q1, c], [c, Q2]]))
        return None if found.has(Expectation, sp.Integral) else found
    except (NoClosedForm, BudgetSpent, ForeignError):
        return None


@remembered(64)
def at_one(formula: sp.Expr) -> sp.Expr:
    """E σ(u)² in Q1 by the same formula, so that a correlation of one gives the variance exactly."""
    return formula.subs({RHO: 1, Q2: Q1})


@remembered(64)
def by_correlation(formula: sp.Expr) -> sp.Expr:
    """The derivative by RHO: √(q₁q₂)·E σ′(u)σ′(v), by Price's theorem."""
    return formula.diff(RHO)


@remembered(64)
def closed_mean(expr: sp.Expr) -> sp.Expr | None:
    """E σ(u) in Q1, None where the calculus has no formula."""
    u = own("u", real=True)
    try:
        with budget(CLOSED_FORM_STEPS), foreign_errors():
            found = expected(Expectation(expr.xreplace({X: u}), (u,), [[Q1]]))
        return None if found.has(Expectation, sp.Integral) else found
    except (NoClosedForm, BudgetSpent, ForeignError):
        return None

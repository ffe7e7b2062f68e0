"""Gaussian expectations of smooth functions: products of powers, exponentials of quadratics, sin, cos and erf.

Three rules carry everything. An exponential changes the law (completing the square); a power is removed
by Stein's lemma E[zᵢG] = Σⱼ Σᵢⱼ E[∂ⱼG]; two error functions are differentiated by the covariance
(Price's theorem) and integrated back. Sines and cosines are exponentials of imaginary arguments.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sympy import (
    Add,
    And,
    Dummy,
    Expr,
    Function,
    I,
    ImmutableMatrix,
    Mul,
    Piecewise,
    Poly,
    PolynomialError,
    Pow,
    S,
    Symbol,
    Tuple,
    asin,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    expand_complex,
    expand_power_exp,
    eye,
    factorial,
    hermite_prob,
    integrate,
    pi,
    re,
    sin,
    sinh,
    sqrt,
    together,
    true,
    zeros,
)

from derivations.arguments import ArgumentError, scalar, symbol, symbols, taking, whole
from derivations.gaussian import law_of
from derivations.integrals.polar import NoClosedForm
from derivations.letters.names import own
from derivations.outcomes.budget import remembered

TRIGONOMETRIC = (sin, cos)
MOST_POWERS = 24
MOST_DEGREE = 1000


def smooth_expectation(integrand: Expr, variables: tuple[Symbol, ...], covariance: Any) -> Expr:
    """E of a sum of products of powers, exp(quadratic), sin, cos, sinh, cosh and erf of linear forms.

    Raises NoClosedForm for anything else, and where an exponential is not integrable.
    """
    opened = integrand.replace(erfc, lambda x: 1 - erf(x)).rewrite([sinh, cosh], exp)
    imaginary = opened.has(*TRIGONOMETRIC)
    if imaginary:
        opened = opened.rewrite(TRIGONOMETRIC, exp)
    value = _sum(opened, variables, ImmutableMatrix(covariance))
    return expand_complex(value.expand()).expand() if imaginary else value


def is_smooth(expr: Expr) -> bool:
    """Whether the rules here may apply: no symbolic powers and no other functions."""
    functions = {f.func for f in expr.atoms(Function)}
    powers = [p for p in expr.atoms(Pow) if p.base is not S.Exp1 and not p.exp.is_number]
    return not powers and functions <= {exp, sin, cos, sinh, cosh, erf, erfc}


def _sum(expr: Expr, z: tuple[Symbol, ...], cov: ImmutableMatrix) -> Expr:
    expanded = expand_power_exp(expr.expand(func=False, power_exp=False)).expand(func=False, power_exp=False)
    return Add(*(_term(t, z, cov) for t in Add.make_args(expanded)))


def _term(term: Expr, z: tuple[Symbol, ...], cov: ImmutableMatrix) -> Expr:
    """One product: constant · powers · exp(quadratic) · error functions."""
    constant, powers, exponent, errors = S.One, dict.fromkeys(z, 0), S.Zero, []
    for factor in Mul.make_args(term):
        base, power = factor.as_base_exp()
        if not factor.has(*z):
            constant *= factor
        elif isinstance(factor, exp) or base is S.Exp1:
            exponent += power if base is S.Exp1 else factor.args[0]
        elif base in powers and power.is_Integer and 0 < power <= MOST_POWERS:
            powers[base] += int(power)
        elif isinstance(base, exp) and power.is_Integer:
            exponent += power * base.args[0]
        elif isinstance(base, erf) and power in (1, 2):
            errors += [base] * int(power)
        else:
            raise NoClosedForm(f"{factor} is not a power, exponential, sine, cosine or error function")
    if exponent != 0:
        return constant * _tilted(powers, exponent, errors, z, cov)
    for variable, power in powers.items():
        if power:
            rest = Mul(*(v**n for v, n in (powers | {variable: power - 1}).items()), *errors)
            i = z.index(variable)
            return constant * Add(
                *(cov[i, j] * _sum(rest.diff(other), z, cov) for j, other in enumerate(z) if cov[i, j] != 0)
            )
    return constant * _errors([_linear(e.args[0], z) for e in errors], cov)


def _linear(expr: Expr, z: tuple[Symbol, ...]) -> tuple[ImmutableMatrix, Expr]:
    """(α, h) of αᵀz + h; raises NoClosedForm for what is not linear."""
    alpha = ImmutableMatrix([expr.diff(v) for v in z])
    if alpha.has(*z):
        raise NoClosedForm(f"{expr} is not linear in the Gaussian variables")
    return alpha, expr.xreplace(dict.fromkeys(z, S.Zero))


def _tilted(powers: Any, exponent: Expr, errors: list[Expr], z: tuple[Symbol, ...], cov: ImmutableMatrix) -> Expr:
    """E[G·exp(k + ℓᵀz − ½zᵀQz)] = e^{k + ½ℓᵀΣ′ℓ}/√det(I + ΣQ) · E G(z′ + Σ′ℓ), z′ ~ N(0, Σ′), Σ′ = (I + ΣQ)⁻¹Σ."""
    try:
        poly = Poly(exponent, *z)
    except PolynomialError:
        raise NoClosedForm(f"exp({exponent}) is not of a quadratic") from None
    if poly.total_degree() > 2:
        raise NoClosedForm(f"exp({exponent}) is not of a quadratic")
    at_zero = dict.fromkeys(z, S.Zero)
    linear = ImmutableMatrix([exponent.diff(v).xreplace(at_zero) for v in z])
    Q = ImmutableMatrix([[-exponent.diff(v, w) for w in z] for v in z])
    k = exponent.xreplace(at_zero)
    if zeros(len(z)) == Q:
        law, factor = cov, S.One
    else:
        tilt = eye(len(z)) + cov * Q
        integrable = true if _is_semidefinite(Q.applyfunc(re)) else _eigenvalues_are_positive(tilt)
        if integrable == False or (Q.has(I) and (integrable != True or len(z) > 2)):  # noqa: E712
            raise NoClosedForm(f"exp({exponent}) may not be integrable")
        determinant = together(tilt.det().expand())
        law = ImmutableMatrix((tilt.adjugate() * cov / determinant).applyfunc(lambda e: together(e.expand())))
        factor = Piecewise((1 / sqrt(determinant), integrable), (S.NaN, True))
    shift = law * linear
    moved = {v: v + m for v, m in zip(z, shift, strict=True)}
    rest = Mul(*(v**n for v, n in powers.items()), *errors).subs(moved, simultaneous=True)
    square = (linear.T * law * linear)[0, 0] / 2
    return factor * exp((k + square).expand()) * _sum(rest, z, law)


def _is_semidefinite(Q: ImmutableMatrix) -> bool:
    """Whether a symmetric matrix is known to have no negative eigenvalue: its principal minors are not negative."""
    return all(
        together(Q.extract(list(rows), list(rows)).det().expand()).is_nonnegative is True
        for size in range(1, Q.rows + 1)
        for rows in combinations(range(Q.rows), size)
    )


def _eigenvalues_are_positive(tilt: ImmutableMatrix) -> Any:
    """The condition that I + ΣQ, whose eigenvalues are real, has positive ones: their symmetric sums are positive."""
    x = Dummy("x")
    coefficients = tilt.charpoly(x).all_coeffs()
    return And(*(together(((-1) ** k * c).expand()) > 0 for k, c in enumerate(coefficients)))


def _errors(forms: list[tuple[ImmutableMatrix, Expr]], cov: ImmutableMatrix) -> Expr:
    """E of a product of at most two error functions of linear forms, two only about 0."""
    if not forms:
        return S.One
    if len(forms) == 1:
        ((alpha, h),) = forms
        return _one_error((alpha.T * cov * alpha)[0, 0], h)
    if len(forms) == 2 and all(h == 0 for _, h in forms):
        (alpha, _), (beta, _) = forms
        a, b, c = (together((x.T * cov * y)[0, 0]) for x, y in ((alpha, alpha), (beta, beta), (alpha, beta)))
        A, B, C, formula = _two_errors()
        return formula.xreplace({A: a, B: b, C: c})
    raise NoClosedForm("more than two error functions, or two that are shifted")


def _one_error(s: Expr, h: Expr) -> Expr:
    """E erf(w + h), w ~ N(0, s): its derivative in h is a Gaussian integral, and it is 0 at h = 0."""
    k, t, w = Dummy("k", positive=True), Dummy("t", real=True), Dummy("w", real=True)
    slope = _sum(2 * exp(-((w + t) ** 2).expand()) / sqrt(pi), (w,), ImmutableMatrix([[(k - 1) / 2]]))
    end = Dummy("h", real=True)
    return integrate(slope.simplify(), (t, 0, end)).xreplace({end: h}).xreplace({k: 1 + 2 * s})


@remembered(1)
def _two_errors() -> tuple[Symbol, Symbol, Symbol, Expr]:
    """E erf(u)erf(v) for Var u = a, Var v = b, Cov = c: by Price ∂/∂c = E erf′erf′ = k/√(A − Bc²), and 0 at c = 0."""
    a, b, c = own("a", positive=True), own("b", positive=True), own("c", real=True)
    u, v = Dummy("u", real=True), Dummy("v", real=True)
    slope = _sum(erf(u).diff(u) * erf(v).diff(v), (u, v), ImmutableMatrix([[a, c], [c, b]]))
    square = Poly((1 / slope**2).expand(), c)
    A, B = square.coeff_monomial(1).factor(), -square.coeff_monomial(c**2)
    if square.degree() != 2 or square.coeff_monomial(c) != 0:
        raise NoClosedForm("the slope of E erf erf is not k/√(A − Bc²)")
    return a, b, c, asin(c * sqrt(B / A)) / sqrt(B)


@taking(ArgumentError, f=scalar, x=symbol, degree=whole(0, MOST_DEGREE))
def hermite_coefficient(f: Expr, x: Symbol, degree: int) -> Expr:
    """Compute the Hermite coefficient E[f(x)·He_k(x)]/√k! for x ~ N(0, 1).

    Args:
        f: An expression in x.
        x: The symbol.
        degree: The degree k ≥ 0.

    Returns:
        The coefficient in closed form.

    Raises:
        NoClosedForm: No rule gives a closed form.

    Source:
        O'Donnell 2014, "Analysis of Boolean functions", Chapter 11, for this normalisation.

    Example:
        >>> from sympy import Symbol
        >>> from derivations import hermite_coefficient
        >>> x = Symbol("x", real=True)
        >>> hermite_coefficient(x**2, x, 2)
        sqrt(2)
    """
    return smooth_expectation(f * hermite_prob(degree, x), (x,), eye(1)) / sqrt(factorial(degree))


@taking(ArgumentError, variables=symbols)
def wick_moment(variables: tuple[Symbol, ...], covariance: Any) -> Expr:
    """Compute the moment E[z₁z₂…] of Gaussian variables with mean 0.

    Args:
        variables: The factors, symbols in any order and with repetitions.
        covariance: The covariance matrix of the different ones, in order of appearance.

    Returns:
        The moment, as a SymPy expression.

    Raises:
        ShapeError: The covariance has another size, or is not symmetric.

    Source:
        Isserlis 1918, "On a formula for the product-moment coefficient of any order of a normal frequency
        distribution".

    Example:
        >>> from sympy import symbols
        >>> from derivations import wick_moment
        >>> u, v, rho = symbols("u v rho", real=True)
        >>> wick_moment((u, u, v, v), [[1, rho], [rho, 1]])
        2*rho**2 + 1
    """
    different = tuple(dict.fromkeys(variables))
    return smooth_expectation(Mul(*variables), different, law_of(Tuple(*different), covariance))

"""Gaussian vectors and matrices: tails, Lipschitz functions, and the calculus of their means."""

from __future__ import annotations

from sympy import Abs, Derivative, Interval, Rational, Symbol, cos, erfc, exp, log, oo, pi, sqrt

from derivations.activations import dsigma, sigma
from derivations.calculus.functions import nabla
from derivations.domains import Gaussian, NonnegativeVectors
from derivations.facts.notation import W, ell, f, g, m, n, s, t, u, w
from derivations.gaussian import Expectation, correlated
from derivations.quantities.chance import Chance, Mean, variance
from derivations.spectra import max_norm, operator_norm, sigma_min
from derivations.statements import Bound, Identity, Statement
from derivations.vectors import elementwise, inner, norm, norm_squared, ones

VERSHYNIN = "Vershynin, High-Dimensional Probability"
MASSART = "Laurent and Massart 2000, Adaptive estimation of a quadratic functional, Lemma 1"
CONCENTRATION = "Boucheron, Lugosi and Massart, Concentration Inequalities"
DAVIDSON = "Davidson and Szarek 2001, Local operator theory, random matrices and Banach spaces, Theorem II.13"
a, b = Symbol("a", real=True), Symbol("b", real=True)
p, q = Symbol("p", real=True), Symbol("q", real=True)
phi, rho = Symbol("phi", real=True), Symbol("rho", real=True)
exponentials = exp(a * p + b * q)
squares = elementwise(lambda x: x**2, w)
weighted = inner(u, squares)

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "gaussian-tail",
        Chance(Abs(g) > t),
        2 * exp(-(t**2) / 2),
        title="The tails of a Gaussian number",
        source=f"{VERSHYNIN}, Section 2.1 (Proposition 2.1.2)",
        on={g: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-tail-linear",
        Chance(Abs(inner(w, u)) > t * norm(u)),
        2 * exp(-(t**2) / 2),
        title="The tails of a linear function of a Gaussian vector, which is a Gaussian number times the length of u",
        source=f"{VERSHYNIN}, Section 3.3 (Exercise 3.3.3) with Proposition 2.1.2",
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-tail-erfc",
        erfc(t / sqrt(2)),
        exp(-(t**2) / 2),
        title="The same for the chance itself, P(|g| > t) = erfc(t/√2), without the factor 2",
        source=f"{VERSHYNIN}, Section 2.1",
        mark="cited",
    ),
    Bound(
        "mills",
        sqrt(pi / 2) * erfc(t / sqrt(2)),
        exp(-(t**2) / 2) / t,
        title="Mills' ratio is at most 1/t",
        source=f"{VERSHYNIN}, Proposition 2.1.2",
        mark="cited",
    ),
    Bound(
        "mills-lower",
        t * exp(-(t**2) / 2) / (1 + t**2),
        sqrt(pi / 2) * erfc(t / sqrt(2)),
        title="Mills' ratio is at least t/(1 + t²)",
        source=f"{VERSHYNIN}, Section 2.1, exercises",
        mark="cited",
    ),
    Bound(
        "chi-square-upper",
        Chance(norm_squared(w) >= n + 2 * sqrt(n * t) + 2 * t),
        exp(-t),
        title="The upper tail of χ²",
        source=MASSART,
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "chi-square-lower",
        Chance(norm_squared(w) <= n - 2 * sqrt(n * t)),
        exp(-t),
        title="The lower tail of χ²",
        source=MASSART,
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "chi-square-weighted-upper",
        Chance(weighted >= inner(u, ones(n)) + 2 * norm(u) * sqrt(t) + 2 * max_norm(u) * t),
        exp(-t),
        title="The upper tail of a weighted sum of squares, with weights u ≥ 0",
        source=MASSART,
        on={w: Gaussian(), u: NonnegativeVectors()},
        mark="cited",
    ),
    Bound(
        "chi-square-weighted-lower",
        Chance(weighted <= inner(u, ones(n)) - 2 * norm(u) * sqrt(t)),
        exp(-t),
        title="The lower tail of a weighted sum of squares, with weights u ≥ 0",
        source=MASSART,
        on={w: Gaussian(), u: NonnegativeVectors()},
        mark="cited",
    ),
    Identity(
        "chi-square-moment",
        Expectation(exp(s * g**2), g) ** 2 * (1 - 2 * s),
        1,
        title="The exponential moment of χ², from which its tails follow",
        source=MASSART,
        on={s: Interval.open(-oo, Rational(1, 2))},
        sample_on={s: Interval(-3, Rational(2, 5))},
        mark="cited",
    ),
    Bound(
        "gaussian-lipschitz",
        Chance(Abs(f(w) - Mean(f(w))) > t),
        2 * exp(-(t**2) / (2 * ell**2)),
        title="An ℓ-Lipschitz function of a Gaussian vector is near its mean",
        source=f"{CONCENTRATION}, Theorem 5.6",
        on={w: Gaussian()},
        assumes=("lipschitz-vector",),
        mark="cited",
    ),
    Bound(
        "gaussian-lipschitz-upper",
        Chance(f(w) - Mean(f(w)) >= t),
        exp(-(t**2) / (2 * ell**2)),
        title="An ℓ-Lipschitz function of a Gaussian vector is not far above its mean",
        source=f"{CONCENTRATION}, Theorem 5.6",
        on={w: Gaussian()},
        assumes=("lipschitz-vector",),
        mark="cited",
    ),
    Bound(
        "gaussian-norm",
        Chance(norm(w) >= sqrt(n) + t),
        exp(-(t**2) / 2),
        title="The length of a Gaussian vector",
        source=f"{CONCENTRATION}, Theorem 5.6, for the norm",
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-maximum",
        Mean(max_norm(w)),
        sqrt(2 * log(2 * n)),
        title="The mean of the largest of n Gaussian numbers and their negatives",
        source=f"{CONCENTRATION}, Theorem 2.5",
        on={w: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-operator-norm",
        Chance(operator_norm(W) > sqrt(m) + sqrt(n) + t),
        exp(-(t**2) / 2),
        title="Davidson and Szarek: the operator norm of a Gaussian matrix",
        source=DAVIDSON,
        on={W: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-sigma-min",
        Chance(sigma_min(W) < sqrt(m) - sqrt(n) - t),
        exp(-(t**2) / 2),
        title="Davidson and Szarek: the least singular value of a Gaussian matrix with m ≥ n rows",
        source=DAVIDSON,
        on={W: Gaussian()},
        where=m >= n,
        mark="cited",
    ),
    Bound(
        "gordon",
        sqrt(m) - sqrt(n),
        Mean(sigma_min(W)),
        title="Gordon: the mean of the least singular value of a Gaussian matrix with m ≥ n rows",
        source=f"{VERSHYNIN}, Section 7.3 (Gordon's inequality)",
        on={W: Gaussian()},
        where=m >= n,
        mark="cited",
    ),
    Bound(
        "gordon-operator-norm",
        Mean(operator_norm(W)),
        sqrt(m) + sqrt(n),
        title="The mean of the operator norm of a Gaussian matrix",
        source=f"{VERSHYNIN}, Theorem 7.3.1",
        on={W: Gaussian()},
        mark="cited",
    ),
    Bound(
        "gaussian-poincare",
        variance(f(w)),
        Mean(norm_squared(nabla(f, w))),
        title="The Gaussian Poincaré inequality",
        source=f"{CONCENTRATION}, Theorem 3.20",
        on={w: Gaussian()},
        assumes=("differentiable",),
        mark="cited",
    ),
    Bound(
        "gaussian-poincare-lipschitz",
        variance(f(w)),
        ell**2,
        title="The variance of an ℓ-Lipschitz function of a Gaussian vector",
        source=f"{CONCENTRATION}, Theorem 3.20",
        on={w: Gaussian(), ell: Interval.open(0, oo)},
        assumes=("lipschitz-vector",),
        mark="cited",
    ),
    Identity(
        "stein",
        Expectation(g * sigma(g), g),
        Expectation(dsigma(g), g),
        title="Stein's identity for a smooth σ that grows slowly",
        source="Stein 1981, Estimation of the mean of a multivariate normal distribution, Lemma 1",
        mark="cited",
    ),
    Identity(
        "price",
        Derivative(Expectation(exponentials, (p, q), ((1, rho), (rho, 1))), rho),
        a * b * Expectation(exponentials, (p, q), ((1, rho), (rho, 1))),
        title="Price's theorem, d/dρ E F(p, q) = E ∂²F/∂p∂q, for exponentials, of which other functions are made",
        source="Price 1958, A useful theorem for nonlinear devices having Gaussian inputs",
        on={rho: Interval.open(-1, 1)},
        sample_on={rho: Interval(-Rational(1, 2), Rational(1, 2)), a: Interval(-1, 1), b: Interval(-1, 1)},
        mark="cited",
    ),
    Identity(
        "mehler",
        Expectation(exp(a * p - a**2 / 2) * exp(b * q - b**2 / 2), (p, q), correlated(phi)),
        exp(a * b * cos(phi)),
        title="Mehler's formula for the generating functions of the Hermite polynomials, correlation cos φ",
        source="O'Donnell, Analysis of Boolean Functions, Section 11.2 (Proposition 11.31)",
        on={phi: (0, pi)},
        sample_on={phi: Interval(Rational(1, 2), 2), a: Interval(-2, 2), b: Interval(-2, 2)},
        mark="cited",
    ),
)

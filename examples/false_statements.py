"""Statements that are subtly false, each refuted with a witness. Run: lemmata check examples/false_statements.py"""

from sympy import E, Rational, S, Symbol, exp, pi, sqrt
from sympy import Identity as Eye

from derivations import Bound, Expectation, Gradient, Identity, Paper, all_ones, correlated, inner, ones, relu, vector
from derivations.papers.liu2019.notation import g, phi

x, u, v = (Symbol(name, real=True) for name in "xuv")
k, L = (Symbol(name, integer=True, positive=True) for name in "kL")
eps = Symbol("epsilon", positive=True)
a, b = vector("a", k), vector("b", k)

paper = Paper(
    "falsehoods",
    statements=(
        # right for k = 1 only
        Identity("inverse", (all_ones(k) + (pi - 1) * Eye(k)) * (Eye(k) - all_ones(k) / pi) / (pi - 1), Eye(k)),
        # the constant is one per cent too sharp
        Bound("smoothness", exp(-x) / (1 + exp(-x)) ** 2, Rational(99, 400)),
        # the wrong way round
        Bound("cauchy-schwarz", k * inner(a, a), inner(a, ones(k)) ** 2),
        # a factor of two
        Identity("kernel", Expectation(relu(u) * relu(v), (u, v), correlated(phi)), g / pi, on={phi: (0, pi)}),
        # a factor of two in a gradient
        Gradient("square", a, inner(a, b) * b, of=inner(a, b) ** 2, model=lambda a, b: (a @ b) ** 2),
        # τ = L^{−0.45} called stable: the growth passes e at L = 2042
        Bound("stable", (1 + L ** Rational(-9, 10) / 2) ** L, E, on={L: S.Naturals}),
        # the smoothness constant of x/√(ε + x²) one per cent too small
        Bound(
            "normalised", 3 * eps * x / (eps + x**2) ** Rational(5, 2), Rational(99, 100) * 48 * sqrt(5) / (125 * eps)
        ),
    ),
)

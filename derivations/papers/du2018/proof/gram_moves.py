"""How far the entries of G^(H) move, and that its least eigenvalue stays above λ₀/2 while they do."""

from __future__ import annotations

from typing import Any

from sympy import Abs, HadamardProduct, MatrixSymbol, Rational, Symbol, sqrt

from derivations.domains import PositiveSemidefinite, SymmetricMatrices
from derivations.papers.du2018.notation import m
from derivations.papers.du2018.proof.constants import C_G, A, D, L, R, X, beta, c_4, c_a, c_x, lam, n, omega
from derivations.papers.du2018.proof.letters import (
    FACTS,
    RESNET,
    SOURCE,
    bounded,
    drawn,
    formula,
    gain,
    slope,
)
from derivations.spectra import lambda_min, max_norm, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, vector

d = Symbol("d", integer=True, positive=True)
W, V = MatrixSymbol("W", m, d), MatrixSymbol("V", m, d)
x, y, x_k, y_k = (vector(name, d) for name in ("x", "y", "x_k", "y_k"))
"""Features of two inputs at the start and later."""
z, w, z_k, w_k = (vector(name, m) for name in ("z", "w", "z_k", "w_k"))
"""Wx and Wy at the start and later."""
a, a_k, q, q_k = (vector(name, m) for name in ("a", "a_k", "q", "q_k"))
"""Output weights, and σ′(Wx) ∘ σ′(Wy), at the start and later."""
P, P_k, S, S_k = (Symbol(name, real=True) for name in ("P", "P_k", "S", "S_k"))
"""⟨x, y⟩ and Σ_r a_r²σ′(w_r·x)σ′(w_r·y) at the start and later: G^(H)_ij = γ²PS/m."""
K, E, F = (MatrixSymbol(name, n, n) for name in "KEF")
"""K^(H), by how much the Gram matrix of the last layer differs from it at the start, and by how much it moves then."""

slope_moves = 2 * L * beta * sqrt(m) * R * (omega * D + c_x)
"""What bounds ‖q_k − q‖."""
sum_moves = L**2 * (2 * c_a + 1) + 2 * c_4 * L * beta * (omega * D + c_x)
"""What bounds |S_k − S| over R."""


def _smooth(u: Any, v: Any) -> Any:
    """σ′ is β-Lipschitz: ‖σ′(u) − σ′(v)‖ ≤ β‖u − v‖."""
    return norm(slope(u) - slope(v)) <= beta * norm(u - v)


def _preactivations() -> Statement:
    def derive() -> Derivation:
        return (
            chain(norm(V * x_k - W * x))
            .then(norm(V * (x_k - x)) + norm((V - W) * x), "Vx_k − Wx = V(x_k − x) + (V − W)x", relation="<=")
            .by(FACTS + "triangle", x=V * (x_k - x), y=(V - W) * x)
            .then(operator_norm(V) * norm(x_k - x) + operator_norm(V - W) * norm(x), "norms of matrices", relation="<=")
            .by(FACTS + "operator-vector", M=V, x=x_k - x)
            .by(FACTS + "operator-vector", M=V - W, x=x)
            .then(sqrt(m) * R * (omega * D + c_x), "what is known of them", relation="<=")
        )

    return Bound(
        "preactivations-move",
        norm(V * x_k - W * x),
        sqrt(m) * R * (omega * D + c_x),
        title="Before the activation ‖W(t)x(t) − W(0)x(0)‖ ≤ √m·R(ωD + c_x)",
        source=SOURCE,
        where=(
            operator_norm(V) <= omega * sqrt(m),
            operator_norm(V - W) <= R * sqrt(m),
            norm(x_k - x) <= D * R,
            norm(x) <= c_x,
        ),
        sample_on=drawn(R, omega, D, c_x),
        derive=derive,
    )


def _slopes() -> Statement:
    most = sqrt(m) * R * (omega * D + c_x)
    first = HadamardProduct(slope(z_k), slope(w_k) - slope(w))
    second = HadamardProduct(slope(w), slope(z_k) - slope(z))

    def derive() -> Derivation:
        return (
            chain(norm(HadamardProduct(slope(z_k), slope(w_k)) - HadamardProduct(slope(z), slope(w))))
            .then(norm(first + second), "one factor after the other")
            .then(norm(first) + norm(second), "both parts", relation="<=")
            .by(FACTS + "triangle", x=first, y=second)
            .then(L * (norm(slope(w_k) - slope(w)) + norm(slope(z_k) - slope(z))), "|σ′| ≤ L", relation="<=")
            .then(L * beta * (norm(w_k - w) + norm(z_k - z)), "σ′ is β-Lipschitz", relation="<=")
            .then(slope_moves, "both move by ≤ √m·R(ωD + c_x)", relation="<=")
        )

    return Bound(
        "slopes-move",
        norm(HadamardProduct(slope(z_k), slope(w_k)) - HadamardProduct(slope(z), slope(w))),
        slope_moves,
        title="The products σ′(Wx)∘σ′(Wy) move by at most 2Lβ√m·R(ωD + c_x) in norm",
        source=SOURCE,
        where=(
            bounded(z_k, slope(w_k) - slope(w)),
            bounded(w, slope(z_k) - slope(z)),
            _smooth(w_k, w),
            _smooth(z_k, z),
            norm(w_k - w) <= most,
            norm(z_k - z) <= most,
        ),
        sample_on=drawn(L, beta, R, omega, D, c_x),
        assumes=("smooth-activation",),
        uses=("preactivations-move",),
        derive=derive,
    )


def _squares(v: Any) -> Any:
    return HadamardProduct(v, v)


def _outputs() -> Statement:
    """⟨a_k∘a_k − a∘a, q_k⟩ ≤ L²(2c_a + 1)Rm."""
    gap, total = a_k - a, a_k + a

    def derive() -> Derivation:
        return (
            chain(inner(_squares(a_k) - _squares(a), q))
            .then(inner(gap, HadamardProduct(q, total)), "a_k² − a² = (a_k − a)(a_k + a)")
            .then(norm(gap) * norm(HadamardProduct(q, total)), "Cauchy and Schwarz", relation="<=")
            .by(FACTS + "cauchy-schwarz", x=gap, y=HadamardProduct(q, total))
            .then(norm(gap) * L**2 * norm(total), "|σ′σ′| ≤ L²", relation="<=")
            .then(norm(gap) * L**2 * (2 * norm(a) + norm(gap)), "a_k + a = 2a + (a_k − a)", relation="<=")
            .by(FACTS + "triangle", x=2 * a, y=gap)
            .then(L**2 * (2 * c_a + 1) * R * m, "‖a‖ ≤ c_a√m, ‖a_k − a‖ ≤ R√m, R ≤ 1", relation="<=")
        )

    return Bound(
        "outputs-move",
        inner(_squares(a_k) - _squares(a), q),
        L**2 * (2 * c_a + 1) * R * m,
        title="⟨a_k∘a_k − a∘a, q⟩ ≤ L²(2c_a + 1)Rm, where |q_r| ≤ L² and a moves by at most R√m",
        source=SOURCE,
        where=(
            norm(HadamardProduct(q, total)) <= L**2 * norm(total),
            norm(a) <= c_a * sqrt(m),
            norm(gap) <= R * sqrt(m),
            R <= 1,
        ),
        sample_on={**drawn(L, c_a), R: (Rational(1, 2), 1)},
        derive=derive,
    )


def _sums(sign: int) -> Statement:
    """±(S_k − S) ≤ R·sum_moves, as a bound of m times it."""
    claimed = sign * (inner(_squares(a_k), q_k) - inner(_squares(a), q))

    def derive() -> Derivation:
        return (
            chain(claimed)
            .then(inner(_squares(a_k) - _squares(a), sign * q_k) + inner(_squares(a), sign * (q_k - q)), "in two steps")
            .then(
                L**2 * (2 * c_a + 1) * R * m + inner(_squares(a), sign * (q_k - q)), "the output weights", relation="<="
            )
            .by("outputs-move", a=a, a_k=a_k, q=sign * q_k, L=L, c_a=c_a, R=R)
            .then(L**2 * (2 * c_a + 1) * R * m + norm(_squares(a)) * norm(q_k - q), "Cauchy and Schwarz", relation="<=")
            .by(FACTS + "cauchy-schwarz", x=_squares(a), y=sign * (q_k - q))
            .then(m * R * sum_moves, "‖a∘a‖ = ‖a‖₄² ≤ c_4√m", relation="<=")
        )

    total = a_k + a
    return Bound(
        f"sums-move-{'up' if sign > 0 else 'down'}",
        claimed,
        m * R * sum_moves,
        title=f"Σ_r a_r²σ′σ′ {'grows' if sign > 0 else 'falls'} by at most mR(L²(2c_a + 1) + 2c_4Lβ(ωD + c_x))",
        source=SOURCE,
        where=(
            norm(HadamardProduct(sign * q_k, total)) <= L**2 * norm(total),
            norm(a) <= c_a * sqrt(m),
            norm(a_k - a) <= R * sqrt(m),
            R <= 1,
            norm(_squares(a)) <= c_4 * sqrt(m),
            norm(q_k - q) <= slope_moves,
        ),
        sample_on={**drawn(L, beta, omega, D, c_x, c_a, c_4), R: (Rational(1, 2), 1)},
        uses=("slopes-move",),
        derive=derive,
    )


def _sum_at_most(sign: int) -> Statement:
    """±S ≤ L²A², as a bound of m times it."""
    claimed = sign * inner(_squares(a_k), q_k)

    def derive() -> Derivation:
        return (
            chain(claimed)
            .then(inner(sign * a_k, HadamardProduct(q_k, a_k)), "one factor to the other side")
            .then(norm(a_k) * norm(HadamardProduct(q_k, a_k)), "Cauchy and Schwarz", relation="<=")
            .by(FACTS + "cauchy-schwarz", x=sign * a_k, y=HadamardProduct(q_k, a_k))
            .then(L**2 * norm(a_k) ** 2, "|σ′σ′| ≤ L²", relation="<=")
            .then(L**2 * A**2 * m, "‖a_k‖ ≤ A√m", relation="<=")
        )

    return Bound(
        f"sums-{'at-most' if sign > 0 else 'at-least'}",
        claimed,
        L**2 * A**2 * m,
        title=f"Σ_r a_r²σ′σ′ is {'at most' if sign > 0 else 'at least −'}L²A²m, where |σ′σ′| ≤ L²",
        source=SOURCE,
        where=(norm(HadamardProduct(q_k, a_k)) <= L**2 * norm(a_k), norm(a_k) <= A * sqrt(m)),
        sample_on=drawn(L, A),
        derive=derive,
    )


def _entry(skip: bool) -> Statement:
    factor = gain(skip) ** 2 / m
    lhs = factor * Abs(P_k * S_k - P * S)

    def derive() -> Derivation:
        return (
            chain(lhs)
            .then(
                factor * (Abs(P_k - P) * Abs(S_k) + Abs(P) * Abs(S_k - S)), "one factor after the other", relation="<="
            )
            .then(factor * (2 * X * D * R * L**2 * A**2 * m + X**2 * R * sum_moves * m), "each part", relation="<=")
            .then(formula("C_G", skip) * R, "collecting")
        )

    return Bound(
        "gram-entry-moves-resnet" if skip else "gram-entry-moves-fc",
        lhs,
        formula("C_G", skip) * R,
        title="An entry γ²PS/m of G^(H) moves by at most C_G R",
        source=RESNET if skip else SOURCE,
        where=(
            Abs(P_k - P) <= 2 * X * D * R,
            Abs(S_k) <= L**2 * A**2 * m,
            Abs(P) <= X**2,
            Abs(S_k - S) <= m * R * sum_moves,
        ),
        uses=("sums-move-up", "sums-move-down", "features-products-move"),
        derive=derive,
    )


def _products() -> Statement:
    def derive() -> Derivation:
        return (
            chain(inner(x_k, y_k) - inner(x, y))
            .then(inner(x_k - x, y_k) + inner(x, y_k - y), "one factor after the other")
            .then(norm(x_k - x) * norm(y_k) + norm(x) * norm(y_k - y), "Cauchy and Schwarz", relation="<=")
            .by(FACTS + "cauchy-schwarz", x=x_k - x, y=y_k)
            .by(FACTS + "cauchy-schwarz", x=x, y=y_k - y)
            .then(2 * X * D * R, "‖x‖, ‖y_k‖ ≤ X, both move by ≤ DR", relation="<=")
        )

    return Bound(
        "features-products-move",
        inner(x_k, y_k) - inner(x, y),
        2 * X * D * R,
        title="⟨x^(H−1), y^(H−1)⟩ grows by at most 2XDR; with start and end exchanged it falls by no more",
        source=SOURCE,
        where=(norm(x_k - x) <= D * R, norm(y_k - y) <= D * R, norm(x) <= X, norm(y_k) <= X),
        sample_on=drawn(X, D, R),
        derive=derive,
    )


def _product() -> Statement:
    return Bound(
        "features-product",
        inner(x, y),
        X**2,
        title="⟨x, y⟩ ≤ X² for features no longer than X; of −x it is the bound from below",
        source=SOURCE,
        where=(norm(x) <= X, norm(y) <= X),
        sample_on=drawn(X),
        derive=lambda: (
            chain(inner(x, y))
            .then(norm(x) * norm(y), "Cauchy and Schwarz", relation="<=")
            .by(FACTS + "cauchy-schwarz", x=x, y=y)
            .then(X**2, "both are at most X", relation="<=")
        ),
    )


def _gram() -> Statement:
    start, later = K + E, K + E + F

    def derive() -> Derivation:
        return (
            chain(lam / 2)
            .then(lam - lam / 4 - n * C_G * R, "R ≤ λ₀/(4nC_G)", relation="<=")
            .then(lam - lam / 4 - operator_norm(F), "no entry has moved by more than C_G R", relation="<=")
            .by(FACTS + "entry-operator", R=F, c=C_G * R)
            .then(lambda_min(K) - operator_norm(E) - operator_norm(F), "at the start", relation="<=")
            .then(lambda_min(start) - operator_norm(F), "Weyl", relation="<=")
            .by(FACTS + "weyl-perturbation", A=start, B=K)
            .then(lambda_min(later), "Weyl", relation="<=")
            .by(FACTS + "weyl-perturbation", A=later, B=start)
        )

    return Bound(
        "gram-moves",
        lam / 2,
        lambda_min(later),
        title="Within the radius R√m λ_min(G^(H)) ≥ λ₀/2: G^(H)(0) = K^(H) + E, G^(H)(k) = K^(H) + E + F",
        source="Section 5; Lemmas B.2, B.4; constants derived here",
        on={K: PositiveSemidefinite(), E: SymmetricMatrices(), F: SymmetricMatrices()},
        where=(lam <= lambda_min(K), operator_norm(E) <= lam / 4, max_norm(F) <= C_G * R, formula("R") >= R),
        sample_on={lam: (1, 8), C_G: (Rational(1, 2), 4), R: (Rational(1, 8), 1)},
        uses=("gram-width-fc", "gram-width-resnet", "gram-entry-moves-fc", "gram-entry-moves-resnet"),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    _preactivations(),
    _slopes(),
    _outputs(),
    _sums(1),
    _sums(-1),
    _sum_at_most(1),
    _sum_at_most(-1),
    _products(),
    _product(),
    _entry(False),
    _entry(True),
    _gram(),
)

"""Eigenvalues and singular values of matrices: variational principles, perturbation, products entry by entry."""

from __future__ import annotations

from sympy import Abs, HadamardProduct, Identity, Inverse, Max, S, Symbol, Trace, Transpose

from derivations.domains import PositiveSemidefinite, SymmetricMatrices
from derivations.facts.notation import A, B, E, K, M, P, Q, n, other, square, x
from derivations.spectra import (
    eigenvalues,
    frobenius_norm,
    lambda_max,
    lambda_min,
    max_norm,
    operator_norm,
    sigma_min,
)
from derivations.statements import Bound, Statement
from derivations.statements import Identity as Equation
from derivations.vectors import elementwise, inner, norm_squared, ones

symmetric, semidefinite = SymmetricMatrices(), PositiveSemidefinite()
shift = Symbol("t", real=True)
HORN = "Horn and Johnson, Matrix Analysis, 2nd edition"

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "weyl-min",
        lambda_min(A) + lambda_min(B),
        lambda_min(A + B),
        title="Weyl: the least eigenvalue of a sum is at least the sum of the least ones",
        source=f"{HORN}, Theorem 4.3.1",
        on={A: symmetric, B: symmetric},
        mark="cited",
    ),
    Bound(
        "weyl-max",
        lambda_max(A + B),
        lambda_max(A) + lambda_max(B),
        title="Weyl: the largest eigenvalue of a sum is at most the sum of the largest ones",
        source=f"{HORN}, Theorem 4.3.1",
        on={A: symmetric, B: symmetric},
        mark="cited",
    ),
    Bound(
        "weyl-perturbation",
        Abs(lambda_min(A) - lambda_min(B)),
        operator_norm(A - B),
        title="Eigenvalues move by no more than the operator norm of the change",
        source=f"{HORN}, Section 4.3, from Theorem 4.3.1",
        on={A: symmetric, B: symmetric},
        mark="cited",
    ),
    Bound(
        "rayleigh-min",
        lambda_min(A) * norm_squared(x),
        inner(x, A * x),
        title="Rayleigh: the least eigenvalue bounds the quadratic form from below",
        source=f"{HORN}, Theorem 4.2.2",
        on={A: symmetric},
        mark="cited",
    ),
    Bound(
        "rayleigh-max",
        inner(x, A * x),
        lambda_max(A) * norm_squared(x),
        title="Rayleigh: the largest eigenvalue bounds the quadratic form from above",
        source=f"{HORN}, Theorem 4.2.2",
        on={A: symmetric},
        mark="cited",
    ),
    Bound(
        "courant-fischer",
        S.Zero,
        lambda_min(Transpose(K) * A * K - lambda_min(A) * Transpose(K) * K),
        title="Courant and Fischer, as a compression: KᵀAK ⪰ λ_min(A)·KᵀK",
        source=f"{HORN}, Theorem 4.2.6, for the least eigenvalue and every K",
        on={A: symmetric},
        mark="cited",
    ),
    Bound(
        "ostrowski",
        lambda_min(P) * lambda_min(Transpose(K) * K),
        lambda_min(Transpose(K) * P * K),
        title="Ostrowski: a congruence multiplies the least eigenvalue by at least λ_min(KᵀK)",
        source=f"{HORN}, Section 4.5 (Ostrowski's theorem)",
        on={P: semidefinite},
        mark="cited",
    ),
    Bound(
        "gershgorin",
        shift - lambda_min(A),
        max_norm(elementwise(Abs, A - shift * Identity(n)) * ones(n)),
        title="Gershgorin: no eigenvalue is below t by more than a row sum of |A − tI|",
        source=f"{HORN}, Theorem 6.1.1, with discs about one centre t",
        on={A: symmetric},
        mark="cited",
    ),
    Bound(
        "gershgorin-max",
        lambda_max(A) - shift,
        max_norm(elementwise(Abs, A - shift * Identity(n)) * ones(n)),
        title="Gershgorin: no eigenvalue is above t by more than a row sum of |A − tI|",
        source=f"{HORN}, Theorem 6.1.1, with discs about one centre t",
        on={A: symmetric},
        mark="cited",
    ),
    Bound(
        "hoffman-wielandt",
        norm_squared(eigenvalues(A) - eigenvalues(B)),
        frobenius_norm(A - B) ** 2,
        title="Hoffman and Wielandt: the eigenvalues in order move by no more than ‖A − B‖_F together",
        source=f"{HORN}, Theorem 6.3.5 and Corollary 6.3.8",
        on={A: symmetric, B: symmetric},
        mark="cited",
    ),
    Bound(
        "schur-product",
        lambda_min(P) * lambda_min(HadamardProduct(Q, Identity(n))),
        lambda_min(HadamardProduct(P, Q)),
        title="Schur: λ_min(P∘Q) ≥ λ_min(P)·min_i Q_ii; min_i Q_ii is the least eigenvalue of the diagonal Q∘I",
        source="Horn and Johnson, Topics in Matrix Analysis, Section 5.3",
        on={P: semidefinite, Q: semidefinite},
        mark="cited",
    ),
    Bound(
        "schur-product-max",
        lambda_max(HadamardProduct(P, Q)),
        lambda_max(P) * lambda_max(HadamardProduct(Q, Identity(n))),
        title="Schur: λ_max(P∘Q) ≤ λ_max(P)·max_i Q_ii",
        source="Horn and Johnson, Topics in Matrix Analysis, Section 5.3",
        on={P: semidefinite, Q: semidefinite},
        mark="cited",
    ),
    Bound(
        "trace-product",
        Trace(P * Q),
        lambda_max(P) * Trace(Q),
        title="tr(PQ) ≤ λ_max(P)·tr Q for semidefinite matrices",
        source="Bhatia, Matrix Analysis, Section IV.2 (duality of trace and operator norm)",
        on={P: semidefinite, Q: semidefinite},
        mark="cited",
    ),
    Bound(
        "trace-product-min",
        lambda_min(P) * Trace(Q),
        Trace(P * Q),
        title="λ_min(P)·tr Q ≤ tr(PQ) for semidefinite matrices",
        source="Bhatia, Matrix Analysis, Section IV.2",
        on={P: semidefinite, Q: semidefinite},
        mark="cited",
    ),
    Bound(
        "trace-eigenvalue",
        n * lambda_min(A),
        Trace(A),
        title="The trace is at least n times the least eigenvalue",
        source=f"{HORN}, Section 1.2 (the trace is the sum of the eigenvalues)",
        on={A: symmetric},
        mark="cited",
    ),
    Equation(
        "symmetric-norm",
        operator_norm(A),
        Max(lambda_max(A), -lambda_min(A)),
        title="The operator norm of a symmetric matrix is its eigenvalue of largest absolute value",
        source=f"{HORN}, Section 5.6",
        on={A: symmetric},
        mark="cited",
    ),
    Equation(
        "gram-norm",
        lambda_max(Transpose(M) * M),
        operator_norm(M) ** 2,
        title="The largest eigenvalue of MᵀM is ‖M‖²",
        source=f"{HORN}, Section 5.6 (the spectral norm)",
        mark="cited",
    ),
    Bound(
        "sigma-perturbation",
        sigma_min(M) - operator_norm(E),
        sigma_min(M + E),
        title="The least singular value falls by no more than the operator norm of the change",
        source=f"{HORN}, Section 7.3, perturbation of singular values (Corollary 7.3.5)",
        mark="cited",
    ),
    Bound(
        "sigma-product",
        sigma_min(square) * sigma_min(other),
        sigma_min(square * other),
        title="Of square matrices: the least singular value of a product is at least the product of the least ones",
        source="Horn and Johnson, Topics in Matrix Analysis, Section 3.3",
        mark="cited",
    ),
    Bound(
        "inverse-perturbation",
        operator_norm(Inverse(square) - Inverse(other)),
        operator_norm(Inverse(square)) * operator_norm(Inverse(other)) * operator_norm(square - other),
        title="Inverses of nearby matrices are near: ‖R⁻¹ − S⁻¹‖ ≤ ‖R⁻¹‖·‖S⁻¹‖·‖R − S‖",
        source=f"{HORN}, Section 5.8 (errors in inverses)",
        where=(sigma_min(square) > 0, sigma_min(other) > 0),
        mark="cited",
    ),
)

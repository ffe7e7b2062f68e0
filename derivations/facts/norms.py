"""Norms of matrices and vectors, and what they say of each other."""

from __future__ import annotations

from sympy import Abs, HadamardProduct, Interval, S, Symbol, Trace, Transpose, oo, sqrt

from derivations.facts.notation import K, M, N, U, V, c, n, r, square, u, v, x, y, z
from derivations.spectra import frobenius_norm, max_norm, norm_p, nuclear_norm, operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.vectors import elementwise, inner, norm, norm_squared, ones

p = Symbol("p", positive=True)
most = Symbol("c", nonnegative=True)
"""What no entry is larger than."""
HORN = "Horn and Johnson, Matrix Analysis, 2nd edition"
STEELE = "Steele, The Cauchy–Schwarz Master Class"

STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "operator-vector",
        norm(M * x),
        operator_norm(M) * norm(x),
        title="‖Mx‖ ≤ ‖M‖·‖x‖",
        source=f"{HORN}, Section 5.6 (induced norms)",
        mark="cited",
    ),
    Bound(
        "operator-submultiplicative",
        operator_norm(M * K),
        operator_norm(M) * operator_norm(K),
        title="The operator norm of a product",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "operator-triangle",
        operator_norm(M + N),
        operator_norm(M) + operator_norm(N),
        title="The triangle inequality of the operator norm",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "frobenius-triangle",
        frobenius_norm(M + N),
        frobenius_norm(M) + frobenius_norm(N),
        title="The triangle inequality of the Frobenius norm",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "operator-frobenius",
        operator_norm(M),
        frobenius_norm(M),
        title="‖M‖ ≤ ‖M‖_F",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "frobenius-rank",
        frobenius_norm(U * V),
        sqrt(r) * operator_norm(U * V),
        title="‖M‖_F ≤ √r·‖M‖ for a matrix M = UV of rank at most r",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "frobenius-product",
        frobenius_norm(M * K),
        operator_norm(M) * frobenius_norm(K),
        title="‖MK‖_F ≤ ‖M‖·‖K‖_F",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "frobenius-nuclear",
        frobenius_norm(M),
        nuclear_norm(M),
        title="‖M‖_F ≤ ‖M‖_⋆",
        source="Bhatia, Matrix Analysis, Section IV.2",
        mark="cited",
    ),
    Bound(
        "trace-duality",
        Trace(Transpose(M) * N),
        nuclear_norm(M) * operator_norm(N),
        title="The nuclear norm is dual to the operator norm",
        source="Bhatia, Matrix Analysis, Section IV.2",
        mark="cited",
    ),
    Bound(
        "trace-frobenius",
        Trace(Transpose(M) * N),
        frobenius_norm(M) * frobenius_norm(N),
        title="Cauchy and Schwarz for matrices",
        source=f"{HORN}, Section 5.1",
        mark="cited",
    ),
    Bound(
        "entry-operator",
        operator_norm(square),
        n * c,
        title="Entries of at most c make an operator norm of at most nc",
        source=f"{HORN}, Section 5.6",
        where=max_norm(square) <= c,
        mark="cited",
    ),
    Bound(
        "entry-frobenius",
        max_norm(M),
        frobenius_norm(M),
        title="No entry is larger than the Frobenius norm",
        source=f"{HORN}, Section 5.6",
        mark="cited",
    ),
    Bound(
        "triangle",
        norm(x + y),
        norm(x) + norm(y),
        title="The triangle inequality",
        source=f"{STEELE}, Chapter 4",
        mark="cited",
    ),
    Bound(
        "reverse-triangle",
        norm(x) - norm(y),
        norm(x - y),
        title="The triangle inequality, reversed",
        source=f"{STEELE}, Chapter 4",
        mark="cited",
    ),
    Bound(
        "cauchy-schwarz",
        inner(x, y),
        norm(x) * norm(y),
        title="Cauchy and Schwarz",
        source=f"{STEELE}, Chapter 1",
        mark="cited",
    ),
    Bound(
        "sum-of-entries",
        inner(x, ones(n)) ** 2,
        n * norm_squared(x),
        title="Cauchy and Schwarz for a sum: (Σ x_i)² ≤ n·‖x‖²",
        source=f"{STEELE}, Chapter 1",
        mark="cited",
    ),
    Bound(
        "hoelder",
        inner(elementwise(Abs, x), elementwise(Abs, y)),
        norm_p(x, p) * norm_p(y, p / (p - 1)),
        title="Hölder's inequality",
        source=f"{STEELE}, Chapter 9",
        on={p: Interval.open(1, oo)},
        sample_on={p: Interval(S(5) / 4, 5)},
        mark="cited",
    ),
    Bound(
        "hoelder-max",
        inner(x, y),
        inner(elementwise(Abs, x), ones(n)) * max_norm(y),
        title="Hölder's inequality for p = 1",
        source=f"{STEELE}, Chapter 9",
        mark="cited",
    ),
    Bound(
        "hadamard-hoelder",
        norm(HadamardProduct(u, v)),
        norm_p(u, 4) * norm_p(v, 4),
        title="‖u∘v‖ ≤ ‖u‖₄·‖v‖₄",
        source=f"{STEELE}, Chapter 1, applied to the squares",
        mark="cited",
    ),
    Bound(
        "hadamard-max",
        norm(HadamardProduct(u, v)),
        most * norm(v),
        title="‖u∘v‖ ≤ c‖v‖ where no entry of u is larger than c",
        source=f"{HORN}, Section 5.6 (the operator norm of a diagonal matrix)",
        where=max_norm(u) <= most,
        mark="cited",
    ),
    Bound(
        "weighted-squares",
        inner(elementwise(lambda a: a**2, u), elementwise(Abs, z)),
        norm_p(u, 4) ** 2 * norm(z),
        title="Σ u_i²·|z_i| ≤ ‖u‖₄²·‖z‖",
        source=f"{STEELE}, Chapter 1, applied to the squares",
        mark="cited",
    ),
    Bound(
        "norm-four",
        norm_p(x, 4),
        norm(x),
        title="‖x‖₄ ≤ ‖x‖",
        source=f"{STEELE}, Chapter 8 (power means)",
        mark="cited",
    ),
    Identity(
        "three-point",
        2 * inner(x - y, z - x),
        norm_squared(z - y) - norm_squared(x - y) - norm_squared(z - x),
        title="The three-point identity",
        source="Beck, First-Order Methods in Optimization, Section 9.2 (for the Euclidean distance)",
        mark="cited",
    ),
    Identity(
        "parallelogram",
        norm_squared(x + y) + norm_squared(x - y),
        2 * norm_squared(x) + 2 * norm_squared(y),
        title="The parallelogram law",
        source=f"{HORN}, Section 5.1",
        mark="cited",
    ),
)

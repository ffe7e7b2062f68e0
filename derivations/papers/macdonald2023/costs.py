"""Section 3 of MacDonald et al. (2023): the costs, and how large their gradients are where they are not yet small.

With the logits u_j = z_j − z_y of the K − 1 other classes and S = Σ e^{u_j}: e^{−c} = 1/(1 + S), and
‖∇c‖² = (S² + Σ e^{2u_j})/(1 + S)².
"""

from __future__ import annotations

from sympy import DiagMatrix, S, Symbol, exp, log

from derivations.domains import RealMatrices
from derivations.statements import Bound, Gradient, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import elementwise, inner, norm_squared, ones, vector

K = Symbol("K", integer=True, positive=True)
"""Number of classes."""
q = Symbol("q", integer=True, positive=True)
"""K − 1, the number of other classes."""
N = Symbol("N", integer=True, positive=True)
n = Symbol("n", integer=True, positive=True)
"""Number of outputs, KN for K outputs and N samples."""
z, e_y, h = vector("z", K), vector("e_y", K), vector("h", K)
u = vector("u", q)
F, Y, G = vector("F", n), vector("Y", n), vector("G", n)
weights = elementwise(exp, u)
total = inner(ones(q), weights)
"""S = Σ e^{u_j}."""
exponentials = elementwise(exp, z)
partition = inner(ones(K), exponentials)
softmax = exponentials / partition
cost = log(partition) - inner(e_y, z)
square = norm_squared(F - Y) / (2 * N)
size = (total**2 + norm_squared(weights)) / (1 + total) ** 2
"""‖∇c‖² of the cross-entropy."""
share = total / (1 + total)
"""1 − e^{−c}, c = log(1 + S)."""
slopes = weights / (1 + total)
"""∂c/∂u_j."""
variance = inner(h, DiagMatrix(exponentials) * h) / partition - inner(exponentials, h) ** 2 / partition**2
"""hᵀ(diag(p) − ppᵀ)h, the variance of h under p."""
c, C = Symbol("c", nonnegative=True), Symbol("C", positive=True)
p = Symbol("p", real=True)


def _lower() -> Derivation:
    return (
        chain((q + 1) / q * share**2)
        .then((total**2 + total**2 / q) / (1 + total) ** 2, "1 + 1/(K − 1) = K/(K − 1)")
        .then(size, "Cauchy and Schwarz: S² ≤ (K − 1) Σ e^{2u_j}", "spread-lower", relation="<=")
    )


def _upper() -> Derivation:
    return (
        chain(size)
        .then((total**2 + total**2) / (1 + total) ** 2, "Σ e^{2u_j} ≤ S²", "spread-upper", relation="<=")
        .then(2 * share**2, "collecting")
    )


def _smooth() -> Derivation:
    fourth = inner(DiagMatrix(exponentials) * h, DiagMatrix(exponentials) * h) / partition**2
    return (
        chain(variance)
        .then(
            2 * (inner(h, DiagMatrix(exponentials) * h) / partition - fourth),
            "Σ_{i≠j} p_i p_j (h_i + h_j)² ≥ 0",
            relation="<=",
        )
        .then(norm_squared(h) / 2, "2p(1 − p) ≤ ½ for every class", "ce-diagonal", relation="<=")
    )


STATEMENTS: tuple[Statement, ...] = (
    Gradient(
        "square-gradient",
        F,
        (F - Y) / N,
        of=square,
        title="The gradient of the square cost",
        source="Section 3",
    ),
    Identity(
        "square-pl",
        norm_squared((F - Y) / N),
        2 / N * square,
        title="The square cost is PL with constant 2/N: ‖∇c‖² = (2/N)(c − inf c)",
        source="Section 3",
        uses=("square-gradient",),
        mark="bookkeeping",
    ),
    Identity(
        "square-smooth",
        norm_squared((F - Y) / N - (G - Y) / N),
        norm_squared(F - G) / N**2,
        title="Its gradient is 1/N-Lipschitz, exactly",
        on={Y: RealMatrices()},
        source="Section 3",
        uses=("square-gradient",),
        mark="bookkeeping",
    ),
    Gradient(
        "ce-gradient",
        z,
        softmax - e_y,
        of=cost,
        title="The gradient of the cross-entropy is p − e_y",
        source="Section 3",
    ),
    Gradient(
        "ce-hessian",
        z,
        DiagMatrix(exponentials) * h / partition - inner(exponentials, h) / partition**2 * exponentials,
        of=inner(h, softmax),
        title="Its Hessian is diag(p) − ppᵀ",
        source="Section 3",
        uses=("ce-gradient",),
    ),
    Bound(
        "spread-lower",
        total**2,
        q * norm_squared(weights),
        sharp_at={u: 0 * u},
        title="S² ≤ (K − 1) Σ e^{2u_j}, sharp where the other classes are equally likely",
        source="Cauchy and Schwarz",
        mark="bookkeeping",
    ),
    Bound(
        "spread-upper",
        norm_squared(weights),
        total**2,
        title="Σ e^{2u_j} ≤ S² for the sum S = Σ e^{u_j}; with one other class the two are the same",
        source="terms of a square",
    ),
    Gradient(
        "ce-others",
        u,
        slopes,
        of=log(1 + total),
        title="The gradient of c = log(1 + S) by the logits of the other classes less that of the label",
        source="derived here",
    ),
    Identity(
        "ce-size",
        norm_squared(slopes) + inner(ones(q), slopes) ** 2,
        size,
        title="‖∇c‖² = Σ(∂c/∂u_j)² + (Σ∂c/∂u_j)²: u_j = z_j − z_y, so that ∂c/∂z_y = −Σ∂c/∂u_j",
        source="derived here",
        uses=("ce-others",),
    ),
    Bound(
        "ce-lower",
        (q + 1) / q * share**2,
        size,
        sharp_at={u: 0 * u},
        title="‖∇c‖² ≥ (K/(K − 1))(1 − e^{−c})² for every number K = q + 1 of classes; 1 − e^{−c} = S/(1 + S)",
        source="Section 3; constant derived here",
        derive=_lower,
        uses=("ce-size",),
    ),
    Bound(
        "ce-upper",
        size,
        2 * share**2,
        title="‖∇c‖² ≤ 2(1 − e^{−c})², approached where one other class is alone",
        source="Section 3; constant derived here",
        derive=_upper,
        uses=("ce-size",),
    ),
    Bound(
        "ce-concave",
        (1 - exp(-C)) * c,
        C * (1 - exp(-c)),
        title="(1 − e^{−C})/C ≤ (1 − e^{−c})/c for c ≤ C: it decreases",
        source="Section 3, form; derived here",
        where=(c <= C,),
    ),
    Bound(
        "ce-diagonal",
        2 * p * (1 - p),
        S.Half,
        sharp_at={p: S.Half},
        title="Twice the diagonal of diag(p) − ppᵀ, the sum of each row's sizes (Gershgorin), is at most ½",
        source="Section 3; derived here",
        on={p: (0, 1)},
        uses=("ce-hessian",),
    ),
    Bound(
        "ce-smooth",
        variance,
        norm_squared(h) / 2,
        title="‖diag(p) − ppᵀ‖ ≤ ½, sharp for two equal classes",
        source="Section 3",
        uses=("ce-diagonal",),
        derive=_smooth,
    ),
)

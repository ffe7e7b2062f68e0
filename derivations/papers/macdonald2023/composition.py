"""Sections 2 and 3 of MacDonald et al. (2023): derivatives of compositions, and the calculus of bounds on them.

The chain rules are derived for three explicit layers of one number each, a weight-normalised, a residual and an
affine one, and measured on networks of vectors; the inequalities are those that `derivations.composition` uses.
"""

from __future__ import annotations

from sympy import Derivative, Expr, Interval, MatrixSymbol, S, Symbol, oo, sin, sqrt, tanh

from derivations.composition import Bounds, Cost, compose, largest_eigenvalue, smoothness
from derivations.quantities import MeasuredQuantity
from derivations.spectra import operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import chain
from derivations.vectors import inner, norm, norm_squared, vector

theta = tuple(Symbol(f"theta_{i}", real=True) for i in (1, 2, 3))
x = Symbol("x", real=True)
y, z = Symbol("y", real=True), Symbol("z", real=True)
eps = Symbol("epsilon", positive=True)


def first(parameter: Expr, data: Expr) -> Expr:
    """f_1: a weight-normalised map and tanh."""
    return tanh(parameter * data / sqrt(eps + parameter**2))


def second(parameter: Expr, data: Expr) -> Expr:
    """f_2: a residual layer."""
    return data + sin(parameter * data) / 2


def third(parameter: Expr, data: Expr) -> Expr:
    """f_3: an affine layer and its square."""
    return parameter * data + (parameter * data) ** 2


LAYERS = (first, second, third)


def values() -> list[Expr]:
    """x_0, x_1, x_2, x_3 of the composition."""
    found: list[Expr] = [x]
    for layer, parameter in zip(LAYERS, theta, strict=True):
        found.append(layer(parameter, found[-1]))
    return found


def partial(layer: int, *by: str) -> Expr:
    """A partial derivative of one layer by its data ("x") or parameter ("t"), at the point it is used."""
    expr = LAYERS[layer](y, z)
    for symbol in by:
        expr = expr.diff(z if symbol == "x" else y)
    return expr.xreplace({y: theta[layer], z: values()[layer]})


def chain_first(index: int) -> Expr:
    """J_3⋯J_{l+1}D_l."""
    found = partial(index, "t")
    for later in range(index + 1, 3):
        found *= partial(later, "x")
    return found


def chain_second(i: int, j: int) -> Expr:
    """∂²F/∂θ_i∂θ_j by the recursion D²x_l[δ, δ′] = J·D²x_{l−1} + f_xx[Dx, Dx] + f_xθ[Dx, δ] + f_θθ[δ, δ′]."""
    first_i, first_j, both = S.Zero, S.Zero, S.Zero
    for layer in range(3):
        here_i, here_j = int(layer == i), int(layer == j)
        J, D = partial(layer, "x"), partial(layer, "t")
        both = (
            J * both
            + partial(layer, "x", "x") * first_i * first_j
            + partial(layer, "x", "t") * (first_i * here_j + first_j * here_i)
            + partial(layer, "t", "t") * here_i * here_j
        )
        first_i, first_j = J * first_i + D * here_i, J * first_j + D * here_j
    return both


p, q = Symbol("p", real=True), Symbol("q", real=True)
"""How much of a unit step is in the parameters of the earlier layers, and in those of the last."""
a, b, c = (Symbol(name, nonnegative=True) for name in "abc")
J, D = Symbol("J", nonnegative=True), Symbol("D", nonnegative=True)
p_n, q_n = Symbol("p_n", nonnegative=True), Symbol("q_n", nonnegative=True)
m_out, m_in, m_par = (Symbol(f"m_{name}", integer=True, positive=True) for name in ("o", "x", "t"))
J_x, D_x = MatrixSymbol("J_x", m_out, m_in), MatrixSymbol("D_t", m_out, m_par)
p_x, q_x = vector("p_x", m_in), vector("q_t", m_par)
"""A layer's derivatives in its data and parameters, and steps in both."""
lam = largest_eigenvalue(a, b, c)
s = Symbol("s", positive=True)
"""λ − a > 0 for b > 0; then c = a + s − b²/s."""

LAYERS_SHOWN = "f_1 = tanh(θx/√(ε + θ²)), f_2 = x + sin(θx)/2, f_3 = θx + (θx)²"

d1, d2, d3 = (Symbol(f"d_{i}", integer=True, positive=True) for i in (1, 2, 3))
"""Numbers of outputs of each of three layers, over all samples."""
n1, n2, n3 = (Symbol(f"n_{i}", integer=True, positive=True) for i in (1, 2, 3))
"""Numbers of parameters."""
v = vector("v", d3)
"""∇c, or any vector of outputs."""
D1, D2, D3 = (MatrixSymbol(f"D_{i}", d, n) for i, (d, n) in enumerate(((d1, n1), (d2, n2), (d3, n3)), start=1))
J2, J3 = MatrixSymbol("J_2", d2, d1), MatrixSymbol("J_3", d3, d2)
delta1, delta2, delta3 = (vector(f"delta_{i}", n) for i, n in enumerate((n1, n2, n3), start=1))
bend1, bend2, bend3 = (vector(f"s_{i}", d) for i, d in enumerate((d1, d2, d3), start=1))
"""s_l = D²f_l[(Dx_{l−1}[δ], δ_l)²], the second derivative of one layer in both arguments along the step."""

first_along = J3 * J2 * D1 * delta1 + J3 * D2 * delta2 + D3 * delta3
"""DF[δ] of three layers."""
second_along = J3 * J2 * bend1 + J3 * bend2 + bend3
"""D²F[δ, δ] of three layers: D²x_l = J_l·D²x_{l−1} + s_l."""


def _bounds(index: str = "") -> Bounds:
    """Six bounds as symbols: on the value, on J and D, and on the second derivatives X, M and T."""
    return Bounds(*(Symbol(name + index, nonnegative=True) for name in ("r", "J", "D", "X", "M", "T")))


before, own, whole = _bounds("_1"), _bounds("_2"), _bounds()
"""What bounds all layers but the last, the last one, and the network."""
slope, curvature = Symbol("c_1", nonnegative=True), Symbol("c_2", nonnegative=True)
"""Bounds on ‖∇c‖ and ‖∇²c‖."""
lipschitz_bound = compose(before, own).D
smoothness_bound = smoothness(whole, Cost("any", lambda size: slope, curvature))

STATEMENTS: tuple[Statement, ...] = (
    *(
        Identity(
            f"chain-first-{i + 1}",
            Derivative(values()[3], theta[i]),
            chain_first(i),
            on=dict.fromkeys(theta, S.Reals),
            title=f"J_3⋯J_{{l+1}}D_l for l = {i + 1} and {LAYERS_SHOWN}",
            source="Section 2",
        )
        for i in range(3)
    ),
    *(
        Identity(
            f"chain-second-{i + 1}{j + 1}",
            Derivative(values()[3], theta[i], theta[j]),
            chain_second(i, j),
            on=dict.fromkeys(theta, S.Reals),
            title=f"The second derivative by θ_{i + 1} and θ_{j + 1} by the recursion, for {LAYERS_SHOWN}",
            source="Section 2",
            uses=(f"chain-first-{i + 1}", f"chain-first-{j + 1}"),
        )
        for i in range(3)
        for j in range(i, 3)
    ),
    Bound(
        "plane",
        J * p_n + D * q_n,
        sqrt(J**2 + D**2) * sqrt(p_n**2 + q_n**2),
        title="Cauchy and Schwarz in the plane, of numbers that are not negative",
        source="Cauchy and Schwarz",
        sharp_at={p_n: J, q_n: D},
        mark="bookkeeping",
    ),
    Bound(
        "compose-first",
        norm(J_x * p_x + D_x * q_x),
        sqrt(operator_norm(J_x) ** 2 + operator_norm(D_x) ** 2) * sqrt(norm_squared(p_x) + norm_squared(q_x)),
        title="‖Jp + Dq‖ ≤ √(‖J‖² + ‖D‖²)·‖(p, q)‖, p and q steps in the earlier and in the layer's own parameters",
        source="Section 2; Cauchy and Schwarz in the plane",
        derive=lambda: (
            chain(norm(J_x * p_x + D_x * q_x))
            .then(norm(J_x * p_x) + norm(D_x * q_x), "the layer's data and its parameters", relation="<=")
            .by("facts.triangle", x=J_x * p_x, y=D_x * q_x)
            .then(operator_norm(J_x) * norm(p_x) + operator_norm(D_x) * norm(q_x), "norms of matrices", relation="<=")
            .by("facts.operator-vector", M=J_x, x=p_x)
            .by("facts.operator-vector", M=D_x, x=q_x)
            .then(
                sqrt(operator_norm(J_x) ** 2 + operator_norm(D_x) ** 2) * sqrt(norm(p_x) ** 2 + norm(q_x) ** 2),
                "Cauchy and Schwarz in the plane",
                relation="<=",
            )
            .by("plane", J=operator_norm(J_x), D=operator_norm(D_x), p_n=norm(p_x), q_n=norm(q_x))
            .then(
                sqrt(operator_norm(J_x) ** 2 + operator_norm(D_x) ** 2) * sqrt(norm_squared(p_x) + norm_squared(q_x)),
                "squares of norms",
            )
        ),
    ),
    Identity(
        "compose-eigenvalue",
        (lam - a) * (lam - c),
        b**2,
        on={a: Interval(0, oo), c: Interval(0, oo)},
        sample_on={a: (0, 100), c: (0, 100)},
        title="λ = (a + c + √((a − c)² + 4b²))/2 solves (λ − a)(λ − c) = b²",
        source="derived here",
    ),
    Bound(
        "compose-second",
        a * p**2 + 2 * b * p * q + (a + s - b**2 / s) * q**2,
        (a + s) * (p**2 + q**2),
        sharp_at={p: b, q: s},
        title="ap² + 2bpq + cq² ≤ λ(p² + q²), λ = a + s the larger eigenvalue and c = λ − b²/s",
        source="derived here",
        uses=("compose-eigenvalue",),
        derive=lambda: (
            chain(a * p**2 + 2 * b * p * q + (a + s - b**2 / s) * q**2)
            .then((a + s) * (p**2 + q**2) - (s * p - b * q) ** 2 / s, "completing the square, c = λ − b²/s")
            .then((a + s) * (p**2 + q**2), "a square", relation="<=")
        ),
    ),
    Identity(
        "chain-vectors",
        MeasuredQuantity("⟨v, DF[δ]⟩ by autograd of the network", r"\langle v, DF[\delta]\rangle"),
        inner(v, first_along),
        title="DF[δ] = J_3J_2D_1δ_1 + J_3D_2δ_2 + D_3δ_3 on networks cut into three, each part's derivatives by itself",
        source="Section 2",
        uses=("chain-first-1",),
    ),
    Identity(
        "chain-vectors-second",
        MeasuredQuantity("⟨v, D²F[δ, δ]⟩ by autograd of the network", r"\langle v, D^2F[\delta,\delta]\rangle"),
        inner(v, second_along),
        title="The second derivative of networks cut into three parts along a direction, from those of the parts",
        source="Section 2",
        uses=("chain-vectors", "chain-second-12"),
    ),
    Bound(
        "lipschitz-holds",
        MeasuredQuantity("largest ‖DF‖ found", r"\|DF\|"),
        lipschitz_bound,
        title="No adversary finds ‖DF‖ above √((J_2D_1)² + D_2²), 1 for all layers but the last, 2 for the last",
        source="Section 3",
        uses=("compose-first",),
    ),
    Bound(
        "smoothness-holds",
        MeasuredQuantity("largest ‖∇²ℓ‖ found", r"\|\nabla^2\ell\|"),
        smoothness_bound,
        title="No adversary finds ‖∇²ℓ‖ above c_2D² + c_1T, with ‖∇c‖ ≤ c_1, ‖∇²c‖ ≤ c_2, ‖DF‖ ≤ D, ‖D²F‖ ≤ T",
        source="Section 3; one-sided: how far the bound lies above what was found stands in the evidence",
        uses=("compose-second", "wn-smooth", "bn-smooth", "ce-smooth", "square-smooth"),
    ),
)

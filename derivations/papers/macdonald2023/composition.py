"""Sections 2 and 3 of MacDonald et al. (2023): derivatives of compositions, and the calculus of bounds on them.

The chain rules are derived for three explicit layers of one number each, a weight-normalised, a residual and an
affine one, and measured on networks of any width; the inequalities are those that `derivations.composition` uses.
"""

from __future__ import annotations

from sympy import Derivative, Expr, S, Symbol, sin, sqrt, tanh

from derivations.composition import largest_eigenvalue
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Identity, Statement
from derivations.steps import chain

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
lam = largest_eigenvalue(a, b, c)
s = Symbol("s", positive=True)
"""λ − a > 0 for b > 0; then c = a + s − b²/s."""

STATEMENTS: tuple[Statement, ...] = (
    *(
        Identity(
            f"chain-first-{i + 1}",
            Derivative(values()[3], theta[i]),
            chain_first(i),
            on=dict.fromkeys(theta, S.Reals),
            title=f"The derivative of three layers by the parameter of layer {i + 1} is J_3⋯J_{{l+1}}D_l",
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
            title=f"The second derivative by the parameters of layers {i + 1} and {j + 1}, by the recursion",
            source="Section 2",
            uses=(f"chain-first-{i + 1}", f"chain-first-{j + 1}"),
        )
        for i in range(3)
        for j in range(i, 3)
    ),
    Bound(
        "compose-first",
        (J * p + D * q) ** 2,
        (J**2 + D**2) * (p**2 + q**2),
        title="‖DF‖² ≤ (J‖Dx_{l−1}‖)² + D²: earlier parameters and the layer's own are orthogonal",
        source="derived here",
        sharp_at={p: J, q: D},
    ),
    Identity(
        "compose-eigenvalue",
        (lam - a) * (lam - c),
        b**2,
        on={a: (0, 100), c: (0, 100)},
        title="λ = (a + c + √((a − c)² + 4b²))/2 solves (λ − a)(λ − c) = b²",
        source="derived here",
    ),
    Bound(
        "compose-second",
        a * p**2 + 2 * b * p * q + (a + s - b**2 / s) * q**2,
        (a + s) * (p**2 + q**2),
        sharp_at={p: b, q: s},
        title="‖D²F‖ is at most the larger eigenvalue λ = a + s of the 2×2 matrix of its parts",
        source="derived here",
        uses=("compose-eigenvalue", "compose-first"),
        derive=lambda: (
            chain(a * p**2 + 2 * b * p * q + (a + s - b**2 / s) * q**2)
            .then((a + s) * (p**2 + q**2) - (s * p - b * q) ** 2 / s, "completing the square, c = λ − b²/s")
            .then((a + s) * (p**2 + q**2), "a square", relation="<=")
        ),
    ),
    Identity(
        "chain-vectors",
        MeasuredQuantity("DF[δ] by autograd", r"DF[\delta]"),
        MeasuredQuantity("Σ J_L⋯J_{l+1}D_l[δ_l]", r"\sum_l J_L\cdots J_{l+1}D_l[\delta_l]"),
        title="The chain rule on networks of vectors: normalised, residual and entrywise layers",
        source="Section 2",
        uses=("chain-first-1",),
    ),
    Identity(
        "chain-vectors-second",
        MeasuredQuantity("D²F[δ, δ] by autograd", r"D^2F[\delta,\delta]"),
        MeasuredQuantity("the recursion over layers", r"D^2x_L[\delta,\delta]"),
        title="The second-order recursion on networks of vectors",
        source="Section 2",
        uses=("chain-second-12",),
    ),
    Bound(
        "lipschitz-holds",
        MeasuredQuantity("largest ‖DF‖ found", r"\|DF\|"),
        MeasuredQuantity("the calculus' bound", r"D"),
        title="The Lipschitz constant by the calculus is never below what an adversary finds",
        source="Section 3",
        uses=("compose-first",),
    ),
    Bound(
        "smoothness-holds",
        MeasuredQuantity("largest ‖∇²ℓ‖ found", r"\|\nabla^2\ell\|"),
        MeasuredQuantity("the calculus' bound", r"\beta"),
        title="The smoothness constant by the calculus is never below the Hessian that an adversary finds",
        source="Section 3",
        uses=("compose-second", "wn-smooth", "bn-smooth", "ce-smooth", "square-smooth"),
    ),
)

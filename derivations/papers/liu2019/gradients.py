"""The gradients of Liu et al. (2019) in a, in the angle, in v and in w, and that they commute with E."""

from __future__ import annotations

from sympy import HadamardProduct, cos, pi, sin, sqrt
from sympy import Identity as IdentityMatrix

from derivations.gaussian import Expectation, relu, step
from derivations.papers.liu2019.loss import LOSS, student, teacher
from derivations.papers.liu2019.notation import (
    J,
    M,
    Z,
    a,
    a_star,
    aligned,
    eye,
    filters,
    g,
    half_turn,
    k,
    p,
    phi,
    plane_or_more,
    v,
    v_star,
    w,
)
from derivations.statements import Gradient, Identity, Statement
from derivations.vectors import angle_between, elementwise, inner, norm, ones, vector

GRADIENT_A = (M * a - (J + (g - 1) * eye) * a_star) / (2 * pi)
"""∇_a L."""
GRADIENT_PHI = (pi - phi) * sin(phi) / (2 * pi) * aligned
"""∂L/∂φ."""
GRADIENT_V = -(pi - phi) / (2 * pi) * aligned * (IdentityMatrix(p) - v * v.T) * v_star
"""∇_v L on the sphere, which is ∇_w L where ‖𝟏/√p + w‖ = 1."""

shortcut = ones(p) / sqrt(p)
unnormalised = shortcut + w
student_angle = angle_between(unnormalised, v_star)
GRADIENT_W = (
    -(pi - student_angle)
    / (2 * pi * norm(unnormalised))
    * aligned
    * (IdentityMatrix(p) - unnormalised * unnormalised.T / inner(unnormalised, unnormalised))
    * v_star
)
"""∇_w L of the residual network at any w ≠ −𝟏/√p."""

b = vector("b", k)
U, W = vector("U", k), vector("W", k)
"""U = Zv and W = Ze for a unit vector e orthogonal to v, in the plane of v and v*: Zv* = cos φ U + sin φ W."""

residual = inner(a, elementwise(relu, U)) - inner(a_star, elementwise(relu, cos(phi) * U + sin(phi) * W))
turning = inner(a, HadamardProduct(elementwise(step, U), W))

STATEMENTS: tuple[Statement, ...] = (
    Gradient(
        "gradient-a",
        a,
        GRADIENT_A,
        of=LOSS,
        title="The gradient in a",
        source="Section 2, gradient in a",
        on=half_turn,
        uses=("loss",),
    ),
    Gradient(
        "gradient-phi",
        phi,
        GRADIENT_PHI,
        of=LOSS,
        title="The derivative in the angle",
        source="derived here",
        on=half_turn,
        uses=("loss", "g-derivative"),
    ),
    Gradient(
        "gradient-v",
        v,
        GRADIENT_V,
        of=LOSS.subs(phi, angle_between(v, v_star)),
        title="The gradient in v, tangent to the sphere",
        source="Section 2, gradient in w",
        on=filters | plane_or_more,
        where=(phi > 0, phi < pi),
        uses=("loss", "gradient-phi"),
    ),
    Gradient(
        "gradient-w",
        w,
        GRADIENT_W,
        of=LOSS.subs(phi, student_angle),
        title="The gradient in w of the residual network",
        source="Section 2, gradient in w",
        on={v_star: filters[v_star]} | plane_or_more,
        where=inner(unnormalised, v_star) ** 2 < inner(unnormalised, unnormalised),
        uses=("loss", "gradient-v"),
    ),
    Identity(
        "expectation-gradient-a",
        Expectation((student - teacher) * inner(b, elementwise(relu, Z * v)), Z),
        inner(b, GRADIENT_A),
        title="Expectation and gradient in a commute",
        source="derived here",
        on=filters,
        uses=("gradient-a", "kernel"),
        assumes=("gaussian-patches", "unit-filters"),
    ),
    Identity(
        "expectation-gradient-v",
        Expectation(residual * turning, (U, W)),
        -(pi - phi) * sin(phi) / (2 * pi) * aligned,
        title="Expectation and gradient in v commute, although ReLU has a kink",
        source="derived here: the derivative of the sampled loss along e ⊥ v, averaged",
        on=half_turn,
        uses=("gradient-v", "kernel-across"),
        assumes=("gaussian-patches", "unit-filters"),
    ),
)

"""Two layers, f(x) = m^(−1/2) Σ_j a_j σ(w_j·x), for any smooth σ: K², K³, parity, and the mean of one neuron."""

from __future__ import annotations

from typing import Any

from sympy import HadamardProduct, Rational, Symbol, tanh

from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.gaussian import Expectation
from derivations.papers.li2020nth.notation import W, a, along, m, two_layers, x_a, x_b, x_c
from derivations.statements import Constant, Identity, Statement
from derivations.vectors import elementwise, inner

WEIGHTS = (a, W)
K2 = along(two_layers(x_a), two_layers(x_b), WEIGHTS)
K3 = along(K2, two_layers(x_c), WEIGHTS)
"""K² and K³ by their definition."""


def _units(function: Any) -> tuple[Any, Any, Any]:
    """The values of a function at the pre-activations of the three inputs."""
    first, second, third = (elementwise(function, W * x) for x in (x_a, x_b, x_c))
    return first, second, third


s_a, s_b, s_c = _units(sigma)
d_a, d_b, d_c = _units(dsigma)
dd_a, dd_b, _ = _units(ddsigma)
ab, ac, bc = inner(x_a, x_b), inner(x_a, x_c), inner(x_b, x_c)

CUBIC = ac * inner(HadamardProduct(a, a, a, dd_a), HadamardProduct(d_b, d_c)) + bc * inner(
    HadamardProduct(a, a, a, d_a), HadamardProduct(dd_b, d_c)
)
"""What is cubic in the output weights, but for x_a·x_b."""
FIRST = ac * inner(HadamardProduct(a, d_a), HadamardProduct(s_b, d_c)) + bc * inner(
    HadamardProduct(a, s_a), HadamardProduct(d_b, d_c)
)
OF_NEURONS = m ** Rational(-3, 2) * (
    ab * CUBIC + 2 * ab * inner(HadamardProduct(a, d_a), HadamardProduct(d_b, s_c)) + FIRST
)
"""K³ as a sum over neurons."""

u = Symbol("u", real=True)
"""w·x of one neuron at one input of norm one."""
alpha = Symbol("alpha", real=True)
"""Its output weight."""


def neuron(output_weight: Any, value: Any, slope: Any, curvature: Any) -> Any:
    """m^(3/2) K³(x, x; x) of one neuron, ‖x‖ = 1."""
    return 2 * output_weight**3 * curvature * slope**2 + 4 * output_weight * slope**2 * value


slope_tanh = 1 - tanh(u) ** 2

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "two-layer-k2",
        K2,
        (inner(s_a, s_b) + ab * inner(HadamardProduct(a, a, d_a), d_b)) / m,
        title="K² of two layers, for any smooth σ, every width and every input",
        source="derived here",
    ),
    Identity(
        "two-layer-k3",
        K3,
        OF_NEURONS,
        title="K³ of two layers is m^(−3/2) times a sum over neurons",
        source="derived here",
        uses=("two-layer-k2",),
    ),
    Identity(
        "parity-even",
        K2.xreplace({a: -a}),
        K2,
        title="K² does not see the sign of the output weights",
        source="derived here: K^r(−a) = (−1)^r K^r(a)",
        uses=("two-layer-k2",),
    ),
    Identity(
        "parity-odd",
        OF_NEURONS.xreplace({a: -a}),
        -OF_NEURONS,
        title="K³ changes its sign with them, so that its mean is 0 at every start that does not know a from −a",
        source="derived here",
        uses=("two-layer-k3",),
    ),
    Identity(
        "neuron-mean",
        Expectation(neuron(alpha, tanh(u), slope_tanh, -2 * tanh(u) * slope_tanh), (alpha, u)),
        0,
        title="tanh: the mean of a neuron's part of K³ is 0 at a Gaussian start",
        source="derived here",
        uses=("two-layer-k3", "parity-odd"),
        assumes=("symmetric-start",),
    ),
    Constant(
        "one-sided",
        Expectation(neuron(1, softplus(u), sigmoid(u), sigmoid(u) * (1 - sigmoid(u))), u),
        enclosure=(Rational("1.5026170299"), Rational("1.5026170300")),
        title="softplus with all output weights 1: a neuron's part of K³ has a positive mean, and E K³ = C·m^(−1/2)",
        source="derived here: where the start is not symmetric, the printed order m^(−1/2) is the right one",
        uses=("two-layer-k3",),
    ),
)

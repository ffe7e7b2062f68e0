"""Section 2 of Liu et al. (2019): moments of ReLU under Gaussians, the kernel, and g."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Derivative, Interval, Matrix, Rational, Symbol, cos, gamma, pi, sin, sqrt, symbols

from derivations.gaussian import Expectation, correlated, relu, step
from derivations.integrals.integration import half_line_steps, polar_steps
from derivations.papers.liu2019.notation import g, half_turn, phi
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.steps import Derivation, Step, chain

u, x = symbols("u x", real=True)
y = Symbol("y", real=True)
n = Symbol("n", integer=True, positive=True)

PAIR = "(u, x) standard Gaussians at angle φ: u = z·v, x = z·v*"


def _polar(expectation: Expectation) -> Callable[[], Derivation]:
    return lambda: Derivation(expectation, tuple(Step(e, why) for e, why in polar_steps(expectation)))


def _half_line(expectation: Expectation) -> Callable[[], Derivation]:
    return lambda: Derivation(expectation, tuple(Step(e, why) for e, why in half_line_steps(expectation)))


mean = Expectation(relu(u), u)
second = Expectation(relu(u) ** 2, u)
power = Expectation(relu(u) ** n, u)
steps_kernel = Expectation(step(u) * step(x), (u, x), correlated(phi))
kernel = Expectation(relu(u) * relu(x), (u, x), correlated(phi))
along_itself = Expectation(relu(u) * relu(u), u)
at_right_angles = Expectation(relu(u) * relu(y), (u, y))
opposite = Expectation(relu(u) * relu(-u), u)
squares = Expectation(relu(u) ** 2 * relu(x) ** 2, (u, x), correlated(phi))
across = Expectation(step(u) * relu(cos(phi) * u + sin(phi) * y) * y, (u, y))
along = Expectation(step(u) * relu(cos(phi) * u + sin(phi) * y) * u, (u, y))

STATEMENTS: tuple[Statement, ...] = (
    Constant(
        "relu-mean",
        mean,
        1 / sqrt(2 * pi),
        title="The mean of ReLU",
        source="Section 2; standard",
        derive=_half_line(mean),
    ),
    Constant(
        "relu-second-moment",
        second,
        Rational(1, 2),
        title="The second moment of ReLU",
        source="Section 2; standard",
        derive=_half_line(second),
    ),
    Identity(
        "relu-powers",
        power,
        2 ** (n / 2 - 1) * gamma((n + 1) / 2) / sqrt(pi),
        title="Every moment of ReLU",
        source="derived here",
        derive=_half_line(power),
    ),
    Identity(
        "step-kernel",
        steps_kernel,
        (pi - phi) / (2 * pi),
        title="The chance that both pre-activations are positive",
        source="derived here (arc-cosine kernel of degree 0)",
        on=half_turn,
        derive=_polar(steps_kernel),
    ),
    Identity(
        "kernel",
        kernel,
        g / (2 * pi),
        title="The ReLU kernel",
        source="Section 2, the function g",
        on=half_turn,
        derive=_polar(kernel),
    ),
    Identity(
        "kernel-squares",
        squares,
        ((pi - phi) * (1 + 2 * cos(phi) ** 2) + 3 * sin(phi) * cos(phi)) / (2 * pi),
        title="The kernel of squared ReLU",
        source="derived here (arc-cosine kernel of degree 2)",
        on=half_turn,
        derive=_polar(squares),
    ),
    Identity(
        "kernel-along",
        along,
        g / (2 * pi),
        title="The gradient of the kernel, along v",
        source="derived here",
        on=half_turn,
    ),
    Identity(
        "kernel-across",
        across,
        (pi - phi) * sin(phi) / (2 * pi),
        title="The gradient of the kernel, across v",
        source="derived here",
        on=half_turn,
    ),
    Identity(
        "g-derivative",
        Derivative(g, phi),
        -(pi - phi) * sin(phi),
        title="The derivative of g",
        source="Section 2",
        on=half_turn,
    ),
    Identity(
        "g-second-derivative",
        Derivative(g, (phi, 2)),
        sin(phi) - (pi - phi) * cos(phi),
        title="The second derivative of g",
        source="derived here",
        on=half_turn,
    ),
    Identity(
        "g-values",
        2 * pi * Matrix([along_itself, at_right_angles, opposite]),
        Matrix([pi, 1, 0]),
        title="g, 2π times the kernel, at 0, π/2 and π",
        source="Section 2",
    ),
    Bound(
        "g-decreasing",
        Derivative(g, phi),
        0,
        title="g decreases",
        source="Section 2",
        on={phi: Interval(0, pi)},
        derive=lambda: (
            chain(Derivative(g, phi))
            .then(-(pi - phi) * sin(phi), "the derivative of g", "g-derivative")
            .then(0, "π − φ and sin φ are nonnegative on [0, π]", relation="<=")
        ),
    ),
)

"""The linear net f = m^(−1/2) aᵀw, whose hierarchy closes, and what its truncations get wrong."""

from __future__ import annotations

from typing import Any

from sympy import Derivative, Limit, Symbol, cosh, oo, sinh, sqrt

from derivations.domains import RealMatrices
from derivations.gaussian import Expectation
from derivations.papers.li2020nth.notation import LINEAR, a, along, eta, k, m, w
from derivations.statements import Bound, Identity, Statement

f = Symbol("f", real=True)
"""The output, as a number."""
f_0 = Symbol("f_0", real=True)
"""The output at the start."""
k_0 = Symbol("k_0", positive=True)
"""K² at the start."""
target = Symbol("y", real=True)
"""The label."""
p, q = Symbol("p", real=True), Symbol("q", real=True)
"""Any two numbers."""
s = Symbol("s", real=True)
"""The time of the flow of f itself: s = −∫ r dt, in which f′ = k and k′ = (4/m)f."""
rho = Symbol("rho", nonnegative=True)
"""k_∞/k_0."""

FINAL = sqrt(k_0**2 + 4 * (target**2 - f_0**2) / m)
"""k_∞, what K² is when f has reached y."""
DRIFT = 2 * (target**2 - f_0**2) / (m * k_0)
"""k_∞ − k_0 to first order in 1/m."""
THIRD = sqrt(k_0**2 + 8 * f_0 * (target - f_0) / m)
"""k_∞ if K³ = (4/m)f_0 is kept frozen."""
reachable = k_0**2 + 4 * (target**2 - f_0**2) / m >= 0
"""Holds at every start, by linear-invariant-positive."""
omega = 2 / sqrt(m)
OUTPUT = f_0 * cosh(omega * s) + k_0 / omega * sinh(omega * s)
"""f along its own flow."""


def D(field: Any) -> Any:
    """⟨∇field, ∇f⟩."""
    return along(field, LINEAR, (a, w))


STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "linear-k2",
        D(LINEAR),
        k,
        title="K² of the linear net is (‖a‖² + ‖w‖²)/m",
        source="derived here",
    ),
    Identity(
        "linear-k3",
        D(D(LINEAR)),
        4 / m * LINEAR,
        title="K³ = (4/m)f",
        source="derived here",
        uses=("linear-k2",),
    ),
    Identity(
        "linear-closed",
        D(D(p * LINEAR + q * k)),
        4 / m * (p * LINEAR + q * k),
        title="K^{r+2} = (4/m)K^r for every r ≥ 2: two steps multiply all that f and K² span by 4/m",
        source="derived here",
        uses=("linear-k2", "linear-k3"),
    ),
    Identity(
        "linear-invariant",
        D(k**2 - 4 / m * LINEAR**2),
        0,
        title="Training conserves (K²)² − (4/m)f², whatever the loss",
        source="derived here",
        on={a: RealMatrices(), w: RealMatrices()},
        uses=("linear-k3",),
    ),
    Bound(
        "linear-invariant-positive",
        4 * LINEAR**2 / m,
        k**2,
        title="and what it conserves is not negative",
        source="derived here; Cauchy–Schwarz",
        sharp_at={a: w},
    ),
    Identity(
        "linear-final",
        Derivative(sqrt(k_0**2 + 4 * (f**2 - f_0**2) / m), f),
        4 * f / m / sqrt(k_0**2 + 4 * (f**2 - f_0**2) / m),
        title="K² as a function of the output: dK²/df = (4/m)f/K², so that it ends at √(k_0² + 4(y² − f_0²)/m)",
        source="derived here",
        where=k_0**2 + 4 * (f**2 - f_0**2) / m > 0,
        uses=("linear-invariant",),
    ),
    Bound(
        "linear-drift-upper",
        FINAL - k_0,
        DRIFT,
        title="Over the whole training K² of the linear net moves by at most 2(y² − f_0²)/(mk_0)",
        source="derived here",
        where=reachable,
        sharp_at={target: f_0},
        uses=("linear-final",),
    ),
    Bound(
        "linear-drift-lower",
        (rho**2 - 1) / 2 - (rho**2 - 1) ** 2 / 2,
        rho - 1,
        title="and by that up to 8(y² − f_0²)²/(m²k_0³): ρ − 1 ≥ x/2 − x²/2 for ρ = k_∞/k_0, "
        "x = ρ² − 1 = 4(y² − f_0²)/(mk_0²)",
        source="derived here, with an explicit constant",
        sharp_at={rho: 1},
        uses=("linear-final",),
    ),
    Identity(
        "linear-step",
        k.xreplace({a: a - eta * p * w / sqrt(m), w: w - eta * p * a / sqrt(m)}),
        k - 4 * eta * p * LINEAR / m + eta**2 * p**2 * k / m,
        title="A step of gradient descent with the residual p changes K² by −ηK³p + η²p²K²/m, exactly",
        source="derived here: what descent adds to the flow is of order η²",
        uses=("linear-k2", "linear-k3"),
    ),
    Identity(
        "linear-step-output",
        LINEAR.xreplace({a: a - eta * p * w / sqrt(m), w: w - eta * p * a / sqrt(m)}),
        LINEAR - eta * p * k + eta**2 * p**2 * LINEAR / m,
        title="and the output by −ηK²p + η²p²K³/4",
        source="derived here",
        uses=("linear-k2", "linear-k3", "descent-step"),
    ),
    Identity(
        "linear-k3-square",
        Expectation(16 * LINEAR**2 / m**2, (a, w)),
        16 / m**2,
        title="E (K³)² = 16/m², exactly for every width: K³ is of order 1/m, not m^(−1/2)",
        source="derived here",
        uses=("linear-k3",),
    ),
    Identity(
        "linear-k4-mean",
        Expectation(4 / m * k, (a, w)),
        8 / m,
        title="E K⁴ = 8/m: an even level gains its order from 1/m alone, and has no mean zero",
        source="derived here",
        uses=("linear-closed",),
    ),
    Identity(
        "linear-k2-variance",
        Expectation((k - 2) ** 2, (a, w)),
        4 / m,
        title="K² is 2 up to a fluctuation with the variance 4/m",
        source="derived here",
        uses=("linear-k2",),
    ),
    Identity(
        "linear-solution",
        Derivative(OUTPUT, (s, 2)),
        4 / m * OUTPUT,
        title="In the time s = −∫ r dt the output is f_0 cosh 2s/√m + ½√m k_0 sinh 2s/√m; "
        "freezing K^p keeps its Taylor polynomial of degree p − 1",
        source="derived here",
        uses=("linear-closed",),
    ),
    Identity(
        "truncation-2",
        Limit(m * (FINAL - k_0), m, oo),
        2 * (target**2 - f_0**2) / k_0,
        title="K² frozen: K² is wrong by 2(y² − f_0²)/k_0 · 1/m at the end",
        source="derived here",
        uses=("linear-final",),
    ),
    Identity(
        "truncation-3-exact",
        FINAL**2 - THIRD**2,
        4 * (target - f_0) ** 2 / m,
        title="K³ frozen: (K²)² is wrong by 4(y − f_0)²/m at the end, exactly",
        source="derived here",
        uses=("linear-final", "linear-k3"),
    ),
    Identity(
        "truncation-3",
        Limit(m * (FINAL - THIRD), m, oo),
        2 * (target - f_0) ** 2 / k_0,
        title="so that freezing K³ in the place of K² gains a constant, and no order in m",
        source="derived here; the bound of Huang and Yau is for even levels",
        uses=("truncation-3-exact", "truncation-2"),
    ),
    Identity(
        "truncation-4",
        Limit(m**2 * (Derivative(OUTPUT, s).doit() - k_0 - 4 * f_0 * s / m - 2 * k_0 * s**2 / m), m, oo),
        8 * f_0 * s**3 / 3 + 2 * k_0 * s**4 / 3,
        title="K⁴ frozen: K² is wrong by (8f_0s³/3 + 2k_0s⁴/3)/m² at every time s, one order less",
        source="derived here; the order of Theorem 2.6 of Huang and Yau as reported",
        uses=("linear-solution",),
    ),
)

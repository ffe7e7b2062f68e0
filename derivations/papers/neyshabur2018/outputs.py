"""Several outputs, the margin, and what a bound on generalisation costs (Neyshabur et al. 2018), constants explicit."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Interval, Max, Min, Rational, Symbol, exp, log, sqrt

from derivations.gaussian import step as jump
from derivations.papers.neyshabur2018.notation import F, Z, beta
from derivations.statements import Bound, Identity, Statement

gamma, t, s = Symbol("gamma", positive=True), Symbol("t", real=True), Symbol("s", real=True)
"""The margin that is asked for, and margins."""
f_y, f_k, g_y, g_k, M_f, M_g = (Symbol(name, real=True) for name in ("f_y", "f_k", "g_y", "g_k", "M_f", "M_g"))
"""Outputs of the own class and of class k, the largest other one of g, and largest other outputs."""
D = Symbol("Delta", nonnegative=True)
"""‖f − g‖₂ over all outputs."""
c = Symbol("c", positive=True)
"""Number of outputs."""
m, delta = Symbol("m", positive=True), Symbol("delta", positive=True)
doubt, grid = Symbol("D", nonnegative=True), Symbol("G", nonnegative=True)
"""ln(2/δ), and h ln κ for κ values of α_jβ_j on a grid for each of h units."""
linear, absolute, start, zeta = (Symbol(name, nonnegative=True) for name in ("S", "D_a", "A_0", "E_zeta"))
"""E sup of the linear part, of the absolute part after the signs ε_k, E‖A(u⁰)‖, and E‖Σζ_ix_i‖ with ζ_i = Σ_kσ_ik."""
whole = Symbol("Q_c", nonnegative=True)
a, b = Symbol("a", real=True), Symbol("b", real=True)
"""Two of the outputs' sums."""
LINEAR = Rational(1, 2) + sqrt(2)
deviation = sqrt(log(2 / delta) / (2 * m))
risk, seen, complexity, estimate = (Symbol(name, real=True) for name in ("L_0", "L_gamma", "R", "R_S"))


def ramp(z: Any) -> Any:
    """1 at margin 0, 0 at margin γ."""
    return Max(0, Min(1, 1 - z / gamma))


STATEMENTS: tuple[Statement, ...] = (
    Bound(
        "two-signs",
        sqrt(a**2 + b**2),
        sqrt(2) * (Abs(a + b) + Abs(a - b)) / 2,
        title="‖b‖₂ ≤ √2·E_ε|Σε_kb_k|, here for two outputs: what turns a length into one sum with more signs",
        source="derived here, `khintchine-from-gap` in one dimension",
        sharp_at={a: 1, b: 1},
        uses=("khintchine-from-gap",),
    ),
    Bound(
        "several-outputs",
        whole,
        LINEAR * sqrt(c) * beta * F + sqrt(c) * Z,
        title="c outputs: E sup_u‖A(u)‖₂ ≤ (½ + √2)√c·β‖X‖_F + √c‖[u⁰X]₊‖",
        source="derived here: ½ from the linear part, √2·½·2 from the absolute one, both with weights of variance c",
        where=(
            whole <= start + linear / 2 + sqrt(2) * absolute / 2,
            linear <= beta * sqrt(c) * F,
            absolute <= 2 * beta * zeta,
            zeta <= sqrt(c) * F,
            start <= sqrt(c) * Z,
        ),
        uses=("separation-outputs", "split", "two-signs", "contraction-step", "dual-norm"),
    ),
    Bound(
        "margin",
        (f_y - M_f) - (g_y - M_g),
        sqrt(2) * D,
        title="The margin is √2-Lipschitz in ℓ₂: k is the largest other output of g, the rest adds to ‖f − g‖ only",
        source="derived here; attained where two outputs move oppositely, so it is not 1",
        where=(f_k <= M_f, g_k >= M_g, (f_y - g_y) ** 2 + (f_k - g_k) ** 2 <= D**2),
    ),
    Bound(
        "ramp",
        Abs(ramp(s) - ramp(t)),
        Abs(s - t) / gamma,
        title="The ramp is 1/γ-Lipschitz in the margin, hence √2/γ-Lipschitz in the outputs",
        source="derived here",
        sharp_at={s: gamma, t: 0},
        uses=("margin",),
    ),
    Bound(
        "ramp-above",
        1 - jump(t),
        ramp(t),
        title="It lies above the error,",
        source="derived here",
        sharp_at={t: 0},
        mark="bookkeeping",
    ),
    Bound(
        "ramp-below",
        ramp(t),
        jump(gamma - t),
        title="and below the share of margins under γ",
        source="derived here",
        sharp_at={t: -1},
        mark="bookkeeping",
    ),
    Bound(
        "margin-complexity",
        sqrt(2) * sqrt(2) / gamma * whole,
        2 * sqrt(c) / gamma * (LINEAR * beta * F + Z),
        title="One unit of the class: R_S(ℓ_γ∘F)·m ≤ (2√c/γ)α((½ + √2)β‖X‖_F + ‖[u⁰X]₊‖), summed over the units",
        source="derived here, vector contraction with √2 (Maurer 2016); printed constant not confirmed",
        where=whole <= LINEAR * sqrt(c) * beta * F + sqrt(c) * Z,
        uses=("several-outputs", "ramp", "separation-outputs"),
        sharp_at={whole: LINEAR * sqrt(c) * beta * F + sqrt(c) * Z},
        mark="bookkeeping",
    ),
    Bound(
        "against-printed",
        2 * sqrt(c) * LINEAR,
        2 * sqrt(2 * c) + 2,
        title="The derived constant 2√c(½ + √2) is at most the recalled 2√(2c) + 2 for up to four outputs, not beyond",
        source="derived here; the printed form is recalled, not confirmed",
        on={c: Interval.Lopen(0, 4)},
        sharp_at={c: 4},
        uses=("margin-complexity",),
    ),
    Identity(
        "confidence",
        exp(-2 * m * deviation**2),
        delta / 2,
        title="McDiarmid: a mean of m numbers in [0, 1] exceeds its expectation by √(ln(2/δ)/(2m)) with chance δ/2",
        source="McDiarmid 1989, of bounded differences; this value derived here",
        on={delta: Interval.open(0, 1)},
        uses=("facts.hoeffding",),
        mark="bookkeeping",
    ),
    Bound(
        "generalisation",
        risk,
        seen + 2 * estimate + 3 * deviation,
        title="L₀ ≤ L̂_γ + 2R_S(ℓ_γ∘F) + 3√(ln(2/δ)/(2m)): one deviation of the losses, one of R_S, which counts twice",
        source="recalled (Mohri, Rostamizadeh, Talwalkar, Theorem 3.3); for α and β fixed before the sample",
        on={delta: Interval.open(0, 1)},
        where=(risk <= seen + 2 * complexity + deviation, complexity <= estimate + deviation),
        uses=("confidence", "margin-complexity", "ramp-above", "ramp-below", "facts.symmetrisation"),
        mark="bookkeeping",
    ),
    Bound(
        "counting",
        sqrt((doubt + grid) / (2 * m)),
        sqrt(doubt / (2 * m)) + sqrt(grid / (2 * m)),
        title="All α, β on a grid of κ values a unit: √(h ln κ/(2m)) more, which grows with the width",
        source="derived here, by the union over κ^h classes, D = ln(2/δ) and G = h ln κ; after √(h/m), recalled",
        uses=("generalisation",),
    ),
)

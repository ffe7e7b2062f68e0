"""Forward stability: the one-step moment, its sandwich on the half-line, and growth over L blocks."""

from __future__ import annotations

from sympy import Derivative, Expr, Interval, Rational, S, Symbol, log, oo

from derivations.domains import NonnegativeVectors
from derivations.extrema import infimum, supremum
from derivations.gaussian import Expectation, relu
from derivations.integrals.truncated import normal_cdf, normal_pdf, shifted_steps
from derivations.papers.zhang2019.notation import L, M, W, branch, deviation, g, h, h_i, m, m_u, phi, s, tau, u
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Constant, Identity, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import elementwise, inner, norm_squared, ones

moment = Expectation(relu(h_i + tau * s * g) ** 2, g)
n_h = norm_squared(h)
one = ones(m)
after = Expectation(norm_squared(phi(h + branch)), W)
"""E‖φ(h + τWh)‖² over the block's weights."""

c = Symbol("c", positive=True)
y = Symbol("y", nonnegative=True)
a0, a_l, a_next = Symbol("a_0", positive=True), Symbol("a_l", positive=True), Symbol("a_{l+1}", positive=True)
l = Symbol("l", integer=True, nonnegative=True)  # noqa: E741
r = Symbol("r", positive=True)
"""L^{1/10}."""

GROWTH = MeasuredQuantity("E‖h_L‖²/‖h_0‖²", r"\mathbb{E}\|h_L\|^2/\|h_0\|^2")
least, most = 1 + tau**2 / 2, 1 + tau**2
"""What one block multiplies E‖h‖² by: at least, and at most."""


def converse_growth(exponent: Expr) -> Expr:
    """1 + ½L^{2c}, the growth at τ = L^{−1/2+c} that the converse theorem gives."""
    return 1 + L ** (2 * exponent) / 2


def converse_exponent(exponent: Expr) -> Expr:
    """½L^{2c} − L^{4c−1}/8, below the logarithm of that growth."""
    return L ** (2 * exponent) / 2 - L ** (4 * exponent - 1) / 8


def _summed(entry: Expr) -> Expr:
    """Σ_i of a function of the entries of h."""
    return inner(one, elementwise(lambda e: entry.xreplace({h_i: e, s: deviation}), h))


def _moment() -> Derivation:
    derivation = chain(moment)
    for expr, reason in shifted_steps(moment.integrand, g, S.One):
        derivation = derivation.then(expr, reason)
    return derivation.then(M(h_i, s), "collecting Φ and p")


def _layer_lower() -> Derivation:
    return (
        chain(least * n_h)
        .then(_summed(h_i**2 + tau**2 * s**2 / 2), "s² = ‖h‖²/m, summed over m entries")
        .then(_summed(M(h_i, s)), "the sandwich, entry by entry", "moment-lower", relation="<=")
        .then(after, "the moment of a layer", "layer-moment")
    )


def _layer_upper() -> Derivation:
    return (
        chain(after)
        .then(_summed(M(h_i, s)), "the moment of a layer", "layer-moment")
        .then(_summed(h_i**2 + tau**2 * s**2), "the sandwich, entry by entry", "moment-upper", relation="<=")
        .then(most * n_h, "s² = ‖h‖²/m, summed over m entries")
    )


def _converse() -> Derivation:
    step = L ** (2 * c - 1) / 2
    return (
        chain(converse_growth(c))
        .then(1 + L * step, "L·L^{2c−1} = L^{2c}")
        .then((1 + step) ** L, "Bernoulli", "bernoulli", relation="<=")
    )


def _unstable() -> Derivation:
    small = r**-9 / 2
    return (
        chain(1 / r**10)
        .then(small / (1 + small), "r/2 ≥ 1 + r^{−9}/2 for r ≥ 15/7", relation="<=")
        .then(log(1 + small), "y/(1 + y) ≤ log(1 + y)", relation="<=")
    )


half_line = {h_i: Interval(0, oo)}

STATEMENTS: tuple[Statement, ...] = (
    Identity(
        "moment",
        moment,
        M(h_i, s),
        title="The second moment of an entry after one block",
        source="Section 3, proof of the forward stability; derived here",
        derive=_moment,
    ),
    Identity(
        "moment-scaled",
        M(h_i, s),
        tau**2 * s**2 * m_u.xreplace({u: h_i / (tau * s)}),
        title="M depends on u = h/(τs) alone, in units of τ²s²",
        source="derived here",
        mark="bookkeeping",
    ),
    Identity(
        "moment-slope",
        Derivative(m_u, u),
        2 * u * normal_cdf(u) + 2 * normal_pdf(u),
        title="The derivative of m(u)",
        source="derived here",
    ),
    Bound(
        "mills",
        u * (1 - normal_cdf(u)),
        normal_pdf(u),
        title="Mills' ratio: u(1 − Φ(u)) ≤ p(u), what both sides of the sandwich rest on",
        source="Mills (1926); used here",
    ),
    Bound(
        "moment-lower",
        h_i**2 + tau**2 * s**2 / 2,
        M(h_i, s),
        sharp_at={h_i: 0},
        title="The sandwich from below, sharp at h = 0",
        source="derived here; the paper needs the form",
        on=half_line,
        uses=("moment", "moment-slope", "mills"),
    ),
    Bound(
        "moment-upper",
        M(h_i, s),
        h_i**2 + tau**2 * s**2,
        title="The sandwich from above, sharp as h → ∞",
        source="derived here; the paper needs the form",
        on=half_line,
        uses=("moment", "moment-slope", "mills"),
    ),
    Constant(
        "excess-least",
        infimum(m_u - u**2, u, Interval(0, oo)),
        S.Half,
        title="The least of m(u) − u² is ½, at u = 0",
        source="derived here",
    ),
    Constant(
        "excess-most",
        supremum(m_u - u**2, u, Interval(0, oo)),
        S.One,
        title="The supremum of m(u) − u² is 1, approached as u → ∞",
        source="derived here",
    ),
    Identity(
        "linear-moment",
        Expectation(norm_squared(h + branch), W),
        most * n_h,
        title="Before ReLU, a block multiplies the second moment by 1 + τ²: the backward moment of h with itself",
        source="Section 3",
        mark="bookkeeping",
        assumes=("gaussian-weights",),
        uses=("backward-moment",),
    ),
    Identity(
        "layer-moment",
        after,
        _summed(M(h_i, s)),
        title="The second moment after a block, entry by entry",
        source="derived here",
        assumes=("gaussian-weights",),
        uses=("moment",),
    ),
    Bound(
        "layer-lower",
        least * n_h,
        after,
        title="One block multiplies E‖h‖² by at least 1 + τ²/2",
        source="Section 3; constant derived here",
        on={h: NonnegativeVectors()},
        assumes=("gaussian-weights",),
        derive=_layer_lower,
    ),
    Bound(
        "layer-upper",
        after,
        most * n_h,
        title="One block multiplies E‖h‖² by at most 1 + τ²",
        source="Section 3",
        on={h: NonnegativeVectors()},
        assumes=("gaussian-weights",),
        derive=_layer_upper,
    ),
    Bound(
        "growth-lower-step",
        (1 + tau**2 / 2) ** (l + 1) * a0,
        a_next,
        title="The step of the induction over the blocks, from below: E‖h_{l+1}‖² given E‖h_l‖²",
        source="Section 3",
        mark="bookkeeping",
        where=(a_next >= (1 + tau**2 / 2) * a_l, a_l >= (1 + tau**2 / 2) ** l * a0),
        uses=("layer-lower",),
        derive=lambda: (
            chain((1 + tau**2 / 2) ** (l + 1) * a0)
            .then((1 + tau**2 / 2) * a_l, "the bound for l blocks", relation="<=")
            .then(a_next, "one block more", "layer-lower", relation="<=")
        ),
    ),
    Bound(
        "growth-upper-step",
        a_next,
        (1 + tau**2) ** (l + 1) * a0,
        title="The step of the induction over the blocks, from above",
        source="Section 3",
        mark="bookkeeping",
        where=(a_next <= (1 + tau**2) * a_l, a_l <= (1 + tau**2) ** l * a0),
        uses=("layer-upper",),
        derive=lambda: (
            chain(a_next)
            .then((1 + tau**2) * a_l, "one block more", "layer-upper", relation="<=")
            .then((1 + tau**2) ** (l + 1) * a0, "the bound for l blocks", relation="<=")
        ),
    ),
    Bound(
        "growth-lower",
        least**L,
        GROWTH,
        title="(1 + τ²/2)^L ≤ E‖h_L‖²/‖h_0‖²: the growth over L blocks from below",
        source="Section 3; measured here at L = 1, 10, 100, 1000 and τ = 1/(2√L), 1/√L, 2/√L",
        assumes=("gaussian-weights",),
        uses=("growth-lower-step",),
    ),
    Bound(
        "growth-upper",
        GROWTH,
        most**L,
        title="E‖h_L‖²/‖h_0‖² ≤ (1 + τ²)^L: the growth over L blocks from above",
        source="Section 3; measured here at L = 1, 10, 100 and τ = 1/√L, 2/√L, at L = 1000 and τ = 2/√L",
        assumes=("gaussian-weights",),
        uses=("growth-upper-step",),
    ),
    Bound(
        "critical-upper",
        L * log(1 + 1 / L),
        S.One,
        sharp_at={L: oo},
        title="τ = 1/√L: (1 + 1/L)^L, in logarithms, stays below e, its limit",
        source="Section 3, for the bound of E‖h_L‖²/‖h_0‖²",
        uses=("growth-upper",),
    ),
    Bound(
        "critical-lower",
        Rational(3, 2),
        (1 + 1 / (2 * L)) ** L,
        sharp_at={L: 1},
        title="τ = 1/√L: (1 + 1/(2L))^L is at least 3/2, as it is for one block: Bernoulli with y = 1/(2L)",
        source="derived here, for the bound of E‖h_L‖²/‖h_0‖²",
        mark="bookkeeping",
        uses=("growth-lower", "bernoulli"),
    ),
    Bound(
        "critical-limit",
        L * log(1 + 1 / (2 * L)),
        S.Half,
        sharp_at={L: oo},
        title="τ = 1/√L: (1 + 1/(2L))^L, in logarithms, stays below √e, its limit",
        source="derived here",
    ),
    Bound(
        "growth-exponential",
        L * log(1 + tau**2),
        L * tau**2,
        title="(1 + τ²)^L ≤ e^{Lτ²}, in logarithms",
        source="Section 3",
        uses=("growth-upper",),
    ),
    Bound(
        "bernoulli",
        1 + L * y,
        (1 + y) ** L,
        sharp_at={L: 1},
        title="Bernoulli's inequality",
        source="used in the converse",
    ),
    Bound(
        "converse",
        converse_growth(c),
        least.xreplace({tau: L ** (c - S.Half)}) ** L,
        sharp_at={L: 1},
        title="τ = L^{−1/2+c}: (1 + τ²/2)^L, below which the growth is not, is at least 1 + ½L^{2c}",
        source="the converse theorem; its ½L^{2c} without the 1",
        sample_on={c: Interval.open(0, S.Half)},
        mark="bookkeeping",
        uses=("growth-lower", "bernoulli"),
        derive=_converse,
    ),
    Bound(
        "converse-exponential",
        converse_exponent(c),
        L * log(least.xreplace({tau: L ** (c - S.Half)})),
        title="τ = L^{−1/2+c}: log (1 + τ²/2)^L is at least ½L^{2c} − L^{4c−1}/8, exponential growth",
        source="derived here; sharper than the converse theorem",
        on={c: Interval.Lopen(0, S.Half)},
        uses=("growth-lower",),
    ),
    Bound(
        "unstable-045",
        1 / r**10,
        log(1 + r**-9 / 2),
        title="τ = L^{−0.45}, L = r^{10}: 1/L ≤ log(1 + τ²/2), so (1 + τ²/2)^L ≥ e from L = 2042 on",
        source="derived here",
        on={r: Interval(Rational(15, 7), oo)},
        uses=("converse", "critical-upper"),
        derive=_unstable,
    ),
)

"""The converse theorem as one derivation: at τ ≥ L^{−1/2+c} features grow by a power of the depth, with what chance.

Given h, the features after a block are φ(h + τ‖h‖/√m·w) with w a Gaussian vector. Their length is a (τ‖h‖/√m)-Lipschitz
function of w of which the mean square is at least (1 + τ²/2)‖h‖², so that it is rarely below √(1 + τ²/4)‖h‖: a width of
800·log(2L/δ)/τ² makes that rare in all L blocks together.

That each block's chance is no larger is a hypothesis of the chain, `block`: a `Chance` is over the joint law, and the
lemma block-grows holds the blocks before fixed.
"""

from __future__ import annotations

from sympy import Function, Interval, Not, Range, Rational, S, Symbol, exp, log, sqrt

from derivations.domains import Dependent, Gaussian
from derivations.papers.zhang2019.concentration import delta
from derivations.papers.zhang2019.notation import L, m, tau
from derivations.quantities.chance import Chance, Mean
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.theorems import Quantity, Theorem
from derivations.vectors import norm_squared, vector

FACTS = "facts."
SOURCE = "the converse theorem; constants derived here"
w = vector("w", m)
f = Function("f", real=True)
"""The length of the features after a block, of the noise in it."""
x_norm, ell, c = (Symbol(name, positive=True) for name in ("x", "ell", "c"))
"""‖h‖, the Lipschitz constant of f, and by how much τ = L^{−1/2+c} is too large."""
j, l = (Symbol(name, integer=True, nonnegative=True) for name in "jl")  # noqa: E741
"""Blocks."""
x = Family("x", m)
"""x(l), the features after l blocks."""
M_grow, M_explode = (Symbol(name, positive=True) for name in ("M_grow", "M_explode"))
FEWEST = 8
"""The least width."""
WIDTH = 800 * log(2 * L / delta) / tau**2
grown = 1 + tau**2 / 4
"""What a block multiplies ‖h‖² by, at least."""
off = tau**2 / 20 * x_norm
"""How far the length after a block is below its mean, at most."""
rare = 2 * exp(-m * tau**2 / 800)
"""The chance that a block does not multiply ‖h‖² by as much."""
mean = Mean(f(w))

EXPLOSION = Theorem(
    "explosion",
    (
        Quantity(L, None, "", "residual blocks"),
        Quantity(tau, None, "", "the weight of the branch"),
        Quantity(delta, None, "", "the chance of failure"),
        Quantity(M_grow, WIDTH, "block-grows", "each block multiplies ‖h‖² by at least 1 + τ²/4"),
    ),
    {"width": M_grow},
    (tau <= 1, delta < 1),
)
"""From what width on features surely grow."""


def _block() -> Statement:
    claimed = Chance(f(w) < sqrt(grown) * x_norm)

    def derive() -> Derivation:
        return (
            chain(claimed)
            .have(mean**2 >= (1 + 3 * tau**2 / 8) * x_norm**2, "the mean square and the variance")
            .by(FACTS + "gaussian-poincare-lipschitz", f=f, w=w, ell=ell)
            .have(mean >= sqrt(grown) * x_norm + off, "√(1 + τ²/4) + τ²/20 ≤ √(1 + 3τ²/8)")
            .by("root-gap", {"T": mean, "x": x_norm, "tau": tau})
            .then(Chance(abs(f(w) - mean) > off), "its mean is larger", relation="<=")
            .by_inclusion()
            .then(2 * exp(-(off**2) / (2 * ell**2)), "a Lipschitz function of a Gaussian vector", relation="<=")
            .by(FACTS + "gaussian-lipschitz", f=f, w=w, t=off, ell=ell)
            .then(rare, "ℓ ≤ τ‖h‖/√m", relation="<=")
        )

    return Bound(
        "block-grows",
        claimed,
        rare,
        title="‖h‖ = x grows to √(1 + τ²/4)x or more in a block but for a chance of 2e^{−mτ²/800}; f = ‖φ(h + ℓw)‖",
        source=SOURCE,
        on={w: Gaussian(), tau: Interval.Lopen(0, 1)},
        where=(
            m >= FEWEST,
            ell <= tau * x_norm / sqrt(m),
            mean >= 0,
            Mean(f(w) ** 2) >= (1 + tau**2 / 2) * x_norm**2,
        ),
        assumes=("lipschitz-vector",),
        uses=("layer-lower",),
        derive=derive,
    )


def _root_gap() -> Statement:
    T = Symbol("T", nonnegative=True)
    return Bound(
        "root-gap",
        sqrt(grown) * x_norm + off,
        T,
        title="√(1 + y/4) + y/20 ≤ √(1 + 3y/8) for y = τ² ≤ 1: between a block's growth and its mean is room for τ²/20",
        source=SOURCE,
        on={tau: Interval.Lopen(0, 1)},
        where=((1 + 3 * tau**2 / 8) * x_norm**2 <= T**2,),
    )


def _explodes() -> Statement:
    longer = norm_squared(x(j + 1)) >= grown * norm_squared(x(j))
    grows = ForAll(j, longer, when=j <= L - 1, name="grows")
    goal = norm_squared(x(L)) >= (1 + L ** (2 * c) / 4) * norm_squared(x(0))
    power = norm_squared(x(l)) >= grown**l * norm_squared(x(0))

    def derive() -> Derivation:
        return (
            chain(Chance(Not(goal)))
            .have(ForAll(l, power, when=(l <= L, grows), name="power"), "each block multiplies by 1 + τ²/4")
            .using("grows", j=l)
            .by_induction(l)
            .have(Chance(Not(grows)) <= L * rare, "L blocks")
            .using("block", j=j)
            .by_union(rare)
            .have(grown**L >= 1 + L ** (2 * c) / 4, "Bernoulli, and Lτ² ≥ L^{2c}")
            .by("bernoulli", y=tau**2 / 4, L=L)
            .then(Chance(Not(grows)), "where all blocks grow, so do all together", relation="<=")
            .using("power", l=L)
            .by_inclusion()
            .then(L * rare, "the union bound", relation="<=")
            .then(delta, "m ≥ M", relation="<=")
            .by("explosion-width", {str(s): s for s in (L, m, tau, delta)})
        )

    return Bound(
        "explosion",
        Chance(Not(goal)),
        delta,
        title="Converse: at τ ≥ L^{−1/2+c} ‖h_L‖² is at least (1 + ¼L^{2c})‖h_0‖² but for a chance of δ, m ≥ M",
        source=SOURCE,
        on={x(l): Dependent(), tau: Interval.Lopen(0, 1), delta: Interval.open(0, 1)},
        where=(
            L ** (2 * c) <= L * tau**2,
            m >= WIDTH,
            ForAll(j, Chance(Not(longer)) <= rare, when=j <= L - 1, name="block"),
        ),
        assumes=("gaussian-weights",),
        uses=("block-grows",),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    _root_gap(),
    _block(),
    Bound(
        "explosion-width",
        L * rare,
        delta,
        mark="bookkeeping",
        title="L chances of 2e^{−mτ²/800} are at most δ together where m ≥ 800·log(2L/δ)/τ²",
        source=SOURCE,
        on={delta: Interval.open(0, 1)},
        where=(m >= WIDTH,),
        sample_on={m: Range(20000, 90000), L: Range(1, 20), tau: (Rational(1, 2), 1), delta: (Rational(1, 10), S.Half)},
        uses=("block-grows",),
        derive=lambda: (
            chain(L * rare)
            .then(2 * L * exp(-log(2 * L / delta)), "mτ² ≥ 800·log(2L/δ)", relation="<=")
            .then(delta, "the exponential of a logarithm")
        ),
    ),
    _explodes(),
)

"""Random weights at the start: their norms, the outputs, and how many events are to be excluded."""

from __future__ import annotations

from sympy import Abs, Interval, MatrixSymbol, Symbol, exp, log, sqrt

from derivations.domains import Gaussian
from derivations.papers.du2018.notation import H, m
from derivations.papers.du2018.proof.constants import c_x, d, delta, n, y_max
from derivations.papers.du2018.proof.letters import FACTS, formula
from derivations.quantities.chance import Chance
from derivations.spectra import norm_p, operator_norm
from derivations.statements import Bound, Identity, Statement
from derivations.steps import chain
from derivations.vectors import inner, norm, vector

W = MatrixSymbol("W", m, d)
a, v = vector("a", m), vector("v", m)
u = Symbol("u", real=True)
Y, N = Symbol("Y", real=True), Symbol("N", nonnegative=True)
"""A label, and how long the features of its input are."""
SOURCE = "Lemma B.1, form; constants derived here"
SHARE = delta / 5
"""The chance that each of the five kinds of events may have."""
far = sqrt(2 * log(10 * n / delta))
"""How many standard deviations an output may be off."""
c_w, c_a, c_4, c_r = (formula(name) for name in ("c_w", "c_a", "c_4", "c_r"))


def _weights_tail() -> Statement:
    claimed = Chance(operator_norm(W) > 2 * sqrt(m) + sqrt(d))
    return Bound(
        "start-weights-tail",
        claimed,
        exp(-m / 2),
        title="‖W^(h)(0)‖ ≤ 2√m + √d but for a chance of e^(−m/2)",
        source=SOURCE,
        on={W: Gaussian()},
        derive=lambda: (
            chain(claimed)
            .then(exp(-m / 2), "√m + √d + √m", relation="<=")
            .by(FACTS + "gaussian-operator-norm", W=W, t=sqrt(m))
        ),
    )


def _first_tail() -> Statement:
    U = MatrixSymbol("U", m, d)
    claimed = Chance(operator_norm(U) > 3 * sqrt(m))
    return Bound(
        "start-first",
        claimed,
        exp(-m / 2),
        title="The first layer, with d ≤ m inputs, has ‖U(0)‖ ≤ 3√m but for a chance of e^(−m/2)",
        source=SOURCE,
        on={U: Gaussian()},
        where=(d <= m,),
        derive=lambda: (
            chain(claimed)
            .then(Chance(operator_norm(U) > 2 * sqrt(m) + sqrt(d)), "√d ≤ √m", relation="<=")
            .by("start-weights", **{str(v): v for v in (m, d)})
            .by_inclusion()
            .then(exp(-m / 2), "its tail", relation="<=")
            .by("start-weights-tail", W=U)
        ),
    )


def _outputs() -> Statement:
    claimed = Chance(norm(a) >= c_a * sqrt(m))
    return Bound(
        "start-output",
        claimed,
        exp(-m / 2),
        title="‖a(0)‖ ≤ 2√m but for a chance of e^(−m/2)",
        source=SOURCE,
        on={a: Gaussian()},
        derive=lambda: (
            chain(claimed).then(exp(-m / 2), "√m + √m = 2√m", relation="<=").by(FACTS + "gaussian-norm", w=a, t=sqrt(m))
        ),
    )


def _norms_width() -> Statement:
    lhs = (H + 1) * exp(-m / 2)
    return Bound(
        "norms-width",
        lhs,
        SHARE,
        mark="bookkeeping",
        title="H layers and a: all these norms hold together but for a chance of δ/5 where m ≥ 2log(5(H + 1)/δ)",
        source=SOURCE,
        where=(formula("M_norm") <= m,),
        uses=("start-weights-tail", "start-output"),
        derive=lambda: (
            chain(lhs)
            .then((H + 1) * exp(-formula("M_norm") / 2), "m ≥ M", relation="<=")
            .then(SHARE, "the exponential of a logarithm")
        ),
    )


def _fourth_width() -> Statement:
    least = formula("M_four")
    return Bound(
        "fourth-width",
        exp(-sqrt(m) / 2),
        SHARE,
        mark="bookkeeping",
        title="The bound on ‖a‖₄ fails with a chance of at most δ/5 where m ≥ 4log(5/δ)²",
        source=SOURCE,
        where=(least <= m,),
        uses=("start-fourth",),
        derive=lambda: (
            chain(exp(-sqrt(m) / 2))
            .then(exp(-sqrt(least) / 2), "m ≥ M", relation="<=")
            .then(exp(-log(5 / delta)), "√M = 2|log(5/δ)|", relation="<=")
            .by("no-less-than-itself", u=log(5 / delta))
            .then(SHARE, "the exponential of a logarithm")
        ),
    )


def _labels() -> Statement:
    claimed = Chance(Abs(inner(a, v)) > far * norm(v))
    return Bound(
        "start-outputs",
        claimed,
        SHARE / n,
        title="An output ⟨a(0), v⟩ of fixed features v is no larger than √(2log(10n/δ))‖v‖ but for a chance of δ/(5n)",
        source=SOURCE,
        on={a: Gaussian(), delta: Interval.open(0, 1)},
        derive=lambda: (
            chain(claimed)
            .then(2 * exp(-(far**2) / 2), "the tails of a Gaussian", relation="<=")
            .by(FACTS + "gaussian-tail-linear", w=a, u=v, t=far)
            .then(SHARE / n, "the exponential of a logarithm")
        ),
    )


def _residual() -> Statement:
    return Bound(
        "start-residual",
        Abs(Y - u),
        c_r,
        title="Features no longer than c_x have an output with |y_i − u_i(0)| ≤ c_r",
        source=SOURCE,
        on={delta: Interval.open(0, 1)},
        where=(Abs(Y) <= y_max, Abs(u) <= far * N, c_x >= N),
        sample_on={y_max: (1, 4), c_x: (2, 20)},
        uses=("start-outputs",),
        derive=lambda: (
            chain(Abs(Y - u))
            .then(Abs(Y) + Abs(u), "both parts", relation="<=")
            .then(y_max + far * N, "what bounds each", relation="<=")
            .then(c_r, "‖x‖ ≤ c_x", relation="<=")
        ),
    )


STATEMENTS: tuple[Statement, ...] = (
    _weights_tail(),
    Bound(
        "start-weights",
        2 * sqrt(m) + sqrt(d),
        c_w * sqrt(m),
        mark="bookkeeping",
        title="Where no layer has more inputs than outputs, 2√m + √d ≤ c_w√m",
        source=SOURCE,
        where=(d <= m,),
        uses=("start-weights-tail",),
    ),
    _first_tail(),
    _outputs(),
    _norms_width(),
    Bound(
        "start-fourth",
        Chance(norm_p(a, 4) ** 2 >= c_4 * sqrt(m)),
        exp(-sqrt(m) / 2),
        title="‖a(0)‖₄² ≤ c_4√m but for a chance of e^(−√m/2): ‖·‖₄ is 1-Lipschitz, E‖a‖₄ ≤ (3m)^(1/4)",
        source="Boucheron, Lugosi and Massart, Concentration Inequalities, Theorem 5.6, for the norm ‖·‖₄",
        mark="cited",
        on={a: Gaussian()},
        uses=("facts.gaussian-lipschitz-upper",),
    ),
    Bound(
        "no-less-than-itself",
        exp(-Abs(u)),
        exp(-u),
        title="A number is at most its absolute value, here in an exponent",
        source=SOURCE,
    ),
    _fourth_width(),
    _labels(),
    _residual(),
    Identity(
        "events",
        4 * n * (n + 1) * H * exp(-formula("Lambda") / 2),
        SHARE,
        mark="bookkeeping",
        title="4n(n + 1)H events, ‖x_i ± x_j‖ or Σ_r x_{i,r} off by ℓ√Λ, each of chance ≤ e^(−Λ/2): δ/5 together",
        source=SOURCE,
    ),
    Identity(
        "events-last",
        6 * n * (n + 1) / 2 * exp(-formula("Lambda") / 2),
        SHARE * 3 / (4 * H),
        mark="bookkeeping",
        title="The last layer: six tails for each of n(n + 1)/2 pairs, each of chance ≤ e^(−Λ/2): below δ/5 together",
        source=SOURCE,
    ),
)

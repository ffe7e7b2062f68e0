"""One step of gradient descent on a ReLU network, all steps together, and the number of steps, without the depth.

With masks between those before and after a step, f⁺ − f = ⟨b⁺ − b, x_L⟩ + Σ_l τ⟨s̄_l, (W_l⁺ − W_l)x_{l−1}⟩ exactly. The
gradient has signals s_l in the place of the s̄_l; both are within κ of those at the start.
"""

from __future__ import annotations

from sympy import Interval, MatrixSymbol, Rational, Symbol, exp, log, sqrt
from sympy import S as Sets

from derivations.domains import PositiveSemidefinite
from derivations.papers.zhang2019.concentration import n
from derivations.papers.zhang2019.notation import L, m, tau
from derivations.papers.zhang2019.proof.constants import B_all, S, X, c_r, epsilon, formula, lam
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.spectra import frobenius_norm, lambda_max, lambda_min, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm, ones, vector

FACTS = "facts."
SOURCE = "Section 4, convergence theorem; constants derived here"
eta = Symbol("eta", positive=True)
k = Symbol("k", integer=True, nonnegative=True)
"""The number of a step."""
t = Symbol("t", positive=True)
kappa = Symbol("kappa", positive=True)
"""How far a signal is from that at the start, at most."""
N, N_0, a = (Symbol(name, nonnegative=True) for name in ("N", "N_0", "a"))
"""‖r(k)‖, ‖r(0)‖, and how far the weights move in a step."""
steps = Symbol("t", integer=True, positive=True)
"""The number of steps, at least T."""
s, d, x = (vector(name, m) for name in ("s", "d", "x"))
"""A signal, by how much two of them differ, and features over √m."""
V = MatrixSymbol("V", m, m)
G = MatrixSymbol("G", n, n)
r, e = vector("r", n), vector("e", n)
u = vector("u", L)
"""For each block how far its weights move in a step."""
residual = Family("r", n)
"""y − f after k steps; the loss is half its square."""
first = norm(residual(0))
rate = 1 - eta * lam / 4
"""By what a step multiplies ‖r‖, at most."""
time = formula("T").xreplace({Symbol("eta_max", positive=True): eta})
"""T, for any step."""
near = lam / (8 * n * S * X**2)
"""What κ is at most."""
small = formula("eta_max") >= eta


def _layer() -> Derivation:
    return (
        chain(inner(d, V * x))
        .then(norm(d) * norm(V * x), "Cauchy and Schwarz", relation="<=")
        .by(FACTS + "cauchy-schwarz", x=d, y=V * x)
        .then(norm(d) * operator_norm(V) * norm(x), "its norm", relation="<=")
        .by(FACTS + "operator-vector", M=V, x=x)
        .then(norm(d) * frobenius_norm(V) * norm(x), "‖V‖ ≤ ‖V‖_F", relation="<=")
        .by(FACTS + "operator-frobenius", M=V)
        .then(2 * kappa * X * frobenius_norm(V), "signals near those at the start", relation="<=")
    )


def _blocks() -> Derivation:
    return (
        chain(tau * inner(ones(L), u))
        .then(tau * (norm(ones(L)) * norm(u)), "Cauchy and Schwarz", relation="<=")
        .by(FACTS + "cauchy-schwarz", x=ones(L), y=u)
        .then(tau * sqrt(L) * norm(u), "‖𝟏‖ = √L")
        .then(norm(u), "τ ≤ 1/√L", relation="<=")
    )


def _step() -> Derivation:
    return (
        chain(norm(r - eta * G * r - e))
        .then(norm(r - eta * G * r) + norm(e), "the linear part and the rest", relation="<=")
        .by(FACTS + "triangle", x=r - eta * G * r, y=-e)
        .then((1 - eta * lam / 2) * norm(r) + norm(e), "the linear part", relation="<=")
        .by("du2018.linear-part", {"lambda_0": lam}, G=G, r=r, eta=eta)
        .then(rate * norm(r), "a quarter of λ₀ is lost", relation="<=")
    )


def _move() -> Derivation:
    return (
        chain(eta * sqrt(n) * S * X * N_0 * (1 - rate**k) / (1 - rate))
        .then(eta * sqrt(n) * S * X * N_0 / (1 - rate), "a geometric sum is below its limit", relation="<=")
        .then(4 * sqrt(n) * S * X * N_0 / lam, "1 − rate = ηλ₀/4")
        .then(formula("rho"), "‖r(0)‖ ≤ √n·c_r", relation="<=")
    )


def _iterations() -> Derivation:
    return (
        chain(2 * t * log(rate))
        .then(-t * eta * lam / 2, "log(1 − x) ≤ −x", relation="<=")
        .then(log(epsilon), "t ≥ T", relation="<=")
    )


def _share() -> Derivation:
    return (
        chain(rate ** (2 * steps))
        .then(exp(-eta * lam * steps / 2), "(1 − s)^d ≤ e^(−sd)", relation="<=")
        .by(FACTS + "power-exponential", s=eta * lam / 4, d=2 * steps)
        .then(exp(-eta * lam * time / 2), "t ≥ T", relation="<=")
        .then(epsilon, "the exponential of a logarithm")
    )


def _convergence() -> Derivation:
    after = norm(residual(steps))
    return (
        chain(after**2 / 2)
        .have(ForAll(k, norm(residual(k)) <= rate**k * first, name="rate"), "each step by 1 − ηλ₀/4")
        .using("one-step", k=k)
        .by_induction(k)
        .then((rate**steps * first) ** 2 / 2, "t steps", relation="<=")
        .using("rate", k=steps)
        .by("du2018.squares", N=after, P=rate**steps * first)
        .then(rate ** (2 * steps) * first**2 / 2, "the square of a power")
        .then(epsilon * first**2 / 2, "t ≥ T", relation="<=")
        .by("share-left", {"lambda_0": lam}, t=steps, eta=eta, epsilon=epsilon)
    )


def _statements() -> tuple[Statement, ...]:
    return (
        Bound(
            "output-gradient",
            L * tau**2 * S**2 * X**2 + X**2,
            formula("B_all") ** 2,
            mark="bookkeeping",
            title="‖∂f_i/∂θ‖² = Σ_l τ²‖s_l‖²‖x_{l−1}‖² + ‖x_L‖² ≤ B_all², whatever the depth",
            source=SOURCE,
            where=(L * tau**2 <= 1,),
            sample_on={tau: Interval.Lopen(0, Rational(1, 2))},
            uses=("signals-stay", "features-stay", "layer-block"),
        ),
        Bound(
            "layer-error",
            inner(d, V * x),
            2 * kappa * X * frobenius_norm(V),
            title="What a step has beyond its linear part, from one block: two signals differ by d, ‖d‖ ≤ 2κ",
            source=SOURCE,
            where=(norm(d) <= 2 * kappa, norm(x) <= X),
            sample_on={kappa: (2, 20), X: (2, 20)},
            uses=("signals-near",),
            derive=_layer,
        ),
        Bound(
            "blocks-sum",
            tau * inner(ones(L), u),
            norm(u),
            title="At τ ≤ 1/√L what all blocks add is at most the norm of all: Στu_l ≤ ‖u‖",
            source=SOURCE,
            where=(L * tau**2 <= 1,),
            sample_on={tau: Interval.Lopen(0, Rational(1, 2))},
            derive=_blocks,
        ),
        Bound(
            "step-error",
            sqrt(n) * 2 * kappa * X * a,
            eta * lam / 4 * N,
            title="n outputs: what a step ‖Δθ‖ ≤ η√nSX‖r‖ has beyond its linear part is at most ηλ₀/4·‖r‖",
            source=SOURCE,
            where=(kappa <= near, eta * sqrt(n) * S * X * N >= a),
            sample_on={S: (Rational(1, 4), 1), X: (Rational(1, 4), 1), lam: (8, 40)},
            uses=("layer-error", "blocks-sum"),
            derive=lambda: (
                chain(sqrt(n) * 2 * kappa * X * a)
                .then(sqrt(n) * 2 * kappa * X * (eta * sqrt(n) * S * X * N), "the step is short", relation="<=")
                .then(eta * lam / 4 * N, "κ ≤ λ₀/(8nSX²)", relation="<=")
            ),
        ),
        Bound(
            "relu-step",
            norm(r - eta * G * r - e),
            rate * norm(r),
            title="A step r ↦ r − ηGr − e multiplies the residuals of a ReLU network by at most 1 − ηλ₀/4",
            source=SOURCE,
            on={G: PositiveSemidefinite()},
            where=(
                lam / 2 <= lambda_min(G),
                lambda_max(G) <= n * B_all**2,
                small,
                norm(e) <= eta * lam / 4 * norm(r),
            ),
            sample_on={lam: (Rational(1, 8), 2), B_all: (1, 4), eta: (Rational(1, 1000), Rational(1, 20))},
            uses=("features-gram", "output-gradient", "step-error"),
            derive=_step,
        ),
        Bound(
            "blocks-move",
            eta * sqrt(n) * S * X * N_0 * (1 - rate**k) / (1 - rate),
            formula("rho"),
            title="All steps together move b by at most ρ, and W_l by τ times that: η√nSX‖r(0)‖·Σ_{i<k}(1 − ηλ₀/4)^i",
            source=SOURCE,
            on={k: Sets.Naturals0},
            where=(sqrt(n) * c_r >= N_0, eta * lam <= 4),
            sample_on={lam: (1, 4), eta: (Rational(1, 100), Rational(1, 2))},
            uses=("relu-step", "start-outputs"),
            derive=_move,
        ),
        Bound(
            "relu-iterations",
            2 * t * log(rate),
            log(epsilon),
            title="After T = 2log(1/ε)/(ηλ₀) steps (1 − ηλ₀/4)^{2T} ≤ ε, in logarithms: T has no L",
            source=SOURCE,
            where=(time <= t, rate > 0),
            sample_on={epsilon: (Rational(1, 100), Rational(1, 2))},
            derive=_iterations,
        ),
        Bound(
            "share-left",
            rate ** (2 * steps),
            epsilon,
            title="Of the loss a share of at most ε is left after T steps: (1 − ηλ₀/4)^{2T} ≤ ε",
            source=SOURCE,
            where=(time <= steps, rate > 0),
            sample_on={epsilon: (Rational(1, 100), Rational(1, 2))},
            derive=_share,
        ),
        Bound(
            "relu-convergence",
            norm(residual(steps)) ** 2 / 2,
            epsilon * first**2 / 2,
            title="Where each step multiplies ‖y − f‖ by at most 1 − ηλ₀/4, the loss is ≤ ε times the first from T on",
            source="Section 4, convergence theorem, with W_1, …, W_L and b trained and no last matrix; derived here",
            where=(
                ForAll(k, norm(residual(k + 1)) <= rate * norm(residual(k)), name="one-step"),
                time <= steps,
                rate > 0,
            ),
            assumes=("gaussian-weights",),
            uses=("relu-step", "blocks-move"),
            derive=_convergence,
        ),
    )


STATEMENTS: tuple[Statement, ...] = _statements()

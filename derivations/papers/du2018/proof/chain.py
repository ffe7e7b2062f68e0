"""Theorems 5.1 and 6.1 as one derivation: from the law of the weights at the start to the loss after every step.

W(h, k) are the weights from layer h to layer h + 1 after k steps, U(k) those of the first layer and a(k) those of the
output, x(h, k, i) the features of input i after h layers, r(k) = y − u(k), G(h, k) the Gram matrix of the gradients by
W(h, k), P(h, k) the sum of those before it and of the output's, and K the limit of G(H − 1, 0).

That features, signals and Gram matrices keep near their start within the radius, how large all gradients are together,
and how far a step moves each block are derived from the network's equations, forward and backward, and from those of
gradient descent: a step ηJr of a block has the square η²·rᵀGr. One claim about training is a hypothesis of its own,
`taylor`: along a step with both ends within the radius each output has, beyond its linear part, at most C₂/2 times the
square of the step. The lemmas second-derivative-… bound the second derivative block by block; that a bound of it along
a segment bounds the remainder is Taylor's theorem for a function of all weights, of which the calculus has no instance.
Two chances are hypotheses too, those of the features and of the Gram matrix at the start, which the lemmas
fluctuation, kernel-errors and gram-start prove with the layers before held fixed. That of the outputs is derived: the
features are made without a(0), by the network's equations, so that what start-outputs says of ⟨a(0), v⟩ for every fixed
v holds for them.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Interval, MatrixSymbol, Not, Or, Rational, Symbol, exp, sqrt

from derivations.domains import Dependent, Gaussian, PositiveSemidefinite
from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.backward import J, P, descent, grams, others, signals, steps
from derivations.papers.du2018.proof.constants import (
    C_0,
    C_2,
    C_G,
    FULLY_CONNECTED,
    RESIDUAL,
    B,
    B_all,
    Lam,
    R,
    c_r,
    c_x,
    d,
    delta,
    lam,
    n,
    rho,
    y_max,
)
from derivations.papers.du2018.proof.descent import eta, rate
from derivations.papers.du2018.proof.descent import x as decay
from derivations.papers.du2018.proof.letters import FACTS, formula, gain
from derivations.papers.du2018.proof.limits import named
from derivations.papers.du2018.proof.start import far
from derivations.papers.du2018.proof.within import (
    G_U,
    G,
    G_a,
    U,
    W,
    a,
    act,
    entries,
    features,
    h,
    i,
    k,
    last,
    network,
    own,
    perturbed,
    r,
    signal,
    slope,
    weights,
    wide,
    x,
    y,
)
from derivations.quantities.chance import Chance, MadeWithout
from derivations.quantities.schemas import ForAll
from derivations.spectra import lambda_min, max_norm, norm_p, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import inner, norm

j, layer = (Symbol(name, integer=True, positive=True) for name in "jl")
"""An input, and a layer."""
K = MatrixSymbol("K", n, n)
share = delta / 5
tail = exp(-m / 2)

NORMS = ForAll(layer, operator_norm(W(layer, 0)) <= 3 * wide, when=layer <= H - 1, name="norms")
FEATURES = ForAll((layer, j), norm(x(layer, 0, j)) <= c_x, when=(layer <= H, j <= n), name="features")
FIRST, OUTPUT = operator_norm(U(0)) <= 3 * wide, norm(a(0)) < 2 * wide
FOURTH = norm_p(a(0), 4) ** 2 < formula("c_4") * wide
output = inner(a(0), x(H, 0, j))
OUTPUTS = ForAll(j, Abs(output) <= far * norm(x(H, 0, j)), when=j <= n, name="outputs")
RADIUS = ForAll(
    layer,
    (
        operator_norm(W(layer, k) - W(layer, 0)) <= R * wide,
        operator_norm(U(k) - U(0)) <= R * wide,
        norm(a(k) - a(0)) <= R * wide,
    ),
    when=layer <= H - 1,
    name="radius",
)
"""No block has moved by more than R√m after k steps."""
LATER = RADIUS.xreplace({k: k + 1})
"""Nor after one more: then all weights between are within the radius, along which Taylor's remainder is bounded."""
moved = eta * sqrt(n) * B * norm(r(0)) * (1 - rate**k) / (1 - rate)
"""By how much a block has moved at most."""


def _good(skip: bool) -> tuple[Any, ...]:
    """What holds at the start but for a chance of δ: norms, features, the Gram matrix, outputs."""
    near = max_norm(G(last, 0) - K) <= gain(skip) ** 2 * C_0 * sqrt(Lam / m)
    return NORMS, FIRST, OUTPUT, FOURTH, FEATURES, near, OUTPUTS


def _residual(made: Derivation, good: tuple[Any, ...]) -> Derivation:
    """‖r(0)‖ from the outputs and the labels."""
    each, most = Abs(r(0)[i - 1, 0]) <= c_r, max_norm(r(0)) <= c_r
    put = {"Y": y[i - 1, 0], "u": output.subs(j, i), "N": norm(x(H, 0, i))}
    return (
        made.have(ForAll(i, each, when=(i <= n, *good), name="residual"), "labels and outputs")
        .using("residuals", k=0, i=i)
        .using("labels", i=i)
        .using("outputs", j=i)
        .using("features", l=H, j=i)
        .by("start-residual", put, **own(delta, n, y_max, c_x))
        .have(ForAll(k, most, when=good, name="largest-residual"), "each entry")
        .have(ForAll(k, norm(r(0)) <= sqrt(n) * c_r, when=good, name="residual-length"), "n outputs")
        .using("largest-residual", k=0)
        .by("entries-length", u=r(0), c=c_r)
    )


def _gram(made: Derivation, good: tuple[Any, ...], skip: bool) -> Derivation:
    """The least eigenvalue at the start and within the radius, and with it how large a step is."""
    start = G(last, 0) - K
    numbers = own(n, m, C_0, Lam, lam, *((c_res, H) if skip else (c_sigma,)))
    made = (
        made.have(ForAll(k, operator_norm(start) <= lam / 4, when=good, name="start"), "m ≥ M")
        .by(FACTS + "entry-operator", R=start, c=gain(skip) ** 2 * C_0 * sqrt(Lam / m))
        .by(f"gram-width-{named(skip)}", numbers)
    )
    made = (
        made.have(ForAll(k, lambda_min(J) >= lam / 2, when=(*good, RADIUS), name="least"), "within the radius")
        .using("start", k=0)
        .using("entries-move", k=k)
        .by("gram-moves", {"K": K, "E": start, "F": G(last, k) - G(last, 0)}, **own(lam, C_G, R))
        .by(FACTS + "weyl-min", A=G(last, k), B=others)
        .by("no-negative-eigenvalue", P=others)
    )
    return (
        made.have(ForAll(k, decay <= Rational(1, 2), when=good, name="decay"), "λ₀/2 ≤ λ_min ≤ λ_max ≤ nB_all²")
        .using("least", k=0)
        .using("largest", k=0)
        .by("eigenvalues-in-order", P=J.subs(k, 0))
        .by("decay-at-most", **own(eta, lam, n, B_all))
    )


def _distances(at: Any) -> tuple[Any, ...]:
    """How far each block is from its start after some steps."""
    return operator_norm(W(h, at) - W(h, 0)), operator_norm(U(at) - U(0)), norm(a(at) - a(0))


def _steps(made: Derivation, good: tuple[Any, ...]) -> Derivation:
    """One step, and all of them together by induction."""
    small = norm(r(k)) <= sqrt(n) * c_r
    shrinks, where = norm(r(k + 1)) <= rate * norm(r(k)), (*good, RADIUS, LATER, small)
    made = (
        made.have(ForAll(k, shrinks, when=where, name="one-step"), "the linear part and the rest")
        .using("least", k=k)
        .using("largest", k=k)
        .by("linear-part", G=J, r=r(k), **own(eta, lam))
        .by("remainder", {"N": norm(r(k))}, **own(eta, B_all, C_2, c_r, lam, n))
        .using("gram-all", k=k)
        .using("taylor", k=k)
        .by("rest-of-step", {"G": J, "r": r(k), "e": r(k + 1) - r(k) + eta * J * r(k)}, **own(eta, B_all, C_2))
        .by(FACTS + "triangle", x=r(k) - eta * J * r(k), y=r(k + 1) - r(k) + eta * J * r(k))
    )
    made = (
        made.have(ForAll(k, moved <= R * wide, when=good, name="sum"), "m ≥ M")
        .using("decay", k=0)
        .using("residual-length", k=0)
        .by("weights-move", N_0=norm(r(0)), **own(k, eta, B, R, c_r, lam, n, m))
    )
    step = eta * sqrt(n) * B * norm(r(k))
    farther = tuple(now <= before + step for now, before in zip(_distances(k + 1), _distances(k), strict=True))
    made = (
        made.have(ForAll((k, h), farther, when=(h <= H - 1, *good, RADIUS), name="distance"), "one step more")
        .using("blocks-move", k=k, h=h)
        .by(FACTS + "operator-triangle", M=W(h, k + 1) - W(h, k), N=W(h, k) - W(h, 0))
        .by(FACTS + "operator-triangle", M=U(k + 1) - U(k), N=U(k) - U(0))
        .by(FACTS + "triangle", x=a(k + 1) - a(k), y=a(k) - a(0))
    )
    claims = (
        *(block <= moved for block in _distances(k)),
        norm(r(k)) <= rate**k * norm(r(0)),
        norm(r(k)) <= norm(r(0)),
    )
    put = {"T": moved, "N": norm(r(k)), "N_0": norm(r(0))}
    return (
        made.have(ForAll((k, h), claims, when=(h <= H - 1, *good), name="all-steps"), "each keeps within the radius")
        .using("decay", k=0)
        .using("residual-length", k=0)
        .using("sum", k=k)
        .using("sum", k=k + 1)
        .using("before", k_=k)
        .using("distance", k=k)
        .using("distance", h=h)
        .by("distance-grows", put, **own(k, eta, B, lam, n))
        .using("one-step", k=k)
        .by_induction(k)
    )


def _chances(made: Derivation) -> Derivation:
    """The chances of what fails at the start."""
    bad = Chance(Not(NORMS))
    return (
        made.have(bad <= (H - 1) * tail, "H − 1 layers")
        .by("start-weights-tail", W=W(layer, 0))
        .by_union(tail)
        .have(Chance(Not(FIRST)) <= tail, "the first layer")
        .by("start-first", U=U(0))
        .have(Chance(Not(OUTPUT)) <= tail, "the output")
        .by("start-output", a=a(0))
        .have((H + 1) * tail <= share, "m ≥ M")
        .by("norms-width", **own(H, m, delta))
        .have(Chance(Not(FOURTH)) <= share, "m ≥ M")
        .by("start-fourth", a=a(0))
        .by("fourth-width", **own(m, delta))
        .have(ForAll((h, i), MadeWithout(x(h, 0, i), a(0)), when=(h <= H, i <= n), name="made"), "by the equations")
        .using("first-layer", k=0, i=i)
        .using("act-first", k=0, i=i)
        .using("layers", h=h, k=0, i=i)
        .using("act", h=h, k=0, i=i)
        .by_induction(h, 1)
        .have(Chance(Not(OUTPUTS)) <= share, "n outputs, each Gaussian given the features")
        .using("made", h=H, i=j)
        .by("start-outputs", a=a(0), v=x(H, 0, j), **own(n, delta))
        .by_union(share / n)
    )


def _constants(skip: bool) -> tuple[Any, ...]:
    """m ≥ M, η ≤ η* and what R is: each part of a largest or least by itself, with its own formula."""
    theorem = RESIDUAL if skip else FULLY_CONNECTED
    thresholds = [theorem.by_symbol[t].formula if t != d else d for t in formula("M", skip).args]
    return (
        *(t.xreplace({rho: formula("rho", skip)}) <= m for t in thresholds if t is not None),
        *(eta <= part for part in formula("eta_max", skip).args),
        *(part >= R for part in formula("R", skip).args),
    )


def _theorem(skip: bool) -> Statement:
    good = _good(skip)
    failing = tuple(Not(event) for event in good)
    conclusion = ForAll(k, norm(r(k)) ** 2 / 2 <= (1 - decay) ** k * norm(r(0)) ** 2 / 2)
    claimed = Chance(Not(conclusion))

    def derive() -> Derivation:
        within = (*good, RADIUS)
        made = entries(features(weights(chain(claimed), within), within, skip), within, skip)
        made = steps(grams(signals(made, within, skip), within, skip), within, skip)
        made = _steps(_gram(_residual(made, good), good, skip), good)
        return (
            _chances(made)
            .then(Chance(Or(*failing)), "where all of it holds at the start", relation="<=")
            .using("decay", k=0)
            .using("all-steps", k=k, h=1)
            .by("convergence", {"N": norm(r(k)), "N_0": norm(r(0))}, **own(k, eta, lam))
            .by_inclusion()
            .then(sum(map(Chance, failing)), "the union bound", relation="<=")
            .then(delta, "five shares of δ/5", relation="<=")
        )

    number = "6.1" if skip else "5.1"
    return Bound(
        f"theorem-{number.replace('.', '-')}-chain",
        claimed,
        delta,
        title=f"Theorem {number}: where m ≥ M and η ≤ η*, L(k) ≤ (1 − ηλ₀/2)^k·L(0) for all k but for a chance of δ",
        source=f"Theorem {number}; constants derived here",
        on={
            K: PositiveSemidefinite(),
            G(h, k): Dependent(PositiveSemidefinite()),
            G_U(k): Dependent(PositiveSemidefinite()),
            G_a(k): Dependent(PositiveSemidefinite()),
            P(h, k): Dependent(PositiveSemidefinite()),
            r(k): Dependent(),
            x(h, k, j): Dependent(),
            act(h, k, j): Dependent(),
            slope(h, k, j): Dependent(),
            signal(h, k, j): Dependent(),
            W(h, 0): Gaussian(),
            U(0): Gaussian(),
            a(0): Gaussian(),
            delta: Interval.open(0, 1),
        },
        where=(
            H >= 2,
            *_constants(skip),
            *perturbed(skip),
            *network(skip),
            lam <= lambda_min(K),
            Chance(Not(FEATURES)) <= share,
            Chance(Not(good[5])) <= share,
            *descent((*good, RADIUS)),
        ),
        assumes=("unit-norms", "not-parallel", "smooth-activation", "gaussian-weights"),
        uses=(f"second-derivative-{named(skip)}",),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (_theorem(False), _theorem(True))

"""How far features move while no block of weights has moved by more than R√m: layer by layer, and through all."""

from __future__ import annotations

from typing import Any

from sympy import Max, Range, S, Symbol, exp, log, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.constants import D, L, R, alpha, c_x, omega, s
from derivations.papers.du2018.proof.letters import (
    FACTS,
    RESNET,
    SOURCE,
    act,
    at_depth,
    drawn,
    features,
    formula,
    gain,
    k,
    layer,
    near,
    weights,
)
from derivations.spectra import operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm, vector


def _layer_moves(skip: bool) -> Statement:
    W, V = weights(skip), weights(skip, "V")
    x, z = features(skip), features(skip, "z")
    moved = norm(layer(skip, V, z) - layer(skip, W, x))
    branch = gain(skip) / sqrt(m)
    stays = norm(z - x) if skip else 0
    most = formula("alpha", skip) * norm(z - x) + gain(skip) * L * R * norm(x)

    def derive() -> Derivation:
        made = chain(moved)
        jump = act(V * z) - act(W * x)
        if skip:
            made = (
                made.then(norm(z - x + branch * jump), "collecting")
                .then(norm(z - x) + norm(branch * jump), "the shortcut and the branch", relation="<=")
                .by(FACTS + "triangle", x=z - x, y=branch * jump)
            )
        return (
            made.then(stays + branch * norm(jump), "a factor before a vector")
            .then(stays + branch * L * norm(V * z - W * x), "σ is L-Lipschitz", relation="<=")
            .then(
                stays + branch * L * (norm(V * (z - x)) + norm((V - W) * x)),
                "Vz − Wx = V(z − x) + (V − W)x",
                relation="<=",
            )
            .by(FACTS + "triangle", x=V * (z - x), y=(V - W) * x)
            .then(
                stays + branch * L * (operator_norm(V) * norm(z - x) + operator_norm(V - W) * norm(x)),
                "norms of matrices",
                relation="<=",
            )
            .by(FACTS + "operator-vector", M=V, x=z - x)
            .by(FACTS + "operator-vector", M=V - W, x=x)
            .then(most, "‖V‖ ≤ ω√m, ‖V − W‖ ≤ R√m", relation="<=")
        )

    return Bound(
        f"layer-moves-{'resnet' if skip else 'fc'}",
        moved,
        most,
        title="A layer multiplies how far features have moved by at most α, and adds what its own weights move them",
        source=RESNET if skip else SOURCE,
        where=near(skip),
        sample_on=drawn(L, R, omega, *((c_res, H) if skip else (c_sigma,))),
        assumes=("smooth-activation",),
        derive=derive,
    )


def _put(skip: bool) -> dict[str, Any]:
    """A layer's own letters, in the place of themselves."""
    W, V, x, z = weights(skip), weights(skip, "V"), features(skip), features(skip, "z")
    own = {str(v): v for v in (W, V, x, z, act(W * x), act(V * z))}
    return {**own, "L": L, "R": R, "omega": omega, **({"c_res": c_res, "H": H} if skip else {"c_sigma": c_sigma})}


def _features_move_fc() -> Statement:
    W, V, x, z = weights(False), weights(False, "V"), features(False), features(False, "z")
    moved = norm(layer(False, V, z) - layer(False, W, x))
    before, after = (at_depth("D", depth) * R for depth in (k - 1, k))

    def derive() -> Derivation:
        return (
            chain(moved)
            .then(formula("alpha") * norm(z - x) + s * L * R * norm(x), "one layer", relation="<=")
            .by("layer-moves-fc", _put(False))
            .then(alpha * norm(z - x) + s * L * R * c_x, "α ≥ √c_σLω, ‖x‖ ≤ c_x", relation="<=")
            .then(alpha * before + s * L * R * c_x, "layers before have moved by ≤ D(k − 1)R", relation="<=")
            .then(after, "α·max(1, α)^(k−2) ≤ max(1, α)^(k−1), and 1 is no more", relation="<=")
        )

    return Bound(
        "features-move-fc",
        moved,
        after,
        title="By induction over layers: after k of them ‖x^(k)(t) − x^(k)(0)‖ ≤ D(k)R, from D(k − 1)R before",
        source=SOURCE,
        where=(*near(False), norm(x) <= c_x, norm(z - x) <= before, formula("alpha") <= alpha),
        sample_on=drawn(L, R, omega, c_sigma, c_x, alpha, k),
        assumes=("smooth-activation",),
        derive=derive,
    )


grown = s * L + c_x / omega
"""Beside a skip connection α^(k−1)·(√c_σL + c_x/ω) − c_x/ω solves Δ_k = αΔ_{k−1} + c_res/H·Lc_x, Δ_1 = √c_σL."""


def _features_layer_resnet() -> Statement:
    W, V, x, z = weights(True), weights(True, "V"), features(True), features(True, "z")
    moved = norm(layer(True, V, z) - layer(True, W, x))
    rate = formula("alpha", True)
    before, after = ((rate ** (k - 1) * grown - c_x / omega) * R, (rate**k * grown - c_x / omega) * R)

    def derive() -> Derivation:
        return (
            chain(moved)
            .then(rate * norm(z - x) + c_res / H * L * R * norm(x), "one layer", relation="<=")
            .by("layer-moves-resnet", _put(True))
            .then(rate * before + c_res / H * L * R * c_x, "what is known of the layer before", relation="<=")
            .then(after, "the recursion's solution")
        )

    return Bound(
        "features-layer-resnet",
        moved,
        after,
        title="One residual layer: ‖x^(k+1)(t) − x^(k+1)(0)‖ ≤ (α^k(√c_σL + c_x/ω) − c_x/ω)R, from the same before",
        source=RESNET,
        where=(*near(True), norm(x) <= c_x, norm(z - x) <= before),
        sample_on=drawn(L, R, omega, c_sigma, c_x, c_res, H, k),
        assumes=("smooth-activation",),
        derive=derive,
    )


def _first_layer() -> Statement:
    """√(c_σ/m)·σ(Ux) for an input x: nothing before it moves."""
    W, V, x = weights(False), weights(False, "V"), features(False)
    jump = vector("s_z", m) - vector("s_x", m)
    moved = norm(s / sqrt(m) * jump)

    def derive() -> Derivation:
        return (
            chain(moved)
            .then(s / sqrt(m) * norm(jump), "a factor before a vector")
            .then(s / sqrt(m) * L * norm((V - W) * x), "σ is L-Lipschitz", relation="<=")
            .then(s / sqrt(m) * L * operator_norm(V - W) * norm(x), "the norm of a matrix", relation="<=")
            .by(FACTS + "operator-vector", M=V - W, x=x)
            .then(s * L * R, "‖V − W‖ ≤ R√m, ‖x‖ ≤ 1", relation="<=")
        )

    return Bound(
        "first-layer-moves",
        moved,
        s * L * R,
        title="The first layer moves by at most √c_σLR: its input stays, and has norm at most one",
        source=SOURCE,
        where=(
            norm(jump) <= L * norm((V - W) * x),
            operator_norm(V - W) <= R * sqrt(m),
            norm(x) <= 1,
        ),
        sample_on=drawn(L, R, c_sigma),
        assumes=("unit-norms", "smooth-activation"),
        derive=derive,
    )


def _depth() -> Statement:
    h = Symbol("h", integer=True, positive=True)
    lhs = at_depth("D", h) * R

    def derive() -> Derivation:
        return (
            chain(lhs)
            .then(s * L * c_x * H * Max(1, alpha) ** (h - 1) * R, "h ≤ H", relation="<=")
            .then(formula("D") * R, "max(1, α) ≥ 1", relation="<=")
            .then(D * R, "D is at least its formula", relation="<=")
        )

    return Bound(
        "depth",
        lhs,
        D * R,
        title="What features have moved after h layers is at most what they have after all H: D(h)R ≤ DR",
        source=SOURCE,
        on={H: S.Naturals},
        where=(h <= H, formula("D") <= D),
        sample_on={
            L: (1, 2),
            c_sigma: (1, 3),
            c_x: (2, 3),
            alpha: (S.Half, 2),
            h: Range(1, 3),
            H: Range(2, 4),
            D: (200, 400),
        },
        uses=("features-move-fc",),
        derive=derive,
    )


def _features_move_resnet() -> Statement:
    rate = formula("alpha", True)
    after = (rate**k * grown - c_x / omega) * R
    most = formula("D", True) * R

    def derive() -> Derivation:
        return (
            chain(after)
            .then(rate**k * grown * R, "c_x/ω > 0", relation="<=")
            .then(exp(k * log(rate)) * grown * R, "a power as an exponential")
            .then(most, "k·log(1 + c_resLω/H) ≤ c_resLω", relation="<=")
            .by("resnet-factor", h=k, H=H, g=c_res * L * omega)
        )

    return Bound(
        "features-move-resnet",
        after,
        most,
        title="ResNet: after k ≤ H layers features have moved by at most DR, whatever the depth",
        source=RESNET,
        where=(k <= H,),
        uses=("features-layer-resnet",),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    _layer_moves(False),
    _layer_moves(True),
    _first_layer(),
    _features_move_fc(),
    _depth(),
    _features_layer_resnet(),
    _features_move_resnet(),
)

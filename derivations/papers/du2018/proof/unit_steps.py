"""Derivatives along a unit step of all weights: of features and signals, and with them the second derivative of u_i."""

from __future__ import annotations

from typing import Any

from sympy import Expr, HadamardProduct, MatrixSymbol, Symbol, Transpose, exp, log, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.constants import D_b, D_x, L, X, Z, alpha, b, beta, omega, s
from derivations.papers.du2018.proof.letters import (
    FACTS,
    RESNET,
    SOURCE,
    at_depth,
    bend,
    bent,
    bounded,
    drawn,
    features,
    formula,
    gain,
    k,
    slope,
    weights,
)
from derivations.papers.du2018.proof.signals import g
from derivations.spectra import frobenius_norm, operator_norm
from derivations.statements import Bound, Statement
from derivations.steps import Derivation, chain
from derivations.vectors import norm, vector

v, w = vector("v", m), vector("w", m)
"""Derivatives of z = Wx and of the signal g along the step."""
t, t_1, y = (Symbol(name, nonnegative=True) for name in ("t", "t_1", "y"))
"""Norms of the second derivative in a block, in the first block, and in that of a."""


def step_of(skip: bool) -> MatrixSymbol:
    """The step of a block, of norm at most 1."""
    return weights(skip, "V")


def _preactivation(skip: bool) -> Any:
    """The derivative of Wx: W·dx + dW·x."""
    return weights(skip) * features(skip, "u") + step_of(skip) * features(skip)


def _known(skip: bool) -> tuple[Any, ...]:
    return operator_norm(weights(skip)) <= omega * sqrt(m), operator_norm(step_of(skip)) <= 1, norm(features(skip)) <= X


def _preactivation_derivative() -> Statement:
    u, x = features(False, "u"), features(False)
    W, V = weights(False), step_of(False)

    def derive() -> Derivation:
        return (
            chain(norm(_preactivation(False)))
            .then(norm(W * u) + norm(V * x), "both parts", relation="<=")
            .by(FACTS + "triangle", x=W * u, y=V * x)
            .then(operator_norm(W) * norm(u) + operator_norm(V) * norm(x), "norms of matrices", relation="<=")
            .by(FACTS + "operator-vector", M=W, x=u)
            .by(FACTS + "operator-vector", M=V, x=x)
            .then(omega * sqrt(m) * norm(u) + X, "‖W‖ ≤ ω√m, ‖dW‖ ≤ 1, ‖x‖ ≤ X", relation="<=")
            .then(formula("Z"), "‖dx‖ ≤ D_x/√m", relation="<=")
        )

    return Bound(
        "preactivation-derivative",
        norm(_preactivation(False)),
        formula("Z"),
        title="Along a unit step ‖d(Wx)‖ ≤ Z, where ‖dx‖ ≤ D_x/√m",
        source=SOURCE,
        where=(*_known(False), norm(u) <= D_x / sqrt(m)),
        sample_on=drawn(omega, X, D_x),
        derive=derive,
    )


grown = s * L + X / omega


def _features_derivative(skip: bool) -> Statement:
    u, x, W, V = features(skip, "u"), features(skip), weights(skip), step_of(skip)
    z = _preactivation(skip)
    branch = gain(skip) / sqrt(m)
    moved = branch * HadamardProduct(slope(W * x), z)
    rate = formula("alpha", True) if skip else alpha
    stays = norm(u) if skip else 0
    if skip:
        before, after = (rate ** (k - 1) * grown - X / omega) / sqrt(m), (rate**k * grown - X / omega) / sqrt(m)
    else:
        before, after = (at_depth("D_x", depth) / sqrt(m) for depth in (k - 1, k))

    def derive() -> Derivation:
        made = chain(norm(u + moved) if skip else norm(moved))
        if skip:
            made = made.then(norm(u) + norm(moved), "the shortcut and the branch", relation="<=").by(
                FACTS + "triangle", x=u, y=moved
            )
        return (
            made.then(stays + branch * norm(HadamardProduct(slope(W * x), z)), "a factor before a vector")
            .then(stays + branch * L * norm(z), "|σ′| ≤ L", relation="<=")
            .then(stays + branch * L * (norm(W * u) + norm(V * x)), "both parts", relation="<=")
            .by(FACTS + "triangle", x=W * u, y=V * x)
            .then(
                stays + branch * L * (operator_norm(W) * norm(u) + operator_norm(V) * norm(x)),
                "norms of matrices",
                relation="<=",
            )
            .by(FACTS + "operator-vector", M=W, x=u)
            .by(FACTS + "operator-vector", M=V, x=x)
            .then(rate * norm(u) + branch * L * X, "‖W‖ ≤ ω√m, ‖dW‖ ≤ 1, ‖x‖ ≤ X", relation="<=")
            .then(rate * before + branch * L * X, "layers before", relation="<=")
            .then(after, "once more α", relation="<=")
        )

    given = (*_known(skip), bounded(W * x, z), norm(u) <= before)
    numbers = (L, omega, X, k, c_sigma, *((c_res, H) if skip else (alpha,)))
    return Bound(
        "features-derivative-layer-resnet" if skip else "features-derivative-fc",
        norm(u + moved) if skip else norm(moved),
        after,
        title="Along a unit step, one residual layer: ‖dx‖ ≤ (α^k(√c_σL + X/ω) − X/ω)/√m, from the same before"
        if skip
        else "Along a unit step, by induction over layers, fully connected: ‖dx‖ ≤ D_x/√m after k of them",
        source=RESNET if skip else SOURCE,
        where=given if skip else (*given, formula("alpha") <= alpha),
        sample_on=drawn(*numbers),
        assumes=("smooth-activation",),
        derive=derive,
    )


def _power(slug: str, start: Expr, most: Expr, title: str, by: str) -> Statement:
    """α^k·start ≤ e^{c_resLω}·start for k ≤ H, beside a skip connection."""
    rate = formula("alpha", True)

    def derive() -> Derivation:
        return (
            chain(rate**k * start)
            .then(exp(k * log(rate)) * start, "a power as an exponential")
            .then(most, "k·log(1 + c_resLω/H) ≤ c_resLω", relation="<=")
            .by("resnet-factor", h=k, H=H, g=c_res * L * omega)
        )

    return Bound(slug, rate**k * start, most, title=title, source=RESNET, where=(k <= H,), uses=(by,), derive=derive)


def _signals_move(skip: bool) -> Statement:
    W, V, x = weights(True), step_of(True), features(True)
    branch = gain(skip) / sqrt(m)
    parts = (
        Transpose(V) * HadamardProduct(slope(W * x), g),
        Transpose(W) * HadamardProduct(bend(W * x), v, g),
        Transpose(W) * HadamardProduct(slope(W * x), w),
    )
    whole = branch * (parts[0] + parts[1] + parts[2])
    rate = formula("alpha", True) if skip else alpha
    stays = norm(w) if skip else 0
    added = gain(skip) * b * (L + omega * beta * Z) * sqrt(m)
    if skip:
        lag = c_res * b * (L + omega * beta * Z)
        before, after = rate ** (k - 1) * (1 + lag * (k - 1) / H) * sqrt(m), rate**k * (1 + lag * k / H) * sqrt(m)
    else:
        before, after = at_depth("D_b", k) * sqrt(m), at_depth("D_b", k + 1) * sqrt(m)
    products = (V, W, W)
    vectors = (
        HadamardProduct(slope(W * x), g),
        HadamardProduct(bend(W * x), v, g),
        HadamardProduct(slope(W * x), w),
    )

    def derive() -> Derivation:
        made = chain(norm(w + whole) if skip else norm(whole))
        if skip:
            made = made.then(norm(w) + norm(whole), "the shortcut and the branch", relation="<=").by(
                FACTS + "triangle", x=w, y=whole
            )
        made = (
            made.then(stays + branch * norm(parts[0] + parts[1] + parts[2]), "a factor before a vector")
            .then(stays + branch * (norm(parts[0]) + norm(parts[1] + parts[2])), "three parts", relation="<=")
            .by(FACTS + "triangle", x=parts[0], y=parts[1] + parts[2])
            .then(stays + branch * (norm(parts[0]) + norm(parts[1]) + norm(parts[2])), "three parts", relation="<=")
            .by(FACTS + "triangle", x=parts[1], y=parts[2])
            .then(
                stays + branch * sum(operator_norm(B) * norm(p) for B, p in zip(products, vectors, strict=True)),
                "norms of matrices",
                relation="<=",
            )
        )
        for B, p in zip(products, vectors, strict=True):
            made = made.by(FACTS + "operator-vector", M=Transpose(B), x=p)
        return (
            made.then(
                stays + branch * (L * norm(g) + operator_norm(W) * (beta * norm(v) * norm(g) + L * norm(w))),
                "‖dW‖ ≤ 1, |σ′| ≤ L, |σ″| ≤ β",
                relation="<=",
            )
            .then(
                rate * norm(w) + branch * (L + omega * beta * Z * sqrt(m)) * b * sqrt(m),
                "‖W‖ ≤ ω√m, ‖dz‖ ≤ Z, ‖g‖ ≤ b√m",
                relation="<=",
            )
            .then(rate * norm(w) + added, "√m ≥ 1", relation="<=")
            .then(rate * before + added, "layers after it", relation="<=")
            .then(after, "once more α", relation="<=")
        )

    given = (
        bounded(W * x, g),
        bounded(W * x, w),
        bent(W * x, v, g),
        operator_norm(W) <= omega * sqrt(m),
        operator_norm(V) <= 1,
        norm(g) <= b * sqrt(m),
        norm(v) <= Z,
        norm(w) <= before,
    )
    numbers = (L, beta, omega, b, Z, k, *((c_res, H) if skip else (c_sigma, alpha)))
    return Bound(
        "signals-move-layer-resnet" if skip else "signals-move-fc",
        norm(w + whole) if skip else norm(whole),
        after,
        title="Along a unit step, one residual layer back: ‖dg‖ ≤ α^k(1 + c_resb(L + ωβZ)k/H)√m, from the same before"
        if skip
        else "Along a unit step, by induction over layers, fully connected: signals change by ≤ D_b√m",
        source=RESNET if skip else SOURCE,
        where=given if skip else (*given, formula("alpha") <= alpha),
        sample_on=drawn(*numbers),
        assumes=("smooth-activation",),
        derive=derive,
    )


def _block() -> Statement:
    """The second derivative of a block: √(c_σ/m)·[(σ″∘dz∘g)xᵀ + (σ′∘dg)xᵀ + (σ′∘g)dxᵀ]."""
    W, x, u = weights(False), features(False), features(False, "u")
    slopes = slope(W * x)
    columns = (HadamardProduct(bend(W * x), v, g), HadamardProduct(slopes, w), HadamardProduct(slopes, g))
    parts = (columns[0] * Transpose(x), columns[1] * Transpose(x), columns[2] * Transpose(u))
    whole = frobenius_norm(parts[0] + parts[1] + parts[2])

    def derive() -> Derivation:
        return (
            chain(whole)
            .then(frobenius_norm(parts[0]) + frobenius_norm(parts[1] + parts[2]), "three parts", relation="<=")
            .by(FACTS + "frobenius-triangle", M=parts[0], N=parts[1] + parts[2])
            .then(sum(frobenius_norm(part) for part in parts), "three parts", relation="<=")
            .by(FACTS + "frobenius-triangle", M=parts[1], N=parts[2])
            .then(
                norm(columns[0]) * norm(x) + norm(columns[1]) * norm(x) + norm(columns[2]) * norm(u),
                "columns times rows",
            )
            .then(
                beta * norm(v) * norm(g) * norm(x) + L * norm(w) * norm(x) + L * norm(g) * norm(u),
                "|σ″| ≤ β, |σ′| ≤ L",
                relation="<=",
            )
            .then((beta * Z * b * X + L * D_b * X + L * b * D_x) * sqrt(m), "what bounds each", relation="<=")
        )

    return Bound(
        "block-second-derivative",
        whole,
        (beta * Z * b * X + L * D_b * X + L * b * D_x) * sqrt(m),
        title="Along a unit step the gradient of a block, over its γ/√m, changes by at most (βZbX + LD_bX + LbD_x)√m",
        source=SOURCE,
        where=(
            bent(W * x, v, g),
            bounded(W * x, w),
            bounded(W * x, g),
            norm(v) <= Z,
            norm(g) <= b * sqrt(m),
            norm(x) <= X,
            norm(w) <= D_b * sqrt(m),
            norm(u) <= D_x,
        ),
        sample_on=drawn(L, beta, Z, b, X, D_b, D_x),
        assumes=("smooth-activation",),
        uses=("column-row", "preactivation-derivative"),
        derive=derive,
    )


block = beta * Z * b * X + L * D_b * X + L * b * D_x
"""What bounds the second derivative in a block over its γ."""


def _second_derivative(skip: bool) -> Statement:
    """Blocks together; the last one is that of a, whose second derivative is that of x^(H)."""
    others = gain(skip) * block
    total = (t_1 + (H - 1) * t + y) if skip else (H * t + y)
    given = (t <= others, y <= D_x, *((t_1 <= s * block,) if skip else ()))

    def derive() -> Derivation:
        first = (s * block + (H - 1) * others) if skip else H * others
        return (
            chain(total)
            .then(first + D_x, "each block", relation="<=")
            .then(formula("C_2", skip), "H − 1 < H" if skip else "collecting", relation="<=")
        )

    named = "resnet" if skip else "fc"
    return Bound(
        f"second-derivative-{named}",
        total,
        formula("C_2", skip),
        title="‖D²u‖ ≤ C₂: the second derivatives of all blocks together",
        source=RESNET if skip else SOURCE,
        where=given,
        uses=("block-second-derivative", f"features-derivative-{named}", f"signals-move-{named}"),
        derive=derive,
    )


STATEMENTS: tuple[Statement, ...] = (
    _preactivation_derivative(),
    _features_derivative(False),
    _features_derivative(True),
    _power(
        "features-derivative-resnet",
        grown,
        formula("D_x", True),
        "ResNet: along a unit step ‖dx‖ ≤ D_x/√m after every layer, whatever the depth",
        "features-derivative-layer-resnet",
    ),
    _signals_move(False),
    _signals_move(True),
    _power(
        "signals-move-resnet",
        1 + c_res * b * (L + omega * beta * Z),
        formula("D_b", True),
        "ResNet: along a unit step signals change by ≤ D_b√m in every layer, whatever the depth",
        "signals-move-layer-resnet",
    ),
    _block(),
    _second_derivative(False),
    _second_derivative(True),
)

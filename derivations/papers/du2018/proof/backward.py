"""What the network's gradients do within the radius, from its own equations: signals, Gram matrices, and steps."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Max, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.blocks import form
from derivations.papers.du2018.proof.constants import C_2, A, B, B_all, L, X, alpha, b, n, omega, s
from derivations.papers.du2018.proof.descent import eta
from derivations.papers.du2018.proof.letters import FACTS, formula, gain
from derivations.papers.du2018.proof.limits import named
from derivations.papers.du2018.proof.within import (
    G_U,
    G,
    G_a,
    U,
    W,
    a,
    back,
    each_of,
    h,
    i,
    k,
    last,
    o,
    own,
    passed,
    r,
    signal,
    slope,
    v,
    wide,
    x,
)
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.spectra import frobenius_norm, lambda_max, max_norm, operator_norm
from derivations.steps import Derivation
from derivations.vectors import inner, norm, norm_squared

P = Family("P", n, n)
"""P(h, k), the Gram matrices of the output, of the first layer and of those before W(h, k), together."""
others = P(last, k)
J = G(last, k) + others
"""The Gram matrix of all gradients."""


def descent(within: tuple[Any, ...]) -> tuple[Any, ...]:
    """Gradient descent: P(h, k) as sums, how long each block's step is, and Taylor's remainder of each output.

    A step moves the block W by η·Σ_i r_i·∂u_i/∂W, of which the square is η²·rᵀGr (the lemma step-length). That each
    output has a second derivative of at most C₂ along the step, from one end within the radius to the other, the
    lemmas second-derivative-… say block by block.
    """
    deep = h <= H - 1
    change = r(k + 1) - r(k) + eta * J * r(k)
    later = tuple(c.xreplace({k: k + 1}) for c in within[-1:])
    return (
        ForAll(k, Eq(P(1, k), G_U(k) + G_a(k), evaluate=False), name="sum-first"),
        ForAll((h, k), Eq(P(h + 1, k), P(h, k) + G(h, k), evaluate=False), when=h <= H - 2, name="sums"),
        ForAll(
            (h, k),
            Eq(frobenius_norm(W(h, k + 1) - W(h, k)) ** 2, eta**2 * form(G(h, k), r(k)), evaluate=False),
            when=deep,
            name="step",
        ),
        ForAll(
            k,
            (
                Eq(frobenius_norm(U(k + 1) - U(k)) ** 2, eta**2 * form(G_U(k), r(k)), evaluate=False),
                Eq(norm_squared(a(k + 1) - a(k)), eta**2 * form(G_a(k), r(k)), evaluate=False),
            ),
            name="step-ends",
        ),
        ForAll(k, max_norm(change) <= C_2 * eta**2 * form(J, r(k)) / 2, when=(*within, *later), name="taylor"),
    )


def signals(made: Derivation, within: tuple[Any, ...], skip: bool) -> Derivation:
    """No signal is longer than b√m: by induction over the layers through which it has come back."""
    rate = formula("alpha", True) if skip else Max(1, alpha)
    where, letters = (back <= H - 1, i <= n, *within), own(A, L, omega, *((c_res, H) if skip else (alpha, c_sigma)))
    before = H - 1 - back
    put = {"W": W(before, k), "g": signal(H - back, k, i), "p_x": slope(before, k, i), "k": back + 1}
    most = A * wide * rate**back
    claim = ForAll((back, k, i), norm(signal(H - back, k, i)) <= most, when=where, name="signals-layer")
    made = (
        made.have(claim, "layer by layer, backwards")
        .using("weights", h=1, k=k)
        .using("signals-last", k=k, i=i)
        .using("weights", h=before, k=k)
        .using("slopes", h=before, k=k, i=i)
        .using("signals-back", h=before, k=k, i=i)
        .by(FACTS + "hadamard-max", u=slope(before, k, i), v=signal(H - back, k, i), c=L)
        .by("signals-layer-resnet" if skip else "signals-fc", put, **letters)
        .by_induction(back)
    )
    short = ForAll((h, k, i), norm(signal(h, k, i)) <= b * wide, when=(h <= H, i <= n, *within), name="signals")
    made = made.have(short, "through all layers").using("signals-layer", t=H - h, k=k, i=i)
    depth = own(A, H, b, *((c_res, L, omega) if skip else (alpha,)))
    made = made.by(f"signals-depth-{named(skip)}", t=H - h, **depth)
    length = ForAll((h, k, i), norm(x(h, k, i)) <= X, when=(h <= H, i <= n, *within), name="features-length")
    made = (
        made.have(length, "at the start and since")
        .using("features", l=h, j=i)
        .using("features-move", k=k, h=h, i=i)
        .by(FACTS + "triangle", x=x(h, k, i) - x(h, 0, i), y=x(h, 0, i))
    )
    for layer, name in ((h, ""), (0, "-first")):
        over, deep = ((h, k, i), (h <= H - 1,)) if layer == h else ((k, i), ())
        where = (*deep, i <= n, *within)
        claim = ForAll(over, norm(passed(layer, k, i)) <= L * b * wide, when=where, name=f"passed{name}")
        made = (
            made.have(claim, "|σ′| ≤ L")
            .using("signals", h=layer + 1, k=k, i=i)
            .using(f"slopes{name}", {str(index): index for index in over})
            .by(FACTS + "hadamard-max", u=slope(layer, k, i), v=signal(layer + 1, k, i), c=L)
        )
    return made


def grams(made: Derivation, within: tuple[Any, ...], skip: bool) -> Derivation:
    """Each block's Gram matrix, whose entries are no larger than the block's gradients together, and their sum."""
    pair = (o <= n, i <= n, *within)
    size = gain(skip) * L * b * X
    first = (s * L * b) ** 2 if skip else size**2
    middle = {"over": (h,), "when": (h <= H - 1,)}
    for matrix, most, factor, products, kind in (
        (G(h, k), size**2, gain(skip), (h, X, (x(h, k, o), x(h, k, i))), middle),
        (G_U(k), first, s, (0, 1 if skip else X, (v(o), v(i))), {"over": (), "when": ()}),
    ):
        layer, length, (one, two) = products
        at = {str(index): index for index in kind["over"]}
        name = "gram" if at else "gram-first"
        came = passed(layer, k, o), passed(layer, k, i)
        sides = inner(one, two), inner(*came)
        claim = Abs(matrix[o - 1, i - 1]) <= most
        made = made.have(
            ForAll((*kind["over"], k, o, i), claim, when=(*kind["when"], *pair), name=f"{name}-entry"),
            "Cauchy, Schwarz",
        ).using("entries" if at else "entries-first", at, k=k, o=o, i=i)
        for place in (o, i):
            made = made.using("passed" if at else "passed-first", at, k=k, i=place)
            made = made.using("features-length", at, k=k, i=place) if at else made.using("inputs", i=place)
        for sign in (1, -1):
            made = made.by("features-product", x=sign * one, y=two, X=length)
            made = made.by("features-product", x=sign * came[0], y=came[1], X=L * b * wide)
        made = made.by("gram-entry", {"P_12": sides[0], "S_12": sides[1], "g": factor, "Y": length}, **own(L, b, m))
        made = _matrix(made, matrix, most, (*kind["over"], k), (*kind["when"], *within), name)
    last_one = ForAll((k, o, i), Abs(G_a(k)[o - 1, i - 1]) <= X**2, when=pair, name="gram-output-entry")
    made = made.have(last_one, "Cauchy, Schwarz").using("entries-output", k=k, o=o, i=i)
    for place in (o, i):
        made = made.using("features-length", h=H, k=k, i=place)
    for sign in (1, -1):
        made = made.by("features-product", x=sign * x(H, k, o), y=x(H, k, i), X=X)
    made = _matrix(made, G_a(k), X**2, (k,), within, "gram-output")
    sums = operator_norm(P(h, k)) <= n * (first + X**2 + (h - 1) * size**2)
    made = (
        made.have(ForAll((k, h), sums, when=(h <= H - 1, *within), name="gram-sums"), "layer by layer")
        .using("gram-first", k=k)
        .using("gram-output", k=k)
        .using("sum-first", k=k)
        .by(FACTS + "operator-triangle", M=G_U(k), N=G_a(k))
        .using("gram", h=h, k=k)
        .using("sums", h=h, k=k)
        .by(FACTS + "operator-triangle", M=P(h, k), N=G(h, k))
        .by_induction(h, 1)
    )
    return (
        made.have(ForAll(k, operator_norm(J) <= n * B_all**2, when=within, name="gram-all"), "H blocks and the output")
        .using("gram", h=last, k=k)
        .using("gram-sums", h=last, k=k)
        .by("squares", N=formula("B_all", skip), P=B_all)
        .by(FACTS + "operator-triangle", M=others, N=G(last, k))
        .have(ForAll(k, lambda_max(J) <= n * B_all**2, when=within, name="largest"), "it is no larger than the norm")
        .using("gram-all", k=k)
        .by(FACTS + "symmetric-norm", A=J)
    )


def _matrix(made: Derivation, matrix: Any, most: Any, over: Any, when: Any, name: str) -> Derivation:
    """The norm of a matrix from its entries."""
    at = {str(index): index for index in over}
    return (
        made.have(ForAll(over, max_norm(matrix) <= most, when=when, name=f"{name}-entries"), "each entry")
        .using(f"{name}-entry", at)
        .have(ForAll(over, operator_norm(matrix) <= n * most, when=when, name=name), "n times an entry")
        .using(f"{name}-entries", at)
        .by(FACTS + "entry-operator", R=matrix, c=most)
    )


def steps(made: Derivation, within: tuple[Any, ...], skip: bool) -> Derivation:
    """How far a step moves each block, and what it has beyond its linear part."""
    step = eta * sqrt(n) * B * norm(r(k))
    blocks = (
        operator_norm(W(h, k + 1) - W(h, k)) <= step,
        operator_norm(U(k + 1) - U(k)) <= step,
        norm(a(k + 1) - a(k)) <= step,
    )
    made = (
        made.have(X >= 1, "X ≥ c_x ≥ 1")
        .have(ForAll((k, h), blocks, when=(h <= H - 1, *within), name="blocks-move"), "η times r and the gradients")
        .using("gram", h=h, k=k)
        .using("gram-first", k=k)
        .using("gram-output", k=k)
        .using("step", h=h, k=k)
        .using("step-ends", k=k)
    )
    for size in (*each_of(formula("B", skip)), *((s * L * b,) if skip else ())):
        made = made.by("squares", N=size, P=B)
    for matrix, moved in ((G(h, k), W(h, k + 1) - W(h, k)), (G_U(k), U(k + 1) - U(k)), (G_a(k), a(k + 1) - a(k))):
        made = made.by("block-step", {"G": matrix, "V": moved, "r": r(k)}, **own(B, eta))
    return made

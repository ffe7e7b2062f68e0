"""What the network does within the radius, as a derivation from its own equations: features, and the Gram matrix.

s(h, k, j) and p(h, k, j) are σ and σ′ of what enters the activation of layer h + 1 for input j after k steps, v(j) the
inputs, y the labels, b(h, k, j) the output's derivative by the features x(h, k, j). What is assumed of them is what the
paper assumes of σ: it is L-Lipschitz, |σ′| ≤ L, and σ′ is β-Lipschitz. G(h, k) is the Gram matrix of the gradients by
W(h, k), G_U(k) and G_a(k) are those of the first layer and of the output.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Eq, Function, HadamardProduct, Max, Mul, Symbol, Transpose, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, m
from derivations.papers.du2018.proof.constants import (
    C_G,
    A,
    B,
    B_all,
    D,
    L,
    R,
    X,
    alpha,
    b,
    beta,
    c_4,
    c_a,
    c_r,
    c_w,
    c_x,
    d,
    n,
    omega,
    s,
    y_max,
)
from derivations.papers.du2018.proof.gram_moves import slope_moves, sum_moves
from derivations.papers.du2018.proof.letters import FACTS, at_depth, formula, gain
from derivations.papers.du2018.proof.limits import named
from derivations.quantities.families import Family
from derivations.quantities.schemas import ForAll
from derivations.spectra import max_norm, operator_norm
from derivations.steps import Derivation
from derivations.vectors import elementwise, inner, norm, vector

k = Symbol("k", integer=True, nonnegative=True)
"""Steps of gradient descent."""
h, o, i = (Symbol(name, integer=True, positive=True) for name in "hoi")
"""A layer, and two inputs."""
last, wide = H - 1, sqrt(m)
W, U, a, x, v = Family("W", m, m), Family("U", m, d), Family("a", m), Family("x", m), Family("v", d)
act, slope, signal, r = Family("s", m), Family("p", m), Family("b", m), Family("r", n)
G, G_U, G_a = Family("G", n, n), Family("G_U", n, n), Family("G_a", n, n)
y, sigma = vector("y", n), Function("sigma", real=True)
back = Symbol("t", integer=True, nonnegative=True)
"""Layers through which a signal has come back."""


def own(*symbols: Any) -> dict[str, Any]:
    """Symbols in the place of themselves."""
    return {str(symbol): symbol for symbol in symbols}


def _entry(skip: bool, at: Any) -> Any:
    """γ²⟨x_i, x_j⟩·(1/m)Σ_r a_r²σ′σ′ after some steps, of the features before the last layer."""
    return gain(skip) ** 2 * _product(at) * _sum(at) / m


def before(layer: Any, at: Any, place: Any) -> Any:
    """What enters the activation."""
    return W(layer, at) * x(layer, at, place)


def _gap(at: Any, place: Any, layer: Any = last) -> Any:
    return norm(before(layer, at, place) - before(layer, 0, place))


def passed(layer: Any, at: Any, place: Any) -> Any:
    """σ′ ∘ b: a signal that has come back through the activation after a layer's weights."""
    return HadamardProduct(slope(layer, at, place), signal(layer + 1, at, place))


def network(skip: bool) -> tuple[Any, ...]:
    """The network's equations forward and backward, what is assumed of σ, and what the Gram matrices' entries are."""
    branch = gain(skip) / wide * act(h, k, i)
    after = x(h, k, i) + branch if skip else branch
    first, gap, inputs = s / wide * act(0, k, i), _gap(k, i, h), i <= n
    jump = norm(act(0, k, i) - act(0, 0, i)) <= L * norm(U(k) * v(i) - U(0) * v(i))
    bounded = max_norm(slope(h, k, i)) <= L, norm(slope(h, k, i) - slope(h, 0, i)) <= beta * gap
    pair, deep = (o <= n, inputs), (h <= H - 1, inputs)
    through = gain(skip) / wide * Transpose(W(h, k)) * passed(h, k, i)
    returned = signal(h + 1, k, i) + through if skip else through
    blocks = inner(x(h, k, o), x(h, k, i)) * inner(passed(h, k, o), passed(h, k, i))
    first_block = inner(v(o), v(i)) * inner(passed(0, k, o), passed(0, k, i))
    outputs = inner(x(H, k, o), x(H, k, i))
    first_act, acts = elementwise(sigma, U(k) * v(i)), elementwise(sigma, before(h, k, i))
    output = inner(a(k), x(H, k, i))
    grams = {
        "entries": ((h, k, o, i), G(h, k), gain(skip) ** 2 / m * blocks, (h <= H - 1, *pair)),
        "entries-first": ((k, o, i), G_U(k), c_sigma / m * first_block, pair),
        "entries-output": ((k, o, i), G_a(k), outputs, pair),
    }
    return (
        ForAll(i, norm(v(i)) <= 1, when=inputs, name="inputs"),
        ForAll((k, i), Eq(x(1, k, i), first, evaluate=False), when=inputs, name="first-layer"),
        ForAll((h, k, i), Eq(x(h + 1, k, i), after, evaluate=False), when=deep, name="layers"),
        ForAll((k, i), Eq(act(0, k, i), first_act, evaluate=False), when=inputs, name="act-first"),
        ForAll((h, k, i), Eq(act(h, k, i), acts, evaluate=False), when=deep, name="act"),
        ForAll((k, i), Eq(r(k)[i - 1, 0], y[i - 1, 0] - output, evaluate=False), when=inputs, name="residuals"),
        ForAll(i, Abs(y[i - 1, 0]) <= y_max, when=inputs, name="labels"),
        ForAll((k, i), jump, when=inputs, name="lipschitz-first"),
        ForAll((h, k, i), norm(act(h, k, i) - act(h, 0, i)) <= L * gap, when=deep, name="lipschitz"),
        ForAll((h, k, i), bounded, when=deep, name="slopes"),
        ForAll((k, i), max_norm(slope(0, k, i)) <= L, when=inputs, name="slopes-first"),
        ForAll((k, i), Eq(signal(H, k, i), a(k), evaluate=False), when=inputs, name="signals-last"),
        ForAll((h, k, i), Eq(signal(h, k, i), returned, evaluate=False), when=deep, name="signals-back"),
        *(
            ForAll(over, Eq(matrix[o - 1, i - 1], said, evaluate=False), when=when, name=name)
            for name, (over, matrix, said, when) in grams.items()
        ),
    )


def perturbed(skip: bool) -> tuple[Any, ...]:
    """Each constant that the perturbation needs is at least what its formula says."""
    symbols = {"omega": omega, "A": A, "D": D, "X": X, "C_G": C_G, "b": b, **({} if skip else {"alpha": alpha})}
    known = {c_w: formula("c_w")}
    fixed = (c_a >= formula("c_a"), c_4 >= formula("c_4"), c_x >= 1, c_r >= formula("c_r"))
    gradients = (*(part <= B for part in each_of(formula("B", skip))), formula("B_all", skip) <= B_all)
    return (*fixed, *(formula(name, skip).xreplace(known) <= symbol for name, symbol in symbols.items()), *gradients)


def each_of(largest: Any) -> list[Any]:
    """The numbers > 0 of which a largest one is the largest, also where it stands in a product of such."""
    if isinstance(largest, Max):
        return [part for one in largest.args for part in each_of(one)]
    inside = next((f for f in Mul.make_args(largest) if f.has(Max)), None)
    return [largest] if inside is None else [largest / inside * part for part in each_of(inside)]


def weights(made: Derivation, within: tuple[Any, ...]) -> Derivation:
    """Within the radius no block is larger than its own at the start and the radius."""
    claims = (operator_norm(W(h, k)) <= omega * wide, norm(a(k)) <= A * wide, norm(a(0)) <= c_a * wide)
    return (
        made.have(ForAll((k, h), claims, when=(h <= H - 1, *within), name="weights"), "R ≤ 1")
        .using("radius", l=h)
        .using("norms", l=h)
        .by(FACTS + "operator-triangle", M=W(h, k) - W(h, 0), N=W(h, 0))
        .by(FACTS + "triangle", x=a(k) - a(0), y=a(0))
    )


def _moved(skip: bool, depth: Any) -> Any:
    if not skip:
        return at_depth("D", depth)
    return formula("alpha", True) ** depth * (s * L + c_x / omega) - c_x / omega


def features(made: Derivation, within: tuple[Any, ...], skip: bool) -> Derivation:
    """Features move by at most DR: by induction over layers, each with its own part of D."""
    moved = norm(x(h, k, i) - x(h, 0, i))
    where = (h <= H, i <= n, *within)
    letters = own(L, R, omega, c_x, c_sigma, *((c_res, H) if skip else (alpha,)))
    first = {"V": U(k), "W": U(0), "x": v(i), "s_x": act(0, 0, i), "s_z": act(0, k, i)}
    put = {"W": W(h, 0), "V": W(h, k), "x": x(h, 0, i), "z": x(h, k, i), "s_x": act(h, 0, i), "s_z": act(h, k, i)}
    made = (
        made.have(ForAll((k, h, i), moved <= _moved(skip, h) * R, when=where, name="layers-move"), "layer by layer")
        .using("radius", l=1)
        .using("inputs", i=i)
        .using("first-layer", k=k, i=i)
        .using("first-layer", k=0, i=i)
        .using("lipschitz-first", k=k, i=i)
        .by("first-layer-moves", first, **own(L, R, c_sigma))
        .using("radius", l=h)
        .using("weights", h=h, k=k)
        .using("features", l=h, j=i)
        .using("layers", h=h, k=k, i=i)
        .using("layers", h=h, k=0, i=i)
        .using("lipschitz", h=h, k=k, i=i)
        .by("features-layer-resnet" if skip else "features-move-fc", {**put, "k": h + 1}, **letters)
        .by_induction(h, 1)
    )
    made = made.have(ForAll((k, h, i), moved <= D * R, when=where, name="features-move"), "all layers together")
    made = made.using("layers-move", k=k, h=h, i=i)
    if skip:
        return made.by("features-move-resnet", k=h, **letters)
    return made.by("depth", h=h, **own(D, H, L, R, c_sigma, c_x, alpha))


def _pair(at: Any) -> tuple[Any, Any]:
    """σ′ of both inputs in the last layer."""
    return slope(last, at, o), slope(last, at, i)


def entries(made: Derivation, within: tuple[Any, ...], skip: bool) -> Derivation:
    """No entry of the Gram matrix of the last layer moves by more than C_G R."""
    one, two = (i <= n, *within), (o <= n, i <= n, *within)
    put = {"W": W(last, 0), "V": W(last, k), "x": x(last, 0, i), "x_k": x(last, k, i)}
    made = (
        made.have(
            ForAll((k, i), _gap(k, i) <= wide * R * (omega * D + c_x), when=one, name="preactivations"),
            "the last layer",
        )
        .using("radius", l=last)
        .using("weights", h=last, k=k)
        .using("features", l=last, j=i)
        .using("features-move", k=k, h=last, i=i)
        .by("preactivations-move", put, **own(R, omega, D, c_x))
    )
    (p_o, p_i), (q_o, q_i) = _pair(0), _pair(k)
    now, start = HadamardProduct(q_o, q_i), HadamardProduct(p_o, p_i)
    values = {"p_z": p_o, "p_w": p_i, "p_z_k": q_o, "p_w_k": q_i}
    values |= {"z": before(last, 0, o), "w": before(last, 0, i), "z_k": before(last, k, o), "w_k": before(last, k, i)}
    made = made.have(ForAll((k, o, i), norm(now - start) <= slope_moves, when=two, name="slopes-move"), "σ′ of both")
    for place in (o, i):
        made = made.using("preactivations", k=k, i=place).using("slopes", h=last, k=k, i=place)
    made = (
        made.using("slopes", h=last, k=0, i=i)
        .by(FACTS + "hadamard-max", u=q_o, v=q_i - p_i, c=L)
        .by(FACTS + "hadamard-max", u=p_i, v=q_o - p_o, c=L)
        .by("slopes-move", values, **own(L, beta, R, omega, D, c_x))
    )
    made = _products(_sums(made, two), two)
    numbers = own(A, D, L, R, X, beta, c_4, c_a, c_x, omega, *((c_res, H) if skip else (c_sigma,)))
    put = {"P": _product(0), "P_k": _product(k), "S": _sum(0), "S_k": _sum(k), "m": m}
    gap = Abs(_entry_of(k) - _entry_of(0))
    return (
        made.have(ForAll((k, o, i), gap <= C_G * R, when=two, name="entry-moves"), "an entry is γ²PS")
        .using("entries", h=last, k=k, o=o, i=i)
        .using("entries", h=last, k=0, o=o, i=i)
        .using("signals-last", k=k, i=o)
        .using("signals-last", k=k, i=i)
        .using("signals-last", k=0, i=o)
        .using("signals-last", k=0, i=i)
        .by("slopes-together", p_i=slope(last, k, i), p_j=slope(last, k, o), a=a(k))
        .by("slopes-together", p_i=slope(last, 0, i), p_j=slope(last, 0, o), a=a(0))
        .using("products-move", k=k, o=o, i=i)
        .using("sums-move", k=k, o=o, i=i)
        .by(f"gram-entry-moves-{named(skip)}", put, **numbers)
        .have(ForAll(k, max_norm(G(last, k) - G(last, 0)) <= C_G * R, when=within, name="entries-move"), "each entry")
        .using("entry-moves", k=k)
    )


def _sum(at: Any) -> Any:
    """Σ_r a_r²σ′σ′."""
    return inner(HadamardProduct(a(at), a(at)), HadamardProduct(*_pair(at)))


def _product(at: Any) -> Any:
    """⟨x_o, x_i⟩ before the last layer."""
    return inner(x(last, at, o), x(last, at, i))


def _entry_of(at: Any) -> Any:
    return G(last, at)[o - 1, i - 1]


def _sums(made: Derivation, where: tuple[Any, ...]) -> Derivation:
    total, (q_o, q_i) = a(k) + a(0), _pair(k)
    gap, most = _sum(k) - _sum(0), L**2 * A**2 * m
    claims = (gap <= m * R * sum_moves, -gap <= m * R * sum_moves, _sum(k) <= most, -_sum(k) <= most)
    made = (
        made.have(ForAll((k, o, i), claims, when=where, name="sums-move"), "the output weights and σ′")
        .using("slopes-move", k=k, o=o, i=i)
        .using("radius", l=last)
        .using("weights", h=last, k=k)
        .using("slopes", h=last, k=k, i=o)
        .using("slopes", h=last, k=k, i=i)
        .by(FACTS + "hadamard-hoelder", u=a(0), v=a(0))
    )
    for outer in (total, a(k)):
        made = made.by(FACTS + "hadamard-max", u=q_i, v=outer, c=L)
        made = made.by(FACTS + "hadamard-max", u=q_o, v=HadamardProduct(q_i, outer), c=L)
    put = {"a": a(0), "a_k": a(k), "q": HadamardProduct(*_pair(0)), "q_k": HadamardProduct(q_o, q_i)}
    numbers = own(L, R, beta, omega, D, c_x, c_a, c_4)
    later = {"a_k": a(k), "q_k": HadamardProduct(q_o, q_i)}
    made = made.by("sums-move-up", put, **numbers).by("sums-move-down", put, **numbers)
    return made.by("sums-at-most", later, **own(L, A)).by("sums-at-least", later, **own(L, A))


def _products(made: Derivation, where: tuple[Any, ...]) -> Derivation:
    gap = _product(k) - _product(0)
    claims = (gap <= 2 * X * D * R, -gap <= 2 * X * D * R, _product(0) <= X**2, -_product(0) <= X**2)
    made = made.have(ForAll((k, o, i), claims, when=where, name="products-move"), "one factor after the other")
    for place in (o, i):
        made = (
            made.using("features", l=last, j=place)
            .using("features-move", k=k, h=last, i=place)
            .by(FACTS + "triangle", x=x(last, k, place) - x(last, 0, place), y=x(last, 0, place))
        )
    ends = {"x": x(last, 0, o), "y": x(last, 0, i), "x_k": x(last, k, o), "y_k": x(last, k, i)}
    back = {"x": x(last, k, o), "y": x(last, k, i), "x_k": x(last, 0, o), "y_k": x(last, 0, i)}
    for put in (ends, back):
        made = made.by("features-products-move", put, **own(X, D, R))
    for sign in (1, -1):
        made = made.by("features-product", x=sign * x(last, 0, o), y=x(last, 0, i), X=X)
    return made

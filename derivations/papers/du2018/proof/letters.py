"""The letters of the lemmas: a layer at the start and while training, what is assumed of σ, formulas by their names."""

from __future__ import annotations

from typing import Any

from sympy import Expr, HadamardProduct, MatrixSymbol, Range, Rational, Symbol, sqrt

from derivations.papers.du2018.notation import H, c_res, c_sigma, d, m
from derivations.papers.du2018.proof.constants import (
    C_2,
    FULLY_CONNECTED,
    RESIDUAL,
    A,
    B_all,
    D,
    D_b,
    D_x,
    L,
    R,
    X,
    Z,
    alpha,
    b,
    beta,
    c_4,
    c_a,
    c_r,
    c_x,
    omega,
    s,
)
from derivations.spectra import operator_norm
from derivations.vectors import norm, vector

k = Symbol("k", integer=True, positive=True)
"""Layers that a vector has passed."""
SOURCE = "Appendix B; constants derived here"
RESNET = "Appendix C; constants derived here"


def formula(name: str, skip: bool = False) -> Expr:
    """The formula of a constant in the proof of Theorem 5.1, or with a skip connection of Theorem 6.1."""
    found = (RESIDUAL if skip else FULLY_CONNECTED).named(name).formula
    assert found is not None
    return found


def at_depth(name: str, depth: Any, skip: bool = False) -> Expr:
    """The same formula for a network of another depth than H: what it says of a layer in between."""
    return formula(name, skip).xreplace({H: depth})


def gain(skip: bool) -> Expr:
    """γ, the factor of a branch over 1/√m: √c_σ, or c_res/H beside a skip connection."""
    return c_res / H if skip else s


def weights(skip: bool, name: str = "W") -> MatrixSymbol:
    """The weights of a layer: (m, d), and square beside a skip connection."""
    return MatrixSymbol(name, m, m if skip else d)


def features(skip: bool, name: str = "x") -> MatrixSymbol:
    """What a layer is given."""
    return vector(name, m if skip else d)


def layer(skip: bool, W: Any, x: Any) -> Any:
    """x^(h) from x = x^(h−1)."""
    branch = gain(skip) / sqrt(m) * act(W * x)
    return x + branch if skip else branch


def _values(letter: str, z: Any) -> MatrixSymbol:
    """A vector of values at z, named by the features in z: of all that it may be only what `where` says is known."""
    (of,) = [x for x in sorted(z.free_symbols, key=str) if getattr(x, "shape", ())[1:] == (1,)]
    return vector(f"{letter}_{of}", m)


def act(z: Any) -> Any:
    """s_x = σ(Wx), entry by entry."""
    return _values("s", z)


def slope(z: Any) -> Any:
    """p_x = σ′(Wx), entry by entry."""
    return _values("p", z)


def lipschitz(z: Any, w: Any) -> Any:
    """σ is L-Lipschitz: ‖σ(z) − σ(w)‖ ≤ L‖z − w‖."""
    return norm(act(z) - act(w)) <= L * norm(z - w)


def near(skip: bool) -> tuple[Any, ...]:
    """What is known of a layer with the weights W and features x at the start, V and z later."""
    W, V, x, z = weights(skip), weights(skip, "V"), features(skip), features(skip, "z")
    return lipschitz(V * z, W * x), operator_norm(V) <= omega * sqrt(m), operator_norm(V - W) <= R * sqrt(m)


def bounded(z: Any, v: Any) -> Any:
    """|σ′| ≤ L: ‖σ′(z) ∘ v‖ ≤ L‖v‖."""
    return norm(HadamardProduct(slope(z), v)) <= L * norm(v)


def bend(z: Any) -> Any:
    """q_x = σ″(Wx), entry by entry."""
    return _values("q", z)


def bent(z: Any, v: Any, g: Any) -> Any:
    """|σ″| ≤ β: ‖σ″(z) ∘ v ∘ g‖ ≤ β‖v‖‖g‖, since no entry of v is larger than ‖v‖."""
    return norm(HadamardProduct(bend(z), v, g)) <= beta * norm(v) * norm(g)


_DRAWN: dict[Any, Any] = {
    k: Range(2, 6),
    H: Range(2, 6),
    L: (1, 4),
    beta: (1, 4),
    c_sigma: (1, 3),
    c_res: (Rational(1, 2), 2),
    omega: (4, 40),
    alpha: (100, 300),
    R: (2, 20),
    c_x: (2, 20),
    X: (4, 40),
    b: (4, 40),
    A: (4, 40),
    D_x: (10, 100),
    Z: (10, 100),
    D: (4, 40),
    c_a: (4, 40),
    B_all: (1, 4),
    D_b: (10, 100),
    C_2: (Rational(1, 2), 2),
    c_r: (2, 20),
    c_4: (40, 400),
}


def drawn(*symbols: Symbol) -> dict[Any, Any]:
    """Where points are drawn: constants so large that a good share of drawn vectors and matrices are below them."""
    return {symbol: _DRAWN[symbol] for symbol in symbols}


FACTS = "facts."

"""The letters of the lemmas: a layer at the start and while training, what is assumed of σ, formulas by their names."""

from __future__ import annotations

from typing import Any

from sympy import Expr, HadamardProduct, MatrixSymbol, Symbol, sqrt

from derivations.activations import dsigma, sigma
from derivations.papers.du2018.notation import H, c_res, d, m
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL, L, R, omega, s
from derivations.spectra import operator_norm
from derivations.vectors import elementwise, norm, vector

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
    branch = gain(skip) / sqrt(m) * elementwise(sigma, W * x)
    return x + branch if skip else branch


def act(z: Any) -> Any:
    """σ(z), entry by entry."""
    return elementwise(sigma, z)


def slope(z: Any) -> Any:
    """σ′(z), entry by entry."""
    return elementwise(dsigma, z)


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


FACTS = ""

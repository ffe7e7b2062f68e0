"""Inequalities between norms, eigenvalues and inner products: each holds for random matrices, and proves its claims."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from sympy import MatrixSymbol, Symbol

from checks.running.runner import Options, check
from checks.verdicts import Assurance, Verdict
from derivations import (
    Bound,
    PositiveSemidefinite,
    SymmetricMatrices,
    frobenius_norm,
    inner,
    lambda_max,
    lambda_min,
    max_norm,
    norm,
    norm_squared,
    nuclear_norm,
    operator_norm,
    sigma_min,
    vector,
)
from derivations.spectra import nodes
from derivations.spectra.relations import relations
from derivations.vectors import Inner

m, n, k = (Symbol(name, integer=True, positive=True) for name in "mnk")
A, C, B = MatrixSymbol("A", m, n), MatrixSymbol("C", m, n), MatrixSymbol("B", n, k)
H, S, E = (MatrixSymbol(name, n, n) for name in "HSE")
x, z, y = vector("x", n), vector("z", n), vector("y", m)
SYMMETRIC = {S: SymmetricMatrices(), E: SymmetricMatrices()}

VALUES: dict[type, Any] = {
    nodes.OperatorNorm: lambda a: np.linalg.norm(a, 2),
    nodes.FrobeniusNorm: lambda a: np.linalg.norm(a, "fro"),
    nodes.NuclearNorm: lambda a: np.linalg.norm(a, "nuc"),
    nodes.SigmaMin: lambda a: np.linalg.svd(a, compute_uv=False)[-1],
    nodes.MaxNorm: lambda a: np.abs(a).max(),
    nodes.LambdaMin: lambda a: np.linalg.eigvalsh(a)[0],
    nodes.LambdaMax: lambda a: np.linalg.eigvalsh(a)[-1],
}


def value(e: Any, at: dict[Any, Any]) -> Any:
    """An expression in matrices by NumPy, without any code of ours."""
    if e in at:
        return at[e]
    if type(e) in VALUES:
        return VALUES[type(e)](value(e.arg, at))
    match e:
        case Inner():
            return float((value(e.args[0], at).T @ value(e.args[1], at)).item())
        case sp.Transpose():
            return value(e.arg, at).T
        case sp.MatMul():
            made = np.eye(1)
            for i, part in enumerate(e.args):
                one = value(part, at)
                made = one if i == 0 else made * one if np.ndim(one) == 0 or np.ndim(made) == 0 else made @ one
            return made
        case sp.Add() | sp.MatAdd():
            return sum(value(part, at) for part in e.args)
        case sp.Mul():
            return np.prod([value(part, at) for part in e.args])
        case sp.Pow():
            return value(e.base, at) ** float(e.exp)
    return float(e)


NUMBERS = [
    *(f(a) for f in (operator_norm, frobenius_norm, nuclear_norm, max_norm) for a in (A, C, B, A + C, A - C, A * B)),
    *(
        f(a)
        for f in (operator_norm, frobenius_norm, nuclear_norm, max_norm)
        for a in (H, S, E, S + E, H * S, H * S * E)
    ),
    *(f(a) for f in (lambda_min, lambda_max) for a in (S, E, S + E, S - 2 * E, A.T * A, H.T * S * H)),
    *(sigma_min(a) for a in (A, C, A + C, S, E, S + E)),
]
PRODUCTS = [
    *(
        Inner(x, S * x),
        Inner(A * x, A * x),
        Inner(x, A.T * A * x),
        Inner(y, A * x),
        Inner(x, H * z),
        Inner(S * x, E * z),
    ),
    *(Inner(x, H.T * S * H * x), Inner(x, H * S * E * x), Inner(H * x, H * z), Inner(x, z), Inner(x, (S + E) * x)),
]


def test_every_relation_holds_for_random_matrices() -> None:
    found = relations(NUMBERS, PRODUCTS, lambda a: a in SYMMETRIC)
    assert len(found) > 60
    rng = np.random.default_rng(20261130)
    shapes = {A: (3, 2), C: (3, 2), B: (2, 4), H: (2, 2), S: (2, 2), E: (2, 2), x: (2, 1), z: (2, 1), y: (3, 1)}
    tightest = dict.fromkeys(found, np.inf)
    for trial in range(160):
        at: dict[Any, Any] = {s: rng.normal(size=shape) * 10.0 ** rng.integers(-1, 2) for s, shape in shapes.items()}
        if trial % 4 == 1:  # of rank one, and equal to one another up to a sign
            at = {s: np.outer(v[:, 0], v[0]) if v.shape[1] > 1 else v for s, v in at.items()}
            at[C], at[E] = at[A] * rng.choice([-1, 1]), at[S] * rng.choice([-1, 1])
        for s in (S, E):
            at[s] = at[s] + at[s].T
        at |= {m: 3, n: 2, k: 4}
        for relation in found:
            gap = value(relation.gts, at) - value(relation.lts, at)
            size = abs(value(relation.gts, at)) + abs(value(relation.lts, at)) + 1e-300
            assert gap >= -1e-9 * size, (relation, at)
            tightest[relation] = min(tightest[relation], gap / size)
    loose = [r for r, gap in tightest.items() if gap > 0.5 and 0 not in r.args]
    assert loose == [], loose  # a bound that is never near equality is none that anyone needs


def test_what_is_no_theorem_is_not_said() -> None:
    """σ_min is no norm, Rayleigh's quotient is for symmetric matrices, the largest entry is not submultiplicative."""
    assert relations([sigma_min(A), sigma_min(C), sigma_min(A + C)], [], lambda a: False) == ()
    assert relations([lambda_min(H), lambda_max(H)], [Inner(x, H * x)], lambda a: False) == ()
    assert relations([max_norm(A), max_norm(B), max_norm(A * B)], [], lambda a: False) == ()
    assert relations([operator_norm(A)], [Inner(y, C * x)], lambda a: False) == ()


TRUE = {
    "operator norm": Bound("t", norm(A * x), operator_norm(A) * norm(x)),
    "bilinear": Bound("t", inner(y, A * x), operator_norm(A) * norm(x) * norm(y)),
    "submultiplicative": Bound("t", operator_norm(A * B), operator_norm(A) * operator_norm(B)),
    "three layers": Bound("t", norm(H * S * E * x), operator_norm(H) * operator_norm(S) * operator_norm(E) * norm(x)),
    "triangle": Bound("t", operator_norm(A + C), operator_norm(A) + operator_norm(C)),
    "reverse triangle": Bound("t", operator_norm(A) - operator_norm(C), operator_norm(A - C)),
    "Frobenius": Bound("t", operator_norm(A), frobenius_norm(A)),
    "Frobenius of a product": Bound("t", frobenius_norm(A * B), operator_norm(A) * frobenius_norm(B)),
    "Rayleigh": Bound("t", inner(x, S * x), lambda_max(S) * norm_squared(x), on=SYMMETRIC),
    "Rayleigh from below": Bound("t", lambda_min(S) * norm_squared(x), inner(x, S * x), on=SYMMETRIC),
    "Weyl": Bound("t", lambda_max(S + E), lambda_max(S) + lambda_max(E), on=SYMMETRIC),
    "a perturbed Gram matrix": Bound("t", lambda_min(S) - operator_norm(E), lambda_min(S + E), on=SYMMETRIC),
    "a residual block": Bound("t", norm(x + H * S * x), (1 + operator_norm(H) * operator_norm(S)) * norm(x)),
    "a gradient": Bound("t", norm(A.T * (A * x - y)), operator_norm(A) * norm(A * x - y)),
    "a semidefinite matrix": Bound("t", 0, inner(x, S * x), on={S: PositiveSemidefinite()}, where=lambda_min(S) >= 0),
}
FALSE = {
    "operator norm": Bound("f", norm(A * x), operator_norm(A) * norm(x) * sp.Rational(99, 100)),
    "submultiplicative": Bound("f", operator_norm(A) * operator_norm(B), operator_norm(A * B)),
    "triangle": Bound("f", operator_norm(A) + operator_norm(C), operator_norm(A + C)),
    "Frobenius": Bound("f", frobenius_norm(A), operator_norm(A)),
    "Rayleigh": Bound("f", inner(x, S * x), lambda_min(S) * norm_squared(x), on=SYMMETRIC),
    "Weyl": Bound("f", lambda_min(S + E), lambda_min(S) + lambda_min(E), on=SYMMETRIC),
    "a perturbed Gram matrix": Bound(
        "f", lambda_min(S) - operator_norm(E) * sp.Rational(99, 100), lambda_min(S + E), on=SYMMETRIC
    ),
    "a residual block": Bound("f", norm(x + S * x), (1 + operator_norm(S) * sp.Rational(99, 100)) * norm(x)),
    "a gradient": Bound("f", norm(A.T * (A * x - y)), operator_norm(A) * norm(A * x - y) * sp.Rational(99, 100)),
    "not symmetric": Bound("f", inner(x, H * x), operator_norm(H) * norm_squared(x) / 2),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_an_appendix_says_of_matrices_is_proved(name: str) -> None:
    assert check(TRUE[name], Options()).verdict is Verdict.VERIFIED


def test_what_a_rule_takes_for_granted_is_no_proof_of_it() -> None:
    """A theorem that is cited stays so; a proof by it says what it takes, and encloses nothing."""
    fact = Bound("t", norm(A * x), operator_norm(A) * norm(x), mark="cited")
    assert check(fact, Options()).verdict is Verdict.CITED
    found = check(TRUE["operator norm"], Options())
    assert found.assurance is Assurance.SYMBOLIC
    (proof,) = [e for e in found.evidence if e.method == "symbolic"]
    assert "by standard inequalities between norms" in proof.detail
    # what needs none of them is proved as before
    cited = Bound("t", operator_norm(A) * 2, operator_norm(A) * 3, mark="cited")
    assert check(cited, Options()).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", FALSE)
def test_its_near_twin_is_refuted(name: str) -> None:
    assert check(FALSE[name], Options()).verdict is Verdict.REFUTED

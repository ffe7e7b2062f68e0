"""Infinite-width Gram matrices in ball arithmetic, and bounds of their least eigenvalues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from derivations.activations import X
from derivations.arguments import optional, scalar, shown, taking, whole
from numerics.arguments import activation, ball, balls, integers, reals
from numerics.rigorous.expectations import MOST_DEGREE, dual_ball, gaussian_ball, hermite_balls
from numerics.values.ball_integrals.strips import NoBall, number_ball

Balls = list[list[Any]]


@taking(NoBall, integers=integers)
def cosines(integers: NDArray[np.int64]) -> Balls:
    """Enclose the cosines between integer vectors.

    Args:
        integers: The vectors, of shape (n, d), none of them zero.

    Returns:
        A list of n lists of n balls; the diagonal is exactly 1.

    Raises:
        NoBall: The entries are not integers, or a vector is zero.

    Example:
        >>> from numerics.rigorous import cosines
        >>> float(cosines([[1, 0], [3, 4]])[0][1])
        0.6
    """
    inner = integers.astype(object) @ integers.astype(object).T
    n = len(integers)
    return [
        [
            arb(1) if i == j else arb(int(inner[i, j])) / (arb(int(inner[i, i])) * int(inner[j, j])).sqrt()
            for j in range(n)
        ]
        for i in range(n)
    ]


@taking(NoBall, rho=balls, expr=activation, depth=whole(1, 1000), c_res=optional(scalar), degree=whole(0, MOST_DEGREE))
def gram_balls(rho: Balls, expr: sp.Expr, depth: int, c_res: sp.Rational | None, degree: int = 24) -> Balls:
    """Enclose the infinite-width Gram matrix K^(H) of a fully connected or a residual network.

    Args:
        rho: The cosines of n unit inputs, n lists of n balls, as `cosines` returns them.
        expr: The activation, a SymPy expression in `derivations.activations.X`.
        depth: The number of hidden layers H, from 1 to 1000.
        c_res: The scale of the residual branches, a rational number; None for a fully connected network.
        degree: The last Hermite degree that is computed; a higher one gives narrower balls.

    Returns:
        K^(H) as n lists of n balls.

    Raises:
        NoBall: The activation is not known to be analytic near the real line.

    Source:
        Du, Lee, Li, Wang and Zhai 2019 (arXiv:1811.03804), Definitions 5.1 and 6.1.

    Example:
        >>> from sympy import tanh
        >>> from derivations.activations import X
        >>> from numerics.rigorous import cosines, gram_balls, least_eigenvalue
        >>> K = gram_balls(cosines([[1, 0], [3, 4]]), tanh(X), 1, None)
        >>> low, high = least_eigenvalue(K)
        >>> bool(low > 0)
        True
    """
    n = len(rho)
    c_sigma = 1 / gaussian_ball(sp.expand(expr**2))
    kappa = arb(0) if c_res is None else number_ball(sp.sympify(c_res)) / depth
    K, q, b = [list(row) for row in rho], arb(1), arb(0)
    for h in range(1, depth):
        coefficients = hermite_balls(expr, q, degree)
        mean, second = coefficients[0][0], gaussian_ball(sp.expand(expr**2), q)
        plain = h == 1 or c_res is None
        for i in range(n):
            for j in range(i):
                value = dual_ball(coefficients, coefficients, K[i][j] / q)
                K[i][j] = c_sigma * value if plain else K[i][j] + 2 * kappa * b * mean + kappa**2 * value
                K[j][i] = K[i][j]
        q = c_sigma * second if plain else q + 2 * kappa * b * mean + kappa**2 * second
        b = c_sigma.sqrt() * mean if plain else b + kappa * mean
        for i in range(n):
            K[i][i] = q
    slope = expr.diff(X)
    coefficients = hermite_balls(slope, q, degree)
    scale = c_sigma if c_res is None or depth == 1 else kappa**2
    diagonal = gaussian_ball(sp.expand(slope**2), q)
    for i in range(n):
        for j in range(i):
            K[i][j] = K[j][i] = scale * K[i][j] * dual_ball(coefficients, coefficients, K[i][j] / q)
        K[i][i] = scale * q * diagonal
    return K


@taking(NoBall, K=balls)
def least_eigenvalue(K: Balls) -> tuple[Any, Any]:
    """Bound the least eigenvalue of a positive definite matrix from both sides.

    The lower bound comes from a factorisation of K − low·I in balls, the upper bound from a Rayleigh quotient.

    Args:
        K: A symmetric matrix, n lists of n balls.

    Returns:
        Balls low and high with low ≤ λ_min(K) ≤ high.

    Raises:
        NoBall: K was not proved positive definite; more digits or a higher degree may help.

    Example:
        >>> from flint import arb
        >>> from numerics.rigorous import least_eigenvalue
        >>> low, high = least_eigenvalue([[arb(2), arb(1)], [arb(1), arb(2)]])
        >>> 0.999 < low and high < 1.001
        True
    """
    middle = np.array([[float(e.mid()) for e in row] for row in K])
    values, vectors = np.linalg.eigh(middle)
    high = rayleigh(K, vectors[:, 0].tolist())
    for factor in (1 - 1e-9, 1 - 1e-6, 1 - 1e-3, 0.5, 0.0):
        shift = arb(float(values[0]) * factor)
        if positive_definite(K, shift):
            return shift, high
    raise NoBall("the matrix was not proved positive definite: more digits or a higher degree are needed")


@taking(NoBall, K=balls, vector=reals)
def rayleigh(K: Balls, vector: Sequence[float]) -> Any:
    """Enclose the Rayleigh quotient vᵀKv/‖v‖², an upper bound of λ_min(K).

    Args:
        K: A symmetric matrix, n lists of n balls.
        vector: v, n real numbers that are not all 0.

    Returns:
        A real ball that contains the quotient.

    Raises:
        NoBall: The vector has another length, or is zero.

    Example:
        >>> from flint import arb
        >>> from numerics.rigorous import rayleigh
        >>> rayleigh([[arb(2), arb(1)], [arb(1), arb(2)]], [1.0, -1.0]) == 1
        True
    """
    if len(vector) != len(K) or not any(vector):
        raise NoBall(f"rayleigh: vector = {shown(vector)}: {len(K)} numbers, not all 0, are needed")
    v = [arb(float(x)) for x in vector]
    top = sum((K[i][j] * v[i] * v[j] for i in range(len(v)) for j in range(len(v))), arb(0))
    return top / sum((x * x for x in v), arb(0))


@taking(NoBall, K=balls, shift=ball)
def positive_definite(K: Balls, shift: Any) -> bool:
    """Test whether K − shift·I is certainly positive definite: every pivot of LDLᵀ is a positive ball.

    Args:
        K: A symmetric matrix, n lists of n balls.
        shift: A number or ball.

    Returns:
        True if it is proved; False if it is not, which says nothing about the matrix.

    Raises:
        NoBall: K is not a square matrix of balls.

    Example:
        >>> from flint import arb
        >>> from numerics.rigorous import positive_definite
        >>> K = [[arb(2), arb(1)], [arb(1), arb(2)]]
        >>> positive_definite(K, 0.9), positive_definite(K, 1.1)
        (True, False)
    """
    n = len(K)
    L: Balls = [[arb(0)] * n for _ in range(n)]
    D: list[Any] = []
    for j in range(n):
        d = K[j][j] - shift - sum((L[j][k] * L[j][k] * D[k] for k in range(j)), arb(0))
        if not d > 0:
            return False
        D.append(d)
        for i in range(j + 1, n):
            s = sum((L[i][k] * L[j][k] * D[k] for k in range(j)), arb(0))
            L[i][j] = (K[i][j] - s) / d
    return True

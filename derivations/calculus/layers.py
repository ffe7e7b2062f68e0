"""The vectors that networks normalise with, written out: softmax, log-sum-exp and layer normalisation."""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatMul, exp, log, sqrt

from derivations.arguments import column, scalar, taking
from derivations.vectors import Inner, ShapeError, elementwise, ones


@taking(ShapeError, x=column)
def logsumexp(x: Any) -> Expr:
    """Make log Σᵢ exp(xᵢ).

    Args:
        x: A column vector.

    Returns:
        A number, as a SymPy expression.

    Raises:
        ShapeError: x is not a column.

    Example:
        >>> from derivations import gradient, logsumexp, softmax, vector
        >>> x = vector("x", 3)
        >>> gradient(logsumexp(x), x).shape
        (3, 1)
    """
    return log(Inner(ones(x.shape[0]), elementwise(exp, x)))


@taking(ShapeError, x=column)
def softmax(x: Any) -> Any:
    """Make the column with the entries exp(xᵢ)/Σⱼ exp(xⱼ).

    Args:
        x: A column vector.

    Returns:
        A column of the same size.

    Raises:
        ShapeError: x is not a column.

    Example:
        >>> from derivations import jacobian, softmax, vector
        >>> x = vector("x", 3)
        >>> jacobian(softmax(x), x).shape
        (3, 3)
    """
    total = Inner(ones(x.shape[0]), elementwise(exp, x))
    return elementwise(lambda s: exp(s) / total, x)


@taking(ShapeError, x=column, epsilon=scalar)
def layer_norm(x: Any, epsilon: Any = 0) -> Any:
    """Make layer normalisation: the column with the entries (xᵢ − mean)/√(variance + ε).

    Args:
        x: A column vector of size n.
        epsilon: ε ≥ 0, as a SymPy expression.

    Returns:
        A column of the same size; the variance is the sum of squares divided by n.

    Raises:
        ShapeError: x is not a column.

    Source:
        Ba, Kiros and Hinton 2016, "Layer normalization" (arXiv:1607.06450).

    Example:
        >>> from derivations import layer_norm, vector
        >>> layer_norm(vector("x", 3)).shape
        (3, 1)
    """
    size = x.shape[0]
    mean = Inner(ones(size), x) / size
    centred = x - MatMul(mean, ones(size))
    deviation = sqrt(Inner(centred, centred) / size + epsilon)
    return elementwise(lambda s: (s - mean) / deviation, x)

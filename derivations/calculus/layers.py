"""The vectors that networks normalise with, written out: softmax, log-sum-exp and layer normalisation."""

from __future__ import annotations

from typing import Any

from sympy import Expr, MatMul, exp, log, sqrt

from derivations.arguments import column, scalar, taking
from derivations.vectors import Inner, ShapeError, elementwise, ones


@taking(ShapeError, x=column)
def logsumexp(x: Any) -> Expr:
    """log Σ exp(xᵢ) of a column."""
    return log(Inner(ones(x.shape[0]), elementwise(exp, x)))


@taking(ShapeError, x=column)
def softmax(x: Any) -> Any:
    """The column with entries exp(xᵢ)/Σ exp(xⱼ)."""
    total = Inner(ones(x.shape[0]), elementwise(exp, x))
    return elementwise(lambda s: exp(s) / total, x)


@taking(ShapeError, x=column, epsilon=scalar)
def layer_norm(x: Any, epsilon: Any = 0) -> Any:
    """The column with entries (xᵢ − mean)/√(variance + epsilon), where the variance divides by the size."""
    size = x.shape[0]
    mean = Inner(ones(size), x) / size
    centred = x - MatMul(mean, ones(size))
    deviation = sqrt(Inner(centred, centred) / size + epsilon)
    return elementwise(lambda s: (s - mean) / deviation, x)

"""Constants of cost functions, and the smoothness of a cost of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Rational, sqrt, sympify

from derivations.composition.bounds import Bounds, times


@dataclass(frozen=True)
class Cost:
    """A cost function c(F).

    Args:
        name: The name in messages and tables.
        gradient: A bound on ‖∇c‖ as a function of a bound on ‖F‖.
        hessian: A bound on ‖∇²c‖.

    Example:
        >>> from derivations.composition import Cost
        >>> Cost("half square", lambda size: size, 1).gradient(3)
        3
    """

    name: str
    gradient: Callable[[Expr], Expr]
    hessian: Expr


def square_cost(samples: Any, targets: Any) -> Cost:
    """Make the square cost (1/2N)‖F − Y‖².

    Args:
        samples: The number of samples N, at least 1.
        targets: A bound on ‖Y‖.

    Returns:
        The `Cost`.

    Example:
        >>> from derivations.composition import square_cost
        >>> square_cost(samples=2, targets=1).hessian
        1/2
    """
    return Cost("square", lambda size: (size + targets) / samples, 1 / sympify(samples))


def cross_entropy_cost(samples: Any) -> Cost:
    """Make the cross-entropy cost, the mean over N samples of −log softmax(F)_y.

    Args:
        samples: The number of samples N, at least 1.

    Returns:
        The `Cost`, with ‖∇c‖ ≤ √(2/N) and ‖∇²c‖ ≤ 1/(2N) for any number of classes.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371); the constants are derived here.

    Example:
        >>> from derivations.composition import cross_entropy_cost
        >>> cross_entropy_cost(samples=2).hessian
        1/4
    """
    return Cost("cross-entropy", lambda size: sqrt(2 / sympify(samples)), Rational(1, 2) / samples)


def smoothness(total: Bounds, cost: Cost) -> Expr:
    """Bound ‖∇²(c∘F)‖ over all admissible parameters.

    Args:
        total: The `Bounds` of the network F.
        cost: The `Cost` c.

    Returns:
        The bound ‖∇²c‖·D² + ‖∇c‖·tt.

    Source:
        MacDonald, Valmadre, Saratchandran and Lucey 2023 (arXiv:2210.05371), Section 3.

    Example:
        >>> from derivations.composition import affine, smoothness, square_cost
        >>> smoothness(affine("W", radius=1).bounds(3), square_cost(samples=1, targets=0))
        9
    """
    return times(cost.hessian, total.D**2) + times(cost.gradient(total.size), total.tt)

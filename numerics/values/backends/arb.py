"""Balls of Arb, which hold the true value whatever is rounded; numbers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.activations import sigmoid, softplus
from derivations.integrals.definitions import NoIntegral, by_integrals
from numerics.errors import EvaluationError
from numerics.values.backend import Backend, elementary
from numerics.values.ball_integrals.integrals import integral_ball
from numerics.values.ball_integrals.limits import limit_ball
from numerics.values.ball_integrals.series import series_ball
from numerics.values.ball_numbers import arb_number
from numerics.values.special_balls import ball_functions


class ArbBackend(Backend):
    """Balls of python-flint at the precision of its context."""

    name = "arb"
    encloses = True

    def __init__(self) -> None:
        functions = elementary(_method, abs="__abs__", sign="sgn", ceiling="ceil")
        functions |= {
            sp.erf: _method("erf"),
            sp.erfc: _method("erfc"),
            sp.gamma: _method("gamma"),
            **ball_functions(),
            softplus: lambda x: (1 + x.exp()).log(),
            sigmoid: lambda x: 1 / (1 + (-x).exp()),
        }
        self.functions = functions

    def number(self, e: sp.Expr) -> Any:
        return arb_number(e)

    def maximum(self, a: Any, b: Any) -> Any:
        return a.max(b)

    def minimum(self, a: Any, b: Any) -> Any:
        return a.min(b)

    def sqrt(self, a: Any) -> Any:
        return a.sqrt()

    def choose(self, truth: tuple[Any, Any], a: Any, b: Any) -> Any:
        """The ball of the branch where the condition is decided, the hull of both where it is not."""
        return a if truth[0] else b if truth[1] else a.union(b)

    def floats(self, value: Any) -> NDArray[np.float64]:
        whole = value.unique_fmpz() if value.is_exact() else None
        return np.array(np.nan if whole is None else float(whole))

    def expectation(self, node: Any, evaluator: Any) -> Any:
        try:
            return evaluator.at(by_integrals(node))
        except NoIntegral as error:
            raise EvaluationError(str(error)) from None

    def integral(self, node: Any, evaluator: Any) -> Any:
        return integral_ball(node, evaluator)

    def series(self, node: Any, evaluator: Any) -> Any:
        return series_ball(node, evaluator)

    def limit(self, node: Any, evaluator: Any) -> Any:
        return limit_ball(node, evaluator)


def _method(name: str) -> Callable[[Any], Any]:
    # Arb's arcsine and arccosine of NaN with radius 0 are finite balls
    return lambda x: x if x.is_nan() else getattr(x, name)()


def backend(device: str) -> Backend:
    """The balls; they have no devices."""
    return ArbBackend()

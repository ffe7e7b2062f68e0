"""Gaussian means by tensor products of Gauss–Hermite rules, and their derivatives by central differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp
from numpy.polynomial.hermite_e import hermegauss

from checks.context import Context
from checks.papers.facts.instances import sides
from checks.readings import Followed
from derivations.gaussian import Expectation
from derivations.statements import Statement
from numerics.values.evaluate import evaluate

NODES = 40
"""Enough for exponentials of arguments of size 3: the remainder is below 1e-16 of the value."""
STEP = 1e-4
"""Of the central difference; its error is about STEP²/6 of the third derivative, and 1e-16/STEP of rounding."""
TOLERANCE = 10 * STEP**2
"""The error of a central difference is STEP²/6 third derivatives, of which none here is 60; rounding is far below."""
POINTS = 12


def value(expr: Any, values: Mapping[Any, Any]) -> float:
    """An expression of Gaussian means over two numbers and of derivatives of such, at float values."""
    if isinstance(expr, Expectation):
        return _mean(expr, values)
    if isinstance(expr, sp.Derivative):
        ((symbol, _),) = expr.variable_count
        ends = [value(expr.expr, {**values, symbol: values[symbol] + step}) for step in (STEP, -STEP)]
        return (ends[0] - ends[1]) / (2 * STEP)
    inner = {node: sp.Dummy("node", real=True) for node in expr.atoms(Expectation, sp.Derivative)}
    known = {name: value(node, values) for node, name in inner.items()}
    return float(evaluate(expr.xreplace(inner), {**values, **known}))


def _mean(expectation: Expectation, values: Mapping[Any, Any]) -> float:
    nodes, weights = hermegauss(NODES)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(nodes, nodes)])
    entries = [[value(entry, values) for entry in row] for row in expectation.covariance.tolist()]
    drawn = np.linalg.cholesky(np.array(entries)) @ grid
    at = {**values, **dict(zip(expectation.variables, drawn, strict=True))}
    weight = np.outer(weights, weights).ravel() / (2 * np.pi)
    return float(weight @ np.broadcast_to(evaluate(expectation.integrand, at), weight.shape))


def by_quadrature(statement: Statement, context: Context) -> Followed:
    """Both sides of an identity of Gaussian means at random points near 0."""
    rng = context.rng("quadrature")
    symbols = statement.domain.scalars
    points = [{s: float(rng.uniform(-0.6, 0.6)) for s in symbols} for _ in range(POINTS)]
    left, right = np.array([[value(side, point) for side in sides(statement)] for point in points]).T
    return Followed(left, right, "=", TOLERANCE, f"Gauss–Hermite rules and central differences at {POINTS} points")

"""Finite sums and products, term by term, in every number system."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from numerics.errors import EvaluationError
from numerics.values.protocol import Evaluation

Fold = Callable[[Any, Any], Any]
TERMS = 10**5
"""The largest number of terms of a finite sum or product."""
AT_ONCE = 10**6
"""The largest number of values that are held for terms that are evaluated together."""


def finite_sum(node: sp.Sum, evaluator: Evaluation) -> Any:
    """Σ over integer indices between ends with values, added up; the index of an outer sum may occur in inner ends.

    Raises EvaluationError for an end that is infinite or no integer, an upper end that is less than the lower one by
    more than 1, and beyond 10^5 terms.
    """
    return _folded(node, evaluator, lambda total, term: total + term, lambda terms: terms.sum(0), sp.S.Zero)


def finite_product(node: sp.Product, evaluator: Evaluation) -> Any:
    """Π over integer indices between ends with values, multiplied term by term; raises as `finite_sum` does."""
    return _folded(node, evaluator, lambda total, term: total * term, lambda terms: terms.prod(0), sp.S.One)


def _folded(node: Any, evaluator: Evaluation, together: Fold, along: Callable[[Any], Any], empty: Any) -> Any:
    """The terms put together, two at a time or along the leading axis of an array that holds many."""
    limits = list(reversed(node.limits))
    if evaluator.backend.batched and not node.has(MatrixExpr):
        return _in_blocks(limits, evaluator, node, together, along, evaluator.backend.number(empty))
    total = evaluator.backend.number(empty)
    for count, (inside, term) in enumerate(islice(_terms(limits, True, evaluator, node), TERMS + 1)):
        if count == TERMS:
            raise EvaluationError(f"more than {TERMS} terms: {node}")
        more = together(total, term.at(node.function))
        # along a batch a term counts only where its index lies between the ends
        total = more if inside is True else evaluator.backend.choose((inside, ~inside), more, total)
    return total


def _terms(limits: list[Any], inside: Any, evaluator: Evaluation, node: Any) -> Iterator[tuple[Any, Evaluation]]:
    """An evaluator for each term, and where along a batch the term counts; True for everywhere."""
    if not limits:
        yield inside, evaluator
        return
    (index, low, high), *rest = limits
    first, last = _ends(low, high, evaluator, node)
    if (last < first - 1).any():
        raise EvaluationError(f"the end {high} is less than {low} - 1: {node}")
    alike = first.min() == first.max() and last.min() == last.max()
    for k in range(int(first.min()), int(last.max()) + 1):
        here = inside if alike else (first <= k) & (last >= k) & inside
        yield from _terms(rest, here, evaluator.with_values({index: evaluator.backend.number(sp.Integer(k))}), node)


def _in_blocks(
    limits: list[Any], evaluator: Evaluation, node: Any, together: Fold, along: Callable[[Any], Any], empty: Any
) -> Any:
    """The first index as an axis before those of all values, some of it at once; the other indices within.

    Along a batch the value is NaN where the ends have no meaning.
    """
    import numpy as np

    (index, low, high), *rest = limits
    first, last = _ends(low, high, evaluator, node)
    meant = last >= first - 1
    if not meant.any():
        raise EvaluationError(f"the end {high} is less than {low} - 1: {node}")
    batch = np.broadcast_shapes(*(_batch_of(symbol, value) for symbol, value in evaluator.values.items()))
    block = max(1, AT_ONCE // max(1, math.prod(batch)))
    choose, total = evaluator.backend.choose, empty
    for start in range(int(first.min()), int(last.max()) + 1, block):
        k = np.arange(start, min(start + block, int(last.max()) + 1), dtype=float).reshape(-1, *[1] * len(batch))
        inside = (first <= k) & (last >= k)
        own = evaluator.backend.own(k, empty)
        inner = evaluator.with_values({index: own})
        terms = _in_blocks(rest, inner, node, together, along, empty) if rest else inner.at(node.function)
        # a term without the index is one for each value of it
        terms = choose((inside, ~inside), terms, empty) if not inside.all() else terms + 0 * own
        total = together(total, along(terms))
    return total if meant.all() else choose((meant, np.zeros_like(meant)), total, empty)


def _batch_of(symbol: Any, value: Any) -> tuple[int, ...]:
    """The leading axes of a value that are those of a batch."""
    shape = tuple(getattr(value, "shape", ()))
    return shape[:-2] if isinstance(symbol, MatrixExpr) else shape


def _ends(low: Any, high: Any, evaluator: Evaluation, node: Any) -> tuple[Any, Any]:
    """The lower and upper end along a batch, as integers in float64; raises EvaluationError for too many terms."""
    first, last = (integers(end, evaluator, node) for end in (low, high))
    if last.max() - first.min() >= TERMS:
        raise EvaluationError(f"more than {TERMS} terms: {node}")
    return first, last


def integers(end: Any, evaluator: Evaluation, node: Any) -> Any:
    """The integers that an end is along a batch, as a NumPy array; raises EvaluationError for any other number."""
    import numpy as np

    found = evaluator.backend.floats(evaluator.at(end))
    if not (np.isfinite(found) & (found == np.floor(found))).all():
        raise EvaluationError(f"the end {end} is not an integer: {node}")
    return found

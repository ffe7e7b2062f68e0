"""Finite sums and products, term by term, in every number system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import sympy as sp

from numerics.backends import EvaluationError

if TYPE_CHECKING:
    from numerics.evaluate import Evaluator

TERMS = 10**5
"""So many terms a finite sum or product may have."""


def finite_sum(node: sp.Sum, evaluator: Evaluator) -> Any:
    """Σ over integer indices between ends with values, added up; the index of an outer sum may stand in inner ends.

    Raises EvaluationError for an end that is infinite or no integer, an upper end that is less than the lower one by
    more than 1, and beyond 10^5 terms.
    """
    return _folded(node, evaluator, lambda total, term: total + term, sp.S.Zero)


def product_value(node: sp.Product, evaluator: Evaluator) -> Any:
    """Π over integer indices between ends with values, multiplied term by term.

    In mpmath one end may be infinite: then it is the limit that mpmath extrapolates, accepted only if that stays
    where the working precision is raised. Raises EvaluationError as `finite_sum` does.
    """
    if evaluator.backend.name == "mpmath" and any(end.is_infinite for _, *ends in node.limits for end in ends):
        return _infinite_product(node, evaluator)
    return _folded(node, evaluator, lambda total, term: total * term, sp.S.One)


def _infinite_product(node: sp.Product, evaluator: Evaluator) -> Any:
    from mpmath import mp

    if len(node.limits) != 1:
        raise EvaluationError(f"an infinite product over several indices is not taken numerically: {node}")
    ((index, low, high),) = node.limits
    if high is not sp.oo:
        raise EvaluationError(f"a product from −∞ is not taken numerically: {node}")
    start = int(_integers(low, evaluator, node)[0])
    found = []
    for more in (0, 10):
        with mp.workdps(mp.dps + more):
            fresh = evaluator.with_values({})
            found.append(
                mp.nprod(lambda k, e=fresh: e.with_values({index: mp.mpf(k)}).at(node.function), [start, mp.inf])
            )
    if not abs(found[1] - found[0]) <= mp.mpf(10) ** (3 - mp.dps) * abs(found[1]):
        raise EvaluationError(f"the infinite product does not settle numerically: {node}")
    return +found[1]


def _folded(node: Any, evaluator: Evaluator, together: Callable[[Any, Any], Any], empty: Any) -> Any:
    total = evaluator.backend.number(empty)
    for count, (inside, term) in enumerate(
        islice(_terms(list(reversed(node.limits)), True, evaluator, node), TERMS + 1)
    ):
        if count == TERMS:
            raise EvaluationError(f"more than {TERMS} terms: {node}")
        more = together(total, term.at(node.function))
        # along a batch a term counts only where its index lies between the ends
        total = more if inside is True else evaluator.backend.choose((inside, ~inside), more, total)
    return total


def _terms(limits: list[Any], inside: Any, evaluator: Evaluator, node: Any) -> Iterator[tuple[Any, Evaluator]]:
    """An evaluator for each term, and where along a batch the term counts; True for everywhere."""
    if not limits:
        yield inside, evaluator
        return
    (index, low, high), *rest = limits
    (first, lows), (last, highs) = (_integers(end, evaluator, node) for end in (low, high))
    start, stop = int(first.min()), int(last.max())
    if stop - start >= TERMS:
        raise EvaluationError(f"more than {TERMS} terms: {node}")
    if (last < first - 1).any():
        raise EvaluationError(f"the end {high} is less than {low} - 1: {node}")
    alike = first.min() == first.max() and last.min() == last.max()
    for k in range(start, stop + 1):
        here = inside if alike else (lows <= k) & (highs >= k) & inside
        yield from _terms(rest, here, evaluator.with_values({index: evaluator.backend.number(sp.Integer(k))}), node)


def _integers(end: Any, evaluator: Evaluator, node: Any) -> tuple[Any, Any]:
    """The integers that an end is along a batch, as a NumPy array and in the backend's own numbers.

    Raises EvaluationError for any other number.
    """
    import numpy as np

    value = evaluator.at(end)
    if evaluator.backend.name == "arb":
        whole = value.unique_fmpz() if value.is_exact() else None
        found = np.array(np.nan if whole is None else float(whole))
    else:
        found = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value, dtype=float)
    if not (np.isfinite(found) & (found == np.floor(found))).all():
        raise EvaluationError(f"the end {end} is no integer: {node}")
    return found, value

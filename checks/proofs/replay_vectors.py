"""A claim on vectors is tested at random vectors of small sizes: a contradiction withdraws its proof."""

from __future__ import annotations

from random import Random
from typing import Any

import sympy as sp

from checks.proofs.replay import points
from derivations.domains import Domain, NonnegativeVectors, RealMatrices
from derivations.outcomes.reasons import Stopped
from derivations.proofs.explicit import explicit
from derivations.proofs.foreign import foreign_errors

SIZES, EACH = (1, 2, 3), 8
"""Sizes of the vectors, and points for each."""
NEGATIVE = sp.Rational(-1, 10**15)
"""Values below it count, as a part of the largest term where that is above 1: rounding is far smaller."""
DIGITS = 40
"""Of all numbers: a power of one fraction by another has no end when it is written out."""


def contradiction_of_vectors(f: Any, domain: Domain, seed: int = 0) -> str | None:
    """Vectors at which f < 0 although all conditions hold, in words; None where none was seen, or none can be tried.

    Args:
        f: an expression in numbers and vectors of symbolic size.
        domain: where f ≥ 0 is claimed, on real or nonnegative vectors.
        seed: of the vectors.
    """
    if domain.angles or not all(
        isinstance(domain.ranges[v], RealMatrices | NonnegativeVectors) for v in domain.vectors
    ):
        return None
    random = Random(seed)
    for size in SIZES:
        sizes = {d: size + i % 2 for i, d in enumerate(domain.dimensions)}
        try:
            with foreign_errors():
                written = explicit(f, sizes)
                where = [explicit(r.gts - r.lts, sizes) for r in domain.where if hasattr(r, "gts")]
                columns = {v: explicit(v, sizes) for v in domain.vectors}
                box = {s: domain.interval(s) for s in domain.scalars if s not in sizes}
                for point in points(box, EACH, seed):
                    for v, column in columns.items():
                        least = 0 if isinstance(domain.ranges[v], NonnegativeVectors) else -300
                        point.update({e: sp.Rational(random.randint(least, 300), 100) for e in column})
                    at = {x: sp.Float(value, DIGITS) for x, value in point.items()}
                    inside = all(sp.N(gap.xreplace(at), DIGITS).is_extended_positive for gap in where)
                    terms = [sp.N(t.xreplace(at), DIGITS) for t in sp.Add.make_args(written)]
                    if not inside or not all(t.is_Float for t in terms):
                        continue
                    if sp.Add(*terms) < NEGATIVE * max(1, *(abs(t) for t in terms)):
                        return f"replayed, the claim is false at vectors of size {size}"
        except Stopped:
            return None
    return None

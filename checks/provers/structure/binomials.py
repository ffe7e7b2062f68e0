"""Sums with binomial coefficients by the binomial theorem and its derivatives: means, variances, moments."""

from __future__ import annotations

from typing import Any

import sympy as sp

from checks.provers.structure.ground import Ground

MOST_DEGREE = 6
"""The highest power of k beside a binomial coefficient."""


def written_out(f: Any) -> Any:
    """f with C(u, k) as u(u − 1)⋯(u − k + 1)/k! for whole numbers k up to MOST_DEGREE.

    Args:
        f: An expression.

    Example:
        >>> n = sp.Symbol("n", integer=True, positive=True)
        >>> written_out(sp.binomial(n, 2))
        n*(n - 1)/2
    """

    def opened(u: Any, k: Any) -> Any:
        if not (k.is_Integer and 0 <= k <= MOST_DEGREE):
            return sp.binomial(u, k)
        return sp.Mul(*(u - i for i in range(int(k)))) / sp.factorial(k)

    return f.replace(sp.binomial, opened) if isinstance(f, sp.Expr) and f.has(sp.binomial) else f


def binomial_sum(total: Any, ground: Ground) -> Any | None:
    """Σ q(k)·C(N, k)·x^k·y^(N − k) over k from 0 or 1 to N in closed form, None for any other sum.

    With q in falling factorials k(k − 1)…(k − j + 1), of which each gives N(N − 1)…(N − j + 1)·x^j·(x + y)^(N − j).

    Args:
        total: A sum.
        ground: What is known of its symbols.

    Example:
        >>> n, k = sp.symbols("n k", integer=True, positive=True)
        >>> p = sp.Symbol("p", positive=True)
        >>> mean = sp.Sum(k * sp.binomial(n, k) * p**k * (1 - p) ** (n - k), (k, 0, n))
        >>> binomial_sum(mean, Ground({n: sp.Interval(1, sp.oo), p: sp.Interval(0, 1)}))
        n*p
    """
    if not isinstance(total, sp.Sum) or len(total.limits) != 1:
        return None
    k, low, top = total.limits[0]
    if low not in (0, 1) or not ground.positive(top - low + 1):
        return None
    x, y, rest, q = sp.S.One, sp.S.One, sp.S.One, sp.S.One
    coefficients = 0
    for factor in sp.Mul.make_args(total.function):
        base, exponent = factor.as_base_exp()
        slope = sp.expand(exponent).coeff(k)
        if factor == sp.binomial(top, k):
            coefficients += 1
        elif not factor.has(k):
            rest *= factor
        elif factor.is_polynomial(k):
            q *= factor
        elif base.has(k) or not slope.is_Integer or sp.expand(exponent - slope * k).has(k):
            return None
        elif slope > 0:
            x, rest = x * base**slope, rest * base ** sp.expand(exponent - slope * k)
        else:
            y, rest = y * base**-slope, rest * base ** sp.expand(exponent + slope * (top - k))
    both = sp.expand(x + y)
    if coefficients != 1 or rest.has(k) or not ground.positive(both) or sp.degree(q, k) > MOST_DEGREE:
        return None
    whole = sp.S.Zero
    falling, left, j = sp.S.One, sp.Poly(q, k), 0
    while not left.is_zero:
        # Newton's form: the value at j, then the quotient by k − j
        left, value = sp.div(left, sp.Poly(k - j, k))
        whole += value.as_expr() * falling * x**j * both ** (top - j)
        falling, j = falling * (top - j), j + 1
    found = rest * whole - (total.function.xreplace({k: sp.S.Zero}) if low == 1 else 0)
    return None if found.has(sp.nan, sp.zoo) else found

"""Dual activations: E σ(u)σ(v) and E σ′(u)σ′(v) for (u, v) ~ N(0, [[q₁, c], [c, q₂]]), on whole matrices.

Three ways, the first that applies: a closed form that the calculus derives (kinked homogeneous σ, erf);
the Hermite–Mehler series with as many terms as its tail bound asks for; and for σ with kinks and
nearly parallel arguments an iterated integral between the kinks. Each reports a bound of its error.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from os import cpu_count
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.activations import X
from derivations.deadline import TooSlow, deadline
from derivations.expectations import expected
from derivations.gaussian import Expectation, step
from derivations.polar import KINKED, NoClosedForm
from numerics.evaluate import evaluate
from numerics.functions import ActivationError, ScalarFunction, scalar_function
from numerics.hermite import Expansion, expand, rule
from numerics.iterated import near_parallel

Array = NDArray[np.float64]

EPS = float(np.finfo(float).eps)
TOLERANCE = 1e-14
"""Truncation of the series, relative to √(E σ(u)²·E σ(v)²)."""
DEGREES = (32, 128, 512, 2048, 4096)
KINKED_DEGREE = 512
FEW_PAIRS = 4096
"""For so few pairs a steep smooth σ is integrated as well, rather than expanded to a high degree."""
NEAR = 0.94
"""Beyond this correlation an unresolved σ is integrated between its kinks."""
DIRECT = 24
"""So many variances are expanded one by one, more are interpolated in √q."""
BEYOND = 1e-8
"""How far a correlation may lie outside [−1, 1] by rounding of its inner products."""


class CorrelationError(ValueError):
    """A covariance that is none: a correlation outside [−1, 1] or a negative variance."""


def correlation(c: Any, s1: Any, s2: Any) -> Any:
    """c/(s₁s₂) in [−1, 1], 0 where a variance is 0; raises CorrelationError beyond rounding."""
    for s in (s1, s2):
        if not bool((s >= 0).all()):
            raise CorrelationError("a variance is negative or NaN: the matrix is not positive semidefinite")
    scale = s1[:, None] * s2[None, :]
    rho = c / (scale + (scale == 0))
    worst = float(abs(rho).max()) if len(rho) else 0.0
    if not worst <= 1 + BEYOND:
        raise CorrelationError(f"a correlation of {worst:.10g} lies outside [−1, 1]: no covariance, or NaN in the data")
    return rho.clip(-1.0, 1.0)


CLOSED_FORM_SECONDS = 5.0
"""SymPy may look for an integral without end: the series and quadrature do without it."""
Q1, Q2 = sp.symbols("q1 q2", positive=True)
RHO = sp.Symbol("rho", real=True)


@lru_cache(maxsize=64)
def closed_form(expr: sp.Expr) -> sp.Expr | None:
    """E σ(u)σ(v) in Q1, Q2, RHO as the calculus derives it, for kinked σ and erf; None where it has none."""
    if not expr.has(*KINKED, sp.erf) or expr.has(sp.exp):
        return None
    u, v = sp.symbols("u v", real=True)
    product = expr.xreplace({X: u}) * expr.xreplace({X: v})
    c = RHO * sp.sqrt(Q1) * sp.sqrt(Q2)
    try:
        with deadline(CLOSED_FORM_SECONDS):
            found = expected(Expectation(product, (u, v), [[Q1, c], [c, Q2]]))
        return None if found.has(Expectation, sp.Integral) else found
    except (NoClosedForm, TooSlow, NotImplementedError, ValueError, TypeError):
        return None


@lru_cache(maxsize=64)
def closed_second_moment(expr: sp.Expr) -> sp.Expr | None:
    """E σ(u)² in Q1 by the same formula, so that a correlation of one gives the variance exactly."""
    found = closed_form(expr)
    return None if found is None else found.subs({RHO: 1, Q2: Q1})


@dataclass(frozen=True)
class Dual:
    """The dual activation of one σ; call it with a matrix of covariances and two vectors of variances."""

    f: ScalarFunction
    tolerance: float = TOLERANCE

    @classmethod
    def of(cls, activation: Any, tolerance: float = TOLERANCE) -> Dual:
        """The dual of anything that `scalar_function` takes; raises ActivationError."""
        f = scalar_function(activation)
        if f.expr is None or f.expr.has(sp.Max, sp.Min, sp.Piecewise):
            seen = [k for k in rule(f, 4.0, 0).kinks if all(abs(k - known) > 1e-4 for known in f.kinks)]
            f = replace(f, kinks=tuple(sorted((*f.kinks, *seen))))
        return cls(f, tolerance)

    def mean(self, q: Array) -> Array:
        """E σ(√q x), for each variance."""
        return np.asarray(self._coefficients(np.asarray(q, dtype=float), DEGREES[0]).a[:, 0])

    def second_moment(self, q: Array) -> Array:
        """E σ(√q x)², for each variance."""
        if len(q) > 1 and (q == q[0]).all():
            return np.repeat(self.second_moment(q[:1]), len(q))
        if len(q) == 1:
            key = (q.tobytes(), q.dtype)
            if key not in self._moments:
                self._moments[key] = self._second_moment(q)
            return self._moments[key]
        return self._second_moment(q)

    @cached_property
    def _moments(self) -> dict[Any, Array]:
        return {}

    def _second_moment(self, q: Array) -> Array:
        if self._formula is not None:
            found = self._at(closed_second_moment(self.f.expr), {Q1: q + (q == 0)}, q) + 0 * q
            return np.asarray(np.where(q == 0, self.f(np.zeros(1))[0] ** 2, found))
        return self._coefficients(np.asarray(q, dtype=float), DEGREES[0]).second

    def __call__(self, c: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        """E σ(u)σ(v) for covariances c (n₁, n₂), variances q₁ (n₁), q₂ (n₂), and a bound of the error.

        NumPy arrays or torch tensors, which come back on their device. Raises CorrelationError for what
        is no covariance and ActivationError where σ is not square-integrable.
        """
        rho = correlation(c, q1**0.5, q2**0.5)
        same = q1 is q2
        x1 = _host(q1)
        x2 = x1 if same else _host(q2)
        if self._formula is not None:
            return self._closed(self._formula, rho, q1, q2)
        return self._series(rho, np.asarray(x1, dtype=float), np.asarray(x2, dtype=float), same)

    @cached_property
    def _formula(self) -> sp.Expr | None:
        return None if self.f.expr is None else closed_form(self.f.expr)

    @property
    def closed(self) -> bool:
        """Whether the calculus has a closed form for it."""
        return self._formula is not None

    @property
    def jumps(self) -> bool:
        """Whether σ itself jumps, so that its dual activation has the slope 1/√(1 − ρ²) in ρ."""
        return self.f.expr is not None and self.f.expr.has(step, sp.sign, sp.Heaviside)

    def slope(self, q: Array, rho: float) -> float:
        """A bound of |∂E σσ/∂c| for variances in q and correlations up to ρ: E σ′² (Price), or that of a jump."""
        if self.jumps:
            jump = 2.0 * float(np.max(np.abs(self.f(np.linspace(-1, 1, 41)))))
            return float(jump**2 / (2 * np.pi * max(1 - rho**2, EPS) ** 0.5 * float(q.min())))
        return float(self.derivative.second_moment(q).max())

    @cached_property
    def derivative(self) -> Dual:
        """The dual of σ′, by SymPy or, for a smooth Python function, from the same Hermite coefficients."""
        if self.f.derivative is not None:
            return Dual(self.f.derivative, self.tolerance)
        if self.f.kinks:
            raise ActivationError(f"{self.f.name} has kinks: give it as a SymPy expression, its derivative is needed")
        return Shifted(self.f, self.tolerance)

    def _closed(self, formula: sp.Expr, rho: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        positive = q1 + (q1 == 0), q2 + (q2 == 0)
        found = self._at(formula, {Q1: positive[0][:, None], Q2: positive[1][None, :], RHO: rho}, rho) + 0 * rho
        if bool((q1 == 0).any()) or bool((q2 == 0).any()):
            self._with_constants(found, q1, q2)
        ends = np.unique([float(end) for q in (q1, q2) for end in (q.min(), q.max())])
        size = float(self.second_moment(ends).max())
        # a few operations, and the rounding of the correlation under the slope of the kernel
        inner = float((abs(rho) * (abs(rho) < 1 - EPS)).max())
        eps = float(np.finfo(rho.dtype).eps) if isinstance(rho, np.ndarray) else EPS
        return found, 32 * eps * size + (4 * eps * self.slope(ends, inner) * float(ends.max()) if self.jumps else 0.0)

    def _with_constants(self, found: Any, q1: Any, q2: Any) -> None:
        """Put σ(0)·E σ where one of the two variables is the constant 0."""
        at_zero = float(self.f(np.zeros(1))[0])
        for mine, other, rows in ((q1, q2, found), (q2, q1, found.T)):
            mean = self.mean(_host(other))
            rows[mine == 0] = at_zero * (mean if isinstance(found, np.ndarray) else found.new_tensor(mean))

    @staticmethod
    def _at(expr: sp.Expr, values: dict[Any, Any], like: Any) -> Any:
        """A formula in the number system of `like`: float64 or long double in NumPy, or torch."""
        if not isinstance(like, np.ndarray):
            return evaluate(expr, values, "torch", str(like.device))
        with np.errstate(invalid="ignore"):
            return evaluate(expr, values, "longdouble" if like.dtype == np.longdouble else "numpy")

    def _coefficients(self, q: Array, degree: int) -> Expansion:
        """The expansion at each variance: one by one for a few, else interpolated in √q."""
        s = np.sqrt(q)
        low, high = float(s.min()), float(s.max())
        if high - low <= 4 * EPS * high:
            one = self._expand(np.array([high**2]), degree)
            return Expansion(q, np.repeat(one.a, len(q), 0), np.repeat(one.second, len(q)), one.unresolved)
        unique, back = np.unique(q, return_inverse=True)
        if len(unique) > DIRECT:
            # a higher degree needs no fewer nodes in √q than a lower one did
            for count in (c for c in (24, 48, 96, 192, 384) if c >= self._counts.get((low, high), 0)):
                if count >= len(unique):
                    break
                found = self._interpolated(s, low, high, degree, count)
                if found is not None:
                    self._counts[low, high] = count
                    return found
        each = self._expand(unique, degree)
        return Expansion(q, each.a[back], each.second[back], each.unresolved)

    @cached_property
    def _counts(self) -> dict[tuple[float, float], int]:
        return {}

    def _interpolated(self, s: Array, low: float, high: float, degree: int, count: int) -> Expansion | None:
        """Chebyshev interpolation of all coefficients in √q; None if so many nodes do not resolve them."""
        nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)
        each = self._expand((low + (high - low) * (nodes + 1) / 2) ** 2, degree)
        table = np.concatenate([each.a, each.second[:, None]], 1)
        series = np.polynomial.chebyshev.chebvander(nodes, count - 1).T @ table * (2 / count)
        series[0] /= 2
        size = np.sqrt(float(each.second.max()))
        scale = np.append(np.full(table.shape[1] - 1, size), size**2)
        if np.max(np.abs(series[-4:]) / scale) > 40 * EPS:
            return None
        values = np.polynomial.chebyshev.chebvander((s - low) * (2 / (high - low)) - 1, count - 1) @ series
        return Expansion(s**2, values[:, :-1], values[:, -1], each.unresolved)

    def _expand(self, q: Array, degree: int) -> Expansion:
        return _join([_expanded(self.f, float(v), degree) for v in q])

    def _series(self, rho: Any, q1: Array, q2: Array, same: bool) -> tuple[Any, float]:
        """Mehler's series; pairs too near to ±1 for an unresolved σ by quadrature; ρ_ii = 1 by the second moment."""
        size = abs(rho)
        own = [i for i in range(len(q1)) if float(rho[i, i]) >= 1 - 4 * EPS] if same else []
        size[own, own] = 0.0
        largest = float(size.max())
        near = size > NEAR
        few = int(near.sum()) <= FEW_PAIRS
        most = KINKED_DEGREE if self.f.kinks or few else DEGREES[-1]
        for degree in [d for d in DEGREES if d <= most]:
            first = self._coefficients(q1, degree)
            second = first if same else _repeated(first, q1, q2) or self._coefficients(q2, degree)
            tails = [e.relative_tail for e in (first, second)]
            relative = np.maximum(*tails) * largest ** np.arange(1, degree + 2)
            enough = np.flatnonzero(relative <= max(self.tolerance, 16.5 * EPS))
            if len(enough):
                break
        scale = float(np.sqrt(first.second.max() * second.second.max()))
        stop = int(enough[0]) if len(enough) else degree
        values = mehler(first.a[:, : stop + 1], second.a[:, : stop + 1], rho)
        error = first.unresolved * np.sqrt(scale) + 8 * EPS * scale
        if len(enough) or not bool(near.any()):
            error += float(relative[stop]) * scale
        else:
            error += float(np.maximum(*tails)[-1]) * min(largest, NEAR) ** (degree + 1) * scale
            rows, cols = (_host(i) for i in (near.nonzero() if isinstance(rho, np.ndarray) else near.nonzero().T))
            exact, left = near_parallel(self.f, np.sqrt(q1[rows]), np.sqrt(q2[cols]), _host(rho[near]))
            values[near] = exact if isinstance(rho, np.ndarray) else rho.new_tensor(exact)
            error = max(error, left)
        diagonal = first.second[own]
        values[own, own] = diagonal if isinstance(rho, np.ndarray) else rho.new_tensor(diagonal)
        return values, error


def _repeated(first: Expansion, q1: Array, q2: Array) -> Expansion | None:
    """The expansion of the columns where all variances are one number."""
    if len(q1) != 1 or not (q2 == q1[0]).all():
        return None
    return Expansion(q2, np.repeat(first.a, len(q2), 0), np.repeat(first.second, len(q2)), first.unresolved)


@lru_cache(maxsize=4096)
def _expanded(f: ScalarFunction, q: float, degree: int) -> Expansion:
    return expand(f, np.array([q]), degree)


def _join(parts: list[Expansion]) -> Expansion:
    """Expansions at several variances as one."""
    if len(parts) == 1:
        return parts[0]
    q, a, second = (np.concatenate([getattr(p, name) for p in parts]) for name in ("q", "a", "second"))
    return Expansion(q, a, second, max(p.unresolved for p in parts))


@dataclass(frozen=True)
class Shifted(Dual):
    """The dual of σ′ for a smooth Python function σ: E σ′(√q x)h_k = √(k+1)·a_{k+1}/√q (Stein).

    E σ′² is the sum of the series to twice the degree, so its tail is an estimate.
    """

    def _expand(self, q: Array, degree: int) -> Expansion:
        more = 2 * max(degree, 64)
        given = expand(self.f, np.maximum(q, 1e-10), more)
        k = np.arange(1, more + 1)
        a = given.a[:, 1:] * np.sqrt(k) / np.sqrt(np.maximum(q, 1e-10))[:, None]
        return Expansion(q, a[:, : degree + 1], np.sum(a**2, axis=1), given.unresolved)


def mehler(a: Array, b: Array, rho: Any) -> Any:
    """Σ_k a_ik·b_jk·ρ_ijᵏ by Horner's rule, in blocks of rows that stay in the cache; shape of ρ."""
    if not isinstance(rho, np.ndarray):
        ta, tb = (rho.new_tensor(x.T.copy()) for x in (a, b))
        total = ta[-1][:, None] * tb[-1][None, :]
        for k in range(len(ta) - 2, -1, -1):
            total.mul_(rho).addr_(ta[k], tb[k])
        return total
    rows, cols = rho.shape
    result = np.empty_like(rho)
    step = max(1, 32768 // max(cols, 1))
    mirrored = rows == cols and (a is b or np.shares_memory(a, b)) and np.array_equal(rho, rho.T)

    def block(start: int) -> None:
        stop, first = min(start + step, rows), start if mirrored else 0
        mine, other, r = a[start:stop], b[first:], rho[start:stop, first:]
        total = np.multiply.outer(mine[:, -1], other[:, -1])
        outer = np.empty_like(total)
        for k in range(a.shape[1] - 2, -1, -1):
            np.multiply(total, r, out=total)
            np.multiply(mine[:, k, None], other[None, :, k], out=outer)
            np.add(total, outer, out=total)
        result[start:stop, first:] = total
        if mirrored:
            result[first:, start:stop] = total.T

    in_threads(block, range(0, rows, step))
    return result


def in_threads(job: Callable[[int], None], items: range) -> None:
    if len(items) < 4:
        for item in items:
            job(item)
        return
    with ThreadPoolExecutor(min(8, cpu_count() or 1)) as pool:
        list(pool.map(job, items))


def _host(x: Any) -> Any:
    """An array on this machine's NumPy."""
    return x if isinstance(x, np.ndarray) else x.detach().cpu().numpy()

"""Dual activations: E σ(u)σ(v) and E σ′(u)σ′(v) for (u, v) ~ N(0, [[q₁, c], [c, q₂]]), on whole matrices.

Three ways, the first that applies: a closed form that the calculus derives (kinked homogeneous σ, erf);
the Hermite–Mehler series with as many terms as its tail bound requires; and for σ with kinks and
nearly parallel arguments an iterated integral between the kinks. Each reports a bound of its error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.gaussian import step
from numerics.infinite.closed_forms import (
    Q1,
    Q2,
    RHO,
    at_one,
    by_correlation,
    by_half_lines,
    closed_form,
    is_homogeneous,
)
from numerics.infinite.iterated import near_parallel
from numerics.infinite.series.hermite import Expansion, expand
from numerics.infinite.series.mehler import CorrelationError as CorrelationError
from numerics.infinite.series.mehler import correlation, host, mehler
from numerics.infinite.series.partition import SLOPE_NOISE, partition, slope_function
from numerics.infinite.series.stein import shifted
from numerics.values.evaluate import evaluate
from numerics.values.functions import ActivationError, ScalarFunction, from_expression, scalar_function

Array = NDArray[np.float64]

STEIN = 1e-8
"""By how much σ′ may differ from the derivative of σ: a jump differs in the first digits."""
EPS = float(np.finfo(float).eps)
TOLERANCE = 1e-14
"""Truncation of the series, relative to √(E σ(u)²·E σ(v)²)."""
DEGREES = (32, 128, 512, 2048, 4096)
MANY, FALLEN, FEW_PAIRS = 512, 1e-4, 4096
"""Up to this number of pairs, a steep smooth σ is integrated in the plane if the tail of its series is still large."""
NEAR = 0.94
"""Beyond this correlation an unresolved σ is integrated between its kinks."""
DIRECT = 24
"""Up to this number of variances, each is expanded by itself; more are interpolated in √q."""
TINY = 1e-300
MOST_KINKS = 64


@dataclass(frozen=True)
class Dual:
    """The dual activation of one σ; call it with a matrix of covariances and two vectors of variances."""

    f: ScalarFunction
    tolerance: float = TOLERANCE
    noise: float = 0.0
    """Relative error of the values of f, beyond rounding."""
    price: sp.Expr | None = None
    """E σσ by the derivative of another closed form, if the calculus has none."""

    @classmethod
    def of(cls, activation: Any, tolerance: float = TOLERANCE) -> Dual:
        """The dual of anything that `scalar_function` takes; raises ActivationError."""
        f = scalar_function(activation)
        halves = None if f.expr is None else by_half_lines(f.expr)
        if halves is not None:
            return cls(from_expression(halves, f.name), tolerance)
        if f.expr is None or f.expr.has(sp.Max, sp.Min, sp.Piecewise):
            seen = [k for k in partition(f).kinks if all(abs(k - known) > 1e-4 for known in f.kinks)]
            if len(seen) > MOST_KINKS:
                raise ActivationError(f"{f.name} is rough or noisy near {seen[0]:.4g}: give a smooth SymPy expression")
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
        if self.formula is not None:
            found = self._at(at_one(self.formula), {Q1: q + (q == 0)}, q) + 0 * q
            return np.asarray(np.where(q == 0, self.f(np.zeros(1))[0] ** 2, found))
        return self._coefficients(np.asarray(q, dtype=float), DEGREES[0]).second

    def __call__(self, c: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        """E σ(u)σ(v) for covariances c (n₁, n₂), variances q₁ (n₁), q₂ (n₂), and a bound of the error.

        NumPy arrays or torch tensors, which come back on their device. Raises CorrelationError for what
        is no covariance and ActivationError where σ is not square-integrable.
        """
        rho = correlation(c, q1**0.5, q2**0.5)
        same = q1 is q2
        x1, x2 = host(q1), host(q2)
        scale = float(np.sqrt(self.second_moment(_ends(x1)).max() * self.second_moment(_ends(x2)).max()))
        values, error = self._relative(rho, q1, q2, same)
        return values, error * scale

    def relative(self, c: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        """As the call, with a bound of the error of each entry relative to its √(E σ(u)²·E σ(v)²)."""
        return self._relative(correlation(c, q1**0.5, q2**0.5), q1, q2, q1 is q2)

    def _relative(self, rho: Any, q1: Any, q2: Any, same: bool) -> tuple[Any, float]:
        if self.formula is not None:
            return self._closed(self.formula, rho, q1, q2)
        x1 = host(q1)
        return self._series(rho, np.asarray(x1, dtype=float), x1 if same else np.asarray(host(q2), dtype=float), same)

    @cached_property
    def formula(self) -> sp.Expr | None:
        """E σ(u)σ(v) in Q1, Q2 and RHO, None where there is no closed form."""
        own = None if self.f.expr is None else closed_form(self.f.expr)
        return self.price if own is None else own

    @property
    def closed(self) -> bool:
        """Whether the calculus has a closed form for it."""
        return self.formula is not None

    @cached_property
    def homogeneous(self) -> bool:
        """Whether σ(λx) = λσ(x) for λ > 0, with a closed form."""
        return self.closed and is_homogeneous(self.f.expr)

    def slopes(self, q: float, r: Any) -> Any:
        """A bound of E σ(u)σ(v) at correlations up to r, both variances q: Σ a_k²rᵏ to a degree, and what is left.

        Since every a_k² is positive, it bounds |E σσ| at −r … r, and this for σ′ is by how much an error grows.
        """
        e = self._coefficients(np.array([q]), DEGREES[0])
        squares = np.append(e.a[0] ** 2, float(e.tail[0, -1]))
        return np.polynomial.polynomial.polyval(np.minimum(r, 1.0), squares)

    def chord(self, q: float, r: Any) -> Any:
        """A bound of (E σ(u)² − E σ(u)σ(v))/(1 − r) at correlations r ≥ 0, both variances q: Σ a_k²(1 + … + rᵏ⁻¹)."""
        e = self._coefficients(np.array([q]), MANY)
        left = e.tail[0]  # Σ_{j>k} a_j² is what multiplies rᵏ
        return np.polynomial.polynomial.polyval(r, left) + left[-1] * r ** len(e.a[0]) / (1 - r)

    def own_error(self, q: float) -> float:
        """A bound of the relative error of E σ(√q x)²."""
        if self.closed:
            return 32 * EPS
        e = self._coefficients(np.array([q]), DEGREES[0])
        return float(2 * (e.unresolved / max(float(e.second[0]), TINY) ** 0.5 + self.noise) + 8 * EPS)

    def growth(self, q: float) -> float:
        """d log E σ(√q x)²/d log q."""
        return float(self._coefficients(np.array([q]), DEGREES[0]).growth[0])

    @property
    def plane(self) -> ScalarFunction:
        """The function whose products are integrated in the plane."""
        return self.f

    @cached_property
    def derivative(self) -> Dual:
        """The dual of σ′: by SymPy; of a Python function from the same Hermite coefficients, or on its panels."""
        if self.f.expr is None and not self.f.kinks:
            return Shifted(self.f, self.tolerance)
        if self.f.expr is not None:
            try:
                price = (
                    None if self.formula is None or self.f.kinks else by_correlation(self.formula) / sp.sqrt(Q1 * Q2)
                )
                found = Dual(self.f.derivative, self.tolerance, 0.0, price)  # type: ignore[arg-type]
                if self._is_slope(found):
                    return found
            except ActivationError:  # SymPy writes δ(x) where a kink is a product with a step
                pass
        found = Dual(slope_function(self.f), self.tolerance, SLOPE_NOISE)
        try:
            fits = self._is_slope(found)
        except ActivationError:
            no = f"{self.f.name} has no square-integrable derivative (it jumps, or worse): K^(H) does not exist"
            raise ActivationError(no) from None
        if not fits:
            raise ActivationError(
                f"{self.f.name} has no derivative that is a function (it jumps): K^(H) does not exist"
            )
        return found

    def _is_slope(self, found: Dual) -> bool:
        """Whether Stein's E σ′h_k = √(k+1)·a_{k+1} holds: a jump leaves nothing in σ′."""
        k = np.arange(1, 9)
        for q in (1.0, 0.3):
            own, slopes = self._coefficients(np.array([q]), DEGREES[0]), found._coefficients(np.array([q]), DEGREES[0])
            missed = slopes.a[0, :8] - own.a[0, k] * np.sqrt(k / q)
            if np.max(np.abs(missed)) > STEIN * (float(slopes.second[0]) + float(own.second[0]) / q) ** 0.5:
                return False
        return True

    def _closed(self, formula: sp.Expr, rho: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        positive = q1 + (q1 == 0), q2 + (q2 == 0)
        found = self._at(formula, {Q1: positive[0][:, None], Q2: positive[1][None, :], RHO: rho}, rho) + 0 * rho
        if bool((q1 == 0).any()) or bool((q2 == 0).any()):
            self._with_constants(found, q1, q2)
        eps = float(np.finfo(rho.dtype).eps) if isinstance(rho, np.ndarray) else EPS
        if self.f.expr is None or not self.f.expr.has(step, sp.sign, sp.Heaviside):
            return found, 32 * eps + 4 * eps * self._steepness(rho, q1, q2)
        # a few operations, and the rounding of the correlation under the slope of the angle at the nearest to ±1
        inner = float((abs(rho) * (abs(rho) < 1 - EPS)).max())
        q = float(max(min(q1.max(), q2.max()), TINY))
        jump = 2.0 * float(np.max(np.abs(self.f(np.linspace(-1, 1, 41)))))
        second = max(float(self.second_moment(np.array([q]))[0]), TINY)
        slope = jump**2 / (2 * np.pi * max(1 - inner**2, EPS) ** 0.5 * second)
        return found, 32 * eps + 4 * eps * slope

    def _steepness(self, rho: Any, q1: Any, q2: Any) -> float:
        """By how much a rounding of the largest |ρ| moves the closed form, relative to √(E σ(u)²·E σ(v)²)."""
        if self.f.kinks or self.formula is None:
            return 1.0  # there it is a smooth function of the angle, with a slope in ρ of at most a few
        r = min(float(abs(rho).max()), 1.0)
        q = np.unique([float(v) for x in (q1, q2) for v in (x.min(), x.max()) if float(v) > 0])
        if not len(q):
            return 1.0
        grid = {Q1: q[:, None], Q2: q[None, :], RHO: np.full((len(q), len(q)), r)}
        slope = np.abs(self._at(by_correlation(self.formula), grid, grid[RHO]))
        size = np.sqrt(self.second_moment(q))
        with np.errstate(all="ignore"):
            found = slope / (size[:, None] * size[None, :])
        return float(np.max(found[np.isfinite(found)], initial=1.0))

    def _with_constants(self, found: Any, q1: Any, q2: Any) -> None:
        """Put σ(0)·E σ where one of the two variables is the constant 0."""
        at_zero = float(self.f(np.zeros(1))[0])
        for mine, other, rows in ((q1, q2, found), (q2, q1, found.T)):
            mean = self.mean(host(other))
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
            return Expansion(
                q,
                np.repeat(one.a, len(q), 0),
                np.repeat(one.second, len(q)),
                one.unresolved,
                np.repeat(one.growth, len(q)),
            )
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
        return Expansion(q, each.a[back], each.second[back], each.unresolved, each.growth[back])

    @cached_property
    def _counts(self) -> dict[tuple[float, float], int]:
        return {}

    def _interpolated(self, s: Array, low: float, high: float, degree: int, count: int) -> Expansion | None:
        """Chebyshev interpolation of all coefficients in √q; None if the nodes do not resolve them."""
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
        growth = np.full(len(s), float(np.abs(each.growth).max()))
        return Expansion(s**2, values[:, :-1], values[:, -1], each.unresolved, growth)

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
        for degree in DEGREES:
            first = self._coefficients(q1, degree)
            second = first if same else _repeated(first, q1, q2) or self._coefficients(q2, degree)
            tails = [e.relative_tail for e in (first, second)]
            relative = np.maximum(*tails) * largest ** np.arange(1, degree + 2)
            enough = np.flatnonzero(relative <= max(self.tolerance, 16.5 * EPS))
            # a series whose tail is still large here would take too many terms: the plane is quicker
            if len(enough) or (degree >= MANY and (self.f.kinks or (few and np.maximum(*tails)[-1] > FALLEN))):
                break
        m1, m2 = (np.maximum(e.second, TINY) for e in (first, second))
        stop = int(enough[0]) if len(enough) else degree
        values = mehler(first.a[:, : stop + 1], second.a[:, : stop + 1], rho)
        error = first.unresolved / m1.min() ** 0.5 + second.unresolved / m2.min() ** 0.5 + 8 * EPS
        error += self.noise
        if len(enough) or not bool(near.any()):
            error += float(relative[stop])
        else:
            error += float(np.maximum(*tails)[-1]) * min(largest, NEAR) ** (degree + 1)
            rows, cols = (host(i) for i in (near.nonzero() if isinstance(rho, np.ndarray) else near.nonzero().T))
            there = host(rho[near])
            sizes = np.sqrt(m1[rows] * m2[cols])
            exact, left = near_parallel(self.plane, np.sqrt(q1[rows]), np.sqrt(q2[cols]), there, sizes)
            # the series bounds what the quadrature may be, and the variance is known by another way
            tail = float(np.maximum(*tails)[-1]) * np.abs(there) ** (degree + 1)
            apart = np.abs(exact - host(values[near])) / sizes
            if (apart > tail + error + left).any():
                error = float(np.max(tail)) + error
            else:
                values[near] = exact if isinstance(rho, np.ndarray) else rho.new_tensor(exact)
                s = np.sqrt(np.array([q1.min(), q1.max(), np.median(q1)]))
                known = self.second_moment(s**2)
                by_plane, _ = near_parallel(self.plane, s, s, np.ones(3), np.maximum(known, TINY))
                error += left + float(np.max(np.abs(by_plane - known) / np.maximum(known, TINY)))
        diagonal = first.second[own]
        values[own, own] = diagonal if isinstance(rho, np.ndarray) else rho.new_tensor(diagonal)
        return values, error


def _ends(q: Array) -> Array:
    return np.unique([float(q.min()), float(q.max())]) if len(q) else np.ones(1)


def _repeated(first: Expansion, q1: Array, q2: Array) -> Expansion | None:
    """The expansion of the columns where all variances are one number."""
    if len(q1) != 1 or not (q2 == q1[0]).all():
        return None
    a, second, growth = (np.repeat(x, len(q2), 0) for x in (first.a, first.second, first.growth))
    return Expansion(q2, a, second, first.unresolved, growth)


@lru_cache(maxsize=4096)
def _expanded(f: ScalarFunction, q: float, degree: int) -> Expansion:
    return expand(f, np.array([q]), degree)


def _join(parts: list[Expansion]) -> Expansion:
    """Expansions at several variances as one."""
    if len(parts) == 1:
        return parts[0]
    q, a, second, growth = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("q", "a", "second", "growth")
    )
    return Expansion(q, a, second, max(p.unresolved for p in parts), growth)


@dataclass(frozen=True)
class Shifted(Dual):
    """The dual of σ′ for a smooth Python function σ: E σ′(√q x)h_k = √(k+1)·a_{k+1}/√q (Stein).

    E σ′² is the sum of the series, taken as far as it falls off, and must be the integral over σ′ by differences.
    """

    @property
    def plane(self) -> ScalarFunction:
        return slope_function(self.f)

    def _expand(self, q: Array, degree: int) -> Expansion:
        return _join([shifted(self.f, max(float(v), 1e-10), degree) for v in q])

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
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from derivations.activations import X
from derivations.gaussian import Expectation, step
from derivations.gaussians.expectations import expected
from derivations.integrals.polar import KINKED, NoClosedForm
from derivations.letters.names import own
from derivations.proofs.deadline import TooSlow, deadline
from numerics.infinite.hermite import Expansion, expand, rule, slope_moments
from numerics.infinite.iterated import near_parallel
from numerics.values.evaluate import evaluate
from numerics.values.functions import ActivationError, ScalarFunction, scalar_function

Array = NDArray[np.float64]

AGREE = 1e-9
"""Agreement of two ways to E σ′²: differences on panels keep ten digits."""
MOST_TERMS = 1024
STEIN = 1e-8
"""By how much σ′ may differ from the derivative of σ: a jump differs in the first digits."""
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
TINY = 1e-300
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
Q1, Q2 = own("q1", positive=True), own("q2", positive=True)
RHO = own("rho", real=True)


@lru_cache(maxsize=64)
def closed_form(expr: sp.Expr) -> sp.Expr | None:
    """E σ(u)σ(v) in Q1, Q2, RHO as the calculus derives it, for kinked σ and erf; None where it has none."""
    if not expr.has(*KINKED, sp.erf) or expr.has(sp.exp):
        return None
    u, v = own("u", real=True), own("v", real=True)
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
    in_the_plane: ClassVar[bool] = True
    """Whether `f` is the function itself, so that nearly parallel arguments can be integrated."""

    @classmethod
    def of(cls, activation: Any, tolerance: float = TOLERANCE) -> Dual:
        """The dual of anything that `scalar_function` takes; raises ActivationError."""
        f = scalar_function(activation)
        if f.expr is None or f.expr.has(sp.Max, sp.Min, sp.Piecewise):
            try:
                kinks = rule(f, 4.0, 0).kinks
            except ActivationError:  # it may grow too fast for this variance, and not for one
                kinks = rule(f, 1.0, 0).kinks
            seen = [k for k in kinks if all(abs(k - known) > 1e-4 for known in f.kinks)]
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
        x1, x2 = _host(q1), _host(q2)
        scale = float(np.sqrt(self.second_moment(_ends(x1)).max() * self.second_moment(_ends(x2)).max()))
        values, error = self._relative(rho, q1, q2, same)
        return values, error * scale

    def relative(self, c: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        """As the call, with a bound of the error of each entry relative to its √(E σ(u)²·E σ(v)²)."""
        return self._relative(correlation(c, q1**0.5, q2**0.5), q1, q2, q1 is q2)

    def _relative(self, rho: Any, q1: Any, q2: Any, same: bool) -> tuple[Any, float]:
        if self._formula is not None:
            return self._closed(self._formula, rho, q1, q2)
        x1 = _host(q1)
        return self._series(rho, np.asarray(x1, dtype=float), x1 if same else np.asarray(_host(q2), dtype=float), same)

    @cached_property
    def _formula(self) -> sp.Expr | None:
        return None if self.f.expr is None else closed_form(self.f.expr)

    @property
    def closed(self) -> bool:
        """Whether the calculus has a closed form for it."""
        return self._formula is not None

    def slopes(self, q: float, r: Any) -> Any:
        """A bound of E σ(u)σ(v) at correlations up to r, both variances q: Σ a_k²rᵏ to a degree, and what is left.

        Since every a_k² is positive, it bounds |E σσ| at −r … r, and this for σ′ is by how much an error grows.
        """
        e = self._coefficients(np.array([q]), DEGREES[0])
        squares = np.append(e.a[0] ** 2, float(e.tail[0, -1]))
        return np.polynomial.polynomial.polyval(np.minimum(r, 1.0), squares)

    def growth(self, q: float) -> float:
        """d log E σ(√q x)²/d log q."""
        return float(self._coefficients(np.array([q]), DEGREES[0]).growth[0])

    @cached_property
    def derivative(self) -> Dual:
        """The dual of σ′, by SymPy or, for a smooth Python function, from the same Hermite coefficients."""
        if self.f.expr is not None:
            return self._by_sympy()
        if self.f.kinks:
            raise ActivationError(f"{self.f.name} has kinks: give it as a SymPy expression, its derivative is needed")
        return Shifted(self.f, self.tolerance)

    def _by_sympy(self) -> Dual:
        """The dual of SymPy's σ′, held against σ by Stein's E σ′h_k = √(k+1)·a_{k+1}: a jump leaves nothing in σ′."""
        no = f"{self.f.name} has no derivative that is a function (it jumps): K^(H) does not exist"
        try:
            found = Dual(self.f.derivative, self.tolerance)  # type: ignore[arg-type]
        except ActivationError:
            raise ActivationError(no) from None
        k = np.arange(1, 9)
        for q in (1.0, 0.3):
            own, slopes = self._coefficients(np.array([q]), DEGREES[0]), found._coefficients(np.array([q]), DEGREES[0])
            missed = slopes.a[0, :8] - own.a[0, k] * np.sqrt(k / q)
            if np.max(np.abs(missed)) > STEIN * (float(slopes.second[0]) + float(own.second[0]) / q) ** 0.5:
                raise ActivationError(no)
        return found

    def _closed(self, formula: sp.Expr, rho: Any, q1: Any, q2: Any) -> tuple[Any, float]:
        positive = q1 + (q1 == 0), q2 + (q2 == 0)
        found = self._at(formula, {Q1: positive[0][:, None], Q2: positive[1][None, :], RHO: rho}, rho) + 0 * rho
        if bool((q1 == 0).any()) or bool((q2 == 0).any()):
            self._with_constants(found, q1, q2)
        eps = float(np.finfo(rho.dtype).eps) if isinstance(rho, np.ndarray) else EPS
        if self.f.expr is None or not self.f.expr.has(step, sp.sign, sp.Heaviside):
            return found, 32 * eps
        # a few operations, and the rounding of the correlation under the slope of the angle at the nearest to ±1
        inner = float((abs(rho) * (abs(rho) < 1 - EPS)).max())
        q = float(min(q1.max(), q2.max()))
        jump = 2.0 * float(np.max(np.abs(self.f(np.linspace(-1, 1, 41)))))
        slope = jump**2 / (2 * np.pi * max(1 - inner**2, EPS) ** 0.5 * float(self.second_moment(np.array([q]))[0]))
        return found, 32 * eps + 4 * eps * slope

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
        near = size > (NEAR if self.in_the_plane else 2.0)
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
        m1, m2 = (np.maximum(e.second, TINY) for e in (first, second))
        stop = int(enough[0]) if len(enough) else degree
        values = mehler(first.a[:, : stop + 1], second.a[:, : stop + 1], rho)
        error = first.unresolved / m1.min() ** 0.5 + second.unresolved / m2.min() ** 0.5 + 8 * EPS
        if len(enough) or not bool(near.any()):
            error += float(relative[stop])
        else:
            error += float(np.maximum(*tails)[-1]) * min(largest, NEAR) ** (degree + 1)
            rows, cols = (_host(i) for i in (near.nonzero() if isinstance(rho, np.ndarray) else near.nonzero().T))
            host = _host(rho[near])
            sizes = np.sqrt(m1[rows] * m2[cols])
            exact, left = near_parallel(self.f, np.sqrt(q1[rows]), np.sqrt(q2[cols]), host, sizes)
            # the series bounds what the quadrature may be, and the variance is known by another way
            tail = float(np.maximum(*tails)[-1]) * np.abs(host) ** (degree + 1)
            apart = np.abs(exact - _host(values[near])) / sizes
            if (apart > tail + error + left).any():
                error = float(np.max(tail)) + error
            else:
                values[near] = exact if isinstance(rho, np.ndarray) else rho.new_tensor(exact)
                s = np.sqrt(np.array([q1.min(), q1.max(), np.median(q1)]))
                known = self.second_moment(s**2)
                by_plane, _ = near_parallel(self.f, s, s, np.ones(3), np.maximum(known, TINY))
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

    in_the_plane: ClassVar[bool] = False

    def _expand(self, q: Array, degree: int) -> Expansion:
        return _join([_shifted(self.f, max(float(v), 1e-10), degree) for v in q])


@lru_cache(maxsize=1024)
def _shifted(f: ScalarFunction, q: float, degree: int) -> Expansion:
    second, growth = slope_moments(f, q)
    more = 2 * max(degree, 64)
    while True:
        given = expand(f, np.array([q]), more)
        size = float(given.second[0]) ** 0.5
        # what is below rounding would only grow with √k
        a = np.where(np.abs(given.a[0]) > 4 * EPS * size, given.a[0], 0.0)
        terms = np.asarray(a[1:] * np.sqrt(np.arange(1, more + 1) / q))
        total = float(terms @ terms)
        last = float(terms[3 * more // 4 :] @ terms[3 * more // 4 :])
        rounding = 8 * EPS * size * float(np.sqrt((1 + int(np.count_nonzero(a))) / q))
        unsure = AGREE * second + 2 * rounding * second**0.5
        if total > second + unsure:
            raise ActivationError(f"the derivative of {f.name} is not resolved: give it as a SymPy expression")
        if total >= second - unsure and last <= EPS * total:
            second = total
            break
        if more >= MOST_TERMS:
            rounding += unsure / second**0.5  # the series goes on; what it leaves is known from the panels alone
            break
        more *= 2
    return Expansion(np.array([q]), terms[None, : degree + 1], np.array([second]), rounding, np.array([growth]))


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

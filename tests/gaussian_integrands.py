"""Random Gaussian expectations, and their values by a quadrature of its own, from the definition alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from mpmath import mp
from numpy.typing import NDArray
from scipy.special import erf, erfc

from derivations.calculus.forms import NotReducible
from derivations.domains import Domain, make_domain
from derivations.gaussian import Expectation, relu, step
from derivations.integrals.polar import NoClosedForm
from derivations.proofs.equality import unfold
from numerics.values.evaluate import evaluate

Array = NDArray[np.float64]
TOLERANCE = 1e-6
"""Of the quadrature below for bounded and polynomial integrands of a few Gaussians, with kinks and roots."""
REACH, NODES = 12.0, 40
WORDS: Any = [
    {
        "relu": lambda t: np.maximum(t, 0.0),
        "step": lambda t: np.where(t > 0, 1.0, 0.0),
        "Heaviside": lambda t, at=0.5: np.heaviside(t, at),
        "erf": erf,
        "erfc": erfc,
    },
    "numpy",
]
KINKED = (relu, step, sp.Abs, sp.sign, sp.Heaviside)


@dataclass(frozen=True)
class Case:
    """An expectation, its domain, and points of it."""

    expr: Expectation
    domain: Domain
    points: tuple[dict[Any, Any], ...]


@dataclass(frozen=True)
class Outcome:
    """`right`, `refused` or `wrong`, and why."""

    kind: str
    detail: str


class Integrands:
    """Random integrands, covariances and domains."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.ranges: dict[Any, tuple[sp.Rational, sp.Rational]] = {}

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.rng.choice(choices)

    def parameter(self, name: str, low: Any, high: Any) -> sp.Symbol:
        """A symbol with a range, declared real, or by the sign of its range as well."""
        low, high = sp.sympify(low), sp.sympify(high)
        known: dict[str, bool] = {"real": True}
        if self.rng.random() < 0.5:
            known = {"positive": True} if low > 0 else {"nonnegative": True} if low >= 0 else {"real": True}
        made = sp.Symbol(name, **known)
        self.ranges[made] = (low, high)
        return made

    def variance(self, name: str) -> Any:
        kind = self.rng.randrange(8)
        if kind < 2:
            return self.one_of([sp.S.One, sp.Integer(2), sp.Rational(1, 3), sp.Rational(9, 4), sp.S.Zero])
        if kind == 2:
            return self.parameter(name, sp.Rational(1, 5), 3)
        if kind == 3:
            return self.parameter(name, 0, 3)
        if kind == 4:
            return self.parameter(name, sp.Rational(1, 5), 2) ** 2
        if kind == 5:
            return self.parameter(name, -2, 2) ** 2
        if kind == 6:
            return 1 + self.parameter(name, -2, 2) ** 2
        return sp.S.One

    def correlation(self) -> Any:
        kind = self.rng.randrange(8)
        if kind == 0:
            return self.one_of([sp.Rational(1, 2), -sp.Rational(3, 5), sp.S.Zero, sp.S.One, -sp.S.One])
        if kind in (1, 2):
            return self.parameter("rho", -1, 1)
        if kind == 3:
            return sp.cos(self.parameter("phi", *self.one_of([(0, sp.pi), (0, 2 * sp.pi), (-sp.pi, sp.pi), (1, 7)])))
        if kind == 4:
            return sp.cos(2 * self.parameter("phi", 0, 2))
        if kind == 5:
            return sp.sin(self.parameter("phi", -2, 4))
        if kind == 6:
            return 2 * self.parameter("c", 0, 1) - 1
        return 1 - self.parameter("c", -1, 1) ** 2

    def scale(self) -> Any:
        """A factor of a variable: a number, or a symbol of either sign."""
        kind = self.rng.randrange(8)
        if kind < 4:
            return sp.S.One
        if kind == 4:
            return self.one_of([-1, 2, sp.Rational(1, 2), -sp.Rational(3, 2)])
        return self.parameter("tau", *self.one_of([(-2, 2), (sp.Rational(1, 2), 2), (0, 2), (-2, -sp.Rational(1, 2))]))

    def shift(self) -> Any:
        kind = self.rng.randrange(8)
        if kind < 5:
            return sp.S.Zero
        return self.one_of([sp.S.One, -sp.Rational(1, 2)]) if kind == 5 else self.parameter("h", -2, 2)

    def factor(self, z: Any, powers: bool = True) -> Any:
        """A function of one variable."""
        inside = self.scale() * z + self.shift()
        functions = [relu, relu, step, sp.Abs, sp.sign, lambda t: t, lambda t: t**2, lambda t: relu(t) ** 2]
        smooth = [
            sp.exp,
            sp.erf,
            lambda t: sp.exp(-(t**2) / 2),
            sp.sin,
            sp.cos,
            lambda t: (1 + sp.erf(t / sp.sqrt(2))) / 2,
        ]
        rare = [
            lambda t: sp.Abs(t) ** sp.Rational(3, 2),
            lambda t: relu(t) ** sp.Rational(1, 2),
            lambda t: sp.Abs(t) ** 3,
            lambda t: step(t) * t**3,
            lambda t: relu(t) - relu(-t) / 100,
            lambda t: sp.Heaviside(t) * t,
            lambda t: sp.sign(t) * relu(t),
            lambda t: t * step(-t),
            lambda t: t**4,
            lambda t: sp.sqrt(t**2),
            lambda t: sp.erfc(t),
            lambda t: sp.Max(t, 0),
            lambda t: sp.exp(-sp.Abs(t)),
            lambda t: sp.exp(t**2 / 40),
            lambda t: sp.exp(-(t**2)) * t,
            lambda t: sp.cos(t) ** 2,
            lambda t: sp.sinh(t),
            lambda t: sp.exp(t) * relu(t),
        ]
        pool = self.one_of([functions, functions, functions, smooth, rare])
        return self.one_of(pool)(inside)

    def case(self) -> Case:
        names = self.one_of([("u", "v"), ("x", "y"), ("theta", "r"), ("t", "w")])
        real = {} if self.rng.random() < 0.1 else {"real": True}
        u, v = (sp.Symbol(n, **real) for n in names)
        if self.rng.random() < 0.4:
            integrand = sp.Mul(*(self.factor(u) for _ in range(self.one_of([1, 1, 2]))))
            expr = Expectation(integrand, u, [[self.variance("q")]])
        else:
            p, q = self.variance("p"), self.variance("q")
            if self.rng.random() < 0.3:
                p = q = sp.S.One
            c = self.correlation() * sp.sqrt(p) * sp.sqrt(q)
            kind = self.rng.random()
            if kind < 0.75:
                integrand = self.factor(u) * self.factor(v)
            elif kind < 0.9:
                integrand = self.factor(self.scale() * u + self.scale() * v) * self.factor(u)
            else:
                integrand = self.factor(self.scale() * u + self.scale() * v)
            expr = Expectation(integrand, (u, v), [[p, c], [c, q]])
        domain = make_domain(self.ranges, (), expr.free_symbols)
        return Case(expr, domain, tuple(self.point(i) for i in range(3)))

    def point(self, number: int) -> dict[Any, Any]:
        """Two points inside the ranges, and one at ends of them."""
        found = {}
        for s, (low, high) in self.ranges.items():
            inside = low + (high - low) * sp.Rational(self.rng.randint(1, 29), 30)
            found[s] = self.one_of([low, high, inside]) if number == 2 else inside
        return found


def gauss(edges: Array) -> tuple[Array, Array]:
    """Nodes and weights between neighbours in each row, crowded at both ends, where kinks and roots are."""
    t, w = np.polynomial.legendre.leggauss(NODES)
    s, ds = (t + 1) / 2, w / 2
    s, ds = s**3 * (10 - 15 * s + 6 * s**2), ds * 30 * s**2 * (1 - s) ** 2
    edges = np.sort(np.clip(edges, -REACH, REACH), axis=-1)
    low, width = edges[..., :-1, None], np.diff(edges, axis=-1)[..., None]
    shape = (*edges.shape[:-1], -1)
    return (low + width * s).reshape(shape), (width * ds).reshape(shape)


def _law(expr: Expectation, point: dict[Any, Any]) -> Array:
    values = {s: sp.sympify(x).evalf(30) for s, x in point.items()}
    return np.array(expr.covariance.xreplace(values).evalf(30).tolist(), dtype=float)


def by_definition(expr: Expectation, point: dict[Any, Any]) -> float:
    """E f(Lz) for independent standard z, panel by panel between the lines on which f has its kinks."""
    values = {s: sp.sympify(x).evalf(30) for s, x in point.items()}
    law = _law(expr, point)
    f = expr.integrand.replace(sp.Max, lambda a, b: relu(a) if b == 0 else relu(b)).xreplace(values)
    roots, axes = np.linalg.eigh(law)
    root = axes * np.sqrt(np.where(roots > 1e-13, roots, 0.0))
    kinks = [(k.args[0], [k.args[0].diff(z) for z in expr.variables]) for k in f.atoms(*KINKED)]
    forms = [
        (float(a.xreplace(dict.fromkeys(expr.variables, sp.S.Zero))), np.array(slopes, dtype=float) @ root)
        for a, slopes in kinks
    ]
    # turned so that the first kink stands upright: about a nearly upright one the outer integrand would turn quickly
    upright = next((a for _, a in forms if len(a) == 2 and np.hypot(*a) > 1e-9), np.array([1.0, 0.0]))
    turn = np.array([upright, [-upright[1], upright[0]]]).T / np.hypot(*upright) if len(root) == 2 else np.eye(1)
    root, lines = root @ turn, [(h, a @ turn) for h, a in forms]
    compute = sp.lambdify(expr.variables, f, WORDS)
    even = np.linspace(-REACH, REACH, 33 if len(root) == 1 else 9)

    def weighed(z: Array, w: Array) -> float:
        values = np.broadcast_to(compute(*np.tensordot(root, z, 1)), w.shape)
        return float(np.sum(values * w * np.exp(-np.sum(z**2, axis=0) / 2) / (2 * np.pi) ** (len(z) / 2)))

    if len(root) == 1:
        x, w = gauss(np.array([*even, *(-h / a[0] for h, a in lines if abs(a[0]) > 1e-12)]))
        return weighed(x[None], w)
    cuts = [-h / a[0] for h, a in lines if abs(a[1]) < 1e-9 < abs(a[0])]
    for (h, a), (k, b) in ((m, n) for m in lines for n in lines):
        cross = a[0] * b[1] - a[1] * b[0]
        cuts += [(k * a[1] - h * b[1]) / cross] if abs(cross) > 1e-9 else []
    xs, wx = gauss(np.array([*even, *cuts]))
    kinked = [-(h + a[0] * xs) / a[1] for h, a in lines if abs(a[1]) >= 1e-9]
    ys, wy = gauss(np.stack([*(np.full_like(xs, e) for e in even), *kinked], axis=-1))
    return weighed(np.stack([xs[:, None] + 0 * ys, ys]), wx[:, None] * wy)


def outcome(seed: int) -> Outcome:
    """How the closed form of one random expectation compares with its definition."""
    case = Integrands(seed).case()
    said = f"{seed}: {case.expr} with {case.expr.covariance.tolist()} on {case.domain.describe()}"
    try:
        closed = unfold(case.expr, case.domain)
    except (NoClosedForm, NotReducible) as error:
        return Outcome("refused", f"{said}: {error}")
    except Exception as error:
        return Outcome("wrong", f"{said}: {type(error).__name__} {error}")
    if closed.has(Expectation, sp.Integral):
        return Outcome("refused", f"{said}: {closed}")
    for number, point in enumerate(case.points):
        right = by_definition(case.expr, point)
        with mp.workdps(30):
            try:
                value = mp.mpmathify(evaluate(closed, point, "mpmath"))
            except ZeroDivisionError:
                value = mp.nan
            if mp.isnan(value) and right > 1e8:
                continue  # the integral diverges
            if not mp.isfinite(value) and (number == 2 or not np.linalg.det(_law(case.expr, point)) > 1e-12):
                return Outcome("no value at an end", f"{said} at {point}: {closed} is no number, by definition {right}")
            if not abs(value - right) <= TOLERANCE * max(1, abs(right)):
                return Outcome("wrong", f"{said} at {point}: {closed} is {mp.nstr(value, 10)}, by definition {right}")
    return Outcome("right", said)

"""Random claims on vectors of symbolic size, true and false ones, and whether the portfolio calls a false one proved.

Each is drawn together with what it says in NumPy: neither SymPy nor this project decides which of them are false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import sympy as sp
from scipy.special import softmax as soft

from checks.provers.entrywise.claims import entry_claims
from checks.provers.portfolio import answer
from derivations import (
    elementwise,
    inner,
    logsumexp,
    max_norm,
    norm,
    norm_p,
    norm_squared,
    ones,
    relu,
    softmax,
    vector,
)
from derivations.domains import Domain, NonnegativeVectors, RealMatrices, make_domain

N, M = (sp.Symbol(name, integer=True, positive=True) for name in "nm")
P, T = (sp.Symbol(name, real=True) for name in "pt")
RANGES = {P: sp.Interval.open(1, sp.oo), T: sp.Interval.open(0, 1)}
NAMES = ("x", "y", "z", "x_i", "u", "T0", "s1")
"""Of the vectors; some are those that the reading gives to entries and sums."""
FALSE = -1e-6
"""A gap below it counts as false, as a part of the largest side."""
NOISE = 1e-9
"""Of sums that cancel."""
POINTS = 100

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Term:
    """A number or a vector, as it is claimed and as NumPy computes it."""

    expr: Any
    value: Callable[[Values], Any]


@dataclass(frozen=True)
class Drawn:
    """A claim f ≥ 0 with its domain, the columns drawn, and what f and the larger side are at a point."""

    f: Any
    domain: Domain
    vectors: Mapping[str, tuple[Any, bool]]
    gap: Callable[[Values], tuple[float, float]]


class _Drawing:
    """One claim, while it is drawn."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = random.sample(NAMES, 3)
        self.shapes = dict.fromkeys(self.names, N)
        if random.random() < 0.1:
            self.shapes[self.names[2]] = random.choice((M, sp.Integer(3)))
        self.signless = {name for name in self.names if random.random() < 0.2}
        self.scalars: set[Any] = set()

    def column(self, name: str | None = None) -> Term:
        name = name or self.random.choice(self.names)
        return Term(vector(name, self.shapes[name]), lambda at: at[name])

    def again(self, v: Term) -> Term:
        """Mostly the same column, sometimes another one of its size."""
        return v if self.random.random() < 0.75 else self.beside(v)

    def beside(self, v: Term) -> Term:
        """Any column of the same size."""
        return self.column(self.random.choice([n for n in self.names if self.shapes[n] == v.expr.shape[0]]))

    def moved(self, v: Term) -> Term:
        """A column made of one or two of the same size."""
        name = next(n for n in self.names if v.expr.name == n)
        others = [n for n in self.names if self.shapes[n] == self.shapes[name] and n != name]
        w = self.column(self.random.choice(others)) if others else v
        kind = self.random.randrange(8)
        if kind == 0 and others:
            return Term(v.expr + w.expr, lambda at: v.value(at) + w.value(at))
        if kind == 1 and others:
            return Term(v.expr - w.expr, lambda at: v.value(at) - w.value(at))
        if kind == 2:
            self.scalars.add(T)
            return Term(T * v.expr, lambda at: at["t"] * v.value(at))
        if kind == 3:
            f, g = self.random.choice(FUNCTIONS)
            return Term(elementwise(f, v.expr), lambda at: g(v.value(at)))
        if kind == 4 and others:
            return Term(sp.HadamardProduct(v.expr, w.expr), lambda at: v.value(at) * w.value(at))
        return v

    def number(self) -> Term:
        """A number of one or two columns."""
        v = self.column()
        u = self.moved(v)
        k = self.random.choice((sp.Rational(3, 2), 3, 4, P, P / (P - 1)))
        kind = self.random.randrange(11)
        match kind:
            case 0:
                return Term(norm(u.expr), lambda at: np.linalg.norm(u.value(at)))
            case 1:
                return Term(norm_squared(u.expr), lambda at: np.sum(u.value(at) ** 2))
            case 2:
                return Term(max_norm(u.expr), lambda at: np.max(np.abs(u.value(at))))
            case 3:
                return Term(_total(sp.Abs, u.expr), lambda at: np.sum(np.abs(u.value(at))))
            case 4 | 5:
                self.scalars |= sp.sympify(k).free_symbols
                return Term(norm_p(u.expr, k), lambda at: _length(u.value(at), _at(k, at)))
            case 6:
                return Term(logsumexp(v.expr), lambda at: np.log(np.sum(np.exp(v.value(at)))))
            case 7:
                root = self.random.choice((sp.sqrt(N), N, sp.log(N)))
                return Term(root, lambda at: _at(root, at))
            case 8:
                return Term(sp.Abs(v.expr[0, 0]), lambda at: abs(v.value(at)[0]))
        w = self.beside(v)
        if kind == 9:
            return Term(inner(softmax(w.expr), u.expr), lambda at: soft(w.value(at)) @ u.value(at))
        return Term(inner(w.expr, u.expr), lambda at: w.value(at) @ u.value(at))


FUNCTIONS = (
    (sp.Abs, np.abs),
    (sp.tanh, np.tanh),
    (relu, lambda v: np.maximum(v, 0)),
    (sp.exp, np.exp),
    (lambda s: s**2, lambda v: v**2),
)


def _total(f: Callable[[Any], Any], v: Any) -> Any:
    return inner(ones(v.shape[0]), elementwise(f, v))


def _length(v: Any, p: float) -> float:
    """‖v‖_p, for large p as well, of which small numbers have no power in floats."""
    most = float(np.max(np.abs(v)))
    return most * float(np.sum((np.abs(v) / most) ** p) ** (1 / p)) if most > 0 else 0.0


def _at(k: Any, at: Values) -> float:
    known = {P: at["p"], T: at["t"], N: at["n"], M: at["m"]}
    return float(sp.sympify(k).xreplace({s: sp.Float(v) for s, v in known.items()}))


def drawn(seed: int) -> Drawn:
    """What a seed draws: a product of numbers that is at most a sum of products, from theorems or at random."""
    random = Random(f"vectors {seed}")
    drawing = _Drawing(random)
    pattern = random.choice(PATTERNS)
    low, high = pattern(drawing) if random.random() < 0.7 else (_product(drawing), _product(drawing))
    if random.random() < 0.1:
        low, high = high, low
    factor = random.choice((1, 1, 1, 1, 1, sp.Rational(999, 1000), sp.Rational(1001, 1000), 2, sp.Rational(1, 2)))
    f = high.expr - factor * low.expr
    used = f.atoms(sp.MatrixSymbol)
    ranges: dict[Any, Any] = {v: NonnegativeVectors() if v.name in drawing.signless else RealMatrices() for v in used}
    ranges |= {s: r for s, r in RANGES.items() if f.has(s)}

    def gap(at: Values) -> tuple[float, float]:
        left, right = float(factor) * float(low.value(at)), float(high.value(at))
        return right - left, max(abs(left), abs(right))

    columns = {name: (size, name in drawing.signless) for name, size in drawing.shapes.items()}
    return Drawn(f, make_domain(ranges, (), f.free_symbols), columns, gap)


def _product(drawing: _Drawing) -> Term:
    """One to three factors, or a sum of two."""
    a, b = drawing.number(), drawing.number()
    kind = drawing.random.randrange(4)
    if kind == 0:
        return a
    if kind == 1:
        return Term(a.expr + b.expr, lambda at: a.value(at) + b.value(at))
    return Term(a.expr * b.expr, lambda at: a.value(at) * b.value(at))


def _hoelder(d: _Drawing) -> tuple[Term, Term]:
    x = d.column()
    y = d.beside(x)
    u, v = d.again(x), d.again(y)
    k = d.random.choice((P, 3, 4, sp.Rational(3, 2)))
    d.scalars.add(P)
    other = sp.sympify(k) / (k - 1) if d.random.random() < 0.8 else k
    size = lambda e, at, p: _length(e.value(at), _at(p, at))  # noqa: E731
    return (
        Term(inner(x.expr, y.expr), lambda at: x.value(at) @ y.value(at)),
        Term(norm_p(u.expr, k) * norm_p(v.expr, other), lambda at: size(u, at, k) * size(v, at, other)),
    )


def _between(d: _Drawing) -> tuple[Term, Term]:
    """Two norms of one column or of two, with a power of the size."""
    return _product_of(d.number(), Term(sp.S.One, lambda at: 1.0)), _product_of(d.number(), d.number())


def _triangle(d: _Drawing) -> tuple[Term, Term]:
    kinds = (
        (norm, np.linalg.norm),
        (max_norm, lambda v: np.max(np.abs(v))),
        (lambda v: _total(sp.Abs, v), lambda v: np.sum(np.abs(v))),
        (lambda v: norm_p(v, 3), lambda v: np.sum(np.abs(v) ** 3) ** (1 / 3)),
        (logsumexp, lambda v: np.log(np.sum(np.exp(v)))),
    )
    f, g = d.random.choice(kinds)
    x = d.column()
    y = d.beside(x)
    u, v = d.again(x), d.again(y)
    sign = d.random.choice((1, -1))
    low = Term(f((x.expr + sign * y.expr).doit()), lambda at: g(x.value(at) + sign * y.value(at)))
    if isinstance((x.expr + sign * y.expr).doit(), sp.ZeroMatrix):
        low = Term(f(x.expr), lambda at: g(x.value(at)))
    return low, Term(f(u.expr) + f(v.expr), lambda at: g(u.value(at)) + g(v.value(at)))


def _hadamard(d: _Drawing) -> tuple[Term, Term]:
    x = d.column()
    y = d.beside(x)
    u, v = d.again(x), d.again(y)
    f, g = d.random.choice(((norm, np.linalg.norm), (max_norm, lambda w: np.max(np.abs(w)))))
    return (
        Term(norm(sp.HadamardProduct(x.expr, y.expr)), lambda at: np.linalg.norm(x.value(at) * y.value(at))),
        Term(norm(u.expr) * f(v.expr), lambda at: np.linalg.norm(u.value(at)) * g(v.value(at))),
    )


def _product_of(a: Term, b: Term) -> Term:
    return Term(a.expr * b.expr, lambda at: a.value(at) * b.value(at))


PATTERNS = (_hoelder, _between, _triangle, _hadamard)


def points(made: Drawn, seed: int) -> Iterator[Values]:
    """Values of vectors: few and many entries, alike and unlike, aligned, one that is alone, small and large."""
    random = np.random.default_rng(seed)
    for i in range(POINTS):
        n, m = int(random.choice((1, 2, 3, 40))), int(random.choice((1, 2, 5)))
        at: dict[str, Any] = {"n": n, "m": m, "t": random.choice((0.001, 0.5, random.random(), 0.999))}
        at["p"] = 1 + random.choice((0.01, 0.5, 1.0, 2.0, 9.0, random.exponential()))
        kind, scale = i % 5, 10.0 ** random.integers(-2, 2)
        shared: dict[int, Any] = {}
        for name, (length, signless) in made.vectors.items():
            size = {N: n, M: m}.get(length, 3)
            drawn_ = random.standard_normal(size)
            base = shared.setdefault(size, drawn_)
            value = (drawn_, base, np.ones(size), np.eye(size)[0], base * random.choice((1, -1, 0.5)))[kind] * scale
            value = value * random.choice((1.0, 1.0, 1.0, 0.0, 3.0, 0.1))
            at[name] = np.abs(value) if signless else value
        yield at


def false_at(made: Drawn, seed: int) -> Values | None:
    """A point at which floats see that the claim is false; None where they see none."""
    for at in points(made, seed):
        with np.errstate(all="ignore"):
            value, scale = made.gap(at)
        if np.isfinite(value) and np.isfinite(scale) and value < FALSE * scale - NOISE:
            return at
    return None


def outcome(seed: int) -> tuple[str, str]:
    """Whether what the portfolio says of a claim is right: true and proved, open, or wrong, and what to say of it."""
    try:
        made = drawn(seed)
    except (ValueError, TypeError) as error:
        return "not a claim", str(error)
    said = f"claim {seed}: {made.f} ≥ 0"
    try:
        for claim in entry_claims(made.f, made.domain):
            if not claim.f.free_symbols <= set(claim.ranges):
                return "wrong", f"{said}: a claim on entries has symbols without a range"
        found = answer(made.f, made.domain, any_kind=True)
    except Exception as error:
        return "wrong", f"{said}: {type(error).__name__}: {error}"
    false = false_at(made, seed)
    if found.proof is not None:
        return ("wrong", f"{said} is called proved") if false is not None else ("proved", "")
    if found.false and false is None:
        return "refuted, floats see nothing", said
    return ("false, not proved" if false is not None else "open"), said

"""Claims of inequalities that are false at some point, near or far, and whether an engine calls one proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import sympy as sp
from flint import arb
from mpmath import mp

from checks.proofs.falsity import false_at
from checks.proofs.formulations import defined_gaps, scalar_gaps
from checks.provers import balls, rules
from checks.provers.claims import Claim, Proof
from derivations.domains import make_domain
from derivations.gaussian import Expectation, relu
from derivations.integrals.definitions import carried_out
from derivations.integrals.polar import NoClosedForm
from numerics.errors import EvaluationError
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

X = sp.Symbol("x", real=True)
R = sp.Rational
HALF_LINE = sp.Interval(0, sp.oo)


def random_false_claim(seed: int) -> tuple[sp.Expr, sp.Interval]:
    """A claim f ≥ 0 on a range and false on it: a function less its value at a random point, and a margin less."""
    random = Random(seed)
    number = lambda: R(random.randint(1, 40), random.randint(1, 20))  # noqa: E731
    atoms = [
        lambda: sp.sin(number() * X),
        lambda: sp.cos(number() * X),
        lambda: sp.erfc(number() * X),
        lambda: sp.erf(number() * X),
        lambda: sp.exp(-number() * X),
        lambda: sp.exp(-(X**2) / 2),
        lambda: sp.tanh(number() * X),
        lambda: sp.atan(number() * X),
        lambda: 1 / (1 + number() * X),
        lambda: sp.log(1 + number() * X) / (1 + X),
        lambda: sp.sqrt(1 + X) / (1 + X),
        lambda: X / (1 + X**2),
    ]
    body = sp.Add(*(random.choice((-1, 1)) * number() * random.choice(atoms)() for _ in range(random.randint(2, 4))))
    shape = random.randrange(3)
    if shape == 0:  # waves that do not decay against what does
        a, b = number(), number()
        wave = R(1, 10 ** random.randint(0, 6)) * (sp.cos(a * X) - sp.sin(b * X))
        return number() / (1 + X) - wave, HALF_LINE
    box = HALF_LINE if shape == 1 else sp.Interval(0, number())
    at = (box.sup if shape == 2 else 10 ** random.randint(-3, 3)) * R(random.randint(1, 99), 100)
    value = R(str(sp.N(body.xreplace({X: at}), 30)))
    return body - value - R(1, 10 ** random.randint(1, 6)), box


@dataclass(frozen=True)
class Definition:
    """An integral, series or expectation with the parameter x, and its value at one x in its range by mpmath."""

    body: sp.Expr
    box: sp.Interval
    at: sp.Rational
    value: Any
    claim: sp.Expr
    """A claim f ≥ 0 on the range that is false where x = at."""


def random_definition(seed: int) -> Definition:
    """What a seed draws; values are by quadrature between the kinks, or by closed forms of series."""
    random = Random(f"definition {seed}")
    number = lambda top=20: R(random.randint(1, top), random.randint(1, 10))  # noqa: E731
    body, value = random.choice((_integral, _expectation, _series))(random, number)
    low = number(10)
    box = sp.Interval(low, low + number(10))
    at = box.inf + box.measure * R(random.randint(1, 99), 100)
    with mp.workdps(25):
        there = value(mp.mpf(at.p) / at.q)
    tilt = R(random.randint(-3, 3), 10) * (X - at)
    claim = random.choice((-1, 1)) * (body - R(mp.nstr(there, 20)) - tilt) - R(1, 10 ** random.randint(1, 8))
    return Definition(body, box, at, there, claim)


def missed(drawn: Definition) -> str | None:
    """A ball of a definition, at its point or on a ball about it, that does not hold its value, in words; or None."""
    at = arb(int(drawn.at.p)) / int(drawn.at.q)
    for ball in (at, at + arb(0, 1) / 64):
        try:
            found = Evaluator(arb_backend(), {X: ball}).at(drawn.body)
        except (EvaluationError, ZeroDivisionError):
            continue
        near = arb(mp.nstr(drawn.value, 20)) * (1 + arb(0, 1) / 10**12) + arb(0, 1) / 10**12
        if found.is_finite() and not found.overlaps(near):
            return f"{found} does not hold {mp.nstr(drawn.value, 15)}, {drawn.body} at {drawn.at}"
    return None


T, K = sp.Symbol("t", real=True), sp.Symbol("k", integer=True)
Value = Callable[[Any], Any]


def _smooth_part(random: Random, number: Callable[..., sp.Rational]) -> tuple[sp.Expr, Callable[[Any, Any], Any]]:
    """A function of t and the parameter x, and the same in mpmath."""
    c = number()
    m = mp.mpf(c.p) / c.q
    parts: list[tuple[sp.Expr, Callable[[Any, Any], Any]]] = [
        (sp.exp(-X * T), lambda t, x: mp.exp(-x * t)),
        (sp.cos(c * T * X), lambda t, x: mp.cos(m * t * x)),
        (sp.tanh(T * X - c), lambda t, x: mp.tanh(t * x - m)),
        (1 / (1 + c * T**2 * X), lambda t, x: 1 / (1 + m * t**2 * x)),
        (sp.Abs(T - X / 4), lambda t, x: abs(t - x / 4)),
        (sp.Max(T, c * X / 8), lambda t, x: max(t, m * x / 8)),
        (relu(T * X - c), lambda t, x: max(t * x - m, mp.zero)),
        (sp.sign(c * T - X), lambda t, x: mp.sign(m * t - x)),
        (sp.Piecewise((T, T < X / 3), (1 - T, True)), lambda t, x: t if t < x / 3 else 1 - t),
        (sp.sqrt(T**2 + X), lambda t, x: mp.sqrt(t**2 + x)),
        (sp.log(1 + T**2 + X), lambda t, x: mp.log(1 + t**2 + x)),
    ]
    chosen = random.sample(parts, random.randint(1, 2))
    expr = sp.Mul(*(e for e, _ in chosen))
    kinks = [X / 4, c * X / 8, c / X, X / c, X / 3]

    def value(t: Any, x: Any) -> Any:
        return mp.fprod(f(t, x) for _, f in chosen)

    value.kinks = lambda x: [mp.mpf(sp.N(e.xreplace({X: R(str(x))}), 25)) for e in kinks]  # type: ignore[attr-defined]
    return expr, value


def _between(f: Any, low: Any, high: Any, x: Any, weight: Callable[[Any], Any] = lambda t: 1) -> Any:
    inner = sorted({t for t in (*f.kinks(x), *(mp.mpf(j) for j in range(-30, 31))) if low < t < high})
    return mp.quad(lambda t: f(t, x) * weight(t), [low, *inner, high])


def _integral(random: Random, number: Callable[..., sp.Rational]) -> tuple[sp.Expr, Value]:
    f, value = _smooth_part(random, number)
    a = number(10)
    shape = random.randrange(3)
    if shape == 0:
        return sp.Integral(f, (T, 0, a)), lambda x: _between(value, mp.zero, mp.mpf(a.p) / a.q, x)
    if shape == 1:
        return sp.Integral(f, (T, 0, X)), lambda x: _between(value, mp.zero, x, x)
    body = f * sp.exp(-(T**2)) / sp.sqrt(T)
    # t = s² takes the singularity away
    root = lambda x: mp.quad(  # noqa: E731
        lambda s: 2 * value(s * s, x) * mp.exp(-(s**4)),
        [0, *sorted(mp.sqrt(t) for t in value.kinks(x) if 0 < t < 9), 3, 4],  # type: ignore[attr-defined]
    )
    return sp.Integral(body, (T, 0, sp.oo)), root


def _expectation(random: Random, number: Callable[..., sp.Rational]) -> tuple[sp.Expr, Value]:
    f, value = _smooth_part(random, number)
    density = lambda t: mp.npdf(t)  # noqa: E731
    return Expectation(f.xreplace({T: (u := sp.Symbol("u", real=True))}), u), lambda x: _between(
        value, mp.mpf(-32), mp.mpf(32), x, density
    )


def _series(random: Random, number: Callable[..., sp.Rational]) -> tuple[sp.Expr, Value]:
    c = number(6) + 1
    m = mp.mpf(c.p) / c.q
    kind = random.randrange(4)
    if kind == 0:
        return sp.Sum(sp.exp(-X * K), (K, 0, sp.oo)), lambda x: 1 / (1 - mp.exp(-x))
    if kind == 1:
        return sp.Sum(
            1 / (K**2 + X), (K, 1, sp.oo)
        ), lambda x: (mp.pi * mp.sqrt(x) * mp.coth(mp.pi * mp.sqrt(x)) - 1) / (2 * x)
    if kind == 2:
        return sp.Sum((K + c) ** (-1 - X), (K, 0, sp.oo)), lambda x: mp.zeta(1 + x, m)
    return sp.Sum((-1) ** K / (K + X), (K, 0, sp.oo)), lambda x: (mp.digamma((x + 1) / 2) - mp.digamma(x / 2)) / 2


def proved(f: sp.Expr, box: sp.Set) -> bool:
    """Whether some engine calls f ≥ 0 proved."""
    domain = make_domain({X: box}, (), {X})
    claims = [Claim(g, ranges) for g, ranges in (defined_gaps(f, domain) if carried_out(f) else scalar_gaps(f, domain))]
    if any(isinstance(balls.prove(claim), Proof) for claim in claims):
        return True
    try:
        claims = [Claim(g, ranges) for g, ranges in scalar_gaps(f, domain)]
    except NoClosedForm:
        return False
    return any(isinstance(rules.prove(c), Proof) for c in claims if false_at(c.f, c.ranges) is None)

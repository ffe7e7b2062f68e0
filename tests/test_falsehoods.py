"""Statements that are false by a hair are never verified: random functions against a little less than their maximum."""

from __future__ import annotations

import numpy as np
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.proofs.falsity import false_at
from checks.proofs.formulations import scalar_gaps
from checks.provers import balls, portfolio, rules
from checks.provers.claims import Claim, Proof
from derivations.domains import make_domain

x, y = sp.symbols("x y", real=True)
small = st.integers(-4, 4).map(sp.Integer)


@st.composite
def smooth(draw: st.DrawFn) -> sp.Expr:
    """A polynomial, a wave, a bump and a logistic curve, with small coefficients."""
    parts = [x**k for k in range(4)] + [sp.sin(draw(st.integers(1, 3)) * x), sp.exp(-(x**2)), 1 / (1 + sp.exp(-2 * x))]
    return sp.Add(*(draw(small) * p for p in parts))


@st.composite
def rational(draw: st.DrawFn) -> sp.Expr:
    """A bounded rational function on the line."""
    return sp.Add(*(draw(small) * x**k for k in range(3))) / (1 + x**2 + draw(st.integers(0, 2)) * x**4)


def _largest(f: sp.Expr, low: float, high: float) -> float:
    """A value that f takes, near its largest."""
    g = sp.lambdify(x, f, "numpy")
    t = np.linspace(low, high, 4001)
    for _ in range(3):
        values = np.broadcast_to(g(t), t.shape)
        at = t[int(np.argmax(values))]
        width = (t[1] - t[0]) * 2
        t = np.clip(np.linspace(at - width, at + width, 2001), low, high)
    return float(np.max(np.broadcast_to(g(t), t.shape)))


PROVERS = (rules.prove, rules.with_balls, balls.prove)


def _verified(gap: sp.Expr, domain: object) -> list[str]:
    """Which provers call gap ≥ 0 proved, each asked by itself."""
    claims = [Claim(f, box) for f, box in scalar_gaps(gap, domain)]
    claims = [c for c in claims if false_at(c.f, c.ranges) is None]  # of these no proof is sought
    return [p.__name__ for p in PROVERS for c in claims if isinstance(p(c), Proof)]


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(smooth(), st.sampled_from([sp.Rational(1, 100), sp.Rational(1, 10**5)]))
def test_on_an_interval(f: sp.Expr, less: sp.Rational) -> None:
    top = sp.Rational(f"{_largest(f, -2, 2):.12f}")
    domain = make_domain({x: sp.Interval(-2, 2)}, (), {x})
    assert _verified(top - less - f, domain) == []


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rational(), st.sampled_from([sp.Rational(1, 100), sp.Rational(1, 10**5)]))
def test_on_the_line_and_half_lines(f: sp.Expr, less: sp.Rational) -> None:
    for values, low, high in ((sp.S.Reals, -60.0, 60.0), (sp.Interval(0, sp.oo), 0.0, 60.0)):
        top = sp.Rational(f"{_largest(f, low, high):.12f}")
        domain = make_domain({x: values}, (), {x})
        assert _verified(top - less - f, domain) == []


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(smooth())
def test_what_holds_with_room_is_enclosed(f: sp.Expr) -> None:
    top = sp.Rational(f"{_largest(f, -2, 2):.12f}")
    found = portfolio.answer(top + sp.Rational(1, 100) - f, make_domain({x: sp.Interval(-2, 2)}, (), {x}))
    assert found.enclosed is not None or not f.has(x)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(small, small, small, small, small), st.sampled_from([sp.Interval(0, 3), sp.Interval(0, sp.oo)]))
def test_in_two_variables(c: tuple[sp.Integer, ...], values: sp.Interval) -> None:
    f = (c[0] * x + c[1] * y + c[2] * x * y) / (1 + x**2 + y**2) + c[3] * x / (1 + x) + c[4] * y / (1 + y) ** 2
    g = sp.lambdify((x, y), f, "numpy")
    t = np.linspace(0, 3, 301)
    top = float(np.max(np.broadcast_to(g(t[:, None], t[None, :]), (301, 301))))
    gap = sp.Rational(f"{top:.12f}") - sp.Rational(1, 1000) - f
    assert _verified(gap, make_domain({x: values, y: values}, (), {x, y})) == []

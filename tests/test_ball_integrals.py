"""Integrals in balls: they hold the value that other ways give, and refuse what has none."""

import pytest
from ball_values import ball, holds
from mpmath import mp
from sympy import (
    Abs,
    Derivative,
    Integral,
    Interval,
    Limit,
    Max,
    Piecewise,
    Rational,
    Symbol,
    besselj,
    cos,
    cosh,
    erfc,
    exp,
    floor,
    log,
    oo,
    pi,
    sin,
    sqrt,
    tanh,
)

from checks.context import Context
from checks.methods import enclosure
from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Bound, Constant, Paper
from derivations.extrema import supremum
from derivations.gaussian import Expectation, relu, step
from derivations.integrals.polar import NoClosedForm
from numerics.balls.enclosure import Subdivision
from numerics.errors import EvaluationError
from numerics.values.backends import arb_backend
from numerics.values.evaluate import Evaluator

x, y, p, u, v = (Symbol(name, real=True) for name in "x y p u v".split())
R = Rational


with mp.workdps(40):
    VALUES = [
        (Integral(exp(-(x**2)), (x, 0, 1)), mp.sqrt(mp.pi) / 2 * mp.erf(1)),
        (Integral(sqrt(2 - x) * sqrt(1 / (2 - x)), (x, 0, 1)), mp.one),
        (Integral(1 / sqrt(x), (x, 0, 1)), mp.mpf(2)),
        (Integral(log(x) * log(1 - x), (x, 0, 1)), 2 - mp.pi**2 / 6),
        (Integral(1 / sqrt(1 - x**2), (x, -1, 1)), mp.pi),
        (Integral(1 / sqrt(pi - x), (x, 0, pi)), 2 * mp.sqrt(mp.pi)),
        (Integral(log(Abs(x)), (x, -1, 1)), mp.mpf(-2)),
        (Integral(x ** R(1, 3), (x, 0, 1)), mp.mpf(3) / 4),
        (Integral((1 - cos(x)) / x**2, (x, 0, 1)), mp.cos(1) - 1 + mp.si(1)),
        (Integral(Abs(x - R(1, 3)), (x, 0, 1)), mp.mpf(5) / 18),
        (Integral(Abs(sin(3 * x)), (x, 0, 5)), (8 + 1 - mp.cos(15 - 4 * mp.pi)) / 3),
        (Integral(Piecewise((1, x < R(1, 3)), (x**2, True)), (x, 0, 1)), mp.mpf(53) / 81),
        (Integral(Max(x, 1 - x), (x, 0, 1)), mp.mpf(3) / 4),
        (Integral(floor(3 * x), (x, 0, 2)), mp.mpf(5)),
        (Integral(besselj(0, x), (x, 0, 3)), mp.quad(lambda t: mp.besselj(0, t), [0, 3])),
        (Integral(exp(-(10**8) * (x - R(1234567, 10**7)) ** 2), (x, 0, 1)), mp.sqrt(mp.pi) / 10**4),
        (Integral(1 / (1 + x**2), (x, -oo, oo)), mp.pi),
        (Integral(1 / (x * log(x) ** 2), (x, 2, oo)), 1 / mp.log(2)),
        (Integral(x / (exp(x) - 1), (x, 0, oo)), mp.pi**2 / 6),
        (Integral(exp(-x) / sqrt(x), (x, 0, oo)), mp.sqrt(mp.pi)),
        (Integral(1 / cosh(x), (x, -oo, oo)), mp.pi),
        (Integral(erfc(x), (x, 0, oo)), 1 / mp.sqrt(mp.pi)),
        (Integral(log(x) / (1 + x**2), (x, 0, oo)), mp.zero),
        (Integral(exp(-sqrt(1 + x**2)), (x, 0, oo)), mp.besselk(1, 1)),
        (Integral(sin(1 / x) / x, (x, 1, oo)), mp.si(1)),
        (Integral(exp(-x), (x, 1, 0)), mp.exp(-1) - 1),
        (Integral(x * y, (x, 0, y), (y, 0, 1)), mp.mpf(1) / 8),
        (Expectation(relu(u), u), 1 / mp.sqrt(2 * mp.pi)),
        (Expectation(exp(u), u, [[2]]), mp.e),
        (Expectation(u * step(u - R(1, 2)), u), mp.npdf(R(1, 2).p / mp.mpf(2))),
        (Expectation(Max(u, R(1, 2)), u), mp.npdf(0.5) + mp.ncdf(0.5) / 2),
        (Limit(Piecewise((0, x <= 0), (1, True)), x, 0, "+"), mp.one),
    ]


@pytest.mark.parametrize(("expr", "value"), VALUES, ids=[str(e) for e, _ in VALUES])
def test_balls_hold_known_values(expr, value):
    assert holds(ball(expr), value, 16)


@pytest.mark.parametrize(
    "expr",
    [
        Integral(1 / x, (x, 0, 1)),
        Integral(1 / x, (x, -1, 1)),
        Integral(1 / (x - R(1, 2)), (x, 0, 1)),
        Integral(1 / x, (x, 1, oo)),
        Integral(sin(x) / x, (x, 0, oo)),
        Integral(1 / sqrt(x), (x, 1, oo)),
        Integral(exp(x), (x, 0, oo)),
        Integral(exp(x) / x**2, (x, 1, oo)),
        Integral(1 / (x * log(x)), (x, 2, oo)),
        Integral(sqrt(x), (x, -2, 1)),
        Expectation(exp(u**2), u),
        Limit(sin(1 / x), x, 0, "+"),
        Limit((1 - cos(x)) / x**2, x, 0),
    ],
    ids=str,
)
def test_what_has_no_ball_is_refused(expr):
    with pytest.raises(EvaluationError):
        ball(expr)


@pytest.mark.parametrize("low", [R(0), R(1, 5), R(99, 100)])
@pytest.mark.parametrize("width", [R(1, 1000), R(1, 10), R(2)])
def test_parameter_balls_hold_every_value_in_them(low, width):
    body = Integral(Abs(x - p) * exp(-p * x) + Max(x, p / 2), (x, p / 3, 2))
    from flint import arb, fmpq

    ends = [arb(fmpq(int(e.p), int(e.q))) for e in (low, low + width)]
    found = Evaluator(arb_backend(), {p: ends[0].union(ends[1])}).at(body)
    for part in (R(0), R(1, 7), R(1, 2), R(1)):
        at = low + width * part
        inside = ball(body.subs(p, at))
        assert found.contains(inside.mid()), at


def test_a_case_distinction_has_no_mean_value_form_across_its_jump():
    hidden = Piecewise((1, x < R(1, 3)), (-1, x < R(2, 5)), (1, True))
    assert Subdivision(hidden, {x: Interval(0, 1)}).decide().holds is False
    moving = Integral(Piecewise((1, x < p), (0, True)), (x, 0, 1)) - p / 2 - R(1, 8)  # p/2 − 1/8
    assert Subdivision(moving, {p: Interval(0, 1)}).decide().holds is False


def verdict_of(statement):
    found = enclosure.run(Paper("balls", statements=(statement,)).statements[0], (), Context())
    return found[0].verdict


GAUSS = Integral(exp(-p * x**2), (x, 0, 1))


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (Bound("one", GAUSS, 1, on={p: (0, 3)}), Verdict.VERIFIED),
        (Bound("less", GAUSS, R(9, 10), on={p: (0, 3)}), Verdict.REFUTED),
        (Bound("jensen", exp(-p / 3), GAUSS, on={p: (0, 3)}), Verdict.VERIFIED),
        (Bound("jensen-less", exp(-p / 4), GAUSS, on={p: (0, 3)}), Verdict.REFUTED),
        (Bound("hinge", Expectation(relu(u - p) ** 2, u), R(1, 2), on={p: (0, 3)}), Verdict.VERIFIED),
        (Bound("scale", Expectation(tanh(u) ** 2, u, [[p]]), p, on={p: (R(1, 10), 3)}), Verdict.VERIFIED),
        (Bound("laplace", Integral(exp(-p * x), (x, 0, oo)), 1, on={p: (1, 3)}), Verdict.VERIFIED),
        (Bound("slope", Derivative(Integral(sin(p * x), (x, 0, 1)), p), R(1, 2), on={p: (0, 3)}), Verdict.VERIFIED),
        (Bound("branch", Integral(sqrt(2 - x) * sqrt(1 / (2 - x)), (x, 0, 1)), R(1, 2)), Verdict.REFUTED),
        (Bound("jump", Limit(Piecewise((0, x <= 0), (1, True)), x, 0, "+"), R(1, 2)), Verdict.REFUTED),
        (Bound("pair", Expectation(relu(u) * relu(v), (u, v), [[1, p], [p, 1]]), 1, on={p: (0, R(9, 10))}), None),
        (Constant("inside", Integral(exp(-(x**2)), (x, 0, 1)), enclosure=(R(7468, 10**4), R(7469, 10**4))), True),
        (Constant("outside", Integral(exp(-(x**2)), (x, 0, 1)), enclosure=(R(7467, 10**4), R(7468, 10**4))), False),
        (Constant("pi", Integral(1 / (1 + x**2), (x, -oo, oo)), pi), True),
        (Constant("sup", supremum(exp(-p) + Integral(x**2, (x, 0, p)), p, (0, 1)), 1), True),
    ],
    ids=lambda s: getattr(s, "slug", ""),
)
def test_enclosures_from_the_definition(statement, verdict):
    meant = {True: Verdict.VERIFIED, False: Verdict.REFUTED, None: Verdict.UNDECIDED}.get(verdict, verdict)
    assert verdict_of(statement) is meant


def test_no_closed_form_is_behind_an_enclosure(monkeypatch):
    def refused(*_, **__):  # the claims of other provers are made beside, and fall away
        raise NoClosedForm("SymPy does not integrate here")

    monkeypatch.setattr(Integral, "doit", refused)
    monkeypatch.setattr("derivations.proofs.equality.integrated", refused)
    assert verdict_of(Bound("less", GAUSS, R(9, 10), on={p: (0, 3)})) is Verdict.REFUTED
    assert verdict_of(Constant("pi", Integral(1 / (1 + x**2), (x, -oo, oo)), pi)) is Verdict.VERIFIED


def test_the_route_is_balls_and_a_refusal_says_why():
    found = check(Paper("balls", statements=(Bound("less", GAUSS, 1, on={p: (0, 3)}),)).statements[0], readings=[])
    assert {e.method: e.route for e in found.evidence}["enclosure"] == "balls"
    dirichlet = Bound("dirichlet", Integral(sin(x) / x, (x, 0, oo)), 2)
    (evidence,) = enclosure.run(Paper("balls", statements=(dirichlet,)).statements[0], (), Context())
    assert evidence.verdict is Verdict.UNDECIDED
    assert "fall fast enough" in evidence.detail


def test_mpmath_and_balls_agree_on_random_parameters():
    body = Integral(tanh(p * x) ** 2 * exp(-(x**2) / 2) / (1 + p**2 * x**2), (x, 0, oo))
    for at in (R(1, 10), R(3, 2), R(9)):
        with mp.workdps(30):
            q = mp.mpf(at.p) / at.q
            value = mp.quad(
                lambda t, q=q: mp.tanh(q * t) ** 2 * mp.exp(-(t**2) / 2) / (1 + q**2 * t**2), [0, 0.1, 1, 4, 16]
            )
        assert holds(ball(body.subs(p, at)), value, 16)

"""Sums of squares: what is found, that it is checked exactly, and that nothing changed in a certificate passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from sympy import Abs, Eq, Ge, Interval, Rational, S, cbrt, oo, pi, sqrt

from checks.provers.claims import Claim, Obstacle, Proof
from checks.provers.squares import prove, verify
from checks.provers.sums.certificates import BySquares, Certificate, SumOfSquares, Term
from checks.verdicts import Assurance
from derivations.outcomes.reasons import Reason

LETTERS = sp.symbols("a b c d e f g h", real=True)
a, b, c, d, e, f, g, h = LETTERS
x, y, z, L, mu, lam, eta = sp.symbols("x y z L mu lambda eta", real=True)
P, N, R, UNIT = Interval.open(0, oo), Interval(0, oo), S.Reals, Interval(0, 1)
SIMPLEX = (Eq(x + y + z - 1, 0),)
ROBINSON = sum(s**6 - sum(s**4 * t**2 for t in (x, y, z) if t != s) for s in (x, y, z)) + 3 * x**2 * y**2 * z**2
TRUE = {
    "simplex": (Rational(1, 27) - x * y * z, {x: N, y: N, z: N}, SIMPLEX),
    "arithmetic and geometric mean": ((x + y) / 2 - sqrt(x * y), {x: N, y: N}, ()),
    "of three": ((x + y + z) / 3 - cbrt(x * y * z), {x: N, y: N, z: N}, ()),
    "of four": ((a**4 + b**4 + c**4 + d**4) / 4 - a * b * c * d, dict.fromkeys((a, b, c, d), R), ()),
    "Schur": (x * (x - y) * (x - z) + y * (y - x) * (y - z) + z * (z - x) * (z - y), {x: N, y: N, z: N}, ()),
    "Nesbitt": (a / (b + c) + b / (a + c) + c / (a + b) - Rational(3, 2), {a: P, b: P, c: P}, ()),
    "Nesbitt of four": (
        a / (b + c + d) + b / (a + c + d) + c / (a + b + d) + d / (a + b + c) - Rational(4, 3),
        dict.fromkeys((a, b, c, d), P),
        (),
    ),
    "Motzkin": (x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1, {x: R, y: R}, ()),
    "Motzkin, homogeneous": (x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 * z**2 + z**6, {x: R, y: R, z: R}, ()),
    "Robinson": (ROBINSON, {x: R, y: R, z: R}, ()),
    "Choi-Lam": (x**4 * y**2 + y**4 * z**2 + z**4 * x**2 - 3 * x**2 * y**2 * z**2, {x: R, y: R, z: R}, ()),
    "Choi-Lam of degree four": (1 + x**2 * y**2 + y**2 * z**2 + z**2 * x**2 - 4 * x * y * z, {x: R, y: R, z: R}, ()),
    "Vasc": ((a**2 + b**2 + c**2) ** 2 - 3 * (a**3 * b + b**3 * c + c**3 * a), {a: R, b: R, c: R}, ()),
    "means": ((a + b + c) * (1 / a + 1 / b + 1 / c) - 9, {a: P, b: P, c: P}, ()),
    "Cauchy-Schwarz": (
        (a**2 + b**2 + c**2 + d**2) * (e**2 + f**2 + g**2 + h**2) - (a * e + b * f + c * g + d * h) ** 2,
        dict.fromkeys(LETTERS, R),
        (),
    ),
    "powers of eight": (
        8 * sum(s**4 for s in LETTERS) - sum(s**2 for s in LETTERS) ** 2,
        dict.fromkeys(LETTERS, R),
        (),
    ),
    "contraction": (
        (L - mu) / (L + mu) - Abs(1 - 2 * lam / (L + mu)),
        {L: P, mu: P, lam: P},
        (Ge(lam - mu, 0), Ge(L - lam, 0)),
    ),
    "step size": (
        (1 - eta * mu) ** 2 - (1 - eta * lam) ** 2,
        {eta: P, lam: P, mu: P, L: P},
        (Ge(lam - mu, 0), Ge(L - lam, 0), Ge(1 - eta * L, 0)),
    ),
    "disc": (Rational(3, 2) - x - y, {x: R, y: R}, (Ge(1 - x**2 - y**2, 0),)),
    "box": (x * (1 - y) + y * (1 - x), {x: UNIT, y: UNIT}, ()),
    "a wide box": (x * (1000 - x), {x: Interval(0, 1000)}, ()),
    "pi": (pi * x - 3 * x, {x: N}, ()),
    "a denominator": (1 / (x**2 + x + 1) - Rational(1, 3), {x: UNIT}, ()),
    "a denominator with two roots": ((x**2 + 1) / (x**2 - x + 1) - Rational(2, 3), {x: R}, ()),
    "a root": (1 + x / 2 - sqrt(1 + x), {x: Interval(-1, oo)}, ()),
    "a root of another order": (cbrt((a**3 + b**3) / 2) - sqrt((a**2 + b**2) / 2), {a: N, b: N}, ()),
    "two roots": (sqrt(1 + x**2) * sqrt(1 + y**2) - Abs(1 + x * y), {x: R, y: R}, ()),
    "three roots": (
        sqrt(a**2 + b**2) + sqrt(c**2 + d**2) - sqrt((a + c) ** 2 + (b + d) ** 2),
        dict.fromkeys((a, b, c, d), R),
        (),
    ),
    "a number that is a root": (sqrt(13) - 2 * x - 3 * y, {x: R, y: R}, (Eq(x**2 + y**2 - 1, 0),)),
    "a root and a condition": (
        1 - (1 - x) / sqrt(1 - y),
        {x: UNIT, y: Interval.Ropen(0, 1)},
        (Ge(x * 2 - x**2 - y, 0),),
    ),
    "nothing": (S.Zero, {x: R}, ()),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_has_a_certificate(name: str) -> None:
    claim = Claim(*TRUE[name])
    found = prove(claim)
    assert isinstance(found, Proof), found.why
    assert found.assurance is Assurance.ENCLOSED
    assert verify(found.certificate, claim)
    assert found.lines
    for step in (s for case in found.certificate.cases for s in case):
        assert difference(step) == 0


def difference(step: SumOfSquares | BySquares) -> sp.Expr:
    """What an identity leaves, multiplied out by SymPy, which is another way than that of the check."""
    ideal = sum(factor * zero for factor, zero in step.ideal)
    if isinstance(step, BySquares):
        assert difference(step.below) == 0
        return sp.expand(step.larger**2 - (step.larger - step.f) ** 2 - step.below.f - ideal)
    right = sum(sp.Mul(*t.factors) * sum(k * q**2 for k, q in t.squares) for t in step.terms)
    return sp.expand(step.multiplier * step.f - right - ideal)


OPEN = {
    "false by little": (Rational(1, 27) - Rational(1, 10**5) - x * y * z, {x: N, y: N, z: N}, SIMPLEX, Reason.NO_PROOF),
    "false by less than floats show": ((x - sqrt(2)) ** 2 - Rational(1, 10**9), {x: R}, (), Reason.NO_PROOF),
    "a denominator that vanishes": (1 / x, {x: UNIT}, (), Reason.NO_PROOF),
    "no point": (x, {x: Interval(2, 3)}, (Ge(1 - x, 0),), Reason.NO_POINT),
    "true between integers only": (x * (x - 1), {x: S.Integers}, (), Reason.NO_PROOF),
    "exponentials": (sp.exp(x), {x: R}, (), Reason.OUTSIDE),
    "coefficients too unlike": ((1 + x) ** 100 - 1 - 100 * x, {x: Interval(-1, oo)}, (), Reason.NO_PROOF),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_shown_is_left_open(name: str) -> None:
    expr, ranges, conditions, reason = OPEN[name]
    found = prove(Claim(expr, ranges, conditions))
    assert isinstance(found, Obstacle)
    assert found.why.reason is reason, found.why
    assert not found.false
    assert len(found.why.said) < 300


def test_a_changed_certificate_is_not_accepted() -> None:
    claim = Claim(*TRUE["contraction"])
    found = prove(claim)
    assert isinstance(found, Proof)
    first, second = found.certificate.cases
    step = first[-1]
    term = step.terms[0]
    (k, q), *rest = term.squares
    worse = [
        Certificate((second, first)),
        Certificate((first,)),
        Certificate(()),
        Certificate(((*first, *first), second)),
        Certificate(((replace(step, f=step.f + 1),), second)),
        Certificate(((replace(step, terms=(Term(term.factors, ((-k, q), *rest)), *step.terms[1:])),), second)),
        Certificate(((replace(step, terms=(Term(term.factors, ((k, q + 1), *rest)), *step.terms[1:])),), second)),
        Certificate(((replace(step, terms=(Term((), ((S.One, sp.Symbol("w")),)),)),), second)),
    ]
    assert not any(verify(one, claim) for one in worse)
    # a true identity with a condition that the claim does not have
    unknown = SumOfSquares(step.f, S.One, (Term((step.f,), ((S.One, S.One),)),))
    assert unknown.holds()
    assert not verify(Certificate(((unknown,), second)), claim)
    other = Claim(claim.f, claim.ranges, claim.conditions[:1])
    assert not verify(found.certificate, other)


@pytest.mark.parametrize(
    "multiplier",
    [x - 1, -S.One, x**2 - 1, x, S.Zero, x**2, (x + y) ** 2, sp.Rational(-1, 2) * x**2],
    ids=str,
)
def test_a_multiplier_that_may_be_negative_or_zero_shows_nothing(multiplier: sp.Expr) -> None:
    # m·f = m·f with f = −1: an identity that proves nothing, unless m is taken for positive
    claim = Claim(-S.One + 0 * x, {x: R, y: R})
    made = SumOfSquares(-S.One, multiplier, (Term((-multiplier,), ((S.One, S.One),)),))
    assert not verify(Certificate(((made,),)), claim)


def test_a_changed_certificate_by_squares_is_not_accepted() -> None:
    claim = Claim(*TRUE["a number that is a root"])
    found = prove(claim)
    assert isinstance(found, Proof)
    ((step,),) = found.certificate.cases
    assert isinstance(step, BySquares)
    assert step.holds()
    worse = [
        replace(step, f=step.f + 1),
        replace(step, larger=step.larger - 1),
        replace(step, larger=-step.larger),
        replace(step, below=replace(step.below, f=step.below.f - 1)),
        replace(step, ideal=()),
        replace(step, strict=True),
    ]
    assert not any(verify(Certificate(((one,),)), claim) for one in worse)
    # A = x is not known to be positive: x ≥ −1 is no consequence of x² ≥ 1
    below = SumOfSquares(x**2 - 1, S.One, (Term((x**2 - 1,), ((S.One, S.One),)),))
    wrong = BySquares(x + 1, x, below)
    outside = Claim(x + 1, {x: R}, (Ge(x**2 - 1, 0),))
    assert wrong.holds()
    assert not verify(Certificate(((wrong,),)), outside)


def test_a_strict_claim_needs_a_positive_number() -> None:
    claim = Claim(1 / (x**2 - 2 * x + 1), {x: R})
    found = prove(claim)
    assert isinstance(found, Obstacle)
    square = SumOfSquares(x - 1, S.One, (), ((S.One, x - 1),), True)
    assert not square.holds()

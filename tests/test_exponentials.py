"""Claims about exponentials as claims about t = eᶜˣ; sharpness at infinity where exponentials decay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Interval, Rational, S, Symbol, cosh, exp, log, oo, tanh

from checks.running.runner import check
from checks.verdicts import Verdict
from derivations import Bound
from derivations.activations import sigmoid, softplus
from derivations.proofs.exponentials import by_exponentials

m, x, c = (Symbol(name, real=True) for name in "mxc")
HALF_LINE = {m: (-oo, 0)}
AT_ERRORS = 1 / (2 * log(2))


def bound(lhs: Any, rhs: Any, **more: Any) -> Bound:
    return Bound("claim", lhs, rhs, paper="mine", **more)


TRUE = [
    bound(sigmoid(-m), softplus(-m), sharp_at={m: oo}),
    bound(1 / (1 + exp(m)), log(1 + exp(-m)), sharp_at={m: oo}),
    bound(sigmoid(-m) ** 2, softplus(-m)),
    bound(sigmoid(-m), c * softplus(-m), on=HALF_LINE, constant=c, value=AT_ERRORS, sharp_at={m: 0}),
    bound(exp(-m) / (1 + exp(-m)) ** 2, 1 / (1 + exp(m)), sharp_at={m: oo}),
    bound(1, cosh(x), sharp_at={x: 0}),
    bound(tanh(x) ** 2, 1, sharp_at={x: oo}),
]
FALSE = [
    bound(softplus(-m), sigmoid(-m)),
    bound(sigmoid(-m), c * softplus(-m), on=HALF_LINE, constant=c, value=AT_ERRORS * Rational(99, 100)),
    bound(sigmoid(-m), Rational(99, 100) * softplus(-m)),
    bound(sigmoid(-m), softplus(-m), sharp_at={m: -oo}),
    bound(sigmoid(-m), 2 * softplus(-m), sharp_at={m: oo}),
    bound(tanh(x) ** 2, Rational(99, 100)),
]


@pytest.mark.parametrize("claim", TRUE, ids=lambda b: str(b.rhs)[:40])
def test_true_claims_about_exponentials_are_verified(claim: Bound) -> None:
    found = check(claim)
    assert found.verdict is Verdict.VERIFIED, found


@pytest.mark.parametrize("claim", FALSE, ids=lambda b: str(b.rhs)[:40])
def test_false_claims_about_exponentials_are_refuted(claim: Bound) -> None:
    found = check(claim)
    assert found.verdict is Verdict.REFUTED, found
    assert any(e.witness for e in found.evidence)


def test_sharpness_that_is_neared_too_slowly_is_undecided_and_not_refuted() -> None:
    y = Symbol("y", positive=True)
    slow = bound(1, 1 + 1 / log(3 + y), sharp_at={y: oo})
    (found,) = [e for e in check(slow).evidence if e.method == "search"]
    assert found.verdict is Verdict.UNDECIDED
    assert "nearing it" in found.detail


POWERS = st.integers(-3, 3).map(Integer)
SUMS = st.lists(st.tuples(POWERS, POWERS), min_size=1, max_size=4).map(
    lambda pairs: sum((a * exp(k * m) for a, k in pairs), S.Zero)
)


@settings(max_examples=60, deadline=None)
@given(SUMS, SUMS, st.floats(-2, 2))
def test_the_claim_in_t_has_the_values_of_the_claim_in_m(top: Expr, inside: Expr, at: float) -> None:
    claim = top / (1 + exp(m)) + log(1 + inside**2) + softplus(2 * m)
    for g, box in by_exponentials(claim, {m: Interval(-oo, 1)}):
        ((t, r),) = box.items()
        place = Rational(at).limit_denominator(100)
        values = [exp(k * place) for k in (1, -1, 2, -2, 3, -3)]  # t is the exponential of one unit
        found = [complex(g.xreplace({t: v}).evalf(30)) for v in values]
        wanted = complex(claim.xreplace({m: place}).rewrite(log).evalf(30))
        assert any(abs(f - wanted) < 1e-12 * (1 + abs(wanted)) for f in found)
        assert r.inf >= 0
        assert not r.is_empty


def test_one_falling_exponential_alone() -> None:
    ranges = [r for _, box in by_exponentials(exp(-m) / (1 + exp(-m)) ** 2, {m: S.Reals}) for r in box.values()]
    assert ranges == [Interval.open(0, oo)] * 2


def test_variables_that_stand_bare_or_have_irrational_rates_are_left_alone() -> None:
    assert by_exponentials(x * exp(x), {x: S.Reals}) == []
    assert by_exponentials(exp(S.Pi * x) + exp(x), {x: S.Reals}) == []
    assert by_exponentials(x**2, {x: S.Reals}) == []

"""What an open claim says: in the terms of the statement, and where a stronger claim fails."""

from __future__ import annotations

import sympy as sp

from checks.provers import portfolio
from checks.provers.claims import Claim, spelled
from checks.provers.conditions import eliminated
from checks.provers.statements import claims_of
from checks.provers.structure.gram import gram_claims
from derivations import inner, norm, operator_norm, vector
from derivations.domains import make_domain
from derivations.letters.names import own
from derivations.outcomes.reasons import Reason, Why

L, eta = sp.symbols("L eta", positive=True)
HALF = sp.Interval.open(0, sp.oo)


def said(text: str, names: dict[str, sp.Expr]) -> str:
    return spelled(Why(Reason.NO_PROOF, text), {own(name, real=True): e for name, e in names.items()}).said


def test_names_of_our_own_are_written_out() -> None:
    assert said("false at o1 = 2, o10 = 3", {"o1": L, "o10": eta}) == "false at L = 2, η = 3"
    assert said("o1² < 2·o1", {"o1": L + eta}) == "(L + η)² < 2·(L + η)"
    assert said("log1 and x.o1 stay", {"o1": L, "g1": L}) == "log1 and x.o1 stay"
    assert said("o1 > 0", {}) == "o1 > 0"
    assert said("s0**2 ≤ p01", {"s0": norm(vector("x", 3)), "p01": L}) == "‖x‖**2 ≤ L"


def test_what_stands_for_a_gap_is_the_gap() -> None:
    """Each new variable, evaluated by its meaning at a point, is what gives the old one back."""
    claim = Claim(1 - eta * L / 2, {L: HALF, eta: HALF}, (sp.Ge(1 - eta * L, 0),))
    found = eliminated(claim)
    ((symbol, value),) = found.values.items()
    ((new, meaning),) = found.claim.names.items()
    at = {L: sp.Rational(1, 3), eta: sp.Rational(2, 5)}
    assert value.xreplace({new: meaning.xreplace(at)}).xreplace(at) == at[symbol]


def test_numbers_of_vectors_have_their_meaning() -> None:
    x, y = vector("x", 3), vector("y", 3)
    f, domain = norm(x) * norm(y) - inner(x, y), make_domain({}, (), {x, y})
    for (claim,) in (claims_of(f, domain), gram_claims(f, domain)):
        assert f == claim.f.xreplace(dict(claim.names))
        assert set(claim.ranges) <= set(claim.names)


def test_vectors_of_two_sizes_have_no_inner_product() -> None:
    x, y, u, v = vector("x", 3), vector("y", 3), vector("u", 2), vector("v", 2)
    f = norm(x) * norm(y) - inner(x, y) + norm(u) * norm(v) - inner(u, v)
    (claim,) = gram_claims(f, make_domain({}, (), {x, y, u, v}))
    assert len(claim.conditions) == 2


def test_a_stronger_claim_that_is_false_names_a_point() -> None:
    a = sp.MatrixSymbol("A", 2, 2)
    f = 1 + operator_norm(a) - operator_norm(a) ** 2
    why = portfolio.answer(f, make_domain({}, (), {a}), stages=portfolio.STAGES[:2]).why("symbolic")
    assert "false somewhere: one where ‖A‖ = " in why.said

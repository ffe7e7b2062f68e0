"""Samples are held against the ends of a claimed enclosure, not against its middle."""

import sympy as sp

import checks
from checks.verdicts import Verdict
from derivations.gaussian import Expectation
from derivations.statements import Constant

u = sp.Symbol("u", real=True)


def test_a_wide_enclosure_that_is_true_is_not_refuted() -> None:
    for low, high in ((0, 1), (sp.Rational(39, 100), sp.Rational(42, 100))):
        found = checks.check(Constant("tanh", Expectation(sp.tanh(u) ** 2, u), enclosure=(low, high)))
        assert found.verdict is Verdict.VERIFIED, found.reason


def test_one_that_is_false_is_refuted() -> None:
    claim = Constant("tanh", Expectation(sp.tanh(u) ** 2, u), enclosure=(0, sp.Rational(1, 3)))
    assert checks.check(claim).verdict is Verdict.REFUTED

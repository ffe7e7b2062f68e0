"""Number systems: a new one is a new file, each has what it says it has, and what one lacks is refused in words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from checks.store.sources import reached
from derivations import inner, vector
from derivations.activations import sigmoid, softplus
from numerics.errors import EvaluationError
from numerics.values import backends
from numerics.values.backend import Backend, MatrixBackend
from numerics.values.backends import backend_named
from numerics.values.evaluate import evaluate

x, y = sp.symbols("x y", real=True)
k = sp.Symbol("k", integer=True)
v = vector("v", 2)
FRACTIONS = """
from fractions import Fraction
from math import isqrt
import numpy as np
from numerics.errors import EvaluationError
from numerics.values.backend import Backend

class Rationals(Backend):
    name = "fractions"
    functions = {}
    def number(self, e):
        if not e.is_Rational:
            raise EvaluationError(f"{e} is no fraction")
        return Fraction(int(e.p), int(e.q))
    def maximum(self, a, b): return max(a, b)
    def minimum(self, a, b): return min(a, b)
    def sqrt(self, a): return Fraction(isqrt(a.numerator), isqrt(a.denominator))
    def choose(self, truth, a, b): return a if truth[0] else b
    def floats(self, value): return np.asarray(float(value))

def backend(device):
    return Rationals()
"""


def test_a_new_system_is_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fractions.py").write_text(FRACTIONS)
    monkeypatch.setattr(backends, "__path__", [*backends.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "numerics.values.backends.fractions", raising=False)
    at = {x: Fraction(2, 3), y: Fraction(9, 4)}
    found = evaluate(sp.Max(x**2 / 3 + 1, sp.sqrt(y)) + sp.Piecewise((x, x > y), (y, True)), at, "fractions")
    assert found == Fraction(3, 2) + Fraction(9, 4)
    assert evaluate(sp.Sum(x**k, (k, 0, 3)), at, "fractions") == Fraction(65, 27)
    for expr, why in ((sp.Integral(x, (x, 0, 1)), "mpmath"), (sp.sin(x), "no meaning"), (sp.pi * x, "no fraction")):
        with pytest.raises(EvaluationError, match=why):
            evaluate(expr, at, "fractions")
    with pytest.raises(EvaluationError, match="fractions has no matrices"):
        evaluate(inner(v, v), {v: np.ones(2)}, "fractions")


def test_a_name_that_is_none_is_answered_by_those_that_are() -> None:
    assert backends.names() == ("arb", "longdouble", "mpmath", "numpy", "torch")
    with pytest.raises(ValueError, match="arb, longdouble, mpmath, numpy, torch"):
        evaluate(x, {x: 1}, "jax")


@pytest.mark.parametrize("name", backends.names())
def test_each_is_what_it_is_called(name: str) -> None:
    backend = backend_named(name)
    assert isinstance(backend, Backend)
    assert backend.name == name
    assert backend_named(name, "cpu") is backend
    if isinstance(backend, MatrixBackend):
        assert backend.matrices() is backend
    else:
        with pytest.raises(EvaluationError, match="no matrices"):
            backend.matrices()


@pytest.mark.parametrize("name", ["numpy", "longdouble", "torch"])
def test_what_is_defined_by_a_limit_is_refused_outside_of_mpmath_and_arb(name: str) -> None:
    for expr in (sp.Integral(x, (x, 0, 1)), sp.Sum(1 / k**2, (k, 1, sp.oo)), sp.Product(1 + 1 / k**2, (k, 1, sp.oo))):
        with pytest.raises(EvaluationError, match="mpmath only"):
            evaluate(expr, {}, name)


def test_what_is_found_by_its_name_belongs_to_the_code_of_a_result() -> None:
    found = reached(("numerics.values.evaluate",)).modules
    assert {f"numerics.values.backends.{name}" for name in backends.names()} <= found
    assert {"numerics.values.points", "checks.readings"}.isdisjoint(found)


@pytest.mark.parametrize(
    "name",
    "exp sin cos tan sinh cosh tanh gamma erf erfc atan asinh log sqrt Abs floor loggamma erfi factorial".split(),
)
def test_a_number_out_of_reach_is_refused_in_digits_and_never_ends_the_process(name: str) -> None:
    """GMP ends it where e is raised to a number that has 10^26 digits."""
    _finite_or_refused(getattr(sp, name)(sp.exp(sp.exp(x))))


@pytest.mark.parametrize("rule", [lambda t: 2**t, lambda t: t**t, lambda t: sp.exp(-t), lambda t: sp.besseli(0, t)])
def test_powers_and_negative_numbers_out_of_reach_are_refused_as_well(rule: Callable[[sp.Expr], sp.Expr]) -> None:
    _finite_or_refused(rule(sp.exp(sp.exp(x))))
    _finite_or_refused(softplus(rule(sp.exp(sp.exp(x)))) + sigmoid(-rule(sp.exp(sp.exp(x)))))


def _finite_or_refused(f: sp.Expr) -> None:
    with mp.workdps(50):
        try:
            value = evaluate(f, {x: mp.mpf(60)}, "mpmath")
        except (EvaluationError, ArithmeticError):
            return
        assert mp.isfinite(value)

"""Random expressions over all functions: NumPy, torch and mpmath are right within their conditioning, or refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import sympy as sp
from mpmath import mp

from benchmarks.function_trees import outcomes, x
from numerics.values.backends import backend_named
from numerics.values.evaluate import evaluate


def test_random_expressions_are_right_or_refused() -> None:
    found = [o for seed in range(130, 260) for o in outcomes(seed)]
    assert not [o.detail for o in found if o.kind == "wrong"]
    kinds = Counter((o.system, o.kind) for o in found)
    for system, least in (("numpy", 300), ("torch", 200), ("mpmath", 100), ("arb", 100)):
        assert kinds[system, "right"] > least
        assert system == "torch" or kinds[system, "refused"] < 0.05 * kinds[system, "right"]


def test_a_wrong_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = backend_named("numpy")
    monkeypatch.setattr(numpy, "functions", {**numpy.functions, sp.sin: lambda t: np.sin(t) * (1 + 1e-10)})
    assert any(o.kind == "wrong" and o.system == "numpy" for seed in range(100) for o in outcomes(seed))


def test_binomials_of_small_numbers() -> None:
    # SciPy takes its expansion at k = infinity where |k| > 1e8 |n|, however small k is
    for n, k in ((1e-12, 0.3), (-3e-11, 0.5), (1e-9, 1.0), (-5e-7, 4.0), (2e-6, 7.0), (0.05, 3.0)):
        value = float(evaluate(sp.binomial(x, sp.Symbol("k", real=True)), {x: n, sp.Symbol("k", real=True): k}))
        with mp.workdps(40):
            assert value == pytest.approx(float(mp.binomial(n, k)), rel=1e-12)


def test_real_functions_of_complex_numbers_have_no_value() -> None:
    for expr in (sp.atan2(sp.sqrt(x), 1), sp.Mod(sp.sqrt(x), 2)):
        with pytest.raises(ZeroDivisionError, match="no value"):
            evaluate(expr, {x: -2}, "mpmath")


def test_an_argument_of_a_million_digits_is_named_by_its_size() -> None:
    with pytest.raises(ZeroDivisionError, match=r"near 2\^"):
        evaluate(sp.atan2(sp.sqrt(x) * sp.exp(sp.exp(30)), 1), {x: -2}, "mpmath")

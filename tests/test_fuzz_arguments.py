"""Odd values in place of the arguments of every public function: a value, or one line of ours."""

import random
import warnings
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from odd_values import CALLS, ODD, complaint

import derivations as d
from checks import api
from checks.errors import InputError
from derivations.activations import X
from derivations.arguments import ArgumentError, fitted, flag, real, shown, whole
from derivations.domains import DomainError
from derivations.vectors import ShapeError
from numerics import data, kernels, rigorous
from numerics.machine.memory import TooLarge

FEW = 24
"""Odd values that one argument of a slow function meets."""
x = sp.Symbol("x", real=True)


def complaints(call: Any, trials: list[dict[str, str]]) -> list[str]:
    """What is wrong with the errors of a function, trial by trial."""
    found = []
    for changes in trials:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call.replaced(changes)
        except Exception as error:
            said = complaint(error) if changes else str(error)
            if said is not None:
                found.append(f"{call.name} with {changes}: {said}")
    return found


@pytest.mark.parametrize("call", CALLS, ids=lambda c: c.name)
def test_no_error_of_a_third_party_comes_through(call: Any) -> None:
    rng = random.Random(call.name)
    trials: list[dict[str, str]] = [{}]
    for name in call.arguments:
        names = rng.sample(list(ODD), FEW) if call.slow else list(ODD)
        trials += [{name: value} for value in names]
    pairs = [rng.sample(list(call.arguments), 2) for _ in range(12)] if len(call.arguments) > 1 else []
    trials += [{a: rng.choice(list(ODD)), b: rng.choice(list(ODD))} for a, b in pairs]
    assert complaints(call, trials) == []


def test_every_public_name_is_called() -> None:
    called = {c.function.__name__ for c in CALLS}
    ranges = {"Gaussian", "NonnegativeVectors", "PositiveSemidefinite", "RealMatrices", "Signs", "SymmetricMatrices"}
    functions = {n for n in d.__all__ if n not in ranges | {"UnitVectors"}}
    assert functions - called == {"Statement", "StatementError"}


@pytest.mark.parametrize(
    "interval", [(0, 1), [0, 1], sp.Tuple(0, 1), sp.Interval(0, 1), (0.0, 1.0), (np.int64(0), np.float64(1))]
)
def test_ranges_are_one_thing_however_written(interval: Any) -> None:
    claim = d.Identity("one", x, x, on={x: interval})
    assert [float(e) for e in (claim.domain.interval(x).inf, claim.domain.interval(x).sup)] == [0.0, 1.0]
    assert float(d.supremum(x**2, x, interval).args[2].sup) == 1.0


def test_numbers_of_any_library_are_numbers() -> None:
    bound = d.Bound("one", np.float64(0.5), torch.tensor(2.0).item() * x, on={x: (np.int64(1), 2)}, printed=np.int64(3))
    assert bound.printed == 3
    assert whole(0)(np.int64(3)) == whole(0)(torch.tensor(3)) == whole(0)(sp.Integer(3)) == whole(0)(3.0) == 3
    assert real()(sp.Rational(1, 4)) == real()(np.float32(0.25)) == 0.25
    assert flag(np.bool_(True)) is True
    assert flag(sp.false) is False
    four = d.Expectation(x**2, x, 4)
    assert four == d.Expectation(x**2, x, np.array([[4]])) == d.Expectation(x**2, x, sp.Matrix([4]))
    found = api.check(d.Identity("one", x, x), seed=np.int64(0), jobs=np.int64(1), methods=("symbolic", "precision"))
    assert found.verdict.value == "verified"


def test_matrices_of_numbers_carry_their_symbols() -> None:
    claim = d.Identity("one", sp.Matrix([[x, 1]]), sp.Matrix([[x, 1]]))
    assert claim.symbols == {x}
    assert d.norm(sp.Matrix([3, 4])).doit() is not None


def test_texts_are_refused_and_never_run() -> None:
    with pytest.raises(d.StatementError, match="a text; write a SymPy expression"):
        d.Identity("one", "__import__('os').system('false')", x)
    with pytest.raises(ShapeError, match="a text"):
        d.vector("v", "n")


@pytest.mark.parametrize("wrong", [(1, 0), (0,), (sp.I, 1), (0, sp.nan), ("a", "b"), 5, None, "R"])
def test_what_is_no_range_is_refused_in_one_line(wrong: Any) -> None:
    with pytest.raises(d.StatementError, match=r"^one: the range of x is [^\n]*$"):
        d.Identity("one", x, x, on={x: wrong})
    with pytest.raises(DomainError, match=r"^the range of x is [^\n]*$"):
        d.infimum(x, x, wrong)


def test_memory_is_asked_for_before_it_is_taken() -> None:
    for greedy in (
        lambda: data.sphere(2**30, 2**20),
        lambda: data.equal_angles(2**25, 0.5),
        lambda: data.at_angles([[1]], 2**24),
    ):
        with pytest.raises(TooLarge, match="needs about"):
            greedy()
    with pytest.raises(kernels.InputError, match=r"depth = 10+: not at most"):
        kernels.fully_connected(np.eye(2), "relu", 10**30)


def test_one_layer_of_any_activation() -> None:
    # K^(1) = c_σ·E σ′σ′·⟨x, x'⟩, 0 between orthogonal inputs
    found = kernels.fully_connected(np.eye(3), "tanh", 1)
    z = np.polynomial.hermite_e.hermegauss(100)
    mean = lambda f: float(z[1] @ f(z[0]) / z[1].sum())  # noqa: E731
    assert np.allclose(
        found.last, np.eye(3) * mean(lambda t: (1 - np.tanh(t) ** 2) ** 2) / mean(lambda t: np.tanh(t) ** 2)
    )


def test_constants_have_expectations_too() -> None:
    assert rigorous.gaussian_ball(sp.Integer(0)).contains(0)
    assert rigorous.gaussian_ball(sp.Integer(3), 2).contains(3)
    with pytest.raises(rigorous.NoBall, match="variance = 0: not positive"):
        rigorous.gaussian_ball(X**2, 0)


def test_errors_of_the_users_own_functions_come_in_one_line() -> None:
    def wrong(t: Any) -> Any:
        raise KeyError("a\nb")

    with pytest.raises(ShapeError, match=r"^elementwise: KeyError: [^\n]*$") as caught:
        d.elementwise(wrong, d.vector("v", 3))
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        d.vector("v")  # type: ignore[call-arg]


def test_values_are_shown_in_one_short_line() -> None:
    assert shown(np.ones((3, 2))) == "a ndarray of shape (3, 2)"
    assert shown(ODD["hostile"]) == "a Hostile"
    assert len(shown("y" * 500)) == 60
    with pytest.raises(ArgumentError, match=r"^n = 1\.5: not a whole number$"):
        fitted("n", 1.5, whole(0))
    with pytest.raises(InputError, match="int is not a statement, paper, id or file"):
        api.check(7)  # type: ignore[call-overload]

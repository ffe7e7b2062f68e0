"""What the theorems of the library ask for: against the same by hand, and the exponents that the papers promise."""

from __future__ import annotations

from itertools import pairwise
from math import atan, cos, exp, log, log10, pi, sin, sqrt
from typing import Any

import numpy as np
import pytest
from mpmath import mp

from checks.context import Context
from checks.errors import InputError
from checks.library.collect import Item, theorem_reading
from checks.measurable import Setting
from checks.papers.du2018.asked import THEOREMS as DU
from checks.papers.liu2019 import asked
from checks.studies.theorems.evaluation import Evaluation, evaluated
from checks.studies.theorems.tables import beyond_proof
from derivations.papers import paper
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL
from derivations.theorems import Theorem
from numerics.data import dataset, digits, sphere
from numerics.values.theorems import exponents, values

GIVEN = {"n": 10, "d": 64, "delta": 0.1, "epsilon": 0.01, "L": 1, "beta": 0.25, "y_max": 1, "k_low": 1}
FC = {**GIVEN, "H": 3, "lambda_0": 5e-4, "c_sigma": 1.0855, "k_high": 1}
RES = {**GIVEN, "H": 3, "lambda_0": 4e-5, "c_sigma": 1.0855, "k_high": 1.55, "c_res": 0.5}


def told(theorem: Theorem, given: dict[str, Any]) -> dict[str, float]:
    return {str(symbol): float(value) for symbol, value in values(theorem, given).items()}


def test_the_width_of_a_fully_connected_net_by_hand() -> None:
    """The largest of its parts, each written out in floats; L = 1."""
    n, H, delta, lam, c_sigma, beta = 10, 3, 0.1, 5e-4, 1.0855, 0.25
    s, c_x, omega, A = sqrt(c_sigma), sqrt(1.5), 4.0, 3.0
    alpha = s * omega
    D = s * c_x * H * alpha ** (H - 1)
    X = c_x + D
    b = A * alpha ** (H - 1)
    B = s * b * X
    c_4 = (3**0.25 + 1) ** 2
    entry = c_sigma * (2 * X * D * A**2 + X**2 * (5 + 2 * c_4 * beta * (omega * D + c_x)))
    R = lam / (4 * n * entry)
    c_r = 1 + c_x * sqrt(2 * log(10 * n / delta))
    width = (8 / 3 * n * B * c_r / (lam * R)) ** 2
    found = told(FULLY_CONNECTED, FC)
    assert found["M"] == pytest.approx(width, rel=1e-12)
    assert found["M"] == found["M_move"]
    big = 2 * log(20 * H * n * (n + 1) / delta)
    kappa = c_sigma * (1 + beta * (1 / s + 1 / 3))
    assert found["M_feat"] == pytest.approx((12 * c_x**2 * s * H * kappa ** (H - 1)) ** 2 * big, rel=1e-12)


def test_the_width_of_a_residual_net_by_hand() -> None:
    n, H, delta, lam, c_sigma, beta, c, k = 10, 3, 0.1, 4e-5, 1.0855, 0.25, 0.5, 1.55
    s, c_x, omega, A = sqrt(c_sigma), sqrt(k + 0.5), 4.0, 3.0
    grown = exp(c * omega)
    D = grown * (s + c_x / omega)
    X = c_x + D
    B = max(s * A * grown, 1) * X
    c_4 = (3**0.25 + 1) ** 2
    entry = (c / H) ** 2 * (2 * X * D * A**2 + X**2 * (5 + 2 * c_4 * beta * (omega * D + c_x)))
    c_r = 1 + c_x * sqrt(2 * log(10 * n / delta))
    width = (8 / 3 * n * B * c_r / lam * 4 * n * entry / lam) ** 2
    assert told(RESIDUAL, RES)["M"] == pytest.approx(width, rel=1e-12)


@pytest.mark.parametrize(("theorem", "given"), [(FULLY_CONNECTED, FC), (RESIDUAL, RES)], ids=["5.1", "6.1"])
def test_the_papers_powers_of_inputs_and_eigenvalue_come_out(theorem: Theorem, given: dict[str, Any]) -> None:
    """n⁴/λ₀⁴ up to logarithms, and a step of λ₀/n²."""
    powers = {str(s): p for s, p in exponents(theorem, theorem.demands["width"], given).items()}
    assert powers["lambda_0"] == pytest.approx(-4, abs=1e-6)
    assert 4 <= powers["n"] < 4.3
    assert -0.3 < powers["delta"] <= 0
    steps = {str(s): p for s, p in exponents(theorem, theorem.demands["step"], given).items()}
    assert steps["lambda_0"] == pytest.approx(1, abs=1e-6)
    assert -2.3 < steps["n"] <= -2


def test_depth_is_exponential_without_shortcuts_and_a_power_with_them() -> None:
    """The width at H = 10, 20, 40, 80: its logarithm grows with H in one case, with log H in the other."""
    depths = np.array([10, 20, 40, 80])

    def logs(theorem: Theorem, given: dict[str, Any]) -> Any:
        found = [values(theorem, {**given, "H": int(h)})[theorem.demands["width"]] for h in depths]
        return np.array([float(mp.log10(m)) for m in found])

    plain = np.diff(logs(FULLY_CONNECTED, FC)) / np.diff(depths)
    assert plain == pytest.approx(np.full(3, plain[-1]), rel=0.05)
    assert plain[-1] == pytest.approx(10 * log10(sqrt(1.0855) * 4), rel=0.02)  # B·C_G has α^(5H), the width its square
    powers = np.diff(logs(RESIDUAL, RES)) / np.diff(np.log10(depths))
    # λ₀ fixed, the width falls as H⁻⁴, where the paper prints H⁻⁶: W^(1) and a move without the others' factor 1/H
    assert powers == pytest.approx(np.full(3, -4.0), abs=1e-6)


def test_equal_inputs_are_named() -> None:
    x = np.eye(4)[[0, 1, 2, 1]]
    with pytest.raises(InputError, match=r"λ_min\(K\^\(H\)\) may be 0.*of inputs 1 and 3"):
        evaluated(
            "du2018.theorem-5-1", FULLY_CONNECTED, DU["theorem-5-1"], Setting(dataset(x, np.ones(4))), measure=False
        )


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (Setting(digits(4), activation="relu"), "σ = relu: the theorem needs σ and σ′ to be Lipschitz"),
        (Setting(digits(4), activation="nothing"), "σ = nothing"),
        (Setting(digits(4), depth=1), "a residual network has at least two layers"),
        (Setting(digits(4), given={"lambda_0": -1.0}), "it must be positive and finite"),
    ],
)
def test_what_the_theorem_cannot_take(setting: Setting, said: str) -> None:
    with pytest.raises(InputError) as error:
        evaluated("du2018.theorem-6-1", RESIDUAL, DU["theorem-6-1"], setting, measure=False)
    assert said in str(error.value)


def test_depth_of_a_billion_is_a_number() -> None:
    found = values(FULLY_CONNECTED, {**FC, "H": 10**9})[FULLY_CONNECTED.demands["width"]]
    assert mp.isfinite(found)
    assert mp.log10(found) > 10**9


def measured(key: str, slug: str, **setting: Any) -> Evaluation:
    theorem = next(t for t in paper(key).theorems if t.slug == slug)
    reading = theorem_reading(Item(key, slug))
    assert reading is not None
    return evaluated(f"{key}.{slug}", theorem, reading, Setting(**{"data": sphere(4, 8, 1), **setting}))


@pytest.mark.parametrize(("k", "s_abs", "seed"), [(4, 0.0, 0), (4, 1.5, 1), (9, 3.0, 2)])
def test_the_number_of_steps_of_liu2019_by_hand_and_on_runs(k: int, s_abs: float, seed: int) -> None:
    found = measured("liu2019", "iterations", epsilon=0.01, seed=seed, given={"k": k, "s_abs": s_abs})
    widest = 5 * pi / 12
    gamma = (pi - widest) * cos(widest) + sin(widest) - 1
    eta_a = 2 * pi / (k + pi - 1)
    most = 1 + 2 * s_abs**2 / (pi - 1)
    eta_w = min(eta_a * (pi - 1) / 12, 2 / most)
    share = (pi - 1) / (k + pi - 1)
    e_a = sqrt(2 * pi * 0.01 / (k + pi - 1))
    phi = min(sqrt(0.02 / most), sqrt((pi - 1) * e_a / pi))
    steps = log(8 * (1 + (pi - 1) / gamma)) / share + log(4 / e_a) / share + 2
    angles = [widest, pi / 3, pi / 4, pi / 6, pi / 12, 0.0]
    for i, (now, later) in enumerate(pairwise(angles)):
        q = 7 / 8 * ((pi - now) * cos(now) + sin(now) - 1) / (pi - 1)
        kappa = atan(sin(now)) / now * (1 - now / pi) / 2 * eta_w * q
        steps += max(0.0, log(now / max(later, phi))) / kappa + 1 + (log(8) / share + 1 if i else 0)
    assert float(found.demands["iterations"]) == pytest.approx(steps, rel=1e-12)
    assert found.needed["iterations"] <= found.demands["iterations"]
    assert beyond_proof(found) == []


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (2.0, False), (0.5, False)])
def test_a_number_of_steps_twice_or_half_as_large_is_noticed(
    factor: float, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = asked._numbers

    def changed(given: Any) -> dict[str, float]:
        told = known(given)
        return {**told, "T": factor * told["T"]}

    monkeypatch.setattr(asked, "_numbers", changed)
    monkeypatch.setattr(asked, "RATIOS", (4,))
    seen = asked.slack(Context(2))
    assert bool((np.asarray(seen.left) <= np.asarray(seen.right)).all()) is passes


def test_forward_stability_asks_for_no_more_than_thrice_what_is_needed() -> None:
    found = measured("zhang2019", "stability", depth=30, delta=0.05)
    assert found.needed["width"] <= found.demands["width"] <= 3 * found.needed["width"]
    assert beyond_proof(found) == []
    powers = found.powers["width"]
    assert abs(powers["L"]) < 0.1  # the width does not grow with depth


def test_the_optimum_at_infinity_is_reached_in_time() -> None:
    found = measured("macdonald2023", "infinity-time", epsilon=0.05)
    assert found.needed["time"] <= found.demands["time"]
    assert beyond_proof(found) == []
    with pytest.raises(InputError, match="are dependent"):
        measured("macdonald2023", "infinity-time", data=sphere(9, 8, 1))

"""The lemmas of Theorems 5.1 and 6.1: mutants and dropped hypotheses are not proved, real networks stay within them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import sqrt
from typing import Any

import pytest
import torch
from sympy import Rational, Symbol

from checks.context import Context
from checks.methods import method, symbolic
from checks.papers.du2018 import proof as sampled_lemmas
from checks.readings import Reading
from checks.verdicts import Verdict
from derivations.activations import ACTIVATIONS
from derivations.papers import paper
from derivations.papers.du2018.notation import H, c_res, c_sigma
from derivations.papers.du2018.proof import constants
from derivations.papers.du2018.proof.constants import FULLY_CONNECTED, RESIDUAL, THEOREMS
from derivations.steps import Derivation
from numerics.models.du2018 import FullyConnected, ResNet, generator

DU = paper("du2018")
QUICK = (
    "features-start",
    "gram-width-fc",
    "norms-width",
    "remainder",
    "distance-grows",
    "iterations",
    "start-output",
)
"""Lemmas whose derivation is checked in a second or two."""
SMALLER = Rational(9, 10)


def _verdict(statement: Any) -> Any:
    (found,) = symbolic.run(statement, (), Context())
    return found


def _in_paper(statement: Any) -> Any:
    object.__setattr__(statement, "beside", DU["kernel-errors-fc"].beside)
    return statement


def _tightened(derivation: Derivation, factor: Any) -> Derivation:
    """The same chain with a smaller last line."""
    last = derivation.steps[-1]
    return Derivation(derivation.start, (*derivation.steps[:-1], replace(last, expr=factor * last.expr)))


def test_every_constant_of_a_lemma_is_in_the_lemma() -> None:
    """No second typing of a formula: the lemma's claim or its conditions have the constant's own formula."""
    for theorem in THEOREMS:
        for quantity in theorem.quantities:
            if quantity.lemma:
                assert DU.get(quantity.lemma) is not None, quantity.lemma
    for slug, symbol, skip in (
        ("block-gradient-fc", constants.B, False),
        ("block-gradient-resnet", constants.B, True),
        ("second-derivative-resnet", constants.C_2, True),
        ("kernel-errors-resnet", constants.Gamma, True),
        ("features-derivative-resnet", constants.D_x, True),
    ):
        theorem = RESIDUAL if skip else FULLY_CONNECTED
        assert DU[slug].content[1] == theorem.by_symbol[symbol].formula


@pytest.mark.parametrize("slug", QUICK)
def test_a_lemma_is_proved_and_its_mutant_is_not(slug: str) -> None:
    lemma: Any = DU[slug]
    assert _verdict(lemma).verdict is Verdict.VERIFIED
    factor = 1 / SMALLER if slug == "iterations" else SMALLER
    mutant = replace(lemma, rhs=factor * lemma.rhs, derive=partial(_tightened, lemma.derivation, factor))
    assert _verdict(_in_paper(mutant)).verdict is not Verdict.VERIFIED


@pytest.mark.parametrize(
    ("slug", "least"),
    [("features-start", 1), ("gram-width-fc", 1), ("remainder", 2), ("weights-move", 2), ("all-gradients-fc", 2)],
)
def test_without_a_hypothesis_a_step_is_named(slug: str, least: int) -> None:
    """Of the conditions at least so many are needed, each by a step."""
    lemma: Any = DU[slug]
    broken = 0
    given = lemma.conditions_given
    for number in range(len(given)):
        left = given[:number] + given[number + 1 :]
        # a condition may have been the only mention of a symbol
        ranges = {s: r for s, r in lemma.domain.ranges.items() if isinstance(s, Symbol)}
        found = _verdict(_in_paper(replace(lemma, where=left, on={**ranges, **lemma.on}, sample_on={})))
        if found.verdict is not Verdict.VERIFIED:
            broken += 1
            assert "step" in found.detail
    assert broken >= least


@pytest.mark.parametrize("slug", ["start-weights-tail", "start-output", "start-fourth", "start-outputs"])
def test_chances_are_sampled_and_a_tenth_of_a_bound_is_not_found(slug: str) -> None:
    lemma: Any = DU[slug]
    judge = method("trajectory")

    def verdict(statement: Any) -> Any:
        (found,) = judge.run(statement, (sampled_lemmas.reading(statement),), Context())
        return found.verdict

    assert verdict(lemma) in (Verdict.VERIFIED, Verdict.MEASURED)
    assert verdict(replace(lemma, rhs=lemma.rhs / 1000)) is Verdict.REFUTED


def _measured(kind: str, activation: str, width: int, depth: int, radius: float, seed: int) -> dict[str, float]:
    """The lemmas' quantities along a random move of all weights by radius·√width, with the constants of the proof."""
    g = generator(seed)
    make = FullyConnected if kind == "fc" else partial(ResNet, c_res=1.5)
    net: Any = make(4, width, depth, activation, g)
    x = torch.randn(3, 4, generator=g, dtype=torch.float64)
    x = x / x.norm(dim=1, keepdim=True)
    start = [f.detach() for f in net.features(x)]
    with torch.no_grad():
        for p in net.parameters():
            move = torch.randn(p.shape, generator=g, dtype=torch.float64)
            p += move * radius * sqrt(width) / torch.linalg.matrix_norm(move, 2)
    now = net.features(x)
    for f in now[1:]:
        f.retain_grad()
    net.output(now[-1])[0].sum().backward()
    L, beta = (float(v) for v in (ACTIVATIONS_AT[activation]))
    omega = max(float(torch.linalg.matrix_norm(layer.weight.detach(), 2)) for layer in net.layers) / sqrt(width)
    values: dict[Any, float] = {
        H: depth,
        c_res: 1.5,
        c_sigma: net.scale**2 * width,
        constants.L: L,
        constants.beta: beta,
        constants.omega: omega,
        constants.A: float(net.output.weight.detach().norm()) / sqrt(width),
        constants.c_x: max(1.0, *(float(f.norm(dim=1).max()) for f in start)),
    }
    theorem = FULLY_CONNECTED if kind == "fc" else RESIDUAL

    def put(symbol: Any) -> float:
        formula = theorem.named(str(symbol)).formula
        assert formula is not None
        found = float(formula.xreplace(values))
        values[symbol] = found
        return found

    put(constants.alpha)
    D, X = put(constants.D), put(constants.X)
    b, B = put(constants.b), put(constants.B)
    moved = max(float((f - f0).detach().norm(dim=1).max()) for f, f0 in zip(now[1:], start[1:], strict=True))
    signals = max(float(f.grad.norm(dim=1).max()) for f in now[1:])
    blocks = max(float(p.grad.norm()) for p in net.parameters())
    size = max(float(f.detach().norm(dim=1).max()) for f in now)
    everything = sqrt(sum(float(p.grad.norm()) ** 2 for p in net.parameters()))
    return {
        "features": moved / (D * radius),
        "size": size / X,
        "signals": signals / (b * sqrt(width)),
        "blocks": blocks / B,
        "all": everything / put(constants.B_all),
    }


ACTIVATIONS_AT = {"tanh": (1, 4 / (3 * sqrt(3))), "softplus": (1, 0.25), "sin": (1, 1)}
"""Lipschitz constants of σ and of σ′."""


def test_real_networks_stay_within_the_constants() -> None:
    """Widths, depths, activations and radii; the bounds are nearest at small widths and depths."""
    nearest: dict[str, float] = {}
    for activation in ACTIVATIONS_AT:
        assert activation in ACTIVATIONS
        for kind in ("fc", "resnet"):
            for width, depth, radius in ((1, 1, 1.0), (2, 2, 0.5), (8, 3, 0.3), (32, 2, 1.0), (64, 6, 0.05)):
                if kind == "resnet" and depth == 1:
                    continue
                for seed in range(4):
                    for name, ratio in _measured(kind, activation, width, depth, radius, seed).items():
                        assert ratio <= 1 + 1e-9, (name, kind, activation, width, depth)
                        nearest[name] = max(nearest.get(name, 0.0), ratio)
    # half of a constant is exceeded somewhere, so that the comparison can fail
    assert nearest["signals"] > 0.5
    assert nearest["size"] > 0.5
    assert nearest["features"] > 0.5


def test_readings_are_for_chances() -> None:
    assert all(isinstance(r, Reading) for r in sampled_lemmas.READINGS.values())
    assert set(sampled_lemmas.READINGS) == set(sampled_lemmas.DRAWN)

"""du2018: whole, sourced, verified where it can be fast, and refuted when it is broken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from checks.figures import draw
from checks.papers.du2018 import READINGS
from checks.readings import Enclosed, Followed, Reading
from checks.running.runner import check
from checks.verdicts import Assurance, Result, Verdict
from derivations.activations import LIPSCHITZ, SMOOTHNESS
from derivations.latex import statement_latex
from derivations.papers import paper
from derivations.papers.du2018 import dynamics, kernels
from derivations.papers.du2018.constants import C_SIGMA
from derivations.papers.du2018.notation import H, c_res
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Statement
from derivations.vectors import inner, norm_squared
from derivations.writing.claims import formula

Library = Callable[[str], Result]
Refutation = Callable[[Statement], Result]
PAPER = paper("du2018")
SLUGS = [s.slug for s in PAPER.statements]


def test_the_paper_is_whole() -> None:
    assert len(SLUGS) >= 40
    assert {s.kind for s in PAPER.statements} == {"Identity", "Gradient", "Bound", "Constant", "Rate", "Probability"}
    assert all(s.source and s.title for s in PAPER.statements)
    assert set(READINGS) <= set(SLUGS)
    assert len(C_SIGMA) == len(LIPSCHITZ) == len(SMOOTHNESS) == 10


VERIFIED = [
    "c-softplus", "lipschitz-softplus", "smoothness-softplus", "lipschitz-silu", "smoothness-sigmoid",
    "gradient-fc-2", "gradient-resnet-1", "layer-conv", "backprop-conv", "gram-layer-form", "gram-psd",
    "contraction", "least-eigenvalue-start", "dual-erf", "price-relu", "mehler-exp", "resnet-recursion",
    "resnet-mean", "conv-recursion-border", "fc-diagonal", "two-layer-relu", "resnet-factor", "full-rank",
    "series-tanh",
]  # fmt: skip


@pytest.mark.parametrize("slug", VERIFIED)
def test_verified(slug: str, library: Library) -> None:
    result = library(f"du2018.{slug}")
    assert result.verdict is Verdict.VERIFIED, result


@pytest.mark.parametrize("slug", ["remainder-order", "remainder-constant", "growth-fc", "growth-resnet", "stability-fc",
                                  "stability-resnet", "lambda-depth-fc", "full-rank-angle",
                                  "least-eigenvalue-later", "finite-width-quarter"])  # fmt: skip
def test_measured(slug: str, library: Library) -> None:
    result = library(f"du2018.{slug}")
    assert result.verdict is Verdict.MEASURED, result
    assert result.assurance is Assurance.MEASURED


def broken(slug: str, **changes: object) -> Statement:
    return replace(PAPER[slug], derive=None, **changes)


def mutants() -> list[Statement]:
    s, percent = PAPER, sp.Rational(101, 100)
    x, y = kernels.x, kernels.y
    swapped = (
        inner(x, y)
        + c_res / H * (kernels.mean(x) * kernels.single(kernels.sigma, norm_squared(x)) + kernels.mean(y)
                       * kernels.single(kernels.sigma, norm_squared(y), kernels.v))
        + c_res**2 / H**2 * kernels.pair(kernels.sigma, norm_squared(x), inner(x, y), norm_squared(y))
    )  # fmt: skip
    px, py = kernels.pixels_x, kernels.pixels_y
    misaligned = kernels.residual_step(
        inner(px[1], py[1]), kernels.mean(px[1]), kernels.mean(py[1]),
        kernels.patch_inner(px, px, 1, 1), inner(px[0], py[2]) + inner(px[1], py[1]) + inner(px[2], py[0]),
        kernels.patch_inner(py, py, 1, 1),
    )  # fmt: skip
    return [
        broken("resnet-recursion", rhs=swapped),
        broken("resnet-last", rhs=s["resnet-last"].rhs * H),  # c_res²/H in place of c_res²/H²
        broken("conv-recursion", rhs=misaligned),
        broken("resnet-mean", rhs=s["resnet-mean"].rhs * percent),
        broken("fc-recursion", rhs=s["fc-recursion"].rhs * percent),
        broken("conv-last", rhs=s["conv-last"].rhs * percent),
        broken("gradient-resnet-1", equals=s["gradient-resnet-1"].equals * percent),
        broken("gradient-fc-2", equals=-s["gradient-fc-2"].equals),
        broken("layer-conv", equals=s["layer-conv"].equals * percent),
        broken("gram-last-resnet", rhs=s["gram-last-resnet"].rhs * H),
        broken("c-softplus", enclosure=(sp.Rational("1.0854865030"), sp.Rational("1.0854865031"))),
        broken("c-erf", value=s["c-erf"].value * percent),
        broken("lipschitz-silu", enclosure=(sp.Rational("1.0999"), sp.Rational("1.1"))),
        broken("smoothness-softplus", value=sp.S.One),  # the printed constant: true as a bound, not sharp
        broken("smoothness-gelu", value=s["smoothness-gelu"].value / percent),
        broken("series-softplus", enclosure=(sp.Rational("0.7800781652"), sp.Rational("0.78007816520694"))),
        broken("dual-gelu", rhs=s["dual-gelu"].rhs * percent),
        broken("price-erf", lhs=s["price-erf"].lhs * percent),
        broken("contraction", rhs=(1 - sp.Rational(3, 4) * dynamics.eta * dynamics.lam) * dynamics.N),
        broken("least-eigenvalue-start", lhs=s["least-eigenvalue-start"].lhs * percent),
        broken("unrolled", rhs=s["unrolled"].rhs * percent),
        broken("dual-slope-gaussian", rhs=s["dual-slope-gaussian"].rhs * percent),
        broken("dual-slope-leaky-relu", rhs=s["dual-slope-leaky-relu"].rhs * percent),
        broken("remainder-order", exponent=sp.Integer(3), against=()),
        broken("growth-fc", exponent=s["growth-fc"].exponent * percent * percent),
        broken("lambda-depth-fc", exponent=s["lambda-depth-fc"].exponent * sp.Rational(11, 10)),
        broken("lambda-depth-resnet", exponent=-sp.Rational(21, 10)),
        broken("full-rank-angle", exponent=sp.Rational(21, 10)),
        broken("opposite-inputs", enclosure=(-sp.Rational(1, 100), sp.S.Zero)),
    ]  # fmt: skip


@pytest.mark.parametrize("mutant", mutants(), ids=lambda s: s.slug)
def test_a_broken_statement_is_refuted(mutant: Statement, refutation: Refutation) -> None:
    result = refutation(mutant)
    assert result.verdict is Verdict.REFUTED, result


def test_quantities_are_judged_by_their_readings_alone() -> None:
    claim = Bound("q", MeasuredQuantity("a"), MeasuredQuantity("b"))
    assert check(claim, readings=()).verdict is Verdict.UNDECIDED
    for left, verdict in ((0.0, Verdict.MEASURED), (2.0, Verdict.REFUTED)):
        reading = Reading("trajectory", lambda _, v=left: Followed(np.array([v]), np.ones(1), "<=", 0.0, "a run"))
        assert check(claim, readings=(reading,)).verdict is verdict
    for holds, verdict in ((True, Verdict.VERIFIED), (False, Verdict.REFUTED), (None, Verdict.UNDECIDED)):
        reading = Reading("enclosure", lambda _, v=holds: Enclosed(v, "by balls"))
        assert check(claim, readings=(reading,)).verdict is verdict


def test_every_statement_prints() -> None:
    for statement in PAPER.statements:
        printed = statement_latex(statement, PAPER)
        assert printed.count("{") == printed.count("}")
        assert printed.count(r"\left") == printed.count(r"\right")
        assert printed.isascii()
        assert "Lambda(" not in formula(statement)
        assert "MeasuredQuantity" not in formula(statement)


def test_pictures_are_drawn_from_evidence(tmp_path: Path, library: Library) -> None:
    results = [library(f"du2018.{s}") for s in ("growth-fc", "lambda-depth-resnet")]
    written = {p.name for p in draw(results, tmp_path)}
    assert written == {"du2018-growth.png", "du2018-depth.png"}

"""macdonald2023: whole, verified where it can be fast, and refuted when a constant is off."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from checks.figures import draw
from checks.papers.macdonald2023 import READINGS
from checks.papers.macdonald2023.layers import along_line
from checks.running.runner import Options, check
from checks.verdicts import Result, Verdict
from derivations.composition import SECOND
from derivations.latex import statement_latex
from derivations.papers import paper
from derivations.papers.macdonald2023 import costs, normalisation
from derivations.statements import Bound, Statement
from derivations.writing.claims import formula
from numerics.data import DataError, labelled_images
from numerics.machine.nonfinite import NonFinite
from numerics.models.macdonald2023 import ConvNet, block_singular_values, resnet18, train

Library = Callable[[str], Result]
Refutation = Callable[[Statement], Result]
PAPER = paper("macdonald2023")
SLUGS = [s.slug for s in PAPER.statements]


def test_the_paper_is_whole() -> None:
    assert len(SLUGS) >= 30
    assert {s.kind for s in PAPER.statements} == {"Identity", "Gradient", "Bound", "Constant", "Rate"}
    assert all(s.source and s.title for s in PAPER.statements)
    assert set(READINGS) <= set(SLUGS)


VERIFIED = [s for s in SLUGS if s not in READINGS and s != "chain-second-11"]


@pytest.mark.parametrize("slug", VERIFIED)
def test_verified(slug: str, library: Library) -> None:
    result = library(f"macdonald2023.{slug}")
    expected = Verdict(PAPER[slug].mark) if PAPER[slug].mark else Verdict.VERIFIED
    assert result.verdict is expected, result


MEASURED = ["chain-vectors", "chain-vectors-second", "pl-composition", "gram-sum", "gram-superadditive", "skip-uniform",
            "convolution-fft", "convolution-lanczos", "mp-distance", "shifted-layer", "rate-known", "rate-trajectory",
            "constants-along"]  # fmt: skip


@pytest.mark.parametrize("slug", MEASURED)
def test_measured(slug: str, library: Library) -> None:
    result = library(f"macdonald2023.{slug}")
    assert result.verdict is Verdict.MEASURED, result


def broken(slug: str, **changes: object) -> Statement:
    return replace(PAPER[slug], derive=None, **changes)


def mutants() -> list[Statement]:
    s, percent = PAPER, sp.Rational(101, 100)
    q, eps = costs.q, normalisation.eps
    return [
        broken("en-smooth", rhs=s["en-smooth"].rhs / percent, sharp_at=None),
        broken("en-smooth", rhs=1 / (2 * eps), sharp_at=None),
        broken("en-lipschitz", rhs=s["en-lipschitz"].rhs / percent, sharp_at=None),
        broken("wn-smooth", rhs=s["wn-smooth"].rhs / percent, sharp_at=None),
        broken("wn-smooth", rhs=1 / (2 * eps), sharp_at=None),
        broken("bn-smooth", rhs=s["bn-smooth"].rhs / percent, sharp_at=None),
        broken("bn-smooth", rhs=SECOND / (eps * normalisation.N), sharp_at=None),
        broken("wn-second", equals=s["wn-second"].equals * percent),
        broken("wn-diagonal", rhs=s["wn-diagonal"].rhs * percent),
        broken("bn-lipschitz", rhs=s["bn-lipschitz"].rhs / percent, sharp_at=None),
        broken("ce-lower", lhs=(q + 2) / (q + 1) * costs.share**2),  # K/(K − 1) replaced by 1 + 1/K
        broken("ce-lower", lhs=s["ce-lower"].lhs * percent, sharp_at=None),
        broken("ce-upper", rhs=s["ce-upper"].rhs / percent),
        broken("ce-smooth", rhs=s["ce-smooth"].rhs * sp.Rational(49, 50)),
        broken("ce-diagonal", rhs=sp.Rational(49, 100), sharp_at=None),
        broken("square-pl", rhs=s["square-pl"].rhs / 2),  # the other convention
        broken("rate-quadratic", rhs=s["rate-quadratic"].rhs * sp.Rational(9, 10)),
        broken("skip", lhs=s["skip"].lhs * percent, sharp_at=None),
        broken("bn-diagonal", rhs=s["bn-diagonal"].rhs * percent),
        broken("ce-size", lhs=s["ce-size"].lhs * percent),
        broken("shifted-edge", lhs=s["shifted-edge"].lhs + sp.Rational(1, 100)),
        broken("gaussian-shifted", rhs=s["gaussian-shifted"].rhs * percent),
        broken("mp-second", value=s["mp-second"].value * percent),
        broken("square-layer", exponent=-sp.S.Half, against=()),
        broken("infinity-loss", exponent=-sp.S.Half, against=()),
    ]


@pytest.mark.parametrize("mutant", mutants(), ids=lambda s: s.slug)
def test_a_broken_statement_is_refuted(mutant: Statement, refutation: Refutation) -> None:
    result = refutation(mutant)
    assert result.verdict is Verdict.REFUTED, result


def test_a_true_bound_that_is_not_sharp_as_it_says_is_refuted_by_the_search() -> None:
    loose = broken("en-smooth", rhs=1 / normalisation.eps)
    assert check(loose, Options(methods=("search",), seed=2), ()).verdict is Verdict.REFUTED


def test_constants_at_epsilons_of_ones_own() -> None:
    w = sp.Symbol("w", real=True)
    for eps in (sp.Rational(1, 1000), sp.Rational(7, 3), sp.Integer(50)):
        second = 3 * eps * w / (eps + w**2) ** sp.Rational(5, 2)
        for factor, verdict in ((1, Verdict.VERIFIED), (sp.Rational(99, 100), Verdict.REFUTED)):
            claim = Bound("mine", second, factor * SECOND / eps, on={w: sp.S.Reals}, paper="mine")
            assert check(claim, Options(seed=3), ()).verdict is verdict, (eps, factor)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_statement_prints(slug: str) -> None:
    printed = statement_latex(PAPER[slug], PAPER)
    assert printed.count("{") == printed.count("}")
    assert r"\texttt{U+" not in printed
    assert "MeasuredQuantity" not in formula(PAPER[slug])


def images(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    pixels, labels = labelled_images("", count)
    return torch.as_tensor(pixels, dtype=torch.float32), torch.as_tensor(labels)


def test_the_three_variants_differ_in_their_shortcuts_alone() -> None:
    x, _ = images(4)
    nets = {
        v: ConvNet(v, torch.Generator().manual_seed(1), stem=4, stages=((4, 1), (8, 2)))
        for v in ("branch", "skip", "pooled")
    }
    count = {v: sum(p.numel() for p in net.parameters()) for v, net in nets.items()}
    assert count["skip"] - count["branch"] == 4 * 8 == count["pooled"] - count["branch"]
    values = block_singular_values(nets["skip"], x)
    assert values.shape == (4 * 10,)
    h = nets["skip"].embed(x).detach().double()
    jacobian = torch.func.jacrev(nets["skip"].double().after)(h).reshape(40, -1)
    assert np.allclose(values, torch.linalg.svdvals(jacobian.detach()).numpy(), atol=1e-4 * values[0])


def test_resnet18_has_its_size() -> None:
    net = resnet18("skip", torch.Generator().manual_seed(0))
    # the usual count, less the normalisation after the three projections
    assert sum(p.numel() for p in net.parameters()) == 11173962 - 2 * (128 + 256 + 512)
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def test_training_learns_and_names_the_step_at_which_it_breaks() -> None:
    x, y = images(100)

    def build(g: torch.Generator) -> ConvNet:
        return ConvNet("skip", g, stages=((4, 1), (8, 2)))

    run = train(build, x, y, trials=2, steps=30, batch=20, eta=0.05, seed=1, checkpoints=(0, 30), probes=2)
    assert (run.losses[:, -5:].mean(1) < 0.9 * run.losses[:, :5].mean(1)).all()
    assert run.singular.shape == (2, 2, 20)
    again = train(build, x, y, trials=2, steps=30, batch=20, eta=0.05, seed=1)
    assert np.array_equal(run.losses, again.losses)
    with pytest.raises(NonFinite, match=r"at step \d+: take a smaller step size"):
        train(build, x * float("nan"), y, trials=2, steps=3, batch=20, eta=0.05)


def test_second_derivatives_of_normalisation_are_not_torchs_forward_mode() -> None:
    # pytorch#196699: nested jvp of batch and layer normalisation is wrong
    g = torch.Generator().manual_seed(2)
    for layer, shape in ((nn.BatchNorm1d(3, track_running_stats=False), (5, 3)), (nn.LayerNorm(4), (5, 4))):
        f = layer.double().requires_grad_(False)
        x, d = (torch.randn(shape, generator=g, dtype=torch.float64) for _ in range(2))
        value, slope, bend = along_line(f, x, d)
        step = 1e-4
        up, down = f(x + step * d), f(x - step * d)
        assert torch.allclose(slope, (up - down) / (2 * step), atol=1e-6)
        assert torch.allclose(bend, (up - 2 * value + down) / step**2, atol=1e-5)


def test_images_of_ones_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=rng.random((12, 3, 6, 6)), y=np.arange(12) % 3 + 5)
    pixels, labels = labelled_images(str(tmp_path / "a.npz"), 10)
    assert pixels.shape == (10, 3, 6, 6)
    assert set(labels) <= {0, 1, 2}
    np.savez(tmp_path / "b.npz", x=rng.random((12, 3, 6, 6)), y=np.ones(12))
    with pytest.raises(DataError, match="two classes"):
        labelled_images(str(tmp_path / "b.npz"), 10)


def test_pictures_are_drawn_from_evidence(tmp_path: Path, library: Library) -> None:
    result = library("macdonald2023.constants-along")
    assert {p.name for p in draw([result], tmp_path)} == {"macdonald2023-constants.png"}

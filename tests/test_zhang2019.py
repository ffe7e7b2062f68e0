"""zhang2019: whole, verified where it can be fast, refuted when it is broken; τ = L^{−0.45} is not stable."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch

from checks.figures import draw
from checks.papers.zhang2019 import READINGS
from checks.papers.zhang2019.backward import _products
from checks.running.runner import Options, check
from checks.verdicts import Result, Verdict
from derivations.latex import statement_latex
from derivations.papers import paper
from derivations.papers.zhang2019.notation import L, tau
from derivations.statements import Bound, Statement
from derivations.writing.claims import formula
from numerics.machine.precision import PRECISIONS
from numerics.models.zhang2019 import block_gradient_norms, descend, forward, gram, networks
from numerics.stability import log_growth, phase_diagram

Library = Callable[[str], Result]
Refutation = Callable[[Statement], Result]
PAPER = paper("zhang2019")
SLUGS = [s.slug for s in PAPER.statements]


def test_the_paper_is_whole() -> None:
    assert len(SLUGS) >= 20
    assert {s.kind for s in PAPER.statements} >= {"Identity", "Gradient", "Bound", "Constant", "Rate", "Probability"}
    assert all(s.source and s.title for s in PAPER.statements)
    assert set(READINGS) <= set(SLUGS)


VERIFIED = [
    "moment", "moment-lower", "moment-upper", "excess-least", "excess-most", "layer-moment", "layer-lower",
    "layer-upper", "critical-upper", "critical-limit", "bernoulli", "converse-exponential", "unstable-045",
    "gradient-block-1", "layer-block", "block-gradient-norm", "chernoff-exponent", "pl-identity", "pl-lower",
    "pl-upper", "backward-moment", "vanilla-forward",
]  # fmt: skip
BOOKKEEPING = ["moment-scaled", "growth-lower-step", "growth-upper-step", "critical-lower", "converse"]


@pytest.mark.parametrize("slug", VERIFIED)
def test_verified(slug: str, library: Library) -> None:
    result = library(f"zhang2019.{slug}")
    assert result.verdict is Verdict.VERIFIED, result


@pytest.mark.parametrize("slug", BOOKKEEPING)
def test_what_follows_by_substitution_is_not_counted(slug: str, library: Library) -> None:
    result = library(f"zhang2019.{slug}")
    assert result.verdict is Verdict.BOOKKEEPING, result


def test_a_point_where_only_rare_events_count_is_not_chosen() -> None:
    """At h = (−1.26, −1.18), τ = 0.21 no sample of 131,072 passes ReLU: a false alarm of the CI, once."""
    assert check(PAPER["layer-moment"], Options(seed=1795721606)).verdict is Verdict.VERIFIED


MEASURED = [
    "phase-075", "linear-rate", "backward-growth", "spectral-critical", "block-gradient-depth", "smoothness-depth",
]  # fmt: skip


@pytest.mark.parametrize("slug", MEASURED)
def test_measured(slug: str, library: Library) -> None:
    result = library(f"zhang2019.{slug}")
    assert result.verdict in (Verdict.MEASURED, Verdict.VERIFIED), result


def broken(slug: str, **changes: object) -> Statement:
    return replace(PAPER[slug], derive=None, **changes)


def mutants() -> list[Statement]:
    s, percent = PAPER, sp.Rational(101, 100)
    return [
        broken("moment", rhs=s["moment"].rhs * percent),
        broken("moment-lower", lhs=s["moment-lower"].lhs + tau**2 * sp.Symbol("s", positive=True) ** 2 / 200),
        broken("moment-upper", rhs=s["moment-upper"].rhs - tau**2 * sp.Symbol("s", positive=True) ** 2 / 100),
        broken("excess-least", value=sp.Rational(101, 200)),
        broken("excess-most", value=sp.Rational(99, 100)),
        broken("mills", rhs=s["mills"].rhs / percent),
        broken("linear-moment", rhs=s["linear-moment"].rhs * percent),
        broken("layer-lower", lhs=s["layer-lower"].lhs * (1 + tau**2)),
        broken("layer-upper", rhs=s["layer-upper"].rhs / percent),
        broken("critical-upper", rhs=sp.Rational(99, 100)),
        broken("critical-lower", lhs=sp.sqrt(sp.E), sharp_at=None),  # the printed constant, at finite L
        broken("critical-limit", rhs=sp.Rational(99, 200)),
        broken("bernoulli", lhs=s["bernoulli"].lhs * percent),
        broken("converse", lhs=s["converse"].lhs * percent),
        broken("gradient-block-1", equals=s["gradient-block-1"].equals * percent),
        broken("gradient-last", equals=-s["gradient-last"].equals),
        broken("block-gradient-norm", rhs=s["block-gradient-norm"].rhs * tau),
        broken("vanilla-forward", rhs=s["vanilla-forward"].rhs * percent),
        broken("phase-075", exponent=sp.Rational(-1, 4)),
        broken("vanilla-correlation", exponent=sp.S.NegativeOne, against=()),
        broken("spectral-critical", exponent=sp.Rational(1, 4)),
        broken("block-gradient-depth", exponent=sp.Rational(-1, 4)),
        broken("smoothness-depth", exponent=sp.Rational(1, 2), against=()),
        broken("chernoff-exponent", rhs=s["chernoff-exponent"].rhs * percent),
        broken("converse-exponential", lhs=s["converse-exponential"].lhs * sp.Rational(103, 100)),
        broken("backward-moment", rhs=s["backward-moment"].rhs * percent),
        broken("pl-lower", lhs=s["pl-lower"].lhs * percent),
        broken("pl-upper", rhs=s["pl-upper"].rhs / percent),
    ]


@pytest.mark.parametrize("mutant", mutants(), ids=lambda s: s.slug)
def test_a_broken_statement_is_refuted(mutant: Statement, refutation: Refutation) -> None:
    result = refutation(mutant)
    assert result.verdict is Verdict.REFUTED, result


@pytest.mark.parametrize(("exponent", "verdict"), [("1/2", Verdict.VERIFIED), ("9/20", Verdict.REFUTED)])
def test_stability_of_tau(exponent: str, verdict: Verdict) -> None:
    # (1 + L^{-0.9}/2)^L passes e at L = 2042 only: far beyond the first integers
    growth = (1 + L ** (-2 * sp.Rational(exponent)) / 2) ** L
    claim = Bound("stable", growth, sp.E, on={L: sp.S.Naturals}, paper="mine")
    assert check(claim, Options(seed=3), ()).verdict is verdict


@pytest.mark.parametrize("slug", SLUGS)
def test_every_statement_prints(slug: str) -> None:
    printed = statement_latex(PAPER[slug], PAPER)
    assert printed.count("{") == printed.count("}")
    assert r"\texttt{U+" not in printed
    assert "MeasuredQuantity" not in formula(PAPER[slug])


def test_the_simulation_agrees_with_the_full_network() -> None:
    """Conditionally on h the vector W h is Gaussian: both ways have the same mean growth."""
    g = torch.Generator().manual_seed(3)
    blocks, m, trials, step = 12, 32, 4000, 0.5
    drawn = log_growth([step], blocks, m, trials, g)[0].exp()
    nets = networks([step] * trials, 4, m, blocks, g)
    x = torch.nn.functional.normalize(torch.randn(1, 4, generator=g, dtype=torch.float64))
    hidden = forward(nets, x).hidden
    full = (hidden[blocks].square().sum(-1) / hidden[0].square().sum(-1))[:, 0]
    spread = float((drawn.var() / trials + full.var() / trials).sqrt())
    assert abs(float(drawn.mean() - full.mean())) < 6 * spread  # 2e-9


def test_networks_of_every_depth_share_their_outer_layers() -> None:
    # the exponents in L are of pairs: drawn apart, 12 networks leave ±0.15 for λ_max(G(0)) ∝ L⁰, and no verdict
    shallow, deep = (networks([1.0] * 2, 3, 4, blocks, torch.Generator().manual_seed(5)) for blocks in (2, 7))
    for one, other in ((shallow.A, deep.A), (shallow.last, deep.last), (shallow.b, deep.b)):
        assert torch.equal(one, other)


def test_products_are_directional_derivatives() -> None:
    g = torch.Generator().manual_seed(6)
    nets = networks([0.3] * 3, 4, 5, 6, g)
    x = torch.randn(1, 4, generator=g, dtype=torch.float64)
    v = torch.randn(3, 5, generator=g, dtype=torch.float64)

    def blocks(h: torch.Tensor) -> torch.Tensor:
        found = []
        for W in nets.blocks:
            h = (h + nets.tau[:, None] * torch.einsum("rij,rj->ri", W, h)).relu()
            found.append(h)
        return torch.stack(found)

    _, moved = torch.func.jvp(blocks, (forward(nets, x).hidden[0][:, 0],), (v,))
    assert torch.allclose(torch.stack(_products(nets, x, v[..., None])), moved.square().sum(-1), rtol=1e-12, atol=0)


def test_mirrored_trials_cancel_the_first_order() -> None:
    g = torch.Generator().manual_seed(4)
    plain = log_growth([0.02], 16, 256, 64, g)[0]
    both = log_growth([0.02], 16, 256, 64, g, mirrored=True)[0].reshape(2, 32).mean(0)
    assert both.std() < plain.std() / 10
    with pytest.raises(ValueError, match="pairs"):
        log_growth([0.1], 2, 4, 3, g, mirrored=True)
    with pytest.raises(ValueError, match="at least 1"):
        log_growth([0.1], 0, 4, 3, g)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    "device",
    ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU"))],
)
def test_blocks_drawn_ahead_are_taken_one_by_one(device: str, mirrored: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Growth of three networks against a loop over blocks, fewer of them left at the end than are drawn ahead."""
    m, blocks, tau, at_once = 64, 24, 0.3, 7
    monkeypatch.setattr("numerics.stability.ahead", lambda networks, width, draws: at_once)

    def streams() -> list[torch.Generator]:
        return [torch.Generator(device).manual_seed(seed) for seed in range(3)]

    signs = [1.0, -1.0] if mirrored else [1.0]
    expected = []
    for sign in signs:
        for g in streams():
            h = torch.empty(m, dtype=torch.float64, device=device).normal_(generator=g).relu()
            h = h / h.square().mean().sqrt()
            for done in range(0, blocks, at_once):
                noise = torch.empty(min(at_once, blocks - done), m, dtype=torch.float64, device=device)
                for w in noise.normal_(generator=g):
                    h = (h + sign * tau * h.square().mean().sqrt() * w).relu()
            expected.append(float(h.square().mean().log()))
    found = log_growth([tau], blocks, m, 3 * len(signs), streams(), mirrored=mirrored)[0]
    assert found.cpu().tolist() == pytest.approx(expected, rel=1e-12)
    coarse = log_growth([tau], blocks, m, 3 * len(signs), streams(), mirrored=mirrored, precision=PRECISIONS["float32"])
    assert coarse.isfinite().all()
    assert coarse.shape == (1, 3 * len(signs))


def test_no_depth_overflows() -> None:
    g = torch.Generator().manual_seed(5)
    found = phase_diagram([0.0, 0.5], [4096], 16, 4, g)
    assert np.isfinite(found.mean).all()
    assert found.mean[0, 0] > 1000 > 10 > found.mean[1, 0]


def test_descent_is_that_of_autograd() -> None:
    g = torch.Generator().manual_seed(6)
    nets = networks([0.3, 0.5], 3, 6, 4, g)
    x, y = (torch.randn(5, k, generator=g, dtype=torch.float64).squeeze(-1) for k in (3, 1))
    leaves = [w.detach().clone().requires_grad_(True) for w in (nets.A, nets.blocks, nets.last, nets.b)]
    again = replace(nets, A=leaves[0], blocks=leaves[1], last=leaves[2], b=leaves[3])
    f = forward(again, x).f
    gradients = torch.autograd.grad((0.5 * (f - y) ** 2).sum(), leaves)
    jacobian = [torch.autograd.grad(forward(again, x).f[0, i], leaves) for i in range(5)]
    rows = torch.stack([torch.cat([part[0].reshape(-1) if k != 1 else part[:, 0].reshape(-1)
                                   for k, part in enumerate(j)]) for j in jacobian])  # fmt: skip
    assert torch.allclose(rows @ rows.T, gram(nets, x)[0])
    norms = block_gradient_norms(nets, x)
    assert torch.allclose(norms[2, 0, 1], jacobian[1][1][2, 0].norm())
    eta = torch.tensor([0.01, 0.01], dtype=torch.float64)
    before = [w.clone() for w in (nets.A, nets.blocks, nets.last, nets.b)]
    losses = list(descend(nets, x, y, eta, 1))
    assert torch.allclose(losses[0], (0.5 * (f - y) ** 2).sum(-1))
    for w, old, gradient in zip((nets.A, nets.blocks, nets.last, nets.b), before, gradients, strict=True):
        assert torch.allclose(w, old - 0.01 * gradient)


def test_pictures_are_drawn_from_evidence(tmp_path: Path, library: Library) -> None:
    result = library("zhang2019.phase-critical")
    assert {p.name for p in draw([result], tmp_path)} == {"zhang2019-phase.png"}

"""li2020nth: kernels against Hessians and differences, readings that can fail, false twins, refused models."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sympy import Range, oo, sqrt, tanh
from torch import Tensor, nn

from checks.api import check
from checks.context import Context, Options
from checks.papers import readings_of
from checks.papers.li2020nth import training
from checks.readings import Scaled
from checks.running.runner import check as check_one
from checks.verdicts import Verdict
from derivations import Bound, Identity, Paper, RealMatrices
from derivations.activations import X
from derivations.papers import paper
from derivations.papers.li2020nth import depth, linear, widths
from derivations.papers.li2020nth import notation as h
from derivations.statements import Rate, Statement
from numerics.gram import ModelError, layer_grams
from numerics.models import li2020nth
from numerics.models.du2018 import FullyConnected, ResNet
from numerics.models.li2020nth import (
    Nets,
    closed_k3,
    closed_k3_of_nets,
    flow,
    layer_traces,
    predicted_drift,
    start,
    truncated,
)
from numerics.networks.tangent_hierarchy import tangent_kernels

HOME = paper("li2020nth")


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_at_least_22_statements_and_none_is_bookkeeping() -> None:
    assert len(HOME.statements) >= 60
    assert not [s.slug for s in HOME.statements if s.mark]


def _by_hessians(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """K², K³, K⁴ from whole gradients, Hessians and third derivatives of each output."""
    names = [k for k, _ in model.named_parameters()]
    shapes = [p.shape for p in model.parameters()]
    flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])

    def outputs(theta: Tensor) -> Tensor:
        parts = theta.split([s.numel() for s in shapes])
        given = {k: p.reshape(s) for k, p, s in zip(names, parts, shapes, strict=True)}
        found: Tensor = torch.func.functional_call(model, given, (x,)).reshape(-1)
        return found

    J = torch.autograd.functional.jacobian(outputs, flat)

    def second(theta: Tensor) -> Tensor:
        found: Tensor = torch.func.jacrev(torch.func.jacrev(outputs))(theta)
        return found

    H, T = second(flat), torch.func.jacrev(second)(flat)
    K3 = torch.einsum("apq,bq,cp->abc", H, J, J) + torch.einsum("bpq,aq,cp->abc", H, J, J)
    # K⁴ = ∇(H_a[g_b, g_c] + H_b[g_a, g_c])·g_d
    parts = [
        torch.einsum("apqs,bq,cp,ds->abcd", T, J, J, J),
        torch.einsum("apq,bqs,cp,ds->abcd", H, H, J, J),
        torch.einsum("apq,bq,cps,ds->abcd", H, J, H, J),
    ]
    half = sum(parts)
    assert isinstance(half, Tensor)
    return J @ J.T, K3, half + half.transpose(0, 1)


@pytest.mark.parametrize("kind", ["fc", "resnet", "users"])
def test_kernels_from_whole_hessians(kind: str) -> None:
    g = generator(3)
    x = torch.randn(3, 2, generator=g, dtype=torch.float64)
    torch.manual_seed(0)
    model: nn.Module = {
        "fc": lambda: FullyConnected(2, 3, 2, tanh(X), g),
        "resnet": lambda: ResNet(2, 3, 3, tanh(X), g),
        "users": lambda: nn.Sequential(nn.Linear(2, 4), nn.Softplus(), nn.Linear(4, 1)).double(),
    }[kind]()
    for ours, theirs in zip(tangent_kernels(model, x, 4), _by_hessians(model, x), strict=True):
        assert ours.shape == theirs.shape
        assert float((ours - theirs).abs().max()) < 1e-10 * (1 + float(theirs.abs().max()))
    if kind != "users":
        assert torch.allclose(closed_k3(model, x), tangent_kernels(model, x, 3)[1], rtol=1e-12, atol=1e-13)  # type: ignore[arg-type]


@pytest.mark.parametrize(("skip", "layers"), [(True, 1), (True, 4), (False, 3)])
def test_tangent_passes_of_many_nets_are_their_kernels(skip: bool, layers: int) -> None:
    """An activation that is neither odd nor even, so that no term vanishes."""
    x = torch.randn(3, 2, generator=generator(4), dtype=torch.float64)
    nets = Nets(x, 0.7, 0.4, nn.functional.softplus, skip)
    at = start(5, 2, 3, layers, generator(6))
    ours, theirs = closed_k3_of_nets(nets, at), nets.kernels(at, 3)[1]
    assert ours.shape == theirs.shape == (5, 3, 3, 3)
    assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_parts_of_layers_are_those_of_the_module() -> None:
    """Residual nets as torch modules with the same weights, by their Gram matrices; each net has its own inputs."""
    depth, m = 3, 5
    made = [ResNet(2, m, depth, tanh(X), generator(i), 0.7) for i in range(4)]
    x = torch.randn(4, 3, 2, generator=generator(9), dtype=torch.float64)
    at = {f"W{i:03d}": torch.stack([net.layers[i].weight.detach() for net in made]) for i in range(depth)}  # type: ignore[misc]
    at["a"] = torch.stack([net.output.weight[0].detach() for net in made])
    nets = Nets(x, training.C_SIGMA**0.5 / m**0.5, 0.7 / (depth * m**0.5))
    found = layer_traces(nets, at)
    for i, net in enumerate(made):
        grams = [float(G.trace()) for G in layer_grams(net, x[i]).values()]
        assert found[i].tolist() == pytest.approx(grams, rel=1e-12)


def test_kernels_by_differences_along_gradients() -> None:
    net, x = ResNet(3, 5, 3, tanh(X), generator(5)), torch.eye(3, dtype=torch.float64)
    K2, K3, K4 = tangent_kernels(net, x, 4)
    weights, step = list(net.parameters()), 1e-4
    for z in range(3):
        slopes = torch.autograd.grad(net(x)[z], weights)

        def at(t: float, slopes: Any = slopes) -> tuple[Tensor, ...]:
            with torch.no_grad():
                for p, s in zip(weights, slopes, strict=True):
                    p.add_(t * s)
            found = tangent_kernels(net, x, 3)
            with torch.no_grad():
                for p, s in zip(weights, slopes, strict=True):
                    p.sub_(t * s)
            return found

        for after, before, known in zip(at(step), at(-step), (K3[..., z], K4[..., z]), strict=True):
            assert torch.allclose((after - before) / (2 * step), known, rtol=1e-6, atol=1e-6)
    assert torch.allclose(K2, K2.T)


def test_layers_that_torch_differentiates_wrongly_are_refused_or_right() -> None:
    """nn.LayerNorm in forward mode twice gives another K³ than its Hessians, in torch 2: it must not be returned."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 1)).double()
    x = torch.randn(3, 2, generator=generator(3), dtype=torch.float64)
    said = ""
    try:
        found = tangent_kernels(model, x, 3)
    except ModelError as error:
        said = str(error)
    if said:
        assert "elementary operations" in said
    else:
        assert torch.allclose(found[1], _by_hessians(model, x)[1], rtol=1e-9, atol=1e-9)


def test_frozen_parameters_do_not_count_and_the_model_is_left_alone() -> None:
    net, x = ResNet(3, 5, 2, tanh(X), generator(5)), torch.eye(3, dtype=torch.float64)
    whole = tangent_kernels(net, x, 2)[0]
    net.output.weight.requires_grad_(False)
    before = {k: p.clone() for k, p in net.state_dict().items()}
    part = tangent_kernels(net, x, 2)[0]
    last = net.features(x)[-1].detach()
    assert torch.allclose(whole - part, last @ last.T)
    assert all(torch.equal(before[k], p) for k, p in net.state_dict().items())
    assert not net.output.weight.requires_grad
    assert net.layers[0].weight.requires_grad


@pytest.mark.parametrize(
    ("model", "inputs", "order", "words"),
    [
        (nn.Linear(2, 3), torch.ones(4, 2), 3, "outputs of shape"),
        (nn.Linear(2, 1), torch.ones(0, 2), 3, "no inputs"),
        (nn.Linear(2, 1), torch.ones(4, 3), 3, "cannot be differentiated"),
        (nn.Linear(2, 1), torch.ones(4, 2), 1, "order"),
        (nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1)), torch.ones(4, 2), 3, "mixes the samples"),
        (nn.Tanh(), torch.ones(4, 1), 3, "no linear or other layer"),
    ],
)
def test_models_without_kernels_are_refused(model: nn.Module, inputs: Tensor, order: int, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        tangent_kernels(model, inputs, order)


def test_the_linear_net_ends_where_it_is_said_to() -> None:
    """f = m^(−1/2)aᵀw by gradient flow of the net itself: k_∞ = √(k_0² + 4(y² − f_0²)/m), and its truncations."""
    m = 6
    nets = Nets(torch.ones(1, 1, dtype=torch.float64), m**-0.5, 0.0, sigma=lambda u: u)
    at = start(4, 1, m, 1, generator(2))
    y = nets(at) + 0.5
    K2, K3, K4 = (k.numpy() for k in nets.kernels(at, 4))
    f = nets(at).numpy()
    assert np.allclose(K3[:, 0, 0], 4 / m * f)
    assert np.allclose(K4[:, 0, 0, 0], 4 / m * K2[:, 0])
    *_, end = flow(nets, at, y, [0.05] * 600)
    k0, kinf = K2[:, 0, 0], nets.kernels(end, 2)[0].numpy()[:, 0, 0]
    assert np.allclose(kinf, np.sqrt(k0**2 + 4 * (y.numpy()[:, 0] ** 2 - f[:, 0] ** 2) / m), rtol=1e-6)
    *_, (_, third) = truncated(f, [K2, K3], y.numpy(), [0.05] * 600)
    assert np.allclose(kinf**2 - third[:, 0, 0] ** 2, 4 * 0.5**2 / m, rtol=1e-5)


def test_the_predicted_drift_is_the_second_order_of_the_hierarchy() -> None:
    """K³ and K⁴ scaled by ε: the hierarchy frozen at K⁴ drifts as predicted, up to ε²."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((3, 3))
    K2, K3, K4 = A @ A.T + np.eye(3), rng.standard_normal((3, 3, 3)), rng.standard_normal((3, 3, 3, 3))
    K3, K4 = K3 + K3.swapaxes(0, 1), K4 + K4.swapaxes(0, 1)
    r = rng.standard_normal(3)
    misses = []
    for e in (1e-3, 5e-4):
        *_, (_, last) = truncated(r[None], [K2[None], e * K3[None], e * K4[None]], np.zeros(3), [0.1] * 600)
        misses.append(np.abs(last[0] - K2 - sum(predicted_drift(K2, e * K3, e * K4, r))).max())
    assert 3 < misses[0] / misses[1] < 5


FALSE: list[Statement] = [
    Identity("symmetric", h.kernel(h.f_a, h.f_b, h.f_c), h.kernel(h.f_a, h.f_c, h.f_b), title="twin a",
             on={h.f_b.A: RealMatrices(), h.f_c.A: RealMatrices()}),
    Identity("k3-root", linear.D(linear.D(h.LINEAR)), 4 / sqrt(h.m) * h.LINEAR, title="twin b"),
    Identity("k4-none", linear.D(linear.D(linear.D(h.LINEAR))), 0,
             on={h.a: RealMatrices(), h.w: RealMatrices(), h.m: Range(1, oo)}, title="twin c, without its mean"),
    Identity("third-exact", linear.FINAL, linear.THIRD, where=linear.reachable, title="twin d"),
    Identity("equal-layers", depth.share(depth.c**2 / h.L), h.L / (h.L + 2),
             on={depth.c: (0, 1)}, title="twin e"),
    Bound("too-narrow", widths.moved(widths.C / sqrt(h.m)), widths.lam / 2,
          where=h.m >= 15 * widths.C**2 * widths.rms**2 * h.n**4 / widths.lam**4, title="15 in the place of 16"),
]  # fmt: skip


@pytest.mark.parametrize("statement", FALSE, ids=lambda s: s.slug)
def test_a_false_twin_is_refuted(statement: Statement) -> None:
    home = Paper("t", title="t", authors="t", reference="t", statements=(statement,))
    assert check(home.statements[0]).verdict is Verdict.REFUTED


def test_a_reading_fails_when_the_net_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.papers import li2020nth as readings

    def louder(*given: Any) -> tuple[Tensor, ...]:
        return tuple(1.01 * K for K in tangent_kernels(*given))

    monkeypatch.setattr(readings, "tangent_kernels", louder)
    found = check_one(HOME["k3-closed"], Options(methods=("trajectory",)), readings_of("li2020nth", "k3-closed"))
    assert found.evidence[0].verdict is Verdict.REFUTED


# An implementation of K³ of its own: jacobians assembled by hand in NumPy


def _gradient_by_hand(net: FullyConnected | ResNet, weights: list[Any], x: Any) -> Any:
    """∇f(x) in all weights, as one vector: signals go back through the layers, and gradients are outer products."""
    skip = isinstance(net, ResNet)
    *layers, a = weights
    z, inside = [x], []
    for i, W in enumerate(layers):
        s = net.step if skip and i else net.scale
        inside.append(W @ z[-1])
        z.append((z[-1] if skip and i else 0) + s * np.tanh(inside[-1]))
    b, parts = a[0], [z[-1]]
    for i in reversed(range(len(layers))):
        s = net.step if skip and i else net.scale
        delta = s * b / np.cosh(inside[i]) ** 2
        parts.insert(0, np.outer(delta, z[i]).ravel())
        b = (b if skip and i else 0) + layers[i].T @ delta
    return np.concatenate(parts)


@pytest.mark.parametrize(("kind", "depth"), [("fc", 1), ("fc", 3), ("resnet", 2), ("resnet", 3)])
def test_k3_by_jacobians_in_numpy(kind: str, depth: int) -> None:
    """K³(a, b; c) = d/dt ⟨∇f(x_a), ∇f(x_b)⟩ along ∇f(x_c), by central differences of sixth order."""
    make = FullyConnected if kind == "fc" else ResNet
    net = make(3, 4, depth, tanh(X), generator(11))
    x = torch.randn(3, 3, generator=generator(12), dtype=torch.float64)
    weights = [p.detach().numpy() for p in net.parameters()]
    at = np.concatenate([w.ravel() for w in weights])

    def K2(theta: Any) -> Any:
        cuts = np.cumsum([w.size for w in weights])[:-1]
        given = [t.reshape(w.shape) for t, w in zip(np.split(theta, cuts), weights, strict=True)]
        g = np.array([_gradient_by_hand(net, given, point.numpy()) for point in x])
        return g @ g.T

    found = []
    for point in x:
        g, h = _gradient_by_hand(net, weights, point.numpy()), 0.004
        steps = {1: 45, 2: -9, 3: 1}
        found.append(sum(c * (K2(at + k * h * g) - K2(at - k * h * g)) for k, c in steps.items()) / (60 * h))
    ours_2, ours = tangent_kernels(net, x, 3)
    assert np.abs(ours_2.numpy() - K2(at)).max() < 1e-12 * np.abs(K2(at)).max()
    K3 = np.stack(found, -1)
    assert np.abs(ours.numpy() - K3).max() < 1e-10 * np.abs(K3).max()


# Every measured statement can fail


def _rate(slug: str, exponent: Any) -> Verdict:
    """The verdict where the quantity has another exponent in the place of the stated one, with the same scatter."""
    stated: Any = HOME[slug]
    reading = readings_of("li2020nth", slug)[0]

    def other(context: Context) -> Any:
        size = np.repeat(SIZES, 24)
        scatter = context.rng(slug).normal(0, 0.3, len(size))
        return Scaled(size, 3 * size ** float(exponent) * np.exp(scatter), drift=0.05)

    found = check_one(stated, Options(methods=("scaling",)), (replace(reading, measure=other),))
    return found.evidence[0].verdict


FAILED = (Verdict.REFUTED, Verdict.UNDECIDED)
SIZES = np.array([16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
RATES = [s.slug for s in HOME.statements if isinstance(s, Rate)]


@pytest.mark.parametrize("slug", RATES)
def test_a_rate_is_told_from_no_effect_from_its_rivals_and_from_noise(slug: str) -> None:
    stated: Any = HOME[slug]
    assert len(RATES) == 10
    assert _rate(slug, stated.exponent) is Verdict.VERIFIED
    for rival in {0, *stated.against} - {stated.exponent}:
        assert _rate(slug, rival) is Verdict.REFUTED
    reading = readings_of("li2020nth", slug)[0]

    def noise(context: Context) -> Scaled:
        return Scaled(np.repeat(SIZES, 4), np.exp(context.rng(slug).normal(0, 4, 4 * len(SIZES))))

    found = check_one(stated, Options(methods=("scaling",)), (replace(reading, measure=noise),))
    assert found.evidence[0].verdict in FAILED


def test_the_flow_is_told_from_one_percent_off(monkeypatch: pytest.MonkeyPatch) -> None:
    right = li2020nth.speeds
    for factor, said in (
        (1.0, Verdict.VERIFIED),
        (1.01, Verdict.REFUTED),
        (0.99, Verdict.REFUTED),
        (0, Verdict.REFUTED),
    ):
        monkeypatch.setattr(training, "speeds", lambda *given, c=factor: [c * s for s in right(*given)])
        assert training_verdict("flow-deep") is said


def training_verdict(slug: str) -> Verdict:
    return check_one(HOME[slug], Options(methods=("trajectory",)), readings_of("li2020nth", slug)).evidence[0].verdict


def test_drifts_and_truncations_fail_where_a_kernel_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without K⁴ the error of what claims m^(−2) falls like 1/m, and in residual nets nothing is gained by it."""
    whole = predicted_drift

    def without(*given: Any, **named: Any) -> Any:
        first, second = whole(*given, **named)
        return first, 0 * second

    monkeypatch.setattr(training, "predicted_drift", without)
    for name, small in (("RUNS", 8), ("SIZES", (32, 64, 128, 256)), ("DEEP_RUNS", 8), ("DEEP_WIDTH", 32)):
        monkeypatch.setattr(training, name, small)
    training.ends.cache_clear()
    for slug, method in (("drift-by-both", "scaling"), ("drift-residual", "trajectory")):
        found = check_one(HOME[slug], Options(methods=(method,)), readings_of("li2020nth", slug))
        assert found.evidence[0].verdict in FAILED, slug
    training.ends.cache_clear()


@pytest.mark.parametrize(("slug", "instead"), [("k3-depth-fc", "resnet"), ("k3-depth-resnet", "fc")])
def test_growth_with_depth_is_told_from_none(slug: str, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nets of the other kind."""
    from checks.papers import li2020nth as readings

    right = readings._nets
    monkeypatch.setattr(readings, "NETS", 24)
    monkeypatch.setattr(readings, "_nets", lambda kind, *given: right(instead, *given))
    readings._deep.cache_clear()
    assert training_verdict(slug) in FAILED
    readings._deep.cache_clear()

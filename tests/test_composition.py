"""The calculus of bounds: never below what is measured, and clear about what it cannot read."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev

from derivations import composition as calculus
from derivations.composition import CompositionError, Layer, chain, smoothness
from numerics.chains import UnknownLayer, bounds_of
from numerics.curvature import kept_statistics
from numerics.layers import NormalisedLinear, Residual

WIDTH = 3


def linear(g: torch.Generator) -> nn.Module:
    return nn.Linear(WIDTH, WIDTH)


def residual(body: nn.Module, g: torch.Generator, shortcut: nn.Module | None = None) -> nn.Module:
    return Residual(body, float(torch.rand((), generator=g)) + 0.2, shortcut)


LAYERS = {
    "linear": linear,
    "linear without bias": lambda g: nn.Linear(WIDTH, WIDTH, bias=False),
    "entry": lambda g: NormalisedLinear(WIDTH, WIDTH, 0.4, "entry", generator=g),
    "row": lambda g: NormalisedLinear(WIDTH, WIDTH, 0.2, "row", bias=True, generator=g),
    "whole": lambda g: NormalisedLinear(WIDTH, WIDTH, 0.7, "whole", generator=g),
    "tanh": lambda g: nn.Tanh(),
    "softplus": lambda g: nn.Softplus(),
    "sigmoid": lambda g: nn.Sigmoid(),
    "silu": lambda g: nn.SiLU(),
    "gelu": lambda g: nn.GELU(),
    "batch": lambda g: nn.BatchNorm1d(WIDTH, eps=0.2),
    "batch without γ": lambda g: nn.BatchNorm1d(WIDTH, eps=0.5, affine=False),
    "layer": lambda g: nn.LayerNorm(WIDTH, eps=0.3),
    "group": lambda g: nn.GroupNorm(1, WIDTH, eps=0.6),
    "residual": lambda g: residual(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()), g),
    "projection": lambda g: residual(NormalisedLinear(WIDTH, WIDTH, 0.3, generator=g), g, nn.Linear(WIDTH, WIDTH)),
    "nested": lambda g: residual(nn.Sequential(residual(nn.Linear(WIDTH, WIDTH), g), nn.SiLU()), g),
}


def filled(model: nn.Module, g: torch.Generator, scale: float) -> nn.Module:
    model = model.double()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(scale * torch.randn(p.shape, generator=g, dtype=torch.float64))
    return model


def measured(model: nn.Module, x: Tensor, y: Tensor, labels: Tensor) -> dict[str, float]:
    """‖F‖, ‖DF‖, a lower bound on ‖D²F‖ and both Hessian norms, with reverse mode alone."""
    parameters = {k: v.detach() for k, v in model.named_parameters()}
    sizes = [v.numel() for v in parameters.values()]

    def outputs(flat: Tensor) -> Tensor:
        parts = zip(parameters.items(), torch.split(flat, sizes), strict=True)
        return functional_call(model, {k: part.reshape(v.shape) for (k, v), part in parts}, (x,))

    def square(flat: Tensor) -> Tensor:
        return ((outputs(flat) - y) ** 2).sum() / (2 * len(x))

    def entropy(flat: Tensor) -> Tensor:
        return nn.functional.cross_entropy(outputs(flat), labels)

    at = torch.cat([v.reshape(-1) for v in parameters.values()])
    with kept_statistics(model):
        out = outputs(at)
        first = jacrev(outputs)(at).reshape(-1, len(at))
        g = torch.Generator().manual_seed(0)
        worst = 0.0
        for _ in range(3):
            u = torch.randn(out.shape, generator=g, dtype=torch.float64)
            second = jacrev(grad(lambda v, u=u: (outputs(v) * u / u.norm()).sum()))(at)
            worst = max(worst, float(torch.linalg.matrix_norm(second, 2)))
        hessians = [float(torch.linalg.matrix_norm(jacrev(grad(loss))(at), 2)) for loss in (square, entropy)]
    return {
        "size": float(out.norm()),
        "D": float(torch.linalg.matrix_norm(first, 2)),
        "tt": worst,
        "square": hessians[0],
        "cross-entropy": hessians[1],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=4),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([0.1, 0.7, 3.0]),
    samples=st.integers(2, 5),
)
@example(names=["group"], seed=0, scale=0.1, samples=3)  # as many samples as channels
def test_bounds_are_never_below_what_is_measured(names: list[str], seed: int, scale: float, samples: int) -> None:
    g = torch.Generator().manual_seed(seed)
    layers = [LAYERS[name](g) for name in names]
    if not any(p.requires_grad for layer in layers for p in layer.parameters()):
        layers.append(nn.Linear(WIDTH, WIDTH))
    model = filled(nn.Sequential(*layers), g, scale)
    x, y = (torch.randn(samples, WIDTH, generator=g, dtype=torch.float64) for _ in range(2))
    labels = torch.randint(0, WIDTH, (samples,), generator=g)
    found = measured(model, x, y, labels)
    slack = 1 + 1e-9
    for cost in ("square", "cross-entropy"):
        bounds = bounds_of(model, x, cost=cost, targets=y)
        assert bounds.smoothness is not None
        assert found[cost] <= slack * bounds.smoothness
    assert found["size"] <= slack * bounds.output
    assert found["D"] <= slack * bounds.lipschitz
    assert found["tt"] <= slack * bounds.second


CONVOLUTIONS = {
    "strided": lambda: nn.Conv2d(1, 2, 3, stride=2, padding=1),
    "dilated and strided": lambda: nn.Conv2d(1, 2, 2, stride=2, dilation=2, padding=2),
    "grouped": lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.Conv2d(2, 4, 3, groups=2, padding=1, bias=False)),
    "circular": lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"),
    "max": lambda: nn.Sequential(nn.Conv2d(1, 2, 2), nn.MaxPool2d(2, stride=1, dilation=2)),
    "mean over the border": lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
    "overlapping means": lambda: nn.Sequential(nn.Conv2d(1, 2, 1), nn.AvgPool2d(3, 1)),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("seed", range(4))
def test_convolutions_and_pooling(name: str, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    model = filled(nn.Sequential(CONVOLUTIONS[name](), nn.Flatten(), nn.Tanh()), g, 0.7)
    # constant images are where neighbouring windows add up
    x = torch.ones(2, 1, 6, 6, dtype=torch.float64) * torch.randn(2, 1, 1, 1, generator=g, dtype=torch.float64)
    at = {k: v.detach() for k, v in model.named_parameters()}
    head = nn.Sequential(*list(model)[:-1])
    bounds = bounds_of(head, x)
    with torch.no_grad():
        assert float(head(x).norm()) <= bounds.output * (1 + 1e-12)
    slope = jacrev(lambda given: functional_call(head, {k: at[k] for k in at}, (given,)))(x).reshape(-1, x.numel())
    assert float(torch.linalg.matrix_norm(slope, 2)) <= float(bounds.totals[-1].J) * (1 + 1e-12)


def test_radius_covers_the_ball() -> None:
    g = torch.Generator().manual_seed(3)
    model = filled(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2)), g, 0.5)
    x, y = torch.randn(4, WIDTH, generator=g, dtype=torch.float64), torch.zeros(4, 2, dtype=torch.float64)
    bounds = bounds_of(model, x, cost="square", targets=y, radius=2.0)
    assert bounds.smoothness is not None
    for _ in range(20):
        moved = copy.deepcopy(model)
        shift = [torch.randn(p.shape, generator=g, dtype=torch.float64) for p in moved.parameters()]
        length = math.sqrt(sum(float((s * s).sum()) for s in shift))
        with torch.no_grad():
            for p, s in zip(moved.parameters(), shift, strict=True):
                p.add_(2 * s / length)
        assert measured(moved, x, y, torch.zeros(4, dtype=torch.long))["square"] <= bounds.smoothness


def test_symbols_and_numbers_agree() -> None:
    g = torch.Generator().manual_seed(4)
    first = NormalisedLinear(WIDTH, WIDTH, 0.3, generator=g)
    model = filled(nn.Sequential(first, nn.Tanh(), nn.Linear(WIDTH, 2)), g, 1.0)
    x = torch.randn(4, WIDTH, generator=g, dtype=torch.float64)
    bounds = bounds_of(model, x)
    r = sp.Symbol("r_0", positive=True)
    known = {**{s: sp.Float(v) for s, v in bounds.values.items()}, r: sp.Float(bounds.size)}
    assert float(bounds.expression.D.xreplace(known)) == pytest.approx(bounds.lipschitz, rel=1e-12)
    assert float(bounds.expression.tt.xreplace(known)) == pytest.approx(bounds.second, rel=1e-12)
    printed = bounds.latex()
    assert printed.count("{") == printed.count("}")
    assert r"\epsilon" in printed


def test_a_layer_of_ones_own() -> None:
    class Doubled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.exp(torch.log(x.abs() + 1) + math.log(2)) - 2

    model = nn.Sequential(nn.Linear(WIDTH, 2, dtype=torch.float64), Doubled())
    x = torch.ones(3, WIDTH, dtype=torch.float64)
    with pytest.raises(UnknownLayer, match=r"1 \(log\): the calculus does not know this function; .* known="):
        bounds_of(model, x)
    found = bounds_of(model, x, known={Doubled: lambda name, module, given, out: calculus.entrywise(name, 2, sp.oo)})
    assert found.lipschitz == pytest.approx(2 * bounds_of(model[:1], x).lipschitz)
    with pytest.raises(UnknownLayer, match=r"LocalResponseNorm\): its constants are not derived; .* known=\{Local"):
        bounds_of(nn.Sequential(nn.LocalResponseNorm(2)), x[:, :, None])


class Mine(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) ** 2


def shared() -> nn.Module:
    activation = nn.Tanh()
    return nn.Sequential(nn.Linear(3, 3), activation, nn.Linear(3, 3), activation)


def tied() -> nn.Module:
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    model[2].weight = model[0].weight
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Sequential(Mine(3, 3)),
        lambda: nn.Sequential(nn.RMSNorm(3)),
        lambda: nn.Sequential(nn.BatchNorm1d(3)).eval(),
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 3))),
        lambda: nn.Sequential(nn.Linear(3, 3), nn.Softplus(beta=2)),
        lambda: nn.Sequential(nn.Linear(3, 3), nn.Hardtanh(0.2, 1.0)),
        shared,
        tied,
        lambda: nn.Sequential(nn.Linear(3, 3), Residual(nn.Sequential(nn.SiLU(inplace=True), nn.Linear(3, 3)))),
    ],
)
def test_models_as_people_write_them(make: Callable[[], nn.Module]) -> None:
    g = torch.Generator().manual_seed(0)
    made = filled(make(), g, 0.7)
    x = torch.randn(4, 3, generator=g, dtype=torch.float64)
    bounds = bounds_of(made, x)
    keys = dict(made.named_parameters())

    def outputs(*values: Tensor) -> Tensor:
        return functional_call(made, dict(zip(keys, values, strict=True)), (x.clone(),)).flatten()

    parts = torch.autograd.functional.jacobian(outputs, tuple(p.detach() for p in keys.values()))
    assert float(torch.linalg.matrix_norm(torch.cat([p.flatten(1) for p in parts], 1), 2)) <= bounds.lipschitz
    assert float(made(x.clone()).detach().norm()) <= bounds.output


def no_epsilon(layer: Any) -> Any:
    layer.eps = 0.0
    return layer


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.Bilinear(3, 3, 2)), "does not take this data"),
        (lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2)), "Dropout"),
        (lambda: nn.Sequential(no_epsilon(nn.LayerNorm(3))), "ε = 0.0"),
        (lambda: nn.Sequential(no_epsilon(NormalisedLinear(3, 3, 0.1))), "ε = 0.0"),
        (lambda: nn.Sequential(nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))), "reparametrised"),
        (lambda: nn.Sequential(nn.Linear(3, 3), nn.Hardshrink()), "jumps"),
        (lambda: torch.jit.script(nn.Sequential(nn.Linear(3, 3))), "scripted"),
    ],
)
def test_models_it_would_misread_are_refused(model: Any, says: str) -> None:
    made = model().double()
    with pytest.raises(CompositionError, match=says):
        bounds_of(made, torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64))


def test_inputs_that_do_not_fit() -> None:
    x = torch.ones(1, 3)
    with pytest.raises(CompositionError, match="more than 1 value per channel"):
        bounds_of(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), x)
    with pytest.raises(CompositionError, match="weight is on meta, the data on cpu"):
        bounds_of(nn.Sequential(nn.Linear(3, 2, device="meta")), x)
    with pytest.raises(CompositionError, match="targets"):
        bounds_of(nn.Linear(3, 2), x, cost="square")
    with pytest.raises(CompositionError, match="two classes"):
        bounds_of(nn.Linear(3, 1), x, cost="cross-entropy")
    with pytest.raises(CompositionError, match="'square', 'cross-entropy'"):
        bounds_of(nn.Linear(3, 2), x, cost="hinge")
    with pytest.raises(CompositionError, match="negative"):
        bounds_of(nn.Linear(3, 2), x, radius=-1.0)
    with pytest.raises(ValueError, match="ε = -1"):
        NormalisedLinear(3, 3, -1.0)


@pytest.mark.parametrize(
    "last", [nn.ReLU(inplace=True), nn.SiLU(inplace=True), nn.Hardtanh(inplace=True), nn.LeakyReLU(inplace=True)]
)
def test_activations_in_place_after_one_that_keeps_its_output(last: nn.Module) -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), last, nn.Linear(3, 2)).double()
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    apart = copy.deepcopy(model)
    apart[2].inplace = False
    assert bounds_of(model, x).lipschitz == bounds_of(apart, x).lipschitz


def test_work_in_place_through_a_view() -> None:
    class Halves(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x[:, 1:].relu_()
            return 2 * x

    with pytest.raises(CompositionError, match="inplace=False"):
        bounds_of(nn.Sequential(nn.Linear(3, 3), Halves()), torch.ones(2, 3))


def test_kinked_layers_have_no_smoothness() -> None:
    bounds = bounds_of(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), torch.ones(2, 3))
    assert np.isfinite(bounds.lipschitz)
    assert bounds.second == np.inf


def test_constants_that_no_layer_can_have() -> None:
    for made in (
        lambda: calculus.normalised_affine("x", sp.Integer(0), 1),
        lambda: calculus.normalisation("x", sp.Rational(-1, 2), 4, 2),
        lambda: calculus.affine("x", -1).bounds(sp.Integer(1)),
        lambda: chain([], 1),
    ):
        with pytest.raises(CompositionError):
            made()


def test_cost_of_the_whole_chain() -> None:
    layer = Layer("one", lambda size: calculus.affine("one", sp.Integer(2)).bounds(size))
    total = chain([layer], sp.Integer(3))[-1]
    bound = smoothness(total, calculus.cross_entropy_cost(5))
    # D = 3, no second derivative: ½/N·D²
    assert bound == sp.Rational(9, 10)

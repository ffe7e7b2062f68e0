"""Bounds of random chains against dense Jacobians and Hessians: each holds, or is refused in one line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from derivations import composition as calculus
from derivations.composition import CompositionError
from numerics.chains import bounds_of
from numerics.convolution_spectra import dense, extreme_singular_values
from numerics.layers import Residual
from numerics.networks.unchanged import kept_statistics

F64 = torch.float64


def convolution(rng: np.random.Generator, channels: int) -> nn.Module:
    kernel = int(rng.integers(1, 5))
    groups = int(rng.choice([1, channels]))
    mode = str(rng.choice(["zeros", "circular", "reflect", "replicate"]))
    same = bool(rng.random() < 0.2)
    dilation = int(rng.integers(1, 3))
    return nn.Conv2d(
        channels,
        channels,
        (kernel, int(rng.integers(1, 4))),
        stride=1 if same else (int(rng.integers(1, 4)), 1),
        padding="same" if same else (int(rng.integers(0, 4)), int(rng.integers(0, 3))),
        dilation=(dilation, 1),
        groups=groups,
        bias=bool(rng.random() < 0.5),
        padding_mode=mode,
    )


LAYERS: dict[str, Callable[[np.random.Generator, int], nn.Module]] = {
    "convolution": convolution,
    "convolution again": convolution,
    "mean": lambda rng, c: nn.AvgPool2d(
        int(rng.integers(2, 4)),
        int(rng.integers(1, 3)),
        int(rng.integers(0, 2)),
        ceil_mode=bool(rng.random() < 0.5),
        count_include_pad=bool(rng.random() < 0.5),
    ),
    "max": lambda rng, c: nn.MaxPool2d(2, int(rng.integers(1, 3)), int(rng.integers(0, 2)), int(rng.integers(1, 3))),
    "tanh": lambda rng, c: nn.Tanh(),
    "relu": lambda rng, c: nn.ReLU(inplace=True),
    "leaky": lambda rng, c: nn.LeakyReLU(2.0),
    "group": lambda rng, c: nn.GroupNorm(1, c, eps=0.3),
    "batch": lambda rng, c: nn.BatchNorm2d(c, eps=0.3),
    "instance": lambda rng, c: nn.InstanceNorm2d(c, eps=0.3, affine=True, track_running_stats=True),
    "residual": lambda rng, c: Residual(nn.Sequential(nn.Conv2d(c, c, 3, padding=1, padding_mode="circular"))),
    "dropout": lambda rng, c: nn.Dropout(0.5).eval(),
    "adaptive": lambda rng, c: nn.AdaptiveAvgPool2d(2),
}


def tried(seed: int) -> str:
    """'holds' or 'refused: …'; an AssertionError where a bound is too small or the model was changed."""
    rng = np.random.default_rng(seed)
    g = torch.Generator().manual_seed(seed)
    names = [str(n) for n in rng.choice(sorted(LAYERS), size=rng.integers(1, 4))]
    model = nn.Sequential(*(LAYERS[n](rng, 2) for n in names), nn.Conv2d(2, 2, 1), nn.Flatten()).double()
    with torch.no_grad():
        for p in model.parameters():
            # kernels of one sign are where windows add up
            p.copy_(torch.randn(p.shape, generator=g, dtype=F64).abs() if seed % 2 else torch.ones_like(p))
    x = torch.randn(2, 2, int(rng.integers(3, 6)), 4, generator=g, dtype=F64)
    before = [t.clone() for t in (*model.parameters(), *model.buffers(), torch.get_rng_state())]
    try:
        bounds = bounds_of(model, x)
    except CompositionError as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert "misreads" not in str(error), (seed, names, error)  # noqa: PT017
        return f"refused: {error}"
    finally:
        after = (*model.parameters(), *model.buffers(), torch.get_rng_state())
        assert all(map(torch.equal, before, after)), (seed, names)
    with kept_statistics(model):
        for at in (x, torch.ones_like(x), 3 * torch.randn(x.shape, generator=g, dtype=F64)):
            total = bounds if at is x else bounds_of(model, at)
            slope = torch.autograd.functional.jacobian(lambda v: model(v.clone()), at).flatten(2).flatten(0, 1)
            J = float(torch.linalg.matrix_norm(slope, 2))
            assert float(total.totals[-1].J) * (1 + 1e-9) >= J, (seed, names, J)
            given = {k: v.detach() for k, v in model.named_parameters()}

            def of(*values: Tensor, at: Tensor = at, given: dict[str, Tensor] = given) -> Tensor:
                return functional_call(model, dict(zip(given, values, strict=True)), (at.clone(),)).flatten()

            parts = torch.autograd.functional.jacobian(of, tuple(given.values()))
            D = float(torch.linalg.matrix_norm(torch.cat([p.flatten(1) for p in parts], 1), 2))
            assert total.lipschitz * (1 + 1e-9) >= D, (seed, names, D)
            with torch.no_grad():
                assert float(model(at.clone()).norm()) <= total.output * (1 + 1e-9), (seed, names)
    return "holds"


def test_each_bound_holds_or_is_refused() -> None:
    seen = [tried(seed) for seed in range(8)]
    unforeseen = [s for s in seen if s != "holds" and "does not take this data" not in s and "several sizes" not in s]
    assert not unforeseen


@pytest.mark.parametrize(("padding", "stride", "length", "norm"), [(3, 1, 3, 21**0.5), (1, 3, 4, 5**0.5)])
def test_circular_padding_that_meets_an_entry_more_often(padding: int, stride: int, length: int, norm: float) -> None:
    made = nn.Conv1d(1, 1, 3, stride, padding, padding_mode="circular", bias=False, dtype=F64)
    nn.init.ones_(made.weight)
    assert np.linalg.norm(dense(made, (length,)), 2) == pytest.approx(norm)
    assert float(bounds_of(nn.Sequential(made), torch.ones(2, 1, length, dtype=F64)).totals[-1].J) >= norm * (1 - 1e-9)


def test_an_adversary_meets_constants_that_are_too_small() -> None:
    class Doubled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * x

    model = nn.Sequential(nn.Linear(3, 2, dtype=F64), Doubled())
    with pytest.raises(CompositionError, match=r"1 \(Doubled\): .* reaches .* above its bound"):
        bounds_of(
            model,
            torch.ones(3, 3, dtype=F64),
            known={Doubled: lambda name, module, given, out: calculus.linear(name, 1)},
        )


@pytest.mark.parametrize(
    ("spoil", "x", "says"),
    [
        (float("nan"), torch.ones(2, 3), "weight has NaN or infinity"),
        (1.0, torch.full((2, 3), float("nan")), "the data has NaN"),
        (1.0, torch.ones(0, 3), "empty"),
    ],
)
def test_numbers_that_are_none(spoil: float, x: Tensor, says: str) -> None:
    model = nn.Sequential(nn.Linear(3, 2))
    nn.init.constant_(model[0].weight, spoil)
    with pytest.raises(CompositionError, match=says):
        bounds_of(model, x)


def test_models_that_return_several_tensors() -> None:
    both, x = nn.LSTM(3, 2, dtype=F64), torch.ones(2, 3, dtype=F64)
    out, (h, c) = both(x)
    assert float(torch.cat([t.flatten() for t in (out, h, c)]).norm()) <= bounds_of(both, x).output


def test_hooks() -> None:
    model, x = nn.Sequential(nn.Linear(3, 2)), torch.ones(2, 3)
    plain = bounds_of(model, x)
    hook = model.register_forward_hook(lambda module, given, out: 3 * out)
    assert bounds_of(model, x).lipschitz == pytest.approx(3 * plain.lipschitz)
    hook.remove()
    model[0].register_forward_hook(lambda module, given, out: 3 * out)
    with pytest.raises(CompositionError, match="has hooks"):
        bounds_of(model, x)


def test_a_zero_kernel_and_one_that_is_none() -> None:
    made = nn.Conv2d(2, 3, 3, padding=1, dtype=F64)
    nn.init.zeros_(made.weight)
    for which in ("largest", "smallest"):
        assert extreme_singular_values(made, (8, 8), 2, which).tolist() == [0.0, 0.0]
    nn.init.constant_(made.weight, float("nan"))
    with pytest.raises(ValueError, match="NaN"):
        extreme_singular_values(made, (8, 8), 2)


if __name__ == "__main__":
    import sys
    from collections import Counter

    counts: Counter[str] = Counter()
    for k in range(int(sys.argv[1]), int(sys.argv[2])):
        try:
            counts[tried(k)[:60]] += 1
        except Exception as problem:
            counts["WRONG"] += 1
            print(k, type(problem).__name__, str(problem)[:200], flush=True)
    print(counts)

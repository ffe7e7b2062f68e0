"""Empirical Gram matrices by layers against Jacobians, gradient descent by layers against autograd, and data."""

import numpy as np
import pytest
import torch
from torch import nn

from numerics.data import DataError, at_angles, dataset, digits, equal_angles, load, sphere
from numerics.gram import ModelError, jacobian_gram, layer_grams, total_gram
from numerics.models.du2018 import ConvResNet, FullyConnected, ResNet, generator
from numerics.models.du2018_descent import descend, descend_by_autograd


def agree(net: nn.Module, inputs: torch.Tensor, chunk: int | None = None) -> None:
    ours, theirs = layer_grams(net, inputs, chunk=chunk), jacobian_gram(net, inputs)
    for name, gram in ours.items():
        exact = sum(g for k, g in theirs.items() if k.rsplit(".", 1)[0] == name)
        assert torch.allclose(gram, exact, rtol=1e-12, atol=1e-12 * float(exact.abs().max()))
    assert torch.allclose(total_gram(ours), torch.stack(list(theirs.values())).sum(0))


@pytest.mark.parametrize("chunk", [None, 3])
def test_layers_against_jacobians(chunk: int | None) -> None:
    gen = generator(0)
    x = torch.randn(8, 5, generator=gen, dtype=torch.float64)
    for net in (FullyConnected(5, 16, 3, "softplus", gen), ResNet(5, 16, 3, "tanh", gen), ResNet(5, 4, 1, "erf", gen)):
        agree(net, x, chunk)
    agree(
        ConvResNet(3, (4, 5), 6, 3, "softplus", gen), torch.randn(6, 3, 4, 5, generator=gen, dtype=torch.float64), chunk
    )
    agree(ConvResNet(2, (7,), 6, 2, "gelu", gen), torch.randn(6, 2, 7, generator=gen, dtype=torch.float64), chunk)


def test_any_model_of_linear_and_convolution_layers() -> None:
    gen = generator(1)
    net = nn.Sequential(
        nn.Conv1d(3, 4, 3, stride=2, padding=1), nn.Tanh(), nn.Conv1d(4, 5, 2, dilation=2, padding="same"),
        nn.Flatten(), nn.Linear(15, 6), nn.ReLU(), nn.Linear(6, 1),
    ).double()  # fmt: skip
    agree(net, torch.randn(5, 3, 6, generator=gen, dtype=torch.float64))

    class Shared(nn.Module):
        """One layer used twice, over several positions."""

        def __init__(self) -> None:
            super().__init__()
            self.inner, self.out = nn.Linear(4, 4).double(), nn.Linear(4, 1).double()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(torch.tanh(self.inner(torch.tanh(self.inner(x))))).sum((1, 2))

    agree(Shared(), torch.randn(5, 3, 4, generator=gen, dtype=torch.float64))
    many = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()
    x = torch.randn(5, 4, generator=gen, dtype=torch.float64)
    one = layer_grams(many, x, function=lambda out: out[:, 1])
    assert one["0"].shape == (5, 5)
    flags = [p.requires_grad for p in many.parameters()]
    assert all(flags)  # left as they were


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).double(), "eval"),
        (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False)).double().eval(), "no running"),
        (nn.ParameterList([torch.ones(2, dtype=torch.complex128)]), "complex: give real"),
        (nn.Sequential(nn.LazyLinear(1)), "not initialised"),
        (nn.Sequential(nn.Linear(5, 1)).double(), "cannot be differentiated on these inputs: mat1"),
        (nn.Sequential(nn.Linear(4, 1), nn.LSTM(1, 1)).double(), "returns tuple, not one number"),
        (nn.Sequential(nn.Linear(4, 3)).double(), "give `function=`"),
        (nn.Sequential(nn.Tanh()), "no linear"),
    ],
)
def test_models_that_do_not_split_are_named(net: nn.Module, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        layer_grams(net, torch.ones(3, 4, dtype=torch.float64))


def test_bad_inputs_are_named() -> None:
    net = nn.Linear(4, 1).double()
    with pytest.raises(ModelError, match="NaN"):
        layer_grams(net, torch.full((3, 4), float("nan"), dtype=torch.float64))
    with pytest.raises(ModelError, match="n ≥ 1"):
        layer_grams(net, torch.ones(0, 4, dtype=torch.float64))


def test_chunks_bound_every_pass_and_change_nothing() -> None:
    sizes = []

    class Watched(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm, self.last = nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            sizes.append(len(x))
            return self.last(self.norm(self.first(x)).tanh())

    net, x = Watched().double(), torch.randn(50, 4, generator=generator(2), dtype=torch.float64)
    whole = layer_grams(net, x)
    sizes.clear()
    found = layer_grams(net, x, chunk=3)
    assert max(sizes) <= 4
    assert list(found) == ["first", "norm", "last"]
    assert all(torch.allclose(found[name], whole[name], rtol=1e-11) for name in whole)


def test_shared_parameters_count_once_over_all_their_uses() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.back = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
            self.back.weight = self.table.weight

        def forward(self, i: torch.Tensor) -> torch.Tensor:
            return self.back(self.table(i).tanh())[:, 0]

    net = Tied().double()
    W = net.table.weight.detach()
    i = torch.tensor([0, 1, 1, 4])
    found = layer_grams(net, i)
    # f = w_0·tanh(w_i)
    J = torch.zeros(4, 5, 3, dtype=torch.float64)
    for row, k in enumerate(i.tolist()):
        J[row, 0] += W[k].tanh()
        J[row, k] += W[0] * (1 - W[k].tanh() ** 2)
    assert list(found) == ["table"]
    assert torch.allclose(found["table"], J.flatten(1) @ J.flatten(1).T)


def test_weights_that_few_samples_use_in_another_way() -> None:
    class Branch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.last = nn.Linear(3, 3), nn.Linear(3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.layer(x)
            rare = x[:, 0] > 100
            return self.last(torch.where(rare[:, None], nn.functional.linear(h, self.layer.weight), h))

    net = Branch().double()
    x = torch.randn(200, 3, generator=generator(3), dtype=torch.float64)
    x[71] = torch.tensor([101.0, 0, 0])
    parts = torch.autograd.grad(net(x)[71, 0], list(net.layer.parameters()))
    exact = sum(float(g.square().sum()) for g in parts)
    assert float(layer_grams(net, x)["layer"][71, 71]) == pytest.approx(exact)


@pytest.mark.parametrize("kind", [FullyConnected, ResNet])
def test_descent_by_layers_is_descent(kind) -> None:
    data = sphere(6, 4)
    x, y = torch.as_tensor(data.x), torch.as_tensor(data.y)
    ours = [s.loss for s in descend(kind(4, 12, 3, "softplus", generator(3)), "softplus", x, y, 0.05, 8)]
    theirs = list(descend_by_autograd(kind(4, 12, 3, "softplus", generator(3)), x, y, 0.05, 8))
    assert ours == pytest.approx(theirs, rel=1e-11)


def test_prescribed_angles() -> None:
    cosines = np.array([[1, 0.5, -0.2], [0.5, 1, 0.1], [-0.2, 0.1, 1]])
    found = at_angles(cosines, 7)
    assert found.x @ found.x.T == pytest.approx(cosines)
    assert equal_angles(5, -0.25, 4).x.shape == (5, 4)
    with pytest.raises(DataError, match="no inputs have these angles"):
        equal_angles(5, -0.5)
    with pytest.raises(DataError, match="dimensions"):
        at_angles(np.eye(4), 3)
    with pytest.raises(DataError, match="diagonal"):
        at_angles(2 * np.eye(3), 3)


def test_digits_and_warnings() -> None:
    found = digits(100)
    assert found.x.shape == (100, 64)
    assert np.linalg.norm(found.x, axis=1) == pytest.approx(np.ones(100))
    assert not found.warnings
    assert found.images.shape == (100, 1, 8, 8)
    assert set(found.y) == {-1.0, 1.0}
    twice = dataset(np.array([[1.0, 0], [0, 1], [2, 0], [0, -3]]), np.zeros(4))
    assert twice.parallel == ((0, 2), (1, 3))
    assert "equal up to scale" in twice.warnings[0]
    with pytest.raises(DataError, match="there are 1 to"):
        digits(2000)


def test_files_of_ones_own(tmp_path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
    np.savez(tmp_path / "d.npz", x=x, y=y)
    assert load(tmp_path / "d.npz").x == pytest.approx(x / np.linalg.norm(x, axis=1)[:, None])
    np.savetxt(tmp_path / "d.csv", np.c_[x, y], delimiter=",", header="a,b,c,y", comments="")
    assert load(tmp_path / "d.csv", 4).y == pytest.approx(y[:4])
    from PIL import Image

    for name in ("cats", "dogs"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(2):
            Image.fromarray(rng.integers(1, 255, (5, 4), dtype=np.uint8)).save(
                tmp_path / "pictures" / name / f"{i}.png"
            )
    found = load(tmp_path / "pictures")
    assert found.shape == (1, 5, 4)
    assert list(found.y) == [-1, -1, 1, 1]


def test_bad_files_are_named(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n1,2\n")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n1,two\n")
    (tmp_path / "c.npz").write_bytes(b"no archive")
    np.savez(tmp_path / "d.npz", z=np.ones(3))
    np.savez(tmp_path / "e.npz", x=np.array([[1.0, np.nan]]), y=np.ones(1))
    np.savez(tmp_path / "f.npz", x=np.zeros((2, 2)), y=np.ones(2))
    (tmp_path / "pictures").mkdir()
    for name, message in (("a.csv", "a.csv:2: 2 columns"), ("b.csv", "b.csv:3"), ("c.npz", "cannot be read"),
                          ("d.npz", "x and y are needed"), ("e.npz", "input 0 has NaN"), ("f.npz", "is zero"),
                          ("g.csv", "no such file"), ("pictures", "sub-folder")):  # fmt: skip
        with pytest.raises(DataError, match=message):
            load(tmp_path / name)


class _Written(nn.Module):
    """Two layers joined by a piece of code, as people write models."""

    def __init__(self, join, unused=False):
        super().__init__()
        self.first, self.last, self.join = nn.Linear(4, 4), nn.Linear(4, 1), join
        if unused:
            self.spare = nn.Linear(2, 2)
        self.double()

    def forward(self, x):
        return self.last(self.join(self, self.first(x)))


def _add(h, other):
    h += other
    return h


@pytest.mark.parametrize(
    "join",
    [
        lambda net, h: nn.functional.relu(h, inplace=True),
        lambda net, h: _add(h, net.first(h.tanh())),
        lambda net, h: h.mul_(2.0),
        lambda net, h: nn.functional.linear(h, net.first.weight),
    ],
)
def test_in_place_operations_change_no_gram(join):
    torch.manual_seed(0)
    net, x = _Written(join, unused=True), torch.randn(5, 4, dtype=torch.float64)
    rows = []
    for i in range(5):
        g = torch.autograd.grad(net(x)[i, 0], list(net.first.parameters()))
        rows.append(torch.cat([t.flatten() for t in g]))
    J = torch.stack(rows)
    found = layer_grams(net, x)
    assert torch.allclose(found["first"], J @ J.T, rtol=1e-12)
    assert not found["spare"].any()


@pytest.mark.parametrize(
    "join",
    [
        lambda net, h: h - h.mean(0),
        lambda net, h: h - h.mean(0).detach(),
        lambda net, h: nn.functional.dropout(h, 0.5, True),
    ],
)
def test_what_is_not_layer_wise_is_refused(join):
    torch.manual_seed(0)
    net, x = _Written(join), torch.randn(5, 4, dtype=torch.float64)
    state = torch.get_rng_state()
    with pytest.raises(ModelError):
        layer_grams(net, x)
    assert torch.equal(state, torch.get_rng_state())

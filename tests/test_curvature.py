"""Curvature of torch models against matrices that are formed, and what it says of inputs that do not fit."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev

from checks.readings import Reading
from checks.running.runner import Options, check
from checks.verdicts import Verdict
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound
from numerics.curvature import (
    CurvatureError,
    along,
    gauss_newton_extremes,
    hessian_density,
    hessian_extremes,
    hessian_norm,
    hessian_trace,
    jacobian_singular_values,
    kept_statistics,
    largest_hessian_eigenvalue,
    parameter_jacobian_singular_values,
    spectral_norm,
)
from numerics.machine.nonfinite import NonFinite


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int, inputs: int, outputs: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    g = seeded(seed)
    return tuple(torch.randn(n, k, generator=g, dtype=torch.float64) for k in (inputs, outputs))  # type: ignore[return-value]


def filled(model: nn.Module, seed: int = 0) -> nn.Module:
    g = seeded(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=g, dtype=torch.float64))
    return model.double()


def dense(model: nn.Module, loss: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The Hessian from its definition; torch's forward over reverse mode is wrong for batch normalisation."""
    parameters = {k: v.detach() for k, v in model.named_parameters()}
    sizes = [v.numel() for v in parameters.values()]

    def value(flat: Tensor) -> Tensor:
        parts = zip(parameters.items(), flat.split(sizes), strict=True)
        return loss(functional_call(model, {k: part.reshape(v.shape) for (k, v), part in parts}, (x,)), y)

    with kept_statistics(model):
        return jacrev(grad(value))(torch.cat([v.reshape(-1) for v in parameters.values()]))


MODELS = {
    "linear": lambda: nn.Sequential(nn.Linear(3, 2, bias=False)),
    "tanh": lambda: nn.Sequential(nn.Linear(3, 7), nn.Tanh(), nn.Linear(7, 2)),
    "large": lambda: nn.Sequential(nn.Linear(3, 12), nn.GELU(), nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 2)),
    "batch norm": lambda: nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Softplus(), nn.Linear(8, 2)),
}


@pytest.mark.parametrize("name", MODELS)
def test_extremes_trace_and_norm(name: str) -> None:
    model, loss = filled(MODELS[name]()), nn.MSELoss()
    x, y = batch(9, 3, 2, 1)
    matrix = dense(model, loss, x, y).numpy()
    values = np.linalg.eigvalsh(matrix)
    found = hessian_extremes(model, loss, x, y, count=3, tol=1e-9)
    scale = np.abs(values).max()
    assert np.allclose(found.least, values[:3], atol=1e-7 * scale)
    assert np.allclose(found.largest, values[-3:], atol=1e-7 * scale)
    assert largest_hessian_eigenvalue(model, loss, x, y) == pytest.approx(values[-1], rel=1e-5)
    assert hessian_norm(model, loss, x, y) == pytest.approx(scale, rel=1e-5)
    exact = hessian_trace(model, loss, x, y, probes=10**6)
    assert exact.error == 0.0
    assert exact.value == pytest.approx(np.trace(matrix), rel=1e-10)
    estimate = hessian_trace(model, loss, x, y, probes=16, seed=3)
    assert abs(estimate.value - np.trace(matrix)) <= 8 * estimate.error + 1e-9 * scale  # t, 15 degrees: 1e-6


def test_gauss_newton_is_that_of_the_jacobian() -> None:
    model, loss = filled(MODELS["tanh"]()), nn.MSELoss()
    x, y = batch(5, 3, 2, 2)
    singular = parameter_jacobian_singular_values(model, x)
    found = gauss_newton_extremes(model, loss, x, y)
    # the mean over 10 numbers of their squares has the Hessian 2/10
    assert found.largest[-1] == pytest.approx(0.2 * singular[0] ** 2, rel=1e-8)
    assert found.least[0] == pytest.approx(0.0, abs=1e-8)


def test_density_has_the_matrix_moments() -> None:
    model, loss = filled(MODELS["large"]()), nn.MSELoss()
    x, y = batch(30, 3, 2, 3)
    values = np.linalg.eigvalsh(dense(model, loss, x, y).numpy())
    t, rho = hessian_density(model, loss, x, y, repeats=16)
    assert np.trapezoid(rho, t) == pytest.approx(1.0)
    # smoothed with a kernel, and four probes: the mean to a few percent of the range
    assert np.trapezoid(t * rho, t) == pytest.approx(values.mean(), abs=0.05 * np.ptp(values))


def test_jacobian_singular_values_with_and_without_the_matrix() -> None:
    g = seeded(4)
    W, V = (torch.randn(s, generator=g, dtype=torch.float64) / 10 for s in ((150, 120), (110, 150)))

    def function(h: Tensor) -> Tensor:
        return V @ torch.tanh(W @ h)

    x = torch.randn(120, generator=g, dtype=torch.float64)
    values = torch.linalg.svdvals(V @ torch.diag(1 - torch.tanh(W @ x) ** 2) @ W).numpy()
    assert np.allclose(jacobian_singular_values(function, x), values)
    assert np.allclose(jacobian_singular_values(function, x, count=2), values[:2])
    assert np.allclose(jacobian_singular_values(function, x, count=2, which="smallest"), values[-2:], atol=1e-7)
    assert spectral_norm(
        lambda v: W.numpy() @ v.ravel(), lambda u: W.numpy().T @ u.ravel(), (150, 120), tol=1e-9, seed=0
    ) == pytest.approx(float(torch.linalg.matrix_norm(W, 2)), rel=1e-6)


class Parabola(nn.Module):
    """θ ↦ θ on inputs of ones; with ½‖F‖² a loss whose constants are known."""

    def __init__(self, start: list[float]) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(start, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.theta


def half(out: Tensor, y: Tensor) -> Tensor:
    return (y * out**2).sum() / 2


def test_constants_along_a_run_that_is_known() -> None:
    x, curvature = torch.ones(2, dtype=torch.float64), torch.tensor([1.0, 3.0], dtype=torch.float64)
    points = list(along(Parabola([1.0, 2.0]), half, x, curvature, 0.1, 5))
    theta = np.array([1.0, 2.0])
    for point in points:
        gradient = np.array([1.0, 3.0]) * theta
        loss = 0.5 * (theta @ gradient)
        assert point.loss == pytest.approx(loss)
        assert point.lojasiewicz == pytest.approx(gradient @ gradient / loss)
        assert 2.0 <= point.lojasiewicz <= 6.0
        assert point.local_smoothness == pytest.approx(
            np.linalg.norm(np.array([1.0, 3.0]) * gradient) / np.linalg.norm(gradient)
        )
        theta = theta - 0.1 * gradient


def test_a_run_that_leaves_the_numbers_names_its_step() -> None:
    x, curvature = torch.ones(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)

    def run() -> list[object]:
        return list(along(Parabola([1.0]), half, x, curvature, 1e80, 20))

    with pytest.raises(NonFinite, match="the loss is inf at step 2: take a smaller step size"):
        run()
    claim = Bound("run", MeasuredQuantity("a"), MeasuredQuantity("b"))
    result = check(claim, Options(), (Reading("trajectory", lambda _: run()),))
    assert result.verdict is Verdict.ERROR
    assert result.evidence[0].witness == "step 2"
    assert "step size" in result.evidence[0].detail


@pytest.mark.parametrize(
    ("model", "x", "says"),
    [
        (nn.ReLU(), torch.ones(2, 3), "no trainable parameter"),
        (nn.Linear(3, 2), torch.ones(0, 3), "empty"),
        (nn.Linear(3, 2), torch.full((2, 3), float("nan")), "NaN"),
        (nn.Linear(3, 2), torch.ones(2, 3, dtype=torch.float64), "float32"),
        (nn.Linear(3, 2, device="meta"), torch.ones(2, 3), "weight is on meta, the data on cpu"),
        (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), torch.ones(1, 3), "batch of one sample"),
    ],
)
def test_inputs_that_do_not_fit(model: nn.Module, x: Tensor, says: str) -> None:
    with pytest.raises(CurvatureError, match=says):
        hessian_extremes(model, nn.MSELoss(), x, torch.zeros(len(x), 2))


def test_losses_that_are_no_number() -> None:
    with pytest.raises(CurvatureError, match="one number"):
        hessian_norm(nn.Linear(3, 2), nn.MSELoss(reduction="none"), torch.ones(2, 3), torch.zeros(2, 2))


def test_running_statistics_are_left_alone() -> None:
    model = filled(MODELS["batch norm"]())
    before = {k: v.clone() for k, v in model.named_buffers()}
    hessian_norm(model, nn.MSELoss(), *batch(9, 3, 2))
    assert all(torch.equal(v, before[k]) for k, v in model.named_buffers())

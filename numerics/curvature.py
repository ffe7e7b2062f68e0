"""Curvature of any torch model and loss: extremes, traces and densities of Hessian and Gauss–Newton matrix,
Jacobian singular values, and Łojasiewicz constants along a run.

Products with matrices that are never formed: curvlinops and autograd give them, ARPACK and Lanczos of scipy and
curvlinops do the rest. All data is one batch; batch normalisation in training mode keeps its statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh, svds
from torch import Tensor, nn

from numerics.nonfinite import NonFinite

Array = NDArray[np.float64]
Loss = Callable[[Tensor, Tensor], Tensor]

DENSE = 512
"""Up to so many rows or columns a Jacobian or Hessian is formed and decomposed whole."""


class CurvatureError(ValueError):
    """A model, loss or batch whose curvature cannot be had; the message says why."""


@dataclass(frozen=True)
class Extremes:
    """The smallest and largest eigenvalues, in increasing order, and how many products they took."""

    least: Array
    largest: Array
    products: int


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error, 0 where it is exact."""

    value: float
    error: float


@dataclass(frozen=True)
class Point:
    """Step k of a run: loss, ‖∇ℓ‖², μ_k = ‖∇ℓ‖²/(ℓ − inf), and ‖∇ℓ(θ_{k+1}) − ∇ℓ(θ_k)‖/‖θ_{k+1} − θ_k‖."""

    k: int
    loss: float
    gradient_squared: float
    lojasiewicz: float
    local_smoothness: float


@contextmanager
def kept_statistics(model: nn.Module) -> Iterator[None]:
    """Batch normalisation in training mode uses the batch's statistics and leaves its running ones alone."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    flags = [m.track_running_stats for m in norms]
    try:
        for m in norms:
            if m.training:
                m.track_running_stats = False
        yield
    finally:
        for m, flag in zip(norms, flags, strict=True):
            m.track_running_stats = flag


def _parameters(model: nn.Module, x: Tensor) -> list[nn.Parameter]:
    """The trainable parameters, after a look at whether model and data fit."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise CurvatureError("the model has no trainable parameter: nothing to differentiate by")
    if len(x) == 0:
        raise CurvatureError("the batch is empty")
    if x.is_floating_point() and not torch.isfinite(x).all():
        raise CurvatureError("the inputs contain NaN or infinity")
    for name, p in model.named_parameters():
        if p.device != x.device:
            raise CurvatureError(f"{name} is on {p.device}, the data on {x.device}: move one with .to(device)")
        if x.is_floating_point() and p.dtype != x.dtype:
            raise CurvatureError(f"{name} has {p.dtype}, the data {x.dtype}: convert one with .to(dtype)")
    for name, m in model.named_modules():
        if isinstance(m, nn.BatchNorm1d) and m.training and len(x) == 1:
            raise CurvatureError(f"{name} normalises a batch of one sample: give at least two, or call model.eval()")
    return parameters


def _value(model: nn.Module, loss: Loss, x: Tensor, y: Tensor) -> Tensor:
    value = loss(model(x), y)
    if value.numel() != 1:
        raise CurvatureError(f"the loss must be one number, not shape {tuple(value.shape)}")
    return value.reshape(())


class _Hessian:
    """v ↦ ∇²ℓ v, one backward pass each through a gradient that is computed once."""

    def __init__(self, model: nn.Module, loss: Loss, x: Tensor, y: Tensor) -> None:
        self.parameters = _parameters(model, x)
        with torch.enable_grad(), kept_statistics(model):
            gradients = torch.autograd.grad(_value(model, loss, x, y), self.parameters, create_graph=True)
        self.gradient = torch.cat([g.reshape(-1) for g in gradients])
        self.size = self.gradient.numel()
        self.products = 0

    def __call__(self, v: Any) -> Any:
        self.products += 1
        at = torch.as_tensor(np.ravel(v), dtype=self.gradient.dtype, device=self.gradient.device)
        if not self.gradient.requires_grad:
            return np.zeros(self.size)
        # materialised zeros: a parameter in which the gradient is constant
        parts = torch.autograd.grad(self.gradient, self.parameters, at, retain_graph=True, materialize_grads=True)
        return torch.cat([p.reshape(-1) for p in parts]).cpu().double().numpy()

    def operator(self) -> LinearOperator:
        return LinearOperator((self.size, self.size), matvec=self, dtype=np.float64)


def _gauss_newton(model: nn.Module, loss: Loss, x: Tensor, y: Tensor) -> Any:
    from curvlinops import GGNLinearOperator

    return GGNLinearOperator(model, loss, _parameters(model, x), [(x, y)], check_deterministic=False)


def _hessian_operator(model: nn.Module, loss: Loss, x: Tensor, y: Tensor) -> Any:
    from curvlinops import HessianLinearOperator

    return HessianLinearOperator(model, loss, _parameters(model, x), [(x, y)], check_deterministic=False)


class _Counted:
    def __init__(self, product: Callable[[Any], Any]) -> None:
        self.product, self.products = product, 0

    def __call__(self, v: Any) -> Any:
        self.products += 1
        return self.product(v)


def _extremes(product: Any, size: int, count: int, tol: float, which: str, start: Array) -> Array:
    """`count` eigenvalues from one end, in increasing order; small matrices are formed."""
    if count < 1 or count > size:
        raise CurvatureError(f"{count} eigenvalues of a matrix of size {size}")
    if size <= max(64, 2 * count + 1):
        dense = np.stack([product(e) for e in np.eye(size)])
        values = np.linalg.eigvalsh((dense + dense.T) / 2)
        return np.asarray(values[:count] if which == "SA" else values[-count:])
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    return np.sort(eigsh(operator, count, which=which, tol=tol, v0=start, return_eigenvectors=False))


def _start(size: int, seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=size)


def hessian_extremes(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, *, count: int = 1, tol: float = 1e-6, seed: int = 0
) -> Extremes:
    """The `count` smallest and largest eigenvalues of the Hessian of loss(model(x), y), each to a relative `tol`.

    Raises CurvatureError for a model and batch that do not fit.
    """
    product = _Hessian(model, loss, x, y)
    start = _start(product.size, seed)
    ends = [_extremes(product, product.size, count, tol, which, start) for which in ("SA", "LA")]
    return Extremes(ends[0], ends[1], product.products)


def largest_hessian_eigenvalue(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, *, tol: float = 1e-6, seed: int = 0
) -> float:
    """The largest eigenvalue of the Hessian, to a relative `tol`; raises CurvatureError as `hessian_extremes`."""
    product = _Hessian(model, loss, x, y)
    return float(_extremes(product, product.size, 1, tol, "LA", _start(product.size, seed))[0])


def hessian_norm(model: nn.Module, loss: Loss, x: Tensor, y: Tensor, *, tol: float = 1e-6, seed: int = 0) -> float:
    """‖∇²ℓ‖, the larger of the two ends in size; raises CurvatureError as `hessian_extremes`."""
    ends = hessian_extremes(model, loss, x, y, tol=tol, seed=seed)
    return float(max(abs(ends.least[0]), abs(ends.largest[-1])))


def gauss_newton_extremes(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, *, count: int = 1, tol: float = 1e-6, seed: int = 0
) -> Extremes:
    """The same for the Gauss–Newton matrix DFᵀ∇²c DF, with a loss of torch.nn."""
    with kept_statistics(model):
        operator = _gauss_newton(model, loss, x, y).to_scipy()
        product = _Counted(lambda v: np.asarray(operator @ np.ravel(v).astype(operator.dtype), dtype=np.float64))
        size = operator.shape[0]
        start = _start(size, seed)
        ends = [_extremes(product, size, count, tol, which, start) for which in ("SA", "LA")]
    return Extremes(ends[0], ends[1], product.products)


def hessian_trace(
    model: nn.Module,
    loss: Loss,
    x: Tensor,
    y: Tensor,
    *,
    gauss_newton: bool = False,
    probes: int = 64,
    seed: int = 0,
) -> Estimate:
    """The trace of the Hessian or Gauss–Newton matrix by Hutchinson's estimator, with its standard error.

    Exact where there are no more parameters than probes.
    """
    from curvlinops import hutchinson_trace

    size = sum(p.numel() for p in _parameters(model, x))
    operator = (_gauss_newton if gauss_newton else _hessian_operator)(model, loss, x, y)
    with kept_statistics(model), torch.random.fork_rng(devices=[x.device] if x.is_cuda else []):
        torch.manual_seed(seed)
        if size <= probes:
            unit = torch.eye(size, dtype=operator.dtype, device=x.device)
            return Estimate(float((operator @ unit).diagonal().sum()), 0.0)
        found = np.array([float(hutchinson_trace(operator, 1)) for _ in range(probes)])
    return Estimate(float(found.mean()), float(found.std(ddof=1) / np.sqrt(probes)))


def hessian_density(
    model: nn.Module,
    loss: Loss,
    x: Tensor,
    y: Tensor,
    *,
    gauss_newton: bool = False,
    lanczos_steps: int = 64,
    points: int = 1024,
    repeats: int = 4,
    seed: int = 0,
) -> tuple[Array, Array]:
    """The spectral density of the Hessian or Gauss–Newton matrix on a grid (points,), by Lanczos quadrature.

    Smoothed, of integral 1; at most as many Lanczos steps as there are parameters.
    """
    from curvlinops import lanczos_approximate_spectrum

    size = sum(p.numel() for p in _parameters(model, x))
    operator = (_gauss_newton if gauss_newton else _hessian_operator)(model, loss, x, y)
    with kept_statistics(model), torch.random.fork_rng(devices=[x.device] if x.is_cuda else []):
        torch.manual_seed(seed)
        grid, density = lanczos_approximate_spectrum(
            operator, min(lanczos_steps, size - 1), num_points=points, num_repeats=repeats
        )
    t, rho = (np.asarray(a.detach().cpu(), dtype=np.float64) for a in (grid, density))
    return t, rho / np.trapezoid(rho, t)


def jacobian_singular_values(
    function: Callable[[Tensor], Tensor],
    x: Tensor,
    *,
    count: int | None = None,
    which: Literal["largest", "smallest"] = "largest",
    seed: int = 0,
) -> Array:
    """Singular values of the derivative of `function` at x, in decreasing order.

    All min(inputs, outputs) of them from the matrix itself if `count` is None; else the `count` extreme ones from
    products with vectors, the smallest through JJᵀ and so to half the digits.
    """
    x = x.detach()
    out, pull = torch.func.vjp(function, x)[:2]
    rows, columns = out.numel(), x.numel()
    if count is None or min(rows, columns) <= DENSE:
        if rows <= columns:
            unit = torch.eye(rows, dtype=out.dtype, device=x.device).reshape(rows, *out.shape)
            (matrix,) = torch.func.vmap(pull)(unit)
        else:
            unit = torch.eye(columns, dtype=x.dtype, device=x.device).reshape(columns, *x.shape)
            matrix = torch.func.vmap(lambda v: torch.func.jvp(function, (x,), (v,))[1])(unit)
        values = torch.linalg.svdvals(matrix.detach().reshape(len(matrix), -1)).cpu().numpy()
        return np.asarray(values if count is None else values[:count] if which == "largest" else values[-count:])

    def forward(v: Any) -> Any:
        given = torch.as_tensor(np.ravel(v), dtype=x.dtype, device=x.device).reshape(x.shape)
        return torch.func.jvp(function, (x,), (given,))[1].detach().reshape(-1).cpu().numpy()

    def backward(u: Any) -> Any:
        given = torch.as_tensor(np.ravel(u), dtype=out.dtype, device=x.device).reshape(out.shape)
        return pull(given)[0].detach().reshape(-1).cpu().numpy()

    operator = LinearOperator((rows, columns), matvec=forward, rmatvec=backward, dtype=np.float64)
    if which == "largest":
        start = _start(min(rows, columns), seed)
        return np.sort(svds(operator, count, v0=start, return_singular_vectors=False))[::-1]
    gram = operator @ operator.H if rows <= columns else operator.H @ operator
    values = eigsh(gram, count, which="SA", v0=_start(gram.shape[0], seed), return_eigenvectors=False)
    return np.asarray(np.sqrt(np.maximum(np.sort(values)[::-1], 0)))


def parameter_jacobian_singular_values(model: nn.Module, x: Tensor) -> Array:
    """All singular values of DF, the derivative of the outputs by the parameters, in decreasing order."""
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    parameters = _parameters(model, x)
    sizes = [p.numel() for p in parameters]
    shapes = dict(zip(names, (p.shape for p in parameters), strict=True))

    def outputs(flat: Tensor) -> Tensor:
        parts = dict(zip(names, torch.split(flat, sizes), strict=True))
        found: Tensor = torch.func.functional_call(model, {n: v.reshape(shapes[n]) for n, v in parts.items()}, (x,))
        return found.reshape(-1)

    with kept_statistics(model):
        return jacobian_singular_values(outputs, torch.cat([p.detach().reshape(-1) for p in parameters]))


def spectral_norm(
    product: Callable[[Any], Any], transposed: Callable[[Any], Any], shape: tuple[int, int], *, tol: float, seed: int
) -> float:
    """The largest singular value of a linear map that is given by its products with vectors, to a relative `tol`."""
    operator = LinearOperator(shape, matvec=product, rmatvec=transposed, dtype=np.float64)
    return float(svds(operator, 1, tol=tol, v0=_start(min(shape), seed), return_singular_vectors=False)[0])


def along(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, eta: float, steps: int, *, infimum: float = 0.0
) -> Iterator[Point]:
    """Full-batch gradient descent, with the Łojasiewicz constant and local smoothness of every step.

    The model's weights are changed. Raises NonFinite at the step where the loss is no longer finite.
    """
    parameters = _parameters(model, x)
    value, gradients = _loss_and_gradient(model, loss, x, y, parameters, 0)
    for k in range(steps):
        with torch.no_grad():
            for p, g in zip(parameters, gradients, strict=True):
                p.sub_(eta * g)
        later, new = _loss_and_gradient(model, loss, x, y, parameters, k + 1)
        squared = float(sum((g * g).sum() for g in gradients))
        change = float(sum(((h - g) ** 2).sum() for h, g in zip(new, gradients, strict=True)))
        gap = value - infimum
        smoothness = (change / squared) ** 0.5 / eta if squared > 0 else 0.0
        yield Point(k, value, squared, squared / gap if gap > 0 else float("inf"), smoothness)
        value, gradients = later, new


def _loss_and_gradient(
    model: nn.Module, loss: Loss, x: Tensor, y: Tensor, parameters: list[nn.Parameter], step: int
) -> tuple[float, tuple[Tensor, ...]]:
    with torch.enable_grad():
        value = _value(model, loss, x, y)
        if not torch.isfinite(value):
            raise NonFinite(step, float(value.detach()))
        return float(value.detach()), torch.autograd.grad(value, parameters)

"""Curvature of any torch model and loss: extremes, traces and densities of Hessian and Gauss–Newton matrix,
Jacobian singular values, and Łojasiewicz constants along a run.

Products with matrices that are never formed: autograd gives them, ARPACK and Lanczos of scipy and curvlinops do the
rest. All data is one batch; x is a tensor, or a tuple or mapping of tensors that the model takes. The model is left as
it was found; normalisation in training mode uses the batch's statistics, spectral norms stand still as in evaluation
mode, and randomness in a model is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from derivations.arguments import flag, function, real, seed, taking, whole
from numerics.arguments import module
from numerics.networks.batch_loss import BatchLoss, CurvatureError, Loss, derivative, measuring
from numerics.networks.jacobians import jacobian_singular_values, parameter_jacobian_singular_values, spectral_norm
from numerics.networks.operators import SymmetricOperator
from numerics.networks.spectra_of_products import NotConverged, extreme_eigenvalues, is_zero, start
from numerics.networks.unchanged import kept_statistics, unchanged

__all__ = [
    "CurvatureError",
    "Estimate",
    "Extremes",
    "Iterate",
    "Loss",
    "along",
    "gauss_newton_extremes",
    "hessian_density",
    "hessian_extremes",
    "hessian_norm",
    "hessian_trace",
    "jacobian_singular_values",
    "kept_statistics",
    "largest_hessian_eigenvalue",
    "parameter_jacobian_singular_values",
    "spectral_norm",
]

Array = NDArray[np.float64]
MOST = 2**20
"""Probes, steps, points or repetitions."""
TOLERANCE = real(0, most=0.5)

End = Literal["SA", "LA"]


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
class Iterate:
    """Step k of a run: loss, ‖∇ℓ‖², μ_k = ‖∇ℓ‖²/(ℓ − inf), and ‖∇ℓ(θ_{k+1}) − ∇ℓ(θ_k)‖/‖θ_{k+1} − θ_k‖."""

    k: int
    loss: float
    gradient_squared: float
    lojasiewicz: float
    local_smoothness: float


@contextmanager
def _products(
    model: nn.Module, loss: Loss, x: Any, y: Any, gauss_newton: bool = False
) -> Iterator[tuple[BatchLoss, SymmetricOperator]]:
    """The loss and its Hessian or Gauss–Newton matrix by products, as long as the model is measured."""
    with measuring(model):
        at = BatchLoss(model, loss, x, y)
        yield at, at.gauss_newton() if gauss_newton else at.hessian()


def _ends(
    at: BatchLoss, matrix: SymmetricOperator, count: int, tol: float, seed: int, ends: Sequence[End]
) -> list[Array]:
    first = start(at.size, seed)
    try:
        return [extreme_eigenvalues(matrix.to_scipy(), count, tol, end, first) for end in ends]
    except (ValueError, NotConverged) as error:
        raise CurvatureError(str(error)) from None


@taking(CurvatureError, model=module, loss=function, count=whole(1), tol=TOLERANCE, seed=seed)
def hessian_extremes(
    model: nn.Module, loss: Loss, x: Any, y: Any, *, count: int = 1, tol: float = 1e-6, seed: int = 0
) -> Extremes:
    """The `count` smallest and largest eigenvalues of the Hessian of loss(model(x), y), each to a relative `tol`.

    Parameters that the loss does not use have rows of zeros. Raises CurvatureError for a model and batch that do not
    fit, a random model, and derivatives that are not those of the loss.
    """
    with _products(model, loss, x, y) as (at, matrix):
        least, largest = _ends(at, matrix, count, tol, seed, ("SA", "LA"))
    return Extremes(least, largest, at.products)


@taking(CurvatureError, model=module, loss=function, tol=TOLERANCE, seed=seed)
def largest_hessian_eigenvalue(
    model: nn.Module, loss: Loss, x: Any, y: Any, *, tol: float = 1e-6, seed: int = 0
) -> float:
    """The largest eigenvalue of the Hessian, to a relative `tol`; raises CurvatureError as `hessian_extremes`."""
    with _products(model, loss, x, y) as (at, matrix):
        return float(_ends(at, matrix, 1, tol, seed, ("LA",))[0][0])


@taking(CurvatureError, model=module, loss=function, tol=TOLERANCE, seed=seed)
def hessian_norm(model: nn.Module, loss: Loss, x: Any, y: Any, *, tol: float = 1e-6, seed: int = 0) -> float:
    """‖∇²ℓ‖, the larger of the two ends in size; raises CurvatureError as `hessian_extremes`."""
    ends = hessian_extremes(model, loss, x, y, tol=tol, seed=seed)
    return float(max(abs(ends.least[0]), abs(ends.largest[-1])))


@taking(CurvatureError, model=module, loss=function, count=whole(1), tol=TOLERANCE, seed=seed)
def gauss_newton_extremes(
    model: nn.Module, loss: Loss, x: Any, y: Any, *, count: int = 1, tol: float = 1e-6, seed: int = 0
) -> Extremes:
    """The same for the Gauss–Newton matrix DFᵀ∇²c DF, with any loss c that is convex in the model's outputs.

    Raises CurvatureError as `hessian_extremes`, and where the matrix is not positive semidefinite.
    """
    with _products(model, loss, x, y, gauss_newton=True) as (at, matrix):
        least, largest = _ends(at, matrix, count, tol, seed, ("SA", "LA"))
    if least[0] < -(torch.finfo(at.theta.dtype).eps ** 0.5) * abs(largest[-1]):
        raise CurvatureError(
            f"the Gauss–Newton matrix has the eigenvalue {least[0]:.3g}: the loss is not convex in the model's outputs"
        )
    return Extremes(least, largest, at.products)


@taking(CurvatureError, model=module, loss=function, gauss_newton=flag, probes=whole(2, MOST), seed=seed)
def hessian_trace(
    model: nn.Module,
    loss: Loss,
    x: Any,
    y: Any,
    *,
    gauss_newton: bool = False,
    probes: int = 64,
    seed: int = 0,
) -> Estimate:
    """The trace of the Hessian or Gauss–Newton matrix by Hutchinson's estimator, with its standard error.

    Exact where there are no more parameters than probes. Raises CurvatureError as `hessian_extremes`, and for fewer
    than two probes, which have no standard error.
    """
    if probes < 2:
        raise CurvatureError(f"{probes} probes have no standard error: take at least 2")
    with _products(model, loss, x, y, gauss_newton) as (at, matrix):
        A = matrix.to_scipy()
        if at.size <= probes:
            return Estimate(float(sum(A.matvec(e)[k] for k, e in enumerate(np.eye(at.size)))), 0.0)
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(probes, at.size))
        found = np.array([v @ A.matvec(v) for v in signs])
    return Estimate(float(found.mean()), float(found.std(ddof=1) / np.sqrt(probes)))


@taking(
    CurvatureError,
    model=module,
    loss=function,
    gauss_newton=flag,
    lanczos_steps=whole(1, MOST),
    points=whole(2, MOST),
    repeats=whole(1, MOST),
    seed=seed,
)
def hessian_density(
    model: nn.Module,
    loss: Loss,
    x: Any,
    y: Any,
    *,
    gauss_newton: bool = False,
    lanczos_steps: int = 64,
    points: int = 1024,
    repeats: int = 4,
    seed: int = 0,
) -> tuple[Array, Array]:
    """The spectral density of the Hessian or Gauss–Newton matrix on a grid (points,), by Lanczos quadrature.

    Smoothed, of integral 1; at most as many Lanczos steps as there are parameters. Raises CurvatureError as
    `hessian_extremes`, and for a matrix of fewer than four rows or of so low a rank that Lanczos ends early.
    """
    from curvlinops import lanczos_approximate_spectrum

    with _products(model, loss, x, y, gauss_newton) as (at, matrix):
        if at.size < 4 or lanczos_steps < 2:
            raise CurvatureError(f"a matrix of {at.size} rows has no density: its eigenvalues are few")
        if is_zero(matrix.to_scipy()):
            raise CurvatureError("the matrix is zero: all of its spectrum is at 0")
        torch.manual_seed(seed)
        grid, density = lanczos_approximate_spectrum(
            matrix,
            min(lanczos_steps, at.size - 1),
            num_points=points,
            num_repeats=repeats,
        )
    t, rho = (np.asarray(a.detach().cpu(), dtype=np.float64) for a in (grid, density))
    total = np.trapezoid(rho, t)
    if not (np.isfinite(rho).all() and total > 0):
        raise CurvatureError("Lanczos ended early, at a matrix of low rank: give fewer lanczos_steps")
    return t, rho / total


@taking(CurvatureError, model=module, loss=function, eta=real(above=0), steps=whole(0), infimum=real())
def along(
    model: nn.Module, loss: Loss, x: Any, y: Any, eta: float, steps: int, *, infimum: float = 0.0
) -> Iterator[Iterate]:
    """Full-batch gradient descent, with the Łojasiewicz constant and local smoothness of every step.

    The model's weights are changed, and nothing else of it. Raises NonFinite at the step where the loss is no longer
    finite, CurvatureError as `hessian_extremes`.
    """
    return _along(model, loss, x, y, eta, steps, infimum)


def _along(model: nn.Module, loss: Loss, x: Any, y: Any, eta: float, steps: int, infimum: float) -> Iterator[Iterate]:
    with measuring(model):
        at = BatchLoss(model, loss, x, y)
    value, gradient = _loss_and_gradient(at, 0)
    for k in range(steps):
        with torch.no_grad():
            for p, g in zip(at.given.values(), torch.split(gradient, at.sizes), strict=True):
                p.sub_(eta * g.reshape(p.shape))
        later, new = _loss_and_gradient(at, k + 1)
        squared = float(gradient @ gradient)
        change = float(((new - gradient) ** 2).sum())
        gap = value - infimum
        smoothness = (change / squared) ** 0.5 / eta if squared > 0 else 0.0
        yield Iterate(k, value, squared, squared / gap if gap > 0 else float("inf"), smoothness)
        value, gradient = later, new


def _loss_and_gradient(at: BatchLoss, step: int) -> tuple[float, Tensor]:
    with unchanged(at.model), torch.enable_grad():
        theta = at.at().requires_grad_(True)
        value = at.value(theta, step)
        return float(value.detach()), derivative(value, theta).detach()

"""Curvature of any torch model and loss: extremes, traces and densities of Hessian and Gauss–Newton matrix,
Jacobian singular values, and Łojasiewicz constants along a run.

Products with matrices that are never formed: autograd gives them, ARPACK and Lanczos of scipy and curvlinops do the
rest. All data is one batch; x is a tensor, or a tuple or mapping of tensors that the model takes. The model is left as
it was found; normalisation in training mode uses the batch's statistics, spectral norms are not updated, as in
evaluation mode, and randomness in a model is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from derivations.arguments import flag, function, real, seed, taking, whole
from numerics.arguments import module
from numerics.networks.batch_loss import BatchLoss, CurvatureError, Loss, measuring
from numerics.networks.gradient_descent import Iterate, along
from numerics.networks.jacobians import jacobian_singular_values, parameter_jacobian_singular_values, spectral_norm
from numerics.networks.operators import SymmetricOperator
from numerics.networks.spectra_of_products import NotConverged, extreme_eigenvalues, is_zero, start
from numerics.networks.unchanged import kept_statistics

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
    """The smallest and largest eigenvalues of a symmetric matrix.

    Attributes:
        least: The smallest eigenvalues, in increasing order.
        largest: The largest eigenvalues, in increasing order.
        products: The number of matrix-vector products that were computed.
    """

    least: Array
    largest: Array
    products: int


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error.

    Attributes:
        value: The number.
        error: Its standard error; 0 if the number is exact.
    """

    value: float
    error: float


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
    """Compute the smallest and largest eigenvalues of the Hessian of loss(model(x), y).

    Parameters that the loss does not use have rows of zeros in the Hessian.

    Args:
        model: A torch module; it is left as it was found.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        count: The number of eigenvalues at each end, at least 1.
        tol: The relative tolerance of an eigenvalue, from 0 (machine precision) to 0.5.
        seed: The seed of the starting vector.

    Returns:
        `Extremes`, each end with `count` eigenvalues in increasing order.

    Raises:
        CurvatureError: Model and batch do not fit, the model is random, autograd's derivatives are not those of the
            loss, or the iteration does not converge.

    Source:
        Lehoucq, Sorensen and Yang 1998, "ARPACK users' guide".

    Example:
        >>> import torch
        >>> from numerics.curvature import hessian_extremes
        >>> model = torch.nn.Linear(2, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.diag(torch.tensor([1.0, 2.0], dtype=torch.float64)), torch.zeros(2, 1, dtype=torch.float64)
        >>> ends = hessian_extremes(model, torch.nn.MSELoss(), x, y)  # the Hessian is XᵀX
        >>> ends.least.round(6).tolist(), ends.largest.round(6).tolist()
        ([1.0], [4.0])
    """
    with _products(model, loss, x, y) as (at, matrix):
        least, largest = _ends(at, matrix, count, tol, seed, ("SA", "LA"))
    return Extremes(least, largest, at.products)


@taking(CurvatureError, model=module, loss=function, tol=TOLERANCE, seed=seed)
def largest_hessian_eigenvalue(
    model: nn.Module, loss: Loss, x: Any, y: Any, *, tol: float = 1e-6, seed: int = 0
) -> float:
    """Compute the largest eigenvalue of the Hessian of loss(model(x), y).

    Args:
        model: A torch module; it is left as it was found.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        tol: The relative tolerance, from 0 (machine precision) to 0.5.
        seed: The seed of the starting vector.

    Returns:
        The eigenvalue.

    Raises:
        CurvatureError: As for `hessian_extremes`.

    Example:
        >>> import torch
        >>> from numerics.curvature import largest_hessian_eigenvalue
        >>> model = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.full((1, 1), 3.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
        >>> round(largest_hessian_eigenvalue(model, torch.nn.MSELoss(), x, y), 6)  # of (3w)²
        18.0
    """
    with _products(model, loss, x, y) as (at, matrix):
        return float(_ends(at, matrix, 1, tol, seed, ("LA",))[0][0])


@taking(CurvatureError, model=module, loss=function, tol=TOLERANCE, seed=seed)
def hessian_norm(model: nn.Module, loss: Loss, x: Any, y: Any, *, tol: float = 1e-6, seed: int = 0) -> float:
    """Compute the spectral norm ‖∇²ℓ‖ of the Hessian, the largest absolute value of an eigenvalue.

    Args:
        model: A torch module; it is left as it was found.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        tol: The relative tolerance, from 0 (machine precision) to 0.5.
        seed: The seed of the starting vector.

    Returns:
        The norm.

    Raises:
        CurvatureError: As for `hessian_extremes`.

    Example:
        >>> import torch
        >>> from numerics.curvature import hessian_norm
        >>> model = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.full((1, 1), 3.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
        >>> round(hessian_norm(model, lambda out, y: -(out**2).sum(), x, y), 6)  # of −(3w)²
        18.0
    """
    ends = hessian_extremes(model, loss, x, y, tol=tol, seed=seed)
    return float(max(abs(ends.least[0]), abs(ends.largest[-1])))


@taking(CurvatureError, model=module, loss=function, count=whole(1), tol=TOLERANCE, seed=seed)
def gauss_newton_extremes(
    model: nn.Module, loss: Loss, x: Any, y: Any, *, count: int = 1, tol: float = 1e-6, seed: int = 0
) -> Extremes:
    """Compute the smallest and largest eigenvalues of the Gauss–Newton matrix DFᵀ ∇²c DF.

    Args:
        model: A torch module F; it is left as it was found.
        loss: A function c of (model(x), y) that returns one number and is convex in the model's outputs.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        count: The number of eigenvalues at each end, at least 1.
        tol: The relative tolerance of an eigenvalue, from 0 (machine precision) to 0.5.
        seed: The seed of the starting vector.

    Returns:
        `Extremes`, each end with `count` eigenvalues in increasing order.

    Raises:
        CurvatureError: As for `hessian_extremes`, and where the matrix is not positive semidefinite.

    Source:
        Schraudolph 2002, "Fast curvature matrix-vector products for second-order gradient descent".

    Example:
        >>> import torch
        >>> from numerics.curvature import gauss_newton_extremes
        >>> model = torch.nn.Linear(2, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.diag(torch.tensor([1.0, 2.0], dtype=torch.float64)), torch.zeros(2, 1, dtype=torch.float64)
        >>> gauss_newton_extremes(model, torch.nn.MSELoss(), x, y).largest.round(6).tolist()
        [4.0]
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
    """Estimate the trace of the Hessian or of the Gauss–Newton matrix.

    The trace is exact where there are no more parameters than probes.

    Args:
        model: A torch module; it is left as it was found.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        gauss_newton: Whether to take the Gauss–Newton matrix.
        probes: The number of random vectors, at least 2.
        seed: The seed of these vectors.

    Returns:
        An `Estimate`: the trace and its standard error.

    Raises:
        CurvatureError: As for `hessian_extremes`, and for fewer than two probes, which have no standard error.

    Source:
        Hutchinson 1990, "A stochastic estimator of the trace of the influence matrix".

    Example:
        >>> import torch
        >>> from numerics.curvature import hessian_trace
        >>> model = torch.nn.Linear(2, 1, bias=False, dtype=torch.float64)
        >>> x, y = torch.diag(torch.tensor([1.0, 2.0], dtype=torch.float64)), torch.zeros(2, 1, dtype=torch.float64)
        >>> hessian_trace(model, torch.nn.MSELoss(), x, y)
        Estimate(value=5.0, error=0.0)
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
    """Estimate the spectral density of the Hessian or of the Gauss–Newton matrix by Lanczos quadrature.

    Args:
        model: A torch module with at least four parameters; it is left as it was found.
        loss: A function of (model(x), y) that returns one number.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.
        y: The targets, as `loss` takes them.
        gauss_newton: Whether to take the Gauss–Newton matrix.
        lanczos_steps: The number of Lanczos steps, at least 2; no more are made than there are parameters.
        points: The number of points of the grid, at least 2.
        repeats: The number of random starting vectors, at least 1.
        seed: The seed of these vectors.

    Returns:
        The grid and the density on it, two arrays of shape (points,). The density is smoothed and integrates to 1.

    Raises:
        CurvatureError: As for `hessian_extremes`, and for a matrix of fewer than four rows or of a rank so low that
            Lanczos ends early.

    Source:
        Ubaru, Chen and Saad 2017, "Fast estimation of tr(f(A)) via stochastic Lanczos quadrature".

    Example:
        >>> import numpy as np, torch
        >>> from numerics.curvature import hessian_density
        >>> model = torch.nn.Linear(8, 1, bias=False, dtype=torch.float64)
        >>> x = torch.diag(torch.arange(1.0, 9.0, dtype=torch.float64))
        >>> t, rho = hessian_density(model, torch.nn.MSELoss(), x, torch.zeros_like(x[:, :1]), points=64)
        >>> t.shape, round(float(np.trapezoid(rho, t)), 9)
        ((64,), 1.0)
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

"""Singular values of Jacobians: of any torch function by its input, of a model by its parameters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator
from torch import Tensor, nn

from derivations.arguments import function, one_of, optional, real, seed, taking, whole
from numerics.arguments import module, shape
from numerics.networks.batch_loss import CurvatureError, Function, derivative, in_words, measuring
from numerics.networks.operators import ProductOperator
from numerics.networks.spectra_of_products import NotConverged, extreme_singular_values_of, formed
from numerics.networks.unchanged import twice_differentiable

Array = NDArray[np.float64]

DENSE = 512
"""Up to this number of rows or columns, a Jacobian is formed and decomposed as a whole."""


@taking(CurvatureError, function=function, count=optional(whole(1)), which=one_of("largest", "smallest"), seed=seed)
def jacobian_singular_values(
    function: Callable[[Tensor], Any],
    x: Tensor,
    *,
    count: int | None = None,
    which: Literal["largest", "smallest"] = "largest",
    seed: int = 0,
) -> Array:
    """Compute singular values of the derivative of a function at x.

    With `count`, the smallest ones come from products with JJᵀ and have half the digits. A module is left as it was
    found.

    Args:
        function: A torch function or module that maps one tensor to one tensor.
        x: The point, a floating-point tensor of any shape.
        count: The number of singular values at one end, at least 1; None for all min(inputs, outputs).
        which: "largest" or "smallest"; used only with `count`.
        seed: The seed of the starting vector.

    Returns:
        The singular values in decreasing order, a float64 array.

    Raises:
        CurvatureError: The function is random, its values are not finite, or torch cannot differentiate it.

    Example:
        >>> import torch
        >>> from numerics.curvature import jacobian_singular_values
        >>> jacobian_singular_values(lambda x: x**2, torch.tensor([1.0, 3.0], dtype=torch.float64)).tolist()
        [6.0, 2.0]
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise CurvatureError("x must be a tensor of floating-point numbers")
    if x.numel() == 0:
        raise CurvatureError("the input is empty")
    if not torch.isfinite(x).all():
        raise CurvatureError("the inputs contain NaN or infinity")
    context = measuring(function) if isinstance(function, nn.Module) else nullcontext()
    kept = torch.random.fork_rng(devices=[x.device] if x.is_cuda else [])
    said = in_words("the function cannot be differentiated at x")
    with context, kept, torch.enable_grad(), twice_differentiable(), said:
        return _singular_values(function, x.detach(), count, which, seed)


def _singular_values(
    function: Callable[[Tensor], Any], x: Tensor, count: int | None, which: Literal["largest", "smallest"], seed: int
) -> Array:
    at = x.clone().requires_grad_(True)
    outs = []
    for number in (2, 1):
        torch.manual_seed(number)
        # a copy, since a function may change its argument in place
        found = function(at.clone())
        if not isinstance(found, Tensor):
            raise CurvatureError(f"the function must return one tensor, not {type(found).__name__}")
        outs.append(found)
    out = outs[1].reshape(-1)
    if out.numel() == 0:
        raise CurvatureError("the function returns nothing: its output is empty")
    if not torch.isfinite(out).all():
        raise CurvatureError("the function's values are not finite at x")
    if float((outs[0].reshape(-1) - out).detach().abs().max()) > 1e3 * torch.finfo(out.dtype).eps * float(
        out.detach().abs().max()
    ):
        raise CurvatureError("the function is random: the same input gives different outputs; call eval()")
    rows, columns = out.numel(), x.numel()

    u = torch.zeros_like(out, requires_grad=True)
    pulled = derivative(out, at, u, graph=True)
    J: LinearOperator = ProductOperator(
        lambda v: derivative(pulled, u, v),  # Jv is the derivative by u of ⟨Jᵀu, v⟩
        lambda w: derivative(out, at, w),
        x.shape,
        out.shape,
        out,
    ).to_scipy()
    _check(lambda v: function(v).reshape(-1), x, J)
    if count is None or min(rows, columns) <= DENSE:
        matrix = formed(J)
        if not np.isfinite(matrix).all():
            raise CurvatureError("the derivative is not finite at x")
        values = np.linalg.svd(matrix, compute_uv=False)
        if count is not None and not 1 <= count <= len(values):
            raise CurvatureError(f"the map has {len(values)} singular values, not {count}")
        return np.asarray(values if count is None else values[:count] if which == "largest" else values[-count:])
    try:
        return extreme_singular_values_of(J, count, which, seed)
    except (ValueError, NotConverged) as error:
        raise CurvatureError(str(error)) from None


def _check(function: Callable[[Tensor], Tensor], x: Tensor, J: LinearOperator) -> None:
    """u·Jv = v·Jᵀu on random vectors, to half the digits."""
    rng = np.random.default_rng(21)
    v, u = rng.normal(size=x.numel()), rng.normal(size=J.shape[0])
    Jv, Jtu = J.matvec(v), J.rmatvec(u)
    scale = float(np.linalg.norm(u) * np.linalg.norm(Jv) + np.linalg.norm(v) * np.linalg.norm(Jtu))
    if abs(float(u @ Jv - v @ Jtu)) > torch.finfo(x.dtype).eps ** 0.5 * scale:
        raise CurvatureError("the products with the derivative and with its transpose do not belong to one matrix")
    # differences with steps h and h/2, from which their error is estimated
    eps = torch.finfo(x.dtype).eps
    direction = torch.as_tensor(v / np.linalg.norm(v), dtype=x.dtype, device=x.device).reshape(x.shape)
    Jv = Jv / float(np.linalg.norm(v))
    h = eps ** (1 / 3) * max(1.0, float(x.norm()) / x.numel() ** 0.5)
    with torch.no_grad():
        wide, narrow = (
            ((function(x + s * direction) - function(x - s * direction)) / (2 * s)).cpu().double().numpy()
            for s in (2 * h, h)
        )
    spread, size = float(np.linalg.norm(wide - narrow)), float(max(np.linalg.norm(narrow), np.linalg.norm(Jv)))
    if spread <= 0.05 * size and float(np.linalg.norm(narrow - Jv)) > 4 * spread + eps**0.25 * size:
        raise CurvatureError(
            "the derivative by autograd is not that of the values (differences): a layer has a derivative of its own"
        )


@taking(CurvatureError, model=module)
def parameter_jacobian_singular_values(model: nn.Module, x: Any) -> Array:
    """Compute all singular values of the derivative of the model's outputs by its parameters.

    Args:
        model: A torch module; it is left as it was found.
        x: One batch of inputs: a tensor, or a tuple or mapping of tensors.

    Returns:
        The singular values in decreasing order, a float64 array.

    Raises:
        CurvatureError: Model and batch do not fit, or torch cannot differentiate the model.

    Example:
        >>> import torch
        >>> from numerics.curvature import parameter_jacobian_singular_values
        >>> model = torch.nn.Linear(2, 1, bias=False, dtype=torch.float64)
        >>> parameter_jacobian_singular_values(model, torch.tensor([[3.0, 4.0]], dtype=torch.float64)).round(9).tolist()
        [5.0]
    """
    with measuring(model):
        function = Function(model, x)
        return jacobian_singular_values(function.flat, function.at())


@taking(CurvatureError, product=function, transposed=function, shape=shape, tol=real(0, most=0.5), seed=seed)
def spectral_norm(
    product: Callable[[Any], Any], transposed: Callable[[Any], Any], shape: tuple[int, int], *, tol: float, seed: int
) -> float:
    """Compute the largest singular value of a linear map from its products with vectors.

    Args:
        product: v ↦ Av, a function of arrays of length n.
        transposed: u ↦ Aᵀu, a function of arrays of length m.
        shape: (m, n), the numbers of rows and columns of A.
        tol: The relative tolerance, from 0 (machine precision) to 0.5.
        seed: The seed of the starting vector.

    Returns:
        The spectral norm ‖A‖.

    Raises:
        CurvatureError: The products are not those of a linear map, or the iteration does not converge.

    Example:
        >>> import numpy as np
        >>> from numerics.curvature import spectral_norm
        >>> A = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
        >>> round(spectral_norm(lambda v: A @ v, lambda u: A.T @ u, (3, 2), tol=1e-9, seed=0), 6)
        3.0
    """
    with in_words("the products are not those of a linear map"):
        A = LinearOperator(shape, matvec=product, rmatvec=transposed, dtype=np.float64)
        return float(extreme_singular_values_of(A, 1, "largest", seed, tol)[0])

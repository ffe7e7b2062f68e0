"""Linear maps between torch tensors that are given by their products, as one kind of operator for torch and SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from curvlinops._torch_base import PyTorchLinearOperator  # the base of its own examples' operators
from torch import Tensor

Product = Callable[[Tensor], Tensor]


class ProductOperator(PyTorchLinearOperator):  # type: ignore[misc]
    """The matrix A of x ↦ Ax and y ↦ Aᵀy, which is never formed; the interface is curvlinops'.

    `forward` takes a tensor of shape `inputs` to one of shape `outputs`, `backward` the other way; a symmetric A needs
    no `backward`. Vectors have the type and the device of `like`. Then `A @ v` is a tensor for a vector (n,) and for
    the columns of a matrix (n, k), which are multiplied one by one, so that memory is that of one product;
    `A.adjoint()` is the transposed matrix, and `A.to_scipy()` an operator for SciPy's solvers, in float64.

    >>> import torch
    >>> A = ProductOperator(lambda v: v[1:] - v[:-1], None, (3,), (2,), torch.zeros(1))
    >>> A @ torch.tensor([1.0, 4.0, 9.0])
    tensor([3., 5.])
    """

    def __init__(
        self, forward: Product, backward: Product | None, inputs: Sequence[int], outputs: Sequence[int], like: Tensor
    ) -> None:
        super().__init__([tuple(inputs)], [tuple(outputs)])
        self.forward, self.backward, self.inputs, self.outputs, self.like = forward, backward, inputs, outputs, like

    @property
    def dtype(self) -> torch.dtype:
        return self.like.dtype

    @property
    def device(self) -> torch.device:
        return self.like.device

    def _matmat(self, X: list[Tensor]) -> list[Tensor]:
        (columns,) = X
        return [torch.stack([self.forward(v.contiguous()).detach() for v in columns.unbind(-1)], -1)]

    def _adjoint(self) -> ProductOperator:
        if self.backward is None:
            raise NotImplementedError("the transposed products are not known")
        return ProductOperator(self.backward, self.forward, self.outputs, self.inputs, self.like)


class SymmetricOperator(ProductOperator):
    """The same for a symmetric matrix by its products with vectors of the shape of `like`."""

    SELF_ADJOINT = True

    def __init__(self, product: Product, like: Tensor) -> None:
        super().__init__(product, None, like.shape, like.shape, like)

"""The largest Hessian eigenvalue of a residual network: ours, and curvlinops with eigsh by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from scipy.sparse.linalg import LinearOperator, eigsh

from benchmarks.timing import Row, side_by_side
from numerics.curvature import largest_hessian_eigenvalue
from numerics.models.du2018 import ResNet, generator


def curvature(quick: bool) -> Iterator[Row]:
    """Width 256, depth 10, 128 inputs of length 64, float64, to a relative 1e-6; by curvlinops and by plain torch."""
    from curvlinops import HessianLinearOperator

    width, depth, n = (64, 3, 32) if quick else (256, 10, 128)
    g = generator(0)
    net = ResNet(64, width, depth, "softplus", g, 0.5)
    x = torch.nn.functional.normalize(torch.randn(n, 64, generator=g, dtype=torch.float64))
    y = torch.randn(n, generator=g, dtype=torch.float64)
    loss = torch.nn.MSELoss(reduction="sum")
    parameters = [p for p in net.parameters() if p.requires_grad]

    def by_hand() -> float:
        operator = HessianLinearOperator(net, loss, parameters, [(x, y)]).to_scipy()
        return float(eigsh(operator, 1, which="LA", tol=1e-6, return_eigenvectors=False)[0])

    def in_plain_torch() -> float:
        """Products by differentiating ⟨gradient, v⟩ again, with a new graph for each."""
        size = sum(p.numel() for p in parameters)

        def product(v: Any) -> Any:
            gradients = torch.autograd.grad(loss(net(x), y), parameters, create_graph=True)
            flat = torch.cat([one.flatten() for one in gradients])
            found = torch.autograd.grad(flat @ torch.as_tensor(v).flatten(), parameters)
            return torch.cat([one.flatten() for one in found]).numpy()

        operator = LinearOperator((size, size), matvec=product, dtype="float64")
        return float(eigsh(operator, 1, which="LA", tol=1e-6, return_eigenvectors=False)[0])

    def ours() -> float:
        return largest_hessian_eigenvalue(net, loss, x, y, tol=1e-6)

    for peer in (by_hand, in_plain_torch):
        if abs(ours() / peer() - 1) > 1e-5:
            raise AssertionError(f"{peer.__name__} finds another eigenvalue")
    job = f"largest Hessian eigenvalue, m = {width}, H = {depth}, n = {n}, to 1e-6"
    mine, theirs = side_by_side(ours, by_hand, 3)
    yield Row(job, mine, "curvlinops + eigsh", theirs)
    mine, theirs = side_by_side(ours, in_plain_torch, 3)
    yield Row(job, mine, "torch.autograd twice + eigsh", theirs)

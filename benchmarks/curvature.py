"""The largest Hessian eigenvalue of a residual network: ours, and curvlinops with eigsh by hand."""

from __future__ import annotations

import torch
from scipy.sparse.linalg import eigsh

from benchmarks.timing import Row, median_time
from numerics.curvature import largest_hessian_eigenvalue
from numerics.models.du2018 import ResNet, generator


def curvature() -> list[Row]:
    """Width 256, depth 10, 128 inputs of length 64, float64, to a relative 1e-6."""
    from curvlinops import HessianLinearOperator

    g = generator(0)
    net = ResNet(64, 256, 10, "softplus", g, 0.5)
    x = torch.nn.functional.normalize(torch.randn(128, 64, generator=g, dtype=torch.float64))
    y = torch.randn(128, generator=g, dtype=torch.float64)
    loss = torch.nn.MSELoss(reduction="sum")
    parameters = [p for p in net.parameters() if p.requires_grad]

    def by_hand() -> float:
        operator = HessianLinearOperator(net, loss, parameters, [(x, y)]).to_scipy()
        return float(eigsh(operator, 1, which="LA", tol=1e-6, return_eigenvectors=False)[0])

    def ours() -> float:
        return largest_hessian_eigenvalue(net, loss, x, y, tol=1e-6)

    assert abs(ours() / by_hand() - 1) < 1e-5
    job = "largest Hessian eigenvalue, m = 256, H = 10, n = 128, to 1e-6"
    return [Row(job, median_time(ours, 3), "curvlinops + eigsh", median_time(by_hand, 3))]

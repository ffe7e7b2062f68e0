"""float64 torch on one device, batched over leading axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
import torch
from numpy.typing import NDArray

from derivations.activations import sigmoid, softplus
from derivations.gaussian import relu, step
from numerics.values.backend import Backend, as_float, elementary
from numerics.values.linear.arrays import ArrayBackend
from numerics.values.special import torch_functions


class TorchBackend(ArrayBackend):
    """Tensors of torch on `device`, with constants in float64."""

    name = "torch"
    linalg = torch.linalg

    def __init__(self, device: str) -> None:
        self.device = device
        self.options: dict[str, Any] = {"dtype": torch.float64, "device": device}
        functions = elementary(lambda name: getattr(torch, name), ceiling="ceil")
        functions |= {
            **torch_functions(),
            sp.erf: torch.special.erf,
            sp.erfc: torch.special.erfc,
            sp.sign: lambda x: torch.where(torch.isnan(x), torch.nan, torch.sign(x)),
            relu: torch.relu,
            step: lambda x: torch.where(torch.isnan(x), torch.nan, (x > 0).to(x.dtype)),
            sp.Heaviside: lambda x, half=0.5: torch.where(
                torch.isnan(x), torch.nan, torch.heaviside(x, torch.as_tensor(half, **self.options))
            ),
            # beyond 40 the difference from x is below rounding
            softplus: lambda x: torch.nn.functional.softplus(x, threshold=40.0),
            sigmoid: torch.sigmoid,
        }
        self.functions = functions

    def number(self, e: sp.Expr) -> Any:
        return torch.tensor(as_float(e), **self.options)

    def maximum(self, a: Any, b: Any) -> Any:
        return torch.maximum(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return torch.minimum(a, b)

    def sqrt(self, a: Any) -> Any:
        return a.sqrt()

    def choose(self, truth: tuple[Any, Any], a: Any, b: Any) -> Any:
        holds, fails = (torch.as_tensor(t, device=self.device) for t in truth)
        return torch.where(holds, a, torch.where(fails, b, torch.nan))

    def host(self, a: Any) -> NDArray[Any]:
        found: NDArray[Any] = torch.as_tensor(a).detach().cpu().numpy()
        return found

    def own(self, a: Any, like: Any) -> Any:
        return torch.as_tensor(a, dtype=like.dtype, device=like.device)

    def together(self, parts: Sequence[Any]) -> Any:
        total = sum(parts[1:], parts[0])  # has the shape that all broadcast to
        return torch.stack([part.expand_as(total) for part in parts], -1)

    def above_zero(self, a: Any) -> Any:
        return a.clamp(min=0.0)

    def ones(self, rows: int, cols: int) -> Any:
        return torch.ones((rows, cols), **self.options)

    def eye(self, n: int) -> Any:
        return torch.eye(n, **self.options)

    def matmul(self, a: Any, b: Any) -> Any:
        return torch.matmul(a, b)


def backend(device: str) -> Backend:
    """Tensors on `device`."""
    return TorchBackend(device)

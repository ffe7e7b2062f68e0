"""Whether a network is in the class in which gradient descent reaches the optimum at infinity, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from checks.errors import InputError
from derivations.letters.shown import Shown

if TYPE_CHECKING:
    from torch import nn

    from numerics.networks.branches import Reached


@dataclass(frozen=True, repr=False)
class InfinityClass(Shown):
    """What was found.

    Attributes:
        inside: Whether the network is in the class.
        reason: Which layer is not, or what else is missing; "" inside.
        layers: For each operation before the last layer α and b with v = αx + z, |z_ij| ≤ b for all weights.
        sigma_x: |α|σ_min(X) of the inputs in the features.
        branches: b√(dN), what the branches can take off it.
        loss: The cross-entropy of the network as it is.
        time: Σ η_k until the loss is ε, by the theorem; None outside.
    """

    inside: bool
    reason: str
    layers: Mapping[str, Reached]
    sigma_x: float
    branches: float
    loss: float
    time: float | None

    @property
    def sigma_low(self) -> float:
        """The least singular value that the features have, whatever the weights; not positive outside of the class."""
        return self.sigma_x - self.branches

    def __str__(self) -> str:
        if not self.inside:
            return f"not in the class: {self.reason}"
        return f"in the class: σ_min of the features ≥ {self.sigma_low:.4g} for all weights; Σ η_k ≤ {self.time:.4g}"


def infinity_class(model: nn.Module, x: Any, labels: Any, epsilon: float = 0.01) -> InfinityClass:
    """Test whether a network is in the class of `macdonald2023.infinity-time`, on data.

    The class: features αx + z before a last linear layer, where for all weights no entry of z exceeds a bound b so
    small that b√(dN) < |α|σ_min(X). Such are residual networks whose branches end with a bounded activation.

    Args:
        model: A module of one argument that ends with an `nn.Linear`.
        x: Inputs (N, d).
        labels: Classes (N), numbers from 0.
        epsilon: The cross-entropy that is asked for.

    Returns:
        Whether it is, the layer that is not, and the Σ η_k that the theorem asks for.

    Raises:
        InputError: The model cannot be traced or run on the inputs, or labels do not fit.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from checks.api import infinity_class
        >>> found = infinity_class(nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)), torch.eye(3), [0, 1, 0])
        >>> str(found)
        'not in the class: the features before 2 have no part of the input: there is no skip connection'
    """
    import torch

    from numerics.errors import EvaluationError
    from numerics.networks.branches import branched

    inputs = _tensor(x, "x")
    classes = _tensor(labels, "labels").long()
    if inputs.ndim != 2 or classes.shape != inputs.shape[:1]:
        raise InputError(
            f"x has shape {tuple(inputs.shape)} and labels {tuple(classes.shape)}: (N, d) and (N) are needed"
        )
    if not epsilon > 0:
        raise InputError(f"epsilon = {epsilon}: it must be positive")
    if not isinstance(model, torch.nn.Module):
        raise InputError("model is not a torch module")
    try:
        found = branched(model)
    except EvaluationError as error:
        raise InputError(str(error)) from None
    loss = _loss(model, inputs, classes)
    n, d = inputs.shape
    alpha, b = found.features.alpha, found.features.b
    sigma = abs(alpha) * float(torch.linalg.svdvals(inputs.double())[-1]) if n <= d else 0.0
    branches = b * sqrt(n * d)
    reason = _reason(found.features, found.last, sigma, branches, n, d)
    time = None if reason else _time(model.get_submodule(found.last), n, d, b, sigma, loss, epsilon)
    return InfinityClass(not reason, reason, found.layers, sigma, branches, loss, time)


def _tensor(value: Any, name: str) -> Any:
    import torch

    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"{name} is not an array of numbers") from None


def _loss(model: nn.Module, x: Any, classes: Any) -> float:
    import torch

    from numerics.networks.branches import as_traced

    some = next(model.parameters(), None)
    try:
        with torch.no_grad():
            given = x if some is None else x.to(some)
            outputs = model(given.clone())  # which it may change in place
            loss = float(torch.nn.functional.cross_entropy(outputs.double(), classes.to(outputs.device)))
            same = as_traced(model, given)
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        raise InputError(f"the model cannot be run on x and labels: {str(error).splitlines()[0]}") from None
    if not same:
        raise InputError("the model differs from its trace: it may change a tensor in place and use it later")
    return loss


def _reason(features: Reached, last: str, sigma: float, branches: float, n: int, d: int) -> str:
    if not features.bounded:
        return features.why
    if features.alpha == 0:
        return f"the features before {last} have no part of the input: there is no skip connection"
    if n > d:
        return f"{n} inputs of length {d} are dependent: take at most {d}"
    if sigma < 1e-9:
        return "the inputs are dependent: σ_min(X) is 0"
    if branches >= sigma:
        return f"the branches before {last} are too large: b√(dN) = {branches:.4g}, |α|σ_min(X) = {sigma:.4g}"
    return ""


def _time(last: Any, n: int, d: int, b: float, sigma: float, loss: float, epsilon: float) -> float:
    """Σ η_k by the theorem, its branches taken together as one of scale b; 0 where the loss is small already."""
    from derivations.papers.macdonald2023.convergence import INFINITY
    from numerics.values.theorems import values

    if loss <= epsilon:
        return 0.0
    given = {"K": last.out_features, "N": n, "d": d, "B": 1, "c": max(b, 1e-300), "sigma_x": sigma}
    found = values(INFINITY, {**given, "ell_0": loss, "epsilon": epsilon})
    return float(found[INFINITY.demands["time"]])

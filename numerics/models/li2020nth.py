"""The neural tangent hierarchy along gradient flow: residual nets run side by side, K³ in closed form, truncations.

Parameters carry a leading axis of R nets, which do not see each other: a derivative along the gradient of the sum of
their outputs is, net by net, one along the gradient of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from numerics.models.du2018 import FullyConnected, ResNet
from numerics.networks.tangent_hierarchy import Field, Parameters, along_gradient, along_gradients

Array = NDArray[np.float64]
State = dict[str, Tensor]


@dataclass(frozen=True)
class Nets:
    """Residual nets of two or more layers on the same inputs: x^(1) = √(c_σ/m)σ(W^(1)x), then x + s·σ(W^(ℓ)x).

    Args:
        x: The inputs, of shape (n, d), or (R, n, d) for R nets with inputs of their own.
        first: √(c_σ/m), before σ in the first layer.
        later: s = c_res/(L√m), before σ in the others; with `skip` False they have no shortcut.
        sigma: σ, a torch function.
        skip: Whether later layers have a shortcut.
    """

    x: Tensor
    first: float
    later: float
    sigma: Callable[[Tensor], Tensor] = torch.tanh
    skip: bool = True

    def __call__(self, parameters: Parameters) -> Tensor:
        """The outputs, of shape (R, n)."""
        W, *others = (parameters[k] for k in sorted(parameters) if k != "a")
        features = self.first * self.sigma(self.x @ W.mT)
        for V in others:
            step = self.later * self.sigma(features @ V.mT)
            features = features + step if self.skip else step
        return torch.einsum("rm,rnm->rn", parameters["a"], features)

    def total(self, parameters: Parameters) -> Tensor:
        """The outputs summed over the nets, of shape (n,)."""
        return self(parameters).sum(0)

    def kernels(self, parameters: Parameters, order: int) -> list[Tensor]:
        """K², …, K^order of every net, each of shape (R, n, …, n)."""
        found: list[Tensor] = []
        field: Field = self.__call__
        for _ in range(2, order + 1):
            field = along_gradients(field, self.total)
            found.append(field(parameters))
        return found


def start(nets: int, d: int, m: int, layers: int, generator: torch.Generator, *, signs: bool = False) -> State:
    """Parameters of R = `nets` nets of `layers` layers and width m, all N(0, 1); with `signs` output weights ±1.

    Nets of all depths have the same output weights and first layers.
    """

    def normal(*shape: int) -> Tensor:
        return torch.randn(nets, *shape, generator=generator, dtype=torch.float64, device=generator.device)

    output = normal(m)
    found = {f"W{layer:03d}": normal(m, d if layer == 0 else m) for layer in range(layers)}
    return {**found, "a": output.sign() if signs else output}


def flow(nets: Nets, parameters: State, y: Tensor, steps: list[float]) -> Iterator[State]:
    """Gradient flow of L = (1/2n)Σ(f − y)² of every net, by the Runge–Kutta method of order 4.

    Args:
        nets: The nets.
        parameters: Where they start.
        y: Labels, of shape (n,) or (R, n).
        steps: The lengths of the steps in time.

    Yields:
        The parameters at the start and after every step.

    Example:
        >>> nets = Nets(torch.eye(2, dtype=torch.float64), 0.5, 0.1)
        >>> at = start(3, 2, 4, 2, torch.Generator().manual_seed(0))
        >>> *_, end = flow(nets, at, torch.ones(2), [0.5] * 200)
        >>> bool((nets(end) - 1).abs().max() < 1e-3)
        True
    """

    def slope(at: State) -> State:
        leaves = {k: p.detach().requires_grad_(True) for k, p in at.items()}
        loss = ((nets(leaves) - y) ** 2).sum() / (2 * len(nets.x))
        return dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))

    def moved(at: State, by: State, time: float) -> State:
        return {k: p.add(by[k], alpha=-time) for k, p in at.items()}

    yield parameters
    for h in steps:
        one = slope(parameters)
        two = slope(moved(parameters, one, h / 2))
        three = slope(moved(parameters, two, h / 2))
        four = slope(moved(parameters, three, h))
        # into the place of the first: what it takes to set memory aside is most of the time otherwise
        total = {k: g.add_(two[k], alpha=2).add_(three[k], alpha=2).add_(four[k]) for k, g in one.items()}
        parameters = moved(parameters, total, h / 6)
        yield parameters


def speeds(nets: Nets, parameters: State, y: Tensor, order: int) -> list[Tensor]:
    """−(1/n)Σ_β K^{r+1}(…, x_β)r_β for r = 2, …, order, of every net: what the hierarchy says of dK^r/dt."""
    residual = nets(parameters) - y
    found: list[Tensor] = []
    field: Field = nets.__call__
    for _ in range(2, order + 1):
        field = along_gradients(field, nets.total)
        found.append(-along_gradient(field, nets.__call__, residual)(parameters) / len(nets.x))
    return found


def truncated(f: Array, kernels: list[Array], y: Array, steps: list[float]) -> Iterator[tuple[Array, Array]]:
    """The hierarchy with its last kernel kept as it is at the start, by the Runge–Kutta method of order 4.

    Args:
        f: Outputs at the start, of shape (R, n).
        kernels: K², …, K^p at the start, each of shape (R, n, …, n).
        y: Labels, of shape (n,) or (R, n).
        steps: The lengths of the steps in time.

    Yields:
        The outputs and K² at the start and after every step.

    Example:
        >>> one = np.ones((1, 1))
        >>> *_, (f, K) = truncated(0 * one, [one[:, None]], one, [0.5] * 100)
        >>> bool(abs(f - 1).max() < 1e-9), K.tolist()
        (True, [[[1.0]]])
    """

    def velocity(state: list[Array]) -> list[Array]:
        r = (state[0] - y) / f.shape[1]
        moving = [-np.einsum("r...b,rb->r...", kernel, r) for kernel in state[1:]]
        return [*moving, np.zeros_like(state[-1])]

    def moved(state: list[Array], by: list[Array], time: float) -> list[Array]:
        return [s + time * v for s, v in zip(state, by, strict=True)]

    state = [f, *kernels]
    yield state[0], state[1]
    for h in steps:
        one = velocity(state)
        two = velocity(moved(state, one, h / 2))
        three = velocity(moved(state, two, h / 2))
        four = velocity(moved(state, three, h))
        state = [
            s + h / 6 * (p + 2 * q + 2 * u + v) for s, p, q, u, v in zip(state, one, two, three, four, strict=True)
        ]
        yield state[0], state[1]


def predicted_drift(K2: Array, K3: Array, K4: Array, residual: Array) -> tuple[Array, Array]:
    """What K² does over the whole training, from the kernels of one net at its start.

    With K² = UΛUᵀ and r̃ = Uᵀr the two terms are −Σ_i K³(·, ·, x_i)(K⁻¹r)_i and
    Σ_ij [UᵀK⁴(a, b, ·, ·)U]_ij r̃_i r̃_j/(λ_i(λ_i + λ_j)), both of order 1/m; what is left is of order 1/m².

    Args:
        K2: K² on n inputs, positive definite.
        K3: K³, of shape (n, n, n).
        K4: K⁴, of shape (n, n, n, n).
        residual: f − y at the start, of shape (n,).

    Returns:
        The two terms, each of shape (n, n).

    Example:
        >>> one = np.ones((1, 1))
        >>> first, second = predicted_drift(one, 2 * one[None], 4 * one[None, None], -np.ones(1))
        >>> first.item(), second.item()
        (2.0, 2.0)
    """
    values, U = np.linalg.eigh(K2)
    turned = U.T @ residual
    first = -np.einsum("abi,i->ab", K3, U @ (turned / values))
    weights = np.outer(turned, turned) / (values[:, None] * (values[:, None] + values[None, :]))
    return first, np.einsum("abcd,ci,dj,ij->ab", K4, U, U, weights)


@torch.no_grad()
def closed_k3(net: FullyConnected | ResNet, x: Tensor) -> Tensor:
    """K³ of a net by one tangent pass through its layers, without autograd but for σ′ and σ″.

    Args:
        net: A fully connected or residual net.
        x: The inputs, of shape (n, d).

    Returns:
        K³(x_a, x_b; x_c), of shape (n, n, n).

    Example:
        >>> from sympy import tanh, Symbol
        >>> net = ResNet(3, 4, 2, tanh(Symbol("x")), torch.Generator().manual_seed(0))
        >>> closed_k3(net, torch.eye(3, dtype=torch.float64)).shape
        torch.Size([3, 3, 3])
    """
    weights: list[Any] = [layer.weight for layer in net.layers]
    skip = isinstance(net, ResNet)
    later = net.step if isinstance(net, ResNet) else net.scale
    layers = [(W, net.scale if i == 0 else later, skip and i > 0) for i, W in enumerate(weights)]
    return _tangent_passes(layers, net.output.weight[0], x, net.sigma)


@torch.no_grad()
def closed_k3_of_nets(nets: Nets, parameters: Parameters) -> Tensor:
    """K³ of every net by one tangent pass through its layers: no gradient is ever written out, as `kernels` does.

    Args:
        nets: The nets.
        parameters: Their parameters.

    Returns:
        K³(x_a, x_b; x_c), of shape (R, n, n, n).

    Example:
        >>> nets = Nets(torch.eye(2, dtype=torch.float64), 0.5, 0.1)
        >>> at = start(3, 2, 4, 2, torch.Generator().manual_seed(0))
        >>> torch.allclose(closed_k3_of_nets(nets, at), nets.kernels(at, 3)[1])
        True
    """
    return _tangent_passes(*_parts(nets, parameters), nets.sigma)


@torch.no_grad()
def layer_traces(nets: Nets, parameters: Parameters) -> Tensor:
    """What each layer, and at last the output layer, adds to tr K² of every net: s_ℓ²Σ‖δ_ℓ‖²‖x^(ℓ−1)‖².

    Args:
        nets: The nets; their inputs may be others for each net, of shape (R, n, d).
        parameters: Their parameters.

    Returns:
        The parts of tr K², of shape (R, layers + 1).

    Example:
        >>> nets = Nets(torch.eye(2, dtype=torch.float64), 0.5, 0.1)
        >>> at = start(3, 2, 4, 2, torch.Generator().manual_seed(0))
        >>> whole = nets.kernels(at, 2)[0].diagonal(dim1=1, dim2=2).sum(-1)
        >>> torch.allclose(layer_traces(nets, at).sum(-1), whole)
        True
    """
    layers, output, x = _parts(nets, parameters)
    passes = _there_and_back(layers, output, x, nets.sigma)
    sizes = [(z**2).sum(-1) for z in passes.z]
    parts = [
        s**2 * ((delta**2).sum(-1) * size).sum(-1)
        for (_, s, _), delta, size in zip(layers, passes.deltas, sizes, strict=False)
    ]
    return torch.stack([*parts, sizes[-1].sum(-1)], -1)


Layers = list[tuple[Tensor, float, bool]]
"""Layers z ↦ [z +] sσ(Wz) as (W, s, whether z is added); axes of nets may lead the shapes."""


def _parts(nets: Nets, parameters: Parameters) -> tuple[Layers, Tensor, Tensor]:
    weights = [parameters[k] for k in sorted(parameters) if k != "a"]
    layers = [(W, nets.later if i else nets.first, nets.skip and i > 0) for i, W in enumerate(weights)]
    return layers, parameters["a"], nets.x.expand(len(parameters["a"]), *nets.x.shape[-2:])


@dataclass(frozen=True, eq=False)
class Passes:
    """A forward and a backward pass: x^(ℓ), σ′(u_ℓ), σ″(u_ℓ), b^(ℓ) and δ_ℓ."""

    z: list[Tensor]
    slopes: list[Tensor]
    curvatures: list[Tensor]
    signals: list[Tensor]
    deltas: list[Tensor]


def _derivatives(sigma: Callable[[Tensor], Tensor], u: Tensor) -> tuple[Tensor, Tensor]:
    """σ′(u) and σ″(u)."""
    with torch.enable_grad():
        leaf = u.detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(sigma(leaf).sum(), leaf, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), leaf)
    return slope.detach(), curvature


def _there_and_back(layers: Layers, output: Tensor, x: Tensor, sigma: Callable[[Tensor], Tensor]) -> Passes:
    z, slopes, curvatures = [x], [], []
    for W, s, kept in layers:
        inside = z[-1] @ W.mT
        slope, curvature = _derivatives(sigma, inside)
        slopes.append(slope)
        curvatures.append(curvature)
        z.append((z[-1] if kept else 0) + s * sigma(inside))
    signals: list[Tensor] = [output[..., None, :].expand(z[-1].shape)]
    deltas: list[Tensor] = []
    for (W, s, kept), slope in zip(layers[::-1], slopes[::-1], strict=True):
        deltas.insert(0, slope * signals[0])
        signals.insert(0, (signals[0] if kept else 0) + s * deltas[0] @ W)
    return Passes(z, slopes, curvatures, signals, deltas)


def _tangent_passes(layers: Layers, output: Tensor, x: Tensor, sigma: Callable[[Tensor], Tensor]) -> Tensor:
    """K³(·, ·; x_c) for every c: how K² moves along the gradient at x_c, by a pass forward and one back."""
    passes = _there_and_back(layers, output, x, sigma)
    z, slopes, curvatures, deltas = passes.z, passes.slopes, passes.curvatures, passes.deltas
    columns = []
    for c in range(x.shape[-2]):
        one = slice(c, c + 1)
        dz: list[Tensor] = [torch.zeros_like(x)]
        du: list[Tensor] = []
        for i, (W, s, kept) in enumerate(layers):
            du.append(dz[i] @ W.mT + s * (z[i] @ z[i][..., one, :].mT) * deltas[i][..., one, :])
            dz.append((dz[i] if kept else 0) + s * slopes[i] * du[i])
        found = dz[-1] @ z[-1].mT + z[-1] @ dz[-1].mT
        db = z[-1][..., one, :].expand_as(z[-1])
        for i, (W, s, kept) in reversed(list(enumerate(layers))):
            delta = deltas[i]
            d_delta = curvatures[i] * du[i] * passes.signals[i + 1] + slopes[i] * db
            found = found + s**2 * (d_delta @ delta.mT + delta @ d_delta.mT) * (z[i] @ z[i].mT)
            found = found + s**2 * (delta @ delta.mT) * (dz[i] @ z[i].mT + z[i] @ dz[i].mT)
            back = s**2 * (delta @ delta[..., one, :].mT) * z[i][..., one, :]
            db = (db if kept else 0) + s * d_delta @ W + back
        columns.append(found)
    return torch.stack(columns, -1)


def time_steps(total: float, first: float, longest: float, growth: float) -> list[float]:
    """Steps that grow by a factor from `first` to `longest`, as the flow slows down, until `total` is reached."""
    found: list[float] = []
    h = first
    while sum(found) < total:
        found.append(h)
        h = min(growth * h, longest)
    return found

"""A loss on one batch as a function of the trainable parameters: gradient, Hessian and Gauss–Newton products.

Everything goes by reverse mode, twice at most; each product is compared, on random vectors, with what it must be.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from derivations.arguments import first_line
from numerics.machine.nonfinite import NonFinite
from numerics.networks.operators import SymmetricOperator
from numerics.networks.structures import flatten, tensors_of
from numerics.networks.unchanged import CODE, evaluated, not_a_model, twice_differentiable, unchanged

Array = NDArray[np.float64]
Loss = Callable[[Any, Any], Tensor]


class CurvatureError(ValueError):
    """A model, loss or batch whose curvature cannot be had; the message says why."""


def trainable(model: nn.Module, x: Any) -> dict[str, nn.Parameter]:
    """The trainable parameters by name, tied ones once, after a look at whether model and data fit."""
    found = {n: p for n, p in model.named_parameters() if p.requires_grad}
    if not found:
        raise CurvatureError("the model has no trainable parameter: nothing to differentiate by")
    data = tensors_of(x)
    if hasattr(x, "dtype") and not isinstance(x, Tensor):
        raise CurvatureError("the data are an array, and models take tensors: give torch.as_tensor(x)")
    if not data or any(t.numel() == 0 for t in data):
        raise CurvatureError("the batch is empty")
    for t in data:
        if (t.is_floating_point() or t.is_complex()) and not torch.isfinite(t).all():
            raise CurvatureError("the inputs contain NaN or infinity")
    real = [t.dtype for t in data if t.is_floating_point()]
    for name, p in model.named_parameters():
        if p.is_complex():
            raise CurvatureError(f"{name} is complex: give real and imaginary parts as parameters of their own")
        for t in data:
            if p.device != t.device:
                raise CurvatureError(f"{name} is on {p.device}, the data on {t.device}: move one with .to(device)")
        if len(set(real)) == 1 and p.is_floating_point() and p.dtype != real[0]:
            raise CurvatureError(f"{name} has {p.dtype}, the data {real[0]}: convert one with .to(dtype)")
        if not p.is_meta and not torch.isfinite(p).all():
            raise CurvatureError(f"the parameter {name} contains NaN or infinity")
    for name, m in model.named_modules():
        if isinstance(m, nn.BatchNorm1d) and m.training and len(data) == 1 and len(data[0]) == 1 and data[0].ndim == 2:
            raise CurvatureError(f"{name} normalises a batch of one sample: give at least two, or call model.eval()")
    return found


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Torch's errors as a CurvatureError with `what` failed in front."""
    try:
        yield
    except CurvatureError:
        raise
    except CODE as error:
        raise CurvatureError(f"{what}: {first_line(error)}") from None


@contextmanager
def measuring(model: nn.Module) -> Iterator[None]:
    """The model as it is now, kernels that can be differentiated twice, and everything put back at the end."""
    refused = not_a_model(model)
    if refused:
        raise CurvatureError(refused)
    with unchanged(model), twice_differentiable(), torch.enable_grad():
        yield


class Function:
    """θ ↦ model(x), with θ one vector of all trainable parameters; to be used inside of `measuring(model)`."""

    def __init__(self, model: nn.Module, x: Any) -> None:
        self.model, self.x = model, x
        self.given = trainable(model, x)
        self.shapes = {n: p.shape for n, p in self.given.items()}
        self.sizes = [p.numel() for p in self.given.values()]
        self.size = sum(self.sizes)
        kinds = {p.dtype for p in self.given.values()}
        if len(kinds) > 1:
            raise CurvatureError(f"parameters of several types, {sorted(map(str, kinds))}: convert with .to(dtype)")
        self._check_determined()

    def at(self) -> Tensor:
        """The present parameters as a vector (P,)."""
        return torch.cat([p.detach().reshape(-1) for p in self.given.values()])

    def __call__(self, flat: Tensor) -> Any:
        parts = zip(self.shapes.items(), torch.split(flat, self.sizes), strict=True)
        with in_words("the model does not take this batch"):
            return evaluated(self.model, {n: v.reshape(s) for (n, s), v in parts}, self.x)

    def flat(self, flat: Tensor) -> Tensor:
        """All floating outputs in one vector."""
        out = [t.reshape(-1) for t in tensors_of(self(flat)) if t.is_floating_point()]
        if not out or sum(t.numel() for t in out) == 0:
            raise CurvatureError("the model returns no floating-point tensor")
        return torch.cat(out)

    def _check_determined(self) -> None:
        """The same parameters twice, with other random numbers, must give the same outputs."""
        at, outs = self.at(), []
        with torch.no_grad():
            for seed in (1, 2):
                torch.manual_seed(seed)
                outs.append(self.flat(at))
        if torch.isfinite(outs[0]).all() and not torch.equal(*outs):
            # the same sum in another order is no randomness
            gap, scale = float((outs[0] - outs[1]).abs().max()), float(outs[0].abs().max())
            if gap > 1e3 * torch.finfo(outs[0].dtype).eps * scale:
                names = [
                    n for n, m in self.model.named_modules() if isinstance(m, _RANDOM) and m.training and _drops(m)
                ]
                where = f" ({names[0]})" if names else ""
                raise CurvatureError(
                    f"the model is random{where}: the same input gives different outputs; call model.eval(), "
                    "or set the layer to evaluation mode"
                )


def _drops(layer: nn.Module) -> bool:
    return bool(getattr(layer, "p", 0) or getattr(layer, "dropout", 0) or isinstance(layer, nn.RReLU))


_RANDOM = (nn.modules.dropout._DropoutNd, nn.RReLU, nn.RNNBase, nn.MultiheadAttention)


class BatchLoss(Function):
    """θ ↦ loss(model(x), y): its gradient and products with its Hessian and its Gauss–Newton matrix."""

    def __init__(self, model: nn.Module, loss: Loss, x: Any, y: Any) -> None:
        for t in tensors_of(y):
            if t.is_floating_point() and not torch.isfinite(t).all():
                raise CurvatureError("the targets contain NaN or infinity")
        self.loss, self.y = loss, y
        super().__init__(model, x)
        self.theta = self.at().requires_grad_(True)
        self.products = 0

    def of_output(self, out: Any, step: int | None = None) -> Tensor:
        """The loss of an output, one number; one that is not finite is NonFinite at the given step of a run."""
        with warnings.catch_warnings(record=True) as seen, in_words("the loss does not take the model's output"):
            warnings.simplefilter("always")
            value = self.loss(out, self.y)
        if any("Using a target size" in str(w.message) for w in seen):
            shapes = [tuple(t.shape) for t in (*tensors_of(out), *tensors_of(self.y))]
            raise CurvatureError(f"outputs and targets of shapes {shapes} would be broadcast: reshape the targets")
        if not isinstance(value, Tensor):
            raise CurvatureError(f"the loss must be one torch number, not {type(value).__name__}")
        if value.numel() != 1:
            raise CurvatureError(f"the loss must be one number, not shape {tuple(value.shape)}: reduce by mean or sum")
        if not torch.isfinite(value).all():
            if step is not None:
                raise NonFinite(step, float(value.detach()))
            raise CurvatureError(f"the loss is {float(value.detach())} at the present parameters")
        return value.reshape(())

    def value(self, theta: Tensor, step: int | None = None) -> Tensor:
        """ℓ(θ)."""
        return self.of_output(self(theta), step)

    def gradient(self, theta: Tensor, graph: bool = False) -> Tensor:
        """∇ℓ(θ), with its graph if wanted; zeros where ℓ does not depend on θ."""
        value = self.value(theta)
        with in_words("the loss has no gradient"):
            found = derivative(value, theta, graph=graph)
        if not torch.isfinite(found).all():
            at = int(torch.nonzero(~torch.isfinite(found.detach()))[0])
            raise CurvatureError(f"the gradient by {self.name(at)} is {float(found[at].detach())}")
        return found

    def name(self, index: int) -> str:
        """The parameter that an entry of θ belongs to."""
        ends = np.cumsum(self.sizes)
        return list(self.shapes)[int(np.searchsorted(ends, index, side="right"))]

    def hessian(self) -> SymmetricOperator:
        """v ↦ ∇²ℓ v, one backward pass each through a gradient that is computed once; checked on random vectors."""
        # Not curvlinops' HessianLinearOperator, which differentiates a gradient forward. Of 34 models it gives the same
        # numbers for 15, in four to ten times the time, and raises for 17: weight and spectral norm, batch and group
        # norm, fused attention, bags of embeddings, several inputs, unused parameters, buffers that change, losses
        # without `reduction`. For layer and instance norm it returns another matrix, off by 27 % and 11 %, without a
        # word (pytorch#196699), so that nothing says beforehand where it can be taken.
        gradient = self.gradient(self.theta, graph=True)

        def product(v: Tensor) -> Tensor:
            with in_words("the gradient cannot be differentiated again"):
                return derivative(gradient, self.theta, v)

        self._check_symmetric(product, "Hessian")
        self._check_differences(product)
        return self._counted(product)

    def gauss_newton(self) -> SymmetricOperator:
        """v ↦ DFᵀ∇²c DF v for ℓ = c(F), all outputs of the model together; checked to be positive semidefinite."""
        out = self(self.theta)
        leaves, rebuilt = flatten(out)
        moving = [k for k, t in enumerate(leaves) if isinstance(t, Tensor) and t.is_floating_point()]
        z = torch.cat([leaves[k].reshape(-1) for k in moving])
        apart = z.detach().requires_grad_(True)
        parts = torch.split(apart, [leaves[k].numel() for k in moving])
        again = list(leaves)
        for k, part in zip(moving, parts, strict=True):
            again[k] = part.reshape(leaves[k].shape)
        with in_words("the loss has no gradient by the outputs"):
            slope = derivative(self.of_output(rebuilt(again)), apart, graph=True)
            u = torch.zeros_like(z, requires_grad=True)
            pulled = derivative(z, self.theta, u, graph=True)

        def product(v: Tensor) -> Tensor:
            with in_words("the outputs cannot be differentiated"):
                return derivative(z, self.theta, derivative(slope, apart, derivative(pulled, u, v)))

        self._check_symmetric(product, "Gauss–Newton matrix")
        self._check_definite(product)
        return self._counted(product)

    def _counted(self, product: Callable[[Tensor], Tensor]) -> SymmetricOperator:
        def counted(v: Tensor) -> Tensor:
            self.products += 1
            found = product(v)
            if not torch.isfinite(found).all():
                raise CurvatureError("a product with the matrix is not finite at the present parameters")
            return found

        return SymmetricOperator(counted, self.theta)

    def _probes(self, count: int) -> list[Tensor]:
        draws = np.random.default_rng(20).normal(size=(count, self.size))
        return [torch.as_tensor(v, dtype=self.theta.dtype, device=self.theta.device) for v in draws]

    def _check_symmetric(self, product: Callable[[Tensor], Tensor], what: str) -> None:
        """v·Hw = w·Hv, to half the digits: a larger difference means that the products are not those of one matrix."""
        v, w = self._probes(2)
        Hv, Hw = product(v), product(w)
        if not (torch.isfinite(Hv).all() and torch.isfinite(Hw).all()):
            raise CurvatureError(f"a product with the {what} is not finite at the present parameters")
        left, right = float(v @ Hw), float(w @ Hv)
        scale = float(v.norm() * Hw.norm() + w.norm() * Hv.norm())
        if abs(left - right) > torch.finfo(v.dtype).eps ** 0.5 * scale:
            raise CurvatureError(
                f"the {what} by autograd is not symmetric ({left:.6g} against {right:.6g} on random vectors): "
                "a layer or the loss has a derivative of its own"
            )

    def _check_definite(self, product: Callable[[Tensor], Tensor]) -> None:
        for v in self._probes(8):
            Gv = product(v)
            if float(v @ Gv) < -(torch.finfo(v.dtype).eps ** 0.5) * float(v.norm() * Gv.norm()):
                raise CurvatureError(
                    f"the Gauss–Newton matrix is not positive semidefinite (v·Gv = {float(v @ Gv):.3g} on a random "
                    "vector): the loss is not convex in the model's outputs"
                )

    def _padding(self) -> Tensor:
        """Which entries of θ belong to rows of embeddings that are constants for torch: `padding_idx`."""
        marks = {n: torch.zeros(s, dtype=torch.bool, device=self.theta.device) for n, s in self.shapes.items()}
        names = {id(p): n for n, p in self.given.items()}
        for m in self.model.modules():
            if isinstance(m, nn.Embedding) and m.padding_idx is not None and id(m.weight) in names:
                marks[names[id(m.weight)]][m.padding_idx] = True
        return torch.cat([mark.reshape(-1) for mark in marks.values()])

    def _check_differences(self, product: Callable[[Tensor], Tensor]) -> None:
        """Hv against (∇ℓ(θ + hv) − ∇ℓ(θ − hv))/2h at several h.

        The difference of steps h and h/2 estimates the error: four times their difference covers truncation (which is
        a third of it) and rounding. Where no two agree, as at a kink, differences say nothing.
        """
        (v,) = self._probes(1)
        v = torch.where(self._padding(), 0.0, v)
        v = v / v.norm()
        Hv = product(v).detach()
        eps = torch.finfo(v.dtype).eps
        base = eps ** (1 / 3) * max(1.0, float(self.theta.detach().norm()) / self.size**0.5)

        def quotient(h: float) -> Tensor:
            theta = self.theta.detach()
            ends = [self.gradient((theta + s * h * v).requires_grad_(True)).detach() for s in (1, -1)]
            return (ends[0] - ends[1]) / (2 * h)

        scale = float(Hv.norm())
        for h in (16 * base, base):
            try:
                wide, narrow = quotient(2 * h), quotient(h)
            except CurvatureError:  # outside of the loss's domain
                return
            spread = float((wide - narrow).norm())
            resolved = spread <= 0.05 * max(scale, float(narrow.norm()))
            if not resolved or float((narrow - Hv).norm()) <= 4 * spread + eps**0.25 * max(scale, float(narrow.norm())):
                return
        raise CurvatureError(
            f"the Hessian by autograd is not the derivative of the gradient (‖Hv‖ = {scale:.6g}, differences give "
            f"{float(narrow.norm()):.6g}): a layer or the loss has a derivative of its own"
        )


def derivative(of: Tensor, by: Tensor, along: Tensor | None = None, *, graph: bool = False) -> Tensor:
    """(∂of/∂by)ᵀ along, zeros where `of` does not depend on `by`; the graph below is kept."""
    if not of.requires_grad:
        return torch.zeros_like(by)
    # zeros where the graph does not reach `by`
    (found,) = torch.autograd.grad(
        of, by, along, retain_graph=True, create_graph=graph, allow_unused=True, materialize_grads=True
    )
    return found.to_dense() if found.is_sparse else found

"""Quotients and roots of values that are bounded away from zero, and variances, as nodes of the graph of a model."""

from __future__ import annotations

from math import inf
from typing import Any

import torch
from torch import Tensor, nn

from numerics.bounds.activation_constants import Activation
from numerics.bounds.layer_constants import Affine, EntrywiseLayer, LinearMap, Square, UnknownLayer
from numerics.bounds.recorder import Recorder, name_of

POSITIVE = (Square, nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Hardsigmoid, nn.Softmax, nn.Softplus)


def floor(rec: Recorder, k: int) -> float:
    """A number that no entry of a value is below, for all data and parameters; −∞ if none is known."""
    node = rec.nodes[k]
    if node.kind == "source":
        return -inf if k in rec.sources else float(node.value.min())
    if node.kind == "input":
        return -inf
    below = [floor(rec, j) for j in node.operands]
    if node.kind != "layer":
        kinds = {"sum": sum(below), "join": min(below), "product": 0.0 if min(below) >= 0 else -inf}
        return kinds[node.kind]
    least = getattr(node.module, "least", None)
    if least is not None:
        return float(least)
    if isinstance(node.module, POSITIVE):
        return 0.0
    if type(node.module) is not LinearMap or below[0] == -inf:
        return -inf
    with torch.no_grad():  # a map without negative entries keeps the order
        return float(node.module(torch.full_like(rec.nodes[node.operands[0]].value, below[0])).min())


def inverse(rec: Recorder, k: int, power: float, what: str) -> int:
    """y ↦ y^−power for power ½ or 1, of a value that stays above a positive number."""
    m = _floor_of(rec, k, what)
    # on y ≥ m the derivatives are largest at m
    constants = Activation(
        power * m ** (-power - 1), power * (power + 1) * m ** (-power - 2), m**-power, m**-power
    )  # fmt: skip
    return rec.layer(EntrywiseLayer(lambda t: t.clamp(min=m) ** -power, constants), k, rec.label(what))


def _floor_of(rec: Recorder, k: int, what: str) -> float:
    m = floor(rec, k)
    if not 0 < m < inf:
        raise UnknownLayer(
            f"{rec.label(what)}: of something that may be arbitrarily close to 0, without a Lipschitz constant; "
            "add a constant ε > 0 to what is positive, or use torch's normalisation layers"
        )
    return m


def divide(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    """a/b for numbers, constants, or values b that stay away from zero."""
    a, b = (*args, *(v for k, v in named.items() if k in ("input", "other")))[:2]
    if name_of(func) in ("rdiv", "rtruediv"):
        a, b = b, a
    if named.get("rounding_mode") is not None:
        raise UnknownLayer(f"{rec.label('quotient')}: a rounded quotient jumps")
    if not (isinstance(b, Tensor) and rec.known(b)):
        least = float(b.detach().double().abs().min()) if isinstance(b, Tensor) else abs(float(b))
        if least == 0:
            raise UnknownLayer(f"{rec.label('quotient')}: a division by zero")
        shape = out.shape
        at = rec.before(a)
        if rec.nodes[at].value.shape != shape:
            at = rec.linear(lambda t: t.expand(shape), at)
        return rec.layer(Affine(lambda t: t / b, 1 / least), at, rec.label("quotient"))
    below = inverse(rec, rec.before(b), 1.0, "quotient")
    above = rec.before(a if isinstance(a, Tensor) else torch.as_tensor(a, dtype=out.dtype, device=out.device))
    return rec.node("product", rec.label("quotient"), out, [above, below])


def root(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    """sqrt, rsqrt and reciprocal."""
    name, k = name_of(func), rec.before(args[0])
    if name != "sqrt":
        return inverse(rec, k, {"rsqrt": 0.5, "reciprocal": 1.0}[name], name)
    m = _floor_of(rec, k, name)
    constants = Activation(0.5 * m**-0.5, 0.25 * m**-1.5, m**0.5)
    made = EntrywiseLayer(lambda t: t.clamp(min=m) ** 0.5, constants)
    made.least = m**0.5
    return rec.layer(made, k, rec.label(name))


def variance(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    """torch.var over some axes: the mean of the squares after the mean is subtracted."""
    axes = named.get("dim", args[1] if len(args) > 1 and not isinstance(args[1], bool) else None)
    correction = named.get("correction", 1 if named.get("unbiased", True) else 0)
    k = rec.before(args[0])
    every = tuple(range(rec.nodes[k].value.ndim)) if axes is None else axes
    keep = bool(named.get("keepdim", False))
    centred = rec.layer(Affine(lambda t: t - t.mean(every, keepdim=True), 1.0), k, rec.label("centring"))
    squares = rec.layer(Square(lambda t: t * t), centred, rec.label("square"))
    length = rec.nodes[k].value.numel() // rec.nodes[k].value.sum(every).numel()
    return rec.linear(lambda t: t.sum(every, keepdim=keep) / (length - correction), squares, rec.label("variance"))


QUOTIENTS = {
    **dict.fromkeys(("div", "divide", "truediv", "rdiv", "rtruediv", "idiv", "itruediv", "true_divide"), divide),
    **dict.fromkeys(("sqrt", "rsqrt", "reciprocal"), root),
    "var": variance,
}

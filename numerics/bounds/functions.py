"""Torch's functions as layers of the calculus of bounds: how a call in a model's code enters its graph."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log
from typing import Any

import torch
from torch import Tensor, nn

from numerics.bounds.activation_constants import OF_FUNCTIONS, Activation
from numerics.bounds.layer_constants import Affine, EntrywiseLayer, Square, UnknownLayer
from numerics.bounds.recorder import Recorder, expanded, name_of

MODULES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "selu": nn.SELU, "celu": nn.CELU, "gelu": nn.GELU,
    "silu": nn.SiLU, "mish": nn.Mish, "hardswish": nn.Hardswish, "hardtanh": nn.Hardtanh, "relu6": nn.ReLU6,
    "hardsigmoid": nn.Hardsigmoid, "softplus": nn.Softplus, "softsign": nn.Softsign, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "logsigmoid": nn.LogSigmoid, "tanhshrink": nn.Tanhshrink, "softshrink": nn.Softshrink,
    "glu": nn.GLU,
}  # fmt: skip
POOLS: dict[str, type[nn.Module]] = {
    "max_pool1d": nn.MaxPool1d, "max_pool2d": nn.MaxPool2d, "max_pool3d": nn.MaxPool3d,
    "adaptive_max_pool1d": nn.AdaptiveMaxPool1d, "adaptive_max_pool2d": nn.AdaptiveMaxPool2d,
    "adaptive_max_pool3d": nn.AdaptiveMaxPool3d,
}  # fmt: skip
DROPOUT = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}
Rule = Callable[[Recorder, Any, tuple[Any, ...], dict[str, Any], Any], int | None]


def _module(kind: type[nn.Module]) -> Rule:
    def rule(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
        left = {k: v for k, v in named.items() if k not in ("input", "_stacklevel", "dtype")}
        x, more = (args[0], args[1:]) if args else (named["input"], ())
        if kind in (nn.ReLU, nn.SELU, nn.SiLU, nn.Mish, nn.Hardswish, nn.ReLU6, nn.Hardsigmoid):
            more, left = (), {}  # nothing but inplace
        left.pop("inplace", None)
        return rec.layer(kind(*more, **left), rec.before(x), rec.label(kind.__name__))

    return rule


def _of(rec: Recorder, t: Tensor) -> int:
    """The value that a tensor had when a function was called that may have worked in place on it."""
    return rec.before(t)


def _softmax(kind: type[nn.Module]) -> Rule:
    def rule(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
        axis = args[1] if len(args) > 1 else named.get("dim")
        return rec.layer(kind(dim=axis), rec.before(args[0] if args else named["input"]))

    return rule


def _pool(kind: type[nn.Module]) -> Rule:
    names: tuple[str, ...] = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    if "Adaptive" in kind.__name__:
        names = ("output_size", "return_indices")

    def rule(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
        left = {**dict(zip(names, args[1:], strict=False)), **{k: v for k, v in named.items() if k != "input"}}
        return rec.layer(kind(**left), rec.before(args[0] if args else named["input"]))

    return rule


def _entrywise(name: str) -> Rule:
    def rule(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
        return rec.layer(EntrywiseLayer(lambda t: func(t), OF_FUNCTIONS[name]), rec.before(args[0]), rec.label(name))

    return rule


def _dropout(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    default = name_of(func) in DROPOUT - {"alpha_dropout", "feature_alpha_dropout"} and func.__module__ != "torch"
    training = args[2] if len(args) > 2 else named.get("training", named.get("train", default))
    p = args[1] if len(args) > 1 else named.get("p", 0.5)
    if training and p > 0:
        raise UnknownLayer(f"{rec.label('dropout')} draws random numbers: call eval()")
    return rec.linear(lambda t: t * 1, rec.before(args[0] if args else named["input"]), rec.label("dropout"))


def _clamp(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    low, high = ([*args[1:], None, None][k] if len(args) > k + 1 else named.get(n) for k, n in ((0, "min"), (1, "max")))
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        raise UnknownLayer(f"{rec.label('clamp')}: only numbers are known as limits")
    if name_of(func) == "clamp_max":
        low, high = None, args[1]
    lower, upper = (-inf if low is None else low), (inf if high is None else high)
    most = max(abs(lower), abs(upper))
    constants = Activation(1, at_zero=abs(min(max(0.0, lower), upper)), **({} if most == inf else {"most": most}))
    made = EntrywiseLayer(lambda t: t.clamp(low, high), constants)
    made.least = None if low is None else low
    return rec.layer(made, rec.before(args[0]), rec.label("clamp"))


def _interpolate(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    names = ("input", "size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias")
    given = {**dict(zip(names, args, strict=False)), **named}
    x = given.pop("input")
    if given.pop("antialias", False):
        raise UnknownLayer(f"{rec.label('interpolate')}: its norm is not known with antialias=True")
    return rec.layer(nn.Upsample(**given), rec.before(x), rec.label("interpolate"))


def _power(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    exponent = args[1] if len(args) > 1 else named.get("exponent", 2)
    if name_of(func) != "square" and exponent not in (1, 2):
        raise UnknownLayer(f"{rec.label('power')}: of powers only the square is known")
    if exponent == 1:
        return rec.linear(lambda t: t * 1, rec.before(args[0]))
    return rec.layer(Square(lambda t: t * t), rec.before(args[0]), rec.label("square"))


def _extremes(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int | None:
    """The largest or smallest along an axis, of all, or of two tensors."""
    if len(args) > 1 and isinstance(args[1], Tensor):
        pair = rec.node("join", rec.label("pair"), torch.stack([t.expand(out.shape) for t in args[:2]]),
                        [expanded(rec, rec.before(t), out.shape) for t in args[:2]])  # fmt: skip
        inner = torch.amax if name_of(func) in ("max", "maximum", "fmax") else torch.amin
        return rec.layer(EntrywiseLayer(lambda t: inner(t, 0), Activation(1)), pair, rec.label(name_of(func)))
    whole = isinstance(out, Tensor)

    def function(t: Tensor) -> Tensor:
        found = func(t, *args[1:], **named)
        return found if whole else found[0]  # type: ignore[no-any-return]

    made = rec.layer(EntrywiseLayer(function, Activation(1)), rec.before(args[0]), rec.label(name_of(func)))
    if whole:
        return made
    rec.bind(out[0], made)
    rec.taint(out[1])
    return None


def _length(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    order = args[1] if len(args) > 1 and not isinstance(args[1], tuple | list) else named.get("p", named.get("ord", 2))
    if order not in (2, 2.0, None, "fro"):
        raise UnknownLayer(f"{rec.label('norm')}: of norms only the Euclidean is known")
    return rec.layer(
        EntrywiseLayer(lambda t: func(t, *args[1:], **named), Activation(1)), rec.before(args[0]), rec.label("norm")
    )


def _log_sum(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    """log Σ exp, whose gradient is a softmax, of norm ≤ 1, and whose Hessian is diag p − ppᵀ."""
    length = rec.nodes[rec.before(args[0])].value.numel() / max(out.numel(), 1)
    constants = Activation(1, 0.5, log(length) * (1 + 1e-12))
    made = EntrywiseLayer(lambda t: func(t, *args[1:], **named), constants)
    return rec.layer(made, rec.before(args[0]), rec.label("logsumexp"))


def _masked_fill(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    mask, value = (args[k] if len(args) > k else named[n] for k, n in ((1, "mask"), (2, "value")))
    if rec.known(mask) or (isinstance(value, Tensor) and rec.known(value)):
        raise UnknownLayer(f"{rec.label('mask')} depends on the data, which the calculus cannot follow")
    shift = abs(float(value)) * float(mask.expand(out.shape).sum()) ** 0.5 if bool(mask.any()) else 0.0
    return rec.layer(Affine(lambda t: t.masked_fill(mask, value), 1.0, shift), rec.before(args[0]), rec.label("mask"))


class _BatchNorm(nn.BatchNorm1d):
    """On data of any dimension."""

    def _check_input_dim(self, input: Tensor) -> None:
        pass


def _normalised(name: str) -> Rule:
    def rule(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
        order = {
            "layer_norm": ("input", "normalized_shape", "weight", "bias", "eps"),
            "rms_norm": ("input", "normalized_shape", "weight", "eps"),
            "group_norm": ("input", "num_groups", "weight", "bias", "eps"),
            "batch_norm": ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
        }[name]
        given = {"weight": None, "bias": None, **dict(zip(order, args, strict=False)), **named}
        x, weight, bias = given["input"], given["weight"], given["bias"]
        for t in (weight, bias):
            if isinstance(t, Tensor) and not isinstance(t, nn.Parameter):
                raise UnknownLayer(f"{rec.label(name)}: its weights are known as parameters only")
        made: Any
        match name:
            case "layer_norm":
                made = nn.LayerNorm(given["normalized_shape"], given.get("eps", 1e-5), elementwise_affine=False)
            case "rms_norm":
                made = nn.RMSNorm(given["normalized_shape"], given.get("eps"), elementwise_affine=False)
            case "group_norm":
                made = nn.GroupNorm(given["num_groups"], x.shape[1], given.get("eps", 1e-5), affine=False)
            case _:
                made = _BatchNorm(x.shape[1], given.get("eps", 1e-5), affine=False, track_running_stats=False)
                made.running_mean, made.running_var = given["running_mean"], given["running_var"]
                made.train(bool(given.get("training", False)))
                if made.training:
                    made.running_mean = made.running_var = None
        made.weight = weight
        if name != "rms_norm":
            made.bias = bias
        return rec.layer(made, rec.before(x), rec.label(name))

    return rule


RULES: dict[str, Rule] = {
    **{name: _module(kind) for name, kind in MODULES.items()},
    **{name: _pool(kind) for name, kind in POOLS.items()},
    **{name: _entrywise(name) for name in OF_FUNCTIONS},
    **dict.fromkeys(DROPOUT, _dropout),
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamp),
    **dict.fromkeys(("pow", "square"), _power),
    **dict.fromkeys(
        ("max", "min", "amax", "amin", "maximum", "minimum", "fmax", "fmin", "sort", "topk", "msort"), _extremes
    ),
    **dict.fromkeys(("norm", "vector_norm"), _length),
    "masked_fill": _masked_fill,
    "interpolate": _interpolate,
    "logsumexp": _log_sum,
    "softmax": _softmax(nn.Softmax),
    "softmin": _softmax(nn.Softmin),
    "log_softmax": _softmax(nn.LogSoftmax),
    **{name: _normalised(name) for name in ("layer_norm", "rms_norm", "group_norm", "batch_norm")},
}

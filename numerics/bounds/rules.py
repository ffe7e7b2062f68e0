"""How a call of one of torch's functions enters the graph of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.utils import _pytree

from numerics.bounds.functions import RULES
from numerics.bounds.layer_constants import UnknownLayer
from numerics.bounds.products import PRODUCTS
from numerics.bounds.recorder import Recorder, name_of

ABOUT = {
    "shape", "size", "dim", "ndim", "ndimension", "numel", "nelement", "len", "dtype", "device", "is_cuda", "is_cpu",
    "is_mps", "is_meta", "stride", "is_contiguous", "requires_grad", "=requires_grad", "layout", "is_floating_point",
    "is_complex", "is_sparse", "is_nested", "is_leaf", "is_quantized", "is_mkldnn", "itemsize", "element_size",
    "get_device", "grad_fn", "storage_offset", "hash", "format", "repr", "is_inference", "is_same_size", "names",
}  # fmt: skip
"""Attributes of a tensor other than its values."""
SHAPES = {
    "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty",
    "new_tensor",
}  # fmt: skip
LINEAR = {
    "view", "reshape", "flatten", "unflatten", "permute", "transpose", "t", "T", "mT", "H", "mH", "movedim", "moveaxis",
    "swapaxes", "swapdims", "squeeze", "unsqueeze", "contiguous", "clone", "expand", "expand_as", "repeat", "tile",
    "repeat_interleave", "getitem", "narrow", "select", "index_select", "gather", "chunk", "split", "unbind", "roll",
    "flip", "mean", "sum", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
    "adaptive_avg_pool3d", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "unfold", "fold", "cumsum", "to",
    "type", "type_as", "float", "double", "view_as", "reshape_as", "ravel", "tril", "triu", "diagonal", "rot90", "pad",
    "adjoint", "tensor_split", "hsplit", "vsplit", "broadcast_to", "take_along_dim", "cpu", "cuda", "trace",
}  # fmt: skip
"""x ↦ Ax + c whose matrix has no negative entry, for all their options."""
ALIKE = {"expand_as", "view_as", "reshape_as", "type_as"}
"""Functions that use only the shape or type of their second argument."""
WHY = {
    **dict.fromkeys(("gt", "ge", "lt", "le", "eq", "ne", "greater", "less", "argmax", "argmin", "argsort", "isnan",
                     "nonzero", "bucketize", "searchsorted"), "decides by values of the data"),
    **dict.fromkeys(("round", "floor", "ceil", "trunc", "sign", "sgn", "heaviside"), "jumps with the data"),
    **dict.fromkeys(("detach", "data"), "clips a value, so that derivatives are not those of the function"),
    **dict.fromkeys(("bernoulli", "multinomial", "rand_like", "randn_like", "randint_like", "normal", "uniform",
                     "gumbel_softmax"), "draws random numbers"),
    "normalize": "divides by a norm that may be close to 0",
}  # fmt: skip
Numbers = Mapping[int, int | None]


def record(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any, numbers: Numbers) -> None:
    """Put a call with these results into the graph. Raises UnknownLayer for functions without known constants."""
    name = name_of(func)
    outs = [t for t in _pytree.tree_leaves(out) if isinstance(t, Tensor)]
    if name in ABOUT or name in SHAPES:
        return
    if not outs:
        what = "assigns to a part of a tensor" if name == "setitem" else "reads values of the data"
        raise UnknownLayer(f"{rec.label(name)} {what}, which the calculus cannot follow")
    made: int | None = None
    if name in PRODUCTS:
        made = PRODUCTS[name](rec, func, args, named, out)
    elif name in RULES:
        made = RULES[name](rec, func, args, named, out)
    elif name in LINEAR and (name in ALIKE or _alone(args, named, numbers)):
        for k, t in enumerate(outs):
            if t is not args[0]:
                part = None if out is t else k
                rec.bind(t, rec.linear(_with_first(func, args, named, part), numbers_of(rec, args[0], numbers), ""))
        return
    elif name in WHY:
        raise UnknownLayer(f"{rec.label(name)} {WHY[name]}, which the calculus cannot follow")
    else:
        raise UnknownLayer(
            f"{rec.label(name)}: the calculus does not know this function; put it into a module of its own and give "
            "known={type: constants}"
        )
    if made is not None and isinstance(out, Tensor):
        rec.bind(out, made)


def numbers_of(rec: Recorder, t: Tensor, numbers: Numbers) -> int:
    """The number of an argument as it was when the function was called."""
    found = numbers.get(id(t))
    return rec.of(t) if found is None else found


def _alone(args: tuple[Any, ...], named: dict[str, Any], numbers: Numbers) -> bool:
    """Whether the first argument is the only one that depends on anything."""
    given = [t for t in _pytree.tree_leaves((args, named)) if isinstance(t, Tensor)]
    return bool(args) and isinstance(args[0], Tensor) and all(t is args[0] or id(t) not in numbers for t in given)


def _with_first(
    func: Any, args: tuple[Any, ...], named: dict[str, Any], part: int | None
) -> Callable[[Tensor], Tensor]:
    def function(t: Tensor) -> Tensor:
        found = func(t, *args[1:], **named)
        return found if part is None else list(found)[part]  # type: ignore[no-any-return]

    return function

"""Sums, products, linear maps by weights and attention, as nodes of the graph of a model."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, prod
from string import ascii_uppercase
from typing import Any

import torch
from torch import Tensor, nn

from numerics.bounds.attention import scaled_dot_product
from numerics.bounds.layer_constants import Affine, MatrixProduct, UnknownLayer
from numerics.bounds.quotients import QUOTIENTS
from numerics.bounds.recorder import Recorder, expanded, name_of

Given = tuple[Any, ...]


def _two(args: Given, named: dict[str, Any]) -> tuple[Any, Any]:
    more = [v for k, v in named.items() if k in ("input", "other", "mat2", "tensor", "vec2")]
    first, second = (*args, *more)[:2]
    return first, second


def _moves(rec: Recorder, a: Any) -> bool:
    return isinstance(a, Tensor) and rec.known(a)


def _times(rec: Recorder, of: int, factor: Any, name: str, shape: torch.Size) -> int:
    """A value times numbers that nothing changes."""
    most = float(torch.as_tensor(factor).detach().abs().double().max()) if isinstance(factor, Tensor) else abs(factor)
    if most == inf:
        raise UnknownLayer(f"{rec.label(name)}: a factor is infinite")
    at = expanded(rec, of, shape)
    return rec.layer(Affine(lambda t: t * factor, float(most)), at, rec.label(name))


def add(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """a ± alpha·b, of numbers, constants or values."""
    name = name_of(func)
    a, b = _two(args, named)
    alpha = named.get("alpha", 1)
    signs = {"add": (1, alpha), "iadd": (1, 1), "radd": (1, 1), "rsub": (-1, 1)}.get(name, (1, -alpha))
    parts = []
    for t, sign in ((a, signs[0]), (b, signs[1])):
        t = t if isinstance(t, Tensor) else torch.as_tensor(t, dtype=out.dtype, device=out.device)
        at = rec.before(t)
        parts.append(expanded(rec, at if sign == 1 else _times(rec, at, sign, "multiple", t.shape), out.shape))
    return rec.node("sum", rec.label("sum"), out, parts)


def multiply(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """a·b, entry by entry."""
    a, b = _two(args, named)
    if _moves(rec, a) and _moves(rec, b):
        return rec.node("product", rec.label("product"), out, [rec.before(a), rec.before(b)])
    moving, factor = (a, b) if _moves(rec, a) else (b, a)
    return _times(rec, rec.before(moving), factor, "multiple", out.shape)


def multiply_all(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """Products of every entry of a with every one of b, or of rows: ‖·‖ ≤ ‖a‖‖b‖."""
    a, b = _two(args, named)
    return rec.node("product", rec.label(name_of(func)), out, [rec.before(a), rec.before(b)])


def negate(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """−a."""
    return _times(rec, rec.before(args[0]), -1, "negative", out.shape)


def matrix_product(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """a @ b: by a parameter's matrix, by a constant one, or of two values."""
    a, b = _two(args, named)
    if isinstance(b, nn.Parameter) and b.ndim == 2 and _moves(rec, a):
        return rec.layer(MatrixProduct(b), rec.before(a), rec.label("matrix product"))
    if not _moves(rec, b) and b.ndim == 2 <= a.ndim:
        return rec.layer(Affine(lambda t: t @ b, _norm(b)), rec.before(a), rec.label("matrix product"))
    if not _moves(rec, a) and a.ndim == 2 <= b.ndim:
        return rec.layer(Affine(lambda t: a @ t, _norm(a)), rec.before(b), rec.label("matrix product"))
    return rec.node("product", rec.label("matrix product"), out, [rec.before(a), rec.before(b)])


def _norm(matrix: Tensor) -> float:
    return float(torch.linalg.matrix_norm(matrix.detach().double(), 2)) * (1 + 1e-12)


def plus_product(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """addmm, baddbmm: c + a @ b."""
    if named.get("beta", 1) != 1 or named.get("alpha", 1) != 1:
        raise UnknownLayer(f"{rec.label(name_of(func))}: known with alpha = beta = 1 only")
    c, a, b = args
    product = matrix_product(rec, torch.matmul, (a, b), {}, a @ b)
    return rec.node("sum", rec.label("sum"), out, [expanded(rec, rec.before(c), out.shape), product])


def einsum(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """A contraction of two: ‖·‖ ≤ ‖a‖‖b‖, and √n for every axis of length n that one alone is summed over."""
    equation, *tensors = args
    tensors = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors
    if not isinstance(equation, str):
        raise UnknownLayer(f"{rec.label('einsum')}: known with an equation in letters only")
    left, arrow, right = equation.replace(" ", "").partition("->")
    indices = left.split(",")
    spare = [c for c in ascii_uppercase if c not in equation]
    dots = [t.ndim - len(i.replace(".", "")) for t, i in zip(tensors, indices, strict=True)]
    # the axes behind dots stand at their end in each
    named_axes = ["".join(spare[max(dots) - d : max(dots)]) for d in dots]
    indices = [i.replace("...", axes) for i, axes in zip(indices, named_axes, strict=True)]
    right = right.replace("...", "".join(spare[: max(dots)]))
    if not arrow:
        every = "".join(indices)
        right = "".join(sorted(i for i in set(every) if every.count(i) == 1))
    if len(tensors) > 2 or any(len(set(i)) < len(i) for i in indices):
        raise UnknownLayer(f"{rec.label('einsum')}: {equation}: known for one or two tensors without repeated letters")
    if len(tensors) == 1:
        return rec.linear(lambda t: torch.einsum(equation, t), rec.before(tensors[0]), rec.label("einsum"))
    a, b = indices
    alone = [t.shape[i.index(k)] for t, i, other in ((tensors[0], a, b), (tensors[1], b, a))
             for k in i if k not in other and k not in right]  # fmt: skip
    at = rec.node("product", rec.label("einsum"), out, [rec.before(t) for t in tensors])
    return at if not alone else _scaled_bound(rec, at, prod(alone) ** 0.5)


def _scaled_bound(rec: Recorder, at: int, norm: float) -> int:
    """The same value, with bounds times `norm`: of a product that is larger than its factors."""
    return rec.layer(Affine(lambda t: t * 1, norm), at, rec.label("sum over an axis"))


def by_weight(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """F.linear and F.conv…: torch's own layer with these parameters, or a product where they are computed."""
    name = name_of(func)
    order: tuple[str, ...] = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    if "transpose" in name:
        order = (*order[:5], "output_padding", "groups", "dilation")
    given = {"bias": None, **dict(zip(order, args, strict=False)), **named}
    x, weight, bias = given.pop("input"), given.pop("weight"), given.pop("bias")
    if name == "linear" and not (isinstance(weight, nn.Parameter) and isinstance(bias, nn.Parameter | None)):
        turned = rec.linear(lambda t: t.transpose(0, -1), rec.before(weight)) if _moves(rec, weight) else None
        if turned is None:
            product = matrix_product(rec, torch.matmul, (x, weight.mT), {}, x @ weight.mT)
        else:
            product = rec.node("product", rec.label(name), x @ weight.mT, [rec.before(x), turned])
        if bias is None:
            return product
        return rec.node("sum", rec.label("sum"), out, [product, expanded(rec, rec.before(bias), out.shape)])
    if not (isinstance(weight, nn.Parameter) and isinstance(bias, nn.Parameter | None)):
        raise UnknownLayer(f"{rec.label(name)}: of convolutions only those with parameters as weights are known")
    made: Any
    if name == "linear":
        made = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device="meta")
    else:
        kind = getattr(nn, ("ConvTranspose" if "transpose" in name else "Conv") + name[-2:])
        groups = given.get("groups", 1)
        first, second = weight.shape[0], weight.shape[1] * groups
        channels = (first, second) if "transpose" in name else (second, first)
        given["padding"] = given.get("padding", 0)
        made = kind(*channels, tuple(weight.shape[2:]), bias=bias is not None, device="meta", **given)
    made.weight, made.bias = weight, bias
    return rec.layer(made, rec.before(x), rec.label(name))


def join(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """torch.cat, torch.stack: the tuple of several values."""
    parts = args[0] if args else named["tensors"]
    return rec.node("join", rec.label("join"), out, [rec.before(t) for t in parts])


def where(rec: Recorder, func: Any, args: Given, named: dict[str, Any], out: Any) -> int:
    """torch.where with a fixed condition: bounded by the pair of both values."""
    condition, *choices = args
    if condition.dtype != torch.bool:  # a.where(condition, b)
        condition, choices = choices[0], [condition, *choices[1:]]
    if _moves(rec, condition):
        raise UnknownLayer(f"{rec.label('where')} decides by values of the data, which the calculus cannot follow")
    kept = [t if isinstance(t, Tensor) else torch.as_tensor(t, dtype=out.dtype, device=out.device) for t in choices]
    return rec.node("join", rec.label("where"), out, [expanded(rec, rec.before(t), out.shape) for t in kept])


Rule = Callable[[Recorder, Any, Given, dict[str, Any], Any], int]
PRODUCTS: dict[str, Rule] = {
    **dict.fromkeys(("add", "iadd", "radd", "sub", "isub", "rsub", "subtract"), add),
    **dict.fromkeys(("mul", "imul", "rmul", "multiply"), multiply),
    **QUOTIENTS,
    **dict.fromkeys(("neg", "negative"), negate),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "rmatmul", "linalg_matmul"), matrix_product),
    **dict.fromkeys(("addmm", "baddbmm", "addmv"), plus_product),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"), join),
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                     "conv_transpose3d"), by_weight),
    "einsum": einsum,
    "where": where,
    **dict.fromkeys(("outer", "ger", "kron", "inner"), multiply_all),
    "scaled_dot_product_attention": scaled_dot_product,
}  # fmt: skip

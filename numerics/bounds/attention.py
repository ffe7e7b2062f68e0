"""Attention and bilinear layers as the products that they are, in the graph of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import torch
from torch import Tensor, nn

from numerics.bounds.layer_constants import Affine, UnknownLayer
from numerics.bounds.recorder import Recorder, expanded
from numerics.bounds.recurrent import RECURRENT


def attention(rec: Recorder, q: int, k: int, v: int, mask: Tensor | None, scale: float) -> int:
    """softmax(q kᵀ·scale + mask) v over the last two axes."""
    keys = rec.linear(lambda t: t.mT, k)
    queries, values = rec.nodes[q].value, rec.nodes[v].value
    scores = rec.node("product", rec.label("scores"), queries @ rec.nodes[keys].value, [q, keys])
    scores = rec.layer(Affine(lambda t: t * scale, abs(scale)), scores, rec.label("scores"))
    if mask is not None:
        if rec.known(mask):
            raise UnknownLayer(f"{rec.label('mask')} depends on the data, which the calculus cannot follow")
        add = torch.zeros_like(mask, dtype=queries.dtype).masked_fill(~mask, -inf) if mask.dtype == torch.bool else mask
        masked = rec.nodes[scores].value + add
        scores = rec.layer(Affine(lambda t: t + add, 1.0, float(add.expand(masked.shape).norm())), scores)
    weights = rec.layer(nn.Softmax(-1), scores, rec.label("attention weights"))
    return rec.node("product", rec.label("attention"), rec.nodes[weights].value @ values, [weights, v])


def scaled_dot_product(rec: Recorder, func: Any, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> int:
    """F.scaled_dot_product_attention."""
    order = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    given = {"attn_mask": None, "dropout_p": 0.0, "is_causal": False, **dict(zip(order, args, strict=False)), **named}
    if given["dropout_p"] > 0 or given.get("enable_gqa"):
        raise UnknownLayer(f"{rec.label('attention')} draws random numbers or groups heads: call eval()")
    q, k, v, mask = (given[n] for n in order[:4])
    if given["is_causal"]:
        mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).tril()
    scale = given["scale"] if given.get("scale") is not None else q.shape[-1] ** -0.5
    return attention(rec, rec.before(q), rec.before(k), rec.before(v), mask, scale)


def attention_layer(rec: Recorder, module: Any, given: Mapping[str, Any], out: Any) -> None:
    """nn.MultiheadAttention as a linear layer, heads, attention and another linear layer."""
    label = rec.label("MultiheadAttention")
    if module.bias_k is not None or module.add_zero_attn or module.in_proj_weight is None:
        raise UnknownLayer(f"{label}: known for queries, keys and values of one size, without additions to them")
    if module.dropout > 0 and module.training:
        raise UnknownLayer(f"{label} draws random numbers: call eval()")
    size, heads = module.embed_dim, module.num_heads
    inner = nn.Linear(size, 3 * size, module.in_proj_bias is not None, device="meta")
    inner.weight = module.in_proj_weight
    if module.in_proj_bias is not None:
        inner.bias = module.in_proj_bias
    sources = [rec.before(given[n]) for n in ("query", "key", "value")]
    projected = {k: rec.layer(inner, k) for k in sources}
    first = not module.batch_first and rec.nodes[sources[0]].value.ndim == 3

    def head(part: int) -> Callable[[Tensor], Tensor]:
        def cut(t: Tensor) -> Tensor:
            t = (t.transpose(0, 1) if first else t)[..., part * size : (part + 1) * size]
            return t.reshape(*t.shape[:-1], heads, size // heads).transpose(-3, -2)

        return cut

    q, k, v = (rec.linear(head(part), projected[source]) for part, source in enumerate(sources))
    found = attention(rec, q, k, v, _mask(rec, given, rec.nodes[q].value), (size // heads) ** -0.5)
    merged = rec.linear(lambda t: t.transpose(-3, -2).flatten(-2), found)
    last = rec.layer(module.out_proj, merged)
    rec.bind(out[0], rec.linear(lambda t: t.transpose(0, 1), last) if first else last)
    if out[1] is not None:
        rec.taint(out[1])


def _mask(rec: Recorder, given: Mapping[str, Any], like: Tensor) -> Tensor | None:
    """Both masks of nn.MultiheadAttention as one that is added to the scores (batch, heads, queries, keys)."""
    total = None
    for name in ("key_padding_mask", "attn_mask"):
        mask = given[name]
        if mask is None:
            continue
        if rec.known(mask):
            raise UnknownLayer(f"{rec.label('mask')} depends on the data, which the calculus cannot follow")
        added = torch.zeros_like(mask, dtype=like.dtype).masked_fill(mask, -inf) if mask.dtype == torch.bool else mask
        if name == "key_padding_mask":
            added = added[..., None, None, :]
        elif mask.ndim == 3:  # one for each sample and head
            added = added.unflatten(0, (-1, like.shape[-3]))
        total = added if total is None else total + added
    return total


def bilinear(rec: Recorder, module: Any, given: Mapping[str, Any], out: Any) -> None:
    """nn.Bilinear: Σ a_i W_kij b_j + bias."""
    a, b = (rec.before(t) for t in (given["input1"], given["input2"]))
    weight, bias = module.weight, module.bias
    left, right = rec.nodes[a].value, rec.nodes[b].value
    first = rec.node(
        "product", rec.label("bilinear"), torch.einsum("...i,kij->...kj", left, weight), [a, rec.of(weight)]
    )
    value = torch.einsum("...kj,...j->...k", rec.nodes[first].value, right)
    found = rec.node("product", rec.label("bilinear"), value, [first, b])
    if bias is not None:
        shift = expanded(rec, rec.of(bias), out.shape)
        found = rec.node("sum", rec.label("sum"), out, [found, shift])
    rec.bind(out, found)


SPECIAL: dict[type[nn.Module], Callable[[Recorder, Any, Mapping[str, Any], Any], None]] = {
    **RECURRENT,
    nn.MultiheadAttention: attention_layer,
    nn.Bilinear: bilinear,
}
"""Torch's modules that take several tensors."""

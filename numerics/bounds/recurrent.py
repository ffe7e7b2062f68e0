"""Recurrent layers as the sums and products of their gates, step by step, in the graph of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from numerics.bounds.layer_constants import Affine, UnknownLayer
from numerics.bounds.recorder import Recorder


def _linear(weight: nn.Parameter, bias: nn.Parameter | None) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, device="meta")
    made.weight = weight
    if bias is not None:
        made.bias = bias
    return made


class _Cell:
    """One step of a layer in one direction: h (and c) of x and of the last h (and c)."""

    def __init__(self, rec: Recorder, kind: str, parameters: Sequence[Any], nonlinearity: str) -> None:
        weight_x, weight_h, bias_x, bias_h = parameters
        self.rec, self.kind, self.nonlinearity = rec, kind, nonlinearity
        self.of_x, self.of_h, self.size = _linear(weight_x, bias_x), _linear(weight_h, bias_h), weight_h.shape[1]

    def _value(self, k: int) -> Tensor:
        return self.rec.nodes[k].value

    def _sum(self, a: int, b: int) -> int:
        return self.rec.node("sum", self.rec.label("sum"), self._value(a) + self._value(b), [a, b])

    def _product(self, a: int, b: int) -> int:
        return self.rec.node("product", self.rec.label("gate"), self._value(a) * self._value(b), [a, b])

    def _part(self, k: int, part: int, act: nn.Module | None = None) -> int:
        cut = self.rec.linear(lambda t: t[..., part * self.size : (part + 1) * self.size], k, self.rec.label("gate"))
        return cut if act is None else self.rec.layer(act, cut)

    def step(self, x: int, h: int, c: int | None) -> tuple[int, int | None]:
        """The next h and c."""
        a, b = self.rec.layer(self.of_x, x), self.rec.layer(self.of_h, h)
        if self.kind == "GRU":
            reset, update = (
                self.rec.layer(nn.Sigmoid(), self._sum(self._part(a, k), self._part(b, k))) for k in (0, 1)
            )
            new = self.rec.layer(nn.Tanh(), self._sum(self._part(a, 2), self._product(reset, self._part(b, 2))))
            minus = self.rec.layer(Affine(lambda t: -t, 1.0), new)
            return self._sum(new, self._product(update, self._sum(h, minus))), None
        gates = self._sum(a, b)
        if self.kind == "RNN":
            return self.rec.layer(nn.ReLU() if self.nonlinearity == "relu" else nn.Tanh(), gates), None
        i, f, o = (self._part(gates, k, nn.Sigmoid()) for k in (0, 1, 3))
        assert c is not None
        kept = self._sum(self._product(f, c), self._product(i, self._part(gates, 2, nn.Tanh())))
        return self._product(o, self.rec.layer(nn.Tanh(), kept)), kept


def cell(rec: Recorder, module: Any, given: Mapping[str, Any], out: Any) -> None:
    """nn.RNNCell, nn.LSTMCell, nn.GRUCell: one step from the state that is given, zeros without one."""
    kind = type(module).__name__.removesuffix("Cell")
    x, state = given["input"], given["hx"]
    states = list(state) if isinstance(state, tuple | list) else [] if state is None else [state]
    if not states:
        zeros = x.new_zeros((*x.shape[:-1], module.hidden_size)).detach()
        states = [zeros, zeros] if kind == "LSTM" else [zeros]
    parts = (module.weight_ih, module.weight_hh, module.bias_ih, module.bias_hh)
    made = _Cell(rec, kind, parts, getattr(module, "nonlinearity", "tanh"))
    numbers = [rec.before(t) for t in states]
    h, c = made.step(rec.before(x), numbers[0], numbers[1] if kind == "LSTM" else None)
    for t, k in zip(out if kind == "LSTM" else [out], (h, c), strict=False):
        if k is not None:
            rec.bind(t, k)


def layers(rec: Recorder, module: Any, given: Mapping[str, Any], out: Any) -> None:
    """nn.RNN, nn.LSTM, nn.GRU, of several layers and both directions, from a state of zeros."""
    x = given["input"]
    if given["hx"] is not None or not isinstance(x, Tensor) or getattr(module, "proj_size", None):
        raise UnknownLayer(f"{rec.label(type(module).__name__)}: known for a tensor and a state of zeros, unprojected")
    if module.dropout > 0 and module.training:
        raise UnknownLayer(f"{rec.label(type(module).__name__)} draws random numbers: call eval()")
    time = 1 if module.batch_first and x.ndim == 3 else 0
    steps = [rec.linear(lambda t, k=k: t.select(time, k), rec.before(x)) for k in range(x.shape[time])]
    ends: list[tuple[int, int | None]] = []
    for k in range(module.num_layers):
        ways = []
        for suffix in ("", "_reverse") if module.bidirectional else ("",):
            names = [f"{n}_l{k}{suffix}" for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            made = _Cell(
                rec, module.mode.partition("_")[0], [getattr(module, n, None) for n in names],
                "relu" if module.mode == "RNN_RELU" else "tanh",
            )  # fmt: skip
            shape = (*rec.nodes[steps[0]].value.shape[:-1], module.hidden_size)
            zeros = rec.of(torch.zeros(shape, dtype=x.dtype, device=x.device))
            state: tuple[int, int | None] = (zeros, zeros)
            hs = []
            for step in steps[::-1] if suffix else steps:
                state = made.step(step, *state)
                hs.append(state[0])
            ways.append(hs[::-1] if suffix else hs)
            ends.append(state)
        steps = [_beside(rec, list(at), -1, torch.cat) for at in zip(*ways, strict=True)]
    rec.bind(out[0], _beside(rec, steps, time, torch.stack))
    last = out[1] if isinstance(out[1], tuple) else (out[1],)
    for t, which in zip(last, (0, 1), strict=False):
        rec.bind(t, _beside(rec, [state[which] for state in ends], 0, torch.stack))  # type: ignore[misc]


def _beside(rec: Recorder, parts: list[int], axis: int, how: Any) -> int:
    if len(parts) == 1 and how is torch.cat:
        return parts[0]
    return rec.node("join", rec.label("steps"), how([rec.nodes[k].value for k in parts], axis), parts)


RECURRENT = {
    **dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU), layers),
    **dict.fromkeys((nn.RNNCell, nn.LSTMCell, nn.GRUCell), cell),
}

"""Many small kernels launched as one: CUDA graphs, where launching costs more than computing."""

from __future__ import annotations

from collections.abc import Callable

import torch


def recorded(step: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """A step that is called many times: itself on a CPU; on a GPU its kernels are recorded at its second call.

    The step must work in place, on the same arrays each time, and draw nothing at random. Its first call runs as it is
    written, since libraries set themselves up then, which can't be recorded.
    """
    if device.type != "cuda":
        return step
    calls = 0
    graph: torch.cuda.CUDAGraph | None = None

    def call() -> None:
        nonlocal calls, graph
        calls += 1
        if calls == 1:
            step()
            return
        if graph is None:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                step()
        graph.replay()

    return call

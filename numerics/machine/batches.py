"""As many networks side by side as fit into memory, and fewer if the memory shrinks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from derivations.arguments import first_line
from numerics.machine.memory import SHARE, TooLarge


def fitting(count: int, bytes_each: float, device: str) -> int:
    """How many of `count` networks to compute at once: by the free memory of the GPU; one at a time on a CPU.

    There one fills the caches, and sums do not depend on how many there are.
    """
    if not device.startswith("cuda"):
        return 1
    free = SHARE * torch.cuda.mem_get_info()[0]
    return max(1, min(count, int(free // bytes_each)))


def in_batches(count: int, at_once: int, compute: Callable[[int, int], Tensor]) -> tuple[Tensor, int]:
    """compute(first, last) over 0 … count in turn, on the CPU, and the size of batch that did fit in the end.

    A batch that is too large for the GPU is halved and tried again. Raises TooLarge if one network is.
    """
    parts: list[Tensor] = []
    first = 0
    while first < count:
        last = min(first + at_once, count)
        try:
            parts.append(compute(first, last).detach().cpu())
        except torch.cuda.OutOfMemoryError as error:
            if last - first == 1:
                raise TooLarge(f"one network alone is too large for the GPU: {first_line(error)}") from None
            at_once = (last - first) // 2
        else:
            first = last
            continue
        torch.cuda.empty_cache()  # outside of the handler, whose traceback holds the arrays
    return torch.cat(parts), at_once

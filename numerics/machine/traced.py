"""A function of tensors that is called thousands of times, as the list of torch's operations that it makes.

`torch.func` goes through its levels of derivatives and batches at every call; for small tensors this takes longer than
the numbers. The operations are the same at every call as long as shapes are, so they are written down once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

F = TypeVar("F", bound=Callable[..., Any])


def traced(function: F) -> F:
    """The function, traced at its first call and repeated operation by operation at further ones.

    The operations and their order are those of the function, so that its numbers are the same in every bit. They are
    written down anew for other shapes, number formats or devices.

    Args:
        function: A function of tensors, or of dicts, lists and tuples of them, made of torch operations alone. What it
            does must not depend on the values of tensors, and it must not draw random numbers. Derivatives are taken
            inside of it, by `torch.func`: its results have no graph of their own for `backward`.

    Returns:
        A function with the same arguments and results.

    Raises:
        RuntimeError: If the function looks at a value of a tensor, as in `if loss > 1`; when it is called.

    Example:
        >>> import torch
        >>> slope = traced(torch.func.vmap(torch.func.grad(lambda x: x**3)))
        >>> slope(torch.tensor([1.0, 2.0]))
        tensor([ 3., 12.])
    """
    known: dict[Any, Callable[..., Any]] = {}

    def call(*arguments: Any) -> Any:
        leaves, tree = pytree.tree_flatten(arguments)
        key = (str(tree), *((x.shape, x.dtype, x.device) if isinstance(x, Tensor) else x for x in leaves))
        with torch.no_grad():
            if key not in known:
                known[key] = _written_down(function, arguments)
            return known[key](*arguments)

    return call  # type: ignore[return-value]


def _written_down(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[..., Any]:
    from torch.fx.experimental.proxy_tensor import make_fx

    made = make_fx(function)(*arguments)
    made.graph.eliminate_dead_code()
    made.recompile()
    return made

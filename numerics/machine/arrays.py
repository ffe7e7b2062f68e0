"""Values of torch and NumPy alike, as NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def as_numpy(x: Any) -> NDArray[np.float64]:
    """A tensor on any device, an array, a number or a sequence of them as a float64 array on the host.

    >>> import torch
    >>> as_numpy(torch.ones(2, requires_grad=True))
    array([1., 1.])
    """
    return np.asarray(x.detach().cpu().numpy() if hasattr(x, "detach") else x, dtype=float)

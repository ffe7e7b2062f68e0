"""Inverses that are not made of rounding alone, and cofactors, which singular matrices have too."""

from __future__ import annotations

from typing import Any

from numerics.errors import EvaluationError
from numerics.values.backends import Backend

LEAST_PART = 1e-3
"""The largest relative error of an inverse; a matrix with a larger one counts as singular."""


def inverted(a: Any, backend: Backend, name: str) -> Any:
    """a⁻¹ of (..., n, n); raises EvaluationError where a is singular up to rounding.

    The relative error of an inverse is about κ·ε for the condition number κ = ‖a‖·‖a⁻¹‖ and the unit of rounding ε.
    """
    found = backend.inverse(a)  # type: ignore[misc]
    if backend.name == "mpmath":
        from mpmath import mp

        error = mp.mnorm(a, 1) * mp.mnorm(found, 1) * mp.eps
    else:
        import numpy as np

        plain, inverse = (m.detach().cpu().numpy() if hasattr(m, "detach") else np.asarray(m) for m in (a, found))
        with np.errstate(over="ignore", invalid="ignore"):
            norms = [np.abs(m).sum(-2).max(-1, initial=0.0) for m in (plain, inverse)]
            kind = plain.dtype if np.issubdtype(plain.dtype, np.floating) else float
            error = np.max(norms[0] * norms[1], initial=0.0) * np.finfo(kind).eps
    if error > LEAST_PART:  # not-a-numbers are for the caller to see
        raise EvaluationError(f"{name} has no inverse: it is singular up to rounding")
    return found


def cofactors(a: Any, backend: str) -> Any:
    """The matrix of cofactors of (..., n, n), by singular values: det(U)·det(V)·U·diag(Π_{j≠i} s_j)·Vᵀ."""
    if backend == "mpmath":
        from mpmath import mp

        if a.rows == 1:
            return mp.eye(1)
        found: Any = mp.svd_r(a)
        u, s, v = found
        products = [mp.fprod(s[j] for j in range(a.rows) if j != i) for i in range(a.rows)]
        return mp.sign(mp.det(u)) * mp.sign(mp.det(v)) * u * mp.diag(products) * v
    import numpy as np
    import torch

    linalg: Any = torch.linalg if backend == "torch" else np.linalg
    u, s, v = linalg.svd(a)
    n = a.shape[-1]
    kept = [[j for j in range(n) if j != i] for i in range(n)]
    others: Any = (torch.stack if backend == "torch" else np.stack)([s[..., k].prod(-1) for k in kept], -1)
    sign = linalg.det(u) * linalg.det(v)
    return sign[..., None, None] * ((u * others[..., None, :]) @ v)

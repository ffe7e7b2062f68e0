"""Real powers of square matrices: by eigenvalues where they are symmetric, the principal power else."""

from __future__ import annotations

from typing import Any

from numerics.errors import EvaluationError

ROUNDING = 64
"""How many units of rounding, times the size, an eigenvalue that is zero may be off."""


def check(values: Any, exponent: Any, name: str) -> None:
    """Whether numbers may be raised to a power that is not whole."""
    import numpy as np

    values, exponent = np.broadcast_arrays(values, exponent)
    if ((values < 0) & (exponent != np.round(exponent))).any():
        raise EvaluationError(f"{name} has no real value: the base has a negative eigenvalue")
    if ((values == 0) & (exponent < 0)).any():
        raise EvaluationError(f"{name} has no value: the base is singular and the exponent negative")


def principal_power(base: Any, exponent: Any, name: str) -> Any:
    """The principal power of each matrix of a batch, by SciPy's Schur method."""
    import numpy as np
    from scipy.linalg import fractional_matrix_power

    lead = np.broadcast_shapes(base.shape[:-2], exponent.shape)
    base = np.broadcast_to(base, (*lead, *base.shape[-2:]))
    exponent = np.broadcast_to(exponent, lead)
    result = np.empty(base.shape)
    for at in np.ndindex(*lead):
        _check_ray(np.linalg.eigvals(base[at]), name)
        result[at] = np.real(fractional_matrix_power(base[at], float(exponent[at])))
    return result


def _check_ray(values: Any, name: str) -> None:
    largest = max((abs(v) for v in values), default=0)
    small = 1e-7 * float(largest)  # eigenvalues of a defective matrix are off by roots of the rounding
    if any(v.real <= small and abs(v.imag) <= small for v in values):
        raise EvaluationError(f"{name} has no real principal value: an eigenvalue of the base is not positive")


def power_of_mpmath(base: Any, exponent: Any, name: str) -> Any:
    """base^exponent of an mpmath matrix; raises EvaluationError where no real power exists."""
    from mpmath import mp

    if isinstance(exponent, mp.mpc) and exponent.imag != 0:
        raise EvaluationError(f"the exponent of {name} is not real")
    exponent = mp.mpf(exponent.real if isinstance(exponent, mp.mpc) else exponent)
    if mp.isint(exponent):
        n = int(exponent)
        return mp.eye(base.rows) if n == 0 else base**n
    if not mp.isfinite(exponent):
        raise EvaluationError(f"the exponent of {name} is not finite")
    scale = max((abs(e) for e in base), default=mp.zero)
    if base.rows == 1 or mp.mnorm(base - base.T, 1) <= ROUNDING * mp.eps * scale:
        values, vectors = (base.copy()[0:1, 0], mp.eye(1)) if base.rows == 1 else mp.eigsy(base)
        floor = 0 if base.rows == 1 else ROUNDING * base.rows * mp.eps * scale
        powers = []
        for v in values:
            v = mp.zero if abs(v) <= floor else v
            if v < 0:
                raise EvaluationError(f"{name} has no real value: the base has a negative eigenvalue")
            if v == 0 and exponent < 0:
                raise EvaluationError(f"{name} has no value: the base is singular and the exponent negative")
            powers.append(v**exponent)
        return vectors * mp.diag(powers) * vectors.T
    _check_ray(mp.eig(base, left=False, right=False), name)
    found = mp.expm(exponent * mp.logm(base))
    return found.apply(mp.re)

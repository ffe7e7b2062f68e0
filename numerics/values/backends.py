"""What each number system calls the functions that statements use: mpmath, NumPy, torch, Arb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from derivations.activations import ddsigma, dsigma, sigma, sigmoid, softplus
from derivations.budget import remembered
from derivations.gaussian import relu, step
from numerics.errors import EvaluationError as EvaluationError
from numerics.values.special import mpmath_functions, numpy_functions, torch_functions

# SymPy function -> name shared by NumPy and torch, name in mpmath, method of Arb balls
_SHARED: tuple[tuple[Any, str, str, str], ...] = (
    (sp.sin, "sin", "sin", "sin"),
    (sp.cos, "cos", "cos", "cos"),
    (sp.tan, "tan", "tan", "tan"),
    (sp.asin, "arcsin", "asin", "asin"),
    (sp.acos, "arccos", "acos", "acos"),
    (sp.atan, "arctan", "atan", "atan"),
    (sp.sinh, "sinh", "sinh", "sinh"),
    (sp.cosh, "cosh", "cosh", "cosh"),
    (sp.tanh, "tanh", "tanh", "tanh"),
    (sp.exp, "exp", "exp", "exp"),
    (sp.log, "log", "log", "log"),
    (sp.Abs, "abs", "fabs", "__abs__"),
    (sp.sign, "sign", "sign", "sgn"),
    (sp.floor, "floor", "floor", "floor"),
    (sp.ceiling, "ceil", "ceil", "ceil"),
)


@dataclass(frozen=True)
class Backend:
    """One number system: its functions, its numbers and its matrices.

    Matrices are `(..., rows, cols)` arrays in NumPy and torch, `mpmath.matrix` in mpmath; Arb has
    numbers only.
    """

    name: str
    functions: Mapping[Any, Callable[..., Any]]
    number: Callable[[sp.Expr], Any]
    maximum: Callable[[Any, Any], Any]
    minimum: Callable[[Any, Any], Any]
    choose: Callable[[Any, Any, Any], Any]
    matmul: Callable[[Any, Any], Any] | None = None
    transpose: Callable[[Any], Any] | None = None
    inverse: Callable[[Any], Any] | None = None
    ones: Callable[[int, int], Any] | None = None
    eye: Callable[[int], Any] | None = None
    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext
    """In which values are computed: an infinity or NaN is the value there, and not worth a warning."""


@cache
def numpy_backend(extended: bool = False) -> Backend:
    """float64 NumPy, batched over leading axes; `extended` has constants of the platform's long double."""
    import numpy as np
    from scipy import special

    functions = {f: getattr(np, name) for f, name, _, _ in _SHARED}
    functions |= {
        **numpy_functions(),
        sp.erf: special.erf,
        sp.erfc: special.erfc,
        sp.gamma: special.gamma,
        relu: lambda x: np.maximum(x, 0.0),
        step: lambda x: np.where(np.isnan(x), np.nan, (np.asarray(x) > 0).astype(float)),
        sp.Heaviside: lambda x, half=0.5: np.heaviside(x, half),
        softplus: lambda x: np.logaddexp(0.0, x),
        sigmoid: special.expit,
    }
    return Backend(
        "numpy",
        _with_guiding_example(functions),
        (lambda e: np.longdouble(str(sp.N(e, 25)))) if extended else (lambda e: np.float64(_float(e))),
        np.maximum,
        np.minimum,
        lambda truth, a, b: np.where(truth[0], a, np.where(truth[1], b, np.nan)),
        np.matmul,
        lambda a: np.swapaxes(a, -1, -2),
        np.linalg.inv,
        lambda r, c: np.ones((r, c)),
        np.eye,
        lambda: np.errstate(divide="ignore", invalid="ignore", over="ignore"),
    )


@cache
def torch_backend(device: str = "cpu") -> Backend:
    """float64 torch on one device, batched over leading axes."""
    import torch

    options: dict[str, Any] = {"dtype": torch.float64, "device": device}
    functions = {f: getattr(torch, name) for f, name, _, _ in _SHARED}
    functions |= {
        **torch_functions(),
        sp.erf: torch.special.erf,
        sp.erfc: torch.special.erfc,
        sp.sign: lambda x: torch.where(torch.isnan(x), torch.nan, torch.sign(x)),
        relu: torch.relu,
        step: lambda x: torch.where(torch.isnan(x), torch.nan, (x > 0).to(x.dtype)),
        sp.Heaviside: lambda x, half=0.5: torch.where(
            torch.isnan(x), torch.nan, torch.heaviside(x, torch.as_tensor(half, **options))
        ),
        # beyond 40 the difference from x is below rounding
        softplus: lambda x: torch.nn.functional.softplus(x, threshold=40.0),
        sigmoid: torch.sigmoid,
    }
    return Backend(
        "torch",
        _with_guiding_example(functions),
        lambda e: torch.tensor(_float(e), **options),
        torch.maximum,
        torch.minimum,
        lambda truth, a, b: torch.where(
            torch.as_tensor(truth[0], device=device),
            a,
            torch.where(torch.as_tensor(truth[1], device=device), b, torch.nan),
        ),
        torch.matmul,
        lambda a: a.transpose(-1, -2),
        torch.linalg.inv,
        lambda r, c: torch.ones((r, c), **options),
        lambda n: torch.eye(n, **options),
    )


@cache
def mpmath_backend() -> Backend:
    """mpmath at the working precision of the moment."""
    from mpmath import mp

    functions = {f: getattr(mp, name) for f, _, name, _ in _SHARED}
    functions |= {
        **mpmath_functions(),
        sp.erf: mp.erf,
        sp.erfc: mp.erfc,
        relu: lambda x: _by_sign(x, mp.zero, x, x),
        step: lambda x: _by_sign(x, mp.zero, mp.zero, mp.one),
        sp.Heaviside: lambda x, half=0.5: _by_sign(x, mp.zero, mp.mpf(half), mp.one),
        softplus: lambda x: _by_sign(x, mp.zero, x, x) + mp.log1p(mp.exp(-abs(x))),
        sigmoid: lambda x: 1 / (1 + mp.exp(-x)),
    }
    return Backend(
        "mpmath",
        _with_guiding_example(functions),
        lambda e: _mpmath_number(e, mp.prec),
        lambda a, b: _by_sign(a - b, b, a, a) if mp.isfinite(a - b) else _of_extended(max, a, b),
        lambda a, b: _by_sign(a - b, a, a, b) if mp.isfinite(a - b) else _of_extended(min, a, b),
        lambda truth, a, b: a if truth[0] else b if truth[1] else mp.nan,
        lambda a, b: a * b,
        lambda a: a.T,
        lambda a: a**-1,
        lambda r, c: mp.ones(r, c),
        mp.eye,
    )


def _by_sign(x: Any, below: Any, at: Any, above: Any) -> Any:
    """A function of the sign of an mpmath number; NaN stays NaN, and a complex number has no sign."""
    from mpmath import mp

    if isinstance(x, mp.mpc):
        if x.imag != 0:
            return mp.mpc(mp.nan, mp.nan)
        x = x.real
    return above if x > 0 else below if x < 0 else at if x == 0 else mp.nan


def _of_extended(extreme: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """The larger or smaller of two numbers of which one is infinite or NaN."""
    from mpmath import mp

    if isinstance(a, mp.mpc) or isinstance(b, mp.mpc):
        return mp.mpc(mp.nan, mp.nan)
    return mp.nan if mp.isnan(a) or mp.isnan(b) else extreme(a, b)


def _float(e: sp.Expr) -> float:
    """An exact SymPy number in float64; raises EvaluationError for a complex one."""
    try:
        return float(e)
    except TypeError:
        raise EvaluationError(f"{e} is no real number") from None


@remembered(4096)
def _mpmath_number(e: sp.Expr, precision: int) -> Any:
    """An exact SymPy number to so many bits, mpmath's working precision of the moment."""
    from mpmath import mp

    # SymPy's own way is slow for what most numbers are
    if e.is_Rational:
        return mp.mpf(e.p) / e.q
    if e in _NOT_FINITE:
        return mp.mpf(_NOT_FINITE[e])
    value = sp.N(e, mp.dps + 5)
    if e.is_extended_real:
        return mp.mpf(value._to_mpmath(precision + 16))
    if e is sp.I:
        return mp.mpc(0, 1)
    raise EvaluationError(f"{e} is no number")


_NOT_FINITE: dict[Any, str] = {sp.oo: "inf", -sp.oo: "-inf", sp.nan: "nan", sp.zoo: "nan"}


@cache
def arb_backend() -> Backend:
    """Balls of python-flint at the precision of its context; numbers only."""
    from numerics.values.special_balls import ball_functions

    functions: dict[Any, Callable[..., Any]] = {f: _method(name) for f, _, _, name in _SHARED}
    functions |= {
        sp.erf: _method("erf"),
        sp.erfc: _method("erfc"),
        sp.gamma: _method("gamma"),
        **ball_functions(),
        softplus: lambda x: (1 + x.exp()).log(),
        sigmoid: lambda x: 1 / (1 + (-x).exp()),
    }
    return Backend(
        "arb",
        _with_guiding_example(functions),
        arb_number,
        lambda a, b: a.max(b),
        lambda a, b: a.min(b),
        _chosen_ball,
    )


def _with_guiding_example(functions: dict[Any, Callable[..., Any]]) -> dict[Any, Callable[..., Any]]:
    """The unspecified σ of the papers is softplus where numbers are wanted."""
    s = functions[sigmoid]
    return functions | {sigma: functions[softplus], dsigma: s, ddsigma: lambda x: s(x) * (1 - s(x))}


def _method(name: str) -> Callable[[Any], Any]:
    # Arb's arcsine and arccosine of NaN with radius 0 are finite balls
    return lambda x: x if x.is_nan() else getattr(x, name)()


def _chosen_ball(truth: tuple[bool, bool], a: Any, b: Any) -> Any:
    """The ball of the branch where the condition is decided, the hull of both where it is not."""
    return a if truth[0] else b if truth[1] else a.union(b)


def arb_number(e: sp.Expr) -> Any:
    """A ball that holds an exact SymPy number to python-flint's precision of the moment.

    Raises EvaluationError for a complex one, or one that Arb has no rule for.
    """
    from flint import ctx

    return _arb_number(e, ctx.prec)


@remembered(4096)
def _arb_number(e: sp.Expr, precision: int) -> Any:
    from flint import arb, fmpq

    if e.is_Rational:
        return arb(fmpq(int(e.p), int(e.q)))
    if e.is_Float:
        return arb(fmpq(*map(int, sp.Rational(e).as_numer_denom())))
    if e in _NOT_FINITE:
        return arb(_NOT_FINITE[e])
    match e:
        case sp.core.numbers.Pi():
            return arb.pi()
        case sp.core.numbers.Exp1():
            return arb(1).exp()
        case sp.core.numbers.EulerGamma():
            return arb.const_euler()
        case sp.core.numbers.Catalan():
            return arb.const_catalan()
        case sp.core.numbers.GoldenRatio():
            return (1 + arb(5).sqrt()) / 2
    raise EvaluationError(f"{e} is no real number that Arb has")


def backend_named(name: str, device: str = "cpu") -> Backend:
    """The backend `numpy`, `longdouble`, `torch`, `mpmath` or `arb`; raises ValueError for another name."""
    match name:
        case "numpy":
            return numpy_backend()
        case "longdouble":
            return numpy_backend(extended=True)
        case "torch":
            return torch_backend(device)
        case "mpmath":
            return mpmath_backend()
        case "arb":
            return arb_backend()
    raise ValueError(f"no backend {name!r}: numpy, torch, mpmath or arb")


def hadamard_of_mpmath(a: Any, b: Any) -> Any:
    """The Hadamard product of two mpmath matrices."""
    from mpmath import mp

    return mp.matrix([[a[i, j] * b[i, j] for j in range(a.cols)] for i in range(a.rows)])


def rows_of(value: Any) -> list[list[Any]]:
    """A sequence, array or matrix as a list of rows; a plain sequence is a column."""
    rows = value.tolist() if hasattr(value, "tolist") else list(value)
    return [list(r) if isinstance(r, list | tuple) else [r] for r in rows]

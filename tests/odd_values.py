"""Calls of the public functions as they are meant, and odd values to put in place of their arguments, one by one.

Tests and `benchmarks.soak` draw from here. A call ends in a value or in an error of ours: a ValueError or TypeError of
one line that our own code raises in words.
"""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
import torch
from torch import nn

import derivations as d
from checks import api, context, readings
from derivations.activations import X
from numerics import chains, convolution_spectra, curvature, data, gram, kernels, layers, rigorous, stability

ROOT = Path(__file__).resolve().parent.parent
FILE = str(Path(__file__).parent / "data" / "two_columns.csv")
PACKAGES = ("derivations", "numerics", "checks")

x, t = sp.Symbol("x", real=True), sp.Symbol("t", real=True)
n, m = sp.symbols("n m", integer=True, positive=True)
v, w, A = d.vector("v", n), d.vector("w", n), sp.MatrixSymbol("A", n, n)


class Hostile:
    """An object that nobody can read."""

    def __repr__(self) -> str:
        raise RuntimeError("no name")


def _raises(*_: Any, **__: Any) -> Any:
    raise KeyError("raised inside the user's function")


ODD: dict[str, Any] = {
    "None": None,
    "True": True,
    "0": 0,
    "-1": -1,
    "1.5": 1.5,
    "10**30": 10**30,
    "nan": float("nan"),
    "inf": float("inf"),
    "1j": 1j,
    "''": "",
    "'x'": "x",
    "'π y'": "π y",
    "'a b('": "a b(",
    "b'x'": b"x",
    "()": (),
    "(0, 1)": (0, 1),
    "(1, 0)": (1, 0),
    "('a', 'b')": ("a", "b"),
    "(-oo, oo)": (-sp.oo, sp.oo),
    "[]": [],
    "[1, 2, 3]": [1, 2, 3],
    "{}": {},
    "{'x': 1}": {"x": 1},
    "{1}": {1},
    "range": range(3),
    "oo": sp.oo,
    "S.NaN": sp.nan,
    "zoo": sp.zoo,
    "I": sp.I,
    "Symbol": x,
    "plain Symbol": sp.Symbol("y"),
    "unicode Symbol": sp.Symbol("ξ̂"),
    "complex Symbol": sp.Symbol("z", complex=True),
    "expression": x**2 + sp.sin(x),
    "true": sp.true,
    "Eq": sp.Eq(x, 1),
    "x < 1": x < 1,
    "Interval": sp.Interval(0, 1),
    "EmptySet": sp.S.EmptySet,
    "FiniteSet": sp.FiniteSet(1, 2),
    "Function": sp.Function("f"),
    "f(x)": sp.Function("f")(x),
    "Lambda": sp.Lambda(x, x**2),
    "vector": v,
    "matrix symbol": sp.MatrixSymbol("B", 2, 3),
    "Matrix": sp.Matrix([[1, 2], [3, 4]]),
    "Matrix column": sp.Matrix([1, x]),
    "Matrix 0x0": sp.Matrix(0, 0, []),
    "Piecewise": sp.Piecewise((1, x > 0)),
    "Integral": sp.Integral(sp.exp(-(x**2)), (x, -sp.oo, sp.oo)),
    "noncommutative": sp.Symbol("q", commutative=False),
    "np.float64": np.float64(0.5),
    "np.int64": np.int64(2),
    "np 0-d": np.array(2.0),
    "np empty": np.zeros((0, 3)),
    "np nan": np.full((2, 2), np.nan),
    "np complex": np.ones((2, 2), dtype=complex),
    "np objects": np.array([[None, "a"]], dtype=object),
    "np str": np.array(["a", "b"]),
    "np ragged": [[1, 2], [3]],
    "np ones": np.ones((3, 2)),
    "tensor": torch.ones(3, 2, dtype=torch.float64),
    "tensor 0-d": torch.tensor(1.0),
    "tensor int": torch.arange(3),
    "tensor nan": torch.full((3, 2), float("nan")),
    "tensor empty": torch.zeros(0, 2),
    "tensor complex": torch.ones(2, 2, dtype=torch.complex64),
    "Linear": nn.Linear(2, 1).double(),
    "Sequential ()": nn.Sequential(),
    "type": int,
    "lambda": lambda *a: None,
    "raises": _raises,
    "object": object(),
    "hostile": Hostile(),
    "Paper": d.Paper("p", statements=(d.Identity("i", x, x),)),
    "Identity": d.Identity("lone", x + 1, 1 + x),
}
"""Odd values by name."""


@dataclass(frozen=True)
class Call:
    """A function with arguments that it takes; `slow` functions meet fewer odd values in the tests."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    slow: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def replaced(self, changes: dict[str, str]) -> Any:
        """The call with odd values, by name, in place of some arguments; iterators are run to their end."""
        given = {**self.arguments, **{name: ODD[value] for name, value in changes.items()}}
        kept = {k: value for k, value in given.items() if k not in self.more or k in changes or k in self.arguments}
        found = self.function(**kept)
        return list(found) if isinstance(found, Iterator) else found


def _calls() -> list[Call]:
    identity = d.Identity("one", x, x)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    inputs = torch.ones(3, 2, dtype=torch.float64) + torch.arange(3)[:, None]
    targets = torch.zeros(3, 1, dtype=torch.float64)
    loss, rng = nn.MSELoss(), torch.Generator().manual_seed(0)
    common = {"on": {x: (0, 1)}, "where": x < 2, "title": "", "source": "", "assumes": (), "uses": (), "paper": ""}
    statements = [
        Call(d.Identity, {"slug": "one", "lhs": x, "rhs": x, **common}),
        Call(d.Bound, {"slug": "one", "lhs": x, "rhs": x + 1, "sharp_at": {x: 0}, "printed": 2, **common}),
        Call(d.Bound, {"slug": "one", "lhs": x, "rhs": t * x, "constant": t, "value": 2, "on": {x: (0, 1)}}),
        Call(d.Constant, {"slug": "one", "definition": sp.pi, "value": sp.pi, **common}),
        Call(d.Constant, {"slug": "one", "definition": sp.pi, "enclosure": (3, 4)}),
        Call(d.Gradient, {"slug": "one", "wrt": x, "equals": 2 * x, "of": x**2, "model": lambda x: x**2, **common}),
        Call(d.Rate, {"slug": "one", "quantity": x, "variable": x, "exponent": 1, "law": "power", "within": 0.1}),
        Call(d.Probability, {"slug": "one", "event": "so", "at_most": 0.5, "trial": _raises}),
        Call(d.Existence, {"slug": "one", "point": {x: 1}, "properties": (x - 1,), **common}),
        Call(
            d.Paper,
            {"key": "k", "title": "", "authors": "", "reference": "", "statements": (identity,), "hypotheses": {},
             "conventions": {}, "abbreviations": ()},
        ),
        Call(d.Domain, {"ranges": {x: sp.Interval(0, 1)}, "where": (x < 2,)}),
        Call(d.Angle, {"x": v, "y": w}),
        Call(d.Derivation, {"start": x, "steps": (d.Step(x, "so"),)}),
        Call(d.Step, {"expr": x, "reason": "so", "relation": "=", "by": ()}),
        Call(d.chain, {"start": x}),
    ]  # fmt: skip
    calculus = [
        Call(d.Expectation, {"integrand": x**2, "variables": x, "covariance": None}),
        Call(d.Expectation, {"integrand": x * t, "variables": (x, t), "covariance": sp.eye(2)}),
        Call(d.all_ones, {"size": n}),
        Call(d.ones, {"size": n}),
        Call(d.vector, {"name": "v", "size": n}),
        Call(d.correlated, {"phi": x}),
        Call(d.elementwise, {"function": sp.tanh, "x": v}),
        *(Call(f, {"x": x}) for f in (d.gelu, d.relu, d.sigmoid, d.silu, d.softplus, d.step)),
        *(Call(f, {"expr": d.norm_squared(v), "wrt": v}) for f in (d.gradient, d.hessian, d.jacobian)),
        Call(d.jvp, {"expr": d.norm_squared(v), "wrt": v, "direction": w}),
        Call(d.hermite_coefficient, {"f": x**2, "x": x, "degree": 2}),
        *(Call(f, {"expr": x**2, "symbol": x, "interval": (0, 1)}) for f in (d.infimum, d.supremum)),
        Call(d.inner, {"x": v, "y": w}),
        *(Call(f, {"x": v}) for f in (d.norm, d.norm_squared, d.logsumexp, d.softmax)),
        Call(d.layer_norm, {"x": v, "epsilon": 1}),
        *(Call(f, {"A": A}) for f in (d.lambda_min, d.lambda_max, d.operator_norm, d.frobenius_norm, d.sigma_min)),
        *(Call(f, {"A": A}) for f in (d.nuclear_norm, d.max_norm, d.eigenvalues)),
        Call(d.norm_p, {"x": v, "p": 4}),
        Call(d.Chance, {"event": x > t}),
        Call(d.Mean, {"body": x**2}),
        Call(d.Independent, {"low": 0, "high": 1}),
        Call(d.wick_moment, {"variables": (x, t), "covariance": sp.eye(2)}),
    ]
    arrays = [
        Call(kernels.fully_connected, {"x": np.eye(3), "activation": "relu", "depth": 2, "c_sigma": None}, slow=True),
        Call(kernels.residual, {"x": np.eye(3), "activation": "relu", "depth": 2, "c_res": 0.5}, slow=True),
        Call(gram.layer_grams, {"model": net, "inputs": inputs, "function": None, "chunk": None}),
        Call(gram.jacobian_gram, {"model": net, "inputs": inputs}),
        Call(gram.total_gram, {"grams": {"a": torch.eye(2)}}),
        Call(chains.bounds_of, {"model": net, "x": inputs, "cost": "square", "targets": targets, "radius": 0.0,
                                "known": None}),
        Call(layers.NormalisedLinear, {"inputs": 2, "outputs": 3, "eps": 0.1, "by": "row", "bias": False,
                                       "generator": None, "std": 1.0}),
        Call(layers.Residual, {"body": net, "scale": 1.0, "shortcut": None}),
        Call(convolution_spectra.circular_singular_values, {"kernel": np.ones((2, 2, 3)), "shape": (4,)}),
        Call(convolution_spectra.dense, {"convolution": nn.Conv1d(1, 1, 3).double(), "shape": (5,)}),
        Call(convolution_spectra.extreme_singular_values, {"convolution": nn.Conv1d(1, 1, 3).double(), "shape": (5,),
                                                          "count": 1, "which": "largest", "seed": 0}),
    ]  # fmt: skip
    point = {"model": net, "loss": loss, "x": inputs, "y": targets}
    curvatures = [
        Call(curvature.gauss_newton_extremes, {**point, "count": 1, "tol": 1e-6, "seed": 0}, slow=True),
        Call(curvature.hessian_extremes, {**point, "count": 1, "tol": 1e-6, "seed": 0}, slow=True),
        Call(curvature.hessian_norm, {**point, "tol": 1e-6, "seed": 0}, slow=True),
        Call(curvature.largest_hessian_eigenvalue, {**point, "tol": 1e-6, "seed": 0}, slow=True),
        Call(curvature.hessian_trace, {**point, "gauss_newton": False, "probes": 4, "seed": 0}, slow=True),
        Call(curvature.hessian_density, {**point, "gauss_newton": False, "lanczos_steps": 4, "points": 8, "repeats": 1,
                                         "seed": 0}, slow=True),
        Call(curvature.along, {**point, "model": deepcopy(net), "eta": 0.1, "steps": 2, "infimum": 0.0}, slow=True),
        Call(curvature.jacobian_singular_values, {"function": net, "x": inputs[0], "count": None, "which": "largest",
                                                  "seed": 0}),
        Call(curvature.parameter_jacobian_singular_values, {"model": net, "x": inputs}),
        Call(curvature.spectral_norm, {"product": lambda z: z, "transposed": lambda z: z, "shape": (2, 2), "tol": 1e-6,
                                       "seed": 0}),
    ]  # fmt: skip
    balls = rigorous.cosines(np.array([[1, 2], [2, 1]]))
    sets = [
        Call(data.Dataset, {"x": np.eye(3), "y": np.ones(3), "name": "", "shape": (), "parallel": (), "warnings": ()}),
        Call(data.dataset, {"x": np.eye(3), "y": np.ones(3), "name": "", "shape": ()}),
        Call(data.parallel_pairs, {"x": np.eye(3), "tolerance": 1e-10}),
        Call(data.digits, {"n": 5, "seed": 0}),
        Call(data.at_angles, {"cosines": np.eye(3), "d": 4, "seed": 0, "name": ""}),
        Call(data.equal_angles, {"n": 3, "cosine": 0.5, "d": None, "seed": 0}),
        Call(data.sphere, {"n": 3, "d": 4, "seed": 0}),
        Call(data.load, {"path": FILE, "n": None}),
        Call(data.labelled_images, {"path": "", "n": 3, "seed": 0}),
        Call(rigorous.complex_function, {"expr": sp.tanh(X)}),
        Call(rigorous.gaussian_ball, {"expr": X**2, "variance": 1}),
        Call(rigorous.hermite_balls, {"expr": sp.tanh(X), "variance": 1, "degree": 4}),
        Call(rigorous.cosines, {"integers": np.array([[1, 2], [2, 1]])}),
        Call(rigorous.gram_balls, {"rho": balls, "expr": sp.tanh(X), "depth": 1,
                                   "c_res": None, "degree": 4}),
        Call(rigorous.least_eigenvalue, {"K": balls}),
        Call(rigorous.rayleigh, {"K": balls, "vector": [1.0, 1.0]}),
        Call(rigorous.positive_definite, {"K": balls, "shift": 0}),
        Call(rigorous.rational_rank, {"matrix": np.eye(3)}),
        Call(rigorous.sigma_min_balls, {"matrix": balls}),
        Call(rigorous.full_rank, {"x": np.eye(3), "layers": [], "most_bits": 128}),
        Call(stability.start, {"trials": 2, "width": 3, "generator": rng}),
        Call(stability.log_growth, {"taus": [0.1], "blocks": 2, "width": 3, "trials": 2, "generator": rng}),
        Call(stability.phase_diagram, {"alphas": [0.5], "depths": [2], "width": 3, "trials": 2, "generator": rng}),
    ]  # fmt: skip
    checks = [
        Call(api.check, {"what": identity, "methods": ("symbolic",), "seed": 0, "device": "cpu", "jobs": 1,
                         "quick": True, "data": "", "readings": None}, slow=True),
        Call(api.constants, {"what": d.Bound("b", x, 1, on={x: (0, 1)}), "seed": 0}, slow=True),
        Call(api.hypotheses, {"what": identity, "seed": 0}, slow=True),
        Call(api.mutants, {"what": identity, "sample": 1, "seed": 0, "readings": None}, slow=True),
        Call(api.compare, {"statement": identity, "formula": "x", "notation": None}, slow=True),
        Call(api.figures, {"results": ()}),
        Call(readings.Reading, {"method": "sampling", "measure": _raises, "both_sides": False}),
        Call(readings.Tried, {"events": 1, "trials": 2, "about": ""}),
        Call(context.Context, {"seed": 0, "device": "cpu", "statement": "", "data": "", "quick": False}),
        Call(lambda **given: context.Context(**given).rng("a"), {"seed": 0, "statement": ""}),
        Call(context.torch_generator, {"rng": np.random.default_rng(0), "device": "cpu"}),
    ]  # fmt: skip
    return [*statements, *calculus, *arrays, *curvatures, *sets, *checks]


CALLS = _calls()


def complaint(error: BaseException) -> str | None:
    """Why an error is none of ours, in words; None where it is."""
    kind = type(error)
    try:
        said = str(error)
    except Exception as worse:
        return f"its message raises {type(worse).__name__}"
    if not isinstance(error, ValueError | TypeError | MemoryError) and kind.__module__.split(".")[0] not in PACKAGES:
        return f"{kind.__name__}: {said[:200]}"
    if not said or "\n" in said:
        return f"{kind.__name__} of {len(said.splitlines())} lines: {said[:200]!r}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(last.filename)
    ours = any(file.is_relative_to(ROOT / p) for p in PACKAGES)
    raised = linecache.getline(last.filename, last.lineno or 0).strip().startswith("raise ")
    # errors of our own classes may be raised over several lines, in helpers of any name
    if not ours or not (raised or kind.__module__.split(".")[0] in PACKAGES):
        return f"{kind.__name__} in {file.name}:{last.lineno}: {said[:200]}"
    return None

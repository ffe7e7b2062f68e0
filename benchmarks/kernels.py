"""Kernels and Gram matrices beside their peers: neural-tangents (its Python in LEMMATA_NT_PYTHON) and torch.func."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sympy as sp
import torch

from benchmarks.timing import Row, median_time
from derivations.activations import ACTIVATIONS
from numerics.gram import jacobian_gram, layer_grams
from numerics.kernels import fully_connected, residual
from numerics.models.du2018 import ResNet, generator
from numerics.rigorous import cosines, digits, gram_balls

PEER = Path(__file__).parent / "peers" / "neural_tangents_kernel.py"


def _unit(n: int, d: int = 32) -> np.ndarray:
    x = np.random.default_rng(0).standard_normal((n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def _neural_tangents(kind: str, n: int, depth: int) -> float | None:
    """The peer's seconds after compilation, None where it is not installed or runs out of memory."""
    python = os.environ.get("LEMMATA_NT_PYTHON")
    if not python:
        return None
    command = [python, str(PEER), kind, str(n), str(depth)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(json.loads(found.stdout)["seconds"]) if found.returncode == 0 else None


def _row(job: str, ours: float, peer: str, theirs: float | None) -> Row:
    return Row(job, ours, peer, float("nan") if theirs is None else theirs)


def infinite_width() -> list[Row]:
    """K^(H) on 1000 unit inputs."""
    x = _unit(1000)
    rows = []
    for kind in ("relu", "erf"):
        ours = median_time(lambda kind=kind: fully_connected(x, kind, 50))
        rows.append(
            _row(
                f"{kind} kernel, n = 1000, H = 50", ours, "neural-tangents, compiled", _neural_tangents(kind, 1000, 50)
            )
        )
    ours = median_time(lambda: fully_connected(x, "softplus", 2))
    rows.append(
        _row("softplus kernel, n = 1000, H = 2", ours, "neural-tangents, deg 25", _neural_tangents("softplus", 1000, 2))
    )
    rows.append(_row("softplus ResNet kernel, n = 1000, H = 50", _fresh("unit"), "no peer (0.2 s wanted)", 0.2))
    scaled = x * np.random.default_rng(1).uniform(0.5, 2, (1000, 1))
    ours = median_time(lambda: residual(scaled, "softplus", 50), 1)
    rows.append(_row("the same, arbitrary norms", ours, "no peer (15 s wanted)", 15.0))
    rows.append(_row("the same, n = 10,000, unit norms", _fresh("large"), "no peer (15 s wanted)", 15.0))
    return rows


def _fresh(what: str) -> float:
    """Seconds of one call in a fresh process with nothing cached; its peak memory is printed."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.kernels", what], capture_output=True, text=True, check=True
    )
    seconds, memory = map(float, found.stdout.split())
    print(f"{what}: {seconds:.3g} s, {memory:.2f} GB above the data", flush=True)
    return seconds


def _alone(what: str) -> None:
    n = 10_000 if what == "large" else 1000
    x = _unit(n)
    residual(x[:3], "tanh", 2)  # imports, not values
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    residual(x, "softplus", 50)
    seconds = time.perf_counter() - start
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6)


def accuracy() -> str:
    """The largest error of the softplus ResNet kernel, H = 50, against 30-digit balls, on 12 inputs."""
    integers = np.random.default_rng(2).integers(-9, 10, (12, 8))
    with digits(30):
        balls = gram_balls(cosines(integers), ACTIVATIONS["softplus"].expr, 50, sp.Rational(1, 2), 30)
    exact = np.array([[float(b.mid()) for b in row] for row in balls])
    x = integers / np.linalg.norm(integers, axis=1)[:, None]
    found = residual(x, "softplus", 50).last
    return f"softplus ResNet kernel, H = 50: error {np.max(np.abs(found - exact)):.1e} of {np.max(exact):.1e} (balls)"


def empirical() -> list[Row]:
    """Gram matrices of a residual softplus net, H = 10, all layers."""
    torch.set_num_threads(os.cpu_count() or 1)
    rows = []
    for m in (512, 2048):
        gen = generator(0)
        net, x = ResNet(32, m, 10, "softplus", gen), torch.as_tensor(_unit(256))
        ours = median_time(lambda net=net, x=x: layer_grams(net, x), 3)
        if m == 512:
            theirs = median_time(lambda net=net, x=x: jacobian_gram(net, x), 1)
            rows.append(Row("Gram matrices, n = 256, m = 512, H = 10", ours, "torch.func Jacobian contraction", theirs))
        W = torch.randn(m, m, generator=gen, dtype=torch.float64)
        A = torch.randn(256, m, generator=gen, dtype=torch.float64)

        def products(W: torch.Tensor = W, A: torch.Tensor = A) -> None:
            for _ in range(9):
                A @ W.T, A @ W, A @ A.T, A @ A.T

        rows.append(
            Row(f"Gram matrices, n = 256, m = {m}, H = 10", ours, "its matrix products alone", median_time(products, 3))
        )
    return rows


def exponents() -> list[str]:
    """Measured exponents of cost in n, m and H: slopes of log time between two sizes."""

    def slope(job: Callable[[int], Callable[[], object]], low: int, high: int) -> float:
        a, b = median_time(job(low), 3), median_time(job(high), 3)
        return float(np.log(b / a) / np.log(high / low))

    gen = generator(0)

    def grams(n: int, m: int, depth: int) -> Callable[[], object]:
        net, x = ResNet(32, m, depth, "softplus", gen), torch.as_tensor(_unit(n))
        return lambda: layer_grams(net, x)

    def kernel(n: int, depth: int) -> Callable[[], object]:
        x = _unit(n) * np.random.default_rng(1).uniform(0.5, 2, (n, 1))
        return lambda: residual(x, "softplus", depth)

    table = [
        ("kernel, any norms, in n (n²KH)", slope(lambda n: kernel(n, 10), 1000, 2000), 2),
        ("kernel, any norms, in H", slope(lambda h: kernel(800, h), 10, 40), 1),
        ("Gram matrices, in n at m = 1024 (n·m²H + n²mH)", slope(lambda n: grams(n, 1024, 4), 256, 1024), 1),
        ("Gram matrices, in m at n = 256", slope(lambda m: grams(256, m, 4), 1024, 2048), 2),
        ("Gram matrices, in H at n = 256, m = 512", slope(lambda h: grams(256, 512, h), 8, 32), 1),
    ]
    return [f"| {name} | {found:.2f} | {expected} |" for name, found, expected in table]


if __name__ == "__main__":
    _alone(sys.argv[1])

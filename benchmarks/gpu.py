"""`python -m benchmarks.gpu`: the wide and the deep on a GPU; times, rates, fractions of the measured peak."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.timing import median_time
from checks.store.results import environment
from numerics.curvature import largest_hessian_eigenvalue
from numerics.data import sphere
from numerics.gram import layer_grams
from numerics.kernels import residual
from numerics.models.du2018 import ResNet, as_tensor, generator
from numerics.models.du2018_wide import last_grams
from numerics.stability import phase_diagram

RESULTS = Path(__file__).parent / "results"
INPUTS, DEPTH, C_RES, SIGMA = 20, 3, 0.5, "softplus"
NUMBER = 8
"""Bytes of a float64."""


@dataclass(frozen=True)
class Measured:
    """One job: seconds, what it did at what rate, and the fraction of the measured peak of that unit."""

    job: str
    seconds: float
    rate: float
    unit: str
    fraction: float


def timed(job: Callable[[], object], repeats: int = 3) -> float:
    """Median seconds of a job, to the end of its last kernel."""

    def whole() -> None:
        job()
        torch.cuda.synchronize()

    return median_time(whole, repeats)


def peaks() -> dict[str, float]:
    """The card's own: float64 matrix products in FLOP/s, a copy in bytes read and written a second."""
    n = 8192
    a, b = torch.randn(2, n, n, dtype=torch.float64, device="cuda")
    out = torch.empty_like(a)
    products = 2 * n**3 / timed(lambda: torch.mm(a, b, out=out), 5)
    many = torch.randn(2**28, dtype=torch.float64, device="cuda")
    copy = torch.empty_like(many)
    moved = 2 * NUMBER * many.numel() / timed(lambda: copy.copy_(many), 5)
    return {"FLOP/s": products, "B/s": moved}


def concentration(widths: Sequence[int], networks: int, seed: int) -> list[dict[str, float]]:
    """Mean of ‖G^(H)(0) − K^(H)‖ over networks at each width."""
    data = sphere(INPUTS, 10, seed).x
    limit = as_tensor(residual(data, SIGMA, DEPTH, c_res=C_RES).last, "cuda")
    x, g = as_tensor(data, "cuda"), generator(seed, "cuda")
    rows = []
    for m in widths:
        free = 0.8 * torch.cuda.mem_get_info()[0]
        batch = max(1, min(networks, int(free // (4 * NUMBER * INPUTS * m))))
        distances: list[Tensor] = []
        while sum(map(len, distances)) < networks:
            some = min(batch, networks - sum(map(len, distances)))
            found = last_grams(x, SIGMA, DEPTH, m, some, g, C_RES)
            distances.append(torch.linalg.matrix_norm(found - limit, 2))
        each = torch.cat(distances)
        rows.append({"m": m, "distance": float(each.mean()), "error": float(each.std() / networks**0.5)})
    return rows


def markdown(card: str, data: dict[str, Any]) -> str:
    """What was measured on one card, as two tables."""
    peak, found = data["peaks"], data["concentration"]
    lines = [
        f"{card}: {peak['FLOP/s'] / 1e12:.3g} TFLOP/s in float64 products of 8192 × 8192, "
        f"{peak['B/s'] / 1e12:.3g} TB/s in a copy, both measured in this run.",
        "",
        "| job | seconds | rate | of the peak |",
        "| --- | --- | --- | --- |",
    ]
    for r in data["rows"]:
        rate = f"{r['rate'] / 1e12:.3g} T{r['unit']} | {r['fraction']:.0%}" if r["unit"] else " | "
        lines.append(f"| {r['job']} | {r['seconds']:.3g} | {rate} |")
    lines += [
        "",
        f"| width m | mean ‖G^(H)(0) − K^(H)‖ of {found['networks']} networks | standard error |",
        "| --- | --- | --- |",
        *(f"| {r['m']} | {r['distance']:.4g} | {r['error']:.1g} |" for r in found["widths"]),
        "",
        f"Slope against width {found['slope']:.3f} (−1/2 is the theory's).",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure everything and write benchmarks/results/gpu.json and gpu.md, beside what other cards took."""
    if not torch.cuda.is_available():
        sys.exit("benchmarks.gpu: torch sees no GPU here")
    peak = peaks()
    rows: list[Measured] = []

    def add(job: str, seconds: float, work: float, unit: str) -> None:
        rows.append(Measured(job, seconds, work / seconds, unit, work / seconds / peak[unit]))
        print(rows[-1], flush=True)

    networks = 256
    widths = [2**k for k in range(10, 18)]
    table = concentration(widths, networks, 0)
    slope = float(np.polyfit(np.log(widths), np.log([r["distance"] for r in table]), 1)[0])
    seconds = timed(lambda: concentration(widths[-1:], networks, 1), 1)
    # a layer: Gaussians written, read and multiplied, σ, the step, the Gram matrix: eight passes over (n, m)
    bytes_ = 8 * DEPTH * networks * INPUTS * widths[-1] * NUMBER
    add(f"‖G(0) − K‖, {networks} networks of width 2¹⁷, n = {INPUTS}, H = {DEPTH}", seconds, bytes_, "B/s")
    for m in (2048, 8192, 16384):
        n, layers = 1024, 4
        net = ResNet(64, m, layers, SIGMA, generator(0, "cuda"), C_RES)
        x = as_tensor(sphere(n, 64, 0).x, "cuda")
        seconds = timed(partial(layer_grams, net, x))
        work = 4 * (layers - 1) * n * m**2 + (4 * layers - 2) * n**2 * m
        add(f"Gram matrices of all layers, n = {n}, m = {m}, H = {layers}", seconds, work, "FLOP/s")
        del net, x
        torch.cuda.empty_cache()
    alphas, depths, width, trials = list(np.linspace(0.3, 0.7, 17)), [10, 100, 1000, 10_000], 4096, 32
    found: list[Any] = []
    g = generator(0, "cuda")
    seconds = timed(lambda: found.append(phase_diagram(alphas, depths, width, trials, g)), 1)
    # a block: read and write h in the step, the rectifier, the norm and the division
    passes = 7 * len(alphas) * trials * width * sum(depths) * NUMBER
    add(f"phase diagram, {len(alphas)} α, L to 10⁴, m = {width}, {trials} trials", seconds, passes, "B/s")
    net = ResNet(64, 1024, 10, SIGMA, generator(0, "cuda"), C_RES)
    x = as_tensor(sphere(512, 64, 0).x, "cuda")
    y = torch.randn(512, dtype=torch.float64, device="cuda")
    loss = torch.nn.MSELoss(reduction="sum")
    values: list[float] = []
    seconds = timed(lambda: values.append(largest_hessian_eigenvalue(net, loss, x, y)), 1)
    rows.append(Measured("largest Hessian eigenvalue, m = 1024, H = 10, n = 512, to 1e-6", seconds, 0.0, "", 0.0))
    card = torch.cuda.get_device_name()
    machine = {**environment(), "GPU": card}
    data = {
        "environment": machine,
        "peaks": peak,
        "rows": [asdict(r) for r in rows],
        "concentration": {"networks": networks, "widths": table, "slope": slope},
        "phase": {"alphas": alphas, "depths": depths, "mean": found[-1].mean.tolist()},
    }
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / "gpu.json"
    cards = {**(json.loads(kept.read_text()) if kept.exists() else {}), card: data}
    kept.write_text(json.dumps(cards, indent=1, ensure_ascii=False) + "\n")
    (RESULTS / "gpu.md").write_text("\n\n".join(markdown(name, cards[name]) for name in sorted(cards)) + "\n")
    print(markdown(card, data))


if __name__ == "__main__":
    main()

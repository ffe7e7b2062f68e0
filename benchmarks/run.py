"""`make bench`: each job beside the plain way to do it; medians of several runs, JSON and a Markdown table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import sympy as sp
import torch

from benchmarks.curvature import curvature
from benchmarks.kernels import accuracy, empirical, exponents, infinite_width
from benchmarks.stability import stability
from benchmarks.timing import Row, median_time
from checks.results import environment
from derivations.expectations import expected
from derivations.gaussian import Expectation, correlated, relu
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.loss import LOSS
from numerics.evaluate import evaluate
from numerics.models.liu2019 import Teachers, initial_output, teachers, unit_vectors
from numerics.training import Schedule, final_loss

RESULTS = Path(__file__).parent / "results"
RUNS, LOOPED = 2000, 20


def _start(runs: int) -> tuple[torch.Tensor, torch.Tensor, Teachers]:
    g = torch.Generator().manual_seed(0)
    teacher = teachers(runs, 16, 8, 1.0, g)
    return initial_output(teacher.a_star, g), unit_vectors(runs, 8, g), teacher


def plain_run(a: np.ndarray, v: np.ndarray, a_star: np.ndarray, v_star: np.ndarray, schedule: Schedule) -> float:
    """One run of normalised GD as one would write it in NumPy: the peer of the batched tensor."""
    k = len(a)
    loss = np.inf
    for t in range(schedule.steps):
        phi = 2 * np.arctan2(np.linalg.norm(v - v_star), np.linalg.norm(v + v_star))
        g = (np.pi - phi) * np.cos(phi) + np.sin(phi)
        grad_a = (a.sum() + (np.pi - 1) * a - a_star.sum() - (g - 1) * a_star) / (2 * np.pi)
        grad_v = -(np.pi - phi) / (2 * np.pi) * (a @ a_star) * (v_star - (v @ v_star) * v)
        a = a - schedule.eta_a * grad_a
        v = v - schedule.eta_w_at(t) * grad_v
        v = v / np.linalg.norm(v)
        if t % 50 == 49:
            d = a - a_star
            loss = ((np.pi - 1) * d @ d + d.sum() ** 2 + 2 * (np.pi - g) * (a @ a_star)) / (4 * np.pi)
            if loss < 1e-8:
                break
    assert k == len(a)
    return float(loss)


def success_table() -> list[Row]:
    """2,000 trajectories of one cell of the success table: one tensor against a loop over runs."""
    a, v, teacher = _start(RUNS)
    schedule = Schedule()
    ours = median_time(lambda: final_loss(a, v, teacher, schedule))
    arrays = [x[:LOOPED].numpy() for x in (a, v, teacher.a_star, teacher.v_star)]
    batched = final_loss(a, v, teacher, schedule)[:LOOPED].numpy()

    def numpy_loop() -> list[float]:
        return [plain_run(*(x[r] for x in arrays), schedule) for r in range(LOOPED)]

    assert np.array_equal(np.array(numpy_loop()) < 1e-6, batched < 1e-6)

    def torch_loop() -> None:
        for r in range(LOOPED):
            one = Teachers(teacher.a_star[r : r + 1], teacher.v_star[r : r + 1])
            final_loss(a[r : r + 1], v[r : r + 1], one, schedule)

    job = f"{RUNS} trajectories of the success table"
    scale = RUNS / LOOPED
    return [
        Row(job, ours, "Python loop over runs, torch", median_time(torch_loop, 1) * scale),
        Row(job, ours, "Python loop over runs, plain NumPy", median_time(numpy_loop, 3) * scale),
    ]


def evaluation() -> list[Row]:
    """The population loss on 10,000 networks: `evaluate` against SymPy's lambdify network by network."""
    rng = np.random.default_rng(0)
    count, k = 10000, 16
    values = {n.a: rng.normal(size=(count, k)), n.a_star: rng.normal(size=(count, k)), n.phi: rng.uniform(0, 3, count)}
    ours = median_time(lambda: evaluate(LOSS, values))
    from derivations.explicit import explicit

    entries = [sp.Symbol(f"{s}_{i + 1}", real=True) for s in ("a", "a*") for i in range(k)]
    plain = sp.lambdify([*entries, n.phi], explicit(LOSS, {n.k: k}), "numpy")
    rows = [[*values[n.a][i], *values[n.a_star][i], values[n.phi][i]] for i in range(count)]
    assert np.allclose(evaluate(LOSS, values)[:50], [plain(*r) for r in rows[:50]])
    job = "loss of 10,000 networks"
    columns = [np.ascontiguousarray(c) for c in np.array(rows).T]
    return [
        Row(job, ours, "lambdify, a call each", median_time(lambda: [plain(*r) for r in rows], 1)),
        Row(job, ours, "lambdify, one call on arrays", median_time(lambda: plain(*columns))),
    ]


def derivation() -> list[Row]:
    """The ReLU kernel in closed form, against mpmath's quadrature of it at a single angle."""
    u, x = sp.symbols("u x", real=True)
    kernel = Expectation(relu(u) * relu(x), (u, x), correlated(n.phi))
    ours = median_time(lambda: expected(kernel))
    from mpmath import mp

    def quadrature() -> object:
        c, s = mp.cos(1), mp.sin(1)

        def inner(t: object) -> object:
            low = -t * c / s
            return t * mp.quad(lambda y: (c * t + s * y) * mp.exp(-(t * t + y * y) / 2), [low, mp.inf])

        return mp.quad(inner, [0, mp.inf]) / (2 * mp.pi)

    theirs = median_time(quadrature, 1)
    return [Row("E σ(u)σ(v), closed form for every φ", ours, "mpmath.quad at one φ, 15 digits", theirs)]


def start_up() -> list[Row]:
    """Starting the command, against starting Python with torch, which it avoids."""

    def run(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(arguments, check=True, capture_output=True)

    command = str(Path(sys.executable).with_name("lemmata"))
    torch_import = median_time(run(sys.executable, "-c", "import torch"))
    return [
        Row("lemmata --help", median_time(run(command, "--help")), "python -c 'import torch'", torch_import),
        Row("lemmata list", median_time(run(command, "list")), "python -c 'import torch'", torch_import),
    ]


def main() -> None:
    """Run all comparisons and write them."""
    torch.set_num_threads(1)
    rows = [*success_table(), *evaluation(), *derivation(), *start_up(), *infinite_width(), *empirical()]
    rows += [*curvature(), *stability()]
    slopes, reached = exponents(), accuracy()
    RESULTS.mkdir(exist_ok=True)
    machine = {**environment(), "cores": os.cpu_count()}
    data = {"environment": machine, "rows": [{**asdict(r), "ratio": r.ratio} for r in rows], "exponents": slopes}
    (RESULTS / "bench.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    lines = ["| job | ours | peer | peer's time | ratio |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {r.job} | {r.ours:.3g} s | {r.peer} | {r.theirs:.3g} s | {r.ratio:.3g} |" for r in rows]
    lines += ["", "| cost | measured exponent | expected at most |", "| --- | --- | --- |", *slopes, "", reached]
    (RESULTS / "bench.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

"""Training runs and evaluation on many networks, beside a loop over them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp
import torch

from benchmarks.timing import Row, median_time
from checks.papers.liu2019.population import population_gradients, population_loss
from derivations.papers.liu2019 import notation as n
from derivations.papers.liu2019.loss import LOSS
from numerics.models.liu2019 import Teachers, initial_output, teachers, unit_vectors
from numerics.models.liu2019_descent import Schedule, final_loss
from numerics.values.evaluate import evaluate

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


def success_table() -> Iterator[Row]:
    """2,000 trajectories of one cell of the success table: one tensor against a loop over runs."""
    a, v, teacher = _start(RUNS)
    schedule = Schedule()

    def one_tensor() -> torch.Tensor:
        return final_loss((a, v), teacher, schedule, population_gradients, population_loss)

    ours = median_time(one_tensor)
    arrays = [x[:LOOPED].numpy() for x in (a, v, teacher.a_star, teacher.v_star)]
    batched = one_tensor()[:LOOPED].numpy()

    def numpy_loop() -> list[float]:
        return [plain_run(*(x[r] for x in arrays), schedule) for r in range(LOOPED)]

    assert np.array_equal(np.array(numpy_loop()) < 1e-6, batched < 1e-6)

    def torch_loop() -> None:
        for r in range(LOOPED):
            one = Teachers(teacher.a_star[r : r + 1], teacher.v_star[r : r + 1])
            final_loss((a[r : r + 1], v[r : r + 1]), one, schedule, population_gradients, population_loss)

    job = f"{RUNS} trajectories of the success table"
    scale = RUNS / LOOPED
    yield Row(job, ours, "Python loop over runs, torch", median_time(torch_loop, 1) * scale)
    yield Row(job, ours, "Python loop over runs, plain NumPy", median_time(numpy_loop, 3) * scale)


def evaluation() -> Iterator[Row]:
    """The population loss on 10,000 networks: `evaluate` against SymPy's lambdify network by network."""
    rng = np.random.default_rng(0)
    count, k = 10000, 16
    values = {n.a: rng.normal(size=(count, k)), n.a_star: rng.normal(size=(count, k)), n.phi: rng.uniform(0, 3, count)}
    ours = median_time(lambda: evaluate(LOSS, values))
    from derivations.proofs.explicit import explicit

    entries = [sp.Symbol(f"{s}_{i + 1}", real=True) for s in ("a", "a*") for i in range(k)]
    plain = sp.lambdify([*entries, n.phi], explicit(LOSS, {n.k: k}), "numpy")
    rows = [[*values[n.a][i], *values[n.a_star][i], values[n.phi][i]] for i in range(count)]
    assert np.allclose(evaluate(LOSS, values)[:50], [plain(*r) for r in rows[:50]])
    job = "loss of 10,000 networks"
    columns = [np.ascontiguousarray(c) for c in np.array(rows).T]
    yield Row(job, ours, "lambdify, a call each", median_time(lambda: [plain(*r) for r in rows], 1))
    yield Row(job, ours, "lambdify, one call on arrays", median_time(lambda: plain(*columns)))


def training(quick: bool) -> Iterator[Row]:
    """Trajectories of the success table, and the loss of many networks."""
    torch.set_num_threads(1)
    if not quick:
        yield from success_table()
    yield from evaluation()

"""Sweeps: memory and batches, rounding within its bound."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from checks import cli
from checks.errors import UsageError
from checks.measurable.sweeps import sweep_of
from checks.papers.du2018.sweeps import distance
from checks.studies.sweeps.plan import ensure_room, find, plan
from checks.studies.sweeps.task import measure
from numerics.machine.batches import fitting, in_batches
from numerics.machine.memory import TooLarge
from numerics.machine.precision import FLOAT64, PRECISIONS, Trace, own_products, symmetric_root
from numerics.models.du2018 import generator
from numerics.stability import log_growth

SMALL = ["sweep", "du2018.gram-concentration", "--width", "16:64:x2", "--seeds", "6", "--networks", "4", "--jobs", "1"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


# Memory and batches


def test_memory_is_looked_at_first() -> None:
    made = plan(find("du2018.finite-width"), {"width": "1024:65536:x2"}, 2, None, "float64", 0, "cpu")
    assert made.sweep is not None
    ensure_room(made, 2.01 * made.sweep.bytes(made.points[-1], FLOAT64), 2, "here")
    with pytest.raises(
        UsageError, match=r"--width 65536: 2 at a time take about .* up to about 3276\d fits or fewer --jobs"
    ):
        ensure_room(made, made.sweep.bytes(made.points[-1], FLOAT64), 2, "here")


def test_a_batch_that_does_not_fit_is_halved_and_nothing_changes() -> None:
    tried = []

    def compute(first: int, last: int) -> torch.Tensor:
        tried.append(last - first)
        if last - first > 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.\nmore words")
        return torch.arange(first, last)

    values, at_once = in_batches(17, 16, compute)
    assert values.tolist() == list(range(17))
    assert at_once == 2
    assert tried[:4] == [16, 8, 4, 2]
    assert in_batches(17, 3, compute)[1] == 3

    def never(first: int, last: int) -> torch.Tensor:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.\nmore words")

    with pytest.raises(TooLarge, match=r"one network alone is too large for the GPU: CUDA out of memory\.$"):
        in_batches(4, 4, never)
    assert fitting(16, 1e3, "cpu") == 1


def test_less_gpu_memory_is_said_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    whole = sweep_of("du2018", "finite-width")
    assert whole is not None

    def each(point: Any, generators: Any, precision: Any, trace: Any) -> torch.Tensor:
        if len(generators) > 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return distance(point, generators, precision, trace)

    run(monkeypatch, *SMALL, "--json", "one.json")
    capsys.readouterr()
    monkeypatch.setattr("checks.studies.sweeps.task.sweep_of", lambda paper, slug: replace(whole, each=each))
    monkeypatch.setattr("numerics.machine.batches.fitting", lambda count, size, device: count)
    run(monkeypatch, *SMALL, "--json", "two.json", "-o", "other")
    assert capsys.readouterr().out.count("1 networks at a time") == 1
    rows = [json.loads(Path(name).read_text())["rows"] for name in ("one.json", "two.json")]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_does_not_depend_on_those_beside_it(dtype: str) -> None:
    point, precision = {"width": 96, "depth": 3, "inputs": 8}, PRECISIONS[dtype]
    together = distance(point, [generator(i) for i in range(5)], precision, None)
    alone = torch.cat([distance(point, [generator(i)], precision, None) for i in range(5)])
    assert torch.allclose(together, alone, rtol=1e-10 if dtype == "float64" else 1e-4)
    for mirrored in (False, True):
        trials = 10 if mirrored else 5
        many = log_growth(
            [0.1], 20, 64, trials, [generator(i) for i in range(5)], mirrored=mirrored, precision=precision
        )
        one = log_growth([0.1], 20, 64, trials // 5, [generator(3)], mirrored=mirrored, precision=precision)
        assert torch.allclose(many[:, 3::5], one, rtol=1e-10 if dtype == "float64" else 1e-4)


# Precision


def rounding(slug: str, point: dict[str, int], dtype: str, seed: int) -> tuple[float, float]:
    """What is seen of one network's rounding, with the same draws, and its bound."""
    sweep = sweep_of(*slug.split("."))
    assert sweep is not None
    precision, trace = PRECISIONS[dtype], Trace()
    low = sweep.each(point, [generator(seed)], precision, None)[0]
    exact = sweep.each(point, [generator(seed)], precision, trace)[0]
    return abs(float(exact.detach()) - float(low)), trace.bound(exact, precision)


POINTS = [
    ("du2018.finite-width", {"width": 256, "depth": 2, "inputs": 20}),
    ("du2018.finite-width", {"width": 1000, "depth": 3, "inputs": 20}),
    ("du2018.finite-width", {"width": 4096, "depth": 5, "inputs": 8}),
    ("zhang2019.phase-critical", {"depth": 16, "width": 128}),
    ("zhang2019.phase-critical", {"depth": 200, "width": 256}),
    ("zhang2019.phase-075", {"depth": 64, "width": 256}),
]


@pytest.mark.parametrize("dtype", ["float32", "bf16"])
@pytest.mark.parametrize(("slug", "point"), POINTS)
def test_rounding_is_within_its_bound_and_the_bound_says_something(
    slug: str, point: dict[str, int], dtype: str
) -> None:
    found = [rounding(slug, point, dtype, seed) for seed in range(8)]
    assert all(seen <= bound for seen, bound in found)
    # a bound of float32 is far below what is measured, and within a factor of 1000 of what is seen
    seen, bound = (max(column) for column in zip(*found, strict=True))
    assert bound < 1000 * seen
    if dtype == "float32":
        assert bound < 1e-4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here")
def test_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches by free memory, the same numbers in smaller ones, and rounding within its bound on tensor cores too."""
    point = {"width": 4096, "depth": 3, "inputs": 20}
    for dtype in PRECISIONS:
        job = plan(find("du2018.finite-width"), {"width": "4096"}, 1, 16, dtype, 0, "cuda").jobs[0]
        together = measure(job)
        assert not together.error, together.error
        sweep = sweep_of("du2018", "finite-width")
        assert sweep is not None
        assert fitting(16, sweep.bytes(point, PRECISIONS[dtype]), "cuda") == 16
        monkeypatch.setattr("numerics.machine.batches.fitting", lambda count, size, device: 3)
        apart = measure(job)
        monkeypatch.undo()
        rtol = {"float64": 1e-9, "float32": 1e-3}.get(dtype, 0.1)
        assert apart.quantity[0] == pytest.approx(together.quantity[0], rel=rtol)
    free, _ = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction(0.02)
    try:
        monkeypatch.setattr("numerics.machine.batches.fitting", lambda count, size, device: count)
        wide = plan(find("du2018.finite-width"), {"width": str(2**20)}, 1, 64, "float64", 0, "cuda").jobs[0]
        outcome = measure(wide)
        assert outcome.at_once < 64 or free < 2e10
        assert not outcome.error, outcome.error
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_bounds_grow_with_roundoff_depth_and_what_is_cut() -> None:
    shallow, deep = ({"depth": d, "width": 64} for d in (10, 160))
    assert (
        rounding("zhang2019.phase-critical", deep, "float32", 0)[1]
        > 2 * rounding("zhang2019.phase-critical", shallow, "float32", 0)[1]
    )
    point = {"width": 256, "depth": 3, "inputs": 20}
    bounds = [rounding("du2018.finite-width", point, dtype, 0)[1] for dtype in ("float32", "tf32", "bf16")]
    assert bounds[0] < bounds[1] < bounds[2]
    assert bounds[1] > 2.0**10 * bounds[0]


def test_a_wrong_rounding_is_an_error_of_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sweep_of("du2018", "finite-width")
    assert whole is not None

    def each(point: Any, generators: Any, precision: Any, trace: Any) -> torch.Tensor:
        found = distance(point, generators, precision, trace)
        return found if trace is not None else found * 1.001

    monkeypatch.setattr("checks.studies.sweeps.task.sweep_of", lambda paper, slug: replace(whole, each=each))
    job = plan(find("du2018.finite-width"), {"width": "64"}, 1, 2, "float32", 0, "cpu").jobs[0]
    assert "float32 is off by" in measure(job).error


def test_lower_precisions_find_the_same_law(monkeypatch: pytest.MonkeyPatch) -> None:
    small = ["sweep", "du2018.finite-width", "--width", "32:256:x2", "--seeds", "6", "--jobs", "1"]
    fits = {}
    for dtype in ("float64", "float32"):
        run(monkeypatch, *small, "--dtype", dtype, "--json", f"{dtype}.json")
        fits[dtype] = json.loads(Path(f"{dtype}.json").read_text())["fit"]
    assert fits["float64"]["rounding"] == 0
    assert 0 < fits["float32"]["rounding"] < 1e-4
    assert max(f["low"] for f in fits.values()) < min(f["high"] for f in fits.values())


def test_blocks_sum_up_to_the_product() -> None:
    x = torch.randn(3, 5, 150, generator=generator(0), dtype=torch.float64)
    exact = x @ x.mT
    assert torch.equal(own_products(x, FLOAT64), exact)
    assert torch.allclose(own_products(x.float(), PRECISIONS["float32"]), exact, rtol=1e-5, atol=1e-4)


def test_the_root_and_its_derivative() -> None:
    a = torch.randn(2, 4, 4, generator=generator(0), dtype=torch.float64)
    matrix = (a @ a.mT).requires_grad_()
    root = symmetric_root(matrix)
    assert torch.allclose(root @ root, matrix)
    assert torch.allclose(root, root.mT)
    assert torch.autograd.gradcheck(lambda m: symmetric_root((m + m.mT) / 2), (matrix,))


@pytest.mark.parametrize("widths", ["64:256:x2", "8,64,128"])
def test_where_rounding_hides_the_law_that_is_said(
    widths: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where its bound is above the values no exponent can be told; the infinite interval is written too."""
    arguments = ["sweep", "du2018.gram-concentration", "--width", widths, "--seeds", "4", "--networks", "2"]
    code = run(monkeypatch, *arguments, "--depth", "4", "--dtype", "bf16", "--jobs", "1", "--json", "r.json")
    fit = json.loads(Path("r.json").read_text())["fit"]
    assert code == 1
    assert (fit["verdict"], fit["low"], fit["high"]) == ("undecided", "-inf", "inf")
    assert "a finer --dtype" in capsys.readouterr().out


def test_a_rounding_without_a_derivative_has_no_bound() -> None:
    """Eight units give twenty inputs a Gram matrix of rank eight, whose root has no derivative."""
    trace = Trace()
    zero = trace.add(torch.zeros(2, 2, dtype=torch.float64), torch.ones(2, 2), 1)
    assert trace.bound(symmetric_root(zero).sum(), PRECISIONS["float32"]) == float("inf")

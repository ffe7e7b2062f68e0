"""Sweeps: sizes as they are written, tasks kept through kills, exponents beside claims."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import cli
from checks.context import Context
from checks.errors import UsageError
from checks.library.collect import collect, resolve
from checks.measurable.sweeps import alias_of, sweep_of
from checks.papers.du2018 import widths
from checks.papers.du2018.sweeps import distance
from checks.studies.sweeps.fit import Row, fit, rows_of
from checks.studies.sweeps.plan import find, plan
from checks.studies.sweeps.sizes import parse_sizes
from checks.studies.sweeps.store import Store
from checks.studies.sweeps.task import Outcome, measure
from derivations.statements import Rate
from numerics.machine.precision import FLOAT64
from numerics.models.du2018 import generator
from numerics.stability import log_growth

COMMAND = str(Path(sys.executable).with_name("lemmata"))
SMALL = ["sweep", "du2018.gram-concentration", "--width", "16:64:x2", "--seeds", "6", "--networks", "4", "--jobs", "1"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


# Sizes


def test_sizes_as_they_are_written() -> None:
    assert parse_sizes("--width", "256:65536:x2") == tuple(2**k for k in range(8, 17))
    assert parse_sizes("--depth", "2:12:+3") == (2, 5, 8, 11)
    assert parse_sizes("--width", "64, 16,16") == (16, 64)
    assert parse_sizes("--width", "1:8:x3,100") == (1, 3, 100)


@given(st.integers(1, 50), st.integers(0, 400), st.sampled_from(["x", "+"]), st.integers(2, 9))
@settings(max_examples=60, deadline=None)
def test_ranges_begin_at_their_first_and_end_by_their_last(first: int, more: int, kind: str, step: int) -> None:
    found = parse_sizes("--width", f"{first}:{first + more}:{kind}{step}")
    assert found[0] == first
    assert first + more < (found[-1] * step if kind == "x" else found[-1] + step)
    assert found[-1] <= first + more


BAD_SIZES = [
    ("", "a size is missing"),
    ("16,,32", "a size is missing"),
    ("64:16:x2", "64 is above 16; write 16:64:x2"),
    ("16:64:x1", "do not get anywhere"),
    ("16:64:+0", "do not get anywhere"),
    ("0:64:x2", "do not get anywhere"),
    ("0", "0 is below 1"),
    ("16:64", "neither a size nor a range"),
    ("-4", "neither a size nor a range"),
    ("1e3", "neither a size nor a range"),
    ("²", "neither a size nor a range"),
    ("1:99999999999:+1", "more than 10000 sizes"),
]


@pytest.mark.parametrize(("text", "words"), BAD_SIZES)
def test_sizes_that_cannot_be_meant(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_sizes("--width", text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


# What cannot be swept, or not so: one line, exit code 2, before anything runs

BAD = [
    (["du2018.finite-width", "--width", "64:16:x2"], "64 is above 16"),
    (["du2018.finite-width", "--width", ""], "a size is missing"),
    (["du2018.finite-widht"], "did you mean 'du2018.finite-width'"),
    (["du2018.full-rank"], "is a Bound, and only laws can be swept: du2018."),
    (["du2018.*"], "sweep one at a time"),
    (["zhang2019.phase-critical", "--inputs", "3"], "--inputs: zhang2019.phase-critical has sizes --depth, --width"),
    (["du2018.growth-fc", "--width", "16,32"], "no sizes to give: only --seeds"),
    (["du2018.finite-width", "--depth", "2,3"], "the law is about the width; give one depth"),
    (["du2018.finite-width", "--seeds", "0"], "--seeds 0"),
    (["du2018.finite-width", "--networks", "0"], "--networks 0"),
    (["du2018.finite-width", "--dtype", "float16"], "no dtype 'float16'; there are float64, float32, tf32, bf16"),
    (["du2018.weight-movement", "--dtype", "float32"], "is computed in float64"),
    (["du2018.finite-width", "--dtype", "tf32", "--device", "cpu"], "use float32 on a CPU"),
    (["du2018.finite-width", "--width", "1000000000000"], "width up to about"),
    (["du2018.finite-width", "--seeds", "1000001"], "more than 1000000 tasks: fewer --seeds"),
    (["du2018.finite-width", "-o", "/proc/nowhere"], "cannot write /proc/nowhere/tasks"),
    (["du2018.finite-width", "--json", "."], "it is a folder"),
    (["du2018.finite-width", "--jobs", "0"], "--jobs 0"),
    (["du2018.finite-width", "--device", "tpu"], "no device 'tpu'"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_bad_arguments(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "sweep", *arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


def test_a_disk_that_is_too_full(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 1000))
    assert run(monkeypatch, *SMALL) == 2
    assert "18 tasks need about" in capsys.readouterr().err


# A run, another, and what is on disk between them


def test_a_sweep_and_the_same_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(monkeypatch, *SMALL, "--json", "one.json", "-o", "there")
    said = capsys.readouterr().out
    assert "exponent -0." in said
    assert code == (0 if "holds" in said else 1)
    first = json.loads(Path("one.json").read_text())
    assert [r["size"] for r in first["rows"]] == [16, 32, 64]
    assert all(len(r["values"]) == 6 for r in first["rows"])
    assert first["fit"]["low"] < first["fit"]["exponent"] < first["fit"]["high"]
    assert first["statement"] == "du2018.finite-width"
    for name in ("sweep.png", "sweep.svg"):
        assert Path("there", name).stat().st_size > 5000
    assert run(monkeypatch, *SMALL, "--json", "two.json", "-o", "there") == code
    assert "18 of 18 tasks are in there/tasks, 0 to run" in capsys.readouterr().out
    second = json.loads(Path("two.json").read_text())
    assert first["rows"] == second["rows"]
    assert first["fit"] == second["fit"]


def test_only_the_same_parameters_are_reused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["sweep", "du2018.finite-width", "--width", "16,32", "--seeds", "2", "--networks", "2", "--jobs", "1"]
    run(monkeypatch, *small)
    capsys.readouterr()
    for other in (["--seed", "1"], ["--dtype", "float32"], ["--depth", "2"], ["--networks", "3"], ["--inputs", "4"]):
        run(monkeypatch, *small, *other)
        assert "tasks are in" not in capsys.readouterr().out, other
    run(monkeypatch, *small, "--seeds", "3", "--width", "16,32,64")
    assert "4 of 9 tasks are in sweeps/du2018.finite-width/tasks, 5 to run" in capsys.readouterr().out


DAMAGES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"key": 1}',
    b"\xff\xfe",
    b'{"outcome": {"variable": [1]}, "key": {}, "crc": 0}',
]


def test_damaged_files_are_dropped_and_computed_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, *SMALL, "--json", "one.json")
    files = sorted(Path("sweeps/du2018.finite-width/tasks").iterdir())
    for path, damage in zip(files, DAMAGES, strict=False):
        path.write_bytes(damage)
    changed = json.loads(files[10].read_text())
    changed["outcome"]["quantity"][0] *= 1.01
    files[10].write_text(json.dumps(changed))
    files[11].write_bytes(files[12].read_bytes())
    capsys.readouterr()
    run(monkeypatch, *SMALL, "--json", "two.json")
    said = capsys.readouterr().out
    assert f"{len(DAMAGES) + 2} damaged files in sweeps/du2018.finite-width/tasks are dropped" in said
    rows = [json.loads(Path(name).read_text())["rows"] for name in ("one.json", "two.json")]
    assert rows[0] == rows[1]


def test_a_killed_run_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", "du2018.finite-width", "--width", "64,16384", "--seeds", "12"]
    folder = Path("sweeps/du2018.finite-width/tasks")
    command = [COMMAND, *arguments, "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 240
    while len(list(folder.glob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = len(list(folder.glob("[!.]*.json")))
    assert 3 <= kept < 24
    run(monkeypatch, *arguments, "--jobs", "1", "--json", "r.json")
    assert f"{kept} of 24 tasks are in {folder}, {24 - kept} to run" in capsys.readouterr().out
    rows = json.loads(Path("r.json").read_text())["rows"]
    # and what was computed in two goes, the first by two processes, is what one process computes
    jobs = plan(find("du2018.finite-width"), {"width": "64,16384"}, 12, None, "float64", 0, "cpu").jobs
    for job in (jobs[0], jobs[-1]):
        outcome = measure(job)
        row = next(r for r in rows if r["size"] == outcome.variable[0])
        assert row["values"][job.seed] == outcome.quantity[0]


def test_interruption_keeps_what_is_finished() -> None:
    command = [COMMAND, "sweep", "du2018.finite-width", "--width", "16384", "--seeds", "400", "--jobs", "2"]
    folder = Path("sweeps/du2018.finite-width/tasks")
    # jobs in the background of a script ignore Ctrl-C, and what they start does, too
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=listening)
    deadline = time.monotonic() + 240
    while not list(folder.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "run the same command again to continue" in out
    assert "Traceback" not in err


def test_what_goes_wrong_in_a_task_is_said_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = sweep_of("du2018", "finite-width")
    assert whole is not None

    def each(point: Any, generators: Any, precision: Any, trace: Any) -> torch.Tensor:
        if point["width"] == 32:
            raise FloatingPointError("no luck")
        return distance(point, generators, precision, trace)

    monkeypatch.setattr("checks.studies.sweeps.task.sweep_of", lambda paper, slug: replace(whole, each=each))
    assert run(monkeypatch, *SMALL, "--json", "r.json") == 1
    assert "width 32, depth 3, inputs 20, seed 0: error: FloatingPointError: no luck" in capsys.readouterr().out
    data = json.loads(Path("r.json").read_text())
    assert len(data["errors"]) == 6
    assert [r["size"] for r in data["rows"]] == [16, 64]
    assert len(list(Path("sweeps/du2018.finite-width/tasks").iterdir())) == 12


def test_other_laws_are_swept_by_their_readings_seeds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "sweep", "du2018.growth-fc", "--seeds", "2", "--jobs", "1", "--json", "r.json") == 0
    assert "every seed gives the same numbers" in capsys.readouterr().out
    data = json.loads(Path("r.json").read_text())
    assert [r["size"] for r in data["rows"]] == [2, 5, 10, 15, 20, 25]
    first = measure(plan(find("du2018.remainder-order"), {}, 1, None, "float64", 0, "cpu").jobs[0])
    statement = resolve(collect(["du2018.remainder-order"])[0])
    checked = next(r for r in _readings(statement) if r.method == "scaling").measure(Context(0, "cpu", statement.id))
    assert first.quantity == tuple(checked.quantity)


def _readings(statement: Any) -> Any:
    from checks.papers import readings_of

    return readings_of(statement.paper, statement.slug)


# Laws


def test_names_that_stand_for_others() -> None:
    assert alias_of("du2018", "gram-concentration") == "finite-width"
    assert alias_of("liu2019", "kernel") == "kernel"
    assert alias_of("no-paper", "kernel") == "kernel"
    assert find("du2018.gram-concentration").slug == "finite-width"


def test_conditional_simulation_has_the_law_of_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Means of ‖G − K‖ of full networks, as a check draws them, and of what is swept."""
    x = widths.sphere(20, 10, 0).x
    K = widths.residual(x, widths.SIGMA, widths.DEPTH, c_res=widths.C_RES).last
    inputs, g = widths.as_tensor(x), generator(3)
    nets = (widths.net_of("resnet", 10, 48, widths.DEPTH, g) for _ in range(400))
    full = np.array([np.linalg.norm(widths._last_gram(net, inputs) - K, 2) for net in nets])
    point = {"width": 48, "depth": 3, "inputs": 20}
    swept = distance(point, [generator(1000 + i) for i in range(400)], FLOAT64, None).numpy()
    error = np.sqrt(full.var() / 400 + swept.var() / 400)
    assert abs(full.mean() - swept.mean()) < 6 * error
    assert error < 0.05 * full.mean()


def test_depth_in_the_phase_diagram(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--depth", "16,64,256", "--width", "128", "--seeds", "8", "--jobs", "1"]
    assert run(monkeypatch, "sweep", "zhang2019.phase-critical", *arguments) in (0, 1)
    assert "refuted" not in capsys.readouterr().out
    # where τ is too large for a bounded law, the same law is refuted
    whole = sweep_of("zhang2019", "phase-critical")
    assert whole is not None

    def each(point: Any, generators: Any, precision: Any, trace: Any) -> torch.Tensor:
        return log_growth([point["depth"] ** -0.4], point["depth"], point["width"], len(generators), generators)[
            0
        ].exp()

    monkeypatch.setattr("checks.studies.sweeps.task.sweep_of", lambda paper, slug: replace(whole, each=each))
    assert run(monkeypatch, "sweep", "zhang2019.phase-critical", *arguments, "-o", "other") == 1
    assert "claimed 0: refuted" in capsys.readouterr().out


def law(exponent: float, noise: float = 0.05, rounding: float = 0.0) -> list[Row]:
    rng = np.random.default_rng(0)
    values = {m: m**exponent * np.exp(noise * rng.standard_normal(20)) for m in (16.0, 32.0, 64.0, 128.0)}
    return [Row(m, tuple(v), rounding * float(v.mean())) for m, v in values.items()]


def test_exponents_are_judged_by_their_interval() -> None:
    statement: Any = resolve(collect(["du2018.finite-width"])[0])
    good = fit(statement, law(-0.5))
    assert good.verdict == "holds"
    assert good.low < -0.5 < good.high
    assert fit(statement, law(-0.6)).verdict == "refuted"
    assert fit(statement, law(-0.6), drift=0.1).verdict == "holds"
    assert fit(statement, law(-0.6, noise=2.0)).verdict == "undecided"
    rounded = fit(statement, law(-0.6, rounding=0.2))
    assert rounded.verdict == "undecided"
    assert rounded.half_width == pytest.approx(fit(statement, law(-0.6)).half_width + rounded.rounding)
    assert fit(statement, law(-0.5, rounding=1.5)).half_width == np.inf
    same = [Row(m, (m**-0.5,) * 50, 0.0) for m in (16.0, 32.0, 64.0, 128.0)]
    assert fit(statement, same).half_width == pytest.approx(
        fit(statement, [replace(r, values=r.values[:1]) for r in same]).half_width
    )
    for bad in (law(-0.5)[:1], [Row(1.0, (1.0, 2.0), 0.0), Row(2.0, (-1.0, 2.0), 0.0)]):
        with pytest.raises(ValueError, match=r"two sizes|more --networks"):
            fit(statement, bad)


def test_rows_gather_the_seeds_of_each_size() -> None:
    rows = rows_of(
        [Outcome((2.0, 4.0), (1.0, 2.0), 0.1), Outcome((2.0, 4.0), (3.0, 4.0), 0.2), Outcome((8.0,), (5.0,))]
    )
    assert [(r.size, r.values, r.rounding) for r in rows] == [(2, (1, 3), 0.2), (4, (2, 4), 0.2), (8, (5,), 0.0)]
    assert rows[0].mean == rows[0].median == 2
    assert rows[0].error == pytest.approx(1.0)
    assert rows[2].spread == 0


def test_outcomes_come_back_from_disk(tmp_path: Path) -> None:
    jobs = plan(find("du2018.finite-width"), {"width": "16"}, 2, None, "float64", 0, "cpu").jobs
    store = Store(tmp_path / "deep" / "er")
    store.prepare(2)
    outcome = Outcome((16.0,), (0.1 + 0.2,), 1e-9, 1e-10, 3, 0.5, 0.25)
    store.keep(jobs[1], outcome)
    assert store.read(jobs).outcomes == {1: outcome}
    assert store.read(jobs).damaged == 0


def test_a_middle_size_of_which_nothing_is_known_leaves_nothing_known() -> None:
    rows = [Row(10.0, (1.0, 1.1), 0.0), Row(100.0, (0.31, 0.32), 1.0), Row(1000.0, (0.1, 0.11), 0.0)]
    statement = resolve(collect(["du2018.finite-width"])[0])
    assert isinstance(statement, Rate)
    assert fit(statement, rows).half_width == float("inf")


def test_the_exponent_at_the_critical_scale_drifts_by_what_the_overshoot_says() -> None:
    from checks.papers.zhang2019.phases import drift

    rng = np.random.default_rng(0)

    def growth(depth: int, count: int = 400_000) -> float:
        h = np.maximum(rng.standard_normal(count), 0)
        start = np.mean(h * h)
        for _ in range(depth):
            h = np.maximum(h + np.sqrt(np.mean(h * h) / depth) * rng.standard_normal(count), 0)
        return float(np.mean(h * h) / start)

    slope = np.log(growth(256) / growth(64)) / np.log(4)
    assert drift(0.5, 256) < slope < drift(0.5, 64)

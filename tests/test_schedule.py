"""Tasks run anywhere with the same results, and a worker that dies costs no task but the one that kills it."""

from __future__ import annotations

import http.server
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import schedule_tasks

from checks import cli
from checks.errors import UsageError
from checks.library.collect import collect
from checks.running.runner import Options, check_all
from checks.running.schedule import ATTEMPTS, LocalPool, Lost, Pool, Task, connect
from checks.running.schedule.workers import Worker, agree, gpus_of, question, reach
from checks.store.results import PACKAGES, environment
from checks.studies.sweeps.plan import find, plan
from checks.studies.sweeps.task import measure

COMMAND = str(Path(sys.executable).with_name("lemmata"))
CHECK = ["check", "liu2019.g-values", "--no-cache"]
IDS = ["liu2019.g-values", "liu2019.g-decreasing", "liu2019.gap-upper"]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # workers import the tasks by name
    folder = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH", "")])))
    monkeypatch.chdir(tmp_path)


def squares(count: int, seconds: float = 0.0) -> list[Task]:
    return [Task(f"square {n}", schedule_tasks.square, (n, seconds)) for n in range(count)]


@pytest.fixture(scope="module")
def local() -> dict[str, Any]:
    """What a process of its own finds, one statement after the other: the yardstick of all pools."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        checked = fresh.submit(schedule_tasks.checked_here, IDS).result()
    return {"checks": checked, "sweep": [_number(measure(job)) for job in small_sweep()]}


def small_sweep() -> Any:
    return plan(find("du2018.finite-width"), {"width": "16,32"}, 3, 2, "float64", 0, "cpu").jobs


def _number(outcome: Any) -> Any:
    assert not outcome.error, outcome.error
    return outcome.variable, outcome.quantity


def held(pool: Pool, local: dict[str, Any], folder: Path) -> None:
    """Everything a pool has to do: results as here, one worker killed once, one task that kills every worker."""
    tasks = squares(8, 0.05)
    tasks.insert(3, Task("once", schedule_tasks.kill_once, (50, str(folder))))
    tasks.insert(5, Task("always", schedule_tasks.kill_always))
    found = dict(pool.run(tasks))
    assert sorted(found) == list(range(len(tasks)))
    assert found.pop(3) == 2500
    lost = found.pop(5)
    assert isinstance(lost, Lost)
    assert lost.attempts >= ATTEMPTS
    assert lost.said.startswith(f"always: the worker died {lost.attempts} times")
    assert [found[i] for i in (0, 1, 2, 4, 6, 7, 8, 9)] == [n * n for n in range(8)]
    # after the kills, by those that were started last: a worker imports the library for seconds before these tasks
    swept = dict(pool.run([Task(job.name, measure, (job,)) for job in small_sweep()]))
    assert [_number(swept[i]) for i in range(len(swept))] == local["sweep"]
    with pytest.raises(ValueError, match="this task is wrong"):
        list(pool.run([Task("fail", schedule_tasks.fail), *squares(2)]))
    assert schedule_tasks.lines_of(check_all(collect(IDS), Options(), 2, pool=pool)) == local["checks"]


def killed_from_outside(pool: Pool) -> None:
    """A worker that something else kills in the middle of a run is replaced, and nothing is lost."""
    tasks = [Task(f"process {n}", schedule_tasks.process) for n in range(2)] + squares(12, 0.1)
    found, killed = {}, 0
    for i, result in pool.run(tasks):
        found[i] = result
        if i < 2 and not killed and result != os.getpid():
            killed = result
            os.kill(killed, signal.SIGKILL)
    assert killed
    assert [found[i + 2] for i in range(12)] == [n * n for n in range(12)]


def test_local_processes(local: dict[str, Any], tmp_path: Path) -> None:
    pool = LocalPool(2)
    held(pool, local, tmp_path)
    killed_from_outside(pool)


def test_a_statement_whose_process_dies_is_in_error_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(LocalPool):
        def run(self, tasks: Any) -> Iterator[tuple[int, Any]]:
            for i, found in super().run(tasks):
                yield i, Lost(tasks[i].name, ATTEMPTS) if tasks[i].name == IDS[0] else found

    found = {r.id: r for r in check_all(collect(IDS[:2]), Options(), 1, pool=Dying(1))}
    assert found[IDS[0]].verdict.value == "error"
    assert f"the worker died {ATTEMPTS} times" in found[IDS[0]].evidence[0].detail
    assert found[IDS[1]].verdict.value == "verified"


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'lemmata[ray]'")
def test_a_ray_cluster_of_several_workers(local: dict[str, Any], tmp_path: Path) -> None:
    pool, device = connect("ray", None, 2, "cpu")
    with pool:
        assert device == "cpu"
        assert pool.slots == 2
        assert all(memory > 0 for memory in pool.memory.values())
        held(pool, local, tmp_path)
        killed_from_outside(pool)
        with pytest.raises(UsageError, match="the cluster offers no GPU"):
            gpus_of(0, True, "")


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'lemmata[ray]'")
def test_a_ray_cluster_by_its_address() -> None:
    """The cluster is another process's, which ends with its standard input; Ray guards those it starts by a token."""
    code = (
        "import ray; ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level='ERROR', "
        "object_store_memory=80 * 2**20); print(ray.get_runtime_context().gcs_address, flush=True); input()"
    )
    plain = {k: v for k, v in os.environ.items() if k != "RAY_AUTH_MODE"}
    head = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=plain,
    )
    assert head.stdin is not None
    assert head.stdout is not None
    try:
        command = [COMMAND, *CHECK, "--backend", "ray", "--address", head.stdout.readline().strip()]
        without = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
        assert without.returncode == 2
        assert without.stderr.strip().endswith("the ray cluster requires a token: set RAY_AUTH_MODE=token")
        environment = {**plain, "RAY_AUTH_MODE": "token"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        assert "1 verified" in done.stdout
    finally:
        head.stdin.close()
        head.wait(timeout=20)


@pytest.mark.skipif(find_spec("distributed") is None, reason="dask is not installed: pip install 'lemmata[dask]'")
def test_a_dask_cluster_of_several_workers(local: dict[str, Any], tmp_path: Path) -> None:
    with connect("dask", None, 2, "cpu")[0] as pool:
        assert pool.slots == 2
        held(pool, local, tmp_path)
        killed_from_outside(pool)


@pytest.mark.skipif(find_spec("distributed") is None, reason="dask is not installed: pip install 'lemmata[dask]'")
def test_dask_workers_that_dask_gives_up_are_replaced() -> None:
    """Where both were lost for good, a run waited for ever."""
    with connect("dask", None, 2, "cpu")[0] as pool:
        assert isinstance(pool, dask_pool().DaskPool)
        for nanny in list(pool.cluster.workers.values()):
            pool.cluster.sync(nanny.close)
        assert dict(pool.run(squares(3))) == {0: 0, 1: 1, 2: 4}


@pytest.mark.skipif(find_spec("distributed") is None, reason="dask is not installed: pip install 'lemmata[dask]'")
def test_a_dask_cluster_that_loses_its_only_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(dask_pool(), "LOOK", 0.2)
    monkeypatch.setattr(dask_pool(), "PATIENCE", 1.0)
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        connect("dask", cluster.scheduler_address, None, "cpu")[0] as pool,
    ):
        cluster.scale(0)  # only asks for it
        while cluster.scheduler.workers:
            time.sleep(0.05)
        with pytest.raises(UsageError, match="has lost all its workers: start some and run again"):
            list(pool.run(squares(1)))


def dask_pool() -> Any:
    from checks.running.schedule import dask_pool

    return dask_pool


@pytest.mark.skipif(find_spec("distributed") is None, reason="dask is not installed: pip install 'lemmata[dask]'")
def test_a_dask_cluster_by_its_address() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster:
        pool, _ = connect("dask", cluster.scheduler_address, None, "auto")
        with pool:
            assert dict(pool.run(squares(5))) == {n: n * n for n in range(5)}
        with pytest.raises(UsageError, match="offers no GPU: start one worker per GPU"):
            connect("dask", cluster.scheduler_address, None, "cuda")


# Bad input: one line, exit code 2, within seconds


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


BAD = [
    ([*CHECK, "--backend", "slurm"], "no backend 'slurm'; there are local, ray, dask"),
    ([*CHECK, "--address", "10.0.0.1:6379"], "add --backend ray or dask"),
    (["sweep", "du2018.finite-width", "--backend", "slurm"], "no backend 'slurm'"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_bad_arguments(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize(("backend", "package"), [("ray", "ray"), ("dask", "dask")])
def test_an_extra_that_is_not_installed(
    backend: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"checks.running.schedule.{backend}_pool", raising=False)
    assert run(monkeypatch, *CHECK, "--backend", backend) == 2
    said = capsys.readouterr().err.strip()
    assert f"pip install 'lemmata[{backend}]'" in said
    assert "\n" not in said


@pytest.mark.parametrize("backend", ["ray", "dask"])
@pytest.mark.parametrize("address", ["", "nonsense", "host:port", "closed"])
def test_addresses_where_nothing_is(
    backend: str, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray" if backend == "ray" else "distributed")
    address = f"127.0.0.1:{closed_port()}" if address == "closed" else address
    started = time.monotonic()
    assert run(monkeypatch, *CHECK, "--backend", backend, "--address", address) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"lemmata: --address {address}:")
    assert "\n" not in said
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("backend", ["ray", "dask"])
def test_something_else_at_an_address(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.running.schedule.workers.SECONDS", 2.0)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"127.0.0.1:{server.server_port}"
        with pytest.raises(UsageError, match=f"but not as a {backend} cluster within 2 s"):
            reach(backend, address, "import time\ntime.sleep(60)")
        with pytest.raises(UsageError, match=f"but no {backend} cluster: it says no$"):
            reach(backend, address, "raise OSError('it says no')")
        reach(backend, address, "pass")
    finally:
        server.shutdown()


def test_workers_that_cannot_run_what_is_sent() -> None:
    ours = {name: environment().get(name) for name in PACKAGES}
    agree([Worker("10.0.0.7", ours, 1)])
    with pytest.raises(UsageError, match=r"the worker 10\.0\.0\.7 has no package sympy: pip install 'sympy==") as error:
        agree([Worker("10.0.0.6", ours, 1), Worker("10.0.0.7", {**ours, "sympy": None}, 1)])
    assert "\n" not in str(error.value)
    with pytest.raises(UsageError, match=r"the worker b has torch 1\.0, this process"):
        agree([Worker("b", {**ours, "torch": "1.0"}, 1)])


def test_a_worker_without_our_packages_can_answer() -> None:
    import cloudpickle

    text = cloudpickle.dumps(question()).hex()
    code = f"import cloudpickle; print(cloudpickle.loads(bytes.fromhex('{text}'))(('no-such-package', 'cloudpickle')))"
    folder = str(Path(cloudpickle.__file__).parent.parent)
    command = [
        sys.executable,
        "-I",
        "-c",
        f"import sys; sys.path = [p for p in sys.path if '/work' not in p] + [{folder!r}]; {code}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "'no-such-package': None" in done.stdout

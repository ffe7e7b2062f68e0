"""Tasks on a Ray cluster: Ray itself sends a task again whose worker or machine is lost."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError, WorkerCrashedError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from checks.errors import UsageError
from checks.running.schedule.base import ATTEMPTS, ENVIRONMENT, Lost, Pool, Task, call
from checks.running.schedule.workers import SECONDS, Worker, agree, fold, gpus_of, question, reach
from checks.store.results import PACKAGES
from derivations.arguments import first_line

STORE = 100 * 2**20
"""Bytes for objects in a cluster that is started here: results are small."""
AHEAD = 2
"""Tasks sent for each that can run, so that no worker waits for the next."""

# ray.init tries for minutes, and does not report a missing token
_PROBE = """from ray._raylet import GcsClient
GcsClient(address=sys.argv[1]).internal_kv_keys(b'', None)"""


class RayPool(Pool):
    """The cluster at `address` (HOST:PORT or auto), or one of `jobs` workers here."""

    def __init__(self, address: str | None, jobs: int, gpu: bool | None) -> None:
        # Ray asks for statistics on the terminal, and warns of GPUs it will not hide
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        environment = {"env_vars": ENVIRONMENT}
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "runtime_env": environment}
        if address is None:
            ray.init(num_cpus=jobs, include_dashboard=False, object_store_memory=STORE, **options)
        else:
            _join(address, options)
        try:
            self.memory = {w.name: w.memory for w in self._agreed()}
            resources = ray.cluster_resources()
            self.gpus = gpus_of(resources.get("GPU", 0), gpu, "start its machines with ray start --num-gpus N")
        except UsageError:
            self.close()
            raise
        self.needs: dict[str, Any] = {"num_cpus": 1, "num_gpus": 1 if self.gpus else 0}
        self.slots = self.gpus or max(1, int(resources.get("CPU", 1)))

    def _agreed(self) -> list[Worker]:
        asked = ray.remote(question())
        nodes = {n["NodeID"]: n["NodeManagerAddress"] for n in ray.nodes() if n["Alive"]}
        waiting = {
            name: asked.options(num_cpus=0, scheduling_strategy=NodeAffinitySchedulingStrategy(id, soft=False)).remote(
                PACKAGES
            )
            for id, name in nodes.items()
        }
        answers = {}
        for name, answer in waiting.items():
            try:
                answers[name] = ray.get(answer, timeout=10 * SECONDS)  # its first worker has to start
            except RayError as error:
                raise UsageError(f"the worker {name} does not answer: {first_line(error)}") from None
        found = fold(answers)
        agree(found)
        return found

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        sent = ray.remote(call).options(max_retries=ATTEMPTS - 1, **self.needs)
        waiting = deque(range(len(tasks)))
        running: dict[Any, int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * self.slots:
                    i = waiting.popleft()
                    running[sent.remote(tasks[i].function, tasks[i].arguments, 0 if self.gpus else None)] = i
                done, _ = ray.wait(list(running), num_returns=1)
                for reference in done:
                    i = running.pop(reference)
                    yield i, _result(reference, tasks[i])
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def close(self) -> None:
        ray.shutdown()


def _join(address: str, options: dict[str, Any]) -> None:
    """Connect as a driver; raises UsageError within seconds if that fails."""
    if address.startswith("ray://"):
        raise UsageError(f"--address {address}: run this on a machine of the cluster, with its HOST:PORT or auto")
    if address != "auto":
        reach("ray", address, _PROBE)
    try:
        ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        raise UsageError(f"--address {address}: no ray cluster can be reached: {first_line(error)}") from None


def _result(reference: Any, task: Task) -> Any:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause if isinstance(error.cause, Exception) else error from None
    except (WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError):
        return Lost(task.name, ATTEMPTS)
    except RayError as error:
        raise UsageError(f"{task.name}: the ray cluster gave it up: {first_line(error)}") from None

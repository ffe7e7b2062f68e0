"""Tasks on a Dask cluster: its scheduler sends a task again whose worker is lost."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster

from checks.errors import UsageError
from checks.running.schedule.base import ATTEMPTS, ENVIRONMENT, Lost, Pool, Task, call
from checks.running.schedule.workers import SECONDS, Worker, agree, fold, gpus_of, question, reach
from checks.store.results import PACKAGES

LOOK = 5.0
"""Seconds without a result, after which the workers are counted."""
PATIENCE = 120.0
"""Seconds for which a cluster may be without any worker."""

_PROBE = """from distributed import Client
Client(sys.argv[1], timeout='7s')"""


class DaskPool(Pool):
    """The cluster whose scheduler is at `address` (HOST:PORT), or one of `jobs` workers here."""

    def __init__(self, address: str | None, jobs: int, gpu: bool | None) -> None:
        self.cluster: Any = None
        # Dask's own messages on lost workers do not help our user
        for name in ("distributed", "distributed.scheduler", "distributed.nanny", "distributed.worker"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if address is None:
            dask.config.set({"distributed.scheduler.allowed-failures": ATTEMPTS - 1})
            self.cluster = LocalCluster(
                n_workers=1 if gpu else jobs,  # processes of one machine would share its first GPU
                resources={"GPU": 1} if gpu else None,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                env=ENVIRONMENT,
            )
            self.client = Client(self.cluster)
        else:
            reach("dask", address, _PROBE)
            self.client = Client(address, timeout=f"{SECONDS:g}s")
        try:
            self.memory = {w.name: w.memory for w in self._agreed()}
            known = self._known()
            offers = [w for w in known.values() if w["resources"].get("GPU", 0) >= 1]
            self.gpus = gpus_of(len(offers), gpu, "start one worker per GPU with dask worker --resources GPU=1")
        except UsageError:
            self.close()
            raise
        self.needs = {"GPU": 1} if self.gpus else {}
        self.slots = self.gpus or len(known)

    def _known(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _agreed(self) -> list[Worker]:
        if not self._known():
            raise UsageError("the dask cluster has no worker: start one with dask worker HOST:PORT --nthreads 1")
        found = fold(self.client.run(question(), PACKAGES))
        agree(found)
        return found

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        suspects = yield from self._together(tasks)
        # the scheduler blames all tasks of a worker that died: run one at a time to find the one that kills it
        for i in suspects:
            ready: SimpleQueue[Any] = SimpleQueue()
            self._sent(tasks[i], f"alone-{i}-{id(tasks):x}", ready)
            result = _result(self._next(ready), tasks[i])
            yield i, Lost(tasks[i].name, 2 * _failures()) if result is None else result[0]

    def _together(self, tasks: Sequence[Task]) -> Generator[tuple[int, Any], None, list[int]]:
        """Run tasks side by side; returns those that are suspected to kill workers."""
        waiting = deque(range(len(tasks)))
        running: dict[Any, int] = {}
        ready: SimpleQueue[Any] = SimpleQueue()
        suspects: list[int] = []
        try:
            while waiting or running:
                while waiting and len(running) < self.slots:
                    i = waiting.popleft()
                    running[self._sent(tasks[i], f"{i}-{id(tasks):x}", ready)] = i
                future = self._next(ready)
                i = running.pop(future)
                result = _result(future, tasks[i])
                if result is None:
                    suspects.append(i)
                else:
                    yield i, result[0]
        finally:
            if running:
                self.client.cancel(list(running), force=True)
        return suspects

    def _next(self, ready: SimpleQueue[Any]) -> Any:
        """The next future that is done; raises UsageError where no worker is left to do it.

        Dask replaces a worker that dies, but tries it once only, and waits for ever where none is left.
        """
        seen = time.monotonic()
        while True:
            try:
                return ready.get(timeout=LOOK)
            except Empty:
                known = len(self._known())
            if known:
                seen = time.monotonic()
            if self.cluster is not None and known < self.slots:
                self.cluster.scale(self.slots)
            if time.monotonic() - seen > PATIENCE:
                raise UsageError("the dask cluster has lost all its workers: start some and run again")

    def _sent(self, task: Task, key: str, ready: SimpleQueue[Any]) -> Any:
        """The future of a task, which puts itself into `ready` when it is done."""
        future = self.client.submit(
            call,
            task.function,
            task.arguments,
            0 if self.gpus else None,
            pure=False,
            key=f"{task.name}-{key}",
            resources=self.needs or None,
        )
        future.add_done_callback(ready.put)
        return future

    def close(self) -> None:
        self.client.close(timeout=SECONDS)
        if self.cluster is not None:
            self.cluster.close(timeout=SECONDS)


def _result(future: Any, task: Task) -> tuple[Any] | None:
    """The result in a tuple; None if workers died repeatedly."""
    from distributed import CancelledError

    try:
        return (future.result(),)
    except KilledWorker:
        return None
    except CancelledError:
        raise UsageError(f"{task.name}: the dask scheduler went away; run again") from None


def _failures() -> int:
    """The number of attempts for a task, by this machine's configuration."""
    allowed = dask.config.get("distributed.scheduler.allowed-failures")
    return 1 + (allowed if isinstance(allowed, int) else ATTEMPTS - 1)

"""What all pools share: tasks, their outcomes, and how one runs in the process it is sent to."""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType, TracebackType
from typing import Any, Self

BACKENDS = ("local", "ray", "dask")
ATTEMPTS = 3
"""Attempts before a task is given up."""
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ENVIRONMENT = {**dict.fromkeys(_THREADS, "1"), "SYMPY_CACHE_SIZE": "20000"}
"""The environment of a worker: one thread, so that sums are reproducible, and a larger SymPy cache."""
COLLECT_AFTER = 50_000
"""New objects before Python looks for garbage: expressions are many and live long."""

_alone = Lock()


@dataclass(frozen=True)
class Task:
    """A function of a module and its arguments, all of which can be pickled; `name` is shown to the user."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Lost:
    """A task without a result: every worker that it ran on died."""

    task: str
    attempts: int

    @property
    def said(self) -> str:
        return (
            f"{self.task}: the worker died {self.attempts} times, killed from outside (out of memory?) "
            "or by a crash of native code"
        )


class Pool(ABC):
    """Something that runs tasks: `slots` at the same time, `gpus` GPUs; of a cluster, the free `memory` by worker."""

    slots: int
    gpus: int = 0
    memory: Mapping[str, int] = MappingProxyType({})

    @abstractmethod
    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        """The number and the result of each task, as they are finished; `Lost` in place of a result.

        What a task raises is raised here.
        """

    def close(self) -> None:  # noqa: B027  (local processes are kept for the next run)
        """Release the resources of the pool."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def call(function: Callable[..., Any], arguments: tuple[Any, ...], gpu: int | None = None) -> Any:
    """Run a task here, alone in its process: mpmath's precision and torch's threads belong to all threads of one."""
    with _alone:
        gc.set_threshold(COLLECT_AFTER, 20, 50)
        if gpu is not None:
            import torch

            torch.cuda.set_device(gpu)
        return function(*arguments)

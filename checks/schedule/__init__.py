"""Where tasks run: on this machine's processes, or on a Ray or Dask cluster, with the same results."""

from __future__ import annotations

from checks.errors import UsageError
from checks.schedule.base import ATTEMPTS, BACKENDS, Lost, Pool, Task
from checks.schedule.local import LocalPool

__all__ = ["ATTEMPTS", "BACKENDS", "LocalPool", "Lost", "Pool", "Task", "connect"]


def connect(backend: str = "local", address: str | None = None, jobs: int = 1, gpu: bool = False) -> Pool:
    """A pool to run tasks on; close it in the end.

    Without an address `ray` and `dask` start `jobs` processes of their own here. With `gpu` each task asks for one.
    Raises UsageError for a backend that does not exist or is not installed, and for a cluster that cannot be reached,
    has no GPU, or has a worker that lacks a package.
    """
    if backend not in BACKENDS:
        raise UsageError(f"no backend '{backend}'; there are {', '.join(BACKENDS)}")
    if backend == "local":
        if address:
            raise UsageError(f"--address {address}: local processes have no address; add --backend ray or dask")
        return LocalPool(jobs, gpu)
    try:
        if backend == "ray":
            from checks.schedule.ray_pool import RayPool

            return RayPool(address, jobs, gpu)
        from checks.schedule.dask_pool import DaskPool

        return DaskPool(address, jobs, gpu)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in (backend, "distributed"):
            raise
        raise UsageError(
            f"--backend {backend}: {error.name} is not installed: pip install 'lemmata[{backend}]'"
        ) from None

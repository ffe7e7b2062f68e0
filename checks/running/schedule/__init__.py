"""Where tasks run: on this machine's processes, or on a Ray or Dask cluster, with the same results."""

from __future__ import annotations

from checks.errors import UsageError
from checks.running.devices import processes, resolve_device
from checks.running.schedule.base import ATTEMPTS, BACKENDS, Lost, Pool, Task
from checks.running.schedule.local import LocalPool

__all__ = ["ATTEMPTS", "BACKENDS", "LocalPool", "Lost", "Pool", "Task", "connect", "named"]


def named(backend: str, address: str | None) -> None:
    """Raise UsageError for a backend that does not exist, and for an address that the backend does not use."""
    if backend not in BACKENDS:
        raise UsageError(f"no backend '{backend}'; there are {', '.join(BACKENDS)}")
    if backend == "local" and address:
        raise UsageError(f"--address {address}: local processes have no address; add --backend ray or dask")


def connect(
    backend: str = "local", address: str | None = None, jobs: int | None = None, device: str = "auto"
) -> tuple[Pool, str]:
    """A pool to run tasks on, to be closed in the end, and the device that its tasks compute on, `cpu` or `cuda`.

    `jobs` is the number of processes here, by default one per core; without an address `ray` and `dask` start as many
    their own. On a GPU each task asks for one. Raises UsageError for a backend that does not exist or is not
    installed, and for a cluster that cannot be reached, has no GPU, or has a worker that lacks a package.
    """
    named(backend, address)
    if backend == "local":
        device = resolve_device(device)
        return LocalPool(processes(jobs), device == "cuda"), device
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"no device '{device}'; there are auto, cpu and cuda")
    gpu = None if device == "auto" else device == "cuda"
    try:
        pool = _cluster(backend, address, processes(jobs), gpu)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in (backend, "distributed"):
            raise
        remedy = f"pip install 'lemmata[{backend}]'"
        raise UsageError(f"--backend {backend}: {error.name} is not installed: {remedy}") from None
    return pool, "cuda" if pool.gpus else "cpu"


def _cluster(backend: str, address: str | None, jobs: int, gpu: bool | None) -> Pool:
    if backend == "ray":
        from checks.running.schedule.ray_pool import RayPool

        return RayPool(address, jobs, gpu)
    from checks.running.schedule.dask_pool import DaskPool

    return DaskPool(address, jobs, gpu)

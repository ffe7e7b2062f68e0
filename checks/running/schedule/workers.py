"""Tests before tasks are sent to a cluster: does it answer, and can its workers run them?"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.errors import UsageError

SECONDS = 9.0
"""How long a cluster may take to answer, in seconds."""


@dataclass(frozen=True)
class Worker:
    """What a worker reports: its address, the versions of packages (None for a missing one), and free memory."""

    name: str
    versions: Mapping[str, str | None]
    memory: int


def question() -> Callable[[tuple[str, ...]], tuple[dict[str, str | None], int]]:
    """A function that says which versions a process has and how much memory is free.

    It is pickled by value, being made here, so that a worker without our packages can answer too.
    """

    def answer(names: tuple[str, ...]) -> tuple[dict[str, str | None], int]:
        import os
        from importlib.metadata import PackageNotFoundError, version

        found: dict[str, str | None] = {}
        for name in names:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = None
        return found, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")

    return answer


def agree(workers: Iterable[Worker]) -> None:
    """Raise UsageError for a worker that lacks a package, or has another version: its results could differ."""
    from checks.store.results import PACKAGES, environment

    ours = environment()
    for worker in workers:
        for name in PACKAGES:
            theirs = worker.versions.get(name)
            if name not in ours or theirs == ours[name]:
                continue
            if theirs is None:
                raise UsageError(
                    f"the worker {worker.name} has no package {name}: pip install '{name}=={ours[name]}' there"
                )
            raise UsageError(
                f"the worker {worker.name} has {name} {theirs}, this process {ours[name]}: results could differ; "
                f"pip install '{name}=={ours[name]}' there"
            )


def reach(backend: str, address: str, probe: str) -> None:
    """Raise UsageError if nothing answers at host:port within SECONDS, or what answers is not a cluster.

    Clients wait for minutes, or leave threads behind: the `probe`, Python code that connects to its argument, runs in a
    process that can be ended. What it raises is told.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--address {address}: write HOST:PORT, such as 10.0.0.1:6379")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS / 2).close()
    except OSError as error:
        raise UsageError(f"--address {address}: no {backend} cluster can be reached: {error}") from None
    command = [sys.executable, "-c", _PROBE.format("\n    ".join(probe.splitlines())), address]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"--address {address}: something answers there, but not as a {backend} cluster within {SECONDS:g} s"
        ) from None
    if done.returncode:
        lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
        why = f": {lines[-1]}" if lines else ""
        if "InvalidAuthToken" in why:
            raise UsageError(f"--address {address}: the {backend} cluster requires a token: set RAY_AUTH_MODE=token")
        raise UsageError(f"--address {address}: something answers there, but no {backend} cluster{why}")


_PROBE = """
import os, sys
try:
    {}
except BaseException as error:
    print((str(error).strip().splitlines() or [type(error).__name__])[0], flush=True)
    os._exit(1)
os._exit(0)
"""


def gpus_of(count: float, wanted: bool | None, remedy: str) -> int:
    """How many GPUs are used: those of the cluster, unless none are wanted (None: if there are any).

    Raises UsageError where they are wanted and there are none: tasks would wait for ever.
    """
    if wanted and count < 1:
        raise UsageError(f"--device cuda: the cluster offers no GPU: {remedy}")
    return 0 if wanted is False else int(count)


def fold(answers: Mapping[str, Any]) -> list[Worker]:
    """Workers from what `question` answered, by name."""
    return [Worker(name, versions, memory) for name, (versions, memory) in answers.items()]

"""A module run as a program in a process of its own, which is forked from one that has the imports behind it.

A new interpreter imports SymPy, torch and the papers for four seconds before a command begins. Here one process a
test process (multiprocessing's fork server) imports them, and each command starts as its copy.
A command that starts workers of its own is run by a new interpreter: a copy waits for its workers.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IMPORTED = (
    "pydantic.type_adapter",
    "pytest",
    "rich.console",
    "rich.progress",
    "rich.table",
    "scipy.stats",
    "tomli_w",
    "torch",
    "zoneinfo",
    "checks.cli",
    "checks.ci.words",
    "checks.commands.check",
    "checks.commands.parts.asked",
    "checks.pytest_plugin",
    "checks.running.cache.evidence",
    "checks.running.cache.runs",
    "checks.running.runner",
    "checks.methods.enclosure",
    "checks.methods.precision",
    "checks.methods.search",
    "checks.methods.symbolic",
    "checks.methods.trajectory",
    "checks.papers.liu2019",
    "checks.proofs.replay",
    "checks.provers.portfolio",
    "checks.terminal.run",
    "numerics.rigorous",
    "derivations.papers.du2018",
    "derivations.papers.macdonald2023",
    "derivations.papers.zhang2019",
    "forked_before",
)
"""What takes longest to import; what is not named here, a command imports by itself."""

NO_REWRITING = "-W ignore::pytest.PytestAssertRewriteWarning"
"""pytest would rewrite the assertions of plugins, which a copy has imported already."""


@cache
def _server() -> ForkServerContext:
    """The fork server of this test process; it is started with the folder of the tests among those of modules."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "tests"))))
        forkserver.ensure_running()
    return context


@cache
def _path() -> tuple[str, ...]:
    """Where a new interpreter looks for modules: what a test imports may have added folders of its own."""
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    asked = "import json, sys; print(json.dumps(sys.path))"
    said = subprocess.run([sys.executable, "-P", "-c", asked], env=bare, capture_output=True, text=True, check=True)
    return tuple(json.loads(said.stdout))


def run(
    folder: Path, module: str, *arguments: str, environment: Mapping[str, str] | None = None, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ARGUMENTS` in a folder, and return its exit code and what it wrote.

    Args:
        folder: the working folder.
        module: the name of the module, such as "checks".
        arguments: those of the command line.
        environment: all its variables; by default those of this process.
        seconds: a generous guard against hanging.
    """
    with tempfile.TemporaryDirectory() as told:
        out, err = Path(told, "out"), Path(told, "err")
        process = _copy(folder, module, arguments, environment, out, err)
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([module, *arguments], seconds)
        assert process.exitcode is not None
        said, complained = (p.read_text(encoding="utf-8", errors="replace") for p in (out, err))
        return subprocess.CompletedProcess([module, *arguments], process.exitcode, said, complained)


@contextmanager
def started(
    folder: Path, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[ForkServerProcess]:
    """The same command while it runs, to be waited for or killed; killed at the end; what it writes is dropped."""
    process = _copy(folder, module, arguments, environment, Path(os.devnull), Path(os.devnull))
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _copy(
    folder: Path, module: str, arguments: tuple[str, ...], environment: Mapping[str, str] | None, out: Path, err: Path
) -> ForkServerProcess:
    given = {"PYTEST_ADDOPTS": NO_REWRITING, **(os.environ if environment is None else environment)}
    given |= {"PYTHONPATH": str(ROOT)}
    path = (str(folder), str(ROOT), *_path())
    process = _server().Process(target=_become, args=(folder, module, arguments, given, path, out, err))
    process.start()
    return process


def _become(
    folder: Path,
    module: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    path: tuple[str, ...],
    out: Path,
    err: Path,
) -> None:
    """What the copy does: everything that a new interpreter is given, then the module as `__main__`."""
    for number, file in ((1, out), (2, err)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    gc.freeze()  # as in conftest: what is imported stays, and many small objects do
    gc.set_threshold(50_000, 20, 20)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path = list(path)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        atexit._run_exitfuncs()

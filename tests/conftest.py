"""One thread of arithmetic a test process, one run of the library for all tests, and tests in a sensible order."""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.running.schedule.base import ENVIRONMENT
from checks.verdicts import Result

for name, count in ENVIRONMENT.items():
    os.environ.setdefault(name, count)  # the workers of pytest-xdist, which inherit this, have a core each

gc.set_threshold(50_000, 20, 20)  # a tenth of the time otherwise: expressions are many small objects that stay

SEED = 1
"""Of the run of the library that tests read."""
LONG = (
    "test_tutorial",
    "test_docs",
    "test_macdonald2023",
    "test_du2018",
    "test_zhang2019",
    "test_liu2019",
    "test_cache",
)
"""Files that take longest are started first."""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Result]:
    """The result of a statement of the library by its id, found once in a whole run of the tests.

    What one worker of pytest-xdist found, the others read: they share the folder above their own temporary ones.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "results"
    folder.mkdir(exist_ok=True)
    return lambda id: _found(folder, id)


def _found(folder: Path, id: str) -> Result:
    from filelock import FileLock

    from checks.library.collect import collect
    from checks.running.runner import Options, check_item

    path = folder / id
    with FileLock(folder / f"{id}.lock"):
        if not path.exists():
            (item,) = collect([id])
            path.write_bytes(pickle.dumps(check_item(item, Options(seed=SEED))))
        result: Result = pickle.loads(path.read_bytes())  # written by this very run of the tests
        return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; tests that read a fixture of their file stay in one worker under `--dist loadgroup`."""
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        if fixtures is not None and any(f.scope == "module" for fs in fixtures.name2fixturedefs.values() for f in fs):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    rank = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))

"""How tests are spread over workers: a file whose tests share a fixture stays in one, and the longest come first.

`tests/data/seconds.txt` has the seconds of what takes long. It decides the order alone: a worker that starts a minute
of work when the others have finished is waited for. `pytest -n 2 --dist loadgroup --write-seconds` of all tests writes
it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

RECORD = Path(__file__).parent / "data" / "seconds.txt"
LEAST = 2.0
"""Seconds of what is recorded: where the rest stands in the order makes no worker wait for longer."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What `--dist loadgroup` means here: pytest-xdist 3.8 writes groups into a field that pytest 9.2 does not read."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFixtures(LoadScopeScheduling):  # type: ignore[misc, unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return unit(config.rootpath, nodeid)

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            super().mark_test_complete(node, item_index, duration)
            # the scheduler counts what is pending over all that it has given out, after every test
            given = self.assigned_work[node]
            for name in [name for name, tests in given.items() if all(tests.values())]:
                del given[name]

    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # by their seconds, and not by how many tests they are
    return ByFixtures(config, log)


def unit(root: Path, nodeid: str) -> str:
    """What is given to a worker as a whole: the file of a test that makes things for all its tests, else the test."""
    file = nodeid.partition("::")[0]
    return file if _makes(root / file) else nodeid


@cache
def _makes(file: Path) -> bool:
    """Whether a file has fixtures that all its tests share, by itself or by its folder's."""
    texts = [p.read_text(encoding="utf-8") for p in (file, file.parent / "conftest.py") if p.exists()]
    return any(line.startswith('@pytest.fixture(scope="module"') for text in texts for line in text.splitlines())


def longest_first(root: Path, items: list[pytest.Item]) -> None:
    """Sort tests by the recorded seconds of the unit that they belong to; those without a record stay in order."""
    known = recorded()
    items.sort(key=lambda item: -known.get(unit(root, item.nodeid), 0.0))


def recorded() -> dict[str, float]:
    """The recorded seconds of units; a unit that is gone does no harm."""
    lines = RECORD.read_text(encoding="utf-8").splitlines() if RECORD.exists() else []
    pairs = (line.split(maxsplit=1) for line in lines)
    return {name: float(seconds) for seconds, name in pairs}


def write_seconds(root: Path, reports: Iterable[pytest.TestReport], path: Path = RECORD) -> None:
    """Write the seconds of the units that took longest in this run, longest first."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        seconds[unit(root, report.nodeid)] += report.duration
    long = sorted(((-took, name) for name, took in seconds.items() if took >= LEAST))
    path.write_text("".join(f"{-took:.0f} {name}\n" for took, name in long), encoding="utf-8")

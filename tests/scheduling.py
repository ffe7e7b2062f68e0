"""How tests are spread over workers: those that share a fixture of their file stay in one, which makes it once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What `--dist loadgroup` means here: pytest-xdist 3.8 writes groups into a field that pytest 9.2 does not read."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFixtures(LoadScopeScheduling):  # type: ignore[misc, unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return unit(config.rootpath, nodeid)

    return ByFixtures(config, log) if config.getvalue("dist") == "loadgroup" else None


def unit(root: Path, nodeid: str) -> str:
    """What is given to a worker as a whole: the file of a test that makes things for all its tests, else the test."""
    file = nodeid.partition("::")[0]
    return file if _makes(root / file) else nodeid


@cache
def _makes(file: Path) -> bool:
    """Whether a file has fixtures that all its tests share, by itself or by its folder's."""
    texts = [p.read_text(encoding="utf-8") for p in (file, file.parent / "conftest.py") if p.exists()]
    return any(line.startswith('@pytest.fixture(scope="module"') for text in texts for line in text.splitlines())

"""How the tests themselves are spread over workers: what a file makes for all its tests is made once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scheduling import unit

ROOT = Path(__file__).parent.parent
SHARING = """
import os
import pytest
@pytest.fixture(scope="module")
def made():
    with open("made", "a") as file:
        print(__name__, file=file)
@pytest.mark.parametrize("n", range(6))
def test_all(n, made):
    pass
"""


def test_files_with_fixtures_of_their_own_are_whole() -> None:
    for name in ("tests/test_settled.py", "tests/test_docs.py", "tests/report/test_report_hostile.py"):
        assert unit(ROOT, f"{name}::test_x[1]") == name
    assert unit(ROOT, "tests/test_ranges.py::test_x[1]") == "tests/test_ranges.py::test_x[1]"


def test_each_worker_makes_other_things(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    (tmp_path / "conftest.py").write_text("from scheduling import pytest_xdist_make_scheduler\n")
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(SHARING)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-p", "no:hypothesispytest"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert sorted((tmp_path / "made").read_text().split()) == ["test_a", "test_b"]

"""How the tests themselves are spread over workers: what a file makes for all its tests is made once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import scheduling
from scheduling import longest_first, recorded, unit, write_seconds

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


def test_the_longest_come_first_and_the_others_stay_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_a.py").write_text(SHARING)
    (tmp_path / "test_b.py").write_text("def test_all(n): pass\n")
    took = {"test_a.py::x": 1.0, "test_a.py::y": 1.5, "test_b.py::test_all[a b]": 4.2, "test_b.py::short": 0.1}
    reports = [SimpleNamespace(nodeid=name, duration=seconds) for name, seconds in took.items()]
    monkeypatch.setattr(scheduling, "RECORD", tmp_path / "seconds.txt")
    assert recorded() == {}
    write_seconds(tmp_path, reports, scheduling.RECORD)
    assert recorded() == {"test_b.py::test_all[a b]": 4, "test_a.py": 2}
    items = [SimpleNamespace(nodeid=f"test_{name}") for name in ("b.py::first", "a.py::z", "b.py::test_all[a b]", "c")]
    longest_first(tmp_path, items)  # type: ignore[arg-type]
    assert [item.nodeid[5:] for item in items] == ["b.py::test_all[a b]", "a.py::z", "b.py::first", "c"]


def test_workers_begin_with_the_longest(tmp_path: Path) -> None:
    """Files of few tests first where they take long: pytest-xdist alone begins with the file of most tests."""
    pytest.importorskip("xdist")
    (tmp_path / "conftest.py").write_text(
        "import scheduling\nfrom pathlib import Path\n"
        "from scheduling import pytest_xdist_make_scheduler\n"
        "scheduling.RECORD = Path(__file__).parent / 'seconds.txt'\n"
        "def pytest_collection_modifyitems(config, items):\n    scheduling.longest_first(config.rootpath, items)\n"
    )
    (tmp_path / "seconds.txt").write_text("9 test_b.py::test_long\n")
    (tmp_path / "test_a.py").write_text(SHARING)
    (tmp_path / "test_b.py").write_text(
        "import os\ndef test_long():\n    open('begun', 'a').write(str(os.path.exists('made')))\n"
    )
    command = [sys.executable, "-m", "pytest", "-n", "1", "--dist", "loadgroup", "-p", "no:hypothesispytest"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "begun").read_text() == "False"
    assert (tmp_path / "made").read_text().split() == ["test_a"]

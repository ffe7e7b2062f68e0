"""The house stays as it is: no circle, no arrow upward, no long file, no crowded folder, no paper in numerics."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "docs"))

import rooms  # noqa: E402

ROOMS = {"derivations": (27, 10), "numerics": (22, 6), "checks": (28, 11)}
"""The most rooms of a package, and the most floors."""


@pytest.fixture(scope="module")
def graph() -> rooms.Graph:
    """What each module imports."""
    return rooms.imports()


def test_no_circle_between_files(graph: rooms.Graph) -> None:
    assert rooms.circle(graph) == []


def test_no_circle_between_rooms_and_no_arrow_upward(graph: rooms.Graph) -> None:
    assert rooms.circle(rooms.between(graph)) == []
    order = {package: number for number, package in enumerate(rooms.PACKAGES)}
    upward = [
        (module, other)
        for module, others in graph.items()
        for other in others
        if order[other.partition(".")[0]] > order[module.partition(".")[0]]
    ]
    assert upward == []


def test_no_circle_between_folders(graph: rooms.Graph) -> None:
    home = {
        module: module if path.name == "__init__.py" else module.rpartition(".")[0]
        for module, path in rooms.modules().items()
    }
    folders: dict[str, set[str]] = {}
    for module, others in graph.items():
        mine = home[module]
        folders.setdefault(mine, set())
        for other in others:
            theirs = home[other]
            # a folder may use what lies in the folders inside it
            if not theirs.startswith(mine) and not mine.startswith(theirs):
                folders[mine].add(theirs)
    assert rooms.circle(folders) == []


@pytest.mark.parametrize("package", rooms.PACKAGES)
def test_rooms_and_floors_are_few(package: str, graph: rooms.Graph) -> None:
    floors = rooms.floors(package, rooms.between(graph))
    most_rooms, most_floors = ROOMS[package]
    assert sum(map(len, floors)) <= most_rooms
    assert len(floors) <= most_floors


def test_numerics_imports_no_paper(graph: rooms.Graph) -> None:
    found = {m: o for m, others in graph.items() for o in others if o.startswith("derivations.papers.")}
    assert [m for m in found if m.startswith("numerics.")] == []


def test_files_are_short_and_folders_are_small() -> None:
    files = rooms.modules()
    tests = {path.stem: path for path in (ROOT / "tests").rglob("*.py")}
    long = {
        name
        for name, path in (files | tests).items()
        if len(path.read_text(encoding="utf-8").splitlines()) > rooms.LONGEST
    }
    assert long == set()
    modules = Counter(path.parent for path in files.values() if path.name != "__init__.py")
    crowded = {folder: n for folder, n in modules.items() if n > rooms.WIDEST}
    assert crowded == {}


def test_the_drawing_is_as_the_imports_are() -> None:
    assert rooms.page() == (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), "run python docs/rooms.py"


def test_a_circle_and_an_arrow_are_seen(tmp_path: Path) -> None:
    for name, text in (
        ("a", "from derivations import b\n"),
        ("b", "import derivations.c\n"),
        ("c", "from derivations.a import x\n"),
    ):
        folder = tmp_path / "derivations"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(text)
    graph = rooms.imports(tmp_path)
    assert set(rooms.circle(graph)) == {"derivations.a", "derivations.b", "derivations.c"}

"""What runs remember: shared by any number of them, kept when they are killed, and never a reason to stop."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.store.shelf import Shelf

WRITER = """
import sys
from pathlib import Path
from checks.store.shelf import Shelf
shelf = Shelf("shared", Path(sys.argv[1]))
print("ready", flush=True)
for i in range(int(sys.argv[3])):
    shelf.put({f"{sys.argv[2]} {i:04}": i})
    print(i, flush=True)
"""


def test_entries_are_kept_by_shelf_and_key(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "memory.sqlite"
    one, other = Shelf("one", file), Shelf("other", file)
    assert one.get("a") is None
    assert one.all() == {}
    assert not file.exists()
    one.put({"b": [1, "ü"], "a": {"x": None}})
    other.put({"a": 2.5})
    assert one.all() == {"a": {"x": None}, "b": [1, "ü"]}
    assert list(one.all()) == ["a", "b"]
    one.put({"a": 3})
    assert (one.get("a"), other.get("a"), one.get("c")) == (3, 2.5, None)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")),
        st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5),
    )
)
@settings(max_examples=40, deadline=None)
def test_any_json_comes_back(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, object]) -> None:
    shelf = Shelf("any", tmp_path_factory.mktemp("memory") / "memory.sqlite")
    shelf.put(entries)
    assert shelf.all() == entries


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite"
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [subprocess.Popen([*command, name, "40"], stdout=subprocess.DEVNULL) for name in "abcd"]
    assert [w.wait() for w in writers] == [0] * 4
    assert len(Shelf("shared", file).all()) == 160


def test_what_was_written_before_a_kill_is_there(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite"
    for round_ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), f"r{round_}", "100000"], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(0.05 * (round_ + 1))
        os.kill(writer.pid, signal.SIGKILL)
        said = writer.stdout.read().split("\n")[:-1]
        writer.wait()
        kept = Shelf("shared", file).all()
        assert all(kept[f"r{round_} {int(i):04}"] == int(i) for i in said)


def test_a_damaged_entry_is_dropped_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite"
    shelf = Shelf("one", file)
    shelf.put({"good": 1, "bad": 2, "broken": 3})
    store = sqlite3.connect(file)
    store.execute("UPDATE kept SET text = '7' WHERE key = 'bad'")
    store.execute("UPDATE kept SET text = x'00ff' WHERE key = 'broken'")
    store.commit()
    store.close()
    assert shelf.all() == {"good": 1}
    assert shelf.get("bad") is None


@pytest.mark.parametrize("content", [b"{ damaged", b"", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "memory.sqlite"
    file.write_bytes(content)
    shelf = Shelf("one", file)
    assert shelf.all() == {}
    shelf.put({"a": 1})
    shelf.put({"a": 1})
    assert shelf.get("a") == 1


def test_a_cut_off_file_costs_no_more_than_itself(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite"
    shelf = Shelf("one", file)
    shelf.put({f"{i}": "x" * 500 for i in range(100)})
    file.write_bytes(file.read_bytes()[:9000])
    shelf.all()
    shelf.put({"new": 1})
    shelf.put({"new": 1})
    assert shelf.get("new") == 1


def test_a_place_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = Shelf("one", tmp_path / "file" / "memory.sqlite")
    shelf.put({"a": 1})
    assert shelf.all() == {}
    other = Shelf("one", Path("/proc/lemmata/memory.sqlite"))
    other.put({"a": 1})
    assert other.get("a") is None
    assert (tmp_path / "file").read_text() == ""

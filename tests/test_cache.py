"""The cache: what is the same is not found again, what changed is, and nothing that happens to it does harm."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import forked
import numpy as np
import pytest

from checks.running.cache.made import Made
from checks.store import sources
from checks.store.shelf import Shelf

ROOT = Path(__file__).parent.parent
PAPER = """
from sympy import Rational, cos, exp, log, oo, sin, symbols
from checks.readings import Followed, Reading
from derivations import Bound, Identity, Paper, chain
from mine_model import both

x = symbols("x", real=True)
paper = Paper("mine", statements=(
    Identity("angle", sin(x) ** 2 + cos(x) ** 2, 1),
    Identity("double", sin(2 * x), 2 * sin(x) * cos(x),
             derive=lambda: chain(sin(2 * x)).then(2 * sin(x) * cos(x), "doubling the angle", "angle")),
    Bound("hill", x * exp(-x), exp(-1), on={x: (0, oo)}, sharp_at={x: 1}),
    Identity("run", log(exp(x)), x),
))
def run(context):
    return Followed(*both(context), "=", 1e-12, "exact")
READINGS = {"run": Reading("trajectory", run, both_sides=True)}
"""
MODEL = """
import numpy as np

def both(context):
    values = context.rng("run").normal(size=5)
    return log_exp(values), values

def log_exp(values):
    return np.log(np.exp(values))
"""


def lemmata(folder: Path, *arguments: str, code: int = 0) -> str:
    alone = ["--jobs", "1"] if arguments[0] in ("check", "lock") else []  # the cache is the same; workers take seconds
    done = forked.run(folder, "checks", *arguments, *alone, environment={**os.environ, "COLUMNS": "200"})
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def checked(output: str) -> set[str]:
    """The slugs of the statements that a run looked at anew."""
    lines = (line.split() for line in output.splitlines())
    return {words[2].partition(".")[2] for words in lines if len(words) > 3 and "/" in words[0] and words[-1] == "s"}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done")
    (folder / "mine.py").write_text(PAPER)
    (folder / "mine_model.py").write_text(MODEL)
    first = lemmata(folder, "check", "mine.py", "--json", "first.json")
    assert checked(first) == {"angle", "double", "hill", "run"}
    assert "reused" not in first
    return folder


@pytest.fixture
def mine(done: Path, tmp_path: Path) -> Path:
    """A folder with a paper of four statements, all of which are in its cache."""
    shutil.copytree(done, tmp_path / "mine")
    return tmp_path / "mine"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# what is found again, and what is not


def test_nothing_changed_nothing_checked(mine: Path) -> None:
    moved = lemmata(mine, "check", "mine.py", "--json", "first.json")
    assert "4 reused, 0 checked; --no-cache" in moved
    again = lemmata(mine, "check", "mine.py", "--json", "again.json")
    assert checked(again) == set()
    assert "4 reused, 0 checked, all as on 20" in again
    assert (mine / "again.json").read_bytes() == (mine / "first.json").read_bytes()


def test_a_changed_formula_is_checked_with_what_uses_it(mine: Path) -> None:
    edit(mine / "mine.py", "sin(x) ** 2 + cos(x) ** 2, 1", "2 * sin(x) ** 2 + 2 * cos(x) ** 2, 2")
    output = lemmata(mine, "check", "mine.py")
    assert checked(output) == {"angle", "double"}
    assert "2 reused, 2 checked" in output
    edit(mine / "mine.py", "x * exp(-x), exp(-1)", "2 * x * exp(-x), 2 * exp(-1)")
    assert checked(lemmata(mine, "check", "mine.py")) == {"hill"}


def test_a_false_change_is_refuted_although_all_else_is_known(mine: Path) -> None:
    edit(mine / "mine.py", "x * exp(-x), exp(-1)", "x * exp(-x), Rational(1, 3)")
    assert "hill  search: refuted" in lemmata(mine, "check", "mine.py", code=1)
    known = lemmata(mine, "check", "mine.py", code=1)
    assert "4 reused, 0 checked" in known
    assert "witness" in known


def test_a_change_that_says_the_same_is_no_change(mine: Path) -> None:
    edit(mine / "mine.py", "x = symbols", "# the angle\nx = symbols")
    edit(mine / "mine.py", 'Identity("angle", ', 'Identity("angle", title="Pythagoras", lhs=')
    edit(mine / "mine.py", "cos(x) ** 2, 1)", "cos(x) ** 2, rhs=1)")
    output = lemmata(mine, "check", "mine.py")
    assert checked(output) == set()
    assert "4 reused, 0 checked; --no-cache" in output


def test_code_that_a_reading_calls_counts(mine: Path) -> None:
    edit(mine / "mine_model.py", "return np.log(np.exp(values))", "return np.log(np.exp(values)) + 0")
    assert checked(lemmata(mine, "check", "mine.py")) == {"run"}
    edit(mine / "mine_model.py", "return np.log(np.exp(values)) + 0", "return np.log(np.exp(values)) + 1")
    assert "run  trajectory: refuted" in lemmata(mine, "check", "mine.py", code=1)


def test_data_beside_the_file_counts_and_reports_do_not(mine: Path) -> None:
    lemmata(mine, "check", "mine.py", "--json", "report.json", "--badge", "badge.svg")
    assert checked(lemmata(mine, "check", "mine.py")) == set()
    np.save(mine / "weights.npy", np.zeros(3))
    assert checked(lemmata(mine, "check", "mine.py")) == {"angle", "double", "hill", "run"}


def test_seeds_methods_and_quick_runs_are_told_apart(mine: Path) -> None:
    assert checked(lemmata(mine, "check", "mine.py", "--seed", "1")) == {"angle", "double", "hill", "run"}
    assert checked(lemmata(mine, "check", "mine.py:hill", "--methods", "search,precision")) == set()
    quick = lemmata(mine, "check", "mine.py", "--quick")
    assert "4 verified" in quick
    assert checked(quick) == {"angle", "double", "hill", "run"}
    assert checked(lemmata(mine, "check", "mine.py", "--quick")) == set()


def test_exact_evidence_is_the_same_for_every_seed(mine: Path) -> None:
    again = ("check", "mine.py", "--seed", "5", "--json", "again.json")
    assert checked(lemmata(mine, *again, "--methods", "symbolic,enclosure", code=1)) == set()  # one key
    assert checked(lemmata(mine, *again)) == {"angle", "double", "hill", "run"}
    for statement in json.loads((mine / "again.json").read_text())["statements"]:
        for evidence in statement["evidence"]:
            assert evidence["seed"] in (None, 5), evidence


def test_what_is_undecided_is_tried_again_and_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "open.py").write_text(
        "from sympy import Rational, log, pi, polylog, symbols, zeta\nfrom derivations import Identity, Paper\n"
        'x = symbols("x", real=True)\npaper = Paper("open", statements=('
        'Identity("easy", (x + 1) ** 2, x**2 + 2 * x + 1),'
        ' Identity("hard", polylog(3, Rational(1, 2)), zeta(3) * 7 / 8 - pi**2 * log(2) / 12 + log(2) ** 3 / 6)))\n'
    )
    first = lemmata(tmp_path, "check", "open.py", "--methods", "symbolic", code=1)
    assert checked(first) == {"easy", "hard"}
    assert "2 undecided" in first  # one key alone verifies nothing
    assert checked(lemmata(tmp_path, "check", "open.py", "--methods", "symbolic", code=1)) == {"hard"}


def test_no_cache_and_clear(mine: Path) -> None:
    every = {"angle", "double", "hill", "run"}
    assert checked(lemmata(mine, "check", "mine.py", "--no-cache")) == every
    assert "1 whole runs" in lemmata(mine, "cache", "info")
    assert "forgot" in lemmata(mine, "cache", "clear")
    assert "nothing was kept" in lemmata(mine, "cache", "clear")
    assert checked(lemmata(mine, "check", "mine.py")) == every
    assert "nothing is kept" in lemmata(mine.parent, "cache", "info")


def test_the_lock_is_made_of_what_is_known(mine: Path) -> None:
    assert checked(lemmata(mine, "lock", "mine.py")) == set()
    assert "nothing differs" in lemmata(mine, "check", "mine.py", "--lock", "lemmata.lock")


def test_the_page_and_the_pictures_stand(mine: Path) -> None:
    report = ["report", "mine.py", "--json", "first.json", "-o", "site"]
    assert "wrote" in lemmata(mine, *report)
    assert "are up to date: nothing changed" in lemmata(mine, *report)
    page = mine / "site" / "index.html"
    whole = page.read_text()
    page.write_text("spoilt")
    assert "wrote" in lemmata(mine, *report)
    assert page.read_text() == whole
    edit(mine / "first.json", '"verified"', '"measured"')
    assert "wrote" in lemmata(mine, *report)
    edit(mine / "mine.py", "x * exp(-x), exp(-1)", "2 * x * exp(-x), 2 * exp(-1)")
    assert "wrote" in lemmata(mine, *report)


def test_files_stand_as_long_as_they_and_what_they_are_of_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "out" / "a.txt"
    file.parent.mkdir()
    file.write_text("a")
    made = Made("letters", tmp_path / "out", [1, 2])
    assert not made.stands()
    made.keep([file])
    assert Made("letters", tmp_path / "out", [1, 2]).stands()
    assert not Made("letters", tmp_path / "out", [1, 3]).stands()
    assert not Made("words", tmp_path / "out", [1, 2]).stands()
    file.unlink()
    assert not Made("letters", tmp_path / "out", [1, 2]).stands()


# what may happen to it


def database(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / ".lemmata" / "cache.sqlite")


def test_a_damaged_entry_is_found_again(mine: Path) -> None:
    with database(mine) as store:
        store.execute("DELETE FROM kept WHERE shelf = 'runs'")
        key, text = store.execute("SELECT key, text FROM kept WHERE text LIKE '%hill%' LIMIT 1").fetchone()
        store.execute("UPDATE kept SET text = ? WHERE key = ?", (text.replace("verified", "refuted "), key))
    assert checked(lemmata(mine, "check", "mine.py")) == {"hill"}
    assert checked(lemmata(mine, "check", "mine.py")) == set()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"evidence": [{}]}', '{"evidence": 3}', '{"results": [1], "files": 2}', "[]"]
)
def test_an_entry_of_another_form_is_found_again(mine: Path, text: str) -> None:
    from zlib import crc32

    with database(mine) as store:
        store.execute("UPDATE kept SET text = ?, crc = ?", (text, crc32(text.encode())))
    assert checked(lemmata(mine, "check", "mine.py")) == {"angle", "double", "hill", "run"}


def test_a_file_that_is_no_database_is_set_aside(mine: Path) -> None:
    for name in ("cache.sqlite-wal", "cache.sqlite-shm"):
        (mine / ".lemmata" / name).unlink(missing_ok=True)
    (mine / ".lemmata" / "cache.sqlite").write_bytes(b"not a database" * 1000)
    assert checked(lemmata(mine, "check", "mine.py")) == {"angle", "double", "hill", "run"}
    assert checked(lemmata(mine, "check", "mine.py")) == set()


def test_a_full_disk_costs_the_cache_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf("any", tmp_path / "c.sqlite")
    shelf.put({"a": 1})
    opened = sqlite3.connect

    class Full(sqlite3.Connection):
        def executemany(self, *_: Any) -> Any:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: opened(*a, **k, factory=Full))
    shelf.put({"b": 2})
    assert shelf.all() == {"a": 1}


def test_many_keys_and_the_oldest_go(tmp_path: Path) -> None:
    shelf, other = Shelf("any", tmp_path / "c.sqlite"), Shelf("other", tmp_path / "c.sqlite")
    other.put({"x": 0})
    for start in range(0, 3000, 1000):
        shelf.put({f"{i}": i for i in range(start, start + 1000)})
    assert len(shelf.many([str(i) for i in range(-500, 3000)])) == 3000
    before = shelf.state()
    shelf.trim(1200)
    assert shelf.state() != before
    assert min(shelf.all().values()) == 1800
    assert other.size() == (1, 1)
    assert Shelf.names(tmp_path / "c.sqlite") == ["any", "other"]


SLOW = """
from pathlib import Path
from sympy import cos, sin, symbols
from checks.readings import Followed, Reading
from derivations import Identity, Paper
import numpy as np, os, time
x = symbols("x", real=True)
paper = Paper("slow", statements=tuple(Identity(f"s{i}", sin(x) ** 2 + cos(x) ** 2, 1) for i in range(12)))
def wait(context):
    meeting = Path("meeting")
    if meeting.is_dir():
        (meeting / str(os.getpid())).touch()
        while len(list(meeting.iterdir())) < 2:
            time.sleep(0.01)
    time.sleep(0.1)
    while Path("held").exists() and context.statement == "slow.s8":
        time.sleep(0.01)
    return Followed(np.ones(2), np.ones(2), "=", 0.0, "exact")
READINGS = {f"s{i}": Reading("trajectory", wait) for i in range(12)}
"""
"""A run that stands still at the statement s8 while there is a file "held", and begins with another if they meet."""


def test_what_a_killed_run_had_found_is_there(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "held").touch()
    end = time.monotonic() + 240
    with forked.started(tmp_path, "checks", "check", "slow.py", "--jobs", "1", "--json", "r.json") as run:
        while run.is_alive() and time.monotonic() < end and _finished(tmp_path / "r.json") < 3:
            time.sleep(0.02)
        run.kill()
    done = _finished(tmp_path / "r.json")
    assert 3 <= done < 12
    (tmp_path / "held").unlink()
    again = lemmata(tmp_path, "check", "slow.py")
    assert len(checked(again)) <= 12 - done
    assert "12 verified" in again


def _finished(path: Path) -> int:
    return len(json.loads(path.read_text())["statements"]) if path.exists() else 0


def test_two_runs_at_once_agree(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "meeting").mkdir()
    with ExitStack() as both:
        # with one job the process itself keeps results
        commands = [("checks", "check", "slow.py", "--jobs", "1", "--json", f"{i}.json") for i in range(2)]
        runs = [both.enter_context(forked.started(tmp_path, *command)) for command in commands]
        for run in runs:
            run.join(300)
    assert [run.exitcode for run in runs] == [0, 0]
    assert len(list((tmp_path / "meeting").iterdir())) == 2
    assert [_finished(tmp_path / f"{i}.json") for i in range(2)] == [12, 12]
    assert checked(lemmata(tmp_path, "check", "slow.py")) == set()


def test_a_copy_looks_for_modules_where_a_new_interpreter_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that a test imports may add folders with packages of its own, and versions are a part of keys."""
    (tmp_path / "told.py").write_text("import sys\nprint(*sys.path, sep='\\n')\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    new = subprocess.run(
        [sys.executable, "-m", "told"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    monkeypatch.syspath_prepend(tmp_path / "vendored")
    assert forked.run(tmp_path, "told").stdout.splitlines() == new.stdout.splitlines()


def test_what_a_library_adds_to_the_path_is_no_other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.versions.__wrapped__()
    monkeypatch.syspath_prepend(Path(pytest.__file__).parent.parent / "setuptools" / "_vendor")
    assert sources.versions.__wrapped__() == before


def test_a_run_of_one_key_alone_is_told_again_whole(mine: Path) -> None:
    chosen = ("check", "mine.py", "--methods", "symbolic")
    first = lemmata(mine, *chosen, code=1)
    again = lemmata(mine, *chosen, code=1)
    assert "all as on" in again
    assert [line for line in first.splitlines() if "key is missing" in line] != []
    assert [line for line in first.splitlines() if "key is missing" in line] == [
        line for line in again.splitlines() if "key is missing" in line
    ]


def test_what_a_statement_uses_is_found_in_its_own_paper_first(tmp_path: Path) -> None:
    text = (
        "from sympy import symbols\nfrom derivations import Identity, Paper\n"
        'x = symbols("x", real=True)\npaper = Paper("liu2019", statements=('
        'Identity("base", (x + 1) ** 2, x**2 + 2 * x + 1),'
        ' Identity("top", (x - 1) ** 2, x**2 - 2 * x + 1, uses=("liu2019.base",))))\n'
    )
    (tmp_path / "mine.py").write_text(text)
    lemmata(tmp_path, "check", "mine.py")
    edit(tmp_path / "mine.py", "(x + 1) ** 2, x**2 + 2 * x + 1", "(x + 2) ** 2, x**2 + 4 * x + 4")
    assert checked(lemmata(tmp_path, "check", "mine.py")) == {"base", "top"}

"""A paper of one's own: `lemmata new`, packages that bring papers, readings of a file, --watch, doctor."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import forked
import pytest

from checks.commands.parts.installation import examined
from checks.errors import UsageError
from checks.library.collect import collect, readings_for
from checks.lock.lock import read_lock
from checks.new.folder import check_key, make
from derivations import papers

ROOT = Path(__file__).parent.parent


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run(folder, "checks", *arguments)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new paper in a folder with an awkward name."""
    here = tmp_path_factory.mktemp("a folder – ü")
    done = command(here, "new", "smith2026", "--title", 'On "margins" \\ & pulls')
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verified" in done.stdout
    return here / "smith2026"


def test_all_that_is_made_passes(new: Path) -> None:
    checked = command(new, "check", "smith2026.py", "--lock", "lemmata.lock", "--jobs", "1")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "trajectory" in checked.stdout
    assert "autograd" in checked.stdout
    assert "nothing differs" in checked.stdout
    compared = command(new, "compare", "--file", "smith2026.tex", "--paper", "smith2026.py")
    assert compared.returncode == 0, compared.stdout + compared.stderr
    tested = forked.run(new, "pytest", "-q", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert sorted(read_lock(new / "lemmata.lock").entries) == [
        "smith2026.gradient",
        "smith2026.slope-at-errors",
        "smith2026.slope-by-loss",
    ]


def test_what_is_made_is_readable_and_complete(new: Path) -> None:
    names = {p.relative_to(new).as_posix() for p in new.rglob("*") if p.is_file() and ".lemmata" not in p.parts}
    assert {"smith2026.py", "smith2026_model.py", "test_smith2026.py", "smith2026.tex", "lemmata.lock"} <= names
    assert {"pyproject.toml", "README.md", ".gitignore", ".github/workflows/lemmata.yml"} <= names
    for name in names:
        text = (new / name).read_text(encoding="utf-8")
        assert "{{" not in text.replace("${{", "")
        assert all(len(line) <= 120 for line in text.splitlines()), name
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        # from within, as its author would: which imports are first-party depends on where it runs
        done = subprocess.run(
            [ruff, "check", "--line-length=120", "--isolated"], cwd=new, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_a_new_paper_is_not_written_over_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="is not empty"):
        make("mine", "", Path("mine"))
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    with pytest.raises(UsageError, match="cannot write"):
        make("mine", "", Path("/proc/nowhere"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("liu2019", "the library has a paper"),
        ("json", "installed module"),
        ("Smith 2026", "lower-case letters"),
        ("../x", "lower-case letters"),
        ("lambda", "lower-case letters"),
        ("x" * 60, "lower-case letters"),
    ],
)
def test_keys_that_are_none(key: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_key(key)


# packages that bring papers


def distribution(folder: Path, name: str, entry: str, code: str) -> None:
    """An installed package with an entry point."""
    (folder / f"{name}.py").write_text(textwrap.dedent(code))
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[lemmata.papers]\n{entry}\n")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for cached in (papers.brought, papers.paper):
        cached.cache_clear()
    yield tmp_path
    for cached in (papers.brought, papers.paper):
        cached.cache_clear()
    for name in ("brings_one", "brings_none"):
        sys.modules.pop(name, None)


PAPER = """
    from sympy import Symbol
    from checks.readings import Followed, Reading
    from derivations import Identity, Paper
    x = Symbol("x", real=True)
    paper = Paper("one2026", statements=(Identity("twice", x + x, 2 * x),))
    READINGS = {"twice": Reading("trajectory", lambda context: Followed(1.0, 1.0, "=", 0.0, "one"))}
"""


def test_an_installed_package_brings_its_paper_with_readings(installed: Path) -> None:
    distribution(installed, "brings_one", "one2026 = brings_one:paper", PAPER)
    (item,) = collect(["one2026"])
    assert item.id == "one2026.twice"
    assert [r.method for r in readings_for(item)] == ["trajectory"]
    assert "one2026.twice" in {i.id for i in collect([])}
    assert any(f.name == "paper one2026" and f.there for f in examined())


def test_a_paper_that_cannot_be_loaded_is_one_line(installed: Path) -> None:
    distribution(installed, "brings_none", "none2026 = brings_none", "raise RuntimeError('no such luck')")
    with pytest.raises(UsageError) as caught:
        collect(["none2026.*"])
    assert "brings_none" in str(caught.value)
    assert "no such luck" in str(caught.value)
    assert collect(["liu2019.kernel"])  # others are not touched by it
    assert any(f.name == "paper none2026" and not f.there for f in examined())


def test_a_package_without_the_paper_it_names_is_one_line(installed: Path) -> None:
    distribution(installed, "brings_one", "two2026 = brings_one:paper", PAPER)
    with pytest.raises(UsageError, match="has no Paper with the key 'two2026'"):
        collect(["two2026"])


# readings of a file


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ("[]", "write a dict"),
        ("{'twice': 5}", "is no Reading"),
        ("{'thrice': Reading('trajectory', print)}", "names 'thrice', which is not a statement"),
    ],
)
def test_readings_that_are_none(tmp_path: Path, readings: str, words: str) -> None:
    path = tmp_path / f"own{abs(hash(words))}.py"
    path.write_text(textwrap.dedent(PAPER).split("READINGS")[0] + f"READINGS = {readings}\n")
    (item,) = collect([str(path)])
    with pytest.raises(UsageError, match=words):
        readings_for(item)


def test_two_files_with_models_of_their_own_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(textwrap.dedent(PAPER).replace("one2026", "first"))
    other = textwrap.dedent(PAPER).replace("one2026", "second").replace("1.0, 1.0", "1.0, 2.0")
    (tmp_path / "b.py").write_text(other)
    done = command(tmp_path, "check", "a.py", "b.py", "--jobs", "1")  # in one process they are more likely to meet
    assert done.returncode == 1
    assert "1 verified, 1 refuted" in done.stdout


# watching


def test_watching_checks_again_when_the_file_changes(new: Path, tmp_path: Path) -> None:
    shutil.copytree(new, tmp_path / "watched", ignore=shutil.ignore_patterns(".lemmata"))
    folder, said = tmp_path / "watched", tmp_path / "said.txt"
    with said.open("w") as out:
        watching = subprocess.Popen(
            [sys.executable, "-u", "-m", "checks", "check", "smith2026.py", "--watch", "--jobs", "1"],
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        _wait_for(said, "watching")
        source = folder / "smith2026.py"
        source.write_text(source.read_text().replace("value=1 / (2 * log(2))", "value=1 / (3 * log(2))"))
        _wait_for(said, "1 refuted")
        assert "smith2026.py changed" in said.read_text()
    finally:
        watching.terminate()
        watching.wait(timeout=30)


def _wait_for(path: Path, words: str) -> None:
    """A generous guard against hanging."""
    for _ in range(600):
        if words in path.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(path.read_text())


def test_watching_needs_a_file() -> None:
    for arguments, words in ((("liu2019.*",), "needs a Python file"), (("none.py",), "no such file")):
        done = command(ROOT, "check", *arguments, "--watch")
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_the_doctor_says_what_is_there_and_how_to_get_the_rest(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("sympy", "torch", "ray", "dask", "GPU", "Rocq", "LaTeX", "methods", "memory"):
        assert f" {name} " in done.stdout


def test_the_same_paper_twice_is_told_of_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    make("twice2026", "Twice", Path("twice2026"))
    with pytest.raises(UsageError, match="exists already"):
        make("twice2026", "Twice", Path("twice2026"))

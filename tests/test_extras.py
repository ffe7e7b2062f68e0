"""Uses that need a library of an extra: one line that names the extra, and all else without it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from checks import api, cli
from checks.commands import sweep
from checks.report import shelves
from numerics.data import DataError, load
from numerics.machine import extras
from numerics.machine.extras import EXTRAS, Extra, missing

ROOT = Path(__file__).parent.parent
FILE = """
from sympy import Symbol
from derivations import Identity, Paper
x = Symbol("x")
paper = Paper("mine", statements=(Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1),))
"""


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Take away the library of an extra, in a folder with a small paper."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(FILE)
    return lambda extra: monkeypatch.setitem(sys.modules, EXTRAS[extra].module, None)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_missing_is_said_in_one_line(extra: str, without: Any) -> None:
    assert missing(extra, "it") == ""
    without(extra)
    assert missing(extra, "it") == (
        f"it needs {EXTRAS[extra].library}, which is not installed: pip install 'lemmata[{extra}]'"
    )


def test_a_library_that_cannot_be_imported_is_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torn.py").write_text("raise ImportError('libz.so.1: no such file\\nmore')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(extras.EXTRAS, "images", Extra("torn", "torn", ""))
    assert missing("images", "it") == (
        "it needs torn, which cannot be imported (libz.so.1: no such file): pip install 'lemmata[images]'"
    )


def test_a_folder_of_images(without: Any) -> None:
    Path("photos/a").mkdir(parents=True)
    without("images")
    with pytest.raises(DataError, match=r"^photos: a folder of images needs pillow.*'lemmata\[images\]'$"):
        load("photos")


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("figures", ("check", "mine.py", "--figures", "pictures")),
        ("report", ("report", "mine.py", "-o", "page")),
        ("watch", ("check", "mine.py", "--watch")),
    ],
)
def test_a_command_that_needs_an_extra(
    extra: str,
    arguments: tuple[str, ...],
    without: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without(extra)
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert f"pip install 'lemmata[{extra}]'" in said.err


def test_a_page_without_pictures(
    without: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without("figures")
    assert run(monkeypatch, "report", "mine.py", "-o", "page") == 0
    assert Path("page/index.html").is_file()
    assert capsys.readouterr().err == ""  # there are none of this paper
    (result,) = api.check("mine.py")
    page: Any = SimpleNamespace(facts=SimpleNamespace(result=result))
    assert shelves._figures("mine", [page]) == ((), "")
    found, problem = shelves._figures("liu2019", [page])
    assert found == ()
    assert problem.startswith("liu2019: the page has no pictures of it")
    assert problem.endswith("pip install 'lemmata[figures]'")


def test_pictures_from_python_and_of_a_sweep(without: Any) -> None:
    without("figures")
    with pytest.raises(api.InputError, match=r"'lemmata\[figures\]'$"):
        api.figures([])
    out = Console(file=StringIO(), width=200)
    nothing: Any = None
    sweep._draw(out, nothing, [], None, Path("sweeps"))
    assert "pip install 'lemmata[figures]'" in out.file.getvalue()  # type: ignore[attr-defined]
    assert not Path("sweeps").exists()


def test_the_extras_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    offered = project["optional-dependencies"]
    needed = " ".join(project["dependencies"])
    for name, extra in EXTRAS.items():
        assert [d.split(">")[0] for d in offered[name]] == [extra.library]
        assert extra.library not in needed
        assert name in offered["all"][0]
    assert "all" in offered["dev"][0]


def test_checking_needs_no_extra(without: Any) -> None:
    code = (
        "import sys\n"
        f"for name in {[e.module.partition('.')[0] for e in EXTRAS.values()]}: sys.modules[name] = None\n"
        "import numerics.chains, numerics.curvature, numerics.gram, numerics.data, checks.api, checks.notebook\n"
        "import checks.report.site\n"
        "from checks import cli\nsys.argv = ['lemmata', 'check', 'mine.py']\ncli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 verified" in done.stdout

"""Completion in the shell names what there is, quickly, and runs nothing of the user's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.commands.parts import completion
from checks.library.collect import collect
from checks.running.schedule import BACKENDS
from derivations import papers
from numerics.machine.precision import PRECISIONS


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_ids_are_those_of_the_library_and_are_remembered(tmp_path: Path) -> None:
    every = [i.id for i in collect([])]
    assert completion.ids() == every
    store = tmp_path / "cache" / "lemmata" / "ids.json"
    kept = json.loads(store.read_text())
    store.write_text(json.dumps({**kept, "ids": ["liu2019.kept"]}))
    assert completion.ids() == ["liu2019.kept"]
    store.write_text(json.dumps({**kept, "stamp": [], "ids": ["liu2019.old"]}))
    assert completion.ids() == every
    for broken in ('{"stamp":', "[]", '{"stamp": null}', json.dumps({**kept, "ids": [1]})):
        store.write_text(broken)
        assert completion.ids() == every


def test_a_cache_that_cannot_be_written_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "liu2019.g-values" in completion.ids()


def test_packages_are_looked_for_in_the_same_group() -> None:
    assert completion.GROUP == papers.GROUP


def test_papers_first_then_their_statements() -> None:
    assert completion.patterns("liu") == ["liu2019.*"]
    found = completion.patterns("liu2019.g")
    assert "liu2019.g-values" in found
    assert all(name.startswith("liu2019.g") for name in found)
    assert completion.patterns("nothing") == []
    assert "liu2019.*" not in completion.statements("liu2019.")


def test_files_are_named_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my paper.py").write_text("raise SystemExit('run')")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "proof.py").write_text("")
    assert completion.patterns("my") == ["my paper.py"]
    assert completion.patterns("notes") == []
    assert completion.patterns("deeper/") == ["deeper/proof.py"]
    assert completion.patterns("gone/") == []


def test_methods_after_a_comma_each_once() -> None:
    assert completion.methods("samp") == ["sampling"]
    assert "symbolic,sampling" in completion.methods("symbolic,s")
    assert "symbolic,symbolic" not in completion.methods("symbolic,")
    assert completion.devices("c") == ["cpu", "cuda"]


def test_backends_and_dtypes_are_those_there_are() -> None:
    assert completion.backends("") == list(BACKENDS)
    assert completion.backends("d") == ["dask"]
    assert completion.dtypes("") == list(PRECISIONS)
    assert completion.dtypes("b") == ["bf16"]


def test_the_shell_gets_them() -> None:
    command = str(Path(sys.executable).with_name("lemmata"))
    environment = {
        **os.environ,
        "_LEMMATA_COMPLETE": "complete_bash",
        "COMP_WORDS": "lemmata show liu2019.g-v",
        "COMP_CWORD": "2",
    }
    found = subprocess.run([command], env=environment, capture_output=True, text=True, check=False)
    assert found.stdout.split() == ["liu2019.g-values"]
    assert found.stderr == ""

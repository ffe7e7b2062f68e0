"""What changed against a lock, on the front page and on the pages of the statements."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from samples import evidence_for, result_of
from typer.testing import CliRunner

from checks.cli import app
from checks.errors import UsageError
from checks.library.collect import Item, collect
from checks.lock.lock import Lock, today, write_lock
from checks.report.changes import changes_since
from checks.store.results import remember
from checks.verdicts import Assurance, Result, Verdict


@pytest.fixture
def recorded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Item], list[Result], Lock]:
    """Results of a few statements that were checked in an empty folder, and a lock that was made of them."""
    monkeypatch.chdir(tmp_path)
    items = collect(["liu2019.gap-*"])
    results = [result_of(item, *evidence_for(item)) for item in items]
    remember(results)
    return items, results, today(items, results, 0)


def run(*arguments: str) -> tuple[str, Path]:
    outcome = CliRunner().invoke(app, ["report", "liu2019.gap-*", "-o", "site", *arguments])
    assert outcome.exit_code == 0, outcome.output or outcome.exception
    return re.sub(r"\s+", " ", Path("site/index.html").read_text(encoding="utf-8")), Path("site/statements")


def test_nothing_changed(recorded: tuple[list[Item], list[Result], Lock]) -> None:
    write_lock(Path("lemmata.lock"), recorded[2])
    front, pages = run()  # the lock of the folder is looked at without being asked for
    assert "Nothing differs from <code>lemmata.lock</code>." in front
    assert "against the lock" not in (pages / "liu2019.gap-upper.html").read_text(encoding="utf-8")


def test_no_lock(recorded: tuple[list[Item], list[Result], Lock]) -> None:
    assert "the lock" not in run()[0]


def test_what_changed(recorded: tuple[list[Item], list[Result], Lock]) -> None:
    lock = recorded[2]
    entries = dict(lock.entries)
    entries["liu2019.gap-gone"] = replace(entries.pop("liu2019.gap-lower"), id="liu2019.gap-gone")
    entries["liu2019.gap-upper"] = replace(
        entries["liu2019.gap-upper"], expression="0123456789abcdef", claim="1 ≤ <2>", assurance=Assurance.KERNEL
    )
    entries["liu2019.kernel"] = replace(entries["liu2019.gap-gone"], id="liu2019.kernel")  # not asked for
    write_lock(Path("my lock"), replace(lock, entries=entries))
    front, pages = run("--lock", "my lock")
    assert "4 differences from <code>my lock</code>, of which 4 fail a check." in front
    rows = re.findall(r"<tr class=\"worse\"> (.*?)</tr>", front)
    assert [re.sub(r"<[^>]+>| fails", "", row).strip().split("  ")[0].split(" ")[:2] for row in rows] == [
        ["liu2019.gap-gone", "vanished"],
        ["liu2019.gap-lower", "new"],
        ["liu2019.gap-upper", "assurance"],
        ["liu2019.gap-upper", "expression"],
    ]
    assert "1 ≤ &lt;2&gt;" in front
    assert "lemmata prove" in front  # what to do about a kernel's proof that is missing
    upper = (pages / "liu2019.gap-upper.html").read_text(encoding="utf-8")
    assert "What changed against the lock" in upper
    assert "1 ≤ &lt;2&gt;" in upper
    assert "against the lock" not in (pages / "liu2019.gap-square.html").read_text(encoding="utf-8")


def test_what_is_not_checked_may_still_claim_something_else(recorded: tuple[list[Item], list[Result], Lock]) -> None:
    items, results, lock = recorded
    entries = dict(lock.entries)
    entries["liu2019.gap-upper"] = replace(entries["liu2019.gap-upper"], expression="0123456789abcdef", claim="old")
    del entries["liu2019.gap-square"]
    found = changes_since(replace(lock, entries=entries), items, {}, ["liu2019.gap-*"])
    assert [(c.id, c.what, c.was, c.regression) for c in found] == [
        ("liu2019.gap-square", "new", "not in the lock", True),
        ("liu2019.gap-upper", "expression", "old", True),
    ]
    some = {r.id: r for r in results[:1]}
    assert changes_since(lock, items, some, ["liu2019.gap-*"]) == []


def test_better_is_no_failure(recorded: tuple[list[Item], list[Result], Lock]) -> None:
    items, results, lock = recorded
    entries = {id: replace(e, verdict=Verdict.MEASURED) for id, e in lock.entries.items()}
    found = changes_since(replace(lock, entries=entries), items, {r.id: r for r in results}, [])
    assert {c.what for c in found} == {"verdict"}
    assert not any(c.regression for c in found)


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", "lock = 99\n", "lock = 1\nstatements = 3\n", "\x00\xff"])
def test_other_files_than_locks_are_one_line(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "a lock"
    lock.write_bytes(text.encode("latin-1"))
    arguments = ["report", "liu2019.kernel", "-o", str(tmp_path / "site"), "--lock", str(lock)]
    outcome = CliRunner().invoke(app, arguments)
    assert isinstance(outcome.exception, UsageError)
    assert "\n" not in str(outcome.exception)
    assert not (tmp_path / "site" / "index.html").exists()

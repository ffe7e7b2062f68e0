"""The files of a site, and those that it is made from."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from threading import Thread

import pytest
from samples import result_of
from typer.testing import CliRunner

from checks.cli import app
from checks.errors import UsageError
from checks.library.collect import Item
from checks.report.facts import Known
from checks.report.inputs import results_of
from checks.report.pages import file_names
from checks.report.site import site_files
from checks.store.files import put
from checks.store.results import dump, report
from checks.verdicts import Assurance, Evidence, Result, Verdict


def test_a_second_report_removes_pages_of_the_first_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, {"index.html": b"1", "statements/a.b.html": b"2"})
    (tmp_path / "mine.txt").write_text("kept")
    (tmp_path / "statements" / "mine.html").write_text("kept")
    listing = tmp_path / "static" / "files.txt"
    outside = tmp_path.parent / f"{tmp_path.name}.txt"
    outside.write_text("kept")
    listing.write_text(listing.read_text() + f"../{outside.name}\n/etc/passwd\nmine.txt\nstatements/../mine.txt\n")
    put(tmp_path, {"index.html": b"3"})
    assert (tmp_path / "index.html").read_bytes() == b"3"
    assert not (tmp_path / "statements" / "a.b.html").exists()
    assert (tmp_path / "mine.txt").exists()
    assert (tmp_path / "statements" / "mine.html").exists()
    assert outside.exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        put(tmp_path / "file" / "site", {"index.html": b""})


def test_the_command(folder: Path, known: Known) -> None:
    results = folder / "check ü.json"
    results.write_text(dump(report(list(known.results.values()), seed=0, device="cpu")), encoding="utf-8")
    outcome = CliRunner().invoke(app, ["report", "hostile.py", "-o", "site of a command", "--json", str(results)])
    assert outcome.exit_code == 0, outcome.output
    assert "index.html" in outcome.output
    assert "✓" in (folder / "site of a command" / "statements" / "hostile.first.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 1, "statements": [{"id": "liu', "cut off"),
        ('{"schema": 7, "statements": []}', "schema 7"),
        ('{"schema": 1}', "not what `lemmata check --json` writes"),
        ('{"schema": 1, "statements": [{"id": "a.b"}]}', "not what"),
        ("[1, 2]", "not what"),
        ("<<<<<<< HEAD", "is not JSON"),
        ("[" * 100_000, "not what"),
    ],
)
def test_other_files_than_reports_are_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        results_of(path)
    assert "\n" not in str(caught.value)


def test_results_of_others_do_no_harm(items: list[Item]) -> None:
    data = {"sharpest": "much", "stated_value": [1], "proof": {"a": 1}, "variable": [1e400], "theorem": 5, "remarks": 7}
    third = next(i for i in items if i.slug == "third")
    odd = Evidence("rocq", Verdict.VERIFIED, "", float("nan"), float("inf"), data=data)
    made = result_of(third, odd)
    files, _ = site_files([third], Known({third.id: Result(**{**vars(made), "paper": "drawing"})}))
    assert "statements/hostile.third.html" in files


def test_results_can_be_read_back(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "check.json"
    path.write_text(json.dumps(report(list(known.results.values()), seed=0, device="cpu")))
    assert results_of(path)["hostile.third"].assurance is Assurance.SYMBOLIC


def sites(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_page_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(UsageError, match=r"index\.html is not by lemmata report: remove it, or name another folder"):
        put(tmp_path, {"index.html": b"1", "statements/a.b.html": b"2"})
    assert sites(tmp_path) == {"index.html": b"mine"}


@pytest.mark.parametrize("stop", range(8))
def test_a_report_that_is_stopped_leaves_whole_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """Wherever it is stopped: pages are those of the one or the other report, and the next one removes the rest."""
    old = {"index.html": b"old", "statements/a.b.html": b"old b", "statements/a.c.html": b"old c"}
    new = {"index.html": b"new", "statements/a.b.html": b"new b", "statements/a.d.html": b"new d"}
    put(tmp_path, old)
    replace, done = os.replace, []

    def stopping(source: str, target: Path) -> None:
        if len(done) == stop:
            raise KeyboardInterrupt
        done.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", stopping)
    try:
        put(tmp_path, new)
    except KeyboardInterrupt:
        assert stop < 5
    monkeypatch.undo()
    for name, content in sites(tmp_path).items():
        assert name == "static/files.txt" or content in (old.get(name), new.get(name)), name
    (tmp_path / "statements" / ".part-killed").write_bytes(b"half")  # of a process that could not clean up
    put(tmp_path, {"index.html": b"third"})
    assert sites(tmp_path).keys() == {"index.html", "static/files.txt"}


def test_two_reports_at_once_leave_one_site(tmp_path: Path) -> None:
    both = [
        {"index.html": mark, **{f"statements/{key}.s{n}.html": mark * 1000 for n in range(40)}}
        for key, mark in (("a", b"1"), ("b", b"2"))
    ]
    for _ in range(5):
        threads = [Thread(target=put, args=(tmp_path, files)) for files in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = sites(tmp_path)
        del left["static/files.txt"]
        assert left in both


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    outcome = CliRunner().invoke(app, ["report", "liu2019.kernel", "-o", str(tmp_path / "site")])
    tmp_path.chmod(0o700)
    assert isinstance(outcome.exception, UsageError)
    assert "Permission denied" in str(outcome.exception)


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    outcome = CliRunner().invoke(app, ["report", "liu2019.kernel", "-o", str(tmp_path / "site")])
    assert isinstance(outcome.exception, UsageError)
    assert "cannot write" in str(outcome.exception)
    assert (tmp_path / "site").read_text() == "mine"


def test_a_report_before_anything_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = CliRunner().invoke(app, ["report", "liu2019.gap-*", "-o", "a page ü"])
    assert outcome.exit_code == 0, outcome.output
    index = tmp_path / "a page ü" / "index.html"
    assert f"open {index.as_uri()}" in outcome.output  # a terminal makes a link of it
    assert "4 not checked." in index.read_text(encoding="utf-8")
    page = (index.parent / "statements" / "liu2019.gap-upper.html").read_text(encoding="utf-8")
    assert "It has not been checked here." in page
    assert "lemmata check liu2019.gap-upper" in page


def test_names_of_files_are_short_and_differ_on_every_disk() -> None:
    names = file_names(["p.a", "p.A", "p." + "long-" * 60 + "x", "p." + "long-" * 60 + "y"])
    assert names["p.a"] == "p.a.html"
    assert len({name.lower() for name in names.values()}) == 4
    assert all(len(name) < 150 for name in names.values())

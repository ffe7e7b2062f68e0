"""The files of a site, and those that it is made from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from samples import result_of
from typer.testing import CliRunner

from checks.cli import app
from checks.collect import Item
from checks.errors import UsageError
from checks.report.facts import Known
from checks.report.files import put
from checks.report.inputs import results_of
from checks.report.site import site_files
from checks.results import dump, report
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
        ("<<<<<<< HEAD", "is no JSON"),
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

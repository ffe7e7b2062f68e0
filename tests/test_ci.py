"""What a check leaves for others: JUnit, notes for GitHub, a summary, a badge, the action and the hooks."""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.ci import github
from checks.ci.action import commands
from checks.ci.badge import badge
from checks.ci.junit import junit
from checks.ci.summary import summary
from checks.ci.words import headline
from checks.library.collect import Item, collect
from checks.library.places import place_of
from checks.lock.lock import Change
from checks.verdicts import Evidence, Result, Verdict, judge

ROOT = Path(__file__).parent.parent
HOSTILE = "a|b `c` <script>x</script> @you\n::error::no \x00\x0b ]]> &amp; \ud7ff"


def result(id: str = "a.x", *evidence: Evidence) -> Result:
    key = id.split(".")[0]
    return Result(id, key, "Bound", "Lemma 1", "0" * 16, evidence, *judge(evidence))


def good(id: str = "a.good") -> Result:
    return result(
        id,
        Evidence("symbolic", Verdict.VERIFIED, "expansion", seconds=0.5),
        Evidence("precision", Verdict.VERIFIED, "36 points", 1e-50, 1e-35, seed=3, seconds=0.25),
    )


def bad(id: str = "a.bad", detail: str = "0.25 > 0.2", witness: str = "x = 1/2") -> Result:
    return result(
        id,
        Evidence("enclosure", Verdict.REFUTED, "negative there for sure", witness=witness),
        Evidence("precision", Verdict.REFUTED, detail, 0.05, 1e-35, witness, seed=3),
    )


def failed(id: str = "b.error") -> Result:
    return result(id, Evidence("autograd", Verdict.ERROR, "the model returned NaN"))


def test_headlines_give_the_numbers_and_the_place() -> None:
    assert headline(bad()) == "refuted by enclosure, precision: 0.25 > 0.2, at x = 1/2"
    assert headline(good()) == "verified: an exact and an empirical key"
    assert headline(failed()) == "error by autograd: the model returned NaN"


def test_junit_has_a_suite_a_paper_and_one_for_the_lock() -> None:
    worse = Change("a.good", "assurance", "kernel", "symbolic", True, "lemmata prove")
    stronger = Change("a.good", "assurance", "symbolic", "kernel", False)
    text = junit([good(), bad(), failed()], [worse, stronger], {("a.bad", "precision"): "lemmata at a.bad 'x = 1/2'"})
    root = ET.fromstring(text)
    suites = {s.get("name"): s for s in root.findall("testsuite")}
    assert list(suites) == ["a", "b", "lemmata.lock"]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "2", "1")
    assert [c.get("name") for c in suites["a"].findall("testcase")] == ["good", "bad"]
    (failure,) = suites["a"].findall(".//failure")
    assert failure.get("type") == "refuted"
    assert failure.text is not None
    assert "again: lemmata at a.bad" in failure.text
    assert suites["b"].find(".//error") is not None
    assert len(suites["lemmata.lock"].findall(".//failure")) == 1
    assert not list(root.iter("properties"))
    assert float(suites["a"].findall("testcase")[0].get("time") or 0) == 0.75


def test_an_unchanged_lock_is_a_case_that_passes() -> None:
    (suite,) = ET.fromstring(junit([], [])).findall("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_junit_is_xml_whatever_the_words(detail: str, witness: str) -> None:
    text = junit([bad(detail=detail, witness=witness)], [Change("a.x", detail, witness, detail, True, witness)])
    root = ET.fromstring(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    assert len(list(root.iter("failure"))) == 2


def test_notes_for_github_cannot_be_forged() -> None:
    item = collect(["liu2019.gap-upper"])[0]
    lines = github.notes([item], [bad("liu2019.gap-upper", HOSTILE, HOSTILE)], [], "")
    assert len(lines) == 1
    assert lines[0].startswith("::error file=")
    assert lines[0].count("::error") == 2  # its own, and the text's with its line end escaped
    assert "\n" not in lines[0]
    assert "%0A::error" in lines[0]


def test_notes_point_to_the_statement() -> None:
    item = collect(["liu2019.gap-upper"])[0]
    place = place_of(item)
    assert place is not None
    text = (ROOT / place[0]).read_text(encoding="utf-8").splitlines()
    assert any('"gap-upper"' in line for line in text[place[1] - 1 : place[1] + 1])


def test_places_of_statements_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("x = 1\n\nbound = Bound(\n    'mine',\n    1, 2)\n")
    assert place_of(Item("own", "mine", str(tmp_path / "own.py"))) == ((tmp_path / "own.py").as_posix(), 3)
    assert place_of(Item("own", "other", str(tmp_path / "own.py"))) == ((tmp_path / "own.py").as_posix(), 1)
    assert place_of(Item("no-such-paper", "x")) is None


def test_many_failures_are_few_notes() -> None:
    lines = github.notes([], [bad(f"a.s{i}") for i in range(200)], [], "")
    assert len(lines) == github.MOST
    assert "151 further" in lines[-1]


def test_notes_only_where_github_runs(tmp_path: Path) -> None:
    assert github.runs_here({"GITHUB_ACTIONS": "true"})
    assert not github.runs_here({})
    github.append_summary("x", {})
    path = tmp_path / "summary.md"
    github.append_summary("one\n", {"GITHUB_STEP_SUMMARY": str(path)})
    github.append_summary("two\n", {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text() == "one\ntwo\n"
    github.append_summary("x", {"GITHUB_STEP_SUMMARY": str(tmp_path)})  # fails no check


def test_the_summary_escapes_what_it_is_given() -> None:
    text = summary([bad(detail=HOSTILE, witness=HOSTILE)], [Change("a.x", "claim", HOSTILE, "b", True)], {})
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") in (4, 5, 8)
    assert "<script>" not in text.replace("\\<", "")
    assert "@you" not in text


def test_the_summary_says_what_to_do() -> None:
    worse = Change("a.x", "assurance", "kernel", "symbolic", True, "run it")
    text = summary([good()], [worse])
    assert "1 of 1 differences to the lock fail" in text
    assert "run it" in text
    assert "lemmata lock" in text
    assert "Nothing differs from the lock" in summary([good()], [])
    assert "lock" not in summary([good()], None)
    assert "nothing checked" in summary([], None)


@pytest.mark.parametrize(
    ("results", "regressions", "words"),
    [
        ([good()], 0, "1 verified"),
        ([good(), bad()], 0, "1 of 2 refuted"),
        ([good(), bad(), failed()], 0, "2 fail"),
        ([good()], 2, "2 regressed"),
        ([result("a.x")], 0, "1 of 1 undecided"),
        ([], 0, "nothing checked"),
    ],
)
def test_badges(results: list[Result], regressions: int, words: str) -> None:
    root = ET.fromstring(badge(results, regressions))
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["lemmata", words]


def test_inputs_of_the_action_are_words_and_no_commands() -> None:
    made = commands({"PATTERNS": "paper/a.py 'du2018.*' '$(rm -rf x)' ;ls", "LOCK": "l.lock", "JUNIT": "j.xml"})
    assert made == [
        [
            "check",
            "paper/a.py",
            "du2018.*",
            "$(rm -rf x)",
            ";ls",
            *("--seed", "0", "--lock", "l.lock", "--junit", "j.xml"),
        ]
    ]
    first, second, third = commands({"ROCQ": "true", "SEED": "fresh", "QUICK": "true", "REPORT": "site"})
    assert first == ["prove"]
    assert second == ["check", "--fresh", "--quick"]
    assert third == ["report", "-o", "site"]


def test_the_action_passes_inputs_by_the_environment() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    steps = text[text.index("steps:") :]
    for run in steps.split("run:")[1:]:
        body = run.split("- ")[0]
        assert "${{" not in body.split("env:")[0]
    declared = [line.strip().rstrip(":") for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    for name in declared[declared.index("patterns") : declared.index("using: composite")]:
        if name not in ("runs", ""):
            assert f"inputs.{name}" in steps, name


def test_the_plugin_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"lemmata": "checks.pytest_plugin"}


def test_hooks_call_commands_that_exist() -> None:
    from typer.main import get_command

    from checks.cli import app

    known = get_command(app).commands  # type: ignore[attr-defined]
    entries = [
        line.split(":", 1)[1].split()
        for line in (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("entry:")
    ]
    assert entries
    for words in entries:
        assert words[0] == "lemmata"
        options = {name for p in known[words[1]].params for name in p.opts}
        assert all(w in options for w in words if w.startswith("--"))


def test_paths_are_relative_to_the_root_of_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """GitHub knows files by their path in the repository, wherever the check was started."""
    from checks.library.places import root, shown

    (tmp_path / ".git").mkdir()
    folder = tmp_path / "papers" / "own"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert shown(Path("own.py")) == "papers/own/own.py"
    assert shown(tmp_path / "papers" / "own" / "lemmata.lock") == "papers/own/lemmata.lock"
    assert root({"GITHUB_WORKSPACE": str(tmp_path / "papers")}) == tmp_path / "papers"
    assert root({"GITHUB_WORKSPACE": "/elsewhere"}) == tmp_path

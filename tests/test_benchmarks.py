"""The benchmarks' harness: nothing lost, peers skipped with a line, exponents, synthetic libraries that are true."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.peers import NoPeer, environment
from benchmarks.run import JOBS, RESULTS, data_of, job_named, main, markdown, run_jobs
from benchmarks.synthetic import KINDS, library, write_library
from benchmarks.timing import Finding, Note, Row, Slope, exponent, run, tree_mb
from checks.library.collect import _module, _table, collect, load_file, resolve
from checks.library.index import Entry, entries
from checks.running.runner import Options
from checks.running.runner import check as check_statement
from checks.verdicts import Verdict


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment.cache_clear()


def _jobs(name: str):
    def good(quick: bool) -> Iterator[Finding]:
        yield Row("ours", 1.0, "theirs", 3.0, wanted=2.0)
        yield Row("no figure", 1.0, "theirs", float("nan"), wanted=2.0)
        yield Slope("cost", (1, 2, 4), (3.0, 12.0, 48.0), 2)

    def bad(quick: bool) -> Iterator[Finding]:
        yield Row("before", 1.0, "theirs", 2.0)
        raise ValueError("it broke\nand more")

    def lonely(quick: bool) -> Iterator[Finding]:
        yield Note("so far")
        raise NoPeer("peer is skipped: no network")

    return {"good": good, "bad": bad, "lonely": lonely}[name]


def test_a_job_that_fails_loses_nothing(tmp_path: Path) -> None:
    assert run_jobs(["good", "bad", "lonely", "good"], tmp_path, False, _jobs) == ["bad"]
    data = json.loads((tmp_path / "bench.json").read_text())["jobs"]
    assert data["bad"]["error"] == "ValueError: it broke"
    assert [f["job"] for f in data["bad"]["findings"]] == ["before"]
    assert data["lonely"]["findings"][-1] == {"note": "peer is skipped: no network"}
    first, second, slope = data["good"]["findings"]
    assert (first["ratio"], first["met"]) == (3.0, True)
    assert (second["theirs"], second["ratio"], second["met"]) == (None, None, None)
    assert slope["exponent"] == pytest.approx(2)
    page = (tmp_path / "bench.md").read_text()
    for said in (
        "| ours | 1 s | theirs | 3 s | 3 | ≥ 2 |",
        "bad: failed, ValueError: it broke",
        "peer is skipped",
        "2.00",
    ):
        assert said in page


def test_each_finding_is_on_disk_before_the_next(tmp_path: Path) -> None:
    seen: list[int] = []

    def job(quick: bool) -> Iterator[Finding]:
        for k in range(3):
            yield Note(str(k))
            seen.append(len(json.loads((tmp_path / "bench.json").read_text())["jobs"]["start"]["findings"]))

    run_jobs(["start"], tmp_path, False, lambda _: job)
    assert seen == [1, 2, 3]


def test_what_is_not_run_stays(tmp_path: Path) -> None:
    one, two = list(JOBS)[:2]
    run_jobs([one, two], tmp_path, False, lambda _: _jobs("good"))
    run_jobs([two], tmp_path, True, lambda _: _jobs("bad"))
    data = json.loads((tmp_path / "bench.json").read_text())["jobs"]
    assert len(data[one]["findings"]) == 3
    assert data[two]["error"]
    (tmp_path / "bench.json").write_text("{ cut off")
    run_jobs([one], tmp_path, False, lambda _: _jobs("good"))
    assert list(json.loads((tmp_path / "bench.json").read_text())["jobs"]) == [one]


def test_a_ratio_that_is_not_reached_is_said() -> None:
    found = data_of(Row("j", 2.0, "p", 2.0, wanted=2.0))
    assert "| ≥ 2: not met |" in markdown({"a": {"findings": [found], "environment": {}}})


def test_every_job_is_there() -> None:
    assert all(callable(job_named(name)) for name in JOBS)


def test_an_unknown_job_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["kernel"])
    assert end.value.code == 2
    assert "no job 'kernel'; there are start" in capsys.readouterr().err


def test_the_recorded_results_can_be_read() -> None:
    jobs = json.loads((RESULTS / "bench.json").read_text())["jobs"]
    assert (RESULTS / "bench.md").read_text() == markdown(jobs)


def test_a_peer_that_cannot_be_installed_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEMMATA_NT_PYTHON", raising=False)
    monkeypatch.setattr(peers, "HERE", tmp_path)
    monkeypatch.setattr(peers, "BUILT", tmp_path / "built")
    with pytest.raises(NoPeer, match=r"neural-tangents is skipped: neural-tangents\.txt"):
        environment("neural-tangents")
    (tmp_path / "neural-tangents.txt").write_text(f"{tmp_path}/no-such-wheel-1.0-py3-none-any.whl\n")
    with pytest.raises(NoPeer, match="neural-tangents is skipped, it cannot be installed here: ") as error:
        environment("neural-tangents")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "built" / "neural-tangents" / "installed.txt").exists()


def test_a_peers_python_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEMMATA_NT_PYTHON", "/somewhere/python")
    assert environment("neural-tangents") == Path("/somewhere/python")


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5, 2.0])
def test_exponents_are_fitted(power: float) -> None:
    sizes = (10, 100, 1000, 10_000)
    assert exponent(sizes, [0.3 * n**power for n in sizes]) == pytest.approx(power, abs=1e-9)
    assert Slope("c", sizes, tuple(7 * n**power for n in sizes), 1).exponent == pytest.approx(power, abs=1e-9)


def test_what_is_paid_at_any_size_is_no_growth() -> None:
    sizes = (10, 100, 1000, 10_000)
    costs = tuple(2.0 + 0.01 * n for n in sizes)
    assert Slope("c", sizes, costs, 1, base=2.0).exponent == pytest.approx(1, abs=1e-9)
    assert Slope("c", sizes, costs, 1).exponent < 0.7
    assert Slope("c", sizes, (2.0, 2.1, 1.9, 2.2), 1, base=2.0).exponent == 0.0


def test_a_commands_memory_counts_its_children() -> None:
    child = "import time; x = bytearray(120 << 20); time.sleep(4)"
    parent = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {child!r}]).returncode + 3)"
    ran = run([sys.executable, "-c", parent])
    assert ran.code == 3
    assert 120 < ran.peak_mb < 400
    assert tree_mb(2**31 - 1) == 0


def test_a_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.5)


def test_synthetic_statements_are_distinct_and_true(tmp_path: Path) -> None:
    path = str(write_library(tmp_path, 2 * len(KINDS)))
    statements = [resolve(item) for item in collect([path])]
    assert len({s.fingerprint for s in statements}) == 2 * len(KINDS)
    for statement in statements:
        assert check_statement(statement, Options(), ()).verdict is Verdict.VERIFIED, statement.id


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_a_synthetic_slip_is_refuted(tmp_path: Path, number: int) -> None:
    path = tmp_path / "false.py"
    path.write_text(library(len(KINDS), "slip", false=number))
    statements = [resolve(item) for item in collect([str(path)])]
    verdicts = [check_statement(s, Options(), ()).verdict for s in statements]
    expected = [Verdict.REFUTED if i == number else Verdict.VERIFIED for i in range(len(KINDS))]
    assert verdicts == expected


# what `lemmata list` keeps


def _listed(pattern: str, checked: tuple[str, ...] = ()) -> list[Entry]:
    """As a process of its own would have it: files are run once a process."""
    for cached in (load_file, _module, _table):
        cached.cache_clear()
    return entries([pattern], checked)


def test_an_index_is_that_of_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(library(3, "mine"))
    first = _listed("mine.py")
    assert _listed("mine.py") == first
    assert [e.fingerprint for e in first] == ["", "", ""]
    full = _listed("mine.py", (first[1].id,))
    assert [bool(e.fingerprint) for e in full] == [False, True, False]
    path.write_text(library(4, "mine"))
    assert len(_listed("mine.py")) == 4


def test_an_index_spares_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(library(3, "mine"))
    first = _listed("mine.py")
    monkeypatch.setattr("checks.library.index._built", lambda *_: pytest.fail("built again"))
    assert _listed("mine.py") == first


ELSEWHERE = """
from sympy import Symbol
from derivations import Identity, Paper
x = Symbol("x", real=True)
paper = Paper("mine", statements=tuple(Identity(f"s-{k}", x + k, k + x) for k in range(WHERE)))
"""


@pytest.mark.parametrize("where", ["int(open('count.txt').read())", "count()"])
def test_a_file_that_looks_elsewhere_is_built_each_time(tmp_path: Path, where: str) -> None:
    (tmp_path / "counting.py").write_text("def count():\n    return int(open('count.txt').read())\n")
    for size in (2, 3):
        (tmp_path / "count.txt").write_text(str(size))
        imported = "from counting import count\n" if "count()" in where else ""
        (tmp_path / "mine.py").write_text(imported + ELSEWHERE.replace("WHERE", where))
        assert len(_listed("mine.py")) == size


def test_the_librarys_index_is_what_collecting_gives() -> None:
    built = [resolve(item) for item in collect([])]
    for _ in range(2):
        assert [(e.id, e.kind, e.source) for e in entries([])] == [(s.id, s.kind, str(s.source)) for s in built]
    assert [e.id for e in entries(["liu2019.gap-*", "liu2019.kernel"])] == [
        i.id for i in collect(["liu2019.gap-*", "liu2019.kernel"])
    ]

"""The command as its users meet it: right use, wrong use, interruption."""

import doctest
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from checks import cli
from checks.errors import UsageError
from checks.running.runner import Options
from checks.running.runner import check as check_statement
from checks.store import results
from checks.store import shelf as memory
from checks.terminal.statement import constants_row
from derivations.papers import paper as library

ROOT = Path(__file__).parent.parent
COMMAND = str(Path(sys.executable).with_name("lemmata"))

HEADER = """
from sympy import *
from derivations import *
x, y = symbols("x y", real=True)
k = Symbol("k", integer=True, positive=True)
a = vector("a", k)
"""
GOOD = 'Identity("good", sin(x)**2 + cos(x)**2, 1)'


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["lemmata", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def paper(name: str, *statements: str, header: str = HEADER) -> str:
    """A user's file with the given statements."""
    body = ",\n    ".join(statements)
    Path(name).write_text(f'{header}\npaper = Paper("{Path(name).stem}", statements=(\n    {body},\n))\n')
    return name


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Standard error, which must be one line without a traceback."""
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0, said
    assert "Traceback" not in said
    assert said
    return said


BAD_ARGUMENTS = [
    (["check", "liu2019.kernal"], "did you mean 'liu2019.kernel'"),
    (["show", "liu2019.lss"], "did you mean 'liu2019.loss'"),
    (["check", "nothing.*"], "no statement matches 'nothing.*'"),
    (["check", "missing.py"], "missing.py: no such file"),
    (["check", "liu2019.g-values", "--device", "tpu"], "no device 'tpu'"),
    (["check", "liu2019.g-values", "--jobs", "0"], "--jobs 0"),
    (["check", "liu2019.g-values", "--methods", "guess"], "no method 'guess'"),
    (["check", "liu2019.g-values", "--json", "."], "it is a folder"),
    (["check", "liu2019.g-values", "--json", "/proc/nowhere/x.json"], "cannot write /proc/nowhere/x.json"),
    (["latex", "liu2019.g-values", "-o", "/proc/x.tex"], "cannot write /proc/x.tex"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_ARGUMENTS)
def test_wrong_arguments(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert words in one_line(capsys)


def test_no_gpu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert run(monkeypatch, "check", "liu2019.g-values", "--device", "cuda") == 2
    assert "torch sees no GPU" in one_line(capsys)


BAD_FILES = [
    ("paper = (", "bad.py:1: does not parse"),
    ("\n\nraise OSError('gone')", "bad.py:3: raises OSError: gone"),
    ("import nonexistent_module", "raises ModuleNotFoundError"),
    ("answer = 42", "defines no Paper"),
    ('from derivations import *\np = Paper("empty")', "has no statements"),
    (f'{HEADER}p = Paper("q", statements=({GOOD},))\nr = Paper("q", statements=({GOOD},))', "'q' twice"),
    (f'{HEADER}p = Paper("Bad Key", statements=({GOOD},))', "not a key of a paper"),
]


@pytest.mark.parametrize(("content", "words"), BAD_FILES)
def test_files_that_cannot_be_used(
    content: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.py").write_text(content)
    assert run(monkeypatch, "check", "bad.py") == 2
    assert words in one_line(capsys)


BAD_STATEMENTS = [
    ('Identity("lonely", sin(x), sin(y))', "different free symbols (x, y on one side only)"),
    ('Identity("shapes", a, ones(k).T)', "different shapes, k×1 and 1×k"),
    ('Identity("sizes", inner(vector("p", 3), vector("q", 4)), 0)', "(3, 1) and (4, 1)"),
    ('Bound("matrix", a, ones(k))', "a bound compares numbers"),
    ('Bound("empty", x, 1, on={x: (1, 0)})', "which is empty: write the lower end first"),
    ('Bound("contradiction", x, 1, where=(x > 1, x < 0))', "contradict each other"),
    ('Gradient("equation", x, 1, of=x, where=Eq(x, y))', "solve it for a variable and put that in"),
    ('Bound("constant", x, 1, constant=y)', "together"),
    ('Bound("elsewhere", x, 1, sharp_at={y: 0})', "not in the bound"),
    ('Identity("bad slug!", x, x)', "is not a valid slug"),
    ('Gradient("nothing", x, x)', "give `of`"),
    ('Constant("ends", pi, enclosure=(4, 3))', "is empty"),
    ('Probability("p", "rain", at_most=2)', "is not a probability"),
    ('Identity("good", x, x), Identity("good", x, x)', "defined twice"),
    ('Identity("assuming", x, x, assumes=("calm",))', "does not define"),
    ('Identity("using", x, x, uses=("other",))', "does not exist"),
]


@pytest.mark.parametrize(("statement", "words"), BAD_STATEMENTS)
def test_statements_that_cannot_be_meant(
    statement: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", paper("mine.py", statement)) == 2
    said = one_line(capsys)
    assert words in said
    assert "mine.py:" in said


def test_one_statement_in_error_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = paper("mine.py", GOOD, 'Gradient("nan", x, 2*x, model=lambda x: x**2 * float("nan"))')
    assert run(monkeypatch, "check", file, "--jobs", "1", "--json", "r.json") == 1
    found = {s["id"]: s for s in json.loads(Path("r.json").read_text())["statements"]}
    assert found["mine.good"]["verdict"] == "verified"
    assert found["mine.nan"]["verdict"] == "error"
    assert "NaN" in found["mine.nan"]["evidence"][-1]["detail"]
    assert "Traceback" not in capsys.readouterr().err


def test_debug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["lemmata", "check", "missing.py", "--debug"])
    with pytest.raises(UsageError):
        cli.main()


def test_the_json_report(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "check", "liu2019.g-*", "--jobs", "1", "--json", "out/r.json", "--seed", "3") == 0
    data = json.loads(Path("out/r.json").read_text())
    assert data["schema"] == 1
    assert data["environment"]["seed"] == 3
    assert data["summary"] == {
        "verified": 9,
        "measured": 0,
        "cited": 0,
        "bookkeeping": 0,
        "definition": 0,
        "undecided": 0,
        "refuted": 0,
        "error": 0,
    }
    assert "interrupted" not in data
    evidence = data["statements"][0]["evidence"][0]
    wanted = {"method", "verdict", "residual", "tolerance", "detail", "witness", "seed", "seconds"}
    assert wanted <= set(evidence)


def test_list_knows_the_last_check_until_the_statement_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed() -> dict[str, str | None]:
        assert run(monkeypatch, "list", file, "--json") == 0
        return json.loads(capsys.readouterr().out)[0]

    file = paper("mine.py", GOOD)
    assert listed()["assurance"] is None
    assert run(monkeypatch, "check", file, "--jobs", "1") == 0
    capsys.readouterr()
    assert listed()["assurance"] == "symbolic"
    memory.FILE.write_text("{ damaged")
    assert listed()["assurance"] is None


def test_show_prints_claim_derivation_and_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", "liu2019.g-decreasing", "--jobs", "1") == 0
    assert run(monkeypatch, "show", "liu2019.g-decreasing") == 0
    said = capsys.readouterr().out
    assert "Derivation" in said
    assert "π − φ and sin φ are nonnegative" in said
    assert "enclosure  verified" in said
    file = paper("mine.py", GOOD)
    assert run(monkeypatch, "show", f"{file}:good") == 0
    assert "sin(x)" in capsys.readouterr().out


def test_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    # one process: the results are the same, and each worker takes seconds to start
    own, false = (str(ROOT / "examples" / f"{name}.py") for name in ("own_paper", "false_statements"))
    assert run(monkeypatch, "check", own, "--jobs", "1", "--json", "own.json") == 0
    assert set(_verdicts("own.json").values()) == {"verified"}
    assert run(monkeypatch, "check", false, "--jobs", "1", "--json", "false.json") == 1
    assert set(_verdicts("false.json").values()) == {"refuted"}


def _verdicts(name: str) -> dict[str, str]:
    return {s["id"]: s["verdict"] for s in json.loads(Path(name).read_text())["statements"]}


def test_the_readmes_own_statement(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text()
    code = readme.split("```python\n")[1].split("```")[0]
    Path("mypaper.py").write_text(code)
    assert run(monkeypatch, "check", "mypaper.py", "--jobs", "1") == 0
    printed = capsys.readouterr().out
    for line in readme.split("`lemmata check mypaper.py` says")[1].split("```")[1].strip().splitlines()[:3]:
        assert line.split()[:4] == next(p for p in printed.splitlines() if p.startswith(line.split()[0])).split()[:4]
    Path("sharper.py").write_text(code.replace("Rational(1, 4)", "Rational(99, 400)").replace("mypaper", "sharper"))
    assert run(monkeypatch, "check", "sharper.py", "--jobs", "1") == 1
    assert "0.25 > 0.2475" in capsys.readouterr().out


def test_jobs_and_company_do_not_change_results(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ["liu2019.relu-mean", "liu2019.gap-upper", "liu2019.g-values"]
    run(monkeypatch, "check", *ids, "--jobs", "2", "--json", "two.json")
    run(monkeypatch, "check", *reversed(ids), "--jobs", "1", "--json", "one.json")
    run(monkeypatch, "check", ids[0], "--seed", "5", "--json", "other.json")
    two, one, other = (_without_seconds(n) for n in ("two.json", "one.json", "other.json"))
    assert two == one
    assert other[ids[0]] != one[ids[0]]
    assert _verdicts("other.json")[ids[0]] == "verified"


def _without_seconds(name: str) -> dict[str, list[dict[str, object]]]:
    data = json.loads(Path(name).read_text())
    return {
        s["id"]: [{k: v for k, v in e.items() if k != "seconds"} for e in s["evidence"]] for s in data["statements"]
    }


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.json"
    results.write_atomically(target, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UsageError, match="No space left"):
        results.write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupted_run_keeps_what_was_finished(tmp_path: Path) -> None:
    command = [COMMAND, "check", "liu2019.*", "--json", "r.json"]
    # jobs in the background of a script ignore Ctrl-C, and what they start does, too
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, preexec_fn=listening)
    report = tmp_path / "r.json"
    end = time.monotonic() + 240
    while time.monotonic() < end and (not report.exists() or len(_verdicts(str(report))) < 2):
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    data = json.loads(report.read_text())
    assert data["interrupted"] is True
    assert 2 <= len(data["statements"]) < 64
    assert "Traceback" not in errors
    assert "resource_tracker" not in errors


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["latex", "liu2019.kernel"]])
def test_light_commands_do_not_load_torch_or_scipy(arguments: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['lemmata', *sys.argv[1:]]\n"
        "from checks.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'scipy', 'numpy') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_ones_own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("1,2\n1,two\n")
    assert run(monkeypatch, "check", "du2018.c-relu", "--data", "bad.csv") == 2
    assert "bad.csv:2" in capsys.readouterr().err
    Path("twice.csv").write_text("1,2,1\n2,4,0\n0,1,1\n")
    assert run(monkeypatch, "check", "du2018.c-relu", "--data", "twice.csv", "--jobs", "1") == 0
    assert "inputs 0 and 1 are equal" in capsys.readouterr().err


def test_the_examples_of_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    blocks = [b for b in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if b.startswith(">>>")]
    assert len(blocks) >= 2
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    for i, block in enumerate(blocks):
        assert runner.run(parser.get_doctest(block, {}, f"README {i}", None, None)).failed == 0


def test_constants_side_by_side() -> None:
    sharp = library("liu2019")["dissipativity-w"]
    alone = constants_row(check_statement(sharp, Options(methods=("search",))))
    assert alone is not None
    assert "attained, if the bound holds: that is not proved" in alone["sharpest"]
    row = constants_row(check_statement(sharp, Options(methods=("symbolic", "search"))))
    assert row is not None
    assert row["printed"] == "1/8 = 0.125"
    assert row["sharpest"].startswith("0.1835778, attained at phi")
    assert row["slack"] == "31.909% of the printed one"
    loose = constants_row(check_statement(library("liu2019")["gap-square"], Options(methods=("search",))))
    assert loose is not None
    assert "best met by search" in loose["sharpest"]
    assert constants_row(check_statement(library("liu2019")["kernel"], Options(methods=("symbolic",)))) is None


def test_quick_leaves_out_what_only_measurement_reaches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = ["macdonald2023.en-smooth", "macdonald2023.skip-uniform", "zhang2019.bernoulli"]
    assert run(monkeypatch, "check", *ids, "--quick", "--jobs", "1", "--json", "quick.json") == 0
    assert "1 left out by --quick" in capsys.readouterr().out
    assert _verdicts("quick.json") == {"macdonald2023.en-smooth": "verified", "zhang2019.bernoulli": "verified"}

"""The same from Python: what is meant by `what`, what comes back, and that nothing of the process is changed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from sympy import Rational, Symbol, exp

import checks
from checks import check
from checks.api import compare, constants, figures, hypotheses, mutants, prove
from checks.errors import InputError
from checks.readings import Differentiated, Reading
from checks.studies.tables import Results
from checks.verdicts import Result, Verdict
from derivations import Bound, Gradient, Identity, Paper, inner, vector
from derivations.papers import paper

x = Symbol("x", real=True)
SMOOTH = Bound("smoothness", exp(-x) / (1 + exp(-x)) ** 2, Rational(1, 4), sharp_at={x: 0})
FALSE = Bound("too-small", exp(-x) / (1 + exp(-x)) ** 2, Rational(99, 400))
MINE = Paper("mine", statements=(SMOOTH, FALSE))
FILE = """
from sympy import Symbol, sin, cos
from derivations import Identity, Paper
x = Symbol("x", real=True)
paper = Paper("filed", statements=(Identity("pythagoras", sin(x) ** 2 + cos(x) ** 2, 1),))
"""


def test_a_statement_gives_a_result_with_its_evidence() -> None:
    found = check(SMOOTH)
    assert found.verdict is Verdict.VERIFIED
    assert {"enclosure", "precision"} <= {e.method for e in found.evidence}
    assert found.statement is SMOOTH
    wrong = check(FALSE)
    assert wrong.verdict is Verdict.REFUTED
    assert any("x = " in (e.witness or "") for e in wrong.evidence)


def test_nothing_found_has_a_truth_value() -> None:
    for seen in (check(SMOOTH), check(MINE), check(SMOOTH).evidence[0]):
        with pytest.raises(TypeError, match="no truth value"):
            bool(seen)


def test_papers_patterns_files_and_lists_give_results(tmp_path: Path) -> None:
    file = tmp_path / "filed paper.py"
    file.write_text(FILE)
    found = check([MINE, "liu2019.gap-upper", file, paper("liu2019")["g-values"]], jobs=2)
    assert isinstance(found, Results)
    assert [r.id for r in found] == [
        "mine.smoothness",
        "mine.too-small",
        "liu2019.gap-upper",
        "filed.pythagoras",
        "liu2019.g-values",
    ]
    assert found["too-small"].verdict is Verdict.REFUTED
    assert [r.id for r in found.having(Verdict.REFUTED)] == ["mine.too-small"]
    assert found.summary["verified"] == 4
    with pytest.raises(KeyError, match="not among these 5"):
        found["gone"]


def test_it_says_what_the_command_says(tmp_path: Path) -> None:
    from checks.library.collect import Item
    from checks.running.runner import Options, check_item
    from checks.store.results import to_json

    def plain(result: object) -> object:
        data = to_json(result)  # type: ignore[arg-type]
        for e in data["evidence"]:
            e.pop("seconds")
        return data

    ours = check("liu2019.gap-upper", seed=3)[0]
    assert plain(ours) == plain(check_item(Item("liu2019", "gap-upper"), Options(seed=3)))
    check("liu2019.gap-upper").save(tmp_path / "report.json")
    from checks.report.inputs import results_of

    assert list(results_of(tmp_path / "report.json")) == ["liu2019.gap-upper"]


def test_readings_and_methods_that_are_given() -> None:
    v = vector("v", Symbol("n", integer=True, positive=True))
    statement = Gradient("square", v, 2 * v, of=inner(v, v))

    def measured(context: object) -> Differentiated:
        import numpy as np

        value = np.array([1.0, -2.0, 0.5])
        return Differentiated({v: value}, 2 * value, 3, "by hand")

    found = check(statement, readings=[Reading("autograd", measured, False)], methods=["autograd"])
    assert [e.method for e in found.evidence] == ["autograd"]
    assert found.evidence[0].verdict is Verdict.VERIFIED


def test_a_quick_check_says_what_it_left_out() -> None:
    found = check(["liu2019.success-random-0", "liu2019.g-values"], quick=True)
    assert [r.id for r in found] == ["liu2019.g-values"]
    assert found.left_out == ("liu2019.success-random-0",)


@pytest.mark.parametrize(
    ("what", "options", "words"),
    [
        ("liu2019.kernle", {}, "did you mean 'liu2019.kernel'"),
        ("nothing.py", {}, "no such file"),
        ([], {}, "nothing to check"),
        (3, {}, "int is not a statement"),
        (SMOOTH, {"methods": ["magic"]}, "no method 'magic'"),
        (SMOOTH, {"device": "tpu"}, "no device 'tpu'"),
        (SMOOTH, {"jobs": 0}, "at least one process"),
        (SMOOTH, {"data": "gone.npz"}, "no such file or folder"),
        ([SMOOTH, Bound("smoothness", x, x + 1)], {}, "two statements are called 'smoothness'"),
    ],
)
def test_mistakes_are_one_line(what: object, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        check(what, **options)  # type: ignore[call-overload]
    assert "\n" not in str(error.value)


def test_constants_hypotheses_mutants_comparisons() -> None:
    (sharp,) = constants(SMOOTH)
    assert sharp.slack == 0
    (assumed,) = hypotheses("liu2019.dissipativity-w")
    assert any(d.needed for d in assumed.denials)
    (fates,) = mutants(Identity("double", 2 * x, x + x), sample=3)
    assert sum(fates.count().values()) == 3
    assert compare(SMOOTH, r"\frac{e^{-x}}{(1 + e^{-x})^2} \le \frac14").outcome.value == "equal"
    assert compare("liu2019.g-values", r"g(0) = 3").outcome.value in ("different", "unreadable")
    with pytest.raises(InputError, match="names 2 statements"):
        compare("liu2019.gap-[ul]*", "x")
    with pytest.raises(InputError, match="sample = -1"):
        mutants(SMOOTH, sample=-1)


def test_theorems_are_written_with_and_without_coqc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    (record,) = prove(Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1))
    assert "forall (x : R)" in record.proposition
    assert record.outcome is None


def test_pictures_of_results(library: Callable[[str], Result]) -> None:
    assert figures(check(MINE)) == {}
    found = figures([library(f"du2018.{slug}") for slug in ("growth-fc", "lambda-depth-resnet")])
    assert found.keys() == {"du2018-growth", "du2018-depth"}
    for picture in found.values():
        assert picture._repr_png_()[:4] == b"\x89PNG"


def test_nothing_of_the_process_is_changed() -> None:
    torch.set_num_threads(2)
    before = (torch.get_default_dtype(), warnings.filters[:], signal.getsignal(signal.SIGPROF))
    state = torch.random.get_rng_state()
    check(["liu2019.kernel", SMOOTH])
    assert torch.get_num_threads() == 2
    assert (torch.get_default_dtype(), warnings.filters[:], signal.getsignal(signal.SIGPROF)) == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_it_works_in_a_thread() -> None:
    found: list[Verdict] = []
    thread = threading.Thread(target=lambda: found.append(check(SMOOTH).verdict))
    thread.start()
    thread.join()
    assert found == [Verdict.VERIFIED]


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, checks; print([m for m in ('sympy', 'torch', 'checks.api') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        checks.__getattr__("chekc")

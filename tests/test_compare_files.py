"""Formulas in .tex files as authors have them: sources of arXiv, several files, notation files, broken files."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checks import cli
from checks.compare.texfile import Unmarked, read_tex
from checks.errors import UsageError

SOURCE = Path(__file__).parent / "data" / "arXiv source"
EQUATION = "% lemmata: liu2019.distance-angle\n\\[ \\|v-v^*\\|^2 = 2-2\\cos\\phi \\]\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command in this process and a folder of its own: its exit code and what it writes."""
    monkeypatch.chdir(tmp_path)

    def command(*args: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lemmata", "compare", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return command


def test_a_source_as_it_comes_from_arxiv(run: Run, tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "arXiv source")
    paper = Path("arXiv source") / "paper §3.tex"
    code, out, err = run(paper, "--json", "found.json")
    assert (code, err) == (1, "")
    found = json.loads(Path("found.json").read_text())["comparisons"]
    assert [(row["statement"], row["outcome"]) for row in found] == [
        ("liu2019.kernel", "equal"),
        ("liu2019.distance-angle", "equal"),
        ("liu2019.gap-upper", "equal"),
        ("liu2019.gap-lower", "equal"),
        ("liu2019.g-derivative", "equal"),
        ("liu2019.step-kernel", "different"),
    ]
    assert found[2]["notes"] == ["the words 'by concavity' after the formula are not compared"]
    assert f"{paper}:35  different  liu2019.step-kernel" in out
    assert r"the term - \frac{\varphi}{\pi} should be - \frac{\varphi}{2 \pi}" in out
    assert out.splitlines()[-1] == "5 equal, 1 different of 6 marked formulas"


def test_carriage_returns_change_neither_lines_nor_outcomes(run: Run, tmp_path: Path) -> None:
    text = EQUATION + "% lemmata: liu2019.kernel\n$ \\foo $\n"
    (tmp_path / "unix.tex").write_bytes(text.encode())
    (tmp_path / "windows.tex").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    unix, windows = run("unix.tex"), run("windows.tex")
    assert unix[0] == windows[0] == 2
    assert unix[1].replace("unix", "windows") == windows[1]
    assert "windows.tex:4:3: the command \\foo" in windows[1]


def test_the_place_of_what_is_not_read_is_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text("% lemmata: liu2019.kernel\n\\[ \\frac{1}{2\\pi} + \\undefinedthing \\]\n")
    code, out, _ = run("a.tex")
    assert code == 2
    lines = out.splitlines()
    source = next(i for i, line in enumerate(lines) if line.strip().startswith(r"\[ \frac"))
    assert lines[source + 1].index("^") == lines[source].index(r"\undefinedthing")


def test_several_files_by_position(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a b.tex").write_text(EQUATION)
    (tmp_path / "é.TEX").write_text(EQUATION.replace("2-2", "2-3"))
    code, out, _ = run("a b.tex", "é.TEX")
    assert code == 1
    assert "a b.tex:1  equal" in out
    assert "é.TEX:1  different" in out
    assert out.splitlines()[-1] == "1 equal, 1 different of 2 marked formulas in 2 files"
    assert run("a b.tex", "--file", "a b.tex")[0] == 0
    assert run("--file", "a b.tex", "--file", "é.TEX")[0] == 1


def test_a_file_that_cannot_be_read_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.tex").write_text(EQUATION)
    (tmp_path / "latin.tex").write_bytes("% lemmata: liu2019.kernel é".encode("latin-1"))
    code, out, err = run("missing.tex", "latin.tex", "good.tex")
    assert code == 2
    assert "good.tex:1  equal" in out
    assert "missing.tex: No such file" in err
    assert "latin.tex is not a text file in UTF-8" in err
    assert len(err.strip().splitlines()) == 2


def test_files_without_marks_are_errors_unless_allowed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plain.tex").write_text("$x$\n")
    (tmp_path / "good.tex").write_text(EQUATION)
    code, _, err = run("plain.tex")
    assert code == 2
    assert "plain.tex has no marked formula; write `% lemmata: ID` before one" in err
    assert run("plain.tex", "good.tex")[0] == 2
    assert run("plain.tex", "good.tex", "--allow-unmarked")[0] == 0
    assert run("plain.tex", "--allow-unmarked") == (0, "", "")


def test_the_hook_calls_what_there_is(run: Run, tmp_path: Path) -> None:
    hooks = (Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text()
    entry = next(line for line in hooks.splitlines() if "entry: lemmata compare" in line)
    (tmp_path / "good.tex").write_text(EQUATION)
    (tmp_path / "plain.tex").write_text("$x$\n")
    assert run(*entry.split()[3:], "good.tex", "plain.tex")[0] == 0


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("% lemmata: liu2019.nothing\n$x$", "no statement 'liu2019.nothing'"),
        ("% lemmata: nothing2020.x\n$x$", "nothing2020"),
        ("% lemmata: liu2019.kernel\nno formula here", "a mark without a formula after it"),
        ("% lemmata: liu2019.kernel\n\\begin{tabular}{l} x \\end{tabular}", "a mark without a formula after it"),
        ("% lemmata: liu2019.kernel\n\\begin{align} x &= \\end{gather}", r"\end{gather} without its \begin"),
        ("% lemmata: liu2019.kernel\n$ $", "no formula"),
        ("% lemmata: liu2019.success-random-0\n$x$", "a Probability, whose claim is in words"),
        ("% lemmata:\n$x$", "a mark without the id of a statement"),
    ],
)
def test_marks_that_mark_nothing(run: Run, tmp_path: Path, marked: str, said: str) -> None:
    (tmp_path / "a.tex").write_text(f"{marked}\n{EQUATION}")
    code, out, err = run("a.tex")
    assert code == 2
    assert said in out
    assert err == ""
    assert "equal  liu2019.distance-angle" in out


def test_macros_of_files_that_are_put_in(run: Run, tmp_path: Path) -> None:
    inside = tmp_path / "paper"
    (inside / "sections").mkdir(parents=True)
    (tmp_path / "outside.tex").write_text(r"\newcommand{\far}{2}")
    (inside / "local.sty").write_text("\\RequirePackage{more}\n\\newcommand{\\len}[1]{\\|#1\\|}\n")
    (inside / "more.sty").write_text("\\newcommand{\\two}{2}\n\\RequirePackage{local}\n")
    formula = EQUATION.replace("2-2", r"\two-\two").replace(r"\|v-v^*\|", r"\len{v-v^*}")
    (inside / "main.tex").write_text("\\usepackage{amsmath,local}\n% \\input{outside}\n" + formula)
    assert run("paper/main.tex")[0] == 0
    (inside / "main.tex").write_text("\\input{../outside}\n" + EQUATION.replace("2-2", r"\far-\far"))
    code, out, _ = run("paper/main.tex")
    assert code == 2
    assert r"the command \far" in out


def test_a_formula_and_a_file_are_not_mixed_up(run: Run) -> None:
    for args in (("liu2019.kernel", "a.tex"), ("liu2019.kernel",), ("liu2019.kernel", "x", "+", "y")):
        code, _, err = run(*args)
        assert code == 2
        assert len(err.strip().splitlines()) == 1
    assert "in single quotes" in run("liu2019.kernel", "x", "+", "y")[2]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[symbols]\nphi = '\\theta +'\n", "n.toml:2: [symbols] phi: '\\\\theta +' is not a name"),
        ("[symbols]\n\nphi = 3\n", "n.toml:3: [symbols] phi: write its LaTeX in single quotes"),
        ("[macros]\n'\\a' = 'x'\nb = 'y'\n", "n.toml:3: [macros] 'b' is not a macro"),
        ("[macros]\n'\\a' = '\u0001'\n", "n.toml: is not TOML"),
        ("[macros]\n'\\a' = '{x'\n", "n.toml:2: [macros] \\a: the braces"),
        ("[symbols]\nphi = '\\theta\n", "n.toml: is not TOML"),
        ("\n[letters]\nphi = 'x'\n", "n.toml:2: unknown table [letters]"),
    ],
)
def test_a_broken_notation_file_is_named_with_its_line(run: Run, tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "n.toml").write_text(written)
    code, out, err = run("liu2019.kernel", "x", "--notation", "n.toml")
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_an_activation_by_another_letter(run: Run, tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text("[symbols]\nsigma = '\\phi'\nphi = '\\alpha'\n\"v*\" = 'w_\\star'\nv = 'w'\n")
    kernel = r"\E[\phi(u)\phi(x)] = \frac{1}{2\pi}((\pi-\alpha)\cos\alpha+\sin\alpha)"
    assert run("liu2019.kernel", kernel, "--notation", "n.toml")[0] == 0
    assert run("liu2019.kernel", kernel.replace("2\\pi", "3\\pi"), "--notation", "n.toml")[0] == 1
    assert run("liu2019.step-kernel", r"\E[\phi'(u)\phi'(x)]", "--notation", "n.toml")[0] == 0
    assert run("liu2019.distance-angle", r"\|w-w_\star\|^2 = 2-2\cos\alpha", "--notation", "n.toml")[0] == 0
    code, out, _ = run("zhang2019.layer-block", r"\tau\operatorname{diag}(\phi'(h+\tau Wh))bh^\top")
    assert code == 0
    assert "equal up to notation" in out
    assert "phi stands for σ" in out


def test_a_report_that_cannot_be_written_is_said_before_anything_is_compared(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(EQUATION)
    code, out, err = run("a.tex", "--json", "a.tex/found.json")
    assert (code, out) == (2, "")
    assert "found.json" in err


def test_reading_is_of_files_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        read_tex(tmp_path)
    with pytest.raises(UsageError):
        read_tex(Path("a\0b.tex"))
    (tmp_path / "empty.tex").write_text("")
    with pytest.raises(Unmarked):
        read_tex(tmp_path / "empty.tex")
    (tmp_path / "input.tex").write_text("\\input{" * 20_000 + EQUATION)
    assert len(read_tex(tmp_path / "input.tex").marks) == 1

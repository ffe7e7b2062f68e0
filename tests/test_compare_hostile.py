"""LaTeX that is broken or hostile, and files with marks, from the command."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import forked
import pytest
from comparing import against
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.compare.comparison import Outcome
from checks.compare.texfile import marked, read_tex
from checks.errors import UsageError
from derivations.tex.errors import Unreadable
from derivations.tex.parse import parse
from derivations.tex.source.arrange import arrange

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9^9}}",
        "1000000!",
        "99999999999999999999!",
        r"\binom{10^{30}}{10^{29}}",
        r"\Gamma(10^{40})",
        "{" * 30_000 + "}" * 30_000,
        "(" * 500 + "x" + ")" * 500,
        r"\frac" * 2_000,
        "^" * 1_000,
        "x_" * 1_000 + "x",
        r"\sqrt" * 1_000 + "x",
        "x+" * 20_000 + "x",
        "1" * 300,
        "\0",
        "x\0y",
        r"\input{/etc/passwd}",
        r"\write18{rm -rf /}",
        r"\catcode`\{=1",
        r"\csname undefined\endcsname",
        r"\begin{tikzpicture}\end{tikzpicture}",
        r"\begin{align} a &= b",
        r"\left( x \right",
        r"\left. x \right)",
        "x}",
        "{x",
        "x = = y",
        "+",
        "",
        "$$",
        r"\frac{}{}",
        r"\cos",
        r"\int_0^1 x",
        r"\sum x",
        r"a \\ b",
        "日本語",
        "\u202ex",
        "__import__('os')",
        r"1/0",
        r"0^{-1}",
        r"\phi + \mathbf{1}",
        r"\mathbb{E}_{u \sim \mathrm{Cauchy}}[u]",
        r"\text{for all } \phi",
        "2 3",
    ],
)
def test_hostile_or_broken_formulas_are_unreadable_at_once(text: str) -> None:
    started = time.monotonic()
    found = against("liu2019.kernel", text)
    assert found.outcome is Outcome.UNREADABLE, found
    assert found.at is not None
    assert 0 <= found.at <= len(text)
    assert found.how
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "preamble",
    [r"\def\x{\x}", r"\def\x{\x\x}", r"\def\x{\y\y}\def\y{\x}", r"\newcommand{\x}[1]{\x{#1#1}}", r"\def\x{#1}"],
)
def test_macros_that_never_end(preamble: str) -> None:
    started = time.monotonic()
    assert against("liu2019.kernel", r"\x{a}", preamble=preamble).outcome is Outcome.UNREADABLE
    assert time.monotonic() - started < 5


_SOUP = r"""\frac \sqrt \cos \sin^2 \left( \right) \left\| \right\| \| | \E \mathbb{E} \sum_{i=1}^{n} \int_0^1 \, d \pi
\phi \sigma ' ^ _ { } ( ) [ ] + - = \le \ge < , . 2 0.5 12 x a v \top ^* ^{-1} ^\top / \cdot \odot & \\ e
\mathbf{1} \mathcal{N} \sim \max \inf \text{if} \begin{matrix} \end{matrix} \exp \log \diag \infty \hat !"""
SOUP = _SOUP.split()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(SOUP), max_size=14).map(" ".join))
def test_soup_is_read_or_unreadable(text: str) -> None:
    found = against("liu2019.distance-angle", text)
    assert isinstance(found.outcome, Outcome)
    if found.outcome is Outcome.UNREADABLE:
        assert found.at is not None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_parsed_or_unreadable(text: str) -> None:
    places = [0]
    try:
        parse(text)
    except Unreadable as error:
        places.append(error.at)
    assert all(0 <= at <= len(text) for at in places)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="\\%${}[]()abc \nlemma:.begindqutio*", max_size=120))
def test_any_file_is_scanned(text: str) -> None:
    marks, code = marked(text + "\n% lemmata: liu2019.kernel\n")
    assert marks
    assert len(code) == len(text) + len("\n% lemmata: liu2019.kernel\n")


def test_marks_are_those_of_the_grammar() -> None:
    assert [m.kind for m in arrange(r"\frac12 x^2")] == [
        *("FRAC", "LBRACE", "NUMBER", "RBRACE", "LBRACE", "NUMBER", "RBRACE"),
        *("NAME", "CARET", "LBRACE", "NUMBER", "RBRACE"),
    ]


def _run(*args: str, text: str | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    if text is None:
        return forked.run(folder or Path.cwd(), "checks", "compare", *args)
    command = [sys.executable, "-m", "checks", "compare", *args]
    return subprocess.run(command, capture_output=True, text=True, input=text, timeout=120, cwd=folder)


def test_a_file_with_marks(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = _run("--file", str(DATA / "marked.tex"), "--json", str(report))
    assert done.returncode == 1, done.stderr
    found = json.loads(report.read_text())
    assert [(row["mark"], row["statement"], row["outcome"]) for row in found["comparisons"]] == [
        (13, "liu2019.kernel", "equal"),
        (19, "liu2019.distance-angle", "equal"),
        (23, "liu2019.gap-upper", "equal"),
        (25, "liu2019.gap-lower", "different"),
        (29, "liu2019.relu-second-moment", "equal"),
        (37, "liu2019.spurious-inner", "equal"),
        (44, "liu2019.initial-angle", "equal"),
    ]
    assert found["summary"]["equal"] == 6
    assert "marked.tex:25  different  liu2019.gap-lower" in done.stdout


def test_a_file_with_broken_marks() -> None:
    done = _run("--file", str(DATA / "broken.tex"))
    assert done.returncode == 2
    assert done.stdout.count("unreadable") == 9  # eight marks and the summary
    for words in (
        r"broken.tex:4:35: the command \wrong",
        "no statement 'liu2019.nothing-like-it'",
        "a mark without the id of a statement",
        "a mark without a formula after it",
        "the word 'sideways'",
        r"the macro \loop expands without end",
        "other.py is run only if you name it",
        r"\end{equation} without its \begin",
    ):
        assert words in done.stdout


def test_statements_of_a_file_are_run_only_if_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\nfrom sympy import Symbol\nfrom derivations import Identity, Paper\n"
        "Path('ran').touch()\nx = Symbol('x', real=True)\n"
        "paper = Paper('mine', statements=(Identity('square', (x + 1)**2, x**2 + 2*x + 1),))\n"
    )
    (tmp_path / "mine.tex").write_text("% lemmata: mine.py:square\n$(x+1)^2 = x^2+2x+1$\n")
    refused = _run("--file", "mine.tex", folder=tmp_path)
    assert refused.returncode == 2
    assert not (tmp_path / "ran").exists()
    done = _run("--file", "mine.tex", "--paper", "mine.py", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine.tex:1  equal  mine.square" in done.stdout


def test_one_formula_from_the_command() -> None:
    done = _run("liu2019.kernel", "-", text=r"\[ \frac{g(\phi)}{3\pi} \]")
    assert done.returncode == 1
    assert "the formula is 2/3 times the derived one" in done.stdout
    wrong = _run("liu2019.kernel", r"\frac{1}{2\pi} + \foo")
    assert wrong.returncode == 2
    assert r"column 18: the command \foo" in wrong.stdout
    assert wrong.stdout.splitlines()[-1].index("^") == wrong.stdout.splitlines()[-2].index("\\foo")
    assert _run("liu2019.kernel", r"g(\phi)/(2\pi)").returncode == 0


@pytest.mark.parametrize(
    "args",
    [
        ("liu2019.kernel",),
        ("liu2019.nothing", "x"),
        ("liu2019.kernel", "x", "--file", "y.tex"),
        ("--file", "no-such-file.tex"),
        ("--file", "."),
        ("liu2019.kernel", "x", "--side", "up"),
        ("liu2019.kernel", "x", "--notation", "no-such.toml"),
        ("liu2019.*", "x"),
    ],
)
def test_bad_usage_is_one_line(args: tuple[str, ...]) -> None:
    done = _run(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin, empty = tmp_path / "latin.tex", tmp_path / "empty.tex"
    latin.write_bytes("% lemmata: liu2019.kernel é".encode("latin-1"))
    empty.write_text(r"$x$ \% lemmata: liu2019.kernel")
    with pytest.raises(UsageError, match="not a text file in UTF-8"):
        read_tex(latin)
    with pytest.raises(UsageError, match="no marked formula"):
        read_tex(empty)


def test_hostile_files_are_scanned_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    for part in (r"\begin{verbatim}", r"\def\x{", r"\verb|", "$", r"\begin{align}", "% lemmata: a.b\n", "\\" * 7, "{%"):
        path = tmp_path / "hostile.tex"
        path.write_text(part * (400_000 // len(part)) + "\n% lemmata: liu2019.kernel\n$x$")
        with suppress(UsageError):  # where the mark is hidden by what stands before it, or there are too many
            read_tex(path)
    assert time.monotonic() - started < 20

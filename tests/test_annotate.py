"""`lemmata annotate`: verdicts of the last check in the margin of a copy of the manuscript."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.errors import UsageError
from checks.new.manuscript.annotate import annotated, places_of
from checks.new.manuscript.outline import outline
from checks.new.manuscript.proposals import proposals
from checks.new.manuscript.source import source_of

MAIN = r"""\documentclass{article}
\usepackage{amsmath,amssymb}
\newtheorem{lemma}{Lemma}
\begin{document}
\begin{lemma}\label{lem:young}
For all $x, y \in \mathbb{R}$, % a comment with $x$ and \]
\[ x y \le x^2 + y^2 . \]
\end{lemma}
\input{more}
\end{document}
"""
MORE = r"""\begin{lemma}\label{lem:wrong}
For all $t \in \mathbb{R}$ we have $t \le t^2$.
\end{lemma}
"""


@pytest.fixture
def manuscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paper.tex").write_text(MAIN)
    (tmp_path / "more.tex").write_text(MORE)
    return tmp_path / "paper.tex"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.output


def without_marks(text: str) -> str:
    return re.sub(r"\\lemmata(?:mark|here)\{[^{}]*\}\{[^{}]*\}\{(?:[^{}]|\{[^{}]*\})*\}", "", text).replace(
        "\\usepackage{lemmata}\n", ""
    )


def test_from_manuscript_to_marks_and_a_pdf(manuscript: Path) -> None:
    run("read", "paper.tex", "-o", "paper.py")
    before = run("annotate", "paper.tex", "paper.py")
    assert before.count("not checked") == 3  # two marks and how to check them
    run("check", "paper.py")
    said = run("annotate", "paper.tex", "paper.py")
    assert "paper.tex:7: lem-young: verified" in said
    assert "more.tex:2: lem-wrong: refuted" in said
    main, more = (Path("annotated", name).read_text() for name in ("paper.tex", "more.tex"))
    assert (without_marks(main), without_marks(more)) == (MAIN, MORE)
    assert re.search(r"R\}\$,\\lemmatamark\{verified\}\{\w+\}\{sharpest constant .*\} % a comment", main)
    assert r"\mathbb{E}" not in main  # powers of ten are no expectations
    assert r"$t \le t^2$\lemmatamark{refuted}{}{fails at" in more
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not here: the copy was not compiled")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd="annotated",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-600:]


def test_a_statement_that_was_changed_is_not_marked_as_checked(manuscript: Path) -> None:
    run("read", "paper.tex", "-o", "paper.py")
    run("check", "paper.py")
    file = Path("paper.py")
    changed = file.read_text().replace("x ** 2", "2*x ** 2")
    assert changed != file.read_text()
    Path("changed.py").write_text(changed)  # a file is run once in a process
    said = run("annotate", "paper.tex", "changed.py", "-o", "again")
    assert "lem-young: not checked" in said
    assert "lem-wrong: refuted" in said


def test_ids_without_a_place_are_named_and_the_style_is_loaded_once(manuscript: Path) -> None:
    manuscript.write_text(MAIN.replace(r"\usepackage{amsmath,amssymb}", r"\usepackage{amsmath,amssymb,lemmata}"))
    source = source_of(manuscript)
    blocks = outline(source)
    places = places_of(blocks, {p.id: p.at for p in proposals(source, blocks).proposals})
    texts, marks, lost = annotated(source, places, {"lem-young": None, "lem-nothing": None}, {})
    assert [m.id for m in marks] == ["lem-young"]
    assert lost == ["lem-nothing"]
    assert "\\usepackage{lemmata}" not in texts[manuscript.resolve()]


def test_a_part_alone_has_no_beginning(manuscript: Path) -> None:
    source = source_of(manuscript.parent / "more.tex")
    with pytest.raises(UsageError, match="name the main file"):
        annotated(source, {}, {}, {})


def test_the_manuscript_itself_is_never_written_over(manuscript: Path) -> None:
    run("read", "paper.tex", "-o", "paper.py")
    done = CliRunner().invoke(app, ["annotate", "paper.tex", "paper.py", "-o", "."])
    assert isinstance(done.exception, UsageError)
    assert manuscript.read_text() == MAIN


ODD = r"""% put text after \begin{document}, and \usepackage{lemmata} nowhere
\documentclass{article}
\usepackage{amsmath,amssymb}
\newtheorem{lemma}{Lemma}
\begin{document}
\begin{lemma}
For all $a \in [1, 2]$ and $b \in [1, 2]$
\begin{align}
  a b &\le 4, \label{eq:one}\\[4pt]
  a + b &\le 5 \quad \text{for $b \in [1, 2]$} \label{eq:two}
\end{align}
\begin{equation} a \le 2 \label{eq:three} \end{equation}
\end{lemma}
Text\footnote{For $c \in [0, 1]$ we have \begin{equation} c^2 \le c. \label{eq:note} \end{equation}}.
\begin{table}\begin{tabular}{p{4cm}}
For $c \in [0, 1]$ \begin{equation} c^3 \le c. \label{eq:cell} \end{equation}
\end{tabular}\end{table}
\input{sec/mid}
\end{document}
"""


def test_odd_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd.tex").write_text(ODD)
    Path("sec").mkdir()
    Path("sec/mid.tex").write_text("For $t \\in [0, 1]$ \\begin{equation} t \\le 2t \\label{eq:mid} \\end{equation}\n")
    source = source_of(Path("odd.tex"))
    names = ("one", "two", "three", "note", "cell", "mid")
    places = places_of(outline(source), {})
    texts, marks, lost = annotated(source, places, {f"eq-{n}": None for n in names}, {})
    assert not lost
    assert [m.id for m in marks] == [f"eq-{n}" for n in names]
    main, mid = texts[Path("odd.tex").resolve()], texts[Path("sec/mid.tex").resolve()]
    assert without_marks(main) == ODD
    assert "and $b \\in [1, 2]$\\lemmatamark{not checked}{eq-one}{}\\lemmatamark{not checked}{eq-two}{}\n" in main
    assert "\\end{align}\n\\lemmatamark{not checked}{}{}\\begin{equation} a" in main
    assert main.count("\\lemmatahere") == 2
    assert main.index("\\usepackage{lemmata}\n\\begin{document}") > main.index("\\documentclass")
    assert mid.startswith("For $t \\in [0, 1]$\\lemmatamark")


def test_parts_in_folders_are_copied_and_other_files_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sec").mkdir()
    Path("odd.tex").write_text(MAIN.replace("\\input{more}", "\\input{sec/more}\\input{../other}"))
    Path("sec/more.tex").write_text(MORE)
    run("read", "odd.tex", "-o", "odd.py")
    said = run("annotate", "odd.tex", "odd.py", "-o", "copy")
    assert "\\input{../other}" in said
    assert "lemmatamark" in Path("copy/sec/more.tex").read_text()
    run("annotate", "odd.tex", "odd.py", "-o", "copy")  # an annotated copy is made again
    Path("mine").mkdir()
    Path("mine/odd.tex").write_text("my own")
    done = CliRunner().invoke(app, ["annotate", "odd.tex", "odd.py", "-o", "mine"])
    assert isinstance(done.exception, UsageError)
    assert Path("mine/odd.tex").read_text() == "my own"

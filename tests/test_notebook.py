"""What notebooks show: the example runs as it stands, and nothing from outside gets out of its place."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sympy import Rational, Symbol

from checks.api import check, compare, constants, hypotheses, mutants
from checks.studies.tables import Results
from checks.verdicts import Assurance, Evidence, Result, Verdict
from derivations import Bound, Identity, Paper, chain
from derivations.papers import paper

EXAMPLES = Path(__file__).parent.parent / "examples"
HOSTILE = "<script>alert(1)</script> & \\input{/etc/passwd} $x$"
x = Symbol("x", real=True)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_runs_and_shows_what_it_says(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    kept = [_texts(c) for c in notebook.cells if c.cell_type == "code"]
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    now = [_texts(c) for c in notebook.cells if c.cell_type == "code"]
    assert now == kept, "execute it again: jupyter-execute --inplace"
    assert any("refuted" in text for cell in now for text in cell)


def _texts(cell: Any) -> list[str]:
    return [o["data"]["text/plain"] for o in cell.outputs if "data" in o]


class Tags(HTMLParser):
    """The tags of a page, each closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)
        assert self.opened == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("wbr", "br", "img"):
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """One of each kind of thing that a notebook can show, with hostile words where words can stand."""
    statement = Bound("parabola", x * (1 - x), Rational(1, 4), title=HOSTILE, source=HOSTILE, on={x: (0, 1)})
    evidence = Evidence("search", Verdict.REFUTED, HOSTILE, 1.0, 0.5, HOSTILE)
    result = Result(
        HOSTILE, "mine", "Bound", HOSTILE, "0", (evidence,), Verdict.REFUTED, Assurance.NONE, HOSTILE, statement
    )
    return {
        "statement": statement,
        "paper": Paper("mine", title=HOSTILE, statements=(statement,)),
        "evidence": evidence,
        "result": result,
        "results": Results((result,)),
        "derivation": chain(x * (1 - x)).then(x - x**2, HOSTILE),
        "comparison": compare(statement, HOSTILE),
        "constants": constants(statement),
        "checked": check(statement),
        "mutants": mutants(Identity("double", 2 * x, x + x), sample=2)[0],
        "hypotheses": hypotheses("liu2019.dissipativity-w")[0],
        "library": paper("liu2019"),
        "its derivation": paper("liu2019")["kernel"].derivation,
    }


def test_everything_has_a_line_a_page_and_perhaps_a_formula(shown: dict[str, Any]) -> None:
    for name, each in shown.items():
        bundle = each._repr_mimebundle_()
        assert bundle["text/plain"] == repr(each), name
        assert "\n" not in repr(each), name
        assert len(repr(each)) < 500, name
        assert "script" not in Tags(bundle["text/html"]).seen, name
        formula = bundle.get("text/latex")
        if formula is not None:
            assert formula.startswith("$"), name
            assert formula.endswith("$"), name
            assert "\\input" not in formula, name
            assert formula.count("$") - formula.count("\\$") == 2, name
        assert set(each._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}, name
        assert "text/html" not in each._repr_mimebundle_(exclude={"text/html"}), name

"""`lemmata where`: each place that is named has what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.library.collect import collect
from checks.library.places import root
from checks.library.whereabouts import whereabouts


@pytest.mark.parametrize(
    ("id", "parts"),
    [
        ("liu2019.gradient-v", {"statement", "reading (autograd)", "model", "test"}),
        ("du2018.gram-movement", {"statement", "reading (scaling)", "model", "picture"}),
        ("du2018.c-tanh", {"statement"}),
    ],
)
def test_places_have_what_they_say(id: str, parts: set[str]) -> None:
    found = whereabouts(collect([id])[0])
    assert {place.what for place in found} >= parts
    for place in found:
        lines = (root() / place.file).read_text(encoding="utf-8").splitlines()
        assert place.name in lines[place.line - 1] or place.name in lines[place.line]  # a decorator may stand above
        if place.what == "statement":
            assert id.partition(".")[2].split("-")[0] in "".join(lines[place.line - 1 : place.line + 1])


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = CliRunner().invoke(app, ["where", "liu2019.gradient-v"])
    assert said.exit_code == 0
    assert "derivations/papers/liu2019/gradients.py:" in said.stdout
    assert CliRunner().invoke(app, ["where", "liu2019.gradient-x"]).exit_code != 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from sympy import symbols\nfrom derivations import Identity, Paper\n"
        "x = symbols('x', real=True)\npaper = Paper('mine', statements=(\n    Identity('one', x + x, 2 * x),\n))\n"
    )
    said = CliRunner().invoke(app, ["where", "mine.py:mine.one"])
    assert "mine.py:5" in said.stdout

"""`lemmata where`: each place that is named has what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from checks.cli import app
from checks.library.collect import Item, collect
from checks.library.places import place_of, root
from checks.library.whereabouts import whereabouts


@pytest.mark.parametrize(
    ("id", "parts"),
    [
        ("liu2019.gradient-v", {"statement", "reading (autograd)", "model", "test"}),
        ("liu2019.kernel", {"statement", "derivation", "test", "recorded verdict"}),
        ("du2018.gram-movement", {"statement", "reading (scaling)", "model", "picture"}),
        ("du2018.c-tanh", {"statement", "tests of the paper", "recorded verdict"}),
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


def test_every_statement_of_the_library_is_found_where_its_slug_is_written() -> None:
    for item in collect(["*"]):
        place = place_of(item)
        assert place is not None, item.id
        lines = (root() / place[0]).read_text(encoding="utf-8").splitlines()
        said = "".join(lines[place[1] - 1 : place[1] + 1])
        made = f'f"{item.slug[0]}' in said  # a slug that a loop makes is an f-string with the same first letter
        assert f'"{item.slug}"' in said or made, (item.id, place, said)


def test_a_letter_or_a_citation_is_not_taken_for_a_statement(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from sympy import Symbol\nfrom derivations import Bound, Identity\n"
        "letters = [Symbol(f'{a}{b}', real=True) for a in 'xy' for b in '12']\n"
        "uses = (f'low-{1}', f'high-{1}')\n"
        "cited = letters[0].name.join('one')\n"
        "STATEMENTS = (\n    Identity('one', letters[0], letters[0]),\n"
        "    *(Bound(f'low-{i}{end}', 0, 1) for i in (1, 2) for end in ('', '-end')),\n"
        "    Bound('up' if uses else 'down', 0, 1),\n)\n"
    )
    places = {slug: place_of(Item("mine", slug, str(path))) for slug in ("one", "low-1", "low-2-end", "down", "none")}
    assert {slug: place[1] for slug, place in places.items() if place is not None} == {
        "one": 7,
        "low-1": 8,
        "low-2-end": 8,
        "down": 9,
        "none": 1,
    }


def test_a_test_of_the_paper_comes_before_an_example_in_another() -> None:
    kinds = [place.what for place in whereabouts(collect(["liu2019.kernel"])[0])]
    assert kinds.index("test") < kinds.index("example in a test")


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

"""Mutants: what is changed, what dies, what is set aside and why; a statement that accepts anything survives."""

import json
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from checks import cli
from checks.library.collect import Item
from checks.running.runner import Options
from checks.studies.mutants import changed, mutants
from checks.studies.mutation import fates_of
from derivations import Bound, Identity, Rate, inner, relu, vector
from derivations.activations import dsigma, sigma
from derivations.papers import paper

x, y = sp.symbols("x y", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a, b, c = vector("a", n), vector("b", n), vector("c", n)


def exprs(expr: sp.Expr) -> set[sp.Expr]:
    return {made for _, made in changed(expr)}


def test_every_kind_of_change() -> None:
    found = exprs(3 * x**2 + sp.pi * y)
    assert 6 * x**2 + 2 * sp.pi * y in {e.expand() for e in found}  # a factor 2 put on
    assert sp.Rational(303, 100) * x**2 + sp.pi * y in found
    assert sp.Rational(3, 2) * x**2 + sp.pi * y in found
    assert 3 * x**2 - sp.pi * y in found
    assert 3 * x**3 + sp.pi * y in found
    assert 3 * x + sp.pi * y in found
    assert 3 * x**2 + y in found  # π taken off
    assert 3 * y**2 + sp.pi * x in found  # indices swapped
    assert dsigma(x) in exprs(sigma(x))
    assert inner(a, c) * inner(b, b) in exprs(inner(b, c) * inner(a, a))  # vectors swapped
    assert relu(x) ** 3 in exprs(relu(x) ** 2)


def test_sizes_and_laws_are_left_alone() -> None:
    found = dict(changed(inner(a, a) / n))
    assert found.pop("the exponent -1 +1") == inner(a, a)
    assert all(made.free_symbols == {a, n} for made in found.values())
    statement = paper("liu2019")["kernel"]
    for mutant in mutants(statement):
        assert mutant.statement.derive is None
        assert mutant.statement.fingerprint != statement.fingerprint


def test_directions_exponents_and_enclosures() -> None:
    turned = mutants(Bound("b", x, x**2 + 1))[0].statement
    assert (turned.lhs, turned.rhs) == (x**2 + 1, x)
    exponents = {m.statement.exponent for m in mutants(Rate("r", x, y, -1))}
    assert {sp.Integer(-2), sp.Integer(1), sp.Rational(-101, 100)} <= exponents
    widths = [m for m in mutants(paper("du2018")["c-softplus"]) if "enclosure" in m.change]
    assert len(widths) == 5


def fates(tmp_path: Path, text: str, sample: int = 0) -> dict[str, dict[str, str]]:
    path = tmp_path / "mine.py"
    path.write_text(text)
    from checks.library.collect import collect

    return {i.slug: {f.change: f.end for f in fates_of(i, sample, Options()).fates} for i in collect([str(path)])}


MINE = """
from sympy import symbols, sin, cos, Rational
from derivations import Bound, Identity, Paper
x, y = symbols("x y", real=True)
paper = Paper("mine", statements=(
    Identity("double", sin(2 * x), 2 * sin(x) * cos(x)),
    Identity("symmetric", (x - y) ** 2, x**2 - 2 * x * y + y**2),
    Bound("sharp", 2 * x * y, x**2 + y**2, sharp_at={x: 1, y: 1}),
    Bound("loose", 2 * x * y, 3 * x**2 + 3 * y**2),
))
"""


def test_fates(tmp_path: Path) -> None:
    found = fates(tmp_path, MINE)
    assert set(found["double"].values()) <= {"killed", "equivalent"}
    assert found["symmetric"]["lhs: x and y swapped"] == "equivalent"
    assert found["symmetric"]["rhs: -2 +1 %"] == "killed"
    assert "survived" not in set(found["sharp"].values())
    assert found["sharp"]["rhs: times 2"] == "killed"  # true, but not sharp as it says
    assert found["loose"]["rhs: times 2"] == "weaker"
    assert found["loose"]["the inequality turned"] == "killed"


def test_a_sample_is_seeded(tmp_path: Path) -> None:
    first, again = (fates(tmp_path, MINE, 3) for _ in range(2))
    assert first == again
    assert all(len(v) <= 3 for v in first.values())


def test_measured_statements_are_turned_and_told_their_margin() -> None:
    found = fates_of(Item("macdonald2023", "skip-uniform"), 0, Options())
    assert {f.change: f.end for f in found.fates} == {
        "the inequality turned": "killed",
        "noise in place of both sides": "killed",
        "noise of the size of the bound": "killed",
    }
    assert found.margin is not None
    assert 1.0 <= found.margin < 1.1
    rate = fates_of(Item("macdonald2023", "square-layer"), 0, Options())
    assert {f.change: f.end for f in rate.fates}["the exponent +50 %"] == "killed"
    assert rate.margin is not None
    assert np.isfinite(rate.margin)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        "sys.argv", ["lemmata", "mutate", "liu2019.gap-upper", "--sample", "4", "--json", str(tmp_path / "f.json")]
    )
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == 0
    assert "killed by" in capsys.readouterr().out
    (written,) = json.loads((tmp_path / "f.json").read_text())
    assert len(written["fates"]) == 4


SEED = 20261121


@pytest.mark.parametrize("key", ["liu2019", "du2018", "zhang2019", "macdonald2023"])
def test_a_seeded_sample_of_the_library(key: str) -> None:
    """One mutant of every eighth statement that is no training run."""
    from checks.papers import readings_of

    slow = {"trajectory", "scaling", "sampling"}
    items = [
        Item(key, s.slug) for s in paper(key).statements if not {r.method for r in readings_of(key, s.slug)} & slow
    ]
    ends = [f.end for item in items[::8] for f in fates_of(item, 1, Options(seed=SEED)).fates]
    assert ends
    assert "survived" not in ends


def test_an_identity_that_says_nothing_survives_as_equivalent() -> None:
    # 0 = 0 keeps holding whatever is multiplied on: that is said, not hidden
    statement = Identity("nothing", x - x, sp.S.Zero)
    assert mutants(statement) == []


def test_simplification_does_not_look_into_claims_for_all() -> None:
    # SymPy put a symbol in the place of the relation, which is no claim
    from derivations.proofs.equality import scalar_vanishes
    from derivations.quantities.chance import Chance
    from derivations.quantities.schemas import ForAll

    k, a = sp.Symbol("k", integer=True, nonnegative=True), sp.Function("a", real=True)
    grows = ForAll(k, a(k + 1) >= a(k), when=(k <= 3, k >= 1))
    assert sp.simplify(grows) == grows
    for event in (~grows, sp.And(grows, a(0) >= 1)):
        assert scalar_vanishes(Chance(event) * (sp.sin(x) ** 2 + sp.cos(x) ** 2) - Chance(event)).vanishes is not False

"""Statements that cannot fail are named; honest ones are left alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sympy as sp

from checks import cli
from checks.readings import Followed, Reading
from checks.studies.lint import findings, twins
from derivations.statements import Bound, Constant, Identity, Probability, Statement
from derivations.vectors import inner, vector

a, b, c, x, y = sp.symbols("a b c x y", real=True)
eta, mu, loss, later, squared = sp.symbols("eta mu ell ell1 g2", positive=True)
m = sp.Symbol("m", integer=True, positive=True)
v, w = vector("v", m), vector("w", m)

HOLLOW: list[Statement] = [
    Identity("same", sp.sin(x) ** 2, sp.sin(x) ** 2),
    Bound("same-bound", x**2, x**2),
    Constant("same-number", sp.sqrt(2), sp.sqrt(2)),
    Bound("hypothesis", later, (1 - eta * mu) * loss, where=(later <= (1 - eta * mu) * loss,)),
    Bound("hypothesis-scaled", 3 * later, 3 * loss - 3 * eta * mu * loss, where=(later <= (1 - eta * mu) * loss,)),
    Bound("chain", a, c, where=(a <= b, b <= c)),
    Bound("pl-lower", 2 * mu * loss, squared + 1, where=(squared >= 2 * mu * loss,)),
    Bound("range", x, 2, on={x: (0, 1)}),
    Bound("product", inner(v, w), 2, where=(inner(v, w) <= 1,)),
]
HOLLOW += [Probability("sure", "anything", at_most=1, trial=lambda rng: rng.random(9) < 2)]
HONEST: list[Statement] = [
    Bound("box", a + b, 2, on={a: (0, 1), b: (0, 1)}),
    Identity("double", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)),
    Bound("square", 2 * a * b, a**2 + b**2),
    Bound("square-of-hypothesis", a**2, b**2, where=(a <= b,), on={a: (0, sp.oo), b: (0, sp.oo)}),
    Bound("wrong-way", c, a, where=(a <= b, b <= c)),
    Bound("too-strong", 2 * mu * loss, squared - 1, where=(squared >= 2 * mu * loss,)),
    Bound("young", inner(v, w), inner(v, v) / 2 + inner(w, w) / 2),
    Identity("marked", sp.sin(x), sp.sin(x), mark="definition"),
]


@pytest.mark.parametrize("statement", HOLLOW, ids=lambda s: s.slug)
def test_what_cannot_fail_is_named(statement: Statement) -> None:
    assert findings(statement)


@pytest.mark.parametrize("statement", HONEST, ids=lambda s: s.slug)
def test_honest_statements_are_left_alone(statement: Statement) -> None:
    assert findings(statement) == []


def test_sides_by_the_same_code() -> None:
    def measure(_: object) -> Followed:
        raise AssertionError("nothing is run")

    honest = Identity("double", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x))
    assert findings(honest, (Reading("trajectory", measure, by=("LOSS", "LOSS")),))
    assert not findings(honest, (Reading("trajectory", measure, by=("torch.autograd", "LOSS")),))


def test_the_same_in_other_letters() -> None:
    one = Bound("one", a * b, a**2 + b**2, on={a: (0, 1)})
    assert [f.detail for f in twins([one, Bound("two", x * y, x**2 + y**2, on={y: (0, 1)})])] == ["one"]
    assert not twins([one, Bound("two", x * y, x**2 + y**2)])
    assert not twins([one, Bound("two", x * y, x**2 + 2 * y**2, on={y: (0, 1)})])
    assert not twins([one, Bound("two", x * y, x**2 + y**2, on={y: (0, 1)}, mark="bookkeeping")])


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    header = "from sympy import *\nfrom derivations import *\nx = Symbol('x', real=True)\n"
    for name, sides, code in (("bad", "sin(x), sin(x)", 1), ("good", "sin(2*x), 2*sin(x)*cos(x)", 0)):
        text = f"{header}paper = Paper('{name}', statements=(Identity('s', {sides}),))\n"
        Path(f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["lemmata", "lint", f"{name}.py"])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert (stopped.value.code or 0) == code
        assert f"{code} that cannot fail" in capsys.readouterr().out

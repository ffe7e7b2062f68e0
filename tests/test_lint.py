"""Statements that cannot fail are named; honest ones are left alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sympy as sp

from checks import cli
from checks.papers import readings_of
from checks.readings import Followed, Reading
from checks.studies.lint import findings, twins
from derivations import Expectation
from derivations.papers import KEYS, paper
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Probability, Statement
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
SQUARE = sp.Symbol("G", real=True)
"""A squared gradient."""
PL, DESCENT = 2 * mu * loss <= SQUARE, later <= loss - eta * SQUARE / 2
p, q, r = sp.symbols("p q r", nonnegative=True)
HOLLOW += [
    # the theorem on gradient descent under a Polyak-Lojasiewicz hypothesis is two lines
    Bound("rate", later, (1 - eta * mu) * loss, where=(PL, DESCENT)),
    Bound("rate-weaker", later, (1 - eta * mu / 2) * loss, where=(PL, DESCENT)),
    Bound("rate-scaled", eta * later, eta * (1 - eta * mu) * loss, where=(PL, DESCENT)),
    Bound(
        "rate-short-step",
        later,
        (1 - eta * mu) * loss,
        where=(2 * mu * loss <= SQUARE, later <= loss - eta * (1 - c * eta / 2) * SQUARE, c * eta <= 1, SQUARE >= 0),
    ),
    Bound("multiplied", y * eta, x * eta, where=(y <= x,)),
    Bound("divided", y / eta, x / eta, where=(y <= x,)),
    Bound("multiplied-by-condition", a * p, b * p, where=(a <= b,)),
    Bound("square-of-hypothesis", a**2, b**2, where=(a <= b,), on={a: (0, sp.oo), b: (0, sp.oo)}),
    Bound("cube", a**3, b**3, where=(a <= b,)),
    Bound("exp", sp.exp(a), sp.exp(b), where=(a <= b,)),
    Bound("exp-of-exp", sp.exp(sp.exp(a)), sp.exp(sp.exp(b)), where=(a <= b,)),
    Bound("two-exp", 2 * sp.exp(a) + 1, 2 * sp.exp(b) + 1, where=(a <= b,)),
    Bound("log", sp.log(loss), sp.log(squared), where=(loss <= squared,)),
    Bound("root", sp.sqrt(p), sp.sqrt(q), where=(p <= q,)),
    Bound("inverse", 1 / squared, 1 / loss, where=(loss <= squared,)),
    # a width that a hypothesis asks for is what a chance, or a distance of order 1/√m, is small for
    Bound("under-root", 3 * p / sp.sqrt(squared), eta, where=(9 * p**2 / eta**2 <= squared,)),
    Bound("under-exponential", p * sp.exp(-squared / 2), eta, where=(2 * sp.log(p / eta) <= squared,), on={p: (1, 2)}),
    Bound("under-exp", a, b, where=(sp.exp(a) <= sp.exp(b),)),
    Bound("under-root", p, q, where=(sp.sqrt(p) <= sp.sqrt(q),)),
    Bound("tanh-chain", sp.tanh(a), sp.tanh(c), where=(a <= b, b <= c)),
    Bound("max", sp.Max(a, b), c, where=(a <= c, b <= c)),
    Bound("max-hypothesis", a, c, where=(sp.Max(a, b) <= c,)),
    Bound("min", c, sp.Min(a, b), where=(c <= a, c <= b)),
    Bound("abs", sp.Abs(a), c, where=(a <= c, -c <= a)),
    Bound("abs-hypothesis", a, c, where=(sp.Abs(a) <= c,)),
    Bound("abs-scaled", 2 * sp.Abs(a), 2 * c, where=(sp.Abs(a) <= c,)),
    Bound("empty", a, b, where=(a <= b, a >= b + 1)),
    Bound("empty-strictly", a, 7, where=(a < b, b < a)),
    Bound("empty-range", x * y, 7, on={x: (0, 1), y: (0, 1)}, where=(x + y >= 3,)),
    Identity("empty-identity", sp.sin(a), sp.cos(a) + b, where=(a <= b, a >= b + 1)),
    Identity("bound-variable", sp.Integral(sp.exp(-(x**2)), (x, 0, 1)), sp.Integral(sp.exp(-(y**2)), (y, 0, 1))),
    Identity("summed", sp.Sum(a**x, (x, 1, m)), sp.Sum(a**y, (y, 1, m))),
    Identity("expected", Expectation(sp.tanh(x) ** 2, x), Expectation(sp.tanh(y) ** 2, y)),
    Bound("expected-hypothesis", Expectation(sp.tanh(x), x), a, where=(Expectation(sp.tanh(y), y) <= a,)),
    Existence("elsewhere", {x: 2}, (a**2 >= 0,)),
    Existence("point-hypothesis", {x: a}, (x <= b,), where=(a <= b,)),
    Gradient("derivative", x, sp.Derivative(sp.sin(x), x), of=sp.sin(x)),
]
HOLLOW += [Probability("sure", "anything", at_most=1, trial=lambda rng: rng.random(9) < 2)]
HONEST: list[Statement] = [
    Bound("box", a + b, 2, on={a: (0, 1), b: (0, 1)}),
    Identity("double", sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)),
    Bound("square", 2 * a * b, a**2 + b**2),
    Bound("wrong-way", c, a, where=(a <= b, b <= c)),
    Bound("too-strong", 2 * mu * loss, squared - 1, where=(squared >= 2 * mu * loss,)),
    Bound("young", inner(v, w), inner(v, v) / 2 + inner(w, w) / 2),
    # conditions that say where, not what
    Bound("simplex", x**2 + y**2, 1, on={x: (0, 1), y: (0, 1)}, where=(x + y <= 1,)),
    Bound("product-on-simplex", x * y, sp.Rational(1, 4), on={x: (0, 1), y: (0, 1)}, where=(x + y <= 1,)),
    Bound("log-concave", p * (1 - sp.exp(-q)), q * (1 - sp.exp(-p)), where=(p <= q,)),
    Bound("bernoulli", 1 + a * x, (1 + x) ** a, on={a: (1, 5), x: (0, 5)}, where=(x <= a,)),
    Bound("exp-below", sp.exp(a), 1 + b * sp.exp(b), where=(a <= b, a >= 0)),
    Bound("wrong-exp", sp.exp(b), sp.exp(a), where=(a <= b,)),
    Bound("cosine", sp.cos(b), sp.cos(a), on={a: (0, sp.pi), b: (0, sp.pi)}, where=(a <= b,)),
    Bound("square-of-signed", a**2, b**2, where=(a <= b,)),
    Bound("inverse-of-signed", 1 / b, 1 / a, where=(a <= b,)),
    Bound("unsigned-factor", y * a, x * a, where=(y <= x,)),
    Bound("rate-too-strong", later, (1 - 2 * eta * mu) * loss, where=(PL, DESCENT)),
    Bound("max-of-one", sp.Max(a, b), c, where=(a <= c, b <= c + 1)),
    Bound("abs-of-one-side", sp.Abs(a), c, where=(a <= c,)),
    Bound("not-empty", a, b, where=(a <= b + 1, a >= b - 1)),
    Bound("touching", a, 9, where=(a <= b, b <= a)),
    Bound("amgm", 2 * sp.sqrt(p * q), p + q),
    Bound("under-root-too-little", 3 * p / sp.sqrt(squared), eta, where=(8 * p**2 / eta**2 <= squared,)),
    Bound("exponential-too-little", p * sp.exp(-squared / 2), eta, where=(sp.log(p / eta) <= squared,), on={p: (1, 2)}),
    Bound("root-of-another", 3 * p / sp.sqrt(squared), eta, where=(9 * p**2 * eta <= squared,)),
    Bound("cauchy", inner(v, w) ** 2, inner(v, v) * inner(w, w)),
    Bound("descent-with-noise", later + a**2, loss + a**2 + eta * SQUARE, where=(later <= loss + eta**2 * SQUARE,)),
    Identity("other-integral", sp.Integral(sp.exp(-(x**2)), (x, 0, 1)), sp.Integral(sp.exp(-(y**2)), (y, 0, 2)) / 2),
    Identity("pair", (x - (x + y) / 2) ** 2 / (((x - (x + y) / 2) ** 2 + (y - (x + y) / 2) ** 2) / 2), 1, where=x > y),
    Identity("gaussian", Expectation(x**4, x), 3 * Expectation(y**2, y)),
    Existence("root", {x: 2}, (x**2 - 4, x > 0)),
    Existence("point", {x: a}, (x <= b + 1,), where=(a <= 2 * b,)),
    Gradient("sine", x, sp.cos(x), of=sp.sin(x)),
    Identity("marked", sp.sin(x), sp.sin(x), mark="definition"),
]


@pytest.mark.parametrize("statement", HOLLOW, ids=lambda s: s.slug)
def test_what_cannot_fail_is_named(statement: Statement) -> None:
    assert findings(statement)


@pytest.mark.parametrize("statement", HONEST, ids=lambda s: s.slug)
def test_honest_statements_are_left_alone(statement: Statement) -> None:
    assert findings(statement) == []


@pytest.mark.parametrize("key", [k for k in KEYS if k not in ("du2018", "facts")])  # these have tests of their own
def test_no_statement_of_the_library_is_hollow(key: str) -> None:
    statements = paper(key).statements
    assert [f for s in statements for f in findings(s, readings_of(key, s.slug))] == []


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

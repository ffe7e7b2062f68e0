"""What a statement's symbols are called decides nothing: proofs and theorems are there under every name."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from renamed import LETTERS, renamed

from checks.library.collect import collect, resolve
from checks.proofs.formulations import scalar_gaps
from checks.provers.balls import decided
from checks.rocq.records import written
from derivations import Bound, Statement, inner, vector
from derivations.proofs.signs import Prover
from numerics.values.evaluate import evaluate

x, y, z = sp.symbols("x y z", real=True)
a, b, c = sp.symbols("a b c", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
u, v = vector("u", n), vector("v", n)
POSITIVE = sp.Interval.open(0, sp.oo)
OWN = (
    Bound("means", x * y, (x**2 + y**2) / 2),
    Bound("cauchy-schwarz", inner(u, v) ** 2, inner(u, u) * inner(v, v)),
    Bound("cauchy-schwarz-and-more", 2 * inner(u, v) ** 2 + x**2, 2 * inner(u, u) * inner(v, v) + 2 * x**2),
    Bound("three", a * b + b * c + c * a, a**2 + b**2 + c**2),
    Bound("chain", x - z, 0, where=(x <= y, y <= z), on=dict.fromkeys((x, y, z), sp.S.Reals)),
    Bound("condition", x**2 * y, x**2 * z, where=y <= z, on=dict.fromkeys((x, y, z), sp.S.Reals)),
    Bound("product", inner(u, v) * a, a * b, where=inner(u, v) <= b),
    Bound("opaque", sp.tanh(x) * y**2, y**2),
    # to be solved for the larger of the two: the range of the smaller one is needed
    Bound("larger", 0, a * (b - a), where=a <= b, on={a: POSITIVE, b: POSITIVE}),
    Bound("larger-still", 0, b * (a - b), where=b <= a, on={a: POSITIVE, b: POSITIVE}),
    Bound("not-written", inner(u, v), (inner(u, u) + inner(v, v)) / 2),
    Bound("false", x * y, x**2 + y**2 / 5),
)
LIBRARY = ("liu2019.gap-upper", "liu2019.spurious-loss", "liu2019.dissipativity-a-identity")


def _said(statement: Statement) -> tuple[bool, bool, bool | None]:
    """Whether a theorem is written, whether by Cauchy and Schwarz, and whether rules of sign prove a bound."""
    text = written(statement).text
    how = bool(text), "cauchy_gap" in text
    if not isinstance(statement, Bound):
        return *how, None
    f = statement.rhs - statement.lhs
    proved = any(Prover(box, None, decided).nonnegative(g) is not None for g, box in scalar_gaps(f, statement.domain))
    return *how, proved


@pytest.mark.parametrize("statement", [*OWN, *LIBRARY], ids=lambda s: s if isinstance(s, str) else s.slug)
def test_names_of_symbols_decide_nothing(statement: Any) -> None:
    statement = resolve(collect([statement])[0]) if isinstance(statement, str) else statement
    said = _said(statement)
    assert {how: _said(renamed(statement, letters)) for how, letters in LETTERS.items()} == dict.fromkeys(LETTERS, said)


def test_what_is_written_of_ours() -> None:
    by_rules = {s.slug for s in OWN if written(s).text}
    assert by_rules == {s.slug for s in OWN} - {"false"}


def test_a_variable_of_integration_that_is_called_a_logarithm() -> None:
    for name in ("t", "log t"):
        t = sp.Symbol(name, positive=True)
        found = evaluate(sp.Integral(1 / (t * sp.log(t) ** 2), (t, 2, sp.oo)), {}, "arb")
        assert abs(float(found.mid()) - 1 / float(sp.log(2))) <= float(found.rad()) + 1e-15
        assert float(found.rad()) < 1e-3

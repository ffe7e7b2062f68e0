"""Algebraic claims as Rocq theorems: sums of squares, case distinctions, roots, lengths; and what is not accepted."""

import random
import shutil
from pathlib import Path

import pytest
import sympy as sp

from checks.rocq.coqc import Outcome, Proofs, find, prove_all
from checks.rocq.readback import read
from checks.rocq.records import written
from derivations import Bound, inner, norm, norm_squared, vector
from derivations.gaussian import relu, step
from derivations.rocq.terms import Names, Untranslatable, term
from derivations.statements import Statement

here = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="no coqc here: apt-get install coq libcoq-interval libcoq-coquelicot"
)
x, y, z, c, t = sp.symbols("x y z c t", real=True)
n = sp.Symbol("n", integer=True, positive=True)
a, b = vector("a", n), vector("b", n)
NONNEGATIVE, POSITIVE = sp.Interval(0, sp.oo), sp.Interval.open(0, sp.oo)
half = sp.Rational(1, 2)
PIECES = sp.Piecewise((x**2 / 2, sp.Abs(x) <= 1), (sp.Abs(x) - half, True))

TRUE = [
    Bound("motzkin", 3 * x**2 * y**2, x**4 * y**2 + x**2 * y**4 + 1),
    Bound("power-means", x * y + y * z + z * x, x**2 + y**2 + z**2),
    Bound("fractions", 2, x / y + y / x, on={x: POSITIVE, y: POSITIVE}),
    Bound("triangle", sp.Abs(x + y), sp.Abs(x) + sp.Abs(y)),
    Bound("clipped", sp.Abs(relu(x) - relu(y)), sp.Abs(x - y)),
    Bound("steps", x * step(x), sp.Abs(x)),
    Bound("norms", sp.sqrt(x**2 + y**2), sp.Abs(x) + sp.Abs(y)),
    Bound("product", x * y, sp.Rational(1, 4), on={x: NONNEGATIVE, y: NONNEGATIVE}, where=x + y <= 1),
    Bound("step-size", (1 - c * x) ** 2, 1 - c * x, on={c: NONNEGATIVE, x: NONNEGATIVE}, where=c * x <= 1),
    Bound("convex", norm_squared(t * a + (1 - t) * b), t * norm_squared(a) + (1 - t) * norm_squared(b), on={t: (0, 1)}),
    Bound("parallel", norm_squared(a + b), 2 * norm_squared(a) + 2 * norm_squared(b)),
    Bound("absolute-product", sp.Abs(inner(a, b)), norm(a) * norm(b)),
    Bound("pi", 3 * x**2, sp.pi * x**2),
]
FALSE = [
    Bound("motzkin", sp.Rational(301, 100) * x**2 * y**2, x**4 * y**2 + x**2 * y**4 + 1),
    Bound("triangle", sp.Abs(x + y), sp.Rational(999, 1000) * (sp.Abs(x) + sp.Abs(y))),
    Bound("clipped", sp.Abs(relu(x) - relu(y)), sp.Rational(999, 1000) * sp.Abs(x - y)),
    Bound("huber", PIECES, sp.Rational(499, 1000) * x**2),
    Bound("steps", step(x), x),
    Bound("product", x * y, sp.Rational(1, 4) - sp.Rational(1, 10**5), on={x: NONNEGATIVE}, where=x + y <= 1),
    Bound("parallel", norm_squared(a + b), sp.Rational(199, 100) * (norm_squared(a) + norm_squared(b))),
    Bound("pi", sp.Rational(22, 7) * x**2, sp.pi * x**2),
]


def answers(statements: list[Statement]) -> dict[str, Outcome]:
    """What coqc says of theorems, asked anew."""
    records = {s.slug: written(s) for s in statements}
    for record in records.values():
        assert not record.wrong, record.wrong
    sources = {slug: r.source for slug, r in records.items() if r.text}
    found = prove_all(find(), list(sources.values()), 1, proofs=Proofs(Path("/dev/null/never.json")))
    none = {slug: Outcome(False, r.problem, (), 0.0) for slug, r in records.items() if not r.text}
    return {**none, **{slug: found[source.id] for slug, source in sources.items()}}


@here
def test_algebraic_claims_are_accepted() -> None:
    refused = {slug: o.message for slug, o in answers(TRUE).items() if not o.accepted}
    assert not refused


@here
def test_nearly_true_algebraic_claims_are_not() -> None:
    assert not [slug for slug, o in answers(FALSE).items() if o.accepted]


def test_case_distinctions_read_back_with_their_values() -> None:
    names = Names(numbers={x: "x", y: "y", z: "z"})
    rng = random.Random(3)
    cases = (
        (sp.Max(x, y, z), lambda x, y, z: max(x, y, z)),
        (sp.Min(x, y) - z, lambda x, y, z: min(x, y) - z),
        (relu(x) * step(y), lambda x, y, z: max(x, 0) * (y > 0)),
        (
            1 + sp.Piecewise((x, y < z), (y, y <= x), (z, True)),
            lambda x, y, z: 1 + (x if y < z else y if y <= x else z),
        ),
    )
    for expr, meant in cases:
        for _ in range(20):
            point = [rng.choice((-1, 0, 1, 2)) for _ in range(3)]
            assert read(term(expr, names), dict(zip("xyz", point, strict=True))) == meant(*point)


def test_a_case_that_is_not_chosen_needs_no_value() -> None:
    text = term(sp.Piecewise((sp.log(x), x > 1), (0, True)), Names(numbers={x: "x"}))
    assert read(f"({text})", {"x": -1}) == 0


def test_a_condition_that_is_no_order_has_no_translation() -> None:
    with pytest.raises(Untranslatable, match="condition"):
        term(sp.Piecewise((x, sp.Or(x > 1, y > 1)), (0, True)), Names(numbers={x: "x", y: "y"}))

"""The facts: what each says is proved or tested, its false twins are not, and no hypothesis is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from checks.api import check
from checks.context import Context
from checks.papers.facts import FUNCTIONS, LAWS, READINGS, reading
from checks.papers.facts.denials import DENIALS
from checks.papers.facts.instances import Case, put_in, sampled
from checks.readings import Reading
from checks.studies.lint import findings, twins
from checks.verdicts import Assurance, Verdict
from derivations import Bound, Chance, Gaussian, Mean, RealMatrices, SymmetricMatrices, norm_squared, vector
from derivations.calculus.forms import expand_inner
from derivations.calculus.functions import nabla, with_function
from derivations.facts import PAPER
from derivations.papers import KEYS, module_of, paper
from derivations.quantities.chance import variance
from derivations.vectors import ShapeError

NAMED = """
weyl-min weyl-max rayleigh-min rayleigh-max courant-fischer gershgorin hoffman-wielandt schur-product trace-product
operator-submultiplicative operator-frobenius frobenius-rank operator-triangle operator-vector sigma-perturbation
entry-operator hadamard-hoelder inverse-perturbation triangle reverse-triangle cauchy-schwarz young hoelder markov
chebyshev union-bound union-bound-n hoeffding hoeffding-lemma bernstein chi-square-upper chi-square-lower gaussian-tail
gaussian-lipschitz gaussian-norm gaussian-operator-norm gaussian-sigma-min gordon gaussian-poincare stein price mehler
descent-lemma pl-linear-rate strong-convexity-pl cocoercivity three-point groenwall-discrete groenwall telescoping
robbins-siegmund affine-recursion geometric-sum matrix-bernstein massart contraction symmetrisation jensen pinsker
log-sum
""".split()
"""What a proof about networks asks for by name."""
QUICK = ("precision", "search", "trajectory")
SEVENTY = sp.Rational(7, 10)
LOOSE = ("bernstein", "massart", "matrix-gaussian-series", "matrix-bernstein", "gaussian-tail")
"""Bounds that hold with seven tenths as well at the laws that are drawn: a tenth is seen to be too little."""
FAR = ("gaussian-operator-norm",)
"""One that is far from equality at matrices as small as those that are drawn."""
ROOMY = ("convex-rate", "chi-square", "gaussian-norm", "gaussian-sigma", "gordon", "gaussian-maximum", "gaussian-lip")
AT_ZERO = ("courant-fischer", "gibbs")
"""Bounds by 0, which no factor changes."""


def outcome(statement: Any) -> Verdict:
    """What numbers say of a statement, by its own readings: undecided methods that prove are left out."""
    made = reading(statement)
    return check(statement, methods=QUICK, readings=(made,) if made else None).verdict


def test_the_paper_is_found_by_its_key_and_holds_what_is_asked_for() -> None:
    assert "facts" in KEYS
    assert module_of("facts").__name__ == "derivations.facts"
    slugs = {s.slug for s in paper("facts").statements}
    assert len(slugs) >= 60
    assert set(NAMED) <= slugs
    assert set(READINGS) == {*FUNCTIONS, *LAWS, "price"}


def test_each_has_a_source_a_title_and_hypotheses_that_the_paper_words() -> None:
    for s in PAPER.statements:
        assert s.mark == "cited", s.id
        assert s.source, s.id
        assert s.title, s.id
        assert set(s.assumes) <= set(PAPER.hypotheses), s.id
    used = {name for s in PAPER.statements for name in s.assumes}
    assert used == set(PAPER.hypotheses)


def test_none_is_a_tautology_or_said_twice() -> None:
    every = [s for key in KEYS for s in paper(key).statements]
    assert [f for s in PAPER.statements for f in findings(s)] == []
    assert [f for f in twins(every) if f.statement.startswith("facts.")] == []


@pytest.mark.parametrize("slug", ["weyl-min", "hoffman-wielandt", "chi-square-upper", "cocoercivity", "groenwall"])
def test_what_is_not_proved_is_cited(slug: str) -> None:
    found = check(f"facts.{slug}")[0]
    assert found.verdict is Verdict.CITED
    assert found.assurance is Assurance.CITED
    assert "source" in found.reason


@pytest.mark.parametrize("slug", ["cauchy-schwarz", "hoelder", "hoelder-max", "pinsker", "mehler", "geometric-sum"])
def test_what_is_proved_is_verified(slug: str) -> None:
    assert check(f"facts.{slug}")[0].verdict is Verdict.VERIFIED


def bounds(*kept: str) -> list[Bound]:
    return [s for s in PAPER.statements if isinstance(s, Bound) and (not kept or s.slug.startswith(kept))]


QUICKLY = [s for s in bounds() if s.slug in LAWS or s.slug in FUNCTIONS]
"""Those that only their readings test: the methods for numbers are tested on false claims elsewhere."""


@pytest.mark.parametrize("statement", QUICKLY, ids=lambda s: s.slug)
def test_the_other_direction_is_refuted(statement: Bound) -> None:
    turned = replace(statement, lhs=statement.rhs, rhs=statement.lhs, mark="")
    assert outcome(turned) is Verdict.REFUTED


@pytest.mark.parametrize("statement", QUICKLY, ids=lambda s: s.slug)
def test_a_constant_that_is_too_small_is_noticed(statement: Bound) -> None:
    tenth = statement.slug.startswith((*LOOSE, *ROOMY))
    share = sp.Rational(1, 1000) if statement.slug in FAR else sp.Rational(1, 10) if tenth else SEVENTY
    side = "lhs" if statement.slug == "gordon" else "rhs"
    changed = statement.lhs / share if side == "lhs" else statement.rhs * share
    verdict = outcome(replace(statement, mark="", **{side: changed}))
    assert verdict in (Verdict.REFUTED, Verdict.UNDECIDED)


POSITIVE = {sp.Symbol("c", positive=True): sp.Interval.open(0, sp.oo)}
TWINS: dict[str, Any] = {
    "weyl-min": lambda s: replace(s, lhs=s.lhs + sp.Rational(1, 100) * sp.Abs(s.lhs)),
    "schur-product": lambda s: replace(s, on=dict.fromkeys(s.on, SymmetricMatrices())),
    "trace-product": lambda s: replace(s, on=dict.fromkeys(s.on, SymmetricMatrices())),
    "rayleigh-min": lambda s: replace(s, lhs=sp.Rational(101, 100) * s.lhs),
    "operator-frobenius": lambda s: replace(s, rhs=sp.Rational(99, 100) * s.rhs),
    "entry-operator": lambda s: replace(s, where=(), on=dict.fromkeys(s.lhs.free_symbols, RealMatrices()) | POSITIVE),
    "sigma-perturbation": lambda s: replace(s, lhs=s.lhs + sp.Rational(1, 100)),
    "hadamard-hoelder": lambda s: replace(s, rhs=sp.Rational(99, 100) * s.rhs),
    "pinsker": lambda s: replace(s, lhs=sp.Rational(101, 100) * s.lhs),
    "hoffman-wielandt": lambda s: replace(s, rhs=sp.Rational(99, 100) * s.rhs),
}


@pytest.mark.parametrize("slug", sorted(TWINS))
def test_a_twin_without_a_hypothesis_or_with_a_constant_one_per_cent_off_is_not_accepted(slug: str) -> None:
    twin = TWINS[slug](replace(PAPER[slug], mark=""))
    assert check(twin).verdict in (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.ERROR)


def test_functions_outside_of_the_class_break_what_needs_it() -> None:
    """The readings put functions into the statement itself: one that is not smooth breaks the descent lemma."""
    statement = PAPER["descent-lemma"]
    x, y = vector("x", statement.lhs.args[0].shape[0]), sp.Symbol("L", positive=True)
    case = Case({}, {sp.Function("f", real=True): lambda z: norm_squared(z) ** 2})
    written = put_in(statement.rhs - statement.lhs, case)
    assert not written.has(sp.Function("f", real=True))
    assert x in written.free_symbols
    assert y in written.free_symbols


def test_a_product_of_means_is_that_of_independent_copies() -> None:
    """The variance of a sign is 1, though the product of a draw with itself would make it 0."""
    g = sp.Symbol("g", real=True)
    for value, holds in ((sp.Rational(11, 10), Verdict.VERIFIED), (sp.Rational(9, 10), Verdict.REFUTED)):
        claim = Bound("variance", variance(g), value + 0 * g, on={g: Gaussian()})
        found = check(
            claim,
            methods=("trajectory",),
            readings=(Reading("trajectory", lambda c, s=claim: sampled(s, lambda rng: [Case()], c)),),
        )
        assert found.evidence[0].verdict is holds


def test_a_chance_is_counted_as_its_event_says() -> None:
    g, h = sp.symbols("g h", real=True)
    claim = Bound("both", Chance(sp.And(g > 0, h > 0)), sp.Rational(1, 4), on={g: Gaussian(), h: Gaussian()})
    counted = sampled(claim, lambda rng: [Case()], Context(seed=1, statement="both"))
    share = np.asarray(counted.left.events / counted.left.trials)  # type: ignore[union-attr]
    assert share == pytest.approx(0.25, abs=0.02)
    either = Bound("either", Chance(sp.Or(g > 0, sp.Not(h > 0))), 1 + 0 * g, on={g: Gaussian(), h: Gaussian()})
    counted = sampled(either, lambda rng: [Case()], Context(seed=1, statement="either"))
    assert np.asarray(counted.left.events / counted.left.trials) == pytest.approx(0.75, abs=0.02)  # type: ignore[union-attr]


def test_a_function_and_its_gradient_are_put_in_together() -> None:
    f, x = sp.Function("f", real=True), vector("x", sp.Symbol("n", integer=True, positive=True))
    found = with_function(f(2 * x) + norm_squared(nabla(f, x)), f, norm_squared)
    assert expand_inner(found) == 8 * norm_squared(x)
    with pytest.raises(ShapeError, match="column"):
        nabla(f, sp.MatrixSymbol("A", 2, 3))
    assert Mean(sp.Integer(3)) == 3


def test_each_fact_fails_where_its_hypothesis_is_denied() -> None:
    assert set(DENIALS) == set(PAPER.hypotheses)
    for name, denial in DENIALS.items():
        case = denial(Context(seed=0))
        assert case.fails, name
        (slug,) = (id.partition(".")[2] for id in case.contradicts)
        assert name in PAPER[slug].assumes

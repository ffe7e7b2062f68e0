"""The portfolio: what a bound claims, put to the provers in the order of what they cost.

A proof that rests on rules or on a program's word is kept while the cheap ones of those that enclose are asked as well;
the first that encloses ends the search. What no prover decides comes back with the point at which it is tightest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from checks.proofs.falsity import false_at, tightest
from checks.proofs.formulations import defined_gaps, scalar_gaps
from checks.proofs.replay import contradiction
from checks.proofs.replay_vectors import contradiction_of_vectors
from checks.provers.claims import Claim, Obstacle, Proof, spelled
from checks.provers.conditions import eliminated
from checks.provers.entrywise.claims import entry_claims
from checks.provers.entrywise.frobenius import frobenius_claims
from checks.provers.entrywise.lengths import length_claims
from checks.provers.functions.domains import hole
from checks.provers.statements import claims_of, over_zero
from checks.provers.structure.binomials import written_out
from checks.provers.structure.gram import gram_claims
from checks.provers.structure.opaque import NORMS, ties, with_symbols
from checks.verdicts import Assurance
from derivations.activations import softplus, specified
from derivations.calculus.forms import NotReducible
from derivations.domains import Domain
from derivations.gaussian import Expectation
from derivations.integrals.definitions import NoIntegral, as_defined, carried_out
from derivations.integrals.polar import NoClosedForm
from derivations.outcomes.budget import BudgetSpent, budget, steps_taken, take
from derivations.outcomes.reasons import Reason, Why
from numerics.values.points import NoPoint, exact_points

STEPS = 8_000_000
"""For all provers together."""
CLOSE = 6
"""Digits of the place at which a claim is tightest."""


@dataclass(frozen=True)
class Stage:
    """An entry of the portfolio.

    Args:
        name: of the prover, for people.
        function: module and function, looked up when it is used.
        reports: the method that says what it answered, "symbolic" or "enclosure".
        defined: whether it takes integrals, sums and expectations as they are defined, and not by closed forms.
        cheap: whether it is asked as well where a proof without enclosure is there already.
        steps: of its budget, for all formulations of a claim together.
    """

    name: str
    function: tuple[str, str]
    reports: str
    defined: bool
    cheap: bool
    steps: int

    @property
    def prove(self) -> Callable[[Claim], Proof | Obstacle]:
        """The function."""
        module, name = self.function
        found: Callable[[Claim], Proof | Obstacle] = getattr(import_module(f"checks.provers.{module}"), name)
        return found


STAGES = (
    Stage("rules of sign, briefly", ("rules", "briefly"), "symbolic", False, False, 300_000),
    Stage("balls, briefly", ("balls", "briefly"), "enclosure", True, True, 3_000_000),
    Stage("expansions", ("univariate", "prove"), "enclosure", True, True, 2_000_000),
    Stage("two points", ("powers", "of_points"), "symbolic", False, False, 700_000),
    Stage("real closed fields", ("nlsat", "prove"), "symbolic", False, False, 2_000_000),
    Stage("sums of squares", ("squares", "prove"), "enclosure", True, True, 2_000_000),
    Stage("induction", ("induction", "prove"), "symbolic", True, False, 1_200_000),
    Stage("powers", ("powers", "prove"), "symbolic", False, False, 2_000_000),
    Stage("Taylor polynomials", ("taylor", "prove"), "enclosure", True, False, 2_000_000),
    Stage("one variable less", ("elimination", "prove"), "symbolic", False, False, 2_000_000),
    Stage("bounds of functions", ("transcendental", "prove"), "symbolic", False, False, 2_000_000),
    Stage("rules of sign with balls", ("rules", "with_balls"), "symbolic", False, False, 3_000_000),
    Stage("balls", ("balls", "prove"), "enclosure", True, False, 3_000_000),
)
"""In the order in which they are asked: `make bench JOBS=portfolio` measures what each decides, and in what time."""
WITHOUT_CONDITIONS = ("rules", "balls")
"""Provers that use no conditions: claims that only these tie together are not for them."""
READS_LIMITS = ("univariate",)
"""Provers that read a formula without a value at a point as its limit there, and say so."""
BESIDE = tuple(s for s in STAGES if s.reports == "enclosure" and s.cheap)
"""Those asked of a statement that its derivation proves link by link."""


@dataclass(frozen=True)
class Answer:
    """What the provers found of a claim: a proof by rules, one that encloses, or what stood in their way.

    Args:
        symbolic: a proof that rests on rules or on the word of a program.
        enclosed: a proof by balls, or with an exact certificate.
        obstacles: what each stage said that was asked in vain, by its name.
        at: where the claim is false, or tightest, of the points that were met.
        false: whether it is false at `at` for sure.
        gap: the words for how tight it is there.
    """

    symbolic: Proof | None = None
    enclosed: Proof | None = None
    obstacles: tuple[tuple[Stage, Why], ...] = ()
    at: Any = None
    false: bool = False
    gap: str = ""

    @property
    def proof(self) -> Proof | None:
        """The stronger of the two."""
        return self.enclosed or self.symbolic

    def why(self, reports: str) -> Why:
        """Why there is no proof that this method, "symbolic" or "enclosure", would report."""
        asked = [(stage, why) for stage, why in self.obstacles if stage.reports == reports]
        # of those that enclose, balls say most about where and why
        asked.sort(key=lambda pair: pair[0].function[0] == "balls")
        whys = [why for _, why in asked]
        contradicted = next((w for w in whys if w.reason is Reason.CONTRADICTED), None)
        if contradicted is not None:
            return contradicted
        holes = next((w for w in whys if w.reason is Reason.NO_VALUE), None)
        if holes is not None:
            return holes
        # what a prover has no means for says less than what another one tried
        tried = [w for w in whys if w.reason not in (Reason.OUTSIDE, Reason.UNBOUNDED)] or whys
        last = tried[-1] if tried else Why(Reason.NO_PROOF, "no prover was asked")
        return Why(last.reason, f"{last.said}; {self.gap}" if self.gap else last.said)

    @property
    def told(self) -> list[str]:
        """What each prover that was asked in vain said, a line each."""
        return [f"{stage.name}: {why.said}" for stage, why in self.obstacles]


def answer(
    f: Any, domain: Domain, touching: Any = None, stages: Sequence[Stage] = STAGES, any_kind: bool = False
) -> Answer:
    """What the provers find of f ≥ 0 on a domain; the same whoever asks, and how often.

    Args:
        f: an expression in the symbols of the domain.
        domain: where the claim is made.
        touching: points at which equality may hold.
        stages: the provers that are asked, in this order.
        any_kind: whether the first proof of whatever kind ends the search.
    """
    # with all digits of floats, of which str shows fifteen
    ranges = tuple(sorted(((s, sp.srepr(r)) for s, r in domain.ranges.items()), key=str))
    key = (f, ranges, domain.where, str(touching), stages, any_kind)
    if key in _KNOWN:
        found, steps = _KNOWN[key]
        take(steps)
        return found
    before = steps_taken()
    found = _answer(f, domain, touching, stages, any_kind)
    if len(_KNOWN) >= KEPT:
        _KNOWN.clear()
    _KNOWN[key] = found, steps_taken() - before
    return found


STRONGER = Why(Reason.NO_PROOF, "each claim on numbers that would suffice is false somewhere")
HIGHEST = 10_000
"""The highest degree of polynomials that are used."""
KEPT = 64
_KNOWN: dict[Any, tuple[Answer, float]] = {}
"""Answers, which several methods ask for, and the steps that they took: those count for who asks again as well."""


def _answer(f: Any, domain: Domain, touching: Any, stages: Sequence[Stage], any_kind: bool) -> Answer:
    search = None
    try:
        with budget(STEPS):
            search = _Search(written_out(f), domain, touching)
            if (empty := search.empty) is not None:
                return Answer(obstacles=tuple((stage, empty) for stage in stages))
            for stage in stages:
                if search.asked(stage) and search.ask(stage):
                    break
                if any_kind and search.answer.proof is not None:
                    break
            return search.answer
    except BudgetSpent as error:
        take(0)  # raises where the budget of who asked is spent
        obstacles = tuple((stage, Why(Reason.BUDGET, str(error))) for stage in stages[-2:])
        return Answer(obstacles=obstacles) if search is None else replace(search.answer, obstacles=obstacles)


class _Search:
    """One search: the formulations of a claim, and what was found so far."""

    def __init__(self, f: Any, domain: Domain, touching: Any) -> None:
        self.f, self.domain = f, domain
        self.answer = Answer()
        self.defined = carried_out(f)
        self.claims: dict[bool, list[Claim]] = {}
        self.unreadable: dict[bool, Why] = {}
        for defined in (False, True) if self.defined else (False,):
            try:
                self.claims[defined] = list(_claims(f, domain, touching or {}, defined))
            except (NoClosedForm, NotReducible, NoIntegral) as error:
                self.claims[defined], self.unreadable[defined] = [], Why.of(error)
        self._look()

    @property
    def empty(self) -> Why | None:
        """Why the domain has no point that was found, where it has conditions: then nothing is proved on it."""
        if not self.domain.where:
            return None
        # a point for one σ is a point of the domain
        where = tuple(specified(r, softplus) for r in self.domain.where)
        try:
            next(exact_points(Domain(self.domain.ranges, where), 1, np.random.default_rng(0)), None)
        except NoPoint as error:
            return Why.of(error)
        return None

    def _look(self) -> None:
        """Where the claim is false or tightest, of the points of its own domain."""
        own = self.own
        if own is None:
            return
        found = tightest(own.f, own.ranges, own.conditions)
        if found is not None:
            at = {s: sp.Float(float(v), CLOSE) for s, v in found.point.items()}
            place = ", ".join(f"{s} = {sp.N(v, CLOSE)}" for s, v in at.items())
            gap = f"tightest near {place}, where the sides differ by {found.value:.2g}"
            self.answer = replace(self.answer, at=dict(found.point), false=found.negative, gap=gap)

    @property
    def own(self) -> Claim | None:
        """The claim in the symbols of the statement, where it is one on numbers."""
        return next((c for c in self.claims.get(True, []) or self.claims.get(False, []) if c.exact), None)

    def asked(self, stage: Stage) -> bool:
        """Whether a stage may still add something."""
        if self.answer.false or self.answer.enclosed is not None:
            return False
        return self.answer.symbolic is None or (stage.reports == "enclosure" and stage.cheap)

    def ask(self, stage: Stage) -> bool:
        """Put all formulations to a prover; True where the search has ended."""
        defined = stage.defined and self.defined
        why = self.unreadable.get(defined) or STRONGER
        try:
            with budget(stage.steps):
                for claim in self.claims[defined]:
                    high = None if stage.function[0] == "balls" else high_power(claim.f)
                    if high is not None:
                        why = Why(Reason.OUTSIDE, f"a power of exponent {high.exp} is too high to be written out")
                        continue
                    if claim.conditions and not claim.exact and stage.function[0] in WITHOUT_CONDITIONS:
                        continue
                    false = false_at(claim.f, claim.ranges, claim.conditions)
                    if false is not None:
                        why = self._stronger(claim, false) if why.reason is STRONGER.reason else why
                        continue
                    found = stage.prove(claim)
                    if isinstance(found, Proof):
                        missing = "" if stage.function[0] in READS_LIMITS else self._missing()
                        if missing:
                            why = Why(Reason.NO_VALUE, f"a proof was found and is withdrawn: {missing}")
                            break
                        against = self._against()
                        if against is None:
                            return self._keep(_of_statement(found, claim), stage)
                        why = Why(Reason.CONTRADICTED, f"a proof was found and is withdrawn: {against}")
                        break
                    if found.false and claim.exact:
                        self.answer = replace(self.answer, at=found.at, false=True)
                        return True
                    said = spelled(found.why, claim.names)
                    why = said if why.reason is STRONGER.reason or said.reason is not Reason.UNBOUNDED else why
        except BudgetSpent as error:
            take(0)
            why = Why(Reason.BUDGET, f"no proof found by {stage.name}; {error}")
        self.answer = replace(self.answer, obstacles=(*self.answer.obstacles, (stage, why)))
        return False

    def _stronger(self, claim: Claim, at: Mapping[Any, Any]) -> Why:
        """That claims which would suffice are false, one of them at a point, in the terms of the statement."""
        if not at or not all(s in claim.names or s in self.domain.ranges for s in at):
            return STRONGER
        place = ", ".join(f"{s} = {sp.N(v, CLOSE)}" for s, v in sorted(at.items(), key=lambda pair: str(pair[0])))
        return spelled(Why(STRONGER.reason, f"{STRONGER.said}: one where {place}"), claim.names)

    def _missing(self) -> str:
        """A point of the domain at which the claim has no value for sure, in words."""
        own = self.own
        return hole(own.f, own.ranges) if own is not None and not own.conditions else ""

    def _keep(self, found: Proof, stage: Stage) -> bool:
        # what rests on SymPy's closed forms of integrals and sums is no enclosure of these
        if found.assurance is Assurance.ENCLOSED and (stage.defined or not self.defined):
            self.answer = replace(self.answer, enclosed=found)
            return True
        self.answer = replace(self.answer, symbolic=self.answer.symbolic or found)
        return False

    def _against(self) -> str | None:
        """What contradicts the claim itself at points of the domain, where it is one on numbers."""
        numbers = {s: self.domain.interval(s) for s in (*self.domain.scalars, *self.domain.angles)}
        has_symbols = getattr(self.f, "free_symbols", None) is not None
        if has_symbols and self.domain.vectors:
            return contradiction_of_vectors(self.f, self.domain)
        return contradiction(self.f, numbers, self.domain.where) if has_symbols else None


def _of_statement(found: Proof, claim: Claim) -> Proof:
    """A proof of a claim as one of the statement; what rests on theorems that nothing encloses is no enclosure."""
    lines = (f"{claim.reduced}:", *found.lines) if claim.reduced else found.lines
    if claim.theorems:
        lines, found = (f"by {claim.theorems}:", *lines), replace(found, assurance=Assurance.SYMBOLIC)
    return replace(found, lines=lines, theorems=claim.theorems)


def _claims(f: Any, domain: Domain, touching: Any, defined: bool) -> Iterator[Claim]:
    """The formulations of f ≥ 0: with its conditions kept, where they are on numbers, and with them put in."""
    if domain.vectors and not defined and not carried_out(f):
        for made_of in (entry_claims, length_claims, frobenius_claims):
            yield from made_of(f, domain)
    tied = ties(f, domain)
    for where in ((), tied) if tied else ((),):
        made, wider, names = with_symbols(f, Domain(domain.ranges, (*domain.where, *where)))
        for c in _claims(made, wider, {}, defined) if names else ():
            yield replace(c, exact=False, names={**c.names, **names}, theorems=NORMS if where else "")
    if names:
        return
    own = _own(as_defined(f), domain, touching) if defined or not carried_out(f) else None
    seen = set()
    for expr, box in (defined_gaps if defined else scalar_gaps)(f, domain):
        used = {s: r for s, r in box.items() if expr.has(s)}
        if own is not None and not own.conditions and expr == own.f and used == own.ranges:
            yield own
            own = None
            continue
        key = (expr, tuple(used))
        if key not in seen and (defined or not _moving_law(expr)):
            seen.add(key)
            yield Claim(expr, used, (), {s: v for s, v in touching.items() if s in used})
    if own is not None:
        yield own
    if not carried_out(f):
        yield from _tied(f, domain, own)
    if domain.vectors and not defined and isinstance(f, sp.Expr):
        yield from gram_claims(f, domain)


def _tied(f: Any, domain: Domain, own: Claim | None) -> Iterator[Claim]:
    """Numbers with what ties them together: Gram matrices of vectors, points on the circle; and conditions put in."""
    if domain.vectors or domain.angles or f.has(sp.cos, sp.sin):
        yield from (c for c in claims_of(f, domain) if not set(c.ranges) <= set(domain.ranges))
    if own is not None and own.conditions:
        put_in = eliminated(own)
        yield from [replace(put_in.claim, exact=False)] if put_in.values else []


def high_power(f: Any) -> Any | None:
    """A power of symbols with an exponent above HIGHEST, which only balls can take as it is; None without one."""
    powers = (p for p in f.atoms(sp.Pow) if p.exp.is_Integer and p.base.free_symbols)
    return next((p for p in powers if abs(p.exp) > HIGHEST), None)


def _moving_law(expr: sp.Expr) -> bool:
    """Whether an expectation is left whose law depends on a symbol, by which no rule differentiates it."""
    return any(len(e.covariance) and e.covariance.free_symbols for e in expr.atoms(Expectation))


def _own(f: Any, domain: Domain, touching: Any) -> Claim | None:
    """The claim as it stands, if it is one on numbers: what refutes it refutes the statement."""
    if domain.vectors or domain.angles or not isinstance(f, sp.Expr):
        return None
    box = {s: domain.interval(s) for s in domain.scalars}
    if not f.free_symbols <= set(box):
        return None
    conditions = tuple(over_zero(r) for r in domain.where if isinstance(r, Relational))
    has = {*f.free_symbols, *(s for r in conditions for s in r.free_symbols)}
    if len(conditions) < len(domain.where) or not has <= set(box):
        return None
    ranges = {s: r for s, r in box.items() if s in has}
    return Claim(f, ranges, conditions, {s: v for s, v in touching.items() if s in ranges}, exact=True)


def nonnegative(f: Any, domain: Domain, touching: Any = None) -> Proof | None:
    """A proof that f ≥ 0 on the domain by any of the provers, or None."""
    return answer(f, domain, touching, any_kind=True).proof

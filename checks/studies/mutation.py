"""Mutants run through their statement's own methods: which method kills which, and what survives."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from checks.context import Context, Options
from checks.library.collect import Item, readings_for, resolve
from checks.methods import scaling
from checks.methods.trajectory import enough, followed_enough
from checks.methods.unspecified import found_by
from checks.provers.portfolio import nonnegative
from checks.readings import Compared, Followed, Measurement, Reading
from checks.running.runner import check_work
from checks.running.schedule.each import on_each
from checks.running.work import work_on
from checks.studies.mutants import Mutant, mutants
from checks.studies.wrong import TURNED, evidence_of, wrong
from checks.verdicts import Found, Verdict
from derivations.gaussian import Expectation
from derivations.outcomes.budget import BudgetSpent, budget, fresh
from derivations.outcomes.reasons import Reason, Stopped
from derivations.proofs.equality import difference, vanishes
from derivations.proofs.foreign import foreign_errors
from derivations.quantities import only_measured
from derivations.statements import Bound, Constant, Gradient, Identity, Probability, Rate, Statement

CHEAP_FIRST = ("precision", "autograd", "search", "trajectory", "symbolic", "enclosure", "sampling")
EQUIVALENT_STEPS, MUTANT_STEPS = 600_000, 6_000_000
NOWHERE = (Reason.NO_POINT, Reason.NO_VALUE, Reason.NO_REAL_VALUE)
"""A mutant of which a method says this has been noticed: it is no claim about numbers any more."""


@dataclass(frozen=True)
class Fate:
    """What became of one mutant.

    `end` is "killed" (`by` names the method), "equivalent", "weaker" (proved to follow from the statement), "unseen"
    (a change smaller than the measurement's interval), "undecided" (neither refuted nor accepted), "error" (the methods
    broke on it, which does not count as killed), "accepted" (a bound verified by its own methods, not seen to
    follow: true, or a hole) or "survived" (an equation accepted although it claims something else).
    """

    statement: str
    change: str
    end: str
    by: str = ""
    detail: str = ""


@dataclass(frozen=True, repr=False)
class Fates(Found):
    """The fates of a statement's mutants.

    `margin` is the resolution of a measurement: the factor by which the smaller side could be off, or the half-width of
    an exponent's interval.
    """

    statement: str
    fates: tuple[Fate, ...]
    margin: float | None = None

    def count(self) -> Counter[str]:
        """How many mutants ended in which way."""
        return Counter(f.end for f in self.fates)


def fates_of(item: Item, sample: int, options: Options) -> Fates:
    """Run an item's mutants, with one thread for torch."""
    import torch

    torch.set_num_threads(1)
    return fates(resolve(item), readings_for(item), sample, options)


def fates(statement: Statement, readings: Sequence[Reading], sample: int, options: Options) -> Fates:
    """Run a statement's mutants, all of them or a seeded sample."""
    if only_measured(statement.content) and isinstance(statement, Bound | Identity):
        return _measured(statement, readings, options)
    made = mutants(statement)
    if 0 < sample < len(made):
        rng = random.Random(zlib.crc32(f"{options.seed} {statement.id}".encode()))
        made = [made[i] for i in sorted(rng.sample(range(len(made)), sample))]
    if isinstance(statement, Rate):
        return _rate(statement, made, readings, options)
    # other readings measure what the paper claims, which the mutant does not change
    own = tuple(r for r in readings if r.method in ("autograd", "sampling") and _follows(statement, r))
    return Fates(statement.id, tuple(_fate(statement, m, own, options) for m in made))


def _cost(name: str) -> int:
    """The place of a method in the order of costs; one that is not in it comes last."""
    return CHEAP_FIRST.index(name) if name in CHEAP_FIRST else len(CHEAP_FIRST)


def _follows(statement: Statement, reading: Reading) -> bool:
    """Whether a reading is compared with the statement, and not with its own numbers."""
    return reading.method != "sampling" or statement.kind == "Probability"


def _fate(statement: Statement, mutant: Mutant, readings: Sequence[Reading], options: Options) -> Fate:
    fresh()
    reason = _equivalent(statement, mutant.statement)
    if reason:
        return Fate(statement.id, mutant.change, "equivalent", detail=reason)
    if _implied(statement, mutant.statement):
        return Fate(statement.id, mutant.change, "weaker", detail="follows from the statement, which is not sharp")
    context = replace(options, quick=True).context(mutant.statement.id)
    work = work_on(mutant.statement, readings)
    try:
        with budget(MUTANT_STEPS):
            for name in sorted(work.methods, key=_cost):
                for e in found_by(name, mutant.statement, readings, context):
                    if e.verdict is Verdict.REFUTED:
                        return Fate(statement.id, mutant.change, "killed", name, e.witness or e.detail)
            result = check_work(work, options)
    except BudgetSpent:
        return Fate(statement.id, mutant.change, "undecided", detail=f"not decided within {MUTANT_STEPS:,} steps")
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        return Fate(statement.id, mutant.change, "error", detail=f"{type(error).__name__}: {said}")
    if result.verdict is Verdict.REFUTED:
        killer = next(e for e in result.evidence if e.verdict is Verdict.REFUTED)
        return Fate(statement.id, mutant.change, "killed", killer.method, killer.witness or killer.detail)
    broken = next((e for e in result.evidence if e.verdict is Verdict.ERROR), None)
    if broken is not None and broken.witness:
        # a side that is not a number somewhere is what the check reports: it has noticed
        return Fate(statement.id, mutant.change, "killed", broken.method, broken.detail)
    if broken is not None:
        return Fate(statement.id, mutant.change, "error", detail=result.reason)
    undecided = (e for e in result.evidence if e.verdict is Verdict.UNDECIDED)
    empty = next((e for e in undecided if e.reason in NOWHERE), None)
    if result.verdict is Verdict.UNDECIDED and empty is not None:
        return Fate(statement.id, mutant.change, "killed", empty.method, f"it has no value anywhere: {empty.detail}")
    if result.verdict is Verdict.VERIFIED and isinstance(statement, Bound):
        return Fate(statement.id, mutant.change, "accepted", detail=_slack(result.evidence))
    if isinstance(statement, Probability) and result.verdict is Verdict.MEASURED:
        return Fate(statement.id, mutant.change, "unseen", detail=result.evidence[0].detail)
    accepted = result.verdict is Verdict.VERIFIED or (
        result.verdict is Verdict.MEASURED and not isinstance(statement, Bound)
    )
    if accepted:
        return Fate(statement.id, mutant.change, "survived", detail=result.reason)
    return Fate(statement.id, mutant.change, "undecided", detail=result.reason)


def _slack(evidence: Sequence[Any]) -> str:
    found = next((e for e in evidence if "sharpest" in e.data), None)
    return f"not sharp: sharpest constant met {found.data['sharpest']:.6g}" if found is not None else "a weaker bound"


def _equivalent(old: Statement, new: Statement) -> str:
    """Why the two say the same, empty if that is not seen."""
    pairs: list[tuple[Any, Any]] = []
    match old, new:
        case (Identity(), Identity()):
            pairs = [(difference(old.lhs, old.rhs), difference(new.lhs, new.rhs))]
            if _vanishes(pairs[0][1], old):
                return "the changed identity holds as well: both sides are zero, or symmetric"
            return ""
        case (Gradient(), Gradient()):
            pairs = [(old.equals, new.equals)]
        case (Bound(), Bound()):
            pairs = [(old.lower, new.lower), (old.upper, new.upper)]
        case (Constant(), Constant()) if old.value is not None:
            pairs = [(old.value, new.value)]
        case _:
            return ""
    if all(a == b or _vanishes(difference(a, b), old) for a, b in pairs):
        return "the same on the domain"
    if all(_mirrored(a, b, old) for a, b in pairs):
        return "the same for −W in place of a Gaussian W, which has the same law"
    return ""


def _mirrored(old: Any, new: Any, statement: Statement) -> bool:
    """Whether a side is the old one, or becomes it when a Gaussian variable of an expectation changes its sign."""
    if old == new:
        return True
    for e in new.atoms(Expectation):
        for w in e.variables:
            turned = Expectation(e.integrand.xreplace({w: -w}).doit(), e.variables, e.covariance)
            side = new.xreplace({e: turned})
            if _plain(e.covariance) and (side == old or _vanishes(difference(old, side), statement)):
                return True
    return False


def _plain(covariance: Any) -> bool:
    """Whether the variables are independent, so that each may change its sign by itself."""
    return not len(covariance) or bool(covariance.is_diagonal())


def _implied(old: Statement, new: Statement) -> bool:
    """Whether a mutant only widens the gap of a bound that does not claim to be sharp, or a limit on a chance."""
    if isinstance(old, Probability) and isinstance(new, Probability):
        if (old.at_most is None) != (new.at_most is None):
            return False
        return bool(new.limit >= old.limit if old.at_most is not None else new.limit <= old.limit)
    if not (isinstance(old, Bound) and isinstance(new, Bound)) or old.sharp_at is not None:
        return False
    gaps = [difference(old.lower, new.lower), difference(new.upper, old.upper)]
    try:
        with budget(EQUIVALENT_STEPS), foreign_errors():
            if _scaled(old, new) and nonnegative(old.lower, old.domain) is not None:
                return True
            return all(gap == 0 or nonnegative(gap, old.domain) is not None for gap in gaps)
    except (BudgetSpent, Stopped):
        return False


def _scaled(old: Bound, new: Bound) -> bool:
    """Whether the upper side grew by a constant factor, or the lower one shrank: weaker where they are nonnegative."""
    ratios = []
    for before, after in ((old.lower, new.lower), (new.upper, old.upper)):
        if before == after:
            continue
        ratio = sp.cancel(after / before)
        ratios.append(bool(ratio.is_number and 0 <= ratio <= 1))
    return bool(ratios) and all(ratios)


def _rate(statement: Rate, made: Sequence[Mutant], readings: Sequence[Reading], options: Options) -> Fates:
    """A law is measured once; each changed exponent is held against the same data."""
    context = options.context(statement.id)
    scaled = scaling.measured(statement, readings, context)
    fates = []
    margin = None
    for mutant in made:
        assert isinstance(mutant.statement, Rate)
        found = scaling.judged(mutant.statement, scaled, context)
        margin = found.tolerance
        killed = found.verdict is Verdict.REFUTED
        end = "killed" if killed else "unseen" if found.verdict is Verdict.VERIFIED else "undecided"
        fates.append(Fate(statement.id, mutant.change, end, "scaling" if killed else "", found.detail))
    return Fates(statement.id, tuple(fates), margin)


def _vanishes(expr: Any, statement: Statement) -> bool:
    try:
        with budget(EQUIVALENT_STEPS), foreign_errors():
            return vanishes(expr, statement.domain).vanishes is True
    except (BudgetSpent, Stopped):
        return False


def _measured(statement: Statement, readings: Sequence[Reading], options: Options) -> Fates:
    """Measured sides: wrong measurements in their place, and how far the left one could be off without being seen."""
    context = options.context(statement.id)
    fates: list[Fate] = []
    margins: list[float] = []
    for reading in readings:
        found = reading.measure(context)
        if isinstance(found, Compared):
            found = enough(reading, found, context)
        elif isinstance(found, Followed):
            found = followed_enough(reading, found, context)
        else:
            continue
        for change, made in wrong(found, statement, context):
            fates.append(_fate_of(statement, change, made, found, context))
        if isinstance(found, Followed) and found.relation == "<=":
            left, right = (np.asarray(v, dtype=float) for v in np.broadcast_arrays(found.left, found.right))
            positive = (left > 0) & (right > 0)
            if positive.any():
                margins.append(float(np.min(right[positive] / left[positive])))
    return Fates(statement.id, tuple(fates), min(margins) if margins else None)


def _fate_of(statement: Statement, change: str, made: Measurement, found: Measurement, context: Context) -> Fate:
    """What the method that judges a measurement says of a wrong one."""
    seen = evidence_of(made, statement, context)
    ends = {Verdict.REFUTED: "killed", Verdict.VERIFIED: "survived"}
    end = ends.get(seen.verdict, "undecided")
    if end == "survived" and isinstance(found, Followed):
        sides = [np.asarray(v, dtype=float) for v in (found.left, found.right)]
        equal = np.all(np.abs(sides[0] - sides[1]) <= found.tolerance)
        nothing = all(np.all(np.abs(side) <= found.tolerance) for side in sides)
        end = "unseen" if nothing or (equal and change == TURNED) else end
    return Fate(statement.id, change, end, seen.method if end == "killed" else "", seen.detail[:120])


def all_fates(items: Sequence[Item], sample: int, options: Options, jobs: int) -> Iterator[Fates]:
    """Each statement's fates as they are known."""
    yield from (found for _, found in on_each(fates_of, items, jobs, sample, options))

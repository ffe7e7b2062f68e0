"""Method `symbolic`: identities and bounds by exact calculus, derivations link by link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices import MatrixBase

from checks.context import Context
from checks.methods.searching.reality import checked
from checks.proofs.attained import attained
from checks.provers import portfolio
from checks.provers.instances import links
from checks.readings import Reading
from checks.verdicts import TAKEN, Evidence, Verdict
from derivations.calculus.differentials import gradient
from derivations.calculus.forms import NotReducible
from derivations.domains import Domain
from derivations.extrema import Extremum, compact
from derivations.integrals.polar import NoClosedForm
from derivations.outcomes.budget import BudgetSpent, budget, take
from derivations.outcomes.reasons import Reason
from derivations.proofs.equality import Answer, difference, scalar_vanishes, unfold, vanishes
from derivations.proofs.explicit import NotExplicit, explicit
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.proofs.ranges import value_at
from derivations.proofs.signs import Prover
from derivations.quantities.chance import over_random
from derivations.statements import Bound, Constant, Existence, Gradient, Identity, Statement
from derivations.steps import Step
from derivations.vectors import is_matrix

ENTRIES_STEPS = 800_000
"""In how many steps a statement is looked at entry by entry at one size; where they are spent, no larger one is."""
LINK_STEPS = 90_000
"""In how many steps a link of a derivation is looked for in what it cites, before all provers are asked."""
FAR = 30
"""How far from the end of a half-line a point of attainment is looked for."""
EXPLICIT_SIZES = (1, 2, 3, 5)
TOLD = 3
"""Lines of a proof that the detail repeats."""


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Every kind but those that only measurement can reach."""
    return isinstance(statement, Identity | Bound | Constant | Existence) or (
        isinstance(statement, Gradient) and statement.of is not None
    )


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """Prove the statement, and each link of its derivation; undecided where no proof is found."""
    high = _high_power(statement)
    if high is not None:
        detail = f"{_short(high)} is too high a power for SymPy's polynomials, which write out every coefficient"
        return [_open(Reason.OUTSIDE, detail, reachable=False)]
    match statement:
        case Identity():
            found = _zero(difference(statement.lhs, statement.rhs), statement.domain, context.quick)
        case Gradient():
            found = _gradient(statement, context.quick)
        case Bound():
            found = _bound(statement) if statement.derivation is None else _open(Reason.NO_PROOF, "")
            found = checked(statement, found, context)
        case Constant():
            found = _constant(statement, context.quick)
        case Existence():
            found = _existence(statement, context.quick)
        case _:
            raise TypeError(f"no symbolic method for {statement.kind}")
    if statement.derivation is not None and found.verdict is not Verdict.REFUTED:
        found = _with_derivation(statement, found, context.quick)
    return [found]


def _high_power(statement: Statement) -> Any | None:
    """A power of symbols with an exponent above HIGHEST in the claim, its sides subtracted."""
    match statement:
        case Identity():
            parts = [difference(statement.lhs, statement.rhs)]
        case Bound():
            parts = [statement.upper - statement.lower]
        case _:
            parts = [c for c in statement.content if isinstance(c, sp.Basic)]
    return next((p for c in parts if (p := portfolio.high_power(c)) is not None), None)


def _evidence(verdict: Verdict, detail: str, **more: Any) -> Evidence:
    return Evidence("symbolic", verdict, detail, **more)


def _open(reason: Reason, detail: str, **more: Any) -> Evidence:
    return _evidence(Verdict.UNDECIDED, detail, reason=reason, **more)


def _from(answer: Answer) -> Evidence:
    match answer.vanishes:
        case True:
            return _evidence(Verdict.VERIFIED, answer.how)
        case False:
            return _evidence(
                Verdict.REFUTED, f"the two sides differ by {answer.left}", witness=f"difference {answer.left}"
            )
    reachable = answer.reason is not Reason.NO_CLOSED_FORM
    said = f"{answer.how} (left: {_short(answer.left)})"
    return _open(answer.reason or Reason.NO_PROOF, said, reachable=reachable)


def _short(expr: Any) -> str:
    text = str(expr)
    return text if len(text) <= 120 else text[:117] + "…"


def _zero(expr: Any, domain: Domain, quick: bool, most: int = 4) -> Evidence:
    """Zero for every size by normal form, and once more entry by entry for explicit sizes, unless in a quick run."""
    answer = vanishes(expr, domain)
    sizes = explicit_sizes(expr, domain)[:most]
    if not sizes or (quick and answer.vanishes is True):
        return _from(answer)
    proved: list[str] = []
    for chosen in sizes:
        words = ", ".join(f"{s} = {n}" for s, n in chosen.items())
        try:
            with budget(ENTRIES_STEPS), foreign_errors():
                entrywise = vanishes(explicit(expr, chosen), _without(domain, chosen))
        except BudgetSpent:
            break
        except (NotReducible, NoClosedForm, NotExplicit, ForeignError):
            continue
        if entrywise.vanishes is False:
            return _evidence(Verdict.REFUTED, f"for {words} the sides differ by {entrywise.left}", witness=words)
        if entrywise.vanishes is True:
            proved.append(words)
    if answer.vanishes is not True:
        more = f"; proved entry by entry for {'; '.join(proved)} only" if proved else ""
        found = _from(answer)
        return replace(found, detail=found.detail + more)
    return _evidence(
        Verdict.VERIFIED,
        f"{answer.how}, for every size" + (f"; entry by entry for {'; '.join(proved)}" if proved else ""),
    )


def explicit_sizes(expr: Any, domain: Domain) -> list[dict[Any, int]]:
    """Sizes at which a statement can be written out: those of vectors that are free to be anything."""
    bound = {d for p in domain.table for v in p.args for d in v.shape[0].free_symbols}
    free = [d for d in domain.dimensions if d not in bound]
    if not free or not getattr(expr, "has", lambda *_: False)(*free):
        return []
    return [{d: EXPLICIT_SIZES[(i + j) % 4] for j, d in enumerate(free)} for i in range(4)]


def _without(domain: Domain, sizes: dict[Any, int]) -> Domain:
    """The domain of the statement written out, without sizes and vectors of those sizes."""
    gone = {v for v in domain.vectors if any(d in sizes for n in v.shape for d in n.free_symbols)}
    ranges = {s: r for s, r in domain.ranges.items() if s not in sizes and s not in gone}
    return Domain(ranges)


def _gradient(statement: Gradient, quick: bool) -> Evidence:
    try:
        derived = gradient(unfold(statement.of, statement.domain), statement.wrt)
    except NotReducible:
        return _gradient_by_entries(statement)[0]
    except NoClosedForm as error:
        return _open(error.reason, str(error), reachable=False)
    found = _zero(difference(derived, statement.equals), statement.domain, quick, most=2)
    if not is_matrix(statement.wrt):
        return found
    if found.verdict is Verdict.VERIFIED and statement.wrt.shape[1] == 1:
        return found
    entries, sizes = _gradient_by_entries(statement, 1)
    if entries.verdict is Verdict.REFUTED:
        return entries
    more = f"; proved entry by entry for {'; '.join(sizes)}" if entries.reason is Reason.POINTS_ONLY else ""
    return replace(found, detail=found.detail + more)


def _gradient_by_entries(statement: Gradient, most: int = 3) -> tuple[Evidence, list[str]]:
    """Differentiate by each entry at explicit sizes: no proof for every size, so it only refutes; and which were."""
    domain = statement.domain
    names = [d for d in domain.dimensions if d in domain.ranges]
    proved: list[str] = []
    for i in range(most if names else 1):
        chosen = {d: EXPLICIT_SIZES[(i + j + 1) % 4] for j, d in enumerate(names)}
        try:
            with foreign_errors():
                of, wrt, equals = (explicit(e, chosen) for e in (statement.of, statement.wrt, statement.equals))
        except (NotExplicit, ForeignError) as error:
            return _open(Reason.OUTSIDE, f"cannot be written out: {error}"), proved
        entries = list(wrt) if isinstance(wrt, MatrixBase) else [wrt]
        claimed = list(equals) if isinstance(equals, MatrixBase) else [equals]
        words = ", ".join(f"{s} = {n}" for s, n in chosen.items()) or "entry by entry"
        for entry, formula in zip(entries, claimed, strict=True):
            answer = scalar_vanishes(_without(domain, chosen).assume(sp.sympify(of).diff(entry) - formula))
            if answer.vanishes is False:
                said = f"the derivative by {entry} differs by {answer.left} ({words})"
                return _evidence(Verdict.REFUTED, said, witness=words), proved
            if answer.vanishes is None:
                return _open(answer.reason or Reason.NO_PROOF, f"the derivative by {entry}: {answer.how}"), proved
        proved.append(words)
    if names and domain.dimensions:
        said = f"proved entry by entry for {'; '.join(proved)}, not for every size"
        return _open(Reason.POINTS_ONLY, said), proved
    return _evidence(Verdict.VERIFIED, "differentiated entry by entry"), proved


def _bound(statement: Bound) -> Evidence:
    found = portfolio.answer(statement.upper - statement.lower, statement.domain, statement.sharp_at)
    if found.symbolic is None:
        if found.enclosed is not None:
            return _open(Reason.ELSEWHERE, "proved by enclosure, which ended the search", reachable=False)
        why = found.why("symbolic")
        reachable = why.reason not in (Reason.NO_CLOSED_FORM, Reason.NOT_REDUCIBLE)
        return _open(why.reason, why.said, reachable=reachable, data={"asked": found.told})
    lines = list(found.symbolic.lines)
    told = "; ".join(line.strip() for line in lines[:TOLD])
    route = "" if found.symbolic.prover == "rules" else found.symbolic.prover
    data = {"proof": lines, "told": len(lines[:TOLD])}
    if found.symbolic.theorems:
        data[TAKEN] = found.symbolic.theorems
    return _evidence(Verdict.VERIFIED, told, data=data, route=route)


def _constant(statement: Constant, quick: bool) -> Evidence:
    if isinstance(statement.definition, Extremum):
        return _extremum(statement)
    if statement.value is None:
        return _open(Reason.OUTSIDE, "an enclosure cannot be proved symbolically", reachable=False)
    return _zero(difference(statement.definition, statement.value), statement.domain, quick)


def _extremum(statement: Constant) -> Evidence:
    """The value bounds the expression on the interval and is attained there."""
    expr, symbol, interval = compact(*statement.definition.args[:3])
    if statement.value is None:
        return _open(Reason.OUTSIDE, "an enclosure cannot be proved symbolically", reachable=False)
    sign = -1 if statement.definition.is_supremum else 1
    box = {**{s: statement.domain.interval(s) for s in statement.domain.scalars}, symbol: interval}
    gap = sign * (expr - statement.value)
    start = interval.inf
    if not start.is_finite:
        return _open(Reason.UNBOUNDED, "the interval has no lower end", reachable=False)
    seen = sp.Interval(start, start + FAR) if interval.sup == sp.oo else interval
    point = attained(-gap, symbol, seen, sp.S.Zero)
    if interval.sup == sp.oo and value_at(gap, symbol, sp.oo, "-") == 0:
        proof = Prover(box).nonnegative(gap)
        if proof is not None:
            detail = f"approached as {symbol} → ∞; {proof.rule}"
            return _evidence(Verdict.VERIFIED, detail, data={"proof": proof.lines()})
    if point is None or scalar_vanishes(gap.xreplace({symbol: point})).vanishes is not True:
        return _open(Reason.NOT_ATTAINED, "no point was found at which it is attained exactly", reachable=False)
    proof = Prover(box, {symbol: point}).nonnegative(gap)
    if proof is None:
        return _open(Reason.NO_PROOF, "no proof found by the rules of sign", reachable=False)
    return _evidence(Verdict.VERIFIED, f"attained at {symbol} = {point}; {proof.rule}", data={"proof": proof.lines()})


def _existence(statement: Existence, quick: bool) -> Evidence:
    hows: list[str] = []
    for written, condition in statement.conditions:
        if isinstance(condition, Relational):
            proof = portfolio.nonnegative(condition.gts - condition.lts, statement.domain)
            if proof is None:
                return _open(Reason.NO_PROOF, f"no proof found that {_short(written)}")
            hows.append(proof.lines[0])
            continue
        found = _zero(condition, statement.domain, quick)
        if found.verdict is not Verdict.VERIFIED:
            return replace(found, detail=f"{_short(written)} = 0: {found.detail}", reachable=True)
        hows.append(found.detail)
    return _evidence(Verdict.VERIFIED, "; ".join(dict.fromkeys(hows)))


def _with_derivation(statement: Statement, found: Evidence, quick: bool) -> Evidence:
    """Check every link, and that the chain leads from one side of the statement to the other."""
    derivation = statement.derivation
    assert derivation is not None
    domain = statement.domain
    known: list[Any] = []
    before = derivation.start
    for number, step in enumerate(derivation.steps, start=1):
        # chances and means, also in conditions, have no value at a point: they are numbers of their own
        if step.relation == "have" or step.instances or step.rule or over_random((before, step.expr, *domain.where)):
            open_ = links.link(before, step, statement, known)
            holds = Verdict.VERIFIED if open_ is None else Verdict.UNDECIDED
            link = _evidence(holds, "" if open_ is None else open_.said, reason=None if open_ is None else open_.reason)
        elif step.relation == "=":
            link = _zero(difference(before, step.expr), domain, quick)
            if known and link.verdict is Verdict.UNDECIDED and links.link(before, step, statement, known) is None:
                link = _evidence(Verdict.VERIFIED, "")
            holds = link.verdict
        else:
            gap = difference(before, step.expr)
            gap = -gap if step.relation == "<=" else gap
            proved = _briefly_linked(before, step, statement, known) or (
                # norms in the conditions are numbers of their own where no prover looks into them
                portfolio.nonnegative(gap, domain) is not None or links.link(before, step, statement, known) is None
            )
            holds = Verdict.VERIFIED if proved else Verdict.UNDECIDED
            link = _evidence(holds, "no proof of the inequality", reason=Reason.NO_PROOF)
        if holds is not Verdict.VERIFIED:
            said = f"step {number} ({step.reason}): {link.detail}"
            return replace(link, detail=said, reachable=True, data={**link.data, "step": number})
        if step.relation == "have":
            known.append(step.expr)
        else:
            before = step.expr
    ends = _ends(statement)
    if ends is not None:
        start, end, relation = ends
        for chain_end, side in ((derivation.start, start), (derivation.end, end)):
            if chain_end != side and vanishes(difference(chain_end, side), domain).vanishes is not True:
                return _open(Reason.NO_PROOF, f"the derivation does not lead to the statement: {_short(chain_end)}")
        proves = {step.relation for step in derivation.lines} - {"="}
        if not proves <= {relation}:
            said = f"the derivation proves {' and '.join(sorted(proves))}, the statement says {relation}"
            return _open(Reason.NO_PROOF, said)
        steps = f"{len(derivation.steps)} steps checked"
        if found.verdict is not Verdict.VERIFIED:
            return _evidence(Verdict.VERIFIED, f"by its derivation, {steps}")
        return _evidence(found.verdict, f"{found.detail}; {steps}", data=found.data)
    return found


def _briefly_linked(before: Any, step: Step, statement: Statement, known: list[Any]) -> bool:
    """Whether a link follows in a few steps, as most do, before the whole portfolio is asked."""
    try:
        with budget(LINK_STEPS):
            return links.link(before, step, statement, known) is None
    except BudgetSpent:
        take(0)  # raises where the budget of who asked is spent
        return False


def _ends(statement: Statement) -> tuple[Any, Any, str] | None:
    match statement:
        case Identity():
            return statement.lhs, statement.rhs, "="
        case Bound():
            return statement.lower, statement.upper, "<="
        case Constant() if statement.value is not None:
            return statement.definition, statement.value, "="
        case Gradient():
            return None
    return None


if TYPE_CHECKING:
    from checks.methods import Method, symbolic

    _method: Method = symbolic

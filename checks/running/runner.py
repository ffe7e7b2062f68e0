"""Running methods over statements: in parallel, in any order, with the same outcome."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from checks.context import Options
from checks.errors import UsageError
from checks.library.collect import Item
from checks.methods import NAMES
from checks.methods.carried import CARRYING, doubt, route
from checks.methods.unspecified import found_by, is_open
from checks.papers import readings_of
from checks.readings import Reading, ReadingError
from checks.running.schedule import LocalPool, Lost, Pool, Task
from checks.running.work import Work, work_of, work_on, works_of
from checks.verdicts import EXACT, GOOD, Assurance, Evidence, Result, Verdict, judge
from derivations.arguments import one_line
from derivations.outcomes.budget import BudgetSpent, budget, fresh
from derivations.outcomes.reasons import Reason
from derivations.statements import Bound, Statement
from numerics.errors import NoValueInDomain
from numerics.machine.nonfinite import NonFinite
from numerics.values.evaluate import EvaluationError
from numerics.values.points import NoPoint
from numerics.witnesses import Witness

KnownEvidence = Mapping[str, Sequence[Evidence]]
"""Evidence that need not be found again, by method."""
METHOD_STEPS = 12_000_000
"""For one method on one statement; about a minute. Of the library none takes more than a third."""
BY_EXPRESSIONS = (*(name for name in EXACT if name != "rocq"), "precision", "search")
"""Methods whose work is with expressions: a budget of steps ends it. The others sample and train as they are told."""
SEEDLESS = ("symbolic", "enclosure")
"""Methods that look at points of their own: what they find does not depend on the seed of the run."""
SLOW = frozenset(NAMES) - {*BY_EXPRESSIONS, "rocq", "autograd"}
"""Methods that run or sample networks, and any that measures and is new."""


def check(
    statement: Statement,
    options: Options | None = None,
    readings: Sequence[Reading] | None = None,
    known: KnownEvidence | None = None,
) -> Result:
    """The verdict on one statement by every method that applies to it; those in `known` are not run.

    Its readings are by default those of its paper.
    """
    if readings is None:
        readings = readings_of(statement.paper, statement.slug)
    return check_work(work_on(statement, readings), options or Options(), known)


def check_work(work: Work, options: Options, known: KnownEvidence | None = None) -> Result:
    """The same where readings and methods are looked up already."""
    there = known or {}
    return _judged(work, options, lambda name: there[name] if name in there else _run(name, work, options))


def recalled(work: Work, options: Options, known: KnownEvidence) -> Result | None:
    """The verdict that known evidence gives; None if a method has to run."""

    def find(name: str) -> Sequence[Evidence]:
        # what the kernel said is on record, and `lemmata prove` may have run since
        return _run(name, work, options) if name == "rocq" else known[name]

    try:
        return _judged(work, options, find)
    except KeyError:
        return None


def _judged(work: Work, options: Options, find: Callable[[str], Sequence[Evidence]]) -> Result:
    evidence: tuple[Evidence, ...] = ()
    tried: list[str] = []
    for name in work.methods:
        if options.methods and name not in options.methods:
            continue
        if options.quick and not _wanted(name, evidence, work.statement):
            continue
        tried.append(name)
        evidence += tuple(find(name))
    return _result(work.statement, evidence, [n for n in work.methods if n not in tried], work.readings)


def _result(
    statement: Statement,
    evidence: tuple[Evidence, ...],
    missing: Sequence[str] = (),
    readings: Sequence[Reading] = (),
) -> Result:
    verdict, assurance, reason = judge(evidence, missing, statement.mark)
    if statement.sample_on and assurance is Assurance.MEASURED and verdict in GOOD and not readings:
        verdict, reason = (
            Verdict.UNDECIDED,
            "points were drawn on a part of the domain, and nothing proves the rest",
        )
    if is_open(statement) and assurance is Assurance.MEASURED and verdict in GOOD:
        verdict, reason = (
            Verdict.UNDECIDED,
            "σ may be any activation: three were tried, and nothing proves it for all",
        )
    return Result(
        statement.id,
        statement.paper,
        statement.kind,
        statement.source,
        statement.fingerprint,
        evidence,
        verdict,
        assurance,
        reason,
    )


def _wanted(name: str, evidence: Sequence[Evidence], statement: Statement) -> bool:
    """Whether a quick run still needs a method: no exact key yet, no empirical one, or the search for sharpness."""
    if name == "search" and isinstance(statement, Bound) and statement.sharp_at is not None:
        return True
    keys = {e.method in EXACT for e in evidence if e.verdict is Verdict.VERIFIED}
    return (name in EXACT) not in keys


def reachable_exactly(works: Sequence[Work]) -> list[Work]:
    """The works to which an exact method applies: what a quick run looks at.

    The kernel's answer is on record for statements without a theorem, too: it alone is no reason to look at one.
    """
    return [w for w in works if not (EXACT.keys() - {"rocq"}).isdisjoint(w.methods)]


def seedless(name: str, work: Work) -> bool:
    """Whether a method's evidence is the same for every seed: it is exact, and no reading of its own draws numbers."""
    return name in SEEDLESS and all(r.method != name for r in work.readings)


def _run(name: str, work: Work, options: Options) -> list[Evidence]:
    """One method's evidence; an exception is an error of this statement alone."""
    statement = work.statement
    context = (replace(options, seed=0) if seedless(name, work) else options).context(statement.id)
    started = time.perf_counter()
    fresh()  # what was checked before has no say in how far a method comes
    try:
        with warnings.catch_warnings(), budget(METHOD_STEPS) if name in BY_EXPRESSIONS else nullcontext():
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.filterwarnings("ignore", message=".*no current CUDA context")  # torch makes one
            found = _doubted(name, statement) or found_by(name, statement, work.readings, context)
    except BudgetSpent as error:
        found = [Evidence(name, Verdict.UNDECIDED, str(error), seed=context.seed, reason=Reason.BUDGET)]
    except NonFinite as error:
        at = Witness(f"step {error.step}", None, {"step": error.step})
        found = [Evidence(name, Verdict.ERROR, str(error), at=at, seed=context.seed, reason=Reason.NO_VALUE)]
    except EvaluationError as error:
        # a method that cannot read an expression is not applied: this says nothing about the statement
        meant = isinstance(error, NoValueInDomain)
        said, why = str(error), error.reason
        found = [Evidence(name, Verdict.UNDECIDED, said, reachable=meant, seed=context.seed, reason=why)]
    except NoPoint as error:
        found = [Evidence(name, Verdict.ERROR, str(error), seed=context.seed, reason=error.reason)]
    except ReadingError as error:
        where = f"{work.item.file}: " if work.item.file else ""
        found = [Evidence(name, Verdict.ERROR, f"{where}{error}", seed=context.seed, reason=Reason.NO_VALUE)]
    except Exception as error:
        if options.debug:
            raise
        found = [Evidence(name, Verdict.ERROR, f"{one_line(error)} (--debug shows where)")]
    seconds = (time.perf_counter() - started) / max(len(found), 1)
    by = route(name, statement)
    return [replace(e, seconds=seconds, route=e.route or by) for e in found]


def _doubted(name: str, statement: Statement) -> Sequence[Evidence]:
    """What methods that use SymPy's limits, integrals and sums say where numbers deny or do not confirm these."""
    found = doubt(statement) if name in CARRYING else None
    if found is None or (name == "symbolic" and not found.contradicted):
        return []
    return [Evidence(name, Verdict.UNDECIDED, found.said, reachable=False, reason=found.reason)]


def check_item(item: Item, options: Options, known: KnownEvidence | None = None) -> Result:
    """Check one item in whatever process this is, with one thread for torch, so that sums do not depend on it."""
    work = work_of(item)
    if "torch" in sys.modules or not {*BY_EXPRESSIONS, "rocq"}.issuperset(options.methods or work.methods):
        import torch  # which takes longer than many statements that do without

        torch.set_num_threads(1)
    return check_work(work, options, known)


def check_items(items: Sequence[tuple[Item, KnownEvidence | None]], options: Options) -> list[Result]:
    """The same for items, each with the evidence that is known, one after the other."""
    return [check_item(item, options, known) for item, known in items]


def check_all(
    items: Iterable[Item],
    options: Options,
    jobs: int,
    known: Mapping[str, KnownEvidence] | None = None,
    pool: Pool | None = None,
) -> Iterator[Result]:
    """Results on items as they are finished, as `check_works` gives them."""
    return check_works(works_of(items), options, jobs, known, pool)


def check_works(
    works: Sequence[Work],
    options: Options,
    jobs: int,
    known: Mapping[str, KnownEvidence] | None = None,
    pool: Pool | None = None,
) -> Iterator[Result]:
    """Results as they are finished. Statements that run or sample networks are started first: they take longest.

    `known` is evidence that need not be found again, by id. Without a `pool`, `jobs` processes of this machine are
    used; a statement whose process dies again and again is in error, the others are as they would be.
    """
    known = known or {}
    ordered = sorted(works, key=lambda w: not _slow(w))
    if pool is None:
        pool = LocalPool(jobs, options.device == "cuda")
    elif not isinstance(pool, LocalPool):
        known = {w.item.id: {**_kernel(w, options), **known.get(w.item.id, {})} for w in ordered}
    again: list[Work] = []
    groups = _groups(ordered)
    for i, found in pool.run([_task(group, options, known) for group in groups]):
        if not isinstance(found, Lost):
            yield from found
        elif len(groups[i]) > 1:
            again += groups[i]  # any of them may have killed the process
        else:
            yield _lost(groups[i][0], found.said)
    for i, found in pool.run([_task([work], options, known) for work in again]) if again else ():
        yield from [_lost(again[i], found.said)] if isinstance(found, Lost) else found


def _groups(works: Sequence[Work]) -> list[list[Work]]:
    """Works in the order of the first of each group: those of one paper whose readings have a run in common."""
    found: dict[tuple[str, ...], list[Work]] = {}
    for work in works:
        runs = sorted({r.run for r in work.readings if r.run})
        key = (work.item.file or "", work.statement.paper, *runs[:1]) if runs else (work.item.name,)
        found.setdefault(key, []).append(work)
    return list(found.values())


def _task(group: Sequence[Work], options: Options, known: Mapping[str, KnownEvidence]) -> Task:
    """The task of checking a group, called as its first statement."""
    return Task(group[0].item.id, check_items, ([(w.item, known.get(w.item.id)) for w in group], options))


def _kernel(work: Work, options: Options) -> KnownEvidence:
    """What Rocq's kernel said, which is on record in this folder and on no other machine."""
    return {"rocq": _run("rocq", work, options)} if "rocq" in work.methods else {}


def _lost(work: Work, said: str) -> Result:
    """The result of a statement that has none: in error."""
    return _result(work.statement, (Evidence("process", Verdict.ERROR, said),))


def _slow(work: Work) -> bool:
    """Whether a statement is one of a user's, or has to run or sample networks."""
    return work.item.file is not None or not SLOW.isdisjoint(work.methods)


def parse_methods(text: str | None) -> tuple[str, ...]:
    """The methods of a comma-separated list; raises UsageError for one that does not exist."""
    names = tuple(n.strip() for n in (text or "").split(",") if n.strip())
    for name in names:
        if name not in NAMES:
            raise UsageError(f"no method '{name}'; there are {', '.join(NAMES)}")
    return names

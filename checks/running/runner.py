"""Running methods over statements: in parallel, in any order, with the same outcome."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from checks.context import Context
from checks.errors import UsageError
from checks.library.collect import Item, readings_for, resolve
from checks.methods import NAMES, applicable, method
from checks.methods.carried import CARRYING, doubt, route
from checks.papers import readings_of
from checks.readings import Reading
from checks.running.schedule import LocalPool, Lost, Pool, Task
from checks.verdicts import EXACT, Evidence, Result, Verdict, judge
from derivations.arguments import first_line
from derivations.budget import BudgetSpent, budget, fresh
from derivations.statements import Bound, Statement
from numerics.errors import NoValueInDomain
from numerics.machine.nonfinite import NonFinite
from numerics.values.evaluate import EvaluationError

METHOD_STEPS = 12_000_000
"""For one method on one statement; about a minute. Of the library none takes more than a third."""
BY_EXPRESSIONS = ("symbolic", "enclosure", "precision", "search")
"""Methods whose work is with expressions; the others sample and train as much as they are told to."""


@dataclass(frozen=True)
class Options:
    """What a run was asked to do.

    `methods` empty means all, `debug` lets exceptions through, `data` is the user's; `quick` stops at two keys.
    """

    methods: tuple[str, ...] = ()
    seed: int = 0
    device: str = "cpu"
    debug: bool = False
    data: str = ""
    quick: bool = False


Known = Mapping[str, Sequence[Evidence]]
"""Evidence that need not be found again, by method."""


def check(
    statement: Statement,
    options: Options | None = None,
    readings: Sequence[Reading] | None = None,
    known: Known | None = None,
) -> Result:
    """The verdict on one statement by every method that applies to it; those in `known` are not run."""
    options = options or Options()
    if readings is None:
        readings = readings_of(statement.paper, statement.slug)
    context = Context(options.seed, options.device, statement.id, options.data, options.quick)

    def find(name: str) -> Sequence[Evidence]:
        if known is not None and name in known:
            return known[name]
        return _run(name, statement, readings, context, options.debug)

    return _judged(statement, options, applicable(statement, readings), find)


def recalled(
    statement: Statement, options: Options, readings: Sequence[Reading], names: Sequence[str], known: Known
) -> Result | None:
    """The verdict that known evidence gives, where `names` are the methods that apply; None if one has to run."""
    context = Context(options.seed, options.device, statement.id, options.data, options.quick)

    def find(name: str) -> Sequence[Evidence]:
        # what the kernel said is on record, and may have come since
        return _run(name, statement, readings, context, options.debug) if name == "rocq" else known[name]

    try:
        return _judged(statement, options, names, find)
    except KeyError:
        return None


def _judged(
    statement: Statement, options: Options, can: Sequence[str], find: Callable[[str], Sequence[Evidence]]
) -> Result:
    evidence: tuple[Evidence, ...] = ()
    tried: list[str] = []
    for name in can:
        if options.methods and name not in options.methods:
            continue
        if options.quick and not _wanted(name, evidence, statement):
            continue
        tried.append(name)
        evidence += tuple(find(name))
    return _result(statement, evidence, [n for n in can if n not in tried])


def _result(statement: Statement, evidence: tuple[Evidence, ...], missing: Sequence[str] = ()) -> Result:
    verdict, assurance, reason = judge(evidence, missing)
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


def reachable_exactly(items: Sequence[Item]) -> list[Item]:
    """The items to which an exact method applies: what a quick run looks at."""
    return [i for i in items if EXACT.keys() & set(applicable(resolve(i), readings_for(i)))]


def _run(name: str, statement: Statement, readings: Sequence[Reading], context: Context, debug: bool) -> list[Evidence]:
    """One method's evidence; an exception is an error of this statement alone."""
    started = time.perf_counter()
    fresh()  # what was checked before has no say in how far a method comes
    try:
        with warnings.catch_warnings(), budget(METHOD_STEPS) if name in BY_EXPRESSIONS else nullcontext():
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.filterwarnings("ignore", message=".*no current CUDA context")  # torch makes one
            found: list[Evidence] = _doubted(name, statement) or method(name).run(statement, readings, context)
    except BudgetSpent as error:
        found = [Evidence(name, Verdict.UNDECIDED, str(error), seed=context.seed)]
    except NonFinite as error:
        found = [Evidence(name, Verdict.ERROR, str(error), witness=f"step {error.step}", seed=context.seed)]
    except EvaluationError as error:
        # a method that cannot read an expression stands aside: this says nothing about the statement
        meant = isinstance(error, NoValueInDomain)
        found = [Evidence(name, Verdict.UNDECIDED, str(error), reachable=meant, seed=context.seed)]
    except Exception as error:
        if debug:
            raise
        found = [Evidence(name, Verdict.ERROR, f"{first_line(error)} (--debug shows where)")]
    seconds = (time.perf_counter() - started) / max(len(found), 1)
    by = route(name, statement)
    return [replace(e, seconds=seconds, route=e.route or by) for e in found]


def _doubted(name: str, statement: Statement) -> list[Evidence]:
    """What methods that use SymPy's limits, integrals and sums say where numbers deny or do not confirm these."""
    found = doubt(statement) if name in CARRYING else None
    if found is None or (name == "symbolic" and not found.contradicted):
        return []
    return [Evidence(name, Verdict.UNDECIDED, found.said, reachable=False)]


def check_item(item: Item, options: Options, known: Known | None = None) -> Result:
    """Check one item in whatever process this is, with one thread for torch, so that sums do not depend on it."""
    import torch

    torch.set_num_threads(1)
    return check(resolve(item), options, readings_for(item), known)


def check_all(
    items: Sequence[Item],
    options: Options,
    jobs: int,
    known: Mapping[str, Known] | None = None,
    pool: Pool | None = None,
) -> Iterator[Result]:
    """Results as they are finished. Statements that run or sample networks are started first: they take longest.

    `known` is evidence that need not be found again, by id. Without a `pool`, `jobs` processes of this machine are
    used; a statement whose process dies again and again is in error, the others are as they would be.
    """
    known = known or {}
    ordered = sorted(items, key=lambda i: not _slow(i))
    if pool is None:
        pool = LocalPool(jobs, options.device == "cuda")
    elif not isinstance(pool, LocalPool):
        known = {i.id: {**_kernel(i, options), **known.get(i.id, {})} for i in ordered}
    tasks = [Task(item.id, check_item, (item, options, known.get(item.id))) for item in ordered]
    for i, found in pool.run(tasks):
        yield _lost(ordered[i], found.said) if isinstance(found, Lost) else found


def _kernel(item: Item, options: Options) -> Known:
    """What Rocq's kernel said, which is on record in this folder and on no other machine."""
    statement, readings = resolve(item), readings_for(item)
    if "rocq" not in applicable(statement, readings):
        return {}
    context = Context(options.seed, options.device, statement.id, options.data, options.quick)
    return {"rocq": _run("rocq", statement, readings, context, options.debug)}


def _lost(item: Item, said: str) -> Result:
    """The result of a statement that has none: in error."""
    return _result(resolve(item), (Evidence("process", Verdict.ERROR, said),))


def _slow(item: Item) -> bool:
    from checks.methods.sampling import applies

    if item.file is not None:
        return True
    readings = readings_for(item)
    return any(r.method in ("trajectory", "scaling") for r in readings) or applies(resolve(item), readings)


def parse_methods(text: str | None) -> tuple[str, ...]:
    """The methods of a comma-separated list; raises UsageError for one that does not exist."""
    names = tuple(n.strip() for n in (text or "").split(",") if n.strip())
    for name in names:
        if name not in NAMES:
            raise UsageError(f"no method '{name}'; there are {', '.join(NAMES)}")
    return names

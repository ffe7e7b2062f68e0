"""The commands as functions for Python and notebooks: `from checks.api import check, constants, …`.

The argument `what` is a statement, a paper, an id, a glob, a Python file, or a list of these. Nothing is printed or
written. An argument that cannot be used raises InputError, with one line that says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from checks.errors import InputError, as_input_error
from checks.library.collect import Item, paper_of
from checks.running.devices import processes
from checks.studies.arguments import Target, What, named, readings_given, readings_or_table, statement_of
from checks.studies.arguments import results as results_kind
from checks.studies.tables import Constants, Results
from checks.studies.theorems.asking import theorem as theorem
from checks.studies.theorems.membership import infinity_class as infinity_class
from checks.verdicts import Result
from derivations.arguments import flag, names, optional, path, seed, taking, text, whole
from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.statements import Statement

if TYPE_CHECKING:
    from checks.compare.comparison import Comparison
    from checks.context import Options
    from checks.figures.drawing import Picture
    from checks.readings import Reading
    from checks.rocq.records import Record
    from checks.studies.hypotheses import Assumptions
    from checks.studies.mutation import Fates

SEED = seed


@overload
def check(
    what: Statement,
    *,
    methods: Sequence[str] = ...,
    seed: int = ...,
    device: str = ...,
    jobs: int | None = ...,
    quick: bool = ...,
    data: str | Path = ...,
    readings: Sequence[Reading] | Mapping[str, Sequence[Reading]] | None = ...,
) -> Result: ...
@overload
def check(
    what: Paper | str | Path | Iterable[Statement | Paper | str | Path],
    *,
    methods: Sequence[str] = ...,
    seed: int = ...,
    device: str = ...,
    jobs: int | None = ...,
    quick: bool = ...,
    data: str | Path = ...,
    readings: Sequence[Reading] | Mapping[str, Sequence[Reading]] | None = ...,
) -> Results: ...
@taking(
    InputError,
    methods=names,
    seed=SEED,
    device=text,
    jobs=optional(whole(-4096, 4096)),
    quick=flag,
    data=path,
    readings=optional(readings_or_table),
)
def check(
    what: What,
    *,
    methods: Sequence[str] = (),
    seed: int = 0,
    device: str = "auto",
    jobs: int | None = None,
    quick: bool = False,
    data: str | Path = "",
    readings: Sequence[Reading] | Mapping[str, Sequence[Reading]] | None = None,
) -> Result | Results:
    """Check statements, and return their verdicts with the evidence.

    Args:
        what: A statement, a paper, an id, a glob or a Python file, or a list of these.
        methods: The names of the methods to use, such as "symbolic"; by default all that apply.
        seed: The seed of all random numbers, a whole number ≥ 0.
        device: "auto", "cpu" or "cuda".
        jobs: The number of processes, by default one for each core. Statements made in this session are checked in
            this process.
        quick: Whether to check only what can be proved, at fewer points.
        data: A file or folder of data for the theorems on training, or "mnist", as `numerics.data.load` reads it.
        readings: The readings of one statement, or of several by their slug; by default those of its paper.

    Returns:
        A `Result` if `what` is one Statement; otherwise `Results`, one for each statement.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from checks.api import check
        >>> from derivations import Identity
        >>> x = Symbol("x", real=True)
        >>> check(Identity("circle", sin(x) ** 2 + cos(x) ** 2, 1)).verdict.value
        'verified'
    """
    from checks.context import Options
    from checks.running.devices import resolve_device
    from checks.running.runner import check_works, parse_methods, reachable_exactly
    from checks.running.work import works_of

    targets = named(what)
    with as_input_error(), _one_thread():
        options = Options(
            parse_methods(",".join([methods] if isinstance(methods, str) else methods)),
            seed,
            resolve_device(device),
            data=_data(data),
            quick=quick,
        )
        count = processes(jobs)
        items = [t for t in targets if isinstance(t, Item)]
        works = works_of(items) if quick or readings is None else []
        works = reachable_exactly(works) if quick else works
        passed = set(items) - {w.item for w in works} if quick else set()
        found = {r.id: r for r in check_works(works, options, count)} if works and readings is None else {}
        own = readings if isinstance(readings, Mapping) else None
        for target in targets:
            if target.id in found or (isinstance(target, Item) and target in passed):
                continue
            given = own.get(target.slug, ()) if own is not None else readings
            found[target.id] = _here(target, options, given)  # type: ignore[arg-type]
    results = [replace(found[t.id], statement=statement_of(t)) for t in targets if t.id in found]
    if isinstance(what, Statement):
        return results[0]
    left = tuple(t.id for t in targets if t.id not in found)
    return Results(tuple(results), seed, options.device, left)


@taking(InputError, seed=SEED)
def constants(what: What, *, seed: int = 0) -> Constants:
    """Find the printed, the stated and the sharpest constants of bounds and constants.

    Args:
        what: A statement, a paper, an id, a glob or a Python file, or a list of these.
        seed: The seed of the search for the sharpest constant, a whole number ≥ 0.

    Returns:
        `Constants`, a table with one row for each statement that has a constant.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from checks.api import constants
        >>> constants("liu2019.gap-upper")[0].best[:9]
        '1.5707963'
    """
    from checks.studies.constants import sharpest

    found = [sharpest(statement_of(t), seed) for t in named(what)]
    return Constants(tuple(s for s in found if s is not None))


@taking(InputError, seed=SEED)
def hypotheses(what: What, *, seed: int = 0) -> tuple[Assumptions, ...]:
    """Find where the hypotheses of each statement hold, and what becomes of the statement without each of them.

    Args:
        what: A statement, a paper, an id, a glob or a Python file, or a list of these.
        seed: The seed of the search, a whole number ≥ 0.

    Returns:
        One `Assumptions` for each statement.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from sympy import Symbol
        >>> from checks.api import hypotheses
        >>> from derivations import Bound
        >>> x = Symbol("x", real=True)
        >>> found = hypotheses(Bound("square", x**2, x, on={x: (0, 1)}))
        >>> len(found)
        1
    """
    from checks.studies.hypotheses import assumptions

    found = []
    for target in named(what):
        statement = statement_of(target)
        name = target.name if isinstance(target, Item) else ""
        found.append(assumptions(statement, _hypotheses(target), name, seed))
    return tuple(found)


@taking(InputError, sample=whole(0), seed=SEED, readings=optional(readings_given))
def mutants(
    what: What, *, sample: int = 0, seed: int = 0, readings: Sequence[Reading] | None = None
) -> tuple[Fates, ...]:
    """Change one thing in each statement, and find which methods notice.

    Args:
        what: A statement, a paper, an id, a glob or a Python file, or a list of these.
        sample: The largest number of mutants of a statement; 0 for all.
        seed: The seed of the checks, a whole number ≥ 0.
        readings: The readings of the statements; by default those of their papers.

    Returns:
        One `Fates` for each statement.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from sympy import Symbol
        >>> from checks.api import mutants
        >>> from derivations import Identity
        >>> x = Symbol("x", real=True)
        >>> len(mutants(Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1), sample=1))
        1
    """
    from checks.context import Options
    from checks.studies.mutation import fates

    with as_input_error(), _one_thread():
        return tuple(
            fates(statement_of(t), _readings(t) if readings is None else readings, sample, Options(seed=seed))
            for t in named(what)
        )


@taking(InputError, jobs=optional(whole(-4096, 4096)))
def prove(what: What, *, jobs: int | None = None) -> tuple[Record, ...]:
    """Write each statement as a theorem for Rocq, and let coqc check the proof if it is installed.

    Args:
        what: A statement, a paper, an id, a glob or a Python file, or a list of these.
        jobs: The number of processes, by default one for each core.

    Returns:
        One `Record` for each statement: the theorem and coqc's answer, or the reason why there is no theorem.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from sympy import Symbol
        >>> from checks.api import prove
        >>> from derivations import Identity
        >>> x = Symbol("x", real=True)
        >>> "forall" in prove(Identity("square", (x + 1) ** 2, x**2 + 2 * x + 1))[0].text
        True
    """
    from checks.rocq.coqc import NoCoqc, find, prove_all
    from checks.rocq.records import written

    records = [written(statement_of(t)) for t in named(what)]
    try:
        coqc = find()
    except NoCoqc:
        return tuple(records)
    with as_input_error():
        outcomes = prove_all(coqc, [r.source for r in records if r.text], processes(jobs))
    return tuple(replace(r, outcome=outcomes.get(r.id)) if r.text else r for r in records)


@taking(InputError, formula=text, notation=optional(path))
def compare(statement: Statement | str, formula: str, *, notation: str | Path | None = None) -> Comparison:
    r"""Compare a formula in LaTeX with a statement.

    Args:
        statement: One statement, or its id.
        formula: The formula; it is parsed and never evaluated.
        notation: A TOML file with the meaning of its letters.

    Returns:
        A `Comparison`: whether the formula is the derived one, and what differs.

    Raises:
        InputError: An argument cannot be used; the message says why in one line.

    Example:
        >>> from checks.api import compare
        >>> compare("liu2019.kernel", r"\frac{\sin\phi + (\pi - \phi)\cos\phi}{2\pi}").outcome.value
        'equal'
    """
    from checks.compare.comparison import compare as compared
    from derivations.letters.notation import NotationError, read_notation

    targets = named(statement)
    if len(targets) != 1:
        raise InputError(f"'{statement}' names {len(targets)} statements: compare with one")
    target = targets[0]
    try:
        letters = read_notation(Path(notation)) if notation is not None else None
    except (NotationError, OSError) as error:
        raise InputError(str(error)) from None
    return compared(statement_of(target), formula, abbreviations=_abbreviations(target), notation=letters)


@taking(InputError, results=results_kind)
def figures(results: Results | Iterable[Result]) -> dict[str, Picture]:
    """Draw the headline pictures of the library's papers from results.

    Args:
        results: What `check` returned for several statements, or a list of `Result`.

    Returns:
        The pictures for which the results have the data, by the paper's key and a name.

    Raises:
        InputError: The argument is not a list of results.

    Example:
        >>> from checks.api import figures
        >>> figures([])
        {}
    """
    from numerics.machine.extras import missing

    refused = missing("figures", "drawing pictures")
    if refused:
        raise InputError(refused)
    from checks.figures import makers_of

    found: dict[str, Picture] = {}
    by_paper: dict[str, dict[str, Result]] = {}
    for result in results:
        by_paper.setdefault(result.paper, {})[result.id.partition(".")[2]] = result
    for key, mine in by_paper.items():
        for name, maker in makers_of(key).items():
            picture = maker(mine)
            if picture is not None:
                found[f"{key}-{name}"] = picture
    return found


# of a target


def _hypotheses(target: Target) -> Mapping[str, str]:
    return paper_of(target).hypotheses if isinstance(target, Item) else {}


def _abbreviations(target: Target) -> Sequence[Abbreviation]:
    return paper_of(target).abbreviations if isinstance(target, Item) else ()


def _readings(target: Target) -> Sequence[Reading]:
    from checks.library.collect import readings_for

    return readings_for(target) if isinstance(target, Item) else ()


def _data(path: str | Path) -> str:
    if not str(path):
        return ""
    there = Path(path)
    if not there.exists():
        from numerics.data import NAMES, DataError, located

        if str(path) not in NAMES:
            raise InputError(f"data: {path}: no such file or folder")
        try:
            there = located(str(path))
        except DataError as error:
            raise InputError(f"data: {error}") from None
    return str(there.resolve())


def _here(target: Target, options: Options, readings: Sequence[Reading] | None) -> Result:
    from checks.running import runner

    return runner.check(statement_of(target), options, _readings(target) if readings is None else readings)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch's sums as the command makes them; the caller's number of threads afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

"""The same from Python and notebooks: `from checks.api import check, constants, …`.

Everywhere `what` is a statement, a paper, an id or glob or Python file as the command takes them, or a list of these.
Nothing is printed and nothing written. What cannot be used raises InputError, with one line that says why.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from checks.errors import InputError, as_input_error
from checks.library.collect import Item, collect, paper_of, resolve
from checks.running.devices import processes
from checks.studies.tables import Constants, Results
from checks.verdicts import Result
from derivations.arguments import Unfit, flag, names, optional, seed, taking, text, whole
from derivations.letters.abbreviations import Abbreviation
from derivations.paper import Paper
from derivations.papers import keys
from derivations.papers import paper as library
from derivations.statements import Statement

if TYPE_CHECKING:
    from checks.compare.comparison import Comparison
    from checks.figures.drawing import Picture
    from checks.readings import Reading
    from checks.rocq.records import Record
    from checks.running.runner import Options
    from checks.studies.hypotheses import Assumptions
    from checks.studies.mutation import Fates

What = Statement | Paper | str | Path | Iterable["Statement | Paper | str | Path"]
Target = Item | Statement
SEED = seed


def _path(value: Any) -> Any:
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise Unfit("not a path")
    return value


def _readings_given(value: Any) -> Any:
    from checks.readings import Reading

    if not isinstance(value, tuple | list) or not all(isinstance(r, Reading) for r in value):
        raise Unfit("not a tuple of readings")
    return value


def _readings_or_table(value: Any) -> Any:
    return {k: _readings_given(v) for k, v in value.items()} if isinstance(value, Mapping) else _readings_given(value)


def _results(value: Any) -> Any:
    given = tuple(value) if isinstance(value, Results | tuple | list) else value
    if not isinstance(given, tuple) or not all(isinstance(r, Result) for r in given):
        raise Unfit("not results of check")
    return given


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
    data=_path,
    readings=optional(_readings_or_table),
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
    """The verdict on a statement with its evidence; Results of several where `what` is not one Statement.

    The options are those of `lemmata check`; `jobs` are processes for statements that a file or the library has, by
    default one a core, while statements made here are checked here. `readings` are those of one statement, or of
    several by their slug; by default those of its paper.
    """
    from checks.running.devices import resolve_device
    from checks.running.runner import Options, check_all, parse_methods, reachable_exactly

    targets = _targets(what)
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
        own = readings if isinstance(readings, Mapping) else None
        chosen = reachable_exactly(items) if quick else items
        distant = [i for i in chosen if readings is None]
        found = {r.id: r for r in check_all(distant, options, count)} if distant else {}
        for target in targets:
            if _id(target) in found or (isinstance(target, Item) and target not in chosen):
                continue
            given = own.get(_slug(target), ()) if own is not None else readings
            found[_id(target)] = _here(target, options, given)  # type: ignore[arg-type]
    results = [replace(found[_id(t)], statement=_statement(t)) for t in targets if _id(t) in found]
    if isinstance(what, Statement):
        return results[0]
    left = tuple(_id(t) for t in targets if _id(t) not in found)
    return Results(tuple(results), seed, options.device, left)


@taking(InputError, seed=SEED)
def constants(what: What, *, seed: int = 0) -> Constants:
    """Printed, stated and sharpest constants of bounds and constants; statements without one are left out."""
    from checks.studies.constants import sharpest

    found = [sharpest(_statement(t), seed) for t in _targets(what)]
    return Constants(tuple(s for s in found if s is not None))


@taking(InputError, seed=SEED)
def hypotheses(what: What, *, seed: int = 0) -> tuple[Assumptions, ...]:
    """Where the hypotheses of each statement hold together, and what becomes of it without each of them."""
    from checks.studies.hypotheses import assumptions

    found = []
    for target in _targets(what):
        statement = _statement(target)
        name = target.name if isinstance(target, Item) else ""
        found.append(assumptions(statement, _hypotheses(target), name, seed))
    return tuple(found)


@taking(InputError, sample=whole(0), seed=SEED, readings=optional(_readings_given))
def mutants(
    what: What, *, sample: int = 0, seed: int = 0, readings: Sequence[Reading] | None = None
) -> tuple[Fates, ...]:
    """What becomes of each statement with one thing changed; `sample` bounds how many are tried, 0 for all."""
    from checks.running.runner import Options
    from checks.studies.mutation import fates

    with as_input_error(), _one_thread():
        return tuple(
            fates(_statement(t), _readings(t) if readings is None else readings, sample, Options(seed=seed))
            for t in _targets(what)
        )


@taking(InputError, jobs=optional(whole(-4096, 4096)))
def prove(what: What, *, jobs: int | None = None) -> tuple[Record, ...]:
    """The Rocq theorem of each statement and coqc's answer, or why there is none; without a coqc the theorems alone."""
    from checks.rocq.coqc import NoCoqc, find, prove_all
    from checks.rocq.records import written

    records = [written(_statement(t)) for t in _targets(what)]
    try:
        coqc = find()
    except NoCoqc:
        return tuple(records)
    with as_input_error():
        outcomes = prove_all(coqc, [r.source for r in records if r.text], processes(jobs))
    return tuple(replace(r, outcome=outcomes.get(r.id)) if r.text else r for r in records)


@taking(InputError, formula=text, notation=optional(_path))
def compare(statement: Statement | str, formula: str, *, notation: str | Path | None = None) -> Comparison:
    """Whether a formula in LaTeX is the derived one; `notation` is a file that says what its letters mean."""
    from checks.compare.comparison import compare as compared
    from derivations.letters.notation import NotationError, read_notation

    targets = _targets(statement)
    if len(targets) != 1:
        raise InputError(f"'{statement}' names {len(targets)} statements: compare with one")
    target = targets[0]
    try:
        letters = read_notation(Path(notation)) if notation is not None else None
    except (NotationError, OSError) as error:
        raise InputError(str(error)) from None
    return compared(_statement(target), formula, abbreviations=_abbreviations(target), notation=letters)


@taking(InputError, results=_results)
def figures(results: Results | Iterable[Result]) -> dict[str, Picture]:
    """The headline pictures that results of the library's papers allow, by paper and name."""
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


# what is meant


def _targets(what: Any) -> list[Target]:
    """Items of the library and of files, which other processes find too, and statements that are only here."""
    found: dict[str, Target] = {}
    for target in _each(what):
        other = found.setdefault(_id(target), target)
        if _statement(other) is not _statement(target):
            raise InputError(f"two statements are called '{_id(target)}': give one another slug")
    if not found:
        raise InputError("nothing to check: give a statement, a paper, or an id such as 'liu2019.kernel'")
    return list(found.values())


def _each(what: Any) -> Iterator[Target]:
    match what:
        case Statement():
            yield _item(what) or what
        case Paper():
            yield from (_item(s) or s for s in what.statements)
        case str() | Path():
            with as_input_error():
                items = collect([str(what)])
            yield from items
        case list() | tuple() | set() | frozenset() | Generator() | Results():
            for one in what:
                yield from _each(one)
        case _:
            raise InputError(f"{type(what).__name__} is no statement, paper, id or file")


def _item(statement: Statement) -> Item | None:
    """The library's item of a statement that is in it, which other processes find too."""
    if statement.paper not in keys():
        return None
    own = library(statement.paper)
    known = next((s for s in own.statements if s.slug == statement.slug), None)
    return Item(statement.paper, statement.slug) if known is statement else None


def _id(target: Target) -> str:
    return target.id


def _slug(target: Target) -> str:
    return target.slug


def _statement(target: Target) -> Statement:
    return resolve(target) if isinstance(target, Item) else target


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
    if not Path(path).exists():
        raise InputError(f"data: {path}: no such file or folder")
    return str(Path(path).resolve())


def _here(target: Target, options: Options, readings: Sequence[Reading] | None) -> Result:
    from checks.running import runner

    return runner.check(_statement(target), options, _readings(target) if readings is None else readings)


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

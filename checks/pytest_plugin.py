"""The pytest plugin: `pytest --lemmata 'du2018.*' --lemmata-file mypaper.py` makes each statement a test.

Every run of pytest loads this module, so it imports what it needs only when there are statements to check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from checks.context import Options
    from checks.library.collect import Item
    from checks.verdicts import Result

LOCK = pytest.StashKey[Any]()
FOUND = pytest.StashKey[Any]()


class StatementFailed(Exception):
    """A statement that is not verified or measured, or weaker than the lock says."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all beginning with --lemmata."""
    group = parser.getgroup("lemmata", "statements of papers as tests")
    add = group.addoption
    add("--lemmata", action="append", default=[], metavar="GLOB", help="Statements of the library, by id or glob.")
    add("--lemmata-file", action="append", default=[], metavar="FILE", help="A Python file of statements; it is run.")
    add("--lemmata-seed", type=int, default=0, metavar="N", help="Seed of all random numbers.")
    add(
        "--lemmata-quick",
        action="store_true",
        help="Stop at two keys, and leave out statements that are only measured.",
    )
    add("--lemmata-device", default="auto", metavar="NAME", help="auto, cpu or cuda.")
    add("--lemmata-lock", metavar="FILE", help="Fail also where a statement is weaker than in this lock.")


def pytest_configure(config: pytest.Config) -> None:
    """Read the lock and find the statements before anything runs: in a worker of xdist it would be too late."""
    path = config.getoption("--lemmata-lock")
    if path:
        from checks.errors import UsageError
        from checks.lock.lock import read_lock

        try:
            config.stash[LOCK] = read_lock(Path(path))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None

    patterns = [*config.getoption("--lemmata"), *config.getoption("--lemmata-file")]
    if patterns:
        config.stash[FOUND] = _found(config, patterns)


def _found(config: pytest.Config, patterns: list[str]) -> tuple[list[Item], str]:
    """The statements that the patterns name, and the device; raises pytest.UsageError if there are none."""
    from checks.errors import UsageError
    from checks.library.collect import collect
    from checks.running.devices import resolve_device

    try:
        for name in config.getoption("--lemmata-file"):
            if not Path(name).is_file():
                raise UsageError(f"--lemmata-file {name}: no such file")
        return collect(patterns), resolve_device(config.getoption("--lemmata-device"))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the statements after the tests that were found, before -k and -m choose among all."""
    patterns = [*config.getoption("--lemmata"), *config.getoption("--lemmata-file")]
    if not patterns:
        return
    from checks.context import Options
    from checks.lock.lock import patterns_of
    from checks.running.runner import reachable_exactly
    from checks.running.work import works_of

    quick = bool(config.getoption("--lemmata-quick"))
    found, device = config.stash[FOUND]
    options = Options(seed=config.getoption("--lemmata-seed"), device=device, quick=quick)
    parent = Statements.from_parent(session, name="lemmata", nodeid="lemmata")
    chosen = [w.item for w in reachable_exactly(works_of(found))] if quick else found
    items += [StatementTest.from_parent(parent, name=i.id, item=i, options=options) for i in chosen]
    lock = config.stash.get(LOCK, None)
    if lock is not None:
        gone = lock.vanished({i.id for i in found}, patterns_of(patterns))
        items.append(NothingVanished.from_parent(parent, name="lock", gone=gone))


class Statements(pytest.Collector):
    """The parent node of all statements."""

    def collect(self) -> Iterator[pytest.Item]:
        yield from ()


class LemmataTest(pytest.Item):
    """A test whose failure is explained in words."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The evidence in place of a traceback."""
        if isinstance(excinfo.value, StatementFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class NothingVanished(LemmataTest):
    """All statements of the lock that the patterns name exist."""

    def __init__(self, *, gone: Sequence[str], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.gone = gone

    def runtest(self) -> None:
        if self.gone:
            raise StatementFailed(f"in the lock, but there is no such statement: {', '.join(self.gone)}")

    def reportinfo(self) -> tuple[Path | str, int | None, str]:
        return "lemmata.lock", None, self.name


class StatementTest(LemmataTest):
    """One statement; it passes if it is verified or measured, and not weaker than the lock."""

    def __init__(self, *, item: Item, options: Options, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.statement = item
        self.options = options
        self.extra_keyword_matches |= {item.paper, item.slug}

    def runtest(self) -> None:
        from checks.ci.words import evidence_lines, headline
        from checks.running.runner import check_item
        from checks.verdicts import GOOD

        result = check_item(self.statement, self.options)
        if result.verdict not in GOOD:
            raise StatementFailed(self._words(result))
        self.add_report_section("call", "lemmata", "\n".join((headline(result), *evidence_lines(result))))
        if (said := self._regressions(result)) is not None:
            raise StatementFailed(f"{self.statement.id}: {said}")

    def _words(self, result: Result) -> str:
        from checks.ci.words import evidence_lines, headline
        from checks.library.collect import resolve
        from checks.studies.at import command_for

        statement = resolve(self.statement)
        lines = [f"{result.id}: {headline(result)}", *evidence_lines(result)]
        witness = next((e.at or e.witness for e in result.evidence if e.witness), None)
        again = command_for(statement, witness, self.statement.name) if witness is not None else ""
        return "\n".join([*lines, f"again: {again}"] if again else lines)

    def _regressions(self, result: Result) -> str | None:
        """What is weaker than in the lock, None if nothing is."""
        lock = self.config.stash.get(LOCK, None)
        if lock is None:
            return None
        from checks.lock.lock import compare, today

        now = today([self.statement], [result], self.options.seed)
        only = replace(lock, entries={k: e for k, e in lock.entries.items() if k == result.id})
        changes = [c for c in compare(only, now, quick=self.options.quick) if c.regression]
        return "; ".join(f"{c.what}: was {c.was}, now {c.now}" for c in changes) or None

    def reportinfo(self) -> tuple[Path | str, int | None, str]:
        from checks.library.places import place_of

        place = place_of(self.statement)
        return (place[0], place[1] - 1, self.statement.slug) if place else ("lemmata", None, self.statement.slug)

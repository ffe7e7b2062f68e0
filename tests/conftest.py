"""One thread of arithmetic a test process, one run of the library for all tests, and tests in a sensible order."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from measuring import SEED, fresh_seed, measured_once, once
from scheduling import longest_first, write_seconds
from scheduling import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler

from checks.running.schedule.base import ENVIRONMENT
from checks.verdicts import Result, Verdict

if TYPE_CHECKING:
    from checks.context import Options
    from checks.running.cache.evidence import Reused
    from checks.running.runner import KnownEvidence
    from derivations.statements import Statement

for name, count in ENVIRONMENT.items():
    os.environ.setdefault(name, count)  # the workers of pytest-xdist, which inherit this, have a core each

gc.set_threshold(50_000, 20, 20)  # a tenth of the time otherwise: expressions are many small objects that stay

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is found once in a whole run of the tests: all workers of pytest-xdist have the same."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "results"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def library(shared: Path, kept: Path) -> Callable[[str], Result]:
    """The result of a statement of the library by its id, found once in a whole run of the tests.

    With a seed that CI drew, what it leaves undecided is drawn once more, as by `lemmata check --fresh`.
    """

    def found(id: str) -> Result:
        import torch

        torch.set_num_threads(1)  # sums depend on it
        seed = fresh_seed()
        result = with_seed(id, seed)
        return with_seed(id, seed + 1) if result.verdict is Verdict.UNDECIDED and seed != SEED else result

    def with_seed(id: str, seed: int) -> Result:
        from checks.running.runner import Options, check
        from derivations.papers import paper

        key, _, slug = id.partition(".")
        options = Options(seed=seed)
        reused, known = exact_evidence(id, options)
        result = check(paper(key)[slug], options, measured_once(key, slug, kept), known)
        reused.keep(result)
        return result

    return lambda id: once(shared, id, lambda: found(id))


@pytest.fixture(scope="session")
def refutation(kept: Path) -> Callable[[Statement], Result]:
    """What refutes a false twin of a statement of the library; networks are trained once for both."""

    def found(twin: Statement) -> Result:
        from refuting import first_refutation

        from checks.running.runner import Options

        return first_refutation(twin, Options(seed=SEED), measured_once(twin.paper, twin.slug, kept))

    return found


def exact_evidence(id: str, options: Options) -> tuple[Reused, KnownEvidence]:
    """What exact methods found of a statement in an earlier run in this repository, of the command or of the tests.

    It is reused as in the command, by a key of all that it depends on, which is no seed; all else is judged anew.
    """
    from checks.library.collect import collect
    from checks.running.cache.evidence import Reused
    from checks.running.runner import SEEDLESS
    from checks.running.work import works_of
    from checks.store.shelf import CACHE

    reused = Reused(works_of(collect([id])), options, ROOT / CACHE)
    known = reused.known.get(id)
    if known is None:  # everything was found before
        known = {m: [e for r in reused.results for e in r.evidence if e.method == m] for m in SEEDLESS}
    return reused, {m: known[m] for m in SEEDLESS if m in known}


@pytest.fixture(scope="session")
def kept(shared: Path, request: pytest.FixtureRequest) -> Path:
    """A folder for measurements, which stay between runs of the tests; `pytest --cache-clear` deletes them."""
    cache = request.config.cache
    return shared if cache is None else Path(cache.mkdir("measured"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes down how long tests take."""
    parser.addoption("--write-seconds", action="store_true", help="record the longest tests in tests/data/seconds.txt")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests first."""
    longest_first(config.rootpath, items)


def pytest_runtest_teardown() -> None:
    """One thread again: a test that asked torch for two made all later ones of its worker wait for each other."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def pytest_collection_finish() -> None:
    """What the tests import stays: looking through it for garbage again and again would find none."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Record the seconds of a run that was asked to."""
    if config.getoption("--write-seconds", False):
        every = (r for found in terminalreporter.stats.values() for r in found if isinstance(r, pytest.TestReport))
        write_seconds(config.rootpath, every)

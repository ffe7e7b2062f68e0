"""Wrong measurements: noise in place of a measurement, one per cent off, or no effect, passes for no reading."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from measuring import SEED, fresh_seed, measured_once, remember, roots_of

from checks.context import Context, Options
from checks.library.collect import collect
from checks.methods import scaling
from checks.methods.trajectory import enough, followed_enough
from checks.papers import readings_of
from checks.readings import (
    RESOLUTION,
    Compared,
    Differentiated,
    Followed,
    Means,
    Measurement,
    Reading,
    Sampled,
    Scaled,
    Shares,
    Tried,
)
from checks.running.cache.evidence import Reused
from checks.running.runner import check
from checks.running.work import works_of
from checks.store.shelf import CACHE
from checks.store.sources import reached, sources
from checks.studies.wrong import evidence_of, no_effect, wrong
from checks.verdicts import Verdict
from derivations.papers import KEYS, module_of, paper
from derivations.quantities import MeasuredQuantity
from derivations.statements import Bound, Gradient, Identity, Probability, Rate, Statement

ROOT = Path(__file__).parent.parent
CONTEXT = Context(3)
VERIFIED = Verdict.VERIFIED
x = sp.Symbol("x", real=True)
n = sp.Symbol("n", positive=True)
SEEN = MeasuredQuantity("what is seen", "s")
EQUAL, LESS, LAW = Identity("equal", SEEN, x), Bound("less", SEEN, x), Rate("law", SEEN, n, -1)
CHANCE = Probability("chance", "an event", at_most=sp.Rational(1, 2))
SLOPE = Gradient("slope", x, 2 * x, of=x**2)
SIZES, HALVED = np.repeat([1.0, 2, 4, 8, 16], 4), np.repeat([1.0, 0.5, 0.25, 0.125, 0.0625], 4)
RNG = np.random.default_rng(0)
ROW = RNG.uniform(1, 2, 40)


def normal(mean: float, count: int = 60) -> Means:
    return Means(RNG.normal(mean, 1, (count, 1)), law="normal")


def _draws(count: int) -> Iterator[Any]:
    yield np.random.default_rng(count).normal(1, 0.5, (count, 1))


HONEST: dict[str, tuple[Statement, Measurement]] = {
    "equal sides": (EQUAL, Followed(ROW, ROW, "=", 1e-12, "")),
    "one pair of equal sides": (EQUAL, Followed(ROW[:1], ROW[:1], "=", 1e-12, "")),
    "a bound": (LESS, Followed(ROW, 1.2 * ROW, "<=", 0.0, "")),
    "a bound far away": (LESS, Followed(ROW, 1e6 * ROW, "<=", 1e-12, "")),
    "one bound far away": (LESS, Followed(ROW[:1], 1e6 * ROW[:1], "<=", 1e-12, "")),
    "a negative bound": (LESS, Followed(-3 * ROW, -ROW, "<=", 0.0, "")),
    "an effect": (LESS, Compared(normal(0), normal(5))),
    "an effect against a number": (LESS, Compared(normal(0), 5.0)),
    "equal means": (EQUAL, Compared(normal(0, 4000), normal(0, 4000), "=", margin=0.3)),
    "shares": (LESS, Compared(Shares(np.array([3]), 1000), 0.1)),
    "a law": (LAW, Scaled(SIZES, HALVED * RNG.uniform(0.98, 1.02, 20))),
    "a chance": (CHANCE, Tried(10, 1000)),
    "a mean": (EQUAL, Sampled(_draws, np.array([1.0]))),
    "a derivative": (SLOPE, Differentiated({x: ROW}, 2 * ROW, 4)),
}  # fmt: skip
COARSE: dict[str, tuple[Statement, Measurement]] = {
    "a tolerance of a tenth": (EQUAL, Followed(ROW, ROW, "=", 0.1, "")),
    "a tolerance as large as the bound": (LESS, Followed(ROW, 2 * ROW, "<=", 200.0, "")),
    "a mean to two per cent": (EQUAL, Sampled(_draws, np.array([1.0]), resolution=0.03)),
}
"""What holds as well where it should not."""


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_measurement_passes_and_no_wrong_one(name: str) -> None:
    statement, found = HONEST[name]
    assert evidence_of(found, statement, CONTEXT).verdict is VERIFIED
    made = dict(wrong(found, statement, CONTEXT))
    assert made
    for change, one in made.items():
        assert evidence_of(one, statement, CONTEXT).verdict is not VERIFIED, change


def _beside(slug: str) -> Followed:
    """The reading of a zero at a point a hundredth beside it."""
    from checks.papers import kawaguchi2021, liu2019

    if slug == "equal-neurons":
        return kawaguchi2021._equal(CONTEXT, unlike=0.01)
    return liu2019._still({"spurious-point": "spurious", "critical-teacher": "teacher"}[slug], CONTEXT, off=0.01)


@pytest.mark.parametrize("slug", ["spurious-point", "critical-teacher", "equal-neurons"])
def test_zeros_are_seen_beside_other_points(slug: str) -> None:
    key = "kawaguchi2021" if slug == "equal-neurons" else "liu2019"
    assert evidence_of(_beside(slug), paper(key)[slug], CONTEXT).verdict is Verdict.REFUTED


@pytest.mark.parametrize("name", COARSE)
def test_what_cannot_fail_is_seen(name: str) -> None:
    statement, found = COARSE[name]
    passed = [
        w for w, one in wrong(found, statement, CONTEXT) if evidence_of(one, statement, CONTEXT).verdict is VERIFIED
    ]
    assert passed


NOTHING = {
    "liu2019.spurious-point": "both sides are 0: a point beside it is in test_zeros_are_seen_beside_other_points",
    "liu2019.critical-teacher": "both sides are 0: the same",
    "kawaguchi2021.equal-neurons": "both sides are 0: unlike neurons are in the same test",
}
"""Readings whose sides are 0 to rounding: noise of their size is 0 as well."""
ALONE = (
    "du2018.theorem-5-1", "du2018.theorem-6-1", "du2018.theorem-7-1", "du2018.finite-width", "du2018.weight-movement",
    "zhang2019.train-deep", "zhang2019.normalised", "zhang2019.tau-range", "zhang2019.iterations-resnet",
    "zhang2019.iterations-vanilla", "zhang2019.phase-critical", "zhang2019.conditioning", "zhang2019.backward-growth",
    "macdonald2023.mechanism-values", "macdonald2023.infinity-loss", "macdonald2023.infinity-start",
    "macdonald2023.smoothness-holds", "macdonald2023.bn-smooth", "kawaguchi2019.least-width", "liu2019.finite-sample",
)  # fmt: skip
"""Readings of four seconds of a processor or more: each is a test of its own, so that workers share them."""
NULLS = 12
"""Comparisons without an effect that are drawn of each."""


def readings(key: str) -> Iterator[tuple[Statement, int, Reading]]:
    """The readings that measure numbers: certified ranks and signs of balls are no numbers, counts are tested above."""
    for statement in paper(key).statements:
        for number, reading in enumerate(readings_of(key, statement.slug)):
            if reading.method != "enclosure" and not isinstance(statement, Probability):
                yield statement, number, reading


def accepted(statement: Statement, reading: Reading) -> list[str]:
    """What is wrong with the measurements that pass in the place of what a reading measures.

    The trials are as many as in a check, which draws more while they are too few to decide.
    """
    context = Options(seed=fresh_seed()).context(statement.id)
    if isinstance(statement, Rate):
        found: Measurement = scaling.measured(statement, (reading,), context)
    else:
        found = reading.measure(context)
    if isinstance(found, Compared):
        found = enough(reading, found, context)
    if isinstance(found, Followed):
        found = followed_enough(reading, found, context)
    if isinstance(found, Sampled):
        # a wrong mean is rejected from this resolution on, as the sample above shows
        assert found.resolution <= RESOLUTION, statement.id
        return []
    made = list(wrong(found, statement, context))
    assert made, statement.id
    if isinstance(found, Compared) and found.relation == "<=":
        made += [(f"no effect, {i}", no_effect(found, context.rng(f"no effect {i}"))) for i in range(NULLS)]
    return [change for change, one in made if evidence_of(one, statement, context).verdict is VERIFIED]


@pytest.mark.parametrize("name", [*KEYS, *ALONE])
def test_no_reading_of_the_library_accepts_a_wrong_measurement(name: str, kept: Path) -> None:
    """Those that are verified and those that are not, with the measurements of the papers' own tests.

    What they say of their statements is kept for `lemmata check`, which need not measure them again.
    """
    key, _, slug = name.partition(".")
    fed = []
    for statement, number, _ in readings(key):
        if slug in ("", statement.slug) and (slug or statement.id not in ALONE):
            passed = accepted(statement, measured_once(key, statement.slug, kept)[number])
            assert bool(passed) == (statement.id in NOTHING), (statement.id, passed)
            fed.append(statement.id)
    assert fed
    for id in dict.fromkeys(fed):
        remember(id, fresh_seed(), kept, ROOT / CACHE)


def test_the_command_reads_what_the_tests_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds it with the same seed, and measures with another seed or another reading."""
    id, key = "facts.groenwall", "facts"

    def known(seed: int) -> bool:
        return "trajectory" in Reused(works_of(collect([id])), Options(seed=seed), tmp_path / "cache").known.get(id, {})

    assert not known(5)
    remember(id, 5, tmp_path, tmp_path / "cache")
    assert known(5)
    assert not known(6)
    (reading,) = readings_of(key, "groenwall")
    remembered = check(paper(key)["groenwall"], Options(("trajectory",), 5), (reading,)).evidence
    (found,) = Reused(works_of(collect([id])), Options(seed=5), tmp_path / "cache").known[id]["trajectory"]
    assert [replace(e, seconds=0.0) for e in remembered] == [replace(found, seconds=0.0)]
    changed = replace(reading, measure=lambda context: reading.measure(context))
    monkeypatch.setattr("checks.library.collect.readings_for", lambda item: (changed,))
    monkeypatch.setattr("checks.running.work.readings_for", lambda item: (changed,))
    assert not known(5)


@pytest.mark.parametrize("key", KEYS)
def test_a_measurement_is_kept_by_all_statements_that_readings_name(key: str) -> None:
    """Those are found by name, and not imported; those of other papers would have to be among `roots_of`."""
    files = [text.decode() for name, text in sources().items() if name.startswith(f"checks/papers/{key}/")]
    assert files
    assert {named for text in files for named in re.findall(r"\bpaper\(([^)]*)\)", text)} <= {f'"{key}"'}
    home = module_of(key).__name__
    assert {home, f"checks.papers.{key}"} <= {*roots_of(key)}
    assert any(m.startswith("numerics.") for m in reached(roots_of(key)).modules)


def test_what_is_named_is_there() -> None:
    known = {s.id for key in KEYS for s, _, _ in readings(key)}
    assert {*NOTHING, *ALONE} <= known


def test_a_measurement_is_kept_for_its_context(tmp_path: Path) -> None:
    def measure(seed: int) -> Measurement:
        return measured_once("facts", "groenwall", tmp_path)[0].measure(Options(seed=seed).context("facts.groenwall"))

    def files() -> list[Path]:
        return [f for f in tmp_path.rglob("*") if f.is_file() and f.suffix != ".lock"]

    first, again = measure(SEED), measure(SEED)
    assert isinstance(first, Followed)
    assert isinstance(again, Followed)
    assert np.array_equal(first.left, again.left)
    assert len(files()) == 1
    files()[0].write_bytes(pickle.dumps(replace(again, left=again.left + 1)))
    kept = measure(SEED)
    assert isinstance(kept, Followed)
    assert np.array_equal(kept.left, first.left + 1), "what is kept is not measured again"
    measure(SEED + 1)
    assert len(files()) == 2

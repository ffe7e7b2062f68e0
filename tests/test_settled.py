"""The same statement gets the same verdict alone, among others, in a thread, and whatever hashes text has."""

import json

import pytest

from benchmarks.settled import SETTINGS, differing, found_everywhere

SOME = """
pythagoras double-angle derivative geometric inner-sum step-split false-branch logarithm-below sine sizes constrained
cauchy nearly-false false-at-one-end false-size valley least-squares false-gradient between power-exponential
""".split()


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return found_everywhere(SOME)


def test_verdicts_reasons_and_details_do_not_depend_on_the_setting(found: dict[str, list[str]]) -> None:
    """All of them are compared by `make soak`."""
    assert [len(lines) for lines in found.values()] == [len(SOME)] * len(SETTINGS)
    assert differing(found) == []
    less = {**found, "row": found["row"][1:]}
    assert differing(less) == [line for line in found["thread"] if line not in less["row"]]


@pytest.mark.parametrize("setting", SETTINGS)
def test_verdicts_are_the_right_ones(setting: str, found: dict[str, list[str]]) -> None:
    verdicts = {name: verdict for name, verdict, *_ in map(json.loads, found[setting])}
    right = {name: "refuted" if "false" in name else "verified" for name in SOME}
    assert verdicts == right

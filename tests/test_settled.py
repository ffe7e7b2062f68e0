"""The same statement gets the same verdict alone, among others, in a thread, and whatever hashes text has."""

import json

import pytest

from benchmarks.settled import SETTINGS, differing, found_everywhere, paper

SLOW = {"binomial-power", "bessel", "nearly-true", "trigonometric-mess"}
"""Those that spend the budget, which `make soak` compares as well."""
SOME = [s.slug for s in paper().statements if s.slug not in SLOW]


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return found_everywhere(SOME)


def test_verdicts_reasons_and_details_do_not_depend_on_the_setting(found: dict[str, list[str]]) -> None:
    """All of them are compared by `make soak`."""
    assert len(SOME) >= 50
    assert [len(lines) for lines in found.values()] == [len(SOME)] * len(SETTINGS)
    assert differing(found) == []
    less = {**found, "row": found["row"][1:]}
    assert differing(less) == [line for line in found["thread"] if line not in less["row"]]


@pytest.mark.parametrize("setting", SETTINGS)
def test_verdicts_are_the_right_ones(setting: str, found: dict[str, list[str]]) -> None:
    verdicts = {name: verdict for name, verdict, *_ in map(json.loads, found[setting])}
    # "polynomial-root" is false where exp(x − z) is large
    right = {n: "refuted" if "false" in n or n == "polynomial-root" else "verified" for n in SOME}
    assert verdicts == right

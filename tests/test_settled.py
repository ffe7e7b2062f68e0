"""The same statement gets the same verdict alone, among others, in a thread, and whatever hashes text has."""

import json

from benchmarks.settled import differing, found_in

SOME = """
pythagoras double-angle derivative geometric inner-sum step-split false-branch logarithm-below sine sizes constrained
cauchy nearly-false false-at-one-end false-size valley least-squares false-gradient between power-exponential
""".split()


def test_verdicts_reasons_and_details_do_not_depend_on_the_setting() -> None:
    """All of them are compared by `make soak`."""
    assert differing(SOME) == []


def test_verdicts_are_the_right_ones() -> None:
    verdicts = {name: verdict for name, verdict, *_ in map(json.loads, found_in("row", SOME, 7))}
    right = {name: "refuted" if "false" in name else "verified" for name in SOME}
    assert verdicts == right | {"power-exponential": "undecided"}

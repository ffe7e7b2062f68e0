"""Random polynomial claims: none that is false is proved, none that is true refuted, and answers stay the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from polynomial_claims import Example, example, negative_somewhere

from checks.provers import nlsat, squares
from checks.provers.claims import Claim, Obstacle, Proof

COUNT = 24
REPEATED = (1, 2, 3, 4)


def judged(made: Example, found: Proof | Obstacle) -> None:
    """Fails where an answer contradicts what is known of the claim, or what floats see at many points."""
    if isinstance(found, Proof):
        assert made.true
        assert not negative_somewhere(made)
    elif found.false:
        assert not made.true


@pytest.mark.parametrize("seed", range(COUNT))
def test_nlsat_says_nothing_wrong(seed: int) -> None:
    made = example(seed)
    judged(made, nlsat.prove(made.claim))


@pytest.mark.parametrize("seed", range(COUNT))
def test_sums_of_squares_say_nothing_wrong(seed: int) -> None:
    made = example(seed)
    found = squares.prove(made.claim, work=1000)
    judged(made, found)
    if isinstance(found, Proof):
        assert squares.verify(found.certificate, made.claim)
        # the same certificate shows nothing of a claim that is false by little
        f = made.claim.f - 10**-6
        assert not squares.verify(found.certificate, Claim(f, made.claim.ranges, made.claim.conditions))


def test_most_claims_are_decided() -> None:
    answers = [(e.true, nlsat.prove(e.claim)) for e in map(example, range(COUNT))]
    proved = sum(true and isinstance(found, Proof) for true, found in answers)
    refuted = sum(not true and isinstance(found, Obstacle) and found.false for true, found in answers)
    assert proved >= COUNT // 2 - 2
    assert refuted >= COUNT // 2 - 2


def said() -> str:
    """The answers to some of the claims, word by word."""
    found = [prover.prove(example(seed).claim) for seed in REPEATED for prover in (nlsat, squares)]
    return "\n".join(str(f.lines if isinstance(f, Proof) else (f.why, f.at)) for f in found)


def test_answers_are_the_same_twice_and_in_another_process() -> None:
    first = said()
    assert said() == first
    code = "import test_provers_fuzz; print(test_provers_fuzz.said())"
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent)])
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": path}
    other = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == first.strip()

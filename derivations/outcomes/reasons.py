"""Why a computation stands aside, as data: what exceptions, answers and evidence carry beside their words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something was not decided, or what a verdict leaves open; outcomes are decided by it, never by words."""

    NO_CLOSED_FORM = "no closed form"
    """An expectation, integral or sum has none here."""
    NOT_REDUCIBLE = "not reducible"
    """An expression has no normal form in these calculi."""
    OUTSIDE = "outside the calculus"
    """A method has no means for what it met: a function that it does not know, a text that it cannot write."""
    BUDGET = "budget spent"
    """A computation was stopped at its limit."""
    UNBOUNDED = "domain unbounded"
    """A variable ranges over a half-line that nothing here makes bounded."""
    NO_BOX = "domain not a box"
    """Integers, or conditions between variables, where balls need a box."""
    NO_POINT = "no point"
    """No point of the domain was found."""
    NO_VALUE = "no value"
    """What was evaluated has no value: at no point that was looked at, or at some."""
    NO_REAL_VALUE = "no real value"
    """A side is not real at some points of the domain."""
    POINTS_ONLY = "points only"
    """Seen at points, or proved for a few sizes, and not on the whole domain."""
    NO_PROOF = "no proof found"
    """Everything could be read, and no proof was found."""
    NOT_ATTAINED = "not attained"
    """No point was found at which a value is reached that is said to be."""
    ELSEWHERE = "proved otherwise"
    """A proof of another kind was found, which ended the search."""
    CONTRADICTED = "contradicted"
    """A proof or a closed form was found, and numbers contradict it."""
    UNCONFIRMED = "not confirmed"
    """A closed form or a translation was found that nothing else confirmed."""
    COARSE = "not fine enough"
    """Samples, an interval or rounding leave both answers open."""
    NOTHING_MEASURED = "nothing measured"
    """A run has no steps, or a theorem was not put to its checker yet."""


class Stopped(Exception):
    """A computation that stands aside; `reason` says why as data, the message in words."""

    reason: Reason = Reason.OUTSIDE

    def __init__(self, *said: object, reason: Reason | None = None) -> None:
        super().__init__(*said)
        if reason is not None:
            self.reason = reason


@dataclass(frozen=True)
class Why:
    """Why an engine has no answer: the reason, and the words for people."""

    reason: Reason
    said: str

    def __str__(self) -> str:
        return self.said

    @classmethod
    def of(cls, error: Stopped) -> Why:
        """What an exception says."""
        return cls(error.reason, str(error))

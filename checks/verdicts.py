"""Verdicts and evidence: what is known of a statement, and how strongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from checks.witnesses import Witness
from derivations.letters.shown import Shown
from derivations.reasons import Reason

if TYPE_CHECKING:
    from derivations.statements import Statement


class Verdict(Enum):
    """The outcome of a method or of all methods; it has no truth value.

    A statement that is marked as bookkeeping or as a definition ends as such where another would be verified or
    measured: it is not counted among those.
    """

    VERIFIED = "verified"
    MEASURED = "measured"
    BOOKKEEPING = "bookkeeping"
    DEFINITION = "definition"
    UNDECIDED = "undecided"
    REFUTED = "refuted"
    ERROR = "error"

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: compare it, as in `verdict is Verdict.VERIFIED`")


GOOD = (Verdict.VERIFIED, Verdict.MEASURED, Verdict.BOOKKEEPING, Verdict.DEFINITION)
"""Verdicts with which a run succeeds."""

OPEN = (Verdict.UNDECIDED, Verdict.ERROR)
"""Verdicts that trying again may change."""


class Assurance(Enum):
    """How strong the strongest evidence is; `rank` orders them."""

    KERNEL = "kernel"
    ENCLOSED = "enclosed"
    SYMBOLIC = "symbolic"
    MEASURED = "measured"
    NONE = "none"

    @property
    def rank(self) -> int:
        return list(Assurance).index(self)


METHODS = {
    "rocq": Assurance.KERNEL,
    "symbolic": Assurance.SYMBOLIC,
    "enclosure": Assurance.ENCLOSED,
    "precision": Assurance.MEASURED,
    "autograd": Assurance.MEASURED,
    "sampling": Assurance.MEASURED,
    "search": Assurance.MEASURED,
    "trajectory": Assurance.MEASURED,
    "scaling": Assurance.MEASURED,
}
"""The methods in the order in which they run, and the assurance that the evidence of each gives."""
EXACT = {name: gives for name, gives in METHODS.items() if gives is not Assurance.MEASURED}
"""The methods that prove; all others measure."""


class Found(Shown):
    """What a check or a study found, as notebooks show it."""

    _printed_by: ClassVar[str] = "checks.notebook"


class Judged(Found):
    """What has a verdict or an outcome: `bool()` of it raises, so that nobody takes the object itself for that."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} has no truth value: compare what it says, its verdict for one")


@dataclass(frozen=True, repr=False)
class Evidence(Judged):
    """What one method found.

    `residual` is what was seen and `tolerance` what is allowed, both in the same unit, as `detail` says;
    `at` is where the statement fails, as data, and `witness` its text; `reason` is why a method stands aside, or what
    it leaves open where it does not; `data` is what pictures and reports are drawn from.
    An undecided exact method that has no means for the statement at all has `reachable` False. `route` is the way by
    which the numbers came, such as "quadrature": two keys of one route are one key. `alone` is False where the evidence
    agrees with an exact claim without being as fine as it is: it is a second key and never the only one.
    """

    method: str
    verdict: Verdict
    detail: str = ""
    residual: float | None = None
    tolerance: float | None = None
    witness: str | None = None
    seed: int | None = None
    seconds: float = 0.0
    reachable: bool = True
    route: str = ""
    alone: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
    at: Witness | None = None

    def __post_init__(self) -> None:
        if self.at is not None:
            object.__setattr__(self, "witness", self.at.text)


@dataclass(frozen=True, repr=False)
class Result(Judged):
    """A statement's verdict with the evidence for it.

    `statement` is the statement itself where the caller of `checks.check` had it in hand; results that were read from
    a file are without.
    """

    id: str
    paper: str
    kind: str
    source: str
    fingerprint: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict
    assurance: Assurance
    reason: str = ""
    statement: Statement | None = field(default=None, compare=False)


def judge(
    evidence: Sequence[Evidence], missing_keys: Sequence[str] = (), mark: str = ""
) -> tuple[Verdict, Assurance, str]:
    """The verdict of all evidence together, its assurance, and why: the rule of two keys.

    A `mark` of the statement, "definition" or "bookkeeping", takes the place of what succeeded.
    """
    verdict, assurance, reason = _judged(evidence, missing_keys)
    if mark and verdict in (Verdict.VERIFIED, Verdict.MEASURED):
        return Verdict(mark), assurance, f"{MARKED[mark]}; {reason}"
    return verdict, assurance, reason


MARKED = {
    "definition": "nothing is claimed",
    "bookkeeping": "follows by substitution from what it cites",
}


def _judged(evidence: Sequence[Evidence], missing_keys: Sequence[str] = ()) -> tuple[Verdict, Assurance, str]:
    """The verdict on a statement without a mark.

    `verified` takes an exact method and an empirical one whose numbers came by another route, wherever both can exist;
    what only measurement reaches is `measured`. One refutation refutes, unless it is SymPy's alone, and one error is an
    error. `missing_keys` are methods that apply but were not asked for.
    """
    assurance = min((_assurance_of(e) for e in evidence), key=lambda a: a.rank, default=Assurance.NONE)
    by_verdict = {v: [e for e in evidence if e.verdict is v] for v in Verdict}
    witnessed = [e for e in by_verdict[Verdict.REFUTED] if e.method != "symbolic"]
    if witnessed:
        return Verdict.REFUTED, Assurance.NONE, f"refuted by {witnessed[0].method}"
    if by_verdict[Verdict.ERROR]:
        return Verdict.ERROR, Assurance.NONE, f"error in {by_verdict[Verdict.ERROR][0].method}"
    if by_verdict[Verdict.REFUTED]:
        other = [m for m in missing_keys if m not in EXACT]
        if other or any(e.method not in EXACT and e.reachable for e in evidence):
            asked = f": not asked were {', '.join(other)}" if other else ""
            return Verdict.UNDECIDED, Assurance.NONE, f"SymPy says that it is false, and no number shows it{asked}"
        return Verdict.REFUTED, Assurance.NONE, "refuted by symbolic; no number can exist"
    exact = [e for e in evidence if e.method in EXACT and (e.reachable or e.verdict is not Verdict.UNDECIDED)]
    empirical = [e for e in evidence if e.method not in EXACT]
    proofs = [e for e in exact if e.verdict is Verdict.VERIFIED]
    seen = [e for e in empirical if e.verdict is Verdict.VERIFIED]
    open_empirical = [e.method for e in empirical if e.verdict is Verdict.UNDECIDED and e.reachable]
    if any(p.route != e.route or not p.route for p in proofs for e in seen):
        return Verdict.VERIFIED, assurance, "an exact and an empirical key"
    if proofs and seen:
        return Verdict.UNDECIDED, assurance, f"one key: all numbers came by one route ({proofs[0].route})"
    if proofs:
        other = [m for m in missing_keys if m not in EXACT]
        if other or open_empirical:
            said = next((f": {e.detail}" for e in empirical if e.method in open_empirical and e.detail), "")
            named = ", ".join(other or open_empirical)
            return Verdict.UNDECIDED, assurance, f"the empirical key is missing ({named}){said}"
        return Verdict.VERIFIED, assurance, "an exact key; no empirical one can exist"
    if seen and not exact:
        if not any(e.alone for e in seen):
            why = "; ".join(f"{e.method}: {e.detail}" for e in seen)
            return Verdict.UNDECIDED, Assurance.NONE, f"the claim is finer than what was measured: {why}"
        return Verdict.MEASURED, assurance, "measured; no exact method reaches it"
    if seen:
        why = "; ".join(f"{e.method}: {e.detail}" for e in exact)
        return Verdict.UNDECIDED, assurance, f"measured, but not proved: {why}"
    return Verdict.UNDECIDED, Assurance.NONE, "no method could decide it" if evidence else "no method applies"


def _assurance_of(e: Evidence) -> Assurance:
    if e.verdict is not Verdict.VERIFIED:
        return Assurance.NONE
    return EXACT.get(e.method, Assurance.MEASURED)

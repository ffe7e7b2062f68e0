"""Verdicts and evidence: what is known of a statement, and how strongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from derivations.letters.shown import Shown
from derivations.outcomes.reasons import Reason
from numerics.witnesses import Witness

if TYPE_CHECKING:
    from derivations.statements import Statement


class Verdict(Enum):
    """The outcome of a method or of all methods; it has no truth value.

    A statement that is marked as bookkeeping or as a definition ends as such where another would be verified or
    measured: it is not counted among those. One that is marked as cited, a theorem with its source, ends as such where
    it is tested and not proved.
    """

    VERIFIED = "verified"
    CITED = "cited"
    MEASURED = "measured"
    BOOKKEEPING = "bookkeeping"
    DEFINITION = "definition"
    UNDECIDED = "undecided"
    REFUTED = "refuted"
    ERROR = "error"

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: compare it, as in `verdict is Verdict.VERIFIED`")


GOOD = (Verdict.VERIFIED, Verdict.CITED, Verdict.MEASURED, Verdict.BOOKKEEPING, Verdict.DEFINITION)
"""Verdicts with which a run succeeds."""

COUNTED = (Verdict.VERIFIED, Verdict.CITED, Verdict.MEASURED)
"""Those of them in which something is claimed that is not said elsewhere."""

OPEN = (Verdict.UNDECIDED, Verdict.ERROR)
"""Verdicts that trying again may change."""


class Assurance(Enum):
    """How strong the strongest evidence is."""

    KERNEL = "kernel"
    ENCLOSED = "enclosed"
    SYMBOLIC = "symbolic"
    CITED = "cited"
    MEASURED = "measured"
    NONE = "none"

    @property
    def rank(self) -> int:
        """The place in the order of strength: 0 for the strongest."""
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
    """The result of a check or study, which notebooks show as a table."""

    _printed_by: ClassVar[str] = "checks.notebook"


class Judged(Found):
    """A result with a verdict; `bool()` of it raises an error, so that nobody mistakes the object for its verdict."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} has no truth value: compare one of its fields, such as its verdict")


@dataclass(frozen=True, repr=False)
class Evidence(Judged):
    """What one method found.

    Args:
        method: The name of the method.
        verdict: Its verdict.
        detail: What was done, in words.
        residual: What was measured, in the unit of `tolerance`.
        tolerance: The largest residual that is allowed.
        witness: Where the statement fails, in words.
        at: The same as data, if it is a point or a place of a run; `witness` is then its text.
        reason: Why the method stands aside, or what its verdict leaves open.
        seed: The seed of its random numbers.
        seconds: How long it took.
        reachable: False for an undecided exact method that cannot treat statements of this form at all.
        route: How the numbers were computed, such as "quadrature": two methods with one route are one key.
        alone: False for a measurement that is coarser than the exact claim: it can only be a second key.
        data: What pictures and reports are drawn from.

    Example:
        >>> from checks.verdicts import Evidence, Verdict
        >>> Evidence("precision", Verdict.VERIFIED, residual=1e-16, tolerance=1e-11).route
        ''
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
    """The verdict on a statement, with the evidence for it.

    Attributes:
        id: The statement's id.
        paper: The paper's key.
        kind: The kind of statement, such as "Bound".
        source: Where the paper states it.
        fingerprint: A hash of the claim and its domain.
        evidence: What each method found.
        verdict: The verdict of all evidence together.
        assurance: How strong the strongest evidence is.
        reason: Why this is the verdict, in words.
        statement: The statement, if the caller of `checks.check` passed it; None for results read from a file.
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
    """Combine evidence to a verdict by the rule of two keys.

    *Verified* needs an exact method and an empirical one whose numbers were computed by another route, wherever both
    can exist. A statement that only measurements can test is *measured*. One refutation refutes, unless only SymPy has
    it, and one error is an error.

    Args:
        evidence: The evidence of all methods.
        missing_keys: The names of methods that apply but were not run.
        mark: The statement's mark: "definition" or "bookkeeping", which takes the place of success, or "cited", which
            takes that of a test without a proof.

    Returns:
        The verdict, its assurance, and the reason in words.

    Example:
        >>> from checks.verdicts import Evidence, Verdict, judge
        >>> proof = Evidence("symbolic", Verdict.VERIFIED, route="sympy")
        >>> numbers = Evidence("precision", Verdict.VERIFIED, route="quadrature")
        >>> judge([proof, numbers])[0].value
        'verified'
    """
    verdict, assurance, reason = _judged(evidence, missing_keys)
    if mark == "cited":
        tested = any(e.verdict is Verdict.VERIFIED and e.method not in EXACT for e in evidence)
        proofs = [e for e in evidence if e.verdict is Verdict.VERIFIED and e.method in EXACT]
        if verdict is Verdict.VERIFIED and all(TAKEN in e.data for e in proofs):
            return Verdict.CITED, Assurance.CITED, MARKED[mark]  # what a rule takes for granted is no proof of it
        if verdict is Verdict.MEASURED or (verdict is Verdict.UNDECIDED and tested and assurance in UNPROVED):
            return Verdict.CITED, Assurance.CITED, MARKED[mark]
    elif mark and verdict in (Verdict.VERIFIED, Verdict.MEASURED):
        return Verdict(mark), assurance, f"{MARKED[mark]}; {reason}"
    return verdict, assurance, reason


TAKEN = "theorems"
"""The key of an evidence's data under which stands what standard theorems its proof takes for granted."""
UNPROVED = (Assurance.CITED, Assurance.MEASURED, Assurance.NONE)
MARKED = {
    "cited": "a theorem of its source; tested, and not proved here",
    "definition": "nothing is claimed",
    "bookkeeping": "follows by substitution from what it cites",
}


def _judged(evidence: Sequence[Evidence], missing_keys: Sequence[str] = ()) -> tuple[Verdict, Assurance, str]:
    """The verdict on a statement without a mark."""
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

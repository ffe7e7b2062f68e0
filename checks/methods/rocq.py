"""Method `rocq`: the answer of Rocq's kernel that `lemmata prove` recorded here, for this statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks.context import Context
from checks.readings import Reading
from checks.rocq.records import Record, Records
from checks.verdicts import Evidence, Verdict
from derivations.outcomes.reasons import Reason
from derivations.statements import Statement


def recorded(statement: Statement) -> Record | None:
    """The record of the statement's proof in this folder, or None."""
    return Records().get(statement)


def applies(statement: Statement, readings: Sequence[Reading]) -> bool:
    """Statements that `lemmata prove` has treated in this folder; for some the record says why they have no theorem."""
    return recorded(statement) is not None


def run(statement: Statement, readings: Sequence[Reading], context: Context) -> Sequence[Evidence]:
    """The kernel's answer, as it was recorded for the same text, library and version."""
    record = recorded(statement)
    return [evidence(record)] if record is not None else []


def evidence(record: Record) -> Evidence:
    """A record as evidence: a proof that coqc refused says nothing about the statement."""
    if record.wrong:
        return Evidence("rocq", Verdict.ERROR, record.wrong)
    outcome = record.outcome
    if outcome is None:
        said, why = record.problem or "not yet checked by coqc", record.reason or Reason.NOTHING_MEASURED
        return Evidence("rocq", Verdict.UNDECIDED, said, reachable=False, reason=why)
    if not outcome.accepted:
        said, why = outcome.message, outcome.reason or Reason.NO_PROOF
        return Evidence("rocq", Verdict.UNDECIDED, said, seconds=outcome.seconds, reachable=False, reason=why)
    axioms = "the classical reals" + (", primitive floats" if any("Float" in a for a in outcome.assumptions) else "")
    detail = f"accepted by coqc, {record.agreed} values read back; assumes {axioms}"
    data = {"theorem": record.proposition, "remarks": list(record.remarks)}
    return Evidence("rocq", Verdict.VERIFIED, detail, seconds=outcome.seconds, data=data)


if TYPE_CHECKING:
    from checks.methods import Method, rocq

    _method: Method = rocq

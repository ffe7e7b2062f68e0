"""Earlier theorems of this folder, by content, with coqc's answers: written once, read by every later check."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sympy import Basic, Eq, srepr

from checks.rocq.coqc import Outcome, Source
from checks.rocq.refusals import advised
from checks.store.shelf import Shelf
from checks.store.sources import reached
from checks.verdicts import Found
from derivations.outcomes.budget import BudgetSpent, budget, fresh
from derivations.outcomes.reasons import Reason
from derivations.quantities.schemas import quantified
from derivations.statements import Bound, Statement

WRITERS = ("checks.rocq.certificates", "checks.rocq.readback", "derivations.rocq.theorems")
"""The modules that write a theorem and read it back: its text depends on them and on all that they import."""


@dataclass(frozen=True, repr=False)
class Record(Found):
    """One statement's theorem: its text and proposition, or in `problem` why there is none.

    `agreed` counts the evaluations in which the printed terms had the values of the statement's expressions;
    `wrong` is a difference between the two, or a mistake of the writer, which makes it an error; `outcome` is what coqc
    said; `reason` is the problem as data.
    """

    id: str
    text: str = ""
    proposition: str = ""
    remarks: tuple[str, ...] = ()
    agreed: int = 0
    problem: str = ""
    wrong: str = ""
    outcome: Outcome | None = None
    reason: Reason | None = None

    @property
    def source(self) -> Source:
        return Source(self.id, re.sub(r"\W", "_", f"m_{self.id}"), self.text)


def key(statement: Statement) -> str:
    """A hash of all that a theorem's text depends on."""
    steps = statement.derivation.steps if statement.derivation else ()
    parts = [
        reached(WRITERS).digest,
        statement.id,
        statement.fingerprint,
        *(f"{s.relation}{_code(s.expr)}" for s in steps),
    ]
    parts.append(str(sorted(map(str, (statement.sharp_at or {}).items()))) if isinstance(statement, Bound) else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


WRITING_STEPS = 20_000_000
"""In how many steps the certificates of all goals of a theorem are looked for."""


def _code(expr: Any) -> str:
    return srepr(expr) if isinstance(expr, Basic) else repr(expr)


def written(statement: Statement) -> Record:
    """The theorem of a statement, with its certificate, read back; without one, the record says why."""
    from checks.rocq.certificates import certificate, where_attained
    from checks.rocq.readback import Differs, Undefined, Unread, compare
    from derivations.rocq.tactics import NoScript
    from derivations.rocq.terms import Untranslatable
    from derivations.rocq.theorems import theorem_of

    record = Record(statement.id)
    steps = statement.derivation.steps if statement.derivation is not None else ()
    if quantified((*statement.content, *statement.domain.where)) or any(s.instances or s.rule for s in steps):
        problem = "its derivation uses facts by instance, which are no theorems for Rocq here"
        return replace(record, problem=problem, reason=Reason.OUTSIDE)
    if any(isinstance(r, Eq) for r in statement.domain.where):
        problem = "an equation restricts its domain: put in one variable in terms of the others"
        return replace(record, problem=problem, reason=Reason.OUTSIDE)
    fresh()
    try:
        with budget(WRITING_STEPS):
            theorem = theorem_of(statement, certificate, where_attained)
            agreed = compare(theorem, statement)
    except BudgetSpent as error:
        problem = advised(f"no certificate: {error}", Reason.BUDGET)
        return replace(record, problem=problem, reason=Reason.BUDGET)
    except Untranslatable as error:
        return replace(record, problem=advised(f"no translation of {error}", error.reason), reason=error.reason)
    except NoScript as error:
        return replace(record, problem=advised(f"no certificate: {error}", error.reason), reason=error.reason)
    except Unread as error:
        return replace(record, problem=advised(f"not read back: {error}", error.reason), reason=error.reason)
    except Undefined as error:
        return replace(
            record, problem=advised(f"not defined on its whole domain: {error}", error.reason), reason=error.reason
        )
    except Differs as error:
        return replace(record, wrong=f"mistranslated: {error}")
    except Exception as error:  # one statement must not stop the others, and a mistake is no want of a proof
        return replace(record, wrong=f"error while writing: {type(error).__name__}: {error}")
    propositions = "\n\n".join(theorem.proposition(i) for i in range(len(theorem.goals)))
    return replace(
        record, text=theorem.text(), proposition=propositions, remarks=tuple(theorem.context.remarks), agreed=agreed
    )


class Records:
    """The records of this folder, by content."""

    def __init__(self) -> None:
        self._shelf = Shelf("theorems")

    def get(self, statement: Statement) -> Record | None:
        if not self._shelf.size()[0]:
            return None  # the key takes a second in each process: every module that a theorem rests on is read
        data = self._shelf.get(key(statement))
        if data is None:
            return None
        try:
            outcome = data["outcome"]
            return Record(
                str(data["id"]),
                str(data["text"]),
                str(data["proposition"]),
                tuple(map(str, data["remarks"])),
                int(data["agreed"]),
                str(data["problem"]),
                str(data["wrong"]),
                None if outcome is None else Outcome.read(outcome),
                None if data.get("reason") is None else Reason(data["reason"]),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def put(self, pairs: Sequence[tuple[Statement, Record]]) -> None:
        """Keep these records."""
        self._shelf.put({key(statement): asdict(record) for statement, record in pairs})

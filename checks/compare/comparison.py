"""Is this LaTeX formula the derived one? Equal, equal up to notation, different with a witness, or unreadable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NoReturn

from checks.compare.agreement import NO_ANSWER
from checks.compare.findings import finding
from checks.compare.formulas import RENAMING_STEPS, Claim, Formula, readings
from checks.verdicts import Judged
from derivations.latex import latex
from derivations.letters.abbreviations import Abbreviation
from derivations.letters.notation import Notation
from derivations.outcomes.budget import BudgetSpent, budget, fresh, steps_taken
from derivations.proofs.foreign import ForeignError, foreign_errors
from derivations.statements import Probability, Statement
from derivations.tex import syntax as tree
from derivations.tex.align import Part
from derivations.tex.errors import Unreadable
from derivations.tex.names import vocabulary
from derivations.tex.reader import Conventions
from derivations.tex.source.macros import Macros
from derivations.writing.text import text as plain_text

STEPS = 18_000_000
LONGEST_TERM = 400
"""Characters of LaTeX after which a differing part is not shown: it explains nothing."""


class Outcome(Enum):
    """What a comparison found; it has no truth value."""

    EQUAL = "equal"
    NOTATION = "equal up to notation"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"

    def __bool__(self) -> NoReturn:
        raise TypeError("an Outcome has no truth value: compare it, as in `outcome is Outcome.EQUAL`")


@dataclass(frozen=True, repr=False)
class Comparison(Judged):
    """What was found of one formula.

    `understood` is the formula as it was read, printed back; `how` says how equality is known or what differs; at
    `witness` the formula has the value `given` and the derivation `derived`; `term` names the part that differs; of
    an unreadable formula `at` is the number of characters before the place.
    """

    statement: str
    outcome: Outcome
    how: str
    understood: str = ""
    notes: tuple[str, ...] = ()
    witness: str = ""
    given: str = ""
    derived: str = ""
    term: str = ""
    at: int | None = None


def compare(
    statement: Statement,
    text: str,
    *,
    abbreviations: Iterable[Abbreviation] = (),
    notation: Notation | None = None,
    macros: Macros | None = None,
    side: str = "",
) -> Comparison:
    """Compare a formula in LaTeX with a statement.

    `macros` are those of the formula's file; `side` is lhs or rhs where only one side may be meant.
    """
    fresh()
    try:
        if isinstance(statement, Probability):
            raise Unreadable("a Probability, whose claim is in words", 0, "formulas of other kinds are compared")
        with budget(STEPS), foreign_errors():
            names = vocabulary(statement, abbreviations, notation, macros)
            node = names.parse(text)
            return _best(Claim(statement, names, text, side, node.remark), node)
    except Unreadable as error:
        return _unreadable(statement, error)
    except RecursionError:
        return _unreadable(statement, Unreadable("a formula nested too deeply", 0))
    except ForeignError as error:
        if isinstance(error.__cause__, RecursionError):
            return _unreadable(statement, Unreadable("a formula nested too deeply", 0))
        return _not_compared(statement, error)
    except BudgetSpent:
        return Comparison(statement.id, Outcome.UNDECIDED, f"not decided within {STEPS:,} steps")
    except NO_ANSWER as error:
        return _not_compared(statement, error)


def _not_compared(statement: Statement, error: Exception) -> Comparison:
    why = " ".join(str(error).split())[:120] or type(error).__name__
    return Comparison(statement.id, Outcome.UNDECIDED, f"it could not be compared: {why}")


def _unreadable(statement: Statement, error: Unreadable) -> Comparison:
    said = str(error)
    said = said if len(said) <= LONGEST_TERM else said[:LONGEST_TERM] + "…"
    return Comparison(statement.id, Outcome.UNREADABLE, said, at=error.at)


def _best(claim: Claim, node: tree.Chain) -> Comparison:
    """The best outcome over the ways in which the formula can be read, the usual one first."""
    first: Comparison | None = None
    unknown: list[Unreadable] = []
    seen: list[str] = []
    started = steps_taken()
    for conventions in (
        Conventions(),
        Conventions(short_arguments=True),
        Conventions(wide_slash=True),
        Conventions(True, True),
    ):
        for renaming, formula in readings(claim, node, conventions, unknown):
            if (shown := formula.latex + repr(sorted(map(str, renaming.items())))) in seen:
                continue
            seen.append(shown)
            if renaming and steps_taken() - started > RENAMING_STEPS:
                break
            try:
                with budget(RENAMING_STEPS if renaming else STEPS):
                    found = _compared(claim, formula, renaming)
            except BudgetSpent:
                if not renaming:
                    raise
                continue
            if found.outcome in (Outcome.EQUAL, Outcome.NOTATION):
                if conventions != Conventions():
                    note = "read in the second of two ways: see what was understood"
                    found = replace(found, notes=(*found.notes, note))
                return found
            if not renaming and (first is None or _clearer(found, first)):
                first = found
    if first is None:
        raise unknown[0]
    return first


def _clearer(a: Comparison, b: Comparison) -> bool:
    """Whether one of two readings of a wrong formula says better what is wrong with it."""
    if a.outcome is not Outcome.DIFFERENT or b.outcome is not Outcome.DIFFERENT:
        return a.outcome is Outcome.DIFFERENT
    return bool(a.term) and (not b.term or len(a.term) < len(b.term))


def _compared(claim: Claim, formula: Formula, renaming: Mapping[str, Any]) -> Comparison:
    found = finding(claim, formula)
    notes = list(found.notes)
    if claim.remark:
        notes.append(f"the words '{claim.remark}' after the formula are not compared")
    if formula.named:
        notes.append(f"{formula.named} is taken for a name of what stands on the left")
    outcome = {True: Outcome.EQUAL, False: Outcome.DIFFERENT, None: Outcome.UNDECIDED}[found.equal]
    if renaming:
        if outcome is Outcome.EQUAL:
            outcome = Outcome.NOTATION
        notes += [f"{key} stands for {plain_text(symbol)}" for key, symbol in renaming.items()]
    seen = found.agreement
    return Comparison(
        claim.statement.id,
        outcome,
        found.how,
        formula.latex,
        tuple(notes),
        seen.witness if seen is not None else "",
        seen.given if seen is not None else "",
        seen.derived if seen is not None else "",
        _term(found.part),
    )


def _term(part: Part | None) -> str:
    """A differing part in words, with its LaTeX."""
    if part is None:
        return ""
    given, derived = (latex(e) if e is not None else "" for e in (part.given, part.derived))
    if len(given) + len(derived) > LONGEST_TERM:
        return ""
    if part.given is None:
        return f"the term {derived} is missing"
    if part.derived is None:
        return f"the term {given} is too much"
    return f"the term {given} should be {derived}"

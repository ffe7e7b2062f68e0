"""Parts of a page that are made of evidence: constants, proofs, what Rocq said; evidence may come from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from sympy import Rational

from checks.report.formulas import inline
from checks.report.words import cut, symbols, typeset
from derivations.latex import latex
from derivations.statements import Bound, Statement

if TYPE_CHECKING:
    from checks.rocq.records import Record
    from checks.studies.constants import Sharpest
    from checks.verdicts import Result

_APPROXIMATELY = r"\approx"


@dataclass(frozen=True)
class Proved:
    """What Rocq's kernel accepted, with remarks on its words, and the source; or in `problem` why there is nothing."""

    theorem: str = ""
    remarks: tuple[str, ...] = ()
    source: str = ""
    problem: str = ""


def value_of(statement: Statement) -> Markup:
    """What a bound's named constant is."""
    if not isinstance(statement, Bound) or statement.constant is None:
        return Markup()
    return inline(f"{latex(statement.constant)} = {_with_decimals(statement.value)}")


def _with_decimals(number: Any) -> str:
    if not number.is_number or number.is_Integer:
        return str(latex(number))
    decimals = f"{float(number):.8g}"
    relation = "=" if Rational(decimals) == number else _APPROXIMATELY
    return f"{latex(number)} {relation} {decimals}"


def constant_of(statement: Statement, result: Result | None, found: Sharpest | None) -> dict[str, Markup | str]:
    """What is known of a statement's constant, row by row: by `lemmata constants`, else from the evidence."""
    rows: dict[str, Markup | str] = {}
    if found is not None:
        at = typeset(symbols(cut(found.at)))
        rows = {"constant": found.what, "printed": found.printed, "stated": found.stated, "best possible": found.best}
        rows |= {"known": found.known, "attained at": at, "slack": found.slack_text}
    elif result is not None:
        names = {"printed": "printed", "stated": "stated", "sharpest": "best possible", "slack": "slack"}
        rows = {names[name]: typeset(symbols(cut(text))) for name, text in _row(result).items()}
    if rows and isinstance(statement, Bound):
        # the evidence has them as text, the statement as formulas
        for name, number in (("printed", statement.printed), ("stated", statement.value)):
            if number is not None:
                rows[name] = inline(_with_decimals(number))
    return {name: text if isinstance(text, Markup) else cut(text) for name, text in rows.items() if text}


def _row(result: Result) -> dict[str, str]:
    from checks.terminal.statement import constants_row

    try:
        return constants_row(result) or {}
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return {}  # evidence from a file that somebody else wrote


def proved_by_rocq(result: Result | None, record: Record | None) -> Proved:
    """What is to be said of Rocq, by the evidence or by what is on record in this folder."""
    evidence = result.evidence if result is not None else ()
    data: Mapping[str, Any] = next((e.data for e in evidence if e.method == "rocq"), {})
    accepted = record is not None and record.outcome is not None and record.outcome.accepted
    theorem = str(data.get("theorem", "")) or (record.proposition if record is not None and accepted else "")
    problem = ""
    if record is not None and not theorem:
        message = record.outcome.message if record.outcome is not None else ""
        problem = record.wrong or record.problem or message or "It was written, but not yet checked by coqc."
    return Proved(theorem, _lines(data.get("remarks")), record.text if record is not None else "", problem)


def proofs_of(result: Result | None) -> dict[str, tuple[str, ...]]:
    """The lines with which methods say why a statement holds, by method."""
    if result is None:
        return {}
    return {e.method: found for e in result.evidence if (found := _lines(e.data.get("proof")))}


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(str(line) for line in value) if isinstance(value, list | tuple) else ()

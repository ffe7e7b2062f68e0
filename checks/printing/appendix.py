"""Verified derivations: how strongly each statement is known, beside it, and the table of its constants, as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Basic

from checks.lock.constant import known_constant
from checks.verdicts import COUNTED, GOOD, Result
from derivations.latex import escape, label, latex, legend, paper_heading, statement_latex
from derivations.latex.widths import width_of
from derivations.paper import Paper
from derivations.statements import Bound, Constant, Probability, Rate, Statement

TITLE = "Verified derivations"
WIDEST = 11.0
"""An exact value that is wider than this, in em, is written in decimals."""
HOW = {
    "attained": "attained",
    "met": "met by search",
    "enclosed": "enclosed",
    "measured": "measured",
}


def mark_of(statement: Statement, results: Mapping[str, Result]) -> str:
    """The mark of a statement: what its result says if it is of this very statement, else that it was not checked."""
    result = results.get(statement.id)
    if result is None or result.fingerprint != statement.fingerprint:
        return "unchecked"
    return result.assurance.value if result.verdict in COUNTED else result.verdict.value


def appendix(paper: Paper, statements: Sequence[Statement], results: Mapping[str, Result]) -> str:
    """The section of one paper: what the marks mean, every statement with its derivation, the constants."""
    marks = {s.id: mark_of(s, results) for s in statements}
    parts = [paper_heading(paper, TITLE), legend(marks.values())]
    parts += [statement_latex(s, paper, marks[s.id]) for s in statements]
    rows = [row for s in statements if (row := _row(s, results.get(s.id))) is not None]
    if rows:
        parts.append(_table(rows))
    return "\n".join(parts)


def _row(statement: Statement, result: Result | None) -> str | None:
    """One line of the table; None for a statement without its own constant."""
    if not isinstance(statement, Bound | Constant | Rate | Probability):
        return None
    if isinstance(statement, Bound) and statement.constant is None and statement.printed is None:
        return None
    current = result is not None and result.fingerprint == statement.fingerprint and result.verdict in GOOD
    known = known_constant(statement, result) if result is not None and current else None
    name, value = _stated(statement)
    if value is None:
        return None
    printed = getattr(statement, "printed", None)
    ends = "--" if known is None or not known.how else _ends(known.low, known.high, known.how)
    cells = (
        f"{escape(statement.slug)} (\\ref{{{label(statement)}}})",
        name,
        "--" if printed is None else _value(printed),
        _value(value),
        ends,
    )
    return " & ".join(cells) + r" \\"


def _stated(statement: Bound | Constant | Rate | Probability) -> tuple[str, object | None]:
    """What the constant is called, and its value as it is stated."""
    match statement:
        case Bound():
            return ("factor", 1) if statement.constant is None else (f"${latex(statement.constant)}$", statement.value)
        case Constant():
            return "value", statement.value
        case Rate():
            return "exponent", statement.exponent
        case Probability():
            return "at most" if statement.at_most is not None else "at least", statement.limit


def _value(value: object) -> str:
    """An exact value, in decimals where it is long."""
    if not isinstance(value, Basic):
        return f"${value}$"
    written = latex(value)
    if width_of(written) <= WIDEST or value.free_symbols:
        return f"${written}$"
    return rf"$\approx {float(value):.7g}$"


def _ends(low: float, high: float, how: str) -> str:
    numbers = f"${low:.6g}$" if f"{low:.6g}" == f"{high:.6g}" else f"$[{low:.7g}, {high:.7g}]$"
    return f"{numbers} {HOW[how]}".replace("e-", r"\mathrm{e}{-}").replace("inf", r"\infty")


def _table(rows: Sequence[str]) -> str:
    head = r"statement & constant & printed & stated & best known \\"
    return "\n".join(
        (
            r"\pagebreak[3]",
            r"\subsection*{Constants}",
            r"{\footnotesize\renewcommand{\arraystretch}{1.5}\begin{longtable}{@{}lllll@{}}",
            rf"\toprule {head} \midrule \endhead",
            r"\bottomrule \endfoot",
            *rows,
            r"\end{longtable}}",
            "",
        )
    )

"""An evaluated theorem as a notebook shows it; every text is escaped."""

from __future__ import annotations

from html import escape

from checks.studies.theorems.evaluation import Evaluation
from checks.studies.theorems.tables import as_latex, growth, number, setting_words
from derivations.writing.notebook import page, table


def text_of(found: Evaluation) -> str:
    """One line: what is asked for."""
    asked = ", ".join(f"{name} {number(value)}" for name, value in found.demands.items())
    return f"<Evaluation of {found.id}: {asked}>"


def html_of(found: Evaluation) -> str:
    """What is asked for beside what is needed, and the constants by what each wastes."""
    demands = [
        (
            escape(f"{name} {symbol}"),
            number(found.demands[name]),
            number(found.sharp[name]) if name in found.sharp else "",
            number(found.needed[name]) if name in found.needed else "",
        )
        for name, symbol in found.theorem.demands.items()
    ]
    rows = [
        (
            f"10^{found.saved(row):.1f}",
            escape(str(row.quantity.symbol)),
            number(row.value),
            number(row.measured),
            escape(row.quantity.lemma),
            escape(row.quantity.words),
        )
        for row in found.wasteful()
    ]
    return page(
        f"<strong>{escape(found.id)}</strong> {escape(setting_words(found))}",
        table(("", "the proof asks for", "all constants as measured", "seen to be enough"), demands),
        f"<p>{escape(growth(found, found.main))}</p>",
        table(("saves", "constant", "used", "measured", "lemma", "what it bounds"), rows) if rows else "",
    )


def latex_of(found: Evaluation) -> str:
    """The constants and the table."""
    return as_latex(found)

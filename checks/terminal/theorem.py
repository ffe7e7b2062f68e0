"""What a theorem asks for on data, in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks.studies.theorems.evaluation import Evaluation
from checks.studies.theorems.tables import beyond_proof, covered, growth, number, setting_words
from checks.terminal.progress import COLOURS

MOST = 12
"""Constants that are shown."""


def print_theorem(out: Console, found: Evaluation, title: str) -> None:
    """The demands with what is needed, how they grow, and which constants waste most."""
    out.print(Text.assemble((found.id, "bold"), f"  {title}"))
    out.print(Text(f"  {setting_words(found)}", "dim"))
    demands = Table(box=None, padding=(0, 3, 0, 0))
    for name in ("", "the proof asks for", "all constants as measured", "seen to be enough"):
        demands.add_column(name, justify="left" if not name else "right")
    for name, symbol in found.theorem.demands.items():
        told = [number(found.demands[name])]
        told += [number(table[name]) if name in table else "" for table in (found.sharp, found.needed)]
        demands.add_row(f"  {name} {symbol}", *told)
    out.print(demands)
    for name in found.theorem.demands:
        out.print(Text(f"  {growth(found, name)}", "dim"))
    if parts := found.binding():
        said = ", ".join(f"{part} = {number(value)}" for part, value in parts)
        symbol = found.theorem.demands[found.main]
        how = type(found.theorem.by_symbol[symbol].formula).__name__
        words = {"Max": "the largest of", "Min": "the least of", "Add": "the sum of"}[how]
        out.print(Text(f"  {symbol} is {words} {said}", "dim"))
    wasteful = found.wasteful()
    if wasteful:
        _print_waste(out, found)
        worst = wasteful[0]
        by = f"lemma {worst.quantity.lemma}" if worst.quantity.lemma else f"the constant {worst.quantity.symbol}"
        out.print(f"sharpening {by} alone lowers the {found.main} by 10^{found.saved(worst):.1f}", highlight=False)
    for row in beyond_proof(found):
        side = "least" if row.quantity.from_below else "most"
        said = f"{row.quantity.symbol} is measured as {number(row.measured)}, "
        said += f"the proof says at {side} {number(row.value)}"
        lemma = f"lemma {row.quantity.lemma}" if row.quantity.lemma else "the proof"
        if covered(found):
            out.print(Text(f"refuted: {said}: {lemma} does not hold there", COLOURS["refuted"]))
        else:
            asked = f"{found.theorem.demands['width']} = {number(found.demands['width'])}"
            said += f": {lemma} does not reach down to width {found.setting.width}, the theorem asks for {asked}"
            out.print(Text(f"note: {said}", COLOURS["undecided"]))


def _print_waste(out: Console, found: Evaluation) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name, side in (("saves", "right"), ("constant", "left"), ("used", "right"), ("measured", "right")):
        table.add_column(name, justify="left" if side == "left" else "right")
    table.add_column("lemma")
    table.add_column("what it bounds", overflow="fold")
    rows = found.wasteful()
    for row in rows[:MOST]:
        q = row.quantity
        saved = f"10^{found.saved(row):.1f}"
        table.add_row(f"  {saved}", str(q.symbol), number(row.value), number(row.measured), q.lemma, q.words)
    out.print(table)
    if len(rows) > MOST:
        out.print(f"  and {len(rows) - MOST} more", highlight=False)

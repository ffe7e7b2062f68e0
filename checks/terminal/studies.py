"""What studies found: mutants, proofs, hypotheses, constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from checks.rocq.records import Record
    from checks.studies.constants import Sharpest
    from checks.studies.hypotheses import Assumptions
    from checks.studies.mutation import Fates
from checks.terminal.progress import COLOURS

ENDS = ("killed", "equivalent", "weaker", "unseen", "accepted", "undecided", "error", "survived")


def print_fates(out: Console, found: Sequence[Fates]) -> None:
    """What was not killed and why, the methods that killed, and the counts."""
    for fates in found:
        for fate in fates.fates:
            if fate.end in ("accepted", "undecided", "error", "survived"):
                colour = COLOURS["refuted" if fate.end == "survived" else "undecided"]
                out.print(Text(f"{fate.end:<10} {fate.statement}  {fate.change}: {fate.detail}", colour))
    ends = sum((f.count() for f in found), Counter[str]())
    killers = Counter(fate.by for f in found for fate in f.fates if fate.end == "killed")
    out.print(
        "killed by " + ", ".join(f"{name} {n}" for name, n in killers.most_common()) if killers else "nothing killed"
    )
    out.print(", ".join(f"{ends[end]} {end}" for end in ENDS if ends[end]) + f" of {ends.total()} mutants")


def print_proofs(out: Console, records: Sequence[Record], version: str | None, seconds: float) -> None:
    """Each theorem with what coqc said, and why there is none for the others, counted by the reason."""
    reasons: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for r in records:
        if r.wrong:
            counts["in error"] += 1
            out.print(Text(f"error     {r.id}: {r.wrong}", COLOURS["error"]))
        elif not r.text:
            reasons[str(r.reason or r.problem)] += 1
            if len(records) <= FEW_RECORDS:
                out.print(Text(f"no proof  {r.id}: {r.problem}", COLOURS["undecided"]))
        elif r.outcome is None:
            counts["written"] += 1
        elif r.outcome.accepted:
            counts["accepted"] += 1
            if len(records) <= FEW_RECORDS:
                out.print(Text(f"accepted  {r.id}", COLOURS["verified"]))
                for line in r.proposition.splitlines():
                    out.print(Text(f"    {line}", "dim"))
                for remark in r.remarks:
                    out.print(Text(f"    here {remark}", "dim"))
        else:
            counts["not accepted"] += 1
            out.print(Text(f"refused   {r.id}: {r.outcome.message}", COLOURS["undecided"]))
    if reasons:
        out.print("without theorem: " + ", ".join(f"{why} {n}" for why, n in reasons.most_common()))
        if len(records) > FEW_RECORDS:
            out.print(f"name at most {FEW_RECORDS} statements to see why each of these has none")
    words = ", ".join(f"{n} {what}" for what, n in counts.items()) or "nothing to prove"
    out.print(f"{words} of {len(records)} statements, coqc {version or 'missing'}, {seconds:.1f} s")


def print_assumptions(out: Console, found: Assumptions) -> None:
    """Where the hypotheses of a statement hold, and what became of each when it was denied."""
    out.print(Text(found.statement, "bold"))
    out.print(Text(f"  all hold at {found.satisfied}" if found.satisfied else "  nothing is assumed"))
    for d in found.denials:
        word = {True: "needed", False: "not found to be needed", None: "open"}[d.needed]
        colour = {True: "green", False: "yellow", None: "dim"}[d.needed]
        out.print(Text.assemble("  ", (word, colour), f"  {d.hypothesis}: {d.detail}"))
        if d.witness:
            out.print(Text(f"      without it, at {d.witness}", "dim"))
        if d.again:
            out.print(Text(f"      again: {d.again}", "dim"))


def print_needed(out: Console, found: Sequence[Assumptions]) -> None:
    """How many hypotheses are needed."""
    denials = [d for a in found for d in a.denials]
    counts = Counter({True: "needed", False: "not found to be needed", None: "open"}[d.needed] for d in denials)
    empty = [a.statement for a in found if a.empty]
    words = ", ".join(f"{n} {w}" for w, n in counts.most_common()) or "no hypotheses"
    out.print(f"{words}, of {len(found)} statements; {len(empty)} hold of nothing")


def print_constants(out: Console, tables: Mapping[str, Sequence[Sharpest]]) -> None:
    """A table for each paper: printed, stated, best, slack, where, and how the best is known."""
    for key, rows in tables.items():
        table = Table(title=f"Constants of {key}", box=None, pad_edge=False, header_style="bold", title_justify="left")
        for name in ("statement", "constant", "printed", "stated", "best possible", "slack", "known", "attained at"):
            table.add_column(name, justify="right" if name == "slack" else "left", overflow="fold")
        for s in rows:
            slug = Text(s.statement.split(".", 1)[1])
            table.add_row(slug, s.what, s.printed or "-", s.stated, s.best, s.slack_text, s.known, s.at)
        out.print(table)
    if not tables:
        out.print("no constants among these statements")


FEW_RECORDS = 60
"""Up to this number of theorems, all are printed in full."""

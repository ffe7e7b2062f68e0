"""The output of a run: one line per statement, failures, and differences from the lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks.store.results import summary
from checks.verdicts import EXACT, Assurance, Result, Verdict

if TYPE_CHECKING:
    from checks.lock.lock import Change
from checks.terminal.progress import COLOURS


def results_table(results: Sequence[Result]) -> Table:
    """One line per statement: verdict, assurance, and the numbers of the evidence."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("statement", "kind", "verdict", "assurance", "keys", "what was seen"):
        table.add_column(
            name, overflow="fold" if name == "what was seen" else "ellipsis", no_wrap=name != "what was seen"
        )
    for r in results:
        keys = " ".join(dict.fromkeys(e.method for e in r.evidence if e.verdict is Verdict.VERIFIED))
        table.add_row(
            Text(r.id),
            r.kind,
            Text(r.verdict.value, COLOURS[r.verdict.value]),
            r.assurance.value,
            keys,
            Text(headline(r)),
        )
    return table


def headline(result: Result) -> str:
    """The most telling number of a result."""
    if result.verdict is Verdict.REFUTED:
        refuting = [e for e in result.evidence if e.verdict is Verdict.REFUTED]
        found = next((e for e in refuting if e.residual is not None), refuting[0])
        return f"{found.detail}" + (
            f", at {found.witness}" if found.witness and found.witness not in found.detail else ""
        )
    if result.verdict is Verdict.ERROR:
        return next(e for e in result.evidence if e.verdict is Verdict.ERROR).detail
    if result.verdict is Verdict.UNDECIDED:
        return result.reason
    for e in result.evidence:
        if "sharpest" in e.data:
            # attainment shows that no smaller constant holds, and sharpness only together with a proof
            known = "sharp" if result.verdict is Verdict.VERIFIED else "attained, sharp if the bound holds"
            relation = known if e.data.get("sharp") else f"sharpest met {e.data['sharpest']:.6g}"
            printed = f", printed {e.data['printed']}" if "printed" in e.data else ""
            return f"constant {_short(e.data.get('stated_value'))} {relation}{printed}"
        if "events" in e.data:
            return f"{e.data['events']} of {e.data['trials']}, in [{e.data['low']:.3f}, {e.data['high']:.3f}]"
    held = [e for e in result.evidence if e.verdict is Verdict.VERIFIED and e.residual is not None]
    measured = [e for e in held if e.method not in (*EXACT, "precision", "search")]
    shown = measured[-1:] or held[-1:]
    if shown and shown[0].residual is not None and shown[0].tolerance is not None:
        return f"{shown[0].method}: {shown[0].residual:.1e} ≤ {shown[0].tolerance:.1e}"
    return ""


def _short(x: float | None) -> str:
    return "" if x is None else f"{x:.6g}"


def print_results(
    out: Console,
    results: Sequence[Result],
    seconds: float,
    interrupted: bool,
    again: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """The table, what failed with its witness and the command that shows it again, and the count."""
    out.print(results_table(results))
    for r in results:
        for e in r.evidence:
            if e.verdict in (Verdict.REFUTED, Verdict.ERROR) or (
                r.verdict is Verdict.UNDECIDED and e.verdict is not Verdict.VERIFIED
            ):
                out.print(Text(f"{r.id}  {e.method}: {e.verdict.value}: {e.detail}", COLOURS[e.verdict.value]))
                if e.witness:
                    out.print(Text(f"    witness: {e.witness}"))
                    command = (again or {}).get((r.id, e.method))
                    if command:
                        out.print(Text(f"    again: {command}", "dim"))
    counts = summary(results)
    words = ", ".join(f"[{COLOURS[v]}]{n} {v}[/]" for v, n in counts.items() if n)
    out.print(f"{words or 'nothing checked'} in {seconds:.1f} s" + (" (interrupted)" if interrupted else ""))
    strengths: Counter[Assurance] = Counter(r.assurance for r in results if r.assurance is not Assurance.NONE)
    if len(results) > 1:
        out.print("assurance: " + ", ".join(f"{strengths[a]} {a.value}" for a in Assurance if strengths[a]))
    if any(r.verdict is Verdict.UNDECIDED for r in results):
        out.print(Text("lemmata why ID: what is open in an undecided one, and what would help", "dim"))


def print_changes(out: Console, lock: Path, changes: Sequence[Change], locked: int, recording: bool = False) -> None:
    """What differs from the lock, what it was and is, and how to record it."""
    if not changes:
        out.print(Text(f"{lock}: nothing differs from the {locked} statements recorded"))
        return
    worse = sum(c.regression for c in changes)
    out.print(
        Text(f"{lock}: {len(changes)} differences, {worse} of them fail" if not recording else f"{lock}: what is new")
    )
    for c in changes:
        colour = ("yellow" if recording else "bold red") if c.regression else "green"
        out.print(Text.assemble((f"  {c.id}  ", "bold"), (c.what, colour)))
        if len(c.was) + len(c.now) < 60:
            out.print(Text(f"      {c.was} → {c.now}"))
        else:
            out.print(Text(f"    - {c.was}", "red"))
            out.print(Text(f"    + {c.now}", "green"))
    for remedy in sorted({c.remedy for c in changes if c.remedy}):
        out.print(Text(f"  {remedy}", "dim"))
    if worse and not recording:
        out.print(Text("  if all of this is meant: lemmata lock", "dim"))

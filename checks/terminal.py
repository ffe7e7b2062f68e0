"""What a person sees: tables, progress, one statement in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from checks.results import summary
from checks.verdicts import Assurance, Evidence, Result, Verdict
from derivations.claims import formula
from derivations.statements import Bound, Statement
from derivations.text import text

if TYPE_CHECKING:
    from checks.at import Seen
    from checks.constants import Sharpest
    from checks.hypotheses import Assumptions
    from checks.lock import Change
    from checks.mutation import Fates
    from checks.rocq.records import Record

COLOURS = {
    "verified": "green",
    "measured": "cyan",
    "undecided": "yellow",
    "refuted": "bold red",
    "error": "bold magenta",
}

PROOF_LINES = 12
"""So many of a proof stand in the terminal."""


def console() -> Console:
    """Standard output, coloured on a terminal; wide lines are not wrapped elsewhere."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=200)


class Progress(AbstractContextManager["Progress"]):
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self, out: Console, total: int) -> None:
        self.out, self.total, self.done = out, total, 0
        self.bar: Any = None
        if out.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("checking"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[last]}"),
                console=out,
                transient=True,
            )
            self.task = self.bar.add_task("", total=total, last="")

    def __enter__(self) -> Progress:
        (self.bar or nullcontext()).__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        (self.bar or nullcontext()).__exit__(*details)

    def finished(self, result: Result) -> None:
        """Count one result; bad ones are said at once."""
        self.done += 1
        seconds = sum(e.seconds for e in result.evidence)
        bad = result.verdict in (Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED)
        if self.bar is not None:
            self.bar.update(self.task, advance=1, last=result.id)
        if self.bar is None or bad:
            colour = COLOURS[result.verdict.value]
            line = f"[{colour}]{result.verdict.value:<9}[/] {escape(result.id):<40} {seconds:6.1f} s"
            self.out.print(f"{self.done:>4}/{self.total} {line}" if self.bar is None else line)


class Steps(AbstractContextManager["Steps"]):
    """A bar over the steps of one task on a terminal, silence elsewhere."""

    def __init__(self, out: Console, what: str, total: int) -> None:
        self.bar: Any = None
        if out.is_terminal and total:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            last = TextColumn("{task.fields[last]}")
            columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), last)
            self.bar = Bar(*columns, console=out, transient=True)
            self.task = self.bar.add_task("", total=total, last="")

    def __enter__(self) -> Steps:
        (self.bar or nullcontext()).__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        (self.bar or nullcontext()).__exit__(*details)

    def done(self, last: str) -> None:
        """Count one step."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, last=last)


def results_table(results: Sequence[Result]) -> Table:
    """One line a statement: verdict, assurance, the numbers behind it."""
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
            met = "sharp" if result.verdict is Verdict.VERIFIED else "attained, sharp if the bound holds"
            relation = met if e.data.get("sharp") else f"sharpest met {e.data['sharpest']:.6g}"
            printed = f", printed {e.data['printed']}" if "printed" in e.data else ""
            return f"constant {_short(e.data.get('stated_value'))} {relation}{printed}"
        if "events" in e.data:
            return f"{e.data['events']} of {e.data['trials']}, in [{e.data['low']:.3f}, {e.data['high']:.3f}]"
    held = [e for e in result.evidence if e.verdict is Verdict.VERIFIED and e.residual is not None]
    measured = [e for e in held if e.method in ("autograd", "trajectory", "sampling", "scaling")]
    shown = measured[-1:] or held[-1:]
    if shown and shown[0].residual is not None and shown[0].tolerance is not None:
        return f"{shown[0].method}: {shown[0].residual:.1e} ≤ {shown[0].tolerance:.1e}"
    return ""


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
            counts["mistranslated"] += 1
            out.print(Text(f"error     {r.id}: {r.wrong}", COLOURS["error"]))
        elif not r.text:
            reasons[r.problem.split(":")[0]] += 1
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
    words = ", ".join(f"{n} {what}" for what, n in counts.items()) or "nothing to prove"
    out.print(f"{words} of {len(records)} statements, coqc {version or 'missing'}, {seconds:.1f} s")


def print_assumptions(out: Console, found: Assumptions) -> None:
    """Where the hypotheses of a statement hold, and what became of each when it was denied."""
    out.print(Text(found.statement, "bold"))
    out.print(Text(f"  all hold at {found.satisfied}" if found.satisfied else "  nothing is assumed"))
    for d in found.denials:
        word = {True: "needed", False: "not found to be needed", None: "open"}[d.needed]
        colour = {True: "green", False: "yellow", None: "dim"}[d.needed]
        detail = d.detail.removeprefix("not found to be needed: ")
        out.print(Text.assemble("  ", (word, colour), f"  {d.hypothesis}: {detail}"))
        if d.witness:
            out.print(Text(f"      without it, at {d.witness}", "dim"))
        if d.again:
            out.print(Text(f"      again: {d.again}", "dim"))


def print_needed(out: Console, found: Sequence[Assumptions]) -> None:
    """How many hypotheses are needed."""
    denials = [d for a in found for d in a.denials]
    counts = Counter({True: "needed", False: "not found to be needed", None: "open"}[d.needed] for d in denials)
    empty = [a.statement for a in found if a.satisfied.startswith("NOT")]
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


def print_at(out: Console, statement: Statement, point: Any, seen: Seen) -> None:
    """Both sides at a point, and whether the statement holds there."""
    from mpmath import mp

    from numerics.points import point_text, satisfies

    out.print(Text(f"{statement.id} at {point_text(point)}"))
    for name, left, right, relation in seen.pairs:
        holds = {"=": "=" if seen.holds else "≠", "<=": "≤" if left <= right else ">"}[relation]
        out.print(Text(f"  {name}{mp.nstr(left, 30)} {holds} {mp.nstr(right, 30)}"))
    inside = _inside(statement, point) and satisfies(statement.domain, point)
    out.print(Text("  holds" if seen.holds else "  fails", "green" if seen.holds else "bold red"))
    if not inside:
        out.print(Text("  the point is outside of the domain: " + statement.domain.describe(), "yellow"))


def _inside(statement: Statement, point: Any) -> bool:
    from sympy import Set

    ranges = {s: r for s, r in statement.domain.ranges.items() if isinstance(r, Set) and s in point}
    return all(r.contains(point[s]) != False for s, r in ranges.items())  # noqa: E712


FEW_RECORDS = 12
"""Up to so many theorems are printed in full."""


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


def print_statement(
    out: Console, statement: Statement, result: Result | None, used_by: Sequence[str], command: str
) -> None:
    """One statement in full: claim, domain, derivation, what it rests on, evidence; `command` checks it."""
    out.print(f"[bold]{escape(statement.id)}[/]  {statement.kind}")
    if statement.title:
        out.print(Text(statement.title, "italic"))
    for name, value in (
        ("source", statement.source),
        ("domain", statement.domain.describe()),
        ("assumes", ", ".join(statement.assumes)),
        ("uses", ", ".join(statement.rests_on)),
        ("used by", ", ".join(used_by)),
    ):
        if value:
            out.print(Text.assemble((f"{name}: ", "dim"), value))
    out.print()
    out.print(Text("  " + formula(statement)))
    if isinstance(statement, Bound) and statement.constant is not None:
        out.print(Text(f"  with {text(statement.constant)} = {text(statement.value)} = {float(statement.value):.8g}"))
    if statement.derivation is not None:
        out.print("\n[bold]Derivation[/]")
        out.print(Text(f"    {text(statement.derivation.start)}"))
        for step in statement.derivation.steps:
            sign = {"=": "=", "<=": "≤", ">=": "≥"}[step.relation]
            out.print(Text(f"  {sign} {text(step.expr)}"))
            by = f" ({', '.join(step.by)})" if step.by else ""
            out.print(Text(f"      {step.reason}{by}", "dim"))
    out.print("\n[bold]Evidence[/]")
    if result is None:
        out.print(Text(f"  none yet: {command}", "dim"))
        return
    out.print(
        Text.assemble(
            "  ", (result.verdict.value, COLOURS[result.verdict.value]), f", {result.assurance.value}: {result.reason}"
        )
    )
    for e in result.evidence:
        proof = e.data.get("proof", [])
        # the detail of a proof is its lines one after the other, and they stand below
        told = replace(e, detail="step by step") if proof and e.detail.startswith(proof[0].strip()) else e
        out.print(
            Text.assemble(
                "  ", (f"{e.method:<11}", "bold"), (f"{e.verdict.value:<10}", COLOURS[e.verdict.value]), _numbers(told)
            )
        )
        for line in proof[:PROOF_LINES]:
            out.print(Text(f"      {line}", "dim"))
        if len(proof) > PROOF_LINES:
            out.print(
                Text(f"      … {len(proof) - PROOF_LINES} more lines: lemmata check {statement.id} --json FILE", "dim")
            )
        for line in e.data.get("theorem", "").splitlines():
            out.print(Text(f"      {line}", "dim"))
        for line in e.data.get("remarks", []):
            out.print(Text(f"      here {line}", "dim"))
    _print_known_hypotheses(out, statement)
    constant = constants_row(result)
    if constant is not None:
        out.print("\n[bold]Constant[/]")
        for name, value in constant.items():
            out.print(Text.assemble("  ", (f"{name:<10}", "bold"), value))


def _print_known_hypotheses(out: Console, statement: Statement) -> None:
    from checks.hypotheses import known_of

    found = known_of(statement)
    if found is not None and (found.denials or found.satisfied):
        out.print("\n[bold]Hypotheses[/]")
        print_assumptions(out, found)


def constants_row(result: Result) -> dict[str, str] | None:
    """Printed, stated and sharpest constant of a bound side by side, and by how much the outermost is off."""
    data = next((e.data for e in result.evidence if e.data.get("sharpest") is not None), None)
    if data is None or not data["sharpest"]:
        return None
    sharpest, stated = float(data["sharpest"]), data.get("stated_value")
    row = {"printed": f"{data['printed']} = {data['printed_value']:.7g}"} if "printed" in data else {}
    if stated is not None:
        number = f"{stated:.7g}"
        row["stated"] = number if data["stated"] == number else f"{data['stated']} = {number}"
    found = "attained" if data.get("sharp") else "the best met by search"
    if data.get("sharp") and result.verdict is not Verdict.VERIFIED:
        found += ", if the bound holds: that is not proved"
    row["sharpest"] = f"{sharpest:.7g}, {found}" + (f" at {data['at']}" if data.get("at") else "")
    loose = data.get("printed_value", stated)
    if loose is not None:
        row["slack"] = f"{abs(loose / sharpest - 1):.3%}" + (" of the printed one" if "printed" in data else "")
    return row


def _numbers(e: Evidence) -> str:
    numbers = (
        f" residual {e.residual:.2e}, tolerance {e.tolerance:.2e};"
        if e.residual is not None and e.tolerance is not None
        else ""
    )
    witness = f" witness: {e.witness}" if e.witness else ""
    return f"{numbers} {e.detail}{witness}".strip()


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

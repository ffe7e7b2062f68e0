"""One statement in full, its constant, and its sides at a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from checks.verdicts import Evidence, Result, Verdict
from derivations.instances import cited_by
from derivations.statements import Bound, Statement
from derivations.writing.claims import formula, reason
from derivations.writing.text import text

if TYPE_CHECKING:
    from checks.studies.at import Seen
from checks.terminal.progress import COLOURS
from checks.terminal.studies import print_assumptions

PROOF_LINES = 12
"""The number of lines of a proof that the terminal shows."""


def print_at(out: Console, statement: Statement, point: Any, seen: Seen) -> None:
    """Both sides at a point, and whether the statement holds there."""
    from mpmath import mp

    from numerics.values.points import point_text, satisfies

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


def print_statement(
    out: Console, statement: Statement, result: Result | None, used_by: Sequence[str], command: str
) -> None:
    """One statement in full: claim, domain, derivation, what it rests on, evidence; `command` checks it."""
    out.print(f"[bold]{escape(statement.id)}[/]  {statement.described}")
    if statement.title:
        out.print(Text(statement.title, "italic"))
    for name, value in (
        ("source", statement.source),
        ("domain", statement.domain.describe()),
        ("assumes", ", ".join(statement.assumes)),
        ("uses", ", ".join(statement.rests_on)),
        ("rests on the facts", ", ".join(cited_by(statement))),
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
            sign = {"=": "=", "<=": "≤", ">=": "≥", "have": "⊢"}[step.relation]
            out.print(Text(f"  {sign} {text(step.expr)}"))
            out.print(Text(f"      {reason(step)}", "dim"))
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
        # the detail of a proof is the list of its lines, which is printed below
        told = replace(e, detail="step by step") if e.data.get("told") else e
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
        for line in e.data.get("asked", []):
            out.print(Text(f"      asked: {line}", "dim"))
    _print_known_hypotheses(out, statement)
    constant = constants_row(result)
    if constant is not None:
        out.print("\n[bold]Constant[/]")
        for name, value in constant.items():
            out.print(Text.assemble("  ", (f"{name:<10}", "bold"), value))


def _print_known_hypotheses(out: Console, statement: Statement) -> None:
    from checks.studies.hypotheses import known_of

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


NO_SLACK = "0.000%"


def constant_note(result: Result) -> str:
    """The sharpest constant of a verified bound in a few words; "" where none is known, or the stated one is it."""
    row = constants_row(result) if result.verdict is Verdict.VERIFIED else None
    if row is None or row.get("slack", NO_SLACK).startswith(NO_SLACK):
        return ""
    return f"sharpest constant {row['sharpest']}; slack {row['slack']}"


def _numbers(e: Evidence) -> str:
    numbers = (
        f" residual {e.residual:.2e}, tolerance {e.tolerance:.2e};"
        if e.residual is not None and e.tolerance is not None
        else ""
    )
    witness = f" witness: {e.witness}" if e.witness else ""
    return f"{numbers} {e.detail}{witness}".strip()

"""Why a statement is not verified, for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from checks.studies.why import Account, claim_text, open_evidence
from checks.terminal.progress import COLOURS
from checks.verdicts import Verdict
from derivations.outcomes.reasons import Reason
from derivations.statements import Statement

ADVICE = {
    Reason.NO_CLOSED_FORM: "give a derivation from the definition, or state the value as an enclosure",
    Reason.NOT_REDUCIBLE: "write the step with vectors, inner products and σ, or split it into smaller steps",
    Reason.OUTSIDE: "another method has to decide it: give a reading, or write the claim with known functions",
    Reason.BUDGET: "split the claim: a derivation in smaller steps, or a range cut in two",
    Reason.UNBOUNDED: "bound the range, or substitute 1/x for x at its far end",
    Reason.NO_BOX: "put the conditions into the ranges, or claim it for real numbers instead of whole ones",
    Reason.NO_POINT: "the conditions contradict each other, or leave a set that no random point meets: simplify them",
    Reason.NO_VALUE: "exclude the points without a value from the range",
    Reason.NO_REAL_VALUE: "restrict the range to where roots and logarithms are real",
    Reason.POINTS_ONLY: "an exact method has to prove it: give a derivation",
    Reason.NO_PROOF: "a hypothesis or a step may be missing: add one, or derive the claim in steps",
    Reason.NOT_ATTAINED: "give the place with sharp_at, or drop the claim that it is sharp",
    Reason.ELSEWHERE: "nothing: the other proof counts",
    Reason.CONTRADICTED: "two methods disagree: please report it, with the file",
    Reason.UNCONFIRMED: "a second route is missing: give a derivation or a reading",
    Reason.COARSE: "more samples, a wider margin, or an exact method",
    Reason.NOTHING_MEASURED: "run what measures it: `lemmata prove` for the kernel, a reading for a run",
}
"""What an author can do about each reason for which a method stands aside."""


def print_account(out: Console, statement: Statement, found: Account, lemma: str) -> None:
    """Print the verdict, the open piece, what each prover said, what was tried, and what is left as a lemma.

    Args:
        out: Where to print.
        statement: The statement.
        found: What is known of it.
        lemma: The piece that is open as a statement in Python; "" without one.
    """
    result, piece = found.result, found.piece
    out.print(Text.assemble((statement.id, "bold"), "  ", (result.verdict.value, COLOURS[result.verdict.value])))
    out.print(Text(f"  {result.reason}"))
    for e in open_evidence(result):
        said = f"{e.detail} witness: {e.witness}" if e.witness and e.witness not in e.detail else e.detail
        out.print(Text.assemble("  ", (f"{e.method:<11}", "bold"), (f"{e.verdict.value:<10}", "dim"), f" {said}"))
        if e.reason in ADVICE and result.verdict is not Verdict.VERIFIED:
            out.print(Text(f"{'':<24}{ADVICE[e.reason]}", "dim"))
    if piece is None:
        return
    out.print(Text.assemble("\n", ("The piece that is open", "bold"), f": {piece.title}"))
    out.print(Text(f"  {claim_text(piece)}"))
    out.print(Text(f"  {piece.domain.describe()}", "dim"))
    if found.at:
        out.print(Text(f"  {'false' if found.false else 'tightest'} at {found.at}"))
    if found.told:
        out.print(Text("\nWhat each prover said", "bold"))
        asked: dict[str, list[str]] = {}
        for name, said in (line.split(": ", 1) for line in found.told):
            asked.setdefault(said, []).append(name)
        for said, names in asked.items():
            out.print(Text(f"  {', '.join(names)}: {said}", "dim"))
    if found.changes:
        out.print(Text("\nWhat would help", "bold"))
        width = max(len(c.words) for c in found.changes)
        for c in sorted(found.changes, key=lambda c: not c.proved):
            colour = COLOURS["verified"] if c.proved else "dim"
            out.print(
                Text.assemble(
                    "  ",
                    f"with {c.words:<{width}}  ",
                    ("proved" if c.proved else "open", colour),
                    f": {c.how}" if c.how else "",
                )
            )
    if lemma:
        out.print(Text("\nThe piece as a lemma, to be derived by steps or split", "bold"))
        for line in lemma.splitlines():
            out.print(Text(f"  {line}"))

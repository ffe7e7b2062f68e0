"""Why a statement is not verified, for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from checks.studies.why import Account, claim_text, open_evidence
from checks.terminal.progress import COLOURS
from derivations.statements import Statement


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
    if piece is None:
        return
    out.print(Text.assemble("\n", ("The piece that is open", "bold"), f": {piece.title}"))
    out.print(Text(f"  {claim_text(piece)}"))
    out.print(Text(f"  {piece.domain.describe()}", "dim"))
    if found.at:
        out.print(Text(f"  {'false' if found.false else 'tightest'} at {found.at}"))
    if found.told:
        out.print(Text("\nWhat each prover said", "bold"))
        for line in found.told:
            out.print(Text(f"  {line}", "dim"))
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

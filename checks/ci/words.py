"""Evidence as lines of text, the same in JUnit, in annotations and in the failure of a test."""

from __future__ import annotations

from collections.abc import Iterator

from checks.verdicts import Evidence, Result, Verdict

GOOD = (Verdict.VERIFIED, Verdict.MEASURED)


def headline(result: Result) -> str:
    """The verdict and why, in one line."""
    words = f"{result.verdict.value}: {result.reason}" if result.reason else result.verdict.value
    bad = next((e for e in result.evidence if e.verdict in (Verdict.REFUTED, Verdict.ERROR)), None)
    if bad is None:
        return words
    where = f", at {bad.witness}" if bad.witness and bad.witness not in bad.detail else ""
    return f"{words}: {bad.detail}{where}"


def evidence_lines(result: Result) -> Iterator[str]:
    """One line a method, with residual, tolerance, witness and seed."""
    for e in result.evidence:
        yield f"{e.method:<11} {e.verdict.value:<10}{_numbers(e)}{e.detail}".rstrip()
        if e.witness:
            yield f"{'':<11} witness: {e.witness}"


def _numbers(e: Evidence) -> str:
    if e.residual is None or e.tolerance is None:
        return ""
    seed = f", seed {e.seed}" if e.seed is not None else ""
    return f"residual {e.residual:.3g}, tolerance {e.tolerance:.3g}{seed}; "

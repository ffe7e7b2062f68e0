"""Evidence as lines of text, the same in JUnit, in annotations and in the failure of a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.verdicts import Evidence, Result, Verdict


def headline(result: Result) -> str:
    """The verdict and why, in one line; of a refutation the two values and where."""
    bad = [e for e in result.evidence if e.verdict is result.verdict and e.verdict in (Verdict.REFUTED, Verdict.ERROR)]
    if not bad:
        return f"{result.verdict.value}: {result.reason}" if result.reason else result.verdict.value
    found = next((e for e in bad if e.residual is not None), bad[0])
    where = f", at {found.witness}" if found.witness and found.witness not in found.detail else ""
    by = ", ".join(dict.fromkeys(e.method for e in bad))
    return f"{result.verdict.value} by {by}: {found.detail}{where}"


def commands(result: Result, again: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """The commands that show the witnesses of a result again, each once."""
    return tuple(dict.fromkeys(command for (id, _), command in again.items() if id == result.id))


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

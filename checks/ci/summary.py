"""A check in Markdown: counts, what differs from the lock, what failed and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from checks.ci.words import commands, headline
from checks.lock.lock import Change
from checks.verdicts import COUNTED, GOOD, Assurance, Result, Verdict

MOST = 100
"""Rows of a table at most: GitHub cuts long summaries off."""
_SIGNS = {
    "verified": "✅",
    "cited": "📚",
    "measured": "📏",
    "bookkeeping": "🧾",
    "definition": "🏷️",
    "undecided": "❔",
    "refuted": "❌",
    "error": "💥",
}


def summary(
    results: Sequence[Result], changes: Sequence[Change] | None, again: Mapping[tuple[str, str], str] | None = None
) -> str:
    """The Markdown of a check; `again` gives the commands that show witnesses again."""
    verdicts = Counter(r.verdict for r in results)
    counts = ", ".join(f"{verdicts[v]} {v.value}" for v in Verdict if verdicts[v]) or "nothing checked"
    parts = [f"## lemmata: {counts}\n"]
    bad = [r for r in results if r.verdict not in GOOD]
    if bad:
        rows = [
            (f"{_SIGNS[r.verdict.value]} `{r.id}`", _cell(headline(r)), ", ".join(map(_code, commands(r, again or {}))))
            for r in bad
        ]
        parts.append(_table(("statement", "what was seen", "again"), rows))
    if changes is not None:
        parts.append(_lock(changes))
    parts.append(_papers(results))
    return "\n".join(parts)


def _lock(changes: Sequence[Change]) -> str:
    if not changes:
        return "Nothing differs from the lock.\n"
    rows = [(f"{'❌' if c.regression else '⬆️'} `{c.id}`", c.what, _cell(c.was), _cell(c.now)) for c in changes]
    worse = sum(c.regression for c in changes)
    remedies = sorted({c.remedy for c in changes if c.remedy})
    said = [f"**{worse} of {len(changes)} differences to the lock fail.**\n" if worse else "Better than the lock:\n"]
    said.append(_table(("statement", "what", "was", "now"), rows))
    said += [f"{_cell(remedy)}\n" for remedy in remedies]
    if worse:
        said.append("If all of this is meant, record it with `lemmata lock`.\n")
    return "\n".join(said)


def _papers(results: Sequence[Result]) -> str:
    levels = [a for a in Assurance if a is not Assurance.NONE]
    rows = []
    for key in dict.fromkeys(r.paper for r in results):
        mine = [r for r in results if r.paper == key]
        strengths = Counter(r.assurance for r in mine if r.verdict in COUNTED)
        rows.append((f"`{key}`", str(len(mine)), *(str(strengths[a] or "") for a in levels)))
    return _table(("paper", "statements", *(a.value for a in levels)), rows)


def _code(text: str) -> str:
    flat = re.sub(r"\s+", " ", text).replace("`", "'").replace("|", "\\|")
    return f"`{flat}`"


def _cell(text: str) -> str:
    """Text in a cell of a table: its Markdown and HTML have no effect."""
    flat = re.sub(r"\s+", " ", text)
    return re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", flat).replace("@", "&#64;")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows[:MOST]]
    if len(rows) > MOST:
        lines.append([f"and {len(rows) - MOST} more", *[""] * (len(head) - 1)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"

"""The formulas within the sentences of a theorem: what they assume, and what they claim where there is no display."""

from __future__ import annotations

import re

from checks.new.manuscript.conditions import BEGINS, SIGN, Condition, is_condition

_INLINE = re.compile(r"(?<!\\)\$(?!\$)((?:\\.|[^$\\])+)\$|\\\(((?:(?!\\\)).)+)\\\)", re.DOTALL)
_THEN = re.compile(
    r"\b(?:then|we have|it holds|there holds|satisf(?:y|ies)|is bounded by|the following holds|one has|holds that|"
    r"we get|we obtain|implies|it follows)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    rf"(?:\b(?:{BEGINS})|\bintegers?|\breals?|\bnumbers?|\bvectors?|\bmatri(?:x|ces))\W*$", re.IGNORECASE
)
_MORE = re.compile(r"^[\s,]*(?:and|,)?\s*$")


def sentences(text: str, displayed: bool, claims: bool) -> tuple[list[Condition], list[tuple[int, str]]]:
    """The conditions within sentences, and the claims within them where there is no display."""
    then = _THEN.search(text)
    conditions: list[Condition] = []
    claimed: list[tuple[int, str]] = []
    last: tuple[int, str] | None = None
    end, was_condition = 0, False
    for found in _INLINE.finditer(text):
        inside = found[1] or found[2]
        before = text[end : found.start()]
        after_then = found.start() > then.start() if then is not None else not displayed and bool(SIGN.search(inside))
        opened = bool(_CONDITION.search(before)) or (
            was_condition and bool(_MORE.match(before)) and is_condition(inside)
        )
        end = found.end()
        start = found.start(1) if found[1] else found.start(2)
        integer = bool(re.search(r"\bintegers?\W*$", before)) or bool(
            re.match(r"\W*(?:be|is|are)?\s*(?:an?\s+)?(?:positive\s+)?integers?\b", text[end : end + 40])
        )
        if opened or not after_then:
            # of a list such as `for $x > 0$, $x \ge \tanh x$` the last may be the claim
            listed = was_condition and not _CONDITION.search(before)
            last = (start, inside) if listed and SIGN.search(inside) else None
            was_condition = True
            conditions.append(Condition(inside.strip(), start, integer))
        else:
            was_condition = False
            if not displayed and claims:
                claimed.append((start, inside))
    if not displayed and claims and not claimed and last is not None:
        return conditions[:-1], [last]
    return conditions, claimed

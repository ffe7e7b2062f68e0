"""The formulas within the sentences of a theorem: what they assume, what they claim, and what the words leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checks.new.manuscript.letters import names_in
from checks.new.manuscript.splitting import BEGINS, SIGN, Condition, is_condition
from checks.new.manuscript.words import DISPLAY, LASTS, THEN, doubt, masked, properties, prose, refers, unknown

_INLINE = re.compile(r"(?<!\\)\$(?!\$)((?:\\.|[^$\\])+)\$|\\\(((?:(?!\\\)).)+)\\\)", re.DOTALL)
_OPENS = BEGINS.replace("|and|", "|")
_CONDITION = re.compile(
    rf"(?:\b(?:{_OPENS}|here)(?:\s+(?:an?|the|two|fixed|arbitrary|"
    r"symmetric|positive|non-?negative|non-?zero|negative|real|integers?|numbers?|reals?|vectors?|scalars?|semi-?definite|"
    r"step sizes?|learning rates?|matri(?:x|ces)))*|\bintegers?|\breals?|\bnumbers?|\bvectors?|"
    r"\bmatri(?:x|ces))\W*$",
    re.IGNORECASE,
)
LAWS = re.compile(r"_\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""Subscripts, in which an expectation has its law."""
_MORE = re.compile(r"^[\s,]*(?:and|,)?\s*$")
_ASSUMED = re.compile(
    r"\b(?:let|assume|assuming|suppose|given|if|provided|such that|whenever|where|satisfying|with|when|set|denote|"
    rf"define|write)\b[^⟦⟧{DISPLAY}]*$",
    re.IGNORECASE,
)


@dataclass
class Said:
    """What the words around the displays of a theorem say.

    `assumed` are the places of displays that are conditions, `doubt` a reason why nothing may be proposed,
    `formulas` whether there is a formula at all.
    """

    conditions: list[Condition] = field(default_factory=list)
    claimed: list[tuple[int, str]] = field(default_factory=list)
    assumed: list[tuple[int, int]] = field(default_factory=list)
    doubt: str = ""
    formulas: bool = True


def sentences(text: str, claims: bool) -> Said:
    """The conditions within sentences, and the claims within them.

    Args:
        text: The text of a theorem, or a paragraph, with its displays.
        claims: Whether it is a theorem, which must claim something.

    Returns:
        What it says; the words that are no condition that can be read are its `doubt`.
    """
    whole = masked(text)
    displayed = DISPLAY in whole
    formulas = list(_INLINE.finditer(whole))
    words, at = "", 0
    starts: list[int] = []
    for n, found in enumerate(formulas):
        words += whole[at : found.start()]
        starts.append(len(words))
        words += f"⟦{n}⟧"
        at = found.end()
    words = prose(words + whole[at:])
    rest, given = properties(words)
    said = Said(
        doubt=doubt(rest) or unknown(rest) or (refers(whole) if claims else ""), formulas=bool(formulas) or displayed
    )
    said.assumed = _assumed(words, whole)
    then = THEN.search(words)
    first_display = words.find(DISPLAY)
    last: tuple[int, str] | None = None
    end, was_condition, claimed_before = 0, False, False
    for n, found in enumerate(formulas):
        inside = (found[1] or found[2]).strip()
        place = found.start(1) if found[1] else found.start(2)
        before, start = words[end : starts[n]], starts[n]
        end = start + len(f"⟦{n}⟧")
        if re.search(r"\\(?:to|rightarrow|uparrow|downarrow)(?![A-Za-z])", inside) and r"\lim" not in inside:
            said.doubt = said.doubt or f"'{inside}': an arrow, which no domain can hold"
        if re.search(r"\\sim(?![A-Za-z])", LAWS.sub("", inside)):
            said.doubt = said.doubt or f"'{inside}': a statement about chance"
        properties_ = given.get(n, [])
        after_then = start > then.start() if then is not None else not displayed and bool(SIGN.search(inside))
        after_display = 0 <= first_display < start
        opened = bool(_CONDITION.search(before)) or (
            was_condition and bool(_MORE.match(before)) and (is_condition(inside) or not SIGN.search(inside))
        )
        sentence = re.split(r"[.;]\s", words[:start])[-1]
        if not opened and SIGN.search(inside) and after_display and claims:
            said.doubt = said.doubt or f"'{inside}' behind the display may be a condition or a claim"
        if opened or not (after_then or after_display):
            if not SIGN.search(inside) and not properties_ and (names_in(inside) or not opened):
                was_condition = was_condition or opened
                continue
            listed = was_condition and not _CONDITION.search(before)
            last = (place, inside) if listed and SIGN.search(inside) else None
            was_condition = True
            if claimed_before:
                said.doubt = said.doubt or "several conditions, and it is not clear to which claim each belongs"
            lasts = bool(LASTS.search(sentence))
            integer = bool({"integer", "natural"} & set(properties_))
            condition = Condition(inside, place, integer, lasts, tuple(properties_))
            said.conditions.append(condition)
        else:
            was_condition = False
            if SIGN.search(inside):
                said.claimed.append((place, inside))
                claimed_before = claimed_before or _conditions_follow(words, end)
    if words.count(DISPLAY) - len(said.assumed) > 1 and _between(words):
        said.doubt = said.doubt or "conditions between its displays, and it is not clear to which each belongs"
    if not displayed and claims and not said.claimed and last is not None:
        said.conditions, said.claimed = said.conditions[:-1], [last]
    said.conditions.sort(key=lambda c: r"\in" not in c.text)  # what a letter is comes before what holds of it
    return said


def _conditions_follow(words: str, end: int) -> bool:
    """Whether a condition behind a claim is followed by another claim, as in "A if B, and C if D"."""
    return bool(re.search(rf"(?:\b(?:{_OPENS})\b)[^⟦]*⟦\d+⟧[^⟦]*⟦", words[end:], re.IGNORECASE))


def _between(words: str) -> bool:
    between = words[words.find(DISPLAY) : words.rfind(DISPLAY)]
    return any(bool(_CONDITION.search(between[: m.start()])) for m in re.finditer("⟦", between))


def _assumed(words: str, whole: str) -> list[tuple[int, int]]:
    """The places of the displays that are conditions by the words before them, such as "assume that"."""
    places = [m.start() for m in re.finditer(DISPLAY, whole)]
    found = []
    for n, mark in enumerate(re.finditer(DISPLAY, words)):
        clause = re.split(rf"[.;!?]\s|\n\s*\n|{DISPLAY}", words[: mark.start()])[-1]
        opened = _ASSUMED.search(clause)
        if opened is not None and not THEN.search(opened[0]) and "," not in opened[0].rstrip(" ,\n"):
            end = places[n + 1] if n + 1 < len(places) else len(whole)
            found.append((places[n], end))
    return found

"""A display divided into its formulas and the conditions behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.new.manuscript.letters import names_in
from checks.new.manuscript.words import behind
from derivations.tex.errors import Unreadable

BEGINS = (
    r"for all|for every|for each|for any|for some fixed|for|where|when|whenever|if|with|provided that|provided|"
    r"given that|given|as long as|assuming that|assuming|suppose that|suppose|assume that|assume|let|and|such that|"
    r"subject to|on|in which|any|all|every|each"
)
"""Words that begin a condition."""
_BEHIND = re.compile(
    rf"\\forall(?![A-Za-z])|\\(?:text|mbox|textrm|mathrm|hbox)\s*\{{\s*[,;(]?\s*(?:{BEGINS})\b", re.IGNORECASE
)
_SPACE = re.compile(r"[,;.]?\s*\\q?quad(?![A-Za-z])\s*")
_AND = re.compile(
    r"(?:[,;.\s]|\\q?quad(?![A-Za-z])|\\[,;:! ])*\\(?:text|mbox|textrm|mathrm|hbox)\s*\{[\s,]*and[\s,]*\}"
    r"(?:\s|\\q?quad(?![A-Za-z])|\\[,;:! ])*"
)
_WORDS = re.compile(r"\\(?:text|mbox|textrm|hbox|mathrm)\s*\{([^{}]*)\}")
SIGN = re.compile(
    r"\\(?:in|leq?|geq?|leqslant|geqslant|neq?|succeq|succ|subset|sim)(?![A-Za-z])|[=<>]|\\[lg]t(?![A-Za-z])"
)
_PLAIN = re.compile(
    r"\s*(?:[A-Za-z]|\\[a-z]+)\s*(?:,\s*(?:[A-Za-z]|\\[a-z]+)\s*)*"
    r"(?:(?:[<>]|\\(?:leq?|geq?)(?![A-Za-z]))\s*-?[0-9.]+\s*[.;]?\s*$|\\in(?![A-Za-z]))"
)
"""A comma with letters in a set, or compared with a number at the end, behind it."""
_OPEN, _CLOSE = ("{", "(", "[", r"\{", r"\begin"), ("}", ")", "]", r"\}", r"\end")


@dataclass(frozen=True)
class Condition:
    """A condition in LaTeX at its place, and what words say of its letter.

    `integer` says whether they call it an integer, `lasts` whether running text fixes it for all that follows,
    `properties` is what else they call it.
    """

    text: str
    at: int
    integer: bool = False
    lasts: bool = False
    properties: tuple[str, ...] = ()


def split(text: str) -> tuple[list[tuple[int, str]], list[Condition]]:
    """Divide a display into its formulas, each with its place in it, and the conditions behind them.

    Raises:
        Unreadable: Words behind a formula say more than a condition that can be read, or what stands behind a wide
            space may be a condition or another claim.
    """
    text = _without_dollars(text)
    formulas: list[tuple[int, str]] = []
    begin = 0
    while (at := _end_of_formula(text, begin)) < len(text):
        formulas.append((begin, _closed(text[begin:at])))
        space = _SPACE.match(text, at)
        rest = space.end() if space is not None else at
        if (joined := _AND.match(text, at)) is not None:
            _check_second(text[:at], text[joined.end() : _end_of_formula(text, joined.end())], at, joined=True)
            begin = joined.end()
            continue
        if (
            space is None
            or _BEHIND.match(text, rest)
            or _WORDS.match(text[rest:].lstrip())
            or is_condition(text[rest:])
        ):
            rest_ = text[at:]
            if (why := behind(" ".join(re.findall(_WORDS, rest_)))) != "":
                raise Unreadable(f"the words behind the formula: {why}", at)
            return formulas, list(_listed(_unbracketed(rest_), at))
        _check_second(text[:at], text[rest : _end_of_formula(text, rest)], rest)
        begin = rest
    formulas.append((begin, _closed(text[begin:])))
    return formulas, []


def _without_dollars(text: str) -> str:
    r"""\text{for $x > 0$} as \text{for } x > 0."""

    def opened(found: re.Match[str]) -> str:
        command = found[0][: found[0].index("{") + 1]
        parts = found[1].split("$")
        return "".join(f"{command}{p}}}" if n % 2 == 0 else p for n, p in enumerate(parts) if p or n % 2)

    return _WORDS.sub(lambda m: opened(m) if m[1].count("$") % 2 == 0 and "$" in m[1] else m[0], text)


def _unbracketed(text: str) -> str:
    """Conditions out of the brackets around all of them, as behind a wide space."""
    found = re.fullmatch(r"((?:[,;.\s]|\\q?quad|\\[,;:! ])*)\((.*)\)([\s.,;]*)", text, re.DOTALL)
    return f"{found[1]} {found[2]} {found[3]}" if found is not None and SIGN.search(found[2]) else text


def _check_second(first: str, second: str, at: int, joined: bool = False) -> None:
    r"""Raise Unreadable where what follows \quad may be a condition: |q| < 1, but not f'(x) ≤ 1 behind f'(x) = …."""
    sign = SIGN.search(second)
    if sign is None or sign[0] == "=" or re.match(r"\s*\\(?:sum|prod|int|lim|max|min|sup|inf)(?![A-Za-z])", second):
        return
    left = re.sub(r"\s", "", second[: sign.start()])
    if joined and not is_condition(second):
        return
    if left not in re.sub(r"\s", "", first):
        raise Unreadable(
            f"'{short(second)}' behind the formula", at, "it may be a condition or another claim: add words"
        )


def _closed(formula: str) -> str:
    return re.sub(r"(?:[,;.\s]|\\q?quad|\\[,;:! ])*$", "", formula)


def is_condition(text: str) -> bool:
    """Whether a text is a condition by its looks: names on the left of ∈ or of an inequality."""
    sign = SIGN.search(text)
    if sign is None or sign[0] == "=":
        return False
    left = text[: sign.start()].strip().lstrip("(")
    left = re.sub(r"^\\?\|(.*?)\\?\|$|^\\l[vV]ert(.*)\\r[vV]ert\s*$", lambda m: m[1] or m[2] or "", left)
    names = names_in(left)
    # x ≤ eˣ says no more of x than a claim does
    return bool(names) and (sign[0] == r"\in" or not any(_has(text[sign.end() :], n) for n in names))


def _has(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", text))


def _end_of_formula(text: str, begin: int) -> int:
    """Where a formula ends: at its end, or before a condition or a wide space."""
    depth = 0
    for found in re.compile(r"\\[A-Za-z]+|\\.|[{}()\[\],;]", re.DOTALL).finditer(text, begin):
        token = found[0]
        if depth == 0 and (_BEHIND.match(text, found.start()) or _opens_condition(text, found.start())):
            return found.start()
        if depth == 0 and token == "," and _PLAIN.match(text, found.end()):
            return found.start()
        depth += (token in _OPEN) - (token in _CLOSE)
        depth = max(depth, 0)
    return len(text)


def _opens_condition(text: str, at: int) -> bool:
    """Whether a wide space, or a comma, is followed by words or by a condition such as x > 0."""
    space = _SPACE.match(text, at)
    if space is None:
        return False
    rest = text[space.end() :].lstrip()
    return bool(rest) and not re.match(r"[&\\]?(?:=|<|>|\\le|\\ge|\+|-)", rest)


def _listed(text: str, start: int) -> Iterator[Condition]:
    """The conditions of a list, with names that share one, such as x, y > 0, left together."""
    plain = _WORDS.sub(lambda m: _only_integers(m[0], m[1]), text)
    plain = re.sub(r"\\forall(?![A-Za-z])|\\q?quad(?![A-Za-z])|\\[,;:!]", lambda m: " " * len(m[0]), plain)
    if re.search(r"(?:\d|\})\s*(?:\\leq?|<|\\lt)(?![A-Za-z])[^,<>=\\]*,[^,<>=\\]*(?:\\leq?|<|\\lt)(?![A-Za-z])", plain):
        raise Unreadable(f"the condition '{short(plain)}'", start, "it may be of one letter or of each: repeat it")
    for at, part in _parts(plain):
        integer = "integer" in text[max(at - 20, 0) : at + len(part)]
        bare = part.strip().rstrip(".;,").strip()
        if bare:
            yield Condition(bare, start + at + part.index(bare[0]), integer)


def _only_integers(whole: str, words: str) -> str:
    return ("," + " " * (len(whole) - 1)) if words.strip() else " " * len(whole)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The parts between commas at depth 0; a part without a relation belongs to the next one."""
    depth, begin = 0, 0
    for found in re.compile(r"\\.|[{}()\[\],;]", re.DOTALL).finditer(text):
        token = found[0]
        if token in ",;" and depth == 0:
            part = text[begin : found.start()]
            if SIGN.search(part) or not part.strip():
                yield begin, part
                begin = found.end()
            continue
        depth = max(depth + (token in _OPEN) - (token in _CLOSE), 0)
    yield begin, text[begin:]


def short(text: str) -> str:
    words = re.sub(r"\s+", " ", text).strip()
    return words if len(words) <= 60 else f"{words[:57]}…"

"""Macros: read from \\newcommand, \\def and \\DeclareMathOperator, and put in with a limit on their number."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from derivations.tex.errors import Unreadable
from derivations.tex.scan import Piece, argument, pieces

MOST_EXPANSIONS = 2_000
MOST_PIECES = 30_000
MOST_DEFINITIONS = 2_000
LONGEST_BODY = 5_000
"""Characters of a definition; a longer one is left out."""


@dataclass(frozen=True)
class Macro:
    """A command with `arguments` arguments, the first of which has a `default` or none."""

    arguments: int
    body: tuple[Piece, ...]
    default: tuple[Piece, ...] | None = None


def macro(body: str, arguments: int | None = None) -> Macro:
    """The macro with this body; without a number of arguments, those that it names: #1, #2, …"""
    count = max((int(n) for n in re.findall(r"#([1-9])", body)), default=0)
    return Macro(count if arguments is None else arguments, tuple(pieces(body)))


_COMMON = {
    r"\norm": r"\lVert #1 \rVert",
    r"\abs": r"\lvert #1 \rvert",
    r"\inner": r"\langle #1, #2 \rangle",
    r"\E": r"\mathbb{E}",
    r"\EE": r"\mathbb{E}",
    r"\R": r"\mathbb{R}",
    r"\RR": r"\mathbb{R}",
    r"\one": r"\mathbf{1}",
    r"\ones": r"\mathbf{1}",
    r"\bone": r"\mathbf{1}",
    r"\indicator": r"\mathbf{1}",
    r"\tr": r"\operatorname{tr}",
    r"\Tr": r"\operatorname{tr}",
    r"\trace": r"\operatorname{tr}",
    r"\diag": r"\operatorname{diag}",
    r"\relu": r"\operatorname{relu}",
    r"\ReLU": r"\operatorname{relu}",
    r"\erf": r"\operatorname{erf}",
    r"\T": r"\top",
}
COMMON: Mapping[str, Macro] = {name: macro(body) for name, body in _COMMON.items()}
"""Macros that many papers define; a file's own come before them."""

_DEFINES = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand|DeclareMathOperator|def)(?![A-Za-z])"
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_NUMBER = re.compile(r"\s*\[\s*([0-9])\s*\]")


def definitions(text: str) -> dict[str, Macro]:
    """The macros that a text defines; a definition that cannot be read is left out, its use is then unknown."""
    found: dict[str, Macro] = {}
    bare = re.sub(r"(?<!\\)%[^\n]*", "", text)
    for match in islice(_DEFINES.finditer(bare), MOST_DEFINITIONS):
        made = _definition(bare, match)
        if made is not None:
            found[made[0]] = made[1]
    return found


def _definition(text: str, match: re.Match[str]) -> tuple[str, Macro] | None:
    at = match.end() + (text[match.end() : match.end() + 1] == "*")
    name = re.compile(r"\s*\{?\s*(\\(?:[A-Za-z]+|.))\s*\}?").match(text, at)
    if name is None:
        return None
    at, count, default = name.end(), 0, None
    if match[0] == r"\def":
        parameters = re.compile(r"\s*((?:#[1-9])*)\s*").match(text, at)
        assert parameters is not None
        count, at = len(parameters[1]) // 2, parameters.end()
    elif number := _NUMBER.match(text, at):
        count, at = int(number[1]), number.end()
        if optional := re.compile(r"\s*\[([^\[\]]*)\]").match(text, at):
            default, at = optional[1], optional.end()
    body = _braced(text, at)
    if body is None:
        return None
    if "DeclareMathOperator" in match[0]:
        body = rf"\operatorname{{{body}}}"
    try:
        return name[1], Macro(count, tuple(pieces(body)), None if default is None else tuple(pieces(default)))
    except Unreadable:
        return None


def _braced(text: str, at: int) -> str | None:
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at : at + 1] != "{":
        return None
    depth = 0
    for brace in _BRACE.finditer(text, at, at + LONGEST_BODY):
        depth += (brace[0] == "{") - (brace[0] == "}")
        if depth == 0:
            return text[at + 1 : brace.start()]
    return None


def expand(found: list[Piece], macros: Mapping[str, Macro]) -> list[Piece]:
    """The pieces with all macros put in, at the place of their use.

    Raises Unreadable where that does not end, or an argument is missing.
    """
    left, done, used = deque(found), list[Piece](), 0
    while left:
        piece = left.popleft()
        known = macros.get(piece.text) if piece.kind == "command" else None
        if known is None:
            done.append(piece)
            if len(done) > MOST_PIECES:
                raise Unreadable("a formula that is too long once its macros are put in", piece.at)
            continue
        used += 1
        if used > MOST_EXPANSIONS or len(left) > MOST_PIECES:
            raise Unreadable(f"the macro {piece.text} expands without end", piece.at, "define it without itself")
        left.extendleft(reversed(_filled(known, piece, left)))
    return done


def _filled(known: Macro, call: Piece, left: deque[Piece]) -> list[Piece]:
    """The body with the arguments, taken off `left`, put in."""
    given: list[list[Piece]] = []
    if known.default is not None:
        given.append(_optional(left, known.default))
    while len(given) < known.arguments:
        ahead = list(left)
        taken, end = argument(ahead, 0, call)
        given.append(taken)
        for _ in range(end):
            left.popleft()
    filled: list[Piece] = []
    body, i = known.body, 0
    while i < len(body):
        if body[i].text == "#" and i + 1 < len(body) and body[i + 1].kind == "digit":
            number = int(body[i + 1].text)
            if number > len(given) or number == 0:
                raise Unreadable(f"the macro {call.text} names #{number}, which it does not have", call.at)
            filled += given[number - 1]
            i += 2
        else:
            filled.append(replace(body[i], at=call.at))
            i += 1
    return filled


def _optional(left: deque[Piece], default: tuple[Piece, ...]) -> list[Piece]:
    if not left or left[0].text != "[":
        return list(default)
    left.popleft()
    taken: list[Piece] = []
    while left:
        piece = left.popleft()
        if piece.text == "]":
            return taken
        taken.append(piece)
    raise Unreadable("a bracket [ that is not closed", taken[0].at if taken else 0)

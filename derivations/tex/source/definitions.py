r"""Macros that a text defines: \newcommand, \def, \let, \DeclareMathOperator, \DeclarePairedDelimiter and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from derivations.tex.errors import Unreadable
from derivations.tex.source.macros import COMMON, Macro
from derivations.tex.source.scan import pieces

MOST_DEFINITIONS = 2_000
LONGEST_BODY = 5_000
"""Characters of a definition; a longer one is not read."""

_DEFINES = re.compile(
    r"\\(?:long\\|protected\\|global\\)*((?:re|provide)?newcommand|providecommand|DeclareRobustCommand|"
    r"DeclareMathOperator|DeclarePairedDelimiter|(?:New|Renew|Provide|Declare)DocumentCommand|[gex]?def|let)"
    r"(?![A-Za-z])"
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_NAME = re.compile(r"\s*\{?\s*(\\(?:[A-Za-z@]+|.))\s*\}?")
_NUMBER = re.compile(r"\s*\[\s*([0-9])\s*\]")
_DEFAULT = re.compile(r"\s*\[([^\[\]]*)\]")
_PARAMETERS = re.compile(r"\s*((?:#[1-9])*)\s*")
_TOKEN = re.compile(r"\s*=?\s*(\\(?:[A-Za-z]+|.)|\S)", re.DOTALL)
_MANDATORY = re.compile(r"(?:\s*m)*\s*")


@dataclass(frozen=True)
class Definition:
    """A macro defined at a place; `macro` is None where it could not be read, `weak` gives way to an earlier one."""

    at: int
    name: str
    macro: Macro | None
    weak: bool = False


def defined(text: str) -> list[Definition]:
    """The definitions of a text, in order; those beyond a limit are left out."""
    bare = _COMMENT.sub(lambda m: m[1] + " " * (len(m[0]) - len(m[1])), text)
    found = (_definition(bare, match) for match in islice(_DEFINES.finditer(bare), MOST_DEFINITIONS))
    return [d for d in found if d is not None]


def in_force(found: Iterable[Definition], until: int | None = None) -> dict[str, Macro | None]:
    """The macros by their names that hold at a place of the text, or at its end."""
    table: dict[str, Macro | None] = {}
    for each in found:
        if until is not None and each.at >= until:
            break
        if not (each.weak and each.name in table):
            table[each.name] = each.macro
    return table


def definitions(text: str) -> dict[str, Macro | None]:
    """The macros that a text defines, None for one whose definition is not read."""
    return in_force(defined(text))


def _definition(text: str, match: re.Match[str]) -> Definition | None:
    word = match[1]
    at = match.end() + (text[match.end() : match.end() + 1] == "*")
    name = _NAME.match(text, at)
    if name is None:
        return None
    try:
        made = _macro(text, name.end(), word, name[1])
    except Unreadable:
        made = None
    return Definition(match.start(), name[1], made, weak=word.lower().startswith("provide"))


def _macro(text: str, at: int, word: str, name: str) -> Macro | None:
    """The macro that a definition makes, None for a form that is not read; raises Unreadable."""
    count, default, sized = 0, None, False
    if word == "let":
        token = _TOKEN.match(text, at)
        same = token is not None and token[1] in COMMON
        return COMMON[token[1]] if token and same else Macro(0, tuple(pieces(token[1]))) if token else None
    if word.endswith("def"):
        parameters = _PARAMETERS.match(text, at)
        assert parameters is not None
        count, at = len(parameters[1]) // 2, parameters.end()
    elif word == "DeclarePairedDelimiter":
        opening = _braced(text, at)
        closing = _braced(text, opening[1]) if opening else None
        if opening is None or closing is None:
            return None
        body = rf"\left{opening[0]} #1 \right{closing[0]}"
        return Macro(1, tuple(pieces(body)), sized=True)
    elif word.endswith("DocumentCommand"):
        signature = _braced(text, at)
        if signature is None or not _MANDATORY.fullmatch(signature[0]):
            return None
        count, at = signature[0].count("m"), signature[1]
    elif number := _NUMBER.match(text, at):
        count, at = int(number[1]), number.end()
        if optional := _DEFAULT.match(text, at):
            default, at = optional[1], optional.end()
    body_found = _braced(text, at)
    if body_found is None:
        return None
    body = body_found[0]
    if word == "DeclareMathOperator":
        body = rf"\operatorname{{{body}}}"
    return Macro(count, tuple(pieces(body)), None if default is None else tuple(pieces(default)), sized)


def _braced(text: str, at: int) -> tuple[str, int] | None:
    """The content of the braces at `at` and where they end; of a single command without braces, that command."""
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at : at + 1] == "\\":
        bare = _NAME.match(text, at)
        return (bare[1], bare.end(1)) if bare else None
    if text[at : at + 1] != "{":
        return None
    depth = 0
    for brace in _BRACE.finditer(text, at, at + LONGEST_BODY):
        depth += (brace[0] == "{") - (brace[0] == "}")
        if depth == 0:
            return text[at + 1 : brace.start()], brace.end()
    return None

"""Marks to a syntax tree, by a Lark grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from derivations.tex import syntax as tree
from derivations.tex.errors import Unreadable
from derivations.tex.source.arrange import arrange
from derivations.tex.source.macros import Macros
from derivations.tex.source.marks import Mark, without_remark

Phrases = Mapping[tuple[str, ...], str]
"""Marks, as `phrase_key` gives them, and the name of what they stand for together."""

_IDLE = {"LBRACE", "RBRACE", "SPACE"}
_CLOSERS = {"(": ")]", "[": ")]", "{": "}", "⟨": "⟩"}


def parse(
    text: str,
    macros: Macros | None = None,
    names: frozenset[str] = frozenset(),
    phrases: Phrases | None = None,
) -> tree.Chain:
    """The syntax tree of a formula; raises Unreadable with the place of what was not understood."""
    marks = arrange(text, macros, names)
    if phrases:
        marks = _with_phrases(marks, phrases)
    marks, remark = without_remark(marks)
    if not marks:
        raise Unreadable("no formula", 0)
    for mark in marks:
        if mark.kind == "DOTS":
            raise Unreadable("dots in place of terms", mark.at, "write all terms, or a sum")
        if mark.kind in ("STOP", "COLON"):
            raise Unreadable(f"'{mark.text}' inside a formula", mark.at)
    _check_brackets(marks)
    try:
        parsed: Any = _lark().parse(marks)
    except UnexpectedToken as error:
        raise _unexpected(error.token, marks, len(text)) from None
    except UnexpectedInput:
        raise Unreadable("a formula that breaks off", len(text)) from None
    assert isinstance(parsed, tree.Chain)
    return replace(parsed, remark=remark)


def phrase_key(marks: Sequence[Mark]) -> tuple[str, ...]:
    """What a phrase is recognised by: its marks without braces and spaces."""
    return tuple(f"{m.kind}:{m.text}" for m in marks if m.kind not in _IDLE)


def _unexpected(token: Token, marks: Sequence[Mark], end: int) -> Unreadable:
    if token.type == "$END":
        return Unreadable("a formula that breaks off", end, "something is missing at its end")
    number = int(token.start_pos or 0)
    shown = {"LBRACE": "{", "RBRACE": "}", "SPACE": "a space", "FRAC": r"\frac", "UNDER": "_", "CARET": "^"}
    what = shown.get(token.type, str(token))
    before = marks[number - 1] if number else None
    if token.type == "COMMA":
        raise Unreadable("a comma after a formula", marks[number].at, "what follows it is not compared: leave it out")
    after = f" after '{shown.get(before.kind, before.text)}'" if before is not None else " at the start"
    return Unreadable(f"'{what}'{after}", marks[number].at, "something is missing between them" if before else "")


def _check_brackets(marks: Sequence[Mark]) -> None:
    """Raise Unreadable where a bracket is not closed, or closed by one of another kind."""
    open_: list[Mark] = []
    for mark in marks:
        if mark.kind in ("OPEN", "LBAR", "LNORM", "LBRACE", "MBEGIN"):
            open_.append(mark)
        elif mark.kind in ("CLOSE", "RBAR", "RNORM", "RBRACE", "MEND"):
            if not open_ or not _fits(open_[-1], mark):
                raise Unreadable(f"'{mark.text or '}'}' that closes nothing", mark.at, "its opening bracket is missing")
            open_.pop()
    if open_:
        raise Unreadable(f"'{open_[-1].text or '{'}' that is not closed", open_[-1].at, "its closing one is missing")


def _fits(a: Mark, b: Mark) -> bool:
    if a.kind == "OPEN":
        return b.kind == "CLOSE" and b.text in _CLOSERS[a.text]
    pairs = {"LBAR": "RBAR", "LNORM": "RNORM", "LBRACE": "RBRACE", "MBEGIN": "MEND"}
    return pairs[a.kind] == b.kind


def _with_phrases(marks: list[Mark], phrases: Phrases) -> list[Mark]:
    """The marks with each phrase as one, the longest first."""
    for key in sorted(phrases, key=len, reverse=True):
        start = 0
        while (found := _find(marks, key, start)) is not None:
            first, last = found
            marks = [*marks[:first], Mark("PHRASE", phrases[key], marks[first].at), *marks[last:]]
            start = first + 1
    return marks


def _find(marks: list[Mark], key: tuple[str, ...], start: int) -> tuple[int, int] | None:
    for first in range(start, len(marks)):
        if f"{marks[first].kind}:{marks[first].text}" != key[0]:
            continue
        at, matched, depth = first, 0, 0
        while at < len(marks) and matched < len(key):
            mark = marks[at]
            if mark.kind not in _IDLE:
                if f"{mark.kind}:{mark.text}" != key[matched]:
                    break
                matched += 1
            depth += (mark.kind == "LBRACE") - (mark.kind == "RBRACE")
            at += 1
        while depth > 0 and at < len(marks) and marks[at].kind == "RBRACE":
            depth, at = depth - 1, at + 1
        longer = at < len(marks) and marks[at].kind in ("UNDER", "PRIME")
        longer = longer or (at < len(marks) and marks[at].kind == "MARK" and marks[at].text != "⊤")
        if matched == len(key) and depth == 0 and not longer:
            return first, at
    return None


class _Marks(Lexer):
    """Hands the marks to the parser."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        """The marks as tokens; in this interface of Lark what is given is the input itself."""
        for number, mark in enumerate(lexer_state):
            yield Token(mark.kind, mark.text, start_pos=number, column=mark.at)


class _Builder(Transformer):  # type: ignore[type-arg]
    """The tree, bottom up: each rule makes its node from those of its parts."""

    def start(self, parts: list[Any]) -> tree.Chain:
        made: tree.Chain = parts[0]
        return made

    def chain(self, parts: list[Any]) -> tree.Chain:
        return tree.Chain(*_whole(parts), tuple(parts[::2]), tuple(str(r) for r in parts[1::2]))

    def sum(self, parts: list[Any]) -> tree.Sum:
        terms, sign = [], 1
        for part in parts:
            if isinstance(part, Token):
                sign = -1 if part.type == "MINUS" else 1
            else:
                terms.append((sign, part))
        return tree.Sum(*_whole(parts), tuple(terms))

    def run(self, parts: list[Any]) -> tree.Run:
        items = [tree.Operator(*_place(p), p.type) if isinstance(p, Token) else p for p in parts]
        return tree.Run(*_whole(parts), tuple(items))

    def scripted(self, parts: list[Any]) -> tree.Scripted:
        return tree.Scripted(*_whole(parts), parts[0], tuple(parts[1:]))

    def script(self, parts: list[Any]) -> tree.Script:
        inside = parts[1] if len(parts) > 1 else None
        return tree.Script(*_whole(parts), parts[0].type, inside)

    def nucleus(self, parts: list[Any]) -> tree.Node:
        part = parts[0]
        return tree.Leaf(*_place(part), part.type) if isinstance(part, Token) else part

    def group(self, parts: list[Any]) -> tree.Group:
        return tree.Group(*_whole(parts), parts[1])

    def bracket(self, parts: list[Any]) -> tree.Bracket:
        return tree.Bracket(*_whole(parts), str(parts[0]), str(parts[2]), parts[1])

    def items(self, parts: list[Any]) -> tuple[tree.Chain, ...]:
        return tuple(p for p in parts if not isinstance(p, Token))

    def fraction(self, parts: list[Any]) -> tree.Fraction:
        return tree.Fraction(*_whole(parts), parts[1], parts[2])

    def root(self, parts: list[Any]) -> tree.Root:
        return tree.Root(*_whole(parts), parts[-1], parts[1] if len(parts) > 2 else None)

    def binomial(self, parts: list[Any]) -> tree.Binomial:
        return tree.Binomial(*_whole(parts), parts[1], parts[2])

    def matrix(self, parts: list[Any]) -> tree.Grid:
        return tree.Grid(*_whole(parts), tuple(p for p in parts if not isinstance(p, Token)), str(parts[0]))

    row = items


def _place(token: Token) -> tuple[int, str]:
    return int(token.column or 0), str(token)


def _whole(parts: Any) -> tuple[int, str]:
    """The place of the first part and the marks of all as one word."""
    at, flat = None, ""
    for part in parts:
        if isinstance(part, tuple):
            place, text = part[0].at, ",".join(p.flat for p in part)
        else:
            place, text = _place(part) if isinstance(part, Token) else (part.at, part.flat)
        at, flat = place if at is None else at, flat + text
    return at or 0, flat


@cache
def _lark() -> Lark:
    grammar = (Path(__file__).parent / "formula.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Marks, transformer=_Builder())

"""Marks of the grammar, and what is settled among them before it: lines joined, bars opened and closed, idle spaces."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derivations.tex.errors import Unreadable

ENDS = {"NAME", "NUMBER", "CLOSE", "RBAR", "RNORM", "RBRACE", "MARK", "PRIME", "BANG", "ONES", "PHRASE", "MEND"}
_BEGINS = {"NAME", "NUMBER", "OPEN", "LBAR", "LNORM", "LBRACE", "ONES", "PHRASE", "FUNC", "BIG", "EXPECT", "FRAC"}
_BEGINS |= {"SQRT", "ROOT", "BINOM", "MBEGIN"}


_REMARK = re.compile(
    r"\(?(by|since|because|using|from|where|with|due to|thanks to|see|as|and|almost|which|that|this|recall|hence|holds)"
    r" [A-Za-z][A-Za-z0-9 .,'’-]*\)?|almost surely|as desired|a\.s\."
)


@dataclass(frozen=True)
class Mark:
    """One mark of the grammar: its kind, its text in one spelling, its place."""

    kind: str
    text: str
    at: int


_JOINS = {"REL", "PLUS", "MINUS", "DOT", "SLASH", "ODOT"}


def without_breaks(marks: list[Mark]) -> list[Mark]:
    """The lines of a formula joined; raises Unreadable where a new formula begins on another line."""
    kept: list[Mark] = []
    depth = 0
    for i, mark in enumerate(marks):
        depth += (mark.kind in ("OPEN", "LBRACE")) - (mark.kind in ("CLOSE", "RBRACE"))
        if mark.kind != "BREAK":
            kept.append(mark)
            continue
        after = next((m for m in marks[i + 1 :] if m.kind not in ("SPACE", "BREAK")), mark)
        before = next((m for m in reversed(kept) if m.kind != "SPACE"), None)
        if depth <= 0 and before is not None and before.kind not in _JOINS and after.kind not in _JOINS:
            raise Unreadable("a second formula on the next line", after.at, "mark each line by a comment before it")
    return kept


def with_double_bars(marks: list[Mark]) -> list[Mark]:
    """||x|| as ‖x‖: two bars without a blank, where something opens and the next bars are two again."""

    def double(i: int) -> bool:
        pair = marks[i : i + 2]
        return [m.kind for m in pair] == ["BAR", "BAR"] and pair[1].at == pair[0].at + 1

    done: list[Mark] = []
    i = 0
    while i < len(marks):
        if double(i) and (not done or done[-1].kind not in ENDS):
            close = next((j for j in range(i + 2, len(marks)) if marks[j].kind == "BAR"), None)
            if close is not None and double(close) and not (close + 2 < len(marks) and double(close + 1)):
                done += [Mark("LNORM", "‖", marks[i].at), *marks[i + 2 : close], Mark("RNORM", "‖", marks[close].at)]
                i = close + 2
                continue
        done.append(marks[i])
        i += 1
    return done


def with_bars(marks: list[Mark]) -> list[Mark]:
    """Each | and ‖ as an opening or a closing one."""
    done: list[Mark] = []
    open_: list[str] = []
    for mark in marks:
        before = done[-1].kind if done else ""
        if mark.kind in ("BAR", "NORM"):
            closes = before in ENDS and bool(open_) and open_[-1] == "L" + mark.kind
            mark = replace(mark, kind=("R" if closes else "L") + mark.kind)
        if mark.kind in ("OPEN", "LBAR", "LNORM", "LBRACE", "MBEGIN"):
            open_.append(mark.kind)
        elif mark.kind in ("CLOSE", "RBAR", "RNORM", "RBRACE", "MEND") and open_:
            open_.pop()
        if mark.kind != "SPACE" or done:
            done.append(mark)
    return done


def without_idle_spaces(marks: list[Mark]) -> list[Mark]:
    """Spaces kept only between two factors, where they end the argument of a function without brackets."""
    kept: list[Mark] = []
    for i, mark in enumerate(marks):
        if mark.kind == "SPACE":
            after = next((m for m in marks[i + 1 :] if m.kind != "SPACE"), None)
            if not kept or kept[-1].kind not in ENDS or after is None or after.kind not in _BEGINS:
                continue
        kept.append(mark)
    return kept


def without_remark(marks: list[Mark]) -> tuple[list[Mark], str]:
    """The marks without the words after a formula, such as "by concavity", and these words."""
    last = marks[-1] if marks else None
    if last is None or last.kind != "NAME" or not _REMARK.fullmatch(last.text):
        return marks, ""
    rest = marks[:-1]
    while rest and rest[-1].kind in ("COMMA", "STOP", "SPACE", "BREAK"):
        rest.pop()
    return rest, last.text

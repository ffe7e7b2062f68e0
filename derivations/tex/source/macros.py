"""Macros put into a formula, with a limit on their number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from derivations.tex.errors import Unreadable
from derivations.tex.source import words
from derivations.tex.source.scan import Piece, argument, bracketed, pieces

MOST_EXPANSIONS = 2_000
MOST_PIECES = 30_000


@dataclass(frozen=True)
class Macro:
    """A command with `arguments` arguments, the first of which has a `default` or none.

    Of a `sized` one, such as \\norm of mathtools, a star or a size in square brackets after its name is layout.
    """

    arguments: int
    body: tuple[Piece, ...]
    default: tuple[Piece, ...] | None = None
    sized: bool = False


Macros = Mapping[str, Macro | None]
"""Macros by their names; None for a definition that could not be read."""


def macro(body: str, arguments: int | None = None, sized: bool = False) -> Macro:
    """The macro with this body; without a number of arguments, those that it names: #1, #2, …"""
    count = max((int(n) for n in re.findall(r"#([1-9])", body)), default=0)
    return Macro(count if arguments is None else arguments, tuple(pieces(body)), sized=sized)


_COMMON = {
    r"\inner": r"\langle #1, #2 \rangle",
    r"\E": r"\mathbb{E}",
    r"\EE": r"\mathbb{E}",
    r"\R": r"\mathbb{R}",
    r"\RR": r"\mathbb{R}",
    r"\one": r"\mathbf{1}",
    r"\ones": r"\mathbf{1}",
    r"\bone": r"\mathbf{1}",
    r"\indicator": r"\mathbf{1}",
    r"\ind": r"\mathbf{1}",
    r"\tr": r"\operatorname{tr}",
    r"\Tr": r"\operatorname{tr}",
    r"\trace": r"\operatorname{tr}",
    r"\diag": r"\operatorname{diag}",
    r"\relu": r"\operatorname{relu}",
    r"\ReLU": r"\operatorname{relu}",
    r"\softmax": r"\operatorname{softmax}",
    r"\sign": r"\operatorname{sign}",
    r"\sgn": r"\operatorname{sign}",
    r"\erf": r"\operatorname{erf}",
    r"\T": r"\top",
    r"\eps": r"\varepsilon",
    r"\half": r"\tfrac12",
    r"\dd": r"\mathrm{d}",
    r"\diff": r"\mathrm{d}",
    r"\defeq": r"\triangleq",
    r"\eqdef": r"\triangleq",
}
_SIZED = {r"\norm": r"\lVert #1 \rVert", r"\abs": r"\lvert #1 \rvert"}
COMMON: Mapping[str, Macro] = {
    **{name: macro(body) for name, body in _COMMON.items()},
    **{name: macro(body, sized=True) for name, body in _SIZED.items()},
}
"""Macros that many papers define; a file's own come before them."""


def expand(found: list[Piece], macros: Macros) -> list[Piece]:
    """The pieces with all macros expanded, at the place of their use.

    Raises Unreadable where that does not end, an argument is missing, or a definition could not be read.
    """
    left, done, used = found[::-1], list[Piece](), 0
    while left:
        piece = left.pop()
        if piece.kind != "command" or piece.text not in macros:
            done.append(piece)
            if len(done) > MOST_PIECES:
                raise Unreadable("a formula that is too long once its macros are expanded", piece.at)
            _group_arguments(piece, left, macros)
            continue
        known = macros[piece.text]
        if known is None:
            raise Unreadable(f"the macro {piece.text}, whose definition is not read", piece.at, "define it in [macros]")
        used += 1
        if used > MOST_EXPANSIONS or len(left) > MOST_PIECES:
            raise Unreadable(f"the macro {piece.text} expands without end", piece.at, "define it without itself")
        left += _filled(known, piece, left)[::-1]
    return done


def _group_arguments(command: Piece, left: list[Piece], macros: Macros) -> None:
    r"""Put braces around macros that are arguments: in \frac\ab2 all of \ab is the numerator."""
    count = words.arguments_of(command.text) if command.kind == "command" else 0
    at = len(left) - 1
    for _ in range(count):
        if at < 0:
            return
        if left[at].kind == "open":
            depth = 1
            while at > 0 and depth:
                at -= 1
                depth += (left[at].kind == "open") - (left[at].kind == "close")
        elif left[at].kind == "command" and (known := macros.get(left[at].text)) and not known.arguments:
            name = left[at]
            left[at : at + 1] = [Piece("close", "}", name.at), name, Piece("open", "{", name.at)]
        at -= 1


def _filled(known: Macro, call: Piece, left: list[Piece]) -> list[Piece]:
    """The body with its arguments, which are taken from the end of `left`."""
    if known.sized and left and left[-1].text == "*":
        left.pop()
    given: list[list[Piece]] = []
    if known.sized or known.default is not None:
        optional = _optional(left)
        if known.default is not None:
            given.append(list(known.default) if optional is None else optional)
    while len(given) < known.arguments:
        given.append(_argument(left, call))
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


def _argument(left: list[Piece], call: Piece) -> list[Piece]:
    if not left or left[-1].kind == "close":
        raise Unreadable(f"{call.text} without its argument", call.at, f"write {call.text}{{…}}")
    if left[-1].kind != "open":
        return [left.pop()]
    ahead = left[::-1] if len(left) < 64 else left[-1:-MOST_PIECES:-1]
    taken, end = argument(ahead, 0, call)
    del left[-end:]
    return taken


def _optional(left: list[Piece]) -> list[Piece] | None:
    """The argument in square brackets, if there is one."""
    if not left or left[-1].text != "[":
        return None
    found = bracketed(left[::-1], 0)
    assert found is not None
    taken, end = found
    del left[-end:]
    return taken

r"""What is around a formula and no part of it: \boxed, \underbrace with its remark, colours, (a) over a relation."""

from __future__ import annotations

import re
from dataclasses import replace

from derivations.tex.errors import Unreadable
from derivations.tex.source import words
from derivations.tex.source.scan import Piece, argument, written

FRAMES = {r"\boxed": "", r"\fbox": "", r"\smash": "", r"\mathclap": "", r"\underbrace": "_", r"\overbrace": "^"}
"""Commands whose argument is the formula, with the script behind it that is a remark."""
COLOURS = {r"\textcolor", r"\colorbox"}
STACKS = {r"\stackrel", r"\overset", r"\underset"}
_REMARK = re.compile(r"\(?\(?(?:[a-z]|[ivx]{1,4}|[0-9]{1,2}|\*{1,3})\)+|[0-9]{1,2}|\*{1,3}")
"""What refers to an explanation in the text: (a), (ii), 3. A letter alone may change the meaning: d over = is a law."""
_DEFINES = {"def", "def.", "Def", r"\Delta", r"\triangle", "\u25b3"}


def undecorated(found: list[Piece]) -> list[Piece]:
    """The pieces without decorations.

    Raises Unreadable for a sign above a relation that may change its meaning, and for an argument that is missing.
    """
    if not any(p.text in FRAMES or p.text in COLOURS or p.text in STACKS or p.text == r"\color" for p in found):
        return found
    done: list[Piece] = []
    i = 0
    while i < len(found):
        piece = found[i]
        if piece.text in FRAMES:
            content, i = argument(found, i + 1, piece)
            done += _grouped(undecorated(content), piece)
            if FRAMES[piece.text] and i < len(found) and found[i].text == FRAMES[piece.text]:
                _, i = argument(found, i + 1, found[i])
        elif piece.text in COLOURS:
            _, i = argument(found, i + 1, piece)
            content, i = argument(found, i, piece)
            done += _grouped(undecorated(content), piece)
        elif piece.text == r"\color":
            _, i = argument(found, i + 1, piece)
        elif piece.text in STACKS:
            above, i = argument(found, i + 1, piece)
            below, i = argument(found, i, piece)
            done += _stacked(piece, above, undecorated(below))
        else:
            done.append(piece)
            i += 1
    return done


def _grouped(content: list[Piece], of: Piece) -> list[Piece]:
    """The content as one factor; a whole formula in a frame stays as it is."""
    depth = 0
    for piece in content:
        depth += (piece.kind == "open") - (piece.kind == "close")
        if depth == 0 and piece.text in words.RELATIONS:
            return content
    return [replace(of, kind="open", text="{"), *content, Piece("close", "}", content[-1].at if content else of.at)]


def _stacked(of: Piece, above: list[Piece], below: list[Piece]) -> list[Piece]:
    if len(below) == 1 and below[0].text in words.BIG and of.text == r"\underset":
        return [below[0], Piece("sign", "_", of.at), *_grouped(above, of)]
    if len(below) == 1 and below[0].text in words.RELATIONS:
        bare = [p for p in above if p.kind in ("letter", "digit", "sign") or p.text in _DEFINES]
        said = re.sub(r"\s", "", written(bare))
        if _REMARK.fullmatch(said) or (said in _DEFINES and below[0].text in ("=", r"\equiv")):
            return below
    shown = written(above) or "nothing"
    raise Unreadable(f"{written(below)} with {shown} at it", of.at, "it may have another meaning: leave it out")

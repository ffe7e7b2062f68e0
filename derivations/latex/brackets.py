r"""The size of brackets: \left and \right only around what is taller than a line."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\left(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)|\\right(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)")
_TALL = re.compile(
    r"\\(?:d?frac|sqrt|sum|prod|int|iint|substack|left|right|binom|over|under)(?![a-zA-Z])|\\begin|\\(?:overline|[bB]ig)"
)
_INDEX = re.compile(r"\\left\(\\begin\{smallmatrix\}.*?\\end\{smallmatrix\}\\right\)")
_PLAIN = {
    "(": "(",
    ")": ")",
    "[": "[",
    "]": "]",
    r"\{": r"\{",
    r"\}": r"\}",
    r"\langle": r"\langle ",
    r"\rangle": r" \rangle",
}
_BARS = {"|": (r"\lvert ", r" \rvert"), r"\|": (r"\lVert ", r" \rVert")}


def sized(text: str) -> str:
    r"""A formula in which brackets around what stands on one line are no \left and \right."""
    opened: list[tuple[int, str]] = []
    parts: list[str] = []
    end = 0
    for found in _TOKEN.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        word, sign = found[0][:5], found[0].removeprefix(r"\left").removeprefix(r"\right").strip()
        if word == r"\left":
            opened.append((len(parts), sign))
            parts.append(found[0])
            continue
        if not opened:
            return text
        start, left = opened.pop()
        inside = "".join(parts[start + 1 :]).strip()
        del parts[start:]
        parts.append(_pair(left, inside, sign))
    return "".join((*parts, text[end:])) if not opened else text


def _pair(left: str, inside: str, right: str) -> str:
    tall = _TALL.search(_INDEX.sub("", inside)) is not None
    bars = left == right and left in _BARS
    if tall or not (bars or (left in _PLAIN and right in _PLAIN)):
        return rf"\left{left}{_apart(left)}{inside}\right{right}"
    before, after = _BARS[left] if bars else (_PLAIN[left], _PLAIN[right])
    return f"{before}{inside}{after}"


def _apart(sign: str) -> str:
    return " " if sign[-1].isalpha() else ""

"""Sizes as they are written on the command line: 256:65536:x2, 2:20:+3, 16,64,256."""

from __future__ import annotations

import re

from checks.errors import UsageError

MOST = 10_000
"""The largest number of sizes: more are a typing error."""
_RANGE = re.compile(r"(\d+):(\d+):([x+])(\d+)")
FORMS = "write FIRST:LAST:xFACTOR, FIRST:LAST:+STEP, or sizes with commas"


def parse_sizes(option: str, text: str, least: int = 1) -> tuple[int, ...]:
    """The sizes of a specification, increasing, each once; `option` is its name in what is raised.

    Raises UsageError for one that is empty, reversed, below `least`, endless, or no specification.
    """
    found: set[int] = set()
    for part in text.split(","):
        found |= set(_sizes(option, text, part.strip()))
        if len(found) > MOST:
            raise UsageError(f"{option} {text}: more than {MOST} sizes")
    low = min(found)
    if low < least:
        raise UsageError(f"{option} {text}: {low} is below {least}")
    return tuple(sorted(found))


def _sizes(option: str, text: str, part: str) -> list[int]:
    if not part:
        raise UsageError(f"{option} '{text}': a size is missing; {FORMS}")
    if part.isascii() and part.isdigit():
        return [int(part)]
    match = _RANGE.fullmatch(part)
    if match is None:
        raise UsageError(f"{option} {text}: '{part}' is neither a size nor a range; {FORMS}")
    first, last, step = int(match[1]), int(match[2]), int(match[4])
    if first > last:
        raise UsageError(f"{option} {text}: {first} is above {last}; write {last}:{first}:{match[3]}{step}")
    if step < (2 if match[3] == "x" else 1) or (match[3] == "x" and first == 0):
        raise UsageError(f"{option} {text}: steps of {match[3]}{step} from {first} do not get anywhere")
    sizes: list[int] = []
    while first <= last and len(sizes) <= MOST:
        sizes.append(first)
        first = first * step if match[3] == "x" else first + step
    return sizes

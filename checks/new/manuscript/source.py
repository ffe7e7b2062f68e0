"""A manuscript as one text: the files that it inputs in their places, comments and verbatim parts as blanks."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from checks.compare.texfile import read_text, without_comments
from checks.errors import UsageError
from derivations.tex.source.definitions import Definition, defined, in_force
from derivations.tex.source.macros import Macros

DEEPEST = 10
"""Files that input one another."""
MOST_FILES = 200
_INPUT = re.compile(r"\\(?:input|include|subfile)\s*(?:\{([^{}]*)\}|([^\s{}\\]+))")
_IF = re.compile(r"(?<!\\newif)\\(?:if(?!f(?![a-z]))(?!thenelse)[A-Za-z@]*|else|fi)(?![A-Za-z])")
_STYLE = re.compile(r"\\(?:usepackage|RequirePackage)\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}")


@dataclass(frozen=True)
class Piece:
    """A stretch of the whole text that comes from one file: where it begins here and there, and the file's text."""

    at: int
    path: Path
    start: int
    text: str


@dataclass(frozen=True)
class Source:
    """The whole text without comments, its pieces by their places, the macros, and what was not found."""

    path: Path
    text: str
    pieces: tuple[Piece, ...]
    definitions: tuple[Definition, ...]
    missing: tuple[str, ...] = ()
    branches: tuple[tuple[int, int, str], ...] = ()

    def branch(self, start: int, end: int) -> str:
        """Why a stretch may not be printed: it stands under an \\if that may be on or off; empty otherwise."""
        for first, last, name in self.branches:
            if first < end and start < last:
                return f"it stands under {name}, which may be on or off"
        return ""

    def place(self, at: int) -> str:
        """The file and line of a character of the whole text, as `section2.tex:14`."""
        piece = self.pieces[max(bisect_right([p.at for p in self.pieces], at) - 1, 0)]
        line = piece.text.count("\n", 0, piece.start + at - piece.at) + 1
        home = self.path.parent.resolve()
        shown = piece.path.relative_to(home) if piece.path.is_relative_to(home) else piece.path
        return f"{shown}:{line}"

    def macros(self, at: int) -> Macros:
        """The macros that hold at a place."""
        return in_force(self.definitions, at)


def source_of(path: Path) -> Source:
    """Read a manuscript with everything that it inputs from its own folder.

    Args:
        path: The main .tex file.

    Returns:
        The whole text, with places and macros; of files that do not exist only the names are known.

    Raises:
        UsageError: The main file cannot be read, or more files input one another than `MOST_FILES`.
    """
    pieces: list[Piece] = []
    parts: list[str] = []
    missing: list[str] = []
    home = path.parent.resolve()
    length = 0

    def add(file: Path, text: str, start: int, end: int) -> None:
        nonlocal length
        if end > start:
            pieces.append(Piece(length, file, start, text))
            parts.append(text[start:end])
            length += end - start

    def take(file: Path, text: str, above: tuple[Path, ...]) -> None:
        code, _ = without_comments(text)
        at = 0
        for found in _INPUT.finditer(code):
            name = (found[1] or found[2] or "").strip()
            other = _file(home, name)
            if other is None or other in above or len(above) >= DEEPEST:
                missing.append(name)
                continue
            if len(pieces) > 2 * MOST_FILES:
                raise UsageError(f"{path} inputs more than {MOST_FILES} files: name one part of it")
            add(file, code, at, found.start())
            take(other, read_text(other), (*above, other))
            at = found.end()
        add(file, code, at, len(code))

    take(path.resolve(), read_text(path), (path.resolve(),))
    whole, branches = _branches("".join(parts))
    return Source(path, whole, tuple(pieces), tuple(_definitions(home, whole)), tuple(missing), branches)


def _branches(text: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    r"""The text without what \iffalse hides, every other character at its place; and what other \if… switch."""
    opened: list[tuple[str, int]] = []
    dead: list[tuple[int, int]] = []
    unknown: list[tuple[int, int, str]] = []
    for found in _IF.finditer(text, max(text.find(r"\begin{document}"), 0)):
        name = found[0]
        if name.startswith(r"\if"):
            opened.append((name, found.end()))
            continue
        if not opened:
            continue
        condition, start = opened[-1]
        if condition in (r"\iffalse", r"\iftrue-else"):
            dead.append((start, found.start()))
        elif condition not in (r"\iftrue", r"\iffalse-else"):
            unknown.append((start, found.start(), condition))
        if name == r"\else":
            known = condition in (r"\iffalse", r"\iftrue")
            opened[-1] = (condition + "-else" if known else condition, found.end())
        else:
            opened.pop()
            dead += [(found.start(), found.end())] if condition.startswith((r"\iffalse", r"\iftrue")) else []
    for start, end in dead:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    text = re.sub(r"\\(?:iffalse|iftrue)(?![A-Za-z])", lambda m: " " * len(m[0]), text)
    return text, tuple(unknown)


def _file(home: Path, name: str) -> Path | None:
    for ending in ("", ".tex"):
        other = (home / f"{name}{ending}").resolve()
        if other.is_relative_to(home) and other.suffix == ".tex" and other.is_file():
            return other
    return None


def _definitions(home: Path, text: str) -> list[Definition]:
    """Macros of the text, after those of style files beside it."""
    found: list[Definition] = []
    for match in _STYLE.finditer(text):
        for name in match[1].split(","):
            style = (home / f"{name.strip()}.sty").resolve()
            if style.is_relative_to(home) and style.is_file():
                code, _ = without_comments(read_text(style))
                found += [Definition(0, d.name, d.macro, d.weak) for d in defined(code)]
    return [*found, *defined(text)]

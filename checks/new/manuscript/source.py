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
    whole = "".join(parts)
    return Source(path, whole, tuple(pieces), tuple(_definitions(home, whole)), tuple(missing))


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

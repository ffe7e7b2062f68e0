"""Formulas of a .tex file that comments mark as those of a statement: `% lemmata: du2018.gram-last-layer`."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

from checks.errors import UsageError
from derivations.tex.source.definitions import Definition, defined, in_force
from derivations.tex.source.macros import Macros

LARGEST = 5_000_000
"""Bytes of a file."""
MOST_MARKS = 2_000
MOST_INPUTS = 40
"""Files whose macros are read along with one."""
_NAMES = "equation align alignat flalign gather multline split aligned gathered dmath eqnarray displaymath math"
DISPLAYED = tuple(_NAMES.split())
VERBATIM = ("verbatim", "lstlisting", "minted", "comment", "Verbatim", "alltt")
SIDES = ("lhs", "rhs")

_MARK = re.compile(r"%+\s*lemmata\s*:(.*)")
_HIDDEN = re.compile(rf"\\begin\{{((?:{'|'.join(VERBATIM)})\*?)\}}|\\verb\*?([^A-Za-z\s*])|\\.|%", re.DOTALL)
_DELIMITER = re.compile(
    r"\\\\|\\[$%&#_{}]|\\[\[\]()]|\$\$|\$|\\(begin|end)\s*\{((?:" + "|".join(DISPLAYED) + r")\*?)\}"
)
_INPUT = re.compile(r"\\(?:input|include|usepackage|RequirePackage)\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}")
_CLOSES = {r"\[": r"\]", r"\(": r"\)", "$$": "$$", "$": "$"}


class Unmarked(UsageError):
    """A file without a mark."""


@dataclass(frozen=True)
class Marked:
    """A mark: the line of its comment, what it names, the side that it says, its formula and where that begins.

    A mark that marks nothing has its `error` instead, at `error_at`.
    """

    line: int
    id: str
    side: str = ""
    text: str = ""
    start: int = 0
    error: str = ""
    error_at: int | None = None


@dataclass(frozen=True)
class TexFile:
    """A file with its marks and its definitions of macros."""

    path: Path
    text: str
    marks: tuple[Marked, ...]
    definitions: tuple[Definition, ...]
    starts: tuple[int, ...]

    def macros(self, at: int) -> Macros:
        """The macros that hold at a place."""
        return in_force(self.definitions, at)

    def place(self, at: int) -> tuple[int, int]:
        """The line and column of a character, both from 1."""
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1


@dataclass(frozen=True)
class Span:
    """A formula's place: of its opening, its content and its end; `error` where it is broken."""

    opening: int
    start: int
    end: int
    closing: int
    rows: bool = False
    error: str = ""


def read_tex(path: Path) -> TexFile:
    """The marks of a file in the order of its lines; raises UsageError for a file that cannot be read or has none.

    Macros are those of the file and of files that it includes by \\input or \\usepackage out of its own folder.
    """
    text = read_text(path)
    marks, code = marked(text)
    if not marks:
        raise Unmarked(f"{path} has no marked formula; write `% lemmata: ID` before one")
    if len(marks) > MOST_MARKS:
        raise UsageError(f"{path} has more than {MOST_MARKS} marked formulas: split it")
    starts = (0, *(m.end() for m in re.finditer("\n", text)))
    return TexFile(path, text, tuple(marks), tuple(_macros(path, code)), starts)


def read_text(path: Path) -> str:
    """The text of a file with \\n for its ends of lines; raises UsageError."""
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the .tex file in it")
        with path.open("rb") as source:
            data = source.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise UsageError(f"{path} has more than {LARGEST // 1_000_000} MB: name a .tex file")
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise UsageError(f"{path} is not a text file in UTF-8: {error.reason}; save it as UTF-8") from None
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _macros(path: Path, code: str) -> list[Definition]:
    """The definitions of a file; those of included files hold from the place of the inclusion."""
    home, found, seen = path.parent.resolve(), defined(code), {path.resolve()}
    pending = [(at, name) for at, name in inclusions(code)]
    while pending and len(seen) <= MOST_INPUTS:
        at, name = pending.pop(0)
        for ending in ("", ".tex", ".sty"):
            other = (home / f"{name}{ending}").resolve()
            if other in seen or not other.is_relative_to(home) or other.suffix not in (".tex", ".sty"):
                continue
            try:
                inside, _ = without_comments(read_text(other))
            except UsageError:
                continue  # it is TeX's to say what is wrong with it; a macro that is missing is named where it is used
            seen.add(other)
            found += [replace(d, at=at) for d in defined(inside)]
            pending += [(at, more) for _, more in inclusions(inside)]
    return sorted(found, key=lambda d: d.at)


def inclusions(code: str) -> list[tuple[int, str]]:
    return [(m.start(), name.strip()) for m in _INPUT.finditer(code) for name in m[1].split(",")]


def marked(text: str) -> tuple[list[Marked], str]:
    """The marks of a text, and the text with comments and verbatim parts as blanks, every character at its place."""
    code, comments = without_comments(text)
    found = [(at, words) for at, comment in comments if (words := _words(comment)) is not None][: MOST_MARKS + 1]
    spans = formula_spans(code)
    return [_mark(text, code, number, found, spans) for number in range(len(found))], code


def blanked(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The text with comments and verbatim parts as blanks, and each comment with its place.

    A verbatim part that is not closed extends to the end.
    """
    comments: list[tuple[int, str]] = []
    parts: list[str] = []
    at = 0
    while (found := _HIDDEN.search(text, at)) is not None:
        begin = found.start()
        if found[0] == "%":
            end = text.find("\n", begin)
            end = len(text) if end < 0 else end
            comments.append((begin, text[begin:end]))
        elif found[1] or found[2]:
            closing = rf"\end{{{found[1]}}}" if found[1] else found[2]
            end = text.find(closing, found.end())
            end = len(text) if end < 0 else end + len(closing)
        else:  # an escaped character
            parts.append(text[at : found.end()])
            at = found.end()
            continue
        parts += [text[at:begin], blanked(text[begin:end])]
        at = end
    return "".join((*parts, text[at:])), comments


def _words(comment: str) -> list[str] | None:
    """The words of a mark; None for another comment."""
    found = _MARK.fullmatch(comment.rstrip())
    return found[1].split() if found else None


def formula_spans(code: str) -> list[Span]:
    """All formulas, the outermost environment of each."""
    spans: list[Span] = []
    open_: tuple[str, int, int] | None = None
    inner: list[str] = []
    for found in _DELIMITER.finditer(code):
        text, name = found[0], found[2]
        if open_ is None:
            if found[1] == "begin" or text in _CLOSES:
                open_ = (name or text, found.start(), found.end())
            continue
        opened, at, start = open_
        if opened in _CLOSES:
            closes = text == _CLOSES[opened] and not inner
        else:
            closes = found[1] == "end" and name == opened and not inner
        if closes:
            rows = opened.rstrip("*") in ("align", "alignat", "flalign", "gather", "eqnarray")
            spans.append(Span(at, start, found.start(), found.end(), rows))
            open_ = None
        elif found[1] == "begin":
            inner.append(name)
        elif found[1] == "end" and (not inner or inner.pop() != name):
            wrong = f"\\end{{{name}}} without its \\begin"
            spans.append(Span(at, start, found.start(), found.end(), error=wrong))
            open_, inner = None, []
    if open_ is not None:
        shown = f"\\begin{{{open_[0]}}}" if open_[0] not in _CLOSES else open_[0]
        spans.append(Span(open_[1], open_[2], len(code), len(code), error=f"{shown} that is not closed"))
    return spans


def _mark(text: str, code: str, number: int, found: list[tuple[int, list[str]]], spans: list[Span]) -> Marked:
    at, words = found[number]
    line = text.count("\n", 0, at) + 1
    if not words:
        return Marked(line, "?", error="a mark without the id of a statement: write `% lemmata: ID`", error_at=at)
    name, *more = words
    strange = [w for w in more if w not in SIDES]
    if strange or len(more) > 1:
        return Marked(line, name, error=f"the word '{(strange or more)[0]}': write lhs or rhs", error_at=at)
    side = more[0] if more else ""
    following = found[number + 1][0] if number + 1 < len(found) else len(code)
    inside = next((s for s in spans if s.start <= at < s.end), None)
    span = inside or _beside(code, at, spans) or next((s for s in spans if at <= s.opening < following), None)
    if span is None:
        return Marked(line, name, side, error="a mark without a formula after it", error_at=at)
    if span.error:
        return Marked(line, name, side, error=span.error, error_at=span.opening)
    start, end = span.start, span.end
    if inside is not None:
        others = [a for a, _ in found if span.start <= a < span.end]
        start, end = _rows(code, span, at, others)
    return Marked(line, name, side, code[start:end], start)


def _beside(code: str, at: int, spans: list[Span]) -> Span | None:
    """The formula that ends on the line of a mark, before it."""
    begin = code.rfind("\n", 0, at) + 1
    return next((s for s in reversed(spans) if begin <= s.closing <= at), None)


def _rows(code: str, span: Span, at: int, marks: list[int]) -> tuple[int, int]:
    """What a mark inside an environment means: all of it, or the rows from its own to the next mark's."""
    if len(marks) == 1 and not span.rows:
        return span.start, span.end
    ends = [m.end() for m in re.finditer(r"\\\\", code[: span.end]) if m.start() >= span.start]
    bounds = [span.start, *ends, span.end]
    begins = [_row_of(code, span, bounds, mark) for mark in marks]
    first = begins[marks.index(at)]
    later = [b for b in begins if b > first]
    before = code[span.start : at].strip()
    if len(marks) == 1 and not before:
        return span.start, span.end
    beside = code[code.rfind("\n", 0, at) + 1 : at].strip()
    if beside:  # at the end of a line: that line's row
        return bounds[first], bounds[first + 1]
    return bounds[first], bounds[min(later)] if later else span.end


def _row_of(code: str, span: Span, bounds: list[int], mark: int) -> int:
    """The number of the row that contains a mark or follows it."""
    line = code.rfind("\n", 0, mark) + 1
    place = mark
    if code[max(line, span.start) : mark].strip():  # after the row's own text, and perhaps after its \\
        place = max(line, span.start)
        while code[place].isspace():
            place += 1
    return max(i for i in range(len(bounds) - 1) if bounds[i] <= place)

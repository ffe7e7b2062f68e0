"""A user's notation: letters for symbols, and macros; read from a small TOML file.

[symbols]            # the name in the statement = your LaTeX
phi = '\\theta'
"v*" = 'w^\\star'

[macros]             # as by \\newcommand; #1, #2 are its arguments
'\\inner' = '\\langle #1, #2 \\rangle'
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MACRO = re.compile(r"\\[A-Za-z]+")


class NotationError(ValueError):
    """A notation file that cannot be meant as written; the message names it and the remedy."""


@dataclass(frozen=True)
class Notation:
    """`symbols` maps the names of a statement's symbols to LaTeX, `macros` a macro to its body with #1, #2, …"""

    symbols: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)

    def newcommands(self) -> str:
        r"""The macros as \newcommand lines, in the order of the file."""
        lines = []
        for name, body in self.macros.items():
            count = arguments_of(body)
            lines.append(f"\\newcommand{{{name}}}{f'[{count}]' if count else ''}{{{body}}}\n")
        return "".join(lines)


_CURRENT: ContextVar[Notation | None] = ContextVar("notation", default=None)


@contextmanager
def writing(notation: Notation) -> Iterator[None]:
    """Print LaTeX with these letters."""
    token = _CURRENT.set(notation)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def letter(name: str) -> str | None:
    """The user's LaTeX of a symbol, None if they have named none."""
    notation = _CURRENT.get()
    return notation.symbols.get(name) if notation else None


def arguments_of(body: str) -> int:
    """How many arguments a macro's body takes."""
    return max((int(n) for n in re.findall(r"(?<!\\)#([1-9])", body)), default=0)


def read_notation(path: Path) -> Notation:
    """The notation in a TOML file; raises NotationError for a file that cannot be read or says something else."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotationError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise NotationError(f"{path} is not a text file in UTF-8: {error.reason}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise NotationError(f"{path}: is not TOML: {error}") from None
    unknown = data.keys() - {"symbols", "macros"}
    if unknown:
        raise NotationError(
            f"{place(path, min(unknown))}: unknown table [{min(unknown)}]; there are [symbols] and [macros]"
        )
    symbols, macros = (_texts(path, name, data.get(name, {})) for name in ("symbols", "macros"))
    for name in macros:
        if not MACRO.fullmatch(name):
            raise NotationError(
                f"{place(path, 'macros', name)}: [macros] {name!r} is not a macro: write '\\name' with letters"
            )
    return Notation(symbols, macros)


def place(path: Path | None, table: str, name: str | None = None) -> str:
    """The file and the line of a table, or of a name in it; the file alone where that is not found."""
    if path is None:
        return "notation"
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if header := re.match(r"\s*\[\s*[\"']?([^\]\"']*?)[\"']?\s*\]", line):
            inside = header[1] == table
            if inside and name is None:
                return f"{path}:{number}"
        elif inside and name is not None and line.partition("=")[0].strip().strip("\"'").replace("\\\\", "\\") == name:
            return f"{path}:{number}"
    return str(path)


def _texts(path: Path, table: str, entries: Any) -> dict[str, str]:
    if not isinstance(entries, dict):
        raise NotationError(f"{path}: {table} must be a table, [{table}]")
    for name, body in entries.items():
        if not isinstance(body, str) or not body.strip():
            remedy = f"write its LaTeX in single quotes, as in {name} = '\\theta'"
            raise NotationError(f"{place(path, table, name)}: [{table}] {name}: {remedy}")
        if not _balanced(body):
            raise NotationError(f"{place(path, table, name)}: [{table}] {name}: the braces in {body!r} do not match")
    return dict(entries)


def _balanced(text: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0

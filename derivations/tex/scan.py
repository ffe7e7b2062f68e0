"""LaTeX text as pieces: commands, letters, digits, braces and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derivations.tex.errors import Unreadable

LONGEST = 60_000
"""Characters of a formula."""

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau varphi chi psi omega pi "
    "Sigma Delta Omega Phi Psi Pi Lambda Gamma Theta phi ell nabla partial"
)
_GREEK = dict(zip("αβγδεζηθκλμνξρστφχψωπΣΔΩΦΨΠΛΓΘϕℓ∇∂", _GREEK_NAMES.split(), strict=True))
_SIGN_NAMES = "le ge cdot times infty | langle rangle in sim sqrt top sum prod int angle odot circ ll neq approx propto"
_SIGNS = dict(zip("≤≥·×∞‖⟨⟩∈∼√⊤∑∏∫∠⊙∘≪≠≈∝", _SIGN_NAMES.split(), strict=True))
_PLAIN = {"−": "-", "’": "'", "′": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " "}
_COMMAND = re.compile(r"\\(?:operatorname\*|hspace\*|[A-Za-z]+|.)", re.DOTALL)
_ASCII = set("+-=<>()[]|/,;:!*'^_~&.#\"?@`$")


@dataclass(frozen=True)
class Piece:
    """One piece: `kind` is command, letter, digit, open, close or sign; `spaced` says that a blank stands before it."""

    kind: str
    text: str
    at: int
    spaced: bool = False


def pieces(text: str) -> list[Piece]:
    """The pieces of a formula, comments left out.

    Raises Unreadable for a character that has no meaning in a formula and for text that is too long.
    """
    if len(text) > LONGEST:
        raise Unreadable(f"a formula of {len(text)} characters", 0, f"at most {LONGEST} are read")
    found: list[Piece] = []
    at, spaced = 0, False
    while at < len(text):
        ch = _PLAIN.get(text[at], text[at])
        if ch.isspace():
            at, spaced = at + 1, True
            continue
        if ch == "%":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        match = _COMMAND.match(text, at) if ch == "\\" else None
        piece = _command(match[0], at, spaced) if match else _single(ch, at, spaced)
        found.append(piece)
        at, spaced = at + (len(match[0]) if match else 1), False
    return found


def _command(text: str, at: int, spaced: bool) -> Piece:
    if not text[1].isascii() or (not text[1].isprintable() and not text[1].isspace()):
        raise Unreadable(f"the character U+{ord(text[1]):04X} after a backslash", at)
    return Piece("command", "\\ " if text[1].isspace() else text, at, spaced)


def _single(ch: str, at: int, spaced: bool) -> Piece:
    if ch in "{}":
        return Piece("open" if ch == "{" else "close", ch, at, spaced)
    if ch.isascii() and ch.isalpha():
        return Piece("letter", ch, at, spaced)
    if ch.isascii() and ch.isdigit():
        return Piece("digit", ch, at, spaced)
    if ch in _ASCII:
        return Piece("sign", ch, at, spaced)
    if ch in _GREEK or ch in _SIGNS:
        return Piece("command", "\\" + (_GREEK.get(ch) or _SIGNS[ch]), at, spaced)
    if ch == "\\":
        raise Unreadable("a backslash at the end", at)
    shown = f"'{ch}' (U+{ord(ch):04X})" if ch.isprintable() else f"U+{ord(ch):04X}"
    raise Unreadable(f"the character {shown}", at, "write it as a LaTeX command")


def group_end(found: list[Piece], start: int) -> int:
    """The index of the brace that closes the one at `start`."""
    depth = 0
    for i in range(start, len(found)):
        depth += (found[i].kind == "open") - (found[i].kind == "close")
        if depth == 0:
            return i
    raise Unreadable("an open brace that is not closed", found[start].at, "add the missing }")


def argument(found: list[Piece], start: int, of: Piece) -> tuple[list[Piece], int]:
    """The argument that begins at `start`, a group without its braces or one piece, and where the text goes on."""
    if start >= len(found) or found[start].kind == "close":
        raise Unreadable(f"{of.text} without its argument", of.at, f"write {of.text}{{…}}")
    if found[start].kind != "open":
        return [found[start]], start + 1
    end = group_end(found, start)
    return found[start + 1 : end], end + 1

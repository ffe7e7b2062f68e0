"""LaTeX text as pieces: commands, letters, digits, braces and signs, each with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from derivations.tex.errors import Unreadable

LONGEST = 60_000
"""Characters of a formula."""

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon varphi chi psi "
    "omega pi Sigma Delta Omega Phi Psi Pi Lambda Gamma Theta Xi Upsilon phi ell nabla partial varepsilon vartheta "
    "varrho varsigma"
)
_GREEK = dict(zip("αβγδεζηθικλμνξρστυφχψωπΣΔΩΦΨΠΛΓΘΞΥϕℓ∇∂ϵϑϱς", _GREEK_NAMES.split(), strict=True))
_SIGN_NAMES = (
    "le ge cdot times infty | langle rangle in sim sqrt top sum prod int angle odot circ ll gg neq approx propto "
    "forall to pm mid ldots cdots div ast star dagger top prime leqslant geqslant"
)
_SIGNS = dict(zip("≤≥·×∞‖⟨⟩∈∼√⊤∑∏∫∠⊙∘≪≫≠≈∝∀→±∣…⋯÷∗⋆†ᵀ′⩽⩾", _SIGN_NAMES.split(), strict=True))
_PLAIN = {"−": "-", "’": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2061": " ", "\u2062": " "}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱ", "0123456789+-()ni", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx", strict=True))
_DOUBLE = dict(zip("𝔼ℝℕℤℙ𝟙", "ERNZP1", strict=True))
_FRACTIONS = {"½": "12", "⅓": "13", "⅔": "23", "¼": "14", "¾": "34", "⅛": "18"}
_FACES = (("DOUBLE-STRUCK", "mathbb"), ("SCRIPT", "mathcal"), ("FRAKTUR", "mathfrak"), ("BOLD", "mathbf"))
_COMMAND = re.compile(r"\\(?:operatorname\*|hspace\*|tag\*|[A-Za-z]+|.)", re.DOTALL)
_ASCII = set("+-=<>()[]|/,;:!*'^_~&.#\"?@`$")


@dataclass(frozen=True)
class Piece:
    """One piece: `kind` is command, letter, digit, open, close or sign; `spaced` says that a blank precedes it."""

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
        if match := _COMMAND.match(text, at) if ch == "\\" else None:
            found.append(_command(match[0], at, spaced))
            at = match.end()
        elif ch in _RAISED or ch in _LOWERED:
            table, sign = (_RAISED, "^") if ch in _RAISED else (_LOWERED, "_")
            end = at
            while end < len(text) and text[end] in table:
                end += 1
            inside = [_single(table[text[i]], i, False)[0] for i in range(at, end)]
            found += [Piece("sign", sign, at), Piece("open", "{", at), *inside, Piece("close", "}", end - 1)]
            at = end
        else:
            found += _single(ch, at, spaced)
            at += 1
        spaced = False
    return found


def _command(text: str, at: int, spaced: bool) -> Piece:
    if not text[1].isascii() or (not text[1].isprintable() and not text[1].isspace()):
        raise Unreadable(f"the character U+{ord(text[1]):04X} after a backslash", at)
    return Piece("command", "\\ " if text[1].isspace() else text, at, spaced)


def _single(ch: str, at: int, spaced: bool) -> list[Piece]:
    """One character: a Unicode sign is replaced by its command, ½ for a fraction, 𝐱 and 𝑥 for x."""
    if ch in "{}":
        return [Piece("open" if ch == "{" else "close", ch, at, spaced)]
    if ch.isascii() and ch.isalpha():
        return [Piece("letter", ch, at, spaced)]
    if ch.isascii() and ch.isdigit():
        return [Piece("digit", ch, at, spaced)]
    if ch in _ASCII:
        return [Piece("sign", ch, at, spaced)]
    if ch in _GREEK or ch in _SIGNS:
        raised = [Piece("sign", "^", at, spaced)] if ch in "ᵀ′" else []
        return [*raised, Piece("command", "\\" + (_GREEK.get(ch) or _SIGNS[ch]), at, spaced)]
    if ch in _FRACTIONS:
        digits = [Piece("digit", d, at) for d in _FRACTIONS[ch]]
        return [Piece("command", r"\tfrac", at, spaced), *digits]
    if ch in _DOUBLE:
        return [Piece("command", r"\mathbb", at, spaced), *_single(_DOUBLE[ch], at, False)]
    if 0x1D400 <= ord(ch) <= 0x1D7FF and len(plain := unicodedata.normalize("NFKC", ch)) == 1:
        name = unicodedata.name(ch, "")
        face = [Piece("command", "\\" + command, at, spaced) for word, command in _FACES if word in name][:1]
        return [*face, *_single(plain, at, spaced and not face)]
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
    """The argument that begins at `start`, a group without its braces or one piece, and the place after it."""
    if start >= len(found) or found[start].kind == "close":
        raise Unreadable(f"{of.text} without its argument", of.at, f"write {of.text}{{…}}")
    if found[start].kind != "open":
        return [found[start]], start + 1
    end = group_end(found, start)
    return found[start + 1 : end], end + 1


def bracketed(found: list[Piece], start: int) -> tuple[list[Piece], int] | None:
    """The content of the square brackets at `start` and the place after them; None if there are none."""
    if start >= len(found) or found[start].text != "[":
        return None
    depth = 0
    for i in range(start, len(found)):
        depth += (found[i].kind == "open") - (found[i].kind == "close")
        if found[i].text == "]" and depth == 0:
            return found[start + 1 : i], i + 1
    raise Unreadable("a bracket [ that is not closed", found[start].at)


def written(found: list[Piece]) -> str:
    """Pieces as text, with a blank where one stood."""
    return "".join((" " if p.spaced and i else "") + p.text for i, p in enumerate(found)).strip()

"""Plain text as LaTeX text: formulas in it are set as formulas, special characters escaped, nothing lost."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "<": "$<$",
    ">": "$>$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": "$|$",
    '"': "''",
    **{ch: f"\\{ch}" for ch in "&%$#_{}"},
}
_GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta kappa lambda mu nu xi rho sigma tau varphi chi psi omega pi "
    "Sigma Delta Omega Phi Psi Pi Lambda Gamma Theta"
)
_SIGNS = (
    "nabla partial le ge ne ll in to infty cdot times angle int surd langle rangle perp | circ odot "
    "propto cdots otimes approx pm forall exists subset cup cap mapsto sum prod"
)
MATHEMATICAL = {
    **dict(zip("αβγδεζηθκλμνξρστφχψωπΣΔΩΦΨΠΛΓΘ", _GREEK.split(), strict=True)),
    **dict(zip("∇∂≤≥≠≪∈→∞·×∠∫√⟨⟩⊥‖∘⊙∝⋯⊗≈±∀∃⊂∪∩↦∑∏", _SIGNS.split(), strict=True)),
    "𝟏": "mathbf{1}",
    "ℓ": "ell",
    "∏": "prod",
    "∑": "sum",
}
_RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)),
    "ᵀ": r"\top",
    "⋆": "*",
    "ⁿ": "n",
    "ˣ": "x",
    "′": r"\prime",
    "″": r"\prime\prime",
}
_LOWERED = {**dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True)), "ⱼ": "j", "ᵢ": "i", "ₐ": "a", "ᵥ": "v", "ₗ": "l"}
_NUMBERS = {"½": r"\tfrac12", "¼": r"\tfrac14", "¾": r"\tfrac34", "⅓": r"\tfrac13"}
_NAMES = "sin cos tan tanh exp log max min sup inf".split()
_UPRIGHT = ("diag", "sigmoid", "softplus", "erf")
_PUNCTUATION = {"−": "-", "…": r"\ldots"}
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_TOKEN = re.compile(
    rf"(?P<word>[{_LATIN}]{{2,}}(?:[-'’][{_LATIN}]+)*|['’]s\b|[A-Z]\.\d+)"
    r"|(?P<raised>\^(?:\([^()\s]*\)|\{[^{}]*\}|[A-Za-z0-9](?![A-Za-z0-9])))"
    r"|(?P<lowered>_(?:min|max|res|ii|ij|[0-9]+|[A-Za-z](?![a-z])|[α-ω+]|\{[^{}\s]*\}))"
    r"|(?P<space>\s+)"
    r"|(?P<digits>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_SHORT = frozenset("of to in is it by at on or as an be we if so no do up us he my me go ok vs re".split())
_LAYER = re.compile(r"[A-Za-z]?[−+]?[0-9]*[A-Za-z]?")
_GREEKS = frozenset("αβγδεζηθκλμνξρστφχψωπΣΔΩΦΨΠΛΓΘℓ")
_TELLING = frozenset((*MATHEMATICAL, *_RAISED, *_LOWERED, *_NUMBERS, "=", "<", ">", "−", "𝟏"))
"""What makes a run of letters, digits and signs a formula."""
_OPERATORS = frozenset("=<>+−·/≤≥≠∈∝≈→×⊙*")
_SIMPLE = frozenset("=<>+/()[]!*")
_OPENING, _CLOSING = "([{", ")]}"


def escape(text: str) -> str:
    r"""Write plain text as LaTeX text; a character without a command is given by its number.

    Args:
        text: The text; formulas in it, such as a_b, are set as formulas.

    Returns:
        The LaTeX.

    Example:
        >>> from derivations.latex import escape
        >>> escape("50 % & more")
        '50 \\% \\& more'
    """
    parts: list[str] = []
    run: list[tuple[str, str]] = []
    for found in _TOKEN.finditer(text):
        kind, token = str(found.lastgroup), found[0]
        if _joins(kind, token, run):
            run.append((kind, token))
            continue
        parts.append(_run(run))
        run = []
        parts.append("".join(map(_escaped, token)))
    return "".join((*parts, _run(run)))


def _joins(kind: str, token: str, run: list[tuple[str, str]]) -> bool:
    """Whether a token may be part of a formula, after those of the run before it."""
    if kind == "word":
        pair = len(token) == 2 and token.isascii() and token.isalpha() and token.lower() not in _SHORT
        return pair or token in _NAMES or token in _UPRIGHT
    if kind == "sign":
        if token in ",;|" and _depth(run) > 0:
            return True
        plain = token.isascii() and (token.isalpha() or token in _SIMPLE or token in "{}")
        return plain or token in _TELLING or token == "…" or token in _PUNCTUATION
    return kind != "raised" or _depth([("sign", ch) for ch in token]) == 0


def _depth(run: list[tuple[str, str]]) -> int:
    return sum((t in _OPENING) - (t in _CLOSING) for k, t in run if k == "sign")


def _run(run: list[tuple[str, str]]) -> str:
    """A run as a formula if something in it shows that it is one; the rest stays text."""
    if not run:
        return ""
    start, end = _inside(run)
    inner = run[start:end]
    if not _tells(inner):
        return "".join(_plain(token) for _, token in run)
    before, after = ("".join(_plain(t) for _, t in part) for part in (run[:start], run[end:]))
    return f"{before}${_formula(inner)}${after}"


def _inside(run: list[tuple[str, str]]) -> tuple[int, int]:
    """Where a run begins and ends without spaces, the article a, and brackets without a partner at its ends."""
    start, end = 0, len(run)
    changed = True
    while changed and start < end:
        changed = False
        (first_kind, first), (last_kind, last) = run[start], run[end - 1]
        depth = _depth(run[start:end])
        spaced = end - start > 2 and run[start + 1][0] == "space" and run[start + 2][1] not in _OPERATORS
        spaced_before = end - start > 2 and run[end - 2][0] == "space" and run[end - 3][1] not in _OPERATORS
        if first_kind == "space" or (first in "aAI" and spaced) or (first in _OPENING and depth > 0):
            start, changed = start + 1, True
        elif last_kind == "space" or (last in "aAI" and spaced_before) or (last in _CLOSING and depth < 0):
            end, changed = end - 1, True
        elif last in "!." or (first in _CLOSING):
            start, end, changed = (start + 1, end, True) if first in _CLOSING else (start, end - 1, True)
    return start, end


def _tells(run: list[tuple[str, str]]) -> bool:
    if not run or _depth(run) != 0:
        return False
    if len(run) == 1:
        kind, token = run[0]
        return (kind == "sign" and token.isascii() and token.isalpha() and token not in "aAI") or token[0] in _TELLING
    indexed = any(k == "lowered" for k, _ in run[1:]) and (run[0][0] == "sign" or run[0][1] in _GREEKS)
    starred = any(b[1] == "*" and a[1].isalpha() for a, b in pairwise(run))
    return (
        indexed
        or starred
        or any(kind == "raised" or any(ch in _TELLING for ch in token) for kind, token in run if kind != "lowered")
    )


def _formula(run: list[tuple[str, str]]) -> str:
    """A run in mathematics; scripts are collected, so that a letter has one of each kind."""
    parts: list[str] = []
    scripts = {"_": "", "^": ""}

    def close() -> None:
        parts.append("".join(f"{mark}{{{inside}}}" for mark, inside in scripts.items() if inside))
        scripts.update({"_": "", "^": ""})

    for i, (kind, token) in enumerate(run):
        if kind in ("raised", "lowered"):
            inside = token[2:-1] if token[1] in "({" else token[1:]
            inside = f"({inside})" if token[1] == "(" and _LAYER.fullmatch(inside) else inside
            scripts["^" if kind == "raised" else "_"] += _inner(inside)
        elif token == "*" and i and (run[i - 1][1] in _GREEKS or run[i - 1][1].isalpha()):
            scripts["^"] += "*"
        elif kind == "sign" and token in _RAISED:
            scripts["^"] += _RAISED[token]
        elif kind == "sign" and token in _LOWERED:
            scripts["_"] += _LOWERED[token]
        else:
            close()
            parts.append(_symbol(kind, token))
    close()
    return _rooted(re.sub(r"\s+", " ", "".join(parts)).strip())


def _rooted(formula: str) -> str:
    """Roots over what follows them: a bracket, a number or a letter with its index."""
    before, found, after = formula.partition(r"\surd ")
    if not found:
        return formula
    end = _closed(after)
    if end:
        return rf"{before}\sqrt{{{_rooted(after[1 : end - 1])}}}{_rooted(after[end:])}"
    simple = re.match(r"(?:[0-9]+|\\?[A-Za-z]+)", after)
    if simple is None:
        return f"{before}{found}{_rooted(after)}"
    return rf"{before}\sqrt{{{simple[0]}}}{_rooted(after[simple.end() :])}"


def _closed(text: str) -> int:
    """Where the bracket that the text begins with has been closed; 0 if there is none."""
    depth = 0
    for i, ch in enumerate(text):
        depth += (ch == "(") - (ch == ")")
        if depth == 0:
            return i + 1 if i else 0
    return 0


def _inner(text: str) -> str:
    """The content of a superscript or subscript."""
    if text in ("min", "max"):
        return f"\\{text}"
    if len(text) > 2 and text.isalpha() and text.isascii():
        return rf"\mathrm{{{text}}}"
    return _formula([(str(m.lastgroup), m[0]) for m in _TOKEN.finditer(text)])


def _symbol(kind: str, token: str) -> str:
    if kind == "space":
        return " "
    if token in _NAMES:
        return f"\\{token} "
    if token in _UPRIGHT:
        return rf"\operatorname{{{token}}}"
    return "".join(map(_sign, token))


def _sign(ch: str) -> str:
    if ch in MATHEMATICAL:
        name = MATHEMATICAL[ch]
        return f"\\{name}" if name.endswith("}") or not name[-1].isalpha() else f"\\{name} "
    if ch in _NUMBERS:
        return _NUMBERS[ch]
    if ch in _PUNCTUATION:
        return _PUNCTUATION[ch] + (" " if ch == "…" else "")
    if ch in _RAISED or ch in _LOWERED:
        return f"^{{{_RAISED[ch]}}}" if ch in _RAISED else f"_{{{_LOWERED[ch]}}}"
    if ch == "E":
        return r"\mathbb{E}"
    if ch in "{}%&#$_":
        return f"\\{ch}"
    return {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\sim "}.get(
        ch, ch if ch.isascii() else rf"\text{{{_escaped(ch)}}}"
    )


def _plain(token: str) -> str:
    return "".join(map(_escaped, token))


def _escaped(ch: str) -> str:
    if ch in _SPECIAL:
        return _SPECIAL[ch]
    if ch in MATHEMATICAL or ch in _NUMBERS or ch == "−":
        return f"${_sign(ch).strip()}$"
    if ch in _RAISED:
        return f"$^{{{_RAISED[ch]}}}$"
    if ch in _LOWERED:
        return f"$_{{{_LOWERED[ch]}}}$"
    if ch.isspace() or not ch.isprintable():
        return " "
    return ch if ch.isascii() else _foreign(ch)


_KEPT = frozenset("–—‘’“”…§")
_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030c": "v", "\u0327": "c"}
_LETTERS = {"ł": r"\l{}", "Ł": r"\L{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ı": r"\i{}"}


def _foreign(ch: str) -> str:
    """A letter of Western Europe as it is, others of Latin by their command, any other character by its number."""
    if ch in _KEPT or ("À" <= ch <= "ÿ" and ch not in "ÐÞðþ×÷"):
        return ch
    if ch in _LETTERS:
        return _LETTERS[ch]
    base, *marks = list(unicodedata.normalize("NFD", ch))
    if base.isascii() and base.isalpha() and len(marks) == 1 and marks[0] in _ACCENTS:
        return f"\\{_ACCENTS[marks[0]]}{{{base}}}"
    return rf"\texttt{{U+{ord(ch):04X}}}"

"""Letters, marks and words of the page, numbers, and text from outside made fit to be seen."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from checks.report.standings import STANDINGS

LETTERS = dict(zip(STANDINGS, "KESCM–✗", strict=True))
WORDS = {name: name for name in STANDINGS} | {"unchecked": "not checked", "none": "not established"}
MARKS = {
    "verified": "✓",
    "cited": "❧",
    "measured": "≈",
    "bookkeeping": "↦",
    "definition": "≔",
    "undecided": "?",
    "refuted": "✗",
    "error": "!",
    "unchecked": "–",
}
LONGEST = 2000
"""Characters of a remark that are shown; formulas, LaTeX and Rocq are shown as they are."""

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LETTERS = """
alpha=α beta=β gamma=γ delta=δ epsilon=ε zeta=ζ eta=η theta=θ kappa=κ lambda=λ mu=μ nu=ν xi=ξ pi=π rho=ρ sigma=σ tau=τ
phi=φ chi=χ psi=ψ omega=ω
"""
_GREEK = dict(re.findall(r"(\w+)=(\w)", _LETTERS))
_NAME = re.compile(rf"(?<![\w.-])({'|'.join(_GREEK)})(?![A-Za-z0-9-])")
_SCRIPT = r"\{[^{}]{1,40}\}|\([^()]{1,40}\)|"
_POWER = re.compile(rf"\^({_SCRIPT}[-−]?[\w*+]+)")
_INDEX = re.compile(
    r"((?<![A-Za-z])[^\W\d_]{1,3}|[A-Z∇∂])_(\{[^{}]{1,40}\}|[a-zα-ω]{1,3}(?![a-z])|[A-Z](?![A-Za-z])|\d+|[*+])"
)
_TAGS = str.maketrans({"\ue000": "<sup>", "\ue001": "</sup>", "\ue002": "<sub>", "\ue003": "</sub>"})
_SIGNS = (("**", "^"), ("<=", "≤"), (">=", "≥"), ("!=", "≠"))


def visible(text: str) -> str:
    """The text with control and direction characters, and halves of characters, shown by their codes."""
    return _HIDDEN.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", text.replace("\r\n", "\n"))


def cut(remark: object, longest: int = LONGEST) -> str:
    """A remark as text, without its end where it is very long."""
    text = str(remark)
    left = len(text) - longest
    return text if left <= 0 else f"{text[:longest]}… ({left} more characters)"


def symbols(text: str) -> str:
    """A remark with the letters and signs of formulas: φ for phi, √2 for sqrt(2), · for products."""
    text = _NAME.sub(lambda m: _GREEK[m[1]], text)
    for plain, sign in _SIGNS:
        text = text.replace(plain, sign)
    text = re.sub(r"\bsqrt\((\w+)\)", r"√\1", text)
    return re.sub(r"(?<=[\w)])\*(?=[\w(√])", "·", text)


def typeset(text: str) -> Markup:
    """Words with their powers raised and their indices lowered: N^(−1/2), max_l h_l², J_{l+1}."""
    plain = text.translate(dict.fromkeys(_TAGS))
    raised = _POWER.sub(lambda m: f"\ue000{_inside(m[1])}\ue001", plain)
    return Markup(escape(_lowered(raised)).translate(_TAGS))


def _lowered(text: str) -> str:
    return _INDEX.sub(lambda m: f"{m[1]}\ue002{_lowered(_inside(m[2]))}\ue003", text)


def _inside(script: str) -> str:
    """A script without its braces, and without brackets around a sum or quotient; K^(3) keeps those of its layer."""
    braced = script.startswith("{") or (script.startswith("(") and any(ch in script for ch in "+-−/·*"))
    return (script[1:-1] if braced else script).replace("-", "−")


def number(x: float | None) -> Markup:
    """A number of two digits, with a raised exponent where it is very small or large; a dash for none."""
    if x is None:
        return Markup("–")
    if x == 0:
        return Markup("0")
    if 1e-3 <= abs(x) < 1e4:
        return Markup("{}").format(f"{x:.3g}".replace("-", "−"))
    mantissa, e, exponent = f"{x:.1e}".replace("-", "−").partition("e")
    if not e:
        return Markup("{}").format(mantissa)
    return Markup("{} × 10<sup>{}</sup>").format(mantissa, exponent[0].strip("+") + exponent[1:].lstrip("0"))

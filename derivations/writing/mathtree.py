"""LaTeX of a formula as a tree of MathML's elements: what the converter makes, with known elements and attributes only.

Operators get the form and the size that TeX gives them, names the room around them, letters their alphabet.

SymPy's own MathML printer was tried on the 672 expressions of the library's 320 statements. It knows neither a paper's
letters nor our objects and prints class names in 245 statements, as expectation(relu(u)relu(x), (u, x), …) for
𝔼[σ(u)σ(x)] or inner(a, a*) for aᵀa*; 47 expressions are not well-formed; and the text between formulas is LaTeX, which
it does not read. By way of LaTeX, all 320 statements are well-formed and look as in the PDF.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html import unescape
from itertools import takewhile
from xml.etree.ElementTree import Element

THIN, MEDIUM = "0.167em", "0.222em"
_KEPT = {
    "mrow": (),
    "mi": ("mathvariant",),
    "mn": (),
    "mtext": (),
    "mo": ("stretchy", "fence", "form", "minsize", "maxsize", "movablelimits", "largeop", "accent"),
    "mspace": ("width", "height", "depth"),
    "mpadded": ("width", "height", "depth", "lspace", "voffset"),
    "mphantom": (),
    "mstyle": ("displaystyle", "scriptlevel"),
    "mfrac": ("linethickness",),
    "msqrt": (),
    "mroot": (),
    "msub": (),
    "msup": (),
    "msubsup": (),
    "munder": ("accentunder",),
    "mover": ("accent",),
    "munderover": (),
    "mtable": (),
    "mtr": (),
    "mtd": (),
}
"""The elements that are written, each with the attributes that it may have."""
_FIXED = {"msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mfrac": 2, "mroot": 2}
"""These have a fixed number of arguments, each one element."""
_FLAT = frozenset(("mrow", "mi", "mn", "mtext", "mspace", "msub", "msup", "msubsup", "mover"))
_SCRIPTS = frozenset(("msub", "msup", "msubsup"))
_VALUE = re.compile(r"[\w.%+-]+")
RELATIONS = frozenset("=≠<>≤≥⩽⩾≈∼≡∝∈∉⊂⊆→↦≪≫⊥≺≻:")
BINARY = frozenset("+−±∓")
_LIMITS = frozenset(("sup", "inf", "max", "min", "lim", "argmax", "argmin"))
_OPENING = frozenset("([{⟨⌊⌈,;|‖")
_PRIMES = frozenset("′″‴")
_FENCES = frozenset("()[]{}⟨⟩⌊⌋⌈⌉|‖")
_BARS = frozenset("|‖")
_TALL = frozenset("∑∏∫∬√")
TEXT_COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{ch}": ch for ch in "&%$#_{}"},
}
TEXT_COMMAND = re.compile("|".join(map(re.escape, TEXT_COMMANDS)))
_ALIGNED = re.compile(r"(?<=\\begin\{)aligned(?=\})|(?<=\\end\{)aligned(?=\})")
"""Rows within a formula; the converter knows them by the name of their older twin, split."""


class NoMathML(ValueError):
    """A formula that could not be turned into MathML; its LaTeX is shown instead."""


def parsed(latex: str) -> list[Element]:
    """The cleaned elements of a formula; raises Unreadable where a command was not understood."""
    from latex2mathml.converter import convert_to_element

    try:
        (row,) = convert_to_element(_ALIGNED.sub("split", latex.strip()))
    except Exception as error:  # the converter meets foreign text: whatever it raises, the text is shown
        raise NoMathML(str(error)) from None
    try:
        children = _cleaned(list(row))
    except RecursionError:
        raise NoMathML("too many brackets within each other") from None
    if not children:
        raise NoMathML("nothing to show")
    return children


def _cleaned(elements: Sequence[Element]) -> list[Element]:
    """The elements with known tags, attributes and characters, operators in their form, names set apart."""
    made: list[Element] = []
    for element in elements:
        made += _one(element)
    made = _merged(made)
    _set_forms(made)
    return _spaced(made)


def _one(element: Element) -> list[Element]:
    children = _children(element)
    if element.tag not in _KEPT:
        return children
    if element.tag == "mi" and not element.text:
        return []  # the converter's mark of a cell's beginning
    text = _characters(element.text or "")
    if element.tag == "mo" and "minsize" in element.attrib:
        text = _bracket(text)
    if "\\" in text and element.tag != "mtext":
        raise NoMathML(f"{text} is not understood")
    if element.tag == "mtext":
        text = TEXT_COMMAND.sub(lambda m: TEXT_COMMANDS[m[0]], text)
        if re.search(r"\\[a-zA-Z]", text):
            raise NoMathML(f"{text} is not understood")
    kept = {k: v for k, v in element.attrib.items() if k in _KEPT[element.tag] and _VALUE.fullmatch(v)}
    made = Element(element.tag, kept)
    made.text = text
    if element.tag in ("mi", "mn", "mtext", "mo"):
        _set_letters(made, element.attrib.get("mathvariant", ""))
    if element.tag == "mrow":
        _shorten(children)
        if len(children) == 1:
            return children
    if element.tag in _FIXED:
        made.tag = _placed(made.tag, children[0])
        if made.tag in _SCRIPTS:
            children[0] = _sized(children[0])
        if made.tag == "msup":
            return [_raised(*children)]
    if element.tag == "mtd" and element.attrib.get("columnalign") == "left":
        made.set("class", "left")
    made.extend(children)
    return [made]


def _children(element: Element) -> list[Element]:
    if element.tag in _FIXED:
        if len(element) != _FIXED[element.tag]:
            raise NoMathML(f"{element.tag} with {len(element)} arguments")
        return [_single(_cleaned([child])) for child in element]
    return _cleaned(list(element))


def _shorten(row: Sequence[Element]) -> None:
    """Brackets around what stands on one line keep their size, as in TeX; browsers make them as tall as a line."""
    fenced = len(row) > 1 and all(e.tag == "mo" and e.get("fence") == "true" for e in (row[0], row[-1]))
    if fenced and all(map(_flat, row)):
        for fence in (row[0], row[-1]):
            fence.set("stretchy", "false")


def _flat(element: Element) -> bool:
    """Whether an element is no taller than a letter with small scripts."""
    if element.tag == "mo":
        return element.text not in _TALL and not element.attrib.keys() & {"minsize", "maxsize"}
    return element.tag in _FLAT and all(map(_flat, element))


def _single(elements: Sequence[Element]) -> Element:
    return elements[0] if len(elements) == 1 else _row(elements)


def _row(elements: Sequence[Element]) -> Element:
    row = Element("mrow")
    row.extend(elements)
    return row


def _placed(tag: str, base: Element) -> str:
    """Limits are placed below sup, max and sums where these are displayed, and next to an integral."""
    if base.text in _LIMITS or base.text in ("∑", "∏"):
        return {"msub": "munder", "msubsup": "munderover"}.get(tag, tag)
    if base.text in ("∫", "∬"):
        return {"munder": "msub", "mover": "msup", "munderover": "msubsup"}.get(tag, tag)
    return tag


def _sized(base: Element) -> Element:
    r"""A bracket of a given size, \Big), grows only in a row, and not as the base of a script."""
    return _row([base]) if base.tag == "mo" and "minsize" in base.attrib else base


def _raised(base: Element, script: Element) -> Element:
    """A power: over an index, not after it; primes follow their letter, as in fonts; (a*)ᵀ has one height."""
    above = list(script) if script.tag == "mrow" else [script]
    if base.tag == "msup" and base[1].text == "*":
        base, above = base[0], [base[1], *above]
    for sign in above:
        if sign.tag == "mo" and sign.text in ("*", "⊤"):
            sign.attrib.update(lspace="0", rspace="0")
    primes = list(takewhile(lambda e: set(e.text or " ") <= _PRIMES, above))
    if primes:
        for prime in primes:
            prime.tag, prime.attrib = "mo", {"lspace": "0", "rspace": "0"}
        base, above = _row([base, *primes]), above[len(primes) :]
    if not above:
        return base
    if base.tag == "msub":
        base.tag = "msubsup"
        base.append(_single(above))
        return base
    made = Element("msup")
    made.extend((base, _single(above)))
    return made


def _characters(text: str) -> str:
    """The converter writes characters as &#x…; within the text."""
    return re.sub(r"&#x[0-9A-Fa-f]+;", lambda m: unescape(m[0]), text)


def _bracket(text: str) -> str:
    r"""A bracket of a given size, which the converter leaves as a command: ‖ for \|."""
    from latex2mathml.symbols_parser import convert_symbol

    code = convert_symbol(text) if text.startswith("\\") else None
    return chr(int(code, 16)) if code else text


def _set_letters(element: Element, variant: str) -> None:
    """Bold, script and other alphabets by their own characters, which all browsers draw."""
    text = element.text or ""
    if element.tag == "mi" and text in ("~", "∼"):
        element.tag, element.text = "mo", "∼"
    elif element.tag == "mo" and text in ("∞", "∅"):
        element.tag = "mi"
    elif element.tag == "mi" and text in _FENCES:
        element.tag = "mo"
        element.attrib.clear()
        element.set("stretchy", "false")
    elif element.tag == "mo" and "minsize" in element.attrib and text in _FENCES:
        element.attrib.update(stretchy="true", form="prefix" if text in _OPENING else "postfix")
    elif element.tag == "mi" and len(text) == 1 and "Α" <= text <= "Ω" and not variant:
        element.set("mathvariant", "normal")  # capital Greek is upright in TeX
    elif element.tag == "mo" and text in _BARS and not element.attrib.keys() & {"stretchy", "fence", "minsize"}:
        element.set("stretchy", "false")  # grows after \left and \right only, as in TeX
    elif element.tag == "mo" and text == ".":
        element.tag = "mtext"  # no room around the end of a sentence
    elif element.tag == "mo" and len(text) > 1 and text.replace("\u2009", "").isalpha():
        element.tag = "mi"
        element.attrib.clear()
    elif variant == "normal" or not variant:
        return
    else:
        element.attrib.pop("mathvariant", None)
        element.text = "".join(_letter(ch, variant) for ch in text)


def _letter(ch: str, variant: str) -> str:
    """A letter or digit in another alphabet of mathematics, itself where there is none."""
    name = unicodedata.name(ch, "")
    style = {"fraktur": "FRAKTUR"}.get(variant, variant.replace("-", " ").upper().replace("DOUBLE S", "DOUBLE-S"))
    style = style.replace("SANS SERIF", "SANS-SERIF")
    plain = name.replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    for full in (f"MATHEMATICAL {style} {plain}", f"{style} {plain}", f"BLACK-LETTER {plain}"):
        try:
            return unicodedata.lookup(full)
        except KeyError:
            continue
    return ch


def _merged(elements: Sequence[Element]) -> list[Element]:
    """Upright letters in a row are one name."""
    made: list[Element] = []
    for element in elements:
        upright = element.tag == "mi" and element.get("mathvariant") == "normal" and (element.text or "").isalpha()
        if upright and made and made[-1].tag == "mi" and made[-1].get("mathvariant") == "normal":
            made[-1].text = (made[-1].text or "") + (element.text or "")
        else:
            made.append(element)
    return made


def _set_forms(elements: Sequence[Element]) -> None:
    """A sign at the beginning, or after an opening bracket or another operator, belongs to what follows."""
    for before, element in zip((None, *elements), elements, strict=False):
        if element.tag == "mo" and element.text in BINARY | RELATIONS and "form" not in element.attrib:
            alone = before is None or (
                before.tag == "mo"
                and (before.text in _OPENING | RELATIONS | BINARY)
                and before.get("form") != "postfix"
            )
            element.set("form", "prefix" if alone and element.text in BINARY else "infix")


def _spaced(elements: Sequence[Element]) -> list[Element]:
    """A thin space before and after the name of a function, unless there is a sign or a bracket."""
    made: list[Element] = []
    for element in elements:
        if made and _apart(made[-1], element):
            made.append(Element("mspace", {"width": THIN}))
        made.append(element)
    return made


def _apart(left: Element, right: Element) -> bool:
    if left.tag in ("mo", "mspace", "mtext") or right.tag in ("mspace", "mtext"):
        return False
    return _is_name(right) or (_is_name(left) and _first(right).tag != "mo")


def _is_name(element: Element) -> bool:
    while element.tag in ("msub", "msup", "msubsup", "munder", "munderover") and len(element):
        element = element[0]
    return element.tag == "mi" and len(element.text or "") > 1 and (element.text or "").isalpha()


def _first(element: Element) -> Element:
    while element.tag == "mrow" and len(element):
        element = element[0]
    return element

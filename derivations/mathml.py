"""LaTeX of formulas as MathML, which browsers draw by themselves: no script and no network.

What the converter makes is taken apart and written again with known elements and attributes only, every text escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape, unescape
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
_VALUE = re.compile(r"[\w.%+-]+")
_RELATIONS = frozenset("=≠<>≤≥⩽⩾≈∼≡∝∈∉⊂⊆→↦≪≫⊥≺≻:")
_BINARY = frozenset("+−±∓")
_LIMITS = frozenset(("sup", "inf", "max", "min", "lim", "argmax", "argmin"))
_OPENING = frozenset("([{⟨⌊⌈,;|‖")
_TEXT_COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{ch}": ch for ch in "&%$#_{}"},
}
_TEXT_COMMAND = re.compile("|".join(map(re.escape, _TEXT_COMMANDS)))
_WRAPPED = re.compile(r"\\(?:text\w*|emph)\{([^{}]*)\}")
_BLOCK = re.compile(
    r"\\\[(?P<display>.*?)\\\]"
    r"|\\begin\{(?P<name>align|aligned|gather|gathered|multline|equation|split|alignat|flalign)(?P<star>\*?)\}"
    r"(?P<rows>.*?)\\end\{(?P=name)(?P=star)\}"
    r"|(?<!\\)\$(?P<inline>(?:\\.|[^$\\])*)\$",
    re.DOTALL,
)
_TOKEN = re.compile(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\\\(?:\[[^\]]*\])?|\\[a-zA-Z]+|\\.|[{}&]", re.DOTALL)
_BEGINS = re.compile(r"\\(?:le|ge|leq|geq|lt|gt|approx|sim|in|propto)\b|[=<>]")
_INDENT = re.compile(r"(?:\s|&|\\quad|\\qquad)*")


class Unreadable(ValueError):
    """A formula that could not be turned into MathML; its LaTeX is shown instead."""


def inline(latex: str) -> str:
    """A formula within a line of text."""
    try:
        return _math(_parsed(latex), display=False)
    except Unreadable:
        return _as_written(latex)


def flowing(latex: str) -> str:
    """A displayed formula in pieces, between which a narrow page may break the line: before =, ≤, + and −."""
    try:
        return "<wbr>".join(_math(piece, display=True) for piece in _pieces(_parsed(latex)))
    except Unreadable:
        return _as_written(latex)


def fragment(text: str) -> str:
    r"""LaTeX text with formulas in it, in $…$, \[…\] or align, as HTML: paragraphs and boxes."""
    parts: list[str] = []
    words: list[str] = []
    for kind, content in blocks(text):
        if kind == "text":
            words.append(escape(content))
        elif kind == "inline":
            words.append(inline(content))
        else:
            parts += _paragraph(words)
            words = []
            parts.append(_display(content))
    return "\n".join((*parts, *_paragraph(words)))


def blocks(text: str) -> Iterator[tuple[str, str]]:
    r"""The pieces of LaTeX text: plain "text", an "inline" formula, "rows" of a displayed one, split by \\.

    Text is given as it reads: commands for characters are undone, those for fonts dropped.
    """
    end = 0
    for found in _BLOCK.finditer(text):
        yield "text", _plain(text[end : found.start()])
        end = found.end()
        if found["inline"] is not None:
            yield "inline", found["inline"]
        else:
            yield "rows", found["display"] if found["rows"] is None else found["rows"]
    yield "text", _plain(text[end:])


def _paragraph(words: Sequence[str]) -> list[str]:
    joined = "".join(words).strip()
    return [f"<p>{joined}</p>"] if joined else []


def _plain(text: str) -> str:
    text = _WRAPPED.sub(r"\1", _TEXT_COMMAND.sub(lambda m: _TEXT_COMMANDS[m[0]], text))
    return re.sub(r"\s+", " ", text.replace("~", " "))


def _display(latex: str) -> str:
    """A box with the rows of a displayed formula; a row that begins with no relation goes on with the one before."""
    rows: list[tuple[str, str]] = []
    for row in _rows(latex):
        indented = _INDENT.match(row)
        lead, body = row[: indented.end() if indented else 0], row[indented.end() if indented else 0 :]
        if not body.strip():
            continue
        begins = _BEGINS.match(body) is not None
        if rows and "quad" in lead and not begins:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {_without_cells(body)}")
        else:
            rows.append(("line relation" if begins and rows else "line", _without_cells(body)))
    drawn = (f'<div class="{style}">{flowing(row)}</div>' for style, row in rows)
    return f'<div class="formula">{"".join(drawn)}</div>'


def _rows(latex: str) -> Iterator[str]:
    r"""The text between the \\ that are in no brace and no inner environment; the & of cells inside are kept."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(latex):
        word = token[0]
        if word == "{" or word.startswith(r"\begin"):
            depth += 1
        elif word == "}" or word.startswith(r"\end"):
            depth -= 1
        elif word.startswith(r"\\") and depth == 0:
            yield latex[start : token.start()]
            start = token.end()
    yield latex[start:]


def _without_cells(row: str) -> str:
    """A row without the & between its cells; those of a matrix in it are kept."""
    depth, parts, start = 0, [], 0
    for token in _TOKEN.finditer(row):
        depth += token[0].startswith((r"\begin", "{")) - token[0].startswith((r"\end", "}"))
        if token[0] == "&" and depth == 0:
            parts.append(row[start : token.start()])
            start = token.end()
    return " ".join((*parts, row[start:]))


def _as_written(latex: str) -> str:
    return f'<code class="tex">{escape(" ".join(latex.split()))}</code>'


def _parsed(latex: str) -> list[Element]:
    """The cleaned elements of a formula; raises Unreadable where a command was not understood."""
    from latex2mathml.converter import convert_to_element

    try:
        (row,) = convert_to_element(latex.strip())
    except Exception as error:  # the converter meets foreign text: whatever it raises, the text is shown
        raise Unreadable(str(error)) from None
    try:
        children = _cleaned(list(row))
    except RecursionError:
        raise Unreadable("too many brackets within each other") from None
    if not children:
        raise Unreadable("nothing to show")
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
    text = _characters(element.text or "")
    if "\\" in text and element.tag != "mtext":
        raise Unreadable(f"{text} is not understood")
    if element.tag == "mtext":
        text = _TEXT_COMMAND.sub(lambda m: _TEXT_COMMANDS[m[0]], text)
        if re.search(r"\\[a-zA-Z]", text):
            raise Unreadable(f"{text} is not understood")
    kept = {k: v for k, v in element.attrib.items() if k in _KEPT[element.tag] and _VALUE.fullmatch(v)}
    made = Element(element.tag, kept)
    made.text = text
    if element.tag in ("mi", "mn", "mtext", "mo"):
        _set_letters(made, element.attrib.get("mathvariant", ""))
    if element.tag == "mrow" and len(children) == 1:
        return children
    if element.tag in _FIXED:
        made.tag = _placed(made.tag, children[0])
    if element.tag == "mtd" and element.attrib.get("columnalign") == "left":
        made.set("class", "left")
    made.extend(children)
    return [made]


def _children(element: Element) -> list[Element]:
    if element.tag in _FIXED:
        if len(element) != _FIXED[element.tag]:
            raise Unreadable(f"{element.tag} with {len(element)} arguments")
        return [_single(_cleaned([child])) for child in element]
    return _cleaned(list(element))


def _single(elements: Sequence[Element]) -> Element:
    if len(elements) == 1:
        return elements[0]
    row = Element("mrow")
    row.extend(elements)
    return row


def _placed(tag: str, base: Element) -> str:
    """Limits stand below sup and max, and beside an integral."""
    if base.text in _LIMITS:
        return {"msub": "munder", "msubsup": "munderover"}.get(tag, tag)
    if base.text in ("∫", "∬"):
        return {"munder": "msub", "mover": "msup", "munderover": "msubsup"}.get(tag, tag)
    return tag


def _characters(text: str) -> str:
    """The converter writes characters as &#x…; within the text."""
    return re.sub(r"&#x[0-9A-Fa-f]+;", lambda m: unescape(m[0]), text)


def _set_letters(element: Element, variant: str) -> None:
    """Bold, script and other alphabets by their own characters, which all browsers draw."""
    text = element.text or ""
    if element.tag == "mi" and text in ("~", "∼"):
        element.tag, element.text = "mo", "∼"
    elif element.tag == "mo" and text in ("∞", "∅"):
        element.tag = "mi"
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
        if element.tag == "mo" and element.text in _BINARY | _RELATIONS and "form" not in element.attrib:
            alone = before is None or (
                before.tag == "mo"
                and (before.text in _OPENING | _RELATIONS | _BINARY)
                and before.get("form") != "postfix"
            )
            element.set("form", "prefix" if alone and element.text in _BINARY else "infix")


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


def _pieces(elements: Sequence[Element]) -> list[list[Element]]:
    """A formula cut before the relations and the signs of its outermost sum, and after its commas."""
    made: list[list[Element]] = [[]]
    for element in elements:
        if element.tag == "mo" and element.text in _BINARY and element.get("form") == "infix":
            # at the beginning of a piece browsers take it for a prefix, whatever its form says
            element.attrib.update(lspace=MEDIUM, rspace=MEDIUM)
        cuts = element.tag == "mo" and element.text in _RELATIONS | _BINARY and element.get("form") == "infix"
        if made[-1] and (cuts or made[-1][-1].text == ","):
            made.append([])
        made[-1].append(element)
    return made


def _math(elements: Sequence[Element], *, display: bool) -> str:
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}><mrow>{''.join(map(_written, elements))}</mrow></math>"


def _written(element: Element) -> str:
    attributes = "".join(f' {k}="{escape(v)}"' for k, v in sorted(element.attrib.items()))
    inside = escape(element.text or "") + "".join(map(_written, element))
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"

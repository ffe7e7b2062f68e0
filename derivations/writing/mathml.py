"""LaTeX of formulas as MathML, which browsers draw by themselves: no script and no network.

Elements are written from a tree of known ones, every text escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from xml.etree.ElementTree import Element

from derivations.writing.mathtree import BINARY, MEDIUM, RELATIONS, TEXT_COMMAND, TEXT_COMMANDS, NoMathML, parsed

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
_SIGNS = (",", ".", ":", ";")
_END = "</mrow></math>"
_INDENT = re.compile(r"(?:\s|&|\\quad|\\qquad)*")


def inline(latex: str) -> str:
    """A formula within a line of text."""
    try:
        return _math(parsed(latex), display=False)
    except NoMathML:
        return _as_written(latex)


def flowing(latex: str) -> str:
    """A displayed formula in pieces, between which a narrow page may break the line: before =, ≤, + and −."""
    try:
        return "<wbr>".join(_math(piece, display=True) for piece in _pieces(parsed(latex)))
    except NoMathML:
        return _as_written(latex)


def fragment(text: str) -> str:
    r"""LaTeX text with formulas in it, in $…$, \[…\] or align, as HTML: paragraphs and boxes."""
    parts: list[str] = []
    words: list[str] = []
    for kind, content in blocks(text):
        if kind == "text":
            if words and content.startswith(_SIGNS) and words[-1].endswith(_END):
                # into the formula: browsers would break the line before it
                words[-1] = f"{words[-1].removesuffix(_END)}<mtext>{content[0]}</mtext>{_END}"
                content = content[1:]
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
    text = _WRAPPED.sub(r"\1", TEXT_COMMAND.sub(lambda m: TEXT_COMMANDS[m[0]], text))
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


def _pieces(elements: Sequence[Element]) -> list[list[Element]]:
    """A formula cut before the relations and the signs of its outermost sum, and after its commas."""
    made: list[list[Element]] = [[]]
    for element in elements:
        if element.tag == "mo" and element.text in BINARY and element.get("form") == "infix":
            # at the beginning of a piece browsers treat it as a prefix, whichever form it has
            element.attrib.update(lspace=MEDIUM, rspace=MEDIUM)
        cuts = element.tag == "mo" and element.text in RELATIONS | BINARY and element.get("form") == "infix"
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

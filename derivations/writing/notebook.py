r"""Statements, derivations and papers as a notebook shows them: HTML with MathML, and LaTeX for MathJax or KaTeX.

HTML needs no network and no colours of its own, so that it is read on light and on dark pages; every text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import singledispatch
from html import escape
from typing import Any

from sympy import Rational

from derivations.latex import domain_latex, latex, statement_formula
from derivations.letters.abbreviations import abbreviating
from derivations.paper import Paper
from derivations.papers import KEYS
from derivations.papers import paper as library
from derivations.statements import Bound, Statement
from derivations.steps import Derivation
from derivations.writing.claims import formula, reason
from derivations.writing.mathml import blocks, flowing, fragment, inline
from derivations.writing.text import text

SHORT = 110
"""Characters after which a formula is cut in the text of an object."""
STYLE = """<style>
.lemmata { text-align: left; }
.lemmata table { border-collapse: collapse; margin: .3em 0; }
.lemmata th, .lemmata td { text-align: left; vertical-align: top; padding: .2em .7em; }
.lemmata th, .lemmata td { border-bottom: 1px solid rgba(128, 128, 128, .35); }
.lemmata th { font-weight: 600; }
.lemmata .quiet { opacity: .72; }
.lemmata .formula { overflow-x: auto; overflow-y: hidden; padding-bottom: .15em; margin: .5em 0; }
.lemmata .line { padding: .15em 0; }
.lemmata .relation { margin-left: 1.5em; }
.lemmata .reason { margin-left: 3em; font-style: italic; opacity: .72; }
.lemmata p { margin: .3em 0; }
.lemmata summary { cursor: pointer; }
.lemmata pre { white-space: pre-wrap; background: none; margin: .3em 0; }
</style>"""
_RELATION = {"=": "=", "<=": r"\le", ">=": r"\ge", "have": r"\vdash"}
_SIGN = {"=": "=", "<=": "≤", ">=": "≥"}
_UNSAFE = re.compile(
    r"(?<!\\)\$|\\(?:href|url|style|class|cssId|data|html\w*|require|unicode|include\w*|input|def|let|newcommand|"
    r"renewcommand|newenvironment|catcode|csname|write|special|bbox|mmlToken|texttip|toggle|action)\b"
)
_LEFT_OUT = re.compile(r"\\(?:label|tag|ref|eqref)\*?\{[^{}]*\}|\\(?:nonumber|notag|allowbreak|displaybreak)\b")


@singledispatch
def text_of(shown: Any) -> str:
    """One line of text."""
    return object.__repr__(shown)


@singledispatch
def html_of(shown: Any) -> str:
    """A self-contained piece of HTML."""
    return page(f"<pre>{escape(repr(shown))}</pre>")


@singledispatch
def latex_of(shown: Any) -> str | None:
    """LaTeX between dollars that MathJax and KaTeX set; None where there is no formula."""
    return None


# pieces


def page(*parts: str) -> str:
    """The parts as one piece, which MathJax ignores, since its formulas are set already."""
    return f'{STYLE}<div class="lemmata tex2jax_ignore mathjax_ignore">{"".join(parts)}</div>'


def quiet(words: str) -> str:
    """A line of less important HTML, nothing for no words."""
    return f'<p class="quiet">{words}</p>' if words else ""


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def between_dollars(body: str) -> str:
    """LaTeX of a formula as a notebook takes it."""
    return f"$\\displaystyle {body}$"


def words_latex(words: str, command: str = "text") -> str:
    r"""Plain words inside a formula: \text{…}, with commands of mathematics for what is special in LaTeX."""
    parts = re.split(r"([\\{}$%&#_^~<>])", words)
    special = {"\\": r"\backslash ", "^": r"\hat{}", "~": r"\sim ", "<": r"\lt ", ">": r"\gt "}
    return "".join(
        (special.get(part, f"\\{part}") if i % 2 else f"\\{command}{{{part}}}") for i, part in enumerate(parts) if part
    )


def formula_latex(body: str, words: str) -> str:
    """A formula's LaTeX, checked: `words` are shown where a symbol's name is more than a name."""
    body = _LEFT_OUT.sub("", body).replace("<", r"\lt ").replace(">", r"\gt ")
    return body if _balanced(body) and not _UNSAFE.search(body) else words_latex(words)


def _balanced(body: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", body):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


# statements


def naming(statement: Statement) -> AbstractContextManager[None]:
    """Print with the short names of the statement's paper, if it is one of the library."""
    home = library(statement.paper) if statement.paper in KEYS else None
    known = home is not None and any(s is statement for s in home.statements)
    plain = home is None or not known or statement.slug in home.spelled_out
    return abbreviating(() if plain or home is None else home.abbreviations)


def heading(statement: Statement) -> str:
    """The id, kind and title of a statement."""
    title = f" · {escape(statement.title)}" if statement.title else ""
    return f'<p><b>{escape(statement.id)}</b> <span class="quiet">{statement.described}</span>{title}</p>'


def claim_html(statement: Statement) -> str:
    """Domain and formula of a statement."""
    with naming(statement):
        return fragment(domain_latex(statement)) + fragment(statement_formula(statement)) + _value(statement)


def _value(statement: Statement) -> str:
    """What a bound's named constant is."""
    if not isinstance(statement, Bound) or statement.constant is None:
        return ""
    exact = f"{latex(statement.constant)} = {latex(statement.value)}"
    if statement.value.is_number and not statement.value.is_Integer:
        decimals = f"{float(statement.value):.8g}"
        exact += f" {'=' if Rational(decimals) == statement.value else _APPROXIMATELY} {decimals}"
    return f"<p>with {inline(exact)}</p>"


_APPROXIMATELY = r"\approx"


@text_of.register
def _(statement: Statement) -> str:
    with naming(statement):
        claim = formula(statement)
    return f"<{statement.described} {statement.id}: {cut(claim)}>"


def cut(words: str) -> str:
    """Words that fit on a line."""
    return words if len(words) <= SHORT else f"{words[: SHORT - 1]}…"


@html_of.register
def _(statement: Statement) -> str:
    assumed = ", ".join(statement.assumes)
    return page(
        heading(statement),
        claim_html(statement),
        quiet(f"source: {escape(statement.source)}" if statement.source else ""),
        quiet(f"assumes: {escape(assumed)}" if assumed else ""),
    )


@latex_of.register
def _(statement: Statement) -> str:
    with naming(statement):
        parts = "".join(_pieces(statement_formula(statement)))
        return between_dollars(formula_latex(parts, formula(statement)))


def _pieces(written: str) -> Iterator[str]:
    for kind, content in blocks(written):
        if kind == "text":
            yield words_latex(content) if content.strip() else ""
        elif kind == "rows" and (r"\\" in content or "&" in content):
            yield rf"\begin{{aligned}}{content}\end{{aligned}}"
        else:
            yield content.strip()


# derivations


@text_of.register
def _(derivation: Derivation) -> str:
    sign = _SIGN[derivation.relation] if len({s.relation for s in derivation.lines} - {"="}) < 2 else "…"
    count = f"{len(derivation.steps)} step{'s' if len(derivation.steps) != 1 else ''}"
    ends = f"{text(derivation.start)} {sign} {text(derivation.end)}" if derivation.steps else text(derivation.start)
    return f"<Derivation in {count}: {cut(ends)}>"


@html_of.register
def _(derivation: Derivation) -> str:
    return page(derivation_html(derivation))


def derivation_html(derivation: Derivation) -> str:
    """The lines of a derivation, each with its reason below it."""
    rows = [f'<div class="line">{flowing(latex(derivation.start))}</div>']
    for step in derivation.steps:
        shown = flowing(f"{_RELATION[step.relation]} {latex(step.expr)}")
        rows.append(f'<div class="line relation">{shown}</div><div class="reason">{escape(reason(step))}</div>')
    return f'<div class="formula">{"".join(rows)}</div>'


@latex_of.register
def _(derivation: Derivation) -> str:
    rows = [f"& {formula_latex(latex(derivation.start), text(derivation.start))}"]
    for step in derivation.steps:
        rows.append(rf"& \quad {_RELATION[step.relation]} {formula_latex(latex(step.expr), text(step.expr))}")
        rows.append(rf"& \qquad\qquad {words_latex(reason(step), 'textit')}")
    return between_dollars("\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}")


# papers


@text_of.register
def _(paper: Paper) -> str:
    count = f"{len(paper.statements)} statement{'s' if len(paper.statements) != 1 else ''}"
    return f"<Paper {paper.key}: {count}{f', {cut(paper.title)}' if paper.title else ''}>"


@html_of.register
def _(paper: Paper) -> str:
    about = ", ".join(escape(words) for words in (paper.authors, paper.reference) if words)
    rows = [(escape(s.id), s.described, escape(s.title or cut(formula(s))), escape(s.source)) for s in paper.statements]
    return page(
        f"<p><b>{escape(paper.title or paper.key)}</b></p>",
        quiet(about),
        table(("statement", "kind", "claim", "source"), rows),
    )

"""Statements and derivations as LaTeX, in the letters of their paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sympy import Add, Dummy, FiniteSet, Interval, MatAdd, MatMul, Mul, S
from sympy.core.relational import Relational
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from derivations.abbreviations import abbreviate, abbreviating, latex_names
from derivations.activations import ddsigma, dsigma, sigma
from derivations.domains import Angle, NonnegativeVectors, RealMatrices, UnitVectors
from derivations.gaussian import Expectation, relu, step
from derivations.paper import Paper
from derivations.statements import (
    Bound,
    Constant,
    Existence,
    Gradient,
    Identity,
    Probability,
    Rate,
    Statement,
)
from derivations.steps import Derivation
from derivations.vectors import is_matrix

LAYER = re.compile(r"(\w+)\^\((\w+)\)")
"""A letter with the number of its layer: W^(2)."""
LINE = 210
"""Characters of LaTeX after which a sum is broken over several lines."""

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,margin=25mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\newtheorem{proposition}{Proposition}
\newtheorem{bound}[proposition]{Bound}
\newtheorem{constant}[proposition]{Constant}
\newtheorem{observation}[proposition]{Observation}
\allowdisplaybreaks
\begin{document}
"""

_ENVIRONMENT = {
    "Identity": "proposition",
    "Gradient": "proposition",
    "Existence": "proposition",
    "Bound": "bound",
    "Constant": "constant",
    "Rate": "observation",
    "Probability": "observation",
}
_RELATION = {"=": "=", "<=": r"\le", ">=": r"\ge"}


class PaperPrinter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX with the papers' notation: starred names, 𝟏, transposes, σ applied to vectors."""

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        if expr.name in (names := latex_names()):
            return f"{{{names[expr.name]}}}"
        if layer := LAYER.fullmatch(expr.name):
            return f"{{{self._deal_with_super_sub(layer[1])}^{{({layer[2]})}}}}"
        if expr.name.endswith("*"):
            return f"{{{self._deal_with_super_sub(expr.name[:-1])}^{{*}}}}"  # braces, for a further superscript
        printed: str = super()._print_Symbol(expr)
        return r"\varphi" if printed == r"\phi" else printed

    _print_Dummy = _print_Symbol

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _print_MatAdd(self, expr: Any) -> str:
        terms = [self.parenthesize(a, PRECEDENCE["Add"]) for a in expr.args]
        rest = "".join(f" - {t[1:].lstrip()}" if t.startswith("-") else f" + {t}" for t in terms[1:])
        return f"{terms[0]}{rest}"

    def _print_OneMatrix(self, expr: Any) -> str:
        return r"\mathbf{1}" if 1 in expr.shape else r"\mathbf{1}\mathbf{1}^{\top}"

    def _print_Identity(self, expr: Any) -> str:
        return "I"

    def _print_ZeroMatrix(self, expr: Any) -> str:
        return "0"

    def _print_Transpose(self, expr: Any) -> str:
        return rf"{self.parenthesize(expr.arg, 90)}^{{\top}}"

    def _print_Inverse(self, expr: Any) -> str:
        return rf"\left({self._print(expr.arg)}\right)^{{-1}}"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        body = expr.function(t := Dummy("t", real=True))
        names = {relu: r"\sigma", step: r"\sigma'", sigma: r"\sigma", dsigma: r"\sigma'", ddsigma: r"\sigma''"}
        if body.args == (t,):
            name = names.get(body.func) or self._hprint_Function(body.func.__name__)
        else:
            name = rf"\left(t \mapsto {self._print(body)}\right)"
        return rf"{name}\left({self._print(expr.expr)}\right)"

    def _print_DiagMatrix(self, expr: Any) -> str:
        return rf"\operatorname{{diag}}\left({self._print(expr.args[0])}\right)"

    def _print_softplus(self, expr: Any, exp: str | None = None) -> str:
        return self._named("softplus", expr, exp)

    def _print_sigmoid(self, expr: Any, exp: str | None = None) -> str:
        return self._named("sigmoid", expr, exp)

    def _named(self, name: str, expr: Any, exp: str | None) -> str:
        body = rf"\operatorname{{{name}}}\left({self._print(expr.args[0])}\right)"
        return body if exp is None else rf"{body}^{{{exp}}}"

    def _print_HadamardProduct(self, expr: Any) -> str:
        return r" \odot ".join(self.parenthesize(a, 50) for a in expr.args)

    def _print_Derivative(self, expr: Any) -> str:
        if len(expr.variable_count) == 1:
            ((symbol, order),) = expr.variable_count
            power = "" if order == 1 else f"^{{{order}}}"
            return (
                rf"\frac{{d{power}}}{{d {self._print(symbol)}{power}}} "
                rf"\left[{self._print(expr.expr)}\right]"
            )
        printed: str = super()._print_Derivative(expr)
        return printed


def latex(expr: Any) -> str:
    """An expression as LaTeX."""
    expr = abbreviate(expr)
    printed: str = _printer().doprint(expr)
    return printed


def _printer() -> PaperPrinter:
    return PaperPrinter({"mul_symbol": None, "fold_short_frac": False})


def _lines(expr: Any) -> list[str]:
    """An expression in pieces that fit on a line: a long sum is broken between its terms."""
    expr = abbreviate(expr)
    whole = latex(expr)
    if len(whole) <= LINE:
        return [whole]
    if isinstance(expr, Expectation):
        inside = _lines(expr.integrand)
        inside[0] = rf"\mathbb{{E}}_{{{expr.law_latex(_printer())}}}\Big[ {inside[0]}"
        inside[-1] += r" \Big]"
        return inside
    if isinstance(expr, Mul) and not isinstance(expr, MatMul) and any(f.is_Add for f in expr.args):
        opened = expr.expand(deep=False)  # for display: a factor moves into a sum that does not fit
        expr = opened if len(latex(opened)) <= 2 * len(whole) else expr
    if not isinstance(expr, Add | MatAdd):
        return [whole]
    pieces: list[str] = []
    for i, term in enumerate(expr.args if isinstance(expr, MatAdd) else expr.as_ordered_terms()):
        for j, printed in enumerate(_lines(term) if len(latex(term)) > LINE else [latex(term)]):
            signed = printed if (i, j) == (0, 0) or printed.startswith(("-", "+")) else f"+ {printed}"
            if pieces and len(pieces[-1]) + len(signed) <= LINE:
                pieces[-1] += f" {signed}"
            else:
                pieces.append(signed)
    return pieces


def _aligned(lhs: Any, relation: str, rhs: Any, end: str) -> str:
    left, right = _lines(lhs), _lines(rhs)
    if len(left) == len(right) == 1 and len(left[0]) + len(right[0]) <= LINE:
        return f"\\[\n  {left[0]} {relation} {right[0]}{end}\n\\]"
    rows = [f"  & {left[0]}", *(f"  & \\quad {x}" for x in left[1:])]
    rows += [f"  & \\quad {relation} {right[0]}", *(f"  & \\qquad {x}" for x in right[1:])]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + f"{end}\n\\end{{align*}}"


def statement_formula(statement: Statement) -> str:
    """The displayed formula of a statement."""
    match statement:
        case Identity():
            return _aligned(statement.lhs, "=", statement.rhs, ".")
        case Bound():
            return _aligned(statement.lhs, r"\le", statement.rhs, ".")
        case Constant() if statement.value is not None:
            return _aligned(statement.definition, "=", statement.value, ".")
        case Constant():
            low, high = statement.enclosure or (S.Zero, S.Zero)
            if (places := _places(low)) is not None and high - low == S(10) ** -places:
                return f"\\[\n  {latex(statement.definition)} = {_decimal(low)}\\ldots\n\\]"
            return f"\\[\n  {latex(statement.definition)} \\in \\left[{_decimal(low)}, {_decimal(high)}\\right].\n\\]"
        case Gradient():
            wrt = latex(statement.wrt)
            name = rf"\nabla_{{{wrt}}}" if is_matrix(statement.wrt) else rf"\frac{{\partial}}{{\partial {wrt}}}"
            function = rf"\left[{latex(statement.of)}\right]" if statement.of is not None else "f"
            if len(function) > LINE * 2 // 3:
                rows = _lines(statement.of)
                shown = " \\\\\n".join([f"  f & = {rows[0]}", *(f"  & \\quad {x}" for x in rows[1:])])
                return f"\\begin{{align*}}\n{shown}, \\\\\n  {name} f & = {latex(statement.equals)}.\n\\end{{align*}}"
            if len(_lines(statement.equals)) > 1:
                below = " \\\\\n".join(f"  & \\quad {x}" for x in _lines(statement.equals))
                return f"\\begin{{align*}}\n  & {name} {function} = \\\\\n{below}.\n\\end{{align*}}"
            return f"\\[\n  {name} {function} = {latex(statement.equals)}.\n\\]"
        case Rate():
            law = f"{latex(statement.variable)}^{{{latex(statement.exponent)}}}"
            if statement.law == "exponential":
                law = f"e^{{{latex(statement.exponent)} {latex(statement.variable)}}}"
            return f"\\[\n  {latex(statement.quantity)} \\propto {law}.\n\\]"
        case Probability():
            relation = r"\le" if statement.at_most is not None else r"\ge"
            return f"The chance that {escape(statement.event)} is ${relation} {latex(statement.limit)}$."
        case Existence():
            point = ", ".join(f"{latex(s)} = {latex(S(v))}" for s, v in statement.point.items())
            rows = [f"  {latex(p)}" + ("" if isinstance(p, Relational) else " & = 0") for p in statement.properties]
            body = " \\\\\n".join(rows)
            return f"At ${point}$:\n\\begin{{align*}}\n{body}.\n\\end{{align*}}"
    raise TypeError(f"no LaTeX for {statement.kind}")


def _places(x: Any) -> int | None:
    """How many decimals a number has, None if it has no end."""
    return next((k for k in range(60) if x.is_Rational and (x * 10**k).is_Integer), None)


def _decimal(x: Any) -> str:
    """A finite decimal written as one, any other number as it is."""
    places = _places(x)
    if places is None:
        return latex(x)
    digits = str(abs(x) * 10**places).rjust(places + 1, "0")
    return ("-" if x < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def domain_latex(statement: Statement) -> str:
    """Where a statement holds, as a sentence; empty if everywhere."""
    parts: list[str] = []
    for symbol, values in sorted(statement.domain.ranges.items(), key=lambda kv: str(kv[0])):
        name = latex(symbol)
        match values:
            case UnitVectors():
                parts.append(rf"\|{name}\| = 1")
            case NonnegativeVectors():
                parts.append(rf"{name} \in [0, \infty)^{{{latex(symbol.shape[0])}}}")
            case RealMatrices():
                continue
            case Angle(x, y):
                parts.append(rf"{name} = \angle({latex(x)}, {latex(y)})")
            case Interval() if values != S.Reals:
                parts.append(rf"{name} \in {latex(values)}")
            case FiniteSet():
                parts.append(rf"{name} \in {latex(values)}")
    parts += [latex(r) for r in statement.domain.where if isinstance(r, Relational)]
    return "For $" + "$, $".join(parts) + "$:" if parts else ""


def derivation_latex(derivation: Derivation) -> str:
    """The steps of a derivation, each line followed by its reason."""
    rows = [f"  & {line}" for line in _lines(derivation.start)]
    for step_ in derivation.steps:
        first, *rest = _lines(step_.expr)
        rows.append(f"  & \\quad {_RELATION[step_.relation]} {first}")
        rows += [f"  & \\qquad {line}" for line in rest]
        rows.append(f"  & \\qquad\\qquad\\text{{\\footnotesize\\itshape {escape(step_.reason)}}}")
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


_SPECIAL = {
    "\\": r"\textbackslash{}",
    "<": "$<$",
    ">": "$>$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{ch: f"\\{ch}" for ch in "&%$#_{}"},
}
_GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta kappa lambda mu nu xi rho sigma tau varphi chi psi omega pi "
    "Sigma Delta Omega Phi Psi Pi Lambda Gamma Theta"
)
_SIGNS = (
    "nabla partial le ge ne ll in to infty cdot times angle int surd langle rangle perp | circ odot "
    "propto cdots otimes approx pm forall exists subset cup cap"
)
_MATHEMATICAL = {
    **dict(zip("αβγδεζηθκλμνξρστφχψωπΣΔΩΦΨΠΛΓΘ", _GREEK.split(), strict=True)),
    **dict(zip("∇∂≤≥≠≪∈→∞·×∠∫√⟨⟩⊥‖∘⊙∝⋯⊗≈±∀∃⊂∪∩", _SIGNS.split(), strict=True)),
    "𝟏": "mathbf{1}",
    "ℓ": "ell",
}
_RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)),
    "ᵀ": r"\top",
    "⋆": "*",
    "ⁿ": "n",
    "′": r"\prime",
    "″": r"\prime\prime",
}
_LOWERED = {**dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True)), "ⱼ": "j", "ᵢ": "i", "ₐ": "a", "ᵥ": "v"}


_SIGNS_OF_TEXT = {"−": "-", "½": r"\frac12", "¼": r"\frac14", "¾": r"\frac34"}


_PHRASES = {"c_σ": r"$c_{\sigma}$", "c_res": r"$c_{res}$", "λ_min": r"$\lambda_{\min}$"}
_PHRASE = re.compile("|".join((*map(re.escape, _PHRASES), r"\^[({][^(){}]*(?:\([^()]*\))?[^(){}]*[)}]")))


def escape(text: str) -> str:
    """Plain text as LaTeX text: special characters, mathematical letters, and by number what is neither."""
    parts, end = [], 0
    for found in _PHRASE.finditer(text):
        parts += [*map(_escaped, text[end : found.start()]), _phrase(found[0])]
        end = found.end()
    return "".join((*parts, *map(_escaped, text[end:])))


def _phrase(text: str) -> str:
    """A name with a subscript, or a raised bracket such as that of W^(h)."""
    if text in _PHRASES:
        return _PHRASES[text]
    inside = text[1:] if text[1] == "(" else text[2:-1]
    return f"$^{{\\text{{{''.join(map(_escaped, inside))}}}}}$"


def _escaped(ch: str) -> str:
    if ch in _SPECIAL:
        return _SPECIAL[ch]
    if ch in _MATHEMATICAL:
        return rf"$\{_MATHEMATICAL[ch]}$"
    if ch in _RAISED:
        return f"$^{{{_RAISED[ch]}}}$"
    if ch in _LOWERED:
        return f"$_{{{_LOWERED[ch]}}}$"
    if ch in _SIGNS_OF_TEXT:
        return f"${_SIGNS_OF_TEXT[ch]}$"
    return ch if ord(ch) < 0x250 or ch in "–—‘’“”…" else rf"\texttt{{U+{ord(ch):04X}}}"


def statement_latex(statement: Statement, paper: Paper | None = None, margin: str = "") -> str:
    """A statement environment with label, source, domain and formula, and its derivation.

    `paper` gives the short names to print with; `margin` is a note beside the statement, such as its assurance.
    """
    plain = paper is None or statement.slug in paper.spelled_out
    with abbreviating(() if plain or paper is None else paper.abbreviations):
        return _statement(statement, margin)


def _statement(statement: Statement, margin: str) -> str:
    name = _ENVIRONMENT[statement.kind]
    title = f"[{escape(statement.title)}]" if statement.title else ""
    parts = [f"\\begin{{{name}}}{title}\\label{{{statement.paper}:{statement.slug}}}"]
    if margin:
        parts.append(f"\\marginpar{{\\raggedright\\footnotesize {escape(margin)}}}")
    if where := domain_latex(statement):
        parts.append(where)
    parts.append(statement_formula(statement))
    if statement.source:
        parts.append(f"\\textit{{Source: {escape(statement.source)}.}}")
    parts.append(f"\\end{{{name}}}")
    if statement.derivation is not None and statement.derivation.steps:
        parts += ["\\begin{proof}[Derivation]", derivation_latex(statement.derivation), "\\end{proof}"]
    return "\n".join(parts) + "\n"


def paper_heading(paper: Paper) -> str:
    """Title, authors and conventions of a paper."""
    authors = f"{escape(paper.authors)}. " if paper.authors else ""
    rows = [f"\\item[{escape(name)}] {escape(words)}" for name, words in paper.conventions.items()]
    conventions = "\\begin{description}\n" + "\n".join(rows) + "\n\\end{description}\n" if rows else ""
    return f"\\section*{{{escape(paper.title or paper.key)}}}\n{authors}{escape(paper.reference)}\n{conventions}"


def document(parts: Iterable[str]) -> str:
    """A document that compiles with plain pdflatex."""
    return PREAMBLE + "\n".join(parts) + "\\end{document}\n"

"""Statements and derivations as LaTeX, in the letters of their paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Add, Dummy, FiniteSet, Interval, S
from sympy.core.relational import Relational
from sympy.printing.latex import LatexPrinter

from derivations.domains import Angle, RealMatrices, UnitVectors
from derivations.gaussian import relu, step
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

LINE = 150
"""Characters of LaTeX after which a sum is broken over several lines."""

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
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
        if expr.name.endswith("*"):
            return f"{self._deal_with_super_sub(expr.name[:-1])}^{{*}}"
        printed: str = super()._print_Symbol(expr)
        return r"\varphi" if printed == r"\phi" else printed

    _print_Dummy = _print_Symbol

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return self._print_Symbol(expr)

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
        body = expr.function(Dummy("x", real=True))
        name = r"\sigma" if isinstance(body, relu) else r"\sigma'" if isinstance(body, step) else str(body.func)
        return rf"{name}\left({self._print(expr.expr)}\right)"

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
    printed: str = PaperPrinter({"mul_symbol": None, "fold_short_frac": False}).doprint(expr)
    return printed


def _lines(expr: Any) -> list[str]:
    """An expression in pieces that fit on a line: a long sum is broken between its terms."""
    whole = latex(expr)
    if len(whole) <= LINE or not isinstance(expr, Add):
        return [whole]
    pieces: list[str] = []
    for i, term in enumerate(expr.as_ordered_terms()):
        printed = latex(term)
        printed = printed if i == 0 or printed.startswith("-") else f"+ {printed}"
        if pieces and len(pieces[-1]) + len(printed) <= LINE:
            pieces[-1] += f" {printed}"
        else:
            pieces.append(printed)
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
            return f"\\[\n  {latex(statement.definition)} \\in \\left[{_decimal(low)}, {_decimal(high)}\\right].\n\\]"
        case Gradient():
            wrt = latex(statement.wrt)
            name = rf"\nabla_{{{wrt}}}" if is_matrix(statement.wrt) else rf"\frac{{\partial}}{{\partial {wrt}}}"
            function = rf"\left[{latex(statement.of)}\right]" if statement.of is not None else "f"
            if len(function) > LINE:
                rows = _lines(statement.of)
                shown = " \\\\\n".join([f"  f & = {rows[0]}", *(f"  & \\quad {x}" for x in rows[1:])])
                return f"\\begin{{align*}}\n{shown}, \\\\\n  {name} f & = {latex(statement.equals)}.\n\\end{{align*}}"
            return f"\\[\n  {name} {function} = {latex(statement.equals)}.\n\\]"
        case Rate():
            law = f"{latex(statement.variable)}^{{{latex(statement.exponent)}}}"
            if statement.law == "exponential":
                law = f"e^{{{latex(statement.exponent)} {latex(statement.variable)}}}"
            return f"\\[\n  {latex(statement.quantity)} \\propto {law}.\n\\]"
        case Probability():
            relation = r"\le" if statement.at_most is not None else r"\ge"
            event = escape(statement.event)
            return f"\\[\n  \\Pr\\bigl[\\text{{the event below}}\\bigr] {relation} {latex(statement.limit)}\n\\]\nEvent: {event}."
        case Existence():
            point = ", ".join(f"{latex(s)} = {latex(S(v))}" for s, v in statement.point.items())
            rows = [
                f"  {latex(p)}" + ("" if isinstance(p, Relational) else " & = 0") for p in statement.properties
            ]
            body = " \\\\\n".join(rows)
            return f"At ${point}$:\n\\begin{{align*}}\n{body}.\n\\end{{align*}}"
    raise TypeError(f"no LaTeX for {statement.kind}")


def _decimal(x: Any) -> str:
    digits = f"{float(x):.12f}".rstrip("0")
    return digits if S(digits) == x else latex(x)


def domain_latex(statement: Statement) -> str:
    """Where a statement holds, as a sentence; empty if everywhere."""
    parts: list[str] = []
    for symbol, values in sorted(statement.domain.ranges.items(), key=lambda kv: str(kv[0])):
        name = latex(symbol)
        match values:
            case UnitVectors():
                parts.append(rf"\|{name}\| = 1")
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
    """The steps of a derivation, one line each, with the reason to the right."""
    rows = [f"  & {derivation_start}" for derivation_start in _lines(derivation.start)]
    for step_ in derivation.steps:
        first, *rest = _lines(step_.expr)
        reason = escape(step_.reason)
        rows.append(f"  & \\quad {_RELATION[step_.relation]} {first}")
        rows += [f"  & \\qquad {x}" for x in rest]
        rows[-1] += f" && \\parbox[t]{{0.3\\linewidth}}{{\\raggedright\\footnotesize {reason}}}" if not rest and len(
            first
        ) < LINE * 2 // 3 else f" \\\\\n  & \\qquad\\text{{\\footnotesize ({reason})}}"
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def escape(text: str) -> str:
    """Plain text as LaTeX text: special characters and the mathematical letters used in titles."""
    table = {
        "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    }  # fmt: skip
    words = {
        "σ": r"$\sigma$", "φ": r"$\varphi$", "π": r"$\pi$", "η": r"$\eta$", "κ": r"$\kappa$", "𝟏": r"$\mathbf{1}$",
        "ᵀ": r"$^{\top}$", "‖": r"$\|$", "∇": r"$\nabla$", "≤": r"$\le$", "≥": r"$\ge$", "−": r"$-$", "²": r"$^2$",
        "√": r"$\surd$", "₀": r"$_0$", "₁": r"$_1$", "₂": r"$_2$", "∂": r"$\partial$", "⊥": r"$\perp$", "½": r"$\frac12$",
        "₋": r"$_-$", "⋆": r"$^{*}$", "→": r"$\to$", "≠": r"$\ne$", "∈": r"$\in$", "·": r"$\cdot$", "∠": r"$\angle$",
        "ℓ": r"$\ell$", "×": r"$\times$", "⁰": r"$^0$", "¹": r"$^1$", "ⱼ": r"$_j$", "ⁿ": r"$^n$", "Σ": r"$\Sigma$",
        "≪": r"$\ll$", "∞": r"$\infty$", "⟨": r"$\langle$", "⟩": r"$\rangle$", "∫": r"$\int$",
    }  # fmt: skip
    return "".join(table.get(ch, words.get(ch, ch)) for ch in text)


def statement_latex(statement: Statement, *, derivation: bool = True) -> str:
    """A statement environment with label, source, domain, formula and, if asked, its derivation."""
    name = _ENVIRONMENT[statement.kind]
    title = f"[{escape(statement.title)}]" if statement.title else ""
    parts = [f"\\begin{{{name}}}{title}\\label{{{statement.paper}:{statement.slug}}}"]
    if where := domain_latex(statement):
        parts.append(where)
    parts.append(statement_formula(statement))
    if statement.source:
        parts.append(f"\\textit{{Source: {escape(statement.source)}.}}")
    parts.append(f"\\end{{{name}}}")
    if derivation and statement.derivation is not None and statement.derivation.steps:
        parts += ["\\begin{proof}[Derivation]", derivation_latex(statement.derivation), "\\end{proof}"]
    return "\n".join(parts) + "\n"


def document(statements: Iterable[Statement], *, title: str = "") -> str:
    """A document that compiles with plain pdflatex."""
    heading = f"\\section*{{{escape(title)}}}\n" if title else ""
    return PREAMBLE + heading + "\n".join(statement_latex(s) for s in statements) + "\\end{document}\n"

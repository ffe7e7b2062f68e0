"""Expressions as LaTeX, in the letters of their paper and of the user."""

from __future__ import annotations

import re
from typing import Any

from sympy import Abs, Add, Derivative, Dummy, Function, Integral, MatMul, Mul, Pow, Symbol
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from derivations.activations import ddsigma, dsigma, sigma
from derivations.gaussian import relu, step
from derivations.latex.brackets import sized
from derivations.letters.abbreviations import abbreviate, latex_names
from derivations.letters.notation import letter
from derivations.spectra.nodes import p_norm_in
from derivations.vectors import Inner

LAYER = re.compile(r"(\w+)\^\((\w+)\)")
"""A letter with the number of its layer: W^(2)."""
_ATOM = r"\\?[A-Za-z]+(?:_\{\\?\w+\})?"
_OVER = re.compile(rf"\\frac\{{\\sqrt\{{({_ATOM})\}}\}}\{{\\sqrt\{{({_ATOM})\}}\}}")
_ROOTS = re.compile(rf"\\sqrt\{{((?:{_ATOM} ?)+)\}} \\sqrt\{{((?:{_ATOM} ?)+)\}}")
_NAME = re.compile(r"_\{([a-z]{3,})\}")
_LETTER = re.compile(r"\\?[A-Za-z]+")
_SETTINGS = {"mul_symbol": None, "fold_short_frac": False, "inv_trig_style": "full"}


class PaperPrinter(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX printer with the notation of the papers: starred names, 𝟏, transposes, and σ applied to vectors.

    Example:
        >>> from sympy import Symbol
        >>> from derivations.latex import PaperPrinter
        >>> PaperPrinter().doprint(Symbol("x") ** 2)
        'x^{2}'
    """

    _several_products = False

    def __init__(self) -> None:
        super().__init__(dict(_SETTINGS))

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name = expr.name
        if (own := letter(name)) is not None:
            return own if _LETTER.fullmatch(own) else f"{{{own}}}"
        if name in (names := latex_names()):
            return names[name] if _LETTER.fullmatch(names[name]) else f"{{{names[name]}}}"
        if layer := LAYER.fullmatch(name):
            return f"{{{self._stem(layer[1])}^{{({layer[2]})}}}}"
        if name.endswith("*"):
            return f"{{{self._stem(name[:-1])}^{{*}}}}"  # braces, for a further superscript
        printed: str = _NAME.sub(r"_{\\mathrm{\1}}", super()._print_Symbol(expr))
        return r"\varphi" if printed == r"\phi" else printed

    _print_Dummy = _print_Symbol

    def _stem(self, name: str) -> str:
        own = letter(name)
        return f"{{{own}}}" if own is not None else str(self._deal_with_super_sub(name))

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _positive_first(super()._as_ordered_terms(expr, order=order))

    def terms(self, expr: Any) -> list[Any]:
        """The terms of a sum as they are printed, each with its sign."""
        return self._as_ordered_terms(expr) if isinstance(expr, Add) else _positive_first(list(expr.args))

    def signed(self, term: Any) -> str:
        """A term of a sum; one with a minus begins with it."""
        if not isinstance(term, Add) and _negative(term):
            return f"- {self.parenthesize(_turned(term), PRECEDENCE['Add'])}"
        return str(self.parenthesize(term, PRECEDENCE["Add"]))

    def _print_MatAdd(self, expr: Any) -> str:
        first, *rest = map(self.signed, self.terms(expr))
        return first + "".join(f" {t}" if t.startswith("-") else f" + {t}" for t in rest)

    def _print_Integral(self, expr: Any) -> str:
        return str(super()._print_Integral(expr)).replace(r"\limits", "")

    def _print_Mul(self, expr: Any) -> str:
        integrals = [a for a in expr.args if isinstance(a, Integral)]
        if integrals and len(integrals) < len(expr.args):
            rest = self._print(Mul(*(a for a in expr.args if a not in integrals)))
            *others, last = integrals
            return " ".join([rest, *(rf"\left({self._print(i)}\right)" for i in others), self._print(last)])
        before = self._several_products
        self._several_products = sum(isinstance(a, Inner) and a.args[0] != a.args[1] for a in expr.args) > 1
        try:
            printed: str = super()._print_Mul(expr)
        finally:
            self._several_products = before
        return _OVER.sub(r"\\sqrt{\\frac{\1}{\2}}", _ROOTS.sub(r"\\sqrt{\1 \2}", printed))

    def _print_MatMul(self, expr: Any) -> str:
        coefficient, product = expr.as_coeff_mmul()
        if not coefficient.is_Rational or abs(coefficient) == 1:
            printed: str = super()._print_MatMul(expr)
            return printed
        # SymPy's puts a fraction before a matrix in brackets
        return f"{self._print(coefficient)} {self.parenthesize(product, PRECEDENCE['Mul'], strict=True)}"

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        if isinstance(expr, Inner) and expr.args[0] != expr.args[1] and self._several_products:
            return True
        if isinstance(expr, Derivative) and not last:
            return True
        return bool(super()._needs_mul_brackets(expr, first=first, last=last))

    def _print_Pow(self, expr: Any) -> str:
        if (found := p_norm_in(expr)) is not None:
            x, p, k = found
            length = rf"\left\|{self._print(x)}\right\|_{{{self._print(p)}}}"
            return length if k == 1 else f"{length}^{{{k}}}"
        twice = 2 * expr.exp
        if isinstance(expr.base, Inner) and expr.base.args[0] == expr.base.args[1] and twice.is_Integer and twice > 0:
            norm = rf"\left\|{self._print(expr.base.args[0])}\right\|"
            return norm if twice == 1 else f"{norm}^{{{twice}}}"
        printed: str = super()._print_Pow(expr)
        return printed

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        return _unbraced(super()._print_Function(expr, exp))

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        return _unbraced(super()._print_log(expr, exp))

    def _print_ExpBase(self, expr: Any, exp: str | None = None) -> str:
        return str(self._do_exponent(f"e^{{{self.raised(expr.args[0])}}}", exp))

    def raised(self, expr: Any) -> str:
        """An exponent: small fractions in it are written with a stroke."""
        before = self._settings["fold_short_frac"]
        self._settings["fold_short_frac"] = True
        try:
            return str(self._print(expr))
        finally:
            self._settings["fold_short_frac"] = before

    def _print_OneMatrix(self, expr: Any) -> str:
        if expr.shape[0] == 1 != expr.shape[1]:
            return r"\mathbf{1}^{\top}"
        return r"\mathbf{1}" if 1 in expr.shape else r"\mathbf{1}\mathbf{1}^{\top}"

    def _print_Identity(self, expr: Any) -> str:
        return "I"

    def _print_ZeroMatrix(self, expr: Any) -> str:
        return "0"

    def _print_Transpose(self, expr: Any) -> str:
        return rf"{self.parenthesize(expr.arg, 90)}^{{\top}}"

    def _print_Inverse(self, expr: Any) -> str:
        inside = self._print(expr.arg)
        return f"{inside}^{{-1}}" if isinstance(expr.arg, MatrixSymbol) else rf"\left({inside}\right)^{{-1}}"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        body = expr.function(t := Dummy("t", real=True))
        activation, primes = letter("sigma") or r"\sigma", {sigma: "", dsigma: "'", ddsigma: "''"}
        rectifier = letter("relu") or latex_names().get("relu") or r"\sigma"
        if body.args != (t,):
            name = rf"\left(t \mapsto {self._print(body)}\right)"
        elif body.func in primes:
            name = activation + primes[body.func]
        elif body.func in (relu, step):
            name = rectifier + ("" if body.func is relu else "'")
        else:
            name = self._hprint_Function(body.func.__name__)
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

    def differential(self, expr: Any) -> str:
        """d/dx of a derivative, without what is differentiated."""
        ((symbol, order),) = expr.variable_count
        power = "" if order == 1 else f"^{{{order}}}"
        return rf"\frac{{d{power}}}{{d {self._print(symbol)}{power}}}"

    def _print_Derivative(self, expr: Any) -> str:
        if len(expr.variable_count) == 1:
            inside = self._print(expr.expr)
            plain = isinstance(expr.expr, Function | Symbol) and not isinstance(expr.expr, Abs)
            return f"{self.differential(expr)} " + (inside if plain else rf"\left[{inside}\right]")
        printed: str = super()._print_Derivative(expr)
        return printed


def _unbraced(printed: str) -> str:
    r"""The argument of \sin and the like directly after it, not in a group that TeX sets apart."""
    name, found, argument = printed.partition(r"{\left(")
    return rf"{name}\left({argument[:-1]}" if found and argument.endswith(r"\right)}") else printed


def _negative(term: Any) -> bool:
    if isinstance(term, MatMul):
        term = term.as_coeff_mmul()[0]
    return bool(term.could_extract_minus_sign())


def _turned(term: Any) -> Any:
    """A term with the other sign."""
    if isinstance(term, MatMul):
        coefficient, product = term.as_coeff_mmul()
        return product if coefficient == -1 else MatMul(-coefficient, *product.args)
    return -term


def _positive_first(terms: list[Any]) -> list[Any]:
    """A sum does not begin with a minus if it need not."""
    found = next((i for i, t in enumerate(terms) if not _negative(t)), 0)
    return [terms[found], *terms[:found], *terms[found + 1 :]]


def latex(expr: Any) -> str:
    r"""Write an expression as LaTeX, with the current abbreviations and notation.

    Args:
        expr: A SymPy expression.

    Returns:
        The formula, without $ signs.

    Example:
        >>> from derivations import norm_squared, vector
        >>> from derivations.latex import latex
        >>> latex(norm_squared(vector("x", 3)))
        '\\lVert x \\rVert^{2}'
    """
    return sized(PaperPrinter().doprint(abbreviate(expr)))


def factors(expr: Mul) -> tuple[list[Any], list[Any]]:
    """The factors of a product above and below the line, those below with their exponents turned round."""
    above, below = [], []
    for factor in expr.as_ordered_factors():
        if factor.is_Rational and factor.q != 1:
            above += [factor.p] if factor.p != 1 else []
            below.append(factor.q)
        elif isinstance(factor, Pow) and factor.exp.could_extract_minus_sign():
            below.append(1 / factor)
        else:
            above.append(factor)
    return above, below

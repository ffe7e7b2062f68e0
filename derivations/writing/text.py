"""Expressions as one line of readable text, for terminals and messages."""

from __future__ import annotations

from typing import Any

from sympy import Dummy, OneMatrix, cos
from sympy.printing.str import StrPrinter

from derivations.activations import ddsigma, dsigma, sigma
from derivations.gaussian import relu, step
from derivations.letters.abbreviations import abbreviate
from derivations.quantities.chance import OverRandom
from derivations.spectra.nodes import p_norm_in
from derivations.vectors import Inner, MatrixNumber, needs_brackets

_GREEK = {
    "phi": "φ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "sigma": "σ",
    "tau": "τ",
    "alpha": "α",
    "beta": "β",
    "rho": "ρ",
    "epsilon": "ε",
    "lambda": "λ",
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class TextPrinter(StrPrinter):  # type: ignore[misc]
    """SymPy's text with Greek letters, raised exponents, · for products and ⟨x, y⟩ for inner products."""

    printmethod = "_text"  # the nodes' own plain forms are for SymPy's printer

    def _print_Symbol(self, expr: Any) -> str:
        return _name(expr.name)

    _print_Dummy = _print_Symbol

    def _print_MatrixSymbol(self, expr: Any) -> str:
        return _name(expr.name)

    def _print_Pi(self, expr: Any) -> str:
        return "π"

    def _print_Infinity(self, expr: Any) -> str:
        return "∞"

    def _print_MatrixNumber(self, expr: Any) -> str:
        return str(expr._sympystr(self))

    _print_OverRandom = _print_Eigenvalues = _print_Nabla = _print_MatrixNumber
    _print_Member = _print_ForAll = _print_MadeWithout = _print_MatrixNumber

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        if (found := p_norm_in(expr)) is not None:
            x, p, k = found
            return f"‖{self._print(x)}‖_{self._print(p)}" + (str(k).translate(_RAISED) if k != 1 else "")
        if expr.exp.is_Integer and expr.exp > 1:
            if isinstance(expr.base, Inner) and expr.base.args[0] == expr.base.args[1]:
                return f"‖{self._print(expr.base.args[0])}‖" + str(2 * expr.exp).translate(_RAISED)
            plain = expr.base.is_Symbol or expr.base.is_Number or isinstance(expr.base, MatrixNumber | OverRandom)
            base = self._print(expr.base) if plain else f"({self._print(expr.base)})"
            return base + str(expr.exp).translate(_RAISED)
        text: str = super()._print_Pow(expr, rational=rational)
        return text.replace("**", "^")

    def _print_MatPow(self, expr: Any) -> str:
        power = "⁻¹" if expr.exp == -1 else f"^{self._print(expr.exp)}"
        return f"{self.parenthesize(expr.base, 90)}{power}"

    def _print_Inverse(self, expr: Any) -> str:
        return f"({self._print(expr.arg)})⁻¹"

    def _print_Transpose(self, expr: Any) -> str:
        return f"{self.parenthesize(expr.arg, 90)}ᵀ"

    def _print_OneMatrix(self, expr: Any) -> str:
        return "𝟏" if 1 in expr.shape else "𝟏𝟏ᵀ"

    def _print_Identity(self, expr: Any) -> str:
        return "I"

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        body = expr.function(t := Dummy("t", real=True))
        names = {relu: "σ", step: "σ′", sigma: "σ", dsigma: "σ′", ddsigma: "σ″"}
        named = body.args == (t,)
        name = names.get(body.func, body.func.__name__) if named else f"(t ↦ {self._print(body)})"
        return f"{name}({self._print(expr.expr)})"

    def _print_sigma(self, expr: Any) -> str:
        return f"σ({self._print(expr.args[0])})"

    def _print_dsigma(self, expr: Any) -> str:
        return f"σ′({self._print(expr.args[0])})"

    def _print_ddsigma(self, expr: Any) -> str:
        return f"σ″({self._print(expr.args[0])})"

    def _print_relu(self, expr: Any) -> str:
        return f"σ({self._print(expr.args[0])})"

    def _print_step(self, expr: Any) -> str:
        return f"1{{{self._print(expr.args[0])} > 0}}"

    def _print_Inner(self, expr: Any) -> str:
        x, y = expr.args
        if x == y:
            return f"‖{self._print(x)}‖²"
        if isinstance(y, OneMatrix):
            x, y = y, x
        left, right = (f"({self._print(z)})" if needs_brackets(z) else self._print(z) for z in (x, y))
        return f"{left}ᵀ{right}"

    def parenthesize(self, item: Any, level: Any, strict: bool = False) -> str:
        if isinstance(item, Inner) and item.args[0] == item.args[1]:
            return str(self._print(item))
        shown: str = super().parenthesize(item, level, strict=strict)
        return shown

    def _print_Expectation(self, expr: Any) -> str:
        law = ""
        if expr.is_scalar and expr.covariance.free_symbols and not expr.covariance.has(cos):
            names = ", ".join(self._print(v) for v in expr.variables)
            rows = "; ".join(", ".join(map(self._print, row)) for row in expr.covariance.tolist())
            law = f"; ({names}) ~ N(0, [{rows}])" if len(expr.variables) > 1 else f"; {names} ~ N(0, {rows})"
        return f"E[{self._print(expr.integrand)}{law}]"

    def _print_MeasuredQuantity(self, expr: Any) -> str:
        return str(expr.args[0].name)

    def _print_HadamardProduct(self, expr: Any) -> str:
        return " ∘ ".join(f"({self._print(a)})" if a.is_Add else self._print(a) for a in expr.args)

    def _print_Trace(self, expr: Any) -> str:
        return f"tr({self._print(expr.arg)})"

    def _print_DiagMatrix(self, expr: Any) -> str:
        return f"diag({self._print(expr.args[0])})"

    def _print_Extremum(self, expr: Any) -> str:
        body, symbol, interval, kind = expr.args
        ends = ", ".join(self._print(end) for end in (interval.inf, interval.sup))
        return f"{kind.name} over {self._print(symbol)} in [{ends}] of {self._print(body)}"

    def _print_Derivative(self, expr: Any) -> str:
        by = "".join(
            f"d{self._print(s)}" + (str(n).translate(_RAISED) if n > 1 else "") for s, n in expr.variable_count
        )
        order = sum(n for _, n in expr.variable_count)
        return f"d{str(order).translate(_RAISED) if order > 1 else ''}/{by} [{self._print(expr.expr)}]"

    def _print_Integral(self, expr: Any) -> str:
        signs = "".join(f"∫[{self._print(low)}, {self._print(high)}] " for _, low, high in reversed(expr.limits))
        return signs + str(self._print(expr.function)) + "".join(f" d{self._print(s)}" for s, *_ in expr.limits)


def _name(name: str) -> str:
    stem, star = (name[:-1], "⋆") if name.endswith("*") else (name, "")
    return _GREEK.get(stem, stem) + star


def text(expr: Any) -> str:
    """One line of text; products are written with ·, starred names with ⋆."""
    printed: str = TextPrinter().doprint(abbreviate(expr))
    return printed.replace("**", "^").replace("*", "·")

"""SymPy expressions as Python that makes them again."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from derivations.vectors import Inner

_SYMPY = "exp log sin cos tan sinh cosh tanh asin acos atan erf erfc sign Abs sqrt factorial binomial gamma Max Min "
SYMPY = set(f"{_SYMPY}floor ceiling Heaviside".split())
OURS = {"relu", "step", "sigmoid", "softplus", "silu", "gelu"}
UNSPECIFIED = {"sigma", "dsigma", "ddsigma"}
"""Functions whose names are those by which they are imported, from SymPy and from derivations."""


SPECTRAL = {
    "LambdaMin": "lambda_min",
    "LambdaMax": "lambda_max",
    "OperatorNorm": "operator_norm",
    "FrobeniusNorm": "frobenius_norm",
    "NuclearNorm": "nuclear_norm",
    "SigmaMin": "sigma_min",
    "MaxNorm": "max_norm",
}
"""The functions that make eigenvalues and norms, by the classes of these."""
MADE_BY_OURS = {"Expectation", "inner", "norm", "norm_squared", "ones", "elementwise", *SPECTRAL.values()}


class NotWritten(ValueError):
    """An expression that cannot be written as Python of SymPy."""


class _Python(StrPrinter):  # type: ignore[misc]
    """Expressions as Python that makes them again; `used` are the names that it needs."""

    printmethod = "_lemmata_python"  # how classes print themselves as text is not Python

    def __init__(self) -> None:
        super().__init__({"sympy_integers": True, "order": "none"})
        self.used: set[str] = set()

    def _print_Symbol(self, expr: Any) -> str:
        return variable(expr)

    _print_MatrixSymbol = _print_Symbol
    _print_Dummy = _print_Symbol

    def _print_Rational(self, expr: Any) -> str:
        if expr.q == 1:
            return str(expr.p)
        self.used.add("Rational")
        return f"Rational({expr.p}, {expr.q})"

    def _print_Half(self, expr: Any) -> str:
        return self._print_Rational(expr)

    def _print_Integer(self, expr: Any) -> str:
        return str(expr.p)

    _print_One = _print_Zero = _print_NegativeOne = _print_Integer

    def _print_Pi(self, expr: Any) -> str:
        self.used.add("pi")
        return "pi"

    def _print_Exp1(self, expr: Any) -> str:
        self.used.add("E")
        return "E"

    def _print_Infinity(self, expr: Any) -> str:
        self.used.add("oo")
        return "oo"

    def _print_NegativeInfinity(self, expr: Any) -> str:
        self.used.add("oo")
        return "-oo"

    def parenthesize(self, item: Any, level: Any, strict: bool = False) -> str:
        if isinstance(item, sp.Rational) and item.q != 1:
            return str(self._print(item))  # Rational(1, 2) needs no brackets
        return str(super().parenthesize(item, level, strict))

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        if expr.exp == sp.S.Half and isinstance(expr.base, Inner) and expr.base.args[0] == expr.base.args[1]:
            return self._call("norm", expr.base.args[0])
        if expr.exp == sp.S.Half:
            self.used.add("sqrt")
            return f"sqrt({self._print(expr.base)})"
        if expr.exp == -1 and not rational:
            return f"1 / {self.parenthesize(expr.base, PRECEDENCE['Mul'], strict=True)}"
        base = self.parenthesize(expr.base, PRECEDENCE["Pow"], strict=False)
        return f"{base} ** {self.parenthesize(expr.exp, PRECEDENCE['Pow'], strict=False)}"

    def _print_Transpose(self, expr: Any) -> str:
        return f"{self.parenthesize(expr.arg, PRECEDENCE['Pow'])}.T"

    def _print_MatrixElement(self, expr: Any) -> str:
        row, column = (self._print(i) for i in (expr.i, expr.j))
        return f"{self.parenthesize(expr.parent, PRECEDENCE['Atom'], strict=True)}[{row}, {column}]"

    def _print_Function(self, expr: Any) -> str:
        name = type(expr).__name__
        if isinstance(expr, AppliedUndef):
            name = str(expr.func)
        elif name not in SYMPY | OURS | UNSPECIFIED:
            raise NotWritten(f"{name}(…) has no short form in Python")
        else:
            self.used.add(name)
        return f"{name}({', '.join(self._print(a) for a in expr.args)})"

    _print_Max = _print_Min = _print_Function

    def _print_Abs(self, expr: Any) -> str:
        self.used.add("Abs")
        return f"Abs({self._print(expr.args[0])})"

    def _print_exp(self, expr: Any) -> str:
        self.used.add("exp")
        return f"exp({self._print(expr.args[0])})"

    def _bound(self, expr: Any) -> str:
        name = type(expr).__name__
        self.used.add(name)
        limits = ", ".join("(" + ", ".join(self._print(p) for p in limit) + ")" for limit in expr.limits)
        return f"{name}({self._print(expr.function)}, {limits})"

    _print_Sum = _print_Product = _print_Integral = _bound

    def _print_Derivative(self, expr: Any) -> str:
        self.used.add("Derivative")
        by = ", ".join(f"({self._print(x)}, {count})" for x, count in expr.variable_count)
        return f"Derivative({self._print(expr.expr)}, {by})"

    def _print_Limit(self, expr: Any) -> str:
        self.used.add("Limit")
        body, x, at, direction = expr.args
        return f'Limit({self._print(body)}, {self._print(x)}, {self._print(at)}, "{direction}")'

    def _print_Piecewise(self, expr: Any) -> str:
        self.used.add("Piecewise")
        return f"Piecewise({', '.join(f'({self._print(v)}, {self._print(c)})' for v, c in expr.args)})"

    def _print_And(self, expr: Any) -> str:
        self.used.add("And")
        return f"And({', '.join(self._print(a) for a in expr.args)})"

    def _print_BooleanTrue(self, expr: Any) -> str:
        return "True"

    def _print_Trace(self, expr: Any) -> str:
        self.used.add("Trace")
        return f"Trace({self._print(expr.arg)})"

    def _print_Expectation(self, expr: Any) -> str:
        self.used.add("Expectation")
        names = ", ".join(self._print(v) for v in expr.variables)
        body = self._print(expr.integrand)
        if not expr.is_scalar or expr.covariance == sp.eye(len(expr.variables)):
            return f"Expectation({body}, ({names},))"
        self.used.add("ImmutableMatrix")
        rows = ", ".join(f"[{', '.join(self._print(e) for e in row)}]" for row in expr.covariance.tolist())
        return f"Expectation({body}, ({names},), ImmutableMatrix([{rows}]))"

    def _print_Relational(self, expr: Any) -> str:
        left, right = (self._print(side) for side in (expr.lhs, expr.rhs))
        if isinstance(expr, sp.Eq | sp.Ne):
            self.used.add(type(expr).__name__.replace("Equality", "Eq").replace("Unequality", "Ne"))
            return f"{'Eq' if isinstance(expr, sp.Eq) else 'Ne'}({left}, {right})"
        return f"{left} {expr.rel_op} {right}"

    def _print_Inner(self, expr: Any) -> str:
        one, other = expr.args
        return self._call("norm_squared", one) if one == other else self._call("inner", one, other)

    def _print_OneMatrix(self, expr: Any) -> str:
        if expr.shape[1] != 1:
            raise NotWritten("a matrix of ones has no short form in Python")
        return self._call("ones", expr.shape[0])

    def _print_ElementwiseApplyFunction(self, expr: Any) -> str:
        name = type(expr.function.expr).__name__
        if name not in SYMPY | OURS or expr.function.expr.args != tuple(expr.function.variables):
            raise NotWritten("a function of the entries has no short form in Python")
        self.used |= {name, "elementwise"}
        return f"elementwise({name}, {self._print(expr.expr)})"

    def _call(self, name: str, *arguments: Any) -> str:
        self.used.add(name)
        return f"{name}({', '.join(self._print(a) for a in arguments)})"

    def _print_Basic(self, expr: Any) -> str:
        name = SPECTRAL.get(type(expr).__name__)
        if name is None:
            return self.emptyPrinter(expr)
        return self._call(name, *expr.args)

    _print_Expr = _print_Basic

    def emptyPrinter(self, expr: Any) -> str:
        raise NotWritten(f"{type(expr).__name__} has no short form in Python")


def variable(symbol: Any) -> str:
    """The Python variable of a symbol."""
    return "lamda" if symbol.name == "lambda" else str(symbol.name)


def as_python(expr: Any) -> tuple[str, set[str]]:
    """Write an expression as Python.

    Args:
        expr: The expression.

    Returns:
        The text and the names that it needs to be imported.

    Raises:
        NotWritten: A part of it has no short form.

    Example:
        >>> from sympy import Symbol, sqrt
        >>> from checks.new.manuscript.python import as_python
        >>> as_python(sqrt(Symbol("x")) / 2)[0]
        'Rational(1, 2) * sqrt(x)'
    """
    printer = _Python()
    return printer.doprint(expr), printer.used

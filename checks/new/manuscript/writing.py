"""A file of statements from the proposals of a manuscript: Python that its author goes on with."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from checks.new.manuscript.letters import identifier
from checks.new.manuscript.proposals import Findings, Proposal
from derivations.domains import NonnegativeVectors, PositiveSemidefinite, SymmetricMatrices, UnitVectors
from derivations.vectors import Inner, is_matrix

_SYMPY = "exp log sin cos tan sinh cosh tanh asin acos atan erf erfc sign Abs sqrt factorial binomial gamma Max Min "
SYMPY = set(f"{_SYMPY}floor ceiling Heaviside".split())
OURS = {"relu", "step", "sigmoid", "softplus", "silu", "gelu"}
"""Functions whose names are those by which they are imported, from SymPy and from derivations."""
_RANGES = (UnitVectors, PositiveSemidefinite, SymmetricMatrices, NonnegativeVectors)


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
        elif name not in SYMPY | OURS:
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
        >>> from checks.new.manuscript.writing import as_python
        >>> as_python(sqrt(Symbol("x")) / 2)[0]
        'Rational(1, 2) * sqrt(x)'
    """
    printer = _Python()
    return printer.doprint(expr), printer.used


def file_of(found: Findings, key: str, title: str, name: str) -> str:
    """Write the statements that were proposed as a file for `lemmata check`.

    Args:
        found: What was found of the manuscript.
        key: The key of the paper.
        title: Its title.
        name: The name of the manuscript's file.

    Returns:
        The text of a Python file. What was not read, and what was taken for granted, stands in comments.
    """
    written: list[str] = []
    left_out: list[str] = []
    used: set[str] = set()
    symbols: dict[str, Any] = {}
    functions: set[str] = set()
    renamed: dict[Any, Any] = {}
    for proposal in found.proposals:
        try:
            text, names, own = _statement(proposal)
        except NotWritten as error:
            left_out.append(f"{proposal.place}: {proposal.title}: {error}")
            continue
        clash = {k: s for k, s in own.items() if symbols.get(k, s) != s}
        for k, s in clash.items():  # one letter, two meanings: the later one has a name of its own
            if s not in renamed:
                renamed[s] = _renamed(s, f"{k}_{2 + sum(r.name.startswith(f'{k}_') for r in renamed.values())}")
            proposal = _with(proposal, s, renamed[s])
        if clash:
            text, names, own = _statement(proposal)
        symbols |= own
        used |= names
        functions |= {str(f.func) for side in (proposal.lhs, proposal.rhs) for f in side.atoms(AppliedUndef)}
        written.append(text)
    unread = [f"{u.place}: {u.title}: {u.reason}" for u in found.unread]
    return _file(key, title, name, written, symbols, used, sorted(functions), [*unread, *left_out])


def _statement(proposal: Proposal) -> tuple[str, set[str], dict[str, Any]]:
    content = [proposal.lhs, proposal.rhs, *([proposal.of] if proposal.of is not None else [])]
    sides = [as_python(side) for side in content]
    used = {f"derivations.{proposal.kind}"}.union(*(names for _, names in sides))
    lines = [f'"{proposal.id}",', *(f"{text}," for text, _ in sides[:2]), *(f"of={text}," for text, _ in sides[2:])]
    symbols = {s for side in content for s in side.atoms(sp.Symbol, sp.MatrixSymbol)}
    ranges = []
    for symbol, values in proposal.letters.ranges.items():
        text, names = _range(values)
        used |= names
        ranges.append(f"{variable(symbol)}: {text}")
        symbols.add(symbol)
    if ranges:
        lines.append(f"on={{{', '.join(ranges)}}},")
    distinct = {c.canonical: c for c in reversed(proposal.letters.where)}
    conditions = [as_python(c) for c in reversed(distinct.values())] if proposal.kind != "Gradient" else []
    if conditions:
        used = used.union(*(names for _, names in conditions))
        symbols |= {s for c in proposal.letters.where for s in c.atoms(sp.Symbol, sp.MatrixSymbol)}
        joined = ", ".join(text for text, _ in conditions)
        lines.append(f"where={joined}," if len(conditions) == 1 else f"where=({joined}),")
    lines += [f"title={_quoted(proposal.title)},", f"source={_quoted(proposal.place)},"]
    notes = [f"# {line}" for line in textwrap.wrap(" ".join(proposal.tex.split()), 100)]
    if proposal.taken:
        notes.append(f"# nothing is said of {', '.join(proposal.taken)}: taken as real; add a range where one is meant")
    sizes = {n for s in symbols if is_matrix(s) for d in s.shape for n in d.free_symbols}
    letters = (s for s in symbols | sizes if isinstance(s, sp.Symbol | sp.MatrixSymbol))
    own = {variable(s): s for s in letters if s.name.isidentifier()}  # the direction of a limit is a symbol, too
    body = "\n".join(f"    {line}" for line in lines)
    return "\n".join([*notes, f"{proposal.kind}(\n{body}\n),"]), used, own


def _range(values: Any) -> tuple[str, set[str]]:
    if isinstance(values, _RANGES):
        name = type(values).__name__
        return f"{name}()", {name}
    for known in ("Naturals", "Naturals0", "Integers", "Reals"):
        if values == getattr(sp.S, known):
            return f"S.{known}", {"S"}
    if isinstance(values, sp.Interval):
        (low, first), (high, second) = as_python(values.start), as_python(values.end)
        left, right = (values.left_open and values.start != -sp.oo, values.right_open and values.end != sp.oo)
        if not left and not right:
            return f"({low}, {high})", first | second
        kind = ".open" if left and right else ".Lopen" if left else ".Ropen"
        return f"Interval{kind}({low}, {high})", first | second | {"Interval"}
    if isinstance(values, sp.Range) and values.step == 1:
        (low, first), (high, second) = as_python(values.start), as_python(values.stop)
        return f"Range({low}, {high})", first | second | {"Range"}
    raise NotWritten(f"the range {values} has no short form in Python")


def _renamed(symbol: Any, name: str) -> Any:
    if isinstance(symbol, sp.MatrixSymbol):
        return sp.MatrixSymbol(name, *symbol.shape)
    return sp.Symbol(name, **symbol.assumptions0)


def _with(proposal: Proposal, old: Any, new: Any) -> Proposal:
    from dataclasses import replace

    letters = proposal.letters.copy()
    letters.ranges = {new if s == old else s: r for s, r in letters.ranges.items()}
    letters.where = [w.xreplace({old: new}) for w in letters.where]

    def put(e: Any) -> Any:
        return None if e is None else e.xreplace({old: new})

    return replace(proposal, letters=letters, lhs=put(proposal.lhs), rhs=put(proposal.rhs), of=put(proposal.of))


def _file(
    key: str,
    title: str,
    name: str,
    written: Sequence[str],
    symbols: dict[str, Any],
    used: set[str],
    functions: Sequence[str],
    unread: Sequence[str],
) -> str:
    vectors = {k: s for k, s in symbols.items() if is_matrix(s) and s.shape[1] == 1}
    matrices = {k: s for k, s in symbols.items() if is_matrix(s) and s.shape[1] != 1}
    scalars = {k: s for k, s in symbols.items() if not is_matrix(s)}
    ours = {"Paper", *(used & OURS), *(n.rpartition(".")[2] for n in used if "." in n)}
    ours |= {n for n in used if n in {*MADE_BY_OURS, *(r.__name__ for r in _RANGES)}}
    ours |= {"vector"} if vectors else set()
    theirs = {n for n in used if "." not in n} - ours
    theirs |= ({"Symbol"} if scalars else set()) | ({"MatrixSymbol"} if matrices else set())
    theirs |= {"Function"} if functions else set()
    lines = [f'"""{_plain(title)}: statements proposed from {name} by `lemmata read`. Look at each of them.', ""]
    lines += [f"Check them with: lemmata check {key}.py", '"""', ""]
    lines.append(f"from derivations import {', '.join(sorted(ours, key=str.lower))}")
    if theirs:
        lines.append(f"from sympy import {', '.join(sorted(theirs, key=str.lower))}")
    lines.append("")
    for k, s in sorted(scalars.items()):
        lines.append(f'{k} = Symbol("{s.name}"{_assumed(s)})')
    for k, s in sorted(vectors.items()):
        lines.append(f'{k} = vector("{s.name}", {as_python(s.shape[0])[0]})')
    for k, s in sorted(matrices.items()):
        lines.append(f'{k} = MatrixSymbol("{s.name}", {", ".join(as_python(n)[0] for n in s.shape)})')
    lines += [f'{f} = Function("{f}", real=True)' for f in functions]
    body = textwrap.indent("\n".join(written), "        ")
    lines += ["", "paper = Paper(", f'    "{key}",', f"    title={_quoted(title)},", "    statements=("]
    lines += [body] if written else []
    lines += ["    ),", ")"]
    if unread:
        lines += ["", "# What was not read, and why:"]
        lines += [f"# {_plain(text)}" for text in unread]
    return "\n".join(lines) + "\n"


def _assumed(symbol: Any) -> str:
    if symbol.is_integer:
        sign = ", positive=True" if symbol.is_positive else ", nonnegative=True" if symbol.is_nonnegative else ""
        return f", integer=True{sign}"
    return ", real=True"


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", " ").replace('"', "'").split())


def _quoted(text: str) -> str:
    return '"' + _plain(text) + '"'


__all__ = ["NotWritten", "as_python", "file_of", "identifier", "variable"]

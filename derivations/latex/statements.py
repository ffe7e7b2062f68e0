"""Statements and their derivations as LaTeX: an environment with a label, the formula, the steps with their reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sympy import FiniteSet, Interval, S
from sympy.core.relational import Relational

from derivations.domains import (
    Angle,
    Dependent,
    Gaussian,
    Independent,
    NonnegativeVectors,
    PositiveSemidefinite,
    RealMatrices,
    Signs,
    SymmetricMatrices,
    UnitVectors,
)
from derivations.latex.brackets import sized
from derivations.latex.printer import PaperPrinter, latex
from derivations.latex.reasons import reason_of
from derivations.latex.rows import line, rows_of
from derivations.latex.widths import width_of
from derivations.latex.words import escape
from derivations.letters.abbreviations import abbreviating
from derivations.paper import Paper
from derivations.quantities.schemas import ForAll, ended
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

_ENVIRONMENT = {
    "Identity": "proposition",
    "Gradient": "proposition",
    "Existence": "proposition",
    "Bound": "bound",
    "Constant": "constant",
    "Rate": "observation",
    "Probability": "observation",
}
_CALLED = re.compile(r"(Theorem|Lemma|Proposition|Corollary|Definition|Claim|Remark) [A-Z0-9]")
"""How a source begins where the paper has a name for the statement."""
_RELATION = {"=": "=", "<=": r"\le", ">=": r"\ge", "have": r"\vdash"}
_KEEP = "%"
"""At the end of a row: no page ends here."""
_GAP = 2.0
"""What is free between a formula and its reason, in em."""


def environment(statement: Statement) -> str:
    """The environment of a statement: what its paper calls it, else what kind of claim it is."""
    called = _CALLED.match(statement.source)
    if called is not None and "derived here" not in statement.source:
        return called[1].lower()
    return _ENVIRONMENT[statement.kind]


def label(statement: Statement) -> str:
    r"""Give the label of a statement, for \ref.

    Args:
        statement: The statement.

    Returns:
        "lemmata:" and the statement's id.

    Example:
        >>> from derivations.latex import label
        >>> from derivations.papers import paper
        >>> label(paper("liu2019")["kernel"])
        'lemmata:liu2019.kernel'
    """
    return f"lemmata:{statement.id}"


def _fit(*pieces: str) -> bool:
    return sum(map(width_of, pieces)) + 1.0 <= line()


def _displayed(formula: str) -> str:
    return f"\\[\n  {formula}\n\\]"


def _aligned(rows: Sequence[str]) -> str:
    body = " \\\\\n".join(f"  {row}" for row in rows).replace(f"{_KEEP} \\\\\n", " \\\\*\n")
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _related(lhs: Any, relation: str, rhs: Any, end: str) -> str:
    """Two sides on one line if they fit; else the relation begins a row."""
    whole = f"{latex(lhs)} {relation} {latex(rhs)}{end}"
    if _fit(whole):
        return _displayed(whole)
    left, right = rows_of(lhs), rows_of(rhs, 4.0)
    rows = [f"& {left[0]}", *(rf"& \quad {x}" for x in left[1:])]
    rows += [rf"& \quad {relation} {right[0]}", *(rf"& \qquad {x}" for x in right[1:])]
    rows[-1] += end
    return _aligned(rows)


def statement_formula(statement: Statement) -> str:
    r"""Write the displayed formula of a statement.

    Args:
        statement: The statement.

    Returns:
        A displayed formula, as LaTeX.

    Raises:
        TypeError: The argument is not one of the seven kinds of statement.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from derivations import Identity
        >>> from derivations.latex import statement_formula
        >>> x = Symbol("x", real=True)
        >>> statement_formula(Identity("double", sin(2 * x), 2 * sin(x) * cos(x))).splitlines()[1].strip()
        '\\sin(2 x) = 2 \\sin(x) \\cos(x).'
    """
    match statement:
        case Identity():
            return _related(statement.lhs, "=", statement.rhs, ".")
        case Bound():
            return _related(statement.lhs, r"\le", statement.rhs, ".")
        case Constant() if statement.value is not None:
            return _related(statement.definition, "=", statement.value, ".")
        case Constant():
            return _enclosed(statement)
        case Gradient():
            return _gradient(statement)
        case Rate():
            exponent = sized(PaperPrinter().raised(statement.exponent))
            law = f"{latex(statement.variable)}^{{{exponent}}}"
            if statement.law == "exponential":
                law = f"e^{{{exponent} {latex(statement.variable)}}}"
            return _displayed(rf"{latex(statement.quantity)} \propto {law}.")
        case Probability():
            words = "at most" if statement.at_most is not None else "at least"
            return f"The probability that {escape(statement.event)} is {words} ${latex(statement.limit)}$."
        case Existence():
            return _existence(statement)
    raise TypeError(f"no LaTeX for {statement.kind}")


def _enclosed(statement: Constant) -> str:
    """A constant without an exact form: its digits, or the interval that it is in."""
    low, high = statement.enclosure or (S.Zero, S.Zero)
    name = latex(statement.definition)
    places = _places(low)
    if places is not None and high - low == S(10) ** -places:
        number = rf"= {_decimal(low)}\ldots"
    else:
        number = rf"\in [{_decimal(low)}, {_decimal(high)}]."
    if _fit(name, number):
        return _displayed(f"{name} {number}")
    return _aligned([*_indented(rows_of(statement.definition)), rf"& \quad {number}"])


def _indented(rows: Sequence[str], lead: str = "") -> list[str]:
    return [f"& {lead}{rows[0]}", *(rf"& \quad {x}" for x in rows[1:])]


def _gradient(statement: Gradient) -> str:
    wrt, equals = latex(statement.wrt), latex(statement.equals)
    name = rf"\nabla_{{{wrt}}}" if is_matrix(statement.wrt) else rf"\frac{{\partial}}{{\partial {wrt}}}"
    function = "f" if statement.of is None else rf"\left[{latex(statement.of)}\right]"
    whole = f"{name} {sized(function)} = {equals}."
    if _fit(whole):
        return _displayed(whole)
    rows = []
    if statement.of is not None:
        first, *rest = rows_of(statement.of, 3.0)
        rows = [f"f & = {first}", *(rf"& \quad {x}" for x in rest)]
        rows[-1] += ","
    first, *rest = rows_of(statement.equals, 4.0)
    rows += [f"{name} f & = {first}", *(rf"& \quad {x}" for x in rest)]
    rows[-1] += "."
    return _aligned(rows)


def _existence(statement: Existence) -> str:
    point = ", ".join(f"{latex(s)} = {latex(S(v))}" for s, v in statement.point.items())
    rows = []
    for claim in statement.properties:
        if isinstance(claim, Relational):
            written = latex(claim).replace(r" \leq ", r" & \le ").replace(r" \geq ", r" & \ge ")
            written = re.sub(r" ([<>]|=|\\ne) ", r" & \1 ", written, count=1) if "&" not in written else written
            rows.append([written])
        else:
            first, *rest = rows_of(claim, 4.0)
            rows.append([*([f"& {first}", *(rf"& \quad {x}" for x in rest)] if rest else [f"{first} &"])])
            rows[-1][-1] += " = 0"
    done = [*(f"{x}{',' if i < len(rows) - 1 and x is r[-1] else ''}" for i, r in enumerate(rows) for x in r)]
    done[-1] += "."
    return f"At ${point}$:\n{_aligned(done)}"


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


def _power_of(symbol: Any) -> str:
    """The exponent of a set of entries, for a vector or matrix of such."""
    if not hasattr(symbol, "shape"):
        return ""
    rows, columns = (latex(n) for n in symbol.shape)
    return f"^{{{rows}}}" if columns == "1" else rf"^{{{rows} \times {columns}}}"


def domain_latex(statement: Statement) -> str:
    r"""Write where a statement holds, as a sentence.

    Args:
        statement: The statement.

    Returns:
        The sentence, as LaTeX; empty if the statement holds everywhere.

    Example:
        >>> from derivations.latex import domain_latex
        >>> from derivations.papers import paper
        >>> domain_latex(paper("liu2019")["kernel"])
        'For $\\varphi \\in [0, \\pi]$:'
    """
    parts: list[str] = []
    for symbol, values in sorted(statement.domain.ranges.items(), key=lambda kv: str(kv[0])):
        name = latex(symbol)
        match values:
            case UnitVectors():
                parts.append(rf"\|{name}\| = 1")
            case NonnegativeVectors():
                parts.append(rf"{name} \in [0, \infty)^{{{latex(symbol.shape[0])}}}")
            case SymmetricMatrices():
                parts.append(rf"{name} = {name}^{{\top}}")
            case PositiveSemidefinite():
                parts.append(rf"{name} = {name}^{{\top}} \succeq 0")
            case Gaussian():
                parts.append(rf"{name} \sim \mathcal{{N}}(0, {'I' if hasattr(symbol, 'shape') else '1'})")
            case Signs():
                parts.append(rf"{name} \sim \operatorname{{Unif}}(\{{-1, 1\}}{_power_of(symbol)})")
            case Dependent(kind):
                order = r" \succeq 0" if isinstance(kind, PositiveSemidefinite) else ""
                parts.append(rf"{name}{order} \text{{ random}}")
            case Independent(low, high):
                parts.append(
                    rf"{name} \in [{latex(low)}, {latex(high)}]{_power_of(symbol)} \text{{ with independent entries}}"
                )
            case RealMatrices():
                continue
            case Angle(x, y):
                parts.append(rf"{name} = \angle({latex(x)}, {latex(y)})")
            case Interval() if values != S.Reals:
                parts.append(rf"{name} \in {latex(values)}")
            case FiniteSet():
                parts.append(rf"{name} \in {latex(values)}")
    parts += [latex(r) for r in statement.domain.where if isinstance(r, Relational | ForAll)]
    rows = [p for p in parts if p.endswith(r"\end{aligned}")]  # a condition of several rows is displayed
    line = "For $" + "$, $".join(p for p in parts if p not in rows) + "$"
    if rows:
        signs = (*[","] * (len(rows) - 1), ":")
        return "\n".join((f"{line}," if len(rows) < len(parts) else "For", *map(_displayed, map(ended, rows, signs))))
    return f"{line}:" if parts else ""


def derivation_latex(derivation: Derivation, names: Mapping[str, tuple[str, str]] | None = None) -> str:
    r"""Write the steps of a derivation, each with its reason at the right margin.

    Args:
        derivation: The derivation.
        names: For each slug or id in a step's `by`, the environment and the id of that statement.

    Returns:
        An align* environment, as LaTeX.

    Example:
        >>> from sympy import Symbol, cos, sin
        >>> from derivations import chain
        >>> from derivations.latex import derivation_latex
        >>> x = Symbol("x", real=True)
        >>> derivation_latex(chain(sin(x) ** 2 + cos(x) ** 2).then(1, "Pythagoras")).splitlines()[0]
        '\\begin{align*}'
    """
    rows = _indented(rows_of(derivation.start))
    for step in derivation.steps:
        first, *rest = rows_of(step.expr, 4.0)
        rows.append(rf"& \quad {_RELATION[step.relation]} {first}")
        rows += [rf"& \qquad {x}" for x in rest]
        reason, width = reason_of(step, names or {})
        if not reason:
            continue
        fits = width_of(rows[-1].removeprefix("& ")) + _GAP + width <= line()
        if fits:
            rows[-1] += f" {reason}"
        else:
            rows[-1] += _KEEP
            rows.append(f"& {reason}")
    return _aligned(rows)


def statement_latex(statement: Statement, paper: Paper | None = None, mark: str = "") -> str:
    r"""Write a statement as a theorem-like environment, with label, hypotheses, domain, formula, source and derivation.

    Args:
        statement: The statement.
        paper: Its paper, for short names, the wording of hypotheses and references to other statements.
        mark: How strongly the statement is known, a key of `derivations.latex.documents.MARKS`.

    Returns:
        The environment and the derivation, as LaTeX.

    Example:
        >>> from derivations.latex import statement_latex
        >>> from derivations.papers import paper
        >>> statement_latex(paper("liu2019")["kernel"]).splitlines()[0]
        '\\begin{proposition}[{The ReLU kernel}]\\label{lemmata:liu2019.kernel}'
    """
    plain = paper is None or statement.slug in paper.spelled_out
    with abbreviating(() if plain or paper is None else paper.abbreviations):
        return _statement(statement, paper, mark)


def _statement(statement: Statement, paper: Paper | None, mark: str) -> str:
    name = environment(statement)
    said = [*filter(None, [_breakable(escape(statement.title))]), *filter(None, [statement.mark])]
    title = f"[{{{'; '.join(said)}}}]" if said else ""
    parts = [f"\\begin{{{name}}}{title}\\label{{{label(statement)}}}"]
    given = [paper.hypotheses[h] for h in statement.assumes if h in paper.hypotheses] if paper is not None else []
    if given:
        parts.append(f"Assume that {'; '.join(map(escape, given))}.")
    if where := domain_latex(statement):
        parts.append(where)
    parts.append(statement_formula(statement))
    if statement.source:
        parts.append(f"\\LemmataSource{{{escape(statement.source)}}}")
    if mark:
        parts.append(f"\\LemmataMark{{{mark}}}")
    parts.append(f"\\end{{{name}}}")
    if statement.derivation is not None and statement.derivation.steps:
        shown = derivation_latex(statement.derivation, _names(statement, paper))
        parts += ["\\begin{derivation}", shown, "\\end{derivation}"]
    return "\n".join(parts) + "\n"


def _breakable(words: str) -> str:
    """Formulas among words that may be broken at a stroke, and before a large bracket."""
    return re.sub(r"\$[^$]*\$", lambda found: re.sub(r"(?<=[/)])(?=\()", r"\\allowbreak ", found[0]), words)


def _names(statement: Statement, paper: Paper | None) -> dict[str, tuple[str, str]]:
    """The environments and ids of the paper's statements, by slug and by id."""
    if paper is None:
        return {}
    wanted = {n.partition(".")[2] if n.startswith(f"{paper.key}.") else n for n in statement.rests_on}
    return {n: (environment(s), s.id) for s in paper.statements if s.slug in wanted for n in (s.slug, s.id)}

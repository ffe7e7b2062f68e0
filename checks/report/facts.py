"""All that a page says of one statement, gathered: what it claims, how it is derived, what is known of it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup
from sympy import Rational

from checks.collect import Item, paper_of, resolve
from checks.report.formulas import flowing, fragment, inline
from checks.report.plots import Plot, plots_of
from checks.verdicts import Result, Verdict
from derivations.abbreviations import abbreviating
from derivations.latex import domain_latex, latex, statement_formula, statement_latex
from derivations.paper import Paper
from derivations.statements import Bound, Statement

if TYPE_CHECKING:
    from checks.constants import Sharpest
    from checks.hypotheses import Assumptions
    from checks.lock import Change
    from checks.mutation import Fates
    from checks.rocq.records import Record

_RELATION = {"=": "=", "<=": r"\le", ">=": r"\ge"}
_APPROXIMATELY = r"\approx"
UNSUCCESSFUL = (Verdict.UNDECIDED, Verdict.REFUTED, Verdict.ERROR)


@dataclass(frozen=True)
class Known:
    """What is known beside the statements themselves, by id: results, sharpest constants, mutants, changes."""

    results: Mapping[str, Result] = field(default_factory=dict)
    constants: Mapping[str, Sharpest] = field(default_factory=dict)
    mutants: Mapping[str, Fates] = field(default_factory=dict)
    changes: Sequence[Change] = ()

    def of(self, statement: Statement) -> Result | None:
        """The result of this very statement, None where it was not checked or has changed since."""
        found = self.results.get(statement.id)
        return found if found is not None and found.fingerprint == statement.fingerprint else None

    def standing(self, statement: Statement) -> str:
        """Its own assurance, "unchecked", or "none" for what was checked without success."""
        found = self.of(statement)
        if found is None:
            return "unchecked"
        return "none" if found.verdict in UNSUCCESSFUL else found.assurance.value


@dataclass(frozen=True)
class Row:
    """One line of a derivation: the formula, why it follows, and the ids of the statements it rests on."""

    formula: Markup
    reason: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """A statement as its page shows it; `changed` says that it was checked before it was changed."""

    statement: Statement
    paper: Paper
    name: str
    file: str
    result: Result | None
    changed: bool
    domain: Markup
    formula: Markup
    value: Markup
    rows: tuple[Row, ...]
    latex: str
    plots: tuple[Plot, ...]
    constants: Mapping[str, str]
    sharpest: Sharpest | None
    assumptions: Assumptions | None
    fates: Fates | None
    record: Record | None
    changes: tuple[Change, ...]

    @property
    def id(self) -> str:
        return self.statement.id

    @property
    def title(self) -> str:
        return self.statement.title or self.statement.slug

    @property
    def assumes(self) -> dict[str, str]:
        """The paper's hypotheses that it names, in words."""
        return {name: self.paper.hypotheses[name] for name in self.statement.assumes}

    @property
    def commands(self) -> dict[str, str]:
        """What to type to see or do it again."""
        if self.file:
            # a file is checked as a whole, one statement of it is shown
            whole = self.name.rpartition(":")[0]
            return {"show it": f"lemmata show {self.name}", "check its file": f"lemmata check {whole}"}
        verbs = {
            "show it": "show",
            "check it": "check",
            "deny its hypotheses": "hypotheses",
            "have Rocq prove it": "prove",
            "look for its sharpest constant": "constants",
            "change it, and see who notices": "mutate",
        }
        if self.statement.kind not in ("Bound", "Constant"):
            del verbs["look for its sharpest constant"]
        return {words: f"lemmata {verb} {self.name}" for words, verb in verbs.items()}


def facts_of(item: Item, known: Known) -> Facts:
    """Gather what is known of one statement; its derivation is made, its formulas are set, its plots drawn."""
    from checks.hypotheses import known_of
    from checks.methods.rocq import recorded

    statement, paper = resolve(item), paper_of(item)
    result = known.of(statement)
    plain = statement.slug in paper.spelled_out
    with abbreviating(() if plain else paper.abbreviations):
        formula = fragment(statement_formula(statement))
        domain = fragment(domain_latex(statement))
        rows = _derivation(statement)
    return Facts(
        statement=statement,
        paper=paper,
        name=item.name,
        file=item.file or "",
        result=result,
        changed=result is None and statement.id in known.results,
        domain=domain,
        formula=formula,
        value=_value(statement),
        rows=rows,
        latex=statement_latex(statement, paper),
        plots=tuple(plots_of(statement, (e.data for e in result.evidence) if result else ())),
        constants=_constants(result) if result else {},
        sharpest=known.constants.get(statement.id),
        assumptions=known_of(statement),
        fates=known.mutants.get(statement.id),
        record=recorded(statement),
        changes=tuple(c for c in known.changes if c.id == statement.id),
    )


def _constants(result: Result) -> dict[str, str]:
    """Printed, stated and sharpest constant as the evidence has them."""
    from checks.terminal import constants_row

    try:
        return constants_row(result) or {}
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return {}  # evidence from a file that somebody else wrote


def _value(statement: Statement) -> Markup:
    """What a bound's named constant is."""
    if not isinstance(statement, Bound) or statement.constant is None:
        return Markup()
    exact = f"{latex(statement.constant)} = {latex(statement.value)}"
    number = statement.value
    if not number.is_number or number.is_Integer:
        return inline(exact)
    decimals = f"{float(number):.8g}"
    return inline(f"{exact} {'=' if Rational(decimals) == number else _APPROXIMATELY} {decimals}")


def _derivation(statement: Statement) -> tuple[Row, ...]:
    derivation = statement.derivation
    if derivation is None or not derivation.steps:
        return ()
    rows = [Row(flowing(latex(derivation.start)))]
    for step in derivation.steps:
        by = tuple(name if "." in name else f"{statement.paper}.{name}" for name in step.by)
        rows.append(Row(flowing(f"{_RELATION[step.relation]} {latex(step.expr)}"), step.reason, by))
    return tuple(rows)

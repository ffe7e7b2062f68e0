"""The content of a statement's page: its claim, its derivation, and the results in this folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from checks.report.formulas import flowing, fragment, inline
from checks.report.parts import Proved, constant_of, proofs_of, proved_by_rocq, value_of
from checks.report.plots import Drawn, drawn
from checks.studies.at import command_for
from checks.studies.curves import plots_of
from checks.verdicts import Evidence, Result, Verdict
from derivations.instances import cited_by
from derivations.latex import domain_latex, latex, named, statement_formula, statement_latex
from derivations.letters.abbreviations import abbreviating
from derivations.paper import Paper
from derivations.statements import Statement

if TYPE_CHECKING:
    from checks.library.collect import Item
    from checks.lock.lock import Change
    from checks.report.theorems import Asked
    from checks.studies.constants import Sharpest
    from checks.studies.hypotheses import Assumptions
    from checks.studies.mutation import Fates

_RELATION = {"=": "=", "<=": r"\le", ">=": r"\ge", "have": r"\vdash"}
LONGEST_WITNESS = 1000
UNSUCCESSFUL = (Verdict.UNDECIDED, Verdict.REFUTED, Verdict.ERROR)


@dataclass(frozen=True)
class Known:
    """What is known beside the statements themselves, by id: results, sharpest constants, mutants,
    what theorems ask for, changes.

    `lock` is the name of the lock that `changes` are all changes against; empty where none was looked at.
    """

    results: Mapping[str, Result] = field(default_factory=dict)
    constants: Mapping[str, Sharpest] = field(default_factory=dict)
    mutants: Mapping[str, Fates] = field(default_factory=dict)
    theorems: Mapping[str, Asked] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    lock: str = ""

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
class DerivationLine:
    """One line of a derivation: the formula, why it follows, and the ids of the statements it rests on."""

    formula: Markup
    reason: str = ""
    by: tuple[str, ...] = ()
    put: tuple[Markup, ...] = ()
    """For each fact that is used by instance, what stands for its symbols."""


@dataclass(frozen=True)
class Facts:
    """A statement as its page shows it; `changed` says that it was checked before it was changed."""

    statement: Statement
    paper: Paper
    result: Result | None
    changed: bool
    domain: Markup
    formula: Markup
    value: Markup
    rows: tuple[DerivationLine, ...]
    latex: str
    plots: tuple[Drawn, ...]
    constant: Mapping[str, Markup | str]
    assumptions: Assumptions | None
    fates: Fates | None
    cited: tuple[str, ...]
    """The standard theorems that it rests on."""
    asked: Asked | None
    proofs: Mapping[str, tuple[str, ...]]
    rocq: Proved
    again: Mapping[str, str]
    commands: Mapping[str, str]

    @property
    def title(self) -> str:
        return self.statement.title or self.statement.slug

    @property
    def check(self) -> str:
        """The command that checks it."""
        return self.commands.get("check it") or self.commands["check its file"]

    @property
    def assumes(self) -> dict[str, str]:
        """The paper's hypotheses that it names, in words."""
        return {name: self.paper.hypotheses[name] for name in self.statement.assumes}

    def seen(self, evidence: Evidence) -> str:
        """What a method says, in few words where its proof is shown."""
        proof = self.proofs.get(evidence.method)
        return "the proof below" if proof and evidence.data.get("told") == len(proof) else evidence.detail


def facts_of(item: Item, statement: Statement, paper: Paper, known: Known) -> Facts:
    """Gather the results on one statement, make its derivation, set its formulas and draw its plots."""
    from checks.methods.rocq import recorded
    from checks.studies.hypotheses import known_of

    result = known.of(statement)
    with abbreviating(() if statement.slug in paper.spelled_out else paper.abbreviations):
        formula = fragment(statement_formula(statement))
        domain = fragment(domain_latex(statement))
        rows = _derivation(statement)
    evidence = result.evidence if result is not None else ()
    refuted = {e.method: e for e in evidence if e.verdict is Verdict.REFUTED and e.witness}
    again = {
        m: command_for(statement, e.at or e.witness or "", item.name)
        for m, e in refuted.items()
        if len(e.witness or "") <= LONGEST_WITNESS
    }
    return Facts(
        statement=statement,
        paper=paper,
        result=result,
        changed=result is None and statement.id in known.results,
        domain=domain,
        formula=formula,
        value=value_of(statement),
        rows=rows,
        latex=statement_latex(statement, paper),
        plots=tuple(map(drawn, plots_of(statement, (e.data for e in evidence)))),
        constant=constant_of(statement, result, known.constants.get(statement.id)),
        assumptions=known_of(statement),
        fates=known.mutants.get(statement.id),
        cited=cited_by(statement),
        asked=known.theorems.get(statement.id),
        proofs=proofs_of(result),
        rocq=proved_by_rocq(result, recorded(statement)),
        again=again,
        commands=_commands(item, statement),
    )


def _derivation(statement: Statement) -> tuple[DerivationLine, ...]:
    derivation = statement.derivation
    if derivation is None or not derivation.steps:
        return ()
    rows = [DerivationLine(flowing(latex(derivation.start)))]
    for step in derivation.steps:
        by = tuple(name if "." in name else f"{statement.paper}.{name}" for name in step.by)
        put = tuple(inline(", ".join(f"{named(n)} = {latex(v)}" for n, v in i.put)) for i in step.instances if i.put)
        rows.append(DerivationLine(flowing(f"{_RELATION[step.relation]} {latex(step.expr)}"), step.why, by, put))
    return tuple(rows)


def _commands(item: Item, statement: Statement) -> dict[str, str]:
    """What to type to see or do it again."""
    name = shlex.quote(item.name)
    if item.file:
        # a file is checked as a whole, one statement of it is shown
        whole = shlex.quote(item.name.rpartition(":")[0])
        return {"show it": f"lemmata show {name}", "check its file": f"lemmata check {whole}"}
    verbs = {
        "show it": "show",
        "check it": "check",
        "negate its hypotheses": "hypotheses",
        "have Rocq prove it": "prove",
        "look for its sharpest constant": "constants",
        "change it, and see which method notices": "mutate",
    }
    if statement.kind not in ("Bound", "Constant"):
        del verbs["look for its sharpest constant"]
    return {words: f"lemmata {verb} {name}" for words, verb in verbs.items()}

"""Results, constants and other findings as a notebook shows them; every text is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from checks.compare.comparison import Comparison
from checks.rocq.records import Record
from checks.studies.constants import Sharpest
from checks.studies.hypotheses import Assumptions
from checks.studies.mutation import Fate, Fates
from checks.studies.tables import Constants, Results
from checks.terminal.run import headline
from checks.terminal.statement import constants_row
from checks.verdicts import Evidence, Result, Verdict
from derivations.writing.mathml import inline
from derivations.writing.notebook import (
    between_dollars,
    claim_html,
    cut,
    html_of,
    latex_of,
    page,
    quiet,
    table,
    text_of,
    words_latex,
)

__all__ = ["html_of", "latex_of", "text_of"]

COLOURS = {
    "verified": "#2da160",
    "cited": "#6a78d1",
    "measured": "#1f8fb8",
    "bookkeeping": "#6b7684",
    "definition": "#6b7684",
    "undecided": "#c98a00",
    "refuted": "#d1383d",
    "error": "#a349c9",
}
"""Visible on white and on black; the word is printed next to it."""
UNKILLED = ("survived", "accepted", "undecided", "error")
_NEEDED = {True: "needed", False: "not found to be needed", None: "open"}


def _verdict(word: str) -> str:
    dot = f'<span style="color:{COLOURS.get(word, "gray")}">●</span>'
    return f'<span style="white-space:nowrap">{dot} {escape(word)}</span>'


def _details(summary: str, body: str, *, opened: bool = False) -> str:
    return f"<details{' open' if opened else ''}><summary>{summary}</summary>{body}</details>"


def _number(x: float | None) -> str:
    return "" if x is None else f"{x:.2e}"


def _array(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = " & ".join(rf"\textbf{{{name}}}" for name in names)
    body = [" & ".join(words_latex(cell) for cell in row) for row in rows]
    return between_dollars(rf"\begin{{array}}{{{'l' * len(names)}}}" + " \\\\\n".join((head, *body)) + r"\end{array}")


# evidence and results


@text_of.register
def _(evidence: Evidence) -> str:
    numbers = "" if evidence.residual is None else f", residual {_number(evidence.residual)}"
    numbers += "" if evidence.tolerance is None else f", tolerance {_number(evidence.tolerance)}"
    said = f": {cut(evidence.detail)}" if evidence.detail else ""
    at = f", at {evidence.witness}" if evidence.witness else ""
    return f"<Evidence by {evidence.method}: {evidence.verdict.value}{numbers}{said}{at}>"


@html_of.register
def _(evidence: Evidence) -> str:
    return page(_evidence([evidence]))


EVIDENCE = ("method", "verdict", "residual", "tolerance", "what was seen", "witness")


def _evidence(found: Iterable[Evidence]) -> str:
    rows = []
    for e in found:
        detail = escape(e.detail)
        further = [*map(str, e.data.get("proof", ())), str(e.data.get("theorem", "")), *_remarks(e)]
        if any(further):
            detail = _details(detail or "proof", f"<pre>{escape(chr(10).join(filter(None, further)))}</pre>")
        cells = (escape(e.method), _verdict(e.verdict.value), _number(e.residual), _number(e.tolerance))
        rows.append((*cells, detail, escape(e.witness or "")))
    empty = [not any(row[i] for row in rows) for i in range(len(EVIDENCE))]
    kept = [i for i in range(len(EVIDENCE)) if not empty[i]]
    return table([EVIDENCE[i] for i in kept], [[row[i] for i in kept] for row in rows])


def _remarks(evidence: Evidence) -> list[str]:
    return [f"here {remark}" for remark in evidence.data.get("remarks", ())]


@text_of.register
def _(result: Result) -> str:
    return f"<Result {result.id}: {_standing(result)}{_said(result)}>"


def _standing(result: Result) -> str:
    assured = f", {result.assurance.value}" if result.assurance.value != "none" else ""
    return result.verdict.value + assured


def _said(result: Result) -> str:
    said = headline(result) or result.reason
    return f": {said}" if said else ""


@html_of.register
def _(result: Result) -> str:
    claim = claim_html(result.statement) if result.statement is not None else ""
    title = result.statement.title if result.statement is not None else ""
    constant = constants_row(result) or {}
    return page(
        f'<p><b>{escape(result.id)}</b> <span class="quiet">{escape(result.kind)}</span>'
        f"{f' · {escape(title)}' if title else ''}</p>",
        claim,
        f"<p>{_verdict(result.verdict.value)}{escape(_standing(result).removeprefix(result.verdict.value))}: "
        f"{escape(result.reason)}</p>",
        _evidence(result.evidence) if result.evidence else "",
        quiet("; ".join(f"{escape(name)}: {escape(value)}" for name, value in constant.items())),
    )


@latex_of.register
def _(result: Result) -> str:
    rows = [
        (e.method, e.verdict.value, _number(e.residual), _number(e.tolerance), e.witness or "") for e in result.evidence
    ]
    return _array(("method", "verdict", "residual", "tolerance", "witness"), rows)


@text_of.register
def _(results: Results) -> str:
    bad = [r.id for r in results.having(Verdict.REFUTED, Verdict.ERROR, Verdict.UNDECIDED)]
    named = f" ({cut(', '.join(bad))})" if bad else ""
    return f"<Results of {len(results)}: {_counts(results)}{named}>"


def _counts(results: Results) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in results.summary.items() if n) or "nothing checked"


@html_of.register
def _(results: Results) -> str:
    rows = []
    for r in results:
        keys = " ".join(e.method for e in r.evidence if e.verdict is Verdict.VERIFIED)
        seen = escape(headline(r) or "evidence")
        shown = _details(seen, quiet(escape(r.reason)) + _evidence(r.evidence)) if r.evidence else escape(r.reason)
        rows.append(
            (escape(r.id), escape(r.kind), _verdict(r.verdict.value), r.assurance.value, escape(keys), shown),
        )
    left = f"{len(results.left_out)} left out by quick: only measurement reaches them" if results.left_out else ""
    names = ("statement", "kind", "verdict", "assurance", "keys", "what was seen")
    return page(table(names, rows), f"<p>{_counts(results)}</p>", quiet(left))


# constants


CONSTANTS = ("statement", "constant", "printed", "stated", "best possible", "slack", "known", "attained at")


def _cells(s: Sharpest) -> tuple[str, ...]:
    return (s.statement, s.what, s.printed or "-", s.stated, s.best, s.slack_text, s.known, s.at)


@text_of.register
def _(sharpest: Sharpest) -> str:
    at = f", at {sharpest.at}" if sharpest.at else ""
    return (
        f"<Sharpest {sharpest.statement}: {sharpest.what} = {sharpest.best} ({sharpest.known}{at}), "
        f"stated {sharpest.stated}, slack {sharpest.slack_text}>"
    )


@html_of.register
def _(sharpest: Sharpest) -> str:
    return page(_constants([sharpest]))


@text_of.register
def _(constants: Constants) -> str:
    return f"<Constants of {len(constants)} statement{'s' if len(constants) != 1 else ''}>"


@html_of.register
def _(constants: Constants) -> str:
    return page(_constants(constants))


def _constants(found: Iterable[Sharpest]) -> str:
    return table(CONSTANTS, [[escape(cell) for cell in _cells(s)] for s in found])


@latex_of.register
def _(sharpest: Sharpest) -> str:
    return _array(CONSTANTS, [_cells(sharpest)])


@latex_of.register
def _(constants: Constants) -> str:
    return _array(CONSTANTS, map(_cells, constants))


# hypotheses, mutants, proofs, comparisons


@text_of.register
def _(found: Assumptions) -> str:
    counts = Counter(_NEEDED[d.needed] for d in found.denials)
    words = ", ".join(f"{n} {word}" for word, n in counts.items()) or "nothing is assumed"
    return f"<Hypotheses of {found.statement}: {words}>"


@html_of.register
def _(found: Assumptions) -> str:
    rows = [(escape(d.hypothesis), _NEEDED[d.needed], escape(d.detail), escape(d.witness)) for d in found.denials]
    holds = f"all hold at {escape(found.satisfied)}" if found.satisfied else "nothing is assumed"
    denied = table(("hypothesis", "is it needed?", "what was seen", "without it, at"), rows) if rows else ""
    return page(f"<p><b>{escape(found.statement)}</b>: {holds}</p>", denied)


@text_of.register
def _(found: Fates) -> str:
    ends = ", ".join(f"{n} {end}" for end, n in found.count().items()) or "none"
    return f"<Mutants of {found.statement}: {ends}>"


@html_of.register
def _(found: Fates) -> str:
    left = [f for f in found.fates if f.end in UNKILLED]
    others = [f for f in found.fates if f.end not in UNKILLED]
    ends = ", ".join(f"{n} {escape(end)}" for end, n in found.count().items()) or "no mutants"
    return page(
        f"<p><b>{escape(found.statement)}</b> with one thing changed: {ends}</p>",
        _fates(left) if left else "",
        _details("the others", _fates(others)) if others else "",
    )


def _fates(fates: Sequence[Fate]) -> str:
    rows = [(escape(f.change), escape(f.end), escape(f.by), escape(f.detail)) for f in fates]
    return table(("change", "end", "by", "what was seen"), rows)


@text_of.register
def _(record: Record) -> str:
    return f"<Proof of {record.id}: {cut(_outcome(record))}>"


def _outcome(record: Record) -> str:
    if record.wrong or not record.text:
        return record.wrong or record.problem
    if record.outcome is None:
        return "written, not checked by coqc"
    return "accepted by coqc" if record.outcome.accepted else f"not accepted: {record.outcome.message}"


@html_of.register
def _(record: Record) -> str:
    theorem = f"<pre>{escape(record.proposition)}</pre>" if record.proposition else ""
    remarks = "".join(quiet(f"here {escape(remark)}") for remark in record.remarks)
    source = _details("Rocq", f"<pre>{escape(record.text)}</pre>") if record.text else ""
    return page(f"<p><b>{escape(record.id)}</b>: {escape(_outcome(record))}</p>", theorem, remarks, source)


@text_of.register
def _(found: Comparison) -> str:
    return f"<Comparison with {found.statement}: {found.outcome.value}: {cut(found.how)}>"


@html_of.register
def _(found: Comparison) -> str:
    where = f"at {found.witness}: " if found.witness else ""
    values = f"{where}the formula has {found.given}, the derivation {found.derived}" if found.given else found.witness
    lines = (found.how, found.term, values, *found.notes)
    return page(
        f"<p><b>{escape(found.statement)}</b>: {escape(found.outcome.value)}</p>",
        f"<p>read as {inline(found.understood)}</p>" if found.understood else "",
        *(f"<p>{escape(line)}</p>" for line in lines if line),
    )

"""`lemmata prove`: theorems written in parallel, checked by coqc in batches, remembered, and written to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.library.collect import Item, paper_of, resolve
from checks.methods.rocq import evidence
from checks.rocq.coqc import Coqc, Proofs, library_text, prove_all, standalone
from checks.rocq.records import Record, Records, written
from checks.running.schedule.each import in_order, on_each
from checks.running.work import work_of
from checks.store.results import recall, remember, write_atomically
from checks.terminal.progress import Steps
from checks.verdicts import judge
from derivations.writing.claims import formula

FEW = 4
"""Theorems fewer than this are written here: a process takes longer to start."""


def prove_items(items: Sequence[Item], coqc: Coqc | None, jobs: int, out: Any, again: bool = False) -> list[Record]:
    """The record of every item: the theorem, read back, and coqc's answer where there is a coqc."""
    store = Records()
    statements = [resolve(i) for i in items]
    known = [None if again else store.get(s) for s in statements]
    fresh = [n for n, record in enumerate(known) if record is None]
    with Steps(out, "writing theorems", len(fresh)) as steps:
        found = dict(zip(fresh, _written([items[n] for n in fresh], jobs, steps), strict=True))
    records = [record if record is not None else found[n] for n, record in enumerate(known)]
    if coqc is not None:
        sources = [r.source for r in records if r.text]
        proofs = Proofs(again=again)
        with Steps(out, "asking coqc", len(sources)) as steps:
            outcomes = prove_all(coqc, sources, jobs, lambda id, _: steps.done(id), proofs)
        records = [replace(r, outcome=outcomes.get(r.id)) if r.text else r for r in records]
    store.put(list(zip(statements, records, strict=True)))
    _add_to_results(items, records)
    return records


def _written(items: Sequence[Item], jobs: int, steps: Steps) -> Iterator[Record]:
    for record in in_order(on_each(_write, items, jobs if len(items) >= FEW else 1)):
        steps.done(record.id)
        yield record


def _write(item: Item) -> Record:
    return written(resolve(item))


def _add_to_results(items: Sequence[Item], records: Sequence[Record]) -> None:
    """Where a statement was checked here before, its verdict now counts what the kernel said."""
    last = recall()
    changed = []
    for item, record in zip(items, records, strict=True):
        result = last.get(item.id)
        if result is None or result.fingerprint != resolve(item).fingerprint:
            continue
        seen = (evidence(record), *(e for e in result.evidence if e.method != "rocq"))
        tried = {e.method for e in seen}
        verdict, assurance, reason = judge(
            seen, [n for n in work_of(item).methods if n not in tried], resolve(item).mark
        )
        changed.append(replace(result, evidence=seen, verdict=verdict, assurance=assurance, reason=reason))
    if changed:
        remember(changed)


def write_files(items: Sequence[Item], records: Sequence[Record], folder: Path) -> None:
    """One file a theorem, which coqc reads with Lemmata.v beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "Lemmata.v", library_text())
    for item, record in zip(items, records, strict=True):
        if record.text:
            name = record.source.module.removeprefix("m_")
            write_atomically(folder / f"{name}.v", standalone(record.source, _comment(item, record)))


def _comment(item: Item, record: Record) -> str:
    """The comment at the head of the file."""
    statement, paper = resolve(item), paper_of(item)
    lines = [
        f"{record.id}: {statement.title}" if statement.title else record.id,
        ", ".join(part for part in (paper.authors, paper.title, paper.reference) if part),
        f"source: {statement.source}" if statement.source else "",
        f"claimed: {formula(statement)}",
        f"on {statement.domain.describe()}",
        *(f"here {remark}" for remark in record.remarks),
        _answer(record),
        "check with: coqc -R . Lemmata Lemmata.v && coqc -R . Lemmata "
        + record.source.module.removeprefix("m_")
        + ".v",
    ]
    text = "\n   ".join(line.replace("(*", "( *").replace("*)", "* )") for line in lines if line)
    return f"(* {text} *)\n\n"


def _answer(record: Record) -> str:
    outcome = record.outcome
    if outcome is None:
        return "not yet checked by coqc"
    return "accepted by coqc" if outcome.accepted else f"NOT accepted: {outcome.message}"

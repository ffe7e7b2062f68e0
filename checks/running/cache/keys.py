"""The key of a piece of evidence: a hash of all that it depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

from checks.context import Options
from checks.library.collect import Item, paper_of
from checks.running.cache.content import Content, Opaque
from checks.running.runner import seedless
from checks.running.work import Work
from checks.store.sources import code_beside, core, data_beside, data_of, every_source, settled, versions
from derivations.papers import BrokenPaper, keys, paper
from derivations.statements import Statement
from derivations.steps import Step

UNTOLD = frozenset({"title", "source", "derive", "uses"})
"""Fields that evidence does not depend on directly: a derivation counts by its lines, uses by their own key."""


class Keys:
    """The keys of a run's evidence, by item and method; None for evidence that cannot be compared between runs."""

    def __init__(self, items: Iterable[Item], options: Options) -> None:
        files = tuple(sorted({i.file for i in items if i.file}))
        self._content = Content(settled, f"{every_source()} {code_beside(files)} {data_beside(files)}")
        self._data = {f: data_beside((f,)) for f in files}
        self._run = [core().digest, versions(), _device(options.device), data_of(options.data)]
        self._run += [str(options.quick)]
        self._seed = str(options.seed)

    def of(self, work: Work) -> dict[str, str] | None:
        """The key of the evidence of each method that applies; what Rocq's kernel said is on record by itself."""
        item, statement = work.item, work.statement
        try:
            used = sorted(self._statement(s) for s in _rests_on(item, statement))
            parts = [*self._run, item.id, self._data.get(item.file or "", ""), self._statement(statement), *used]
            # all readings: a method may look at another's, as those of both sides are
            readings = self._content.digest([(r.method, r.both_sides, r.measure) for r in work.readings])
            seeds = {m: "" if seedless(m, work) else self._seed for m in work.methods if m != "rocq"}
            return {m: self._content.digest([*parts, m, seed, readings]) for m, seed in seeds.items()}
        except (Opaque, RecursionError):
            return None

    def _statement(self, statement: Statement) -> str:
        fields = [f.name for f in dataclasses.fields(statement) if f.name not in UNTOLD]
        derivation = statement.derivation
        lines = () if derivation is None else (derivation.start, [_line(s) for s in derivation.steps])
        return self._content.digest([type(statement), [getattr(statement, name) for name in fields], lines])


def _line(step: Step) -> tuple[Any, ...]:
    rule = None if step.rule is None else (step.rule.name, step.rule.index, step.rule.start, step.rule.each)
    return step.relation, step.expr, [(i.fact, i.put, i.local) for i in step.instances], rule


def _rests_on(item: Item, statement: Statement) -> list[Statement]:
    """The statements that this one uses, and those that these use."""
    own = paper_of(item)
    found: dict[str, Statement] = {}
    waiting = list(statement.rests_on)
    while waiting:
        id = waiting.pop()
        if id in found or id == statement.id:
            continue
        key, _, slug = id.partition(".")
        other = (own.get(slug) if key == item.paper else None) or _elsewhere(key, slug)
        if other is not None:
            found[id] = other
            waiting += other.rests_on
    return list(found.values())


@cache
def _elsewhere(key: str, slug: str) -> Statement | None:
    try:
        return paper(key).get(slug) if key in keys() else None
    except BrokenPaper:
        return None


@cache
def _device(name: str) -> str:
    """The device by its model, since different graphics cards may sum in different orders."""
    if name != "cuda":
        return name
    import torch

    return f"{name} {torch.cuda.get_device_name()}"

"""The statements of a site as pages: what each is called, what it uses, how strongly it is established."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as regex

from checks.errors import UsageError
from checks.library.collect import Item, paper_of, resolve
from checks.report.facts import Facts, Known, facts_of
from checks.report.graph import Drawing, draw
from checks.report.standings import established
from derivations.paper import Paper
from derivations.statements import Statement
from derivations.writing.claims import formula

SAFE = regex(r"[a-z][a-z0-9_]*\.[A-Za-z0-9_-]+")
LONGEST_NAME = 120
"""The longest name of a file, in characters; a hash replaces the rest of a longer one."""
LONGEST_WORDS = 400
"""Characters of a claim that can be searched for."""
NEAR = 48
"""The largest number of statements drawn around one."""


@dataclass(frozen=True)
class Page:
    """One statement among the others; `words` is its claim as text, `nearby` draws what it rests on and who uses it."""

    id: str
    file: str
    title: str
    kind: str
    mark: str
    source: str
    words: str
    verdict: str
    own: str
    established: str
    weakest: str
    uses: tuple[str, ...]
    used_by: tuple[str, ...]
    nearby: Drawing | None
    facts: Facts


@dataclass(frozen=True)
class Relations:
    """Which statement uses which, in both directions, how strongly each is established, by what, and who has a page."""

    here: Collection[str]
    own: Mapping[str, str]
    uses: Mapping[str, tuple[str, ...]]
    firm: Mapping[str, tuple[str, str]]
    used_by: Mapping[str, list[str]]


def pages_of(items: Sequence[Item], known: Known) -> dict[str, Page]:
    """The pages by id, in the order of the items; raises UsageError for an id that can be no file's name."""
    statements = {s.id: s for s in map(resolve, items)}
    for id in statements:
        if not SAFE.fullmatch(id):
            raise UsageError(f"{id}: no page can have this name; give the statement no `paper` of its own")
    homes = {(item.paper, item.file): paper_of(item) for item in items}
    relations = _relations(statements, homes.values(), known)
    files = file_names(statements)
    return {
        id: _page(item, s, homes[item.paper, item.file], known, relations, files[id])
        for item, (id, s) in zip(items, statements.items(), strict=True)
    }


def _page(item: Item, s: Statement, home: Paper, known: Known, relations: Relations, file: str) -> Page:
    result = known.of(s)
    return Page(
        s.id,
        file,
        s.title or s.slug,
        s.kind,
        s.mark,
        s.source,
        formula(s)[:LONGEST_WORDS],
        result.verdict.value if result is not None else "",
        relations.own[s.id],
        *relations.firm[s.id],
        relations.uses[s.id],
        tuple(relations.used_by.get(s.id, ())),
        _nearby(s.id, relations),
        facts_of(item, s, home, known),
    )


def _relations(statements: Mapping[str, Statement], homes: Iterable[Paper], known: Known) -> Relations:
    """What is on no page of this report still decides how well established those are that rest on it."""
    around = dict(statements)
    for home in homes:
        around |= {s.id: s for s in home.statements if s.id not in around}
    uses: dict[str, tuple[str, ...]] = {}
    waiting = list(statements)
    while waiting:
        id = waiting.pop()
        if id in around and id not in uses:
            uses[id] = tuple(around[id].rests_on)
            waiting += uses[id]
    own = {id: known.standing(around[id]) for id in uses}
    used_by: dict[str, list[str]] = {}
    for id in statements:
        for used in uses[id]:
            used_by.setdefault(used, []).append(id)
    return Relations(statements.keys(), own, uses, established(own, uses), used_by)


def _nearby(id: str, relations: Relations) -> Drawing | None:
    """A drawing of what a statement rests on, near and far, and of its users; of its neighbours where that is much."""
    below = {id: None}
    waiting = [id]
    while waiting and len(below) <= NEAR:
        for used in relations.uses.get(waiting.pop(0), ()):
            if used not in below and used in relations.here:
                below[used] = None
                waiting.append(used)
    users = dict.fromkeys(relations.used_by.get(id, ()))
    shown = below | users
    if len(shown) > NEAR:
        shown = {id: None} | {used: None for used in relations.uses[id] if used in relations.here} | users
    if not 1 < len(shown) <= NEAR:
        return None
    uses = {one: relations.uses.get(one, ()) if one in below else (id,) for one in shown}
    return draw(list(shown), uses)


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """Names of files: short enough, and different on disks that take small and capital letters for the same."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for id in ids:
        name = id
        if len(id) > LONGEST_NAME or id.lower() in taken:
            name = f"{id[:LONGEST_NAME]}-{hashlib.sha256(id.encode()).hexdigest()[:12]}"
        taken.add(name.lower())
        found[id] = f"{name}.html"
    return found

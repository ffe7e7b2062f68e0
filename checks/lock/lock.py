"""The lock: what was known of every statement when it was recorded, as sorted text for git, and what differs today.

The file is TOML, one table a statement. It is parsed, never run; a file of another version, cut off in the middle or
with the marks of a merge gets one clear line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import tomli_w

from checks.errors import UsageError
from checks.library.collect import Item, collect, is_file, resolve
from checks.lock.constant import Known, known_constant
from checks.store.results import environment, write_atomically
from checks.verdicts import EXACT, GOOD, Assurance, Result, Verdict
from derivations.statements import Statement
from derivations.writing.claims import formula

FORMAT = 1
LARGEST = 50_000_000
"""Bytes of a lock that is read."""
LOOSER = 2.0
"""A tolerance that grew by more than this factor is looser; rounding on another machine moves it by less."""
SAME_FOR_ALL_SEEDS = ("precision",)
"""The tolerances of other methods depend on the points that the seed chose, and are compared for the same seed only."""
LONGEST_CLAIM = 1000
"""Characters of a claim that are kept for people to read; the expression's hash decides."""
VERSIONS = ("lemmata", "sympy")
"""What expressions and their hashes depend on."""
NO_KERNEL = (
    "what Rocq's kernel accepts is known after `lemmata prove`, which needs coqc: lemmata doctor says how to get it"
)
_HEADER = """\
# What `lemmata lock` recorded; `lemmata check --lock` compares with it. Written by lemmata: do not edit, lock again.
"""
_ORDER = [*GOOD, Verdict.UNDECIDED, Verdict.ERROR, Verdict.REFUTED]


@dataclass(frozen=True)
class Locked:
    """One statement as it was recorded; `tolerance` is that of each empirical method that held."""

    id: str
    kind: str
    verdict: Verdict
    assurance: Assurance
    expression: str
    claim: str
    constant: Known | None = None
    tolerance: Mapping[str, float] = field(default_factory=dict)

    def stated_as(self, was: Locked) -> Known | None:
        """The constant as it is stated and printed now, with the ends that it had."""
        if self.constant is None or was.constant is None:
            return self.constant
        return replace(was.constant, stated=self.constant.stated, printed=self.constant.printed)


@dataclass(frozen=True)
class Lock:
    """All that was recorded, by id, with the run's seed and the versions that expressions and verdicts depend on."""

    entries: Mapping[str, Locked]
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)

    def vanished(self, there: Collection[str], patterns: Sequence[str]) -> list[str]:
        """The ids that the patterns name and that are not there any more."""
        return sorted(id for id in self.entries.keys() - set(there) if expected(id, patterns))


@dataclass(frozen=True)
class Change:
    """One difference between the lock and today; `regression` says that it fails a check."""

    id: str
    what: str
    was: str
    now: str
    regression: bool
    remedy: str = ""


def locked(statement: Statement, result: Result) -> Locked:
    """What is recorded of a statement and its result."""

    claim = formula(statement)
    held: dict[str, float] = {}
    for e in result.evidence:
        if e.verdict is Verdict.VERIFIED and e.method not in EXACT and e.tolerance is not None:
            held[e.method] = max(held.get(e.method, 0.0), float(f"{e.tolerance:.1e}"))
    return Locked(
        statement.id,
        statement.kind,
        result.verdict,
        result.assurance,
        statement.fingerprint,
        claim if len(claim) <= LONGEST_CLAIM else claim[: LONGEST_CLAIM - 1] + "…",
        known_constant(statement, result),
        held,
    )


def written(lock: Lock) -> str:
    """The text of a lock: sorted, the same for the same content.

    Raises UsageError for a paper whose key is that of an entry at the head.
    """
    head: dict[str, Any] = {"lock": FORMAT, "statements": len(lock.entries), "seed": lock.seed}
    head |= {"versions": dict(sorted(lock.versions.items()))}
    papers: dict[str, dict[str, Any]] = {}
    for id, e in sorted(lock.entries.items()):
        key, _, slug = id.partition(".")
        papers.setdefault(key, {})[slug] = _block(e)
    for key in papers.keys() & head.keys():
        raise UsageError(
            f"a paper with the key '{key}' cannot be locked: every lock has an entry of this name; rename the paper"
        )
    return f"{_HEADER}\n{tomli_w.dumps(head | papers)}"


def _block(e: Locked) -> dict[str, Any]:
    """The table of a statement."""
    block: dict[str, Any] = {"kind": e.kind, "verdict": e.verdict.value, "assurance": e.assurance.value}
    block |= {"expression": e.expression, "claim": e.claim}
    if e.constant is not None:
        c = e.constant
        block["constant"] = {"name": c.name, "stated": c.stated}
        block["constant"] |= {"printed": c.printed} if c.printed else {}
        block["constant"] |= {c.how: [c.low, c.high]} if c.how else {}
    if e.tolerance:
        block["tolerance"] = dict(sorted(e.tolerance.items()))
    return block


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock in one move; raises UsageError where that cannot be."""
    write_atomically(path, written(lock))


def read_lock(path: Path) -> Lock:
    """The lock in a file; raises UsageError, naming the place, for anything that `lemmata lock` did not write."""
    again = "record it again with `lemmata lock`"
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the lock in it")
        with path.open("rb") as source:
            data = source.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; `lemmata lock` writes one") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{path} has more than {LARGEST // 1_000_000} MB: it is not a lock")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not a text file in UTF-8: {error.reason}; {again}") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            raise UsageError(f"{path}:{number}: has the marks of a merge conflict: resolve it, or {again}")
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: cannot be read as TOML, was it cut off? ({error}); {again}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply to be a lock; {again}") from None
    found = parsed.pop("lock", None)
    if found != FORMAT or isinstance(found, bool):
        said = "is not a lock" if found is None else f"has format {found!r}, this version reads {FORMAT}"
        raise UsageError(f"{path}: {said}; {again}")
    return _lock(path, parsed, again)


def _lock(path: Path, parsed: dict[str, Any], again: str) -> Lock:
    count, seed, versions = parsed.pop("statements", None), parsed.pop("seed", 0), parsed.pop("versions", {})
    entries: dict[str, Locked] = {}
    for key, table in parsed.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: a lock has no entry '{key}'; {again}")
        for slug, block in table.items():
            id = f"{key}.{slug}"
            try:
                entries[id] = _entry(id, block)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                raise UsageError(f"{path}: [{id}]: {said}; {again}") from None
    if count != len(entries):
        raise UsageError(f"{path} says that it has {count} statements, but has {len(entries)}: was it cut off? {again}")
    pairs = versions.items() if isinstance(versions, dict) else ()
    return Lock(entries, seed if isinstance(seed, int) else 0, {str(k): str(v) for k, v in pairs})


def _entry(id: str, block: Mapping[str, Any]) -> Locked:
    strings = {name: block[name] for name in ("kind", "verdict", "assurance", "expression", "claim")}
    for name, value in strings.items():
        if not isinstance(value, str):
            raise ValueError(f"{name} is not a text")
    constant = block.get("constant")
    return Locked(
        id,
        strings["kind"],
        Verdict(strings["verdict"]),
        Assurance(strings["assurance"]),
        strings["expression"],
        strings["claim"],
        None if constant is None else Known.read(constant),
        {str(k): float(v) for k, v in block.get("tolerance", {}).items()},
    )


def today(items: Sequence[Item], results: Sequence[Result], seed: int) -> Lock:
    """What a run found, as a lock would have it."""
    statements = {item.id: resolve(item) for item in items}
    entries = {r.id: locked(statements[r.id], r) for r in results}
    known = environment()
    return Lock(entries, seed, {name: known[name] for name in VERSIONS if name in known})


def patterns_of(patterns: Sequence[str]) -> tuple[str, ...]:
    """The ids that the patterns of a run match; a file matches all statements of its papers."""
    found: list[str] = []
    for pattern in patterns:
        if not is_file(pattern):
            found.append(pattern)
            continue
        items = collect([pattern])
        found += sorted({item.id if ".py:" in pattern else item.paper for item in items})
    return tuple(found)


def recorded(old: Lock | None, now: Lock, patterns: Sequence[str]) -> Lock:
    """Today's lock, in which what the patterns do not name stays as it was."""
    kept = {id: e for id, e in (old.entries if old else {}).items() if not expected(id, patterns)}
    return replace(now, entries={**kept, **now.entries})


def expected(id: str, patterns: Iterable[str]) -> bool:
    """Whether a run over these ids, globs and keys of papers would look at a statement; none means all."""
    patterns = list(patterns)
    return not patterns or any(fnmatchcase(id, p) or fnmatchcase(id, f"{p}.*") for p in patterns)


def compare(
    lock: Lock,
    now: Lock,
    patterns: Sequence[str] = (),
    left_out: Iterable[str] = (),
    quick: bool = False,
) -> list[Change]:
    """All differences, by id.

    `left_out` are statements that exist but were not checked in this run; a `quick` one stops at two keys, so that
    only verdicts, expressions and constants are compared.
    """
    found: list[Change] = []
    for id, e in now.entries.items():
        was = lock.entries.get(id)
        found += [_new(e)] if was is None else _differences(was, e, lock.seed == now.seed, quick)
    there = {*now.entries, *left_out}
    found += [_vanished(lock.entries[id]) for id in lock.vanished(there, patterns)]
    return sorted(found, key=lambda c: c.id)


def _new(e: Locked) -> Change:
    return Change(e.id, "new", "not in the lock", f"{e.verdict.value}, {e.assurance.value}", True)


def _vanished(e: Locked) -> Change:
    return Change(e.id, "vanished", f"{e.verdict.value}, {e.assurance.value}", "there is no such statement", True)


def _differences(was: Locked, now: Locked, same_seed: bool, quick: bool) -> list[Change]:
    found: list[Change] = []

    def put(what: str, a: str, b: str, regression: bool, remedy: str = "") -> None:
        found.append(Change(now.id, what, a, b, regression, remedy))

    if was.verdict is not now.verdict:
        worse = _ORDER.index(now.verdict) > _ORDER.index(was.verdict)
        put("verdict", was.verdict.value, now.verdict.value, worse)
    if _ORDER.index(now.verdict) > _ORDER.index(was.verdict):
        # assurance, ends and tolerances are gone with the verdict: no news
        now = replace(now, assurance=was.assurance, tolerance=was.tolerance, constant=now.stated_as(was))
    if was.assurance is not now.assurance and not quick:
        weaker = now.assurance.rank > was.assurance.rank
        remedy = NO_KERNEL if weaker and was.assurance is Assurance.KERNEL else ""
        put("assurance", was.assurance.value, now.assurance.value, weaker, remedy)
    if was.kind != now.kind:
        put("kind", was.kind, now.kind, True)
    constants = Known.differences(was.constant, now.constant)
    a, b = was.claim, now.claim
    # the words are the same, but a constant (reported below) or the domain differs
    if was.expression != now.expression and (a != b or "constant" not in (what for what, *_ in constants)):
        put("expression", *((a, b) if a != b else (f"{a} [{was.expression}]", f"{b} [{now.expression}]")), True)
    for what, a, b, regression in constants:
        put(what, a, b, regression)
    for method, before in sorted(was.tolerance.items()) if not quick else ():
        if method in SAME_FOR_ALL_SEEDS or same_seed:
            after = now.tolerance.get(method)
            if after is None or after > before * LOOSER:
                put(
                    f"tolerance of {method}", f"{before:.1e}", "not measured" if after is None else f"{after:.1e}", True
                )
    return found

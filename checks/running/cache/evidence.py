"""Earlier evidence in this folder, by a key of all that it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from checks.context import Options
from checks.running.cache.keys import Keys
from checks.running.runner import KnownEvidence, recalled
from checks.running.work import Work
from checks.store.results import evidence_from_json, evidence_to_json
from checks.store.shelf import CACHE, Shelf
from checks.verdicts import OPEN, Evidence, Result

MOST = 20_000
"""The largest number of pieces of evidence that are kept; the oldest are deleted first."""


class Reused:
    """What a run can reuse: whole results, and evidence for the other statements."""

    def __init__(self, works: Sequence[Work], options: Options, path: Path = CACHE) -> None:
        self._shelf, self._options = Shelf("evidence", path), options
        self._keys: dict[str, dict[str, str]] = {}
        self.results: list[Result] = []
        self.known: dict[str, KnownEvidence] = {}
        self.left: list[Work] = []
        made = Keys((w.item for w in works), options)
        for work in works:
            keys = made.of(work)
            if keys is not None:
                self._keys[work.item.id] = keys
        stored = self._shelf.many([key for keys in self._keys.values() for key in keys.values()])
        for work in works:
            known: dict[str, Sequence[Evidence]] = {}
            for method, key in self._keys.get(work.item.id, {}).items():
                with suppress(KeyError, TypeError, ValueError):
                    known[method] = tuple(evidence_from_json(e) for e in stored[key]["evidence"])
            whole = recalled(work, options, known)
            if whole is not None:
                self.results.append(whole)
            else:
                self.left.append(work)
                self.known[work.item.id] = known

    def keep(self, result: Result) -> None:
        """Remember the evidence of a result; methods that could not decide are tried again next time."""
        keys = self._keys.get(result.id, {})
        # a method that ran may have nothing to say; which ones a quick run left out is not known from its result
        ran = {e.method for e in result.evidence} if self._options.quick else set(self._options.methods) or set(keys)
        methods = ran & set(keys)
        if result.verdict in OPEN:
            methods -= {e.method for e in result.evidence if e.verdict in OPEN}
        self._shelf.put(
            {
                keys[m]: {"id": result.id, "evidence": [evidence_to_json(e) for e in _of(result.evidence, m)]}
                for m in methods
            }
        )

    def close(self) -> None:
        """Delete the oldest entries if there are too many."""
        self._shelf.trim(max(MOST, 4 * sum(map(len, self._keys.values()))))


def _of(evidence: Iterable[Evidence], method: str) -> list[Evidence]:
    return [e for e in evidence if e.method == method]

"""What the library or a file has, without building it: ids, kinds, sources and fingerprints, kept by its code.

Building expressions is nearly all the time of `lemmata list`, and what it lists changes with the code alone. A file
of a user's is kept if all that it imports is known and all that it calls is arithmetic; others, and papers that
packages bring, are always built.
"""

from __future__ import annotations

import ast
import fnmatch
import hashlib
import platform
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import entry_points, version
from pathlib import Path

from checks.store.shelf import CACHE, Shelf
from checks.store.sources import package_folder

LIBRARY, FILES = "index of the library", "index of files"
GROUP = "lemmata.papers"
MOST = 50
"""Files whose index is kept."""
KNOWN = frozenset(
    "__future__ collections dataclasses derivations fractions functools itertools math operator sympy typing".split()
)
"""Modules by which nothing but a file's own text says what is in it."""
OUTSIDE = frozenset(
    "__builtins__ __file__ __import__ __loader__ __spec__ compile eval exec getattr globals hash id input open parsing "
    "plotting preview randMatrix testing utilities vars".split()
)
"""Names by which it may look elsewhere, or be different each time."""


@dataclass(frozen=True)
class Entry:
    """One statement as `lemmata list` shows it."""

    id: str
    kind: str
    source: str
    fingerprint: str
    mark: str = ""


def entries(patterns: Sequence[str], checked: Collection[str] = ()) -> list[Entry]:
    """The statements that patterns name, in reading order, each once; raises UsageError as `collect` does.

    Those in `checked` have their fingerprint, which takes longer than all the rest.
    """
    if len(patterns) == 1 and patterns[0].endswith(".py"):
        return _of_file(patterns[0], checked)
    if any(entry_points(group=GROUP)):
        return _built(patterns, checked)
    kept, code = Shelf(LIBRARY, CACHE), code_hash()
    every = _found(kept, code, checked)
    if every is None:
        every = _built([], checked)
        _keep(kept, code, every, 1)
    found = _matching(every, patterns)
    return found if found is not None else _built(patterns, checked)


def _of_file(pattern: str, checked: Collection[str]) -> list[Entry]:
    try:
        text = Path(pattern).read_bytes()
    except OSError:
        return _built([pattern], checked)  # which says what is wrong
    kept, key = Shelf(FILES, CACHE), hashlib.sha256(code_hash().encode() + text).hexdigest()
    found = _found(kept, key, checked)
    if found is None:
        found = _built([pattern], checked)
        if _says_itself(text):
            _keep(kept, key, found, MOST)
    return found


def _says_itself(text: bytes) -> bool:
    """Whether a file imports known modules only, and names nothing by which it could look elsewhere."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import():
                if any(a.name.partition(".")[0] not in KNOWN for a in node.names):
                    return False
            case ast.ImportFrom():
                if node.level or (node.module or "").partition(".")[0] not in KNOWN:
                    return False
                if any(a.name in OUTSIDE or a.name == "*" for a in node.names):
                    return False
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if name in OUTSIDE:
                    return False
    return True


def _matching(known: Sequence[Entry], patterns: Sequence[str]) -> list[Entry] | None:
    """The entries that each pattern names; None where one names nothing here, such as a file or a typing error."""
    papers = {e.id.partition(".")[0] for e in known}
    found: dict[str, Entry] = {}
    for pattern in patterns or ["*"]:
        wanted = f"{pattern}.*" if pattern in papers else pattern
        mine = [e for e in known if fnmatch.fnmatchcase(e.id, wanted)]
        if not mine or "/" in pattern or ".py" in pattern or (patterns and Path(pattern).is_file()):
            return None
        for entry in mine:
            found.setdefault(entry.id, entry)
    return list(found.values())


def _found(kept: Shelf, key: str, checked: Collection[str]) -> list[Entry] | None:
    """What was built for this key, None if nothing was, or without a fingerprint that is needed now."""
    rows = kept.get(key)
    try:
        found = [Entry(*map(str, row)) for row in rows] if isinstance(rows, list) else None
    except TypeError:
        return None
    return None if found is None or any(not e.fingerprint and e.id in checked for e in found) else found


def _keep(kept: Shelf, key: str, found: Sequence[Entry], most: int) -> None:
    kept.put({key: [astuple(e) for e in found]})
    kept.trim(most)


def _built(patterns: Sequence[str], checked: Collection[str]) -> list[Entry]:
    from checks.library.collect import collect, resolve

    statements = [resolve(item) for item in collect(patterns)]
    return [Entry(s.id, s.kind, str(s.source), s.fingerprint if s.id in checked else "", s.mark) for s in statements]


def code_hash() -> str:
    """A hash of the code that statements are made of, and of the versions under it."""
    root = package_folder("derivations")
    found = hashlib.sha256(f"{platform.python_version()} {version('sympy')}".encode())
    for path in sorted(root.rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()

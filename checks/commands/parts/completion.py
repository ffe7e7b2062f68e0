"""Completion in the shell: ids, papers, files, methods, devices, backends.

Ids are remembered in the user's cache folder until a source of the library changes, since collecting takes seconds.
Files of the user's are named, never run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

GROUP = "lemmata.papers"
DEVICES = ("auto", "cpu", "cuda")
BACKENDS = ("local", "ray", "dask")
DTYPES = ("float64", "float32", "tf32", "bf16")


def patterns(incomplete: str) -> list[str]:
    """Ids, globs over papers, folders and Python files."""
    known = ids()
    papers = [f"{key}.*" for key in dict.fromkeys(i.partition(".")[0] for i in known)]
    # a paper first, its statements once it is named
    named = "." in incomplete or not any(p.startswith(incomplete) for p in papers)
    return [name for name in (*papers, *(known if named else ()), *_files(incomplete)) if name.startswith(incomplete)]


def statements(incomplete: str) -> list[str]:
    """Ids, folders and Python files."""
    return [name for name in (*ids(), *_files(incomplete)) if name.startswith(incomplete)]


def methods(incomplete: str) -> list[str]:
    """Names of methods after the last comma, each once."""
    from checks.methods import NAMES

    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in NAMES if name.startswith(last) and name not in given]


def devices(incomplete: str) -> list[str]:
    """Where torch can compute."""
    return [name for name in DEVICES if name.startswith(incomplete)]


def backends(incomplete: str) -> list[str]:
    """Where tasks can run."""
    return [name for name in BACKENDS if name.startswith(incomplete)]


def dtypes(incomplete: str) -> list[str]:
    """The precisions of a sweep."""
    return [name for name in DTYPES if name.startswith(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    folder, slash, _ = incomplete.rpartition("/")
    try:
        found = sorted(Path(f"{folder}{slash}" or ".").iterdir())
    except OSError:
        return
    for path in found:
        if not path.name.startswith(".") and (path.is_dir() or path.suffix == ".py"):
            yield f"{folder}{slash}{path.name}{'/' if path.is_dir() else ''}"


def ids() -> list[str]:
    """The ids of the library and of installed packages, from the cache if nothing has changed."""
    store, now = _store(), _stamp()
    try:
        kept = json.loads(store.read_text(encoding="utf-8"))
        if kept["stamp"] == now and all(isinstance(i, str) for i in kept["ids"]):
            return list(kept["ids"])
    except (OSError, ValueError, TypeError, KeyError):
        pass
    from checks.errors import UsageError
    from checks.library.collect import collect

    try:
        found = [item.id for item in collect([])]
    except UsageError:  # a package's paper that cannot be loaded: the command will say so
        return []
    _keep(store, json.dumps({"stamp": now, "ids": found}))
    return found


def _keep(store: Path, text: str) -> None:
    from checks.errors import UsageError
    from checks.store.results import write_atomically

    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(store, text)
    except (OSError, UsageError):  # then it is slow again the next time
        pass


def _store() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("lemmata", appauthor=False) / "ids.json"


def _stamp() -> list[object]:
    """What the ids depend on: the library's sources by time and size, and the packages that bring papers."""
    from importlib.metadata import entry_points

    from checks.store.sources import package_folder

    files = sorted(package_folder("derivations").rglob("*.py"))
    sources = [(str(p), s.st_mtime_ns, s.st_size) for p in files for s in (p.stat(),)]
    # the group's name as in derivations.papers, whose import takes SymPy's time
    brought = [(e.name, e.value, e.dist.version if e.dist is not None else "") for e in entry_points(group=GROUP)]
    return [json.dumps(sources), json.dumps(sorted(brought))]

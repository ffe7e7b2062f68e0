"""What code and what versions a result was found with: files by their bytes, packages by their versions."""

from __future__ import annotations

import ast
import hashlib
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("derivations", "numerics", "checks")
ROOTS = ("checks.running.runner", "checks.library.collect")
METHODS = "checks.methods."
"""What every result depends on: the modules under this name and the roots, with all that they import."""
DATA = frozenset({".npz", ".npy", ".csv", ".pt", ".pth", ".safetensors", ".h5", ".parquet", ".pkl"})
"""Files beside a user's own that a reading may open."""
MOST = 2000
"""The number of files of a folder that are read; of the others, only the names count."""


@cache
def sources() -> Mapping[str, bytes]:
    """The files of the three packages by their path from the folder above, in a fixed order."""
    found = {}
    for name in PACKAGES:
        root = package_folder(name)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found[f"{name}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    return found


def package_folder(name: str) -> Path:
    """Where an installed package of ours lies, found without importing it."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def every_source() -> str:
    """A hash of all that the three packages are."""
    return _hash(f"{name}\0{hashlib.sha256(text).hexdigest()}" for name, text in sources().items())


@cache
def versions() -> str:
    """A hash of Python and of every installed distribution with its version.

    Folders inside of an installed package count by that package: Ray and setuptools add theirs when they are imported.
    """
    looked = [p for p in sys.path if not any(p.startswith(f"{folder}/") for folder in _installed())]
    installed = sorted({f"{m['Name']}=={m['Version']}" for m in (d.metadata for d in distributions(path=looked))})
    return _hash([platform.python_version(), platform.machine(), *installed])


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements lie inside of others; expressions hold no imports and are not looked at: there are far more."""


@dataclass(frozen=True)
class Core:
    """Modules that something depends on, and a hash of their files."""

    modules: frozenset[str]
    digest: str


@cache
def core() -> Core:
    """The methods, the runner and all that they import, wherever in a file they do; papers are excluded."""
    methods = (m for m in map(_module, sources()) if m.startswith(METHODS))
    return reached((*ROOTS, *methods))


@cache
def reached(roots: tuple[str, ...]) -> Core:
    """Modules of ours with all that they import, and a hash of these files and of the library for Rocq."""
    files = {_module(name): text for name, text in sources().items() if name.endswith(".py")}
    waiting = [m for m in roots if m in files]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        waiting += [m for m in _imported(module, files) if m not in found]
    digest = _hash(f"{m}\0{hashlib.sha256(files[m]).hexdigest()}" for m in sorted(found))
    others = _hash(f"{n}\0{hashlib.sha256(t).hexdigest()}" for n, t in sources().items() if n.endswith(".v"))
    return Core(frozenset(found), _hash([digest, others]))


def _module(name: str) -> str:
    parts = name.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(module: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """The modules of ours that a module imports, and the packages above them, which run first."""
    names: set[str] = {module}
    tree = ast.parse(files[module])
    for node in _running(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    # the bytes first: looking at every expression of every file would take longer than a small check
    if b"__path__" in files[module] and any(isinstance(n, ast.Name) and n.id == "__path__" for n in ast.walk(tree)):
        names |= {name for name in files if name.rpartition(".")[0] == module}  # a package that lists its modules
    for name in names:
        parts = name.split(".")
        yield from (above for n in range(1, len(parts) + 1) if (above := ".".join(parts[:n])) in files)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Statements that run: not what only type checkers read, nor what a package loads on demand."""
    for name in _BLOCKS:
        for child in getattr(node, name, ()):
            if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.FunctionDef) and child.name == "__getattr__" and isinstance(node, ast.Module):
                continue
            yield child
            yield from _running(child)


@cache
def settled(module: str) -> bool:
    """Whether a module is covered by the hash of the core or by the version of its package."""
    top = module.partition(".")[0]
    if top in PACKAGES:
        return module in core().modules
    if top in sys.stdlib_module_names:
        return True
    there = sys.modules.get(top)
    places = [getattr(there, "__file__", None) or "", *map(str, getattr(there, "__path__", ()))]
    return any(place.startswith(f"{folder}/") for place in places for folder in _installed())


@cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple({paths["purelib"], paths["platlib"]})


def files_in(patterns: Iterable[str]) -> list[str]:
    """The users' files that a command names, as FILE.py or FILE.py:ID."""
    named = (p.partition(".py:")[0] + ".py" if ".py:" in p else p for p in patterns)
    return [str(Path(n).resolve()) for n in named if n.endswith(".py")]


def code_beside(files: Iterable[str]) -> str:
    """A hash of the Python files in the folders of users' files, packages in them included."""
    parts: list[str] = []
    for path in _neighbours(files):
        found = [path] if path.suffix == ".py" else []
        if (path / "__init__.py").is_file():
            found = sorted(path.rglob("*.py"))[:MOST]
        parts += [f"{p.relative_to(path.parent)}\0{digest_of(p)}" for p in found if p.is_file()]
    return _hash(parts)


def data_beside(files: Iterable[str]) -> str:
    """A hash of the data in the folders of users' files, by name, size and time."""
    there = [(p, p.stat()) for p in _neighbours(files) if p.suffix in DATA and p.is_file()]
    return _hash(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}" for path, stat in there)


def _neighbours(files: Iterable[str]) -> Iterator[Path]:
    for folder in sorted({Path(f).parent for f in files}):
        yield from sorted(folder.iterdir())[:MOST] if folder.is_dir() else ()


def digest_of(path: Path) -> str:
    """A hash of a file's bytes; empty if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def others_loaded() -> dict[str, str]:
    """The files of modules in this process that are neither ours nor covered by a version, with their hashes."""
    names = [n for n in list(sys.modules) if n.partition(".")[0] not in PACKAGES and not settled(n)]
    files = {str(getattr(sys.modules.get(n), "__file__", None) or "") for n in names if n != "__main__"}
    return {f: digest_of(Path(f)) for f in sorted(files) if f.endswith(".py")}


def data_of(path: str) -> str:
    """A hash of the user's data for training runs: a file, or the files of a folder by name, size and time."""
    if not path:
        return ""
    there = Path(path)
    files = sorted(p for p in there.rglob("*") if p.is_file()) if there.is_dir() else [there]
    return _hash(f"{p}\0{p.stat().st_size}\0{p.stat().st_mtime_ns}" for p in files)


def _hash(parts: Iterable[str]) -> str:
    made = hashlib.sha256()
    for part in parts:
        made.update(part.encode() + b"\n")
    return made.hexdigest()

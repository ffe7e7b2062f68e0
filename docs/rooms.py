"""The rooms of the code, read from its imports: which module imports which, on which floor a room lies, and a drawing.

`python docs/rooms.py` writes the drawing and the tables into `architecture.md`, between its two marks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("derivations", "numerics", "checks")
LONGEST, WIDEST = 400, 15
"""Lines of a file, and modules of a folder."""
BEGIN, END = "<!-- drawn by docs/rooms.py -->", "<!-- end of the drawing -->"
Graph = Mapping[str, set[str]]


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The modules of the three packages by their dotted names; a package's own is its `__init__`."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path = ROOT) -> dict[str, set[str]]:
    """What each module imports of the others, wherever in the file and for type checkers too.

    Papers are found by name at run time; what only the factory of a package's attributes imports counts as well.
    """
    return dict(_imports(root))


@cache
def _imports(root: Path) -> dict[str, set[str]]:
    files = modules(root)
    return {name: set(_imported(path, files)) - {name} for name, path in files.items()}


def _imported(path: Path, files: Mapping[str, Path]) -> Iterable[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name) and node.id == "__path__":  # a package that lists its modules loads them
            yield from (name for name, other in files.items() if other.parent == path.parent)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from (m for m in ((inner,) if inner in files else (node.module,)) if m in files)


def room(module: str) -> str:
    """The room of a module: the folder or file right inside its package."""
    return ".".join(module.split(".")[:2])


def between(graph: Graph) -> dict[str, set[str]]:
    """The same arrows between rooms."""
    found: dict[str, set[str]] = {room(m): set() for m in graph}
    for module, others in graph.items():
        found[room(module)] |= {room(o) for o in others} - {room(module)}
    return found


def circle(graph: Graph) -> list[str]:
    """One circle of arrows, empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def floors(package: str, graph: Graph) -> list[list[str]]:
    """The rooms of a package by floor: each lies above all of those that it imports."""
    height: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        below = [height[o] for o in graph[name] if o in height]
        if name.partition(".")[0] == package and name != package:
            height[name] = 1 + max(below, default=0)
    return [sorted(n for n, h in height.items() if h == floor) for floor in sorted(set(height.values()))]


def titles(root: Path = ROOT) -> dict[str, str]:
    """The first sentence of the docstring of each room."""
    found = {}
    for name, path in modules(root).items():
        if name == room(name) and "." in name:
            words = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
            found[name] = " ".join(words.split())
    return found


def drawn(root: Path = ROOT) -> str:
    """Floors and rooms in Markdown: for each package the rooms from the highest floor down, and what each is for."""
    graph = between(imports(root))
    said = titles(root)
    parts = []
    for package in reversed(PACKAGES):
        own = floors(package, graph)
        arrows = sum(len([o for o in graph[r] if o.startswith(package + ".")]) for f in own for r in f)
        rooms = sum(map(len, own))
        parts.append(f"### {package}: {rooms} rooms on {len(own)} floors, {arrows} arrows")
        rows = []
        for number, names in reversed(list(enumerate(own, 1))):
            for name in names:
                below = ", ".join(sorted(o.partition(".")[2] for o in graph[name] if o.startswith(package + ".")))
                rows.append(f"| {number} | `{name.partition('.')[2]}` | {said.get(name, '')} | {below} |")
        parts.append("\n".join(["| floor | room | what it is for | stands on |", "| --- | --- | --- | --- |", *rows]))
    return "\n\n".join(parts)


def page(root: Path = ROOT) -> str:
    """The text of architecture.md with its drawing as the imports are now."""
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{drawn(root)}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    (ROOT / "docs" / "architecture.md").write_text(page(), encoding="utf-8")

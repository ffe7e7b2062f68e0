"""The pages that the code writes itself: every command with its options, every module with its functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

FOLDER = "reference"
PACKAGES = {
    "derivations": "The statements of the papers, in SymPy",
    "numerics": "The same as numbers, with mpmath, Arb and torch",
    "checks": "The comparison of the two: methods, verdicts, reports",
}
LEFT_OUT = ("checks.commands", "checks.new", "checks.__main__", "checks.cli")
"""Modules that are described by the commands that they make."""
_SPECIAL = re.compile(r"([\\*|_<>])")
SECTIONS = ("Args:", "Attributes:", "Raises:")
_ENTRY = re.compile(r"    ([\w\\]+): ")
_CODE = re.compile(r"(``[^`]+``|`[^`]+`)")


def write(docs: Path) -> None:
    """Write commands.md and a page a package into the folder `reference`; files that say the same are left alone."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    pages = {"commands.md": commands()}
    for package, title in PACKAGES.items():
        pages[f"{package}.md"] = package_page(docs.parent, package, title)
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def commands() -> str:
    """Every command of the app in Markdown: usage, arguments, options with their defaults."""
    import typer

    from checks.cli import app

    group: Any = typer.main.get_command(app)
    parts = [
        "# Commands",
        "Exit codes of all: 0 for good, 1 for a finding (a statement that is not verified or measured, a formula that "
        "differs, a lock that has changed), 2 for a mistake in the call or in what was given, said in one line. "
        "`lemmata --install-completion` completes ids, files, methods and devices in the shell.",
    ]
    for name, command in _leaves(group):
        parts += [f"## {name}", " ".join((command.help or "").split())]
        usage = " ".join(f"[{p.name}]" if not p.required else p.name.upper() for p in command.params if _argument(p))
        parts.append(f"```console\n$ lemmata {name} {usage} …\n```")
        rows = [_row(p) for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
        parts.append("\n".join(["| | | default |", "| --- | --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def _leaves(group: Any) -> Iterator[tuple[str, Any]]:
    """The commands of a group, those of the groups in it by both names."""
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        yield from ((f"{name} {n}", c) for n, c in _leaves(command)) if inner else ((name, command),)


def _argument(parameter: Any) -> bool:
    return getattr(parameter, "param_type_name", "") == "argument"


def _row(parameter: Any) -> str:
    names = parameter.name if _argument(parameter) else ", ".join(reversed(parameter.opts))
    default = parameter.default
    shown = "" if default in (None, False, "", (), []) or callable(default) else f"`{default}`"
    words = " ".join((getattr(parameter, "help", "") or "").split()).replace("|", "\\|")
    return f"| `{names}` | {words} | {'required' if parameter.required else shown} |"


def package_page(root: Path, package: str, title: str) -> str:
    """The public modules of a package with what they define, by automodule."""
    found = sorted(_modules(root, package))
    parts = [f"# {package}", f"{title}."]
    for name in found:
        parts += [f"## {name}", f"```{{eval-rst}}\n.. automodule:: {name}\n```"]
    return "\n\n".join(parts) + "\n"


def _modules(root: Path, package: str) -> Iterator[str]:
    """Modules with a public function or class, by their sources; papers are described by the page of the library."""
    for path in (root / package).rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name.startswith(LEFT_OUT) or "papers" in parts or any(p.startswith("_") for p in name.split(".")):
            continue
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if any(isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_") for n in body):
            yield name


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Prepare a docstring: plain text, code between backticks, a list for each section, and examples as they are."""
    text, _, example = "\n".join(lines).partition("\nExample:\n")
    parts = _CODE.split(text)
    escaped = "".join(f"``{p.strip('`')}``" if i % 2 else _SPECIAL.sub(r"\\\1", p) for i, p in enumerate(parts))
    lines[:] = [*_listed(escaped.split("\n")), *(("Example:", *example.split("\n")) if example else ())]


def _listed(lines: list[str]) -> Iterator[str]:
    """The entries `name: words` of a section as items of a list."""
    inside = False
    for line in lines:
        inside = line in SECTIONS or (inside and line.startswith("    "))
        entry = _ENTRY.match(line) if inside else None
        if entry:
            yield f"    * ``{entry[1].replace(chr(92), '')}``: {line[entry.end() :]}"
        else:
            yield f"      {line.strip()}" if inside and line.startswith("        ") else line


def foreign(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what other libraries define and do not say so."""
    module = getattr(obj, "__module__", None)
    return True if callable(obj) and module is not None and not module.startswith(tuple(PACKAGES)) else None


def add_math(app: Any) -> None:
    """Formulas as MathML, which browsers set by themselves."""
    from latex2mathml.converter import convert

    def formula(self: Any, node: Any, display: str) -> None:
        try:
            self.body.append(convert(node.astext(), display=display))
        except Exception:  # what the converter does not know is shown as it is written
            self.body.append(f"<code>{escape(node.astext())}</code>")
        from docutils.nodes import SkipNode

        raise SkipNode

    def nothing(self: Any, node: Any) -> None:
        pass

    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(lambda self, node: formula(self, node, "inline"), nothing),
        block_renderers=(lambda self, node: formula(self, node, "block"), nothing),
    )

"""The tutorial, executed as it stands: files written, commands run, output compared with what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import forked
import pytest

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"[#%] ([\w.]+)(, continued)?\n")


@dataclass(frozen=True)
class Command:
    """A command of the tutorial and the lines that it shows; … stands for any text or lines."""

    line: str
    shown: tuple[str, ...]


def steps() -> Iterator[tuple[str, str | Command]]:
    """Files to write, as (name, content), with "+" before the name to go on with one, and commands."""
    for language, body in FENCE.findall(TUTORIAL.read_text(encoding="utf-8")):
        if language == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                first, *shown = part.splitlines()
                yield "$", Command(first, tuple(shown))
        else:
            named = NAMED.match(body)
            assert named is not None, f"a block of {language} without the name of its file: {body[:60]}"
            yield ("+" if named[2] else "") + named[1], body[named.end() :]


def fits(shown: tuple[str, ...], output: str) -> str:
    """ "" if the shown lines occur in this order, else the first that does not; blanks in a row count as one."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    at = 0
    for line in shown:
        wanted = " ".join(line.split())
        if wanted == "…":
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.split("…"))).replace(r"\ .*", ".*").replace(r".*\ ", ".*"))
        while at < len(lines) and not pattern.fullmatch(lines[at]):
            at += 1
        if at == len(lines):
            return line
        at += 1
    return ""


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell; the two programs that take seconds to import are copies of a process that has them."""
    first, *arguments = shlex.split(line)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GITHUB_"))}
    environment |= {"COLUMNS": "200"}
    if first == "pytest":
        return forked.run(folder, "pytest", *arguments, environment=environment)
    if first == "lemmata":
        # one process: the results are the same, and each worker takes seconds to start
        alone = ["--jobs", "1"] if arguments[0] in ("check", "lock") else []
        return forked.run(folder, "checks", *arguments, *alone, environment=environment)
    return subprocess.run([first, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    count = 0
    for name, step in steps():
        if isinstance(step, Command):
            if step.line.startswith("cd "):
                folder = folder / step.line.removeprefix("cd ")
                continue
            done = run(folder, step.line)
            missing = fits(step.shown, done.stdout)
            assert not missing, f"$ {step.line}\n{missing!r} is not in\n{done.stdout}{done.stderr}"
            assert "Traceback" not in done.stderr, done.stderr
            count += 1
        elif name.startswith("+"):
            with (folder / name[1:]).open("a", encoding="utf-8") as out:
                out.write(step)
        else:
            (folder / name).write_text(step, encoding="utf-8")
    assert count > 10


@pytest.mark.parametrize(
    ("shown", "output", "missing"),
    [
        (("a … c", "…", "d"), "a b c\nx\nd", ""),
        (("a  b",), "a b", ""),
        (("a",), "a b", "a"),
        (("b", "a"), "a\nb", "a"),
    ],
)
def test_what_is_shown_is_compared(shown: tuple[str, ...], output: str, missing: str) -> None:
    assert fits(shown, output) == missing


def test_a_tutorial_without_its_commands_would_fail() -> None:
    assert sum(isinstance(step, Command) for _, step in steps()) > 10

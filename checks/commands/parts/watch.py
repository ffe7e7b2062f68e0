"""`lemmata check --watch`: check again when a file changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer

from checks.commands.parts.installation import demand
from checks.errors import UsageError


def watch_files(patterns: Sequence[str]) -> NoReturn:
    """Run the same command without --watch, now and after every change of a Python file beside those named.

    Each run is a new process, so that it sees all changes. Raises UsageError where no file is named.
    """
    folders = _folders(patterns)
    command = [sys.executable, "-m", "checks", *(a for a in sys.argv[1:] if a != "--watch")]
    demand("watch", "--watch")
    from watchfiles import Change, watch

    shown = ", ".join(str(f) for f in folders)
    try:
        _once(command, shown)
        for changes in watch(*folders, watch_filter=_python, debounce=300, raise_interrupt=True):
            names = sorted({Path(name).name for kind, name in changes if kind is not Change.deleted})
            typer.secho(f"\n{', '.join(names) or 'a file'} changed", bold=True)
            _once(command, shown)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(0)


def _once(command: Sequence[str], shown: str) -> None:
    subprocess.run(command, check=False)
    typer.secho(f"watching {shown}; Ctrl-C ends it", dim=True)


def _python(change: object, path: str) -> bool:
    return path.endswith(".py") and "/.venv/" not in path and "/__pycache__/" not in path


def _folders(patterns: Sequence[str]) -> list[Path]:
    files = [Path(p) for p in patterns if p.endswith(".py")]
    if not files:
        raise UsageError("--watch needs a Python file of yours, as in lemmata check mypaper.py --watch")
    for path in files:
        if not path.exists():
            raise UsageError(f"{path}: no such file")
    return sorted({path.resolve().parent for path in files})

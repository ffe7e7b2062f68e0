"""Peers that need an environment of their own, made under build/peers when it is wanted.

`environment("neural-tangents")` installs what `neural-tangents.txt` beside this file lists, once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE.parent.parent / "build" / "peers"
GIVEN = {"neural-tangents": "LEMMATA_NT_PYTHON"}
"""Variables that name a Python which has the peer already."""
MINUTES = 10


class NoPeer(RuntimeError):
    """A peer that cannot be had here; the message says why in one line."""


@cache
def environment(name: str) -> Path:
    """The Python that has the peer; raises NoPeer where it cannot be installed."""
    given = os.environ.get(GIVEN.get(name, ""))
    if given:
        return Path(given)
    listed, folder = HERE / f"{name}.txt", BUILT / name
    python, ready = folder / "bin" / "python", folder / "installed.txt"
    if not listed.is_file():
        raise NoPeer(f"{name} is skipped: {listed.name} does not list what it needs")
    wanted = listed.read_text(encoding="utf-8")
    if python.is_file() and ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", str(listed)]
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], [str(python), *pip]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60 * MINUTES, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoPeer(f"{name} is skipped: {error}") from None
        if done.returncode:
            said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
            raise NoPeer(f"{name} is skipped, it cannot be installed here: {said[-1] if said else 'no reason given'}")
    ready.write_text(wanted, encoding="utf-8")
    return python

"""dReal, where its command is installed: elementary functions, and points that fail up to a precision."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import sympy as sp

from benchmarks.inequalities.provers import OPEN, PROVED, UNREAD, Answer
from benchmarks.inequalities.smt import ELEMENTARY, Unreadable, negation
from benchmarks.peers import NoPeer
from derivations.statements import Statement

COMMAND = "LEMMATA_DREAL"
"""A variable that names the command, if it is not `dreal` on the path."""
PRECISION = "1e-9"


def command() -> str:
    """The command; raises NoPeer without one."""
    found = shutil.which(os.environ.get(COMMAND, "dreal"))
    if found is None:
        raise NoPeer("dreal is skipped: no command dreal; the wheel of PyPI needs libibex.so, which is not in Debian")
    return found


prepare = command


def decide(statement: Statement) -> Answer:
    """Whether dReal finds no point at which the claim fails, or fails almost."""
    try:
        text = negation(statement, (*ELEMENTARY, sp.Pow))
    except Unreadable as error:
        return Answer(UNREAD, said=str(error))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claim.smt2"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [command(), "--precision", PRECISION, str(file)], capture_output=True, text=True, check=False
        )
    said = (done.stdout + done.stderr).strip()
    return Answer(PROVED, "a program's word") if said.startswith("unsat") else Answer(OPEN, said=said[:200])

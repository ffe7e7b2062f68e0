"""PDF from LaTeX, by pdflatex or tectonic, in a temporary folder and without a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from checks.errors import UsageError

PROGRAMS = ("pdflatex", "tectonic")
SECONDS = 300
INSTALL = "apt-get install texlive-latex-recommended, or tectonic; --standalone writes the document without it"


def program() -> str:
    """The program that makes PDFs here; raises UsageError where there is none."""
    found = next(filter(shutil.which, PROGRAMS), None)
    if found is None:
        raise UsageError(f"--pdf needs {' or '.join(PROGRAMS)}, and neither is here: {INSTALL}")
    return found


def pdf(document: str) -> bytes:
    """The PDF of a document; raises UsageError, with TeX's own first error, where it does not compile."""
    name = program()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "document.tex").write_text(document, encoding="utf-8")
        options = (
            ["-no-shell-escape", "-interaction=batchmode", "-halt-on-error"]
            if name == "pdflatex"
            else ["-X", "compile"]
        )
        # the second run is for references, the third for tables over several pages
        for _ in range(3 if name == "pdflatex" else 1):
            _run([name, *options, "document.tex"], folder)
        return (Path(folder) / "document.pdf").read_bytes()


def _run(command: list[str], folder: str) -> None:
    environment = {**os.environ, "openout_any": "p", "openin_any": "p", "SOURCE_DATE_EPOCH": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{command[0]} did not end within {SECONDS} s") from None
    if done.returncode:
        log = Path(folder) / "document.log"
        said = log.read_text(errors="replace") if log.exists() else done.stderr
        first = re.search(r"^(?:!|error:) *(.*)", said, re.MULTILINE)
        raise UsageError(f"{command[0]} stops at: {first[1] if first else 'an error that it does not name'}")

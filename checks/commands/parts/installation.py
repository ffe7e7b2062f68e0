"""What this machine and installation can do: libraries, programs, the GPU, the folder's memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checks.methods import NAMES

LIBRARIES = ("sympy", "mpmath", "python-flint", "numpy", "scipy", "torch", "curvlinops-for-pytorch", "joblib")
EXTRAS = ("ray", "dask")
"""Of clusters: `--backend` needs them."""
SECONDS = 20
"""How long a program may take to print its version, in seconds."""


@dataclass(frozen=True)
class Finding:
    """One component: whether it exists, its version, how to get it; nothing works without a `needed` one."""

    name: str
    there: bool
    said: str
    remedy: str = ""
    needed: bool = False


def examined() -> list[Finding]:
    """All findings, the needed ones first."""
    found = [_library(name) for name in ("lemmata", *LIBRARIES)]
    rocq = _coqc()
    found += [_extra(name) for name in EXTRAS]
    found += [_gpu(), rocq]
    found.append(Finding("methods", True, ", ".join(n for n in NAMES if n != "rocq" or rocq.there)))
    found.append(_program("LaTeX", ("pdflatex", "tectonic"), "--pdf", "apt-get install texlive-latex-recommended"))
    found.append(_memory())
    found += _papers()
    return found


def _library(name: str) -> Finding:
    try:
        return Finding(name, True, version(name), needed=True)
    except PackageNotFoundError:
        return Finding(name, False, "not installed", f"pip install {name}", needed=True)


def _extra(name: str) -> Finding:
    try:
        return Finding(name, True, f"{version(name)}: --backend {name}")
    except PackageNotFoundError:
        return Finding(name, False, f"no --backend {name}", f"pip install 'lemmata[{name}]'")


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("GPU", True, f"{torch.cuda.get_device_name()}: --device cuda")
    return Finding("GPU", False, "torch sees none: all runs on the CPU")


def _coqc() -> Finding:
    from checks.rocq.coqc import NoCoqc, find

    try:
        return Finding("Rocq", True, f"coqc {find().version}: `lemmata prove`, assurance kernel")
    except NoCoqc as error:
        return Finding("Rocq", False, "no assurance kernel", str(error))


def _program(what: str, names: tuple[str, ...], use: str, remedy: str) -> Finding:
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        first = (done.stdout or done.stderr).splitlines()
        return Finding(what, True, f"{first[0] if first else name}: {use}")
    return Finding(what, False, f"none of {', '.join(names)}: no {use}", remedy)


def _memory() -> Finding:
    """Whether what is found here can be remembered."""
    from checks.store.results import recall
    from checks.store.shelf import FILE

    folder = FILE.parent if FILE.parent.exists() else Path(".")
    if not os.access(folder, os.W_OK):
        return Finding("memory", False, f"{folder} cannot be written: results are not remembered here")
    return Finding("memory", True, f"{len(recall())} results are remembered in {FILE.parent}")


def _papers() -> list[Finding]:
    from derivations.papers import BrokenPaper, brought, paper

    found = []
    for key, entry in brought().items():
        try:
            said = f"{len(paper(key).statements)} statements, from {entry.value}"
            found.append(Finding(f"paper {key}", True, said))
        except BrokenPaper as error:
            found.append(Finding(f"paper {key}", False, str(error)))
    return found

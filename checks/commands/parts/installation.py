"""What this machine and installation can do: libraries, programs, the GPU, the folder's memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checks.errors import UsageError
from checks.methods import NAMES
from numerics.machine.extras import EXTRAS, missing

LIBRARIES = ("sympy", "mpmath", "python-flint", "numpy", "scipy", "torch", "curvlinops-for-pytorch", "joblib")
BACKENDS = ("ray", "dask")
"""Extras of the same names, for clusters: `--backend` needs them."""
SECONDS = 20
"""How long a program may take to print its version, in seconds."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing: whether it is there, what it says of itself, how to get it; without what is `needed` nothing works."""

    name: str
    there: bool
    said: str
    remedy: str = ""
    needed: bool = False


def examined() -> list[Diagnosis]:
    """All findings, the needed ones first."""
    found = [_library(name) for name in ("lemmata", *LIBRARIES)]
    rocq = _coqc()
    found += [_extra(name, extra.library, extra.use) for name, extra in EXTRAS.items()]
    found += [_extra(name, name, f"--backend {name}") for name in BACKENDS]
    found += [_gpu(), rocq]
    found.append(Diagnosis("methods", True, ", ".join(n for n in NAMES if n != "rocq" or rocq.there)))
    found.append(_program("LaTeX", ("pdflatex", "tectonic"), "--pdf", "apt-get install texlive-latex-recommended"))
    found.append(_memory())
    found += _papers()
    return found


def _library(name: str) -> Diagnosis:
    try:
        return Diagnosis(name, True, version(name), needed=True)
    except PackageNotFoundError:
        return Diagnosis(name, False, "not installed", f"pip install {name}", needed=True)


def demand(extra: str, use: str) -> None:
    """Raise UsageError, naming the extra, where its library is missing."""
    refused = missing(extra, use)
    if refused:
        raise UsageError(refused)


def _extra(name: str, library: str, use: str) -> Diagnosis:
    try:
        return Diagnosis(library, True, f"{version(library)}: {use}")
    except PackageNotFoundError:
        return Diagnosis(library, False, f"no {use}", f"pip install 'lemmata[{name}]'")


def _gpu() -> Diagnosis:
    import torch

    if torch.cuda.is_available():
        return Diagnosis("GPU", True, f"{torch.cuda.get_device_name()}: --device cuda")
    return Diagnosis("GPU", False, "torch sees none: all runs on the CPU")


def _coqc() -> Diagnosis:
    from checks.rocq.coqc import NoCoqc, find

    try:
        return Diagnosis("Rocq", True, f"coqc {find().version}: `lemmata prove`, assurance kernel")
    except NoCoqc as error:
        return Diagnosis("Rocq", False, "no assurance kernel", str(error))


def _program(what: str, names: tuple[str, ...], use: str, remedy: str) -> Diagnosis:
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        first = (done.stdout or done.stderr).splitlines()
        return Diagnosis(what, True, f"{first[0] if first else name}: {use}")
    return Diagnosis(what, False, f"none of {', '.join(names)}: no {use}", remedy)


def _memory() -> Diagnosis:
    """Whether what is found here can be remembered."""
    from checks.store.results import recall
    from checks.store.shelf import FILE

    folder = FILE.parent if FILE.parent.exists() else Path(".")
    if not os.access(folder, os.W_OK):
        return Diagnosis("memory", False, f"{folder} cannot be written: results are not remembered here")
    return Diagnosis("memory", True, f"{len(recall())} results are remembered in {FILE.parent}")


def _papers() -> list[Diagnosis]:
    from derivations.papers import BrokenPaper, brought, paper

    found = []
    for key, entry in brought().items():
        try:
            said = f"{len(paper(key).statements)} statements, from {entry.value}"
            found.append(Diagnosis(f"paper {key}", True, said))
        except BrokenPaper as error:
            found.append(Diagnosis(f"paper {key}", False, str(error)))
    return found

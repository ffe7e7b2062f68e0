"""Running coqc: theorems in batches, each accepted or not, their axioms, and remembered answers."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from checks.rocq.refusals import ACTIONS, refused
from checks.store.shelf import FILE, Shelf
from derivations.outcomes.reasons import Reason

PACKAGES = "coq libcoq-interval libcoq-coquelicot"
INSTALL = f"apt-get install -y --no-install-recommends {PACKAGES}"
KNOWN = "8.16"
"""The version that these proofs were written with."""
HOME = Path(".lemmata") / "rocq"
BATCH = 10
SENTENCE_SECONDS = 30
PATIENCE = 10
"""How many times longer a sentence may take alone: coqc's limit is wall-clock time, which passes on a busy machine."""
LONGEST = 400
"""Seconds of coqc's processor time for a batch, after which its theorems are tried one by one."""
WAITING = 10
"""How many times longer we wait for it on a busy machine."""
HEADER = """From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Lemmata Require Import Lemmata.
Open Scope R_scope.
Set Default Timeout {seconds}.
"""
ALLOWED = (
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
)
"""The axioms of the classical reals."""
MACHINE = re.compile(r"(PrimInt63|Uint63|PrimFloat|FloatAxioms)\.")
"""The primitive integers and floats that the tactic `interval` computes with."""
THEOREM = re.compile(r"^Theorem (\S+) :", re.MULTILINE)
FORBIDDEN = re.compile(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Hypothesis|Variable|bypass_check|Unset)\b")


@dataclass(frozen=True)
class Outcome:
    """What coqc said of one theorem.

    `assumptions` are the axioms beyond nothing, `message` why it was not accepted; `reason` is that as data: no proof
    where coqc refused a sentence, the budget where time ran out, not confirmed where it did not answer.
    """

    accepted: bool
    message: str
    assumptions: tuple[str, ...]
    seconds: float
    reason: Reason | None = None

    @property
    def definite(self) -> bool:
        """Whether coqc would say the same again: not so where time ran out or coqc itself broke down."""
        return self.accepted or self.reason is Reason.NO_PROOF

    @classmethod
    def read(cls, data: Any) -> Outcome:
        """The outcome that `asdict` wrote; raises KeyError, TypeError or ValueError for anything else."""
        assumptions = tuple(map(str, data["assumptions"]))
        reason = None if data.get("reason") is None else Reason(data["reason"])
        return cls(data["accepted"] is True, str(data["message"]), assumptions, float(data["seconds"]), reason)


@dataclass(frozen=True)
class _Ran:
    """One run of coqc: `failed` is the first theorem that it did not accept, where it can be named, and why.

    Without a message all were accepted, under these assumptions.
    """

    failed: int | None = None
    message: str = ""
    reason: Reason | None = None
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coqc:
    """A coqc that can check these proofs: its version, and the folder with the compiled library."""

    path: str
    version: str
    library: Path


@dataclass(frozen=True)
class Source:
    """A theorem's text under a name that no other has."""

    id: str
    module: str
    text: str


class NoCoqc(RuntimeError):
    """There is no coqc here that can check the proofs; the message says what to install."""


def library_text() -> str:
    """Lemmata.v, on which every proof rests."""
    return (files("derivations.rocq") / "Lemmata.v").read_text(encoding="utf-8")


def version() -> str | None:
    """The version of coqc here, or None."""
    path = shutil.which("coqc")
    try:
        return None if path is None else _version_of(path)
    except ValueError:
        return None


@cache
def _version_of(path: str) -> str:
    """The version that a coqc prints; raises ValueError if it prints none, which may be different next time."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\d+\.\d+(?:\.\d+)?)", said)
    if found is None:
        raise ValueError(f"{path} does not say its version")
    return found.group(1)


def find() -> Coqc:
    """The coqc of this machine with Lemmata.v compiled; raises NoCoqc with the packages that are missing."""
    path, number = shutil.which("coqc"), version()
    if path is None or number is None:
        raise NoCoqc(f"no coqc here: {INSTALL}")
    text = library_text()
    folder = (HOME / f"library-{_digest(number + text)[:12]}").resolve()
    if not (folder / "Lemmata.vo").exists():
        _compile_library(path, number, text, folder)
    return Coqc(path, number, folder)


def _compile_library(path: str, number: str, text: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        made = Path(name) / "library"
        made.mkdir()
        (made / "Lemmata.v").write_text(text, encoding="utf-8")
        run = subprocess.run(
            [path, "-q", "-R", str(made), "Lemmata", str(made / "Lemmata.v")],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        if run.returncode != 0:
            said = _error(run.stderr)
            missing = re.search(r"(Interval|Coquelicot)", said)
            if missing and "find" in said:
                library = {"Interval": "libcoq-interval", "Coquelicot": "libcoq-coquelicot"}[missing.group(1)]
                raise NoCoqc(f"coqc {number} has no {missing.group(1)}: apt-get install -y {library}")
            raise NoCoqc(f"coqc {number} does not accept Lemmata.v, which was written for {KNOWN} ({INSTALL}): {said}")
        if not folder.exists():
            made.rename(folder)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _error(stderr: str) -> str:
    """The error in coqc's output, in one line."""
    found = re.search(r"Error:\s*(.*?)(?:\n\s*\n|\Z)", stderr, re.DOTALL)
    return " ".join((found.group(1) if found else stderr[-200:]).split())[:240]


def standalone(source: Source, comment: str = "") -> str:
    """A file with one theorem, as coqc reads it."""
    return f"{comment}{HEADER.format(seconds=SENTENCE_SECONDS)}\n{source.text}"


class Proofs:
    """Earlier answers of coqc in this folder, by content: the text, the library and the version of coqc."""

    def __init__(self, path: Path = FILE, again: bool = False) -> None:
        self._shelf, self._again = Shelf("accepted", path), again

    def key(self, coqc: Coqc, source: Source) -> str:
        return _digest("\n".join((coqc.version, library_text(), HEADER, source.text)))

    def get(self, key: str) -> Outcome | None:
        """The earlier outcome of the same theorem, unless coqc should run again."""
        try:
            return None if self._again else Outcome.read(self._shelf.get(key))
        except (KeyError, TypeError, ValueError):
            return None

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome."""
        self._shelf.put({key: asdict(outcome)})


def prove_all(
    coqc: Coqc,
    sources: Sequence[Source],
    jobs: int,
    on_done: Callable[[str, Outcome], None] | None = None,
    proofs: Proofs | None = None,
) -> dict[str, Outcome]:
    """The answer of coqc for each theorem; one that fails or takes too long is removed, and the others continue."""
    proofs = proofs or Proofs()
    found: dict[str, Outcome] = {}
    todo = []
    for source in sources:
        known = proofs.get(proofs.key(coqc, source))
        if known is None:
            todo.append(source)
        else:
            found[source.id] = known
            if on_done:
                on_done(source.id, known)
    size = max(1, min(BATCH, -(-len(todo) // (2 * jobs))))
    batches = [todo[i : i + size] for i in range(0, len(todo), size)]
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(_batch, coqc, batch) for batch in batches]):
            for source, outcome in future.result():
                found[source.id] = outcome
                if outcome.definite:
                    proofs.put(proofs.key(coqc, source), outcome)
                if on_done:
                    on_done(source.id, outcome)
    return found


def _batch(coqc: Coqc, sources: Sequence[Source]) -> list[tuple[Source, Outcome]]:
    """One file with all of them; the first that fails is removed, and the others are tried again."""
    done: list[tuple[Source, Outcome]] = []
    left = list(sources)
    while left:
        bad = [s for s in left if FORBIDDEN.search(s.text) or not THEOREM.search(s.text)]
        if bad:
            said = "its source assumes an axiom or proves nothing"
            done += [(s, Outcome(False, said, (), 0.0, Reason.UNCONFIRMED)) for s in bad]
            left = [s for s in left if s not in bad]
            continue
        started = time.perf_counter()
        limit = LONGEST if len(left) > 1 else LONGEST / 4
        ran = _run(coqc, left, limit)
        failed = ran.failed
        if failed is not None and ran.reason is Reason.BUDGET:
            again = _run(coqc, [left[failed]], LONGEST / 4, PATIENCE * SENTENCE_SECONDS)
            accepted = again.failed is None and not again.message
            seconds = time.perf_counter() - started
            done.append((left[failed], Outcome(accepted, again.message, again.assumptions, seconds, again.reason)))
            left = left[:failed] + left[failed + 1 :]
            continue
        seconds = time.perf_counter() - started
        if failed is None and ran.message and len(left) > 1:
            half = len(left) // 2
            return done + _batch(coqc, left[:half]) + _batch(coqc, left[half:])
        if failed is None:
            axioms = () if ran.message else ran.assumptions
            each = seconds / len(left)
            return done + [(s, Outcome(not ran.message, ran.message, axioms, each, ran.reason)) for s in left]
        done.append((left[failed], Outcome(False, ran.message, (), seconds, ran.reason)))
        left = left[:failed] + left[failed + 1 :]
    return done


def _run(coqc: Coqc, sources: Sequence[Source], limit: float, sentence: int = SENTENCE_SECONDS) -> _Ran:
    """What coqc says of all of them in one file."""
    lines = HEADER.format(seconds=sentence).splitlines()
    starts, names = [], []
    for source in sources:
        starts.append(len(lines) + 1)
        body = re.sub(r"^Print Assumptions.*$", "", source.text, flags=re.MULTILINE)
        lines += [f"Module {source.module}.", *body.splitlines(), f"End {source.module}."]
        names += [f"{source.module}.{t}" for t in THEOREM.findall(source.text)]
    # asked once for all theorems: coqc walks through all of Interval, and a truncated answer
    # would name things that are not axioms
    lines += [
        "Unset Default Timeout.",
        f"Definition all_of_them := ({', '.join((*names, 'I'))}).",
        "Print Assumptions all_of_them.",
    ]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "batch.v"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        try:
            run = subprocess.run(
                [*_own_time(limit), coqc.path, "-q", "-R", str(coqc.library), "Lemmata", str(path)],
                capture_output=True,
                text=True,
                timeout=WAITING * limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _Ran(None, f"not done after {WAITING * limit:.0f} s; {ACTIONS[Reason.BUDGET]}", Reason.BUDGET)
    if run.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return _Ran(None, f"not done after {limit:.0f} s of its own time; {ACTIONS[Reason.BUDGET]}", Reason.BUDGET)
    if run.returncode == 0:
        assumptions = assumptions_in(run.stdout)
        if "Closed under the global context" in run.stdout or assumptions:
            odd = [a for a in assumptions if not harmless(a)]
            said, why = (f"it assumes {', '.join(odd)}", Reason.UNCONFIRMED) if odd else ("", None)
            return _Ran(None, said, why, assumptions)
        return _Ran(None, "coqc did not say what is assumed", Reason.UNCONFIRMED)
    places = [int(n) for n in re.findall(r'File "[^"]*batch\.v", line (\d+)', run.stderr)]
    message = _error(run.stderr)
    if not places:
        return _Ran(None, message or f"coqc ended with {run.returncode}", Reason.UNCONFIRMED)
    line = places[-1]
    at = max(i for i, start in enumerate(starts) if start <= line) if line >= starts[0] else None
    if at is None or line > len(lines) - 3:
        return _Ran(None, message or "coqc failed in a line of no theorem", Reason.UNCONFIRMED)
    # coqc's own word for a sentence that took longer than the header allows
    late = "Timeout" in message
    said, why = (f"no answer in {sentence} s", Reason.BUDGET) if late else (message, Reason.NO_PROOF)
    return _Ran(at, refused(lines[starts[at] : line], line - 1 - starts[at], said, late), why)


def _own_time(limit: float) -> list[str]:
    """The prefix of a command that limits its processor time, in seconds, however busy the machine is."""
    return ["/bin/sh", "-c", 'ulimit -t "$0"; exec "$@"', str(int(limit))]


def assumptions_in(output: str) -> tuple[str, ...]:
    """The axioms that `Print Assumptions` lists."""
    if "Axioms:" not in output:
        return ()
    listed = output.split("Axioms:", 1)[1]
    return tuple(re.findall(r"^([A-Za-z_][\w.']*)(?= *:|$)", listed, re.MULTILINE))


def harmless(axiom: str) -> bool:
    """Whether an axiom belongs to the classical reals, or to the primitive integers and floats."""
    return axiom in ALLOWED or MACHINE.match(axiom) is not None

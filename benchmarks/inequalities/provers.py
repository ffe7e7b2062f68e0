"""What is measured: lemmata and its peers, each a function from a statement to an answer, in a process of its own."""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from typing import Any

from derivations.statements import Statement

PROVED, REFUTED, OPEN, UNREAD = "proved", "refuted", "undecided", "not readable"
"""The answers: the last where a program has no words for the claim."""
LIMITS = {"lemmata": 120, "z3": 30, "arb": 30, "sympy": 30, "dreal": 30}
"""Seconds of processor time for each statement: against programs that do not end, and no part of what they find."""
GRACE = 20
"""A process is ended when this many times its processor time has passed on the clock."""


@dataclass(frozen=True)
class Answer:
    """What a prover says of a statement, how strongly and why, in how many seconds of processor time."""

    verdict: str
    assurance: str = ""
    said: str = ""
    seconds: float = 0.0


Prover = Callable[[Statement], Answer]


def lemmata(statement: Statement) -> Answer:
    """As a user has it: `check` with all methods and seed 0."""
    from checks.api import check
    from checks.verdicts import Verdict

    result = check(statement, seed=0)
    said = result.reason
    for e in result.evidence:
        if e.verdict in (Verdict.UNDECIDED, Verdict.ERROR) or result.verdict is Verdict.REFUTED:
            said += f"; {e.method}: {e.detail}"
    verdict = {Verdict.VERIFIED: PROVED, Verdict.REFUTED: REFUTED}.get(result.verdict, OPEN)
    if result.verdict not in (Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNDECIDED):
        said = f"{result.verdict.value}: {said}"
    return Answer(verdict, result.assurance.value, " ".join(said.split())[:600])


PEERS = {"z3": "by_z3", "arb": "by_arb", "sympy": "by_sympy", "dreal": "by_dreal"}
"""Peers by the module of this package that has their function `decide`."""
NAMES = ("lemmata", *PEERS)


def prover(name: str) -> Prover:
    """The function of a prover; raises NoPeer where it cannot be had."""
    if name == "lemmata":
        return lemmata
    module = import_module(f"benchmarks.inequalities.{PEERS[name]}")
    if hasattr(module, "prepare"):
        module.prepare()
    decide: Prover = module.decide
    return decide


def warm(name: str) -> None:
    """Load what a prover loads on first use, so that no statement pays for it."""
    if name != "lemmata":
        return
    from sympy import Integral, Sum, Symbol, erf, exp, oo

    from derivations import Bound, Constant, Identity, norm_squared, vector

    x, k = Symbol("x", real=True), Symbol("k", integer=True, positive=True)
    n = Symbol("n", integer=True, positive=True)
    for statement in (
        Bound("warm-line", x, exp(x)),
        Bound("warm-box", erf(x), 1, on={x: (0, 1)}),
        Bound("warm-vector", 0, norm_squared(vector("x", n))),
        Identity("warm-sum", Sum(k, (k, 1, n)), n * (n + 1) / 2),
        Constant("warm-integral", Integral(exp(-x), (x, 0, oo)), 1),
    ):
        lemmata(statement)


def answered(decide: Prover, statement: Statement, limit: float) -> Answer:
    """The answer of a prover in a forked process that ends when its processor time is spent."""
    context = mp.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=partial(_child, decide, statement, limit, sender))
    process.start()
    sender.close()
    found: Mapping[str, Any] | None = None
    if receiver.poll(limit * GRACE):
        try:
            found = receiver.recv()
        except EOFError:
            found = None
    if found is None and process.is_alive():
        process.kill()
    process.join()
    return Answer(**found) if found else Answer(OPEN, said=f"no answer in {limit:g} s", seconds=float(limit))


def _spent() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def _child(decide: Prover, statement: Statement, limit: float, sender: Any) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    ends = int(spent.ru_utime + spent.ru_stime + limit) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (ends, ends))
    start = _spent()
    try:
        found = decide(statement)
    except Exception as error:  # a prover that breaks has not decided; the others go on
        found = Answer(OPEN, said=f"{type(error).__name__}: {error}".splitlines()[0][:300])
    sender.send({**asdict(found), "seconds": round(_spent() - start, 3)})
    sender.close()

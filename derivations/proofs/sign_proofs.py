"""Proofs of signs as data: a rule, its arguments, and the proofs that it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import (
    Expr,
    Set,
    Symbol,
    erf,
    factor,
    factor_terms,
    log,
    together,
)

MAX_DEPTH = 5
SOLVE_STEPS = 200_000
LONG = 60
"""The largest number of operations of an expression for SymPy's solvers and simplifiers."""


Box = Mapping[Symbol, Set]


@dataclass(frozen=True)
class SignProof:
    """Why `f` ≥ 0: the rule, and the proofs that it uses.

    `tag` names the rule and `data` holds what it was applied with, for the Rocq writer.
    """

    f: Expr
    rule: str
    parts: tuple[SignProof, ...] = ()
    tag: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    box: Mapping[Symbol, Set] = field(default_factory=dict)
    """Where the claim is made, for the replay of the proof."""

    @property
    def claim(self) -> str:
        return f"{self.f} >= 0"

    def lines(self, indent: int = 0) -> list[str]:
        """The proof as indented lines of text."""
        return ["  " * indent + f"{self.claim}  [{self.rule}]", *(x for p in self.parts for x in p.lines(indent + 1))]

    def uses_balls(self) -> bool:
        """Whether some part was left to ball arithmetic."""
        return self.tag == "balls" or any(p.uses_balls() for p in self.parts)


def factored(f: Expr) -> Expr:
    """A product if there is one; with erf or log only common factors go out: one fraction would hide decaying terms."""
    hides = any(e.free_symbols for e in f.atoms(erf, log))  # log 2 is a number like any other
    return factor_terms(f.expand()) if hides else factor(together(f))

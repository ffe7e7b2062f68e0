"""Claims as provers see them, and what provers answer: proofs and obstacles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from checks.verdicts import Assurance
from derivations.outcomes.reasons import Why
from derivations.writing.text import text


@dataclass(frozen=True)
class Claim:
    """f ≥ 0 at every point of the ranges that meets the conditions.

    Args:
        f: A real expression in the symbols of `ranges`.
        ranges: The range of each symbol: intervals, half-lines, the reals, or sets of integers.
        conditions: Relations that may be used: `g >= 0`, `g > 0` or `Eq(g, 0)`, with 0 on the right.
        touching: Points at which equality may hold, one or several a symbol: a hint.
        exact: Whether a point at which it fails refutes the statement that it was made from.
        names: What symbols of our own stand for, in those of the statement: messages write it in their place.
        reduced: How the statement follows from the claim, in words, where that takes an argument.
        theorems: The standard theorems that its conditions are taken from, in words, where there are some.

    Example:
        >>> x, y = sp.symbols("x y", real=True)
        >>> claim = Claim(1 - x * y, {x: sp.Interval(0, 1), y: sp.Interval(0, 2)}, (sp.Ge(1 - x - y, 0),))
        >>> claim.symbols == (x, y)
        True
    """

    f: sp.Expr
    ranges: Mapping[Any, sp.Set]
    conditions: tuple[Any, ...] = ()
    touching: Mapping[Any, Any] = field(default_factory=dict, compare=False)
    exact: bool = False
    names: Mapping[Any, Any] = field(default_factory=dict, compare=False)
    reduced: str = field(default="", compare=False)
    theorems: str = field(default="", compare=False)

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The symbols that have a range, by name."""
        return tuple(sorted(self.ranges, key=str))


_NORM = re.compile(r"sqrt\((‖[^‖]*‖)²\)")
"""A norm as the root of its square."""


def spelled(why: Why, names: Mapping[Any, Any]) -> Why:
    """Why a claim is open, with what its own symbols stand for in their place.

    Args:
        why: As a prover says it.
        names: What each symbol stands for.

    Example:
        >>> from derivations.outcomes.reasons import Reason
        >>> x = sp.Symbol("x", real=True)
        >>> spelled(Why(Reason.NO_PROOF, "the claim fails at u0 = 1/2"), {sp.Symbol("u0"): x**2}).said
        'the claim fails at x² = 1/2'
    """
    if not names:
        return why
    stands_for = {str(s): e for s, e in names.items()}
    any_name = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, stands_for))})(?![A-Za-z0-9_])")

    def written(found: re.Match[str]) -> str:
        # printed only where they are named: products of matrices take long
        e = stands_for[found[0]]
        term = text(e)
        # brackets where something is done with a sum, a product or a power
        alone = found.string[found.end() :].startswith((" = ", " ∈ ", ","))
        composed = e.is_Add or e.is_Mul or (e.is_Pow and not _NORM.fullmatch(term))
        shown = _NORM.sub(r"\1", term)
        return f"({shown})" if composed and not alone else shown

    return Why(why.reason, any_name.sub(written, why.said))


@dataclass(frozen=True)
class Proof:
    """A proof of a claim.

    Args:
        prover: The module that found it.
        claim: What is proved.
        lines: The proof as a person reads it, a step a line, in plain text.
        assurance: How strong it is: ENCLOSED where balls or an exact certificate show it, SYMBOLIC where all that
            there is is the word of a program.
        certificate: What another program can check without searching, such as a sum of squares; None without one.
        parts: Proofs of the claims that this one was reduced to.
        theorems: The standard theorems that it takes for granted, in words.
    """

    prover: str
    claim: Claim
    lines: tuple[str, ...]
    assurance: Assurance = Assurance.SYMBOLIC
    certificate: Any = field(default=None, compare=False)
    parts: tuple[Proof, ...] = ()
    theorems: str = ""


@dataclass(frozen=True)
class Obstacle:
    """What stood in the way of a proof.

    Args:
        why: The reason, as data and in words.
        left: The claim that was left over, where the prover got as far as one.
        at: The point at which the claim is tightest, where one was seen: the value of each symbol.
        false: Whether the claim is false at `at` for sure: shown by exact arithmetic or by balls.
    """

    why: Why
    left: Claim | None = None
    at: Mapping[Any, sp.Expr] | None = None
    false: bool = False

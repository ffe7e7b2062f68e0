"""What a claim is reduced to: branches, in each of which everything is a polynomial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from checks.provers.algebra.quotients import Bounds, Polynomial, Quotient
from derivations.writing.text import text


@dataclass(frozen=True)
class Relation:
    """p > 0, p ≥ 0, p = 0, p ≠ 0, or its opposite.

    Args:
        p: The polynomial.
        sign: One of `>`, `>=`, `<`, `<=`, `=`, `!=`: how it compares with 0.
        source: What it stands for, in words.
    """

    p: Polynomial
    sign: str
    source: str = field(default="", compare=False)


def scaled(p: Polynomial) -> Polynomial:
    """A positive multiple of a polynomial that is the same for all of them."""
    return p / abs(p.leading_coefficient()) if p != 0 else p


@dataclass(frozen=True)
class Demand:
    """What must hold for the claim to have a value, once the first `known` facts of its branch do."""

    relation: Relation
    known: int


@dataclass(frozen=True)
class Branch:
    """One way in which the case distinctions of a claim turn out.

    Args:
        names: How each variable is written.
        bounds: What is known of each variable without looking at the facts.
        facts: What holds in the branch: ranges, conditions, cases and what new variables are.
        demands: What must be shown for the claim to have a value.
        goal: The quotient of which it is claimed that it is ≥ 0.
        values: Each symbol of the claim as a polynomial.
        constants: The numbers for which a rational enclosure was taken.
    """

    names: tuple[str, ...]
    bounds: tuple[Bounds, ...]
    facts: tuple[Relation, ...]
    demands: tuple[Demand, ...]
    goal: Quotient
    values: Mapping[Any, Polynomial]
    constants: tuple[Any, ...]

    def written(self, p: Polynomial) -> sp.Expr:
        """A polynomial in the symbols as they are written."""
        return written(p, self.names)

    def said(self, relation: Relation) -> str:
        """A relation in words."""
        sign = {">=": "≥", "<=": "≤", "!=": "≠"}.get(relation.sign, relation.sign)
        return f"{text(self.written(relation.p))} {sign} 0"

    def lines(self) -> list[str]:
        """What holds in the branch, a fact a line with what it stands for, and by what the claim was multiplied."""
        found = [f"  {self.said(fact)}    ({fact.source})" for fact in self.facts]
        if self.goal.bottom:
            factors = [f"({text(self.written(p))}){'' if e == 1 else f'^{e}'}" for p, e in self.goal.bottom]
            found.append(f"  the claim is multiplied by {'·'.join(factors)}, whose sign is known, or by its square")
        return found


def written(p: Polynomial, names: tuple[str, ...]) -> sp.Expr:
    """A polynomial as a SymPy expression in real symbols of the given names."""
    symbols = [sp.Symbol(name, real=True) for name in names]
    terms = (
        sp.Rational(int(c.p), int(c.q)) * sp.Mul(*(s**e for s, e in zip(symbols, monomial, strict=True)))
        for monomial, c in p.to_dict().items()
    )
    return sp.Add(*terms)


def shortened(words: str, most: int = 160) -> str:
    """A text that fits into a message."""
    return words if len(words) <= most else f"{words[: most - 2]} …"
